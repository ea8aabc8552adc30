/*
 * The profile's rows and events; profile.h says what they are of. Memory is asked for when a row is
 * met for the first time, so that a step like those before it allocates nothing.
 */
#include "base/profile.h"

#include <string.h>
#include <time.h>

#include "base/memory.h"

#define RULE_PREFIX "gradient of "

static int64_t
nanoseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

const char *
gan__phase_name(enum gan__phase phase)
{
    static const char *const names[] = {"forward",   "backward", "second order",
                                        "optimizer", "data",     "other"};
    return names[phase];
}

/* ---- rows ---- */

/* What a row is found by. */
struct key {
    const char *name, *layer, *network;
    enum gan__phase phase;
    bool rule;
};

static uint32_t
mix_text(uint32_t hash, const char *text)
{
    do { /* with the closing zero, so that two texts don't run together */
        hash = (hash ^ (unsigned char)*text) * 16777619u;
    } while (*text++ != '\0');
    return hash;
}

static uint32_t
key_hash(const struct key *key)
{
    const uint32_t first = 2166136261u ^ (uint32_t)(2 * key->phase + key->rule);
    return mix_text(mix_text(mix_text(first, key->name), key->layer), key->network);
}

static bool
row_is(const struct gan__profile_row *row, const struct key *key)
{
    const char *name = row->name + (row->rule ? strlen(RULE_PREFIX) : 0);
    return row->phase == key->phase && row->rule == key->rule && strcmp(name, key->name) == 0 &&
           strcmp(row->layer, key->layer) == 0 && strcmp(row->network, key->network) == 0;
}

static gan_status
row_add(gan_context *ctx, const struct key *key, uint32_t hash)
{
    struct gan__profile *profile = ctx->profile;
    const char *prefix = key->rule ? RULE_PREFIX : "";
    const size_t before = strlen(prefix), name = strlen(key->name) + 1;
    const size_t layer = strlen(key->layer) + 1;
    void *rows = profile->rows;
    const gan_status st =
        gan__grow(ctx, &rows, profile->row_count, &profile->row_capacity, sizeof *profile->rows);
    profile->rows = rows;
    if (st != GAN_OK || profile->row_count == INT32_MAX) {
        return GAN_E_NOMEM;
    }
    char *text = gan__alloc(ctx, before + name + layer);
    if (text == NULL) {
        return GAN_E_NOMEM;
    }
    memcpy(text, prefix, before);
    memcpy(text + before, key->name, name);
    memcpy(text + before + name, key->layer, layer);
    int32_t *bucket = &profile->buckets[hash % GAN__PROFILE_BUCKETS];
    profile->rows[profile->row_count] = (struct gan__profile_row){.name = text,
                                                                  .layer = text + before + name,
                                                                  .network = key->network,
                                                                  .phase = key->phase,
                                                                  .rule = key->rule,
                                                                  .hash = hash,
                                                                  .next = *bucket};
    *bucket = (int32_t)profile->row_count++;
    return GAN_OK;
}

/* -1 without memory: the profile is incomplete then, what is measured goes on. */
static int32_t
row_find(gan_context *ctx, const struct key *key)
{
    struct gan__profile *profile = ctx->profile;
    const uint32_t hash = key_hash(key);
    const bool failed = ctx->error_status != GAN_OK;

    for (int32_t i = profile->buckets[hash % GAN__PROFILE_BUCKETS]; i >= 0;
         i = profile->rows[i].next) {
        if (profile->rows[i].hash == hash && row_is(&profile->rows[i], key)) {
            return i;
        }
    }
    if (row_add(ctx, key, hash) == GAN_OK) {
        return (int32_t)profile->row_count - 1;
    }
    if (!failed) {
        gan__recover(ctx);
    }
    profile->incomplete = true;
    return -1;
}

/* ---- spans ---- */

void
gan__span_open(struct gan__span *span, gan_context *ctx, enum gan__phase phase, const char *name,
               bool rule)
{
    const struct key key = {.name = name,
                            .layer = ctx->location != NULL ? ctx->location : "",
                            .network = ctx->network != NULL ? ctx->network : "",
                            .phase = phase,
                            .rule = rule};
    *span = (struct gan__span){.ctx = ctx, .outer = ctx->profile->open, .row = row_find(ctx, &key)};
    ctx->profile->open = span;
    span->start = nanoseconds();
}

static void
keep_event(struct gan__profile *profile, const struct gan__span *span, int64_t duration)
{
    if (profile->event_capacity > 0) {
        profile->events[profile->event_count++ % profile->event_capacity] =
            (struct gan__profile_event){.start = span->start - profile->start,
                                        .duration = duration,
                                        .operations = span->operations,
                                        .row = span->row};
    }
}

void
gan__span_close(struct gan__span *span)
{
    struct gan__profile *profile = span->ctx->profile;
    const int64_t duration = nanoseconds() - span->start;

    profile->open = span->outer;
    if (span->outer != NULL) {
        span->outer->inside += duration;
    }
    if (span->row < 0) {
        return;
    }
    struct gan__profile_row *row = &profile->rows[span->row];
    row->calls++;
    row->nanoseconds += duration - span->inside;
    row->whole += duration;
    row->operations += span->operations;
    row->bytes += span->bytes;
    keep_event(profile, span, duration);
}

/* ---- the profile ---- */

static void
release(gan_context *ctx, struct gan__profile *profile)
{
    for (int64_t i = 0; profile != NULL && i < profile->row_count; i++) {
        gan__free(ctx, profile->rows[i].name);
    }
    if (profile != NULL) {
        gan__free(ctx, profile->rows);
        gan__free(ctx, profile->events);
    }
    gan__free(ctx, profile);
}

gan_status
gan__profile_start(gan_context *ctx, int64_t events)
{
    struct gan__profile *profile = gan__alloc_zero(ctx, sizeof *profile);
    if (profile == NULL) {
        return GAN_E_NOMEM;
    }
    profile->events = gan__alloc_array(ctx, events, sizeof *profile->events);
    if (profile->events == NULL) {
        gan__free(ctx, profile);
        return GAN_E_NOMEM;
    }
    for (int32_t i = 0; i < GAN__PROFILE_BUCKETS; i++) {
        profile->buckets[i] = -1;
    }
    profile->event_capacity = events;
    profile->start = nanoseconds();
    release(ctx, ctx->profile);
    ctx->profile = profile;
    ctx->profiled = true;
    return GAN_OK;
}

void
gan__profile_stop(gan_context *ctx)
{
    ctx->profiled = false;
}

void
gan__profile_free(gan_context *ctx)
{
    gan__profile_stop(ctx);
    release(ctx, ctx->profile);
    ctx->profile = NULL;
}

gan_status
gan__profile_get(gan_context *ctx, const struct gan__profile **profile)
{
    *profile = ctx->profile;
    if (*profile == NULL) {
        return gan__fail(ctx, GAN_E_STATE, "there is no profile: gan_profile_start() begins one");
    }
    if ((*profile)->incomplete) {
        return gan__fail(ctx, GAN_E_NOMEM,
                         "the profile is incomplete: there was no memory for one of its rows");
    }
    return GAN_OK;
}
