/*
 * The context's allocator. A block is a 64-byte header, the bytes, and 64 bytes that vector code
 * may read. Sizes of small ones are rounded up to classes (eight for each doubling), and each class
 * has a list of freed blocks; large ones are parts of the heap's regions.
 */
#include "base/memory.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/block.h"
#include "base/checked.h"
#include "base/context.h"
#include "base/heap.h"
#include "base/pool.h"

#if defined(__SANITIZE_ADDRESS__)
#define POISONING 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define POISONING 1
#endif
#endif
#ifdef POISONING
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(address, bytes)   ((void)(address), (void)(bytes))
#define ASAN_UNPOISON_MEMORY_REGION(address, bytes) ((void)(address), (void)(bytes))
#endif

/* The largest request. */
#define BYTES_MAX ((size_t)1 << 44)

static const uint32_t mark_used = 0x5ca1ab1e;
static const uint32_t mark_free = 0xdeadfa11;

struct block {
    struct block *next;       /* in the free list */
    struct gan__extent *span; /* of a large one; NULL for a small one */
    int64_t event;            /* where the trace has it, from 1 */
    uint32_t trace;           /* its number; 0: none */
    uint32_t class;
    uint32_t mark; /* a second free, or a free of something else, is noticed and does nothing */
};

struct gan__memory {
    struct gan__memory_counts counts;
    struct block *kept[GAN__BLOCK_CLASSES];
    struct gan__heap heap;
    struct gan__memory_trace *trace; /* NULL: none */
    uint32_t traces;                 /* begun so far */
    char *scratch;
    size_t scratch_stride; /* bytes from slot to slot */
};

void *
gan__system_allocate(const gan_host *host, size_t bytes)
{
    if (host != NULL && host->allocate != NULL) {
        void *given = host->allocate(host->user, bytes, GAN__ALIGNMENT);
        if ((uintptr_t)given % GAN__ALIGNMENT != 0) { /* vector code would crash on it */
            host->release(host->user, given, bytes, GAN__ALIGNMENT);
            return NULL;
        }
        return given;
    }
    void *pointer = NULL;
    return posix_memalign(&pointer, GAN__ALIGNMENT, bytes) == 0 ? pointer : NULL;
}

void
gan__system_release(const gan_host *host, void *pointer, size_t bytes)
{
    if (host != NULL && host->release != NULL) {
        host->release(host->user, pointer, bytes, GAN__ALIGNMENT);
    } else {
        free(pointer);
    }
}

static void
count_taken(struct gan__memory *memory, size_t bytes)
{
    struct gan__memory_counts *const counts = &memory->counts;
    counts->system_allocations++;
    counts->used += bytes;
    counts->peak = counts->used > counts->peak ? counts->used : counts->peak;
}

bool
gan__memory_create(gan_context *ctx)
{
    struct gan__memory *memory = gan__system_allocate(&ctx->host, sizeof *memory);
    if (memory == NULL) {
        return false;
    }
    memset(memory, 0, sizeof *memory);
    count_taken(memory, sizeof *ctx);
    count_taken(memory, sizeof *memory);
    ctx->memory = memory;
    return true;
}

void
gan__memory_destroy(gan_context *ctx)
{
    struct gan__memory *const memory = ctx->memory;
    gan__free(ctx, memory->scratch);
    gan__memory_trim(ctx);
    ctx->memory = NULL;
    gan__system_release(&ctx->host, memory, sizeof *memory);
}

/* NULL is allowed. */
static void
give_back(gan_context *ctx, void *pointer, size_t bytes)
{
    if (pointer != NULL) {
        ctx->memory->counts.used -= bytes;
        gan__system_release(&ctx->host, pointer, bytes);
    }
}

static bool
fits(const struct gan__memory_counts *counts, size_t bytes)
{
    return counts->limit == 0 ||
           (counts->used <= counts->limit && bytes <= counts->limit - counts->used);
}

/* New memory from the system, or NULL and the sentence. */
static void *
take(gan_context *ctx, size_t bytes, size_t wanted)
{
    struct gan__memory *const memory = ctx->memory;
    void *taken = NULL;
    for (int attempt = 0; attempt < 2 && taken == NULL; attempt++) {
        if (attempt > 0) {
            gan__memory_trim(ctx);
        }
        if (fits(&memory->counts, bytes)) {
            taken = gan__system_allocate(&ctx->host, bytes);
        }
    }
    if (taken != NULL) {
        count_taken(memory, bytes);
        return taken;
    }
    const unsigned long long used = memory->counts.used, limit = memory->counts.limit;
    if (!fits(&memory->counts, bytes)) {
        (void)gan__fail(ctx, GAN_E_NOMEM,
                        "no memory for %zu bytes: %llu are in use, and memory_limit is %llu",
                        wanted, used, limit);
    } else {
        (void)gan__fail(ctx, GAN_E_NOMEM,
                        "no memory for %zu bytes: the system refused them (%llu are in use)",
                        wanted, used);
    }
    return NULL;
}

