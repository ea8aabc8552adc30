/*
 * Files of features: what NumPy wrote (oracle/make_features.py), what libgan writes, and what is
 * wrong with others.
 */
#include "features_suites.h"

#include <math.h>
#include <stdio.h>
#include <unistd.h>

#include "oracle/failing_host.h"

#include "base/memory.h"
#include "data/npz_writer.h"
#include "metrics/features.h"

#ifdef GAN_HAVE_MINIZIP

#define FILES ORACLE_FILES "/features/"

enum { ROWS = 40, WIDTH = 5 };

static gan_context *ctx;
static gan_features *features;
static char path[64];

static void
setup(void)
{
    ck_assert_int_eq(gan_context_create(&ctx, "threads=1", NULL), GAN_OK);
    snprintf(path, sizeof path, "features-%ld.npz", (long)getpid());
}

static void
teardown(void)
{
    gan_features_destroy(features);
    gan_context_destroy(ctx);
    features = NULL;
    remove(path);
}

/* Mean and unbiased covariance of the rows that make_features.py has, added up plainly. */
static void
expected(double mean[WIDTH], double covariance[WIDTH * WIDTH])
{
    for (int j = 0; j < WIDTH; j++) {
        mean[j] = 0;
        for (int i = 0; i < ROWS; i++) {
            mean[j] += (double)feature_value(i, j, 0) / ROWS;
        }
    }
    for (int j = 0; j < WIDTH * WIDTH; j++) {
        const int a = j / WIDTH, b = j % WIDTH;
        covariance[j] = 0;
        for (int i = 0; i < ROWS; i++) {
            covariance[j] += ((double)feature_value(i, a, 0) - mean[a]) *
                             ((double)feature_value(i, b, 0) - mean[b]) / (ROWS - 1);
        }
    }
}

static void
check_statistics(double tolerance)
{
    double mean[WIDTH], covariance[WIDTH * WIDTH];

    expected(mean, covariance);
    ck_assert_int_eq(features->dimension, WIDTH);
    for (int i = 0; i < WIDTH; i++) {
        ck_assert_double_eq_tol(features->mean[i], mean[i], tolerance);
    }
    for (int i = 0; i < WIDTH * WIDTH; i++) {
        ck_assert_double_eq_tol(features->covariance[i], covariance[i], tolerance);
    }
}

static const struct {
    const char *file, *options, *name;
    int64_t count;
    double tolerance;
} statistics[] = {
    {FILES "pytorch_fid.npz", NULL, "pytorch_fid", 0, 1e-14},
    {FILES "pytorch_fid.npz", "count=50000 name=\"cifar10 train\"", "cifar10 train", 50000, 1e-14},
    {FILES "float32.npz", NULL, "float32", 0, 1e-7},
    {FILES "big_endian.npz", "count=7", "big_endian", 40, 1e-14},
};

START_TEST(statistics_of_numpy)
{
    int64_t count = -1;

    ASSERT_OK(ctx, gan_features_load(ctx, &features, statistics[_i].file, statistics[_i].options));
    check_statistics(statistics[_i].tolerance);
    ck_assert_str_eq(features->name, statistics[_i].name);
    ASSERT_OK(ctx, gan_features_size(features, &count, NULL, NULL));
    ck_assert_int_eq(count, statistics[_i].count);
    ASSERT_FAILS(ctx, gan_features_add_rows(features, (float[WIDTH]){0}, NULL, 1), GAN_E_ARG,
                 "has statistics only");
    ASSERT_FAILS(ctx, gan_features_read(features, (float[WIDTH]){0}, NULL, 0, 0), GAN_E_ARG,
                 "has statistics only");
    ASSERT_FAILS(ctx, gan_features_save(features, path, "what=rows"), GAN_E_ARG, "what=rows: \"");
}
END_TEST

