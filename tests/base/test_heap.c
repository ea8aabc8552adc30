/* The book of large blocks, against a map with an entry for each byte of its regions. */
#include "suites.h"

#include "base/heap.h"

enum { REGIONS = 12, REGION_MOST = 300, PARTS = 64, ENTRIES = 512, LEAST = 5 };

/* For each byte: 0 free, else the number of the part that has it. */
struct model {
    struct gan__heap heap;
    struct gan__extent entries[ENTRIES];
    char map[REGIONS][REGION_MOST];
    int size[REGIONS];
    struct gan__extent *parts[PARTS + 1];
    int given, regions;
    uint32_t state;
};

static uint32_t
draw(struct model *m, uint32_t below)
{
    m->state = m->state * 1664525U + 1013904223U;
    return (m->state >> 8) % below;
}

/* The smallest run of free bytes that fits; 0: none. Runs end where regions do. */
static int
smallest_run(const struct model *m, int bytes)
{
    int best = 0;
    for (int r = 0; r < m->regions; r++) {
        for (int i = 0, run = 0; i <= m->size[r]; i++) {
            if (i < m->size[r] && m->map[r][i] == 0) {
                run++;
            } else {
                best = run >= bytes && (best == 0 || run < best) ? run : best;
                run = 0;
            }
        }
    }
    return best;
}

static void
prepare(struct model *m, bool region)
{
    while (gan__heap_lacks_entries(&m->heap, region)) {
        ck_assert_int_lt(m->given, ENTRIES);
        gan__heap_add_entry(&m->heap, &m->entries[m->given++]);
    }
}

static int
region_of(const struct model *m, const char *start)
{
    int r = 0;
    while (start < m->map[r] || start >= m->map[r] + m->size[r]) {
        r++;
        ck_assert_int_lt(r, m->regions);
    }
    return r;
}

/* Marks the part's bytes, all of which were free and in one region. */
static void
mark(struct model *m, int part, char from, char to)
{
    const struct gan__extent *span = m->parts[part];
    const int r = region_of(m, span->start);
    ck_assert(span->start + span->bytes <= m->map[r] + m->size[r]);
    for (size_t i = 0; i < span->bytes; i++) {
        ck_assert_int_eq(span->start[i], from);
        span->start[i] = to;
    }
}

static void
take(struct model *m, int part)
{
    const int bytes = 1 + (int)draw(m, 60), run = smallest_run(m, bytes);
    ck_assert_int_eq(gan__heap_fits(&m->heap, (size_t)bytes), run > 0);
    prepare(m, false);
    m->parts[part] = gan__heap_take(&m->heap, (size_t)bytes, LEAST);
    if (run == 0) {
        ck_assert_ptr_null(m->parts[part]);
        if (m->regions == REGIONS) {
            return;
        }
        const int size = bytes + (int)draw(m, REGION_MOST - 60);
        m->size[m->regions] = size;
        prepare(m, true);
        m->parts[part] = gan__heap_add(&m->heap, m->map[m->regions++], (size_t)size);
        ck_assert_uint_eq(m->parts[part]->bytes, (size_t)size);
    } else {
        ck_assert_uint_eq(m->parts[part]->bytes, (size_t)(run - bytes < LEAST ? run : bytes));
    }
    mark(m, part, 0, (char)part);
}

static void
give(struct model *m, int part)
{
    mark(m, part, (char)part, 0);
    gan__heap_give(&m->heap, m->parts[part]);
    m->parts[part] = NULL;
}

START_TEST(test_model)
{
    struct model m = {.state = (uint32_t)_i};
    for (int i = 0; i < 4000; i++) {
        const int part = 1 + (int)draw(&m, PARTS);
        if (m.parts[part] == NULL) {
            take(&m, part);
        } else {
            give(&m, part);
        }
    }
    ck_assert_ptr_null(gan__heap_remove_entry(&m.heap));
    for (int part = 1; part <= PARTS; part++) {
        if (m.parts[part] != NULL) {
            give(&m, part);
        }
    }
    for (int r = 0; r < m.regions; r++) { /* each one is whole again */
        struct gan__extent *whole = gan__heap_whole(&m.heap);
        ck_assert_ptr_nonnull(whole);
        ck_assert_int_eq((int)whole->bytes, m.size[region_of(&m, whole->start)]);
        gan__heap_drop(&m.heap, whole);
    }
    ck_assert_ptr_null(gan__heap_whole(&m.heap));
    while (gan__heap_remove_entry(&m.heap) != NULL) {
        m.given--;
    }
    ck_assert_int_eq(m.given, 0);
}
END_TEST

/* What many small ones were serves a large one, and the other way round. */
START_TEST(test_sharing)
{
    static char memory[1024];
    struct model m = {.given = 0};
    struct gan__extent *small[4];
    prepare(&m, true);
    gan__heap_give(&m.heap, gan__heap_add(&m.heap, memory, sizeof memory));
    for (int i = 0; i < 4; i++) {
        prepare(&m, false);
        small[i] = gan__heap_take(&m.heap, 256, LEAST);
        ck_assert_ptr_nonnull(small[i]);
    }
    ck_assert(!gan__heap_fits(&m.heap, 1));
    for (int i = 0; i < 4; i++) {
        gan__heap_give(&m.heap, small[i]);
    }
    ck_assert(gan__heap_fits(&m.heap, 1024) && !gan__heap_fits(&m.heap, 1025));
}
END_TEST

Suite *
heap_suite(void)
{
    Suite *suite = suite_create("base/heap");
    TCase *tcase = tcase_create("heap");
    tcase_add_loop_test(tcase, test_model, 0, 20);
    tcase_add_test(tcase, test_sharing);
    suite_add_tcase(suite, tcase);
    return suite;
}
