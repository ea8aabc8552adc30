/* Points between real and generated samples. */
#ifndef GAN__INTERPOLATE_H
#define GAN__INTERPOLATE_H

#include "losses/penalty.h"

/* e * real + (1 - e) * generated with one e ~ U(0, 1) a sample: element i of the stream. A class's
 * `points`. */
gan_status gan__interpolate(gan_penalty *penalty, gan_tensor **out, gan_tensor *real,
                            gan_tensor *generated, struct gan__random random);

#endif
