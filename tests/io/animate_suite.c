/*
 * gan_image_animate: the result chunk by chunk, its frames by zlib and by libpng's own reader, and
 * what is refused.
 */
#include "faults.h"
#include "image_suites.h"
#include "png_parts.h"

#include <gan/io.h>

#include <errno.h>
#include <zlib.h>

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

/* The path of a file in the folder, kept: files_path() gives its room again after some calls. */
static const char *
kept_path(char kept[FILES_PATH], const char *name)
{
    (void)snprintf(kept, FILES_PATH, "%s/%.100s", files_folder, name);
    return kept;
}

/* ---- frames ---- */

enum { HEIGHT = 48, WIDTH = 70, FRAMES_MAX = 4 };

static const unsigned formats[] = {0, PNG_FORMAT_GRAY, 0, PNG_FORMAT_RGB, PNG_FORMAT_RGBA};

static char frame_paths[FRAMES_MAX][FILES_PATH];
static const char *frames[FRAMES_MAX];

/* Files of gan_image_save(), with values that do not pack well, so that they have several IDAT
 * chunks; the second one is even, and has one. */
static void
make_frames(int count, int channels)
{
    static float pixels[HEIGHT * WIDTH * 4];
    uint32_t state = 1;

    for (int n = 0; n < count; n++) {
        for (int i = 0; i < HEIGHT * WIDTH * channels; i++) {
            state = state * 1664525U + 1013904223U;
            pixels[i] = n == 1 ? 0.25F : (float)(state >> 8) / 8388608.0F - 1.0F;
        }
        (void)snprintf(frame_paths[n], FILES_PATH, "%s/frame%d.png", files_folder, n);
        frames[n] = frame_paths[n];
        ASSERT_OK(ctx, gan_image_save(ctx, frames[n], pixels, 1, HEIGHT, WIDTH, channels, NULL));
    }
}

/* A tiny grey picture, 2 x 2, with this IHDR (NULL: its own), and what goes before IDAT. */
static void
make_tiny(struct png_file *file, const unsigned char header[13], const char *extra)
{
    static const unsigned char own[13] = {0, 0, 0, 2, 0, 0, 0, 2, 8, 0, 0, 0, 0};
    static const unsigned char rows[6] = {0, 10, 20, 0, 30, 40};
    unsigned char packed[64];
    uLongf size = sizeof packed;

    ck_assert_int_eq(compress(packed, &size, rows, sizeof rows), Z_OK);
    png_begin(file);
    png_add(file, "IHDR", header == NULL ? own : header, 13);
    if (extra != NULL) {
        png_add(file, extra, "abcdef", 6);
    }
    png_add(file, "IDAT", packed, size);
    png_add(file, "IEND", NULL, 0);
}

static void
write_file(const char *name, const struct png_file *file)
{
    files_write(files_path(name), file->bytes, file->size);
}

/* ---- the result ---- */

/* All compressed data of a picture, from the chunk at *at on, of this type; `skip` bytes are left
 * out of each. */
static void
gather(struct png_file *out, const unsigned char *file, size_t size, size_t *at, const char *type,
       uint32_t *sequence)
{
    const uint32_t skip = sequence != NULL ? 4 : 0;
    int chunks = 0;

    out->size = 0;
    for (;; chunks++) {
        const struct png_part part = png_part(file, size, *at);
        if (strcmp(part.type, type) != 0) {
            break;
        }
        ck_assert_uint_ge(part.length, skip);
        if (sequence != NULL) {
            ck_assert_uint_eq(png_number(part.data), *sequence);
            (*sequence)++;
        }
        ck_assert_uint_le(out->size + part.length - skip, sizeof out->bytes);
        memcpy(out->bytes + out->size, part.data + skip, part.length - skip);
        out->size += part.length - skip;
        *at = part.next;
    }
    ck_assert_int_gt(chunks, 0);
}

/* The data inflate to rows of the picture, and as a picture of their own have the frame's
 * pixels. */
