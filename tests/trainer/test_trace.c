/*
 * What a profile is written as: the table's sums, and the trace as another reader of JSON sees it.
 */
#include "profile.h"

#include <jansson.h>
#include <stdio.h>

#define TRACE "profile-trace.json"

/* ---- the table ---- */

/* The shares of a part add up: of the lines after the one that ends in `last`, up to an empty one. */
static double
shares_after(const char *table, const char *last)
{
    char end[64];
    double sum = 0;
    snprintf(end, sizeof end, "  %s\n", last);
    const char *line = strstr(table, end);
    ck_assert_msg(line != NULL, "no part \"%s\" in\n%s", last, table);
    for (line += strlen(end); *line != '\n' && *line != '\0'; line = strchr(line, '\n') + 1) {
        sum += strtod(line, NULL);
    }
    return sum;
}

START_TEST(test_table)
{
    static char table[1 << 16];
    size_t needed = 0;
    struct fixture f;
    fixture_open(&f, "threads=2", NULL, plain_generator, plain_discriminator, "batch=8");
    ASSERT_OK(f.ctx, gan_profile_start(f.ctx, NULL));
    fixture_steps(&f, 3);
    ASSERT_OK(f.ctx, gan_profile_table(f.ctx, table, sizeof table, &needed));
    ck_assert_uint_eq(needed, strlen(table) + 1);
    ck_assert_int_eq(strncmp(table, "3 steps of ", 11), 0);
    ck_assert_double_eq_tol(shares_after(table, "phase"), 100, 0.5);
    ck_assert_double_eq_tol(shares_after(table, "layer"), 100, 2); /* some twenty, of one decimal */
    ck_assert_ptr_nonnull(strstr(table, "  discriminator 3 (conv2d)\n"));
    ck_assert_ptr_nonnull(strstr(table, " smaller rows\n"));
    fixture_close(&f);
}
END_TEST

START_TEST(test_table_without_steps)
{
    static const int64_t shape[] = {2, 2};
    static const float values[4] = {1, 2, 3, 4};
    gan_context *ctx = NULL;
    gan_tensor *a = NULL, *b = NULL;
    char table[2048];
    ASSERT_OK(ctx, gan_context_create(&ctx, "threads=1", NULL));
    ASSERT_OK(ctx, gan_tensor_create(ctx, &a, shape, 2, values));
    ASSERT_OK(ctx, gan_profile_start(ctx, NULL));
    ASSERT_OK(ctx, gan_profile_table(ctx, table, sizeof table, NULL)); /* of nothing */
    ASSERT_OK(ctx, gan_matmul(ctx, &b, a, a, 0, 0));
    ASSERT_OK(ctx, gan_profile_table(ctx, table, sizeof table, NULL));
    ck_assert_int_eq(strncmp(table, "no whole step; in all: ", 23), 0);
    ck_assert_ptr_nonnull(strstr(table, "  forward      matmul                    -\n"));
    ck_assert(profile_sum(ctx, "operations", "forward", "", "", "matmul") == 16);
    gan_tensor_destroy(a);
    gan_tensor_destroy(b);
    gan_context_destroy(ctx);
}
END_TEST

/* ---- the trace ---- */

static json_t *
load_trace(gan_context *ctx)
{
    json_error_t error;
    ASSERT_OK(ctx, gan_profile_save(ctx, TRACE));
    json_t *root = json_load_file(TRACE, 0, &error);
    ck_assert_msg(root != NULL, "line %d: %s", error.line, error.text);
    remove(TRACE);
    return root;
}

struct event {
    double start, end;
};

static int
earlier_first(const void *a, const void *b)
{
    const struct event *one = a, *other = b;
    if (one->start != other->start) {
        return one->start < other->start ? -1 : 1;
    }
    return one->end > other->end ? -1 : one->end < other->end;
}

