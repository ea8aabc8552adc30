/* Alarms: their numbers, when they ring and fall silent, that they change no bit, and what is refused. */
#include <math.h>
#include <stdio.h>

#include "alarms.h"

static double
get(const struct fixture *f, const char *name)
{
    double value = 0;
    ASSERT_OK(f->ctx, gan_record_get(&f->trainer->record, &value, name));
    return value;
}

/* ---- numbers ---- */

struct plain {
    double distance, worth, duplicates;
};

/* By definition, with libm. */
static struct plain
by_hand(float (*points)[2], int count, double width, double same)
{
    struct plain result = {0, 0, 0};
    double kernel = 0;

    for (int i = 0; i < count; i++) {
        bool repeats = false;
        for (int j = 0; j < count; j++) {
            const double x = (double)points[i][0] - (double)points[j][0];
            const double y = (double)points[i][1] - (double)points[j][1];
            const double d = sqrt(x * x + y * y);
            kernel += exp(-d * d / (2 * width * width));
            result.distance += d / count / (count - 1);
            repeats |= i != j && d <= same;
        }
        result.duplicates += repeats ? 1.0 / count : 0;
    }
    result.worth = (double)count * count / kernel;
    return result;
}

static void
assert_near(double found, double wanted)
{
    ck_assert_msg(fabs(found - wanted) <= 1e-12 * fabs(wanted), "%.17g, wanted %.17g", found,
                  wanted);
}

START_TEST(test_numbers)
{
    static float real[SAMPLES][2], generated[SAMPLES][2];
    int64_t indices[SAMPLES];
    struct plain r, g;
    struct fixture f;
    double value;

    plane_open(&f, "threads=2", NULL, STILL);
    ASSERT_FAILS(f.ctx, gan_record_get(&f.trainer->record, &value, "variety"), GAN_E_ARG,
                 "no \"variety\"");
    ASSERT_OK(f.ctx, gan_trainer_set_alarms(f.trainer, NULL,
                                            "every=2 samples=64 resolution=0.2 same=0.3 seed=5"));
    ck_assert(isnan(get(&f, "variety")) && isnan(get(&f, "saturation")));
    ASSERT_OK(f.ctx, gan_trainer_run(f.trainer, 1, NULL, NULL));
    ck_assert(isnan(get(&f, "variety")));
    ASSERT_OK(f.ctx, gan_trainer_run(f.trainer, 1, NULL, NULL));
    for (int i = 0; i < SAMPLES; i++) {
        indices[i] = i;
    }
    ASSERT_OK(f.ctx, gan_dataset_read(f.dataset, &real[0][0], NULL, indices, SAMPLES));
    ASSERT_OK(f.ctx,
              gan_trainer_generate(f.trainer, &generated[0][0], SAMPLES, "average=false seed=5"));
    r = by_hand(real, SAMPLES, 1, 0);
    g = by_hand(generated, SAMPLES, 0.2 * r.distance, 0.3 * r.distance);
    r = by_hand(real, SAMPLES, 0.2 * r.distance, 0.3 * r.distance);
    assert_near(get(&f, "diversity"), g.distance / r.distance);
    assert_near(get(&f, "variety"), g.worth / r.worth);
    assert_near(get(&f, "duplicates"), g.duplicates);
    ck_assert(g.duplicates > 0 && g.duplicates < 1);
    plane_collapse(f.trainer, 1);
    ASSERT_OK(f.ctx, gan_trainer_run(f.trainer, 2, NULL, NULL));
    ck_assert(get(&f, "diversity") == 0 && get(&f, "duplicates") == 1);
    assert_near(get(&f, "variety"), 1 / r.worth);
    ASSERT_OK(f.ctx, gan_trainer_set_alarms(f.trainer, NULL, "every=0"));
    ASSERT_FAILS(f.ctx, gan_record_get(&f.trainer->record, &value, "variety"), GAN_E_ARG,
                 "no \"variety\"");
    fixture_close(&f);
}
END_TEST

