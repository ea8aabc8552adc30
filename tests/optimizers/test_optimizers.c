/* Optimizers: five steps against PyTorch's in float64, what must stay where it is, options, and bad input. */
#include <math.h>
#include <stdio.h>

#include "oracle/optimizers.h"
#include "suites.h"

enum { COUNT = 21, STEPS = 5 };

static const char *const kinds[] = {
#define GAN__ROW(name) #name,
#include "optimizers/list.h"
#undef GAN__ROW
};

enum { KIND_COUNT = sizeof kinds / sizeof kinds[0] };

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
make(const char *kind, const char *options, gan_layer *network)
{
    gan_optimizer *optimizer = NULL;

    ASSERT_OK(ctx, gan_optimizer_create(ctx, &optimizer, kind, options));
    if (network != NULL) {
        ASSERT_OK(ctx, gan_optimizer_attach(optimizer, network));
    }
    return optimizer;
}

/* "adam lr=0.01 beta1=0.5" */
static gan_optimizer *
make_from_text(const char *text, gan_layer *network)
{
    char kind[32];
    const size_t length = strcspn(text, " \n");

    ck_assert_uint_lt(length, sizeof kind);
    memcpy(kind, text, length);
    kind[length] = 0;
    return make(kind, text + length, network);
}

/* Each variant of the oracle: moved, and each state that both have. */
START_TEST(test_oracle)
{
    char name[64];
    float weight[COUNT], start[COUNT], gradient[COUNT];
    int64_t states = 0;
    gan_layer *network = parse_network(ctx, "input shape=7\ndense units=3 bias=false\n");
    gan_optimizer *optimizer = make_from_text(optimizers_texts[_i].text, network);
    gan_tensor *parameter = parameter_of(ctx, network, "1.weight");

    oracle_draw(oracle_fill_find(optimizers_fills, "weight"), start);
    ASSERT_OK(ctx, gan_tensor_write(parameter, start, COUNT));
    for (int step = 0; step < STEPS; step++) {
        snprintf(name, sizeof name, "gradient%d", step);
        oracle_draw(oracle_fill_find(optimizers_fills, name), gradient);
        set_gradient(ctx, parameter, gradient);
        ASSERT_OK(ctx, gan_optimizer_step(optimizer));
    }
    ASSERT_OK(ctx, gan_tensor_read(parameter, weight, COUNT));
    for (int i = 0; i < COUNT; i++) {
        weight[i] -= start[i];
    }
    snprintf(name, sizeof name, "%d.moved", _i);
    oracle_compare(optimizers_numbers, name, weight, COUNT, 2e-6, 2e-7);

    ASSERT_OK(ctx, gan_optimizer_state_count(optimizer, &states));
    for (int64_t i = 0; i < states; i++) {
        gan_tensor *state = NULL;
        char path[64];

        ASSERT_OK(ctx, gan_optimizer_state(optimizer, &state, i, path, sizeof path, NULL));
        ck_assert_int_eq(strncmp(path, "1.weight.", 9), 0);
        ASSERT_OK(ctx, gan_tensor_read(state, weight, COUNT));
        gan_tensor_destroy(state);
        snprintf(name, sizeof name, "%d.%s", _i, path + 9);
        if (strstr(name, "momentum") != NULL &&
            strstr(optimizers_texts[_i].text, "momentum") == NULL) {
            continue; /* PyTorch has no buffer where momentum is 0 */
        }
        oracle_compare(optimizers_numbers, name, weight, COUNT, 2e-6, 0);
    }
    gan_tensor_destroy(parameter);
    gan_optimizer_destroy(optimizer);
    gan_layer_destroy(network);
}
END_TEST

