/*
 * Trains a tiny GAN in a run folder up to a step, from where it was left, and can be told to be
 * killed on the way: kill_resume.sh runs it again and again.
 *
 *     train_until FOLDER STEPS "threads=2 isa=avx2" [call N | step N MICROSECONDS]
 *
 * call: in the N-th system call that writes a file other than the log. step: so long after the N-th
 * step of this process (0: after its start), by another thread. Exit status: 0 finished, 3 no such
 * instruction set, 1 anything else.
 */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <gan/gan.h>

#include "calls.h"

enum { SIDE = 8, PIXELS = SIDE * SIDE, SAMPLES = 50, OTHER_ISA = 3 };

static const char generator_text[] = "gan-network 1\n"
                                     "input shape=6 noise=normal\n"
                                     "dense units=512 bias=false\n"
                                     "reshape shape=4x4x32\n"
                                     "batch_norm\n"
                                     "relu\n"
                                     "dropout probability=0.1\n"
                                     "conv_transpose2d filters=1 kernel=4 stride=2 padding=1\n"
                                     "tanh\n";
static const char discriminator_text[] =
    "gan-network 1\n"
    "input shape=8x8x1\n"
    "conv2d filters=24 kernel=4 stride=2 padding=1\n"
    "leaky_relu\n"
    "dropout probability=0.3\n"
    "conv2d filters=40 kernel=4 stride=2 padding=1 bias=false\n"
    "batch_norm\n"
    "leaky_relu\n"
    "flatten\n"
    "dense units=1 spectral_norm=true\n";
static const char judge_text[] = "gan-network 1\n"
                                 "input shape=8x8x1\n"
                                 "conv2d filters=4 kernel=4 stride=2 padding=1\n"
                                 "leaky_relu\n"
                                 "flatten\n"
                                 "dense units=3\n";
static const char trainer_options[] =
    "batch=16 sample_every=50 half_life=100 augment=\"policy=translation\" instance_noise=0.1 "
    "generator=\"adam lr=cosine(1e-3,1e-4,500) beta1=0.5\" d_skip_above=0.9";
static const char run_options[] =
    "checkpoint_every=4 checkpoint_seconds=0 keep=2 samples=9 best=highest";

