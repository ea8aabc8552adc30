/*
 * The grammar: texts that are read and written again, and the sentence for each that is wrong.
 */
#include "layers/suites.h"

#include <stdio.h>

static const char dcgan[] =
    "gan-network 1\n"
    "input shape=100 noise=normal\n"
    "dense units=6272 bias=false\n"
    "reshape shape=7x7x128\n"
    "batch_norm\n"
    "relu\n"
    "residual {\n"
    "    conv2d filters=128 kernel=3 padding=1\n"
    "} {\n"
    "}\n"
    "conv_transpose2d name=to_picture filters=1 kernel=4 stride=2 padding=1\n"
    "tanh\n";

static const char dcgan_written[] =
    "gan-network 1\n"
    "input shape=100 source=noise noise=normal\n"
    "dense trainable=true units=6272 bias=false init=dcgan gain=1 "
    "spectral_norm=false\n"
    "reshape shape=7x7x128\n"
    "batch_norm trainable=true epsilon=1e-5 momentum=0.1 init=dcgan\n"
    "relu\n"
    "residual trainable=true {\n"
    "    conv2d trainable=true filters=128 kernel=3 stride=1 padding=1 bias=true init=he "
    "gain=1 spectral_norm=false\n"
    "} {\n"
    "}\n"
    "conv_transpose2d name=to_picture trainable=true filters=1 kernel=4 stride=2 padding=1 "
    "output_padding=0 bias=true init=he gain=1 spectral_norm=false\n"
    "tanh\n";

START_TEST(text_spells_out)
{
    gan_context *ctx = make_context();
    gan_layer *layer = parse(ctx, dcgan);
    char text[2048], cut[20];
    size_t needed = 0;

    ASSERT_OK(ctx, gan_layer_text(layer, text, sizeof text, &needed));
    ck_assert_str_eq(text, dcgan_written);
    ck_assert_uint_eq(needed, sizeof dcgan_written);
    ASSERT_OK(ctx, gan_layer_text(layer, cut, sizeof cut, &needed));
    ck_assert_str_eq(cut, "gan-network 1\ninput");
    ck_assert_uint_eq(needed, sizeof dcgan_written);
    ASSERT_OK(ctx, gan_layer_text(layer, NULL, 0, &needed));
    ck_assert_uint_eq(needed, sizeof dcgan_written);
    gan_layer_destroy(layer);
    gan_context_destroy(ctx);
}
END_TEST

/* Texts in odd layouts; what is written must be read back to the same text. */
static const char *const good[] = {
    dcgan,
    dcgan_written,
    "gan-network 1",
    "gan-network 1 # nothing\n\n   # no more\n",
    "gan-network 1\r\ninput shape=3\r\ndense units=2\r\n",
    "gan-network 1\ndense units=3\nrelu",
    "gan-network 1 shape=5x4x3\nconv2d kernel=2x3 filters=2\nbatch_norm\nsigmoid\n",
    "gan-network\t1\n\tinput\tname=\"a\" shape=\"3\"\t# x\n dense units=2 # { not a brace\n",
    "gan-network 1\ninput shape=4\nresidual { dense units=4\n relu } { }\nflatten",
    "gan-network 1\ninput shape=4\nresidual\n{\ndense units=4\n}\n# comment\n\n{\n}\n",
    "gan-network 1\ninput shape=4\nconcat { relu } { concat { } { tanh } } { input name=c "
    "source=labels classes=3\n dense units=2 }\ndense units=1\n",
    "gan-network 1\nconcat { input name=z shape=4 noise=uniform } { input name=y source=labels "
    "classes=3 }\nnetwork name=body trainable=false { dense units=5\n softplus\n }\ndense "
    "units=1\n",
    "gan-network 1\ninput shape=6x6x2\navg_pool2d kernel=2\nupsample2d scale=2x1\ndropout "
    "probability=0.25\nleaky_relu slope=0.1\nflatten\ndense units=2 trainable=false init=glorot "
    "gain=2\n",
    "gan-network 1\ninput noise=normal\ndense units=4\n",
    "gan-network 1\ninput shape=4\nresidual { input name=a shape=3\n dense units=4\n } { }\n",
};

