/*
 * add, sub, mul, div with NumPy's broadcasting, and affine. A gradient that was broadcast is summed
 * back by gan__reduce_to.
 */
#include "autograd/ops.h"
#include "base/number.h"
#include "kernels/kernels.h"

/* The size of axis i of a shape aligned at the right of `rank` axes; 1 where it has none. */
static int64_t
aligned_size(const struct gan__shape *shape, int32_t rank, int32_t i)
{
    const int32_t own = i - (rank - shape->rank);
    return own < 0 ? 1 : shape->size[own];
}

static gan_status
broadcast_shape(struct gan__frame *f, struct gan__shape *out, const gan_tensor *a,
                const gan_tensor *b)
{
    out->rank = a->shape.rank > b->shape.rank ? a->shape.rank : b->shape.rank;
    for (int32_t i = 0; i < out->rank; i++) {
        const int64_t p = aligned_size(&a->shape, out->rank, i);
        const int64_t q = aligned_size(&b->shape, out->rank, i);
        if (p != q && p != 1 && q != 1) {
            char text[2][GAN__SHAPE_TEXT_SIZE];
            return gan__op_fail(f, GAN_E_SHAPE,
                                "a is %s and b is %s: sizes must be equal or 1, aligned at the "
                                "right",
                                gan__shape_text(text[0], &a->shape),
                                gan__shape_text(text[1], &b->shape));
        }
        out->size[i] = p == 1 ? q : p;
    }
    return GAN_OK;
}

/* Strides of x under a result of the given shape, whose axes of size 1 are left out. */
static void
broadcast_strides(int64_t strides[GAN_RANK_MAX], const gan_tensor *x, const struct gan__shape *out)
{
    int64_t all[GAN_RANK_MAX];
    int64_t dense = 1;
    for (int32_t i = out->rank - 1; i >= 0; i--) {
        const int64_t size = aligned_size(&x->shape, out->rank, i);
        all[i] = size == 1 ? 0 : dense;
        dense *= size;
    }
    int32_t kept = 0;
    for (int32_t i = 0; i < out->rank; i++) {
        if (out->size[i] != 1) {
            strides[kept++] = all[i];
        }
    }
    if (kept == 0) {
        strides[0] = 1;
    }
}

static void
binary_kernel(struct gan__frame *f, enum gan__binary kind, const gan_tensor *a, const gan_tensor *b)
{
    if (f->result->count == 0) {
        return;
    }
    const struct gan__shape *shape = &f->result->shape;
    int64_t sizes[GAN_RANK_MAX] = {1}, p[GAN_RANK_MAX], q[GAN_RANK_MAX];
    int32_t rank = 0;
    for (int32_t i = 0; i < shape->rank; i++) {
        if (shape->size[i] != 1) {
            sizes[rank++] = shape->size[i];
        }
    }
    broadcast_strides(p, a, shape);
    broadcast_strides(q, b, shape);
    gan__binary(f->ctx, kind, gan__data(f->result), gan__data(a), p, gan__data(b), q, sizes,
                rank == 0 ? 1 : rank, 0.0f, 0.0f);
}

/* What each rule reads: `reads` has bit 0 if the gradient by a reads b, bit 1 if the one by b reads
 * a, bit 2 if it reads b. */
static gan_status
binary(gan_context *ctx, gan_tensor **out, gan_tensor *a, gan_tensor *b, const struct gan__op *op,
       enum gan__binary kind, uint32_t reads)
{
    struct gan__frame f;
    gan_status st = gan__op_begin(&f, ctx, out, op);
    if (st != GAN_OK) {
        return st;
    }
    struct gan__shape shape;
    GAN__TRY(gan__op_input(&f, a, "a"));
    GAN__TRY(gan__op_input(&f, b, "b"));
    GAN__TRY(broadcast_shape(&f, &shape, a, b));
    GAN__TRY(gan__op_result(&f, &shape));
    binary_kernel(&f, kind, a, b);
    GAN__TRY(gan__op_record(&f));
    if ((reads & 2) != 0 && gan__op_flows(&f, 1)) {
        GAN__TRY(gan__op_save(&f, 0, a));
    }
    if (((reads & 1) != 0 && gan__op_flows(&f, 0)) || ((reads & 4) != 0 && gan__op_flows(&f, 1))) {
        GAN__TRY(gan__op_save(&f, 1, b));
    }
fail:
    return gan__op_end(&f, st);
}

static gan_status
add_gradient(gan_context *ctx, struct gan__node *node, gan_tensor *g, gan_tensor **gradients,
             const bool *wanted)
{
    gan_status st = GAN_OK;
    for (int32_t i = 0; i < 2; i++) {
        if (wanted[i]) {
            GAN__TRY(gan__reduce_to(ctx, &gradients[i], g, &node->edges[i].shape));
        }
    }
fail:
    return st;
}

static gan_status
sub_gradient(gan_context *ctx, struct gan__node *node, gan_tensor *g, gan_tensor **gradients,
             const bool *wanted)
{
    gan_status st = GAN_OK;
    gan_tensor *reduced = NULL;
    if (wanted[0]) {
        GAN__TRY(gan__reduce_to(ctx, &gradients[0], g, &node->edges[0].shape));
    }
    if (wanted[1]) {
        GAN__TRY(gan__reduce_to(ctx, &reduced, g, &node->edges[1].shape));
        GAN__TRY(gan_affine(ctx, &gradients[1], reduced, -1.0, 0.0));
    }
fail:
    gan_tensor_destroy(reduced);
    return st;
}

