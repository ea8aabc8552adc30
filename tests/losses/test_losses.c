/* Losses: values and gradients against PyTorch's in float64, bad input, and memory that runs out. */
#include "losses/loss.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "oracle/failing_host.h"
#include "oracle/losses.h"

static const char *const kinds[] = {
#define GAN__ROW(name) #name,
#include "losses/list.h"
#undef GAN__ROW
};

enum { KIND_COUNT = sizeof kinds / sizeof kinds[0], BATCH = 11 };

static gan_context *ctx;

static void
setup(void)
{
    ASSERT_OK(ctx, gan_context_create(&ctx, "threads=1 seed=7", NULL));
}

static void
teardown(void)
{
    gan_context_destroy(ctx);
    ctx = NULL;
}

static gan_tensor *
column(const float *values, int64_t count)
{
    gan_tensor *tensor = NULL;

    ASSERT_OK(ctx, gan_tensor_create(ctx, &tensor, (const int64_t[]){count, 1}, 2, values));
    ASSERT_OK(ctx, gan_tensor_set_requires_grad(tensor, 1));
    return tensor;
}

static gan_loss *
make(const char *kind)
{
    gan_loss *loss = NULL;

    ASSERT_OK(ctx, gan_loss_create(ctx, &loss, kind, NULL));
    return loss;
}

/* "kind key=value ...\n" */
static gan_loss *
make_text(const char *text)
{
    char kind[64];
    gan_loss *loss = NULL;
    const size_t length = strcspn(text, " \n");

    memcpy(kind, text, length);
    kind[length] = '\0';
    ASSERT_OK(ctx, gan_loss_create(ctx, &loss, kind, text + length));
    return loss;
}

static gan_tensor *
drawn(const char *name, bool variable)
{
    const struct oracle_fill *fill = oracle_fill_find(losses_fills, name);
    float values[BATCH];
    gan_tensor *tensor;

    ck_assert_int_eq(fill->count, BATCH);
    oracle_draw(fill, values);
    tensor = column(values, BATCH);
    ASSERT_OK(ctx, gan_tensor_set_requires_grad(tensor, variable));
    return tensor;
}

static float
number(gan_tensor *tensor)
{
    float value = NAN;
    int32_t rank = -1;

    ASSERT_OK(ctx, gan_tensor_shape(tensor, NULL, 0, &rank));
    ck_assert_int_eq(rank, 0);
    ASSERT_OK(ctx, gan_tensor_read(tensor, &value, 1));
    return value;
}

static void
close_to(float found, float wanted, const char *what, float logit)
{
    ck_assert_msg(fabs((double)found - (double)wanted) <= 1e-6 * fabs((double)wanted) + 1e-37,
                  "%s at logit %g: found %.9g, wanted %.9g", what, (double)logit, (double)found,
                  (double)wanted);
}

/* The gradient of value by an input: 0 where it does not depend on it. */
static void
gradients_of(gan_tensor *value, gan_tensor **gradients, gan_tensor *const *inputs, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        gradients[i] = NULL;
    }
    if (value->requires_grad) {
        ASSERT_OK(ctx, gan_grad(ctx, gradients, &value, 1, inputs, count, 1));
    }
}

/* Value and derivative by one logit. */
static void
single(gan_loss *loss, bool discriminator, gan_tensor *real, gan_tensor *generated,
       gan_tensor *variable, const float wanted[2], float logit)
{
    gan_tensor *value = NULL, *gradient = NULL;
    float derivative = 0;

    if (discriminator) {
        ASSERT_OK(ctx, gan_loss_discriminator(loss, &value, real, generated));
    } else {
        ASSERT_OK(ctx, gan_loss_generator(loss, &value, real, generated));
    }
    close_to(number(value), wanted[0], "value", logit);
    gradients_of(value, &gradient, &variable, 1);
    if (gradient != NULL) {
        ASSERT_OK(ctx, gan_tensor_read(gradient, &derivative, 1));
    }
    close_to(derivative, wanted[1], "derivative", logit);
    gan_tensor_destroy(gradient);
    gan_tensor_destroy(value);
}

