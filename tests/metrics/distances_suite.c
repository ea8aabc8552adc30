/*
 * The measures of distances and kernels: beside torch-fidelity, prdc and SciPy on the same features
 * (oracle/make_distances.py), beside plain loops in double, by hand, and with the same bits on each
 * instruction set and at any number of threads.
 */
#include <gan/metrics.h>

#include <math.h>
#include <stdio.h>

#include "metrics/features.h"
#include "sets.h"
#include "oracle/distances.h"

Suite *distances_suite(void);

static gan_context *ctx;
static gan_features *generated, *real; /* the oracle's */

static void
setup(void)
{
    ASSERT_OK(ctx, gan_context_create(&ctx, "threads=2", NULL));
    generated = set_oracle(ctx, "generated", 1, ORACLE_GENERATED, 4, 0.125F);
    real = set_oracle(ctx, "real", 3, ORACLE_REAL, 5, 0.0F);
}

static void
teardown(void)
{
    gan_features_destroy(generated);
    gan_features_destroy(real);
    gan_context_destroy(ctx);
}

/* ---- beside the references ---- */

START_TEST(test_kid)
{
    int64_t rows[2][ORACLE_SUBSETS * ORACLE_SIZE];
    double values[VALUES];
    gan_metric *metric = NULL;

    for (int i = 0; i < ORACLE_SUBSETS * ORACLE_SIZE; i++) {
        rows[0][i] = oracle_generated_rows[i];
        rows[1][i] = oracle_real_rows[i];
    }
    ASSERT_OK(ctx, gan_metric_create(ctx, &metric, "kid", "subsets=8 subset_size=120"));
    ASSERT_OK(ctx, gan_metric_set_rows(metric, rows[0], rows[1], ORACLE_SUBSETS * ORACLE_SIZE));
    compute_names(metric, values, generated, real, "kid kid_deviation");
    near(values[0], oracle_kid[0], 1e-8);
    near(values[1], oracle_kid[1], 1e-7);
    near(values[0], oracle_kid_float[0], 2e-6); /* what float loses there */
    near(values[1], oracle_kid_float[1], 2e-5);

    /* what the measure draws itself: other rows, so other numbers, within their spread */
    ASSERT_OK(ctx, gan_metric_set_rows(metric, NULL, NULL, 0));
    double drawn[VALUES];
    compute_names(metric, drawn, generated, real, "kid kid_deviation");
    ck_assert(drawn[0] != values[0]);
    ck_assert_double_eq_tol(drawn[0], oracle_kid[0], 3 * oracle_kid[1]);
    gan_metric_destroy(metric);
}
END_TEST

START_TEST(test_prdc)
{
    char options[32];
    double values[VALUES];

    (void)snprintf(options, sizeof options, "k=%d", oracle_prdc[_i].k);
    compute_in(ctx, values, generated, real, "prdc", options, "precision recall density coverage");
    for (int i = 0; i < 4; i++) {
        near(values[i], oracle_prdc[_i].values[i], 1e-12);
    }
}
END_TEST

START_TEST(test_precision_closed)
{
    double values[VALUES];

    compute_in(ctx, values, generated, real, "prdc", "k=3 closed=true", "precision recall");
    near(values[0], oracle_prc[0], 1e-7);
    near(values[1], oracle_prc[1], 1e-7);
}
END_TEST

START_TEST(test_nearest_and_diversity)
{
    double values[VALUES];

    compute_in(ctx, values, generated, real, "nearest", "copy=0.75", "nearest nearest_real copies");
    near(values[0], oracle_nearest[0], 1e-12);
    near(values[1], oracle_nearest[1], 1e-12);
    compute_in(ctx, values, generated, real, "diversity", NULL, "diversity duplicates");
    near(values[0], oracle_diversity, 1e-8);
    ck_assert(values[1] == 0);
}
END_TEST

