/*
 * Whole small networks against PyTorch's numbers in float64: forward, losses, first and second derivatives by all parameters
 * and inputs, running statistics, and three steps of adversarial training. make_numbers.py has the same cases by name.
 */
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

#include <gan/layer.h>
#include <gan/loss.h>
#include <gan/ops.h>
#include <gan/optimizer.h>

#include "oracle/networks.h"

enum { NAME_SIZE = 128, VALUES_MAX = 4096, TENSORS_MAX = 32 };

static gan_context *ctx;

static void
setup(void)
{
    ASSERT_OK(ctx, gan_context_create(&ctx, "threads=2", NULL));
}

static void
teardown(void)
{
    gan_context_destroy(ctx);
    ctx = NULL;
}

static void
compare_values(const float *values, int64_t count, double relative, const char *format,
               va_list list)
{
    char name[NAME_SIZE];

    vsnprintf(name, sizeof name, format, list);
    oracle_compare(networks_numbers, name, values, count, relative, 1e-8);
}

/* The tensor must be the numbers of that name; NULL stands for zeros, as many as wanted. */
static void __attribute__((format(printf, 3, 4)))
compare(gan_tensor *tensor, double relative, const char *format, ...)
{
    float values[VALUES_MAX] = {0};
    int64_t count = 0;
    va_list list;

    if (tensor != NULL) {
        ASSERT_OK(ctx, gan_tensor_count(tensor, &count));
        ck_assert_int_le(count, VALUES_MAX);
        ASSERT_OK(ctx, gan_tensor_read(tensor, values, count));
    } else {
        char name[NAME_SIZE];
        va_start(list, format);
        vsnprintf(name, sizeof name, format, list);
        va_end(list);
        count = oracle_find(networks_numbers, name)->count;
    }
    va_start(list, format);
    compare_values(values, count, relative, format, list);
    va_end(list);
}

static gan_tensor *
drawn(const char *name, const int64_t *shape, int32_t rank)
{
    const struct oracle_fill *fill = oracle_fill_find(networks_fills, name);
    float values[VALUES_MAX];
    gan_tensor *tensor = NULL;
    int64_t count = 0;

    ck_assert_int_le(fill->count, VALUES_MAX);
    oracle_draw(fill, values);
    ASSERT_OK(ctx, gan_tensor_create(ctx, &tensor, shape, rank, values));
    ASSERT_OK(ctx, gan_tensor_count(tensor, &count));
    ck_assert_int_eq(count, fill->count);
    return tensor;
}

/* The network of that name with all its tensors drawn. */
static gan_layer *
network_of(const char *name)
{
    char path[NAME_SIZE], prefix[NAME_SIZE];
    gan_layer *network = NULL;
    int64_t count = 0, fills = 0;

    ASSERT_OK(ctx, gan_layer_parse(ctx, &network, oracle_text_find(networks_texts, name)));
    ASSERT_OK(ctx, gan_layer_parameter_count(network, &count));
    snprintf(prefix, sizeof prefix, "%s/", name);
    for (const struct oracle_fill *fill = networks_fills; fill->name != NULL; fill++) {
        fills += strncmp(fill->name, prefix, strlen(prefix)) == 0;
    }
    ck_assert_int_eq(fills, count);
    for (int64_t i = 0; i < count; i++) {
        float values[VALUES_MAX];
        gan_tensor *tensor = NULL;
        const struct oracle_fill *fill;

        strcpy(path, prefix);
        ASSERT_OK(ctx, gan_layer_parameter(network, &tensor, i, path + strlen(prefix),
                                           sizeof path - strlen(prefix), NULL));
        fill = oracle_fill_find(networks_fills, path);
        oracle_draw(fill, values);
        ASSERT_OK(ctx, gan_tensor_write(tensor, values, fill->count));
        gan_tensor_destroy(tensor);
    }
    return network;
}

static bool
is_buffer(const char *path)
{
    return strstr(path, ".running_") != NULL;
}

/* Every parameter's gradient must be the numbers "<prefix>.<name>/<path>". */
static void
compare_gradients(gan_layer *network, const char *name, const char *prefix)
{
    int64_t count = 0;

    ASSERT_OK(ctx, gan_layer_parameter_count(network, &count));
    for (int64_t i = 0; i < count; i++) {
        char path[NAME_SIZE];
        gan_tensor *tensor = NULL, *gradient = NULL;

        ASSERT_OK(ctx, gan_layer_parameter(network, &tensor, i, path, sizeof path, NULL));
        ASSERT_OK(ctx, gan_tensor_gradient(tensor, &gradient));
        if (is_buffer(path)) {
            ck_assert_ptr_null(gradient);
        } else {
            compare(gradient, 1e-4, "%s.%s/%s", prefix, name, path);
        }
        gan_tensor_destroy(gradient);
        gan_tensor_destroy(tensor);
    }
}

