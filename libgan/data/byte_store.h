/*
 * Many bytes in pieces, so that memory grows with what a file really holds, not with what it says.
 */
#ifndef GAN__BYTE_STORE_H
#define GAN__BYTE_STORE_H

#include "data/byte_stream.h"

enum { GAN__PIECE_SIZE = 1 << 20 };

struct gan__byte_store {
    gan_context *ctx;
    uint8_t **pieces; /* all but the last of GAN__PIECE_SIZE bytes */
    int64_t count, capacity;
    int64_t last; /* room in the last piece */
    int64_t size;
};

/* Append `bytes` bytes of the stream, fewer only at its end. */
gan_status gan__byte_store_fill(struct gan__byte_store *store, struct gan__byte_stream *stream,
                                int64_t bytes);
gan_status gan__byte_store_append(struct gan__byte_store *store, const void *bytes, size_t count);
/* Bytes [offset, offset + count) as numbers in [-1, 1]. */
void gan__byte_store_values(const struct gan__byte_store *store, int64_t offset, int64_t count,
                            float *values);
void gan__byte_store_copy(const struct gan__byte_store *store, int64_t offset, int64_t count,
                          void *bytes);
uint8_t gan__byte_store_get(const struct gan__byte_store *store, int64_t offset);
void gan__byte_store_free(struct gan__byte_store *store);

#endif
