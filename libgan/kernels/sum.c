/* Sums over fixed blocks and trees: blocks of rows become rows of partial sums, until one is
 * left. */
#include <string.h>

#include "base/context.h"
#include "base/memory.h"
#include "base/pool.h"
#include "kernels/cut.h"
#include "kernels/sum.h"
#include "kernels/table.h"

struct sum {
    const struct gan__kernel_table *kernels;
    float *y;
    const float *x;
    int64_t reduced, inner;
    int64_t rows_each, blocks;         /* of the reduced dimension */
    int64_t columns_each, column_cuts; /* of inner */
    float scale;
};

static void
sum_task(void *argument, int64_t begin, int64_t end, int32_t slot)
{
    (void)slot;
    const struct sum *s = argument;
    for (int64_t item = begin; item < end; item++) {
        const int64_t column = item % s->column_cuts * s->columns_each;
        const int64_t block = item / s->column_cuts % s->blocks;
        const int64_t outer = item / s->column_cuts / s->blocks;
        const int64_t row = block * s->rows_each;
        s->kernels->sum(s->y + (outer * s->blocks + block) * s->inner + column,
                        s->x + (outer * s->reduced + row) * s->inner + column,
                        gan__min(s->rows_each, s->reduced - row), s->inner,
                        gan__min(s->columns_each, s->inner - column), s->scale);
    }
}

/* One level of the tree: y [outer, blocks, inner]. */
static void
sum_level(gan_context *ctx, float *y, const float *x, int64_t outer, int64_t reduced, int64_t inner,
          float scale)
{
    struct sum s = {.kernels = ctx->kernels,
                    .y = y,
                    .x = x,
                    .reduced = reduced,
                    .inner = inner,
                    .scale = scale};
    s.rows_each = gan__sum_rows(inner);
    s.blocks = gan__ceil_div(reduced, s.rows_each);
    s.columns_each = gan__min(inner, GAN__SUM_COLUMNS);
    s.column_cuts = gan__ceil_div(inner, s.columns_each);
    const int64_t grain = gan__grain(gan__min(s.rows_each, reduced) * s.columns_each);
    gan__parallel_for(ctx, outer * s.blocks * s.column_cuts, grain, sum_task, &s);
}

gan_status
gan__sum(gan_context *ctx, float *y, const float *x, int64_t outer, int64_t reduced, int64_t inner,
         float scale)
{
    gan_status st = GAN_OK;
    float *partial = NULL;
    if (outer == 0 || inner == 0) {
        return GAN_OK;
    }
    if (reduced == 0) {
        gan__fill(ctx, y, 0.0F, outer * inner);
        return GAN_OK;
    }
    const int64_t blocks = gan__ceil_div(reduced, gan__sum_rows(inner));
    if (blocks == 1) {
        sum_level(ctx, y, x, outer, reduced, inner, scale);
        return GAN_OK;
    }
    partial = gan__alloc_array(ctx, outer * blocks * inner, sizeof(*partial));
    if (partial == NULL) {
        return GAN_E_NOMEM;
    }
    sum_level(ctx, partial, x, outer, reduced, inner, 1.0F);
    st = gan__sum(ctx, y, partial, outer, blocks, inner, scale);
    gan__free(ctx, partial);
    return st;
}

struct squares {
    const struct gan__kernel_table *kernels;
    double *partial;
    const float *x;
    int64_t count;
};

static void
squares_task(void *argument, int64_t begin, int64_t end, int32_t slot)
{
    (void)slot;
    const struct squares *s = argument;
    for (int64_t block = begin; block < end; block++) {
        const int64_t first = block * GAN__SQUARES_BLOCK;
        s->partial[block] =
            s->kernels->sum_squares(s->x + first, gan__min(GAN__SQUARES_BLOCK, s->count - first));
    }
}

gan_status
gan__sum_squares(gan_context *ctx, double *sum, const float *x, int64_t count)
{
    const int64_t blocks = gan__ceil_div(count, GAN__SQUARES_BLOCK);
    double *const partial = gan__alloc_array(ctx, blocks, sizeof(*partial));
    if (partial == NULL) {
        return GAN_E_NOMEM;
    }
    struct squares s = {.kernels = ctx->kernels, .partial = partial, .x = x, .count = count};
    gan__parallel_for(ctx, blocks, gan__grain(GAN__SQUARES_BLOCK), squares_task, &s);
    double total = 0.0;
    for (int64_t i = 0; i < blocks; i++) {
        total += partial[i];
    }
    *sum = total;
    gan__free(ctx, partial);
    return GAN_OK;
}