/* One of eight places has a variety of 1/8 (nearly: real samples do not hit them evenly). */
START_TEST(test_variety_counts_places)
{
    struct fixture f;
    gan_dataset *ring = NULL;
    gan_trainer *trainer = NULL;
    static float points[800][2];
    static const int64_t shape[] = {2};
    static const char one[] = "gan-network 1\ninput shape=1 noise=normal\ndense units=2\n";
    gan_layer *generator = NULL;
    double variety = 0;

    plane_open(&f, "threads=1", NULL, STILL);
    for (int i = 0; i < 800; i++) {
        points[i][0] = (float)cos(i * acos(-1) / 4);
        points[i][1] = (float)sin(i * acos(-1) / 4);
    }
    ASSERT_OK(f.ctx, gan_dataset_create_memory(f.ctx, &ring, &points[0][0], 800, shape, 1, NULL));
    ASSERT_OK(f.ctx, gan_layer_parse(f.ctx, &generator, one));
    ASSERT_OK(f.ctx, gan_trainer_create(f.ctx, &trainer, generator, f.discriminator, ring, STILL));
    fixture_fill(f.ctx, generator, "1.weight", 0);
    ASSERT_OK(f.ctx, gan_trainer_set_alarms(trainer, NULL, "every=1 samples=400 resolution=0.05"));
    ASSERT_OK(f.ctx, gan_trainer_run(trainer, 1, NULL, NULL));
    ASSERT_OK(f.ctx, gan_record_get(&trainer->record, &variety, "variety"));
    ck_assert_msg(fabs(variety - 1.0 / 8) < 0.01, "one place of eight: %g", variety);
    for (int above = 0; above < 2; above++) {
        struct heard heard = {.count = 0};
        char options[128];
        (void)snprintf(options, sizeof options,
                       "every=1 warmup=0 patience=1 samples=400 resolution=0.05 duplicates=1 "
                       "variety=%.6f",
                       variety + (above ? 1e-4 : -1e-4));
        ASSERT_OK(f.ctx, gan_trainer_set_alarms(trainer, NULL, options));
        ASSERT_OK(f.ctx, gan_trainer_run(trainer, 1, hear, &heard));
        ck_assert_int_eq(heard.count, above);
    }
    gan_trainer_destroy(trainer);
    gan_layer_destroy(generator);
    gan_dataset_destroy(ring);
    fixture_close(&f);
}
END_TEST

/* The moving mean of how sure D is, from the first step on. */
START_TEST(test_saturation)
{
    struct fixture f;
    double wanted = 0;

    plane_open(&f, "threads=1", NULL, STILL);
    ASSERT_OK(f.ctx, gan_trainer_set_alarms(f.trainer, NULL, "every=1"));
    for (int step = 0; step < 5; step++) {
        ASSERT_OK(f.ctx, gan_trainer_run(f.trainer, 1, NULL, NULL));
        const double sure = (get(&f, "d_real") + 1 - get(&f, "d_generated")) / 2;
        wanted = step == 0 ? sure : 0.98 * wanted + 0.02 * sure;
        assert_near(get(&f, "saturation"), wanted);
    }
    fixture_close(&f);
}
END_TEST

START_TEST(test_everywhere_the_same)
{
    static const char *const contexts[] = {"threads=1 isa=portable", "threads=3 isa=avx2",
                                           "threads=2 isa=avx512", "threads=1"};
    double first[4] = {0};
    for (int i = 0; i < 4; i++) {
        const char *const names[] = {"diversity", "variety", "duplicates", "saturation"};
        struct fixture f;
        gan_context *tried = NULL;
        const gan_status st = gan_context_create(&tried, contexts[i], NULL);
        gan_context_destroy(tried);
        if (st == GAN_E_UNSUPPORTED) {
            continue;
        }
        fixture_open(&f, contexts[i], NULL, plain_generator, plain_discriminator, "batch=8");
        ASSERT_OK(f.ctx, gan_trainer_set_alarms(f.trainer, NULL, "every=2"));
        ASSERT_OK(f.ctx, gan_trainer_run(f.trainer, 4, NULL, NULL));
        for (int k = 0; k < 4; k++) {
            const double value = get(&f, names[k]);
            ck_assert(isfinite(value));
            first[k] = i == 0 ? value : first[k];
            ck_assert_msg(memcmp(&value, &first[k], sizeof value) == 0, "%s: %a and %a", names[k],
                          value, first[k]);
        }
        fixture_close(&f);
    }
}
END_TEST

