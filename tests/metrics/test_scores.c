/*
 * Measures by name, their scores, and two of them: fid and inception_score, against their
 * references' numbers (oracle/make_scores.py) and cases that can be checked by hand.
 */
#include "support.h"

#include <math.h>
#include <stdio.h>

#include <gan/gan.h>

#include "base/memory.h"
#include "metrics/metric.h"
#include "oracle/scores.h"

enum { TEXT = 2048 };

/* ---- samples, as the oracle has them ---- */

static float
draw(uint64_t seed, int64_t at)
{
    uint64_t x = (seed << 32) + (uint64_t)at + 0x9e3779b97f4a7c15U;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
    x ^= x >> 31;
    return (float)(x >> 40) * 0x1p-24F;
}

static float *
samples_new(uint64_t seed, int64_t count, int64_t dimension, float gain, float shift)
{
    float *const rows = malloc((size_t)(count * dimension) * sizeof *rows);
    ck_assert_ptr_nonnull(rows);
    for (int64_t i = 0; i < count; i++) {
        for (int64_t j = 0; j < dimension; j++) {
            const int64_t at = i * (dimension + 1) + j;
            float own = draw(seed, at) * gain + draw(seed, at + 1) * 0.5F;
            own = own + draw(seed + 1000, i * 3 + j % 3) + shift;
            own = own * (1.0F / (1.0F + (float)j)) - 0.01F;
            rows[i * dimension + j] = own > 0.0F ? own : 0.0F;
        }
    }
    return rows;
}

static gan_context *
context_new(const char *options)
{
    gan_context *ctx = NULL;
    ck_assert_msg(gan_context_create(&ctx, options, NULL) == GAN_OK, "%s", gan_context_error(ctx));
    return ctx;
}

static gan_features *
set_new(gan_context *ctx, const float *rows, int64_t count, int64_t dimension)
{
    gan_features *set = NULL;
    ASSERT_OK(ctx, gan_features_create_rows(ctx, &set, NULL, NULL, dimension, 0));
    ASSERT_OK(ctx, gan_features_add_rows(set, rows, NULL, count));
    return set;
}

static gan_features *
drawn_set(gan_context *ctx, uint64_t seed, int64_t count, int64_t dimension)
{
    float *const rows = seed == 1 ? samples_new(seed, count, dimension, 1.0F, 0.0F)
                                  : samples_new(seed, count, dimension, 0.75F, 0.25F);
    gan_features *const set = set_new(ctx, rows, count, dimension);
    free(rows);
    return set;
}

/* A set of statistics only, as if a file had given them. */
static gan_features *
statistics_of(gan_features *from, int64_t count)
{
    gan_context *const ctx = from->object.ctx;
    const int64_t dimension = from->dimension;
    gan_features *set = NULL;
    struct gan__call call;
    ASSERT_OK(ctx, gan_features_create_rows(ctx, &set, "statistics", NULL, dimension, 0));
    ck_assert_int_eq(gan__enter(&call, ctx, GAN__GROUP_OTHER), GAN_OK);
    ASSERT_OK(ctx, gan__features_statistics(from));
    set->mean = gan__alloc_array(ctx, dimension, sizeof(double));
    set->covariance = gan__alloc_array(ctx, dimension * dimension, sizeof(double));
    ck_assert(set->mean != NULL && set->covariance != NULL);
    memcpy(set->mean, from->mean, (size_t)dimension * sizeof(double));
    memcpy(set->covariance, from->covariance, (size_t)(dimension * dimension) * sizeof(double));
    set->statistics_count = count;
    ck_assert_int_eq(gan__leave(&call, GAN_OK), GAN_OK);
    return set;
}

static double
number(gan_context *ctx, gan_metric *metric, gan_features *generated, gan_features *real,
       const char *name)
{
    gan_score *score = NULL;
    double value = -1;
    ASSERT_OK(ctx, gan_metric_compute(metric, &score, generated, real));
    ASSERT_OK(ctx, gan_score_get(score, &value, name));
    gan_score_destroy(score);
    return value;
}

static double
fid(gan_features *generated, gan_features *real)
{
    gan_context *const ctx = generated->object.ctx;
    gan_metric *metric = NULL;
    ASSERT_OK(ctx, gan_metric_create(ctx, &metric, "fid", NULL));
    const double value = number(ctx, metric, generated, real, "fid");
    gan_metric_destroy(metric);
    return value;
}

static void
assert_near(double found, double wanted, double relative)
{
    ck_assert_msg(fabs(found - wanted) <= relative * fabs(wanted), "found %.17g, wanted %.17g",
                  found, wanted);
}

/* ---- fid ---- */

