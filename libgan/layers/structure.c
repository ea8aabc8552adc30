/*
 * What holds for the tree of layers in a network whatever their kinds: where inputs stand, numbers
 * of blocks, paths.
 */
#include "layers/class.h"

#include <stdio.h>
#include <string.h>

#include "base/context.h"

bool
gan__layer_takes_incoming(const gan_layer *layer)
{
    if ((layer->class->flags & GAN__LAYER_INPUT) != 0) {
        return false;
    }
    if ((layer->class->flags & GAN__LAYER_HOLDS_LINES) != 0) {
        return layer->child_count == 0 || gan__layer_takes_incoming(layer->children[0]);
    }
    for (int32_t i = 0; i < layer->child_count; i++) {
        if (gan__layer_takes_incoming(layer->children[i])) {
            return true;
        }
    }
    return (layer->class->flags & GAN__LAYER_HOLDS_BLOCKS) == 0 || layer->child_count == 0;
}

bool
gan__layer_knows_shape(const gan_layer *layer)
{
    while (layer->child_count > 0) {
        layer = layer->children[0];
    }
    if ((layer->class->flags & GAN__LAYER_INPUT) == 0) {
        return false;
    }
    struct gan__input input;
    gan__input_describe(layer, &input);
    return input.shape.rank > 0;
}

static gan_status
fail_at(const gan_layer *layer, gan_status st)
{
    gan__layer_fail_prefix(layer);
    return st;
}

static gan_status
check_container(const gan_layer *layer)
{
    const struct gan__layer_class *class = layer->class;
    gan_context *ctx = layer->object.ctx;

    if ((class->flags & GAN__LAYER_HOLDS_BLOCKS) != 0) {
        if (layer->child_count < class->blocks_minimum) {
            return gan__fail(ctx, GAN_E_ARG,
                             "%s has %d blocks, it takes %d or more; { } is the identity",
                             class->kind, (int)layer->child_count, (int)class->blocks_minimum);
        }
        return GAN_OK;
    }
    for (int32_t i = 1; i < layer->child_count; i++) {
        if (!gan__layer_takes_incoming(layer->children[i])) {
            return gan__fail(ctx, GAN_E_ARG,
                             "layer %d begins with inputs only, so that nothing uses the layers "
                             "before it",
                             (int)i);
        }
    }
    return GAN_OK;
}

/* The names of the inputs in a tree, for the search for one that is there twice. */
struct names {
    const gan_layer **layers;
    int32_t count, capacity;
};

static gan_status
add_name(struct names *names, const gan_layer *layer)
{
    struct gan__input one, other;

    gan__input_describe(layer, &one);
    for (int32_t i = 0; i < names->count; i++) {
        gan__input_describe(names->layers[i], &other);
        if (strcmp(one.name, other.name) == 0) {
            return gan__fail(layer->object.ctx, GAN_E_ARG,
                             "there are two inputs \"%s\"; tell them apart by name=", one.name);
        }
    }
    if (names->count == names->capacity) {
        const int32_t capacity = names->capacity == 0 ? 8 : 2 * names->capacity;
        const gan_layer **layers = gan__alloc_array(layer->object.ctx, capacity, sizeof *layers);
        if (layers == NULL) {
            return GAN_E_NOMEM;
        }
        for (int32_t i = 0; i < names->count; i++) {
            layers[i] = names->layers[i];
        }
        gan__free(layer->object.ctx, names->layers);
        names->layers = layers;
        names->capacity = capacity;
    }
    names->layers[names->count++] = layer;
    return GAN_OK;
}

static gan_status
check_tree(const gan_layer *layer, struct names *names, bool incoming)
{
    gan_status st = GAN_OK;

    if ((layer->class->flags & GAN__LAYER_INPUT) != 0) {
        if (incoming && layer->name == NULL) {
            return fail_at(layer, gan__fail(layer->object.ctx, GAN_E_ARG,
                                            "the name \"input\" is that of the network's own; give "
                                            "this one a name="));
        }
        st = add_name(names, layer);
        return st == GAN_OK ? GAN_OK : fail_at(layer, st);
    }
    if (layer->class->flags & (GAN__LAYER_HOLDS_LINES | GAN__LAYER_HOLDS_BLOCKS)) {
        st = check_container(layer);
        if (st != GAN_OK) {
            return fail_at(layer, st);
        }
    }
    for (int32_t i = 0; st == GAN_OK && i < layer->child_count; i++) {
        st = check_tree(layer->children[i], names, incoming);
    }
    return st;
}

gan_status
gan__layer_check_structure(gan_layer *layer)
{
    struct names names = {NULL, 0, 0};
    const gan_status st = check_tree(layer, &names, gan__layer_takes_incoming(layer));

    gan__free(layer->object.ctx, names.layers);
    return st;
}

const char *
gan__layer_segment(char buffer[GAN__LAYER_SEGMENT_SIZE], const gan_layer *parent, int32_t index)
{
    const char *name = parent->children[index]->name;

    if (name != NULL) {
        return name;
    }
    snprintf(buffer, GAN__LAYER_SEGMENT_SIZE, "%d", (int)index);
    return buffer;
}

