/*
 * hinge: D minimises E max(0, 1 - r) + E max(0, 1 + f), G minimises -E f: D stops where a margin of
 * 1 is kept. (Lim, Ye, "Geometric GAN", 2017; with spectral norm in Miyato et al., "Spectral
 * normalization for generative adversarial networks", ICLR 2018)
 */
#include "losses/loss.h"

static const struct gan__option hinge_options[] = {GAN__OPTION_END};

/* The mean of max(0, 1 + sign * logits). */
static gan_status
margin(gan_context *ctx, gan_tensor **out, gan_tensor *logits, double sign)
{
    gan_tensor *shifted = NULL, *cut = NULL;
    gan_status st = GAN_OK;

    GAN__TRY(gan_affine(ctx, &shifted, logits, sign, 1));
    GAN__TRY(gan_leaky_relu(ctx, &cut, shifted, 0));
    GAN__TRY(gan_mean(ctx, out, cut, NULL, 0, 0));

fail:
    gan_tensor_destroy(shifted);
    gan_tensor_destroy(cut);
    return st;
}

static gan_status
hinge_discriminator(gan_loss *loss, gan_tensor **out, gan_tensor *real, gan_tensor *generated)
{
    gan_context *ctx = loss->object.ctx;
    gan_tensor *on_real = NULL, *on_generated = NULL;
    gan_status st = GAN_OK;

    GAN__TRY(margin(ctx, &on_real, real, -1));
    GAN__TRY(margin(ctx, &on_generated, generated, 1));
    GAN__TRY(gan_add(ctx, out, on_real, on_generated));

fail:
    gan_tensor_destroy(on_real);
    gan_tensor_destroy(on_generated);
    return st;
}

static double
hinge_accuracy(const gan_loss *loss, const float *real, const float *generated, int64_t count)
{
    (void)loss;
    return gan__loss_accuracy(real, generated, count, 0);
}

const struct gan__loss_class gan__loss_hinge = {
    .head = {.kind = "hinge",
             .doc =
                 "D minimises E max(0, 1 - r) + E max(0, 1 + f), G minimises -E f (Lim, Ye 2017; "
                 "Miyato et al. 2018)",
             .options = hinge_options,
             .size = sizeof(gan_loss)},
    .discriminator = hinge_discriminator,
    .generator = gan__critic_generator,
    .accuracy = hinge_accuracy,
};
