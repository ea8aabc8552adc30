/*
 * The rows of a profile: operations against counts by hand, names, times against a clock outside; and that nothing else
 * changes: bits, memory, failures.
 */
#include "profile.h"

#include <time.h>

#include "base/memory.h"

static double
seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static bool
has_label(gan_context *ctx, int64_t row, const char *name, const char *wanted)
{
    char text[128];
    ASSERT_OK(ctx, gan_profile_label(ctx, row, name, text, sizeof text, NULL));
    return wanted == NULL || strcmp(text, wanted) == 0;
}

double
profile_sum(gan_context *ctx, const char *number, const char *phase, const char *network,
            const char *layer, const char *op)
{
    int64_t count = 0;
    double sum = 0;
    ASSERT_OK(ctx, gan_profile_count(ctx, &count));
    for (int64_t i = 0; i < count; i++) {
        double value = 0;
        ASSERT_OK(ctx, gan_profile_get(ctx, &value, i, number));
        if (has_label(ctx, i, "phase", phase) && has_label(ctx, i, "network", network) &&
            has_label(ctx, i, "layer", layer) && has_label(ctx, i, "op", op)) {
            sum += value;
        }
    }
    return sum;
}

/* ---- operations ---- */

enum { BATCH = 8, STEPS = 3 };

/* Of one pass through plain_generator's and plain_discriminator's products, by hand: 2 operations for each of batch, outputs,
 * taps, channels in and out. */
static const double g_dense = 2.0 * BATCH * 6 * 64, g_picture = 2.0 * BATCH * 4 * 4 * 16 * 4 * 1;
static const double d_first = 2.0 * BATCH * 4 * 4 * 16 * 1 * 5,
                    d_second = 2.0 * BATCH * 2 * 2 * 16 * 5 * 6, d_dense = 2.0 * BATCH * 24;

static void
check_row(gan_context *ctx, double calls, double operations, const char *phase, const char *network,
          const char *layer, const char *op)
{
    const double found = profile_sum(ctx, "calls", phase, network, layer, op);
    ck_assert_msg(found == STEPS * calls, "%s %s %s %s: %g calls, wanted %g", phase, network, layer,
                  op, found, STEPS * calls);
    const double done = profile_sum(ctx, "operations", phase, network, layer, op);
    ck_assert_msg(done == STEPS * operations, "%s %s %s %s: %g operations, wanted %g", phase,
                  network, layer, op, done, STEPS * operations);
}

START_TEST(test_operations)
{
    const char *const g = "generator", *const d = "discriminator";
    struct fixture f;
    fixture_open(&f, "threads=2", NULL, plain_generator, plain_discriminator, "batch=8");
    ASSERT_OK(f.ctx, gan_profile_start(f.ctx, NULL));
    fixture_steps(&f, STEPS);
    /* D sees real and generated pictures and then, for G, the generated ones again. */
    check_row(f.ctx, 1, g_dense, "forward", g, "1 (dense)", "matmul");
    check_row(f.ctx, 1, g_dense, "backward", g, "1 (dense)", "matmul");
    check_row(f.ctx, 1, g_picture, "forward", g, "5 (conv_transpose2d)", "conv_transpose2d");
    check_row(f.ctx, 1, g_picture, "backward", g, "5 (conv_transpose2d)", "conv2d");
    check_row(f.ctx, 1, g_picture, "backward", g, "5 (conv_transpose2d)", "conv2d_weight");
    check_row(f.ctx, 3, 3 * d_first, "forward", d, "1 (conv2d)", "conv2d");
    check_row(f.ctx, 2, 2 * d_first, "backward", d, "1 (conv2d)", "conv2d_weight");
    check_row(f.ctx, 1, d_first, "backward", d, "1 (conv2d)", "conv_transpose2d");
    check_row(f.ctx, 3, 3 * d_second, "forward", d, "3 (conv2d)", "conv2d");
    check_row(f.ctx, 2, 2 * d_second, "backward", d, "3 (conv2d)", "conv2d_weight");
    check_row(f.ctx, 3, 3 * d_second, "backward", d, "3 (conv2d)", "conv_transpose2d");
    check_row(f.ctx, 3, 3 * d_dense, "forward", d, "7 (dense)", "matmul");
    check_row(f.ctx, 5, 5 * d_dense, "backward", d, "7 (dense)", "matmul");
    const double generator = g_dense + g_picture, discriminator = d_first + d_second + d_dense;
    ck_assert(profile_sum(f.ctx, "operations", NULL, NULL, NULL, NULL) ==
              STEPS * (generator + 4 * discriminator + 2 * (2 * discriminator - d_first) +
                       2 * generator - g_dense));
    /* Bytes: what goes in and out, once each; no view has any. */
    ck_assert(profile_sum(f.ctx, "bytes", "forward", d, "1 (conv2d)", "conv2d") ==
              STEPS * 3.0 * 4 * (BATCH * 64 + 16 * 5 + BATCH * 16 * 5));
    ck_assert(profile_sum(f.ctx, "bytes", NULL, NULL, NULL, "reshape") == 0);
    ck_assert(profile_sum(f.ctx, "bytes", "data", NULL, NULL, "read_batch") ==
              STEPS * 4.0 * BATCH * 64);
    ck_assert(
        profile_sum(f.ctx, "bytes", "backward", d, "4 (batch_norm)", "gradient of batch_norm") ==
        STEPS * 4.0 * (3 * 3 * BATCH * 2 * 2 * 6 + 2 * 2 * 6));
    const double d_values = 16 * 5 + 5 + 16 * 30 + 12 + 24 + 1;
    ck_assert(profile_sum(f.ctx, "bytes", "optimizer", d, "", "adam") == STEPS * 4 * 7 * d_values);
    ck_assert(profile_sum(f.ctx, "calls", "other", "", "", "step") == STEPS);
    fixture_close(&f);
}
END_TEST

