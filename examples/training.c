/* What the programs that train share: see training.h. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "training.h"

struct training training = {.out = "out", .checkpoint_seconds = 60};

const struct option training_options[] = {
    {"--out", "FOLDER", "where everything goes; made if missing", .text = &training.out,
     .resumed = NOT_KEPT},
    {"--resume", NULL, "go on with the training that is there, from its newest checkpoint",
     .flag = &training.resume, .resumed = NOT_KEPT},
    {"--restart", NULL, "give up the training that is there", .flag = &training.restart,
     .resumed = NOT_KEPT},
    {"--checkpoint-seconds", "N", "time from one checkpoint to the next; 0 for one at the end only",
     .number = &training.checkpoint_seconds, .resumed = CHANGEABLE},
    {"--seed", "N", "everything random comes from it", .number = &training.seed},
    {"--threads", "N", "0 for all CPUs; the result is the same", .number = &training.threads,
     .maximum = 1024, .resumed = CHANGEABLE},
    {"--profile", NULL, "a table at the end: where the time went, by layer and operation",
     .flag = &training.profile, .resumed = NOT_KEPT},
    {"--profile-trace", "FILE",
     "the last steps' operations one by one, as a file for https://ui.perfetto.dev",
     .text = &training.profile_trace, .resumed = NOT_KEPT},
    {.name = NULL},
};

struct method method;

const struct option method_options[] = {
    {"",
     .help = "What is trained, as text that gan_trainer_create() takes (docs/kinds.md has all):"},
    {"--recipe", "NAME",
     "dcgan, wgan_gp, sngan, r3gan: defaults for all that follows (a loss alone keeps the "
     "optimizers; a recipe has what goes with it)",
     .text = &method.recipe},
    {"--loss", "TEXT", "\"wgan_gp\", \"hinge\", \"least_squares smoothing=0.1\"",
     .text = &method.loss},
    {"--penalties", "TEXT", "\"r1 gamma=1; r2 gamma=1\"", .text = &method.penalties},
    {"--generator", "TEXT", "its optimizer: \"adam lr=2e-4 beta1=0.5\"", .text = &method.generator},
    {"--discriminator", "TEXT", "the same", .text = &method.discriminator},
    {"--trainer", "TEXT", "further options: \"d_steps=5 instance_noise=linear(0.2,0,1000)\"",
     .text = &method.trainer},
    {.name = NULL},
};

static volatile sig_atomic_t signalled;
static gan_trainer *volatile stopped_by_signals;

static void
options_path(char path[PATH_SIZE])
{
    snprintf(path, PATH_SIZE, "%s/options.txt", training.out);
}

void
read_training_options(int argc, char **argv, const struct program *program)
{
    char path[PATH_SIZE];

    read_options(argc, argv, program);
    if (training.resume && training.restart) {
        die("--restart", "not together with --resume");
    }
    options_path(path);
    if (training.resume && is_file(path)) {
        load_options(path);
    }
}

void
add_method(char text[TEXT_SIZE])
{
    add_option(text, "recipe", method.recipe);
    add_option(text, "loss", method.loss);
    add_option(text, "penalties", method.penalties);
    add_option(text, "generator", method.generator);
    add_option(text, "discriminator", method.discriminator);
    add(text, " %s", method.trainer != NULL ? method.trainer : "");
}

/* gan_trainer_stop() may be called from a signal handler; the step that runs is finished. */
static void
on_signal(int signal_number)
{
    (void)signal_number;
    signalled = 1;
    if (stopped_by_signals != NULL) {
        gan_trainer_stop(stopped_by_signals);
    }
}

