/*
 * Memory refused: one short script a public function, in which every allocation from the n-th on is refused by the host, for
 * n = 0, 1, 2, ... until the call succeeds. Each time: a status, no output, no leak, no crash, and the same call on the same
 * objects succeeds once there is memory again.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <gan/gan.h>

#include "host.h"

/* Everything that a call may want, made before memory is refused. */
struct stage {
    gan_context *context;
    gan_tensor *matrix, *square, *picture, *weight, *kernel, *scale, *column, *recorded;
    gan_layer *generator, *discriminator, *open_network, *child, *loose;
    gan_loss *loss, *wgan_gp;
    gan_penalty *penalty;
    gan_optimizer *optimizer, *free_optimizer;
    gan_dataset *dataset, *labelled;
    gan_trainer *trainer;
    gan_checkpoint *checkpoint;
    gan_run *run, *trained_run, *other_run; /* without a trainer; with one; to begin */
    gan_trainer *run_trainer;
    const gan_record *record;
    gan_judge *judge;
    gan_features *features, *real;
    gan_metric *metric, *drawing; /* fid; kid */
    gan_score *score;
    /* What a call gives. */
    gan_context *new_context;
    gan_tensor *tensors[2];
    gan_layer *layer;
    gan_loss *new_loss;
    gan_penalty *new_penalty;
    gan_optimizer *new_optimizer;
    gan_dataset *new_dataset;
    gan_trainer *new_trainer;
    gan_checkpoint *new_checkpoint;
    gan_run *new_run;
    gan_judge *new_judge;
    gan_features *new_features;
    gan_metric *new_metric;
    gan_score *new_score;
    char text[4096];
    float numbers[4096];
};

static char image_path[64], model_path[64], idx_path[64], frame_path[64];
static char judge_path[64], features_path[64], saved_features_path[64];
static char profile_path[64];
static char saved_path[64], checkpoint_path[64], training_path[64];
static char run_path[64], trained_path[64], other_path[64], new_path[64];

static const char generator_text[] =
    "gan-network 1\ninput shape=4 noise=normal\ndense units=8 bias=false\nreshape shape=2x2x2\n"
    "batch_norm\nrelu\nresidual {\nconv2d filters=2 kernel=3 padding=1\n} {\n}\n"
    "conv_transpose2d filters=1 kernel=4 stride=2 padding=1\ntanh\n";
static const char discriminator_text[] =
    "gan-network 1\ninput shape=4x4x1\nconv2d filters=2 kernel=4 stride=2 padding=1\n"
    "leaky_relu\ndropout\nflatten\ndense units=1\n";

static const int64_t one_one[] = {1, 1}, two_two[] = {2, 2}, zero_zero[] = {0, 0}, rows[] = {2, 3},
                     flat[] = {6}, picture_shape[] = {4, 4, 1};

static gan_status
custom_forward(void *user, gan_context *context, gan_tensor **output, gan_tensor *input,
               gan_tensor *const *parameters, int32_t parameter_count, int32_t training)
{
    (void)user, (void)parameters, (void)parameter_count, (void)training;
    return gan_square(context, output, input);
}

static const gan_layer_callbacks callbacks = {.struct_size = sizeof callbacks,
                                              .forward = custom_forward};

static gan_status
custom_side(void *user, gan_context *context, gan_tensor **out, gan_tensor *real,
            gan_tensor *generated)
{
    (void)user, (void)real;
    return gan_mean(context, out, generated, NULL, 0, 0);
}

static const gan_loss_callbacks loss_callbacks = {
    .struct_size = sizeof loss_callbacks, .discriminator = custom_side, .generator = custom_side};

static gan_status
read_sample(void *user, int64_t index, float *sample, int32_t *label)
{
    (void)user, (void)label;
    for (int i = 0; i < 16; i++) {
        sample[i] = (float)((index + i) % 3) - 1.0f;
    }
    return GAN_OK;
}

static int32_t
on_event(void *user, gan_trainer *trainer, int32_t event, const gan_record *record)
{
    (void)user, (void)trainer, (void)event, (void)record;
    return 0;
}

#define MUST(call) ck_assert_msg((call) == GAN_OK, "%s: %s", #call, gan_context_error(s->context))

