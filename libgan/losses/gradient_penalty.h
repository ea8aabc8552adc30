/* gradient_penalty's options, which the loss wgan_gp has too. */
#ifndef GAN__GRADIENT_PENALTY_H
#define GAN__GRADIENT_PENALTY_H

#include "losses/penalty.h"

struct gan__gradient_penalty_options {
    struct gan__schedule lambda, target;
    bool one_sided;
};

/* The rows in the table of a struct whose member of that type is called `options`. */
/* clang-format off */
#define GAN__GRADIENT_PENALTY_OPTIONS(owner)                                                       \
    {.name = "lambda", .type = GAN__OPTION_SCHEDULE, .offset = offsetof(owner, options.lambda),    \
     .minimum = 0, .fallback = "10", .doc = "weight of the penalty"},                              \
    {.name = "target", .type = GAN__OPTION_SCHEDULE, .offset = offsetof(owner, options.target),    \
     .minimum = 0, .fallback = "1", .doc = "the norm that the gradient shall have"},               \
    {.name = "one_sided", .type = GAN__OPTION_BOOL, .offset = offsetof(owner, options.one_sided),  \
     .fallback = "false", .doc = "only a norm above the target costs something"}
/* clang-format on */

/* lambda E (|g| - target)^2, or of its positive part alone. */
gan_status gan__gradient_penalty_value(gan_context *ctx, gan_tensor **out, gan_tensor *squares,
                                       const struct gan__gradient_penalty_options *options,
                                       int64_t step);

#endif