const char *
gan__layer_last_kind(gan_layer *layer)
{
    for (int32_t i = layer->child_count - 1; i >= 0; i--) {
        if ((layer->class->flags & GAN__LAYER_HOLDS_LINES) == 0) {
            break;
        }
        const char *kind = gan__layer_last_kind(layer->children[i]);
        if (kind[0] != '\0') {
            return kind;
        }
    }
    if ((layer->class->flags & (GAN__LAYER_HOLDS_LINES | GAN__LAYER_MOVES_ONLY)) != 0) {
        return "";
    }
    return gan__layer_kind(layer);
}

const char *
gan__layer_batch_norm(gan_layer *network)
{
    if ((network->class->flags & GAN__LAYER_MIXES_BATCH) != 0) {
        return network->location != NULL ? network->location : gan__layer_kind(network);
    }
    for (int32_t i = 0; i < network->child_count; i++) {
        const char *found = gan__layer_batch_norm(network->children[i]);
        if (found != NULL) {
            return found;
        }
    }
    return NULL;
}

gan_status
gan__layer_check_batch(gan_layer *network, int64_t samples)
{
    gan_status st = GAN_OK;

    if (network->class->check_batch != NULL) {
        st = network->class->check_batch(network, samples);
        if (st != GAN_OK) {
            return fail_at(network, st);
        }
    }
    for (int32_t i = 0; st == GAN_OK && i < network->child_count; i++) {
        st = gan__layer_check_batch(network->children[i], samples);
    }
    return st;
}

void
gan__layer_moved(gan_layer *network)
{
    if (network->built && !network->frozen) {
        gan__weighted_moved(network);
    }
    for (int32_t i = 0; i < network->child_count; i++) {
        gan__layer_moved(network->children[i]);
    }
}

void
gan__layer_refresh(gan_layer *network)
{
    for (int i = 0; i < GAN__SPECTRAL_FIRST; i++) {
        gan__weighted_moved(network);
    }
    for (int32_t i = 0; i < network->child_count; i++) {
        gan__layer_refresh(network->children[i]);
    }
}

/* The child of that name or number; NULL if there is none. */
static gan_layer *
find_child(const gan_layer *layer, const char *segment, size_t length)
{
    char buffer[GAN__LAYER_SEGMENT_SIZE];

    for (int32_t i = 0; i < layer->child_count; i++) {
        const char *name = gan__layer_segment(buffer, layer, i);
        if (strlen(name) == length && memcmp(name, segment, length) == 0) {
            return layer->children[i];
        }
    }
    return NULL;
}

/* "no layer "x" in 5.0: there are 0, 1, head". The sentence is cut where it is too long. */
static gan_status
fail_not_found(gan_context *ctx, const gan_layer *layer, const char *path, size_t known)
{
    char buffer[GAN__LAYER_SEGMENT_SIZE];
    struct gan__text list;
    gan_status st;

    gan__text_init(&list, ctx);
    for (int32_t i = 0; i < layer->child_count && i < 200; i++) {
        gan__text_add(&list, "%s%s", i == 0 ? "" : ", ", gan__layer_segment(buffer, layer, i));
    }
    st = list.status;
    if (st == GAN_OK) {
        st = gan__fail(ctx, GAN_E_ARG, "there is no layer \"%.80s\": %s%.*s has %s", path,
                       known == 0 ? "the layer" : "", (int)(known < 80 ? known : 80), path,
                       list.length > 0 ? list.data : "no layers in it");
    }
    gan__text_free(&list);
    return st;
}

static gan_status
layer_find(gan_layer *layer, gan_layer **out, const char *path)
{
    const char *segment = path;
    gan_layer *at = layer;

    for (;;) {
        const size_t length = strcspn(segment, ".");
        gan_layer *child = find_child(at, segment, length);
        if (child == NULL) {
            const size_t known = segment == path ? 0 : (size_t)(segment - path) - 1;
            return fail_not_found(layer->object.ctx, at, path, known);
        }
        at = child;
        if (segment[length] == '\0') {
            break;
        }
        segment += length + 1;
    }
    gan__object_retain(&at->object);
    *out = at;
    return GAN_OK;
}

gan_status
gan_layer_find(gan_layer *layer, gan_layer **out, const char *path)
{
    struct gan__call call;
    gan_status st;

    if (out != NULL) {
        *out = NULL;
    }
    if (layer == NULL) {
        return GAN_E_ARG;
    }
    st = gan__enter(&call, layer->object.ctx, GAN__GROUP_LAYER);
    if (st != GAN_OK) {
        return st;
    }
    if (out == NULL) {
        st = gan__null(call.ctx, "out");
    } else if (path == NULL) {
        st = gan__null(call.ctx, "path");
    } else {
        st = layer_find(layer, out, path);
    }
    return gan__leave(&call, st);
}
