/*
 * Softmax, cross-entropy of it with labels, and the accuracy of a classifier. Gradients are made of
 * softmax's output, in the usual form.
 */
#include "autograd/ops.h"
#include "base/memory.h"
#include "kernels/kernels.h"

/* y (g - the row's sum of g y) */
static gan_status
softmax_rule(gan_context *ctx, struct gan__node *node, gan_tensor *g, gan_tensor **gradients,
             const bool *wanted)
{
    (void)wanted;
    const int32_t last = -1;
    gan_status st = GAN_OK;
    gan_tensor *y = NULL, *product = NULL, *sum = NULL, *rest = NULL;
    GAN__TRY(gan__node_output(ctx, node, 0, &y));
    GAN__TRY(gan_mul(ctx, &product, g, y));
    GAN__TRY(gan_sum(ctx, &sum, product, &last, 1, 1));
    GAN__TRY(gan_sub(ctx, &rest, g, sum));
    GAN__TRY(gan_mul(ctx, &gradients[0], y, rest));
fail:
    gan_tensor_destroy(y);
    gan_tensor_destroy(product);
    gan_tensor_destroy(sum);
    gan_tensor_destroy(rest);
    return st;
}

/* g / N (softmax(logits) - one_hot); saved are logits and one_hot. */
static gan_status
cross_entropy_rule(gan_context *ctx, struct gan__node *node, gan_tensor *g, gan_tensor **gradients,
                   const bool *wanted)
{
    (void)wanted;
    gan_status st = GAN_OK;
    gan_tensor *logits = NULL, *one_hot = NULL, *share = NULL, *difference = NULL, *scale = NULL;
    GAN__TRY(gan__node_saved(ctx, node, 0, &logits));
    GAN__TRY(gan__node_saved(ctx, node, 1, &one_hot));
    GAN__TRY(gan_softmax(ctx, &share, logits));
    GAN__TRY(gan_sub(ctx, &difference, share, one_hot));
    GAN__TRY(gan_affine(ctx, &scale, g, 1.0 / (double)logits->shape.size[0], 0.0));
    GAN__TRY(gan_mul(ctx, &gradients[0], difference, scale));
fail:
    gan_tensor_destroy(share);
    gan_tensor_destroy(difference);
    gan_tensor_destroy(scale);
    return st;
}

const struct gan__op gan__op_softmax = {.name = "softmax", .gradient = softmax_rule};
const struct gan__op gan__op_softmax_cross_entropy = {.name = "softmax_cross_entropy",
                                                      .gradient = cross_entropy_rule};
/* No op of the graph: the name in its sentences. */
static const struct gan__op accuracy = {.name = "accuracy"};

gan_status
gan_softmax(gan_context *context, gan_tensor **out, gan_tensor *x)
{
    struct gan__frame f;
    gan_status st = gan__op_begin(&f, context, out, &gan__op_softmax);
    if (st != GAN_OK) {
        return st;
    }
    GAN__TRY(gan__op_input(&f, x, "x"));
    const int32_t rank = x->shape.rank;
    if (rank == 0) {
        GAN__TRY(gan__op_fail(&f, GAN_E_SHAPE, "x is [], must have at least one axis"));
    }
    GAN__TRY(gan__op_result(&f, &x->shape));
    if (x->count > 0) {
        const int64_t columns = x->shape.size[rank - 1];
        gan__softmax(context, gan__data(f.result), gan__data(x), x->count / columns, columns);
    }
    GAN__TRY(gan__op_record(&f));
    GAN__TRY(gan__op_save_output(&f, 0));
fail:
    return gan__op_end(&f, st);
}