static void
set_tensors(struct stage *s)
{
    static const float values[64] = {0.5f, 0.25f, 0.75f, 1.5f, 0.1f, 0.9f, 0.3f, 0.7f};
    const int64_t square[] = {3, 3}, picture[] = {2, 4, 4, 1}, weight[] = {2, 2, 1, 2},
                  scale[] = {3};
    const int64_t kernel[] = {2, 2, 2, 1}, column[] = {2, 1};
    gan_tensor *product = NULL;
    MUST(gan_tensor_create(s->context, &s->matrix, rows, 2, values));
    MUST(gan_tensor_create(s->context, &s->square, square, 2, values));
    MUST(gan_tensor_create(s->context, &s->picture, picture, 4, values));
    MUST(gan_tensor_create(s->context, &s->weight, weight, 4, values));
    MUST(gan_tensor_create(s->context, &s->kernel, kernel, 4, values));
    MUST(gan_tensor_create(s->context, &s->scale, scale, 1, values));
    MUST(gan_tensor_create(s->context, &s->column, column, 2, values));
    MUST(gan_tensor_set_requires_grad(s->matrix, 1));
    MUST(gan_tensor_set_requires_grad(s->weight, 1));
    MUST(gan_square(s->context, &product, s->matrix));
    MUST(gan_sum(s->context, &s->recorded, product, NULL, 0, 0));
    gan_tensor_destroy(product);
}

static struct stage *
set_stage(void)
{
    struct stage *s = calloc(1, sizeof *s);
    const gan_host host = counting_host();
    ck_assert_int_eq(gan_context_create(&s->context, "threads=1", &host), GAN_OK);
    set_tensors(s);
    MUST(gan_layer_parse(s->context, &s->generator, generator_text));
    MUST(gan_layer_parse(s->context, &s->discriminator, discriminator_text));
    MUST(gan_layer_create(s->context, &s->open_network, "network", NULL));
    MUST(gan_layer_create(s->context, &s->child, "dense", "units=2"));
    MUST(gan_layer_create(s->context, &s->loose, "dense", "units=2"));
    MUST(gan_loss_create(s->context, &s->loss, "standard", NULL));
    MUST(gan_loss_create(s->context, &s->wgan_gp, "wgan_gp", NULL));
    MUST(gan_penalty_create(s->context, &s->penalty, "r1", "interval=2"));
    MUST(gan_optimizer_create(s->context, &s->optimizer, "adam", NULL));
    MUST(gan_optimizer_attach(s->optimizer, s->generator));
    MUST(gan_optimizer_create(s->context, &s->free_optimizer, "adam", NULL));
    MUST(gan_dataset_create_callback(s->context, &s->dataset, 8, picture_shape, 3, 0, read_sample,
                                     NULL, NULL));
    MUST(gan_dataset_create_callback(s->context, &s->labelled, 8, picture_shape, 3, 3, read_sample,
                                     NULL, NULL));
    MUST(gan_trainer_create(s->context, &s->trainer, s->generator, s->discriminator, s->dataset,
                            "batch=2"));
    MUST(gan_checkpoint_create(s->context, &s->checkpoint));
    MUST(gan_checkpoint_add_layer(s->checkpoint, "generator", s->generator));
    MUST(gan_checkpoint_add_optimizer(s->checkpoint, "adam", s->optimizer));
    MUST(gan_checkpoint_set_text(s->checkpoint, "step", "500"));
    MUST(gan_run_open(s->context, &s->run, run_path, "log_every=0"));
    MUST(gan_run_open(s->context, &s->other_run, other_path, NULL));
    MUST(gan_run_open(s->context, &s->trained_run, trained_path, "log_every=0"));
    MUST(gan_run_resume(s->trained_run, &s->run_trainer, s->dataset));
    MUST(gan_judge_create(s->context, &s->judge, s->discriminator, NULL));
    MUST(gan_features_create(s->judge, &s->features, "generated"));
    MUST(gan_features_add_generated(s->features, s->generator, 6, NULL));
    MUST(gan_features_create(s->judge, &s->real, "real"));
    MUST(gan_features_add_dataset(s->real, s->dataset, NULL));
    MUST(gan_metric_create(s->context, &s->metric, "fid", NULL));
    MUST(gan_metric_create(s->context, &s->drawing, "kid", "subsets=2 subset_size=3"));
    MUST(gan_metric_compute(s->drawing, &s->score, s->features, s->real));
    MUST(gan_profile_start(s->context, "events=10"));
    MUST(gan_layer_generate(s->generator, s->numbers, 2, NULL));
    MUST(gan_profile_stop(s->context));
    return s;
}

