/*
 * Case: augment. The reference goes through DiffAugment's steps one by one, as the paper's code does; the linear part is the
 * difference to a black picture's result, and the adjoint a sum over all pixels' single results.
 */
#include "kernels/kernels.h"
#include "op_case.h"

enum { SEED = 5, DRAWS = 8 };

static const struct {
    struct gan__shape shape;
    int32_t mode;
    bool color;
    int64_t shift[2], square[2];
    float fill;
} variants[] = {
    {{4, {3, 5, 4, 3}}, GAN__AUGMENT_AFFINE, true, {1, 1}, {3, 2}, -1.0F},
    {{4, {2, 6, 7, 3}}, GAN__AUGMENT_AFFINE, true, {0, 0}, {0, 0}, 0.0F},
    {{4, {7, 4, 6, 1}}, GAN__AUGMENT_AFFINE, true, {2, 3}, {2, 3}, 0.5F},
    {{4, {9, 3, 2, 2}}, GAN__AUGMENT_AFFINE, false, {3, 2}, {1, 1}, 2.0F}, /* out of the picture */
    {{4, {4, 4, 4, 5}}, GAN__AUGMENT_AFFINE, false, {0, 0}, {4, 4}, -1.0F},
    {{4, {2, 1, 5, 3}}, GAN__AUGMENT_LINEAR, true, {0, 2}, {1, 2}, 3.0F},
    {{4, {3, 4, 5, 3}}, GAN__AUGMENT_ADJOINT, true, {2, 1}, {2, 2}, 3.0F},
    {{4, {5, 3, 3, 2}}, GAN__AUGMENT_ADJOINT, true, {1, 1}, {1, 2}, 0.0F},
    {{4, {5, 3, 4, 1}}, GAN__AUGMENT_ADJOINT, false, {3, 4}, {2, 3}, 0.0F},
};

static void
augment_problem(struct op_problem *p)
{
    p->input_count = 1;
    p->inputs[0] = variants[p->variant].shape;
}

static gan_status
augment_run(gan_context *ctx, gan_tensor **out, gan_tensor *const *in, const struct op_problem *p)
{
    const int32_t v = p->variant;
    const struct gan__augment what = {.random = {SEED, (uint64_t)v},
                                      .mode = (enum gan__augment_mode)variants[v].mode,
                                      .color = variants[v].color,
                                      .shift = {variants[v].shift[0], variants[v].shift[1]},
                                      .square = {variants[v].square[0], variants[v].square[1]},
                                      .fill = variants[v].fill};
    return gan__augment(ctx, out, in[0], &what);
}

static double
mean_of(const double *x, int64_t count)
{
    double sum = 0.0;
    for (int64_t i = 0; i < count; i++) {
        sum += x[i];
    }
    return sum / (double)count;
}

/* In place. */
static void
color_steps(double *x, int64_t pixels, int64_t channels, const float *u)
{
    const int64_t count = pixels * channels;
    for (int64_t i = 0; i < count; i++) {
        x[i] += (double)u[0] - 0.5;
    }
    for (int64_t i = 0; i < count; i += channels) {
        const double mean = mean_of(x + i, channels);
        for (int64_t c = 0; c < channels; c++) {
            x[i + c] = (x[i + c] - mean) * (2.0 * (double)u[1]) + mean;
        }
    }
    const double mean = mean_of(x, count);
    for (int64_t i = 0; i < count; i++) {
        x[i] = (x[i] - mean) * ((double)u[2] + 0.5) + mean;
    }
}

/* The whole number that u in [0, 1) means, of `choices`. */
static int64_t
choose(float u, int64_t choices)
{
    int64_t i = 0;
    while ((double)(i + 1) <= (double)u * (double)choices) {
        i++;
    }
    return i;
}

