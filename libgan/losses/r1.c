/*
 * r1: gamma / 2 E |g|^2 on real samples: D is flat where the data is, so that training converges
 * near the end. (Mescheder, Geiger, Nowozin, "Which training methods for GANs do actually
 * converge?", ICML 2018, section 4.1)
 */
#include "losses/square_penalty.h"

static const struct gan__option r1_options[] = {
    GAN__SQUARE_PENALTY_OPTION("gamma"),
    GAN__OPTION_END,
};

static gan_status
r1_value(gan_penalty *penalty, gan_tensor **out, gan_tensor *squares, int64_t step)
{
    return gan__square_penalty_value(penalty, out, squares, step, 0.5);
}

const struct gan__penalty_class gan__penalty_r1 = {
    .head = {.kind = "r1",
             .doc = "gamma/2 E |g|^2 on real samples (Mescheder et al. 2018)",
             .options = r1_options,
             .size = sizeof(struct gan__square_penalty)},
    .where = GAN__PENALTY_REAL,
    .value = r1_value,
};
