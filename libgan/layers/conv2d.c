/*
 * conv2d: cross-correlation as in PyTorch, plus an offset a filter. x [N, H, W, in], weight
 * [kernel_h, kernel_w, in, out], y [N, (H + 2 padding - kernel_h) / stride + 1, ..., out].
 *
 * glorot's fan_out is divided by stride^2, as conv_transpose2d's fan_in is: each is the other's
 * adjoint.
 */
#include "layers/class.h"

#include "autograd/autograd.h"
#include "base/context.h"
#include "kernels/kernels.h"

struct conv2d {
    gan_layer base;
    int64_t filters;
    int64_t kernel[2], stride[2], padding[2];
    struct gan__weighted weighted;
};

static const struct gan__option conv2d_options[] = {
    {.name = "filters",
     .type = GAN__OPTION_INT,
     .offset = offsetof(struct conv2d, filters),
     .minimum = 1,
     .maximum = GAN__SIZE_MAX_OPTION,
     .required = true,
     .doc = "output channels"},
    {.name = "kernel",
     .type = GAN__OPTION_PAIR,
     .offset = offsetof(struct conv2d, kernel),
     .minimum = 1,
     .maximum = GAN__TAPS_MAX_OPTION,
     .required = true,
     .doc = "height x width"},
    {.name = "stride",
     .type = GAN__OPTION_PAIR,
     .offset = offsetof(struct conv2d, stride),
     .minimum = 1,
     .maximum = GAN__TAPS_MAX_OPTION,
     .fallback = "1",
     .doc = "step between windows"},
    {.name = "padding",
     .type = GAN__OPTION_PAIR,
     .offset = offsetof(struct conv2d, padding),
     .minimum = 0,
     .maximum = GAN__TAPS_MAX_OPTION,
     .fallback = "0",
     .doc = "zeros on each side"},
    GAN__WEIGHTED_OPTIONS(struct conv2d),
    GAN__OPTION_END,
};

static gan_status
conv2d_shape(gan_layer *layer, const struct gan__shape *in, struct gan__shape *out)
{
    const struct conv2d *self = (const struct conv2d *)layer;
    char text[GAN__SHAPE_TEXT_SIZE];

    if (in->rank != 3) {
        return gan__layer_fail_shape(layer, in, "[height, width, channels]",
                                     "put `reshape` before it");
    }
    *out = gan__shape_of(3, 0, 0, self->filters, 0);
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
conv2d_build(gan_layer *layer, const struct gan__shape *in, struct gan__shape *out,
             struct gan__building *building)
{
    struct conv2d *self = (struct conv2d *)layer;
    gan_status st;

    GAN__TRY(conv2d_shape(layer, in, out));
    const double taps = (double)self->kernel[0] * (double)self->kernel[1];
    const double steps = (double)self->stride[0] * (double)self->stride[1];
    const struct gan__shape weight =
        gan__shape_of(4, self->kernel[0], self->kernel[1], in->size[2], self->filters);
    GAN__TRY(gan__weighted_build(layer, &self->weighted, building, &weight, 3,
                                 taps * (double)in->size[2], taps * (double)self->filters / steps));

fail:
    return st;
}

static gan_status
conv2d_run(gan_layer *layer, gan_tensor **out, gan_tensor *x, struct gan__run *run)
{
    const struct conv2d *self = (const struct conv2d *)layer;
    gan_tensor *weight = NULL, *product = NULL;
    gan_status st;

    GAN__TRY(gan__weighted_weight(layer, &self->weighted, &weight));
    st = gan_conv2d(run->ctx, &product, x, weight, self->stride, self->padding);
    gan_tensor_destroy(weight);
    GAN__TRY(st);
    st = gan__weighted_finish(layer, &self->weighted, run, product, out);

fail:
    return st;
}

static gan_status
conv2d_run_leaky(gan_layer *layer, gan_tensor **out, gan_tensor *x, struct gan__run *run,
                 double slope)
{
    const struct conv2d *self = (const struct conv2d *)layer;
    const struct gan__finish finish = {
        .bias = self->weighted.bias ? gan__data(gan__weighted_bias(layer)) : NULL,
        .activate = true,
        .slope = (float)slope};
    gan_tensor *weight = NULL;
    gan_status st;

    GAN__TRY(gan__weighted_weight(layer, &self->weighted, &weight));
    st = gan__conv2d_finished(run->ctx, out, x, weight, self->stride, self->padding, &finish);
    gan_tensor_destroy(weight);

fail:
    return st;
}

static void
conv2d_moved(gan_layer *layer)
{
    gan__weighted_moved(layer, &((const struct conv2d *)layer)->weighted);
}

const struct gan__layer_class gan__layer_class_conv2d = {
    .kind = "conv2d",
    .doc = "convolution of [height, width, channels]; weight [kernel_h, kernel_w, in, out]",
    .options = conv2d_options,
    .size = sizeof(struct conv2d),
    .flags = GAN__LAYER_HAS_PARAMETERS,
    .initial = offsetof(struct conv2d, weighted.initial),
    .build = conv2d_build,
    .run = conv2d_run,
    .run_leaky = conv2d_run_leaky,
    .moved = conv2d_moved,
};