/* A score says of how many samples statistics are, where the file does; what needs rows has none. */
START_TEST(measures_of_statistics)
{
    gan_metric *fid = NULL, *modes = NULL;
    gan_score *score = NULL;
    gan_features *known = NULL;
    char text[1024], real[128], count[24] = "null";

    ASSERT_OK(ctx, gan_features_load(ctx, &features, statistics[_i].file, statistics[_i].options));
    ASSERT_OK(ctx, gan_metric_create(ctx, &fid, "fid", NULL));
    ASSERT_OK(ctx, gan_metric_compute(fid, &score, features, features));
    ASSERT_OK(ctx, gan_score_text(score, text, sizeof text, NULL));
    if (statistics[_i].count > 0) {
        (void)snprintf(count, sizeof count, "%lld", (long long)statistics[_i].count);
    }
    (void)snprintf(real, sizeof real, "\"real\": {\"name\": \"%s\", \"count\": %s}",
                   statistics[_i].name, count);
    ck_assert_msg(strstr(text, real) != NULL, "%s", text);
    gan_score_destroy(score);
    /* the judge is told by the set that knows it */
    ASSERT_OK(ctx, gan_features_load(ctx, &known, statistics[_i].file, NULL));
    gan__free(ctx, known->judge_name);
    gan__free(ctx, known->judge_hash);
    known->judge_name = gan__strdup(ctx, "inception");
    known->judge_hash = gan__strdup(ctx, "0123");
    ASSERT_OK(ctx, gan_metric_compute(fid, &score, features, known));
    ASSERT_OK(ctx, gan_score_text(score, text, sizeof text, NULL));
    ck_assert_msg(strstr(text, "{\"name\": \"inception\", \"hash\": \"0123\"}") != NULL, "%s",
                  text);
    gan_score_destroy(score);
    gan_features_destroy(known);
    ASSERT_OK(ctx, gan_metric_create(ctx, &modes, "modes", NULL));
    ASSERT_FAILS(ctx, gan_metric_compute(modes, &score, features, NULL), GAN_E_ARG,
                 "has statistics only");
    gan_metric_destroy(fid);
    gan_metric_destroy(modes);
}
END_TEST

START_TEST(rows_of_numpy)
{
    float rows[ROWS * WIDTH], logits[ROWS * 3];
    int64_t count = 0, classes = -1;
    const bool with_logits = _i == 0;

    ASSERT_OK(ctx,
              gan_features_load(ctx, &features,
                                with_logits ? FILES "rows.npz" : FILES "rows_double.npz", NULL));
    ASSERT_OK(ctx, gan_features_size(features, &count, NULL, &classes));
    ck_assert_int_eq(count, ROWS);
    ck_assert_int_eq(classes, with_logits ? 3 : 0);
    ASSERT_OK(ctx, gan_features_read(features, rows, with_logits ? logits : NULL, 0, ROWS));
    for (int i = 0; i < ROWS; i++) {
        for (int j = 0; j < WIDTH; j++) {
            ck_assert(rows[i * WIDTH + j] == feature_value(i, j, 0));
        }
        for (int j = 0; with_logits && j < 3; j++) {
            ck_assert(logits[i * 3 + j] == feature_value(i, j, 5));
        }
    }
    ASSERT_OK(ctx, gan_features_add_rows(features, rows, with_logits ? logits : NULL, 1));
}
END_TEST

static const struct {
    const char *file, *sentence;
} bad[] = {
    {FILES "bad_symmetry.npz", "\"sigma\" is not symmetric: [3, 1] is not what [1, 3] is"},
    {FILES "bad_negative.npz", "\"sigma\" is negative at [2, 2]"},
    {FILES "bad_nan.npz", "\"sigma\" is not finite at [4, 1]"},
    {FILES "bad_mean.npz", "\"mu\" is not finite at [3]"},
    {FILES "bad_shape.npz", "the shape of \"sigma\" is [4, 4], wanted [5, 5]"},
    {FILES "bad_rank.npz", "the shape of \"mu\" is [1, 5], wanted [any]"},
    {FILES "bad_integers.npz", "the elements of \"mu\" are whole numbers, wanted floats"},
    {FILES "bad_count.npz", "is negative or too large"},
    {FILES "bad_no_sigma.npz", "there is no array \"sigma\" in the archive: there are mu.npy"},
    {FILES "bad_names.npz", "neither features nor statistics"},
    {FILES "bad_logits.npz", "the shape of \"logits\" is [39, 3], wanted [40, any]"},
    {FILES "bad_row.npz", "the features of row 17 are not finite: nan at column 2"},
    {FILES "bad_empty.npz", "a sample has 0 features"},
    {FILES "bad_no_zip.npy", "is no .npz"},
};

