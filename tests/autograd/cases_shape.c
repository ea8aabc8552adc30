/* Cases: reshape, permute, concat, slice, pad. */
#include "op_case.h"

static void
reshape_problem(struct op_problem *p)
{
    const struct gan__shape from[] = {shape_of(2, 3, 4), shape_of(3, 2, 3, 5), shape_of(0),
                                      shape_of(1, 1)};
    const int64_t to[][4] = {{2, 2, 6}, {3, 5, -1, 2}, {2, 1, 1}, {0}};
    p->input_count = 1;
    p->inputs[0] = from[p->variant];
    for (int32_t i = 0; i < 4; i++) {
        p->numbers[i] = to[p->variant][i];
    }
}

static void
reshape_reference(double *out, struct gan__shape *shape, const double *const *in,
                  const struct op_problem *p)
{
    const struct gan__shape to[] = {shape_of(2, 2, 6), shape_of(3, 5, 3, 2), shape_of(2, 1, 1),
                                    shape_of(0)};
    *shape = to[p->variant];
    memcpy(out, in[0], (size_t)count_of(shape) * sizeof(double));
}

static gan_status
reshape_run(gan_context *ctx, gan_tensor **out, gan_tensor *const *in, const struct op_problem *p)
{
    return gan_reshape(ctx, out, in[0], p->numbers + 1, (int32_t)p->numbers[0]);
}

static void
reshape_errors(gan_context *ctx)
{
    gan_tensor *x = some_tensor(ctx, shape_of(2, 3, 4)), *none = some_tensor(ctx, shape_of(1, 0));
    gan_tensor *out = NULL;
    const int64_t five[] = {5}, two_open[] = {-1, -1}, seven[] = {7, -1}, negative[] = {-12};
    const int64_t open_zero[] = {0, -1}, huge[] = {(int64_t)1 << 40, (int64_t)1 << 40};
    ASSERT_FAILS(ctx, gan_reshape(ctx, &out, x, five, 1), GAN_E_SHAPE,
                 "reshape: x is [3, 4], 12 elements, which cannot become [5]");
    ASSERT_FAILS(ctx, gan_reshape(ctx, &out, x, two_open, 2), GAN_E_SHAPE, "[-1, -1]");
    ASSERT_FAILS(ctx, gan_reshape(ctx, &out, x, seven, 2), GAN_E_SHAPE, "[7, -1]");
    ASSERT_FAILS(ctx, gan_reshape(ctx, &out, x, negative, 1), GAN_E_SHAPE, "[-12]");
    ASSERT_FAILS(ctx, gan_reshape(ctx, &out, x, huge, 2), GAN_E_SHAPE, "cannot become");
    ASSERT_FAILS(ctx, gan_reshape(ctx, &out, none, open_zero, 2), GAN_E_SHAPE, "cannot become");
    ASSERT_FAILS(ctx, gan_reshape(ctx, &out, x, NULL, 1), GAN_E_ARG, "shape is NULL");
    ASSERT_FAILS(ctx, gan_reshape(ctx, &out, x, five, -1), GAN_E_ARG, "rank is -1");
    /* It shares x's memory. */
    const int64_t flat[] = {-1};
    ASSERT_OK(ctx, gan_reshape(ctx, &out, x, flat, 1));
    ck_assert_ptr_eq(gan__data(out), gan__data(x));
    gan_tensor_destroy(out);
    gan_tensor_destroy(x);
    gan_tensor_destroy(none);
}

const struct op_case test_case_reshape = {.name = "reshape",
                                          .variants = 4,
                                          .problem = reshape_problem,
                                          .run = reshape_run,
                                          .reference = reshape_reference,
                                          .linear = {true},
                                          .errors = reshape_errors};

