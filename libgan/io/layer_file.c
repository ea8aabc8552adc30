/*
 * Saving and loading a network: its tensors under their paths and its text, as one safetensors file.
 */
#include <gan/io.h>

#include <stdio.h>
#include <string.h>

#include "base/context.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/options.h"
#include "io/safetensors.h"
#include "layers/layer.h"

/* Texts in the file: the network, and the shape it was built for (its text need not have an input). */
#define TEXT_NETWORK "network"
#define TEXT_INPUT   "input_shape"

struct load_options {
    uint64_t max_bytes;
};

static const struct gan__option load_options[] = {
    {.name = "max_bytes",
     .type = GAN__OPTION_BYTES,
     .offset = offsetof(struct load_options, max_bytes),
     .minimum = 1,
     .maximum = 9007199254740992.0,
     .fallback = "4GiB",
     .doc = "refuse larger files"},
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

/* "28x28x1" */
static gan_status
add_input_shape(struct gan__state *state, gan_layer *layer)
{
    struct gan__text text;
    int64_t shape[GAN_RANK_MAX] = {0};
    int32_t rank = 0;

    gan_status st = gan_layer_input_shape(layer, shape, GAN_RANK_MAX, &rank);
    if (st != GAN_OK) {
        return st;
    }
    gan__text_init(&text, state->ctx);
    for (int32_t i = 0; i < rank; i++) {
        gan__text_add(&text, "%s%lld", i == 0 ? "" : "x", (long long)shape[i]);
    }
    st = text.status;
    if (st == GAN_OK && text.data != NULL) {
        st = gan__state_add_text(state, "", TEXT_INPUT, text.data);
    }
    gan__text_free(&text);
    return st;
}

static gan_status
save(gan_layer *layer, const char *path)
{
    gan_context *ctx = ((struct gan__object *)layer)->ctx;
    const struct gan__layer_tensor *tensors;
    struct gan__state state;
    char *text = NULL;
    gan_status st = GAN_OK;

    gan__state_init(&state, ctx);
    if (!gan__layer_is_built(layer)) {
        GAN__TRY(gan__fail(ctx, GAN_E_STATE,
                           "the network is not built: gan_layer_build() makes its parameters"));
    }
    GAN__TRY(network_text(layer, &text));
    GAN__TRY(gan__state_add_text(&state, "", TEXT_NETWORK, text));
    GAN__TRY(add_input_shape(&state, layer));
    tensors = gan__layer_tensors(layer);
    for (int64_t i = 0; i < gan__layer_tensor_count(layer); i++) {
        GAN__TRY(gan__state_add_tensor(&state, "", tensors[i].name, tensors[i].tensor));
    }
    st = gan__safetensors_save(&state, path);

fail:
    gan__free(ctx, text);
    gan__state_free(&state);
    return st;
}

gan_status
gan_layer_save(gan_layer *layer, const char *path)
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
    st = path == NULL ? gan__null(ctx, "path") : save(layer, path);
    return gan__leave(&call, st);
}

/* Build a network whose text did not say for what. */
static gan_status
build(const struct gan__state *state, gan_layer *layer)
{
    const struct gan__state_entry *entry = gan__state_find(state, "", TEXT_INPUT);
    int64_t shape[GAN_RANK_MAX];
    int32_t rank = 0;
    const char *at = entry == NULL ? NULL : entry->text;

    while (at != NULL) {
        const char *end = strchr(at, 'x');
        const size_t length = end == NULL ? strlen(at) : (size_t)(end - at);
        if (rank == GAN_RANK_MAX || !gan__integer_parse(at, length, &shape[rank])) {
            return gan__fail(state->ctx, GAN_E_FORMAT, TEXT_INPUT " \"%.60s\" is no shape",
                             entry->text);
        }
        rank++;
        at = end == NULL ? NULL : end + 1;
    }
    if (rank == 0) {
        return gan__fail(state->ctx, GAN_E_FORMAT,
                         "neither the network's text nor " TEXT_INPUT
                         " in __metadata__ says what shape its input has");
    }
    return gan_layer_build(layer, shape, rank, NULL);
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
        return gan__fail(state->ctx, GAN_E_FORMAT, "\"%s\": the network's tensor \"%s\" is missing",
                         path, wanted->name);
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
    st = gan_layer_parse(ctx, &layer, network->text);
    if (st == GAN_OK && !gan__layer_is_built(layer)) {
        st = build(&state, layer);
    }
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
