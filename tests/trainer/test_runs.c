/* What a run folder holds, when checkpoints are written, the lock, replacing, scores. */
#include "run_fixture.h"

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- files and events ---- */

struct events {
    char text[400];
    int64_t stop_at; /* answer 1 at this step's first event */
};

static int32_t
note_event(void *user, gan_trainer *trainer, int32_t event, const gan_record *record)
{
    struct events *events = user;
    const size_t length = strlen(events->text);
    double step = 0;

    ck_assert_int_eq(gan_record_get(record, &step, "step"), GAN_OK);
    if (event == GAN_EVENT_CHECKPOINT) {
        char name[64];
        (void)snprintf(name, sizeof name, "checkpoints/step-%09d.safetensors", (int)step);
        ck_assert_msg(run_exists(name), "%s is not there", name);
    }
    if (event == GAN_EVENT_SAMPLE && trainer->run != NULL) {
        char name[64];
        (void)snprintf(name, sizeof name, "samples/step-%09d.png", (int)step);
        ck_assert_msg(run_exists(name), "%s is not there", name);
    }
    (void)snprintf(events->text + length, sizeof events->text - length, "%c%d ", ".sepfc"[event],
                   (int)step);
    return events->stop_at > 0 && (int64_t)step == events->stop_at;
}

START_TEST(test_files_and_events)
{
    struct training t;
    struct events events = {.text = ""};
    char *text, wanted[64];
    run_place_begin();
    training_context(&t, "threads=1 seed=5", NULL);
    training_make(&t, "batch=8 sample_every=3");
    ASSERT_OK(t.f.ctx, gan_run_open(t.f.ctx, &t.run, run_path("deep/er//run/"),
                                    "checkpoint_every=2 checkpoint_seconds=0 samples=4"));
    (void)strcat(run_place, "/deep/er/run");
    ASSERT_OK(t.f.ctx, gan_run_begin(t.run, t.f.trainer, NULL));
    ck_assert(run_exists("checkpoints/step-000000000.safetensors") && run_exists("config.txt"));
    ASSERT_OK(t.f.ctx, gan_trainer_run(t.f.trainer, 5, note_event, &events));
    ck_assert_str_eq(events.text, "s1 s2 c2 s3 p3 s4 c4 s5 e5 c5 f5 ");
    ck_assert_int_eq(run_lines("log.jsonl"), 5);
    ck_assert_int_eq(run_count("samples", "step-"), 1);
    ck_assert_int_eq(run_count("checkpoints", ""), 4); /* . and .. and keep=2 */
    ck_assert_int_eq(run_count("", "."), 2);

    text = run_text("config.txt");
    ck_assert_ptr_nonnull(strstr(text, "libgan: "));
    ck_assert_ptr_nonnull(strstr(text, "\nseed: 5\nfirst step: 0\ndataset: memory count=40"));
    ck_assert_ptr_nonnull(strstr(text, "\ntrainer: loss=\"non_saturating "));
    ck_assert_ptr_nonnull(strstr(text, "\nrun: checkpoint_every=2 checkpoint_seconds=0 keep=2 "));
    ck_assert_ptr_nonnull(strstr(text, "\nconv_transpose2d "));
    ck_assert_ptr_nonnull(strstr(text, "\nconv2d "));
    free(text);
    text = run_text("lock");
    (void)snprintf(wanted, sizeof wanted, "%ld\n", (long)getpid());
    ck_assert_str_eq(text, wanted);
    free(text);
    training_close(&t);
    ck_assert(run_exists("lock"));
    run_place[strlen("run-XXXXXX")] = '\0';
    run_place_end();
}
END_TEST

