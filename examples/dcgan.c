/*
 * Trains a DCGAN (Radford et al. 2016), or a ResNet GAN, with any loss, penalty and remedy, in a run folder: it can be
 * stopped, killed too, and goes on with --resume. dcgan_mnist.c and dcgan_cifar.c are its programs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dcgan.h"

enum { GRID = 64, MOMENTS = 32, LINES = 20 };

struct dcgan dcgan = {.architecture = "dcgan",
                      .steps = 3000,
                      .batch = 64,
                      .pac = 1,
                      .count = GRID,
                      .evaluate_count = 10000,
                      .measures = "fid"};

const struct option dcgan_options[] = {
    {"--steps", "N", "training steps, in all", .number = &dcgan.steps, .minimum = 1,
     .maximum = 1e12, .resumed = CHANGEABLE},
    {"--batch", "N", "pictures in a batch", .number = &dcgan.batch, .minimum = 1, .maximum = 1e6},
    {.more = training_options},
    {.more = method_options},
    {"", .help = "The networks:"},
    {"--width", "N", "channels of the largest inner pictures; 0 for the usual number, 64",
     .maximum = 65536, .number = &dcgan.width},
    {"--noise", "N", "numbers that the generator is given; 0 for the usual number, 100",
     .maximum = 1 << 20, .number = &dcgan.noise},
    {"--norm", NULL, "in the discriminator (default: what goes with the rest)", .text = &dcgan.norm,
     .choices = "batch_norm|layer_norm|instance_norm|none"},
    {"--spectral-norm", NULL, "in the discriminator, in place of --norm if that is not given",
     .flag = &dcgan.spectral_norm},
    {"--pac", "N", "pictures that the discriminator sees at once", .number = &dcgan.pac,
     .minimum = 1, .maximum = 1024},
    {"", .help = "Watching it (docs/evaluation.md); all of these can be given anew with --resume:"},
    {"--evaluate", "N", "steps from one evaluation to the next; 0 for none",
     .number = &dcgan.evaluate, .maximum = 1e12, .resumed = CHANGEABLE},
    {"--judge", "FILE", "the network whose features are compared", .text = &dcgan.judge,
     .resumed = CHANGEABLE},
    {"--measures", "TEXT",
     "\"fid; kid subsets=10; prdc\" (docs/kinds.md has all); the first one chooses the best "
     "checkpoint",
     .text = &dcgan.measures, .resumed = CHANGEABLE},
    {"--evaluate-count", "N",
     "how many pictures are judged, against as many of the training's (or all that there are)",
     .number = &dcgan.evaluate_count, .minimum = 2, .maximum = 1e6, .resumed = CHANGEABLE},
    {"--patience", "N", "stop after so many evaluations without a better score; 0 never",
     .number = &dcgan.patience, .maximum = 1e6, .resumed = CHANGEABLE},
    {"--alarms", "TEXT",
     "say when the training goes wrong, and what to try: options of gan_trainer_set_alarms(), "
     "\"every=50\" (the defaults), \"non_finite=go_back\"; \"every=0\" ends the watch",
     .text = &dcgan.alarms, .resumed = CHANGEABLE},
    {"", .help = "Samples alone (gan_sample can do more):"},
    {"--sample", "MODEL", "train nothing: draw samples from a saved generator.safetensors",
     .text = &dcgan.model, .resumed = NOT_KEPT},
    {"--count", "N", "how many, with --sample", .number = &dcgan.count, .minimum = 1,
     .maximum = 1e6, .resumed = NOT_KEPT},
    {.name = NULL},
};

const char dcgan_notes[] =
    "Ctrl-C ends early and keeps what there is; the same command with --resume goes on, as if\n"
    "nothing had been. The folder has samples.png, generator.safetensors (averaged), progress.png\n"
    "(animated: any browser shows it), samples/step-*.png, log.jsonl, config.txt, checkpoints/.\n"
    "While it trains it shows the step, the time left, pictures a second, the losses of D and of\n"
    "G, and D's mean output on real pictures, D(x), and on generated ones, D(G(z)); with losses\n"
    "whose output is no probability, the critic's distance, or the share of pictures that D tells\n"
    "right. With --evaluate the folder has the best generator too, as gan_sample takes it:\n"
    "checkpoints/best.safetensors; log.jsonl has all scores, and at the end the best one's of "
    "fresh\n"
    "noise.\n";

static gan_trainer *trainer;
static gan_metric *measures[MEASURES_MAX]; /* what it is judged by */
static int measure_count;
static struct progress progress;
static double data_seconds; /* spent on reading pictures */

static double
value(const gan_record *record, const char *name)
{
    double number = 0;
    check(gan_record_get(record, &number, name));
    return number;
}

/* 0 if it has no meaning with this loss. */
static int
has_value(const gan_record *record, double *number, const char *name)
{
    const gan_status status = gan_record_get(record, number, name);
    if (status != GAN_E_UNSUPPORTED) {
        check(status);
    }
    return status == GAN_OK;
}

