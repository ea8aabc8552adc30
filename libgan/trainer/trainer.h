/*
 * The trainer inside: what its files share. options.c, recipes.c and parts.c make one, networks.c
 * and combination.c refuse what makes no sense, training_step.c takes a step (work.h), snapshot.c
 * takes it back, run.c drives, watch.c calls what looks on, sampling.c looks, checkpoint.c saves and
 * resumes.
 */
#ifndef GAN__TRAINER_H
#define GAN__TRAINER_H

#include <gan/trainer.h>

#include <stdatomic.h>
#include <stdbool.h>

#include "data/augment.h"
#include "data/dataset.h"
#include "layers/layer.h"
#include "losses/loss.h"
#include "losses/penalty.h"
#include "optimizers/optimizer.h"
#include "trainer/watch.h"

enum gan__matching_mode { GAN__MATCHING_REPLACE, GAN__MATCHING_ADD };

struct gan__trainer_options {
    char *recipe; /* NULL once it was looked up */
    /* Texts that the parts are made of; NULL afterwards. */
    char *loss, *penalties, *generator, *discriminator;
    int64_t batch, d_steps, g_steps, accumulate;
    double d_skip_above, d_repeat_below;
    int64_t d_steps_maximum;
    int64_t pac;
    char *augment; /* NULL: none */
    struct gan__schedule instance_noise;
    char *feature_matching; /* NULL: none */
    struct gan__schedule feature_matching_weight;
    int32_t feature_matching_mode; /* an enum gan__matching_mode */
    bool average;
    double half_life;
    bool recompute;
    int64_t sample_every;
};
extern const struct gan__option gan__trainer_options[];

