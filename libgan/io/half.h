/*
 * float16 (IEEE 754 binary16), bfloat16 and float64 by the bits, the same on every CPU and whatever the state of the
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

/* bfloat16 is the upper half of a float32. */
static inline float
gan__bfloat_to_float(uint16_t bfloat)
{
    const uint32_t bits = (uint32_t)bfloat << 16;
    float value;

    memcpy(&value, &bits, sizeof value);
    return value;
}

/* The nearest to a float64 (its bits), of two equally near ones the even one; infinite beyond the
 * largest. */
static inline float
gan__float_from_double(uint64_t bits)
{
    const uint32_t sign = (uint32_t)(bits >> 63) << 31;
    const uint64_t size = bits & UINT64_C(0x7fffffffffffffff);
    const int32_t exponent = (int32_t)(size >> 52) - 1023 + 127; /* a float32's */
    uint64_t mantissa = size & UINT64_C(0xfffffffffffff), rounded;
    float value;

    if (size > UINT64_C(0x7ff0000000000000)) { /* not a number */
        rounded = 0x7fc00000 | mantissa >> 29;
    } else if (exponent >= 255) {
        rounded = 0x7f800000;
    } else if (exponent >= 1) { /* a rounding up may carry into the exponent */
        mantissa |= (uint64_t)exponent << 52;
        rounded = (mantissa + 0xfffffff + (mantissa >> 29 & 1)) >> 29;
    } else if (exponent < -24) { /* below half of the smallest, 2^-149 */
        rounded = 0;
    } else {
        const int32_t shift = 30 - exponent; /* 30 to 54 */
        mantissa |= UINT64_C(1) << 52;
        rounded =
            (mantissa + ((UINT64_C(1) << (shift - 1)) - 1) + (mantissa >> shift & 1)) >> shift;
    }
    const uint32_t word = sign | (uint32_t)rounded;
    memcpy(&value, &word, sizeof value);
    return value;
}

#endif
