/*
 * PNG files in parts, for tests: written chunk by chunk, walked, and read by libpng's own reader.
 */
#ifndef TESTS_IO_PNG_PARTS_H
#define TESTS_IO_PNG_PARTS_H

#include "support.h"

#include <png.h>
#include <stdint.h>

/* The picture's bytes as libpng's own reader gives them, from malloc. */
static inline unsigned char *
png_pixels(const void *file, size_t size, unsigned format, unsigned *width, unsigned *height)
{
    png_image image;

    memset(&image, 0, sizeof image);
    image.version = PNG_IMAGE_VERSION;
    ck_assert_msg(png_image_begin_read_from_memory(&image, file, size) != 0, "%s", image.message);
    ck_assert_uint_eq(image.format & ~(unsigned)PNG_FORMAT_FLAG_COLORMAP, format);
    unsigned char *bytes = malloc(PNG_IMAGE_SIZE(image));
    ck_assert_ptr_nonnull(bytes);
    ck_assert_msg(png_image_finish_read(&image, NULL, bytes, 0, NULL) != 0, "%s", image.message);
    *width = image.width;
    *height = image.height;
    return bytes;
}

/* CRC-32, a bit at a time. */
static inline uint32_t
png_crc(const unsigned char *bytes, size_t count)
{
    uint32_t crc = 0xffffffff;

    for (size_t i = 0; i < count; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++) {
            crc = crc >> 1 ^ (0xedb88320 & (0 - (crc & 1)));
        }
    }
    return ~crc;
}

static inline uint32_t
png_number(const unsigned char *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static inline void
png_put(unsigned char *at, uint32_t value)
{
    for (int i = 0; i < 4; i++) {
        at[i] = (unsigned char)(value >> (24 - 8 * i));
    }
}

static const unsigned char png_start[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

/* A file that grows. */
struct png_file {
    unsigned char bytes[1 << 17];
    size_t size;
};

static inline void
png_begin(struct png_file *file)
{
    memcpy(file->bytes, png_start, 8);
    file->size = 8;
}

static inline void
png_add(struct png_file *file, const char *type, const void *data, size_t length)
{
    unsigned char *at = file->bytes + file->size;

    ck_assert_uint_le(file->size + length + 12, sizeof file->bytes);
    png_put(at, (uint32_t)length);
    memcpy(at + 4, type, 4);
    if (length > 0) {
        memcpy(at + 8, data, length);
    }
    png_put(at + 8 + length, png_crc(at + 4, length + 4));
    file->size += length + 12;
}

/* The chunk at a place; its checksum must be right and its end in the file. */
struct png_part {
    char type[5];
    uint32_t length;
    const unsigned char *data;
    size_t next;
};

static inline struct png_part
png_part(const unsigned char *file, size_t size, size_t at)
{
    struct png_part part = {{0}, 0, file + at + 8, 0};

    ck_assert_uint_le(at + 12, size);
    part.length = png_number(file + at);
    ck_assert_uint_le(part.length, size - at - 12);
    memcpy(part.type, file + at + 4, 4);
    part.next = at + 12 + part.length;
    ck_assert_uint_eq(png_number(file + at + 8 + part.length),
                      png_crc(file + at + 4, part.length + 4));
    return part;
}

#endif
