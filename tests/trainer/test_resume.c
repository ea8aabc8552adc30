/*
 * A checkpoint is all that a training is: a trainer resumed from one, in another context with other
 * threads and instructions, goes on to the same bits, and saving disturbs nothing.
 */
#include "fixture.h"

#include <math.h>
#include <time.h>

#include "io/files.h"
#include "resume.h"

enum { BEFORE = 3, AFTER = 4 };

/* What methods[] has not: each optimizer's states, no average, what the user has made. */
static const struct method more[] = {
    {"momentum", plain_generator, plain_discriminator,
     "batch=8 average=false generator=\"sgd lr=0.01 momentum=0.9 nesterov=true\" "
     "discriminator=\"sgd lr=0.01\""},
    {"centered", plain_generator, critic,
     "batch=8 generator=\"rmsprop centered=true momentum=0.5\" discriminator=\"adam beta1=0\""},
    {"adamw", labelled_generator, labelled_discriminator,
     "batch=8 half_life=50 generator=\"adamw weight_decay=0.1\" sample_every=2"},
    {"made by the user", user_generator, user_critic, "batch=8 loss=\"my_loss\" g_steps=2"},
    {"frozen", frozen_generator, plain_discriminator, "batch=8 augment=\"\" feature_matching=\"\""},
};
enum { MORE = sizeof more / sizeof more[0] };

static const struct method *
method_at(int index)
{
    return index < method_count ? &methods[index] : &more[index - method_count];
}

static void
open_trainer(struct fixture *f, const struct method *method, const char *context_options)
{
    memset(f, 0, sizeof *f);
    const gan_status created = gan_context_create(&f->ctx, context_options, NULL);
    ck_assert_msg(created == GAN_OK, "%s", gan_context_error(f->ctx));
    register_kinds(f->ctx);
    f->dataset = fixture_dataset(f->ctx);
    ASSERT_OK(f->ctx, gan_layer_parse(f->ctx, &f->generator, method->generator));
    ASSERT_OK(f->ctx, gan_layer_parse(f->ctx, &f->discriminator, method->discriminator));
    ASSERT_OK(f->ctx, gan_trainer_create(f->ctx, &f->trainer, f->generator, f->discriminator,
                                         f->dataset, method->options));
}

/* Both trainers' checkpoints, byte by byte: states, counters, record, options, the average. */
static void
check_same_file(struct fixture *a, struct fixture *b)
{
    size_t size[2] = {0, 0};
    ASSERT_OK(a->ctx, gan_trainer_save(a->trainer, files_path("a")));
    ASSERT_OK(b->ctx, gan_trainer_save(b->trainer, files_path("b")));
    unsigned char *bytes[2] = {files_read(files_path("a"), &size[0]),
                               files_read(files_path("b"), &size[1])};
    ck_assert_uint_eq(size[0], size[1]);
    ck_assert_mem_eq(bytes[0], bytes[1], size[0]);
    free(bytes[0]);
    free(bytes[1]);
}

static void
check_same_samples(struct fixture *a, struct fixture *b)
{
    float pictures[2][5 * PIXELS];
    const char *options[] = {"seed=4", "seed=4 average=false"};
    for (int i = 0; i < 2; i++) {
        ASSERT_OK(a->ctx, gan_trainer_generate(a->trainer, pictures[0], 5, options[i]));
        ASSERT_OK(b->ctx, gan_trainer_generate(b->trainer, pictures[1], 5, options[i]));
        ck_assert_mem_eq(pictures[0], pictures[1], sizeof pictures[0]);
    }
}

/* All of it but what a clock has measured. */
static void
check_same_record(struct fixture *a, struct fixture *b)
{
    struct gan_record records[2] = {a->trainer->record, b->trainer->record};
    for (int i = 0; i < 2; i++) {
        records[i].trainer = NULL;
        records[i].images_per_second = records[i].data_seconds = 0;
    }
    ck_assert_int_eq(records[0].step, records[1].step);
    ck_assert_mem_eq(&records[0], &records[1], sizeof records[0]);
}

