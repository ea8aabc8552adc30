/*
 * Batch normalisation over the rows of [rows, channels]. Statistics take one pass over memory: each
 * block's own mean and squared deviations from it (twice over a block that the cache holds), then
 * the blocks are joined as Chan, Golub and LeVeque do. The first row is subtracted from all before
 * anything is added, so a large mean costs no digits.
 */
#include <math.h>
#include <string.h>

#include "base/context.h"
#include "base/memory.h"
#include "base/pool.h"
#include "kernels/cut.h"
#include "kernels/sum.h"
#include "kernels/table.h"

/* Two sums of every block, [blocks, channels] each. */
struct blocks {
    const struct gan__kernel_table *kernels;
    struct gan__norm_source source;
    int64_t rows, rows_each, count, column_cuts;
    float *first, *second;
};

static gan_status
blocks_make(struct blocks *b, gan_context *ctx, const struct gan__norm_source *source, int64_t rows)
{
    const int64_t channels = source->channels;
    *b = (struct blocks){.kernels = ctx->kernels, .source = *source, .rows = rows};
    b->rows_each = gan__sum_rows(channels);
    b->count = gan__ceil_div(rows, b->rows_each);
    b->column_cuts = gan__ceil_div(channels, GAN__NORM_COLUMNS);
    b->first = gan__alloc_array(ctx, 2 * b->count * channels, sizeof(float));
    if (b->first == NULL) {
        return GAN_E_NOMEM;
    }
    b->second = b->first + b->count * channels;
    return GAN_OK;
}

static int64_t
blocks_grain(const struct blocks *b)
{
    return gan__grain(gan__min(b->rows, b->rows_each) *
                      gan__min(b->source.channels, GAN__NORM_COLUMNS));
}

static int64_t
block_rows(const struct blocks *b, int64_t block)
{
    return gan__min(b->rows_each, b->rows - block * b->rows_each);
}

/* The source of one block from one column on; returns the number of columns. */
static int64_t
block_source(const struct blocks *b, int64_t item, struct gan__norm_source *source, int64_t *at,
             int64_t *rows)
{
    const int64_t channels = b->source.channels;
    const int64_t block = item / b->column_cuts;
    const int64_t column = item % b->column_cuts * GAN__NORM_COLUMNS;
    const int64_t first = block * b->rows_each * channels + column;
    *source = b->source;
    source->x += first;
    source->dy = source->dy == NULL ? NULL : source->dy + first;
    source->shift = source->shift == NULL ? NULL : source->shift + column;
    source->mean = source->mean == NULL ? NULL : source->mean + column;
    *at = block * channels + column;
    *rows = block_rows(b, block);
    return gan__min(GAN__NORM_COLUMNS, channels - column);
}

static void
moments_task(void *argument, int64_t begin, int64_t end, int32_t slot)
{
    (void)slot;
    const struct blocks *b = argument;
    for (int64_t item = begin; item < end; item++) {
        struct gan__norm_source source;
        int64_t at, rows;
        const int64_t columns = block_source(b, item, &source, &at, &rows);
        b->kernels->norm_moments(b->first + at, b->second + at, &source, rows, columns);
    }
}

static void
shift_task(void *argument, int64_t begin, int64_t end, int32_t slot)
{
    (void)slot;
    const struct blocks *b = argument;
    const int64_t channels = b->source.channels;
    for (int64_t block = begin; block < end; block++) {
        b->kernels->norm_shift(b->second + block * channels, b->first + block * channels,
                               b->source.mean, (float)block_rows(b, block), channels);
    }
}

/* y = the sum over blocks / rows */
static gan_status
blocks_mean(gan_context *ctx, float *y, const struct blocks *b, const float *sums)
{
    gan_status st = GAN_OK;
    GAN__TRY(gan__sum(ctx, y, sums, 1, b->count, b->source.channels, 1.0F));
    for (int64_t i = 0; i < b->source.channels; i++) {
        y[i] /= (float)b->rows;
    }
fail:
    return st;
}