/* The record's numbers by name, as gan_record_get() has them; without a meaning: left out. */
static int32_t
compare_with_log(void *user, gan_trainer *trainer, int32_t event, const gan_record *record)
{
    static const char *const names[] = {"step",
                                        "epoch",
                                        "d_loss",
                                        "penalty",
                                        "g_loss",
                                        "d_real",
                                        "d_generated",
                                        "d_accuracy",
                                        "critic_distance",
                                        "d_updates",
                                        "d_gradient_norm",
                                        "g_gradient_norm",
                                        "images_per_second",
                                        "data_seconds"};
    const char *left_out = user;
    char *text, *line, pattern[64];

    (void)trainer;
    if (event != GAN_EVENT_STEP) {
        return 0;
    }
    text = run_text("log.jsonl");
    ck_assert_int_eq(text[strlen(text) - 1], '\n');
    text[strlen(text) - 1] = '\0';
    line = strrchr(text, '\n') == NULL ? text : strrchr(text, '\n') + 1;
    ck_assert(line[0] == '{' && line[strlen(line) - 1] == '}');
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        double value = 0;
        (void)snprintf(pattern, sizeof pattern, "\"%s\":", names[i]);
        const char *found = strstr(line, pattern);
        if (gan_record_get(record, &value, names[i]) != GAN_OK) {
            ck_assert_ptr_null(found);
            ck_assert_ptr_nonnull(strstr(left_out, names[i]));
            continue;
        }
        ck_assert_msg(found != NULL, "%s is not in %s", names[i], line);
        ck_assert(strtod(found + strlen(pattern), NULL) == value);
    }
    free(text);
    return 0;
}

START_TEST(test_a_line_is_the_record)
{
    static const struct {
        const char *options;
        char left_out[64];
    } cases[] = {{"batch=8", "critic_distance"},
                 {"batch=8 loss=\"wasserstein clip=0.02\"", "d_real d_generated d_accuracy"}};
    for (int i = 0; i < 2; i++) {
        struct training t;
        char left_out[64];
        run_place_begin();
        training_context(&t, "threads=1", NULL);
        training_make(&t, cases[i].options);
        ASSERT_OK(t.f.ctx, gan_run_open(t.f.ctx, &t.run, run_place, NULL));
        ASSERT_OK(t.f.ctx, gan_run_begin(t.run, t.f.trainer, NULL));
        (void)strcpy(left_out, cases[i].left_out);
        ASSERT_OK(t.f.ctx, gan_trainer_run(t.f.trainer, 3, compare_with_log, left_out));
        training_close(&t);
        run_place_end();
    }
}
END_TEST

START_TEST(test_log_every)
{
    struct training t;
    run_place_begin();
    training_open(&t, "log_every=3");
    ASSERT_OK(t.f.ctx, training_until(&t, 7));
    ck_assert_int_eq(run_lines("log.jsonl"), 2);
    training_close(&t);
    training_open(&t, "log_every=0");
    ck_assert_int_eq(t.resumed, 7);
    ASSERT_OK(t.f.ctx, training_until(&t, 9));
    ASSERT_OK(t.f.ctx, gan_run_score(t.run, 1.0, NULL));
    ck_assert_int_eq(run_lines("log.jsonl"), 2);
    training_close(&t);
    run_place_end();
}
END_TEST

START_TEST(test_resume_goes_on)
{
    struct training t;
    run_place_begin();
    for (int64_t step = 3; step <= 9; step += 3) {
        training_open(&t, NULL);
        ck_assert_int_eq(t.resumed, step == 3 ? -1 : step - 3);
        ASSERT_OK(t.f.ctx, training_until(&t, step));
        if (step == 9) {
            ck_assert_uint_eq(fixture_hash(&t.f), undisturbed_hash(9));
        }
        training_close(&t);
    }
    ck_assert_int_eq(run_lines("log.jsonl"), 9);
    run_place_end();
}
END_TEST

START_TEST(test_cancelled_and_stopped_runs_are_saved)
{
    struct training t;
    struct events events = {.stop_at = 2};
    run_place_begin();
    training_open(&t, NULL);
    ASSERT_FAILS(t.f.ctx, gan_trainer_run(t.f.trainer, 5, note_event, &events), GAN_E_CANCELLED,
                 "asked to stop after step 2");
    ck_assert_str_eq(events.text, "s1 s2 ");
    ck_assert(run_exists("checkpoints/step-000000002.safetensors"));
    gan_trainer_stop(t.f.trainer);
    ASSERT_OK(t.f.ctx, gan_trainer_run(t.f.trainer, 5, NULL, NULL));
    ck_assert_int_eq(run_count("checkpoints", "step-"), 2);
    ASSERT_OK(t.f.ctx, gan_trainer_step(t.f.trainer, NULL)); /* not the run's, but not lost */
    ASSERT_OK(t.f.ctx, gan_trainer_run(t.f.trainer, 0, NULL, NULL));
    ck_assert(run_exists("checkpoints/step-000000003.safetensors"));
    training_close(&t);
    run_place_end();
}
END_TEST

