/* The sizes of the blocks of sums. They are part of the results: another size is another order of
 * additions. */
#ifndef GAN__KERNELS_SUM_H
#define GAN__KERNELS_SUM_H

#include <stdint.h>

#include "kernels/table.h"

enum {
    GAN__SUM_COLUMNS = 1024,  /* of one piece; no part of the result */
    GAN__SQUARES_BLOCK = 4096 /* elements */
};

/* Rows of a block: short enough for few roundings and for the nearest cache, long enough to leave
 * few partial sums. */
static inline int64_t
gan__sum_rows(int64_t columns)
{
    return columns < GAN__SUM_LANES ? 4096 : 128;
}

#endif
