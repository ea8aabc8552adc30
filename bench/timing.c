/*
 * How a job is timed: runs that warm up, then repetitions, between which the machine's own limits
 * are measured again and again, because its clock drifts and others use it too.
 */
#include "bench.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MOST_REPETITIONS = 4096, MOST_LIMITS = 512, MOST_THREADS = 256, FEWEST_LIMITS = 3 };

static const double shortest_repetition = 1e-3; /* seconds: shorter runs are timed together */
static const double limits_every = 0.05;        /* seconds of repetitions */
static const double bandwidth_every = 0.25;
static const double no_second_warm_up = 2.0; /* seconds of the first */

static double
clock_seconds(clockid_t clock)
{
    struct timespec time;
    (void)clock_gettime(clock, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

double
seconds_now(void)
{
    return clock_seconds(CLOCK_MONOTONIC);
}

struct list {
    double *values;
    int count, most;
};

static struct list
list_make(int most)
{
    return (struct list){.values = take((size_t)most * sizeof(double)), .most = most};
}

static void
list_add(struct list *list, double value)
{
    if (list->count < list->most) {
        list->values[list->count++] = value;
    }
}

static int
compare(const void *a, const void *b)
{
    const double left = *(const double *)a;
    const double right = *(const double *)b;
    return left < right ? -1 : left > right;
}

/* Between the two values that are nearest to the place. */
static double
quantile(const struct list *sorted, double share)
{
    const double place = share * (sorted->count - 1);
    const int below = (int)place;
    const int above = below + 1 < sorted->count ? below + 1 : below;
    return sorted->values[below] +
           (place - below) * (sorted->values[above] - sorted->values[below]);
}

/* Sorts the list, and frees it. The best is the least. */
static struct spread
list_spread(struct list *list)
{
    qsort(list->values, (size_t)list->count, sizeof(double), compare);
    const struct spread spread = {.median = quantile(list, 0.5),
                                  .best = list->values[0],
                                  .low = quantile(list, 0.25),
                                  .high = quantile(list, 0.75)};
    free(list->values);
    return spread;
}

/* The same of rates, of which the largest is the best; zeros if there are none. */
static void
list_rates(struct list *list, double *median, double *best)
{
    *median = 0.0;
    *best = 0.0;
    if (list->count > 0) {
        qsort(list->values, (size_t)list->count, sizeof(double), compare);
        *median = quantile(list, 0.5);
        *best = list->values[list->count - 1];
    }
    free(list->values);
}

/* The machine's limits, as far as the job has to do with them. */
struct limits {
    struct list peak, bandwidth;
    double since_peak, since_bandwidth;
};

static void
limits_measure(struct limits *limits, const struct job *job, bool now)
{
    if (job->operations > 0 && (now || limits->since_peak >= limits_every)) {
        list_add(&limits->peak, measure_peak(job->bench->isa, job->bench->threads));
        limits->since_peak = 0;
    }
    if (job->bytes > 0 && (now || limits->since_bandwidth >= bandwidth_every)) {
        list_add(&limits->bandwidth, measure_bandwidth(job->bench->threads));
        limits->since_bandwidth = 0;
    }
}

/* How many runs make a repetition. */
static int
warm_up(struct job *job)
{
    double last = 0;
    for (int i = 0; i < 2 && (job->training || last < no_second_warm_up); i++) {
        if (job->prepare != NULL) {
            job->prepare(job);
        }
        const double start = seconds_now();
        job->run(job);
        last = seconds_now() - start;
    }
    return job->prepare != NULL || last >= shortest_repetition
               ? 1
               : (int)ceil(shortest_repetition / fmax(last, 1e-7));
}

static double
repeat(struct job *job, int runs, struct list *seconds, struct list *cpu)
{
    if (job->prepare != NULL) {
        job->prepare(job);
    }
    const double cpu_start = clock_seconds(CLOCK_PROCESS_CPUTIME_ID);
    const double start = seconds_now();
    for (int i = 0; i < runs; i++) {
        job->run(job);
    }
    const double used = seconds_now() - start;
    list_add(seconds, used / runs);
    list_add(cpu, (clock_seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu_start) / runs);
    return used;
}

struct measurement
measure(struct job *job)
{
    const struct bench *const bench = job->bench;
    struct measurement m = {0};
    struct list seconds = list_make(MOST_REPETITIONS), cpu = list_make(MOST_REPETITIONS);
    struct limits limits = {.peak = list_make(MOST_LIMITS), .bandwidth = list_make(MOST_LIMITS)};
    const int runs = warm_up(job);
    const uint64_t allocations = job_number(job, "system_allocations");

    limits_measure(&limits, job, true);
    for (double all = 0.0; m.repetitions < MOST_REPETITIONS &&
                           (m.repetitions < bench->repeats || all < bench->min_time);
         m.repetitions++) {
        const double used = repeat(job, runs, &seconds, &cpu);
        all += used;
        limits.since_peak += used;
        limits.since_bandwidth += used;
        limits_measure(&limits, job, false);
    }
    m.allocations = (double)(job_number(job, "system_allocations") - allocations) /
                    ((double)m.repetitions * runs);
    while ((job->operations > 0 && limits.peak.count < FEWEST_LIMITS) ||
           (job->bytes > 0 && limits.bandwidth.count < FEWEST_LIMITS)) {
        limits_measure(&limits, job, true);
    }
    m.seconds = list_spread(&seconds);
    m.cpu = list_spread(&cpu);
    list_rates(&limits.peak, &m.peak, &m.best_peak);
    list_rates(&limits.bandwidth, &m.bandwidth, &m.best_bandwidth);
    return m;
}

struct together {
    pthread_barrier_t *barrier;
    void (*run)(void *argument, int thread);
    void *argument;
    double *seconds; /* of each try */
    int thread, tries;
};

static void *
together_main(void *argument)
{
    struct together *const t = argument;
    for (int i = 0; i < t->tries; i++) {
        (void)pthread_barrier_wait(t->barrier);
        const double start = seconds_now();
        t->run(t->argument, t->thread);
        t->seconds[i] = seconds_now() - start;
    }
    return NULL;
}

double
time_together(int threads, int tries, void (*run)(void *argument, int thread), void *argument)
{
    pthread_t handles[MOST_THREADS];
    pthread_barrier_t barrier;
    threads = threads < MOST_THREADS ? threads : MOST_THREADS;
    struct together *const each = take((size_t)threads * sizeof(*each));
    double *const seconds = take((size_t)threads * (size_t)tries * sizeof(double));
    (void)pthread_barrier_init(&barrier, NULL, (unsigned)threads);
    for (int t = 0; t < threads; t++) {
        each[t] = (struct together){.barrier = &barrier,
                                    .run = run,
                                    .argument = argument,
                                    .seconds = seconds + (ptrdiff_t)t * tries,
                                    .thread = t,
                                    .tries = tries};
        if (t > 0 && pthread_create(&handles[t], NULL, together_main, &each[t]) != 0) {
            abort(); /* the others wait for it */
        }
    }
    (void)together_main(&each[0]);
    for (int t = 1; t < threads; t++) {
        (void)pthread_join(handles[t], NULL);
    }
    double best = INFINITY;
    for (int i = 0; i < tries; i++) {
        double slowest = 0.0;
        for (int t = 0; t < threads; t++) {
            slowest = fmax(slowest, seconds[(ptrdiff_t)t * tries + i]);
        }
        best = fmin(best, slowest);
    }
    (void)pthread_barrier_destroy(&barrier);
    free(seconds);
    free(each);
    return best;
}
