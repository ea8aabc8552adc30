/*
 * idx: the format of MNIST. Two zero bytes, a type (0x08: bytes, the only one read), a rank,
 * big-endian sizes, the data.
 *
 * Pictures of rank 3 [count, height, width] or 4 [count, height, width, channels], labels of rank
 * 1. The bytes stay bytes in memory and become v / 127.5 - 1 when they are read. Nothing is
 * allocated for what a header only says.
 */
#include <string.h>

#include "base/checked.h"
#include "base/context.h"
#include "base/memory.h"
#include "data/byte_store.h"
#include "data/dataset.h"

enum { IDX_BYTES = 0x08, IDX_RANK_MAX = 4, SKIP_SIZE = 4096 };

struct idx {
    gan_dataset base;
    char *images, *labels;
    int64_t limit;
    uint64_t max_bytes;
    struct gan__byte_store pixels, classes;
};

static const struct gan__option idx_options[] = {{.name = "images",
                                                  .type = GAN__OPTION_TEXT,
                                                  .offset = offsetof(struct idx, images),
                                                  .required = true,
                                                  .doc = "path of the pictures, plain or gzip"},
                                                 {.name = "labels",
                                                  .type = GAN__OPTION_TEXT,
                                                  .offset = offsetof(struct idx, labels),
                                                  .doc = "path of the labels, plain or gzip"},
                                                 {.name = "limit",
                                                  .type = GAN__OPTION_INT,
                                                  .offset = offsetof(struct idx, limit),
                                                  .minimum = 0,
                                                  .maximum = (double)GAN__COUNT_MAX,
                                                  .fallback = "0",
                                                  .doc = "use the first so many samples, 0: all"},
                                                 {.name = "max_bytes",
                                                  .type = GAN__OPTION_BYTES,
                                                  .offset = offsetof(struct idx, max_bytes),
                                                  .minimum = 1,
                                                  .maximum = (double)GAN__COUNT_MAX,
                                                  .fallback = "4GiB",
                                                  .doc = "refuse files that unpack to more"},
                                                 GAN__OPTION_END};

/* What a file's header says. */
struct header {
    struct gan__shape shape;
    int64_t bytes;  /* of the whole file, unpacked */
    int64_t sample; /* bytes of one sample */
};

static gan_status
cut_off(const struct gan__byte_stream *stream, int64_t wanted, int64_t found, const char *of)
{
    return gan__fail(stream->ctx, GAN_E_FORMAT,
                     "\"%s\": cut off: %s needs %lld bytes, there are %lld%s", stream->path, of,
                     (long long)wanted, (long long)found, stream->gzip ? " (unpacked)" : "");
}

static gan_status
check_magic(const struct gan__byte_stream *stream, const unsigned char *magic, bool labels)
{
    if (magic[0] != 0 || magic[1] != 0) {
        return gan__fail(stream->ctx, GAN_E_FORMAT,
                         "\"%s\": not IDX: it begins with the bytes %02x %02x %02x %02x, wanted 00 "
                         "00 08 %s",
                         stream->path, magic[0], magic[1], magic[2], magic[3],
                         labels ? "01" : "03 or 00 00 08 04");
    }
    if (magic[2] != IDX_BYTES) {
        return gan__fail(stream->ctx, GAN_E_FORMAT,
                         "\"%s\": IDX of type 0x%02x at byte 2, only 0x08 (bytes) is read",
                         stream->path, magic[2]);
    }
    if (labels ? magic[3] != 1 : magic[3] != 3 && magic[3] != 4) {
        return gan__fail(stream->ctx, GAN_E_FORMAT, "\"%s\": IDX of rank %d at byte 3, %s",
                         stream->path, magic[3],
                         labels ? "labels have rank 1: [count]"
                                : "pictures have rank 3: [count, height, width], or 4: [count, "
                                  "height, width, channels]");
    }
    return GAN_OK;
}

/* The sizes after the magic; their product and the header's own bytes must stay within
 * max_bytes. */
static gan_status
parse_sizes(const struct gan__byte_stream *stream, const unsigned char *sizes, int32_t rank,
            uint64_t max_bytes, struct header *header)
{
    char text[GAN__SHAPE_TEXT_SIZE];

    header->shape = (struct gan__shape){.rank = rank};
    for (int32_t i = 0; i < rank; i++) {
        const unsigned char *at = sizes + (size_t)i * 4;
        header->shape.size[i] =
            (int64_t)at[0] << 24 | (int64_t)at[1] << 16 | (int64_t)at[2] << 8 | at[3];
    }
    for (int32_t i = 0; i < rank; i++) {
        if (header->shape.size[i] == 0) {
            return gan__fail(stream->ctx, GAN_E_FORMAT,
                             "\"%s\": its shape is %s, the size at byte %d must be at least 1",
                             stream->path, gan__shape_text(text, &header->shape), 4 + i * 4);
        }
    }
    const int64_t count = gan__shape_count(&header->shape);
    if (count < 0) {
        return gan__fail(stream->ctx, GAN_E_FORMAT,
                         "\"%s\": its shape is %s, more than can be addressed", stream->path,
                         gan__shape_text(text, &header->shape));
    }
    header->bytes = count + 4 + (int64_t)rank * 4;
    if ((uint64_t)header->bytes > max_bytes) {
        return gan__fail(stream->ctx, GAN_E_FORMAT,
                         "\"%s\": its shape is %s, more than max_bytes=%llu", stream->path,
                         gan__shape_text(text, &header->shape), (unsigned long long)max_bytes);
    }
    header->sample = count / header->shape.size[0];
    return GAN_OK;
}

