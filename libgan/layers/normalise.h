/*
 * What layer_norm, instance_norm and group_norm share: each sample by itself, its channels in
 * groups, y = (x - mean) / sqrt(variance + epsilon) * weight + bias with the mean and the (biased)
 * variance of a group over all its positions and channels. One group is layer_norm, a group a
 * channel instance_norm.
 */
#ifndef GAN__LAYERS_NORMALISE_H
#define GAN__LAYERS_NORMALISE_H

#include "layers/class.h"

struct gan__normalise {
    double epsilon;
    bool affine;
};

/* Its rows in the table of a kind's struct, whose member is called `normalise`. */
/* clang-format off */
#define GAN__NORMALISE_OPTIONS(owner, affine_by_default)                                           \
    {.name = "epsilon", .type = GAN__OPTION_REAL, .offset = offsetof(owner, normalise.epsilon),    \
     .minimum = 0, .maximum = 1e6, .minimum_open = true, .fallback = "1e-5",                       \
     .doc = "added to the variance"},                                                              \
    {.name = "affine", .type = GAN__OPTION_BOOL, .offset = offsetof(owner, normalise.affine),      \
     .fallback = affine_by_default, .doc = "a learned weight and bias for each channel"}
/* clang-format on */

/* Any input whose groups have two values or more; with affine, the parameters weight (ones) and
 * bias (zeros), [channels]. groups divides the channels. */
gan_status gan__normalise_build(gan_layer *layer, const struct gan__normalise *normalise,
                                const struct gan__shape *in, int64_t groups,
                                struct gan__building *building);
gan_status gan__normalise_run(gan_layer *layer, const struct gan__normalise *normalise,
                              gan_tensor **out, gan_tensor *x, int64_t groups,
                              struct gan__run *run);

#endif
