/*
 * upsample2d: a picture scale_h x scale_w times as large, each pixel repeated (nearest neighbour) or
 * between pixels by distance (bilinear; pixels are squares, PyTorch's align_corners=False).
 */
#include "layers/class.h"

#include "base/context.h"

enum { NEAREST, BILINEAR };

struct upsample2d {
    gan_layer base;
    int64_t scale[2];
    int32_t mode;
};

static const struct gan__option upsample2d_options[] = {
    {.name = "scale",
     .type = GAN__OPTION_PAIR,
     .offset = offsetof(struct upsample2d, scale),
     .minimum = 1,
     .maximum = GAN__TAPS_MAX_OPTION,
     .fallback = "2",
     .doc = "factors, height x width"},
    {.name = "mode",
     .type = GAN__OPTION_CHOICE,
     .offset = offsetof(struct upsample2d, mode),
     .fallback = "nearest",
     .choices = "nearest|bilinear",
     .doc = "repeat pixels, or go between them by distance"},
    GAN__OPTION_END,
};

static gan_status
upsample2d_build(gan_layer *layer, const struct gan__shape *in, struct gan__shape *out,
                 struct gan__building *building)
{
    const struct upsample2d *self = (const struct upsample2d *)layer;

    (void)building;
    if (in->rank != 3) {
        return gan__layer_fail_shape(layer, in, "[height, width, channels]",
                                     "put `reshape` before it");
    }
    /* Sizes are below 2^40, factors below 2^17. */
    *out = gan__shape_of(3, in->size[0] * self->scale[0], in->size[1] * self->scale[1], in->size[2],
                         0);
    return GAN_OK;
}

static gan_status
upsample2d_run(gan_layer *layer, gan_tensor **out, gan_tensor *x, struct gan__run *run)
{
    const struct upsample2d *self = (const struct upsample2d *)layer;

    if (self->mode == BILINEAR) {
        return gan_upsample_bilinear2d(run->ctx, out, x, self->scale);
    }
    return gan_upsample_nearest2d(run->ctx, out, x, self->scale);
}

const struct gan__layer_class gan__layer_class_upsample2d = {
    .kind = "upsample2d",
    .doc = "a larger picture: pixels repeated, or bilinear",
    .options = upsample2d_options,
    .size = sizeof(struct upsample2d),
    .flags = GAN__LAYER_TRANSPARENT,
    .build = upsample2d_build,
    .run = upsample2d_run,
};