START_TEST(test_goes_on_to_the_same_bits)
{
    const struct method *method = method_at(_i);
    struct fixture undisturbed, saved, resumed;
    files_begin();
    open_trainer(&undisturbed, method, "threads=1 seed=5");
    fixture_steps(&undisturbed, BEFORE);
    const uint64_t middle = fixture_hash(&undisturbed);
    fixture_steps(&undisturbed, AFTER);

    open_trainer(&saved, method, "threads=2 seed=5 isa=avx2");
    fixture_steps(&saved, BEFORE);
    ASSERT_OK(saved.ctx, gan_trainer_save(saved.trainer, files_path("middle")));
    ck_assert_msg(fixture_hash(&saved) == middle, "%s: saving", method->name);

    resume_fixture(&resumed, "threads=3 seed=5 isa=portable", files_path("middle"));
    ck_assert_msg(fixture_hash(&resumed) == middle, "%s: resuming", method->name);
    check_same_record(&saved, &resumed);
    check_same_file(&saved, &resumed);
    fixture_steps(&saved, AFTER);
    fixture_steps(&resumed, AFTER);
    ck_assert_msg(fixture_hash(&saved) == fixture_hash(&undisturbed), "%s: after saving",
                  method->name);
    ck_assert_msg(fixture_hash(&resumed) == fixture_hash(&undisturbed), "%s: after resuming",
                  method->name);
    check_same_samples(&undisturbed, &resumed);
    check_same_record(&undisturbed, &resumed);
    check_same_file(&undisturbed, &resumed);
    fixture_close(&undisturbed);
    fixture_close(&saved);
    fixture_close(&resumed);
    files_end();
}
END_TEST

START_TEST(test_before_the_first_step)
{
    struct fixture f, g;
    files_begin();
    open_trainer(&f, &more[0], "threads=1");
    ASSERT_OK(f.ctx, gan_trainer_save(f.trainer, files_path("x")));
    resume_fixture(&g, "threads=2", files_path("x"));
    /* Nothing was taken yet: parts may still be replaced. */
    gan_loss *loss = NULL;
    ASSERT_OK(g.ctx, gan_loss_create(g.ctx, &loss, "non_saturating", NULL));
    ASSERT_OK(g.ctx, gan_trainer_set_loss(g.trainer, loss));
    gan_loss_destroy(loss);
    fixture_steps(&f, 2);
    fixture_steps(&g, 2);
    ck_assert(fixture_hash(&f) == fixture_hash(&g));
    check_same_file(&f, &g);
    fixture_close(&f);
    fixture_close(&g);
    files_end();
}
END_TEST

/* Parts that calls have put in the place of the options' own. */
START_TEST(test_parts_by_calls)
{
    struct fixture f, g;
    gan_loss *loss = NULL;
    gan_penalty *penalty = NULL;
    gan_optimizer *optimizer = NULL, *got[2] = {NULL, NULL};
    files_begin();
    open_trainer(&f, &methods[0], "threads=1");
    ASSERT_OK(f.ctx, gan_loss_create(f.ctx, &loss, "least_squares", "smoothing=0.2"));
    ASSERT_OK(f.ctx, gan_penalty_create(f.ctx, &penalty, "r1", "batch_coupled=allow interval=2"));
    ASSERT_OK(f.ctx, gan_optimizer_create(f.ctx, &optimizer, "rmsprop", "lr=1e-3 momentum=0.9"));
    ASSERT_OK(f.ctx, gan_trainer_set_loss(f.trainer, loss));
    ASSERT_OK(f.ctx, gan_trainer_add_penalty(f.trainer, penalty));
    ASSERT_OK(f.ctx, gan_trainer_set_optimizers(f.trainer, NULL, optimizer));
    ASSERT_OK(f.ctx, gan_optimizer_set_steps(optimizer, INT64_MAX));
    fixture_steps(&f, 3);
    ASSERT_OK(f.ctx, gan_optimizer_set(optimizer, "lr=2e-3"));
    ASSERT_OK(f.ctx, gan_trainer_save(f.trainer, files_path("x")));
    resume_fixture(&g, "threads=2", files_path("x"));
    fixture_steps(&f, 3);
    fixture_steps(&g, 3);
    check_same_file(&f, &g);
    ASSERT_OK(g.ctx, gan_trainer_optimizers(g.trainer, &got[0], &got[1]));
    ck_assert_str_eq(got[1]->class->head.kind, "rmsprop");
    ck_assert_int_eq(got[1]->steps, INT64_MAX);
    gan_optimizer_destroy(got[0]);
    gan_optimizer_destroy(got[1]);
    gan_loss_destroy(loss);
    gan_penalty_destroy(penalty);
    gan_optimizer_destroy(optimizer);
    fixture_close(&f);
    fixture_close(&g);
    files_end();
}
END_TEST

