/*
 * The library's floating-point environment: round to nearest, exceptions masked, denormals as zero.
 * Results depend on it, so every call and every worker task sets it and restores what was there.
 */
#ifndef GAN__BASE_FLOAT_ENVIRONMENT_H
#define GAN__BASE_FLOAT_ENVIRONMENT_H

#include <stdint.h>

#if defined(__SSE2__)
#include <xmmintrin.h>

static inline uint32_t
gan__float_environment_set(void)
{
    const uint32_t before = _mm_getcsr();
    _mm_setcsr(0x9fc0); /* FZ, all exceptions masked, DAZ; rounding to nearest */
    return before;
}

static inline void
gan__float_environment_restore(uint32_t before)
{
    _mm_setcsr(before);
}
#else
static inline uint32_t
gan__float_environment_set(void)
{
    return 0;
}

static inline void
gan__float_environment_restore(uint32_t before)
{
    (void)before;
}
#endif

#endif
