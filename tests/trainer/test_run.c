/* Runs: the order of events, the ways to stop, and what a callback may call. */
#include "fixture.h"

#include <signal.h>

enum { LOG_SIZE = 200 };

struct watcher {
    gan_context *ctx;
    char events[LOG_SIZE]; /* one letter each */
    int count;
    double step; /* of the last record */
    int64_t stop_at, cancel_at, signal_at;
    int32_t cancel_event;
    gan_layer *generator;
};

static gan_trainer *signalled;

static void
on_signal(int number)
{
    (void)number;
    gan_trainer_stop(signalled);
}

static int32_t
watch(void *user, gan_trainer *trainer, int32_t event, const gan_record *record)
{
    struct watcher *w = user;
    int64_t steps = 0;

    w->events[w->count++] = "?sEPF"[event];
    ASSERT_OK(w->ctx, gan_trainer_steps(trainer, &steps));
    ASSERT_OK(w->ctx, gan_record_get(record, &w->step, "step"));
    ck_assert(w->step == (double)steps);
    if (event == GAN_EVENT_STEP && steps == w->stop_at) {
        gan_trainer_stop(trainer);
    }
    if (event == GAN_EVENT_STEP && steps == w->signal_at) {
        signalled = trainer;
        raise(SIGUSR1);
    }
    return event == w->cancel_event && steps == w->cancel_at;
}

static void
open_watched(struct fixture *f, struct watcher *w)
{
    fixture_open(f, "threads=2", NULL, plain_generator, plain_discriminator,
                 "batch=8 sample_every=3");
    *w = (struct watcher){.ctx = f->ctx, .generator = f->generator};
}

START_TEST(test_events_in_order)
{
    struct fixture f;
    struct watcher w;
    open_watched(&f, &w);
    /* An epoch has 40 / 8 = 5 steps. */
    ASSERT_OK(f.ctx, gan_trainer_run(f.trainer, 10, watch, &w));
    ck_assert_str_eq(w.events, "sssPssEsPsssPsEF");
    ck_assert(w.step == 10);
    ASSERT_OK(f.ctx, gan_trainer_run(f.trainer, 5, watch, &w));
    ck_assert_str_eq(w.events, "sssPssEsPsssPsEFssPsssEPF");
    ASSERT_OK(f.ctx, gan_trainer_run(f.trainer, 0, watch, &w));
    ck_assert_str_eq(w.events, "sssPssEsPsssPsEFssPsssEPFF");
    fixture_close(&f);
}
END_TEST

/* 40 pictures are 3 batches of 12 and a rest, which is left out. */
START_TEST(test_an_epoch_leaves_the_rest_out)
{
    struct fixture f;
    struct watcher w;
    fixture_open(&f, "threads=1", NULL, plain_generator, plain_discriminator, "batch=12");
    w = (struct watcher){.ctx = f.ctx, .generator = f.generator};
    ASSERT_OK(f.ctx, gan_trainer_run(f.trainer, 7, watch, &w));
    ck_assert_str_eq(w.events, "sssEsssEsF");
    fixture_close(&f);
}
END_TEST

START_TEST(test_a_run_is_its_steps)
{
    struct fixture f;
    uint64_t hash;
    fixture_open(&f, "threads=2", NULL, plain_generator, plain_discriminator, "batch=8");
    fixture_steps(&f, 7);
    hash = fixture_hash(&f);
    fixture_close(&f);
    fixture_open(&f, "threads=2", NULL, plain_generator, plain_discriminator, "batch=8");
    ASSERT_OK(f.ctx, gan_trainer_run(f.trainer, 3, NULL, NULL));
    ASSERT_OK(f.ctx, gan_trainer_run(f.trainer, 4, NULL, NULL));
    ck_assert_uint_eq(hash, fixture_hash(&f));
    fixture_close(&f);
}
END_TEST