START_TEST(test_distances)
{
    enum { A = 301, B = 290 };
    double *const out = calloc(A * B, sizeof *out);

    ASSERT_OK(ctx, gan__features_distances(ctx, out, generated, 99, A, real, 60, B));
    near(sqrt(out[A * B - 1]), oracle_distances[1], 1e-6);
    ASSERT_OK(ctx, gan__features_distances(ctx, out, generated, 0, 1, real, 0, 1));
    near(sqrt(out[0]), oracle_distances[0], 1e-6);
    ASSERT_OK(ctx, gan__features_distances(ctx, out, generated, 10, 20, real, 299, 5));
    near(sqrt(out[7 * 5 + 1]), oracle_distances[2], 1e-6);
    ASSERT_OK(ctx, gan__features_distances(ctx, out, real, 7, 9, real, 7, 9));
    for (int i = 0; i < 9; i++) {
        ck_assert(out[i * 9 + i] == 0);
        ck_assert(out[i] == out[i * 9]);
    }
    ASSERT_OK(ctx, gan__features_distances(ctx, out, real, 7, 0, real, 7, 9));
    free(out);
}
END_TEST

/* ---- beside plain loops ---- */

enum kind {
    SPREAD,   /* clusters far from 0, more rows than tiles have */
    PLANE,    /* two dimensions, whole numbers: many are equally far */
    COLLAPSED /* all but the same: differences in the last bits of floats */
};

struct sizes {
    enum kind kind;
    int64_t generated, real, dimension;
    double scale;
};

static const struct sizes plain[] = {
    {SPREAD, 2300, 700, 17, 1},  {SPREAD, 300, 2700, 3, 1},  {SPREAD, 40, 30, 300, 1},
    {PLANE, 900, 600, 2, 1},     {PLANE, 7, 600, 1, 1},      {COLLAPSED, 200, 150, 40, 1},
    {COLLAPSED, 130, 400, 5, 1}, {SPREAD, 60, 70, 9, 1e-24}, {SPREAD, 60, 70, 9, 1e24},
    {SPREAD, 60, 70, 9, 1e-37},  {SPREAD, 90, 80, 2048, 1},
};

static gan_features *
plain_set(const struct sizes *s, int seed, int64_t count)
{
    const int64_t size = count * s->dimension;
    float *const rows = calloc((size_t)size, sizeof *rows);

    for (int64_t i = 0; i < size; i++) {
        const float noise = set_uniform(seed, i);
        const int64_t row = i / s->dimension, column = i % s->dimension;
        switch (s->kind) {
        case SPREAD:
            rows[i] = noise + (float)(10 + row % 3 * (column % 2));
            break;
        case PLANE:
            rows[i] = floorf(noise * 20) + (float)(seed % 3);
            break;
        default:
            rows[i] = 100 + (float)column + floorf(noise * 3) * 0x1p-17F;
        }
        rows[i] = (float)((double)rows[i] * s->scale);
    }
    gan_features *const set =
        set_rows(ctx, seed == 1 ? "generated" : "real", rows, count, s->dimension);
    free(rows);
    return set;
}

/* A pair's squared distance in double, with no more error than a few last bits. */
static double
square_of(const gan_features *a, int64_t i, const gan_features *b, int64_t j)
{
    const float *x = gan__features_row(a, i), *y = gan__features_row(b, j);
    double sum = 0;

    for (int64_t k = 0; k < a->dimension; k++) {
        /* as in the library's environment denormal numbers are 0 */
        const double p = fabsf(x[k]) < 0x1p-126F ? 0 : (double)x[k];
        const double q = fabsf(y[k]) < 0x1p-126F ? 0 : (double)y[k];
        sum += (p - q) * (p - q);
    }
    return sum;
}

static int
compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static double *
plain_radii(const gan_features *set, int k)
{
    double *const radii = calloc((size_t)set->count, sizeof *radii);
    double *const all = calloc((size_t)set->count, sizeof *all);

    for (int64_t i = 0; i < set->count; i++) {
        int64_t others = 0;
        for (int64_t j = 0; j < set->count; j++) {
            if (j != i) {
                all[others++] = square_of(set, i, set, j);
            }
        }
        qsort(all, (size_t)others, sizeof *all, compare_doubles);
        radii[i] = all[k - 1];
    }
    free(all);
    return radii;
}

