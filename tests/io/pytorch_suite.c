/*
 * Files of PyTorch's: models that its own code made (tests/oracle/make_pytorch.py) are loaded and compute the same, and
 * are written as the same tensors again.
 */
#include "faults.h"
#include "suites.h"

#include <math.h>

#include "io/half.h"
#include "io/weights.h"
#include "oracle/pytorch.h"

static gan_context *ctx;

static void
setup(void)
{
    files_begin();
    faults_clear();
    ASSERT_OK(ctx, gan_context_create(&ctx, "threads=1 seed=3", NULL));
}

static void
teardown(void)
{
    gan_context_destroy(ctx);
    files_end();
}

static const char *
oracle(const char *name)
{
    static char path[512];

    (void)snprintf(path, sizeof path, ORACLE_FILES "/%s.safetensors", name);
    return path;
}

/* The network's output on numbers that are drawn, from malloc. */
static float *
compute(gan_layer *layer, const char *fill, const int64_t *shape, int32_t rank, int64_t *count)
{
    const struct oracle_fill *drawn = oracle_fill_find(pytorch_fills, fill);
    gan_tensor *x = NULL, *y = NULL;
    float *numbers = malloc((size_t)drawn->count * sizeof(float));

    ck_assert_ptr_nonnull(numbers);
    oracle_draw(drawn, numbers);
    ASSERT_OK(ctx, gan_tensor_create(ctx, &x, shape, rank, numbers));
    ASSERT_OK(ctx, gan_layer_forward(layer, &y, x, 0));
    ASSERT_OK(ctx, gan_tensor_count(y, count));
    numbers = realloc(numbers, (size_t)*count * sizeof(float));
    ck_assert_ptr_nonnull(numbers);
    ASSERT_OK(ctx, gan_tensor_read(y, numbers, *count));
    gan_tensor_destroy(x);
    gan_tensor_destroy(y);
    return numbers;
}

static void
compare(const char *name, const float *found, int64_t count, double tolerance)
{
    const struct oracle_numbers *wanted = oracle_find(pytorch_numbers, name);

    ck_assert_int_eq(wanted->count, count);
    for (int64_t i = 0; i < count; i++) {
        ck_assert_msg(fabs((double)found[i] - (double)wanted->values[i]) <= tolerance,
                      "%s: %lld is %.9g, wanted %.9g", name, (long long)i, (double)found[i],
                      (double)wanted->values[i]);
    }
}

#define DCGAN "layout=pytorch_dcgan sequential=main"

START_TEST(test_dcgan_generator)
{
    enum { EVERY = 61 }; /* as in make_pytorch.py */
    const int64_t shape[] = {3, 20};
    gan_layer *layer = weights_preset(ctx, "dcgan_generator", "size=64 width=3 noise=20");
    int64_t loaded = 0, count = 0;

    /* The preset's last layer has an offset, PyTorch's has none: whatever it was, it becomes 0. */
    weights_mark(ctx, layer, 0.5F);
    ASSERT_OK(ctx, gan_layer_load_values(layer, &loaded, oracle("dcgan_generator"), DCGAN));
    ck_assert_int_eq(loaded, 5 + 4 * 4);
    float *samples = compute(layer, "latents", shape, 2, &count);
    ck_assert_int_eq(count, (int64_t)3 * 64 * 64 * 3);
    for (int64_t i = 0; i * EVERY < count; i++) {
        samples[i] = samples[i * EVERY];
    }
    compare("samples", samples, (count + EVERY - 1) / EVERY, 1e-4);
    free(samples);

    ASSERT_OK(ctx, gan_layer_save(layer, files_path("again"), DCGAN));
    ck_assert_int_eq(weights_same_tensors(ctx, oracle("dcgan_generator"), files_path("again")), 21);
    ck_assert_int_eq(weights_same_tensors(ctx, files_path("again"), oracle("dcgan_generator")), 21);
    gan_layer_destroy(layer);
}
END_TEST

