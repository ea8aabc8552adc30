/* The book of the allocator's large blocks; heap.h says what it is for. */
#include "base/heap.h"

/* Eight classes for each doubling: the list of a part of so many bytes. */
static int32_t
list_of(size_t bytes)
{
    if (bytes < 8) {
        return (int32_t)bytes;
    }
    const int32_t shift = 60 - __builtin_clzll((unsigned long long)bytes);
    return shift * 8 + (int32_t)(bytes >> shift);
}

static void
link_free(struct gan__heap *heap, struct gan__extent *span)
{
    struct gan__extent **list = &heap->lists[list_of(span->bytes)];
    span->free = true;
    span->next = *list;
    span->link = list;
    if (*list != NULL) {
        (*list)->link = &span->next;
    }
    *list = span;
}

static void
unlink_free(struct gan__extent *span)
{
    *span->link = span->next;
    if (span->next != NULL) {
        span->next->link = span->link;
    }
    span->free = false;
    span->next = NULL;
    span->link = NULL;
}

/* An entry goes to the spare ones. */
static void
put_aside(struct gan__heap *heap, struct gan__extent *span)
{
    span->next = heap->spare;
    heap->spare = span;
}

/* A spare entry becomes this one. */
static struct gan__extent *
make(struct gan__heap *heap, struct gan__extent what)
{
    struct gan__extent *span = heap->spare;
    heap->spare = span->next;
    *span = what;
    return span;
}

/* A region has at most one free part more than parts in use. */
bool
gan__heap_lacks_entries(const struct gan__heap *heap, bool region)
{
    const int64_t most = heap->used + 1 > heap->most ? heap->used + 1 : heap->most;
    return heap->entries < 2 * most + heap->regions + (region ? 1 : 0);
}

/* A part is taken. */
static void
count_used(struct gan__heap *heap)
{
    heap->used++;
    heap->most = heap->used > heap->most ? heap->used : heap->most;
}

void
gan__heap_add_entry(struct gan__heap *heap, struct gan__extent *span)
{
    put_aside(heap, span);
    heap->entries++;
}

struct gan__extent *
gan__heap_remove_entry(struct gan__heap *heap)
{
    struct gan__extent *span = heap->spare;
    if (span == NULL || heap->regions > 0) {
        return NULL;
    }
    heap->spare = span->next;
    heap->entries--;
    return span;
}

/* The smallest of a list that fits; equal ones: the last that was freed. */
static struct gan__extent *
best_of(struct gan__extent *list, size_t bytes)
{
    struct gan__extent *best = NULL;
    for (struct gan__extent *span = list; span != NULL; span = span->next) {
        if (span->bytes == bytes) {
            return span;
        }
        if (span->bytes > bytes && (best == NULL || span->bytes < best->bytes)) {
            best = span;
        }
    }
    return best;
}

static struct gan__extent *
find(const struct gan__heap *heap, size_t bytes)
{
    struct gan__extent *span = NULL;
    for (int32_t i = list_of(bytes); i < GAN__HEAP_CLASSES && span == NULL; i++) {
        span = best_of(heap->lists[i], bytes);
    }
    return span;
}

bool
gan__heap_fits(const struct gan__heap *heap, size_t bytes)
{
    return find(heap, bytes) != NULL;
}

struct gan__extent *
gan__heap_take(struct gan__heap *heap, size_t bytes, size_t least)
{
    struct gan__extent *span = find(heap, bytes);
    if (span == NULL) {
        return NULL;
    }
    unlink_free(span);
    count_used(heap);
    if (span->bytes - bytes < least) {
        return span;
    }
    struct gan__extent *rest = make(heap, (struct gan__extent){.before = span,
                                                               .after = span->after,
                                                               .start = span->start + bytes,
                                                               .bytes = span->bytes - bytes});
    if (rest->after != NULL) {
        rest->after->before = rest;
    }
    span->after = rest;
    span->bytes = bytes;
    link_free(heap, rest);
    return span;
}

struct gan__extent *
gan__heap_add(struct gan__heap *heap, char *start, size_t bytes)
{
    heap->regions++;
    count_used(heap);
    return make(heap, (struct gan__extent){.start = start, .bytes = bytes});
}

/* The second one becomes part of the first. */
static void
join(struct gan__heap *heap, struct gan__extent *first, struct gan__extent *second)
{
    first->bytes += second->bytes;
    first->after = second->after;
    if (first->after != NULL) {
        first->after->before = first;
    }
    put_aside(heap, second);
}

void
gan__heap_give(struct gan__heap *heap, struct gan__extent *span)
{
    heap->used--;
    if (span->after != NULL && span->after->free) {
        unlink_free(span->after);
        join(heap, span, span->after);
    }
    if (span->before != NULL && span->before->free) {
        struct gan__extent *before = span->before;
        unlink_free(before);
        join(heap, before, span);
        span = before;
    }
    link_free(heap, span);
}

struct gan__extent *
gan__heap_whole(const struct gan__heap *heap)
{
    for (int32_t i = 0; i < GAN__HEAP_CLASSES; i++) {
        for (struct gan__extent *span = heap->lists[i]; span != NULL; span = span->next) {
            if (span->before == NULL && span->after == NULL) {
                return span;
            }
        }
    }
    return NULL;
}

void
gan__heap_drop(struct gan__heap *heap, struct gan__extent *region)
{
    unlink_free(region);
    put_aside(heap, region);
    heap->regions--;
}
