/* Cases: upsample_bilinear2d, avg_pool2d, max_pool2d, and the ops of their gradients. */
#include <math.h>

#include "op_case.h"

/* Numbers are N, H, W, C of the small picture and the factors. */
static void
bilinear_numbers(struct op_problem *p)
{
    static const int64_t all[][6] = {
        {2, 3, 2, 3, 2, 2}, {1, 1, 1, 2, 3, 1},  {1, 4, 3, 1, 3, 4},
        {3, 1, 5, 2, 1, 2}, {1, 2, 2, 17, 5, 2},
    };
    memcpy(p->numbers, all[p->variant], sizeof(all[0]));
    p->input_count = 1;
}

enum { BILINEAR = 5 };

/* The share of small pixel `of` in large pixel `at`: a tent around the pixel's centre, where large centres beyond the
 * outermost small ones are moved onto those. */
static double
share(int64_t at, int64_t of, int64_t factor, int64_t size)
{
    const double place = ((double)at + 0.5) / (double)factor - 0.5;
    const double inside = fmin(fmax(place, 0.0), (double)(size - 1));
    return fmax(0.0, 1.0 - fabs(inside - (double)of));
}

/* large = A small or small = A^T large, over all pairs of pixels. */
static void
bilinear(const int64_t *n, double *large, double *small, const double *in)
{
    const int64_t large_height = n[1] * n[4], large_width = n[2] * n[5];
    for (int64_t i = 0; i < n[0] * large_height * large_width * n[3]; i++) {
        const int64_t c = i % n[3], column = i / n[3] % large_width;
        const int64_t row = i / n[3] / large_width % large_height,
                      picture = i / n[3] / large_width / large_height;
        for (int64_t j = 0; j < n[1] * n[2]; j++) {
            const double weight =
                share(row, j / n[2], n[4], n[1]) * share(column, j % n[2], n[5], n[2]);
            const int64_t at = (picture * n[1] * n[2] + j) * n[3] + c;
            if (large != NULL) {
                large[i] += weight * in[at];
            } else {
                small[at] += weight * in[i];
            }
        }
    }
}

static struct gan__shape
small_shape(const int64_t *n)
{
    return (struct gan__shape){4, {n[0], n[1], n[2], n[3]}};
}

static struct gan__shape
large_shape(const int64_t *n)
{
    return (struct gan__shape){4, {n[0], n[1] * n[4], n[2] * n[5], n[3]}};
}

static void
upsample_bilinear2d_problem(struct op_problem *p)
{
    bilinear_numbers(p);
    p->inputs[0] = small_shape(p->numbers);
}

static void
upsample_bilinear2d_reference(double *out, struct gan__shape *shape, const double *const *in,
                              const struct op_problem *p)
{
    *shape = large_shape(p->numbers);
    memset(out, 0, (size_t)count_of(shape) * sizeof(double));
    bilinear(p->numbers, out, NULL, in[0]);
}

static gan_status
upsample_bilinear2d_run(gan_context *ctx, gan_tensor **out, gan_tensor *const *in,
                        const struct op_problem *p)
{
    return gan_upsample_bilinear2d(ctx, out, in[0], p->numbers + 4);
}

static void
upsample_bilinear2d_errors(gan_context *ctx)
{
    const int64_t zero[] = {0, 1}, twos[] = {2, 2};
    gan_tensor *x = some_tensor(ctx, shape_of(4, 1, 4, 4, 1)), *out = NULL;
    ASSERT_FAILS(ctx, gan_upsample_bilinear2d(ctx, &out, x, zero), GAN_E_ARG,
                 "upsample_bilinear2d: factor is [0, 1]");
    ASSERT_FAILS(ctx, gan_upsample_bilinear2d(ctx, &out, x, NULL), GAN_E_ARG, "factor is NULL");
    gan_tensor_destroy(x);
    x = some_tensor(ctx, shape_of(2, 1, 4));
    ASSERT_FAILS(ctx, gan_upsample_bilinear2d(ctx, &out, x, twos), GAN_E_SHAPE,
                 "x is [1, 4], must be [N, height, width, channels]");
    gan_tensor_destroy(x);
}

static void
upsample_bilinear2d_gradient_problem(struct op_problem *p)
{
    bilinear_numbers(p);
    p->inputs[0] = large_shape(p->numbers);
}

