/*
 * The state tree: a flat list of named tensors and texts, in the order in which they were added,
 * and a hash table of their names.
 */
#include "tensor/state.h"

#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"

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
    gan__free(state->ctx, state->index);
    gan__state_init(state, state->ctx);
}

/* FNV's low bits depend on the names' low bits only. */
static int64_t
first_slot(const struct gan__state *state, uint64_t hash)
{
    return (int64_t)((hash ^ hash >> 32) & (uint64_t)(state->index_size - 1));
}

/* A name in pieces, so that nothing has to be joined for a search. */
struct pieces {
    const char *at[4];
};
enum { PIECES = 4 };

static uint64_t
hash_of(const struct pieces *name)
{
    uint64_t hash = gan__hash(name->at[0]);

    for (int i = 1; i < PIECES; i++) {
        hash = gan__hash_on(hash, name->at[i]);
    }
    return hash;
}

static bool
is_name(const char *text, const struct pieces *name)
{
    for (int i = 0; i < PIECES; i++) {
        const size_t length = strlen(name->at[i]);
        if (strncmp(text, name->at[i], length) != 0) {
            return false;
        }
        text += length;
    }
    return *text == '\0';
}

/* The name's place in the table, or the free one where it belongs; the table is never full. */
static int64_t
find_slot(const struct gan__state *state, uint64_t hash, const struct pieces *name)
{
    int64_t slot = first_slot(state, hash);

    for (; state->index[slot] != 0; slot = (slot + 1) & (state->index_size - 1)) {
        const struct gan__state_entry *entry = &state->entries[state->index[slot] - 1];
        if (entry->hash == hash && is_name(entry->name, name)) {
            break;
        }
    }
    return slot;
}

static const struct gan__state_entry *
find(const struct gan__state *state, const struct pieces *name)
{
    if (state->index == NULL) {
        return NULL;
    }
    const int64_t number = state->index[find_slot(state, hash_of(name), name)];
    return number == 0 ? NULL : &state->entries[number - 1];
}

const struct gan__state_entry *
gan__state_find(const struct gan__state *state, const char *prefix, const char *name)
{
    const struct pieces pieces = {{prefix, name, "", ""}};
    return find(state, &pieces);
}

const struct gan__state_entry *
gan__state_find_below(const struct gan__state *state, const char *prefix, const char *name,
                      const char *last)
{
    const struct pieces pieces = {{prefix, name, ".", last}};
    return find(state, &pieces);
}

/* The table's size is a power of 2, that many times the capacity. */
enum { FIRST_CAPACITY = 16, SPARSE = 2 };

/* Room for one more entry, in the list and in the table. */
static gan_status
state_reserve(struct gan__state *state)
{
    if (state->count < state->capacity) {
        return GAN_OK;
    }
    const int64_t capacity = state->capacity == 0 ? FIRST_CAPACITY : state->capacity * 2;
    struct gan__state_entry *entries = gan__alloc_array(state->ctx, capacity, sizeof(*entries));
    if (entries == NULL) {
        return GAN_E_NOMEM;
    }
    int64_t *index = gan__alloc_zero(state->ctx, (size_t)capacity * SPARSE * sizeof(*index));
    if (index == NULL) {
        gan__free(state->ctx, entries);
        return GAN_E_NOMEM;
    }
    if (state->count > 0) {
        memcpy(entries, state->entries, (size_t)state->count * sizeof(*entries));
    }
    gan__free(state->ctx, state->entries);
    gan__free(state->ctx, state->index);
    state->entries = entries;
    state->capacity = capacity;
    state->index = index;
    state->index_size = capacity * SPARSE;
    for (int64_t i = 0; i < state->count; i++) {
        int64_t slot = first_slot(state, entries[i].hash);
        while (index[slot] != 0) {
            slot = (slot + 1) & (state->index_size - 1);
        }
        index[slot] = i + 1;
    }
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
    const struct pieces pieces = {{full, "", "", ""}};
    const uint64_t hash = hash_of(&pieces);
    *added = &state->entries[state->count++];
    **added = (struct gan__state_entry){.name = full, .hash = hash};
    state->index[find_slot(state, hash, &pieces)] = state->count;
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

gan_status
gan__state_add_unread(struct gan__state *state, const char *prefix, const char *name,
                      const char *type, const struct gan__shape *shape)
{
    struct gan__state_entry *entry = NULL;
    const gan_status st = state_add(state, prefix, name, &entry);
    if (st == GAN_OK) {
        gan__state_set_type(state, type);
        entry->unread = *shape;
    }
    return st;
}

void
gan__state_set_type(struct gan__state *state, const char *type)
{
    struct gan__state_entry *entry = &state->entries[state->count - 1];

    (void)snprintf(entry->type, sizeof entry->type, "%s", type);
}
