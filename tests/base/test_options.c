/* Option text: values, bounds, sentences, places, printing back, updates. */
#include "suites.h"

#include <math.h>
#include <stddef.h>

#include "allocator.h"
#include "base/memory.h"
#include "base/options.h"

struct sample {
    int64_t filters;
    int64_t kernel[2];
    struct gan__option_shape shape;
    double lr, decay, gain;
    bool bias;
    int32_t init;
    char *path;
    char *note;
    uint64_t seed, limit;
};

#define ROW(member, kind)                                                                          \
    .name = #member, .type = GAN__OPTION_##kind, .offset = offsetof(struct sample, member)

static const struct gan__option sample_options[] = {
    {ROW(filters, INT), .minimum = 1, .maximum = 4096, .required = true, .doc = "output channels"},
    {ROW(kernel, PAIR), .minimum = 1, .maximum = 64, .fallback = "4", .doc = "window"},
    {ROW(shape, SHAPE), .minimum = 1, .doc = "of one sample"},
    {ROW(lr, REAL), .minimum_open = true, .fallback = "2e-4", .doc = "step size"},
    {ROW(decay, REAL), .maximum = 1, .maximum_open = true, .fallback = "0.9"},
    {ROW(gain, REAL), .minimum = -INFINITY, .maximum = 2},
    {ROW(bias, BOOL), .fallback = "true", .doc = "add an offset"},
    {ROW(init, CHOICE), .choices = "auto|dcgan|he|glorot", .fallback = "auto"},
    {ROW(path, TEXT), .fallback = "out dir"},
    {ROW(note, TEXT)},
    {ROW(seed, UINT)},
    {ROW(limit, BYTES)},
    GAN__OPTION_END};

struct common {
    char *name;
    bool trainable;
};

static const struct gan__option common_options[] = {
    {.name = "name", .type = GAN__OPTION_TEXT, .offset = offsetof(struct common, name)},
    {.name = "trainable",
     .type = GAN__OPTION_BOOL,
     .offset = offsetof(struct common, trainable),
     .fallback = "true"},
    GAN__OPTION_END};

static const struct gan__option_origin origin = {.kind = "conv2d"};

static gan_status
parse(gan_context *ctx, struct sample *values, const char *text)
{
    gan__recover(ctx);
    return gan__options_parse(ctx, sample_options, values, NULL, NULL, text,
                              text == NULL ? 0 : strlen(text), &origin);
}

START_TEST(test_defaults)
{
    gan_context *ctx = bare_context(NULL);
    struct sample values;
    memset(&values, 0xFF, sizeof values);
    ASSERT_OK(ctx, parse(ctx, &values, "filters=3"));
    ck_assert_int_eq(values.filters, 3);
    ck_assert(values.kernel[0] == 4 && values.kernel[1] == 4);
    ck_assert_int_eq(values.shape.rank, 0);
    ck_assert(values.lr == 2e-4 && values.decay == 0.9 && values.gain == 0);
    ck_assert(values.bias && values.init == 0);
    ck_assert_str_eq(values.path, "out dir");
    ck_assert_ptr_null(values.note);
    ck_assert(values.seed == 0 && values.limit == 0);
    gan__options_free(ctx, sample_options, &values);
    ck_assert_ptr_null(values.path);
    gan__context_unref(ctx);
}
END_TEST

START_TEST(test_values)
{
    gan_context *ctx = bare_context(NULL);
    struct sample values;
    ASSERT_OK(ctx,
              parse(ctx, &values,
                    "\t filters=4096 kernel=3x5\nshape=7x7x128 lr=1E-3 decay=0 gain=-3.5 "
                    "bias=false init=glorot  "
                    "path=\"a \\\"b\\\" \\\\ c\" note=grün seed=18446744073709551615 limit=3GiB "));
    ck_assert_int_eq(values.filters, 4096);
    ck_assert(values.kernel[0] == 3 && values.kernel[1] == 5);
    ck_assert(values.shape.rank == 3 && values.shape.size[0] == 7 && values.shape.size[2] == 128);
    ck_assert(values.lr == 1e-3 && values.decay == 0 && values.gain == -3.5);
    ck_assert(!values.bias && values.init == 3);
    ck_assert_str_eq(values.path, "a \"b\" \\ c");
    ck_assert_str_eq(values.note, "grün");
    ck_assert(values.seed == UINT64_MAX && values.limit == 3221225472u);
    gan__options_free(ctx, sample_options, &values);
    ASSERT_OK(ctx, parse(ctx, &values, "filters=\"7\" note=\"\" limit=64KiB"));
    ck_assert_int_eq(values.filters, 7);
    ck_assert_str_eq(values.note, "");
    ck_assert_uint_eq(values.limit, 65536);
    gan__options_free(ctx, sample_options, &values);
    gan__context_unref(ctx);
}
END_TEST

