/*
 * What the layers with a product share: the weight's and the bias's parameters, spectral
 * normalisation, and adding the bias.
 */
#include "layers/class.h"

#include "base/context.h"

enum { WEIGHT, BIAS };

/* Valid for a layer with spectral_norm=true. */
static struct gan__spectral
spectral_of(const gan_layer *layer, const struct gan__weighted *weighted)
{
    const struct gan__parameter *u = &layer->parameters[weighted->bias ? BIAS + 1 : BIAS];

    return (struct gan__spectral){layer->parameters[WEIGHT].tensor, u[0].tensor, u[1].tensor,
                                  weighted->axis};
}

static gan_status
add_vectors(gan_layer *layer, const struct gan__weighted *weighted, struct gan__building *building,
            const struct gan__shape *weight)
{
    static const struct gan__values normal = {.distribution = GAN__NORMAL, .spread = 1};
    const struct gan__initial *initial = &weighted->initial;
    const int64_t units = weight->size[weighted->axis];
    const struct gan__shape u_shape = gan__shape_of(1, units, 0, 0, 0);
    const struct gan__shape v_shape = gan__shape_of(1, gan__shape_count(weight) / units, 0, 0, 0);
    gan_status st;

    if (initial->resolved == GAN__INITIAL_ZEROS || !(initial->gain > 0)) {
        return gan__fail(building->ctx, GAN_E_ARG,
                         "spectral_norm=true divides by the weight's largest singular value, which "
                         "is 0 with %s; take other initial weights",
                         initial->gain > 0 ? "init=zeros" : "gain=0");
    }
    GAN__TRY(gan__layer_add_parameter(layer, building, "weight_u", &u_shape, &normal, true));
    GAN__TRY(gan__layer_add_parameter(layer, building, "weight_v", &v_shape, &normal, true));

fail:
    return st;
}

gan_status
gan__weighted_build(gan_layer *layer, struct gan__weighted *weighted,
                    struct gan__building *building, const struct gan__shape *weight, int32_t axis,
                    double fan_in, double fan_out)
{
    static const struct gan__values zeros = {.distribution = GAN__CONSTANT};
    struct gan__values values = gan__initial_values(&weighted->initial, fan_in, fan_out);
    const struct gan__shape bias = gan__shape_of(1, weight->size[axis], 0, 0, 0);
    gan_status st;

    weighted->axis = axis;
    values.axis = axis;
    GAN__TRY(gan__layer_add_parameter(layer, building, "weight", weight, &values, false));
    if (weighted->bias) {
        GAN__TRY(gan__layer_add_parameter(layer, building, "bias", &bias, &zeros, false));
    }
    if (weighted->spectral_norm) {
        st = add_vectors(layer, weighted, building, weight);
    }

fail:
    return st;
}

gan_status
gan__weighted_weight(gan_layer *layer, const struct gan__weighted *weighted, gan_tensor **weight)
{
    if (!weighted->spectral_norm) {
        *weight = gan__same(layer->parameters[WEIGHT].tensor);
        return GAN_OK;
    }
    const struct gan__spectral spectral = spectral_of(layer, weighted);
    return gan__spectral_weight(&spectral, weight);
}

gan_tensor *
gan__weighted_bias(const gan_layer *layer)
{
    return layer->parameters[BIAS].tensor;
}

gan_status
gan__weighted_finish(gan_layer *layer, const struct gan__weighted *weighted, struct gan__run *run,
                     gan_tensor *product, gan_tensor **out)
{
    if (!weighted->bias) {
        *out = product;
        return GAN_OK;
    }
    const gan_status st = gan_add(run->ctx, out, product, gan__weighted_bias(layer));
    gan_tensor_destroy(product);
    return st;
}

/* NULL: none that has spectral_norm=true. */
static const struct gan__weighted *
find_normed(const gan_layer *layer)
{
    const size_t offset = layer->class->weighted;
    const struct gan__weighted *weighted = (const void *)((const char *)layer + offset);

    return offset != 0 && weighted->spectral_norm ? weighted : NULL;
}

void
gan__weighted_drawn(gan_layer *layer)
{
    const struct gan__weighted *weighted = find_normed(layer);

    if (weighted != NULL) {
        const struct gan__spectral spectral = spectral_of(layer, weighted);
        gan__spectral_begin(&spectral);
    }
}

void
gan__weighted_moved(gan_layer *layer)
{
    const struct gan__weighted *weighted = find_normed(layer);

    if (weighted != NULL) {
        const struct gan__spectral spectral = spectral_of(layer, weighted);
        gan__spectral_move(&spectral);
    }
}
