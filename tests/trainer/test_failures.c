/* A failed step changes nothing: memory that runs out at every place, values that diverge, callbacks that fail. */
#include "fixture.h"

#include <math.h>
#include <stdio.h>

#include "base/memory.h"

/* ---- memory ---- */

static const struct {
    const char *generator, *discriminator, *options;
} cases[] = {
    {plain_generator, plain_discriminator, "batch=8"},
    {labelled_generator, labelled_discriminator, "batch=8 d_steps=2 g_steps=2"},
};

typedef gan_status (*action)(struct fixture *f);

static gan_status
do_step(struct fixture *f)
{
    return gan_trainer_step(f->trainer, NULL);
}

static gan_status
do_run(struct fixture *f)
{
    return gan_trainer_run(f->trainer, 1, NULL, NULL);
}

static bool
labelled(const struct fixture *f)
{
    return f->trainer->generator.labels_input != NULL;
}

static gan_status
do_generate(struct fixture *f)
{
    static float pictures[20 * PIXELS];
    return gan_trainer_generate(f->trainer, pictures, 20,
                                labelled(f) ? "batch=7 labels=0,1" : "batch=7");
}

static gan_status
do_discriminate(struct fixture *f)
{
    static float pictures[20 * PIXELS], probabilities[20];
    return gan_trainer_discriminate(f->trainer, probabilities, pictures, 20,
                                    labelled(f) ? "batch=7 labels=0,1" : "batch=7");
}

static gan_status
do_average(struct fixture *f)
{
    gan_layer *average = NULL;
    const gan_status st = gan_trainer_average(f->trainer, &average);
    ck_assert((st == GAN_OK) == (average != NULL));
    gan_layer_destroy(average);
    return st;
}

static gan_status
do_create(struct fixture *f)
{
    gan_trainer *trainer = NULL;
    const gan_status st =
        gan_trainer_create(f->ctx, &trainer, f->generator, f->discriminator, f->dataset, "batch=4");
    ck_assert((st == GAN_OK) == (trainer != NULL));
    gan_trainer_destroy(trainer);
    return st;
}

static gan_status
do_set_optimizers(struct fixture *f)
{
    gan_optimizer *g = NULL, *d = NULL;
    gan_status st = gan_optimizer_create(f->ctx, &g, "adam", "lr=2e-4 beta1=0.5");
    if (st == GAN_OK) {
        st = gan_optimizer_create(f->ctx, &d, "adam", "lr=2e-4 beta1=0.5");
    }
    if (st == GAN_OK && f->trainer->counters.steps == 0) {
        st = gan_trainer_set_optimizers(f->trainer, g, d);
        ck_assert((st == GAN_OK) == (g->network != NULL));
        ck_assert((st == GAN_OK) == (d->network != NULL));
    }
    gan_optimizer_destroy(g);
    gan_optimizer_destroy(d);
    return st;
}

static gan_status
do_kinds(struct fixture *f)
{
    char text[100];
    return gan_kinds(f->ctx, "layer", text, sizeof text, NULL);
}

static const action actions[] = {do_step,    do_run,    do_generate,       do_discriminate,
                                 do_average, do_create, do_set_optimizers, do_kinds};
enum { ACTIONS = sizeof actions / sizeof actions[0] };

static void
check_unchanged(struct fixture *f, uint64_t before)
{
    gan_layer *const networks[] = {f->generator, f->discriminator};
    ck_assert_msg(fixture_hash(f) == before, "something changed: %s", gan_context_error(f->ctx));
    ck_assert(!f->ctx->check_finite && f->ctx->no_grad_depth == 0);
    for (int n = 0; n < 2; n++) {
        for (int64_t i = 0; i < gan__layer_tensor_count(networks[n]); i++) {
            const struct gan__layer_tensor *t = &gan__layer_tensors(networks[n])[i];
            ck_assert_msg(t->tensor->gradient == NULL, "%s", t->name);
            ck_assert_msg(t->tensor->requires_grad == !t->buffer, "%s", t->name);
        }
    }
}

