/*
 * Convolutions by fewer multiplications. One with a 4x4 kernel and stride 2 is the
 * sum of four with 2x2 kernels and stride 1, one for each phase (parity of kernel row and column);
 * F(2x2,2x2) makes 2x2 of their outputs, a tile, with 9 products for each channel in place of 16
 * (S. Winograd, "Arithmetic Complexity of Computations", 1980). In one direction, inputs d, taps g:
 *
 *     m0 = (d0 - d1) g0    m1 = d1 (g0 + g1)    m2 = (d2 - d1) g1    y0 = m0 + m1    y1 = m1 + m2
 *
 * A tile has 3x3 points m; the last of an odd side has one output and needs no m2. Every transform
 * goes between rows first, then between columns. The order of additions:
 *   forward    a point's sum is one chain of FMAs from 0 over phases, then channels.
 *   by input   the adjoint: y0, y0 + y1, y1 take the place of d, and a point's sum is a chain over
 *              filters. The first input of a tile is m2 of the tile before plus m0, the second one
 *              m1 - m0 - m2; where a tile or a point is missing, 0.
 *   by weight  y0, y0 + y1, y1 take the place of g's; the sums over tiles are of products. Tiles in
 *              order in blocks of GAN__TILE_BLOCK, and gan__winograd_span_blocks() blocks a span: for
 *              each point a chain over a block's tiles that have it, which is added to the span's
 *              sum, 0 at first. Taps of each span as y above; the first span's plus each other's.
 *
 * With a 3x3 kernel and stride 1, F(2x2,3x3) makes a tile with 16 products in place of 36, forward
 * as above with one phase, by input as the forward convolution of y with the kernel turned around, and
 * by weight as above with the gradients y0, y0 + y1, y0 - y1, 0 - y1 and the taps m0 + (m1 + m2) / 2,
 * (m1 - m2) / 2, (m1 + m2) / 2 + m3:
 *
 *     m0 = (d0 - d2) g0    m1 = (d1 + d2) (g0 + g2 + g1) / 2    m2 = (d2 - d1) (g0 + g2 - g1) / 2
 *     m3 = (d1 - d3) g2    y0 = m0 + m1 + m2    y1 = m1 - m2 - m3
 */
#ifndef GAN__KERNELS_WINOGRAD_H
#define GAN__KERNELS_WINOGRAD_H

#include "kernels/convolution.h"

enum {
    GAN__POINTS = 9, /* of 4x4 kernels */
    GAN__PHASES = 4,
    GAN__POINTS_MOST = 16,
    GAN__TAPS_MOST = 9,
    /* Columns of the products that are worked on together: whole panels of any width. */
    GAN__WINOGRAD_COLUMNS = 64,
    GAN__TILE_BLOCK = 64
};

/* The two ways. */
struct gan__winograd_form {
    int64_t kernel, stride; /* in each direction */
    int64_t side;           /* points of a tile in each direction, and pixels of a phase it reads */
    int64_t points, phases, taps;
    int64_t index; /* of its transforms in struct gan__winograd_kernels */
};
extern const struct gan__winograd_form gan__winograd_4x4, gan__winograd_3x3;

/* How this shape is computed, or NULL: directly. The rule knows nothing of the batch: a picture's
 * results do not depend on how many are computed with it. */
const struct gan__winograd_form *gan__winograd_find(const struct gan__convolution *g);

struct gan__winograd_tile {
    int64_t picture;
    int64_t y, x;    /* its first output */
    bool high, wide; /* has a second row, column of outputs */
    bool below;      /* of its points only the last row is wanted */
};
int64_t gan__winograd_tile_count(const struct gan__convolution *g); /* of one picture */
void gan__winograd_tiles(const struct gan__convolution *g, int64_t first, int64_t count,
                         struct gan__winograd_tile *tiles);

/* Whether it has a point of the last row, the last column or neither. */
static inline bool
gan__winograd_has(const struct gan__winograd_tile *tile, bool last_row, bool last_column)
{
    return (tile->high || !last_row) && (tile->wide || !last_column) && (!tile->below || last_row);
}

/* The transformed weights of each group of columns: [group][point][depth][columns], in panels for
 * gan__tile_run. */
struct gan__winograd_weights {
    const struct gan__winograd_form *form;
    float *data;
    int64_t depth;
    int64_t point_floats; /* from point to point */
    int64_t columns, groups;
    int64_t phase_groups; /* of as many columns: all, or those of one phase */
};
int64_t gan__winograd_group_columns(const struct gan__winograd_weights *w, int64_t group);
/* From the convolution's form. Forward: rows are phases and channels of x, columns filters. By input: rows are filters, columns
 * phases and channels, each phase in groups of its own. */
gan_status gan__winograd_weights_forward(gan_context *ctx, struct gan__winograd_weights *w,
                                         const struct gan__convolution *g, const float *weight);
gan_status gan__winograd_weights_input(gan_context *ctx, struct gan__winograd_weights *w,
                                       const struct gan__convolution *g, const float *weight);

/* A block of tiles in a task's scratch: what was transformed, and its products with one group of
 * columns. */
struct gan__winograd_block {
    int64_t count; /* tiles */
    struct gan__winograd_tile *tiles;
    float *in; /* [point][tile][depth] */
    int64_t in_row, in_point;
    float *out; /* [point][tile][GAN__WINOGRAD_COLUMNS] */
    int64_t out_point;
    float *zeros; /* GAN__WINOGRAD_COLUMNS */
    const float **in_rows;
    float **out_rows;
};
size_t gan__winograd_block_bytes(const struct gan__winograd_weights *w, int64_t room);
struct gan__winograd_block gan__winograd_block_make(const struct gan__winograd_weights *w,
                                                    void *scratch, int64_t room);
/* All points of all tiles that have them. */
void gan__winograd_products(const struct gan__kernel_table *table,
                            const struct gan__winograd_block *block,
                            const struct gan__winograd_weights *w, int64_t group);

gan_status gan__winograd_forward(gan_context *ctx, const struct gan__convolution *g, float *y,
                                 const float *x, const float *weight,
                                 const struct gan__finish *finish);
/* With 4x4 kernels, with 3x3 ones. */
gan_status gan__winograd_input(gan_context *ctx, const struct gan__convolution *g, float *x,
                               const float *y, const float *weight);
gan_status gan__winograd_input_turned(gan_context *ctx, const struct gan__convolution *g, float *x,
                                      const float *y, const float *weight);
gan_status gan__winograd_weight(gan_context *ctx, const struct gan__convolution *g, float *weight,
                                const float *x, const float *y);
int64_t gan__winograd_span_blocks(const struct gan__convolution *g);

/* The pixels of a phase that a tile reads. */
void gan__winograd_pixels(const struct gan__winograd_form *form, const struct gan__convolution *g,
                          const struct gan__winograd_tile *tile, int64_t phase, const float *x,
                          const float *zeros, const float **from);
/* Its 2x2 outputs; `zeros` for those it has not. */
void gan__winograd_outputs(const struct gan__convolution *g, const struct gan__winograd_tile *tile,
                           const float *y, const float *zeros, const float *from[4]);

#endif
