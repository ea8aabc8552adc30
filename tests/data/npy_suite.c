/* npy: files that NumPy made (tests/oracle/make_arrays.py), each type, layout and version; and what is no array. */
#include <gan/dataset.h>
#include <gan/tensor.h>

#include <math.h>
#include <stdbool.h>

#include "base/context.h"
#include "data/zip_file.h"
#include "io/files.h"
#include "io/npy.h"
#include "oracle/failing_host.h"

Suite *npy_suite(void);

#define ARRAYS ORACLE_FILES "/arrays/"

enum { N = 5, H = 3, W = 4, C = 2, SAMPLE = H * W * C };

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

/* Value i of the array as make_arrays.py has it. */
static float
byte_value(int i)
{
    return (float)((i * 7 + 3) % 256) / 127.5F - 1.0F;
}

static float
number_value(int i)
{
    return (float)(i % 97 - 48) / 16.0F;
}

static float
third_value(int i)
{
    return (float)((double)i / 3.0 - 20.0);
}

static void
check(gan_dataset *d, float (*value)(int), int32_t wanted_rank, const int64_t *wanted_shape,
      int64_t wanted_count)
{
    int64_t count = 0, shape[GAN_RANK_MAX];
    int32_t rank = 0;
    float sample[SAMPLE];

    ASSERT_OK(ctx, gan_dataset_count(d, &count));
    ASSERT_OK(ctx, gan_dataset_shape(d, shape, GAN_RANK_MAX, &rank));
    ck_assert_int_eq(count, wanted_count);
    ck_assert_int_eq(rank, wanted_rank);
    ck_assert_mem_eq(shape, wanted_shape, (size_t)rank * sizeof shape[0]);
    for (int64_t i = 0; i < count; i++) {
        ASSERT_OK(ctx, gan_dataset_read(d, sample, NULL, &i, 1));
        for (int k = 0; k < SAMPLE; k++) {
            ck_assert(sample[k] == value((int)i * SAMPLE + k));
        }
    }
    gan_dataset_destroy(d);
}

static const struct {
    const char *options;
    float (*value)(int);
    int32_t rank;
    int64_t shape[3], count;
} good[] = {
    {"samples=" ARRAYS "u1.npy", byte_value, 3, {H, W, C}, N},
    {"samples=" ARRAYS "u1.npy limit=2", byte_value, 3, {H, W, C}, 2},
    {"samples=" ARRAYS "u1.npy limit=6 max_bytes=248", byte_value, 3, {H, W, C}, N},
    {"samples=" ARRAYS "u1.npy.gz", byte_value, 3, {H, W, C}, N},
    {"samples=" ARRAYS "version2.npy", byte_value, 3, {H, W, C}, N},
    {"samples=" ARRAYS "version3.npy", byte_value, 3, {H, W, C}, N},
    {"samples=" ARRAYS "u1_nchw.npy layout=nchw", byte_value, 3, {H, W, C}, N},
    {"samples=" ARRAYS "f4_nchw.npy layout=nchw limit=4", number_value, 3, {H, W, C}, 4},
    {"samples=" ARRAYS "f2.npy", number_value, 3, {H, W, C}, N},
    {"samples=" ARRAYS "f4.npy", number_value, 3, {H, W, C}, N},
    {"samples=" ARRAYS "f8.npy", third_value, 3, {H, W, C}, N},
    {"samples=" ARRAYS "f2_big.npy", number_value, 3, {H, W, C}, N},
    {"samples=" ARRAYS "f4_big.npy", number_value, 3, {H, W, C}, N},
    {"samples=" ARRAYS "f8_big.npy", third_value, 3, {H, W, C}, N},
    {"samples=" ARRAYS "rank3.npy", byte_value, 3, {4, 6, 1}, N},
    {"samples=" ARRAYS "rank3.npy layout=nchw", byte_value, 3, {4, 6, 1}, N},
    {"samples=" ARRAYS "rank2.npy", number_value, 1, {SAMPLE}, N},
#ifdef GAN_HAVE_MINIZIP
    {"samples=" ARRAYS "stored.npz", byte_value, 3, {H, W, C}, N},
    {"samples=" ARRAYS "packed.npz array=x", byte_value, 3, {H, W, C}, N},
    {"samples=" ARRAYS "packed.npz array=x.npy limit=1", byte_value, 3, {H, W, C}, 1},
    {"samples=" ARRAYS "unnamed.npz array=arr_0", number_value, 3, {H, W, C}, N},
    {"samples=" ARRAYS "stored64.npz", byte_value, 3, {H, W, C}, N},
    {"samples=" ARRAYS "packed64.npz", byte_value, 3, {H, W, C}, N},
#endif
};

