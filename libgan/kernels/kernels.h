/*
 * Arithmetic on float arrays: the drivers that cut work into tasks by shape and call the vector
 * code of the context's instruction set. Nothing here knows tensors or gradients.
 *
 * Outputs must not overlap inputs unless it says so. Results depend on the arguments only: not on
 * threads, not on the instruction set. Every driver has a naive reference with the same order of
 * additions in reference.h, for the tests.
 */
#ifndef GAN__KERNELS_H
#define GAN__KERNELS_H

#include <gan/context.h>

#include <stdbool.h>
#include <stdint.h>

#include "base/random.h"

/* The most dimensions that a driver takes: GAN_RANK_MAX, which tensor/ holds it against. */
enum { GAN__RANK_MAX = 8 };

/* One row a kernel: adding one is a row here and a function of the name in elementwise.inc. */
/* y = f(x; a, b) */
#define GAN__UNARY_LIST(X)                                                                         \
    X(affine) /* a * x + b, one FMA */                                                             \
    X(square) /* x * x */                                                                          \
    X(sqrt)                                                                                        \
    X(exp)                                                                                         \
    X(log)                                                                                         \
    X(tanh)                                                                                        \
    X(sigmoid)                                                                                     \
    X(softplus)   /* max(x, 0) + log1p(exp(-|x|)) */                                               \
    X(leaky_relu) /* (x > 0 ? x : a * x) + 0 */                                                    \
    X(abs)                                                                                         \
    X(elu)   /* (x > 0 ? x : a * expm1(x)) + 0 */                                                  \
    X(silu)  /* x * sigmoid(x) */                                                                  \
    X(clamp) /* x but a below a, b above b; + 0 */

/* y = f(p, q; a, b), p and q broadcast; p = a gradient of the output in those of gradients */
#define GAN__BINARY_LIST(X)                                                                        \
    X(add)                                                                                         \
    X(sub)                                                                                         \
    X(mul)                                                                                         \
    X(div)                                                                                         \
    X(leaky_relu_gradient) /* (q > 0 ? p : a * p) + 0; p = gradient of the output, q = input */    \
    X(tanh_gradient)       /* p * (1 - q * q), q = tanh(x) */                                      \
    X(sigmoid_gradient)    /* p * q * (1 - q), q = sigmoid(x) */                                   \
    X(abs_gradient)        /* p * (q > 0 ? 1 : q < 0 ? -1 : q) + 0, q = x */                       \
    X(elu_gradient)        /* (q > 0 ? p : p * (q + a)) + 0, q = elu(x) */                         \
    X(silu_gradient)       /* p * s * (1 + q * (1 - s)), q = x, s = sigmoid(x) */                  \
    X(clamp_gradient)      /* (q < a or q > b ? 0 : p) + 0, q = x */

enum gan__unary {
#define GAN__ROW(name) GAN__UNARY_##name,
    GAN__UNARY_LIST(GAN__ROW)
#undef GAN__ROW
        GAN__UNARY_COUNT
};
enum gan__binary {
#define GAN__ROW(name) GAN__BINARY_##name,
    GAN__BINARY_LIST(GAN__ROW)
#undef GAN__ROW
        GAN__BINARY_COUNT
};

/* y may be x. */
void gan__unary(gan_context *ctx, enum gan__unary kind, float *y, const float *x, int64_t count,
                float a, float b);

/* y [sizes], row-major; p and q have strides in elements for each of the rank dimensions, 0 where
 * they are repeated (and otherwise those of a dense array). y may be p or q where that one is not
 * repeated. */
void gan__binary(gan_context *ctx, enum gan__binary kind, float *y, const float *p,
                 const int64_t *p_strides, const float *q, const int64_t *q_strides,
                 const int64_t *sizes, int32_t rank, float a, float b);

/* Copy sizes[0] x ... elements between arrays of any strides (in elements, 0 repeats in x). */
void gan__copy(gan_context *ctx, float *y, const int64_t *y_strides, const float *x,
               const int64_t *x_strides, const int64_t *sizes, int32_t rank);