START_TEST(test_training_is_the_same)
{
    const struct method *method = &methods[_i];
    uint64_t hashes[2];
    for (int watched = 0; watched < 2; watched++) {
        struct fixture f;
        fixture_open(&f, "threads=2 seed=4", NULL, method->generator, method->discriminator,
                     method->options);
        if (watched) {
            ASSERT_OK(f.ctx, gan_trainer_set_alarms(f.trainer, NULL,
                                                    "every=1 warmup=0 non_finite=go_back"));
        }
        ASSERT_OK(f.ctx, gan_trainer_run(f.trainer, 4, NULL, NULL));
        hashes[watched] = fixture_hash(&f);
        fixture_close(&f);
    }
    ck_assert_msg(hashes[0] == hashes[1], "%s", method->name);
}
END_TEST

/* ---- ringing ---- */

static void
let_collapse(struct heard *heard, gan_trainer *trainer)
{
    (void)heard;
    plane_collapse(trainer, 0.25f);
}

static void
let_recover(struct heard *heard, gan_trainer *trainer)
{
    if (heard->act_at == 60) {
        plane_restore(trainer);
        heard->act_at = 74;
        heard->act = let_collapse;
        return;
    }
    plane_collapse(trainer, 0.25f);
    heard->act_at = 60;
}

#define QUICK "every=2 warmup=10 patience=4"

START_TEST(test_never_diverse)
{
    struct heard heard = {.act_at = 40};
    struct fixture f;
    char name[32] = "?", text[1024] = "?";
    int64_t step = -1;

    plane_open(&f, "threads=1", NULL, STILL);
    plane_collapse(f.trainer, 0);
    ASSERT_OK(f.ctx,
              gan_trainer_alarm(f.trainer, &step, name, sizeof name, text, sizeof text, NULL));
    ck_assert(step == 0 && name[0] == '\0' && text[0] == '\0');
    ASSERT_OK(f.ctx, gan_trainer_set_alarms(f.trainer, NULL, QUICK));
    ASSERT_OK(f.ctx, gan_trainer_run(f.trainer, 30, hear, &heard));
    ck_assert_int_eq(heard.count, 1);
    ck_assert_str_eq(heard.alarm[0].name, "never_diverse");
    ck_assert_int_eq(heard.alarm[0].step, 10 + 3 * 2); /* checks at 10, 12, 14, 16 */
    ck_assert_msg(strstr(heard.alarm[0].text, "(4 checks)") != NULL &&
                      strstr(heard.alarm[0].text, "wanted: 0.2") != NULL &&
                      strstr(heard.alarm[0].text, "a share of 1 repeats") != NULL &&
                      strstr(heard.alarm[0].text, "learning rate") != NULL,
                  "%s", heard.alarm[0].text);
    ASSERT_OK(f.ctx,
              gan_trainer_alarm(f.trainer, &step, name, sizeof name, text, sizeof text, NULL));
    ck_assert(step == 16 && strcmp(name, "never_diverse") == 0 &&
              strcmp(text, heard.alarm[0].text) == 0);
    fixture_close(&f);
}
END_TEST

/* It rings once; when its cause had gone and comes again, once more. */
START_TEST(test_lost_diversity)
{
    struct heard heard = {.act_at = 31, .act = let_recover};
    struct fixture f;

    plane_open(&f, "threads=1", NULL, STILL);
    ASSERT_OK(f.ctx, gan_trainer_set_alarms(f.trainer, NULL, QUICK));
    ASSERT_OK(f.ctx, gan_trainer_run(f.trainer, 100, hear, &heard));
    ck_assert_int_eq(heard.count, 2);
    ck_assert_str_eq(heard.alarm[0].name, "lost_diversity");
    ck_assert_int_eq(heard.alarm[0].step, 32 + 3 * 2);
    ck_assert_str_eq(heard.alarm[1].name, "lost_diversity");
    ck_assert_int_eq(heard.alarm[1].step,
                     74 + 3 * 2); /* restored at 60, again from the check of 74 */
    fixture_close(&f);
}
END_TEST