START_TEST(test_single_logits)
{
    const struct oracle_numbers *logits = oracle_find(losses_numbers, "logits");
    char name[64];

    snprintf(name, sizeof name, "%s.singles", kinds[_i]);
    const struct oracle_numbers *wanted = oracle_find(losses_numbers, name);
    ck_assert_int_eq(wanted->count, 6 * logits->count);
    gan_loss *loss = make(kinds[_i]);
    for (int64_t i = 0; i < logits->count; i++) {
        const float zero = 0;
        const float logit = logits->values[i];
        const float *row = wanted->values + 6 * i;
        gan_tensor *variable = column(&logit, 1);
        gan_tensor *other = column(&zero, 1);
        single(loss, true, variable, other, variable, row, logit);
        single(loss, true, other, variable, variable, row + 2, logit);
        single(loss, false, loss->class->generator_takes_real ? other : NULL, variable, variable,
               row + 4, logit);
        gan_tensor_destroy(variable);
        gan_tensor_destroy(other);
    }
    gan_loss_destroy(loss);
}
END_TEST

static void __attribute__((format(printf, 3, 4)))
compare(gan_tensor *found, int64_t count, const char *format, ...)
{
    char name[96];
    float values[BATCH] = {0};
    va_list list;

    va_start(list, format);
    vsnprintf(name, sizeof name, format, list);
    va_end(list);
    if (found != NULL) {
        ASSERT_OK(ctx, gan_tensor_read(found, values, count));
    }
    oracle_compare(losses_numbers, name, values, count, 2e-6, 1e-9);
}

/* The weighted sum of the first derivatives, for the second ones. */
static gan_tensor *
weighted_sum(gan_tensor *const *gradients, gan_tensor *const *weights)
{
    gan_tensor *sum = NULL;

    for (int i = 0; i < 2; i++) {
        gan_tensor *product = NULL, *part = NULL, *next = NULL;
        if (gradients[i] == NULL) {
            continue;
        }
        ASSERT_OK(ctx, gan_mul(ctx, &product, gradients[i], weights[i]));
        ASSERT_OK(ctx, gan_sum(ctx, &part, product, NULL, 0, 0));
        if (sum != NULL) {
            ASSERT_OK(ctx, gan_add(ctx, &next, sum, part));
            gan_tensor_destroy(sum);
            gan_tensor_destroy(part);
            sum = next;
        } else {
            sum = part;
        }
        gan_tensor_destroy(product);
    }
    return sum;
}

/* Both derivatives of a side's value by both batches. */
static void
compare_derivatives(gan_tensor *value, gan_tensor *const *logits, const char *name,
                    const char *side)
{
    gan_tensor *first[2], *second[2], *sum,
        *weights[2] = {drawn("weights_real", false), drawn("weights_generated", false)};

    gradients_of(value, first, logits, 2);
    compare(first[0], BATCH, "%s.%s.first.real", name, side);
    compare(first[1], BATCH, "%s.%s.first.generated", name, side);
    sum = weighted_sum(first, weights);
    ck_assert_ptr_nonnull(sum);
    gradients_of(sum, second, logits, 2);
    compare(second[0], BATCH, "%s.%s.second.real", name, side);
    compare(second[1], BATCH, "%s.%s.second.generated", name, side);
    gan_tensor_destroy(sum);
    for (int i = 0; i < 2; i++) {
        gan_tensor_destroy(first[i]);
        gan_tensor_destroy(second[i]);
        gan_tensor_destroy(weights[i]);
    }
}

enum { CASE_COUNT = sizeof losses_texts / sizeof losses_texts[0] - 1 };

