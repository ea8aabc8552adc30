/*
 * Everything is under one lock but the making itself. A slot belongs to its maker while it is
 * SLOT_MAKING, otherwise to whoever has the lock; a finished one only the caller changes, so it
 * reads the bytes without the lock.
 */
#include "data/ahead.h"

#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "base/context.h"
#include "base/float_environment.h"
#include "base/memory.h"
#include "base/text.h"
#include "base/thread.h"

enum { FIRST_SLOTS = 64 };

/* All slots together take at most this much, but there is always one. */
static const size_t slots_bytes_max = (size_t)256 << 20;

enum slot_state { SLOT_FREE, SLOT_QUEUED, SLOT_MAKING, SLOT_DONE };

struct slot {
    enum slot_state state;
    int64_t item;
    uint64_t wanted; /* number of the last gan__ahead_expect() that had it */
    gan_status status;
    uint8_t *bytes;
    char sentence[GAN__AHEAD_SENTENCE];
};

struct maker {
    struct gan__ahead *ahead;
    pthread_t thread;
    void *state;
};

struct gan__ahead {
    struct gan__ahead_work work;
    pid_t process; /* that made it */
    pthread_mutex_t mutex;
    pthread_cond_t queued, done;
    bool stop;
    struct slot **slots; /* each a block of its own: makers hold on to them */
    int32_t slot_count, slot_capacity;
    int32_t *places; /* of each item: its slot + 1, or 0 */
    /* Slots to be made, a list that each expect writes anew; some may be no longer SLOT_QUEUED. */
    int32_t *queue;
    int32_t queue_head, queue_count;
    uint64_t expected; /* calls of gan__ahead_expect() */
    int32_t maker_count;
    struct maker makers[GAN__AHEAD_THREADS_MAX];
};

/* The next slot to be made, or NULL; under the lock. */
static struct slot *
next_queued(struct gan__ahead *ahead)
{
    while (ahead->queue_head < ahead->queue_count) {
        struct slot *slot = ahead->slots[ahead->queue[ahead->queue_head++]];
        if (slot->state == SLOT_QUEUED) {
            return slot;
        }
    }
    return NULL;
}

static void *
maker_main(void *argument)
{
    struct maker *maker = argument;
    struct gan__ahead *ahead = maker->ahead;

    (void)gan__float_environment_set();
    (void)pthread_mutex_lock(&ahead->mutex);
    while (!ahead->stop) {
        struct slot *slot = next_queued(ahead);
        if (slot == NULL) {
            (void)pthread_cond_wait(&ahead->queued, &ahead->mutex);
            continue;
        }
        slot->state = SLOT_MAKING;
        (void)pthread_mutex_unlock(&ahead->mutex);
        slot->status = ahead->work.make(ahead->work.argument, maker->state, slot->item, slot->bytes,
                                        slot->sentence);
        (void)pthread_mutex_lock(&ahead->mutex);
        slot->state = SLOT_DONE;
        (void)pthread_cond_signal(&ahead->done); /* only the caller waits for it */
    }
    (void)pthread_mutex_unlock(&ahead->mutex);
    ahead->work.end(maker->state);
    return NULL;
}

static int
make_locks(struct gan__ahead *ahead)
{
    int error = pthread_mutex_init(&ahead->mutex, NULL);
    if (error != 0) {
        return error;
    }
    error = pthread_cond_init(&ahead->queued, NULL);
    if (error == 0) {
        error = pthread_cond_init(&ahead->done, NULL);
        if (error == 0) {
            return 0;
        }
        (void)pthread_cond_destroy(&ahead->queued);
    }
    (void)pthread_mutex_destroy(&ahead->mutex);
    return error;
}

static void
free_memory(gan_context *ctx, struct gan__ahead *ahead)
{
    for (int32_t i = 0; i < ahead->slot_count; i++) {
        gan__free(ctx, ahead->slots[i]->bytes);
        gan__free(ctx, ahead->slots[i]);
    }
    for (int32_t i = 0; i < GAN__AHEAD_THREADS_MAX; i++) {
        gan__free(ctx, ahead->makers[i].state);
    }
    gan__free(ctx, ahead->slots);
    gan__free(ctx, ahead->queue);
    gan__free(ctx, ahead->places);
    gan__free(ctx, ahead);
}

bool
gan__ahead_is_own(const struct gan__ahead *ahead)
{
    return ahead->process == getpid();
}

