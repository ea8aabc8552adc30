/* Cases: matmul, and the three convolution products, all written from their definitions. */
#include "op_case.h"

/* numbers: transpose_a, transpose_b, m, n, k. */
static void
matmul_problem(struct op_problem *p)
{
    const int64_t all[][5] = {
        {0, 0, 3, 5, 4}, {1, 0, 3, 5, 4}, {0, 1, 3, 5, 4}, {1, 1, 3, 5, 4},
        {0, 0, 1, 1, 1}, {0, 0, 1, 7, 3}, {1, 1, 7, 1, 5}, {0, 1, 17, 3, 2},
    };
    const int64_t *n = all[p->variant];
    memcpy(p->numbers, n, 5 * sizeof(int64_t));
    p->input_count = 2;
    p->inputs[0] = (struct gan__shape){2, {n[0] ? n[4] : n[2], n[0] ? n[2] : n[4]}};
    p->inputs[1] = (struct gan__shape){2, {n[1] ? n[3] : n[4], n[1] ? n[4] : n[3]}};
}

static void
matmul_reference(double *out, struct gan__shape *shape, const double *const *in,
                 const struct op_problem *p)
{
    const int64_t m = p->numbers[2], n = p->numbers[3], k = p->numbers[4];
    *shape = (struct gan__shape){2, {m, n}};
    for (int64_t i = 0; i < m; i++) {
        for (int64_t j = 0; j < n; j++) {
            out[i * n + j] = 0.0;
            for (int64_t l = 0; l < k; l++) {
                const double a = in[0][p->numbers[0] ? l * m + i : i * k + l];
                const double b = in[1][p->numbers[1] ? j * k + l : l * n + j];
                out[i * n + j] += a * b;
            }
        }
    }
}

static gan_status
matmul_run(gan_context *ctx, gan_tensor **out, gan_tensor *const *in, const struct op_problem *p)
{
    return gan_matmul(ctx, out, in[0], in[1], (int32_t)p->numbers[0], (int32_t)p->numbers[1]);
}

static void
matmul_errors(gan_context *ctx)
{
    gan_tensor *a = some_tensor(ctx, shape_of(2, 3, 4)), *b = some_tensor(ctx, shape_of(2, 3, 4));
    gan_tensor *c = some_tensor(ctx, shape_of(1, 4)), *out = NULL;
    ASSERT_FAILS(ctx, gan_matmul(ctx, &out, a, b, 0, 0), GAN_E_SHAPE,
                 "matmul: a is [3, 4] and b is [3, 4], must be [m, k] and [k, n]");
    ASSERT_FAILS(ctx, gan_matmul(ctx, &out, a, b, 1, 1), GAN_E_SHAPE, "[k, m] and [n, k]");
    ASSERT_FAILS(ctx, gan_matmul(ctx, &out, a, c, 0, 0), GAN_E_SHAPE, "b is [4]");
    gan_tensor_destroy(a);
    gan_tensor_destroy(b);
    gan_tensor_destroy(c);
    /* A sum over nothing is 0. */
    a = some_tensor(ctx, shape_of(2, 2, 0));
    b = some_tensor(ctx, shape_of(2, 0, 2));
    ASSERT_OK(ctx, gan_matmul(ctx, &out, a, b, 0, 0));
    for (int32_t i = 0; i < 4; i++) {
        ck_assert(gan__data(out)[i] == 0.0f);
    }
    gan_tensor_destroy(a);
    gan_tensor_destroy(b);
    gan_tensor_destroy(out);
}

const struct op_case test_case_matmul = {.name = "matmul",
                                         .variants = 8,
                                         .problem = matmul_problem,
                                         .run = matmul_run,
                                         .reference = matmul_reference,
                                         .linear = {true, true},
                                         .errors = matmul_errors};

/* Convolutions: numbers as below. H and W are of the large picture; h and w follow. */
enum { N, H, W, C, F, KH, KW, SH, SW, PH, PW, SMALL_H, SMALL_W };

static void
geometry(struct op_problem *p)
{
    static const int64_t all[][11] = {
        /* N  H  W  C  F  KH KW SH SW PH PW */
        {1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0}, {2, 5, 4, 3, 2, 3, 3, 1, 1, 1, 1},
        {1, 6, 6, 2, 3, 4, 4, 2, 2, 1, 1}, {1, 7, 5, 1, 2, 4, 4, 2, 2, 1, 1}, /* rows left over */
        {2, 5, 8, 2, 1, 2, 3, 3, 2, 0, 1}, {1, 6, 3, 3, 1, 1, 2, 2, 1, 0, 2},
        {1, 4, 4, 5, 7, 4, 4, 1, 1, 0, 0}, {1, 3, 7, 1, 1, 3, 1, 4, 3, 2, 0},
        {3, 2, 2, 2, 2, 5, 5, 1, 2, 2, 2}, {1, 3, 3, 17, 2, 2, 2, 2, 2, 0, 0}, /* odd channels */
    };
    const int64_t *n = all[p->variant];
    memcpy(p->numbers, n, 11 * sizeof(int64_t));
    p->numbers[SMALL_H] = (n[H] + 2 * n[PH] - n[KH]) / n[SH] + 1;
    p->numbers[SMALL_W] = (n[W] + 2 * n[PW] - n[KW]) / n[SW] + 1;
    p->input_count = 2;
}