START_TEST(test_dcgan_discriminator)
{
    const int64_t shape[] = {3, 64, 64, 3};
    gan_layer *layer = weights_preset(ctx, "dcgan_discriminator", "size=64 width=3");
    int64_t loaded = 0, count = 0;

    weights_mark(ctx, layer, 0.5F);
    ASSERT_OK(ctx, gan_layer_load_values(layer, &loaded, oracle("dcgan_discriminator"), DCGAN));
    ck_assert_int_eq(loaded, 5 + 3 * 4);
    float *logits = compute(layer, "pictures", shape, 4, &count);
    for (int64_t i = 0; i < count; i++) {
        logits[i] = 1 / (1 + expf(-logits[i])); /* PyTorch's has a Sigmoid */
    }
    compare("probabilities", logits, count, 1e-4);
    free(logits);
    ASSERT_OK(ctx, gan_layer_save(layer, files_path("again"), DCGAN));
    ck_assert_int_eq(weights_same_tensors(ctx, oracle("dcgan_discriminator"), files_path("again")),
                     17);
    ck_assert_int_eq(weights_same_tensors(ctx, files_path("again"), oracle("dcgan_discriminator")),
                     17);
    gan_layer_destroy(layer);
}
END_TEST

/* An offset that is not 0 is written, and is read again. */
START_TEST(test_dcgan_offset)
{
    gan_layer *layer = weights_preset(ctx, "dcgan_discriminator", "size=28 channels=1 width=2");
    gan_layer *other = weights_preset(ctx, "dcgan_discriminator", "size=28 channels=1 width=2");
    struct gan__state state;

    weights_mark(ctx, layer, 0.25F);
    ASSERT_OK(ctx, gan_layer_save(layer, files_path("a"), DCGAN));
    weights_state(ctx, &state, files_path("a"));
    const struct gan__state_entry *bias = gan__state_find(&state, "", "main.5.bias");
    ck_assert(bias != NULL && bias->tensor != NULL && bias->tensor->count == 1);
    weights_free(ctx, &state);
    ASSERT_OK(ctx, gan_layer_load_values(other, NULL, files_path("a"), DCGAN));
    weights_same(ctx, layer, other);
    gan_layer_destroy(other);
    /* The file says how it is to be read. */
    ASSERT_OK(ctx, gan_layer_load(ctx, &other, files_path("a"), NULL));
    weights_same(ctx, layer, other);
    ASSERT_FAILS(ctx, gan_layer_load_values(other, NULL, files_path("a"), "sequential=main"),
                 GAN_E_FORMAT, "the file is in layout=pytorch_dcgan, not libgan");
    gan_layer_destroy(other);
    gan_layer_destroy(layer);
}
END_TEST

/* Linear layers around pictures, norms on features, and names of modules. */
START_TEST(test_mixed)
{
    const int64_t shape[] = {4, 5};
    gan_layer *layer = weights_parse(ctx, oracle_text_find(pytorch_texts, "mixed"));
    gan_layer *again = NULL;
    int64_t loaded = 0, count = 0;

    ASSERT_OK(ctx, gan_layer_load_values(layer, &loaded, oracle("mixed"), "layout=pytorch"));
    ck_assert_int_eq(loaded, 2 + 4 + 1 + 2 + 2 + 2 + 2 + 2 + 4 + 1);
    float *y = compute(layer, "mixed", shape, 2, &count);
    compare("mixed", y, count, 1e-4);
    free(y);
    ASSERT_OK(ctx, gan_layer_save(layer, files_path("again"), "layout=pytorch"));
    ck_assert_int_eq(weights_same_tensors(ctx, oracle("mixed"), files_path("again")), loaded);
    ck_assert_int_eq(weights_same_tensors(ctx, files_path("again"), oracle("mixed")), loaded);
    ASSERT_OK(ctx, gan_layer_load(ctx, &again, files_path("again"), NULL));
    weights_same(ctx, layer, again);
    gan_layer_destroy(again);
    gan_layer_destroy(layer);
}
END_TEST

