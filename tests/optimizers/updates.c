/*
 * Updates with schedules and clipping, and the optimizers that came later, over two parameters against PyTorch's in
 * float64; what clipping leaves alone; the step that schedules are read at.
 */
#include <math.h>
#include <stdio.h>

#include "oracle/failing_host.h"
#include "oracle/updates.h"
#include "suites.h"

enum { STEPS = 4, WEIGHTS = 21, BIASES = 3, PARAMETERS = 2 };

static const char *const names[PARAMETERS] = {"weight", "bias"};
static const int64_t counts[PARAMETERS] = {WEIGHTS, BIASES};

static gan_context *ctx;

static void
setup(void)
{
    ASSERT_OK(ctx, gan_context_create(&ctx, "threads=1", NULL));
}

static void
teardown(void)
{
    gan_context_destroy(ctx);
    ctx = NULL;
}

static gan_optimizer *
make(const char *text, gan_layer *network)
{
    const size_t length = strcspn(text, " \n");
    gan_optimizer *optimizer = NULL;
    char kind[32];

    ck_assert_uint_lt(length, sizeof kind);
    memcpy(kind, text, length);
    kind[length] = '\0';
    ASSERT_OK(ctx, gan_optimizer_create(ctx, &optimizer, kind, text + length));
    ASSERT_OK(ctx, gan_optimizer_attach(optimizer, network));
    return optimizer;
}

static gan_tensor *
parameter_named(gan_layer *network, const char *name)
{
    char path[32];

    snprintf(path, sizeof path, "1.%s", name);
    return parameter_of(ctx, network, path);
}

/* Each state tensor that PyTorch has too. */
static void
compare_states(gan_optimizer *optimizer, int number)
{
    int64_t states = 0, compared = 0;

    ASSERT_OK(ctx, gan_optimizer_state_count(optimizer, &states));
    for (int64_t i = 0; i < states; i++) {
        gan_tensor *state = NULL;
        float values[WEIGHTS];
        char path[64], name[80];
        int64_t count = 0;
        ASSERT_OK(ctx, gan_optimizer_state(optimizer, &state, i, path, sizeof path, NULL));
        ASSERT_OK(ctx, gan_tensor_count(state, &count));
        ASSERT_OK(ctx, gan_tensor_read(state, values, count));
        gan_tensor_destroy(state);
        snprintf(name, sizeof name, "%d.%s", number, path + 2);
        for (const struct oracle_numbers *row = updates_numbers; row->name != NULL; row++) {
            if (strcmp(row->name, name) == 0) {
                oracle_compare(updates_numbers, name, values, count, 2e-6, 0);
                compared++;
            }
        }
    }
    ck_assert(compared > 0 || strstr(updates_texts[number].text, "momentum") == NULL);
}

START_TEST(test_oracle)
{
    float start[PARAMETERS][WEIGHTS], values[WEIGHTS];
    gan_layer *network = parse_network(ctx, "input shape=7\ndense units=3\n");
    gan_optimizer *optimizer = make(updates_texts[_i].text, network);
    gan_tensor *parameters[PARAMETERS];
    char name[64];

    for (int k = 0; k < PARAMETERS; k++) {
        parameters[k] = parameter_named(network, names[k]);
        oracle_draw(oracle_fill_find(updates_fills, names[k]), start[k]);
        ASSERT_OK(ctx, gan_tensor_write(parameters[k], start[k], counts[k]));
    }
    for (int step = 0; step < STEPS; step++) {
        for (int k = 0; k < PARAMETERS; k++) {
            snprintf(name, sizeof name, "%s%d", names[k], step);
            oracle_draw(oracle_fill_find(updates_fills, name), values);
            set_gradient(ctx, parameters[k], values);
        }
        ASSERT_OK(ctx, gan_optimizer_step(optimizer));
    }
    for (int k = 0; k < PARAMETERS; k++) {
        ASSERT_OK(ctx, gan_tensor_read(parameters[k], values, counts[k]));
        for (int64_t i = 0; i < counts[k]; i++) {
            values[i] -= start[k][i];
        }
        snprintf(name, sizeof name, "%d.%s.moved", _i, names[k]);
        oracle_compare(updates_numbers, name, values, counts[k], 3e-6, 2e-7);
        gan_tensor_destroy(parameters[k]);
    }
    compare_states(optimizer, _i);
    gan_optimizer_destroy(optimizer);
    gan_layer_destroy(network);
}
END_TEST

