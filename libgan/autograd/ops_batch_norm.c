/*
 * Batch normalisation (Ioffe, Szegedy 2015) with the batch's own statistics, over all axes but the
 * last.
 *
 * Without a graph of the gradients the rule is one fused kernel. With one it is written in ops, in
 * which the statistics are computed anew from x, so that derivatives of any order go through them.
 */
#include <string.h>

#include "autograd/ops.h"
#include "base/number.h"
#include "kernels/kernels.h"

enum { AT_X, AT_WEIGHT, AT_MEAN, AT_VARIANCE, AT_BIAS };

static int64_t
channels_of(const gan_tensor *x)
{
    return x->shape.size[x->shape.rank - 1];
}

static gan_status
fused_gradient(gan_context *ctx, struct gan__node *node, gan_tensor *g, gan_tensor **gradients,
               const bool *wanted)
{
    gan_status st = GAN_OK;
    gan_tensor *saved[AT_BIAS] = {NULL};
    float *to[3] = {NULL};
    int64_t values = 2 * g->count;
    for (int32_t i = 0; i < AT_BIAS; i++) {
        GAN__TRY(gan__node_saved(ctx, node, i, &saved[i]));
    }
    if (wanted[0]) {
        GAN__TRY(gan__tensor_over(ctx, &gradients[0], g));
        to[0] = gan__data(gradients[0]);
        values += g->count;
    }
    for (int32_t i = 1; i < 3; i++) {
        if (wanted[i]) {
            GAN__TRY(gan__tensor_create(ctx, &gradients[i], &node->edges[i].shape));
            to[i] = gan__data(gradients[i]);
            values += gradients[i]->count;
        }
    }
    GAN__TRY(gan__batch_norm_gradient(
        ctx, to[0], to[1], to[2], gan__data(g), gan__data(saved[AT_X]), gan__data(saved[AT_MEAN]),
        gan__data(saved[AT_VARIANCE]), gan__data(saved[AT_WEIGHT]), (float)node->reals[0],
        g->count / channels_of(g), channels_of(g)));
    gan__profile_work(ctx, 0, (double)values * sizeof(float));
fail:
    return st;
}

/* What the composed gradient is made of: with c = x - mean and s = sqrt(variance + epsilon), normal
 * = c / s. */
struct parts {
    gan_tensor *mean, *centred, *square, *variance, *shifted, *deviation, *normal;
};

static void
parts_destroy(struct parts *p)
{
    gan_tensor_destroy(p->mean);
    gan_tensor_destroy(p->centred);
    gan_tensor_destroy(p->square);
    gan_tensor_destroy(p->variance);
    gan_tensor_destroy(p->shifted);
    gan_tensor_destroy(p->deviation);
    gan_tensor_destroy(p->normal);
}

static int32_t
outer_axes(int32_t axes[GAN_RANK_MAX], const gan_tensor *x)
{
    for (int32_t i = 0; i < x->shape.rank - 1; i++) {
        axes[i] = i;
    }
    return x->shape.rank - 1;
}

/* The mean over all axes but the last; for rank 1 there is one row and the mean is x itself. */
static gan_status
mean_rows(gan_context *ctx, gan_tensor **out, gan_tensor *x)
{
    int32_t axes[GAN_RANK_MAX];
    const int32_t count = outer_axes(axes, x);
    return count == 0 ? gan_affine(ctx, out, x, 1.0, 0.0) : gan_mean(ctx, out, x, axes, count, 0);
}

static gan_status
parts_make(gan_context *ctx, struct parts *p, gan_tensor *x, double epsilon)
{
    gan_status st = GAN_OK;
    GAN__TRY(mean_rows(ctx, &p->mean, x));
    GAN__TRY(gan_sub(ctx, &p->centred, x, p->mean));
    GAN__TRY(gan_square(ctx, &p->square, p->centred));
    GAN__TRY(mean_rows(ctx, &p->variance, p->square));
    GAN__TRY(gan_affine(ctx, &p->shifted, p->variance, 1.0, epsilon));
    GAN__TRY(gan_sqrt(ctx, &p->deviation, p->shifted));
    GAN__TRY(gan_div(ctx, &p->normal, p->centred, p->deviation));
fail:
    return st;
}

