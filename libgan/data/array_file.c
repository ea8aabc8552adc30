/*
 * Arrays of NumPy's, wherever they lie.
 */
#include "data/array_file.h"

#include "base/context.h"
#include "base/memory.h"

static gan_status
read_bytes(struct gan__array_file *file, void *data, size_t bytes, size_t *got)
{
    const gan_status st = file->zipped ? gan__zip_file_read(&file->zip, data, bytes, got)
                                       : gan__byte_stream_read(&file->stream, data, bytes, got);
    file->position += *got;
    return st;
}

/* Bytes of the whole .npy. */
static uint64_t
whole_size(const struct gan__npy_header *header)
{
    return header->size + (uint64_t)gan__shape_count(&header->shape) * (uint64_t)header->item;
}

static gan_status
cut_off(const struct gan__array_file *file, uint64_t wanted)
{
    return gan__fail(file->ctx, GAN_E_FORMAT,
                     "\"%s\": cut off: the array needs %llu bytes, there are %llu%s", file->path,
                     (unsigned long long)wanted, (unsigned long long)file->position,
                     file->zipped || file->stream.gzip ? " (unpacked)" : "");
}

/* In steps, each no longer than what the steps before say. */
static gan_status
read_header(struct gan__array_file *file, uint8_t *bytes)
{
    size_t size = 0, needed = 0;

    for (;;) {
        size_t got = 0;
        gan_status st = gan__npy_parse(file->ctx, &file->header, bytes, size, &needed, file->path);
        if (st != GAN_OK || file->header.size > 0) {
            return st;
        }
        st = read_bytes(file, bytes + size, needed - size, &got);
        if (st != GAN_OK) {
            return st;
        }
        if (got < needed - size) {
            return cut_off(file, needed);
        }
        size = needed;
    }
}

static gan_status
open_header(struct gan__array_file *file, uint64_t max_bytes)
{
    char text[GAN__SHAPE_TEXT_SIZE];
    uint8_t *bytes = gan__alloc(file->ctx, GAN__NPY_HEADER_MAX);

    if (bytes == NULL) {
        return GAN_E_NOMEM;
    }
    const gan_status st = read_header(file, bytes);
    gan__free(file->ctx, bytes);
    if (st != GAN_OK) {
        return st;
    }
    if (whole_size(&file->header) > max_bytes) {
        return gan__fail(file->ctx, GAN_E_FORMAT,
                         "\"%s\": its shape is %s, %llu bytes, more than max_bytes=%llu",
                         file->path, gan__shape_text(text, &file->header.shape),
                         (unsigned long long)whole_size(&file->header),
                         (unsigned long long)max_bytes);
    }
    return GAN_OK;
}

gan_status
gan__array_file_open(struct gan__array_file *file, gan_context *ctx, const char *path,
                     const char *name, uint64_t max_bytes)
{
    gan_status st = GAN_OK;

    *file = (struct gan__array_file){.ctx = ctx, .path = path};
    file->zip.reader.descriptor = -1;
    GAN__TRY(gan__byte_stream_open(&file->stream, ctx, path));
    size_t begin = 0;
    const unsigned char *first = gan__byte_stream_begin(&file->stream, &begin);
    if (gan__zip_begins(first, begin)) {
        gan__byte_stream_close(&file->stream);
        file->zipped = true;
        GAN__TRY(gan__zip_file_open(&file->zip, ctx, path, name, ".npy"));
    } else if (name != NULL) {
        GAN__TRY(gan__fail(ctx, GAN_E_ARG,
                           "\"%s\" is no .npz: the array \"%.64s\" can't be looked for in it", path,
                           name));
    }
    GAN__TRY(open_header(file, max_bytes));
    return GAN_OK;

fail:
    gan__array_file_close(file);
    return st;
}

gan_status
gan__array_file_read(struct gan__array_file *file, void *data, int64_t count)
{
    const size_t bytes = (size_t)count * (size_t)file->header.item;
    size_t got = 0;

    const gan_status st = read_bytes(file, data, bytes, &got);
    if (st != GAN_OK) {
        return st;
    }
    return got < bytes ? cut_off(file, whole_size(&file->header)) : GAN_OK;
}

gan_status
gan__array_file_finish(struct gan__array_file *file)
{
    const uint64_t whole = whole_size(&file->header);
    unsigned char skipped[4096];
    size_t got = 1;

    while (got > 0 && file->position <= whole) {
        const uint64_t left = whole - file->position + 1;
        const gan_status st =
            read_bytes(file, skipped, left < sizeof skipped ? (size_t)left : sizeof skipped, &got);
        if (st != GAN_OK) {
            return st;
        }
    }
    if (file->position < whole) {
        return cut_off(file, whole);
    }
    if (file->position > whole) {
        return gan__fail(file->ctx, GAN_E_FORMAT,
                         "\"%s\": the array has %llu bytes, but there are more", file->path,
                         (unsigned long long)whole);
    }
    return GAN_OK;
}

void
gan__array_file_close(struct gan__array_file *file)
{
    if (file->zipped) {
        gan__zip_file_close(&file->zip);
    } else {
        gan__byte_stream_close(&file->stream);
    }
}