static void
one_picture(double *y, const double *x, int32_t v, const float *u)
{
    const int64_t h = variants[v].shape.size[1], w = variants[v].shape.size[2];
    const int64_t channels = variants[v].shape.size[3];
    const int64_t *shift = variants[v].shift, *square = variants[v].square;
    const double fill = (double)variants[v].fill;
    const int64_t dy = choose(u[3], 2 * shift[0] + 1) - shift[0];
    const int64_t dx = choose(u[4], 2 * shift[1] + 1) - shift[1];
    const int64_t middle_y = choose(u[5], h + (1 - square[0] % 2));
    const int64_t middle_x = choose(u[6], w + (1 - square[1] % 2));
    double colored[ELEMENTS_MAX];

    memcpy(colored, x, (size_t)(h * w * channels) * sizeof(double));
    if (variants[v].color) {
        color_steps(colored, h * w, channels, u);
    }
    for (int64_t i = 0; i < h * w * channels; i++) {
        const int64_t row = i / (w * channels), column = i / channels % w;
        const int64_t from_row = row + dy, from_column = column + dx;
        const bool inside = from_row >= 0 && from_row < h && from_column >= 0 && from_column < w;
        const int64_t top = middle_y - square[0] / 2, left = middle_x - square[1] / 2;
        const bool covered =
            row >= top && row < top + square[0] && column >= left && column < left + square[1];
        y[i] = inside && !covered ? colored[(from_row * w + from_column) * channels + i % channels]
                                  : fill;
    }
}

static void
linear_picture(double *y, const double *x, int32_t v, const float *u)
{
    static double none[ELEMENTS_MAX], black[ELEMENTS_MAX];
    const struct gan__shape *s = &variants[v].shape;
    one_picture(y, x, v, u);
    one_picture(black, none, v, u);
    for (int64_t i = 0; i < s->size[1] * s->size[2] * s->size[3]; i++) {
        y[i] -= black[i];
    }
}

static void
adjoint_picture(double *y, const double *x, int32_t v, const float *u)
{
    static double one[ELEMENTS_MAX], result[ELEMENTS_MAX];
    const struct gan__shape *s = &variants[v].shape;
    const int64_t count = s->size[1] * s->size[2] * s->size[3];
    for (int64_t j = 0; j < count; j++) {
        one[j] = 1.0;
        linear_picture(result, one, v, u);
        one[j] = 0.0;
        y[j] = 0.0;
        for (int64_t i = 0; i < count; i++) {
            y[j] += result[i] * x[i];
        }
    }
}

static void
augment_reference(double *out, struct gan__shape *shape, const double *const *in,
                  const struct op_problem *p)
{
    const int32_t v = p->variant;
    const struct gan__random random = {SEED, (uint64_t)v};
    float u[DRAWS];

    *shape = p->inputs[0];
    const int64_t count = shape->size[1] * shape->size[2] * shape->size[3];
    for (int64_t n = 0; n < shape->size[0]; n++) {
        gan__random_uniform(random, (uint64_t)n * DRAWS, DRAWS, u);
        if (variants[v].mode == GAN__AUGMENT_AFFINE) {
            one_picture(out + n * count, in[0] + n * count, v, u);
        } else if (variants[v].mode == GAN__AUGMENT_LINEAR) {
            linear_picture(out + n * count, in[0] + n * count, v, u);
        } else {
            adjoint_picture(out + n * count, in[0] + n * count, v, u);
        }
    }
}

static void
augment_errors(gan_context *ctx)
{
    gan_tensor *x = some_tensor(ctx, shape_of(2, 3, 4)), *out = NULL;
    const struct gan__augment what = {.fill = 0.0F};
    ASSERT_FAILS(ctx, gan__augment(ctx, &out, x, &what), GAN_E_SHAPE,
                 "augment: pictures is [3, 4], must be [N, height, width, channels]");
    gan_tensor_destroy(x);
}

const struct op_case test_case_augment = {.name = "augment",
                                          .variants = sizeof variants / sizeof variants[0],
                                          .problem = augment_problem,
                                          .run = augment_run,
                                          .reference = augment_reference,
                                          .errors = augment_errors};