void gan__fill(gan_context *ctx, float *y, float value, int64_t count);

/* y [outer, inner] = scale * sum over the middle of x [outer, reduced, inner]. Fixed blocks, lanes
 * and tree. */
gan_status gan__sum(gan_context *ctx, float *y, const float *x, int64_t outer, int64_t reduced,
                    int64_t inner, float scale);
/* Sum of squares, in double, over a fixed tree. */
gan_status gan__sum_squares(gan_context *ctx, double *sum, const float *x, int64_t count);
bool gan__all_finite(gan_context *ctx, const float *x, int64_t count);

/* y [m, n] = a b; a is [m, k], or [k, m] if transpose_a; b is [k, n], or [n, k] if transpose_b. K
 * in pieces of 256, a chain of FMAs each; but n = 1 without transpose_a in 16 lanes. A row of y
 * does not depend on the other rows, nor on m. */
gan_status gan__matmul(gan_context *ctx, float *y, const float *a, const float *b, int64_t m,
                       int64_t n, int64_t k, bool transpose_a, bool transpose_b);
/* The same in double, always in pieces of 256. */
void gan__matmul_double(gan_context *ctx, double *y, const double *a, const double *b, int64_t m,
                        int64_t n, int64_t k, bool transpose_a, bool transpose_b);

/* y [m, n] = a b, with any distances between rows and between columns. */
struct gan__double_product {
    double *y;
    const double *a, *b;
    int64_t m, n, k;
    int64_t y_row, a_row, a_column, b_row, b_column;
    bool add, subtract; /* y + a b, y - a b; each piece of 256 is added by itself */
    bool lower;         /* m = n: what is above the diagonal may be left as it is */
};
void gan__double_product(gan_context *ctx, const struct gan__double_product *product);

/* What is above y's diagonal [n, n] = what is below it. */
void gan__mirror_double(gan_context *ctx, double *y, int64_t n);

/* The rows of factor [rank, n], so that factor^T factor = a [n, n], which is symmetric and positive
 * semidefinite; of it the lower half is read, and overwritten. Stops at `most` rows (there is room
 * for so many), or when nothing but rounding errors is left: *rank. The largest pivots come last. */
gan_status gan__factor_double(gan_context *ctx, double *factor, int64_t *rank, int64_t most,
                              double *a, int64_t n);

/* The eigenvalues, in no order, of a symmetric a [n, n]; the lower half is read, and overwritten.
 * Small ones keep more digits if the small elements of a come first. */
gan_status gan__eigenvalues_double(gan_context *ctx, double *values, double *a, int64_t n);

/* x [batch, in_height, in_width, in_channels], weight [kernel_height, kernel_width, in_channels,
 * out_channels], y [batch, out_height, out_width, out_channels]; pixel (oy, ox) of y meets pixel
 * (oy * stride - padding + r, ...) of x under tap (r, s); taps outside x are zeros. out sizes may
 * be smaller than the full number (never larger). */
struct gan__convolution {
    int64_t batch;
    int64_t in_height, in_width, in_channels;
    int64_t out_height, out_width, out_channels;
    int64_t kernel_height, kernel_width;
    int64_t stride_height, stride_width;
    int64_t padding_height, padding_width;
};
gan_status gan__convolution_forward(gan_context *ctx, const struct gan__convolution *g, float *y,
                                    const float *x, const float *weight);
/* The same and then, while results are near, plus bias [out_channels] (NULL: none), then
 * leaky_relu with that slope if `activate`: to the bits of passes of their own. */
struct gan__finish {
    const float *bias;
    bool activate;
    float slope;
};
gan_status gan__convolution_finished(gan_context *ctx, const struct gan__convolution *g, float *y,
                                     const float *x, const float *weight,
                                     const struct gan__finish *finish);
/* x = the adjoint: each y pixel times its taps, gathered. */
gan_status gan__convolution_input(gan_context *ctx, const struct gan__convolution *g, float *x,
                                  const float *y, const float *weight);
gan_status gan__convolution_weight(gan_context *ctx, const struct gan__convolution *g,
                                   float *weight, const float *x, const float *y);

