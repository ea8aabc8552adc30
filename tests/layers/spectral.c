/*
 * spectral_norm=true: against PyTorch's parametrization (u and v given), NumPy's singular values, and finite differences
 * with u and v frozen; when the vectors move, and that they are kept.
 */
#include "layers/suites.h"

#include <math.h>
#include <stdio.h>
#include <unistd.h>

#include <gan/io.h>
#include <gan/optimizer.h>

#include "layers/class.h"
#include "oracle/failing_host.h"
#include "oracle/oracle.h"
#include "oracle/spectral.h"

/* One layer of each kind, with the shape that the oracle's weight of that name has. */
static const struct {
    const char *name, *text;
    int32_t axis;
} singles[] = {
    {"dense_wide", "gan-network 1\ninput shape=7\ndense units=40 spectral_norm=true\n", 1},
    {"dense_tall", "gan-network 1\ninput shape=50\ndense units=12 spectral_norm=true\n", 1},
    {"dense_one", "gan-network 1\ninput shape=9\ndense units=1 spectral_norm=true\n", 1},
    {"conv2d",
     "gan-network 1\ninput shape=4x4x5\nconv2d filters=8 kernel=3x2 spectral_norm=true "
     "bias=false\n",
     3},
    {"conv_transpose2d",
     "gan-network 1\ninput shape=2x2x10\nconv_transpose2d filters=6 kernel=4x3 "
     "spectral_norm=true\n",
     2},
    {"conv_transpose2d_one",
     "gan-network 1\ninput shape=2x2x1\nconv_transpose2d filters=3 kernel=4 spectral_norm=true\n",
     2},
};

enum { SINGLES = sizeof singles / sizeof singles[0] };

static const char *
join(const char *prefix, const char *name)
{
    static char text[4][64];
    static int next;
    char *at = text[next++ % 4];

    (void)snprintf(at, sizeof text[0], "%s%s", prefix, name);
    return at;
}

static void
fill(gan_tensor *tensor, const char *name)
{
    const struct oracle_fill *from = oracle_fill_find(spectral_fills, name);

    ck_assert_int_eq(from->count, tensor->count);
    oracle_draw(from, gan__data(tensor));
    gan__tensor_touch(tensor);
}

static void
copy_numbers(gan_tensor *tensor, const char *name)
{
    const struct oracle_numbers *from = oracle_find(spectral_numbers, name);

    ck_assert_int_eq(from->count, tensor->count);
    memcpy(gan__data(tensor), from->values, (size_t)from->count * sizeof(float));
    gan__tensor_touch(tensor);
}

/* u' W v in double; element (a, o, b) of the weight stands at row o, column (a, b). */
static double
sigma_of(const struct gan__spectral *s)
{
    const int64_t out = s->u->count;
    int64_t inner = 1;
    double sum = 0;

    for (int32_t i = s->axis + 1; i < s->weight->shape.rank; i++) {
        inner *= s->weight->shape.size[i];
    }
    for (int64_t i = 0; i < s->weight->count; i++) {
        const int64_t o = i / inner % out, column = i / (inner * out) * inner + i % inner;
        sum += (double)gan__data(s->weight)[i] * (double)gan__data(s->u)[o] *
               (double)gan__data(s->v)[column];
    }
    return sum;
}

/* A layer as it was built. */
static gan_layer *
open_built(gan_context *ctx, int index, struct gan__spectral *spectral)
{
    gan_layer *layer = parse(ctx, singles[index].text);

    spectral->weight = parameter(ctx, layer, "1.weight");
    spectral->u = parameter(ctx, layer, "1.weight_u");
    spectral->v = parameter(ctx, layer, "1.weight_v");
    spectral->axis = singles[index].axis;
    return layer;
}

static gan_layer *
open_single(gan_context *ctx, int index, struct gan__spectral *spectral)
{
    gan_layer *layer = open_built(ctx, index, spectral);

    fill(spectral->weight, join("w.", singles[index].name));
    fill(spectral->v, join("v.", singles[index].name));
    return layer;
}

