/*
 * Average pooling and its adjoint, each of which is the other's gradient.
 */
#include "autograd/ops.h"
#include "autograd/windows.h"

/* A node's numbers: kernel, stride, padding, whether padding counts, the large picture's sizes. */
enum { KERNEL = 0, STRIDE = 2, PADDING = 4, COUNTS = 6, SIZES = 7 };

static gan_status
avg_pool_rule(gan_context *ctx, struct gan__node *node, gan_tensor *g, gan_tensor **gradients,
              const bool *wanted)
{
    (void)wanted;
    const int64_t *n = node->numbers;
    return gan__avg_pool2d_gradient(ctx, &gradients[0], g, n + SIZES, n + KERNEL, n + STRIDE,
                                    n + PADDING, n[COUNTS] != 0);
}

static gan_status
adjoint_rule(gan_context *ctx, struct gan__node *node, gan_tensor *g, gan_tensor **gradients,
             const bool *wanted)
{
    (void)wanted;
    const int64_t *n = node->numbers;
    return gan_avg_pool2d(ctx, &gradients[0], g, n + KERNEL, n + STRIDE, n + PADDING,
                          (int32_t)n[COUNTS]);
}

const struct gan__op gan__op_avg_pool2d = {.name = "avg_pool2d", .gradient = avg_pool_rule};
const struct gan__op gan__op_avg_pool2d_gradient = {.name = "avg_pool2d_gradient",
                                                    .gradient = adjoint_rule};

static gan_status
record(struct gan__frame *f, const struct gan__windows *g, bool count_padding)
{
    const gan_status st = gan__op_record(f);
    if (st != GAN_OK || f->node == NULL) {
        return st;
    }
    int64_t *n = f->node->numbers;
    for (int32_t i = 0; i < 2; i++) {
        n[KERNEL + i] = g->kernel[i];
        n[STRIDE + i] = g->stride[i];
        n[PADDING + i] = g->padding[i];
    }
    n[COUNTS] = count_padding;
    n[SIZES] = g->height;
    n[SIZES + 1] = g->width;
    return GAN_OK;
}

gan_status
gan_avg_pool2d(gan_context *context, gan_tensor **out, gan_tensor *x, const int64_t *kernel,
               const int64_t *stride, const int64_t *padding, int32_t count_include_padding)
{
    struct gan__frame f;
    gan_status st = gan__op_begin(&f, context, out, &gan__op_avg_pool2d);
    if (st != GAN_OK) {
        return st;
    }
    struct gan__windows g;
    GAN__TRY(gan__op_input(&f, x, "x"));
    GAN__TRY(gan__windows_check(&f, &g, x, kernel, stride, padding));
    const struct gan__shape shape = gan__windows_shape(&g);
    GAN__TRY(gan__op_result(&f, &shape));
    if (f.result->count > 0) {
        gan__avg_pool(context, &g, count_include_padding != 0, gan__data(f.result), gan__data(x));
    }
    GAN__TRY(record(&f, &g, count_include_padding != 0));
fail:
    return gan__op_end(&f, st);
}

gan_status
gan__avg_pool2d_gradient(gan_context *ctx, gan_tensor **out, gan_tensor *p, const int64_t *sizes,
                         const int64_t *kernel, const int64_t *stride, const int64_t *padding,
                         bool count_padding)
{
    struct gan__frame f;
    gan_status st = gan__op_begin(&f, ctx, out, &gan__op_avg_pool2d_gradient);
    if (st != GAN_OK) {
        return st;
    }
    GAN__TRY(gan__op_input(&f, p, "p"));
    if (p->shape.rank != 4) {
        char text[GAN__SHAPE_TEXT_SIZE];
        GAN__TRY(gan__op_fail(&f, GAN_E_SHAPE, "p is %s, must be [N, height, width, channels]",
                              gan__shape_text(text, &p->shape)));
    }
    const int64_t *size = p->shape.size;
    const struct gan__windows g = {.batch = size[0],
                                   .height = sizes[0],
                                   .width = sizes[1],
                                   .channels = size[3],
                                   .out_height = size[1],
                                   .out_width = size[2],
                                   .kernel = {kernel[0], kernel[1]},
                                   .stride = {stride[0], stride[1]},
                                   .padding = {padding[0], padding[1]}};
    const struct gan__shape shape = {4, {size[0], sizes[0], sizes[1], size[3]}};
    GAN__TRY(gan__op_result(&f, &shape));
    if (f.result->count > 0) {
        gan__avg_pool_adjoint(ctx, &g, count_padding, gan__data(f.result), gan__data(p));
    }
    GAN__TRY(record(&f, &g, count_padding));
fail:
    return gan__op_end(&f, st);
}
