/* A training in a run folder of its own below the current folder, for the tests of run folders. */
#ifndef TESTS_TRAINER_RUN_FIXTURE_H
#define TESTS_TRAINER_RUN_FIXTURE_H

#include <gan/gan.h>

#include "calls.h"
#include "fixture.h"
#include "support.h"
#include "trainer/run_folder.h"

#define TRAINER_OPTIONS "batch=8 half_life=50"

struct training {
    struct fixture f; /* networks borrowed from the trainer when it was resumed */
    gan_run *run;
    int64_t resumed; /* the step; -1: begun */
    char warnings[4096];
};

/* Make the folder, empty; remove it with all that is in it. */
void run_place_begin(void);
void run_place_end(void);
extern char run_place[64];
/* The path of a file in it; valid until the eighth call after it. */
const char *run_path(const char *name);
int run_exists(const char *name);
/* How many names of a folder of the run begin so. */
int run_count(const char *folder, const char *start);
/* A file's text, for free(). */
char *run_text(const char *name);
int run_lines(const char *name);

/* A context with a dataset, no run yet. */
void training_context(struct training *t, const char *context_options, const gan_host *host);
/* Networks and a trainer that is not resumed. */
void training_make(struct training *t, const char *trainer_options);
/* Everything: the run is resumed if it can be, otherwise begun. */
void training_open(struct training *t, const char *run_options);
void training_close(struct training *t);
/* gan_trainer_run() up to this step. */
gan_status training_until(struct training *t, int64_t step);
/* The hash after so many undisturbed steps. */
uint64_t undisturbed_hash(int64_t steps);

Suite *runs_suite(void);
Suite *run_files_suite(void);
Suite *run_faults_suite(void);

#endif
