/* Datasets: made in memory, from callbacks; their order in training. IDX is in idx_suite.c. */
#include <gan/dataset.h>
#include <gan/tensor.h>

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>

#include "oracle/failing_host.h"

Suite *augment_suite(void);
Suite *augmented_suite(void);
Suite *cifar_suite(void);
Suite *idx_suite(void);
Suite *npy_suite(void);
Suite *stacked_suite(void);

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

static const int64_t shape[] = {2, 1, 3};
static const float floats[12] = {0.5F, -1.0F, 1.0F, -0.0F, 0.25F, 0.125F, 0, 1, 2, 3, 4, 5};
static const int32_t labels[2] = {7, 0};

START_TEST(test_memory)
{
    const int64_t indices[] = {1, 0, 1};
    float copy[12], samples[18];
    int32_t found[3], classes = -1, rank = 0, given[2] = {7, 0};
    int64_t count = 0, sizes[GAN_RANK_MAX] = {0};
    gan_dataset *dataset = NULL;

    memcpy(copy, floats, sizeof copy);
    ASSERT_OK(ctx, gan_dataset_create_memory(ctx, &dataset, copy, 2, shape, 3, given));
    memset(copy, 0x55, sizeof copy); /* the dataset has its own */
    given[0] = 3;
    ASSERT_OK(ctx, gan_dataset_count(dataset, &count));
    ASSERT_OK(ctx, gan_dataset_classes(dataset, &classes));
    ASSERT_OK(ctx, gan_dataset_shape(dataset, sizes, 2, &rank));
    ck_assert_int_eq(count, 2);
    ck_assert_int_eq(classes, 8);
    ck_assert_int_eq(rank, 3);
    ck_assert_int_eq(sizes[0], 2);
    ck_assert_int_eq(sizes[1], 1);
    ck_assert_int_eq(sizes[2], 0);
    ASSERT_OK(ctx, gan_dataset_read(dataset, samples, found, indices, 3));
    ck_assert_mem_eq(samples, floats + 6, 24);
    ck_assert_mem_eq(samples + 6, floats, 24);
    ck_assert_mem_eq(samples + 12, floats + 6, 24);
    ck_assert_int_eq(found[0], 0);
    ck_assert_int_eq(found[1], 7);
    ck_assert_int_eq(found[2], 0);
    ASSERT_OK(ctx, gan_dataset_read(dataset, samples, NULL, indices, 0));
    ASSERT_OK(ctx, gan_dataset_read(dataset, NULL, NULL, NULL, 0));
    gan_dataset_destroy(dataset);
}
END_TEST

START_TEST(test_bytes)
{
    uint8_t bytes[256];
    float samples[256];
    int32_t classes = -1;
    const int64_t size = 256, first = 0;
    gan_dataset *dataset = NULL;

    for (int i = 0; i < 256; i++) {
        bytes[i] = (uint8_t)i;
    }
    ASSERT_OK(ctx, gan_dataset_create_bytes(ctx, &dataset, bytes, 1, &size, 1, NULL));
    ASSERT_OK(ctx, gan_dataset_classes(dataset, &classes));
    ck_assert_int_eq(classes, 0);
    ASSERT_OK(ctx, gan_dataset_read(dataset, samples, NULL, &first, 1));
    for (int i = 0; i < 256; i++) {
        /* Rounded to float after each of the two operations, in double by hand. */
        const float quotient = (float)((double)i / 127.5);
        ck_assert(samples[i] == (float)((double)quotient - 1.0));
    }
    ck_assert(samples[0] == -1.0F && samples[255] == 1.0F);
    gan_dataset_destroy(dataset);
}
END_TEST

