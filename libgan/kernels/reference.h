/*
 * The naive form of each kernel: plain loops over single numbers, one rounding an operation,
 * additions in the order that kernels.h documents. Built into tests only; the fast kernels must
 * give the same bits.
 */
#ifndef GAN__KERNELS_REFERENCE_H
#define GAN__KERNELS_REFERENCE_H

#include <gan/context.h>

#include "kernels/kernels.h"

float gan__reference_unary(enum gan__unary kind, float x, float a, float b);
float gan__reference_binary(enum gan__binary kind, float p, float q, float a, float b);
void gan__reference_binary_array(enum gan__binary kind, float *y, const float *p,
                                 const int64_t *p_strides, const float *q, const int64_t *q_strides,
                                 const int64_t *sizes, int32_t rank, float a, float b);
void gan__reference_copy(float *y, const int64_t *y_strides, const float *x,
                         const int64_t *x_strides, const int64_t *sizes, int32_t rank);
void gan__reference_sum(float *y, const float *x, int64_t outer, int64_t reduced, int64_t inner,
                        float scale);
double gan__reference_sum_squares(const float *x, int64_t count);
double gan__reference_squared_distance(const float *x, const float *y, int64_t count);
void gan__reference_matmul(float *y, const float *a, const float *b, int64_t m, int64_t n,
                           int64_t k, bool transpose_a, bool transpose_b);
void gan__reference_upsample(float *y, int64_t y_height, int64_t y_width, const float *x,
                             int64_t x_height, int64_t x_width, int64_t n, int64_t c, int64_t fh,
                             int64_t fw, float scale);
void gan__reference_window_sum(float *y, int64_t y_height, int64_t y_width, const float *x,
                               int64_t x_height, int64_t x_width, int64_t n, int64_t c, int64_t fh,
                               int64_t fw, float scale);
void gan__reference_bilinear(float *y, const float *x, int64_t n, int64_t height, int64_t width,
                             int64_t c, int64_t fh, int64_t fw);
void gan__reference_bilinear_adjoint(float *y, const float *x, int64_t n, int64_t height,
                                     int64_t width, int64_t c, int64_t fh, int64_t fw);
void gan__reference_avg_pool(const struct gan__windows *g, bool count_padding, float *y,
                             const float *x);
void gan__reference_avg_pool_adjoint(const struct gan__windows *g, bool count_padding, float *x,
                                     const float *y);
/* The place of each maximum in x, as an offset. */
void gan__reference_max_places(const struct gan__windows *g, int64_t *places, const float *x);
void gan__reference_softmax(float *y, const float *x, int64_t rows, int64_t columns);
void gan__reference_cross_entropy(float *y, const float *x, const int32_t *labels, int64_t rows,
                                  int64_t columns);
void gan__reference_batch_norm_statistics(float *mean, float *variance, const float *x,
                                          int64_t rows, int64_t channels);
void gan__reference_batch_norm_apply(float *y, const float *x, const float *mean,
                                     const float *variance, const float *weight, const float *bias,
                                     float epsilon, int64_t rows, int64_t channels);
void gan__reference_batch_norm_gradient(float *dx, float *dweight, float *dbias, const float *dy,
                                        const float *x, const float *mean, const float *variance,
                                        const float *weight, float epsilon, int64_t rows,
                                        int64_t channels);
void gan__reference_adam(const struct gan__adam *o, float *weight, float *exp_avg,
                         float *exp_avg_sq, const float *gradient, int64_t count);
void gan__reference_sgd(const struct gan__sgd *o, float *weight, float *momentum_buffer,
                        const float *gradient, int64_t count);
void gan__reference_rmsprop(const struct gan__rmsprop *o, float *weight, float *square_avg,
                            float *momentum_buffer, float *grad_avg, const float *gradient,
                            int64_t count);
void gan__reference_average(float *average, const float *weight, float one_minus_decay,
                            int64_t count);

#endif