START_TEST(fid_is_the_references)
{
    const struct oracle_fid *const o = &oracle_fids[_i];
    gan_context *const ctx = context_new("threads=2");
    gan_features *const a = drawn_set(ctx, 1, o->generated, o->dimension);
    gan_features *const b = drawn_set(ctx, 2, o->real, o->dimension);
    const double value = fid(a, b);
    assert_near(value, o->singular, 1e-9);
    assert_near(value, o->pytorch_fid, 1e-6);
    assert_near(value, o->torch_fidelity, 1e-6);
    assert_near(fid(b, a), value, 1e-10);
    gan_features_destroy(a);
    gan_features_destroy(b);
    gan_context_destroy(ctx);
}
END_TEST

/* From statistics, which say less: of sets with fewer samples than numbers in a row the covariance
 * is singular, and its smallest eigenvalues are rounding errors. */
START_TEST(fid_of_statistics_is_the_same)
{
    const struct oracle_fid *const o = &oracle_fids[_i];
    gan_context *const ctx = context_new("threads=2");
    gan_features *const a = drawn_set(ctx, 1, o->generated, o->dimension);
    gan_features *const b = drawn_set(ctx, 2, o->real, o->dimension);
    for (int known = 0; known < 2; known++) {
        gan_features *const p = statistics_of(a, known ? o->generated : 0);
        gan_features *const q = statistics_of(b, known ? o->real : 0);
        assert_near(fid(p, q), o->singular, 1e-6);
        assert_near(fid(a, q), o->singular, 1e-6);
        assert_near(fid(p, b), o->singular, 1e-6);
        ck_assert(fid(a, p) == 0 && fid(p, a) == 0);
        gan_features_destroy(p);
        gan_features_destroy(q);
    }
    gan_features_destroy(a);
    gan_features_destroy(b);
    gan_context_destroy(ctx);
}
END_TEST

START_TEST(fid_of_equal_sets_is_zero)
{
    static const int64_t counts[] = {2, 30, 64, 65, 66, 500};
    gan_context *const ctx = context_new("threads=2");
    gan_features *const a = drawn_set(ctx, 1, counts[_i], 64);
    gan_features *const b = drawn_set(ctx, 1, counts[_i], 64);
    gan_features *const p = statistics_of(a, counts[_i]);
    gan_features *const q = statistics_of(b, 0);
    ck_assert(fid(a, a) == 0);
    ck_assert(fid(a, b) == 0);
    ck_assert(fid(a, q) == 0);
    ck_assert(fid(p, q) == 0);
    gan_features_destroy(a);
    gan_features_destroy(b);
    gan_features_destroy(p);
    gan_features_destroy(q);
    gan_context_destroy(ctx);
}
END_TEST

/* The same rows in another order, so that nothing is equal to the last bit. */
START_TEST(fid_does_not_see_the_order)
{
    static const int64_t counts[] = {30, 500};
    const int64_t count = counts[_i];
    gan_context *const ctx = context_new("threads=2");
    float *const rows = samples_new(1, count, 64, 1.0F, 0.0F);
    gan_features *const a = set_new(ctx, rows, count, 64);
    for (int64_t j = 0; j < 64; j++) {
        const float kept = rows[j];
        rows[j] = rows[(count - 1) * 64 + j];
        rows[(count - 1) * 64 + j] = kept;
    }
    gan_features *const b = set_new(ctx, rows, count, 64);
    ck_assert_double_lt(fid(a, b), 1e-12);
    ck_assert_double_ge(fid(a, b), 0);
    free(rows);
    gan_features_destroy(a);
    gan_features_destroy(b);
    gan_context_destroy(ctx);
}
END_TEST

/* Points on the axes: 2 * size^2 / (count - 1) on the diagonal and nothing else. */
static gan_features *
cross(gan_context *ctx, const float *sizes, int64_t dimension, float shift)
{
    gan_features *set = NULL;
    float row[8];
    ASSERT_OK(ctx, gan_features_create_rows(ctx, &set, "cross", "axes", dimension, 0));
    for (int64_t i = 0; i < 2 * dimension; i++) {
        for (int64_t j = 0; j < dimension; j++) {
            row[j] = shift;
        }
        row[i / 2] += i % 2 == 0 ? sizes[i / 2] : -sizes[i / 2];
        ASSERT_OK(ctx, gan_features_add_rows(set, row, NULL, 1));
    }
    return set;
}

/* sum (mean differences)^2 + (deviations' differences)^2 */
START_TEST(fid_is_known_for_axes)
{
    static const float left[] = {1, 2, 4, 0}, right[] = {3, 2, 0, 5};
    gan_context *const ctx = context_new("threads=1");
    gan_features *const a = cross(ctx, left, 4, 0), *const b = cross(ctx, right, 4, 1.5F);
    double wanted = 4 * 2.25;
    for (int i = 0; i < 4; i++) {
        const double p = sqrt(2.0 / 7) * (double)left[i], q = sqrt(2.0 / 7) * (double)right[i];
        wanted += (p - q) * (p - q);
    }
    assert_near(fid(a, b), wanted, 1e-14);
    gan_features_destroy(a);
    gan_features_destroy(b);
    gan_context_destroy(ctx);
}
END_TEST

