/*
 * Gradients through whole networks, each kind in one of them: first derivatives against differences of the output, second
 * ones against differences of the analytic first derivative, along drawn directions.
 */
#include "layers/suites.h"

#include <math.h>

#include "layers/layer.h"

static const struct {
    const char *text;
    int32_t rank;
    int64_t shape[4];
    bool training;
} networks[] = {
    {"gan-network 1\ninput shape=5\ndense units=4\ntanh\ndense units=3 bias=false\nsoftplus\n",
     2,
     {3, 5},
     false},
    {"gan-network 1\ninput shape=6x5x2\nconv2d filters=3 kernel=3x2 stride=2x1 "
     "padding=1x0\nsigmoid\n",
     4,
     {2, 6, 5, 2},
     false},
    {"gan-network 1\ninput shape=3x2x2\nconv_transpose2d filters=3 kernel=4x3 stride=2x3 "
     "padding=1x0 "
     "output_padding=1x2\ntanh\n",
     4,
     {2, 3, 2, 2},
     false},
    {"gan-network 1\ninput shape=12\ndense units=12\nreshape "
     "shape=2x3x2\nbatch_norm\nsoftplus\nflatten\n",
     2,
     {4, 12},
     true},
    {"gan-network 1\ninput shape=2x3x2\nconv2d filters=2 kernel=1\nbatch_norm\nsoftplus\n",
     4,
     {3, 2, 3, 2},
     false},
    {"gan-network 1\ninput shape=4x4x2\nupsample2d scale=1x2\ntanh\nconv2d filters=3 "
     "kernel=2\navg_pool2d "
     "kernel=3x2\nsoftplus\n",
     4,
     {2, 4, 4, 2},
     false},
    {"gan-network 1\ninput shape=8\ndense units=8\ntanh\ndropout probability=0.4\ndense "
     "units=3\ntanh\n",
     2,
     {3, 8},
     true},
    {"gan-network 1\ninput shape=5\nresidual { dense units=5\n tanh\n } { }\nconcat { dense "
     "units=2\n tanh\n } { "
     "softplus\n }\nnetwork name=n { dense units=3\n sigmoid\n }\n",
     2,
     {3, 5},
     false},
    {"gan-network 1\ninput shape=6\ndense units=5\nleaky_relu\ndense units=4\nrelu\ndense "
     "units=2\n",
     2,
     {3, 6},
     false},
    {"gan-network 1\ninput shape=3x4x2\nconv2d filters=4 kernel=2\nlayer_norm\ntanh\n"
     "conv2d filters=4 kernel=1\ngroup_norm groups=2\n",
     4,
     {2, 3, 4, 2},
     false},
    {"gan-network 1\ninput shape=3x4x2\nconv2d filters=3 kernel=2 bias=false\ninstance_norm\nsilu\n"
     "pixel_norm\n",
     4,
     {2, 3, 4, 2},
     false},
    {"gan-network 1\ninput shape=5x5x2\nconv2d filters=3 kernel=2\nelu\nmax_pool2d kernel=3 "
     "stride=1\ntanh\nglobal_pool2d mode=sum\ntanh\n",
     4,
     {2, 5, 5, 2},
     false},
    {"gan-network 1\ninput shape=4\ndense units=5\ntanh\nminibatch_discrimination kernels=3 "
     "dimensions=2\nminibatch_stddev group=2\ntanh\ndense units=2\n",
     2,
     {4, 4},
     false},
    {"gan-network 1\ninput shape=2x3x2\nupsample2d scale=2 mode=bilinear\nconv2d filters=2 "
     "kernel=3\ninstance_norm affine=true\ntanh\n",
     4,
     {2, 2, 3, 2},
     false},
};

enum { NETWORKS = sizeof networks / sizeof networks[0], DIRECTIONS = 2 };

/* A network, a batch, and factors on its outputs. */
struct work {
    gan_context *ctx;
    gan_layer *layer;
    gan_tensor *x, *factors;
    bool training;
};

static gan_tensor *
run(struct work *w)
{
    const struct gan__feed feed = {"input", w->x};
    const struct gan__pass pass = {.training = w->training, .dropout = {5, 6}};
    struct gan__call call;
    gan_tensor *y = NULL;

    ASSERT_OK(w->ctx, gan__enter(&call, w->ctx, GAN__GROUP_LAYER));
    const gan_status st = gan__layer_run(w->layer, &y, &feed, 1, &pass);
    ASSERT_OK(w->ctx, gan__leave(&call, st));
    return y;
}

