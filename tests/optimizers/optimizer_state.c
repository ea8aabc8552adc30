/* An optimizer's state: names, a second optimizer that takes over to the bit, and memory that runs out. */
#include <stdio.h>

#include "oracle/failing_host.h"
#include "suites.h"

/* Every kind, and those whose state depends on options. */
static const struct {
    const char *kind, *options;
} rows[] = {
#define GAN__ROW(name) {#name, "lr=0.1"},
#include "optimizers/list.h"
#undef GAN__ROW
    {"sgd", "lr=0.1 momentum=0.9 dampening=0.5"},
    {"sgd", "lr=cosine(0.1,0,5) momentum=linear(0,0.9,4) clip_gradient_norm=0.5"},
    {"rmsprop", "lr=0.1 momentum=0.9 centered=true"},
};

enum { ROW_COUNT = sizeof rows / sizeof rows[0] };

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

START_TEST(test_names)
{
    static const char *const wanted[3][9] = {
        {"first.weight.exp_avg", "first.weight.exp_avg_sq", "2.weight.exp_avg",
         "2.weight.exp_avg_sq", "2.bias.exp_avg", "2.bias.exp_avg_sq"},
        {"first.weight.momentum_buffer", "2.weight.momentum_buffer", "2.bias.momentum_buffer"},
        {"first.weight.square_avg", "first.weight.momentum_buffer", "first.weight.grad_avg",
         "2.weight.square_avg", "2.weight.momentum_buffer", "2.weight.grad_avg",
         "2.bias.square_avg", "2.bias.momentum_buffer", "2.bias.grad_avg"}};
    static const char *const kinds[3] = {"adam", "sgd", "rmsprop"};
    const int64_t counts[3] = {6, 3, 9};
    gan_layer *network = parse_network(ctx, "input shape=4\n"
                                            "dense name=first units=3 bias=false\n"
                                            "batch_norm\n"
                                            "dense units=3 trainable=false\n");
    gan_optimizer *optimizer = NULL;
    int64_t count = 0;

    ASSERT_OK(ctx, gan_optimizer_create(ctx, &optimizer, kinds[_i], NULL));
    ASSERT_OK(ctx, gan_optimizer_attach(optimizer, network));
    ASSERT_OK(ctx, gan_optimizer_state_count(optimizer, &count));
    ck_assert_int_eq(count, counts[_i]);
    for (int64_t i = 0; i < count; i++) {
        char name[64];
        size_t needed = 0;
        gan_tensor *state = NULL, *parameter;
        int64_t shape[GAN_RANK_MAX], parameter_shape[GAN_RANK_MAX];
        int32_t rank = 0, parameter_rank = 0;

        ASSERT_OK(ctx, gan_optimizer_state(optimizer, &state, i, name, sizeof name, &needed));
        ck_assert_str_eq(name, wanted[_i][i]);
        ck_assert_uint_eq(needed, strlen(name) + 1);
        *strrchr(name, '.') = 0;
        parameter = parameter_of(ctx, network, name);
        ASSERT_OK(ctx, gan_tensor_shape(state, shape, GAN_RANK_MAX, &rank));
        ASSERT_OK(ctx, gan_tensor_shape(parameter, parameter_shape, GAN_RANK_MAX, &parameter_rank));
        ck_assert_int_eq(rank, parameter_rank);
        ck_assert_mem_eq(shape, parameter_shape, (size_t)rank * sizeof *shape);
        gan_tensor_destroy(parameter);
        gan_tensor_destroy(state);
    }
    gan_optimizer_destroy(optimizer);
    gan_layer_destroy(network);
}
END_TEST

static void
copy_tensor(gan_tensor *to, gan_tensor *from)
{
    float values[64];
    int64_t count = 0;

    ASSERT_OK(ctx, gan_tensor_count(from, &count));
    ck_assert_int_le(count, 64);
    ASSERT_OK(ctx, gan_tensor_read(from, values, count));
    ASSERT_OK(ctx, gan_tensor_write(to, values, count));
}

/* One step with gradients that depend on the step's number. */
static void
step(gan_optimizer *optimizer, gan_layer *network, int number)
{
    static const char *const paths[] = {"1.weight", "1.bias"};

    for (int k = 0; k < 2; k++) {
        float gradient[12];
        gan_tensor *parameter = parameter_of(ctx, network, paths[k]);
        for (int i = 0; i < 12; i++) {
            gradient[i] = (float)((i * 7 + number * 5 + k) % 11) / 7.0F - 0.5F;
        }
        set_gradient(ctx, parameter, gradient);
        gan_tensor_destroy(parameter);
    }
    ASSERT_OK(ctx, gan_optimizer_step(optimizer));
}

