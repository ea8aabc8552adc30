/*
 * The three convolution products of one trilinear form: conv2d(x, w), conv_transpose2d(y, w) and
 * conv2d_weight(x, y), with x the large picture, y the small one. The gradient of each is made of
 * the other two.
 */
#include "autograd/ops.h"
#include "kernels/kernels.h"

/* Where a node keeps its geometry: stride, padding, and the size of the large picture is in its
 * shapes. */
enum { AT_STRIDE = 0, AT_PADDING = 2, AT_KERNEL = 4 };

static int64_t
small_size(int64_t large, int64_t kernel, int64_t stride, int64_t padding)
{
    return large + 2 * padding < kernel ? 0 : (large + 2 * padding - kernel) / stride + 1;
}

/* The output padding with which conv_transpose2d gives exactly the large picture again. */
static void
output_padding(int64_t out[2], const struct gan__shape *large, const int64_t *kernel,
               const int64_t *stride, const int64_t *padding)
{
    for (int32_t i = 0; i < 2; i++) {
        out[i] = (large->size[1 + i] + 2 * padding[i] - kernel[i]) % stride[i];
    }
}

static gan_status
check_picture(struct gan__frame *f, const gan_tensor *x, const char *name)
{
    const struct gan__shape *shape = &x->shape;
    if (shape->rank == 4 && shape->size[1] > 0 && shape->size[2] > 0 && shape->size[3] > 0) {
        return GAN_OK;
    }
    char text[GAN__SHAPE_TEXT_SIZE];
    return gan__op_fail(f, GAN_E_SHAPE,
                        "%s is %s, must be [N, height, width, channels] with sizes above 0", name,
                        gan__shape_text(text, shape));
}

/* The weight must take the channels of x: its axis 2 for the large picture, 3 for the small one. */
static gan_status
check_weight(struct gan__frame *f, const gan_tensor *x, const gan_tensor *weight, int32_t axis)
{
    char text[2][GAN__SHAPE_TEXT_SIZE];
    const struct gan__shape *shape = &weight->shape;
    bool fits = shape->rank == 4;
    for (int32_t i = 0; fits && i < 4; i++) {
        fits = shape->size[i] > 0;
    }
    if (!fits) {
        return gan__op_fail(f, GAN_E_SHAPE,
                            "weight is %s, must be [kernel height, kernel width, channels, "
                            "filters] with sizes above 0",
                            gan__shape_text(text[0], shape));
    }
    if (shape->size[axis] != x->shape.size[3]) {
        return gan__op_fail(f, GAN_E_SHAPE, "x is %s but weight %s takes %lld channel%s",
                            gan__shape_text(text[0], &x->shape), gan__shape_text(text[1], shape),
                            (long long)shape->size[axis], shape->size[axis] == 1 ? "" : "s");
    }
    return GAN_OK;
}

static struct gan__convolution
geometry(const struct gan__shape *large, const struct gan__shape *small, const int64_t *kernel,
         const int64_t *stride, const int64_t *padding)
{
    return (struct gan__convolution){
        .batch = large->size[0],
        .in_height = large->size[1],
        .in_width = large->size[2],
        .in_channels = large->size[3],
        .out_height = small->size[1],
        .out_width = small->size[2],
        .out_channels = small->size[3],
        .kernel_height = kernel[0],
        .kernel_width = kernel[1],
        .stride_height = stride[0],
        .stride_width = stride[1],
        .padding_height = padding[0],
        .padding_width = padding[1],
    };
}

/* For the profile: every tap of every output, those in the padding too. */
static void
count(gan_context *ctx, const struct gan__convolution *g)
{
    const double pixels = (double)g->batch * (double)(g->out_height * g->out_width);
    const double taps = (double)(g->kernel_height * g->kernel_width);
    gan__profile_work(ctx, 2 * pixels * taps * (double)(g->in_channels * g->out_channels), 0);
}