static const struct {
    const char *text, *sentence;
} refused[] = {
    {"",
     "conv2d: filters is missing: filters=<a whole number between 1 and 4096>, output channels"},
    {"filter=3", "conv2d: unknown option \"filter\"; did you mean \"filters\"? (options: filters, "
                 "kernel, shape, lr, decay, "
                 "gain, bias, init, path, note, seed, limit)"},
    {"xyzzyq=3", "conv2d: unknown option \"xyzzyq\" (options: filters, kernel"},
    {"filters=0", "conv2d: filters is 0, but must be a whole number between 1 and 4096"},
    {"filters=4097", "conv2d: filters is 4097, but must be"},
    {"filters=two", "conv2d: filters is \"two\", but must be a whole number between 1 and 4096"},
    {"filters=1.5", "filters is 1.5, but must be a whole number"},
    {"filters=1e3", "filters is 1e3, but must be a whole number"},
    {"filters=", "filters is \"\", but must be a whole number"},
    {"filters=99999999999999999999", "filters is 99999999999999999999, but must be"},
    {"filters=1 filters=2", "conv2d: filters is given twice"},
    {"filters=1 lr=0", "conv2d: lr is 0, but must be above 0"},
    {"filters=1 lr=-1", "conv2d: lr is -1, but must be above 0"},
    {"filters=1 lr=nan", "lr is \"nan\", but must be a number above 0"},
    {"filters=1 lr=1,5", "lr is \"1,5\", but must be a number"},
    {"filters=1 decay=1", "decay is 1, but must be at least 0 and below 1"},
    {"filters=1 decay=-0.1", "decay is -0.1, but must be at least 0 and below 1"},
    {"filters=1 gain=2.5", "gain is 2.5, but must be at most 2"},
    {"filters=1 bias=yes", "bias is \"yes\", but must be true or false"},
    {"filters=1 init=dcgna",
     "init is \"dcgna\", but must be one of auto|dcgan|he|glorot; did you mean \"dcgan\"?"},
    {"filters=1 init=zzzzzzz", "init is \"zzzzzzz\", but must be one of auto|dcgan|he|glorot"},
    {"filters=1 kernel=3x", "kernel is \"3x\", but must be a whole number, or two as in 4x3 "
                            "(height x width), between 1 and 64"},
    {"filters=1 kernel=1x2x3", "kernel is \"1x2x3\""},
    {"filters=1 kernel=0x2", "kernel is \"0x2\""},
    {"filters=1 kernel=x", "kernel is \"x\""},
    {"filters=1 shape=1x1x1x1x1x1x1x1x1",
     "shape is \"1x1x1x1x1x1x1x1x1\", but must be 1 to 8 whole numbers as in 7x7x128, "
     "each at least 1"},
    {"filters=1 shape=7x0", "shape is \"7x0\""},
    {"filters=1 seed=-1", "seed is -1, but must be a whole number from 0"},
    {"filters=1 limit=2GB", "limit is \"2GB\", but must be a number of bytes, as in 4096, 64KiB"},
    {"filters=1 limit=99999999999GiB", "limit is \"99999999999GiB\""},
    {"filters=1 limit=iB", "limit is \"iB\""},
    {"filters=1 limit=GiB", "limit is \"GiB\""},
    {"filters", "conv2d: found \"filters\", wanted key=value"},
    {"filters=1 =5", "conv2d: found \"=\", wanted key=value"},
    {"filters = 1", "conv2d: found \"filters\", wanted key=value"},
    {"filters=1 note=\"open", "conv2d: a quote is not closed"},
    {"filters=1 note=\"a\"b", "conv2d: found \"b\" right after a closing quote, wanted a space"},
    {"filters=1 note=a\"b", "conv2d: a quote inside a value"},
    {"filters=1 note=\"a\\n\"", "conv2d: a \\ in quotes stands before \" or \\ only"},
    {"filters=1 note=\"a\\", "a \\ in quotes"},
    {"filters=1 note=\"a\nb\"", "conv2d: a value holds the control character 0x0a"},
    {"filters=1 no\x01te=1", "found the control character 0x01, wanted key=value"},
    {"filters=aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggggggggg",
     "filters is \"aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffff...\", but"},
};