/* A parameter that the user has cut off does not move in the resumed run either. */
START_TEST(test_cut_off_parameters)
{
    struct fixture f, g;
    gan_tensor *weight = NULL;
    int32_t requires_grad = 1;
    files_begin();
    open_trainer(&f, &more[0], "threads=1");
    ASSERT_OK(f.ctx, gan_layer_find_parameter(f.discriminator, &weight, "3.weight"));
    ASSERT_OK(f.ctx, gan_tensor_set_requires_grad(weight, 0));
    fixture_steps(&f, 2);
    ASSERT_OK(f.ctx, gan_trainer_save(f.trainer, files_path("x")));
    resume_fixture(&g, "threads=1", files_path("x"));
    gan_tensor_destroy(weight);
    ASSERT_OK(g.ctx, gan_layer_find_parameter(g.discriminator, &weight, "3.weight"));
    ASSERT_OK(g.ctx, gan_tensor_requires_grad(weight, &requires_grad));
    ck_assert_int_eq(requires_grad, 0);
    fixture_steps(&f, 2);
    fixture_steps(&g, 2);
    ck_assert(fixture_hash(&f) == fixture_hash(&g));
    check_same_file(&f, &g);
    gan_tensor_destroy(weight);
    fixture_close(&f);
    fixture_close(&g);
    files_end();
}
END_TEST

/* ---- runs ---- */

enum { RUN = 12, EVENTS = 64 };

struct events {
    int32_t event[EVENTS];
    int64_t step[EVENTS];
    int count;
};

static int32_t
note_event(void *user, gan_trainer *trainer, int32_t event, const gan_record *record)
{
    struct events *events = user;
    (void)trainer;
    if (event != GAN_EVENT_FINISHED) {
        ck_assert_int_lt(events->count, EVENTS);
        events->event[events->count] = event;
        events->step[events->count++] = record->step;
    }
    return 0;
}

/* The epoch's and samples' events come at the same steps, wherever the run was cut: an epoch has 5
 * batches, and its last step ends it. */
START_TEST(test_events_go_on)
{
    static const struct method method = {"run", plain_generator, plain_discriminator,
                                         "batch=8 sample_every=3 d_steps=2"};
    struct events whole = {.count = 0}, cut = {.count = 0};
    struct fixture f, g;
    files_begin();
    open_trainer(&f, &method, "threads=1");
    ASSERT_OK(f.ctx, gan_trainer_run(f.trainer, RUN, note_event, &whole));
    fixture_close(&f);
    open_trainer(&f, &method, "threads=1");
    ASSERT_OK(f.ctx, gan_trainer_run(f.trainer, _i, note_event, &cut));
    ASSERT_OK(f.ctx, gan_trainer_save(f.trainer, files_path("x")));
    resume_fixture(&g, "threads=1", files_path("x"));
    ASSERT_OK(g.ctx, gan_trainer_run(g.trainer, RUN - _i, note_event, &cut));
    ck_assert_int_gt(whole.count, RUN + 6);
    ck_assert_int_eq(cut.count, whole.count);
    ck_assert_mem_eq(cut.event, whole.event, sizeof whole.event);
    ck_assert_mem_eq(cut.step, whole.step, sizeof whole.step);
    fixture_close(&f);
    fixture_close(&g);
    files_end();
}
END_TEST

