/* modes: counted by hand. */
#include <gan/metrics.h>

#include <math.h>
#include <stdio.h>

#include "metrics/features.h"
#include "sets.h"

Suite *modes_suite(void);

enum { CLASSES = 4 };

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
}

/* A sample for each letter: of class a, b, c or d, whose logit is above the others' by ln 27 (A to
 * D: probability 0.9) or by ln 3 (a to d: probability 0.5). */
static gan_features *
letters(gan_context *context, const char *text)
{
    gan_features *set = NULL;

    ASSERT_OK(context, gan_features_create_rows(context, &set, text, NULL, 1, CLASSES));
    for (; *text != '\0'; text++) {
        const bool clear = *text < 'a';
        const float row = 0;
        float logits[CLASSES];
        for (int c = 0; c < CLASSES; c++) {
            logits[c] = 5;
        }
        logits[*text - (clear ? 'A' : 'a')] += clear ? 3.2958369F : 1.0986123F;
        ASSERT_OK(context, gan_features_add_rows(set, &row, logits, 1));
    }
    return set;
}

static const char names[] = "modes modes_of divergence rarest clear";

static const struct {
    const char *generated, *real, *options;
    double modes, modes_of, divergence, rarest, clear;
} cases[] = {
    {"abcd", NULL, NULL, 4, 4, 0, 0.25, 1},
    {"aaaa", NULL, NULL, 1, 4, 1.38629436111989062, 0, 1}, /* ln 4 */
    {"aabb", NULL, NULL, 2, 4, 0.69314718055994531, 0, 1},
    {"aabb", "ab", NULL, 2, 2, 0, 0.5, 1},
    {"aaab", "ab", NULL, 2, 2, 0.13081203594113692, 0.25, 1}, /* 3/4 ln 3/2 + 1/4 ln 1/2 */
    {"aaab", "abc", NULL, 2, 3, 0.53627714404930129, 0, 1},   /* 3/4 ln 9/4 + 1/4 ln 3/4 */
    {"ab", "aaaa", NULL, 1, 1, 0.34657359027997264, 0.5, 1},  /* 1/2 ln 1/2 + 1/2 ln 4 */
    {"AAab", NULL, "confidence=0.89", 1, 4, 0.82395921650108227, 0, 0.5},
    {"AAaB", NULL, "confidence=0.91", 0, 4, 0.82395921650108227, 0, 0},
    {"AAaB", NULL, "confidence=0.49", 2, 4, 0.82395921650108227, 0, 1},
    {"AAaB", NULL, "confidence=0.89 share=0.25", 2, 4, 0.82395921650108227, 0, 0.75},
    {"AAaB", NULL, "confidence=0.89 share=0.26", 1, 4, 0.82395921650108227, 0, 0.75},
    {"abcc", NULL, "share=0.5", 1, 4, 0.34657359027997264, 0, 1},
};

START_TEST(test_counts)
{
    gan_features *const a = letters(ctx, cases[_i].generated);
    gan_features *const b = cases[_i].real == NULL ? NULL : letters(ctx, cases[_i].real);
    double values[VALUES];

    compute_in(ctx, values, a, b, "modes", cases[_i].options, names);
    ck_assert(values[0] == cases[_i].modes);
    ck_assert(values[1] == cases[_i].modes_of);
    ck_assert_double_eq_tol(values[2], cases[_i].divergence, 1e-10);
    ck_assert_double_eq_tol(values[3], cases[_i].rarest, 1e-15);
    ck_assert_double_eq_tol(values[4], cases[_i].clear, 1e-15);
    gan_features_destroy(a);
    gan_features_destroy(b);
}
END_TEST

/* 1,000 classes, of which the samples have each second one. */
START_TEST(test_many)
{
    enum { MANY = 1000 };
    float *const logits = calloc(MANY, sizeof *logits);
    const float row = 0;
    double values[VALUES];
    gan_features *set = NULL;

    ASSERT_OK(ctx, gan_features_create_rows(ctx, &set, NULL, NULL, 1, MANY));
    for (int i = 0; i < MANY; i += 2) {
        logits[i] = 9;
        ASSERT_OK(ctx, gan_features_add_rows(set, &row, logits, 1));
        logits[i] = 0;
    }
    compute_in(ctx, values, set, NULL, "modes", NULL, names);
    ck_assert(values[0] == 500 && values[1] == MANY);
    ck_assert_double_eq_tol(values[2], 0.69314718055994531, 1e-12);
    gan_features_destroy(set);
    free(logits);
}
END_TEST

/* ---- stacked: three pictures as one ---- */

enum { DIGITS = 10, STACKED = DIGITS * DIGITS * DIGITS, COUNT = 26000 };

