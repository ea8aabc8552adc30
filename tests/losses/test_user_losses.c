/*
 * Losses made by the user: callbacks over ops, registered by name. Values, second derivatives,
 * callbacks that fail or do what they must not, and what becomes of their `user`.
 */
#include "losses/loss.h"

#include <math.h>

#include "oracle/failing_host.h"

/* What the callbacks do wrong, one at a time. */
enum fault {
    NO_FAULT,
    FAILS,
    ODD,
    NOTHING,
    SHAPE,
    FOREIGN,
    CALLS_LOSS,
    STOPS_RECORDING,
    GIVES_UP_HANDLES
};

/* Static in each test: the context's end, in teardown(), still tells it. */
struct user {
    enum fault fault;
    int32_t released;
    bool saw_real; /* the generator's callback */
    gan_loss *loss;
    gan_tensor *tensors[2], *foreign;
};

static gan_context *ctx;

static void
setup(void)
{
    ASSERT_OK(ctx, gan_context_create(&ctx, "threads=1", NULL));
}

static void
teardown(void)
{
    gan_context_destroy(ctx);
    ctx = NULL;
}

/* sign E x^3: its second derivative is 6 sign x / N. */
static gan_status
cubes(gan_context *context, gan_tensor **out, gan_tensor *x, double sign)
{
    gan_tensor *square = NULL, *cube = NULL, *mean = NULL;
    gan_status st = gan_square(context, &square, x);

    if (st == GAN_OK) {
        st = gan_mul(context, &cube, square, x);
    }
    if (st == GAN_OK) {
        st = gan_mean(context, &mean, cube, NULL, 0, 0);
    }
    if (st == GAN_OK) {
        st = gan_affine(context, out, mean, sign, 0);
    }
    gan_tensor_destroy(square);
    gan_tensor_destroy(cube);
    gan_tensor_destroy(mean);
    return st;
}

static gan_status
misbehave(struct user *user, gan_context *context, gan_tensor **out, bool *done)
{
    *done = true;
    switch (user->fault) {
    case FAILS:
        return GAN_E_IO;
    case ODD:
        return (gan_status)1234;
    case NOTHING:
        return GAN_OK;
    case SHAPE:
        return gan_tensor_create(context, out, (const int64_t[]){3}, 1, NULL);
    case FOREIGN:
        gan_tensor_retain(user->foreign);
        *out = user->foreign;
        return GAN_OK;
    case CALLS_LOSS:
        return gan_loss_generator(user->loss, out, NULL, user->tensors[0]);
    default:
        break;
    }
    *done = false;
    if (user->fault == STOPS_RECORDING) {
        return gan_no_grad_begin(context);
    }
    if (user->fault == GIVES_UP_HANDLES) {
        gan_loss_destroy(user->loss);
        gan_tensor_destroy(user->tensors[0]);
        gan_tensor_destroy(user->tensors[1]);
        user->fault = NO_FAULT;
    }
    return GAN_OK;
}

static gan_status
on_discriminator(void *data, gan_context *context, gan_tensor **out, gan_tensor *real,
                 gan_tensor *generated)
{
    gan_tensor *parts[2] = {NULL, NULL};
    bool done = false;
    gan_status st = misbehave(data, context, out, &done);

    if (done || st != GAN_OK) {
        return st;
    }
    st = cubes(context, &parts[0], real, -1);
    if (st == GAN_OK) {
        st = cubes(context, &parts[1], generated, 1);
    }
    if (st == GAN_OK) {
        st = gan_add(context, out, parts[0], parts[1]);
    }
    gan_tensor_destroy(parts[0]);
    gan_tensor_destroy(parts[1]);
    return st;
}

static gan_status
on_generator(void *data, gan_context *context, gan_tensor **out, gan_tensor *real,
             gan_tensor *generated)
{
    struct user *user = data;

    user->saw_real = real != NULL;
    return cubes(context, out, generated, -1);
}

static gan_status
on_probability(void *data, gan_context *context, gan_tensor **out, gan_tensor *logits)
{
    bool done = false;
    const gan_status st = misbehave(data, context, out, &done);

    return done || st != GAN_OK ? st : gan_affine(context, out, logits, 0.5, 0.25);
}

static void
on_release(void *data)
{
    ((struct user *)data)->released++;
}

static gan_loss_callbacks
callbacks_of(struct user *user)
{
    return (gan_loss_callbacks){.struct_size = sizeof(gan_loss_callbacks),
                                .user = user,
                                .discriminator = on_discriminator,
                                .generator = on_generator,
                                .release = on_release};
}

