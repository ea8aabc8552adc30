/* The fourth alarm: a step that diverges, the end of the run, and going back. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "alarms.h"
#include "run_fixture.h"

#define MOVING                                                                                     \
    "batch=4 generator=\"adam lr=0.01 beta1=0.5\" discriminator=\"adam lr=0.02 beta1=0.5\""

static void
break_discriminator(struct heard *heard, gan_trainer *trainer)
{
    heard->act = NULL; /* once */
    fixture_fill(gan__trainer_context(trainer), trainer->discriminator.network, "1.weight", 1e38f);
    fixture_fill(gan__trainer_context(trainer), trainer->generator.network, "1.weight", 1e38f);
}

static double
factor(const gan_optimizer *optimizer)
{
    return optimizer->common.lr_factor;
}

START_TEST(test_stop)
{
    struct heard heard = {.act_at = 7, .act = break_discriminator};
    struct fixture f;

    plane_open(&f, "threads=1", NULL, MOVING);
    ASSERT_OK(f.ctx, gan_trainer_set_alarms(f.trainer, NULL, "every=2"));
    ASSERT_FAILS(f.ctx, gan_trainer_run(f.trainer, 20, hear, &heard), GAN_E_DIVERGED,
                 "discriminator: matmul in \"1 (dense)\" made a value that is not finite");
    ck_assert_int_eq(heard.count, 1);
    ck_assert_str_eq(heard.alarm[0].name, "non_finite");
    ck_assert_int_eq(heard.alarm[0].step, 7);
    ck_assert_msg(strncmp(heard.alarm[0].text, "Step 8 failed: ", 15) == 0 &&
                      strstr(heard.alarm[0].text, "matmul in \"1 (dense)\"") != NULL &&
                      strstr(heard.alarm[0].text, "go_back") != NULL,
                  "%s", heard.alarm[0].text);
    ck_assert_int_eq(f.trainer->counters.steps, 7);
    ck_assert(factor(f.trainer->generator.optimizer) == 1);
    fixture_close(&f);
}
END_TEST

/* What a run without a divergence has at `step` when the learning rates change after `from`. */
static uint64_t
lowered(int64_t from, int64_t step)
{
    struct fixture f;

    plane_open(&f, "threads=1", NULL, MOVING);
    fixture_steps(&f, from);
    ASSERT_OK(f.ctx, gan_optimizer_set(f.trainer->generator.optimizer, "lr_factor=0.25"));
    ASSERT_OK(f.ctx, gan_optimizer_set(f.trainer->discriminator.optimizer, "lr_factor=0.25"));
    fixture_steps(&f, step - from);
    const uint64_t hash = fixture_hash(&f);
    fixture_close(&f);
    return hash;
}

/* To the check before the last one, bit for bit, and on from there to the same last step. */
START_TEST(test_go_back)
{
    static const struct {
        int64_t broken, back;
    } rows[] = {{7, 3}, {6, 3}, {2, 0}, {3, 0}, {5, 0}, {11, 6}};
    struct heard heard = {.act_at = rows[_i].broken, .act = break_discriminator};
    struct fixture f;

    plane_open(&f, "threads=1", NULL, MOVING);
    ASSERT_OK(f.ctx,
              gan_trainer_set_alarms(f.trainer, NULL,
                                     "every=3 warmup=100 non_finite=go_back go_back_factor=0.25"));
    heard.act_at = rows[_i].broken;
    f.trainer->best = (struct gan__best){.told = true, .step = 100, .since = 100};
    ASSERT_OK(f.ctx, gan_trainer_run(f.trainer, rows[_i].broken, hear, &heard));
    ASSERT_OK(f.ctx, gan_trainer_run(f.trainer, 20 - rows[_i].broken, hear, &heard));
    ck_assert_int_eq(heard.count, 1);
    ck_assert_int_eq(heard.alarm[0].step, rows[_i].back);
    ck_assert_msg(strstr(heard.alarm[0].text, "return 1 of at most 3") != NULL &&
                      strstr(heard.alarm[0].text, "non_finite=go_back") == NULL,
                  "%s", heard.alarm[0].text);
    ck_assert_int_eq(f.trainer->counters.steps, 20);
    ck_assert_int_eq(f.trainer->alarm_state.seen, 20); /* what alarms remember went back, too */
    ck_assert(f.trainer->best.step == 100 && f.trainer->best.since == rows[_i].back);
    ck_assert(factor(f.trainer->generator.optimizer) == 0.25);
    ck_assert(factor(f.trainer->discriminator.optimizer) == 0.25);
    ck_assert(fixture_hash(&f) == lowered(rows[_i].back, 20));
    fixture_close(&f);
}
END_TEST

