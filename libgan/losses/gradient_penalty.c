/*
 * gradient_penalty: lambda E (|g| - 1)^2 on random interpolates between real and generated samples:
 * where the critic's slope must be 1 for E r - E f to be the Wasserstein distance. (Gulrajani et
 * al., "Improved training of Wasserstein GANs", NeurIPS 2017; one-sided as discussed there and in
 * Petzka et al. 2018)
 */
#include "losses/gradient_penalty.h"

#include "losses/interpolate.h"

struct gradient_penalty {
    gan_penalty base;
    struct gan__gradient_penalty_options options;
};

static const struct gan__option gradient_penalty_options[] = {
    GAN__GRADIENT_PENALTY_OPTIONS(struct gradient_penalty),
    GAN__OPTION_END,
};

gan_status
gan__gradient_penalty_value(gan_context *ctx, gan_tensor **out, gan_tensor *squares,
                            const struct gan__gradient_penalty_options *options, int64_t step)
{
    gan_tensor *shifted = NULL, *norm = NULL, *over = NULL, *cut = NULL, *square = NULL,
               *mean = NULL;
    gan_status st = GAN_OK;

    /* The root's derivative at 0 is infinite. */
    GAN__TRY(gan_affine(ctx, &shifted, squares, 1, 1e-12));
    GAN__TRY(gan_sqrt(ctx, &norm, shifted));
    GAN__TRY(gan_affine(ctx, &over, norm, 1, -gan__schedule_at(&options->target, step)));
    if (options->one_sided) {
        GAN__TRY(gan_leaky_relu(ctx, &cut, over, 0));
    }
    GAN__TRY(gan_square(ctx, &square, cut != NULL ? cut : over));
    GAN__TRY(gan_mean(ctx, &mean, square, NULL, 0, 0));
    GAN__TRY(gan_affine(ctx, out, mean, gan__schedule_at(&options->lambda, step), 0));

fail:
    gan_tensor_destroy(shifted);
    gan_tensor_destroy(norm);
    gan_tensor_destroy(over);
    gan_tensor_destroy(cut);
    gan_tensor_destroy(square);
    gan_tensor_destroy(mean);
    return st;
}

static gan_status
gradient_penalty_value(gan_penalty *penalty, gan_tensor **out, gan_tensor *squares, int64_t step)
{
    return gan__gradient_penalty_value(penalty->object.ctx, out, squares,
                                       &((const struct gradient_penalty *)penalty)->options, step);
}

const struct gan__penalty_class gan__penalty_gradient_penalty = {
    .head = {.kind = "gradient_penalty",
             .doc = "lambda E (|g| - target)^2 on random interpolates of real and generated "
                    "samples: WGAN-GP (Gulrajani et al. 2017)",
             .options = gradient_penalty_options,
             .size = sizeof(struct gradient_penalty)},
    .where = GAN__PENALTY_OWN,
    .points = gan__interpolate,
    .value = gradient_penalty_value,
};