static gan_tensor *
column(gan_context *context, const float *values, int64_t count)
{
    gan_tensor *tensor = NULL;

    ASSERT_OK(context, gan_tensor_create(context, &tensor, (const int64_t[]){count, 1}, 2, values));
    ASSERT_OK(context, gan_tensor_set_requires_grad(tensor, 1));
    return tensor;
}

static void
register_cubic(struct user *user)
{
    const gan_loss_callbacks callbacks = callbacks_of(user);

    ASSERT_OK(ctx, gan_loss_register(ctx, "cubic", &callbacks));
    ASSERT_OK(ctx, gan_loss_create(ctx, &user->loss, "cubic", NULL));
}

static float
take(gan_tensor *tensor)
{
    float value = NAN;

    ASSERT_OK(ctx, gan_tensor_read(tensor, &value, 1));
    gan_tensor_destroy(tensor);
    return value;
}

START_TEST(values_and_derivatives)
{
    const float r[2] = {1, 2}, f[2] = {0.5f, -1};
    static struct user user;
    gan_tensor *real = column(ctx, r, 2), *generated = column(ctx, f, 2);
    gan_tensor *value = NULL, *first = NULL, *sum = NULL, *second = NULL;
    float found[2];
    char text[64];

    register_cubic(&user);
    ASSERT_OK(ctx, gan_loss_text(user.loss, text, sizeof text, NULL));
    ck_assert_str_eq(text, "cubic");
    ASSERT_OK(ctx, gan_loss_discriminator(user.loss, &value, real, generated));
    ASSERT_OK(ctx, gan_grad(ctx, &first, &value, 1, &real, 1, 1));
    ck_assert_float_eq_tol(take(value), -(1.0f + 8) / 2 + (0.125f - 1) / 2, 1e-6f);
    ASSERT_OK(ctx, gan_tensor_read(first, found, 2));
    ck_assert_float_eq_tol(found[0], -1.5f, 1e-6f);
    ck_assert_float_eq_tol(found[1], -6, 1e-6f);
    ASSERT_OK(ctx, gan_sum(ctx, &sum, first, NULL, 0, 0));
    ASSERT_OK(ctx, gan_grad(ctx, &second, &sum, 1, &real, 1, 0));
    ASSERT_OK(ctx, gan_tensor_read(second, found, 2));
    ck_assert_float_eq_tol(found[0], -3, 1e-6f);
    ck_assert_float_eq_tol(found[1], -6, 1e-6f);
    ASSERT_OK(ctx, gan_loss_generator(user.loss, &value, real, generated));
    ck_assert(!user.saw_real); /* not asked for */
    ck_assert_float_eq_tol(take(value), 0.4375f, 1e-6f);
    gan_tensor_destroy(first);
    gan_tensor_destroy(sum);
    gan_tensor_destroy(second);
    gan_tensor_destroy(real);
    gan_tensor_destroy(generated);
    gan_loss_destroy(user.loss);
}
END_TEST

START_TEST(meaning)
{
    const float r[2] = {1, 2}, f[2] = {0.5f, 1.75f};
    static struct user user;
    gan_loss_callbacks callbacks = callbacks_of(&user);
    gan_tensor *logits = column(ctx, r, 2), *answer = NULL;
    float found[2];

    register_cubic(&user);
    ck_assert(user.loss->class->probability == NULL && user.loss->class->accuracy == NULL);
    ck_assert(!user.loss->class->generator_takes_real && !user.loss->class->critic);
    gan_loss_destroy(user.loss);
    callbacks.probability = on_probability;
    callbacks.has_threshold = 1;
    callbacks.threshold = 1.5;
    callbacks.generator_takes_real = 1;
    ASSERT_OK(ctx, gan_loss_register(ctx, "told", &callbacks));
    ASSERT_OK(ctx, gan_loss_create(ctx, &user.loss, "told", NULL));
    ASSERT_OK(ctx, user.loss->class->probability(user.loss, &answer, logits));
    ASSERT_OK(ctx, gan_tensor_read(answer, found, 2));
    ck_assert_float_eq_tol(found[0], 0.75f, 1e-6f);
    ck_assert_float_eq_tol(found[1], 1.25f, 1e-6f);
    ck_assert_double_eq(user.loss->class->accuracy(user.loss, r, f, 2), 0.5);
    gan_tensor_destroy(answer);
    answer = NULL;
    user.fault = SHAPE;
    ASSERT_FAILS(ctx, user.loss->class->probability(user.loss, &answer, logits), GAN_E_SHAPE,
                 "the probability callback of told made [3], wanted [2, 1]");
    ck_assert_ptr_null(answer);
    ASSERT_OK(ctx, gan_loss_generator(user.loss, &answer, logits, logits));
    ck_assert(user.saw_real);
    gan_tensor_destroy(answer);
    ASSERT_FAILS(ctx, gan_loss_generator(user.loss, &answer, NULL, logits), GAN_E_ARG,
                 "real is NULL");
    gan_tensor_destroy(logits);
    gan_loss_destroy(user.loss);
}
END_TEST