/* spectral_norm's vectors under both of PyTorch's names. */
START_TEST(test_spectral)
{
    static const char *const names[] = {"spectral_hooks", "spectral_parametrized"};
    const int64_t shape[] = {3, 4, 5, 2};
    gan_layer *layer = weights_parse(ctx, oracle_text_find(pytorch_texts, "spectral"));
    int64_t loaded = 0, count = 0;

    ASSERT_OK(ctx, gan_layer_load_values(layer, &loaded, oracle(names[_i]), "layout=pytorch"));
    ck_assert_int_eq(loaded, 4 + 3 + 4);
    float *y = compute(layer, "spectral", shape, 4, &count);
    compare(names[_i], y, count, 1e-5);
    free(y);
    if (_i == 0) {
        ASSERT_OK(ctx, gan_layer_save(layer, files_path("again"), "layout=pytorch"));
        ck_assert_int_eq(weights_same_tensors(ctx, oracle(names[0]), files_path("again")), 11);
        ck_assert_int_eq(weights_same_tensors(ctx, files_path("again"), oracle(names[0])), 11);
    }
    gan_layer_destroy(layer);
}
END_TEST

/* Weights without their vectors: the vectors are found anew. */
START_TEST(test_spectral_without_vectors)
{
    static const char text[] = "gan-network 1\ninput shape=6\n"
                               "dense name=a units=4 spectral_norm=true trainable=%s\n"
                               "dense name=b units=4 spectral_norm=true\n";
    char plain_text[256], own_text[256];
    gan_tensor *weight = NULL, *u = NULL, *v = NULL;
    float w[24], left[4], right[6], sigma = 0;
    int64_t loaded = 0;

    (void)snprintf(own_text, sizeof own_text, text, _i == 0 ? "true" : "false");
    (void)snprintf(plain_text, sizeof plain_text, "%s",
                   "gan-network 1\ninput shape=6\ndense name=a units=4\n");
    gan_layer *plain = weights_parse(ctx, plain_text);
    gan_layer *layer = weights_parse(ctx, own_text);
    float before[2][4], after[2][4];
    ASSERT_OK(ctx, gan_layer_find_parameter(layer, &u, "b.weight_u"));
    ASSERT_OK(ctx, gan_tensor_read(u, before[0], 4));
    ASSERT_OK(ctx, gan_layer_save(plain, files_path("plain"), NULL));
    ASSERT_FAILS(ctx, gan_layer_load_values(layer, NULL, files_path("plain"), "only=a"),
                 GAN_E_FORMAT, "\"a.weight_u\" is missing; spectral_norm=true needs its vectors");
    ASSERT_OK(ctx,
              gan_layer_load_values(layer, &loaded, files_path("plain"), "only=a strict=false"));
    ck_assert_int_eq(loaded, 2);
    ASSERT_OK(ctx, gan_tensor_read(u, after[0], 4)); /* of the layer that was not loaded */
    ck_assert_mem_eq(before[0], after[0], sizeof before[0]);
    gan_tensor_destroy(u);
    ASSERT_OK(ctx, gan_layer_find_parameter(layer, &weight, "a.weight"));
    ASSERT_OK(ctx, gan_layer_find_parameter(layer, &u, "a.weight_u"));
    ASSERT_OK(ctx, gan_layer_find_parameter(layer, &v, "a.weight_v"));
    ASSERT_OK(ctx, gan_tensor_read(weight, w, 24));
    ASSERT_OK(ctx, gan_tensor_read(u, left, 4));
    ASSERT_OK(ctx, gan_tensor_read(v, right, 6));
    /* |W'v| = sigma = u'W'v for singular vectors, which 15 iterations come near. */
    float length = 0;
    for (int k = 0; k < 4; k++) {
        float sum = 0;
        for (int i = 0; i < 6; i++) {
            sum += w[i * 4 + k] * right[i];
        }
        sigma += sum * left[k];
        length += sum * sum;
    }
    ck_assert_float_eq_tol(sigma, sqrtf(length), 1e-2F * sigma);
    gan_tensor_destroy(weight);
    gan_tensor_destroy(u);
    gan_tensor_destroy(v);
    gan_layer_destroy(plain);
    gan_layer_destroy(layer);
}
END_TEST

