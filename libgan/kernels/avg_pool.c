/* Means over windows and their adjoint, which gathers: rows of results are independent. Windows side
 * by side are plain resampling. */
#include "base/context.h"
#include "base/pool.h"
#include "kernels/cut.h"
#include "kernels/table.h"

struct averaging {
    const struct gan__kernel_table *kernels;
    const struct gan__windows *g;
    bool count_padding;
    float *out;
    const float *in;
};

static bool
side_by_side(const struct gan__windows *g)
{
    return g->stride[0] == g->kernel[0] && g->stride[1] == g->kernel[1] && g->padding[0] == 0 &&
           g->padding[1] == 0;
}

static float
whole_factor(const struct gan__windows *g)
{
    return (float)(1.0 / (double)(g->kernel[0] * g->kernel[1]));
}

/* Products of one row of results, about. */
static int64_t
row_taps(const struct gan__windows *g)
{
    return g->out_width * g->channels * gan__min(g->kernel[0], g->height) *
           gan__min(g->kernel[1], g->width);
}

static void
mean_task(void *argument, int64_t begin, int64_t end, int32_t slot)
{
    (void)slot;
    const struct averaging *s = argument;
    const struct gan__windows *g = s->g;
    for (int64_t row = begin; row < end; row++) {
        s->kernels->avg_pool_row(g, s->count_padding, s->out + row * g->out_width * g->channels,
                                 s->in + row / g->out_height * g->height * g->width * g->channels,
                                 row % g->out_height);
    }
}

void
gan__avg_pool(gan_context *ctx, const struct gan__windows *g, bool count_padding, float *y,
              const float *x)
{
    if (side_by_side(g)) {
        gan__window_sum(ctx, y, g->out_height, g->out_width, x, g->height, g->width, g->batch,
                        g->channels, g->kernel[0], g->kernel[1], whole_factor(g));
        return;
    }
    struct averaging s = {ctx->kernels, g, count_padding, y, x};
    gan__parallel_for(ctx, g->batch * g->out_height, gan__grain(row_taps(g)), mean_task, &s);
}

static void
adjoint_task(void *argument, int64_t begin, int64_t end, int32_t slot)
{
    (void)slot;
    const struct averaging *s = argument;
    const struct gan__windows *g = s->g;
    for (int64_t row = begin; row < end; row++) {
        s->kernels->avg_pool_adjoint_row(
            g, s->count_padding, s->out + row * g->width * g->channels,
            s->in + row / g->height * g->out_height * g->out_width * g->channels, row % g->height);
    }
}

void
gan__avg_pool_adjoint(gan_context *ctx, const struct gan__windows *g, bool count_padding, float *x,
                      const float *y)
{
    if (side_by_side(g)) {
        gan__upsample_nearest(ctx, x, g->height, g->width, y, g->out_height, g->out_width, g->batch,
                              g->channels, g->kernel[0], g->kernel[1], whole_factor(g));
        return;
    }
    struct averaging s = {ctx->kernels, g, count_padding, x, y};
    const int64_t work = gan__max(1, row_taps(g) * g->out_height / gan__max(1, g->height));
    gan__parallel_for(ctx, g->batch * g->height, gan__grain(work), adjoint_task, &s);
}
