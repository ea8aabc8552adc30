/* gan_image_save: what libpng reads back, and what is refused. */
#include "faults.h"
#include "suites.h"

#include <gan/io.h>

#include <errno.h>
#include <math.h>
#include <png.h>

#include "io/files.h"
#include "oracle/failing_host.h"

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

/* The picture's bytes as libpng's own reader gives them, from malloc. */
static unsigned char *
read_png(const char *path, unsigned wanted_format, unsigned *width, unsigned *height)
{
    png_image image;

    memset(&image, 0, sizeof image);
    image.version = PNG_IMAGE_VERSION;
    ck_assert_msg(png_image_begin_read_from_file(&image, path) != 0, "%s", image.message);
    ck_assert_uint_eq(image.format & ~(unsigned)PNG_FORMAT_FLAG_COLORMAP, wanted_format);
    unsigned char *bytes = malloc(PNG_IMAGE_SIZE(image));
    ck_assert_ptr_nonnull(bytes);
    ck_assert_msg(png_image_finish_read(&image, NULL, bytes, 0, NULL) != 0, "%s", image.message);
    *width = image.width;
    *height = image.height;
    return bytes;
}

static const unsigned formats[] = {0, PNG_FORMAT_GRAY, 0, PNG_FORMAT_RGB, PNG_FORMAT_RGBA};

/* Each byte, its float and a little around it. */
START_TEST(test_rounding)
{
    static const float values[] = {
        -1.0F, 1.0F,  0.0F,   -2.0F, 7.0F,  INFINITY,        NAN,   -INFINITY,
        0.5F,  -0.5F, 1e-30F, -NAN,  3e38F, -1.0F + 0.0039F, -0.0F, -0.4627451002597809F};
    /* (v + 1) * 127.5 by hand: 127.5 to even is 128, 0.49725 is 0, the last is 68.5. */
    static const unsigned char wanted[] = {0,   255, 128, 0, 255, 255, 0,   0,
                                           191, 64,  128, 0, 255, 0,   128, 68};
    unsigned width, height;

    ASSERT_OK(ctx, gan_image_save(ctx, files_path("a.png"), values, 1, 4, 4, 1, NULL));
    unsigned char *bytes = read_png(files_path("a.png"), PNG_FORMAT_GRAY, &width, &height);
    ck_assert_uint_eq(width, 4);
    ck_assert_uint_eq(height, 4);
    ck_assert_mem_eq(bytes, wanted, sizeof wanted);
    free(bytes);
}
END_TEST

/* A byte that a dataset makes a number of comes back as itself. */
START_TEST(test_all_bytes)
{
    float values[256];
    unsigned width, height;

    for (int i = 0; i < 256; i++) {
        values[i] = (float)i / 127.5F - 1.0F;
    }
    ASSERT_OK(ctx, gan_image_save(ctx, files_path("a.png"), values, 1, 16, 16, 1, NULL));
    unsigned char *bytes = read_png(files_path("a.png"), PNG_FORMAT_GRAY, &width, &height);
    for (int i = 0; i < 256; i++) {
        ck_assert_int_eq(bytes[i], i);
    }
    free(bytes);
}
END_TEST

static const struct {
    int64_t count, height, width, channels, columns, padding;
    const char *options;
    int64_t full_height, full_width;
} grids[] = {
    {1, 3, 5, 1, 1, 2, NULL, 3, 5},
    {1, 3, 5, 3, 1, 2, "columns=7", 3, 5},
    {4, 2, 3, 1, 2, 2, "", 6, 8},
    {5, 2, 3, 3, 3, 2, NULL, 6, 13},
    {5, 2, 3, 4, 2, 1, "columns=2 padding=1", 8, 7},
    {7, 1, 1, 1, 7, 0, "columns=7 padding=0", 1, 7},
    {3, 4, 2, 4, 1, 3, "columns=1 padding=3", 18, 2},
    {64, 28, 28, 1, 8, 2, NULL, 238, 238},
};

