/*
 * The matrix product. Its gradients are matrix products again, with transposes instead of copies.
 */
#include "autograd/ops.h"
#include "kernels/kernels.h"

/*
 * y = op(a) op(b). With A = op(a), B = op(b): dA = g B^T and dB = A^T g; where the argument itself
 * is A^T or B^T the product is written the other way round.
 */
static gan_status
matmul_gradient(gan_context *ctx, struct gan__node *node, gan_tensor *g, gan_tensor **gradients,
                const bool *wanted)
{
    gan_status st = GAN_OK;
    gan_tensor *a = NULL, *b = NULL;
    const bool ta = node->numbers[0] != 0, tb = node->numbers[1] != 0;
    if (wanted[0]) {
        GAN__TRY(gan__node_saved(ctx, node, 1, &b));
        GAN__TRY(ta ? gan_matmul(ctx, &gradients[0], b, g, tb, true)
                    : gan_matmul(ctx, &gradients[0], g, b, false, !tb));
    }
    if (wanted[1]) {
        GAN__TRY(gan__node_saved(ctx, node, 0, &a));
        GAN__TRY(tb ? gan_matmul(ctx, &gradients[1], g, a, true, ta)
                    : gan_matmul(ctx, &gradients[1], a, g, !ta, false));
    }
fail:
    return st;
}

const struct gan__op gan__op_matmul = {.name = "matmul", .gradient = matmul_gradient};

static gan_status
check_shapes(struct gan__frame *f, const gan_tensor *a, const gan_tensor *b, bool ta, bool tb)
{
    if (a->shape.rank == 2 && b->shape.rank == 2 &&
        a->shape.size[ta ? 0 : 1] == b->shape.size[tb ? 1 : 0]) {
        return GAN_OK;
    }
    char text[2][GAN__SHAPE_TEXT_SIZE];
    return gan__op_fail(f, GAN_E_SHAPE, "a is %s and b is %s, must be %s and %s",
                        gan__shape_text(text[0], &a->shape), gan__shape_text(text[1], &b->shape),
                        ta ? "[k, m]" : "[m, k]", tb ? "[n, k]" : "[k, n]");
}

gan_status
gan_matmul(gan_context *context, gan_tensor **out, gan_tensor *a, gan_tensor *b,
           int32_t transpose_a, int32_t transpose_b)
{
    struct gan__frame f;
    gan_status st = gan__op_begin(&f, context, out, &gan__op_matmul);
    if (st != GAN_OK) {
        return st;
    }
    const bool ta = transpose_a != 0, tb = transpose_b != 0;
    struct gan__shape shape = {.rank = 2};
    int64_t k = 0;
    GAN__TRY(gan__op_input(&f, a, "a"));
    GAN__TRY(gan__op_input(&f, b, "b"));
    GAN__TRY(check_shapes(&f, a, b, ta, tb));
    shape.size[0] = a->shape.size[ta ? 1 : 0];
    shape.size[1] = b->shape.size[tb ? 0 : 1];
    k = a->shape.size[ta ? 0 : 1];
    GAN__TRY(gan__op_result(&f, &shape));
    gan__profile_work(context, 2.0 * (double)f.result->count * (double)k, 0);
    if (f.result->count > 0 && k > 0) {
        GAN__TRY(gan__matmul(context, gan__data(f.result), gan__data(a), gan__data(b),
                             shape.size[0], shape.size[1], k, ta, tb));
    } else if (f.result->count > 0) {
        gan__fill(context, gan__data(f.result), 0.0f, f.result->count);
    }
    GAN__TRY(gan__op_record(&f));
    if (f.node != NULL) {
        f.node->numbers[0] = ta;
        f.node->numbers[1] = tb;
    }
    if (gan__op_flows(&f, 1)) {
        GAN__TRY(gan__op_save(&f, 0, a));
    }
    if (gan__op_flows(&f, 0)) {
        GAN__TRY(gan__op_save(&f, 1, b));
    }
fail:
    return gan__op_end(&f, st);
}