static gan_status
refuse_to_read(gan_dataset *dataset, int64_t index, int64_t epoch, float *sample, int32_t *label)
{
    (void)epoch;
    (void)sample;
    (void)label;
    return gan__fail(dataset->object.ctx, GAN_E_FORMAT, "sample %d is broken", (int)index);
}

START_TEST(test_a_failed_step_loses_none_before_it)
{
    struct training t;
    struct events events = {.stop_at = 0};
    run_place_begin();
    training_open(&t, NULL);
    ASSERT_OK(t.f.ctx, gan_trainer_step(t.f.trainer, NULL));
    ASSERT_OK(t.f.ctx, gan_trainer_step(t.f.trainer, NULL));
    const struct gan__dataset_class *whole = t.f.trainer->dataset->class;
    struct gan__dataset_class broken = *whole;
    broken.read = refuse_to_read;
    t.f.trainer->dataset->class = &broken;
    ASSERT_FAILS(t.f.ctx, gan_trainer_run(t.f.trainer, 5, note_event, &events), GAN_E_FORMAT,
                 "is broken");
    ck_assert_str_eq(events.text, "");
    ck_assert(run_exists("checkpoints/step-000000002.safetensors"));
    /* Where saving fails, too, the step's failure is the one that is told. */
    t.f.trainer->dataset->class = whole;
    ASSERT_OK(t.f.ctx, gan_trainer_step(t.f.trainer, NULL));
    t.f.trainer->dataset->class = &broken;
    ck_assert_int_eq(rename(run_path("checkpoints"), run_path("moved")), 0);
    ASSERT_FAILS(t.f.ctx, gan_trainer_run(t.f.trainer, 5, NULL, NULL), GAN_E_FORMAT, "is broken");
    ck_assert_ptr_nonnull(strstr(t.warnings, "checkpoints"));
    ck_assert_int_eq(rename(run_path("moved"), run_path("checkpoints")), 0);
    t.f.trainer->dataset->class = whole;
    ASSERT_OK(t.f.ctx, training_until(&t, 4));
    ck_assert_uint_eq(fixture_hash(&t.f), undisturbed_hash(4));
    training_close(&t);
    run_place_end();
}
END_TEST

/* ---- cadence ---- */

START_TEST(test_keep)
{
    struct training t;
    run_place_begin();
    training_open(&t, "checkpoint_every=1 keep=3");
    ASSERT_OK(t.f.ctx, training_until(&t, 6));
    ck_assert_int_eq(run_count("checkpoints", "step-"), 3);
    ck_assert(run_exists("checkpoints/step-000000004.safetensors"));
    training_close(&t);
    training_open(&t, "keep=1");
    ASSERT_OK(t.f.ctx, training_until(&t, 7));
    ck_assert_int_eq(run_count("checkpoints", "step-"), 1);
    ck_assert(run_exists("checkpoints/step-000000007.safetensors"));
    training_close(&t);
    run_place_end();
}
END_TEST

static int32_t
pass_time(void *user, gan_trainer *trainer, int32_t event, const gan_record *record)
{
    if (event == GAN_EVENT_STEP) {
        calls.ahead += 10; /* seconds a step */
    }
    return note_event(user, trainer, event, record);
}

START_TEST(test_cadence_in_seconds)
{
    struct training t;
    struct events events = {.text = ""};
    run_place_begin();
    training_open(&t, "checkpoint_seconds=25.5");
    ASSERT_OK(t.f.ctx, gan_trainer_run(t.f.trainer, 7, pass_time, &events));
    ck_assert_str_eq(events.text, "s1 s2 s3 c3 s4 s5 e5 s6 c6 s7 c7 f7 ");
    training_close(&t);
    run_place_end();
}
END_TEST