/* Parameters without a gradient, frozen ones and buffers stay, whatever momentum and decay say. */
START_TEST(test_what_stays)
{
    static const char *const staying[] = {"1.bias", "2.weight", "2.bias", "3.weight",
                                          "3.running_mean"};
    const float gradient[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    float before[5][8], after[8], weight[8];
    gan_layer *network = parse_network(ctx, "input shape=2\n"
                                            "dense units=4\n"
                                            "dense units=2 trainable=false\n"
                                            "batch_norm\n");
    gan_optimizer *optimizer = make(kinds[_i], "lr=0.1 weight_decay=0.5", network);
    gan_tensor *moving = parameter_of(ctx, network, "1.weight");
    int64_t counts[5], steps = 0;

    for (int i = 0; i < 5; i++) {
        gan_tensor *tensor = parameter_of(ctx, network, staying[i]);
        ASSERT_OK(ctx, gan_tensor_count(tensor, &counts[i]));
        ASSERT_OK(ctx, gan_tensor_read(tensor, before[i], counts[i]));
        gan_tensor_destroy(tensor);
    }
    ASSERT_OK(ctx, gan_tensor_read(moving, weight, 8));
    set_gradient(ctx, moving, gradient);
    ASSERT_OK(ctx, gan_optimizer_step(optimizer));
    ASSERT_OK(ctx, gan_optimizer_step(optimizer));
    ASSERT_OK(ctx, gan_tensor_read(moving, after, 8));
    for (int i = 0; i < 8; i++) {
        ck_assert(after[i] < weight[i]);
    }
    for (int i = 0; i < 5; i++) {
        gan_tensor *tensor = parameter_of(ctx, network, staying[i]);
        ASSERT_OK(ctx, gan_tensor_read(tensor, after, counts[i]));
        ck_assert_mem_eq(after, before[i], (size_t)counts[i] * sizeof *after);
        gan_tensor_destroy(tensor);
    }
    ASSERT_OK(ctx, gan_optimizer_steps(optimizer, &steps));
    ck_assert_int_eq(steps, 2);
    gan_tensor_destroy(moving);
    gan_optimizer_destroy(optimizer);
    gan_layer_destroy(network);
}
END_TEST

/* A bad gradient in the last parameter: the first has not moved either, nor state, nor the number of steps. */
START_TEST(test_not_finite)
{
    const float bad[] = {NAN, INFINITY, -INFINITY};
    float good[4] = {1, 1, 1, 1}, gradient[2] = {0, 0}, before[4], after[4];
    gan_layer *network = parse_network(ctx, "input shape=2\ndense units=2\n");
    gan_optimizer *optimizer = make(kinds[_i], NULL, network);
    gan_tensor *weight = parameter_of(ctx, network, "1.weight");
    gan_tensor *bias = parameter_of(ctx, network, "1.bias");
    int64_t steps = -1, states = 0;
    double norm = 0;

    ASSERT_OK(ctx, gan_tensor_read(weight, before, 4));
    set_gradient(ctx, weight, good);
    for (int i = 0; i < 3; i++) {
        gan_tensor *held = NULL;
        set_gradient(ctx, bias, gradient);
        ASSERT_OK(ctx, gan_tensor_gradient(bias, &held));
        ASSERT_OK(ctx, gan_tensor_write(held, (const float[]){0, bad[i]}, 2));
        gan_tensor_destroy(held);
        ASSERT_FAILS(ctx, gan_optimizer_step(optimizer), GAN_E_DIVERGED, "1.bias");
        clear_sentence(ctx);
        ASSERT_FAILS(ctx, gan__optimizer_gradient_norm(optimizer, &norm), GAN_E_DIVERGED, "1.bias");
        ASSERT_OK(ctx, gan_tensor_read(weight, after, 4));
        ck_assert_mem_eq(after, before, sizeof before);
    }
    ASSERT_OK(ctx, gan_optimizer_steps(optimizer, &steps));
    ck_assert_int_eq(steps, 0);
    ASSERT_OK(ctx, gan_optimizer_state_count(optimizer, &states));
    for (int64_t i = 0; i < states; i++) {
        gan_tensor *state = NULL;
        int64_t count = 0;
        ASSERT_OK(ctx, gan_optimizer_state(optimizer, &state, i, NULL, 0, NULL));
        ASSERT_OK(ctx, gan_tensor_count(state, &count));
        ASSERT_OK(ctx, gan_tensor_read(state, after, count));
        for (int64_t k = 0; k < count; k++) {
            ck_assert_float_eq(after[k], 0);
        }
        gan_tensor_destroy(state);
    }
    set_gradient(ctx, bias, gradient);
    ASSERT_OK(ctx, gan_optimizer_step(optimizer));
    gan_tensor_destroy(weight);
    gan_tensor_destroy(bias);
    gan_optimizer_destroy(optimizer);
    gan_layer_destroy(network);
}
END_TEST

START_TEST(test_gradient_norm)
{
    double norm = -1;
    gan_layer *network =
        parse_network(ctx, "input shape=2\ndense units=2\ndense units=1 trainable=false\n");
    gan_optimizer *optimizer = make("sgd", NULL, network);
    gan_tensor *weight = parameter_of(ctx, network, "1.weight");
    gan_tensor *bias = parameter_of(ctx, network, "1.bias");

    ASSERT_OK(ctx, gan__optimizer_gradient_norm(optimizer, &norm));
    ck_assert_double_eq(norm, 0);
    set_gradient(ctx, weight, (const float[]){1, -2, 4, 0});
    set_gradient(ctx, bias, (const float[]){0, 10});
    ASSERT_OK(ctx, gan__optimizer_gradient_norm(optimizer, &norm));
    ck_assert_double_eq(norm, 11);
    gan_tensor_destroy(weight);
    gan_tensor_destroy(bias);
    gan_optimizer_destroy(optimizer);
    gan_layer_destroy(network);
}
END_TEST

/* A graph that has saved the weights learns that a step has changed them. */
START_TEST(test_step_is_noticed)
{
    gan_layer *network = parse_network(ctx, "input shape=2\ndense units=2\n");
    gan_optimizer *optimizer = make(kinds[_i], NULL, network);
    gan_tensor *weight = parameter_of(ctx, network, "1.weight");
    gan_tensor *square = NULL, *sum = NULL;

    set_gradient(ctx, weight, (const float[]){1, 1, 1, 1});
    ASSERT_OK(ctx, gan_square(ctx, &square, weight));
    ASSERT_OK(ctx, gan_sum(ctx, &sum, square, NULL, 0, 0));
    ASSERT_OK(ctx, gan_optimizer_step(optimizer));
    ck_assert_int_eq(gan_backward(ctx, sum, 0), GAN_E_STATE);
    gan_tensor_destroy(square);
    gan_tensor_destroy(sum);
    gan_tensor_destroy(weight);
    gan_optimizer_destroy(optimizer);
    gan_layer_destroy(network);
}
END_TEST

/* The same bits at any number of threads, on a parameter that is cut into pieces. */
START_TEST(test_threads)
{
    enum { LARGE = 301 * 211 };
    float *weights[2];
    gan_context *contexts[2];

    for (int k = 0; k < 2; k++) {
        gan_optimizer *optimizer = NULL;
        gan_tensor *gradient = NULL, *parameter;
        gan_layer *network;
        float *numbers;

        ASSERT_OK(contexts[k],
                  gan_context_create(&contexts[k], k == 0 ? "threads=1" : "threads=3", NULL));
        network = parse_network(contexts[k], "input shape=301\ndense units=211 bias=false\n");
        parameter = parameter_of(contexts[k], network, "1.weight");
        ASSERT_OK(contexts[k], gan_optimizer_create(contexts[k], &optimizer, kinds[_i], "lr=0.1"));
        ASSERT_OK(contexts[k], gan_optimizer_attach(optimizer, network));
        ASSERT_OK(contexts[k],
                  gan_tensor_create_random(contexts[k], &gradient, (const int64_t[]){301, 211}, 2,
                                           "normal", 5));
        ASSERT_OK(contexts[k], gan_tensor_data(gradient, &numbers));
        for (int step = 0; step < 2; step++) {
            set_gradient(contexts[k], parameter, numbers);
            ASSERT_OK(contexts[k], gan_optimizer_step(optimizer));
        }
        weights[k] = malloc(LARGE * sizeof *weights[k]);
        ck_assert_ptr_nonnull(weights[k]);
        ASSERT_OK(contexts[k], gan_tensor_read(parameter, weights[k], LARGE));
        gan_tensor_destroy(gradient);
        gan_tensor_destroy(parameter);
        gan_optimizer_destroy(optimizer);
        gan_layer_destroy(network);
        gan_context_destroy(contexts[k]);
    }
    ck_assert_mem_eq(weights[0], weights[1], LARGE * sizeof *weights[0]);
    free(weights[0]);
    free(weights[1]);
}
END_TEST

static const char *
text_of(gan_optimizer *optimizer)
{
    static char text[256];

    ASSERT_OK(ctx, gan_optimizer_text(optimizer, text, sizeof text, NULL));
    return text;
}

START_TEST(test_text)
{
    char text[256];
    size_t needed = 0;
    gan_optimizer *optimizer = make("adam", "lr=2e-4 beta1=0.5", NULL);

    ck_assert_str_eq(text_of(optimizer),
                     "adam lr=0.0002 beta1=0.5 beta2=0.999 epsilon=1e-8 weight_decay=0 "
                     "clip_gradient_norm=0 clip_gradient_value=0 lr_factor=1");
    ASSERT_OK(ctx, gan_optimizer_text(optimizer, NULL, 0, &needed));
    ck_assert_uint_eq(needed, strlen(text_of(optimizer)) + 1);
    gan_optimizer_destroy(optimizer);
    for (int i = 0; i < KIND_COUNT; i++) {
        gan_optimizer *again;
        optimizer = make(kinds[i], "lr=0.123456789012345678", NULL);
        strcpy(text, text_of(optimizer));
        again = make_from_text(text, NULL);
        ck_assert_str_eq(text_of(again), text);
        gan_optimizer_destroy(again);
        gan_optimizer_destroy(optimizer);
    }
}
END_TEST

START_TEST(test_set)
{
    char before[256];
    gan_optimizer *optimizer = make("sgd", "lr=0.5 momentum=0.9", NULL);

    ASSERT_OK(ctx, gan_optimizer_set(optimizer, "lr=0.25 nesterov=true"));
    ck_assert_str_eq(text_of(optimizer),
                     "sgd lr=0.25 momentum=0.9 dampening=0 weight_decay=0 nesterov=true "
                     "clip_gradient_norm=0 clip_gradient_value=0 lr_factor=1");
    strcpy(before, text_of(optimizer));
    ASSERT_FAILS(ctx, gan_optimizer_set(optimizer, "lr=1 momentum=0"), GAN_E_ARG, "nesterov");
    ck_assert_str_eq(text_of(optimizer), before);
    ASSERT_FAILS(ctx, gan_optimizer_set(optimizer, "lr=1 dampening=0.5"), GAN_E_ARG,
                 "dampening=0.5");
    ck_assert_str_eq(text_of(optimizer), before);
    ASSERT_FAILS(ctx, gan_optimizer_set(optimizer, "lr=1 momentum=-1"), GAN_E_ARG, "momentum");
    ck_assert_str_eq(text_of(optimizer), before);
    ASSERT_FAILS(ctx, gan_optimizer_set(optimizer, "lr=1 momentun=0"), GAN_E_ARG, "momentum");
    ck_assert_str_eq(text_of(optimizer), before);
    ASSERT_FAILS(ctx, gan_optimizer_set(optimizer, NULL), GAN_E_ARG, "options is NULL");
    ck_assert_int_eq(gan_optimizer_set(NULL, "lr=1"), GAN_E_ARG);
    gan_optimizer_destroy(optimizer);
}
END_TEST

START_TEST(test_set_takes_effect)
{
    const float gradient[4] = {1, 1, 1, 1}, zero[4] = {0};
    float weight[4];
    gan_layer *network = parse_network(ctx, "input shape=2\ndense units=2 bias=false\n");
    gan_optimizer *optimizer = make("sgd", "lr=0.5", network);
    gan_tensor *parameter = parameter_of(ctx, network, "1.weight");

    ASSERT_OK(ctx, gan_tensor_write(parameter, zero, 4));
    set_gradient(ctx, parameter, gradient);
    ASSERT_OK(ctx, gan_optimizer_step(optimizer));
    ASSERT_OK(ctx, gan_optimizer_set(optimizer, "lr=0.25 momentum=0.5"));
    ASSERT_OK(ctx, gan_optimizer_step(optimizer)); /* the buffer becomes 1 */
    ASSERT_OK(ctx, gan_optimizer_step(optimizer)); /* 1.5 */
    ASSERT_OK(ctx, gan_tensor_read(parameter, weight, 4));
    for (int i = 0; i < 4; i++) {
        ck_assert_float_eq(weight[i], -0.5F - 0.25F - 0.375F);
    }
    gan_tensor_destroy(parameter);
    gan_optimizer_destroy(optimizer);
    gan_layer_destroy(network);
}
END_TEST

START_TEST(test_bad_options)
{
    gan_optimizer *optimizer = NULL;
    static const char *const bad[][3] = {
        {"adam", "lr=-1", "lr"},
        {"adam", "beta1=1", "beta1"},
        {"adam", "beta2=1.5", "beta2"},
        {"adam", "epsilon=0", "epsilon"},
        {"adam", "lr=nan", "lr"},
        {"adam", "momentum=0.5", "momentum"},
        {"sgd", "momentum=1", "momentum"},
        {"sgd", "dampening=2", "dampening"},
        {"sgd", "nesterov=true", "nesterov"},
        {"sgd", "nesterov=1", "nesterov"},
        {"sgd", "weight_decay=-1", "weight_decay"},
        {"sgd", "lr=1e300", "lr"},
        {"adamw", "beta2=linear(0.9,1,100)", "below 1"},
        {"rmsprop", "alpha=1", "alpha"},
        {"rmsprop", "epsilon=warmup(1000,1e-30)", "epsilon"},
        {"rmsprop", "clip_gradient_value=-1", "clip_gradient_value"},
    };

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        ASSERT_FAILS(ctx, gan_optimizer_create(ctx, &optimizer, bad[i][0], bad[i][1]), GAN_E_ARG,
                     bad[i][2]);
        ck_assert_ptr_null(optimizer);
    }
    ASSERT_FAILS(ctx, gan_optimizer_create(ctx, &optimizer, "adm", NULL), GAN_E_ARG,
                 "did you mean \"adam\"");
    ASSERT_FAILS(ctx, gan_optimizer_create(ctx, &optimizer, "lion_king", NULL), GAN_E_ARG,
                 "adam, adamw, rmsprop, sgd");
    ASSERT_FAILS(ctx, gan_optimizer_create(ctx, &optimizer, NULL, NULL), GAN_E_ARG, "kind is NULL");
    ASSERT_FAILS(ctx, gan_optimizer_create(ctx, NULL, "adam", NULL), GAN_E_ARG, "out is NULL");
    ck_assert_int_eq(gan_optimizer_create(NULL, &optimizer, "adam", NULL), GAN_E_ARG);
    gan_optimizer_retain(NULL);
    gan_optimizer_destroy(NULL);
}
END_TEST

