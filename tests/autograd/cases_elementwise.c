/* Cases: add, sub, mul, div, affine, and the ops of one tensor. */
#include <math.h>

#include "op_case.h"

/* Pairs of shapes that broadcast. */
static void
pair_problem(struct op_problem *p)
{
    const struct gan__shape pairs[][2] = {
        {shape_of(2, 3, 5), shape_of(2, 3, 5)},
        {shape_of(3, 2, 1, 17), shape_of(1, 17)},
        {shape_of(1, 1), shape_of(3, 2, 3, 5)},
        {shape_of(4, 1, 3, 1, 2), shape_of(4, 2, 1, 5, 1)},
        {shape_of(0), shape_of(0)},
        {shape_of(2, 7, 1), shape_of(2, 7, 3)},
        {shape_of(2, 1, 1), shape_of(1, 1)},
        {shape_of(4, 2, 3, 3, 4), shape_of(3, 1, 1, 4)},
    };
    p->input_count = 2;
    p->inputs[0] = pairs[p->variant][0];
    p->inputs[1] = pairs[p->variant][1];
}

enum { PAIRS = 8 };

static void
divisor_problem(struct op_problem *p)
{
    pair_problem(p);
    p->draw[1] = DRAW_AWAY;
}

/* The element of x that broadcasting puts at place i of a row-major output. */
static int64_t
source(const struct gan__shape *x, const struct gan__shape *out, int64_t i)
{
    int64_t at = 0, step = 1;
    for (int32_t d = out->rank - 1, own = x->rank - 1; d >= 0; d--, own--) {
        const int64_t index = i % out->size[d];
        i /= out->size[d];
        if (own >= 0) {
            at += (x->size[own] == 1 ? 0 : index) * step;
            step *= x->size[own];
        }
    }
    return at;
}

static void
pair_reference(double *out, struct gan__shape *shape, const double *const *in,
               const struct op_problem *p, double (*f)(double, double))
{
    const struct gan__shape *a = &p->inputs[0], *b = &p->inputs[1];
    shape->rank = a->rank > b->rank ? a->rank : b->rank;
    for (int32_t d = 0; d < shape->rank; d++) {
        const int32_t da = d - shape->rank + a->rank, db = d - shape->rank + b->rank;
        const int64_t sa = da < 0 ? 1 : a->size[da], sb = db < 0 ? 1 : b->size[db];
        shape->size[d] = sa > sb ? sa : sb;
    }
    for (int64_t i = 0; i < count_of(shape); i++) {
        out[i] = f(in[0][source(a, shape, i)], in[1][source(b, shape, i)]);
    }
}

#define PAIR_CASE(op, expression, problem_function, ...)                                           \
    static double op##_of(double a, double b)                                                      \
    {                                                                                              \
        return expression;                                                                         \
    }                                                                                              \
    static void op##_reference(double *out, struct gan__shape *shape, const double *const *in,     \
                               const struct op_problem *p)                                         \
    {                                                                                              \
        pair_reference(out, shape, in, p, op##_of);                                                \
    }                                                                                              \
    static gan_status op##_run(gan_context *ctx, gan_tensor **out, gan_tensor *const *in,          \
                               const struct op_problem *p)                                         \
    {                                                                                              \
        (void)p;                                                                                   \
        return gan_##op(ctx, out, in[0], in[1]);                                                   \
    }                                                                                              \
    static void op##_errors(gan_context *ctx)                                                      \
    {                                                                                              \
        gan_tensor *a = some_tensor(ctx, shape_of(2, 3, 4)),                                       \
                   *b = some_tensor(ctx, shape_of(1, 3));                                          \
        gan_tensor *out = a;                                                                       \
        ASSERT_FAILS(ctx, gan_##op(ctx, &out, a, b), GAN_E_SHAPE,                                  \
                     #op ": a is [3, 4] and b is [3]");                                            \
        ck_assert_ptr_null(out);                                                                   \
        gan_tensor_destroy(a);                                                                     \
        gan_tensor_destroy(b);                                                                     \
    }                                                                                              \
    const struct op_case test_case_##op = {.name = #op,                                            \
                                           .variants = PAIRS,                                      \
                                           .problem = problem_function,                            \
                                           .run = op##_run,                                        \
                                           .reference = op##_reference,                            \
                                           .linear = __VA_ARGS__,                                  \
                                           .errors = op##_errors}

PAIR_CASE(add, a + b, pair_problem, {false});
PAIR_CASE(sub, a - b, pair_problem, {false});
PAIR_CASE(mul, a *b, pair_problem, {true, true});
PAIR_CASE(div, a / b, divisor_problem, {true});

/* One tensor. */

static void
single_problem(struct op_problem *p, enum draw draw)
{
    const struct gan__shape shapes[] = {shape_of(2, 3, 7), shape_of(0), shape_of(4, 2, 3, 1, 17)};
    p->input_count = 1;
    p->inputs[0] = shapes[p->variant];
    p->draw[0] = draw;
}

enum { SINGLES = 3 };

#define SINGLE_CASE(op, draw, expression)                                                          \
    static void op##_problem(struct op_problem *p)                                                 \
    {                                                                                              \
        single_problem(p, draw);                                                                   \
    }                                                                                              \
    static void op##_reference(double *out, struct gan__shape *shape, const double *const *in,     \
                               const struct op_problem *p)                                         \
    {                                                                                              \
        *shape = p->inputs[0];                                                                     \
        for (int64_t i = 0; i < count_of(shape); i++) {                                            \
            const double x = in[0][i];                                                             \
            out[i] = expression;                                                                   \
        }                                                                                          \
    }                                                                                              \
    static gan_status op##_run(gan_context *ctx, gan_tensor **out, gan_tensor *const *in,          \
                               const struct op_problem *p)                                         \
    {                                                                                              \
        (void)p;                                                                                   \
        return gan_##op(ctx, out, in[0]);                                                          \
    }                                                                                              \
    const struct op_case test_case_##op = {.name = #op,                                            \
                                           .variants = SINGLES,                                    \
                                           .problem = op##_problem,                                \
                                           .run = op##_run,                                        \
                                           .reference = op##_reference}

