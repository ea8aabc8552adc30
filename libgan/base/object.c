/*
 * Handles and holds, and the queue of objects to finalize: a lock-free stack that any thread pushes
 * to and that only the context's owner (or its teardown) empties. The queue also turns long chains
 * of holds from recursion into a loop.
 */
#include "base/object.h"

#include <pthread.h>

#include "base/context.h"
#include "base/memory.h"

void *
gan__object_create(gan_context *ctx, const struct gan__class *class, size_t size)
{
    struct gan__object *object = gan__alloc_zero(ctx, size);
    if (object == NULL) {
        return NULL;
    }
    object->class = class;
    object->ctx = ctx;
    atomic_init(&object->references, 1);
    atomic_fetch_add_explicit(&ctx->handles, 1, memory_order_relaxed);
    return object;
}

static void
queue(gan_context *ctx, struct gan__object *object)
{
    struct gan__object *head = atomic_load_explicit(&ctx->dead, memory_order_relaxed);
    do {
        object->next_dead = head;
    } while (!atomic_compare_exchange_weak_explicit(&ctx->dead, &head, object, memory_order_release,
                                                    memory_order_relaxed));
}

/* Give up one reference. */
static void
drop(struct gan__object *object)
{
    gan_context *const ctx = object->ctx;
    if (atomic_fetch_sub_explicit(&object->references, 1, memory_order_acq_rel) != 1) {
        return;
    }
    queue(ctx, object);
    if (atomic_load_explicit(&ctx->owner, memory_order_relaxed) == (uintptr_t)pthread_self()) {
        gan__object_collect(ctx);
    }
}

void
gan__object_retain(struct gan__object *object)
{
    if (object == NULL) {
        return;
    }
    atomic_fetch_add_explicit(&object->references, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&object->ctx->handles, 1, memory_order_relaxed);
}

void
gan__object_destroy(struct gan__object *object)
{
    if (object == NULL) {
        return;
    }
    gan_context *const ctx = object->ctx;
    drop(object); /* the object may be gone after this; the handle still keeps the context */
    gan__context_unref(ctx);
}

void
gan__object_hold(struct gan__object *object)
{
    if (object != NULL) {
        atomic_fetch_add_explicit(&object->references, 1, memory_order_relaxed);
    }
}

void
gan__object_release(struct gan__object *object)
{
    if (object != NULL) {
        drop(object);
    }
}

void
gan__object_adopt(struct gan__object *object)
{
    if (object != NULL) {
        gan__context_unref(object->ctx);
    }
}

void
gan__object_collect(gan_context *ctx)
{
    if (ctx->collecting || atomic_load_explicit(&ctx->dead, memory_order_relaxed) == NULL) {
        return;
    }
    ctx->collecting = true;
    struct gan__object *object = atomic_exchange_explicit(&ctx->dead, NULL, memory_order_acquire);
    while (object != NULL) {
        struct gan__object *const next = object->next_dead;
        if (object->class->finalize != NULL) {
            object->class->finalize(object);
        }
        gan__free(ctx, object);
        object =
            next != NULL ? next : atomic_exchange_explicit(&ctx->dead, NULL, memory_order_acquire);
    }
    ctx->collecting = false;
}