static void
let_be_diverse_once(struct heard *heard, gan_trainer *trainer)
{
    if (heard->act_at == 17) {
        plane_restore(trainer);
        heard->act_at = 19;
    } else {
        plane_collapse(trainer, 0.25f);
        heard->act_at = 17;
    }
}

/* Three checks with a patience of four, and one more later, are not "diverse". */
START_TEST(test_diverse_in_a_row)
{
    struct heard heard = {.act_at = 15, .act = let_be_diverse_once};
    struct fixture f;

    plane_open(&f, "threads=1", NULL, STILL);
    ASSERT_OK(f.ctx, gan_trainer_set_alarms(f.trainer, NULL, QUICK));
    ASSERT_OK(f.ctx, gan_trainer_run(f.trainer, 40, hear, &heard));
    ck_assert_int_eq(heard.count, 1);
    ck_assert_str_eq(heard.alarm[0].name, "never_diverse");
    ck_assert_int_eq(heard.alarm[0].step, 20 + 3 * 2);
    fixture_close(&f);
}
END_TEST

/* Diverse before the warm-up's end does not count; duplicates alone are enough. */
START_TEST(test_warmup_and_duplicates)
{
    struct heard heard = {.act_at = 9, .act = let_collapse};
    struct fixture f;

    plane_open(&f, "threads=1", NULL, STILL);
    ASSERT_OK(f.ctx, gan_trainer_set_alarms(f.trainer, NULL, QUICK " variety=0"));
    ASSERT_OK(f.ctx, gan_trainer_run(f.trainer, 30, hear, &heard));
    ck_assert_int_eq(heard.count, 1);
    ck_assert_str_eq(heard.alarm[0].name, "never_diverse");
    fixture_close(&f);

    heard = (struct heard){.act_at = 9, .act = let_collapse};
    plane_open(&f, "threads=1", NULL, STILL);
    ASSERT_OK(f.ctx, gan_trainer_set_alarms(f.trainer, NULL, QUICK " variety=0 duplicates=1"));
    ASSERT_OK(f.ctx, gan_trainer_run(f.trainer, 30, hear, &heard));
    ck_assert_int_eq(heard.count, 0);
    fixture_close(&f);
}
END_TEST

static void
let_d_forget(struct heard *heard, gan_trainer *trainer)
{
    (void)heard;
    trainer->alarm_state.saturation = 0.5;
}

/* D's logit is the sum of the coordinates: real ones of 0 to 8, generated ones of -60. */
START_TEST(test_d_won)
{
    struct heard heard = {.act_at = 21, .act = let_d_forget};
    struct fixture f;

    plane_open(&f, "threads=1", NULL, STILL);
    fixture_fill(f.ctx, f.discriminator, "1.bias", 20);
    fixture_fill(f.ctx, f.generator, "1.bias", -40);
    ASSERT_OK(f.ctx, gan_trainer_set_alarms(f.trainer, NULL, QUICK));
    ASSERT_OK(f.ctx, gan_trainer_run(f.trainer, 20, hear, &heard));
    ck_assert_int_eq(heard.count, 1);
    ck_assert_str_eq(heard.alarm[0].name, "d_won");
    ck_assert_int_eq(heard.alarm[0].step, 16);
    ck_assert_msg(strstr(heard.alarm[0].text, "above 0.9 for 4 checks") != NULL, "%s",
                  heard.alarm[0].text);
    ck_assert(get(&f, "saturation") > 0.999 && get(&f, "g_gradient_norm") > 1e-6);
    ck_assert_ptr_null(strstr(heard.alarm[0].text, "vanished"));
    /* It falls, and is above 0.9 again when 0.5 * 0.98^80 is left: at the check of step 100. */
    ASSERT_OK(f.ctx, gan_trainer_run(f.trainer, 110, hear, &heard));
    ck_assert_int_eq(heard.count, 2);
    ck_assert_str_eq(heard.alarm[1].name, "d_won");
    ck_assert_int_eq(heard.alarm[1].step, 100 + 3 * 2);
    fixture_close(&f);

    /* The minimax loss has no gradient left for G there. */
    heard = (struct heard){.count = 0};
    plane_open(&f, "threads=1", NULL, STILL " loss=standard");
    fixture_fill(f.ctx, f.discriminator, "1.bias", 20);
    fixture_fill(f.ctx, f.generator, "1.bias", -40);
    ASSERT_OK(f.ctx, gan_trainer_set_alarms(f.trainer, NULL, QUICK));
    ASSERT_OK(f.ctx, gan_trainer_run(f.trainer, 20, hear, &heard));
    ck_assert_int_eq(heard.count, 1);
    ck_assert_msg(strstr(heard.alarm[0].text, ", it has vanished.") != NULL, "%s",
                  heard.alarm[0].text);
    fixture_close(&f);

    /* A critic's output says nothing of that kind. */
    heard = (struct heard){.count = 0};
    plane_open(&f, "threads=1", NULL, STILL " loss=wasserstein");
    fixture_fill(f.ctx, f.generator, "1.bias", -40);
    ASSERT_OK(f.ctx, gan_trainer_set_alarms(f.trainer, NULL, QUICK));
    ASSERT_OK(f.ctx, gan_trainer_run(f.trainer, 30, hear, &heard));
    ck_assert_int_eq(heard.count, 0);
    ck_assert(isnan(get(&f, "saturation")));
    fixture_close(&f);
}
END_TEST

