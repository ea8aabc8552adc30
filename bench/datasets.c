/*
 * How many pictures a second each kind of dataset gives: opening it, and reading shuffled batches as
 * a training run does. The system has the files in memory, and nothing is cached by the dataset.
 */
#include "dataset_files.h"

#include <stdio.h>
#include <stdlib.h>

enum { BATCH = 64, OPTIONS_SIZE = 800, SAMPLE_MAX = 64 * 64 * 3 };

struct source {
    const char *kind;
    const char *options; /* with the folder for %s */
    bool opens;          /* opening is timed, not reading */
    bool jpeg;
};

struct loading {
    char options[OPTIONS_SIZE];
    gan_dataset *dataset;
    int64_t count, next; /* pictures; the next batch's number */
    float *samples;
};

static void
run_open(struct job *job)
{
    const struct source *const source = job->work->details;
    struct loading *const l = job->state;
    gan_dataset_destroy(l->dataset);
    check(job, gan_dataset_create(job->ctx, &l->dataset, source->kind, l->options));
}

/* An epoch. */
static void
run_batches(struct job *job)
{
    struct loading *const l = job->state;
    for (int64_t i = 0; i < l->count / BATCH; i++) {
        check(job, gan_dataset_read_batch(l->dataset, l->samples, NULL, NULL, BATCH, l->next++));
    }
}

static void
close_dataset(struct job *job)
{
    struct loading *const l = job->state;
    gan_dataset_destroy(l->dataset);
    free(l->samples);
}

static void
open_dataset(struct job *job)
{
    const struct source *const source = job->work->details;
    const char *const folder = dataset_files(job);
    struct loading *const l = take(sizeof(*l));
    *l = (struct loading){.samples = take((size_t)BATCH * SAMPLE_MAX * sizeof(float))};
    job->state = l;
    if (source->jpeg && !dataset_files_jpeg(folder)) {
        (void)fprintf(stderr, "%s: no JPEG pictures; see pillow_loading.py\n", job->work->name);
        job->close = close_dataset;
        return;
    }
    (void)snprintf(l->options, sizeof(l->options), source->options, folder, FOLDER_SIZE);
    run_open(job);
    check(job, gan_dataset_count(l->dataset, &l->count));
    job->run = source->opens ? run_open : run_batches;
    job->close = close_dataset;
    job->images = (double)(source->opens ? l->count : l->count / BATCH * BATCH);
}

/* clang-format off */
#define DATASET(word, text, ...)                                                                   \
    {.name = "dataset-" word,                                                                      \
     .what = text,                                                                                 \
     .open = open_dataset,                                                                         \
     .details = &(const struct source){__VA_ARGS__},                                               \
     .asked = true}
/* clang-format on */
#define OPENS   .opens = true
#define IDX     .kind = "idx", .options = "images=\"%s/images.idx\""
#define CIFAR   .kind = "cifar10", .options = "path=\"%s/cifar\""
#define ARCHIVE .kind = "cifar10", .options = "path=\"%s/cifar.tar.gz\""
#define NPY     .kind = "npy", .options = "samples=\"%s/pictures.npy\""
#define FOLDER(format, ahead)                                                                      \
    .kind = "folder",                                                                              \
    .options = "path=\"%s/" format "\" size=%d filter=lanczos cache=0 prefetch=" ahead

const struct work dataset_works[] = {
    DATASET("open-idx", "20,000 pictures of 28x28", IDX, OPENS),
    DATASET("read-idx", "shuffled batches of 64 of 28x28", IDX),
    DATASET("open-cifar", "10,000 pictures of 32x32x3, files", CIFAR, OPENS),
    DATASET("read-cifar", "shuffled batches of 64 of 32x32x3", CIFAR),
    DATASET("open-archive", "the same, .tar.gz", ARCHIVE, OPENS),
    DATASET("open-npy", "10,000 pictures of 32x32x3", NPY, OPENS),
    DATASET("read-npy", "shuffled batches of 64 of 32x32x3", NPY),
    DATASET("read-png", "PNG of 218x178 to 64x64, Lanczos, not cached", FOLDER("png", "0")),
    DATASET("ahead-png", "the same with two threads that decode ahead", FOLDER("png", "2")),
    DATASET("read-jpeg", "JPEG of 218x178 to 64x64 (files from pillow_loading.py)",
            FOLDER("jpeg", "0"), .jpeg = true),
    DATASET("ahead-jpeg", "the same with two threads that decode ahead", FOLDER("jpeg", "2"),
            .jpeg = true),
    {0},
};
