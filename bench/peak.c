/* The machine's FMA peak: independent multiply-adds in registers, as many at once as hide their latency. */
#include "bench.h"

#include <immintrin.h>
#include <math.h>
#include <string.h>

enum { ROUNDS = 40000, TRIES = 5, CHAINS_512 = 24, CHAINS_256 = 12, CHAINS_1 = 8 };

/* Sums stay in registers only when no loop over them is left. */
#if defined(__clang__)
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 24")
#endif

/* The empty assembly keeps the compiler from seeing that rounds repeat each other. */
__attribute__((target("avx512f,fma"))) static double
run_avx512(void)
{
    __m512 sums[CHAINS_512];
    __m512 a = _mm512_set1_ps(0.001F);
    __m512 b = _mm512_set1_ps(0.001F);
    UNROLL
    for (int i = 0; i < CHAINS_512; i++) {
        sums[i] = _mm512_set1_ps((float)i);
    }
    for (int round = 0; round < ROUNDS; round++) {
        UNROLL
        for (int i = 0; i < CHAINS_512; i++) {
            sums[i] = _mm512_fmadd_ps(a, b, sums[i]);
            __asm__("" : "+v"(sums[i]));
        }
    }
    float lanes[16];
    double total = 0.0;
    UNROLL
    for (int i = 0; i < CHAINS_512; i++) {
        _mm512_storeu_ps(lanes, sums[i]);
        total += (double)lanes[0];
    }
    return total;
}

__attribute__((target("avx2,fma"))) static double
run_avx2(void)
{
    __m256 sums[CHAINS_256];
    __m256 a = _mm256_set1_ps(0.001F);
    __m256 b = _mm256_set1_ps(0.001F);
    UNROLL
    for (int i = 0; i < CHAINS_256; i++) {
        sums[i] = _mm256_set1_ps((float)i);
    }
    for (int round = 0; round < ROUNDS; round++) {
        UNROLL
        for (int i = 0; i < CHAINS_256; i++) {
            sums[i] = _mm256_fmadd_ps(a, b, sums[i]);
            __asm__("" : "+x"(sums[i]));
        }
    }
    float lanes[8];
    double total = 0.0;
    UNROLL
    for (int i = 0; i < CHAINS_256; i++) {
        _mm256_storeu_ps(lanes, sums[i]);
        total += (double)lanes[0];
    }
    return total;
}

/* The portable kernels' peak is that of scalar FMAs. */
__attribute__((target("fma"))) static double
run_scalar(void)
{
    float sums[CHAINS_1];
    float a = 0.001F;
    float b = 0.001F;
    __asm__("" : "+x"(a), "+x"(b));
    UNROLL
    for (int i = 0; i < CHAINS_1; i++) {
        sums[i] = (float)i;
    }
    for (int round = 0; round < ROUNDS; round++) {
        UNROLL
        for (int i = 0; i < CHAINS_1; i++) {
            sums[i] = fmaf(a, b, sums[i]);
            __asm__("" : "+x"(sums[i]));
        }
    }
    double total = 0.0;
    UNROLL
    for (int i = 0; i < CHAINS_1; i++) {
        total += (double)sums[i];
    }
    return total;
}

struct peak {
    double (*run)(void);
    volatile float keep; /* so that the sums are used */
};

static void
run_peak(void *argument, int thread)
{
    struct peak *const peak = argument;
    (void)thread;
    peak->keep = (float)peak->run();
}

double
measure_peak(const char *isa, int threads)
{
    const bool wide = strcmp(isa, "avx512") == 0;
    const bool narrow = strcmp(isa, "avx2") == 0;
    const int lanes = wide ? CHAINS_512 * 16 : narrow ? CHAINS_256 * 8 : CHAINS_1;
    struct peak peak = {.run = wide ? run_avx512 : narrow ? run_avx2 : run_scalar};
    return 2.0 * ROUNDS * lanes * threads / time_together(threads, TRIES, run_peak, &peak);
}