START_TEST(test_refused)
{
    const int64_t empty[] = {2, 0}, negative[] = {-1}, huge[] = {INT64_C(1) << 40}, ones[8] = {1};
    const int32_t below[] = {0, -1}, above[] = {INT32_MAX, 0};
    const uint8_t byte = 0;
    gan_dataset *d = NULL;

    ck_assert_int_eq(gan_dataset_create_memory(NULL, &d, floats, 2, shape, 3, NULL), GAN_E_ARG);
    ASSERT_FAILS(ctx, gan_dataset_create_memory(ctx, NULL, floats, 2, shape, 3, NULL), GAN_E_ARG,
                 "out");
    ASSERT_FAILS(ctx, gan_dataset_create_memory(ctx, &d, NULL, 2, shape, 3, NULL), GAN_E_ARG,
                 "samples");
    ASSERT_FAILS(ctx, gan_dataset_create_bytes(ctx, &d, NULL, 2, shape, 3, NULL), GAN_E_ARG,
                 "samples");
    ASSERT_FAILS(ctx, gan_dataset_create_memory(ctx, &d, floats, 2, NULL, 3, NULL), GAN_E_ARG,
                 "shape");
    ASSERT_FAILS(ctx, gan_dataset_create_memory(ctx, &d, floats, 0, shape, 3, NULL), GAN_E_ARG,
                 "count is 0");
    ASSERT_FAILS(ctx, gan_dataset_create_memory(ctx, &d, floats, 2, shape, 0, NULL), GAN_E_ARG,
                 "rank is 0");
    ASSERT_FAILS(ctx, gan_dataset_create_memory(ctx, &d, floats, 2, ones, 8, NULL), GAN_E_ARG,
                 "rank is 8");
    ASSERT_FAILS(ctx, gan_dataset_create_memory(ctx, &d, floats, 2, empty, 2, NULL), GAN_E_SHAPE,
                 "[2, 0]");
    ASSERT_FAILS(ctx, gan_dataset_create_memory(ctx, &d, floats, 2, negative, 1, NULL), GAN_E_SHAPE,
                 "[-1]");
    ASSERT_FAILS(ctx, gan_dataset_create_bytes(ctx, &d, &byte, 2, huge, 1, NULL), GAN_E_SHAPE,
                 "more than can be addressed");
    ASSERT_FAILS(ctx, gan_dataset_create_bytes(ctx, &d, &byte, INT64_MAX, huge, 1, NULL),
                 GAN_E_SHAPE, "more than can be addressed");
    ASSERT_FAILS(ctx, gan_dataset_create_memory(ctx, &d, floats, 2, shape, 3, below), GAN_E_ARG,
                 "label 1 is -1");
    ASSERT_FAILS(ctx, gan_dataset_create_memory(ctx, &d, floats, 2, shape, 3, above), GAN_E_ARG,
                 "label 0 is 2147483647");
    ASSERT_FAILS(ctx, gan_dataset_create(ctx, &d, "idy", NULL), GAN_E_ARG, "did you mean \"idx\"");
    ASSERT_FAILS(ctx, gan_dataset_create(ctx, &d, "something", NULL), GAN_E_ARG,
                 "there are idx, cifar10");
    ASSERT_FAILS(ctx, gan_dataset_create(ctx, &d, NULL, NULL), GAN_E_ARG, "kind");
    ASSERT_FAILS(ctx, gan_dataset_create(ctx, NULL, "idx", NULL), GAN_E_ARG, "out");
    ck_assert_ptr_null(d);
}
END_TEST