START_TEST(test_refused)
{
    struct test_allocator allocator = {0};
    const gan_host host = test_allocator_host(&allocator);
    gan_context *ctx = bare_context(&host);
    struct sample values;
    ASSERT_FAILS(ctx, parse(ctx, &values, refused[_i].text), GAN_E_ARG, refused[_i].sentence);
    ck_assert(strncmp(ctx->error, "conv2d: ", 8) == 0);
    ck_assert(values.path == NULL && values.note == NULL); /* nothing to free */
    gan__context_unref(ctx);
    ck_assert_int_eq(allocator.blocks, 0);
}
END_TEST

START_TEST(test_zero_byte)
{
    gan_context *ctx = bare_context(NULL);
    struct sample values;
    ASSERT_FAILS(ctx,
                 gan__options_parse(ctx, sample_options, &values, NULL, NULL, "filters=1 note=a\0b",
                                    18, &origin),
                 GAN_E_ARG, "control character 0x00");
    gan__recover(ctx);
    ASSERT_OK(ctx, gan__options_parse(ctx, sample_options, &values, NULL, NULL, "filters=123", 9,
                                      &origin));
    ck_assert_int_eq(values.filters, 1); /* length bytes, no more */
    gan__options_free(ctx, sample_options, &values);
    gan__context_unref(ctx);
}
END_TEST

START_TEST(test_places)
{
    gan_context *ctx = bare_context(NULL);
    struct sample values;
    const struct gan__option_origin place = {.kind = "conv2d", .line = 3, .column = 8};
    ASSERT_FAILS(ctx,
                 gan__options_parse(ctx, sample_options, &values, NULL, NULL, "note=ä filters=0",
                                    17, &place),
                 GAN_E_ARG, "line 3, column 15: conv2d: filters is 0");
    gan__recover(ctx);
    ASSERT_FAILS(ctx,
                 gan__options_parse(ctx, sample_options, &values, NULL, NULL,
                                    "bias=true\n  filters=0", 21, &place),
                 GAN_E_ARG, "line 4, column 3: conv2d: filters is 0");
    gan__recover(ctx);
    ASSERT_FAILS(
        ctx, gan__options_parse(ctx, sample_options, &values, NULL, NULL, "bias=true", 9, &place),
        GAN_E_ARG, "line 3, column 8: conv2d: filters is missing");
    gan__context_unref(ctx);
}
END_TEST

START_TEST(test_common)
{
    gan_context *ctx = bare_context(NULL);
    struct sample values;
    struct common common;
    static const char text[] = "name=first filters=2 trainable=false";
    ASSERT_OK(ctx, gan__options_parse(ctx, sample_options, &values, common_options, &common, text,
                                      strlen(text), &origin));
    ck_assert_str_eq(common.name, "first");
    ck_assert(!common.trainable && values.filters == 2);
    gan__options_free(ctx, sample_options, &values);
    gan__options_free(ctx, common_options, &common);
    static const char wrong[] = "name=first filters=2 trainabel=false";
    ASSERT_FAILS(ctx,
                 gan__options_parse(ctx, sample_options, &values, common_options, &common, wrong,
                                    strlen(wrong), &origin),
                 GAN_E_ARG,
                 "did you mean \"trainable\"? (options: filters, kernel, shape, lr, decay, gain, "
                 "bias, init, path, "
                 "note, seed, limit, name, trainable)");
    ck_assert_ptr_null(common.name);
    static const struct gan__option none[] = {GAN__OPTION_END};
    gan__recover(ctx);
    ASSERT_FAILS(ctx, gan__options_parse(ctx, none, &values, NULL, NULL, "a=1", 3, &origin),
                 GAN_E_ARG, "conv2d: unknown option \"a\"; there are none here");
    gan__context_unref(ctx);
}
END_TEST

static void
assert_same(const struct sample *a, const struct sample *b)
{
    ck_assert(a->filters == b->filters && a->kernel[0] == b->kernel[0] &&
              a->kernel[1] == b->kernel[1]);
    ck_assert_mem_eq(&a->shape, &b->shape, sizeof a->shape);
    ck_assert(a->lr == b->lr && a->decay == b->decay && a->gain == b->gain && a->bias == b->bias &&
              a->init == b->init);
    ck_assert(a->seed == b->seed && a->limit == b->limit);
    ck_assert_str_eq(a->path, b->path);
    ck_assert_int_eq(a->note == NULL, b->note == NULL);
    if (a->note != NULL) {
        ck_assert_str_eq(a->note, b->note);
    }
}