/* y [n, y_height, y_width, c]: pixel (i, j) = scale * x[i / fh, j / fw], and 0 beyond x_height *
 * fh, x_width * fw. */
void gan__upsample_nearest(gan_context *ctx, float *y, int64_t y_height, int64_t y_width,
                           const float *x, int64_t x_height, int64_t x_width, int64_t n, int64_t c,
                           int64_t fh, int64_t fw, float scale);
/* Its adjoint: y [n, y_height, y_width, c] = scale * the sum over windows fh x fw of x [n,
 * x_height, x_width, c]. */
void gan__window_sum(gan_context *ctx, float *y, int64_t y_height, int64_t y_width, const float *x,
                     int64_t x_height, int64_t x_width, int64_t n, int64_t c, int64_t fh,
                     int64_t fw, float scale);

/* Bilinear upsampling by whole factors, x [n, height, width, c], and its adjoint, x [n, height * fh,
 * width * fw, c]. Border pixels are repeated. */
void gan__upsample_bilinear(gan_context *ctx, float *y, const float *x, int64_t n, int64_t height,
                            int64_t width, int64_t c, int64_t fh, int64_t fw);
void gan__upsample_bilinear_adjoint(gan_context *ctx, float *y, const float *x, int64_t n,
                                    int64_t height, int64_t width, int64_t c, int64_t fh,
                                    int64_t fw);

/* Windows over x [batch, height, width, channels], each cut at the border and never empty; results
 * [batch, out_height, out_width, channels]. */
struct gan__windows {
    int64_t batch, height, width, channels;
    int64_t out_height, out_width;
    int64_t kernel[2], stride[2], padding[2];
};
/* y = maxima of x. The place of a window's maximum is the first in its row-major order, or that of
 * its first NaN. */
void gan__max_pool(gan_context *ctx, const struct gan__windows *g, float *y, const float *x);
/* y = what p, of x's shape, has in the places of x's maxima */
void gan__max_pool_gather(gan_context *ctx, const struct gan__windows *g, float *y, const float *p,
                          const float *x);
/* Its adjoint: y, of x's shape, = each of p added in the place of its window's maximum, 0 else;
 * windows in order. */
void gan__max_pool_scatter(gan_context *ctx, const struct gan__windows *g, float *y, const float *p,
                           const float *x);

/* y = means of x: a window's sum in row-major order, times 1 / its pixels rounded to float; with
 * count_padding those of the window before it is cut. */
void gan__avg_pool(gan_context *ctx, const struct gan__windows *g, bool count_padding, float *y,
                   const float *x);
/* Its adjoint: x = the sum over the windows that hold the pixel, in row-major order, of that factor
 * times y: the first one's product, then FMAs; 0 without any. */
void gan__avg_pool_adjoint(gan_context *ctx, const struct gan__windows *g, bool count_padding,
                           float *x, const float *y);

/* y [rows, columns] = e^(x - m) / sum, m the row's maximum. */
void gan__softmax(gan_context *ctx, float *y, const float *x, int64_t rows, int64_t columns);
/* y [rows] = -log softmax(x)[label] of each row; labels below columns. */
gan_status gan__cross_entropy(gan_context *ctx, float *y, const float *x, const int32_t *labels,
                              int64_t rows, int64_t columns);

/* x, y, dy, dx [rows, channels]; the rest [channels]. variance is biased; inverse = 1 /
 * sqrt(variance + epsilon). */
gan_status gan__batch_norm_statistics(gan_context *ctx, float *mean, float *variance,
                                      const float *x, int64_t rows, int64_t channels);
gan_status gan__batch_norm_apply(gan_context *ctx, float *y, const float *x, const float *mean,
                                 const float *variance, const float *weight, const float *bias,
                                 float epsilon, int64_t rows, int64_t channels);
/* The gradient through the statistics too. Any of dx, dweight, dbias may be NULL; dx may be dy. */
gan_status gan__batch_norm_gradient(gan_context *ctx, float *dx, float *dweight, float *dbias,
                                    const float *dy, const float *x, const float *mean,
                                    const float *variance, const float *weight, float epsilon,
                                    int64_t rows, int64_t channels);

