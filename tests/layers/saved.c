/*
 * Networks of the newer kinds through a file: under which names their parameters are saved, and that they come back to the
 * bit. A preset's text goes the same way.
 */
#include "layers/suites.h"

#include <stdio.h>
#include <unistd.h>

#include <gan/io.h>

static const char all_kinds[] =
    "gan-network 1\n"
    "input shape=6x6x4\n"
    "layer_norm\n"
    "elu alpha=0.75\n"
    "group_norm name=groups groups=2\n"
    "upsample2d scale=2x1 mode=bilinear\n"
    "instance_norm affine=true epsilon=1e-3\n"
    "silu\n"
    "instance_norm\n"
    "max_pool2d kernel=3x2 stride=2x1 padding=1x0\n"
    "avg_pool2d kernel=3 stride=1 padding=1 count_include_padding=false\n"
    "pixel_norm\n"
    "minibatch_stddev group=3 channels=2\n"
    "concat { global_pool2d\n } { global_pool2d mode=max\n } { global_pool2d mode=sum\n }\n"
    "minibatch_discrimination kernels=3 dimensions=2\n";

static const char *const names[] = {"1.weight", "1.bias", "groups.weight", "groups.bias",
                                    "5.weight", "5.bias", "13.weight"};

enum { NAMES = sizeof names / sizeof names[0], SAMPLES = 6 };

/* Save, load, and compare texts, names, values and outputs. */
static void
round_trip(gan_context *ctx, gan_layer *layer)
{
    char path[64], texts[2][TEXT_SIZE / 4], name[64], other_name[64];
    int64_t shape[GAN_RANK_MAX] = {SAMPLES}, count = 0, other_count = 0;
    gan_layer *loaded = NULL;
    gan_tensor *x, *y[2] = {NULL, NULL};
    int32_t rank = 0;

    snprintf(path, sizeof path, "saved-%ld.safetensors", (long)getpid());
    ASSERT_OK(ctx, gan_layer_parameter_count(layer, &count));
    for (int64_t i = 0; i < count; i++) { /* no ones and zeros */
        gan_tensor *tensor = NULL, *drawn;
        ASSERT_OK(ctx, gan_layer_parameter(layer, &tensor, i, name, sizeof name, NULL));
        ASSERT_OK(ctx, gan_tensor_shape(tensor, shape, GAN_RANK_MAX, &rank));
        drawn = make_tensor(ctx, shape, rank, (int32_t)i);
        ASSERT_OK(ctx, gan_tensor_count(tensor, &other_count));
        for (int64_t j = 0; strstr(name, "running_var") != NULL && j < other_count; j++) {
            values(drawn)[j] *= values(drawn)[j];
        }
        ASSERT_OK(ctx, gan_tensor_write(tensor, values(drawn), other_count));
        gan_tensor_destroy(drawn);
        gan_tensor_destroy(tensor);
    }
    ASSERT_OK(ctx, gan_layer_save(layer, path, NULL));
    ASSERT_OK(ctx, gan_layer_load(ctx, &loaded, path, NULL));
    unlink(path);
    ASSERT_OK(ctx, gan_layer_text(layer, texts[0], sizeof texts[0], NULL));
    ASSERT_OK(ctx, gan_layer_text(loaded, texts[1], sizeof texts[1], NULL));
    ck_assert_str_eq(texts[0], texts[1]);
    ASSERT_OK(ctx, gan_layer_parameter_count(loaded, &other_count));
    ck_assert_int_eq(count, other_count);
    for (int64_t i = 0; i < count; i++) {
        gan_tensor *a = NULL, *b = NULL;
        ASSERT_OK(ctx, gan_layer_parameter(layer, &a, i, name, sizeof name, NULL));
        ASSERT_OK(ctx, gan_layer_parameter(loaded, &b, i, other_name, sizeof other_name, NULL));
        ASSERT_OK(ctx, gan_tensor_count(a, &other_count));
        ck_assert_str_eq(name, other_name);
        ck_assert_mem_eq(values(a), values(b), (size_t)other_count * sizeof(float));
        gan_tensor_destroy(a);
        gan_tensor_destroy(b);
    }
    ASSERT_OK(ctx, gan_layer_input_shape(layer, shape + 1, GAN_RANK_MAX - 1, &rank));
    shape[0] = SAMPLES;
    x = make_tensor(ctx, shape, rank + 1, 99);
    ASSERT_OK(ctx, gan_layer_forward(layer, &y[0], x, 0));
    ASSERT_OK(ctx, gan_layer_forward(loaded, &y[1], x, 0));
    ASSERT_OK(ctx, gan_tensor_count(y[0], &count));
    ck_assert_mem_eq(values(y[0]), values(y[1]), (size_t)count * sizeof(float));
    gan_tensor_destroy(x);
    gan_tensor_destroy(y[0]);
    gan_tensor_destroy(y[1]);
    gan_layer_destroy(loaded);
}

START_TEST(saved_kinds)
{
    gan_context *ctx = make_context();
    gan_layer *layer = parse(ctx, all_kinds);
    int64_t count = 0;
    char name[64];

    ASSERT_OK(ctx, gan_layer_parameter_count(layer, &count));
    ck_assert_int_eq(count, NAMES);
    for (int64_t i = 0; i < count; i++) {
        gan_tensor *tensor = NULL;
        ASSERT_OK(ctx, gan_layer_parameter(layer, &tensor, i, name, sizeof name, NULL));
        ck_assert_str_eq(name, names[i]);
        gan_tensor_destroy(tensor);
    }
    round_trip(ctx, layer);
    gan_layer_destroy(layer);
    gan_context_destroy(ctx);
}
END_TEST

START_TEST(saved_presets)
{
    static const char *const presets[] = {"dcgan_generator", "dcgan_discriminator",
                                          "resnet_generator", "resnet_discriminator"};
    gan_context *ctx = make_context();
    char text[8192];

    ASSERT_OK(ctx, gan_layer_preset(ctx, presets[_i], "width=2", text, sizeof text, NULL));
    gan_layer *layer = parse(ctx, text);
    round_trip(ctx, layer);
    gan_layer_destroy(layer);
    gan_context_destroy(ctx);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("saved layers");
    TCase *tests = tcase_create("saved");

    tcase_add_test(tests, saved_kinds);
    tcase_add_loop_test(tests, saved_presets, 0, 4);
    suite_add_tcase(suite, tests);
    return run_suites(&suite, 1);
}
