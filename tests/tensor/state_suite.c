/* The state tree: names, order, sharing, and failed allocations. */
#include <stdio.h>

#include "suites.h"
#include "tensor/state.h"

static gan_context *ctx;

static void
setup(void)
{
    ASSERT_OK(ctx, gan_context_create(&ctx, "threads=1", NULL));
}

static void
teardown(void)
{
    gan_context_destroy(ctx);
}

START_TEST(names_and_values)
{
    struct gan__state state;
    struct gan__call call;
    gan_tensor *x = NULL;
    ASSERT_OK(ctx, gan_tensor_create(ctx, &x, NULL, 0, NULL));
    ASSERT_OK(ctx, gan__enter(&call, ctx, GAN__GROUP_OTHER));
    gan__state_init(&state, ctx);
    char name[32];
    for (int32_t i = 0; i < 100; i++) {
        (void)snprintf(name, sizeof(name), "%d.weight", (int)i);
        ASSERT_OK(ctx, i % 2 == 0 ? gan__state_add_tensor(&state, "generator.", name, x)
                                  : gan__state_add_text(&state, "generator.", name, name));
    }
    ck_assert_int_eq(state.count, 100);
    ck_assert_str_eq(state.entries[42].name, "generator.42.weight");
    ck_assert_ptr_eq(state.entries[42].tensor, x);
    ck_assert_ptr_null(state.entries[42].text);
    const struct gan__state_entry *entry = gan__state_find(&state, "generator.", "43.weight");
    ck_assert_ptr_nonnull(entry);
    ck_assert_str_eq(entry->text, "43.weight");
    ck_assert_ptr_null(entry->tensor);
    ck_assert_ptr_eq(gan__state_find(&state, "", "generator.43.weight"), entry);
    ck_assert_ptr_null(gan__state_find(&state, "", "43.weight"));
    ck_assert_ptr_null(gan__state_find(&state, "generator.", "43"));
    ck_assert_ptr_null(gan__state_find(&state, "generator.43.weight.", ""));
    ck_assert_int_eq(gan__state_add_text(&state, "", "generator.7.weight", ""), GAN_E_FORMAT);
    ck_assert_ptr_nonnull(
        strstr(gan_context_error(ctx), "the name \"generator.7.weight\" is there twice"));
    gan__recover(ctx);
    ck_assert_int_eq(state.count, 100);
    gan_tensor_destroy(x); /* the state holds it still */
    ck_assert(gan__data(state.entries[42].tensor)[0] == 0.0f);
    gan__state_free(&state);
    ck_assert_int_eq(state.count, 0);
    ck_assert_int_eq(gan__leave(&call, GAN_OK), GAN_OK);
}
END_TEST

Suite *
state_suite(void)
{
    Suite *suite = suite_create("state");
    TCase *tests = tcase_create("state");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, names_and_values);
    suite_add_tcase(suite, tests);
    return suite;
}
