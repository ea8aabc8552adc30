/*
 * EXIF's orientation: a TIFF directory in JPEG's APP1 segment, or in PNG's eXIf chunk. What is not
 * as it should be counts as no orientation: a camera's note must not cost the picture.
 */
#include "io/picture_reader.h"

#include <string.h>
#include <zlib.h>

enum {
    TIFF_HEADER = 8,
    ENTRY = 12,
    TAG_ORIENTATION = 0x112,
    TYPE_SHORT = 3,
    TYPE_LONG = 4,
    PNG_SIGNATURE = 8,
    PNG_AROUND = 12 /* length, name and checksum of a chunk */
};

static uint32_t
number(const uint8_t *at, int32_t bytes, bool big)
{
    uint32_t value = 0;

    for (int32_t i = 0; i < bytes; i++) {
        value |= (uint32_t)at[i] << 8 * (big ? bytes - 1 - i : i);
    }
    return value;
}

/* The first directory's orientation. */
static int32_t
of_tiff(const uint8_t *tiff, size_t size)
{
    if (size < TIFF_HEADER || (memcmp(tiff, "II*\0", 4) != 0 && memcmp(tiff, "MM\0*", 4) != 0)) {
        return 1;
    }
    const bool big = tiff[0] == 'M';
    const size_t directory = number(tiff + 4, 4, big);
    if (directory > size - 2) {
        return 1;
    }
    const size_t entries = number(tiff + directory, 2, big);
    for (size_t i = 0; i < entries; i++) {
        const size_t at = directory + 2 + i * ENTRY;
        if (at > size || size - at < ENTRY) {
            return 1;
        }
        const uint32_t type = number(tiff + at + 2, 2, big);
        if (number(tiff + at, 2, big) != TAG_ORIENTATION ||
            (type != TYPE_SHORT && type != TYPE_LONG) || number(tiff + at + 4, 4, big) != 1) {
            continue;
        }
        const uint32_t value = number(tiff + at + 8, type == TYPE_SHORT ? 2 : 4, big);
        return value >= 1 && value <= 8 ? (int32_t)value : 1;
    }
    return 1;
}

int32_t
gan__exif_of_png(const uint8_t *bytes, size_t size)
{
    size_t at = PNG_SIGNATURE;

    while (at < size && size - at >= PNG_AROUND) {
        const size_t length = number(bytes + at, 4, true);
        if (length > size - at - PNG_AROUND) {
            return 1;
        }
        const uint8_t *name = bytes + at + 4;
        if (memcmp(name, "eXIf", 4) == 0) {
            const uint32_t sum = number(name + 4 + length, 4, true);
            return crc32_z(0, name, length + 4) == sum ? of_tiff(name + 4, length) : 1;
        }
        at += length + PNG_AROUND;
    }
    return 1;
}

/* Whether a marker stands alone, without a length. */
static bool
is_bare(uint8_t marker)
{
    return marker == 0x01 || (marker >= 0xd0 && marker <= 0xd8);
}

int32_t
gan__exif_of_jpeg(const uint8_t *bytes, size_t size)
{
    static const char name[6] = "Exif\0";
    size_t at = 2;

    for (;;) {
        while (at < size && bytes[at] != 0xff) { /* as libjpeg: what is between is passed over */
            at++;
        }
        while (at < size && bytes[at] == 0xff) {
            at++;
        }
        if (at >= size || bytes[at] == 0xda || bytes[at] == 0xd9) { /* the pixels, the end */
            return 1;
        }
        const uint8_t marker = bytes[at++];
        if (marker == 0 || is_bare(marker)) {
            continue;
        }
        if (size - at < 2) {
            return 1;
        }
        const size_t length = number(bytes + at, 2, true);
        if (length < 2 || length > size - at) {
            return 1;
        }
        if (marker == 0xe1 && length >= 2 + sizeof name &&
            memcmp(bytes + at + 2, name, sizeof name) == 0) {
            return of_tiff(bytes + at + 2 + sizeof name, length - 2 - sizeof name);
        }
        at += length;
    }
}
