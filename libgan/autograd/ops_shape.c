/*
 * reshape and permute: the same elements under another shape, or in another order.
 */
#include "autograd/ops.h"
#include "base/checked.h"
#include "kernels/kernels.h"

static gan_status
reshape_gradient(gan_context *ctx, struct gan__node *node, gan_tensor *g, gan_tensor **gradients,
                 const bool *wanted)
{
    (void)wanted;
    const struct gan__shape *shape = &node->edges[0].shape;
    return gan_reshape(ctx, &gradients[0], g, shape->size, shape->rank);
}

const struct gan__op gan__op_reshape = {.name = "reshape", .gradient = reshape_gradient};

/* Fill the size given as -1, and check that the number of elements stays. */
static gan_status
resolve_shape(struct gan__frame *f, struct gan__shape *out, const gan_tensor *x,
              const int64_t *sizes, int32_t rank)
{
    if (rank < 0 || rank > GAN_RANK_MAX || (sizes == NULL && rank > 0)) {
        return gan__shape_make(f->ctx, out, sizes, rank); /* which says what is wrong */
    }
    *out = (struct gan__shape){.rank = rank};
    int32_t open = -1, opens = 0;
    int64_t known = 1;
    bool fits = true;
    for (int32_t i = 0; i < rank; i++) {
        out->size[i] = sizes[i];
        if (sizes[i] == -1) {
            open = i;
            opens++;
        } else {
            fits = fits && sizes[i] >= 0 && gan__checked_mul(known, sizes[i], &known);
        }
    }
    if (fits && opens == 1 && known > 0 && x->count % known == 0) {
        out->size[open] = x->count / known;
        return GAN_OK;
    }
    if (fits && opens == 0 && known == x->count) {
        return GAN_OK;
    }
    char text[2][GAN__SHAPE_TEXT_SIZE];
    return gan__op_fail(f, GAN_E_SHAPE, "x is %s, %lld elements, which cannot become %s",
                        gan__shape_text(text[0], &x->shape), (long long)x->count,
                        gan__shape_text(text[1], out));
}

gan_status
gan_reshape(gan_context *context, gan_tensor **out, gan_tensor *x, const int64_t *shape,
            int32_t rank)
{
    struct gan__frame f;
    gan_status st = gan__op_begin(&f, context, out, &gan__op_reshape);
    if (st != GAN_OK) {
        return st;
    }
    struct gan__shape resolved;
    GAN__TRY(gan__op_input(&f, x, "x"));
    GAN__TRY(resolve_shape(&f, &resolved, x, shape, rank));
    GAN__TRY(gan__tensor_view(context, &f.result, x, &resolved));
    GAN__TRY(gan__op_record(&f));
fail:
    return gan__op_end(&f, st);
}

static gan_status
permute_gradient(gan_context *ctx, struct gan__node *node, gan_tensor *g, gan_tensor **gradients,
                 const bool *wanted)
{
    (void)wanted;
    int32_t inverse[GAN_RANK_MAX];
    for (int32_t i = 0; i < g->shape.rank; i++) {
        inverse[node->numbers[i]] = i;
    }
    return gan_permute(ctx, &gradients[0], g, inverse);
}

const struct gan__op gan__op_permute = {.name = "permute", .gradient = permute_gradient};

static gan_status
check_order(struct gan__frame *f, const gan_tensor *x, const int32_t *order)
{
    const int32_t rank = x->shape.rank;
    if (order == NULL && rank > 0) {
        return gan__op_fail(f, GAN_E_ARG, "order is NULL");
    }
    bool seen[GAN_RANK_MAX] = {false};
    for (int32_t i = 0; i < rank; i++) {
        if (order[i] < 0 || order[i] >= rank || seen[order[i]]) {
            char text[GAN__SHAPE_TEXT_SIZE];
            return gan__op_fail(f, GAN_E_ARG,
                                "order[%d] is %d: x is %s, and each axis 0 to %d must be there "
                                "once",
                                (int)i, (int)order[i], gan__shape_text(text, &x->shape),
                                (int)rank - 1);
        }
        seen[order[i]] = true;
    }
    return GAN_OK;
}

gan_status
gan_permute(gan_context *context, gan_tensor **out, gan_tensor *x, const int32_t *order)
{
    struct gan__frame f;
    gan_status st = gan__op_begin(&f, context, out, &gan__op_permute);
    if (st != GAN_OK) {
        return st;
    }
    struct gan__shape shape = {0};
    int64_t own[GAN_RANK_MAX], from[GAN_RANK_MAX], to[GAN_RANK_MAX];
    GAN__TRY(gan__op_input(&f, x, "x"));
    GAN__TRY(check_order(&f, x, order));
    shape.rank = x->shape.rank;
    for (int32_t i = shape.rank - 1; i >= 0; i--) {
        own[i] = i == shape.rank - 1 ? 1 : own[i + 1] * x->shape.size[i + 1];
        shape.size[i] = x->shape.size[order[i]];
        to[i] = i == shape.rank - 1 ? 1 : to[i + 1] * shape.size[i + 1];
    }
    for (int32_t i = 0; i < shape.rank; i++) {
        from[i] = own[order[i]];
    }
    GAN__TRY(gan__op_result(&f, &shape));
    if (x->count > 0) {
        gan__copy(context, gan__data(f.result), to, gan__data(x), from, shape.size, shape.rank);
    }
    GAN__TRY(gan__op_record(&f));
    for (int32_t i = 0; f.node != NULL && i < shape.rank; i++) {
        f.node->numbers[i] = order[i];
    }
fail:
    return gan__op_end(&f, st);
}
