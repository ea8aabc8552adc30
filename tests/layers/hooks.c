/*
 * What trainers, losses and optimizers ask of a network: the output of a layer inside a run, the first layer that
 * normalises over the batch, and that layers hear when weights have moved.
 */
#include "layers/suites.h"

#include "base/context.h"
#include "layers/layer.h"
#include "oracle/failing_host.h"

static const char text[] = "gan-network 1\ninput shape=4\n"
                           "dense name=first units=3\n"
                           "tanh\n"
                           "residual { dense units=3\n flatten name=inner\n } { }\n"
                           "dense units=1\n";

static gan_status
run(gan_layer *layer, gan_tensor *x, const gan_layer *capture, gan_tensor **captured,
    gan_tensor **y)
{
    const struct gan__feed feed = {"input", x};
    const struct gan__pass pass = {.training = true, .capture = capture, .captured = captured};
    struct gan__call call;
    gan_context *ctx = ((struct gan__object *)layer)->ctx;

    gan_status st = gan__enter(&call, ctx, GAN__GROUP_LAYER);
    if (st == GAN_OK) {
        st = gan__layer_run(layer, y, &feed, 1, &pass);
    }
    return gan__leave(&call, st);
}

static gan_layer *
find(gan_context *ctx, gan_layer *layer, const char *path)
{
    gan_layer *found = NULL;

    ASSERT_OK(ctx, gan_layer_find(layer, &found, path));
    gan_layer_destroy(found); /* the network holds it */
    return found;
}

/* The numbers are those of the layer's place, and gradients flow from there to the layers before it. */
START_TEST(hooks_capture)
{
    static const char *const paths[] = {"first", "2", "3", "3.0.inner", "4"};
    const int64_t shape[2] = {2, 4};
    gan_context *ctx = make_context();
    gan_layer *layer = parse(ctx, text), *part;
    gan_tensor *x = make_tensor(ctx, shape, 2, 1), *y = NULL, *captured = NULL, *sum = NULL;
    gan_tensor *gradient = NULL, *h = NULL, *t = NULL;

    ASSERT_OK(ctx, run(layer, x, find(ctx, layer, paths[_i]), &captured, &y));
    ck_assert_ptr_nonnull(captured);
    ASSERT_OK(ctx, gan_layer_forward(find(ctx, layer, "first"), &h, x, 1));
    ASSERT_OK(ctx, gan_tanh(ctx, &t, h));
    if (_i == 0) {
        ck_assert_mem_eq(values(captured), values(h), 6 * sizeof(float));
    } else if (_i == 1) {
        ck_assert_mem_eq(values(captured), values(t), 6 * sizeof(float));
    } else if (_i == 4) {
        ck_assert_mem_eq(values(captured), values(y), 2 * sizeof(float));
    } else {
        gan_tensor *z = NULL;
        part = find(ctx, layer, _i == 2 ? "3" : "3.0");
        ASSERT_OK(ctx, gan_layer_forward(part, &z, t, 1));
        ck_assert_mem_eq(values(captured), values(z), 6 * sizeof(float));
        gan_tensor_destroy(z);
    }
    ASSERT_OK(ctx, gan_sum(ctx, &sum, captured, NULL, 0, 0));
    ASSERT_OK(ctx, gan_backward(ctx, sum, 0));
    ASSERT_OK(ctx, gan_tensor_gradient(parameter(ctx, layer, "first.weight"), &gradient));
    ck_assert_ptr_nonnull(gradient);
    gan_tensor_destroy(gradient);
    ASSERT_OK(ctx, gan_tensor_gradient(parameter(ctx, layer, "4.weight"), &gradient));
    ck_assert(_i == 4 ? gradient != NULL : gradient == NULL);
    gan_tensor_destroy(gradient);
    gan_tensor_destroy(x);
    gan_tensor_destroy(y);
    gan_tensor_destroy(h);
    gan_tensor_destroy(t);
    gan_tensor_destroy(sum);
    gan_tensor_destroy(captured);
    gan_layer_destroy(layer);
    gan_context_destroy(ctx);
}
END_TEST

/* A run that fails after the layer gives nothing and keeps nothing. */
START_TEST(hooks_capture_fails)
{
    const int64_t shape[2] = {2, 4};
    struct test_allocator host;
    gan_context *ctx = failing_context(&host);
    gan_layer *layer = parse(ctx, text);
    gan_tensor *x = make_tensor(ctx, shape, 2, 1), *y = NULL, *captured = NULL;
    const gan_layer *first = find(ctx, layer, "first");

    ASSERT_OK(ctx, run(layer, x, first, &captured, &y)); /* what the context keeps, it has now */
    gan_tensor_destroy(y);
    gan_tensor_destroy(captured);
    y = captured = NULL;
    EACH_ALLOCATION_FAILS(ctx, &host, run(layer, x, first, &captured, &y),
                          y == NULL && captured == NULL);
    ck_assert(y != NULL && captured != NULL);
    gan_tensor_destroy(x);
    gan_tensor_destroy(y);
    gan_tensor_destroy(captured);
    gan_layer_destroy(layer);
    gan_context_destroy(ctx);
    ck_assert_int_eq(host.blocks, 0);
}
END_TEST

