/*
 * Max pooling. Its gradient scatters into the places of the maxima, and the gradient of that gathers
 * from them; those two are each other's. Both are given x and look for the maxima again, so that no
 * indices are kept; by x they have no gradient, as the places do not move.
 */
#include "autograd/ops.h"
#include "autograd/windows.h"
#include "kernels/kernels.h"

/* A node's numbers: kernel, stride, padding. */
enum { KERNEL = 0, STRIDE = 2, PADDING = 4 };

static gan_status
max_pool_rule(gan_context *ctx, struct gan__node *node, gan_tensor *g, gan_tensor **gradients,
              const bool *wanted)
{
    (void)wanted;
    const int64_t *n = node->numbers;
    gan_tensor *x = NULL;
    const gan_status st = gan__node_saved(ctx, node, 0, &x);
    if (st != GAN_OK) {
        return st;
    }
    return gan__max_pool2d_scatter(ctx, &gradients[0], g, x, n + KERNEL, n + STRIDE, n + PADDING);
}

static gan_status
scatter_rule(gan_context *ctx, struct gan__node *node, gan_tensor *g, gan_tensor **gradients,
             const bool *wanted)
{
    (void)wanted;
    const int64_t *n = node->numbers;
    gan_tensor *x = NULL;
    const gan_status st = gan__node_saved(ctx, node, 0, &x);
    if (st != GAN_OK) {
        return st;
    }
    return gan__max_pool2d_gather(ctx, &gradients[0], g, x, n + KERNEL, n + STRIDE, n + PADDING);
}

const struct gan__op gan__op_max_pool2d = {.name = "max_pool2d", .gradient = max_pool_rule};
const struct gan__op gan__op_max_pool2d_scatter = {.name = "max_pool2d_scatter",
                                                   .gradient = scatter_rule};
const struct gan__op gan__op_max_pool2d_gather = {.name = "max_pool2d_gather",
                                                  .gradient = max_pool_rule};

static gan_status
record(struct gan__frame *f, const struct gan__windows *g, gan_tensor *x)
{
    const gan_status st = gan__op_record(f);
    if (st != GAN_OK || f->node == NULL) {
        return st;
    }
    for (int32_t i = 0; i < 2; i++) {
        f->node->numbers[KERNEL + i] = g->kernel[i];
        f->node->numbers[STRIDE + i] = g->stride[i];
        f->node->numbers[PADDING + i] = g->padding[i];
    }
    return gan__op_save(f, 0, x);
}

static gan_status
check_shape(struct gan__frame *f, const gan_tensor *p, const struct gan__shape *wanted)
{
    if (gan__shape_equal(&p->shape, wanted)) {
        return GAN_OK;
    }
    char text[2][GAN__SHAPE_TEXT_SIZE];
    return gan__op_fail(f, GAN_E_SHAPE, "p is %s, must be %s", gan__shape_text(text[0], &p->shape),
                        gan__shape_text(text[1], wanted));
}

gan_status
gan_max_pool2d(gan_context *context, gan_tensor **out, gan_tensor *x, const int64_t *kernel,
               const int64_t *stride, const int64_t *padding)
{
    struct gan__frame f;
    gan_status st = gan__op_begin(&f, context, out, &gan__op_max_pool2d);
    if (st != GAN_OK) {
        return st;
    }
    struct gan__windows g;
    GAN__TRY(gan__op_input(&f, x, "x"));
    GAN__TRY(gan__windows_check(&f, &g, x, kernel, stride, padding));
    const struct gan__shape shape = gan__windows_shape(&g);
    GAN__TRY(gan__op_result(&f, &shape));
    if (f.result->count > 0) {
        gan__max_pool(context, &g, gan__data(f.result), gan__data(x));
    }
    GAN__TRY(record(&f, &g, x));
fail:
    return gan__op_end(&f, st);
}

gan_status
gan__max_pool2d_scatter(gan_context *ctx, gan_tensor **out, gan_tensor *p, gan_tensor *x,
                        const int64_t *kernel, const int64_t *stride, const int64_t *padding)
{
    struct gan__frame f;
    gan_status st = gan__op_begin(&f, ctx, out, &gan__op_max_pool2d_scatter);
    if (st != GAN_OK) {
        return st;
    }
    struct gan__windows g;
    GAN__TRY(gan__op_input(&f, p, "p"));
    GAN__TRY(gan__op_argument(&f, x, "x"));
    GAN__TRY(gan__windows_check(&f, &g, x, kernel, stride, padding));
    const struct gan__shape shape = gan__windows_shape(&g);
    GAN__TRY(check_shape(&f, p, &shape));
    GAN__TRY(gan__op_result(&f, &x->shape));
    if (f.result->count > 0) {
        gan__max_pool_scatter(ctx, &g, gan__data(f.result), gan__data(p), gan__data(x));
    }
    GAN__TRY(record(&f, &g, x));
fail:
    return gan__op_end(&f, st);
}

gan_status
gan__max_pool2d_gather(gan_context *ctx, gan_tensor **out, gan_tensor *p, gan_tensor *x,
                       const int64_t *kernel, const int64_t *stride, const int64_t *padding)
{
    struct gan__frame f;
    gan_status st = gan__op_begin(&f, ctx, out, &gan__op_max_pool2d_gather);
    if (st != GAN_OK) {
        return st;
    }
    struct gan__windows g;
    GAN__TRY(gan__op_input(&f, p, "p"));
    GAN__TRY(gan__op_argument(&f, x, "x"));
    GAN__TRY(gan__windows_check(&f, &g, x, kernel, stride, padding));
    GAN__TRY(check_shape(&f, p, &x->shape));
    const struct gan__shape shape = gan__windows_shape(&g);
    GAN__TRY(gan__op_result(&f, &shape));
    if (f.result->count > 0) {
        gan__max_pool_gather(ctx, &g, gan__data(f.result), gan__data(p), gan__data(x));
    }
    GAN__TRY(record(&f, &g, x));
fail:
    return gan__op_end(&f, st);
}
