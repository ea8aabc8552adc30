/*
 * Trains a DCGAN (Radford et al. 2016) on handwritten digits and writes pictures of its progress, or samples from a
 * generator that it has saved. `dcgan_mnist --help` says how. A minute and a half on two cores gives recognisable digits.
 */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <gan/gan.h>

#ifndef EXAMPLE_DATA
#define EXAMPLE_DATA "examples/data"
#endif

enum { GRID = 64, MOMENTS = 32, PATH_SIZE = 4096 };

struct settings {
    const char *data, *out, *model;
    int64_t steps, batch, threads, count, seed;
};

struct progress {
    const struct settings *settings;
    gan_context *context;
    double start, shown;
    int terminal;
};

static const char help[] =
    "Usage: dcgan_mnist [options]\n"
    "Trains a DCGAN on handwritten digits. Ctrl-C ends early and keeps what there is.\n"
    "\n"
    "  --data PATH     folder with train-images-idx3-ubyte or .gz, or that file\n"
    "                  (default " EXAMPLE_DATA ")\n"
    "  --steps N       training steps (default 2400)\n"
    "  --batch N       pictures in a batch (default 32)\n"
    "  --seed N        everything random comes from it (default 0)\n"
    "  --threads N     0 for all CPUs; the result is the same (default 0)\n"
    "  --out FOLDER    where the files go; made if missing (default out)\n"
    "\n"
    "  --sample MODEL  train nothing: draw samples from a saved generator.safetensors\n"
    "  --count N       how many, with --sample (default 64)\n"
    "\n"
    "Writes samples.png, samples-STEP.png at several moments, and generator.safetensors.\n";

static const char generator_text[] =
    "gan-network 1\n"
    "input shape=100 noise=normal\n"
    "dense units=6272 bias=false\n"
    "reshape shape=7x7x128\n"
    "batch_norm\n"
    "relu\n"
    "conv_transpose2d filters=64 kernel=4 stride=2 padding=1 bias=false\n"
    "batch_norm\n"
    "relu\n"
    "conv_transpose2d filters=1 kernel=4 stride=2 padding=1\n"
    "tanh\n";

static const char discriminator_text[] =
    "gan-network 1\n"
    "input shape=28x28x1\n"
    "conv2d filters=64 kernel=4 stride=2 padding=1\n"
    "leaky_relu\n"
    "conv2d filters=128 kernel=4 stride=2 padding=1 bias=false\n"
    "batch_norm\n"
    "leaky_relu\n"
    "flatten\n"
    "dense units=1\n";

/* For the signal handler; gan_trainer_stop() may be called from one. */
static gan_trainer *running;

static void
interrupted(int signal_number)
{
    (void)signal_number;
    gan_trainer_stop(running);
}

/* Examples may die. */
static void
die(const char *what, const char *why)
{
    fprintf(stderr, "dcgan_mnist: %s: %s\n", what, why);
    exit(EXIT_FAILURE);
}

static void
check(gan_context *context, gan_status status)
{
    if (status != GAN_OK) {
        die(gan_status_name(status), gan_context_error(context));
    }
}

static double
now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void
make_folder(const char *path)
{
    char part[PATH_SIZE] = "";
    for (size_t i = 0; path[i] != '\0' && i < sizeof part - 100; i++) {
        part[i] = path[i];
        if ((path[i + 1] == '/' || path[i + 1] == '\0') && mkdir(part, 0777) != 0 &&
            errno != EEXIST) {
            die(part, strerror(errno));
        }
    }
}

/* The picture file that --data means: itself, or the one in that folder. */
static const char *
find_images(char path[PATH_SIZE], const char *data)
{
    static const char *const names[] = {"train-images-idx3-ubyte", "train-images-idx3-ubyte.gz"};
    struct stat status;
    if (stat(data, &status) != 0) {
        die(data, strerror(errno));
    }
    if (!S_ISDIR(status.st_mode)) {
        return data;
    }
    for (int i = 0; i < 2; i++) {
        snprintf(path, PATH_SIZE, "%s/%s", data, names[i]);
        if (access(path, R_OK) == 0) {
            return path;
        }
    }
    die(data, "the folder has no train-images-idx3-ubyte or train-images-idx3-ubyte.gz");
    return NULL;
}

