/*
 * The state tree: a flat list of named tensors and texts, in the order in which they were added.
 */
#include "tensor/state.h"

#include <string.h>

#include "base/memory.h"

void
gan__state_init(struct gan__state *state, gan_context *ctx)
{
    *state = (struct gan__state){.ctx = ctx};
}

void
gan__state_free(struct gan__state *state)
{
    for (int64_t i = 0; i < state->count; i++) {
        struct gan__state_entry *entry = &state->entries[i];
        gan__free(state->ctx, entry->name);
        gan__free(state->ctx, entry->text);
        gan__object_release((struct gan__object *)entry->tensor);
    }
    gan__free(state->ctx, state->entries);
    gan__state_init(state, state->ctx);
}

const struct gan__state_entry *
gan__state_find(const struct gan__state *state, const char *prefix, const char *name)
{
    const size_t length = strlen(prefix);
    for (int64_t i = 0; i < state->count; i++) {
        const struct gan__state_entry *entry = &state->entries[i];
        if (strncmp(entry->name, prefix, length) == 0 && strcmp(entry->name + length, name) == 0) {
            return entry;
        }
    }
    return NULL;
}

static gan_status
state_reserve(struct gan__state *state)
{
    if (state->count < state->capacity) {
        return GAN_OK;
    }
    const int64_t capacity = state->capacity == 0 ? 16 : state->capacity * 2;
    struct gan__state_entry *entries = gan__alloc_array(state->ctx, capacity, sizeof(*entries));
    if (entries == NULL) {
        return GAN_E_NOMEM;
    }
    if (state->count > 0) {
        memcpy(entries, state->entries, (size_t)state->count * sizeof(*entries));
    }
    gan__free(state->ctx, state->entries);
    state->entries = entries;
    state->capacity = capacity;
    return GAN_OK;
}

static char *
joined(gan_context *ctx, const char *prefix, const char *name)
{
    const size_t first = strlen(prefix), second = strlen(name);
    char *text = gan__alloc(ctx, first + second + 1);
    if (text != NULL) {
        memcpy(text, prefix, first);
        memcpy(text + first, name, second + 1);
    }
    return text;
}

/* Add an entry of this name, whose tensor and text the caller fills. */
static gan_status
state_add(struct gan__state *state, const char *prefix, const char *name,
          struct gan__state_entry **added)
{
    if (gan__state_find(state, prefix, name) != NULL) {
        return gan__fail(state->ctx, GAN_E_FORMAT, "the name \"%s%s\" is there twice", prefix,
                         name);
    }
    const gan_status st = state_reserve(state);
    if (st != GAN_OK) {
        return st;
    }
    char *full = joined(state->ctx, prefix, name);
    if (full == NULL) {
        return GAN_E_NOMEM;
    }
    *added = &state->entries[state->count++];
    **added = (struct gan__state_entry){.name = full};
    return GAN_OK;
}

gan_status
gan__state_add_tensor(struct gan__state *state, const char *prefix, const char *name,
                      gan_tensor *tensor)
{
    struct gan__state_entry *entry = NULL;
    const gan_status st = state_add(state, prefix, name, &entry);
    if (st == GAN_OK) {
        gan__object_hold(&tensor->object);
        entry->tensor = tensor;
    }
    return st;
}

gan_status
gan__state_add_text(struct gan__state *state, const char *prefix, const char *name,
                    const char *text)
{
    char *copy = gan__strdup(state->ctx, text);
    if (copy == NULL) {
        return GAN_E_NOMEM;
    }
    struct gan__state_entry *entry = NULL;
    const gan_status st = state_add(state, prefix, name, &entry);
    if (st != GAN_OK) {
        gan__free(state->ctx, copy);
        return st;
    }
    entry->text = copy;
    return GAN_OK;
}
