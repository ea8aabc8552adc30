/* Sums and batch normalisation. */
#include <math.h>

#include "contexts.h"
#include "kernels/reference.h"
#include "kernels/table.h"

struct extents {
    int64_t outer, reduced, inner;
};

static const struct extents sums[] = {
    {1, 1, 1},     {0, 5, 5},     {5, 0, 5},      {5, 5, 0},    {1, 15, 1},    {1, 17, 1},
    {3, 4096, 1},  {2, 4097, 1},  {1, 70001, 1},  {1000, 3, 1}, {40, 1, 1000}, {1, 100, 2},
    {2, 9001, 3},  {1, 5003, 15}, {1, 131, 16},   {2, 128, 17}, {1, 129, 64},  {1, 20011, 5},
    {2, 300, 130}, {1, 2, 40009}, {1, 17000, 20}, {7, 49, 33},  {1, 4096, 11}, {1, 8195, 7},
};

START_TEST(sum_is_the_reference)
{
    const struct extents e = sums[_i];
    float *const x = array_draw(e.outer * e.reduced * e.inner, 1);
    const int64_t count = e.outer * e.inner;
    float *const wanted = array_new(count);
    gan__reference_sum(wanted, x, e.outer, e.reduced, e.inner, 0.3F);
    gan_context *ctx;
    EACH_CONTEXT(ctx)
    {
        float *const y = output_new(count);
        ASSERT_OK(ctx, gan__sum(ctx, y, x, e.outer, e.reduced, e.inner, 0.3F));
        assert_same(y, wanted, count, context_name(ctx));
        output_check_guard(y, count);
        free(y);
    }
    /* The reference itself, against a sum in double. */
    for (int64_t i = 0; i < count; i++) {
        double exact = 0.0;
        for (int64_t r = 0; r < e.reduced; r++) {
            exact += (double)x[(i / e.inner * e.reduced + r) * e.inner + i % e.inner];
        }
        ck_assert_double_eq_tol((double)wanted[i], 0.3 * exact,
                                1e-6 * (1.0 + sqrt((double)e.reduced) * 4.0));
    }
    free(x);
    free(wanted);
}
END_TEST

START_TEST(sum_squares_is_the_reference)
{
    static const int64_t counts[] = {0, 1, 15, 16, 17, 4095, 4096, 4097, 70001};
    for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++) {
        float *const x = array_draw(counts[c], 2);
        const double wanted = gan__reference_sum_squares(x, counts[c]);
        double exact = 0.0;
        for (int64_t i = 0; i < counts[c]; i++) {
            exact += (double)x[i] * (double)x[i];
        }
        ck_assert_double_eq_tol(wanted, exact, 1e-12 * exact + 1e-300);
        gan_context *ctx;
        EACH_CONTEXT(ctx)
        {
            double sum = -1.0;
            ASSERT_OK(ctx, gan__sum_squares(ctx, &sum, x, counts[c]));
            ck_assert_msg(memcmp(&sum, &wanted, sizeof sum) == 0, "%s: found %.17g, wanted %.17g",
                          context_name(ctx), sum, wanted);
        }
        free(x);
    }
}
END_TEST

/* Far from 0 too: the differences are taken in double. */
START_TEST(squared_distance_is_the_reference)
{
    static const int64_t counts[] = {1, 2, 15, 16, 17, 2047, 2048, 5000};
    for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++) {
        float *const x = array_draw(counts[c], 3);
        float *const y = array_draw(counts[c], 4);
        double exact = 0.0;
        for (int64_t i = 0; i < counts[c]; i++) {
            x[i] += i % 3 == 0 ? 1000.0F : 0.0F;
            y[i] += i % 3 == 0 ? 1000.0F : 0.0F;
            exact += ((double)x[i] - (double)y[i]) * ((double)x[i] - (double)y[i]);
        }
        const double wanted = gan__reference_squared_distance(x, y, counts[c]);
        ck_assert_double_eq_tol(wanted, exact, 1e-12 * exact);
        gan_context *ctx;
        EACH_CONTEXT(ctx)
        {
            const double found = ctx->kernels->squared_distance(x, y, counts[c]);
            ck_assert_msg(memcmp(&found, &wanted, sizeof found) == 0,
                          "%s: found %.17g, wanted %.17g", context_name(ctx), found, wanted);
            ck_assert(ctx->kernels->squared_distance(x, x, counts[c]) == 0.0);
        }
        free(x);
        free(y);
    }
}
END_TEST

