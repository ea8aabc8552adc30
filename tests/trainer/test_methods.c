/* Every method of a trainer against a loop of public calls that does the same by itself, and what
 * the record says of it. */
#include "fixture.h"

#include <math.h>
#include <stdio.h>

#include "base/random.h"

/* ---- the loop by hand ---- */

struct hand {
    gan_context *ctx;
    gan_dataset *dataset;
    gan_layer *g, *d, *front; /* front: D up to the layer that is matched; NULL: none */
    gan_optimizer *optimizers[2];
    gan_loss *loss;
    gan_penalty *penalties[2]; /* the second may be NULL */
    int64_t batch, accumulate, pac, d_steps;
    const char *augment;
    double noise;             /* instance noise */
    double matching;          /* weight of the distance of the features */
    bool fades;               /* both are gone after four steps */
    bool replace, takes_real; /* feature matching alone; a relativistic loss */
    int64_t batches, draws, forwards, step;
    double d_loss, g_loss, penalty;
    gan_tensor *real;
};

/* The share of what fades that is there. */
static double
left(const struct hand *h)
{
    return h->fades ? 1 - (double)h->step / 4 : 1;
}

static void
swap(gan_tensor **x, gan_tensor *made)
{
    gan_tensor_destroy(*x);
    *x = made;
}

static gan_tensor *
hand_generate(struct hand *h)
{
    gan_tensor *noise = NULL, *out = NULL;
    const struct gan__random random = gan__random_make(h->ctx->seed, GAN__PURPOSE_NOISE,
                                                       (uint64_t)h->draws++, gan__hash("input"));
    ASSERT_OK(h->ctx,
              gan__layer_noise(h->ctx, &noise, gan__layer_input(h->g, 0), h->batch, 0, random));
    ASSERT_OK(h->ctx, gan_layer_forward(h->g, &out, noise, 1));
    h->forwards++;
    gan_tensor_destroy(noise);
    return out;
}

static void
hand_real(struct hand *h)
{
    const int64_t shape[] = {h->batch, SIDE, SIDE, 1};
    int64_t indices[SAMPLES];
    float *data = NULL;
    gan_tensor_destroy(h->real);
    ASSERT_OK(h->ctx, gan_dataset_batch(h->dataset, indices, h->batch, h->batches++));
    ASSERT_OK(h->ctx, gan_tensor_create(h->ctx, &h->real, shape, 4, NULL));
    ASSERT_OK(h->ctx, gan_tensor_data(h->real, &data));
    ASSERT_OK(h->ctx, gan_dataset_read(h->dataset, data, NULL, indices, h->batch));
}

static gan_tensor *
add_noise(const struct hand *h, gan_tensor *x)
{
    static float values[SAMPLES * PIXELS];
    const int64_t shape[] = {h->batch, SIDE, SIDE, 1};
    gan_tensor *noise = NULL, *sum = NULL;
    gan__random_normal(
        gan__random_make(h->ctx->seed, GAN__PURPOSE_INSTANCE_NOISE, (uint64_t)h->forwards, 0), 0,
        h->batch * PIXELS, values);
    for (int64_t i = 0; i < h->batch * PIXELS; i++) {
        values[i] *= (float)(h->noise * left(h));
    }
    ASSERT_OK(h->ctx, gan_tensor_create(h->ctx, &noise, shape, 4, values));
    ASSERT_OK(h->ctx, gan_add(h->ctx, &sum, x, noise));
    gan_tensor_destroy(noise);
    return sum;
}

/* Pictures 0, 2, 4, ... and 1, 3, 5, ... as two channels. */
static gan_tensor *
pack_two(const struct hand *h, gan_tensor *x)
{
    const int64_t pairs[] = {h->batch / 2, 2, SIDE, SIDE, 1}, one[] = {h->batch / 2, SIDE, SIDE, 1};
    gan_tensor *apart = NULL, *pieces[2] = {NULL}, *packed = NULL;
    ASSERT_OK(h->ctx, gan_reshape(h->ctx, &apart, x, pairs, 5));
    for (int i = 0; i < 2; i++) {
        gan_tensor *piece = NULL;
        ASSERT_OK(h->ctx, gan_slice(h->ctx, &piece, apart, 1, i, 1));
        ASSERT_OK(h->ctx, gan_reshape(h->ctx, &pieces[i], piece, one, 4));
        gan_tensor_destroy(piece);
    }
    ASSERT_OK(h->ctx, gan_concat(h->ctx, &packed, pieces, 2, 3));
    gan_tensor_destroy(apart);
    gan_tensor_destroy(pieces[0]);
    gan_tensor_destroy(pieces[1]);
    return packed;
}