void
gan__ahead_destroy(gan_context *ctx, struct gan__ahead *ahead)
{
    if (ahead == NULL) {
        return;
    }
    if (gan__ahead_is_own(ahead)) {
        (void)pthread_mutex_lock(&ahead->mutex);
        ahead->stop = true;
        (void)pthread_cond_broadcast(&ahead->queued);
        (void)pthread_mutex_unlock(&ahead->mutex);
        for (int32_t i = 0; i < ahead->maker_count; i++) {
            (void)pthread_join(ahead->makers[i].thread, NULL);
        }
        (void)pthread_cond_destroy(&ahead->done);
        (void)pthread_cond_destroy(&ahead->queued);
        (void)pthread_mutex_destroy(&ahead->mutex);
    }
    free_memory(ctx, ahead);
}

static gan_status
start_makers(gan_context *ctx, struct gan__ahead *ahead, int32_t threads)
{
    char words[GAN__ERROR_TEXT_SIZE];

    for (; ahead->maker_count < threads; ahead->maker_count++) {
        struct maker *maker = &ahead->makers[ahead->maker_count];
        maker->ahead = ahead;
        maker->state = gan__alloc_zero(ctx, ahead->work.state_bytes);
        if (maker->state == NULL) {
            return GAN_E_NOMEM;
        }
        const int error = gan__thread_start(&maker->thread, maker_main, maker);
        if (error != 0) {
            return gan__fail(ctx, GAN_E_RESOURCE,
                             "the system refused thread %d of the %d that prefetch=%d starts: %s",
                             ahead->maker_count + 1, threads, threads,
                             gan__error_text(words, error));
        }
    }
    return GAN_OK;
}

gan_status
gan__ahead_create(gan_context *ctx, struct gan__ahead **out, const struct gan__ahead_work *work,
                  int32_t threads)
{
    char words[GAN__ERROR_TEXT_SIZE];

    *out = NULL;
    struct gan__ahead *ahead = gan__alloc_zero(ctx, sizeof *ahead);
    if (ahead == NULL) {
        return GAN_E_NOMEM;
    }
    ahead->work = *work;
    ahead->places = gan__alloc_array(ctx, work->items, sizeof *ahead->places);
    if (ahead->places == NULL) {
        free_memory(ctx, ahead);
        return GAN_E_NOMEM;
    }
    memset(ahead->places, 0, (size_t)work->items * sizeof *ahead->places);
    const int error = make_locks(ahead);
    if (error != 0) {
        free_memory(ctx, ahead);
        return gan__fail(ctx, GAN_E_RESOURCE, "the system refused a lock: %s",
                         gan__error_text(words, error));
    }
    ahead->process = getpid();
    const gan_status st = start_makers(ctx, ahead, threads);
    if (st != GAN_OK) {
        gan__ahead_destroy(ctx, ahead);
        return st;
    }
    *out = ahead;
    return GAN_OK;
}

/* Room for so many slots in the tables; the makers read them. */
static bool
grow_tables(gan_context *ctx, struct gan__ahead *ahead, int32_t wanted)
{
    int32_t capacity = ahead->slot_capacity == 0 ? FIRST_SLOTS : ahead->slot_capacity;

    if (wanted <= ahead->slot_capacity) {
        return true;
    }
    while (capacity < wanted) {
        capacity = capacity > INT32_MAX / 2 ? wanted : 2 * capacity;
    }
    struct slot **slots = gan__alloc_array(ctx, capacity, sizeof(struct slot *));
    int32_t *queue = gan__alloc_array(ctx, capacity, sizeof(int32_t));
    if (slots == NULL || queue == NULL) {
        gan__free(ctx, slots);
        gan__free(ctx, queue);
        return false;
    }
    (void)pthread_mutex_lock(&ahead->mutex);
    struct slot **old_slots = ahead->slots;
    int32_t *old_queue = ahead->queue;
    for (int32_t i = 0; i < ahead->slot_count; i++) {
        slots[i] = old_slots[i];
    }
    for (int32_t i = 0; i < ahead->queue_count; i++) {
        queue[i] = old_queue[i];
    }
    ahead->slots = slots;
    ahead->queue = queue;
    ahead->slot_capacity = capacity;
    (void)pthread_mutex_unlock(&ahead->mutex);
    gan__free(ctx, old_slots);
    gan__free(ctx, old_queue);
    return true;
}