START_TEST(test_bad_calls)
{
    gan_context *other = NULL;
    gan_layer *foreign, *network, *unbuilt = NULL;
    gan_tensor *state = NULL;
    gan_optimizer *optimizer = make(kinds[_i], NULL, NULL);
    int64_t count = -1, steps = -1;
    char name[8];

    network = parse_network(ctx, "input shape=2\ndense units=2\n");
    ASSERT_OK(ctx, gan_layer_create(ctx, &unbuilt, "dense", "units=2"));
    ASSERT_OK(other, gan_context_create(&other, "threads=1", NULL));
    foreign = parse_network(other, "input shape=2\ndense units=2\n");

    ASSERT_FAILS(ctx, gan_optimizer_step(optimizer), GAN_E_STATE, "not attached");
    ASSERT_FAILS(ctx, gan_optimizer_state_count(optimizer, &count), GAN_E_STATE, "not attached");
    ASSERT_FAILS(ctx, gan_optimizer_state(optimizer, &state, 0, NULL, 0, NULL), GAN_E_STATE,
                 "not attached");
    ASSERT_FAILS(ctx, gan_optimizer_attach(optimizer, NULL), GAN_E_ARG, "network is NULL");
    ASSERT_FAILS(ctx, gan_optimizer_attach(optimizer, unbuilt), GAN_E_STATE, "gan_layer_build");
    ASSERT_FAILS(ctx, gan_optimizer_attach(optimizer, foreign), GAN_E_ARG, "another context");
    ASSERT_OK(ctx, gan_optimizer_attach(optimizer, network));
    ASSERT_FAILS(ctx, gan_optimizer_attach(optimizer, network), GAN_E_STATE, "attached already");

    ASSERT_OK(ctx, gan_optimizer_step(optimizer)); /* no gradients: nothing to move */
    ASSERT_FAILS(ctx, gan_optimizer_state_count(optimizer, NULL), GAN_E_ARG, "count is NULL");
    ASSERT_OK(ctx, gan_optimizer_state_count(optimizer, &count));
    ASSERT_FAILS(ctx, gan_optimizer_state(optimizer, &state, count, NULL, 0, NULL), GAN_E_ARG,
                 "state");
    ASSERT_FAILS(ctx, gan_optimizer_state(optimizer, &state, -1, NULL, 0, NULL), GAN_E_ARG,
                 "state -1");
    ck_assert_ptr_null(state);
    ASSERT_FAILS(ctx, gan_optimizer_state(optimizer, NULL, 0, NULL, 0, NULL), GAN_E_ARG,
                 "state is NULL");
    ck_assert_int_eq(gan_optimizer_state(optimizer, &state, 0, NULL, 8, NULL), GAN_E_ARG);
    ck_assert_ptr_null(state);
    ASSERT_OK(ctx, gan_optimizer_state(optimizer, &state, 0, name, sizeof name, NULL));
    ck_assert_str_eq(name, "1.weigh");
    gan_tensor_destroy(state);

    ASSERT_FAILS(ctx, gan_optimizer_set_steps(optimizer, -1), GAN_E_ARG, "steps is -1");
    ASSERT_FAILS(ctx, gan_optimizer_steps(optimizer, NULL), GAN_E_ARG, "steps is NULL");
    ASSERT_OK(ctx, gan_optimizer_steps(optimizer, &steps));
    ck_assert_int_eq(steps, 1);
    ASSERT_OK(ctx, gan_optimizer_set_steps(optimizer, INT64_MAX)); /* from there it stays */
    ASSERT_OK(ctx, gan_optimizer_step(optimizer));
    ASSERT_OK(ctx, gan_optimizer_steps(optimizer, &steps));
    ck_assert_int_eq(steps, INT64_MAX);
    ck_assert_int_eq(gan_optimizer_step(NULL), GAN_E_ARG);
    ck_assert_int_eq(gan_optimizer_attach(NULL, network), GAN_E_ARG);
    ck_assert_int_eq(gan_optimizer_steps(NULL, &steps), GAN_E_ARG);
    ck_assert_int_eq(gan_optimizer_set_steps(NULL, 1), GAN_E_ARG);
    ck_assert_int_eq(gan_optimizer_state_count(NULL, &count), GAN_E_ARG);
    ck_assert_int_eq(gan_optimizer_state(NULL, &state, 0, NULL, 0, NULL), GAN_E_ARG);
    ck_assert_int_eq(gan_optimizer_text(NULL, name, sizeof name, NULL), GAN_E_ARG);
    gan_layer_destroy(foreign);
    gan_context_destroy(other);
    gan_layer_destroy(unbuilt);
    gan_layer_destroy(network);
    gan_optimizer_destroy(optimizer);
}
END_TEST

