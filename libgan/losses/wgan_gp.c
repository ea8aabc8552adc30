/*
 * wgan_gp: wasserstein with gradient_penalty, the one thing under its usual name. (Gulrajani et al.,
 * "Improved training of Wasserstein GANs", NeurIPS 2017)
 */
#include "losses/critic.h"
#include "losses/gradient_penalty.h"

#include "base/text.h"

struct wgan_gp {
    gan_loss base;
    struct gan__gradient_penalty_options options;
    struct gan__penalty_common common;
    gan_penalty *penalty; /* held */
};

static const struct gan__option wgan_gp_options[] = {
    GAN__GRADIENT_PENALTY_OPTIONS(struct wgan_gp),
    GAN__PENALTY_COMMON_OPTIONS(offsetof(struct wgan_gp, common)),
    GAN__OPTION_END,
};

/* The inner penalty is made of the same options as text. */
static gan_status
wgan_gp_make(gan_loss *loss)
{
    struct wgan_gp *self = (struct wgan_gp *)loss;
    struct gan__text text;
    gan_status st;

    gan__text_init(&text, loss->object.ctx);
    gan__options_print(&text, wgan_gp_options, self);
    st = text.status;
    if (st == GAN_OK) {
        st = gan_penalty_create(loss->object.ctx, &self->penalty, "gradient_penalty", text.data);
    }
    if (st == GAN_OK) {
        gan__object_adopt((struct gan__object *)self->penalty);
    }
    gan__text_free(&text);
    return st;
}

static void
wgan_gp_finalize(gan_loss *loss)
{
    gan__object_release((struct gan__object *)((struct wgan_gp *)loss)->penalty);
}

static gan_penalty *
wgan_gp_penalty(const gan_loss *loss)
{
    return ((const struct wgan_gp *)loss)->penalty;
}

const struct gan__loss_class gan__loss_wgan_gp = {
    .head = {.kind = "wgan_gp",
             .doc =
                 "wasserstein with the penalty gradient_penalty, whose options it has (Gulrajani "
                 "et al. 2017)",
             .options = wgan_gp_options,
             .size = sizeof(struct wgan_gp)},
    .make = wgan_gp_make,
    .finalize = wgan_gp_finalize,
    .discriminator = gan__critic_discriminator,
    .generator = gan__critic_generator,
    .critic = true,
    .penalty = wgan_gp_penalty,
};