/* Distances of numbers that are not whole are summed in another order here: nothing is claimed of
 * pairs that only the last bits decide. */
static void
plain_prdc(double values[4], const gan_features *a, const gan_features *b, int k, bool closed)
{
    double *const a_radii = plain_radii(a, k), *const b_radii = plain_radii(b, k);
    int64_t *const hits = calloc((size_t)a->count, sizeof *hits);

    memset(values, 0, 4 * sizeof *values);
    for (int64_t j = 0; j < b->count; j++) {
        bool recalled = false, covered = false;
        for (int64_t i = 0; i < a->count; i++) {
            const double square = square_of(a, i, b, j);
            const bool in_real = square < b_radii[j] || (closed && square == b_radii[j]);
            recalled = recalled || square < a_radii[i] || (closed && square == a_radii[i]);
            covered = covered || in_real;
            hits[i] += in_real;
        }
        values[1] += recalled / (double)b->count;
        values[3] += covered / (double)b->count;
    }
    for (int64_t i = 0; i < a->count; i++) {
        values[0] += (hits[i] > 0) / (double)a->count;
        values[2] += (double)hits[i] / (double)(k * a->count);
    }
    free(hits);
    free(a_radii);
    free(b_radii);
}

START_TEST(test_plain_prdc)
{
    gan_features *const a = plain_set(&plain[_i], 1, plain[_i].generated);
    gan_features *const b = plain_set(&plain[_i], 2, plain[_i].real);
    double values[VALUES], wanted[4];

    for (int closed = 0; closed < 2; closed++) {
        plain_prdc(wanted, a, b, 4, closed != 0);
        compute_in(ctx, values, a, b, "prdc", closed != 0 ? "k=4 closed=true" : "k=4",
                   "precision recall density coverage");
        for (int i = 0; i < 4; i++) {
            near(values[i], wanted[i], 1e-9);
        }
    }
    gan_features_destroy(a);
    gan_features_destroy(b);
}
END_TEST

START_TEST(test_plain_nearest)
{
    gan_features *const a = plain_set(&plain[_i], 1, plain[_i].generated);
    gan_features *const b = plain_set(&plain[_i], 2, plain[_i].real);
    int64_t *const rows = calloc((size_t)a->count, sizeof *rows);
    double *const distances = calloc((size_t)a->count, sizeof *distances);
    double *const radii = plain_radii(b, 1);
    double values[VALUES], mean = 0, mean_real = 0, copies = 0;

    ASSERT_OK(ctx, gan_features_nearest(a, rows, distances, b));
    for (int64_t j = 0; j < b->count; j++) {
        mean_real += sqrt(radii[j]) / (double)b->count;
    }
    for (int64_t i = 0; i < a->count; i++) {
        int64_t best = 0;
        for (int64_t j = 1; j < b->count; j++) {
            best = square_of(a, i, b, j) < square_of(a, i, b, best) ? j : best;
        }
        const double distance = sqrt(square_of(a, i, b, best));
        near(distances[i], distance, 1e-12);
        if (plain[_i].kind != SPREAD) { /* exact sums, so that the first of equal ones is sure */
            ck_assert_int_eq(rows[i], best);
        } else {
            near(sqrt(square_of(a, i, b, rows[i])), distance, 1e-12);
        }
        mean += distance / (double)a->count;
        copies += (distance < 1.25 * mean_real) / (double)a->count;
    }
    compute_in(ctx, values, a, b, "nearest", "copy=1.25", "nearest nearest_real copies");
    near(values[0], mean, 1e-9);
    near(values[1], mean_real, 1e-9);
    near(values[2], copies, 1e-9);
    free(rows);
    free(distances);
    free(radii);
    gan_features_destroy(a);
    gan_features_destroy(b);
}
END_TEST

