/* Evaluation under way: numbers, events, that nothing of the training changes, and what is refused. */
#include "evaluation.h"

#include <math.h>
#include <stdio.h>

#include "base/memory.h"
#include "metrics/features.h"

#define MEASURES "measures=\"fid; prdc k=2; inception_score splits=2\""

static double
get(const struct fixture *f, const char *name)
{
    double value = 0;
    ASSERT_OK(f->ctx, gan_record_get(&f->trainer->record, &value, name));
    return value;
}

/* ---- what it computes ---- */

/* The same by the public calls, on the averaged generator as a program gets it. */
static double
by_hand(const struct fixture *f, const struct judged *j, const char *kind, const char *options,
        const char *name, const char *noise)
{
    gan_layer *average = NULL;
    gan_features *generated = NULL;
    gan_metric *metric = NULL;
    gan_score *score = NULL;
    double value = 0;

    ASSERT_OK(f->ctx, gan_trainer_average(f->trainer, &average));
    ASSERT_OK(f->ctx, gan_features_create(j->judge, &generated, NULL));
    ASSERT_OK(f->ctx, gan_features_add_generated(generated, average, 30, noise));
    ASSERT_OK(f->ctx, gan_metric_create(f->ctx, &metric, kind, options));
    ASSERT_OK(f->ctx, gan_metric_compute(metric, &score, generated, j->real));
    ASSERT_OK(f->ctx, gan_score_get(score, &value, name));
    gan_score_destroy(score);
    gan_metric_destroy(metric);
    gan_features_destroy(generated);
    gan_layer_destroy(average);
    return value;
}

START_TEST(test_numbers)
{
    static const char *const networks[][2] = {{plain_generator, plain_discriminator},
                                              {labelled_generator, labelled_discriminator},
                                              {plain_generator, plain_discriminator}};
    static const char *const options[] = {"batch=8", "batch=8", "batch=8 average=false"};
    struct fixture f;
    struct judged j;
    double value = 1;
    fixture_open(&f, "threads=2", NULL, networks[_i][0], networks[_i][1], options[_i]);
    judged_open(&j, f.ctx, f.dataset);
    ASSERT_FAILS(f.ctx, gan_record_get(&f.trainer->record, &value, "fid"), GAN_E_ARG,
                 "no \"fid\"; it has step");
    ASSERT_OK(f.ctx, gan_trainer_set_evaluation(f.trainer, j.judge, j.real,
                                                "every=3 count=30 seed=9 " MEASURES));
    ck_assert(isnan(get(&f, "fid")) && isnan(get(&f, "coverage")));
    ASSERT_FAILS(f.ctx, gan_record_get(&f.trainer->record, &value, "kid"), GAN_E_ARG,
                 "data_seconds, fid, precision, recall, density, coverage, inception_score, "
                 "inception_score_deviation");
    ASSERT_OK(f.ctx, gan_trainer_run(f.trainer, 2, NULL, NULL));
    ck_assert(isnan(get(&f, "fid")));
    ASSERT_OK(f.ctx, gan_trainer_run(f.trainer, 1, NULL, NULL));
    ck_assert(get(&f, "fid") == by_hand(&f, &j, "fid", NULL, "fid", "seed=9"));
    ck_assert(get(&f, "fid") != by_hand(&f, &j, "fid", NULL, "fid", "seed=8"));
    ck_assert(get(&f, "density") == by_hand(&f, &j, "prdc", "k=2", "density", "seed=9"));
    ck_assert(get(&f, "inception_score_deviation") == by_hand(&f, &j, "inception_score", "splits=2",
                                                              "inception_score_deviation",
                                                              "seed=9"));
    ck_assert(f.trainer->best.told && f.trainer->best.score == get(&f, "fid"));
    ck_assert_int_eq(f.trainer->best.step, 3);
    value = get(&f, "fid"); /* it stays */
    ASSERT_OK(f.ctx, gan_trainer_run(f.trainer, 2, NULL, NULL));
    ck_assert(get(&f, "fid") == value);
    ASSERT_OK(f.ctx, gan_trainer_run(f.trainer, 1, NULL, NULL));
    ck_assert(get(&f, "fid") != value);
    ck_assert(get(&f, "fid") == by_hand(&f, &j, "fid", NULL, "fid", "seed=9"));
    judged_close(&j);
    fixture_close(&f);
}
END_TEST