/* On the way to D's next forward. */
static gan_tensor *
enter(const struct hand *h, gan_tensor *x)
{
    gan_tensor_retain(x);
    if (h->augment != NULL) {
        struct gan__augmentation what;
        gan_tensor *made = NULL;
        ASSERT_OK(h->ctx, gan__augmentation_parse(h->ctx, &what, h->augment));
        ASSERT_OK(h->ctx, gan__augmentation_apply(
                              h->ctx, &made, x, &what,
                              gan__random_make(h->ctx->seed, GAN__PURPOSE_AUGMENT,
                                               (uint64_t)h->forwards, gan__hash("trainer"))));
        swap(&x, made);
    }
    if (h->noise != 0) {
        swap(&x, add_noise(h, x));
    }
    if (h->pac == 2) {
        swap(&x, pack_two(h, x));
    }
    return x;
}

static gan_tensor *
run_d(struct hand *h, gan_tensor *x, bool update)
{
    const struct gan__pass pass = {.training = true, .update_statistics = update};
    const struct gan__feed feed = {"input", x};
    gan_tensor *logits = NULL;
    ASSERT_OK(h->ctx, gan__layer_run(h->d, &logits, &feed, 1, &pass));
    h->forwards++;
    return logits;
}

static void
scale(const struct hand *h, gan_tensor **loss)
{
    if (h->accumulate > 1) {
        gan_tensor *scaled = NULL;
        ASSERT_OK(h->ctx, gan_affine(h->ctx, &scaled, *loss, 1.0 / (double)h->accumulate, 0));
        swap(loss, scaled);
    }
}

static void
add_penalty(struct hand *h, gan_penalty *penalty, gan_tensor **loss, gan_tensor *real,
            gan_tensor *fake)
{
    gan_tensor *value = NULL, *sum = NULL;
    ASSERT_OK(h->ctx, gan_penalty_apply(penalty, &value, h->d, real, fake, h->batches - 1));
    h->penalty += (double)gan__data(value)[0] / (double)h->accumulate;
    ASSERT_OK(h->ctx, gan_add(h->ctx, &sum, *loss, value));
    swap(loss, sum);
    gan_tensor_destroy(value);
    /* The trainer's own passes over D: those on other points than the two batches. */
    h->forwards += penalty->class->where == GAN__PENALTY_OWN;
}

static gan_tensor *
hand_d_batch(struct hand *h)
{
    gan_tensor *fake, *fixed = NULL, *real, *loss = NULL, *r, *f;
    hand_real(h);
    h->loss->draw = (uint64_t)(h->batches - 1);
    fake = hand_generate(h);
    ASSERT_OK(h->ctx, gan_tensor_detach(fake, &fixed));
    real = enter(h, h->real);
    r = run_d(h, real, true);
    swap(&fixed, enter(h, fixed));
    f = run_d(h, fixed, true);
    ASSERT_OK(h->ctx, gan_loss_discriminator(h->loss, &loss, r, f));
    for (int i = 0; i < 2 && h->penalties[i] != NULL; i++) {
        add_penalty(h, h->penalties[i], &loss, real, fixed);
    }
    h->d_loss += (double)gan__data(loss)[0] / (double)h->accumulate;
    scale(h, &loss);
    ASSERT_OK(h->ctx, gan_backward(h->ctx, loss, 0));
    gan_tensor *const used[] = {real, fixed, r, f, loss};
    for (int i = 0; i < 5; i++) {
        gan_tensor_destroy(used[i]);
    }
    return fake;
}

/* What D makes of x at the layer that is matched: by a network that ends there. */
static gan_tensor *
features(struct hand *h, gan_tensor *x)
{
    gan_tensor *out = NULL;
    for (int64_t i = 0; i < gan__layer_tensor_count(h->front); i++) {
        const struct gan__layer_tensor *t = &gan__layer_tensors(h->front)[i];
        gan_tensor *from = NULL;
        ASSERT_OK(h->ctx, gan_layer_find_parameter(h->d, &from, t->name));
        memcpy(gan__data(t->tensor), gan__data(from), (size_t)from->count * sizeof(float));
        gan_tensor_destroy(from);
    }
    ASSERT_OK(h->ctx, gan_layer_forward(h->front, &out, x, 1));
    return out;
}

