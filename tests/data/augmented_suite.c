/* Batches of a training run: with their epoch's random changes, with what comes next announced, as bytes, and the texts of datasets. */
#include <gan/dataset.h>
#include <gan/tensor.h>

#include <math.h>
#include <stdbool.h>

#include "data/dataset.h"
#include "oracle/failing_host.h"

Suite *augmented_suite(void);

enum { N = 12, H = 5, W = 4, C = 2, SAMPLE = H * W * C, PADDING = 2, PLACES = 2 * PADDING + 1 };

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

/* Each element of each picture is another number. */
static gan_dataset *
pictures(gan_context *context)
{
    static const int64_t shape[] = {H, W, C};
    float values[N * SAMPLE];
    int32_t labels[N];
    gan_dataset *dataset = NULL;

    for (int i = 0; i < N * SAMPLE; i++) {
        values[i] = (float)(i + 1);
    }
    for (int i = 0; i < N; i++) {
        labels[i] = i % 3;
    }
    ASSERT_OK(context, gan_dataset_create_memory(context, &dataset, values, N, shape, 3, labels));
    return dataset;
}

/* A dataset that nobody else holds, changed. */
static gan_dataset *
augment(gan_context *context, gan_dataset *dataset, const char *options)
{
    gan_dataset *augmented = NULL;

    ASSERT_OK(context, gan_dataset_create_augmented(dataset, &augmented, options));
    gan_dataset_destroy(dataset);
    return augmented;
}

/* Sample `index` moved and then mirrored, as the words say it. */
static void
expected(float *out, int64_t index, int down, int right, bool mirror)
{
    for (int y = 0; y < H; y++) {
        for (int x = 0; x < W; x++) {
            const int from_y = y - down, column = mirror ? W - 1 - x : x, from_x = column - right;
            for (int c = 0; c < C; c++) {
                const bool inside = from_y >= 0 && from_y < H && from_x >= 0 && from_x < W;
                out[(y * W + x) * C + c] =
                    inside ? (float)(index * SAMPLE + (from_y * W + from_x) * C + c + 1) : -1.0F;
            }
        }
    }
}

struct changes {
    int down[PLACES], right[PLACES], mirrored[2];
};

/* Which change it is. */
static void
find_change(struct changes *changes, const float *sample, int64_t index)
{
    float wanted[SAMPLE];

    for (int i = 0; i < PLACES * PLACES * 2; i++) {
        const int down = i / 2 / PLACES, right = i / 2 % PLACES;
        expected(wanted, index, down - PADDING, right - PADDING, i % 2 != 0);
        if (memcmp(wanted, sample, sizeof wanted) == 0) {
            changes->down[down]++;
            changes->right[right]++;
            changes->mirrored[i % 2]++;
            return;
        }
    }
    ck_abort_msg("sample %lld became something else", (long long)index);
}

/* 100 epochs: each change is one of the possible ones, and all are about as frequent. */
START_TEST(test_changes)
{
    gan_dataset *d = augment(ctx, pictures(ctx), "flip=true crop_padding=2");
    struct changes changes = {{0}, {0}, {0}};
    float samples[4 * SAMPLE];
    int32_t labels[4];
    int64_t indices[4];

    for (int64_t n = 0; n < 300; n++) {
        ASSERT_OK(ctx, gan_dataset_read_batch(d, samples, labels, indices, 4, n));
        for (int i = 0; i < 4; i++) {
            find_change(&changes, samples + i * SAMPLE, indices[i]);
            ck_assert_int_eq(labels[i], indices[i] % 3);
        }
    }
    for (int i = 0; i < PLACES; i++) { /* 240 each, deviation 14 */
        ck_assert(changes.down[i] > 180 && changes.down[i] < 300);
        ck_assert(changes.right[i] > 180 && changes.right[i] < 300);
    }
    ck_assert(changes.mirrored[1] > 530 && changes.mirrored[1] < 670); /* 600, deviation 17 */
    gan_dataset_destroy(d);
}
END_TEST

