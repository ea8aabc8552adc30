/*
 * Running networks: several inputs, training and use, what a failure leaves as it was, statistics estimated anew.
 */
#include "layers/suites.h"

#include <math.h>

#include "layers/layer.h"

static const char two_inputs[] = "gan-network 1\n"
                                 "input name=z shape=3 noise=normal\n"
                                 "concat {\n"
                                 "} {\n"
                                 "    input name=y source=labels classes=2\n"
                                 "    dense units=2 bias=false\n"
                                 "}\n";

START_TEST(run_several_inputs)
{
    const int64_t z_shape[2] = {2, 3}, y_shape[2] = {2, 2}, other_shape[2] = {3, 2};
    static const char *const names[] = {"y", "z"}, *const twice[] = {"y", "y"},
                             *const wrong[] = {"y", "x"};
    gan_context *ctx = make_context();
    gan_layer *layer = parse(ctx, two_inputs);
    gan_tensor *z = make_tensor(ctx, z_shape, 2, 1), *y = make_tensor(ctx, y_shape, 2, 2),
               *out = NULL;
    gan_tensor *other = make_tensor(ctx, other_shape, 2, 3);
    gan_tensor *inputs[] = {y, z};

    ck_assert_int_eq(gan__layer_input_count(layer), 2);
    ck_assert_str_eq(gan__layer_input(layer, 0)->name, "z");
    ck_assert_int_eq(gan__layer_input(layer, 0)->source, GAN__SOURCE_NOISE);
    ck_assert_str_eq(gan__layer_input(layer, 1)->name, "y");
    ck_assert_int_eq(gan__layer_input(layer, 1)->classes, 2);
    ck_assert_int_eq(gan__layer_input(layer, 1)->shape.size[0], 2);
    ASSERT_OK(ctx, gan_layer_forward_inputs(layer, &out, names, inputs, 2, 0));
    const float *weight = values(parameter(ctx, layer, "1.1.1.weight"));
    for (int i = 0; i < 2; i++) {
        const float *row = values(out) + i * 5, *label = values(y) + i * 2;
        ck_assert_mem_eq(row, values(z) + i * 3, 3 * sizeof(float));
        ck_assert_float_eq_tol(row[3], label[0] * weight[0] + label[1] * weight[2], 1e-6f);
        ck_assert_float_eq_tol(row[4], label[0] * weight[1] + label[1] * weight[3], 1e-6f);
    }
    gan_tensor_destroy(out);
    ASSERT_FAILS(ctx, gan_layer_forward(layer, &out, z, 0), GAN_E_ARG,
                 "2 inputs; use gan_layer_forward_inputs");
    ASSERT_FAILS(ctx, gan_layer_forward_inputs(layer, &out, names, inputs, 1, 0), GAN_E_ARG,
                 "missing is the input \"z\": the network's inputs are z, y");
    ASSERT_FAILS(ctx, gan_layer_forward_inputs(layer, &out, twice, inputs, 2, 0), GAN_E_ARG,
                 "twice is the input \"y\"");
    ASSERT_FAILS(ctx, gan_layer_forward_inputs(layer, &out, wrong, inputs, 2, 0), GAN_E_ARG,
                 "no input \"x\"");
    inputs[0] = other;
    ASSERT_FAILS(ctx, gan_layer_forward_inputs(layer, &out, names, inputs, 2, 0), GAN_E_SHAPE,
                 "y has 3 samples, the first input has 2");
    inputs[0] = z;
    ASSERT_FAILS(ctx, gan_layer_forward_inputs(layer, &out, names, inputs, 2, 0), GAN_E_SHAPE,
                 "y is [2, 3], the network was built for samples of [2]");
    inputs[0] = NULL;
    ASSERT_FAILS(ctx, gan_layer_forward_inputs(layer, &out, names, inputs, 2, 0), GAN_E_ARG,
                 "NULL");
    ck_assert_ptr_null(out);
    ck_assert_ptr_null(ctx->location);
    gan_tensor_destroy(z);
    gan_tensor_destroy(y);
    gan_tensor_destroy(other);
    gan_layer_destroy(layer);
    gan_context_destroy(ctx);
}
END_TEST

