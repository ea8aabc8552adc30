/*
 * Values from a file's tensors into a network's: all that can be wrong is looked for before the
 * first number changes.
 */
#include "io/layer_file.h"

#include <string.h>

#include "base/context.h"
#include "base/memory.h"
#include "base/text.h"

/* A call in progress. */
struct taker {
    gan_context *ctx;
    const struct gan__mapping *mapping;
    const struct gan__wish *wish;
    const struct gan__state_entry **found; /* for each tensor of the mapping; NULL: none */
    bool *known;                           /* for each entry of the state: it is the network's */
};

gan_status
gan__layer_part_prefix(gan_context *ctx, const char *part, char **prefix)
{
    const size_t length = part == NULL ? 0 : strlen(part);

    *prefix = gan__alloc(ctx, length + 2);
    if (*prefix == NULL) {
        return GAN_E_NOMEM;
    }
    memcpy(*prefix, part == NULL ? "" : part, length);
    memcpy(*prefix + length, part == NULL ? "" : ".", part == NULL ? 1 : 2);
    return GAN_OK;
}

/* How many bytes of the name a part has whose network's text this is; 0: it is no such text. */
static int
part_length(const struct gan__state_entry *entry)
{
    static const char end[] = "." GAN__NETWORK_KEY;
    const size_t length = strlen(entry->name), tail = sizeof end - 1;

    if (entry->text == NULL || length <= tail || strcmp(entry->name + length - tail, end) != 0) {
        return 0;
    }
    return (int)(length - tail);
}

bool
gan__layer_has_parts(const struct gan__state *state)
{
    for (int64_t i = 0; i < state->count; i++) {
        if (part_length(&state->entries[i]) > 0) {
            return true;
        }
    }
    return false;
}

gan_status
gan__layer_fail_parts(const struct gan__state *state, const char *path, const char *before)
{
    struct gan__text list;
    gan_status st;

    gan__text_init(&list, state->ctx);
    for (int64_t i = 0; i < state->count && list.length < 500; i++) {
        const int length = part_length(&state->entries[i]);
        if (length > 0) {
            gan__text_add(&list, "%s%.*s", list.length == 0 ? "" : ", ", length < 64 ? length : 64,
                          state->entries[i].name);
        }
    }
    st = list.status;
    if (st == GAN_OK) {
        st = gan__fail(state->ctx, GAN_E_FORMAT, "\"%s\": %s%s%s", path, before,
                       list.length == 0 ? "" : "; its parts are ",
                       list.length == 0 ? "" : list.data);
    }
    gan__text_free(&list);
    return st;
}

/* Whether one of the paths holds the tensor of this name. */
static bool
is_wanted(const char *only, const char *name)
{
    for (const char *at = only; at != NULL;) {
        const size_t length = strcspn(at, ",");
        if (strncmp(name, at, length) == 0 && name[length] == '.') {
            return true;
        }
        at = at[length] == ',' ? at + length + 1 : NULL;
    }
    return only == NULL;
}

/* ---- checks ---- */

static gan_status
fail_missing(const struct taker *self, const struct gan__mapped *mapped)
{
    const bool renamed = strcmp(mapped->name, mapped->tensor->name) != 0;

    return gan__fail(self->ctx, GAN_E_FORMAT,
                     "\"%s\": the network's tensor \"%s%s\"%s%s%s is missing%s", self->wish->path,
                     self->wish->prefix, mapped->name, renamed ? " (\"" : "",
                     renamed ? mapped->tensor->name : "", renamed ? "\" here)" : "",
                     mapped->vector ? "; spectral_norm=true needs its vectors with the weights "
                                      "(PyTorch's _u and _v)"
                                    : "");
}

/* Find the tensor's values. */
static gan_status
find_values(const struct taker *self, int64_t index)
{
    const struct gan__wish *wish = self->wish;
    const struct gan__mapped *mapped = &self->mapping->tensors[index];
    const struct gan__state_entry *entry = gan__state_find(wish->state, wish->prefix, mapped->name);
    char text[2][GAN__SHAPE_TEXT_SIZE];

    if (entry == NULL && mapped->other != NULL) {
        entry = gan__state_find(wish->state, wish->prefix, mapped->other);
    }
    if (entry != NULL && entry->text == NULL) {
        self->known[entry - wish->state->entries] = true;
    }
    if (!is_wanted(wish->only, mapped->tensor->name)) {
        return GAN_OK;
    }
    if (entry == NULL || entry->text != NULL) {
        return mapped->optional || !wish->strict ? GAN_OK : fail_missing(self, mapped);
    }
    if (gan__state_is_unread(entry)) {
        return gan__safetensors_fail_unread(self->ctx, wish->path, entry);
    }
    if (!gan__shape_equal(&entry->tensor->shape, &mapped->shape)) {
        return gan__fail(self->ctx, GAN_E_FORMAT, "\"%s\": tensor \"%s\" has shape %s, %s %s",
                         wish->path, entry->name, gan__shape_text(text[0], &entry->tensor->shape),
                         wish->whose, gan__shape_text(text[1], &mapped->shape));
    }
    self->found[index] = entry;
    return GAN_OK;
}

