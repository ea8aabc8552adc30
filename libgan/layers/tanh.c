/*
 * tanh: the hyperbolic tangent of x, element by element.
 */
#include "layers/class.h"

static const struct gan__option tanh_options[] = {
    GAN__OPTION_END,
};

static gan_status
tanh_build(gan_layer *layer, const struct gan__shape *in, struct gan__shape *out,
           struct gan__building *building)
{
    (void)layer;
    (void)building;
    *out = *in;
    return GAN_OK;
}

static gan_status
tanh_run(gan_layer *layer, gan_tensor **out, gan_tensor *x, struct gan__run *run)
{
    (void)layer;
    return gan_tanh(run->ctx, out, x);
}

const struct gan__layer_class gan__layer_class_tanh = {
    .kind = "tanh",
    .doc = "the hyperbolic tangent of x",
    .options = tanh_options,
    .size = sizeof(gan_layer),
    .build = tanh_build,
    .run = tanh_run,
};
