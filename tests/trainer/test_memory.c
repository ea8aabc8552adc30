/* gan_trainer_memory() against what steps take, and that they take nothing more after the second one. */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>

enum { STEPS = 5, TEXT_SIZE = 1 << 15 };

static uint64_t
number(gan_context *ctx, const char *name)
{
    uint64_t value = 0;
    ASSERT_OK(ctx, gan_context_get(ctx, &value, name));
    return value;
}

static void
check_plan(const char *what, uint64_t planned, uint64_t peak)
{
    const double ratio = (double)planned / (double)peak;
    ck_assert_msg(ratio > 0.9 && ratio < 1.1, "%s: %llu planned, %llu taken", what,
                  (unsigned long long)planned, (unsigned long long)peak);
}

/* The plan is near the peak, and the training is the same to the bit with a plan at any time. */
START_TEST(test_methods)
{
    const struct method *m = &methods[_i];
    struct fixture planned, plain;
    uint64_t bytes = 0, again = 0;
    fixture_open(&plain, "threads=2", NULL, m->generator, m->discriminator, m->options);
    fixture_open(&planned, "threads=1", NULL, m->generator, m->discriminator, m->options);
    ASSERT_OK(planned.ctx, gan_trainer_memory(planned.trainer, &bytes));
    fixture_steps(&planned, STEPS);
    check_plan(m->name, bytes, number(planned.ctx, "memory_peak"));
    ASSERT_OK(planned.ctx, gan_trainer_memory(planned.trainer, &again));
    fixture_steps(&planned, 2);
    fixture_steps(&plain, STEPS + 2);
    ck_assert(fixture_hash(&planned) == fixture_hash(&plain));
    check_plan(m->name, again, number(planned.ctx, "memory_peak"));
    fixture_close(&planned);
    fixture_close(&plain);
}
END_TEST

/* With and without `recompute`, to the same bits. */
START_TEST(test_recompute)
{
    const struct method *m = &methods[_i];
    struct fixture kept, made;
    char options[600];
    (void)snprintf(options, sizeof options, "%s recompute=true", m->options);
    fixture_open(&kept, "threads=2", NULL, m->generator, m->discriminator, m->options);
    fixture_open(&made, "threads=1", NULL, m->generator, m->discriminator, options);
    fixture_steps(&kept, STEPS);
    fixture_steps(&made, STEPS);
    ck_assert(fixture_hash(&kept) == fixture_hash(&made));
    fixture_close(&kept);
    fixture_close(&made);
}
END_TEST

static const struct {
    const char *family, *generator, *discriminator, *trainer;
    int64_t size;
} presets[] = {
    {"dcgan", "size=28 channels=1 width=8", "size=28 channels=1 width=8", "batch=32", 28},
    {"dcgan", "size=32 channels=1 width=8", "size=32 channels=1 width=8", "batch=32", 32},
    {"dcgan", "size=64 channels=1 width=8", "size=64 channels=1 width=8", "batch=32", 64},
    {"dcgan", "size=128 channels=1 width=4", "size=128 channels=1 width=4", "batch=16", 128},
    {"dcgan", "size=32 channels=1 width=8", "size=32 channels=1 width=8 norm=none",
     "batch=32 recipe=wgan_gp d_steps=2", 32},
    {"dcgan", "size=32 channels=1 width=8 norm=instance_norm",
     "size=32 channels=1 width=8 norm=layer_norm", "batch=32 recipe=r3gan", 32},
    {"dcgan", "size=32 channels=1 width=8", "size=32 channels=1 width=8 pac=2",
     "batch=32 pac=2 accumulate=2", 32},
    {"resnet", "size=32 channels=1 width=8", "size=32 channels=1 width=8 spectral_norm=true",
     "batch=16 recipe=sngan d_steps=2", 32},
    {"resnet", "size=32 channels=1 width=8 norm=layer_norm",
     "size=32 channels=1 width=8 norm=layer_norm", "batch=16 recipe=wgan_gp d_steps=1", 32},
};

static gan_layer *
make_preset(gan_context *ctx, int i, const char *role, const char *options)
{
    char name[64], text[TEXT_SIZE];
    gan_layer *network = NULL;
    size_t needed = 0;
    (void)snprintf(name, sizeof name, "%s_%s", presets[i].family, role);
    ASSERT_OK(ctx, gan_layer_preset(ctx, name, options, text, sizeof text, &needed));
    ASSERT_OK(ctx, gan_layer_parse(ctx, &network, text));
    return network;
}

