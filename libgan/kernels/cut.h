/* How drivers cut their work into pieces: by shape only, never by threads. */
#ifndef GAN__KERNELS_CUT_H
#define GAN__KERNELS_CUT_H

#include <gan/context.h>

#include <stddef.h>
#include <stdint.h>

#include "kernels/kernels.h"

enum {
    GAN__GRAIN = 16384, /* elements of a piece: long against the cost of handing it out */
    GAN__OPERANDS = 3   /* arrays of one loop at most: the result and two operands */
};

static inline int64_t
gan__ceil_div(int64_t a, int64_t b)
{
    return a / b + (a % b != 0);
}

static inline int64_t
gan__min(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static inline int64_t
gan__max(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* How many items of `elements` each make a piece. */
static inline int64_t
gan__grain(int64_t elements)
{
    return gan__max(1, GAN__GRAIN / gan__max(1, elements));
}

/* A loop over several arrays of different strides (0: repeated), as few dimensions as it takes, at
 * least two. */
struct gan__loop {
    int32_t rank, operands;
    int64_t size[GAN__RANK_MAX + 1];
    int64_t stride[GAN__OPERANDS][GAN__RANK_MAX + 1];
    /* The last two dimensions are cut into rectangles: */
    int64_t rows_each, columns_each; /* of a rectangle */
    int64_t row_cuts, column_cuts;
    int64_t items; /* rectangles in all */
    int64_t grain; /* rectangles of a piece */
};

/* One rectangle, and where it starts in each array. */
struct gan__rectangle {
    int64_t rows, columns;
    int64_t offset[GAN__OPERANDS];
};

/* Drop and join dimensions. strides[k] is the k-th array's, rank numbers. */
void gan__loop_make(struct gan__loop *loop, const int64_t *sizes, int32_t rank,
                    const int64_t *const *strides, int32_t operands);
/* Order dimensions by the first array's strides, so that it is written in order, and join again. */
void gan__loop_sort(struct gan__loop *loop);
/* Decide how it is cut; after the dimensions are final. */
void gan__loop_cut(struct gan__loop *loop);
void gan__loop_item(const struct gan__loop *loop, int64_t item, struct gan__rectangle *out);

#endif
