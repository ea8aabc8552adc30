/*
 * reshape: the same elements of each sample in the same order under another shape.
 */
#include "layers/class.h"

#include "base/context.h"

struct reshape {
    gan_layer base;
    struct gan__option_shape shape;
};

static const struct gan__option reshape_options[] = {
    {.name = "shape",
     .type = GAN__OPTION_SHAPE,
     .offset = offsetof(struct reshape, shape),
     .minimum = 1,
     .maximum = GAN__SIZE_MAX_OPTION,
     .required = true,
     .doc = "of one sample, e.g. 7x7x128"},
    GAN__OPTION_END,
};

static gan_status
reshape_build(gan_layer *layer, const struct gan__shape *in, struct gan__shape *out,
              struct gan__building *building)
{
    const struct reshape *self = (const struct reshape *)layer;
    char found[GAN__SHAPE_TEXT_SIZE], wanted[GAN__SHAPE_TEXT_SIZE];

    if (self->shape.rank >= GAN_RANK_MAX) {
        return gan__fail(building->ctx, GAN_E_ARG,
                         "shape has %d sizes, at most %d are possible beside N",
                         (int)self->shape.rank, GAN_RANK_MAX - 1);
    }
    *out = gan__shape_of(self->shape.rank, 0, 0, 0, 0);
    for (int32_t i = 0; i < out->rank; i++) {
        out->size[i] = self->shape.size[i];
    }
    if (gan__shape_count(out) != gan__shape_count(in)) {
        return gan__fail(building->ctx, GAN_E_SHAPE,
                         "input is %s, %lld elements, but %s takes %lld",
                         gan__shape_text(found, in), (long long)gan__shape_count(in),
                         gan__shape_text(wanted, out), (long long)gan__shape_count(out));
    }
    return GAN_OK;
}

static gan_status
reshape_run(gan_layer *layer, gan_tensor **out, gan_tensor *x, struct gan__run *run)
{
    int64_t sizes[GAN_RANK_MAX];

    sizes[0] = x->shape.size[0];
    for (int32_t i = 0; i < layer->output.rank; i++) {
        sizes[i + 1] = layer->output.size[i];
    }
    return gan_reshape(run->ctx, out, x, sizes, layer->output.rank + 1);
}

const struct gan__layer_class gan__layer_class_reshape = {
    .kind = "reshape",
    .doc = "the same elements under another shape",
    .options = reshape_options,
    .size = sizeof(struct reshape),
    .flags = GAN__LAYER_TRANSPARENT | GAN__LAYER_MOVES_ONLY,
    .build = reshape_build,
    .run = reshape_run,
};