static void
check_picture(const struct png_file *data, const unsigned char *header, const char *frame,
              int channels)
{
    static struct png_file alone;
    static unsigned char rows[HEIGHT * (WIDTH * 4 + 1) + 1];
    uLongf length = sizeof rows;
    unsigned width, height, frame_width, frame_height;
    size_t size;

    ck_assert_int_eq(uncompress(rows, &length, data->bytes, data->size), Z_OK);
    ck_assert_uint_eq(length, HEIGHT * (WIDTH * (unsigned)channels + 1));
    png_begin(&alone);
    png_add(&alone, "IHDR", header, 13);
    png_add(&alone, "IDAT", data->bytes, data->size);
    png_add(&alone, "IEND", NULL, 0);
    unsigned char *file = files_read(frame, &size);
    unsigned char *found = png_pixels(alone.bytes, alone.size, formats[channels], &width, &height);
    unsigned char *wanted = png_pixels(file, size, formats[channels], &frame_width, &frame_height);
    ck_assert_uint_eq(width, WIDTH);
    ck_assert_uint_eq(height, HEIGHT);
    ck_assert_mem_eq(found, wanted, (size_t)WIDTH * HEIGHT * (size_t)channels);
    free(file);
    free(found);
    free(wanted);
}

static void
check_control(const struct png_part *part, uint32_t sequence, int delay)
{
    ck_assert_str_eq(part->type, "fcTL");
    ck_assert_uint_eq(part->length, 26);
    ck_assert_uint_eq(png_number(part->data), sequence);
    ck_assert_uint_eq(png_number(part->data + 4), WIDTH);
    ck_assert_uint_eq(png_number(part->data + 8), HEIGHT);
    ck_assert_uint_eq(png_number(part->data + 12), 0);
    ck_assert_uint_eq(png_number(part->data + 16), 0);
    ck_assert_int_eq(part->data[20] * 256 + part->data[21], delay);
    ck_assert_int_eq(part->data[22] * 256 + part->data[23], 1000);
    ck_assert_int_eq(part->data[24], 0); /* what was shown is left */
    ck_assert_int_eq(part->data[25], 0); /* and replaced */
}

/* Every chunk of the animation, in order. */
static void
check_animation(const char *path, int count, int channels, int delay, int last, uint32_t loops)
{
    static struct png_file data;
    unsigned char header[13];
    uint32_t sequence = 0;
    size_t size, at = 8;
    unsigned char *file = files_read(path, &size);

    ck_assert_mem_eq(file, png_start, 8);
    struct png_part part = png_part(file, size, at);
    ck_assert_str_eq(part.type, "IHDR");
    memcpy(header, part.data, sizeof header);
    part = png_part(file, size, part.next);
    ck_assert_str_eq(part.type, "acTL");
    ck_assert_uint_eq(part.length, 8);
    ck_assert_uint_eq(png_number(part.data), (uint32_t)count);
    ck_assert_uint_eq(png_number(part.data + 4), loops);
    at = part.next;
    for (int n = 0; n < count; n++) {
        part = png_part(file, size, at);
        check_control(&part, sequence++, n == count - 1 ? last : delay);
        at = part.next;
        gather(&data, file, size, &at, n == 0 ? "IDAT" : "fdAT", n == 0 ? NULL : &sequence);
        check_picture(&data, header, frames[n], channels);
    }
    part = png_part(file, size, at);
    ck_assert_str_eq(part.type, "IEND");
    ck_assert_uint_eq(part.length, 0);
    ck_assert_uint_eq(part.next, size);
    free(file);
}

/* What a reader that knows no animation shows is the first frame. */
static void
check_still(const char *path, int channels)
{
    unsigned width, height;
    size_t size[2];
    unsigned char *file = files_read(path, &size[0]), *first = files_read(frames[0], &size[1]);
    unsigned char *found = png_pixels(file, size[0], formats[channels], &width, &height);
    unsigned char *wanted = png_pixels(first, size[1], formats[channels], &width, &height);

    ck_assert_mem_eq(found, wanted, (size_t)WIDTH * HEIGHT * (size_t)channels);
    free(file);
    free(first);
    free(found);
    free(wanted);
}

