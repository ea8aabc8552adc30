/*
 * standard: the minimax game. D minimises E softplus(-r) + E softplus(f), G minimises its
 * opposite's second half, -E softplus(f) = E log(1 - sigmoid(f)). (Goodfellow et al., "Generative
 * adversarial nets", NeurIPS 2014)
 *
 * G's gradient vanishes where D is sure that a sample is generated; non_saturating is the one to
 * train with.
 */
#include "losses/logistic.h"

static gan_status
standard_generator(gan_loss *loss, gan_tensor **out, gan_tensor *real, gan_tensor *generated)
{
    (void)real;
    return gan__logistic_mean(loss->object.ctx, out, generated, 1, -1);
}

const struct gan__loss_class gan__loss_standard = {
    .head =
        {
            .kind = "standard",
            .doc =
                "minimax: D minimises E softplus(-r) + E softplus(f), G minimises -E softplus(f) "
                "(Goodfellow et al. 2014)",
            .options = gan__target_options,
            .size = sizeof(struct gan__target_loss),
        },
    .discriminator = gan__logistic_discriminator,
    .generator = standard_generator,
    .probability = gan__logistic_probability,
    .accuracy = gan__logistic_accuracy,
};