static void
permute_problem(struct op_problem *p)
{
    const struct gan__shape shapes[] = {shape_of(2, 3, 5), shape_of(4, 2, 3, 1, 7), shape_of(0),
                                        shape_of(3, 4, 3, 2), shape_of(1, 5)};
    const int64_t orders[][4] = {{1, 0}, {0, 3, 1, 2}, {0}, {1, 2, 0}, {0}};
    p->input_count = 1;
    p->inputs[0] = shapes[p->variant];
    for (int32_t i = 0; i < 4; i++) {
        p->numbers[i] = orders[p->variant][i];
    }
}

static void
permute_reference(double *out, struct gan__shape *shape, const double *const *in,
                  const struct op_problem *p)
{
    const struct gan__shape *x = &p->inputs[0];
    shape->rank = x->rank;
    for (int32_t d = 0; d < x->rank; d++) {
        shape->size[d] = x->size[p->numbers[d]];
    }
    for (int64_t i = 0; i < count_of(shape); i++) {
        int64_t rest = i, index[GAN_RANK_MAX] = {0}, at = 0;
        for (int32_t d = shape->rank - 1; d >= 0; d--) {
            index[p->numbers[d]] = rest % shape->size[d];
            rest /= shape->size[d];
        }
        for (int32_t d = 0; d < x->rank; d++) {
            at = at * x->size[d] + index[d];
        }
        out[i] = in[0][at];
    }
}

static gan_status
permute_run(gan_context *ctx, gan_tensor **out, gan_tensor *const *in, const struct op_problem *p)
{
    const int32_t order[4] = {(int32_t)p->numbers[0], (int32_t)p->numbers[1],
                              (int32_t)p->numbers[2], (int32_t)p->numbers[3]};
    return gan_permute(ctx, out, in[0], order);
}

static void
permute_errors(gan_context *ctx)
{
    gan_tensor *x = some_tensor(ctx, shape_of(2, 3, 4)), *out = NULL;
    const int32_t twice[] = {1, 1}, high[] = {0, 2}, low[] = {-1, 0};
    ASSERT_FAILS(ctx, gan_permute(ctx, &out, x, twice), GAN_E_ARG,
                 "permute: order[1] is 1: x is [3, 4], and each axis 0 to 1 must be there once");
    ASSERT_FAILS(ctx, gan_permute(ctx, &out, x, high), GAN_E_ARG, "order[1] is 2");
    ASSERT_FAILS(ctx, gan_permute(ctx, &out, x, low), GAN_E_ARG, "order[0] is -1");
    ASSERT_FAILS(ctx, gan_permute(ctx, &out, x, NULL), GAN_E_ARG, "order is NULL");
    gan_tensor_destroy(x);
}

const struct op_case test_case_permute = {.name = "permute",
                                          .variants = 5,
                                          .problem = permute_problem,
                                          .run = permute_run,
                                          .reference = permute_reference,
                                          .linear = {true},
                                          .errors = permute_errors};

/* concat: numbers[0] is the axis as given, numbers[1] counted from the start. */
static void
concat_problem(struct op_problem *p)
{
    const struct gan__shape shapes[][3] = {
        {shape_of(2, 3, 5), shape_of(2, 3, 2), shape_of(2, 3, 1)},
        {shape_of(3, 2, 1, 4), shape_of(3, 2, 3, 4), shape_of(3, 2, 2, 4)},
        {shape_of(1, 3), shape_of(1, 0), shape_of(1, 7)},
        {shape_of(4, 1, 2, 2, 3), shape_of(4, 2, 2, 2, 3), shape_of(4, 1, 2, 2, 3)},
    };
    const int64_t axes[][2] = {{1, 1}, {-2, 1}, {0, 0}, {-4, 0}};
    p->input_count = 3;
    for (int32_t i = 0; i < 3; i++) {
        p->inputs[i] = shapes[p->variant][i];
    }
    p->numbers[0] = axes[p->variant][0];
    p->numbers[1] = axes[p->variant][1];
}

