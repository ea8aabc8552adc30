/*
 * dense: y = x W + b; x [N, in], W [in, units], b [units].
 */
#include "layers/class.h"

#include "base/context.h"

struct dense {
    gan_layer base;
    int64_t units;
    bool bias;
    struct gan__initial initial;
};

static const struct gan__option dense_options[] = {
    {.name = "units",
     .type = GAN__OPTION_INT,
     .offset = offsetof(struct dense, units),
     .minimum = 1,
     .maximum = GAN__SIZE_MAX_OPTION,
     .required = true,
     .doc = "output features"},
    {.name = "bias",
     .type = GAN__OPTION_BOOL,
     .offset = offsetof(struct dense, bias),
     .fallback = "true",
     .doc = "add a learned offset"},
    GAN__INITIAL_OPTIONS(struct dense),
    GAN__OPTION_END,
};

static gan_status
dense_build(gan_layer *layer, const struct gan__shape *in, struct gan__shape *out,
            struct gan__building *building)
{
    static const struct gan__values zeros = {.distribution = GAN__CONSTANT};
    const struct dense *self = (const struct dense *)layer;
    gan_status st;

    if (in->rank != 1) {
        return gan__layer_fail_shape(layer, in, "[features]", "put `flatten` before it");
    }
    const struct gan__shape weight = gan__shape_of(2, in->size[0], self->units, 0, 0);
    const struct gan__shape bias = gan__shape_of(1, self->units, 0, 0, 0);
    const struct gan__values values =
        gan__initial_values(&self->initial, (double)in->size[0], (double)self->units);
    GAN__TRY(gan__layer_add_parameter(layer, building, "weight", &weight, &values, false));
    if (self->bias) {
        GAN__TRY(gan__layer_add_parameter(layer, building, "bias", &bias, &zeros, false));
    }
    *out = bias;

fail:
    return st;
}

static gan_status
dense_run(gan_layer *layer, gan_tensor **out, gan_tensor *x, struct gan__run *run)
{
    const struct dense *self = (const struct dense *)layer;
    gan_tensor *product = NULL;
    gan_status st;

    GAN__TRY(gan_matmul(run->ctx, &product, x, layer->parameters[0].tensor, 0, 0));
    if (!self->bias) {
        *out = product;
        return GAN_OK;
    }
    st = gan_add(run->ctx, out, product, layer->parameters[1].tensor);

fail:
    gan_tensor_destroy(product);
    return st;
}

const struct gan__layer_class gan__layer_class_dense = {
    .kind = "dense",
    .doc = "y = x W + b on [features]; weight [in, units], bias [units]",
    .options = dense_options,
    .size = sizeof(struct dense),
    .flags = GAN__LAYER_HAS_PARAMETERS,
    .initial = offsetof(struct dense, initial),
    .build = dense_build,
    .run = dense_run,
};