START_TEST(test_batch)
{
    const char *name = losses_texts[_i].name;
    gan_tensor *value = NULL;
    gan_loss *loss = make_text(losses_texts[_i].text);
    gan_tensor *logits[2] = {drawn("real", true), drawn("generated", true)};

    ASSERT_OK(ctx, gan_loss_set_step(loss, 5));
    ASSERT_OK(ctx, gan_loss_discriminator(loss, &value, logits[0], logits[1]));
    compare(value, 1, "%s.d", name);
    compare_derivatives(value, logits, name, "d");
    gan_tensor_destroy(value);
    ASSERT_OK(ctx, gan_loss_generator(loss, &value, logits[0], logits[1]));
    compare(value, 1, "%s.g", name);
    compare_derivatives(value, logits, name, "g");
    gan_tensor_destroy(value);
    gan_tensor_destroy(logits[0]);
    gan_tensor_destroy(logits[1]);
    gan_loss_destroy(loss);
}
END_TEST

/* The two batches are averaged each by itself. */
START_TEST(test_batches_of_two_sizes)
{
    const float real[] = {1, 1, 1}, generated[] = {-2};
    gan_tensor *value = NULL;
    gan_loss *loss = make("standard");
    gan_tensor *r = column(real, 3), *f = column(generated, 1);

    ASSERT_OK(ctx, gan_loss_discriminator(loss, &value, r, f));
    ck_assert_double_eq_tol((double)number(value), 0.31326168751822286 + 0.12692801104297249, 1e-6);
    gan_tensor_destroy(value);
    gan_tensor_destroy(r);
    gan_tensor_destroy(f);
    gan_loss_destroy(loss);
}
END_TEST

/* What D's output means, by methods: its probability at 0, 1, -1, 100, -100 and nan (NULL: none),
 * and the number of right ones among 8 (or of 4 pairs; -1: no meaning). NaN is never right. */
static const struct meaning {
    const char *kind;
    const double *probability;
    int right, of;
    bool critic, takes_real;
} meanings[] = {
#define SIGMOID                                                                                    \
    (const double[])                                                                               \
    {                                                                                              \
        0.5, 0.7310585786300049, 0.2689414213699951, 1, 0                                          \
    }
#define CLAMP                                                                                      \
    (const double[])                                                                               \
    {                                                                                              \
        0, 1, 0, 1, 0                                                                              \
    }
    {"standard", SIGMOID, 3, 8, false, false},
    {"non_saturating", SIGMOID, 3, 8, false, false},
    {"hinge", NULL, 3, 8, false, false},
    {"least_squares", CLAMP, 4, 8, false, false},
    {"wasserstein", NULL, -1, 0, true, false},
    {"wgan_gp", NULL, -1, 0, true, false},
    {"relativistic_average", NULL, 1, 4, false, true},
    {"relativistic_pairing", NULL, 1, 4, false, true},
};

START_TEST(test_meaning)
{
    const struct meaning *meaning = &meanings[_i];
    const float logits[] = {0, 1, -1, 100, -100};
    const float real[] = {0.75f, 0.25f, 0, NAN}, generated[] = {0.5f, 0.25f, 1, -0.75f};
    gan_loss *loss = make(meaning->kind);
    gan_tensor *tensor = column(logits, 5), *probability = NULL;
    float found[5];

    ck_assert_int_eq(KIND_COUNT, (int)(sizeof meanings / sizeof meanings[0]));
    ck_assert_int_eq(loss->class->critic, meaning->critic);
    ck_assert_int_eq(loss->class->generator_takes_real, meaning->takes_real);
    ck_assert_int_eq(loss->class->probability != NULL, meaning->probability != NULL);
    if (meaning->probability != NULL) {
        ASSERT_OK(ctx, loss->class->probability(loss, &probability, tensor));
        ASSERT_OK(ctx, gan_tensor_read(probability, found, 5));
        for (int i = 0; i < 5; i++) {
            ck_assert_double_eq_tol((double)found[i], meaning->probability[i], 1e-6);
            ck_assert(found[i] >= 0 && found[i] <= 1);
        }
    }
    ck_assert_int_eq(loss->class->accuracy != NULL, meaning->right >= 0);
    if (meaning->right >= 0) {
        ck_assert_double_eq(loss->class->accuracy(loss, real, generated, 4) * meaning->of,
                            meaning->right);
        ck_assert_double_eq(loss->class->accuracy(loss, real, generated, 0), 0);
    }
    gan_tensor_destroy(probability);
    gan_tensor_destroy(tensor);
    gan_loss_destroy(loss);
}
END_TEST

