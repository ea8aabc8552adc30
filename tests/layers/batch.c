/*
 * Layers that see the whole batch: which samples meet, batches that don't fit, batches without variety, and refused memory
 * in these and the norms. What they compute is held against PyTorch's numbers in oracle.c.
 */
#include "layers/suites.h"

#include <math.h>

#include "oracle/failing_host.h"

static void
forward(gan_context *ctx, const char *text, gan_tensor *x, gan_tensor **y)
{
    gan_layer *layer = parse(ctx, text);

    *y = NULL;
    ASSERT_OK(ctx, gan_layer_forward(layer, y, x, 1));
    gan_layer_destroy(layer);
}

/* 6 samples in groups of 3: i, i + 2, i + 4. */
START_TEST(batch_groups)
{
    const int64_t shape[2] = {6, 1};
    gan_context *ctx = make_context();
    gan_tensor *x = make_tensor(ctx, shape, 2, 1), *y = NULL;

    for (int i = 0; i < 6; i++) {
        values(x)[i] = i % 2 == 0 ? 5 : (float)i; /* 5 1 5 3 5 5 */
    }
    forward(ctx, "gan-network 1\ninput shape=1\nminibatch_stddev group=3\n", x, &y);
    for (int i = 0; i < 6; i++) {
        ck_assert_float_eq(values(y)[2 * i], values(x)[i]);
        ck_assert_float_eq_tol(values(y)[2 * i + 1], i % 2 == 0 ? 1e-4f : sqrtf(8.0f / 3), 1e-6f);
    }
    gan_tensor_destroy(x);
    gan_tensor_destroy(y);
    gan_context_destroy(ctx);
}
END_TEST

START_TEST(batch_sizes)
{
    static const struct {
        int64_t count;
        bool fits;
    } cases[] = {{0, true},  {1, true},  {2, true}, {3, true}, {4, true},
                 {5, false}, {6, false}, {8, true}, {9, false}};
    gan_context *ctx = make_context();
    gan_layer *layer =
        parse(ctx, "gan-network 1\ninput shape=3\ndense units=2\nminibatch_stddev\n");

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const int64_t shape[2] = {cases[i].count, 3};
        gan_tensor *x = make_tensor(ctx, shape, 2, 1), *y = NULL;
        if (cases[i].fits) {
            ASSERT_OK(ctx, gan_layer_forward(layer, &y, x, 0));
        } else {
            ASSERT_FAILS(ctx, gan_layer_forward(layer, &y, x, 0), GAN_E_SHAPE,
                         "samples and group=4 does not divide it; take a multiple, or fewer");
            ck_assert_msg(strstr(gan_context_error(ctx), "line 4 (minibatch_stddev)") != NULL, "%s",
                          gan_context_error(ctx));
            ck_assert_ptr_null(y);
        }
        gan_tensor_destroy(x);
        gan_tensor_destroy(y);
    }
    gan_layer_destroy(layer);
    gan_context_destroy(ctx);
}
END_TEST

/* All samples the same, as after a collapse: finite values and gradients. */
START_TEST(batch_without_variety)
{
    const int64_t shape[2] = {4, 3};
    gan_context *ctx = make_context();
    gan_layer *layer = parse(
        ctx, "gan-network 1\ninput shape=3\nconcat { minibatch_discrimination kernels=2\n } { "
             "minibatch_stddev\n }\n");
    gan_tensor *x = make_tensor(ctx, shape, 2, 1), *y = NULL, *sum = NULL, *gradient = NULL;

    for (int i = 3; i < 12; i++) {
        values(x)[i] = values(x)[i - 3];
    }
    ASSERT_OK(ctx, gan_tensor_set_requires_grad(x, 1));
    ASSERT_OK(ctx, gan_layer_forward(layer, &y, x, 1));
    for (int i = 0; i < 4; i++) {
        const float *row = values(y) + 9 * i;
        ck_assert_float_eq(row[3], 4); /* each of four is at no distance, itself counted */
        ck_assert_float_eq(row[4], 4);
        ck_assert_float_eq_tol(row[8], 1e-4f, 1e-9f);
    }
    ASSERT_OK(ctx, gan_sum(ctx, &sum, y, NULL, 0, 0));
    ASSERT_OK(ctx, gan_grad(ctx, &gradient, &sum, 1, &x, 1, 0));
    for (int i = 0; i < 12; i++) {
        ck_assert_float_eq(values(gradient)[i], 2); /* of x itself, in both blocks */
    }
    gan_tensor_destroy(x);
    gan_tensor_destroy(y);
    gan_tensor_destroy(sum);
    gan_tensor_destroy(gradient);
    gan_layer_destroy(layer);
    gan_context_destroy(ctx);
}
END_TEST