static double
mean_distance(const gan_features *set)
{
    double sum = 0;

    for (int64_t i = 0; i < set->count; i++) {
        for (int64_t j = 0; j < i; j++) {
            sum += sqrt(square_of(set, i, set, j));
        }
    }
    return sum / ((double)set->count * (double)(set->count - 1) / 2);
}

START_TEST(test_plain_diversity)
{
    gan_features *const a = plain_set(&plain[_i], 1, plain[_i].generated);
    gan_features *const b = plain_set(&plain[_i], 2, plain[_i].real);
    const double mean = mean_distance(a), mean_real = mean_distance(b);
    double values[VALUES], duplicates = 0;

    for (int64_t i = 0; i < a->count; i++) {
        bool same = false;
        for (int64_t j = 0; j < a->count && !same; j++) {
            same = j != i && sqrt(square_of(a, i, a, j)) <= 0.26 * mean_real;
        }
        duplicates += same / (double)a->count;
    }
    compute_in(ctx, values, a, b, "diversity", "same=0.26", "diversity duplicates");
    near(values[0], mean / mean_real, 1e-7);
    near(values[1], duplicates, 1e-9);
    gan_features_destroy(a);
    gan_features_destroy(b);
}
END_TEST

static double
plain_kernel_sum(const gan_features *a, const gan_features *b, bool within)
{
    double sum = 0;

    for (int64_t i = 0; i < a->count; i++) {
        for (int64_t j = 0; j < b->count; j++) {
            double product = 0;
            for (int64_t k = 0; k < a->dimension && !(within && i == j); k++) {
                product += (double)gan__features_row(a, i)[k] * (double)gan__features_row(b, j)[k];
            }
            const double x = product / (double)a->dimension + 1;
            sum += within && i == j ? 0 : x * x * x;
        }
    }
    return sum;
}

/* A subset of all rows is in another order, and the same sum. */
START_TEST(test_plain_kid)
{
    static const struct sizes sizes[] = {{SPREAD, 300, 300, 17, 0.125},
                                         {SPREAD, 2, 2, 3, 1},
                                         {SPREAD, 2400, 2400, 4, 0.0625},
                                         {SPREAD, 90, 90, 2048, 0.125}};
    const struct sizes *s = &sizes[_i];
    gan_features *const a = plain_set(s, 1, s->generated), *const b = plain_set(s, 2, s->real);
    const double m = (double)s->real;
    double values[VALUES];
    char options[64];

    (void)snprintf(options, sizeof options, "subsets=3 subset_size=%d", (int)s->real);
    compute_in(ctx, values, a, b, "kid", options, "kid kid_deviation");
    const double within = plain_kernel_sum(a, a, true) + plain_kernel_sum(b, b, true);
    const double across = plain_kernel_sum(a, b, false);
    const double wanted = within / (m * (m - 1)) - 2 * across / (m * m);
    /* of what is subtracted from each other */
    ck_assert_double_eq_tol(values[0], wanted, 1e-8 * across / (m * m));
    ck_assert_double_lt(values[1], 1e-8 * across / (m * m));
    gan_features_destroy(a);
    gan_features_destroy(b);
}
END_TEST

/* The measure's own rows: many subsets of few rows are computed from all pairs at once, and are those
 * of one subset after the other. */
START_TEST(test_kid_all_rows)
{
    const struct sizes s = {SPREAD, 1100, 900, 6, 0.125};
    gan_features *const a = plain_set(&s, 1, s.generated), *const b = plain_set(&s, 2, s.real);
    double many[VALUES], few[VALUES];

    /* (1100 + 900)^2 is below 4 * 350^2 * 9, not below 4 * 350^2 * 8 */
    compute_in(ctx, many, a, b, "kid", "subsets=9 subset_size=350 seed=3", "kid kid_deviation");
    compute_in(ctx, few, a, b, "kid", "subsets=8 subset_size=350 seed=3", "kid kid_deviation");
    /* the ninth subset alone, from the two means; its deviation must agree */
    const double ninth = 9 * many[0] - 8 * few[0];
    const double squares = 8 * (few[1] * few[1] + few[0] * few[0]) + ninth * ninth;
    near(many[1] * many[1], squares / 9 - many[0] * many[0], 1e-4);
    gan_features_destroy(a);
    gan_features_destroy(b);
}
END_TEST

