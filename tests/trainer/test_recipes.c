/* A trainer's whole configuration is text: recipes, and the text that a trainer gives of itself. */
#include "fixture.h"

#include <stdio.h>

enum { TEXT_SIZE = 4096 };

static const char *
text_of(const struct fixture *f, char text[TEXT_SIZE])
{
    size_t needed = 0;
    ASSERT_OK(f->ctx, gan_trainer_text(f->trainer, NULL, 0, &needed));
    ck_assert_uint_le(needed, TEXT_SIZE);
    ASSERT_OK(f->ctx, gan_trainer_text(f->trainer, text, TEXT_SIZE, NULL));
    ck_assert_uint_eq(strlen(text) + 1, needed);
    return text;
}

/* The numbers of the papers, spelled out. */
static const struct {
    const char *recipe, *words[8];
} recipes[] = {
    {"dcgan",
     {" d_steps=1 ", "loss=\"non_saturating smoothing=0 ",
      "generator=\"adam lr=0.0002 beta1=0.5 beta2=0.999",
      "discriminator=\"adam lr=0.0002 beta1=0.5 beta2=0.999", " average=true "}},
    {"wgan_gp",
     {" d_steps=5 ", "loss=\"wgan_gp lambda=10 ", "generator=\"adam lr=0.0001 beta1=0 beta2=0.9 ",
      "discriminator=\"adam lr=0.0001 beta1=0 beta2=0.9 ", " average=true "}},
    {"sngan",
     {" d_steps=5 ", "loss=hinge ", "generator=\"adam lr=0.0002 beta1=0 beta2=0.9 ",
      "discriminator=\"adam lr=0.0002 beta1=0 beta2=0.9 ", " average=true "}},
    {"r3gan",
     {" d_steps=1 ", "loss=relativistic_pairing ", "penalties=\"r1 gamma=1 ", "; r2 gamma=1 ",
      "generator=\"adam lr=0.0002 beta1=0 beta2=0.99 ",
      "discriminator=\"adam lr=0.0002 beta1=0 beta2=0.99 ", " average=true "}},
};
enum { RECIPES = sizeof recipes / sizeof recipes[0] };

START_TEST(test_recipes)
{
    struct fixture f, g;
    char options[1000], text[TEXT_SIZE], other[TEXT_SIZE], kinds[4000];
    snprintf(options, sizeof options, "batch=8 recipe=%s", recipes[_i].recipe);
    fixture_open(&f, "threads=1", NULL, plain_generator, critic, options);
    (void)text_of(&f, text);
    for (int i = 0; i < 8 && recipes[_i].words[i] != NULL; i++) {
        ck_assert_msg(strstr(text, recipes[_i].words[i]) != NULL, "no %s in %s",
                      recipes[_i].words[i], text);
    }
    ck_assert_ptr_null(strstr(text, "recipe="));
    /* What gan_kinds prints of it is the same trainer. */
    ASSERT_OK(f.ctx, gan_kinds(f.ctx, "recipe", kinds, sizeof kinds, NULL));
    const char *line = strstr(kinds, recipes[_i].recipe);
    ck_assert_ptr_nonnull(line);
    line = strchr(line, '\n') + 1;
    snprintf(options, sizeof options, "batch=8 %.*s", (int)strcspn(line, "\n"), line);
    fixture_open(&g, "threads=1", NULL, plain_generator, critic, options);
    ck_assert_str_eq(text_of(&g, other), text);
    fixture_close(&f);
    fixture_close(&g);
}
END_TEST

START_TEST(test_options_over_a_recipe)
{
    struct fixture f, g;
    char text[TEXT_SIZE], other[TEXT_SIZE];
    fixture_open(&f, "threads=1", NULL, plain_generator, critic,
                 "d_steps=3 recipe=wgan_gp batch=8 generator=\"sgd lr=0.5\"");
    (void)text_of(&f, text);
    ck_assert_ptr_nonnull(strstr(text, " d_steps=3 "));
    ck_assert_ptr_nonnull(strstr(text, "generator=\"sgd lr=0.5"));
    ck_assert_ptr_nonnull(strstr(text, "discriminator=\"adam lr=0.0001"));
    fixture_close(&f);
    /* No options, and the default recipe. */
    fixture_open(&f, "threads=1", NULL, plain_generator, critic, "batch=8");
    fixture_open(&g, "threads=1", NULL, plain_generator, critic, "batch=8 recipe=dcgan");
    ck_assert_str_eq(text_of(&f, text), text_of(&g, other));
    fixture_close(&f);
    fixture_close(&g);
    /* A recipe's penalties can be left out. */
    fixture_open(&f, "threads=1", NULL, plain_generator, plain_discriminator,
                 "batch=8 recipe=r3gan penalties=\"\"");
    ck_assert_ptr_null(strstr(text_of(&f, text), "penalties"));
    fixture_close(&f);
}
END_TEST

