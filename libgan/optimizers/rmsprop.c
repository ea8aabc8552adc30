/*
 * rmsprop (Tieleman, Hinton, "Lecture 6.5: RMSProp", 2012; centered: Graves, "Generating sequences
 * with recurrent neural networks", 2013) with PyTorch's formulas: g includes weight_decay * w;
 * square_avg and grad_avg are moving means of g^2 and g; s = g / (sqrt(square_avg - grad_avg^2) +
 * epsilon), without grad_avg unless centered; momentum_buffer = momentum * momentum_buffer + s;
 * w -= lr * momentum_buffer.
 */
#include "kernels/kernels.h"
#include "optimizers/optimizer.h"

struct rmsprop {
    gan_optimizer base;
    struct gan__schedule lr, alpha, epsilon, momentum, weight_decay;
    bool centered;
};

/* epsilon: as adam's. */
static const struct gan__option rmsprop_options[] = {
    {.name = "lr",
     .type = GAN__OPTION_SCHEDULE,
     .offset = offsetof(struct rmsprop, lr),
     .minimum = 0,
     .maximum = 1e6,
     .fallback = "1e-2",
     .doc = "step size"},
    {.name = "alpha",
     .type = GAN__OPTION_SCHEDULE,
     .offset = offsetof(struct rmsprop, alpha),
     .minimum = 0,
     .maximum = 1,
     .maximum_open = true,
     .fallback = "0.99",
     .doc = "how much of the squared gradient's moving mean stays at each step"},
    {.name = "epsilon",
     .type = GAN__OPTION_SCHEDULE,
     .offset = offsetof(struct rmsprop, epsilon),
     .minimum = 1e-30,
     .maximum = 1e6,
     .fallback = "1e-8",
     .doc = "added to the root of the squared gradient's mean"},
    {.name = "momentum",
     .type = GAN__OPTION_SCHEDULE,
     .offset = offsetof(struct rmsprop, momentum),
     .minimum = 0,
     .maximum = 1,
     .maximum_open = true,
     .fallback = "0",
     .doc = "how much of the last step is taken again"},
    {.name = "weight_decay",
     .type = GAN__OPTION_SCHEDULE,
     .offset = offsetof(struct rmsprop, weight_decay),
     .minimum = 0,
     .maximum = 1e6,
     .fallback = "0",
     .doc = "this much of the weight is added to its gradient"},
    {.name = "centered",
     .type = GAN__OPTION_BOOL,
     .offset = offsetof(struct rmsprop, centered),
     .fallback = "false",
     .doc = "divide by the gradient's deviation: its mean's square is taken off"},
    GAN__OPTION_END};

/* All are there whatever the options say, so that these can be set later. */
static const char *const rmsprop_states[] = {"square_avg", "momentum_buffer", "grad_avg", NULL};

static void
rmsprop_update(gan_optimizer *optimizer, const struct gan__optimizer_move *move)
{
    const struct rmsprop *self = (const struct rmsprop *)optimizer;
    const struct gan__rmsprop o = {
        .lr = (float)(gan__schedule_at(&self->lr, move->at) * optimizer->common.lr_factor),
        .alpha = gan__schedule_at(&self->alpha, move->at),
        .epsilon = (float)gan__schedule_at(&self->epsilon, move->at),
        .momentum = (float)gan__schedule_at(&self->momentum, move->at),
        .weight_decay = (float)gan__schedule_at(&self->weight_decay, move->at),
        .clip = move->clip,
    };

    gan__rmsprop_update(optimizer->object.ctx, &o, move->weight, move->states[0],
                        o.momentum == 0 ? NULL : move->states[1],
                        self->centered ? move->states[2] : NULL, move->gradient, move->count);
}

const struct gan__optimizer_class gan__optimizer_rmsprop = {
    .head = {.kind = "rmsprop",
             .doc = "gradient over the root of its moving mean square (Tieleman, Hinton 2012)",
             .options = rmsprop_options,
             .size = sizeof(struct rmsprop)},
    .states = rmsprop_states,
    .update = rmsprop_update,
};
