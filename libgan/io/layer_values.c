/*
 * Loading values into a network that is there.
 */
#include <gan/io.h>

#include <stdio.h>
#include <string.h>

#include "base/context.h"
#include "base/memory.h"
#include "base/options.h"
#include "io/checkpoint.h"
#include "io/layer_file.h"

struct values_options {
    int32_t layout;
    char *sequential, *part, *only;
    bool strict;
    uint64_t max_bytes;
};

static const struct gan__option values_options[] = {
    GAN__LAYOUT_OPTIONS(struct values_options),
    {.name = "part",
     .type = GAN__OPTION_TEXT,
     .offset = offsetof(struct values_options, part),
     .doc = "a checkpoint's network, or what else the names in the file begin with up to a dot"},
    {.name = "only",
     .type = GAN__OPTION_TEXT,
     .offset = offsetof(struct values_options, only),
     .doc = "paths of layers, joined by commas: only their tensors"},
    {.name = "strict",
     .type = GAN__OPTION_BOOL,
     .offset = offsetof(struct values_options, strict),
     .fallback = "true",
     .doc = "every tensor must be in the file, and no others; false: what is in both is read"},
    {.name = "max_bytes",
     .type = GAN__OPTION_BYTES,
     .offset = offsetof(struct values_options, max_bytes),
     .fallback = "4GiB",
     .doc = "refuse larger files"},
    GAN__OPTION_END};

gan_status
gan__layer_must_be_built(gan_layer *layer)
{
    return gan__layer_is_built(layer)
               ? GAN_OK
               : gan__fail(((struct gan__object *)layer)->ctx, GAN_E_STATE,
                           "the network is not built: gan_layer_build() makes its parameters");
}

/* The text beside the part's network, NULL if there is none. */
static const char *
find_text(const struct gan__state *state, const char *prefix, const char *name)
{
    const struct gan__state_entry *entry = gan__state_find(state, prefix, name);

    return entry == NULL ? NULL : entry->text;
}

gan_status
gan__layer_file_layout(const struct gan__state *state, const char *path, const char *prefix,
                       struct gan__layout *layout)
{
    const char *kind_text = find_text(state, prefix, GAN__KIND_KEY);
    const char *word = find_text(state, prefix, GAN__LAYOUT_KEY);

    *layout = (struct gan__layout){.kind = GAN__LAYOUT_LIBGAN};
    if (kind_text == NULL || strcmp(kind_text, GAN__KIND_NETWORK) != 0) {
        return GAN_OK; /* of another program, whose words may mean something else */
    }
    layout->sequential = find_text(state, prefix, GAN__SEQUENTIAL_KEY);
    for (int32_t kind = 0; word != NULL; kind++) {
        if (kind > GAN__LAYOUT_PYTORCH_DCGAN) {
            return gan__fail(state->ctx, GAN_E_FORMAT,
                             "\"%s\": its " GAN__LAYOUT_KEY " is \"%.40s\"; this version knows "
                             "libgan, pytorch and pytorch_dcgan",
                             path, word);
        }
        if (strcmp(word, gan__layout_word(kind)) == 0) {
            layout->kind = kind;
            break;
        }
    }
    return GAN_OK;
}

/* Every path of `only` must be a layer's. */
static gan_status
check_only(gan_layer *layer, const char *only)
{
    gan_context *ctx = ((struct gan__object *)layer)->ctx;

    for (const char *at = only; at != NULL;) {
        const size_t length = strcspn(at, ",");
        gan_layer *found = NULL;
        char *path = gan__alloc(ctx, length + 1);
        if (path == NULL) {
            return GAN_E_NOMEM;
        }
        memcpy(path, at, length);
        path[length] = '\0';
        const gan_status st = gan_layer_find(layer, &found, path);
        gan__free(ctx, path);
        gan_layer_destroy(found);
        if (st != GAN_OK) {
            gan__fail_prefix(ctx, "only=%.100s", only);
            return st;
        }
        at = at[length] == ',' ? at + length + 1 : NULL;
    }
    return GAN_OK;
}

