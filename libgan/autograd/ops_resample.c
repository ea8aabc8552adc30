/*
 * Upsampling, nearest and bilinear, each an op with its adjoint: that of nearest is the sum over
 * windows side by side.
 */
#include "autograd/ops.h"
#include "kernels/kernels.h"

/* Nearest upsampling and its adjoint: a node's numbers are the window. */
static gan_status
upsample_gradient(gan_context *ctx, struct gan__node *node, gan_tensor *g, gan_tensor **gradients,
                  const bool *wanted)
{
    (void)wanted;
    return gan__window_sum2d(ctx, &gradients[0], g, node->numbers);
}

static gan_status
window_sum_gradient(gan_context *ctx, struct gan__node *node, gan_tensor *g, gan_tensor **gradients,
                    const bool *wanted)
{
    (void)wanted;
    return gan_upsample_nearest2d(ctx, &gradients[0], g, node->numbers);
}

/* Bilinear upsampling and its adjoint: numbers are the factors. */
static gan_status
bilinear_rule(gan_context *ctx, struct gan__node *node, gan_tensor *g, gan_tensor **gradients,
              const bool *wanted)
{
    (void)wanted;
    return gan__upsample_bilinear2d_gradient(ctx, &gradients[0], g, node->numbers);
}

static gan_status
bilinear_gradient_rule(gan_context *ctx, struct gan__node *node, gan_tensor *g,
                       gan_tensor **gradients, const bool *wanted)
{
    (void)wanted;
    return gan_upsample_bilinear2d(ctx, &gradients[0], g, node->numbers);
}

const struct gan__op gan__op_upsample_nearest2d = {.name = "upsample_nearest2d",
                                                   .gradient = upsample_gradient};
const struct gan__op gan__op_window_sum2d = {.name = "window_sum2d",
                                             .gradient = window_sum_gradient};
const struct gan__op gan__op_upsample_bilinear2d = {.name = "upsample_bilinear2d",
                                                    .gradient = bilinear_rule};
const struct gan__op gan__op_upsample_bilinear2d_gradient = {.name = "upsample_bilinear2d_gradient",
                                                             .gradient = bilinear_gradient_rule};

/* Record, and keep the window or the factors. */
static gan_status
record(struct gan__frame *f, const int64_t *pair)
{
    const gan_status st = gan__op_record(f);
    if (st == GAN_OK && f->node != NULL) {
        f->node->numbers[0] = pair[0];
        f->node->numbers[1] = pair[1];
    }
    return st;
}

typedef void (*resample_kernel)(gan_context *ctx, float *y, int64_t y_height, int64_t y_width,
                                const float *x, int64_t x_height, int64_t x_width, int64_t n,
                                int64_t c, int64_t fh, int64_t fw, float scale);

/* Arguments are checked; sizes are the output's height and width. */
static gan_status
resample(struct gan__frame *f, gan_tensor *x, const int64_t *window, const int64_t *sizes,
         resample_kernel kernel)
{
    const struct gan__shape shape = {4, {x->shape.size[0], sizes[0], sizes[1], x->shape.size[3]}};
    gan_status st = gan__op_result(f, &shape);
    if (st == GAN_OK && f->result->count > 0) {
        kernel(f->ctx, gan__data(f->result), sizes[0], sizes[1], gan__data(x), x->shape.size[1],
               x->shape.size[2], shape.size[0], shape.size[3], window[0], window[1], 1.0F);
    }
    return st == GAN_OK ? record(f, window) : st;
}

static gan_status
check_picture(struct gan__frame *f, const gan_tensor *x)
{
    if (x->shape.rank == 4) {
        return GAN_OK;
    }
    char text[GAN__SHAPE_TEXT_SIZE];
    return gan__op_fail(f, GAN_E_SHAPE, "x is %s, must be [N, height, width, channels]",
                        gan__shape_text(text, &x->shape));
}

