/*
 * A DCGAN's training step through the public interface: the discriminator on a real and on a
 * generated batch and its update, the generator through it and its update; binary cross-entropy,
 * Adam, no averaging. And the time from exec to the end of the first one.
 */
#include "networks.h"

#include <stdio.h>
#include <stdlib.h>

struct training {
    gan_layer *generator, *discriminator;
    gan_dataset *dataset;
    gan_trainer *trainer;
};

static void
run_step(struct job *job)
{
    const struct training *const t = job->state;
    check(job, gan_trainer_step(t->trainer, NULL));
}

static void
close_training(struct job *job)
{
    struct training *const t = job->state;
    gan_trainer_destroy(t->trainer);
    gan_dataset_destroy(t->dataset);
    gan_layer_destroy(t->discriminator);
    gan_layer_destroy(t->generator);
}

/*
 * Of the products of a step: forward of G once and of D three times (real, generated, again for
 * G); for D's loss, by weight in all its layers and by input in all but the first, twice; for G's,
 * by input through D, and both in G (no input gradient of its first layer).
 */
static double
step_operations(const struct pictures *of)
{
    const struct operations g = network_generator_operations(of);
    const struct operations d = network_discriminator_operations(of);
    return g.all + 3.0 * d.all + 2.0 * (2.0 * d.all - d.first) + d.all + 2.0 * g.all - g.first;
}

static void
open_training(struct job *job)
{
    const struct pictures *const of = job->work->details;
    const int64_t shape[] = {of->size, of->size, of->channels};
    const int64_t count = 2 * of->batch;
    char text[NETWORK_TEXT];
    struct training *const t = take(sizeof(*t));
    *t = (struct training){0};
    job->state = t;
    network_generator(text, of);
    check(job, gan_layer_parse(job->ctx, &t->generator, text));
    network_discriminator(text, of, true);
    check(job, gan_layer_parse(job->ctx, &t->discriminator, text));
    float *const samples = make_samples(count * of->size * of->size * of->channels);
    check(job, gan_dataset_create_memory(job->ctx, &t->dataset, samples, count, shape, 3, NULL));
    free(samples);
    (void)snprintf(text, sizeof(text), "batch=%d average=false", (int)of->batch);
    check(job, gan_trainer_create(job->ctx, &t->trainer, t->generator, t->discriminator, t->dataset,
                                  text));
    job->run = run_step;
    job->close = close_training;
    job->operations = step_operations(of);
    job->images = (double)of->batch;
    job->training = true;
}

/* clang-format off */
#define DCGAN(pixels, colours)                                                                     \
    {.name = "dcgan-" #pixels,                                                                     \
     .what = "DCGAN step, " #pixels "x" #pixels "x" #colours ", batch 128, width 64",              \
     .open = open_training,                                                                        \
     .details = &(const struct pictures){.size = (pixels), .channels = (colours), .batch = 128}}
/* clang-format on */

const struct work training_works[] = {DCGAN(28, 1), DCGAN(32, 3), DCGAN(64, 3), {0}};

static void
run_start(struct job *job)
{
    child_first_step(job->bench, job->work->details);
}

static void
open_start(struct job *job)
{
    job->run = run_start;
    job->outside = true;
}

#define START(pixels)                                                                              \
    {                                                                                              \
        .name = "start-" #pixels,                                                                  \
        .what = "a new process until the first step of dcgan-" #pixels " is finished",             \
        .open = open_start, .details = "dcgan-" #pixels                                            \
    }

const struct work start_works[] = {START(28), START(32), START(64), {0}};
