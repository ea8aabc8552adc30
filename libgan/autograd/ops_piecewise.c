/*
 * abs, clamp, elu, silu, each with its fused gradient, which is an op too.
 *
 * abs and clamp are linear wherever they have a derivative, so that the gradient of their gradient
 * is the same function again. elu keeps its output instead of its input, as leaky_relu does: the
 * signs agree, and its derivative below 0 is the output + alpha.
 */
#include <math.h>

#include "autograd/activation.h"
#include "autograd/ops.h"
#include "base/number.h"

static gan_status
check_number(struct gan__frame *f, const char *name, double number)
{
    if (isfinite((float)number)) {
        return GAN_OK;
    }
    char text[GAN__NUMBER_SIZE];
    return gan__op_fail(f, GAN_E_ARG, "%s is %s, must be finite as a float", name,
                        gan__number_format(text, number));
}

/* Both rules of abs. */
static gan_status
abs_rule(gan_context *ctx, struct gan__node *node, gan_tensor *g, gan_tensor **gradients,
         const bool *wanted)
{
    (void)wanted;
    gan_tensor *q = NULL;
    const gan_status st = gan__node_saved(ctx, node, 0, &q);
    return st != GAN_OK ? st : gan__abs_gradient(ctx, &gradients[0], g, q);
}

/* Both rules of clamp. */
static gan_status
clamp_rule(gan_context *ctx, struct gan__node *node, gan_tensor *g, gan_tensor **gradients,
           const bool *wanted)
{
    (void)wanted;
    gan_tensor *q = NULL;
    const gan_status st = gan__node_saved(ctx, node, 0, &q);
    return st != GAN_OK
               ? st
               : gan__clamp_gradient(ctx, &gradients[0], g, q, node->reals[0], node->reals[1]);
}

static gan_status
elu_rule(gan_context *ctx, struct gan__node *node, gan_tensor *g, gan_tensor **gradients,
         const bool *wanted)
{
    (void)wanted;
    gan_status st = GAN_OK;
    gan_tensor *y = NULL;
    GAN__TRY(gan__node_output(ctx, node, 0, &y));
    GAN__TRY(gan__elu_gradient(ctx, &gradients[0], g, y, node->reals[0]));
fail:
    gan_tensor_destroy(y);
    return st;
}

/* q > 0 ? p : p (q + a): by p the same again, by q g p where q is not above 0. */
static gan_status
elu_gradient_rule(gan_context *ctx, struct gan__node *node, gan_tensor *g, gan_tensor **gradients,
                  const bool *wanted)
{
    gan_status st = GAN_OK;
    gan_tensor *p = NULL, *q = NULL, *gp = NULL;
    GAN__TRY(gan__node_saved(ctx, node, 1, &q));
    if (wanted[0]) {
        GAN__TRY(gan__elu_gradient(ctx, &gradients[0], g, q, node->reals[0]));
    }
    if (wanted[1]) {
        GAN__TRY(gan__node_saved(ctx, node, 0, &p));
        GAN__TRY(gan_mul(ctx, &gp, g, p));
        GAN__TRY(gan__clamp_gradient(ctx, &gradients[1], gp, q, -(double)INFINITY, 0.0));
    }
fail:
    gan_tensor_destroy(gp);
    return st;
}

static gan_status
silu_rule(gan_context *ctx, struct gan__node *node, gan_tensor *g, gan_tensor **gradients,
          const bool *wanted)
{
    (void)wanted;
    gan_tensor *x = NULL;
    const gan_status st = gan__node_saved(ctx, node, 0, &x);
    return st != GAN_OK ? st : gan__silu_gradient(ctx, &gradients[0], g, x);
}

/* p s (1 + q (1 - s)): by p the same again, by q g p s (1 - s) (2 + q (1 - 2 s)). */
static gan_status
silu_gradient_rule(gan_context *ctx, struct gan__node *node, gan_tensor *g, gan_tensor **gradients,
                   const bool *wanted)
{
    gan_status st = GAN_OK;
    gan_tensor *p = NULL, *q = NULL, *gp = NULL, *s = NULL, *bent = NULL, *odd = NULL,
               *slope = NULL, *sum = NULL;
    GAN__TRY(gan__node_saved(ctx, node, 1, &q));
    if (wanted[0]) {
        GAN__TRY(gan__silu_gradient(ctx, &gradients[0], g, q));
    }
    if (wanted[1]) {
        GAN__TRY(gan__node_saved(ctx, node, 0, &p));
        GAN__TRY(gan_mul(ctx, &gp, g, p));
        GAN__TRY(gan_sigmoid(ctx, &s, q));
        GAN__TRY(gan__sigmoid_gradient(ctx, &bent, gp, s));
        GAN__TRY(gan_affine(ctx, &odd, s, -2.0, 1.0));
        GAN__TRY(gan_mul(ctx, &slope, q, odd));
        GAN__TRY(gan_affine(ctx, &sum, slope, 1.0, 2.0));
        GAN__TRY(gan_mul(ctx, &gradients[1], bent, sum));
    }
fail:
    gan_tensor_destroy(gp);
    gan_tensor_destroy(s);
    gan_tensor_destroy(bent);
    gan_tensor_destroy(odd);
    gan_tensor_destroy(slope);
    gan_tensor_destroy(sum);
    return st;
}

