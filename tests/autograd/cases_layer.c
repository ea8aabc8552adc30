/* Cases: upsample_nearest2d, window_sum2d, batch_norm, dropout. */
#include <math.h>

#include "base/random.h"
#include "op_case.h"

/* Windows side by side: numbers are N, H, W, C of the large picture, and the window. */
static void
window_numbers(struct op_problem *p)
{
    static const int64_t all[][6] = {
        {2, 4, 6, 3, 2, 2}, {1, 3, 3, 1, 3, 3}, {1, 2, 5, 17, 1, 5}, {3, 1, 1, 2, 1, 1}};
    memcpy(p->numbers, all[p->variant], sizeof(all[0]));
    p->input_count = 1;
}

enum { WINDOWS = 4 };

static struct gan__shape
windows_shape(const int64_t *n)
{
    return (struct gan__shape){4, {n[0], n[1] / n[4], n[2] / n[5], n[3]}};
}

/* Add along all (large, small) pixels that meet. */
static void
windows(const int64_t *n, double *large_out, double *small_out, const double *in)
{
    const int64_t h = n[1] / n[4], w = n[2] / n[5];
    for (int64_t i = 0; i < n[0] * n[1] * n[2] * n[3]; i++) {
        const int64_t c = i % n[3], column = i / n[3] % n[2], row = i / n[3] / n[2] % n[1];
        const int64_t b = i / n[3] / n[2] / n[1];
        const int64_t at = ((b * h + row / n[4]) * w + column / n[5]) * n[3] + c;
        if (large_out != NULL) {
            large_out[i] += in[at];
        } else {
            small_out[at] += in[i];
        }
    }
}

static void
upsample_nearest2d_problem(struct op_problem *p)
{
    window_numbers(p);
    p->inputs[0] = windows_shape(p->numbers);
}

static void
upsample_nearest2d_reference(double *out, struct gan__shape *shape, const double *const *in,
                             const struct op_problem *p)
{
    const int64_t *n = p->numbers;
    *shape = (struct gan__shape){4, {n[0], n[1], n[2], n[3]}};
    memset(out, 0, (size_t)count_of(shape) * sizeof(double));
    windows(n, out, NULL, in[0]);
}

static gan_status
upsample_nearest2d_run(gan_context *ctx, gan_tensor **out, gan_tensor *const *in,
                       const struct op_problem *p)
{
    return gan_upsample_nearest2d(ctx, out, in[0], p->numbers + 4);
}

static void
upsample_nearest2d_errors(gan_context *ctx)
{
    const int64_t zero[] = {0, 1}, twos[] = {2, 2};
    gan_tensor *x = some_tensor(ctx, shape_of(4, 1, 4, 4, 1)), *out = NULL;
    ASSERT_FAILS(ctx, gan_upsample_nearest2d(ctx, &out, x, zero), GAN_E_ARG,
                 "upsample_nearest2d: factor is [0, 1]");
    ASSERT_FAILS(ctx, gan_upsample_nearest2d(ctx, &out, x, NULL), GAN_E_ARG, "factor is NULL");
    gan_tensor_destroy(x);
    x = some_tensor(ctx, shape_of(2, 1, 4));
    ASSERT_FAILS(ctx, gan_upsample_nearest2d(ctx, &out, x, twos), GAN_E_SHAPE,
                 "x is [1, 4], must be [N, height, width, channels]");
    gan_tensor_destroy(x);
}

const struct op_case test_case_upsample_nearest2d = {.name = "upsample_nearest2d",
                                                     .variants = WINDOWS,
                                                     .problem = upsample_nearest2d_problem,
                                                     .run = upsample_nearest2d_run,
                                                     .reference = upsample_nearest2d_reference,
                                                     .linear = {true},
                                                     .errors = upsample_nearest2d_errors};

static void
window_sum2d_problem(struct op_problem *p)
{
    window_numbers(p);
    p->inputs[0] =
        (struct gan__shape){4, {p->numbers[0], p->numbers[1], p->numbers[2], p->numbers[3]}};
}

static void
window_sum2d_reference(double *out, struct gan__shape *shape, const double *const *in,
                       const struct op_problem *p)
{
    *shape = windows_shape(p->numbers);
    memset(out, 0, (size_t)count_of(shape) * sizeof(double));
    windows(p->numbers, NULL, out, in[0]);
}

static gan_status
window_sum2d_run(gan_context *ctx, gan_tensor **out, gan_tensor *const *in,
                 const struct op_problem *p)
{
    return gan__window_sum2d(ctx, out, in[0], p->numbers + 4);
}