/* One step of this optimizer from weight 0 with this gradient; the gradient stays, and so does the norm. */
static void
step_once(const char *text, const float gradient[4], float moved[4])
{
    gan_layer *network = parse_network(ctx, "input shape=2\ndense units=2 bias=false\n");
    gan_optimizer *optimizer = make(text, network);
    gan_tensor *weight = parameter_named(network, "weight"), *held = NULL;
    float after[4];
    double norm = 0, wanted = 0;

    ASSERT_OK(ctx, gan_tensor_write(weight, (const float[4]){0}, 4));
    set_gradient(ctx, weight, gradient);
    ASSERT_OK(ctx, gan_optimizer_step(optimizer));
    ASSERT_OK(ctx, gan_tensor_read(weight, moved, 4));
    ASSERT_OK(ctx, gan_tensor_gradient(weight, &held));
    ASSERT_OK(ctx, gan_tensor_read(held, after, 4));
    ck_assert_mem_eq(after, gradient, sizeof after);
    for (int i = 0; i < 4; i++) {
        wanted += (double)gradient[i] * (double)gradient[i];
    }
    ASSERT_OK(ctx, gan__optimizer_gradient_norm(optimizer, &norm));
    ck_assert_double_eq_tol(norm, sqrt(wanted), 1e-6 * norm + 1e-30);
    gan_tensor_destroy(held);
    gan_tensor_destroy(weight);
    gan_optimizer_destroy(optimizer);
    gan_layer_destroy(network);
}

START_TEST(test_clipping)
{
    const float gradient[4] = {3, -4, 0, 0};
    float moved[4], plain[4];

    step_once("sgd lr=1 clip_gradient_norm=1", gradient, moved);
    ck_assert_float_eq_tol(moved[0], -0.6F, 1e-6F);
    ck_assert_float_eq_tol(moved[1], 0.8F, 1e-6F);
    step_once("sgd lr=1 clip_gradient_value=3.5", gradient, moved);
    ck_assert(moved[0] == -3 && moved[1] == 3.5F && moved[2] == 0);
    step_once("sgd lr=1 clip_gradient_norm=10 clip_gradient_value=3.5", gradient, moved);
    ck_assert(moved[0] == -3 && moved[1] == 3.5F);
    /* the norm first: (1.5, -2), of which the value then takes a half */
    step_once("sgd lr=1 clip_gradient_value=1.75 clip_gradient_norm=2.5", gradient, moved);
    ck_assert_float_eq_tol(moved[0], -1.5F, 1e-6F);
    ck_assert(moved[1] == 1.75F);
    /* a limit that is not reached changes no bit; neither does a norm of 0 */
    step_once("sgd lr=1", gradient, plain);
    step_once("sgd lr=1 clip_gradient_norm=5.01 clip_gradient_value=4", gradient, moved);
    ck_assert_mem_eq(plain, moved, sizeof plain);
    step_once("sgd lr=1 clip_gradient_norm=1 clip_gradient_value=1", (const float[4]){0}, moved);
    ck_assert(moved[0] == 0 && moved[3] == 0);
    /* PyTorch adds 1e-6 to the norm */
    step_once("sgd lr=1 clip_gradient_norm=1e-6", (const float[4]){0, 1e-6F}, moved);
    ck_assert_float_eq_tol(moved[1], -5e-7F, 1e-12F);
    /* squares that float does not hold */
    step_once("sgd lr=1 clip_gradient_norm=1", (const float[4]){1e36F, 1e36F, 1e36F, -1e36F},
              moved);
    ck_assert_float_eq_tol(moved[0], -0.5F, 1e-6F);
    ck_assert_float_eq_tol(moved[3], 0.5F, 1e-6F);
    step_once("sgd lr=1 clip_gradient_norm=1e300 clip_gradient_value=1e300", gradient, moved);
    ck_assert_mem_eq(plain, moved, sizeof plain);
}
END_TEST

/* A gradient that is not finite stops the step with clipping too. */
START_TEST(test_clipping_not_finite)
{
    gan_layer *network = parse_network(ctx, "input shape=2\ndense units=2 bias=false\n");
    gan_optimizer *optimizer = make("adam clip_gradient_norm=1 clip_gradient_value=1", network);
    gan_tensor *weight = parameter_named(network, "weight");
    float before[4], after[4];
    int64_t steps = -1;

    ASSERT_OK(ctx, gan_tensor_read(weight, before, 4));
    set_gradient(ctx, weight, (const float[4]){1, INFINITY, 0, 0});
    ASSERT_FAILS(ctx, gan_optimizer_step(optimizer), GAN_E_DIVERGED, "1.weight");
    ASSERT_OK(ctx, gan_tensor_read(weight, after, 4));
    ck_assert_mem_eq(before, after, sizeof before);
    ASSERT_OK(ctx, gan_optimizer_steps(optimizer, &steps));
    ck_assert_int_eq(steps, 0);
    gan_tensor_destroy(weight);
    gan_optimizer_destroy(optimizer);
    gan_layer_destroy(network);
}
END_TEST