static void
compare_running(gan_layer *network, const char *name, const char *prefix, double relative)
{
    int64_t count = 0, buffers = 0;

    ASSERT_OK(ctx, gan_layer_parameter_count(network, &count));
    for (int64_t i = 0; i < count; i++) {
        char path[NAME_SIZE];
        gan_tensor *tensor = NULL;

        ASSERT_OK(ctx, gan_layer_parameter(network, &tensor, i, path, sizeof path, NULL));
        if (is_buffer(path)) {
            compare(tensor, relative, "%s.%s/%s", prefix, name, path);
            buffers++;
        }
        gan_tensor_destroy(tensor);
    }
    ck_assert_int_gt(buffers, 0);
}

static gan_loss *
loss_of(const char *kind)
{
    gan_loss *loss = NULL;

    ASSERT_OK(ctx, gan_loss_create(ctx, &loss, kind, NULL));
    return loss;
}

static void
compare_input_gradient(gan_tensor *input, const char *name)
{
    gan_tensor *gradient = NULL;

    ASSERT_OK(ctx, gan_tensor_gradient(input, &gradient));
    ck_assert_ptr_nonnull(gradient);
    compare(gradient, 1e-4, "%s", name);
    gan_tensor_destroy(gradient);
}

/* Both sides' losses and gradients. real and generated are D's logits, generated with G's graph behind it. */
static void
dcgan_losses(const char *tag, const char *g_name, gan_layer *g, const char *d_name, gan_layer *d,
             gan_tensor *z, gan_tensor *real, gan_tensor *generated)
{
    static const char *const kinds[] = {"standard", "non_saturating"};
    char prefix[NAME_SIZE];
    gan_tensor *value = NULL;
    gan_loss *loss = loss_of("non_saturating");

    ASSERT_OK(ctx, gan_loss_discriminator(loss, &value, real, generated));
    compare(value, 1e-5, "%s.d_loss", tag);
    ASSERT_OK(ctx, gan_backward(ctx, value, 1)); /* the graph is used again for G */
    gan_tensor_destroy(value);
    snprintf(prefix, sizeof prefix, "%s.d", tag);
    compare_gradients(d, d_name, prefix);
    gan_loss_destroy(loss);
    for (int i = 0; i < 2; i++) {
        loss = loss_of(kinds[i]);
        ASSERT_OK(ctx, gan_loss_generator(loss, &value, NULL, generated));
        compare(value, 1e-5, "%s.g_loss.%s", tag, kinds[i]);
        if (i == 1) {
            /* D's loss has reached G and z too, for the samples were not detached. */
            ASSERT_OK(ctx, gan_layer_clear_gradients(g));
            ASSERT_OK(ctx, gan_tensor_clear_gradient(z));
            ASSERT_OK(ctx, gan_backward(ctx, value, 0));
            snprintf(prefix, sizeof prefix, "%s.g", tag);
            compare_gradients(g, g_name, prefix);
            snprintf(prefix, sizeof prefix, "%s.g.z", tag);
            compare_input_gradient(z, prefix);
        }
        gan_tensor_destroy(value);
        gan_loss_destroy(loss);
    }
}

START_TEST(test_dcgan)
{
    const int64_t channels = _i == 0 ? 1 : 3;
    char tag[16], g_name[32], d_name[32], name[NAME_SIZE];
    gan_tensor *samples = NULL, *real = NULL, *generated = NULL, *z, *x;
    gan_layer *g, *d;

    snprintf(tag, sizeof tag, "dcgan%d", (int)channels);
    snprintf(g_name, sizeof g_name, "%s_g", tag);
    snprintf(d_name, sizeof d_name, "%s_d", tag);
    g = network_of(g_name);
    d = network_of(d_name);
    snprintf(name, sizeof name, "%s.z", tag);
    z = drawn(name, (const int64_t[]){3, 5}, 2);
    snprintf(name, sizeof name, "%s.x", tag);
    x = drawn(name, (const int64_t[]){3, 8, 8, channels}, 4);
    ASSERT_OK(ctx, gan_tensor_set_requires_grad(x, 1));

    ASSERT_OK(ctx, gan_tensor_set_requires_grad(z, 1));
    ASSERT_OK(ctx, gan_layer_forward(g, &samples, z, 1));
    compare(samples, 1e-5, "%s.samples", tag);
    ASSERT_OK(ctx, gan_layer_forward(d, &real, x, 1));
    ASSERT_OK(ctx, gan_layer_forward(d, &generated, samples, 1));
    compare(real, 1e-5, "%s.real", tag);
    compare(generated, 1e-5, "%s.generated", tag);
    snprintf(name, sizeof name, "%s.running", tag);
    compare_running(d, d_name, name, 1e-5);
    compare_running(g, g_name, name, 1e-5);

    dcgan_losses(tag, g_name, g, d_name, d, z, real, generated);
    snprintf(name, sizeof name, "%s.d.x", tag);
    compare_input_gradient(x, name);

    gan_tensor_destroy(samples);
    gan_tensor_destroy(real);
    gan_tensor_destroy(generated);
    gan_tensor_destroy(z);
    gan_tensor_destroy(x);
    gan_layer_destroy(g);
    gan_layer_destroy(d);
}
END_TEST

