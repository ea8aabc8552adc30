/*
 * What the convolution's drivers share. All three products feed one micro-kernel
 * (convolution_kernels.h) by pointers: see M. Dukhan, "The Indirect Convolution Algorithm", 2019.
 *
 * All sizes are at least 1. The order of each output's additions depends on the shape only. All
 * chains are FMAs that start at 0; taps outside a picture are zeros that take part like any others.
 *   forward    one chain over kernel rows r, kernel columns s, channels c.
 *   by input   in_channels > GAN__FEW_CHANNELS: one chain over r, s (those that meet this pixel at
 *              the stride), filters f.
 *              Otherwise, for each tap that meets a pixel of y: a chain over f; these are added to
 *              0 in the order of y's pixels, row by row.
 *   by weight  pixels of y in order (picture, row, column) in blocks of GAN__PIXEL_BLOCK, and
 *              gan__span_blocks() blocks a span: a chain over each block; a span's sum is its first
 *              block's plus each other's, one by one; the whole is the first span's plus each
 *              other's.
 * What gan__winograd_find() finds is computed otherwise: see winograd.h.
 */
#ifndef GAN__KERNELS_CONVOLUTION_H
#define GAN__KERNELS_CONVOLUTION_H

#include "kernels/table.h"

enum {
    /* By input to at most so many channels gathers products. */
    GAN__FEW_CHANNELS = 4,
    /* Forward and by weight read at most so many from a padded copy, in which a kernel row is one
     * run. */
    GAN__PADDED_CHANNELS = 8,
    GAN__PIXEL_BLOCK = 256,
};

/* One direction of a dense convolution: outputs first + step * j for j < count, made from sources
 * source + j * source_step + tap * tap_source under kernel index first_tap + tap * tap_step, for
 * tap < taps. */
struct gan__convolution_axis {
    int64_t count, first, step;
    int64_t source, source_step, tap_source;
    int64_t taps, first_tap, tap_step;
};

/* Forward as one dense convolution, and the phase-th of the `stride` ones that make up by input. */
struct gan__convolution_axis gan__axis_forward(int64_t out, int64_t kernel, int64_t stride,
                                               int64_t padding);
struct gan__convolution_axis gan__axis_phase(int64_t in, int64_t kernel, int64_t stride,
                                             int64_t padding, int64_t phase);

/* A dense convolution: out [batch, out_height, out_width, out_channels], at the axes' outputs, from
 * pixels of `in`. */
struct gan__convolution_pass {
    struct gan__convolution_axis y, x;
    const float *in;
    int64_t in_height, in_width;
    int64_t in_pitch;    /* floats from pixel to pixel */
    int64_t in_channels; /* floats of one tap */
    const float *zeros;  /* in_channels of them, or NULL if no tap is outside */
    float *out;
    int64_t out_height, out_width, out_channels;
    int64_t batch;
    const float *panels;              /* packed weights: depth = taps * in_channels */
    const struct gan__finish *finish; /* NULL: none */
    int64_t first_tile;               /* of all passes that run together: set by gan__passes_run */
};

/* Run passes that share everything but axes and panels. */
gan_status gan__passes_run(gan_context *ctx, struct gan__convolution_pass *passes, int64_t count);

/*
 * Weights in panels: [pass][panel][tap][inner][width], width = full panels of lanes * vectors, then
 * what is left rounded up to lanes, padded with zeros. Element (inner, column) of tap (r, s) is at
 * weight[(r * kernel_width + s) * tap_stride + inner * inner_stride + column * column_stride].
 */
struct gan__convolution_weights {
    const float *weight;
    int64_t kernel_width;
    int64_t tap_stride, inner_stride, column_stride;
    int64_t inner, columns;
};
int64_t gan__panels_width(const struct gan__kernel_table *table, int64_t columns);
void gan__panels_pack(gan_context *ctx, float *panels, const struct gan__convolution_weights *w,
                      const struct gan__convolution_pass *passes, int64_t count);

/* to[i][j] = from[j][i] for i < rows, j < columns. */
void gan__transpose(float *to, int64_t to_stride, const float *from, int64_t from_stride,
                    int64_t rows, int64_t columns);

/* Tiles over `rows` outputs and all columns; `in` and `out` are as in struct gan__tile, in_stride
 * apart. */
struct gan__tile_run {
    const struct gan__convolution_kernels *kernels;
    int32_t lanes;
    const float *const *in;
    int64_t in_stride;
    float *const *out;
    int64_t rows;
    const float *panels; /* of all columns */
    int64_t taps, channels;
    int64_t columns;
};
/* Columns of panels [first, last). */
void gan__tile_run(const struct gan__tile_run *run, int64_t first_panel, int64_t last_panel);

/* x with zeros around it, exactly as much as the taps reach: [batch, height, width, in_channels].
 * NULL without memory. */
struct gan__padded {
    float *data;
    int64_t height, width;
};
gan_status gan__padded_make(gan_context *ctx, struct gan__padded *padded,
                            const struct gan__convolution *g, const float *x);

/* weight = the sum of span_count arrays of `count` that follow each other, one by one. */
void gan__spans_sum(gan_context *ctx, float *weight, const float *spans, int64_t count,
                    int64_t span_count);

int64_t gan__span_blocks(const struct gan__convolution *g);

/* By input to at most GAN__FEW_CHANNELS channels: products of all taps, then gathered. */
gan_status gan__convolution_gather(gan_context *ctx, const struct gan__convolution *g, float *x,
                                   const float *y, const float *weight);

#endif
