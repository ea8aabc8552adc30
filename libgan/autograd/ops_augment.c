/*
 * DiffAugment (Zhao et al. 2020): each picture under an affine map of its own. All draws are a
 * function of the stream, so nothing is saved: the gradient is the adjoint with the same stream.
 */
#include "autograd/ops.h"
#include "kernels/kernels.h"

/* A node's numbers. */
enum { SEED, STREAM, MODE, COLOR, SHIFT, SQUARE = SHIFT + 2 };

static gan_status
augment_gradient(gan_context *ctx, struct gan__node *node, gan_tensor *g, gan_tensor **gradients,
                 const bool *wanted)
{
    (void)wanted;
    const int64_t *n = node->numbers;
    const struct gan__augment what = {
        .random = {(uint64_t)n[SEED], (uint64_t)n[STREAM]},
        .mode = n[MODE] == GAN__AUGMENT_ADJOINT ? GAN__AUGMENT_LINEAR : GAN__AUGMENT_ADJOINT,
        .color = n[COLOR] != 0,
        .shift = {n[SHIFT], n[SHIFT + 1]},
        .square = {n[SQUARE], n[SQUARE + 1]}};
    return gan__augment(ctx, &gradients[0], g, &what);
}

const struct gan__op gan__op_augment = {.name = "augment", .gradient = augment_gradient};

gan_status
gan__augment(gan_context *ctx, gan_tensor **out, gan_tensor *x, const struct gan__augment *what)
{
    struct gan__frame f;
    gan_status st = gan__op_begin(&f, ctx, out, &gan__op_augment);
    if (st != GAN_OK) {
        return st;
    }
    GAN__TRY(gan__op_input(&f, x, "pictures"));
    if (x->shape.rank != 4) {
        char text[GAN__SHAPE_TEXT_SIZE];
        GAN__TRY(gan__op_fail(&f, GAN_E_SHAPE,
                              "pictures is %s, must be [N, height, width, channels]",
                              gan__shape_text(text, &x->shape)));
    }
    GAN__TRY(gan__op_result(&f, &x->shape));
    if (x->count > 0) {
        const int64_t *size = x->shape.size;
        gan__augment_pictures(ctx, what, gan__data(f.result), gan__data(x), size[0], size[1],
                              size[2], size[3]);
    }
    GAN__TRY(gan__op_record(&f));
    if (f.node != NULL) {
        int64_t *const n = f.node->numbers;
        n[SEED] = (int64_t)what->random.seed;
        n[STREAM] = (int64_t)what->random.stream;
        n[MODE] = what->mode;
        n[COLOR] = what->color;
        for (int32_t i = 0; i < 2; i++) {
            n[SHIFT + i] = what->shift[i];
            n[SQUARE + i] = what->square[i];
        }
    }
fail:
    return gan__op_end(&f, st);
}