/* The same noise each time, so that one sees the same digits grow. */
static void
save_grid(gan_context *context, gan_trainer *trainer, const struct settings *settings,
          const char *path)
{
    static float pixels[GRID * 28 * 28];
    char options[64];
    snprintf(options, sizeof options, "seed=%" PRId64, settings->seed);
    check(context, gan_trainer_generate(trainer, pixels, GRID, options));
    check(context, gan_image_save(context, path, pixels, GRID, 28, 28, 1, NULL));
}

static double
value(gan_context *context, const gan_record *record, const char *name)
{
    double number = 0;
    check(context, gan_record_get(record, &number, name));
    return number;
}

static void
show(struct progress *progress, const gan_record *record)
{
    gan_context *context = progress->context;
    const int64_t steps = progress->settings->steps;
    const double step = value(context, record, "step"), passed = now() - progress->start;
    const double left = passed / step * ((double)steps - step);
    const int every = steps >= 20 ? (int)(steps / 20) : 1, last = (int64_t)step == steps;

    if (progress->terminal ? now() - progress->shown < 0.1 && !last
                           : (int64_t)step % every != 0 && !last) {
        return;
    }
    progress->shown = now();
    printf(
        "%sstep %.0f/%" PRId64
        "  %.0f s left  %.0f images/s  D loss %.3f  G loss %.3f  D(real) %.2f  D(generated) %.2f%s",
        progress->terminal ? "\r" : "", step, steps, left,
        step * (double)progress->settings->batch / passed, value(context, record, "d_loss"),
        value(context, record, "g_loss"), value(context, record, "d_real"),
        value(context, record, "d_generated"), progress->terminal ? "\033[K" : "\n");
    fflush(stdout);
}

static int32_t
on_event(void *user, gan_trainer *trainer, int32_t event, const gan_record *record)
{
    struct progress *progress = user;
    if (event == GAN_EVENT_STEP) {
        show(progress, record);
    } else if (event == GAN_EVENT_SAMPLE) {
        const int64_t step = (int64_t)value(progress->context, record, "step");
        const int64_t every =
            progress->settings->steps < MOMENTS ? 1 : progress->settings->steps / MOMENTS;
        const int64_t moment = step / every;
        if ((moment & (moment - 1)) == 0) { /* 1, 2, 4, ...: most happens early */
            char path[PATH_SIZE];
            snprintf(path, sizeof path, "%s/samples-%06" PRId64 ".png", progress->settings->out,
                     step);
            save_grid(progress->context, trainer, progress->settings, path);
        }
    }
    return 0;
}

static gan_trainer *
make_trainer(gan_context *context, const struct settings *settings)
{
    gan_layer *generator, *discriminator;
    gan_dataset *dataset;
    gan_optimizer *for_generator, *for_discriminator;
    gan_trainer *trainer;
    char path[PATH_SIZE], options[PATH_SIZE + 64];

    snprintf(options, sizeof options, "images=\"%s\"", find_images(path, settings->data));
    check(context, gan_dataset_create(context, &dataset, "idx", options));
    check(context, gan_layer_parse(context, &generator, generator_text));
    check(context, gan_layer_parse(context, &discriminator, discriminator_text));
    check(context, gan_optimizer_create(context, &for_generator, "adam", "lr=5e-4 beta1=0.5"));
    check(context, gan_optimizer_create(context, &for_discriminator, "adam", "lr=5e-4 beta1=0.5"));
    snprintf(options, sizeof options, "batch=%" PRId64 " sample_every=%" PRId64, settings->batch,
             settings->steps < MOMENTS ? 1 : settings->steps / MOMENTS);
    check(context,
          gan_trainer_create(context, &trainer, generator, discriminator, dataset, options));
    check(context, gan_trainer_set_optimizers(trainer, for_generator, for_discriminator));
    gan_layer_destroy(generator); /* the trainer keeps what it needs */
    gan_layer_destroy(discriminator);
    gan_dataset_destroy(dataset);
    gan_optimizer_destroy(for_generator);
    gan_optimizer_destroy(for_discriminator);
    return trainer;
}

