/* The machine's FMA peak: independent multiply-adds in registers, as many at once as hide their latency. */
#include "bench.h"

#include <immintrin.h>
#include <math.h>
#include <pthread.h>
#include <string.h>

enum {
    MOST_THREADS = 256,
    ROUNDS = 400000,
    TRIES = 12,
    CHAINS_512 = 24,
    CHAINS_256 = 12,
    CHAINS_1 = 8
};

/* Sums stay in registers only when no loop over them is left. */
#if defined(__clang__)
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 24")
#endif

struct peak_thread {
    pthread_barrier_t *barrier;
    double (*run)(void);
    double operations; /* of one run */
    double seconds[TRIES];
    float keep; /* so that the sums are used */
};

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

static void *
thread_main(void *argument)
{
    struct peak_thread *thread = argument;
    for (int i = 0; i < TRIES; i++) {
        (void)pthread_barrier_wait(thread->barrier);
        const double start = seconds_now();
        thread->keep += (float)thread->run();
        thread->seconds[i] = seconds_now() - start;
    }
    return NULL;
}

double
measure_peak(const char *isa, int threads)
{
    static struct peak_thread thread[MOST_THREADS];
    pthread_t handles[MOST_THREADS];
    pthread_barrier_t barrier;
    threads = threads < MOST_THREADS ? threads : MOST_THREADS;
    (void)pthread_barrier_init(&barrier, NULL, (unsigned)threads);
    for (int t = 0; t < threads; t++) {
        const bool wide = strcmp(isa, "avx512") == 0;
        const bool narrow = strcmp(isa, "avx2") == 0;
        thread[t].barrier = &barrier;
        thread[t].run = wide ? run_avx512 : narrow ? run_avx2 : run_scalar;
        thread[t].operations = 2.0 * ROUNDS *
                               (wide     ? CHAINS_512 * 16
                                : narrow ? CHAINS_256 * 8
                                         : CHAINS_1);
        if (t > 0 && pthread_create(&handles[t], NULL, thread_main, &thread[t]) != 0) {
            return 0.0;
        }
    }
    (void)thread_main(&thread[0]);
    double best = 0.0;
    for (int t = 1; t < threads; t++) {
        (void)pthread_join(handles[t], NULL);
    }
    for (int i = 0; i < TRIES; i++) {
        double slowest = 0.0;
        for (int t = 0; t < threads; t++) {
            slowest = thread[t].seconds[i] > slowest ? thread[t].seconds[i] : slowest;
        }
        const double rate = threads * thread[0].operations / slowest;
        best = rate > best ? rate : best;
    }
    (void)pthread_barrier_destroy(&barrier);
    return best;
}
