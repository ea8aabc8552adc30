/*
 * Trains a GAN on points of the plane, where success can be counted: a ring of 8 normal distributions or a grid of 25,
 * the usual test of whether a GAN drops modes (VEEGAN: Srivastava et al. 2017; PacGAN: Lin et al. 2018). Every loss,
 * penalty and remedy is an option; `gan_2d --help` says how. The data are a user-made dataset: a callback.
 */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <gan/gan.h>

enum { COUNT = 100000, SAMPLES = 2500, REAL_SHOWN = 1000, MODES_MAX = 25 };
enum { MOMENTS = 32, TEXT_SIZE = 16384, LEVELS = 21 };
/* The picture: panels in COLUMNS x ROWS, each SIDE pixels square over its caption. */
enum { SIDE = 360, MARGIN = 18, CAPTION = 34, LEGEND = 40, COLUMNS = 3, ROWS = 2 };
enum { WIDTH = MARGIN + COLUMNS * (SIDE + MARGIN) };
enum { HEIGHT = MARGIN + ROWS * (SIDE + CAPTION) + LEGEND };

static struct {
    const char *data, *out, *recipe, *loss, *penalties, *generator, *discriminator, *trainer;
    const char *network_g, *network_d, *norm_g, *norm_d, *activation;
    int64_t steps, batch, seed, threads, noise, width, pac;
    int64_t spectral_norm, minibatch_discrimination, minibatch_stddev, quiet, help;
} settings = {.data = "grid", .steps = 16000, .batch = 128, .noise = 2, .width = 128, .pac = 1};

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

static gan_context *context;
static gan_trainer *trainer;
static gan_layer *discriminator;
static float canvas[HEIGHT][WIDTH][3]; /* -1 to 1, as gan_image_save() takes it */
static float samples[SAMPLES][2];
static int panels;