const struct gan__op gan__op_abs = {.name = "abs", .gradient = abs_rule, .spends = true};
const struct gan__op gan__op_abs_gradient = {.name = "abs_gradient", .gradient = abs_rule};
const struct gan__op gan__op_elu = {.name = "elu", .gradient = elu_rule, .spends = true};
const struct gan__op gan__op_elu_gradient = {.name = "elu_gradient", .gradient = elu_gradient_rule};
const struct gan__op gan__op_silu = {.name = "silu", .gradient = silu_rule, .spends = true};
const struct gan__op gan__op_silu_gradient = {.name = "silu_gradient",
                                              .gradient = silu_gradient_rule};
const struct gan__op gan__op_clamp = {.name = "clamp", .gradient = clamp_rule, .spends = true};
const struct gan__op gan__op_clamp_gradient = {.name = "clamp_gradient", .gradient = clamp_rule};

gan_status
gan_abs(gan_context *context, gan_tensor **out, gan_tensor *x)
{
    struct gan__frame f;
    gan_status st = gan__op_begin(&f, context, out, &gan__op_abs);
    if (st != GAN_OK) {
        return st;
    }
    GAN__TRY(gan__activation(&f, x, GAN__UNARY_abs, 0.0f, 0.0f));
    GAN__TRY(gan__op_save(&f, 0, x));
fail:
    return gan__op_end(&f, st);
}

gan_status
gan__abs_gradient(gan_context *ctx, gan_tensor **out, gan_tensor *p, gan_tensor *q)
{
    return gan__flat_gradient(ctx, out, p, q, &gan__op_abs_gradient, GAN__BINARY_abs_gradient, 0.0,
                              0.0);
}

gan_status
gan_clamp(gan_context *context, gan_tensor **out, gan_tensor *x, double low, double high)
{
    struct gan__frame f;
    gan_status st = gan__op_begin(&f, context, out, &gan__op_clamp);
    if (st != GAN_OK) {
        return st;
    }
    GAN__TRY(check_number(&f, "low", low));
    GAN__TRY(check_number(&f, "high", high));
    if (low > high) {
        char text[2][GAN__NUMBER_SIZE];
        GAN__TRY(gan__op_fail(&f, GAN_E_ARG, "low is %s, must be at most high, %s",
                              gan__number_format(text[0], low), gan__number_format(text[1], high)));
    }
    GAN__TRY(gan__activation(&f, x, GAN__UNARY_clamp, (float)low, (float)high));
    if (f.node != NULL) {
        f.node->reals[0] = low;
        f.node->reals[1] = high;
    }
    GAN__TRY(gan__op_save(&f, 0, x));
fail:
    return gan__op_end(&f, st);
}

gan_status
gan__clamp_gradient(gan_context *ctx, gan_tensor **out, gan_tensor *p, gan_tensor *q, double low,
                    double high)
{
    return gan__flat_gradient(ctx, out, p, q, &gan__op_clamp_gradient, GAN__BINARY_clamp_gradient,
                              low, high);
}

gan_status
gan_elu(gan_context *context, gan_tensor **out, gan_tensor *x, double alpha)
{
    struct gan__frame f;
    gan_status st = gan__op_begin(&f, context, out, &gan__op_elu);
    if (st != GAN_OK) {
        return st;
    }
    GAN__TRY(check_number(&f, "alpha", alpha));
    if (alpha < 0.0) {
        char text[GAN__NUMBER_SIZE];
        GAN__TRY(gan__op_fail(&f, GAN_E_ARG, "alpha is %s, must be 0 or more",
                              gan__number_format(text, alpha)));
    }
    GAN__TRY(gan__activation(&f, x, GAN__UNARY_elu, (float)alpha, 0.0f));
    if (f.node != NULL) {
        f.node->reals[0] = alpha;
    }
    GAN__TRY(gan__op_save_output(&f, 0));
fail:
    return gan__op_end(&f, st);
}

gan_status
gan__elu_gradient(gan_context *ctx, gan_tensor **out, gan_tensor *p, gan_tensor *q, double alpha)
{
    return gan__smooth_gradient(ctx, out, p, q, &gan__op_elu_gradient, GAN__BINARY_elu_gradient,
                                alpha);
}

gan_status
gan_silu(gan_context *context, gan_tensor **out, gan_tensor *x)
{
    struct gan__frame f;
    gan_status st = gan__op_begin(&f, context, out, &gan__op_silu);
    if (st != GAN_OK) {
        return st;
    }
    GAN__TRY(gan__activation(&f, x, GAN__UNARY_silu, 0.0f, 0.0f));
    GAN__TRY(gan__op_save(&f, 0, x));
fail:
    return gan__op_end(&f, st);
}

gan_status
gan__silu_gradient(gan_context *ctx, gan_tensor **out, gan_tensor *p, gan_tensor *q)
{
    return gan__smooth_gradient(ctx, out, p, q, &gan__op_silu_gradient, GAN__BINARY_silu_gradient,
                                0.0);
}
