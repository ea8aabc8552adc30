/* Which pixels a bilinearly enlarged row or column is made of, and with what weights; along one
 * axis of `size` pixels. Both the enlargement and its adjoint read their weights here. */
#ifndef GAN__KERNELS_BILINEAR_H
#define GAN__KERNELS_BILINEAR_H

#include <stdint.h>

/* Pixel `at` of the large axis lies (2 at + 1 - factor) / (2 factor) pixels after the first centre
 * of the small one: between the pixel returned and the next. */
static inline int64_t
gan__bilinear_first(int64_t at, int64_t factor)
{
    const int64_t position = 2 * at + 1 - factor;
    return position < 0 ? 0 : position / (2 * factor);
}

/* The next one, or the same again where its weight is 0. */
static inline int64_t
gan__bilinear_second(int64_t at, int64_t factor, int64_t size)
{
    const int64_t first = gan__bilinear_first(at, factor);
    return 2 * at + 1 - factor > first * 2 * factor && first + 1 < size ? first + 1 : first;
}

/* The weight of small pixel `of`, one of the two above, in large pixel `at`. */
static inline float
gan__bilinear_weight(int64_t at, int64_t of, int64_t factor, int64_t size)
{
    const int64_t position = 2 * at + 1 - factor;
    const int64_t after = position - of * 2 * factor; /* in units of 1 / (2 factor) */
    if (position < 0 || (after >= 0 && of == size - 1)) {
        return 1.0F;
    }
    return (float)(2 * factor - (after < 0 ? -after : after)) / (float)(2 * factor);
}

/* The large pixels [begin, end) that small pixel `of` is part of. */
static inline int64_t
gan__bilinear_begin(int64_t of, int64_t factor)
{
    return of == 0 ? 0 : factor * (of - 1) + (factor - 1) / 2 + 1;
}
static inline int64_t
gan__bilinear_end(int64_t of, int64_t factor, int64_t size)
{
    const int64_t end = factor * (of + 1) + factor / 2;
    return end < size * factor ? end : size * factor;
}

#endif
