/*
 * The n-th allocation fails, for every n until the call succeeds: a status each time, nothing held back, nothing changed.
 */
#include "layers/suites.h"

#include "layers/layer.h"
#include "oracle/failing_host.h"

static const char small[] =
    "gan-network 1\n"
    "input name=z shape=4 noise=normal\n"
    "concat { } { input name=y source=labels classes=3\n dense units=2\n }\n"
    "dense units=8 bias=false\n"
    "reshape shape=2x2x2\n"
    "batch_norm\n"
    "relu\n"
    "residual { conv2d filters=2 kernel=3 padding=1\n dropout\n batch_norm\n } { }\n"
    "tanh\n";

START_TEST(failures_parse)
{
    struct test_allocator host;
    gan_context *ctx = failing_context(&host);
    gan_layer *layer = NULL, *copy = NULL;
    uint64_t networks = ctx->network_count;

    EACH_ALLOCATION_FAILS(ctx, &host, gan_layer_parse(ctx, &layer, small),
                          layer == NULL && ctx->network_count == networks);
    struct gan__call call;
    ASSERT_OK(ctx, gan__enter(&call, ctx, GAN__GROUP_LAYER));
    gan_status st = GAN_E_NOMEM;
    for (int64_t n = 0; st != GAN_OK; n++) {
        gan__memory_trim(ctx);
        const int64_t live = host.blocks;
        host.refuse_from = host.requests + n + 1;
        st = gan__layer_clone(layer, &copy);
        host.refuse_from = 0;
        if (st != GAN_OK) {
            ck_assert_int_eq(st, GAN_E_NOMEM);
            ck_assert_ptr_null(copy);
            gan__memory_trim(ctx);
            ck_assert_int_eq(host.blocks, live);
            gan__recover(ctx);
        }
    }
    ASSERT_OK(ctx, gan__leave(&call, GAN_OK));
    gan_layer_destroy(layer);
    gan_layer_destroy(copy);
    gan_context_destroy(ctx);
    ck_assert_int_eq(host.blocks, 0);
}
END_TEST

/* Sentences need memory too: a failure stays a failure. */
START_TEST(failures_parse_error)
{
    struct test_allocator host;
    gan_context *ctx = failing_context(&host);
    gan_layer *layer = NULL;

    for (int64_t n = 0; n < 60; n++) {
        gan__memory_trim(ctx);
        const int64_t live = host.blocks;
        host.refuse_from = host.requests + n + 1;
        const gan_status st = gan_layer_parse(ctx, &layer, "gan-network 1\nrelu\nconcat { tahn\n");
        host.refuse_from = 0;
        ck_assert(st == GAN_E_ARG || st == GAN_E_NOMEM);
        ck_assert_ptr_null(layer);
        gan__memory_trim(ctx);
        ck_assert_int_eq(host.blocks, live);
    }
    gan_context_destroy(ctx);
    ck_assert_int_eq(host.blocks, 0);
}
END_TEST

/* Refuses what no small network asks for. */
static void *
allocate_little(void *user, size_t bytes, size_t alignment)
{
    return bytes > 1 << 28 ? NULL : test_allocate(user, bytes, alignment);
}

/* A text whose layers do not fit each other is refused before any of its values are made. */
START_TEST(failures_shapes_first)
{
    static const char *const texts[] = {
        "gan-network 1\ninput shape=4\ndense units=999999999\nconv2d filters=1 kernel=1\n",
        "gan-network 1\ninput shape=4\ndense units=999999999 spectral_norm=true\nresidual { } { "
        "dense units=1\n }\n",
        "gan-network 1\ninput shape=4\nnetwork { dense units=999999999 bias=false\n }\nreshape "
        "shape=7x7\n",
    };
    struct test_allocator counts = {0};
    gan_host host = test_allocator_host(&counts);
    gan_context *ctx = NULL;
    gan_layer *layer = NULL;

    host.allocate = allocate_little;
    ASSERT_OK(ctx, gan_context_create(&ctx, "threads=1 seed=7", &host));
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        ASSERT_FAILS(ctx, gan_layer_parse(ctx, &layer, texts[i]), GAN_E_SHAPE, "line ");
        ck_assert_ptr_null(layer);
    }
    gan_context_destroy(ctx);
    ck_assert_int_eq(counts.blocks, 0);
}
END_TEST

static bool
unbuilt(gan_layer *layer)
{
    int64_t count;

    return gan_layer_parameter_count(layer, &count) == GAN_E_STATE;
}

START_TEST(failures_build)
{
    const int64_t shape[1] = {4};
    struct test_allocator host;
    gan_context *ctx = failing_context(&host);
    gan_layer *layer = NULL, *child = NULL, *found = NULL;
    gan_tensor *tensor = NULL;
    char text[512], name[32];

    EACH_ALLOCATION_FAILS(ctx, &host, gan_layer_create(ctx, &layer, "network", "name=abc"),
                          layer == NULL);
    EACH_ALLOCATION_FAILS(ctx, &host, gan_layer_create(ctx, &child, "dense", "units=3 name=d"),
                          child == NULL);
    EACH_ALLOCATION_FAILS(ctx, &host, gan_layer_add(layer, child), unbuilt(layer));
    gan_layer_destroy(child);
    EACH_ALLOCATION_FAILS(ctx, &host, gan_layer_build(layer, shape, 1, "seed=3"), unbuilt(layer));
    EACH_ALLOCATION_FAILS(ctx, &host, gan_layer_text(layer, text, sizeof text, NULL), true);
    EACH_ALLOCATION_FAILS(ctx, &host, gan_layer_summary(layer, text, sizeof text, NULL), true);
    EACH_ALLOCATION_FAILS(ctx, &host, gan_layer_find(layer, &found, "d"), found == NULL);
    EACH_ALLOCATION_FAILS(ctx, &host, gan_layer_find_parameter(layer, &tensor, "d.weight"),
                          tensor == NULL);
    gan_tensor_destroy(tensor);
    tensor = NULL;
    EACH_ALLOCATION_FAILS(ctx, &host,
                          gan_layer_parameter(layer, &tensor, 1, name, sizeof name, NULL),
                          tensor == NULL);
    gan_tensor_destroy(tensor);
    gan_layer_destroy(found);
    gan_layer_destroy(layer);
    gan_context_destroy(ctx);
    ck_assert_int_eq(host.blocks, 0);
}
END_TEST

