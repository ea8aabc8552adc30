/* Evaluation in a run folder: the log, the best checkpoint, judging it again, stopping and resuming. */
#include "evaluation.h"

#include <math.h>
#include <stdio.h>

#include "trainer/evaluation.h"

#define OPTIONS "every=3 count=20 measures=\"fid; prdc k=2\""

static void
open_all(struct training *t, struct judged *j, const char *run_options, const char *options)
{
    training_open(t, run_options);
    judged_open(j, t->f.ctx, t->f.dataset);
    ASSERT_OK(t->f.ctx, gan_trainer_set_evaluation(t->f.trainer, j->judge, j->real, options));
}

static void
close_all(struct training *t, struct judged *j)
{
    judged_close(j);
    training_close(t);
}

/* What the first measure says of a generator, as text, and its number. */
static double
score_of(struct training *t, const struct judged *j, gan_layer *generator, const char *name,
         const char *noise, char *text, size_t size)
{
    gan_features *generated = NULL;
    gan_metric *metric = NULL;
    gan_score *score = NULL;
    double value = 0;

    ASSERT_OK(t->f.ctx, gan_features_create(j->judge, &generated, name));
    ASSERT_OK(t->f.ctx, gan_features_add_generated(generated, generator, 20, noise));
    ASSERT_OK(t->f.ctx, gan_metric_create(t->f.ctx, &metric, "fid", NULL));
    ASSERT_OK(t->f.ctx, gan_metric_compute(metric, &score, generated, j->real));
    ASSERT_OK(t->f.ctx, gan_score_text(score, text, size, NULL));
    ASSERT_OK(t->f.ctx, gan_score_get(score, &value, "fid"));
    gan_score_destroy(score);
    gan_metric_destroy(metric);
    gan_features_destroy(generated);
    return value;
}

static int
count_of(const char *text, const char *what)
{
    int count = 0;
    for (const char *at = strstr(text, what); at != NULL; at = strstr(at + 1, what)) {
        count++;
    }
    return count;
}

/* Of all looks that the log tells of. */
static double
lowest_score(const char *log)
{
    static const char what[] = "\"score\":";
    double lowest = INFINITY;
    for (const char *at = strstr(log, what); at != NULL; at = strstr(at + 1, what)) {
        const double score = strtod(at + strlen(what), NULL);
        lowest = score < lowest ? score : lowest;
    }
    return lowest;
}

START_TEST(test_log_and_best)
{
    struct training t;
    struct judged j;
    gan_layer *generator = NULL;
    char *log, text[2000], line[2100], name[64];
    double score = 0, value;
    int64_t step = 0;
    run_place_begin();
    open_all(&t, &j, "checkpoint_seconds=0", OPTIONS);
    const uint64_t networks = t.f.ctx->network_count;
    ASSERT_OK(t.f.ctx, training_until(&t, 3));
    /* by which the values of the program's next network are drawn */
    ck_assert(t.f.ctx->network_count == networks);
    ASSERT_OK(t.f.ctx, gan_trainer_average(t.f.trainer, &generator));
    value = score_of(&t, &j, generator, "generator at step 3", NULL, text, sizeof text);
    gan_layer_destroy(generator);
    log = run_text("log.jsonl");
    (void)snprintf(line, sizeof line, "\n{\"step\":3,\"evaluation\":[%s,{", text);
    ck_assert_msg(strstr(log, line) != NULL, "no %.400s in %.4000s", line, log);
    ck_assert_ptr_nonnull(strstr(log, "\n{\"step\":3,\"score\":"));
    free(log);
    ASSERT_OK(t.f.ctx, gan_run_best(t.run, &score, &step));
    ck_assert(score == value && step == 3);

    ASSERT_OK(t.f.ctx, training_until(&t, 14));
    ASSERT_OK(t.f.ctx, gan_run_best(t.run, &score, &step));
    ASSERT_OK(t.f.ctx, gan_layer_load(t.f.ctx, &generator, run_path("checkpoints/best.safetensors"),
                                      "part=average"));
    ck_assert(score == score_of(&t, &j, generator, "same noise", NULL, text, sizeof text));
    (void)snprintf(name, sizeof name, "generator at step %d, fresh noise", (int)step);
    ck_assert(score != score_of(&t, &j, generator, name, "first=20", text, sizeof text));
    gan_layer_destroy(generator);
    log = run_text("log.jsonl");
    (void)snprintf(line, sizeof line, ",\"best\":[%s,{", text);
    ck_assert_msg(strstr(log, line) != NULL, "no %.400s in %.400s", line,
                  strstr(log, "\"best\":["));
    ck_assert_int_eq(count_of(log, "\"evaluation\":"), 4);
    ck_assert_int_eq(count_of(log, "\"score\":"), 4);
    ck_assert(score == lowest_score(log));
    free(log);
    close_all(&t, &j);
    run_place_end();
}
END_TEST

