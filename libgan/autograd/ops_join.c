/*
 * concat, slice and pad: parts of an axis. slice and pad are each other's adjoints, and concat's is
 * a slice for each part.
 */
#include "autograd/ops.h"
#include "kernels/kernels.h"

/* A tensor around one axis: [outer, size, inner]. */
struct around {
    int64_t outer, inner;
};

static struct around
around_axis(const struct gan__shape *shape, int32_t axis)
{
    struct around around = {1, 1};
    for (int32_t i = 0; i < axis; i++) {
        around.outer *= shape->size[i];
    }
    for (int32_t i = axis + 1; i < shape->rank; i++) {
        around.inner *= shape->size[i];
    }
    return around;
}

/* Copy `length` places of an axis between two tensors of y_size and x_size places. */
static void
copy_part(gan_context *ctx, float *y, int64_t y_size, const float *x, int64_t x_size,
          int64_t length, struct around around)
{
    const int64_t sizes[2] = {around.outer, length * around.inner};
    const int64_t to[2] = {y_size * around.inner, 1};
    const int64_t from[2] = {x_size * around.inner, 1};
    if (sizes[0] > 0 && sizes[1] > 0) {
        gan__copy(ctx, y, to, x, from, sizes, 2);
    }
}

static gan_status
concat_gradient(gan_context *ctx, struct gan__node *node, gan_tensor *g, gan_tensor **gradients,
                const bool *wanted)
{
    const int32_t axis = (int32_t)node->numbers[0];
    int64_t start = 0;
    for (int32_t i = 0; i < node->edge_count; i++) {
        const int64_t length = node->edges[i].shape.size[axis];
        if (wanted[i]) {
            const gan_status st = gan_slice(ctx, &gradients[i], g, axis, start, length);
            if (st != GAN_OK) {
                return st;
            }
        }
        start += length;
    }
    return GAN_OK;
}

const struct gan__op gan__op_concat = {.name = "concat", .gradient = concat_gradient};

/* The joined shape; all tensors are checked. */
static gan_status
concat_shape(struct gan__frame *f, struct gan__shape *shape, gan_tensor *const *tensors,
             int32_t count, int32_t *axis)
{
    if (tensors == NULL || count < 1) {
        return gan__op_fail(f, GAN_E_ARG, "tensors is %s and count is %d, must be 1 or more",
                            tensors == NULL ? "NULL" : "given", (int)count);
    }
    for (int32_t i = 0; i < count; i++) {
        const gan_status st = gan__op_argument(f, tensors[i], "one of tensors");
        if (st != GAN_OK) {
            return st;
        }
    }
    const gan_status st = gan__op_axis(f, tensors[0], axis);
    if (st != GAN_OK) {
        return st;
    }
    *shape = tensors[0]->shape;
    for (int32_t i = 1; i < count; i++) {
        struct gan__shape other = tensors[i]->shape;
        bool fits = other.rank == shape->rank;
        for (int32_t j = 0; fits && j < shape->rank; j++) {
            fits = j == *axis || other.size[j] == shape->size[j];
        }
        if (!fits) {
            char text[2][GAN__SHAPE_TEXT_SIZE];
            return gan__op_fail(f, GAN_E_SHAPE,
                                "tensor 0 is %s and tensor %d is %s: all sizes but that of axis "
                                "%d must agree",
                                gan__shape_text(text[0], &tensors[0]->shape), (int)i,
                                gan__shape_text(text[1], &other), (int)*axis);
        }
        shape->size[*axis] += other.size[*axis];
    }
    return GAN_OK;
}

gan_status
gan_concat(gan_context *context, gan_tensor **out, gan_tensor *const *tensors, int32_t count,
           int32_t axis)
{
    struct gan__frame f;
    gan_status st = gan__op_begin(&f, context, out, &gan__op_concat);
    if (st != GAN_OK) {
        return st;
    }
    struct gan__shape shape;
    int64_t start = 0;
    GAN__TRY(concat_shape(&f, &shape, tensors, count, &axis));
    GAN__TRY(gan__op_result(&f, &shape));
    for (int32_t i = 0; i < count; i++) {
        const struct around around = around_axis(&shape, axis);
        const int64_t length = tensors[i]->shape.size[axis];
        copy_part(context, gan__data(f.result) + start * around.inner, shape.size[axis],
                  gan__data(tensors[i]), length, length, around);
        start += length;
    }
    GAN__TRY(gan__op_record_inputs(&f, tensors, count));
    if (f.node != NULL) {
        f.node->numbers[0] = axis;
    }
fail:
    return gan__op_end(&f, st);
}

