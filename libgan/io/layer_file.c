/*
 * Saving and loading a network: its tensors under their paths and its text, as one safetensors
 * file.
 */
#include <gan/io.h>

#include <string.h>

#include "base/context.h"
#include "base/memory.h"
#include "base/options.h"
#include "io/safetensors.h"
#include "layers/layer.h"

/* The text in the file. */
#define TEXT_NETWORK "network"

/* A network may ask for so many more numbers than the file has, so that a missing tensor can be
 * named. */
enum { ROOM = 1 << 20 };

struct load_options {
    uint64_t max_bytes;
};

static const struct gan__option load_options[] = {
    {.name = "max_bytes",
     .type = GAN__OPTION_BYTES,
     .offset = offsetof(struct load_options, max_bytes),
     .fallback = "4GiB",
     .doc = "refuse larger files"},
    GAN__OPTION_END};

struct save_options {
    int32_t dtype;
};

static const struct gan__option save_options[] = {
    {.name = "dtype",
     .type = GAN__OPTION_CHOICE,
     .offset = offsetof(struct save_options, dtype),
     .fallback = "float32",
     .choices = "float32|float16",
     .doc = "of the numbers in the file; float16: half the size, rounded to 11 bits"},
    GAN__OPTION_END};

/* The network's text, allocated. */
static gan_status
network_text(gan_layer *layer, char **out)
{
    gan_context *ctx = ((struct gan__object *)layer)->ctx;
    size_t size = 0;
    gan_status st = gan_layer_text(layer, NULL, 0, &size);
    if (st != GAN_OK) {
        return st;
    }
    char *text = gan__alloc(ctx, size);
    if (text == NULL) {
        return GAN_E_NOMEM;
    }
    st = gan_layer_text(layer, text, size, NULL);
    if (st != GAN_OK) {
        gan__free(ctx, text);
        return st;
    }
    *out = text;
    return GAN_OK;
}

static gan_status
save(gan_layer *layer, const char *path, const char *text_options)
{
    static const struct gan__option_origin origin = {.kind = "gan_layer_save"};
    gan_context *ctx = ((struct gan__object *)layer)->ctx;
    const struct gan__layer_tensor *tensors;
    struct save_options options = {0};
    struct gan__state state;
    char *text = NULL;
    gan_status st = GAN_OK;

    gan__state_init(&state, ctx);
    GAN__TRY(gan__options_parse(ctx, save_options, &options, NULL, NULL, text_options,
                                text_options == NULL ? 0 : strlen(text_options), &origin));
    if (!gan__layer_is_built(layer)) {
        GAN__TRY(gan__fail(ctx, GAN_E_STATE,
                           "the network is not built: gan_layer_build() makes its parameters"));
    }
    GAN__TRY(network_text(layer, &text));
    GAN__TRY(gan__state_add_text(&state, "", TEXT_NETWORK, text));
    tensors = gan__layer_tensors(layer);
    for (int64_t i = 0; i < gan__layer_tensor_count(layer); i++) {
        GAN__TRY(gan__state_add_tensor(&state, "", tensors[i].name, tensors[i].tensor));
    }
    st = gan__safetensors_save(&state, options.dtype == 0 ? GAN__FLOAT32 : GAN__FLOAT16, path);

fail:
    gan__free(ctx, text);
    gan__state_free(&state);
    return st;
}

gan_status
gan_layer_save(gan_layer *layer, const char *path, const char *options)
{
    struct gan__call call;

    if (layer == NULL) {
        return GAN_E_ARG;
    }
    gan_context *ctx = ((struct gan__object *)layer)->ctx;
    gan_status st = gan__enter(&call, ctx, GAN__GROUP_LAYER);
    if (st != GAN_OK) {
        return st;
    }
    st = path == NULL ? gan__null(ctx, "path") : save(layer, path, options);
    return gan__leave(&call, st);
}

/* How many numbers all tensors of a state have. */
static int64_t
element_count(const struct gan__state *state)
{
    int64_t count = 0;

    for (int64_t i = 0; i < state->count; i++) {
        count += state->entries[i].tensor == NULL ? 0 : state->entries[i].tensor->count;
    }
    return count;
}

/* A vector of spectral_norm, by its name. */
static bool
is_spectral(const struct gan__layer_tensor *tensor)
{
    const char *dot = strrchr(tensor->name, '.');
    const char *name = dot != NULL ? dot + 1 : tensor->name;

    return tensor->buffer && (strcmp(name, "weight_u") == 0 || strcmp(name, "weight_v") == 0);
}