static void
concat_reference(double *out, struct gan__shape *shape, const double *const *in,
                 const struct op_problem *p)
{
    const int64_t axis = p->numbers[1];
    *shape = p->inputs[0];
    shape->size[axis] += p->inputs[1].size[axis] + p->inputs[2].size[axis];
    int64_t outer = 1, inner = 1;
    for (int64_t d = 0; d < shape->rank; d++) {
        outer *= d < axis ? shape->size[d] : 1;
        inner *= d > axis ? shape->size[d] : 1;
    }
    for (int64_t i = 0; i < outer; i++) {
        for (int32_t part = 0; part < 3; part++) {
            const int64_t run = p->inputs[part].size[axis] * inner;
            memcpy(out, in[part] + i * run, (size_t)run * sizeof(double));
            out += run;
        }
    }
}

static gan_status
concat_run(gan_context *ctx, gan_tensor **out, gan_tensor *const *in, const struct op_problem *p)
{
    return gan_concat(ctx, out, in, 3, (int32_t)p->numbers[0]);
}

static void
concat_errors(gan_context *ctx)
{
    gan_tensor *in[] = {some_tensor(ctx, shape_of(2, 3, 4)), some_tensor(ctx, shape_of(2, 2, 4)),
                        some_tensor(ctx, shape_of(1, 4))};
    gan_tensor *out = NULL;
    gan_tensor *const ranks[] = {in[0], in[2]};
    ASSERT_FAILS(ctx, gan_concat(ctx, &out, in, 2, 1), GAN_E_SHAPE,
                 "concat: tensor 0 is [3, 4] and tensor 1 is [2, 4]: all sizes but that of axis 1 "
                 "must agree");
    ASSERT_FAILS(ctx, gan_concat(ctx, &out, ranks, 2, 0), GAN_E_SHAPE, "tensor 1 is [4]");
    ASSERT_FAILS(ctx, gan_concat(ctx, &out, in, 2, 2), GAN_E_ARG, "axis is 2");
    ASSERT_FAILS(ctx, gan_concat(ctx, &out, in, 0, 0), GAN_E_ARG, "count is 0");
    ASSERT_FAILS(ctx, gan_concat(ctx, &out, NULL, 2, 0), GAN_E_ARG, "tensors is NULL");
    for (int32_t i = 0; i < 3; i++) {
        gan_tensor_destroy(in[i]);
    }
}

const struct op_case test_case_concat = {.name = "concat",
                                         .variants = 4,
                                         .problem = concat_problem,
                                         .run = concat_run,
                                         .reference = concat_reference,
                                         .errors = concat_errors};

/* slice and pad: a large shape, an axis, start, length; the part is slice's output and pad's input. */
static void
part_problem(struct op_problem *p, bool slice)
{
    const struct gan__shape shapes[] = {shape_of(2, 3, 7), shape_of(2, 3, 7),
                                        shape_of(4, 2, 5, 3, 2), shape_of(1, 11),
                                        shape_of(2, 2, 3)};
    const int64_t numbers[][3] = {{1, 2, 4}, {0, 0, 1}, {1, 1, 4}, {0, 10, 1}, {1, 0, 3}};
    const int64_t *n = numbers[p->variant];
    p->input_count = 1;
    p->inputs[0] = shapes[p->variant];
    p->numbers[0] = n[0];
    p->numbers[1] = n[1];
    p->numbers[2] = slice ? n[2] : p->inputs[0].size[n[0]];
    if (!slice) {
        p->inputs[0].size[n[0]] = n[2];
    }
}

static void
part_reference(double *out, struct gan__shape *shape, const double *const *in,
               const struct op_problem *p, bool slice)
{
    const int64_t axis = p->numbers[0], start = p->numbers[1];
    *shape = p->inputs[0];
    shape->size[axis] = p->numbers[2];
    const struct gan__shape *large = slice ? &p->inputs[0] : shape;
    const struct gan__shape *small = slice ? shape : &p->inputs[0];
    int64_t inner = 1;
    for (int64_t d = axis + 1; d < large->rank; d++) {
        inner *= large->size[d];
    }
    for (int64_t i = 0; !slice && i < count_of(shape); i++) {
        out[i] = 0.0;
    }
    for (int64_t i = 0; i < count_of(small); i++) {
        const int64_t outer = i / (small->size[axis] * inner);
        const int64_t place = i / inner % small->size[axis] + start;
        const int64_t at = (outer * large->size[axis] + place) * inner + i % inner;
        out[slice ? i : at] = in[0][slice ? at : i];
    }
}