/* One iteration as PyTorch's, fifteen, and in the end the largest singular value. */
START_TEST(spectral_iterations)
{
    gan_context *ctx = make_context();
    const char *name = singles[_i].name;
    struct gan__spectral s;
    gan_layer *layer = open_single(ctx, _i, &s);
    const double exact = (double)oracle_find(spectral_numbers, join("exact.", name))->values[0];
    const double fifteen = (double)oracle_find(spectral_numbers, join("fifteen.", name))->values[0];

    gan__layer_moved(layer);
    oracle_compare(spectral_numbers, join("u.", name), gan__data(s.u), s.u->count, 1e-6, 0);
    oracle_compare(spectral_numbers, join("v.", name), gan__data(s.v), s.v->count, 1e-6, 0);
    fill(s.v, join("v.", name));
    gan__spectral_begin(&s);
    const double found = sigma_of(&s);
    ck_assert_double_eq_tol(found, fifteen, 2e-6 * exact);
    ck_assert_double_le(found, exact * (1 + 1e-6));
    ck_assert_double_ge(found, exact * 0.9);
    for (int i = 0; i < 400; i++) {
        gan__layer_moved(layer);
    }
    ck_assert_double_eq_tol(sigma_of(&s), exact, 2e-6 * exact);
    gan_layer_destroy(layer);
    gan_context_destroy(ctx);
}
END_TEST

/* A layer that was just built: unit vectors, and a weight whose norm is near 1 once divided. */
START_TEST(spectral_built)
{
    gan_context *ctx = make_context();
    struct gan__spectral s;
    gan_layer *layer = open_built(ctx, _i, &s);
    double sum[2] = {0};

    ck_assert_int_eq(s.u->shape.rank, 1);
    ck_assert_int_eq(s.v->shape.rank, 1);
    ck_assert_int_eq(s.u->count, s.weight->shape.size[s.axis]);
    ck_assert_int_eq(s.u->count * s.v->count, s.weight->count);
    ck_assert(!s.u->requires_grad && !s.v->requires_grad && s.weight->requires_grad);
    for (int64_t i = 0; i < s.u->count; i++) {
        sum[0] += (double)values(s.u)[i] * (double)values(s.u)[i];
    }
    for (int64_t i = 0; i < s.v->count; i++) {
        sum[1] += (double)values(s.v)[i] * (double)values(s.v)[i];
    }
    ck_assert_double_eq_tol(sum[0], 1, 1e-6);
    ck_assert_double_eq_tol(sum[1], 1, 1e-6);
    const double first = sigma_of(&s);
    for (int i = 0; i < 400; i++) {
        gan__layer_moved(layer);
    }
    const double exact = sigma_of(&s);
    ck_assert_double_ge(first, 0.85 * exact);
    ck_assert_double_le(first, exact * (1 + 1e-6));
    gan_layer_destroy(layer);
    gan_context_destroy(ctx);
}
END_TEST

/* More output channels than are multiplied at a time: u becomes W v. */
START_TEST(spectral_many_channels)
{
    enum { TAPS = 6, OUT = 300, IN = 5 };
    gan_context *ctx = make_context();
    gan_layer *layer = parse(ctx, "gan-network 1\ninput shape=2x2x5\n"
                                  "conv_transpose2d filters=300 kernel=3x2 spectral_norm=true\n");
    const float *weight = values(parameter(ctx, layer, "1.weight"));
    const float *v = values(parameter(ctx, layer, "1.weight_v"));
    double wanted[OUT] = {0}, norm = 0;

    for (int o = 0; o < OUT; o++) {
        for (int t = 0; t < TAPS; t++) {
            for (int i = 0; i < IN; i++) {
                wanted[o] += (double)weight[(t * OUT + o) * IN + i] * (double)v[t * IN + i];
            }
        }
        norm += wanted[o] * wanted[o];
    }
    gan__layer_moved(layer);
    const float *u = values(parameter(ctx, layer, "1.weight_u"));
    for (int o = 0; o < OUT; o++) {
        ck_assert_double_eq_tol((double)u[o], wanted[o] / sqrt(norm), 1e-6);
    }
    gan_layer_destroy(layer);
    gan_context_destroy(ctx);
}
END_TEST

/* A network of all three kinds, filled from the oracle. */
struct work {
    gan_context *ctx;
    gan_layer *layer;
    gan_tensor *x, *factors;
};