START_TEST(bad_files)
{
    ASSERT_FAILS(ctx, gan_features_load(ctx, &features, bad[_i].file, NULL), GAN_E_FORMAT,
                 bad[_i].sentence);
    ck_assert_ptr_null(features);
    ck_assert_msg(strstr(gan_context_error(ctx), bad[_i].file) != NULL, "%s",
                  gan_context_error(ctx));
}
END_TEST

START_TEST(bad_calls)
{
    ASSERT_FAILS(ctx, gan_features_load(ctx, &features, FILES "nothing.npz", NULL), GAN_E_IO,
                 "nothing.npz");
    ASSERT_FAILS(ctx, gan_features_load(ctx, &features, FILES "rows.npz", "max_bytes=500"),
                 GAN_E_FORMAT, "more than max_bytes=500");
    ASSERT_FAILS(ctx, gan_features_load(ctx, &features, FILES "rows.npz", "what=rows"), GAN_E_ARG,
                 "what");
    ASSERT_FAILS(ctx, gan_features_load(ctx, &features, NULL, NULL), GAN_E_ARG, "path is NULL");
    ASSERT_FAILS(ctx, gan_features_load(ctx, NULL, FILES "rows.npz", NULL), GAN_E_ARG,
                 "out is NULL");
    ASSERT_OK(ctx, gan_features_create_rows(ctx, &features, "points", NULL, 2, 0));
    ASSERT_OK(ctx, gan_features_add_rows(features, (float[2]){1, 2}, NULL, 1));
    ck_assert_int_eq(gan_features_save(features, path, NULL), GAN_E_ARG); /* one sample */
    ASSERT_FAILS(ctx, gan_features_save(features, path, "what=all"), GAN_E_ARG, "what");
    ASSERT_FAILS(ctx, gan_features_save(features, "/nowhere/x.npz", "what=rows"), GAN_E_IO,
                 "/nowhere");
    ck_assert_int_ne(access(path, F_OK), 0);
}
END_TEST

static void
fill(int64_t classes)
{
    float rows[ROWS * WIDTH], logits[ROWS * 3];

    for (int i = 0; i < ROWS; i++) {
        for (int j = 0; j < WIDTH; j++) {
            rows[i * WIDTH + j] = feature_value(i, j, 0);
        }
        for (int j = 0; j < 3; j++) {
            logits[i * 3 + j] = feature_value(i, j, 5);
        }
    }
    ASSERT_OK(ctx,
              gan_features_create_rows(ctx, &features, "made", "some \"judge\"", WIDTH, classes));
    /* More than one block. */
    for (int i = 0; i < 20; i++) {
        ASSERT_OK(ctx, gan_features_add_rows(features, rows, classes > 0 ? logits : NULL, ROWS));
    }
}

/* Labels without logits, as a stacked judge gives them: nothing bears out how many classes there are. */
START_TEST(classes_are_bounded)
{
    static const int64_t counts[] = {1000000, 1000001, INT32_MAX};
    gan_features *loaded = NULL;

    fill(3);
    features->classes = 0;
    features->class_count = counts[_i];
    ASSERT_OK(ctx, gan_features_save(features, path, "what=rows"));
    features->classes = features->class_count = 3;
    if (_i == 0) {
        ASSERT_OK(ctx, gan_features_load(ctx, &loaded, path, NULL));
        ck_assert_int_eq(loaded->class_count, counts[_i]);
    } else {
        ASSERT_FAILS(ctx, gan_features_load(ctx, &loaded, path, NULL), GAN_E_FORMAT,
                     _i == 1 ? "\"classes\" is 1000001, wanted at most 1000000"
                             : "\"classes\" is 2147483647, wanted at most 1000000");
    }
    gan_features_destroy(loaded);
}
END_TEST

