/*
 * avg_pool2d: the mean of each window, as PyTorch's; rows and columns that don't fill a window are
 * left out.
 */
#include "layers/class.h"

#include "base/context.h"

struct avg_pool2d {
    gan_layer base;
    int64_t kernel[2], stride[2], padding[2];
    bool count_include_padding;
};

static const struct gan__option avg_pool2d_options[] = {
    {.name = "kernel",
     .type = GAN__OPTION_PAIR,
     .offset = offsetof(struct avg_pool2d, kernel),
     .minimum = 1,
     .maximum = GAN__TAPS_MAX_OPTION,
     .fallback = "2",
     .doc = "the window, height x width"},
    {.name = "stride",
     .type = GAN__OPTION_PAIR,
     .offset = offsetof(struct avg_pool2d, stride),
     .minimum = 1,
     .maximum = GAN__TAPS_MAX_OPTION,
     .doc = "step between windows; default: kernel"},
    {.name = "padding",
     .type = GAN__OPTION_PAIR,
     .offset = offsetof(struct avg_pool2d, padding),
     .minimum = 0,
     .maximum = GAN__TAPS_MAX_OPTION,
     .fallback = "0",
     .doc = "places without pixels on each side, at most half of kernel"},
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
    struct avg_pool2d *self = (struct avg_pool2d *)layer;

    for (int32_t i = 0; i < 2; i++) {
        if (self->stride[i] == 0) { /* not given */
            self->stride[i] = self->kernel[i];
        }
        if (self->padding[i] > self->kernel[i] / 2) {
            return gan__fail(layer->object.ctx, GAN_E_ARG,
                             "padding is %lldx%lld, it must be at most half of kernel, %lldx%lld",
                             (long long)self->padding[0], (long long)self->padding[1],
                             (long long)self->kernel[0], (long long)self->kernel[1]);
        }
    }
    return GAN_OK;
}

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
    *out = gan__shape_of(3, 0, 0, in->size[2], 0);
    for (int32_t i = 0; i < 2; i++) {
        const int64_t room = in->size[i] + 2 * self->padding[i] - self->kernel[i];
        if (room < 0) {
            return gan__fail(layer->object.ctx, GAN_E_SHAPE,
                             "input is %s, with padding %lldx%lld smaller than kernel %lldx%lld",
                             gan__shape_text(text, in), (long long)self->padding[0],
                             (long long)self->padding[1], (long long)self->kernel[0],
                             (long long)self->kernel[1]);
        }
        out->size[i] = room / self->stride[i] + 1;
    }
    return GAN_OK;
}

static gan_status
avg_pool2d_run(gan_layer *layer, gan_tensor **out, gan_tensor *x, struct gan__run *run)
{
    const struct avg_pool2d *self = (const struct avg_pool2d *)layer;

    return gan_avg_pool2d(run->ctx, out, x, self->kernel, self->stride, self->padding,
                          self->count_include_padding);
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