/* How far sgd goes in one step with gradient 1: its learning rate. */
static float
rate_of(gan_optimizer *optimizer, gan_tensor *weight)
{
    float moved;

    ASSERT_OK(ctx, gan_tensor_write(weight, (const float[1]){0}, 1));
    ASSERT_OK(ctx, gan_optimizer_step(optimizer));
    ASSERT_OK(ctx, gan_tensor_read(weight, &moved, 1));
    return -moved;
}

/* Its own steps from 0, a number set by the caller, a trainer's. */
START_TEST(test_schedule_step)
{
    gan_layer *network = parse_network(ctx, "input shape=1\ndense units=1 bias=false\n");
    gan_optimizer *optimizer = make("sgd lr=linear(8,0,8)", network);
    gan_tensor *weight = parameter_named(network, "weight");

    set_gradient(ctx, weight, (const float[1]){1});
    ck_assert_float_eq(rate_of(optimizer, weight), 8);
    ck_assert_float_eq(rate_of(optimizer, weight), 7);
    ASSERT_OK(ctx, gan_optimizer_set_steps(optimizer, 6));
    ck_assert_float_eq(rate_of(optimizer, weight), 2);
    optimizer->schedule_step = 3;
    ck_assert_float_eq(rate_of(optimizer, weight), 5);
    ck_assert_float_eq(rate_of(optimizer, weight), 5);
    optimizer->schedule_step = 0;
    ck_assert_float_eq(rate_of(optimizer, weight), 8);
    optimizer->schedule_step = INT64_MAX;
    ck_assert_float_eq(rate_of(optimizer, weight), 0);
    optimizer->schedule_step = -1;
    ASSERT_OK(ctx, gan_optimizer_set(optimizer, "lr=warmup(20,1)"));
    ck_assert_float_eq(rate_of(optimizer, weight), 0.6F); /* the 12th step */
    ASSERT_OK(ctx, gan_optimizer_set_steps(optimizer, INT64_MAX));
    ck_assert_float_eq(rate_of(optimizer, weight), 1);
    gan_tensor_destroy(weight);
    gan_optimizer_destroy(optimizer);
    gan_layer_destroy(network);
}
END_TEST

/* Every numeric option follows its schedule: a step with schedules is that of the numbers they have then. */
START_TEST(test_every_schedule)
{
    static const struct {
        const char *scheduled, *plain;
    } rows[] = {
        {"adam lr=linear(0,1,4) beta1=linear(0,0.8,4) beta2=linear(0.5,0.9,4) "
         "epsilon=linear(1,3,4) weight_decay=linear(0,2,4) clip_gradient_norm=linear(8,1,4)",
         "adam lr=0.5 beta1=0.4 beta2=0.7 epsilon=2 weight_decay=1 clip_gradient_norm=4.5"},
        {"adamw lr=linear(0,1,4) weight_decay=linear(0,2,4) clip_gradient_value=linear(0,3,4)",
         "adamw lr=0.5 weight_decay=1 clip_gradient_value=1.5"},
        {"rmsprop lr=linear(0,1,4) alpha=linear(0,0.8,4) momentum=linear(0,0.5,4) "
         "epsilon=linear(1,3,4) weight_decay=linear(0,2,4) centered=true",
         "rmsprop lr=0.5 alpha=0.4 momentum=0.25 epsilon=2 weight_decay=1 centered=true"},
        {"sgd lr=linear(0,1,4) momentum=linear(0,0.5,4) dampening=linear(0,1,4) "
         "weight_decay=linear(0,2,4)",
         "sgd lr=0.5 momentum=0.25 dampening=0.5 weight_decay=1"},
    };
    float after[2][6];

    for (int k = 0; k < 2; k++) {
        gan_layer *network = parse_network(ctx, "input shape=3\ndense units=2 bias=false\n");
        gan_optimizer *optimizer = make(k == 0 ? rows[_i].scheduled : rows[_i].plain, network);
        gan_tensor *weight = parameter_named(network, "weight");
        ASSERT_OK(ctx, gan_tensor_write(weight, (const float[6]){1, 2, 3, 4, 5, 6}, 6));
        for (int step = 0; step < 3; step++) {
            optimizer->schedule_step = 2;
            set_gradient(ctx, weight, (const float[6]){3, -2, (float)step, 4, -1, 2});
            ASSERT_OK(ctx, gan_optimizer_step(optimizer));
        }
        ASSERT_OK(ctx, gan_tensor_read(weight, after[k], 6));
        gan_tensor_destroy(weight);
        gan_optimizer_destroy(optimizer);
        gan_layer_destroy(network);
    }
    float moved = 0;
    for (int i = 0; i < 6; i++) {
        ck_assert_float_eq_tol(after[0][i], after[1][i], 1e-6F);
        moved += fabsf(after[0][i] - (float)(i + 1));
    }
    ck_assert(moved > 1);
}
END_TEST