static void
clear_results(struct stage *s)
{
    gan_context_destroy(s->new_context);
    gan_tensor_destroy(s->tensors[0]);
    gan_tensor_destroy(s->tensors[1]);
    gan_layer_destroy(s->layer);
    gan_loss_destroy(s->new_loss);
    gan_penalty_destroy(s->new_penalty);
    gan_optimizer_destroy(s->new_optimizer);
    gan_dataset_destroy(s->new_dataset);
    gan_trainer_destroy(s->new_trainer);
    gan_checkpoint_destroy(s->new_checkpoint);
    gan_run_destroy(s->new_run);
    gan_judge_destroy(s->new_judge);
    gan_features_destroy(s->new_features);
    gan_metric_destroy(s->new_metric);
    gan_score_destroy(s->new_score);
}

static void
strike_stage(struct stage *s)
{
    clear_results(s);
    gan_context_destroy(s->context);
    gan_tensor_destroy(s->matrix);
    gan_tensor_destroy(s->square);
    gan_tensor_destroy(s->picture);
    gan_tensor_destroy(s->weight);
    gan_tensor_destroy(s->kernel);
    gan_tensor_destroy(s->scale);
    gan_tensor_destroy(s->column);
    gan_tensor_destroy(s->recorded);
    gan_layer_destroy(s->generator);
    gan_layer_destroy(s->discriminator);
    gan_layer_destroy(s->open_network);
    gan_layer_destroy(s->child);
    gan_layer_destroy(s->loose);
    gan_loss_destroy(s->loss);
    gan_loss_destroy(s->wgan_gp);
    gan_penalty_destroy(s->penalty);
    gan_optimizer_destroy(s->optimizer);
    gan_optimizer_destroy(s->free_optimizer);
    gan_dataset_destroy(s->dataset);
    gan_dataset_destroy(s->labelled);
    gan_trainer_destroy(s->trainer);
    gan_checkpoint_destroy(s->checkpoint);
    gan_run_destroy(s->run);
    gan_run_destroy(s->trained_run);
    gan_run_destroy(s->other_run);
    gan_trainer_destroy(s->run_trainer);
    gan_judge_destroy(s->judge);
    gan_features_destroy(s->features);
    gan_features_destroy(s->real);
    gan_metric_destroy(s->metric);
    gan_metric_destroy(s->drawing);
    gan_score_destroy(s->score);
    free(s);
}

/* The scripts: SCRIPT(function, call with its arguments). Every destroy is in strike_stage. */
#define C s->context
#define T &s->tensors[0]
#define SCRIPT(name, ...)                                                                          \
    static gan_status script_##name(struct stage *s)                                               \
    {                                                                                              \
        (void)s;                                                                                   \
        return name(__VA_ARGS__);                                                                  \
    }
#include "scripts.inc"
#undef SCRIPT

struct script {
    const char *name;
    gan_status (*call)(struct stage *s);
};

#define SCRIPT(name, ...) {#name, script_##name},
static const struct script scripts[] = {
#include "scripts.inc"
};
#undef SCRIPT
enum { SCRIPT_COUNT = sizeof scripts / sizeof scripts[0] };

static gan_status
context_create_script(struct stage *s)
{
    const gan_host host = counting_host();
    const gan_status status = gan_context_create(&s->new_context, "threads=2", &host);
    if (status != GAN_OK) {
        gan_context_destroy(s->new_context);
        s->new_context = NULL;
    }
    return status;
}

/* A backward gives memory back as it goes, so that one that fails cannot be begun again (ops.h says so). */
static bool
uses_up_graph(const char *name)
{
    return strcmp(name, "gan_backward") == 0 || strcmp(name, "gan_grad") == 0;
}