START_TEST(test_reading_refused)
{
    const int64_t low = -1, high = 2, good = 0;
    float samples[6];
    int32_t label, rank;
    int64_t index;
    gan_dataset *d = NULL;

    ASSERT_OK(ctx, gan_dataset_create_memory(ctx, &d, floats, 2, shape, 3, NULL));
    ASSERT_FAILS(ctx, gan_dataset_read(d, samples, NULL, &low, 1), GAN_E_ARG, "index -1");
    ASSERT_FAILS(ctx, gan_dataset_read(d, samples, NULL, &high, 1), GAN_E_ARG, "2 samples");
    ASSERT_FAILS(ctx, gan_dataset_read(d, samples, &label, &good, 1), GAN_E_ARG, "no labels");
    ASSERT_FAILS(ctx, gan_dataset_read(d, NULL, NULL, &good, 1), GAN_E_ARG, "samples");
    ASSERT_FAILS(ctx, gan_dataset_read(d, samples, NULL, NULL, 1), GAN_E_ARG, "indices");
    ASSERT_FAILS(ctx, gan_dataset_read(d, samples, NULL, &good, -1), GAN_E_ARG, "count is -1");
    ASSERT_FAILS(ctx, gan_dataset_batch(d, NULL, 1, 0), GAN_E_ARG, "indices");
    ASSERT_FAILS(ctx, gan_dataset_batch(d, &index, 0, 0), GAN_E_ARG, "batch is 0");
    ASSERT_FAILS(ctx, gan_dataset_batch(d, &index, 3, 0), GAN_E_ARG, "the 2 samples");
    ASSERT_FAILS(ctx, gan_dataset_batch(d, &index, 1, -1), GAN_E_ARG, "n is -1");
    ASSERT_FAILS(ctx, gan_dataset_count(d, NULL), GAN_E_ARG, "count");
    ASSERT_FAILS(ctx, gan_dataset_classes(d, NULL), GAN_E_ARG, "classes");
    ASSERT_FAILS(ctx, gan_dataset_shape(d, NULL, 1, &rank), GAN_E_ARG, "shape");
    ASSERT_FAILS(ctx, gan_dataset_shape(d, NULL, -1, &rank), GAN_E_ARG, "capacity");
    ck_assert_int_eq(gan_dataset_count(NULL, &index), GAN_E_ARG);
    ck_assert_int_eq(gan_dataset_classes(NULL, &label), GAN_E_ARG);
    ck_assert_int_eq(gan_dataset_shape(NULL, NULL, 0, &rank), GAN_E_ARG);
    ck_assert_int_eq(gan_dataset_read(NULL, samples, NULL, &good, 1), GAN_E_ARG);
    ck_assert_int_eq(gan_dataset_batch(NULL, &index, 1, 0), GAN_E_ARG);
    gan_dataset_retain(NULL);
    gan_dataset_destroy(NULL);
    gan_dataset_destroy(d);
}
END_TEST

enum { COUNT = 23, BATCH = 5, BATCHES = COUNT / BATCH };

static gan_dataset *
numbers(gan_context *context, int64_t count)
{
    const int64_t one = 1;
    float *values = calloc((size_t)count, sizeof(float));
    gan_dataset *dataset = NULL;

    ck_assert_ptr_nonnull(values);
    ASSERT_OK(context, gan_dataset_create_memory(context, &dataset, values, count, &one, 1, NULL));
    free(values);
    return dataset;
}

START_TEST(test_epochs)
{
    gan_dataset *dataset = numbers(ctx, COUNT);
    int64_t first[BATCH], indices[BATCH];
    int left_out[COUNT] = {0}, same = 0;

    ASSERT_OK(ctx, gan_dataset_batch(dataset, first, BATCH, 0));
    for (int64_t epoch = 0; epoch < 50; epoch++) {
        int seen[COUNT] = {0};
        for (int64_t b = 0; b < BATCHES; b++) {
            ASSERT_OK(ctx, gan_dataset_batch(dataset, indices, BATCH, epoch * BATCHES + b));
            for (int i = 0; i < BATCH; i++) {
                ck_assert_int_ge(indices[i], 0);
                ck_assert_int_lt(indices[i], COUNT);
                ck_assert_int_eq(seen[indices[i]]++, 0); /* without replacement */
            }
            same += b == 0 && memcmp(indices, first, sizeof first) == 0;
        }
        for (int i = 0; i < COUNT; i++) {
            left_out[i] += seen[i] == 0;
        }
    }
    ck_assert_int_eq(same, 1); /* each epoch has an order of its own */
    for (int i = 0; i < COUNT; i++) {
        /* 3 of 23 are left out an epoch: 6.5 times in 50, each in its turn. */
        ck_assert_int_gt(left_out[i], 0);
        ck_assert_int_lt(left_out[i], 20);
    }
    gan_dataset_destroy(dataset);
}
END_TEST

