/*
 * Moving a network by its gradients. All gradients are looked at before the first parameter moves,
 * so that a step that went wrong leaves the network as it was.
 */
#include <math.h>

#include "base/context.h"
#include "base/profile.h"
#include "kernels/kernels.h"
#include "optimizers/optimizer.h"

#define CLIP_EPSILON 1e-6 /* PyTorch's, added to the norm */

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
        tensor->name, optimizer->class->head.kind, (long long)optimizer->steps);
}

/* What PyTorch's clip_grad_norm_ and clip_grad_value_ would make of the gradients, which stay as
 * they are: the updates scale and cut as they read. */
static gan_status
optimizer_clip(gan_optimizer *optimizer, int64_t at, struct gan__clip *clip)
{
    const double most = gan__schedule_at(&optimizer->common.clip_gradient_norm, at);
    const double limit = gan__schedule_at(&optimizer->common.clip_gradient_value, at);
    double norm = 0;
    gan_status st = GAN_OK;

    *clip = (struct gan__clip){.scale = 1, .limit = limit > 0 ? (float)limit : INFINITY};
    if (most > 0) {
        GAN__TRY(gan__optimizer_gradient_norm(optimizer, &norm));
        const double scale = most / (norm + CLIP_EPSILON);
        clip->scale = scale < 1 ? (float)scale : 1;
    }

fail:
    return st;
}

/* false: there is no gradient that moves this tensor. */
static bool
optimizer_move(gan_optimizer *optimizer, int64_t index, struct gan__optimizer_move *move)
{
    const struct gan__layer_tensor *tensor = &gan__layer_tensors(optimizer->network)[index];
    const gan_tensor *gradient = optimizer_gradient(tensor);
    const int32_t names = gan__optimizer_state_names(optimizer);

    if (gradient == NULL) {
        return false;
    }
    for (int32_t k = 0; k < names; k++) {
        gan_tensor *state = optimizer->states[index * names + k];
        move->states[k] = gan__data(state);
        gan__tensor_touch(state);
    }
    move->weight = gan__data(tensor->tensor);
    move->gradient = gan__data(gradient);
    move->count = gradient->count;
    optimizer->class->update(optimizer, move);
    gan__profile_work(optimizer->object.ctx, 0,
                      (double)move->count * (3 + 2 * names) * sizeof(float));
    gan__tensor_touch(tensor->tensor);
    return true;
}

static gan_status
optimizer_step(gan_optimizer *optimizer)
{
    gan_context *ctx = optimizer->object.ctx;
    const int64_t count = gan__layer_tensor_count(optimizer->network);
    const struct gan__layer_tensor *tensors = gan__layer_tensors(optimizer->network);
    struct gan__optimizer_move move = {.weight = NULL};
    bool moved = false;
    gan_status st = GAN_OK;

    for (int64_t i = 0; i < count; i++) {
        const gan_tensor *gradient = optimizer_gradient(&tensors[i]);
        if (gradient != NULL && !gan__all_finite(ctx, gan__data(gradient), gradient->count)) {
            return optimizer_diverged(optimizer, &tensors[i]);
        }
    }
    move.at = optimizer->schedule_step >= 0 ? optimizer->schedule_step : optimizer->steps;
    GAN__TRY(optimizer_clip(optimizer, move.at, &move.clip));
    optimizer->steps += optimizer->steps < INT64_MAX ? 1 : 0;
    move.step = optimizer->steps;
    for (int64_t i = 0; i < count; i++) {
        moved |= optimizer_move(optimizer, i, &move);
    }
    if (moved) {
        gan__layer_moved(optimizer->network);
    }

fail:
    return st;
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
        struct gan__span span;
        gan__span_begin(&span, call.ctx, GAN__PHASE_OPTIMIZER, optimizer->class->head.kind);
        st = optimizer_step(optimizer);
        gan__span_end(&span);
    }
    return gan__leave(&call, st);
}

gan_status
gan__optimizer_gradient_norm(gan_optimizer *optimizer, double *norm)
{
    gan_context *ctx = optimizer->object.ctx;
    const struct gan__layer_tensor *tensors;
    int64_t count;
    struct gan__span span;
    double total = 0;
    gan_status st = GAN_OK;

    gan__span_begin(&span, ctx, GAN__PHASE_OPTIMIZER, "gradient_norm");
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
        gan__profile_work(ctx, 0, (double)gradient->count * sizeof(float));
        if (!isfinite(sum)) {
            return optimizer_diverged(optimizer, &tensors[i]);
        }
        total += sum;
    }
    *norm = sqrt(total);

fail:
    gan__span_end(&span);
    return st;
}