/* all: from the n-th allocation on; otherwise the n-th alone, after which kept memory is given back and asked for again. */
static void
run_script(const struct script *script, bool all)
{
    bool succeeded = false;
    for (int64_t n = 0; !succeeded; n++) {
        struct stage *s = set_stage();
        ck_assert_msg(n < 20000, "%s: no end of allocations", script->name);
        host_refuse(n, all);
        const gan_status status = script->call(s);
        succeeded = host_requests() <= n;
        host_refuse(-1, false);
        if (status != GAN_OK) {
            ck_assert_msg(status == GAN_E_NOMEM, "%s, allocation %lld refused: %s: %s",
                          script->name, (long long)n, gan_status_name(status),
                          gan_context_error(s->context));
            ck_assert_msg(s->tensors[0] == NULL && s->layer == NULL && s->new_loss == NULL &&
                              s->new_penalty == NULL && s->new_optimizer == NULL &&
                              s->new_dataset == NULL && s->new_trainer == NULL &&
                              s->new_checkpoint == NULL && s->new_run == NULL &&
                              s->new_judge == NULL && s->new_features == NULL &&
                              s->new_metric == NULL && s->new_score == NULL,
                          "%s gave an object with a failure", script->name);
            const gan_status again = script->call(s);
            const bool used_up = uses_up_graph(script->name) && again == GAN_E_STATE;
            ck_assert_msg(again == GAN_OK || used_up, "%s after refusal %lld: %s: %s", script->name,
                          (long long)n, gan_status_name(again), gan_context_error(s->context));
        }
        strike_stage(s);
        ck_assert_msg(host_is_clean(), "%s, allocation %lld refused: not clean", script->name,
                      (long long)n);
    }
}

START_TEST(refused_memory)
{
    run_script(&scripts[_i], true);
    run_script(&scripts[_i], false);
}
END_TEST

START_TEST(refused_memory_context)
{
    const struct script script = {"gan_context_create", context_create_script};
    run_script(&script, true);
    run_script(&script, false);
}
END_TEST

/* What the stage's checkpoint and trainer can read. */
static bool
make_checkpoints(gan_context *context, gan_layer *generator)
{
    gan_layer *discriminator = NULL;
    gan_dataset *dataset = NULL;
    gan_trainer *trainer = NULL;
    gan_checkpoint *checkpoint = NULL;
    gan_optimizer *optimizer = NULL;
    snprintf(saved_path, sizeof saved_path, "allocations-%ld.saved", (long)getpid());
    snprintf(checkpoint_path, sizeof checkpoint_path, "allocations-%ld.checkpoint", (long)getpid());
    snprintf(training_path, sizeof training_path, "allocations-%ld.training", (long)getpid());
    const bool made = gan_layer_parse(context, &discriminator, discriminator_text) == GAN_OK &&
                      gan_dataset_create_callback(context, &dataset, 8, picture_shape, 3, 0,
                                                  read_sample, NULL, NULL) == GAN_OK &&
                      gan_trainer_create(context, &trainer, generator, discriminator, dataset,
                                         "batch=2") == GAN_OK &&
                      gan_trainer_save(trainer, training_path) == GAN_OK &&
                      gan_optimizer_create(context, &optimizer, "adam", NULL) == GAN_OK &&
                      gan_optimizer_attach(optimizer, generator) == GAN_OK &&
                      gan_checkpoint_create(context, &checkpoint) == GAN_OK &&
                      gan_checkpoint_add_layer(checkpoint, "generator", generator) == GAN_OK &&
                      gan_checkpoint_add_optimizer(checkpoint, "adam", optimizer) == GAN_OK &&
                      gan_checkpoint_set_text(checkpoint, "other", "text") == GAN_OK &&
                      gan_checkpoint_save(checkpoint, checkpoint_path) == GAN_OK;
    gan_layer_destroy(discriminator);
    gan_dataset_destroy(dataset);
    gan_trainer_destroy(trainer);
    gan_optimizer_destroy(optimizer);
    gan_checkpoint_destroy(checkpoint);
    return made;
}

/* Run folders with a checkpoint that has a score. */
static bool
make_run(gan_context *context, gan_layer *generator, const char *path)
{
    gan_layer *discriminator = NULL;
    gan_dataset *dataset = NULL;
    gan_trainer *trainer = NULL;
    gan_run *run = NULL;
    const bool made = gan_layer_parse(context, &discriminator, discriminator_text) == GAN_OK &&
                      gan_dataset_create_callback(context, &dataset, 8, picture_shape, 3, 0,
                                                  read_sample, NULL, NULL) == GAN_OK &&
                      gan_trainer_create(context, &trainer, generator, discriminator, dataset,
                                         "batch=2") == GAN_OK &&
                      gan_run_open(context, &run, path, "log_every=0") == GAN_OK &&
                      gan_run_begin(run, trainer, NULL) == GAN_OK &&
                      gan_run_score(run, 3.0, NULL) == GAN_OK;
    gan_run_destroy(run);
    gan_trainer_destroy(trainer);
    gan_layer_destroy(discriminator);
    gan_dataset_destroy(dataset);
    return made;
}

