/*
 * The vectors that the kernels are written in: one set of names for AVX-512, AVX2 with FMA, and one
 * portable lane. Only vector_code.inc includes it, compiled once for each. Every operation rounds
 * once, as IEEE 754 says, so that a result depends on the order of operations only, never on the
 * width.
 *
 * min and max are x86's: a < b ? a : b and a > b ? a : b, the second operand where one is NaN.
 * Tails hold 0 <= count <= LANES elements; memory beyond them is not touched, and reads as 0.
 */
#ifndef GAN__KERNELS_VECTOR_H
#define GAN__KERNELS_VECTOR_H

#include <math.h>
#include <stdint.h>

#if defined(GAN__ISA_AVX512) || defined(GAN__ISA_AVX2)
#include <immintrin.h>
#endif
#include <sleef.h>

/* For loops over registers: an array stays in registers only when the loop is gone. */
#if defined(__clang__)
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif
#define INLINE static inline __attribute__((always_inline, unused))

#if defined(GAN__ISA_AVX512)
enum { LANES = 16 };
typedef __m512 vec;
typedef __mmask16 vec_mask;

INLINE vec
vec_load(const float *p)
{
    return _mm512_loadu_ps(p);
}
INLINE void
vec_store(float *p, vec a)
{
    _mm512_storeu_ps(p, a);
}
INLINE __mmask16
vec_tail_mask(int64_t count)
{
    return (__mmask16)((1U << count) - 1U);
}
INLINE vec
vec_load_tail(const float *p, int64_t count)
{
    return _mm512_maskz_loadu_ps(vec_tail_mask(count), p);
}
INLINE void
vec_store_tail(float *p, vec a, int64_t count)
{
    _mm512_mask_storeu_ps(p, vec_tail_mask(count), a);
}
INLINE vec
vec_set(float a)
{
    return _mm512_set1_ps(a);
}
INLINE vec
vec_add(vec a, vec b)
{
    return _mm512_add_ps(a, b);
}
INLINE vec
vec_sub(vec a, vec b)
{
    return _mm512_sub_ps(a, b);
}
INLINE vec
vec_mul(vec a, vec b)
{
    return _mm512_mul_ps(a, b);
}
INLINE vec
vec_div(vec a, vec b)
{
    return _mm512_div_ps(a, b);
}
/* a * b + c, rounded once */
INLINE vec
vec_fma(vec a, vec b, vec c)
{
    return _mm512_fmadd_ps(a, b, c);
}
/* a * b - c */
INLINE vec
vec_fms(vec a, vec b, vec c)
{
    return _mm512_fmsub_ps(a, b, c);
}
/* c - a * b */
INLINE vec
vec_fnma(vec a, vec b, vec c)
{
    return _mm512_fnmadd_ps(a, b, c);
}
INLINE vec
vec_min(vec a, vec b)
{
    return _mm512_min_ps(a, b);
}
INLINE vec
vec_max(vec a, vec b)
{
    return _mm512_max_ps(a, b);
}
INLINE vec
vec_sqrt(vec a)
{
    return _mm512_sqrt_ps(a);
}
INLINE vec
vec_abs(vec a)
{
    return _mm512_abs_ps(a);
}
/* a > b; false for NaN */
INLINE vec_mask
vec_greater(vec a, vec b)
{
    return _mm512_cmp_ps_mask(a, b, _CMP_GT_OQ);
}
/* a >= b, or a is not a number */
INLINE vec_mask
vec_reaches(vec a, vec b)
{
    return _mm512_cmp_ps_mask(a, b, _CMP_GE_OQ) | _mm512_cmp_ps_mask(a, a, _CMP_UNORD_Q);
}
/* mask ? a : b */
INLINE vec
vec_select(vec_mask mask, vec a, vec b)
{
    return _mm512_mask_blend_ps(mask, b, a);
}
#define VEC_SLEEF(name) Sleef_finz_##name##f16_u10avx512f

/* Sums of squares in double, 16 lanes. A float's square is exact there, so an FMA rounds as an
 * addition does; a difference's is not. */
typedef struct {
    __m512d lane[2];
} vec_squares;
INLINE vec_squares
vec_squares_zero(void)
{
    return (vec_squares){{_mm512_setzero_pd(), _mm512_setzero_pd()}};
}
INLINE vec_squares
vec_squares_add(vec_squares sum, const float *p)
{
    UNROLL
    for (int j = 0; j < 2; j++) {
        const __m512d x = _mm512_cvtps_pd(_mm256_loadu_ps(p + j * 8));
        sum.lane[j] = _mm512_fmadd_pd(x, x, sum.lane[j]);
    }
    return sum;
}
INLINE vec_squares
vec_squares_add_difference(vec_squares sum, const float *p, const float *q)
{
    UNROLL
    for (int j = 0; j < 2; j++) {
        const __m512d x = _mm512_sub_pd(_mm512_cvtps_pd(_mm256_loadu_ps(p + j * 8)),
                                        _mm512_cvtps_pd(_mm256_loadu_ps(q + j * 8)));
        sum.lane[j] = _mm512_fmadd_pd(x, x, sum.lane[j]);
    }
    return sum;
}
INLINE void
vec_squares_store(double *p, vec_squares sum)
{
    UNROLL
    for (int j = 0; j < 2; j++) {
        _mm512_storeu_pd(p + j * 8, sum.lane[j]);
    }
}