static void
open_work(struct work *w, int index)
{
    w->ctx = make_context();
    w->layer = parse(w->ctx, networks[index].text);
    w->training = networks[index].training;
    w->x = make_tensor(w->ctx, networks[index].shape, networks[index].rank, 1);
    ASSERT_OK(w->ctx, gan_tensor_set_requires_grad(w->x, 1));
    for (int64_t i = 0; i < gan__layer_tensor_count(w->layer); i++) { /* no zeros: biases, means */
        const struct gan__layer_tensor *t = &gan__layer_tensors(w->layer)[i];
        gan_tensor *drawn =
            make_tensor(w->ctx, t->tensor->shape.size, t->tensor->shape.rank, (int32_t)i + 2);
        const bool variance = strstr(t->name, "running_var") != NULL;
        for (int64_t j = 0; j < t->tensor->count; j++) {
            const float value = values(drawn)[j];
            gan__data(t->tensor)[j] = variance ? 0.5f + fabsf(value) : value;
        }
        gan_tensor_destroy(drawn);
    }
    gan_tensor *y = run(w);
    w->factors = make_tensor(w->ctx, y->shape.size, y->shape.rank, 99);
    gan_tensor_destroy(y);
}

static void
close_work(struct work *w)
{
    gan_tensor_destroy(w->x);
    gan_tensor_destroy(w->factors);
    gan_layer_destroy(w->layer);
    gan_context_destroy(w->ctx);
}

/* The sum of outputs times factors, in double. */
static double
weigh(struct work *w)
{
    gan_tensor *y = run(w);
    double sum = 0;

    for (int64_t i = 0; i < y->count; i++) {
        sum += (double)values(y)[i] * (double)values(w->factors)[i];
    }
    gan_tensor_destroy(y);
    return sum;
}

/* The same as the result of ops. */
static gan_tensor *
weigh_by_ops(struct work *w)
{
    gan_tensor *y = run(w), *product = NULL, *sum = NULL;

    ASSERT_OK(w->ctx, gan_mul(w->ctx, &product, y, w->factors));
    ASSERT_OK(w->ctx, gan_sum(w->ctx, &sum, product, NULL, 0, 0));
    gan_tensor_destroy(y);
    gan_tensor_destroy(product);
    return sum;
}

/* The squared norm of the gradient by x; as the result of ops, if out is given. */
static double
penalty(struct work *w, gan_tensor **out)
{
    gan_tensor *sum = weigh_by_ops(w), *gradient = NULL, *square = NULL;
    double norm = 0;

    ASSERT_OK(w->ctx, gan_grad(w->ctx, &gradient, &sum, 1, &w->x, 1, out != NULL));
    for (int64_t i = 0; i < gradient->count; i++) {
        norm += (double)values(gradient)[i] * (double)values(gradient)[i];
    }
    if (out != NULL) {
        ASSERT_OK(w->ctx, gan_square(w->ctx, &square, gradient));
        ASSERT_OK(w->ctx, gan_sum(w->ctx, out, square, NULL, 0, 0));
    }
    gan_tensor_destroy(sum);
    gan_tensor_destroy(gradient);
    gan_tensor_destroy(square);
    return norm;
}

static double
penalty_value(struct work *w)
{
    return penalty(w, NULL);
}

/* The difference of f along a drawn direction of t, and what t's gradient says. */
static void
compare(struct work *w, gan_tensor *t, double (*f)(struct work *), float h, double tolerance,
        const char *name)
{
    gan_tensor *gradient = NULL;

    ASSERT_OK(w->ctx, gan_tensor_gradient(t, &gradient));
    for (int32_t d = 0; d < DIRECTIONS; d++) {
        gan_tensor *direction = make_tensor(w->ctx, t->shape.size, t->shape.rank, 50 + d);
        float *at = gan__data(t);
        double slope = 0, norm = 0, sides[2];
        for (int side = 0; side < 2; side++) {
            for (int64_t i = 0; i < t->count; i++) {
                at[i] += (side == 0 ? h : -2 * h) * values(direction)[i];
            }
            sides[side] = f(w);
        }
        for (int64_t i = 0; i < t->count; i++) {
            at[i] += h * values(direction)[i];
            const double g = gradient != NULL ? (double)values(gradient)[i] : 0;
            slope += g * (double)values(direction)[i];
            norm += g * g;
        }
        const double difference = (sides[0] - sides[1]) / (2 * (double)h);
        ck_assert_msg(fabs(difference - slope) <= tolerance * (sqrt(norm) + 0.1),
                      "%s: the gradient says %g, the difference %g", name, slope, difference);
        gan_tensor_destroy(direction);
    }
    gan_tensor_destroy(gradient);
}