static gan_tensor *
distance(struct hand *h, gan_tensor *real, gan_tensor *fake)
{
    static const int32_t axis[] = {0};
    gan_tensor *both[2] = {features(h, real), features(h, fake)}, *difference = NULL, *out = NULL;
    for (int i = 0; i < 2; i++) {
        gan_tensor *mean = NULL;
        ASSERT_OK(h->ctx, gan_mean(h->ctx, &mean, both[i], axis, 1, 0));
        swap(&both[i], mean);
    }
    ASSERT_OK(h->ctx, gan_sub(h->ctx, &difference, both[1], both[0]));
    ASSERT_OK(h->ctx, gan_mul(h->ctx, &out, difference, difference));
    swap(&difference, NULL);
    ASSERT_OK(h->ctx, gan_sum(h->ctx, &difference, out, NULL, 0, 0));
    swap(&out, NULL);
    ASSERT_OK(h->ctx, gan_affine(h->ctx, &out, difference, h->matching * left(h), 0));
    gan_tensor_destroy(difference);
    gan_tensor_destroy(both[0]);
    gan_tensor_destroy(both[1]);
    return out;
}

static void
hand_g_batch(struct hand *h, gan_tensor *fake)
{
    gan_tensor *real = NULL, *r = NULL, *f, *loss = NULL;
    if (h->takes_real || h->front != NULL) {
        real = enter(h, h->real);
        r = run_d(h, real, false);
    }
    swap(&fake, enter(h, fake));
    f = run_d(h, fake, false);
    if (h->front == NULL || !h->replace) {
        ASSERT_OK(h->ctx, gan_loss_generator(h->loss, &loss, r, f));
    }
    if (h->front != NULL) {
        gan_tensor *term = distance(h, real, fake), *sum = NULL;
        if (loss != NULL) {
            ASSERT_OK(h->ctx, gan_add(h->ctx, &sum, loss, term));
            swap(&term, sum);
        }
        swap(&loss, term);
    }
    h->g_loss += (double)gan__data(loss)[0] / (double)h->accumulate;
    scale(h, &loss);
    ASSERT_OK(h->ctx, gan_backward(h->ctx, loss, 0));
    gan_tensor *const used[] = {fake, real, r, f, loss};
    for (int i = 0; i < 5; i++) {
        gan_tensor_destroy(used[i]);
    }
}

static void
hand_step(struct hand *h)
{
    gan_tensor *fake = NULL;
    h->g_loss = 0;
    ASSERT_OK(h->ctx, gan_loss_set_step(h->loss, h->step));
    for (int64_t k = 0; k < h->d_steps; k++) {
        h->d_loss = h->penalty = 0;
        ASSERT_OK(h->ctx, gan_layer_clear_gradients(h->d));
        for (int64_t i = 0; i < h->accumulate; i++) {
            swap(&fake, hand_d_batch(h));
        }
        ASSERT_OK(h->ctx, gan_optimizer_step(h->optimizers[1]));
    }
    ASSERT_OK(h->ctx, gan_layer_clear_gradients(h->g));
    for (int64_t i = 0; i < h->accumulate; i++) {
        hand_g_batch(h, i == 0 ? fake : hand_generate(h));
    }
    ASSERT_OK(h->ctx, gan_optimizer_step(h->optimizers[0]));
    ASSERT_OK(h->ctx, gan_layer_clear_gradients(h->g));
    h->step++;
}

static void
check_near(gan_layer *a, gan_layer *b, double tolerance)
{
    ck_assert_int_eq(gan__layer_tensor_count(a), gan__layer_tensor_count(b));
    for (int64_t i = 0; i < gan__layer_tensor_count(a); i++) {
        const struct gan__layer_tensor *x = &gan__layer_tensors(a)[i],
                                       *y = &gan__layer_tensors(b)[i];
        double most = 0;
        for (int64_t k = 0; k < x->tensor->count; k++) {
            const double difference =
                fabs((double)gan__data(x->tensor)[k] - (double)gan__data(y->tensor)[k]);
            most = difference > most ? difference : most;
        }
        ck_assert_msg(most <= tolerance, "%s differs by %g", x->name, most);
    }
}

#define FRONT                                                                                      \
    "gan-network 1\ninput shape=8x8x1\nconv2d filters=5 kernel=4 stride=2 padding=1\n"             \
    "leaky_relu\nconv2d filters=6 kernel=4 stride=2 padding=1 bias=false\nlayer_norm\n"            \
    "leaky_relu name=features\n"
#define PACKED_FRONT                                                                               \
    "gan-network 1\ninput shape=8x8x2\nconv2d filters=5 kernel=4 stride=2 padding=1\n"             \
    "leaky_relu name=features\n"

