/* Parts that make no sense together are refused when a trainer is made, and when a part is set. */
#include "fixture.h"

#include <stdio.h>

#define FLAT           "gan-network 1\ninput shape=3\ndense units=1\n"
#define FLAT_GENERATOR "gan-network 1\ninput shape=2 noise=normal\ndense units=3\n"
#define VECTOR_NORM                                                                                \
    "gan-network 1\ninput shape=2 noise=normal\ndense units=64\nbatch_norm\n"                      \
    "reshape shape=8x8x1\n"
#define PACKED_NORM                                                                                \
    "gan-network 1\ninput shape=8x8x2\nflatten\ndense units=4\nbatch_norm\nrelu\ndense units=1\n"
#define PACKED_LABELS                                                                              \
    "gan-network 1\ninput shape=8x8x2\nflatten\nconcat {\n} {\n"                                   \
    "input name=class source=labels classes=3\n}\ndense units=1\n"
#define DEVIATION                                                                                  \
    "gan-network 1\ninput shape=8x8x1\nconv2d filters=4 kernel=4 stride=2 padding=1\n"             \
    "minibatch_stddev\nflatten\ndense units=1\n"
#define PACKED_DEVIATION                                                                           \
    "gan-network 1\ninput shape=8x8x2\nminibatch_stddev group=3\nflatten\ndense units=1\n"
#define OPTIMIZER "generator: "

static const struct {
    const char *discriminator, *options;
    gan_status status;
    const char *text;
} refusals[] = {
    {packed_critic, "batch=7 pac=2", GAN_E_ARG, "batch=7 is no multiple of pac=2"},
    {PACKED_LABELS, "batch=8 pac=2", GAN_E_ARG, "the discriminator's input \"class\" takes the"},
    {critic, "batch=8 pac=2", GAN_E_SHAPE,
     "pac=2 joins that many samples [8, 8, 1] on their channels: the discriminator must take [8, "
     "8, 2], and takes [8, 8, 1]"},
    {packed_critic, "batch=8", GAN_E_SHAPE, "the discriminator takes samples [8, 8, 2]"},
    {PACKED_NORM, "batch=2 pac=2", GAN_E_ARG, "batch=2 with pac=2 is one sample"},
    {DEVIATION, "batch=6", GAN_E_SHAPE,
     "discriminator: line 4 (minibatch_stddev): the batch has 6 samples and group=4 does not"},
    {PACKED_DEVIATION, "batch=8 pac=2", GAN_E_SHAPE,
     "the batch has 4 samples and group=3 does not"},
    {plain_discriminator, "batch=8 penalties=r1", GAN_E_ARG, "4 (batch_norm)"},
    {plain_discriminator, "batch=8 recipe=wgan_gp", GAN_E_ARG, "layer_norm"},
    {plain_discriminator, "batch=8 penalties=\"r1 batch_coupled=allow; r2\"", GAN_E_ARG, "r2"},
    {critic, "batch=8 loss=wgan_gp penalties=gradient_penalty", GAN_E_ARG,
     "the loss \"wgan_gp\" has a gradient_penalty of its own"},
    {critic, "batch=8 penalties=\"r1 gamma=1; r2; r1\"", GAN_E_ARG,
     "the penalty \"r1\" is there twice"},
    {critic, "batch=8 loss=\"wasserstein clip=0.01\" penalties=gradient_penalty", GAN_E_ARG,
     "the loss \"wasserstein\" clips the weights to within 0.01"},
    {critic, "batch=8 loss=\"wasserstein clip=linear(0,0.01,9)\" penalties=gradient_penalty",
     GAN_E_ARG, "clips the weights to within 0.01"},
    {critic, "batch=8 loss=wasserstein d_skip_above=0.9", GAN_E_ARG,
     "with the loss \"wasserstein\" it has none"},
    {critic, "batch=8 loss=wgan_gp d_repeat_below=0.9", GAN_E_ARG, "with the loss \"wgan_gp\""},
    {critic, "batch=8 d_skip_above=0.5 d_repeat_below=0.5", GAN_E_ARG,
     "d_skip_above=0.5 must be above d_repeat_below=0.5"},
    {critic, "batch=8 d_steps=6 d_repeat_below=0.5", GAN_E_ARG,
     "d_steps_maximum=5 must be above d_steps=6"},
    {critic, "batch=8 d_steps=5 d_repeat_below=0.5", GAN_E_ARG,
     "d_steps_maximum=5 must be above d_steps=5"},
    {critic, "batch=8 feature_matching=feature", GAN_E_ARG,
     "feature_matching: in the discriminator: there is no layer \"feature\": the layer has 0, 1, "
     "2"},
    {critic, "batch=8 augment=policy=colour", GAN_E_ARG, "did you mean \"color\""},
    {critic, "batch=8 recipe=wgan_pg", GAN_E_ARG,
     "unknown recipe \"wgan_pg\": did you mean \"wgan_gp\"? There are dcgan, wgan_gp, sngan, "
     "r3gan"},
    {critic, "batch=8 loss=hing", GAN_E_ARG, "did you mean \"hinge\""},
    {critic, "batch=8 loss=\"hinge smooth=1\"", GAN_E_ARG, "hinge: unknown option \"smooth\""},
    {critic, "batch=8 loss=\"\"", GAN_E_ARG, "loss is empty"},
    {critic, "batch=8 penalties=\"r1; ;r2\"", GAN_E_ARG, "penalties: penalty is empty"},
    {critic, "batch=8 penalties=\"r1; r9\"", GAN_E_ARG, "penalties: unknown penalty \"r9\""},
    {critic, "batch=8 generator=\"lr=1e-3\"", GAN_E_ARG, OPTIMIZER "unknown optimizer \"lr=1e-3\""},
    {critic, "batch=8 generator=\"adam lr=x\"", GAN_E_ARG, OPTIMIZER "adam: "},
    {critic, "batch=8 discriminator=\"sgd momentum=-1\"", GAN_E_ARG, "discriminator: sgd: "},
    {critic, "batch=8 recipe=r3gan recipe=dcgan", GAN_E_ARG, "recipe is given twice"},
    {critic, "batch=8 instance_noise=-1", GAN_E_ARG, "instance_noise"},
    {critic, "batch=8 d_skip_above=2", GAN_E_ARG, "d_skip_above"},
    {critic, "batch=8 pac=0", GAN_E_ARG, "pac"},
    {critic, "batch=8 accumulate=0", GAN_E_ARG, "accumulate"},
    {critic, "batch=8 feature_matching_mode=sum", GAN_E_ARG, "replace"},
};
enum { REFUSALS = sizeof refusals / sizeof refusals[0] };

