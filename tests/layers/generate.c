/*
 * Sampling: sample i is a function of weights, seed and i, whatever the pieces.
 */
#include "layers/suites.h"

#include "layers/layer.h"

static const char text[] =
    "gan-network 1\n"
    "input name=z shape=7 noise=normal\n"
    "concat { } { input name=y source=labels classes=3\n dense units=2 bias=false\n }\n"
    "dense units=72 bias=false\n"
    "reshape shape=3x3x8\n"
    "batch_norm\n"
    "relu\n"
    "conv_transpose2d filters=4 kernel=4 stride=2 padding=1\n"
    "batch_norm\n"
    "dropout\n"
    "leaky_relu\n"
    "conv2d filters=2 kernel=3 padding=1\n"
    "tanh\n";

enum { EACH = 6 * 6 * 2, COUNT = 70 };

static void
sample(gan_context *ctx, gan_layer *layer, float *out, int64_t count, const char *options)
{
    ASSERT_OK(ctx, gan_layer_generate(layer, out, count, options));
}

START_TEST(generate_pieces)
{
    static const char *const batches[] = {"batch=1", "batch=3", "batch=64", "batch=1000000", ""};
    gan_context *ctx = make_context();
    gan_layer *layer = parse(ctx, text);
    static float whole[COUNT * EACH], pieces[COUNT * EACH];

    sample(ctx, layer, whole, COUNT, NULL);
    for (size_t i = 0; i < sizeof batches / sizeof batches[0]; i++) {
        memset(pieces, 0, sizeof pieces);
        sample(ctx, layer, pieces, COUNT, batches[i]);
        ck_assert_msg(memcmp(whole, pieces, sizeof whole) == 0, "%s", batches[i]);
    }
    sample(ctx, layer, pieces, 13, "first=57");
    ck_assert_mem_eq(whole + 57 * EACH, pieces, 13 * EACH * sizeof(float));
    sample(ctx, layer, pieces, 1, "first=69 seed=7"); /* the context's */
    ck_assert_mem_eq(whole + 69 * EACH, pieces, EACH * sizeof(float));
    sample(ctx, layer, pieces, 1, "first=69 seed=8");
    ck_assert_mem_ne(whole + 69 * EACH, pieces, EACH * sizeof(float));
    ck_assert_mem_ne(whole, whole + EACH, EACH * sizeof(float));
    sample(ctx, layer, pieces, 0, NULL);
    gan_layer_destroy(layer);
    gan_context_destroy(ctx);
}
END_TEST

START_TEST(generate_labels)
{
    gan_context *ctx = make_context();
    gan_layer *layer = parse(ctx, text);
    static float turns[6 * EACH], other[6 * EACH];

    sample(ctx, layer, turns, 6, NULL); /* 0 1 2 0 1 2 */
    sample(ctx, layer, other, 6, "labels=0,1,2");
    ck_assert_mem_eq(turns, other, sizeof turns);
    sample(ctx, layer, other, 6, "labels=0");
    for (int i = 0; i < 6; i++) {
        ck_assert_int_eq(memcmp(turns + i * EACH, other + i * EACH, EACH * sizeof(float)) == 0,
                         i % 3 == 0);
    }
    sample(ctx, layer, other, 2, "first=4 labels=0,1,2"); /* sample 4 has the label of number 4 */
    ck_assert_mem_eq(turns + 4 * EACH, other, 2 * EACH * sizeof(float));
    ASSERT_FAILS(ctx, gan_layer_generate(layer, other, 1, "labels=0,3"), GAN_E_ARG,
                 "label 3 is no class of input \"y\", there are 0 to 2");
    ASSERT_FAILS(ctx, gan_layer_generate(layer, other, 1, "labels=0,,1"), GAN_E_ARG,
                 "labels has \"\"");
    ASSERT_FAILS(ctx, gan_layer_generate(layer, other, 1, "labels=-1"), GAN_E_ARG,
                 "labels has \"-1\"");
    ASSERT_FAILS(ctx, gan_layer_generate(layer, other, 1, "labels=4294967296"), GAN_E_ARG,
                 "labels has");
    gan_layer_destroy(layer);
    gan_context_destroy(ctx);
}
END_TEST

START_TEST(generate_refused)
{
    gan_context *ctx = make_context();
    gan_layer *layer = parse(ctx, text), *data = parse(ctx, "gan-network 1\ninput shape=2\nrelu\n");
    gan_layer *noise = parse(ctx, "gan-network 1\ninput shape=2 noise=normal\nrelu\n"),
              *open = NULL;
    float out[EACH];

    ASSERT_OK(ctx, gan_layer_create(ctx, &open, "network", NULL));
    ASSERT_FAILS(ctx, gan_layer_generate(layer, out, -1, NULL), GAN_E_ARG, "count is -1");
    ASSERT_FAILS(ctx, gan_layer_generate(layer, out, 1, "batch=0"), GAN_E_ARG, "batch");
    ASSERT_FAILS(ctx, gan_layer_generate(layer, out, 1, "frist=0"), GAN_E_ARG,
                 "did you mean \"first\"");
    ASSERT_FAILS(ctx, gan_layer_generate(data, out, 1, NULL), GAN_E_STATE,
                 "input \"input\" is fed by data");
    ASSERT_FAILS(ctx, gan_layer_generate(noise, out, 1, "labels=0"), GAN_E_ARG,
                 "no input takes labels");
    ASSERT_FAILS(ctx, gan_layer_generate(open, out, 1, NULL), GAN_E_STATE, "not built");
    ck_assert_int_eq(ctx->no_grad_depth, 0);
    gan_layer_destroy(layer);
    gan_layer_destroy(data);
    gan_layer_destroy(noise);
    gan_layer_destroy(open);
    gan_context_destroy(ctx);
}
END_TEST