static void
slice_problem(struct op_problem *p)
{
    part_problem(p, true);
}

static void
slice_reference(double *out, struct gan__shape *shape, const double *const *in,
                const struct op_problem *p)
{
    part_reference(out, shape, in, p, true);
}

static gan_status
slice_run(gan_context *ctx, gan_tensor **out, gan_tensor *const *in, const struct op_problem *p)
{
    return gan_slice(ctx, out, in[0], (int32_t)p->numbers[0], p->numbers[1], p->numbers[2]);
}

static void
slice_errors(gan_context *ctx)
{
    gan_tensor *x = some_tensor(ctx, shape_of(2, 3, 4)), *out = NULL;
    ASSERT_FAILS(ctx, gan_slice(ctx, &out, x, 1, 2, 3), GAN_E_ARG,
                 "slice: start is 2 and length is 3, but axis 1 of x [3, 4] has 4 places");
    ASSERT_FAILS(ctx, gan_slice(ctx, &out, x, 1, -1, 1), GAN_E_ARG, "start is -1");
    ASSERT_FAILS(ctx, gan_slice(ctx, &out, x, 1, 1, INT64_MAX), GAN_E_ARG, "has 4 places");
    ASSERT_FAILS(ctx, gan_slice(ctx, &out, x, 1, 0, -1), GAN_E_ARG, "length is -1");
    ASSERT_FAILS(ctx, gan_slice(ctx, &out, x, 2, 0, 1), GAN_E_ARG, "axis is 2");
    gan_tensor_destroy(x);
}

const struct op_case test_case_slice = {.name = "slice",
                                        .variants = 5,
                                        .problem = slice_problem,
                                        .run = slice_run,
                                        .reference = slice_reference,
                                        .linear = {true},
                                        .errors = slice_errors};

static void
pad_problem(struct op_problem *p)
{
    part_problem(p, false);
}

static void
pad_reference(double *out, struct gan__shape *shape, const double *const *in,
              const struct op_problem *p)
{
    part_reference(out, shape, in, p, false);
}

static gan_status
pad_run(gan_context *ctx, gan_tensor **out, gan_tensor *const *in, const struct op_problem *p)
{
    return gan_pad(ctx, out, in[0], (int32_t)p->numbers[0], p->numbers[1], p->numbers[2]);
}

static void
pad_errors(gan_context *ctx)
{
    gan_tensor *x = some_tensor(ctx, shape_of(2, 3, 4)), *out = NULL;
    ASSERT_FAILS(ctx, gan_pad(ctx, &out, x, 1, 2, 5), GAN_E_ARG,
                 "pad: start is 2 and size is 5, but axis 1 of x [3, 4] has 4 places to put there");
    ASSERT_FAILS(ctx, gan_pad(ctx, &out, x, 1, -1, 9), GAN_E_ARG, "start is -1");
    ASSERT_FAILS(ctx, gan_pad(ctx, &out, x, 1, 0, 3), GAN_E_ARG, "size is 3");
    ASSERT_FAILS(ctx, gan_pad(ctx, &out, x, 0, 0, INT64_MAX), GAN_E_SHAPE,
                 "would have more elements than fit");
    ASSERT_FAILS(ctx, gan_pad(ctx, &out, x, -3, 0, 9), GAN_E_ARG, "axis is -3");
    gan_tensor_destroy(x);
}

const struct op_case test_case_pad = {.name = "pad",
                                      .variants = 5,
                                      .problem = pad_problem,
                                      .run = pad_run,
                                      .reference = pad_reference,
                                      .linear = {true},
                                      .errors = pad_errors};