START_TEST(run_one_hot)
{
    static const int32_t labels[3] = {2, 0, 1}, wrong[2] = {1, 3};
    static const float rows[9] = {0, 0, 1, 1, 0, 0, 0, 1, 0};
    gan_context *ctx = make_context();
    struct gan__call call;
    gan_tensor *out = NULL;

    ASSERT_OK(ctx, gan__enter(&call, ctx, GAN__GROUP_LAYER));
    ck_assert_int_eq(gan__layer_one_hot(ctx, &out, labels, 3, 3), GAN_OK);
    ck_assert_mem_eq(values(out), rows, sizeof rows);
    gan_tensor_destroy(out);
    const gan_status st = gan__layer_one_hot(ctx, &out, wrong, 2, 3);
    ASSERT_FAILS(ctx, gan__leave(&call, st), GAN_E_ARG, "label 3 is no class, there are 0 to 2");
    ck_assert_ptr_null(out);
    gan_context_destroy(ctx);
}
END_TEST

/* A child of a network runs by itself; without an input line what comes in is its input. */
START_TEST(run_child)
{
    const int64_t shape[2] = {2, 3};
    gan_context *ctx = make_context();
    gan_layer *layer =
        parse(ctx, "gan-network 1\ninput shape=3\ndense units=4\nnetwork name=n { relu\n }\n");
    gan_layer *dense = NULL, *relu = NULL;
    gan_tensor *x = make_tensor(ctx, shape, 2, 1), *y = NULL, *z = NULL, *whole = NULL;

    ASSERT_OK(ctx, gan_layer_find(layer, &dense, "1"));
    ASSERT_OK(ctx, gan_layer_find(layer, &relu, "n"));
    ASSERT_OK(ctx, gan_layer_forward(dense, &y, x, 0));
    ASSERT_OK(ctx, gan_layer_forward(relu, &z, y, 0));
    ASSERT_OK(ctx, gan_layer_forward(layer, &whole, x, 0));
    ck_assert_mem_eq(values(whole), values(z), 8 * sizeof(float));
    gan_tensor_destroy(x);
    gan_tensor_destroy(y);
    gan_tensor_destroy(z);
    gan_tensor_destroy(whole);
    gan_layer_destroy(dense);
    gan_layer_destroy(relu);
    gan_layer_destroy(layer);
    gan_context_destroy(ctx);
}
END_TEST

START_TEST(run_dropout)
{
    static const char text[] = "gan-network 1\ninput shape=1000\nconcat { dropout "
                               "probability=0.25\n } { dropout probability=0.25\n }\n";
    const int64_t shape[2] = {2, 1000};
    gan_context *ctx = make_context(), *again = make_context();
    gan_layer *layer = parse(ctx, text), *same = parse(again, text);
    gan_tensor *x = make_tensor(ctx, shape, 2, 1), *y[3],
               *x_again = make_tensor(again, shape, 2, 1), *z = NULL;
    int64_t dropped = 0, both = 0;

    ASSERT_OK(ctx, gan_layer_forward(layer, &y[0], x, 1));
    ASSERT_OK(ctx, gan_layer_forward(layer, &y[1], x, 1));
    ASSERT_OK(ctx, gan_layer_forward(layer, &y[2], x, 0));
    for (int64_t i = 0; i < 2000; i++) {
        const float *row = values(y[0]) + i / 1000 * 2000 + i % 1000, v = values(x)[i];
        ck_assert(row[0] == 0 || fabsf(row[0] - v / 0.75f) < 1e-6f);
        dropped += row[0] == 0;
        both += row[0] == 0 && row[1000] == 0;
        ck_assert_float_eq(values(y[2])[i / 1000 * 2000 + i % 1000], v);
    }
    ck_assert_int_ge(dropped, 420);
    ck_assert_int_le(dropped, 580);
    ck_assert_int_le(both, 200); /* the two layers draw apart: 125 +- 11 */
    ck_assert_mem_ne(values(y[0]), values(y[1]), 4000 * sizeof(float)); /* so do two forwards */
    ASSERT_OK(again, gan_layer_forward(same, &z, x_again, 1));
    ck_assert_mem_eq(values(y[0]), values(z), 4000 * sizeof(float));
    for (int i = 0; i < 3; i++) {
        gan_tensor_destroy(y[i]);
    }
    gan_tensor_destroy(x);
    gan_tensor_destroy(x_again);
    gan_tensor_destroy(z);
    gan_layer_destroy(layer);
    gan_layer_destroy(same);
    gan_context_destroy(ctx);
    gan_context_destroy(again);
}
END_TEST

