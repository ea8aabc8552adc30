/* gan_image_save's formats: arrays for NumPy and folders of PNG files, and which one a path means. */
#include "faults.h"
#include "image_suites.h"
#include "png_parts.h"

#include <gan/io.h>

#include <errno.h>
#include <math.h>

#include "io/files.h"
#include "io/npy.h"
#include "oracle/failing_host.h"
#include "oracle/images.h"

static gan_context *ctx;

static void
setup(void)
{
    files_begin();
    faults_clear();
    ASSERT_OK(ctx, gan_context_create(&ctx, "threads=1", NULL));
}

static void
teardown(void)
{
    faults_clear();
    gan_context_destroy(ctx);
    files_end();
}

/* How many entries a folder in the folder has, -1 if it is none. */
static int
entries(const char *name)
{
    DIR *folder = opendir(files_path(name));
    int count = -2;

    if (folder == NULL) {
        return -1;
    }
    while (readdir(folder) != NULL) {
        count++;
    }
    (void)closedir(folder);
    return count;
}

static void
remove_folder(const char *name)
{
    char path[128];
    DIR *folder = opendir(files_path(name));
    const struct dirent *entry;

    ck_assert_ptr_nonnull(folder);
    while ((entry = readdir(folder)) != NULL) {
        (void)snprintf(path, sizeof path, "%.20s/%.100s", name, entry->d_name);
        if (entry->d_name[0] != '.' || strlen(entry->d_name) > 2) {
            ck_assert_int_eq(remove(files_path(path)), 0);
        }
    }
    (void)closedir(folder);
    ck_assert_int_eq(rmdir(files_path(name)), 0);
}

static float *
noise(int64_t count)
{
    float *values = malloc((size_t)count * sizeof(float));
    uint32_t state = 1;

    ck_assert_ptr_nonnull(values);
    for (int64_t i = 0; i < count; i++) {
        state = state * 1664525U + 1013904223U;
        values[i] = (float)(state >> 8) / 7000000.0F - 1.2F;
    }
    return values;
}

/* Two files hold the same. */
static void
expect_same(const char *a, const char *b)
{
    size_t size[2];
    unsigned char *first = files_read(a, &size[0]), *second = files_read(b, &size[1]);

    ck_assert_uint_eq(size[0], size[1]);
    ck_assert_mem_eq(first, second, size[0]);
    free(first);
    free(second);
}

/* ---- .npy ---- */

START_TEST(test_npy_header)
{
    struct gan__text text;
    struct gan__shape shape = {.rank = npy_headers[_i].rank};
    const size_t length = strlen(npy_headers[_i].dictionary), size = npy_headers[_i].size;

    memcpy(shape.size, npy_headers[_i].shape, sizeof npy_headers[_i].shape);
    gan__text_init(&text, ctx);
    gan__npy_write_header(&text, npy_headers[_i].descr, &shape);
    ck_assert_int_eq(text.status, GAN_OK);
    ck_assert_uint_eq(text.length, size);
    ck_assert_mem_eq(text.data, "\x93NUMPY\x01\x00", 8);
    ck_assert_uint_eq((unsigned char)text.data[8] + 256U * (unsigned char)text.data[9], size - 10);
    ck_assert_mem_eq(text.data + 10, npy_headers[_i].dictionary, length);
    for (size_t i = 10 + length; i < size; i++) {
        ck_assert_int_eq(text.data[i], i == size - 1 ? '\n' : ' ');
    }
    gan__text_free(&text);
}
END_TEST

/* Lengths of the dictionary around a multiple of the alignment. */
START_TEST(test_npy_padding)
{
    int64_t number = 1;

    for (int digits = 1; digits <= 12; digits++, number *= 10) {
        for (int32_t rank = 1; rank <= GAN_RANK_MAX; rank++) {
            struct gan__text text;
            struct gan__shape shape = {.rank = rank};
            for (int32_t i = 0; i < rank; i++) {
                shape.size[i] = i < 4 ? number : 1;
            }
            gan__text_init(&text, ctx);
            gan__npy_write_header(&text, "<f4", &shape);
            ck_assert_uint_eq(text.length % 64, 0);
            ck_assert_uint_eq((unsigned char)text.data[8] + 256U * (unsigned char)text.data[9] + 10,
                              text.length);
            ck_assert_int_eq(text.data[text.length - 1], '\n');
            const char *end = strchr(text.data + 10, '}');
            ck_assert_ptr_nonnull(end);
            ck_assert_int_le(text.data + text.length - end, 65);
            ck_assert_int_eq(text.data[text.length], '\0');
            gan__text_free(&text);
        }
    }
}
END_TEST