START_TEST(text_round_trip)
{
    gan_context *ctx = make_context();
    gan_layer *first = parse(ctx, good[_i]);
    char once[4096], twice[4096];
    int64_t parameters[2] = {0, 0};

    ASSERT_OK(ctx, gan_layer_text(first, once, sizeof once, NULL));
    gan_layer *second = parse(ctx, once);
    ASSERT_OK(ctx, gan_layer_text(second, twice, sizeof twice, NULL));
    ck_assert_str_eq(once, twice);
    if (gan_layer_parameter_count(first, &parameters[0]) == GAN_OK) {
        ASSERT_OK(ctx, gan_layer_parameter_count(second, &parameters[1]));
    } else {
        ck_assert_int_eq(gan_layer_parameter_count(second, &parameters[1]), GAN_E_STATE);
    }
    ck_assert_int_eq(parameters[0], parameters[1]);
    gan_layer_destroy(first);
    gan_layer_destroy(second);
    gan_context_destroy(ctx);
}
END_TEST

struct bad {
    const char *text;
    gan_status status;
    const char *sentence; /* contained */
};

static const struct bad bad[] = {
    {"", GAN_E_FORMAT, "line 1, column 1: found the end of the text"},
    {"dense units=3\n", GAN_E_FORMAT, "line 1, column 1: found \"dense\""},
    {"gan-network\n", GAN_E_FORMAT, "line 1, column 12: found the end of the line"},
    {"gan-network one\n", GAN_E_FORMAT, "line 1, column 13: found \"one\""},
    {"gan-network 2\n", GAN_E_FORMAT, "line 1, column 13: version 2 is later than 1"},
    {"gan-network 0\n", GAN_E_FORMAT, "line 1, column 13: found \"0\""},
    {"gan-network 1 {\n", GAN_E_FORMAT, "line 1, column 15: found \"{\""},
    {"gan-network 1 size=3\n", GAN_E_ARG, "line 1, column 15: gan-network: unknown option"},
    {"gan-network 1\n\n  conv2b filters=3\n", GAN_E_ARG,
     "line 3, column 3: unknown layer \"conv2b\": did you mean \"conv2d\"?"},
    {"gan-network 1\n\xff\x01{\n", GAN_E_ARG,
     "line 2, column 1: unknown layer \"?"
     "?\""},
    {"gan-network 1\nconv2d filters=3 kernal=3\n", GAN_E_ARG,
     "line 2, column 18: conv2d: unknown option \"kernal\"; did you mean \"kernel\"?"},
    {"gan-network 1\n# \xc3\xa9\n dense  units=-3\n", GAN_E_ARG, "line 3, column 9: dense: units"},
    {"gan-network 1\ndense units=3 units=4\n", GAN_E_ARG,
     "line 2, column 15: dense: units is given twice"},
    {"gan-network 1\ndense\n", GAN_E_ARG, "dense: units is missing"},
    {"gan-network 1\nrelu name=\"a\n", GAN_E_ARG, "line 2, column 6: relu: a quote is not closed"},
    {"gan-network 1\nrelu name=3\n", GAN_E_ARG, "line 2, column 6: relu: name is \"3\""},
    {"gan-network 1\nrelu name=Head\n", GAN_E_ARG,
     "relu: name is \"Head\", it must be a snake_case"},
    {"gan-network 1\nrelu name=a\ntanh name=a\n", GAN_E_ARG,
     "line 3, column 1: tanh: name=a is taken by layer 0"},
    {"gan-network 1\nrelu {\n}\n", GAN_E_FORMAT, "line 2, column 6: relu takes no block"},
    {"gan-network 1\n}\n", GAN_E_FORMAT,
     "line 2, column 1: found \"}\", wanted a layer; no block is open"},
    {"gan-network 1\n{\n", GAN_E_FORMAT, "line 2, column 1: found \"{\", wanted a layer"},
    {"gan-network 1\nresidual {\n relu\n", GAN_E_FORMAT,
     "line 4, column 1: found the end of the text, wanted } for the { of line 2, column 10"},
    {"gan-network 1\nresidual { } { } { }\n", GAN_E_ARG,
     "line 2, column 18: residual takes 2 blocks at most"},
    {"gan-network 1\nresidual { }\nrelu\n", GAN_E_FORMAT,
     "line 2, column 13: residual has 1 blocks"},
    {"gan-network 1\nconcat\nrelu\n", GAN_E_FORMAT, "line 2, column 7: concat has 0 blocks"},
    {"gan-network 1\nnetwork\nrelu\n", GAN_E_FORMAT,
     "line 3, column 1: found \"relu\", wanted { after network"},
    {"gan-network 1\nresidual { } { } relu\n", GAN_E_FORMAT,
     "line 2, column 18: found \"relu\", wanted the end of the line"},
    {"gan-network 1\nrelu\ninput shape=3\n", GAN_E_ARG,
     "line 3, column 1: input: an input begins a network"},
    {"gan-network 1\nrelu\nnetwork { input shape=3\n }\n", GAN_E_ARG,
     "layer 1 begins with inputs only"},
    {"gan-network 1\ninput shape=3\nconcat { } { input shape=2\n }\n", GAN_E_ARG,
     "line 3 (input): there are two inputs \"input\""},
    {"gan-network 1\nconcat { } { input shape=2\n }\n", GAN_E_ARG, "give this one a name="},
    {"gan-network 1\ninput source=labels\n", GAN_E_ARG,
     "line 2, column 7: input: source=labels needs classes="},
    {"gan-network 1\ninput shape=3 classes=3\n", GAN_E_ARG,
     "input: classes= goes with source=labels"},
    {"gan-network 1\ninput source=labels classes=3 noise=normal\n", GAN_E_ARG,
     "noise= goes with source=noise"},
    {"gan-network 1\ninput source=labels classes=3 shape=4\n", GAN_E_ARG, "leave shape= out"},
    {"gan-network 1\ninput shape=3\nconcat { } { input name=b\n }\n", GAN_E_ARG,
     "line 3 (input): an input inside a block needs shape="},
    {"gan-network 1\nconv_transpose2d filters=3 kernel=4 stride=2 output_padding=2\n", GAN_E_ARG,
     "conv_transpose2d: output_padding is 2x2, it must be below stride, 2x2"},
    {"gan-network 1\ninput shape=100\ndense units=3\n\n# x\nconv2d filters=3 kernel=3\n",
     GAN_E_SHAPE,
     "line 6 (conv2d): input is [3] but conv2d takes [height, width, channels]; put `reshape` "
     "before it"},
    {"gan-network 1\ninput shape=4x4x1\ndense units=3\n", GAN_E_SHAPE,
     "line 3 (dense): input is [4, 4, 1] but dense takes [features]; put `flatten` before it"},
    {"gan-network 1\ninput shape=4x4x1\nconv2d filters=3 kernel=7 padding=1\n", GAN_E_SHAPE,
     "line 3 (conv2d): input is [4, 4, 1], with padding 1x1 smaller than kernel 7x7"},
    {"gan-network 1\ninput shape=1x1x1\nconv_transpose2d filters=3 kernel=2 padding=1\n",
     GAN_E_SHAPE, "line 3 (conv_transpose2d): input is [1, 1, 1]"},
    {"gan-network 1\ninput shape=10\nreshape shape=3x3\n", GAN_E_SHAPE,
     "line 3 (reshape): input is [10], 10 elements, but [3, 3] takes 9"},
    {"gan-network 1\ninput shape=1x3x2\navg_pool2d\n", GAN_E_SHAPE,
     "line 3 (avg_pool2d): input is [1, 3, 2], with padding 0x0 smaller than kernel 2x2"},
    {"gan-network 1\ninput shape=4\nresidual {\ndense units=3\n} { }\n", GAN_E_SHAPE,
     "line 3 (residual): the main path gives [3], the skip path [4]"},
    {"gan-network 1\ninput shape=4x4x1\nconcat { avg_pool2d\n } { }\n", GAN_E_SHAPE,
     "line 3 (concat): block 1 gives [4, 4, 1], those before it [2, 2, 1]"},
    {"gan-network 1 shape=4\ninput shape=5\n", GAN_E_SHAPE,
     "built for [4] but its input has shape [5]"},
    {"gan-network 1\ninput shape=1000000x1000000\nflatten\ndense units=1000000\n", GAN_E_SHAPE, ""},
    {"gan-network 1\ninput shape=1000x1000x1000\nupsample2d scale=60000\n", GAN_E_SHAPE,
     "too large"},
    {"gan-network 1\ninput shape=2x2x2x2x2x2x2x2\n", GAN_E_ARG, "shape"},
};

