/*
 * The public calls that read and change a tensor.
 */
#include <string.h>

#include "tensor/tensor.h"

gan_status
gan_tensor_shape(gan_tensor *tensor, int64_t *shape, int32_t capacity, int32_t *rank)
{
    if (rank != NULL) {
        *rank = 0;
    }
    if (tensor == NULL) {
        return GAN_E_ARG;
    }
    gan_context *ctx = tensor->object.ctx;
    struct gan__call call;
    gan_status st = gan__enter(&call, ctx, GAN__GROUP_TENSOR);
    if (st != GAN_OK) {
        return st;
    }
    return gan__leave(&call, gan__shape_give(ctx, &tensor->shape, shape, capacity, rank));
}

gan_status
gan_tensor_count(gan_tensor *tensor, int64_t *count)
{
    if (count != NULL) {
        *count = 0;
    }
    if (tensor == NULL) {
        return GAN_E_ARG;
    }
    struct gan__call call;
    gan_status st = gan__enter(&call, tensor->object.ctx, GAN__GROUP_TENSOR);
    if (st != GAN_OK) {
        return st;
    }
    GAN__TRY(count == NULL ? gan__null(tensor->object.ctx, "count") : GAN_OK);
    *count = tensor->count;
fail:
    return gan__leave(&call, st);
}

gan_status
gan_tensor_data(gan_tensor *tensor, float **data)
{
    if (data != NULL) {
        *data = NULL;
    }
    if (tensor == NULL) {
        return GAN_E_ARG;
    }
    struct gan__call call;
    gan_status st = gan__enter(&call, tensor->object.ctx, GAN__GROUP_TENSOR);
    if (st != GAN_OK) {
        return st;
    }
    GAN__TRY(data == NULL ? gan__null(tensor->object.ctx, "data") : GAN_OK);
    *data = gan__data(tensor);
fail:
    return gan__leave(&call, st);
}

/* What gan_tensor_read and gan_tensor_write check. */
static gan_status
check_values(gan_tensor *tensor, const float *values, int64_t count)
{
    gan_context *ctx = tensor->object.ctx;
    if (values == NULL && count != 0) {
        return gan__null(ctx, "values");
    }
    if (count != tensor->count) {
        char text[GAN__SHAPE_TEXT_SIZE];
        return gan__fail(ctx, GAN_E_SHAPE, "count is %lld, but the tensor %s has %lld elements",
                         (long long)count, gan__shape_text(text, &tensor->shape),
                         (long long)tensor->count);
    }
    return GAN_OK;
}

gan_status
gan_tensor_read(gan_tensor *tensor, float *values, int64_t count)
{
    if (tensor == NULL) {
        return GAN_E_ARG;
    }
    struct gan__call call;
    gan_status st = gan__enter(&call, tensor->object.ctx, GAN__GROUP_TENSOR);
    if (st != GAN_OK) {
        return st;
    }
    GAN__TRY(check_values(tensor, values, count));
    if (count > 0) {
        memcpy(values, gan__data(tensor), (size_t)count * sizeof(float));
    }
fail:
    return gan__leave(&call, st);
}

gan_status
gan_tensor_write(gan_tensor *tensor, const float *values, int64_t count)
{
    if (tensor == NULL) {
        return GAN_E_ARG;
    }
    struct gan__call call;
    gan_status st = gan__enter(&call, tensor->object.ctx, GAN__GROUP_TENSOR);
    if (st != GAN_OK) {
        return st;
    }
    GAN__TRY(check_values(tensor, values, count));
    /* values may be what gan_tensor_data() gave. */
    if (count > 0) {
        memmove(gan__data(tensor), values, (size_t)count * sizeof(float));
    }
    gan__tensor_touch(tensor);
fail:
    return gan__leave(&call, st);
}

gan_status
gan_tensor_set_requires_grad(gan_tensor *tensor, int32_t requires_grad)
{
    if (tensor == NULL) {
        return GAN_E_ARG;
    }
    struct gan__call call;
    gan_status st = gan__enter(&call, tensor->object.ctx, GAN__GROUP_TENSOR);
    if (st != GAN_OK) {
        return st;
    }
    if (tensor->history != NULL) {
        GAN__TRY(gan__fail(tensor->object.ctx, GAN_E_STATE,
                           "the tensor is the result of a recorded op; gan_tensor_detach() gives "
                           "one that is not"));
    }
    tensor->requires_grad = requires_grad != 0;
fail:
    return gan__leave(&call, st);
}

gan_status
gan_tensor_requires_grad(gan_tensor *tensor, int32_t *requires_grad)
{
    if (requires_grad != NULL) {
        *requires_grad = 0;
    }
    if (tensor == NULL) {
        return GAN_E_ARG;
    }
    struct gan__call call;
    gan_status st = gan__enter(&call, tensor->object.ctx, GAN__GROUP_TENSOR);
    if (st != GAN_OK) {
        return st;
    }
    GAN__TRY(requires_grad == NULL ? gan__null(tensor->object.ctx, "requires_grad") : GAN_OK);
    *requires_grad = tensor->requires_grad;
fail:
    return gan__leave(&call, st);
}

gan_status
gan_tensor_gradient(gan_tensor *tensor, gan_tensor **gradient)
{
    if (gradient != NULL) {
        *gradient = NULL;
    }
    if (tensor == NULL) {
        return GAN_E_ARG;
    }
    struct gan__call call;
    gan_status st = gan__enter(&call, tensor->object.ctx, GAN__GROUP_TENSOR);
    if (st != GAN_OK) {
        return st;
    }
    GAN__TRY(gradient == NULL ? gan__null(tensor->object.ctx, "gradient") : GAN_OK);
    gan_tensor_retain(tensor->gradient);
    *gradient = tensor->gradient;
fail:
    return gan__leave(&call, st);
}

gan_status
gan_tensor_clear_gradient(gan_tensor *tensor)
{
    if (tensor == NULL) {
        return GAN_E_ARG;
    }
    struct gan__call call;
    gan_status st = gan__enter(&call, tensor->object.ctx, GAN__GROUP_TENSOR);
    if (st != GAN_OK) {
        return st;
    }
    gan__tensor_keep_gradient(tensor, NULL);
    return gan__leave(&call, st);
}

gan_status
gan_tensor_detach(gan_tensor *tensor, gan_tensor **out)
{
    if (out != NULL) {
        *out = NULL;
    }
    if (tensor == NULL) {
        return GAN_E_ARG;
    }
    struct gan__call call;
    gan_status st = gan__enter(&call, tensor->object.ctx, GAN__GROUP_TENSOR);
    if (st != GAN_OK) {
        return st;
    }
    GAN__TRY(out == NULL ? gan__null(tensor->object.ctx, "out") : GAN_OK);
    GAN__TRY(gan__tensor_view(tensor->object.ctx, out, tensor, &tensor->shape));
fail:
    return gan__leave(&call, st);
}