void
catch_interrupts(gan_trainer *trainer)
{
    const struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
    stopped_by_signals = trainer;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

void
stop_catching(void)
{
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    stopped_by_signals = NULL;
}

int
interrupted(void)
{
    return signalled != 0;
}

/* What the training is, beside its checkpoints. */
static void
save_training_options(void)
{
    char path[PATH_SIZE];
    options_path(path);
    save_options(path);
}

static void
refuse_earlier(void)
{
    die(training.out,
        "there is a training already; --resume goes on with it, --restart gives it up");
}

gan_trainer *
open_run(gan_dataset *dataset, gan_trainer *(*make)(gan_dataset *dataset),
         void (*watch)(gan_trainer *trainer, gan_dataset *dataset), const char *run_options)
{
    static char text[TEXT_SIZE];
    char path[PATH_SIZE];
    gan_run *run;
    gan_trainer *trainer;
    int64_t step;

    snprintf(text, sizeof text, "checkpoint_seconds=%" PRId64 " %s", training.checkpoint_seconds,
             run_options);
    check(gan_run_open(context, &run, training.out, text));
    check(gan_run_steps(run, &step));
    if (step >= 0 && training.resume) {
        check(gan_run_resume(run, &trainer, dataset));
        watch(trainer, dataset);
        save_training_options(); /* what was given anew holds from now on */
        printf("Going on from step %" PRId64 " in %s\n", step, training.out);
    } else {
        const int replace = training.resume || training.restart;
        options_path(path);
        if (!replace && (step >= 0 || is_file(path))) {
            refuse_earlier();
        }
        trainer = make(dataset);
        watch(trainer, dataset);
        save_training_options(); /* first: a run that is killed from now on can be resumed */
        const gan_status status = gan_run_begin(run, trainer, replace ? "replace=true" : NULL);
        if (status == GAN_E_STATE) { /* the run of another program */
            remove(path);
            refuse_earlier();
        }
        check(status);
    }
    gan_run_destroy(run); /* the trainer holds it */
    return trainer;
}

int
open_checkpoint(const char *path)
{
    const int there = is_file(path);
    make_folder(training.out);
    if (there && !training.resume && !training.restart) {
        refuse_earlier();
    }
    if (there && training.restart && remove(path) != 0) {
        die(path, strerror(errno));
    }
    if (!there || !training.resume) {
        save_training_options();
        return 0;
    }
    return 1;
}

void
show_alarm(gan_trainer *trainer, FILE *to)
{
    static char text[TEXT_SIZE];
    char name[64];
    int64_t step;

    check(gan_trainer_alarm(trainer, &step, name, sizeof name, text, sizeof text, NULL));
    progress_clear();
    fflush(stdout);
    fprintf(to, "ALARM at step %" PRId64 ": %s: %s\n", step, name, text);
    fflush(to);
}

void
begin_profile(void)
{
    if (training.profile || training.profile_trace != NULL) {
        check(gan_profile_start(context, NULL));
    }
}

void
end_profile(FILE *to)
{
    static char table[TEXT_SIZE];

    if (!training.profile && training.profile_trace == NULL) {
        return;
    }
    check(gan_profile_stop(context));
    if (training.profile) {
        check(gan_profile_table(context, table, sizeof table, NULL));
        fprintf(to, "\n%s\n", table);
    }
    if (training.profile_trace != NULL) {
        check(gan_profile_save(context, training.profile_trace));
    }
}

gan_layer *
save_generator(gan_trainer *trainer)
{
    gan_layer *average;
    char path[PATH_SIZE];

    snprintf(path, sizeof path, "%s/generator.safetensors", training.out);
    check(gan_trainer_average(trainer, &average));
    check(gan_layer_save(average, path, NULL));
    return average;
}

static int
is_sample(const struct dirent *entry)
{
    return strncmp(entry->d_name, "step-", 5) == 0 && ends_with(entry->d_name, ".png");
}

void
animate_samples(void)
{
    char path[PATH_SIZE];
    struct dirent **entries = NULL;

    snprintf(path, sizeof path, "%s/samples", training.out);
    const int count = scandir(path, &entries, is_sample, alphasort);
    if (count < 1) {
        free(entries);
        return;
    }
    const char **frames = room(count, sizeof *frames);
    for (int i = 0; i < count; i++) {
        char *frame = room(PATH_SIZE, 1);
        snprintf(frame, PATH_SIZE, "%s/samples/%s", training.out, entries[i]->d_name);
        frames[i] = frame;
        free(entries[i]);
    }
    free(entries);
    snprintf(path, sizeof path, "%s/progress.png", training.out);
    check(gan_image_animate(context, path, frames, count, NULL));
    for (int i = 0; i < count; i++) {
        free((void *)(uintptr_t)frames[i]);
    }
    free(frames);
}