static gan_status
read_header(struct gan__byte_stream *stream, bool labels, uint64_t max_bytes, struct header *header)
{
    unsigned char magic[4];
    unsigned char sizes[IDX_RANK_MAX * 4];
    size_t got = 0;

    gan_status st = gan__byte_stream_read(stream, magic, sizeof magic, &got);
    if (st != GAN_OK) {
        return st;
    }
    if (got < sizeof magic) {
        return cut_off(stream, sizeof magic, (int64_t)got, "an IDX file's beginning");
    }
    st = check_magic(stream, magic, labels);
    if (st != GAN_OK) {
        return st;
    }
    const size_t wanted = (size_t)magic[3] * 4;
    st = gan__byte_stream_read(stream, sizes, wanted, &got);
    if (st != GAN_OK) {
        return st;
    }
    if (got < wanted) {
        return cut_off(stream, (int64_t)(4 + wanted), (int64_t)(4 + got), "the header");
    }
    return parse_sizes(stream, sizes, magic[3], max_bytes, header);
}

/* Read what the limit leaves out, and see that the stream ends where its header says. */
static gan_status
check_rest(struct gan__byte_stream *stream, const struct header *header, int64_t position)
{
    unsigned char skipped[SKIP_SIZE];
    char text[GAN__SHAPE_TEXT_SIZE];
    size_t got = 1;

    while (got > 0 && position <= header->bytes) {
        const int64_t left = header->bytes - position + 1;
        const gan_status st = gan__byte_stream_read(
            stream, skipped, left < SKIP_SIZE ? (size_t)left : SKIP_SIZE, &got);
        if (st != GAN_OK) {
            return st;
        }
        position += (int64_t)got;
    }
    gan__shape_text(text, &header->shape);
    if (position > header->bytes) {
        return gan__fail(stream->ctx, GAN_E_FORMAT,
                         "\"%s\": its shape is %s, %lld bytes with the header, but there are more",
                         stream->path, text, (long long)header->bytes);
    }
    return position < header->bytes ? cut_off(stream, header->bytes, position, text) : GAN_OK;
}

/* Read one of the two files: the header, and at most `limit` samples. */
static gan_status
read_file(struct idx *self, const char *path, bool labels, struct header *header)
{
    gan_context *ctx = self->base.object.ctx;
    struct gan__byte_store *store = labels ? &self->classes : &self->pixels;
    struct gan__byte_stream stream;

    store->ctx = ctx;
    gan_status st = gan__byte_stream_open(&stream, ctx, path);
    if (st != GAN_OK) {
        return st;
    }
    GAN__TRY(read_header(&stream, labels, self->max_bytes, header));
    const int64_t count = header->shape.size[0];
    const int64_t kept = self->limit == 0 || self->limit > count ? count : self->limit;
    GAN__TRY(gan__byte_store_fill(store, &stream, kept * header->sample));
    st = check_rest(&stream, header, 4 + (int64_t)header->shape.rank * 4 + store->size);

fail:
    gan__byte_stream_close(&stream);
    return st;
}

static gan_status
open_labels(struct idx *self, int64_t pictures)
{
    struct header header;

    const gan_status st = read_file(self, self->labels, true, &header);
    if (st != GAN_OK) {
        return st;
    }
    if (header.shape.size[0] != pictures) {
        return gan__fail(self->base.object.ctx, GAN_E_FORMAT,
                         "\"%s\" has %lld pictures, \"%s\" has %lld labels", self->images,
                         (long long)pictures, self->labels, (long long)header.shape.size[0]);
    }
    uint8_t largest = 0;
    for (int64_t i = 0; i < self->classes.size; i++) {
        const uint8_t label = gan__byte_store_get(&self->classes, i);
        largest = label > largest ? label : largest;
    }
    self->base.classes = largest + 1;
    return GAN_OK;
}

static gan_status
idx_open(gan_dataset *dataset)
{
    struct idx *self = (struct idx *)dataset;
    struct header header;
    int64_t shape[3];

    const gan_status st = read_file(self, self->images, false, &header);
    if (st != GAN_OK) {
        return st;
    }
    shape[0] = header.shape.size[1];
    shape[1] = header.shape.size[2];
    shape[2] = header.shape.rank == 4 ? header.shape.size[3] : 1;
    const gan_status shaped =
        gan__dataset_set_shape(dataset, self->pixels.size / header.sample, shape, 3);
    if (shaped != GAN_OK || self->labels == NULL) {
        return shaped;
    }
    return open_labels(self, header.shape.size[0]);
}

static gan_status
idx_read(gan_dataset *dataset, int64_t index, int64_t epoch, float *sample, int32_t *label)
{
    (void)epoch;
    const struct idx *self = (const struct idx *)dataset;

    gan__byte_store_values(&self->pixels, index * dataset->sample_count, dataset->sample_count,
                           sample);
    if (label != NULL) {
        *label = gan__byte_store_get(&self->classes, index);
    }
    return GAN_OK;
}

static void
idx_close(gan_dataset *dataset)
{
    struct idx *self = (struct idx *)dataset;

    gan__byte_store_free(&self->pixels);
    gan__byte_store_free(&self->classes);
}

const struct gan__dataset_class gan__dataset_idx = {.kind = "idx",
                                                    .doc = "MNIST's format, plain or gzip",
                                                    .options = idx_options,
                                                    .size = sizeof(struct idx),
                                                    .open = idx_open,
                                                    .read = idx_read,
                                                    .close = idx_close};
