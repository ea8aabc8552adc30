/*
 * The context's core: what every folder needs of it. context/ makes and describes contexts; here
 * are entering and leaving public calls, the error sentence, and the fields that other folders keep
 * in it.
 */
#ifndef GAN__BASE_CONTEXT_H
#define GAN__BASE_CONTEXT_H

#include <gan/context.h>

#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/object.h"

struct gan__kernel_table;
struct gan__memory;
struct gan__pool;
struct gan__profile;

enum { GAN__ERROR_SIZE = 1024 };

struct gan_context {
    /* Handles that the caller holds: of the context and of all objects made from it. At 0
     * everything is torn down. */
    _Atomic int64_t handles;
    /* Objects whose last reference was given up outside a call; finalized by the next call or the
     * teardown. */
    _Atomic(struct gan__object *) dead;
    /* The thread that is inside a call (pthread_self, as an integer), 0 for none. */
    _Atomic uintptr_t owner;

    bool ready;         /* false after a failed create: only error and destroy are allowed */
    bool collecting;    /* inside gan__object_collect: what dies now only queues */
    int32_t depth;      /* nested public calls; 0 again in a user's callback */
    uint32_t allowed;   /* groups of calls that the user may make now (GAN__GROUP_...) */
    uint32_t caller_fp; /* the caller's floating-point control, while inside a call */

    gan_status error_status; /* of the sentence; the first failure within a call wins */
    char error[GAN__ERROR_SIZE];

    gan_host host; /* complete: missing callbacks are NULL */
    struct gan__memory *memory;
    struct gan__pool *pool;
    const struct gan__kernel_table *kernels; /* chosen by context/ */
    uint64_t seed;
    struct gan__profile *profile; /* NULL before the first; kept when it has stopped */
    bool profiled;                /* it runs (base/profile.h) */
    /* The network that is at work, of those that a trainer tells apart: "generator", a name of
     * static lifetime; may be NULL. */
    const char *network;

    /* Fields of higher folders, opaque here. */
    struct gan__object *cycles; /* tensor: cuts, when the teardown releases it, what holds itself */
    int64_t no_grad_depth;      /* autograd: ops record nothing while above 0 */
    bool recompute;      /* autograd: what is cheap to make again is not kept (the trainer's) */
    bool check_finite;   /* autograd: every op looks at its result (the trainer's search) */
    uint64_t node_count; /* autograd: nodes recorded and backward passes made so far */
    /* autograd: the node whose gradient is being computed, for sentences */
    struct gan__object *gradient_of;
    struct gan__object *spent; /* autograd: the tensor that its rule may write over, or NULL */
    /* layers: path and kind of the layer that is running, for sentences; may be NULL */
    const char *location;
    struct gan__object *kinds;      /* layers: kinds registered by the user, a list */
    struct gan__object *loss_kinds; /* losses: the same */
    uint64_t network_count;         /* layers: networks created so far */
    /* layers: training-mode forwards outside a trainer so far (their dropout stream) */
    uint64_t draw_count;
};

/* Groups of public calls, for what a user's callback may call. */
enum {
    GAN__GROUP_TENSOR = 1 << 0, /* tensor.h, ops.h; reading the context */
    GAN__GROUP_LAYER = 1 << 1,  /* layer.h, io.h */
    GAN__GROUP_TRAINER_READ =
        1 << 2, /* generate, discriminate, steps, average; texts; an optimizer's set */
    GAN__GROUP_OTHER = 1 << 3,
    GAN__GROUP_ALL = (1 << 4) - 1
};

/*
 * Every public call that can fail is
 *
 *     struct gan__call call;
 *     gan_status st = gan__enter(&call, ctx, GAN__GROUP_...);
 *     if (st != GAN_OK) { return st; }
 *     ...
 *     return gan__leave(&call, st);
 *
 * The outermost one clears the sentence, finalizes dead objects and sets the floating-point
 * environment; public calls may call each other, the inner ones only count. A NULL context, a
 * second thread, or a group that a callback may not call is refused (GAN_E_ARG, GAN_E_STATE).
 */
struct gan__call {
    gan_context *ctx;
    bool owner;         /* it took the context, and gives it back */
    bool outer;         /* called by the user: the outermost one, or one from a callback */
    uint32_t caller_fp; /* the context's before */
};

gan_status gan__enter(struct gan__call *call, gan_context *ctx, uint32_t group);
gan_status gan__leave(struct gan__call *call, gan_status st);

/* Around a user's callback: the caller's floating-point environment, and only the given groups may
 * be called. */
struct gan__callout {
    gan_context *ctx;
    int32_t depth;
    uint32_t allowed;
    bool failed; /* the call has failed already: its sentence stays */
};
void gan__callout_begin(struct gan__callout *callout, gan_context *ctx, uint32_t groups);
/* Returns st (GAN_E_CANCELLED for a number that is no status); if it is a failure without a
 * sentence, "<what> returned <name of st>" becomes the sentence. */
gan_status gan__callout_end(struct gan__callout *callout, gan_status st, const char *what);

/* Set the sentence (unless this call has one already) and return status. Cut at a UTF-8 border at
 * GAN__ERROR_SIZE - 1. */
gan_status gan__fail(gan_context *ctx, gan_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Put "<prefix>: " before the sentence that is there, e.g. "line 3, column 7 (conv2d)". */
void gan__fail_prefix(gan_context *ctx, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Forget the sentence of a failure that was recovered from. */
void gan__recover(gan_context *ctx);

/* GAN_LOG_... lines to the host; nothing without a callback. */
void gan__log(gan_context *ctx, int32_t level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The error idiom: one variable st, one label fail. */
#define GAN__TRY(expression)                                                                       \
    do {                                                                                           \
        st = (expression);                                                                         \
        if (st != GAN_OK) {                                                                        \
            goto fail;                                                                             \
        }                                                                                          \
    } while (0)

/*
 * The start of a public call on an argument that may be NULL. A NULL where a context is known gets
 * a sentence: gan__null(ctx, "tensor") is GAN_E_ARG "tensor is NULL".
 */
gan_status gan__null(gan_context *ctx, const char *argument);

/* The core of gan_context_create/destroy, for context/. create parses nothing: it takes what was
 * parsed. */
/* NULL without memory; handles = 1, not ready, allowed = ALL */
gan_context *gan__context_alloc(const gan_host *host);
void gan__context_free(gan_context *ctx); /* last step of the teardown */
/* Give up one of ctx->handles; the last one tears the context down. */
void gan__context_unref(gan_context *ctx);

#endif