static void
window_sum2d_errors(gan_context *ctx)
{
    const int64_t zero[] = {0, 1}, threes[] = {3, 3}, twos[] = {2, 2};
    gan_tensor *x = some_tensor(ctx, shape_of(4, 1, 4, 4, 1)), *out = NULL;
    ASSERT_FAILS(ctx, gan__window_sum2d(ctx, &out, x, zero), GAN_E_ARG,
                 "window_sum2d: kernel is [0, 1]");
    ASSERT_FAILS(ctx, gan__window_sum2d(ctx, &out, x, NULL), GAN_E_ARG, "kernel is NULL");
    ASSERT_FAILS(ctx, gan__window_sum2d(ctx, &out, x, threes), GAN_E_SHAPE,
                 "x is [1, 4, 4, 1], must have multiples of [3, 3]");
    gan_tensor_destroy(x);
    x = some_tensor(ctx, shape_of(2, 1, 4));
    ASSERT_FAILS(ctx, gan__window_sum2d(ctx, &out, x, twos), GAN_E_SHAPE, "x is [1, 4]");
    gan_tensor_destroy(x);
}

const struct op_case test_case_window_sum2d = {.name = "window_sum2d",
                                               .variants = WINDOWS,
                                               .problem = window_sum2d_problem,
                                               .run = window_sum2d_run,
                                               .reference = window_sum2d_reference,
                                               .linear = {true},
                                               .errors = window_sum2d_errors};

/* batch_norm: inputs x, weight, bias. */
static void
batch_norm_problem(struct op_problem *p)
{
    const struct gan__shape shapes[] = {shape_of(2, 5, 3), shape_of(4, 2, 3, 2, 5),
                                        shape_of(2, 7, 1), shape_of(3, 2, 4, 17), shape_of(1, 4)};
    p->input_count = 3;
    p->inputs[0] = shapes[p->variant];
    const struct gan__shape channels = {1, {p->inputs[0].size[p->inputs[0].rank - 1]}};
    p->inputs[1] = channels;
    p->inputs[2] = channels;
    p->reals[0] = 0.125; /* exact as a float, and large enough to count */
}

static void
batch_norm_reference(double *out, struct gan__shape *shape, const double *const *in,
                     const struct op_problem *p)
{
    *shape = p->inputs[0];
    const int64_t channels = shape->size[shape->rank - 1], rows = count_of(shape) / channels;
    for (int64_t c = 0; c < channels; c++) {
        double mean = 0.0, variance = 0.0;
        for (int64_t r = 0; r < rows; r++) {
            mean += in[0][r * channels + c] / (double)rows;
        }
        for (int64_t r = 0; r < rows; r++) {
            const double d = in[0][r * channels + c] - mean;
            variance += d * d / (double)rows;
        }
        for (int64_t r = 0; r < rows; r++) {
            const int64_t i = r * channels + c;
            out[i] = (in[0][i] - mean) / sqrt(variance + p->reals[0]) * in[1][c] + in[2][c];
        }
    }
}

static gan_status
batch_norm_run(gan_context *ctx, gan_tensor **out, gan_tensor *const *in,
               const struct op_problem *p)
{
    return gan_batch_norm(ctx, out, NULL, NULL, in[0], in[1], in[2], p->reals[0]);
}

static void
batch_norm_errors(gan_context *ctx)
{
    gan_tensor *x = some_tensor(ctx, shape_of(2, 4, 3)), *w = some_tensor(ctx, shape_of(1, 3));
    gan_tensor *b = some_tensor(ctx, shape_of(1, 2)), *empty = some_tensor(ctx, shape_of(2, 0, 3));
    gan_tensor *out = x, *mean = x, *variance = x;
    ASSERT_FAILS(ctx, gan_batch_norm(ctx, &out, &mean, &variance, x, w, b, 1e-5), GAN_E_SHAPE,
                 "batch_norm: x is [4, 3] but weight is [3] and bias is [2], must be [3]");
    ck_assert(out == NULL && mean == NULL && variance == NULL);
    ASSERT_FAILS(ctx, gan_batch_norm(ctx, &out, NULL, NULL, empty, w, w, 1e-5), GAN_E_SHAPE,
                 "x is [0, 3]: there is nothing to take the mean of");
    ASSERT_FAILS(ctx, gan_batch_norm(ctx, &out, NULL, NULL, x, w, w, -1.0), GAN_E_ARG,
                 "epsilon is -1, must be 0 to");
    ASSERT_FAILS(ctx, gan_batch_norm(ctx, &out, NULL, NULL, x, w, w, (double)NAN), GAN_E_ARG,
                 "epsilon is nan");
    /* The statistics: cut off from the graph, variance biased. */
    const float values[] = {1, 2, 3, 3, 2, 7, 5, 2, 1, 7, 2, 1};
    ASSERT_OK(ctx, gan_tensor_write(x, values, 12));
    ASSERT_OK(ctx, gan_batch_norm(ctx, &out, &mean, &variance, x, w, w, 1e-5));
    ck_assert(!mean->requires_grad && !variance->requires_grad && out->requires_grad);
    const double means[] = {4, 2, 3}, variances[] = {5, 0, 6};
    for (int32_t i = 0; i < 3; i++) {
        ck_assert_double_eq_tol((double)gan__data(mean)[i], means[i], 1e-6);
        ck_assert_double_eq_tol((double)gan__data(variance)[i], variances[i], 1e-6);
    }
    gan_tensor_destroy(out);
    gan_tensor_destroy(mean);
    gan_tensor_destroy(variance);
    gan_tensor_destroy(x);
    gan_tensor_destroy(w);
    gan_tensor_destroy(b);
    gan_tensor_destroy(empty);
}