/* ---- the lock ---- */

static void
open_in_child(gan_status wanted, const char *sentence)
{
    int status = 0;
    const pid_t child = fork();

    if (child == 0) {
        gan_context *ctx = NULL;
        gan_run *run = NULL;
        int bad = 0;
        if (gan_context_create(&ctx, "threads=1", NULL) != GAN_OK) {
            _exit(1);
        }
        if (gan_run_open(ctx, &run, run_place, NULL) != wanted) {
            bad = 2;
        } else if (strstr(gan_context_error(ctx), sentence) == NULL) {
            bad = 3;
        } else if ((run != NULL) != (wanted == GAN_OK)) {
            bad = 4;
        }
        _exit(bad);
    }
    ck_assert_int_gt(child, 0);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the child ended with %d",
                  WEXITSTATUS(status));
}

START_TEST(test_lock)
{
    struct training t, second;
    gan_run *other = NULL;
    char sentence[64];
    run_place_begin();
    training_open(&t, NULL);
    (void)snprintf(sentence, sizeof sentence, "in use by process %ld", (long)getpid());
    open_in_child(GAN_E_STATE, sentence);
    training_context(&second, "threads=1", NULL);
    ASSERT_FAILS(second.f.ctx, gan_run_open(second.f.ctx, &other, run_place, NULL), GAN_E_STATE,
                 "which is this one");
    ASSERT_FAILS(t.f.ctx, gan_run_open(t.f.ctx, &other, run_place, NULL), GAN_E_STATE, sentence);
    ck_assert_ptr_null(other);
    /* The trainer has the run. */
    gan_run_destroy(t.run);
    t.run = NULL;
    open_in_child(GAN_E_STATE, sentence);
    gan_trainer_destroy(t.f.trainer);
    t.f.trainer = NULL;
    ASSERT_OK(t.f.ctx, gan_layer_parameter_count(t.f.generator, &(int64_t){0}));
    open_in_child(GAN_OK, "");
    ASSERT_OK(second.f.ctx, gan_run_open(second.f.ctx, &other, run_place, NULL));
    gan_run_destroy(other);
    training_close(&second);
    training_close(&t);
    run_place_end();
}
END_TEST

/* A forked child has the lock's file open, too: it must not use the run, and its end must not end
 * the lock. */
START_TEST(test_a_forked_child_keeps_out)
{
    struct training t;
    int status = 0;
    pid_t child;
    run_place_begin();
    training_open(&t, NULL);
    child = fork();
    if (child == 0) {
        int bad = 0;
        const int64_t steps = t.f.trainer->counters.steps;
        if (gan_trainer_run(t.f.trainer, 1, NULL, NULL) != GAN_E_STATE ||
            strstr(gan_context_error(t.f.ctx), "this is its child") == NULL ||
            t.f.trainer->counters.steps != steps) {
            bad = 1;
        }
        if (gan_run_score(t.run, 1.0, NULL) != GAN_E_STATE) {
            bad = 2;
        }
        training_close(&t);
        _exit(bad);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the child ended with %d",
                  WEXITSTATUS(status));
    open_in_child(GAN_E_STATE, "in use");
    ASSERT_OK(t.f.ctx, training_until(&t, 1));
    training_close(&t);
    run_place_end();
}
END_TEST

/* ---- replacing ---- */