/* "Digits" of ten pixels, one of which is bright, all or but the last class; by threes. */
static gan_dataset *
stacked_digits(gan_context *context, int digits, const char *options)
{
    static const int64_t shape[] = {1, DIGITS, 1};
    float pixels[DIGITS * DIGITS];
    int32_t labels[DIGITS];
    gan_dataset *plain = NULL, *stacked = NULL;

    for (int i = 0; i < DIGITS * DIGITS; i++) {
        pixels[i] = i / DIGITS == i % DIGITS ? 1 : -1;
    }
    for (int i = 0; i < DIGITS; i++) {
        labels[i] = i;
    }
    ASSERT_OK(context,
              gan_dataset_create_memory(context, &plain, pixels, digits, shape, 3, labels));
    ASSERT_OK(context, gan_dataset_create_stacked(plain, &stacked, options));
    gan_dataset_destroy(plain);
    return stacked;
}

/* Whose largest logit is that of the bright pixel. */
static gan_judge *
stacked_judge(gan_context *context)
{
    float weight[DIGITS * DIGITS] = {0};
    gan_layer *network = NULL;
    gan_tensor *tensor = NULL;
    gan_judge *judge = NULL;

    for (int i = 0; i < DIGITS; i++) {
        weight[i * DIGITS + i] = 1;
    }
    ASSERT_OK(context,
              gan_layer_parse(context, &network,
                              "gan-network 1\ninput shape=1x10x1\nflatten\ndense units=10\n"));
    ASSERT_OK(context, gan_layer_find_parameter(network, &tensor, "2.weight"));
    ASSERT_OK(context, gan_tensor_write(tensor, weight, DIGITS * DIGITS));
    ASSERT_OK(context, gan_judge_create(context, &judge, network, "stacked=true"));
    gan_tensor_destroy(tensor);
    gan_layer_destroy(network);
    return judge;
}

/* How many samples of each class, by the dataset's labels, which are of as many digits as it has. */
static void
count_labels(gan_context *context, gan_dataset *dataset, int digits, double counts[STACKED])
{
    float sample[DIGITS * 3];

    memset(counts, 0, STACKED * sizeof *counts);
    for (int64_t i = 0; i < COUNT; i++) {
        int32_t label = -1;
        ASSERT_OK(context, gan_dataset_read(dataset, sample, &label, &i, 1));
        const int a = label / (digits * digits), b = label / digits % digits, c = label % digits;
        counts[(a * DIGITS + b) * DIGITS + c]++;
    }
}

/* 26,000 samples of 1,000 modes, all of which are there, and of 9 digits' 729. */
START_TEST(test_stacked)
{
    static double real_counts[STACKED], counts[STACKED];
    const int digits = _i == 0 ? DIGITS : DIGITS - 1;
    gan_dataset *const data = stacked_digits(ctx, DIGITS, "count=26000 seed=1");
    gan_dataset *const drawn = stacked_digits(ctx, digits, "count=26000 seed=2");
    gan_judge *const judge = stacked_judge(ctx);
    gan_features *real = NULL, *generated = NULL;
    double values[VALUES], modes = 0, divergence = 0, uneven = 0, rarest = COUNT;

    count_labels(ctx, data, DIGITS, real_counts);
    count_labels(ctx, drawn, digits, counts);
    for (int i = 0; i < STACKED; i++) {
        ck_assert(real_counts[i] > 0);
        modes += counts[i] > 0;
        divergence += counts[i] > 0 ? counts[i] / COUNT * log(counts[i] / real_counts[i]) : 0;
        uneven += counts[i] > 0 ? counts[i] / COUNT * log(counts[i] / COUNT * STACKED) : 0;
        rarest = counts[i] < rarest ? counts[i] : rarest;
    }
    ck_assert(modes == digits * digits * digits);
    ASSERT_OK(ctx, gan_features_create(judge, &real, "digits"));
    ASSERT_OK(ctx, gan_features_create(judge, &generated, "drawn"));
    ASSERT_OK(ctx, gan_features_add_dataset(real, data, NULL));
    ASSERT_OK(ctx, gan_features_add_dataset(generated, drawn, NULL));
    compute_in(ctx, values, generated, real, "modes", NULL, names);
    ck_assert(values[0] == modes && values[1] == STACKED);
    ck_assert_double_eq_tol(values[2], divergence, 1e-10);
    ck_assert_double_eq_tol(values[3], rarest / COUNT, 1e-15);
    compute_in(ctx, values, generated, NULL, "modes", NULL, names);
    ck_assert(values[0] == modes && values[1] == STACKED);
    ck_assert_double_eq_tol(values[2], uneven, 1e-10);
    gan_features_destroy(real);
    gan_features_destroy(generated);
    gan_judge_destroy(judge);
    gan_dataset_destroy(data);
    gan_dataset_destroy(drawn);
}
END_TEST