/* Threads and instruction sets change no bit. */
START_TEST(test_everywhere_the_same)
{
    static const char *const contexts[] = {"threads=1 isa=portable", "threads=3 isa=avx2",
                                           "threads=2 isa=avx512"};
    double first = 0;
    for (int i = 0; i < 3; i++) {
        struct fixture f;
        struct judged j;
        gan_context *tried = NULL;
        const gan_status st = gan_context_create(&tried, contexts[i], NULL);
        gan_context_destroy(tried);
        if (st == GAN_E_UNSUPPORTED) {
            continue;
        }
        fixture_open(&f, contexts[i], NULL, plain_generator, plain_discriminator, "batch=8");
        judged_open(&j, f.ctx, f.dataset);
        ASSERT_OK(f.ctx,
                  gan_trainer_set_evaluation(f.trainer, j.judge, j.real, "every=2 count=30"));
        ASSERT_OK(f.ctx, gan_trainer_run(f.trainer, 2, NULL, NULL));
        first = i == 0 ? get(&f, "fid") : first;
        ck_assert(get(&f, "fid") == first);
        judged_close(&j);
        fixture_close(&f);
    }
}
END_TEST

/* ---- what it does not change ---- */

START_TEST(test_training_is_the_same)
{
    const struct method *method = &methods[_i];
    uint64_t hashes[2];
    float next[2];
    for (int watched = 0; watched < 2; watched++) {
        struct fixture f;
        struct judged j;
        gan_layer *later = NULL;
        gan_tensor *weight = NULL;
        fixture_open(&f, "threads=2 seed=4", NULL, method->generator, method->discriminator,
                     method->options);
        judged_open(&j, f.ctx, f.dataset);
        if (watched) {
            ASSERT_OK(f.ctx, gan_trainer_set_evaluation(f.trainer, j.judge, j.real,
                                                        "every=2 count=25 " MEASURES));
        }
        ASSERT_OK(f.ctx, gan_trainer_run(f.trainer, 5, NULL, NULL));
        hashes[watched] = fixture_hash(&f);
        /* nor what the program makes afterwards */
        ASSERT_OK(f.ctx, gan_layer_parse(f.ctx, &later, plain_generator));
        ASSERT_OK(f.ctx, gan_layer_find_parameter(later, &weight, "1.weight"));
        next[watched] = gan__data(weight)[0];
        gan_tensor_destroy(weight);
        gan_layer_destroy(later);
        judged_close(&j);
        fixture_close(&f);
    }
    ck_assert_msg(hashes[0] == hashes[1], "%s", method->name);
    ck_assert(next[0] == next[1]);
}
END_TEST

/* ---- events and patience ---- */

struct events {
    char text[400];
    int64_t cancel_at; /* in an evaluation */
};

static int32_t
note(void *user, gan_trainer *trainer, int32_t event, const gan_record *record)
{
    struct events *events = user;
    const size_t length = strlen(events->text);
    double step = 0, fid = 0;

    (void)trainer;
    ck_assert_int_eq(gan_record_get(record, &step, "step"), GAN_OK);
    ck_assert_int_eq(gan_record_get(record, &fid, "fid"), GAN_OK);
    (void)snprintf(events->text + length, sizeof events->text - length, "%c%d ", ".sepfcva"[event],
                   (int)step);
    if (event == GAN_EVENT_EVALUATION) {
        ck_assert(fid > 0);
    }
    return event == GAN_EVENT_EVALUATION && (int64_t)step == events->cancel_at;
}

START_TEST(test_events)
{
    struct fixture f;
    struct judged j;
    struct events events = {.text = ""};
    fixture_open(&f, "threads=1", NULL, plain_generator, plain_discriminator,
                 "batch=8 sample_every=4");
    judged_open(&j, f.ctx, f.dataset);
    ASSERT_OK(f.ctx, gan_trainer_set_evaluation(f.trainer, j.judge, j.real, "every=2 count=20"));
    ASSERT_OK(f.ctx, gan_trainer_run(f.trainer, 5, note, &events));
    ck_assert_str_eq(events.text, "s1 s2 v2 s3 s4 p4 v4 s5 e5 f5 ");
    /* another one takes its place */
    events = (struct events){.cancel_at = 6};
    ASSERT_OK(f.ctx, gan_trainer_set_evaluation(f.trainer, j.judge, j.real, "every=3 count=20"));
    ASSERT_FAILS(f.ctx, gan_trainer_run(f.trainer, 5, note, &events), GAN_E_CANCELLED,
                 "asked to stop after step 6");
    ck_assert_str_eq(events.text, "s6 v6 ");
    /* and ends */
    ASSERT_OK(f.ctx, gan_trainer_set_evaluation(f.trainer, NULL, NULL, NULL));
    ASSERT_OK(f.ctx, gan_trainer_run(f.trainer, 5, NULL, NULL));
    ASSERT_FAILS(f.ctx, gan_record_get(&f.trainer->record, &(double){0}, "fid"), GAN_E_ARG, "fid");
    judged_close(&j);
    fixture_close(&f);
}
END_TEST

