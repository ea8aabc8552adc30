/*
 * Saving and loading a network: its tensors under their paths and its text, as one safetensors
 * file.
 */
#include <gan/io.h>
#include <gan/version.h>

#include <stdio.h>
#include <string.h>

#include "base/context.h"
#include "base/memory.h"
#include "base/options.h"
#include "io/checkpoint.h"
#include "io/layer_file.h"

/* A network may ask for so many more numbers than the file has, so that a missing tensor can be
 * named. */
enum { ROOM = 1 << 20 };

struct load_options {
    char *part;
    uint64_t max_bytes;
};

static const struct gan__option load_options[] = {
    {.name = "part",
     .type = GAN__OPTION_TEXT,
     .offset = offsetof(struct load_options, part),
     .doc = "a checkpoint's network: generator, discriminator, average, or another name"},
    {.name = "max_bytes",
     .type = GAN__OPTION_BYTES,
     .offset = offsetof(struct load_options, max_bytes),
     .fallback = "4GiB",
     .doc = "refuse larger files"},
    GAN__OPTION_END};

struct save_options {
    int32_t dtype, layout;
    char *sequential;
};

static const struct gan__option save_options[] = {
    {.name = "dtype",
     .type = GAN__OPTION_CHOICE,
     .offset = offsetof(struct save_options, dtype),
     .fallback = "float32",
     .choices = "float32|float16",
     .doc = "of the numbers in the file; float16: half the size, rounded to 11 bits"},
    GAN__LAYOUT_OPTIONS(struct save_options),
    GAN__OPTION_END};

gan_status
gan__layer_text_copy(gan_layer *layer, char **text)
{
    size_t needed = 0;
    gan_status st = gan_layer_text(layer, NULL, 0, &needed);

    *text = NULL;
    if (st == GAN_OK) {
        *text = gan__alloc(((struct gan__object *)layer)->ctx, needed);
        st = *text == NULL ? GAN_E_NOMEM : gan_layer_text(layer, *text, needed, NULL);
    }
    return st;
}

/* Whether all of the tensor's numbers are 0. */
static bool
is_zero(const gan_tensor *tensor)
{
    for (int64_t i = 0; i < tensor->count; i++) {
        if (gan__data(tensor)[i] != 0) {
            return false;
        }
    }
    return true;
}

/* The tensor as the layout has it. */
static gan_status
put_tensor(struct gan__state *state, const struct gan__mapped *mapped)
{
    gan_tensor *tensor = mapped->tensor->tensor, *turned = NULL;
    gan_status st = GAN_OK;

    if (mapped->optional && is_zero(tensor)) {
        return GAN_OK;
    }
    if (gan__shape_equal(&tensor->shape, &mapped->shape) && mapped->identity) {
        return gan__state_add_tensor(state, "", mapped->name, tensor);
    }
    GAN__TRY(gan__tensor_create(state->ctx, &turned, &mapped->shape));
    gan__mapped_to_file(mapped, gan__data(turned));
    st = gan__state_add_tensor(state, "", mapped->name, turned);

fail:
    gan_tensor_destroy(turned);
    return st;
}

/* The texts beside the tensors. */
static gan_status
put_texts(struct gan__state *state, gan_layer *layer, const struct gan__layout *layout)
{
    char *text = NULL;
    gan_status st = GAN_OK;

    GAN__TRY(gan__state_add_text(state, "", GAN__KIND_KEY, GAN__KIND_NETWORK));
    GAN__TRY(gan__state_add_text(state, "", GAN__VERSION_KEY, gan_version()));
    GAN__TRY(gan__layer_text_copy(layer, &text));
    GAN__TRY(gan__state_add_text(state, "", GAN__NETWORK_KEY, text));
    if (layout->kind != GAN__LAYOUT_LIBGAN) {
        const char *word = gan__layout_word(layout->kind);
        GAN__TRY(gan__state_add_text(state, "", GAN__LAYOUT_KEY, word));
    }
    if (layout->sequential != NULL) {
        GAN__TRY(gan__state_add_text(state, "", GAN__SEQUENTIAL_KEY, layout->sequential));
    }

fail:
    gan__free(state->ctx, text);
    return st;
}

