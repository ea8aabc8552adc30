/* Keeping samples, in blocks of about a mebibyte that are allocated as they fill. */
#include "data/sample_cache.h"

#include <string.h>

#include "base/context.h"
#include "base/memory.h"

enum { PIECE_BYTES = 1 << 20 };

/* How many bytes the cache may take. */
static uint64_t
allowed(gan_context *ctx, uint64_t max_bytes)
{
    struct gan__memory_counts counts;

    gan__memory_read(ctx, &counts);
    if (counts.limit == 0) {
        return max_bytes;
    }
    const uint64_t half = counts.used < counts.limit ? (counts.limit - counts.used) / 2 : 0;
    return half < max_bytes ? half : max_bytes;
}

gan_status
gan__sample_cache_make(struct gan__sample_cache *cache, gan_context *ctx, int64_t items,
                       size_t bytes, uint64_t max_bytes)
{
    const uint64_t fit = allowed(ctx, max_bytes) / bytes;

    *cache = (struct gan__sample_cache){.ctx = ctx, .bytes = bytes};
    cache->capacity = fit < (uint64_t)items ? (int64_t)fit : items;
    if (cache->capacity == 0) {
        return GAN_OK;
    }
    cache->piece = bytes < PIECE_BYTES ? (int64_t)(PIECE_BYTES / bytes) : 1;
    cache->piece = cache->piece < cache->capacity ? cache->piece : cache->capacity;
    const int64_t pieces = (cache->capacity - 1) / cache->piece + 1;
    cache->pieces = gan__alloc_array(ctx, pieces, sizeof(uint8_t *));
    cache->places = gan__alloc_array(ctx, items, sizeof(int32_t));
    if (cache->pieces == NULL || cache->places == NULL) {
        return GAN_E_NOMEM;
    }
    memset(cache->places, 0, (size_t)items * sizeof(int32_t));
    return GAN_OK;
}

static uint8_t *
at(const struct gan__sample_cache *cache, int64_t number)
{
    return cache->pieces[number / cache->piece] + (size_t)(number % cache->piece) * cache->bytes;
}

const uint8_t *
gan__sample_cache_find(const struct gan__sample_cache *cache, int64_t item)
{
    if (cache->places == NULL || cache->places[item] == 0) {
        return NULL;
    }
    return at(cache, cache->places[item] - 1);
}

void
gan__sample_cache_add(struct gan__sample_cache *cache, int64_t item, const uint8_t *bytes)
{
    gan_context *ctx = cache->ctx;

    if (cache->count == cache->capacity) {
        return;
    }
    if (cache->count % cache->piece == 0) {
        const gan_status before = ctx->error_status;
        uint8_t *piece = gan__alloc_array(ctx, cache->piece, cache->bytes);
        if (piece == NULL) {
            cache->capacity = cache->count;
            if (before == GAN_OK) {
                gan__recover(ctx);
            }
            return;
        }
        cache->pieces[cache->count / cache->piece] = piece;
    }
    memcpy(at(cache, cache->count), bytes, cache->bytes);
    cache->places[item] = (int32_t)++cache->count;
}

void
gan__sample_cache_free(struct gan__sample_cache *cache)
{
    if (cache->ctx == NULL) {
        return;
    }
    for (int64_t i = 0; i * cache->piece < cache->count; i++) {
        gan__free(cache->ctx, cache->pieces[i]);
    }
    gan__free(cache->ctx, cache->pieces);
    gan__free(cache->ctx, cache->places);
    *cache = (struct gan__sample_cache){0};
}
