/* Looking at a training: samples, probabilities, labels; and that looking changes nothing. */
#include "fixture.h"

#include <math.h>

START_TEST(test_looking_changes_nothing)
{
    static const char *const texts[][2] = {{plain_generator, plain_discriminator},
                                           {labelled_generator, labelled_discriminator}};
    static float pictures[70 * PIXELS], undisturbed[70 * PIXELS], probabilities[70];
    struct fixture f;
    uint64_t hash;
    fixture_open(&f, "threads=2", NULL, texts[_i][0], texts[_i][1], "batch=8");
    fixture_steps(&f, 6);
    hash = fixture_hash(&f);
    ASSERT_OK(f.ctx, gan_trainer_generate(f.trainer, undisturbed, 70, NULL));
    fixture_close(&f);
    fixture_open(&f, "threads=2", NULL, texts[_i][0], texts[_i][1], "batch=8");
    for (int i = 0; i < 6; i++) {
        gan_layer *average = NULL;
        const char *labels = _i == 0 ? NULL : "labels=0,2";
        ASSERT_OK(f.ctx, gan_trainer_generate(f.trainer, pictures, 70, labels));
        ASSERT_OK(f.ctx,
                  gan_trainer_generate(f.trainer, pictures, 3,
                                       _i == 0 ? "average=false" : "average=false labels=1"));
        ASSERT_OK(f.ctx, gan_trainer_discriminate(f.trainer, probabilities, pictures, 70, labels));
        ASSERT_OK(f.ctx, gan_trainer_average(f.trainer, &average));
        gan_layer_destroy(average);
        fixture_steps(&f, 1);
    }
    ck_assert_uint_eq(hash, fixture_hash(&f));
    ASSERT_OK(f.ctx, gan_trainer_generate(f.trainer, pictures, 70, NULL));
    ck_assert(memcmp(pictures, undisturbed, sizeof pictures) == 0);
    fixture_close(&f);
}
END_TEST

START_TEST(test_generate)
{
    static float all[20 * PIXELS], some[20 * PIXELS], saved[20 * PIXELS];
    struct fixture f;
    gan_layer *average = NULL;
    fixture_open(&f, "threads=2", NULL, plain_generator, plain_discriminator, "batch=8");
    fixture_steps(&f, 4);
    ASSERT_OK(f.ctx, gan_trainer_generate(f.trainer, all, 20, "seed=9"));
    ASSERT_OK(f.ctx, gan_trainer_generate(f.trainer, some, 5, "seed=9 first=7 batch=2"));
    ck_assert(memcmp(some, all + 7 * PIXELS, 5 * PIXELS * sizeof(float)) == 0);
    /* The average as a network of its own makes the same pictures, also after more steps of the training. */
    ASSERT_OK(f.ctx, gan_trainer_average(f.trainer, &average));
    fixture_steps(&f, 1);
    ASSERT_OK(f.ctx, gan_layer_generate(average, saved, 20, "seed=9"));
    ck_assert(memcmp(saved, all, sizeof all) == 0);
    ASSERT_OK(f.ctx, gan_trainer_generate(f.trainer, some, 20, "seed=9"));
    ck_assert(memcmp(some, all, sizeof all) != 0);
    /* Without the average it is the generator in eval mode. */
    ASSERT_OK(f.ctx, gan_trainer_generate(f.trainer, some, 20, "seed=9 average=false"));
    ASSERT_OK(f.ctx, gan_layer_generate(f.generator, saved, 20, "seed=9"));
    ck_assert(memcmp(saved, some, sizeof some) == 0);
    /* All options are the layer's. */
    ASSERT_OK(f.ctx, gan_trainer_generate(
                         f.trainer, some, 20,
                         "average=false truncation=0.5 interpolation=3 interpolation_mode=linear"));
    ASSERT_OK(f.ctx,
              gan_layer_generate(f.generator, saved, 20,
                                 "truncation=0.5 interpolation=3 interpolation_mode=linear"));
    ck_assert(memcmp(saved, some, sizeof some) == 0);
    ASSERT_OK(f.ctx, gan_layer_generate(f.generator, saved, 20, NULL));
    ck_assert(memcmp(saved, some, sizeof some) != 0);
    ASSERT_OK(f.ctx, gan_trainer_generate(f.trainer, some, 0, NULL));
    gan_layer_destroy(average);
    fixture_close(&f);
}
END_TEST

