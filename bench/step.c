/* A DCGAN's training step on pictures of 28x28x1, batch 128, width 64, through the public interface. */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>

enum { BATCH = 128, SAMPLES = 1024, PIXELS = 28 * 28 };

static const char generator_text[] =
    "gan-network 1\n"
    "input shape=100 noise=normal\n"
    "dense units=6272 bias=false\n"
    "reshape shape=7x7x128\n"
    "batch_norm\n"
    "relu\n"
    "conv_transpose2d filters=64 kernel=4 stride=2 padding=1 bias=false\n"
    "batch_norm\n"
    "relu\n"
    "conv_transpose2d filters=1 kernel=4 stride=2 padding=1\n"
    "tanh\n";

static const char discriminator_text[] =
    "gan-network 1\n"
    "input shape=28x28x1\n"
    "conv2d filters=64 kernel=4 stride=2 padding=1\n"
    "leaky_relu\n"
    "conv2d filters=128 kernel=4 stride=2 padding=1 bias=false\n"
    "batch_norm\n"
    "leaky_relu\n"
    "flatten\n"
    "dense units=1\n";

struct step {
    gan_layer *generator, *discriminator;
    gan_dataset *dataset;
    gan_trainer *trainer;
};

static void
run_step(void *argument)
{
    struct step *step = argument;
    if (gan_trainer_step(step->trainer, NULL) != GAN_OK) {
        (void)fprintf(stderr, "a training step failed\n");
        exit(EXIT_FAILURE);
    }
}

/*
 * Operations of the products of a step, an FMA being two: forward of G once and of D three times (real, generated, again for
 * G); for D's loss, by weight in all its layers and by input in all but the first, twice; for G's, by input through D, and
 * both in G (no input gradient of its first layer). What is not a product is not counted.
 */
static double
step_operations(void)
{
    const double dense_g = 2.0 * BATCH * 100 * 6272;
    const double dense_d = 2.0 * BATCH * 6272;
    const double large = 2.0 * BATCH * 7 * 7 * 16 * 64 * 128; /* between 14x14x64 and 7x7x128 */
    const double small = 2.0 * BATCH * 14 * 14 * 16 * 64;     /* between 28x28x1 and 14x14x64 */
    const double generator = dense_g + large + small;
    const double discriminator = small + large + dense_d;
    const double d_gradients = 2.0 * discriminator - small;
    const double g_gradients = 2.0 * generator - dense_g;
    return generator + 3.0 * discriminator + 2.0 * d_gradients + discriminator + g_gradients;
}

void
bench_step(const struct bench *bench)
{
    static const int64_t shape[] = {28, 28, 1};
    struct step step = {0};
    float *samples = make_samples((int64_t)SAMPLES * PIXELS);
    gan_context *const ctx = bench->ctx;
    check(bench, gan_layer_parse(ctx, &step.generator, generator_text));
    check(bench, gan_layer_parse(ctx, &step.discriminator, discriminator_text));
    check(bench, gan_dataset_create_memory(ctx, &step.dataset, samples, SAMPLES, shape, 3, NULL));
    check(bench, gan_trainer_create(ctx, &step.trainer, step.generator, step.discriminator,
                                    step.dataset, "batch=128 average=false"));
    /* The first steps fill the memory pool. */
    run_step(&step);
    run_step(&step);
    const struct timing timing = time_runs(NULL, run_step, &step, 2 * bench->repeats);
    print_rate(bench, "DCGAN 28x28 step, batch 128", timing, step_operations());

    gan_trainer_destroy(step.trainer);
    gan_dataset_destroy(step.dataset);
    gan_layer_destroy(step.discriminator);
    gan_layer_destroy(step.generator);
    free(samples);
}
