/*
 * avg_pool2d: the mean over windows that don't overlap; rows and columns that don't fill a window
 * are left out.
 */
#include "layers/class.h"

#include "base/context.h"

struct avg_pool2d {
    gan_layer base;
    int64_t kernel[2];
};

static const struct gan__option avg_pool2d_options[] = {
    {.name = "kernel",
     .type = GAN__OPTION_PAIR,
     .offset = offsetof(struct avg_pool2d, kernel),
     .minimum = 1,
     .maximum = GAN__TAPS_MAX_OPTION,
     .fallback = "2",
     .doc = "the window, height x width, and the step between windows"},
    GAN__OPTION_END,
};

static gan_status
avg_pool2d_build(gan_layer *layer, const struct gan__shape *in, struct gan__shape *out,
                 struct gan__building *building)
{
    const struct avg_pool2d *self = (const struct avg_pool2d *)layer;
    char text[GAN__SHAPE_TEXT_SIZE];

    (void)building;
    if (in->rank != 3) {
        return gan__layer_fail_shape(layer, in, "[height, width, channels]",
                                     "put `reshape` before it");
    }
    *out = gan__shape_of(3, in->size[0] / self->kernel[0], in->size[1] / self->kernel[1],
                         in->size[2], 0);
    if (out->size[0] < 1 || out->size[1] < 1) {
        return gan__fail(layer->object.ctx, GAN_E_SHAPE,
                         "input is %s, smaller than kernel %lldx%lld", gan__shape_text(text, in),
                         (long long)self->kernel[0], (long long)self->kernel[1]);
    }
    return GAN_OK;
}

static gan_status
avg_pool2d_run(gan_layer *layer, gan_tensor **out, gan_tensor *x, struct gan__run *run)
{
    return gan_avg_pool2d(run->ctx, out, x, ((const struct avg_pool2d *)layer)->kernel);
}

const struct gan__layer_class gan__layer_class_avg_pool2d = {
    .kind = "avg_pool2d",
    .doc = "mean over windows that don't overlap",
    .options = avg_pool2d_options,
    .size = sizeof(struct avg_pool2d),
    .flags = GAN__LAYER_TRANSPARENT,
    .build = avg_pool2d_build,
    .run = avg_pool2d_run,
};