/* The whole state of networks with batch statistics, spectral norm, labels, averages. */
START_TEST(test_go_back_methods)
{
    const struct method *method = &methods[_i];
    struct fixture f, calm;

    fixture_open(&f, "threads=1", NULL, method->generator, method->discriminator, method->options);
    ASSERT_OK(f.ctx, gan_trainer_set_alarms(f.trainer, NULL,
                                            "every=2 non_finite=go_back go_back_factor=1"));
    ASSERT_OK(f.ctx, gan_trainer_run(f.trainer, 5, NULL, NULL)); /* 0, 2, 4: two of them are kept */
    fixture_fill(f.ctx, f.discriminator, gan__layer_tensors(f.discriminator)[0].name, NAN);
    ASSERT_OK(f.ctx, gan_trainer_run(f.trainer, 3, NULL, NULL));
    ck_assert_int_eq(f.trainer->alarm_state.gone_back, 1);
    fixture_open(&calm, "threads=1", NULL, method->generator, method->discriminator,
                 method->options);
    ASSERT_OK(calm.ctx, gan_trainer_run(calm.trainer, 8, NULL, NULL));
    ck_assert_msg(fixture_hash(&f) == fixture_hash(&calm), "%s", method->name);
    fixture_close(&calm);
    fixture_close(&f);
}
END_TEST

static void
break_again(struct heard *heard, gan_trainer *trainer)
{
    break_discriminator(heard, trainer);
}

static void
break_later(struct heard *heard, gan_trainer *trainer)
{
    (void)trainer;
    heard->act = heard->count == 1 ? break_discriminator : NULL;
}

/* The state of step 6 of the training that went wrong is not one to go back to. */
START_TEST(test_go_back_twice)
{
    struct heard heard = {.act_at = 7, .act = break_discriminator, .on_alarm = break_later};
    struct fixture f;

    plane_open(&f, "threads=1", NULL, MOVING);
    ASSERT_OK(f.ctx, gan_trainer_set_alarms(f.trainer, NULL, "every=3 non_finite=go_back"));
    ASSERT_OK(f.ctx, gan_trainer_run(f.trainer, 20, hear, &heard));
    ck_assert_int_eq(heard.count, 2);
    ck_assert(heard.alarm[0].step == 3 && heard.alarm[1].step == 3);
    fixture_close(&f);
}
END_TEST

START_TEST(test_limit)
{
    struct heard heard = {.act_at = 7, .act = break_discriminator};
    struct fixture f;

    plane_open(&f, "threads=1", NULL, MOVING);
    ASSERT_OK(f.ctx, gan_trainer_set_alarms(f.trainer, NULL,
                                            "every=3 non_finite=go_back go_back_limit=2"));
    heard.on_alarm = break_again;
    ASSERT_FAILS(f.ctx, gan_trainer_run(f.trainer, 20, hear, &heard), GAN_E_DIVERGED,
                 "discriminator: matmul in \"1 (dense)\" made a value that is not finite");
    ck_assert_int_eq(heard.count, 3);
    ck_assert(factor(f.trainer->generator.optimizer) == 0.25);
    ck_assert_msg(strstr(heard.alarm[2].text, "gone back 2 times") != NULL, "%s",
                  heard.alarm[2].text);
    fixture_close(&f);
}
END_TEST

