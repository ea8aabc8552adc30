/*
 * Norms of one sample, activations and pools as lines of a network: names, initial values, defaults, what is refused. What
 * they compute is held against PyTorch's numbers in oracle.c.
 */
#include "layers/suites.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>

static void
parse_lines(char text[512], const char *lines)
{
    snprintf(text, 512, "gan-network 1\n%s", lines);
}

static const struct {
    const char *lines, *written; /* all after the first line */
} defaults[] = {
    {"input shape=2x2x64\nlayer_norm\n", "layer_norm trainable=true epsilon=1e-5 affine=true\n"},
    {"input shape=2x2x64\ninstance_norm\n",
     "instance_norm trainable=true epsilon=1e-5 affine=false\n"},
    {"input shape=2x2x64\ngroup_norm\n",
     "group_norm trainable=true groups=32 epsilon=1e-5 affine=true\n"},
    {"input shape=2x2x64\npixel_norm epsilon=0.5\n", "pixel_norm epsilon=0.5\n"},
    {"input shape=3\nelu\n", "elu alpha=1\n"},
    {"input shape=3\nsilu\n", "silu\n"},
    {"input shape=6x6x1\navg_pool2d\n",
     "avg_pool2d kernel=2 stride=2 padding=0 count_include_padding=true\n"},
    {"input shape=6x6x1\navg_pool2d kernel=3x2 stride=1 padding=1 count_include_padding=false\n",
     "avg_pool2d kernel=3x2 stride=1 padding=1 count_include_padding=false\n"},
    {"input shape=6x6x1\nmax_pool2d\n", "max_pool2d kernel=2 stride=2 padding=0\n"},
    {"input shape=6x6x1\nmax_pool2d kernel=3x2\n", "max_pool2d kernel=3x2 stride=3x2 padding=0\n"},
    {"input shape=6x6x1\nmax_pool2d kernel=3x2 stride=1 padding=1\n",
     "max_pool2d kernel=3x2 stride=1 padding=1\n"},
    {"input shape=6x6x1\nglobal_pool2d\n", "global_pool2d mode=avg\n"},
    {"input shape=6x6x1\nupsample2d\n", "upsample2d scale=2 mode=nearest\n"},
    {"input shape=6\nminibatch_discrimination\n",
     "minibatch_discrimination trainable=true kernels=100 dimensions=5 gain=1\n"},
    {"input shape=6x6x2\nminibatch_stddev\n", "minibatch_stddev group=4 channels=1\n"},
};

/* Defaults are part of the ABI; and what is written reads back to the same. */
START_TEST(norms_defaults)
{
    gan_context *ctx = make_context();
    char text[512], once[512], twice[512];

    parse_lines(text, defaults[_i].lines);
    gan_layer *layer = parse(ctx, text), *again;
    ASSERT_OK(ctx, gan_layer_text(layer, once, sizeof once, NULL));
    const char *last = strchr(strchr(once, '\n') + 1, '\n') + 1;
    ck_assert_str_eq(last, defaults[_i].written);
    again = parse(ctx, once);
    ASSERT_OK(ctx, gan_layer_text(again, twice, sizeof twice, NULL));
    ck_assert_str_eq(once, twice);
    gan_layer_destroy(layer);
    gan_layer_destroy(again);
    gan_context_destroy(ctx);
}
END_TEST

