/*
 * Sizes of the allocator's blocks: a header, the bytes, and what vector code may read behind them.
 */
#ifndef GAN__BASE_BLOCK_H
#define GAN__BASE_BLOCK_H

#include <stddef.h>
#include <stdint.h>

#include "base/memory.h"

enum {
    GAN__BLOCK_UNIT = GAN__ALIGNMENT,
    GAN__BLOCK_HEADER = GAN__ALIGNMENT,
    GAN__BLOCK_TAIL = 64,
    GAN__BLOCK_STEPS = 8,       /* classes for each doubling: at most 1/8 of a block is rounding */
    GAN__BLOCK_LARGE = 1 << 16, /* bytes from which blocks are parts of the heap's regions */
    GAN__BLOCK_CLASSES = 8 * GAN__BLOCK_STEPS /* of small ones */
};

/* Class c holds c + 1 units below GAN__BLOCK_STEPS, then (GAN__BLOCK_STEPS + c % GAN__BLOCK_STEPS + 1) << (c / GAN__BLOCK_STEPS - 1). */
static inline size_t
gan__class_bytes(uint32_t class)
{
    if (class < GAN__BLOCK_STEPS) {
        return (size_t)(class + 1) * GAN__BLOCK_UNIT;
    }
    return (size_t)(GAN__BLOCK_STEPS + class % GAN__BLOCK_STEPS + 1) * GAN__BLOCK_UNIT
           << (class / GAN__BLOCK_STEPS - 1);
}

static inline uint32_t
gan__class_of(size_t bytes)
{
    const size_t units = bytes == 0 ? 1 : (bytes - 1) / GAN__BLOCK_UNIT + 1;
    if (units <= GAN__BLOCK_STEPS) {
        return (uint32_t)units - 1;
    }
    /* units - 1 = (GAN__BLOCK_STEPS + step) << shift and something below */
    const uint32_t shift = 63 - 3 - (uint32_t)__builtin_clzll((unsigned long long)(units - 1));
    const uint32_t step = (uint32_t)((units - 1) >> shift) - GAN__BLOCK_STEPS;
    return (shift + 1) * GAN__BLOCK_STEPS + step;
}

static inline size_t
gan__block_bytes(uint32_t class)
{
    return GAN__BLOCK_HEADER + gan__class_bytes(class) + GAN__BLOCK_TAIL;
}

static inline size_t
gan__large_bytes(size_t bytes)
{
    return GAN__BLOCK_HEADER + (bytes + GAN__BLOCK_UNIT - 1) / GAN__BLOCK_UNIT * GAN__BLOCK_UNIT +
           GAN__BLOCK_TAIL;
}

#endif
