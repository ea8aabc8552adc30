/*
 * network: layers one after the other. In a text `network { ... }` is one with a name or
 * `trainable=` of its own.
 */
#include "layers/class.h"

#include "base/context.h"

static const struct gan__option network_options[] = {
    GAN__OPTION_END,
};

static gan_status
network_build(gan_layer *layer, const struct gan__shape *in, struct gan__shape *out,
              struct gan__building *building)
{
    struct gan__shape shape = in != NULL ? *in : gan__shape_of(0, 0, 0, 0, 0);
    gan_status st = GAN_OK;

    for (int32_t i = 0; i < layer->child_count; i++) {
        struct gan__shape next = shape;
        GAN__TRY(gan__layer_build_child(layer, i, i == 0 ? in : &shape, &next, building));
        shape = next;
    }
    *out = shape;

fail:
    return st;
}

static gan_status
network_run(gan_layer *layer, gan_tensor **out, gan_tensor *x, struct gan__run *run)
{
    gan_tensor *current = x != NULL ? gan__same(x) : NULL;
    gan_status st = GAN_OK;

    for (int32_t i = 0; i < layer->child_count; i++) {
        gan_tensor *next = NULL;
        bool both = false;
        if (i + 1 < layer->child_count) {
            st = gan__layer_call_both(layer->children[i], layer->children[i + 1], &next, current,
                                      run, &both);
        }
        if (both) {
            i++;
        } else {
            st = gan__layer_call(layer->children[i], &next, current, run);
        }
        gan_tensor_destroy(current);
        current = next;
        if (st != GAN_OK) {
            return st;
        }
    }
    *out = current;
    return GAN_OK;
}

const struct gan__layer_class gan__layer_class_network = {
    .kind = "network",
    .doc = "layers one after the other, in one block { ... }",
    .options = network_options,
    .size = sizeof(gan_layer),
    .flags = GAN__LAYER_HOLDS_LINES,
    .build = network_build,
    .run = network_run,
};