static const struct {
    int count, channels;
    const char *options;
    int delay, last;
    uint32_t loops;
} animations[] = {{3, 3, NULL, 300, 2000, 0},
                  {1, 1, "", 300, 2000, 0},
                  {4, 1, "delay=40 last=41 loops=7", 40, 41, 7},
                  {2, 4, "delay=0 last=65535 loops=2147483647", 0, 65535, 2147483647}};

START_TEST(test_animation)
{
    const int channels = animations[_i].channels, count = animations[_i].count;

    make_frames(count, channels);
    ASSERT_OK(ctx,
              gan_image_animate(ctx, files_path("a.png"), frames, count, animations[_i].options));
    check_animation(files_path("a.png"), count, channels, animations[_i].delay, animations[_i].last,
                    animations[_i].loops);
    check_still(files_path("a.png"), channels);
    ck_assert_int_eq(files_count(), count + 1);
}
END_TEST

/* The result in place of one of its frames, and as a frame itself: its first picture. */
START_TEST(test_again)
{
    make_frames(3, 3);
    ASSERT_OK(ctx, gan_image_animate(ctx, files_path("a.png"), frames, 3, NULL));
    ASSERT_OK(ctx, gan_image_animate(ctx, frames[2], frames, 3, NULL));
    size_t size[2];
    unsigned char *a = files_read(files_path("a.png"), &size[0]);
    unsigned char *b = files_read(frames[2], &size[1]);
    ck_assert_uint_eq(size[0], size[1]);
    ck_assert_mem_eq(a, b, size[0]);
    free(a);
    free(b);
    ASSERT_OK(ctx, gan_image_animate(ctx, files_path("b.png"), frames, 3, NULL));
    check_animation(files_path("b.png"), 3, 3, 300, 2000, 0);
}
END_TEST

/* Kinds that gan_image_save() does not write: their bytes go over as they are. */
START_TEST(test_kinds)
{
    static const unsigned char headers[][13] = {{0, 0, 0, 2, 0, 0, 0, 2, 16, 0, 0, 0, 0},
                                                {0, 0, 0, 16, 0, 0, 0, 2, 1, 0, 0, 0, 0},
                                                {0, 0, 0, 1, 0, 0, 0, 2, 8, 4, 0, 0, 0},
                                                {0, 0, 0, 1, 0, 0, 0, 2, 16, 6, 0, 0, 0}};
    static const char *const extras[] = {NULL, "tEXt", "gAMA", "PLTE"};
    struct png_file file;
    const char *const paths[2] = {files_path("t.png"), files_path("t.png")};
    size_t size;

    make_tiny(&file, headers[_i], extras[_i]);
    write_file("t.png", &file);
    ASSERT_OK(ctx, gan_image_animate(ctx, files_path("a.png"), paths, 2, NULL));
    unsigned char *found = files_read(files_path("a.png"), &size);
    ck_assert_mem_eq(found + 16, headers[_i], 13);
    free(found);
}
END_TEST

/* ---- refused ---- */

static void
expect_refused(const struct png_file *file, gan_status status, const char *sentence)
{
    const char *const paths[1] = {files_path("t.png")};

    write_file("t.png", file);
    ASSERT_FAILS(ctx, gan_image_animate(ctx, files_path("a.png"), paths, 1, NULL), status,
                 sentence);
    ck_assert_msg(strstr(gan_context_error(ctx), "t.png") != NULL, "%s", gan_context_error(ctx));
    ck_assert_int_eq(files_count(), 1);
}