/* The n-th batch is a function of seed and n: asked backwards, in another context, of another kind of dataset. */
START_TEST(test_batch_is_a_function)
{
    gan_context *twin = NULL, *other = NULL;
    gan_dataset *a = numbers(ctx, COUNT), *b, *c;
    int64_t forward[20][BATCH], indices[BATCH], whole[COUNT];
    int same = 0;

    ASSERT_OK(twin, gan_context_create(&twin, "threads=1 seed=11", NULL));
    ASSERT_OK(other, gan_context_create(&other, "threads=1 seed=12", NULL));
    b = numbers(twin, COUNT);
    c = numbers(other, COUNT);
    for (int64_t n = 0; n < 20; n++) {
        ASSERT_OK(ctx, gan_dataset_batch(a, forward[n], BATCH, n));
    }
    for (int64_t n = 19; n >= 0; n--) {
        ASSERT_OK(twin, gan_dataset_batch(b, indices, BATCH, n));
        ck_assert_mem_eq(indices, forward[n], sizeof indices);
        ASSERT_OK(other, gan_dataset_batch(c, indices, BATCH, n));
        same += memcmp(indices, forward[n], sizeof indices) == 0;
    }
    ck_assert_int_eq(same, 0);
    /* An epoch's batches are cut from one permutation, whatever the batch size. */
    ASSERT_OK(ctx, gan_dataset_batch(a, whole, COUNT, 2));
    for (int b_ = 0; b_ < BATCHES; b_++) {
        ck_assert_mem_eq(whole + b_ * BATCH, forward[2 * BATCHES + b_], sizeof forward[0]);
    }
    ASSERT_OK(ctx, gan_dataset_batch(a, indices, BATCH, INT64_MAX));
    gan_dataset_destroy(a);
    gan_dataset_destroy(b);
    gan_dataset_destroy(c);
    gan_context_destroy(twin);
    gan_context_destroy(other);
}
END_TEST

struct source {
    int reads, releases;
    gan_status answer, nested;
    int32_t label;
    bool no_label;
    gan_context *context;
};

static gan_status
source_read(void *user, int64_t index, float *sample, int32_t *label)
{
    struct source *source = user;

    source->reads++;
    if (source->context != NULL) {
        gan_tensor *tensor = NULL;
        source->nested = gan_tensor_create(source->context, &tensor, NULL, 0, NULL);
    }
    for (int i = 0; i < 6; i++) {
        sample[i] = (float)(index * 10 + i);
    }
    source->no_label = label == NULL;
    if (label != NULL) {
        *label = source->label;
    }
    return source->answer;
}

static void
source_release(void *user)
{
    struct source *source = user;
    source->releases++;
}

START_TEST(test_callback)
{
    const int64_t indices[] = {3, 1};
    struct source source = {.label = 2};
    float samples[12];
    int32_t found[2];
    uint64_t used = 0;
    gan_dataset *d = NULL;

    ASSERT_OK(ctx, gan_dataset_create_callback(ctx, &d, 4, shape, 3, 3, source_read, source_release,
                                               &source));
    ASSERT_OK(ctx, gan_dataset_read(d, samples, found, indices, 2));
    ck_assert(samples[0] == 30.0F && samples[6] == 10.0F && samples[11] == 15.0F);
    ck_assert_int_eq(found[1], 2);
    ASSERT_OK(ctx, gan_dataset_read(d, samples, NULL, indices, 1));
    ck_assert(!source.no_label); /* a callback with classes always gets its place */

    source.label = 3;
    ASSERT_FAILS(ctx, gan_dataset_read(d, samples, found, indices, 1), GAN_E_ARG, "label 3");
    source.label = -1;
    ASSERT_FAILS(ctx, gan_dataset_read(d, samples, found, indices, 1), GAN_E_ARG, "label -1");
    source.label = 0;

    source.answer = GAN_E_CANCELLED;
    source.reads = 0;
    ASSERT_FAILS(ctx, gan_dataset_read(d, samples, found, indices, 2), GAN_E_CANCELLED,
                 "read callback");
    ck_assert_int_eq(source.reads, 1);
    source.answer = GAN_OK;

    source.context = ctx;
    ASSERT_OK(ctx, gan_dataset_read(d, samples, found, indices, 1));
    ck_assert_int_eq(source.nested, GAN_E_STATE);
    ck_assert_int_eq(source.releases, 0);
    gan_dataset_destroy(d);
    ASSERT_OK(ctx, gan_context_get(ctx, &used, "memory_used")); /* the next call frees it */
    ck_assert_int_eq(source.releases, 1);
}
END_TEST