START_TEST(test_program_stops)
{
    struct heard heard = {.answer = 1};
    struct fixture f;

    plane_open(&f, "threads=1", NULL, STILL);
    plane_collapse(f.trainer, 0);
    ASSERT_OK(f.ctx, gan_trainer_set_alarms(f.trainer, NULL, QUICK));
    ASSERT_FAILS(f.ctx, gan_trainer_run(f.trainer, 30, hear, &heard), GAN_E_CANCELLED,
                 "asked to stop after step 16");
    ck_assert_int_eq(f.trainer->counters.steps, 16);
    heard.answer = 0;
    ASSERT_OK(f.ctx, gan_trainer_run(f.trainer, 14, hear, &heard));
    ck_assert_int_eq(heard.count, 1);
    fixture_close(&f);
}
END_TEST

/* ---- across a resume ---- */

/* Checkpoint after `cut` steps, everything anew, and on: the same alarms at the same steps. */
static void
run_in_two(struct heard *heard, int64_t cut, const char *path)
{
    static const char *const last = "alarms-end.safetensors";
    struct fixture f;

    plane_open(&f, "threads=1", NULL, STILL);
    plane_collapse(f.trainer, 0);
    ASSERT_OK(f.ctx, gan_trainer_set_alarms(f.trainer, NULL, QUICK));
    ASSERT_OK(f.ctx, gan_trainer_run(f.trainer, cut, hear, heard));
    ASSERT_OK(f.ctx, gan_trainer_save(f.trainer, path));
    gan_trainer_destroy(f.trainer);
    ASSERT_OK(f.ctx, gan_trainer_resume(f.ctx, &f.trainer, f.dataset, path, NULL));
    ASSERT_OK(f.ctx, gan_trainer_set_alarms(f.trainer, NULL, QUICK));
    ASSERT_OK(f.ctx, gan_trainer_run(f.trainer, 40 - cut, hear, heard));
    ASSERT_OK(f.ctx, gan_trainer_save(f.trainer, last));
    fixture_close(&f);
}

static size_t
read_file(const char *path, char *buffer, size_t size)
{
    FILE *file = fopen(path, "rb");
    ck_assert_ptr_nonnull(file);
    const size_t length = fread(buffer, 1, size, file);
    (void)fclose(file);
    (void)remove(path);
    return length;
}