struct critic {
    const char *name;
    int64_t shape[4];
};

static const struct critic critics[] = {
    {"plain_critic", {4, 8, 8, 3}},
    {"normed_critic", {4, 8, 8, 3}},
    {"smooth_critic", {4, 5, 4, 2}},
};

/* E |dD/dx|^2, and its derivatives by D's weights and by x. */
START_TEST(test_second_order)
{
    const struct critic *critic = &critics[_i];
    char name[NAME_SIZE];
    gan_tensor *x, *logits = NULL, *gradient = NULL, *square = NULL, *sum = NULL, *penalty = NULL;
    gan_layer *d = network_of(critic->name);

    snprintf(name, sizeof name, "%s.x", critic->name);
    x = drawn(name, critic->shape, 4);
    ASSERT_OK(ctx, gan_tensor_set_requires_grad(x, 1));
    ASSERT_OK(ctx, gan_layer_forward(d, &logits, x, 1));
    compare(logits, 1e-5, "%s.logits", critic->name);
    ASSERT_OK(ctx, gan_grad(ctx, &gradient, &logits, 1, &x, 1, 1));
    compare(gradient, 1e-4, "%s.gradient", critic->name);
    ASSERT_OK(ctx, gan_square(ctx, &square, gradient));
    ASSERT_OK(ctx, gan_sum(ctx, &sum, square, NULL, 0, 0));
    ASSERT_OK(ctx, gan_affine(ctx, &penalty, sum, 1.0 / (double)critic->shape[0], 0));
    compare(penalty, 1e-4, "%s.penalty", critic->name);
    ASSERT_OK(ctx, gan_backward(ctx, penalty, 0));
    snprintf(name, sizeof name, "%s.second", critic->name);
    compare_gradients(d, critic->name, name);
    gan_tensor_destroy(gradient);
    ASSERT_OK(ctx, gan_tensor_gradient(x, &gradient));
    compare(gradient, 1e-4, "%s.second.x", critic->name);

    gan_tensor_destroy(x);
    gan_tensor_destroy(logits);
    gan_tensor_destroy(gradient);
    gan_tensor_destroy(square);
    gan_tensor_destroy(sum);
    gan_tensor_destroy(penalty);
    gan_layer_destroy(d);
}
END_TEST

/* Blocks, resampling, smooth activations; eval mode, so that running values are used, stay, and dropout does nothing. */
START_TEST(test_mixed)
{
    int64_t shape[GAN_RANK_MAX];
    int32_t rank = 0;
    gan_tensor *y = NULL, *weights, *product = NULL, *sum = NULL;
    gan_layer *network = network_of("mixed");
    gan_tensor *x = drawn("mixed.x", (const int64_t[]){2, 6, 6, 3}, 4);

    ASSERT_OK(ctx, gan_tensor_set_requires_grad(x, 1));
    ASSERT_OK(ctx, gan_layer_forward(network, &y, x, 0));
    compare(y, 1e-5, "mixed.y");
    ASSERT_OK(ctx, gan_tensor_shape(y, shape, GAN_RANK_MAX, &rank));
    weights = drawn("mixed.weights", shape, rank);
    ASSERT_OK(ctx, gan_mul(ctx, &product, y, weights));
    ASSERT_OK(ctx, gan_sum(ctx, &sum, product, NULL, 0, 0));
    ASSERT_OK(ctx, gan_backward(ctx, sum, 0));
    compare_gradients(network, "mixed", "mixed.first");
    compare_input_gradient(x, "mixed.first.x");
    gan_tensor_destroy(x);
    gan_tensor_destroy(y);
    gan_tensor_destroy(weights);
    gan_tensor_destroy(product);
    gan_tensor_destroy(sum);
    gan_layer_destroy(network);
}
END_TEST

struct side {
    const char *name;
    gan_layer *network;
    gan_optimizer *optimizer;
    float start[TENSORS_MAX][VALUES_MAX];
};