START_TEST(failures_forward)
{
    static const char *const names[2] = {"z", "y"};
    const int64_t z_shape[2] = {3, 4}, y_shape[2] = {3, 3};
    struct test_allocator host;
    gan_context *ctx = failing_context(&host);
    gan_layer *layer = parse(ctx, small);
    gan_tensor *inputs[2] = {make_tensor(ctx, z_shape, 2, 1), make_tensor(ctx, y_shape, 2, 2)},
               *out = NULL;
    /* Scratch memory of kernels is the context's to keep. */
    ASSERT_OK(ctx, gan_layer_forward_inputs(layer, &out, names, inputs, 2, 0));
    gan_tensor_destroy(out);
    out = NULL;
    const float *mean = values(parameter(ctx, layer, "4.running_mean"));

    EACH_ALLOCATION_FAILS(ctx, &host, gan_layer_forward_inputs(layer, &out, names, inputs, 2, 1),
                          out == NULL && mean[0] == 0 && ctx->draw_count == 0 &&
                              ctx->location == NULL);
    ck_assert_float_ne(mean[0], 0);
    gan_tensor_destroy(out);
    out = NULL;
    EACH_ALLOCATION_FAILS(ctx, &host, gan_layer_forward_inputs(layer, &out, names, inputs, 2, 0),
                          out == NULL);
    gan_tensor_destroy(out);
    gan_tensor_destroy(inputs[0]);
    gan_tensor_destroy(inputs[1]);
    gan_layer_destroy(layer);
    gan_context_destroy(ctx);
    ck_assert_int_eq(host.blocks, 0);
}
END_TEST

START_TEST(failures_generate)
{
    struct test_allocator host;
    gan_context *ctx = failing_context(&host);
    gan_layer *layer = parse(ctx, small);
    float samples[5 * 8];
    struct gan__call call;

    ASSERT_OK(ctx, gan_layer_generate(layer, samples, 5, NULL));
    EACH_ALLOCATION_FAILS(ctx, &host, gan_layer_generate(layer, samples, 5, "batch=2 labels=0,2"),
                          ctx->no_grad_depth == 0);
    const float *mean = values(parameter(ctx, layer, "4.running_mean"));
    ASSERT_OK(ctx, gan__enter(&call, ctx, GAN__GROUP_LAYER));
    gan_status st = GAN_E_NOMEM;
    for (int64_t n = 0; st != GAN_OK; n++) {
        gan__memory_trim(ctx);
        const int64_t live = host.blocks;
        host.refuse_from = host.requests + n + 1;
        st = gan__layer_estimate_statistics(layer, 3, 2, NULL, 5);
        host.refuse_from = 0;
        if (st != GAN_OK) {
            ck_assert_int_eq(st, GAN_E_NOMEM);
            ck_assert_float_eq(mean[0], 0);
            ck_assert_int_eq(ctx->no_grad_depth, 0);
            gan__memory_trim(ctx);
            ck_assert_int_eq(host.blocks, live);
            gan__recover(ctx);
        }
    }
    ASSERT_OK(ctx, gan__leave(&call, GAN_OK));
    ck_assert_float_ne(mean[0], 0);
    gan_layer_destroy(layer);
    gan_context_destroy(ctx);
    ck_assert_int_eq(host.blocks, 0);
}
END_TEST

static gan_status
pass_on(void *user, gan_context *ctx, gan_tensor **out, gan_tensor *x,
        gan_tensor *const *parameters, int32_t count, int32_t training)
{
    (void)user;
    (void)parameters;
    (void)count;
    (void)training;
    return gan_affine(ctx, out, x, 2, 0);
}

START_TEST(failures_register)
{
    const gan_layer_callbacks callbacks = {.struct_size = sizeof callbacks, .forward = pass_on};
    struct test_allocator host;
    gan_context *ctx = failing_context(&host);
    gan_layer *layer = NULL;

    EACH_ALLOCATION_FAILS(ctx, &host, gan_layer_register(ctx, "twice", &callbacks), true);
    EACH_ALLOCATION_FAILS(
        ctx, &host, gan_layer_parse(ctx, &layer, "gan-network 1 shape=3\ntwice\n"), layer == NULL);
    gan_layer_destroy(layer);
    gan_context_destroy(ctx);
    ck_assert_int_eq(host.blocks, 0);
}
END_TEST

TCase *
failure_tests(void)
{
    TCase *tests = tcase_create("failures");

    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, failures_parse);
    tcase_add_test(tests, failures_parse_error);
    tcase_add_test(tests, failures_shapes_first);
    tcase_add_test(tests, failures_build);
    tcase_add_test(tests, failures_forward);
    tcase_add_test(tests, failures_generate);
    tcase_add_test(tests, failures_register);
    return tests;
}
