/*
 * Reading arrays out of files that anybody may have written.
 */
#include "metrics/features_arrays.h"

#include <stdio.h>
#include <string.h>

#include "base/context.h"
#include "base/memory.h"
#include "io/half.h"

enum {
    CHUNK = 1024, /* elements that are converted at once */
    ITEM_MAX = 8,
    DEFLATE_MAX = 1032, /* bytes that one packed byte can become */
    DEFLATE_ROOM = 1 << 16,
    TEXT_MAX = 1 << 12
};

/* Whether the file can hold what its header says. */
static gan_status
check_borne_out(const struct gan__array_file *file, const char *name)
{
    const struct gan__zip_file *zip = &file->zip;
    const uint64_t bytes =
        (uint64_t)gan__shape_count(&file->header.shape) * (uint64_t)file->header.item;
    const uint64_t packed = zip->packed_left + zip->z.avail_in;
    const uint64_t most = zip->deflated ? packed * DEFLATE_MAX + DEFLATE_ROOM : packed;
    char text[GAN__SHAPE_TEXT_SIZE];

    if (bytes > zip->left || bytes > most) {
        return gan__fail(file->ctx, GAN_E_FORMAT,
                         "\"%s\": cut off: \"%s\" has the shape %s, %llu bytes, of which at most "
                         "%llu are there",
                         file->path, name, gan__shape_text(text, &file->header.shape),
                         (unsigned long long)bytes,
                         (unsigned long long)(zip->left < most ? zip->left : most));
    }
    return GAN_OK;
}

gan_status
gan__arrays_open(const struct gan__arrays *arrays, struct gan__array_file *file, const char *name,
                 bool *there)
{
    gan_status st = gan__array_file_open(file, arrays->ctx, arrays->path, name, arrays->max_bytes);

    *there = st == GAN_OK;
    if (st == GAN_E_ARG) { /* no such array, or no archive */
        if (!file->zipped) {
            return GAN_E_FORMAT;
        }
        gan__recover(arrays->ctx);
        return GAN_OK;
    }
    return st == GAN_OK ? check_borne_out(file, name) : st;
}

gan_status
gan__arrays_need(const struct gan__arrays *arrays, struct gan__array_file *file, const char *name)
{
    const gan_status st =
        gan__array_file_open(file, arrays->ctx, arrays->path, name, arrays->max_bytes);

    if (st == GAN_E_ARG) {
        return GAN_E_FORMAT;
    }
    return st == GAN_OK ? check_borne_out(file, name) : st;
}

gan_status
gan__arrays_check(const struct gan__array_file *file, const char *name, int32_t rank, int64_t rows,
                  int64_t columns)
{
    const struct gan__npy_header *header = &file->header;
    const int64_t wanted[2] = {rows, columns};
    bool fits = header->shape.rank == rank;
    char found[GAN__SHAPE_TEXT_SIZE], sizes[2][24];

    for (int32_t i = 0; fits && i < rank; i++) {
        fits = wanted[i] < 0 || header->shape.size[i] == wanted[i];
    }
    if (!fits) {
        for (int i = 0; i < 2; i++) {
            (void)snprintf(sizes[i], sizeof sizes[i], "%lld", (long long)wanted[i]);
        }
        return gan__fail(file->ctx, GAN_E_FORMAT,
                         "\"%s\": the shape of \"%s\" is %s, wanted [%s%s%s]", file->path, name,
                         gan__shape_text(found, &header->shape), wanted[0] < 0 ? "any" : sizes[0],
                         rank > 1 ? ", " : "",
                         rank < 2        ? ""
                         : wanted[1] < 0 ? "any"
                                         : sizes[1]);
    }
    if (header->type != GAN__NPY_FLOAT16 && header->type != GAN__NPY_FLOAT32 &&
        header->type != GAN__NPY_FLOAT64) {
        return gan__fail(file->ctx, GAN_E_FORMAT,
                         "\"%s\": the elements of \"%s\" are whole numbers, wanted floats",
                         file->path, name);
    }
    return GAN_OK;
}

/* The bits of an element, least significant byte first whatever the file has. */
static uint64_t
element(const uint8_t *raw, const struct gan__npy_header *header)
{
    uint64_t bits = 0;

    for (int32_t i = 0; i < header->item; i++) {
        const int32_t at = header->big_endian ? header->item - 1 - i : i;
        bits |= (uint64_t)raw[at] << (8 * i);
    }
    return bits;
}

