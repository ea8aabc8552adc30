/* Softmax and cross-entropy over rows. A row's maximum is subtracted first; any number would do, so
 * that of a row with a NaN, whose results are all NaN, need not be well chosen. */
#include <math.h>

#include "base/context.h"
#include "base/memory.h"
#include "base/pool.h"
#include "kernels/cut.h"
#include "kernels/table.h"

struct softmax {
    gan_context *ctx;
    float *y;
    const float *x;
    const int32_t *labels;
    int64_t columns;
};

static float
row_maximum(const float *x, int64_t count)
{
    float most = x[0];
    for (int64_t i = 1; i < count; i++) {
        most = x[i] > most ? x[i] : most;
    }
    return most;
}

/* y = e^(x - most); returns the sum. */
static float
exponentials(const struct gan__kernel_table *kernels, float *y, const float *x, int64_t count,
             float most)
{
    float sum = 0.0F;
    kernels->unary[GAN__UNARY_affine](y, x, count, 1.0F, -most);
    kernels->unary[GAN__UNARY_exp](y, y, count, 0.0F, 0.0F);
    kernels->sum(&sum, y, count, 1, 1, 1.0F);
    return sum;
}

static void
softmax_task(void *argument, int64_t begin, int64_t end, int32_t slot)
{
    (void)slot;
    const struct softmax *s = argument;
    const struct gan__kernel_table *const kernels = s->ctx->kernels;
    const struct gan__binary_piece piece = {.rows = 1, .columns = s->columns, .p_column = true};
    for (int64_t row = begin; row < end; row++) {
        float *const y = s->y + row * s->columns;
        const float *const x = s->x + row * s->columns;
        const float sum = exponentials(kernels, y, x, s->columns, row_maximum(x, s->columns));
        kernels->binary[GAN__BINARY_div](y, y, &sum, &piece, 0.0F, 0.0F);
    }
}

void
gan__softmax(gan_context *ctx, float *y, const float *x, int64_t rows, int64_t columns)
{
    struct softmax s = {.ctx = ctx, .y = y, .x = x, .columns = columns};
    gan__parallel_for(ctx, rows, gan__grain(4 * columns), softmax_task, &s);
}

static void
entropy_task(void *argument, int64_t begin, int64_t end, int32_t slot)
{
    const struct softmax *s = argument;
    const struct gan__kernel_table *const kernels = s->ctx->kernels;
    float *const work = gan__scratch(s->ctx, slot);
    for (int64_t row = begin; row < end; row++) {
        const float *const x = s->x + row * s->columns;
        const float most = row_maximum(x, s->columns);
        float logarithm = exponentials(kernels, work, x, s->columns, most);
        kernels->unary[GAN__UNARY_log](&logarithm, &logarithm, 1, 0.0F, 0.0F);
        s->y[row] = logarithm - (x[s->labels[row]] - most);
    }
}

gan_status
gan__cross_entropy(gan_context *ctx, float *y, const float *x, const int32_t *labels, int64_t rows,
                   int64_t columns)
{
    const gan_status st = gan__scratch_reserve(ctx, (size_t)columns * sizeof(float));
    if (st == GAN_OK) {
        struct softmax s = {.ctx = ctx, .y = y, .x = x, .labels = labels, .columns = columns};
        gan__parallel_for(ctx, rows, gan__grain(4 * columns), entropy_task, &s);
    }
    return st;
}