static const struct {
    const char *lines, *sentence;
} refused[] = {
    {"input shape=4x4x6\ngroup_norm groups=4\n",
     "line 3 (group_norm): input is [4, 4, 6] and groups=4 does not divide its 6 channels"},
    {"input shape=4x4x6\ngroup_norm\n", "groups=32 does not divide its 6 channels"},
    {"input shape=8\ngroup_norm groups=8\n",
     "line 3 (group_norm): input is [8], which leaves one value to take a mean of"},
    {"input shape=1\nlayer_norm\n", "line 3 (layer_norm): input is [1], which leaves one value"},
    {"input shape=1x1x8\ninstance_norm\n",
     "line 3 (instance_norm): input is [1, 1, 8], which leaves one value"},
    {"input shape=8\ninstance_norm\n", "line 3 (instance_norm): input is [8] but instance_norm "
                                       "takes [height, width, channels]; layer_norm takes"},
    {"input shape=8\navg_pool2d\n", "avg_pool2d takes [height, width, channels]"},
    {"input shape=8x8x4\navg_pool2d kernel=3x1 padding=1\n",
     "avg_pool2d: padding is 1x1, it must be at most half of kernel, 3x1"},
    {"input shape=8\nmax_pool2d\n", "max_pool2d takes [height, width, channels]"},
    {"input shape=8\nglobal_pool2d\n", "global_pool2d takes [height, width, channels]"},
    {"input shape=2x3x4\nmax_pool2d kernel=3\n",
     "line 3 (max_pool2d): input is [2, 3, 4], with padding 0x0 smaller than kernel 3x3"},
    {"input shape=8x8x4\nmax_pool2d kernel=3x1 padding=1\n",
     "max_pool2d: padding is 1x1, it must be at most half of kernel, 3x1"},
    {"input shape=8x8x4\nmax_pool2d stride=0\n", "max_pool2d: stride"},
    {"input shape=8x8x4\nlayer_norm epsilon=0\n", "layer_norm: epsilon"},
    {"input shape=8x8x4\nelu alpha=-1\n", "elu: alpha"},
    {"input shape=8x8x4\nupsample2d mode=bilinaer\n", "did you mean \"bilinear\""},
    {"input shape=8x8x4\nminibatch_discrimination\n", "takes [features]; put `flatten` before it"},
    {"input shape=100000000\nminibatch_discrimination kernels=1048576 dimensions=1048576\n",
     "line 3 (minibatch_discrimination): "},
    {"input shape=8x8x4\nminibatch_stddev channels=3\n",
     "line 3 (minibatch_stddev): input is [8, 8, 4] and channels=3 does not divide its 4 channels"},
};

START_TEST(norms_refused)
{
    gan_context *ctx = make_context();
    gan_layer *layer = NULL;
    char text[512];

    parse_lines(text, refused[_i].lines);
    const gan_status st = gan_layer_parse(ctx, &layer, text);
    ck_assert(st == GAN_E_ARG || st == GAN_E_SHAPE);
    ck_assert_msg(strstr(gan_context_error(ctx), refused[_i].sentence) != NULL, "%s",
                  gan_context_error(ctx));
    ck_assert_ptr_null(layer);
    gan_context_destroy(ctx);
}
END_TEST

static const struct {
    const char *lines;
    const char *names; /* of its parameters, each after a space */
    int64_t output[3];
} shapes[] = {
    {"input shape=3x4x6\nlayer_norm\n", " 1.weight 1.bias", {3, 4, 6}},
    {"input shape=3x4x6\nlayer_norm affine=false\n", "", {3, 4, 6}},
    {"input shape=3x4x6\ninstance_norm\n", "", {3, 4, 6}},
    {"input shape=3x4x6\ninstance_norm affine=true\n", " 1.weight 1.bias", {3, 4, 6}},
    {"input shape=3x4x6\ngroup_norm groups=3\n", " 1.weight 1.bias", {3, 4, 6}},
    {"input shape=3x4x6\npixel_norm\n", "", {3, 4, 6}},
    {"input shape=3x4x6\navg_pool2d kernel=2 stride=1 padding=1\n", "", {4, 5, 6}},
    {"input shape=3x4x6\nmax_pool2d kernel=2 stride=1 padding=1\n", "", {4, 5, 6}},
    {"input shape=3x4x6\nmax_pool2d\n", "", {1, 2, 6}},
    {"input shape=3x4x6\nglobal_pool2d mode=max\n", "", {6, 0, 0}},
    {"input shape=3x4x6\nupsample2d scale=3x2 mode=bilinear\n", "", {9, 8, 6}},
    {"input shape=3x4x6\nminibatch_stddev channels=2\n", "", {3, 4, 8}},
    {"input shape=6\nminibatch_stddev\n", "", {7, 0, 0}},
    {"input shape=6\nminibatch_discrimination kernels=3\n", " 1.weight", {9, 0, 0}},
};

