/* A step's arithmetic against the same loop written by hand, the record, the average, and what a
 * step leaves behind. */
#include "fixture.h"

#include <math.h>
#include <stdio.h>

#include "base/random.h"

/* ---- the loop by hand ---- */

struct hand {
    gan_context *ctx;
    gan_layer *g, *d;
    gan_optimizer *g_optimizer, *d_optimizer;
    gan_loss *loss;
    gan_dataset *dataset;
    int64_t batch, batches, draws;
    double d_loss, g_loss, d_norm, g_norm, real, generated, accuracy;
};

static gan_tensor *
hand_generate(struct hand *h)
{
    gan_tensor *noise = NULL, *out = NULL;
    const struct gan__random random = gan__random_make(h->ctx->seed, GAN__PURPOSE_NOISE,
                                                       (uint64_t)h->draws++, gan__hash("input"));
    ASSERT_OK(h->ctx,
              gan__layer_noise(h->ctx, &noise, gan__layer_input(h->g, 0), h->batch, 0, random));
    ASSERT_OK(h->ctx, gan_layer_forward(h->g, &out, noise, 1));
    gan_tensor_destroy(noise);
    return out;
}

static gan_tensor *
hand_real(struct hand *h)
{
    const int64_t shape[] = {h->batch, SIDE, SIDE, 1};
    int64_t indices[SAMPLES];
    gan_tensor *real = NULL;
    float *data = NULL;
    ASSERT_OK(h->ctx, gan_dataset_batch(h->dataset, indices, h->batch, h->batches++));
    ASSERT_OK(h->ctx, gan_tensor_create(h->ctx, &real, shape, 4, NULL));
    ASSERT_OK(h->ctx, gan_tensor_data(real, &data));
    ASSERT_OK(h->ctx, gan_dataset_read(h->dataset, data, NULL, indices, h->batch));
    return real;
}

static double
hand_norm(struct hand *h, gan_layer *network)
{
    int64_t count = 0;
    double sum = 0;
    ASSERT_OK(h->ctx, gan_layer_parameter_count(network, &count));
    for (int64_t i = 0; i < count; i++) {
        gan_tensor *parameter = NULL, *gradient = NULL;
        ASSERT_OK(h->ctx, gan_layer_parameter(network, &parameter, i, NULL, 0, NULL));
        ASSERT_OK(h->ctx, gan_tensor_gradient(parameter, &gradient));
        for (int64_t k = 0; gradient != NULL && k < gradient->count; k++) {
            sum += (double)gan__data(gradient)[k] * (double)gan__data(gradient)[k];
        }
        gan_tensor_destroy(parameter);
        gan_tensor_destroy(gradient);
    }
    return sqrt(sum);
}

static double
hand_mean(const gan_tensor *logits)
{
    double sum = 0;
    for (int64_t i = 0; i < logits->count; i++) {
        sum += 1 / (1 + exp(-(double)gan__data(logits)[i]));
    }
    return sum / (double)logits->count;
}

static gan_tensor *
hand_d_step(struct hand *h)
{
    gan_tensor *real = hand_real(h), *fake = hand_generate(h), *fixed = NULL, *r = NULL, *f = NULL,
               *loss = NULL;
    int right = 0;
    ASSERT_OK(h->ctx, gan_tensor_detach(fake, &fixed));
    ASSERT_OK(h->ctx, gan_layer_forward(h->d, &r, real, 1));
    ASSERT_OK(h->ctx, gan_layer_forward(h->d, &f, fixed, 1));
    ASSERT_OK(h->ctx, gan_loss_discriminator(h->loss, &loss, r, f));
    h->d_loss = (double)gan__data(loss)[0];
    h->real = hand_mean(r);
    h->generated = hand_mean(f);
    for (int64_t i = 0; i < h->batch; i++) {
        right += (gan__data(r)[i] > 0) + (gan__data(f)[i] <= 0);
    }
    h->accuracy = right / (2.0 * (double)h->batch);
    ASSERT_OK(h->ctx, gan_layer_clear_gradients(h->d));
    ASSERT_OK(h->ctx, gan_backward(h->ctx, loss, 0));
    h->d_norm = hand_norm(h, h->d);
    ASSERT_OK(h->ctx, gan_optimizer_step(h->d_optimizer));
    gan_tensor *const used[] = {real, fixed, r, f, loss};
    for (int i = 0; i < 5; i++) {
        gan_tensor_destroy(used[i]);
    }
    return fake;
}