START_TEST(test_text)
{
    gan_layer *network = parse_network(ctx, "input shape=1\ndense units=1\n");
    gan_optimizer *optimizer =
        make("adam lr=warmup(10,cosine(1e-3,0,100)) clip_gradient_norm=1", network);
    static const char wanted[] =
        "adam lr=warmup(10,cosine(0.001,0,100)) beta1=0.9 beta2=0.999 epsilon=1e-8 weight_decay=0 "
        "clip_gradient_norm=1 clip_gradient_value=0 lr_factor=1";
    char text[256];

    ASSERT_OK(ctx, gan_optimizer_text(optimizer, text, sizeof text, NULL));
    ck_assert_str_eq(text, wanted);
    ASSERT_OK(ctx, gan_optimizer_set(optimizer, "clip_gradient_value=linear(1,0.5,7) beta1=0"));
    ASSERT_OK(ctx, gan_optimizer_text(optimizer, text, sizeof text, NULL));
    ck_assert_str_eq(text, "adam lr=warmup(10,cosine(0.001,0,100)) beta1=0 beta2=0.999 "
                           "epsilon=1e-8 weight_decay=0 clip_gradient_norm=1 "
                           "clip_gradient_value=linear(1,0.5,7) lr_factor=1");
    gan_optimizer_destroy(optimizer);
    gan_layer_destroy(network);
}
END_TEST

/* A layer that keeps something of its weights hears of a step, and of none when nothing has moved. */
START_TEST(test_moved)
{
    gan_layer *network =
        parse_network(ctx, "input shape=4\nresidual {\ndense units=4 spectral_norm=true\n} {\n}\n");
    gan_layer *average = NULL;
    gan_optimizer *optimizer = make("sgd lr=1", network);
    gan_tensor *weight = parameter_of(ctx, network, "1.0.0.weight");
    gan_tensor *vector[2] = {parameter_of(ctx, network, "1.0.0.weight_u"), NULL};
    float before[4], after[4], gradient[16];

    /* far from where the iterations end */
    ASSERT_OK(ctx, gan_tensor_write(vector[0], (const float[4]){1, 0, 0, 0}, 4));
    ASSERT_OK(ctx, gan__layer_clone(network, &average));
    vector[1] = parameter_of(ctx, average, "1.0.0.weight_u");
    ASSERT_OK(ctx, gan_tensor_read(vector[0], before, 4));
    ASSERT_OK(ctx, gan_optimizer_step(optimizer)); /* no gradient yet */
    ASSERT_OK(ctx, gan_tensor_read(vector[0], after, 4));
    ck_assert_mem_eq(before, after, sizeof before);
    for (int i = 0; i < 16; i++) {
        gradient[i] = (float)(i % 5) - 2;
    }
    set_gradient(ctx, weight, gradient);
    ASSERT_OK(ctx, gan_optimizer_step(optimizer));
    ASSERT_OK(ctx, gan_tensor_read(vector[0], after, 4));
    ck_assert_mem_ne(before, after, sizeof before);
    ASSERT_OK(ctx, gan_tensor_read(vector[1], after, 4));
    ck_assert_mem_eq(before, after, sizeof before);
    ASSERT_OK(ctx, gan__average_step(average, network, 1, 0.5, 100));
    ASSERT_OK(ctx, gan_tensor_read(vector[1], after, 4));
    ck_assert_mem_ne(before, after, sizeof before);
    for (int k = 0; k < 2; k++) {
        gan_tensor_destroy(vector[k]);
    }
    gan_tensor_destroy(weight);
    gan_optimizer_destroy(optimizer);
    gan_layer_destroy(average);
    gan_layer_destroy(network);
}
END_TEST

