/* What the tests of evaluations share: a small judge of 8x8 pictures and what it sees in the dataset. */
#ifndef TESTS_TRAINER_EVALUATION_H
#define TESTS_TRAINER_EVALUATION_H

#include "run_fixture.h"

struct judged {
    gan_layer *network;
    gan_judge *judge;
    gan_features *real;
};

/* A judge of three classes; ASSERT_OK inside. */
void judged_open(struct judged *j, gan_context *ctx, gan_dataset *dataset);
void judged_close(struct judged *j);

Suite *evaluation_suite(void);
Suite *evaluation_runs_suite(void);

#endif
