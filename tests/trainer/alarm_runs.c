/*
 * Trainings that go wrong in known ways, and healthy ones: do the alarms ring, and when? For scripts/alarms.sh; no test.
 *
 *     alarm_runs plane|digits KIND SEED [STEPS, 0: the kind's] [ALARMS' OPTIONS]
 *
 * KIND: never_diverse, lost_diversity, d_won, non_finite; dcgan, wgan_gp, hinge, one_class, which are healthy. In the plane
 * the data are a ring of eight modes; the digits are those of examples/data.
 *
 * Prints a line. What the run is dated by is none of the alarms' business: each 50 steps fresh samples are counted by the
 * mode that they hit; the collapse is the first of three such looks in a row with less than half of the run's best (a run
 * that never was diverse: of all modes, from the warm-up's end on). For d_won D is asked about fresh samples: the first of
 * three looks in a row, from the warm-up's end on, at which it is right with a mean probability of more than 0.92.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gan/gan.h>

#ifndef EXAMPLE_DATA
#define EXAMPLE_DATA "examples/data"
#endif

enum {
    RING = 8,
    CLASSES = 10,
    PIXELS = 784,
    LOOK = 50,
    WARMUP = 500,
    SAMPLES_MAX = 2500,
    IN_A_ROW = 3
};
#define WON 0.92
enum { DIGITS = 10000, MODES_MAX = 10, ALARMS_MAX = 16 };

struct kind {
    const char *name;
    int healthy;
    const char *trainer; /* options in the plane */
    const char *digits;  /* and for digits */
    const char *changed; /* the generator's options from step `change` on */
    int64_t plane_steps, digit_steps;
};

#define ADAM(lr)   "adam lr=" lr " beta1=0.5"
#define BOTH(g, d) " generator=\"" ADAM(g) "\" discriminator=\"" ADAM(d) "\""
#define CRITIC(lr) "adam lr=" lr " beta1=0 beta2=0.9"

/* Steps of a run in the plane and on digits come last: those that go wrong have more than 500 after
 * the latest date, so that an alarm that does not ring in time is seen to. */
static const struct kind kinds[] = {
    {"never_diverse", 0, "batch=64" BOTH("3e-2", "2e-4"), "batch=32" BOTH("5e-2", "2e-4"), NULL,
     1400, 1400},
    {"lost_diversity", 0, "batch=64" BOTH("2e-4", "5e-4"), "batch=32" BOTH("1e-3", "5e-4"),
     "lr=5e-2", 1600, 1700},
    {"d_won", 0, "batch=64 loss=standard d_steps=5" BOTH("1e-6", "2e-3"),
     "batch=32 loss=standard" BOTH("1e-6", "2e-3"), NULL, 1500, 1000},
    {"non_finite", 0,
     "batch=64 loss=least_squares generator=\"sgd lr=3\" discriminator=\"sgd lr=3\"",
     "batch=32 loss=least_squares generator=\"sgd lr=30\" discriminator=\"sgd lr=30\"", NULL, 500,
     500},
    {"dcgan", 1, "batch=64" BOTH("2e-4", "5e-4"), "batch=32" BOTH("1e-3", "5e-4"), NULL, 1500,
     1500},
    {"wgan_gp", 1,
     "batch=64 loss=\"wgan_gp lambda=0.1\" d_steps=2 generator=\"" CRITIC(
         "1e-3") "\" discriminator=\"" CRITIC("1e-3") "\"",
     "batch=32 loss=wgan_gp d_steps=2 generator=\"" CRITIC("1e-3") "\" discriminator=\"" CRITIC(
         "1e-3") "\"",
     NULL, 1500, 1200},
    {"hinge", 1,
     "batch=64 loss=hinge generator=\"" CRITIC("1e-3") "\" discriminator=\"" CRITIC("2e-3") "\"",
     "batch=32 loss=hinge" BOTH("1e-3", "1e-3"), NULL, 1500, 1500},
    {"one_class", 1, "batch=64" BOTH("2e-4", "5e-4"), "batch=32" BOTH("1e-3", "5e-4"), NULL, 1500,
     1500},
};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

static struct {
    const struct kind *kind;
    int digits;
    uint64_t seed;
    int64_t steps, change;
    gan_context *context;
    gan_dataset *dataset;
    gan_trainer *trainer;
    gan_judge *judge;
    /* The looks' own: inside an event the run's context takes no features. */
    gan_context *looking;
    gan_judge *looker;
    int64_t samples;
    /* What the looks found. */
    int best, row, won_row, healthy_looks;
    int64_t collapse, won;
    /* What the alarms said. */
    int alarms;
    struct {
        char name[32];
        int64_t step;
    } alarm[ALARMS_MAX];
    double variety_low, variety_high, saturation_high;
} run = {.collapse = -1, .won = -1, .variety_low = INFINITY};

