/* Timing, and how a line of the report looks. */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

double
seconds_now(void)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static int
compare(const void *a, const void *b)
{
    const double left = *(const double *)a;
    const double right = *(const double *)b;
    return left < right ? -1 : left > right;
}

struct timing
time_runs(void (*prepare)(void *argument), void (*run)(void *argument), void *argument, int repeats)
{
    double *seconds = malloc((size_t)repeats * sizeof(*seconds));
    if (seconds == NULL) {
        (void)fprintf(stderr, "no memory\n");
        exit(EXIT_FAILURE);
    }
    for (int i = -1; i < repeats; i++) {
        if (prepare != NULL) {
            prepare(argument);
        }
        const double start = seconds_now();
        run(argument);
        if (i >= 0) {
            seconds[i] = seconds_now() - start;
        }
    }
    qsort(seconds, (size_t)repeats, sizeof(*seconds), compare);
    const struct timing timing = {.median = seconds[repeats / 2], .best = seconds[0]};
    free(seconds);
    return timing;
}

void
print_rate(const struct bench *bench, const char *label, struct timing timing, double operations)
{
    printf("%-34s %9.3f ms %9.3f ms %7.0f %7.0f GFLOP/s %5.1f %%\n", label, timing.median * 1e3,
           timing.best * 1e3, operations / timing.median * 1e-9, operations / timing.best * 1e-9,
           100.0 * operations / timing.best / bench->peak);
    (void)fflush(stdout);
}

void
check(const struct bench *bench, gan_status status)
{
    if (status != GAN_OK) {
        (void)fprintf(stderr, "%s\n", gan_context_error(bench->ctx));
        exit(EXIT_FAILURE);
    }
}

float *
make_samples(int64_t count)
{
    float *samples = malloc(sizeof(*samples) * (size_t)count);
    if (samples == NULL) {
        (void)fprintf(stderr, "no memory\n");
        exit(EXIT_FAILURE);
    }
    for (int64_t i = 0; i < count; i++) {
        samples[i] = (float)(i * 7919 % 2039) / 1019.5F - 1.0F;
    }
    return samples;
}