START_TEST(norms_shapes)
{
    gan_context *ctx = make_context();
    int64_t shape[GAN_RANK_MAX] = {0}, count = 0;
    char text[512], name[32], names[64] = "";
    int32_t rank = 0;

    parse_lines(text, shapes[_i].lines);
    gan_layer *layer = parse(ctx, text);
    ASSERT_OK(ctx, gan_layer_output_shape(layer, shape, GAN_RANK_MAX, &rank));
    ck_assert_int_eq(rank, shapes[_i].output[1] == 0 ? 1 : 3);
    ck_assert_mem_eq(shape, shapes[_i].output, (size_t)rank * sizeof *shape);
    ASSERT_OK(ctx, gan_layer_parameter_count(layer, &count));
    for (int64_t i = 0; i < count; i++) {
        gan_tensor *tensor = NULL;
        ASSERT_OK(ctx, gan_layer_parameter(layer, &tensor, i, name, sizeof name, NULL));
        strcat(strcat(names, " "), name);
        gan_tensor_destroy(tensor);
    }
    ck_assert_str_eq(names, shapes[_i].names);

    /* No samples are no failure. */
    const int64_t input[2][4] = {{0, 3, 4, 6}, {0, 6, 0, 0}};
    const bool picture = strstr(text, "3x4x6") != NULL;
    gan_tensor *x = make_tensor(ctx, input[!picture], picture ? 4 : 2, 1), *y = NULL;
    ASSERT_OK(ctx, gan_layer_forward(layer, &y, x, 1));
    ASSERT_OK(ctx, gan_tensor_count(y, &count));
    ck_assert_int_eq(count, 0);
    gan_tensor_destroy(x);
    gan_tensor_destroy(y);
    gan_layer_destroy(layer);
    gan_context_destroy(ctx);
}
END_TEST

static double
deviation(gan_context *ctx, gan_layer *layer, const char *path)
{
    gan_tensor *tensor = parameter(ctx, layer, path);
    double squares = 0;
    int64_t count;

    ASSERT_OK(ctx, gan_tensor_count(tensor, &count));
    for (int64_t i = 0; i < count; i++) {
        squares += (double)values(tensor)[i] * (double)values(tensor)[i];
    }
    return sqrt(squares / (double)count);
}

static const struct {
    const char *lines;
    double wanted; /* of the dense layer's weight */
} initials[] = {
    /* A norm of one sample is no batch_norm: he, for the activation behind it. */
    {"layer_norm\nrelu\n", 0.1767767}, /* sqrt(2 / 64) */
    {"reshape shape=5x5x16\ninstance_norm\nleaky_relu slope=0.5\n", 0.1581139},
    {"reshape shape=5x5x16\ngroup_norm groups=4\nmax_pool2d\nrelu\n", 0.1767767},
    {"pixel_norm\n", 0.125},
    {"pixel_norm\nelu\n", 0.1767767},
    {"minibatch_stddev\nsilu\n", 0.1767767},
    {"reshape shape=5x5x16\nglobal_pool2d\nrelu\n", 0.1767767},
    {"pixel_norm\nbatch_norm\n", 0.02},
};

START_TEST(norms_initial_values)
{
    gan_context *ctx = make_context();
    char text[512];

    snprintf(text, sizeof text, "gan-network 1\ninput shape=64\ndense units=400\n%s",
             initials[_i].lines);
    gan_layer *layer = parse(ctx, text);
    ck_assert_double_eq_tol(deviation(ctx, layer, "1.weight"), initials[_i].wanted,
                            0.02 * initials[_i].wanted);
    gan_layer_destroy(layer);
    gan_context_destroy(ctx);
}
END_TEST