/* One number not finite does not become a finite loss. */
START_TEST(test_nan_stays)
{
    const float values[2][2] = {{1, NAN}, {1, 2}};
    gan_loss *loss = make(kinds[_i]);
    gan_tensor *value = NULL, *bad = column(values[0], 2), *good = column(values[1], 2);

    ASSERT_OK(ctx, gan_loss_discriminator(loss, &value, bad, good));
    ck_assert(isnan(number(value)));
    gan_tensor_destroy(value);
    ASSERT_OK(ctx, gan_loss_discriminator(loss, &value, good, bad));
    ck_assert(isnan(number(value)));
    gan_tensor_destroy(value);
    ASSERT_OK(ctx, gan_loss_generator(loss, &value, good, bad));
    ck_assert(isnan(number(value)));
    gan_tensor_destroy(value);
    gan_tensor_destroy(bad);
    gan_tensor_destroy(good);
    gan_loss_destroy(loss);
}
END_TEST

static double
discriminator_value(gan_loss *loss, gan_tensor *real, gan_tensor *generated)
{
    gan_tensor *value = NULL;

    ASSERT_OK(ctx, gan_loss_discriminator(loss, &value, real, generated));
    const double found = (double)number(value);
    gan_tensor_destroy(value);
    return found;
}

static const char *const targeted[] = {"standard", "non_saturating", "least_squares"};

/* Which samples are flipped is read off D's derivatives, whose sign the target decides. */
static int64_t
count_flipped(gan_loss *loss, int64_t step, bool *flipped)
{
    enum { MANY = 4000 };
    static float zeros[MANY], found[MANY];
    gan_tensor *value = NULL, *gradients[2], *logits[2];
    int64_t count = 0;

    for (int i = 0; i < MANY; i++) {
        zeros[i] = 0.25f;
    }
    logits[0] = column(zeros, MANY);
    logits[1] = column(zeros, MANY);
    ASSERT_OK(ctx, gan_loss_set_step(loss, step));
    ASSERT_OK(ctx, gan_loss_discriminator(loss, &value, logits[0], logits[1]));
    ASSERT_OK(ctx, gan_grad(ctx, gradients, &value, 1, logits, 2, 0));
    for (int side = 0; side < 2; side++) {
        ASSERT_OK(ctx, gan_tensor_read(gradients[side], found, MANY));
        for (int i = 0; i < MANY; i++) {
            flipped[side * MANY + i] = (found[i] > 0) == (side == 0);
            count += flipped[side * MANY + i];
        }
        gan_tensor_destroy(gradients[side]);
        gan_tensor_destroy(logits[side]);
    }
    gan_tensor_destroy(value);
    return count;
}

START_TEST(test_flipping_statistics)
{
    static bool first[8000], again[8000], other[8000];
    gan_loss *loss = NULL;
    int64_t count, equal_sides = 0, equal_steps = 0;

    ASSERT_OK(ctx, gan_loss_create(ctx, &loss, targeted[_i], "flipping=linear(0,0.2,10)"));
    ck_assert_int_eq(count_flipped(loss, 0, first), 0);
    count = count_flipped(loss, 10, first);
    ck_assert_int_ge(count, 1600 - 5 * 36); /* 5 deviations of binomial(8000, 0.2) */
    ck_assert_int_le(count, 1600 + 5 * 36);
    ck_assert_int_eq(count_flipped(loss, 10, again), count);
    ck_assert_mem_eq(first, again, sizeof first);
    count_flipped(loss, 11, other);
    for (int i = 0; i < 4000; i++) {
        equal_sides += first[i] && first[4000 + i];
        equal_steps += first[i] && other[i];
    }
    /* Independent: 0.04 of 4000 are flipped in both. */
    ck_assert_int_le(equal_sides, 160 + 5 * 13);
    ck_assert_int_le(equal_steps, 160 + 5 * 13);
    gan_loss_destroy(loss);
}
END_TEST

