/*
 * sum, mean, sum_to and broadcast_to. The first three reduce one run of neighbouring axes after the
 * other, from the right, so that the order of addition depends on the shape only. sum_to and
 * broadcast_to are each other's adjoints.
 */
#include "autograd/ops.h"
#include "base/memory.h"
#include "kernels/kernels.h"

/* One run of axes [begin, end) of a reduction. */
struct run {
    int32_t begin, end;
};

/* Axes of size 1 are summed over for free: they join the runs beside them. */
static int32_t
find_runs(struct run runs[GAN_RANK_MAX], const struct gan__shape *shape, const bool *reduced)
{
    int32_t count = 0;
    int32_t end = shape->rank;
    while (end > 0) {
        if (!reduced[end - 1] || shape->size[end - 1] == 1) {
            end--;
            continue;
        }
        int32_t begin = end - 1;
        while (begin > 0 && (reduced[begin - 1] || shape->size[begin - 1] == 1)) {
            begin--;
        }
        runs[count++] = (struct run){begin, end};
        end = begin;
    }
    return count;
}

static int64_t
product(const int64_t *sizes, int32_t begin, int32_t end)
{
    int64_t result = 1;
    for (int32_t i = begin; i < end; i++) {
        result *= sizes[i];
    }
    return result;
}

/* y = scale * the sum of x over the marked axes. */
static gan_status
reduce(gan_context *ctx, float *y, const gan_tensor *x, const bool *reduced, float scale)
{
    struct run runs[GAN_RANK_MAX];
    const int32_t count = find_runs(runs, &x->shape, reduced);
    int64_t sizes[GAN_RANK_MAX];
    for (int32_t i = 0; i < x->shape.rank; i++) {
        sizes[i] = x->shape.size[i];
    }
    if (count == 0) {
        gan__unary(ctx, GAN__UNARY_affine, y, gan__data(x), x->count, scale, 0.0f);
        return GAN_OK;
    }
    gan_status st = GAN_OK;
    const float *from = gan__data(x);
    float *kept = NULL;
    for (int32_t r = 0; r < count; r++) {
        const int64_t outer = product(sizes, 0, runs[r].begin);
        const int64_t middle = product(sizes, runs[r].begin, runs[r].end);
        const int64_t inner = product(sizes, runs[r].end, x->shape.rank);
        float *to = r == count - 1 ? y : gan__alloc_array(ctx, outer * inner, sizeof(float));
        if (to == NULL) {
            st = GAN_E_NOMEM;
            break;
        }
        st = gan__sum(ctx, to, from, outer, middle, inner, to == y ? scale : 1.0f);
        gan__free(ctx, kept);
        kept = to == y ? NULL : to;
        from = to;
        for (int32_t i = runs[r].begin; i < runs[r].end; i++) {
            sizes[i] = 1;
        }
        if (st != GAN_OK) {
            break;
        }
    }
    gan__free(ctx, kept);
    return st;
}

/* Zeros where there is nothing to add. */
static gan_status
reduce_result(struct gan__frame *f, const gan_tensor *x, const bool *reduced, float scale)
{
    if (f->result->count == 0) {
        return GAN_OK;
    }
    if (x->count == 0) {
        gan__fill(f->ctx, gan__data(f->result), 0.0f, f->result->count);
        return GAN_OK;
    }
    return reduce(f->ctx, gan__data(f->result), x, reduced, scale);
}

static gan_status
mark_axes(struct gan__frame *f, bool reduced[GAN_RANK_MAX], const gan_tensor *x,
          const int32_t *axes, int32_t count)
{
    if (count < 0 || (axes == NULL && count > 0)) {
        return gan__op_fail(f, GAN_E_ARG, "axes is %s and count is %d",
                            axes == NULL ? "NULL" : "given", (int)count);
    }
    if (count > GAN_RANK_MAX) { /* no need to read so many to know that one is there twice */
        return gan__op_fail(f, GAN_E_ARG, "count is %d, must be 0 to %d", (int)count, GAN_RANK_MAX);
    }
    for (int32_t i = 0; i < GAN_RANK_MAX; i++) {
        reduced[i] = count == 0;
    }
    for (int32_t i = 0; i < count; i++) {
        int32_t axis = axes[i];
        const gan_status st = gan__op_axis(f, x, &axis);
        if (st != GAN_OK) {
            return st;
        }
        if (reduced[axis]) {
            return gan__op_fail(f, GAN_E_ARG, "axis %d is given twice", (int)axis);
        }
        reduced[axis] = true;
    }
    return GAN_OK;
}

