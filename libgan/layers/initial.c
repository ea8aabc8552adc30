/*
 * Initial values: what init=auto becomes, and the numbers themselves, drawn from (seed, the
 * network's number, the path).
 *
 * dcgan: normal, deviation 0.02 (Radford et al. 2016). he: normal, deviation sqrt(2 / ((1 +
 * slope^2) fan_in)) for the slope of the activation that follows, 1 if none does (He et al.,
 * "Delving deep into rectifiers", ICCV 2015). glorot: uniform, +-sqrt(6 / (fan_in + fan_out))
 * (Glorot, Bengio, AISTATS 2010). orthogonal: orthogonal.c.
 */
#include "layers/class.h"

#include <math.h>

#include "base/context.h"
#include "kernels/kernels.h"

struct gan__initial *
gan__layer_initial(gan_layer *layer)
{
    const size_t offset = layer->class->initial;

    return offset == 0 ? NULL : (struct gan__initial *)(void *)((char *)layer + offset);
}

/* The first layer in `layer` that what comes in meets and that is not looked past; NULL: none. */
static gan_layer *
first_met(gan_layer *layer)
{
    const uint32_t flags = layer->class->flags;

    for (int32_t i = 0; i < layer->child_count; i++) {
        if ((flags & GAN__LAYER_HOLDS_LINES) != 0) {
            gan_layer *met = first_met(layer->children[i]);
            if (met != NULL) {
                return met;
            }
        } else if (gan__layer_takes_incoming(layer->children[i])) {
            return first_met(layer->children[i]);
        }
    }
    if ((flags & (GAN__LAYER_HOLDS_LINES | GAN__LAYER_HOLDS_BLOCKS | GAN__LAYER_TRANSPARENT)) !=
        0) {
        return NULL;
    }
    return layer;
}

static void
settle(gan_layer *layer, gan_layer *next)
{
    struct gan__initial *initial = gan__layer_initial(layer);
    const bool before_norm = next != NULL && (next->class->flags & GAN__LAYER_NORMALISES) != 0;

    if (initial == NULL) {
        return;
    }
    initial->resolved = initial->rule;
    if ((layer->class->flags & GAN__LAYER_NORMALISES) != 0) {
        if (initial->rule == GAN__INITIAL_AUTO) {
            initial->resolved = GAN__INITIAL_ONES;
        }
        return;
    }
    if (initial->rule == GAN__INITIAL_AUTO) {
        initial->resolved = before_norm ? GAN__INITIAL_DCGAN : GAN__INITIAL_HE;
    }
    initial->slope = next != NULL && next->class->slope != NULL ? next->class->slope(next) : 1;
    if (before_norm && initial->resolved == GAN__INITIAL_DCGAN) {
        struct gan__initial *norm = gan__layer_initial(next);
        if (norm->rule == GAN__INITIAL_AUTO) {
            norm->resolved = GAN__INITIAL_DCGAN;
        }
    }
}

/* next: the layer that the output meets. From the end, so that a batch_norm is settled before the
 * layer that decides on it. */
static void
resolve(gan_layer *layer, gan_layer *next)
{
    for (int32_t i = layer->child_count - 1; i >= 0; i--) {
        resolve(layer->children[i], next);
        if ((layer->class->flags & GAN__LAYER_HOLDS_LINES) != 0) {
            gan_layer *met = first_met(layer->children[i]);
            next = met != NULL ? met : next;
        }
    }
    settle(layer, next);
}

void
gan__layer_resolve(gan_layer *root)
{
    resolve(root, NULL);
}

struct gan__values
gan__initial_values(const struct gan__initial *initial, double fan_in, double fan_out)
{
    struct gan__values values = {.distribution = GAN__NORMAL};

    switch ((enum gan__initial_rule)initial->resolved) {
    case GAN__INITIAL_DCGAN:
        values.spread = initial->gain * 0.02;
        break;
    case GAN__INITIAL_HE:
        values.spread = initial->gain * sqrt(2 / ((1 + initial->slope * initial->slope) * fan_in));
        break;
    case GAN__INITIAL_GLOROT:
        values.distribution = GAN__UNIFORM;
        values.spread = initial->gain * sqrt(6 / (fan_in + fan_out));
        break;
    case GAN__INITIAL_ORTHOGONAL:
        values.distribution = GAN__ORTHOGONAL;
        values.spread = initial->gain;
        break;
    case GAN__INITIAL_AUTO:
    case GAN__INITIAL_ZEROS:
        values.distribution = GAN__CONSTANT;
        break;
    }
    return values;
}

gan_status
gan__initial_draw(const struct gan__building *building, gan_tensor *tensor,
                  const struct gan__values *values, const char *path)
{
    const struct gan__random random =
        gan__random_make(building->seed, GAN__PURPOSE_INITIAL, building->number, gan__hash(path));
    float *data = gan__data(tensor);
    const int64_t count = tensor->count;
    gan_context *ctx = building->ctx;

    switch (values->distribution) {
    case GAN__CONSTANT:
        gan__fill(ctx, data, (float)values->center, count);
        break;
    case GAN__NORMAL:
        gan__fill_normal(ctx, data, count, random, 0);
        gan__unary(ctx, GAN__UNARY_affine, data, data, count, (float)values->spread,
                   (float)values->center);
        break;
    case GAN__UNIFORM:
        gan__fill_uniform(ctx, data, count, random, 0);
        gan__unary(ctx, GAN__UNARY_affine, data, data, count, (float)(2 * values->spread),
                   (float)(values->center - values->spread));
        break;
    case GAN__ORTHOGONAL:
        gan__fill_normal(ctx, data, count, random, 0);
        return gan__orthogonal(tensor, values->axis, values->spread);
    }
    return GAN_OK;
}