static void
open_work(struct work *w)
{
    static const char *const filled[] = {"1.weight", "1.bias", "3.weight", "6.weight", "6.bias"};
    static const char *const given[] = {"1.weight_u", "1.weight_v", "3.weight_u",
                                        "3.weight_v", "6.weight_u", "6.weight_v"};
    const int64_t x[4] = {3, 6, 5, 2}, factors[2] = {3, 2};

    w->ctx = make_context();
    w->layer = parse(w->ctx, oracle_text_find(spectral_texts, "network"));
    w->x = make_tensor(w->ctx, x, 4, 1);
    w->factors = make_tensor(w->ctx, factors, 2, 1);
    fill(w->x, "x");
    fill(w->factors, "factors");
    ASSERT_OK(w->ctx, gan_tensor_set_requires_grad(w->x, 1));
    for (size_t i = 0; i < sizeof filled / sizeof filled[0]; i++) {
        fill(parameter(w->ctx, w->layer, filled[i]), filled[i]);
    }
    for (size_t i = 0; i < sizeof given / sizeof given[0]; i++) {
        copy_numbers(parameter(w->ctx, w->layer, given[i]), given[i]);
    }
}

static void
close_work(struct work *w)
{
    gan_tensor_destroy(w->x);
    gan_tensor_destroy(w->factors);
    gan_layer_destroy(w->layer);
    gan_context_destroy(w->ctx);
}

static gan_tensor *
total(struct work *w, int32_t training)
{
    gan_tensor *y = NULL, *product = NULL, *sum = NULL;

    ASSERT_OK(w->ctx, gan_layer_forward(w->layer, &y, w->x, training));
    ASSERT_OK(w->ctx, gan_mul(w->ctx, &product, y, w->factors));
    ASSERT_OK(w->ctx, gan_sum(w->ctx, &sum, product, NULL, 0, 0));
    gan_tensor_destroy(y);
    gan_tensor_destroy(product);
    return sum;
}

/* The squared norm of the gradient by x. */
static gan_tensor *
penalty(struct work *w, int32_t training)
{
    gan_tensor *sum = total(w, training), *gradient = NULL, *square = NULL, *out = NULL;

    ASSERT_OK(w->ctx, gan_grad(w->ctx, &gradient, &sum, 1, &w->x, 1, 1));
    ASSERT_OK(w->ctx, gan_square(w->ctx, &square, gradient));
    ASSERT_OK(w->ctx, gan_sum(w->ctx, &out, square, NULL, 0, 0));
    gan_tensor_destroy(sum);
    gan_tensor_destroy(gradient);
    gan_tensor_destroy(square);
    return out;
}

static void
compare_gradients(struct work *w, const char *prefix, double tolerance)
{
    for (int64_t i = -1; i < gan__layer_tensor_count(w->layer); i++) {
        const struct gan__layer_tensor *t = i < 0 ? NULL : &gan__layer_tensors(w->layer)[i];
        gan_tensor *tensor = i < 0 ? w->x : t->tensor, *gradient = NULL;
        ASSERT_OK(w->ctx, gan_tensor_gradient(tensor, &gradient));
        if (i >= 0 && t->buffer) {
            ck_assert_ptr_null(gradient);
            continue;
        }
        float *zeros = calloc((size_t)tensor->count, sizeof(float));
        ck_assert_ptr_nonnull(zeros);
        oracle_compare(spectral_numbers, join(prefix, i < 0 ? "x" : t->name),
                       gradient != NULL ? values(gradient) : zeros, tensor->count, tolerance, 1e-9);
        free(zeros);
        gan_tensor_destroy(gradient);
    }
}

/* Also: training and eval mode see the same weight. */
START_TEST(spectral_first)
{
    struct work w;
    gan_tensor *y = NULL;

    open_work(&w);
    ASSERT_OK(w.ctx, gan_layer_forward(w.layer, &y, w.x, _i));
    oracle_compare(spectral_numbers, "y", values(y), y->count, 2e-6, 0);
    gan_tensor_destroy(y);
    gan_tensor *sum = total(&w, _i);
    ASSERT_OK(w.ctx, gan_backward(w.ctx, sum, 0));
    gan_tensor_destroy(sum);
    compare_gradients(&w, "first.", 1e-5);
    close_work(&w);
}
END_TEST

