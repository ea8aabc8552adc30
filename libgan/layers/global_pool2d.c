/*
 * global_pool2d: the mean, maximum or sum of each channel over a picture, [height, width, channels]
 * to [channels].
 */
#include "layers/class.h"

#include "base/context.h"

enum { AVG, MAX, SUM };

struct global_pool2d {
    gan_layer base;
    int32_t mode;
};

static const struct gan__option global_pool2d_options[] = {
    {.name = "mode",
     .type = GAN__OPTION_CHOICE,
     .offset = offsetof(struct global_pool2d, mode),
     .fallback = "avg",
     .choices = "avg|max|sum",
     .doc = "what is taken of each channel"},
    GAN__OPTION_END,
};

static gan_status
global_pool2d_build(gan_layer *layer, const struct gan__shape *in, struct gan__shape *out,
                    struct gan__building *building)
{
    (void)building;
    if (in->rank != 3) {
        return gan__layer_fail_shape(layer, in, "[height, width, channels]",
                                     "put `reshape` before it");
    }
    *out = gan__shape_of(1, in->size[2], 0, 0, 0);
    return GAN_OK;
}

static gan_status
pool_maximum(gan_context *ctx, gan_tensor **out, gan_tensor *x)
{
    static const int64_t none[2] = {0, 0};
    const int64_t sizes[2] = {x->shape.size[0], x->shape.size[3]};
    gan_tensor *pooled = NULL;
    gan_status st;

    GAN__TRY(gan_max_pool2d(ctx, &pooled, x, &x->shape.size[1], &x->shape.size[1], none));
    st = gan_reshape(ctx, out, pooled, sizes, 2);

fail:
    gan_tensor_destroy(pooled);
    return st;
}

static gan_status
global_pool2d_run(gan_layer *layer, gan_tensor **out, gan_tensor *x, struct gan__run *run)
{
    static const int32_t axes[2] = {1, 2};
    const struct global_pool2d *self = (const struct global_pool2d *)layer;

    switch (self->mode) {
    case AVG:
        return gan_mean(run->ctx, out, x, axes, 2, 0);
    case MAX:
        return pool_maximum(run->ctx, out, x);
    default:
        return gan_sum(run->ctx, out, x, axes, 2, 0);
    }
}

const struct gan__layer_class gan__layer_class_global_pool2d = {
    .kind = "global_pool2d",
    .doc = "mean, maximum or sum of each channel of a picture; gives [channels]",
    .options = global_pool2d_options,
    .size = sizeof(struct global_pool2d),
    .flags = GAN__LAYER_TRANSPARENT,
    .build = global_pool2d_build,
    .run = global_pool2d_run,
};