START_TEST(test_arguments)
{
    char kept[2][FILES_PATH];
    const char *const missing[2] = {kept_path(kept[0], "t.png"), NULL};
    const char *const none[1] = {kept_path(kept[1], "none.png")};
    struct png_file file;

    make_tiny(&file, NULL, NULL);
    write_file("t.png", &file);
    ck_assert_int_eq(gan_image_animate(NULL, files_path("a"), missing, 1, NULL), GAN_E_ARG);
    ASSERT_FAILS(ctx, gan_image_animate(ctx, NULL, missing, 1, NULL), GAN_E_ARG, "path");
    ASSERT_FAILS(ctx, gan_image_animate(ctx, files_path("a"), NULL, 1, NULL), GAN_E_ARG, "frames");
    ASSERT_FAILS(ctx, gan_image_animate(ctx, files_path("a"), missing, 2, NULL), GAN_E_ARG,
                 "frames[1] is NULL");
    ASSERT_FAILS(ctx, gan_image_animate(ctx, files_path("a"), missing, 0, NULL), GAN_E_ARG,
                 "count is 0");
    ASSERT_FAILS(ctx, gan_image_animate(ctx, files_path("a"), missing, INT64_MAX, NULL), GAN_E_ARG,
                 "count is");
    ASSERT_FAILS(ctx, gan_image_animate(ctx, files_path("a"), missing, 1, "delay=65536"), GAN_E_ARG,
                 "delay");
    ASSERT_FAILS(ctx, gan_image_animate(ctx, files_path("a"), missing, 1, "loop=1"), GAN_E_ARG,
                 "loops");
    ASSERT_FAILS(ctx, gan_image_animate(ctx, files_path("a"), none, 1, NULL), GAN_E_IO, "none.png");
    ASSERT_FAILS(ctx, gan_image_animate(ctx, files_path("no/a"), missing, 1, NULL), GAN_E_IO,
                 "No such file");
    ck_assert_int_eq(files_count(), 1);
}
END_TEST

START_TEST(test_headers)
{
    static const struct {
        unsigned char header[13];
        const char *sentence;
    } bad[] = {
        {{0, 0, 0, 2, 0, 0, 0, 2, 8, 3, 0, 0, 0}, "palette"},
        {{0, 0, 0, 2, 0, 0, 0, 2, 8, 0, 0, 0, 1}, "interlaced"},
        {{0, 0, 0, 0, 0, 0, 0, 2, 8, 0, 0, 0, 0}, "0 x 2"},
        {{0, 0, 0, 2, 0, 0, 0, 0, 8, 0, 0, 0, 0}, "2 x 0"},
        {{0x80, 0, 0, 0, 0, 0, 0, 2, 8, 0, 0, 0, 0}, "2147483648"},
        {{0, 0, 0, 2, 0, 0, 0, 2, 3, 0, 0, 0, 0}, "3 bits"},
        {{0, 0, 0, 2, 0, 0, 0, 2, 4, 2, 0, 0, 0}, "4 bits"},
        {{0, 0, 0, 2, 0, 0, 0, 2, 8, 1, 0, 0, 0}, "colour type 1"},
        {{0, 0, 0, 2, 0, 0, 0, 2, 8, 7, 0, 0, 0}, "colour type 7"},
        {{0, 0, 0, 2, 0, 0, 0, 2, 8, 0, 1, 0, 0}, "compression 1"},
        {{0, 0, 0, 2, 0, 0, 0, 2, 8, 0, 0, 1, 0}, "filter 1"},
        {{0, 0, 0, 2, 0, 0, 0, 2, 8, 0, 0, 0, 2}, "interlace 2"},
    };
    struct png_file file;

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        make_tiny(&file, bad[i].header, NULL);
        expect_refused(&file, GAN_E_FORMAT, bad[i].sentence);
    }
}
END_TEST