START_TEST(test_round_trip)
{
    gan_layer *networks[2];
    gan_optimizer *optimizers[2] = {NULL, NULL};
    int64_t count = 0, steps = 0, tensors = 0;
    char text[256];

    for (int k = 0; k < 2; k++) {
        networks[k] = parse_network(ctx, "input shape=4\ndense units=3\n");
    }
    ASSERT_OK(ctx, gan_optimizer_create(ctx, &optimizers[0], rows[_i].kind, rows[_i].options));
    ASSERT_OK(ctx, gan_optimizer_attach(optimizers[0], networks[0]));
    for (int i = 0; i < 3; i++) {
        step(optimizers[0], networks[0], i);
    }

    ASSERT_OK(ctx, gan_optimizer_text(optimizers[0], text, sizeof text, NULL));
    ASSERT_OK(ctx, gan_optimizer_create(ctx, &optimizers[1], rows[_i].kind, strchr(text, ' ')));
    ASSERT_OK(ctx, gan_optimizer_attach(optimizers[1], networks[1]));
    ASSERT_OK(ctx, gan_optimizer_state_count(optimizers[0], &count));
    for (int64_t i = 0; i < count; i++) {
        gan_tensor *from = NULL, *to = NULL;
        ASSERT_OK(ctx, gan_optimizer_state(optimizers[0], &from, i, NULL, 0, NULL));
        ASSERT_OK(ctx, gan_optimizer_state(optimizers[1], &to, i, NULL, 0, NULL));
        copy_tensor(to, from);
        gan_tensor_destroy(from);
        gan_tensor_destroy(to);
    }
    ASSERT_OK(ctx, gan_optimizer_steps(optimizers[0], &steps));
    ck_assert_int_eq(steps, 3);
    ASSERT_OK(ctx, gan_optimizer_set_steps(optimizers[1], steps));
    ASSERT_OK(ctx, gan_layer_parameter_count(networks[0], &tensors));
    for (int64_t i = 0; i < tensors; i++) {
        gan_tensor *from = NULL, *to = NULL;
        ASSERT_OK(ctx, gan_layer_parameter(networks[0], &from, i, NULL, 0, NULL));
        ASSERT_OK(ctx, gan_layer_parameter(networks[1], &to, i, NULL, 0, NULL));
        copy_tensor(to, from);
        gan_tensor_destroy(from);
        gan_tensor_destroy(to);
    }

    for (int i = 3; i < 6; i++) {
        step(optimizers[0], networks[0], i);
        step(optimizers[1], networks[1], i);
    }
    for (int64_t i = 0; i < tensors; i++) {
        gan_tensor *found[2] = {NULL, NULL};
        float values[2][12];
        int64_t size = 0;
        for (int k = 0; k < 2; k++) {
            ASSERT_OK(ctx, gan_layer_parameter(networks[k], &found[k], i, NULL, 0, NULL));
            ASSERT_OK(ctx, gan_tensor_count(found[k], &size));
            ASSERT_OK(ctx, gan_tensor_read(found[k], values[k], size));
            gan_tensor_destroy(found[k]);
        }
        ck_assert_mem_eq(values[0], values[1], (size_t)size * sizeof(float));
    }
    for (int k = 0; k < 2; k++) {
        gan_optimizer_destroy(optimizers[k]);
        gan_layer_destroy(networks[k]);
    }
}
END_TEST

static bool
is_attached(gan_optimizer *optimizer)
{
    int64_t count = 0;

    return gan_optimizer_state_count(optimizer, &count) == GAN_OK;
}

START_TEST(test_allocations)
{
    struct test_allocator allocator;
    gan_context *failing = failing_context(&allocator);
    gan_layer *network = parse_network(failing, "input shape=4\ndense units=3\nbatch_norm\n");
    gan_optimizer *optimizer = NULL;
    gan_tensor *parameter, *state = NULL;
    char text[256];

    EACH_ALLOCATION_FAILS(
        failing, &allocator,
        gan_optimizer_create(failing, &optimizer, rows[_i].kind, rows[_i].options),
        optimizer == NULL);
    EACH_ALLOCATION_FAILS(failing, &allocator, gan_optimizer_attach(optimizer, network),
                          !is_attached(optimizer));
    EACH_ALLOCATION_FAILS(failing, &allocator,
                          gan_optimizer_set(optimizer, "lr=0.5 weight_decay=0.1"),
                          optimizer->steps == 0);
    EACH_ALLOCATION_FAILS(failing, &allocator,
                          gan_optimizer_text(optimizer, text, sizeof text, NULL), true);
    ck_assert_ptr_nonnull(strstr(text, "lr=0.5"));
    EACH_ALLOCATION_FAILS(failing, &allocator,
                          gan_optimizer_state(optimizer, &state, 0, text, sizeof text, NULL),
                          state == NULL);
    gan_tensor_destroy(state);
    parameter = parameter_of(failing, network, "1.weight");
    set_gradient(failing, parameter, (const float[12]){1, 2, 3});
    EACH_ALLOCATION_FAILS(failing, &allocator, gan_optimizer_step(optimizer),
                          optimizer->steps == 0);
    ck_assert_int_eq(optimizer->steps, 1);
    gan_tensor_destroy(parameter);
    gan_layer_destroy(network); /* the optimizer still holds it */
    ASSERT_OK(failing, gan_optimizer_step(optimizer));
    gan_context_destroy(failing);
    gan_optimizer_destroy(optimizer);
    ck_assert_int_eq(allocator.blocks, 0);
}
END_TEST

Suite *
optimizer_state_suite(void)
{
    Suite *suite = suite_create("optimizer state");
    TCase *tcase = tcase_create("state");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, test_names, 0, 3);
    tcase_add_loop_test(tcase, test_round_trip, 0, ROW_COUNT);
    tcase_add_loop_test(tcase, test_allocations, 0, ROW_COUNT);
    suite_add_tcase(suite, tcase);
    return suite;
}
