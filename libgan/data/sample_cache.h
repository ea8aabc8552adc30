/*
 * Samples that are kept as bytes: those that come first, up to a number of bytes, in the context's
 * memory.
 */
#ifndef GAN__DATA_SAMPLE_CACHE_H
#define GAN__DATA_SAMPLE_CACHE_H

#include <gan/context.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct gan__sample_cache {
    gan_context *ctx;
    size_t bytes;     /* of one sample */
    int64_t capacity; /* samples; less once memory is refused */
    int64_t count;    /* kept now */
    int64_t piece;    /* samples in one block of memory */
    uint8_t **pieces; /* NULL: not yet needed */
    int32_t *places;  /* of each sample: its number in the cache + 1, or 0 */
};

/* Up to max_bytes, and at most half of what memory_limit leaves. */
gan_status gan__sample_cache_make(struct gan__sample_cache *cache, gan_context *ctx, int64_t items,
                                  size_t bytes, uint64_t max_bytes);
/* NULL if it is not kept. */
const uint8_t *gan__sample_cache_find(const struct gan__sample_cache *cache, int64_t item);
/* Keep a copy, if there is room. item is not in the cache. */
void gan__sample_cache_add(struct gan__sample_cache *cache, int64_t item, const uint8_t *bytes);
void gan__sample_cache_free(struct gan__sample_cache *cache);

#endif
