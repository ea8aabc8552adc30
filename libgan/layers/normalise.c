/*
 * The norms of one sample (normalise.h), made of ops, so that derivatives of any order follow.
 */
#include "layers/normalise.h"

#include "base/context.h"

enum { WEIGHT, BIAS };

gan_status
gan__normalise_build(gan_layer *layer, const struct gan__normalise *normalise,
                     const struct gan__shape *in, int64_t groups, struct gan__building *building)
{
    static const struct gan__values zeros = {.distribution = GAN__CONSTANT};
    static const struct gan__values ones = {.distribution = GAN__CONSTANT, .center = 1};
    const struct gan__shape shape = gan__shape_of(1, in->size[in->rank - 1], 0, 0, 0);
    char text[GAN__SHAPE_TEXT_SIZE];
    gan_status st = GAN_OK;

    if (gan__shape_count(in) == groups) {
        return gan__fail(building->ctx, GAN_E_SHAPE,
                         "input is %s, which leaves one value to take a mean of; it would always "
                         "become 0",
                         gan__shape_text(text, in));
    }
    if (normalise->affine) {
        GAN__TRY(gan__layer_add_parameter(layer, building, "weight", &shape, &ones, false));
        GAN__TRY(gan__layer_add_parameter(layer, building, "bias", &shape, &zeros, false));
    }

fail:
    return st;
}

/* What x less its mean is multiplied by: weight / sqrt(variance + epsilon), or 1 / it; small beside
 * x. */
static gan_status
make_scale(gan_context *ctx, gan_tensor **out, gan_tensor *centered, gan_tensor *weight,
           const int64_t *channels, double epsilon)
{
    static const int32_t axes[2] = {1, 3};
    static const float one = 1;
    gan_tensor *square = NULL, *variance = NULL, *sum = NULL, *root = NULL, *over = NULL;
    gan_status st;

    GAN__TRY(gan_square(ctx, &square, centered));
    GAN__TRY(gan_mean(ctx, &variance, square, axes, 2, 1));
    GAN__TRY(gan_affine(ctx, &sum, variance, 1, epsilon));
    GAN__TRY(gan_sqrt(ctx, &root, sum));
    if (weight != NULL) {
        GAN__TRY(gan_reshape(ctx, &over, weight, channels, 2));
    } else {
        GAN__TRY(gan_tensor_create(ctx, &over, NULL, 0, &one));
    }
    st = gan_div(ctx, out, over, root);

fail:
    gan_tensor_destroy(square);
    gan_tensor_destroy(variance);
    gan_tensor_destroy(sum);
    gan_tensor_destroy(root);
    gan_tensor_destroy(over);
    return st;
}

/* *y = *y + bias, in the view [N, positions, groups, channels of a group]. */
static gan_status
add_bias(gan_context *ctx, gan_tensor **y, gan_tensor *bias, const int64_t *channels)
{
    gan_tensor *viewed = NULL, *sum = NULL;
    gan_status st;

    GAN__TRY(gan_reshape(ctx, &viewed, bias, channels, 2));
    GAN__TRY(gan_add(ctx, &sum, *y, viewed));
    gan_tensor_destroy(*y);
    *y = sum;

fail:
    gan_tensor_destroy(viewed);
    return st;
}

gan_status
gan__normalise_run(gan_layer *layer, const struct gan__normalise *normalise, gan_tensor **out,
                   gan_tensor *x, int64_t groups, struct gan__run *run)
{
    static const int32_t axes[2] = {1, 3};
    const struct gan__shape *shape = &x->shape;
    const int64_t channels = shape->size[shape->rank - 1];
    const int64_t view[4] = {shape->size[0], gan__shape_count(&layer->output) / channels, groups,
                             channels / groups};
    gan_tensor *weight = normalise->affine ? layer->parameters[WEIGHT].tensor : NULL;
    gan_context *ctx = run->ctx;
    gan_tensor *viewed = NULL, *mean = NULL, *centered = NULL, *scale = NULL, *y = NULL;
    gan_status st;

    GAN__TRY(gan_reshape(ctx, &viewed, x, view, 4));
    GAN__TRY(gan_mean(ctx, &mean, viewed, axes, 2, 1));
    GAN__TRY(gan_sub(ctx, &centered, viewed, mean));
    GAN__TRY(make_scale(ctx, &scale, centered, weight, view + 2, normalise->epsilon));
    GAN__TRY(gan_mul(ctx, &y, centered, scale));
    if (normalise->affine) {
        GAN__TRY(add_bias(ctx, &y, layer->parameters[BIAS].tensor, view + 2));
    }
    st = gan_reshape(ctx, out, y, shape->size, shape->rank);

fail:
    gan_tensor_destroy(viewed);
    gan_tensor_destroy(mean);
    gan_tensor_destroy(centered);
    gan_tensor_destroy(scale);
    gan_tensor_destroy(y);
    return st;
}
