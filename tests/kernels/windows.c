/* Bilinear resampling, pooling, softmax and cross-entropy. */
#include <math.h>

#include "contexts.h"
#include "kernels/reference.h"

struct enlargement {
    int64_t n, height, width, c, fh, fw; /* of the small picture, and the factors */
};

static const struct enlargement enlargements[] = {
    {1, 1, 1, 1, 1, 1},  {2, 3, 5, 1, 2, 2},  {2, 7, 7, 64, 2, 2},   {1, 2, 3, 17, 3, 2},
    {3, 4, 5, 3, 1, 3},  {1, 5, 2, 20, 5, 4}, {0, 4, 4, 20, 5, 4},   {2, 2, 2, 0, 2, 2},
    {1, 1, 4, 16, 7, 8}, {1, 3, 1, 7, 4, 9},  {9, 14, 14, 33, 2, 2}, {1, 6, 6, 2, 16, 11},
};

START_TEST(bilinear_is_the_reference)
{
    const struct enlargement *const e = &enlargements[_i];
    const int64_t small = e->n * e->height * e->width * e->c, large = small * e->fh * e->fw;
    float *const x = array_draw(small, 4), *const z = array_draw(large, 5);
    float *const up = array_new(large), *const down = array_new(small);
    gan__reference_bilinear(up, x, e->n, e->height, e->width, e->c, e->fh, e->fw);
    gan__reference_bilinear_adjoint(down, z, e->n, e->height, e->width, e->c, e->fh, e->fw);
    gan_context *ctx;
    EACH_CONTEXT(ctx)
    {
        float *const y = output_new(large), *const w = output_new(small);
        gan__upsample_bilinear(ctx, y, x, e->n, e->height, e->width, e->c, e->fh, e->fw);
        assert_same(y, up, large, context_name(ctx));
        output_check_guard(y, large);
        gan__upsample_bilinear_adjoint(ctx, w, z, e->n, e->height, e->width, e->c, e->fh, e->fw);
        assert_same(w, down, small, context_name(ctx));
        output_check_guard(w, small);
        free(y), free(w);
    }
    free(x), free(z), free(up), free(down);
}
END_TEST

static const struct gan__windows pools[] = {
    {1, 1, 1, 1, 0, 0, {1, 1}, {1, 1}, {0, 0}},
    {2, 6, 8, 3, 0, 0, {2, 2}, {2, 2}, {0, 0}},
    {2, 7, 9, 17, 0, 0, {3, 3}, {2, 2}, {1, 1}},
    {1, 8, 8, 64, 0, 0, {3, 3}, {1, 1}, {1, 1}},
    {3, 5, 4, 2, 0, 0, {2, 3}, {3, 1}, {1, 0}},
    {1, 9, 9, 1, 0, 0, {9, 9}, {1, 1}, {4, 4}},
    {2, 11, 3, 16, 0, 0, {4, 1}, {3, 2}, {2, 0}},
    {0, 4, 4, 3, 0, 0, {2, 2}, {2, 2}, {0, 0}},
    {2, 4, 4, 0, 0, 0, {2, 2}, {2, 2}, {0, 0}},
    {3, 61, 47, 33, 0, 0, {3, 2}, {2, 2}, {1, 1}}, /* many pieces, windows across their borders */
    {2, 1, 1, 5, 0, 0, {2, 2}, {1, 1}, {1, 1}},
    {2, 9, 8, 5, 0, 0, {2, 1}, {3, 4}, {0, 0}}, /* pixels without a window */
};

static struct gan__windows
pool_of(int index)
{
    struct gan__windows g = pools[index];
    g.out_height = (g.height + 2 * g.padding[0] - g.kernel[0]) / g.stride[0] + 1;
    g.out_width = (g.width + 2 * g.padding[1] - g.kernel[1]) / g.stride[1] + 1;
    return g;
}

/* Few different values, so that there are ties, with infinities and NaNs. */
static float *
draw_with_ties(int64_t count, uint32_t seed)
{
    float *const x = array_draw(count, seed);
    for (int64_t i = 0; i < count; i++) {
        x[i] = roundf(2.0F * x[i]) / 2.0F;
        if (i % 29 == 7) {
            x[i] = i % 3 == 0 ? NAN : -INFINITY;
        }
    }
    return x;
}

START_TEST(max_pool_is_the_reference)
{
    const struct gan__windows g = pool_of(_i);
    const int64_t large = g.batch * g.height * g.width * g.channels;
    const int64_t small = g.batch * g.out_height * g.out_width * g.channels;
    float *const x = draw_with_ties(large, 4), *const p = array_draw(large, 5),
                 *const q = array_draw(small, 6);
    int64_t *const places = calloc((size_t)small + 1, sizeof *places);
    float *const best = array_new(small), *const gathered = array_new(small);
    float *const scattered = array_new(large);
    gan__reference_max_places(&g, places, x);
    memset(scattered, 0, (size_t)large * sizeof(float));
    for (int64_t i = 0; i < small; i++) {
        best[i] = x[places[i]] + 0.0F;
        gathered[i] = p[places[i]];
        scattered[places[i]] += q[i];
    }
    gan_context *ctx;
    EACH_CONTEXT(ctx)
    {
        float *const y = output_new(small), *const w = output_new(large);
        gan__max_pool(ctx, &g, y, x);
        assert_same(y, best, small, context_name(ctx));
        gan__max_pool_gather(ctx, &g, y, p, x);
        assert_same(y, gathered, small, context_name(ctx));
        output_check_guard(y, small);
        gan__max_pool_scatter(ctx, &g, w, q, x);
        assert_same(w, scattered, large, context_name(ctx));
        output_check_guard(w, large);
        free(y), free(w);
    }
    free(x), free(p), free(q), free(places), free(best), free(gathered), free(scattered);
}
END_TEST