START_TEST(test_patience)
{
    struct fixture f;
    struct judged j;
    struct events events = {.text = ""};
    /* a generator that stands still: no score is better than the first */
    fixture_open(&f, "threads=1", NULL, plain_generator, plain_discriminator,
                 "batch=8 generator=\"sgd lr=1e-30\"");
    judged_open(&j, f.ctx, f.dataset);
    ASSERT_OK(f.ctx, gan_trainer_set_evaluation(f.trainer, j.judge, j.real,
                                                "every=2 count=20 patience=3"));
    ASSERT_OK(f.ctx, gan_trainer_run(f.trainer, 20, note, &events));
    ck_assert_int_eq(f.trainer->counters.steps, 8);
    ck_assert_ptr_nonnull(strstr(events.text, "s8 v8 f8 "));
    /* the stop is used up; the next look asks again */
    ASSERT_OK(f.ctx, gan_trainer_run(f.trainer, 20, NULL, NULL));
    ck_assert_int_eq(f.trainer->counters.steps, 10);
    ASSERT_OK(f.ctx, gan_trainer_set_evaluation(f.trainer, j.judge, j.real, "every=2 count=20"));
    ASSERT_OK(f.ctx, gan_trainer_run(f.trainer, 10, NULL, NULL));
    ck_assert_int_eq(f.trainer->counters.steps, 20);
    judged_close(&j);
    fixture_close(&f);
}
END_TEST

/* Patience counts from the step that was gone back to. */
START_TEST(test_patience_after_going_back)
{
    struct fixture f;
    struct judged j;
    fixture_open(&f, "threads=1", NULL, plain_generator, plain_discriminator,
                 "batch=8 generator=\"sgd lr=1e-30\"");
    judged_open(&j, f.ctx, f.dataset);
    f.trainer->best =
        (struct gan__best){.told = true, .score = -1, .step = 50, .since = 2, .measure = "fid"};
    ASSERT_OK(f.ctx, gan_trainer_set_evaluation(f.trainer, j.judge, j.real,
                                                "every=2 count=20 patience=3"));
    ASSERT_OK(f.ctx, gan_trainer_run(f.trainer, 20, NULL, NULL));
    ck_assert_int_eq(f.trainer->counters.steps, 8);
    judged_close(&j);
    fixture_close(&f);
}
END_TEST

/* Numbers of two measures are not compared; a checkpoint that does not say is taken at its word. */
START_TEST(test_best_of_another_measure)
{
    static const struct {
        const char *measure;
        bool replaced;
    } rows[] = {{"kid", true}, {"", true}, {"fid", false}, {"?", false}};
    struct fixture f;
    struct judged j;
    fixture_open(&f, "threads=1", NULL, plain_generator, plain_discriminator, "batch=8");
    judged_open(&j, f.ctx, f.dataset);
    f.trainer->best = (struct gan__best){.told = true, .score = -1};
    strcpy(f.trainer->best.measure, rows[_i].measure);
    ASSERT_OK(f.ctx, gan_trainer_set_evaluation(f.trainer, j.judge, j.real, "every=2 count=20"));
    ASSERT_OK(f.ctx, gan_trainer_run(f.trainer, 2, NULL, NULL));
    if (rows[_i].replaced) {
        ck_assert(f.trainer->best.score == get(&f, "fid") && f.trainer->best.step == 2);
        ck_assert_str_eq(f.trainer->best.measure, "fid");
    } else {
        ck_assert(f.trainer->best.score == -1 && f.trainer->best.step == 0);
    }
    judged_close(&j);
    fixture_close(&f);
}
END_TEST

