/*
 * conv2d: cross-correlation as in PyTorch, plus an offset a filter. x [N, H, W, in], weight
 * [kernel_h, kernel_w, in, out], y [N, (H + 2 padding - kernel_h) / stride + 1, ..., out].
 *
 * glorot's fan_out is divided by stride^2, as conv_transpose2d's fan_in is: each is the other's
 * adjoint.
 */
#include "layers/window.h"

#include "autograd/autograd.h"
#include "base/context.h"
#include "kernels/kernels.h"

struct conv2d {
    gan_layer base;
    int64_t filters;
    struct gan__window window;
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
     .offset = offsetof(struct conv2d, window.kernel),
     .minimum = 1,
     .maximum = GAN__TAPS_MAX_OPTION,
     .required = true,
     .doc = "height x width"},
    {.name = "stride",
     .type = GAN__OPTION_PAIR,
     .offset = offsetof(struct conv2d, window.stride),
     .minimum = 1,
     .maximum = GAN__TAPS_MAX_OPTION,
     .fallback = "1",
     .doc = "step between windows"},
    {.name = "padding",
     .type = GAN__OPTION_PAIR,
     .offset = offsetof(struct conv2d, window.padding),
     .minimum = 0,
     .maximum = GAN__TAPS_MAX_OPTION,
     .fallback = "0",
     .doc = "zeros on each side"},
    GAN__WEIGHTED_OPTIONS(struct conv2d),
    GAN__OPTION_END,
};

static gan_status
conv2d_build(gan_layer *layer, const struct gan__shape *in, struct gan__shape *out,
             struct gan__building *building)
{
    struct conv2d *self = (struct conv2d *)layer;
    gan_status st;

    GAN__TRY(gan__window_shape(layer, &self->window, in, self->filters, out));
    const double taps = (double)self->window.kernel[0] * (double)self->window.kernel[1];
    const double steps = (double)self->window.stride[0] * (double)self->window.stride[1];
    const struct gan__shape weight = gan__shape_of(
        4, self->window.kernel[0], self->window.kernel[1], in->size[2], self->filters);
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
    st = gan_conv2d(run->ctx, &product, x, weight, self->window.stride, self->window.padding);
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
    st = gan__conv2d_finished(run->ctx, out, x, weight, self->window.stride, self->window.padding,
                              &finish);
    gan_tensor_destroy(weight);

fail:
    return st;
}

const struct gan__layer_class gan__layer_class_conv2d = {
    .kind = "conv2d",
    .doc = "convolution of [height, width, channels]; weight [kernel_h, kernel_w, in, out]",
    .options = conv2d_options,
    .size = sizeof(struct conv2d),
    .flags = GAN__LAYER_HAS_PARAMETERS,
    .initial = offsetof(struct conv2d, weighted.initial),
    .weighted = offsetof(struct conv2d, weighted),
    .build = conv2d_build,
    .run = conv2d_run,
    .run_leaky = conv2d_run_leaky,
};