START_TEST(spectral_second)
{
    struct work w;

    open_work(&w);
    gan_tensor *out = penalty(&w, 1);
    oracle_compare(spectral_numbers, "penalty", values(out), 1, 1e-5, 0);
    ASSERT_OK(w.ctx, gan_backward(w.ctx, out, 0));
    gan_tensor_destroy(out);
    compare_gradients(&w, "second.", 2e-5);
    close_work(&w);
}
END_TEST

/* The differences of f along a drawn direction of each weight, u and v frozen, and what the gradient says. */
static void
compare_differences(struct work *w, gan_tensor *(*f)(struct work *, int32_t), double tolerance)
{
    static const char *const weights[] = {"1.weight", "3.weight", "6.weight"};
    gan_tensor *out = f(w, 1);

    ASSERT_OK(w->ctx, gan_backward(w->ctx, out, 0));
    gan_tensor_destroy(out);
    for (int i = 0; i < 3; i++) {
        gan_tensor *weight = parameter(w->ctx, w->layer, weights[i]), *gradient = NULL;
        gan_tensor *direction = make_tensor(w->ctx, weight->shape.size, weight->shape.rank, 70 + i);
        const float h = 4e-3F;
        double slope = 0, norm = 0, sides[2];

        ASSERT_OK(w->ctx, gan_tensor_gradient(weight, &gradient));
        for (int side = 0; side < 2; side++) {
            for (int64_t k = 0; k < weight->count; k++) {
                values(weight)[k] += (side == 0 ? h : -2 * h) * values(direction)[k];
            }
            out = f(w, 1);
            sides[side] = (double)values(out)[0];
            gan_tensor_destroy(out);
        }
        for (int64_t k = 0; k < weight->count; k++) {
            values(weight)[k] += h * values(direction)[k];
            slope += (double)values(gradient)[k] * (double)values(direction)[k];
            norm += (double)values(gradient)[k] * (double)values(gradient)[k];
        }
        const double difference = (sides[0] - sides[1]) / (2 * (double)h);
        ck_assert_msg(fabs(difference - slope) <= tolerance * (sqrt(norm) + 0.1),
                      "%s: the gradient says %g, the difference %g", weights[i], slope, difference);
        gan_tensor_destroy(gradient);
        gan_tensor_destroy(direction);
    }
}

START_TEST(spectral_differences)
{
    struct work w;

    open_work(&w);
    compare_differences(&w, _i == 0 ? total : penalty, 5e-3);
    close_work(&w);
}
END_TEST

/* All buffers of a network, one after the other. */
static int64_t
read_buffers(gan_layer *layer, float *to)
{
    int64_t at = 0;

    for (int64_t i = 0; i < gan__layer_tensor_count(layer); i++) {
        const struct gan__layer_tensor *t = &gan__layer_tensors(layer)[i];
        if (t->buffer) {
            memcpy(to + at, gan__data(t->tensor), (size_t)t->tensor->count * sizeof(float));
            at += t->tensor->count;
        }
    }
    return at;
}

enum { BUFFERS = 1024 };

/* Forwards move nothing; each step of the optimizer moves the vectors by one iteration on the new weights. */
START_TEST(spectral_moves_with_steps)
{
    struct work w;
    gan_layer *copy = NULL;
    gan_optimizer *optimizer = NULL;
    struct gan__call call;
    float before[BUFFERS], after[BUFFERS];

    open_work(&w);
    ASSERT_OK(w.ctx, gan_optimizer_create(w.ctx, &optimizer, "sgd", "lr=0.05"));
    ASSERT_OK(w.ctx, gan_optimizer_attach(optimizer, w.layer));
    for (int step = 0; step < 2; step++) {
        const int64_t count = read_buffers(w.layer, before);
        for (int32_t training = 0; training < 2; training++) {
            gan_tensor *sum = total(&w, training);
            gan_tensor_destroy(sum);
        }
        gan_tensor *sum = total(&w, 1);
        ASSERT_OK(w.ctx, gan_backward(w.ctx, sum, 0));
        gan_tensor_destroy(sum);
        ck_assert_int_eq(read_buffers(w.layer, after), count);
        ck_assert_mem_eq(before, after, (size_t)count * sizeof(float));
        ASSERT_OK(w.ctx, gan_optimizer_step(optimizer));
        ASSERT_OK(w.ctx, gan_layer_clear_gradients(w.layer));
        (void)read_buffers(w.layer, after);
        ck_assert_mem_ne(before, after, (size_t)count * sizeof(float));
        /* The new weights, the old vectors, one iteration. */
        ASSERT_OK(w.ctx, gan__enter(&call, w.ctx, GAN__GROUP_LAYER));
        const gan_status st = gan__layer_clone(w.layer, &copy);
        ASSERT_OK(w.ctx, gan__leave(&call, st));
        for (int64_t i = 0, at = 0; i < gan__layer_tensor_count(copy); i++) {
            const struct gan__layer_tensor *t = &gan__layer_tensors(copy)[i];
            if (t->buffer) {
                memcpy(gan__data(t->tensor), before + at, (size_t)t->tensor->count * sizeof(float));
                at += t->tensor->count;
            }
        }
        gan__layer_moved(copy);
        (void)read_buffers(copy, before);
        ck_assert_mem_eq(before, after, (size_t)count * sizeof(float));
        gan_layer_destroy(copy);
        copy = NULL;
    }
    gan_optimizer_destroy(optimizer);
    close_work(&w);
}
END_TEST