START_TEST(test_stop)
{
    struct fixture f;
    struct watcher w;
    open_watched(&f, &w);
    w.stop_at = 2;
    ASSERT_OK(f.ctx, gan_trainer_run(f.trainer, 10, watch, &w));
    ck_assert_str_eq(w.events, "ssF");
    /* Used up: the next run goes on. */
    ASSERT_OK(f.ctx, gan_trainer_run(f.trainer, 1, watch, &w));
    ck_assert_str_eq(w.events, "ssFsPF");
    /* Before a run, from its last step, and from a signal handler. */
    gan_trainer_stop(f.trainer);
    ASSERT_OK(f.ctx, gan_trainer_run(f.trainer, 4, watch, &w));
    ck_assert_str_eq(w.events, "ssFsPFF");
    w.stop_at = 4;
    ASSERT_OK(f.ctx, gan_trainer_run(f.trainer, 1, watch, &w));
    ck_assert_str_eq(w.events, "ssFsPFFsF");
    struct sigaction action = {.sa_handler = on_signal}, before;
    sigaction(SIGUSR1, &action, &before);
    w.signal_at = 5;
    ASSERT_OK(f.ctx, gan_trainer_run(f.trainer, 9, watch, &w));
    sigaction(SIGUSR1, &before, NULL);
    ck_assert_str_eq(w.events, "ssFsPFFsFsEF");
    gan_trainer_stop(NULL);
    fixture_close(&f);
}
END_TEST

START_TEST(test_cancel)
{
    struct fixture f;
    struct watcher w;
    int64_t steps = 0;
    open_watched(&f, &w);
    w.cancel_at = 3;
    w.cancel_event = GAN_EVENT_STEP;
    ASSERT_FAILS(f.ctx, gan_trainer_run(f.trainer, 10, watch, &w), GAN_E_CANCELLED, "after step 3");
    ck_assert_str_eq(w.events, "sss");
    ASSERT_OK(f.ctx, gan_trainer_steps(f.trainer, &steps));
    ck_assert_int_eq(steps, 3);
    w.cancel_at = 6;
    w.cancel_event = GAN_EVENT_SAMPLE;
    ASSERT_FAILS(f.ctx, gan_trainer_run(f.trainer, 10, watch, &w), GAN_E_CANCELLED, "after step 6");
    ck_assert_str_eq(w.events, "sssssEsP");
    w.cancel_at = 7;
    w.cancel_event = GAN_EVENT_FINISHED;
    ASSERT_OK(f.ctx, gan_trainer_run(f.trainer, 1, watch, &w));
    fixture_close(&f);
}
END_TEST

/* ---- what a callback may call ---- */

static gan_features *kept; /* of two rows: {1, 2}, {3, 4} */