/* Refuse the n-th request and all after it, for n = 0, 1, ... until the action succeeds. */
static int
exhaust(struct fixture *f, struct refusing *state, action act)
{
    const uint64_t before = fixture_hash(f);
    for (int n = 0;; n++) {
        gan__memory_trim(f->ctx);
        state->requests = 0;
        state->refuse = n;
        const gan_status st = act(f);
        state->refuse = -1;
        if (st == GAN_OK) {
            return n;
        }
        ck_assert_msg(st == GAN_E_NOMEM, "n = %d: %s: %s", n, gan_status_name(st),
                      gan_context_error(f->ctx));
        ck_assert_msg(strlen(gan_context_error(f->ctx)) > 0, "n = %d: no sentence", n);
        check_unchanged(f, before);
    }
}

START_TEST(test_memory_runs_out)
{
    struct fixture f, calm;
    struct refusing state, unused;
    const gan_host host = refusing_host(&state), calm_host = refusing_host(&unused);
    const int which = _i % 2;
    const action act = actions[_i / 2];
    fixture_open(&f, "threads=2", &host, cases[which].generator, cases[which].discriminator,
                 cases[which].options);
    fixture_open(&calm, "threads=2", &calm_host, cases[which].generator, cases[which].discriminator,
                 cases[which].options);
    /* On a fresh trainer, and on one that has worked. */
    for (int round = 0; round < 2; round++) {
        ck_assert_int_gt(exhaust(&f, &state, act), 0);
        ck_assert_int_eq(act(&calm), GAN_OK);
        fixture_steps(&f, 2);
        fixture_steps(&calm, 2);
        ck_assert_uint_eq(fixture_hash(&f), fixture_hash(&calm));
    }
    fixture_close(&f);
    fixture_close(&calm);
    ck_assert_int_eq(state.live, 0);
}
END_TEST

/* In the first step of each method, and in a later one. */
START_TEST(test_memory_runs_out_in_methods)
{
    const struct method *m = &methods[_i];
    struct fixture f, calm;
    struct refusing state, unused;
    const gan_host host = refusing_host(&state), calm_host = refusing_host(&unused);
    fixture_open(&f, "threads=1", &host, m->generator, m->discriminator, m->options);
    fixture_open(&calm, "threads=1", &calm_host, m->generator, m->discriminator, m->options);
    for (int round = 0; round < 2; round++) {
        ck_assert_int_gt(exhaust(&f, &state, do_step), 0);
        fixture_steps(&calm, 1);
        ck_assert_uint_eq(fixture_hash(&f), fixture_hash(&calm));
    }
    fixture_steps(&f, 2);
    fixture_steps(&calm, 2);
    ck_assert_uint_eq(fixture_hash(&f), fixture_hash(&calm));
    fixture_close(&f);
    fixture_close(&calm);
    ck_assert_int_eq(state.live, 0);
}
END_TEST

START_TEST(test_memory_limit)
{
    struct fixture f;
    uint64_t hash;
    fixture_open(&f, "threads=2", NULL, plain_generator, plain_discriminator, "batch=40");
    hash = fixture_hash(&f);
    struct gan__memory_counts counts;
    gan__memory_trim(f.ctx);
    gan__memory_read(f.ctx, &counts);
    gan__memory_set_limit(f.ctx, counts.used + 20000);
    ASSERT_FAILS(f.ctx, gan_trainer_step(f.trainer, NULL), GAN_E_NOMEM, "limit");
    ck_assert_uint_eq(hash, fixture_hash(&f));
    gan__memory_set_limit(f.ctx, 0);
    fixture_steps(&f, 1);
    fixture_close(&f);
}
END_TEST

/* ---- divergence ---- */

static const char deep_generator[] = "gan-network 1\n"
                                     "input shape=6 noise=normal\n"
                                     "dense units=3\n"
                                     "dense name=second units=64\n"
                                     "reshape shape=8x8x1\n";
static const char deep_discriminator[] = "gan-network 1\n"
                                         "input shape=8x8x1\n"
                                         "flatten\n"
                                         "dense units=2\n"
                                         "dense units=1\n";

