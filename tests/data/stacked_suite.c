/* stacked: three pictures as channels, their classes as one number, the same ones each time. */
#include <gan/dataset.h>
#include <gan/tensor.h>

#include "data/dataset.h"
#include "oracle/failing_host.h"

Suite *stacked_suite(void);

enum { N = 7, H = 3, W = 2, PLAIN = H * W, SAMPLE = PLAIN * 3, CLASSES = 4 };

static gan_context *ctx;

static void
setup(void)
{
    ASSERT_OK(ctx, gan_context_create(&ctx, "threads=1 seed=11", NULL));
}

static void
teardown(void)
{
    gan_context_destroy(ctx);
}

/* Each element of each picture is another number; picture i is of class i mod 4. */
static gan_dataset *
grey(gan_context *context, bool labelled)
{
    static const int64_t shape[] = {H, W, 1};
    float values[N * PLAIN];
    int32_t labels[N];
    gan_dataset *dataset = NULL;

    for (int i = 0; i < N * PLAIN; i++) {
        values[i] = (float)i;
    }
    for (int i = 0; i < N; i++) {
        labels[i] = i % CLASSES;
    }
    ASSERT_OK(context, gan_dataset_create_memory(context, &dataset, values, N, shape, 3,
                                                 labelled ? labels : NULL));
    return dataset;
}

static gan_dataset *
stack(gan_context *context, const char *options)
{
    gan_dataset *plain = grey(context, true), *stacked = NULL;

    ASSERT_OK(context, gan_dataset_create_stacked(plain, &stacked, options));
    gan_dataset_destroy(plain);
    return stacked;
}

/* Which picture is a channel of the sample: all of it, in place. */
static int
channel_of(const float *sample, int channel)
{
    const int picture = (int)sample[channel] / PLAIN;

    for (int i = 0; i < PLAIN; i++) {
        ck_assert(sample[i * 3 + channel] == (float)(picture * PLAIN + i));
    }
    return picture;
}

START_TEST(test_samples)
{
    enum { COUNT = 7000 };
    gan_dataset *d = stack(ctx, "count=7000");
    int64_t shape[GAN_RANK_MAX], count = 0;
    int32_t rank = 0, classes = 0;
    int seen[3][N] = {{0}}, equal = 0;

    ASSERT_OK(ctx, gan_dataset_shape(d, shape, GAN_RANK_MAX, &rank));
    ck_assert(rank == 3 && shape[0] == H && shape[1] == W && shape[2] == 3);
    ASSERT_OK(ctx, gan_dataset_classes(d, &classes));
    ck_assert_int_eq(classes, CLASSES * CLASSES * CLASSES);
    ASSERT_OK(ctx, gan_dataset_count(d, &count));
    ck_assert_int_eq(count, COUNT);
    for (int64_t i = 0; i < COUNT; i++) {
        float sample[SAMPLE];
        int32_t label = -1;
        ASSERT_OK(ctx, gan_dataset_read(d, sample, &label, &i, 1));
        const int a = channel_of(sample, 0), b = channel_of(sample, 1), c = channel_of(sample, 2);
        ck_assert_int_eq(label, (a % CLASSES * CLASSES + b % CLASSES) * CLASSES + c % CLASSES);
        seen[0][a]++;
        seen[1][b]++;
        seen[2][c]++;
        equal += a == b && b == c;
    }
    for (int channel = 0; channel < 3; channel++) {
        for (int i = 0; i < N; i++) { /* 1000 each, deviation 29 */
            ck_assert(seen[channel][i] > 850 && seen[channel][i] < 1150);
        }
    }
    ck_assert(equal > 90 && equal < 200); /* 143, deviation 12 */
    gan_dataset_destroy(d);
}
END_TEST

/* A function of seed and number: in any order, in a context of any seed; the count changes none. */
START_TEST(test_function)
{
    static const int64_t forwards[] = {0, 1, 2, 3, 4}, backwards[] = {4, 3, 2, 1, 0};
    float samples[5 * SAMPLE], again[5 * SAMPLE];
    gan_context *other = NULL;

    ASSERT_OK(other, gan_context_create(&other, "threads=2 seed=12", NULL));
    gan_dataset *a = stack(ctx, "count=5 seed=3"), *b = stack(other, "count=600 seed=3"),
                *c = stack(ctx, "count=5 seed=4");
    ASSERT_OK(ctx, gan_dataset_read(a, samples, NULL, forwards, 5));
    ASSERT_OK(other, gan_dataset_read(b, again, NULL, backwards, 5));
    for (int i = 0; i < 5; i++) {
        ck_assert_mem_eq(samples + i * SAMPLE, again + (4 - i) * SAMPLE, SAMPLE * sizeof *again);
    }
    ASSERT_OK(ctx, gan_dataset_read(c, again, NULL, forwards, 5));
    ck_assert_mem_ne(samples, again, sizeof again);
    ASSERT_OK(ctx, gan_dataset_read_batch(a, again, NULL, NULL, 5, 0));
    gan_dataset_destroy(a);
    gan_dataset_destroy(b);
    gan_dataset_destroy(c);
    gan_context_destroy(other);
}
END_TEST

