/* What the relativistic losses share: D's output means something only beside another sample's. */
#ifndef GAN__RELATIVISTIC_H
#define GAN__RELATIVISTIC_H

#include "losses/loss.h"

/* The mean of softplus(minuend - subtrahend), which broadcast. */
gan_status gan__relativistic_mean(gan_context *ctx, gan_tensor **out, gan_tensor *minuend,
                                  gan_tensor *subtrahend);

#endif