struct filling {
    const char *path;
    float value;
};
static const struct {
    const char *generator, *discriminator;
    struct filling g[3], d[3];
    const char *network, *op, *layer;
} divergences[] = {
    /* Forwards: a product of G's, of D's. */
    {plain_generator,
     plain_discriminator,
     {{"1.weight", 3e38f}},
     {{NULL, 0}},
     "generator: ",
     "matmul",
     "1 (dense)"},
    {plain_generator,
     plain_discriminator,
     {{NULL, 0}},
     {{"1.weight", 3e38f}},
     "discriminator: ",
     "conv2d",
     "1 (conv2d)"},
    {plain_generator,
     plain_discriminator,
     {{NULL, 0}},
     {{"7.weight", 3e38f}},
     "discriminator: ",
     "matmul",
     "7 (dense)"},
    /* Backwards: G's gradient overflows in G, where D's weights are large and G's output is 0 and D's is finite. */
    {deep_generator,
     deep_discriminator,
     {{"1.weight", 0}, {"second.weight", 1e30f}, {NULL, 0}},
     {{"2.weight", 1e-6f}, {"3.weight", 1e20f}, {NULL, 0}},
     "generator: ",
     "gradient of matmul",
     "second (dense)"},
};
enum { DIVERGENCES = sizeof divergences / sizeof divergences[0] };

static void
fill(gan_context *ctx, gan_layer *network, const struct filling *fillings)
{
    for (int i = 0; i < 3 && fillings[i].path != NULL; i++) {
        fixture_fill(ctx, network, fillings[i].path, fillings[i].value);
    }
}

static gan_dataset *
zeros(gan_context *ctx)
{
    static const int64_t shape[] = {SIDE, SIDE, 1};
    static const float pictures[SAMPLES * PIXELS];
    gan_dataset *dataset = NULL;
    ASSERT_OK(ctx, gan_dataset_create_memory(ctx, &dataset, pictures, SAMPLES, shape, 3, NULL));
    return dataset;
}

START_TEST(test_divergence_is_named)
{
    struct fixture f;
    uint64_t hash;
    memset(&f, 0, sizeof f);
    ck_assert_int_eq(gan_context_create(&f.ctx, "threads=2", NULL), GAN_OK);
    f.dataset = zeros(f.ctx);
    ASSERT_OK(f.ctx, gan_layer_parse(f.ctx, &f.generator, divergences[_i].generator));
    ASSERT_OK(f.ctx, gan_layer_parse(f.ctx, &f.discriminator, divergences[_i].discriminator));
    ASSERT_OK(f.ctx, gan_trainer_create(f.ctx, &f.trainer, f.generator, f.discriminator, f.dataset,
                                        "batch=8"));
    fill(f.ctx, f.generator, divergences[_i].g);
    fill(f.ctx, f.discriminator, divergences[_i].d);
    hash = fixture_hash(&f);
    for (int again = 0; again < 2; again++) {
        ASSERT_FAILS(f.ctx, gan_trainer_step(f.trainer, NULL), GAN_E_DIVERGED, divergences[_i].op);
        const char *sentence = gan_context_error(f.ctx);
        ck_assert_msg(strncmp(sentence, divergences[_i].network, strlen(divergences[_i].network)) ==
                          0,
                      "%s", sentence);
        ck_assert_msg(strstr(sentence, divergences[_i].layer) != NULL, "%s", sentence);
        check_unchanged(&f, hash);
    }
    ASSERT_FAILS(f.ctx, gan_trainer_run(f.trainer, 3, NULL, NULL), GAN_E_DIVERGED,
                 divergences[_i].op);
    fixture_close(&f);
}
END_TEST

/* Logits of 0, but a gradient whose square is beyond float32. */
START_TEST(test_divergence_in_a_penalty)
{
    static const char *const penalties[] = {"r1", "r2", "gradient_penalty", "dragan"};
    struct fixture f;
    char options[100];
    uint64_t hash;
    memset(&f, 0, sizeof f);
    snprintf(options, sizeof options, "batch=8 accumulate=2 loss=hinge penalties=%s",
             penalties[_i]);
    ck_assert_int_eq(gan_context_create(&f.ctx, "threads=2", NULL), GAN_OK);
    f.dataset = zeros(f.ctx);
    ASSERT_OK(f.ctx, gan_layer_parse(f.ctx, &f.generator, deep_generator));
    ASSERT_OK(f.ctx, gan_layer_parse(f.ctx, &f.discriminator, deep_discriminator));
    ASSERT_OK(f.ctx, gan_trainer_create(f.ctx, &f.trainer, f.generator, f.discriminator, f.dataset,
                                        options));
    fixture_fill(f.ctx, f.generator, "second.weight", 0);
    fixture_fill(f.ctx, f.discriminator, "2.weight", 1e15f);
    fixture_fill(f.ctx, f.discriminator, "3.weight", 1e15f);
    hash = fixture_hash(&f);
    ASSERT_FAILS(f.ctx, gan_trainer_step(f.trainer, NULL), GAN_E_DIVERGED, penalties[_i]);
    ck_assert_msg(strncmp(gan_context_error(f.ctx), "discriminator: ", 15) == 0, "%s",
                  gan_context_error(f.ctx));
    check_unchanged(&f, hash);
    fixture_close(&f);
}
END_TEST