START_TEST(text_refused)
{
    gan_context *ctx = make_context();
    gan_layer *layer = (gan_layer *)ctx;

    ASSERT_FAILS(ctx, gan_layer_parse(ctx, &layer, bad[_i].text), bad[_i].status, bad[_i].sentence);
    ck_assert_ptr_null(layer);
    gan_context_destroy(ctx);
}
END_TEST

START_TEST(text_without_shape_is_not_built)
{
    gan_context *ctx = make_context();
    gan_layer *layer = parse(ctx, "gan-network 1\ninput noise=normal\ndense units=4\nbatch_norm\n");
    const int64_t shape[1] = {3};
    char text[512];
    int64_t count;

    ASSERT_FAILS(ctx, gan_layer_parameter_count(layer, &count), GAN_E_STATE, "gan_layer_build");
    ASSERT_OK(ctx, gan_layer_text(layer, text, sizeof text, NULL));
    ck_assert_ptr_nonnull(strstr(text, "init=dcgan")); /* resolved all the same */
    ASSERT_FAILS(ctx, gan_layer_build(layer, NULL, 0, NULL), GAN_E_ARG, "needs shape=");
    ASSERT_OK(ctx, gan_layer_build(layer, shape, 1, NULL));
    ASSERT_OK(ctx, gan_layer_text(layer, text, sizeof text, NULL));
    ck_assert_ptr_nonnull(strstr(text, "input shape=3 source=noise noise=normal\n"));
    ASSERT_FAILS(ctx, gan_layer_build(layer, shape, 1, NULL), GAN_E_STATE, "built already");
    gan_layer_destroy(layer);

    layer = parse(ctx, "gan-network 1\ndense units=4\n");
    ASSERT_FAILS(ctx, gan_layer_build(layer, NULL, 0, NULL), GAN_E_ARG, "a shape is needed");
    ASSERT_FAILS(ctx, gan_layer_build(layer, shape, 1, "sed=3"), GAN_E_ARG,
                 "did you mean \"seed\"");
    ASSERT_OK(ctx, gan_layer_build(layer, shape, 1, "seed=3"));
    ASSERT_OK(ctx, gan_layer_text(layer, text, sizeof text, NULL));
    ck_assert_ptr_nonnull(strstr(text, "gan-network 1 shape=3\ndense"));
    gan_layer_destroy(layer);
    gan_context_destroy(ctx);
}
END_TEST