gan_status
gan__layer_save_noted(gan_layer *layer, const char *path, const char *text, const char *key,
                      const char *note)
{
    static const struct gan__option_origin origin = {.kind = "gan_layer_save"};
    gan_context *ctx = ((struct gan__object *)layer)->ctx;
    struct save_options options = {0};
    struct gan__mapping mapping = {.ctx = ctx};
    struct gan__state state;
    gan_status st = GAN_OK;

    gan__state_init(&state, ctx);
    GAN__TRY(gan__options_parse(ctx, save_options, &options, NULL, NULL, text,
                                text == NULL ? 0 : strlen(text), &origin));
    GAN__TRY(gan__layer_must_be_built(layer));
    const struct gan__layout layout = {options.layout, options.sequential};
    GAN__TRY(gan__mapping_make(&mapping, layer, &layout));
    GAN__TRY(put_texts(&state, layer, &layout));
    if (key != NULL) {
        GAN__TRY(gan__state_add_text(&state, "", key, note));
    }
    for (int64_t i = 0; i < mapping.count; i++) {
        GAN__TRY(put_tensor(&state, &mapping.tensors[i]));
    }
    st = gan__safetensors_save(&state, options.dtype == 0 ? GAN__FLOAT32 : GAN__FLOAT16, path);

fail:
    gan__mapping_free(&mapping);
    gan__options_free(ctx, save_options, &options);
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
    st = path == NULL ? gan__null(ctx, "path")
                      : gan__layer_save_noted(layer, path, options, NULL, NULL);
    return gan__leave(&call, st);
}

gan_status
gan__layer_of_file(const struct gan__state *state, gan_layer **layer, const char *text)
{
    int64_t count = 0;

    for (int64_t i = 0; i < state->count; i++) {
        count += state->entries[i].tensor == NULL ? 0 : state->entries[i].tensor->count;
    }
    return gan__layer_restore(state->ctx, layer, text, count + ROOM);
}

/* The part's network as text; says what is wrong if there is none. */
static gan_status
find_network(const struct gan__state *state, const char *path, const char *part, const char *prefix,
             const char **text)
{
    const struct gan__state_entry *network = gan__state_find(state, prefix, GAN__NETWORK_KEY);
    char sentence[128];

    if (network != NULL && network->text != NULL) {
        *text = network->text;
        return GAN_OK;
    }
    if (part != NULL) {
        (void)snprintf(sentence, sizeof sentence, "there is no network \"%.64s\" in it", part);
        return gan__layer_fail_parts(state, path, sentence);
    }
    if (gan__layer_has_parts(state)) {
        return gan__layer_fail_parts(state, path, "a checkpoint, of which part= takes a network");
    }
    return gan__fail(state->ctx, GAN_E_FORMAT,
                     "\"%s\": no text \"" GAN__NETWORK_KEY "\" in __metadata__: the file does not "
                     "say which network its tensors belong to",
                     path);
}

/* A copy of a text of the file. */
static gan_status
copy_note(const struct gan__state *state, const char *prefix, const char *key, char **note)
{
    const struct gan__state_entry *entry = gan__state_find(state, prefix, key);

    if (entry != NULL && entry->text != NULL) {
        *note = gan__strdup(state->ctx, entry->text);
        return *note == NULL ? GAN_E_NOMEM : GAN_OK;
    }
    return GAN_OK;
}

gan_status
gan__layer_load_noted(gan_context *ctx, gan_layer **out, const char *path, const char *text,
                      const char *key, char **note)
{
    static const struct gan__option_origin origin = {.kind = "gan_layer_load"};
    struct load_options options = {0};
    struct gan__mapping mapping = {.ctx = ctx};
    struct gan__layout layout = {0};
    struct gan__wish wish = {.whose = "the network's text makes it", .path = path, .strict = true};
    struct gan__state state;
    const char *network = NULL;
    char *prefix = NULL;
    gan_layer *layer = NULL;
    int64_t loaded = 0;
    gan_status st = GAN_OK;

    gan__state_init(&state, ctx);
    GAN__TRY(gan__options_parse(ctx, load_options, &options, NULL, NULL, text,
                                text == NULL ? 0 : strlen(text), &origin));
    GAN__TRY(gan__layer_part_prefix(ctx, options.part, &prefix));
    GAN__TRY(gan__safetensors_load(&state, path, options.max_bytes));
    GAN__TRY(find_network(&state, path, options.part, prefix, &network));
    GAN__TRY(gan__layer_file_layout(&state, path, prefix, &layout));
    st = gan__layer_of_file(&state, &layer, network);
    if (st != GAN_OK) {
        gan__fail_prefix(ctx, "\"%s\"", path);
    }
    GAN__TRY(st);
    st = gan__mapping_make(&mapping, layer, &layout);
    if (st == GAN_E_ARG) {
        gan__fail_prefix(ctx, "\"%s\"", path);
        st = GAN_E_FORMAT;
    }
    GAN__TRY(st);
    wish.state = &state;
    wish.prefix = prefix;
    GAN__TRY(gan__layer_take_values(&mapping, &wish, &loaded));
    if (key != NULL) {
        GAN__TRY(copy_note(&state, prefix, key, note));
    }
    *out = layer;
    layer = NULL;

fail:
    gan_layer_destroy(layer);
    gan__mapping_free(&mapping);
    gan__free(ctx, prefix);
    gan__options_free(ctx, load_options, &options);
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
        st = gan__layer_load_noted(context, out, path, options, NULL, NULL);
    }
    return gan__leave(&call, st);
}