/* Weights start at 1, biases at 0; minibatch_discrimination's columns have length 1. */
START_TEST(norms_start)
{
    gan_context *ctx = make_context();
    gan_layer *layer = parse(ctx, "gan-network 1\ninput shape=64\nlayer_norm\nreshape shape=4x4x4\n"
                                  "instance_norm affine=true\ngroup_norm groups=2\nflatten\n"
                                  "minibatch_discrimination gain=2\n");

    ck_assert_double_eq(deviation(ctx, layer, "1.weight"), 1);
    ck_assert_double_eq(deviation(ctx, layer, "1.bias"), 0);
    ck_assert_double_eq(deviation(ctx, layer, "3.weight"), 1);
    ck_assert_double_eq(deviation(ctx, layer, "4.bias"), 0);
    ck_assert_double_eq_tol(deviation(ctx, layer, "6.weight"), 2.0 / 8, 0.01);
    gan_layer_destroy(layer);
    gan_context_destroy(ctx);
}
END_TEST

static const char generator[] = "gan-network 1\n"
                                "input shape=7 noise=normal\n"
                                "pixel_norm\n"
                                "dense units=144\n"
                                "reshape shape=3x3x16\n"
                                "group_norm groups=4\n"
                                "elu\n"
                                "upsample2d scale=7 mode=bilinear\n"
                                "conv2d filters=5 kernel=3\n"
                                "layer_norm\n"
                                "silu\n"
                                "max_pool2d kernel=3 stride=2\n"
                                "instance_norm\n"
                                "conv2d filters=2 kernel=1\n";

enum { EACH = 9 * 9 * 2, COUNT = 23 };

/* A sample is the same bits whatever batch it is computed in. */
START_TEST(norms_generate_pieces)
{
    static float whole[COUNT * EACH], pieces[COUNT * EACH];
    gan_context *ctx = make_context();
    gan_layer *layer = parse(ctx, generator);
    char text[16];

    ASSERT_OK(ctx, gan_layer_generate(layer, whole, COUNT, NULL));
    for (int batch = 1; batch < 6; batch += 2) {
        snprintf(text, sizeof text, "batch=%d", batch);
        ASSERT_OK(ctx, gan_layer_generate(layer, pieces, COUNT, text));
        ck_assert_msg(memcmp(whole, pieces, sizeof whole) == 0, "%s", text);
    }
    gan_layer_destroy(layer);
    gan_context_destroy(ctx);
}
END_TEST

/* Far from 0 the variance must not be the difference of two large numbers. */
START_TEST(norms_far_from_zero)
{
    const int64_t shape[2] = {1, 4};
    const float wanted[4] = {-1.3416408f, -0.4472136f, 0.4472136f, 1.3416408f};
    gan_context *ctx = make_context();
    gan_layer *layer = parse(ctx, "gan-network 1\ninput shape=4\nlayer_norm epsilon=1e-12\n");
    gan_tensor *x = make_tensor(ctx, shape, 2, 1), *y = NULL;

    for (int i = 0; i < 4; i++) {
        values(x)[i] = 1e6f + (float)i;
    }
    ASSERT_OK(ctx, gan_layer_forward(layer, &y, x, 0));
    for (int i = 0; i < 4; i++) {
        ck_assert_float_eq_tol(values(y)[i], wanted[i], 1e-5f);
    }
    gan_tensor_destroy(x);
    gan_tensor_destroy(y);
    gan_layer_destroy(layer);
    gan_context_destroy(ctx);
}
END_TEST

#define COUNT_OF(array) ((int)(sizeof(array) / sizeof(array)[0]))

TCase *
norm_tests(void)
{
    TCase *tests = tcase_create("norms");

    tcase_add_loop_test(tests, norms_defaults, 0, COUNT_OF(defaults));
    tcase_add_loop_test(tests, norms_refused, 0, COUNT_OF(refused));
    tcase_add_loop_test(tests, norms_shapes, 0, COUNT_OF(shapes));
    tcase_add_loop_test(tests, norms_initial_values, 0, COUNT_OF(initials));
    tcase_add_test(tests, norms_start);
    tcase_add_test(tests, norms_generate_pieces);
    tcase_add_test(tests, norms_far_from_zero);
    return tests;
}