/* Weights written by hand: the vectors are stale until they are refreshed. */
START_TEST(spectral_refreshed)
{
    gan_context *ctx = make_context();
    struct gan__spectral s;
    gan_layer *layer = open_single(ctx, _i, &s);
    const double exact =
        (double)oracle_find(spectral_numbers, join("exact.", singles[_i].name))->values[0];
    float drawn[4096];

    ck_assert_int_le(s.weight->count, 4096);
    for (int64_t i = 0; i < s.weight->count; i++) {
        drawn[i] =
            values(s.weight)[s.weight->count - 1 - i]; /* other singular vectors, same ones */
    }
    ASSERT_OK(ctx, gan_layer_refresh(layer));
    ck_assert_double_ge(sigma_of(&s), exact * 0.9);
    ASSERT_OK(ctx, gan_tensor_write(s.weight, drawn, s.weight->count));
    const double stale = sigma_of(&s);
    ASSERT_OK(ctx, gan_layer_refresh(layer));
    ck_assert_double_ge(sigma_of(&s), stale);
    for (int i = 0; i < 30; i++) {
        ASSERT_OK(ctx, gan_layer_refresh(layer));
    }
    ck_assert_double_eq_tol(sigma_of(&s), exact, 2e-6 * exact);
    gan_layer_destroy(layer);
    gan_context_destroy(ctx);
}
END_TEST

/* A graph that was recorded before the vectors moved is refused, as one before the weights moved. */
START_TEST(spectral_stale_graph)
{
    struct work w;

    open_work(&w);
    gan_tensor *sum = total(&w, 1);
    gan__layer_moved(w.layer);
    ASSERT_FAILS(w.ctx, gan_backward(w.ctx, sum, 0), GAN_E_STATE, "");
    gan_tensor_destroy(sum);
    close_work(&w);
}
END_TEST

START_TEST(spectral_frozen)
{
    gan_context *ctx = make_context();
    gan_layer *layer = parse(ctx, "gan-network 1\ninput shape=6\n"
                                  "dense units=5 spectral_norm=true trainable=false\n"
                                  "dense units=5 spectral_norm=true\n");
    float before[BUFFERS], after[BUFFERS];

    const int64_t count = read_buffers(layer, before);
    ck_assert_int_eq(count, 6 + 5 + 5 + 5);
    gan__layer_moved(layer);
    (void)read_buffers(layer, after);
    ck_assert_mem_eq(before, after, 11 * sizeof(float));
    ck_assert_mem_ne(before + 11, after + 11, 10 * sizeof(float));
    gan_layer_destroy(layer);
    gan_context_destroy(ctx);
}
END_TEST

static void
check_same(gan_layer *a, gan_layer *b)
{
    ck_assert_int_eq(gan__layer_tensor_count(a), gan__layer_tensor_count(b));
    for (int64_t i = 0; i < gan__layer_tensor_count(a); i++) {
        const struct gan__layer_tensor *s = &gan__layer_tensors(a)[i];
        const struct gan__layer_tensor *t = &gan__layer_tensors(b)[i];
        ck_assert_str_eq(s->name, t->name);
        ck_assert(s->buffer == t->buffer && s->trainable == t->trainable);
        ck_assert_int_eq(s->tensor->count, t->tensor->count);
        ck_assert_mem_eq(gan__data(s->tensor), gan__data(t->tensor),
                         (size_t)s->tensor->count * sizeof(float));
    }
}

