/* Arithmetic on sizes that says when it overflows. */
#ifndef GAN__BASE_CHECKED_H
#define GAN__BASE_CHECKED_H

#include <stdbool.h>
#include <stdint.h>

/* The largest size of one dimension and of a tensor's number of elements: their bytes fit into
 * int64_t with room. */
#define GAN__COUNT_MAX ((int64_t)1 << 40)

/* true if the result fits; *out is written only then. */
static inline bool
gan__checked_mul(int64_t a, int64_t b, int64_t *out)
{
    int64_t value;
    if (__builtin_mul_overflow(a, b, &value)) {
        return false;
    }
    *out = value;
    return true;
}

static inline bool
gan__checked_add(int64_t a, int64_t b, int64_t *out)
{
    int64_t value;
    if (__builtin_add_overflow(a, b, &value)) {
        return false;
    }
    *out = value;
    return true;
}

#endif
