/* Playing traces through the allocator's book; plan.h says what for. */
#include "base/plan.h"

#include "base/block.h"
#include "base/context.h"
#include "base/heap.h"

struct play {
    struct gan__heap *heap;
    struct gan__extent *entries; /* room for them */
    struct gan__extent **parts;  /* of each request; NULL for small ones */
    int64_t *sizes;              /* of each request */
    int64_t given;               /* entries */
    int64_t kept[GAN__BLOCK_CLASSES];
    uint64_t bytes;
};

static bool
same_requests(const struct gan__memory_trace *a, const struct gan__memory_trace *b)
{
    if (a->missed || b->missed || a->count != b->count) {
        return false;
    }
    for (int64_t i = 0; i < a->count; i++) {
        const bool gives = a->events[i] < 0;
        if (gives != (b->events[i] < 0) || (gives && a->events[i] != b->events[i])) {
            return false;
        }
    }
    return true;
}

static int64_t
between(int64_t small, int64_t large, double place)
{
    const double bytes = (double)small + place * (double)(large - small);
    return bytes > 0 ? (int64_t)bytes : 0;
}

static void
take_small(struct play *p, int64_t bytes)
{
    const uint32_t class = gan__class_of((size_t)bytes);
    if (p->kept[class] > 0) {
        p->kept[class]--;
    } else {
        p->bytes += gan__block_bytes(class);
    }
}

static struct gan__extent *
take_large(struct play *p, int64_t bytes)
{
    const size_t needed = gan__large_bytes((size_t)bytes);
    const bool region = !gan__heap_fits(p->heap, needed);
    while (gan__heap_lacks_entries(p->heap, region)) {
        gan__heap_add_entry(p->heap, &p->entries[p->given++]);
        p->bytes += sizeof(struct gan__extent);
    }
    if (!region) {
        return gan__heap_take(p->heap, needed, GAN__BLOCK_LARGE);
    }
    p->bytes += needed;
    return gan__heap_add(p->heap, NULL, needed);
}

static void
give(struct play *p, int64_t place)
{
    if (p->parts[place] != NULL) {
        gan__heap_give(p->heap, p->parts[place]);
    } else {
        p->kept[gan__class_of((size_t)p->sizes[place])]++;
    }
}

static void
play(struct play *p, const struct gan__memory_trace *small_trace,
     const struct gan__memory_trace *large_trace, double place)
{
    for (int64_t i = 0; i < small_trace->count; i++) {
        if (small_trace->events[i] < 0) {
            give(p, -small_trace->events[i] - 1);
            continue;
        }
        const int64_t bytes = between(small_trace->events[i], large_trace->events[i], place);
        p->sizes[i] = bytes;
        p->parts[i] = NULL;
        if (bytes < GAN__BLOCK_LARGE) {
            take_small(p, bytes);
        } else {
            p->parts[i] = take_large(p, bytes);
        }
    }
}

gan_status
gan__memory_plan(gan_context *ctx, const struct gan__memory_trace *small_trace,
                 const struct gan__memory_trace *large_trace, int64_t small_amount,
                 int64_t large_amount, int64_t wanted, uint64_t *bytes, bool *fits)
{
    const int64_t count = small_trace->count;
    struct play p = {.bytes = 0};

    *fits = same_requests(small_trace, large_trace);
    if (!*fits) {
        return GAN_OK;
    }
    /* An upper bound of what gan__heap_lacks_entries() may ask for. */
    p.entries = gan__alloc_array(ctx, 3 * count + 2, sizeof *p.entries);
    p.parts = gan__alloc_array(ctx, count, sizeof(struct gan__extent *));
    p.sizes = gan__alloc_array(ctx, count, sizeof *p.sizes);
    p.heap = gan__alloc_zero(ctx, sizeof *p.heap);
    const bool ready = p.entries != NULL && p.parts != NULL && p.sizes != NULL && p.heap != NULL;
    if (ready) {
        play(&p, small_trace, large_trace,
             (double)(wanted - small_amount) / (double)(large_amount - small_amount));
        *bytes = p.bytes;
    }
    gan__free(ctx, p.entries);
    gan__free(ctx, p.parts);
    gan__free(ctx, p.sizes);
    gan__free(ctx, p.heap);
    return ready ? GAN_OK : GAN_E_NOMEM;
}
