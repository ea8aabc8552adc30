/*
 * Windows over pictures: how many fit.
 */
#include "layers/window.h"

#include "base/context.h"

gan_status
gan__pool_check(gan_layer *layer, struct gan__window *window)
{
    for (int32_t i = 0; i < 2; i++) {
        if (window->stride[i] == 0) { /* not given */
            window->stride[i] = window->kernel[i];
        }
        if (window->padding[i] > window->kernel[i] / 2) {
            return gan__fail(layer->object.ctx, GAN_E_ARG,
                             "padding is %lldx%lld, it must be at most half of kernel, %lldx%lld",
                             (long long)window->padding[0], (long long)window->padding[1],
                             (long long)window->kernel[0], (long long)window->kernel[1]);
        }
    }
    return GAN_OK;
}

gan_status
gan__window_shape(gan_layer *layer, const struct gan__window *window, const struct gan__shape *in,
                  int64_t channels, struct gan__shape *out)
{
    char text[GAN__SHAPE_TEXT_SIZE];

    if (in->rank != 3) {
        return gan__layer_fail_shape(layer, in, "[height, width, channels]",
                                     "put `reshape` before it");
    }
    *out = gan__shape_of(3, 0, 0, channels, 0);
    for (int32_t i = 0; i < 2; i++) {
        const int64_t room = in->size[i] + 2 * window->padding[i] - window->kernel[i];
        if (room < 0) {
            return gan__fail(layer->object.ctx, GAN_E_SHAPE,
                             "input is %s, with padding %lldx%lld smaller than kernel %lldx%lld",
                             gan__shape_text(text, in), (long long)window->padding[0],
                             (long long)window->padding[1], (long long)window->kernel[0],
                             (long long)window->kernel[1]);
        }
        out->size[i] = room / window->stride[i] + 1;
    }
    return GAN_OK;
}