/* Sampling leaves the network, the random numbers and recording as they were. */
START_TEST(generate_changes_nothing)
{
    gan_context *ctx = make_context();
    gan_layer *layer = parse(ctx, text), *copy = NULL;
    static float out[COUNT * EACH];
    const uint64_t draws = ctx->draw_count, networks = ctx->network_count;

    ASSERT_OK(ctx, gan__layer_clone(layer, &copy));
    sample(ctx, layer, out, COUNT, NULL);
    for (int64_t i = 0; i < gan__layer_tensor_count(layer); i++) {
        const gan_tensor *tensor = gan__layer_tensors(layer)[i].tensor;
        ck_assert_mem_eq(gan__data(tensor), gan__data(gan__layer_tensors(copy)[i].tensor),
                         (size_t)tensor->count * 4);
        ck_assert_ptr_null(tensor->gradient);
    }
    ck_assert_uint_eq(ctx->draw_count, draws);
    ck_assert_uint_eq(ctx->network_count, networks);
    ck_assert_int_eq(ctx->no_grad_depth, 0);
    gan_layer_destroy(layer);
    gan_layer_destroy(copy);
    gan_context_destroy(ctx);
}
END_TEST

/* Noise is what its distribution says, and the two inputs of a network don't share theirs. */
START_TEST(generate_noise)
{
    enum { Z = 999 };
    gan_context *ctx = make_context();
    gan_layer *layer =
        parse(ctx, "gan-network 1\nconcat { input name=a shape=999 noise=normal\n } { input name=b "
                   "shape=999 noise=normal\n } { input name=c shape=999 noise=uniform\n }\n");
    static float out[4 * 3 * Z];
    double squares[3] = {0}, product = 0, extreme = 0;

    sample(ctx, layer, out, 4, NULL);
    for (int i = 0; i < 4; i++) {
        const float *row = out + i * 3 * Z;
        for (int j = 0; j < Z; j++) {
            for (int k = 0; k < 3; k++) {
                squares[k] += (double)(row[k * Z + j] * row[k * Z + j]) / (4 * Z);
            }
            product += (double)(row[j] * row[Z + j]) / (4 * Z);
            extreme = extreme < (double)row[2 * Z + j] ? (double)row[2 * Z + j] : extreme;
            ck_assert(row[2 * Z + j] >= -1 && row[2 * Z + j] < 1);
        }
    }
    ck_assert_double_eq_tol(squares[0], 1, 0.1);
    ck_assert_double_eq_tol(squares[1], 1, 0.1);
    ck_assert_double_eq_tol(squares[2], 1.0 / 3, 0.03);
    ck_assert_double_eq_tol(product, 0, 0.08);
    ck_assert_double_gt(extreme, 0.99);
    gan_layer_destroy(layer);
    gan_context_destroy(ctx);
}
END_TEST

/* Where a sample's numbers stand in their stream: at multiples of 4. */
START_TEST(generate_positions)
{
    gan_context *ctx = make_context();
    gan_layer *layer = parse(ctx, text);
    const struct gan__random random = {3, 4};
    struct gan__call call;
    gan_tensor *noise = NULL;
    float wanted[7];

    ASSERT_OK(ctx, gan__enter(&call, ctx, GAN__GROUP_LAYER));
    ck_assert_int_eq(gan__layer_noise(ctx, &noise, gan__layer_input(layer, 0), 3, 5, random),
                     GAN_OK);
    for (uint64_t i = 0; i < 3; i++) {
        gan__random_normal(random, (5 + i) * 8, 7, wanted);
        ck_assert_mem_eq(values(noise) + i * 7, wanted, sizeof wanted);
    }
    gan_tensor_destroy(noise);
    const gan_status st =
        gan__layer_noise(ctx, &noise, gan__layer_input(layer, 0), 3, UINT64_MAX / 8, random);
    ASSERT_FAILS(ctx, gan__leave(&call, st), GAN_E_ARG, "first is");
    gan_layer_destroy(layer);
    gan_context_destroy(ctx);
}
END_TEST

TCase *
generate_tests(void)
{
    TCase *tests = tcase_create("generate");

    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, generate_pieces);
    tcase_add_test(tests, generate_labels);
    tcase_add_test(tests, generate_refused);
    tcase_add_test(tests, generate_changes_nothing);
    tcase_add_test(tests, generate_noise);
    tcase_add_test(tests, generate_positions);
    return tests;
}