static gan_status
slice_gradient(gan_context *ctx, struct gan__node *node, gan_tensor *g, gan_tensor **gradients,
               const bool *wanted)
{
    (void)wanted;
    const int32_t axis = (int32_t)node->numbers[0];
    return gan_pad(ctx, &gradients[0], g, axis, node->numbers[1], node->edges[0].shape.size[axis]);
}

static gan_status
pad_gradient(gan_context *ctx, struct gan__node *node, gan_tensor *g, gan_tensor **gradients,
             const bool *wanted)
{
    (void)wanted;
    const int32_t axis = (int32_t)node->numbers[0];
    return gan_slice(ctx, &gradients[0], g, axis, node->numbers[1],
                     node->edges[0].shape.size[axis]);
}

const struct gan__op gan__op_slice = {.name = "slice", .gradient = slice_gradient};
const struct gan__op gan__op_pad = {.name = "pad", .gradient = pad_gradient};

gan_status
gan_slice(gan_context *context, gan_tensor **out, gan_tensor *x, int32_t axis, int64_t start,
          int64_t length)
{
    struct gan__frame f;
    gan_status st = gan__op_begin(&f, context, out, &gan__op_slice);
    if (st != GAN_OK) {
        return st;
    }
    struct gan__shape shape;
    struct around around;
    GAN__TRY(gan__op_input(&f, x, "x"));
    GAN__TRY(gan__op_axis(&f, x, &axis));
    shape = x->shape;
    if (start < 0 || length < 0 || start > shape.size[axis] || length > shape.size[axis] - start) {
        char text[GAN__SHAPE_TEXT_SIZE];
        GAN__TRY(gan__op_fail(&f, GAN_E_ARG,
                              "start is %lld and length is %lld, but axis %d of x %s has %lld "
                              "places",
                              (long long)start, (long long)length, (int)axis,
                              gan__shape_text(text, &x->shape), (long long)shape.size[axis]));
    }
    shape.size[axis] = length;
    around = around_axis(&shape, axis);
    GAN__TRY(gan__op_result(&f, &shape));
    copy_part(context, gan__data(f.result), length, gan__data(x) + start * around.inner,
              x->shape.size[axis], length, around);
    GAN__TRY(gan__op_record(&f));
    if (f.node != NULL) {
        f.node->numbers[0] = axis;
        f.node->numbers[1] = start;
    }
fail:
    return gan__op_end(&f, st);
}

gan_status
gan_pad(gan_context *context, gan_tensor **out, gan_tensor *x, int32_t axis, int64_t start,
        int64_t size)
{
    struct gan__frame f;
    gan_status st = gan__op_begin(&f, context, out, &gan__op_pad);
    if (st != GAN_OK) {
        return st;
    }
    struct gan__shape shape;
    struct around around;
    GAN__TRY(gan__op_input(&f, x, "x"));
    GAN__TRY(gan__op_axis(&f, x, &axis));
    shape = x->shape;
    if (start < 0 || size < shape.size[axis] || start > size - shape.size[axis]) {
        char text[GAN__SHAPE_TEXT_SIZE];
        GAN__TRY(gan__op_fail(&f, GAN_E_ARG,
                              "start is %lld and size is %lld, but axis %d of x %s has %lld places "
                              "to put there",
                              (long long)start, (long long)size, (int)axis,
                              gan__shape_text(text, &x->shape), (long long)shape.size[axis]));
    }
    shape.size[axis] = size;
    around = around_axis(&shape, axis);
    GAN__TRY(gan__op_result(&f, &shape));
    if (f.result->count > 0) {
        gan__fill(context, gan__data(f.result), 0.0f, f.result->count);
    }
    copy_part(context, gan__data(f.result) + start * around.inner, size, gan__data(x),
              x->shape.size[axis], x->shape.size[axis], around);
    GAN__TRY(gan__op_record(&f));
    if (f.node != NULL) {
        f.node->numbers[0] = axis;
        f.node->numbers[1] = start;
    }
fail:
    return gan__op_end(&f, st);
}