START_TEST(test_good)
{
    gan_dataset *d = NULL;

    ASSERT_OK(ctx, gan_dataset_create(ctx, &d, "npy", good[_i].options));
    check(d, good[_i].value, good[_i].rank, good[_i].shape, good[_i].count);
}
END_TEST

static const char *const label_files[] = {
    "labels_u1.npy",
    "labels_i1.npy",
    "labels_u2.npy",
    "labels_i2.npy",
    "labels_u4.npy",
    "labels_i4.npy",
    "labels_u8.npy",
    "labels_i8.npy",
    "labels_big_i2.npy",
    "labels_big_u4.npy",
    "labels_big_i8.npy",
    "labels_column.npy",
#ifdef GAN_HAVE_MINIZIP
    "stored.npz labels_array=y",
    "packed.npz labels_array=y",
    "stored64.npz labels_array=y", /* its place, too, is of 64 bits */
    "packed64.npz labels_array=y",
#endif
};

START_TEST(test_labels)
{
    static const int64_t indices[] = {0, 1, 2, 3, 4};
    static const int32_t wanted[] = {3, 1, 4, 1, 5};
    float samples[N * SAMPLE];
    int32_t labels[N], classes = 0;
    char options[1024];
    gan_dataset *d = NULL;

    for (int limit = 0; limit <= N; limit += N - 2) {
        const int count = limit == 0 ? N : limit;
        (void)snprintf(options, sizeof options,
                       "samples=" ARRAYS "f4.npy limit=%d labels=" ARRAYS "%s", limit,
                       label_files[_i]);
        ASSERT_OK(ctx, gan_dataset_create(ctx, &d, "npy", options));
        ASSERT_OK(ctx, gan_dataset_classes(d, &classes));
        ck_assert_int_eq(classes, limit == 0 ? 6 : 5);
        ASSERT_OK(ctx, gan_dataset_read(d, samples, labels, indices, count));
        ck_assert_mem_eq(labels, wanted, (size_t)count * sizeof labels[0]);
        gan_dataset_destroy(d);
    }
}
END_TEST

#ifdef GAN_HAVE_MINIZIP
START_TEST(test_same_archive)
{
    const int64_t index = 2;
    float sample[SAMPLE];
    int32_t label = 0;
    gan_dataset *d = NULL;

    ASSERT_OK(ctx, gan_dataset_create(ctx, &d, "npy",
                                      "samples=" ARRAYS "packed.npz labels=" ARRAYS
                                      "packed.npz labels_array=y"));
    ASSERT_OK(ctx, gan_dataset_read(d, sample, &label, &index, 1));
    ck_assert_int_eq(label, 4);
    ck_assert(sample[0] == byte_value(2 * SAMPLE));
    gan_dataset_destroy(d);
}
END_TEST
#endif

static const struct {
    const char *options;
    gan_status status;
    const char *sentence;
} bad[] = {
    {"samples=" ARRAYS "fortran.npy", GAN_E_FORMAT, "Fortran order, only C order is read"},
    {"samples=" ARRAYS "labels_i8.npy", GAN_E_FORMAT, "signed integers of 64 bits"},
    {"samples=" ARRAYS "labels_u1.npy", GAN_E_FORMAT, "its shape is [5], wanted [count, features]"},
    {"samples=" ARRAYS "u1.npy max_bytes=247", GAN_E_FORMAT,
     "[5, 3, 4, 2], 248 bytes, more than max_bytes=247"},
    {"samples=" ARRAYS "u1.npy array=x", GAN_E_ARG, "is no .npz"},
    {"samples=" ARRAYS "cifar10.tar.gz", GAN_E_FORMAT, "not .npy"},
    {"samples=" ARRAYS "none.npy", GAN_E_IO, "none.npy"},
    {"samples=" ARRAYS "u1.npy labels=" ARRAYS "labels_negative.npy", GAN_E_FORMAT,
     "label 2 is -7, labels go from 0 to 2147483646"},
    {"samples=" ARRAYS "u1.npy labels=" ARRAYS "labels_large.npy", GAN_E_FORMAT,
     "label 3 is 2147483647"},
    {"samples=" ARRAYS "u1.npy labels=" ARRAYS "labels_float.npy", GAN_E_FORMAT,
     "labels of floats of 32 bits"},
    {"samples=" ARRAYS "u1.npy labels=" ARRAYS "rank3.npy", GAN_E_FORMAT,
     "the labels' shape is [5, 4, 6]"},
    {"samples=" ARRAYS "u1.npy labels=" ARRAYS "u1.npy", GAN_E_ARG, "labels_array must say"},
    {"", GAN_E_ARG, "samples is missing"},
#ifdef GAN_HAVE_MINIZIP
    {"samples=" ARRAYS "packed.npz array=z", GAN_E_ARG,
     "there is no array \"z\" in the archive: there are x.npy, y.npy"},
    {"samples=" ARRAYS "packed.npz array=y", GAN_E_FORMAT, "signed integers of 64 bits"},
    {"samples=" ARRAYS "packed.npz max_bytes=200", GAN_E_FORMAT, "more than max_bytes=200"},
#else
    {"samples=" ARRAYS "packed.npz", GAN_E_UNSUPPORTED, "without minizip"},
#endif
};

