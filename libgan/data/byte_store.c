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
    void *pieces = store->pieces;
    const gan_status st =
        gan__grow(store->ctx, &pieces, store->count, &store->capacity, sizeof(uint8_t *));
    store->pieces = pieces;
    return st;
}

/* A place for the next bytes, of up to `wanted` ones: in the last piece, which grows first (twice
 * as large), or in a new one. */
static gan_status
make_room(struct gan__byte_store *store, int64_t wanted, uint8_t **place, size_t *room)
{
    const int64_t used = store->size % GAN__PIECE_SIZE;
    const bool begun =
        store->size < store->count * GAN__PIECE_SIZE; /* the last piece is not full */

    if (begun && used < store->last) {
        *place = store->pieces[store->count - 1] + used;
        *room = (size_t)(store->last - used);
        return GAN_OK;
    }
    int64_t size = begun && 2 * store->last > store->last + wanted ? 2 * store->last
                                                                   : (begun ? used : 0) + wanted;
    size = size < GAN__PIECE_SIZE ? size : GAN__PIECE_SIZE;
    if (!begun) {
        const gan_status st = reserve(store);
        if (st != GAN_OK) {
            return st;
        }
    }
    uint8_t *piece = gan__alloc(store->ctx, (size_t)size);
    if (piece == NULL) {
        return GAN_E_NOMEM;
    }
    if (begun) {
        memcpy(piece, store->pieces[store->count - 1], (size_t)used);
        gan__free(store->ctx, store->pieces[store->count - 1]);
        store->pieces[store->count - 1] = piece;
    } else {
        store->pieces[store->count++] = piece;
    }
    store->last = size;
    *place = piece + (begun ? used : 0);
    *room = (size_t)(size - (begun ? used : 0));
    return GAN_OK;
}

gan_status
gan__byte_store_fill(struct gan__byte_store *store, struct gan__byte_stream *stream, int64_t bytes)
{
    size_t wanted = 0, got = 0;

    while (bytes > 0 && got == wanted) {
        uint8_t *place = NULL;
        gan_status st = make_room(store, bytes, &place, &wanted);
        if (st != GAN_OK) {
            return st;
        }
        wanted = (uint64_t)bytes < wanted ? (size_t)bytes : wanted;
        st = gan__byte_stream_read(stream, place, wanted, &got);
        if (st != GAN_OK) {
            return st;
        }
        store->size += (int64_t)got;
        bytes -= (int64_t)got;
    }
    return GAN_OK;
}

gan_status
gan__byte_store_append(struct gan__byte_store *store, const void *bytes, size_t count)
{
    const uint8_t *from = bytes;

    while (count > 0) {
        uint8_t *place = NULL;
        size_t room = 0;
        const gan_status st = make_room(store, (int64_t)count, &place, &room);
        if (st != GAN_OK) {
            return st;
        }
        room = count < room ? count : room;
        memcpy(place, from, room);
        store->size += (int64_t)room;
        from += room;
        count -= room;
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

void
gan__byte_store_copy(const struct gan__byte_store *store, int64_t offset, int64_t count,
                     void *bytes)
{
    uint8_t *to = bytes;

    while (count > 0) {
        const int64_t start = offset % GAN__PIECE_SIZE;
        const int64_t left = GAN__PIECE_SIZE - start;
        const int64_t step = count < left ? count : left;
        memcpy(to, store->pieces[offset / GAN__PIECE_SIZE] + start, (size_t)step);
        to += step;
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
