/* What a graph holds and when it gives it back; long graphs; failed allocations inside gan_backward. */
#include <pthread.h>

#include "failing_host.h"
#include "op_case.h"

enum { PICTURE = 1 << 18 /* elements: 1 MiB */, STEPS = 24 };

static const double mebibyte = 1048576.0;

/* MiB in use now, without kept blocks. */
static double
used(gan_context *ctx)
{
    uint64_t bytes = 0;
    failing_trim(ctx);
    ASSERT_OK(ctx, gan_context_get(ctx, &bytes, "memory_used"));
    return (double)bytes / mebibyte;
}

static double
peak(gan_context *ctx)
{
    uint64_t bytes = 0;
    ASSERT_OK(ctx, gan_context_get(ctx, &bytes, "memory_peak"));
    return (double)bytes / mebibyte;
}

typedef gan_status (*step)(gan_context *ctx, gan_tensor **out, gan_tensor *x);

static gan_status
step_affine(gan_context *ctx, gan_tensor **out, gan_tensor *x)
{
    return gan_affine(ctx, out, x, 0.5, 1.0);
}

static gan_status
step_tanh(gan_context *ctx, gan_tensor **out, gan_tensor *x)
{
    return gan_tanh(ctx, out, x);
}

static gan_status
step_relu(gan_context *ctx, gan_tensor **out, gan_tensor *x)
{
    return gan_leaky_relu(ctx, out, x, 0.2);
}

static gan_status
step_square(gan_context *ctx, gan_tensor **out, gan_tensor *x)
{
    return gan_square(ctx, out, x);
}

/* A chain of steps over x, and its sum; what comes between is given up at once. */
static gan_tensor *
chain(gan_context *ctx, gan_tensor *x, step one, int32_t steps)
{
    gan_tensor *now = x, *next = NULL;
    gan_tensor_retain(x);
    for (int32_t i = 0; i < steps; i++) {
        ASSERT_OK(ctx, one(ctx, &next, now));
        gan_tensor_destroy(now);
        now = next;
    }
    ASSERT_OK(ctx, gan_sum(ctx, &next, now, NULL, 0, 0));
    gan_tensor_destroy(now);
    return next;
}

/* The forward keeps `kept` pictures for each step; backward takes at most `more` over that, and gives all back. */
static void
check_chain(step one, double kept, double more)
{
    const int64_t size = PICTURE;
    gan_context *ctx = test_context();
    gan_tensor *x = NULL;
    ASSERT_OK(ctx, gan_tensor_create(ctx, &x, &size, 1, NULL));
    ASSERT_OK(ctx, gan_tensor_set_requires_grad(x, 1));
    const double before = used(ctx);
    gan_tensor *loss = chain(ctx, x, one, STEPS);
    const double held = used(ctx) - before;
    ck_assert_msg(held < kept * STEPS + 0.5, "the graph holds %g MiB", held);
    const double top = peak(ctx);
    ASSERT_OK(ctx, gan_backward(ctx, loss, 0));
    const double high = peak(ctx);
    /* The forward's peak is the graph and one step's two pictures. */
    ck_assert_msg(top <= before + kept * STEPS + 2.5, "forward's peak is %g MiB", top - before);
    ck_assert_msg(high <= before + kept * STEPS + more, "backward's peak is %g MiB", high - before);
    const double left = used(ctx) - before; /* the loss is held still */
    ck_assert_msg(left < 1.2, "%g MiB are left", left);
    gan_tensor_destroy(loss);
    gan_tensor_destroy(x);
    gan_context_destroy(ctx);
}

START_TEST(graphs_hold_what_rules_read)
{
    check_chain(step_affine, 0.0, 3.5);
    check_chain(step_tanh, 1.0, 2.5);
    check_chain(step_relu, 1.0, 2.5);
    check_chain(step_square, 1.0, 4.5);
}
END_TEST

/* What ran is given back before what runs next, and a gradient is written over the one that it is made of: beside the
 * graph, backward needs one at a time. */
