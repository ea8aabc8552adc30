/*
 * A host's allocator for tests: it counts, fills new memory with 0xFF (NaN), guards both ends, compares what comes back with
 * what was asked for, and refuses the n-th request.
 */
#ifndef TESTS_ALLOCATOR_H
#define TESTS_ALLOCATOR_H

#include <gan/context.h>

#include <check.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct test_allocator {
    _Atomic int64_t blocks, bytes; /* held now */
    _Atomic int64_t requests;      /* so far */
    _Atomic int64_t
        refuse_from; /* requests from this number on (1 is the first) are refused; 0: none */
    _Atomic int64_t refused;
};

enum { TEST_ALLOCATOR_GUARD = 64 };

static inline void *
test_allocate(void *user, size_t bytes, size_t alignment)
{
    struct test_allocator *const self = user;
    const int64_t number = atomic_fetch_add(&self->requests, 1) + 1;
    const int64_t refuse_from = atomic_load(&self->refuse_from);
    if (refuse_from > 0 && number >= refuse_from) {
        atomic_fetch_add(&self->refused, 1);
        return NULL;
    }
    /* Check's assertions cost a system call each: only what fails may call it. */
    if (alignment == 0 || (alignment & (alignment - 1)) != 0 || alignment > TEST_ALLOCATOR_GUARD) {
        ck_abort_msg("an alignment of %zu", alignment);
    }
    void *base = NULL;
    if (posix_memalign(&base, TEST_ALLOCATOR_GUARD, bytes + 2 * TEST_ALLOCATOR_GUARD) != 0) {
        return NULL;
    }
    memset(base, 0xA5, bytes + 2 * TEST_ALLOCATOR_GUARD);
    memcpy(base, &bytes, sizeof bytes);
    memcpy((char *)base + sizeof bytes, &alignment, sizeof alignment);
    char *const pointer = (char *)base + TEST_ALLOCATOR_GUARD;
    memset(pointer, 0xFF, bytes);
    atomic_fetch_add(&self->blocks, 1);
    atomic_fetch_add(&self->bytes, (int64_t)bytes);
    return pointer;
}

static inline void
test_release(void *user, void *pointer, size_t bytes, size_t alignment)
{
    struct test_allocator *const self = user;
    unsigned char *const base = (unsigned char *)pointer - TEST_ALLOCATOR_GUARD;
    size_t asked_bytes, asked_alignment;
    memcpy(&asked_bytes, base, sizeof asked_bytes);
    memcpy(&asked_alignment, base + sizeof asked_bytes, sizeof asked_alignment);
    if (asked_bytes != bytes || asked_alignment != alignment) {
        ck_abort_msg("%zu bytes at %zu came back as %zu at %zu", asked_bytes, asked_alignment,
                     bytes, alignment);
    }
    bool written = false;
    for (size_t i = 2 * sizeof(size_t); i < TEST_ALLOCATOR_GUARD; i++) {
        written = written || base[i] != 0xA5;
    }
    for (size_t i = 0; i < TEST_ALLOCATOR_GUARD; i++) {
        written = written || base[TEST_ALLOCATOR_GUARD + bytes + i] != 0xA5;
    }
    if (written) {
        ck_abort_msg("bytes around a block of %zu were written", bytes);
    }
    memset(base, 0xFF, bytes + 2 * TEST_ALLOCATOR_GUARD);
    free(base);
    atomic_fetch_sub(&self->blocks, 1);
    atomic_fetch_sub(&self->bytes, (int64_t)bytes);
}

/* A host with this allocator and nothing else. */
static inline gan_host
test_allocator_host(struct test_allocator *self)
{
    return (gan_host){.struct_size = sizeof(gan_host),
                      .user = self,
                      .allocate = test_allocate,
                      .release = test_release};
}

#endif