/* `blocks` blocks inside each other, each in a residual. */
static void
nest(char *text, int blocks)
{
    text += sprintf(text, "gan-network 1\ninput shape=2\n");
    for (int i = 0; i < blocks; i++) {
        text += sprintf(text, "residual { ");
    }
    for (int i = 0; i < blocks; i++) {
        text += sprintf(text, "} { }\n");
    }
}

START_TEST(text_limits)
{
    gan_context *ctx = make_context();
    char *text = malloc((1 << 21) + 1);
    gan_layer *layer = NULL;
    gan_tensor *x, *y = NULL;
    const int64_t shape[2] = {1, 2};

    nest(text, 32);
    layer = parse(ctx, text);
    x = make_tensor(ctx, shape, 2, 0);
    ASSERT_OK(ctx, gan_layer_forward(layer, &y, x, 0));
    ck_assert_float_eq_tol(values(y)[1], values(x)[1] * 33, 1e-5f); /* each adds x */
    gan_tensor_destroy(x);
    gan_tensor_destroy(y);
    gan_layer_destroy(layer);
    nest(text, 33);
    ASSERT_FAILS(ctx, gan_layer_parse(ctx, &layer, text), GAN_E_FORMAT, "nested more than 32 deep");
    nest(text, 60000);
    ASSERT_FAILS(ctx, gan_layer_parse(ctx, &layer, text), GAN_E_FORMAT, "");

    char *at = text + sprintf(text, "gan-network 1\n");
    for (int i = 1; i < 10000; i++) {
        at += sprintf(at, "relu\n");
    }
    layer = parse(ctx, text);
    gan_layer_destroy(layer);
    sprintf(at, "relu\n");
    ASSERT_FAILS(ctx, gan_layer_parse(ctx, &layer, text), GAN_E_FORMAT,
                 "10001 lines, more than 10000");

    memset(text, ' ', 1 << 20);
    memcpy(text, "gan-network 1\nrelu", 18);
    text[1 << 20] = '\0';
    layer = parse(ctx, text);
    gan_layer_destroy(layer);
    text[1 << 20] = ' ';
    text[(1 << 20) + 1] = '\0';
    ASSERT_FAILS(ctx, gan_layer_parse(ctx, &layer, text), GAN_E_FORMAT, "more than 1048576 bytes");
    free(text);
    gan_context_destroy(ctx);
}
END_TEST

