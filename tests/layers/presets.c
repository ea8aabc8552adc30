/*
 * gan_layer_preset(): the texts, that each of them is a network of the right shape, sizes that are published, refusals.
 */
#include "layers/suites.h"

#include <stdio.h>

#include "layers/layer.h"
#include "oracle/failing_host.h"

enum { PRESET_SIZE = 8192 };

static const char digits_generator[] =
    "gan-network 1\n"
    "# DCGAN generator (Radford et al. 2016), 28x28x1\n"
    "input shape=100 noise=normal\n"
    "dense units=6272 bias=false\n"
    "reshape shape=7x7x128\n"
    "batch_norm\n"
    "relu\n"
    "conv_transpose2d filters=64 kernel=4 stride=2 padding=1 bias=false\n"
    "batch_norm\n"
    "relu\n"
    "conv_transpose2d filters=1 kernel=4 stride=2 padding=1\n"
    "tanh\n";

static const char critic[] =
    "gan-network 1\n"
    "# ResNet discriminator (Gulrajani et al. 2017; Miyato et al. 2018), 32x32x3\n"
    "# 2 pictures are one input, joined on channels (pac)\n"
    "input shape=32x32x6\n"
    "residual {\n"
    "    conv2d filters=8 kernel=3 padding=1 init=glorot gain=1.41421356 spectral_norm=true\n"
    "    relu\n"
    "    conv2d filters=8 kernel=3 padding=1 init=glorot gain=1.41421356 spectral_norm=true\n"
    "    avg_pool2d\n"
    "} {\n"
    "    avg_pool2d\n"
    "    conv2d filters=8 kernel=1 init=glorot spectral_norm=true\n"
    "}\n"
    "residual {\n"
    "    relu\n"
    "    conv2d filters=8 kernel=3 padding=1 init=glorot gain=1.41421356 spectral_norm=true\n"
    "    relu\n"
    "    conv2d filters=8 kernel=3 padding=1 init=glorot gain=1.41421356 spectral_norm=true\n"
    "    avg_pool2d\n"
    "} {\n"
    "    avg_pool2d\n"
    "    conv2d filters=8 kernel=1 init=glorot spectral_norm=true\n"
    "}\n"
    "residual {\n"
    "    relu\n"
    "    conv2d filters=8 kernel=3 padding=1 init=glorot gain=1.41421356 spectral_norm=true\n"
    "    relu\n"
    "    conv2d filters=8 kernel=3 padding=1 init=glorot gain=1.41421356 spectral_norm=true\n"
    "} {\n"
    "}\n"
    "residual {\n"
    "    relu\n"
    "    conv2d filters=8 kernel=3 padding=1 init=glorot gain=1.41421356 spectral_norm=true\n"
    "    relu\n"
    "    conv2d filters=8 kernel=3 padding=1 init=glorot gain=1.41421356 spectral_norm=true\n"
    "} {\n"
    "}\n"
    "relu\n"
    "global_pool2d mode=sum\n"
    "dense units=1 init=glorot spectral_norm=true\n";

START_TEST(presets_texts)
{
    gan_context *ctx = make_context();
    char text[PRESET_SIZE], small[16];
    size_t needed = 0;

    ASSERT_OK(ctx, gan_layer_preset(ctx, "dcgan_generator", "size=28 channels=1", text, sizeof text,
                                    &needed));
    ck_assert_str_eq(text, digits_generator);
    ck_assert_uint_eq(needed, sizeof digits_generator);
    ASSERT_OK(ctx,
              gan_layer_preset(ctx, "dcgan_generator", "size=28 channels=1", NULL, 0, &needed));
    ck_assert_uint_eq(needed, sizeof digits_generator);
    ASSERT_OK(ctx, gan_layer_preset(ctx, "dcgan_generator", NULL, small, sizeof small, NULL));
    ck_assert_str_eq(small, "gan-network 1\n#");
    ASSERT_OK(ctx, gan_layer_preset(ctx, "resnet_discriminator", "width=8 pac=2 spectral_norm=true",
                                    text, sizeof text, NULL));
    ck_assert_str_eq(text, critic);
    gan_context_destroy(ctx);
}
END_TEST

