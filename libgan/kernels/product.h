/* Products of a matrix and a vector, which BLIS would pack for nothing. For matmul.c. */
#ifndef GAN__KERNELS_PRODUCT_H
#define GAN__KERNELS_PRODUCT_H

#include "kernels/kernels.h"

/* y [rows] = matrix [rows, depth] v: 16 lanes a row, blocks of GAN__DOT_BLOCK. */
void gan__matrix_dots(gan_context *ctx, float *y, const float *matrix, const float *v, int64_t rows,
                      int64_t depth);
/* y [columns] = v matrix [depth, columns]: in the order of a matrix product. */
void gan__matrix_combine(gan_context *ctx, float *y, const float *matrix, const float *v,
                         int64_t depth, int64_t columns);
/* y [rows, columns] = p q */
void gan__outer_product(gan_context *ctx, float *y, const float *p, const float *q, int64_t rows,
                        int64_t columns);

#endif