/* Whatever comes, a status: lines of a megabyte, and bytes drawn from those that mean something. */
START_TEST(text_garbage)
{
    static const char alphabet[] =
        "{}#\"\\=\n\r\t x1\xff\x80 relu dense units=2 input shape=3 residual concat";
    static const char *const long_lines[] = {
        "{", "}", "a", "relu ", "name=", "\"", "residual { ", "relu a=\"\\\"", "="};
    gan_context *ctx = make_context();
    char *text = malloc(1 << 20);
    gan_layer *layer = NULL;
    uint32_t state = 1;

    for (size_t i = 0; i < sizeof long_lines / sizeof long_lines[0]; i++) {
        const size_t length = strlen(long_lines[i]);
        size_t at = 14;
        memcpy(text, "gan-network 1\n", at);
        for (; at + length < 1 << 20; at += length) {
            memcpy(text + at, long_lines[i], length);
        }
        text[at] = '\0';
        const gan_status st = gan_layer_parse(ctx, &layer, text);
        ck_assert(st == GAN_E_ARG || st == GAN_E_FORMAT);
        ck_assert_ptr_null(layer);
    }
    for (int round = 0; round < 3000; round++) {
        size_t at = 14;
        state = state * 1664525u + 1013904223u;
        const size_t length = state >> 24;
        for (size_t i = 0; i < length; i++) {
            state = state * 1664525u + 1013904223u;
            size_t from = (state >> 8) % (sizeof alphabet - 1);
            for (size_t run = 1 + (state >> 28); run > 0 && from < sizeof alphabet - 1; run--) {
                text[at++] = alphabet[from++];
            }
        }
        text[at] = '\0';
        if (gan_layer_parse(ctx, &layer, text) == GAN_OK) {
            char once[8192];
            ASSERT_OK(ctx, gan_layer_text(layer, once, sizeof once, NULL));
        } else {
            ck_assert_ptr_null(layer);
        }
        gan_layer_destroy(layer);
    }
    free(text);
    gan_context_destroy(ctx);
}
END_TEST

START_TEST(text_summary)
{
    gan_context *ctx = make_context();
    gan_layer *layer =
        parse(ctx, "gan-network 1\ninput shape=100 noise=normal\ndense units=32\nbatch_norm "
                   "trainable=false\nresidual {\nrelu name=middle\n} { }\n");
    char text[2048];

    ASSERT_OK(ctx, gan_layer_summary(layer, text, sizeof text, NULL));
    ck_assert_str_eq(text, "layer       kind        output  parameters\n"
                           "------------------------------------------\n"
                           "0           input       [100]            0\n"
                           "1           dense       [32]         3,232\n"
                           "2           batch_norm  [32]            64\n"
                           "3           residual    [32]\n"
                           "3.0         network     [32]\n"
                           "3.0.middle  relu        [32]             0\n"
                           "3.1         network     [32]\n"
                           "------------------------------------------\n"
                           "3,296 parameters, 3,232 trainable, 64 frozen; 64 values in buffers\n");
    gan_layer_destroy(layer);
    ASSERT_OK(ctx, gan_layer_create(ctx, &layer, "dense", "units=2"));
    ASSERT_OK(ctx, gan_layer_summary(layer, text, sizeof text, NULL));
    ck_assert_ptr_nonnull(strstr(text, "not built"));
    gan_layer_destroy(layer);
    gan_context_destroy(ctx);
}
END_TEST

TCase *
text_tests(void)
{
    TCase *tests = tcase_create("text");

    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, text_spells_out);
    tcase_add_loop_test(tests, text_round_trip, 0, (int)(sizeof good / sizeof good[0]));
    tcase_add_loop_test(tests, text_refused, 0, (int)(sizeof bad / sizeof bad[0]));
    tcase_add_test(tests, text_without_shape_is_not_built);
    tcase_add_test(tests, text_limits);
    tcase_add_test(tests, text_garbage);
    tcase_add_test(tests, text_summary);
    return tests;
}