static void
upsample_bilinear2d_gradient_reference(double *out, struct gan__shape *shape,
                                       const double *const *in, const struct op_problem *p)
{
    *shape = small_shape(p->numbers);
    memset(out, 0, (size_t)count_of(shape) * sizeof(double));
    bilinear(p->numbers, NULL, out, in[0]);
}

static gan_status
upsample_bilinear2d_gradient_run(gan_context *ctx, gan_tensor **out, gan_tensor *const *in,
                                 const struct op_problem *p)
{
    return gan__upsample_bilinear2d_gradient(ctx, out, in[0], p->numbers + 4);
}

static void
upsample_bilinear2d_gradient_errors(gan_context *ctx)
{
    const int64_t twos[] = {2, 2};
    gan_tensor *x = some_tensor(ctx, shape_of(4, 1, 4, 5, 1)), *out = NULL;
    ASSERT_FAILS(ctx, gan__upsample_bilinear2d_gradient(ctx, &out, x, twos), GAN_E_SHAPE,
                 "x is [1, 4, 5, 1], must have multiples of [2, 2]");
    gan_tensor_destroy(x);
}

/* Pooling: numbers are N, H, W, C, kernel, stride, padding; for means whether padding counts. */
static void
pool_numbers(struct op_problem *p)
{
    static const int64_t all[][10] = {
        {1, 4, 6, 2, 2, 2, 2, 2, 0, 0},  {1, 7, 6, 3, 3, 3, 2, 2, 1, 1},
        {2, 3, 3, 17, 2, 2, 1, 1, 1, 0}, {1, 1, 5, 1, 1, 3, 1, 1, 0, 1},
        {1, 5, 4, 2, 2, 1, 3, 2, 0, 0}, /* gaps, and rows left over */
    };
    memcpy(p->numbers, all[p->variant], sizeof(all[0]));
}

enum { POOLS = 5 };

static struct gan__shape
pooled_shape(const int64_t *n)
{
    return (struct gan__shape){
        4, {n[0], (n[1] + 2 * n[8] - n[4]) / n[6] + 1, (n[2] + 2 * n[9] - n[5]) / n[7] + 1, n[3]}};
}

/* large = A^T small or small = A large: the share of a pixel in a window's mean. Problems from POOLS
 * on are the same ones without padding in the count. */
static void
means(const struct op_problem *p, double *small, double *large, const double *in)
{
    const int64_t *n = p->numbers;
    const struct gan__shape pooled = pooled_shape(n);
    for (int64_t i = 0; i < count_of(&pooled); i++) {
        const int64_t c = i % n[3], column = i / n[3] % pooled.size[2];
        const int64_t row = i / n[3] / pooled.size[2] % pooled.size[1];
        const int64_t picture = i / n[3] / pooled.size[2] / pooled.size[1];
        double taps = 0.0;
        for (int32_t pass = 0; pass < 2; pass++) { /* counted, then used */
            for (int64_t at = 0; at < n[1] * n[2]; at++) {
                const int64_t down = at / n[2] - (row * n[6] - n[8]);
                const int64_t right = at % n[2] - (column * n[7] - n[9]);
                const int64_t place = (picture * n[1] * n[2] + at) * n[3] + c;
                if (down < 0 || down >= n[4] || right < 0 || right >= n[5]) {
                    continue;
                }
                const double share = 1.0 / (n[10] ? (double)(n[4] * n[5]) : taps);
                taps += pass == 0;
                if (pass == 1 && small != NULL) {
                    small[i] += share * in[place];
                } else if (pass == 1) {
                    large[place] += share * in[i];
                }
            }
        }
    }
}

static void
avg_pool2d_problem(struct op_problem *p)
{
    struct op_problem same = {.variant = p->variant % POOLS};
    pool_numbers(&same);
    memcpy(p->numbers, same.numbers, sizeof(same.numbers));
    p->numbers[10] = p->variant < POOLS;
    p->input_count = 1;
    p->inputs[0] = small_shape(p->numbers);
}

static void
avg_pool2d_reference(double *out, struct gan__shape *shape, const double *const *in,
                     const struct op_problem *p)
{
    *shape = pooled_shape(p->numbers);
    memset(out, 0, (size_t)count_of(shape) * sizeof(double));
    means(p, out, NULL, in[0]);
}