/* The same bits on each instruction set and at any number of threads. */
START_TEST(test_bits)
{
    enum { SAMPLES = 3000, SEEN = 7 };
    static const char *const options[] = {"threads=1 isa=portable", "threads=2 isa=avx2",
                                          "threads=3 isa=avx512", "threads=1"};
    static float rows[SAMPLES], logits[2][SAMPLES * SEEN];
    double wanted[VALUES] = {0};
    int contexts = 0;

    for (int i = 0; i < SAMPLES * SEEN; i++) {
        logits[0][i] = 5 * set_uniform(1, i);
        logits[1][i] = 4 * set_uniform(2, i) + (i % SEEN == 3);
    }
    for (size_t c = 0; c < sizeof options / sizeof options[0]; c++) {
        gan_context *own = NULL;
        if (gan_context_create(&own, options[c], NULL) == GAN_OK) {
            gan_features *sets[2] = {NULL, NULL};
            double values[VALUES] = {0};
            for (int k = 0; k < 2; k++) {
                ASSERT_OK(own, gan_features_create_rows(own, &sets[k], NULL, NULL, 1, SEEN));
                ASSERT_OK(own, gan_features_add_rows(sets[k], rows, logits[k], SAMPLES));
            }
            compute_in(own, values, sets[0], sets[1], "modes", "confidence=0.5", names);
            ck_assert(values[4] > 0.1 && values[4] < 0.9);
            if (contexts++ == 0) {
                memcpy(wanted, values, sizeof wanted);
            }
            ck_assert_msg(memcmp(wanted, values, sizeof wanted) == 0, "%s", options[c]);
            gan_features_destroy(sets[0]);
            gan_features_destroy(sets[1]);
        }
        gan_context_destroy(own);
    }
    ck_assert_int_ge(contexts, 2);
}
END_TEST

START_TEST(test_refused)
{
    static const float rows[2] = {0, 1};
    gan_features *const plain = set_rows(ctx, "plain", rows, 2, 1), *const set = letters(ctx, "ab");
    gan_features *fewer = NULL;
    gan_metric *metric = NULL;
    gan_score *score = NULL;

    ASSERT_OK(ctx, gan_metric_create(ctx, &metric, "modes", NULL));
    ASSERT_FAILS(ctx, gan_metric_compute(metric, &score, plain, NULL), GAN_E_ARG, "no classes");
    ASSERT_FAILS(ctx, gan_metric_compute(metric, &score, set, plain), GAN_E_ARG, "no classes");
    ASSERT_OK(ctx, gan_features_create_rows(ctx, &fewer, "fewer", NULL, 1, 2));
    ASSERT_OK(ctx, gan_features_add_rows(fewer, rows, rows, 1));
    ASSERT_FAILS(ctx, gan_metric_compute(metric, &score, set, fewer), GAN_E_ARG, "\"fewer\" has 2");
    gan_metric_destroy(metric);
    ASSERT_FAILS(ctx, gan_metric_create(ctx, &metric, "modes", "share=2"), GAN_E_ARG, "share");
    gan_features_destroy(plain);
    gan_features_destroy(set);
    gan_features_destroy(fewer);
}
END_TEST

START_TEST(test_no_memory)
{
    struct test_allocator host;
    gan_context *failing = failing_context(&host);
    gan_features *const set = letters(failing, "aB");
    gan_metric *metric = NULL;
    gan_score *score = NULL;

    ASSERT_OK(failing, gan_metric_create(failing, &metric, "modes", "confidence=0.5"));
    EACH_ALLOCATION_FAILS(failing, &host, gan_metric_compute(metric, &score, set, set),
                          score == NULL);
    gan_score_destroy(score);
    gan_metric_destroy(metric);
    gan_features_destroy(set);
    gan_context_destroy(failing);
    ck_assert_int_eq(host.blocks, 0);
}
END_TEST

Suite *
modes_suite(void)
{
    Suite *suite = suite_create("modes");
    TCase *tests = tcase_create("modes");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_set_timeout(tests, 120);
    tcase_add_loop_test(tests, test_counts, 0, (int)(sizeof cases / sizeof cases[0]));
    tcase_add_test(tests, test_many);
    tcase_add_loop_test(tests, test_stacked, 0, 2);
    tcase_add_test(tests, test_bits);
    tcase_add_test(tests, test_refused);
    tcase_add_test(tests, test_no_memory);
    suite_add_tcase(suite, tests);
    return suite;
}
