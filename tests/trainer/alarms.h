/* What the tests of alarms share: points in the plane, and networks of one layer that can be told what to give. */
#ifndef TESTS_TRAINER_ALARMS_H
#define TESTS_TRAINER_ALARMS_H

#include "fixture.h"

enum { ALARMS_MAX = 16 };

/* What a run has told. */
struct heard {
    int count;
    struct {
        char name[32], text[1024];
        int64_t step; /* gan_trainer_alarm()'s */
    } alarm[ALARMS_MAX];
    /* At this step, before its alarms (0: none), `act` is called. */
    int64_t act_at;
    void (*act)(struct heard *heard, gan_trainer *trainer);
    /* And at each alarm, if it is not NULL. */
    void (*on_alarm)(struct heard *heard, gan_trainer *trainer);
    int32_t answer; /* to an alarm */
};

int32_t hear(void *user, gan_trainer *trainer, int32_t event, const gan_record *record);

/* G is the identity of two normal numbers, D the sum of a point's coordinates; SAMPLES points. */
void plane_open(struct fixture *f, const char *context_options, const gan_host *host,
                const char *trainer_options);
/* All of G's samples become the point (value, value). */
void plane_collapse(gan_trainer *trainer, float value);
void plane_restore(gan_trainer *trainer);
#define STILL "batch=4 generator=\"sgd lr=0\" discriminator=\"sgd lr=0\""

Suite *alarms_suite(void);
Suite *divergence_suite(void);

#endif
