/*
 * The kernels that memory limits, on arrays of 128x32x32x64 numbers, which no cache holds:
 * elementwise, normalisation, random numbers, the optimizers' updates. Their bytes are what must be
 * read and written if nothing stays in a cache.
 */
#include "bench.h"

#include <math.h>
#include <stdlib.h>

#include "kernels/kernels.h"

enum { CHANNELS = 64, ROWS = 128 * 32 * 32, COUNT = ROWS * CHANNELS, ARRAYS = 4 };

struct arrays {
    float *of[ARRAYS];                            /* [ROWS, CHANNELS] each, as many as needed */
    float *mean, *variance, *weight, *bias, *sum; /* [CHANNELS] */
};

struct array_work {
    void (*run)(gan_context *ctx, const struct arrays *a, gan_status *status);
    int arrays, passes; /* arrays there must be; arrays read or written, each time counts */
};

static const int64_t sizes[] = {COUNT};
static const int64_t strides[] = {1};

#define UNARY(name, a, b)                                                                          \
    static void run_##name(gan_context *ctx, const struct arrays *s, gan_status *status)           \
    {                                                                                              \
        (void)status;                                                                              \
        gan__unary(ctx, GAN__UNARY_##name, s->of[0], s->of[1], COUNT, a, b);                       \
    }
#define BINARY(name, a, b)                                                                         \
    static void run_##name(gan_context *ctx, const struct arrays *s, gan_status *status)           \
    {                                                                                              \
        (void)status;                                                                              \
        gan__binary(ctx, GAN__BINARY_##name, s->of[0], s->of[1], strides, s->of[2], strides,       \
                    sizes, 1, a, b);                                                               \
    }
UNARY(affine, 2.0F, 1.0F)
UNARY(leaky_relu, 0.2F, 0.0F)
UNARY(tanh, 0.0F, 0.0F)
UNARY(sigmoid, 0.0F, 0.0F)
UNARY(softplus, 0.0F, 0.0F)
BINARY(add, 0.0F, 0.0F)
BINARY(mul, 0.0F, 0.0F)
BINARY(leaky_relu_gradient, 0.2F, 0.0F)
BINARY(tanh_gradient, 0.0F, 0.0F)

static void
run_add_channels(gan_context *ctx, const struct arrays *a, gan_status *status)
{
    static const int64_t both[] = {ROWS, CHANNELS}, dense[] = {CHANNELS, 1}, repeated[] = {0, 1};
    (void)status;
    gan__binary(ctx, GAN__BINARY_add, a->of[0], a->of[1], dense, a->bias, repeated, both, 2, 0.0F,
                0.0F);
}

static void
run_sum_channels(gan_context *ctx, const struct arrays *a, gan_status *status)
{
    *status = gan__sum(ctx, a->sum, a->of[0], 1, ROWS, CHANNELS, 1.0F);
}

static void
run_sum_squares(gan_context *ctx, const struct arrays *a, gan_status *status)
{
    double sum;
    *status = gan__sum_squares(ctx, &sum, a->of[0], COUNT);
}

static void
run_dropout_mask(gan_context *ctx, const struct arrays *a, gan_status *status)
{
    (void)status;
    gan__dropout_mask(ctx, a->of[0], COUNT, 0.5F, (struct gan__random){1, 2});
}

static void
run_normal(gan_context *ctx, const struct arrays *a, gan_status *status)
{
    (void)status;
    gan__fill_normal(ctx, a->of[0], COUNT, (struct gan__random){1, 2}, 0);
}

static void
run_batch_statistics(gan_context *ctx, const struct arrays *a, gan_status *status)
{
    *status = gan__batch_norm_statistics(ctx, a->mean, a->sum, a->of[0], ROWS, CHANNELS);
}

static void
run_batch_apply(gan_context *ctx, const struct arrays *a, gan_status *status)
{
    *status = gan__batch_norm_apply(ctx, a->of[0], a->of[1], a->mean, a->variance, a->weight,
                                    a->bias, 1e-5F, ROWS, CHANNELS);
}

static void
run_batch_gradient(gan_context *ctx, const struct arrays *a, gan_status *status)
{
    *status = gan__batch_norm_gradient(ctx, a->of[0], a->sum, a->bias, a->of[1], a->of[2], a->mean,
                                       a->variance, a->weight, 1e-5F, ROWS, CHANNELS);
}

static void
run_adam(gan_context *ctx, const struct arrays *a, gan_status *status)
{
    static const struct gan__adam adam = {.lr_corrected = 1e-6F,
                                          .root_correction = 1.0F,
                                          .beta1 = 0.5,
                                          .beta2 = 0.999,
                                          .epsilon = 1e-8F,
                                          .clip = {1.0F, INFINITY}};
    (void)status;
    gan__adam_update(ctx, &adam, a->of[0], a->of[1], a->of[2], a->of[3], COUNT);
}

static void
run_sgd(gan_context *ctx, const struct arrays *a, gan_status *status)
{
    static const struct gan__sgd sgd = {.lr = 1e-6F, .momentum = 0.9F, .clip = {1.0F, INFINITY}};
    (void)status;
    gan__sgd_update(ctx, &sgd, a->of[0], a->of[1], a->of[2], COUNT);
}

static void
run_rmsprop(gan_context *ctx, const struct arrays *a, gan_status *status)
{
    static const struct gan__rmsprop rmsprop = {
        .lr = 1e-6F, .alpha = 0.99, .epsilon = 1e-8F, .clip = {1.0F, INFINITY}};
    (void)status;
    gan__rmsprop_update(ctx, &rmsprop, a->of[0], a->of[1], NULL, NULL, a->of[2], COUNT);
}

static void
run_average(gan_context *ctx, const struct arrays *a, gan_status *status)
{
    (void)status;
    gan__average_update(ctx, a->of[0], a->of[1], 1e-3F, COUNT);
}

static void
run_array(struct job *job)
{
    const struct array_work *const work = job->work->details;
    gan_status status = GAN_OK;
    work->run(job->ctx, job->state, &status);
    check(job, status);
}

static void
close_arrays(struct job *job)
{
    const struct arrays *const a = job->state;
    for (int i = 0; i < ARRAYS; i++) {
        free(a->of[i]);
    }
    free(a->mean);
    free(a->variance);
    free(a->weight);
    free(a->bias);
    free(a->sum);
}

static void
open_arrays(struct job *job)
{
    const struct array_work *const work = job->work->details;
    struct arrays *const a = take(sizeof(*a));
    *a = (struct arrays){.mean = make_samples(CHANNELS),
                         .variance = make_samples(CHANNELS),
                         .weight = make_samples(CHANNELS),
                         .bias = make_samples(CHANNELS),
                         .sum = make_samples(CHANNELS)};
    for (int i = 0; i < work->arrays; i++) {
        a->of[i] = make_samples(COUNT);
    }
    for (int i = 0; i < CHANNELS; i++) {
        a->variance[i] = 1.0F;
    }
    /* The optimizers' averages of squares are not negative. */
    float *const squares = work->run == run_adam      ? a->of[2]
                           : work->run == run_rmsprop ? a->of[1]
                                                      : NULL;
    for (int64_t i = 0; squares != NULL && i < COUNT; i++) {
        squares[i] += 1.5F;
    }
    job->state = a;
    job->run = run_array;
    job->close = close_arrays;
    job->bytes = (double)COUNT * sizeof(float) * work->passes;
}

/* clang-format off */
#define ARRAY(part, word, arrays, passes, text)                                                    \
    {.name = part "-" #word,                                                                       \
     .what = text,                                                                                 \
     .open = open_arrays,                                                                          \
     .details = &(const struct array_work){run_##word, arrays, passes}}
/* clang-format on */

const struct work array_works[] = {
    ARRAY("elementwise", affine, 2, 2, "y = a x + b"),
    ARRAY("elementwise", leaky_relu, 2, 2, "y = leaky_relu(x)"),
    ARRAY("elementwise", tanh, 2, 2, "y = tanh(x)"),
    ARRAY("elementwise", sigmoid, 2, 2, "y = sigmoid(x)"),
    ARRAY("elementwise", softplus, 2, 2, "y = softplus(x)"),
    ARRAY("elementwise", add, 3, 3, "y = p + q"),
    ARRAY("elementwise", mul, 3, 3, "y = p q"),
    ARRAY("elementwise", leaky_relu_gradient, 3, 3, "of the output to that of the input"),
    ARRAY("elementwise", tanh_gradient, 3, 3, "of the output to that of the input"),
    ARRAY("elementwise", add_channels, 2, 2, "y = x + a number for each channel"),
    ARRAY("elementwise", sum_channels, 1, 1, "the sum of each channel"),
    ARRAY("elementwise", sum_squares, 1, 1, "the sum of squares, in double"),
    ARRAY("random", dropout_mask, 1, 1, "dropout's factors"),
    ARRAY("random", normal, 1, 1, "standard normal numbers"),
    ARRAY("norm", batch_statistics, 1, 1, "each channel's mean and variance"),
    ARRAY("norm", batch_apply, 2, 2, "with given mean and variance"),
    ARRAY("norm", batch_gradient, 3, 5, "by input, weight and bias"),
    ARRAY("optimizer", adam, 4, 7, "an update"),
    ARRAY("optimizer", sgd, 3, 5, "an update with momentum"),
    ARRAY("optimizer", rmsprop, 3, 5, "an update without momentum"),
    ARRAY("optimizer", average, 2, 3, "the moving average of parameters"),
    {0},
};