START_TEST(test_structure)
{
    static const unsigned char header[13] = {0, 0, 0, 2, 0, 0, 0, 2, 8, 0, 0, 0, 0};
    struct png_file file;

    make_tiny(&file, NULL, "tRNS");
    expect_refused(&file, GAN_E_FORMAT, "transparent colour");
    make_tiny(&file, NULL, "ABCD");
    expect_refused(&file, GAN_E_FORMAT, "unexpected chunk ABCD at byte 33");
    make_tiny(&file, NULL, "IHDR");
    expect_refused(&file, GAN_E_FORMAT, "unexpected chunk IHDR");
    make_tiny(&file, NULL, "a?cd");
    expect_refused(&file, GAN_E_FORMAT, "no name");
    png_begin(&file);
    png_add(&file, "IDAT", "abc", 3);
    expect_refused(&file, GAN_E_FORMAT, "begins with a chunk IDAT of 3 bytes");
    png_begin(&file);
    png_add(&file, "IHDR", header, 12);
    expect_refused(&file, GAN_E_FORMAT, "begins with a chunk IHDR of 12 bytes");
    png_begin(&file);
    png_add(&file, "IHDR", header, 13);
    png_add(&file, "IEND", NULL, 0);
    expect_refused(&file, GAN_E_FORMAT, "no IDAT");
    png_begin(&file);
    png_add(&file, "IHDR", header, 13);
    png_add(&file, "IDAT", "abc", 3);
    png_add(&file, "tEXt", "abc", 3);
    png_add(&file, "IDAT", "abc", 3);
    png_add(&file, "IEND", NULL, 0);
    expect_refused(&file, GAN_E_FORMAT, "apart from the others");
    file.size = 0;
    expect_refused(&file, GAN_E_FORMAT, "no PNG file");
    memcpy(file.bytes, "\xff\xd8\xff\xe0 a JPEG", 11);
    file.size = 11;
    expect_refused(&file, GAN_E_FORMAT, "no PNG file");
}
END_TEST

/* A length that the file does not bear out: nothing of it is believed. */
START_TEST(test_lengths)
{
    static const uint32_t lengths[] = {0xffffffff, 0x80000000, 0x7fffffff, 100, 0};
    struct png_file file;

    make_tiny(&file, NULL, NULL);
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        png_put(file.bytes + 33, lengths[i]);
        expect_refused(&file, GAN_E_FORMAT, lengths[i] == 0 ? "checksum" : "the chunk IDAT at");
    }
}
END_TEST

static int
open_descriptors(void)
{
    DIR *folder = opendir("/proc/self/fd");
    int count = 0;

    ck_assert_ptr_nonnull(folder);
    while (readdir(folder) != NULL) {
        count++;
    }
    (void)closedir(folder);
    return count;
}

/* Each byte changed, and each length of the file: as the only frame, and as the second. */
START_TEST(test_damage)
{
    struct png_file good, bad;
    char kept[2][FILES_PATH];
    const char *const paths[2] = {kept_path(kept[0], "good.png"), kept_path(kept[1], "t.png")};
    const int only = _i == 0, descriptors = open_descriptors();

    make_tiny(&good, NULL, "tEXt");
    write_file("good.png", &good);
    for (size_t at = 0; at < good.size; at++) {
        for (int cut = 0; cut < 2; cut++) {
            bad = good;
            bad.bytes[at] ^= (unsigned char)(cut == 0 ? 1 << at % 8 : 0);
            bad.size = cut == 0 ? good.size : at;
            write_file("t.png", &bad);
            const gan_status st =
                gan_image_animate(ctx, files_path("a.png"), paths + only, 2 - only, NULL);
            ck_assert_msg(st == GAN_E_FORMAT, "byte %zu: %s", at, gan_status_name(st));
            ck_assert_uint_gt(strlen(gan_context_error(ctx)), 0);
            ck_assert_int_eq(files_count(), 2);
        }
    }
    ASSERT_OK(ctx, gan_image_animate(ctx, files_path("a.png"), paths, 1, NULL));
    ck_assert_int_eq(open_descriptors(), descriptors);
}
END_TEST

