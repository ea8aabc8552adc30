/*
 * instance_norm: each channel of each sample normalised over its positions (height and width), as
 * PyTorch's InstanceNorm2d. (Ulyanov, Vedaldi, Lempitsky, "Instance normalization", 2016)
 */
#include "layers/normalise.h"

struct instance_norm {
    gan_layer base;
    struct gan__normalise normalise;
};

static const struct gan__option instance_norm_options[] = {
    GAN__NORMALISE_OPTIONS(struct instance_norm, "false"),
    GAN__OPTION_END,
};

static gan_status
instance_norm_build(gan_layer *layer, const struct gan__shape *in, struct gan__shape *out,
                    struct gan__building *building)
{
    if (in->rank < 2) {
        return gan__layer_fail_shape(layer, in, "[height, width, channels]",
                                     "layer_norm takes [features]");
    }
    *out = *in;
    return gan__normalise_build(layer, &((const struct instance_norm *)layer)->normalise, in,
                                in->size[in->rank - 1], building);
}

static gan_status
instance_norm_run(gan_layer *layer, gan_tensor **out, gan_tensor *x, struct gan__run *run)
{
    return gan__normalise_run(layer, &((const struct instance_norm *)layer)->normalise, out, x,
                              layer->output.size[layer->output.rank - 1], run);
}

const struct gan__layer_class gan__layer_class_instance_norm = {
    .kind = "instance_norm",
    .doc = "normalise each channel of each sample; with affine weight, bias [channels] (Ulyanov "
           "et al. 2016)",
    .options = instance_norm_options,
    .size = sizeof(struct instance_norm),
    .flags = GAN__LAYER_HAS_PARAMETERS | GAN__LAYER_TRANSPARENT,
    .build = instance_norm_build,
    .run = instance_norm_run,
};