START_TEST(test_bad)
{
    gan_dataset *d = NULL;

    ASSERT_FAILS(ctx, gan_dataset_create(ctx, &d, "npy", bad[_i].options), bad[_i].status,
                 bad[_i].sentence);
    ck_assert_ptr_null(d);
}
END_TEST

/* A file of version 1 with this text in its header and `bytes` zeros after it. */
static void
write_npy(const char *path, const char *text, size_t bytes)
{
    unsigned char file[1024] = {0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0};
    const size_t length = strlen(text);

    ck_assert_uint_lt(10 + length + bytes, sizeof file);
    file[8] = (unsigned char)length;
    file[9] = (unsigned char)(length >> 8);
    memcpy(file + 10, text, length);
    files_write(path, file, 10 + length + bytes);
}

static gan_status
open_npy(gan_context *context, gan_dataset **out, const char *path)
{
    char options[600];

    (void)snprintf(options, sizeof options, "samples=%s max_bytes=1000GiB", path);
    return gan_dataset_create(context, out, "npy", options);
}

#define TEXT(descr, order, shape)                                                                  \
    "{'descr': " descr ", 'fortran_order': " order ", 'shape': " shape ", }\n"

static const struct {
    const char *text;
    const char *sentence; /* NULL: read */
} headers[] = {
    {TEXT("'|u1'", "False", "(2, 3)"), NULL},
    {"{\"shape\":(2,3),\"descr\":\"<u1\",\"fortran_order\":False}", NULL},
    {TEXT("'=u1'", "False", "( 2 ,3, )") "   \n", NULL},
    {TEXT("'<f4'", "False", "(2, 3)"), "cut off: the array needs"},
    {TEXT("'|u1'", "False", "(2, 2)"), "but there are more"},
    {TEXT("'|u1'", "False", "(7, 1)"), "cut off"},
    {TEXT("'|u1'", "False", "(0, 3)"), "each at least 1"},
    {TEXT("'|u1'", "False", "()"), "wanted [count, features]"},
    {TEXT("'|u1'", "True", "(2, 3)"), "Fortran order"},
    {TEXT("'|u1'", "true", "(2, 3)"), "wanted True or False"},
    {TEXT("'|f4'", "False", "(2, 3)"), "wanted a type of u1"},
    {TEXT("'<f16'", "False", "(2, 3)"), "wanted a type of u1"},
    {TEXT("'<c8'", "False", "(2, 3)"), "wanted a type of u1"},
    {TEXT("'|b1'", "False", "(2, 3)"), "wanted a type of u1"},
    {TEXT("[('a', '<f4')]", "False", "(2, 3)"), "\"[('a', '<f4')]"},
    {TEXT("'|u1'", "False", "(-2, 3)"), "wanted a size"},
    {TEXT("'|u1'", "False", "(2 3)"), "wanted , or )"},
    {TEXT("'|u1'", "False", "2, 3"), "wanted a shape"},
    {TEXT("'|u1'", "False", "(9223372036854775808, 3)"), "wanted a size below 2^63"},
    {TEXT("'|u1'", "False", "(9223372036854775807, 3)"), "more than can be addressed"},
    {TEXT("'<f8'", "False", "(1000000000, 200)"), "more than max_bytes"},
    {TEXT("'|u1'", "False", "(2, 1, 1, 1, 1, 1, 1, 3)"), "wanted [count, features]"},
    {TEXT("'|u1'", "False", "(2, 1, 1, 1, 1, 1, 1, 1, 3)"), "at most 8 sizes"},
    {TEXT("'|u1'", "False", "(2, 3)") "x", "only spaces after the }"},
    {"{'descr': '|u1', 'shape': (2, 3)}", "'fortran_order'"},
    {"{'descr': '|u1', 'descr': '|u1', 'shape': (2, 3)}", "each once"},
    {"{'descr': '|u1', 'more': 3}", "each once"},
    {"{'descr': '|u1' 'fortran_order': False, 'shape': (2, 3)}", "wanted , or }"},
    {"{'descr' '|u1'}", "wanted :"},
    {"{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3)", "wanted , or }"},
    {"{'descr': '|u1", "wanted a type"},
    {"{'a\\'b': 1}", "each once"},
    {"", "wanted {"},
};