/* Without a run folder, too, the best is the first measure's: here the highest. */
START_TEST(test_best_is_the_highest)
{
    struct fixture f;
    struct judged j;
    double best = 0;
    int64_t step = 0;
    int falls = 0;
    fixture_open(&f, "threads=1", NULL, plain_generator, plain_discriminator, "batch=8");
    judged_open(&j, f.ctx, f.dataset);
    ASSERT_OK(f.ctx, gan_trainer_set_evaluation(f.trainer, j.judge, j.real,
                                                "every=1 count=20 measures=inception_score"));
    for (int64_t i = 1; i <= 8; i++) {
        ASSERT_OK(f.ctx, gan_trainer_run(f.trainer, 1, NULL, NULL));
        const double score = get(&f, "inception_score");
        falls += score < best;
        if (score > best) {
            best = score;
            step = i;
        }
        ck_assert(f.trainer->best.score == best && f.trainer->best.step == step);
    }
    ck_assert_msg(falls > 0 || step > 1, "the scores say nothing");
    judged_close(&j);
    fixture_close(&f);
}
END_TEST

/* ---- refusals ---- */

START_TEST(test_refusals)
{
    static const struct {
        const char *options, *sentence;
    } cases[] = {
        {"every=0", "every is 0"},
        {"count=0", "count is 0"},
        {"evry=3", "did you mean \"every\""},
        {"measures=\"\"", "measures: none is named"},
        {"measures=\" ;; \"", "measures: none is named"},
        {"measures=fids", "measures: unknown measure \"fids\""},
        {"measures=\"fid; kid subsets=0\"", "measures: "},
        {"measures=\"fid; prdc; fid\"", "measures: there are two \"fid\""},
        {"count=1", "measures: a covariance needs at least 2 samples, and \"generator\" has 1"},
        {"count=30 measures=\"fid; kid subset_size=31\"",
         "measures: kid: \"generator\" has 30 samples, subset_size=31 wants at least as many"},
        {"measures=\"kid subset_size=1000\"", "measures: kid: \"patterns\" has "},
        {"count=1 measures=\"prdc k=1\"",
         "measures: prdc: \"generator\" has 1 sample, k=1 wants at least 2"},
        {"count=9 measures=inception_score", "measures: inception_score: \"generator\" has 9"},
        {"count=1 measures=diversity", "measures: diversity: \"generator\" has 1 sample,"},
    };
    static float samples[20 * 2];
    struct fixture f;
    struct judged j, other;
    gan_features *wide = NULL;
    gan_context *elsewhere = NULL;
    fixture_open(&f, "threads=1", NULL, plain_generator, plain_discriminator, "batch=8");
    judged_open(&j, f.ctx, f.dataset);
    ASSERT_OK(f.ctx, gan_trainer_set_evaluation(f.trainer, j.judge, j.real, "every=2 count=20"));
    const struct gan__watch *const before = f.trainer->watches[GAN__WATCH_EVALUATION];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ASSERT_FAILS(f.ctx,
                     gan_trainer_set_evaluation(f.trainer, j.judge, j.real, cases[i].options),
                     GAN_E_ARG, cases[i].sentence);
    }
    ck_assert_int_eq(gan_trainer_set_evaluation(NULL, j.judge, j.real, NULL), GAN_E_ARG);
    ASSERT_FAILS(f.ctx, gan_trainer_set_evaluation(f.trainer, j.judge, NULL, NULL), GAN_E_ARG,
                 "real is NULL");
    ASSERT_OK(f.ctx, gan_features_create_rows(f.ctx, &wide, "points", "another judge", 2, 0));
    ASSERT_OK(f.ctx, gan_features_add_rows(wide, samples, NULL, 20));
    ASSERT_FAILS(f.ctx, gan_trainer_set_evaluation(f.trainer, j.judge, wide, NULL), GAN_E_ARG,
                 "(judge \"another judge\")");
    ASSERT_FAILS(f.ctx,
                 gan_trainer_set_evaluation(f.trainer, j.judge, wide, "measures=inception_score"),
                 GAN_E_ARG, "(judge \"another judge\")");
    gan_features_destroy(wide);
    ASSERT_OK(f.ctx, gan_features_create(j.judge, &wide, "nothing"));
    ASSERT_FAILS(f.ctx, gan_trainer_set_evaluation(f.trainer, j.judge, wide, NULL), GAN_E_ARG,
                 "measures: fid: the real set \"nothing\" is empty");
    wide->class_count = 5;
    wide->count = 20;
    ASSERT_FAILS(f.ctx, gan_trainer_set_evaluation(f.trainer, j.judge, wide, "measures=modes"),
                 GAN_E_ARG, "measures: modes: \"generator\" has 3 classes, \"nothing\" has 5");
    wide->count = 1;
    ASSERT_FAILS(f.ctx, gan_trainer_set_evaluation(f.trainer, j.judge, wide, "measures=nearest"),
                 GAN_E_ARG, "measures: nearest: \"nothing\" has 1 sample,");
    wide->count = 0;
    gan_features_destroy(wide);
    /* two contexts */
    ck_assert_int_eq(gan_context_create(&elsewhere, NULL, NULL), GAN_OK);
    gan_dataset *dataset = fixture_dataset(elsewhere);
    judged_open(&other, elsewhere, dataset);
    ASSERT_FAILS(f.ctx, gan_trainer_set_evaluation(f.trainer, other.judge, j.real, NULL), GAN_E_ARG,
                 "judge belongs to another context");
    ASSERT_FAILS(f.ctx, gan_trainer_set_evaluation(f.trainer, j.judge, other.real, NULL), GAN_E_ARG,
                 "features belong to another context");
    judged_close(&other);
    gan_dataset_destroy(dataset);
    gan_context_destroy(elsewhere);
    /* what was set stays */
    ck_assert_ptr_eq(f.trainer->watches[GAN__WATCH_EVALUATION], before);
    ASSERT_OK(f.ctx, gan_trainer_run(f.trainer, 2, NULL, NULL));
    ck_assert(get(&f, "fid") > 0);
    judged_close(&j);
    fixture_close(&f);
}
END_TEST