/* Fill the node's numbers, and keep of the two inputs what the gradient of the other one reads. */
static gan_status
record(struct gan__frame *f, const int64_t *kernel, const int64_t *stride, const int64_t *padding)
{
    gan_status st = gan__op_record(f);
    if (st != GAN_OK || f->node == NULL) {
        return st;
    }
    for (int32_t i = 0; i < 2; i++) {
        f->node->numbers[AT_STRIDE + i] = stride[i];
        f->node->numbers[AT_PADDING + i] = padding[i];
        f->node->numbers[AT_KERNEL + i] = kernel[i];
    }
    if (gan__op_flows(f, 1)) {
        GAN__TRY(gan__op_save(f, 0, f->inputs[0]));
    }
    if (gan__op_flows(f, 0)) {
        GAN__TRY(gan__op_save(f, 1, f->inputs[1]));
    }
fail:
    return st;
}

/* y = conv2d(x, w): x by conv_transpose2d(g, w), w by conv2d_weight(x, g). */
static gan_status
conv2d_gradient(gan_context *ctx, struct gan__node *node, gan_tensor *g, gan_tensor **gradients,
                const bool *wanted)
{
    gan_status st = GAN_OK;
    const int64_t *stride = &node->numbers[AT_STRIDE], *padding = &node->numbers[AT_PADDING];
    const int64_t *kernel = &node->numbers[AT_KERNEL];
    gan_tensor *x = NULL, *weight = NULL;
    if (wanted[0]) {
        int64_t extra[2];
        output_padding(extra, &node->edges[0].shape, kernel, stride, padding);
        GAN__TRY(gan__node_saved(ctx, node, 1, &weight));
        GAN__TRY(gan_conv_transpose2d(ctx, &gradients[0], g, weight, stride, padding, extra));
    }
    if (wanted[1]) {
        GAN__TRY(gan__node_saved(ctx, node, 0, &x));
        GAN__TRY(gan_conv2d_weight(ctx, &gradients[1], x, g, kernel, stride, padding));
    }
fail:
    return st;
}

/* x = conv_transpose2d(y, w): y by conv2d(g, w), w by conv2d_weight(g, y). */
static gan_status
conv_transpose2d_gradient(gan_context *ctx, struct gan__node *node, gan_tensor *g,
                          gan_tensor **gradients, const bool *wanted)
{
    gan_status st = GAN_OK;
    const int64_t *stride = &node->numbers[AT_STRIDE], *padding = &node->numbers[AT_PADDING];
    const int64_t *kernel = &node->numbers[AT_KERNEL];
    gan_tensor *y = NULL, *weight = NULL;
    if (wanted[0]) {
        GAN__TRY(gan__node_saved(ctx, node, 1, &weight));
        GAN__TRY(gan_conv2d(ctx, &gradients[0], g, weight, stride, padding));
    }
    if (wanted[1]) {
        GAN__TRY(gan__node_saved(ctx, node, 0, &y));
        GAN__TRY(gan_conv2d_weight(ctx, &gradients[1], g, y, kernel, stride, padding));
    }
fail:
    return st;
}

/* w = conv2d_weight(x, y): x by conv_transpose2d(y, g), y by conv2d(x, g). */
static gan_status
conv2d_weight_gradient(gan_context *ctx, struct gan__node *node, gan_tensor *g,
                       gan_tensor **gradients, const bool *wanted)
{
    gan_status st = GAN_OK;
    const int64_t *stride = &node->numbers[AT_STRIDE], *padding = &node->numbers[AT_PADDING];
    const int64_t *kernel = &node->numbers[AT_KERNEL];
    gan_tensor *x = NULL, *y = NULL;
    if (wanted[0]) {
        int64_t extra[2];
        output_padding(extra, &node->edges[0].shape, kernel, stride, padding);
        GAN__TRY(gan__node_saved(ctx, node, 1, &y));
        GAN__TRY(gan_conv_transpose2d(ctx, &gradients[0], y, g, stride, padding, extra));
    }
    if (wanted[1]) {
        GAN__TRY(gan__node_saved(ctx, node, 0, &x));
        GAN__TRY(gan_conv2d(ctx, &gradients[1], x, g, stride, padding));
    }
fail:
    return st;
}

const struct gan__op gan__op_conv2d = {.name = "conv2d", .gradient = conv2d_gradient};
const struct gan__op gan__op_conv_transpose2d = {.name = "conv_transpose2d",
                                                 .gradient = conv_transpose2d_gradient};
