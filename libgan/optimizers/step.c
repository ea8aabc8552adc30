/*
 * Moving a network by its gradients. All gradients are looked at before the first parameter moves,
 * so that a step that went wrong leaves the network as it was.
 */
#include <math.h>

#include "base/context.h"
#include "kernels/kernels.h"
#include "optimizers/optimizer.h"

double
gan__optimizer_power(double base, int64_t exponent)
{
    double result = 1;

    for (; exponent > 0; exponent >>= 1) {
        if (exponent & 1) {
            result *= base;
        }
        base *= base;
    }
    return result;
}

/* The gradient that moves this tensor, or NULL. */
static const gan_tensor *
optimizer_gradient(const struct gan__layer_tensor *tensor)
{
    return gan__optimizer_moves(tensor) ? tensor->tensor->gradient : NULL;
}

static gan_status
optimizer_diverged(const gan_optimizer *optimizer, const struct gan__layer_tensor *tensor)
{
    return gan__fail(
        optimizer->object.ctx, GAN_E_DIVERGED,
        "the gradient of %s holds a value that is infinite or not a number (optimizer %s, after "
        "%lld steps); nothing was moved",
        tensor->name, optimizer->class->kind, (long long)optimizer->steps);
}

static gan_status
optimizer_step(gan_optimizer *optimizer)
{
    gan_context *ctx = optimizer->object.ctx;
    const int64_t count = gan__layer_tensor_count(optimizer->network);
    const struct gan__layer_tensor *tensors = gan__layer_tensors(optimizer->network);
    const int32_t names = gan__optimizer_state_names(optimizer);

    for (int64_t i = 0; i < count; i++) {
        const gan_tensor *gradient = optimizer_gradient(&tensors[i]);
        if (gradient != NULL && !gan__all_finite(ctx, gan__data(gradient), gradient->count)) {
            return optimizer_diverged(optimizer, &tensors[i]);
        }
    }
    optimizer->steps += optimizer->steps < INT64_MAX ? 1 : 0;
    for (int64_t i = 0; i < count; i++) {
        const gan_tensor *gradient = optimizer_gradient(&tensors[i]);
        float *states[GAN__OPTIMIZER_STATES_MAX] = {NULL};

        if (gradient == NULL) {
            continue;
        }
        for (int32_t k = 0; k < names; k++) {
            gan_tensor *state = optimizer->states[i * names + k];
            states[k] = gan__data(state);
            gan__tensor_touch(state);
        }
        optimizer->class->update(optimizer, gan__data(tensors[i].tensor), states,
                                 gan__data(gradient), gradient->count, optimizer->steps);
        gan__tensor_touch(tensors[i].tensor);
    }
    return GAN_OK;
}

gan_status
gan_optimizer_step(gan_optimizer *optimizer)
{
    struct gan__call call;
    gan_status st;

    if (optimizer == NULL) {
        return GAN_E_ARG;
    }
    st = gan__enter(&call, optimizer->object.ctx, GAN__GROUP_OTHER);
    if (st != GAN_OK) {
        return st;
    }
    st = gan__optimizer_attached(optimizer);
    if (st == GAN_OK) {
        st = optimizer_step(optimizer);
    }
    return gan__leave(&call, st);
}

gan_status
gan__optimizer_gradient_norm(gan_optimizer *optimizer, double *norm)
{
    gan_context *ctx = optimizer->object.ctx;
    const struct gan__layer_tensor *tensors;
    int64_t count;
    double total = 0;
    gan_status st = GAN_OK;

    GAN__TRY(gan__optimizer_attached(optimizer));
    count = gan__layer_tensor_count(optimizer->network);
    tensors = gan__layer_tensors(optimizer->network);
    for (int64_t i = 0; i < count; i++) {
        const gan_tensor *gradient = optimizer_gradient(&tensors[i]);
        double sum = 0;

        if (gradient == NULL) {
            continue;
        }
        GAN__TRY(gan__sum_squares(ctx, &sum, gan__data(gradient), gradient->count));
        if (!isfinite(sum)) {
            return optimizer_diverged(optimizer, &tensors[i]);
        }
        total += sum;
    }
    *norm = sqrt(total);

fail:
    return st;
}
