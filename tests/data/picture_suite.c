/* Decoding: every kind of picture as Pillow and NumPy see it, every cut, every lie about the size, every refused allocation. */
#include <fcntl.h>
#include <unistd.h>

#include "pictures.h"

Suite *picture_suite(void);

static const uint8_t background[3] = {200, 100, 50};

static gan_status
decode(struct gan__picture *picture, const struct picture_file *file, size_t size, int32_t channels,
       int64_t max_pixels, char *sentence)
{
    struct gan__picture_options options = {.channels = channels, .max_pixels = max_pixels};

    memcpy(options.background, background, sizeof background);
    /* Of exactly that size, so that a sanitizer sees a read past the end. */
    uint8_t *copy = malloc(size + (size == 0));
    ck_assert_ptr_nonnull(copy);
    memcpy(copy, file->bytes, size);
    const gan_status st = gan__picture_decode(picture, copy, size, &options, sentence);
    free(copy);
    return st;
}

START_TEST(test_as_pillow)
{
    struct picture_oracle oracle;
    struct gan__picture picture = {0};
    struct picture_file file;
    char sentence[GAN__PICTURE_SENTENCE];
    int found = 0;

    for (picture_oracle_open(&oracle); picture_oracle_next(&oracle); found++) {
        picture_file_read(&file, PICTURES, oracle.name);
        for (int32_t channels = 1; channels <= 3; channels += 2) {
            const gan_status st = decode(&picture, &file, file.size, channels,
                                         oracle.height * oracle.width, sentence);
            ck_assert_msg(st == GAN_OK, "%s: %s", oracle.name, sentence);
            ck_assert_int_eq(picture.height, oracle.height);
            ck_assert_int_eq(picture.width, oracle.width);
            ck_assert_int_eq(picture.channels, channels);
            const uint8_t *wanted = channels == 1 ? oracle.grey : oracle.rgb;
            for (int64_t i = 0; i < oracle.height * oracle.width * channels; i++) {
                ck_assert_msg(picture.pixels[i] == wanted[i],
                              "%s, %d channels: value %lld is %d, wanted %d", oracle.name, channels,
                              (long long)i, picture.pixels[i], wanted[i]);
            }
        }
        picture_file_free(&file);
    }
    ck_assert_int_eq(found, 47);
    picture_oracle_close(&oracle);
    gan__picture_free(&picture);
}
END_TEST

/* No beginning of a picture is one: nothing is filled up with grey. */
START_TEST(test_cut_anywhere)
{
    struct picture_oracle oracle;
    struct gan__picture picture = {0};
    struct picture_file file;
    char sentence[GAN__PICTURE_SENTENCE];

    for (picture_oracle_open(&oracle); picture_oracle_next(&oracle);) {
        picture_file_read(&file, PICTURES, oracle.name);
        for (size_t size = 0; size < file.size; size++) {
            const gan_status st = decode(&picture, &file, size, 3, 1 << 20, sentence);
            ck_assert_msg(st == GAN_E_FORMAT, "%s, %zu of %zu bytes: %s", oracle.name, size,
                          file.size, gan_status_name(st));
            ck_assert_msg(size < 8 || strstr(sentence, "cut off") != NULL,
                          "%s, %zu of %zu bytes: %s", oracle.name, size, file.size, sentence);
        }
        picture_file_free(&file);
    }
    picture_oracle_close(&oracle);
    gan__picture_free(&picture);
}
END_TEST

static const struct {
    const char *name, *sentence;
} broken[] = {{"empty.png", "the file is empty"},
              {"text.jpg", "neither PNG nor JPEG: it begins with the bytes 6e 6f 20 70"},
              {"cut.png", "cut off: the PNG goes on after its 200 bytes"},
              {"cut.jpg", "cut off: the JPEG goes on after its 627 bytes"},
              {"cut_ended.jpg", "premature end of data segment"},
              {"cut_progressive.jpg", "cut off"},
              {"checksum.png", "CRC error"},
              {"no_pixels.png", "damaged PNG"},
              {"huge.png", "900000 x 900000, more pixels than max_pixels=100000000"},
              {"huge.jpg", "65500 x 65500, more pixels"},
              {"noise.jpg", "damaged JPEG"},
              {"two_components.jpg", "JPEG"}};