START_TEST(backward_gives_back_as_it_goes)
{
    const int64_t size = PICTURE;
    gan_context *ctx = test_context();
    gan_tensor *x = NULL;
    ASSERT_OK(ctx, gan_tensor_create(ctx, &x, &size, 1, NULL));
    ASSERT_OK(ctx, gan_tensor_set_requires_grad(x, 1));
    gan_tensor *loss = chain(ctx, x, step_tanh, STEPS);
    const double before = peak(ctx);
    ASSERT_OK(ctx, gan_backward(ctx, loss, 0));
    ck_assert_msg(peak(ctx) - before < 1.1, "backward took %g MiB more", peak(ctx) - before);
    gan_tensor_destroy(loss);
    gan_tensor_destroy(x);
    gan_context_destroy(ctx);
}
END_TEST

/* After the second step nothing more comes from the system. */
START_TEST(steps_reuse_memory)
{
    const int64_t size = 5000;
    gan_context *ctx = test_context();
    gan_tensor *x = NULL;
    ASSERT_OK(ctx, gan_tensor_create(ctx, &x, &size, 1, NULL));
    ASSERT_OK(ctx, gan_tensor_set_requires_grad(x, 1));
    uint64_t after_second = 0, after_all = 0;
    for (int32_t i = 0; i < 6; i++) {
        gan_tensor *loss = chain(ctx, x, step_tanh, 10);
        ASSERT_OK(ctx, gan_backward(ctx, loss, 0));
        gan_tensor_destroy(loss);
        ASSERT_OK(ctx,
                  gan_context_get(ctx, i < 2 ? &after_second : &after_all, "system_allocations"));
    }
    ck_assert_uint_eq(after_second, after_all);
    gan_tensor_destroy(x);
    gan_context_destroy(ctx);
}
END_TEST

/* Graphs of 100,000 ops on a small stack: backward, destroy after and without it, and gradients of gradients. */
enum { LONG = 100000, SMALL_STACK = 128 * 1024 };

static void *
long_chains(void *argument)
{
    gan_context *ctx = argument;
    const float one = 1.0f;
    gan_tensor *x = NULL, *gradient = NULL;
    ASSERT_OK(ctx, gan_tensor_create(ctx, &x, NULL, 0, &one));
    ASSERT_OK(ctx, gan_tensor_set_requires_grad(x, 1));
    gan_tensor *loss = chain(ctx, x, step_tanh, LONG);
    ASSERT_OK(ctx, gan_backward(ctx, loss, 0));
    ASSERT_OK(ctx, gan_tensor_gradient(x, &gradient));
    ck_assert_ptr_nonnull(gradient);
    gan_tensor_destroy(gradient);
    gan_tensor_destroy(loss);
    loss = chain(ctx, x, step_tanh, LONG);
    gan_tensor_destroy(loss);
    loss = chain(ctx, x, step_square, LONG / 4);
    ASSERT_OK(ctx, gan_grad(ctx, &gradient, &loss, 1, &x, 1, 1));
    gan_tensor_destroy(loss);
    gan_tensor_destroy(gradient);
    gan_tensor_destroy(x);
    return NULL;
}

START_TEST(long_graphs)
{
    gan_context *ctx = test_context();
    pthread_attr_t attributes;
    pthread_t thread;
    ck_assert_int_eq(pthread_attr_init(&attributes), 0);
    ck_assert_int_eq(pthread_attr_setstacksize(&attributes, SMALL_STACK), 0);
    ck_assert_int_eq(pthread_create(&thread, &attributes, long_chains, ctx), 0);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    pthread_attr_destroy(&attributes);
    ck_assert_double_lt(used(ctx), 64.0);
    gan_context_destroy(ctx);
}
END_TEST

/* A tensor and its gradient's graph hold each other; the end of the context frees them all the same. */
START_TEST(cycles_end_with_the_context)
{
    struct failing_host host;
    gan_context *ctx = failing_context(&host);
    const float value = 3.0f;
    gan_tensor *x[3] = {NULL};
    for (int32_t i = 0; i < 3; i++) {
        gan_tensor *square = NULL, *cube = NULL;
        ASSERT_OK(ctx, gan_tensor_create(ctx, &x[i], NULL, 0, &value));
        ASSERT_OK(ctx, gan_tensor_set_requires_grad(x[i], 1));
        ASSERT_OK(ctx, gan_mul(ctx, &square, x[i], x[i]));
        ASSERT_OK(ctx, gan_mul(ctx, &cube, square, x[i]));
        ASSERT_OK(ctx, gan_backward(ctx, cube, 1));
        gan_tensor_destroy(square);
        gan_tensor_destroy(cube);
    }
    ASSERT_OK(ctx, gan_tensor_clear_gradient(x[1])); /* out of the middle of the list */
    gan_tensor_destroy(x[1]);
    gan_tensor_destroy(x[0]);
    gan_context_destroy(ctx);
    ck_assert_int_gt(host.live, 0);
    gan_tensor_destroy(x[2]); /* the last handle */
    ck_assert_int_eq(host.live, 0);
}
END_TEST

