/*
 * WGAN-GP's critic, step by step, against PyTorch in float64: from the same weights, batches and
 * interpolates, how far each weight is after 3 steps of plain SGD. make_losses.py has the same.
 */
#include <stdbool.h>
#include <stdio.h>

#include <gan/layer.h>
#include <gan/loss.h>
#include <gan/ops.h>
#include <gan/optimizer.h>

#include "oracle/penalties.h"

enum { NAME_SIZE = 128, TENSORS = 6, VALUES_MAX = 4096, STEPS = 3, BATCH = 4 };

static gan_context *ctx;

static void
setup(void)
{
    ASSERT_OK(ctx, gan_context_create(&ctx, "threads=2 seed=7", NULL));
}

static void
teardown(void)
{
    gan_context_destroy(ctx);
    ctx = NULL;
}

/* Start values that the oracle draws too, or with `moved` how far the weights are from them. */
static void
each_tensor(gan_layer *critic, bool moved)
{
    int64_t count = 0;

    ASSERT_OK(ctx, gan_layer_parameter_count(critic, &count));
    ck_assert_int_eq(count, TENSORS);
    for (int64_t i = 0; i < count; i++) {
        static float start[VALUES_MAX], now[VALUES_MAX];
        char path[64], name[NAME_SIZE];
        gan_tensor *tensor = NULL;
        const struct oracle_fill *fill;

        ASSERT_OK(ctx, gan_layer_parameter(critic, &tensor, i, path, sizeof path, NULL));
        snprintf(name, sizeof name, "stepped/%s", path);
        fill = oracle_fill_find(penalties_fills, name);
        ck_assert_int_le(fill->count, VALUES_MAX);
        oracle_draw(fill, start);
        if (moved) {
            ASSERT_OK(ctx, gan_tensor_read(tensor, now, fill->count));
            for (int64_t k = 0; k < fill->count; k++) {
                now[k] -= start[k];
            }
            snprintf(name, sizeof name, "moved.stepped/%s", path);
            /* The last bias has no gradient. */
            oracle_compare(penalties_numbers, name, now, fill->count, 1e-3, 1e-7);
        } else {
            ASSERT_OK(ctx, gan_tensor_write(tensor, start, fill->count));
        }
        gan_tensor_destroy(tensor);
    }
}

static gan_tensor *
batch(const char *which, int step)
{
    static float values[VALUES_MAX];
    char name[NAME_SIZE];
    const struct oracle_fill *fill;
    gan_tensor *tensor = NULL;

    snprintf(name, sizeof name, "stepped.%s%d", which, step);
    fill = oracle_fill_find(penalties_fills, name);
    ck_assert_int_eq(fill->count, BATCH * 28 * 28);
    oracle_draw(fill, values);
    ASSERT_OK(ctx, gan_tensor_create(ctx, &tensor, (const int64_t[]){BATCH, 28, 28, 1}, 4, values));
    return tensor;
}

/* All that the critic minimises in this step, and its gradients. */
static float
critic_loss(gan_layer *critic, gan_loss *loss, gan_penalty *penalty, int step)
{
    gan_tensor *real = batch("real", step), *generated = batch("generated", step);
    gan_tensor *logits[2] = {NULL, NULL}, *distance = NULL, *term = NULL, *sum = NULL;
    float value = 0;

    ASSERT_OK(ctx, gan_layer_forward(critic, &logits[0], real, 1));
    ASSERT_OK(ctx, gan_layer_forward(critic, &logits[1], generated, 1));
    ASSERT_OK(ctx, gan_loss_discriminator(loss, &distance, logits[0], logits[1]));
    ASSERT_OK(ctx, gan_penalty_apply(penalty, &term, critic, real, generated, step));
    ASSERT_OK(ctx, gan_add(ctx, &sum, distance, term));
    ASSERT_OK(ctx, gan_tensor_read(sum, &value, 1));
    ASSERT_OK(ctx, gan_backward(ctx, sum, 0));
    gan_tensor_destroy(real);
    gan_tensor_destroy(generated);
    gan_tensor_destroy(logits[0]);
    gan_tensor_destroy(logits[1]);
    gan_tensor_destroy(distance);
    gan_tensor_destroy(term);
    gan_tensor_destroy(sum);
    return value;
}

START_TEST(critic_steps)
{
    gan_layer *critic = NULL;
    gan_loss *loss = NULL;
    gan_penalty *penalty = NULL;
    gan_optimizer *optimizer = NULL;
    float losses[STEPS];

    ASSERT_OK(ctx, gan_layer_parse(ctx, &critic, oracle_text_find(penalties_texts, "stepped")));
    each_tensor(critic, false);
    ASSERT_OK(ctx, gan_loss_create(ctx, &loss, "wgan_gp", NULL));
    ASSERT_OK(ctx, gan_loss_penalty(loss, &penalty));
    ASSERT_OK(ctx, gan_optimizer_create(ctx, &optimizer, "sgd", "lr=0.01"));
    ASSERT_OK(ctx, gan_optimizer_attach(optimizer, critic));
    for (int step = 0; step < STEPS; step++) {
        losses[step] = critic_loss(critic, loss, penalty, step);
        ASSERT_OK(ctx, gan_optimizer_step(optimizer));
        ASSERT_OK(ctx, gan_layer_clear_gradients(critic));
    }
    oracle_compare(penalties_numbers, "stepped.losses", losses, STEPS, 1e-4, 0);
    each_tensor(critic, true);
    gan_layer_destroy(critic);
    gan_loss_destroy(loss);
    gan_penalty_destroy(penalty);
    gan_optimizer_destroy(optimizer);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("wgan_gp");
    TCase *tcase = tcase_create("wgan_gp");

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, critic_steps);
    suite_add_tcase(suite, tcase);
    return run_suites(&suite, 1);
}
