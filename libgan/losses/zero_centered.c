/*
 * zero_centered: lambda E |g|^2 on random interpolates between real and generated samples.
 * (Thanh-Tung, Tran, Venkatesh, "Improving generalization and stability of generative adversarial
 * networks", ICLR 2019)
 */
#include "losses/interpolate.h"
#include "losses/square_penalty.h"

static const struct gan__option zero_centered_options[] = {
    GAN__SQUARE_PENALTY_OPTION("lambda"),
    GAN__OPTION_END,
};

static gan_status
zero_centered_value(gan_penalty *penalty, gan_tensor **out, gan_tensor *squares, int64_t step)
{
    return gan__square_penalty_value(penalty, out, squares, step, 1);
}

const struct gan__penalty_class gan__penalty_zero_centered = {
    .head = {.kind = "zero_centered",
             .doc = "lambda E |g|^2 on random interpolates of real and generated samples "
                    "(Thanh-Tung et al. 2019)",
             .options = zero_centered_options,
             .size = sizeof(struct gan__square_penalty)},
    .where = GAN__PENALTY_OWN,
    .points = gan__interpolate,
    .value = zero_centered_value,
};
