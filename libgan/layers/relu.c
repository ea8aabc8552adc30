/*
 * relu: max(x, 0), element by element.
 */
#include "layers/class.h"

static const struct gan__option relu_options[] = {
    GAN__OPTION_END,
};

static gan_status
relu_build(gan_layer *layer, const struct gan__shape *in, struct gan__shape *out,
           struct gan__building *building)
{
    (void)layer;
    (void)building;
    *out = *in;
    return GAN_OK;
}

static gan_status
relu_run(gan_layer *layer, gan_tensor **out, gan_tensor *x, struct gan__run *run)
{
    (void)layer;
    return gan_leaky_relu(run->ctx, out, x, 0);
}

static double
relu_slope(const gan_layer *layer)
{
    (void)layer;
    return 0;
}

const struct gan__layer_class gan__layer_class_relu = {
    .kind = "relu",
    .doc = "max(x, 0)",
    .options = relu_options,
    .size = sizeof(gan_layer),
    .flags = GAN__LAYER_LEAKY,
    .build = relu_build,
    .run = relu_run,
    .slope = relu_slope,
};