/* A generator that gives one sample: the data's variance and the distance of the means. */
START_TEST(fid_of_one_sample_repeated)
{
    static const int64_t counts[] = {5, 100};
    static const float sizes[] = {1, 2, 4, 1};
    const float one[] = {2, 0, 0, 0};
    gan_context *const ctx = context_new("threads=1");
    gan_features *const b = cross(ctx, sizes, 4, 0);
    gan_features *a = NULL;
    ASSERT_OK(ctx, gan_features_create_rows(ctx, &a, NULL, "axes", 4, 0));
    for (int64_t i = 0; i < counts[_i]; i++) {
        ASSERT_OK(ctx, gan_features_add_rows(a, one, NULL, 1));
    }
    assert_near(fid(a, b), 4 + 22 * 2.0 / 7, 1e-14);
    assert_near(fid(b, a), 4 + 22 * 2.0 / 7, 1e-14);
    gan_features_destroy(a);
    gan_features_destroy(b);
    gan_context_destroy(ctx);
}
END_TEST

/* Each column is scaled by s: the distance is scaled by s^2, down to the last digits. */
START_TEST(fid_of_small_and_large_features)
{
    static const float scales[] = {1e-30F, 1e30F};
    gan_context *const ctx = context_new("threads=2");
    float *const rows = samples_new(1, 150, 40, 1.0F, 0.0F);
    float *const others = samples_new(2, 200, 40, 0.75F, 0.25F);
    gan_features *const a = set_new(ctx, rows, 150, 40), *const b = set_new(ctx, others, 200, 40);
    const double wanted = fid(a, b);
    for (int64_t i = 0; i < 200 * 40; i++) {
        rows[i % (150 * 40)] *= i < 150 * 40 ? scales[_i] : 1.0F;
        others[i] *= scales[_i];
    }
    gan_features *const c = set_new(ctx, rows, 150, 40), *const d = set_new(ctx, others, 200, 40);
    assert_near(fid(c, d), wanted * (double)scales[_i] * (double)scales[_i], 1e-6);
    free(rows);
    free(others);
    gan_features_destroy(a);
    gan_features_destroy(b);
    gan_features_destroy(c);
    gan_features_destroy(d);
    gan_context_destroy(ctx);
}
END_TEST

/* Files may hold anything. */
START_TEST(fid_refuses_what_is_no_covariance)
{
    gan_context *const ctx = context_new("threads=1");
    gan_features *const a = drawn_set(ctx, 1, 50, 4), *const b = statistics_of(a, 0);
    gan_metric *metric = NULL;
    gan_score *score = NULL;
    ASSERT_OK(ctx, gan_metric_create(ctx, &metric, "fid", NULL));
    b->covariance[5] = -1;
    ASSERT_FAILS(ctx, gan_metric_compute(metric, &score, a, b), GAN_E_ARG, "[1, 1] is -1");
    for (int i = 0; i < 16; i++) {
        b->covariance[i] = i % 5 == 0 ? 1e308 : 0;
    }
    gan_features *const c = statistics_of(b, 0);
    c->covariance[5] = 1e307;
    ASSERT_FAILS(ctx, gan_metric_compute(metric, &score, b, c), GAN_E_ARG, "too large");
    b->covariance[5] = 1; /* not positive: finite numbers, whatever they mean */
    b->covariance[4] = b->covariance[1] = 1e300;
    const gan_status st = gan_metric_compute(metric, &score, a, b);
    ck_assert(st == GAN_OK || st == GAN_E_ARG);
    gan_score_destroy(score);
    gan_metric_destroy(metric);
    gan_features_destroy(a);
    gan_features_destroy(b);
    gan_features_destroy(c);
    gan_context_destroy(ctx);
}
END_TEST

/* ---- inception_score ---- */

static gan_features *
logits_set(gan_context *ctx, const float *logits, int64_t count, int64_t classes)
{
    float *const rows = calloc((size_t)count, sizeof *rows);
    gan_features *set = NULL;
    ck_assert_ptr_nonnull(rows);
    ASSERT_OK(ctx, gan_features_create_rows(ctx, &set, "generated", NULL, 1, classes));
    ASSERT_OK(ctx, gan_features_add_rows(set, rows, logits, count));
    free(rows);
    return set;
}

static gan_features *
drawn_logits(gan_context *ctx, const struct oracle_inception_score *o)
{
    const int64_t count = o->samples * o->classes;
    float *const logits = malloc((size_t)count * sizeof *logits);
    ck_assert_ptr_nonnull(logits);
    for (int64_t i = 0; i < count; i++) {
        logits[i] = draw(3, i) * (float)o->gain;
    }
    gan_features *const set = logits_set(ctx, logits, o->samples, o->classes);
    free(logits);
    return set;
}

