/*
 * What D is told of a sample: 1 for a real one and 0 for a generated one, unless smoothing
 * (Salimans et al., "Improved techniques for training GANs", NeurIPS 2016, section 3.4; both sides:
 * Szegedy et al. 2016) or flipping moves it. G's targets are never moved.
 */
#ifndef GAN__TARGETS_H
#define GAN__TARGETS_H

#include "losses/loss.h"

struct gan__targets {
    struct gan__schedule smoothing, flipping;
    int32_t sides; /* 0 one, 1 two */
};

/* A loss whose options these are; its file's struct has the two members and no other. */
struct gan__target_loss {
    gan_loss base;
    struct gan__targets targets;
};

extern const struct gan__option gan__target_options[]; /* on struct gan__target_loss */

/* The targets of a batch of `count` samples, [count, 1]; NULL: 1 (or, generated, 0) for all. */
gan_status gan__targets_make(gan_loss *loss, gan_tensor **out, int64_t count, bool generated);

#endif
