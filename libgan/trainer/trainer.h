/*
 * The trainer inside: what its files share. training_step.c takes a step, snapshot.c takes it back,
 * run.c drives, sampling.c looks.
 */
#ifndef GAN__TRAINER_H
#define GAN__TRAINER_H

#include <gan/trainer.h>

#include <stdatomic.h>
#include <stdbool.h>

#include "data/dataset.h"
#include "layers/layer.h"
#include "losses/loss.h"
#include "optimizers/optimizer.h"

struct gan__trainer_options {
    int64_t batch, d_steps, g_steps, sample_every;
    bool average;
    double half_life;
};
extern const struct gan__option gan__trainer_options[];

struct gan_record {
    gan_trainer *trainer; /* for its context */
    int64_t step, epoch;
    double d_loss, g_loss, d_real, d_generated, d_accuracy, d_gradient_norm, g_gradient_norm;
    double images_per_second;
};

/* One of the two networks, with what the trainer needs to run and move it. */
struct gan__side {
    const char *name;         /* "generator", "discriminator": for sentences */
    gan_layer *network;       /* held */
    gan_optimizer *optimizer; /* held */
    int32_t input_count;
    struct gan__feed *feeds; /* one for each input, in its order */
    gan_tensor *labels; /* one-hot rows of the last real batch, while a step runs; one handle */
    const struct gan__input *labels_input; /* NULL: takes none */
};

/* Everything random and everything drawn is a function of these (and the context's seed). */
struct gan__counters {
    int64_t steps;    /* taken */
    int64_t batches;  /* real batches drawn */
    int64_t draws;    /* noise batches drawn */
    int64_t forwards; /* training-mode runs of either network: the dropout streams */
};

/* A place that a step changes, and room for what was there. */
struct gan__kept {
    gan_tensor *tensor; /* borrowed from the trainer's networks, optimizers and average */
    float *values;
};

struct gan__snapshot {
    struct gan__kept *kept; /* NULL until the first step */
    int64_t count;
    struct gan__counters counters;
    int64_t g_steps, d_steps; /* of the optimizers */
};

struct gan_trainer {
    struct gan__object object;
    struct gan__trainer_options options;
    struct gan__side generator, discriminator;
    gan_dataset *dataset; /* held */
    gan_loss *loss;       /* held */
    gan_layer *average;   /* held; NULL without averaging */
    bool average_has_buffers;
    bool average_is_estimated; /* its running statistics are of its present parameters */
    struct gan__counters counters;
    struct gan_record record;
    int64_t *indices;    /* [batch] of the last real batch */
    int32_t *labels;     /* [batch]; NULL without labels */
    bool *was_trainable; /* [tensors of D]: requires_grad while D is frozen */
    struct gan__snapshot snapshot;
    atomic_int stop;
};

static inline gan_context *
gan__trainer_context(const gan_trainer *trainer)
{
    return trainer->object.ctx;
}

/* One step, all or nothing; if a value becomes infinite or not a number, once more to find where.
 * */
gan_status gan__trainer_step_or_explain(gan_trainer *trainer);

/* Remember what a step changes before its last update; the room is made on the first call. */
gan_status gan__snapshot_take(gan_trainer *trainer);
/* Put it back; gradients are forgotten. Cannot fail. */
void gan__snapshot_restore(gan_trainer *trainer);
void gan__snapshot_free(gan_trainer *trainer);

/* The refusals of gan_trainer_create(). */
gan_status gan__trainer_check(gan_trainer *trainer);

/* Append the documentation of the trainer's options (gan_kinds). */
void gan__trainer_document(struct gan__text *out);

#endif