START_TEST(test_replace)
{
    struct training t;
    FILE *mine;
    run_place_begin();
    training_open(&t, NULL);
    ASSERT_OK(t.f.ctx, training_until(&t, 4));
    ASSERT_OK(t.f.ctx, gan_run_score(t.run, 3.0, NULL));
    training_close(&t);
    mine = fopen(run_path("checkpoints/mine.safetensors"), "w");
    ck_assert_ptr_nonnull(mine);
    (void)fclose(mine);

    training_context(&t, "threads=1", NULL);
    training_make(&t, "batch=8 sample_every=1");
    ASSERT_OK(t.f.ctx, gan_run_open(t.f.ctx, &t.run, run_place, "keep=1"));
    ASSERT_FAILS(t.f.ctx, gan_run_begin(t.run, t.f.trainer, NULL), GAN_E_STATE, "replace=true");
    ck_assert(run_exists("checkpoints/step-000000004.safetensors"));
    ck_assert_ptr_null(t.f.trainer->run);
    ASSERT_OK(t.f.ctx, gan_run_begin(t.run, t.f.trainer, "replace=true"));
    ck_assert_int_eq(run_count("checkpoints", "step-"), 1);
    ck_assert(run_exists("checkpoints/mine.safetensors"));
    ck_assert(!run_exists("checkpoints/best.safetensors"));
    ck_assert_int_eq(run_lines("log.jsonl"), 0);
    ASSERT_FAILS(t.f.ctx, gan_run_best(t.run, NULL, NULL), GAN_E_STATE, "no score");
    ASSERT_OK(t.f.ctx, gan_trainer_run(t.f.trainer, 2, NULL, NULL));
    ck_assert_int_eq(run_count("samples", "step-"), 2);
    ck_assert_int_eq(run_lines("log.jsonl"), 2);
    training_close(&t);

    /* A log alone is an earlier training, too. */
    ck_assert_int_eq(remove(run_path("checkpoints/step-000000002.safetensors")), 0);
    training_context(&t, "threads=1", NULL);
    training_make(&t, "batch=8");
    ASSERT_OK(t.f.ctx, gan_run_open(t.f.ctx, &t.run, run_place, NULL));
    ASSERT_FAILS(t.f.ctx, gan_run_begin(t.run, t.f.trainer, NULL), GAN_E_STATE, "log.jsonl");
    ASSERT_OK(t.f.ctx, gan_run_begin(t.run, t.f.trainer, "replace=true"));
    ck_assert_int_eq(run_count("samples", "step-"), 0);
    training_close(&t);
    run_place_end();
}
END_TEST

START_TEST(test_refusals)
{
    struct training t, second;
    gan_run *run = NULL, *other = NULL;
    gan_trainer *trainer = NULL;
    int64_t step = 7;
    run_place_begin();
    training_context(&t, "threads=1", NULL);
    training_context(&second, "threads=1", NULL);
    training_make(&t, TRAINER_OPTIONS);
    training_make(&second, TRAINER_OPTIONS);
    ck_assert_int_eq(gan_run_open(NULL, &run, run_place, NULL), GAN_E_ARG);
    ASSERT_FAILS(t.f.ctx, gan_run_open(t.f.ctx, NULL, run_place, NULL), GAN_E_ARG, "out is NULL");
    ASSERT_FAILS(t.f.ctx, gan_run_open(t.f.ctx, &run, NULL, NULL), GAN_E_ARG, "folder is NULL");
    ASSERT_FAILS(t.f.ctx, gan_run_open(t.f.ctx, &run, run_place, "keep=0"), GAN_E_ARG, "keep");
    ASSERT_FAILS(t.f.ctx, gan_run_open(t.f.ctx, &run, run_place, "best=most"), GAN_E_ARG, "lowest");
    ASSERT_FAILS(t.f.ctx, gan_run_open(t.f.ctx, &run, run_place, "checkpoint_second=4"), GAN_E_ARG,
                 "checkpoint_seconds");
    ck_assert_ptr_null(run);
    ASSERT_OK(t.f.ctx, gan_run_open(t.f.ctx, &run, run_place, NULL));
    ASSERT_OK(t.f.ctx, gan_run_steps(run, &step));
    ck_assert_int_eq(step, -1);
    ASSERT_FAILS(t.f.ctx, gan_run_steps(run, NULL), GAN_E_ARG, "steps is NULL");
    ASSERT_FAILS(t.f.ctx, gan_run_resume(run, &trainer, t.f.dataset), GAN_E_STATE,
                 "there is no checkpoint");
    ASSERT_FAILS(t.f.ctx, gan_run_score(run, 1.0, NULL), GAN_E_STATE, "has no trainer");
    ASSERT_FAILS(t.f.ctx, gan_run_begin(run, NULL, NULL), GAN_E_ARG, "trainer is NULL");
    ASSERT_FAILS(t.f.ctx, gan_run_begin(run, second.f.trainer, NULL), GAN_E_ARG, "another context");
    ASSERT_FAILS(t.f.ctx, gan_run_begin(run, t.f.trainer, "replaced=true"), GAN_E_ARG, "replace");
    ASSERT_OK(t.f.ctx, gan_run_begin(run, t.f.trainer, NULL));
    ASSERT_FAILS(t.f.ctx, gan_run_begin(run, t.f.trainer, NULL), GAN_E_STATE, "has a trainer");
    ASSERT_FAILS(t.f.ctx, gan_run_resume(run, &trainer, t.f.dataset), GAN_E_STATE, "has a trainer");
    ASSERT_OK(t.f.ctx, gan_run_open(t.f.ctx, &other, run_path("other"), NULL));
    ASSERT_FAILS(t.f.ctx, gan_run_begin(other, t.f.trainer, NULL), GAN_E_STATE,
                 "the trainer has a run already");
    ck_assert_int_eq(gan_run_begin(NULL, t.f.trainer, NULL), GAN_E_ARG);
    ck_assert_int_eq(gan_run_resume(NULL, &trainer, t.f.dataset), GAN_E_ARG);
    ck_assert_int_eq(gan_run_steps(NULL, &step), GAN_E_ARG);
    ck_assert_int_eq(gan_run_score(NULL, 1.0, NULL), GAN_E_ARG);
    ck_assert_int_eq(gan_run_best(NULL, NULL, NULL), GAN_E_ARG);
    gan_run_retain(NULL);
    gan_run_destroy(NULL);
    gan_run_destroy(other);
    gan_run_destroy(run);
    training_close(&second);
    training_close(&t);
    run_place_end();
}
END_TEST

