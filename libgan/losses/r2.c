/*
 * r2: gamma / 2 E |g|^2 on generated samples, r1's counterpart. (Mescheder, Geiger, Nowozin, "Which
 * training methods for GANs do actually converge?", ICML 2018, section 4.1; with r1 and
 * relativistic_pairing: Huang et al., "The GAN is dead; long live the GAN!", NeurIPS 2024)
 */
#include "losses/square_penalty.h"

static const struct gan__option r2_options[] = {
    GAN__SQUARE_PENALTY_OPTION("gamma"),
    GAN__OPTION_END,
};

static gan_status
r2_value(gan_penalty *penalty, gan_tensor **out, gan_tensor *squares, int64_t step)
{
    return gan__square_penalty_value(penalty, out, squares, step, 0.5);
}

const struct gan__penalty_class gan__penalty_r2 = {
    .head = {.kind = "r2",
             .doc = "gamma/2 E |g|^2 on generated samples (Mescheder et al. 2018)",
             .options = r2_options,
             .size = sizeof(struct gan__square_penalty)},
    .where = GAN__PENALTY_GENERATED,
    .value = r2_value,
};
