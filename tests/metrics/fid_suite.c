/*
 * fid beyond its references' numbers: features far from 0, many numbers in a row, covariances without
 * rows; the same bits everywhere; memory that is refused.
 */
#include <gan/metrics.h>

#include <math.h>
#include <stdio.h>

#include "base/memory.h"
#include "metrics/metric.h"
#include "sets.h"

Suite *fid_suite(void);

static double
fid(gan_context *ctx, gan_features *generated, gan_features *real)
{
    double value = -1;

    compute_in(ctx, &value, generated, real, "fid", NULL, "fid");
    return value;
}

/* Rows that hang together: six causes, and noise of each column's own. */
static gan_features *
drawn(gan_context *ctx, int seed, int64_t count, int64_t dimension)
{
    float *const rows = calloc((size_t)(count * dimension), sizeof *rows);

    for (int64_t i = 0; i < count * dimension; i++) {
        const int64_t row = i / dimension, column = i % dimension;
        rows[i] = set_uniform(seed, i) + 2 * set_uniform(seed + 1, row * 6 + column % 6) +
                  (float)(seed * (column % 4)) * 0.125F;
    }
    gan_features *const set = set_rows(ctx, seed == 1 ? "a" : "b", rows, count, dimension);
    free(rows);
    return set;
}

/* What a file of statistics gives: no rows, and as many samples as it says, if it does. */
static gan_features *
statistics_of(gan_features *from, int64_t count)
{
    gan_context *const ctx = from->object.ctx;
    const size_t dimension = (size_t)from->dimension;
    gan_features *set = NULL;
    struct gan__call call;

    ASSERT_OK(ctx, gan_features_create_rows(ctx, &set, "statistics", NULL, from->dimension, 0));
    ck_assert_int_eq(gan__enter(&call, ctx, GAN__GROUP_OTHER), GAN_OK);
    ASSERT_OK(ctx, gan__features_statistics(from));
    set->mean = gan__alloc_array(ctx, from->dimension, sizeof(double));
    set->covariance = gan__alloc_array(ctx, from->dimension, dimension * sizeof(double));
    ck_assert(set->mean != NULL && set->covariance != NULL);
    memcpy(set->mean, from->mean, dimension * sizeof(double));
    memcpy(set->covariance, from->covariance, dimension * dimension * sizeof(double));
    set->statistics_count = count;
    ck_assert_int_eq(gan__leave(&call, GAN_OK), GAN_OK);
    return set;
}

/* Each number repeated 64 times, an eighth as large: the same distances between all rows, so the same
 * fid, of 2,048 numbers in place of 32. Most of what the last trace sums are then roots of rounding
 * errors, in rows and covariances alike. */
START_TEST(test_many_numbers)
{
    enum { D = 32, COPIES = 64, MOST = 200 };
    static const int64_t counts[2] = {MOST, 150};
    static float few[MOST * D], many[MOST * D * COPIES];
    gan_context *ctx = NULL;
    gan_features *narrow[2], *wide[2], *statistics[2];

    ASSERT_OK(ctx, gan_context_create(&ctx, "threads=2", NULL));
    for (int k = 0; k < 2; k++) {
        narrow[k] = drawn(ctx, 1 + 2 * k, counts[k], D);
        ASSERT_OK(ctx, gan_features_read(narrow[k], few, NULL, 0, counts[k]));
        for (int64_t i = 0; i < counts[k] * D * COPIES; i++) {
            const int64_t row = i / (D * COPIES), column = i % (D * COPIES);
            many[i] = few[row * D + column % D] / 8;
        }
        wide[k] = set_rows(ctx, "wide", many, counts[k], D * COPIES);
        statistics[k] = statistics_of(wide[k], 0);
    }
    const double wanted = fid(ctx, narrow[0], narrow[1]);
    ck_assert(wanted > 0.1);
    near(fid(ctx, wide[0], wide[1]), wanted, 1e-6);
    near(fid(ctx, statistics[0], wide[1]), wanted, 1e-6);
    near(fid(ctx, statistics[0], statistics[1]), wanted, 1e-6);
    for (int k = 0; k < 2; k++) {
        gan_features_destroy(narrow[k]);
        gan_features_destroy(wide[k]);
        gan_features_destroy(statistics[k]);
    }
    gan_context_destroy(ctx);
}
END_TEST

