/*
 * The convolution's naive reference: the same numbers to the bit as the kernels, in plain loops in
 * the order that convolution.h documents. For the tests; not part of the library.
 */
#ifndef GAN__KERNELS_CONVOLUTION_REFERENCE_H
#define GAN__KERNELS_CONVOLUTION_REFERENCE_H

#include "kernels/kernels.h"

void gan__reference_convolution_forward(const struct gan__convolution *g, float *y, const float *x,
                                        const float *weight);
void gan__reference_convolution_input(const struct gan__convolution *g, float *x, const float *y,
                                      const float *weight);
void gan__reference_convolution_weight(const struct gan__convolution *g, float *weight,
                                       const float *x, const float *y);

#endif