SINGLE_CASE(square, DRAW_ANY, x *x);
SINGLE_CASE(sqrt, DRAW_POSITIVE, sqrt(x));
SINGLE_CASE(exp, DRAW_ANY, exp(x));
SINGLE_CASE(log, DRAW_POSITIVE, log(x));
SINGLE_CASE(tanh, DRAW_ANY, tanh(x));
SINGLE_CASE(sigmoid, DRAW_ANY, 1.0 / (1.0 + exp(-x)));
SINGLE_CASE(softplus, DRAW_ANY, log1p(exp(x)));

/* affine: scale 1 has a rule of its own. */

static void
affine_problem(struct op_problem *p)
{
    const double numbers[][2] = {{2.5, -0.75}, {1.0, 3.0}, {-0.125, 0.0}};
    single_problem(p, DRAW_ANY);
    p->reals[0] = numbers[p->variant][0];
    p->reals[1] = numbers[p->variant][1];
}

static void
affine_reference(double *out, struct gan__shape *shape, const double *const *in,
                 const struct op_problem *p)
{
    *shape = p->inputs[0];
    for (int64_t i = 0; i < count_of(shape); i++) {
        out[i] = p->reals[0] * in[0][i] + p->reals[1];
    }
}

static gan_status
affine_run(gan_context *ctx, gan_tensor **out, gan_tensor *const *in, const struct op_problem *p)
{
    return gan_affine(ctx, out, in[0], p->reals[0], p->reals[1]);
}

static void
affine_errors(gan_context *ctx)
{
    gan_tensor *x = some_tensor(ctx, shape_of(1, 3)), *out = NULL;
    ASSERT_FAILS(ctx, gan_affine(ctx, &out, x, 1e300, 0.0), GAN_E_ARG,
                 "affine: scale is 1e300, must be finite");
    ASSERT_FAILS(ctx, gan_affine(ctx, &out, x, 1.0, (double)NAN), GAN_E_ARG,
                 "affine: offset is nan");
    gan_tensor_destroy(x);
}

const struct op_case test_case_affine = {.name = "affine",
                                         .variants = SINGLES,
                                         .problem = affine_problem,
                                         .run = affine_run,
                                         .reference = affine_reference,
                                         .errors = affine_errors};

/* leaky_relu: slopes of each sign, as the rule keeps the output or the input. */

static void
leaky_relu_problem(struct op_problem *p)
{
    const double slopes[] = {0.25, 0.0, -0.5};
    single_problem(p, DRAW_AWAY);
    p->reals[0] = slopes[p->variant];
}

static void
leaky_relu_reference(double *out, struct gan__shape *shape, const double *const *in,
                     const struct op_problem *p)
{
    *shape = p->inputs[0];
    for (int64_t i = 0; i < count_of(shape); i++) {
        out[i] = in[0][i] > 0.0 ? in[0][i] : p->reals[0] * in[0][i];
    }
}

static gan_status
leaky_relu_run(gan_context *ctx, gan_tensor **out, gan_tensor *const *in,
               const struct op_problem *p)
{
    return gan_leaky_relu(ctx, out, in[0], p->reals[0]);
}

/* Wrong numbers, and the derivative at exactly 0, which is the slope. */
static void
leaky_relu_errors(gan_context *ctx)
{
    const double slopes[] = {0.25, 0.0, -0.5};
    gan_tensor *x = some_tensor(ctx, shape_of(0)), *out = NULL;
    ASSERT_FAILS(ctx, gan_leaky_relu(ctx, &out, x, (double)INFINITY), GAN_E_ARG,
                 "leaky_relu: slope is inf");
    const float zero = 0.0f;
    for (int32_t i = 0; i < 3; i++) {
        gan_tensor *y = NULL, *gradient = NULL;
        ASSERT_OK(ctx, gan_tensor_write(x, &zero, 1));
        ASSERT_OK(ctx, gan_leaky_relu(ctx, &y, x, slopes[i]));
        ASSERT_OK(ctx, gan_grad(ctx, &gradient, &y, 1, &x, 1, 0));
        ck_assert_double_eq((double)gan__data(gradient)[0], slopes[i]);
        gan_tensor_destroy(y);
        gan_tensor_destroy(gradient);
    }
    gan_tensor_destroy(x);
}

