/*
 * The FID's Inception-v3, 16 times narrower, against the modules of torch-fidelity (pictures resized as TensorFlow does)
 * and pytorch-fid (as PyTorch does) in float64: oracle/make_inception.py. The network's text is that of
 * scripts/convert-inception.py; weights are drawn, and batch norms folded here.
 */
#include "support.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>

#include <gan/metrics.h>

#include "tensor/tensor.h"

#include "oracle/inception.h"

static gan_context *ctx;

static void
setup(void)
{
    ck_assert_int_eq(gan_context_create(&ctx, "threads=2", NULL), GAN_OK);
}

static void
teardown(void)
{
    gan_context_destroy(ctx);
}

/* "mixed_7c.1.2.0.branch3x3_2a.weight" is "Mixed_7c.branch3x3_2a" there. */
static void
module_name(char *name, const char *path)
{
    char *to = name;

    for (const char *from = path; strchr(from, '.') != NULL; from = strchr(from, '.') + 1) {
        const size_t length = (size_t)(strchr(from, '.') - from);
        if (isdigit((unsigned char)from[0])) {
            continue;
        }
        to += to == name ? 0 : 1;
        memcpy(to, from, length);
        if (strncmp(from, "mixed", 5) == 0 || strncmp(from, "conv2d", 6) == 0) {
            to[0] = (char)toupper((unsigned char)to[0]);
        }
        to += length;
        *to = '.';
    }
    *to = '\0';
}

static float *
drawn(const char *module, const char *tensor, int64_t *count)
{
    char name[96];

    snprintf(name, sizeof name, "%s.%s", module, tensor);
    const struct oracle_fill *fill = oracle_fill_find(inception_fills, name);
    float *values = malloc((size_t)fill->count * sizeof *values);
    oracle_draw(fill, values);
    *count = fill->count;
    return values;
}

/* [out, taps...] to [taps..., out], times a factor a channel. */
static void
put_weight(gan_tensor *tensor, const float *weight, int64_t count, const double *factors,
           const int64_t *shape)
{
    float *to = malloc((size_t)count * sizeof *to);
    const int64_t out = shape[3], in = shape[2], taps = shape[0] * shape[1];

    for (int64_t i = 0; i < count; i++) {
        const int64_t tap = i % taps, c = i / taps % in, f = i / taps / in;
        to[(tap * in + c) * out + f] = (float)((double)weight[i] * factors[f]);
    }
    ASSERT_OK(ctx, gan_tensor_write(tensor, to, count));
    free(to);
}

/* The layer's weight or bias. */
static void
set_folded(gan_tensor *tensor, const char *module, bool weight)
{
    enum { PARTS = 4 };
    static const char *const names[PARTS] = {"bn.weight", "bn.bias", "bn.running_mean",
                                             "bn.running_var"};
    int64_t shape[GAN_RANK_MAX], count = 0, channels = 0;
    int32_t rank = 0;
    float *parts[PARTS], folded[256];
    double factors[256];

    for (int32_t i = 0; i < PARTS; i++) {
        parts[i] = drawn(module, names[i], &channels);
    }
    ck_assert_int_le(channels, 256);
    for (int64_t i = 0; i < channels; i++) {
        factors[i] = (double)parts[0][i] / sqrt((double)parts[3][i] + 1e-3);
        folded[i] = (float)((double)parts[1][i] - (double)parts[2][i] * factors[i]);
    }
    if (weight) {
        float *values = drawn(module, "conv.weight", &count);
        ASSERT_OK(ctx, gan_tensor_shape(tensor, shape, GAN_RANK_MAX, &rank));
        ck_assert_int_eq(shape[0] * shape[1] * shape[2] * shape[3], count);
        put_weight(tensor, values, count, factors, shape);
        free(values);
    } else {
        ASSERT_OK(ctx, gan_tensor_write(tensor, folded, channels));
    }
    for (int32_t i = 0; i < PARTS; i++) {
        free(parts[i]);
    }
}

/* The last layer's. */
static void
set_last(gan_tensor *tensor)
{
    int64_t shape[GAN_RANK_MAX], count = 0;
    int32_t rank = 0;
    float *values = drawn("fc", "weight", &count);
    float *turned = malloc((size_t)count * sizeof *turned);

    ASSERT_OK(ctx, gan_tensor_shape(tensor, shape, GAN_RANK_MAX, &rank));
    for (int64_t i = 0; i < count; i++) {
        turned[i % shape[0] * shape[1] + i / shape[0]] = values[i];
    }
    ASSERT_OK(ctx, gan_tensor_write(tensor, turned, count));
    free(values);
    free(turned);
}

static double
squares(const gan_tensor *tensor)
{
    double sum = 0.0;

    for (int64_t i = 0; i < tensor->count; i++) {
        sum += (double)gan__data(tensor)[i] * (double)gan__data(tensor)[i];
    }
    return sum;
}