START_TEST(test_targets)
{
    char options[128];
    const float values[2][3] = {{1.5f, -0.5f, 20}, {0.5f, -2, 0.25f}};
    gan_loss *plain = make(targeted[_i]), *flipped = NULL, *ended = NULL;
    gan_tensor *real = column(values[0], 3), *generated = column(values[1], 3), *value[2];

    /* All flipped: the batches have changed places. */
    ASSERT_OK(ctx, gan_loss_create(ctx, &flipped, targeted[_i], "flipping=1"));
    ck_assert_double_eq_tol(discriminator_value(flipped, real, generated),
                            discriminator_value(plain, generated, real), 1e-5);
    gan_loss_destroy(flipped);
    gan_loss_destroy(ended);
    ASSERT_OK(ctx, gan_loss_create(ctx, &ended, targeted[_i], "smoothing=0.2"));
    ASSERT_OK(ctx, gan_loss_create(ctx, &flipped, targeted[_i], "smoothing=0.2 flipping=1"));
    ck_assert_double_eq_tol(discriminator_value(flipped, real, generated),
                            discriminator_value(ended, generated, real), 1e-5);
    gan_loss_destroy(ended);
    /* G's target never moves, and a schedule that is at 0 is no smoothing: the same bits. */
    snprintf(options, sizeof options, "smoothing=linear(0.2,0,%d) flipping=linear(1,0,%d)", 10, 10);
    ASSERT_OK(ctx, gan_loss_create(ctx, &ended, targeted[_i], options));
    ASSERT_OK(ctx, gan_loss_generator(plain, &value[0], NULL, generated));
    ASSERT_OK(ctx, gan_loss_generator(ended, &value[1], NULL, generated));
    ck_assert(number(value[0]) == number(value[1]));
    ck_assert(discriminator_value(ended, real, generated) !=
              discriminator_value(plain, real, generated));
    ASSERT_OK(ctx, gan_loss_set_step(ended, 10));
    ck_assert(discriminator_value(ended, real, generated) ==
              discriminator_value(plain, real, generated));
    gan_tensor_destroy(value[0]);
    gan_tensor_destroy(value[1]);
    gan_tensor_destroy(real);
    gan_tensor_destroy(generated);
    gan_loss_destroy(plain);
    gan_loss_destroy(flipped);
    gan_loss_destroy(ended);
}
END_TEST

static const struct {
    const char *options, *sentence;
} bad_options[] = {
    {"smoothing=0.6", "smoothing"},
    {"smoothing=-0.1", "smoothing"},
    {"smoothing=linear(0.7,0,10)", "smoothing"},
    {"flipping=1.5", "flipping"},
    {"smoothing_sides=three", "smoothing_sides"},
};

START_TEST(test_bad_options)
{
    gan_loss *loss = NULL;

    for (size_t i = 0; i < sizeof bad_options / sizeof bad_options[0]; i++) {
        ASSERT_FAILS(ctx, gan_loss_create(ctx, &loss, "standard", bad_options[i].options),
                     GAN_E_ARG, bad_options[i].sentence);
    }
    ASSERT_FAILS(ctx, gan_loss_create(ctx, &loss, "hinge", "smoothing=0.1"), GAN_E_ARG,
                 "smoothing");
    ASSERT_FAILS(ctx, gan_loss_create(ctx, &loss, "wasserstein", "clip=-1"), GAN_E_ARG, "clip");
    ASSERT_FAILS(ctx, gan_loss_create(ctx, &loss, "wgan_gp", "clip=0.01"), GAN_E_ARG, "clip");
    ASSERT_FAILS(ctx, gan_loss_create(ctx, &loss, "wgan_gp", "interval=0"), GAN_E_ARG, "interval");
    ck_assert_ptr_null(loss);
}
END_TEST