static gan_status
avg_pool2d_run(gan_context *ctx, gan_tensor **out, gan_tensor *const *in,
               const struct op_problem *p)
{
    const int64_t *n = p->numbers;
    return gan_avg_pool2d(ctx, out, in[0], n + 4, n + 6, n + 8, (int32_t)n[10]);
}

static void
avg_pool2d_errors(gan_context *ctx)
{
    const int64_t zeros[] = {0, 0}, ones[] = {1, 1}, fives[] = {5, 5}, twos[] = {2, 2};
    gan_tensor *x = some_tensor(ctx, shape_of(4, 1, 4, 4, 1)), *out = NULL;
    ASSERT_FAILS(ctx, gan_avg_pool2d(ctx, &out, x, zeros, ones, zeros, 1), GAN_E_ARG,
                 "avg_pool2d: kernel is [0, 0]");
    ASSERT_FAILS(ctx, gan_avg_pool2d(ctx, &out, x, NULL, ones, zeros, 1), GAN_E_ARG,
                 "kernel is NULL");
    ASSERT_FAILS(ctx, gan_avg_pool2d(ctx, &out, x, twos, zeros, zeros, 1), GAN_E_ARG,
                 "stride is [0, 0]");
    ASSERT_FAILS(ctx, gan_avg_pool2d(ctx, &out, x, twos, twos, twos, 0), GAN_E_ARG,
                 "padding is [2, 2], must be at most half the kernel [2, 2]");
    ASSERT_FAILS(ctx, gan_avg_pool2d(ctx, &out, x, fives, fives, zeros, 0), GAN_E_SHAPE,
                 "x is [1, 4, 4, 1], with a padding of [0, 0] smaller than the kernel [5, 5]");
    gan_tensor_destroy(x);
    x = some_tensor(ctx, shape_of(2, 1, 4));
    ASSERT_FAILS(ctx, gan_avg_pool2d(ctx, &out, x, twos, twos, zeros, 1), GAN_E_SHAPE,
                 "x is [1, 4], must be [N, height, width, channels]");
    gan_tensor_destroy(x);
}

static void
avg_pool2d_gradient_problem(struct op_problem *p)
{
    avg_pool2d_problem(p);
    p->inputs[0] = pooled_shape(p->numbers);
}

static void
avg_pool2d_gradient_reference(double *out, struct gan__shape *shape, const double *const *in,
                              const struct op_problem *p)
{
    *shape = small_shape(p->numbers);
    memset(out, 0, (size_t)count_of(shape) * sizeof(double));
    means(p, NULL, out, in[0]);
}

static gan_status
avg_pool2d_gradient_run(gan_context *ctx, gan_tensor **out, gan_tensor *const *in,
                        const struct op_problem *p)
{
    const int64_t *n = p->numbers;
    return gan__avg_pool2d_gradient(ctx, out, in[0], n + 1, n + 4, n + 6, n + 8, n[10] != 0);
}

static void
avg_pool2d_gradient_errors(gan_context *ctx)
{
    const int64_t twos[] = {2, 2}, zeros[] = {0, 0};
    gan_tensor *x = some_tensor(ctx, shape_of(2, 1, 4)), *out = NULL;
    ASSERT_FAILS(ctx, gan__avg_pool2d_gradient(ctx, &out, x, twos, twos, twos, zeros, true),
                 GAN_E_SHAPE, "p is [1, 4], must be [N, height, width, channels]");
    gan_tensor_destroy(x);
}

/* Where the maximum of output element i is in x. */
static int64_t
maximum_of(const int64_t *n, const struct gan__shape *pooled, const double *x, int64_t i)
{
    const int64_t c = i % n[3], column = i / n[3] % pooled->size[2];
    const int64_t row = i / n[3] / pooled->size[2] % pooled->size[1];
    const int64_t picture = i / n[3] / pooled->size[2] / pooled->size[1];
    int64_t best = -1;
    for (int64_t at = 0; at < n[1] * n[2]; at++) {
        const int64_t down = at / n[2] - (row * n[6] - n[8]),
                      right = at % n[2] - (column * n[7] - n[9]);
        const int64_t place = (picture * n[1] * n[2] + at) * n[3] + c;
        if (down >= 0 && down < n[4] && right >= 0 && right < n[5] &&
            (best < 0 || x[place] > x[best])) {
            best = place;
        }
    }
    return best;
}