/* An empty text leaves its part out: the same trainer as without the option. */
START_TEST(test_empty_texts)
{
    struct fixture f, g;
    char text[TEXT_SIZE], other[TEXT_SIZE];
    fixture_open(&f, "threads=1", NULL, plain_generator, critic,
                 "batch=8 penalties=\" \" augment=\"\" feature_matching=\" \"");
    fixture_open(&g, "threads=1", NULL, plain_generator, critic, "batch=8");
    ck_assert_str_eq(text_of(&f, text), text_of(&g, other));
    fixture_steps(&f, 2);
    fixture_steps(&g, 2);
    ck_assert_uint_eq(fixture_hash(&f), fixture_hash(&g));
    fixture_close(&f);
    fixture_close(&g);
}
END_TEST

/* The text makes the same trainer: the same text again, and the same training. */
static void
check_again(struct fixture *f, const char *generator, const char *discriminator)
{
    struct fixture again;
    char text[TEXT_SIZE], other[TEXT_SIZE];
    (void)text_of(f, text);
    fixture_open(&again, "threads=1 seed=2", NULL, generator, discriminator, text);
    ck_assert_str_eq(text_of(&again, other), text);
    fixture_steps(f, 3);
    fixture_steps(&again, 3);
    ck_assert_uint_eq(fixture_hash(f), fixture_hash(&again));
    ck_assert_str_eq(text_of(f, other), text);
    fixture_close(&again);
}

START_TEST(test_text_makes_the_same_trainer)
{
    const struct method *m = &methods[_i];
    struct fixture f;
    fixture_open(&f, "threads=1 seed=2", NULL, m->generator, m->discriminator, m->options);
    check_again(&f, m->generator, m->discriminator);
    fixture_close(&f);
}
END_TEST

START_TEST(test_text_of_parts_that_were_set)
{
    struct fixture f;
    gan_loss *loss = NULL;
    gan_penalty *penalties[2] = {NULL};
    gan_optimizer *optimizer = NULL;
    char text[TEXT_SIZE];
    fixture_open(&f, "threads=1 seed=2", NULL, plain_generator, critic,
                 "batch=8 penalties=\"r1 gamma=3\"");
    ASSERT_OK(f.ctx, gan_loss_create(f.ctx, &loss, "least_squares", "smoothing=0.1"));
    ASSERT_OK(f.ctx, gan_trainer_set_loss(f.trainer, loss));
    ASSERT_OK(f.ctx, gan_penalty_create(f.ctx, &penalties[0], "r2", "gamma=linear(1,0,5)"));
    ASSERT_OK(f.ctx, gan_penalty_create(f.ctx, &penalties[1], "dragan", "interval=2"));
    ASSERT_OK(f.ctx, gan_trainer_add_penalty(f.trainer, penalties[0]));
    ASSERT_OK(f.ctx, gan_trainer_add_penalty(f.trainer, penalties[1]));
    ASSERT_OK(f.ctx, gan_optimizer_create(f.ctx, &optimizer, "rmsprop", "lr=cosine(1e-3,0,9)"));
    ASSERT_OK(f.ctx, gan_trainer_set_optimizers(f.trainer, NULL, optimizer));
    ASSERT_OK(f.ctx, gan_optimizer_set(f.trainer->generator.optimizer, "lr=0.007"));
    (void)text_of(&f, text);
    static const char *const words[] = {"loss=\"least_squares smoothing=0.1 ",
                                        "penalties=\"r1 gamma=3 ",
                                        "; r2 gamma=linear(1,0,5) ",
                                        "; dragan ",
                                        "discriminator=\"rmsprop ",
                                        "generator=\"adam lr=0.007 "};
    for (int i = 0; i < 6; i++) {
        ck_assert_msg(strstr(text, words[i]) != NULL, "no %s in %s", words[i], text);
    }
    check_again(&f, plain_generator, critic);
    gan_loss_destroy(loss);
    gan_penalty_destroy(penalties[0]);
    gan_penalty_destroy(penalties[1]);
    gan_optimizer_destroy(optimizer);
    fixture_close(&f);
}
END_TEST

START_TEST(test_text_refuses)
{
    struct fixture f;
    char text[TEXT_SIZE];
    size_t needed = 9;
    fixture_open(&f, "threads=1", NULL, plain_generator, critic, "batch=8");
    ck_assert_int_eq(gan_trainer_text(NULL, text, sizeof text, &needed), GAN_E_ARG);
    ck_assert_uint_eq(needed, 0);
    ASSERT_FAILS(f.ctx, gan_trainer_text(f.trainer, NULL, 3, NULL), GAN_E_ARG, "buffer");
    ASSERT_OK(f.ctx, gan_trainer_text(f.trainer, text, 9, &needed));
    ck_assert_str_eq(text, "loss=\"no");
    fixture_close(&f);
}
END_TEST

Suite *
recipes_suite(void)
{
    Suite *suite = suite_create("recipes");
    TCase *tcase = tcase_create("recipes");
    tcase_set_timeout(tcase, 240);
    tcase_add_loop_test(tcase, test_recipes, 0, RECIPES);
    tcase_add_test(tcase, test_options_over_a_recipe);
    tcase_add_test(tcase, test_empty_texts);
    tcase_add_loop_test(tcase, test_text_makes_the_same_trainer, 0, method_count);
    tcase_add_test(tcase, test_text_of_parts_that_were_set);
    tcase_add_test(tcase, test_text_refuses);
    suite_add_tcase(suite, tcase);
    return suite;
}