/* The average's running statistics are those that its own parameters make on noise: its pictures, in eval mode, must have
 * nearly the mean and deviation that they have in a training-mode forward of a large batch. */
START_TEST(test_average_statistics)
{
    const int64_t shape[] = {512, 6};
    static float pictures[512 * PIXELS];
    struct fixture f;
    gan_layer *average = NULL;
    gan_tensor *noise = NULL, *out = NULL;
    double eval[2] = {0}, train[2] = {0};
    fixture_open(&f, "threads=1", NULL, plain_generator, plain_discriminator,
                 "batch=16 half_life=100");
    fixture_steps(&f, 30);
    ASSERT_OK(f.ctx, gan_trainer_average(f.trainer, &average));
    ASSERT_OK(f.ctx, gan_layer_generate(average, pictures, 512, NULL));
    ASSERT_OK(f.ctx, gan_tensor_create_random(f.ctx, &noise, shape, 2, "normal", 1));
    ASSERT_OK(f.ctx, gan_layer_forward(average, &out, noise, 1));
    for (int i = 0; i < 512 * PIXELS; i++) {
        eval[0] += (double)pictures[i] / (512 * PIXELS);
        eval[1] += (double)pictures[i] * (double)pictures[i] / (512 * PIXELS);
        train[0] += (double)gan__data(out)[i] / (512 * PIXELS);
        train[1] += (double)gan__data(out)[i] * (double)gan__data(out)[i] / (512 * PIXELS);
    }
    ck_assert_double_eq_tol(eval[0], train[0], 0.02);
    ck_assert_double_eq_tol(eval[1], train[1], 0.02);
    gan_tensor_destroy(noise);
    gan_tensor_destroy(out);
    gan_layer_destroy(average);
    fixture_close(&f);
}
END_TEST

START_TEST(test_discriminate)
{
    static float pictures[20 * PIXELS], all[20], some[20];
    const int64_t shape[] = {20, SIDE, SIDE, 1};
    struct fixture f;
    gan_tensor *batch = NULL, *logits = NULL;
    int64_t indices[20];
    fixture_open(&f, "threads=1", NULL, plain_generator, plain_discriminator, "batch=8");
    fixture_steps(&f, 5);
    for (int i = 0; i < 20; i++) {
        indices[i] = i;
    }
    ASSERT_OK(f.ctx, gan_dataset_read(f.dataset, pictures, NULL, indices, 20));
    ASSERT_OK(f.ctx, gan_trainer_discriminate(f.trainer, all, pictures, 20, NULL));
    ASSERT_OK(f.ctx, gan_trainer_discriminate(f.trainer, some, pictures, 20, "batch=3"));
    ck_assert(memcmp(all, some, sizeof all) == 0);
    ASSERT_OK(f.ctx, gan_tensor_create(f.ctx, &batch, shape, 4, pictures));
    ASSERT_OK(f.ctx, gan_layer_forward(f.discriminator, &logits, batch, 0));
    for (int i = 0; i < 20; i++) {
        ck_assert_double_eq_tol((double)all[i], 1 / (1 + exp(-(double)gan__data(logits)[i])), 1e-6);
    }
    gan_tensor_destroy(batch);
    gan_tensor_destroy(logits);
    ASSERT_FAILS(f.ctx, gan_trainer_discriminate(f.trainer, NULL, pictures, 20, NULL), GAN_E_ARG,
                 "probabilities");
    ASSERT_FAILS(f.ctx, gan_trainer_discriminate(f.trainer, all, NULL, 20, NULL), GAN_E_ARG,
                 "samples");
    ASSERT_OK(f.ctx, gan_trainer_discriminate(f.trainer, NULL, NULL, 0, NULL));
    ASSERT_OK(f.ctx, gan_trainer_generate(f.trainer, NULL, 0, NULL));
    ASSERT_FAILS(f.ctx, gan_trainer_discriminate(f.trainer, all, pictures, -1, NULL), GAN_E_ARG,
                 "-1");
    ASSERT_FAILS(f.ctx, gan_trainer_discriminate(f.trainer, all, pictures, 20, "batsch=3"),
                 GAN_E_ARG, "\"batch\"");
    ASSERT_FAILS(f.ctx, gan_trainer_discriminate(f.trainer, all, pictures, 20, "labels=1"),
                 GAN_E_ARG, "no labels");
    ASSERT_FAILS(f.ctx, gan_trainer_generate(f.trainer, pictures, 20, "averag=true"), GAN_E_ARG,
                 "\"average\"");
    ASSERT_FAILS(f.ctx, gan_trainer_generate(f.trainer, pictures, -2, NULL), GAN_E_ARG, "-2");
    ASSERT_FAILS(f.ctx, gan_trainer_generate(f.trainer, NULL, 2, NULL), GAN_E_ARG, "out");
    fixture_close(&f);
}
END_TEST