START_TEST(test_broken)
{
    struct test_allocator allocator = {0};
    const gan_host host = test_allocator_host(&allocator);
    struct gan__picture picture = {.host = &host};
    struct picture_file file;
    char sentence[GAN__PICTURE_SENTENCE];

    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        picture_file_read(&file, BROKEN_PICTURES, broken[i].name);
        const gan_status st = decode(&picture, &file, file.size, 3, 100000000, sentence);
        ck_assert_msg(st == GAN_E_FORMAT, "%s: %s", broken[i].name, gan_status_name(st));
        ck_assert_msg(strstr(sentence, broken[i].sentence) != NULL,
                      "%s: \"%s\" does not contain \"%s\"", broken[i].name, sentence,
                      broken[i].sentence);
        ck_assert_uint_lt(picture.capacity, 10000); /* nothing for what a header only says */
        picture_file_free(&file);
    }
    gan__picture_free(&picture);
    ck_assert_int_eq(allocator.blocks, 0);
}
END_TEST

/* Each byte changed, one at a time: any status, no crash, and for PNG's pixels always a failure. */
START_TEST(test_changed_bytes)
{
    static const char *const names[] = {
        "420.jpg",          "progressive.JPG",         "cmyk.jpg",
        "orientation6.jpg", "interlaced_palette4.png", "palette4_alpha.png",
        "exif_after.PNG"};
    struct gan__picture picture = {0};
    struct picture_file file;
    char sentence[GAN__PICTURE_SENTENCE];

    for (size_t n = 0; n < sizeof names / sizeof names[0]; n++) {
        picture_file_read(&file, PICTURES, names[n]);
        for (size_t i = 0; i < file.size; i++) {
            const uint8_t before = file.bytes[i];
            file.bytes[i] = (uint8_t)(before ^ (1 << i % 8));
            const gan_status st = decode(&picture, &file, file.size, 3, 1 << 16, sentence);
            ck_assert_msg(st == GAN_OK || st == GAN_E_FORMAT, "%s, byte %zu: %s", names[n], i,
                          gan_status_name(st));
            ck_assert_int_eq(st == GAN_OK, sentence[0] == '\0');
            file.bytes[i] = before;
        }
        picture_file_free(&file);
    }
    gan__picture_free(&picture);
}
END_TEST

START_TEST(test_max_pixels)
{
    static const char *const names[] = {"rgb8.png", "420.jpg"};
    static const int64_t pixels[] = {9 * 13, 22 * 27};
    struct gan__picture picture = {0};
    struct picture_file file;
    char sentence[GAN__PICTURE_SENTENCE];

    for (int i = 0; i < 2; i++) {
        picture_file_read(&file, PICTURES, names[i]);
        ck_assert_int_eq(decode(&picture, &file, file.size, 3, pixels[i], sentence), GAN_OK);
        ck_assert_int_eq(decode(&picture, &file, file.size, 3, pixels[i] - 1, sentence),
                         GAN_E_FORMAT);
        ck_assert_ptr_nonnull(strstr(sentence, "max_pixels"));
        picture_file_free(&file);
    }
    gan__picture_free(&picture);
}
END_TEST

START_TEST(test_no_memory)
{
    static const char *const names[] = {"interlaced_rgba16.png", "palette4_alpha.png", "422.jpeg"};
    struct test_allocator allocator = {0};
    const gan_host host = test_allocator_host(&allocator);
    char sentence[GAN__PICTURE_SENTENCE];
    struct picture_file file;

    for (int i = 0; i < 3; i++) {
        gan_status st = GAN_E_NOMEM;
        picture_file_read(&file, PICTURES, names[i]);
        for (int64_t allowed = 0; st != GAN_OK; allowed++) {
            struct gan__picture picture = {.host = &host};
            allocator.refuse_from = allocator.requests + allowed + 1;
            st = decode(&picture, &file, file.size, 3, 1 << 20, sentence);
            ck_assert_msg(st == GAN_OK || st == GAN_E_NOMEM, "%s, %lld: %s: %s", names[i],
                          (long long)allowed, gan_status_name(st), sentence);
            ck_assert_msg(st == GAN_OK || strstr(sentence, "no memory") != NULL, "%s", sentence);
            gan__picture_free(&picture);
            ck_assert_int_eq(allocator.blocks, 0);
            ck_assert_int_lt(allowed, 100);
        }
        picture_file_free(&file);
    }
}
END_TEST