/* A judge of points and pictures of another size, and one that gives features only. */
START_TEST(test_judges_that_do_not_fit)
{
    struct fixture f;
    gan_layer *network = NULL;
    gan_judge *judge = NULL;
    gan_features *real = NULL;
    static float rows[20 * 5];
    fixture_open(&f, "threads=1", NULL, plain_generator, plain_discriminator, "batch=8");
    ASSERT_OK(f.ctx, gan_layer_parse(f.ctx, &network,
                                     "gan-network 1\ninput shape=7x8x1\nflatten\ndense "
                                     "units=5\ndense units=3\n"));
    ASSERT_OK(f.ctx, gan_judge_create(f.ctx, &judge, network, "features=2"));
    ASSERT_OK(f.ctx, gan_features_create(judge, &real, NULL));
    ASSERT_FAILS(f.ctx, gan_trainer_set_evaluation(f.trainer, judge, real, NULL), GAN_E_SHAPE,
                 "shape is [8, 8, 1]");
    gan_features_destroy(real);
    gan_judge_destroy(judge);
    gan_layer_destroy(network);
    ASSERT_OK(f.ctx, gan_layer_parse(f.ctx, &network,
                                     "gan-network 1\ninput shape=8x8x1\nflatten\ndense "
                                     "units=5\nreshape shape=5x1x1\n"));
    ASSERT_OK(f.ctx, gan_judge_create(f.ctx, &judge, network, "name=bare features=2"));
    ASSERT_OK(f.ctx, gan_features_create_rows(f.ctx, &real, "rows", NULL, 5, 0));
    ASSERT_OK(f.ctx, gan_features_add_rows(real, rows, NULL, 20));
    ASSERT_FAILS(
        f.ctx, gan_trainer_set_evaluation(f.trainer, judge, real, "measures=inception_score"),
        GAN_E_ARG, "measures: inception_score: the generated set \"generator\" has no logits");
    ASSERT_FAILS(f.ctx, gan_trainer_set_evaluation(f.trainer, judge, real, "measures=modes"),
                 GAN_E_ARG, "measures: modes: the generated set \"generator\" has no classes");
    gan_features_destroy(real);
    gan_judge_destroy(judge);
    gan_layer_destroy(network);
    fixture_close(&f);
}
END_TEST

static int32_t
set_inside(void *user, gan_trainer *trainer, int32_t event, const gan_record *record)
{
    const struct judged *j = user;
    (void)event;
    (void)record;
    ck_assert_int_eq(gan_trainer_set_evaluation(trainer, j->judge, j->real, NULL), GAN_E_STATE);
    return 0;
}