static void
reduced_shape(struct gan__shape *out, const struct gan__shape *x, const bool *reduced, bool keep)
{
    *out = (struct gan__shape){0};
    for (int32_t i = 0; i < x->rank; i++) {
        if (!reduced[i]) {
            out->size[out->rank++] = x->size[i];
        } else if (keep) {
            out->size[out->rank++] = 1;
        }
    }
}

static gan_status
sum_or_mean(gan_context *ctx, gan_tensor **out, gan_tensor *x, const int32_t *axes, int32_t count,
            bool keep, const struct gan__op *op)
{
    struct gan__frame f;
    gan_status st = gan__op_begin(&f, ctx, out, op);
    if (st != GAN_OK) {
        return st;
    }
    bool reduced[GAN_RANK_MAX];
    struct gan__shape shape;
    double scale = 1.0;
    GAN__TRY(gan__op_input(&f, x, "x"));
    GAN__TRY(mark_axes(&f, reduced, x, axes, count));
    reduced_shape(&shape, &x->shape, reduced, keep);
    if (op == &gan__op_mean) {
        int64_t terms = 1;
        for (int32_t i = 0; i < x->shape.rank; i++) {
            terms *= reduced[i] ? x->shape.size[i] : 1;
        }
        if (terms == 0) {
            char text[GAN__SHAPE_TEXT_SIZE];
            GAN__TRY(gan__op_fail(&f, GAN_E_SHAPE, "x is %s: there is nothing to take the mean of",
                                  gan__shape_text(text, &x->shape)));
        }
        scale = 1.0 / (double)terms;
    }
    GAN__TRY(gan__op_result(&f, &shape));
    GAN__TRY(reduce_result(&f, x, reduced, (float)scale));
    GAN__TRY(gan__op_record(&f));
    if (f.node != NULL) {
        f.node->reals[0] = scale;
        for (int32_t i = 0; i < x->shape.rank; i++) {
            f.node->numbers[i] = reduced[i];
        }
    }
fail:
    return gan__op_end(&f, st);
}

/* Scale the small gradient, give it the sizes of 1 that it lost, repeat it. */
static gan_status
sum_gradient(gan_context *ctx, struct gan__node *node, gan_tensor *g, gan_tensor **gradients,
             const bool *wanted)
{
    (void)wanted;
    gan_status st = GAN_OK;
    gan_tensor *scaled = NULL, *shaped = NULL;
    const struct gan__shape *whole = &node->edges[0].shape;
    int64_t sizes[GAN_RANK_MAX];
    for (int32_t i = 0; i < whole->rank; i++) {
        sizes[i] = node->numbers[i] != 0 ? 1 : whole->size[i];
    }
    if (node->reals[0] != 1.0) {
        GAN__TRY(gan_affine(ctx, &scaled, g, node->reals[0], 0.0));
    }
    GAN__TRY(gan_reshape(ctx, &shaped, scaled != NULL ? scaled : g, sizes, whole->rank));
    GAN__TRY(gan__expand_to(ctx, &gradients[0], shaped, whole));
fail:
    gan_tensor_destroy(scaled);
    gan_tensor_destroy(shaped);
    return st;
}

const struct gan__op gan__op_sum = {.name = "sum", .gradient = sum_gradient};
const struct gan__op gan__op_mean = {.name = "mean", .gradient = sum_gradient};

gan_status
gan_sum(gan_context *context, gan_tensor **out, gan_tensor *x, const int32_t *axes, int32_t count,
        int32_t keep_dims)
{
    return sum_or_mean(context, out, x, axes, count, keep_dims != 0, &gan__op_sum);
}

gan_status
gan_mean(gan_context *context, gan_tensor **out, gan_tensor *x, const int32_t *axes, int32_t count,
         int32_t keep_dims)
{
    return sum_or_mean(context, out, x, axes, count, keep_dims != 0, &gan__op_mean);
}

/* small must broadcast to large. */
static gan_status
check_broadcast(struct gan__frame *f, const gan_tensor *x, const struct gan__shape *shape,
                const struct gan__shape *small, const struct gan__shape *large)
{
    bool fits = small->rank <= large->rank;
    const int32_t missing = large->rank - small->rank;
    for (int32_t i = 0; fits && i < small->rank; i++) {
        fits = small->size[i] == 1 || small->size[i] == large->size[i + missing];
    }
    if (fits) {
        return GAN_OK;
    }
    char text[4][GAN__SHAPE_TEXT_SIZE];
    return gan__op_fail(f, GAN_E_SHAPE, "x is %s and shape is %s: %s does not broadcast to %s",
                        gan__shape_text(text[0], &x->shape), gan__shape_text(text[1], shape),
                        gan__shape_text(text[2], small), gan__shape_text(text[3], large));
}