/* A million away from 0, where a float's square has no digits left for the covariance. */
START_TEST(test_far_away)
{
    enum { N = 900, D = 24 };
    static float rows[N * D], moved[N * D];
    gan_context *ctx = NULL;
    gan_features *sets[4];

    ASSERT_OK(ctx, gan_context_create(&ctx, "threads=2", NULL));
    for (int k = 0; k < 2; k++) {
        for (int i = 0; i < N * D; i++) {
            rows[i] = floorf(set_uniform(1 + k, i) * (float)(20 + 5 * k));
            moved[i] = rows[i] + 1e6F;
        }
        sets[k] = set_rows(ctx, "near", rows, N, D);
        sets[2 + k] = set_rows(ctx, "far", moved, N, D);
    }
    near(fid(ctx, sets[2], sets[3]), fid(ctx, sets[0], sets[1]), 1e-9);
    for (int k = 0; k < 4; k++) {
        gan_features_destroy(sets[k]);
    }
    gan_context_destroy(ctx);
}
END_TEST

/* Of more and fewer samples than numbers in a row, with and without rows. */
START_TEST(test_bits)
{
    static const char *const options[] = {"threads=1 isa=portable", "threads=2 isa=avx2",
                                          "threads=3 isa=avx512", "threads=1", "threads=3"};
    static const int64_t counts[] = {1100, 100};
    enum { D = 150, VALUES_OF = 6 };
    double wanted[VALUES_OF] = {0};
    int contexts = 0;

    for (size_t c = 0; c < sizeof options / sizeof options[0]; c++) {
        gan_context *ctx = NULL;
        if (gan_context_create(&ctx, options[c], NULL) == GAN_OK) {
            double found[VALUES_OF];
            gan_features *sets[6];
            for (int k = 0; k < 4; k++) {
                sets[k] = drawn(ctx, k < 2 ? 1 : 3, counts[k % 2], D);
            }
            sets[4] = statistics_of(sets[1], 0);
            sets[5] = statistics_of(sets[3], 0);
            found[0] = fid(ctx, sets[0], sets[2]);
            found[1] = fid(ctx, sets[0], sets[3]);
            found[2] = fid(ctx, sets[1], sets[2]);
            found[3] = fid(ctx, sets[1], sets[3]);
            found[4] = fid(ctx, sets[4], sets[5]);
            found[5] = fid(ctx, sets[4], sets[2]);
            if (contexts++ == 0) {
                memcpy(wanted, found, sizeof wanted);
            }
            ck_assert_msg(memcmp(found, wanted, sizeof wanted) == 0, "%s", options[c]);
            for (int k = 0; k < 6; k++) {
                gan_features_destroy(sets[k]);
            }
        }
        gan_context_destroy(ctx);
    }
    ck_assert_int_ge(contexts, 3);
}
END_TEST

START_TEST(test_no_memory)
{
    struct test_allocator host;
    gan_context *const ctx = failing_context(&host);
    gan_features *const a = drawn(ctx, 1, 30, 40), *const b = drawn(ctx, 3, 90, 40);
    gan_features *const c = statistics_of(a, 30);
    gan_metric *metric = NULL;
    gan_score *score = NULL;

    ASSERT_OK(ctx, gan_metric_create(ctx, &metric, "fid", NULL));
    ASSERT_OK(ctx, gan_metric_compute(metric, &score, c, b)); /* threads' scratch stays */
    gan_score_destroy(score);
    EACH_ALLOCATION_FAILS(ctx, &host, gan_metric_compute(metric, &score, c, b), score == NULL);
    gan_score_destroy(score);
    gan_metric_destroy(metric);
    gan_features_destroy(a);
    gan_features_destroy(b);
    gan_features_destroy(c);
    gan_context_destroy(ctx);
    ck_assert_int_eq(host.blocks, 0);
}
END_TEST

Suite *
fid_suite(void)
{
    Suite *suite = suite_create("fid");
    TCase *tests = tcase_create("fid");

    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, test_many_numbers);
    tcase_add_test(tests, test_far_away);
    tcase_add_test(tests, test_bits);
    tcase_add_test(tests, test_no_memory);
    suite_add_tcase(suite, tests);
    return suite;
}