static void
check_score(gan_context *ctx, gan_metric *metric, gan_features *set, const double wanted[2])
{
    assert_near(number(ctx, metric, set, NULL, "inception_score"), wanted[0], 1e-12);
    ck_assert_double_eq_tol(number(ctx, metric, set, NULL, "inception_score_deviation"), wanted[1],
                            1e-10);
}

START_TEST(inception_score_is_the_references)
{
    const struct oracle_inception_score *const o = &oracle_inception_scores[_i];
    gan_context *const ctx = context_new("threads=2");
    gan_features *const set = drawn_logits(ctx, o);
    gan_metric *metric = NULL;
    int64_t order[600], first = 0;
    char options[64];
    for (int i = 0; i < _i; i++) {
        first += oracle_inception_scores[i].samples;
    }
    for (int64_t i = 0; i < o->samples; i++) {
        order[i] = oracle_orders[first + i];
    }
    (void)snprintf(options, sizeof options, "splits=%d shuffle=false", (int)o->splits);
    ASSERT_OK(ctx, gan_metric_create(ctx, &metric, "inception_score", options));
    check_score(ctx, metric, set, o->plain);
    ASSERT_OK(ctx, gan_metric_set_rows(metric, order, NULL, o->samples));
    check_score(ctx, metric, set, o->shuffled);
    ASSERT_OK(ctx, gan_metric_set_rows(metric, NULL, NULL, 0));
    check_score(ctx, metric, set, o->plain);
    gan_metric_destroy(metric);
    gan_features_destroy(set);
    gan_context_destroy(ctx);
}
END_TEST

/* The drawing is a function of the seed, and takes each row once. */
START_TEST(inception_score_draws)
{
    gan_context *const ctx = context_new("threads=1");
    gan_features *const set = drawn_logits(ctx, &oracle_inception_scores[0]);
    gan_metric *metric[4] = {NULL};
    double value[4];
    static const char *const options[] = {NULL, "seed=0", "seed=1", "splits=1"};
    for (int i = 0; i < 4; i++) {
        ASSERT_OK(ctx, gan_metric_create(ctx, &metric[i], "inception_score", options[i]));
        value[i] = number(ctx, metric[i], set, NULL, "inception_score");
    }
    ck_assert(value[0] == value[1]);
    ck_assert(value[0] != value[2]);
    gan_metric *plain = NULL;
    ASSERT_OK(ctx, gan_metric_create(ctx, &plain, "inception_score", "splits=1 shuffle=false"));
    assert_near(value[3], number(ctx, plain, set, NULL, "inception_score"), 1e-13);
    gan_metric_destroy(plain);
    for (int i = 0; i < 4; i++) {
        gan_metric_destroy(metric[i]);
    }
    gan_features_destroy(set);
    gan_context_destroy(ctx);
}
END_TEST

/* Sure of one class: 1. Sure of each as often: the number of classes. Never sure: 1. */
START_TEST(inception_score_is_known)
{
    enum { N = 40, C = 4 };
    static float one[N * C], even[N * C], unsure[N * C];
    gan_context *const ctx = context_new("threads=1");
    gan_metric *metric = NULL;
    for (int i = 0; i < N; i++) {
        one[i * C + 2] = 3e38F; /* the other probabilities are 0, and their share too */
        even[i * C + i % C] = 2000;
    }
    ASSERT_OK(ctx, gan_metric_create(ctx, &metric, "inception_score", NULL));
    const float *const logits[] = {one, even, unsure};
    const double wanted[] = {1, C, 1};
    for (int i = 0; i < 3; i++) {
        const double exactly[2] = {wanted[i], 0};
        gan_features *const set = logits_set(ctx, logits[i], N, C);
        gan_metric *in_order = NULL;
        ASSERT_OK(ctx,
                  gan_metric_create(ctx, &in_order, "inception_score", "shuffle=false splits=10"));
        check_score(ctx, in_order, set, exactly);
        gan_metric_destroy(in_order);
        gan_features_destroy(set);
    }
    gan_metric_destroy(metric);
    gan_context_destroy(ctx);
}
END_TEST

/* ---- everywhere the same ---- */