/* Each type of numbers beside its float32, as NumPy and PyTorch convert it. */
START_TEST(test_types)
{
    static const char *const types[][2] = {{"f64", "F64"}, {"f16", "F16"}, {"bf16", "BF16"}};
    struct gan__state state;

    weights_state(ctx, &state, oracle("types"));
    for (size_t i = 0; i < 3; i++) {
        const struct gan__state_entry *entry = gan__state_find(&state, "", types[i][0]);
        const struct gan__state_entry *wanted = gan__state_find(&state, types[i][0], ".wanted");
        ck_assert(entry != NULL && entry->tensor != NULL && wanted != NULL);
        ck_assert_str_eq(entry->type, types[i][1]);
        ck_assert_int_gt(entry->tensor->count, 300);
        for (int64_t k = 0; k < entry->tensor->count; k++) {
            uint32_t found, right;
            memcpy(&found, gan__data(entry->tensor) + k, 4);
            memcpy(&right, gan__data(wanted->tensor) + k, 4);
            if ((right & 0x7fffffff) > 0x7f800000) { /* not a number stays none */
                ck_assert_uint_gt(found & 0x7fffffff, 0x7f800000);
            } else {
                ck_assert_msg(found == right, "%s: number %lld is %08x, wanted %08x", types[i][0],
                              (long long)k, found, right);
            }
        }
    }
    const struct gan__state_entry *entry = gan__state_find(&state, "", "i64");
    ck_assert(entry != NULL && gan__state_is_unread(entry));
    ck_assert_str_eq(entry->type, "I64");
    ck_assert_int_eq(entry->unread.rank, 2);
    ck_assert_int_eq(entry->unread.size[1], 3);
    weights_free(ctx, &state);
}
END_TEST

/* What PyTorch cannot say. */
static const struct {
    const char *text, *options, *sentence;
} refused[] = {
    {"input shape=4\nminibatch_discrimination\n", "layout=pytorch",
     "layer 1 (minibatch_discrimination): PyTorch has no layer with such parameters"},
    {"input shape=2x2x2\nflatten\nminibatch_stddev\ndense units=1\n", "layout=pytorch",
     "layer 2 (minibatch_stddev): it would see a picture's features in another order"},
    {"input shape=8\nreshape shape=2x2x2\nconv2d filters=1 kernel=2\n", "layout=pytorch",
     "layer 1 (reshape)"},
    {"input shape=4x4x2\nreshape shape=2x2x8\nconv2d filters=1 kernel=2\n", "layout=pytorch",
     "layer 1 (reshape)"},
    {"input shape=2x2x2\nconcat {\nflatten\n} {\nflatten\n}\ndense units=1\n", "layout=pytorch",
     "layer 1.0 (network): a flattened picture leaves the block"},
    {"input shape=2x2x2\nflatten\nresidual {\ndense units=8\n} {\n}\ndense units=1\n",
     "layout=pytorch", "layer 2 (residual): a flattened picture goes into its blocks"},
    {"input shape=2x2x2\nflatten\ngroup_norm groups=2\ndense units=1\n", "layout=pytorch",
     "layer 2 (group_norm)"},
    {"input shape=3\ndense units=8\nreshape shape=2x2x2\n", DCGAN,
     "layer 1 (dense): a convolution has one offset"},
    {"input shape=3\ndense units=8 bias=false\nbatch_norm\nreshape shape=2x2x2\n", DCGAN,
     "layer 2 (batch_norm): it has numbers for each pixel"},
    {"input shape=2x2x2\nflatten\ndense units=8 bias=false\nreshape shape=2x2x2\n", DCGAN,
     "layer 2 (dense): no convolution"},
    {"input shape=2\nresidual {\ndense units=2\n} {\n}\n", "sequential=main",
     "layer 1 (residual) has blocks"},
    {"input shape=2\ndense units=2\n", "sequential=a/b", "sequential is \"a/b\""},
    {"input shape=2\ndense units=2\n", "layout=torch", "libgan|pytorch|pytorch_dcgan"},
};

