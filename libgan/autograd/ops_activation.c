/*
 * tanh, sigmoid, leaky_relu, each with its fused gradient, which is an op too and so has a gradient
 * of its own.
 *
 * leaky_relu with a slope of 0 or more keeps its output instead of its input: their signs agree,
 * and the next layer keeps the output anyway.
 */
#include "autograd/activation.h"
#include "autograd/ops.h"
#include "base/number.h"

gan_status
gan__activation(struct gan__frame *f, gan_tensor *x, enum gan__unary kind, float a, float b)
{
    gan_status st = GAN_OK;
    GAN__TRY(gan__op_input(f, x, "x"));
    GAN__TRY(gan__op_result(f, &x->shape));
    if (x->count > 0) {
        gan__unary(f->ctx, kind, gan__data(f->result), gan__data(x), x->count, a, b);
    }
    GAN__TRY(gan__op_record(f));
fail:
    return st;
}

gan_status
gan__fused_gradient(struct gan__frame *f, gan_tensor *p, gan_tensor *q, enum gan__binary kind,
                    float a, float b)
{
    if (!gan__shape_equal(&p->shape, &q->shape)) {
        char text[2][GAN__SHAPE_TEXT_SIZE];
        return gan__op_fail(f, GAN_E_SHAPE, "p is %s but q is %s",
                            gan__shape_text(text[0], &p->shape),
                            gan__shape_text(text[1], &q->shape));
    }
    const gan_status st = gan__tensor_over(f->ctx, &f->result, p);
    if (st == GAN_OK && p->count > 0) {
        const int64_t stride = 1;
        gan__binary(f->ctx, kind, gan__data(f->result), gan__data(p), &stride, gan__data(q),
                    &stride, &p->count, 1, a, b);
    }
    return st;
}

gan_status
gan__smooth_gradient(gan_context *ctx, gan_tensor **out, gan_tensor *p, gan_tensor *q,
                     const struct gan__op *op, enum gan__binary kind, double a)
{
    struct gan__frame f;
    gan_status st = gan__op_begin(&f, ctx, out, op);
    if (st != GAN_OK) {
        return st;
    }
    GAN__TRY(gan__op_input(&f, p, "p"));
    GAN__TRY(gan__op_input(&f, q, "q"));
    GAN__TRY(gan__fused_gradient(&f, p, q, kind, (float)a, 0.0f));
    GAN__TRY(gan__op_record(&f));
    if (f.node != NULL) {
        f.node->reals[0] = a;
    }
    if (gan__op_flows(&f, 1)) {
        GAN__TRY(gan__op_save(&f, 0, p));
    }
    GAN__TRY(gan__op_save(&f, 1, q));
fail:
    return gan__op_end(&f, st);
}

gan_status
gan__flat_gradient(gan_context *ctx, gan_tensor **out, gan_tensor *p, gan_tensor *q,
                   const struct gan__op *op, enum gan__binary kind, double a, double b)
{
    struct gan__frame f;
    gan_status st = gan__op_begin(&f, ctx, out, op);
    if (st != GAN_OK) {
        return st;
    }
    GAN__TRY(gan__op_input(&f, p, "p"));
    GAN__TRY(gan__op_argument(&f, q, "q"));
    GAN__TRY(gan__fused_gradient(&f, p, q, kind, (float)a, (float)b));
    GAN__TRY(gan__op_record(&f));
    if (f.node != NULL) {
        f.node->reals[0] = a;
        f.node->reals[1] = b;
    }
    GAN__TRY(gan__op_save(&f, 0, q));
fail:
    return gan__op_end(&f, st);
}

static gan_status
tanh_rule(gan_context *ctx, struct gan__node *node, gan_tensor *g, gan_tensor **gradients,
          const bool *wanted)
{
    (void)wanted;
    gan_status st = GAN_OK;
    gan_tensor *y = NULL;
    GAN__TRY(gan__node_output(ctx, node, 0, &y));
    GAN__TRY(gan__tanh_gradient(ctx, &gradients[0], g, y));
fail:
    gan_tensor_destroy(y);
    return st;
}

