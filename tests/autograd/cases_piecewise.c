/* Cases: abs, clamp, elu, silu, and their fused gradients. */
#include <math.h>

#include "op_case.h"

enum { SHAPES = 3 };

/* One tensor of the values' kind, or two of one shape. */
static void
problem_of(struct op_problem *p, int32_t inputs, enum draw draw)
{
    const struct gan__shape shapes[SHAPES] = {shape_of(2, 3, 7), shape_of(0),
                                              shape_of(4, 2, 3, 1, 17)};
    const double numbers[SHAPES] = {0.75, 1.0, 0.0};
    p->input_count = inputs;
    p->inputs[0] = shapes[p->variant];
    p->draw[inputs - 1] = draw;
    p->inputs[inputs - 1] = p->inputs[0];
    p->reals[0] = numbers[p->variant];
}

static double
abs_of(const double *v, const double *reals)
{
    (void)reals;
    return fabs(v[0]);
}

static double
abs_gradient_of(const double *v, const double *reals)
{
    (void)reals;
    return v[1] > 0.0 ? v[0] : -v[0];
}

static double
elu_of(const double *v, const double *reals)
{
    return v[0] > 0.0 ? v[0] : reals[0] * expm1(v[0]);
}

static double
elu_gradient_of(const double *v, const double *reals)
{
    return v[1] > 0.0 ? v[0] : v[0] * (v[1] + reals[0]);
}

static double
silu_of(const double *v, const double *reals)
{
    (void)reals;
    return v[0] / (1.0 + exp(-v[0]));
}

/* The derivative of x / (1 + e^-x) by the quotient rule, unlike the kernel's. */
static double
silu_gradient_of(const double *v, const double *reals)
{
    (void)reals;
    const double e = exp(-v[1]);
    return v[0] * (1.0 + e + v[1] * e) / ((1.0 + e) * (1.0 + e));
}

/* Values are 0.4 to 1.7 of either sign; these bounds lie between none and some of them. */
static double
clamp_of(const double *v, const double *reals)
{
    return fmin(fmax(v[0], -reals[0]), 0.2);
}

static double
clamp_gradient_of(const double *v, const double *reals)
{
    return v[1] >= -reals[0] && v[1] <= 0.2 ? v[0] : 0.0;
}

typedef double (*element_function)(const double *values, const double *reals);

static void
element_reference(double *out, struct gan__shape *shape, const double *const *in,
                  const struct op_problem *p, element_function f)
{
    *shape = p->inputs[0];
    for (int64_t i = 0; i < count_of(shape); i++) {
        const double values[2] = {in[0][i], p->input_count > 1 ? in[1][i] : 0.0};
        out[i] = f(values, p->reals);
    }
}

/* The derivative by one number, with a gradient of 1. */
static float
slope_at(gan_context *ctx, const struct op_case *op, const double *reals, float at)
{
    struct op_problem problem = {.reals = {reals[0]}};
    gan_tensor *x = some_tensor(ctx, shape_of(0)), *y = NULL, *gradient = NULL;
    ASSERT_OK(ctx, gan_tensor_write(x, &at, 1));
    ASSERT_OK(ctx, op->run(ctx, &y, &x, &problem));
    ASSERT_OK(ctx, gan_grad(ctx, &gradient, &y, 1, &x, 1, 0));
    const float slope = gan__data(gradient)[0];
    gan_tensor_destroy(gradient);
    gan_tensor_destroy(y);
    gan_tensor_destroy(x);
    return slope;
}

/* p and q of different shapes; and that q is no input of the graph if the gradient is flat. */
static void
fused_errors(gan_context *ctx, const struct op_case *op, bool flat)
{
    struct op_problem problem = {.reals = {0.5}};
    gan_tensor *in[2] = {some_tensor(ctx, shape_of(1, 3)), some_tensor(ctx, shape_of(1, 4))};
    gan_tensor *out = NULL, *gradients[2] = {NULL};
    ASSERT_FAILS(ctx, op->run(ctx, &out, in, &problem), GAN_E_SHAPE,
                 "_gradient: p is [3] but q is [4]");
    gan_tensor_destroy(in[1]);
    in[1] = some_tensor(ctx, shape_of(1, 3));
    ASSERT_OK(ctx, op->run(ctx, &out, in, &problem));
    ASSERT_OK(ctx, gan_grad(ctx, gradients, &out, 1, in, 2, 0));
    ck_assert_ptr_nonnull(gradients[0]);
    ck_assert((gradients[1] == NULL) == flat);
    gan_tensor_destroy(gradients[0]);
    gan_tensor_destroy(gradients[1]);
    gan_tensor_destroy(out);
    gan_tensor_destroy(in[0]);
    gan_tensor_destroy(in[1]);
}

