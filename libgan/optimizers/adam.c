/*
 * adam (Kingma, Ba, "Adam: a method for stochastic optimization", ICLR 2015) with PyTorch's
 * formulas: g includes weight_decay * w; exp_avg and exp_avg_sq are moving means of g and g^2;
 * w -= lr / (1 - beta1^t) * exp_avg / (sqrt(exp_avg_sq) / sqrt(1 - beta2^t) + epsilon).
 */
#include "optimizers/adam.h"

#include <math.h>

#include "kernels/kernels.h"

static const struct gan__option adam_options[] = {
    GAN__ADAM_OPTIONS("0", "this much of the weight is added to its gradient")};

const char *const gan__adam_states[] = {"exp_avg", "exp_avg_sq", NULL};

void
gan__adam_move(gan_optimizer *optimizer, const struct gan__optimizer_move *move, bool decoupled)
{
    const struct gan__adam_optimizer *self = (const struct gan__adam_optimizer *)optimizer;
    const double lr = gan__schedule_at(&self->lr, move->at) * optimizer->common.lr_factor;
    const double beta1 = gan__schedule_at(&self->beta1, move->at);
    const double beta2 = gan__schedule_at(&self->beta2, move->at);
    const double decay = gan__schedule_at(&self->weight_decay, move->at);
    const struct gan__adam o = {
        .lr_corrected = (float)(lr / (1 - gan__optimizer_power(beta1, move->step))),
        .root_correction = (float)(1 / sqrt(1 - gan__optimizer_power(beta2, move->step))),
        .beta1 = beta1,
        .beta2 = beta2,
        .epsilon = (float)gan__schedule_at(&self->epsilon, move->at),
        .weight_decay = decoupled ? 0 : (float)decay,
        .shrink = decoupled ? (float)(lr * decay) : 0,
        .clip = move->clip,
    };

    gan__adam_update(optimizer->object.ctx, &o, move->weight, move->states[0], move->states[1],
                     move->gradient, move->count);
}

static void
adam_update(gan_optimizer *optimizer, const struct gan__optimizer_move *move)
{
    gan__adam_move(optimizer, move, false);
}

const struct gan__optimizer_class gan__optimizer_adam = {
    .head = {.kind = "adam",
             .doc = "moving means of gradient and squared gradient (Kingma, Ba 2015)",
             .options = adam_options,
             .size = sizeof(struct gan__adam_optimizer)},
    .states = gan__adam_states,
    .update = adam_update,
};