static void
train(gan_context *context, const struct settings *settings)
{
    struct progress progress = {
        .settings = settings, .context = context, .terminal = isatty(STDOUT_FILENO)};
    struct sigaction action = {.sa_handler = interrupted,
                               .sa_flags = (int)SA_RESETHAND}; /* the second one kills */
    gan_layer *average;
    char path[PATH_SIZE];

    running = make_trainer(context, settings);
    make_folder(settings->out);
    sigaction(SIGINT, &action, NULL);
    progress.start = now();
    check(context, gan_trainer_run(running, settings->steps, on_event, &progress));
    snprintf(path, sizeof path, "%s/generator.safetensors", settings->out);
    check(context, gan_trainer_average(running, &average));
    check(context, gan_layer_save(average, path));
    snprintf(path, sizeof path, "%s/samples.png", settings->out);
    save_grid(context, running, settings, path);
    printf("%sThe digits are in %s, on the way there in %s/samples-*.png; the generator is "
           "%s/generator.safetensors\n",
           progress.terminal ? "\n" : "", path, settings->out, settings->out);
    gan_layer_destroy(average);
    gan_trainer_destroy(running);
}

static void
sample(gan_context *context, const struct settings *settings)
{
    gan_layer *generator;
    int64_t shape[GAN_RANK_MAX];
    int32_t rank;
    char text[PATH_SIZE];

    check(context, gan_layer_load(context, &generator, settings->model, NULL));
    check(context, gan_layer_output_shape(generator, shape, GAN_RANK_MAX, &rank));
    if (rank != 3) {
        die(settings->model, "the model makes no pictures");
    }
    float *pixels =
        calloc((size_t)settings->count * (size_t)(shape[0] * shape[1] * shape[2]), sizeof *pixels);
    if (pixels == NULL) {
        die("--count", "no memory for so many pictures");
    }
    snprintf(text, sizeof text, "seed=%" PRId64, settings->seed);
    check(context, gan_layer_generate(generator, pixels, settings->count, text));
    make_folder(settings->out);
    snprintf(text, sizeof text, "%s/samples.png", settings->out);
    check(context, gan_image_save(context, text, pixels, settings->count, shape[0], shape[1],
                                  shape[2], NULL));
    printf("%" PRId64 " samples are in %s\n", settings->count, text);
    free(pixels);
    gan_layer_destroy(generator);
}

static void
read_options(struct settings *s, int argc, char **argv)
{
    const struct {
        const char *name, **text;
        int64_t *number;
    } options[] = {{"--data", &s->data, NULL},    {"--out", &s->out, NULL},
                   {"--sample", &s->model, NULL}, {"--steps", NULL, &s->steps},
                   {"--batch", NULL, &s->batch},  {"--threads", NULL, &s->threads},
                   {"--count", NULL, &s->count},  {"--seed", NULL, &s->seed}};
    enum { COUNT = sizeof options / sizeof options[0] };

    for (int i = 1; i < argc; i++) {
        int which = 0;
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            fputs(help, stdout);
            exit(EXIT_SUCCESS);
        }
        while (which < COUNT && strcmp(argv[i], options[which].name) != 0) {
            which++;
        }
        if (which == COUNT || ++i == argc) {
            die(argv[i - (which != COUNT)],
                which == COUNT ? "no such option; try --help" : "needs a value; try --help");
        } else if (options[which].text != NULL) {
            *options[which].text = argv[i];
        } else {
            char *end;
            errno = 0;
            *options[which].number = strtoll(argv[i], &end, 10);
            if (errno != 0 || end == argv[i] || *end != '\0' || *options[which].number < 0) {
                die(options[which].name, "wanted a whole number, 0 or more");
            }
        }
    }
}

int
main(int argc, char **argv)
{
    struct settings settings = {
        .data = EXAMPLE_DATA, .out = "out", .steps = 2400, .batch = 32, .count = 64};
    gan_context *context;
    char options[128];

    read_options(&settings, argc, argv);
    snprintf(options, sizeof options, "threads=%" PRId64 " seed=%" PRId64, settings.threads,
             settings.seed);
    check(context, gan_context_create(&context, options, NULL));
    if (settings.model != NULL) {
        sample(context, &settings);
    } else {
        train(context, &settings);
    }
    gan_context_destroy(context);
    return EXIT_SUCCESS;
}
