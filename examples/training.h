/*
 * What the programs that train share: the options of a method, a run folder in which a training can
 * be stopped and resumed, Ctrl-C, and pictures of its course.
 */
#ifndef EXAMPLES_TRAINING_H
#define EXAMPLES_TRAINING_H

#include "common.h"

/* Options of every program that trains. */
struct training {
    const char *out;
    int64_t seed, threads, checkpoint_seconds;
    int resume, restart, profile;
    const char *profile_trace;
};
extern struct training training;
extern const struct option training_options[];

/* read_options(), and with --resume those of the training that is there. */
void read_training_options(int argc, char **argv, const struct program *program);

/* What a trainer does, as text. */
struct method {
    const char *recipe, *loss, *penalties, *generator, *discriminator, *trainer;
};
extern struct method method;
extern const struct option method_options[];
/* Append it as gan_trainer_create() takes it. */
void add_method(char text[TEXT_SIZE]);

/*
 * Ctrl-C and SIGTERM end the trainer's run after its step (without a trainer: interrupted() tells of
 * them); the second one kills. stop_catching() before the trainer goes.
 */
void catch_interrupts(gan_trainer *trainer);
void stop_catching(void);
int interrupted(void);

/*
 * The trainer of the run folder --out: resumed, or made and begun there, and watched. A training that
 * is there is refused without --resume or --restart. What `watch` refuses leaves the folder, and the
 * options that --resume goes on with, as they are.
 */
gan_trainer *open_run(gan_dataset *dataset, gan_trainer *(*make)(gan_dataset *dataset),
                      void (*watch)(gan_trainer *trainer, gan_dataset *dataset),
                      const char *run_options);
/* The same decision for a training without a trainer: 1 to resume from the file, 0 to begin. */
int open_checkpoint(const char *path);

/* For the callback of GAN_EVENT_ALARM: a line with what was found and what to try. */
void show_alarm(gan_trainer *trainer, FILE *to);

/* Where the time goes between the two, if it was asked for: a table, and the file of events. */
void begin_profile(void);
void end_profile(FILE *to);

/* Save the averaged generator to --out as generator.safetensors; returns it. */
gan_layer *save_generator(gan_trainer *trainer);
/* Join samples/step-*.png of --out to progress.png. */
void animate_samples(void);

#endif
