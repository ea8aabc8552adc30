/*
 * Alarms inside: alarms.c sets them, alarms_look.c takes the numbers, alarms_ring.c decides and tells,
 * alarms_back.c keeps states to go back to after a divergence.
 */
#ifndef GAN__ALARMS_H
#define GAN__ALARMS_H

#include "metrics/features.h"
#include "trainer/trainer.h"

enum gan__alarm {
    GAN__ALARM_NEVER_DIVERSE,
    GAN__ALARM_LOST_DIVERSITY,
    GAN__ALARM_D_WON,
    GAN__ALARM_NON_FINITE,
    GAN__ALARM_COUNT
};

enum gan__on_divergence { GAN__DIVERGENCE_STOP, GAN__DIVERGENCE_GO_BACK };

struct gan__alarms_options {
    int64_t every, warmup, samples, patience;
    uint64_t seed;
    double variety, resolution, duplicates, same, saturation;
    int32_t non_finite; /* an enum gan__on_divergence */
    int64_t go_back_limit;
    double go_back_factor;
};

/* How the rows of a set lie to each other. */
struct gan__spread {
    double distance;   /* mean over all pairs */
    double worth;      /* of how many different rows the set is worth */
    double duplicates; /* share of rows that another one repeats */
};

/* Going back lowers no lr_factor below it: such steps move nothing, and it is far from underflow. */
#define GAN__LR_FACTOR_LEAST 1e-9

/* A state of the training in memory. */
struct gan__back {
    float *values; /* of all tensors, in one order */
    struct gan_record record;
    struct gan__counters counters;
    struct gan__alarm_state state;
    int64_t g_steps, d_steps; /* of the optimizers */
    bool average_is_estimated;
};

enum { GAN__BACKS = 2 };

struct gan__alarms {
    struct gan__watch watch;
    struct gan__alarms_options options;
    gan_judge *judge; /* held; NULL: samples are their own features */
    int64_t count;    /* samples that are looked at: no more than the dataset has */
    struct gan__spread real;
    double width; /* distance that `resolution` stands for; rows this far from each other differ */
    double near;  /* rows within it are duplicates */
    /* Of the last check; NaN before it, or if a sample was not finite. */
    double diversity, variety, duplicates, saturation;
    /* The last alarm. */
    int64_t step; /* 0: none rang */
    const char *name;
    char *text;
    struct gan__back backs[GAN__BACKS]; /* the oldest first */
    int32_t back_count;
};

/* Real samples: what generated ones are compared with. */
gan_status gan__alarms_look_at_real(struct gan__alarms *alarms, gan_trainer *trainer);
/* Generated ones: diversity, variety, duplicates. */
gan_status gan__alarms_look(struct gan__alarms *alarms, gan_trainer *trainer);

gan_status gan__alarms_after_step(struct gan__watch *watch, gan_trainer *trainer,
                                  const struct gan__listener *listener);
gan_status gan__alarms_diverged(struct gan__watch *watch, gan_trainer *trainer,
                                const struct gan__listener *listener, bool *again);

/* Keep the present state; nothing where the option does not ask for it. */
gan_status gan__alarms_keep(struct gan__alarms *alarms, const gan_trainer *trainer);
/* Whether there is a state to go back to, the limit allows it, and the learning rates can be lowered;
 * else a sentence is added that says what there is not. */
bool gan__alarms_can_go_back(const struct gan__alarms *alarms, const gan_trainer *trainer,
                             struct gan__text *why);
/* To the oldest state that was kept, with lower learning rates; in a run folder its checkpoint is
 * the newest then. */
gan_status gan__alarms_go_back(struct gan__alarms *alarms, gan_trainer *trainer);
void gan__alarms_free_backs(struct gan__alarms *alarms, gan_context *ctx);

#endif