static const struct {
    const char *discriminator, *loss, *penalties[2], *options, *front;
    struct hand hand;
} loops[] = {
    {plain_discriminator, "relativistic_average", {NULL}, "", NULL, {.takes_real = true}},
    {plain_discriminator,
     "non_saturating smoothing=linear(0.4,0,4) flipping=0.3",
     {"gradient_penalty batch_coupled=allow lambda=cosine(3,1,3)"},
     "",
     NULL,
     {.step = 0}},
    {critic,
     "hinge",
     {NULL},
     "instance_noise=linear(0.25,0,4) feature_matching=features "
     "feature_matching_weight=linear(2,0,4) feature_matching_mode=add",
     FRONT,
     {.noise = 0.25, .matching = 2, .fades = true}},
    {critic, "relativistic_pairing", {NULL}, "", NULL, {.takes_real = true}},
    {critic, "relativistic_pairing", {"r1"}, "d_steps=3", NULL, {.takes_real = true, .d_steps = 3}},
    {plain_discriminator,
     "least_squares smoothing=0.1 smoothing_sides=two flipping=0.3",
     {NULL},
     "d_steps=2 accumulate=2",
     NULL,
     {.accumulate = 2, .d_steps = 2}},
    {critic, "hinge", {NULL}, "instance_noise=0.25", NULL, {.noise = 0.25}},
    {plain_discriminator, "standard", {NULL}, "augment=fill=-1", NULL, {.augment = "fill=-1"}},
    {packed_critic, "least_squares", {NULL}, "pac=2", NULL, {.pac = 2}},
    {plain_discriminator, "non_saturating", {NULL}, "accumulate=3", NULL, {.accumulate = 3}},
    {critic, "hinge", {NULL}, "feature_matching=features", FRONT, {.replace = true, .matching = 1}},
    {critic,
     "non_saturating",
     {NULL},
     "feature_matching=features feature_matching_weight=0.5 feature_matching_mode=add",
     FRONT,
     {.matching = 0.5}},
    {critic, "wasserstein", {"gradient_penalty"}, "", NULL, {.step = 0}},
    {critic, "hinge", {"r1", "r2"}, "", NULL, {.step = 0}},
    {critic, "hinge", {"dragan", "zero_centered"}, "augment=fill=0", NULL, {.augment = "fill=0"}},
    {packed_critic,
     "relativistic_pairing",
     {"r1", "gradient_penalty"},
     "pac=2 augment=policy=translation,cutout instance_noise=0.1 feature_matching=features "
     "feature_matching_mode=add accumulate=2",
     PACKED_FRONT,
     {.augment = "policy=translation,cutout",
      .noise = 0.1,
      .pac = 2,
      .takes_real = true,
      .matching = 1,
      .accumulate = 2}},
};
enum { LOOPS = sizeof loops / sizeof loops[0] };

/* "kind options" cut at the first space. */
static const char *
cut(char text[100], const char *kind_and_options)
{
    snprintf(text, 100, "%s", kind_and_options);
    char *space = strchr(text, ' ');
    if (space == NULL) {
        return NULL;
    }
    *space = '\0';
    return space + 1;
}

static void
open_hand(struct hand *h, struct fixture *f, int i)
{
    char kind[100];
    gan_loss *loss = NULL;
    *h = loops[i].hand;
    h->ctx = f->ctx;
    h->dataset = f->dataset;
    h->batch = 8;
    h->accumulate = h->accumulate == 0 ? 1 : h->accumulate;
    h->pac = h->pac == 0 ? 1 : h->pac;
    h->d_steps = h->d_steps == 0 ? 1 : h->d_steps;
    const char *options = cut(kind, loops[i].loss);
    ASSERT_OK(f->ctx, gan_loss_create(f->ctx, &h->loss, kind, options));
    ASSERT_OK(f->ctx, gan_loss_create(f->ctx, &loss, kind, options));
    ASSERT_OK(f->ctx, gan_trainer_set_loss(f->trainer, loss));
    gan_loss_destroy(loss);
    for (int k = 0; k < 2 && loops[i].penalties[k] != NULL; k++) {
        options = cut(kind, loops[i].penalties[k]);
        ASSERT_OK(f->ctx, gan_penalty_create(f->ctx, &h->penalties[k], kind, options));
        ASSERT_OK(f->ctx, gan_trainer_add_penalty(f->trainer, h->penalties[k]));
    }
    ASSERT_OK(f->ctx, gan__layer_clone(f->generator, &h->g));
    ASSERT_OK(f->ctx, gan__layer_clone(f->discriminator, &h->d));
    if (loops[i].front != NULL) {
        ASSERT_OK(f->ctx, gan_layer_parse(f->ctx, &h->front, loops[i].front));
    }
    for (int k = 0; k < 2; k++) {
        ASSERT_OK(f->ctx,
                  gan_optimizer_create(f->ctx, &h->optimizers[k], "sgd", "lr=1e-2 momentum=0.5"));
        ASSERT_OK(f->ctx, gan_optimizer_attach(h->optimizers[k], k == 0 ? h->g : h->d));
    }
}