START_TEST(test_resume)
{
    static const int64_t cuts[] = {5, 11, 12, 15, 16, 17, 31};
    static char wanted[1 << 16], found[1 << 16];
    static const char path[] = "alarms.safetensors";
    struct heard heard = {.count = 0};
    size_t length;

    run_in_two(&heard, 40, path);
    length = read_file("alarms-end.safetensors", wanted, sizeof wanted);
    for (size_t i = 0; i < sizeof cuts / sizeof cuts[0]; i++) {
        heard = (struct heard){.count = 0};
        run_in_two(&heard, cuts[i], path);
        ck_assert_int_eq(heard.count, 1);
        ck_assert_int_eq(heard.alarm[0].step, 16);
        ck_assert_uint_eq(read_file("alarms-end.safetensors", found, sizeof found), length);
        ck_assert_msg(memcmp(wanted, found, length) == 0, "cut after step %d", (int)cuts[i]);
    }
    (void)remove(path);
}
END_TEST

/* ---- refusals ---- */

static void
set_inside(struct heard *heard, gan_trainer *trainer)
{
    gan_context *ctx = gan__trainer_context(trainer);
    (void)heard;
    ASSERT_FAILS(ctx, gan_trainer_set_alarms(trainer, NULL, NULL), GAN_E_STATE, "");
}

START_TEST(test_refusals)
{
    struct heard heard = {.act_at = 1, .act = set_inside};
    static const int64_t shape[] = {2};
    static float point[2] = {1, 2};
    struct fixture f, other;
    gan_layer *network = NULL;
    gan_judge *judge = NULL;
    gan_dataset *one = NULL;
    gan_trainer *trainer = NULL;

    plane_open(&f, "threads=1", NULL, STILL);
    ck_assert_int_eq(gan_trainer_set_alarms(NULL, NULL, NULL), GAN_E_ARG);
    ck_assert_int_eq(gan_trainer_alarm(NULL, NULL, NULL, 0, NULL, 0, NULL), GAN_E_ARG);
    ASSERT_FAILS(f.ctx, gan_trainer_set_alarms(f.trainer, NULL, "samples=1"), GAN_E_ARG, "samples");
    ASSERT_FAILS(f.ctx, gan_trainer_set_alarms(f.trainer, NULL, "evry=5"), GAN_E_ARG, "every");
    ASSERT_FAILS(f.ctx, gan_trainer_set_alarms(f.trainer, NULL, "non_finite=back"), GAN_E_ARG,
                 "go_back");
    ck_assert_ptr_null(f.trainer->watches[GAN__WATCH_ALARMS]);
    ASSERT_OK(f.ctx, gan_trainer_run(f.trainer, 2, hear, &heard));
    /* Pictures for a judge of other pictures. */
    ASSERT_OK(f.ctx, gan_layer_parse(f.ctx, &network,
                                     "gan-network 1\ninput shape=3\ndense units=4\nrelu\ndense "
                                     "units=2\n"));
    ASSERT_OK(f.ctx, gan_judge_create(f.ctx, &judge, network, "round=false"));
    ASSERT_FAILS(f.ctx, gan_trainer_set_alarms(f.trainer, judge, NULL), GAN_E_SHAPE, "3");
    plane_open(&other, "threads=1", NULL, STILL);
    ASSERT_FAILS(other.ctx, gan_trainer_set_alarms(other.trainer, judge, NULL), GAN_E_ARG,
                 "another context");
    fixture_close(&other);
    gan_judge_destroy(judge);
    gan_layer_destroy(network);
    /* One sample. */
    ASSERT_OK(f.ctx, gan_dataset_create_memory(f.ctx, &one, point, 1, shape, 1, NULL));
    ASSERT_OK(f.ctx,
              gan_trainer_create(f.ctx, &trainer, f.generator, f.discriminator, one, "batch=1"));
    ASSERT_FAILS(f.ctx, gan_trainer_set_alarms(trainer, NULL, NULL), GAN_E_ARG,
                 "the dataset has 1 sample;");
    gan_trainer_destroy(trainer);
    gan_dataset_destroy(one);
    fixture_close(&f);
}
END_TEST