/* (seed, sample, epoch): asked backwards, with another batch size, in another context. */
START_TEST(test_change_is_a_function)
{
    gan_context *twin = NULL, *other = NULL;
    float whole[2][N * SAMPLE], sample[SAMPLE], plain[SAMPLE];
    int64_t indices[2][N], index = 0;
    int same = 0, same_elsewhere = 0;

    ASSERT_OK(twin, gan_context_create(&twin, "threads=2 seed=11", NULL));
    ASSERT_OK(other, gan_context_create(&other, "threads=1 seed=12", NULL));
    gan_dataset *a = augment(ctx, pictures(ctx), "flip=true crop_padding=2");
    gan_dataset *b = augment(twin, pictures(twin), "crop_padding=2 flip=true");
    gan_dataset *c = augment(other, pictures(other), "crop_padding=2 flip=true");
    for (int64_t epoch = 0; epoch < 2; epoch++) {
        ASSERT_OK(ctx, gan_dataset_read_batch(a, whole[epoch], NULL, indices[epoch], N, epoch));
    }
    for (int64_t n = 2 * N - 1; n >= 0; n--) {
        const float *first = whole[n / N] + n % N * SAMPLE;
        ASSERT_OK(twin, gan_dataset_read_batch(b, sample, NULL, &index, 1, n));
        ck_assert_int_eq(index, indices[n / N][n % N]);
        ck_assert_mem_eq(sample, first, sizeof sample);
        ASSERT_OK(twin, gan_dataset_read_batch(b, sample, NULL, NULL, 1, n));
        ck_assert_mem_eq(sample, first, sizeof sample);
        for (int64_t k = 0; k < N; k++) { /* the same sample in the other epoch */
            same += indices[1 - n / N][k] == index &&
                    memcmp(whole[1 - n / N] + k * SAMPLE, first, sizeof sample) == 0;
        }
        ASSERT_OK(other, gan_dataset_read_batch(c, sample, NULL, &index, 1, n));
        for (int64_t k = 0; k < N; k++) {
            same_elsewhere += indices[n / N][k] == index &&
                              memcmp(whole[n / N] + k * SAMPLE, sample, sizeof sample) == 0;
        }
        /* gan_dataset_read() gives the plain ones. */
        ASSERT_OK(ctx, gan_dataset_read(a, sample, NULL, &index, 1));
        expected(plain, index, 0, 0, false);
        ck_assert_mem_eq(sample, plain, sizeof sample);
    }
    ck_assert_int_lt(same, 8); /* of 24, each with a chance of 1/50 */
    ck_assert_int_lt(same_elsewhere, 5);
    gan_dataset_destroy(a);
    gan_dataset_destroy(b);
    gan_dataset_destroy(c);
    gan_context_destroy(twin);
    gan_context_destroy(other);
}
END_TEST

START_TEST(test_options)
{
    const int64_t flat = SAMPLE;
    float samples[N * SAMPLE], plain[SAMPLE], zeros[N * SAMPLE] = {0};
    int64_t indices[N];
    char text[256];
    int filled = 0;
    gan_dataset *d = pictures(ctx), *out = NULL, *inner = NULL;

    ck_assert_int_eq(gan_dataset_create_augmented(NULL, &out, NULL), GAN_E_ARG);
    ASSERT_FAILS(ctx, gan_dataset_create_augmented(d, NULL, NULL), GAN_E_ARG, "augmented is NULL");
    ASSERT_FAILS(ctx, gan_dataset_create_augmented(d, &out, "flop=true"), GAN_E_ARG,
                 "did you mean \"flip\"");
    ASSERT_FAILS(ctx, gan_dataset_create_augmented(d, &out, "crop_padding=5"), GAN_E_ARG,
                 "crop_padding is 5, must be at most 4, the shorter side");
    ASSERT_FAILS(ctx, gan_dataset_create_augmented(d, &out, "crop_padding=-1"), GAN_E_ARG,
                 "crop_padding");
    ASSERT_OK(ctx, gan_dataset_create_memory(ctx, &inner, zeros, 1, &flat, 1, NULL));
    ASSERT_FAILS(ctx, gan_dataset_create_augmented(inner, &out, NULL), GAN_E_SHAPE,
                 "[40], pictures are [height, width, channels]");
    ck_assert_ptr_null(out);
    gan_dataset_destroy(inner);

    /* All defaults change nothing. */
    d = augment(ctx, d, NULL);
    ASSERT_OK(ctx, gan_dataset_read_batch(d, samples, NULL, indices, N, 3));
    for (int i = 0; i < N; i++) {
        expected(plain, indices[i], 0, 0, false);
        ck_assert_mem_eq(samples + i * SAMPLE, plain, sizeof plain);
    }
    d = augment(ctx, d, "fill=0.5 crop_padding=4");
    ASSERT_OK(ctx, gan_dataset_read_batch(d, samples, NULL, NULL, N, 0));
    for (int i = 0; i < N * SAMPLE; i++) {
        ck_assert(samples[i] == 0.5F || samples[i] >= 1.0F);
        filled += samples[i] == 0.5F;
    }
    ck_assert_int_gt(filled, 0);
    ASSERT_OK(ctx, gan_dataset_text(d, text, sizeof text, NULL));
    ck_assert_str_eq(text, "augmented flip=false crop_padding=4 fill=0.5 of augmented flip=false "
                           "crop_padding=0 fill=-1 of memory count=12 shape=5x4x2 classes=3");
    gan_dataset_destroy(d);
}
END_TEST