#define ELEMENT_CASE(op, count, draw, call, ...)                                                   \
    static void op##_problem(struct op_problem *p)                                                 \
    {                                                                                              \
        problem_of(p, count, draw);                                                                \
    }                                                                                              \
    static void op##_reference(double *out, struct gan__shape *shape, const double *const *in,     \
                               const struct op_problem *p)                                         \
    {                                                                                              \
        element_reference(out, shape, in, p, op##_of);                                             \
    }                                                                                              \
    static gan_status op##_run(gan_context *ctx, gan_tensor **out, gan_tensor *const *in,          \
                               const struct op_problem *p)                                         \
    {                                                                                              \
        (void)p;                                                                                   \
        return call;                                                                               \
    }                                                                                              \
    static void op##_errors(gan_context *ctx);                                                     \
    const struct op_case test_case_##op = {.name = #op,                                            \
                                           .variants = SHAPES,                                     \
                                           .problem = op##_problem,                                \
                                           .run = op##_run,                                        \
                                           .reference = op##_reference,                            \
                                           .linear = __VA_ARGS__,                                  \
                                           .errors = op##_errors}

ELEMENT_CASE(abs, 1, DRAW_AWAY, gan_abs(ctx, out, in[0]), {false});
ELEMENT_CASE(abs_gradient, 2, DRAW_CONSTANT, gan__abs_gradient(ctx, out, in[0], in[1]), {true});
ELEMENT_CASE(elu, 1, DRAW_AWAY, gan_elu(ctx, out, in[0], p->reals[0]), {false});
ELEMENT_CASE(elu_gradient, 2, DRAW_AWAY, gan__elu_gradient(ctx, out, in[0], in[1], p->reals[0]),
             {true});
ELEMENT_CASE(silu, 1, DRAW_ANY, gan_silu(ctx, out, in[0]), {false});
ELEMENT_CASE(silu_gradient, 2, DRAW_ANY, gan__silu_gradient(ctx, out, in[0], in[1]), {true});
ELEMENT_CASE(clamp, 1, DRAW_AWAY, gan_clamp(ctx, out, in[0], -p->reals[0], 0.2), {false});
ELEMENT_CASE(clamp_gradient, 2, DRAW_CONSTANT,
             gan__clamp_gradient(ctx, out, in[0], in[1], -p->reals[0], 0.2), {true});

static const double half[1] = {0.5};

static void
abs_errors(gan_context *ctx)
{
    ck_assert_float_eq(slope_at(ctx, &test_case_abs, half, 0.0f), 0.0f);
    ck_assert_float_eq(slope_at(ctx, &test_case_abs, half, -0.0f), 0.0f);
    ck_assert_float_eq(slope_at(ctx, &test_case_abs, half, -3.0f), -1.0f);
}

static void
abs_gradient_errors(gan_context *ctx)
{
    fused_errors(ctx, &test_case_abs_gradient, true);
}

static void
elu_errors(gan_context *ctx)
{
    gan_tensor *x = some_tensor(ctx, shape_of(1, 3)), *out = NULL;
    ASSERT_FAILS(ctx, gan_elu(ctx, &out, x, -0.5), GAN_E_ARG,
                 "elu: alpha is -0.5, must be 0 or more");
    ASSERT_FAILS(ctx, gan_elu(ctx, &out, x, (double)NAN), GAN_E_ARG,
                 "elu: alpha is nan, must be finite as a float");
    gan_tensor_destroy(x);
    ck_assert_float_eq(slope_at(ctx, &test_case_elu, half, 0.0f), 0.5f);
    ck_assert_float_eq(slope_at(ctx, &test_case_elu, half, 100.0f), 1.0f);
    ck_assert_float_eq(slope_at(ctx, &test_case_elu, half, -100.0f), 0.0f);
}

static void
elu_gradient_errors(gan_context *ctx)
{
    fused_errors(ctx, &test_case_elu_gradient, false);
}

static void
silu_errors(gan_context *ctx)
{
    ck_assert_float_eq(slope_at(ctx, &test_case_silu, half, 0.0f), 0.5f);
    ck_assert_float_eq(slope_at(ctx, &test_case_silu, half, 200.0f), 1.0f);
    ck_assert_float_eq(slope_at(ctx, &test_case_silu, half, -200.0f), 0.0f);
}

static void
silu_gradient_errors(gan_context *ctx)
{
    fused_errors(ctx, &test_case_silu_gradient, false);
}

static void
clamp_errors(gan_context *ctx)
{
    gan_tensor *x = some_tensor(ctx, shape_of(1, 3)), *out = NULL;
    ASSERT_FAILS(ctx, gan_clamp(ctx, &out, x, 2.0, 1.0), GAN_E_ARG,
                 "clamp: low is 2, must be at most high, 1");
    ASSERT_FAILS(ctx, gan_clamp(ctx, &out, x, -(double)INFINITY, 1.0), GAN_E_ARG,
                 "clamp: low is -inf, must be finite as a float");
    ASSERT_FAILS(ctx, gan_clamp(ctx, &out, x, 0.0, 1e300), GAN_E_ARG, "clamp: high is 1e300");
    gan_tensor_destroy(x);
    /* Both bounds are inside. */
    ck_assert_float_eq(slope_at(ctx, &test_case_clamp, half, -0.5f), 1.0f);
    ck_assert_float_eq(slope_at(ctx, &test_case_clamp, half, 0.2f), 1.0f);
    ck_assert_float_eq(slope_at(ctx, &test_case_clamp, half, -0.5001f), 0.0f);
    ck_assert_float_eq(slope_at(ctx, &test_case_clamp, half, 0.2001f), 0.0f);
}

static void
clamp_gradient_errors(gan_context *ctx)
{
    fused_errors(ctx, &test_case_clamp_gradient, true);
}
