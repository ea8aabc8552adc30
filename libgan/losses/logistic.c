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

/* The mean of t softplus(-l) + (1 - t) softplus(l), both terms positive: softplus(l) - t l would
 * cancel. */
static gan_status
cross_entropy(gan_context *ctx, gan_tensor **out, gan_tensor *logits, gan_tensor *targets)
{
    gan_tensor *turned = NULL, *others = NULL, *soft[2] = {NULL}, *terms[2] = {NULL}, *sum = NULL;
    gan_status st = GAN_OK;

    GAN__TRY(gan_affine(ctx, &turned, logits, -1, 0));
    GAN__TRY(gan_affine(ctx, &others, targets, -1, 1));
    GAN__TRY(gan_softplus(ctx, &soft[0], turned));
    GAN__TRY(gan_softplus(ctx, &soft[1], logits));
    GAN__TRY(gan_mul(ctx, &terms[0], soft[0], targets));
    GAN__TRY(gan_mul(ctx, &terms[1], soft[1], others));
    GAN__TRY(gan_add(ctx, &sum, terms[0], terms[1]));
    GAN__TRY(gan_mean(ctx, out, sum, NULL, 0, 0));

fail:
    gan_tensor_destroy(turned);
    gan_tensor_destroy(others);
    for (int i = 0; i < 2; i++) {
        gan_tensor_destroy(soft[i]);
        gan_tensor_destroy(terms[i]);
    }
    gan_tensor_destroy(sum);
    return st;
}

/* One batch's part of what D minimises. */
static gan_status
part(gan_loss *loss, gan_tensor **out, gan_tensor *logits, bool generated)
{
    gan_context *ctx = loss->object.ctx;
    gan_tensor *targets = NULL;
    gan_status st = GAN_OK;

    GAN__TRY(gan__targets_make(loss, &targets, logits->shape.size[0], generated));
    if (targets != NULL) {
        GAN__TRY(cross_entropy(ctx, out, logits, targets));
    } else {
        GAN__TRY(gan__logistic_mean(ctx, out, logits, generated ? 1 : -1, 1));
    }

fail:
    gan_tensor_destroy(targets);
    return st;
}

gan_status
gan__logistic_discriminator(gan_loss *loss, gan_tensor **out, gan_tensor *real,
                            gan_tensor *generated)
{
    gan_tensor *on_real = NULL, *on_generated = NULL;
    gan_status st = GAN_OK;

    GAN__TRY(part(loss, &on_real, real, false));
    GAN__TRY(part(loss, &on_generated, generated, true));
    GAN__TRY(gan_add(loss->object.ctx, out, on_real, on_generated));

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

double
gan__logistic_accuracy(const gan_loss *loss, const float *real, const float *generated,
                       int64_t count)
{
    (void)loss;
    return gan__loss_accuracy(real, generated, count, 0);
}