static gan_status
mul_gradient(gan_context *ctx, struct gan__node *node, gan_tensor *g, gan_tensor **gradients,
             const bool *wanted)
{
    gan_status st = GAN_OK;
    gan_tensor *product = NULL;
    for (int32_t i = 0; i < 2; i++) {
        if (!wanted[i]) {
            continue;
        }
        gan_tensor *other = NULL;
        GAN__TRY(gan__node_saved(ctx, node, 1 - i, &other));
        GAN__TRY(gan_mul(ctx, &product, g, other));
        GAN__TRY(gan__reduce_to(ctx, &gradients[i], product, &node->edges[i].shape));
        gan_tensor_destroy(product);
        product = NULL;
    }
fail:
    gan_tensor_destroy(product);
    return st;
}

/* a / b: by a it is g / b, by b it is -(g / b) (a / b). */
static gan_status
div_gradient(gan_context *ctx, struct gan__node *node, gan_tensor *g, gan_tensor **gradients,
             const bool *wanted)
{
    gan_status st = GAN_OK;
    gan_tensor *a = NULL, *b = NULL;
    gan_tensor *by_a = NULL, *quotient = NULL, *product = NULL, *reduced = NULL;
    GAN__TRY(gan__node_saved(ctx, node, 1, &b));
    GAN__TRY(gan_div(ctx, &by_a, g, b));
    if (wanted[1]) {
        GAN__TRY(gan__node_saved(ctx, node, 0, &a));
        GAN__TRY(gan_div(ctx, &quotient, a, b));
        GAN__TRY(gan_mul(ctx, &product, by_a, quotient));
        GAN__TRY(gan__reduce_to(ctx, &reduced, product, &node->edges[1].shape));
        GAN__TRY(gan_affine(ctx, &gradients[1], reduced, -1.0, 0.0));
    }
    if (wanted[0]) {
        GAN__TRY(gan__reduce_to(ctx, &gradients[0], by_a, &node->edges[0].shape));
    }
fail:
    gan_tensor_destroy(by_a);
    gan_tensor_destroy(quotient);
    gan_tensor_destroy(product);
    gan_tensor_destroy(reduced);
    return st;
}

const struct gan__op gan__op_add = {.name = "add", .gradient = add_gradient};
const struct gan__op gan__op_sub = {.name = "sub", .gradient = sub_gradient};
const struct gan__op gan__op_mul = {.name = "mul", .gradient = mul_gradient};
const struct gan__op gan__op_div = {.name = "div", .gradient = div_gradient};

gan_status
gan_add(gan_context *context, gan_tensor **out, gan_tensor *a, gan_tensor *b)
{
    return binary(context, out, a, b, &gan__op_add, GAN__BINARY_add, 0);
}

gan_status
gan_sub(gan_context *context, gan_tensor **out, gan_tensor *a, gan_tensor *b)
{
    return binary(context, out, a, b, &gan__op_sub, GAN__BINARY_sub, 0);
}

gan_status
gan_mul(gan_context *context, gan_tensor **out, gan_tensor *a, gan_tensor *b)
{
    return binary(context, out, a, b, &gan__op_mul, GAN__BINARY_mul, 1 | 2);
}

gan_status
gan_div(gan_context *context, gan_tensor **out, gan_tensor *a, gan_tensor *b)
{
    return binary(context, out, a, b, &gan__op_div, GAN__BINARY_div, 1 | 2 | 4);
}

static gan_status
affine_gradient(gan_context *ctx, struct gan__node *node, gan_tensor *g, gan_tensor **gradients,
                const bool *wanted)
{
    (void)wanted;
    if (node->reals[0] == 1.0) {
        gan_tensor_retain(g);
        gradients[0] = g;
        return GAN_OK;
    }
    return gan_affine(ctx, &gradients[0], g, node->reals[0], 0.0);
}

const struct gan__op gan__op_affine = {.name = "affine", .gradient = affine_gradient};

/* A plain number must still be one as a float. */
static gan_status
check_number(struct gan__frame *f, double value, const char *name)
{
    const float rounded = (float)value;
    if (rounded - rounded == 0.0f) {
        return GAN_OK;
    }
    char text[GAN__NUMBER_SIZE];
    return gan__op_fail(f, GAN_E_ARG, "%s is %s, must be finite as a float", name,
                        gan__number_format(text, value));
}

gan_status
gan_affine(gan_context *context, gan_tensor **out, gan_tensor *x, double scale, double offset)
{
    struct gan__frame f;
    gan_status st = gan__op_begin(&f, context, out, &gan__op_affine);
    if (st != GAN_OK) {
        return st;
    }
    GAN__TRY(gan__op_input(&f, x, "x"));
    GAN__TRY(check_number(&f, scale, "scale"));
    GAN__TRY(check_number(&f, offset, "offset"));
    GAN__TRY(gan__op_result(&f, &x->shape));
    if (x->count > 0) {
        gan__unary(context, GAN__UNARY_affine, gan__data(f.result), gan__data(x), x->count,
                   (float)scale, (float)offset);
    }
    GAN__TRY(gan__op_record(&f));
    if (f.node != NULL) {
        f.node->reals[0] = (double)(float)scale;
    }
fail:
    return gan__op_end(&f, st);
}