static float
as_float(uint64_t bits, enum gan__npy_type type)
{
    const uint32_t low = (uint32_t)bits;
    float value;

    if (type == GAN__NPY_FLOAT64) {
        return gan__float_from_double(bits);
    }
    if (type == GAN__NPY_FLOAT16) {
        return gan__half_to_float((uint16_t)bits);
    }
    memcpy(&value, &low, sizeof value);
    return value;
}

static double
as_double(uint64_t bits, enum gan__npy_type type)
{
    double value;

    if (type != GAN__NPY_FLOAT64) {
        return (double)as_float(bits, type);
    }
    memcpy(&value, &bits, sizeof value);
    return value;
}

gan_status
gan__arrays_read(struct gan__array_file *file, double *doubles, float *floats, int64_t count)
{
    uint8_t raw[CHUNK * ITEM_MAX];

    for (int64_t done = 0; done < count;) {
        const int64_t step = count - done < CHUNK ? count - done : CHUNK;
        const gan_status st = gan__array_file_read(file, raw, step);
        if (st != GAN_OK) {
            return st;
        }
        for (int64_t i = 0; i < step; i++, done++) {
            const uint64_t bits = element(raw + i * file->header.item, &file->header);
            if (doubles != NULL) {
                doubles[done] = as_double(bits, file->header.type);
            } else {
                floats[done] = as_float(bits, file->header.type);
            }
        }
    }
    return GAN_OK;
}

gan_status
gan__arrays_read_integers(struct gan__array_file *file, int64_t *values, int64_t count)
{
    const int32_t unused = 64 - 8 * file->header.item;
    uint8_t raw[ITEM_MAX];

    for (int64_t i = 0; i < count; i++) {
        const gan_status st = gan__array_file_read(file, raw, 1);
        if (st != GAN_OK) {
            return st;
        }
        const uint64_t bits = element(raw, &file->header);
        const bool negative = file->header.is_signed && (bits << unused) >> 63 != 0;
        if (negative || bits > INT64_MAX) {
            return gan__fail(file->ctx, GAN_E_FORMAT,
                             "\"%s\": number %lld of an array of counts is negative or too large",
                             file->path, (long long)i);
        }
        values[i] = (int64_t)bits;
    }
    return GAN_OK;
}

gan_status
gan__arrays_read_integer(const struct gan__arrays *arrays, const char *name, int64_t *value,
                         bool *there)
{
    struct gan__array_file file;
    gan_status st = GAN_OK;

    GAN__TRY(gan__arrays_open(arrays, &file, name, there));
    if (*there) {
        const bool whole =
            file.header.type == GAN__NPY_INTEGER || file.header.type == GAN__NPY_UINT8;
        if (!whole || file.header.shape.rank > 1 || gan__shape_count(&file.header.shape) != 1) {
            GAN__TRY(gan__fail(arrays->ctx, GAN_E_FORMAT, "\"%s\": \"%s\" is no whole number",
                               arrays->path, name));
        }
        GAN__TRY(gan__arrays_read_integers(&file, value, 1));
        st = gan__array_file_finish(&file);
    }

fail:
    gan__array_file_close(&file);
    return st;
}

gan_status
gan__arrays_read_text(const struct gan__arrays *arrays, const char *name, char **text)
{
    struct gan__array_file file;
    bool there = false;
    gan_status st = GAN_OK;

    GAN__TRY(gan__arrays_open(arrays, &file, name, &there));
    if (there) {
        const int64_t count = gan__shape_count(&file.header.shape);
        if (file.header.type != GAN__NPY_UINT8 || file.header.shape.rank != 1 || count > TEXT_MAX) {
            GAN__TRY(gan__fail(arrays->ctx, GAN_E_FORMAT,
                               "\"%s\": \"%s\" is no array of at most %d bytes", arrays->path, name,
                               TEXT_MAX));
        }
        *text = gan__alloc_zero(arrays->ctx, (size_t)count + 1);
        GAN__TRY(*text == NULL ? GAN_E_NOMEM : GAN_OK);
        GAN__TRY(gan__array_file_read(&file, *text, count));
        st = gan__array_file_finish(&file);
    }

fail:
    gan__array_file_close(&file);
    return st;
}