enum { GEOMETRIES = 10 };

static struct gan__shape
large_shape(const int64_t *n)
{
    return (struct gan__shape){4, {n[N], n[H], n[W], n[C]}};
}

static struct gan__shape
small_shape(const int64_t *n)
{
    return (struct gan__shape){4, {n[N], n[SMALL_H], n[SMALL_W], n[F]}};
}

static struct gan__shape
weight_shape(const int64_t *n)
{
    return (struct gan__shape){4, {n[KH], n[KW], n[C], n[F]}};
}

/* The trilinear form sum over all (x, w, y) that meet; whichever of the three is `to` gets the products of the others. */
static void
trilinear(const int64_t *n, double *to_x, double *to_w, double *to_y, const double *x,
          const double *w, const double *y)
{
    for (int64_t b = 0; b < n[N]; b++) {
        for (int64_t i = 0; i < n[SMALL_H] * n[SMALL_W]; i++) {
            for (int64_t tap = 0; tap < n[KH] * n[KW]; tap++) {
                const int64_t row = i / n[SMALL_W] * n[SH] - n[PH] + tap / n[KW];
                const int64_t column = i % n[SMALL_W] * n[SW] - n[PW] + tap % n[KW];
                if (row < 0 || row >= n[H] || column < 0 || column >= n[W]) {
                    continue;
                }
                for (int64_t cf = 0; cf < n[C] * n[F]; cf++) {
                    const int64_t c = cf / n[F], f = cf % n[F];
                    const int64_t at_x = ((b * n[H] + row) * n[W] + column) * n[C] + c;
                    const int64_t at_w = (tap * n[C] + c) * n[F] + f;
                    const int64_t at_y = (b * n[SMALL_H] * n[SMALL_W] + i) * n[F] + f;
                    if (to_x != NULL) {
                        to_x[at_x] += w[at_w] * y[at_y];
                    } else if (to_w != NULL) {
                        to_w[at_w] += x[at_x] * y[at_y];
                    } else {
                        to_y[at_y] += x[at_x] * w[at_w];
                    }
                }
            }
        }
    }
}

static void
zeros(double *out, const struct gan__shape *shape)
{
    for (int64_t i = 0; i < count_of(shape); i++) {
        out[i] = 0.0;
    }
}

static void
conv2d_problem(struct op_problem *p)
{
    geometry(p);
    p->inputs[0] = large_shape(p->numbers);
    p->inputs[1] = weight_shape(p->numbers);
}

static void
conv2d_reference(double *out, struct gan__shape *shape, const double *const *in,
                 const struct op_problem *p)
{
    *shape = small_shape(p->numbers);
    zeros(out, shape);
    trilinear(p->numbers, NULL, NULL, out, in[0], in[1], NULL);
}

static gan_status
conv2d_run(gan_context *ctx, gan_tensor **out, gan_tensor *const *in, const struct op_problem *p)
{
    return gan_conv2d(ctx, out, in[0], in[1], p->numbers + SH, p->numbers + PH);
}

/* Wrong pairs of numbers, for all three. */
static void
pair_errors(gan_context *ctx, gan_status (*op)(gan_context *, const int64_t *, const int64_t *))
{
    const int64_t ones[] = {1, 1}, zero[] = {0, 1}, negative[] = {0, -1}, huge[] = {1, 1 << 21};
    ASSERT_FAILS(ctx, op(ctx, zero, ones), GAN_E_ARG, "stride is [0, 1], each must be 1 to");
    ASSERT_FAILS(ctx, op(ctx, huge, ones), GAN_E_ARG, "stride is [1, 2097152]");
    ASSERT_FAILS(ctx, op(ctx, ones, negative), GAN_E_ARG, "padding is [0, -1], each must be 0 to");
    ASSERT_FAILS(ctx, op(ctx, NULL, ones), GAN_E_ARG, "stride is NULL");
    ASSERT_FAILS(ctx, op(ctx, ones, NULL), GAN_E_ARG, "padding is NULL");
}

