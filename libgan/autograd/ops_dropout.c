/*
 * Dropout. Its mask is a function of the stream, so nothing is saved: the gradient is dropout with
 * the same stream.
 */
#include "autograd/ops.h"
#include "base/number.h"
#include "kernels/kernels.h"

static struct gan__random
stream_of(const struct gan__node *node)
{
    return (struct gan__random){(uint64_t)node->numbers[0], (uint64_t)node->numbers[1]};
}

static gan_status
dropout_gradient(gan_context *ctx, struct gan__node *node, gan_tensor *g, gan_tensor **gradients,
                 const bool *wanted)
{
    (void)wanted;
    return gan__dropout(ctx, &gradients[0], g, node->reals[0], stream_of(node));
}

const struct gan__op gan__op_dropout = {.name = "dropout", .gradient = dropout_gradient};

gan_status
gan__dropout(gan_context *ctx, gan_tensor **out, gan_tensor *x, double probability,
             struct gan__random random)
{
    struct gan__frame f;
    gan_status st = gan__op_begin(&f, ctx, out, &gan__op_dropout);
    if (st != GAN_OK) {
        return st;
    }
    const int64_t stride = 1;
    GAN__TRY(gan__op_input(&f, x, "x"));
    if (!(probability >= 0.0 && (float)probability < 1.0f)) {
        char text[GAN__NUMBER_SIZE];
        GAN__TRY(gan__op_fail(&f, GAN_E_ARG, "probability is %s, must be 0 to below 1",
                              gan__number_format(text, probability)));
    }
    GAN__TRY(gan__op_result(&f, &x->shape));
    if (x->count > 0) {
        float *y = gan__data(f.result);
        gan__dropout_mask(ctx, y, x->count, (float)probability, random);
        gan__binary(ctx, GAN__BINARY_mul, y, y, &stride, gan__data(x), &stride, &x->count, 1, 0.0f,
                    0.0f);
    }
    GAN__TRY(gan__op_record(&f));
    if (f.node != NULL) {
        f.node->reals[0] = probability;
        f.node->numbers[0] = (int64_t)random.seed;
        f.node->numbers[1] = (int64_t)random.stream;
    }
fail:
    return gan__op_end(&f, st);
}

gan_status
gan_dropout(gan_context *context, gan_tensor **out, gan_tensor *x, double probability,
            uint64_t stream)
{
    /* A NULL context is refused below; b = 1 keeps away from gan_tensor_create_random's numbers. */
    const uint64_t seed = context == NULL ? 0 : context->seed;
    return gan__dropout(context, out, x, probability,
                        gan__random_make(seed, GAN__PURPOSE_USER, stream, 1));
}