/* p (1 - q^2): by p the same again, by q -2 g p q. */
static gan_status
tanh_gradient_rule(gan_context *ctx, struct gan__node *node, gan_tensor *g, gan_tensor **gradients,
                   const bool *wanted)
{
    gan_status st = GAN_OK;
    gan_tensor *p = NULL, *q = NULL, *gp = NULL, *gpq = NULL;
    GAN__TRY(gan__node_saved(ctx, node, 1, &q));
    if (wanted[0]) {
        GAN__TRY(gan__tanh_gradient(ctx, &gradients[0], g, q));
    }
    if (wanted[1]) {
        GAN__TRY(gan__node_saved(ctx, node, 0, &p));
        GAN__TRY(gan_mul(ctx, &gp, g, p));
        GAN__TRY(gan_mul(ctx, &gpq, gp, q));
        GAN__TRY(gan_affine(ctx, &gradients[1], gpq, -2.0, 0.0));
    }
fail:
    gan_tensor_destroy(gp);
    gan_tensor_destroy(gpq);
    return st;
}

static gan_status
sigmoid_rule(gan_context *ctx, struct gan__node *node, gan_tensor *g, gan_tensor **gradients,
             const bool *wanted)
{
    (void)wanted;
    gan_status st = GAN_OK;
    gan_tensor *y = NULL;
    GAN__TRY(gan__node_output(ctx, node, 0, &y));
    GAN__TRY(gan__sigmoid_gradient(ctx, &gradients[0], g, y));
fail:
    gan_tensor_destroy(y);
    return st;
}

/* p q (1 - q): by p the same again, by q g p (1 - 2 q). */
static gan_status
sigmoid_gradient_rule(gan_context *ctx, struct gan__node *node, gan_tensor *g,
                      gan_tensor **gradients, const bool *wanted)
{
    gan_status st = GAN_OK;
    gan_tensor *p = NULL, *q = NULL, *gp = NULL, *slope = NULL;
    GAN__TRY(gan__node_saved(ctx, node, 1, &q));
    if (wanted[0]) {
        GAN__TRY(gan__sigmoid_gradient(ctx, &gradients[0], g, q));
    }
    if (wanted[1]) {
        GAN__TRY(gan__node_saved(ctx, node, 0, &p));
        GAN__TRY(gan_mul(ctx, &gp, g, p));
        GAN__TRY(gan_affine(ctx, &slope, q, -2.0, 1.0));
        GAN__TRY(gan_mul(ctx, &gradients[1], gp, slope));
    }
fail:
    gan_tensor_destroy(gp);
    gan_tensor_destroy(slope);
    return st;
}

/* Both rules of leaky_relu: it is linear wherever it has a derivative. */
static gan_status
leaky_relu_rule(gan_context *ctx, struct gan__node *node, gan_tensor *g, gan_tensor **gradients,
                const bool *wanted)
{
    (void)wanted;
    gan_tensor *q = NULL;
    const gan_status st = gan__node_saved(ctx, node, 0, &q);
    if (st != GAN_OK) {
        return st;
    }
    return gan__leaky_relu_gradient(ctx, &gradients[0], g, q, node->reals[0]);
}

/* Over the input, which is made again too and not kept: the rule asks for it later. */
static gan_status
leaky_relu_again(gan_context *ctx, struct gan__node *node, gan_tensor **out)
{
    struct gan__node *maker = node->makers[0];
    const gan_status st = maker->op->again(ctx, maker, out);
    if (st == GAN_OK && (*out)->count > 0) {
        float *y = gan__data(*out);
        gan__unary(ctx, GAN__UNARY_leaky_relu, y, y, (*out)->count, (float)node->reals[0], 0.0f);
    }
    return st;
}

const struct gan__op gan__op_tanh = {.name = "tanh", .gradient = tanh_rule, .spends = true};
const struct gan__op gan__op_tanh_gradient = {.name = "tanh_gradient",
                                              .gradient = tanh_gradient_rule};