static gan_status
sum_to_gradient(gan_context *ctx, struct gan__node *node, gan_tensor *g, gan_tensor **gradients,
                const bool *wanted)
{
    (void)wanted;
    const struct gan__shape *shape = &node->edges[0].shape;
    return gan_broadcast_to(ctx, &gradients[0], g, shape->size, shape->rank);
}

static gan_status
broadcast_to_gradient(gan_context *ctx, struct gan__node *node, gan_tensor *g,
                      gan_tensor **gradients, const bool *wanted)
{
    (void)wanted;
    const struct gan__shape *shape = &node->edges[0].shape;
    return gan_sum_to(ctx, &gradients[0], g, shape->size, shape->rank);
}

const struct gan__op gan__op_sum_to = {.name = "sum_to", .gradient = sum_to_gradient};
const struct gan__op gan__op_broadcast_to = {.name = "broadcast_to",
                                             .gradient = broadcast_to_gradient};

gan_status
gan_sum_to(gan_context *context, gan_tensor **out, gan_tensor *x, const int64_t *shape,
           int32_t rank)
{
    struct gan__frame f;
    gan_status st = gan__op_begin(&f, context, out, &gan__op_sum_to);
    if (st != GAN_OK) {
        return st;
    }
    struct gan__shape wanted;
    bool reduced[GAN_RANK_MAX] = {false};
    int32_t missing = 0;
    GAN__TRY(gan__op_input(&f, x, "x"));
    GAN__TRY(gan__shape_make(context, &wanted, shape, rank));
    GAN__TRY(check_broadcast(&f, x, &wanted, &wanted, &x->shape));
    missing = x->shape.rank - rank;
    for (int32_t i = 0; i < x->shape.rank; i++) {
        reduced[i] = i < missing || wanted.size[i - missing] == 1;
    }
    GAN__TRY(gan__op_result(&f, &wanted));
    GAN__TRY(reduce_result(&f, x, reduced, 1.0f));
    GAN__TRY(gan__op_record(&f));
fail:
    return gan__op_end(&f, st);
}

gan_status
gan_broadcast_to(gan_context *context, gan_tensor **out, gan_tensor *x, const int64_t *shape,
                 int32_t rank)
{
    struct gan__frame f;
    gan_status st = gan__op_begin(&f, context, out, &gan__op_broadcast_to);
    if (st != GAN_OK) {
        return st;
    }
    struct gan__shape wanted;
    int64_t from[GAN_RANK_MAX], to[GAN_RANK_MAX];
    int64_t dense = 1;
    GAN__TRY(gan__op_input(&f, x, "x"));
    GAN__TRY(gan__shape_make(context, &wanted, shape, rank));
    GAN__TRY(check_broadcast(&f, x, &wanted, &x->shape, &wanted));
    GAN__TRY(gan__op_result(&f, &wanted));
    for (int32_t i = rank - 1, own = x->shape.rank - 1; i >= 0; i--, own--) {
        const int64_t size = own < 0 ? 1 : x->shape.size[own];
        from[i] = size == 1 ? 0 : dense;
        dense *= size;
    }
    for (int32_t i = rank - 1; i >= 0; i--) {
        to[i] = i == rank - 1 ? 1 : to[i + 1] * wanted.size[i + 1];
    }
    if (f.result->count > 0) {
        gan__copy(context, gan__data(f.result), to, gan__data(x), from, wanted.size, rank);
    }
    GAN__TRY(gan__op_record(&f));
fail:
    return gan__op_end(&f, st);
}

gan_status
gan__reduce_to(gan_context *ctx, gan_tensor **out, gan_tensor *x, const struct gan__shape *shape)
{
    if (!gan__shape_equal(&x->shape, shape)) {
        return gan_sum_to(ctx, out, x, shape->size, shape->rank);
    }
    gan_tensor_retain(x);
    *out = x;
    return GAN_OK;
}

gan_status
gan__expand_to(gan_context *ctx, gan_tensor **out, gan_tensor *x, const struct gan__shape *shape)
{
    if (!gan__shape_equal(&x->shape, shape)) {
        return gan_broadcast_to(ctx, out, x, shape->size, shape->rank);
    }
    gan_tensor_retain(x);
    *out = x;
    return GAN_OK;
}
