/*
 * Layers made by the user: `scaled_square`, y = s x^2 + b x with parameters s and b, through text, gradients and refusals.
 */
#include "layers/suites.h"

#include <math.h>

#include "layers/layer.h"

/* What the callbacks do wrong, one at a time. */
enum fault {
    NO_FAULT,
    SHAPE_FAILS,
    SHAPE_RANK,
    SHAPE_SIZE,
    COUNT_NEGATIVE,
    NAME_NULL,
    NAME_BAD,
    NAME_TWICE,
    DEVIATION_NAN,
    RANK_LARGE,
    FORWARD_FAILS,
    FORWARD_ODD,
    FORWARD_NOTHING,
    FORWARD_SHAPE,
    FORWARD_FOREIGN,
    FORWARD_CALLS_LAYER,
    FORWARD_STOPS_RECORDING,
    FORWARD_GIVES_UP_HANDLES
};

struct user {
    enum fault fault;
    int32_t released, trained;
    gan_layer *network;
    gan_tensor *foreign;
};

static gan_status
square_shape(void *user, const int64_t *in, int32_t rank, int64_t *out, int32_t *out_rank)
{
    const struct user *u = user;

    for (int32_t i = 0; i < rank; i++) {
        out[i] = in[i];
    }
    *out_rank = u->fault == SHAPE_RANK ? 8 : rank;
    if (u->fault == SHAPE_SIZE) {
        out[0] = 0;
    }
    return u->fault == SHAPE_FAILS ? GAN_E_SHAPE : GAN_OK;
}

static int32_t
square_count(void *user)
{
    return ((struct user *)user)->fault == COUNT_NEGATIVE ? -1 : 2;
}

static gan_status
square_parameter(void *user, int32_t index, const int64_t *in, int32_t in_rank, const char **name,
                 int64_t *shape, int32_t *rank, double *deviation)
{
    static const char *const names[2] = {"s", "b"};
    const enum fault fault = ((struct user *)user)->fault;

    *name = names[fault == NAME_TWICE ? 0 : index];
    *name = fault == NAME_NULL ? NULL : fault == NAME_BAD ? "S" : *name;
    shape[0] = in[in_rank - 1];
    *rank = fault == RANK_LARGE ? 9 : 1;
    *deviation = fault == DEVIATION_NAN ? NAN : index == 0 ? 0.5 : 0;
    return GAN_OK;
}

static gan_status
square_compute(gan_context *ctx, gan_tensor **out, gan_tensor *x, gan_tensor *const *p)
{
    gan_tensor *square = NULL, *scaled = NULL, *linear = NULL;
    gan_status st = gan_square(ctx, &square, x);

    if (st == GAN_OK) {
        st = gan_mul(ctx, &scaled, square, p[0]);
    }
    if (st == GAN_OK) {
        st = gan_mul(ctx, &linear, x, p[1]);
    }
    if (st == GAN_OK) {
        st = gan_add(ctx, out, scaled, linear);
    }
    gan_tensor_destroy(square);
    gan_tensor_destroy(scaled);
    gan_tensor_destroy(linear);
    return st;
}

static gan_status
square_forward(void *user, gan_context *ctx, gan_tensor **out, gan_tensor *x, gan_tensor *const *p,
               int32_t count, int32_t training)
{
    struct user *u = user;
    const int64_t one[1] = {1};

    ck_assert_int_eq(count, 2);
    u->trained = training;
    if (u->fault == FORWARD_FAILS) {
        return GAN_E_IO;
    }
    if (u->fault == FORWARD_ODD) {
        return (gan_status)1234;
    }
    if (u->fault == FORWARD_NOTHING) {
        return GAN_OK;
    }
    if (u->fault == FORWARD_SHAPE) {
        return gan_tensor_create(ctx, out, one, 1, NULL);
    }
    if (u->fault == FORWARD_FOREIGN) {
        gan_tensor_retain(u->foreign);
        *out = u->foreign;
        return GAN_OK;
    }
    if (u->fault == FORWARD_CALLS_LAYER) {
        return gan_layer_forward(u->network, out, x, 0);
    }
    if (u->fault == FORWARD_STOPS_RECORDING) {
        ck_assert_int_eq(gan_no_grad_begin(ctx), GAN_OK);
    }
    if (u->fault == FORWARD_GIVES_UP_HANDLES) {
        gan_layer_destroy(u->network);
        gan_tensor_destroy(u->foreign);
        u->network = NULL;
        u->foreign = NULL;
    }
    return square_compute(ctx, out, x, p);
}

