/* What a trainer refuses, and in which words; and gan_kinds. */
#include "fixture.h"

#include <stdio.h>

static const struct {
    const char *generator, *discriminator, *options;
    gan_status status;
    const char *text;
} refusals[] = {
    {"input shape=3 noise=normal\ndense units=64\nreshape shape=8x8x1\n",
     "input shape=8x8x1\nflatten\ndense units=1\nsigmoid\n", NULL, GAN_E_ARG, "ends in `sigmoid`"},
    {"input shape=3 noise=normal\ndense units=64\nreshape shape=8x8x1\n",
     "input shape=8x8x1\nflatten\ndense units=1\n", "batch=41", GAN_E_ARG,
     "batch=41 is more than the 40 samples"},
    {"input shape=3 noise=normal\ndense units=64\n", "input shape=8x8x1\nflatten\ndense units=1\n",
     NULL, GAN_E_SHAPE,
     "takes samples [8, 8, 1], the generator makes [64] and the dataset has [8, 8, 1]"},
    {"input shape=3 noise=normal\ndense units=49\nreshape shape=7x7x1\n",
     "input shape=7x7x1\nflatten\ndense units=1\n", NULL, GAN_E_SHAPE, "the dataset has [8, 8, 1]"},
    {"input shape=3 noise=normal\ndense units=64\nreshape shape=8x8x1\n",
     "input shape=8x8x1\nflatten\ndense units=2\n", NULL, GAN_E_SHAPE,
     "gives [2] a sample, wanted one logit"},
    {"input shape=3\ndense units=64\nreshape shape=8x8x1\n",
     "input shape=8x8x1\nflatten\ndense units=1\n", NULL, GAN_E_ARG,
     "the generator's input \"input\" is fed by data"},
    {"input shape=3 noise=normal\ndense units=64\nreshape shape=8x8x1\n",
     "input shape=8x8x1 noise=normal\nflatten\ndense units=1\n", NULL, GAN_E_ARG,
     "the discriminator's input \"input\" is fed by noise"},
    {"input shape=3 noise=normal\nconcat {\n} {\ninput name=label source=labels "
     "classes=2\n}\ndense units=64\n"
     "reshape shape=8x8x1\n",
     "input shape=8x8x1\nflatten\ndense units=1\n", NULL, GAN_E_ARG,
     "takes 2 classes, and the dataset has 3"},
    {"input shape=3 noise=normal\ndense units=64\nreshape shape=8x8x1\n",
     "input shape=8x8x1\nflatten\ndense units=1\n", "batch=0", GAN_E_ARG, "batch"},
    {"input shape=3 noise=normal\ndense units=64\nreshape shape=8x8x1\n",
     "input shape=8x8x1\nflatten\ndense units=1\n", "half_life=0", GAN_E_ARG, "half_life"},
    {"input shape=3 noise=normal\ndense units=64\nreshape shape=8x8x1\n",
     "input shape=8x8x1\nflatten\ndense units=1\n", "dsteps=2", GAN_E_ARG, "d_steps"},
};
enum { REFUSALS = sizeof refusals / sizeof refusals[0] };

static gan_layer *
parse(gan_context *ctx, const char *body)
{
    char text[1000];
    gan_layer *layer = NULL;
    snprintf(text, sizeof text, "gan-network 1\n%s", body);
    ASSERT_OK(ctx, gan_layer_parse(ctx, &layer, text));
    return layer;
}

START_TEST(test_create_refuses)
{
    gan_context *ctx = NULL;
    ck_assert_int_eq(gan_context_create(&ctx, "threads=1", NULL), GAN_OK);
    gan_layer *g = parse(ctx, refusals[_i].generator), *d = parse(ctx, refusals[_i].discriminator);
    gan_dataset *dataset = fixture_dataset(ctx);
    gan_trainer *trainer = (gan_trainer *)g;
    ASSERT_FAILS(ctx, gan_trainer_create(ctx, &trainer, g, d, dataset, refusals[_i].options),
                 refusals[_i].status, refusals[_i].text);
    ck_assert_ptr_null(trainer);
    gan_layer_destroy(g);
    gan_layer_destroy(d);
    gan_dataset_destroy(dataset);
    gan_context_destroy(ctx);
}
END_TEST