/* Neither table has changed after a word in one of them was wrong. */
START_TEST(test_set_refused)
{
    static const char *const bad[][2] = {
        {"clip_gradient_norm=3 lr=-1", "lr is -1"},
        {"lr=3 clip_gradient_norm=-1", "clip_gradient_norm is -1, but must be at least 0"},
        {"clip_gradient_value=1 clip_gradient_value=2", "given twice"},
        {"lr=0.5 clip_gradient_nrom=1", "did you mean \"clip_gradient_norm\""},
        {"clip_gradient_norm=3 lr=cosine(", "lr is \"cosine(\""},
        {"clip_gradient_norm=3 lr=linear(1,-1,5)", "from -1 to 1"},
        {"clip_gradient_norm=3 nesterov=true", "momentum above 0"},
        {"clip_gradient_norm=3 nesterov=true momentum=linear(0,0.5,3) dampening=linear(0,1,3)",
         "dampening=1"},
    };
    gan_layer *network = parse_network(ctx, "input shape=1\ndense units=1\n");
    gan_optimizer *optimizer = make("sgd lr=2 clip_gradient_norm=1", network);
    char before[256], after[256];

    ASSERT_OK(ctx, gan_optimizer_text(optimizer, before, sizeof before, NULL));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        ASSERT_FAILS(ctx, gan_optimizer_set(optimizer, bad[i][0]), GAN_E_ARG, bad[i][1]);
        ASSERT_OK(ctx, gan_optimizer_text(optimizer, after, sizeof after, NULL));
        ck_assert_str_eq(before, after);
    }
    ASSERT_OK(ctx, gan_optimizer_set(optimizer, "nesterov=true momentum=linear(0,0.5,3)"));
    gan_optimizer_destroy(optimizer);
    gan_layer_destroy(network);
}
END_TEST

/* The norm needs memory: without it nothing has moved. */
START_TEST(test_allocations)
{
    struct test_allocator allocator;
    gan_context *failing = failing_context(&allocator);
    gan_layer *network = parse_network(failing, "input shape=4\ndense units=3\n");
    gan_optimizer *optimizer = NULL;
    gan_tensor *weight;
    float before[12], after[12];

    EACH_ALLOCATION_FAILS(
        failing, &allocator,
        gan_optimizer_create(failing, &optimizer, "sgd", "lr=cosine(1,0,3) clip_gradient_norm=1"),
        optimizer == NULL);
    ASSERT_OK(failing, gan_optimizer_attach(optimizer, network));
    EACH_ALLOCATION_FAILS(failing, &allocator,
                          gan_optimizer_set(optimizer, "lr=1 clip_gradient_value=linear(1,2,3)"),
                          optimizer->common.clip_gradient_value.to == 0);
    weight = parameter_of(failing, network, "1.weight");
    set_gradient(failing, weight, (const float[12]){1, 2, 3});
    ASSERT_OK(failing, gan_tensor_read(weight, before, 12));
    EACH_ALLOCATION_FAILS(failing, &allocator, gan_optimizer_step(optimizer),
                          gan_tensor_read(weight, after, 12) == GAN_OK &&
                              memcmp(before, after, sizeof before) == 0 && optimizer->steps == 0);
    ASSERT_OK(failing, gan_tensor_read(weight, after, 12));
    ck_assert_mem_ne(before, after, sizeof before);
    gan_tensor_destroy(weight);
    gan_layer_destroy(network);
    gan_optimizer_destroy(optimizer);
    gan_context_destroy(failing);
    ck_assert_int_eq(allocator.blocks, 0);
}
END_TEST

Suite *
updates_suite(void)
{
    Suite *suite = suite_create("optimizer updates");
    TCase *tcase = tcase_create("updates");
    int count = 0;

    while (updates_texts[count].name != NULL) {
        count++;
    }
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, test_oracle, 0, count);
    tcase_add_test(tcase, test_clipping);
    tcase_add_test(tcase, test_clipping_not_finite);
    tcase_add_test(tcase, test_schedule_step);
    tcase_add_loop_test(tcase, test_every_schedule, 0, 4);
    tcase_add_test(tcase, test_text);
    tcase_add_test(tcase, test_moved);
    tcase_add_test(tcase, test_set_refused);
    tcase_add_test(tcase, test_allocations);
    suite_add_tcase(suite, tcase);
    return suite;
}