static const struct {
    const char *name, *options;
    int64_t channels; /* that come in or out */
    bool generator;
} networks[] = {
    {"dcgan_generator", "channels=3", 3, true},
    {"dcgan_generator", "noise=5 channels=1 norm=layer_norm", 1, true},
    {"dcgan_generator", "noise=5 channels=2 norm=instance_norm spectral_norm=true", 2, true},
    {"dcgan_generator", "noise=5 channels=2 norm=none", 2, true},
    {"dcgan_discriminator", "", 3, false},
    {"dcgan_discriminator", "channels=1 norm=layer_norm pac=3", 3, false},
    {"dcgan_discriminator", "channels=1 norm=instance_norm", 1, false},
    {"dcgan_discriminator", "norm=none spectral_norm=true pac=2", 6, false},
    {"resnet_generator", "", 3, true},
    {"resnet_generator", "noise=5 channels=1 norm=layer_norm", 1, true},
    {"resnet_generator", "channels=1 norm=none spectral_norm=true", 1, true},
    {"resnet_discriminator", "", 3, false},
    {"resnet_discriminator", "norm=layer_norm", 3, false},
    {"resnet_discriminator", "norm=instance_norm spectral_norm=true pac=2", 6, false},
    {"resnet_discriminator", "channels=1 norm=batch_norm", 1, false},
};

enum { NETWORKS = sizeof networks / sizeof networks[0] };

/* Values out, and a gradient for every parameter. */
static void
run_network(gan_context *ctx, gan_layer *layer)
{
    int64_t shape[GAN_RANK_MAX] = {2};
    gan_tensor *x, *y = NULL, *square = NULL, *sum = NULL;
    int32_t rank = 0;

    ASSERT_OK(ctx, gan_layer_input_shape(layer, shape + 1, GAN_RANK_MAX - 1, &rank));
    x = make_tensor(ctx, shape, rank + 1, 1);
    ASSERT_OK(ctx, gan_layer_forward(layer, &y, x, 1));
    ASSERT_OK(ctx, gan_square(ctx, &square, y));
    ASSERT_OK(ctx, gan_sum(ctx, &sum, square, NULL, 0, 0));
    ASSERT_OK(ctx, gan_backward(ctx, sum, 0));
    for (int64_t i = 0; i < gan__layer_tensor_count(layer); i++) {
        const struct gan__layer_tensor *t = &gan__layer_tensors(layer)[i];
        ck_assert_msg(t->buffer || t->tensor->gradient != NULL, "%s has no gradient", t->name);
    }
    gan_tensor_destroy(x);
    gan_tensor_destroy(y);
    gan_tensor_destroy(square);
    gan_tensor_destroy(sum);
}

static void
check_network(gan_context *ctx, int index, int64_t size)
{
    char options[128], text[PRESET_SIZE], once[4 * PRESET_SIZE];
    int64_t shape[GAN_RANK_MAX];
    int32_t rank = 0;

    snprintf(options, sizeof options, "width=2 size=%d %s", (int)size, networks[index].options);
    ASSERT_OK(ctx, gan_layer_preset(ctx, networks[index].name, options, text, sizeof text, NULL));
    gan_layer *layer = parse(ctx, text);
    const bool generator = networks[index].generator;
    ASSERT_OK(ctx, (generator ? gan_layer_output_shape
                              : gan_layer_input_shape)(layer, shape, GAN_RANK_MAX, &rank));
    const int64_t picture[3] = {size, size, networks[index].channels};
    ck_assert_int_eq(rank, 3);
    ck_assert_mem_eq(shape, picture, sizeof picture);
    ASSERT_OK(ctx, (generator ? gan_layer_input_shape
                              : gan_layer_output_shape)(layer, shape, GAN_RANK_MAX, &rank));
    ck_assert_int_eq(rank, 1);
    ck_assert(generator || shape[0] == 1);
    ASSERT_OK(ctx, gan_layer_text(layer, once, sizeof once, NULL));
    ck_assert_int_eq(strstr(once, "spectral_norm=true") != NULL,
                     strstr(options, "spectral_norm=true") != NULL);
    run_network(ctx, layer);
    gan_layer_destroy(layer);
}