/* PyTorch's count of a batch norm's batches, which only momentum=None uses. */
static bool
is_passed_over(const char *name)
{
    const char *dot = strrchr(name, '.');

    return strcmp(dot == NULL ? name : dot + 1, "num_batches_tracked") == 0;
}

static gan_status
check_no_others(const struct taker *self)
{
    const struct gan__state *state = self->wish->state;
    const size_t length = strlen(self->wish->prefix);

    for (int64_t i = 0; i < state->count; i++) {
        const struct gan__state_entry *entry = &state->entries[i];
        if (entry->text == NULL && !self->known[i] &&
            strncmp(entry->name, self->wish->prefix, length) == 0 && !is_passed_over(entry->name)) {
            return gan__fail(self->ctx, GAN_E_FORMAT,
                             "\"%s\": tensor \"%.100s\" is none of the network's", self->wish->path,
                             entry->name);
        }
    }
    return GAN_OK;
}

/* ---- copies ---- */

static void
take(const struct gan__mapped *mapped, const struct gan__state_entry *entry)
{
    gan_tensor *tensor = mapped->tensor->tensor;
    const size_t bytes = (size_t)tensor->count * sizeof(float);

    if (bytes > 0 && entry == NULL) {
        memset(gan__data(tensor), 0, bytes);
    } else if (bytes > 0 && mapped->identity) {
        memcpy(gan__data(tensor), gan__data(entry->tensor), bytes);
    } else {
        gan__mapped_from_file(mapped, gan__data(entry->tensor));
    }
    gan__tensor_touch(tensor);
}

/* A weight that came without its vectors gets them anew. A layer's tensors stand side by side. */
static void
refresh(const struct taker *self)
{
    const struct gan__mapping *mapping = self->mapping;

    for (int64_t i = 0; i < mapping->count; i++) {
        bool weight = false, vectors = true, spectral = false;
        gan_layer *owner = mapping->tensors[i].owner;
        for (; i < mapping->count && mapping->tensors[i].owner == owner; i++) {
            const bool found = self->found[i] != NULL;
            spectral = spectral || mapping->tensors[i].vector;
            vectors = vectors && (found || !mapping->tensors[i].vector);
            weight = weight || (found && !mapping->tensors[i].vector);
        }
        i--;
        if (spectral && weight && !vectors) {
            gan__layer_refresh(owner);
        }
    }
}

static void
take_all(const struct taker *self, int64_t *loaded)
{
    const struct gan__mapping *mapping = self->mapping;

    for (int64_t i = 0; i < mapping->count; i++) {
        const struct gan__mapped *mapped = &mapping->tensors[i];
        if (self->found[i] != NULL) {
            take(mapped, self->found[i]);
            (*loaded)++;
        } else if (mapped->optional && self->wish->strict &&
                   is_wanted(self->wish->only, mapped->tensor->name)) {
            take(mapped, NULL);
        }
    }
    refresh(self);
}

gan_status
gan__layer_take_values(const struct gan__mapping *mapping, const struct gan__wish *wish,
                       int64_t *loaded)
{
    gan_context *ctx = mapping->ctx;
    struct taker self = {.ctx = ctx, .mapping = mapping, .wish = wish};
    gan_status st = GAN_OK;

    self.found = gan__alloc_zero(ctx, (size_t)mapping->count * sizeof(*self.found));
    self.known = gan__alloc_zero(ctx, (size_t)wish->state->count * sizeof(*self.known));
    if (self.found == NULL || self.known == NULL) {
        st = GAN_E_NOMEM;
        goto fail;
    }
    for (int64_t i = 0; i < mapping->count; i++) {
        GAN__TRY(find_values(&self, i));
    }
    if (wish->strict) {
        GAN__TRY(check_no_others(&self));
    }
    *loaded = 0;
    take_all(&self, loaded);

fail:
    gan__free(ctx, self.found);
    gan__free(ctx, self.known);
    return st;
}