struct matrix {
    int64_t rows, channels;
};

static const struct matrix matrices[] = {
    {1, 1},    {2, 1},    {9000, 1},  {2, 3},     {4097, 3}, {1000, 15}, {16, 16},   {127, 16},
    {128, 64}, {129, 65}, {1500, 64}, {3000, 17}, {5, 300},  {300, 257}, {2, 20001}, {33000, 2},
};

/* All arrays of one batch-norm call. */
struct norm {
    int64_t rows, channels, count;
    float *x, *dy, *weight, *bias;
    float *mean, *variance, *y, *dx, *dweight, *dbias;
};

static struct norm
norm_new(struct matrix m, float offset)
{
    struct norm n = {.rows = m.rows, .channels = m.channels, .count = m.rows * m.channels};
    n.x = array_draw(n.count, 3);
    n.dy = array_draw(n.count, 4);
    n.weight = array_draw(n.channels, 5);
    n.bias = array_draw(n.channels, 6);
    for (int64_t i = 0; i < n.count; i++) {
        n.x[i] += offset;
    }
    n.mean = output_new(n.channels);
    n.variance = output_new(n.channels);
    n.y = output_new(n.count);
    n.dx = output_new(n.count);
    n.dweight = output_new(n.channels);
    n.dbias = output_new(n.channels);
    return n;
}

static void
norm_free(struct norm *n)
{
    free(n->x), free(n->dy), free(n->weight), free(n->bias), free(n->mean), free(n->variance);
    free(n->y), free(n->dx), free(n->dweight), free(n->dbias);
}

static void
norm_run(gan_context *ctx, struct norm *n)
{
    ASSERT_OK(ctx,
              gan__batch_norm_statistics(ctx, n->mean, n->variance, n->x, n->rows, n->channels));
    ASSERT_OK(ctx, gan__batch_norm_apply(ctx, n->y, n->x, n->mean, n->variance, n->weight, n->bias,
                                         1e-5F, n->rows, n->channels));
    ASSERT_OK(ctx, gan__batch_norm_gradient(ctx, n->dx, n->dweight, n->dbias, n->dy, n->x, n->mean,
                                            n->variance, n->weight, 1e-5F, n->rows, n->channels));
}

static void
norm_check_guards(const struct norm *n)
{
    output_check_guard(n->mean, n->channels);
    output_check_guard(n->variance, n->channels);
    output_check_guard(n->y, n->count);
    output_check_guard(n->dx, n->count);
    output_check_guard(n->dweight, n->channels);
    output_check_guard(n->dbias, n->channels);
}

START_TEST(batch_norm_is_the_reference)
{
    struct norm wanted = norm_new(matrices[_i], 0.5F);
    gan__reference_batch_norm_statistics(wanted.mean, wanted.variance, wanted.x, wanted.rows,
                                         wanted.channels);
    gan__reference_batch_norm_apply(wanted.y, wanted.x, wanted.mean, wanted.variance, wanted.weight,
                                    wanted.bias, 1e-5F, wanted.rows, wanted.channels);
    gan__reference_batch_norm_gradient(wanted.dx, wanted.dweight, wanted.dbias, wanted.dy, wanted.x,
                                       wanted.mean, wanted.variance, wanted.weight, 1e-5F,
                                       wanted.rows, wanted.channels);
    gan_context *ctx;
    EACH_CONTEXT(ctx)
    {
        struct norm n = norm_new(matrices[_i], 0.5F);
        norm_run(ctx, &n);
        assert_same(n.mean, wanted.mean, n.channels, "mean");
        assert_same(n.variance, wanted.variance, n.channels, "variance");
        assert_same(n.y, wanted.y, n.count, "y");
        assert_same(n.dweight, wanted.dweight, n.channels, "dweight");
        assert_same(n.dbias, wanted.dbias, n.channels, "dbias");
        assert_same(n.dx, wanted.dx, n.count, context_name(ctx));
        norm_check_guards(&n);
        /* Outputs that are not wanted. */
        ASSERT_OK(ctx, gan__batch_norm_gradient(ctx, NULL, n.dbias, NULL, n.dy, n.x, n.mean,
                                                n.variance, n.weight, 1e-5F, n.rows, n.channels));
        assert_same(n.dbias, wanted.dweight, n.channels, "dweight alone");
        norm_free(&n);
    }
    norm_free(&wanted);
}
END_TEST

