/* Schedules: values against PyTorch's schedulers, bounds, text there and back, hostile text and step numbers. */
#include "suites.h"

#include <math.h>
#include <stdio.h>

#include "base/options.h"
#include "base/schedule.h"
#include "oracle/schedules.h"

static struct gan__schedule
parsed(const char *text)
{
    struct gan__schedule schedule;

    memset(&schedule, 0xFF, sizeof schedule);
    ck_assert_msg(gan__schedule_parse(text, strlen(text), &schedule), "%s", text);
    return schedule;
}

static double
at(const char *text, int64_t step)
{
    const struct gan__schedule schedule = parsed(text);

    return gan__schedule_at(&schedule, step);
}

START_TEST(test_oracle)
{
    const struct oracle_numbers *wanted = &schedules_numbers[_i];

    for (int64_t step = 0; step < wanted->count; step++) {
        const double value = (double)wanted->values[step], found = at(wanted->name, step);
        ck_assert_msg(fabs(found - value) <= 2e-7 * value + 1e-12, "%s at %lld: %.9g, wanted %.9g",
                      wanted->name, (long long)step, found, value);
    }
}
END_TEST

/* In double, by the formulas as they stand in books. */
START_TEST(test_formulas)
{
    const double pi = acos(-1.0);

    for (int t = 0; t <= 1000; t++) {
        const double share = t / 1000.0;
        ck_assert_double_eq_tol(at("linear(3,-1,1000)", t), 3 - 4 * share, 1e-15 * 4);
        ck_assert_double_eq_tol(at("cosine(3,-1,1000)", t), -1 + 2 * (1 + cos(pi * share)), 4e-15);
        ck_assert_double_eq_tol(at("exponential(1e-8,2,1000)", t) / (1e-8 * pow(2e8, share)), 1,
                                1e-14);
    }
}
END_TEST

/* Rounding leads nowhere: what goes from a number to itself is that number. */
START_TEST(test_level)
{
    for (int t = 0; t < 1000; t++) {
        ck_assert_double_eq(at("linear(0.1,0.1,1000)", t), 0.1);
        ck_assert_double_eq(at("cosine(0.1,0.1,1000)", t), 0.1);
        ck_assert_double_eq(at("exponential(0.1,0.1,1000)", t), 0.1);
        ck_assert_double_eq(at("exponential(0.7,0.7,1000)", t), 0.7);
        ck_assert_double_eq(at("exponential(1e-5,1e-5,1000)", t), 1e-5);
        ck_assert_double_eq(at("exponential(999,999,1000)", t), 999);
    }
}
END_TEST

/* The ends are the numbers of the text to the bit, and are kept for good. */
START_TEST(test_ends)
{
    static const char *const words[] = {"linear", "cosine", "exponential"};
    char text[64];

    for (int i = 0; i < 3; i++) {
        snprintf(text, sizeof text, "%s(0.1,0.7,3)", words[i]);
        ck_assert_double_eq(at(text, 0), 0.1);
        ck_assert_double_eq(at(text, 3), 0.7);
        ck_assert_double_eq(at(text, 4), 0.7);
        ck_assert_double_eq(at(text, INT64_MAX), 0.7);
        ck_assert_double_eq(at(text, -1), 0.1);
        ck_assert_double_eq(at(text, INT64_MIN), 0.1);
        snprintf(text, sizeof text, "%s(0.1,0.7,9223372036854775807)", words[i]);
        ck_assert_double_eq(at(text, 0), 0.1);
        ck_assert_double_eq(at(text, INT64_MAX), 0.7);
        ck_assert_double_eq_tol(at(text, INT64_MAX / 2), i == 2 ? sqrt(0.07) : 0.4, 1e-15);
    }
    ck_assert_double_eq(at("0.1", INT64_MAX), 0.1);
    ck_assert_double_eq(at("one_cycle(1,9223372036854775807)", INT64_MAX), 1.0 / 25 / 1e4);
    ck_assert_double_eq_tol(at("one_cycle(1,9223372036854775807)", INT64_MAX / 10 * 3), 1, 1e-9);
    ck_assert_double_eq(at("warmup(9223372036854775807,4)", INT64_MAX), 4);
    ck_assert_double_eq(at("warmup(9223372036854775807,4)", INT64_MAX / 2), 2);
    ck_assert_double_eq(at("warmup(9223372036854775807,linear(1,2,9223372036854775807))", 0),
                        1 / 9223372036854775807.0);
    ck_assert_double_eq(at("linear(1e308,-1e308,2)", 1), 0);
    ck_assert_double_eq(at("cosine(-1.7e308,1.7e308,3)", 3), 1.7e308);
}
END_TEST

