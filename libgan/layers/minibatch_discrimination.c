/*
 * minibatch_discrimination: a discriminator that sees how near a sample is to the others of its
 * batch, against mode collapse. (Salimans et al., "Improved techniques for training GANs", NIPS
 * 2016, section 3.2)
 *
 * M = x T, `kernels` rows of `dimensions` numbers a sample; o(i)_b = the sum over all samples j of
 * the batch of exp(-|M(i)_b - M(j)_b|), L1; the output is [x, o]. j = i is counted, as in the
 * paper's formula (its code leaves it out): it adds 1, which the next layer's bias can take back,
 * and no derivative. T starts normal with deviation 1 / sqrt(features), so that its columns have
 * length 1, as the paper's code normalises them.
 */
#include "layers/class.h"

#include "base/context.h"

struct minibatch_discrimination {
    gan_layer base;
    int64_t kernels, dimensions;
    double gain;
};

static const struct gan__option minibatch_discrimination_options[] = {
    {.name = "kernels",
     .type = GAN__OPTION_INT,
     .offset = offsetof(struct minibatch_discrimination, kernels),
     .minimum = 1,
     .maximum = 1 << 20,
     .fallback = "100",
     .doc = "features that are added"},
    {.name = "dimensions",
     .type = GAN__OPTION_INT,
     .offset = offsetof(struct minibatch_discrimination, dimensions),
     .minimum = 1,
     .maximum = 1 << 20,
     .fallback = "5",
     .doc = "numbers that a kernel compares samples by"},
    {.name = "gain",
     .type = GAN__OPTION_REAL,
     .offset = offsetof(struct minibatch_discrimination, gain),
     .minimum = 0,
     .maximum = 1e6,
     .fallback = "1",
     .doc = "factor on the initial weights, whose columns have length 1"},
    GAN__OPTION_END,
};

static gan_status
minibatch_discrimination_build(gan_layer *layer, const struct gan__shape *in,
                               struct gan__shape *out, struct gan__building *building)
{
    const struct minibatch_discrimination *self = (const struct minibatch_discrimination *)layer;
    const struct gan__initial initial = {
        .resolved = GAN__INITIAL_HE, .gain = self->gain, .slope = 1};
    const int64_t columns = self->kernels * self->dimensions;
    gan_status st;

    if (in->rank != 1) {
        return gan__layer_fail_shape(layer, in, "[features]", "put `flatten` before it");
    }
    const struct gan__values values =
        gan__initial_values(&initial, (double)in->size[0], (double)columns);
    const struct gan__shape weight = gan__shape_of(2, in->size[0], columns, 0, 0);
    GAN__TRY(gan__layer_add_parameter(layer, building, "weight", &weight, &values, false));
    *out = gan__shape_of(1, in->size[0] + self->kernels, 0, 0, 0);

fail:
    return st;
}

/* |M(i)_b - M(j)_b| as [N, N, kernels]. Dimensions come before kernels on the way there: sums of
 * long rows are fast. */
static gan_status
make_distances(const struct minibatch_discrimination *self, gan_context *ctx, gan_tensor **out,
               gan_tensor *x)
{
    static const int32_t dimensions[1] = {2}, kernels_last[3] = {0, 2, 1};
    const int64_t n = x->shape.size[0];
    const int64_t parts[3] = {n, self->kernels, self->dimensions};
    const int64_t rows[4] = {n, 1, self->dimensions, self->kernels};
    const int64_t columns[4] = {1, n, self->dimensions, self->kernels};
    gan_tensor *product = NULL, *split = NULL, *turned = NULL;
    gan_tensor *a = NULL, *b = NULL, *difference = NULL, *size = NULL;
    gan_status st;

    GAN__TRY(gan_matmul(ctx, &product, x, self->base.parameters[0].tensor, 0, 0));
    GAN__TRY(gan_reshape(ctx, &split, product, parts, 3));
    GAN__TRY(gan_permute(ctx, &turned, split, kernels_last));
    GAN__TRY(gan_reshape(ctx, &a, turned, rows, 4));
    GAN__TRY(gan_reshape(ctx, &b, turned, columns, 4));
    GAN__TRY(gan_sub(ctx, &difference, a, b));
    GAN__TRY(gan_abs(ctx, &size, difference));
    st = gan_sum(ctx, out, size, dimensions, 1, 0);

fail:
    gan_tensor_destroy(product);
    gan_tensor_destroy(split);
    gan_tensor_destroy(turned);
    gan_tensor_destroy(a);
    gan_tensor_destroy(b);
    gan_tensor_destroy(difference);
    gan_tensor_destroy(size);
    return st;
}

static gan_status
minibatch_discrimination_run(gan_layer *layer, gan_tensor **out, gan_tensor *x,
                             struct gan__run *run)
{
    static const int32_t others[1] = {1};
    gan_context *ctx = run->ctx;
    gan_tensor *distances = NULL, *negative = NULL, *near = NULL, *sums = NULL;
    gan_status st;

    GAN__TRY(make_distances((const struct minibatch_discrimination *)layer, ctx, &distances, x));
    GAN__TRY(gan_affine(ctx, &negative, distances, -1, 0));
    GAN__TRY(gan_exp(ctx, &near, negative));
    GAN__TRY(gan_sum(ctx, &sums, near, others, 1, 0));
    st = gan_concat(ctx, out, (gan_tensor *const[2]){x, sums}, 2, 1);

fail:
    gan_tensor_destroy(distances);
    gan_tensor_destroy(negative);
    gan_tensor_destroy(near);
    gan_tensor_destroy(sums);
    return st;
}

const struct gan__layer_class gan__layer_class_minibatch_discrimination = {
    .kind = "minibatch_discrimination",
    .doc = "adds to [features] how near the batch's samples are; for discriminators; weight "
           "[features, kernels * dimensions] (Salimans et al. 2016)",
    .options = minibatch_discrimination_options,
    .size = sizeof(struct minibatch_discrimination),
    .flags = GAN__LAYER_HAS_PARAMETERS | GAN__LAYER_SEES_BATCH,
    .build = minibatch_discrimination_build,
    .run = minibatch_discrimination_run,
};