static float samples[SAMPLES_MAX][PIXELS], probabilities[SAMPLES_MAX];

static void
check(gan_status status, const char *what)
{
    if (status != GAN_OK) {
        (void)fprintf(stderr, "%s: %s\n", what, gan_context_error(run.context));
        exit(1);
    }
}
#define CHECK(call) check((call), #call)

/* ---- data ---- */

static uint64_t
draw(uint64_t *state) /* splitmix64 (Steele et al. 2014) */
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static double
draw_uniform(uint64_t *state)
{
    return ((double)(draw(state) >> 12) + 0.5) * 0x1p-52;
}

static gan_status
read_point(void *user, int64_t index, float *point, int32_t *label)
{
    uint64_t state = run.seed;
    (void)user;
    (void)label;
    state = draw(&state) + (uint64_t)index;
    const uint64_t mode = strcmp(run.kind->name, "one_class") == 0 ? 0 : draw(&state) % RING;
    const double angle = (double)mode * 2 * acos(-1) / RING;
    const double radius = 0.05 * sqrt(-2 * log(draw_uniform(&state)));
    const double turn = 2 * acos(-1) * draw_uniform(&state);
    point[0] = (float)(cos(angle) + radius * cos(turn));
    point[1] = (float)(sin(angle) + radius * sin(turn));
    return GAN_OK;
}

static gan_dataset *
open_digits(void)
{
    gan_dataset *all, *some;
    static float pictures[DIGITS][PIXELS];
    static int32_t labels[DIGITS];
    static int64_t indices[DIGITS];
    const int64_t shape[] = {28, 28, 1};
    int64_t count = 0;

    CHECK(gan_dataset_create(run.context, &all, "idx",
                             "images=" EXAMPLE_DATA "/train-images-idx3-ubyte.gz "
                             "labels=" EXAMPLE_DATA "/train-labels-idx1-ubyte.gz"));
    if (strcmp(run.kind->name, "one_class") != 0) {
        return all;
    }
    for (int64_t i = 0; i < DIGITS; i++) {
        indices[i] = i;
    }
    CHECK(gan_dataset_read(all, &pictures[0][0], labels, indices, DIGITS));
    for (int64_t i = 0; i < DIGITS; i++) {
        if (labels[i] == (int32_t)(run.seed % CLASSES)) {
            memmove(pictures[count++], pictures[i], sizeof pictures[i]);
        }
    }
    gan_dataset_destroy(all);
    CHECK(gan_dataset_create_memory(run.context, &some, &pictures[0][0], count, shape, 3, NULL));
    return some;
}

/* ---- looking ---- */

static int
modes_in_plane(void)
{
    int hit[RING] = {0}, modes = 0;

    for (int64_t i = 0; i < run.samples; i++) {
        const float *point = (const float *)samples + 2 * i;
        for (int k = 0; k < RING; k++) {
            const double x = point[0] - cos(k * 2 * acos(-1) / RING);
            const double y = point[1] - sin(k * 2 * acos(-1) / RING);
            hit[k] |= x * x + y * y <= 0.15 * 0.15;
        }
    }
    for (int k = 0; k < RING; k++) {
        modes += hit[k];
    }
    return modes;
}

/* Classes that have at least a hundredth of the samples. */
static int
modes_of_digits(void)
{
    static float logits[SAMPLES_MAX][CLASSES];
    const int64_t shape[] = {28, 28, 1};
    gan_features *features;
    int seen[CLASSES] = {0}, modes = 0;

    CHECK(gan_features_create(run.looker, &features, NULL));
    CHECK(gan_features_add_samples(features, &samples[0][0], run.samples, shape, 3));
    CHECK(gan_features_read(features, NULL, &logits[0][0], 0, run.samples));
    gan_features_destroy(features);
    for (int64_t i = 0; i < run.samples; i++) {
        int best = 0;
        for (int k = 1; k < CLASSES; k++) {
            best = logits[i][k] > logits[i][best] ? k : best;
        }
        seen[best]++;
    }
    for (int k = 0; k < CLASSES; k++) {
        modes += seen[k] * 100 >= run.samples;
    }
    return modes;
}

static void
date_collapse(int64_t step)
{
    const int modes = run.digits ? modes_of_digits() : modes_in_plane();
    const int never = strcmp(run.kind->name, "never_diverse") == 0;
    const int all = run.digits ? CLASSES : RING;

    if (strcmp(run.kind->name, "one_class") == 0) {
        return; /* its data have one mode */
    }
    run.best = modes > run.best ? modes : run.best;
    if (never && step < WARMUP) {
        return;
    }
    run.row = 2 * modes < (never ? all : run.best) ? run.row + 1 : 0;
    if (run.row == IN_A_ROW && run.collapse < 0) {
        run.collapse = step - (IN_A_ROW - 1) * LOOK;
    }
    run.healthy_looks += run.row == 0;
}

