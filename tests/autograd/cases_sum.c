/* Cases: sum, mean, broadcast_to, sum_to. */
#include "op_case.h"

/* numbers: count, keep_dims, axes (as given, negative ones too). */
static void
axes_problem(struct op_problem *p)
{
    struct {
        struct gan__shape shape;
        int64_t count, keep;
        int64_t axes[4];
    } const all[] = {
        {shape_of(2, 3, 5), 0, 0, {0}},
        {shape_of(3, 2, 7, 3), 1, 0, {1}},
        {shape_of(3, 2, 7, 3), 2, 1, {2, 0}},
        {shape_of(4, 2, 3, 3, 5), 3, 0, {0, 1, 2}},
        {shape_of(0), 0, 0, {0}},
        {shape_of(4, 2, 1, 3, 1), 2, 1, {-1, -4}},
        {shape_of(4, 3, 2, 1, 13), 3, 0, {-1, 0, 2}},
        {shape_of(3, 1, 5, 1), 2, 0, {0, 2}},
        {shape_of(2, 131, 2), 1, 0, {0}},
        {shape_of(1, 300), 0, 1, {0}},
    };
    p->input_count = 1;
    p->inputs[0] = all[p->variant].shape;
    p->numbers[0] = all[p->variant].count;
    p->numbers[1] = all[p->variant].keep;
    for (int32_t i = 0; i < 4; i++) {
        p->numbers[2 + i] = all[p->variant].axes[i];
    }
}

enum { AXES_VARIANTS = 10 };

static bool
is_reduced(const struct op_problem *p, int32_t axis)
{
    for (int32_t i = 0; i < p->numbers[0]; i++) {
        const int64_t given = p->numbers[2 + i];
        if (given == axis || given + p->inputs[0].rank == axis) {
            return true;
        }
    }
    return p->numbers[0] == 0;
}

static void
reduce_reference(double *out, struct gan__shape *shape, const double *const *in,
                 const struct op_problem *p, bool mean)
{
    const struct gan__shape *x = &p->inputs[0];
    int64_t terms = 1;
    for (int32_t d = 0; d < x->rank; d++) {
        terms *= is_reduced(p, d) ? x->size[d] : 1;
        if (!is_reduced(p, d) || p->numbers[1] != 0) {
            shape->size[shape->rank++] = is_reduced(p, d) ? 1 : x->size[d];
        }
    }
    for (int64_t i = 0; i < count_of(shape); i++) {
        out[i] = 0.0;
    }
    for (int64_t i = 0; i < count_of(x); i++) {
        int64_t rest = i, at = 0, step = 1;
        for (int32_t d = x->rank - 1; d >= 0; d--) {
            if (!is_reduced(p, d)) {
                at += rest % x->size[d] * step;
                step *= x->size[d];
            }
            rest /= x->size[d];
        }
        out[at] += in[0][i] / (mean ? (double)terms : 1.0);
    }
}

static void
sum_reference(double *out, struct gan__shape *shape, const double *const *in,
              const struct op_problem *p)
{
    reduce_reference(out, shape, in, p, false);
}

static void
mean_reference(double *out, struct gan__shape *shape, const double *const *in,
               const struct op_problem *p)
{
    reduce_reference(out, shape, in, p, true);
}

typedef gan_status (*reduction)(gan_context *, gan_tensor **, gan_tensor *, const int32_t *,
                                int32_t, int32_t);

static gan_status
reduce_run(gan_context *ctx, gan_tensor **out, gan_tensor *x, const struct op_problem *p,
           reduction op)
{
    int32_t axes[4];
    for (int32_t i = 0; i < 4; i++) {
        axes[i] = (int32_t)p->numbers[2 + i];
    }
    return op(ctx, out, x, p->numbers[0] == 0 ? NULL : axes, (int32_t)p->numbers[0],
              (int32_t)p->numbers[1]);
}

static gan_status
sum_run(gan_context *ctx, gan_tensor **out, gan_tensor *const *in, const struct op_problem *p)
{
    return reduce_run(ctx, out, in[0], p, gan_sum);
}

static gan_status
mean_run(gan_context *ctx, gan_tensor **out, gan_tensor *const *in, const struct op_problem *p)
{
    return reduce_run(ctx, out, in[0], p, gan_mean);
}

