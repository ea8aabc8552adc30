/*
 * softplus: ln(1 + e^x), element by element.
 */
#include "layers/class.h"

static const struct gan__option softplus_options[] = {
    GAN__OPTION_END,
};

static gan_status
softplus_build(gan_layer *layer, const struct gan__shape *in, struct gan__shape *out,
               struct gan__building *building)
{
    (void)layer;
    (void)building;
    *out = *in;
    return GAN_OK;
}

static gan_status
softplus_run(gan_layer *layer, gan_tensor **out, gan_tensor *x, struct gan__run *run)
{
    (void)layer;
    return gan_softplus(run->ctx, out, x);
}

const struct gan__layer_class gan__layer_class_softplus = {
    .kind = "softplus",
    .doc = "ln(1 + e^x)",
    .options = softplus_options,
    .size = sizeof(gan_layer),
    .build = softplus_build,
    .run = softplus_run,
};