START_TEST(test_text_and_refused)
{
    static const int64_t shape[] = {1, 1, 3}, flat[] = {3}, one[] = {1, 1, 1};
    static const float values[3] = {0};
    const int32_t label = 1290;
    const int64_t index = 0;
    float sample[SAMPLE];
    int32_t classes = -1;
    char text[200];
    gan_dataset *d = stack(ctx, "count=9"), *inner = NULL, *out = d;

    ASSERT_OK(ctx, gan_dataset_text(d, text, sizeof text, NULL));
    ck_assert_str_eq(text, "stacked count=9 seed=0 of memory count=7 shape=3x2x1 classes=4");
    ASSERT_OK(ctx, gan_dataset_class_name(d, text, sizeof text, NULL, 63));
    ck_assert_str_eq(text, "63");
    ASSERT_FAILS(ctx, gan_dataset_create_stacked(d, &out, NULL), GAN_E_SHAPE,
                 "[3, 2, 3], wanted grey pictures");
    ck_assert_ptr_null(out);
    gan_dataset_destroy(d);

    ASSERT_OK(ctx, gan_dataset_create_memory(ctx, &inner, values, 1, flat, 1, NULL));
    ASSERT_FAILS(ctx, gan_dataset_create_stacked(inner, &out, NULL), GAN_E_SHAPE, "[3], wanted");
    gan_dataset_destroy(inner);
    ASSERT_OK(ctx, gan_dataset_create_memory(ctx, &inner, values, 1, shape, 3, NULL));
    ASSERT_FAILS(ctx, gan_dataset_create_stacked(inner, &out, NULL), GAN_E_SHAPE, "[1, 1, 3]");
    gan_dataset_destroy(inner);
    ASSERT_OK(ctx, gan_dataset_create_memory(ctx, &inner, values, 1, one, 3, &label));
    ASSERT_FAILS(ctx, gan_dataset_create_stacked(inner, &out, NULL), GAN_E_ARG,
                 "has 1291 classes, wanted at most 1290");
    gan_dataset_destroy(inner);

    inner = grey(ctx, false);
    ASSERT_FAILS(ctx, gan_dataset_create_stacked(inner, &out, "count=0"), GAN_E_ARG, "count");
    ASSERT_FAILS(ctx, gan_dataset_create_stacked(inner, &out, "cont=1"), GAN_E_ARG, "count");
    ASSERT_FAILS(ctx, gan_dataset_create_stacked(inner, NULL, NULL), GAN_E_ARG, "stacked is NULL");
    ck_assert_int_eq(gan_dataset_create_stacked(NULL, &out, NULL), GAN_E_ARG);
    ASSERT_OK(ctx, gan_dataset_create_stacked(inner, &out, NULL));
    ASSERT_OK(ctx, gan_dataset_classes(out, &classes));
    ck_assert_int_eq(classes, 0);
    ASSERT_OK(ctx, gan_dataset_read(out, sample, NULL, &index, 1));
    ASSERT_FAILS(ctx, gan_dataset_read(out, sample, &classes, &index, 1), GAN_E_ARG, "no labels");
    gan_dataset_destroy(out);
    gan_dataset_destroy(inner);
}
END_TEST

START_TEST(test_no_memory)
{
    struct test_allocator host;
    gan_context *failing = failing_context(&host);
    gan_dataset *d = NULL, *inner = grey(failing, true);

    EACH_ALLOCATION_FAILS(failing, &host, gan_dataset_create_stacked(inner, &d, "count=3"),
                          d == NULL);
    gan_dataset_destroy(d);
    gan_dataset_destroy(inner);
    gan_context_destroy(failing);
    ck_assert_int_eq(host.blocks, 0);
}
END_TEST

Suite *
stacked_suite(void)
{
    Suite *suite = suite_create("stacked");
    TCase *tests = tcase_create("stacked");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, test_samples);
    tcase_add_test(tests, test_function);
    tcase_add_test(tests, test_text_and_refused);
    tcase_add_test(tests, test_no_memory);
    suite_add_tcase(suite, tests);
    return suite;
}