/* A weight that the caller broke, then mended: the training goes on as if nothing had been. */
START_TEST(test_weights_that_are_not_finite)
{
    struct fixture f, calm;
    gan_tensor *weight = NULL;
    uint64_t hash;
    fixture_open(&f, "threads=2", NULL, plain_generator, plain_discriminator, "batch=8 g_steps=2");
    fixture_open(&calm, "threads=2", NULL, plain_generator, plain_discriminator,
                 "batch=8 g_steps=2");
    fixture_steps(&f, 3);
    ASSERT_OK(f.ctx, gan_layer_find_parameter(_i == 0 ? f.generator : f.discriminator, &weight,
                                              "1.weight"));
    const float before = gan__data(weight)[7];
    gan__data(weight)[7] = _i == 0 ? NAN : INFINITY;
    hash = fixture_hash(&f);
    ASSERT_FAILS(f.ctx, gan_trainer_step(f.trainer, NULL), GAN_E_DIVERGED,
                 _i == 0 ? "generator: 1.weight holds nan at its element 7"
                         : "discriminator: 1.weight holds inf at its element 7");
    ck_assert_uint_eq(hash, fixture_hash(&f));
    gan__data(weight)[7] = before;
    fixture_steps(&f, 2);
    fixture_steps(&calm, 5);
    ck_assert_uint_eq(fixture_hash(&f), fixture_hash(&calm));
    gan_tensor_destroy(weight);
    fixture_close(&f);
    fixture_close(&calm);
}
END_TEST

/* ---- a dataset that fails ---- */

struct source {
    int64_t reads, fail_at;
    float bad;
};

static gan_status
read_sample(void *user, int64_t index, float *sample, int32_t *label)
{
    struct source *source = user;
    for (int k = 0; k < PIXELS; k++) {
        sample[k] = (float)((index * 7 + k) % 11) / 6.0f - 0.9f;
    }
    if (label != NULL) {
        *label = (int32_t)(index % CLASSES);
    }
    if (source->bad != 0 && index == 5) {
        sample[3] = source->bad;
    }
    return source->reads++ == source->fail_at ? GAN_E_IO : GAN_OK;
}

static void
open_source(struct fixture *f, struct source *source)
{
    static const int64_t shape[] = {SIDE, SIDE, 1};
    memset(f, 0, sizeof *f);
    ck_assert_int_eq(gan_context_create(&f->ctx, "threads=2", NULL), GAN_OK);
    ASSERT_OK(f->ctx, gan_dataset_create_callback(f->ctx, &f->dataset, 16, shape, 3, CLASSES,
                                                  read_sample, NULL, source));
    ASSERT_OK(f->ctx, gan_layer_parse(f->ctx, &f->generator, labelled_generator));
    ASSERT_OK(f->ctx, gan_layer_parse(f->ctx, &f->discriminator, labelled_discriminator));
    ASSERT_OK(f->ctx, gan_trainer_create(f->ctx, &f->trainer, f->generator, f->discriminator,
                                         f->dataset, "batch=8 d_steps=2"));
}

START_TEST(test_a_dataset_that_fails)
{
    struct source source = {.fail_at = -1}, calm_source = {.fail_at = -1};
    struct fixture f, calm;
    uint64_t hash;
    open_source(&f, &source);
    open_source(&calm, &calm_source);
    fixture_steps(&f, 1);
    hash = fixture_hash(&f);
    source.fail_at = source.reads + 10; /* in the second D step, after the first has moved D */
    ck_assert_int_eq(gan_trainer_step(f.trainer, NULL), GAN_E_IO);
    ck_assert_msg(strlen(gan_context_error(f.ctx)) > 0, "no sentence");
    ck_assert_uint_eq(hash, fixture_hash(&f));
    fixture_steps(&f, 2);
    fixture_steps(&calm, 3);
    ck_assert_uint_eq(fixture_hash(&f), fixture_hash(&calm));
    fixture_close(&f);
    fixture_close(&calm);
}
END_TEST