static const char help[] =
    "Usage: gan_2d [options]\n"
    "Trains a GAN on points of the plane and counts the modes that it finds. Ctrl-C ends early.\n"
    "\n"
    "  --data NAME     ring: 8 modes on a circle of radius 1, deviation 0.01;\n"
    "                  grid: 25 modes from -4 to 4, deviation 0.05 (default grid)\n"
    "  --steps N       training steps (default 16000)\n"
    "  --batch N       points in a batch (default 128)\n"
    "  --seed N        everything random comes from it (default 0)\n"
    "  --threads N     0 for all CPUs; the result is the same (default 0)\n"
    "  --out FOLDER    where gan_2d.png goes; made if missing (default out)\n"
    "  --quiet         one line of results at the end; a picture only with --out\n"
    "\n"
    "What is trained, as text that gan_trainer_create() takes (docs/kinds.md has all):\n"
    "  --recipe NAME          dcgan, wgan_gp, sngan, r3gan: defaults for all that follows\n"
    "  --loss TEXT            \"hinge\", \"least_squares smoothing=0.1\"\n"
    "  --penalties TEXT       \"r1 gamma=1; r2 gamma=1\"\n"
    "  --generator TEXT       its optimizer: \"adam lr=1e-3 beta1=0\"\n"
    "  --discriminator TEXT   the same\n"
    "  --trainer TEXT         further options: \"d_steps=5 half_life=88000\"\n"
    "\n"
    "The networks: three layers, each\n"
    "  --width N              units of a layer (default 128)\n"
    "  --activation KIND      of both (default: relu, and leaky_relu in the discriminator)\n"
    "  --noise N              numbers that the generator is given (default 2)\n"
    "  --pac N                samples that the discriminator sees at once (default 1)\n"
    "  --norm-g KIND          a layer after each: batch_norm, layer_norm, ...\n"
    "  --norm-d KIND          the same in the discriminator\n"
    "  --spectral-norm        in the discriminator\n"
    "  --minibatch-discrimination, --minibatch-stddev: before its last layer\n"
    "  --network-g FILE, --network-d FILE: text in place of these\n"
    "The third layer is called `features`: --trainer feature_matching=features.\n"
    "\n"
    "All 25 modes in each run (for --data ring take 8000 and 6400 steps):\n"
    "  gan_2d --steps 16000 --loss relativistic_pairing \\\n"
    "    --penalties \"r1 gamma=exponential(0.3,5e-4,12800); \\\n"
    "                 r2 gamma=exponential(0.3,5e-4,12800)\" \\\n"
    "    --generator \"adam lr=cosine(3e-3,0,16000) beta1=0 beta2=0.99\" \\\n"
    "    --discriminator \"adam lr=cosine(3e-3,0,16000) beta1=0 beta2=0.99\"\n"
    "\n"
    "As in VEEGAN and PacGAN, of 2,500 samples: a sample is good within 3 deviations of its\n"
    "nearest mode (98.9 % of the data are); a mode is found if it has a good sample; KL is the\n"
    "divergence of the good samples' modes from the uniform distribution, in nats. The picture\n"
    "has six moments: real points, generated ones, and as colours the discriminator's output:\n"
    "its probability of being real or, with losses that have none, low and high.\n";

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
    fprintf(stderr, "gan_2d: %s: %s\n", what, why);
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
    } else if (strcmp(settings.data, "grid") == 0) {
        mixture.modes = 25;
        mixture.sigma = 0.05;
        mixture.view = 5.2;
        for (int i = 0; i < 25; i++) {
            mixture.centre[i][0] = 2 * (i % 5) - 4;
            mixture.centre[i][1] = 2 * (i / 5) - 4;
        }
    } else {
        die(settings.data, "no such data; wanted ring or grid");
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
    uint64_t state = (uint64_t)settings.seed;
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

static const float ink[3] = {.13F, .15F, .2F}, of_real[3] = {.08F, .1F, .16F};
static const float of_generated[3] = {.84F, .03F, .36F};

static void
paint(int x, int y, const float colour[3], double share)
{
    if (x < 0 || x >= WIDTH || y < 0 || y >= HEIGHT || !(share > 0)) {
        return;
    }
    for (int i = 0; i < 3; i++) {
        canvas[y][x][i] += (float)fmin(share, 1) * (2 * colour[i] - 1 - canvas[y][x][i]);
    }
}

/* D's output, from 0 to 1, in LEVELS colours: their borders are contour lines. */
static void
paint_output(int x, int y, double output)
{
    static const float scale[5][3] = {{.44F, .6F, .79F},
                                      {.74F, .83F, .92F},
                                      {.97F, .97F, .96F},
                                      {.99F, .88F, .69F},
                                      {.95F, .71F, .36F}};
    const double level = fmin(floor(LEVELS * fmin(fmax(output, 0), 1)), LEVELS - 1);
    const double place = 4 * level / (LEVELS - 1);
    const int i = place < 3 ? (int)place : 3;

    paint(x, y, scale[i], 1);
    paint(x, y, scale[i + 1], place - i);
}

/* A line with round ends, smooth; a point if both ends are one. */
static void
line(double x0, double y0, double x1, double y1, double radius, const float colour[3], double share)
{
    const double dx = x1 - x0, dy = y1 - y0, length = dx * dx + dy * dy;
    const int left = (int)floor(fmin(x0, x1) - radius), right = (int)ceil(fmax(x0, x1) + radius);
    const int top = (int)floor(fmin(y0, y1) - radius), bottom = (int)ceil(fmax(y0, y1) + radius);

    for (int y = top; y <= bottom; y++) {
        for (int x = left; x <= right; x++) {
            double t = length > 0 ? ((x - x0) * dx + (y - y0) * dy) / length : 0;
            t = fmin(fmax(t, 0), 1);
            const double distance = hypot(x - x0 - t * dx, y - y0 - t * dy);
            paint(x, y, colour, share * fmin(radius + 0.5 - distance, 1));
        }
    }
}

/* Letters as strokes: pairs of digits x y, y downwards, 6 is the base line; a blank lifts the pen. */
static const char *
strokes(char letter)
{
    static const char letters[] = "0123456789/.%:Dadegilmnoprst";
    static const char *const all[] = {"103041453616050110",
                                      "011016 0626",
                                      "01103041420646",
                                      "004022324345361605",
                                      "36300444",
                                      "400002324345361605",
                                      "413010010516364544331304",
                                      "004016",
                                      "103041423313020110 1304051636454433",
                                      "051636454130100102133342",
                                      "3007",
                                      "0506",
                                      "4006 0010110100 3545463635",
                                      "0303 0606",
                                      "00062645412000",
                                      "0222333616051434 36",
                                      "30361605031232",
                                      "043433221203051636",
                                      "32372808 361605031232",
                                      "0206 0000",
                                      "0006",
                                      "0602 03122326 23324346",
                                      "0602 0312223336",
                                      "122233352616050312",
                                      "0208 022233352606",
                                      "0602 031222",
                                      "3212031424352606",
                                      "10152636 0232"};
    const char *found = strchr(letters, letter);
    return found != NULL && *found != '\0' ? all[found - letters] : "";
}

/* Returns where the text ends; draws it only if asked to, so that it can be measured. */
static double
write_text(double x, double y, const char *text, int shown)
{
    const double size = 1.75;
    for (; *text != '\0'; text++) {
        int widest = *text == ' ' ? 1 : 0;
        double from_x = 0, from_y = 0;
        int down = 0;
        for (const char *s = strokes(*text); *s != '\0'; s += *s == ' ' ? 1 : 2) {
            if (*s == ' ') {
                down = 0;
                continue;
            }
            const double to_x = x + size * (s[0] - '0'), to_y = y + size * (s[1] - '6');
            if (down && shown) {
                line(from_x, from_y, to_x, to_y, 0.45, ink, 0.9);
            }
            widest = s[0] - '0' > widest ? s[0] - '0' : widest;
            from_x = to_x;
            from_y = to_y;
            down = 1;
        }
        x += size * (widest + 2);
    }
    return x;
}

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
    float *points = malloc(SIDE * SIDE * pac * 2 * sizeof *points);
    if (points == NULL) {
        die("picture", "no memory");
    }
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
        paint_output(left + i % SIDE, top + i / SIDE, outputs[i]);
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
        line(left + x, top + y, left + x, top + y, radius, colour, share);
    }
}