static const char small_critic[] = "gan-network 1\n"
                                   "input shape=8x8x1\n"
                                   "conv2d filters=5 kernel=4 stride=2 padding=1\n"
                                   "leaky_relu\n"
                                   "conv2d filters=6 kernel=4 stride=2 padding=1\n"
                                   "leaky_relu\n"
                                   "flatten\n"
                                   "dense units=1\n";

/*
 * The penalty's gradient by the points goes through every layer's product by input; backward through it, each of those has a
 * product by its weight and one by the gradient that came in, which at the top (dense) is a constant.
 */
START_TEST(test_second_order)
{
    const char *const d = "discriminator", *const second = "second order";
    struct fixture f;
    fixture_open(&f, "threads=1", NULL, plain_generator, small_critic,
                 "recipe=wgan_gp batch=8 d_steps=1");
    ASSERT_OK(f.ctx, gan_profile_start(f.ctx, NULL));
    fixture_steps(&f, STEPS);
    check_row(f.ctx, 4, 4 * d_first, "forward", d, "1 (conv2d)", "conv2d");
    check_row(f.ctx, 2, 2 * d_first, "backward", d, "1 (conv2d)", "conv_transpose2d");
    check_row(f.ctx, 1, d_first, second, d, "1 (conv2d)", "conv2d");
    check_row(f.ctx, 1, d_first, second, d, "1 (conv2d)", "conv2d_weight");
    check_row(f.ctx, 1, d_second, second, d, "3 (conv2d)", "conv2d");
    check_row(f.ctx, 1, d_second, second, d, "3 (conv2d)", "conv2d_weight");
    ck_assert(profile_sum(f.ctx, "operations", second, NULL, NULL, NULL) ==
              STEPS * (2 * d_first + 2 * d_second + d_dense));
    ck_assert(profile_sum(f.ctx, "calls", "forward", NULL, "wgan_gp", NULL) > 0);
    fixture_close(&f);
}
END_TEST

/* ---- times ---- */

/* 20 steps' time by a clock outside, in *wall; of the profile's, that in all rows and that in the steps' own. */
static void
measure(struct fixture *f, double *wall, double *all, double *own)
{
    ASSERT_OK(f->ctx, gan_profile_start(f->ctx, NULL));
    const double start = seconds();
    fixture_steps(f, 20);
    *wall = seconds() - start;
    ASSERT_OK(f->ctx, gan_profile_stop(f->ctx));
    *all = profile_sum(f->ctx, "seconds", NULL, NULL, NULL, NULL);
    *own = profile_sum(f->ctx, "seconds", "other", NULL, NULL, "step");
    /* Nothing was done beside steps. */
    ck_assert_double_eq_tol(profile_sum(f->ctx, "whole_seconds", NULL, NULL, NULL, "step"), *all,
                            1e-9);
}

