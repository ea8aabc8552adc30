/*
 * sgd: stochastic gradient descent with PyTorch's formulas: g includes weight_decay * w;
 * momentum_buffer is g at first, then momentum * momentum_buffer + (1 - dampening) * g; w -= lr *
 * momentum_buffer, or with nesterov w -= lr * (g + momentum * momentum_buffer). (Sutskever et al.,
 * "On the importance of initialization and momentum in deep learning", ICML 2013)
 */
#include "base/context.h"
#include "base/number.h"
#include "kernels/kernels.h"
#include "optimizers/optimizer.h"

struct sgd {
    gan_optimizer base;
    struct gan__schedule lr, momentum, dampening, weight_decay;
    bool nesterov;
};

static const struct gan__option sgd_options[] = {
    {.name = "lr",
     .type = GAN__OPTION_SCHEDULE,
     .offset = offsetof(struct sgd, lr),
     .minimum = 0,
     .maximum = 1e6,
     .fallback = "1e-3",
     .doc = "step size"},
    {.name = "momentum",
     .type = GAN__OPTION_SCHEDULE,
     .offset = offsetof(struct sgd, momentum),
     .minimum = 0,
     .maximum = 1,
     .maximum_open = true,
     .fallback = "0",
     .doc = "how much of the last step is taken again"},
    {.name = "dampening",
     .type = GAN__OPTION_SCHEDULE,
     .offset = offsetof(struct sgd, dampening),
     .minimum = 0,
     .maximum = 1,
     .fallback = "0",
     .doc = "how much of the gradient is kept out of momentum"},
    {.name = "weight_decay",
     .type = GAN__OPTION_SCHEDULE,
     .offset = offsetof(struct sgd, weight_decay),
     .minimum = 0,
     .maximum = 1e6,
     .fallback = "0",
     .doc = "this much of the weight is added to its gradient"},
    {.name = "nesterov",
     .type = GAN__OPTION_BOOL,
     .offset = offsetof(struct sgd, nesterov),
     .fallback = "false",
     .doc = "look ahead: needs momentum, and no dampening"},
    GAN__OPTION_END};

/* The buffer is there without momentum too, so that momentum can be set later. */
static const char *const sgd_states[] = {"momentum_buffer", NULL};

static gan_status
sgd_check(gan_context *ctx, const gan_optimizer *optimizer)
{
    const struct sgd *self = (const struct sgd *)optimizer;
    const double dampening = gan__schedule_maximum(&self->dampening);
    char number[GAN__NUMBER_SIZE];

    if (self->nesterov && gan__schedule_maximum(&self->momentum) == 0) {
        return gan__fail(ctx, GAN_E_ARG,
                         "sgd: nesterov=true needs momentum above 0, found momentum=0");
    }
    if (self->nesterov && dampening != 0) {
        return gan__fail(ctx, GAN_E_ARG, "sgd: nesterov=true needs dampening=0, found dampening=%s",
                         gan__number_format(number, dampening));
    }
    return GAN_OK;
}

static void
sgd_update(gan_optimizer *optimizer, const struct gan__optimizer_move *move)
{
    const struct sgd *self = (const struct sgd *)optimizer;
    const struct gan__sgd o = {
        .lr = (float)(gan__schedule_at(&self->lr, move->at) * optimizer->common.lr_factor),
        .momentum = (float)gan__schedule_at(&self->momentum, move->at),
        .dampening = (float)gan__schedule_at(&self->dampening, move->at),
        .weight_decay = (float)gan__schedule_at(&self->weight_decay, move->at),
        .nesterov = self->nesterov,
        .first = move->step == 1,
        .clip = move->clip,
    };

    gan__sgd_update(optimizer->object.ctx, &o, move->weight,
                    o.momentum == 0 ? NULL : move->states[0], move->gradient, move->count);
}

const struct gan__optimizer_class gan__optimizer_sgd = {
    .head = {.kind = "sgd",
             .doc = "gradient descent with momentum (Sutskever et al. 2013)",
             .options = sgd_options,
             .size = sizeof(struct sgd)},
    .check = sgd_check,
    .states = sgd_states,
    .update = sgd_update,
};