/* Why it can't: no state is kept, or the learning rates are as low as they get. */
START_TEST(test_no_way_back)
{
    static const struct {
        const char *options, *sentence;
        double factor;
    } rows[] = {
        {"every=50 non_finite=go_back", "Step 8 failed: discriminator: ", 1},
        {"every=3 non_finite=go_back go_back_factor=1e-10",
         "It does not go back again: the learning rates would be below their 1e-9th part.", 1},
        {"every=3 non_finite=go_back go_back_factor=0.5 go_back_limit=1",
         "It has gone back 1 time already.", 0.5},
    };
    struct heard heard = {.act_at = 7, .act = break_discriminator, .on_alarm = break_again};
    struct fixture f;

    plane_open(&f, "threads=1", NULL, MOVING);
    ASSERT_OK(f.ctx, gan_trainer_set_alarms(f.trainer, NULL, rows[_i].options));
    if (_i == 0) {
        gan__alarms_forget_states(f.trainer);
    }
    ASSERT_FAILS(f.ctx, gan_trainer_run(f.trainer, 20, hear, &heard), GAN_E_DIVERGED, "matmul");
    const char *text = heard.alarm[heard.count - 1].text;
    ck_assert_msg(strstr(text, rows[_i].sentence) != NULL, "%s", text);
    ck_assert_msg((strstr(text, "no state is kept") != NULL) == (_i == 0), "%s", text);
    ck_assert(factor(f.trainer->generator.optimizer) == rows[_i].factor);
    fixture_close(&f);
}
END_TEST

/* It is on the learning rate, whatever its schedule, and a part of the checkpoint. */
START_TEST(test_lr_factor)
{
    static const char *const pairs[][2] = {
        {"adam lr=0.02 lr_factor=0.5", "adam lr=0.01"},
        {"adamw lr=0.02 lr_factor=0.5", "adamw lr=0.01"},
        {"sgd lr=0.02 momentum=0.5 lr_factor=0.5", "sgd lr=0.01 momentum=0.5"},
        {"rmsprop lr=0.02 lr_factor=0.5", "rmsprop lr=0.01"},
        {"adam lr=linear(0.02,0.01,4) lr_factor=0.5", "adam lr=linear(0.01,0.005,4)"}};
    static const char path[] = "factor.safetensors";
    uint64_t hash[2];

    for (int i = 0; i < 2; i++) {
        char options[300];
        struct fixture f;
        (void)snprintf(options, sizeof options, "batch=4 generator=\"%s\" discriminator=\"%s\"",
                       pairs[_i][i], pairs[_i][i]);
        plane_open(&f, "threads=1", NULL, options);
        fixture_steps(&f, 3);
        /* It survives being saved. */
        ASSERT_OK(f.ctx, gan_trainer_save(f.trainer, path));
        gan_trainer_destroy(f.trainer);
        gan_layer_destroy(f.generator);
        gan_layer_destroy(f.discriminator);
        ASSERT_OK(f.ctx, gan_trainer_resume(f.ctx, &f.trainer, f.dataset, path, NULL));
        ASSERT_OK(f.ctx, gan_trainer_generator(f.trainer, &f.generator));
        ASSERT_OK(f.ctx, gan_trainer_discriminator(f.trainer, &f.discriminator));
        fixture_steps(&f, 3);
        hash[i] = fixture_hash(&f);
        fixture_close(&f);
    }
    (void)remove(path);
    ck_assert(hash[0] == hash[1]);
}
END_TEST

/* ---- in a run folder ---- */

static void
break_pictures(struct heard *heard, gan_trainer *trainer)
{
    heard->act = NULL; /* once */
    fixture_fill(gan__trainer_context(trainer), trainer->discriminator.network, "1.weight", NAN);
}

#define IN_FOLDER "every=5 warmup=1 patience=1 variety=1 non_finite=go_back go_back_factor=0.5"

