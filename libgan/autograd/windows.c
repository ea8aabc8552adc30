/* The geometry of pooling. */
#include "autograd/windows.h"

gan_status
gan__windows_check(struct gan__frame *f, struct gan__windows *g, const gan_tensor *x,
                   const int64_t *kernel, const int64_t *stride, const int64_t *padding)
{
    gan_status st = GAN_OK;
    GAN__TRY(gan__op_pair(f, kernel, "kernel", 1));
    GAN__TRY(gan__op_pair(f, stride, "stride", 1));
    GAN__TRY(gan__op_pair(f, padding, "padding", 0));
    char text[GAN__SHAPE_TEXT_SIZE];
    gan__shape_text(text, &x->shape);
    if (x->shape.rank != 4) {
        return gan__op_fail(f, GAN_E_SHAPE, "x is %s, must be [N, height, width, channels]", text);
    }
    const int64_t *size = x->shape.size;
    int64_t places[2];
    for (int32_t i = 0; i < 2; i++) {
        if (padding[i] > kernel[i] / 2) {
            return gan__op_fail(f, GAN_E_ARG,
                                "padding is [%lld, %lld], must be at most half the kernel "
                                "[%lld, %lld]",
                                (long long)padding[0], (long long)padding[1], (long long)kernel[0],
                                (long long)kernel[1]);
        }
        const int64_t room = size[1 + i] + 2 * padding[i] - kernel[i];
        if (room < 0 || size[1 + i] < 1) {
            return gan__op_fail(f, GAN_E_SHAPE,
                                "x is %s, with a padding of [%lld, %lld] smaller than the kernel "
                                "[%lld, %lld]",
                                text, (long long)padding[0], (long long)padding[1],
                                (long long)kernel[0], (long long)kernel[1]);
        }
        places[i] = room / stride[i] + 1;
    }
    *g = (struct gan__windows){.batch = size[0],
                               .height = size[1],
                               .width = size[2],
                               .channels = size[3],
                               .out_height = places[0],
                               .out_width = places[1],
                               .kernel = {kernel[0], kernel[1]},
                               .stride = {stride[0], stride[1]},
                               .padding = {padding[0], padding[1]}};
fail:
    return st;
}

struct gan__shape
gan__windows_shape(const struct gan__windows *g)
{
    return (struct gan__shape){4, {g->batch, g->out_height, g->out_width, g->channels}};
}