/* Slots up to `count`, as far as there is memory: ahead may be short of it, the caller not. */
static void
grow(gan_context *ctx, struct gan__ahead *ahead, int64_t count)
{
    const int64_t most = (int64_t)(slots_bytes_max / ahead->work.bytes) + 1;
    const gan_status before = ctx->error_status;
    int64_t wanted = count < ahead->work.items ? count : ahead->work.items;

    wanted = wanted < most ? wanted : most;
    bool fits = wanted <= ahead->slot_count || grow_tables(ctx, ahead, (int32_t)wanted);
    while (fits && ahead->slot_count < wanted) {
        struct slot *slot = gan__alloc_zero(ctx, sizeof *slot);
        uint8_t *bytes = slot == NULL ? NULL : gan__alloc(ctx, ahead->work.bytes);
        fits = bytes != NULL;
        if (fits) {
            slot->bytes = bytes;
            ahead->slots[ahead->slot_count++] = slot; /* no maker looks behind the queue */
        } else {
            gan__free(ctx, slot);
        }
    }
    if (!fits && before == GAN_OK) {
        gan__recover(ctx);
    }
}

/* Mark the slots of items that are wanted, and free those of others; under the lock. */
static void
sort_out(struct gan__ahead *ahead, const int64_t *items, int64_t count)
{
    ahead->expected++;
    for (int64_t i = 0; i < count; i++) {
        if (ahead->places[items[i]] != 0) {
            ahead->slots[ahead->places[items[i]] - 1]->wanted = ahead->expected;
        }
    }
    for (int32_t i = 0; i < ahead->slot_count; i++) {
        struct slot *slot = ahead->slots[i];
        if (slot->wanted != ahead->expected &&
            (slot->state == SLOT_QUEUED || slot->state == SLOT_DONE)) {
            slot->state = SLOT_FREE;
            ahead->places[slot->item] = 0;
        }
    }
}

/* Give the items slots and write the queue anew; under the lock. */
static void
enqueue(struct gan__ahead *ahead, const int64_t *items, int64_t count)
{
    int32_t free_slot = 0;

    ahead->queue_head = ahead->queue_count = 0;
    for (int64_t i = 0; i < count; i++) {
        int32_t *place = &ahead->places[items[i]];
        if (*place == 0) {
            while (free_slot < ahead->slot_count && ahead->slots[free_slot]->state != SLOT_FREE) {
                free_slot++;
            }
            if (free_slot == ahead->slot_count) {
                continue; /* those behind may have slots already */
            }
            struct slot *slot = ahead->slots[free_slot];
            slot->state = SLOT_QUEUED;
            slot->item = items[i];
            slot->wanted = ahead->expected;
            *place = free_slot + 1;
        }
        /* An item that is here twice may be queued twice: it is made once. */
        if (ahead->slots[*place - 1]->state == SLOT_QUEUED &&
            ahead->queue_count < ahead->slot_capacity) {
            ahead->queue[ahead->queue_count++] = *place - 1;
        }
    }
}

void
gan__ahead_expect(gan_context *ctx, struct gan__ahead *ahead, const int64_t *items, int64_t count)
{
    grow(ctx, ahead, count);
    (void)pthread_mutex_lock(&ahead->mutex);
    sort_out(ahead, items, count);
    enqueue(ahead, items, count);
    (void)pthread_cond_broadcast(&ahead->queued);
    (void)pthread_mutex_unlock(&ahead->mutex);
}

bool
gan__ahead_take(struct gan__ahead *ahead, int64_t item, struct gan__ahead_result *result)
{
    *result = (struct gan__ahead_result){0};
    (void)pthread_mutex_lock(&ahead->mutex);
    struct slot *slot = ahead->places[item] == 0 ? NULL : ahead->slots[ahead->places[item] - 1];
    if (slot != NULL && slot->state == SLOT_QUEUED) {
        slot->state = SLOT_FREE;
        ahead->places[item] = 0;
        slot = NULL;
    }
    while (slot != NULL && slot->state == SLOT_MAKING) {
        result->waited = true;
        (void)pthread_cond_wait(&ahead->done, &ahead->mutex);
    }
    (void)pthread_mutex_unlock(&ahead->mutex);
    if (slot == NULL) {
        return false;
    }
    result->bytes = slot->bytes;
    result->status = slot->status;
    result->sentence = slot->sentence;
    return true;
}

void
gan__ahead_give_back(struct gan__ahead *ahead, int64_t item)
{
    (void)pthread_mutex_lock(&ahead->mutex);
    ahead->slots[ahead->places[item] - 1]->state = SLOT_FREE;
    ahead->places[item] = 0;
    (void)pthread_mutex_unlock(&ahead->mutex);
}
