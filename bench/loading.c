/*
 * How many pictures a second each kind of dataset gives: opening it, and reading shuffled batches as
 * a training run does. The system has the files in memory, and nothing is cached by the dataset.
 */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "loading.h"

enum { BATCH = 64, OPTIONS_SIZE = 600, SAMPLE_MAX = 64 * 64 * 3 };

struct loading {
    const struct bench *bench;
    const char *kind;
    char options[OPTIONS_SIZE];
    gan_dataset *dataset;
    int64_t count, next; /* pictures; the next batch's number */
    float *samples;
};

static void
open_dataset(void *argument)
{
    struct loading *loading = argument;
    gan_dataset_destroy(loading->dataset);
    check(loading->bench, gan_dataset_create(loading->bench->ctx, &loading->dataset, loading->kind,
                                             loading->options));
}

/* An epoch. */
static void
read_batches(void *argument)
{
    struct loading *loading = argument;
    for (int64_t i = 0; i < loading->count / BATCH; i++) {
        check(loading->bench, gan_dataset_read_batch(loading->dataset, loading->samples, NULL, NULL,
                                                     BATCH, loading->next++));
    }
}

static double
cpu_now(void)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* All threads' CPU time counts for the last column, which a busy machine changes least. */
static void
print_pictures(struct loading *loading, const char *label, const char *what,
               void (*run)(void *argument), int64_t count)
{
    const int repeats = loading->bench->repeats;
    const double cpu = cpu_now();
    const struct timing timing = time_runs(NULL, run, loading, repeats);
    const double cpu_each = (cpu_now() - cpu) / (repeats + 1); /* one run warms up */
    printf("%-24s %-9s %9.1f ms %9.1f ms %9.0f %9.0f %9.0f\n", label, what, timing.median * 1e3,
           timing.best * 1e3, (double)count / timing.median, (double)count / timing.best,
           (double)count / cpu_each);
    (void)fflush(stdout);
}

static void
measure(const struct bench *bench, const char *label, const char *kind, const char *options,
        const char *folder, int opens)
{
    struct loading loading = {.bench = bench, .kind = kind};
    (void)snprintf(loading.options, sizeof loading.options, options, folder);
    loading.samples = malloc((size_t)BATCH * SAMPLE_MAX * sizeof *loading.samples);
    if (loading.samples == NULL) {
        (void)fprintf(stderr, "no memory\n");
        exit(EXIT_FAILURE);
    }
    open_dataset(&loading);
    check(bench, gan_dataset_count(loading.dataset, &loading.count));
    if (opens) {
        print_pictures(&loading, label, "opening", open_dataset, loading.count);
    }
    print_pictures(&loading, label, "batches", read_batches, loading.count / BATCH * BATCH);
    gan_dataset_destroy(loading.dataset);
    free(loading.samples);
}

static void
measure_folder(const struct bench *bench, const char *what, const char *folder, int prefetch)
{
    char label[64], options[OPTIONS_SIZE];
    (void)snprintf(label, sizeof label, "folder %s, prefetch=%d", what, prefetch);
    (void)snprintf(options, sizeof options,
                   "path=\"%%s/%s\" size=%d filter=lanczos cache=0 prefetch=%d", what, LOADING_SIZE,
                   prefetch);
    measure(bench, label, "folder", options, folder, 0);
}

void
bench_loading(const struct bench *bench)
{
    char temporary[] = "bench-loading-XXXXXX"; /* in the current folder */
    const char *folder = bench->folder;
    if (folder == NULL) {
        folder = loading_make_folder(temporary);
    }
    loading_make_files(bench, folder);
    printf("%-34s %12s %12s %s\n", "loading", "median", "best",
           " pictures a second: median, best, of CPU time");
    measure(bench, "idx", "idx", "images=\"%s/images.idx\"", folder, 1);
    measure(bench, "cifar10 .bin", "cifar10", "path=\"%s/cifar\"", folder, 1);
    measure(bench, "cifar10 .tar.gz", "cifar10", "path=\"%s/cifar.tar.gz\"", folder, 1);
    measure(bench, "npy", "npy", "samples=\"%s/pictures.npy\"", folder, 1);
    for (int prefetch = 0; prefetch <= 2; prefetch += 2) {
        measure_folder(bench, "png", folder, prefetch);
        if (loading_has_jpeg(folder)) {
            measure_folder(bench, "jpeg", folder, prefetch);
        }
    }
    if (bench->folder == NULL) {
        loading_remove_files(folder);
    }
}
