/* What the benchmark's parts share: timing, and the machine's peak. */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stdint.h>

#include <gan/gan.h>

struct timing {
    double median, best; /* seconds */
};

/* Time `run` until `repeats` runs are done, after one that warms up. `prepare`, unless NULL, comes
 * before each and is not timed. */
struct timing time_runs(void (*prepare)(void *argument), void (*run)(void *argument),
                        void *argument, int repeats);
double seconds_now(void);

/* FLOP/s of independent FMAs in registers, on `threads` threads at once; an FMA is two operations. */
double measure_peak(const char *isa, int threads);

struct bench {
    gan_context *ctx;
    const char *isa;
    int threads, repeats;
    double peak;
    const char *folder; /* of loading's files; NULL: a temporary one */
    const char *judge;  /* a file that metrics measure, too; NULL: none */
};

void bench_convolutions(const struct bench *bench);
void bench_step(const struct bench *bench);
void bench_critic(const struct bench *bench);
void bench_loading(const struct bench *bench);
void bench_metrics(const struct bench *bench);

/* "label  median best GFLOP/s share": for `operations` a run. */
void print_rate(const struct bench *bench, const char *label, struct timing timing,
                double operations);

/* End the program with libgan's sentence if a call failed. */
void check(const struct bench *bench, gan_status status);
/* `count` numbers in [-1, 1] that look random; to be freed. */
float *make_samples(int64_t count);

#endif