/* Read the complete events in order of their starts; how many. */
static size_t
read_events(const json_t *root, struct event *events, size_t most)
{
    size_t index, count = 0;
    const json_t *value;
    json_array_foreach(json_object_get(root, "traceEvents"), index, value)
    {
        if (strcmp(json_string_value(json_object_get(value, "ph")), "X") != 0) {
            continue;
        }
        const json_t *start = json_object_get(value, "ts"), *time = json_object_get(value, "dur");
        const json_t *arguments = json_object_get(value, "args");
        ck_assert(count < most && json_is_number(start) && json_is_number(time));
        ck_assert(json_is_string(json_object_get(value, "name")) &&
                  json_is_string(json_object_get(value, "cat")) &&
                  json_is_string(json_object_get(arguments, "network")) &&
                  json_is_string(json_object_get(arguments, "layer")) &&
                  json_is_number(json_object_get(arguments, "operations")));
        events[count].start = json_number_value(start);
        events[count++].end = json_number_value(start) + json_number_value(time);
    }
    qsort(events, count, sizeof *events, earlier_first);
    return count;
}

/* Each event lies within the one before it that has not ended, or after it. Returns the time of those that lie in none. */
static double
check_nesting(const struct event *events, size_t count)
{
    const double rounding = 0.002; /* microseconds */
    double open[32], outermost = 0;
    int depth = 0;
    for (size_t i = 0; i < count; i++) {
        while (depth > 0 && open[depth - 1] <= events[i].start + rounding) {
            depth--;
        }
        ck_assert_msg(depth == 0 || events[i].end <= open[depth - 1] + rounding,
                      "event %zu ends at %.3f, the one around it at %.3f", i, events[i].end,
                      open[depth - 1]);
        outermost += depth == 0 ? events[i].end - events[i].start : 0;
        ck_assert_int_lt(depth, 32);
        open[depth++] = events[i].end;
    }
    return outermost;
}

START_TEST(test_trace)
{
    static struct event events[1 << 14];
    struct fixture f;
    fixture_open(&f, "threads=2", NULL, plain_generator, critic, "batch=8 recipe=wgan_gp");
    ASSERT_OK(f.ctx, gan_profile_start(f.ctx, NULL));
    fixture_steps(&f, 2);
    json_t *root = load_trace(f.ctx);
    const size_t count = read_events(root, events, 1 << 14);
    /* All of them are there, and their times are those of the rows. */
    ck_assert_uint_eq(count, (size_t)profile_sum(f.ctx, "calls", NULL, NULL, NULL, NULL));
    const double outermost = check_nesting(events, count) * 1e-6;
    const double all = profile_sum(f.ctx, "seconds", NULL, NULL, NULL, NULL);
    ck_assert_msg(outermost > 0.999 * all && outermost < 1.001 * all, "%g s of %g s", outermost,
                  all);
    json_decref(root);
    fixture_close(&f);
}
END_TEST

/* The latest events are kept, of any number; the rows are of all. */
START_TEST(test_ring)
{
    static const char *const options[] = {"events=0", "events=1", "events=70"};
    static const size_t wanted[] = {0, 1, 70};
    struct event events[70];
    struct fixture f;
    fixture_open(&f, "threads=1", NULL, plain_generator, plain_discriminator, "batch=8");
    ASSERT_OK(f.ctx, gan_profile_start(f.ctx, options[_i]));
    fixture_steps(&f, 3);
    json_t *root = load_trace(f.ctx);
    ck_assert_uint_eq(read_events(root, events, 70), wanted[_i]);
    (void)check_nesting(events, wanted[_i]);
    const json_t *all = json_object_get(root, "traceEvents");
    const json_t *last = json_array_get(all, json_array_size(all) - 1);
    ck_assert_str_eq(json_string_value(json_object_get(last, "name")),
                     wanted[_i] == 0 ? "process_name" : "step");
    ck_assert(profile_sum(f.ctx, "calls", NULL, NULL, NULL, "step") == 3);
    json_decref(root);
    fixture_close(&f);
}
END_TEST

Suite *
trace_suite(void)
{
    Suite *suite = suite_create("trace");
    TCase *tcase = tcase_create("table");
    tcase_add_test(tcase, test_table);
    tcase_add_test(tcase, test_table_without_steps);
    suite_add_tcase(suite, tcase);
    tcase = tcase_create("trace");
    tcase_add_test(tcase, test_trace);
    tcase_add_loop_test(tcase, test_ring, 0, 3);
    suite_add_tcase(suite, tcase);
    return suite;
}

int
main(void)
{
    Suite *const suites[] = {profile_suite(), trace_suite()};
    return run_suites(suites, 2);
}