static void
check_refused(const char *generator, const char *discriminator, gan_dataset *dataset,
              gan_context *ctx, int i)
{
    gan_layer *g = NULL, *d = NULL;
    gan_trainer *trainer = NULL;
    ASSERT_OK(ctx, gan_layer_parse(ctx, &g, generator));
    ASSERT_OK(ctx, gan_layer_parse(ctx, &d, discriminator));
    ASSERT_FAILS(ctx, gan_trainer_create(ctx, &trainer, g, d, dataset, refusals[i].options),
                 refusals[i].status, refusals[i].text);
    ck_assert_ptr_null(trainer);
    gan_layer_destroy(g);
    gan_layer_destroy(d);
}

START_TEST(test_create_refuses_combinations)
{
    struct refusing state;
    const gan_host host = refusing_host(&state);
    gan_context *ctx = NULL;
    ck_assert_int_eq(gan_context_create(&ctx, "threads=1", &host), GAN_OK);
    gan_dataset *dataset = fixture_dataset(ctx);
    check_refused(plain_generator, refusals[_i].discriminator, dataset, ctx, _i);
    gan_dataset_destroy(dataset);
    gan_context_destroy(ctx);
    ck_assert_int_eq(state.live, 0); /* what failed has left nothing */
}
END_TEST

START_TEST(test_augment_wants_pictures)
{
    static const int64_t shape[] = {3};
    static const float samples[24];
    gan_context *ctx = NULL;
    gan_dataset *dataset = NULL;
    gan_layer *g = NULL, *d = NULL;
    gan_trainer *trainer = NULL;
    ck_assert_int_eq(gan_context_create(&ctx, "threads=1", NULL), GAN_OK);
    ASSERT_OK(ctx, gan_dataset_create_memory(ctx, &dataset, samples, 8, shape, 1, NULL));
    ASSERT_OK(ctx, gan_layer_parse(ctx, &g, FLAT_GENERATOR));
    ASSERT_OK(ctx, gan_layer_parse(ctx, &d, FLAT));
    ASSERT_FAILS(ctx, gan_trainer_create(ctx, &trainer, g, d, dataset, "batch=8 augment=fill=0"),
                 GAN_E_ARG, "augment changes pictures, [height, width, channels]");
    gan_layer_destroy(g);
    gan_layer_destroy(d);
    gan_dataset_destroy(dataset);
    gan_context_destroy(ctx);
}
END_TEST

/* A generator's batch_norm on vectors has nothing to take a deviation of. */
START_TEST(test_batch_of_one)
{
    gan_context *ctx = NULL;
    gan_layer *g = NULL, *d = NULL;
    gan_trainer *trainer = NULL;
    ck_assert_int_eq(gan_context_create(&ctx, "threads=1", NULL), GAN_OK);
    gan_dataset *dataset = fixture_dataset(ctx);
    ASSERT_OK(ctx, gan_layer_parse(ctx, &g, VECTOR_NORM));
    ASSERT_OK(ctx, gan_layer_parse(ctx, &d, critic));
    ASSERT_FAILS(ctx, gan_trainer_create(ctx, &trainer, g, d, dataset, "batch=1"), GAN_E_SHAPE,
                 "generator: line 4 (batch_norm): the batch is [1, 64], training takes at least 2");
    ASSERT_OK(ctx, gan_trainer_create(ctx, &trainer, g, d, dataset, "batch=2"));
    gan_trainer_destroy(trainer);
    gan_layer_destroy(g);
    gan_layer_destroy(d);
    gan_dataset_destroy(dataset);
    gan_context_destroy(ctx);
}
END_TEST