/* At any number of threads and on every instruction set that this CPU has. */
START_TEST(bits_are_the_same_everywhere)
{
    static const char *const everywhere[] = {
        "threads=1 isa=portable", "threads=1 isa=avx2", "threads=2 isa=avx2",
        "threads=3 isa=avx2",     "threads=2",          "threads=3"};
    double found[sizeof everywhere / sizeof everywhere[0]][6];
    for (size_t i = 0; i < sizeof everywhere / sizeof everywhere[0]; i++) {
        gan_context *ctx = NULL;
        if (gan_context_create(&ctx, everywhere[i], NULL) != GAN_OK) {
            ck_assert_ptr_nonnull(strstr(everywhere[i], "avx2"));
            continue;
        }
        gan_features *const logits = drawn_logits(ctx, &oracle_inception_scores[1]);
        gan_features *const a = drawn_set(ctx, 1, 1100, 150), *const b =
                                                                  drawn_set(ctx, 2, 700, 150);
        gan_features *const c = drawn_set(ctx, 1, 100, 150), *const d = drawn_set(ctx, 2, 90, 150);
        gan_metric *metric = NULL;
        ASSERT_OK(ctx, gan_metric_create(ctx, &metric, "inception_score", "splits=2"));
        found[i][0] = fid(a, b);
        found[i][1] = fid(a, c);
        found[i][2] = fid(d, b);
        found[i][3] = fid(d, c);
        found[i][4] = number(ctx, metric, logits, NULL, "inception_score");
        found[i][5] = number(ctx, metric, logits, NULL, "inception_score_deviation");
        ck_assert_msg(memcmp(found[i], found[0], sizeof found[0]) == 0, "%s", everywhere[i]);
        gan_metric_destroy(metric);
        gan_features_destroy(logits);
        gan_features_destroy(a);
        gan_features_destroy(b);
        gan_features_destroy(c);
        gan_features_destroy(d);
        gan_context_destroy(ctx);
    }
}
END_TEST

/* Rows added in pieces, and statistics asked for before more rows come. */
START_TEST(division_changes_no_bit)
{
    enum { N = 700, D = 30 };
    gan_context *const ctx = context_new("threads=2");
    float *const rows = samples_new(1, N, D, 1.0F, 0.0F);
    gan_features *const whole = set_new(ctx, rows, N, D), *const real = drawn_set(ctx, 2, N, D);
    gan_features *const pieces = set_new(ctx, rows, 100, D);
    (void)fid(pieces, real);
    for (int64_t at = 100; at < N; at += 75) {
        ASSERT_OK(ctx, gan_features_add_rows(pieces, rows + at * D, NULL, 75));
    }
    ck_assert(fid(pieces, real) == fid(whole, real));
    free(rows);
    gan_features_destroy(whole);
    gan_features_destroy(pieces);
    gan_features_destroy(real);
    gan_context_destroy(ctx);
}
END_TEST

/* ---- measures and scores as objects ---- */

START_TEST(measures_have_texts)
{
    gan_context *const ctx = context_new("threads=1");
    gan_metric *metric = NULL;
    char text[TEXT];
    size_t needed = 0;
    ASSERT_OK(ctx, gan_metric_create(ctx, &metric, "inception_score", "splits=3"));
    ASSERT_OK(ctx, gan_metric_text(metric, text, sizeof text, &needed));
    ck_assert_str_eq(text, "inception_score splits=3 shuffle=true seed=0");
    ck_assert_uint_eq(needed, strlen(text) + 1);
    gan_metric_destroy(metric);
    ASSERT_OK(ctx, gan_metric_create(ctx, &metric, "fid", ""));
    ASSERT_OK(ctx, gan_metric_text(metric, text, sizeof text, NULL));
    ck_assert_str_eq(text, "fid");
    gan_metric_destroy(metric);
    gan_context_destroy(ctx);
}
END_TEST

START_TEST(lists_are_read)
{
    gan_context *const ctx = context_new("threads=1");
    const char *list = " fid ;; \n inception_score splits=2;fid", *text = NULL;
    static const char *const wanted[] = {"fid", "inception_score splits=2 shuffle=true seed=0",
                                         "fid"};
    size_t length = 0;
    struct gan__call call;
    int count = 0;
    while (gan__metric_next(&list, &text, &length)) {
        gan_metric *metric = NULL;
        char found[TEXT];
        ck_assert_int_eq(gan__enter(&call, ctx, GAN__GROUP_OTHER), GAN_OK);
        const gan_status st = gan__metric_parse(ctx, &metric, text, length);
        ASSERT_OK(ctx, gan__leave(&call, st));
        ASSERT_OK(ctx, gan_metric_text(metric, found, sizeof found, NULL));
        ck_assert_str_eq(found, wanted[count++]);
        gan_metric_destroy(metric);
    }
    ck_assert_int_eq(count, 3);
    static const struct {
        const char *text, *sentence;
    } bad[] = {{"   ", "empty"}, {"fit", "did you mean \"fid\""}, {"fid k=3", "fid"}};
    for (int i = 0; i < 3; i++) {
        gan_metric *metric = NULL;
        ck_assert_int_eq(gan__enter(&call, ctx, GAN__GROUP_OTHER), GAN_OK);
        const gan_status st = gan__metric_parse(ctx, &metric, bad[i].text, strlen(bad[i].text));
        ASSERT_FAILS(ctx, gan__leave(&call, st), GAN_E_ARG, bad[i].sentence);
        ck_assert_ptr_null(metric);
    }
    gan_context_destroy(ctx);
}
END_TEST