/* Give one of the network's tensors its saved values. */
static gan_status
take_values(const struct gan__state *state, const struct gan__layer_tensor *wanted,
            const char *path)
{
    const struct gan__state_entry *entry = gan__state_find(state, "", wanted->name);
    gan_tensor *found = entry == NULL ? NULL : entry->tensor;
    char text[2][GAN__SHAPE_TEXT_SIZE];

    if (found == NULL) {
        return gan__fail(state->ctx, GAN_E_FORMAT,
                         "\"%s\": the network's tensor \"%s\" is missing%s", path, wanted->name,
                         is_spectral(wanted) ? "; spectral_norm=true needs its vectors with the "
                                               "weights (PyTorch's _u and _v)"
                                             : "");
    }
    if (!gan__shape_equal(&found->shape, &wanted->tensor->shape)) {
        return gan__fail(state->ctx, GAN_E_FORMAT,
                         "\"%s\": tensor \"%s\" has shape %s, the network's text makes it %s", path,
                         wanted->name, gan__shape_text(text[0], &found->shape),
                         gan__shape_text(text[1], &wanted->tensor->shape));
    }
    if (found->count > 0) {
        memcpy(gan__data(wanted->tensor), gan__data(found), (size_t)found->count * sizeof(float));
    }
    gan__tensor_touch(wanted->tensor);
    return GAN_OK;
}

static gan_status
check_no_others(const struct gan__state *state, gan_layer *layer, const char *path)
{
    const struct gan__layer_tensor *tensors = gan__layer_tensors(layer);
    const int64_t count = gan__layer_tensor_count(layer);

    for (int64_t i = 0; i < state->count; i++) {
        const struct gan__state_entry *entry = &state->entries[i];
        int64_t k = 0;
        while (entry->tensor != NULL && k < count && strcmp(tensors[k].name, entry->name) != 0) {
            k++;
        }
        if (entry->tensor != NULL && k == count) {
            return gan__fail(state->ctx, GAN_E_FORMAT,
                             "\"%s\": tensor \"%.100s\" is none of the network's", path,
                             entry->name);
        }
    }
    return GAN_OK;
}

static gan_status
load(gan_context *ctx, gan_layer **out, const char *path, const char *text)
{
    static const struct gan__option_origin origin = {.kind = "gan_layer_load"};
    const struct gan__layer_tensor *tensors;
    const struct gan__state_entry *network;
    struct load_options options = {0};
    struct gan__state state;
    gan_layer *layer = NULL;
    gan_status st = GAN_OK;

    gan__state_init(&state, ctx);
    GAN__TRY(gan__options_parse(ctx, load_options, &options, NULL, NULL, text,
                                text == NULL ? 0 : strlen(text), &origin));
    GAN__TRY(gan__safetensors_load(&state, path, options.max_bytes));
    network = gan__state_find(&state, "", TEXT_NETWORK);
    if (network == NULL || network->text == NULL) {
        GAN__TRY(gan__fail(ctx, GAN_E_FORMAT,
                           "\"%s\": no text \"" TEXT_NETWORK "\" in __metadata__: the file does "
                           "not say which network its tensors belong to",
                           path));
    }
    st = gan__layer_restore(ctx, &layer, network->text, element_count(&state) + ROOM);
    if (st != GAN_OK) {
        gan__fail_prefix(ctx, "\"%s\"", path);
    }
    GAN__TRY(st);
    tensors = gan__layer_tensors(layer);
    for (int64_t i = 0; i < gan__layer_tensor_count(layer); i++) {
        GAN__TRY(take_values(&state, &tensors[i], path));
    }
    GAN__TRY(check_no_others(&state, layer, path));
    *out = layer;
    layer = NULL;

fail:
    gan_layer_destroy(layer);
    gan__state_free(&state);
    return st;
}

gan_status
gan_layer_load(gan_context *context, gan_layer **out, const char *path, const char *options)
{
    struct gan__call call;

    if (out != NULL) {
        *out = NULL;
    }
    gan_status st = gan__enter(&call, context, GAN__GROUP_LAYER);
    if (st != GAN_OK) {
        return st;
    }
    if (out == NULL) {
        st = gan__null(context, "out");
    } else if (path == NULL) {
        st = gan__null(context, "path");
    } else {
        st = load(context, out, path, options);
    }
    return gan__leave(&call, st);
}
