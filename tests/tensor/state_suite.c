/* The state tree: names, order, sharing, looking up, and failed allocations. */
#include <stdio.h>

#include "oracle/failing_host.h"
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

/* So many that a search from the front would take minutes, under sanitizers much longer. */
START_TEST(many_names)
{
    enum { COUNT = 100000 };
    struct gan__state state;
    struct gan__call call;
    char name[32];

    ASSERT_OK(ctx, gan__enter(&call, ctx, GAN__GROUP_OTHER));
    gan__state_init(&state, ctx);
    ck_assert_ptr_null(gan__state_find(&state, "", "0.weight"));
    for (int i = 0; i < COUNT; i++) {
        (void)snprintf(name, sizeof name, "%d.weight", i);
        ASSERT_OK(ctx, gan__state_add_text(&state, i % 2 == 0 ? "" : "part.", name, name));
    }
    ck_assert_int_eq(state.count, COUNT);
    for (int i = 0; i < COUNT; i++) {
        (void)snprintf(name, sizeof name, "%d.weight", i);
        ck_assert_ptr_eq(gan__state_find(&state, i % 2 == 0 ? "" : "part.", name),
                         &state.entries[i]);
        ck_assert_ptr_null(gan__state_find(&state, i % 2 == 0 ? "part." : "", name));
        (void)snprintf(name, sizeof name, "%d", i);
        ck_assert_ptr_eq(gan__state_find_below(&state, i % 2 == 0 ? "" : "part.", name, "weight"),
                         &state.entries[i]);
        ck_assert_ptr_null(gan__state_find_below(&state, "", name, "weigh"));
    }
    ck_assert_int_eq(gan__state_add_text(&state, "", "99998.weight", ""), GAN_E_FORMAT);
    gan__recover(ctx);
    gan__state_free(&state);
    ck_assert_ptr_null(gan__state_find(&state, "", "0.weight"));
    ASSERT_OK(ctx, gan__state_add_text(&state, "", "again", "x"));
    ck_assert_ptr_eq(gan__state_find(&state, "ag", "ain"), &state.entries[0]);
    gan__state_free(&state);
    ASSERT_OK(ctx, gan__leave(&call, GAN_OK));
}
END_TEST

START_TEST(unread_ones)
{
    const struct gan__shape shape = {2, {3, 4}};
    struct gan__state state;
    struct gan__call call;

    ASSERT_OK(ctx, gan__enter(&call, ctx, GAN__GROUP_OTHER));
    gan__state_init(&state, ctx);
    ASSERT_OK(ctx, gan__state_add_text(&state, "", "text", "x"));
    ASSERT_OK(ctx, gan__state_add_unread(&state, "a.", "b", "A_TYPE_OF_A_LONG_NAME", &shape));
    const struct gan__state_entry *entry = gan__state_find(&state, "", "a.b");
    ck_assert_ptr_nonnull(entry);
    ck_assert(gan__state_is_unread(entry));
    ck_assert_str_eq(entry->type, "A_TYPE_OF_A_LON");
    ck_assert(gan__shape_equal(&entry->unread, &shape));
    ck_assert(!gan__state_is_unread(gan__state_find(&state, "", "text")));
    gan__state_free(&state);
    ASSERT_OK(ctx, gan__leave(&call, GAN_OK));
}
END_TEST

/* Whether "x.0", "x.1", ... are there, as many as the state has entries, and no more. */
static bool
finds_all(const struct gan__state *state)
{
    char name[8];

    for (int i = 0; i < 20; i++) {
        (void)snprintf(name, sizeof name, "%d", i);
        const struct gan__state_entry *entry = gan__state_find(state, "x.", name);
        if (entry != (i < state->count ? &state->entries[i] : NULL)) {
            return false;
        }
    }
    return true;
}

/* Twenty names: the list and the table grow once on the way. A refusal leaves what was added. */
static gan_status
add_twenty(gan_context *context)
{
    struct gan__state state;
    struct gan__call call;
    char name[8];

    gan_status st = gan__enter(&call, context, GAN__GROUP_OTHER);
    if (st != GAN_OK) {
        return st;
    }
    gan__state_init(&state, context);
    for (int i = 0; st == GAN_OK && i < 20; i++) {
        (void)snprintf(name, sizeof name, "%d", i);
        st = gan__state_add_text(&state, "x.", name, name);
        ck_assert_int_eq(state.count, st == GAN_OK ? i + 1 : i);
    }
    ck_assert(finds_all(&state));
    gan__state_free(&state);
    return gan__leave(&call, st);
}

START_TEST(no_memory)
{
    struct test_allocator host;
    gan_context *failing = failing_context(&host);

    EACH_ALLOCATION_FAILS(failing, &host, add_twenty(failing), true);
    gan_context_destroy(failing);
    ck_assert_int_eq(host.blocks, 0);
}
END_TEST

Suite *
state_suite(void)
{
    Suite *suite = suite_create("state");
    TCase *tests = tcase_create("state");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, names_and_values);
    tcase_add_test(tests, many_names);
    tcase_add_test(tests, unread_ones);
    tcase_add_test(tests, no_memory);
    suite_add_tcase(suite, tests);
    return suite;
}