static void
show(const gan_record *record)
{
    const int64_t step = (int64_t)value(record, "step");
    char outputs[128] = "";
    double real, generated;

    if (!progress_due(&progress, step)) {
        return;
    }
    if (has_value(record, &real, "d_real") && has_value(record, &generated, "d_generated")) {
        snprintf(outputs, sizeof outputs, "D(x) %.2f D(G(z)) %.2f", real, generated);
    } else if (has_value(record, &real, "critic_distance")) {
        snprintf(outputs, sizeof outputs, "distance %.2f", real);
    } else if (has_value(record, &real, "d_accuracy")) {
        snprintf(outputs, sizeof outputs, "accuracy %.2f", real);
    }
    progress_show(&progress, step, "%.0f img/s  D %.3f G %.3f  %s",
                  value(record, "images_per_second"), value(record, "d_loss"),
                  value(record, "g_loss"), outputs);
}

/* What the last evaluation has found. */
static void
show_scores(const gan_record *record)
{
    char name[64];
    double number;

    progress_clear();
    printf("step %.0f:", value(record, "step"));
    for (int i = 0; i < measure_count; i++) {
        for (int32_t k = 0, count = 1; k < count; k++) {
            check(gan_metric_value(measures[i], k, &count, NULL, name, sizeof name, NULL));
            if (has_value(record, &number, name)) {
                printf("  %s %.4g", name, number);
            }
        }
    }
    printf("\n");
}

static int32_t
on_event(void *user, gan_trainer *of, int32_t event, const gan_record *record)
{
    (void)user;
    if (event == GAN_EVENT_STEP) {
        data_seconds += value(record, "data_seconds");
        show(record);
    } else if (event == GAN_EVENT_EVALUATION) {
        show_scores(record);
    } else if (event == GAN_EVENT_ALARM) {
        show_alarm(of, stdout);
    }
    return 0;
}

/* D's norm, where none is asked for: penalties refuse batch_norm, and one spectral norm is enough. */
static void
choose_norm(void)
{
    const int penalty = method.penalties != NULL || is(method.loss, "wgan_gp") ||
                        is(method.recipe, "wgan_gp") || is(method.recipe, "r3gan");

    if (dcgan.norm != NULL) {
        return;
    }
    if (dcgan.spectral_norm || is(method.recipe, "sngan")) {
        dcgan.norm = "none";
        dcgan.spectral_norm = 1;
        printf("The discriminator has spectral norm, no batch_norm (--norm NAME adds one).\n");
    } else if (is(dcgan.architecture, "resnet")) {
        dcgan.norm = "none";
    } else if (penalty) {
        dcgan.norm = is(method.recipe, "r3gan") ? "none" : "layer_norm";
        printf("The discriminator has norm=%s: a gradient penalty takes each picture by itself, "
               "and batch_norm mixes them.\n",
               dcgan.norm);
    } else {
        dcgan.norm = "batch_norm";
    }
}

static gan_layer *
make_network(const char *role, const char *options)
{
    static char text[TEXT_SIZE];
    char preset[64];
    gan_layer *network;

    snprintf(preset, sizeof preset, "%s_%s", dcgan.architecture, role);
    check(gan_layer_preset(context, preset, options, text, sizeof text, NULL));
    check(gan_layer_parse(context, &network, text));
    return network;
}

static void
make_networks(gan_dataset *dataset, gan_layer **generator, gan_layer **discriminator)
{
    static char options[TEXT_SIZE];
    int64_t shape[GAN_RANK_MAX];
    int32_t rank;

    check(gan_dataset_shape(dataset, shape, GAN_RANK_MAX, &rank));
    if (rank != 3 || shape[0] != shape[1]) {
        die("pictures", "wanted square ones");
    }
    choose_norm();
    snprintf(options, sizeof options, "size=%" PRId64 " channels=%" PRId64, shape[0], shape[2]);
    if (dcgan.width > 0) {
        add(options, " width=%" PRId64, dcgan.width);
    }
    const size_t shared = strlen(options);
    if (dcgan.noise > 0) {
        add(options, " noise=%" PRId64, dcgan.noise);
    }
    *generator = make_network("generator", options);
    options[shared] = '\0';
    add(options, " norm=%s pac=%" PRId64 " spectral_norm=%s", dcgan.norm, dcgan.pac,
        dcgan.spectral_norm ? "true" : "false");
    *discriminator = make_network("discriminator", options);
}

static gan_trainer *
make_trainer(gan_dataset *dataset)
{
    static char options[TEXT_SIZE];
    gan_layer *generator, *discriminator;
    gan_trainer *made;

    make_networks(dataset, &generator, &discriminator);
    if (method.recipe == NULL) {
        method.generator = method.generator != NULL ? method.generator : dcgan.optimizer;
        method.discriminator =
            method.discriminator != NULL ? method.discriminator : dcgan.optimizer;
    }
    snprintf(options, sizeof options, "batch=%" PRId64 " pac=%" PRId64 " sample_every=%" PRId64,
             dcgan.batch, dcgan.pac, dcgan.steps < MOMENTS ? 1 : dcgan.steps / MOMENTS);
    add_method(options);
    check(gan_trainer_create(context, &made, generator, discriminator, dataset, options));
    gan_layer_destroy(generator); /* the trainer keeps what it needs */
    gan_layer_destroy(discriminator);
    return made;
}

