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

static struct {
    const char *data, *out, *model;
    int64_t steps, batch, threads, count, seed;
} settings = {.data = EXAMPLE_DATA, .out = "out", .steps = 3000, .batch = 32, .count = GRID};

static gan_context *context;
static gan_trainer *trainer;

static const char help[] =
    "Usage: dcgan_mnist [options]\n"
    "Trains a DCGAN on handwritten digits. Ctrl-C ends early and keeps what there is.\n"
    "\n"
    "  --data PATH     folder with train-images-idx3-ubyte or .gz, or that file\n"
    "                  (default " EXAMPLE_DATA ")\n"
    "  --steps N       training steps (default 3000)\n"
    "  --batch N       pictures in a batch (default 32)\n"
    "  --seed N        everything random comes from it (default 0)\n"
    "  --threads N     0 for all CPUs; the result is the same (default 0)\n"
    "  --out FOLDER    where the files go; made if missing (default out)\n"
    "\n"
    "  --sample MODEL  train nothing: draw samples from a saved generator.safetensors\n"
    "  --count N       how many, with --sample (default 64)\n"
    "\n"
    "Writes samples.png, samples-STEP.png at several moments, and generator.safetensors;\n"
    "samples-STEP.png of an earlier run with other steps stay. While it trains it shows the\n"
    "step, the time left, pictures a second, the losses of D and of G, and D's mean output\n"
    "on real pictures, D(x), and on generated ones, D(G(z)).\n";

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

/* gan_trainer_stop() may be called from a signal handler; the step that runs is finished. */
static void
interrupted(int signal_number)
{
    (void)signal_number;
    gan_trainer_stop(trainer);
}

/* Examples may die. */
static void
die(const char *what, const char *why)
{
    fprintf(stderr, "dcgan_mnist: %s: %s\n", what, why);
    exit(EXIT_FAILURE);
}

static void
check(gan_status status)
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
    snprintf(part, sizeof part, "%s/.", path); /* only a folder has it */
    if (access(part, W_OK | X_OK) != 0) {
        die(path, strerror(errno));
    }
}

/* The picture file that --data means: itself, or the one in that folder. */
static void
find_images(char path[PATH_SIZE])
{
    static const char *const names[] = {"", "/train-images-idx3-ubyte",
                                        "/train-images-idx3-ubyte.gz"};
    struct stat status;
    for (int i = 0; i < 3; i++) {
        snprintf(path, PATH_SIZE, "%s%s", settings.data, names[i]);
        if (stat(path, &status) == 0 && S_ISREG(status.st_mode)) {
            return;
        }
    }
    die(settings.data,
        "wanted train-images-idx3-ubyte or train-images-idx3-ubyte.gz, or a folder with one");
}

/* The same noise each time, so that one sees the same digits grow. */
static void
save_grid(const char *name)
{
    static float pixels[GRID * 28 * 28];
    char text[PATH_SIZE];
    snprintf(text, sizeof text, "seed=%" PRId64, settings.seed);
    check(gan_trainer_generate(trainer, pixels, GRID, text));
    snprintf(text, sizeof text, "%s/%s", settings.out, name);
    check(gan_image_save(context, text, pixels, GRID, 28, 28, 1, NULL));
}

static double
value(const gan_record *record, const char *name)
{
    double number = 0;
    check(gan_record_get(record, &number, name));
    return number;
}

/* On a terminal one line that changes ten times a second, elsewhere twenty lines in all. */
static void
show(const gan_record *record)
{
    static double start, shown;
    static int terminal = -1;
    const double step = value(record, "step"), steps = (double)settings.steps;

    if (terminal < 0) {
        terminal = isatty(STDOUT_FILENO);
        start = now() - (double)settings.batch / value(record, "images_per_second");
    }
    const double passed = now() - start;
    const int due =
        terminal ? passed - shown > 0.1
                 : (int64_t)step * 20 / settings.steps > (int64_t)(step - 1) * 20 / settings.steps;
    if (!due && step < steps) {
        return;
    }
    shown = passed;
    /* A terminal too narrow cuts the line in place of wrapping it. */
    printf("%sstep %.0f/%.0f  %.0f s left  %.0f img/s  D %.3f G %.3f  D(x) %.2f D(G(z)) %.2f%s",
           terminal ? "\r\033[?7l" : "", step, steps, passed / step * (steps - step),
           step * (double)settings.batch / passed, value(record, "d_loss"), value(record, "g_loss"),
           value(record, "d_real"), value(record, "d_generated"),
           terminal ? "\033[K\033[?7h" : "\n");
    fflush(stdout);
}

static int64_t
sample_every(void)
{
    return settings.steps < MOMENTS ? 1 : settings.steps / MOMENTS;
}

static int32_t
on_event(void *user, gan_trainer *of, int32_t event, const gan_record *record)
{
    (void)user;
    (void)of;
    if (event == GAN_EVENT_STEP) {
        show(record);
    } else if (event == GAN_EVENT_SAMPLE) {
        const int64_t step = (int64_t)value(record, "step"), moment = step / sample_every();
        /* 1, 2, 4, ...: most happens early; the last is samples.png */
        if ((moment & (moment - 1)) == 0 && 2 * moment <= MOMENTS) {
            char name[64];
            snprintf(name, sizeof name, "samples-%06" PRId64 ".png", step);
            save_grid(name);
        }
    }
    return 0;
}