static double
mean_probability(void)
{
    double sum = 0;

    CHECK(gan_trainer_discriminate(run.trainer, probabilities, &samples[0][0], run.samples,
                                   "batch=250"));
    for (int64_t i = 0; i < run.samples; i++) {
        sum += (double)probabilities[i];
    }
    return sum / (double)run.samples;
}

/* The samples are generated ones. */
static void
date_victory(int64_t step)
{
    static int64_t indices[SAMPLES_MAX];
    const double generated = mean_probability();

    if (step < WARMUP) {
        return;
    }
    for (int64_t i = 0; i < run.samples; i++) {
        indices[i] = 3 * i + 1;
    }
    CHECK(gan_dataset_read(run.dataset, &samples[0][0], NULL, indices, run.samples));
    run.won_row = (1 + mean_probability() - generated) / 2 > WON ? run.won_row + 1 : 0;
    if (run.won_row == IN_A_ROW && run.won < 0) {
        run.won = step - (IN_A_ROW - 1) * LOOK;
    }
}

static void
look(int64_t step)
{
    CHECK(gan_trainer_generate(run.trainer, &samples[0][0], run.samples,
                               "average=false seed=4711 batch=250"));
    date_collapse(step);
    if (strcmp(run.kind->name, "d_won") == 0) {
        date_victory(step);
    }
}

/* The numbers that thresholds are set by. */
static void
follow(const gan_record *record, int64_t step)
{
    double variety = 0, saturation = 0;

    if (step <= WARMUP || gan_record_get(record, &variety, "variety") != GAN_OK ||
        gan_record_get(record, &saturation, "saturation") != GAN_OK) {
        return;
    }
    run.variety_low = variety < run.variety_low ? variety : run.variety_low;
    run.variety_high = variety > run.variety_high ? variety : run.variety_high;
    run.saturation_high = saturation > run.saturation_high ? saturation : run.saturation_high;
    if (getenv("ALARM_RUNS_TRACE") != NULL) {
        double diversity = 0, duplicates = 0;
        CHECK(gan_record_get(record, &diversity, "diversity"));
        CHECK(gan_record_get(record, &duplicates, "duplicates"));
        (void)fprintf(
            stderr,
            "%5lld variety %.3f diversity %.3f duplicates %.3f saturation %.3f best %d row %d\n",
            (long long)step, variety, diversity, duplicates, saturation, run.best, run.row);
    }
}

static void
change_learning_rate(void)
{
    gan_optimizer *generator;

    CHECK(gan_trainer_optimizers(run.trainer, &generator, NULL));
    CHECK(gan_optimizer_set(generator, run.kind->changed));
    gan_optimizer_destroy(generator);
}

static int32_t
on_event(void *user, gan_trainer *trainer, int32_t event, const gan_record *record)
{
    double number = 0;
    int64_t step;
    (void)user;

    CHECK(gan_record_get(record, &number, "step"));
    step = (int64_t)number;
    if (event == GAN_EVENT_STEP) {
        if (step % LOOK == 1) {
            follow(record, step); /* of the check after the step before */
        }
        if (step % LOOK == 0) {
            look(step);
        }
        if (run.kind->changed != NULL && step == run.change) {
            change_learning_rate();
        }
    } else if (event == GAN_EVENT_ALARM && run.alarms < ALARMS_MAX) {
        CHECK(gan_trainer_alarm(trainer, &run.alarm[run.alarms].step, run.alarm[run.alarms].name,
                                sizeof run.alarm[0].name, NULL, 0, NULL));
        run.alarms++;
    }
    return 0;
}

/* ---- a run ---- */

static void
make_networks(gan_layer **generator, gan_layer **discriminator)
{
    static char text[4096];
    const int spectral = strcmp(run.kind->name, "hinge") == 0;
    const char *norm = spectral ? " spectral_norm=true" : "";

    if (!run.digits) {
        CHECK(gan_layer_parse(run.context, generator,
                              "gan-network 1\ninput shape=2 noise=normal\ndense units=128\nrelu\n"
                              "dense units=128\nrelu\ndense units=128\nrelu\ndense units=2\n"));
        (void)snprintf(
            text, sizeof text,
            "gan-network 1\ninput shape=2\ndense units=128%s\nleaky_relu\ndense units=128%s\n"
            "leaky_relu\ndense units=128%s\nleaky_relu\ndense units=1%s\n",
            norm, norm, norm, norm);
        CHECK(gan_layer_parse(run.context, discriminator, text));
        return;
    }
    CHECK(gan_layer_preset(run.context, "dcgan_generator", "size=28 channels=1 width=16 noise=32",
                           text, sizeof text, NULL));
    CHECK(gan_layer_parse(run.context, generator, text));
    CHECK(gan_layer_preset(run.context, "dcgan_discriminator",
                           spectral ? "size=28 channels=1 width=16 norm=none spectral_norm=true"
                           : strcmp(run.kind->name, "wgan_gp") == 0
                               ? "size=28 channels=1 width=16 norm=layer_norm"
                               : "size=28 channels=1 width=16",
                           text, sizeof text, NULL));
    CHECK(gan_layer_parse(run.context, discriminator, text));
}