/* The folder is as if the steps after the state had never been; a killed run goes on from it. */
START_TEST(test_folder)
{
    struct heard heard = {.act_at = 13, .act = break_pictures};
    struct training t;
    char *log;
    uint64_t hash;

    run_place_begin();
    training_open(&t, "checkpoint_every=4 keep=3 checkpoint_seconds=0");
    ASSERT_OK(t.f.ctx, gan_trainer_set_alarms(t.f.trainer, NULL, IN_FOLDER));
    /* Breaks after step 13; the steps 6 to 13 are taken again. */
    ASSERT_OK(t.f.ctx, gan_trainer_run(t.f.trainer, 13, hear, &heard));
    ck_assert(run_exists("checkpoints/step-000000012.safetensors"));
    heard.answer = 1; /* stop right after going back */
    ASSERT_FAILS(t.f.ctx, gan_trainer_run(t.f.trainer, 7, hear, &heard), GAN_E_CANCELLED, "step 5");
    ck_assert(!run_exists("checkpoints/step-000000012.safetensors"));
    ck_assert(run_exists("checkpoints/step-000000005.safetensors"));
    log = run_text("log.jsonl");
    ck_assert_ptr_null(strstr(log, "{\"step\":6"));
    ck_assert_ptr_nonnull(
        strstr(log, "{\"step\":5,\"alarm\":\"non_finite\",\"text\":\"Step 14 failed"));
    ck_assert_ptr_nonnull(strstr(log, "{\"step\":5,\"diversity\":"));
    ck_assert_ptr_nonnull(strstr(t.warnings, "step 5: non_finite: Step 14 failed"));
    free(log);
    training_close(&t);
    /* Resumed: the factor is there, and the count. */
    training_open(&t, "checkpoint_every=4 keep=3 checkpoint_seconds=0");
    ck_assert_int_eq(t.resumed, 5);
    ck_assert_int_eq(t.f.trainer->alarm_state.gone_back, 1);
    ck_assert(factor(t.f.trainer->generator.optimizer) == 0.5);
    ASSERT_OK(t.f.ctx, gan_trainer_set_alarms(t.f.trainer, NULL, IN_FOLDER));
    ASSERT_OK(t.f.ctx, training_until(&t, 20));
    hash = fixture_hash(&t.f);
    ck_assert_int_eq(run_count("checkpoints", "step-"), 3);
    training_close(&t);
    run_place_end();
    /* The same without a kill. */
    run_place_begin();
    heard = (struct heard){.act_at = 13, .act = break_pictures};
    training_open(&t, NULL);
    ASSERT_OK(t.f.ctx, gan_trainer_set_alarms(t.f.trainer, NULL, IN_FOLDER));
    ASSERT_OK(t.f.ctx, gan_trainer_run(t.f.trainer, 13, hear, &heard));
    ASSERT_OK(t.f.ctx, gan_trainer_run(t.f.trainer, 7, NULL, NULL));
    ck_assert_int_eq(t.f.trainer->counters.steps, 20);
    ck_assert(fixture_hash(&t.f) == hash);
    training_close(&t);
    run_place_end();
}
END_TEST

/* Each line's step is the one before, or the next. */
static void
check_log_steps(int64_t last)
{
    char *log = run_text("log.jsonl");
    int64_t before = 0;

    for (const char *line = log; *line != '\0'; line = strchr(line, '\n') + 1) {
        long long step = -1;
        ck_assert_int_eq(sscanf(line, "{\"step\":%lld,", &step), 1);
        ck_assert_msg(step == before || step == before + 1, "%lld after %lld", step,
                      (long long)before);
        before = step;
    }
    ck_assert_int_eq(before, last);
    free(log);
}

/* The file system refuses from its n-th call on, while the training goes back; when there is room
 * again the folder becomes as if it never had. */
START_TEST(test_full_folder)
{
    static const char options[] = "checkpoint_every=4 keep=3 checkpoint_seconds=0";
    bool refused = true;
    int refusals = 0;

    for (int64_t n = 1; refused; n++) {
        struct heard heard = {.act_at = 13, .act = break_pictures};
        struct training t;

        run_place_begin();
        training_open(&t, options);
        ASSERT_OK(t.f.ctx, gan_trainer_set_alarms(t.f.trainer, NULL, IN_FOLDER));
        ASSERT_OK(t.f.ctx, gan_trainer_run(t.f.trainer, 13, hear, &heard));
        heard.answer = 1; /* stop right after going back */
        calls_clear();
        calls.fail_at = n;
        calls.fail_many = 1000;
        calls.error = ENOSPC;
        const gan_status st = gan_trainer_run(t.f.trainer, 1, hear, &heard);
        refused = calls.count >= n;
        refusals += refused;
        calls_clear();
        ck_assert(st == GAN_E_CANCELLED || (refused && st == GAN_E_IO));
        ck_assert_int_eq(t.f.trainer->counters.steps, 5);
        /* To a step of which there is a checkpoint of before. */
        ASSERT_OK(t.f.ctx, training_until(&t, 12));
        training_close(&t);
        check_log_steps(12);
        training_open(&t, options);
        ck_assert_int_eq(t.resumed, 12);
        ck_assert(factor(t.f.trainer->generator.optimizer) == 0.5);
        training_close(&t);
        run_place_end();
    }
    ck_assert_int_gt(refusals, 5);
}
END_TEST