START_TEST(scores_carry_their_protocol)
{
    gan_context *const ctx = context_new("threads=1");
    static const float points[] = {1, 0, -1, 0, 0, 1, 0, -1, 0, 0};
    gan_features *a = NULL, *b = NULL;
    gan_metric *metric = NULL;
    gan_score *score = NULL;
    char text[TEXT];
    double value = 0;
    ASSERT_OK(ctx, gan_features_create_rows(ctx, &a, "a \"b\"\\\n\xff", "plane", 2, 0));
    ASSERT_OK(ctx, gan_features_create_rows(ctx, &b, "b", "plane", 2, 0));
    ASSERT_OK(ctx, gan_features_add_rows(a, points, NULL, 4));
    ASSERT_OK(ctx, gan_features_add_rows(b, points, NULL, 4));
    ASSERT_OK(ctx, gan_features_add_rows(b, points + 8, NULL, 1));
    ASSERT_OK(ctx, gan_metric_create(ctx, &metric, "fid", NULL));
    ASSERT_OK(ctx, gan_metric_compute(metric, &score, a, a));
    gan_metric_destroy(metric);
    ASSERT_OK(ctx, gan_score_text(score, text, sizeof text, NULL));
    ck_assert_str_eq(
        text, "{\"metric\": \"fid\", \"options\": \"\", \"judge\": {\"name\": \"plane\", \"hash\": "
              "null}, \"generated\": {\"name\": \"a \\\"b\\\"\\\\\\u000a?\", \"count\": 4}, "
              "\"real\": {\"name\": \"a \\\"b\\\"\\\\\\u000a?\", \"count\": 4}, \"values\": "
              "{\"fid\": 0}}");
    ASSERT_FAILS(ctx, gan_score_get(score, &value, "kid"), GAN_E_ARG, "there are fid");
    ASSERT_FAILS(ctx, gan_score_get(score, &value, NULL), GAN_E_ARG, "name is NULL");
    ASSERT_FAILS(ctx, gan_score_get(score, NULL, "fid"), GAN_E_ARG, "value is NULL");
    gan_score_destroy(score);
    gan_features_destroy(a);
    gan_features_destroy(b);
    gan_context_destroy(ctx);
}
END_TEST

/* A score outlives what it was made of, and the caller's handle on the context. */
START_TEST(scores_live_on)
{
    gan_context *const ctx = context_new("threads=1");
    gan_features *const a = drawn_logits(ctx, &oracle_inception_scores[3]);
    gan_metric *metric = NULL;
    gan_score *score = NULL;
    char text[TEXT];
    const int64_t rows[20] = {3, 2, 1};
    ASSERT_OK(ctx, gan_metric_create(ctx, &metric, "inception_score", NULL));
    ASSERT_OK(ctx, gan_metric_set_rows(metric, rows, NULL, 20));
    ASSERT_OK(ctx, gan_metric_compute(metric, &score, a, a));
    gan_score_retain(score);
    gan_metric_retain(metric);
    gan_metric_destroy(metric);
    gan_metric_destroy(metric);
    gan_features_destroy(a);
    gan_score_destroy(score);
    gan_context_destroy(ctx);
    ck_assert_int_eq(gan_score_text(score, text, sizeof text, NULL), GAN_OK);
    ck_assert_ptr_nonnull(strstr(text, "\"rows\": \"given\""));
    ck_assert_ptr_nonnull(strstr(text, "\"options\": \"splits=10 shuffle=true seed=0\""));
    ck_assert_ptr_nonnull(strstr(text, "\"real\": null"));
    gan_score_destroy(score);
}
END_TEST