#elif defined(GAN__ISA_AVX2)
enum { LANES = 8 };
typedef __m256 vec;
typedef __m256 vec_mask;

INLINE vec
vec_load(const float *p)
{
    return _mm256_loadu_ps(p);
}
INLINE void
vec_store(float *p, vec a)
{
    _mm256_storeu_ps(p, a);
}
INLINE __m256i
vec_tail_mask(int64_t count)
{
    const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)count), lane);
}
INLINE vec
vec_load_tail(const float *p, int64_t count)
{
    return _mm256_maskload_ps(p, vec_tail_mask(count));
}
INLINE void
vec_store_tail(float *p, vec a, int64_t count)
{
    _mm256_maskstore_ps(p, vec_tail_mask(count), a);
}
INLINE vec
vec_set(float a)
{
    return _mm256_set1_ps(a);
}
INLINE vec
vec_add(vec a, vec b)
{
    return _mm256_add_ps(a, b);
}
INLINE vec
vec_sub(vec a, vec b)
{
    return _mm256_sub_ps(a, b);
}
INLINE vec
vec_mul(vec a, vec b)
{
    return _mm256_mul_ps(a, b);
}
INLINE vec
vec_div(vec a, vec b)
{
    return _mm256_div_ps(a, b);
}
INLINE vec
vec_fma(vec a, vec b, vec c)
{
    return _mm256_fmadd_ps(a, b, c);
}
INLINE vec
vec_fms(vec a, vec b, vec c)
{
    return _mm256_fmsub_ps(a, b, c);
}
INLINE vec
vec_fnma(vec a, vec b, vec c)
{
    return _mm256_fnmadd_ps(a, b, c);
}
INLINE vec
vec_min(vec a, vec b)
{
    return _mm256_min_ps(a, b);
}
INLINE vec
vec_max(vec a, vec b)
{
    return _mm256_max_ps(a, b);
}
INLINE vec
vec_sqrt(vec a)
{
    return _mm256_sqrt_ps(a);
}
INLINE vec
vec_abs(vec a)
{
    return _mm256_andnot_ps(_mm256_set1_ps(-0.0F), a);
}
INLINE vec_mask
vec_greater(vec a, vec b)
{
    return _mm256_cmp_ps(a, b, _CMP_GT_OQ);
}
INLINE vec_mask
vec_reaches(vec a, vec b)
{
    return _mm256_or_ps(_mm256_cmp_ps(a, b, _CMP_GE_OQ), _mm256_cmp_ps(a, a, _CMP_UNORD_Q));
}
INLINE vec
vec_select(vec_mask mask, vec a, vec b)
{
    return _mm256_blendv_ps(b, a, mask);
}
#define VEC_SLEEF(name) Sleef_finz_##name##f8_u10avx2

typedef struct {
    __m256d lane[4];
} vec_squares;
INLINE vec_squares
vec_squares_zero(void)
{
    const __m256d zero = _mm256_setzero_pd();
    return (vec_squares){{zero, zero, zero, zero}};
}
INLINE vec_squares
vec_squares_add(vec_squares sum, const float *p)
{
    UNROLL
    for (int j = 0; j < 4; j++) {
        const __m256d x = _mm256_cvtps_pd(_mm_loadu_ps(p + j * 4));
        sum.lane[j] = _mm256_fmadd_pd(x, x, sum.lane[j]);
    }
    return sum;
}
INLINE vec_squares
vec_squares_add_difference(vec_squares sum, const float *p, const float *q)
{
    UNROLL
    for (int j = 0; j < 4; j++) {
        const __m256d x = _mm256_sub_pd(_mm256_cvtps_pd(_mm_loadu_ps(p + j * 4)),
                                        _mm256_cvtps_pd(_mm_loadu_ps(q + j * 4)));
        sum.lane[j] = _mm256_fmadd_pd(x, x, sum.lane[j]);
    }
    return sum;
}
INLINE void
vec_squares_store(double *p, vec_squares sum)
{
    UNROLL
    for (int j = 0; j < 4; j++) {
        _mm256_storeu_pd(p + j * 4, sum.lane[j]);
    }
}

#else /* portable: fmaf, which is exact with or without the instruction */
enum { LANES = 1 };
typedef float vec;
typedef int vec_mask;

