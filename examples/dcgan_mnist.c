/*
 * Trains a DCGAN (Radford et al. 2016), or the same networks with any other loss and remedy, on handwritten digits and
 * writes pictures of its progress, or samples from a generator that it has saved. `dcgan_mnist --help` says how. A minute
 * and a half on two cores gives recognisable digits.
 */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
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

enum { GRID = 64, MOMENTS = 32, PATH_SIZE = 4096, TEXT_SIZE = 16384 };

static struct {
    const char *data, *out, *model;
    const char *recipe, *loss, *penalties, *generator, *discriminator, *trainer, *norm;
    int64_t steps, batch, threads, count, seed, width, pac, spectral_norm;
} settings = {.data = EXAMPLE_DATA,
              .out = "out",
              .steps = 3000,
              .batch = 32,
              .count = GRID,
              .width = 64,
              .pac = 1};

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
    "What is trained, as text that gan_trainer_create() takes (docs/kinds.md has all):\n"
    "  --recipe NAME          dcgan, wgan_gp, sngan, r3gan: defaults for all that follows\n"
    "                         (a loss alone keeps the optimizers; a recipe has what goes with it)\n"
    "  --loss TEXT            \"wgan_gp\", \"hinge\", \"least_squares smoothing=0.1\"\n"
    "  --penalties TEXT       \"r1 gamma=1; r2 gamma=1\"\n"
    "  --generator TEXT       its optimizer (without a recipe \"adam lr=5e-4 beta1=0.5\")\n"
    "  --discriminator TEXT   the same\n"
    "  --trainer TEXT         further options: \"d_steps=5 instance_noise=linear(0.2,0,1000)\"\n"
    "The networks:\n"
    "  --norm KIND            in the discriminator: batch_norm, layer_norm, instance_norm or none\n"
    "                         (default batch_norm, or what goes with the rest)\n"
    "  --spectral-norm        in the discriminator, in place of --norm if that is not given\n"
    "  --width N              channels of the largest inner pictures (default 64)\n"
    "  --pac N                pictures that the discriminator sees at once (default 1)\n"
    "\n"
    "  --sample MODEL  train nothing: draw samples from a saved generator.safetensors\n"
    "  --count N       how many, with --sample (default 64)\n"
    "\n"
    "Writes samples.png, samples-STEP.png at several moments, and generator.safetensors;\n"
    "samples-STEP.png of an earlier run with other steps stay. While it trains it shows the\n"
    "step, the time left, pictures a second, the losses of D and of G, and D's mean output\n"
    "on real pictures, D(x), and on generated ones, D(G(z)); with losses whose output is no\n"
    "probability, the critic's distance, or the share of pictures that D tells right.\n";

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

static double
value(const gan_record *record, const char *name)
{
    double number = 0;
    check(gan_record_get(record, &number, name));
    return number;
}

/* What there is to say about D's output. */
static void
show_outputs(const gan_record *record)
{
    double real, generated;
    if (has_value(record, &real, "d_real") && has_value(record, &generated, "d_generated")) {
        printf("D(x) %.2f D(G(z)) %.2f", real, generated);
    } else if (has_value(record, &real, "critic_distance")) {
        printf("distance %.2f", real);
    } else if (has_value(record, &real, "d_accuracy")) {
        printf("accuracy %.2f", real);
    }
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
        start = now();
    }
    const double passed = now() - start;
    const int due =
        terminal ? passed - shown > 0.1
                 : (int64_t)step * 20 / settings.steps > (int64_t)(step - 1) * 20 / settings.steps;
    if ((!due && step < steps) || step < 2) {
        return;
    }
    shown = passed;
    /* A terminal too narrow cuts the line in place of wrapping it. */
    printf("%sstep %.0f/%.0f  %.0f s left  %.0f img/s  D %.3f G %.3f  ",
           terminal ? "\r\033[?7l" : "", step, steps, passed / (step - 1) * (steps - step),
           value(record, "images_per_second"), value(record, "d_loss"), value(record, "g_loss"));
    show_outputs(record);
    printf("%s", terminal ? "\033[K\033[?7h" : "\n");
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

/* Append to a text. */
static void
add(char text[TEXT_SIZE], const char *format, ...)
{
    const size_t length = strlen(text);
    va_list arguments;
    va_start(arguments, format);
    const int more = vsnprintf(text + length, TEXT_SIZE - length, format, arguments);
    va_end(arguments);
    if (more < 0 || (size_t)more >= TEXT_SIZE - length) {
        die("options", "too long");
    }
}