START_TEST(test_headers)
{
    gan_dataset *d = NULL;
    const char *path = files_path("a.npy");

    write_npy(path, headers[_i].text, 6);
    if (headers[_i].sentence == NULL) {
        ASSERT_OK(ctx, open_npy(ctx, &d, path));
        gan_dataset_destroy(d);
        return;
    }
    ASSERT_FAILS(ctx, open_npy(ctx, &d, path), GAN_E_FORMAT, headers[_i].sentence);
    ASSERT_FAILS(ctx, open_npy(ctx, &d, path), GAN_E_FORMAT, path);
    ck_assert_ptr_null(d);
}
END_TEST

/* The parser says how much it wants, and takes it in any portions. */
START_TEST(test_parse_in_steps)
{
    size_t size = 0, needed = 0;
    struct gan__npy_header header;
    unsigned char *file = files_read(ARRAYS "version2.npy", &size);

    ck_assert_uint_eq(size, 248);
    for (size_t length = 0; length <= size; length++) {
        ASSERT_OK(ctx, gan__npy_parse(ctx, &header, file, length, &needed, "a"));
        if (length < 128) {
            ck_assert(header.size == 0 && needed > length && needed <= 128);
            ck_assert(length < 12 ? needed == 12 : needed == 128);
        } else {
            ck_assert(header.size == 128 && header.type == GAN__NPY_UINT8 && header.item == 1);
            ck_assert(header.shape.rank == 4 && header.shape.size[2] == W);
        }
    }
    file[6] = 4;
    ASSERT_FAILS(ctx, gan__npy_parse(ctx, &header, file, size, &needed, "a"), GAN_E_FORMAT,
                 "version 4.0");
    gan__recover(ctx);
    file[6] = 2;
    file[11] = 1; /* a header of 16 MiB */
    ASSERT_FAILS(ctx, gan__npy_parse(ctx, &header, file, size, &needed, "a"), GAN_E_FORMAT,
                 "at most 65524 are read");
    free(file);
}
END_TEST

START_TEST(test_cut_at_every_byte)
{
    static const char *const names[] = {ARRAYS "f4.npy", ARRAYS "stored.npz", ARRAYS "packed.npz",
                                        ARRAYS "stored64.npz", ARRAYS "packed64.npz"};
    size_t size = 0;
    gan_dataset *d = NULL;

#ifndef GAN_HAVE_MINIZIP
    if (_i > 0) {
        return;
    }
#endif
    unsigned char *file = files_read(names[_i], &size);
    /* The last record, 22 bytes, says nothing that the records of 64 bits before it don't. */
    const size_t end = _i < 3 ? size : size - 22;
    for (size_t length = 0; length < end; length++) {
        files_write(files_path("a"), file, length);
        ASSERT_FAILS(ctx, open_npy(ctx, &d, files_path("a")), GAN_E_FORMAT, "/a\"");
    }
    ck_assert_ptr_null(d);
    free(file);
}
END_TEST

#ifdef GAN_HAVE_MINIZIP
/* ZIP has a checksum: no bit may change the samples unnoticed. */
START_TEST(test_every_bit_of_zip)
{
    static const char *const names[] = {ARRAYS "stored.npz", ARRAYS "packed.npz",
                                        ARRAYS "stored64.npz", ARRAYS "packed64.npz"};
    static const int64_t shape[] = {H, W, C};
    size_t size = 0;
    gan_dataset *d = NULL;
    unsigned char *file = files_read(names[_i], &size);

    for (size_t bit = 0; bit < size * 8; bit += 1 + bit % 3) {
        file[bit / 8] ^= (unsigned char)(1U << bit % 8);
        files_write(files_path("a"), file, size);
        const gan_status st = open_npy(ctx, &d, files_path("a"));
        if (st == GAN_OK) {
            check(d, byte_value, 3, shape, N);
        } else {
            ASSERT_FAILS(ctx, st, GAN_E_FORMAT, "/a\"");
        }
        file[bit / 8] ^= (unsigned char)(1U << bit % 8);
    }
    free(file);
}
END_TEST
#endif