/* Another seed, another dataset: the sentence is that of the newest checkpoint, and an older one is
 * no way out. */
START_TEST(test_resume_refuses_another_training)
{
    struct training t;
    gan_trainer *trainer = NULL;
    run_place_begin();
    training_open(&t, "checkpoint_every=1");
    ASSERT_OK(t.f.ctx, training_until(&t, 3));
    training_close(&t);
    training_context(&t, "threads=1 seed=9", NULL);
    ASSERT_OK(t.f.ctx, gan_run_open(t.f.ctx, &t.run, run_place, NULL));
    ASSERT_FAILS(t.f.ctx, gan_run_resume(t.run, &trainer, t.f.dataset), GAN_E_ARG, "seed");
    ck_assert_ptr_null(trainer);
    ck_assert_str_eq(t.warnings, "");
    training_close(&t);
    run_place_end();
}
END_TEST

/* One of the same count and shape is taken, but not in silence. */
START_TEST(test_resume_warns_of_another_dataset)
{
    struct training t;
    gan_dataset *plain;
    run_place_begin();
    training_open(&t, NULL);
    training_close(&t);
    training_open(&t, NULL);
    ck_assert_str_eq(t.warnings, "");
    training_close(&t);
    training_context(&t, "threads=1", NULL);
    plain = t.f.dataset;
    ASSERT_OK(t.f.ctx, gan_dataset_create_augmented(plain, &t.f.dataset, "flip=true"));
    gan_dataset_destroy(plain);
    ASSERT_OK(t.f.ctx, gan_run_open(t.f.ctx, &t.run, run_place, NULL));
    ASSERT_OK(t.f.ctx, gan_run_resume(t.run, &t.f.trainer, t.f.dataset));
    ck_assert_ptr_nonnull(strstr(t.warnings, "another dataset than its config.txt has"));
    training_close(&t);
    run_place_end();
}
END_TEST

/* ---- scores ---- */