/* One value a channel: the second batch_norm refuses after the first has run, whose running values must not have moved. */
START_TEST(run_failure_moves_nothing)
{
    const int64_t shape[4] = {1, 2, 2, 3};
    gan_context *ctx = make_context();
    gan_layer *layer = parse(
        ctx, "gan-network 1\ninput shape=2x2x3\nbatch_norm\ndropout\navg_pool2d\nbatch_norm\n");
    gan_tensor *x = make_tensor(ctx, shape, 4, 1), *y = NULL;
    const uint64_t draws = ctx->draw_count;

    ASSERT_FAILS(ctx, gan_layer_forward(layer, &y, x, 1), GAN_E_SHAPE,
                 "line 6 (batch_norm): the batch is [1, 1, 1, 3], training takes at least 2 values "
                 "a channel");
    ck_assert_ptr_null(y);
    ck_assert_ptr_null(ctx->location);
    ck_assert_uint_eq(ctx->draw_count, draws);
    ck_assert_float_eq(values(parameter(ctx, layer, "1.running_mean"))[0], 0);
    ck_assert_float_eq(values(parameter(ctx, layer, "1.running_var"))[0], 1);
    ASSERT_OK(ctx, gan_layer_forward(layer, &y, x, 0));
    gan_tensor_destroy(x);
    gan_tensor_destroy(y);
    gan_layer_destroy(layer);
    gan_context_destroy(ctx);
}
END_TEST

/* A pass may train without moving running values; the location names path and kind. */
START_TEST(run_pass)
{
    const int64_t shape[2] = {4, 3};
    gan_context *ctx = make_context();
    gan_layer *layer = parse(ctx, "gan-network 1\ninput shape=3\nnetwork { batch_norm\n }\n");
    gan_tensor *x = make_tensor(ctx, shape, 2, 1), *trained = NULL, *fixed = NULL;
    const struct gan__feed feed = {"input", x};
    struct gan__pass pass = {.training = true, .update_statistics = false};
    struct gan__call call;

    ASSERT_OK(ctx, gan__enter(&call, ctx, GAN__GROUP_LAYER));
    ck_assert_int_eq(gan__layer_run(layer, &trained, &feed, 1, &pass), GAN_OK);
    pass.training = false;
    ck_assert_int_eq(gan__layer_run(layer, &fixed, &feed, 1, &pass), GAN_OK);
    ASSERT_OK(ctx, gan__leave(&call, GAN_OK));
    ck_assert_mem_ne(values(trained), values(fixed), 12 * sizeof(float));
    ck_assert_float_eq(values(parameter(ctx, layer, "1.0.running_mean"))[0], 0);
    gan_tensor_destroy(trained);
    gan_tensor_destroy(fixed);
    gan_tensor_destroy(x);
    gan_layer_destroy(layer);
    gan_context_destroy(ctx);
}
END_TEST

/* Running values become the plain mean over passes: for a batch_norm right on the noise, that of the noise itself. */
START_TEST(run_estimate_statistics)
{
    enum { BATCH = 8, PASSES = 3, Z = 5 };
    gan_context *ctx = make_context();
    gan_layer *layer = parse(
        ctx, "gan-network 1\ninput name=z shape=5 noise=uniform\nbatch_norm\nconcat { } { input "
             "name=y source=labels classes=3\n }\nbatch_norm\n");
    double means[Z] = {0}, variances[Z] = {0};
    struct gan__call call;

    ASSERT_OK(ctx, gan__enter(&call, ctx, GAN__GROUP_LAYER));
    for (uint64_t pass = 0; pass < PASSES; pass++) {
        gan_tensor *noise = NULL;
        const struct gan__random random =
            gan__random_make(99, GAN__PURPOSE_STATISTICS, pass, gan__hash("z"));
        ck_assert_int_eq(
            gan__layer_noise(ctx, &noise, gan__layer_input(layer, 0), BATCH, 0, random), GAN_OK);
        for (int c = 0; c < Z; c++) {
            double sum = 0, squares = 0;
            for (int i = 0; i < BATCH; i++) {
                sum += (double)values(noise)[i * Z + c];
            }
            for (int i = 0; i < BATCH; i++) {
                squares += pow((double)values(noise)[i * Z + c] - sum / BATCH, 2);
            }
            means[c] += sum / BATCH / PASSES;
            variances[c] += squares / (BATCH - 1) / PASSES;
        }
        gan_tensor_destroy(noise);
    }
    ck_assert_int_eq(gan__layer_estimate_statistics(layer, BATCH, PASSES, NULL, 99), GAN_OK);
    ASSERT_OK(ctx, gan__leave(&call, GAN_OK));
    for (int c = 0; c < Z; c++) {
        ck_assert_double_eq_tol((double)values(parameter(ctx, layer, "1.running_mean"))[c],
                                means[c], 1e-6);
        ck_assert_double_eq_tol((double)values(parameter(ctx, layer, "1.running_var"))[c],
                                variances[c], 1e-6);
        /* The second sees the first one's output: mean 0, and 8/7 of variance 1. */
        ck_assert_double_eq_tol((double)values(parameter(ctx, layer, "3.running_mean"))[c], 0,
                                1e-6);
        ck_assert_double_eq_tol((double)values(parameter(ctx, layer, "3.running_var"))[c], 8.0 / 7,
                                1e-3);
    }
    /* Labels in turn: 24 of them, 8 of each of 3. */
    ck_assert_double_eq_tol((double)values(parameter(ctx, layer, "3.running_mean"))[5], 1.0 / 3,
                            1e-6);
    gan_layer_destroy(layer);
    gan_context_destroy(ctx);
}
END_TEST