static void
draw_panel(int64_t step, const struct score *score)
{
    const int left = MARGIN + panels % COLUMNS * (SIDE + MARGIN);
    const int top = MARGIN + panels / COLUMNS * (SIDE + CAPTION);
    char text[64];
    float point[2];

    draw_map(left, top);
    for (int i = 0; i < REAL_SHOWN; i++) {
        check(read_sample(NULL, i, point, NULL));
        draw_point(left, top, point, 1.6, of_real, 0.8);
    }
    for (int i = 0; i < SAMPLES; i++) {
        draw_point(left, top, samples[i], 1.2, of_generated, 0.55);
    }
    for (int i = 0; i < SIDE; i++) { /* a frame */
        paint(left + i, top, ink, 0.3);
        paint(left + i, top + SIDE - 1, ink, 0.3);
        paint(left, top + i, ink, 0.3);
        paint(left + SIDE - 1, top + i, ink, 0.3);
    }
    snprintf(text, sizeof text, "step %" PRId64, step);
    write_text(left, top + SIDE + 20, text, 1);
    snprintf(text, sizeof text, "%d/%d modes   %.1f %% good", score->modes, mixture.modes,
             100 * score->good);
    write_text(left + SIDE + 3 - write_text(0, 0, text, 0), top + SIDE + 20, text, 1);
    panels++;
}

static void
draw_legend(void)
{
    const double y = HEIGHT - 22;
    double x = MARGIN + 6;

    line(x, y - 4, x, y - 4, 4, of_real, 1);
    x = write_text(x + 12, y, "real", 1) + 24;
    line(x, y - 4, x, y - 4, 4, of_generated, 1);
    write_text(x + 12, y, "generated", 1);
    if (settings.minibatch_discrimination || settings.minibatch_stddev) {
        return;
    }
    x = WIDTH - MARGIN + 3 - write_text(0, 0, "real", 0);
    write_text(x, y, "real", 1);
    for (int i = 0; i < 120; i++) {
        for (int j = 0; j < 14; j++) {
            paint_output((int)x - 130 + i, (int)y - 11 + j, i / 119.0);
        }
    }
    write_text(x - 138 - write_text(0, 0, "D: generated", 0), y, "D: generated", 1);
}

