/*
 * spectral_norm=true: a weight divided by its largest singular value. (Miyato et al., "Spectral
 * normalization for generative adversarial networks", ICLR 2018)
 *
 * W is the weight as a matrix with the output channels as one side. sigma = u' W v, where u and v
 * come near its first singular vectors by the power method: 15 iterations when the weight is made,
 * then one whenever an optimizer has moved it. To a forward they are constants, so that all passes
 * of a step see one W / sigma, and ops give its derivatives: dL/dW = (A - <A, W/sigma> u v') /
 * sigma with A = dL/d(W/sigma).
 */
#include "layers/class.h"

#include <math.h>

#include "base/context.h"
#include "base/profile.h"
#include "kernels/kernels.h"

enum { ROWS = 256 /* of u at a time */ };

/* A weight [outer, out, inner], `out` its output channels; u [out], v [outer, inner]. */
struct sides {
    int64_t outer, out, inner;
};

static struct sides
find_sides(const gan_tensor *weight, int32_t axis)
{
    struct sides sides = {1, weight->shape.size[axis], 1};

    for (int32_t i = 0; i < weight->shape.rank; i++) {
        sides.outer *= i < axis ? weight->shape.size[i] : 1;
        sides.inner *= i > axis ? weight->shape.size[i] : 1;
    }
    return sides;
}

/* Division by the L2 norm. A weight of zeros, or one that is not finite, leaves no direction: then
 * begin anew from equal numbers, so that the vectors outlive it. */
static void
normalize(float *x, int64_t count)
{
    double sum = 0;

    for (int64_t i = 0; i < count; i++) {
        sum += (double)x[i] * (double)x[i];
    }
    const double norm = sqrt(sum);
    for (int64_t i = 0; i < count; i++) {
        if (norm > 0 && isfinite(norm)) {
            x[i] = (float)((double)x[i] / norm);
        } else {
            x[i] = (float)(1 / sqrt((double)count));
        }
    }
}

/* u = W v. A product with a vector cannot fail (kernels/matmul.c). */
static void
multiply(gan_context *ctx, float *u, const float *weight, const float *v, struct sides s)
{
    float part[ROWS];

    if (s.inner == 1) {
        (void)gan__matmul(ctx, u, v, weight, 1, s.out, s.outer, false, false);
        return;
    }
    for (int64_t row = 0; row < s.out; row += ROWS) {
        const int64_t rows = s.out - row < ROWS ? s.out - row : ROWS;
        for (int64_t t = 0; t < s.outer; t++) {
            (void)gan__matmul(ctx, part, weight + (t * s.out + row) * s.inner, v + t * s.inner,
                              rows, 1, s.inner, false, false);
            for (int64_t i = 0; i < rows; i++) {
                u[row + i] = t == 0 ? part[i] : u[row + i] + part[i];
            }
        }
    }
}

/* v = W' u */
static void
multiply_transposed(gan_context *ctx, float *v, const float *weight, const float *u, struct sides s)
{
    if (s.inner == 1) {
        (void)gan__matmul(ctx, v, weight, u, s.outer, 1, s.out, false, false);
        return;
    }
    for (int64_t t = 0; t < s.outer; t++) {
        (void)gan__matmul(ctx, v + t * s.inner, u, weight + t * s.out * s.inner, 1, s.inner, s.out,
                          false, false);
    }
}

static void
iterate(const struct gan__spectral *spectral, int32_t iterations)
{
    gan_context *ctx = spectral->weight->object.ctx;
    const struct sides sides = find_sides(spectral->weight, spectral->axis);
    const float *weight = gan__data(spectral->weight);
    float *u = gan__data(spectral->u), *v = gan__data(spectral->v);

    for (int32_t i = 0; i < iterations; i++) {
        multiply(ctx, u, weight, v, sides);
        normalize(u, sides.out);
        multiply_transposed(ctx, v, weight, u, sides);
        normalize(v, sides.outer * sides.inner);
    }
    gan__tensor_touch(spectral->u);
    gan__tensor_touch(spectral->v);
}

void
gan__spectral_begin(const struct gan__spectral *spectral)
{
    const struct sides sides = find_sides(spectral->weight, spectral->axis);

    normalize(gan__data(spectral->v), sides.outer * sides.inner);
    iterate(spectral, GAN__SPECTRAL_FIRST);
}

void
gan__spectral_move(const struct gan__spectral *spectral)
{
    struct gan__span span;

    gan__span_begin(&span, spectral->weight->object.ctx, GAN__PHASE_OPTIMIZER, "spectral_norm");
    iterate(spectral, 1);
    gan__span_end(&span);
}

/* *sigma = v' (W' u) for output channels that come last: two small products. */
static gan_status
sigma_of_matrix(gan_context *ctx, gan_tensor **sigma, const struct gan__spectral *spectral,
                struct sides s)
{
    const int64_t matrix_shape[] = {s.outer, s.out}, row[] = {1, s.outer}, column[] = {s.out, 1};
    gan_tensor *matrix = NULL, *u = NULL, *v = NULL, *product = NULL;
    gan_status st;

    GAN__TRY(gan_reshape(ctx, &matrix, spectral->weight, matrix_shape, 2));
    GAN__TRY(gan_reshape(ctx, &v, spectral->v, row, 2));
    GAN__TRY(gan_reshape(ctx, &u, spectral->u, column, 2));
    GAN__TRY(gan_matmul(ctx, &product, v, matrix, 0, 0));
    st = gan_matmul(ctx, sigma, product, u, 0, 0);

fail:
    gan_tensor_destroy(matrix);
    gan_tensor_destroy(u);
    gan_tensor_destroy(v);
    gan_tensor_destroy(product);
    return st;
}

/* *sigma = <W, u v'> */
static gan_status
sigma_of_taps(gan_context *ctx, gan_tensor **sigma, const struct gan__spectral *spectral,
              struct sides s)
{
    const int64_t shape[] = {s.outer, s.out, s.inner}, u_shape[] = {1, s.out, 1},
                  v_shape[] = {s.outer, 1, s.inner};
    gan_tensor *taps = NULL, *u = NULL, *v = NULL, *outer = NULL, *product = NULL;
    gan_status st;

    GAN__TRY(gan_reshape(ctx, &taps, spectral->weight, shape, 3));
    GAN__TRY(gan_reshape(ctx, &u, spectral->u, u_shape, 3));
    GAN__TRY(gan_reshape(ctx, &v, spectral->v, v_shape, 3));
    GAN__TRY(gan_mul(ctx, &outer, v, u));
    GAN__TRY(gan_mul(ctx, &product, taps, outer));
    st = gan_sum(ctx, sigma, product, NULL, 0, 0);

fail:
    gan_tensor_destroy(taps);
    gan_tensor_destroy(u);
    gan_tensor_destroy(v);
    gan_tensor_destroy(outer);
    gan_tensor_destroy(product);
    return st;
}

gan_status
gan__spectral_weight(const struct gan__spectral *spectral, gan_tensor **out)
{
    gan_context *ctx = spectral->weight->object.ctx;
    const struct sides sides = find_sides(spectral->weight, spectral->axis);
    gan_tensor *sigma = NULL;
    gan_status st;

    GAN__TRY(sides.inner == 1 ? sigma_of_matrix(ctx, &sigma, spectral, sides)
                              : sigma_of_taps(ctx, &sigma, spectral, sides));
    st = gan_div(ctx, out, spectral->weight, sigma);

fail:
    gan_tensor_destroy(sigma);
    return st;
}