static void
close_hand(struct hand *h)
{
    gan_layer *const layers[] = {h->g, h->d, h->front};
    for (int i = 0; i < 3; i++) {
        gan_layer_destroy(layers[i]);
    }
    for (int i = 0; i < 2; i++) {
        gan_optimizer_destroy(h->optimizers[i]);
        gan_penalty_destroy(h->penalties[i]);
    }
    gan_loss_destroy(h->loss);
    gan_tensor_destroy(h->real);
}

static double
get(gan_context *ctx, const gan_record *record, const char *name)
{
    double value = -1;
    ASSERT_OK(ctx, gan_record_get(record, &value, name));
    return value;
}

START_TEST(test_against_a_loop_by_hand)
{
    const gan_record *record = NULL;
    struct fixture f;
    struct hand h;
    char options[400];
    snprintf(options, sizeof options,
             "batch=8 average=false generator=\"sgd lr=1e-2 momentum=0.5\" discriminator=\"sgd "
             "lr=1e-2 momentum=0.5\" %s",
             loops[_i].options);
    fixture_open(&f, "threads=2 seed=3", NULL, plain_generator, loops[_i].discriminator, options);
    open_hand(&h, &f, _i);
    for (int step = 1; step <= 4; step++) {
        ASSERT_OK(f.ctx, gan_trainer_step(f.trainer, &record));
        hand_step(&h);
        const double scale = 1 + fabs(h.d_loss);
        ck_assert_double_eq_tol(get(f.ctx, record, "d_loss"), h.d_loss, 1e-5 * scale);
        ck_assert_double_eq_tol(get(f.ctx, record, "penalty"), h.penalty, 1e-5 * scale);
        ck_assert_double_eq_tol(get(f.ctx, record, "g_loss"), h.g_loss, 1e-5);
        ck_assert(get(f.ctx, record, "d_updates") == (double)h.d_steps);
        ck_assert_int_eq(f.trainer->counters.forwards, h.forwards);
        check_near(f.generator, h.g, 2e-6);
        check_near(f.discriminator, h.d, 2e-6);
    }
    close_hand(&h);
    fixture_close(&f);
}
END_TEST

/* ---- schedules ---- */

/* A rate that changes by itself, and one that is set before each step. */
START_TEST(test_schedules_count_the_trainers_steps)
{
    struct fixture f, set;
    fixture_open(&f, "threads=1", NULL, plain_generator, plain_discriminator,
                 "batch=8 d_steps=2 g_steps=2 generator=\"sgd lr=linear(0.1,0,4)\" "
                 "discriminator=\"sgd lr=linear(0.2,0.1,2)\"");
    fixture_open(&set, "threads=1", NULL, plain_generator, plain_discriminator,
                 "batch=8 d_steps=2 g_steps=2 generator=\"sgd lr=1\" discriminator=\"sgd lr=1\"");
    for (int step = 0; step < 6; step++) {
        char g[60], d[60];
        snprintf(g, sizeof g, "lr=%.17g", step < 4 ? 0.1 * (1 - step / 4.0) : 0);
        snprintf(d, sizeof d, "lr=%.17g",
                 step < 2 ? 0.2 * (1 - step / 2.0) + 0.1 * (step / 2.0) : 0.1);
        ASSERT_OK(set.ctx, gan_optimizer_set(set.trainer->generator.optimizer, g));
        ASSERT_OK(set.ctx, gan_optimizer_set(set.trainer->discriminator.optimizer, d));
        fixture_steps(&f, 1);
        fixture_steps(&set, 1);
        ck_assert_uint_eq(fixture_hash(&f), fixture_hash(&set));
    }
    fixture_close(&f);
    fixture_close(&set);
}
END_TEST

/* ---- gradients of several batches ---- */

/* Two batches of 4 move the networks as one of 8 does, where nothing looks across the batch. G
 * makes the same picture of every noise, for the noise of the two cannot be the same. */