static void
hand_g_step(struct hand *h, gan_tensor *fake)
{
    static const struct gan__pass no_statistics = {.training = true};
    const struct gan__feed feed = {.name = "input", .tensor = fake};
    gan_tensor *f = NULL, *loss = NULL;
    ASSERT_OK(h->ctx, gan__layer_run(h->d, &f, &feed, 1, &no_statistics));
    ASSERT_OK(h->ctx, gan_loss_generator(h->loss, &loss, NULL, f));
    h->g_loss = (double)gan__data(loss)[0];
    ASSERT_OK(h->ctx, gan_layer_clear_gradients(h->g));
    ASSERT_OK(h->ctx, gan_backward(h->ctx, loss, 0));
    h->g_norm = hand_norm(h, h->g);
    ASSERT_OK(h->ctx, gan_optimizer_step(h->g_optimizer));
    gan_tensor_destroy(f);
    gan_tensor_destroy(loss);
    gan_tensor_destroy(fake);
}

static void
hand_step(struct hand *h, int d_steps, int g_steps)
{
    gan_tensor *fake = NULL;
    for (int i = 0; i < d_steps; i++) {
        gan_tensor_destroy(fake);
        fake = hand_d_step(h);
    }
    for (int i = 0; i < g_steps; i++) {
        hand_g_step(h, i == 0 ? fake : hand_generate(h));
    }
}

static double
get(gan_context *ctx, const gan_record *record, const char *name)
{
    double value = -1;
    ASSERT_OK(ctx, gan_record_get(record, &value, name));
    return value;
}

static void
check_record(struct hand *h, const gan_record *record)
{
    ck_assert(get(h->ctx, record, "d_loss") == h->d_loss);
    ck_assert(get(h->ctx, record, "g_loss") == h->g_loss);
    ck_assert(get(h->ctx, record, "d_accuracy") == h->accuracy);
    ck_assert_double_eq_tol(get(h->ctx, record, "d_real"), h->real, 1e-6);
    ck_assert_double_eq_tol(get(h->ctx, record, "d_generated"), h->generated, 1e-6);
    ck_assert_double_eq_tol(get(h->ctx, record, "d_gradient_norm"), h->d_norm, 1e-6 * h->d_norm);
    ck_assert_double_eq_tol(get(h->ctx, record, "g_gradient_norm"), h->g_norm, 1e-6 * h->g_norm);
    ck_assert(get(h->ctx, record, "images_per_second") > 0);
}

static void
check_same_network(gan_layer *a, gan_layer *b)
{
    ck_assert_int_eq(gan__layer_tensor_count(a), gan__layer_tensor_count(b));
    for (int64_t i = 0; i < gan__layer_tensor_count(a); i++) {
        const struct gan__layer_tensor *x = &gan__layer_tensors(a)[i],
                                       *y = &gan__layer_tensors(b)[i];
        ck_assert_msg(memcmp(gan__data(x->tensor), gan__data(y->tensor),
                             (size_t)x->tensor->count * sizeof(float)) == 0,
                      "%s differs", x->name);
    }
}

static const struct {
    int d, g;
    const char *loss;
} loops[] = {
    {1, 1, "non_saturating"}, {3, 1, "standard"}, {1, 2, "non_saturating"}, {2, 3, "standard"}};