/* key="value", if there is one */
static void
add_option(char text[TEXT_SIZE], const char *key, const char *option)
{
    if (option == NULL) {
        return;
    }
    add(text, " %s=\"", key);
    for (; *option != '\0'; option++) {
        add(text, *option == '"' || *option == '\\' ? "\\%c" : "%c", *option);
    }
    add(text, "\"");
}

static int
is(const char *text, const char *word)
{
    const size_t length = strlen(word);
    return text != NULL && strncmp(text, word, length) == 0 &&
           (text[length] == '\0' || text[length] == ' ');
}

/* D's norm, where none is asked for: penalties refuse batch_norm, and one spectral norm is enough. */
static void
choose_norm(void)
{
    const int spectral = settings.spectral_norm || is(settings.recipe, "sngan");
    const int penalty = settings.penalties != NULL || is(settings.loss, "wgan_gp") ||
                        is(settings.recipe, "wgan_gp") || is(settings.recipe, "r3gan");

    if (settings.norm == NULL && spectral) {
        settings.norm = "none";
        settings.spectral_norm = 1;
        printf("The discriminator has spectral norm, no batch_norm (--norm NAME adds one).\n");
    } else if (settings.norm == NULL && penalty) {
        settings.norm = is(settings.recipe, "r3gan") ? "none" : "layer_norm";
        printf("The discriminator has norm=%s: a gradient penalty takes each picture by itself, "
               "and batch_norm mixes them.\n",
               settings.norm);
    } else if (settings.norm == NULL) {
        settings.norm = "batch_norm";
    }
}

static void
make_networks(gan_layer **generator, gan_layer **discriminator)
{
    char options[TEXT_SIZE] = "", text[TEXT_SIZE];
    size_t needed;

    choose_norm();
    add(options, "size=28 channels=1 width=%" PRId64, settings.width);
    check(gan_layer_preset(context, "dcgan_generator", options, text, sizeof text, &needed));
    check(gan_layer_parse(context, generator, text));
    add_option(options, "norm", settings.norm);
    add(options, " pac=%" PRId64 " spectral_norm=%s", settings.pac,
        settings.spectral_norm ? "true" : "false");
    check(gan_layer_preset(context, "dcgan_discriminator", options, text, sizeof text, &needed));
    check(gan_layer_parse(context, discriminator, text));
}

static void
make_trainer(void)
{
    static const char adam[] = "adam lr=5e-4 beta1=0.5";
    gan_layer *generator, *discriminator;
    gan_dataset *dataset;
    char path[PATH_SIZE], options[TEXT_SIZE] = "";

    find_images(path);
    add_option(options, "images", path);
    check(gan_dataset_create(context, &dataset, "idx", options));
    make_networks(&generator, &discriminator);
    if (settings.recipe == NULL) {
        settings.generator = settings.generator != NULL ? settings.generator : adam;
        settings.discriminator = settings.discriminator != NULL ? settings.discriminator : adam;
    }
    snprintf(options, sizeof options, "batch=%" PRId64 " pac=%" PRId64 " sample_every=%" PRId64,
             settings.batch, settings.pac, sample_every());
    add_option(options, "recipe", settings.recipe);
    add_option(options, "loss", settings.loss);
    add_option(options, "penalties", settings.penalties);
    add_option(options, "generator", settings.generator);
    add_option(options, "discriminator", settings.discriminator);
    add(options, " %s", settings.trainer != NULL ? settings.trainer : "");
    check(gan_trainer_create(context, &trainer, generator, discriminator, dataset, options));
    gan_layer_destroy(generator); /* the trainer keeps what it needs */
    gan_layer_destroy(discriminator);
    gan_dataset_destroy(dataset);
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
    check(gan_layer_save(average, path, NULL));
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
        int64_t *number, *flag;
    } options[] = {
        {"--data", .text = &settings.data},
        {"--out", .text = &settings.out},
        {"--sample", .text = &settings.model},
        {"--steps", .number = &settings.steps},
        {"--batch", .number = &settings.batch},
        {"--threads", .number = &settings.threads},
        {"--count", .number = &settings.count},
        {"--seed", .number = &settings.seed},
        {"--recipe", .text = &settings.recipe},
        {"--loss", .text = &settings.loss},
        {"--penalties", .text = &settings.penalties},
        {"--generator", .text = &settings.generator},
        {"--discriminator", .text = &settings.discriminator},
        {"--trainer", .text = &settings.trainer},
        {"--norm", .text = &settings.norm},
        {"--width", .number = &settings.width},
        {"--pac", .number = &settings.pac},
        {"--spectral-norm", .flag = &settings.spectral_norm},
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
        if (options[which].flag != NULL) {
            *options[which].flag = 1;
            continue;
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
