/* A work's context and what it made, and the small things that all parts need. */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>

void
check(const struct job *job, gan_status status)
{
    if (status != GAN_OK) {
        (void)fprintf(stderr, "%s: %s\n", job->work->name, gan_context_error(job->ctx));
        exit(EXIT_FAILURE);
    }
}

void *
take(size_t bytes)
{
    void *const memory = malloc(bytes);
    if (memory == NULL) {
        (void)fprintf(stderr, "no memory\n");
        exit(EXIT_FAILURE);
    }
    return memory;
}

float *
make_samples(int64_t count)
{
    const size_t line = 64;
    float *const samples =
        aligned_alloc(line, ((size_t)count * sizeof(float) + 2 * line - 1) / line * line);
    if (samples == NULL) {
        (void)fprintf(stderr, "no memory\n");
        exit(EXIT_FAILURE);
    }
    for (int64_t i = 0; i < count; i++) {
        samples[i] = (float)(i * 7919 % 2039) / 1019.5F - 1.0F;
    }
    return samples;
}

void
job_open(struct job *job, const struct bench *bench, const struct work *work)
{
    char options[96];
    *job = (struct job){.bench = bench, .work = work};
    (void)snprintf(options, sizeof(options), "threads=%d isa=%s", bench->threads, bench->isa);
    check(job, gan_context_create(&job->ctx, options, NULL));
    work->open(job);
}

void
job_close(struct job *job)
{
    if (job->close != NULL) {
        job->close(job);
    }
    free(job->state);
    gan_context_destroy(job->ctx);
}

uint64_t
job_number(const struct job *job, const char *name)
{
    uint64_t value = 0;
    check(job, gan_context_get(job->ctx, &value, name));
    return value;
}