/* ---- by hand ---- */

START_TEST(test_same_sets)
{
    double values[VALUES];

    compute_in(ctx, values, real, real, "prdc", NULL, "precision recall density coverage");
    ck_assert(values[0] == 1 && values[1] == 1 && values[3] == 1);
    ck_assert(values[2] >= 0.999 && values[2] <= 1.2); /* each ball has itself and k - 1 others */
    compute_in(ctx, values, real, real, "nearest", NULL, "nearest nearest_real copies");
    ck_assert(values[0] == 0 && values[1] > 0 && values[2] == 1);
    compute_in(ctx, values, real, real, "diversity", NULL, "diversity duplicates");
    ck_assert(values[0] == 1 && values[1] == 0);
    compute_in(ctx, values, real, real, "kid", "subsets=20 subset_size=300", "kid kid_deviation");
    ck_assert_double_eq_tol(values[0], 0, 0.02); /* beside 0.16 of the two sets */
    /* the two sides are drawn apart from each other: the same rows would always be below 0 */
    compute_in(ctx, values, real, real, "kid", "subsets=400 subset_size=10", "kid kid_deviation");
    ck_assert_double_eq_tol(values[0], 0, 4 * values[1] / 20);
}
END_TEST

START_TEST(test_disjoint_sets)
{
    static const float points[] = {0, 1, 3, 6}, far[] = {100, 102, 105, 109, 114};
    gan_features *const a = set_rows(ctx, "near", points, 4, 1);
    gan_features *const b = set_rows(ctx, "far", far, 5, 1);
    double values[VALUES], distances[4];
    int64_t rows[4];

    compute_in(ctx, values, a, b, "prdc", "k=2", "precision recall density coverage");
    ck_assert(values[0] == 0 && values[1] == 0 && values[2] == 0 && values[3] == 0);
    compute_in(ctx, values, a, b, "nearest", "copy=50", "nearest nearest_real copies");
    near(values[0], 97.5, 1e-15);
    near(values[1], (2 + 2 + 3 + 4 + 5) / 5.0, 1e-15);
    ck_assert(values[2] == 1);
    ASSERT_OK(ctx, gan_features_nearest(a, rows, distances, b));
    ck_assert(rows[0] == 0 && rows[3] == 0 && distances[0] == 100 && distances[3] == 94);
    ASSERT_OK(ctx, gan_features_nearest(a, rows, NULL, b));
    compute_in(ctx, values, a, b, "diversity", "same=0.2", "diversity duplicates");
    near(values[0],
         (1 + 3 + 6 + 2 + 5 + 3) / 6.0 / ((2 + 5 + 9 + 14 + 3 + 7 + 12 + 4 + 9 + 5) / 10.0), 1e-7);
    near(values[1], 0.5, 1e-15); /* within 1.4 of another: 0 and 1 */
    gan_features_destroy(a);
    gan_features_destroy(b);
}
END_TEST

