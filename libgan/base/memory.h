/*
 * The context's allocator: blocks are kept for reuse, so that a training step allocates nothing
 * from the system after the second one; what the system gave is counted and limited.
 *
 * Used inside calls only (one thread). Blocks are aligned to 64 bytes, and have 64 readable bytes
 * after their end, so that vector kernels may read past a row. Small freed blocks go to free lists
 * by size class (at most 1/8 waste), large ones are cut and joined (heap.h); when the limit would be
 * passed or the system refuses, what is free is given back first and the request is tried again.
 */
#ifndef GAN__BASE_MEMORY_H
#define GAN__BASE_MEMORY_H

#include <gan/context.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { GAN__ALIGNMENT = 64 };

/* NULL without memory (the sentence is set: how much was asked for, the limit if that was the
 * reason). 0 bytes give a valid pointer. Not zeroed. */
void *gan__alloc(gan_context *ctx, size_t bytes);
void *gan__alloc_zero(gan_context *ctx, size_t bytes);
/* count * size with the product checked. */
void *gan__alloc_array(gan_context *ctx, int64_t count, size_t size);
void gan__free(gan_context *ctx, void *pointer); /* NULL is allowed */
/* Room for one more element in an array of `count`; NULL with a capacity of 0 is an empty one. */
gan_status gan__grow(gan_context *ctx, void **array, int64_t count, int64_t *capacity, size_t size);
char *gan__strdup(gan_context *ctx, const char *text);

/* Bytes of scratch for each slot of parallel tasks, valid until the next reserve; reserve before,
 * take inside the task. */
gan_status gan__scratch_reserve(gan_context *ctx, size_t bytes_per_slot);
void *gan__scratch(gan_context *ctx, int32_t slot);
/* Give it back; while no kernel runs. */
void gan__scratch_release(gan_context *ctx);

/* Give all kept blocks back to the system. */
void gan__memory_trim(gan_context *ctx);

struct gan__memory_counts {
    uint64_t limit, used, peak, system_allocations;
};
void gan__memory_read(gan_context *ctx, struct gan__memory_counts *counts);
void gan__memory_set_limit(gan_context *ctx, uint64_t bytes);

/*
 * A record of what is asked for and given back, for plan.h: bytes, or minus the place (from 1) of
 * the request that is given back. Blocks from before are not in it.
 */
struct gan__memory_trace {
    int64_t *events;
    int64_t count, capacity;
    bool missed; /* there was no room for all */
};
/* From now on; NULL ends it. */
void gan__memory_trace(gan_context *ctx, struct gan__memory_trace *trace);

/* The host's allocator, or the system's; host may be NULL. Aligned to GAN__ALIGNMENT. */
void *gan__system_allocate(const gan_host *host, size_t bytes);
void gan__system_release(const gan_host *host, void *pointer, size_t bytes);

/* For the context's core: the allocator's start (false without memory) and end (all kept blocks
 * given back). */
bool gan__memory_create(gan_context *ctx);
void gan__memory_destroy(gan_context *ctx);

/* zlib's and libpng's allocators over the same context. */
void *gan__memory_zalloc(void *ctx, unsigned items, unsigned size);
void gan__memory_zfree(void *ctx, void *pointer);

#endif