/* Two mirrors one in the other: were their draws the same, nothing would ever change. */
START_TEST(test_nested)
{
    gan_dataset *d = augment(ctx, augment(ctx, pictures(ctx), "flip=true"), "flip=true");
    struct changes changes = {{0}, {0}, {0}};
    float samples[N * SAMPLE];
    int64_t indices[N];

    for (int64_t n = 0; n < 50; n++) {
        ASSERT_OK(ctx, gan_dataset_read_batch(d, samples, NULL, indices, N, n));
        for (int i = 0; i < N; i++) {
            find_change(&changes, samples + i * SAMPLE, indices[i]);
        }
    }
    ck_assert(changes.mirrored[1] > 250 && changes.mirrored[1] < 350); /* 300, deviation 12 */
    gan_dataset_destroy(d);
}
END_TEST

/* A dataset that writes down what it is asked. */
struct watched {
    gan_dataset base;
    int64_t epoch, expected[64], count;
};

static gan_status
watched_read(gan_dataset *dataset, int64_t index, int64_t epoch, float *sample, int32_t *label)
{
    ((struct watched *)dataset)->epoch = epoch;
    sample[0] = sample[1] = sample[2] = (float)index;
    if (label != NULL) {
        *label = 1;
    }
    return GAN_OK;
}

static void
watched_close(gan_dataset *dataset)
{
    (void)dataset;
}

static void
watched_expect(gan_dataset *dataset, const int64_t *indices, int64_t count)
{
    struct watched *self = (struct watched *)dataset;

    memcpy(self->expected, indices, (size_t)count * sizeof indices[0]);
    self->count = count;
}

static void
watched_name(gan_dataset *dataset, int32_t index, struct gan__text *out)
{
    (void)dataset;
    gan__text_add(out, "class %d", index);
}

static void
watched_numbers(gan_dataset *dataset, struct gan__dataset_numbers *found)
{
    (void)dataset;
    found->broken = 5;
    found->waits = UINT64_C(1) << 40;
}

static const struct gan__dataset_class watched_class = {.kind = "watched",
                                                        .size = sizeof(struct watched),
                                                        .read = watched_read,
                                                        .close = watched_close,
                                                        .expect = watched_expect,
                                                        .class_name = watched_name,
                                                        .numbers = watched_numbers};

static gan_dataset *
watch(gan_context *context, int64_t count)
{
    static const int64_t shape[] = {1, 1, 3};
    gan_dataset *dataset = NULL;

    ASSERT_OK(context, gan__dataset_make(context, &dataset, &watched_class));
    ASSERT_OK(context, gan__dataset_set_shape(dataset, count, shape, 3));
    dataset->classes = 2;
    return dataset;
}

