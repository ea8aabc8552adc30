/*
 * relativistic_pairing (RpGAN): D minimises E softplus(-(r - f)) over pairs of a real and a
 * generated sample, G minimises E softplus(-(f - r)). (Jolicoeur-Martineau, "The relativistic
 * discriminator", ICLR 2019; with r1 and r2 it is R3GAN: Huang et al., "The GAN is dead; long live
 * the GAN!", NeurIPS 2024)
 */
#include "losses/relativistic.h"

#include "base/context.h"

static const struct gan__option relativistic_pairing_options[] = {GAN__OPTION_END};

static gan_status
check_pairs(gan_loss *loss, const gan_tensor *real, const gan_tensor *generated)
{
    if (real->shape.size[0] == generated->shape.size[0]) {
        return GAN_OK;
    }
    return gan__fail(loss->object.ctx, GAN_E_SHAPE,
                     "loss relativistic_pairing: %lld real and %lld generated samples, wanted "
                     "pairs: as many of one as of the other",
                     (long long)real->shape.size[0], (long long)generated->shape.size[0]);
}

static gan_status
relativistic_pairing_discriminator(gan_loss *loss, gan_tensor **out, gan_tensor *real,
                                   gan_tensor *generated)
{
    const gan_status st = check_pairs(loss, real, generated);

    return st != GAN_OK ? st : gan__relativistic_mean(loss->object.ctx, out, generated, real);
}

static gan_status
relativistic_pairing_generator(gan_loss *loss, gan_tensor **out, gan_tensor *real,
                               gan_tensor *generated)
{
    const gan_status st = check_pairs(loss, real, generated);

    return st != GAN_OK ? st : gan__relativistic_mean(loss->object.ctx, out, real, generated);
}

/* The share of pairs with r above f. */
static double
relativistic_pairing_accuracy(const gan_loss *loss, const float *real, const float *generated,
                              int64_t count)
{
    int64_t right = 0;

    (void)loss;
    for (int64_t i = 0; i < count; i++) {
        right += real[i] > generated[i];
    }
    return count > 0 ? (double)right / (double)count : 0;
}

const struct gan__loss_class gan__loss_relativistic_pairing = {
    .head = {.kind = "relativistic_pairing",
             .doc =
                 "D minimises E softplus(-(r - f)) over pairs, G minimises E softplus(-(f - r)): "
                 "RpGAN; with r1 and r2 it is R3GAN (Jolicoeur-Martineau 2019; Huang et al. "
                 "2024)",
             .options = relativistic_pairing_options,
             .size = sizeof(gan_loss)},
    .discriminator = relativistic_pairing_discriminator,
    .generator = relativistic_pairing_generator,
    .generator_takes_real = true,
    .accuracy = relativistic_pairing_accuracy,
};