gan_status
gan__batch_norm_statistics(gan_context *ctx, float *mean, float *variance, const float *x,
                           int64_t rows, int64_t channels)
{
    gan_status st = GAN_OK;
    struct blocks b = {.first = NULL};
    if (rows == 0) {
        gan__fill(ctx, mean, 0.0F, channels);
        gan__fill(ctx, variance, 0.0F, channels);
        return GAN_OK;
    }
    const struct gan__norm_source source = {.x = x, .shift = x, .channels = channels};
    GAN__TRY(blocks_make(&b, ctx, &source, rows));
    gan__parallel_for(ctx, b.count * b.column_cuts, blocks_grain(&b), moments_task, &b);
    GAN__TRY(blocks_mean(ctx, mean, &b, b.first));
    b.source.mean = mean;
    gan__parallel_for(ctx, b.count, gan__grain(channels), shift_task, &b);
    GAN__TRY(blocks_mean(ctx, variance, &b, b.second));
    for (int64_t i = 0; i < channels; i++) {
        mean[i] += x[i];
    }
fail:
    gan__free(ctx, b.first);
    return st;
}

/* Coefficients a channel, repeated until a row is wide: the second passes then run over [whole,
 * width] and a tail. */
struct pass {
    const struct gan__kernel_table *kernels;
    struct gan__norm_source source;
    float *out;
    float *coefficients; /* mean, then the others, width numbers each */
    int64_t whole, width, tail;
};

static gan_status
pass_make(struct pass *p, gan_context *ctx, float *out, const struct gan__norm_source *source,
          int64_t rows, int64_t coefficients)
{
    const int64_t channels = source->channels;
    const int64_t times = channels < GAN__NARROW ? gan__ceil_div(GAN__NARROW, channels) : 1;
    *p = (struct pass){.kernels = ctx->kernels, .source = *source, .out = out};
    p->width = channels * times;
    p->whole = rows / times;
    p->tail = rows % times * channels;
    p->coefficients = gan__alloc_array(ctx, p->width * coefficients, sizeof(float));
    return p->coefficients == NULL ? GAN_E_NOMEM : GAN_OK;
}

static void
pass_repeat(struct pass *p, int64_t coefficients)
{
    for (int64_t k = 0; k < coefficients; k++) {
        float *const row = p->coefficients + k * p->width;
        for (int64_t i = p->source.channels; i < p->width; i++) {
            row[i] = row[i - p->source.channels];
        }
    }
}

/* Items are wide rows; the last may be the tail. */
static void
pass_run(gan_context *ctx, struct pass *p, gan__task task)
{
    gan__parallel_for(ctx, p->whole + (p->tail > 0), gan__grain(p->width), task, p);
}

static void
apply_task(void *argument, int64_t begin, int64_t end, int32_t slot)
{
    (void)slot;
    const struct pass *p = argument;
    const float *const c = p->coefficients;
    const int64_t whole = gan__min(end, p->whole) - begin;
    if (whole > 0) {
        const int64_t at = begin * p->width;
        p->kernels->norm_apply(p->out + at, p->source.x + at, c, c + p->width, c + 2 * p->width,
                               whole, p->width);
    }
    if (end > p->whole) {
        const int64_t at = p->whole * p->width;
        p->kernels->norm_apply(p->out + at, p->source.x + at, c, c + p->width, c + 2 * p->width, 1,
                               p->tail);
    }
}

gan_status
gan__batch_norm_apply(gan_context *ctx, float *y, const float *x, const float *mean,
                      const float *variance, const float *weight, const float *bias, float epsilon,
                      int64_t rows, int64_t channels)
{
    struct pass p;
    const struct gan__norm_source source = {.x = x, .channels = channels};
    const gan_status st = pass_make(&p, ctx, y, &source, rows, 3);
    if (st != GAN_OK) {
        return st;
    }
    for (int64_t i = 0; i < channels; i++) {
        const float inverse = 1.0F / sqrtf(variance[i] + epsilon);
        p.coefficients[i] = mean[i];
        p.coefficients[p.width + i] = weight == NULL ? inverse : weight[i] * inverse;
        p.coefficients[2 * p.width + i] = bias == NULL ? 0.0F : bias[i];
    }
    pass_repeat(&p, 3);
    pass_run(ctx, &p, apply_task);
    gan__free(ctx, p.coefficients);
    return GAN_OK;
}

