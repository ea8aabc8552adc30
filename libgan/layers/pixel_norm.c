/*
 * pixel_norm: x / sqrt(mean of x^2 over the channels + epsilon) at each position, so that a pixel's
 * channels have length sqrt(channels). (Karras, Aila, Laine, Lehtinen, "Progressive growing of
 * GANs", ICLR 2018)
 */
#include "layers/class.h"

#include "base/context.h"

struct pixel_norm {
    gan_layer base;
    double epsilon;
};

static const struct gan__option pixel_norm_options[] = {
    {.name = "epsilon",
     .type = GAN__OPTION_REAL,
     .offset = offsetof(struct pixel_norm, epsilon),
     .minimum = 0,
     .maximum = 1e6,
     .minimum_open = true,
     .fallback = "1e-8",
     .doc = "added to the mean square"},
    GAN__OPTION_END,
};

static gan_status
pixel_norm_build(gan_layer *layer, const struct gan__shape *in, struct gan__shape *out,
                 struct gan__building *building)
{
    (void)layer;
    (void)building;
    *out = *in;
    return GAN_OK;
}

static gan_status
pixel_norm_run(gan_layer *layer, gan_tensor **out, gan_tensor *x, struct gan__run *run)
{
    static const int32_t channels[1] = {-1};
    const struct pixel_norm *self = (const struct pixel_norm *)layer;
    gan_tensor *square = NULL, *mean = NULL, *sum = NULL, *root = NULL;
    gan_status st;

    GAN__TRY(gan_square(run->ctx, &square, x));
    GAN__TRY(gan_mean(run->ctx, &mean, square, channels, 1, 1));
    GAN__TRY(gan_affine(run->ctx, &sum, mean, 1, self->epsilon));
    GAN__TRY(gan_sqrt(run->ctx, &root, sum));
    st = gan_div(run->ctx, out, x, root);

fail:
    gan_tensor_destroy(square);
    gan_tensor_destroy(mean);
    gan_tensor_destroy(sum);
    gan_tensor_destroy(root);
    return st;
}

const struct gan__layer_class gan__layer_class_pixel_norm = {
    .kind = "pixel_norm",
    .doc = "divide each position by the root mean square of its channels (Karras et al. 2018)",
    .options = pixel_norm_options,
    .size = sizeof(struct pixel_norm),
    .flags = GAN__LAYER_TRANSPARENT,
    .build = pixel_norm_build,
    .run = pixel_norm_run,
};