/* A file that says its layout must be read in it, and a checkpoint by its parts. */
static gan_status
check_file(const struct gan__state *state, const char *path, const char *prefix,
           const struct values_options *options)
{
    struct gan__layout layout = {0};
    char sentence[128];
    bool any = options->part == NULL;

    for (int64_t i = 0; i < state->count && !any; i++) {
        const struct gan__state_entry *entry = &state->entries[i];
        any = entry->text == NULL && strncmp(entry->name, prefix, strlen(prefix)) == 0;
    }
    if (!any) {
        (void)snprintf(sentence, sizeof sentence, "no tensor's name begins with \"%.64s.\"",
                       options->part);
        return gan__layer_fail_parts(state, path, sentence);
    }
    if (options->part == NULL && gan__layer_has_parts(state)) {
        return gan__layer_fail_parts(state, path, "a checkpoint, of which part= takes a network");
    }
    gan_status st = gan__layer_file_layout(state, path, prefix, &layout);
    const char *kind = find_text(state, prefix, GAN__KIND_KEY);
    if (st == GAN_OK && kind != NULL && strcmp(kind, GAN__KIND_NETWORK) == 0 &&
        layout.kind != options->layout) {
        st = gan__fail(state->ctx, GAN_E_FORMAT, "\"%s\": the file is in layout=%s, not %s", path,
                       gan__layout_word(layout.kind), gan__layout_word(options->layout));
    }
    return st;
}

static gan_status
load_values(gan_layer *layer, int64_t *loaded, const char *path, const char *text)
{
    static const struct gan__option_origin origin = {.kind = "gan_layer_load_values"};
    gan_context *ctx = ((struct gan__object *)layer)->ctx;
    struct values_options options = {0};
    struct gan__mapping mapping = {.ctx = ctx};
    struct gan__wish wish = {.whose = "the network's is", .path = path};
    struct gan__state state;
    char *prefix = NULL;
    gan_status st = GAN_OK;

    gan__state_init(&state, ctx);
    GAN__TRY(gan__options_parse(ctx, values_options, &options, NULL, NULL, text,
                                text == NULL ? 0 : strlen(text), &origin));
    GAN__TRY(gan__layer_must_be_built(layer));
    const struct gan__layout layout = {options.layout, options.sequential};
    GAN__TRY(gan__mapping_make(&mapping, layer, &layout));
    GAN__TRY(check_only(layer, options.only));
    GAN__TRY(gan__layer_part_prefix(ctx, options.part, &prefix));
    GAN__TRY(gan__safetensors_load(&state, path, options.max_bytes));
    GAN__TRY(check_file(&state, path, prefix, &options));
    wish.state = &state;
    wish.prefix = prefix;
    wish.only = options.only;
    wish.strict = options.strict;
    GAN__TRY(gan__layer_take_values(&mapping, &wish, loaded));

fail:
    gan__mapping_free(&mapping);
    gan__free(ctx, prefix);
    gan__options_free(ctx, values_options, &options);
    gan__state_free(&state);
    return st;
}

gan_status
gan_layer_load_values(gan_layer *layer, int64_t *loaded, const char *path, const char *options)
{
    struct gan__call call;
    int64_t count = 0;

    if (loaded != NULL) {
        *loaded = 0;
    }
    if (layer == NULL) {
        return GAN_E_ARG;
    }
    gan_context *ctx = ((struct gan__object *)layer)->ctx;
    gan_status st = gan__enter(&call, ctx, GAN__GROUP_LAYER);
    if (st != GAN_OK) {
        return st;
    }
    st = path == NULL ? gan__null(ctx, "path") : load_values(layer, &count, path, options);
    if (st == GAN_OK && loaded != NULL) {
        *loaded = count;
    }
    return gan__leave(&call, st);
}
