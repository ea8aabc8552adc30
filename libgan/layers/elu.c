/*
 * elu: x where x > 0, else alpha * (e^x - 1), element by element. (Clevert, Unterthiner,
 * Hochreiter, "Fast and accurate deep network learning by exponential linear units", ICLR 2016)
 */
#include "layers/class.h"

struct elu {
    gan_layer base;
    double alpha;
};

static const struct gan__option elu_options[] = {
    {.name = "alpha",
     .type = GAN__OPTION_REAL,
     .offset = offsetof(struct elu, alpha),
     .minimum = 0,
     .maximum = 1e6,
     .fallback = "1",
     .doc = "what large negative values come to, with the other sign"},
    GAN__OPTION_END,
};

static gan_status
elu_build(gan_layer *layer, const struct gan__shape *in, struct gan__shape *out,
          struct gan__building *building)
{
    (void)layer;
    (void)building;
    *out = *in;
    return GAN_OK;
}

static gan_status
elu_run(gan_layer *layer, gan_tensor **out, gan_tensor *x, struct gan__run *run)
{
    return gan_elu(run->ctx, out, x, ((const struct elu *)layer)->alpha);
}

/* As relu's, as is usual: large negative values have no slope. */
static double
elu_slope(const gan_layer *layer)
{
    (void)layer;
    return 0;
}

const struct gan__layer_class gan__layer_class_elu = {
    .kind = "elu",
    .doc = "x where x > 0, else alpha * (e^x - 1) (Clevert et al. 2016)",
    .options = elu_options,
    .size = sizeof(struct elu),
    .build = elu_build,
    .run = elu_run,
    .slope = elu_slope,
};