/* log_every=0 is no log; a best that is the highest; both ways of being refused. */
START_TEST(test_direction_and_no_log)
{
    struct training t;
    struct judged j;
    run_place_begin();
    open_all(&t, &j, "log_every=0 best=highest", "every=2 count=20 measures=inception_score");
    ASSERT_FAILS(t.f.ctx, gan_trainer_set_evaluation(t.f.trainer, j.judge, j.real, OPTIONS),
                 GAN_E_ARG, "has best=highest; the best \"fid\" is the lowest");
    ASSERT_OK(t.f.ctx, training_until(&t, 4));
    ck_assert(!run_exists("log.jsonl") && run_exists("checkpoints/best.safetensors"));
    close_all(&t, &j);
    run_place_end();

    run_place_begin();
    training_context(&t, "threads=1", NULL);
    training_make(&t, TRAINER_OPTIONS);
    judged_open(&j, t.f.ctx, t.f.dataset);
    ASSERT_OK(t.f.ctx, gan_trainer_set_evaluation(t.f.trainer, j.judge, j.real,
                                                  "every=2 measures=\"prdc; fid\""));
    ASSERT_OK(t.f.ctx, gan_run_open(t.f.ctx, &t.run, run_place, NULL));
    ASSERT_OK(t.f.ctx, gan_run_begin(t.run, t.f.trainer, NULL));
    ASSERT_FAILS(t.f.ctx, training_until(&t, 4), GAN_E_ARG,
                 "has best=lowest; the best \"precision\" is the highest");
    ck_assert_int_eq(t.f.trainer->counters.steps, 1);
    close_all(&t, &j);
    run_place_end();
}
END_TEST

/* A look that fails ends the run, whose steps are saved. */
START_TEST(test_failing_look)
{
    struct training t;
    struct judged j;
    run_place_begin();
    open_all(&t, &j, "checkpoint_seconds=0", "every=3 count=21 measures=\"fid; prdc k=20\"");
    /* refused if it were set so */
    ((struct gan__evaluation *)t.f.trainer->watches[GAN__WATCH_EVALUATION])->options.count = 20;
    ASSERT_FAILS(t.f.ctx, training_until(&t, 9), GAN_E_ARG, "the evaluation after step 3: ");
    ck_assert(run_exists("checkpoints/step-000000003.safetensors"));
    ck_assert_int_eq(t.f.trainer->counters.steps, 3);
    ASSERT_OK(t.f.ctx, gan_trainer_set_evaluation(t.f.trainer, NULL, NULL, NULL));
    ASSERT_OK(t.f.ctx, training_until(&t, 5));
    close_all(&t, &j);
    run_place_end();
}
END_TEST

/* ---- stopped and resumed ---- */

struct stopping {
    int64_t step;
    int32_t event, cancel;
};

static int32_t
stop_there(void *user, gan_trainer *trainer, int32_t event, const gan_record *record)
{
    const struct stopping *stopping = user;
    double step = 0;

    ck_assert_int_eq(gan_record_get(record, &step, "step"), GAN_OK);
    if (event != stopping->event || (int64_t)step != stopping->step) {
        return 0;
    }
    if (stopping->cancel == 0) {
        gan_trainer_stop(trainer);
    }
    return stopping->cancel;
}

