/*
 * square, sqrt, exp, log, softplus: one tensor, element by element. Rules read the input, or the
 * output where that is simpler (sqrt, exp).
 */
#include "autograd/ops.h"
#include "kernels/kernels.h"

enum { KEEP_INPUT, KEEP_OUTPUT };

static gan_status
elementwise(gan_context *ctx, gan_tensor **out, gan_tensor *x, const struct gan__op *op,
            enum gan__unary kind, int32_t keep)
{
    struct gan__frame f;
    gan_status st = gan__op_begin(&f, ctx, out, op);
    if (st != GAN_OK) {
        return st;
    }
    GAN__TRY(gan__op_input(&f, x, "x"));
    GAN__TRY(gan__op_result(&f, &x->shape));
    if (x->count > 0) {
        gan__unary(ctx, kind, gan__data(f.result), gan__data(x), x->count, 0.0f, 0.0f);
    }
    GAN__TRY(gan__op_record(&f));
    GAN__TRY(keep == KEEP_INPUT ? gan__op_save(&f, 0, x) : gan__op_save_output(&f, 0));
fail:
    return gan__op_end(&f, st);
}

/* 2 x g */
static gan_status
square_gradient(gan_context *ctx, struct gan__node *node, gan_tensor *g, gan_tensor **gradients,
                const bool *wanted)
{
    (void)wanted;
    gan_status st = GAN_OK;
    gan_tensor *x = NULL, *product = NULL;
    GAN__TRY(gan__node_saved(ctx, node, 0, &x));
    GAN__TRY(gan_mul(ctx, &product, g, x));
    GAN__TRY(gan_affine(ctx, &gradients[0], product, 2.0, 0.0));
fail:
    gan_tensor_destroy(product);
    return st;
}

/* g / (2 y) */
static gan_status
sqrt_gradient(gan_context *ctx, struct gan__node *node, gan_tensor *g, gan_tensor **gradients,
              const bool *wanted)
{
    (void)wanted;
    gan_status st = GAN_OK;
    gan_tensor *y = NULL, *quotient = NULL;
    GAN__TRY(gan__node_output(ctx, node, 0, &y));
    GAN__TRY(gan_div(ctx, &quotient, g, y));
    GAN__TRY(gan_affine(ctx, &gradients[0], quotient, 0.5, 0.0));
fail:
    gan_tensor_destroy(y);
    gan_tensor_destroy(quotient);
    return st;
}

/* g y */
static gan_status
exp_gradient(gan_context *ctx, struct gan__node *node, gan_tensor *g, gan_tensor **gradients,
             const bool *wanted)
{
    (void)wanted;
    gan_status st = GAN_OK;
    gan_tensor *y = NULL;
    GAN__TRY(gan__node_output(ctx, node, 0, &y));
    GAN__TRY(gan_mul(ctx, &gradients[0], g, y));
fail:
    gan_tensor_destroy(y);
    return st;
}

/* g / x */
static gan_status
log_gradient(gan_context *ctx, struct gan__node *node, gan_tensor *g, gan_tensor **gradients,
             const bool *wanted)
{
    (void)wanted;
    gan_tensor *x = NULL;
    const gan_status st = gan__node_saved(ctx, node, 0, &x);
    return st != GAN_OK ? st : gan_div(ctx, &gradients[0], g, x);
}

/* g sigmoid(x) */
static gan_status
softplus_gradient(gan_context *ctx, struct gan__node *node, gan_tensor *g, gan_tensor **gradients,
                  const bool *wanted)
{
    (void)wanted;
    gan_status st = GAN_OK;
    gan_tensor *x = NULL, *slope = NULL;
    GAN__TRY(gan__node_saved(ctx, node, 0, &x));
    GAN__TRY(gan_sigmoid(ctx, &slope, x));
    GAN__TRY(gan_mul(ctx, &gradients[0], g, slope));
fail:
    gan_tensor_destroy(slope);
    return st;
}

const struct gan__op gan__op_square = {.name = "square", .gradient = square_gradient};
const struct gan__op gan__op_sqrt = {.name = "sqrt", .gradient = sqrt_gradient};
const struct gan__op gan__op_exp = {.name = "exp", .gradient = exp_gradient};
const struct gan__op gan__op_log = {.name = "log", .gradient = log_gradient};
const struct gan__op gan__op_softplus = {.name = "softplus", .gradient = softplus_gradient};

gan_status
gan_square(gan_context *context, gan_tensor **out, gan_tensor *x)
{
    return elementwise(context, out, x, &gan__op_square, GAN__UNARY_square, KEEP_INPUT);
}

gan_status
gan_sqrt(gan_context *context, gan_tensor **out, gan_tensor *x)
{
    return elementwise(context, out, x, &gan__op_sqrt, GAN__UNARY_sqrt, KEEP_OUTPUT);
}

gan_status
gan_exp(gan_context *context, gan_tensor **out, gan_tensor *x)
{
    return elementwise(context, out, x, &gan__op_exp, GAN__UNARY_exp, KEEP_OUTPUT);
}

gan_status
gan_log(gan_context *context, gan_tensor **out, gan_tensor *x)
{
    return elementwise(context, out, x, &gan__op_log, GAN__UNARY_log, KEEP_INPUT);
}

gan_status
gan_softplus(gan_context *context, gan_tensor **out, gan_tensor *x)
{
    return elementwise(context, out, x, &gan__op_softplus, GAN__UNARY_softplus, KEEP_INPUT);
}