START_TEST(test_against_a_loop_by_hand)
{
    const int d = loops[_i].d, g = loops[_i].g;
    const gan_record *record = NULL;
    struct fixture f;
    char options[100];
    gan_optimizer *optimizers[2];
    snprintf(options, sizeof options, "batch=8 d_steps=%d g_steps=%d average=false", d, g);
    fixture_open(&f, "threads=2 seed=3", NULL, plain_generator, plain_discriminator, options);
    struct hand h = {.ctx = f.ctx, .dataset = f.dataset, .batch = 8};
    ASSERT_OK(f.ctx, gan_loss_create(f.ctx, &h.loss, loops[_i].loss, NULL));
    ASSERT_OK(f.ctx, gan_trainer_set_loss(f.trainer, h.loss));
    ASSERT_OK(f.ctx, gan_optimizer_create(f.ctx, &optimizers[0], "adam", "lr=3e-3 beta1=0.4"));
    ASSERT_OK(f.ctx, gan_optimizer_create(f.ctx, &optimizers[1], "sgd", "lr=1e-2 momentum=0.5"));
    ASSERT_OK(f.ctx, gan_trainer_set_optimizers(f.trainer, optimizers[0], optimizers[1]));
    ASSERT_OK(f.ctx, gan__layer_clone(f.generator, &h.g));
    ASSERT_OK(f.ctx, gan__layer_clone(f.discriminator, &h.d));
    ASSERT_OK(f.ctx, gan_optimizer_create(f.ctx, &h.g_optimizer, "adam", "lr=3e-3 beta1=0.4"));
    ASSERT_OK(f.ctx, gan_optimizer_create(f.ctx, &h.d_optimizer, "sgd", "lr=1e-2 momentum=0.5"));
    ASSERT_OK(f.ctx, gan_optimizer_attach(h.g_optimizer, h.g));
    ASSERT_OK(f.ctx, gan_optimizer_attach(h.d_optimizer, h.d));
    for (int step = 1; step <= 6; step++) {
        ASSERT_OK(f.ctx, gan_trainer_step(f.trainer, &record));
        hand_step(&h, d, g);
        check_record(&h, record);
        ck_assert(get(f.ctx, record, "step") == step);
        ck_assert(get(f.ctx, record, "epoch") == (double)(step * d / (SAMPLES / 8)));
        check_same_network(f.generator, h.g);
        check_same_network(f.discriminator, h.d);
    }
    gan_layer_destroy(h.g);
    gan_layer_destroy(h.d);
    gan_optimizer_destroy(h.g_optimizer);
    gan_optimizer_destroy(h.d_optimizer);
    gan_optimizer_destroy(optimizers[0]);
    gan_optimizer_destroy(optimizers[1]);
    gan_loss_destroy(h.loss);
    fixture_close(&f);
}
END_TEST

/* ---- the average ---- */

START_TEST(test_average_is_a_copy)
{
    struct fixture f;
    gan_layer *average = NULL;
    gan_tensor *copied = NULL;
    static float before[64 * 6];
    fixture_open(&f, "threads=1", NULL, plain_generator, plain_discriminator,
                 _i == 0 ? "batch=8" : "batch=8 average=false");
    fixture_steps(&f, 2);
    gan_layer *const source = _i == 0 ? f.trainer->average : f.generator;
    ASSERT_OK(f.ctx, gan_trainer_average(f.trainer, &average));
    check_same_network(average, source);
    if (_i == 0) { /* its running statistics are the estimate over 16 batches */
        gan_layer *again = NULL;
        ASSERT_OK(f.ctx, gan__layer_clone(f.trainer->average, &again));
        fixture_fill(f.ctx, again, "3.running_mean", 9);
        ASSERT_OK(f.ctx, gan__layer_estimate_statistics(again, 8, 16, NULL, f.ctx->seed));
        check_same_network(average, again);
        gan_layer_destroy(again);
    }
    ASSERT_OK(f.ctx, gan_layer_find_parameter(average, &copied, "1.weight"));
    ASSERT_OK(f.ctx, gan_tensor_read(copied, before, 64 * 6));
    fixture_steps(&f, 1);
    ck_assert(memcmp(before, gan__data(copied), sizeof before) == 0);
    ck_assert(memcmp(before, gan__data(gan__layer_tensors(source)[0].tensor), sizeof before) != 0);
    gan_tensor_destroy(copied);
    gan_layer_destroy(average);
    fixture_close(&f);
}
END_TEST

/* By the formula: decay = 0.5^(batch / min(half_life, 0.05 * pictures)), pictures counted before
 * the step, as StyleGAN2's: the first average is the generator itself. */
START_TEST(test_average_follows_the_formula)
{
    struct fixture f;
    static double expected[64 * 6];
    gan_tensor *weight = NULL;
    fixture_open(&f, "threads=1", NULL, plain_generator, plain_discriminator,
                 "batch=8 half_life=3");
    ASSERT_OK(f.ctx, gan_layer_find_parameter(f.generator, &weight, "1.weight"));
    for (int k = 0; k < 64 * 6; k++) {
        expected[k] = (double)gan__data(weight)[k];
    }
    for (int step = 1; step <= 12; step++) {
        const double half_life = fmin(3, 0.05 * 8 * (step - 1)), decay = pow(0.5, 8 / half_life);
        const float *averaged = gan__data(gan__layer_tensors(f.trainer->average)[0].tensor);
        fixture_steps(&f, 1);
        for (int k = 0; k < 64 * 6; k++) {
            expected[k] += (1 - decay) * ((double)gan__data(weight)[k] - expected[k]);
            ck_assert_double_eq_tol((double)averaged[k], expected[k], 1e-6);
        }
    }
    ck_assert(memcmp(gan__data(weight), gan__data(gan__layer_tensors(f.trainer->average)[0].tensor),
                     64 * 6 * sizeof(float)) != 0);
    gan_tensor_destroy(weight);
    fixture_close(&f);
}
END_TEST

