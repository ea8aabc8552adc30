/*
 * silu (also called swish): x * sigmoid(x), element by element. (Elfwing, Uchibe, Doya 2017;
 * Ramachandran, Zoph, Le 2017)
 */
#include "layers/class.h"

static const struct gan__option silu_options[] = {
    GAN__OPTION_END,
};

static gan_status
silu_build(gan_layer *layer, const struct gan__shape *in, struct gan__shape *out,
           struct gan__building *building)
{
    (void)layer;
    (void)building;
    *out = *in;
    return GAN_OK;
}

static gan_status
silu_run(gan_layer *layer, gan_tensor **out, gan_tensor *x, struct gan__run *run)
{
    (void)layer;
    return gan_silu(run->ctx, out, x);
}

/* As relu's, as is usual: large negative values have no slope. */
static double
silu_slope(const gan_layer *layer)
{
    (void)layer;
    return 0;
}

const struct gan__layer_class gan__layer_class_silu = {
    .kind = "silu",
    .doc = "x * sigmoid(x), also called swish (Elfwing et al. 2017; Ramachandran et al. 2017)",
    .options = silu_options,
    .size = sizeof(gan_layer),
    .build = silu_build,
    .run = silu_run,
    .slope = silu_slope,
};