INLINE vec
vec_load(const float *p)
{
    return *p;
}
INLINE void
vec_store(float *p, vec a)
{
    *p = a;
}
INLINE vec
vec_load_tail(const float *p, int64_t count)
{
    return count > 0 ? *p : 0.0F;
}
INLINE void
vec_store_tail(float *p, vec a, int64_t count)
{
    if (count > 0) {
        *p = a;
    }
}
INLINE vec
vec_set(float a)
{
    return a;
}
INLINE vec
vec_add(vec a, vec b)
{
    return a + b;
}
INLINE vec
vec_sub(vec a, vec b)
{
    return a - b;
}
INLINE vec
vec_mul(vec a, vec b)
{
    return a * b;
}
INLINE vec
vec_div(vec a, vec b)
{
    return a / b;
}
INLINE vec
vec_fma(vec a, vec b, vec c)
{
    return fmaf(a, b, c);
}
INLINE vec
vec_fms(vec a, vec b, vec c)
{
    return fmaf(a, b, -c);
}
INLINE vec
vec_fnma(vec a, vec b, vec c)
{
    return fmaf(-a, b, c);
}
INLINE vec
vec_min(vec a, vec b)
{
    return a < b ? a : b;
}
INLINE vec
vec_max(vec a, vec b)
{
    return a > b ? a : b;
}
INLINE vec
vec_sqrt(vec a)
{
    return sqrtf(a);
}
INLINE vec
vec_abs(vec a)
{
    return fabsf(a);
}
INLINE vec_mask
vec_greater(vec a, vec b)
{
    return a > b;
}
INLINE vec_mask
vec_reaches(vec a, vec b)
{
    return a >= b || isnan(a);
}
INLINE vec
vec_select(vec_mask mask, vec a, vec b)
{
    return mask ? a : b;
}
#define VEC_SLEEF(name) Sleef_finz_##name##f1_u10purecfma

typedef struct {
    double lane[16];
} vec_squares;
INLINE vec_squares
vec_squares_zero(void)
{
    return (vec_squares){{0.0}};
}
INLINE vec_squares
vec_squares_add(vec_squares sum, const float *p)
{
    UNROLL
    for (int j = 0; j < 16; j++) {
        sum.lane[j] += (double)p[j] * (double)p[j];
    }
    return sum;
}
INLINE vec_squares
vec_squares_add_difference(vec_squares sum, const float *p, const float *q)
{
    UNROLL
    for (int j = 0; j < 16; j++) {
        const double x = (double)p[j] - (double)q[j];
        sum.lane[j] = fma(x, x, sum.lane[j]);
    }
    return sum;
}
INLINE void
vec_squares_store(double *p, vec_squares sum)
{
    UNROLL
    for (int j = 0; j < 16; j++) {
        p[j] = sum.lane[j];
    }
}

/* sleef.h hides these where the compiler may not use FMA itself. */
float Sleef_finz_expf1_u10purecfma(float);
float Sleef_finz_logf1_u10purecfma(float);
float Sleef_finz_tanhf1_u10purecfma(float);
float Sleef_finz_log1pf1_u10purecfma(float);
float Sleef_finz_expm1f1_u10purecfma(float);
#endif

/* Whole vectors and tails with one text: the test is gone where the count is the constant LANES. */
INLINE vec
vec_load_n(const float *p, int64_t count)
{
    return count == LANES ? vec_load(p) : vec_load_tail(p, count);
}
INLINE void
vec_store_n(float *p, vec a, int64_t count)
{
    if (count == LANES) {
        vec_store(p, a);
    } else {
        vec_store_tail(p, a, count);
    }
}
/* The statement for each vector of `count` elements: at offset i, with n elements. */
#define EACH_VECTOR(count, ...)                                                                    \
    do {                                                                                           \
        int64_t i = 0;                                                                             \
        for (; i + LANES <= (count); i += LANES) {                                                 \
            enum { n = LANES };                                                                    \
            __VA_ARGS__                                                                            \
        }                                                                                          \
        if (i < (count)) {                                                                         \
            const int64_t n = (count)-i;                                                           \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    } while (0)

INLINE vec
vec_zero(void)
{
    return vec_set(0.0F);
}
INLINE vec
vec_exp(vec a)
{
    return VEC_SLEEF(exp)(a);
}
INLINE vec
vec_log(vec a)
{
    return VEC_SLEEF(log)(a);
}
INLINE vec
vec_tanh(vec a)
{
    return VEC_SLEEF(tanh)(a);
}
INLINE vec
vec_log1p(vec a)
{
    return VEC_SLEEF(log1p)(a);
}
INLINE vec
vec_expm1(vec a)
{
    return VEC_SLEEF(expm1)(a);
}

#endif