START_TEST(test_accumulate_is_a_larger_batch)
{
    static const char generator[] = "gan-network 1\n"
                                    "input shape=6 noise=normal\n"
                                    "dense units=32 init=zeros trainable=false\n"
                                    "dense units=64\n"
                                    "tanh\n"
                                    "reshape shape=8x8x1\n";
    static const char discriminator[] = "gan-network 1\n"
                                        "input shape=8x8x1\n"
                                        "conv2d filters=5 kernel=4 stride=2 padding=1\n"
                                        "leaky_relu\n"
                                        "flatten\n"
                                        "dense units=1\n";
#define SGD "generator=\"sgd lr=0.1\" discriminator=\"sgd lr=0.1\" penalties=\"r1 gamma=1\" "
    const gan_record *large_record = NULL, *record = NULL;
    struct fixture f, large;
    fixture_open(&f, "threads=1", NULL, generator, discriminator, SGD "batch=4 accumulate=2");
    fixture_open(&large, "threads=1", NULL, generator, discriminator, SGD "batch=8");
    for (int step = 0; step < 5; step++) {
        ASSERT_OK(f.ctx, gan_trainer_step(f.trainer, &record));
        ASSERT_OK(large.ctx, gan_trainer_step(large.trainer, &large_record));
        check_near(f.generator, large.generator, 1e-6);
        check_near(f.discriminator, large.discriminator, 1e-6);
        check_near(f.trainer->average, large.trainer->average, 1e-6);
        static const char *const names[] = {"d_loss",     "g_loss",          "d_real",
                                            "d_accuracy", "d_gradient_norm", "epoch"};
        for (int i = 0; i < 6; i++) {
            ck_assert_double_eq_tol(get(f.ctx, record, names[i]),
                                    get(large.ctx, large_record, names[i]), 1e-5);
        }
    }
    fixture_close(&f);
    fixture_close(&large);
}
END_TEST

/* ---- the average ---- */

/* Its batch_norm's statistics are estimated when it is looked at, spectral_norm's vectors stay. */
START_TEST(test_average_of_spectral_norm)
{
    struct fixture f;
    static float samples[4 * PIXELS];
    fixture_open(&f, "threads=1", NULL, spectral_generator, spectral_critic, "batch=8");
    fixture_steps(&f, 3);
    const uint64_t hash = fixture_hash(&f);
    ck_assert(f.trainer->average_has_statistics);
    ASSERT_OK(f.ctx, gan_trainer_generate(f.trainer, samples, 4, NULL));
    ck_assert_uint_eq(fixture_hash(&f), hash);
    fixture_close(&f);
}
END_TEST

/* ---- weight clipping ---- */

START_TEST(test_clip)
{
    struct fixture f;
    double most = 0;
    fixture_open(&f, "threads=1", NULL, plain_generator, plain_discriminator,
                 "batch=8 loss=\"wasserstein clip=0.03\"");
    fixture_steps(&f, 1);
    for (int64_t i = 0; i < gan__layer_tensor_count(f.discriminator); i++) {
        const struct gan__layer_tensor *t = &gan__layer_tensors(f.discriminator)[i];
        for (int64_t k = 0; !t->buffer && k < t->tensor->count; k++) {
            most = fmax(most, fabs((double)gan__data(t->tensor)[k]));
        }
        if (t->buffer && strstr(t->name, "running_var") != NULL) {
            ck_assert(gan__data(t->tensor)[0] > 0.5f); /* buffers stay */
        }
    }
    ck_assert(most == (double)0.03f);
    fixture_close(&f);
}
END_TEST

/* ---- steps that follow the accuracy ---- */

struct follower {
    double mean;
    int64_t looks;
};

static void
follow(struct follower *follower, double accuracy)
{
    follower->mean =
        follower->looks++ == 0 ? accuracy : 0.9 * follower->mean + (1 - 0.9) * accuracy;
}

START_TEST(test_skips_steps)
{
    const gan_record *record = NULL;
    struct follower follower = {0};
    struct fixture f;
    int skipped = 0, moved = 0;
    fixture_open(&f, "threads=1 seed=1", NULL, plain_generator, critic,
                 "batch=8 d_skip_above=0.8 penalties=\"r1 gamma=1 interval=2\" "
                 "discriminator=\"adam lr=5e-3 beta1=0.5\" generator=\"sgd lr=0\"");
    for (int step = 0; step < 40; step++) {
        const bool skips = follower.looks > 0 && follower.mean > 0.8;
        gan_layer *before = NULL;
        ASSERT_OK(f.ctx, gan__layer_clone(f.discriminator, &before));
        ASSERT_OK(f.ctx, gan_trainer_step(f.trainer, &record));
        follow(&follower, get(f.ctx, record, "d_accuracy"));
        ck_assert_double_eq_tol(f.trainer->counters.accuracy, follower.mean, 1e-12);
        ck_assert(get(f.ctx, record, "d_updates") == (skips ? 0 : 1));
        ck_assert(get(f.ctx, record, "epoch") == (double)((step + 1) / 5)); /* it draws its batch */
        ck_assert((get(f.ctx, record, "d_gradient_norm") == 0) == skips);
        ck_assert((get(f.ctx, record, "penalty") == 0) == (skips || moved % 2 != 0));
        ck_assert(get(f.ctx, record, "d_loss") != 0);
        if (skips) {
            check_near(before, f.discriminator, 0);
        }
        skipped += skips;
        moved += !skips;
        gan_layer_destroy(before);
    }
    ck_assert_int_gt(skipped, 3);
    ck_assert_int_gt(moved, 3);
    fixture_close(&f);
}
END_TEST