static void
reduction_errors(gan_context *ctx, reduction op)
{
    gan_tensor *x = some_tensor(ctx, shape_of(2, 3, 4)), *number = some_tensor(ctx, shape_of(0));
    gan_tensor *out = NULL;
    const int32_t twice[] = {1, -1}, high[] = {2}, low[] = {-3};
    ASSERT_FAILS(ctx, op(ctx, &out, x, twice, 2, 0), GAN_E_ARG, "axis 1 is given twice");
    ASSERT_FAILS(ctx, op(ctx, &out, x, high, 1, 0), GAN_E_ARG,
                 "axis is 2, but the axes of x [3, 4] are -2 to 1");
    ASSERT_FAILS(ctx, op(ctx, &out, x, low, 1, 0), GAN_E_ARG, "axis is -3");
    ASSERT_FAILS(ctx, op(ctx, &out, x, NULL, 1, 0), GAN_E_ARG, "axes is NULL and count is 1");
    ASSERT_FAILS(ctx, op(ctx, &out, x, low, -1, 0), GAN_E_ARG, "count is -1");
    ASSERT_FAILS(ctx, op(ctx, &out, x, low, INT32_MAX, 0), GAN_E_ARG, "count is 2147483647");
    ASSERT_FAILS(ctx, op(ctx, &out, number, low, 1, 0), GAN_E_ARG, "x is [], which has none");
    gan_tensor_destroy(x);
    gan_tensor_destroy(number);
}

static void
sum_errors(gan_context *ctx)
{
    reduction_errors(ctx, gan_sum);
    /* Nothing to add is 0. */
    gan_tensor *x = some_tensor(ctx, shape_of(2, 0, 2)), *out = NULL;
    const int32_t axis = 0;
    ASSERT_OK(ctx, gan_sum(ctx, &out, x, &axis, 1, 0));
    ck_assert_int_eq(out->count, 2);
    ck_assert(gan__data(out)[0] == 0.0f && gan__data(out)[1] == 0.0f);
    gan_tensor_destroy(x);
    gan_tensor_destroy(out);
}

static void
mean_errors(gan_context *ctx)
{
    reduction_errors(ctx, gan_mean);
    gan_tensor *x = some_tensor(ctx, shape_of(2, 0, 2)), *out = NULL;
    ASSERT_FAILS(ctx, gan_mean(ctx, &out, x, NULL, 0, 0), GAN_E_SHAPE,
                 "mean: x is [0, 2]: there is nothing to take the mean of");
    gan_tensor_destroy(x);
}

const struct op_case test_case_sum = {.name = "sum",
                                      .variants = AXES_VARIANTS,
                                      .problem = axes_problem,
                                      .run = sum_run,
                                      .reference = sum_reference,
                                      .linear = {true},
                                      .errors = sum_errors};
const struct op_case test_case_mean = {.name = "mean",
                                       .variants = AXES_VARIANTS,
                                       .problem = axes_problem,
                                       .run = mean_run,
                                       .reference = mean_reference,
                                       .linear = {true},
                                       .errors = mean_errors};

/* Small and large shapes; numbers: rank and sizes of the shape asked for. */
static void
adjoint_problem(struct op_problem *p, bool up)
{
    const struct gan__shape pairs[][2] = {
        {shape_of(1, 5), shape_of(2, 3, 5)},
        {shape_of(3, 2, 1, 7), shape_of(3, 2, 3, 7)},
        {shape_of(0), shape_of(2, 3, 2)},
        {shape_of(2, 3, 1), shape_of(4, 2, 2, 3, 13)},
        {shape_of(2, 2, 3), shape_of(2, 2, 3)},
        {shape_of(4, 1, 3, 1, 1), shape_of(4, 2, 3, 1, 5)},
        {shape_of(3, 1, 1, 1), shape_of(3, 1, 1, 1)},
        {shape_of(1, 1), shape_of(4, 1, 1, 1, 3)},
    };
    const struct gan__shape *pair = pairs[p->variant];
    p->input_count = 1;
    p->inputs[0] = pair[up ? 0 : 1];
    p->numbers[0] = pair[up ? 1 : 0].rank;
    for (int32_t i = 0; i < pair[up ? 1 : 0].rank; i++) {
        p->numbers[1 + i] = pair[up ? 1 : 0].size[i];
    }
}

enum { ADJOINT_VARIANTS = 8 };