static gan_status
conv2d_with(gan_context *ctx, const int64_t *stride, const int64_t *padding)
{
    gan_tensor *x = some_tensor(ctx, shape_of(4, 1, 4, 4, 1));
    gan_tensor *w = some_tensor(ctx, shape_of(4, 2, 2, 1, 1)), *out = NULL;
    const gan_status st = gan_conv2d(ctx, &out, x, w, stride, padding);
    gan_tensor_destroy(x);
    gan_tensor_destroy(w);
    gan_tensor_destroy(out);
    return st;
}

static void
conv2d_errors(gan_context *ctx)
{
    pair_errors(ctx, conv2d_with);
    const int64_t ones[] = {1, 1}, zero[] = {0, 0};
    gan_tensor *x = some_tensor(ctx, shape_of(4, 8, 28, 28, 3));
    gan_tensor *w = some_tensor(ctx, shape_of(4, 4, 4, 1, 64));
    gan_tensor *flat = some_tensor(ctx, shape_of(2, 8, 28)), *out = NULL;
    ASSERT_FAILS(ctx, gan_conv2d(ctx, &out, x, w, ones, ones), GAN_E_SHAPE,
                 "conv2d: x is [8, 28, 28, 3] but weight [4, 4, 1, 64] takes 1 channel");
    ASSERT_FAILS(ctx, gan_conv2d(ctx, &out, flat, w, ones, ones), GAN_E_SHAPE,
                 "conv2d: x is [8, 28], must be [N, height, width, channels]");
    ASSERT_FAILS(ctx, gan_conv2d(ctx, &out, x, flat, ones, ones), GAN_E_SHAPE,
                 "conv2d: weight is [8, 28], must be [kernel height, kernel width");
    gan_tensor_destroy(x);
    x = some_tensor(ctx, shape_of(4, 8, 3, 28, 1));
    ASSERT_FAILS(ctx, gan_conv2d(ctx, &out, x, w, ones, zero), GAN_E_SHAPE,
                 "x is [8, 3, 28, 1] with padding [0, 0], smaller than the kernel of weight");
    gan_tensor_destroy(x);
    /* No samples, no output. */
    x = some_tensor(ctx, shape_of(4, 0, 28, 28, 1));
    ASSERT_OK(ctx, gan_conv2d(ctx, &out, x, w, ones, zero));
    ck_assert_int_eq(out->count, 0);
    gan_tensor_destroy(out);
    gan_tensor_destroy(x);
    gan_tensor_destroy(w);
    gan_tensor_destroy(flat);
}

const struct op_case test_case_conv2d = {.name = "conv2d",
                                         .variants = GEOMETRIES,
                                         .problem = conv2d_problem,
                                         .run = conv2d_run,
                                         .reference = conv2d_reference,
                                         .linear = {true, true},
                                         .errors = conv2d_errors};

static void
conv_transpose2d_problem(struct op_problem *p)
{
    geometry(p);
    p->inputs[0] = small_shape(p->numbers);
    p->inputs[1] = weight_shape(p->numbers);
}

static void
conv_transpose2d_reference(double *out, struct gan__shape *shape, const double *const *in,
                           const struct op_problem *p)
{
    *shape = large_shape(p->numbers);
    zeros(out, shape);
    trilinear(p->numbers, out, NULL, NULL, NULL, in[1], in[0]);
}

static gan_status
conv_transpose2d_run(gan_context *ctx, gan_tensor **out, gan_tensor *const *in,
                     const struct op_problem *p)
{
    const int64_t *n = p->numbers;
    const int64_t extra[] = {n[H] - ((n[SMALL_H] - 1) * n[SH] - 2 * n[PH] + n[KH]),
                             n[W] - ((n[SMALL_W] - 1) * n[SW] - 2 * n[PW] + n[KW])};
    return gan_conv_transpose2d(ctx, out, in[0], in[1], n + SH, n + PH, extra);
}

static gan_status
conv_transpose2d_with(gan_context *ctx, const int64_t *stride, const int64_t *padding)
{
    const int64_t extra[] = {0, 0};
    gan_tensor *x = some_tensor(ctx, shape_of(4, 1, 4, 4, 1));
    gan_tensor *w = some_tensor(ctx, shape_of(4, 2, 2, 1, 1)), *out = NULL;
    const gan_status st = gan_conv_transpose2d(ctx, &out, x, w, stride, padding, extra);
    gan_tensor_destroy(x);
    gan_tensor_destroy(w);
    gan_tensor_destroy(out);
    return st;
}

