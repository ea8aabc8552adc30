/* Functions of single elements, and filling arrays. */
#include <stdatomic.h>

#include "base/context.h"
#include "base/pool.h"
#include "kernels/cut.h"
#include "kernels/table.h"

/* The arguments of any of the tasks below. */
struct span {
    const struct gan__kernel_table *kernels;
    enum gan__unary kind;
    float *y;
    const float *x;
    float a, b;
    struct gan__random random;
    uint64_t first;
    atomic_bool infinite;
};

static void
unary_task(void *argument, int64_t begin, int64_t end, int32_t slot)
{
    (void)slot;
    const struct span *s = argument;
    s->kernels->unary[s->kind](s->y + begin, s->x + begin, end - begin, s->a, s->b);
}

void
gan__unary(gan_context *ctx, enum gan__unary kind, float *y, const float *x, int64_t count, float a,
           float b)
{
    struct span s = {.kernels = ctx->kernels, .kind = kind, .y = y, .x = x, .a = a, .b = b};
    gan__parallel_for(ctx, count, GAN__GRAIN, unary_task, &s);
}

static void
fill_task(void *argument, int64_t begin, int64_t end, int32_t slot)
{
    (void)slot;
    const struct span *s = argument;
    s->kernels->fill(s->y + begin, s->a, end - begin);
}

void
gan__fill(gan_context *ctx, float *y, float value, int64_t count)
{
    struct span s = {.kernels = ctx->kernels, .y = y, .a = value};
    gan__parallel_for(ctx, count, GAN__GRAIN, fill_task, &s);
}

static void
finite_task(void *argument, int64_t begin, int64_t end, int32_t slot)
{
    (void)slot;
    struct span *s = argument;
    if (!s->kernels->all_finite(s->x + begin, end - begin)) {
        atomic_store_explicit(&s->infinite, true, memory_order_relaxed);
    }
}

bool
gan__all_finite(gan_context *ctx, const float *x, int64_t count)
{
    struct span s = {.kernels = ctx->kernels, .x = x};
    atomic_init(&s.infinite, false);
    gan__parallel_for(ctx, count, GAN__GRAIN, finite_task, &s);
    return !atomic_load_explicit(&s.infinite, memory_order_relaxed);
}

static void
normal_task(void *argument, int64_t begin, int64_t end, int32_t slot)
{
    (void)slot;
    const struct span *s = argument;
    s->kernels->normal(s->random, s->first + (uint64_t)begin, end - begin, s->y + begin);
}

static void
uniform_task(void *argument, int64_t begin, int64_t end, int32_t slot)
{
    (void)slot;
    const struct span *s = argument;
    s->kernels->uniform(s->random, s->first + (uint64_t)begin, end - begin, s->y + begin);
}

static void
dropout_task(void *argument, int64_t begin, int64_t end, int32_t slot)
{
    uniform_task(argument, begin, end, slot);
    const struct span *s = argument;
    s->kernels->dropout(s->y + begin, end - begin, s->a, s->b);
}

enum { RANDOM_GRAIN = GAN__GRAIN / 16 }; /* an element costs more here */

void
gan__fill_normal(gan_context *ctx, float *y, int64_t count, struct gan__random random,
                 uint64_t first)
{
    struct span s = {.kernels = ctx->kernels, .y = y, .random = random, .first = first};
    gan__parallel_for(ctx, count, RANDOM_GRAIN, normal_task, &s);
}

void
gan__fill_uniform(gan_context *ctx, float *y, int64_t count, struct gan__random random,
                  uint64_t first)
{
    struct span s = {.kernels = ctx->kernels, .y = y, .random = random, .first = first};
    gan__parallel_for(ctx, count, RANDOM_GRAIN, uniform_task, &s);
}

void
gan__dropout_mask(gan_context *ctx, float *y, int64_t count, float probability,
                  struct gan__random random)
{
    struct span s = {.kernels = ctx->kernels,
                     .y = y,
                     .a = probability,
                     .b = 1.0F / (1.0F - probability),
                     .random = random};
    gan__parallel_for(ctx, count, RANDOM_GRAIN, dropout_task, &s);
}