START_TEST(presets_networks)
{
    static const int64_t sizes[] = {32, 28, 64, 128};
    const int count = strncmp(networks[_i].name, "dcgan", 5) == 0 ? 4 : 1;
    gan_context *ctx = make_context();

    for (int i = 0; i < count; i++) {
        check_network(ctx, _i, sizes[i]);
    }
    gan_context_destroy(ctx);
}
END_TEST

static const struct {
    const char *name, *options;
    int64_t parameters; /* without buffers */
} published[] = {
    /* PyTorch's DCGAN example has 3,576,704 without the 3 offsets of the picture's channels. */
    {"dcgan_generator", "size=64", 3576704 + 3},
    /* 2,765,568 without the first layer's 64 offsets and the logit's. */
    {"dcgan_discriminator", "size=64", 2765568 + 65},
    /* SNGAN's CIFAR-10 generator. */
    {"resnet_generator", "width=256", 4276739},
    /* By hand: the first block 151,680, the second 311,680, then twice 295,168, and 129. */
    {"resnet_discriminator", "", 151680 + 311680 + 2 * 295168 + 129},
};

START_TEST(presets_parameters)
{
    gan_context *ctx = make_context();
    char text[PRESET_SIZE];
    int64_t found = 0;

    ASSERT_OK(ctx, gan_layer_preset(ctx, published[_i].name, published[_i].options, text,
                                    sizeof text, NULL));
    gan_layer *layer = parse(ctx, text);
    for (int64_t i = 0; i < gan__layer_tensor_count(layer); i++) {
        const struct gan__layer_tensor *t = &gan__layer_tensors(layer)[i];
        found += t->buffer ? 0 : t->tensor->count;
    }
    ck_assert_int_eq(found, published[_i].parameters);
    gan_layer_destroy(layer);
    gan_context_destroy(ctx);
}
END_TEST

static int
count_lines(const char *text, const char *line)
{
    int count = 0;

    for (const char *at = text; (at = strstr(at, line)) != NULL; at += strlen(line)) {
        count++;
    }
    return count;
}

/* No norm at the generator's output and the discriminator's input; none at all with norm=none. */
START_TEST(presets_norms)
{
    static const struct {
        const char *name, *options, *line;
        int count;
    } cases[] = {
        {"dcgan_generator", "size=64", "batch_norm\n", 4},
        {"dcgan_discriminator", "size=64", "batch_norm\n", 3},
        {"dcgan_generator", "norm=instance_norm", "instance_norm affine=true\n", 3},
        {"dcgan_discriminator", "norm=layer_norm", "layer_norm\n", 2},
        {"dcgan_discriminator", "norm=layer_norm", "bias=false", 0},
        {"dcgan_discriminator", "", "bias=false", 2},
        {"dcgan_generator", "norm=none", "_norm", 0},
        {"dcgan_discriminator", "norm=none", "_norm", 0},
        {"resnet_generator", "", "batch_norm\n", 7},
        {"resnet_discriminator", "", "_norm", 0},
        {"resnet_discriminator", "norm=layer_norm", "layer_norm\n", 6},
    };
    gan_context *ctx = make_context();
    char text[PRESET_SIZE];

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ASSERT_OK(ctx,
                  gan_layer_preset(ctx, cases[i].name, cases[i].options, text, sizeof text, NULL));
        ck_assert_msg(count_lines(text, cases[i].line) == cases[i].count, "%s %s:\n%s",
                      cases[i].name, cases[i].options, text);
    }
    gan_context_destroy(ctx);
}
END_TEST

