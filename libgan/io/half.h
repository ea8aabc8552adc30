/*
 * float16 (IEEE 754 binary16) by the bits, the same on every CPU and whatever the state of the
 * floating-point unit.
 */
#ifndef GAN__IO_HALF_H
#define GAN__IO_HALF_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Not a number counts as fitting. */
static inline bool
gan__half_fits(float value)
{
    return !(value > 65504 || value < -65504);
}

/* The nearest, of two equally near ones the even one. value fits. */
static inline uint16_t
gan__half_from_float(float value)
{
    uint32_t bits;

    memcpy(&bits, &value, sizeof bits);
    const uint32_t sign = bits >> 16 & 0x8000;
    const uint32_t size = bits & 0x7fffffff;
    if (size > 0x7f800000) { /* not a number */
        return (uint16_t)(sign | 0x7e00 | (size >> 13 & 0x3ff));
    }
    if (size >= 0x38800000) { /* 2^-14: a rounding up may carry into the exponent */
        return (uint16_t)(sign | (size - 0x38000000 + 0xfff + (size >> 13 & 1)) >> 13);
    }
    if (size <= 0x33000000) { /* half of the smallest, 2^-24 */
        return (uint16_t)sign;
    }
    const uint32_t shift = 126 - (size >> 23); /* 14 to 24 */
    const uint32_t mantissa = (size & 0x7fffff) | 0x800000;
    const uint32_t half = (uint32_t)1 << (shift - 1);
    return (uint16_t)(sign | (mantissa + half - 1 + (mantissa >> shift & 1)) >> shift);
}

static inline float
gan__half_to_float(uint16_t half)
{
    const uint32_t sign = (uint32_t)(half & 0x8000) << 16;
    const uint32_t exponent = half >> 10 & 0x1f;
    const uint32_t mantissa = half & 0x3ff;
    uint32_t bits = sign | exponent << 23 | mantissa << 13;
    float value;

    if (exponent == 0) {
        value = (float)mantissa * 0x1p-24F;
        memcpy(&bits, &value, sizeof bits);
        bits |= sign;
    } else {
        bits += exponent == 0x1f ? 0x70000000 : 0x38000000; /* infinity, not a number; 127 - 15 */
    }
    memcpy(&value, &bits, sizeof value);
    return value;
}

#endif