/* Without the numbers of clocks. */
static char *
log_without_times(void)
{
    char *log = run_text("log.jsonl"), *to = log;
    const char *from = log;

    while (*from != '\0') {
        if (strncmp(from, "\"images_per_second\":", 20) == 0 ||
            strncmp(from, "\"data_seconds\":", 15) == 0) {
            from = strchr(from, ':') + 1;
            from += strspn(from, "0123456789.e+-");
        } else {
            *to++ = *from++;
        }
    }
    *to = '\0';
    return log;
}

/* Everything that a training of 14 steps leaves, stopped at these moments. */
static char *
leavings(const struct stopping *stops, int count, const char *options, uint64_t *hash)
{
    struct training t;
    struct judged j;
    char *log;

    run_place_begin();
    for (int i = 0; i <= count; i++) {
        struct stopping none = {.step = -1};
        open_all(&t, &j, "checkpoint_seconds=0", options);
        const gan_status st =
            gan_trainer_run(t.f.trainer, 14 - t.f.trainer->counters.steps, stop_there,
                            i < count ? (void *)(uintptr_t)&stops[i] : (void *)&none);
        ck_assert_msg(st == (i < count && stops[i].cancel ? GAN_E_CANCELLED : GAN_OK), "%s",
                      gan_context_error(t.f.ctx));
        *hash = fixture_hash(&t.f);
        close_all(&t, &j);
    }
    log = log_without_times();
    run_place_end();
    return log;
}

START_TEST(test_resumed_is_the_same)
{
    static const struct stopping stops[] = {
        {2, GAN_EVENT_STEP, 1},       {3, GAN_EVENT_EVALUATION, 1}, {4, GAN_EVENT_STEP, 0},
        {6, GAN_EVENT_EVALUATION, 0}, {9, GAN_EVENT_STEP, 0},       {14, GAN_EVENT_STEP, 0},
        {14, GAN_EVENT_FINISHED, 0},
    };
    enum { STOPS = sizeof stops / sizeof stops[0] };
    uint64_t calm_hash = 0, hash = 0;
    char *calm = leavings(NULL, 0, OPTIONS, &calm_hash);
    char *broken = leavings(stops, STOPS, OPTIONS, &hash);
    ck_assert_int_eq(count_of(calm, "\"best\":["), 1);
    size_t same = 0;
    while (calm[same] != '\0' && calm[same] == broken[same]) {
        same++;
    }
    ck_assert_msg(calm[same] == broken[same], "calm: %.300s\n broken: %.300s", calm + same,
                  broken + same);
    ck_assert(hash == calm_hash);
    free(calm);
    free(broken);
}
END_TEST

/* Patience goes on counting where it was. */
START_TEST(test_resumed_patience)
{
    static const struct stopping stops[] = {{4, GAN_EVENT_STEP, 0}, {5, GAN_EVENT_STEP, 1}};
    struct training t;
    struct judged j;
    run_place_begin();
    for (int i = 0; i < 3; i++) {
        training_context(&t, "threads=1", NULL);
        ASSERT_OK(t.f.ctx, gan_run_open(t.f.ctx, &t.run, run_place, NULL));
        if (i == 0) {
            training_make(&t, "batch=8 generator=\"sgd lr=1e-30\"");
            ASSERT_OK(t.f.ctx, gan_run_begin(t.run, t.f.trainer, NULL));
        } else {
            ASSERT_OK(t.f.ctx, gan_run_resume(t.run, &t.f.trainer, t.f.dataset));
        }
        judged_open(&j, t.f.ctx, t.f.dataset);
        ASSERT_OK(t.f.ctx, gan_trainer_set_evaluation(t.f.trainer, j.judge, j.real,
                                                      "every=2 count=20 patience=3"));
        const gan_status st = gan_trainer_run(t.f.trainer, 20, i < 2 ? stop_there : NULL,
                                              i < 2 ? (void *)(uintptr_t)&stops[i] : NULL);
        ck_assert_int_eq(st, i == 1 ? GAN_E_CANCELLED : GAN_OK);
        ck_assert_int_eq(t.f.trainer->counters.steps, i == 0 ? 4 : i == 1 ? 5 : 8);
        close_all(&t, &j);
    }
    char *log = run_text("log.jsonl");
    ck_assert_int_eq(count_of(log, "\"best\":["), 1);
    free(log);
    run_place_end();
}
END_TEST