/* No step leaves the bounds, and both are reached. */
START_TEST(test_bounds)
{
    static const struct {
        const char *text;
        double minimum, maximum;
        int64_t steps;
    } cases[] = {
        {"-2", -2, -2, 1},
        {"linear(0.9,0.999,333)", 0.9, 0.999, 333},
        {"cosine(0.999,0.1,777)", 0.1, 0.999, 777},
        {"exponential(1e-3,0.1,99)", 1e-3, 0.1, 99},
        {"one_cycle(5,50)", 5.0 / 25 / 1e4, 5, 50},
        {"warmup(10,3)", 3 * 0.1, 3, 10},
        {"warmup(10,-3)", -3, -3 * 0.1, 10},
        {"warmup(10,linear(0,-3,5))", -3, 0, 15},
        {"warmup(10,linear(1,5,5))", 0.1, 5, 15},
        {"warmup(4,cosine(-1,5,5))", -1, 5, 9},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct gan__schedule schedule = parsed(cases[i].text);
        double least = INFINITY, greatest = -INFINITY;
        ck_assert_double_eq(gan__schedule_minimum(&schedule), cases[i].minimum);
        ck_assert_double_eq(gan__schedule_maximum(&schedule), cases[i].maximum);
        for (int64_t step = 0; step <= cases[i].steps; step++) {
            const double value = gan__schedule_at(&schedule, step);
            least = fmin(least, value);
            greatest = fmax(greatest, value);
        }
        ck_assert_double_eq(least, cases[i].minimum);
        ck_assert_msg(strstr(cases[i].text, "one_cycle") != NULL
                          ? greatest > 0.99 * cases[i].maximum && greatest <= cases[i].maximum
                          : greatest == cases[i].maximum,
                      "%s: %.17g", cases[i].text, greatest);
    }
}
END_TEST

/* Text there and back; spaces and the forms of numbers are free. */
START_TEST(test_print)
{
    static const struct {
        const char *text, *printed;
    } cases[] = {
        {"2e-4", "0.0002"},
        {" 1.50 ", "1.5"},
        {"linear(1,0,100)", "linear(1,0,100)"},
        {"cosine(1e-3,0,24000)", "cosine(0.001,0,24000)"},
        {" cosine( 1E-3 , -0.5 , 24000 ) ", "cosine(0.001,-0.5,24000)"},
        {"exponential(0.1,0.0005,19200)", "exponential(0.1,0.0005,19200)"},
        {"one_cycle(3e-3,6000)", "one_cycle(0.003,6000)"},
        {"warmup(500,1e-5)", "warmup(500,1e-5)"},
        {"warmup( 5 , linear(0.3,0.123456789012345678,7) )",
         "warmup(5,linear(0.3,0.12345678901234568,7))"},
        {"warmup(1,one_cycle(-1,9223372036854775807))",
         "warmup(1,one_cycle(-1,9223372036854775807))"},
    };
    gan_context *ctx = bare_context(NULL);

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct gan__schedule schedule = parsed(cases[i].text);
        struct gan__schedule again;
        struct gan__text text;
        gan__text_init(&text, ctx);
        gan__schedule_print(&text, &schedule);
        ck_assert_str_eq(text.data, cases[i].printed);
        again = parsed(text.data);
        ck_assert_int_eq(again.shape, schedule.shape);
        ck_assert(again.from == schedule.from && again.to == schedule.to);
        ck_assert(again.steps == schedule.steps && again.warmup == schedule.warmup);
        gan__text_free(&text);
    }
    gan__context_unref(ctx);
}
END_TEST

START_TEST(test_refused)
{
    static const char *const bad[] = {
        "",
        " ",
        "nan",
        "inf",
        "(",
        ")",
        "cosine",
        "cosine(",
        "cosine)",
        "cosine()",
        "cosine(1)",
        "linear(1,2)",
        "linear(1,2,)",
        "linear(,,)",
        "linear(1,2,3",
        "linear(1,2,3))",
        "linear(1,2,3)x",
        "linear (1,2,3)",
        "linear(1,2,3,4)",
        "linear(1,2,0)",
        "linear(1,2,-3)",
        "linear(1,2,3.5)",
        "linear(1,2,1e3)",
        "linear(1,2,9223372036854775808)",
        "linear(1 2,3,4)",
        "linear(1e999,2,3)",
        "LINEAR(1,2,3)",
        "cosine(1,nan,3)",
        "cosine(inf,1,3)",
        "exponential(0,1,3)",
        "exponential(1,0,3)",
        "exponential(-1,-2,3)",
        "one_cycle(1)",
        "one_cycle(1,2,3)",
        "one_cycle(1,0)",
        "warmup(5)",
        "warmup(5,)",
        "warmup(0,1)",
        "warmup(-1,1)",
        "warmup(1.5,1)",
        "warmup(5,1,2)",
        "warmup(5,warmup(5,1))",
        "warmup(warmup(1,1),1)",
        "warmup(5,linear(1,2,3)",
        "warmup(5,linear(1,2))",
        "linear(warmup(1,2),1,3)",
        "sqrt(1,2,3)",
    };

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct gan__schedule schedule = {.to = 7};
        /* Nothing stands behind the text that could be read. */
        const size_t length = strlen(bad[i]);
        char *copy = malloc(length + (length == 0));
        ck_assert_ptr_nonnull(copy);
        memcpy(copy, bad[i], length);
        ck_assert_msg(!gan__schedule_parse(copy, length, &schedule), "\"%s\" was taken", bad[i]);
        ck_assert(schedule.to == 7);
        free(copy);
    }
}
END_TEST