static void
make_folder(const char *path)
{
    char part[4096] = "";
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

static void
save_picture(void)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/gan_2d.png", settings.out);
    check(gan_image_save(context, path, &canvas[0][0][0], 1, HEIGHT, WIDTH, 3, NULL));
}

/* Training. */

/* Look at the generator as it is now: count, say so, and draw. */
static struct score
look(int64_t step, int draw_it)
{
    char options[64];
    snprintf(options, sizeof options, "batch=500 seed=%" PRId64, settings.seed);
    check(gan_trainer_generate(trainer, &samples[0][0], SAMPLES, options));
    const struct score score = judge();
    if (settings.out != NULL && draw_it) {
        draw_panel(step, &score);
        save_picture();
    }
    if (!settings.quiet) {
        printf("step %6" PRId64 "  modes %2d/%d  good %5.1f %%  KL %.3f  rarest mode %.2f %%\n",
               step, score.modes, mixture.modes, 100 * score.good, score.kl, 100 * score.smallest);
        fflush(stdout);
    }
    return score;
}

static int64_t
sample_every(void)
{
    return settings.steps < MOMENTS ? 1 : settings.steps / MOMENTS;
}

/* A line at each of MOMENTS moments; a panel at the 1st, 2nd, 4th, ...: most happens early. */
static int32_t
on_event(void *user, gan_trainer *of, int32_t event, const gan_record *record)
{
    int64_t step;
    (void)user;
    (void)record;
    if (event == GAN_EVENT_SAMPLE) {
        check(gan_trainer_steps(of, &step));
        const int64_t moment = step / sample_every();
        if (step < settings.steps) { /* the end comes after the run */
            (void)look(step, (moment & (moment - 1)) == 0 && 2 * moment <= MOMENTS);
        }
    }
    return 0;
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

/* A network's text from a file. */
static void
read_text(char text[TEXT_SIZE], const char *path)
{
    FILE *file = fopen(path, "r");
    const size_t length = file == NULL ? 0 : fread(text, 1, TEXT_SIZE - 1, file);
    if (file == NULL || ferror(file) || length == TEXT_SIZE - 1) {
        die(path, file == NULL || ferror(file) ? strerror(errno) : "too long");
    }
    text[length] = '\0';
    fclose(file);
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
make_networks(gan_layer **generator)
{
    char text[TEXT_SIZE] = "gan-network 1\n";
    const char *spectral_norm = settings.spectral_norm ? " spectral_norm=true" : "";

    add(text, "input shape=%" PRId64 " noise=normal\n", settings.noise);
    add_layers(text, settings.norm_g, "relu", "");
    add(text, "dense units=2\n");
    if (settings.network_g != NULL) {
        read_text(text, settings.network_g);
    }
    check(gan_layer_parse(context, generator, text));

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
    check(gan_layer_parse(context, &discriminator, text));
}

static void
make_trainer(void)
{
    static const int64_t shape[] = {2};
    char options[TEXT_SIZE] = "";
    gan_layer *generator;
    gan_dataset *dataset;

    make_mixture();
    check(gan_dataset_create_callback(context, &dataset, COUNT, shape, 1, 0, read_sample, NULL,
                                      NULL));
    make_networks(&generator);
    add(options, "batch=%" PRId64 " sample_every=%" PRId64, settings.batch, sample_every());
    if (settings.pac > 1) {
        add(options, " pac=%" PRId64, settings.pac);
    }
    add_option(options, "recipe", settings.recipe);
    add_option(options, "loss", settings.loss);
    add_option(options, "penalties", settings.penalties);
    add_option(options, "generator", settings.generator);
    add_option(options, "discriminator", settings.discriminator);
    add(options, " %s", settings.trainer != NULL ? settings.trainer : "");
    check(gan_trainer_create(context, &trainer, generator, discriminator, dataset, options));
    gan_layer_destroy(generator); /* the trainer keeps what it needs */
    gan_dataset_destroy(dataset);
}

static void
train(void)
{
    struct sigaction action = {.sa_handler = interrupted,
                               .sa_flags = (int)SA_RESETHAND}; /* the second Ctrl-C kills */
    const double start = now();
    int64_t steps;

    for (int i = 0; i < HEIGHT * WIDTH * 3; i++) {
        (&canvas[0][0][0])[i] = 1;
    }
    draw_legend();
    make_trainer();
    sigaction(SIGINT, &action, NULL);
    const gan_status status = gan_trainer_run(trainer, settings.steps, on_event, NULL);
    const double seconds = now() - start;
    signal(SIGINT, SIG_DFL);        /* the trainer is about to go */
    if (status == GAN_E_DIVERGED) { /* all is as before that step: a result too */
        fprintf(stderr, "gan_2d: %s\n", gan_context_error(context));
    } else {
        check(status);
    }
    check(gan_trainer_steps(trainer, &steps));
    const struct score score = look(steps, 1);
    if (settings.quiet) {
        printf("data=%s seed=%" PRId64 " steps=%" PRId64 " modes=%d of=%d good=%.4f kl=%.4f "
               "smallest=%.4f seconds=%.1f status=%s\n",
               settings.data, settings.seed, steps, score.modes, mixture.modes, score.good,
               score.kl, score.smallest, seconds, gan_status_name(status));
    } else if (settings.out != NULL) {
        printf("%.0f s; the picture is %s/gan_2d.png\n", seconds, settings.out);
    }
    gan_trainer_destroy(trainer);
    gan_layer_destroy(discriminator);
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
        {"--recipe", .text = &settings.recipe},
        {"--loss", .text = &settings.loss},
        {"--penalties", .text = &settings.penalties},
        {"--generator", .text = &settings.generator},
        {"--discriminator", .text = &settings.discriminator},
        {"--trainer", .text = &settings.trainer},
        {"--network-g", .text = &settings.network_g},
        {"--network-d", .text = &settings.network_d},
        {"--norm-g", .text = &settings.norm_g},
        {"--norm-d", .text = &settings.norm_d},
        {"--activation", .text = &settings.activation},
        {"--steps", .number = &settings.steps},
        {"--batch", .number = &settings.batch},
        {"--seed", .number = &settings.seed},
        {"--threads", .number = &settings.threads},
        {"--noise", .number = &settings.noise},
        {"--width", .number = &settings.width},
        {"--pac", .number = &settings.pac},
        {"--spectral-norm", .flag = &settings.spectral_norm},
        {"--minibatch-discrimination", .flag = &settings.minibatch_discrimination},
        {"--minibatch-stddev", .flag = &settings.minibatch_stddev},
        {"--quiet", .flag = &settings.quiet},
        {"--help", .flag = &settings.help},
        {"-h", .flag = &settings.help},
    };
    enum { OPTIONS = sizeof options / sizeof options[0] };

    for (int i = 1; i < argc; i++) {
        int which = 0;
        while (which < OPTIONS && strcmp(argv[i], options[which].name) != 0) {
            which++;
        }
        if (which == OPTIONS) {
            die(argv[i], "no such option (values stand apart: --steps 5); try --help");
        }
        if (options[which].flag != NULL) {
            *options[which].flag = 1;
            continue;
        }
        if (++i == argc || *argv[i] == '\0') {
            die(options[which].name, "needs a value; try --help");
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
    if (settings.help) {
        fputs(help, stdout);
        return EXIT_SUCCESS;
    }
    if (settings.out == NULL && !settings.quiet) {
        settings.out = "out";
    }
    if (settings.out != NULL) {
        make_folder(settings.out);
    }
    snprintf(options, sizeof options, "threads=%" PRId64 " seed=%" PRId64, settings.threads,
             settings.seed);
    check(gan_context_create(&context, options, NULL));
    train();
    gan_context_destroy(context);
    return EXIT_SUCCESS;
}
