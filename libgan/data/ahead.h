/*
 * Work done ahead: threads that make samples before they are asked for.
 *
 * One thread, the caller, expects items and takes them, inside calls; a few threads of ahead's own
 * make them in the order in which they are expected. An item that nobody has begun is the caller's
 * to make, so nothing ever waits for a thread that may not come.
 */
#ifndef GAN__DATA_AHEAD_H
#define GAN__DATA_AHEAD_H

#include <gan/context.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct gan__ahead;

/* What the threads do; all of it must be allowed on any thread, several at a time. */
struct gan__ahead_work {
    const void *argument;
    int64_t items;      /* numbered from 0 */
    size_t bytes;       /* that one item becomes */
    size_t state_bytes; /* zeroed, one for each thread */
    /* Make one item; on failure the sentence says why. */
    gan_status (*make)(const void *argument, void *state, int64_t item, uint8_t *out,
                       char *sentence);
    void (*end)(void *state); /* of a thread */
};

enum { GAN__AHEAD_SENTENCE = 256, GAN__AHEAD_THREADS_MAX = 64 };

/* An item that is done. */
struct gan__ahead_result {
    const uint8_t *bytes;
    gan_status status;
    const char *sentence;
    bool waited; /* it was being made still */
};

/* GAN_E_RESOURCE if the system refuses a thread or a lock (none is left then), GAN_E_NOMEM. */
gan_status gan__ahead_create(gan_context *ctx, struct gan__ahead **out,
                             const struct gan__ahead_work *work, int32_t threads);
/* Ends the threads. In a forked child the parent's threads and locks are left alone: only memory is
 * given up. NULL is allowed. */
void gan__ahead_destroy(gan_context *ctx, struct gan__ahead *ahead);
/* Whether this process made it: after a fork it is good for gan__ahead_destroy() only. */
bool gan__ahead_is_own(const struct gan__ahead *ahead);

/* These items are wanted next, in this order; what was expected before and is not among them is
 * forgotten. Those for which there is no memory are not made ahead. */
void gan__ahead_expect(gan_context *ctx, struct gan__ahead *ahead, const int64_t *items,
                       int64_t count);
/* Wait for an item that is done or being made; false if it is not. The result is good until
 * gan__ahead_give_back() of the item, which must come before the next take. */
bool gan__ahead_take(struct gan__ahead *ahead, int64_t item, struct gan__ahead_result *result);
void gan__ahead_give_back(struct gan__ahead *ahead, int64_t item);

#endif