/* ---- what a step leaves ---- */

START_TEST(test_no_gradients_are_left)
{
    struct fixture f;
    fixture_open(&f, "threads=1", NULL, plain_generator, plain_discriminator, "batch=8 g_steps=2");
    fixture_steps(&f, 2);
    gan_layer *const networks[] = {f.generator, f.discriminator};
    for (int n = 0; n < 2; n++) {
        for (int64_t i = 0; i < gan__layer_tensor_count(networks[n]); i++) {
            const struct gan__layer_tensor *t = &gan__layer_tensors(networks[n])[i];
            /* D's would be there if a G step had computed them. */
            ck_assert_msg(t->tensor->gradient == NULL, "%s", t->name);
            ck_assert_msg(t->tensor->requires_grad == !t->buffer, "%s", t->name);
        }
    }
    fixture_close(&f);
}
END_TEST

START_TEST(test_allocates_nothing_after_the_second_step)
{
    static const char *const texts[][2] = {{plain_generator, plain_discriminator},
                                           {labelled_generator, labelled_discriminator}};
    struct fixture f;
    uint64_t before = 0, after = 0;
    fixture_open(&f, "threads=2", NULL, texts[_i][0], texts[_i][1], "batch=8 d_steps=2 g_steps=2");
    fixture_steps(&f, 2);
    ASSERT_OK(f.ctx, gan_context_get(f.ctx, &before, "system_allocations"));
    fixture_steps(&f, 12); /* over epochs */
    ASSERT_OK(f.ctx, gan_context_get(f.ctx, &after, "system_allocations"));
    ck_assert_uint_eq(before, after);
    fixture_close(&f);
}
END_TEST

START_TEST(test_methods_allocate_nothing_after_the_second_step)
{
    const struct method *m = &methods[_i];
    struct fixture f;
    uint64_t before = 0, after = 0;
    fixture_open(&f, "threads=2", NULL, m->generator, m->discriminator, m->options);
    fixture_steps(&f, 2);
    ASSERT_OK(f.ctx, gan_context_get(f.ctx, &before, "system_allocations"));
    fixture_steps(&f, 12);
    ASSERT_OK(f.ctx, gan_context_get(f.ctx, &after, "system_allocations"));
    ck_assert_uint_eq(before, after);
    fixture_close(&f);
}
END_TEST

START_TEST(test_a_callers_no_gradient_scope_does_not_matter)
{
    struct fixture f;
    uint64_t hash;
    fixture_open(&f, "threads=1", NULL, plain_generator, plain_discriminator, "batch=8");
    fixture_steps(&f, 2);
    hash = fixture_hash(&f);
    fixture_close(&f);
    fixture_open(&f, "threads=1", NULL, plain_generator, plain_discriminator, "batch=8");
    ASSERT_OK(f.ctx, gan_no_grad_begin(f.ctx));
    fixture_steps(&f, 2);
    ASSERT_OK(f.ctx, gan_no_grad_end(f.ctx));
    ck_assert_uint_eq(hash, fixture_hash(&f));
    ASSERT_FAILS(f.ctx, gan_no_grad_end(f.ctx), GAN_E_STATE, "");
    fixture_close(&f);
}
END_TEST

START_TEST(test_frozen_layers_stay)
{
    struct fixture f;
    gan_tensor *weight = NULL;
    float before[4 * 4 * 1 * 5];
    fixture_open(&f, "threads=1", NULL, plain_generator,
                 "gan-network 1\n"
                 "input shape=8x8x1\n"
                 "conv2d filters=5 kernel=4 stride=2 padding=1 trainable=false\n"
                 "leaky_relu\n"
                 "flatten\n"
                 "dense units=1\n",
                 "batch=8");
    ASSERT_OK(f.ctx, gan_layer_find_parameter(f.discriminator, &weight, "1.weight"));
    ASSERT_OK(f.ctx, gan_tensor_read(weight, before, 80));
    fixture_steps(&f, 3);
    ck_assert(memcmp(before, gan__data(weight), sizeof before) == 0);
    gan_tensor_destroy(weight);
    fixture_close(&f);
}
END_TEST