static size_t
read_file(unsigned char **bytes)
{
    FILE *file = fopen(path, "rb");

    *bytes = malloc(1 << 20);
    ck_assert_ptr_nonnull(file);
    ck_assert_ptr_nonnull(*bytes);
    const size_t size = fread(*bytes, 1, 1 << 20, file);
    fclose(file);
    return size;
}

static void
write_file(const unsigned char *bytes, size_t size)
{
    remove(path); /* some systems sync a file that is written over */
    FILE *file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, size, file), size);
    ck_assert_int_eq(fclose(file), 0);
}

START_TEST(saved_rows_come_back)
{
    unsigned char *first, *second;
    gan_features *loaded = NULL;

    fill(_i == 0 ? 0 : 3);
    ASSERT_OK(ctx, gan_features_save(features, path, "what=rows"));
    const size_t size = read_file(&first);
    ASSERT_OK(ctx, gan_features_save(features, path, "what=rows"));
    ck_assert_uint_eq(read_file(&second), size);
    ck_assert_int_eq(memcmp(first, second, size), 0);
    free(first);
    free(second);
    ASSERT_OK(ctx, gan_features_load(ctx, &loaded, path, "name=again"));
    ck_assert_str_eq(loaded->judge_name, "some \"judge\"");
    ck_assert_str_eq(loaded->judge_hash, "");
    ck_assert_int_eq(loaded->count, features->count);
    for (int64_t i = 0; i < loaded->count; i++) {
        ck_assert_int_eq(memcmp(gan__features_row(loaded, i), gan__features_row(features, i),
                                WIDTH * sizeof(float)),
                         0);
        if (_i > 0) {
            ck_assert_int_eq(gan__features_label(loaded, i), gan__features_label(features, i));
            ck_assert_int_eq(memcmp(gan__features_logits(loaded, i),
                                    gan__features_logits(features, i), 3 * sizeof(float)),
                             0);
        }
    }
    gan_features_destroy(loaded);
}
END_TEST

START_TEST(saved_statistics_come_back)
{
    gan_features *loaded = NULL;
    int64_t count = 0;

    fill(0);
    ASSERT_OK(ctx, gan_features_save(features, path, NULL));
    ASSERT_OK(ctx, gan_features_load(ctx, &loaded, path, NULL));
    ASSERT_OK(ctx, gan_features_size(loaded, &count, NULL, NULL));
    ck_assert_int_eq(count, 20 * ROWS);
    ck_assert_int_eq(memcmp(loaded->mean, features->mean, WIDTH * sizeof(double)), 0);
    ck_assert_int_eq(
        memcmp(loaded->covariance, features->covariance, WIDTH * WIDTH * sizeof(double)), 0);
    ASSERT_OK(ctx, gan_features_save(loaded, path, NULL)); /* as they are */
    gan_features_destroy(loaded);
}
END_TEST

START_TEST(cut_at_every_byte)
{
    unsigned char *bytes;

    fill(3);
    ASSERT_OK(ctx, gan_features_save(features, path, _i == 0 ? NULL : "what=rows"));
    const size_t size = read_file(&bytes);
    gan_features_destroy(features);
    features = NULL;
    for (size_t cut = 0; cut < size; cut += cut < 300 || cut + 300 > size ? 1 : 97) {
        write_file(bytes, cut);
        const gan_status st = gan_features_load(ctx, &features, path, NULL);
        ck_assert_msg(st == GAN_E_FORMAT, "cut at %zu of %zu: %s: %s", cut, size,
                      gan_status_name(st), gan_context_error(ctx));
        ck_assert_ptr_null(features);
    }
    free(bytes);
}
END_TEST

