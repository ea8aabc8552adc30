/*
 * leaky_relu: x where x > 0, else slope * x, element by element.
 */
#include "layers/class.h"

struct leaky_relu {
    gan_layer base;
    double slope;
};

static const struct gan__option leaky_relu_options[] = {
    {.name = "slope",
     .type = GAN__OPTION_REAL,
     .offset = offsetof(struct leaky_relu, slope),
     .minimum = -1e6,
     .maximum = 1e6,
     .fallback = "0.2",
     .doc = "factor on negative values"},
    GAN__OPTION_END,
};

static gan_status
leaky_relu_build(gan_layer *layer, const struct gan__shape *in, struct gan__shape *out,
                 struct gan__building *building)
{
    (void)layer;
    (void)building;
    *out = *in;
    return GAN_OK;
}

static gan_status
leaky_relu_run(gan_layer *layer, gan_tensor **out, gan_tensor *x, struct gan__run *run)
{
    return gan_leaky_relu(run->ctx, out, x, ((const struct leaky_relu *)layer)->slope);
}

static double
leaky_relu_slope(const gan_layer *layer)
{
    return ((const struct leaky_relu *)layer)->slope;
}

const struct gan__layer_class gan__layer_class_leaky_relu = {
    .kind = "leaky_relu",
    .doc = "x where x > 0, else slope * x",
    .options = leaky_relu_options,
    .size = sizeof(struct leaky_relu),
    .flags = GAN__LAYER_LEAKY,
    .build = leaky_relu_build,
    .run = leaky_relu_run,
    .slope = leaky_relu_slope,
};