/* What no optimizer moves is not clipped either. */
START_TEST(test_clip_leaves_frozen)
{
    static const char frozen[] = "gan-network 1\n"
                                 "input shape=8x8x1\n"
                                 "conv2d filters=5 kernel=4 stride=2 padding=1 trainable=false\n"
                                 "leaky_relu\n"
                                 "flatten\n"
                                 "dense units=1\n";
    float before[80];
    struct fixture f;
    fixture_open(&f, "threads=1", NULL, plain_generator, frozen,
                 "batch=8 loss=\"wasserstein clip=0.001\"");
    const struct gan__layer_tensor *tensors = gan__layer_tensors(f.discriminator);
    ck_assert_int_eq(tensors[0].tensor->count, 80);
    memcpy(before, gan__data(tensors[0].tensor), sizeof before);
    fixture_steps(&f, 1);
    ck_assert_mem_eq(before, gan__data(tensors[0].tensor), sizeof before);
    ck_assert(fabsf(gan__data(tensors[2].tensor)[0]) <= 0.001f);
    fixture_close(&f);
}
END_TEST

START_TEST(test_learns)
{
    const gan_record *record = NULL;
    struct fixture f;
    double first = 0;
    fixture_open(&f, "threads=1 seed=1", NULL, plain_generator, plain_discriminator,
                 "batch=16 d_steps=4");
    ASSERT_OK(f.ctx, gan_trainer_step(f.trainer, &record));
    first = get(f.ctx, record, "d_loss");
    for (int i = 0; i < 60; i++) {
        ASSERT_OK(f.ctx, gan_trainer_step(f.trainer, &record));
    }
    /* Four steps for one, on easy pictures: D must win. */
    ck_assert(get(f.ctx, record, "d_loss") < 0.7 * first);
    ck_assert(get(f.ctx, record, "d_real") > 0.6);
    ck_assert(get(f.ctx, record, "d_accuracy") > 0.9);
    fixture_close(&f);
}
END_TEST

START_TEST(test_record_refuses)
{
    const gan_record *record = NULL;
    struct fixture f;
    double value = 5;
    fixture_open(&f, "threads=1", NULL, plain_generator, plain_discriminator, "batch=8");
    ASSERT_OK(f.ctx, gan_trainer_step(f.trainer, &record));
    ASSERT_FAILS(f.ctx, gan_record_get(record, &value, "loss"), GAN_E_ARG,
                 "it has step, epoch, d_loss");
    ck_assert(value == 0);
    ASSERT_FAILS(f.ctx, gan_record_get(record, NULL, "d_loss"), GAN_E_ARG, "value");
    ASSERT_FAILS(f.ctx, gan_record_get(record, &value, NULL), GAN_E_ARG, "name");
    ck_assert_int_eq(gan_record_get(NULL, &value, "d_loss"), GAN_E_ARG);
    fixture_close(&f);
}
END_TEST

static Suite *
trainer_suite(void)
{
    Suite *suite = suite_create("trainer");
    TCase *tcase = tcase_create("step");
    tcase_set_timeout(tcase, 240);
    tcase_add_loop_test(tcase, test_against_a_loop_by_hand, 0, 4);
    tcase_add_loop_test(tcase, test_average_is_a_copy, 0, 2);
    tcase_add_test(tcase, test_average_follows_the_formula);
    tcase_add_test(tcase, test_no_gradients_are_left);
    tcase_add_loop_test(tcase, test_allocates_nothing_after_the_second_step, 0, 2);
    tcase_add_loop_test(tcase, test_methods_allocate_nothing_after_the_second_step, 0,
                        method_count);
    tcase_add_test(tcase, test_a_callers_no_gradient_scope_does_not_matter);
    tcase_add_test(tcase, test_frozen_layers_stay);
    tcase_add_test(tcase, test_clip_leaves_frozen);
    tcase_add_test(tcase, test_learns);
    tcase_add_test(tcase, test_record_refuses);
    suite_add_tcase(suite, tcase);
    return suite;
}

int
main(void)
{
    Suite *const suites[] = {trainer_suite(),      run_suite(),     sampling_suite(),
                             refusals_suite(),     methods_suite(), recipes_suite(),
                             combinations_suite(), memory_suite()};
    return run_suites(suites, sizeof suites / sizeof suites[0]);
}