/* A generator that repeats one sample, and one that has copied the data. */
START_TEST(test_collapsed)
{
    enum { D = ORACLE_DIMENSION };
    float *const rows = calloc(ORACLE_GENERATED * D, sizeof *rows);
    double values[VALUES];

    for (int64_t i = 0; i < ORACLE_GENERATED; i++) {
        memcpy(rows + i * D, gan__features_row(real, 11), D * sizeof *rows);
    }
    gan_features *const one = set_rows(ctx, "one", rows, ORACLE_GENERATED, D);
    compute_in(ctx, values, one, real, "diversity", NULL, "diversity duplicates");
    ck_assert(values[0] == 0 && values[1] == 1);
    compute_in(ctx, values, one, real, "prdc", NULL, "precision recall density coverage");
    ck_assert(values[0] == 1 && values[1] == 0); /* its balls are empty */
    ck_assert(values[3] < 0.05);
    compute_in(ctx, values, one, real, "prdc", "closed=true", "recall");
    near(values[0], 1.0 / ORACLE_REAL, 1e-12); /* what lies on it */
    compute_in(ctx, values, one, real, "nearest", NULL, "nearest nearest_real copies");
    ck_assert(values[0] == 0 && values[2] == 1);
    gan_features_destroy(one);
    free(rows);
}
END_TEST

/* ---- refused ---- */

static const struct {
    int64_t generated, real;
    const char *kind, *options, *sentence;
} refused[] = {
    {5, 9, "prdc", NULL, "\"generated\" has 5 samples, k=5 wants at least 6"},
    {9, 5, "prdc", NULL, "\"real\" has 5 samples"},
    {9, 9, "prdc", "k=9", "k=9 wants at least 10"},
    {9, 9, "kid", NULL, "\"generated\" has 9 samples, subset_size=1000 wants"},
    {9, 7, "kid", "subset_size=8", "\"real\" has 7 samples"},
    {1, 1, "nearest", NULL, "\"real\" has 1 sample, wanted 2 at least"},
    {1, 2, "diversity", NULL, "\"generated\" has 1 sample, wanted 2 at least"},
    {2, 1, "diversity", NULL, "\"real\" has 1 sample"},
};

START_TEST(test_refused)
{
    const struct sizes sizes = {SPREAD, 0, 0, 3, 1};
    gan_features *const a = plain_set(&sizes, 1, refused[_i].generated);
    gan_features *const b = plain_set(&sizes, 2, refused[_i].real);
    gan_metric *metric = NULL;
    gan_score *score = NULL;

    ASSERT_OK(ctx, gan_metric_create(ctx, &metric, refused[_i].kind, refused[_i].options));
    ASSERT_FAILS(ctx, gan_metric_compute(metric, &score, a, b), GAN_E_ARG, refused[_i].sentence);
    ck_assert_ptr_null(score);
    gan_metric_destroy(metric);
    gan_features_destroy(a);
    gan_features_destroy(b);
}
END_TEST

/* Finite features whose kernel is no number. */
START_TEST(test_too_large)
{
    static const float rows[] = {1e30F, -1e30F, 3e30F};
    gan_metric *metric = NULL;
    gan_score *score = NULL;
    gan_features *large = set_rows(ctx, "large", rows, 3, 1);

    ASSERT_OK(ctx, gan_metric_create(ctx, &metric, "kid", "subsets=2 subset_size=3"));
    ASSERT_FAILS(ctx, gan_metric_compute(metric, &score, large, large), GAN_E_ARG,
                 "kid: kid is not finite: the numbers of \"large\" or \"large\" are too large");
    ck_assert_ptr_null(score);
    gan_metric_destroy(metric);
    gan_features_destroy(large);
}
END_TEST