const struct op_case test_case_batch_norm = {.name = "batch_norm",
                                             .variants = 5,
                                             .problem = batch_norm_problem,
                                             .run = batch_norm_run,
                                             .reference = batch_norm_reference,
                                             .errors = batch_norm_errors};

/* dropout: an element is dropped where the stream's uniform number is below the probability. */
static void
dropout_problem(struct op_problem *p)
{
    const struct gan__shape shapes[] = {shape_of(2, 5, 7), shape_of(0), shape_of(1, 17),
                                        shape_of(2, 2, 3)};
    const double probabilities[] = {0.5, 0.25, 0.75, 0.0};
    p->input_count = 1;
    p->inputs[0] = shapes[p->variant];
    p->reals[0] = probabilities[p->variant];
}

static void
dropout_reference(double *out, struct gan__shape *shape, const double *const *in,
                  const struct op_problem *p)
{
    *shape = p->inputs[0];
    float uniform[64];
    const struct gan__random random = gan__random_make(8, GAN__PURPOSE_DROPOUT, 5, 6);
    gan__random_uniform(random, 0, count_of(shape), uniform);
    for (int64_t i = 0; i < count_of(shape); i++) {
        const bool kept = (double)uniform[i] >= p->reals[0];
        out[i] = kept ? in[0][i] / (1.0 - p->reals[0]) : 0.0;
    }
}

static gan_status
dropout_run(gan_context *ctx, gan_tensor **out, gan_tensor *const *in, const struct op_problem *p)
{
    return gan__dropout(ctx, out, in[0], p->reals[0],
                        gan__random_make(8, GAN__PURPOSE_DROPOUT, 5, 6));
}

/* How many of the two tensors' elements differ. */
static int64_t
differences(const gan_tensor *a, const gan_tensor *b)
{
    int64_t count = 0;
    for (int64_t i = 0; i < a->count; i++) {
        count += gan__data(a)[i] != gan__data(b)[i];
    }
    return count;
}

static void
dropout_errors(gan_context *ctx)
{
    gan_tensor *x = some_tensor(ctx, shape_of(2, 100, 100)), *out[3] = {NULL};
    ASSERT_FAILS(ctx, gan_dropout(ctx, &out[0], x, 1.0, 0), GAN_E_ARG,
                 "dropout: probability is 1, must be 0 to below 1");
    ASSERT_FAILS(ctx, gan_dropout(ctx, &out[0], x, -0.5, 0), GAN_E_ARG, "probability is -0.5");
    ASSERT_FAILS(ctx, gan_dropout(ctx, &out[0], x, (double)NAN, 0), GAN_E_ARG,
                 "probability is nan");
    /* The same stream drops the same elements, another one others, and about as many as it should. */
    ASSERT_OK(ctx, gan_dropout(ctx, &out[0], x, 0.25, 7));
    ASSERT_OK(ctx, gan_dropout(ctx, &out[1], x, 0.25, 7));
    ASSERT_OK(ctx, gan_dropout(ctx, &out[2], x, 0.25, 8));
    ck_assert_int_eq(differences(out[0], out[1]), 0);
    ck_assert_int_gt(differences(out[0], out[2]), 3000);
    int64_t dropped = 0;
    for (int64_t i = 0; i < x->count; i++) {
        dropped += gan__data(out[0])[i] == 0.0f;
    }
    ck_assert_int_gt(dropped, 2300);
    ck_assert_int_lt(dropped, 2700);
    for (int32_t i = 0; i < 3; i++) {
        gan_tensor_destroy(out[i]);
    }
    gan_tensor_destroy(x);
}

const struct op_case test_case_dropout = {.name = "dropout",
                                          .variants = 4,
                                          .problem = dropout_problem,
                                          .run = dropout_run,
                                          .reference = dropout_reference,
                                          .linear = {true},
                                          .errors = dropout_errors};