static const struct {
    enum fault fault;
    gan_status status;
    const char *sentence;
} faults[] = {
    {FAILS, GAN_E_IO, "the discriminator callback of cubic returned GAN_E_IO"},
    {ODD, GAN_E_CANCELLED, "1234"},
    {NOTHING, GAN_E_ARG, "the discriminator callback of cubic set no output"},
    {SHAPE, GAN_E_SHAPE, "the discriminator callback of cubic made [3], wanted []"},
    {FOREIGN, GAN_E_ARG, "another context"},
    {CALLS_LOSS, GAN_E_STATE, "not allowed"},
};

START_TEST(callback_faults)
{
    const float values[2] = {1, 2};
    static struct user user;
    gan_context *other = NULL;
    gan_tensor *logits = column(ctx, values, 2), *value = (gan_tensor *)&value;

    ASSERT_OK(other, gan_context_create(&other, "threads=1", NULL));
    register_cubic(&user);
    user.foreign = column(other, values, 2);
    user.tensors[0] = logits;
    user.fault = faults[_i].fault;
    ASSERT_FAILS(ctx, gan_loss_discriminator(user.loss, &value, logits, logits), faults[_i].status,
                 faults[_i].sentence);
    ck_assert_ptr_null(value);
    ck_assert_ptr_null(ctx->location);
    user.fault = NO_FAULT;
    ASSERT_OK(ctx, gan_loss_discriminator(user.loss, &value, logits, logits));
    ck_assert_float_eq_tol(take(value), 0, 1e-6f);
    gan_tensor_destroy(logits);
    gan_tensor_destroy(user.foreign);
    gan_loss_destroy(user.loss);
    gan_context_destroy(other);
    const int32_t released = user.released;
    gan_context_destroy(ctx); /* goes, unless something still holds on to it */
    ck_assert_int_eq(user.released, released + 1);
    setup();
}
END_TEST

/* A callback that forgets gan_no_grad_end() does not stop the caller's recording. */
START_TEST(callback_stops_recording)
{
    const float values[2] = {1, 2};
    static struct user user = {.fault = STOPS_RECORDING};
    gan_tensor *logits = column(ctx, values, 2), *value = NULL;

    register_cubic(&user);
    ASSERT_OK(ctx, gan_loss_discriminator(user.loss, &value, logits, logits));
    ck_assert_int_eq(ctx->no_grad_depth, 0);
    gan_tensor_destroy(value);
    gan_tensor_destroy(logits);
    gan_loss_destroy(user.loss);
}
END_TEST

/* The last handles of what a call works with may be given up inside of it. */
START_TEST(callback_gives_up_handles)
{
    const float values[2] = {1, 2};
    static struct user user = {.fault = GIVES_UP_HANDLES};
    gan_tensor *value = NULL;

    register_cubic(&user);
    user.tensors[0] = column(ctx, values, 2);
    user.tensors[1] = column(ctx, values, 2);
    ASSERT_OK(ctx, gan_loss_discriminator(user.loss, &value, user.tensors[0], user.tensors[1]));
    ck_assert_float_eq_tol(take(value), 0, 1e-6f);
}
END_TEST

/* Once, when the context goes: also if a loss of that kind is given up last. */
START_TEST(released_once)
{
    static struct user user;
    gan_context *context = NULL;
    gan_loss *loss = NULL;
    const gan_loss_callbacks callbacks = callbacks_of(&user);

    ASSERT_OK(context, gan_context_create(&context, "threads=1", NULL));
    ASSERT_OK(context, gan_loss_register(context, "cubic", &callbacks));
    ASSERT_OK(context, gan_loss_create(context, &loss, "cubic", ""));
    ASSERT_FAILS(context, gan_loss_register(context, "cubic", &callbacks), GAN_E_ARG,
                 "there is a loss \"cubic\" already");
    gan_context_destroy(context);
    ck_assert_int_eq(user.released, 0);
    gan_loss_destroy(loss);
    ck_assert_int_eq(user.released, 1);
}
END_TEST