/* The bytes are those of the PNG of the same pictures; more than one piece of them. */
START_TEST(test_npy_bytes)
{
    enum {
        COUNT = 3,
        HEIGHT = 150,
        WIDTH = 97,
        CHANNELS = 3,
        ALL = COUNT * HEIGHT * WIDTH * CHANNELS
    };
    float *pixels = noise(ALL);
    size_t size, png_size;
    unsigned width, height;

    pixels[0] = NAN;
    pixels[1] = -INFINITY;
    pixels[2] = INFINITY;
    pixels[3] = 0.0F;
    ASSERT_OK(ctx, gan_image_save(ctx, files_path("a.npy"), pixels, COUNT, HEIGHT, WIDTH, CHANNELS,
                                  NULL));
    ASSERT_OK(ctx, gan_image_save(ctx, files_path("a.png"), pixels, COUNT, HEIGHT, WIDTH, CHANNELS,
                                  "columns=1 padding=0"));
    unsigned char *npy = files_read(files_path("a.npy"), &size);
    unsigned char *file = files_read(files_path("a.png"), &png_size);
    unsigned char *png = png_pixels(file, png_size, PNG_FORMAT_RGB, &width, &height);
    static const char dictionary[] =
        "{'descr': '|u1', 'fortran_order': False, 'shape': (3, 150, 97, 3), }";
    ck_assert_uint_eq(size, 128 + ALL);
    ck_assert_mem_eq(npy + 10, dictionary, sizeof dictionary - 1);
    ck_assert_uint_eq(width, WIDTH);
    ck_assert_uint_eq(height, COUNT * HEIGHT);
    ck_assert_mem_eq(npy + 128, png, ALL);
    ck_assert_mem_eq(npy + 128, "\x00\x00\xff\x80", 4);
    free(npy);
    free(file);
    free(png);
    free(pixels);
}
END_TEST

/* Any number of channels, any side. */
START_TEST(test_npy_shapes)
{
    static const int64_t shapes[][4] = {{1, 1, 1, 1}, {2, 3, 4, 7}, {1, 1, 1500000, 2}};
    float *pixels = noise(3000000);

    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        const int64_t *s = shapes[i];
        size_t size;
        ASSERT_OK(ctx,
                  gan_image_save(ctx, files_path("a.npy"), pixels, s[0], s[1], s[2], s[3], NULL));
        free(files_read(files_path("a.npy"), &size));
        ck_assert_uint_eq(size, 128 + (size_t)(s[0] * s[1] * s[2] * s[3]));
    }
    free(pixels);
}
END_TEST

/* ---- folders ---- */

START_TEST(test_folder)
{
    static const char *const paths[] = {"out/", "out", "out"};
    static const char *const options[] = {NULL, "format=folder", "first=0 padding=5 columns=2"};
    enum { EACH = 6 * 5 * 3, COUNT = 4 };
    float *pixels = noise(COUNT * EACH);
    char name[64];

    if (_i == 2) {
        ck_assert_int_eq(mkdir(files_path("out"), 0777), 0);
    }
    ASSERT_OK(ctx, gan_image_save(ctx, files_path(paths[_i]), pixels, COUNT, 6, 5, 3, options[_i]));
    ck_assert_int_eq(entries("out"), COUNT);
    for (int i = 0; i < COUNT; i++) {
        (void)snprintf(name, sizeof name, "out/%06d.png", i);
        ASSERT_OK(ctx, gan_image_save(ctx, files_path("one.png"), pixels + (ptrdiff_t)i * EACH, 1,
                                      6, 5, 3, NULL));
        expect_same(files_path(name), files_path("one.png"));
    }
    remove_folder("out");
    free(pixels);
}
END_TEST

START_TEST(test_folder_numbers)
{
    float *pixels = noise(3);

    ASSERT_OK(ctx, gan_image_save(ctx, files_path("out/"), pixels, 3, 1, 1, 1, "first=999998"));
    files_write(files_path("out/others.txt"), "old", 3);
    files_write(files_path("out/000007.png"), "old", 3);
    ASSERT_OK(ctx, gan_image_save(ctx, files_path("out"), pixels, 1, 1, 1, 1, "first=7"));
    expect_same(files_path("out/000007.png"), files_path("out/999998.png"));
    ck_assert_int_eq(access(files_path("out/999999.png"), R_OK), 0);
    ck_assert_int_eq(access(files_path("out/1000000.png"), R_OK), 0);
    files_expect(files_path("out/others.txt"), "old");
    ck_assert_int_eq(entries("out"), 5);
    remove_folder("out");
    free(pixels);
}
END_TEST

/* ---- which format, and what is refused ---- */

