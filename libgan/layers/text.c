/*
 * A network's text, every option spelled out.
 */
#include "layers/class.h"

#include "base/context.h"

/* What init=auto has become is written in its place. */
static void
print_options(gan_layer *layer, struct gan__text *out)
{
    struct gan__initial *initial = gan__layer_initial(layer);
    const int32_t rule = initial != NULL ? initial->rule : 0;

    if (initial != NULL) {
        initial->rule = initial->resolved;
    }
    if (layer->class->print != NULL) {
        layer->class->print(layer, out);
    } else {
        gan__options_print(out, layer->class->options, layer);
    }
    if (initial != NULL) {
        initial->rule = rule;
    }
}

void
gan__layer_print_options(gan_layer *layer, struct gan__text *out, bool frozen)
{
    const uint32_t says =
        GAN__LAYER_HAS_PARAMETERS | GAN__LAYER_HOLDS_LINES | GAN__LAYER_HOLDS_BLOCKS;
    const bool trainable = layer->trainable && !frozen;

    if (layer->name != NULL) {
        gan__text_add(out, " name=%s", layer->name);
    }
    if (!trainable || (layer->class->flags & says) != 0) {
        gan__text_add(out, " trainable=%s", trainable ? "true" : "false");
    }
    print_options(layer, out);
}

static void print_layer(gan_layer *layer, struct gan__text *out, int32_t indent, bool frozen);

static void
print_block(gan_layer *network, struct gan__text *out, int32_t indent)
{
    gan__text_add(out, " {\n");
    for (int32_t i = 0; i < network->child_count; i++) {
        print_layer(network->children[i], out, indent + 4, false);
    }
    gan__text_add(out, "%*s}", (int)indent, "");
}

static void
print_layer(gan_layer *layer, struct gan__text *out, int32_t indent, bool frozen)
{
    gan__text_add(out, "%*s%s", (int)indent, "", gan__layer_kind(layer));
    gan__layer_print_options(layer, out, frozen);
    if ((layer->class->flags & GAN__LAYER_HOLDS_LINES) != 0) {
        print_block(layer, out, indent);
    }
    for (int32_t i = 0;
         (layer->class->flags & GAN__LAYER_HOLDS_BLOCKS) != 0 && i < layer->child_count; i++) {
        print_block(layer->children[i], out, indent);
    }
    gan__text_add(out, "\n");
}

static void
print_network(gan_layer *layer, struct gan__text *out)
{
    const bool frozen = layer->built ? layer->frozen : !layer->trainable;

    gan__text_add(out, "gan-network 1");
    for (int32_t i = 0; layer->built && i < layer->input.rank; i++) {
        if (!gan__layer_takes_incoming(layer)) {
            break; /* the input line has it */
        }
        gan__text_add(out, "%s%lld", i == 0 ? " shape=" : "x", (long long)layer->input.size[i]);
    }
    gan__text_add(out, "\n");
    if ((layer->class->flags & GAN__LAYER_HOLDS_LINES) == 0) {
        print_layer(layer, out, 0, frozen);
        return;
    }
    for (int32_t i = 0; i < layer->child_count; i++) {
        print_layer(layer->children[i], out, 0, frozen);
    }
}

gan_status
gan_layer_text(gan_layer *layer, char *buffer, size_t size, size_t *needed)
{
    struct gan__call call;
    struct gan__text text;
    gan_layer *root = layer;
    gan_status st;

    if (layer == NULL) {
        return GAN_E_ARG;
    }
    st = gan__enter(&call, layer->object.ctx, GAN__GROUP_LAYER);
    if (st != GAN_OK) {
        return st;
    }
    while (root->parent != NULL) {
        root = root->parent;
    }
    if (!layer->built) {
        gan__layer_resolve(root);
    }
    gan__text_init(&text, call.ctx);
    print_network(layer, &text);
    return gan__leave(&call, gan__text_give(&text, buffer, size, needed));
}