/* The text of a loss makes the same loss. */
START_TEST(test_text)
{
    char once[512], twice[512];
    gan_loss *loss = make_text(losses_texts[_i].text), *again;
    size_t needed = 0;

    ASSERT_OK(ctx, gan_loss_text(loss, once, sizeof once, &needed));
    ck_assert_uint_eq(needed, strlen(once) + 1);
    again = make_text(once);
    ASSERT_OK(ctx, gan_loss_text(again, twice, sizeof twice, NULL));
    ck_assert_str_eq(once, twice);
    gan_loss_destroy(loss);
    gan_loss_destroy(again);
}
END_TEST

START_TEST(test_step_and_penalty)
{
    char text[256];
    gan_loss *loss = make("hinge");
    gan_penalty *penalty = (gan_penalty *)&loss;

    ASSERT_OK(ctx, gan_loss_text(loss, text, sizeof text, NULL));
    ck_assert_str_eq(text, "hinge");
    ck_assert_int_eq(gan_loss_text(NULL, text, sizeof text, NULL), GAN_E_ARG);
    ASSERT_FAILS(ctx, gan_loss_set_step(loss, -1), GAN_E_ARG, "step is -1");
    ck_assert_int_eq(gan_loss_set_step(NULL, 0), GAN_E_ARG);
    ASSERT_OK(ctx, gan_loss_penalty(loss, &penalty));
    ck_assert_ptr_null(penalty);
    ASSERT_FAILS(ctx, gan_loss_penalty(loss, NULL), GAN_E_ARG, "penalty is NULL");
    ck_assert_int_eq(gan_loss_penalty(NULL, &penalty), GAN_E_ARG);
    gan_loss_destroy(loss);

    ASSERT_OK(ctx, gan_loss_create(ctx, &loss, "wasserstein", "clip=linear(0.1,0.01,9)"));
    ck_assert_double_eq_tol(gan__schedule_at(loss->class->clip(loss), 0), 0.1, 1e-12);
    ck_assert_double_eq_tol(gan__schedule_at(loss->class->clip(loss), 9), 0.01, 1e-12);
    gan_loss_destroy(loss);

    /* wgan_gp's penalty has its options and outlives it. */
    ASSERT_OK(ctx, gan_loss_create(ctx, &loss, "wgan_gp", "lambda=3 one_sided=true interval=2"));
    ASSERT_OK(ctx, gan_loss_text(loss, text, sizeof text, NULL));
    ck_assert_str_eq(text,
                     "wgan_gp lambda=3 target=1 one_sided=true interval=2 batch_coupled=refuse");
    ASSERT_OK(ctx, gan_loss_penalty(loss, &penalty));
    gan_loss_destroy(loss);
    ASSERT_OK(ctx, gan_penalty_text(penalty, text, sizeof text, NULL));
    ck_assert_str_eq(
        text, "gradient_penalty lambda=3 target=1 one_sided=true interval=2 batch_coupled=refuse");
    gan_penalty_destroy(penalty);
}
END_TEST

START_TEST(test_relativistic_shapes)
{
    const float values[3] = {0};
    gan_tensor *out = NULL, *three = column(values, 3), *two = column(values, 2);
    gan_loss *loss = make("relativistic_pairing");

    ASSERT_FAILS(ctx, gan_loss_discriminator(loss, &out, three, two), GAN_E_SHAPE,
                 "3 real and 2 generated");
    ASSERT_FAILS(ctx, gan_loss_generator(loss, &out, three, two), GAN_E_SHAPE, "pairs");
    ASSERT_FAILS(ctx, gan_loss_generator(loss, &out, NULL, two), GAN_E_ARG, "real is NULL");
    gan_loss_destroy(loss);
    loss = make("relativistic_average"); /* averages may be of two sizes */
    ASSERT_OK(ctx, gan_loss_discriminator(loss, &out, three, two));
    gan_tensor_destroy(out);
    ASSERT_FAILS(ctx, gan_loss_generator(loss, &out, NULL, two), GAN_E_ARG, "real is NULL");
    gan_tensor_destroy(three);
    gan_tensor_destroy(two);
    gan_loss_destroy(loss);
}
END_TEST

