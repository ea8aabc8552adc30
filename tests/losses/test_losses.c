/* Losses: values and gradients against PyTorch's in float64, bad input, and memory that runs out. */
#include "losses/loss.h"

#include <math.h>
#include <stdio.h>

#include "oracle/failing_host.h"
#include "oracle/losses.h"

static const char *const kinds[] = {
#define GAN__ROW(name) #name,
#include "losses/list.h"
#undef GAN__ROW
};

enum { KIND_COUNT = sizeof kinds / sizeof kinds[0] };

static gan_context *ctx;

static void
setup(void)
{
    ASSERT_OK(ctx, gan_context_create(&ctx, "threads=1", NULL));
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

/* Value and derivative by one logit. */
static void
single(gan_loss *loss, bool discriminator, gan_tensor *real, gan_tensor *generated,
       gan_tensor *variable, const float wanted[2], float logit)
{
    gan_tensor *value = NULL, *gradient = NULL;
    float derivative = NAN;

    if (discriminator) {
        ASSERT_OK(ctx, gan_loss_discriminator(loss, &value, real, generated));
    } else {
        ASSERT_OK(ctx, gan_loss_generator(loss, &value, real, generated));
    }
    close_to(number(value), wanted[0], "value", logit);
    ASSERT_OK(ctx, gan_grad(ctx, &gradient, &value, 1, &variable, 1, 0));
    ASSERT_OK(ctx, gan_tensor_read(gradient, &derivative, 1));
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
        single(loss, false, NULL, variable, variable, row + 4, logit);
        gan_tensor_destroy(variable);
        gan_tensor_destroy(other);
    }
    gan_loss_destroy(loss);
}
END_TEST

static void
compare(const char *kind, const char *what, gan_tensor *found)
{
    char name[64];
    float values[16];
    int64_t count = 0;

    snprintf(name, sizeof name, "%s.%s", kind, what);
    ASSERT_OK(ctx, gan_tensor_count(found, &count));
    ck_assert_int_le(count, 16);
    ASSERT_OK(ctx, gan_tensor_read(found, values, count));
    oracle_compare(losses_numbers, name, values, count, 1e-6, 0);
}

START_TEST(test_batch)
{
    float values[2][16];
    const struct oracle_fill *real_fill = oracle_fill_find(losses_fills, "real");
    const struct oracle_fill *generated_fill = oracle_fill_find(losses_fills, "generated");
    gan_tensor *value = NULL, *gradients[2] = {NULL, NULL};

    oracle_draw(real_fill, values[0]);
    oracle_draw(generated_fill, values[1]);
    gan_loss *loss = make(kinds[_i]);
    gan_tensor *logits[2] = {column(values[0], real_fill->count),
                             column(values[1], generated_fill->count)};
    ASSERT_OK(ctx, gan_loss_discriminator(loss, &value, logits[0], logits[1]));
    compare(kinds[_i], "d_loss", value);
    ASSERT_OK(ctx, gan_grad(ctx, gradients, &value, 1, logits, 2, 0));
    compare(kinds[_i], "d_real", gradients[0]);
    compare(kinds[_i], "d_generated", gradients[1]);
    gan_tensor_destroy(gradients[0]);
    gan_tensor_destroy(gradients[1]);
    gan_tensor_destroy(value);

    /* G's loss does not look at the real logits. */
    ASSERT_OK(ctx, gan_loss_generator(loss, &value, logits[0], logits[1]));
    compare(kinds[_i], "g_loss", value);
    ASSERT_OK(ctx, gan_grad(ctx, gradients, &value, 1, logits, 2, 0));
    ck_assert_ptr_null(gradients[0]);
    compare(kinds[_i], "g_generated", gradients[1]);
    gan_tensor_destroy(gradients[1]);
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

START_TEST(test_probability_and_accuracy)
{
    const float logits[] = {0, 1, -1, 100, -100};
    const double wanted[] = {0.5, 0.7310585786300049, 0.2689414213699951, 1, 0};
    float found[5];
    const float real[] = {1, -1, 0, NAN}, generated[] = {-1, 1, 0, NAN};
    gan_tensor *probability = NULL;
    gan_loss *loss = make(kinds[_i]);
    gan_tensor *tensor = column(logits, 5);

    ck_assert(loss->class->probability != NULL);
    ASSERT_OK(ctx, loss->class->probability(loss, &probability, tensor));
    ASSERT_OK(ctx, gan_tensor_read(probability, found, 5));
    for (int i = 0; i < 5; i++) {
        ck_assert_double_eq_tol((double)found[i], wanted[i], 1e-6);
        ck_assert(found[i] >= 0 && found[i] <= 1);
    }
    /* Right are the first real one, the first and the third generated one; NaN is never right. */
    ck_assert_double_eq(loss->class->accuracy(real, generated, 4), 3.0 / 8.0);
    ck_assert_double_eq(loss->class->accuracy(real, generated, 1), 1);
    ck_assert_double_eq(loss->class->accuracy(generated, real, 1), 0);
    gan_tensor_destroy(probability);
    gan_tensor_destroy(tensor);
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
                 "non_saturating, standard");
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
    ASSERT_FAILS(ctx, gan_loss_generator(loss, &out, NULL, wide), GAN_E_SHAPE, "[N, 1]");
    ASSERT_FAILS(ctx, gan_loss_generator(loss, &out, wide, good), GAN_E_SHAPE, "real");
    ASSERT_FAILS(ctx, gan_loss_generator(loss, &out, NULL, empty), GAN_E_SHAPE,
                 "generated has shape [0, 1]");
    ASSERT_FAILS(ctx, gan_loss_generator(loss, &out, NULL, foreign), GAN_E_ARG, "another context");
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

    EACH_ALLOCATION_FAILS(failing, &allocator, gan_loss_create(failing, &loss, kinds[_i], ""),
                          loss == NULL);
    ASSERT_OK(failing, gan_tensor_create(failing, &logits, (const int64_t[]){3, 1}, 2, values));
    ASSERT_OK(failing, gan_tensor_set_requires_grad(logits, 1));
    EACH_ALLOCATION_FAILS(failing, &allocator, gan_loss_discriminator(loss, &value, logits, logits),
                          value == NULL);
    gan_tensor_destroy(value);
    EACH_ALLOCATION_FAILS(failing, &allocator, gan_loss_generator(loss, &value, NULL, logits),
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
    tcase_add_loop_test(tcase, test_batch, 0, KIND_COUNT);
    tcase_add_test(tcase, test_batches_of_two_sizes);
    tcase_add_loop_test(tcase, test_probability_and_accuracy, 0, KIND_COUNT);
    tcase_add_test(tcase, test_bad_kinds);
    tcase_add_loop_test(tcase, test_bad_logits, 0, KIND_COUNT);
    tcase_add_test(tcase, test_documented);
    tcase_add_loop_test(tcase, test_allocations, 0, KIND_COUNT);
    suite_add_tcase(suite, tcase);
    return run_suites(&suite, 1);
}