START_TEST(test_print)
{
    gan_context *ctx = bare_context(NULL);
    static const char *const texts[] = {"filters=3",
                                        "filters=3 kernel=2x7 shape=5 lr=0.30000000000000004 "
                                        "gain=-1e-30 note=\"\" path=\"{ # = }\"",
                                        "filters=3 shape=1x2x3x4x5x6x7x8 path=\"\\\\server\\\\a "
                                        "b\\\"\" bias=false seed=18446744073709551615"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct sample values, again;
        struct gan__text text;
        ASSERT_OK(ctx, parse(ctx, &values, texts[i]));
        gan__text_init(&text, ctx);
        gan__options_print(&text, sample_options, &values);
        ASSERT_OK(ctx, text.status);
        if (i == 0) {
            ck_assert_str_eq(text.data,
                             " filters=3 kernel=4 lr=0.0002 decay=0.9 gain=0 bias=true init=auto "
                             "path=\"out dir\" seed=0 limit=0");
        }
        ASSERT_OK(ctx, parse(ctx, &again, text.data));
        assert_same(&values, &again);
        gan__text_free(&text);
        gan__options_free(ctx, sample_options, &values);
        gan__options_free(ctx, sample_options, &again);
    }
    gan__context_unref(ctx);
}
END_TEST

START_TEST(test_document)
{
    gan_context *ctx = bare_context(NULL);
    struct gan__text text;
    gan__text_init(&text, ctx);
    gan__options_document(&text, sample_options);
    ck_assert_ptr_nonnull(strstr(
        text.data, "  filters (a whole number between 1 and 4096, required): output channels\n"));
    ck_assert_ptr_nonnull(strstr(text.data, "  lr=2e-4 (a number above 0): step size\n"));
    ck_assert_ptr_nonnull(strstr(text.data, "  init=auto (one of auto|dcgan|he|glorot): \n"));
    ck_assert_ptr_nonnull(strstr(text.data, "  path=\"out dir\" (a text): \n"));
    gan__text_free(&text);
    gan__context_unref(ctx);
}
END_TEST

START_TEST(test_update)
{
    struct test_allocator allocator = {0};
    const gan_host host = test_allocator_host(&allocator);
    gan_context *ctx = bare_context(&host);
    struct sample values, before;
    ASSERT_OK(ctx, parse(ctx, &values, "filters=3 note=old kernel=5"));
    ASSERT_OK(ctx, gan__options_update(ctx, sample_options, &values, "lr=0.5 note=new", &origin));
    ck_assert(values.lr == 0.5 && values.filters == 3 && values.kernel[1] == 5 &&
              values.decay == 0.9);
    ck_assert_str_eq(values.note, "new");
    ck_assert_str_eq(values.path, "out dir");
    before = values;
    ASSERT_FAILS(
        ctx,
        gan__options_update(ctx, sample_options, &values, "filters=9 note=x path=y lr=-1", &origin),
        GAN_E_ARG, "conv2d: lr is -1, but must be above 0");
    assert_same(&values, &before);
    gan__recover(ctx);
    ASSERT_OK(ctx, gan__options_update(ctx, sample_options, &values, NULL, &origin));
    assert_same(&values, &before);
    gan__options_free(ctx, sample_options, &values);
    gan__context_unref(ctx);
    ck_assert_int_eq(allocator.blocks, 0);
}
END_TEST

START_TEST(test_update_both)
{
    struct test_allocator allocator = {0};
    const gan_host host = test_allocator_host(&allocator);
    gan_context *ctx = bare_context(&host);
    struct sample values;
    struct common common;
    const char *text = "filters=3 note=old name=first";
    ASSERT_OK(ctx, gan__options_parse(ctx, sample_options, &values, common_options, &common, text,
                                      strlen(text), &origin));
    ASSERT_OK(ctx, gan__options_update_both(ctx, sample_options, &values, common_options, &common,
                                            "name=second lr=0.5", &origin));
    ck_assert_str_eq(common.name, "second");
    ck_assert(common.trainable && values.lr == 0.5 && values.filters == 3);
    static const char *const bad[] = {"trainable=false lr=0.25 name=third filters=0",
                                      "filters=4 note=new trainable=maybe", "name=a name=b"};
    for (int i = 0; i < 3; i++) {
        const struct sample before = values;
        const struct common common_before = common;
        gan__recover(ctx);
        ck_assert_int_eq(gan__options_update_both(ctx, sample_options, &values, common_options,
                                                  &common, bad[i], &origin),
                         GAN_E_ARG);
        assert_same(&values, &before);
        ck_assert(common.name == common_before.name && common.trainable);
        ck_assert_str_eq(common.name, "second");
    }
    gan__recover(ctx);
    for (int64_t n = 1, st = GAN_E_NOMEM; st != GAN_OK; n++) {
        gan__memory_trim(ctx);
        atomic_store(&allocator.requests, 0);
        atomic_store(&allocator.refuse_from, n);
        st = gan__options_update_both(ctx, sample_options, &values, common_options, &common,
                                      "name=fourth note=new path=p", &origin);
        atomic_store(&allocator.refuse_from, 0);
        ck_assert_str_eq(common.name, st == GAN_OK ? "fourth" : "second");
        ck_assert_str_eq(values.note, st == GAN_OK ? "new" : "old");
        ck_assert(st == GAN_E_NOMEM || (st == GAN_OK && n > 4));
        gan__recover(ctx);
    }
    gan__options_free(ctx, sample_options, &values);
    gan__options_free(ctx, common_options, &common);
    gan__context_unref(ctx);
    ck_assert_int_eq(allocator.blocks, 0);
}
END_TEST