START_TEST(test_refused_calls)
{
    static const float same[] = {1, 1, 1};
    const int64_t numbers[4] = {0, 1, 2, 3};
    int64_t row;
    gan_context *other = NULL;
    gan_metric *metric = NULL;
    gan_score *score = NULL;
    gan_features *flat = set_rows(ctx, "flat", same, 3, 1), *empty = NULL, *theirs;

    ASSERT_OK(ctx, gan_metric_create(ctx, &metric, "diversity", NULL));
    ASSERT_FAILS(ctx, gan_metric_compute(metric, &score, flat, flat), GAN_E_ARG,
                 "the samples of \"flat\" are all the same");
    gan_metric_destroy(metric);
    ASSERT_OK(ctx, gan_metric_create(ctx, &metric, "kid", "subsets=2 subset_size=3"));
    ASSERT_FAILS(ctx, gan_metric_set_rows(metric, numbers, numbers, 4), GAN_E_ARG,
                 "4 rows are given, subsets=2 subset_size=3 want 6");
    gan_metric_destroy(metric);

    ASSERT_OK(ctx, gan_features_create_rows(ctx, &empty, "empty", NULL, 1, 0));
    ASSERT_FAILS(ctx, gan_features_nearest(flat, &row, NULL, empty), GAN_E_ARG,
                 "\"empty\", has no samples");
    ASSERT_OK(ctx, gan_features_nearest(empty, &row, NULL, flat));
    ASSERT_FAILS(ctx, gan_features_nearest(flat, &row, NULL, real), GAN_E_ARG, "");
    ASSERT_FAILS(ctx, gan_features_nearest(flat, NULL, NULL, flat), GAN_E_ARG, "rows is NULL");
    ASSERT_FAILS(ctx, gan_features_nearest(flat, &row, NULL, NULL), GAN_E_ARG, "real is NULL");
    ck_assert_int_eq(gan_features_nearest(NULL, &row, NULL, flat), GAN_E_ARG);
    ASSERT_OK(other, gan_context_create(&other, "threads=1", NULL));
    theirs = set_rows(other, "theirs", same, 3, 1);
    ASSERT_FAILS(ctx, gan_features_nearest(flat, &row, NULL, theirs), GAN_E_ARG, "two contexts");
    gan_features_destroy(theirs);
    gan_context_destroy(other);
    gan_features_destroy(empty);
    gan_features_destroy(flat);
}
END_TEST

/* ---- bits and memory ---- */

static const struct {
    const char *kind, *options, *names;
} measures[] = {
    {"kid", "subsets=3 subset_size=200", "kid kid_deviation"},
    {"kid", "subsets=9 subset_size=200", "kid kid_deviation"},
    {"prdc", NULL, "precision recall density coverage"},
    {"nearest", "copy=1", "nearest nearest_real copies"},
    {"diversity", "same=0.3", "diversity duplicates"},
};

START_TEST(test_bits)
{
    static const char *const options[] = {"threads=1 isa=portable", "threads=2 isa=avx2",
                                          "threads=3 isa=avx512", "threads=1"};
    double wanted[VALUES] = {0};
    int contexts = 0;

    for (size_t c = 0; c < sizeof options / sizeof options[0]; c++) {
        gan_context *own = NULL;
        if (gan_context_create(&own, options[c], NULL) == GAN_OK) {
            gan_features *a = set_oracle(own, "a", 1, ORACLE_GENERATED, 4, 0.125F);
            gan_features *b = set_oracle(own, "b", 3, ORACLE_REAL, 5, 0.0F);
            double values[VALUES] = {0};
            compute_in(own, values, a, b, measures[_i].kind, measures[_i].options,
                       measures[_i].names);
            if (contexts++ == 0) {
                memcpy(wanted, values, sizeof wanted);
            }
            ck_assert_msg(memcmp(wanted, values, sizeof wanted) == 0, "%s, %s: %.17g not %.17g",
                          measures[_i].kind, options[c], values[0], wanted[0]);
            gan_features_destroy(a);
            gan_features_destroy(b);
        }
        gan_context_destroy(own);
    }
    ck_assert_int_ge(contexts, 2);
}
END_TEST