static int32_t
count_checkpoints(void *user, gan_trainer *trainer, int32_t event, const gan_record *record)
{
    int *count = user;
    (void)trainer;
    (void)record;
    *count += event == GAN_EVENT_CHECKPOINT;
    return 0;
}

/* Resumed with another first measure: the best of the former one is replaced, not compared with, and
 * before that not judged as if it were the new one's. */
START_TEST(test_resumed_with_another_measure)
{
    static const struct stopping stop = {3, GAN_EVENT_EVALUATION, 0};
    struct training t;
    struct judged j;
    double score = 0;
    int64_t step = 0;
    run_place_begin();
    open_all(&t, &j, "checkpoint_seconds=0", "every=3 count=20");
    t.f.trainer->best = (struct gan__best){.told = true, .score = -1, .measure = "fid"};
    ASSERT_OK(t.f.ctx, gan_trainer_run(t.f.trainer, 3, stop_there, (void *)(uintptr_t)&stop));
    close_all(&t, &j);

    open_all(&t, &j, "checkpoint_seconds=0", "every=3 count=20 measures=\"kid subset_size=20\"");
    ck_assert(t.f.trainer->best.score == -1);
    ASSERT_OK(t.f.ctx, gan_trainer_run(t.f.trainer, 1, NULL, NULL));
    ck_assert(!t.f.trainer->best.judged);
    ASSERT_OK(t.f.ctx, gan_trainer_run(t.f.trainer, 2, NULL, NULL));
    ASSERT_OK(t.f.ctx, gan_run_best(t.run, &score, &step));
    ck_assert(score != -1 && step == 6);
    ck_assert(t.f.trainer->best.judged && run_exists("checkpoints/best.safetensors"));
    close_all(&t, &j);
    run_place_end();
}
END_TEST

/* Pieces of a run: the best is judged again when it is another one. */
START_TEST(test_pieces)
{
    struct training t;
    struct judged j;
    run_place_begin();
    open_all(&t, &j, "checkpoint_every=1", "every=1 count=20");
    for (int i = 1; i <= 4; i++) {
        int checkpoints = 0;
        ASSERT_OK(t.f.ctx, gan_trainer_run(t.f.trainer, 1, count_checkpoints, &checkpoints));
        /* one, after all lines of the log that are its step's */
        ck_assert_int_eq(checkpoints, 1);
        ASSERT_OK(t.f.ctx, training_until(&t, i));
    }
    char *log = run_text("log.jsonl");
    ck_assert_int_eq(count_of(log, "\"best\":["), count_of(log, "\"best\":true"));
    ck_assert_int_ge(count_of(log, "\"best\":true"), 1);
    free(log);
    ck_assert(t.f.trainer->best.judged);
    close_all(&t, &j);
    run_place_end();
}
END_TEST

Suite *
evaluation_runs_suite(void)
{
    Suite *suite = suite_create("evaluation in a run folder");
    TCase *c = tcase_create("all");
    tcase_set_timeout(c, 120);
    tcase_add_test(c, test_log_and_best);
    tcase_add_test(c, test_direction_and_no_log);
    tcase_add_test(c, test_failing_look);
    tcase_add_test(c, test_resumed_is_the_same);
    tcase_add_test(c, test_resumed_patience);
    tcase_add_test(c, test_resumed_with_another_measure);
    tcase_add_test(c, test_pieces);
    suite_add_tcase(suite, c);
    return suite;
}