START_TEST(test_power)
{
    static const double bases[] = {0.9, 0.999, 0.5, 0.99999};

    ck_assert_double_eq(gan__optimizer_power(0, 0), 1);
    ck_assert_double_eq(gan__optimizer_power(0, 3), 0);
    ck_assert_double_eq(gan__optimizer_power(0.9, 1), 0.9);
    ck_assert_double_eq(gan__optimizer_power(0.5, 100), ldexp(1, -100));
    ck_assert_double_eq(gan__optimizer_power(0.5, INT64_MAX), 0);
    for (int i = 0; i < 4; i++) {
        long double product = 1;
        for (int64_t t = 1; t <= 2000; t++) {
            product *= (long double)bases[i];
            if (product < 1e-300L) {
                break; /* what is below double's range is 0 */
            }
            const double found = gan__optimizer_power(bases[i], t);
            ck_assert(fabsl((long double)found - product) <= 1e-12L * product);
        }
    }
}
END_TEST

START_TEST(test_documented)
{
    struct gan__text text;

    gan__text_init(&text, ctx);
    gan__optimizers_document(&text);
    ck_assert_int_eq(text.status, GAN_OK);
    for (int i = 0; i < KIND_COUNT; i++) {
        ck_assert_msg(strstr(text.data, kinds[i]) != NULL, "%s is missing: %s", kinds[i],
                      text.data);
    }
    ck_assert_ptr_nonnull(strstr(text.data, "weight_decay"));
    ck_assert_ptr_nonnull(strstr(text.data, "Every optimizer takes:\n  clip_gradient_norm=0 "));
    gan__text_free(&text);
}
END_TEST