/* A step that is skipped leaves the running statistics too. */
START_TEST(test_skipped_steps_move_nothing)
{
    struct fixture f;
    gan_layer *before = NULL;
    fixture_open(&f, "threads=1", NULL, plain_generator, plain_discriminator,
                 "batch=8 d_skip_above=0.01");
    fixture_steps(&f, 1);
    ASSERT_OK(f.ctx, gan__layer_clone(f.discriminator, &before));
    fixture_steps(&f, 2);
    check_near(before, f.discriminator, 0);
    gan_layer_destroy(before);
    fixture_close(&f);
}
END_TEST

/* Lazy penalties count updates, not batches or steps; their schedules count steps. */
START_TEST(test_lazy_penalties_count_updates)
{
    const gan_record *record = NULL;
    struct fixture f;
    fixture_open(&f, "threads=1", NULL, plain_generator, critic,
                 "batch=8 accumulate=2 d_steps=2 "
                 "penalties=\"r1 interval=3; r2 gamma=linear(1,0,1)\"");
    for (int step = 0; step < 6; step++) {
        ASSERT_OK(f.ctx, gan_trainer_step(f.trainer, &record));
        /* The last of updates 2 * step and 2 * step + 1. */
        ck_assert((get(f.ctx, record, "penalty") > 0) == (step == 0 || (2 * step + 1) % 3 == 0));
        ck_assert(get(f.ctx, record, "d_updates") == 2);
    }
    fixture_close(&f);
}
END_TEST

START_TEST(test_repeats_steps)
{
    const gan_record *record = NULL;
    struct fixture f;
    int64_t batches = 0;
    bool more = false, usual = false;
    fixture_open(&f, "threads=1 seed=1", NULL, plain_generator, plain_discriminator,
                 "batch=8 d_repeat_below=0.8 d_steps_maximum=4 "
                 "discriminator=\"adam lr=1e-3 beta1=0.5\"");
    for (int step = 0; step < 60; step++) {
        ASSERT_OK(f.ctx, gan_trainer_step(f.trainer, &record));
        const int64_t taken = f.trainer->counters.batches - batches;
        batches = f.trainer->counters.batches;
        ck_assert_int_ge(taken, 1);
        ck_assert_int_le(taken, 4);
        ck_assert(get(f.ctx, record, "d_updates") == (double)taken);
        /* It stopped because the mean was high enough, or at the most. */
        ck_assert(f.trainer->counters.accuracy >= 0.8 || taken == 4);
        more = more || taken == 4;
        usual = usual || taken == 1;
    }
    ck_assert(more && usual);
    fixture_close(&f);
}
END_TEST

/* ---- the record and discriminate ---- */

