/*
 * What a version before has written is read, and goes on as it did there. The file is of the first
 * version that wrote any (`test_resume write FILE`, which prints the hashes), and stays as it is.
 */
#include "resume.h"

#include <stdio.h>

#include "io/checkpoint.h"

/* Of the tensors as they are in the file, and 3 steps later with the numerics of version 1; those of
 * version 2 compute these small networks to the same bits. */
static const uint64_t saved_hash = 0x4796fd8e9a0e8300, later_hash = 0xa208470e1cffcd12;
enum { OLD_STEPS = 3, LATER = 3, OLD_NUMERICS = 2 };

static const char old_options[] =
    "batch=8 d_steps=2 loss=\"standard smoothing=0.1 flipping=0.1\" penalties=\"r1 interval=2\" "
    "generator=\"adam lr=cosine(1e-3,0,20) clip_gradient_norm=5\" "
    "discriminator=\"sgd lr=0.02 momentum=0.5\" instance_noise=0.05 d_skip_above=0.9 "
    "half_life=100";

static uint64_t
mix(uint64_t hash, const gan_tensor *tensor)
{
    const unsigned char *bytes = (const unsigned char *)gan__data(tensor);
    for (size_t i = 0; i < (size_t)tensor->count * sizeof(float); i++) {
        hash = (hash ^ bytes[i]) * 1099511628211U;
    }
    return hash;
}

static uint64_t
mix_network(uint64_t hash, gan_layer *network)
{
    for (int64_t i = 0; i < gan__layer_tensor_count(network); i++) {
        hash = mix(hash, gan__layer_tensors(network)[i].tensor);
    }
    return hash;
}

static uint64_t
mix_optimizer(uint64_t hash, const gan_optimizer *optimizer)
{
    for (int64_t i = 0; i < optimizer->state_slots; i++) {
        hash = optimizer->states[i] == NULL ? hash : mix(hash, optimizer->states[i]);
    }
    return hash;
}

/* Of the tensors only: structs may grow. */
static uint64_t
hash_of(gan_trainer *trainer)
{
    uint64_t hash = 14695981039346656037U;
    ASSERT_OK(gan__trainer_context(trainer), gan_trainer_generate(trainer, NULL, 0, NULL));
    hash = mix_network(hash, trainer->generator.network);
    hash = mix_network(hash, trainer->discriminator.network);
    hash = mix_network(hash, trainer->average);
    hash = mix_optimizer(hash, trainer->generator.optimizer);
    return mix_optimizer(hash, trainer->discriminator.optimizer);
}

START_TEST(test_first_version)
{
    struct fixture f;
    resume_fixture(&f, "threads=2 seed=11", CHECKPOINT_FILES "/trainer-1.safetensors");
    const uint64_t found = hash_of(f.trainer);
    ck_assert_msg(found == saved_hash, "%016llx", (unsigned long long)found);
    ck_assert_int_eq(f.trainer->counters.steps, OLD_STEPS);
    ck_assert_int_eq(f.trainer->counters.batches, 2 * OLD_STEPS);
    ck_assert_int_eq(f.trainer->record.step, OLD_STEPS);
    ck_assert(f.trainer->best.told && f.trainer->best.score == 0.25);
    ck_assert(f.trainer->best.since == 2 && strcmp(f.trainer->best.measure, "?") == 0);
    fixture_steps(&f, LATER);
    /* If this alone fails, a sum has changed its order: GAN__NUMERICS must rise. */
    if ((int)GAN__NUMERICS == OLD_NUMERICS) {
        const uint64_t later = hash_of(f.trainer);
        ck_assert_msg(later == later_hash, "%016llx", (unsigned long long)later);
    }
    fixture_close(&f);
}
END_TEST

static const char *path;

START_TEST(write_first_version)
{
    struct fixture f;
    fixture_open(&f, "threads=1 seed=11", NULL, labelled_generator, labelled_discriminator,
                 old_options);
    fixture_steps(&f, OLD_STEPS);
    f.trainer->best = (struct gan__best){.told = true, .score = 0.25, .step = 2};
    ASSERT_OK(f.ctx, gan_trainer_save(f.trainer, path));
    (void)printf("saved_hash 0x%016llx\n", (unsigned long long)hash_of(f.trainer));
    fixture_steps(&f, LATER);
    (void)printf("later_hash 0x%016llx\n", (unsigned long long)hash_of(f.trainer));
    (void)fflush(stdout);
    fixture_close(&f);
}
END_TEST

Suite *
old_files_suite(const char *write_to)
{
    Suite *suite = suite_create("old checkpoints");
    TCase *tcase = tcase_create("files");

    path = write_to;
    if (path == NULL) {
        tcase_add_test(tcase, test_first_version);
    } else {
        tcase_add_test(tcase, write_first_version);
    }
    suite_add_tcase(suite, tcase);
    return suite;
}
