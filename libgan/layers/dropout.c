/*
 * dropout: in training each element is 0 with the given probability, else divided by (1 -
 * probability); otherwise the identity. (Srivastava et al., "Dropout", JMLR 2014)
 */
#include "layers/class.h"

#include "base/context.h"

struct dropout {
    gan_layer base;
    double probability;
};

static const struct gan__option dropout_options[] = {
    {.name = "probability",
     .type = GAN__OPTION_REAL,
     .offset = offsetof(struct dropout, probability),
     .minimum = 0,
     .maximum = 1,
     .maximum_open = true,
     .fallback = "0.5",
     .doc = "of an element to be dropped"},
    GAN__OPTION_END,
};

static gan_status
dropout_build(gan_layer *layer, const struct gan__shape *in, struct gan__shape *out,
              struct gan__building *building)
{
    (void)layer;
    (void)building;
    *out = *in;
    return GAN_OK;
}

static gan_status
dropout_run(gan_layer *layer, gan_tensor **out, gan_tensor *x, struct gan__run *run)
{
    const struct dropout *self = (const struct dropout *)layer;

    if (!run->pass->training || self->probability <= 0) {
        *out = gan__same(x);
        return GAN_OK;
    }
    const struct gan__random random =
        gan__random_derive(run->pass->dropout, gan__hash(layer->path));
    return gan_dropout(run->ctx, out, x, self->probability, random.stream);
}

const struct gan__layer_class gan__layer_class_dropout = {
    .kind = "dropout",
    .doc = "drop elements at random in training (Srivastava et al. 2014)",
    .options = dropout_options,
    .size = sizeof(struct dropout),
    .flags = GAN__LAYER_TRANSPARENT,
    .build = dropout_build,
    .run = dropout_run,
};