static struct block *
take_small(gan_context *ctx, size_t bytes)
{
    const uint32_t class = gan__class_of(bytes);
    struct block *block = ctx->memory->kept[class];
    if (block != NULL) {
        ctx->memory->kept[class] = block->next;
    } else {
        block = take(ctx, gan__block_bytes(class), bytes);
        if (block == NULL) {
            return NULL;
        }
        block->class = class;
    }
    block->span = NULL;
    return block;
}

/* Entries of the heap's book come from the system: small blocks would be missing in a later step. */
static bool
prepare_heap(gan_context *ctx, bool region)
{
    struct gan__heap *const heap = &ctx->memory->heap;
    while (gan__heap_lacks_entries(heap, region)) {
        struct gan__extent *span = take(ctx, sizeof *span, sizeof *span);
        if (span == NULL) {
            return false;
        }
        gan__heap_add_entry(heap, span);
    }
    return true;
}

static struct block *
take_large(gan_context *ctx, size_t bytes)
{
    struct gan__heap *const heap = &ctx->memory->heap;
    const size_t needed = gan__large_bytes(bytes);
    if (gan__heap_fits(heap, needed) && !prepare_heap(ctx, false)) {
        return NULL;
    }
    struct gan__extent *span = gan__heap_take(heap, needed, GAN__BLOCK_LARGE);
    if (span == NULL) {
        char *start = take(ctx, needed, bytes);
        if (start == NULL || !prepare_heap(ctx, true)) {
            give_back(ctx, start, needed);
            return NULL;
        }
        span = gan__heap_add(heap, start, needed);
    }
    struct block *block = (struct block *)(void *)span->start;
    ASAN_UNPOISON_MEMORY_REGION(block, span->bytes);
    block->span = span;
    return block;
}

static size_t
room_of(const struct block *block)
{
    return block->span == NULL ? gan__class_bytes(block->class)
                               : block->span->bytes - GAN__BLOCK_HEADER - GAN__BLOCK_TAIL;
}

/* What is asked for while there is a trace goes there. A trace without room is incomplete. */
static void
trace(gan_context *ctx, struct block *block, int64_t bytes)
{
    struct gan__memory *const memory = ctx->memory;
    struct gan__memory_trace *const to = memory->trace;
    if (to == NULL || (bytes < 0 && block->trace != memory->traces)) {
        return;
    }
    if (to->count == to->capacity) {
        to->missed = true;
        return;
    }
    to->events[to->count++] = bytes < 0 ? -block->event : bytes;
    block->event = to->count;
    block->trace = memory->traces;
}

void *
gan__alloc(gan_context *ctx, size_t bytes)
{
    if (bytes > BYTES_MAX) {
        (void)gan__fail(ctx, GAN_E_NOMEM, "no memory for %zu bytes: more than libgan ever asks for",
                        bytes);
        return NULL;
    }
    struct block *block =
        bytes < GAN__BLOCK_LARGE ? take_small(ctx, bytes) : take_large(ctx, bytes);
    if (block == NULL) {
        return NULL;
    }
    block->next = NULL;
    block->mark = mark_used;
    block->trace = 0;
    trace(ctx, block, (int64_t)bytes);
    char *const pointer = (char *)block + GAN__BLOCK_HEADER;
    ASAN_UNPOISON_MEMORY_REGION(pointer, bytes + GAN__BLOCK_TAIL);
    ASAN_POISON_MEMORY_REGION(pointer + bytes + GAN__BLOCK_TAIL, room_of(block) - bytes);
    return pointer;
}

void *
gan__alloc_zero(gan_context *ctx, size_t bytes)
{
    void *pointer = gan__alloc(ctx, bytes);
    return pointer == NULL ? NULL : memset(pointer, 0, bytes);
}

void *
gan__alloc_array(gan_context *ctx, int64_t count, size_t size)
{
    int64_t bytes;
    if (count < 0 || size > BYTES_MAX || !gan__checked_mul(count, (int64_t)size, &bytes)) {
        (void)gan__fail(ctx, GAN_E_NOMEM, "no memory for %lld times %zu bytes", (long long)count,
                        size);
        return NULL;
    }
    return gan__alloc(ctx, (size_t)bytes);
}