/* The first byte of the file. */
static int
first_byte(const char *name)
{
    size_t size;
    unsigned char *bytes = files_read(files_path(name), &size);
    const int byte = bytes[0];

    free(bytes);
    return byte;
}

START_TEST(test_formats)
{
    const float pixel[4] = {0};

    ASSERT_OK(ctx, gan_image_save(ctx, files_path("a.npy"), pixel, 1, 1, 1, 1, "format=png"));
    ck_assert_int_eq(first_byte("a.npy"), 0x89);
    ASSERT_OK(ctx, gan_image_save(ctx, files_path("a.png"), pixel, 1, 1, 1, 1, "format=npy"));
    ck_assert_int_eq(first_byte("a.png"), 0x93);
    ASSERT_OK(ctx, gan_image_save(ctx, files_path("npy"), pixel, 1, 1, 1, 1, "format=auto"));
    ck_assert_int_eq(first_byte("npy"), 0x89);
    ASSERT_OK(ctx, gan_image_save(ctx, files_path(".npy"), pixel, 1, 1, 1, 1, NULL));
    ck_assert_int_eq(first_byte(".npy"), 0x93);
    ASSERT_OK(ctx, gan_image_save(ctx, files_path("b.png"), pixel, 1, 1, 1, 1, "format=folder"));
    ck_assert_int_eq(entries("b.png"), 1);
    ASSERT_FAILS(ctx, gan_image_save(ctx, files_path("b.png"), pixel, 1, 1, 1, 1, "format=png"),
                 GAN_E_IO, "it is a folder");
    ASSERT_FAILS(ctx, gan_image_save(ctx, files_path("b.png"), pixel, 1, 1, 1, 1, "format=npy"),
                 GAN_E_IO, "it is a folder");
    remove_folder("b.png");
}
END_TEST

START_TEST(test_refused)
{
    const float pixel[8] = {0};

    ASSERT_FAILS(ctx, gan_image_save(ctx, files_path("a"), pixel, 1, 1, 1, 1, "format=jpeg"),
                 GAN_E_ARG, "auto|png|npy|folder");
    ASSERT_FAILS(ctx, gan_image_save(ctx, files_path("a/"), pixel, 1, 1, 1, 1, "first=-1"),
                 GAN_E_ARG, "first");
    ASSERT_FAILS(ctx, gan_image_save(ctx, files_path("a.npy"), pixel, 1, 1, 1, 0, NULL), GAN_E_ARG,
                 "1 pictures of 1 x 1 x 0 values");
    ASSERT_FAILS(ctx,
                 gan_image_save(ctx, files_path("a.npy"), pixel, INT64_MAX, INT64_MAX, 3, 4, NULL),
                 GAN_E_SHAPE, "addressed");
    ASSERT_FAILS(ctx, gan_image_save(ctx, files_path("a/"), pixel, 2, 1, 2, 2, NULL), GAN_E_ARG,
                 "channels is 2");
    ASSERT_FAILS(ctx, gan_image_save(ctx, files_path("no/a/"), pixel, 1, 1, 1, 1, NULL), GAN_E_IO,
                 "No such file");
    ASSERT_FAILS(ctx, gan_image_save(ctx, files_path("no/a.npy"), pixel, 1, 1, 1, 1, NULL),
                 GAN_E_IO, "No such file");
    ck_assert_int_eq(files_count(), 0);
    files_write(files_path("a"), "old", 3);
    ASSERT_FAILS(ctx, gan_image_save(ctx, files_path("a"), pixel, 1, 1, 1, 1, "format=folder"),
                 GAN_E_IO, "exists");
    files_expect(files_path("a"), "old");
}
END_TEST

/* ---- a system that refuses ---- */

/* One of the faults, each of which ends a call. */
static void
set_fault(int which, int64_t room)
{
    faults.write_error = which == 0 ? ENOSPC : 0;
    faults.write_after = room;
    faults.fsync_error = which == 1 ? EIO : 0;
    faults.close_error = which == 2 ? EDQUOT : 0;
    faults.rename_error = which == 3 ? EACCES : 0;
}

static const char *const fault_words[] = {"No space", "Input/output", "quota", "denied"};

START_TEST(test_npy_faults)
{
    static const int64_t room[] = {0, 8, 128, 129, 70000, 196607};
    enum { ALL = 256 * 256 * 3 };
    float *pixels = noise(ALL);

    files_write(files_path("a.npy"), "old", 3);
    for (size_t i = 0; i < sizeof room / sizeof room[0]; i++) {
        set_fault(_i, room[i]);
        const gan_status st =
            gan_image_save(ctx, files_path("a.npy"), pixels, 1, 256, 256, 3, NULL);
        faults_clear();
        ASSERT_FAILS(ctx, st, GAN_E_IO, fault_words[_i]);
        files_expect(files_path("a.npy"), "old");
        ck_assert_int_eq(files_count(), 1);
    }
    free(pixels);
}
END_TEST