/* A generator's sample i would no longer depend on weights, seed and i only. */
START_TEST(batch_not_in_a_generator)
{
    static const char *const texts[] = {
        "gan-network 1\ninput shape=3 noise=normal\nresidual { dense units=2\n minibatch_stddev\n "
        "} { }\n",
        "gan-network 1\ninput shape=3 noise=normal\nminibatch_discrimination name=seen\n"};
    static const char *const names[] = {"1.0.1 (minibatch_stddev)",
                                        "seen (minibatch_discrimination)"};
    gan_context *ctx = make_context();
    float out[2 * 103];

    for (int i = 0; i < 2; i++) {
        gan_layer *layer = parse(ctx, texts[i]);
        ASSERT_FAILS(ctx, gan_layer_generate(layer, out, 2, NULL), GAN_E_STATE, names[i]);
        gan_layer_destroy(layer);
    }
    gan_context_destroy(ctx);
}
END_TEST

static const char all_kinds[] =
    "gan-network 1\n"
    "input shape=5x5x2\n"
    "conv2d filters=4 kernel=2\n"
    "layer_norm\n"
    "elu\n"
    "upsample2d mode=bilinear\n"
    "group_norm groups=2\n"
    "silu\n"
    "max_pool2d\n"
    "instance_norm\n"
    "pixel_norm\n"
    "minibatch_stddev group=2\n"
    "concat { global_pool2d\n } { global_pool2d mode=max\n } { global_pool2d mode=sum\n }\n"
    "minibatch_discrimination kernels=2 dimensions=2\n";

START_TEST(batch_refused_memory)
{
    const int64_t shape[4] = {4, 5, 5, 2};
    struct test_allocator host;
    gan_context *ctx = failing_context(&host);
    gan_layer *layer = NULL;
    gan_tensor *x = make_tensor(ctx, shape, 4, 1), *y = NULL, *sum = NULL, *gradient = NULL;

    EACH_ALLOCATION_FAILS(ctx, &host, gan_layer_parse(ctx, &layer, all_kinds), layer == NULL);
    ASSERT_OK(ctx, gan_tensor_set_requires_grad(x, 1));
    ASSERT_OK(ctx, gan_layer_forward(layer, &y, x, 1)); /* kernels keep their scratch memory */
    gan_tensor_destroy(y);
    y = NULL;
    EACH_ALLOCATION_FAILS(ctx, &host, gan_layer_forward(layer, &y, x, 1), y == NULL);
    ASSERT_OK(ctx, gan_sum(ctx, &sum, y, NULL, 0, 0));
    ASSERT_OK(ctx, gan_grad(ctx, &gradient, &sum, 1, &x, 1, 0));
    gan_tensor_destroy(x);
    gan_tensor_destroy(y);
    gan_tensor_destroy(sum);
    gan_tensor_destroy(gradient);
    gan_layer_destroy(layer);
    gan_context_destroy(ctx);
    ck_assert_int_eq(host.blocks, 0);
}
END_TEST

TCase *
batch_tests(void)
{
    TCase *tests = tcase_create("batch");

    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, batch_groups);
    tcase_add_test(tests, batch_sizes);
    tcase_add_test(tests, batch_without_variety);
    tcase_add_test(tests, batch_not_in_a_generator);
    tcase_add_test(tests, batch_refused_memory);
    return tests;
}