START_TEST(spectral_kept)
{
    struct work w;
    gan_layer *again = NULL, *clone = NULL;
    struct gan__call call;
    char path[] = "spectral-XXXXXX";

    const int descriptor = mkstemp(path);
    ck_assert_int_ge(descriptor, 0);
    (void)close(descriptor);
    open_work(&w);
    gan__layer_moved(w.layer);
    ASSERT_OK(w.ctx, gan_layer_save(w.layer, path, NULL));
    ASSERT_OK(w.ctx, gan_layer_load(w.ctx, &again, path, NULL));
    (void)unlink(path);
    check_same(w.layer, again);
    ASSERT_OK(w.ctx, gan__enter(&call, w.ctx, GAN__GROUP_LAYER));
    const gan_status st = gan__layer_clone(w.layer, &clone);
    ASSERT_OK(w.ctx, gan__leave(&call, st));
    check_same(w.layer, clone);
    gan_layer_destroy(again);
    gan_layer_destroy(clone);
    close_work(&w);
}
END_TEST

START_TEST(spectral_refused)
{
    gan_context *ctx = make_context();
    gan_layer *layer = NULL;

    ASSERT_FAILS(ctx,
                 gan_layer_parse(ctx, &layer,
                                 "gan-network 1\ninput shape=6\nrelu\n"
                                 "dense units=5 spectral_norm=true init=zeros\n"),
                 GAN_E_ARG, "line 4 (dense): spectral_norm=true divides");
    ASSERT_FAILS(ctx,
                 gan_layer_parse(ctx, &layer,
                                 "gan-network 1\ninput shape=4x4x2\n"
                                 "conv2d filters=2 kernel=2 gain=0 spectral_norm=true\n"),
                 GAN_E_ARG, "gain=0");
    ck_assert_ptr_null(layer);
    gan_context_destroy(ctx);
}
END_TEST

START_TEST(spectral_no_memory)
{
    const int64_t shape[4] = {2, 6, 5, 2};
    const char *text = oracle_text_find(spectral_texts, "network");
    struct test_allocator host;
    gan_context *ctx = failing_context(&host);
    gan_layer *layer = NULL;
    gan_tensor *x = make_tensor(ctx, shape, 4, 1), *y = NULL;

    EACH_ALLOCATION_FAILS(ctx, &host, gan_layer_parse(ctx, &layer, text), layer == NULL);
    /* Scratch memory of kernels is the context's to keep. */
    ASSERT_OK(ctx, gan_layer_forward(layer, &y, x, 1));
    gan_tensor_destroy(y);
    y = NULL;
    EACH_ALLOCATION_FAILS(ctx, &host, gan_layer_forward(layer, &y, x, 1), y == NULL);
    gan__memory_trim(ctx);
    host.refuse_from = host.requests + 1; /* an iteration asks for nothing */
    gan__layer_moved(layer);
    host.refuse_from = 0;
    gan_tensor_destroy(x);
    gan_tensor_destroy(y);
    gan_layer_destroy(layer);
    gan_context_destroy(ctx);
    ck_assert_int_eq(host.blocks, 0);
}
END_TEST

/* Weights of zeros and of no numbers leave vectors that find the way back. */
START_TEST(spectral_outlives_zeros)
{
    gan_context *ctx = make_context();
    struct gan__spectral s;
    gan_layer *layer = open_single(ctx, _i, &s);
    const double exact =
        (double)oracle_find(spectral_numbers, join("exact.", singles[_i].name))->values[0];

    for (int bad = 0; bad < 2; bad++) {
        for (int64_t i = 0; i < s.weight->count; i++) {
            values(s.weight)[i] = bad == 0 ? 0 : NAN;
        }
        gan__layer_moved(layer);
        gan__layer_moved(layer);
    }
    fill(s.weight, join("w.", singles[_i].name));
    for (int i = 0; i < 400; i++) {
        gan__layer_moved(layer);
    }
    ck_assert_double_eq_tol(sigma_of(&s), exact, 2e-6 * exact);
    gan_layer_destroy(layer);
    gan_context_destroy(ctx);
}
END_TEST