/* What one picture took serves the next; there are never more blocks than one of them needs. */
START_TEST(test_memory_is_kept)
{
    struct test_allocator allocator = {0};
    const gan_host host = test_allocator_host(&allocator);
    struct picture_oracle oracle;
    struct gan__picture picture = {.host = &host};
    struct picture_file file;
    char sentence[GAN__PICTURE_SENTENCE];

    for (int round = 0; round < 4; round++) {
        const int64_t before = allocator.requests;
        for (picture_oracle_open(&oracle); picture_oracle_next(&oracle);) {
            picture_file_read(&file, PICTURES, oracle.name);
            /* One that is cut off gives its memory back, too. */
            ck_assert_int_eq(decode(&picture, &file, file.size - 13, 3, 1 << 20, sentence),
                             GAN_E_FORMAT);
            ck_assert_int_eq(decode(&picture, &file, file.size, 3, 1 << 20, sentence), GAN_OK);
            picture_file_free(&file);
            ck_assert_int_le(allocator.blocks, 16);
            ck_assert_int_lt(allocator.bytes, 200000);
        }
        ck_assert_int_gt(allocator.requests, 0);
        ck_assert_msg(round < 2 || allocator.requests == before, "%lld requests in round %d",
                      (long long)(allocator.requests - before), round);
        picture_oracle_close(&oracle);
    }
    gan__picture_free(&picture);
    ck_assert_int_eq(allocator.blocks, 0);
}
END_TEST

/* libjpeg and libpng would write to stderr. */
START_TEST(test_quiet)
{
    struct gan__picture picture = {0};
    struct picture_file file;
    char sentence[GAN__PICTURE_SENTENCE];
    FILE *caught = tmpfile();

    ck_assert_ptr_nonnull(caught);
    const int before = dup(STDERR_FILENO);
    ck_assert_int_ge(dup2(fileno(caught), STDERR_FILENO), 0);
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        picture_file_read(&file, BROKEN_PICTURES, broken[i].name);
        (void)decode(&picture, &file, file.size, 3, 1 << 20, sentence);
        picture_file_free(&file);
    }
    ck_assert_int_ge(dup2(before, STDERR_FILENO), 0);
    (void)close(before);
    ck_assert_int_eq(lseek(fileno(caught), 0, SEEK_END), 0);
    (void)fclose(caught);
    gan__picture_free(&picture);
}
END_TEST

/* A note that is damaged counts as none: all its bytes changed, in both formats. */
START_TEST(test_damaged_orientation)
{
    static const char *const names[] = {"orientation5.jpg", "exif_before.png"};
    struct gan__picture picture = {0};
    struct picture_file file;
    char sentence[GAN__PICTURE_SENTENCE];

    for (int n = 0; n < 2; n++) {
        picture_file_read(&file, PICTURES, names[n]);
        size_t at = 0;
        while (memcmp(file.bytes + at, n == 0 ? "II*\0" : "eXIf", 4) != 0) {
            at++;
        }
        for (size_t i = at; i < at + 50; i++) {
            const uint8_t before = file.bytes[i];
            for (int value = 0; value < 256; value += 15) {
                file.bytes[i] = (uint8_t)value;
                const gan_status st = decode(&picture, &file, file.size, 3, 1 << 16, sentence);
                ck_assert_msg(st == GAN_OK || n == 1, "%s, byte %zu: %s", names[n], i, sentence);
            }
            file.bytes[i] = before;
        }
        picture_file_free(&file);
    }
    gan__picture_free(&picture);
}
END_TEST

Suite *
picture_suite(void)
{
    Suite *suite = suite_create("picture");
    TCase *tests = tcase_create("picture");

    tcase_add_test(tests, test_as_pillow);
    tcase_add_test(tests, test_cut_anywhere);
    tcase_add_test(tests, test_broken);
    tcase_add_test(tests, test_changed_bytes);
    tcase_add_test(tests, test_max_pixels);
    tcase_add_test(tests, test_no_memory);
    tcase_add_test(tests, test_memory_is_kept);
    tcase_add_test(tests, test_quiet);
    tcase_add_test(tests, test_damaged_orientation);
    suite_add_tcase(suite, tests);
    return suite;
}
