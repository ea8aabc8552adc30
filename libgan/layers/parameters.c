/*
 * A built network's tensors and shapes for others: by number, by path, as a list.
 */
#include "layers/class.h"

#include <string.h>

#include "base/context.h"

bool
gan__layer_is_built(gan_layer *layer)
{
    return layer->built;
}

const struct gan__shape *
gan__layer_output(gan_layer *layer)
{
    return &layer->output;
}

int32_t
gan__layer_input_count(gan_layer *layer)
{
    return layer->input_count;
}

const struct gan__input *
gan__layer_input(gan_layer *layer, int32_t index)
{
    return &layer->inputs[index];
}

int64_t
gan__layer_tensor_count(gan_layer *layer)
{
    return layer->tensor_count;
}

const struct gan__layer_tensor *
gan__layer_tensors(gan_layer *layer)
{
    return layer->tensors;
}

struct gan__layer_view
gan__layer_view(gan_layer *layer)
{
    const uint32_t flags = layer->class->flags;

    return (struct gan__layer_view){
        .kind = gan__layer_kind(layer),
        .location = layer->location,
        .input = layer->input,
        .output = layer->output,
        .holds = (flags & GAN__LAYER_HOLDS_LINES) != 0    ? GAN__HOLDS_LINES
                 : (flags & GAN__LAYER_HOLDS_BLOCKS) != 0 ? GAN__HOLDS_BLOCKS
                                                          : GAN__HOLDS_NOTHING,
        .children = layer->child_count,
        .own_tensors = layer->parameter_count,
        .is_input = (flags & GAN__LAYER_INPUT) != 0,
        .moves_only = (flags & GAN__LAYER_MOVES_ONLY) != 0,
    };
}

gan_layer *
gan__layer_child(gan_layer *layer, int32_t index)
{
    return layer->children[index];
}

/* Enter a call on a layer that must be built. */
static gan_status
enter_built(struct gan__call *call, gan_layer *layer)
{
    gan_status st;

    if (layer == NULL) {
        return GAN_E_ARG;
    }
    st = gan__enter(call, layer->object.ctx, GAN__GROUP_LAYER);
    if (st == GAN_OK && !layer->built) {
        st = gan__leave(call, gan__fail(call->ctx, GAN_E_STATE,
                                        "the %s is not built; call gan_layer_build() with a "
                                        "sample's shape",
                                        gan__layer_kind(layer)));
    }
    return st;
}

gan_status
gan_layer_output_shape(gan_layer *layer, int64_t *shape, int32_t capacity, int32_t *rank)
{
    struct gan__call call;
    const gan_status st = enter_built(&call, layer);

    if (st != GAN_OK) {
        return st;
    }
    return gan__leave(&call, gan__shape_give(call.ctx, &layer->output, shape, capacity, rank));
}

gan_status
gan_layer_input_shape(gan_layer *layer, int64_t *shape, int32_t capacity, int32_t *rank)
{
    struct gan__call call;
    const gan_status st = enter_built(&call, layer);

    if (st != GAN_OK) {
        return st;
    }
    return gan__leave(&call,
                      gan__shape_give(call.ctx, &layer->inputs[0].shape, shape, capacity, rank));
}

gan_status
gan_layer_parameter_count(gan_layer *layer, int64_t *count)
{
    struct gan__call call;
    gan_status st;

    if (count != NULL) {
        *count = 0;
    }
    st = enter_built(&call, layer);
    if (st != GAN_OK) {
        return st;
    }
    if (count == NULL) {
        st = gan__null(call.ctx, "count");
    } else {
        *count = layer->tensor_count;
    }
    return gan__leave(&call, st);
}

static gan_status
give_parameter(gan_layer *layer, gan_tensor **parameter, int64_t index, char *name, size_t size,
               size_t *needed)
{
    gan_context *ctx = layer->object.ctx;
    struct gan__text text;
    gan_status st;

    if (index < 0 || index >= layer->tensor_count) {
        return gan__fail(ctx, GAN_E_ARG, "index is %lld, the layer has %lld tensors",
                         (long long)index, (long long)layer->tensor_count);
    }
    gan__text_init(&text, ctx);
    gan__text_add(&text, "%s", layer->tensors[index].name);
    GAN__TRY(gan__text_give(&text, name, size, needed));
    *parameter = gan__same(layer->tensors[index].tensor);

fail:
    return st;
}

gan_status
gan_layer_parameter(gan_layer *layer, gan_tensor **parameter, int64_t index, char *name,
                    size_t size, size_t *needed)
{
    struct gan__call call;
    gan_status st;

    if (parameter != NULL) {
        *parameter = NULL;
    }
    st = enter_built(&call, layer);
    if (st != GAN_OK) {
        return st;
    }
    if (parameter == NULL) {
        st = gan__null(call.ctx, "parameter");
    } else {
        st = give_parameter(layer, parameter, index, name, size, needed);
    }
    return gan__leave(&call, st);
}

static gan_status
find_parameter(gan_layer *layer, gan_tensor **parameter, const char *path)
{
    gan_context *ctx = layer->object.ctx;
    struct gan__text list;
    gan_status st;

    for (int64_t i = 0; i < layer->tensor_count; i++) {
        if (strcmp(layer->tensors[i].name, path) == 0) {
            *parameter = gan__same(layer->tensors[i].tensor);
            return GAN_OK;
        }
    }
    gan__text_init(&list, ctx);
    for (int64_t i = 0; i < layer->tensor_count && list.length < 1000; i++) {
        gan__text_add(&list, "%s%s", i == 0 ? "" : ", ", layer->tensors[i].name);
    }
    st = list.status;
    if (st == GAN_OK) {
        st = gan__fail(ctx, GAN_E_ARG, "there is no parameter \"%.80s\": there are %s", path,
                       list.length > 0 ? list.data : "none");
    }
    gan__text_free(&list);
    return st;
}

gan_status
gan_layer_find_parameter(gan_layer *layer, gan_tensor **parameter, const char *path)
{
    struct gan__call call;
    gan_status st;

    if (parameter != NULL) {
        *parameter = NULL;
    }
    st = enter_built(&call, layer);
    if (st != GAN_OK) {
        return st;
    }
    if (parameter == NULL) {
        st = gan__null(call.ctx, "parameter");
    } else if (path == NULL) {
        st = gan__null(call.ctx, "path");
    } else {
        st = find_parameter(layer, parameter, path);
    }
    return gan__leave(&call, st);
}

gan_status
gan_layer_clear_gradients(gan_layer *layer)
{
    struct gan__call call;
    gan_status st;

    if (layer == NULL) {
        return GAN_E_ARG;
    }
    st = gan__enter(&call, layer->object.ctx, GAN__GROUP_LAYER);
    if (st != GAN_OK) {
        return st;
    }
    for (int64_t i = 0; st == GAN_OK && i < layer->tensor_count; i++) {
        st = gan_tensor_clear_gradient(layer->tensors[i].tensor);
    }
    return gan__leave(&call, st);
}

gan_status
gan_layer_refresh(gan_layer *layer)
{
    struct gan__call call;
    const gan_status st = enter_built(&call, layer);

    if (st != GAN_OK) {
        return st;
    }
    gan__layer_refresh(layer);
    return gan__leave(&call, GAN_OK);
}
