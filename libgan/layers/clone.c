/*
 * Copies of built networks: the tree, layer by layer, and the values.
 */
#include "layers/class.h"

#include <string.h>

#include "base/context.h"

/* One layer without its children. */
static gan_status
copy_layer(gan_layer *from, gan_layer **out)
{
    gan_context *ctx = from->object.ctx;
    struct gan__text text;
    gan_status st;

    gan__text_init(&text, ctx);
    gan__layer_print_options(from, &text, false);
    st = text.status;
    if (st == GAN_OK) {
        st = gan__layer_make(ctx, out, from->class, gan__user_layer_get(from), text.data,
                             text.length, 0, 0);
    }
    gan__text_free(&text);
    if (st == GAN_OK) {
        (*out)->line = from->line;
        (*out)->number = from->number;
    }
    return st;
}

static gan_status
copy_tree(gan_layer *from, gan_layer **out)
{
    gan_layer *copy = NULL;
    gan_status st;

    GAN__TRY(copy_layer(from, &copy));
    for (int32_t i = 0; i < from->child_count; i++) {
        gan_layer *child = NULL;
        GAN__TRY(copy_tree(from->children[i], &child));
        st = gan__layer_attach(copy, child);
        gan_layer_destroy(child);
        if (st != GAN_OK) {
            goto fail;
        }
    }
    *out = copy;
    return GAN_OK;

fail:
    gan_layer_destroy(copy);
    return st;
}

gan_status
gan__layer_copy_values(gan_layer *to, gan_layer *from)
{
    gan_context *ctx = to->object.ctx;

    for (int64_t i = 0; i < to->tensor_count || i < from->tensor_count; i++) {
        if (i >= to->tensor_count || i >= from->tensor_count ||
            strcmp(to->tensors[i].name, from->tensors[i].name) != 0 ||
            !gan__shape_equal(&to->tensors[i].tensor->shape, &from->tensors[i].tensor->shape)) {
            return gan__fail(ctx, GAN_E_ARG, "the two networks differ in tensor %lld, %s",
                             (long long)i,
                             i < to->tensor_count ? to->tensors[i].name : from->tensors[i].name);
        }
    }
    for (int64_t i = 0; i < to->tensor_count; i++) {
        gan_tensor *tensor = to->tensors[i].tensor;
        memcpy(gan__data(tensor), gan__data(from->tensors[i].tensor),
               (size_t)tensor->count * sizeof(float));
        gan__tensor_touch(tensor);
    }
    return GAN_OK;
}

gan_status
gan__layer_clone(gan_layer *layer, gan_layer **out)
{
    struct gan__building building = {.ctx = layer->object.ctx, .number = layer->number};
    const bool takes = gan__layer_takes_incoming(layer);
    gan_layer *copy = NULL;
    gan_status st;

    *out = NULL;
    if (!layer->built) {
        return gan__fail(building.ctx, GAN_E_STATE, "the %s is not built", gan__layer_kind(layer));
    }
    GAN__TRY(copy_tree(layer, &copy));
    copy->trainable = !layer->frozen;
    GAN__TRY(gan__layer_build_root(copy, takes ? &layer->input : NULL, &building));
    GAN__TRY(gan__layer_copy_values(copy, layer));
    *out = copy;
    return GAN_OK;

fail:
    gan_layer_destroy(copy);
    return st;
}