/* Real samples that are all the same cannot be lost. */
START_TEST(test_all_the_same)
{
    static const int64_t shape[] = {2};
    static float same[10][2];
    struct heard heard = {.count = 0};
    struct fixture f;
    gan_dataset *dataset = NULL;
    gan_trainer *trainer = NULL;

    plane_open(&f, "threads=1", NULL, STILL);
    ASSERT_OK(f.ctx, gan_dataset_create_memory(f.ctx, &dataset, &same[0][0], 10, shape, 1, NULL));
    ASSERT_OK(f.ctx,
              gan_trainer_create(f.ctx, &trainer, f.generator, f.discriminator, dataset, STILL));
    plane_collapse(trainer, 0);
    ASSERT_OK(f.ctx, gan_trainer_set_alarms(trainer, NULL, QUICK));
    ASSERT_OK(f.ctx, gan_trainer_run(trainer, 30, hear, &heard));
    ck_assert_int_eq(heard.count, 0);
    gan_trainer_destroy(trainer);
    gan_dataset_destroy(dataset);
    fixture_close(&f);
}
END_TEST

/* Distances in a judge's features: the judge sees the first coordinate only. */
START_TEST(test_judge)
{
    struct heard heard = {.count = 0};
    struct fixture f;
    gan_layer *network = NULL;
    gan_judge *judge = NULL;
    gan_tensor *weight = NULL;

    plane_open(&f, "threads=1", NULL, STILL);
    ASSERT_OK(f.ctx,
              gan_layer_parse(f.ctx, &network,
                              "gan-network 1\ninput shape=2\ndense units=1 name=first\ndense "
                              "units=2\n"));
    ASSERT_OK(f.ctx, gan_layer_find_parameter(network, &weight, "first.weight"));
    gan__data(weight)[0] = 1;
    gan__data(weight)[1] = 0;
    gan_tensor_destroy(weight);
    ASSERT_OK(f.ctx, gan_judge_create(f.ctx, &judge, network, "features=first round=false"));
    /* G moves the second coordinate only. */
    plane_collapse(f.trainer, 0);
    ASSERT_OK(f.ctx, gan_layer_find_parameter(f.generator, &weight, "1.weight"));
    gan__data(weight)[3] = 1;
    gan_tensor_destroy(weight);
    ASSERT_OK(f.ctx, gan_trainer_set_alarms(f.trainer, judge, QUICK));
    gan_judge_destroy(judge); /* the watch holds it */
    ASSERT_OK(f.ctx, gan_trainer_run(f.trainer, 20, hear, &heard));
    ck_assert_int_eq(heard.count, 1);
    ck_assert_str_eq(heard.alarm[0].name, "never_diverse");
    /* Samples that are finite, of which the judge's features are not: no numbers, and no failure. */
    fixture_fill(f.ctx, f.generator, "1.bias", 10);
    fixture_fill(f.ctx, network, "first.weight", 3e38f);
    ASSERT_OK(f.ctx, gan_trainer_run(f.trainer, 2, NULL, NULL));
    ck_assert(isnan(get(&f, "variety")) && isnan(get(&f, "duplicates")));
    gan_layer_destroy(network);
    fixture_close(&f);
}
END_TEST

Suite *
alarms_suite(void)
{
    Suite *suite = suite_create("alarms");
    TCase *tcase = tcase_create("alarms");
    tcase_add_test(tcase, test_numbers);
    tcase_add_test(tcase, test_variety_counts_places);
    tcase_add_test(tcase, test_saturation);
    tcase_add_test(tcase, test_everywhere_the_same);
    tcase_add_loop_test(tcase, test_training_is_the_same, 0, method_count);
    tcase_add_test(tcase, test_never_diverse);
    tcase_add_test(tcase, test_lost_diversity);
    tcase_add_test(tcase, test_diverse_in_a_row);
    tcase_add_test(tcase, test_warmup_and_duplicates);
    tcase_add_test(tcase, test_d_won);
    tcase_add_test(tcase, test_program_stops);
    tcase_add_test(tcase, test_resume);
    tcase_add_test(tcase, test_refusals);
    tcase_add_test(tcase, test_all_the_same);
    tcase_add_test(tcase, test_judge);
    tcase_set_timeout(tcase, 120);
    suite_add_tcase(suite, tcase);
    return suite;
}

int
main(void)
{
    SRunner *runner = srunner_create(alarms_suite());
    srunner_add_suite(runner, divergence_suite());
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
