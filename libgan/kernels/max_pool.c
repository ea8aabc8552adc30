/* Maxima over windows: rows of results are independent; what is scattered into a row comes from all
 * windows that reach it. */
#include "base/context.h"
#include "base/pool.h"
#include "kernels/cut.h"
#include "kernels/table.h"

struct pooling {
    const struct gan__kernel_table *kernels;
    const struct gan__windows *g;
    float *y;
    const float *p, *x;
};

static void
row_task(void *argument, int64_t begin, int64_t end, int32_t slot)
{
    (void)slot;
    const struct pooling *s = argument;
    const struct gan__windows *g = s->g;
    const int64_t picture = g->height * g->width * g->channels;
    for (int64_t row = begin; row < end; row++) {
        const int64_t from = row / g->out_height * picture;
        s->kernels->max_pool_row(g, s->y + row * g->out_width * g->channels,
                                 s->p == NULL ? NULL : s->p + from, s->x + from,
                                 row % g->out_height);
    }
}

static void
pool_rows(gan_context *ctx, const struct gan__windows *g, float *y, const float *p, const float *x)
{
    struct pooling s = {ctx->kernels, g, y, p, x};
    const int64_t taps =
        gan__min(g->kernel[0], g->height) * gan__min(g->kernel[1], g->width) * g->channels;
    gan__parallel_for(ctx, g->batch * g->out_height, gan__grain(g->out_width * taps), row_task, &s);
}

void
gan__max_pool(gan_context *ctx, const struct gan__windows *g, float *y, const float *x)
{
    pool_rows(ctx, g, y, NULL, x);
}

void
gan__max_pool_gather(gan_context *ctx, const struct gan__windows *g, float *y, const float *p,
                     const float *x)
{
    pool_rows(ctx, g, y, p, x);
}

/* Rows of pictures, cut where a new one begins. */
static void
scatter_task(void *argument, int64_t begin, int64_t end, int32_t slot)
{
    (void)slot;
    const struct pooling *s = argument;
    const struct gan__windows *g = s->g;
    const int64_t picture = g->height * g->width * g->channels;
    const int64_t result = g->out_height * g->out_width * g->channels;
    while (begin < end) {
        const int64_t n = begin / g->height;
        const int64_t stop = gan__min(end, (n + 1) * g->height);
        s->kernels->max_pool_scatter(g, s->y + n * picture, s->p + n * result, s->x + n * picture,
                                     begin - n * g->height, stop - n * g->height);
        begin = stop;
    }
}

void
gan__max_pool_scatter(gan_context *ctx, const struct gan__windows *g, float *y, const float *p,
                      const float *x)
{
    struct pooling s = {ctx->kernels, g, y, p, x};
    /* Windows over the border between two pieces are looked through twice: not too small. */
    const int64_t rows =
        gan__max(4 * g->kernel[0], gan__grain(gan__max(1, g->width * g->channels)));
    gan__parallel_for(ctx, g->batch * g->height, rows, scatter_task, &s);
}