/* y = 0 with the given probability, else 1 / (1 - probability); element i is from position i of the
 * stream. */
void gan__dropout_mask(gan_context *ctx, float *y, int64_t count, float probability,
                       struct gan__random random);
/* Standard normal or uniform [0, 1), element i from position first + i of the stream. */
void gan__fill_normal(gan_context *ctx, float *y, int64_t count, struct gan__random random,
                      uint64_t first);
void gan__fill_uniform(gan_context *ctx, float *y, int64_t count, struct gan__random random,
                       uint64_t first);

/* DiffAugment: what augment.c does to each of a batch of pictures; picture i's draws are from the
 * stream's positions of its own. */
enum gan__augment_mode {
    GAN__AUGMENT_AFFINE,
    GAN__AUGMENT_LINEAR, /* nothing is added: no brightness, fill 0 */
    GAN__AUGMENT_ADJOINT /* of the linear one */
};
struct gan__augment {
    struct gan__random random;
    enum gan__augment_mode mode;
    bool color;
    int64_t shift[2];  /* at most, up and down, left and right */
    int64_t square[2]; /* height and width; 0: none */
    float fill;
};
/* x and y [n, height, width, channels], at least one element. */
void gan__augment_pictures(gan_context *ctx, const struct gan__augment *what, float *y,
                           const float *x, int64_t n, int64_t height, int64_t width,
                           int64_t channels);

/* Optimizers' updates in one pass, in place. PyTorch's formulas; see optimizers/. Each takes
 * scale * gradient, cut to within plus and minus limit; {1, INFINITY} leaves the gradient as it is. */
struct gan__clip {
    float scale, limit;
};
struct gan__adam {
    float lr_corrected;    /* lr / (1 - beta1^t) */
    float root_correction; /* 1 / sqrt(1 - beta2^t) */
    double beta1, beta2;   /* doubles, for 1 - beta: 1 - 0.999f is not 0.001f */
    float epsilon, weight_decay;
    float shrink; /* this share of the weight is taken off first: lr * weight_decay, for adamw */
    struct gan__clip clip;
};
void gan__adam_update(gan_context *ctx, const struct gan__adam *o, float *weight, float *exp_avg,
                      float *exp_avg_sq, const float *gradient, int64_t count);
struct gan__sgd {
    float lr, momentum, dampening, weight_decay;
    bool nesterov, first; /* first: the buffer starts as the gradient */
    struct gan__clip clip;
};
/* momentum_buffer may be NULL if momentum is 0. */
void gan__sgd_update(gan_context *ctx, const struct gan__sgd *o, float *weight,
                     float *momentum_buffer, const float *gradient, int64_t count);
struct gan__rmsprop {
    float lr;
    double alpha; /* a double, for 1 - alpha */
    float epsilon, momentum, weight_decay;
    struct gan__clip clip;
};
/* momentum_buffer may be NULL if momentum is 0. grad_avg: NULL if the squares are not centered. */
void gan__rmsprop_update(gan_context *ctx, const struct gan__rmsprop *o, float *weight,
                         float *square_avg, float *momentum_buffer, float *grad_avg,
                         const float *gradient, int64_t count);
/* average = average + (1 - decay) * (weight - average) */
void gan__average_update(gan_context *ctx, float *average, const float *weight,
                         float one_minus_decay, int64_t count);

/* For context/: the tables, best first, each with a test for this CPU; and BLIS's start. */
/* "auto", "avx512", ...; NULL: not on this CPU */
const struct gan__kernel_table *gan__kernels_find(const char *isa);
const char *gan__kernels_name(const struct gan__kernel_table *table);
/* Take BLIS's memory for each slot now, where failure can be answered; GAN_E_NOMEM. */
gan_status gan__blis_warm_up(gan_context *ctx);
const char *gan__blis_describe(void); /* BLIS's kernel set, e.g. "zen3", a constant text */

#endif