#define TRY(call)                                                                                  \
    do {                                                                                           \
        st = (call);                                                                               \
        if (st != GAN_OK) {                                                                        \
            (void)fprintf(stderr, "%s: %s\n", #call, gan_context_error(s->context));               \
            goto fail;                                                                             \
        }                                                                                          \
    } while (0)

struct stage {
    gan_context *context;
    gan_run *run;
    gan_dataset *dataset;
    gan_layer *generator, *discriminator;
    gan_trainer *trainer;
    gan_layer *network; /* of a judge */
    gan_judge *judge;
    gan_features *real;
    atomic_long steps_here;
    long kill_step, kill_microseconds;
};

static gan_status
make_dataset(struct stage *s)
{
    static float pictures[SAMPLES * PIXELS];
    const int64_t shape[] = {SIDE, SIDE, 1};
    uint32_t state = 12345;

    for (int i = 0; i < SAMPLES * PIXELS; i++) {
        state = state * 1664525u + 1013904223u;
        pictures[i] = ((i / SIDE + i % (i / PIXELS % 3 + 2)) % 4 < 2 ? 0.6f : -0.6f) +
                      0.3f * ((float)(state >> 8) / 8388608.0f - 1.0f);
    }
    return gan_dataset_create_memory(s->context, &s->dataset, pictures, SAMPLES, shape, 3, NULL);
}

static gan_status
make_trainer(struct stage *s)
{
    gan_status st;

    TRY(gan_layer_parse(s->context, &s->generator, generator_text));
    TRY(gan_layer_parse(s->context, &s->discriminator, discriminator_text));
    TRY(gan_trainer_create(s->context, &s->trainer, s->generator, s->discriminator, s->dataset,
                           trainer_options));
    TRY(gan_run_begin(s->run, s->trainer, NULL));

fail:
    return st;
}

/* The same numbers in each process, however many networks were made before. */
static gan_status
fill_judge(struct stage *s)
{
    uint32_t state = 99;
    int64_t count = 0, numbers = 0;
    gan_status st;

    TRY(gan_layer_parameter_count(s->network, &count));
    for (int64_t i = 0; i < count; i++) {
        gan_tensor *tensor = NULL;
        float *data = NULL;
        TRY(gan_layer_parameter(s->network, &tensor, i, NULL, 0, NULL));
        TRY(gan_tensor_data(tensor, &data));
        TRY(gan_tensor_count(tensor, &numbers));
        for (int64_t k = 0; k < numbers; k++) {
            state = state * 1664525u + 1013904223u;
            data[k] = 0.4f * ((float)(state >> 8) / 8388608.0f - 1.0f);
        }
        gan_tensor_destroy(tensor);
    }

fail:
    return st;
}

static gan_status
set_evaluation(struct stage *s)
{
    gan_status st;

    TRY(gan_layer_parse(s->context, &s->network, judge_text));
    TRY(fill_judge(s));
    TRY(gan_judge_create(s->context, &s->judge, s->network, NULL));
    TRY(gan_features_create(s->judge, &s->real, "patterns"));
    TRY(gan_features_add_dataset(s->real, s->dataset, NULL));
    TRY(gan_trainer_set_evaluation(s->trainer, s->judge, s->real,
                                   "every=30 count=40 measures=\"inception_score splits=2; fid\""));

fail:
    return st;
}

static int32_t
on_event(void *user, gan_trainer *trainer, int32_t event, const gan_record *record)
{
    struct stage *s = user;
    double score = 0, step = 0;

    (void)trainer;
    if (event != GAN_EVENT_STEP) {
        return 0;
    }
    (void)atomic_fetch_add(&s->steps_here, 1);
    if (gan_record_get(record, &step, "step") != GAN_OK ||
        gan_record_get(record, &score, "g_loss") != GAN_OK) {
        return 1;
    }
    if ((int64_t)step % 7 == 0 && gan_run_score(s->run, score, NULL) != GAN_OK) {
        (void)fprintf(stderr, "gan_run_score: %s\n", gan_context_error(s->context));
        return 1;
    }
    return 0;
}

static gan_status
train(struct stage *s, const char *folder, int64_t steps)
{
    int64_t step = -1;
    gan_status st;

    TRY(make_dataset(s));
    TRY(gan_run_open(s->context, &s->run, folder, run_options));
    TRY(gan_run_steps(s->run, &step));
    if (step >= 0) {
        TRY(gan_run_resume(s->run, &s->trainer, s->dataset));
    } else {
        TRY(make_trainer(s));
    }
    TRY(set_evaluation(s));
    step = step < 0 ? 0 : step;
    TRY(gan_trainer_run(s->trainer, steps - step, on_event, s));

fail:
    gan_features_destroy(s->real);
    gan_judge_destroy(s->judge);
    gan_layer_destroy(s->network);
    gan_trainer_destroy(s->trainer);
    gan_layer_destroy(s->generator);
    gan_layer_destroy(s->discriminator);
    gan_run_destroy(s->run);
    gan_dataset_destroy(s->dataset);
    gan_context_destroy(s->context);
    return st;
}

static void *
killer(void *argument)
{
    struct stage *s = argument;
    const struct timespec moment = {0, 100000};
    const struct timespec wait = {s->kill_microseconds / 1000000,
                                  s->kill_microseconds % 1000000 * 1000};

    while (atomic_load(&s->steps_here) < s->kill_step) {
        (void)nanosleep(&moment, NULL);
    }
    (void)nanosleep(&wait, NULL);
    (void)kill(getpid(), SIGKILL);
    return NULL;
}

int
main(int argc, char **argv)
{
    static struct stage s;
    char options[200];
    pthread_t thread;

    if (argc < 4) {
        return 1;
    }
    calls.leave_out_log = 1;
    if (argc == 6 && strcmp(argv[4], "call") == 0) {
        calls.kill_at = atol(argv[5]);
    } else if (argc == 7 && strcmp(argv[4], "step") == 0) {
        s.kill_step = atol(argv[5]);
        s.kill_microseconds = atol(argv[6]);
        if (pthread_create(&thread, NULL, killer, &s) != 0) {
            return 1;
        }
    } else if (argc != 4) {
        return 1;
    }
    (void)snprintf(options, sizeof options, "seed=11 %s", argv[3]);
    const gan_status st = gan_context_create(&s.context, options, NULL);
    if (st != GAN_OK) {
        (void)fprintf(stderr, "%s\n", gan_context_error(s.context));
        return st == GAN_E_UNSUPPORTED ? OTHER_ISA : 1;
    }
    return train(&s, argv[1], atol(argv[2])) == GAN_OK ? 0 : 1;
}