static int32_t
save_in_event(void *user, gan_trainer *trainer, int32_t event, const gan_record *record)
{
    struct fixture *f = user;
    gan_trainer *other = NULL;
    gan_layer *network = NULL;
    gan_optimizer *optimizer = NULL;
    (void)record;
    if (event == GAN_EVENT_STEP && f->trainer->counters.steps == 2) {
        ASSERT_OK(f->ctx, gan_trainer_save(trainer, files_path("x")));
        ASSERT_OK(f->ctx, gan_trainer_generator(trainer, &network));
        ck_assert_ptr_eq(network, f->generator);
        gan_layer_destroy(network);
        ASSERT_OK(f->ctx, gan_trainer_discriminator(trainer, &network));
        ck_assert_ptr_eq(network, f->discriminator);
        gan_layer_destroy(network);
        ASSERT_OK(f->ctx, gan_trainer_optimizers(trainer, NULL, &optimizer));
        ck_assert_ptr_eq(optimizer, f->trainer->discriminator.optimizer);
        gan_optimizer_destroy(optimizer);
        ASSERT_FAILS(f->ctx, gan_trainer_resume(f->ctx, &other, f->dataset, files_path("x"), NULL),
                     GAN_E_STATE, "");
    }
    return 0;
}

START_TEST(test_saves_in_an_event)
{
    struct fixture f, g;
    files_begin();
    open_trainer(&f, &methods[0], "threads=1");
    ASSERT_OK(f.ctx, gan_trainer_run(f.trainer, 4, save_in_event, &f));
    resume_fixture(&g, "threads=1", files_path("x"));
    ck_assert_int_eq(g.trainer->counters.steps, 2);
    fixture_steps(&g, 2);
    ck_assert(fixture_hash(&f) == fixture_hash(&g));
    fixture_close(&f);
    fixture_close(&g);
    files_end();
}
END_TEST

/* ---- what else is in it ---- */

START_TEST(test_best_score)
{
    struct fixture f, g;
    files_begin();
    open_trainer(&f, &more[0], "threads=1");
    fixture_steps(&f, 1);
    f.trainer->best = (struct gan__best){
        .told = true, .score = -0.1, .step = 1, .since = _i, .measure = "precision"};
    ASSERT_OK(f.ctx, gan_trainer_save(f.trainer, files_path("x")));
    resume_fixture(&g, "threads=1", files_path("x"));
    ck_assert(g.trainer->best.told && g.trainer->best.score == -0.1);
    ck_assert_int_eq(g.trainer->best.step, 1);
    ck_assert_int_eq(g.trainer->best.since, _i);
    ck_assert_str_eq(g.trainer->best.measure, "precision");
    fixture_close(&f);
    fixture_close(&g);
    files_end();
}
END_TEST

/* The average in the file is the one that samples, its batch-norm statistics too. */
START_TEST(test_networks_of_a_checkpoint)
{
    static const struct {
        const char *part, *generate;
    } parts[] = {{"part=average", "seed=9"}, {"part=generator", "seed=9 average=false"}};
    float wanted[6 * PIXELS], found[6 * PIXELS];
    struct fixture f;
    files_begin();
    open_trainer(&f, &methods[0], "threads=1");
    fixture_steps(&f, 2);
    ASSERT_OK(f.ctx, gan_trainer_save(f.trainer, files_path("x")));
    for (int i = 0; i < 2; i++) {
        gan_layer *layer = NULL;
        ASSERT_OK(f.ctx, gan_layer_load(f.ctx, &layer, files_path("x"), parts[i].part));
        ASSERT_OK(f.ctx, gan_layer_generate(layer, found, 6, "seed=9"));
        ASSERT_OK(f.ctx, gan_trainer_generate(f.trainer, wanted, 6, parts[i].generate));
        ck_assert_mem_eq(found, wanted, sizeof found);
        gan_layer_destroy(layer);
    }
    fixture_close(&f);
    files_end();
}
END_TEST

static gan_status
slow_read(void *user, int64_t index, float *sample, int32_t *label)
{
    const struct timespec pause = {.tv_nsec = 5000000};
    (void)user, (void)index, (void)label;
    (void)nanosleep(&pause, NULL);
    memset(sample, 0, PIXELS * sizeof *sample);
    return GAN_OK;
}

