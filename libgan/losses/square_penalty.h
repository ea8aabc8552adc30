/* What the penalties share that cost the squared norm itself. */
#ifndef GAN__SQUARE_PENALTY_H
#define GAN__SQUARE_PENALTY_H

#include "losses/penalty.h"

/* A penalty with one option, its weight. */
struct gan__square_penalty {
    gan_penalty base;
    struct gan__schedule weight;
};

/* Its row. */
/* clang-format off */
#define GAN__SQUARE_PENALTY_OPTION(word)                                                           \
    {.name = word, .type = GAN__OPTION_SCHEDULE,                                                   \
     .offset = offsetof(struct gan__square_penalty, weight),                                       \
     .minimum = 0, .fallback = "10", .doc = "weight of the penalty"}
/* clang-format on */

/* scale * weight * E |g|^2 */
gan_status gan__square_penalty_value(gan_penalty *penalty, gan_tensor **out, gan_tensor *squares,
                                     int64_t step, double scale);

#endif