gan_status
gan_upsample_nearest2d(gan_context *context, gan_tensor **out, gan_tensor *x, const int64_t *factor)
{
    struct gan__frame f;
    gan_status st = gan__op_begin(&f, context, out, &gan__op_upsample_nearest2d);
    if (st != GAN_OK) {
        return st;
    }
    GAN__TRY(gan__op_input(&f, x, "x"));
    GAN__TRY(gan__op_pair(&f, factor, "factor", 1));
    GAN__TRY(check_picture(&f, x));
    const int64_t sizes[2] = {x->shape.size[1] * factor[0], x->shape.size[2] * factor[1]};
    GAN__TRY(resample(&f, x, factor, sizes, gan__upsample_nearest));
fail:
    return gan__op_end(&f, st);
}

/* Refuse x whose sizes are no multiples. */
static gan_status
check_multiples(struct gan__frame *f, const gan_tensor *x, const int64_t *factor)
{
    if (x->shape.size[1] % factor[0] == 0 && x->shape.size[2] % factor[1] == 0) {
        return GAN_OK;
    }
    char text[GAN__SHAPE_TEXT_SIZE];
    return gan__op_fail(f, GAN_E_SHAPE, "x is %s, must have multiples of [%lld, %lld]",
                        gan__shape_text(text, &x->shape), (long long)factor[0],
                        (long long)factor[1]);
}

gan_status
gan__window_sum2d(gan_context *ctx, gan_tensor **out, gan_tensor *x, const int64_t *kernel)
{
    struct gan__frame f;
    gan_status st = gan__op_begin(&f, ctx, out, &gan__op_window_sum2d);
    if (st != GAN_OK) {
        return st;
    }
    GAN__TRY(gan__op_input(&f, x, "x"));
    GAN__TRY(gan__op_pair(&f, kernel, "kernel", 1));
    GAN__TRY(check_picture(&f, x));
    GAN__TRY(check_multiples(&f, x, kernel));
    const int64_t sizes[2] = {x->shape.size[1] / kernel[0], x->shape.size[2] / kernel[1]};
    GAN__TRY(resample(&f, x, kernel, sizes, gan__window_sum));
fail:
    return gan__op_end(&f, st);
}

gan_status
gan_upsample_bilinear2d(gan_context *context, gan_tensor **out, gan_tensor *x,
                        const int64_t *factor)
{
    struct gan__frame f;
    gan_status st = gan__op_begin(&f, context, out, &gan__op_upsample_bilinear2d);
    if (st != GAN_OK) {
        return st;
    }
    GAN__TRY(gan__op_input(&f, x, "x"));
    GAN__TRY(gan__op_pair(&f, factor, "factor", 1));
    GAN__TRY(check_picture(&f, x));
    const int64_t *size = x->shape.size;
    const struct gan__shape shape = {4,
                                     {size[0], size[1] * factor[0], size[2] * factor[1], size[3]}};
    GAN__TRY(gan__op_result(&f, &shape));
    if (f.result->count > 0) {
        gan__upsample_bilinear(context, gan__data(f.result), gan__data(x), size[0], size[1],
                               size[2], size[3], factor[0], factor[1]);
    }
    GAN__TRY(record(&f, factor));
fail:
    return gan__op_end(&f, st);
}

gan_status
gan__upsample_bilinear2d_gradient(gan_context *ctx, gan_tensor **out, gan_tensor *x,
                                  const int64_t *factor)
{
    struct gan__frame f;
    gan_status st = gan__op_begin(&f, ctx, out, &gan__op_upsample_bilinear2d_gradient);
    if (st != GAN_OK) {
        return st;
    }
    GAN__TRY(gan__op_input(&f, x, "x"));
    GAN__TRY(gan__op_pair(&f, factor, "factor", 1));
    GAN__TRY(check_picture(&f, x));
    const int64_t *size = x->shape.size;
    const struct gan__shape shape = {4,
                                     {size[0], size[1] / factor[0], size[2] / factor[1], size[3]}};
    GAN__TRY(check_multiples(&f, x, factor));
    GAN__TRY(gan__op_result(&f, &shape));
    if (f.result->count > 0) {
        gan__upsample_bilinear_adjoint(ctx, gan__data(f.result), gan__data(x), size[0],
                                       shape.size[1], shape.size[2], size[3], factor[0], factor[1]);
    }
    GAN__TRY(record(&f, factor));
fail:
    return gan__op_end(&f, st);
}
