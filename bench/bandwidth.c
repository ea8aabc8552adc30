/*
 * The memory's bandwidth: the fastest of copying by the C library, which goes around the caches, of
 * reading alone, and of adding to an array in place, over arrays that no cache holds. Memory may
 * read faster than it writes, and both at once; so no one of them is the limit everywhere.
 */
#include "bench.h"

#include <math.h>
#include <string.h>

enum { TRIES = 2, STREAMS = 8 };
static const size_t array_bytes = (size_t)64 << 20;

struct arrays {
    uint64_t *from, *to;
    int threads;
    volatile uint64_t keep; /* so that the sums are used */
};

/* In words, a multiple of STREAMS. */
static size_t
part_of(const struct arrays *a)
{
    return array_bytes / sizeof(uint64_t) / (size_t)a->threads / STREAMS * STREAMS;
}

static void
run_copy(void *argument, int thread)
{
    const struct arrays *const a = argument;
    const size_t part = part_of(a), first = part * (size_t)thread;
    memcpy(a->to + first, a->from + first, part * sizeof(uint64_t));
}

static void
run_read(void *argument, int thread)
{
    struct arrays *const a = argument;
    const size_t part = part_of(a);
    const uint64_t *const from = a->from + part * (size_t)thread;
    uint64_t sums[STREAMS] = {0}, all = 0;
    for (size_t i = 0; i < part; i += STREAMS) {
        for (size_t j = 0; j < STREAMS; j++) {
            sums[j] += from[i + j];
        }
    }
    for (size_t j = 0; j < STREAMS; j++) {
        all += sums[j];
    }
    a->keep = all;
}

static void
run_add(void *argument, int thread)
{
    const struct arrays *const a = argument;
    const size_t part = part_of(a), first = part * (size_t)thread;
    const uint64_t *const from = a->from + first;
    uint64_t *const to = a->to + first;
    for (size_t i = 0; i < part; i++) {
        to[i] += from[i];
    }
}

double
measure_bandwidth(int threads)
{
    static uint64_t *memory; /* until the program's end: new pages cost more than the measurement */
    if (memory == NULL) {
        memory = take(2 * array_bytes);
        memset(memory, 1, 2 * array_bytes);
    }
    struct arrays a = {
        .from = memory, .to = memory + array_bytes / sizeof(uint64_t), .threads = threads};
    const double bytes = (double)(part_of(&a) * sizeof(uint64_t)) * threads;
    const double copying = 2.0 * bytes / time_together(threads, TRIES, run_copy, &a);
    const double reading = bytes / time_together(threads, TRIES, run_read, &a);
    const double adding = 3.0 * bytes / time_together(threads, TRIES, run_add, &a);
    return fmax(fmax(copying, reading), adding);
}