/* Other programs may take the time between the clocks: one round of many without them is enough. */
START_TEST(test_times_add_up)
{
    double wall = 1, all = 0, own = 0;
    struct fixture f;
    fixture_open(&f, _i == 0 ? "threads=1" : "threads=3", NULL, plain_generator,
                 plain_discriminator, "batch=40");
    for (int i = 0; i < 50 && !(all > 0.95 * wall && own < 0.2 * wall); i++) {
        measure(&f, &wall, &all, &own);
        ck_assert_msg(all <= wall && own >= 0, "%g s of %g s, %g of them own", all, wall, own);
    }
    ck_assert_msg(all > 0.95 * wall, "%g s of %g s", all, wall);
    ck_assert_msg(own < 0.2 * wall, "%g s of %g s", own, wall);
    fixture_steps(&f, 1); /* stopped: nothing more is added */
    ck_assert(profile_sum(f.ctx, "seconds", NULL, NULL, NULL, NULL) == all);
    fixture_close(&f);
}
END_TEST

/* ---- nothing else changes ---- */

static uint64_t
train(const struct method *method, const char *context_options, const char *profile)
{
    struct fixture f;
    fixture_open(&f, context_options, NULL, method->generator, method->discriminator,
                 method->options);
    if (profile != NULL) {
        ASSERT_OK(f.ctx, gan_profile_start(f.ctx, profile));
    }
    fixture_steps(&f, 4);
    const uint64_t hash = fixture_hash(&f);
    fixture_close(&f);
    return hash;
}

START_TEST(test_bits_unchanged)
{
    const struct method *method = &methods[_i];
    const uint64_t wanted = train(method, "threads=2 seed=4", NULL);
    ck_assert_msg(train(method, "threads=2 seed=4", "") == wanted, "%s", method->name);
    ck_assert_msg(train(method, "threads=1 seed=4", "events=7") == wanted, "%s", method->name);
    ck_assert_msg(train(method, "threads=3 seed=4", "events=0") == wanted, "%s", method->name);
}
END_TEST

START_TEST(test_no_allocation_after_second_step)
{
    uint64_t before = 0, after = 0;
    struct fixture f;
    fixture_open(&f, "threads=1", NULL, plain_generator, plain_discriminator, "batch=8");
    ASSERT_OK(f.ctx, gan_profile_start(f.ctx, "events=100"));
    fixture_steps(&f, 2);
    ASSERT_OK(f.ctx, gan_context_get(f.ctx, &before, "system_allocations"));
    fixture_steps(&f, 5);
    ASSERT_OK(f.ctx, gan_context_get(f.ctx, &after, "system_allocations"));
    ck_assert_uint_eq(after, before);
    fixture_close(&f);
}
END_TEST

/* Memory that is refused from the n-th request on: a step fails as without a profile, and all is well afterwards. */
START_TEST(test_refused_memory)
{
    for (int64_t n = 0; n < 30; n++) {
        struct refusing state = {.refuse = -1};
        const gan_host host = refusing_host(&state);
        struct fixture f;
        int64_t count = 0;
        fixture_open(&f, "threads=1", &host, plain_generator, plain_discriminator, "batch=8");
        fixture_steps(&f, 2);
        ASSERT_OK(f.ctx, gan_profile_start(f.ctx, "events=10"));
        const uint64_t before = fixture_hash(&f);
        state.refuse = state.requests + n;
        const gan_status st = gan_trainer_step(f.trainer, NULL);
        state.refuse = -1;
        ck_assert(st == GAN_OK || (st == GAN_E_NOMEM && fixture_hash(&f) == before));
        ASSERT_OK(f.ctx, gan_profile_start(f.ctx, NULL));
        ASSERT_OK(f.ctx, gan_trainer_step(f.trainer, NULL));
        ASSERT_OK(f.ctx, gan_profile_count(f.ctx, &count));
        ck_assert_int_gt(count, 10);
        fixture_close(&f);
        ck_assert_int_eq(state.live, 0);
    }
}
END_TEST

