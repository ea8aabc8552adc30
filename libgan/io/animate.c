/*
 * gan_image_animate(): PNG files as one animated PNG (Portable Network Graphics Specification,
 * third edition). The frames' compressed data go over as they are: IDAT chunks of the first, fdAT
 * chunks, which differ by a sequence number, of the others.
 */
#include <gan/io.h>

#include <string.h>
#include <zlib.h>

#include "base/context.h"
#include "base/memory.h"
#include "base/options.h"
#include "io/file.h"

enum { PIECE = 1 << 16, HEADER_SIZE = 13, CHUNK_MAX = 0x7fffffff, DELAY_MAX = 65535 };
enum { COLOR_GREY = 0, COLOR_RGB = 2, COLOR_PALETTE = 3, COLOR_GREY_ALPHA = 4, COLOR_RGBA = 6 };

static const unsigned char signature[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

struct animate_options {
    int64_t delay, last, loops;
};

static const struct gan__option animate_options[] = {
    {.name = "delay",
     .type = GAN__OPTION_INT,
     .offset = offsetof(struct animate_options, delay),
     .minimum = 0,
     .maximum = DELAY_MAX,
     .fallback = "300",
     .doc = "milliseconds a frame"},
    {.name = "last",
     .type = GAN__OPTION_INT,
     .offset = offsetof(struct animate_options, last),
     .minimum = 0,
     .maximum = DELAY_MAX,
     .fallback = "2000",
     .doc = "milliseconds of the last frame"},
    {.name = "loops",
     .type = GAN__OPTION_INT,
     .offset = offsetof(struct animate_options, loops),
     .minimum = 0,
     .maximum = CHUNK_MAX,
     .fallback = "0",
     .doc = "how often it is shown, 0: for ever"},
    GAN__OPTION_END};

/* An animation being written, and the frame that is read for it. */
struct animation {
    gan_context *ctx;
    const char *const *frames;
    int64_t count;
    struct animate_options options;
    struct gan__file_writer out;
    uint32_t out_crc;  /* of the chunk that is being written */
    uint32_t sequence; /* number of the next fcTL or fdAT */
    struct gan__file_reader in;
    int64_t frame;
    unsigned char header[HEADER_SIZE]; /* the first frame's IHDR */
    unsigned char *piece;
};

/* ---- writing ---- */

static void
put(unsigned char *to, uint32_t value)
{
    to[0] = (unsigned char)(value >> 24);
    to[1] = (unsigned char)(value >> 16);
    to[2] = (unsigned char)(value >> 8);
    to[3] = (unsigned char)value;
}

static gan_status
chunk_begin(struct animation *self, const char *type, uint32_t length)
{
    unsigned char head[8];

    put(head, length);
    memcpy(head + 4, type, 4);
    self->out_crc = (uint32_t)crc32(0, head + 4, 4);
    return gan__file_writer_write(&self->out, head, sizeof head);
}

static gan_status
chunk_add(struct animation *self, const unsigned char *data, uint32_t length)
{
    self->out_crc = (uint32_t)crc32(self->out_crc, data, length);
    return gan__file_writer_write(&self->out, data, length);
}

static gan_status
chunk_end(struct animation *self)
{
    unsigned char crc[4];

    put(crc, self->out_crc);
    return gan__file_writer_write(&self->out, crc, sizeof crc);
}

static gan_status
write_chunk(struct animation *self, const char *type, const unsigned char *data, uint32_t length)
{
    gan_status st;

    GAN__TRY(chunk_begin(self, type, length));
    GAN__TRY(chunk_add(self, data, length));
    st = chunk_end(self);

fail:
    return st;
}

/* What stands before the first frame's data. */
static gan_status
write_start(struct animation *self)
{
    unsigned char control[8];
    gan_status st;

    put(control, (uint32_t)self->count);
    put(control + 4, (uint32_t)self->options.loops);
    GAN__TRY(gan__file_writer_write(&self->out, signature, sizeof signature));
    GAN__TRY(write_chunk(self, "IHDR", self->header, HEADER_SIZE));
    st = write_chunk(self, "acTL", control, sizeof control);

fail:
    return st;
}

/* The frame that follows: all of the picture, in place of what was there, for so many thousandths
 * of a second. */
static gan_status
write_frame_control(struct animation *self)
{
    const bool last = self->frame == self->count - 1;
    const int64_t delay = last ? self->options.last : self->options.delay;
    unsigned char control[26] = {0};

    put(control, self->sequence++);
    memcpy(control + 4, self->header, 8); /* width and height; the offsets are 0 */
    control[20] = (unsigned char)(delay >> 8);
    control[21] = (unsigned char)delay;
    control[22] = 1000 >> 8;
    control[23] = 1000 & 0xff;
    return write_chunk(self, "fcTL", control, sizeof control);
}

/* ---- reading ---- */

static const char *
path_of(const struct animation *self)
{
    return self->frames[self->frame];
}

/* The next bytes, all of them. */
static gan_status
take(struct animation *self, void *data, size_t bytes)
{
    const uint64_t at = self->in.position;
    size_t got = 0;
    const gan_status st = gan__file_reader_read(&self->in, data, bytes, &got);

    if (st == GAN_OK && got < bytes) {
        return gan__fail(
            self->ctx, GAN_E_FORMAT, "\"%s\" ends at byte %llu; wanted %zu bytes from byte %llu on",
            path_of(self), (unsigned long long)self->in.position, bytes, (unsigned long long)at);
    }
    return st;
}

static uint32_t
get(const unsigned char *from)
{
    return (uint32_t)from[0] << 24 | (uint32_t)from[1] << 16 | (uint32_t)from[2] << 8 | from[3];
}

struct chunk {
    uint64_t at; /* of its first byte in the file */
    uint32_t length, crc;
    char type[5];
};

static gan_status
chunk_open(struct animation *self, struct chunk *chunk)
{
    unsigned char head[8];
    gan_status st;

    chunk->at = self->in.position;
    GAN__TRY(take(self, head, sizeof head));
    chunk->length = get(head);
    memcpy(chunk->type, head + 4, 4);
    chunk->type[4] = '\0';
    chunk->crc = (uint32_t)crc32(0, head + 4, 4);
    for (int i = 0; i < 4; i++) {
        const char letter = (char)(chunk->type[i] | 0x20);
        if (letter < 'a' || letter > 'z') {
            return gan__fail(self->ctx, GAN_E_FORMAT, "\"%s\": the chunk at byte %llu has no name",
                             path_of(self), (unsigned long long)chunk->at);
        }
    }
    if (chunk->length > CHUNK_MAX ||
        (uint64_t)chunk->length + 4 > self->in.size - self->in.position) {
        return gan__fail(self->ctx, GAN_E_FORMAT,
                         "\"%s\": the chunk %s at byte %llu has %llu bytes, the file %llu from "
                         "there on",
                         path_of(self), chunk->type, (unsigned long long)chunk->at,
                         (unsigned long long)chunk->length,
                         (unsigned long long)(self->in.size - self->in.position));
    }

fail:
    return st;
}

static gan_status
chunk_close(struct animation *self, const struct chunk *chunk)
{
    unsigned char crc[4];
    const gan_status st = take(self, crc, sizeof crc);

    if (st == GAN_OK && get(crc) != chunk->crc) {
        return gan__fail(self->ctx, GAN_E_FORMAT,
                         "\"%s\": the chunk %s at byte %llu has the checksum %08x, its bytes %08x",
                         path_of(self), chunk->type, (unsigned long long)chunk->at,
                         (unsigned)get(crc), (unsigned)chunk->crc);
    }
    return st;
}

/* A chunk's data: into the chunk that is being written, or nowhere. */
static gan_status
chunk_pass(struct animation *self, struct chunk *chunk, bool copy)
{
    gan_status st = GAN_OK;

    for (uint32_t left = chunk->length; left > 0;) {
        const uint32_t length = left < PIECE ? left : PIECE;
        GAN__TRY(take(self, self->piece, length));
        chunk->crc = (uint32_t)crc32(chunk->crc, self->piece, length);
        if (copy) {
            GAN__TRY(chunk_add(self, self->piece, length));
        }
        left -= length;
    }
    st = chunk_close(self, chunk);

fail:
    return st;
}

static const char *
color_name(unsigned char type)
{
    switch (type) {
    case COLOR_GREY:
        return "grey";
    case COLOR_RGB:
        return "RGB";
    case COLOR_PALETTE:
        return "a palette";
    case COLOR_GREY_ALPHA:
        return "grey and alpha";
    case COLOR_RGBA:
        return "RGBA";
    default:
        return NULL;
    }
}

static bool
is_depth(unsigned char type, unsigned char depth)
{
    const bool small = depth == 1 || depth == 2 || depth == 4;
    return depth == 8 || depth == 16 || (small && type == COLOR_GREY);
}

static gan_status
check_header(struct animation *self, const unsigned char *header)
{
    const uint32_t width = get(header), height = get(header + 4);
    const unsigned char depth = header[8], type = header[9];

    if (type == COLOR_PALETTE) {
        return gan__fail(self->ctx, GAN_E_FORMAT,
                         "\"%s\" has a palette; wanted grey or RGB, with or without alpha",
                         path_of(self));
    }
    if (header[12] == 1) {
        return gan__fail(self->ctx, GAN_E_FORMAT,
                         "\"%s\" is interlaced; wanted a picture row by row", path_of(self));
    }
    if (width == 0 || height == 0 || width > CHUNK_MAX || height > CHUNK_MAX ||
        color_name(type) == NULL || !is_depth(type, depth) || header[10] != 0 || header[11] != 0 ||
        header[12] != 0) {
        return gan__fail(self->ctx, GAN_E_FORMAT,
                         "\"%s\" has no valid header: %u x %u pixels of %u bits, colour type %u, "
                         "compression %u, filter %u, interlace %u",
                         path_of(self), (unsigned)width, (unsigned)height, (unsigned)depth,
                         (unsigned)type, (unsigned)header[10], (unsigned)header[11],
                         (unsigned)header[12]);
    }
    if (self->frame > 0 && memcmp(header, self->header, HEADER_SIZE) != 0) {
        const unsigned char *first = self->header;
        return gan__fail(self->ctx, GAN_E_SHAPE,
                         "\"%s\" has %u x %u pixels of %s with %u bits; the first frame, \"%s\", "
                         "has %u x %u of %s with %u bits",
                         path_of(self), (unsigned)width, (unsigned)height, color_name(type),
                         (unsigned)depth, self->frames[0], (unsigned)get(first),
                         (unsigned)get(first + 4), color_name(first[9]), (unsigned)first[8]);
    }
    return GAN_OK;
}

/* Signature and IHDR; the first frame's is kept. */
static gan_status
read_header(struct animation *self)
{
    unsigned char start[sizeof signature], header[HEADER_SIZE];
    struct chunk chunk;
    size_t got = 0;
    gan_status st;

    GAN__TRY(gan__file_reader_read(&self->in, start, sizeof start, &got));
    if (got < sizeof start || memcmp(start, signature, sizeof start) != 0) {
        return gan__fail(self->ctx, GAN_E_FORMAT, "\"%s\" is no PNG file", path_of(self));
    }
    GAN__TRY(chunk_open(self, &chunk));
    if (strcmp(chunk.type, "IHDR") != 0 || chunk.length != HEADER_SIZE) {
        return gan__fail(self->ctx, GAN_E_FORMAT,
                         "\"%s\" begins with a chunk %s of %u bytes; wanted IHDR of %d",
                         path_of(self), chunk.type, (unsigned)chunk.length, HEADER_SIZE);
    }
    GAN__TRY(take(self, header, sizeof header));
    chunk.crc = (uint32_t)crc32(chunk.crc, header, sizeof header);
    GAN__TRY(chunk_close(self, &chunk));
    GAN__TRY(check_header(self, header));
    if (self->frame == 0) {
        memcpy(self->header, header, sizeof header);
    }

fail:
    return st;
}

/* ---- frames ---- */

/* An IDAT chunk of the frame. */
static gan_status
copy_data(struct animation *self, struct chunk *chunk)
{
    const bool first = self->frame == 0;
    unsigned char number[4];
    gan_status st;

    if (!first && (chunk->length > CHUNK_MAX - 4 || self->sequence > CHUNK_MAX)) {
        return gan__fail(self->ctx, GAN_E_FORMAT,
                         "\"%s\": the data at byte %llu are more than an animation can hold",
                         path_of(self), (unsigned long long)chunk->at);
    }
    GAN__TRY(chunk_begin(self, first ? "IDAT" : "fdAT", first ? chunk->length : chunk->length + 4));
    if (!first) {
        put(number, self->sequence++);
        GAN__TRY(chunk_add(self, number, sizeof number));
    }
    GAN__TRY(chunk_pass(self, chunk, true));
    st = chunk_end(self);

fail:
    return st;
}

/* What would be lost or is not known: a transparent colour, and critical chunks that no PNG of
 * these kinds has. */
static gan_status
check_other(struct animation *self, const struct chunk *chunk)
{
    const bool critical = (chunk->type[0] & 0x20) == 0;

    if (strcmp(chunk->type, "tRNS") == 0) {
        return gan__fail(self->ctx, GAN_E_FORMAT,
                         "\"%s\" has a transparent colour (tRNS); wanted an alpha channel, or none",
                         path_of(self));
    }
    if (critical && strcmp(chunk->type, "PLTE") != 0) {
        return gan__fail(self->ctx, GAN_E_FORMAT, "\"%s\": unexpected chunk %s at byte %llu",
                         path_of(self), chunk->type, (unsigned long long)chunk->at);
    }
    return GAN_OK;
}

/* The chunks after IHDR, to IEND. */
static gan_status
copy_chunks(struct animation *self)
{
    enum { BEFORE, INSIDE, AFTER } data = BEFORE;
    struct chunk chunk;
    gan_status st;

    for (;;) {
        GAN__TRY(chunk_open(self, &chunk));
        if (strcmp(chunk.type, "IDAT") == 0) {
            if (data == AFTER) {
                return gan__fail(self->ctx, GAN_E_FORMAT,
                                 "\"%s\": the chunk IDAT at byte %llu is apart from the others",
                                 path_of(self), (unsigned long long)chunk.at);
            }
            data = INSIDE;
            GAN__TRY(copy_data(self, &chunk));
            continue;
        }
        data = data == INSIDE ? AFTER : data;
        const bool end = strcmp(chunk.type, "IEND") == 0;
        if (!end) {
            GAN__TRY(check_other(self, &chunk));
        }
        GAN__TRY(chunk_pass(self, &chunk, false));
        if (end) {
            break;
        }
    }
    if (data == BEFORE) {
        return gan__fail(self->ctx, GAN_E_FORMAT, "\"%s\" has no IDAT chunk", path_of(self));
    }

fail:
    return st;
}

static gan_status
add_frame(struct animation *self)
{
    gan_status st;

    GAN__TRY(gan__file_reader_open(&self->in, self->ctx, path_of(self)));
    GAN__TRY(read_header(self));
    if (self->frame == 0) {
        GAN__TRY(write_start(self));
    }
    GAN__TRY(write_frame_control(self));
    st = copy_chunks(self);

fail:
    gan__file_reader_close(&self->in);
    return st;
}

static gan_status
animate(struct animation *self, const char *path, const char *text)
{
    static const struct gan__option_origin origin = {.kind = "gan_image_animate"};
    gan_status st;

    if (self->count < 1 || self->count > CHUNK_MAX) {
        return gan__fail(self->ctx, GAN_E_ARG, "count is %lld, it must be 1 to %d",
                         (long long)self->count, CHUNK_MAX);
    }
    for (int64_t i = 0; i < self->count; i++) {
        if (self->frames[i] == NULL) {
            return gan__fail(self->ctx, GAN_E_ARG, "frames[%lld] is NULL", (long long)i);
        }
    }
    GAN__TRY(gan__options_parse(self->ctx, animate_options, &self->options, NULL, NULL, text,
                                text == NULL ? 0 : strlen(text), &origin));
    self->piece = gan__alloc(self->ctx, PIECE);
    if (self->piece == NULL) {
        GAN__TRY(GAN_E_NOMEM);
    }
    GAN__TRY(gan__file_writer_open(&self->out, self->ctx, path));
    for (; self->frame < self->count; self->frame++) {
        GAN__TRY(add_frame(self));
    }
    GAN__TRY(write_chunk(self, "IEND", self->piece, 0));
    st = gan__file_writer_commit(&self->out);

fail:
    gan__file_writer_abandon(&self->out);
    gan__free(self->ctx, self->piece);
    return st;
}

gan_status
gan_image_animate(gan_context *context, const char *path, const char *const *frames, int64_t count,
                  const char *options)
{
    struct animation animation = {.ctx = context,
                                  .frames = frames,
                                  .count = count,
                                  .out = {.ctx = context, .descriptor = -1},
                                  .in = {.descriptor = -1}};
    struct gan__call call;

    gan_status st = gan__enter(&call, context, GAN__GROUP_LAYER);
    if (st != GAN_OK) {
        return st;
    }
    if (path == NULL) {
        st = gan__null(context, "path");
    } else if (frames == NULL) {
        st = gan__null(context, "frames");
    } else {
        st = animate(&animation, path, options);
    }
    return gan__leave(&call, st);
}