START_TEST(test_differ)
{
    static const unsigned char wide[13] = {0, 0, 0, 3, 0, 0, 0, 2, 16, 2, 0, 0, 0};
    static const unsigned char alpha[13] = {0, 0, 0, 2, 0, 0, 0, 2, 8, 4, 0, 0, 0};
    const char *const paths[2] = {files_path("first.png"), files_path("t.png")};
    struct png_file file;

    make_tiny(&file, NULL, NULL);
    write_file("first.png", &file);
    make_tiny(&file, wide, NULL);
    write_file("t.png", &file);
    ASSERT_FAILS(ctx, gan_image_animate(ctx, files_path("a.png"), paths, 2, NULL), GAN_E_SHAPE,
                 "t.png\" has 3 x 2 pixels of RGB with 16 bits; the first frame, \"");
    ck_assert_ptr_nonnull(
        strstr(gan_context_error(ctx), "first.png\", has 2 x 2 of grey with 8 bits"));
    make_tiny(&file, alpha, NULL);
    write_file("t.png", &file);
    ASSERT_FAILS(ctx, gan_image_animate(ctx, files_path("a.png"), paths, 2, NULL), GAN_E_SHAPE,
                 "t.png\" has 2 x 2 pixels of grey and alpha with 8 bits");
    ck_assert_int_eq(files_count(), 2);
}
END_TEST

/* ---- a system that refuses ---- */

START_TEST(test_faults)
{
    static const char *const words[] = {"No space", "Input/output", "quota", "denied",
                                        "Input/output"};
    size_t size;

    make_frames(3, 3);
    ASSERT_OK(ctx, gan_image_animate(ctx, files_path("a.png"), frames, 3, NULL));
    free(files_read(files_path("a.png"), &size));
    files_write(files_path("a.png"), "old", 3);
    for (int64_t room = 0; room < (int64_t)size; room += _i == 0 ? 977 : 1 << 30) {
        faults.write_error = _i == 0 ? ENOSPC : 0;
        faults.write_after = room;
        faults.fsync_error = _i == 1 ? EIO : 0;
        faults.close_error = _i == 2 ? EDQUOT : 0;
        faults.rename_error = _i == 3 ? EACCES : 0;
        faults.read_error = _i == 4 ? EIO : 0;
        const gan_status st = gan_image_animate(ctx, files_path("a.png"), frames, 3, NULL);
        faults_clear();
        ASSERT_FAILS(ctx, st, GAN_E_IO, words[_i]);
        files_expect(files_path("a.png"), "old");
        ck_assert_int_eq(files_count(), 4);
    }
    faults.piece = 7; /* short reads and writes, and signals, are no errors */
    faults.interrupted = 5;
    ASSERT_OK(ctx, gan_image_animate(ctx, files_path("a.png"), frames, 3, NULL));
    faults_clear();
    check_animation(files_path("a.png"), 3, 3, 300, 2000, 0);
}
END_TEST

START_TEST(test_no_memory)
{
    struct test_allocator host;
    gan_context *failing = failing_context(&host);

    make_frames(2, 1);
    EACH_ALLOCATION_FAILS(failing, &host,
                          gan_image_animate(failing, files_path("a.png"), frames, 2, NULL),
                          files_count() == 2);
    gan_context_destroy(failing);
    ck_assert_int_eq(host.blocks, 0);
}
END_TEST

Suite *
animate_suite(void)
{
    Suite *suite = suite_create("animate");
    TCase *tests = tcase_create("animate");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, test_animation, 0, sizeof animations / sizeof animations[0]);
    tcase_add_test(tests, test_again);
    tcase_add_loop_test(tests, test_kinds, 0, 4);
    tcase_add_test(tests, test_arguments);
    tcase_add_test(tests, test_headers);
    tcase_add_test(tests, test_structure);
    tcase_add_test(tests, test_lengths);
    tcase_add_loop_test(tests, test_damage, 0, 2);
    tcase_add_test(tests, test_differ);
    tcase_add_loop_test(tests, test_faults, 0, 5);
    tcase_add_test(tests, test_no_memory);
    suite_add_tcase(suite, tests);
    return suite;
}
