/*
 * What all handles have in common: a class, a context and two ways to be held.
 *
 * A *handle* is what the caller of the public API holds: the out parameter of a create, or retain.
 * It keeps the context alive. A *hold* is what objects have on each other; it does not keep the
 * context alive (the holder does). An object is finalized when both are gone: at once if its last
 * reference is given up inside a call of the thread that owns the context, otherwise by the
 * context's next call or its teardown.
 */
#ifndef GAN__BASE_OBJECT_H
#define GAN__BASE_OBJECT_H

#include <gan/context.h>

#include <stdatomic.h>
#include <stdint.h>

struct gan__object;

struct gan__class {
    const char *name; /* "tensor" */
    /* Give up what the object holds, not its own memory. Called once, inside a call or the
     * teardown; must not fail. */
    void (*finalize)(struct gan__object *object);
};

struct gan__object {
    const struct gan__class *class;
    gan_context *ctx;
    _Atomic int64_t references; /* handles and holds */
    struct gan__object *next_dead;
};

/* Allocate a zeroed object of `size` bytes (its first member is struct gan__object) with one
 * handle. NULL without memory (the sentence is set). */
void *gan__object_create(gan_context *ctx, const struct gan__class *class, size_t size);

/* The public retain and destroy of every type; NULL is allowed. From any thread. */
void gan__object_retain(struct gan__object *object);
void gan__object_destroy(struct gan__object *object);

/* A hold for another object or a graph, and giving it up. Inside a call (or a finalize) only; NULL
 * is allowed. */
void gan__object_hold(struct gan__object *object);
void gan__object_release(struct gan__object *object);

/* Turn the caller's handle, just made, into a hold: for containers that keep what they create. */
void gan__object_adopt(struct gan__object *object);

/* Give the caller a handle on an object that libgan holds; the same as retain. */

/* Finalize what is queued in ctx->dead; inside a call or the teardown. */
void gan__object_collect(gan_context *ctx);

#endif