/* Null pointers are answered. */
START_TEST(run_null)
{
    gan_context *ctx = make_context();
    gan_layer *layer = parse(ctx, two_inputs);
    gan_tensor *out = NULL;
    float sample[5];

    ck_assert_int_eq(gan_layer_forward(NULL, &out, NULL, 0), GAN_E_ARG);
    ASSERT_FAILS(ctx, gan_layer_forward(layer, &out, NULL, 0), GAN_E_ARG, "input is NULL");
    ASSERT_FAILS(ctx, gan_layer_forward(layer, NULL, NULL, 0), GAN_E_ARG, "out is NULL");
    ASSERT_FAILS(ctx, gan_layer_forward_inputs(layer, &out, NULL, NULL, 0, 0), GAN_E_ARG,
                 "names is NULL");
    ASSERT_FAILS(ctx, gan_layer_find(layer, NULL, "0"), GAN_E_ARG, "out is NULL");
    ASSERT_FAILS(ctx, gan_layer_parameter_count(layer, NULL), GAN_E_ARG, "count is NULL");
    ASSERT_FAILS(ctx, gan_layer_output_shape(layer, NULL, 1, NULL), GAN_E_ARG, "shape is NULL");
    ASSERT_FAILS(ctx, gan_layer_output_shape(layer, NULL, -1, NULL), GAN_E_ARG, "capacity is -1");
    ASSERT_OK(ctx, gan_layer_input_shape(layer, NULL, 0, NULL));
    ASSERT_FAILS(ctx, gan_layer_generate(layer, NULL, 1, NULL), GAN_E_ARG, "out is NULL");
    ASSERT_FAILS(ctx, gan_layer_generate(layer, NULL, 0, "batch=0"), GAN_E_ARG,
                 "gan_layer_generate: batch is 0"); /* no samples need no room */
    ck_assert_int_eq(gan_layer_generate(NULL, sample, 1, NULL), GAN_E_ARG);
    ck_assert_int_eq(gan_layer_clear_gradients(NULL), GAN_E_ARG);
    ck_assert_int_eq(gan_layer_text(NULL, NULL, 0, NULL), GAN_E_ARG);
    ASSERT_FAILS(ctx, gan_layer_text(layer, NULL, 1, NULL), GAN_E_ARG, "buffer is NULL");
    gan_layer_destroy(NULL);
    gan_layer_retain(NULL);
    gan_layer_destroy(layer);
    gan_context_destroy(ctx);
}
END_TEST

TCase *
run_tests(void)
{
    TCase *tests = tcase_create("run");

    tcase_add_test(tests, run_several_inputs);
    tcase_add_test(tests, run_one_hot);
    tcase_add_test(tests, run_child);
    tcase_add_test(tests, run_dropout);
    tcase_add_test(tests, run_failure_moves_nothing);
    tcase_add_test(tests, run_pass);
    tcase_add_test(tests, run_estimate_statistics);
    tcase_add_test(tests, run_null);
    return tests;
}