START_TEST(bad_calls_have_sentences)
{
    gan_context *const ctx = context_new("threads=1"), *const other = context_new("threads=1");
    gan_features *const a = drawn_set(ctx, 1, 5, 3), *const b = drawn_set(ctx, 2, 5, 4);
    gan_features *const strange = drawn_set(other, 1, 5, 3), *const one = drawn_set(ctx, 1, 1, 3);
    gan_features *const statistics = statistics_of(a, 5), *empty = NULL, *named = NULL;
    gan_features *const logits = drawn_logits(ctx, &oracle_inception_scores[3]);
    gan_metric *f = NULL, *is = NULL, *none = NULL;
    gan_score *score = NULL;
    int64_t rows[20] = {0};
    ASSERT_OK(ctx, gan_features_create_rows(ctx, &empty, "nothing", NULL, 3, 0));
    ASSERT_OK(ctx, gan_features_create_rows(ctx, &named, "pixels", "pixels", 3, 0));
    ASSERT_OK(ctx, gan_features_add_rows(named, (const float[6]){1, 2, 3}, NULL, 2));
    ASSERT_FAILS(ctx, gan_metric_create(ctx, &none, "FID", NULL), GAN_E_ARG, "unknown measure");
    ASSERT_FAILS(ctx, gan_metric_create(ctx, &none, NULL, NULL), GAN_E_ARG, "kind is NULL");
    ASSERT_FAILS(ctx, gan_metric_create(ctx, NULL, "fid", NULL), GAN_E_ARG, "out is NULL");
    ASSERT_FAILS(ctx, gan_metric_create(ctx, &none, "inception_score", "splits=0"), GAN_E_ARG,
                 "splits");
    ck_assert_int_eq(gan_metric_compute(NULL, &score, a, a), GAN_E_ARG);
    ASSERT_OK(ctx, gan_metric_create(ctx, &f, "fid", NULL));
    ASSERT_OK(ctx, gan_metric_create(ctx, &is, "inception_score", NULL));
    ASSERT_FAILS(ctx, gan_metric_compute(f, NULL, a, a), GAN_E_ARG, "score is NULL");
    ASSERT_FAILS(ctx, gan_metric_compute(f, &score, NULL, a), GAN_E_ARG, "generated is NULL");
    ASSERT_FAILS(ctx, gan_metric_compute(f, &score, a, NULL), GAN_E_ARG, "real is NULL");
    ASSERT_FAILS(ctx, gan_metric_compute(f, &score, strange, a), GAN_E_ARG, "another context");
    ASSERT_FAILS(ctx, gan_metric_compute(f, &score, a, strange), GAN_E_ARG, "another context");
    ASSERT_FAILS(ctx, gan_metric_compute(f, &score, a, b), GAN_E_ARG, "4");
    struct gan__call call;
    ck_assert_int_eq(gan__enter(&call, ctx, GAN__GROUP_OTHER), GAN_OK);
    gan__free(ctx, a->judge_hash);
    gan__free(ctx, named->judge_hash);
    a->judge_hash = gan__strdup(ctx, "0123");
    named->judge_hash = gan__strdup(ctx, "4567");
    ck_assert_int_eq(gan__leave(&call, GAN_OK), GAN_OK);
    ASSERT_FAILS(ctx, gan_metric_compute(f, &score, a, named), GAN_E_ARG, "pixels");
    ASSERT_FAILS(ctx, gan_metric_compute(f, &score, empty, a), GAN_E_ARG, "\"nothing\" is empty");
    ASSERT_FAILS(ctx, gan_metric_compute(f, &score, one, a), GAN_E_ARG, "at least 2 samples");
    ASSERT_FAILS(ctx, gan_metric_compute(f, &score, a, one), GAN_E_ARG, "has 1");
    ASSERT_FAILS(ctx, gan_metric_compute(is, &score, a, NULL), GAN_E_ARG, "no logits");
    ASSERT_FAILS(ctx, gan_metric_compute(is, &score, statistics, NULL), GAN_E_ARG,
                 "statistics only");
    ck_assert_ptr_null(score);

    ASSERT_FAILS(ctx, gan_metric_set_rows(f, rows, rows, 1), GAN_E_ARG, "fid draws no rows");
    ASSERT_FAILS(ctx, gan_metric_set_rows(is, rows, NULL, -1), GAN_E_ARG, "-1");
    ASSERT_FAILS(ctx, gan_metric_set_rows(is, NULL, NULL, 20), GAN_E_ARG, "generated is NULL");
    ASSERT_FAILS(ctx, gan_metric_set_rows(is, rows, rows, 20), GAN_E_ARG, "real");
    ASSERT_FAILS(ctx, gan_metric_set_rows(is, rows, NULL, 9), GAN_E_ARG, "10 splits");
    rows[7] = -2;
    ASSERT_FAILS(ctx, gan_metric_set_rows(is, rows, NULL, 20), GAN_E_ARG, "generated[7] is -2");
    rows[7] = 20;
    ASSERT_OK(ctx, gan_metric_set_rows(is, rows, NULL, 20));
    ASSERT_FAILS(ctx, gan_metric_compute(is, &score, logits, NULL), GAN_E_ARG,
                 "row 20 of the generated set");
    rows[7] = 19;
    ASSERT_OK(ctx, gan_metric_set_rows(is, rows, NULL, 19));
    ASSERT_FAILS(ctx, gan_metric_compute(is, &score, logits, NULL), GAN_E_ARG, "has 19");
    gan_metric_destroy(is);
    ASSERT_OK(ctx, gan_metric_create(ctx, &is, "inception_score", "splits=21"));
    ASSERT_FAILS(ctx, gan_metric_compute(is, &score, logits, NULL), GAN_E_ARG, "21 splits");

    gan_features *const sets[] = {a, b, strange, one, statistics, empty, named, logits};
    for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++) {
        gan_features_destroy(sets[i]);
    }
    gan_metric_destroy(f);
    gan_metric_destroy(is);
    gan_context_destroy(ctx);
    gan_context_destroy(other);
}
END_TEST