/* Where nothing is recorded, a convolution and the activation after it are one pass: to the same
 * bits, and not where somebody asks for what is between them. */
START_TEST(hooks_together)
{
    static const char convolutions[] =
        "gan-network 1\ninput shape=9x7x3\n"
        "conv2d name=a filters=20 kernel=3 padding=1\n"
        "leaky_relu name=b slope=0.25\n"
        "concat { conv2d name=c filters=70 kernel=1x3 bias=false\n "
        "relu\n } { conv2d filters=5 kernel=1x3\n }\n"
        "relu\nconv2d filters=4 kernel=3 stride=2 spectral_norm=true\n"
        "leaky_relu slope=-0.5\n";
    static const char *const paths[] = {"a", "b", "3.0.c", "3"};
    const int64_t shape[4] = {2, 9, 7, 3};
    gan_context *ctx = make_context();
    gan_layer *layer = parse(ctx, convolutions);
    gan_tensor *x = make_tensor(ctx, shape, 4, 1), *y[2] = {NULL}, *captured[2] = {NULL};
    int64_t count = 0;

    for (size_t i = 0; i < 20; i++) {
        values(parameter(ctx, layer, "a.bias"))[i] = (float)i / 8 - 1;
    }
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        for (int k = 0; k < 2; k++) {
            ctx->no_grad_depth = k;
            ASSERT_OK(ctx, run(layer, x, find(ctx, layer, paths[i]), &captured[k], &y[k]));
            ctx->no_grad_depth = 0;
        }
        ck_assert(y[0]->requires_grad && !y[1]->requires_grad);
        ASSERT_OK(ctx, gan_tensor_count(y[0], &count));
        ck_assert_mem_eq(values(y[0]), values(y[1]), (size_t)count * sizeof(float));
        ASSERT_OK(ctx, gan_tensor_count(captured[0], &count));
        ck_assert_mem_eq(values(captured[0]), values(captured[1]), (size_t)count * sizeof(float));
        for (int k = 0; k < 2; k++) {
            gan_tensor_destroy(y[k]);
            gan_tensor_destroy(captured[k]);
        }
    }
    gan_tensor_destroy(x);
    gan_layer_destroy(layer);
    gan_context_destroy(ctx);
}
END_TEST

START_TEST(hooks_batch_norm)
{
    static const struct {
        const char *text, *where; /* NULL: nowhere */
    } cases[] = {
        {"gan-network 1\ninput shape=3\ndense units=2\nlayer_norm\ntanh\n", NULL},
        {"gan-network 1\ninput shape=3\ndense units=2\nbatch_norm\nbatch_norm name=b\n",
         "2 (batch_norm)"},
        {"gan-network 1\ninput shape=3\nresidual name=r { tanh\n } { dense units=3\n batch_norm "
         "name=n\n }\nbatch_norm\n",
         "r.1.n (batch_norm)"},
        {"gan-network 1\ninput shape=4x4x2\nconv2d filters=2 kernel=3\ninstance_norm\n", NULL},
        {"gan-network 1\ninput shape=4x4x2\nminibatch_stddev\n", NULL},
    };
    gan_context *ctx = make_context();

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        gan_layer *layer = parse(ctx, cases[i].text);
        const char *where = gan__layer_batch_norm(layer);
        ck_assert_msg((where == NULL) == (cases[i].where == NULL), "%s", cases[i].text);
        if (where != NULL) {
            ck_assert_str_eq(where, cases[i].where);
        }
        gan_layer_destroy(layer);
    }
    gan_context_destroy(ctx);
}
END_TEST

/* Inside residual and network too; layers without the hook, and networks not built, stay as they are. */
START_TEST(hooks_moved)
{
    static const char *const paths[] = {"1.0.0.weight_u", "2.0.weight_u"};
    gan_context *ctx = make_context();
    gan_layer *layer = parse(ctx, "gan-network 1\ninput shape=5\n"
                                  "residual { dense units=5 spectral_norm=true\n } { }\n"
                                  "network { dense units=4 spectral_norm=true\n batch_norm\n }\n");
    gan_layer *unbuilt = parse(ctx, "gan-network 1\ndense units=5 spectral_norm=true\n");

    for (int i = 0; i < 2; i++) {
        values(parameter(ctx, layer, paths[i]))[0] = 7; /* what an iteration does not leave so */
    }
    gan__layer_moved(layer);
    gan__layer_moved(unbuilt);
    for (int i = 0; i < 2; i++) {
        ck_assert_float_le(values(parameter(ctx, layer, paths[i]))[0], 1);
    }
    gan_layer_destroy(layer);
    gan_layer_destroy(unbuilt);
    gan_context_destroy(ctx);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("hooks");
    TCase *tests = tcase_create("hooks");

    tcase_add_loop_test(tests, hooks_capture, 0, 5);
    tcase_add_test(tests, hooks_capture_fails);
    tcase_add_test(tests, hooks_together);
    tcase_add_test(tests, hooks_batch_norm);
    tcase_add_test(tests, hooks_moved);
    suite_add_tcase(suite, tests);
    return run_suites(&suite, 1);
}