START_TEST(test_a_dataset_with_a_bad_value)
{
    struct source source = {.fail_at = -1, .bad = _i == 0 ? NAN : -INFINITY};
    struct fixture f;
    uint64_t hash;
    open_source(&f, &source);
    hash = fixture_hash(&f);
    ASSERT_FAILS(f.ctx, gan_trainer_step(f.trainer, NULL), GAN_E_DIVERGED,
                 _i == 0 ? "sample 5 holds nan at its element 3"
                         : "sample 5 holds inf at its element 3");
    ck_assert_uint_eq(hash, fixture_hash(&f));
    fixture_close(&f);
}
END_TEST

/* ---- a layer that fails, at each of its calls ---- */

struct fragile {
    int64_t calls, fail_at;
    gan_trainer *given_up; /* a handle that the next forward destroys, or NULL */
};

static gan_status
fragile_forward(void *user, gan_context *ctx, gan_tensor **output, gan_tensor *input,
                gan_tensor *const *parameters, int32_t parameter_count, int32_t training)
{
    struct fragile *fragile = user;
    (void)parameters;
    (void)parameter_count;
    (void)training;
    gan_trainer_destroy(fragile->given_up);
    fragile->given_up = NULL;
    if (fragile->calls++ == fragile->fail_at) {
        return GAN_E_IO;
    }
    return gan_affine(ctx, output, input, 0.5, 0.1);
}

static void
open_fragile_on(struct fixture *f, struct fragile *fragile, const char *generator_text,
                const char *discriminator_text, const char *options)
{
    const gan_layer_callbacks callbacks = {
        .struct_size = sizeof callbacks, .user = fragile, .forward = fragile_forward};
    char generator[1000], discriminator[1000];
    *fragile = (struct fragile){.fail_at = -1};
    snprintf(generator, sizeof generator, "%sfragile\n", generator_text);
    snprintf(discriminator, sizeof discriminator, "%sfragile\n", discriminator_text);
    memset(f, 0, sizeof *f);
    ck_assert_int_eq(gan_context_create(&f->ctx, "threads=2", NULL), GAN_OK);
    ASSERT_OK(f->ctx, gan_layer_register(f->ctx, "fragile", &callbacks));
    f->dataset = fixture_dataset(f->ctx);
    ASSERT_OK(f->ctx, gan_layer_parse(f->ctx, &f->generator, generator));
    ASSERT_OK(f->ctx, gan_layer_parse(f->ctx, &f->discriminator, discriminator));
    ASSERT_OK(f->ctx, gan_trainer_create(f->ctx, &f->trainer, f->generator, f->discriminator,
                                         f->dataset, options));
}

static void
open_fragile(struct fixture *f, struct fragile *fragile, const char *options)
{
    open_fragile_on(f, fragile, plain_generator, plain_discriminator, options);
}

START_TEST(test_a_layer_that_fails)
{
    static const char *const options[] = {
        "batch=8", "batch=8 d_steps=2 g_steps=3", "batch=8 g_steps=2 average=false",
        /* Real, generated, penalty; in G's step real again. */
        "batch=8 accumulate=2 g_steps=2 loss=relativistic_average penalties=dragan"};
    static const int calls[] = {4, 2 * 3 + 1 + 2 * 2, 3 + 1 + 2, 2 * 4 + 2 + 3 + 2 * 3};
    const char *generator = _i == 3 ? spectral_generator : plain_generator;
    const char *discriminator = _i == 3 ? spectral_critic : plain_discriminator;
    struct fixture f, calm;
    struct fragile fragile, unused;
    open_fragile_on(&f, &fragile, generator, discriminator, options[_i]);
    open_fragile_on(&calm, &unused, generator, discriminator, options[_i]);
    for (int round = 0; round < 3; round++) {
        const uint64_t before = fixture_hash(&f);
        for (int n = 0; n < calls[_i]; n++) {
            fragile.calls = 0;
            fragile.fail_at = n;
            ASSERT_FAILS(f.ctx, gan_trainer_step(f.trainer, NULL), GAN_E_IO, "fragile");
            check_unchanged(&f, before);
        }
        fragile.calls = 0;
        fragile.fail_at = calls[_i];
        fixture_steps(&f, 1);
        fixture_steps(&calm, 1);
        ck_assert_uint_eq(fixture_hash(&f), fixture_hash(&calm));
    }
    fixture_close(&f);
    fixture_close(&calm);
}
END_TEST