static void
products_task(void *argument, int64_t begin, int64_t end, int32_t slot)
{
    (void)slot;
    const struct blocks *b = argument;
    for (int64_t item = begin; item < end; item++) {
        struct gan__norm_source source;
        int64_t at, rows;
        const int64_t columns = block_source(b, item, &source, &at, &rows);
        b->kernels->norm_products(b->first + at, b->second + at, &source, rows, columns);
    }
}

static void
gradient_task(void *argument, int64_t begin, int64_t end, int32_t slot)
{
    (void)slot;
    const struct pass *p = argument;
    const float *const c = p->coefficients;
    const int64_t whole = gan__min(end, p->whole) - begin;
    struct gan__norm_source source = {
        .x = p->source.x, .dy = p->source.dy, .mean = c, .channels = p->width};
    if (whole > 0) {
        const int64_t at = begin * p->width;
        source.x += at;
        source.dy += at;
        p->kernels->norm_gradient(p->out + at, &source, c + p->width, c + 2 * p->width,
                                  c + 3 * p->width, whole);
    }
    if (end > p->whole) {
        const int64_t at = p->whole * p->width;
        source = (struct gan__norm_source){
            .x = p->source.x + at, .dy = p->source.dy + at, .mean = c, .channels = p->tail};
        p->kernels->norm_gradient(p->out + at, &source, c + p->width, c + 2 * p->width,
                                  c + 3 * p->width, 1);
    }
}

/* dx = scale * (dy - mean of dy - (x - mean) * inverse^2 * mean of dy * (x - mean)), from the two
 * means. */
static gan_status
gradient_pass(gan_context *ctx, float *dx, const struct gan__norm_source *source,
              const float *means, const float *variance, const float *weight, float epsilon,
              int64_t rows)
{
    struct pass p;
    const int64_t channels = source->channels;
    const gan_status st = pass_make(&p, ctx, dx, source, rows, 4);
    if (st != GAN_OK) {
        return st;
    }
    for (int64_t i = 0; i < channels; i++) {
        const float inverse = 1.0F / sqrtf(variance[i] + epsilon);
        const float scale = weight == NULL ? inverse : weight[i] * inverse;
        p.coefficients[i] = source->mean[i];
        p.coefficients[p.width + i] = scale;
        p.coefficients[2 * p.width + i] = scale * inverse * inverse * means[channels + i];
        p.coefficients[3 * p.width + i] = scale * means[i];
    }
    pass_repeat(&p, 4);
    pass_run(ctx, &p, gradient_task);
    gan__free(ctx, p.coefficients);
    return GAN_OK;
}

gan_status
gan__batch_norm_gradient(gan_context *ctx, float *dx, float *dweight, float *dbias, const float *dy,
                         const float *x, const float *mean, const float *variance,
                         const float *weight, float epsilon, int64_t rows, int64_t channels)
{
    gan_status st = GAN_OK;
    struct blocks b = {.first = NULL};
    const struct gan__norm_source source = {.x = x, .dy = dy, .mean = mean, .channels = channels};
    float *const sums = gan__alloc_array(ctx, 2 * channels, sizeof(float));
    if (sums == NULL) {
        return GAN_E_NOMEM;
    }
    GAN__TRY(blocks_make(&b, ctx, &source, rows));
    gan__parallel_for(ctx, b.count * b.column_cuts, blocks_grain(&b), products_task, &b);
    GAN__TRY(gan__sum(ctx, sums, b.first, 1, b.count, channels, 1.0F));
    GAN__TRY(gan__sum(ctx, sums + channels, b.second, 1, b.count, channels, 1.0F));
    for (int64_t i = 0; i < channels; i++) {
        const float inverse = 1.0F / sqrtf(variance[i] + epsilon);
        if (dbias != NULL) {
            dbias[i] = sums[i];
        }
        if (dweight != NULL) {
            dweight[i] = sums[channels + i] * inverse;
        }
        sums[i] /= (float)rows;
        sums[channels + i] /= (float)rows;
    }
    if (dx != NULL) {
        GAN__TRY(gradient_pass(ctx, dx, &source, sums, variance, weight, epsilon, rows));
    }
fail:
    gan__free(ctx, b.first);
    gan__free(ctx, sums);
    return st;
}