/* Which scores of the first measure are the best. */
static const char *
run_options(void)
{
    int32_t better = -1;

    if (measure_count > 0) {
        check(gan_metric_value(measures[0], 0, NULL, &better, NULL, 0, NULL));
    }
    return better < 0 ? "keep=2" : "keep=2 best=highest";
}

/* Have the trainer judge its pictures. It holds what it needs. */
static void
set_evaluation(gan_trainer *of, gan_dataset *dataset, gan_judge *judge)
{
    static char text[TEXT_SIZE];
    gan_features *real;
    int64_t count;

    check(gan_features_create(judge, &real, "training pictures"));
    check(gan_dataset_count(dataset, &count));
    snprintf(text, sizeof text, "shuffle=true count=%" PRId64,
             count < dcgan.evaluate_count ? count : dcgan.evaluate_count);
    check(gan_features_add_dataset(real, dataset, text));
    snprintf(text, sizeof text, "every=%" PRId64 " count=%" PRId64 " patience=%" PRId64,
             dcgan.evaluate, dcgan.evaluate_count, dcgan.patience);
    add_option(text, "measures", dcgan.measures);
    check(gan_trainer_set_evaluation(of, judge, real, text));
    gan_features_destroy(real);
}

/* Alarms take the distance of pictures in the judge's features, without one in pixels. */
static void
set_watch(gan_trainer *of, gan_dataset *dataset)
{
    gan_judge *judge = NULL;

    if (dcgan.evaluate == 0 && dcgan.alarms == NULL) {
        return;
    }
    if (dcgan.judge != NULL) {
        judge = open_judge(dcgan.judge, dcgan.judge_options);
    }
    if (dcgan.evaluate > 0) {
        set_evaluation(of, dataset, judge);
    }
    if (dcgan.alarms != NULL) {
        check(gan_trainer_set_alarms(of, judge, dcgan.alarms));
    }
    gan_judge_destroy(judge);
}

/* The averaged generator as a file, a grid of its pictures, and how they came to be. */
static void
save_results(void)
{
    gan_layer *average = save_generator(trainer);
    char path[PATH_SIZE];

    snprintf(path, sizeof path, "%s/samples.png", training.out);
    save_samples(average, path, GRID, NULL, NULL);
    gan_layer_destroy(average);
    animate_samples();
}

static void
train(gan_dataset *dataset)
{
    int64_t first, step;
    uint64_t broken;
    const double start = now();

    if (dcgan.evaluate > 0 && dcgan.judge == NULL) {
        die("--judge", "needed with --evaluate; try --help");
    }
    if (dcgan.evaluate > 0) {
        measure_count = make_measures(measures, dcgan.measures, "--measures");
    }
    trainer = open_run(dataset, make_trainer, set_watch, run_options());
    check(gan_trainer_steps(trainer, &first));
    progress_begin(&progress, first, dcgan.steps, LINES);
    catch_interrupts(trainer);
    begin_profile();
    check(gan_trainer_run(trainer, first < dcgan.steps ? dcgan.steps - first : 0, on_event, NULL));
    stop_catching();
    progress_end();
    end_profile(stdout);
    const double seconds = now() - start;
    save_results();
    check(gan_trainer_steps(trainer, &step));
    check(gan_dataset_get(dataset, &broken, "broken"));
    if (broken > 0) {
        printf("Pictures that could not be read, whose places others took: %" PRIu64 "\n", broken);
    }
    if (step > first) {
        printf("%.0f s, %.1f %% of them reading pictures.\n", seconds,
               100 * data_seconds / seconds);
    } else if (step >= dcgan.steps) {
        printf("There is nothing left to do; a larger --steps goes on.\n");
    }
    if (step < dcgan.steps) {
        printf("Stopped at step %" PRId64 " of %" PRId64 "; --resume goes on.\n", step,
               dcgan.steps);
    }
    printf("The pictures are in %s/samples.png, on the way there in progress.png and samples/; the "
           "generator is %s/generator.safetensors\n",
           training.out, training.out);
    for (int i = 0; i < measure_count; i++) {
        gan_metric_destroy(measures[i]);
    }
    gan_trainer_destroy(trainer);
}

static void
sample(void)
{
    gan_layer *generator;
    char path[PATH_SIZE];

    check(gan_layer_load(context, &generator, dcgan.model, NULL));
    make_folder(training.out);
    snprintf(path, sizeof path, "%s/samples.png", training.out);
    save_samples(generator, path, dcgan.count, NULL, NULL);
    gan_layer_destroy(generator);
    printf("%" PRId64 " samples are in %s\n", dcgan.count, path);
}

int
dcgan_main(gan_dataset *(*open_pictures)(void))
{
    open_context(training.threads, training.seed);
    if (dcgan.model != NULL) {
        sample();
    } else {
        gan_dataset *dataset = open_pictures();
        train(dataset);
        gan_dataset_destroy(dataset);
    }
    gan_context_destroy(context);
    return EXIT_SUCCESS;
}
