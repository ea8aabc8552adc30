/*
 * dense: y = x W + b; x [N, in], W [in, units], b [units].
 */
#include "layers/class.h"

#include "base/context.h"

struct dense {
    gan_layer base;
    int64_t units;
    struct gan__weighted weighted;
};

static const struct gan__option dense_options[] = {
    {.name = "units",
     .type = GAN__OPTION_INT,
     .offset = offsetof(struct dense, units),
     .minimum = 1,
     .maximum = GAN__SIZE_MAX_OPTION,
     .required = true,
     .doc = "output features"},
    GAN__WEIGHTED_OPTIONS(struct dense),
    GAN__OPTION_END,
};

static gan_status
dense_build(gan_layer *layer, const struct gan__shape *in, struct gan__shape *out,
            struct gan__building *building)
{
    struct dense *self = (struct dense *)layer;
    gan_status st;

    if (in->rank != 1) {
        return gan__layer_fail_shape(layer, in, "[features]", "put `flatten` before it");
    }
    const struct gan__shape weight = gan__shape_of(2, in->size[0], self->units, 0, 0);
    GAN__TRY(gan__weighted_build(layer, &self->weighted, building, &weight, 1, (double)in->size[0],
                                 (double)self->units));
    *out = gan__shape_of(1, self->units, 0, 0, 0);

fail:
    return st;
}

static gan_status
dense_run(gan_layer *layer, gan_tensor **out, gan_tensor *x, struct gan__run *run)
{
    const struct dense *self = (const struct dense *)layer;
    gan_tensor *weight = NULL, *product = NULL;
    gan_status st;

    GAN__TRY(gan__weighted_weight(layer, &self->weighted, &weight));
    st = gan_matmul(run->ctx, &product, x, weight, 0, 0);
    gan_tensor_destroy(weight);
    GAN__TRY(st);
    st = gan__weighted_finish(layer, &self->weighted, run, product, out);

fail:
    return st;
}

const struct gan__layer_class gan__layer_class_dense = {
    .kind = "dense",
    .doc = "y = x W + b on [features]; weight [in, units], bias [units]",
    .options = dense_options,
    .size = sizeof(struct dense),
    .flags = GAN__LAYER_HAS_PARAMETERS,
    .initial = offsetof(struct dense, weighted.initial),
    .weighted = offsetof(struct dense, weighted),
    .build = dense_build,
    .run = dense_run,
};
