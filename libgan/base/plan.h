/*
 * How much memory work takes, from traces of the same work on less: every request is taken to be
 * linear in the amount of work, and what the allocator would do with the requests is played through
 * without memory.
 */
#ifndef GAN__BASE_PLAN_H
#define GAN__BASE_PLAN_H

#include "base/memory.h"

/*
 * *bytes: what the system would be asked for by work of the amount `wanted`, from traces of work of
 * the amounts small < large. *fits = false: the traces are not of the same requests, and *bytes is
 * not set. GAN_E_NOMEM, or GAN_OK.
 */
gan_status gan__memory_plan(gan_context *ctx, const struct gan__memory_trace *small_trace,
                            const struct gan__memory_trace *large_trace, int64_t small_amount,
                            int64_t large_amount, int64_t wanted, uint64_t *bytes, bool *fits);

#endif
