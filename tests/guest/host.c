/* See host.h. */
#include "host.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GUARD = 64, PATTERN = 0xA5 };

static _Atomic int64_t live, requests, refused = -1;
static _Atomic bool refuse_all, damaged;

static void *
allocate(void *user, size_t bytes, size_t alignment)
{
    (void)user;
    const int64_t number = atomic_fetch_add(&requests, 1);
    const int64_t n = atomic_load(&refused);
    if (n >= 0 && (number == n || (number > n && atomic_load(&refuse_all)))) {
        return NULL;
    }
    void *pointer = NULL;
    if (posix_memalign(&pointer, alignment, bytes + GUARD) != 0) {
        return NULL;
    }
    memset(pointer, 0xFF, bytes);
    memset((char *)pointer + bytes, PATTERN, GUARD);
    atomic_fetch_add(&live, 1);
    return pointer;
}

static void
release(void *user, void *pointer, size_t bytes, size_t alignment)
{
    (void)user;
    if ((uintptr_t)pointer % alignment != 0) {
        atomic_store(&damaged, true);
    }
    for (int i = 0; i < GUARD; i++) {
        if (((unsigned char *)pointer)[bytes + (size_t)i] != PATTERN) {
            atomic_store(&damaged, true);
        }
    }
    memset(pointer, 0xFF, bytes);
    atomic_fetch_sub(&live, 1);
    free(pointer);
}

struct share {
    void (*task)(void *argument, int64_t index);
    void *argument;
    int64_t index;
};

static void *
run_share(void *argument)
{
    const struct share *share = argument;
    share->task(share->argument, share->index);
    return NULL;
}

static void
parallel_for(void *user, int64_t count, void (*task)(void *argument, int64_t index), void *argument)
{
    enum { MOST = 16 };
    pthread_t threads[MOST];
    struct share shares[MOST];
    bool started[MOST] = {false};
    (void)user;
    for (int64_t i = 1; i < count && i < MOST; i++) {
        shares[i] = (struct share){task, argument, i};
        started[i] = pthread_create(&threads[i], NULL, run_share, &shares[i]) == 0;
    }
    for (int64_t i = 0; i < count; i++) {
        if (i == 0 || i >= MOST || !started[i]) {
            task(argument, i);
        }
    }
    for (int64_t i = 1; i < count && i < MOST; i++) {
        if (started[i]) {
            pthread_join(threads[i], NULL);
        }
    }
}

gan_host
counting_host(void)
{
    return (gan_host){.struct_size = sizeof(gan_host),
                      .allocate = allocate,
                      .release = release,
                      .parallel_for = parallel_for};
}

void
host_refuse(int64_t n, bool all)
{
    atomic_store(&requests, 0);
    atomic_store(&refuse_all, all);
    atomic_store(&refused, n);
}

int64_t
host_requests(void)
{
    return atomic_load(&requests);
}

int64_t
host_live_blocks(void)
{
    return atomic_load(&live);
}

bool
host_is_clean(void)
{
    if (atomic_load(&live) != 0) {
        fprintf(stderr, "%lld blocks were not released\n", (long long)atomic_load(&live));
    }
    if (atomic_load(&damaged)) {
        fprintf(stderr, "a guard was overwritten or a pointer misaligned\n");
    }
    return atomic_load(&live) == 0 && !atomic_load(&damaged);
}
