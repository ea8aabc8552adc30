/*
 * Where the time goes: spans that nest, open while a call works at something. A profile adds each
 * span's time, without that of the spans inside it, to the row of its phase, network, layer and
 * name, and keeps the latest spans one by one as events.
 *
 *     struct gan__span span;
 *     gan__span_begin(&span, ctx, GAN__PHASE_OPTIMIZER, "adam");
 *     ... work ...
 *     gan__profile_work(ctx, operations, bytes);
 *     gan__span_end(&span);
 *
 * Inside calls only, on the thread that is in the context. Spans end in the reverse order of their
 * beginnings. Without a profile each of the three is one branch.
 */
#ifndef GAN__BASE_PROFILE_H
#define GAN__BASE_PROFILE_H

#include "base/context.h"

enum gan__phase {
    GAN__PHASE_FORWARD,
    GAN__PHASE_BACKWARD,
    GAN__PHASE_SECOND_ORDER, /* backward through what a backward pass recorded */
    GAN__PHASE_OPTIMIZER,
    GAN__PHASE_DATA,
    GAN__PHASE_OTHER,
    GAN__PHASE_COUNT
};

struct gan__span {
    gan_context *ctx; /* NULL: there is no profile */
    struct gan__span *outer;
    int64_t start, inside; /* nanoseconds; inside: of the spans in it */
    double operations, bytes;
    int32_t row; /* -1: there was no memory for it */
};

struct gan__profile_row {
    char *name;          /* in memory of the row's own, as layer */
    const char *layer;   /* "" for none */
    const char *network; /* of static lifetime; "" for none */
    enum gan__phase phase;
    bool rule; /* of an op's gradient: the name has more before it */
    uint32_t hash;
    int32_t next;                      /* of the same bucket; -1 for none */
    int64_t calls, nanoseconds, whole; /* whole: with the spans inside */
    double operations, bytes;
};

struct gan__profile_event {
    int64_t start, duration; /* nanoseconds; start: since the profile's */
    double operations;
    int32_t row;
};

enum { GAN__PROFILE_BUCKETS = 256 };

/* The name of a trainer's whole step, by which readers count steps. */
#define GAN__PROFILE_STEP "step"

struct gan__profile {
    bool incomplete; /* a row found no memory */
    int64_t start;
    struct gan__span *open; /* the innermost */
    struct gan__profile_row *rows;
    int64_t row_count, row_capacity;
    int32_t buckets[GAN__PROFILE_BUCKETS];
    struct gan__profile_event *events;   /* a ring */
    int64_t event_capacity, event_count; /* count: of all there were */
};

/* For gan__span_begin() and the others, where there is a profile. */
void gan__span_open(struct gan__span *span, gan_context *ctx, enum gan__phase phase,
                    const char *name, bool rule);
void gan__span_close(struct gan__span *span);

static inline bool
gan__is_profiled(const gan_context *ctx)
{
    return __builtin_expect(ctx->profiled, 0);
}

/* name: of static lifetime, or its object lives as long as the span. */
static inline void
gan__span_begin(struct gan__span *span, gan_context *ctx, enum gan__phase phase, const char *name)
{
    span->ctx = NULL;
    if (gan__is_profiled(ctx)) {
        gan__span_open(span, ctx, phase, name, false);
    }
}

/* What is done in the innermost span: operations of products, as the direct algorithm counts them;
 * bytes of what goes in and what comes out, each once. */
static inline void
gan__profile_work(gan_context *ctx, double operations, double bytes)
{
    if (gan__is_profiled(ctx) && ctx->profile->open != NULL) {
        ctx->profile->open->operations += operations;
        ctx->profile->open->bytes += bytes;
    }
}

static inline void
gan__span_end(struct gan__span *span)
{
    if (__builtin_expect(span->ctx != NULL, 0)) {
        gan__span_close(span);
    }
}

/* A profile in place of the one there is; events: how many are kept. On failure nothing has
 * changed. */
gan_status gan__profile_start(gan_context *ctx, int64_t events);
void gan__profile_stop(gan_context *ctx);
void gan__profile_free(gan_context *ctx);
/* The profile, running or stopped, for readers: GAN_E_STATE without one, GAN_E_NOMEM if it is
 * incomplete. */
gan_status gan__profile_get(gan_context *ctx, const struct gan__profile **profile);
const char *gan__phase_name(enum gan__phase phase);

#endif
