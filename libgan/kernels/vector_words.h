/* Vectors of 32-bit words, for random bits. Only where vectors are wide: the portable form calls
 * base/random.h. */
#ifndef GAN__KERNELS_VECTOR_WORDS_H
#define GAN__KERNELS_VECTOR_WORDS_H

#include "kernels/vector.h"

#if defined(GAN__ISA_AVX512)
typedef __m512i words;

INLINE words
words_set(uint32_t a)
{
    return _mm512_set1_epi32((int)a);
}
INLINE words
words_add(words a, words b)
{
    return _mm512_add_epi32(a, b);
}
INLINE words
words_xor(words a, words b)
{
    return _mm512_xor_si512(a, b);
}
/* The 64-bit products by one word, as two vectors. */
INLINE void
words_multiply(words a, uint32_t b, words *high, words *low)
{
    const words factor = words_set(b);
    const words even = _mm512_mul_epu32(a, factor);
    const words odd = _mm512_mul_epu32(_mm512_srli_epi64(a, 32), factor);
    *high = _mm512_mask_blend_epi32(0xaaaa, _mm512_srli_epi64(even, 32), odd);
    *low = _mm512_mask_blend_epi32(0xaaaa, even, _mm512_slli_epi64(odd, 32));
}
/* (float)(a >> shift), for shift > 0 */
#define words_to_float(a, shift) _mm512_cvtepi32_ps(_mm512_srli_epi32((a), (shift)))

/* Which block each lane draws, so that vec_store_blocks has them in order. */
INLINE words
words_block_order(void)
{
    return _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
}
/* Element k of each block is in v[k]; write block after block. */
INLINE void
vec_store_blocks(float *p, const vec v[4])
{
    const __m512d a = _mm512_castps_pd(_mm512_unpacklo_ps(v[0], v[1]));
    const __m512d b = _mm512_castps_pd(_mm512_unpackhi_ps(v[0], v[1]));
    const __m512d c = _mm512_castps_pd(_mm512_unpacklo_ps(v[2], v[3]));
    const __m512d d = _mm512_castps_pd(_mm512_unpackhi_ps(v[2], v[3]));
    vec_store(p, _mm512_castpd_ps(_mm512_unpacklo_pd(a, c)));
    vec_store(p + 16, _mm512_castpd_ps(_mm512_unpackhi_pd(a, c)));
    vec_store(p + 32, _mm512_castpd_ps(_mm512_unpacklo_pd(b, d)));
    vec_store(p + 48, _mm512_castpd_ps(_mm512_unpackhi_pd(b, d)));
}
#define VEC_SLEEF_HALF_ULP(name) Sleef_finz_##name##f16_u05avx512f

#elif defined(GAN__ISA_AVX2)
typedef __m256i words;

INLINE words
words_set(uint32_t a)
{
    return _mm256_set1_epi32((int)a);
}
INLINE words
words_add(words a, words b)
{
    return _mm256_add_epi32(a, b);
}
INLINE words
words_xor(words a, words b)
{
    return _mm256_xor_si256(a, b);
}
INLINE void
words_multiply(words a, uint32_t b, words *high, words *low)
{
    const words factor = words_set(b);
    const words even = _mm256_mul_epu32(a, factor);
    const words odd = _mm256_mul_epu32(_mm256_srli_epi64(a, 32), factor);
    *high = _mm256_blend_epi32(_mm256_srli_epi64(even, 32), odd, 0xaa);
    *low = _mm256_blend_epi32(even, _mm256_slli_epi64(odd, 32), 0xaa);
}
#define words_to_float(a, shift) _mm256_cvtepi32_ps(_mm256_srli_epi32((a), (shift)))

INLINE words
words_block_order(void)
{
    return _mm256_setr_epi32(0, 2, 4, 6, 1, 3, 5, 7);
}
INLINE void
vec_store_blocks(float *p, const vec v[4])
{
    const __m256d a = _mm256_castps_pd(_mm256_unpacklo_ps(v[0], v[1]));
    const __m256d b = _mm256_castps_pd(_mm256_unpackhi_ps(v[0], v[1]));
    const __m256d c = _mm256_castps_pd(_mm256_unpacklo_ps(v[2], v[3]));
    const __m256d d = _mm256_castps_pd(_mm256_unpackhi_ps(v[2], v[3]));
    vec_store(p, _mm256_castpd_ps(_mm256_unpacklo_pd(a, c)));
    vec_store(p + 8, _mm256_castpd_ps(_mm256_unpackhi_pd(a, c)));
    vec_store(p + 16, _mm256_castpd_ps(_mm256_unpacklo_pd(b, d)));
    vec_store(p + 24, _mm256_castpd_ps(_mm256_unpackhi_pd(b, d)));
}
#define VEC_SLEEF_HALF_ULP(name) Sleef_finz_##name##f8_u05avx2
#endif

#endif