START_TEST(test_create_refuses_pointers)
{
    struct fixture f, other;
    gan_trainer *trainer = NULL;
    gan_layer *unbuilt = NULL;
    fixture_open(&f, "threads=1", NULL, plain_generator, plain_discriminator, "batch=8");
    fixture_open(&other, "threads=1", NULL, plain_generator, plain_discriminator, "batch=8");
    gan_context *const ctx = f.ctx;
    ASSERT_OK(ctx, gan_layer_create(ctx, &unbuilt, "dense", "units=1"));
    ASSERT_FAILS(ctx, gan_trainer_create(ctx, NULL, f.generator, f.discriminator, f.dataset, NULL),
                 GAN_E_ARG, "out");
    ASSERT_FAILS(ctx, gan_trainer_create(ctx, &trainer, NULL, f.discriminator, f.dataset, NULL),
                 GAN_E_ARG, "generator");
    ASSERT_FAILS(ctx, gan_trainer_create(ctx, &trainer, f.generator, NULL, f.dataset, NULL),
                 GAN_E_ARG, "discriminator");
    ASSERT_FAILS(ctx, gan_trainer_create(ctx, &trainer, f.generator, f.discriminator, NULL, NULL),
                 GAN_E_ARG, "dataset");
    ASSERT_FAILS(
        ctx, gan_trainer_create(ctx, &trainer, other.generator, f.discriminator, f.dataset, NULL),
        GAN_E_ARG, "the generator belongs to another context");
    ASSERT_FAILS(ctx, gan_trainer_create(ctx, &trainer, f.generator, unbuilt, f.dataset, NULL),
                 GAN_E_STATE, "the discriminator is not built");
    ASSERT_FAILS(ctx, gan_trainer_create(ctx, &trainer, f.generator, f.generator, f.dataset, NULL),
                 GAN_E_ARG, "the same network");
    ck_assert_int_eq(
        gan_trainer_create(NULL, &trainer, f.generator, f.discriminator, f.dataset, NULL),
        GAN_E_ARG);
    gan_trainer_retain(NULL);
    gan_trainer_destroy(NULL);
    gan_layer_destroy(unbuilt);
    fixture_close(&f);
    fixture_close(&other);
}
END_TEST

START_TEST(test_labels_that_are_missing)
{
    static const int64_t shape[] = {SIDE, SIDE, 1};
    static float pictures[8 * PIXELS];
    gan_context *ctx = NULL;
    gan_layer *g = NULL, *d = NULL;
    gan_dataset *dataset = NULL;
    gan_trainer *trainer = NULL;
    ck_assert_int_eq(gan_context_create(&ctx, "threads=1", NULL), GAN_OK);
    ASSERT_OK(ctx, gan_layer_parse(ctx, &g, labelled_generator));
    ASSERT_OK(ctx, gan_layer_parse(ctx, &d, plain_discriminator));
    ASSERT_OK(ctx, gan_dataset_create_memory(ctx, &dataset, pictures, 8, shape, 3, NULL));
    ASSERT_FAILS(ctx, gan_trainer_create(ctx, &trainer, g, d, dataset, "batch=8"), GAN_E_ARG,
                 "the generator's input \"label\" takes labels, and the dataset has none");
    gan_layer_destroy(g);
    gan_layer_destroy(d);
    gan_dataset_destroy(dataset);
    gan_context_destroy(ctx);
}
END_TEST

