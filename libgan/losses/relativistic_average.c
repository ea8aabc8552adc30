/*
 * relativistic_average (RaGAN): D minimises E softplus(-(r - E f)) + E softplus(f - E r): how much
 * more real a sample looks than the other batch on average; G minimises the same with r and f
 * exchanged. (Jolicoeur-Martineau, "The relativistic discriminator: a key element missing from
 * standard GAN", ICLR 2019)
 */
#include "losses/relativistic.h"

static const struct gan__option relativistic_average_options[] = {GAN__OPTION_END};

/* E softplus(E low - high) + E softplus(low - E high): small where `high` is above `low`. */
static gan_status
apart(gan_context *ctx, gan_tensor **out, gan_tensor *high, gan_tensor *low)
{
    gan_tensor *mean_high = NULL, *mean_low = NULL, *on_high = NULL, *on_low = NULL;
    gan_status st = GAN_OK;

    GAN__TRY(gan_mean(ctx, &mean_high, high, NULL, 0, 0));
    GAN__TRY(gan_mean(ctx, &mean_low, low, NULL, 0, 0));
    GAN__TRY(gan__relativistic_mean(ctx, &on_high, mean_low, high));
    GAN__TRY(gan__relativistic_mean(ctx, &on_low, low, mean_high));
    GAN__TRY(gan_add(ctx, out, on_high, on_low));

fail:
    gan_tensor_destroy(mean_high);
    gan_tensor_destroy(mean_low);
    gan_tensor_destroy(on_high);
    gan_tensor_destroy(on_low);
    return st;
}

static gan_status
relativistic_average_discriminator(gan_loss *loss, gan_tensor **out, gan_tensor *real,
                                   gan_tensor *generated)
{
    return apart(loss->object.ctx, out, real, generated);
}

static gan_status
relativistic_average_generator(gan_loss *loss, gan_tensor **out, gan_tensor *real,
                               gan_tensor *generated)
{
    return apart(loss->object.ctx, out, generated, real);
}

/* The share of r above E f. */
static double
relativistic_average_accuracy(const gan_loss *loss, const float *real, const float *generated,
                              int64_t count)
{
    double mean = 0;
    int64_t right = 0;

    (void)loss;
    if (count <= 0) {
        return 0;
    }
    for (int64_t i = 0; i < count; i++) {
        mean += (double)generated[i];
    }
    mean /= (double)count;
    for (int64_t i = 0; i < count; i++) {
        right += (double)real[i] > mean;
    }
    return (double)right / (double)count;
}

const struct gan__loss_class gan__loss_relativistic_average = {
    .head = {.kind = "relativistic_average",
             .doc = "D minimises E softplus(-(r - E f)) + E softplus(f - E r), G the same with r "
                    "and f exchanged: RaGAN (Jolicoeur-Martineau 2019)",
             .options = relativistic_average_options,
             .size = sizeof(gan_loss)},
    .discriminator = relativistic_average_discriminator,
    .generator = relativistic_average_generator,
    .generator_takes_real = true,
    .accuracy = relativistic_average_accuracy,
};
