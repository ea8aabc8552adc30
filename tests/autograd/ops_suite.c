/* The suite over the list of ops. */
#include "harness.h"

const struct op_case *const op_cases[] = {
#define GAN__ROW(name) &test_case_##name,
#include "autograd/list.h"
#undef GAN__ROW
};

typedef void (*variant_check)(const struct op_case *op, int32_t variant);

static void
each_variant(int which, variant_check check)
{
    const struct op_case *op = op_cases[which];
    for (int32_t i = 0; i < op->variants; i++) {
        check(op, i);
    }
}

START_TEST(names_agree)
{
    ck_assert_str_eq(op_cases[_i]->name, gan__ops[_i]->name);
    ck_assert(gan__ops[_i]->gradient != NULL);
}
END_TEST

START_TEST(values)
{
    each_variant(_i, check_values);
}
END_TEST

START_TEST(first_derivatives)
{
    each_variant(_i, check_first_derivatives);
}
END_TEST

START_TEST(second_derivatives)
{
    each_variant(_i, check_second_derivatives);
}
END_TEST

START_TEST(linearity)
{
    each_variant(_i, check_linearity);
}
END_TEST

START_TEST(nothing_recorded)
{
    each_variant(_i, check_nothing_recorded);
}
END_TEST

START_TEST(arguments)
{
    check_arguments(op_cases[_i]);
}
END_TEST

START_TEST(allocation_failures)
{
    check_allocation_failures(op_cases[_i]);
}
END_TEST

Suite *
ops_suite(void)
{
    Suite *suite = suite_create("ops");
    TCase *tests = tcase_create("each op");
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, names_agree, 0, gan__op_count);
    tcase_add_loop_test(tests, values, 0, gan__op_count);
    tcase_add_loop_test(tests, first_derivatives, 0, gan__op_count);
    tcase_add_loop_test(tests, second_derivatives, 0, gan__op_count);
    tcase_add_loop_test(tests, linearity, 0, gan__op_count);
    tcase_add_loop_test(tests, nothing_recorded, 0, gan__op_count);
    tcase_add_loop_test(tests, arguments, 0, gan__op_count);
    tcase_add_loop_test(tests, allocation_failures, 0, gan__op_count);
    suite_add_tcase(suite, tests);
    return suite;
}