START_TEST(bad_registers)
{
    struct {
        gan_loss_callbacks known;
        int64_t unknown;
    } larger = {.unknown = 0};
    static struct user user, second;
    gan_loss_callbacks callbacks = callbacks_of(&user);
    struct gan__text text;
    gan_loss *loss = NULL;

    ASSERT_FAILS(ctx, gan_loss_register(ctx, "hinge", &callbacks), GAN_E_ARG, "already");
    ASSERT_FAILS(ctx, gan_loss_register(ctx, "Hinge", &callbacks), GAN_E_ARG, "snake_case");
    ASSERT_FAILS(ctx, gan_loss_register(ctx, "", &callbacks), GAN_E_ARG, "snake_case");
    ASSERT_FAILS(ctx, gan_loss_register(ctx, NULL, &callbacks), GAN_E_ARG, "kind is NULL");
    ASSERT_FAILS(ctx, gan_loss_register(ctx, "x", NULL), GAN_E_ARG, "callbacks is NULL");
    callbacks.has_threshold = 1;
    callbacks.threshold = INFINITY;
    ASSERT_FAILS(ctx, gan_loss_register(ctx, "x", &callbacks), GAN_E_ARG, "threshold is infinite");
    callbacks.generator = NULL;
    ASSERT_FAILS(ctx, gan_loss_register(ctx, "x", &callbacks), GAN_E_ARG, "generator is NULL");
    callbacks.discriminator = NULL;
    ASSERT_FAILS(ctx, gan_loss_register(ctx, "x", &callbacks), GAN_E_ARG, "discriminator is NULL");
    callbacks.struct_size = sizeof(size_t);
    ASSERT_FAILS(ctx, gan_loss_register(ctx, "x", &callbacks), GAN_E_ARG, "struct_size is 8");
    larger.known = callbacks_of(&second);
    larger.known.struct_size = sizeof larger;
    larger.unknown = 1;
    ASSERT_FAILS(ctx, gan_loss_register(ctx, "x", &larger.known), GAN_E_ARG, "is not zero");
    larger.unknown = 0;
    ASSERT_OK(ctx, gan_loss_register(ctx, "x", &larger.known));
    larger.known.struct_size = offsetof(gan_loss_callbacks, probability);
    ASSERT_OK(ctx, gan_loss_register(ctx, "y", &larger.known)); /* without release */
    ASSERT_FAILS(ctx, gan_loss_create(ctx, &loss, "z", NULL), GAN_E_ARG, "x, y");
    ASSERT_FAILS(ctx, gan_loss_create(ctx, &loss, "x", "a=1"), GAN_E_ARG, "x: unknown option");
    gan__text_init(&text, ctx);
    gan__losses_document(&text);
    ck_assert_ptr_nonnull(strstr(text.data, "\nx: registered in this context"));
    gan__text_free(&text);
    gan_context_destroy(ctx);
    ctx = NULL;
    ck_assert_int_eq(user.released, 0);
    ck_assert_int_eq(second.released, 1);
    setup();
}
END_TEST

START_TEST(allocations)
{
    struct test_allocator allocator;
    static struct user user;
    gan_context *failing = failing_context(&allocator);
    const gan_loss_callbacks callbacks = callbacks_of(&user);
    const float values[3] = {1, 2, 3};
    gan_loss *loss = NULL;
    gan_tensor *logits, *value = NULL;

    EACH_ALLOCATION_FAILS(failing, &allocator, gan_loss_register(failing, "cubic", &callbacks),
                          user.released == 0);
    EACH_ALLOCATION_FAILS(failing, &allocator, gan_loss_create(failing, &loss, "cubic", NULL),
                          loss == NULL && user.released == 0);
    logits = column(failing, values, 3);
    EACH_ALLOCATION_FAILS(failing, &allocator, gan_loss_discriminator(loss, &value, logits, logits),
                          value == NULL);
    gan_loss_destroy(loss);
    gan_tensor_destroy(logits);
    gan_context_destroy(failing);
    ck_assert_int_eq(user.released, 0);
    gan_tensor_destroy(value);
    ck_assert_int_eq(user.released, 1);
    ck_assert_int_eq(allocator.blocks, 0);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("user losses");
    TCase *tcase = tcase_create("user losses");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, values_and_derivatives);
    tcase_add_test(tcase, meaning);
    tcase_add_loop_test(tcase, callback_faults, 0, (int)(sizeof faults / sizeof faults[0]));
    tcase_add_test(tcase, callback_stops_recording);
    tcase_add_test(tcase, callback_gives_up_handles);
    tcase_add_test(tcase, released_once);
    tcase_add_test(tcase, bad_registers);
    tcase_add_test(tcase, allocations);
    suite_add_tcase(suite, tcase);
    return run_suites(&suite, 1);
}