START_TEST(test_setters)
{
    struct fixture f, other;
    gan_optimizer *a = NULL, *b = NULL, *c = NULL, *foreign = NULL;
    gan_loss *loss = NULL, *foreign_loss = NULL;
    fixture_open(&f, "threads=1", NULL, plain_generator, plain_discriminator, "batch=8");
    fixture_open(&other, "threads=1", NULL, plain_generator, plain_discriminator, "batch=8");
    gan_context *const ctx = f.ctx;
    ASSERT_OK(ctx, gan_optimizer_create(ctx, &a, "sgd", "lr=0.1"));
    ASSERT_OK(ctx, gan_optimizer_create(ctx, &b, "sgd", "lr=0.1"));
    ASSERT_OK(ctx, gan_optimizer_create(ctx, &c, "sgd", "lr=0.1"));
    ASSERT_OK(other.ctx, gan_optimizer_create(other.ctx, &foreign, "sgd", "lr=0.1"));
    ASSERT_OK(ctx, gan_loss_create(ctx, &loss, "standard", NULL));
    ASSERT_OK(other.ctx, gan_loss_create(other.ctx, &foreign_loss, "standard", NULL));

    ASSERT_FAILS(ctx, gan_trainer_set_loss(f.trainer, NULL), GAN_E_ARG, "loss");
    ASSERT_FAILS(ctx, gan_trainer_set_loss(f.trainer, foreign_loss), GAN_E_ARG, "another context");
    ASSERT_OK(ctx, gan_trainer_set_loss(f.trainer, loss));
    ASSERT_FAILS(ctx, gan_trainer_set_optimizers(f.trainer, foreign, NULL), GAN_E_ARG,
                 "another context");
    ASSERT_FAILS(ctx, gan_trainer_set_optimizers(f.trainer, a, a), GAN_E_ARG, "two networks");
    ASSERT_OK(ctx, gan_optimizer_attach(b, f.generator));
    ASSERT_FAILS(ctx, gan_trainer_set_optimizers(f.trainer, a, b), GAN_E_ARG,
                 "the discriminator's optimizer is attached to another network");
    ASSERT_OK(ctx, gan_trainer_set_optimizers(f.trainer, NULL, NULL));
    ck_assert_ptr_null(a->network); /* what failed has attached nothing */
    ASSERT_OK(ctx, gan_trainer_set_optimizers(f.trainer, b, a));
    ASSERT_OK(ctx, gan_trainer_set_optimizers(f.trainer, NULL, c));
    ck_assert_ptr_eq(f.trainer->generator.optimizer, b);
    ck_assert_ptr_eq(f.trainer->discriminator.optimizer, c);
    fixture_steps(&f, 1);
    ASSERT_FAILS(ctx, gan_trainer_set_optimizers(f.trainer, b, NULL), GAN_E_STATE,
                 "steps taken so far: 1");
    ASSERT_FAILS(ctx, gan_trainer_set_loss(f.trainer, loss), GAN_E_STATE, "before the first step");

    gan_optimizer *const optimizers[] = {a, b, c, foreign};
    for (int i = 0; i < 4; i++) {
        gan_optimizer_destroy(optimizers[i]);
    }
    gan_loss_destroy(loss);
    gan_loss_destroy(foreign_loss);
    fixture_close(&f);
    fixture_close(&other);
}
END_TEST

START_TEST(test_kinds)
{
    static const char *const categories[][2] = {
        {"layer", "conv2d"},           {"loss", "non_saturating"},  {"optimizer", "adam"},
        {"dataset", "images"},         {"context", "memory_limit"}, {"trainer", "half_life"},
        {"preset", "dcgan_generator"}, {"penalty", "dragan"},       {"recipe", "d_steps=5"}};
    gan_context *ctx = NULL;
    static char text[100000];
    size_t needed = 0;
    ck_assert_int_eq(gan_context_create(&ctx, "threads=1", NULL), GAN_OK);
    for (int i = 0; i < 9; i++) {
        ASSERT_OK(ctx, gan_kinds(ctx, categories[i][0], NULL, 0, &needed));
        ASSERT_OK(ctx, gan_kinds(ctx, categories[i][0], text, sizeof text, NULL));
        ck_assert_uint_eq(strlen(text) + 1, needed);
        ck_assert_ptr_nonnull(strstr(text, categories[i][1]));
    }
    ASSERT_FAILS(ctx, gan_kinds(ctx, "layers", text, sizeof text, NULL), GAN_E_ARG,
                 "\"layers\": there are layer, preset, loss, penalty, optimizer, dataset, context, "
                 "trainer, recipe");
    ASSERT_FAILS(ctx, gan_kinds(ctx, NULL, text, sizeof text, NULL), GAN_E_ARG, "category");
    gan_context_destroy(ctx);
}
END_TEST

Suite *
refusals_suite(void)
{
    Suite *suite = suite_create("refusals");
    TCase *tcase = tcase_create("refusals");
    tcase_add_loop_test(tcase, test_create_refuses, 0, REFUSALS);
    tcase_add_test(tcase, test_create_refuses_pointers);
    tcase_add_test(tcase, test_labels_that_are_missing);
    tcase_add_test(tcase, test_setters);
    tcase_add_test(tcase, test_kinds);
    suite_add_tcase(suite, tcase);
    return suite;
}
