/*
 * non_saturating: D as in the minimax game, G minimises E softplus(-f) = -E log sigmoid(f), whose
 * gradient is largest where D is sure that a sample is generated. (Goodfellow et al., "Generative
 * adversarial nets", NeurIPS 2014, section 3)
 */
#include "losses/logistic.h"

static gan_status
non_saturating_generator(gan_loss *loss, gan_tensor **out, gan_tensor *real, gan_tensor *generated)
{
    (void)real;
    return gan__logistic_mean(loss->object.ctx, out, generated, -1, 1);
}

const struct gan__loss_class gan__loss_non_saturating = {
    .head =
        {
            .kind = "non_saturating",
            .doc = "D minimises E softplus(-r) + E softplus(f), G minimises E softplus(-f) "
                   "(Goodfellow et al. 2014)",
            .options = gan__target_options,
            .size = sizeof(struct gan__target_loss),
        },
    .discriminator = gan__logistic_discriminator,
    .generator = non_saturating_generator,
    .probability = gan__logistic_probability,
    .accuracy = gan__logistic_accuracy,
};
