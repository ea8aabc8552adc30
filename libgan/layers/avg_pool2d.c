/*
 * avg_pool2d: the mean of each window, as PyTorch's; rows and columns that don't fill a window are
 * left out.
 */
#include "layers/window.h"

struct avg_pool2d {
    gan_layer base;
    struct gan__window window;
    bool count_include_padding;
};

static const struct gan__option avg_pool2d_options[] = {
    GAN__POOL_OPTIONS(struct avg_pool2d,
                      "places without pixels on each side, at most half of kernel"),
    {.name = "count_include_padding",
     .type = GAN__OPTION_BOOL,
     .offset = offsetof(struct avg_pool2d, count_include_padding),
     .fallback = "true",
     .doc = "divide by the places of a window; false: by its pixels"},
    GAN__OPTION_END,
};

static gan_status
avg_pool2d_check(gan_layer *layer)
{
    return gan__pool_check(layer, &((struct avg_pool2d *)layer)->window);
}

static gan_status
avg_pool2d_build(gan_layer *layer, const struct gan__shape *in, struct gan__shape *out,
                 struct gan__building *building)
{
    const struct avg_pool2d *self = (const struct avg_pool2d *)layer;

    (void)building;
    return gan__window_shape(layer, &self->window, in, in->size[2], out);
}

static gan_status
avg_pool2d_run(gan_layer *layer, gan_tensor **out, gan_tensor *x, struct gan__run *run)
{
    const struct avg_pool2d *self = (const struct avg_pool2d *)layer;

    return gan_avg_pool2d(run->ctx, out, x, self->window.kernel, self->window.stride,
                          self->window.padding, self->count_include_padding);
}

const struct gan__layer_class gan__layer_class_avg_pool2d = {
    .kind = "avg_pool2d",
    .doc = "mean over windows",
    .options = avg_pool2d_options,
    .size = sizeof(struct avg_pool2d),
    .flags = GAN__LAYER_TRANSPARENT,
    .check = avg_pool2d_check,
    .build = avg_pool2d_build,
    .run = avg_pool2d_run,
};