START_TEST(test_refused)
{
    char text[512];

    (void)snprintf(text, sizeof text, "gan-network 1\n%s", refused[_i].text);
    gan_layer *layer = weights_parse(ctx, text);
    ASSERT_FAILS(ctx, gan_layer_save(layer, files_path("a"), refused[_i].options), GAN_E_ARG,
                 refused[_i].sentence);
    ck_assert_int_eq(files_count(), 0);
    ASSERT_FAILS(ctx, gan_layer_load_values(layer, NULL, "none", refused[_i].options), GAN_E_ARG,
                 refused[_i].sentence);
    gan_layer_destroy(layer);
}
END_TEST

/* What it can say, there and back: every number keeps its place. */
static const struct {
    const char *text, *options;
} kept[] = {
    {"input shape=3x2x4\nconv2d filters=5 kernel=2x1\nflatten\ndense units=6\nrelu\n"
     "dense units=12 bias=false\npixel_norm\nbatch_norm\nreshape shape=2x3x2\n"
     "conv_transpose2d filters=3 kernel=2x4\n",
     "layout=pytorch"},
    {"input shape=3x2x4\nconv2d filters=5 kernel=2x1\nflatten\ndense units=6\nrelu\n"
     "dense units=12 bias=false\nreshape shape=2x3x2\nconv_transpose2d filters=3 kernel=2x4\n",
     "layout=pytorch_dcgan"},
    {"input shape=2x3x2\nflatten\nreshape shape=2x3x2\nconv2d filters=1 kernel=2\n",
     "layout=pytorch sequential=m.0"},
    {"input shape=6\nreshape shape=1x1x6\nflatten\ngroup_norm groups=2\ndense units=2\n",
     "layout=pytorch_dcgan sequential=\"\""},
    {"input shape=2x2x3\nresidual {\nconv2d filters=3 kernel=1x1\n} {\n}\n"
     "concat {\nconv2d filters=2 kernel=2 padding=1\n} {\nconv_transpose2d filters=1 kernel=2\n}\n"
     "network {\nflatten\nbatch_norm\n}\ndense units=3\n",
     "layout=pytorch"},
    {"input shape=2x2x2\nflatten\ndense units=18 spectral_norm=true\nreshape shape=3x3x2\n"
     "conv2d filters=2 kernel=3x2 spectral_norm=true\n",
     "layout=pytorch"},
    {"input shape=2x3x2\nflatten\ndense units=4 spectral_norm=true\n", DCGAN},
    {"input shape=3x2x4\nflatten\ndense units=2\n", "layout=pytorch dtype=float16"},
};

START_TEST(test_kept)
{
    char text[512], load[128];
    gan_layer *again = NULL;

    (void)snprintf(text, sizeof text, "gan-network 1\n%s", kept[_i].text);
    (void)snprintf(load, sizeof load, "%s", kept[_i].options);
    if (strstr(load, " dtype") != NULL) {
        *strstr(load, " dtype") = '\0';
    }
    gan_layer *layer = weights_parse(ctx, text), *other = weights_parse(ctx, text);
    weights_mark(ctx, layer, 1);
    ASSERT_OK(ctx, gan_layer_save(layer, files_path("a"), kept[_i].options));
    ASSERT_OK(ctx, gan_layer_load_values(other, NULL, files_path("a"), load));
    weights_same(ctx, layer, other);
    ASSERT_OK(ctx, gan_layer_load(ctx, &again, files_path("a"), NULL));
    weights_same(ctx, layer, again);
    gan_layer_destroy(again);
    gan_layer_destroy(other);
    gan_layer_destroy(layer);
}
END_TEST

Suite *
pytorch_suite(void)
{
    Suite *suite = suite_create("pytorch");
    TCase *tests = tcase_create("pytorch");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, test_dcgan_generator);
    tcase_add_test(tests, test_dcgan_discriminator);
    tcase_add_test(tests, test_dcgan_offset);
    tcase_add_test(tests, test_mixed);
    tcase_add_loop_test(tests, test_spectral, 0, 2);
    tcase_add_loop_test(tests, test_spectral_without_vectors, 0, 2);
    tcase_add_test(tests, test_types);
    tcase_add_loop_test(tests, test_refused, 0, sizeof refused / sizeof refused[0]);
    tcase_add_loop_test(tests, test_kept, 0, sizeof kept / sizeof kept[0]);
    suite_add_tcase(suite, tests);
    return suite;
}
