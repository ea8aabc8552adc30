/*
 * adam (Kingma, Ba, "Adam: a method for stochastic optimization", ICLR 2015) with PyTorch's
 * formulas: g includes weight_decay * w; exp_avg and exp_avg_sq are moving means of g and g^2;
 * w -= lr / (1 - beta1^t) * exp_avg / (sqrt(exp_avg_sq) / sqrt(1 - beta2^t) + epsilon).
 */
#include <math.h>

#include "kernels/kernels.h"
#include "optimizers/optimizer.h"

struct adam {
    gan_optimizer base;
    double lr, beta1, beta2, epsilon, weight_decay;
};

/* epsilon stays above float's smallest normal number: 0 / 0 would be the step of a parameter that
 * never had a gradient. */
static const struct gan__option adam_options[] = {
    {.name = "lr",
     .type = GAN__OPTION_REAL,
     .offset = offsetof(struct adam, lr),
     .minimum = 0,
     .maximum = 1e6,
     .fallback = "1e-3",
     .doc = "step size"},
    {.name = "beta1",
     .type = GAN__OPTION_REAL,
     .offset = offsetof(struct adam, beta1),
     .minimum = 0,
     .maximum = 1,
     .maximum_open = true,
     .fallback = "0.9",
     .doc = "how much of the gradient's moving mean stays at each step"},
    {.name = "beta2",
     .type = GAN__OPTION_REAL,
     .offset = offsetof(struct adam, beta2),
     .minimum = 0,
     .maximum = 1,
     .maximum_open = true,
     .fallback = "0.999",
     .doc = "how much of the squared gradient's moving mean stays at each step"},
    {.name = "epsilon",
     .type = GAN__OPTION_REAL,
     .offset = offsetof(struct adam, epsilon),
     .minimum = 1e-30,
     .maximum = 1e6,
     .fallback = "1e-8",
     .doc = "added to the root of the squared gradient's mean"},
    {.name = "weight_decay",
     .type = GAN__OPTION_REAL,
     .offset = offsetof(struct adam, weight_decay),
     .minimum = 0,
     .maximum = 1e6,
     .fallback = "0",
     .doc = "this much of the weight is added to its gradient"},
    GAN__OPTION_END};

static const char *const adam_states[] = {"exp_avg", "exp_avg_sq", NULL};

static void
adam_update(gan_optimizer *optimizer, float *weight, float *const *states, const float *gradient,
            int64_t count, int64_t step)
{
    const struct adam *self = (const struct adam *)optimizer;
    const struct gan__adam o = {
        .lr_corrected = (float)(self->lr / (1 - gan__optimizer_power(self->beta1, step))),
        .root_correction = (float)(1 / sqrt(1 - gan__optimizer_power(self->beta2, step))),
        .beta1 = self->beta1,
        .beta2 = self->beta2,
        .epsilon = (float)self->epsilon,
        .weight_decay = (float)self->weight_decay,
    };

    gan__adam_update(optimizer->object.ctx, &o, weight, states[0], states[1], gradient, count);
}

const struct gan__optimizer_class gan__optimizer_adam = {
    .kind = "adam",
    .doc = "moving means of gradient and squared gradient (Kingma, Ba 2015)",
    .options = adam_options,
    .size = sizeof(struct adam),
    .states = adam_states,
    .update = adam_update,
};