/* Every file in the folder is whole, and the folder is gone if it was made and has none. */
START_TEST(test_folder_faults)
{
    enum { EACH = 16 * 16 * 3, COUNT = 5 };
    float *pixels = noise(COUNT * EACH);
    char name[64];
    int last = -1;

    ASSERT_OK(ctx, gan_image_save(ctx, files_path("good/"), pixels, COUNT, 16, 16, 3, NULL));
    for (int64_t room = 0; room < 4500; room += _i == 0 ? 220 : 5000) {
        set_fault(_i, room);
        const gan_status st =
            gan_image_save(ctx, files_path("out/"), pixels, COUNT, 16, 16, 3, NULL);
        faults_clear();
        if (st == GAN_OK) {
            break;
        }
        ASSERT_FAILS(ctx, st, GAN_E_IO, fault_words[_i]);
        const int count = entries("out");
        ck_assert_int_ne(count, 0);
        ck_assert_int_lt(count, COUNT);
        ck_assert_int_ge(count, last);
        last = count;
        for (int i = 0; i < count; i++) {
            char good[64];
            (void)snprintf(name, sizeof name, "out/%06d.png", i);
            (void)snprintf(good, sizeof good, "good/%06d.png", i);
            expect_same(files_path(name), files_path(good));
        }
        if (count > 0) {
            remove_folder("out");
        }
    }
    ck_assert_int_eq(last, _i == 0 ? COUNT - 1 : -1);
    if (entries("out") > 0) {
        remove_folder("out");
    }
    remove_folder("good");
    free(pixels);
}
END_TEST

/* The folder's own sync, after all files; and that of the folder that it is made in. */
START_TEST(test_folder_sync)
{
    const float pixel[3] = {0};

    faults.fsync_error = EIO;
    faults.fsync_skip = 4; /* the parent and three files */
    const gan_status last = gan_image_save(ctx, files_path("out/"), pixel, 3, 1, 1, 1, NULL);
    faults_clear();
    ASSERT_FAILS(ctx, last, GAN_E_IO, "may be lost with the power");
    ck_assert_int_eq(entries("out"), 3);
    remove_folder("out");
    faults.fsync_error = EIO;
    const gan_status first = gan_image_save(ctx, files_path("out/"), pixel, 3, 1, 1, 1, NULL);
    faults_clear();
    ASSERT_FAILS(ctx, first, GAN_E_IO, "may be lost with the power");
    ck_assert_int_eq(entries("out"), -1);
    faults.interrupted = 3;
    ASSERT_OK(ctx, gan_image_save(ctx, files_path("out/"), pixel, 3, 1, 1, 1, NULL));
    remove_folder("out");
}
END_TEST

START_TEST(test_no_memory)
{
    struct test_allocator host;
    gan_context *failing = failing_context(&host);
    float *pixels = noise(64 * 64 * 3);

    EACH_ALLOCATION_FAILS(failing, &host,
                          gan_image_save(failing, files_path("a.npy"), pixels, 1, 64, 64, 3, NULL),
                          files_count() == 0);
    EACH_ALLOCATION_FAILS(failing, &host,
                          gan_image_save(failing, files_path("out/"), pixels, 1, 64, 64, 3, NULL),
                          files_count() == 1);
    ck_assert_int_eq(entries("out"), 1);
    remove_folder("out");
    gan_context_destroy(failing);
    ck_assert_int_eq(host.blocks, 0);
    free(pixels);
}
END_TEST

Suite *
image_formats_suite(void)
{
    Suite *suite = suite_create("image_formats");
    TCase *tests = tcase_create("image_formats");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, test_npy_header, 0, sizeof npy_headers / sizeof npy_headers[0]);
    tcase_add_test(tests, test_npy_padding);
    tcase_add_test(tests, test_npy_bytes);
    tcase_add_test(tests, test_npy_shapes);
    tcase_add_loop_test(tests, test_folder, 0, 3);
    tcase_add_test(tests, test_folder_numbers);
    tcase_add_test(tests, test_formats);
    tcase_add_test(tests, test_refused);
    tcase_add_loop_test(tests, test_npy_faults, 0, 4);
    tcase_add_loop_test(tests, test_folder_faults, 0, 4);
    tcase_add_test(tests, test_folder_sync);
    tcase_add_test(tests, test_no_memory);
    suite_add_tcase(suite, tests);
    return suite;
}