static void
prepare(const char *alarms)
{
    const int64_t two[] = {2};
    gan_layer *generator, *discriminator;
    char options[64];

    (void)snprintf(options, sizeof options, "threads=1 seed=%llu", (unsigned long long)run.seed);
    CHECK(gan_context_create(&run.context, options, NULL));
    run.samples = run.digits ? 500 : SAMPLES_MAX;
    if (run.digits) {
        run.dataset = open_digits();
        CHECK(gan_context_create(&run.looking, "threads=1", NULL));
        CHECK(gan_judge_load(run.looking, &run.looker, EXAMPLE_DATA "/digit_classifier.safetensors",
                             NULL));
        CHECK(gan_judge_load(run.context, &run.judge, EXAMPLE_DATA "/digit_classifier.safetensors",
                             NULL));
    } else {
        CHECK(gan_dataset_create_callback(run.context, &run.dataset, 100000, two, 1, 0, read_point,
                                          NULL, NULL));
    }
    make_networks(&generator, &discriminator);
    CHECK(gan_trainer_create(run.context, &run.trainer, generator, discriminator, run.dataset,
                             run.digits ? run.kind->digits : run.kind->trainer));
    gan_layer_destroy(generator);
    gan_layer_destroy(discriminator);
    CHECK(gan_trainer_set_alarms(run.trainer, run.judge, alarms));
}

static void
print(gan_status status)
{
    int64_t date = strcmp(run.kind->name, "d_won") == 0 ? run.won : run.collapse, steps, own = -1;
    int others = 0;

    CHECK(gan_trainer_steps(run.trainer, &steps));
    date = strcmp(run.kind->name, "non_finite") == 0 && status == GAN_E_DIVERGED ? steps : date;
    for (int i = 0; i < run.alarms; i++) {
        const int is_own = strcmp(run.alarm[i].name, run.kind->name) == 0;
        own = is_own && own < 0 ? run.alarm[i].step : own;
        others += !is_own;
    }
    (void)printf("%s %s seed=%llu steps=%lld best=%d dated=%lld rang=%lld",
                 run.digits ? "digits" : "plane", run.kind->name, (unsigned long long)run.seed,
                 (long long)steps, run.best, (long long)date, (long long)own);
    (void)printf(" verdict=%s", run.kind->healthy  ? run.alarms > 0      ? "false_alarm"
                                                     : run.collapse >= 0 ? "not_healthy"
                                                                         : "ok"
                                : date < 0         ? "no_collapse"
                                : own < 0          ? "missed"
                                : own > date + 500 ? "late"
                                                   : "ok");
    (void)printf(" others=%d variety=%.3f..%.3f saturation=%.3f", others, run.variety_low,
                 run.variety_high, run.saturation_high);
    for (int i = 0; i < run.alarms; i++) {
        (void)printf(" %s@%lld", run.alarm[i].name, (long long)run.alarm[i].step);
    }
    (void)printf(" collapse=%lld\n", (long long)run.collapse);
}

int
main(int argc, char **argv)
{
    gan_status status;

    for (int i = 0; argc >= 4 && i < KINDS; i++) {
        run.kind = strcmp(kinds[i].name, argv[2]) == 0 ? &kinds[i] : run.kind;
    }
    if (run.kind == NULL) {
        (void)fprintf(stderr, "alarm_runs plane|digits KIND SEED [STEPS] [OPTIONS]\n");
        return 1;
    }
    run.digits = strcmp(argv[1], "digits") == 0;
    run.seed = strtoull(argv[3], NULL, 10);
    run.steps = argc > 4 ? atoll(argv[4]) : 0;
    if (run.steps <= 0) {
        run.steps = run.digits ? run.kind->digit_steps : run.kind->plane_steps;
    }
    run.change = run.steps * 5 / 8 + (int64_t)(run.seed * 37 % 100);
    prepare(argc > 5 ? argv[5] : NULL);
    status = gan_trainer_run(run.trainer, run.steps, on_event, NULL);
    if (status != GAN_OK && status != GAN_E_DIVERGED) {
        CHECK(status);
    }
    print(status);
    gan_trainer_destroy(run.trainer);
    gan_judge_destroy(run.judge);
    gan_dataset_destroy(run.dataset);
    gan_context_destroy(run.context);
    gan_judge_destroy(run.looker);
    if (run.looking != NULL) {
        gan_context_destroy(run.looking);
    }
    return 0;
}