static void
side_begin(struct side *side, const char *name)
{
    int64_t count = 0;

    side->name = name;
    side->network = network_of(name);
    side->optimizer = NULL;
    ASSERT_OK(ctx, gan_optimizer_create(ctx, &side->optimizer, "sgd", "lr=0.05 momentum=0.5"));
    ASSERT_OK(ctx, gan_optimizer_attach(side->optimizer, side->network));
    ASSERT_OK(ctx, gan_layer_parameter_count(side->network, &count));
    ck_assert_int_le(count, TENSORS_MAX);
    for (int64_t i = 0; i < count; i++) {
        gan_tensor *tensor = NULL;
        int64_t size = 0;
        ASSERT_OK(ctx, gan_layer_parameter(side->network, &tensor, i, NULL, 0, NULL));
        ASSERT_OK(ctx, gan_tensor_count(tensor, &size));
        ASSERT_OK(ctx, gan_tensor_read(tensor, side->start[i], size));
        gan_tensor_destroy(tensor);
    }
}

/* How far each parameter has moved, and the running statistics. */
static void
side_end(struct side *side)
{
    int64_t count = 0;

    ASSERT_OK(ctx, gan_layer_parameter_count(side->network, &count));
    for (int64_t i = 0; i < count; i++) {
        char path[NAME_SIZE], name[2 * NAME_SIZE];
        float values[VALUES_MAX];
        gan_tensor *tensor = NULL;
        int64_t size = 0;

        ASSERT_OK(ctx, gan_layer_parameter(side->network, &tensor, i, path, sizeof path, NULL));
        ASSERT_OK(ctx, gan_tensor_count(tensor, &size));
        ASSERT_OK(ctx, gan_tensor_read(tensor, values, size));
        gan_tensor_destroy(tensor);
        if (is_buffer(path)) {
            continue;
        }
        for (int64_t k = 0; k < size; k++) {
            values[k] -= side->start[i][k];
        }
        snprintf(name, sizeof name, "train.moved.%s/%s", side->name, path);
        oracle_compare(networks_numbers, name, values, size, 1e-3, 1e-8);
    }
    compare_running(side->network, side->name, "train.running", 1e-4);
    gan_optimizer_destroy(side->optimizer);
    gan_layer_destroy(side->network);
}

/* Clear, differentiate, step; returns the loss. */
static float
side_step(struct side *side, gan_tensor *loss)
{
    float value = 0;

    ASSERT_OK(ctx, gan_layer_clear_gradients(side->network));
    ASSERT_OK(ctx, gan_backward(ctx, loss, 0));
    ASSERT_OK(ctx, gan_optimizer_step(side->optimizer));
    ASSERT_OK(ctx, gan_tensor_read(loss, &value, 1));
    gan_tensor_destroy(loss);
    return value;
}

static void
train_step(struct side *g, struct side *d, gan_loss *loss, int step, float losses[2])
{
    char name[NAME_SIZE];
    gan_tensor *x, *z, *samples = NULL, *cut = NULL, *real = NULL, *generated = NULL, *value = NULL;

    snprintf(name, sizeof name, "train.x%d", step);
    x = drawn(name, (const int64_t[]){4, 8, 8, 1}, 4);
    snprintf(name, sizeof name, "train.z%d", step);
    z = drawn(name, (const int64_t[]){4, 5}, 2);

    ASSERT_OK(ctx, gan_layer_forward(g->network, &samples, z, 1));
    ASSERT_OK(ctx, gan_tensor_detach(samples, &cut));
    ASSERT_OK(ctx, gan_layer_forward(d->network, &real, x, 1));
    ASSERT_OK(ctx, gan_layer_forward(d->network, &generated, cut, 1));
    ASSERT_OK(ctx, gan_loss_discriminator(loss, &value, real, generated));
    losses[0] = side_step(d, value);
    gan_tensor_destroy(real);
    gan_tensor_destroy(generated);

    ASSERT_OK(ctx, gan_layer_forward(d->network, &generated, samples, 1));
    ASSERT_OK(ctx, gan_loss_generator(loss, &value, NULL, generated));
    losses[1] = side_step(g, value);
    gan_tensor_destroy(generated);
    gan_tensor_destroy(samples);
    gan_tensor_destroy(cut);
    gan_tensor_destroy(x);
    gan_tensor_destroy(z);
}

START_TEST(test_training)
{
    static struct side g, d;
    float losses[6];
    gan_loss *loss = loss_of("non_saturating");

    side_begin(&g, "train_g");
    side_begin(&d, "train_d");
    for (int step = 0; step < 3; step++) {
        train_step(&g, &d, loss, step, losses + 2 * step);
    }
    oracle_compare(networks_numbers, "train.losses", losses, 6, 1e-4, 0);
    side_end(&g);
    side_end(&d);
    gan_loss_destroy(loss);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("networks");
    TCase *tcase = tcase_create("oracle");

    tcase_set_timeout(tcase, 120);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, test_dcgan, 0, 2);
    tcase_add_loop_test(tcase, test_second_order, 0, 3);
    tcase_add_test(tcase, test_mixed);
    tcase_add_test(tcase, test_training);
    suite_add_tcase(suite, tcase);
    return run_suites(&suite, 1);
}