static void *
destroy_elsewhere(void *dataset)
{
    gan_dataset_destroy(dataset);
    return NULL;
}

START_TEST(test_callback_release)
{
    struct source source = {0}, failed = {0};
    gan_context *own = NULL;
    gan_dataset *d = NULL;
    pthread_t thread;

    /* Not called by a create that fails. */
    ASSERT_FAILS(
        ctx,
        gan_dataset_create_callback(ctx, &d, 0, shape, 3, 0, source_read, source_release, &failed),
        GAN_E_ARG, "count is 0");
    ASSERT_FAILS(
        ctx,
        gan_dataset_create_callback(ctx, &d, 1, shape, 3, -1, source_read, source_release, &failed),
        GAN_E_ARG, "classes is -1");
    ASSERT_FAILS(
        ctx, gan_dataset_create_callback(ctx, &d, 1, shape, 3, 0, NULL, source_release, &failed),
        GAN_E_ARG, "read");
    ck_assert_int_eq(failed.releases, 0);

    /* By the teardown, on another thread, after the context. */
    ASSERT_OK(own, gan_context_create(&own, "threads=1", NULL));
    ASSERT_OK(own, gan_dataset_create_callback(own, &d, 1, shape, 3, 0, source_read, source_release,
                                               &source));
    gan_context_destroy(own);
    ck_assert_int_eq(source.releases, 0);
    ck_assert_int_eq(pthread_create(&thread, NULL, destroy_elsewhere, d), 0);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    ck_assert_int_eq(source.releases, 1);

    /* Without labels the callback gets no place for one; without release nothing happens. */
    const int64_t first = 0;
    float samples[6];
    ASSERT_OK(ctx,
              gan_dataset_create_callback(ctx, &d, 1, shape, 3, 0, source_read, NULL, &source));
    ASSERT_OK(ctx, gan_dataset_read(d, samples, NULL, &first, 1));
    ck_assert(source.no_label);
    gan_dataset_destroy(d);
    ck_assert_int_eq(source.releases, 1);
}
END_TEST

START_TEST(test_no_memory)
{
    struct test_allocator host;
    struct source source = {0};
    gan_context *failing = failing_context(&host);
    gan_dataset *d = NULL;
    const uint8_t bytes[12] = {0};
    int64_t indices[2] = {0};

    EACH_ALLOCATION_FAILS(failing, &host,
                          gan_dataset_create_memory(failing, &d, floats, 2, shape, 3, labels),
                          d == NULL);
    EACH_ALLOCATION_FAILS(failing, &host, gan_dataset_batch(d, indices, 2, 5), indices[0] == 0);
    gan_dataset_destroy(d);
    EACH_ALLOCATION_FAILS(failing, &host,
                          gan_dataset_create_bytes(failing, &d, bytes, 2, shape, 3, labels),
                          d == NULL);
    gan_dataset_destroy(d);
    EACH_ALLOCATION_FAILS(failing, &host,
                          gan_dataset_create_callback(failing, &d, 4, shape, 3, 3, source_read,
                                                      source_release, &source),
                          d == NULL && source.releases == 0);
    gan_dataset_destroy(d);
    gan_context_destroy(failing);
    ck_assert_int_eq(host.blocks, 0);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("dataset");
    TCase *tests = tcase_create("dataset");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, test_memory);
    tcase_add_test(tests, test_bytes);
    tcase_add_test(tests, test_refused);
    tcase_add_test(tests, test_reading_refused);
    tcase_add_test(tests, test_epochs);
    tcase_add_test(tests, test_batch_is_a_function);
    tcase_add_test(tests, test_callback);
    tcase_add_test(tests, test_callback_release);
    tcase_add_test(tests, test_no_memory);
    suite_add_tcase(suite, tests);
    Suite *const suites[] = {suite,          idx_suite(),       cifar_suite(),
                             npy_suite(),    augmented_suite(), augment_suite(),
                             stacked_suite()};
    return run_suites(suites, sizeof suites / sizeof suites[0]);
}