static void
square_release(void *user)
{
    ((struct user *)user)->released++;
}

static gan_layer_callbacks
square_callbacks(struct user *user)
{
    const gan_layer_callbacks callbacks = {.struct_size = sizeof callbacks,
                                           .user = user,
                                           .shape = square_shape,
                                           .parameter_count = square_count,
                                           .parameter = square_parameter,
                                           .forward = square_forward,
                                           .release = square_release};
    return callbacks;
}

static gan_context *
make_user_context(struct user *user)
{
    gan_context *ctx = make_context();
    const gan_layer_callbacks callbacks = square_callbacks(user);

    ASSERT_OK(ctx, gan_layer_register(ctx, "scaled_square", &callbacks));
    return ctx;
}

static const char network[] =
    "gan-network 1\ninput shape=3\ndense units=2\nscaled_square name=sq\ndense units=1\n";

START_TEST(user_text_and_values)
{
    const int64_t shape[2] = {4, 3}, sample[1] = {2};
    struct user user = {NO_FAULT, 0, 0, NULL, NULL};
    gan_context *ctx = make_user_context(&user);
    gan_layer *layer = parse(ctx, network), *copy = NULL, *alone = NULL, *again = NULL;
    gan_tensor *x = make_tensor(ctx, shape, 2, 1), *y = NULL, *z = NULL;
    char once[512], twice[512];

    ASSERT_OK(ctx, gan_layer_text(layer, once, sizeof once, NULL));
    ck_assert_ptr_nonnull(strstr(once, "\nscaled_square name=sq trainable=true\n"));
    again = parse(ctx, once);
    ASSERT_OK(ctx, gan_layer_text(again, twice, sizeof twice, NULL));
    ck_assert_str_eq(once, twice);
    ck_assert_float_ne(values(parameter(ctx, layer, "sq.s"))[0], 0);
    ck_assert_float_eq(values(parameter(ctx, layer, "sq.b"))[1], 0);
    ASSERT_OK(ctx, gan__layer_clone(layer, &copy));
    ASSERT_OK(ctx, gan_layer_forward(layer, &y, x, 1));
    ck_assert_int_eq(user.trained, 1);
    ASSERT_OK(ctx, gan_layer_forward(copy, &z, x, 0));
    ck_assert_int_eq(user.trained, 0);
    ck_assert_mem_eq(values(y), values(z), 4 * sizeof(float));
    gan_tensor_destroy(y);
    gan_tensor_destroy(z);

    ASSERT_OK(ctx, gan_layer_create(ctx, &alone, "scaled_square", NULL));
    ASSERT_OK(ctx, gan_layer_build(alone, sample, 1, NULL));
    gan_layer_destroy(alone);
    ASSERT_FAILS(ctx, gan_layer_create(ctx, &alone, "scaled_square", "x=1"), GAN_E_ARG,
                 "scaled_square: unknown option");
    ASSERT_FAILS(ctx, gan_layer_parse(ctx, &alone, "gan-network 1\nscaled_squar\n"), GAN_E_ARG,
                 "did you mean \"scaled_square\"");
    gan_layer_destroy(layer);
    gan_layer_destroy(copy);
    gan_layer_destroy(again);
    gan_tensor_destroy(x);
    gan_context_destroy(ctx);
}
END_TEST