static void
compare_all(struct work *w, double (*f)(struct work *), float h, double tolerance)
{
    compare(w, w->x, f, h, tolerance, "x");
    for (int64_t i = 0; i < gan__layer_tensor_count(w->layer); i++) {
        const struct gan__layer_tensor *t = &gan__layer_tensors(w->layer)[i];
        if (t->buffer) {
            ck_assert_ptr_null(t->tensor->gradient);
        } else {
            compare(w, t->tensor, f, h, tolerance, t->name);
        }
    }
}

START_TEST(gradients_first)
{
    struct work w;

    open_work(&w, _i);
    gan_tensor *sum = weigh_by_ops(&w);
    ASSERT_OK(w.ctx, gan_backward(w.ctx, sum, 0));
    gan_tensor_destroy(sum);
    for (int64_t i = 0; i < gan__layer_tensor_count(w.layer); i++) {
        const struct gan__layer_tensor *t = &gan__layer_tensors(w.layer)[i];
        ck_assert_msg(t->buffer || t->tensor->gradient != NULL, "%s has no gradient", t->name);
    }
    compare_all(&w, weigh, 2e-3f, 2e-3);
    ASSERT_OK(w.ctx, gan_layer_clear_gradients(w.layer));
    ck_assert_ptr_null(gan__layer_tensors(w.layer)[0].tensor->gradient);
    close_work(&w);
}
END_TEST

START_TEST(gradients_second)
{
    struct work w;
    gan_tensor *out = NULL;

    open_work(&w, _i);
    (void)penalty(&w, &out);
    ASSERT_OK(w.ctx, gan_backward(w.ctx, out, 0));
    gan_tensor_destroy(out);
    compare_all(&w, penalty_value, 2e-3f, 5e-3);
    close_work(&w);
}
END_TEST

/* trainable=false: no gradient there, but through there. */
START_TEST(gradients_frozen)
{
    const int64_t shape[2] = {2, 3};
    gan_context *ctx = make_context();
    gan_layer *layer = parse(
        ctx,
        "gan-network 1\ninput shape=3\ndense units=4\nnetwork trainable=false { tanh\nbatch_norm\n"
        "dense units=1\n }\n");
    gan_tensor *x = make_tensor(ctx, shape, 2, 1), *y = NULL, *sum = NULL;

    ASSERT_OK(ctx, gan_layer_forward(layer, &y, x, 1));
    ASSERT_OK(ctx, gan_sum(ctx, &sum, y, NULL, 0, 0));
    ASSERT_OK(ctx, gan_backward(ctx, sum, 0));
    for (int64_t i = 0; i < gan__layer_tensor_count(layer); i++) {
        const struct gan__layer_tensor *t = &gan__layer_tensors(layer)[i];
        ck_assert_msg((t->tensor->gradient != NULL) == (strncmp(t->name, "1.", 2) == 0), "%s",
                      t->name);
    }
    gan_tensor_destroy(x);
    gan_tensor_destroy(y);
    gan_tensor_destroy(sum);
    gan_layer_destroy(layer);
    gan_context_destroy(ctx);
}
END_TEST

/* A kind without a network above would go without its gradients looked at. */
START_TEST(gradients_of_every_kind)
{
    static const char *const kinds[] = {
#define GAN__ROW(kind) #kind,
#include "layers/list.h"
#undef GAN__ROW
    };
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        bool found = false;
        for (int j = 0; j < NETWORKS && !found; j++) {
            const size_t length = strlen(kinds[i]);
            const char *at = networks[j].text;
            while (!found && (at = strstr(at, kinds[i])) != NULL) {
                found = at != networks[j].text && (at[-1] == '\n' || at[-1] == ' ') &&
                        (at[length] == '\n' || at[length] == ' ');
                at += length;
            }
        }
        ck_assert_msg(found, "no network in gradients.c has a %s", kinds[i]);
    }
}
END_TEST

TCase *
gradient_tests(void)
{
    TCase *tests = tcase_create("gradients");

    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, gradients_first, 0, NETWORKS);
    tcase_add_loop_test(tests, gradients_second, 0, NETWORKS);
    tcase_add_test(tests, gradients_frozen);
    tcase_add_test(tests, gradients_of_every_kind);
    return tests;
}
