/*
 * The logistic discriminator. Softplus of a logit is -log of a sigmoid that never was computed, so
 * it neither overflows nor loses what a saturated sigmoid would have lost.
 */
#include "losses/logistic.h"

gan_status
gan__logistic_mean(gan_context *ctx, gan_tensor **out, gan_tensor *logits, double sign,
                   double scale)
{
    gan_tensor *turned = NULL, *soft = NULL, *mean = NULL;
    gan_status st = GAN_OK;

    if (sign != 1) {
        GAN__TRY(gan_affine(ctx, &turned, logits, sign, 0));
        logits = turned;
    }
    GAN__TRY(gan_softplus(ctx, &soft, logits));
    GAN__TRY(gan_mean(ctx, &mean, soft, NULL, 0, 0));
    if (scale != 1) {
        GAN__TRY(gan_affine(ctx, out, mean, scale, 0));
    } else {
        *out = mean;
        mean = NULL;
    }

fail:
    gan_tensor_destroy(turned);
    gan_tensor_destroy(soft);
    gan_tensor_destroy(mean);
    return st;
}

gan_status
gan__logistic_discriminator(gan_loss *loss, gan_tensor **out, gan_tensor *real,
                            gan_tensor *generated)
{
    gan_context *ctx = loss->object.ctx;
    gan_tensor *on_real = NULL, *on_generated = NULL;
    gan_status st = GAN_OK;

    GAN__TRY(gan__logistic_mean(ctx, &on_real, real, -1, 1));
    GAN__TRY(gan__logistic_mean(ctx, &on_generated, generated, 1, 1));
    GAN__TRY(gan_add(ctx, out, on_real, on_generated));

fail:
    gan_tensor_destroy(on_real);
    gan_tensor_destroy(on_generated);
    return st;
}

gan_status
gan__logistic_probability(gan_loss *loss, gan_tensor **out, gan_tensor *logits)
{
    return gan_sigmoid(loss->object.ctx, out, logits);
}

/* A logit of exactly 0 counts as "generated", so that a discriminator that says nothing is right in
 * half the cases. */
double
gan__logistic_accuracy(const float *real, const float *generated, int64_t count)
{
    int64_t right = 0;

    if (count <= 0) {
        return 0;
    }
    for (int64_t i = 0; i < count; i++) {
        right += real[i] > 0;
        right += generated[i] <= 0;
    }
    return (double)right / (2 * (double)count);
}