struct values {
    struct gan__schedule lr, rate, any;
};

static const struct gan__option table[] = {{.name = "lr",
                                            .type = GAN__OPTION_SCHEDULE,
                                            .offset = offsetof(struct values, lr),
                                            .minimum_open = true,
                                            .fallback = "1e-3",
                                            .doc = "step size"},
                                           {.name = "rate",
                                            .type = GAN__OPTION_SCHEDULE,
                                            .offset = offsetof(struct values, rate),
                                            .maximum = 1,
                                            .maximum_open = true},
                                           {.name = "any",
                                            .type = GAN__OPTION_SCHEDULE,
                                            .offset = offsetof(struct values, any),
                                            .minimum = -INFINITY,
                                            .maximum = INFINITY},
                                           GAN__OPTION_END};

static gan_status
parse_options(gan_context *ctx, struct values *values, const char *text)
{
    static const struct gan__option_origin origin = {.kind = "adam"};

    gan__recover(ctx);
    return gan__options_parse(ctx, table, values, NULL, NULL, text, strlen(text), &origin);
}

START_TEST(test_option)
{
    gan_context *ctx = bare_context(NULL);
    struct values values;
    struct gan__text text;

    ASSERT_OK(ctx, parse_options(ctx, &values, ""));
    ck_assert(values.lr.to == 1e-3 && values.rate.to == 0 && values.any.to == 0);
    ck_assert_double_eq(gan__schedule_at(&values.rate, 5), 0);
    ASSERT_OK(ctx, parse_options(ctx, &values,
                                 "lr=cosine(1e-3,1e-9,24000) rate=\"warmup(10, 0.5)\" "
                                 "any=linear(-1e300,1e300,2)"));
    gan__text_init(&text, ctx);
    gan__options_print(&text, table, &values);
    ck_assert_str_eq(text.data, " lr=cosine(0.001,1e-9,24000) rate=warmup(10,0.5) "
                                "any=linear(-1e300,1e300,2)");
    gan__text_free(&text);
    gan__text_init(&text, ctx);
    gan__options_document(&text, table);
    ck_assert_ptr_nonnull(
        strstr(text.data, "  lr=1e-3 (a number above 0, or a schedule): step size\n"));
    gan__text_free(&text);
    gan__context_unref(ctx);
}
END_TEST

START_TEST(test_option_refused)
{
    static const struct {
        const char *text, *sentence;
    } cases[] = {
        {"lr=0", "adam: lr is 0, but must be above 0"},
        {"rate=1", "adam: rate is 1, but must be at least 0 and below 1"},
        {"lr=cosine(1,0,5)",
         "adam: lr is \"cosine(1,0,5)\", which goes from 0 to 1, but all of it must be above 0"},
        {"lr=linear(-1,1,5)", "which goes from -1 to 1, but all of it must be above 0"},
        {"lr=warmup(5,linear(0,1,5))", "which goes from 0 to 1"},
        {"rate=linear(0,1,5)",
         "which goes from 0 to 1, but all of it must be at least 0 and below"},
        {"rate=one_cycle(1,5)", "to 1, but all of it must be at least 0 and below 1"},
        {"rate=one_cycle(-0.5,5)", "goes from -0.5 to"},
        {"any=cosine(", "adam: any is \"cosine(\", but must be a number, or a schedule: "
                        "linear(from,to,steps), cosine(from,to,steps)"},
        {"lr=linear(1,2)", "but must be a number above 0, or a schedule: linear(from,to,steps)"},
        {"lr=cosine(1,nan,3)", "but must be a number above 0, or a schedule"},
        {"lr=nan", "lr is \"nan\", but must be a number above 0, or a schedule"},
        {"lr=warmup(5,warmup(5,1))", "or warmup(steps,value) around one of them or a number"},
        {"lr=exponential(1,0,4)", "exponential(from,to,steps) with bounds above 0"},
    };
    gan_context *ctx = bare_context(NULL);
    struct values values;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ASSERT_FAILS(ctx, parse_options(ctx, &values, cases[i].text), GAN_E_ARG, cases[i].sentence);
    }
    /* A warm-up begins above 0. */
    ASSERT_OK(ctx, parse_options(ctx, &values, "lr=warmup(1000,1e-4)"));
    gan__context_unref(ctx);
}
END_TEST

Suite *
schedules_suite(void)
{
    Suite *suite = suite_create("base/schedule");
    TCase *tcase = tcase_create("schedule");
    int count = 0;

    while (schedules_numbers[count].name != NULL) {
        count++;
    }
    tcase_add_loop_test(tcase, test_oracle, 0, count);
    tcase_add_test(tcase, test_formulas);
    tcase_add_test(tcase, test_level);
    tcase_add_test(tcase, test_ends);
    tcase_add_test(tcase, test_bounds);
    tcase_add_test(tcase, test_print);
    tcase_add_test(tcase, test_refused);
    tcase_add_test(tcase, test_option);
    tcase_add_test(tcase, test_option_refused);
    suite_add_tcase(suite, tcase);
    return suite;
}
