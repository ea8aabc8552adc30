/*
 * A file's bytes from first to last, unpacked if it is gzip (told by its first two bytes; several
 * members are one stream).
 */
#ifndef GAN__BYTE_STREAM_H
#define GAN__BYTE_STREAM_H

#include <zlib.h>

#include "io/file.h"

struct gan__byte_stream {
    gan_context *ctx;
    const char *path; /* the caller's */
    struct gan__file_reader reader;
    unsigned char *input; /* what was read ahead; z.next_in points into it */
    z_stream z;
    bool gzip, inside;  /* inside: of a gzip member */
    bool begun;         /* z is to be ended */
    int64_t members;    /* unpacked to their end */
    uint64_t position;  /* bytes given so far, unpacked */
    uint64_t max_bytes; /* more of them are refused; 0, as it is opened: any */
};

gan_status gan__byte_stream_open(struct gan__byte_stream *stream, gan_context *ctx,
                                 const char *path);
/* The file's first bytes as they are, before anything is read; valid until the first read. */
static inline const unsigned char *
gan__byte_stream_begin(const struct gan__byte_stream *stream, size_t *size)
{
    *size = stream->z.avail_in;
    return stream->input;
}
/* Up to `bytes` bytes; *got is less only at the end. The end of gzip data is checked when a read
 * goes past it. */
gan_status gan__byte_stream_read(struct gan__byte_stream *stream, void *data, size_t bytes,
                                 size_t *got);
/* Also after a failed open. */
void gan__byte_stream_close(struct gan__byte_stream *stream);

#endif
