/*
 * The guarding allocator as a context's host, and a call run with 0, 1, 2, ... allocations until it succeeds.
 */
#ifndef TESTS_FAILING_HOST_H
#define TESTS_FAILING_HOST_H

#include "allocator.h"
#include "support.h"

#include "base/memory.h"

static inline gan_context *
failing_context(struct test_allocator *allocator)
{
    gan_context *ctx = NULL;

    memset(allocator, 0, sizeof *allocator);
    const gan_host host = test_allocator_host(allocator);
    ASSERT_OK(ctx, gan_context_create(&ctx, "threads=1 seed=7", &host));
    return ctx;
}

/* Blocks that are in use: what waits to be finalized or is kept for reuse is given back first. */
static inline int64_t
failing_context_blocks(gan_context *ctx, struct test_allocator *allocator)
{
    uint64_t threads = 0;

    ASSERT_OK(ctx, gan_context_get(ctx, &threads, "threads"));
    gan__memory_trim(ctx);
    return allocator->blocks;
}

/* Every failure must be GAN_E_NOMEM with a sentence, hold nothing back, and leave `unchanged` true. */
#define EACH_ALLOCATION_FAILS(ctx, allocator, call, unchanged)                                     \
    do {                                                                                           \
        gan_status each_status = GAN_E_NOMEM;                                                      \
        for (int64_t each = 1; each_status != GAN_OK; each++) {                                    \
            const int64_t each_blocks = failing_context_blocks(ctx, allocator);                    \
            (allocator)->refuse_from = (allocator)->requests + each;                               \
            each_status = (call);                                                                  \
            (allocator)->refuse_from = 0;                                                          \
            if (each_status != GAN_OK) {                                                           \
                ck_assert_msg(each_status == GAN_E_NOMEM, "%s: %s at allocation %lld", #call,      \
                              gan_status_name(each_status), (long long)each);                      \
                ck_assert_msg(strlen(gan_context_error(ctx)) > 0, "%s: no sentence", #call);       \
                ck_assert_msg((unchanged), "%s: %s is false at allocation %lld", #call,            \
                              #unchanged, (long long)each);                                        \
                ck_assert_int_eq(failing_context_blocks(ctx, allocator), each_blocks);             \
            }                                                                                      \
            ck_assert_int_lt(each, 10000);                                                         \
        }                                                                                          \
    } while (0)

#endif