START_TEST(test_scores)
{
    for (int highest = 0; highest < 2; highest++) {
        const double sign = highest ? -1 : 1;
        struct training t;
        double score = 0;
        int64_t step = 0;
        int32_t best = -1;
        char *text;
        run_place_begin();
        training_open(&t, highest ? "best=highest" : "best=lowest");
        ASSERT_FAILS(t.f.ctx, gan_run_best(t.run, &score, &step), GAN_E_STATE, "no score");
        ASSERT_OK(t.f.ctx, training_until(&t, 2));
        ASSERT_OK(t.f.ctx, gan_run_score(t.run, 5.5 * sign, &best));
        ck_assert_int_eq(best, 1);
        ASSERT_OK(t.f.ctx, training_until(&t, 3));
        ASSERT_OK(t.f.ctx, gan_run_score(t.run, 5.5 * sign, &best));
        ck_assert_int_eq(best, 0);
        ASSERT_FAILS(t.f.ctx, gan_run_score(t.run, 0.0 / 0.0, &best), GAN_E_ARG, "nan");
        ASSERT_FAILS(t.f.ctx, gan_run_score(t.run, 1.0 / 0.0, &best), GAN_E_ARG, "infinite");
        ASSERT_OK(t.f.ctx, gan_run_score(t.run, 5.25 * sign, &best));
        ck_assert_int_eq(best, 1);
        ASSERT_OK(t.f.ctx, gan_run_best(t.run, &score, &step));
        ck_assert(score == 5.25 * sign && step == 3);
        training_close(&t);
        text = run_text("log.jsonl");
        ck_assert_ptr_nonnull(strstr(text, highest
                                               ? "\n{\"step\":2,\"score\":-5.5,\"best\":true}\n"
                                               : "\n{\"step\":2,\"score\":5.5,\"best\":true}\n"));
        ck_assert_ptr_nonnull(strstr(text, highest
                                               ? "\n{\"step\":3,\"score\":-5.5,\"best\":false}\n"
                                               : "\n{\"step\":3,\"score\":5.5,\"best\":false}\n"));
        free(text);
        /* Told after the checkpoint of its step, and yet part of it. */
        training_open(&t, highest ? "best=highest" : "best=lowest");
        ck_assert_int_eq(t.resumed, 3);
        ASSERT_OK(t.f.ctx, gan_run_best(t.run, &score, &step));
        ck_assert(score == 5.25 * sign && step == 3);
        ASSERT_OK(t.f.ctx, training_until(&t, 4));
        ASSERT_OK(t.f.ctx, gan_run_score(t.run, 5.4 * sign, &best));
        ck_assert_int_eq(best, 0);
        training_close(&t);
        run_place_end();
    }
}
END_TEST

START_TEST(test_best_is_a_checkpoint_of_its_step)
{
    struct training t;
    gan_trainer *best = NULL;
    run_place_begin();
    training_open(&t, "keep=1");
    ASSERT_OK(t.f.ctx, training_until(&t, 2));
    ASSERT_OK(t.f.ctx, gan_run_score(t.run, 1.0, NULL));
    ASSERT_OK(t.f.ctx, training_until(&t, 5));
    ASSERT_OK(t.f.ctx, gan_run_score(t.run, 2.0, NULL));
    ck_assert_int_eq(run_count("checkpoints", "step-"), 1);
    ASSERT_OK(t.f.ctx, gan_trainer_resume(t.f.ctx, &best, t.f.dataset,
                                          run_path("checkpoints/best.safetensors"), NULL));
    ck_assert_int_eq(best->counters.steps, 2);
    ck_assert(best->best.told && best->best.score == 1.0);
    gan_trainer_destroy(best);
    training_close(&t);
    run_place_end();
}
END_TEST

/* A training that goes on in another folder has no best there yet. */
START_TEST(test_another_folder_begins_without_a_best)
{
    struct training t;
    gan_trainer *trainer = NULL;
    gan_run *run = NULL;
    int32_t best = 0;
    run_place_begin();
    training_open(&t, NULL);
    ASSERT_OK(t.f.ctx, gan_run_score(t.run, 1.0, NULL));
    ASSERT_OK(t.f.ctx, gan_trainer_resume(t.f.ctx, &trainer, t.f.dataset,
                                          run_path("checkpoints/best.safetensors"), NULL));
    ASSERT_OK(t.f.ctx, gan_run_open(t.f.ctx, &run, run_path("other"), NULL));
    ASSERT_OK(t.f.ctx, gan_run_begin(run, trainer, NULL));
    ASSERT_FAILS(t.f.ctx, gan_run_best(run, NULL, NULL), GAN_E_STATE, "no score");
    ASSERT_OK(t.f.ctx, gan_run_score(run, 2.0, &best));
    ck_assert_int_eq(best, 1);
    ck_assert(run_exists("other/checkpoints/best.safetensors"));
    gan_run_destroy(run);
    gan_trainer_destroy(trainer);
    training_close(&t);
    run_place_end();
}
END_TEST