/* dx = weight / s * (g - mean(g) - normal * mean(g * normal)) */
static gan_status
composed_input_gradient(gan_context *ctx, gan_tensor **out, gan_tensor *g, gan_tensor *product,
                        const struct parts *p, gan_tensor *weight)
{
    gan_status st = GAN_OK;
    gan_tensor *mean = NULL, *centred = NULL, *share = NULL, *along = NULL, *across = NULL,
               *scale = NULL;
    GAN__TRY(mean_rows(ctx, &mean, g));
    GAN__TRY(gan_sub(ctx, &centred, g, mean));
    GAN__TRY(mean_rows(ctx, &share, product));
    GAN__TRY(gan_mul(ctx, &along, p->normal, share));
    GAN__TRY(gan_sub(ctx, &across, centred, along));
    GAN__TRY(gan_div(ctx, &scale, weight, p->deviation));
    GAN__TRY(gan_mul(ctx, out, across, scale));
fail:
    gan_tensor_destroy(mean);
    gan_tensor_destroy(centred);
    gan_tensor_destroy(share);
    gan_tensor_destroy(along);
    gan_tensor_destroy(across);
    gan_tensor_destroy(scale);
    return st;
}

static gan_status
composed_gradient(gan_context *ctx, struct gan__node *node, gan_tensor *g, gan_tensor **gradients,
                  const bool *wanted)
{
    gan_status st = GAN_OK;
    gan_tensor *x = NULL, *weight = NULL, *product = NULL;
    struct parts parts;
    memset(&parts, 0, sizeof(parts));
    if (wanted[0] || wanted[1]) {
        GAN__TRY(gan__node_saved(ctx, node, AT_X, &x));
        GAN__TRY(parts_make(ctx, &parts, x, node->reals[0]));
        GAN__TRY(gan_mul(ctx, &product, g, parts.normal));
    }
    if (wanted[0]) {
        GAN__TRY(gan__node_saved(ctx, node, AT_WEIGHT, &weight));
        GAN__TRY(composed_input_gradient(ctx, &gradients[0], g, product, &parts, weight));
    }
    if (wanted[1]) {
        GAN__TRY(gan__reduce_to(ctx, &gradients[1], product, &node->edges[1].shape));
    }
    if (wanted[2]) {
        GAN__TRY(gan__reduce_to(ctx, &gradients[2], g, &node->edges[2].shape));
    }
fail:
    parts_destroy(&parts);
    gan_tensor_destroy(product);
    return st;
}

static gan_status
batch_norm_gradient(gan_context *ctx, struct gan__node *node, gan_tensor *g, gan_tensor **gradients,
                    const bool *wanted)
{
    const bool bias_alone = !wanted[0] && !wanted[1]; /* nothing is saved for it */
    if (gan__recording(ctx) || bias_alone) {
        return composed_gradient(ctx, node, g, gradients, wanted);
    }
    return fused_gradient(ctx, node, g, gradients, wanted);
}

static gan_status
batch_norm_again(gan_context *ctx, struct gan__node *node, gan_tensor **out)
{
    gan_status st = GAN_OK;
    gan_tensor *saved[AT_BIAS + 1] = {NULL};
    for (int32_t i = 0; i <= AT_BIAS; i++) {
        GAN__TRY(gan__node_saved(ctx, node, i, &saved[i]));
    }
    const int64_t channels = channels_of(saved[AT_X]);
    GAN__TRY(gan__tensor_create(ctx, out, &saved[AT_X]->shape));
    GAN__TRY(gan__batch_norm_apply(ctx, gan__data(*out), gan__data(saved[AT_X]),
                                   gan__data(saved[AT_MEAN]), gan__data(saved[AT_VARIANCE]),
                                   gan__data(saved[AT_WEIGHT]), gan__data(saved[AT_BIAS]),
                                   (float)node->reals[0], saved[AT_X]->count / channels, channels));
    return GAN_OK;
fail:
    gan_tensor_destroy(*out);
    *out = NULL;
    return st;
}

const struct gan__op gan__op_batch_norm = {.name = "batch_norm",
                                           .gradient = batch_norm_gradient,
                                           .spends = true,
                                           .again = batch_norm_again};