/* 2 D steps of 4 samples at 5 ms; the record of the step after begins anew. */
START_TEST(test_data_seconds)
{
    static const int64_t shape[] = {SIDE, SIDE, 1};
    struct fixture f;
    gan_dataset *dataset = NULL;
    gan_trainer *trainer = NULL;
    const gan_record *record = NULL;
    open_trainer(&f, &more[0], "threads=1");
    ASSERT_OK(f.ctx, gan_dataset_create_callback(f.ctx, &dataset, SAMPLES, shape, 3, 0, slow_read,
                                                 NULL, NULL));
    ASSERT_OK(f.ctx, gan_trainer_create(f.ctx, &trainer, f.generator, f.discriminator, dataset,
                                        "batch=4 d_steps=2"));
    for (int i = 0; i < 3; i++) {
        struct timespec before, after;
        double seconds = 0;
        (void)clock_gettime(CLOCK_MONOTONIC, &before);
        ASSERT_OK(f.ctx, gan_trainer_step(trainer, &record));
        (void)clock_gettime(CLOCK_MONOTONIC, &after);
        const double all = (double)(after.tv_sec - before.tv_sec) +
                           1e-9 * (double)(after.tv_nsec - before.tv_nsec);
        ASSERT_OK(f.ctx, gan_record_get(record, &seconds, "data_seconds"));
        ck_assert_msg(seconds >= 0.04 && seconds <= all, "%g of %g", seconds, all);
    }
    gan_trainer_destroy(trainer);
    gan_dataset_destroy(dataset);
    fixture_close(&f);
}
END_TEST

START_TEST(test_getters)
{
    struct fixture f;
    gan_layer *layer = NULL;
    gan_optimizer *g = NULL, *d = NULL;
    open_trainer(&f, &methods[0], "threads=1");
    ASSERT_OK(f.ctx, gan_trainer_generator(f.trainer, &layer));
    ck_assert_ptr_eq(layer, f.generator);
    gan_layer_destroy(layer);
    ASSERT_OK(f.ctx, gan_trainer_discriminator(f.trainer, &layer));
    ck_assert_ptr_eq(layer, f.discriminator);
    gan_layer_destroy(layer);
    ASSERT_OK(f.ctx, gan_trainer_optimizers(f.trainer, &g, &d));
    ck_assert_ptr_eq(g, f.trainer->generator.optimizer);
    ck_assert_ptr_eq(d, f.trainer->discriminator.optimizer);
    ASSERT_OK(f.ctx, gan_trainer_optimizers(f.trainer, NULL, NULL));
    ASSERT_FAILS(f.ctx, gan_trainer_generator(f.trainer, NULL), GAN_E_ARG, "generator is NULL");
    ASSERT_FAILS(f.ctx, gan_trainer_discriminator(f.trainer, NULL), GAN_E_ARG,
                 "discriminator is NULL");
    layer = f.generator;
    ck_assert_int_eq(gan_trainer_generator(NULL, &layer), GAN_E_ARG);
    ck_assert_ptr_null(layer);
    ck_assert_int_eq(gan_trainer_discriminator(NULL, NULL), GAN_E_ARG);
    ck_assert_int_eq(gan_trainer_optimizers(NULL, NULL, NULL), GAN_E_ARG);
    gan_optimizer_destroy(g);
    /* An optimizer outlives the trainer that made it. */
    gan_trainer_destroy(f.trainer);
    f.trainer = NULL;
    ASSERT_OK(f.ctx, gan_optimizer_set(d, "lr=0.5"));
    gan_optimizer_destroy(d);
    fixture_close(&f);
}
END_TEST

static Suite *
resume_suite(void)
{
    Suite *suite = suite_create("resume");
    TCase *tcase = tcase_create("bits");
    tcase_set_timeout(tcase, 240);
    tcase_add_loop_test(tcase, test_goes_on_to_the_same_bits, 0, method_count + MORE);
    tcase_add_test(tcase, test_before_the_first_step);
    tcase_add_test(tcase, test_parts_by_calls);
    tcase_add_test(tcase, test_cut_off_parameters);
    tcase_add_loop_test(tcase, test_events_go_on, 0, RUN);
    tcase_add_test(tcase, test_saves_in_an_event);
    tcase_add_loop_test(tcase, test_best_score, 0, 2);
    tcase_add_test(tcase, test_networks_of_a_checkpoint);
    tcase_add_test(tcase, test_data_seconds);
    tcase_add_test(tcase, test_getters);
    suite_add_tcase(suite, tcase);
    return suite;
}

int
main(int count, char **words)
{
    const char *write_to = count == 3 && strcmp(words[1], "write") == 0 ? words[2] : NULL;
    Suite *const suites[] = {old_files_suite(write_to), resume_suite(), damage_suite()};

    return run_suites(suites, write_to == NULL ? 3 : 1);
}