const struct gan__op gan__op_conv2d_weight = {.name = "conv2d_weight",
                                              .gradient = conv2d_weight_gradient};

gan_status
gan__conv2d_finished(gan_context *context, gan_tensor **out, gan_tensor *x, gan_tensor *weight,
                     const int64_t *stride, const int64_t *padding,
                     const struct gan__finish *finish)
{
    struct gan__frame f;
    gan_status st = gan__op_begin(&f, context, out, &gan__op_conv2d);
    if (st != GAN_OK) {
        return st;
    }
    struct gan__shape shape = {.rank = 4};
    GAN__TRY(gan__op_input(&f, x, "x"));
    GAN__TRY(gan__op_input(&f, weight, "weight"));
    GAN__TRY(gan__op_pair(&f, stride, "stride", 1));
    GAN__TRY(gan__op_pair(&f, padding, "padding", 0));
    GAN__TRY(check_picture(&f, x, "x"));
    GAN__TRY(check_weight(&f, x, weight, 2));
    shape.size[0] = x->shape.size[0];
    shape.size[3] = weight->shape.size[3];
    for (int32_t i = 0; i < 2; i++) {
        shape.size[1 + i] =
            small_size(x->shape.size[1 + i], weight->shape.size[i], stride[i], padding[i]);
        if (shape.size[1 + i] < 1) {
            char text[2][GAN__SHAPE_TEXT_SIZE];
            GAN__TRY(gan__op_fail(&f, GAN_E_SHAPE,
                                  "x is %s with padding [%lld, %lld], smaller than the kernel of "
                                  "weight %s",
                                  gan__shape_text(text[0], &x->shape), (long long)padding[0],
                                  (long long)padding[1], gan__shape_text(text[1], &weight->shape)));
        }
    }
    GAN__TRY(gan__op_result(&f, &shape));
    if (f.result->count > 0) {
        const struct gan__convolution g =
            geometry(&x->shape, &shape, weight->shape.size, stride, padding);
        count(context, &g);
        GAN__TRY(gan__convolution_finished(context, &g, gan__data(f.result), gan__data(x),
                                           gan__data(weight), finish));
    }
    GAN__TRY(record(&f, weight->shape.size, stride, padding));
fail:
    return gan__op_end(&f, st);
}

gan_status
gan_conv2d(gan_context *context, gan_tensor **out, gan_tensor *x, gan_tensor *weight,
           const int64_t *stride, const int64_t *padding)
{
    return gan__conv2d_finished(context, out, x, weight, stride, padding, NULL);
}

static gan_status
check_output_padding(struct gan__frame *f, const int64_t *extra, const int64_t *stride)
{
    if (extra[0] < stride[0] && extra[1] < stride[1]) {
        return GAN_OK;
    }
    return gan__op_fail(f, GAN_E_ARG,
                        "output_padding is [%lld, %lld], each must be below the stride [%lld, "
                        "%lld]",
                        (long long)extra[0], (long long)extra[1], (long long)stride[0],
                        (long long)stride[1]);
}