/* Vectors and gradients of layers that fill more than a vector, a block and a task. */
static const char wide[] = "gan-network 1\ninput shape=3x3x70\n"
                           "conv_transpose2d filters=300 kernel=3 spectral_norm=true\ntanh\n"
                           "conv2d filters=37 kernel=4 spectral_norm=true\ntanh\n"
                           "flatten\ndense units=21 spectral_norm=true init=orthogonal\n";

/* Everything after some steps, in one array. */
static float *
run_wide(const char *options, int64_t *count)
{
    const int64_t shape[4] = {2, 3, 3, 70};
    gan_context *ctx = NULL;
    gan_optimizer *optimizer = NULL;

    if (gan_context_create(&ctx, options, NULL) != GAN_OK) {
        return NULL;
    }
    gan_layer *layer = parse(ctx, wide);
    gan_tensor *x = make_tensor(ctx, shape, 4, 1);
    ASSERT_OK(ctx, gan_optimizer_create(ctx, &optimizer, "sgd", "lr=0.01"));
    ASSERT_OK(ctx, gan_optimizer_attach(optimizer, layer));
    for (int step = 0; step < 2; step++) {
        gan_tensor *y = NULL, *sum = NULL;
        ASSERT_OK(ctx, gan_layer_forward(layer, &y, x, 1));
        ASSERT_OK(ctx, gan_sum(ctx, &sum, y, NULL, 0, 0));
        ASSERT_OK(ctx, gan_backward(ctx, sum, 0));
        ASSERT_OK(ctx, gan_optimizer_step(optimizer));
        ASSERT_OK(ctx, gan_layer_clear_gradients(layer));
        gan_tensor_destroy(y);
        gan_tensor_destroy(sum);
    }
    *count = 0;
    for (int64_t i = 0; i < gan__layer_tensor_count(layer); i++) {
        *count += gan__layer_tensors(layer)[i].tensor->count;
    }
    float *all = malloc((size_t)*count * sizeof *all);
    ck_assert_ptr_nonnull(all);
    for (int64_t i = 0, at = 0; i < gan__layer_tensor_count(layer); i++) {
        const gan_tensor *t = gan__layer_tensors(layer)[i].tensor;
        memcpy(all + at, gan__data(t), (size_t)t->count * sizeof *all);
        at += t->count;
    }
    gan_tensor_destroy(x);
    gan_optimizer_destroy(optimizer);
    gan_layer_destroy(layer);
    gan_context_destroy(ctx);
    return all;
}

START_TEST(spectral_bits)
{
    static const char *const others[] = {"seed=7 threads=3", "seed=7 threads=2 isa=avx2",
                                         "seed=7 threads=1 isa=portable"};
    int64_t count = 0, other_count = 0;
    float *first = run_wide("seed=7 threads=1", &count);

    ck_assert_ptr_nonnull(first);
    for (int i = 0; i < 3; i++) {
        float *other = run_wide(others[i], &other_count);
        if (other != NULL) { /* this CPU has the instructions */
            ck_assert_int_eq(other_count, count);
            ck_assert_msg(memcmp(first, other, (size_t)count * sizeof *first) == 0, "%s",
                          others[i]);
        }
        free(other);
    }
    free(first);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("spectral_norm");
    TCase *tests = tcase_create("spectral_norm");

    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, spectral_iterations, 0, SINGLES);
    tcase_add_loop_test(tests, spectral_built, 0, SINGLES);
    tcase_add_test(tests, spectral_many_channels);
    tcase_add_loop_test(tests, spectral_first, 0, 2);
    tcase_add_test(tests, spectral_second);
    tcase_add_loop_test(tests, spectral_differences, 0, 2);
    tcase_add_test(tests, spectral_moves_with_steps);
    tcase_add_test(tests, spectral_stale_graph);
    tcase_add_test(tests, spectral_frozen);
    tcase_add_test(tests, spectral_kept);
    tcase_add_test(tests, spectral_refused);
    tcase_add_test(tests, spectral_no_memory);
    tcase_add_loop_test(tests, spectral_outlives_zeros, 0, SINGLES);
    tcase_add_loop_test(tests, spectral_refreshed, 0, SINGLES);
    tcase_add_test(tests, spectral_bits);
    suite_add_tcase(suite, tests);
    return run_suites(&suite, 1);
}