START_TEST(test_record_of_losses)
{
    static const struct {
        const char *loss;
        bool probability, accuracy, critic;
    } rows[] = {{"standard", true, true, false},
                {"non_saturating", true, true, false},
                {"hinge", false, true, false},
                {"least_squares", true, true, false},
                {"wasserstein", false, false, true},
                {"wgan_gp", false, false, true},
                {"relativistic_average", false, true, false},
                {"relativistic_pairing", false, true, false}};
    const gan_record *record = NULL;
    struct fixture f;
    char options[60];
    double value;
    float samples[2 * PIXELS] = {0}, probabilities[2];
    snprintf(options, sizeof options, "batch=8 loss=%s", rows[_i].loss);
    fixture_open(&f, "threads=1", NULL, plain_generator, critic, options);
    ASSERT_OK(f.ctx, gan_trainer_step(f.trainer, &record));
    const struct {
        const char *name, *sentence;
        bool there;
    } values[] = {{"d_real", "is no probability", rows[_i].probability},
                  {"d_generated", "is no probability", rows[_i].probability},
                  {"d_accuracy", "output has no threshold", rows[_i].accuracy},
                  {"critic_distance", "is no critic", rows[_i].critic}};
    for (int i = 0; i < 4; i++) {
        if (values[i].there) {
            ASSERT_OK(f.ctx, gan_record_get(record, &value, values[i].name));
        } else {
            ASSERT_FAILS(f.ctx, gan_record_get(record, &value, values[i].name), GAN_E_UNSUPPORTED,
                         values[i].sentence);
        }
    }
    if (rows[_i].probability) {
        ASSERT_OK(f.ctx, gan_trainer_discriminate(f.trainer, probabilities, samples, 2, NULL));
        ck_assert(probabilities[0] >= 0 && probabilities[0] <= 1);
    } else {
        ASSERT_FAILS(f.ctx, gan_trainer_discriminate(f.trainer, probabilities, samples, 2, NULL),
                     GAN_E_UNSUPPORTED, "is no probability");
    }
    if (rows[_i].critic) {
        ck_assert_double_eq_tol(get(f.ctx, record, "critic_distance"),
                                get(f.ctx, record, "penalty") - get(f.ctx, record, "d_loss"), 1e-5);
    }
    fixture_close(&f);
}
END_TEST

START_TEST(test_discriminate_with_pac)
{
    struct fixture f;
    static float pictures[10 * PIXELS], packed[10 * PIXELS];
    float all[5], some[5];
    fixture_open(&f, "threads=1", NULL, plain_generator, packed_critic, "batch=8 pac=2");
    fixture_steps(&f, 2);
    for (int i = 0; i < 10 * PIXELS; i++) {
        pictures[i] = (float)(i * 7 % 23) / 11.0f - 1.0f;
    }
    ASSERT_OK(f.ctx, gan_trainer_discriminate(f.trainer, all, pictures, 10, NULL));
    ASSERT_OK(f.ctx, gan_trainer_discriminate(f.trainer, some, pictures, 10, "batch=5"));
    ck_assert(memcmp(all, some, sizeof all) == 0);
    ASSERT_OK(f.ctx, gan_trainer_discriminate(f.trainer, some, pictures, 10, "batch=1"));
    ck_assert(memcmp(all, some, sizeof all) == 0);
    /* The same by D itself, on pictures interleaved by hand. */
    const int64_t shape[] = {5, SIDE, SIDE, 2};
    gan_tensor *x = NULL, *logits = NULL;
    for (int i = 0; i < 5; i++) {
        for (int k = 0; k < PIXELS; k++) {
            packed[(i * PIXELS + k) * 2] = pictures[2 * i * PIXELS + k];
            packed[(i * PIXELS + k) * 2 + 1] = pictures[(2 * i + 1) * PIXELS + k];
        }
    }
    ASSERT_OK(f.ctx, gan_tensor_create(f.ctx, &x, shape, 4, packed));
    ASSERT_OK(f.ctx, gan_layer_forward(f.discriminator, &logits, x, 0));
    for (int i = 0; i < 5; i++) {
        ck_assert_double_eq_tol((double)all[i], 1 / (1 + exp(-(double)gan__data(logits)[i])), 1e-6);
    }
    ASSERT_FAILS(f.ctx, gan_trainer_discriminate(f.trainer, all, pictures, 9, NULL), GAN_E_ARG,
                 "count is 9; wanted a multiple of pac=2");
    gan_tensor_destroy(x);
    gan_tensor_destroy(logits);
    fixture_close(&f);
}
END_TEST

Suite *
methods_suite(void)
{
    Suite *suite = suite_create("methods");
    TCase *tcase = tcase_create("methods");
    tcase_set_timeout(tcase, 240);
    tcase_add_loop_test(tcase, test_against_a_loop_by_hand, 0, LOOPS);
    tcase_add_test(tcase, test_schedules_count_the_trainers_steps);
    tcase_add_test(tcase, test_accumulate_is_a_larger_batch);
    tcase_add_test(tcase, test_average_of_spectral_norm);
    tcase_add_test(tcase, test_clip);
    tcase_add_test(tcase, test_skips_steps);
    tcase_add_test(tcase, test_skipped_steps_move_nothing);
    tcase_add_test(tcase, test_lazy_penalties_count_updates);
    tcase_add_test(tcase, test_repeats_steps);
    tcase_add_loop_test(tcase, test_record_of_losses, 0, 8);
    tcase_add_test(tcase, test_discriminate_with_pac);
    suite_add_tcase(suite, tcase);
    return suite;
}
