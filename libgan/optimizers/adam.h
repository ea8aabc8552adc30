/* What adam and adamw share: all but where the weight decay goes. */
#ifndef GAN__OPTIMIZERS_ADAM_H
#define GAN__OPTIMIZERS_ADAM_H

#include "optimizers/optimizer.h"

struct gan__adam_optimizer {
    gan_optimizer base;
    struct gan__schedule lr, beta1, beta2, epsilon, weight_decay;
};

/* epsilon stays above float's smallest normal number: 0 / 0 would be the step of a parameter that
 * never had a gradient. */
#define GAN__ADAM_OPTIONS(decay, decay_doc)                                                        \
    {.name = "lr",                                                                                 \
     .type = GAN__OPTION_SCHEDULE,                                                                 \
     .offset = offsetof(struct gan__adam_optimizer, lr),                                           \
     .minimum = 0,                                                                                 \
     .maximum = 1e6,                                                                               \
     .fallback = "1e-3",                                                                           \
     .doc = "step size"},                                                                          \
        {.name = "beta1",                                                                          \
         .type = GAN__OPTION_SCHEDULE,                                                             \
         .offset = offsetof(struct gan__adam_optimizer, beta1),                                    \
         .minimum = 0,                                                                             \
         .maximum = 1,                                                                             \
         .maximum_open = true,                                                                     \
         .fallback = "0.9",                                                                        \
         .doc = "how much of the gradient's moving mean stays at each step"},                      \
        {.name = "beta2",                                                                          \
         .type = GAN__OPTION_SCHEDULE,                                                             \
         .offset = offsetof(struct gan__adam_optimizer, beta2),                                    \
         .minimum = 0,                                                                             \
         .maximum = 1,                                                                             \
         .maximum_open = true,                                                                     \
         .fallback = "0.999",                                                                      \
         .doc = "how much of the squared gradient's moving mean stays at each step"},              \
        {.name = "epsilon",                                                                        \
         .type = GAN__OPTION_SCHEDULE,                                                             \
         .offset = offsetof(struct gan__adam_optimizer, epsilon),                                  \
         .minimum = 1e-30,                                                                         \
         .maximum = 1e6,                                                                           \
         .fallback = "1e-8",                                                                       \
         .doc = "added to the root of the squared gradient's mean"},                               \
        {.name = "weight_decay",                                                                   \
         .type = GAN__OPTION_SCHEDULE,                                                             \
         .offset = offsetof(struct gan__adam_optimizer, weight_decay),                             \
         .minimum = 0,                                                                             \
         .maximum = 1e6,                                                                           \
         .fallback = (decay),                                                                      \
         .doc = (decay_doc)},                                                                      \
        GAN__OPTION_END

extern const char *const gan__adam_states[];
/* decoupled: weight_decay is adamw's. */
void gan__adam_move(gan_optimizer *optimizer, const struct gan__optimizer_move *move,
                    bool decoupled);

#endif
