/*
 * The table of an instruction set's vector functions: what vector_code.inc exports, three times,
 * and the drivers call through ctx->kernels. They work on one thread and a contiguous piece; the
 * drivers cut the work, by shape only.
 */
#ifndef GAN__KERNELS_TABLE_H
#define GAN__KERNELS_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "kernels/convolution_kernels.h"
#include "kernels/kernels.h"

enum {
    /* Columns below this are summed over GAN__SUM_LANES interleaved rows, which are then folded in
     * halves. */
    GAN__SUM_LANES = 16,
    /* The longest sum without a carry of its own, in products of matrices and in dot products. */
    GAN__MATMUL_DEPTH = 256,
    GAN__DOT_BLOCK = 4096,
    /* Rows narrower than this are worth being joined (see pattern.h). */
    GAN__NARROW = 64,
    /* The most columns of one norm_moments call. */
    GAN__NORM_COLUMNS = 256
};

/* A matrix of results and two operands of which each may be repeated: strides between rows, and 0
 * or 1 between columns. */
struct gan__binary_piece {
    int64_t rows, columns;
    int64_t p_row, q_row;
    bool p_column, q_column;
};

/* The arrays of one batch-norm pass; what it does not read may be NULL. */
struct gan__norm_source {
    const float *x, *dy;
    const float *shift, *mean; /* of each channel */
    int64_t channels;          /* distance between rows */
};

struct gan__kernel_table {
    const char *name; /* as in the option isa */
    int32_t lanes;

    void (*unary[GAN__UNARY_COUNT])(float *y, const float *x, int64_t count, float a, float b);
    void (*binary[GAN__BINARY_COUNT])(float *y, const float *p, const float *q,
                                      const struct gan__binary_piece *piece, float a, float b);
    void (*fill)(float *y, float value, int64_t count);
    /* base/random.h's functions */
    void (*uniform)(struct gan__random random, uint64_t first, int64_t count, float *y);
    void (*normal)(struct gan__random random, uint64_t first, int64_t count, float *y);
    void (*dropout)(float *y, int64_t count, float probability,
                    float keep); /* y = y < probability ? 0 : keep */
    bool (*all_finite)(const float *x, int64_t count);

    /* y [columns] = scale * the sum of rows that lie `inner` apart; columns is inner if inner <
     * GAN__SUM_LANES. */
    void (*sum)(float *y, const float *x, int64_t rows, int64_t inner, int64_t columns,
                float scale);
    double (*sum_squares)(const float *x, int64_t count);
    /* The sum of (x - y)^2 in double: an FMA for each, in GAN__SUM_LANES lanes that are folded in
     * halves. */
    double (*squared_distance)(const float *x, const float *y, int64_t count);

    /* product.h, of a piece of rows or columns */
    void (*dots)(float *y, const float *matrix, const float *v, int64_t rows, int64_t depth);
    void (*combine)(float *y, const float *matrix, int64_t stride, const float *v, int64_t depth,
                    int64_t columns);

    /* Sums of x - shift, then of (x - shift - the mean of those)^2 over the rows of a block. */
    void (*norm_moments)(float *sum, float *deviation, const struct gan__norm_source *source,
                         int64_t rows, int64_t columns);
    /* deviation += rows * (sum / rows - mean)^2 */
    void (*norm_shift)(float *deviation, const float *sum, const float *mean, float rows,
                       int64_t columns);
    /* Sums of dy and of dy * (x - mean). */
    void (*norm_products)(float *sum, float *product, const struct gan__norm_source *source,
                          int64_t rows, int64_t columns);
    /* y = (x - mean) * scale + bias */
    void (*norm_apply)(float *y, const float *x, const float *mean, const float *scale,
                       const float *bias, int64_t rows, int64_t columns);
    /* dx = scale * dy - (slope * (x - mean) + offset) */
    void (*norm_gradient)(float *dx, const struct gan__norm_source *source, const float *scale,
                          const float *slope, const float *offset, int64_t rows);

    /* One row of pixels: each of `width` pixels of x, times scale, `repeat` times. */
    void (*upsample_row)(float *y, const float *x, int64_t width, int64_t channels, int64_t repeat,
                         float scale);
    /* One row of windows: y = scale * the sum of `rows` x `columns` pixels of x, whose rows lie
     * x_row apart. */
    void (*window_row)(float *y, const float *x, int64_t width, int64_t channels, int64_t rows,
                       int64_t columns, int64_t x_row, float scale);

    /* One row of the enlarged picture from two rows of the small one. */
    void (*bilinear_row)(float *y, const float *top, const float *bottom, float top_weight,
                         float bottom_weight, int64_t width, int64_t channels, int64_t factor);
    /* y, a row of the small picture, += weight times the adjoint of one row x of the large one. */
    void (*bilinear_add)(float *y, const float *x, float weight, int64_t width, int64_t channels,
                         int64_t factor);
    /* One row of windows of one picture; p is NULL for the maxima themselves. */
    void (*max_pool_row)(const struct gan__windows *g, float *y, const float *p, const float *x,
                         int64_t row);
    /* Rows [begin, end) of one picture y of x's shape. */
    void (*max_pool_scatter)(const struct gan__windows *g, float *y, const float *p, const float *x,
                             int64_t begin, int64_t end);
    /* One row of windows of the picture x, and one row of the picture x from all of y. */
    void (*avg_pool_row)(const struct gan__windows *g, bool count_padding, float *y, const float *x,
                         int64_t row);
    void (*avg_pool_adjoint_row)(const struct gan__windows *g, bool count_padding, float *x,
                                 const float *y, int64_t row);

    void (*adam)(const struct gan__adam *o, float *weight, float *exp_avg, float *exp_avg_sq,
                 const float *gradient, int64_t count);
    void (*sgd)(const struct gan__sgd *o, float *weight, float *momentum_buffer,
                const float *gradient, int64_t count);
    void (*rmsprop)(const struct gan__rmsprop *o, float *weight, float *square_avg,
                    float *momentum_buffer, float *grad_avg, const float *gradient, int64_t count);
    void (*average)(float *average, const float *weight, float one_minus_decay, int64_t count);

    struct gan__convolution_kernels convolution;
    struct gan__winograd_kernels winograd;
    /* y = y + bias (NULL: none), then leaky_relu; see struct gan__finish */
    void (*finish)(float *y, const float *bias, bool activate, float slope, int64_t count);
};

extern const struct gan__kernel_table gan__kernels_avx512;
extern const struct gan__kernel_table gan__kernels_avx2;
extern const struct gan__kernel_table gan__kernels_portable;

#endif
