/* The optimizers' updates, in pieces. */
#include "base/context.h"
#include "base/pool.h"
#include "kernels/cut.h"
#include "kernels/table.h"

struct update {
    const struct gan__kernel_table *kernels;
    const struct gan__adam *adam;
    const struct gan__sgd *sgd;
    const struct gan__rmsprop *rmsprop;
    float *weight, *first, *second, *third;
    const float *source; /* the gradient, or the weights to be averaged */
    float rest;
};

static void
adam_task(void *argument, int64_t begin, int64_t end, int32_t slot)
{
    (void)slot;
    const struct update *u = argument;
    u->kernels->adam(u->adam, u->weight + begin, u->first + begin, u->second + begin,
                     u->source + begin, end - begin);
}

void
gan__adam_update(gan_context *ctx, const struct gan__adam *o, float *weight, float *exp_avg,
                 float *exp_avg_sq, const float *gradient, int64_t count)
{
    struct update u = {.kernels = ctx->kernels,
                       .adam = o,
                       .weight = weight,
                       .first = exp_avg,
                       .second = exp_avg_sq,
                       .source = gradient};
    gan__parallel_for(ctx, count, GAN__GRAIN, adam_task, &u);
}

static void
sgd_task(void *argument, int64_t begin, int64_t end, int32_t slot)
{
    (void)slot;
    const struct update *u = argument;
    float *const buffer = u->first == NULL ? NULL : u->first + begin;
    u->kernels->sgd(u->sgd, u->weight + begin, buffer, u->source + begin, end - begin);
}

void
gan__sgd_update(gan_context *ctx, const struct gan__sgd *o, float *weight, float *momentum_buffer,
                const float *gradient, int64_t count)
{
    struct update u = {.kernels = ctx->kernels,
                       .sgd = o,
                       .weight = weight,
                       .first = momentum_buffer,
                       .source = gradient};
    gan__parallel_for(ctx, count, GAN__GRAIN, sgd_task, &u);
}

static void
rmsprop_task(void *argument, int64_t begin, int64_t end, int32_t slot)
{
    (void)slot;
    const struct update *u = argument;
    float *const buffer = u->second == NULL ? NULL : u->second + begin;
    float *const mean = u->third == NULL ? NULL : u->third + begin;
    u->kernels->rmsprop(u->rmsprop, u->weight + begin, u->first + begin, buffer, mean,
                        u->source + begin, end - begin);
}

void
gan__rmsprop_update(gan_context *ctx, const struct gan__rmsprop *o, float *weight,
                    float *square_avg, float *momentum_buffer, float *grad_avg,
                    const float *gradient, int64_t count)
{
    struct update u = {.kernels = ctx->kernels,
                       .rmsprop = o,
                       .weight = weight,
                       .first = square_avg,
                       .second = momentum_buffer,
                       .third = grad_avg,
                       .source = gradient};
    gan__parallel_for(ctx, count, GAN__GRAIN, rmsprop_task, &u);
}

static void
average_task(void *argument, int64_t begin, int64_t end, int32_t slot)
{
    (void)slot;
    const struct update *u = argument;
    u->kernels->average(u->weight + begin, u->source + begin, u->rest, end - begin);
}

void
gan__average_update(gan_context *ctx, float *average, const float *weight, float one_minus_decay,
                    int64_t count)
{
    struct update u = {
        .kernels = ctx->kernels, .weight = average, .source = weight, .rest = one_minus_decay};
    gan__parallel_for(ctx, count, GAN__GRAIN, average_task, &u);
}
