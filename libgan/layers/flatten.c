/*
 * flatten: the elements of each sample in one row, [features].
 */
#include "layers/class.h"

static const struct gan__option flatten_options[] = {
    GAN__OPTION_END,
};

static gan_status
flatten_build(gan_layer *layer, const struct gan__shape *in, struct gan__shape *out,
              struct gan__building *building)
{
    (void)layer;
    (void)building;
    *out = gan__shape_of(1, gan__shape_count(in), 0, 0, 0);
    return GAN_OK;
}

static gan_status
flatten_run(gan_layer *layer, gan_tensor **out, gan_tensor *x, struct gan__run *run)
{
    const int64_t sizes[2] = {x->shape.size[0], layer->output.size[0]};

    return gan_reshape(run->ctx, out, x, sizes, 2);
}

const struct gan__layer_class gan__layer_class_flatten = {
    .kind = "flatten",
    .doc = "all elements of a sample in one row",
    .options = flatten_options,
    .size = sizeof(gan_layer),
    .flags = GAN__LAYER_TRANSPARENT | GAN__LAYER_MOVES_ONLY,
    .build = flatten_build,
    .run = flatten_run,
};