START_TEST(test_discriminate_with_labels)
{
    static float pictures[6 * PIXELS], all[6], some[6];
    struct fixture f;
    const int64_t indices[] = {0, 1, 2, 3, 4, 5};
    fixture_open(&f, "threads=2", NULL, labelled_generator, labelled_discriminator, "batch=8");
    fixture_steps(&f, 5);
    ASSERT_OK(f.ctx, gan_dataset_read(f.dataset, pictures, NULL, indices, 6));
    ASSERT_OK(f.ctx, gan_trainer_discriminate(f.trainer, all, pictures, 6, "labels=0,1,2"));
    ASSERT_OK(f.ctx,
              gan_trainer_discriminate(f.trainer, some, pictures, 6, "labels=0,1,2 batch=4"));
    ck_assert(memcmp(all, some, sizeof all) == 0);
    ASSERT_OK(f.ctx, gan_trainer_discriminate(f.trainer, some, pictures, 6, "labels=0,1,1"));
    for (int i = 0; i < 6; i++) {
        ck_assert((all[i] == some[i]) == (i % 3 != 2));
    }
    ASSERT_FAILS(f.ctx, gan_trainer_discriminate(f.trainer, all, pictures, 6, "labels=0,3"),
                 GAN_E_ARG, "3");
    ASSERT_FAILS(f.ctx, gan_trainer_discriminate(f.trainer, all, pictures, 6, "labels=0,x"),
                 GAN_E_ARG, "x");
    fixture_close(&f);
}
END_TEST

/* Labels that reach both networks: after training, G's picture of each class must look like that class's pictures, which D
 * could not teach without labels of its own. */
START_TEST(test_labels_reach_both_networks)
{
    static float real[CLASSES][PIXELS], made[CLASSES * 8 * PIXELS];
    struct fixture f;
    gan_optimizer *optimizers[2] = {NULL};
    const int64_t indices[] = {0, 1, 2};
    fixture_open(&f, "threads=1 seed=2", NULL, labelled_generator, labelled_discriminator,
                 "batch=20 half_life=500");
    for (int i = 0; i < 2; i++) {
        ASSERT_OK(f.ctx, gan_optimizer_create(f.ctx, &optimizers[i], "adam", "lr=4e-3 beta1=0.5"));
    }
    ASSERT_OK(f.ctx, gan_trainer_set_optimizers(f.trainer, optimizers[0], optimizers[1]));
    fixture_steps(&f, 300);
    ASSERT_OK(f.ctx, gan_dataset_read(f.dataset, &real[0][0], NULL, indices, 3));
    ASSERT_OK(f.ctx, gan_trainer_generate(f.trainer, made, CLASSES * 8, "labels=0,1,2"));
    for (int i = 0; i < CLASSES * 8; i++) {
        double match[CLASSES] = {0};
        for (int c = 0; c < CLASSES; c++) {
            for (int k = 0; k < PIXELS; k++) {
                match[c] += (double)real[c][k] * (double)made[i * PIXELS + k];
            }
        }
        for (int c = 0; c < CLASSES; c++) {
            ck_assert_msg(c == i % 3 || match[c] < match[i % 3], "sample %d: %f %f %f", i, match[0],
                          match[1], match[2]);
        }
    }
    gan_optimizer_destroy(optimizers[0]);
    gan_optimizer_destroy(optimizers[1]);
    fixture_close(&f);
}
END_TEST

Suite *
sampling_suite(void)
{
    Suite *suite = suite_create("sampling");
    TCase *tcase = tcase_create("sampling");
    tcase_set_timeout(tcase, 240);
    tcase_add_loop_test(tcase, test_looking_changes_nothing, 0, 2);
    tcase_add_test(tcase, test_generate);
    tcase_add_test(tcase, test_average_statistics);
    tcase_add_test(tcase, test_discriminate);
    tcase_add_test(tcase, test_discriminate_with_labels);
    tcase_add_test(tcase, test_labels_reach_both_networks);
    suite_add_tcase(suite, tcase);
    return suite;
}
