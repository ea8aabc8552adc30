/* Resizing and fitting: the bytes that Pillow gives, by their checksums. */
#include <zlib.h>

#include "allocator.h"
#include "support.h"

#include "data/resize.h"
#include "oracle/resize.h"

Suite *resize_suite(void);

/* As make_pictures.py draws them. */
static uint8_t *
draw(int32_t height, int32_t width, int32_t channels)
{
    const uint32_t count = (uint32_t)(height * width * channels);
    uint8_t *pixels = malloc(count);
    uint32_t x = 12345 + count;

    ck_assert_ptr_nonnull(pixels);
    for (uint32_t i = 0; i < count; i++) {
        x = x * 1664525u + 1013904223u;
        pixels[i] = x >> 30 == 0 ? (x >> 29 & 1 ? 255 : 0) : (uint8_t)(x >> 16);
    }
    return pixels;
}

static bool
fit_and_resize(struct gan__resizer *resizer, const uint8_t *pixels, int32_t height, int32_t width,
               int32_t channels, int32_t to_height, int32_t to_width, enum gan__fit fit,
               enum gan__filter filter, uint8_t *out)
{
    struct gan__fitting fitting;
    const int64_t stride = width * channels;

    gan__fit(&fitting, fit, filter, height, width, to_height, to_width);
    ck_assert(fitting.top >= 0 && fitting.top + fitting.down.in <= height);
    ck_assert(fitting.left >= 0 && fitting.left + fitting.across.in <= width);
    return gan__resize(resizer, &fitting.down, &fitting.across, channels,
                       pixels + fitting.top * stride + fitting.left * channels, stride, out);
}

START_TEST(test_as_pillow)
{
    struct gan__resizer resizer = {0};

    for (size_t i = 0; i < sizeof resize_cases / sizeof resize_cases[0]; i++) {
        const int32_t height = resize_cases[i].height, width = resize_cases[i].width;
        const int32_t to_height = resize_cases[i].to_height, to_width = resize_cases[i].to_width;
        const int32_t channels = resize_cases[i].channels;
        const size_t size = (size_t)(to_height * to_width * channels);
        uint8_t *pixels = draw(height, width, channels), *out = malloc(size);
        ck_assert_ptr_nonnull(out);
        ck_assert(fit_and_resize(&resizer, pixels, height, width, channels, to_height, to_width,
                                 resize_cases[i].fit, resize_cases[i].filter, out));
        const uint32_t crc = (uint32_t)crc32_z(0, out, size);
        ck_assert_msg(crc == resize_cases[i].crc,
                      "%d x %d x %d to %d x %d, fit %d, filter %d: 0x%08x, wanted 0x%08x", height,
                      width, channels, to_height, to_width, resize_cases[i].fit,
                      resize_cases[i].filter, crc, resize_cases[i].crc);
        free(pixels);
        free(out);
    }
    gan__resizer_free(&resizer);
}
END_TEST

/* Long and thin ones take memory by their longer side, not by the picture that they would become. */
START_TEST(test_thin)
{
    struct test_allocator allocator = {0};
    const gan_host host = test_allocator_host(&allocator);
    enum { LONG = 1000000, SIDE = 64 };
    uint8_t *pixels = calloc(LONG, 1), *out = malloc(SIDE * SIDE);

    ck_assert(pixels != NULL && out != NULL);
    memset(pixels + LONG / 2 - 1000, 255, 2000);
    for (int way = 0; way < 2; way++) {
        for (int fit = GAN__FIT_CROP_RESIZE; fit <= GAN__FIT_STRETCH; fit++) {
            struct gan__resizer resizer = {.host = &host};
            ck_assert(fit_and_resize(&resizer, pixels, way == 0 ? 1 : LONG, way == 0 ? LONG : 1, 1,
                                     SIDE, SIDE, (enum gan__fit)fit, GAN__FILTER_LANCZOS, out));
            ck_assert_int_lt(allocator.bytes, 40000000);
            ck_assert_int_eq(out[SIDE * SIDE / 2 + SIDE / 2] > 0, true);
            gan__resizer_free(&resizer);
            ck_assert_int_eq(allocator.blocks, 0);
        }
    }
    free(pixels);
    free(out);
}
END_TEST

START_TEST(test_no_memory)
{
    struct test_allocator allocator = {0};
    const gan_host host = test_allocator_host(&allocator);
    uint8_t pixels[20 * 10] = {0}, out[8 * 8];
    bool done = false;

    for (int64_t allowed = 0; !done; allowed++) {
        struct gan__resizer resizer = {.host = &host};
        allocator.refuse_from = allocator.requests + allowed + 1;
        done = fit_and_resize(&resizer, pixels, 20, 10, 1, 8, 8, GAN__FIT_STRETCH,
                              GAN__FILTER_BICUBIC, out);
        ck_assert(done == (allowed >= 8));
        allocator.refuse_from = 0;
        /* What was refused is not taken for being there. */
        ck_assert(fit_and_resize(&resizer, pixels, 20, 10, 1, 8, 8, GAN__FIT_STRETCH,
                                 GAN__FILTER_BICUBIC, out));
        gan__resizer_free(&resizer);
        ck_assert_int_eq(allocator.blocks, 0);
    }
}
END_TEST

Suite *
resize_suite(void)
{
    Suite *suite = suite_create("resize");
    TCase *tests = tcase_create("resize");

    tcase_add_test(tests, test_as_pillow);
    tcase_add_test(tests, test_thin);
    tcase_add_test(tests, test_no_memory);
    suite_add_tcase(suite, tests);
    return suite;
}
