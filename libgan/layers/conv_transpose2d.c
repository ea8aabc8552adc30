/*
 * conv_transpose2d: the adjoint of conv2d by its input, plus an offset a filter. x [N, h, w, in],
 * weight [kernel_h, kernel_w, out, in] (that of the convolution), y [N, (h - 1) stride - 2 padding
 * + kernel_h + output_padding, ..., out].
 *
 * A pixel of y meets 1 / stride^2 of the taps, so he and glorot divide fan_in by stride^2.
 */
#include "layers/class.h"

#include "base/context.h"

struct conv_transpose2d {
    gan_layer base;
    int64_t filters;
    int64_t kernel[2], stride[2], padding[2], output_padding[2];
    struct gan__weighted weighted;
};

static const struct gan__option conv_transpose2d_options[] = {
    {.name = "filters",
     .type = GAN__OPTION_INT,
     .offset = offsetof(struct conv_transpose2d, filters),
     .minimum = 1,
     .maximum = GAN__SIZE_MAX_OPTION,
     .required = true,
     .doc = "output channels"},
    {.name = "kernel",
     .type = GAN__OPTION_PAIR,
     .offset = offsetof(struct conv_transpose2d, kernel),
     .minimum = 1,
     .maximum = GAN__TAPS_MAX_OPTION,
     .required = true,
     .doc = "height x width"},
    {.name = "stride",
     .type = GAN__OPTION_PAIR,
     .offset = offsetof(struct conv_transpose2d, stride),
     .minimum = 1,
     .maximum = GAN__TAPS_MAX_OPTION,
     .fallback = "1",
     .doc = "step between windows of the output"},
    {.name = "padding",
     .type = GAN__OPTION_PAIR,
     .offset = offsetof(struct conv_transpose2d, padding),
     .minimum = 0,
     .maximum = GAN__TAPS_MAX_OPTION,
     .fallback = "0",
     .doc = "rows and columns cut off on each side of the output"},
    {.name = "output_padding",
     .type = GAN__OPTION_PAIR,
     .offset = offsetof(struct conv_transpose2d, output_padding),
     .minimum = 0,
     .maximum = GAN__TAPS_MAX_OPTION,
     .fallback = "0",
     .doc = "rows and columns added at the output's end, below stride"},
    GAN__WEIGHTED_OPTIONS(struct conv_transpose2d),
    GAN__OPTION_END,
};

static gan_status
conv_transpose2d_check(gan_layer *layer)
{
    const struct conv_transpose2d *self = (const struct conv_transpose2d *)layer;

    for (int32_t i = 0; i < 2; i++) {
        if (self->output_padding[i] >= self->stride[i]) {
            return gan__fail(layer->object.ctx, GAN_E_ARG,
                             "output_padding is %lldx%lld, it must be below stride, %lldx%lld",
                             (long long)self->output_padding[0], (long long)self->output_padding[1],
                             (long long)self->stride[0], (long long)self->stride[1]);
        }
    }
    return GAN_OK;
}

static gan_status
conv_transpose2d_shape(gan_layer *layer, const struct gan__shape *in, struct gan__shape *out)
{
    const struct conv_transpose2d *self = (const struct conv_transpose2d *)layer;
    char text[GAN__SHAPE_TEXT_SIZE];

    if (in->rank != 3) {
        return gan__layer_fail_shape(layer, in, "[height, width, channels]",
                                     "put `reshape` before it");
    }
    *out = gan__shape_of(3, 0, 0, self->filters, 0);
    for (int32_t i = 0; i < 2; i++) {
        out->size[i] = (in->size[i] - 1) * self->stride[i] - 2 * self->padding[i] +
                       self->kernel[i] + self->output_padding[i];
        if (out->size[i] < 1) {
            return gan__fail(layer->object.ctx, GAN_E_SHAPE,
                             "input is %s, of whose output padding %lldx%lld leaves nothing",
                             gan__shape_text(text, in), (long long)self->padding[0],
                             (long long)self->padding[1]);
        }
    }
    return GAN_OK;
}

static gan_status
conv_transpose2d_build(gan_layer *layer, const struct gan__shape *in, struct gan__shape *out,
                       struct gan__building *building)
{
    struct conv_transpose2d *self = (struct conv_transpose2d *)layer;
    gan_status st;

    GAN__TRY(conv_transpose2d_shape(layer, in, out));
    const double taps = (double)self->kernel[0] * (double)self->kernel[1];
    const double steps = (double)self->stride[0] * (double)self->stride[1];
    const struct gan__shape weight =
        gan__shape_of(4, self->kernel[0], self->kernel[1], self->filters, in->size[2]);
    GAN__TRY(gan__weighted_build(layer, &self->weighted, building, &weight, 2,
                                 taps * (double)in->size[2] / steps, taps * (double)self->filters));

fail:
    return st;
}

static gan_status
conv_transpose2d_run(gan_layer *layer, gan_tensor **out, gan_tensor *x, struct gan__run *run)
{
    const struct conv_transpose2d *self = (const struct conv_transpose2d *)layer;
    gan_tensor *weight = NULL, *product = NULL;
    gan_status st;

    GAN__TRY(gan__weighted_weight(layer, &self->weighted, &weight));
    st = gan_conv_transpose2d(run->ctx, &product, x, weight, self->stride, self->padding,
                              self->output_padding);
    gan_tensor_destroy(weight);
    GAN__TRY(st);
    st = gan__weighted_finish(layer, &self->weighted, run, product, out);

fail:
    return st;
}

const struct gan__layer_class gan__layer_class_conv_transpose2d = {
    .kind = "conv_transpose2d",
    .doc = "transposed convolution of [height, width, channels]; weight [kernel_h, kernel_w, out, "
           "in]",
    .options = conv_transpose2d_options,
    .size = sizeof(struct conv_transpose2d),
    .flags = GAN__LAYER_HAS_PARAMETERS,
    .initial = offsetof(struct conv_transpose2d, weighted.initial),
    .weighted = offsetof(struct conv_transpose2d, weighted),
    .check = conv_transpose2d_check,
    .build = conv_transpose2d_build,
    .run = conv_transpose2d_run,
};
