/*
 * Evaluation inside: evaluation.c sets it and finds it a place, evaluation_look.c judges samples and
 * tells what it found.
 */
#ifndef GAN__EVALUATION_H
#define GAN__EVALUATION_H

#include "metrics/metric.h"
#include "trainer/trainer.h"

struct gan__evaluation_options {
    int64_t every, count;
    char *measures;
    uint64_t seed;
    int64_t patience;
};

struct gan__evaluation {
    struct gan__watch watch;
    struct gan__evaluation_options options;
    gan_judge *judge;     /* held */
    gan_features *real;   /* held */
    gan_metric **metrics; /* held */
    int32_t metric_count;
    double *values; /* [metric_count, GAN__SCORE_VALUES] of the last look; NaN before */
    bool gave_up;   /* `patience` has ended the run */
};

/* Judge samples if the step is one for it. */
gan_status gan__evaluation_after_step(struct gan__watch *watch, gan_trainer *trainer,
                                      const struct gan__listener *listener);
/* Judge the best checkpoint's once more, if the run was not broken off. */
gan_status gan__evaluation_ended(struct gan__watch *watch, gan_trainer *trainer,
                                 const struct gan__listener *listener);
/* Whether the run folder, if there is one, takes the first measure's numbers as they are meant. */
gan_status gan__evaluation_check_run(const struct gan__evaluation *evaluation,
                                     const gan_trainer *trainer);

#endif