struct gan_record {
    gan_trainer *trainer; /* for its context */
    int64_t step, epoch, d_updates;
    double d_loss, penalty, g_loss, d_real, d_generated, d_accuracy, critic_distance;
    double d_gradient_norm, g_gradient_norm;
    double images_per_second, data_seconds;
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

/* Everything random and everything drawn is a function of these (and the context's seed); what a
 * failed step takes back. */
struct gan__counters {
    int64_t steps;     /* taken */
    int64_t batches;   /* real batches drawn */
    int64_t draws;     /* noise batches drawn */
    int64_t forwards;  /* training-mode runs of either network: dropout, and what D is shown */
    int64_t d_updates; /* of D's weights: lazy penalties */
    int64_t looks;     /* D steps whose accuracy was counted */
    double accuracy;   /* the moving mean over them */
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

enum { GAN__MEASURE_SIZE = 32 };

/* The best of the scores that gan_run_score() was told, or an evaluation found; part of the
 * checkpoints. */
struct gan__best {
    bool told; /* there was one */
    double score;
    int64_t step;
    int64_t since; /* patience counts from it: `step`, or an earlier one that was gone back to */
    bool judged;   /* its checkpoint was judged again (evaluation) */
    /* What it is a score of: a measure's "fid"; "" for the program's own; "?" for that of a
     * checkpoint which does not say. */
    char measure[GAN__MEASURE_SIZE];
};

/* What alarms remember from check to check; part of the checkpoints. */
struct gan__alarm_state {
    int64_t diverse; /* 1: the samples were, for some time */
    /* Checks in a row, up to the last one, that found it. */
    int64_t varied, alike, won;
    int64_t ringing;   /* a bit for each enum gan__alarm */
    int64_t gone_back; /* times */
    int64_t seen;      /* steps that saturation is of */
    double saturation; /* a moving mean */
};

struct gan_trainer {
    struct gan__object object;
    struct gan__trainer_options options;
    struct gan__side generator, discriminator;
    gan_dataset *dataset;    /* held */
    gan_loss *loss;          /* held */
    gan_penalty **penalties; /* held; without the loss's own */
    int32_t penalty_count;
    struct gan__augmentation augmentation; /* with options.augment */
    gan_layer *matched;                    /* of D, for feature matching; held; NULL: none */
    gan_layer *average;                    /* held; NULL without averaging */
    bool average_has_statistics;
    bool average_is_estimated; /* its running statistics are of its present parameters */
    struct gan__counters counters;
    struct gan_record record;
    int64_t *indices;    /* [batch] of the last real batch */
    int32_t *labels;     /* [batch]; NULL without labels */
    bool *was_trainable; /* [tensors of D]: requires_grad while D is frozen */
    struct gan__snapshot snapshot;
    struct gan_run *run; /* held; NULL: none */
    struct gan__best best;
    struct gan__watch *watches[GAN__WATCH_COUNT]; /* NULL: none */
    struct gan__alarm_state alarm_state;
    atomic_int stop;
};

static inline gan_context *
gan__trainer_context(const gan_trainer *trainer)
{
    return trainer->object.ctx;
}

/* Read the options' text over its recipe's, if it names one. What *options holds is for
 * gan__options_free(), also after a failure. */
gan_status gan__trainer_read_options(gan_context *ctx, struct gan__trainer_options *options,
                                     const char *text);
/* The options that a recipe stands for. */
gan_status gan__recipe_find(gan_context *ctx, const char *name, const char **text);

/* Make what the options' texts say: loss, penalties, optimizers, augmentation. */
gan_status gan__trainer_make_parts(gan_trainer *trainer);
void gan__trainer_release_parts(gan_trainer *trainer);
/* The trainer's penalties with a loss, whose own is the first if it has one; NULL: no more. */
gan_penalty *gan__trainer_penalty(const gan_trainer *trainer, const gan_loss *loss, int32_t index);

/* What gan_trainer_create() refuses of networks and dataset. */
gan_status gan__trainer_check(gan_trainer *trainer);
/* What it refuses of parts that make no sense together: with this loss, and one penalty more (may
 * be NULL). */
gan_status gan__trainer_check_combination(gan_trainer *trainer, gan_loss *loss, gan_penalty *more);
/* Whether D's steps follow its accuracy. */
bool gan__trainer_is_adaptive(const gan_trainer *trainer);

/* The batch's samples joined on channels, pac at a time; x itself for 1. One handle. */
gan_status gan__pack(gan_context *ctx, gan_tensor **out, gan_tensor *x, int64_t pac);

/* Seconds of a clock that only goes forward. */
double gan__seconds(void);

/* Bring the average's running statistics up to date; nothing if they are. */
gan_status gan__trainer_estimate(gan_trainer *trainer);

/* Append the record's numbers as the inside of a JSON object; those without a meaning for the loss
 * are left out. */
void gan__record_print(struct gan__text *out, const struct gan_record *record);

/* One step, all or nothing; if a value becomes infinite or not a number, once more to find where.
 * */
gan_status gan__trainer_step_or_explain(gan_trainer *trainer);

/* A step that reads no data and moves nothing but what a snapshot holds. */
gan_status gan__rehearse_step(gan_trainer *trainer);

/* Remember what a step changes before its last update; the room is made on the first call. */
gan_status gan__snapshot_take(gan_trainer *trainer);
/* Put it back; gradients are forgotten. Cannot fail. */
void gan__snapshot_restore(gan_trainer *trainer);
void gan__snapshot_free(gan_trainer *trainer);
/* Whether a score by `measure` can be compared with it (gan__best). */
bool gan__best_is_of(const struct gan__best *best, const char *measure);
/* Take a score over if it is better, or if the best is another measure's: true. */
bool gan__best_improve(struct gan__best *best, const char *measure, double score, int64_t step,
                       bool lower);
/* What alarms keep of the optimizers is not of the present ones. */
void gan__alarms_forget_states(gan_trainer *trainer);

/* Append the documentation of the trainer's options, of the recipes (gan_kinds). */
void gan__trainer_document(struct gan__text *out);
void gan__recipes_document(struct gan__text *out);

#endif