static gan_status
check_labels(struct gan__frame *f, const gan_tensor *logits, const int32_t *labels, int64_t count)
{
    const struct gan__shape *shape = &logits->shape;
    if (labels == NULL) {
        return gan__op_fail(f, GAN_E_ARG, "labels is NULL");
    }
    if (shape->rank != 2 || shape->size[0] < 1 || shape->size[1] < 1) {
        char text[GAN__SHAPE_TEXT_SIZE];
        return gan__op_fail(f, GAN_E_SHAPE,
                            "logits is %s, must be [N, classes] with at least one of each",
                            gan__shape_text(text, shape));
    }
    if (count != shape->size[0]) {
        return gan__op_fail(f, GAN_E_SHAPE, "there are %lld labels for %lld rows of logits",
                            (long long)count, (long long)shape->size[0]);
    }
    for (int64_t i = 0; i < count; i++) {
        if (labels[i] < 0 || labels[i] >= shape->size[1]) {
            return gan__op_fail(f, GAN_E_ARG, "label %lld is %d, must be 0 to %lld", (long long)i,
                                (int)labels[i], (long long)shape->size[1] - 1);
        }
    }
    return GAN_OK;
}

/* For the rule: 1 in each label's place. */
static gan_status
save_one_hot(struct gan__frame *f, const gan_tensor *logits, const int32_t *labels)
{
    if (f->node == NULL) {
        return GAN_OK;
    }
    gan_tensor *one_hot = NULL;
    gan_status st = gan__tensor_create(f->ctx, &one_hot, &logits->shape);
    if (st == GAN_OK) {
        const int64_t classes = logits->shape.size[1];
        gan__fill(f->ctx, gan__data(one_hot), 0.0f, one_hot->count);
        for (int64_t i = 0; i < logits->shape.size[0]; i++) {
            gan__data(one_hot)[i * classes + labels[i]] = 1.0f;
        }
        st = gan__op_save(f, 1, one_hot);
    }
    gan_tensor_destroy(one_hot);
    return st;
}

gan_status
gan_softmax_cross_entropy(gan_context *context, gan_tensor **out, gan_tensor *logits,
                          const int32_t *labels, int64_t count)
{
    struct gan__frame f;
    gan_status st = gan__op_begin(&f, context, out, &gan__op_softmax_cross_entropy);
    if (st != GAN_OK) {
        return st;
    }
    float *each = NULL;
    const struct gan__shape number = {.rank = 0};
    GAN__TRY(gan__op_input(&f, logits, "logits"));
    GAN__TRY(check_labels(&f, logits, labels, count));
    GAN__TRY(gan__op_result(&f, &number));
    each = gan__alloc_array(context, count, sizeof(*each));
    if (each == NULL) {
        st = GAN_E_NOMEM;
        goto fail;
    }
    GAN__TRY(
        gan__cross_entropy(context, each, gan__data(logits), labels, count, logits->shape.size[1]));
    GAN__TRY(
        gan__sum(context, gan__data(f.result), each, 1, count, 1, (float)(1.0 / (double)count)));
    GAN__TRY(gan__op_record(&f));
    GAN__TRY(gan__op_save(&f, 0, logits));
    GAN__TRY(save_one_hot(&f, logits, labels));
fail:
    gan__free(context, each);
    return gan__op_end(&f, st);
}

/* Whether the first of the largest is the label's, and nothing is NaN. */
static bool
is_right(const float *row, int64_t classes, int32_t label)
{
    const float most = row[label];
    for (int64_t i = 0; i < classes; i++) {
        const bool below = i < label ? row[i] < most : row[i] <= most;
        if (!below) {
            return false;
        }
    }
    return true;
}

gan_status
gan_accuracy(gan_context *context, double *share, gan_tensor *logits, const int32_t *labels,
             int64_t count)
{
    struct gan__frame f = {.ctx = context, .op = &accuracy};
    gan_status st;

    if (share != NULL) {
        *share = 0;
    }
    st = gan__enter(&f.call, context, GAN__GROUP_TENSOR);
    if (st != GAN_OK) {
        return st;
    }
    if (share == NULL) {
        return gan__leave(&f.call, gan__null(context, "accuracy"));
    }
    GAN__TRY(gan__op_argument(&f, logits, "logits"));
    GAN__TRY(check_labels(&f, logits, labels, count));
    const int64_t classes = logits->shape.size[1];
    int64_t right = 0;
    for (int64_t i = 0; i < count; i++) {
        right += is_right(gan__data(logits) + i * classes, classes, labels[i]);
    }
    *share = (double)right / (double)count;
fail:
    return gan__leave(&f.call, st);
}