START_TEST(test_presets)
{
    const int i = _i / 2, recompute = _i % 2;
    const int64_t shape[] = {presets[i].size, presets[i].size, 1};
    float *samples = calloc((size_t)(32 * shape[0] * shape[1]), sizeof *samples);
    struct fixture f = {.ctx = NULL};
    uint64_t planned = 0;
    char options[200];
    (void)snprintf(options, sizeof options, "%s recompute=%s", presets[i].trainer,
                   recompute ? "true" : "false");
    ck_assert_ptr_nonnull(samples);
    for (int64_t j = 0; j < 32 * shape[0] * shape[1]; j++) {
        samples[j] = (float)(j * 7919 % 255) / 127.5f - 1.0f;
    }
    ck_assert_int_eq(gan_context_create(&f.ctx, "threads=2", NULL), GAN_OK);
    f.generator = make_preset(f.ctx, i, "generator", presets[i].generator);
    f.discriminator = make_preset(f.ctx, i, "discriminator", presets[i].discriminator);
    ASSERT_OK(f.ctx, gan_dataset_create_memory(f.ctx, &f.dataset, samples, 32, shape, 3, NULL));
    ASSERT_OK(f.ctx, gan_trainer_create(f.ctx, &f.trainer, f.generator, f.discriminator, f.dataset,
                                        options));
    ASSERT_OK(f.ctx, gan_trainer_memory(f.trainer, &planned));
    fixture_steps(&f, 2);
    const uint64_t before = number(f.ctx, "system_allocations");
    fixture_steps(&f, STEPS);
    ck_assert_uint_eq(number(f.ctx, "system_allocations"), before);
    check_plan(options, planned, number(f.ctx, "memory_peak"));
    fixture_close(&f);
    free(samples);
}
END_TEST

/* What a DCGAN keeps beside its networks is much less without activations after batch_norm. */
START_TEST(test_recompute_keeps_less)
{
    uint64_t peaks[2] = {0};
    for (int k = 0; k < 2; k++) {
        struct fixture f = {.ctx = NULL};
        const int64_t shape[] = {64, 64, 1};
        static float samples[32 * 64 * 64];
        ck_assert_int_eq(gan_context_create(&f.ctx, NULL, NULL), GAN_OK);
        f.generator = make_preset(f.ctx, 2, "generator", presets[2].generator);
        f.discriminator = make_preset(f.ctx, 2, "discriminator", presets[2].discriminator);
        ASSERT_OK(f.ctx, gan_dataset_create_memory(f.ctx, &f.dataset, samples, 32, shape, 3, NULL));
        ASSERT_OK(f.ctx,
                  gan_trainer_create(f.ctx, &f.trainer, f.generator, f.discriminator, f.dataset,
                                     k == 0 ? "batch=32" : "batch=32 recompute=true"));
        fixture_steps(&f, 2);
        peaks[k] = number(f.ctx, "memory_peak");
        fixture_close(&f);
    }
    ck_assert_msg(8 * peaks[1] < 7 * peaks[0], "%llu and %llu", (unsigned long long)peaks[0],
                  (unsigned long long)peaks[1]);
}
END_TEST

START_TEST(test_refusals)
{
    struct fixture f;
    uint64_t bytes = 1;
    fixture_open(&f, NULL, NULL, plain_generator, plain_discriminator, "batch=8");
    ck_assert_int_eq(gan_trainer_memory(NULL, &bytes), GAN_E_ARG);
    ck_assert_uint_eq(bytes, 0);
    ASSERT_FAILS(f.ctx, gan_trainer_memory(f.trainer, NULL), GAN_E_ARG, "bytes is NULL");
    fixture_close(&f);
}
END_TEST

Suite *
memory_suite(void)
{
    Suite *suite = suite_create("trainer memory");
    TCase *tcase = tcase_create("trainer memory");
    tcase_set_timeout(tcase, 120);
    tcase_add_loop_test(tcase, test_methods, 0, method_count);
    tcase_add_loop_test(tcase, test_recompute, 0, method_count);
    tcase_add_test(tcase, test_recompute_keeps_less);
    tcase_add_loop_test(tcase, test_presets, 0, 2 * (int)(sizeof presets / sizeof presets[0]));
    tcase_add_test(tcase, test_refusals);
    suite_add_tcase(suite, tcase);
    return suite;
}