/* A call that needs no memory but for the profile's row succeeds; the profile says that it is incomplete. */
START_TEST(test_incomplete)
{
    static const int64_t shape[] = {2, SIDE, SIDE, 1};
    struct refusing state = {.refuse = -1};
    const gan_host host = refusing_host(&state);
    gan_tensor *input = NULL, *output = NULL, *sum = NULL;
    gan_optimizer *optimizer = NULL;
    struct fixture f;
    int64_t count = 0;
    double value = 0;
    fixture_open(&f, "threads=1", &host, plain_generator, plain_discriminator, "batch=8");
    fixture_steps(&f, 1);
    ASSERT_OK(f.ctx, gan_trainer_optimizers(f.trainer, NULL, &optimizer));
    ASSERT_OK(f.ctx, gan_tensor_create(f.ctx, &input, shape, 4, NULL));
    ASSERT_OK(f.ctx, gan_layer_forward(f.discriminator, &output, input, 1));
    ASSERT_OK(f.ctx, gan_sum(f.ctx, &sum, output, NULL, 0, 0));
    ASSERT_OK(f.ctx, gan_backward(f.ctx, sum, 0));
    gan_tensor_destroy(input);
    gan_tensor_destroy(output);
    gan_tensor_destroy(sum);
    ASSERT_OK(f.ctx, gan_profile_start(f.ctx, NULL));
    gan__memory_trim(f.ctx);
    state.refuse = 0;
    ASSERT_OK(f.ctx, gan_optimizer_step(optimizer));
    /* A failure's sentence is its own. */
    ASSERT_FAILS(f.ctx, gan_square(f.ctx, &input, NULL), GAN_E_ARG, "NULL");
    state.refuse = -1;
    ASSERT_FAILS(f.ctx, gan_profile_count(f.ctx, &count), GAN_E_NOMEM, "incomplete");
    ASSERT_FAILS(f.ctx, gan_profile_get(f.ctx, &value, 0, "calls"), GAN_E_NOMEM, "incomplete");
    ASSERT_OK(f.ctx, gan_profile_start(f.ctx, NULL));
    ASSERT_OK(f.ctx, gan_optimizer_step(optimizer));
    ck_assert(profile_sum(f.ctx, "calls", "optimizer", "", "", "adam") == 1);
    gan_optimizer_destroy(optimizer);
    fixture_close(&f);
    ck_assert_int_eq(state.live, 0);
}
END_TEST

/* ---- calls ---- */

START_TEST(test_start_and_stop)
{
    struct fixture f;
    int64_t count = 1;
    char text[8];
    fixture_open(&f, "threads=1", NULL, plain_generator, plain_discriminator, "batch=8");
    ASSERT_FAILS(f.ctx, gan_profile_count(f.ctx, &count), GAN_E_STATE, "gan_profile_start()");
    ck_assert_int_eq(count, 0);
    ASSERT_FAILS(f.ctx, gan_profile_table(f.ctx, text, sizeof text, NULL), GAN_E_STATE,
                 "no profile");
    ASSERT_FAILS(f.ctx, gan_profile_save(f.ctx, "no-profile.json"), GAN_E_STATE, "no profile");
    ASSERT_OK(f.ctx, gan_profile_stop(f.ctx));
    ASSERT_FAILS(f.ctx, gan_profile_start(f.ctx, "event=3"), GAN_E_ARG, "events");
    ASSERT_FAILS(f.ctx, gan_profile_count(f.ctx, &count), GAN_E_STATE, "no profile");
    ASSERT_OK(f.ctx, gan_profile_start(f.ctx, "events=5"));
    ASSERT_OK(f.ctx, gan_profile_count(f.ctx, &count));
    ck_assert_int_eq(count, 0);
    fixture_steps(&f, 2);
    /* What fails to start leaves the one there is. */
    ASSERT_FAILS(f.ctx, gan_profile_start(f.ctx, "events=-1"), GAN_E_ARG, "events");
    ck_assert(profile_sum(f.ctx, "calls", NULL, NULL, NULL, "step") == 2);
    ASSERT_OK(f.ctx, gan_profile_start(f.ctx, NULL));
    fixture_steps(&f, 1);
    ck_assert(profile_sum(f.ctx, "calls", NULL, NULL, NULL, "step") == 1);
    fixture_close(&f);
}
END_TEST

