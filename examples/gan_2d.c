/*
 * Trains a GAN on points of the plane, where success can be counted: a ring of 8 normal distributions or a grid of 25,
 * the usual test of whether a GAN drops modes (VEEGAN: Srivastava et al. 2017; PacGAN: Lin et al. 2018). Every loss,
 * penalty and remedy is an option; `gan_2d --help` says how. The data are a user-made dataset: a callback.
 *     cc gan_2d.c drawing.c training.c common.c $(pkg-config --cflags --libs gan) -lm -o gan_2d
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "training.h"
#include "drawing.h"

enum { COUNT = 100000, SAMPLES = 2500, REAL_SHOWN = 1000, MODES_MAX = 25 };
enum { MOMENTS = 32 };
/* The picture: panels in COLUMNS x ROWS, each SIDE pixels square over its caption. */
enum { SIDE = 360, MARGIN = 18, CAPTION = 34, LEGEND = 40, COLUMNS = 3, ROWS = 2 };
enum { LAST_PANEL = COLUMNS * ROWS - 1 };
enum { WIDTH = MARGIN + COLUMNS * (SIDE + MARGIN) };
enum { HEIGHT = MARGIN + ROWS * (SIDE + CAPTION) + LEGEND };

static struct {
    const char *data, *network_g, *network_d, *norm_g, *norm_d, *activation, *alarms;
    int64_t steps, batch, noise, width, pac;
    int spectral_norm, minibatch_discrimination, minibatch_stddev, quiet;
} settings = {.data = "grid", .steps = 16000, .batch = 128, .noise = 2, .width = 128, .pac = 1};

static const struct option options[] = {
    {"--data", NULL,
     "ring: 8 modes on a circle of radius 1, deviation 0.01; grid: 25 modes from -4 to 4, "
     "deviation 0.05",
     .text = &settings.data, .choices = "ring|grid"},
    {"--steps", "N", "training steps", .number = &settings.steps, .minimum = 1, .maximum = 1e12},
    {"--batch", "N", "points in a batch", .number = &settings.batch, .minimum = 1,
     .maximum = COUNT},
    {"--alarms", "TEXT",
     "say when the training goes wrong, and what to try: options of gan_trainer_set_alarms(), "
     "\"every=50\" (the defaults), \"non_finite=go_back\"; \"every=0\" ends the watch; with "
     "--resume it can be given anew",
     .text = &settings.alarms, .resumed = CHANGEABLE},
    {"--quiet", NULL, "one line of results at the end; a folder only with --out",
     .flag = &settings.quiet, .resumed = CHANGEABLE},
    {.more = training_options},
    {.more = method_options},
    {"", .help = "The networks: three layers, each (the third is called `features`: --trainer "
                 "feature_matching=features)"},
    {"--width", "N", "units of a layer", .number = &settings.width, .minimum = 1, .maximum = 65536},
    {"--activation", "KIND", "of both (default: relu, and leaky_relu in the discriminator)",
     .text = &settings.activation},
    {"--noise", "N", "numbers that the generator is given", .number = &settings.noise, .minimum = 1,
     .maximum = 1 << 20},
    {"--pac", "N", "samples that the discriminator sees at once", .number = &settings.pac,
     .minimum = 1, .maximum = 1024},
    {"--norm-g", "KIND", "a layer after each: batch_norm, layer_norm, ...",
     .text = &settings.norm_g},
    {"--norm-d", "KIND", "the same in the discriminator", .text = &settings.norm_d},
    {"--spectral-norm", NULL, "in the discriminator", .flag = &settings.spectral_norm},
    {"--minibatch-discrimination", NULL, "before its last layer",
     .flag = &settings.minibatch_discrimination},
    {"--minibatch-stddev", NULL, "the same", .flag = &settings.minibatch_stddev},
    {"--network-g", "FILE", "text of the generator in place of all that",
     .text = &settings.network_g},
    {"--network-d", "FILE", "the same of the discriminator", .text = &settings.network_d},
    {.name = NULL},
};

