/*
 * Plain and gzip files as one kind of stream, unpacked piece by piece through the context's
 * allocator.
 */
#include "data/byte_stream.h"

#include <string.h>

#include "base/context.h"
#include "base/memory.h"

enum {
    INPUT_SIZE = 1 << 16,
    OUTPUT_MAX = 1 << 30, /* zlib counts in unsigned int */
    GZIP_ONLY = 16 + MAX_WBITS
};

static gan_status
fill_input(struct gan__byte_stream *stream)
{
    size_t got = 0;
    const gan_status st = gan__file_reader_read(&stream->reader, stream->input, INPUT_SIZE, &got);
    stream->z.next_in = stream->input;
    stream->z.avail_in = (uInt)got;
    return st;
}

gan_status
gan__byte_stream_open(struct gan__byte_stream *stream, gan_context *ctx, const char *path)
{
    gan_status st = GAN_OK;

    *stream = (struct gan__byte_stream){.ctx = ctx, .path = path, .reader = {.descriptor = -1}};
    GAN__TRY(gan__file_reader_open(&stream->reader, ctx, path));
    stream->input = gan__alloc(ctx, INPUT_SIZE);
    if (stream->input == NULL) {
        GAN__TRY(GAN_E_NOMEM);
    }
    GAN__TRY(fill_input(stream));
    stream->gzip = stream->z.avail_in >= 2 && stream->input[0] == 0x1f && stream->input[1] == 0x8b;
    if (stream->gzip) {
        stream->z.zalloc = gan__memory_zalloc;
        stream->z.zfree = gan__memory_zfree;
        stream->z.opaque = ctx;
        if (inflateInit2(&stream->z, GZIP_ONLY) != Z_OK) {
            GAN__TRY(gan__fail(ctx, GAN_E_NOMEM, "\"%s\": no memory to unpack gzip", path));
        }
        stream->begun = true;
        stream->inside = true;
    }
    return GAN_OK;

fail:
    gan__byte_stream_close(stream);
    return st;
}

void
gan__byte_stream_close(struct gan__byte_stream *stream)
{
    if (stream->begun) {
        (void)inflateEnd(&stream->z);
        stream->begun = false;
    }
    gan__free(stream->ctx, stream->input);
    stream->input = NULL;
    gan__file_reader_close(&stream->reader);
}

static gan_status
read_plain(struct gan__byte_stream *stream, unsigned char *data, size_t bytes, size_t *got)
{
    const size_t ahead = stream->z.avail_in < bytes ? stream->z.avail_in : bytes;
    size_t more = 0;

    if (ahead > 0) {
        memcpy(data, stream->z.next_in, ahead);
        stream->z.next_in += ahead;
        stream->z.avail_in -= (uInt)ahead;
    }
    const gan_status st =
        gan__file_reader_read(&stream->reader, data + ahead, bytes - ahead, &more);
    *got = ahead + more;
    return st;
}

static gan_status
damaged(const struct gan__byte_stream *stream, int result)
{
    const unsigned long long at = stream->reader.position - stream->z.avail_in;

    if (result == Z_MEM_ERROR) {
        return gan__fail(stream->ctx, GAN_E_NOMEM, "\"%s\": no memory to unpack gzip",
                         stream->path);
    }
    if (result == Z_DATA_ERROR && stream->members > 0 && stream->z.total_out == 0) {
        return gan__fail(stream->ctx, GAN_E_FORMAT,
                         "\"%s\": bytes that are not gzip after the end of its gzip data, before "
                         "byte %llu",
                         stream->path, at);
    }
    return gan__fail(stream->ctx, GAN_E_FORMAT, "\"%s\": damaged gzip data before byte %llu: %s",
                     stream->path, at, stream->z.msg == NULL ? "unknown" : stream->z.msg);
}

/* One call of inflate, at a member's end the step to the next one. *end: there is no more. */
static gan_status
unpack_step(struct gan__byte_stream *stream, bool *end)
{
    if (stream->z.avail_in == 0) {
        const gan_status st = fill_input(stream);
        if (st != GAN_OK) {
            return st;
        }
    }
    if (stream->z.avail_in == 0) {
        if (stream->inside) {
            return gan__fail(stream->ctx, GAN_E_FORMAT, "\"%s\": gzip data is cut off at byte %llu",
                             stream->path, (unsigned long long)stream->reader.position);
        }
        *end = true;
        return GAN_OK;
    }
    if (!stream->inside) {
        (void)inflateReset(&stream->z); /* fails only for a stream that is none */
        stream->inside = true;
    }
    const int result = inflate(&stream->z, Z_NO_FLUSH);
    if (result == Z_STREAM_END) {
        stream->inside = false;
        stream->members++;
        return GAN_OK;
    }
    return result == Z_OK || result == Z_BUF_ERROR ? GAN_OK : damaged(stream, result);
}

static gan_status
read_gzip(struct gan__byte_stream *stream, unsigned char *to, size_t bytes, size_t *got)
{
    bool end = false;

    while (*got < bytes && !end) {
        const size_t wanted = bytes - *got < OUTPUT_MAX ? bytes - *got : OUTPUT_MAX;
        stream->z.next_out = to + *got;
        stream->z.avail_out = (uInt)wanted;
        const gan_status st = unpack_step(stream, &end);
        if (st != GAN_OK) {
            return st;
        }
        *got += wanted - stream->z.avail_out;
    }
    return GAN_OK;
}

gan_status
gan__byte_stream_read(struct gan__byte_stream *stream, void *data, size_t bytes, size_t *got)
{
    *got = 0;
    const gan_status st =
        stream->gzip ? read_gzip(stream, data, bytes, got) : read_plain(stream, data, bytes, got);
    if (st != GAN_OK) {
        return st;
    }
    stream->position += *got;
    if (stream->max_bytes > 0 && stream->position > stream->max_bytes) {
        return gan__fail(stream->ctx, GAN_E_FORMAT, "\"%s\": it has more than max_bytes=%llu%s",
                         stream->path, (unsigned long long)stream->max_bytes,
                         stream->gzip ? " (unpacked)" : "");
    }
    return GAN_OK;
}