/* The byte of picture n, row y, column x, channel c. */
static unsigned char
cell(int64_t n, int64_t y, int64_t x, int64_t c)
{
    return (unsigned char)(1 + (n * 37 + y * 11 + x * 5 + c * 101) % 255);
}

/* The byte of the whole picture at (y, x, c), by looking where it falls. */
static unsigned char
wanted_byte(int which, int64_t y, int64_t x, int64_t c)
{
    const int64_t row = y / (grids[which].height + grids[which].padding);
    const int64_t column = x / (grids[which].width + grids[which].padding);
    const int64_t inner_y = y % (grids[which].height + grids[which].padding);
    const int64_t inner_x = x % (grids[which].width + grids[which].padding);
    const int64_t n = row * grids[which].columns + column;

    if (inner_y >= grids[which].height || inner_x >= grids[which].width ||
        n >= grids[which].count) {
        return 0;
    }
    return cell(n, inner_y, inner_x, c);
}

START_TEST(test_grid)
{
    const int64_t h = grids[_i].height, w = grids[_i].width, c = grids[_i].channels;
    float *pixels = malloc((size_t)(grids[_i].count * h * w * c) * sizeof(float));
    unsigned width, height;

    ck_assert_ptr_nonnull(pixels);
    for (int64_t i = 0; i < grids[_i].count * h * w * c; i++) {
        pixels[i] = (float)cell(i / (h * w * c), i / (w * c) % h, i / c % w, i % c) / 127.5F - 1.0F;
    }
    ASSERT_OK(ctx, gan_image_save(ctx, files_path("a.png"), pixels, grids[_i].count, h, w, c,
                                  grids[_i].options));
    unsigned char *bytes = read_png(files_path("a.png"), formats[c], &width, &height);
    ck_assert_int_eq(width, grids[_i].full_width);
    ck_assert_int_eq(height, grids[_i].full_height);
    for (int64_t y = 0; y < height; y++) {
        for (int64_t x = 0; x < width; x++) {
            for (int64_t k = 0; k < c; k++) {
                ck_assert_int_eq(bytes[(y * width + x) * c + k], wanted_byte(_i, y, x, k));
            }
        }
    }
    free(bytes);
    free(pixels);
}
END_TEST

/* Values that do not pack well, so that libpng writes in several pieces. */
static float *
noise(int64_t count)
{
    float *values = malloc((size_t)count * sizeof(float));
    uint32_t state = 1;

    ck_assert_ptr_nonnull(values);
    for (int64_t i = 0; i < count; i++) {
        state = state * 1664525U + 1013904223U;
        values[i] = (float)(state >> 8) / 8388608.0F - 1.0F;
    }
    return values;
}

START_TEST(test_same_bytes)
{
    float *pixels = noise(4 * 64 * 64 * 3);
    size_t size[2];

    ASSERT_OK(ctx, gan_image_save(ctx, files_path("a"), pixels, 4, 64, 64, 3, NULL));
    ASSERT_OK(ctx, gan_image_save(ctx, files_path("b"), pixels, 4, 64, 64, 3, NULL));
    unsigned char *a = files_read(files_path("a"), &size[0]);
    unsigned char *b = files_read(files_path("b"), &size[1]);
    ck_assert_uint_eq(size[0], size[1]);
    ck_assert_mem_eq(a, b, size[0]);
    free(a);
    free(b);
    free(pixels);
}
END_TEST