gan_status
gan_conv_transpose2d(gan_context *context, gan_tensor **out, gan_tensor *x, gan_tensor *weight,
                     const int64_t *stride, const int64_t *padding, const int64_t *output_padding)
{
    struct gan__frame f;
    gan_status st = gan__op_begin(&f, context, out, &gan__op_conv_transpose2d);
    if (st != GAN_OK) {
        return st;
    }
    const int64_t *extra = output_padding;
    struct gan__shape shape = {.rank = 4};
    GAN__TRY(gan__op_input(&f, x, "x"));
    GAN__TRY(gan__op_input(&f, weight, "weight"));
    GAN__TRY(gan__op_pair(&f, stride, "stride", 1));
    GAN__TRY(gan__op_pair(&f, padding, "padding", 0));
    GAN__TRY(gan__op_pair(&f, extra, "output_padding", 0));
    GAN__TRY(check_output_padding(&f, extra, stride));
    GAN__TRY(check_picture(&f, x, "x"));
    GAN__TRY(check_weight(&f, x, weight, 3));
    shape.size[0] = x->shape.size[0];
    shape.size[3] = weight->shape.size[2];
    for (int32_t i = 0; i < 2; i++) {
        shape.size[1 + i] = (x->shape.size[1 + i] - 1) * stride[i] - 2 * padding[i] +
                            weight->shape.size[i] + extra[i];
        if (shape.size[1 + i] < 1) {
            char text[2][GAN__SHAPE_TEXT_SIZE];
            GAN__TRY(gan__op_fail(
                &f, GAN_E_SHAPE, "x is %s and weight is %s: padding [%lld, %lld] leaves nothing",
                gan__shape_text(text[0], &x->shape), gan__shape_text(text[1], &weight->shape),
                (long long)padding[0], (long long)padding[1]));
        }
    }
    GAN__TRY(gan__op_result(&f, &shape));
    if (f.result->count > 0) {
        const struct gan__convolution g =
            geometry(&shape, &x->shape, weight->shape.size, stride, padding);
        count(context, &g);
        GAN__TRY(gan__convolution_input(context, &g, gan__data(f.result), gan__data(x),
                                        gan__data(weight)));
    }
    GAN__TRY(record(&f, weight->shape.size, stride, padding));
fail:
    return gan__op_end(&f, st);
}

static gan_status
check_pair_of_pictures(struct gan__frame *f, const gan_tensor *x, const gan_tensor *y,
                       const int64_t *kernel, const int64_t *stride, const int64_t *padding)
{
    int64_t wanted[2];
    for (int32_t i = 0; i < 2; i++) {
        wanted[i] = small_size(x->shape.size[1 + i], kernel[i], stride[i], padding[i]);
    }
    if (y->shape.size[0] == x->shape.size[0] && y->shape.size[1] == wanted[0] &&
        y->shape.size[2] == wanted[1]) {
        return GAN_OK;
    }
    char text[2][GAN__SHAPE_TEXT_SIZE];
    return gan__op_fail(f, GAN_E_SHAPE,
                        "x is %s and y is %s, but the convolution's output is [%lld, %lld, %lld, "
                        "filters]",
                        gan__shape_text(text[0], &x->shape), gan__shape_text(text[1], &y->shape),
                        (long long)x->shape.size[0], (long long)wanted[0], (long long)wanted[1]);
}

gan_status
gan_conv2d_weight(gan_context *context, gan_tensor **out, gan_tensor *x, gan_tensor *y,
                  const int64_t *kernel, const int64_t *stride, const int64_t *padding)
{
    struct gan__frame f;
    gan_status st = gan__op_begin(&f, context, out, &gan__op_conv2d_weight);
    if (st != GAN_OK) {
        return st;
    }
    struct gan__shape shape = {.rank = 4};
    GAN__TRY(gan__op_input(&f, x, "x"));
    GAN__TRY(gan__op_input(&f, y, "y"));
    GAN__TRY(gan__op_pair(&f, kernel, "kernel", 1));
    GAN__TRY(gan__op_pair(&f, stride, "stride", 1));
    GAN__TRY(gan__op_pair(&f, padding, "padding", 0));
    GAN__TRY(check_picture(&f, x, "x"));
    GAN__TRY(check_picture(&f, y, "y"));
    GAN__TRY(check_pair_of_pictures(&f, x, y, kernel, stride, padding));
    shape.size[0] = kernel[0];
    shape.size[1] = kernel[1];
    shape.size[2] = x->shape.size[3];
    shape.size[3] = y->shape.size[3];
    GAN__TRY(gan__op_result(&f, &shape));
    if (x->count > 0) {
        const struct gan__convolution g = geometry(&x->shape, &y->shape, kernel, stride, padding);
        count(context, &g);
        GAN__TRY(
            gan__convolution_weight(context, &g, gan__data(f.result), gan__data(x), gan__data(y)));
    } else {
        gan__fill(context, gan__data(f.result), 0.0f, f.result->count);
    }
    GAN__TRY(record(&f, kernel, stride, padding));
fail:
    return gan__op_end(&f, st);
}