/* The n-th allocation fails, for every n: a status, nothing kept, nothing changed. */
START_TEST(test_parse_refused)
{
    struct test_allocator allocator = {0};
    const gan_host host = test_allocator_host(&allocator);
    bool done = false;
    for (int64_t n = 1; !done; n++) {
        gan_context *ctx = bare_context(&host);
        struct sample values;
        atomic_store(&allocator.requests, 0);
        atomic_store(&allocator.refuse_from, n);
        gan_status st = parse(ctx, &values, "filters=3 note=some path=other");
        if (st == GAN_OK) {
            st = gan__options_update(ctx, sample_options, &values, "note=more path=less", &origin);
            ck_assert_str_eq(values.note, st == GAN_OK ? "more" : "some");
            ck_assert_str_eq(values.path, st == GAN_OK ? "less" : "other");
            gan__options_free(ctx, sample_options, &values);
        }
        done = st == GAN_OK;
        ck_assert(done || (st == GAN_E_NOMEM && strstr(ctx->error, "no memory") != NULL));
        atomic_store(&allocator.refuse_from, 0);
        gan__context_unref(ctx);
        ck_assert_int_eq(allocator.blocks, 0);
        ck_assert(!done || n > 4);
    }
}
END_TEST

START_TEST(test_nearest)
{
    static const char *const names[] = {"leaky_relu",       "relu", "batch_norm", "conv2d",
                                        "conv_transpose2d", "tanh", "dcgan",      "wgan_gp"};
    static const struct {
        const char *word, *nearest;
    } cases[] = {{"rleu", "relu"},
                 {"Relu", "relu"},
                 {"batchnorm", "batch_norm"},
                 {"conv2", "conv2d"},
                 {"leakyrelu", "leaky_relu"},
                 {"conv_tranpose2d", "conv_transpose2d"},
                 {"", NULL},
                 {"softmax", NULL},
                 {"x", NULL},
                 {"wgan", "wgan_gp"},
                 {"conv", "conv2d"},
                 {"conv_", "conv_transpose2d"},
                 {"relu6", "relu"},
                 {"leaky", "leaky_relu"},
                 {"l", NULL},
                 {"tnah", "tanh"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *found = gan__nearest(cases[i].word, strlen(cases[i].word), names,
                                         sizeof names / sizeof names[0]);
        if (cases[i].nearest == NULL) {
            ck_assert_msg(found == NULL, "%s: %s", cases[i].word, found);
        } else {
            ck_assert_msg(found != NULL, "%s: none", cases[i].word);
            ck_assert_str_eq(found, cases[i].nearest);
        }
    }
    char longer[300];
    memset(longer, 'a', sizeof longer);
    ck_assert_ptr_null(gan__nearest(longer, sizeof longer, names, 8));
}
END_TEST

Suite *
options_suite(void)
{
    Suite *suite = suite_create("base/options");
    TCase *tcase = tcase_create("options");
    tcase_add_test(tcase, test_defaults);
    tcase_add_test(tcase, test_values);
    tcase_add_loop_test(tcase, test_refused, 0, (int)(sizeof refused / sizeof refused[0]));
    tcase_add_test(tcase, test_zero_byte);
    tcase_add_test(tcase, test_places);
    tcase_add_test(tcase, test_common);
    tcase_add_test(tcase, test_print);
    tcase_add_test(tcase, test_document);
    tcase_add_test(tcase, test_update);
    tcase_add_test(tcase, test_update_both);
    tcase_add_test(tcase, test_parse_refused);
    tcase_add_test(tcase, test_nearest);
    suite_add_tcase(suite, tcase);
    return suite;
}