START_TEST(kinds_are_documented)
{
    gan_context *const ctx = context_new("threads=1");
    struct gan__text text;
    gan__text_init(&text, ctx);
    gan__metrics_document(&text);
    ck_assert_int_eq(text.status, GAN_OK);
#define GAN__ROW(name) ck_assert_ptr_nonnull(strstr(text.data, #name ": "));
#include "metrics/list.h"
#undef GAN__ROW
    gan__text_free(&text);
    gan_context_destroy(ctx);
}
END_TEST

/* ---- memory that is refused, at each allocation in turn ---- */

struct refusing {
    int64_t left; /* allocations until one is refused; negative: never */
};

static void *
refusing_allocate(void *user, size_t bytes, size_t alignment)
{
    struct refusing *const r = user;
    if (r->left == 0) {
        return NULL;
    }
    r->left -= r->left > 0;
    return aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
}

static void
refusing_release(void *user, void *pointer, size_t bytes, size_t alignment)
{
    (void)user, (void)bytes, (void)alignment;
    free(pointer);
}

START_TEST(refused_memory_is_a_status)
{
    struct refusing refusing = {.left = -1};
    const gan_host host = {.struct_size = sizeof host,
                           .user = &refusing,
                           .allocate = refusing_allocate,
                           .release = refusing_release};
    static const int64_t counts[][2] = {{100, 90}, {20, 90}, {20, 30}};
    for (int pair = 0; pair < 4; pair++) {
        bool done = false;
        for (int64_t left = 0; !done; left++) {
            gan_context *ctx = NULL;
            gan_metric *metric = NULL;
            gan_score *score = NULL;
            refusing.left = -1;
            ck_assert_int_eq(gan_context_create(&ctx, "threads=1", &host), GAN_OK);
            gan_features *const a = pair == 3 ? drawn_logits(ctx, &oracle_inception_scores[0])
                                              : drawn_set(ctx, 1, counts[pair][0], 40);
            gan_features *const b = pair == 3 ? NULL : drawn_set(ctx, 2, counts[pair][1], 40);
            ASSERT_OK(ctx,
                      gan_metric_create(ctx, &metric, pair == 3 ? "inception_score" : "fid", NULL));
            refusing.left = left;
            const gan_status st = gan_metric_compute(metric, &score, a, b);
            refusing.left = -1;
            done = st == GAN_OK;
            ck_assert(done || st == GAN_E_NOMEM);
            ck_assert((score != NULL) == done);
            gan_score_destroy(score);
            ASSERT_OK(ctx, gan_metric_compute(metric, &score, a, b)); /* nothing was broken */
            gan_score_destroy(score);
            gan_metric_destroy(metric);
            gan_features_destroy(a);
            gan_features_destroy(b);
            gan_context_destroy(ctx);
            ck_assert(left < 200);
        }
    }
}
END_TEST

int
main(void)
{
    Suite *const suite = suite_create("scores");
    TCase *const frechet = tcase_create("fid");
    TCase *const inception = tcase_create("inception score");
    TCase *const objects = tcase_create("objects");
    const int fids = (int)(sizeof oracle_fids / sizeof oracle_fids[0]);
    tcase_set_timeout(frechet, 120.0);
    tcase_add_loop_test(frechet, fid_is_the_references, 0, fids);
    tcase_add_loop_test(frechet, fid_of_statistics_is_the_same, 0, fids);
    tcase_add_loop_test(frechet, fid_of_equal_sets_is_zero, 0, 6);
    tcase_add_loop_test(frechet, fid_does_not_see_the_order, 0, 2);
    tcase_add_test(frechet, fid_is_known_for_axes);
    tcase_add_loop_test(frechet, fid_of_one_sample_repeated, 0, 2);
    tcase_add_loop_test(frechet, fid_of_small_and_large_features, 0, 2);
    tcase_add_test(frechet, fid_refuses_what_is_no_covariance);
    suite_add_tcase(suite, frechet);
    tcase_add_loop_test(inception, inception_score_is_the_references, 0,
                        (int)(sizeof oracle_inception_scores / sizeof oracle_inception_scores[0]));
    tcase_add_test(inception, inception_score_draws);
    tcase_add_test(inception, inception_score_is_known);
    suite_add_tcase(suite, inception);
    tcase_set_timeout(objects, 120.0);
    tcase_add_test(objects, bits_are_the_same_everywhere);
    tcase_add_test(objects, division_changes_no_bit);
    tcase_add_test(objects, measures_have_texts);
    tcase_add_test(objects, lists_are_read);
    tcase_add_test(objects, scores_carry_their_protocol);
    tcase_add_test(objects, scores_live_on);
    tcase_add_test(objects, bad_calls_have_sentences);
    tcase_add_test(objects, kinds_are_documented);
    tcase_add_test(objects, refused_memory_is_a_status);
    suite_add_tcase(suite, objects);
    return run_suites(&suite, 1);
}