/* Any status, no crash, no memory beyond the file's. */
START_TEST(every_byte_wrong)
{
    unsigned char *bytes;
    uint64_t peak = 0;

    fill(3);
    ASSERT_OK(ctx, gan_features_save(features, path, _i == 0 ? NULL : "what=rows"));
    const size_t size = read_file(&bytes);
    for (size_t at = 0; at < size; at += at < 300 || at + 400 > size ? 1 : 61) {
        gan_features *loaded = NULL;
        bytes[at] ^= (unsigned char)(1 << at % 8);
        write_file(bytes, size);
        bytes[at] ^= (unsigned char)(1 << at % 8);
        const gan_status st = gan_features_load(ctx, &loaded, path, NULL);
        ck_assert(st == GAN_OK || loaded == NULL);
        gan_features_destroy(loaded);
    }
    free(bytes);
    ASSERT_OK(ctx, gan_context_get(ctx, &peak, "memory_peak"));
    ck_assert_uint_lt(peak, 8 << 20);
}
END_TEST

/* Headers that promise what the file has not. */
START_TEST(promises_cost_nothing)
{
    static const struct gan__shape shapes[] = {{.rank = 2, .size = {1, 1 << 28}},
                                               {.rank = 2, .size = {1 << 28, 1}},
                                               {.rank = 2, .size = {20000, 20000}},
                                               {.rank = 1, .size = {1 << 28}}};
    struct gan__npz_writer writer;
    uint64_t peak = 0;

    ASSERT_OK(ctx, gan__npz_open(&writer, ctx, path));
    if (_i == 3) {
        ASSERT_OK(ctx, gan__npz_begin(&writer, "mu", "<f8", &shapes[3]));
    } else {
        ASSERT_OK(ctx, gan__npz_begin(&writer, "features", "<f4", &shapes[_i]));
    }
    ASSERT_OK(ctx, gan__npz_write(&writer, "12345678", 8));
    ASSERT_OK(ctx, gan__npz_end(&writer));
    ASSERT_OK(ctx, gan__npz_commit(&writer));
    gan__npz_abandon(&writer);
    ASSERT_FAILS(ctx, gan_features_load(ctx, &features, path, NULL), GAN_E_FORMAT,
                 "of which at most 8 are there");
    ck_assert_ptr_null(strstr(gan_context_error(ctx), "neither features nor statistics"));
    ASSERT_OK(ctx, gan_context_get(ctx, &peak, "memory_peak"));
    ck_assert_uint_lt(peak, 8 << 20);
}
END_TEST

START_TEST(no_memory)
{
    struct test_allocator host;
    gan_context *failing = failing_context(&host);
    gan_features *set = NULL;

    EACH_ALLOCATION_FAILS(failing, &host,
                          gan_features_load(failing, &set, FILES "pytorch_fid.npz", NULL),
                          set == NULL);
    gan_features_destroy(set);
    set = NULL;
    EACH_ALLOCATION_FAILS(failing, &host, gan_features_load(failing, &set, FILES "rows.npz", NULL),
                          set == NULL);
    EACH_ALLOCATION_FAILS(failing, &host, gan_features_save(set, path, "what=rows"),
                          access(path, F_OK) != 0);
    gan_features_destroy(set);
    gan_context_destroy(failing);
    ck_assert_int_eq(host.blocks, 0);
}
END_TEST

#endif

Suite *
feature_files_suite(void)
{
    Suite *suite = suite_create("files");
    TCase *tests = tcase_create("files");

#ifdef GAN_HAVE_MINIZIP
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, statistics_of_numpy, 0, sizeof statistics / sizeof statistics[0]);
    tcase_add_loop_test(tests, measures_of_statistics, 0, sizeof statistics / sizeof statistics[0]);
    tcase_add_loop_test(tests, rows_of_numpy, 0, 2);
    tcase_add_loop_test(tests, bad_files, 0, sizeof bad / sizeof bad[0]);
    tcase_add_test(tests, bad_calls);
    tcase_add_loop_test(tests, saved_rows_come_back, 0, 2);
    tcase_add_loop_test(tests, classes_are_bounded, 0, 3);
    tcase_add_test(tests, saved_statistics_come_back);
    tcase_add_loop_test(tests, cut_at_every_byte, 0, 2);
    tcase_add_loop_test(tests, every_byte_wrong, 0, 2);
    tcase_add_loop_test(tests, promises_cost_nothing, 0, 4);
    tcase_add_test(tests, no_memory);
#endif
    suite_add_tcase(suite, tests);
    return suite;
}