START_TEST(avg_pool_is_the_reference)
{
    const struct gan__windows g = pool_of(_i / 2);
    const bool counts = _i % 2 == 1;
    const int64_t large = g.batch * g.height * g.width * g.channels;
    const int64_t small = g.batch * g.out_height * g.out_width * g.channels;
    float *const x = array_draw(large, 4), *const q = array_draw(small, 6);
    float *const mean = array_new(small), *const spread = array_new(large);
    for (int64_t i = 0; i < large; i++) {
        x[i] = i % 29 == 7 ? (i % 3 == 0 ? NAN : -INFINITY) : x[i];
    }
    for (int64_t i = 0; i < small; i++) {
        q[i] = i % 7 == 3 ? -0.0F : q[i]; /* whose sign must stay where a pixel has one window */
    }
    gan__reference_avg_pool(&g, counts, mean, x);
    gan__reference_avg_pool_adjoint(&g, counts, spread, q);
    gan_context *ctx;
    EACH_CONTEXT(ctx)
    {
        float *const y = output_new(small), *const w = output_new(large);
        gan__avg_pool(ctx, &g, counts, y, x);
        assert_same(y, mean, small, context_name(ctx));
        output_check_guard(y, small);
        gan__avg_pool_adjoint(ctx, &g, counts, w, q);
        assert_same(w, spread, large, context_name(ctx));
        output_check_guard(w, large);
        free(y), free(w);
    }
    free(x), free(q), free(mean), free(spread);
}
END_TEST

static const int64_t classes[][2] = {{1, 1},  {5, 10},   {3000, 10}, {7, 2},
                                     {4, 33}, {9, 1000}, {0, 3}};

START_TEST(softmax_is_the_reference)
{
    const int64_t rows = classes[_i][0], columns = classes[_i][1];
    float *const x = array_draw(rows * columns, 4);
    int32_t *const labels = calloc((size_t)rows + 1, sizeof *labels);
    uint32_t state = 9;
    for (int64_t i = 0; i < rows; i++) {
        labels[i] = (int32_t)next_draw(&state, (uint32_t)columns);
        /* Rows that would overflow or underflow without the maximum, and some that hold no number. */
        for (int64_t j = 0; j < columns; j++) {
            x[i * columns + j] = i % 7 == 3 ? 300.0F * x[i * columns + j] : x[i * columns + j];
        }
        if (i % 5 == 4) {
            x[i * columns + labels[i]] = i % 2 == 0 ? NAN : INFINITY;
        }
    }
    float *const shares = array_new(rows * columns), *const entropies = array_new(rows);
    gan__reference_softmax(shares, x, rows, columns);
    gan__reference_cross_entropy(entropies, x, labels, rows, columns);
    gan_context *ctx;
    EACH_CONTEXT(ctx)
    {
        float *const y = output_new(rows * columns), *const e = output_new(rows);
        gan__softmax(ctx, y, x, rows, columns);
        assert_same(y, shares, rows * columns, context_name(ctx));
        output_check_guard(y, rows * columns);
        ASSERT_OK(ctx, gan__cross_entropy(ctx, e, x, labels, rows, columns));
        assert_same(e, entropies, rows, context_name(ctx));
        output_check_guard(e, rows);
        free(y), free(e);
    }
    free(x), free(labels), free(shares), free(entropies);
}
END_TEST

/* Values that are known: a NaN and an infinity stay, and nothing overflows. */
START_TEST(extremes_of_classes)
{
    const float x[3][3] = {{1000.0F, 1000.0F, -1000.0F}, {0.0F, NAN, 1.0F}, {-88.0F, -1e30F, 0.0F}};
    const int32_t labels[3] = {2, 0, 1};
    gan_context *ctx;
    EACH_CONTEXT(ctx)
    {
        float y[3][3], e[3];
        gan__softmax(ctx, y[0], x[0], 3, 3);
        ck_assert_float_eq(y[0][0], 0.5F);
        ck_assert_float_eq(y[0][2], 0.0F);
        ck_assert(isnan(y[1][0]) && isnan(y[1][1]) && isnan(y[1][2]));
        ck_assert_float_eq(y[2][2], 1.0F);
        ASSERT_OK(ctx, gan__cross_entropy(ctx, e, x[0], labels, 3, 3));
        ck_assert_float_eq_tol(e[0], 2000.6931F, 1e-3F);
        ck_assert(isnan(e[1]));
        ck_assert_float_eq(e[2], 1e30F);
    }
}
END_TEST

Suite *
suite_windows(void)
{
    Suite *const suite = suite_create("windows");
    TCase *const tcase = tcase_create("windows");
    tcase_add_unchecked_fixture(tcase, contexts_open, contexts_close);
    tcase_add_loop_test(tcase, bilinear_is_the_reference, 0,
                        (int)(sizeof enlargements / sizeof enlargements[0]));
    tcase_add_loop_test(tcase, max_pool_is_the_reference, 0, (int)(sizeof pools / sizeof pools[0]));
    tcase_add_loop_test(tcase, avg_pool_is_the_reference, 0,
                        2 * (int)(sizeof pools / sizeof pools[0]));
    tcase_add_loop_test(tcase, softmax_is_the_reference, 0,
                        (int)(sizeof classes / sizeof classes[0]));
    tcase_add_test(tcase, extremes_of_classes);
    suite_add_tcase(suite, tcase);
    return suite;
}