/* d/dx of the sum over y = 2 s x + b, and the derivative of its square by s, b and x. */
START_TEST(user_second_order)
{
    const int64_t shape[2] = {3, 2}, sample[1] = {2};
    struct user user = {NO_FAULT, 0, 0, NULL, NULL};
    gan_context *ctx = make_user_context(&user);
    gan_layer *layer = NULL;
    gan_tensor *x = make_tensor(ctx, shape, 2, 1), *y = NULL, *g = NULL, *square = NULL,
               *sum = NULL, *d[3];

    ASSERT_OK(ctx, gan_layer_create(ctx, &layer, "scaled_square", NULL));
    ASSERT_OK(ctx, gan_layer_build(layer, sample, 1, NULL));
    gan_tensor *s = parameter(ctx, layer, "s"), *b = parameter(ctx, layer, "b");
    values(b)[0] = 0.3f;
    values(b)[1] = -0.7f;
    ASSERT_OK(ctx, gan_tensor_set_requires_grad(x, 1));
    ASSERT_OK(ctx, gan_layer_forward(layer, &y, x, 1));
    ASSERT_OK(ctx, gan_grad(ctx, &g, &y, 1, &x, 1, 1));
    ASSERT_OK(ctx, gan_square(ctx, &square, g));
    ASSERT_OK(ctx, gan_sum(ctx, &sum, square, NULL, 0, 0));
    gan_tensor *const by[3] = {x, s, b};
    ASSERT_OK(ctx, gan_grad(ctx, d, &sum, 1, by, 3, 0));
    double ds[2] = {0}, db[2] = {0};
    for (int i = 0; i < 6; i++) {
        const double scale = (double)values(s)[i % 2], at = (double)values(x)[i];
        const double slope = 2 * scale * at + (double)values(b)[i % 2];
        ck_assert_double_eq_tol((double)values(g)[i], slope, 1e-6);
        ck_assert_double_eq_tol((double)values(d[0])[i], 2 * slope * 2 * scale, 1e-5);
        ds[i % 2] += 2 * slope * 2 * at;
        db[i % 2] += 2 * slope;
    }
    for (int c = 0; c < 2; c++) {
        ck_assert_double_eq_tol((double)values(d[1])[c], ds[c], 1e-5);
        ck_assert_double_eq_tol((double)values(d[2])[c], db[c], 1e-5);
    }
    for (int i = 0; i < 3; i++) {
        gan_tensor_destroy(d[i]);
    }
    gan_tensor_destroy(x);
    gan_tensor_destroy(y);
    gan_tensor_destroy(g);
    gan_tensor_destroy(square);
    gan_tensor_destroy(sum);
    gan_layer_destroy(layer);
    gan_context_destroy(ctx);
}
END_TEST

static const struct {
    enum fault fault;
    gan_status status;
    const char *sentence;
} faults[] = {
    {SHAPE_FAILS, GAN_E_SHAPE,
     "line 4 (scaled_square): the shape callback of scaled_square returned GAN_E_SHAPE"},
    {SHAPE_RANK, GAN_E_ARG, "gave rank 8"},
    {SHAPE_SIZE, GAN_E_SHAPE, "gave a size of 0"},
    {COUNT_NEGATIVE, GAN_E_ARG, "parameter_count callback of scaled_square gave -1"},
    {NAME_NULL, GAN_E_ARG, "gave no name, wanted a snake_case word"},
    {NAME_BAD, GAN_E_ARG, "gave the name \"S\", wanted a snake_case word"},
    {NAME_TWICE, GAN_E_ARG, "gave the name \"s\" twice"},
    {DEVIATION_NAN, GAN_E_ARG, "gave a deviation"},
    {RANK_LARGE, GAN_E_ARG, "gave rank 9"},
    {FORWARD_FAILS, GAN_E_IO,
     "line 4 (scaled_square): the forward callback of scaled_square returned GAN_E_IO"},
    {FORWARD_ODD, GAN_E_CANCELLED, "1234"},
    {FORWARD_NOTHING, GAN_E_ARG, "set no output"},
    {FORWARD_SHAPE, GAN_E_SHAPE, "made [1], its shape callback promised [4, 2]"},
    {FORWARD_FOREIGN, GAN_E_ARG, "another context"},
    {FORWARD_CALLS_LAYER, GAN_E_STATE, "not allowed"},
};

START_TEST(user_faults)
{
    const int64_t shape[2] = {4, 3};
    struct user user = {NO_FAULT, 0, 0, NULL, NULL};
    gan_context *ctx = make_user_context(&user), *other = make_context();
    gan_layer *layer = parse(ctx, network), *none = NULL;
    gan_tensor *x = make_tensor(ctx, shape, 2, 1), *y = NULL;

    user.foreign = make_tensor(other, shape, 2, 1);
    user.network = layer;
    user.fault = faults[_i].fault;
    if (user.fault < FORWARD_FAILS) {
        ASSERT_FAILS(ctx, gan_layer_parse(ctx, &none, network), faults[_i].status,
                     faults[_i].sentence);
    } else {
        ASSERT_FAILS(ctx, gan_layer_forward(layer, &y, x, 0), faults[_i].status,
                     faults[_i].sentence);
    }
    ck_assert_ptr_null(y);
    ck_assert_ptr_null(ctx->location);
    user.fault = NO_FAULT;
    ASSERT_OK(ctx, gan_layer_forward(layer, &y, x, 0));
    gan_tensor_destroy(user.foreign);
    gan_tensor_destroy(x);
    gan_tensor_destroy(y);
    gan_layer_destroy(layer);
    gan_context_destroy(ctx);
    gan_context_destroy(other);
}
END_TEST

