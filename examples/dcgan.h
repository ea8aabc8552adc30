/* What dcgan_mnist and dcgan_cifar share: all but where the pictures come from. */
#ifndef EXAMPLES_DCGAN_H
#define EXAMPLES_DCGAN_H

#include "training.h"

/* Settings. A program sets its own defaults before it reads the options. */
struct dcgan {
    const char *architecture; /* of gan_layer_preset(): "dcgan" or "resnet" */
    const char *optimizer;    /* of both, where nothing else is said */
    const char *norm;
    int64_t steps, batch, width, noise, pac;
    int spectral_norm;
    int64_t evaluate, evaluate_count, patience;
    const char *judge, *judge_options, *measures; /* options: of gan_judge_load() */
    const char *alarms;                           /* of gan_trainer_set_alarms(); NULL: none */
    const char *model; /* draw samples from this file, and train nothing */
    int64_t count;
};
extern struct dcgan dcgan;
extern const struct option dcgan_options[];
extern const char dcgan_notes[];

/* Train on the pictures that the function opens, or draw samples; returns main()'s result. */
int dcgan_main(gan_dataset *(*open_pictures)(void));

#endif