static void
make_trainer(void)
{
    gan_layer *generator, *discriminator;
    gan_dataset *dataset;
    gan_optimizer *for_generator, *for_discriminator;
    char path[PATH_SIZE], options[2 * PATH_SIZE + 64] = "images=\"";

    find_images(path);
    size_t length = strlen(options);
    for (const char *c = path; *c != '\0'; c++) {
        if (*c == '"' || *c == '\\') {
            options[length++] = '\\';
        }
        options[length++] = *c;
    }
    options[length] = '"'; /* zeros follow */
    check(gan_dataset_create(context, &dataset, "idx", options));
    check(gan_layer_parse(context, &generator, generator_text));
    check(gan_layer_parse(context, &discriminator, discriminator_text));
    check(gan_optimizer_create(context, &for_generator, "adam", "lr=5e-4 beta1=0.5"));
    check(gan_optimizer_create(context, &for_discriminator, "adam", "lr=5e-4 beta1=0.5"));
    snprintf(options, sizeof options, "batch=%" PRId64 " sample_every=%" PRId64, settings.batch,
             sample_every());
    check(gan_trainer_create(context, &trainer, generator, discriminator, dataset, options));
    check(gan_trainer_set_optimizers(trainer, for_generator, for_discriminator));
    gan_layer_destroy(generator); /* the trainer keeps what it needs */
    gan_layer_destroy(discriminator);
    gan_dataset_destroy(dataset);
    gan_optimizer_destroy(for_generator);
    gan_optimizer_destroy(for_discriminator);
}

static void
train(void)
{
    struct sigaction action = {.sa_handler = interrupted,
                               .sa_flags = (int)SA_RESETHAND}; /* the second Ctrl-C kills */
    gan_layer *average;
    char path[PATH_SIZE];
    int64_t steps;

    make_folder(settings.out);
    make_trainer();
    sigaction(SIGINT, &action, NULL);
    check(gan_trainer_run(trainer, settings.steps, on_event, NULL));
    snprintf(path, sizeof path, "%s/generator.safetensors", settings.out);
    check(gan_trainer_average(trainer, &average));
    check(gan_layer_save(average, path));
    save_grid("samples.png");
    check(gan_trainer_steps(trainer, &steps));
    printf("%s", isatty(STDOUT_FILENO) && steps > 0 ? "\n" : "");
    if (steps < settings.steps) {
        printf("Stopped at step %" PRId64 " of %" PRId64 ".\n", steps, settings.steps);
    }
    printf("The digits are in %s/samples.png, on the way there in %s/samples-*.png; the generator "
           "is %s\n",
           settings.out, settings.out, path);
    action.sa_handler = SIG_DFL; /* the trainer that it stops is about to go */
    sigaction(SIGINT, &action, NULL);
    gan_layer_destroy(average);
    gan_trainer_destroy(trainer);
}

static void
sample(void)
{
    gan_layer *generator;
    int64_t shape[GAN_RANK_MAX];
    int32_t rank;
    char text[PATH_SIZE];

    check(gan_layer_load(context, &generator, settings.model, NULL));
    check(gan_layer_output_shape(generator, shape, GAN_RANK_MAX, &rank));
    if (rank != 3) {
        die(settings.model, "the model makes no pictures");
    }
    float *pixels =
        calloc((size_t)settings.count, (size_t)(shape[0] * shape[1] * shape[2]) * sizeof *pixels);
    if (pixels == NULL) {
        die("--count", "no memory for so many pictures");
    }
    snprintf(text, sizeof text, "seed=%" PRId64, settings.seed);
    check(gan_layer_generate(generator, pixels, settings.count, text));
    make_folder(settings.out);
    snprintf(text, sizeof text, "%s/samples.png", settings.out);
    check(
        gan_image_save(context, text, pixels, settings.count, shape[0], shape[1], shape[2], NULL));
    printf("%" PRId64 " samples are in %s\n", settings.count, text);
    free(pixels);
    gan_layer_destroy(generator);
}

static void
read_options(int argc, char **argv)
{
    const struct {
        const char *name, **text;
        int64_t *number;
    } options[] = {
        {"--data", &settings.data, NULL},    {"--out", &settings.out, NULL},
        {"--sample", &settings.model, NULL}, {"--steps", NULL, &settings.steps},
        {"--batch", NULL, &settings.batch},  {"--threads", NULL, &settings.threads},
        {"--count", NULL, &settings.count},  {"--seed", NULL, &settings.seed},
    };
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
        if (which == COUNT) {
            die(argv[i], "no such option (values stand apart: --steps 5); try --help");
        }
        if (++i == argc) {
            die(argv[i - 1], "needs a value; try --help");
        }
        if (*argv[i] == '\0') {
            die(options[which].name, "needs a value that is not empty");
        }
        if (options[which].text != NULL) {
            *options[which].text = argv[i];
            continue;
        }
        char *end;
        errno = 0;
        *options[which].number = strtoll(argv[i], &end, 10);
        if (errno != 0 || end == argv[i] || *end != '\0' || *options[which].number < 0) {
            die(options[which].name, "wanted a whole number, 0 or more");
        }
    }
}

int
main(int argc, char **argv)
{
    char options[128];

    read_options(argc, argv);
    snprintf(options, sizeof options, "threads=%" PRId64 " seed=%" PRId64, settings.threads,
             settings.seed);
    check(gan_context_create(&context, options, NULL));
    if (settings.model != NULL) {
        sample();
    } else {
        train();
    }
    gan_context_destroy(context);
    return EXIT_SUCCESS;
}