/* The three batches that follow are announced, over the end of an epoch too, and through augmented datasets. */
START_TEST(test_expected)
{
    gan_dataset *plain = watch(ctx, 7), *d = plain;
    const struct watched *watched = (const struct watched *)plain;
    float samples[6];
    int64_t indices[2], next[2];

    gan_dataset_retain(plain);
    if (_i == 1) {
        d = augment(ctx, augment(ctx, d, "flip=true"), NULL);
    }
    for (int64_t n = 0; n < 12; n++) {
        ASSERT_OK(ctx, gan_dataset_read_batch(d, samples, NULL, indices, 2, n));
        ck_assert_int_eq(watched->epoch, n / 3);
        ck_assert_int_eq(watched->count, 6);
        ck_assert(samples[0] == (float)indices[0] && samples[3] == (float)indices[1]);
        for (int64_t i = 0; i < 3; i++) {
            ASSERT_OK(ctx, gan_dataset_batch(d, next, 2, n + 1 + i));
            ck_assert_mem_eq(watched->expected + 2 * i, next, sizeof next);
        }
        ASSERT_OK(ctx, gan_dataset_batch(d, next, 2, n));
        ck_assert_mem_eq(indices, next, sizeof next);
    }
    ASSERT_OK(ctx, gan_dataset_read(d, samples, NULL, indices, 1));
    ck_assert_int_lt(watched->epoch, 0);
    ASSERT_OK(ctx, gan_dataset_read_batch(d, samples, NULL, NULL, 1, INT64_MAX));
    gan_dataset_destroy(d);
    gan_dataset_destroy(plain);
}
END_TEST

START_TEST(test_names_and_numbers)
{
    gan_dataset *memory = pictures(ctx), *d = augment(ctx, watch(ctx, 7), "flip=true");
    char text[128];
    size_t needed = 0;
    uint64_t value = 1;

    ASSERT_OK(ctx, gan_dataset_class_name(memory, text, sizeof text, NULL, 2));
    ck_assert_str_eq(text, "2");
    ASSERT_OK(ctx, gan_dataset_class_name(d, text, 4, &needed, 1));
    ck_assert_str_eq(text, "cla");
    ck_assert_uint_eq(needed, 8);
    ASSERT_FAILS(ctx, gan_dataset_class_name(d, NULL, 4, NULL, 1), GAN_E_ARG, "buffer");
    ASSERT_FAILS(ctx, gan_dataset_class_name(memory, text, 4, NULL, 3), GAN_E_ARG, "3 classes");
    ck_assert_int_eq(gan_dataset_class_name(NULL, text, 4, NULL, 1), GAN_E_ARG);

    ASSERT_OK(ctx, gan_dataset_get(memory, &value, "broken"));
    ck_assert_uint_eq(value, 0);
    ASSERT_OK(ctx, gan_dataset_get(d, &value, "broken"));
    ck_assert_uint_eq(value, 5);
    ASSERT_OK(ctx, gan_dataset_get(d, &value, "waits"));
    ck_assert_uint_eq(value, UINT64_C(1) << 40);
    ASSERT_FAILS(ctx, gan_dataset_get(d, &value, "wait"), GAN_E_ARG, "there are broken and waits");
    ck_assert_uint_eq(value, 0);
    ASSERT_FAILS(ctx, gan_dataset_get(d, NULL, "waits"), GAN_E_ARG, "value is NULL");
    ASSERT_FAILS(ctx, gan_dataset_get(d, &value, NULL), GAN_E_ARG, "name is NULL");
    ck_assert_int_eq(gan_dataset_get(NULL, &value, "waits"), GAN_E_ARG);

    ASSERT_OK(ctx, gan_dataset_text(d, text, sizeof text, NULL));
    ck_assert_str_eq(text, "augmented flip=true crop_padding=0 fill=-1 of watched count=7 "
                           "shape=1x1x3 classes=2");
    ck_assert_int_eq(gan_dataset_text(NULL, text, sizeof text, NULL), GAN_E_ARG);
    gan_dataset_destroy(memory);
    gan_dataset_destroy(d);
}
END_TEST