static int32_t
call_all(void *user, gan_trainer *trainer, int32_t event, const gan_record *record)
{
    const struct fixture *f = user;
    static float pictures[3 * PIXELS], probabilities[3];
    gan_layer *average = NULL, *other = NULL;
    gan_tensor *tensor = NULL, *square = NULL;
    gan_dataset *dataset = NULL;
    gan_optimizer *optimizer = NULL;
    gan_trainer *second = NULL;
    const int64_t shape[] = {2, 1};
    char text[100];
    int64_t count = 0;

    (void)record;
    if (event != GAN_EVENT_STEP) {
        return 0;
    }
    ASSERT_OK(f->ctx, gan_trainer_generate(trainer, pictures, 3, NULL));
    ASSERT_OK(f->ctx, gan_trainer_discriminate(trainer, probabilities, pictures, 3, NULL));
    ASSERT_OK(f->ctx, gan_trainer_average(trainer, &average));
    ASSERT_OK(f->ctx, gan_trainer_text(trainer, NULL, 0, NULL));
    ASSERT_OK(f->ctx, gan_layer_text(average, text, sizeof text, NULL));
    ASSERT_OK(f->ctx, gan_layer_parse(f->ctx, &other, plain_generator));
    ASSERT_OK(f->ctx, gan_tensor_create(f->ctx, &tensor, shape, 2, NULL));
    ASSERT_OK(f->ctx, gan_square(f->ctx, &square, tensor));
    ASSERT_OK(f->ctx, gan_features_size(kept, &count, NULL, NULL));
    ASSERT_OK(f->ctx, gan_features_read(kept, pictures, NULL, 1, 1));
    ck_assert(count == 2 && pictures[0] == 3);
    gan_layer_destroy(average);
    gan_layer_destroy(other);
    gan_tensor_destroy(tensor);
    gan_tensor_destroy(square);
    ASSERT_FAILS(f->ctx, gan_trainer_step(trainer, NULL), GAN_E_STATE, "callback");
    ASSERT_FAILS(f->ctx, gan_trainer_run(trainer, 1, NULL, NULL), GAN_E_STATE, "callback");
    ASSERT_FAILS(f->ctx, gan_trainer_set_optimizers(trainer, NULL, NULL), GAN_E_STATE, "callback");
    ASSERT_FAILS(f->ctx, gan_optimizer_create(f->ctx, &optimizer, "adam", NULL), GAN_E_STATE,
                 "callback");
    ASSERT_FAILS(
        f->ctx,
        gan_trainer_create(f->ctx, &second, f->generator, f->discriminator, f->dataset, NULL),
        GAN_E_STATE, "callback");
    ASSERT_FAILS(f->ctx, gan_dataset_create(f->ctx, &dataset, "idx", "images=x"), GAN_E_STATE,
                 "callback");
    return 0;
}

struct slowing {
    struct fixture *f;
    gan_optimizer *optimizer;
};

/* A learning rate of 0 from the second step on: the generator stays as the first step left it. */
static int32_t
stand_still(void *user, gan_trainer *trainer, int32_t event, const gan_record *record)
{
    const struct slowing *slowing = user;
    int64_t steps = 0;
    uint64_t used = 0;
    char text[200];

    (void)trainer;
    (void)record;
    if (event == GAN_EVENT_STEP) {
        ASSERT_OK(slowing->f->ctx, gan_optimizer_set(slowing->optimizer, "lr=0"));
        ASSERT_OK(slowing->f->ctx, gan_optimizer_text(slowing->optimizer, text, sizeof text, NULL));
        ck_assert_ptr_nonnull(strstr(text, "lr=0 "));
        ASSERT_OK(slowing->f->ctx, gan_optimizer_steps(slowing->optimizer, &steps));
        ck_assert_int_ge(steps, 1);
        ASSERT_OK(slowing->f->ctx, gan_context_get(slowing->f->ctx, &used, "memory_used"));
        ck_assert_uint_gt(used, 0);
    }
    return 0;
}

START_TEST(test_a_callback_changes_the_learning_rate)
{
    struct fixture f;
    gan_tensor *weight = NULL;
    float *data = NULL, first;
    fixture_open(&f, "threads=1", NULL, plain_generator, plain_discriminator, "batch=8");
    struct slowing slowing = {&f, NULL};
    ASSERT_OK(f.ctx, gan_optimizer_create(f.ctx, &slowing.optimizer, "sgd", "lr=0.1"));
    ASSERT_OK(f.ctx, gan_trainer_set_optimizers(f.trainer, slowing.optimizer, NULL));
    ASSERT_OK(f.ctx, gan_layer_parameter(f.generator, &weight, 0, NULL, 0, NULL));
    ASSERT_OK(f.ctx, gan_tensor_data(weight, &data));
    const float before = data[0];
    ASSERT_OK(f.ctx, gan_trainer_run(f.trainer, 1, stand_still, &slowing));
    first = data[0];
    ck_assert(first != before);
    ASSERT_OK(f.ctx, gan_trainer_run(f.trainer, 3, stand_still, &slowing));
    ck_assert(data[0] == first);
    gan_tensor_destroy(weight);
    gan_optimizer_destroy(slowing.optimizer);
    fixture_close(&f);
}
END_TEST