#ifdef GAN_HAVE_MINIZIP
/* A directory that promises more than there is must not keep the checksum from being looked at. */
START_TEST(test_zip_promises_more)
{
    size_t size = 0, at = 0;
    gan_dataset *d = NULL;
    unsigned char *file = files_read(ARRAYS "stored.npz", &size);

    while (memcmp(file + at, "PK\1\2", 4) != 0) {
        at++;
    }
    file[at + 24]++; /* the unpacked size */
    for (size_t i = 0; i < 2; i++) {
        files_write(files_path("a"), file, size);
        ASSERT_FAILS(ctx, open_npy(ctx, &d, files_path("a")), GAN_E_FORMAT, "cut off");
        file[size / 4 + 40] ^= 1; /* in the first array's data */
    }
    free(file);
}
END_TEST
#endif

#ifdef GAN_HAVE_MINIZIP
/* In small pieces: when the last packed byte is read, zlib still has 226 bytes to give. */
START_TEST(test_zip_in_small_pieces)
{
    const size_t size = 128 + (size_t)23 * 28 * 28; /* the array's header first */
    struct gan__zip_file zip;
    unsigned char piece[7];
    size_t all = 0, got = 0;

    ASSERT_OK(ctx, gan__zip_file_open(&zip, ctx, ARRAYS "zeros.npz", "x", ".npy"));
    do {
        ASSERT_OK(ctx, gan__zip_file_read(&zip, piece, sizeof piece, &got));
        for (size_t i = 0; i < got; i++) {
            ck_assert(all + i < 128 || piece[i] == 0);
        }
        all += got;
    } while (got == sizeof piece);
    ck_assert_uint_eq(all, size);
    gan__zip_file_close(&zip);
}
END_TEST
#endif

#ifdef GAN_HAVE_MINIZIP
/* Sizes that stand in an extra field, of an archive that says otherwise there. */
START_TEST(test_zip64)
{
    static const struct {
        const char *sentence;
        size_t at; /* in the directory's entry; x.npy is its name */
        unsigned char byte;
    } wrong[] = {
        {"sizes are not in the archive's directory", 46 + 5, 2},      /* another kind of field */
        {"sizes are not in the archive's directory", 46 + 5 + 2, 15}, /* too short for both */
        {"cut off", 46 + 5 + 4 + 8 + 7, 0x80},                        /* the packed size */
        {"cut off", 46 + 5 + 4 + 4, 1},                               /* the unpacked one */
    };
    size_t size = 0, at = 0;
    gan_dataset *d = NULL;
    unsigned char *file = files_read(ARRAYS "stored64.npz", &size);

    while (memcmp(file + at, "PK\1\2", 4) != 0) {
        at++;
    }
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        const unsigned char kept = file[at + wrong[i].at];
        file[at + wrong[i].at] = wrong[i].byte;
        files_write(files_path("a"), file, size);
        ASSERT_FAILS(ctx, open_npy(ctx, &d, files_path("a")), GAN_E_FORMAT, wrong[i].sentence);
        file[at + wrong[i].at] = kept;
    }
    free(file);
}
END_TEST
#endif

/* Values that are no numbers stay what they are; what float32 can't hold is infinite. */
START_TEST(test_specials)
{
    unsigned char file[128 + 40] = {0};
    const double values[5] = {NAN, -INFINITY, 1e300, 5e-324, 1e-40};
    const int64_t index = 0;
    float sample[5];
    gan_dataset *d = NULL;

    write_npy(files_path("a.npy"), TEXT("'<f8'", "False", "(1, 5)"), sizeof values);
    size_t size = 0;
    unsigned char *made = files_read(files_path("a.npy"), &size);
    ck_assert_uint_lt(size, sizeof file);
    memcpy(made + size - sizeof values, values, sizeof values);
    files_write(files_path("a.npy"), made, size);
    free(made);
    ASSERT_OK(ctx, open_npy(ctx, &d, files_path("a.npy")));
    ASSERT_OK(ctx, gan_dataset_read(d, sample, NULL, &index, 1));
    ck_assert(isnan(sample[0]) && sample[1] == -INFINITY && sample[2] == INFINITY &&
              sample[3] == 0.0F && sample[4] == 1e-40F);
    gan_dataset_destroy(d);
}
END_TEST