/* A small network with a layer of each kind, whose gan_backward fails at each of its allocations in turn. */
static gan_status
network_loss(gan_context *ctx, gan_tensor **out, gan_tensor *const *p)
{
    const int64_t stride[] = {2, 2}, padding[] = {1, 1}, flat[] = {2, -1};
    gan_status st = GAN_OK;
    gan_tensor *t[6] = {NULL};
    GAN__TRY(gan_conv2d(ctx, &t[0], p[0], p[1], stride, padding));
    GAN__TRY(gan_batch_norm(ctx, &t[1], NULL, NULL, t[0], p[2], p[3], 1e-5));
    GAN__TRY(gan_leaky_relu(ctx, &t[2], t[1], 0.2));
    GAN__TRY(gan_reshape(ctx, &t[3], t[2], flat, 2));
    GAN__TRY(gan_matmul(ctx, &t[4], t[3], p[4], 0, 0));
    GAN__TRY(gan_softplus(ctx, &t[5], t[4]));
    GAN__TRY(gan_mean(ctx, out, t[5], NULL, 0, 0));
fail:
    for (int32_t i = 0; i < 6; i++) {
        gan_tensor_destroy(t[i]);
    }
    return st;
}

enum { NETWORK = 5 };

START_TEST(backward_with_failed_allocations)
{
    struct failing_host host;
    gan_context *ctx = failing_context(&host);
    const struct gan__shape shapes[NETWORK] = {shape_of(4, 2, 8, 8, 3), shape_of(4, 4, 4, 3, 5),
                                               shape_of(1, 5), shape_of(1, 5), shape_of(2, 80, 1)};
    gan_tensor *p[NETWORK], *loss = NULL;
    float old[NETWORK];
    for (int32_t i = 0; i < NETWORK; i++) {
        p[i] = some_tensor(ctx, shapes[i]);
    }
    ASSERT_OK(ctx, network_loss(ctx, &loss, p));
    ASSERT_OK(ctx, gan_backward(ctx, loss, _i)); /* what follows adds to gradients */
    gan_tensor_destroy(loss);
    for (int32_t i = 0; i < NETWORK; i++) {
        old[i] = gan__data(p[i]->gradient)[0];
    }
    int64_t n = 0;
    for (bool refused = true; refused; n++) {
        ASSERT_OK(ctx, network_loss(ctx, &loss, p));
        failing_arm(&host, ctx, n);
        const gan_status st = gan_backward(ctx, loss, _i);
        refused = failing_disarm(&host, ctx);
        ck_assert_int_eq(st, refused ? GAN_E_NOMEM : GAN_OK);
        for (int32_t i = 0; i < NETWORK; i++) {
            const float now = gan__data(p[i]->gradient)[0];
            ck_assert(refused ? now == old[i] : now == 2 * old[i]);
        }
        gan_tensor_destroy(loss);
    }
    ck_assert_int_gt(n, 8);
    for (int32_t i = 0; i < NETWORK; i++) {
        gan_tensor_destroy(p[i]);
    }
    gan_context_destroy(ctx);
    ck_assert_int_eq(host.live, 0);
}
END_TEST

Suite *
graph_memory_suite(void)
{
    Suite *suite = suite_create("graph memory");
    TCase *tests = tcase_create("graph memory");
    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, graphs_hold_what_rules_read);
    tcase_add_test(tests, backward_gives_back_as_it_goes);
    tcase_add_test(tests, steps_reuse_memory);
    tcase_add_test(tests, long_graphs);
    tcase_add_test(tests, cycles_end_with_the_context);
    tcase_add_loop_test(tests, backward_with_failed_allocations, 0, 2);
    suite_add_tcase(suite, tests);
    return suite;
}