START_TEST(presets_refused)
{
    static const char *const cases[][3] = {
        {"dcgan_generator", "size=48",
         "dcgan_generator: size is 48, there are texts for 28, 32, 64 and 128 pixels a side"},
        {"resnet_discriminator", "size=64",
         "resnet_discriminator: size is 64, there are texts for 32 pixels a side"},
        {"dcgan_generator", "pac=2", "dcgan_generator: unknown option \"pac\""},
        {"resnet_generator", "pac=2", "resnet_generator: unknown option \"pac\""},
        {"dcgan_discriminator", "noise=5", "dcgan_discriminator: unknown option \"noise\""},
        {"dcgan_discriminator", "pac=0", "dcgan_discriminator: pac is 0"},
        {"dcgan_discriminator", "norm=batchnorm", "did you mean \"batch_norm\""},
        {"dcgan_generater", "", "unknown preset \"dcgan_generater\": did you mean"},
        {"", "",
         "unknown preset \"\": there are dcgan_generator, dcgan_discriminator, "
         "resnet_generator, resnet_discriminator"},
    };
    gan_context *ctx = make_context();
    char text[PRESET_SIZE] = "untouched";
    size_t needed = 5;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ASSERT_FAILS(ctx,
                     gan_layer_preset(ctx, cases[i][0], cases[i][1], text, sizeof text, &needed),
                     GAN_E_ARG, cases[i][2]);
        ck_assert_str_eq(text, "untouched");
        ck_assert_uint_eq(needed, 0);
    }
    ASSERT_FAILS(ctx, gan_layer_preset(ctx, NULL, NULL, text, sizeof text, NULL), GAN_E_ARG,
                 "name is NULL");
    ASSERT_FAILS(ctx, gan_layer_preset(ctx, "dcgan_generator", NULL, NULL, 4, NULL), GAN_E_ARG,
                 "buffer");
    ck_assert_int_eq(gan_layer_preset(NULL, "dcgan_generator", NULL, text, sizeof text, NULL),
                     GAN_E_ARG);
    gan_context_destroy(ctx);
}
END_TEST

START_TEST(presets_refused_memory)
{
    struct test_allocator host;
    gan_context *ctx = failing_context(&host);
    char text[PRESET_SIZE] = "";

    EACH_ALLOCATION_FAILS(
        ctx, &host, gan_layer_preset(ctx, "resnet_generator", "width=8", text, sizeof text, NULL),
        text[0] == '\0');
    gan_context_destroy(ctx);
    ck_assert_int_eq(host.blocks, 0);
}
END_TEST

START_TEST(presets_document)
{
    static const char *const lines[] = {"dcgan_generator: ",
                                        "\ndcgan_discriminator: ",
                                        "\nresnet_generator: ",
                                        "\nresnet_discriminator: ",
                                        "  pac=1",
                                        "  norm=none",
                                        "  noise=128"};
    gan_context *ctx = make_context();
    struct gan__text text;

    gan__text_init(&text, ctx);
    gan__presets_document(&text);
    ck_assert_int_eq(text.status, GAN_OK);
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        ck_assert_msg(strstr(text.data, lines[i]) != NULL, "%s", lines[i]);
    }
    gan__text_free(&text);
    gan_context_destroy(ctx);
}
END_TEST

TCase *
preset_tests(void)
{
    TCase *tests = tcase_create("presets");

    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, presets_texts);
    tcase_add_loop_test(tests, presets_networks, 0, NETWORKS);
    tcase_add_loop_test(tests, presets_parameters, 0,
                        (int)(sizeof published / sizeof published[0]));
    tcase_add_test(tests, presets_norms);
    tcase_add_test(tests, presets_refused);
    tcase_add_test(tests, presets_refused_memory);
    tcase_add_test(tests, presets_document);
    return tests;
}