START_TEST(test_refused)
{
    const float pixel[4] = {0};

    ASSERT_FAILS(ctx, gan_image_save(ctx, NULL, pixel, 1, 1, 1, 1, NULL), GAN_E_ARG, "path");
    ASSERT_FAILS(ctx, gan_image_save(ctx, files_path("a"), NULL, 1, 1, 1, 1, NULL), GAN_E_ARG,
                 "pixels");
    ck_assert_int_eq(gan_image_save(NULL, files_path("a"), pixel, 1, 1, 1, 1, NULL), GAN_E_ARG);
    ASSERT_FAILS(ctx, gan_image_save(ctx, files_path("a"), pixel, 0, 1, 1, 1, NULL), GAN_E_ARG,
                 "at least 1");
    ASSERT_FAILS(ctx, gan_image_save(ctx, files_path("a"), pixel, 1, -1, 1, 1, NULL), GAN_E_ARG,
                 "at least 1");
    ASSERT_FAILS(ctx, gan_image_save(ctx, files_path("a"), pixel, 1, 1, 1, 2, NULL), GAN_E_ARG,
                 "channels is 2");
    ASSERT_FAILS(ctx, gan_image_save(ctx, files_path("a"), pixel, 1, 1, 1, 1, "colums=1"),
                 GAN_E_ARG, "columns");
    ASSERT_FAILS(ctx, gan_image_save(ctx, files_path("a"), pixel, 1, 1, 1, 1, "padding=-1"),
                 GAN_E_ARG, "padding");
    ASSERT_FAILS(ctx, gan_image_save(ctx, files_path("a"), pixel, 1, 1000001, 1, 1, NULL),
                 GAN_E_SHAPE, "1000000");
    ASSERT_FAILS(ctx, gan_image_save(ctx, files_path("a"), pixel, 2000, 600, 1, 1, "columns=1"),
                 GAN_E_SHAPE, "2000 rows");
    ASSERT_FAILS(ctx, gan_image_save(ctx, files_path("a"), pixel, INT64_MAX, INT64_MAX, 3, 4, NULL),
                 GAN_E_SHAPE, "addressed");
    ASSERT_FAILS(
        ctx, gan_image_save(ctx, files_path("a"), pixel, INT64_C(1) << 38, 1, 1, 1, "columns=1"),
        GAN_E_SHAPE, "side");
    ASSERT_FAILS(ctx, gan_image_save(ctx, files_path("no/a"), pixel, 1, 1, 1, 1, NULL), GAN_E_IO,
                 "No such file");
    ck_assert_int_eq(files_count(), 0);
}
END_TEST

START_TEST(test_full_disk)
{
    static const int64_t room[] = {0, 8, 40, 9000};
    float *pixels = noise(64 * 64 * 3);

    files_write(files_path("a"), "old", 3);
    for (size_t i = 0; i < sizeof room / sizeof room[0]; i++) {
        faults.write_error = ENOSPC;
        faults.write_after = room[i];
        const gan_status st = gan_image_save(ctx, files_path("a"), pixels, 1, 64, 64, 3, NULL);
        faults_clear();
        ASSERT_FAILS(ctx, st, GAN_E_IO, "No space");
        files_expect(files_path("a"), "old");
        ck_assert_int_eq(files_count(), 1);
    }
    free(pixels);
}
END_TEST

START_TEST(test_no_memory)
{
    struct test_allocator host;
    gan_context *failing = failing_context(&host);
    float *pixels = noise(64 * 64 * 3);

    EACH_ALLOCATION_FAILS(failing, &host,
                          gan_image_save(failing, files_path("a"), pixels, 1, 64, 64, 3, NULL),
                          files_count() == 0);
    ck_assert_int_eq(files_count(), 1);
    gan_context_destroy(failing);
    ck_assert_int_eq(host.blocks, 0);
    free(pixels);
}
END_TEST

Suite *
image_suite(void)
{
    Suite *suite = suite_create("image");
    TCase *tests = tcase_create("image");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, test_rounding);
    tcase_add_test(tests, test_all_bytes);
    tcase_add_loop_test(tests, test_grid, 0, sizeof grids / sizeof grids[0]);
    tcase_add_test(tests, test_same_bytes);
    tcase_add_test(tests, test_refused);
    tcase_add_test(tests, test_full_disk);
    tcase_add_test(tests, test_no_memory);
    suite_add_tcase(suite, tests);
    return suite;
}
