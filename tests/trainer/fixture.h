/*
 * A small GAN on pictures of 8x8 that depend on their label, for the trainer's tests; and a hash of all that training moves.
 */
#ifndef TESTS_TRAINER_FIXTURE_H
#define TESTS_TRAINER_FIXTURE_H

#include <gan/gan.h>

#include "support.h"
#include "trainer/trainer.h"

enum { SIDE = 8, PIXELS = SIDE * SIDE, SAMPLES = 40, CLASSES = 3 };

extern const char plain_generator[], plain_discriminator[];
extern const char labelled_generator[], labelled_discriminator[]; /* with dropout in D */
/* Without batch_norm: with layer_norm and a layer named "features", with spectral_norm, and for two
 * pictures at once. */
extern const char critic[], spectral_generator[], spectral_critic[], packed_critic[];

/* Everything that a trainer can be told to do, on networks that it fits. */
struct method {
    const char *name, *generator, *discriminator, *options;
};
extern const struct method methods[];
extern const int method_count;

struct fixture {
    gan_context *ctx;
    gan_layer *generator, *discriminator;
    gan_dataset *dataset;
    gan_trainer *trainer;
};

/* A trainer over networks of these texts; ASSERT_OK inside. */
void fixture_open(struct fixture *f, const char *context_options, const gan_host *host,
                  const char *generator, const char *discriminator, const char *trainer_options);
void fixture_close(struct fixture *f);

/* SAMPLES pictures with labels 0, 1, 2, 0, ... */
gan_dataset *fixture_dataset(gan_context *ctx);

/* Of all tensors of both networks and optimizers, the average's parameters, and the counters. */
uint64_t fixture_hash(const struct fixture *f);
void fixture_steps(struct fixture *f, int64_t count);
void fixture_fill(gan_context *ctx, gan_layer *network, const char *path, float value);

/* A host whose allocator refuses request number `refuse` (from 0) and all later ones; -1: none. It checks sizes. */
struct refusing {
    int64_t refuse, requests, live;
};
gan_host refusing_host(struct refusing *state);

Suite *run_suite(void);
Suite *sampling_suite(void);
Suite *refusals_suite(void);
Suite *methods_suite(void);
Suite *recipes_suite(void);
Suite *combinations_suite(void);
Suite *memory_suite(void);

#endif