static void
max_pool2d_problem(struct op_problem *p)
{
    pool_numbers(p);
    p->input_count = 1;
    p->inputs[0] = small_shape(p->numbers);
    p->draw[0] = DRAW_DISTINCT;
}

static void
max_pool2d_reference(double *out, struct gan__shape *shape, const double *const *in,
                     const struct op_problem *p)
{
    *shape = pooled_shape(p->numbers);
    for (int64_t i = 0; i < count_of(shape); i++) {
        out[i] = in[0][maximum_of(p->numbers, shape, in[0], i)];
    }
}

static gan_status
max_pool2d_run(gan_context *ctx, gan_tensor **out, gan_tensor *const *in,
               const struct op_problem *p)
{
    return gan_max_pool2d(ctx, out, in[0], p->numbers + 4, p->numbers + 6, p->numbers + 8);
}

/* Wrong sizes; and that of equal maxima the first gets the gradient. */
static void
max_pool2d_errors(gan_context *ctx)
{
    const int64_t zeros[] = {0, 0}, ones[] = {1, 1}, twos[] = {2, 2}, threes[] = {3, 3};
    const float ties[] = {1, 2, 2, 2}, first[] = {0, 1, 0, 0};
    gan_tensor *x = some_tensor(ctx, shape_of(4, 1, 2, 2, 1)), *out = NULL, *gradient = NULL;
    ASSERT_FAILS(ctx, gan_max_pool2d(ctx, &out, x, zeros, ones, zeros), GAN_E_ARG,
                 "max_pool2d: kernel is [0, 0]");
    ASSERT_FAILS(ctx, gan_max_pool2d(ctx, &out, x, twos, zeros, zeros), GAN_E_ARG,
                 "max_pool2d: stride is [0, 0]");
    ASSERT_FAILS(ctx, gan_max_pool2d(ctx, &out, x, twos, twos, NULL), GAN_E_ARG, "padding is NULL");
    ASSERT_FAILS(ctx, gan_max_pool2d(ctx, &out, x, threes, ones, twos), GAN_E_ARG,
                 "padding is [2, 2], must be at most half the kernel [3, 3]");
    ASSERT_FAILS(ctx, gan_max_pool2d(ctx, &out, x, threes, ones, zeros), GAN_E_SHAPE,
                 "x is [1, 2, 2, 1], with a padding of [0, 0] smaller than the kernel [3, 3]");
    ASSERT_OK(ctx, gan_tensor_write(x, ties, 4));
    ASSERT_OK(ctx, gan_max_pool2d(ctx, &out, x, twos, twos, zeros));
    ASSERT_OK(ctx, gan_grad(ctx, &gradient, &out, 1, &x, 1, 0));
    ck_assert_mem_eq(gan__data(gradient), first, sizeof(first));
    gan_tensor_destroy(gradient);
    gan_tensor_destroy(out);
    gan_tensor_destroy(x);
    /* A window of nothing but padding has no maximum. */
    x = some_tensor(ctx, shape_of(4, 1, 0, 2, 1));
    ASSERT_FAILS(ctx, gan_max_pool2d(ctx, &out, x, twos, twos, ones), GAN_E_SHAPE,
                 "x is [1, 0, 2, 1], with a padding of [1, 1] smaller than the kernel [2, 2]");
    gan_tensor_destroy(x);
    x = some_tensor(ctx, shape_of(2, 1, 4));
    ASSERT_FAILS(ctx, gan_max_pool2d(ctx, &out, x, twos, twos, zeros), GAN_E_SHAPE,
                 "x is [1, 4], must be [N, height, width, channels]");
    gan_tensor_destroy(x);
}

static void
max_pool2d_scatter_problem(struct op_problem *p)
{
    pool_numbers(p);
    p->input_count = 2;
    p->inputs[0] = pooled_shape(p->numbers);
    p->inputs[1] = small_shape(p->numbers);
    p->draw[1] = DRAW_CONSTANT;
}