static int
oracle_count(void)
{
    int count = 0;

    while (optimizers_texts[count].name != NULL) {
        count++;
    }
    return count;
}

int
main(void)
{
    Suite *suites[] = {suite_create("optimizers"), optimizer_state_suite(), updates_suite(),
                       average_suite()};
    TCase *tcase = tcase_create("optimizers");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, test_oracle, 0, oracle_count());
    tcase_add_loop_test(tcase, test_what_stays, 0, KIND_COUNT);
    tcase_add_loop_test(tcase, test_not_finite, 0, KIND_COUNT);
    tcase_add_test(tcase, test_gradient_norm);
    tcase_add_loop_test(tcase, test_step_is_noticed, 0, KIND_COUNT);
    tcase_add_loop_test(tcase, test_threads, 0, KIND_COUNT);
    tcase_add_test(tcase, test_text);
    tcase_add_test(tcase, test_set);
    tcase_add_test(tcase, test_set_takes_effect);
    tcase_add_test(tcase, test_bad_options);
    tcase_add_loop_test(tcase, test_bad_calls, 0, KIND_COUNT);
    tcase_add_test(tcase, test_power);
    tcase_add_test(tcase, test_documented);
    suite_add_tcase(suites[0], tcase);
    return run_suites(suites, 4);
}
