/*
 * Layer objects: making one of a kind, putting one into another, giving them up.
 */
#include "layers/class.h"

#include <string.h>

#include "base/context.h"

const struct gan__option gan__layer_common[] = {
    {.name = "name",
     .type = GAN__OPTION_TEXT,
     .offset = offsetof(struct gan_layer, name),
     .doc = "a snake_case word to be found by, in place of the line's number"},
    {.name = "trainable",
     .type = GAN__OPTION_BOOL,
     .offset = offsetof(struct gan_layer, trainable),
     .fallback = "true",
     .doc = "false: optimizers leave its parameters, and those of layers in it, as they are"},
    GAN__OPTION_END,
};

static void
layer_finalize(struct gan__object *object)
{
    gan_layer *layer = (gan_layer *)object;
    gan_context *ctx = object->ctx;

    gan__layer_unbuild(layer, false);
    for (int32_t i = 0; i < layer->child_count; i++) {
        layer->children[i]->parent = NULL;
        gan__object_release(&layer->children[i]->object);
    }
    gan__free(ctx, layer->children);
    gan__options_free(ctx, layer->class->options, layer);
    gan__options_free(ctx, gan__layer_common, layer);
}

static const struct gan__class layer_class = {.name = "layer", .finalize = layer_finalize};

static gan_status
check_name(const gan_layer *layer)
{
    if (layer->name != NULL && !gan__is_word(layer->name)) {
        return gan__fail(layer->object.ctx, GAN_E_ARG,
                         "name is \"%.40s\", it must be a snake_case word (a-z, 0-9, _) that "
                         "begins with a letter, of at most %d",
                         layer->name, GAN__LAYER_NAME_MAX);
    }
    return GAN_OK;
}

/* Put the place before the sentence of a failure. */
static void
name_place(gan_context *ctx, const char *kind, int32_t line, int32_t column)
{
    gan__fail_prefix(ctx, "%s", kind);
    if (line > 0) {
        gan__fail_prefix(ctx, "line %d, column %d", (int)line, (int)column);
    }
}

gan_status
gan__layer_make(gan_context *ctx, gan_layer **out, const struct gan__layer_class *class,
                const struct gan__kind *user, const char *options, size_t length, int32_t line,
                int32_t column)
{
    const struct gan__option_origin origin = {user != NULL ? user->node.name : class->kind, line,
                                              column};
    gan_layer *layer = gan__object_create(ctx, &layer_class, class->size);
    gan_status st = GAN_OK;

    if (layer == NULL) {
        return GAN_E_NOMEM;
    }
    layer->class = class;
    layer->line = line;
    if (user != NULL) {
        gan__user_layer_set(layer, user);
    }
    GAN__TRY(gan__options_parse(ctx, class->options, layer, gan__layer_common, layer, options,
                                length, &origin));
    st = check_name(layer);
    if (st == GAN_OK && class->check != NULL) {
        st = class->check(layer);
    }
    if (st != GAN_OK) {
        name_place(ctx, origin.kind, line, column);
        goto fail;
    }
    *out = layer;
    return GAN_OK;

fail:
    gan__object_destroy(&layer->object);
    return st;
}

static gan_status
layer_create(gan_context *ctx, gan_layer **out, const char *kind, const char *options)
{
    const struct gan__layer_class *class = NULL;
    const struct gan__kind *user = NULL;
    gan_layer *layer = NULL;
    gan_status st;

    GAN__TRY(gan__layer_find_kind(ctx, kind, strlen(kind), &class, &user));
    GAN__TRY(gan__layer_make(ctx, &layer, class, user, options,
                             options != NULL ? strlen(options) : 0, 0, 0));
    layer->number = ctx->network_count++;
    *out = layer;

fail:
    return st;
}

gan_status
gan_layer_create(gan_context *ctx, gan_layer **out, const char *kind, const char *options)
{
    struct gan__call call;
    gan_status st;

    if (out != NULL) {
        *out = NULL;
    }
    st = gan__enter(&call, ctx, GAN__GROUP_LAYER);
    if (st != GAN_OK) {
        return st;
    }
    if (out == NULL) {
        st = gan__null(ctx, "out");
    } else if (kind == NULL) {
        st = gan__null(ctx, "kind");
    } else {
        st = layer_create(ctx, out, kind, options);
    }
    return gan__leave(&call, st);
}

void
gan_layer_retain(gan_layer *layer)
{
    gan__object_retain((struct gan__object *)layer);
}

void
gan_layer_destroy(gan_layer *layer)
{
    gan__object_destroy((struct gan__object *)layer);
}

/* How many layers within layers, itself included. */
static int32_t
height(const gan_layer *layer)
{
    int32_t most = 0;

    for (int32_t i = 0; i < layer->child_count; i++) {
        const int32_t one = height(layer->children[i]);
        most = one > most ? one : most;
    }
    return most + 1;
}

