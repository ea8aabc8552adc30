/*
 * sigmoid: 1 / (1 + e^-x), element by element.
 */
#include "layers/class.h"

static const struct gan__option sigmoid_options[] = {
    GAN__OPTION_END,
};

static gan_status
sigmoid_build(gan_layer *layer, const struct gan__shape *in, struct gan__shape *out,
              struct gan__building *building)
{
    (void)layer;
    (void)building;
    *out = *in;
    return GAN_OK;
}

static gan_status
sigmoid_run(gan_layer *layer, gan_tensor **out, gan_tensor *x, struct gan__run *run)
{
    (void)layer;
    return gan_sigmoid(run->ctx, out, x);
}

const struct gan__layer_class gan__layer_class_sigmoid = {
    .kind = "sigmoid",
    .doc = "1 / (1 + e^-x)",
    .options = sigmoid_options,
    .size = sizeof(gan_layer),
    .build = sigmoid_build,
    .run = sigmoid_run,
};