static gan_layer *
make_network(void)
{
    const struct oracle_numbers *folded = oracle_find(inception_numbers, "folded");
    char text[16384] = "";
    gan_layer *network = NULL;
    int64_t count = 0;

    for (const struct oracle_text *part = inception_texts; part->name != NULL; part++) {
        ck_assert(strlen(text) + strlen(part->text) < sizeof text);
        strcat(text, part->text);
    }
    ASSERT_OK(ctx, gan_layer_parse(ctx, &network, text));
    ASSERT_OK(ctx, gan_layer_parameter_count(network, &count));
    ck_assert_int_eq(count, folded->count);
    for (int64_t i = 0; i < count; i++) {
        char path[96], module[96];
        gan_tensor *tensor = NULL;
        ASSERT_OK(ctx, gan_layer_parameter(network, &tensor, i, path, sizeof path, NULL));
        module_name(module, path);
        if (strcmp(path, "fc.weight") == 0) {
            set_last(tensor);
        } else {
            set_folded(tensor, module, strcmp(strrchr(path, '.'), ".weight") == 0);
        }
        const double sum = squares(tensor), wanted = (double)folded->values[i];
        ck_assert_msg(fabs(sum - wanted) <= 1e-5 * wanted, "%s: %g, the script's is %g", path, sum,
                      wanted);
        gan_tensor_destroy(tensor);
    }
    return network;
}

enum { PICTURES = 2, FEATURES = 128, LOGITS = 63 };

static void
see(gan_layer *network, const char *resize, const char *name, int64_t count, const int64_t shape[3],
    float *rows, float *logits)
{
    char options[64];
    int64_t dimension = 0, classes = 0;
    gan_judge *judge = NULL;
    gan_features *features = NULL;

    snprintf(options, sizeof options, "name=inception features=pool resize=%s", resize);
    ASSERT_OK(ctx, gan_judge_create(ctx, &judge, network, options));
    ASSERT_OK(ctx, gan_judge_size(judge, &dimension, &classes));
    ck_assert_int_eq(dimension, FEATURES);
    ck_assert_int_eq(classes, LOGITS);
    const struct oracle_fill *fill = oracle_fill_find(inception_fills, name);
    ck_assert_int_eq(fill->count, count * shape[0] * shape[1] * shape[2]);
    float *pictures = malloc((size_t)fill->count * sizeof *pictures);
    oracle_draw(fill, pictures);
    for (int64_t i = 0; i < fill->count; i++) {
        pictures[i] = floorf(pictures[i]) / 127.5F - 1.0F;
    }
    ASSERT_OK(ctx, gan_features_create(judge, &features, NULL));
    ASSERT_OK(ctx, gan_features_add_samples(features, pictures, count, shape, 3));
    ASSERT_OK(ctx, gan_features_read(features, rows, logits, 0, count));
    free(pictures);
    gan_features_destroy(features);
    gan_judge_destroy(judge);
}

static void
compare(gan_layer *network, const char *resize, int64_t count, int64_t height, int64_t width)
{
    char name[32], what[48];
    const int64_t shape[3] = {height, width, 3};
    float rows[PICTURES * FEATURES], logits[PICTURES * LOGITS];

    snprintf(name, sizeof name, "%dx%d", (int)height, (int)width);
    see(network, resize, name, count, shape, rows, logits);
    snprintf(what, sizeof what, "%s.%s", name, resize);
    oracle_compare(inception_numbers, what, rows, count * FEATURES, 1e-5, 0);
    if (strcmp(resize, "tf1") == 0) {
        snprintf(what, sizeof what, "%s.logits", name);
        oracle_compare(inception_numbers, what, logits, count * LOGITS, 1e-5, 0);
    }
}

static const char *const resizes[] = {"tf1", "torch"};

START_TEST(inception_is_the_references)
{
    gan_layer *network = make_network();

    compare(network, resizes[_i], 2, 67, 53);
    compare(network, resizes[_i], 1, 311, 32);
    gan_layer_destroy(network);
}
END_TEST

/* At any number of threads and on every instruction set that this CPU has. */
START_TEST(same_bits_everywhere)
{
    static const char *const contexts[] = {"threads=1 isa=portable", "threads=2 isa=avx2",
                                           "threads=3 isa=avx512", "threads=1", "threads=3"};
    static const int64_t shape[3] = {67, 53, 3};
    struct {
        float rows[PICTURES * FEATURES], logits[PICTURES * LOGITS];
    } first, found;
    int made = 0;

    for (size_t i = 0; i < sizeof contexts / sizeof contexts[0]; i++) {
        gan_context_destroy(ctx);
        ctx = NULL;
        if (gan_context_create(&ctx, contexts[i], NULL) == GAN_OK) {
            gan_layer *network = make_network();
            see(network, resizes[_i], "67x53", 2, shape, found.rows, found.logits);
            if (made++ == 0) {
                first = found;
            }
            ck_assert_msg(memcmp(&first, &found, sizeof found) == 0, "%s", contexts[i]);
            gan_layer_destroy(network);
        }
    }
    ck_assert_int_ge(made, 3);
}
END_TEST

static Suite *
inception_suite(void)
{
    Suite *suite = suite_create("inception");
    TCase *tcase = tcase_create("inception");

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_set_timeout(tcase, 300);
    tcase_add_loop_test(tcase, inception_is_the_references, 0, 2);
    tcase_add_loop_test(tcase, same_bits_everywhere, 0, 2);
    suite_add_tcase(suite, tcase);
    return suite;
}

int
main(void)
{
    Suite *suites[] = {inception_suite()};

    return run_suites(suites, 1);
}