static gan_status
check_place(gan_layer *parent, gan_layer *child)
{
    gan_context *ctx = parent->object.ctx;
    int32_t depth = 0;

    for (const gan_layer *at = parent; at != NULL; at = at->parent) {
        if (at == child) {
            return gan__fail(ctx, GAN_E_ARG, "a layer cannot hold itself");
        }
        depth++;
    }
    if (parent->built || child->built) {
        return gan__fail(ctx, GAN_E_STATE, "the %s is built already; add layers before",
                         parent->built ? "network" : "layer to add");
    }
    if (child->parent != NULL) {
        return gan__fail(ctx, GAN_E_STATE, "the %s has its place in a network already",
                         gan__layer_kind(child));
    }
    /* A block of residual takes two levels. */
    if (depth + height(child) > 2 * GAN__LAYER_DEPTH_MAX + 2) {
        return gan__fail(ctx, GAN_E_ARG, "blocks are nested more than %d deep",
                         GAN__LAYER_DEPTH_MAX);
    }
    return GAN_OK;
}

static gan_status
check_block(gan_layer *parent, gan_layer *child)
{
    gan_context *ctx = parent->object.ctx;

    if ((child->class->flags & GAN__LAYER_HOLDS_LINES) == 0) {
        return gan__fail(ctx, GAN_E_ARG, "%s takes networks, one for each block, not %s",
                         parent->class->kind, gan__layer_kind(child));
    }
    if (child->name != NULL || !child->trainable) {
        return gan__fail(ctx, GAN_E_ARG, "a block has no name= or trainable=; give them to the %s",
                         parent->class->kind);
    }
    if (parent->child_count == parent->class->blocks_maximum) {
        return gan__fail(ctx, GAN_E_ARG, "%s takes %d blocks at most", parent->class->kind,
                         (int)parent->class->blocks_maximum);
    }
    return GAN_OK;
}

static gan_status
check_line(gan_layer *parent, gan_layer *child)
{
    gan_context *ctx = parent->object.ctx;

    if (parent->child_count == GAN__LAYER_CHILDREN_MAX) {
        return gan__fail(ctx, GAN_E_ARG, "a network holds %d layers at most",
                         GAN__LAYER_CHILDREN_MAX);
    }
    if ((child->class->flags & GAN__LAYER_INPUT) != 0 && parent->child_count > 0) {
        return gan__fail(ctx, GAN_E_ARG,
                         "an input begins a network, or a block of residual or concat, which joins "
                         "it to the rest; here it would replace the layers before it");
    }
    for (int32_t i = 0; child->name != NULL && i < parent->child_count; i++) {
        const char *other = parent->children[i]->name;
        if (other != NULL && strcmp(other, child->name) == 0) {
            return gan__fail(ctx, GAN_E_ARG, "name=%s is taken by layer %d of the same block",
                             other, (int)i);
        }
    }
    return GAN_OK;
}

static gan_status
grow_children(gan_layer *parent)
{
    const int32_t capacity = parent->child_capacity == 0 ? 8 : 2 * parent->child_capacity;
    gan_layer **children;

    if (parent->child_count < parent->child_capacity) {
        return GAN_OK;
    }
    children = gan__alloc_array(parent->object.ctx, capacity, sizeof *children);
    if (children == NULL) {
        return GAN_E_NOMEM;
    }
    for (int32_t i = 0; i < parent->child_count; i++) {
        children[i] = parent->children[i];
    }
    gan__free(parent->object.ctx, parent->children);
    parent->children = children;
    parent->child_capacity = capacity;
    return GAN_OK;
}

gan_status
gan__layer_attach(gan_layer *parent, gan_layer *child)
{
    const uint32_t flags = parent->class->flags;
    gan_status st;

    if ((flags & (GAN__LAYER_HOLDS_LINES | GAN__LAYER_HOLDS_BLOCKS)) == 0) {
        return gan__fail(parent->object.ctx, GAN_E_ARG,
                         "%s holds no layers; add to a network, residual or concat",
                         gan__layer_kind(parent));
    }
    GAN__TRY(check_place(parent, child));
    GAN__TRY((flags & GAN__LAYER_HOLDS_BLOCKS) != 0 ? check_block(parent, child)
                                                    : check_line(parent, child));
    GAN__TRY(grow_children(parent));
    gan__object_hold(&child->object);
    child->parent = parent;
    parent->children[parent->child_count++] = child;

fail:
    return st;
}

gan_status
gan_layer_add(gan_layer *network, gan_layer *child)
{
    struct gan__call call;
    gan_status st;

    if (network == NULL) {
        return GAN_E_ARG;
    }
    st = gan__enter(&call, network->object.ctx, GAN__GROUP_LAYER);
    if (st != GAN_OK) {
        return st;
    }
    if (child == NULL) {
        st = gan__null(call.ctx, "child");
    } else if (child->object.ctx != call.ctx) {
        st = gan__fail(call.ctx, GAN_E_ARG, "child is a layer of another context");
    } else {
        st = gan__layer_attach(network, child);
    }
    return gan__leave(&call, st);
}