/* A callback that forgets gan_no_grad_end() does not stop the caller's recording. */
START_TEST(user_no_grad)
{
    const int64_t shape[2] = {4, 3};
    struct user user = {FORWARD_STOPS_RECORDING, 0, 0, NULL, NULL};
    gan_context *ctx = make_user_context(&user);
    gan_layer *layer = parse(ctx, network);
    gan_tensor *x = make_tensor(ctx, shape, 2, 1), *y = NULL;

    ASSERT_OK(ctx, gan_layer_forward(layer, &y, x, 0));
    ck_assert_int_eq(ctx->no_grad_depth, 0);
    gan_tensor_destroy(x);
    gan_tensor_destroy(y);
    gan_layer_destroy(layer);
    gan_context_destroy(ctx);
}
END_TEST

/* The last handles of what a call works with may be given up inside of it. */
START_TEST(user_gives_up_handles)
{
    const int64_t shape[2] = {4, 3};
    struct user user = {FORWARD_GIVES_UP_HANDLES, 0, 0, NULL, NULL};
    gan_context *ctx = make_user_context(&user);
    gan_tensor *y = NULL;
    float samples[12];

    user.network = parse(ctx, network);
    user.foreign = make_tensor(ctx, shape, 2, 1);
    ASSERT_OK(ctx, gan_layer_forward(user.network, &y, user.foreign, 1));
    ck_assert_ptr_null(user.network);
    gan_tensor_destroy(y);
    user.network = parse(ctx, "gan-network 1\ninput shape=3 noise=normal\nscaled_square\n");
    ASSERT_OK(ctx, gan_layer_generate(user.network, samples, 4, "batch=1"));
    ck_assert_ptr_null(user.network);
    gan_context_destroy(ctx);
    ck_assert_int_eq(user.released, 1);
}
END_TEST

START_TEST(user_register)
{
    struct {
        gan_layer_callbacks known;
        int64_t unknown;
    } larger = {.unknown = 0};
    struct user user = {NO_FAULT, 0, 0, NULL, NULL}, second = user;
    gan_context *ctx = make_user_context(&user);
    gan_layer_callbacks callbacks = square_callbacks(&second);

    ASSERT_FAILS(ctx, gan_layer_register(ctx, "scaled_square", &callbacks), GAN_E_ARG, "already");
    ASSERT_FAILS(ctx, gan_layer_register(ctx, "dense", &callbacks), GAN_E_ARG, "already");
    ASSERT_FAILS(ctx, gan_layer_register(ctx, "Dense", &callbacks), GAN_E_ARG, "snake_case");
    ASSERT_FAILS(ctx, gan_layer_register(ctx, NULL, &callbacks), GAN_E_ARG, "kind is NULL");
    ASSERT_FAILS(ctx, gan_layer_register(ctx, "x", NULL), GAN_E_ARG, "callbacks is NULL");
    callbacks.parameter = NULL;
    ASSERT_FAILS(ctx, gan_layer_register(ctx, "x", &callbacks), GAN_E_ARG,
                 "both of parameter_count");
    callbacks.forward = NULL;
    ASSERT_FAILS(ctx, gan_layer_register(ctx, "x", &callbacks), GAN_E_ARG, "forward is NULL");
    callbacks.struct_size = sizeof(size_t);
    ASSERT_FAILS(ctx, gan_layer_register(ctx, "x", &callbacks), GAN_E_ARG, "struct_size is 8");
    larger.known = square_callbacks(&second);
    larger.known.struct_size = sizeof larger;
    larger.unknown = 1;
    ASSERT_FAILS(ctx, gan_layer_register(ctx, "x", &larger.known), GAN_E_ARG, "is not zero");
    larger.unknown = 0;
    ASSERT_OK(ctx, gan_layer_register(ctx, "x", &larger.known));
    larger.known.struct_size = offsetof(gan_layer_callbacks, release);
    ASSERT_OK(ctx, gan_layer_register(ctx, "y", &larger.known)); /* without release */
    gan_context_destroy(ctx);
    ck_assert_int_eq(user.released, 1);
    ck_assert_int_eq(second.released, 1);
}
END_TEST

TCase *
user_tests(void)
{
    TCase *tests = tcase_create("user");

    tcase_add_test(tests, user_text_and_values);
    tcase_add_test(tests, user_second_order);
    tcase_add_loop_test(tests, user_faults, 0, (int)(sizeof faults / sizeof faults[0]));
    tcase_add_test(tests, user_no_grad);
    tcase_add_test(tests, user_gives_up_handles);
    tcase_add_test(tests, user_register);
    return tests;
}