const struct gan__op gan__op_sigmoid = {
    .name = "sigmoid", .gradient = sigmoid_rule, .spends = true};
const struct gan__op gan__op_sigmoid_gradient = {.name = "sigmoid_gradient",
                                                 .gradient = sigmoid_gradient_rule};
const struct gan__op gan__op_leaky_relu = {
    .name = "leaky_relu", .gradient = leaky_relu_rule, .spends = true, .again = leaky_relu_again};
const struct gan__op gan__op_leaky_relu_gradient = {.name = "leaky_relu_gradient",
                                                    .gradient = leaky_relu_rule};

gan_status
gan_tanh(gan_context *context, gan_tensor **out, gan_tensor *x)
{
    struct gan__frame f;
    gan_status st = gan__op_begin(&f, context, out, &gan__op_tanh);
    if (st != GAN_OK) {
        return st;
    }
    GAN__TRY(gan__activation(&f, x, GAN__UNARY_tanh, 0.0f, 0.0f));
    GAN__TRY(gan__op_save_output(&f, 0));
fail:
    return gan__op_end(&f, st);
}

gan_status
gan_sigmoid(gan_context *context, gan_tensor **out, gan_tensor *x)
{
    struct gan__frame f;
    gan_status st = gan__op_begin(&f, context, out, &gan__op_sigmoid);
    if (st != GAN_OK) {
        return st;
    }
    GAN__TRY(gan__activation(&f, x, GAN__UNARY_sigmoid, 0.0f, 0.0f));
    GAN__TRY(gan__op_save_output(&f, 0));
fail:
    return gan__op_end(&f, st);
}

gan_status
gan__tanh_gradient(gan_context *ctx, gan_tensor **out, gan_tensor *p, gan_tensor *q)
{
    return gan__smooth_gradient(ctx, out, p, q, &gan__op_tanh_gradient, GAN__BINARY_tanh_gradient,
                                0.0);
}

gan_status
gan__sigmoid_gradient(gan_context *ctx, gan_tensor **out, gan_tensor *p, gan_tensor *q)
{
    return gan__smooth_gradient(ctx, out, p, q, &gan__op_sigmoid_gradient,
                                GAN__BINARY_sigmoid_gradient, 0.0);
}

gan_status
gan_leaky_relu(gan_context *context, gan_tensor **out, gan_tensor *x, double slope)
{
    struct gan__frame f;
    gan_status st = gan__op_begin(&f, context, out, &gan__op_leaky_relu);
    if (st != GAN_OK) {
        return st;
    }
    const float a = (float)slope;
    if (a - a != 0.0f) {
        char text[GAN__NUMBER_SIZE];
        GAN__TRY(gan__op_fail(&f, GAN_E_ARG, "slope is %s, must be finite as a float",
                              gan__number_format(text, slope)));
    }
    GAN__TRY(gan__activation(&f, x, GAN__UNARY_leaky_relu, a, 0.0f));
    if (f.node != NULL) {
        f.node->reals[0] = (double)a;
    }
    if (f.node != NULL && gan__is_remade(context, x)) {
        /* Of a row of activations only the first one, so that nothing recurses. */
        f.node->remakes = ((const struct gan__node *)x->history)->op != &gan__op_leaky_relu;
        GAN__TRY(gan__op_save(&f, 0, x));
    } else {
        GAN__TRY(a >= 0.0f ? gan__op_save_output(&f, 0) : gan__op_save(&f, 0, x));
    }
fail:
    return gan__op_end(&f, st);
}

gan_status
gan__leaky_relu_gradient(gan_context *ctx, gan_tensor **out, gan_tensor *p, gan_tensor *q,
                         double slope)
{
    return gan__flat_gradient(ctx, out, p, q, &gan__op_leaky_relu_gradient,
                              GAN__BINARY_leaky_relu_gradient, slope, 0.0);
}