START_TEST(test_what_a_callback_may_call)
{
    struct fixture f;
    uint64_t hash;
    fixture_open(&f, "threads=1", NULL, plain_generator, plain_discriminator, "batch=8");
    fixture_steps(&f, 4);
    hash = fixture_hash(&f);
    fixture_close(&f);
    fixture_open(&f, "threads=1", NULL, plain_generator, plain_discriminator, "batch=8");
    ASSERT_OK(f.ctx, gan_features_create_rows(f.ctx, &kept, NULL, NULL, 2, 0));
    ASSERT_OK(f.ctx, gan_features_add_rows(kept, (const float[4]){1, 2, 3, 4}, NULL, 2));
    ASSERT_OK(f.ctx, gan_trainer_run(f.trainer, 4, call_all, &f));
    gan_features_destroy(kept);
    ck_assert_str_eq(gan_context_error(f.ctx), ""); /* what failed inside was the callback's */
    ck_assert_uint_eq(hash, fixture_hash(&f));
    fixture_close(&f);
}
END_TEST

static int32_t
fail_and_cancel(void *user, gan_trainer *trainer, int32_t event, const gan_record *record)
{
    double value;
    (void)event;
    (void)user;
    (void)trainer;
    return gan_record_get(record, &value, "no such value") == GAN_E_ARG;
}

START_TEST(test_the_callbacks_failures_are_its_own)
{
    struct fixture f;
    fixture_open(&f, "threads=1", NULL, plain_generator, plain_discriminator, "batch=8");
    ASSERT_FAILS(f.ctx, gan_trainer_run(f.trainer, 4, fail_and_cancel, NULL), GAN_E_CANCELLED,
                 "asked to stop after step 1");
    fixture_close(&f);
}
END_TEST

/* A callback may give up the last handle of everything. */
static int32_t
give_up(void *user, gan_trainer *trainer, int32_t event, const gan_record *record)
{
    (void)trainer;
    (void)record;
    if (event == GAN_EVENT_STEP) {
        fixture_close(user);
    }
    return 1;
}

START_TEST(test_a_callback_destroys_the_trainer)
{
    struct fixture f;
    struct refusing state;
    const gan_host host = refusing_host(&state);
    fixture_open(&f, "threads=2", &host, plain_generator, plain_discriminator, "batch=8");
    ck_assert_int_eq(gan_trainer_run(f.trainer, 2, give_up, &f), GAN_E_CANCELLED);
    ck_assert_int_eq(state.live, 0);
}
END_TEST

START_TEST(test_run_refuses)
{
    struct fixture f;
    fixture_open(&f, "threads=1", NULL, plain_generator, plain_discriminator, "batch=8");
    ASSERT_FAILS(f.ctx, gan_trainer_run(f.trainer, -1, NULL, NULL), GAN_E_ARG, "steps is -1");
    ck_assert_int_eq(gan_trainer_run(NULL, 1, NULL, NULL), GAN_E_ARG);
    ck_assert_int_eq(gan_trainer_step(NULL, NULL), GAN_E_ARG);
    fixture_close(&f);
}
END_TEST

Suite *
run_suite(void)
{
    Suite *suite = suite_create("run");
    TCase *tcase = tcase_create("run");
    tcase_set_timeout(tcase, 240);
    tcase_add_test(tcase, test_events_in_order);
    tcase_add_test(tcase, test_an_epoch_leaves_the_rest_out);
    tcase_add_test(tcase, test_a_run_is_its_steps);
    tcase_add_test(tcase, test_stop);
    tcase_add_test(tcase, test_cancel);
    tcase_add_test(tcase, test_what_a_callback_may_call);
    tcase_add_test(tcase, test_a_callback_changes_the_learning_rate);
    tcase_add_test(tcase, test_the_callbacks_failures_are_its_own);
    tcase_add_test(tcase, test_a_callback_destroys_the_trainer);
    tcase_add_test(tcase, test_run_refuses);
    suite_add_tcase(suite, tcase);
    return suite;
}
