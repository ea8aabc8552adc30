/*
 * minibatch_stddev: the mean standard deviation over a group of the batch's samples, added as
 * channels, so that a discriminator sees when samples are too alike. (Karras, Aila, Laine,
 * Lehtinen, "Progressive growing of GANs", ICLR 2018, section 3)
 *
 * As StyleGAN2's code: the N samples are M = N / group groups, and the samples i, i + M, i + 2M ...
 * are one; sqrt(biased variance + 1e-8) of each element over a group, its mean over the positions
 * and a share of the channels is one number, written to every position of the group's samples.
 * A batch below `group` is one group. A batch that groups don't divide is refused: smaller groups
 * would give another feature than the one trained on, and groups of one always 1e-4.
 */
#include "layers/class.h"

#include "base/context.h"

struct minibatch_stddev {
    gan_layer base;
    int64_t group, channels;
};

static const struct gan__option minibatch_stddev_options[] = {
    {.name = "group",
     .type = GAN__OPTION_INT,
     .offset = offsetof(struct minibatch_stddev, group),
     .minimum = 1,
     .maximum = GAN__SIZE_MAX_OPTION,
     .fallback = "4",
     .doc = "samples that are compared; the batch is a multiple, or smaller"},
    {.name = "channels",
     .type = GAN__OPTION_INT,
     .offset = offsetof(struct minibatch_stddev, channels),
     .minimum = 1,
     .maximum = GAN__SIZE_MAX_OPTION,
     .fallback = "1",
     .doc = "how many to add, each of an equal share of the input's channels"},
    GAN__OPTION_END,
};

static gan_status
minibatch_stddev_build(gan_layer *layer, const struct gan__shape *in, struct gan__shape *out,
                       struct gan__building *building)
{
    const struct minibatch_stddev *self = (const struct minibatch_stddev *)layer;
    const int64_t channels = in->size[in->rank - 1];
    char text[GAN__SHAPE_TEXT_SIZE];

    if (channels % self->channels != 0) {
        return gan__fail(building->ctx, GAN_E_SHAPE,
                         "input is %s and channels=%lld does not divide its %lld channels",
                         gan__shape_text(text, in), (long long)self->channels, (long long)channels);
    }
    *out = *in;
    out->size[out->rank - 1] += self->channels;
    return GAN_OK;
}

/* One number for each group of samples and share of channels, [1, M, 1, shares]; view is [group, M,
 * positions, shares, channels of a share]. */
static gan_status
make_deviations(gan_context *ctx, gan_tensor **out, gan_tensor *x, const int64_t view[5])
{
    static const int32_t samples[1] = {0}, places[2] = {2, 4};
    const int64_t shape[4] = {1, view[1], 1, view[3]};
    gan_tensor *viewed = NULL, *mean = NULL, *centered = NULL, *square = NULL, *variance = NULL;
    gan_tensor *sum = NULL, *root = NULL, *all = NULL;
    gan_status st;

    GAN__TRY(gan_reshape(ctx, &viewed, x, view, 5));
    GAN__TRY(gan_mean(ctx, &mean, viewed, samples, 1, 1));
    GAN__TRY(gan_sub(ctx, &centered, viewed, mean));
    GAN__TRY(gan_square(ctx, &square, centered));
    GAN__TRY(gan_mean(ctx, &variance, square, samples, 1, 1));
    GAN__TRY(gan_affine(ctx, &sum, variance, 1, 1e-8));
    GAN__TRY(gan_sqrt(ctx, &root, sum));
    GAN__TRY(gan_mean(ctx, &all, root, places, 2, 1));
    st = gan_reshape(ctx, out, all, shape, 4);

fail:
    gan_tensor_destroy(viewed);
    gan_tensor_destroy(mean);
    gan_tensor_destroy(centered);
    gan_tensor_destroy(square);
    gan_tensor_destroy(variance);
    gan_tensor_destroy(sum);
    gan_tensor_destroy(root);
    gan_tensor_destroy(all);
    return st;
}

/* Samples of a group: `group`, or the whole batch if it is smaller; 1 for no samples. */
static gan_status
group_size(const struct minibatch_stddev *self, gan_context *ctx, int64_t n, int64_t *size)
{
    *size = n < self->group ? n : self->group;
    *size = *size < 1 ? 1 : *size;
    if (n % *size != 0) {
        return gan__fail(ctx, GAN_E_SHAPE,
                         "the batch has %lld samples and group=%lld does not divide it; take a "
                         "multiple, or fewer than %lld",
                         (long long)n, (long long)self->group, (long long)self->group);
    }
    return GAN_OK;
}

static gan_status
minibatch_stddev_check_batch(gan_layer *layer, int64_t samples)
{
    int64_t size;

    return group_size((const struct minibatch_stddev *)layer, layer->object.ctx, samples, &size);
}

static gan_status
minibatch_stddev_run(gan_layer *layer, gan_tensor **out, gan_tensor *x, struct gan__run *run)
{
    const struct minibatch_stddev *self = (const struct minibatch_stddev *)layer;
    const struct gan__shape *in = &layer->input;
    const int64_t n = x->shape.size[0], channels = in->size[in->rank - 1];
    const int64_t positions = gan__shape_count(in) / channels;
    gan_context *ctx = run->ctx;
    gan_tensor *deviations = NULL, *repeated = NULL, *shaped = NULL;
    struct gan__shape shape = x->shape;
    int64_t group = 0;
    gan_status st;

    GAN__TRY(group_size(self, ctx, n, &group));
    const int64_t view[5] = {group, n / group, positions, self->channels,
                             channels / self->channels};
    const int64_t all[4] = {group, n / group, positions, self->channels};
    GAN__TRY(make_deviations(ctx, &deviations, x, view));
    GAN__TRY(gan_broadcast_to(ctx, &repeated, deviations, all, 4));
    shape.size[shape.rank - 1] = self->channels;
    GAN__TRY(gan_reshape(ctx, &shaped, repeated, shape.size, shape.rank));
    st = gan_concat(ctx, out, (gan_tensor *const[2]){x, shaped}, 2, shape.rank - 1);

fail:
    gan_tensor_destroy(deviations);
    gan_tensor_destroy(repeated);
    gan_tensor_destroy(shaped);
    return st;
}

const struct gan__layer_class gan__layer_class_minibatch_stddev = {
    .kind = "minibatch_stddev",
    .doc = "adds channels that tell how much the batch's samples differ; for discriminators "
           "(Karras et al. 2018)",
    .options = minibatch_stddev_options,
    .size = sizeof(struct minibatch_stddev),
    .flags = GAN__LAYER_TRANSPARENT | GAN__LAYER_SEES_BATCH,
    .build = minibatch_stddev_build,
    .run = minibatch_stddev_run,
    .check_batch = minibatch_stddev_check_batch,
};