static int32_t
tell_score(void *user, gan_trainer *trainer, int32_t event, const gan_record *record)
{
    struct training *t = user;
    int64_t step = 0;
    int32_t best = 0;

    (void)record;
    if (event == GAN_EVENT_STEP) {
        ASSERT_OK(t->f.ctx, gan_trainer_steps(trainer, &step));
        ASSERT_OK(t->f.ctx, gan_run_score(t->run, (double)(10 - step), &best));
        ck_assert_int_eq(best, 1);
        ASSERT_OK(t->f.ctx, gan_run_best(t->run, NULL, &step));
        ASSERT_FAILS(t->f.ctx, gan_run_begin(t->run, trainer, NULL), GAN_E_STATE, "callback");
    }
    return 0;
}

START_TEST(test_a_callback_tells_scores)
{
    struct training t;
    run_place_begin();
    training_open(&t, "checkpoint_every=2");
    ASSERT_OK(t.f.ctx, gan_trainer_run(t.f.trainer, 4, tell_score, &t));
    ck_assert_int_eq(run_lines("log.jsonl"), 8);
    ck_assert_uint_eq(fixture_hash(&t.f), undisturbed_hash(4));
    training_close(&t);
    run_place_end();
}
END_TEST

static int32_t
give_all_up(void *user, gan_trainer *trainer, int32_t event, const gan_record *record)
{
    struct training *t = user;

    (void)trainer;
    (void)record;
    if (event == GAN_EVENT_STEP && t->f.ctx != NULL) {
        training_close(t);
    }
    return 0;
}

START_TEST(test_a_callback_gives_all_up)
{
    struct training t;
    run_place_begin();
    training_open(&t, "checkpoint_every=1");
    ck_assert_int_eq(gan_trainer_run(t.f.trainer, 3, give_all_up, &t), GAN_OK);
    ck_assert_int_eq(run_lines("log.jsonl"), 3);
    open_in_child(GAN_OK, "");
    run_place_end();
}
END_TEST

Suite *
runs_suite(void)
{
    Suite *suite = suite_create("runs");
    TCase *tcase = tcase_create("runs");
    tcase_set_timeout(tcase, 240);
    tcase_add_test(tcase, test_files_and_events);
    tcase_add_test(tcase, test_a_line_is_the_record);
    tcase_add_test(tcase, test_log_every);
    tcase_add_test(tcase, test_resume_goes_on);
    tcase_add_test(tcase, test_cancelled_and_stopped_runs_are_saved);
    tcase_add_test(tcase, test_a_failed_step_loses_none_before_it);
    tcase_add_test(tcase, test_keep);
    tcase_add_test(tcase, test_cadence_in_seconds);
    tcase_add_test(tcase, test_lock);
    tcase_add_test(tcase, test_a_forked_child_keeps_out);
    tcase_add_test(tcase, test_replace);
    tcase_add_test(tcase, test_refusals);
    tcase_add_test(tcase, test_resume_refuses_another_training);
    tcase_add_test(tcase, test_resume_warns_of_another_dataset);
    tcase_add_test(tcase, test_scores);
    tcase_add_test(tcase, test_best_is_a_checkpoint_of_its_step);
    tcase_add_test(tcase, test_another_folder_begins_without_a_best);
    tcase_add_test(tcase, test_a_callback_tells_scores);
    tcase_add_test(tcase, test_a_callback_gives_all_up);
    suite_add_tcase(suite, tcase);
    return suite;
}

int
main(void)
{
    Suite *const suites[] = {runs_suite(), run_files_suite(), run_faults_suite()};
    return run_suites(suites, 3);
}