START_TEST(test_read_bytes)
{
    static const float floats[] = {-1.0F, 1.0F,     0.0F,      -3.0F, 7.0F,
                                   NAN,   INFINITY, -INFINITY, 0.999F};
    static const uint8_t wanted[] = {0, 255, 128, 0, 255, 0, 255, 0, 255};
    const int64_t many = 256, nine = 9, first = 0, two[] = {1, 0};
    uint8_t bytes[256], found[256];
    int32_t labels[2];
    gan_dataset *d = NULL;

    for (int i = 0; i < 256; i++) {
        bytes[i] = (uint8_t)i;
    }
    ASSERT_OK(ctx, gan_dataset_create_bytes(ctx, &d, bytes, 1, &many, 1, NULL));
    ASSERT_OK(ctx, gan_dataset_read_bytes(d, found, NULL, &first, 1));
    ck_assert_mem_eq(found, bytes, sizeof bytes);
    ASSERT_FAILS(ctx, gan_dataset_read_bytes(d, found, labels, &first, 1), GAN_E_ARG, "no labels");
    ASSERT_FAILS(ctx, gan_dataset_read_bytes(d, NULL, NULL, &first, 1), GAN_E_ARG, "samples");
    ASSERT_FAILS(ctx, gan_dataset_read_bytes(d, found, NULL, &many, 1), GAN_E_ARG, "index 256");
    ck_assert_int_eq(gan_dataset_read_bytes(NULL, found, NULL, &first, 1), GAN_E_ARG);
    gan_dataset_destroy(d);
    ASSERT_OK(ctx, gan_dataset_create_memory(ctx, &d, floats, 1, &nine, 1, NULL));
    ASSERT_OK(ctx, gan_dataset_read_bytes(d, found, NULL, &first, 1));
    ck_assert_mem_eq(found, wanted, sizeof wanted);
    gan_dataset_destroy(d);
    d = pictures(ctx);
    ASSERT_OK(ctx, gan_dataset_read_bytes(d, found, labels, two, 2));
    ck_assert(found[0] == 255 && labels[0] == 1 && labels[1] == 0);
    gan_dataset_destroy(d);
}
END_TEST

START_TEST(test_read_batch_refused)
{
    gan_dataset *d = pictures(ctx);
    float samples[SAMPLE];

    ASSERT_FAILS(ctx, gan_dataset_read_batch(d, NULL, NULL, NULL, 1, 0), GAN_E_ARG, "samples");
    ASSERT_FAILS(ctx, gan_dataset_read_batch(d, samples, NULL, NULL, 0, 0), GAN_E_ARG,
                 "batch is 0");
    ASSERT_FAILS(ctx, gan_dataset_read_batch(d, samples, NULL, NULL, N + 1, 0), GAN_E_ARG,
                 "the 12 samples");
    ASSERT_FAILS(ctx, gan_dataset_read_batch(d, samples, NULL, NULL, 1, -1), GAN_E_ARG, "n is -1");
    ck_assert_int_eq(gan_dataset_read_batch(NULL, samples, NULL, NULL, 1, 0), GAN_E_ARG);
    gan_dataset_destroy(d);
}
END_TEST

START_TEST(test_no_memory)
{
    struct test_allocator host;
    gan_context *failing = failing_context(&host);
    gan_dataset *plain = watch(failing, 7), *d = NULL;
    float samples[6];
    uint8_t bytes[6];
    const int64_t first = 0;
    char text[256];

    EACH_ALLOCATION_FAILS(failing, &host,
                          gan_dataset_create_augmented(plain, &d, "flip=true crop_padding=1"),
                          d == NULL);
    gan_dataset_destroy(plain);
    /* What is drawn is kept, so that only the first batch of an epoch asks for memory that stays. */
    ASSERT_OK(failing, gan_dataset_read_batch(d, samples, NULL, NULL, 2, 2));
    EACH_ALLOCATION_FAILS(failing, &host, gan_dataset_read_batch(d, samples, NULL, NULL, 2, 0),
                          true);
    EACH_ALLOCATION_FAILS(failing, &host, gan_dataset_read_bytes(d, bytes, NULL, &first, 1), true);
    EACH_ALLOCATION_FAILS(failing, &host, gan_dataset_text(d, text, sizeof text, NULL), true);
    EACH_ALLOCATION_FAILS(failing, &host, gan_dataset_class_name(d, text, sizeof text, NULL, 1),
                          true);
    gan_dataset_destroy(d);
    gan_context_destroy(failing);
    ck_assert_int_eq(host.blocks, 0);
}
END_TEST

Suite *
augmented_suite(void)
{
    Suite *suite = suite_create("augmented");
    TCase *tests = tcase_create("augmented");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, test_changes);
    tcase_add_test(tests, test_change_is_a_function);
    tcase_add_test(tests, test_options);
    tcase_add_test(tests, test_nested);
    tcase_add_loop_test(tests, test_expected, 0, 2);
    tcase_add_test(tests, test_names_and_numbers);
    tcase_add_test(tests, test_read_bytes);
    tcase_add_test(tests, test_read_batch_refused);
    tcase_add_test(tests, test_no_memory);
    suite_add_tcase(suite, tests);
    return suite;
}