START_TEST(test_not_from_a_callback)
{
    struct fixture f;
    struct judged j;
    fixture_open(&f, "threads=1", NULL, plain_generator, plain_discriminator, "batch=8");
    judged_open(&j, f.ctx, f.dataset);
    ASSERT_OK(f.ctx, gan_trainer_run(f.trainer, 1, set_inside, &j));
    /* the trainer holds what it was given, and all goes with it */
    ASSERT_OK(f.ctx, gan_trainer_set_evaluation(f.trainer, j.judge, j.real, "every=1 count=20"));
    judged_close(&j);
    ASSERT_OK(f.ctx, gan_trainer_run(f.trainer, 1, NULL, NULL));
    ck_assert(get(&f, "fid") > 0);
    fixture_close(&f);
}
END_TEST

/* ---- memory that runs out ---- */

START_TEST(test_memory_runs_out)
{
    struct fixture f, calm;
    struct judged j, calm_j;
    struct refusing state;
    const gan_host host = refusing_host(&state);
    int refusals = 0;
    fixture_open(&f, "threads=2", &host, plain_generator, plain_discriminator, "batch=8");
    judged_open(&j, f.ctx, f.dataset);
    fixture_open(&calm, "threads=2", NULL, plain_generator, plain_discriminator, "batch=8");
    judged_open(&calm_j, calm.ctx, calm.dataset);
    for (gan_status st = GAN_E_NOMEM; st != GAN_OK; refusals++) {
        gan__memory_trim(f.ctx);
        state.requests = 0;
        state.refuse = refusals;
        st = gan_trainer_set_evaluation(f.trainer, j.judge, j.real,
                                        "every=1 count=20 measures=\"fid; prdc k=2\"");
        state.refuse = -1;
        ck_assert(st == GAN_OK || st == GAN_E_NOMEM);
        ck_assert((st == GAN_OK) == (f.trainer->watches[GAN__WATCH_EVALUATION] != NULL));
    }
    ck_assert_int_gt(refusals, 8);
    ASSERT_OK(calm.ctx, gan_trainer_set_evaluation(calm.trainer, calm_j.judge, calm_j.real,
                                                   "every=1 count=20 measures=\"fid; prdc k=2\""));
    refusals = 0;
    for (gan_status st = GAN_E_NOMEM; st != GAN_OK; refusals++) {
        const double before = get(&f, "fid");
        gan__memory_trim(f.ctx);
        state.requests = 0;
        state.refuse = refusals;
        st = gan_trainer_run(f.trainer, 1, NULL, NULL);
        state.refuse = -1;
        ck_assert_msg(st == GAN_OK || st == GAN_E_NOMEM, "%s", gan_context_error(f.ctx));
        if (st != GAN_OK) { /* all of a look or nothing */
            ck_assert(memcmp(&before, &(double){get(&f, "fid")}, sizeof before) == 0);
        }
    }
    ck_assert_int_gt(refusals, 50);
    ASSERT_OK(calm.ctx, gan_trainer_run(calm.trainer, f.trainer->counters.steps, NULL, NULL));
    ck_assert(fixture_hash(&f) == fixture_hash(&calm));
    ck_assert(get(&f, "fid") == get(&calm, "fid"));
    judged_close(&calm_j);
    fixture_close(&calm);
    judged_close(&j);
    fixture_close(&f);
    ck_assert_int_eq(state.live, 0);
}
END_TEST

Suite *
evaluation_suite(void)
{
    Suite *suite = suite_create("evaluation");
    TCase *c = tcase_create("all");
    tcase_set_timeout(c, 120);
    tcase_add_loop_test(c, test_numbers, 0, 3);
    tcase_add_test(c, test_everywhere_the_same);
    tcase_add_loop_test(c, test_training_is_the_same, 0, method_count);
    tcase_add_test(c, test_events);
    tcase_add_test(c, test_patience);
    tcase_add_test(c, test_patience_after_going_back);
    tcase_add_loop_test(c, test_best_of_another_measure, 0, 4);
    tcase_add_test(c, test_best_is_the_highest);
    tcase_add_test(c, test_refusals);
    tcase_add_test(c, test_judges_that_do_not_fit);
    tcase_add_test(c, test_not_from_a_callback);
    tcase_add_test(c, test_memory_runs_out);
    suite_add_tcase(suite, c);
    return suite;
}