static void
max_pool2d_scatter_reference(double *out, struct gan__shape *shape, const double *const *in,
                             const struct op_problem *p)
{
    const struct gan__shape pooled = pooled_shape(p->numbers);
    *shape = small_shape(p->numbers);
    memset(out, 0, (size_t)count_of(shape) * sizeof(double));
    for (int64_t i = 0; i < count_of(&pooled); i++) {
        out[maximum_of(p->numbers, &pooled, in[1], i)] += in[0][i];
    }
}

static gan_status
max_pool2d_scatter_run(gan_context *ctx, gan_tensor **out, gan_tensor *const *in,
                       const struct op_problem *p)
{
    return gan__max_pool2d_scatter(ctx, out, in[0], in[1], p->numbers + 4, p->numbers + 6,
                                   p->numbers + 8);
}

static void
max_pool2d_gather_problem(struct op_problem *p)
{
    max_pool2d_scatter_problem(p);
    p->inputs[0] = p->inputs[1];
}

static void
max_pool2d_gather_reference(double *out, struct gan__shape *shape, const double *const *in,
                            const struct op_problem *p)
{
    *shape = pooled_shape(p->numbers);
    for (int64_t i = 0; i < count_of(shape); i++) {
        out[i] = in[0][maximum_of(p->numbers, shape, in[1], i)];
    }
}

static gan_status
max_pool2d_gather_run(gan_context *ctx, gan_tensor **out, gan_tensor *const *in,
                      const struct op_problem *p)
{
    return gan__max_pool2d_gather(ctx, out, in[0], in[1], p->numbers + 4, p->numbers + 6,
                                  p->numbers + 8);
}

/* A wrong p; and that x is no input of the graph. */
static void
places_errors(gan_context *ctx, const struct op_case *op, struct gan__shape right,
              const char *sentence)
{
    struct op_problem problem = {.numbers = {1, 4, 4, 1, 2, 2, 2, 2, 0, 0}};
    gan_tensor *in[2] = {some_tensor(ctx, shape_of(4, 1, 3, 3, 1)),
                         some_tensor(ctx, shape_of(4, 1, 4, 4, 1))};
    gan_tensor *out = NULL, *gradients[2] = {NULL};
    ASSERT_FAILS(ctx, op->run(ctx, &out, in, &problem), GAN_E_SHAPE, sentence);
    gan_tensor_destroy(in[0]);
    in[0] = some_tensor(ctx, right);
    ASSERT_OK(ctx, op->run(ctx, &out, in, &problem));
    ASSERT_OK(ctx, gan_grad(ctx, gradients, &out, 1, in, 2, 0));
    ck_assert(gradients[0] != NULL && gradients[1] == NULL);
    gan_tensor_destroy(gradients[0]);
    gan_tensor_destroy(out);
    gan_tensor_destroy(in[0]);
    gan_tensor_destroy(in[1]);
}

static void max_pool2d_scatter_errors(gan_context *ctx);
static void max_pool2d_gather_errors(gan_context *ctx);

#define WINDOW_CASE(op, count, ...)                                                                \
    const struct op_case test_case_##op = {.name = #op,                                            \
                                           .variants = count,                                      \
                                           .problem = op##_problem,                                \
                                           .run = op##_run,                                        \
                                           .reference = op##_reference,                            \
                                           .linear = __VA_ARGS__,                                  \
                                           .errors = op##_errors}

WINDOW_CASE(upsample_bilinear2d, BILINEAR, {true});
WINDOW_CASE(upsample_bilinear2d_gradient, BILINEAR, {true});
WINDOW_CASE(avg_pool2d, 2 * POOLS, {true});
WINDOW_CASE(avg_pool2d_gradient, 2 * POOLS, {true});
WINDOW_CASE(max_pool2d, POOLS, {false});
WINDOW_CASE(max_pool2d_scatter, POOLS, {true});
WINDOW_CASE(max_pool2d_gather, POOLS, {true});

static void
max_pool2d_scatter_errors(gan_context *ctx)
{
    places_errors(ctx, &test_case_max_pool2d_scatter, shape_of(4, 1, 2, 2, 1),
                  "max_pool2d_scatter: p is [1, 3, 3, 1], must be [1, 2, 2, 1]");
}

static void
max_pool2d_gather_errors(gan_context *ctx)
{
    places_errors(ctx, &test_case_max_pool2d_gather, shape_of(4, 1, 4, 4, 1),
                  "max_pool2d_gather: p is [1, 3, 3, 1], must be [1, 4, 4, 1]");
}
