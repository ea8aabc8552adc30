/* A context over an allocator that refuses the n-th request and counts what is not given back. */
#ifndef TESTS_AUTOGRAD_FAILING_HOST_H
#define TESTS_AUTOGRAD_FAILING_HOST_H

#include "base/context.h"
#include "base/memory.h"
#include "support.h"

struct failing_host {
    int64_t countdown; /* requests until the refused one; -1: none is */
    int64_t live;      /* blocks not given back */
    bool refused;
};

static inline void *
failing_allocate(void *user, size_t bytes, size_t alignment)
{
    struct failing_host *host = user;
    if (host->countdown == 0) {
        host->refused = true; /* and all after it, as the allocator may try again */
        return NULL;
    }
    if (host->countdown > 0) {
        host->countdown--;
    }
    void *pointer = NULL;
    if (posix_memalign(&pointer, alignment, bytes) != 0) {
        return NULL;
    }
    memset(pointer, 0xff, bytes); /* NaN: nothing may be read before it is written */
    host->live++;
    return pointer;
}

static inline void
failing_release(void *user, void *pointer, size_t bytes, size_t alignment)
{
    struct failing_host *host = user;
    (void)bytes;
    (void)alignment;
    if (pointer != NULL) {
        host->live--;
    }
    free(pointer);
}

static inline gan_context *
failing_context(struct failing_host *host)
{
    *host = (struct failing_host){.countdown = -1};
    const gan_host callbacks = {.struct_size = sizeof(callbacks),
                                .user = host,
                                .allocate = failing_allocate,
                                .release = failing_release};
    gan_context *ctx = NULL;
    ASSERT_OK(ctx, gan_context_create(&ctx, "threads=1", &callbacks));
    return ctx;
}

/* Give kept blocks back, so that the next requests reach the host. */
static inline void
failing_trim(gan_context *ctx)
{
    struct gan__call call;
    ASSERT_OK(ctx, gan__enter(&call, ctx, GAN__GROUP_OTHER));
    gan__memory_trim(ctx);
    ASSERT_OK(ctx, gan__leave(&call, GAN_OK));
}

static inline void
failing_arm(struct failing_host *host, gan_context *ctx, int64_t n)
{
    failing_trim(ctx);
    host->refused = false;
    host->countdown = n;
}

/* Whether a request was refused since. */
static inline bool
failing_disarm(struct failing_host *host, gan_context *ctx)
{
    (void)ctx;
    host->countdown = -1;
    return host->refused;
}

#endif
