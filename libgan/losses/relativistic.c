/* Softplus of differences of logits, for the relativistic losses. */
#include "losses/relativistic.h"

gan_status
gan__relativistic_mean(gan_context *ctx, gan_tensor **out, gan_tensor *minuend,
                       gan_tensor *subtrahend)
{
    gan_tensor *difference = NULL, *soft = NULL;
    gan_status st = GAN_OK;

    GAN__TRY(gan_sub(ctx, &difference, minuend, subtrahend));
    GAN__TRY(gan_softplus(ctx, &soft, difference));
    GAN__TRY(gan_mean(ctx, out, soft, NULL, 0, 0));

fail:
    gan_tensor_destroy(difference);
    gan_tensor_destroy(soft);
    return st;
}