const struct op_case test_case_leaky_relu = {.name = "leaky_relu",
                                             .variants = SINGLES,
                                             .problem = leaky_relu_problem,
                                             .run = leaky_relu_run,
                                             .reference = leaky_relu_reference,
                                             .errors = leaky_relu_errors};

/* The fused gradients. */

static void
fused_problem(struct op_problem *p)
{
    single_problem(p, DRAW_ANY);
    p->input_count = 2;
    p->inputs[1] = p->inputs[0];
    p->draw[1] = DRAW_ANY;
}

#define FUSED_CASE(op, expression)                                                                 \
    static void op##_reference(double *out, struct gan__shape *shape, const double *const *in,     \
                               const struct op_problem *problem)                                   \
    {                                                                                              \
        *shape = problem->inputs[0];                                                               \
        for (int64_t i = 0; i < count_of(shape); i++) {                                            \
            const double p = in[0][i], q = in[1][i];                                               \
            out[i] = expression;                                                                   \
        }                                                                                          \
    }                                                                                              \
    static gan_status op##_run(gan_context *ctx, gan_tensor **out, gan_tensor *const *in,          \
                               const struct op_problem *p)                                         \
    {                                                                                              \
        (void)p;                                                                                   \
        return gan__##op(ctx, out, in[0], in[1]);                                                  \
    }                                                                                              \
    static void op##_errors(gan_context *ctx)                                                      \
    {                                                                                              \
        gan_tensor *p = some_tensor(ctx, shape_of(1, 3)), *q = some_tensor(ctx, shape_of(1, 4));   \
        gan_tensor *out = NULL;                                                                    \
        ASSERT_FAILS(ctx, gan__##op(ctx, &out, p, q), GAN_E_SHAPE, #op ": p is [3] but q is [4]"); \
        gan_tensor_destroy(p);                                                                     \
        gan_tensor_destroy(q);                                                                     \
    }                                                                                              \
    const struct op_case test_case_##op = {.name = #op,                                            \
                                           .variants = SINGLES,                                    \
                                           .problem = fused_problem,                               \
                                           .run = op##_run,                                        \
                                           .reference = op##_reference,                            \
                                           .linear = {true},                                       \
                                           .errors = op##_errors}

FUSED_CASE(tanh_gradient, p *(1.0 - q * q));
FUSED_CASE(sigmoid_gradient, p *q *(1.0 - q));

static void
leaky_relu_gradient_problem(struct op_problem *p)
{
    fused_problem(p);
    p->draw[1] = DRAW_CONSTANT;
    p->reals[0] = p->variant == 1 ? 0.0 : 0.25;
}

static void
leaky_relu_gradient_reference(double *out, struct gan__shape *shape, const double *const *in,
                              const struct op_problem *p)
{
    *shape = p->inputs[0];
    for (int64_t i = 0; i < count_of(shape); i++) {
        out[i] = in[1][i] > 0.0 ? in[0][i] : p->reals[0] * in[0][i];
    }
}

static gan_status
leaky_relu_gradient_run(gan_context *ctx, gan_tensor **out, gan_tensor *const *in,
                        const struct op_problem *p)
{
    return gan__leaky_relu_gradient(ctx, out, in[0], in[1], p->reals[0]);
}

static void
leaky_relu_gradient_errors(gan_context *ctx)
{
    gan_tensor *p = some_tensor(ctx, shape_of(1, 3)), *q = some_tensor(ctx, shape_of(1, 4));
    gan_tensor *out = NULL;
    ASSERT_FAILS(ctx, gan__leaky_relu_gradient(ctx, &out, p, q, 0.2), GAN_E_SHAPE,
                 "leaky_relu_gradient: p is [3] but q is [4]");
    gan_tensor_destroy(q);
    /* No second derivative: q is no input of the graph even where it requires a gradient. */
    q = some_tensor(ctx, shape_of(1, 3));
    ASSERT_OK(ctx, gan__leaky_relu_gradient(ctx, &out, p, q, 0.2));
    gan_tensor *const inputs[2] = {p, q};
    gan_tensor *gradients[2] = {NULL};
    ASSERT_OK(ctx, gan_grad(ctx, gradients, &out, 1, inputs, 2, 0));
    ck_assert_ptr_nonnull(gradients[0]);
    ck_assert_ptr_null(gradients[1]);
    gan_tensor_destroy(gradients[0]);
    gan_tensor_destroy(out);
    gan_tensor_destroy(p);
    gan_tensor_destroy(q);
}

const struct op_case test_case_leaky_relu_gradient = {.name = "leaky_relu_gradient",
                                                      .variants = SINGLES,
                                                      .problem = leaky_relu_gradient_problem,
                                                      .run = leaky_relu_gradient_run,
                                                      .reference = leaky_relu_gradient_reference,
                                                      .linear = {true},
                                                      .errors = leaky_relu_gradient_errors};
