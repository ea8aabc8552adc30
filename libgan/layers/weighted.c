/*
 * What the layers with a product share: the weight's and the bias's parameters, and adding the bias.
 */
#include "layers/class.h"

#include "base/context.h"

gan_status
gan__weighted_build(gan_layer *layer, const struct gan__weighted *weighted,
                    struct gan__building *building, const struct gan__shape *weight, int64_t units,
                    double fan_in, double fan_out)
{
    static const struct gan__values zeros = {.distribution = GAN__CONSTANT};
    const struct gan__values values = gan__initial_values(&weighted->initial, fan_in, fan_out);
    const struct gan__shape bias = gan__shape_of(1, units, 0, 0, 0);
    gan_status st;

    GAN__TRY(gan__layer_add_parameter(layer, building, "weight", weight, &values, false));
    if (weighted->bias) {
        GAN__TRY(gan__layer_add_parameter(layer, building, "bias", &bias, &zeros, false));
    }

fail:
    return st;
}

gan_status
gan__weighted_finish(gan_layer *layer, const struct gan__weighted *weighted, struct gan__run *run,
                     gan_tensor *product, gan_tensor **out)
{
    if (!weighted->bias) {
        *out = product;
        return GAN_OK;
    }
    const gan_status st = gan_add(run->ctx, out, product, layer->parameters[1].tensor);
    gan_tensor_destroy(product);
    return st;
}