/* The last handle may be given up inside of a call; that call ends well. */
START_TEST(test_a_layer_that_gives_up_the_trainer)
{
    struct fixture f;
    struct fragile fragile;
    float numbers[PIXELS] = {0}, probability;
    open_fragile(&f, &fragile, "batch=8");
    fragile.given_up = f.trainer;
    switch (_i) {
    case 0:
        ASSERT_OK(f.ctx, gan_trainer_step(f.trainer, NULL));
        break;
    case 1:
        ASSERT_OK(f.ctx, gan_trainer_generate(f.trainer, numbers, 1, NULL));
        break;
    case 2:
        ASSERT_OK(f.ctx, gan_trainer_discriminate(f.trainer, &probability, numbers, 1, NULL));
        break;
    default:
        ASSERT_OK(f.ctx, gan_trainer_run(f.trainer, 2, NULL, NULL));
        break;
    }
    ck_assert_ptr_null(fragile.given_up);
    f.trainer = NULL;
    fixture_close(&f);
}
END_TEST

/* A first step that failed must not bind the trainer to the optimizers that it had then. */
START_TEST(test_optimizers_replaced_after_a_failure)
{
    struct fixture f, calm;
    struct fragile fragile, unused;
    struct fixture *const both[] = {&f, &calm};
    open_fragile(&f, &fragile, "batch=8 g_steps=2");
    open_fragile(&calm, &unused, "batch=8 g_steps=2");
    fragile.fail_at = 4;
    ASSERT_FAILS(f.ctx, gan_trainer_step(f.trainer, NULL), GAN_E_IO, "fragile");
    for (int i = 0; i < 2; i++) {
        gan_optimizer *optimizers[2] = {NULL};
        for (int k = 0; k < 2; k++) {
            ASSERT_OK(both[i]->ctx, gan_optimizer_create(both[i]->ctx, &optimizers[k], "sgd",
                                                         "lr=1e-3 momentum=0.5"));
        }
        ASSERT_OK(both[i]->ctx,
                  gan_trainer_set_optimizers(both[i]->trainer, optimizers[0], optimizers[1]));
        gan_optimizer_destroy(optimizers[0]);
        gan_optimizer_destroy(optimizers[1]);
    }
    for (int n = 0; n < 4; n++) {
        fixture_steps(&calm, 1);
        fragile.calls = 0;
        fragile.fail_at = 5;
        ASSERT_FAILS(f.ctx, gan_trainer_step(f.trainer, NULL), GAN_E_IO, "fragile");
        fixture_steps(&f, 1);
        ck_assert_uint_eq(fixture_hash(&f), fixture_hash(&calm));
    }
    fixture_close(&f);
    fixture_close(&calm);
}
END_TEST

static Suite *
failures_suite(void)
{
    Suite *suite = suite_create("trainer failures");
    TCase *tcase = tcase_create("failures");
    tcase_set_timeout(tcase, 240);
    tcase_add_loop_test(tcase, test_memory_runs_out, 0, 2 * ACTIONS);
    tcase_add_loop_test(tcase, test_memory_runs_out_in_methods, 0, method_count);
    tcase_add_test(tcase, test_memory_limit);
    tcase_add_loop_test(tcase, test_divergence_is_named, 0, DIVERGENCES);
    tcase_add_loop_test(tcase, test_divergence_in_a_penalty, 0, 4);
    tcase_add_loop_test(tcase, test_weights_that_are_not_finite, 0, 2);
    tcase_add_loop_test(tcase, test_a_layer_that_fails, 0, 4);
    tcase_add_loop_test(tcase, test_a_layer_that_gives_up_the_trainer, 0, 4);
    tcase_add_test(tcase, test_optimizers_replaced_after_a_failure);
    tcase_add_test(tcase, test_a_dataset_that_fails);
    tcase_add_loop_test(tcase, test_a_dataset_with_a_bad_value, 0, 2);
    suite_add_tcase(suite, tcase);
    return suite;
}

int
main(void)
{
    Suite *const suites[] = {failures_suite()};
    return run_suites(suites, 1);
}
