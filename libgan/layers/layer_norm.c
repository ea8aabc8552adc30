/*
 * layer_norm: each sample normalised over all its elements, a weight and a bias for each channel
 * (the last axis); PyTorch's GroupNorm(1, channels), and on [features] its LayerNorm. (Ba, Kiros,
 * Hinton, "Layer normalization", 2016)
 */
#include "layers/normalise.h"

struct layer_norm {
    gan_layer base;
    struct gan__normalise normalise;
};

static const struct gan__option layer_norm_options[] = {
    GAN__NORMALISE_OPTIONS(struct layer_norm, "true"),
    GAN__OPTION_END,
};

static gan_status
layer_norm_build(gan_layer *layer, const struct gan__shape *in, struct gan__shape *out,
                 struct gan__building *building)
{
    *out = *in;
    return gan__normalise_build(layer, &((const struct layer_norm *)layer)->normalise, in, 1,
                                building);
}

static gan_status
layer_norm_run(gan_layer *layer, gan_tensor **out, gan_tensor *x, struct gan__run *run)
{
    return gan__normalise_run(layer, &((const struct layer_norm *)layer)->normalise, out, x, 1,
                              run);
}

const struct gan__layer_class gan__layer_class_layer_norm = {
    .kind = "layer_norm",
    .doc = "normalise each sample over all its elements; weight, bias [channels] (Ba et al. 2016)",
    .options = layer_norm_options,
    .size = sizeof(struct layer_norm),
    .flags = GAN__LAYER_HAS_PARAMETERS | GAN__LAYER_TRANSPARENT,
    .build = layer_norm_build,
    .run = layer_norm_run,
};