START_TEST(test_bad_kinds)
{
    gan_loss *loss = (gan_loss *)&loss;

    ASSERT_FAILS(ctx, gan_loss_create(ctx, &loss, "non_saturatin", NULL), GAN_E_ARG,
                 "did you mean \"non_saturating\"");
    ck_assert_ptr_null(loss);
    ASSERT_FAILS(ctx, gan_loss_create(ctx, &loss, "qqqqqqqqqq", NULL), GAN_E_ARG,
                 "non_saturating, standard, hinge");
    ASSERT_FAILS(ctx, gan_loss_create(ctx, &loss, "", ""), GAN_E_ARG, "unknown loss");
    ASSERT_FAILS(ctx, gan_loss_create(ctx, &loss, "standard", "lambda=10"), GAN_E_ARG, "lambda");
    ck_assert_ptr_null(loss);
    ASSERT_FAILS(ctx, gan_loss_create(ctx, &loss, NULL, NULL), GAN_E_ARG, "kind is NULL");
    ASSERT_FAILS(ctx, gan_loss_create(ctx, NULL, "standard", NULL), GAN_E_ARG, "out is NULL");
    ck_assert_int_eq(gan_loss_create(NULL, &loss, "standard", NULL), GAN_E_ARG);
    gan_loss_destroy(NULL);
    gan_loss_retain(NULL);
}
END_TEST

START_TEST(test_bad_logits)
{
    const float values[4] = {0};
    gan_context *other = NULL;
    gan_tensor *out = NULL, *flat = NULL, *wide = NULL, *empty = NULL, *foreign = NULL;
    gan_loss *loss = make(kinds[_i]);
    gan_tensor *good = column(values, 4);

    ASSERT_OK(ctx, gan_tensor_create(ctx, &flat, (const int64_t[]){4}, 1, NULL));
    ASSERT_OK(ctx, gan_tensor_create(ctx, &wide, (const int64_t[]){4, 2}, 2, NULL));
    ASSERT_OK(ctx, gan_tensor_create(ctx, &empty, (const int64_t[]){0, 1}, 2, NULL));
    ASSERT_OK(other, gan_context_create(&other, "threads=1", NULL));
    ASSERT_OK(other, gan_tensor_create(other, &foreign, (const int64_t[]){4, 1}, 2, NULL));
    ASSERT_FAILS(ctx, gan_loss_discriminator(loss, &out, flat, good), GAN_E_SHAPE,
                 "real has shape [4]");
    ck_assert_ptr_null(out);
    ASSERT_FAILS(ctx, gan_loss_discriminator(loss, &out, good, wide), GAN_E_SHAPE,
                 "generated has shape [4, 2]");
    ASSERT_FAILS(ctx, gan_loss_generator(loss, &out, good, wide), GAN_E_SHAPE, "[N, 1]");
    ASSERT_FAILS(ctx, gan_loss_generator(loss, &out, wide, good), GAN_E_SHAPE, "real");
    ASSERT_FAILS(ctx, gan_loss_generator(loss, &out, good, empty), GAN_E_SHAPE,
                 "generated has shape [0, 1]");
    ASSERT_FAILS(ctx, gan_loss_generator(loss, &out, good, foreign), GAN_E_ARG, "another context");
    ASSERT_FAILS(ctx, gan_loss_discriminator(loss, &out, foreign, good), GAN_E_ARG,
                 "another context");
    ASSERT_FAILS(ctx, gan_loss_discriminator(loss, &out, NULL, good), GAN_E_ARG, "real is NULL");
    ASSERT_FAILS(ctx, gan_loss_discriminator(loss, &out, good, NULL), GAN_E_ARG,
                 "generated is NULL");
    ASSERT_FAILS(ctx, gan_loss_generator(loss, &out, good, NULL), GAN_E_ARG, "generated is NULL");
    ASSERT_FAILS(ctx, gan_loss_generator(loss, NULL, NULL, good), GAN_E_ARG, "out is NULL");
    ck_assert_int_eq(gan_loss_generator(NULL, &out, NULL, good), GAN_E_ARG);
    gan_tensor_destroy(flat);
    gan_tensor_destroy(wide);
    gan_tensor_destroy(empty);
    gan_tensor_destroy(foreign);
    gan_context_destroy(other);
    gan_tensor_destroy(good);
    gan_loss_destroy(loss);
}
END_TEST