static gan_status
check_arguments(struct gan__frame *f, const gan_tensor *x, const gan_tensor *weight,
                const gan_tensor *bias, double epsilon)
{
    char text[3][GAN__SHAPE_TEXT_SIZE];
    if (!(epsilon >= 0.0 && epsilon <= 1e30)) {
        return gan__op_fail(f, GAN_E_ARG, "epsilon is %s, must be 0 to 1e30",
                            gan__number_format(text[0], epsilon));
    }
    if (x->shape.rank < 1 || x->count == 0) {
        return gan__op_fail(f, GAN_E_SHAPE, "x is %s: there is nothing to take the mean of",
                            gan__shape_text(text[0], &x->shape));
    }
    const struct gan__shape wanted = {1, {channels_of(x)}};
    if (!gan__shape_equal(&weight->shape, &wanted) || !gan__shape_equal(&bias->shape, &wanted)) {
        return gan__op_fail(
            f, GAN_E_SHAPE, "x is %s but weight is %s and bias is %s, must be [%lld]",
            gan__shape_text(text[0], &x->shape), gan__shape_text(text[1], &weight->shape),
            gan__shape_text(text[2], &bias->shape), (long long)channels_of(x));
    }
    return GAN_OK;
}

/* Compute, record and save; the statistics are handles. */
static gan_status
run(struct gan__frame *f, gan_tensor **mean, gan_tensor **variance, gan_tensor *x,
    gan_tensor *weight, gan_tensor *bias, double epsilon)
{
    gan_status st = GAN_OK;
    const int64_t channels = channels_of(x), rows = x->count / channels;
    GAN__TRY(gan__tensor_create(f->ctx, mean, &weight->shape));
    GAN__TRY(gan__tensor_create(f->ctx, variance, &weight->shape));
    GAN__TRY(gan__op_result(f, &x->shape));
    GAN__TRY(gan__batch_norm_statistics(f->ctx, gan__data(*mean), gan__data(*variance),
                                        gan__data(x), rows, channels));
    GAN__TRY(gan__batch_norm_apply(f->ctx, gan__data(f->result), gan__data(x), gan__data(*mean),
                                   gan__data(*variance), gan__data(weight), gan__data(bias),
                                   (float)epsilon, rows, channels));
    GAN__TRY(gan__op_record(f));
    if (f->node != NULL) {
        f->node->reals[0] = (double)(float)epsilon;
    }
    if (gan__op_flows(f, 0) || gan__op_flows(f, 1)) {
        GAN__TRY(gan__op_save(f, AT_X, x));
        GAN__TRY(gan__op_save(f, AT_WEIGHT, weight));
        GAN__TRY(gan__op_save(f, AT_MEAN, *mean));
        GAN__TRY(gan__op_save(f, AT_VARIANCE, *variance));
        if (f->ctx->recompute) {
            GAN__TRY(gan__op_save(f, AT_BIAS, bias));
            f->node->remakes = true;
        }
    }
fail:
    return st;
}

gan_status
gan_batch_norm(gan_context *context, gan_tensor **out, gan_tensor **mean, gan_tensor **variance,
               gan_tensor *x, gan_tensor *weight, gan_tensor *bias, double epsilon)
{
    if (mean != NULL) {
        *mean = NULL;
    }
    if (variance != NULL) {
        *variance = NULL;
    }
    struct gan__frame f;
    gan_status st = gan__op_begin(&f, context, out, &gan__op_batch_norm);
    if (st != GAN_OK) {
        return st;
    }
    gan_tensor *statistics[2] = {NULL, NULL};
    GAN__TRY(gan__op_input(&f, x, "x"));
    GAN__TRY(gan__op_input(&f, weight, "weight"));
    GAN__TRY(gan__op_input(&f, bias, "bias"));
    GAN__TRY(check_arguments(&f, x, weight, bias, epsilon));
    GAN__TRY(run(&f, &statistics[0], &statistics[1], x, weight, bias, epsilon));
    if (mean != NULL) {
        *mean = statistics[0];
        statistics[0] = NULL;
    }
    if (variance != NULL) {
        *variance = statistics[1];
        statistics[1] = NULL;
    }
fail:
    gan_tensor_destroy(statistics[0]);
    gan_tensor_destroy(statistics[1]);
    return gan__op_end(&f, st);
}