/* Against plain double arithmetic, with a mean that is large beside the deviation: one-pass formulas lose their digits. */
START_TEST(batch_norm_is_right)
{
    const struct matrix m = matrices[_i];
    struct norm n = norm_new(m, 1000.0F);
    norm_run(contexts.at[0], &n);
    const double rows = (double)n.rows;
    for (int64_t c = 0; c < n.channels; c += 1 + n.channels / 50) {
        double mean = 0.0, variance = 0.0, dbias = 0.0, dweight = 0.0;
        for (int64_t r = 0; r < n.rows; r++) {
            mean += (double)n.x[r * n.channels + c] / rows;
        }
        for (int64_t r = 0; r < n.rows; r++) {
            const double d = (double)n.x[r * n.channels + c] - mean;
            variance += d * d / rows;
        }
        const double inverse = 1.0 / sqrt(variance + 1e-5);
        for (int64_t r = 0; r < n.rows; r++) {
            dbias += (double)n.dy[r * n.channels + c];
            dweight += (double)n.dy[r * n.channels + c] * ((double)n.x[r * n.channels + c] - mean) *
                       inverse;
        }
        ck_assert_double_eq_tol((double)n.mean[c], mean, 2e-4);
        ck_assert_double_eq_tol((double)n.variance[c], variance, 1e-5 + 1e-5 * variance);
        if (variance < 0.01) {
            continue; /* differences of two values near 1000 have few digits */
        }
        ck_assert_double_eq_tol((double)n.dbias[c], dbias, 1e-3 * (1.0 + sqrt(rows) * 0.01));
        ck_assert_double_eq_tol((double)n.dweight[c], dweight, 2e-3 * (1.0 + sqrt(rows)));
        for (int64_t r = 0; r < n.rows; r += 1 + n.rows / 40) {
            const int64_t at = r * n.channels + c;
            const double normal = ((double)n.x[at] - mean) * inverse;
            const double y = normal * (double)n.weight[c] + (double)n.bias[c];
            const double dx = (double)n.weight[c] * inverse *
                              ((double)n.dy[at] - dbias / rows - normal * dweight / rows);
            ck_assert_double_eq_tol((double)n.y[at], y, 3e-3);
            ck_assert_double_eq_tol((double)n.dx[at], dx, 3e-3 * inverse * (1.0 + inverse));
        }
    }
    norm_free(&n);
}
END_TEST

Suite *
suite_reduce(void)
{
    Suite *const suite = suite_create("reduce");
    TCase *const tcase = tcase_create("reduce");
    tcase_add_unchecked_fixture(tcase, contexts_open, contexts_close);
    tcase_add_loop_test(tcase, sum_is_the_reference, 0, (int)(sizeof sums / sizeof sums[0]));
    tcase_add_test(tcase, sum_squares_is_the_reference);
    tcase_add_test(tcase, squared_distance_is_the_reference);
    suite_add_tcase(suite, tcase);
    return suite;
}

Suite *
suite_batch_norm(void)
{
    Suite *const suite = suite_create("batch_norm");
    TCase *const tcase = tcase_create("batch_norm");
    tcase_add_unchecked_fixture(tcase, contexts_open, contexts_close);
    tcase_add_loop_test(tcase, batch_norm_is_the_reference, 0,
                        (int)(sizeof matrices / sizeof matrices[0]));
    tcase_add_loop_test(tcase, batch_norm_is_right, 0, (int)(sizeof matrices / sizeof matrices[0]));
    suite_add_tcase(suite, tcase);
    return suite;
}