START_TEST(test_documented)
{
    struct gan__text text;

    gan__text_init(&text, ctx);
    gan__losses_document(&text);
    ck_assert_int_eq(text.status, GAN_OK);
    for (int i = 0; i < KIND_COUNT; i++) {
        ck_assert_msg(strstr(text.data, kinds[i]) != NULL, "%s is missing: %s", kinds[i],
                      text.data);
    }
    gan__text_free(&text);
}
END_TEST

START_TEST(test_allocations)
{
    struct test_allocator allocator;
    gan_context *failing = failing_context(&allocator);
    gan_loss *loss = NULL;
    gan_tensor *logits = NULL, *value = NULL;
    const float values[3] = {1, 2, 3};
    const char *text = losses_texts[_i].text;
    char kind[64], options[128];

    snprintf(kind, sizeof kind, "%.*s", (int)strcspn(text, " \n"), text);
    snprintf(options, sizeof options, "%s", text + strlen(kind));

    EACH_ALLOCATION_FAILS(failing, &allocator, gan_loss_create(failing, &loss, kind, options),
                          loss == NULL);
    ASSERT_OK(failing, gan_tensor_create(failing, &logits, (const int64_t[]){3, 1}, 2, values));
    ASSERT_OK(failing, gan_tensor_set_requires_grad(logits, 1));
    EACH_ALLOCATION_FAILS(failing, &allocator, gan_loss_discriminator(loss, &value, logits, logits),
                          value == NULL);
    gan_tensor_destroy(value);
    EACH_ALLOCATION_FAILS(failing, &allocator, gan_loss_generator(loss, &value, logits, logits),
                          value == NULL);
    gan_loss_destroy(loss);
    gan_tensor_destroy(logits);
    gan_context_destroy(failing);
    gan_tensor_destroy(value); /* the last object takes the context with it */
    ck_assert_int_eq(allocator.blocks, 0);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("losses");
    TCase *tcase = tcase_create("losses");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, test_single_logits, 0, KIND_COUNT);
    tcase_add_loop_test(tcase, test_batch, 0, CASE_COUNT);
    tcase_add_test(tcase, test_batches_of_two_sizes);
    tcase_add_loop_test(tcase, test_meaning, 0, KIND_COUNT);
    tcase_add_loop_test(tcase, test_nan_stays, 0, KIND_COUNT);
    tcase_add_loop_test(tcase, test_flipping_statistics, 0, 3);
    tcase_add_loop_test(tcase, test_targets, 0, 3);
    tcase_add_test(tcase, test_bad_options);
    tcase_add_loop_test(tcase, test_text, 0, CASE_COUNT);
    tcase_add_test(tcase, test_step_and_penalty);
    tcase_add_test(tcase, test_relativistic_shapes);
    tcase_add_test(tcase, test_bad_kinds);
    tcase_add_loop_test(tcase, test_bad_logits, 0, KIND_COUNT);
    tcase_add_test(tcase, test_documented);
    tcase_add_loop_test(tcase, test_allocations, 0, CASE_COUNT);
    suite_add_tcase(suite, tcase);
    return run_suites(&suite, 1);
}