static struct gan__shape
asked_shape(const struct op_problem *p)
{
    struct gan__shape shape = {.rank = (int32_t)p->numbers[0]};
    for (int32_t i = 0; i < shape.rank; i++) {
        shape.size[i] = p->numbers[1 + i];
    }
    return shape;
}

/* Where element i of the large shape meets the small one. */
static int64_t
meet(const struct gan__shape *small, const struct gan__shape *large, int64_t i)
{
    int64_t at = 0, step = 1;
    for (int32_t d = large->rank - 1, own = small->rank - 1; own >= 0; d--, own--) {
        at += (small->size[own] == 1 ? 0 : i % large->size[d]) * step;
        step *= small->size[own];
        i /= large->size[d];
    }
    return at;
}

static void
broadcast_to_problem(struct op_problem *p)
{
    adjoint_problem(p, true);
}

static void
broadcast_to_reference(double *out, struct gan__shape *shape, const double *const *in,
                       const struct op_problem *p)
{
    *shape = asked_shape(p);
    for (int64_t i = 0; i < count_of(shape); i++) {
        out[i] = in[0][meet(&p->inputs[0], shape, i)];
    }
}

static gan_status
broadcast_to_run(gan_context *ctx, gan_tensor **out, gan_tensor *const *in,
                 const struct op_problem *p)
{
    return gan_broadcast_to(ctx, out, in[0], p->numbers + 1, (int32_t)p->numbers[0]);
}

static void
sum_to_problem(struct op_problem *p)
{
    adjoint_problem(p, false);
}

static void
sum_to_reference(double *out, struct gan__shape *shape, const double *const *in,
                 const struct op_problem *p)
{
    *shape = asked_shape(p);
    for (int64_t i = 0; i < count_of(shape); i++) {
        out[i] = 0.0;
    }
    for (int64_t i = 0; i < count_of(&p->inputs[0]); i++) {
        out[meet(shape, &p->inputs[0], i)] += in[0][i];
    }
}

static gan_status
sum_to_run(gan_context *ctx, gan_tensor **out, gan_tensor *const *in, const struct op_problem *p)
{
    return gan_sum_to(ctx, out, in[0], p->numbers + 1, (int32_t)p->numbers[0]);
}

typedef gan_status (*to_shape)(gan_context *, gan_tensor **, gan_tensor *, const int64_t *,
                               int32_t);

static void
to_shape_errors(gan_context *ctx, to_shape op, const char *sentence)
{
    gan_tensor *x = some_tensor(ctx, shape_of(2, 3, 4)), *out = NULL;
    const int64_t wrong[] = {3, 2}, negative[] = {3, -4}, huge[] = {(int64_t)1 << 40, 3, 4};
    ASSERT_FAILS(ctx, op(ctx, &out, x, wrong, 2), GAN_E_SHAPE, sentence);
    ASSERT_FAILS(ctx, op(ctx, &out, x, negative, 2), GAN_E_SHAPE, "negative size");
    ASSERT_FAILS(ctx, op(ctx, &out, x, huge, 3), GAN_E_SHAPE, "more elements");
    ASSERT_FAILS(ctx, op(ctx, &out, x, NULL, 2), GAN_E_ARG, "shape is NULL");
    ASSERT_FAILS(ctx, op(ctx, &out, x, wrong, 9), GAN_E_ARG, "rank is 9");
    gan_tensor_destroy(x);
}

static void
broadcast_to_errors(gan_context *ctx)
{
    to_shape_errors(ctx, gan_broadcast_to,
                    "broadcast_to: x is [3, 4] and shape is [3, 2]: [3, 4] does not broadcast to "
                    "[3, 2]");
}

static void
sum_to_errors(gan_context *ctx)
{
    to_shape_errors(ctx, gan_sum_to,
                    "sum_to: x is [3, 4] and shape is [3, 2]: [3, 2] does not broadcast to [3, 4]");
}

const struct op_case test_case_broadcast_to = {.name = "broadcast_to",
                                               .variants = ADJOINT_VARIANTS,
                                               .problem = broadcast_to_problem,
                                               .run = broadcast_to_run,
                                               .reference = broadcast_to_reference,
                                               .linear = {true},
                                               .errors = broadcast_to_errors};
const struct op_case test_case_sum_to = {.name = "sum_to",
                                         .variants = ADJOINT_VARIANTS,
                                         .problem = sum_to_problem,
                                         .run = sum_to_run,
                                         .reference = sum_to_reference,
                                         .linear = {true},
                                         .errors = sum_to_errors};
