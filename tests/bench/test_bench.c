/*
 * gan_bench as a program: its report is JSON with every field, the numbers agree with each other,
 * and operations are those counted by hand. How fast anything is, nobody tests.
 */
#include <check.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { OUTPUT_MOST = 1 << 16 };

/* What `gan_bench arguments` writes, and how it ends. */
static int
run(const char *arguments, char output[OUTPUT_MOST])
{
    char command[1024];
    (void)snprintf(command, sizeof(command), "%s %s 2>/dev/null", BENCH_PROGRAM, arguments);
    FILE *const pipe = popen(command, "r");
    ck_assert_ptr_nonnull(pipe);
    const size_t length = fread(output, 1, OUTPUT_MOST - 1, pipe);
    output[length] = '\0';
    const int status = pclose(pipe);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* The only work's result. */
static json_t *
run_one(const char *work, json_t **all)
{
    char arguments[256], output[OUTPUT_MOST];
    (void)snprintf(arguments, sizeof(arguments),
                   "--only '%s' --threads 1 --repeats 5 --memory --json -", work);
    ck_assert_int_eq(run(arguments, output), 0);
    *all = json_loads(output, JSON_REJECT_DUPLICATES, NULL);
    ck_assert_msg(*all != NULL, "no JSON: %s", output);
    ck_assert_str_eq(json_string_value(json_object_get(*all, "program")), "gan_bench");
    ck_assert(json_is_string(json_object_get(*all, "libgan")));
    ck_assert(json_is_string(json_object_get(*all, "cpu")));
    json_t *const results = json_object_get(*all, "results");
    ck_assert_uint_eq(json_array_size(results), 1);
    json_t *const result = json_array_get(results, 0);
    ck_assert_str_eq(json_string_value(json_object_get(result, "name")), work);
    ck_assert(json_is_string(json_object_get(result, "isa")));
    ck_assert_int_eq(json_integer_value(json_object_get(result, "threads")), 1);
    ck_assert_int_eq(json_integer_value(json_object_get(result, "repetitions")), 5);
    return result;
}

/* A number, which must be there and finite. */
static double
number(const json_t *result, const char *name)
{
    const json_t *const value = json_object_get(result, name);
    ck_assert_msg(json_is_number(value), "%s is no number", name);
    return json_number_value(value);
}

static void
near(double a, double b)
{
    ck_assert_msg(fabs(a - b) <= 1e-6 * fabs(b), "%.12g is not %.12g", a, b);
}

static void
check_spread(const json_t *result, const char *name)
{
    const json_t *const spread = json_object_get(result, name);
    const double best = number(spread, "best"), median = number(spread, "median");
    const double low = number(spread, "lower_quartile"), high = number(spread, "upper_quartile");
    ck_assert_msg(best > 0 && best <= low && low <= median && median <= high, "%s: %g, %g, %g, %g",
                  name, best, low, median, high);
}

/* A field that applies is a number; one that does not is there, and null. */
static const char *const product_fields[] = {
    "operations",       "gflops",        "best_gflops",       "peak_gflops",
    "best_peak_gflops", "share_of_peak", "best_share_of_peak"};
static const char *const array_fields[] = {"bytes", "gbytes_per_second",
                                           "bandwidth_gbytes_per_second", "share_of_bandwidth"};

static void
check_fields(const json_t *result, const char *const *fields, size_t count, int apply)
{
    for (size_t i = 0; i < count; i++) {
        const json_t *const value = json_object_get(result, fields[i]);
        ck_assert_msg(apply ? json_is_number(value) && json_number_value(value) > 0
                            : json_is_null(value),
                      "%s", fields[i]);
    }
}

enum { PRODUCTS = 1, ARRAYS = 2, IMAGES = 4, STEPS = 8, PROCESS = 16 };

/*
 * A training step on batches of B: forward of G, F of D thrice, and so on; by hand from the layers:
 * dcgan-28: G 2 * 128 * (100 * 6272 + 49 * 16 * 64 * 128 + 196 * 16 * 64) = 1,856,110,592,
 * D 1,697,153,024, its first layer 51,380,224, G's first 160,563,200; 3 G + 8 D - 2 first - G's first.
 * critic-28, half the batch: G 928,055,296, D 848,576,512, first 25,690,112, last 802,816;
 * G + 10 D - 2 first - last.
 */
static const struct {
    const char *work;
    int what;
    double operations, bytes, images;
} rows[] = {
    {"dcgan-28", PRODUCTS | IMAGES | STEPS, 18882232320.0, 0, 128},
    {"critic-28", PRODUCTS | IMAGES | STEPS, 9361637376.0, 0, 64},
    {"sample-28-1", PRODUCTS | IMAGES, 2.0 * (100 * 6272 + 49 * 16 * 64 * 128 + 196 * 16 * 64), 0,
     1},
    {"conv-k4-8x128-256-weight", PRODUCTS, 2.0 * 128 * 4 * 4 * 16 * 128 * 256, 0, 0},
    {"conv-k3-8x128-128-input", PRODUCTS, 2.0 * 128 * 8 * 8 * 9 * 128 * 128, 0, 0},
    {"conv-k1-8x128-128-forward", PRODUCTS, 2.0 * 128 * 8 * 8 * 128 * 128, 0, 0},
    {"elementwise-add", ARRAYS, 0, 3.0 * 4 * 128 * 32 * 32 * 64, 0},
    {"optimizer-adam", ARRAYS, 0, 7.0 * 4 * 128 * 32 * 32 * 64, 0},
    {"start-28", PROCESS, 0, 0, 0},
};

START_TEST(test_report)
{
    json_t *all;
    const int what = rows[_i].what;
    const json_t *const result = run_one(rows[_i].work, &all);
    const double seconds = number(json_object_get(result, "seconds"), "median");
    check_spread(result, "seconds");
    check_fields(result, product_fields, sizeof(product_fields) / sizeof(char *), what & PRODUCTS);
    check_fields(result, array_fields, sizeof(array_fields) / sizeof(char *), what & ARRAYS);
    if (what & PRODUCTS) {
        near(number(result, "operations"), rows[_i].operations);
        near(number(result, "gflops"), rows[_i].operations / seconds * 1e-9);
        near(number(result, "share_of_peak"),
             number(result, "gflops") / number(result, "peak_gflops"));
    }
    if (what & ARRAYS) {
        near(number(result, "bytes"), rows[_i].bytes);
        near(number(result, "gbytes_per_second"), rows[_i].bytes / seconds * 1e-9);
    }
    if (what & IMAGES) {
        near(number(result, "images_per_second"), rows[_i].images / seconds);
    }
    if (what & PROCESS) {
        ck_assert(json_is_null(json_object_get(result, "process_peak_bytes")));
        ck_assert(json_is_null(json_object_get(result, "cpu_seconds")));
    } else {
        check_spread(result, "cpu_seconds");
        ck_assert_double_gt(number(result, "process_peak_bytes"), 1e6);
        ck_assert_double_gt(number(result, "context_peak_bytes"), 0);
    }
    if (what & STEPS) {
        /* Weights, gradients and Adam's averages at least; and no step allocates after the second. */
        const double least = 4.0 * 4 * 16 * 64 * 128;
        ck_assert_double_gt(number(result, "context_peak_bytes"), least);
        ck_assert_double_gt(number(result, "process_peak_bytes"),
                            number(result, "context_peak_bytes"));
        ck_assert_double_eq(number(result, "allocations_per_step"), 0);
    } else {
        ck_assert(json_is_null(json_object_get(result, "allocations_per_step")));
    }
    json_decref(all);
}
END_TEST

/* Without --threads: one, and then all; with a file for JSON the text stays where it is. */
START_TEST(test_file)
{
    char path[] = "/tmp/gan-bench-XXXXXX", arguments[256], output[OUTPUT_MOST];
    const char *const work = "conv-k1-8x128-128-forward";
    const int file = mkstemp(path);
    ck_assert_int_ge(file, 0);
    (void)snprintf(arguments, sizeof(arguments), "--only %s --repeats 1 --json %s", work, path);
    ck_assert_int_eq(run(arguments, output), 0);
    ck_assert_ptr_nonnull(strstr(output, work));
    json_t *const all = json_load_file(path, 0, NULL);
    ck_assert_ptr_nonnull(all);
    const json_t *const results = json_object_get(all, "results");
    const long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    ck_assert_uint_ge(json_array_size(results), 1);
    ck_assert_uint_le(json_array_size(results), cpus > 1 ? 2 : 1);
    ck_assert_double_eq(number(json_array_get(results, 0), "threads"), 1);
    if (json_array_size(results) == 2) {
        ck_assert_double_gt(number(json_array_get(results, 1), "threads"), 1);
    }
    json_decref(all);
    (void)close(file);
    (void)remove(path);
}
END_TEST

/* The names that `--list` prints, joined by spaces. */
static void
list(const char *only, char names[OUTPUT_MOST])
{
    char arguments[256], output[OUTPUT_MOST];
    (void)snprintf(arguments, sizeof(arguments), "--list%s", only);
    ck_assert_int_eq(run(arguments, output), 0);
    size_t length = 0;
    names[0] = '\0';
    for (char *line = output; *line != '\0';) {
        char *const next = line + strcspn(line, "\n");
        const int size = (int)strcspn(line, " ");
        length += (size_t)snprintf(names + length, OUTPUT_MOST - length, "%.*s ", size, line);
        line = *next == '\0' ? next : next + 1;
    }
}

START_TEST(test_names)
{
    char names[OUTPUT_MOST];
    list(" --only dcgan", names);
    ck_assert_str_eq(names, "dcgan-28 dcgan-32 dcgan-64 ");
    list(" --only 'critic-28,conv-k4-64x3-64-*'", names);
    ck_assert_str_eq(
        names, "critic-28 conv-k4-64x3-64-forward conv-k4-64x3-64-input conv-k4-64x3-64-weight ");
    list(" --only sample-28-1", names);
    ck_assert_str_eq(names, "sample-28-1 ");

    /* Each once, and no name is the first words of another: each can be run alone. */
    list("", names);
    int count = 0;
    for (char *name = names; *name != '\0'; name += strcspn(name, " ") + 1) {
        char alone[128], longer[128];
        const int size = (int)strcspn(name, " ");
        (void)snprintf(alone, sizeof(alone), " %.*s ", size, name);
        (void)snprintf(longer, sizeof(longer), " %.*s-", size, name);
        ck_assert_msg(strstr(name + size, alone) == NULL, "twice:%s", alone);
        ck_assert_msg(strstr(names, longer) == NULL, "more than one:%s", alone);
        count++;
    }
    ck_assert_int_gt(count, 80);
}
END_TEST

START_TEST(test_refused)
{
    char output[OUTPUT_MOST];
    ck_assert_int_ne(run("--only no_such_work --json -", output), 0);
    ck_assert_int_ne(run("--isa mmx --only conv-k1", output), 0);
    ck_assert_int_ne(run("--repeats", output), 0);
    ck_assert_int_ne(run("--no-such-option 1", output), 0);
    ck_assert_int_ne(run("--repeats 1 --only conv-k1-8 --json /no/such/folder/file", output), 0);
    ck_assert_int_eq(run("--help", output), 0);
}
END_TEST

int
main(void)
{
    Suite *const suite = suite_create("bench");
    TCase *const tests = tcase_create("gan_bench");
    tcase_set_timeout(tests, 120); /* for a machine that others use, too */
    tcase_add_loop_test(tests, test_report, 0, sizeof(rows) / sizeof(rows[0]));
    tcase_add_test(tests, test_file);
    tcase_add_test(tests, test_names);
    tcase_add_test(tests, test_refused);
    suite_add_tcase(suite, tests);
    SRunner *const runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
