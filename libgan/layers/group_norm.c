/*
 * group_norm: the channels of each sample in groups of neighbours, each normalised over its
 * positions and channels, as PyTorch's. (Wu, He, "Group normalization", ECCV 2018)
 */
#include "layers/normalise.h"

#include "base/context.h"

struct group_norm {
    gan_layer base;
    int64_t groups;
    struct gan__normalise normalise;
};

static const struct gan__option group_norm_options[] = {
    {.name = "groups",
     .type = GAN__OPTION_INT,
     .offset = offsetof(struct group_norm, groups),
     .minimum = 1,
     .maximum = GAN__SIZE_MAX_OPTION,
     .fallback = "32",
     .doc = "of the channels, which they divide"},
    GAN__NORMALISE_OPTIONS(struct group_norm, "true"),
    GAN__OPTION_END,
};

static gan_status
group_norm_build(gan_layer *layer, const struct gan__shape *in, struct gan__shape *out,
                 struct gan__building *building)
{
    const struct group_norm *self = (const struct group_norm *)layer;
    const int64_t channels = in->size[in->rank - 1];
    char text[GAN__SHAPE_TEXT_SIZE];

    if (channels % self->groups != 0) {
        return gan__fail(building->ctx, GAN_E_SHAPE,
                         "input is %s and groups=%lld does not divide its %lld channels",
                         gan__shape_text(text, in), (long long)self->groups, (long long)channels);
    }
    *out = *in;
    return gan__normalise_build(layer, &self->normalise, in, self->groups, building);
}

static gan_status
group_norm_run(gan_layer *layer, gan_tensor **out, gan_tensor *x, struct gan__run *run)
{
    const struct group_norm *self = (const struct group_norm *)layer;

    return gan__normalise_run(layer, &self->normalise, out, x, self->groups, run);
}

const struct gan__layer_class gan__layer_class_group_norm = {
    .kind = "group_norm",
    .doc = "normalise groups of channels of each sample; weight, bias [channels] (Wu, He 2018)",
    .options = group_norm_options,
    .size = sizeof(struct group_norm),
    .flags = GAN__LAYER_HAS_PARAMETERS | GAN__LAYER_TRANSPARENT,
    .build = group_norm_build,
    .run = group_norm_run,
};