static const struct program program = {
    .name = "gan_2d",
    .usage = "[options]",
    .about = "Trains a GAN on points of the plane and counts the modes that it finds.",
    .options = options,
    .notes =
        "All 25 modes in each run (for --data ring take 8000 and 6400 steps):\n"
        "  gan_2d --steps 16000 --loss relativistic_pairing \\\n"
        "    --penalties \"r1 gamma=exponential(0.3,5e-4,12800); \\\n"
        "                 r2 gamma=exponential(0.3,5e-4,12800)\" \\\n"
        "    --generator \"adam lr=cosine(3e-3,0,16000) beta1=0 beta2=0.99\" \\\n"
        "    --discriminator \"adam lr=cosine(3e-3,0,16000) beta1=0 beta2=0.99\"\n"
        "\n"
        "As in VEEGAN and PacGAN, of 2,500 samples: a sample is good within 3 deviations of its\n"
        "nearest mode (98.9 % of the data are); a mode is found if it has a good sample; KL is "
        "the\n"
        "divergence of the good samples' modes from the uniform distribution, in nats. The folder\n"
        "has gan_2d.png, six moments: real points, generated ones, and as colours the\n"
        "discriminator's output: its probability of being real or, with losses that have none, "
        "low\n"
        "and high; and progress.png, animated, with more of them. Ctrl-C ends early; --resume "
        "goes\n"
        "on as if nothing had been.\n",
};

/* The data: equally likely normal distributions with one deviation. */
static struct {
    int modes;
    double sigma, view; /* the pictures show -view to view */
    double centre[MODES_MAX][2];
} mixture;

/* How well the samples cover them. */
struct score {
    int modes;       /* hit by at least one good sample: within 3 sigma of its nearest mode */
    double good;     /* share of good samples */
    double kl;       /* divergence of the good samples' modes from uniform, in nats */
    double smallest; /* the rarest mode's share of the good samples */
};

static gan_trainer *trainer;
static gan_layer *discriminator;
static float pixels[HEIGHT][WIDTH][3];
static struct canvas canvas = {WIDTH, HEIGHT, &pixels[0][0][0]};
static float samples[SAMPLES][2];
static struct progress progress;
static int folder; /* there is one */

/* The data. */

static void
make_mixture(void)
{
    static const double s = 0.70710678118654752; /* the root of 1/2 */
    static const double ring[8][2] = {{1, 0},  {s, s},   {0, 1},  {-s, s},
                                      {-1, 0}, {-s, -s}, {0, -1}, {s, -s}};

    if (strcmp(settings.data, "ring") == 0) {
        mixture.modes = 8;
        mixture.sigma = 0.01;
        mixture.view = 1.35;
        memcpy(mixture.centre, ring, sizeof ring);
    } else {
        mixture.modes = 25;
        mixture.sigma = 0.05;
        mixture.view = 5.2;
        for (int i = 0; i < 25; i++) {
            mixture.centre[i][0] = 2 * (i % 5) - 4;
            mixture.centre[i][1] = 2 * (i / 5) - 4;
        }
    }
}

