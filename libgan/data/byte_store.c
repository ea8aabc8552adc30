/*
 * Bytes in pieces of one size.
 */
#include "data/byte_store.h"

#include <string.h>

#include "base/context.h"
#include "base/memory.h"
#include "data/dataset.h"

/* Room for one piece more in the list of pieces. */
static gan_status
reserve(struct gan__byte_store *store)
{
    if (store->count < store->capacity) {
        return GAN_OK;
    }
    const int64_t capacity = store->capacity == 0 ? 16 : store->capacity * 2;
    uint8_t **pieces = gan__alloc_array(store->ctx, capacity, sizeof(uint8_t *));
    if (pieces == NULL) {
        return GAN_E_NOMEM;
    }
    if (store->count > 0) {
        memcpy(pieces, store->pieces, (size_t)store->count * sizeof(uint8_t *));
    }
    gan__free(store->ctx, store->pieces);
    store->pieces = pieces;
    store->capacity = capacity;
    return GAN_OK;
}

gan_status
gan__byte_store_fill(struct gan__byte_store *store, struct gan__byte_stream *stream, int64_t bytes)
{
    size_t got = GAN__PIECE_SIZE;

    while (bytes > 0 && got == GAN__PIECE_SIZE) {
        const size_t wanted = bytes < GAN__PIECE_SIZE ? (size_t)bytes : GAN__PIECE_SIZE;
        gan_status st = reserve(store);
        if (st != GAN_OK) {
            return st;
        }
        uint8_t *piece = gan__alloc(store->ctx, wanted);
        if (piece == NULL) {
            return GAN_E_NOMEM;
        }
        store->pieces[store->count++] = piece;
        st = gan__byte_stream_read(stream, piece, wanted, &got);
        if (st != GAN_OK) {
            return st;
        }
        store->size += (int64_t)got;
        bytes -= (int64_t)got;
    }
    return GAN_OK;
}

void
gan__byte_store_values(const struct gan__byte_store *store, int64_t offset, int64_t count,
                       float *values)
{
    while (count > 0) {
        const int64_t start = offset % GAN__PIECE_SIZE;
        const int64_t left = GAN__PIECE_SIZE - start;
        const int64_t step = count < left ? count : left;
        const uint8_t *bytes = store->pieces[offset / GAN__PIECE_SIZE] + start;
        for (int64_t i = 0; i < step; i++) {
            values[i] = gan__byte_value(bytes[i]);
        }
        values += step;
        offset += step;
        count -= step;
    }
}

uint8_t
gan__byte_store_get(const struct gan__byte_store *store, int64_t offset)
{
    return store->pieces[offset / GAN__PIECE_SIZE][offset % GAN__PIECE_SIZE];
}

void
gan__byte_store_free(struct gan__byte_store *store)
{
    for (int64_t i = 0; i < store->count; i++) {
        gan__free(store->ctx, store->pieces[i]);
    }
    gan__free(store->ctx, store->pieces);
    *store = (struct gan__byte_store){.ctx = store->ctx};
}