/* Larger than a piece of memory and than a chunk, its pieces begun by small ones. */
START_TEST(test_large)
{
    enum { SIZE = 3 * 700 * 1000 };
    const char *text = TEXT("'|u1'", "False", "(3, 700, 1000)");
    unsigned char *file = calloc(1, 10 + 128 + SIZE);
    float *sample = malloc(sizeof(float) * SIZE / 3);
    int64_t wrong = 0;
    gan_dataset *d = NULL;

    ck_assert(file != NULL && sample != NULL);
    memcpy(file, "\x93NUMPY\x01", 8);
    file[8] = (unsigned char)strlen(text);
    memcpy(file + 10, text, strlen(text));
    unsigned char *values = file + 10 + strlen(text);
    for (int i = 0; i < SIZE; i++) {
        values[i] = (unsigned char)(i * 7 + i / 256);
    }
    files_write(files_path("a"), file, 10 + strlen(text) + SIZE);
    ASSERT_OK(ctx, open_npy(ctx, &d, files_path("a")));
    for (int64_t n = 0; n < 3; n++) {
        ASSERT_OK(ctx, gan_dataset_read(d, sample, NULL, &n, 1));
        for (int64_t i = 0; i < SIZE / 3; i++) {
            wrong += sample[i] != (float)values[n * (SIZE / 3) + i] / 127.5F - 1.0F;
        }
    }
    ck_assert_int_eq(wrong, 0);
    gan_dataset_destroy(d);
    free(file);
    free(sample);
}
END_TEST

/* A header of 10^12 bytes: memory grows with the data, and that is nearly none. */
START_TEST(test_memory_is_what_there_is)
{
    uint64_t peak = 0;
    gan_dataset *d = NULL;

    write_npy(files_path("a"), TEXT("'<f8'", "False", "(1000, 1000, 100000)"), 64);
    ASSERT_FAILS(ctx, open_npy(ctx, &d, files_path("a")), GAN_E_FORMAT, "cut off");
    ASSERT_OK(ctx, gan_context_get(ctx, &peak, "memory_peak"));
    ck_assert_uint_lt(peak, 40 << 20);
}
END_TEST

START_TEST(test_no_memory)
{
    static const char options[] = "samples=" ARRAYS "f8.npy labels=" ARRAYS "labels_i4.npy";
    struct test_allocator host;
    gan_context *failing = failing_context(&host);
    gan_dataset *d = NULL;

    EACH_ALLOCATION_FAILS(failing, &host, gan_dataset_create(failing, &d, "npy", options),
                          d == NULL);
    gan_dataset_destroy(d);
#ifdef GAN_HAVE_MINIZIP
    EACH_ALLOCATION_FAILS(failing, &host,
                          gan_dataset_create(failing, &d, "npy", "samples=" ARRAYS "packed.npz"),
                          d == NULL);
    gan_dataset_destroy(d);
#endif
    gan_context_destroy(failing);
    ck_assert_int_eq(host.blocks, 0);
}
END_TEST

Suite *
npy_suite(void)
{
    Suite *suite = suite_create("npy");
    TCase *tests = tcase_create("npy");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, test_good, 0, sizeof good / sizeof good[0]);
    tcase_add_loop_test(tests, test_labels, 0, sizeof label_files / sizeof label_files[0]);
    tcase_add_loop_test(tests, test_bad, 0, sizeof bad / sizeof bad[0]);
    tcase_add_loop_test(tests, test_headers, 0, sizeof headers / sizeof headers[0]);
    tcase_add_test(tests, test_parse_in_steps);
    tcase_add_loop_test(tests, test_cut_at_every_byte, 0, 5);
#ifdef GAN_HAVE_MINIZIP
    tcase_add_test(tests, test_same_archive);
    tcase_add_test(tests, test_zip_promises_more);
    tcase_add_test(tests, test_zip_in_small_pieces);
    tcase_add_test(tests, test_zip64);
    tcase_add_loop_test(tests, test_every_bit_of_zip, 0, 4);
#endif
    tcase_add_test(tests, test_specials);
    tcase_add_test(tests, test_large);
    tcase_add_test(tests, test_memory_is_what_there_is);
    tcase_add_test(tests, test_no_memory);
    suite_add_tcase(suite, tests);
    return suite;
}