void
gan__free(gan_context *ctx, void *pointer)
{
    if (pointer == NULL) {
        return;
    }
    struct block *const block = (struct block *)(void *)((char *)pointer - GAN__BLOCK_HEADER);
    if (block->mark != mark_used) {
        return;
    }
    block->mark = mark_free;
    trace(ctx, block, -1);
    ASAN_POISON_MEMORY_REGION(pointer, room_of(block) + GAN__BLOCK_TAIL);
    if (block->span != NULL) {
        gan__heap_give(&ctx->memory->heap, block->span);
        return;
    }
    block->next = ctx->memory->kept[block->class];
    ctx->memory->kept[block->class] = block;
}

gan_status
gan__grow(gan_context *ctx, void **array, int64_t count, int64_t *capacity, size_t size)
{
    const int64_t more = *capacity == 0 ? 16 : 2 * *capacity;
    if (count < *capacity) {
        return GAN_OK;
    }
    void *larger = gan__alloc_array(ctx, more, size);
    if (larger == NULL) {
        return GAN_E_NOMEM;
    }
    if (count > 0) {
        memcpy(larger, *array, (size_t)count * size);
    }
    gan__free(ctx, *array);
    *array = larger;
    *capacity = more;
    return GAN_OK;
}

char *
gan__strdup(gan_context *ctx, const char *text)
{
    const size_t bytes = strlen(text) + 1;
    char *copy = gan__alloc(ctx, bytes);
    return copy == NULL ? NULL : memcpy(copy, text, bytes);
}

gan_status
gan__scratch_reserve(gan_context *ctx, size_t bytes_per_slot)
{
    struct gan__memory *const memory = ctx->memory;
    if (bytes_per_slot > BYTES_MAX) {
        return gan__fail(ctx, GAN_E_NOMEM, "no memory for %zu bytes of scratch a thread",
                         bytes_per_slot);
    }
    /* A line between slots keeps the readable tail of one out of the next. */
    const size_t stride = (bytes_per_slot + GAN__BLOCK_TAIL + GAN__BLOCK_UNIT - 1) /
                          GAN__BLOCK_UNIT * GAN__BLOCK_UNIT;
    if (memory->scratch != NULL && stride <= memory->scratch_stride) {
        return GAN_OK;
    }
    gan__free(ctx, memory->scratch);
    memory->scratch = gan__alloc_array(ctx, gan__pool_slots(ctx), stride);
    memory->scratch_stride = stride;
    return memory->scratch == NULL ? GAN_E_NOMEM : GAN_OK;
}

void
gan__scratch_release(gan_context *ctx)
{
    gan__free(ctx, ctx->memory->scratch);
    ctx->memory->scratch = NULL;
    ctx->memory->scratch_stride = 0;
}

void *
gan__scratch(gan_context *ctx, int32_t slot)
{
    return ctx->memory->scratch + (size_t)slot * ctx->memory->scratch_stride;
}

static void
trim_heap(gan_context *ctx)
{
    struct gan__heap *const heap = &ctx->memory->heap;
    struct gan__extent *span;
    while ((span = gan__heap_whole(heap)) != NULL) {
        char *const start = span->start;
        const size_t bytes = span->bytes;
        gan__heap_drop(heap, span);
        ASAN_UNPOISON_MEMORY_REGION(start, bytes);
        give_back(ctx, start, bytes);
    }
    while ((span = gan__heap_remove_entry(heap)) != NULL) {
        give_back(ctx, span, sizeof *span);
    }
}

void
gan__memory_trim(gan_context *ctx)
{
    struct gan__memory *const memory = ctx->memory;
    trim_heap(ctx);
    for (uint32_t class = 0; class < GAN__BLOCK_CLASSES; class ++) {
        const size_t bytes = gan__block_bytes(class);
        while (memory->kept[class] != NULL) {
            struct block *const block = memory->kept[class];
            memory->kept[class] = block->next;
            ASAN_UNPOISON_MEMORY_REGION(block, bytes);
            give_back(ctx, block, bytes);
        }
    }
}

void
gan__memory_trace(gan_context *ctx, struct gan__memory_trace *trace)
{
    ctx->memory->trace = trace;
    ctx->memory->traces += trace != NULL ? 1 : 0;
}

void
gan__memory_read(gan_context *ctx, struct gan__memory_counts *counts)
{
    *counts = ctx->memory->counts;
}

void
gan__memory_set_limit(gan_context *ctx, uint64_t bytes)
{
    ctx->memory->counts.limit = bytes;
    if (!fits(&ctx->memory->counts, 0)) {
        gan__memory_trim(ctx);
    }
}

void *
gan__memory_zalloc(void *ctx, unsigned items, unsigned size)
{
    return gan__alloc_array(ctx, (int64_t)items, size);
}

void
gan__memory_zfree(void *ctx, void *pointer)
{
    gan__free(ctx, pointer);
}