/* However many samples there are: no measure keeps a number for each pair of them. */
START_TEST(test_memory_is_bounded)
{
    const struct sizes s = {SPREAD, 5000, 4500, 16, 1}; /* 90 MB of floats for the pairs */
    static const struct {
        const char *kind, *options, *name;
    } all[] = {{"fid", NULL, "fid"},         {"kid", "subsets=2 subset_size=4000", "kid"},
               {"kid", "subsets=50", "kid"}, {"prdc", NULL, "precision"},
               {"nearest", NULL, "nearest"}, {"diversity", NULL, "diversity"}};
    gan_context *own = NULL, *const kept = ctx;
    uint64_t before = 0, peak = 0;
    double values[VALUES];

    ASSERT_OK(own, gan_context_create(&own, "threads=2", NULL));
    ctx = own;
    gan_features *const a = plain_set(&s, 1, s.generated), *const b = plain_set(&s, 2, s.real);
    ctx = kept;
    ASSERT_OK(own, gan_context_get(own, &before, "memory_used"));
    compute_in(own, values, a, b, all[_i].kind, all[_i].options, all[_i].name);
    ASSERT_OK(own, gan_context_get(own, &peak, "memory_peak"));
    ck_assert_msg(peak - before < 24 << 20, "%s: %llu bytes", all[_i].kind,
                  (unsigned long long)(peak - before));
    gan_features_destroy(a);
    gan_features_destroy(b);
    gan_context_destroy(own);
}
END_TEST

START_TEST(test_no_memory)
{
    const struct sizes sizes = {SPREAD, 0, 0, 3, 1};
    struct test_allocator host;
    gan_context *const kept = ctx, *failing = failing_context(&host);
    gan_metric *metric = NULL;
    gan_score *score = NULL;
    int64_t rows[20];
    double distances[20] = {-1};

    ctx = failing;
    gan_features *const a = plain_set(&sizes, 1, 20), *const b = plain_set(&sizes, 2, 30);
    ctx = kept;
    ASSERT_OK(failing, gan_metric_create(failing, &metric, measures[_i].kind,
                                         _i == 0   ? "subsets=2 subset_size=9"
                                         : _i == 1 ? "subsets=9 subset_size=9"
                                                   : NULL));
    ASSERT_OK(failing, gan_metric_compute(metric, &score, a, b)); /* threads' scratch stays */
    gan_score_destroy(score);
    EACH_ALLOCATION_FAILS(failing, &host, gan_metric_compute(metric, &score, a, b), score == NULL);
    gan_score_destroy(score);
    EACH_ALLOCATION_FAILS(failing, &host, gan_features_nearest(a, rows, distances, b),
                          distances[0] == -1);
    gan_metric_destroy(metric);
    gan_features_destroy(a);
    gan_features_destroy(b);
    gan_context_destroy(failing);
    ck_assert_int_eq(host.blocks, 0);
}
END_TEST

Suite *
distances_suite(void)
{
    const int kinds = (int)(sizeof measures / sizeof measures[0]);
    const int plains = (int)(sizeof plain / sizeof plain[0]);
    Suite *suite = suite_create("distances");
    TCase *tests = tcase_create("distances");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, test_kid);
    tcase_add_loop_test(tests, test_prdc, 0, (int)(sizeof oracle_prdc / sizeof oracle_prdc[0]));
    tcase_add_test(tests, test_precision_closed);
    tcase_add_test(tests, test_nearest_and_diversity);
    tcase_add_test(tests, test_distances);
    tcase_add_loop_test(tests, test_plain_prdc, 0, plains);
    tcase_add_loop_test(tests, test_plain_nearest, 0, plains);
    tcase_add_loop_test(tests, test_plain_diversity, 0, plains);
    tcase_add_loop_test(tests, test_plain_kid, 0, 4);
    tcase_add_test(tests, test_kid_all_rows);
    tcase_add_test(tests, test_same_sets);
    tcase_add_test(tests, test_disjoint_sets);
    tcase_add_test(tests, test_collapsed);
    tcase_add_loop_test(tests, test_refused, 0, (int)(sizeof refused / sizeof refused[0]));
    tcase_add_test(tests, test_too_large);
    tcase_add_test(tests, test_refused_calls);
    tcase_add_loop_test(tests, test_bits, 0, kinds);
    tcase_add_loop_test(tests, test_memory_is_bounded, 0, 6);
    tcase_add_loop_test(tests, test_no_memory, 0, kinds);
    suite_add_tcase(suite, tests);
    return suite;
}
