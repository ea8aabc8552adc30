/*
 * least_squares: D minimises 1/2 E (r - 1)^2 + 1/2 E f^2, G minimises 1/2 E (f - 1)^2: samples far
 * on the right side of D's border still pull. (Mao et al., "Least squares generative adversarial
 * networks", ICCV 2017, equation 9)
 */
#include "losses/targets.h"

/* Half the mean of (logits - targets)^2; NULL: targets are all `target`. */
static gan_status
half_square(gan_context *ctx, gan_tensor **out, gan_tensor *logits, gan_tensor *targets,
            double target)
{
    gan_tensor *distance = NULL, *square = NULL, *mean = NULL;
    gan_status st = GAN_OK;

    if (targets != NULL) {
        GAN__TRY(gan_sub(ctx, &distance, logits, targets));
    } else if (target < 0 || target > 0) {
        GAN__TRY(gan_affine(ctx, &distance, logits, 1, -target));
    }
    GAN__TRY(gan_square(ctx, &square, distance != NULL ? distance : logits));
    GAN__TRY(gan_mean(ctx, &mean, square, NULL, 0, 0));
    GAN__TRY(gan_affine(ctx, out, mean, 0.5, 0));

fail:
    gan_tensor_destroy(distance);
    gan_tensor_destroy(square);
    gan_tensor_destroy(mean);
    return st;
}

static gan_status
part(gan_loss *loss, gan_tensor **out, gan_tensor *logits, bool generated)
{
    gan_tensor *targets = NULL;
    gan_status st = GAN_OK;

    GAN__TRY(gan__targets_make(loss, &targets, logits->shape.size[0], generated));
    GAN__TRY(half_square(loss->object.ctx, out, logits, targets, generated ? 0 : 1));

fail:
    gan_tensor_destroy(targets);
    return st;
}

static gan_status
least_squares_discriminator(gan_loss *loss, gan_tensor **out, gan_tensor *real,
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

static gan_status
least_squares_generator(gan_loss *loss, gan_tensor **out, gan_tensor *real, gan_tensor *generated)
{
    (void)real;
    return half_square(loss->object.ctx, out, generated, NULL, 1);
}

static gan_status
least_squares_probability(gan_loss *loss, gan_tensor **out, gan_tensor *logits)
{
    return gan_clamp(loss->object.ctx, out, logits, 0, 1);
}

static double
least_squares_accuracy(const gan_loss *loss, const float *real, const float *generated,
                       int64_t count)
{
    (void)loss;
    return gan__loss_accuracy(real, generated, count, 0.5);
}

const struct gan__loss_class gan__loss_least_squares = {
    .head = {.kind = "least_squares",
             .doc = "D minimises 1/2 E (r - 1)^2 + 1/2 E f^2, G minimises 1/2 E (f - 1)^2 (Mao et "
                    "al. 2017)",
             .options = gan__target_options,
             .size = sizeof(struct gan__target_loss)},
    .discriminator = least_squares_discriminator,
    .generator = least_squares_generator,
    .probability = least_squares_probability,
    .accuracy = least_squares_accuracy,
};