/* What sets a part refuses the same, and leaves the trainer as it was. */
START_TEST(test_setters_refuse_combinations)
{
    struct fixture f, norm;
    gan_loss *loss = NULL;
    gan_penalty *penalty = NULL, *foreign = NULL;
    fixture_open(&f, "threads=1", NULL, plain_generator, critic,
                 "batch=8 penalties=gradient_penalty d_skip_above=0.9");
    fixture_open(&norm, "threads=1", NULL, plain_generator, plain_discriminator, "batch=8");
    gan_context *const ctx = f.ctx;
    ASSERT_OK(ctx, gan_loss_create(ctx, &loss, "wgan_gp", NULL));
    ASSERT_FAILS(ctx, gan_trainer_set_loss(f.trainer, loss), GAN_E_ARG, "\"wgan_gp\"");
    ck_assert_str_eq(f.trainer->loss->class->head.kind, "non_saturating");
    gan_loss_destroy(loss);
    ASSERT_OK(norm.ctx, gan_loss_create(norm.ctx, &loss, "wgan_gp", NULL));
    ASSERT_FAILS(norm.ctx, gan_trainer_set_loss(norm.trainer, loss), GAN_E_ARG, "batch_norm");
    gan_loss_destroy(loss);

    ASSERT_OK(ctx, gan_penalty_create(ctx, &penalty, "gradient_penalty", NULL));
    ASSERT_FAILS(ctx, gan_trainer_add_penalty(f.trainer, penalty), GAN_E_ARG, "there twice");
    gan_penalty_destroy(penalty);
    ASSERT_OK(ctx, gan_penalty_create(ctx, &penalty, "r1", NULL));
    ASSERT_OK(norm.ctx, gan_penalty_create(norm.ctx, &foreign, "r1", NULL));
    ASSERT_FAILS(norm.ctx, gan_trainer_add_penalty(norm.trainer, foreign), GAN_E_ARG, "batch_norm");
    ck_assert_int_eq(norm.trainer->penalty_count, 0);
    ck_assert_int_eq(gan_trainer_add_penalty(NULL, penalty), GAN_E_ARG);
    ASSERT_FAILS(ctx, gan_trainer_add_penalty(f.trainer, NULL), GAN_E_ARG, "penalty");
    ASSERT_FAILS(ctx, gan_trainer_add_penalty(f.trainer, foreign), GAN_E_ARG, "another context");
    ASSERT_OK(ctx, gan_trainer_add_penalty(f.trainer, penalty));
    ASSERT_FAILS(ctx, gan_trainer_add_penalty(f.trainer, penalty), GAN_E_ARG, "there twice");
    ck_assert_int_eq(f.trainer->penalty_count, 2);
    fixture_steps(&f, 1);
    ASSERT_FAILS(ctx, gan_trainer_add_penalty(f.trainer, penalty), GAN_E_STATE,
                 "steps taken so far: 1");
    gan_penalty_destroy(penalty);
    gan_penalty_destroy(foreign);
    fixture_close(&f);
    fixture_close(&norm);
}
END_TEST

/* However often a text names a kind, the trainer makes no more than two of it. */
START_TEST(test_a_long_text_of_penalties)
{
    enum { TIMES = 300000 };
    static char options[3 * TIMES + 40] = "batch=8 penalties=\"";
    struct fixture f;
    gan_trainer *more = NULL;
    size_t length = strlen(options);
    for (int i = 0; i < TIMES; i++, length += 3) {
        memcpy(options + length, "r1;", 3);
    }
    options[length] = '"';
    fixture_open(&f, "threads=1", NULL, plain_generator, critic, "batch=8");
    ASSERT_FAILS(f.ctx,
                 gan_trainer_create(f.ctx, &more, f.generator, f.discriminator, f.dataset, options),
                 GAN_E_ARG, "the penalty \"r1\" is there twice");
    ck_assert_ptr_null(more);
    fixture_close(&f);
}
END_TEST

Suite *
combinations_suite(void)
{
    Suite *suite = suite_create("combinations");
    TCase *tcase = tcase_create("combinations");
    tcase_add_loop_test(tcase, test_create_refuses_combinations, 0, REFUSALS);
    tcase_add_test(tcase, test_augment_wants_pictures);
    tcase_add_test(tcase, test_batch_of_one);
    tcase_add_test(tcase, test_setters_refuse_combinations);
    tcase_add_test(tcase, test_a_long_text_of_penalties);
    suite_add_tcase(suite, tcase);
    return suite;
}