START_TEST(test_wrong_arguments)
{
    struct fixture f;
    double value = 1;
    int64_t count = 0;
    char text[8];
    fixture_open(&f, "threads=1", NULL, plain_generator, plain_discriminator, "batch=8");
    ASSERT_OK(f.ctx, gan_profile_start(f.ctx, NULL));
    fixture_steps(&f, 1);
    ASSERT_OK(f.ctx, gan_profile_count(f.ctx, &count));
    ASSERT_FAILS(f.ctx, gan_profile_count(f.ctx, NULL), GAN_E_ARG, "count is NULL");
    ASSERT_FAILS(f.ctx, gan_profile_get(f.ctx, NULL, 0, "calls"), GAN_E_ARG, "value is NULL");
    ASSERT_FAILS(f.ctx, gan_profile_get(f.ctx, &value, 0, NULL), GAN_E_ARG, "name is NULL");
    ck_assert(value == 0);
    ASSERT_FAILS(f.ctx, gan_profile_get(f.ctx, &value, 0, "time"), GAN_E_ARG, "seconds");
    ASSERT_FAILS(f.ctx, gan_profile_get(f.ctx, &value, count, "calls"), GAN_E_ARG, "row ");
    ASSERT_FAILS(f.ctx, gan_profile_get(f.ctx, &value, -1, "calls"), GAN_E_ARG, "row -1");
    ASSERT_FAILS(f.ctx, gan_profile_label(f.ctx, 0, "name", text, 8, NULL), GAN_E_ARG, "phase");
    ASSERT_FAILS(f.ctx, gan_profile_label(f.ctx, 0, NULL, text, 8, NULL), GAN_E_ARG,
                 "name is NULL");
    ASSERT_FAILS(f.ctx, gan_profile_label(f.ctx, 0, "op", NULL, 8, NULL), GAN_E_ARG, "buffer");
    ASSERT_FAILS(f.ctx, gan_profile_table(f.ctx, NULL, 8, NULL), GAN_E_ARG, "buffer");
    ASSERT_FAILS(f.ctx, gan_profile_save(f.ctx, NULL), GAN_E_ARG, "path is NULL");
    ASSERT_FAILS(f.ctx, gan_profile_save(f.ctx, "no-such-folder/a.json"), GAN_E_IO,
                 "no-such-folder");
    ck_assert_int_eq(gan_profile_start(NULL, NULL), GAN_E_ARG);
    fixture_close(&f);
}
END_TEST

static int32_t
on_event(void *user, gan_trainer *trainer, int32_t event, const gan_record *record)
{
    gan_context *ctx = user;
    (void)trainer, (void)record;
    if (event == GAN_EVENT_STEP) {
        ck_assert_int_eq(gan_profile_start(ctx, NULL), GAN_E_STATE);
        ck_assert_int_eq(gan_profile_stop(ctx), GAN_E_STATE);
        ck_assert(profile_sum(ctx, "calls", NULL, NULL, NULL, "step") > 0);
    }
    return 0;
}

/* Samples are the average's, beside the steps; D's looks at them are in the steps. */
START_TEST(test_samples)
{
    static float pictures[4 * PIXELS];
    struct fixture f;
    fixture_open(&f, "threads=1", NULL, plain_generator, plain_discriminator, "batch=8");
    fixture_steps(&f, 1);
    ASSERT_OK(f.ctx, gan_profile_start(f.ctx, NULL));
    ASSERT_OK(f.ctx, gan_trainer_generate(f.trainer, pictures, 4, NULL));
    ck_assert(profile_sum(f.ctx, "calls", NULL, "average", "1 (dense)", "matmul") > 1);
    ck_assert(profile_sum(f.ctx, "operations", NULL, "generator", NULL, NULL) == 0);
    ASSERT_OK(f.ctx, gan_trainer_generate(f.trainer, pictures, 4, "average=false"));
    ck_assert(profile_sum(f.ctx, "operations", NULL, "generator", "1 (dense)", "matmul") ==
              2.0 * 4 * 6 * 64);
    ck_assert(profile_sum(f.ctx, "calls", NULL, NULL, NULL, "step") == 0);
    fixture_close(&f);
}
END_TEST

START_TEST(test_from_callback)
{
    struct fixture f;
    fixture_open(&f, "threads=1", NULL, plain_generator, plain_discriminator, "batch=8");
    ASSERT_OK(f.ctx, gan_profile_start(f.ctx, NULL));
    ASSERT_OK(f.ctx, gan_trainer_run(f.trainer, 3, on_event, f.ctx));
    ck_assert(profile_sum(f.ctx, "calls", NULL, NULL, NULL, "step") == 3);
    fixture_close(&f);
}
END_TEST

Suite *
profile_suite(void)
{
    Suite *suite = suite_create("profile");
    TCase *tcase = tcase_create("rows");
    tcase_add_test(tcase, test_operations);
    tcase_add_test(tcase, test_second_order);
    tcase_add_loop_test(tcase, test_times_add_up, 0, 2);
    suite_add_tcase(suite, tcase);
    tcase = tcase_create("nothing else");
    tcase_add_loop_test(tcase, test_bits_unchanged, 0, method_count);
    tcase_add_test(tcase, test_no_allocation_after_second_step);
    tcase_add_test(tcase, test_refused_memory);
    tcase_add_test(tcase, test_incomplete);
    suite_add_tcase(suite, tcase);
    tcase = tcase_create("calls");
    tcase_add_test(tcase, test_start_and_stop);
    tcase_add_test(tcase, test_wrong_arguments);
    tcase_add_test(tcase, test_samples);
    tcase_add_test(tcase, test_from_callback);
    suite_add_tcase(suite, tcase);
    return suite;
}
