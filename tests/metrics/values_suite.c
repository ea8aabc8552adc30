/* gan_metric_value(): what a measure's scores have, without a score. */
#include <gan/metrics.h>

#include <stdio.h>

#include "metrics/metric.h"
#include "support.h"

Suite *values_suite(void);

static const struct {
    const char *kind, *values;
} cases[] = {
    {"inception_score", "inception_score+ inception_score_deviation "},
    {"fid", "fid- "},
    {"kid", "kid- kid_deviation "},
    {"prdc", "precision+ recall+ density+ coverage+ "},
    {"modes", "modes+ modes_of divergence- rarest+ clear+ "},
    {"nearest", "nearest- nearest_real copies- "},
    {"diversity", "diversity duplicates- "},
};

START_TEST(test_listed)
{
    gan_context *ctx = NULL;
    gan_metric *metric = NULL;
    char found[128] = "";

    ASSERT_OK(ctx, gan_context_create(&ctx, "threads=1", NULL));
    ASSERT_OK(ctx, gan_metric_create(ctx, &metric, cases[_i].kind, NULL));
    for (int32_t i = 0, count = 1; i < count; i++) {
        char name[40];
        int32_t better = 7;
        const size_t length = strlen(found);
        ASSERT_OK(ctx, gan_metric_value(metric, i, &count, &better, name, sizeof name, NULL));
        ck_assert_int_le(count, GAN__SCORE_VALUES);
        ck_assert(better >= -1 && better <= 1);
        snprintf(found + length, sizeof found - length, "%s%s ", name,
                 better > 0   ? "+"
                 : better < 0 ? "-"
                              : "");
    }
    ck_assert_str_eq(found, cases[_i].values);
    gan_metric_destroy(metric);
    gan_context_destroy(ctx);
}
END_TEST

START_TEST(test_refused)
{
    gan_context *ctx = NULL;
    gan_metric *metric = NULL;
    int32_t count = 7, better = 7;
    char name[3] = "";
    size_t needed = 0;

    ASSERT_OK(ctx, gan_context_create(&ctx, "threads=1", NULL));
    ASSERT_OK(ctx, gan_metric_create(ctx, &metric, "kid", NULL));
    ck_assert_int_eq(gan_metric_value(NULL, 0, &count, &better, NULL, 0, NULL), GAN_E_ARG);
    ASSERT_FAILS(ctx, gan_metric_value(metric, 2, &count, &better, NULL, 0, NULL), GAN_E_ARG,
                 "kid: index is 2, wanted 0 to 1");
    ASSERT_FAILS(ctx, gan_metric_value(metric, -1, &count, &better, NULL, 0, NULL), GAN_E_ARG,
                 "index is -1");
    ASSERT_FAILS(ctx, gan_metric_value(metric, 0, &count, &better, NULL, 4, NULL), GAN_E_ARG,
                 "name is NULL");
    ck_assert(count == 0 && better == 0);
    ASSERT_OK(ctx, gan_metric_value(metric, 1, NULL, NULL, name, sizeof name, &needed));
    ck_assert_str_eq(name, "ki");
    ck_assert_uint_eq(needed, sizeof "kid_deviation");
    ASSERT_OK(ctx, gan_metric_value(metric, 0, &count, NULL, NULL, 0, NULL));
    ck_assert_int_eq(count, 2);
    gan_metric_destroy(metric);
    gan_context_destroy(ctx);
}
END_TEST

Suite *
values_suite(void)
{
    Suite *suite = suite_create("values");
    TCase *tests = tcase_create("values");

    tcase_add_loop_test(tests, test_listed, 0, (int)(sizeof cases / sizeof cases[0]));
    tcase_add_test(tests, test_refused);
    suite_add_tcase(suite, tests);
    return suite;
}
