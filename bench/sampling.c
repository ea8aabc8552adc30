/* Pictures of DCGAN's generator as a program asks for them, in eval mode. */
#include "networks.h"

#include <stdio.h>
#include <stdlib.h>

struct sampling {
    gan_layer *generator;
    float *out;
    int64_t next;
};

static void
run_sampling(struct job *job)
{
    const struct pictures *const of = job->work->details;
    struct sampling *const s = job->state;
    char options[48];
    (void)snprintf(options, sizeof(options), "first=%lld", (long long)s->next);
    s->next += of->batch;
    check(job, gan_layer_generate(s->generator, s->out, of->batch, options));
}

static void
close_sampling(struct job *job)
{
    struct sampling *const s = job->state;
    gan_layer_destroy(s->generator);
    free(s->out);
}

static void
open_sampling(struct job *job)
{
    const struct pictures *const of = job->work->details;
    char text[NETWORK_TEXT];
    struct sampling *const s = take(sizeof(*s));
    *s = (struct sampling){
        .out = make_samples(of->batch * of->size * of->size * of->channels),
    };
    job->state = s;
    network_generator(text, of);
    check(job, gan_layer_parse(job->ctx, &s->generator, text));
    job->run = run_sampling;
    job->close = close_sampling;
    job->operations = network_generator_operations(of).all;
    job->images = (double)of->batch;
}

/* clang-format off */
#define SAMPLING(pixels, colours, count)                                                           \
    {.name = "sample-" #pixels "-" #count,                                                         \
     .what = #count " of " #pixels "x" #pixels "x" #colours " in a call",                          \
     .open = open_sampling,                                                                        \
     .details = &(const struct pictures){.size = (pixels), .channels = (colours), .batch = (count)}}
/* clang-format on */

const struct work sampling_works[] = {
    SAMPLING(28, 1, 1),
    SAMPLING(28, 1, 64),
    SAMPLING(32, 3, 1),
    SAMPLING(32, 3, 64),
    SAMPLING(64, 3, 1),
    SAMPLING(64, 3, 64),
    {0},
};
