/*
 * wasserstein: D is a critic that minimises E f - E r, G minimises -E f. The difference is a
 * Wasserstein distance only while the critic's slope is bounded: by `clip` here, or by a penalty or
 * spectral norm. (Arjovsky, Chintala, Bottou, "Wasserstein GAN", ICML 2017)
 */
#include "losses/critic.h"

struct wasserstein {
    gan_loss base;
    struct gan__schedule clip;
};

static const struct gan__option wasserstein_options[] = {
    {.name = "clip",
     .type = GAN__OPTION_SCHEDULE,
     .offset = offsetof(struct wasserstein, clip),
     .minimum = 0,
     .fallback = "0",
     .doc = "after each update D's weights are cut to within plus and minus this (the paper: "
            "0.01); 0: not"},
    GAN__OPTION_END,
};

gan_status
gan__critic_discriminator(gan_loss *loss, gan_tensor **out, gan_tensor *real, gan_tensor *generated)
{
    gan_context *ctx = loss->object.ctx;
    gan_tensor *on_real = NULL, *on_generated = NULL;
    gan_status st = GAN_OK;

    GAN__TRY(gan_mean(ctx, &on_real, real, NULL, 0, 0));
    GAN__TRY(gan_mean(ctx, &on_generated, generated, NULL, 0, 0));
    GAN__TRY(gan_sub(ctx, out, on_generated, on_real));

fail:
    gan_tensor_destroy(on_real);
    gan_tensor_destroy(on_generated);
    return st;
}

gan_status
gan__critic_generator(gan_loss *loss, gan_tensor **out, gan_tensor *real, gan_tensor *generated)
{
    gan_context *ctx = loss->object.ctx;
    gan_tensor *mean = NULL;
    gan_status st = GAN_OK;

    (void)real;
    GAN__TRY(gan_mean(ctx, &mean, generated, NULL, 0, 0));
    GAN__TRY(gan_affine(ctx, out, mean, -1, 0));

fail:
    gan_tensor_destroy(mean);
    return st;
}

static const struct gan__schedule *
wasserstein_clip(const gan_loss *loss)
{
    return &((const struct wasserstein *)loss)->clip;
}

const struct gan__loss_class gan__loss_wasserstein = {
    .head = {.kind = "wasserstein",
             .doc = "a critic: D minimises E f - E r, G minimises -E f; needs clip, a penalty or "
                    "spectral norm (Arjovsky et al. 2017)",
             .options = wasserstein_options,
             .size = sizeof(struct wasserstein)},
    .discriminator = gan__critic_discriminator,
    .generator = gan__critic_generator,
    .critic = true,
    .clip = wasserstein_clip,
};
