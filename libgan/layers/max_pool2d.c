/*
 * max_pool2d: the largest value of each window, as PyTorch's; padding never is it.
 */
#include "layers/window.h"

struct max_pool2d {
    gan_layer base;
    struct gan__window window;
};

static const struct gan__option max_pool2d_options[] = {
    GAN__POOL_OPTIONS(struct max_pool2d, "minus infinity on each side, at most half of kernel"),
    GAN__OPTION_END,
};

static gan_status
max_pool2d_check(gan_layer *layer)
{
    return gan__pool_check(layer, &((struct max_pool2d *)layer)->window);
}

static gan_status
max_pool2d_build(gan_layer *layer, const struct gan__shape *in, struct gan__shape *out,
                 struct gan__building *building)
{
    const struct max_pool2d *self = (const struct max_pool2d *)layer;

    (void)building;
    return gan__window_shape(layer, &self->window, in, in->size[2], out);
}

static gan_status
max_pool2d_run(gan_layer *layer, gan_tensor **out, gan_tensor *x, struct gan__run *run)
{
    const struct max_pool2d *self = (const struct max_pool2d *)layer;

    return gan_max_pool2d(run->ctx, out, x, self->window.kernel, self->window.stride,
                          self->window.padding);
}

const struct gan__layer_class gan__layer_class_max_pool2d = {
    .kind = "max_pool2d",
    .doc = "maximum over windows",
    .options = max_pool2d_options,
    .size = sizeof(struct max_pool2d),
    .flags = GAN__LAYER_TRANSPARENT,
    .check = max_pool2d_check,
    .build = max_pool2d_build,
    .run = max_pool2d_run,
};
