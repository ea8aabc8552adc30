/*
 * The three convolution products against plain loops in double, on the layers of DCGANs and on odd shapes: errors stay at
 * rounding level, whichever way a shape is computed.
 */
#include "convolution_accuracy.h"

#include <math.h>
#include <stdio.h>

#include "support.h"

#include "base/context.h"
#include "base/float_environment.h"
#include "base/pool.h"
#include "base/random.h"
#include "kernels/kernels.h"

/* Relative to the root mean square of the exact result. */
static const double most_rms = 3e-6, most = 3e-5;

static const struct gan__convolution shapes[] = {
    /* 28 pixels */
    {2, 28, 28, 1, 14, 14, 64, 4, 4, 2, 2, 1, 1},
    {16, 14, 14, 64, 7, 7, 128, 4, 4, 2, 2, 1, 1},
    /* 32 */
    {2, 32, 32, 3, 16, 16, 64, 4, 4, 2, 2, 1, 1},
    {8, 16, 16, 64, 8, 8, 128, 4, 4, 2, 2, 1, 1},
    {8, 8, 8, 128, 4, 4, 256, 4, 4, 2, 2, 1, 1},
    /* 64 */
    {2, 32, 32, 64, 16, 16, 128, 4, 4, 2, 2, 1, 1},
    {4, 16, 16, 128, 8, 8, 256, 4, 4, 2, 2, 1, 1},
    {4, 8, 8, 256, 4, 4, 512, 4, 4, 2, 2, 1, 1},
    /* ResNets */
    {1, 16, 16, 128, 16, 16, 128, 3, 3, 1, 1, 1, 1},
    {4, 8, 8, 128, 8, 8, 128, 3, 3, 1, 1, 1, 1},
    {2, 8, 8, 256, 8, 8, 256, 3, 3, 1, 1, 1, 1},
    /* odd ones */
    {2, 15, 13, 65, 14, 13, 33, 3, 3, 1, 1, 0, 2},
    {5, 15, 13, 33, 7, 6, 65, 4, 4, 2, 2, 1, 1},
    {3, 9, 11, 100, 5, 6, 33, 4, 4, 2, 2, 2, 3},
    {40, 6, 6, 48, 3, 3, 32, 4, 4, 2, 2, 1, 1},
};

struct exact {
    int64_t x_count, y_count, weight_count;
    float *x, *y, *weight;
    double *forward, *input, *gradient;
};

static void *
draw(int64_t count, uint64_t which)
{
    float *values = malloc((size_t)count * sizeof(float));
    ck_assert_ptr_nonnull(values);
    gan__random_normal(gan__random_make(21, GAN__PURPOSE_USER, which, 0), 0, count, values);
    return values;
}

static void *
zeros(int64_t count)
{
    double *values = calloc((size_t)count, sizeof(double));
    ck_assert_ptr_nonnull(values);
    return values;
}

/* What one tap of one pixel of y (number p) adds to all three. */
static void
add_tap(const struct gan__convolution *g, const struct exact *e, int64_t p, int64_t r, int64_t s)
{
    const int64_t n = p / g->out_width / g->out_height;
    const int64_t iy = p / g->out_width % g->out_height * g->stride_height - g->padding_height + r;
    const int64_t ix = p % g->out_width * g->stride_width - g->padding_width + s;
    if (iy < 0 || iy >= g->in_height || ix < 0 || ix >= g->in_width) {
        return;
    }
    const int64_t at_x = ((n * g->in_height + iy) * g->in_width + ix) * g->in_channels;
    const int64_t at_y = p * g->out_channels;
    for (int64_t c = 0; c < g->in_channels; c++) {
        const int64_t at = ((r * g->kernel_width + s) * g->in_channels + c) * g->out_channels;
        for (int64_t f = 0; f < g->out_channels; f++) {
            const double weight = (double)e->weight[at + f];
            e->forward[at_y + f] += (double)e->x[at_x + c] * weight;
            e->input[at_x + c] += (double)e->y[at_y + f] * weight;
            e->gradient[at + f] += (double)e->x[at_x + c] * (double)e->y[at_y + f];
        }
    }
}

static void
exact_make(struct exact *e, const struct gan__convolution *g)
{
    e->x_count = g->batch * g->in_height * g->in_width * g->in_channels;
    e->y_count = g->batch * g->out_height * g->out_width * g->out_channels;
    e->weight_count = g->kernel_height * g->kernel_width * g->in_channels * g->out_channels;
    e->x = draw(e->x_count, 1);
    e->y = draw(e->y_count, 2);
    e->weight = draw(e->weight_count, 3);
    e->forward = zeros(e->y_count);
    e->input = zeros(e->x_count);
    e->gradient = zeros(e->weight_count);
    for (int64_t p = 0; p < g->batch * g->out_height * g->out_width; p++) {
        for (int64_t tap = 0; tap < g->kernel_height * g->kernel_width; tap++) {
            add_tap(g, e, p, tap / g->kernel_width, tap % g->kernel_width);
        }
    }
}

static void
check_errors(const char *what, const float *found, const double *wanted, int64_t count)
{
    double squares = 0.0, error_squares = 0.0, worst = 0.0;
    for (int64_t i = 0; i < count; i++) {
        const double error = (double)found[i] - wanted[i];
        squares += wanted[i] * wanted[i];
        error_squares += error * error;
        worst = fmax(worst, fabs(error));
    }
    const double rms = sqrt(error_squares / squares);
    worst /= sqrt(squares / (double)count);
    ck_assert_msg(rms <= most_rms && worst <= most, "%s: error %.2g, at most %.2g", what, rms,
                  worst);
}

START_TEST(products_are_accurate)
{
    const struct gan__convolution *g = &shapes[_i];
    struct exact e;
    exact_make(&e, g);
    const int64_t larger = e.x_count > e.y_count ? e.x_count : e.y_count;
    const int64_t room = larger > e.weight_count ? larger : e.weight_count;
    float *found = malloc((size_t)room * sizeof(float));
    ck_assert_ptr_nonnull(found);

    gan_context *ctx = gan__context_alloc(NULL);
    ck_assert_ptr_nonnull(ctx);
    ctx->ready = true;
    ctx->kernels = gan__kernels_find("auto");
    ASSERT_OK(ctx, gan__pool_create(ctx, 1));
    const uint32_t before = gan__float_environment_set();
    ASSERT_OK(ctx, gan__convolution_forward(ctx, g, found, e.x, e.weight));
    check_errors("forward", found, e.forward, e.y_count);
    ASSERT_OK(ctx, gan__convolution_input(ctx, g, found, e.y, e.weight));
    check_errors("by input", found, e.input, e.x_count);
    ASSERT_OK(ctx, gan__convolution_weight(ctx, g, found, e.x, e.y));
    check_errors("by weight", found, e.gradient, e.weight_count);
    gan__float_environment_restore(before);
    gan__context_free(ctx);

    free(found);
    free(e.x);
    free(e.y);
    free(e.weight);
    free(e.forward);
    free(e.input);
    free(e.gradient);
}
END_TEST

Suite *
convolution_accuracy_suite(void)
{
    Suite *suite = suite_create("convolution accuracy");
    TCase *tests = tcase_create("errors");
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, products_are_accurate, 0, sizeof(shapes) / sizeof(shapes[0]));
    suite_add_tcase(suite, tests);
    return suite;
}