/* Of a run folder; path may have no other files. */
static void
remove_run(const char *path)
{
    static const char *const names[] = {"lock",
                                        "log.jsonl",
                                        "config.txt",
                                        "checkpoints/best.safetensors",
                                        "checkpoints/step-000000000.safetensors",
                                        "checkpoints",
                                        ""};
    char name[128];
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        snprintf(name, sizeof name, "%s/%s", path, names[i]);
        remove(name);
    }
}

/* A judge and what it saw. */
static bool
make_judge(gan_context *context, gan_layer *generator)
{
    gan_layer *discriminator = NULL;
    gan_judge *judge = NULL;
    gan_features *features = NULL;
    snprintf(judge_path, sizeof judge_path, "allocations-%ld.judge", (long)getpid());
    snprintf(features_path, sizeof features_path, "allocations-%ld.npz", (long)getpid());
    snprintf(saved_features_path, sizeof saved_features_path, "allocations-%ld.saved.npz",
             (long)getpid());
    const bool made = gan_layer_parse(context, &discriminator, discriminator_text) == GAN_OK &&
                      gan_judge_create(context, &judge, discriminator, NULL) == GAN_OK &&
                      gan_judge_save(judge, judge_path, NULL) == GAN_OK &&
                      gan_features_create(judge, &features, NULL) == GAN_OK &&
                      gan_features_add_generated(features, generator, 6, NULL) == GAN_OK &&
                      gan_features_save(features, features_path, "what=rows") == GAN_OK;
    gan_layer_destroy(discriminator);
    gan_judge_destroy(judge);
    gan_features_destroy(features);
    return made;
}

static void
make_files(void)
{
    static const unsigned char idx[] = {0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2,
                                        0, 0, 0, 2, 1, 2, 3, 4, 5, 6, 7, 8};
    gan_context *context = NULL;
    gan_layer *layer = NULL;
    snprintf(image_path, sizeof image_path, "allocations-%ld.png", (long)getpid());
    snprintf(profile_path, sizeof profile_path, "allocations-%ld.trace", (long)getpid());
    snprintf(model_path, sizeof model_path, "allocations-%ld.safetensors", (long)getpid());
    snprintf(idx_path, sizeof idx_path, "images=allocations-%ld.idx", (long)getpid());
    snprintf(run_path, sizeof run_path, "allocations-%ld-run", (long)getpid());
    snprintf(trained_path, sizeof trained_path, "allocations-%ld-trained", (long)getpid());
    snprintf(other_path, sizeof other_path, "allocations-%ld-other", (long)getpid());
    snprintf(new_path, sizeof new_path, "allocations-%ld-new", (long)getpid());
    snprintf(frame_path, sizeof frame_path, "allocations-%ld-frame.png", (long)getpid());
    FILE *file = fopen(idx_path + strlen("images="), "wb");
    if (file == NULL || fwrite(idx, 1, sizeof idx, file) != sizeof idx || fclose(file) != 0 ||
        gan_context_create(&context, "threads=1", NULL) != GAN_OK ||
        gan_layer_parse(context, &layer, generator_text) != GAN_OK ||
        gan_layer_save(layer, model_path, NULL) != GAN_OK ||
        gan_image_save(context, frame_path, (const float[4]){0}, 1, 2, 2, 1, NULL) != GAN_OK ||
        !make_checkpoints(context, layer) || !make_run(context, layer, run_path) ||
        !make_run(context, layer, trained_path) || !make_judge(context, layer)) {
        fprintf(stderr, "no files to read: %s\n", gan_context_error(context));
        exit(1);
    }
    gan_layer_destroy(layer);
    gan_context_destroy(context);
}

int
main(void)
{
    Suite *suite = suite_create("allocations");
    TCase *tcase = tcase_create("refused memory");
    tcase_set_timeout(tcase, 120);
    tcase_add_loop_test(tcase, refused_memory, 0, SCRIPT_COUNT);
    tcase_add_test(tcase, refused_memory_context);
    suite_add_tcase(suite, tcase);
    make_files();
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    remove(image_path);
    remove(profile_path);
    remove(model_path);
    remove(saved_path);
    remove(checkpoint_path);
    remove(training_path);
    remove(frame_path);
    remove(judge_path);
    remove(features_path);
    remove(saved_features_path);
    remove_run(run_path);
    remove_run(trained_path);
    remove_run(other_path);
    remove_run(new_path);
    remove(idx_path + strlen("images="));
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