static void
conv_transpose2d_errors(gan_context *ctx)
{
    pair_errors(ctx, conv_transpose2d_with);
    const int64_t ones[] = {1, 1}, twos[] = {2, 2}, zero[] = {0, 0};
    gan_tensor *x = some_tensor(ctx, shape_of(4, 8, 7, 7, 3));
    gan_tensor *w = some_tensor(ctx, shape_of(4, 4, 4, 3, 64)), *out = NULL;
    ASSERT_FAILS(ctx, gan_conv_transpose2d(ctx, &out, x, w, twos, ones, zero), GAN_E_SHAPE,
                 "conv_transpose2d: x is [8, 7, 7, 3] but weight [4, 4, 3, 64] takes 64 channels");
    gan_tensor_destroy(x);
    x = some_tensor(ctx, shape_of(4, 1, 1, 1, 64));
    ASSERT_FAILS(ctx, gan_conv_transpose2d(ctx, &out, x, w, ones, ones, ones), GAN_E_ARG,
                 "output_padding is [1, 1], each must be below the stride [1, 1]");
    ASSERT_FAILS(ctx, gan_conv_transpose2d(ctx, &out, x, w, ones, ones, NULL), GAN_E_ARG,
                 "output_padding is NULL");
    ASSERT_FAILS(ctx, gan_conv_transpose2d(ctx, &out, x, w, ones, twos, zero), GAN_E_SHAPE,
                 "padding [2, 2] leaves nothing");
    gan_tensor_destroy(x);
    gan_tensor_destroy(w);
}

const struct op_case test_case_conv_transpose2d = {.name = "conv_transpose2d",
                                                   .variants = GEOMETRIES,
                                                   .problem = conv_transpose2d_problem,
                                                   .run = conv_transpose2d_run,
                                                   .reference = conv_transpose2d_reference,
                                                   .linear = {true, true},
                                                   .errors = conv_transpose2d_errors};

static void
conv2d_weight_problem(struct op_problem *p)
{
    geometry(p);
    p->inputs[0] = large_shape(p->numbers);
    p->inputs[1] = small_shape(p->numbers);
}

static void
conv2d_weight_reference(double *out, struct gan__shape *shape, const double *const *in,
                        const struct op_problem *p)
{
    *shape = weight_shape(p->numbers);
    zeros(out, shape);
    trilinear(p->numbers, NULL, out, NULL, in[0], NULL, in[1]);
}

static gan_status
conv2d_weight_run(gan_context *ctx, gan_tensor **out, gan_tensor *const *in,
                  const struct op_problem *p)
{
    return gan_conv2d_weight(ctx, out, in[0], in[1], p->numbers + KH, p->numbers + SH,
                             p->numbers + PH);
}

static gan_status
conv2d_weight_with(gan_context *ctx, const int64_t *stride, const int64_t *padding)
{
    const int64_t kernel[] = {2, 2};
    gan_tensor *x = some_tensor(ctx, shape_of(4, 1, 4, 4, 1));
    gan_tensor *y = some_tensor(ctx, shape_of(4, 1, 3, 3, 1)), *out = NULL;
    const gan_status st = gan_conv2d_weight(ctx, &out, x, y, kernel, stride, padding);
    gan_tensor_destroy(x);
    gan_tensor_destroy(y);
    gan_tensor_destroy(out);
    return st;
}

static void
conv2d_weight_errors(gan_context *ctx)
{
    pair_errors(ctx, conv2d_weight_with);
    const int64_t ones[] = {1, 1}, twos[] = {2, 2}, zero[] = {0, 0};
    gan_tensor *x = some_tensor(ctx, shape_of(4, 2, 4, 4, 1));
    gan_tensor *y = some_tensor(ctx, shape_of(4, 2, 2, 3, 5)), *out = NULL;
    ASSERT_FAILS(ctx, gan_conv2d_weight(ctx, &out, x, y, twos, ones, zero), GAN_E_SHAPE,
                 "conv2d_weight: x is [2, 4, 4, 1] and y is [2, 2, 3, 5], but the convolution's "
                 "output is [2, 3, 3, filters]");
    ASSERT_FAILS(ctx, gan_conv2d_weight(ctx, &out, x, y, zero, ones, zero), GAN_E_ARG,
                 "kernel is [0, 0]");
    gan_tensor_destroy(x);
    gan_tensor_destroy(y);
    x = some_tensor(ctx, shape_of(4, 0, 4, 4, 1));
    y = some_tensor(ctx, shape_of(4, 0, 3, 3, 5));
    ASSERT_OK(ctx, gan_conv2d_weight(ctx, &out, x, y, twos, ones, zero));
    for (int64_t i = 0; i < out->count; i++) {
        ck_assert(gan__data(out)[i] == 0.0f);
    }
    gan_tensor_destroy(out);
    gan_tensor_destroy(x);
    gan_tensor_destroy(y);
}

const struct op_case test_case_conv2d_weight = {.name = "conv2d_weight",
                                                .variants = GEOMETRIES,
                                                .problem = conv2d_weight_problem,
                                                .run = conv2d_weight_run,
                                                .reference = conv2d_weight_reference,
                                                .linear = {true, true},
                                                .errors = conv2d_weight_errors};
