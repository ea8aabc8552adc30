/* IDX: the digits that are shipped, plain and gzip, every lie that a header can tell, and no more memory than there is data. */
#include <gan/dataset.h>
#include <gan/tensor.h>

#include <stdbool.h>
#include <zlib.h>

#include "io/files.h"
#include "oracle/failing_host.h"

Suite *idx_suite(void);

static gan_context *ctx;

static void
setup(void)
{
    files_begin();
    ASSERT_OK(ctx, gan_context_create(&ctx, "threads=1", NULL));
}

static void
teardown(void)
{
    gan_context_destroy(ctx);
    files_end();
}

/* One gzip member at the end of *out, which has room. */
static void
pack(unsigned char *out, size_t *size, size_t room, const void *data, size_t length)
{
    z_stream z;

    memset(&z, 0, sizeof z);
    ck_assert_int_eq(deflateInit2(&z, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = (unsigned char *)(uintptr_t)data;
    z.avail_in = (uInt)length;
    z.next_out = out + *size;
    z.avail_out = (uInt)(room - *size);
    ck_assert_int_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
    *size = room - z.avail_out;
    ck_assert_int_eq(deflateEnd(&z), Z_OK);
}

static void
write_gzip(const char *path, const void *data, size_t length)
{
    const size_t room = length + 1024;
    unsigned char *packed = malloc(room);
    size_t size = 0;

    ck_assert_ptr_nonnull(packed);
    pack(packed, &size, room, data, length);
    files_write(path, packed, size);
    free(packed);
}

/* images=..., labels=... and more */
static gan_status
open_idx(gan_context *context, gan_dataset **out, const char *images, const char *labels,
         const char *more)
{
    char options[2048];

    (void)snprintf(options, sizeof options, "images=\"%s\" %s%s%s %s", images,
                   labels == NULL ? "" : "labels=\"", labels == NULL ? "" : labels,
                   labels == NULL ? "" : "\"", more);
    return gan_dataset_create(context, out, "idx", options);
}

START_TEST(test_shipped_digits)
{
    static const int32_t first_labels[] = {5, 0, 4, 1, 9, 2, 1, 3, 1, 4};
    gan_dataset *dataset = NULL;
    int64_t count = 0, shape[GAN_RANK_MAX], sum = 0, last_sum = 0;
    int32_t classes = 0, rank = 0, label = 0;
    float sample[784];

    ASSERT_OK(ctx, open_idx(ctx, &dataset, EXAMPLE_DATA "/train-images-idx3-ubyte.gz",
                            EXAMPLE_DATA "/train-labels-idx1-ubyte.gz", ""));
    ASSERT_OK(ctx, gan_dataset_count(dataset, &count));
    ASSERT_OK(ctx, gan_dataset_classes(dataset, &classes));
    ASSERT_OK(ctx, gan_dataset_shape(dataset, shape, GAN_RANK_MAX, &rank));
    ck_assert_int_eq(count, 10000);
    ck_assert_int_eq(classes, 10);
    ck_assert_int_eq(rank, 3);
    ck_assert(shape[0] == 28 && shape[1] == 28 && shape[2] == 1);
    for (int64_t i = 0; i < count; i++) {
        ASSERT_OK(ctx, gan_dataset_read(dataset, sample, &label, &i, 1));
        if (i < 10) {
            ck_assert_int_eq(label, first_labels[i]);
        }
        last_sum = 0;
        for (int k = 0; k < 784; k++) {
            last_sum += (int64_t)((sample[k] + 1.0F) * 127.5F + 0.5F);
        }
        sum += last_sum;
    }
    ck_assert_int_eq(label, 7);
    /* As Python counts them. */
    ck_assert_int_eq(sum, 262146600);
    ck_assert_int_eq(last_sum, 20613);
    gan_dataset_destroy(dataset);
}
END_TEST

/* A header of 4 + 4 * rank bytes; returns its length. */
static size_t
header(unsigned char *out, int rank, const uint32_t *sizes)
{
    out[0] = out[1] = 0;
    out[2] = 8;
    out[3] = (unsigned char)rank;
    for (int i = 0; i < rank; i++) {
        for (int k = 0; k < 4; k++) {
            out[4 + i * 4 + k] = (unsigned char)(sizes[i] >> (24 - 8 * k));
        }
    }
    return 4 + (size_t)rank * 4;
}

enum { N = 5, SAMPLE = 2 * 3 * 3, IMAGES_SIZE = 20 + N * SAMPLE, LABELS_SIZE = 8 + N };

/* Five pictures of 2x3 pixels and 3 channels, bytes 0, 1, 2 ...; five labels 3 1 4 1 5. */
static void
make(unsigned char *images, unsigned char *labels)
{
    static const unsigned char values[N] = {3, 1, 4, 1, 5};

    ck_assert_uint_eq(header(images, 4, (const uint32_t[]){N, 2, 3, 3}), 20);
    for (int i = 0; i < N * SAMPLE; i++) {
        images[20 + i] = (unsigned char)i;
    }
    ck_assert_uint_eq(header(labels, 1, (const uint32_t[]){N}), 8);
    memcpy(labels + 8, values, N);
}

static void
check_small(gan_dataset *dataset, int64_t wanted_count, int32_t wanted_classes)
{
    static const int32_t wanted[N] = {3, 1, 4, 1, 5};
    int64_t count = 0, shape[GAN_RANK_MAX];
    int32_t classes = 0, rank = 0, label = 0;

    ASSERT_OK(ctx, gan_dataset_count(dataset, &count));
    ASSERT_OK(ctx, gan_dataset_classes(dataset, &classes));
    ASSERT_OK(ctx, gan_dataset_shape(dataset, shape, GAN_RANK_MAX, &rank));
    ck_assert_int_eq(count, wanted_count);
    ck_assert_int_eq(classes, wanted_classes);
    ck_assert(rank == 3 && shape[0] == 2 && shape[1] == 3 && shape[2] == 3);
    for (int64_t i = 0; i < count; i++) {
        float sample[SAMPLE];
        ASSERT_OK(ctx, gan_dataset_read(dataset, sample, classes == 0 ? NULL : &label, &i, 1));
        for (int k = 0; k < SAMPLE; k++) {
            ck_assert(sample[k] == (float)(i * SAMPLE + k) / 127.5F - 1.0F);
        }
        ck_assert(classes == 0 || label == wanted[i]);
    }
    gan_dataset_destroy(dataset);
}

START_TEST(test_plain_and_gzip)
{
    unsigned char images[IMAGES_SIZE], labels[LABELS_SIZE], packed[4096];
    size_t size = 0;
    gan_dataset *d = NULL;

    make(images, labels);
    files_write(files_path("my images"), images, sizeof images);
    files_write(files_path("labels"), labels, sizeof labels);
    write_gzip(files_path("images.gz"), images, sizeof images);
    write_gzip(files_path("labels.gz"), labels, sizeof labels);
    /* Several members, one of them empty, cut inside header and data. */
    pack(packed, &size, sizeof packed, images, 7);
    pack(packed, &size, sizeof packed, images, 0);
    pack(packed, &size, sizeof packed, images + 7, 40);
    pack(packed, &size, sizeof packed, images + 47, sizeof images - 47);
    files_write(files_path("members.gz"), packed, size);

    ASSERT_OK(ctx, open_idx(ctx, &d, files_path("my images"), NULL, ""));
    check_small(d, N, 0);
    ASSERT_OK(ctx, open_idx(ctx, &d, files_path("my images"), files_path("labels.gz"), ""));
    check_small(d, N, 6);
    ASSERT_OK(ctx, open_idx(ctx, &d, files_path("images.gz"), files_path("labels"), "limit=9"));
    check_small(d, N, 6);
    ASSERT_OK(ctx, open_idx(ctx, &d, files_path("members.gz"), files_path("labels"), "limit=2"));
    check_small(d, 2, 4);
    ASSERT_OK(ctx, open_idx(ctx, &d, files_path("my images"), NULL, "max_bytes=110"));
    check_small(d, N, 0);
    ASSERT_FAILS(ctx, open_idx(ctx, &d, files_path("images.gz"), NULL, "max_bytes=109"),
                 GAN_E_FORMAT, "[5, 2, 3, 3], more than max_bytes=109");
    ck_assert_ptr_null(d);
}
END_TEST

/* More than one piece of memory: 3 pictures of 600x1000. */
START_TEST(test_large_samples)
{
    enum { PIXELS = 600000 };
    unsigned char *file = malloc(16 + 3 * PIXELS);
    float *sample = malloc(PIXELS * sizeof(float));
    gan_dataset *d = NULL;
    int64_t wrong = 0;

    ck_assert(file != NULL && sample != NULL);
    const size_t start = header(file, 3, (const uint32_t[]){3, 600, 1000});
    for (size_t i = 0; i < (size_t)3 * PIXELS; i++) {
        file[start + i] = (unsigned char)(i * 7 + i / 256);
    }
    write_gzip(files_path("a.gz"), file, start + (size_t)3 * PIXELS);
    ASSERT_OK(ctx, open_idx(ctx, &d, files_path("a.gz"), NULL, ""));
    for (int64_t n = 0; n < 3; n++) {
        ASSERT_OK(ctx, gan_dataset_read(d, sample, NULL, &n, 1));
        for (int64_t k = 0; k < PIXELS; k++) {
            wrong += sample[k] != (float)file[(int64_t)start + n * PIXELS + k] / 127.5F - 1.0F;
        }
    }
    ck_assert_int_eq(wrong, 0);
    gan_dataset_destroy(d);
    free(file);
    free(sample);
}
END_TEST

#define BYTES(...)                                                                                 \
    (const unsigned char[]){__VA_ARGS__}, sizeof((const unsigned char[]){__VA_ARGS__})

static const struct {
    const unsigned char *data;
    size_t size;
    const char *sentence;
} images_files[] = {
    {BYTES(0), "cut off: an IDX file's beginning needs 4 bytes, there are 1"},
    {BYTES(0, 0, 8, 3, 0, 0), "cut off: the header needs 16 bytes, there are 6"},
    {BYTES(0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 9),
     "cut off: [1, 1, 2] needs 18 bytes, there are 17"},
    {BYTES(0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 9, 9),
     "its shape is [1, 1, 1], 17 bytes with the header, but there are more"},
    {BYTES(0x89, 'P', 'N', 'G', 0, 0, 0, 0), "not IDX: it begins with the bytes 89 50 4e 47"},
    {BYTES(0, 1, 8, 3, 0, 0, 0, 0), "not IDX"},
    {BYTES(0, 0, 0x0d, 3, 0, 0, 0, 0), "type 0x0d at byte 2, only 0x08"},
    {BYTES(0, 0, 8, 0, 0, 0, 0, 0), "rank 0 at byte 3"},
    {BYTES(0, 0, 8, 1, 0, 0, 0, 1, 9), "rank 1 at byte 3, pictures have rank 3"},
    {BYTES(0, 0, 8, 255, 0, 0, 0, 1, 9), "rank 255 at byte 3"},
    {BYTES(0, 0, 8, 3, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1),
     "the size at byte 4 must be at least 1"},
    {BYTES(0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0),
     "the size at byte 12 must be at least 1"},
    {BYTES(0, 0, 8, 3, 255, 255, 255, 255, 0, 0, 0, 2, 0, 0, 0, 1),
     "more than max_bytes=4294967296"},
    {BYTES(0, 0, 8, 4, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
           255),
     "more than can be addressed"},
    {BYTES(0, 0, 8, 3, 255, 255, 255, 0, 0, 0, 0, 1, 0, 0, 0, 1), "there are 16"},
    {BYTES(0x1f, 0x8b), "gzip data is cut off at byte 2"},
    {BYTES(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 99), "gzip data is cut off at byte 11"},
    {BYTES(0x1f, 0x8b, 9, 0, 0, 0, 0, 0, 0, 3, 99), "damaged gzip data"},
};

static void
check_sentence(gan_status st, const char *path, const char *sentence)
{
    ASSERT_FAILS(ctx, st, GAN_E_FORMAT, sentence);
    ASSERT_FAILS(ctx, st, GAN_E_FORMAT, path);
}

START_TEST(test_bad_images)
{
    gan_dataset *d = NULL;
    const char *path = files_path("a");

    files_write(path, images_files[_i].data, images_files[_i].size);
    check_sentence(open_idx(ctx, &d, path, NULL, ""), path, images_files[_i].sentence);
    ck_assert_ptr_null(d);
    if (images_files[_i].data[0] != 0x1f) {
        write_gzip(path, images_files[_i].data, images_files[_i].size);
        check_sentence(open_idx(ctx, &d, path, NULL, ""), path, images_files[_i].sentence);
    }
}
END_TEST

START_TEST(test_empty_file)
{
    gan_dataset *d = NULL;

    files_write(files_path("a"), "", 0);
    ASSERT_FAILS(ctx, open_idx(ctx, &d, files_path("a"), NULL, ""), GAN_E_FORMAT, "there are 0");
    write_gzip(files_path("a"), "", 0);
    ASSERT_FAILS(ctx, open_idx(ctx, &d, files_path("a"), NULL, ""), GAN_E_FORMAT,
                 "there are 0 (unpacked)");
}
END_TEST

START_TEST(test_bad_labels)
{
    unsigned char images[IMAGES_SIZE], labels[LABELS_SIZE + 1] = {0};
    gan_dataset *d = NULL;

    make(images, labels);
    files_write(files_path("images"), images, sizeof images);
    ASSERT_FAILS(ctx, open_idx(ctx, &d, files_path("images"), files_path("images"), ""),
                 GAN_E_FORMAT, "rank 4 at byte 3, labels have rank 1");
    files_write(files_path("labels"), labels, LABELS_SIZE - 1);
    ASSERT_FAILS(ctx, open_idx(ctx, &d, files_path("images"), files_path("labels"), ""),
                 GAN_E_FORMAT, "cut off");
    /* Also where the limit leaves it out. */
    ASSERT_FAILS(ctx, open_idx(ctx, &d, files_path("images"), files_path("labels"), "limit=1"),
                 GAN_E_FORMAT, "cut off");
    files_write(files_path("labels"), labels, LABELS_SIZE + 1);
    ASSERT_FAILS(ctx, open_idx(ctx, &d, files_path("images"), files_path("labels"), "limit=1"),
                 GAN_E_FORMAT, "there are more");
    labels[7] = N - 1;
    files_write(files_path("labels"), labels, LABELS_SIZE - 1);
    ASSERT_FAILS(ctx, open_idx(ctx, &d, files_path("images"), files_path("labels"), "limit=1"),
                 GAN_E_FORMAT, "has 5 pictures");
    labels[0] = 1;
    files_write(files_path("labels"), labels, LABELS_SIZE);
    ASSERT_FAILS(ctx, open_idx(ctx, &d, files_path("images"), files_path("labels"), ""),
                 GAN_E_FORMAT, "wanted 00 00 08 01");
    ck_assert_ptr_null(d);
}
END_TEST

START_TEST(test_options)
{
    gan_dataset *d = NULL;

    ASSERT_FAILS(ctx, gan_dataset_create(ctx, &d, "idx", NULL), GAN_E_ARG, "images");
    ASSERT_FAILS(ctx, gan_dataset_create(ctx, &d, "idx", "image=a"), GAN_E_ARG, "images");
    ASSERT_FAILS(ctx, gan_dataset_create(ctx, &d, "idx", "images=a limit=-1"), GAN_E_ARG, "limit");
    ASSERT_FAILS(ctx, gan_dataset_create(ctx, &d, "idx", "images=a max_bytes=-1"), GAN_E_ARG,
                 "max_bytes");
    ASSERT_FAILS(ctx, open_idx(ctx, &d, files_path("none"), NULL, ""), GAN_E_IO, "No such file");
    ASSERT_FAILS(ctx, open_idx(ctx, &d, files_folder, NULL, ""), GAN_E_IO, "a folder");
    ck_assert_ptr_null(d);
}
END_TEST

START_TEST(test_cut_at_every_byte)
{
    unsigned char images[IMAGES_SIZE], labels[LABELS_SIZE];
    size_t size = 0;
    gan_dataset *d = NULL;

    make(images, labels);
    for (size_t length = 0; length < sizeof images; length++) {
        files_write(files_path("a"), images, length);
        ASSERT_FAILS(ctx, open_idx(ctx, &d, files_path("a"), NULL, ""), GAN_E_FORMAT, "cut off");
    }
    write_gzip(files_path("whole"), images, sizeof images);
    unsigned char *packed = files_read(files_path("whole"), &size);
    for (size_t length = 0; length < size; length++) {
        files_write(files_path("a"), packed, length);
        ASSERT_FAILS(ctx, open_idx(ctx, &d, files_path("a"), NULL, ""), GAN_E_FORMAT,
                     length == 1 ? "beginning" : "cut off");
    }
    free(packed);
}
END_TEST

/* gzip has a checksum: no bit of the packed data may change the pictures unnoticed. Its 10 bytes of header hold a time and the
 * like, and the last byte of the packed data has bits that mean nothing. */
START_TEST(test_every_bit_of_gzip)
{
    unsigned char images[IMAGES_SIZE], labels[LABELS_SIZE];
    size_t size = 0;
    gan_dataset *d = NULL;
    int unnoticed = 0;

    make(images, labels);
    write_gzip(files_path("whole"), images, sizeof images);
    unsigned char *packed = files_read(files_path("whole"), &size);
    for (size_t bit = 80; bit < size * 8; bit++) {
        packed[bit / 8] ^= (unsigned char)(1U << bit % 8);
        files_write(files_path("a"), packed, size);
        const gan_status st = open_idx(ctx, &d, files_path("a"), NULL, "");
        if (st == GAN_OK) {
            unnoticed++;
            check_small(d, N, 0);
        } else {
            ASSERT_FAILS(ctx, st, GAN_E_FORMAT, "/a\"");
        }
        packed[bit / 8] ^= (unsigned char)(1U << bit % 8);
    }
    ck_assert_int_lt(unnoticed, 8);
    free(packed);
}
END_TEST

START_TEST(test_after_gzip)
{
    unsigned char images[IMAGES_SIZE], labels[LABELS_SIZE], packed[4096];
    size_t size = 0;
    gan_dataset *d = NULL;

    make(images, labels);
    pack(packed, &size, sizeof packed, images, sizeof images);
    memset(packed + size, 0, 8);
    files_write(files_path("a"), packed, size + 8);
    ASSERT_FAILS(ctx, open_idx(ctx, &d, files_path("a"), NULL, ""), GAN_E_FORMAT,
                 "not gzip after the end");
    pack(packed, &size, sizeof packed, images, 1);
    files_write(files_path("a"), packed, size);
    ASSERT_FAILS(ctx, open_idx(ctx, &d, files_path("a"), NULL, ""), GAN_E_FORMAT, "there are more");
}
END_TEST

/* A header of 10^12 bytes: memory grows with the data, and that is nearly none. */
START_TEST(test_memory_is_what_there_is)
{
    unsigned char file[100] = {0};
    uint64_t peak = 0;
    gan_dataset *d = NULL;

    (void)header(file, 3, (const uint32_t[]){1000000, 1000, 1000});
    files_write(files_path("a"), file, sizeof file);
    write_gzip(files_path("a.gz"), file, sizeof file);
    ASSERT_FAILS(ctx, open_idx(ctx, &d, files_path("a"), NULL, "max_bytes=1024GiB"), GAN_E_FORMAT,
                 "needs 1000000000016 bytes, there are 100");
    ASSERT_FAILS(ctx, open_idx(ctx, &d, files_path("a.gz"), NULL, "max_bytes=1024GiB"),
                 GAN_E_FORMAT, "needs 1000000000016 bytes, there are 100 (unpacked)");
    ASSERT_OK(ctx, gan_context_get(ctx, &peak, "memory_peak"));
    ck_assert_uint_lt(peak, 40 << 20);
}
END_TEST

START_TEST(test_no_memory)
{
    unsigned char images[IMAGES_SIZE], labels[LABELS_SIZE];
    struct test_allocator host;
    gan_context *failing = failing_context(&host);
    gan_dataset *d = NULL;

    make(images, labels);
    write_gzip(files_path("images.gz"), images, sizeof images);
    files_write(files_path("labels"), labels, sizeof labels);
    EACH_ALLOCATION_FAILS(failing, &host,
                          open_idx(failing, &d, files_path("images.gz"), files_path("labels"), ""),
                          d == NULL);
    gan_dataset_destroy(d);
    gan_context_destroy(failing);
    ck_assert_int_eq(host.blocks, 0);
}
END_TEST

Suite *
idx_suite(void)
{
    Suite *suite = suite_create("idx");
    TCase *tests = tcase_create("idx");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, test_shipped_digits);
    tcase_add_test(tests, test_plain_and_gzip);
    tcase_add_test(tests, test_large_samples);
    tcase_add_loop_test(tests, test_bad_images, 0, sizeof images_files / sizeof images_files[0]);
    tcase_add_test(tests, test_empty_file);
    tcase_add_test(tests, test_bad_labels);
    tcase_add_test(tests, test_options);
    tcase_add_test(tests, test_cut_at_every_byte);
    tcase_add_test(tests, test_every_bit_of_gzip);
    tcase_add_test(tests, test_after_gzip);
    tcase_add_test(tests, test_memory_is_what_there_is);
    tcase_add_test(tests, test_no_memory);
    suite_add_tcase(suite, tests);
    return suite;
}
