/*
 * The book of the allocator's large blocks: which parts of which regions are free. A request takes
 * the smallest part that fits and leaves the rest; neighbours that are free become one again, so
 * that what layers of one size give back serves those of another.
 *
 * Only the book: it never touches the memory, which lets a plan be made without any. Its entries
 * are the caller's memory too. What it does depends on the sizes asked for alone, never on
 * addresses.
 */
#ifndef GAN__BASE_HEAP_H
#define GAN__BASE_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { GAN__HEAP_CLASSES = 64 * 8 };

/* A part of a region. */
struct gan__extent {
    struct gan__extent *before, *after; /* its neighbours; NULL where the region ends */
    struct gan__extent *next, **link;   /* in a list of free ones, or (next alone) of spare ones */
    char *start;
    size_t bytes;
    bool free;
};

struct gan__heap {
    struct gan__extent *lists[GAN__HEAP_CLASSES]; /* by size, eight for each doubling */
    struct gan__extent *spare;                    /* entries to be used */
    int64_t entries;                              /* all of them */
    int64_t regions, used, most;                  /* parts in use: now, and ever */
};

/*
 * The next take (or, with `region`, add) may only come when no entries are lacking: there are as
 * many as the parts could ever be with so many in use, wherever they lie. So no entry is wanted
 * once the largest number of parts was in use.
 */
bool gan__heap_lacks_entries(const struct gan__heap *heap, bool region);
void gan__heap_add_entry(struct gan__heap *heap, struct gan__extent *span);
/* An entry to free, once there is no region left; NULL: none. */
struct gan__extent *gan__heap_remove_entry(struct gan__heap *heap);
/* Whether a take would find a part. */
bool gan__heap_fits(const struct gan__heap *heap, size_t bytes);
/* The smallest free part of at least `bytes` (above 0), cut to that where the rest is at least
 * `least`; NULL if none fits. */
struct gan__extent *gan__heap_take(struct gan__heap *heap, size_t bytes, size_t least);
/* A new region, in use as one part. */
struct gan__extent *gan__heap_add(struct gan__heap *heap, char *start, size_t bytes);
/* Give a part back. */
void gan__heap_give(struct gan__heap *heap, struct gan__extent *span);
/* A region that is free as a whole, or NULL; the caller drops it. */
struct gan__extent *gan__heap_whole(const struct gan__heap *heap);
/* Forget such a region. */
void gan__heap_drop(struct gan__heap *heap, struct gan__extent *region);

#endif
