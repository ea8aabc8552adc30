/* Products of a matrix and a vector, in pieces. */
#include "kernels/product.h"

#include "base/context.h"
#include "base/pool.h"
#include "kernels/cut.h"
#include "kernels/table.h"

struct product {
    const struct gan__kernel_table *kernels;
    float *y;
    const float *matrix, *v;
    int64_t depth, columns;
};

static void
dots_task(void *argument, int64_t begin, int64_t end, int32_t slot)
{
    (void)slot;
    const struct product *p = argument;
    p->kernels->dots(p->y + begin, p->matrix + begin * p->depth, p->v, end - begin, p->depth);
}

void
gan__matrix_dots(gan_context *ctx, float *y, const float *matrix, const float *v, int64_t rows,
                 int64_t depth)
{
    struct product p = {.kernels = ctx->kernels, .y = y, .matrix = matrix, .v = v, .depth = depth};
    gan__parallel_for(ctx, rows, gan__max(4, gan__grain(depth) / 4 * 4), dots_task, &p);
}

static void
combine_task(void *argument, int64_t begin, int64_t end, int32_t slot)
{
    (void)slot;
    const struct product *p = argument;
    p->kernels->combine(p->y + begin, p->matrix + begin, p->columns, p->v, p->depth, end - begin);
}

void
gan__matrix_combine(gan_context *ctx, float *y, const float *matrix, const float *v, int64_t depth,
                    int64_t columns)
{
    struct product p = {.kernels = ctx->kernels,
                        .y = y,
                        .matrix = matrix,
                        .v = v,
                        .depth = depth,
                        .columns = columns};
    const int64_t most = gan__max(64, gan__grain(depth) / 64 * 64);
    gan__parallel_for(ctx, columns, most, combine_task, &p);
}

void
gan__outer_product(gan_context *ctx, float *y, const float *p, const float *q, int64_t rows,
                   int64_t columns)
{
    const int64_t sizes[] = {rows, columns};
    const int64_t p_strides[] = {1, 0};
    const int64_t q_strides[] = {0, 1};
    gan__binary(ctx, GAN__BINARY_mul, y, p, p_strides, q, q_strides, sizes, 2, 0.0F, 0.0F);
}