/* splitmix64 (Steele et al. 2014) */
static uint64_t
draw(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* In (0, 1). */
static double
draw_uniform(uint64_t *state)
{
    return ((double)(draw(state) >> 12) + 0.5) * 0x1p-52;
}

/* Ratio of uniforms (Kinderman, Monahan 1977): the logarithm only decides, so that every libm gives
 * the same numbers. */
static double
draw_normal(uint64_t *state)
{
    for (;;) {
        const double u = draw_uniform(state);
        const double x = 0.85776388496070679 * (2 * draw_uniform(state) - 1) / u; /* sqrt(2/e) */
        if (x * x <= -4 * log(u)) {
            return x;
        }
    }
}

/* A dataset's callback: the same index must always give the same sample. */
static gan_status
read_sample(void *user, int64_t index, float *sample, int32_t *label)
{
    (void)user;
    (void)label;
    uint64_t state = (uint64_t)training.seed;
    state = draw(&state) + (uint64_t)index;
    state = draw(&state);
    const double *centre = mixture.centre[draw(&state) % (uint64_t)mixture.modes];
    sample[0] = (float)(centre[0] + mixture.sigma * draw_normal(&state));
    sample[1] = (float)(centre[1] + mixture.sigma * draw_normal(&state));
    return GAN_OK;
}

static struct score
judge(void)
{
    struct score score = {.smallest = 1};
    int good = 0, hits[MODES_MAX] = {0};

    for (int i = 0; i < SAMPLES; i++) {
        int nearest = 0;
        double least = INFINITY;
        for (int k = 0; k < mixture.modes; k++) {
            const double x = samples[i][0] - mixture.centre[k][0];
            const double y = samples[i][1] - mixture.centre[k][1];
            if (x * x + y * y < least) {
                least = x * x + y * y;
                nearest = k;
            }
        }
        if (least <= 9 * mixture.sigma * mixture.sigma) {
            good++;
            hits[nearest]++;
        }
    }
    for (int k = 0; k < mixture.modes; k++) {
        const double share = good > 0 ? (double)hits[k] / good : 0;
        score.modes += hits[k] > 0;
        score.kl += share > 0 ? share * log(share * mixture.modes) : 0;
        score.smallest = share < score.smallest ? share : score.smallest;
    }
    if (good == 0) {
        score.kl = log(mixture.modes); /* as bad as one mode */
    }
    score.good = (double)good / SAMPLES;
    return score;
}

/* The picture. */

static const float of_real[3] = {.08F, .1F, .16F}, of_generated[3] = {.84F, .03F, .36F};

/* Where the panel's pixel lies in the plane: its middle. */
static double
coordinate(int pixel)
{
    return mixture.view * ((2 * pixel + 1.0) / SIDE - 1);
}

static int
compare(const void *a, const void *b)
{
    const float left = *(const float *)a, right = *(const float *)b;
    return (left > right) - (left < right);
}

/* The outputs of a D that are no probabilities; the median becomes 1/2, what lies far from it 0 or 1. */
static void
rank_outputs(float *outputs, const float *points)
{
    static float sorted[SIDE * SIDE];
    const int64_t shape[] = {SIDE, 2 * settings.pac};

    check(gan_no_grad_begin(context));
    for (int y = 0; y < SIDE; y++) {
        gan_tensor *row, *logits;
        check(gan_tensor_create(context, &row, shape, 2, points + y * SIDE * shape[1]));
        check(gan_layer_forward(discriminator, &logits, row, 0));
        check(gan_tensor_read(logits, outputs + y * SIDE, SIDE));
        gan_tensor_destroy(logits);
        gan_tensor_destroy(row);
    }
    check(gan_no_grad_end(context));
    memcpy(sorted, outputs, sizeof sorted);
    qsort(sorted, SIDE * SIDE, sizeof sorted[0], compare);
    const float median = sorted[SIDE * SIDE / 2];
    const float spread = sorted[SIDE * SIDE * 3 / 4] - sorted[SIDE * SIDE / 4] + 1e-30F;
    for (int i = 0; i < SIDE * SIDE; i++) {
        const float t = (outputs[i] - median) / spread;
        outputs[i] = 0.5F + 0.5F * t / (0.5F + fabsf(t));
    }
}

/* D's output over the plane as colours. A D that compares the samples of a batch has none. */
static void
draw_map(int left, int top)
{
    static float outputs[SIDE * SIDE];
    const size_t pac = (size_t)settings.pac;

    if (settings.minibatch_discrimination || settings.minibatch_stddev) {
        return;
    }
    float *points = room(SIDE * SIDE * 2 * settings.pac, sizeof *points);
    for (size_t i = 0; i < SIDE * SIDE * pac; i++) { /* `pac` times the same point */
        points[2 * i] = (float)coordinate((int)(i / pac % SIDE));
        points[2 * i + 1] = (float)-coordinate((int)(i / pac / SIDE));
    }
    const gan_status status = gan_trainer_discriminate(trainer, outputs, points,
                                                       SIDE * SIDE * settings.pac, "batch=1200");
    if (status == GAN_E_UNSUPPORTED) {
        rank_outputs(outputs, points);
    } else {
        check(status);
    }
    for (int i = 0; i < SIDE * SIDE; i++) {
        paint_level(&canvas, left + i % SIDE, top + i / SIDE, outputs[i]);
    }
    free(points);
}

static void
draw_point(int left, int top, const float *point, double radius, const float colour[3],
           double share)
{
    const double x = (point[0] / mixture.view + 1) * SIDE / 2 - 0.5;
    const double y = (1 - point[1] / mixture.view) * SIDE / 2 - 0.5;
    if (x > radius && x < SIDE - 1 - radius && y > radius && y < SIDE - 1 - radius) {
        line(&canvas, left + x, top + y, left + x, top + y, radius, colour, share);
    }
}

/* A panel's place in the picture, white. */
static void
clear_panel(int panel, int *left, int *top)
{
    *left = MARGIN + panel % COLUMNS * (SIDE + MARGIN);
    *top = MARGIN + panel / COLUMNS * (SIDE + CAPTION);
    for (int y = 0; y < SIDE + CAPTION; y++) {
        for (int i = 0; i < 3 * (SIDE + MARGIN / 2); i++) {
            pixels[*top + y][*left + i / 3][i % 3] = 1;
        }
    }
}

static void
draw_panel(int panel, int64_t step, const struct score *score)
{
    int left, top;
    char text[64];
    float point[2];

    clear_panel(panel, &left, &top);
    draw_map(left, top);
    for (int i = 0; i < REAL_SHOWN; i++) {
        check(read_sample(NULL, i, point, NULL));
        draw_point(left, top, point, 1.6, of_real, 0.8);
    }
    for (int i = 0; i < SAMPLES; i++) {
        draw_point(left, top, samples[i], 1.2, of_generated, 0.55);
    }
    for (int i = 0; i < SIDE; i++) { /* a frame */
        paint(&canvas, left + i, top, ink, 0.3);
        paint(&canvas, left + i, top + SIDE - 1, ink, 0.3);
        paint(&canvas, left, top + i, ink, 0.3);
        paint(&canvas, left + SIDE - 1, top + i, ink, 0.3);
    }
    snprintf(text, sizeof text, "step %" PRId64, step);
    write_text(&canvas, left, top + SIDE + 20, text);
    snprintf(text, sizeof text, "%d/%d modes   %.1f %% good", score->modes, mixture.modes,
             100 * score->good);
    write_text(&canvas, left + SIDE + 2 - write_text(NULL, 0, 0, text), top + SIDE + 20, text);
}

static void
draw_legend(void)
{
    const double y = HEIGHT - 22;
    double x = MARGIN + 6;

    line(&canvas, x, y - 4, x, y - 4, 4, of_real, 1);
    x = write_text(&canvas, x + 12, y, "real") + 24;
    line(&canvas, x, y - 4, x, y - 4, 4, of_generated, 1);
    write_text(&canvas, x + 12, y, "generated");
    if (settings.minibatch_discrimination || settings.minibatch_stddev) {
        return;
    }
    x = WIDTH - MARGIN + 3 - write_text(NULL, 0, 0, "real");
    write_text(&canvas, x, y, "real");
    for (int i = 0; i < 120; i++) {
        for (int j = 0; j < 14; j++) {
            paint_level(&canvas, (int)x - 130 + i, (int)y - 11 + j, i / 119.0);
        }
    }
    write_text(&canvas, x - 138 - write_text(NULL, 0, 0, "D: generated"), y, "D: generated");
}

static int64_t
sample_every(void)
{
    return settings.steps < MOMENTS ? 1 : settings.steps / MOMENTS;
}

/* Which panel of the picture a step has, counted from 0; -1 if none. Most happens early, so they are at the 1st, 2nd,
 * 4th, ... of MOMENTS moments, and the end. */
static int
panel_of(int64_t step)
{
    for (int panel = 0; panel < LAST_PANEL; panel++) {
        if (step == sample_every() << panel && step < settings.steps) {
            return panel;
        }
    }
    return step == settings.steps ? LAST_PANEL : -1;
}

static void
sample_path(char path[PATH_SIZE], int64_t step)
{
    snprintf(path, PATH_SIZE, "%s/samples/step-%09" PRId64 ".png", training.out, step);
}

/* The panel as a picture of its own. */
static void
save_panel(int panel, int64_t step)
{
    static float part[SIDE + CAPTION][SIDE][3];
    char path[PATH_SIZE];
    const int left = MARGIN + panel % COLUMNS * (SIDE + MARGIN);
    const int top = MARGIN + panel / COLUMNS * (SIDE + CAPTION);

    for (int y = 0; y < SIDE + CAPTION; y++) {
        memcpy(part[y], pixels[top + y][left], sizeof part[y]);
    }
    sample_path(path, step);
    check(gan_image_save(context, path, &part[0][0][0], 1, SIDE + CAPTION, SIDE, 3, NULL));
}

/* The panels up to this step, which were drawn before the training was resumed. */
static void
load_panels(int64_t step)
{
    static float part[SIDE + CAPTION][SIDE][3];
    static char text[TEXT_SIZE];
    char path[PATH_SIZE];
    gan_dataset *drawn;

    snprintf(path, sizeof path, "%s/samples", training.out);
    make_folder(path);
    if (step < sample_every()) {
        return;
    }
    add(text, "size=%dx%d prefetch=0", SIDE + CAPTION, SIDE);
    add_option(text, "path", path);
    check(gan_dataset_create(context, &drawn, "folder", text));
    for (int panel = 0; panel < LAST_PANEL && sample_every() << panel <= step; panel++) {
        int left, top;
        const int64_t moment = (1 << panel) - 1; /* counted from 0 */
        check(gan_dataset_read(drawn, &part[0][0][0], NULL, &moment, 1));
        clear_panel(panel, &left, &top);
        for (int y = 0; y < SIDE + CAPTION; y++) {
            memcpy(pixels[top + y][left], part[y], sizeof part[y]);
        }
    }
    gan_dataset_destroy(drawn);
}

static void
save_picture(void)
{
    char path[PATH_SIZE];
    snprintf(path, sizeof path, "%s/gan_2d.png", training.out);
    check(gan_image_save(context, path, canvas.pixels, 1, HEIGHT, WIDTH, 3, NULL));
}

/* Training. */

/* Look at the generator as it is now: count, say so, and draw. */
static struct score
look(int64_t step)
{
    const int panel = panel_of(step);
    char text[64];

    snprintf(text, sizeof text, "batch=500 seed=%" PRId64, training.seed);
    check(gan_trainer_generate(trainer, &samples[0][0], SAMPLES, text));
    const struct score score = judge();
    if (folder) { /* what has no panel of its own stands in the last one's place */
        draw_panel(panel >= 0 ? panel : LAST_PANEL, step, &score);
        if (panel >= 0 || step % sample_every() == 0) {
            save_panel(panel >= 0 ? panel : LAST_PANEL, step);
        }
        if (panel >= 0) {
            save_picture();
        }
    }
    if (!settings.quiet) {
        progress_clear();
        printf("step %6" PRId64 "  modes %2d/%d  good %5.1f %%  KL %.3f  rarest mode %.2f %%\n",
               step, score.modes, mixture.modes, 100 * score.good, score.kl, 100 * score.smallest);
        fflush(stdout);
    }
    return score;
}

static int32_t
on_event(void *user, gan_trainer *of, int32_t event, const gan_record *record)
{
    double step, d_loss, g_loss;
    (void)user;
    check(gan_record_get(record, &step, "step"));
    if (event == GAN_EVENT_STEP && !settings.quiet && progress_due(&progress, (int64_t)step)) {
        check(gan_record_get(record, &d_loss, "d_loss"));
        check(gan_record_get(record, &g_loss, "g_loss"));
        progress_show(&progress, (int64_t)step, "D %.3f G %.3f", d_loss, g_loss);
    } else if (event == GAN_EVENT_SAMPLE && (int64_t)step < settings.steps) {
        (void)look((int64_t)step); /* the end comes after the run */
    } else if (event == GAN_EVENT_ALARM) {
        show_alarm(of, settings.quiet ? stderr : stdout);
    }
    return 0;
}

static void
add_layers(char text[TEXT_SIZE], const char *norm, const char *activation,
           const char *dense_options)
{
    for (int i = 0; i < 3; i++) {
        add(text, "dense units=%" PRId64 "%s\n", settings.width, dense_options);
        if (norm != NULL) {
            add(text, "%s\n", norm);
        }
        add(text, "%s%s\n", settings.activation != NULL ? settings.activation : activation,
            i == 2 ? " name=features" : "");
    }
}

static void
make_networks(gan_layer **for_g, gan_layer **for_d)
{
    static char text[TEXT_SIZE] = "gan-network 1\n";
    const char *spectral_norm = settings.spectral_norm ? " spectral_norm=true" : "";

    add(text, "input shape=%" PRId64 " noise=normal\n", settings.noise);
    add_layers(text, settings.norm_g, "relu", "");
    add(text, "dense units=2\n");
    if (settings.network_g != NULL) {
        read_text(text, settings.network_g);
    }
    check(gan_layer_parse(context, for_g, text));

    snprintf(text, sizeof text, "gan-network 1\ninput shape=%" PRId64 "\n", 2 * settings.pac);
    add_layers(text, settings.norm_d, "leaky_relu", spectral_norm);
    if (settings.minibatch_discrimination) {
        add(text, "minibatch_discrimination kernels=16 dimensions=4\n");
    }
    if (settings.minibatch_stddev) {
        add(text, "minibatch_stddev\n");
    }
    add(text, "dense units=1%s\n", spectral_norm);
    if (settings.network_d != NULL) {
        read_text(text, settings.network_d);
    }
    check(gan_layer_parse(context, for_d, text));
}

static gan_trainer *
make_trainer(gan_dataset *dataset)
{
    static char text[TEXT_SIZE];
    gan_layer *for_g, *for_d;
    gan_trainer *made;

    make_networks(&for_g, &for_d);
    add(text, "batch=%" PRId64 " pac=%" PRId64 " sample_every=%" PRId64, settings.batch,
        settings.pac, sample_every());
    add_method(text);
    check(gan_trainer_create(context, &made, for_g, for_d, dataset, text));
    gan_layer_destroy(for_g); /* the trainer keeps what it needs */
    gan_layer_destroy(for_d);
    return made;
}

/* Points are their own features. */
static void
set_watch(gan_trainer *of, gan_dataset *dataset)
{
    (void)dataset;
    if (settings.alarms != NULL) {
        check(gan_trainer_set_alarms(of, NULL, settings.alarms));
    }
}

/* The trainer, with the picture as far as it is drawn. */
static void
begin(void)
{
    static const int64_t shape[] = {2};
    gan_dataset *dataset;
    int64_t step;

    make_mixture();
    check(gan_dataset_create_callback(context, &dataset, COUNT, shape, 1, 0, read_sample, NULL,
                                      NULL));
    if (folder) {
        trainer = open_run(dataset, make_trainer, set_watch, "samples=0");
    } else {
        trainer = make_trainer(dataset);
        set_watch(trainer, dataset);
    }
    gan_dataset_destroy(dataset);
    check(gan_trainer_discriminator(trainer, &discriminator));
    for (int i = 0; i < HEIGHT * WIDTH * 3; i++) {
        canvas.pixels[i] = 1;
    }
    draw_legend();
    check(gan_trainer_steps(trainer, &step));
    progress_begin(&progress, step, settings.steps, 0);
    if (folder) {
        load_panels(step);
    }
}

/* The averaged generator, the picture and its course. */
static void
save_results(void)
{
    gan_layer_destroy(save_generator(trainer));
    save_picture();
    animate_samples();
}

static void
train(void)
{
    const double start = now();
    int64_t step;

    begin();
    check(gan_trainer_steps(trainer, &step));
    catch_interrupts(trainer);
    begin_profile();
    const gan_status status = gan_trainer_run(trainer, settings.steps - step, on_event, NULL);
    const double seconds = now() - start;
    stop_catching();
    progress_clear();
    if (status == GAN_E_DIVERGED) { /* all is as before that step: a result too */
        fprintf(stderr, "gan_2d: %s\n", gan_context_error(context));
    } else {
        check(status);
    }
    end_profile(settings.quiet ? stderr : stdout);
    check(gan_trainer_steps(trainer, &step));
    const struct score score = look(step);
    if (folder) {
        save_results();
    }
    if (settings.quiet) {
        printf("data=%s seed=%" PRId64 " steps=%" PRId64 " modes=%d of=%d good=%.4f kl=%.4f "
               "smallest=%.4f seconds=%.1f status=%s\n",
               settings.data, training.seed, step, score.modes, mixture.modes, score.good, score.kl,
               score.smallest, seconds, gan_status_name(status));
    } else {
        printf("%.0f s; the picture is %s/gan_2d.png, its course %s/progress.png%s\n", seconds,
               training.out, training.out, interrupted() ? "; --resume goes on" : "");
    }
    gan_trainer_destroy(trainer);
    gan_layer_destroy(discriminator);
}

int
main(int argc, char **argv)
{
    read_training_options(argc, argv, &program);
    folder = !settings.quiet || was_given("--out");
    if (!folder && training.resume) {
        die("--resume", "with --quiet it needs --out FOLDER");
    }
    open_context(training.threads, training.seed);
    train();
    gan_context_destroy(context);
    return EXIT_SUCCESS;
}