static int64_t kill_in; /* which call from here on */

static void
break_and_kill(struct heard *heard, gan_trainer *trainer)
{
    break_pictures(heard, trainer);
    heard->answer = 1; /* stop right after going back */
    calls_clear();
    calls.kill_at = kill_in;
}

/* A kill in any call of going back: log and checkpoints fit each other for the next run. */
START_TEST(test_killed_folder)
{
    static const char options[] = "checkpoint_every=4 keep=3 checkpoint_seconds=0";
    int status = 0, kills = 0;

    for (int64_t n = 1; kills == n - 1; n++) {
        struct training t;
        run_place_begin();
        const pid_t child = fork();
        ck_assert_int_ge(child, 0);
        if (child == 0) {
            struct heard heard = {.act_at = 13, .act = break_and_kill};
            training_open(&t, options);
            ASSERT_OK(t.f.ctx, gan_trainer_set_alarms(t.f.trainer, NULL, IN_FOLDER));
            kill_in = n;
            _exit(gan_trainer_run(t.f.trainer, 20, hear, &heard) == GAN_E_CANCELLED ? 0 : 1);
        }
        ck_assert_int_eq(waitpid(child, &status, 0), child);
        kills += WIFSIGNALED(status);
        training_open(&t, options);
        /* 8: the kill came between the removals of the later ones. */
        ck_assert(t.resumed == 12 || t.resumed == 8 || t.resumed == 5);
        ASSERT_OK(t.f.ctx, training_until(&t, 14));
        training_close(&t);
        check_log_steps(14);
        run_place_end();
    }
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    ck_assert_int_gt(kills, 5);
}
END_TEST

/* ---- without memory ---- */

/* Each request is refused once: a sentence or none, and the training goes on as it would have. */
START_TEST(test_memory_runs_out)
{
    static const char options[] = "every=1 warmup=0 patience=1 variety=1 non_finite=go_back";
    struct refusing state = {.refuse = -1};
    gan_host host = refusing_host(&state);
    struct fixture f, calm;
    int refusals = 0;

    plane_open(&f, "threads=1", &host, MOVING);
    for (int64_t ahead = 0;; ahead++) {
        state.refuse = state.requests + ahead;
        const gan_status st = gan_trainer_set_alarms(f.trainer, NULL, options);
        state.refuse = -1;
        if (st == GAN_OK) {
            break;
        }
        ck_assert_int_eq(st, GAN_E_NOMEM);
        ck_assert_ptr_null(f.trainer->watches[GAN__WATCH_ALARMS]);
        refusals++;
    }
    ck_assert_int_gt(refusals, 0);
    for (int64_t ahead = 0; ahead < 40; ahead++) {
        state.refuse = state.requests + ahead;
        const gan_status st = gan_trainer_run(f.trainer, 1, NULL, NULL);
        state.refuse = -1;
        ck_assert_msg(st == GAN_OK || st == GAN_E_NOMEM, "%s", gan_status_name(st));
    }
    plane_open(&calm, "threads=1", NULL, MOVING);
    fixture_steps(&calm, f.trainer->counters.steps);
    ck_assert(fixture_hash(&f) == fixture_hash(&calm));
    fixture_close(&calm);
    fixture_close(&f);
    ck_assert_int_eq(state.live, 0);
}
END_TEST

Suite *
divergence_suite(void)
{
    Suite *suite = suite_create("divergence");
    TCase *tcase = tcase_create("divergence");
    tcase_add_test(tcase, test_stop);
    tcase_add_loop_test(tcase, test_go_back, 0, 6);
    tcase_add_loop_test(tcase, test_go_back_methods, 0, method_count);
    tcase_add_test(tcase, test_go_back_twice);
    tcase_add_test(tcase, test_limit);
    tcase_add_loop_test(tcase, test_no_way_back, 0, 3);
    tcase_add_loop_test(tcase, test_lr_factor, 0, 5);
    tcase_add_test(tcase, test_folder);
    tcase_add_test(tcase, test_full_folder);
    tcase_add_test(tcase, test_killed_folder);
    tcase_add_test(tcase, test_memory_runs_out);
    tcase_set_timeout(tcase, 120);
    suite_add_tcase(suite, tcase);
    return suite;
}
