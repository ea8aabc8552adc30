/* What the losses share whose D is a critic: wasserstein and wgan_gp. */
#ifndef GAN__CRITIC_H
#define GAN__CRITIC_H

#include "losses/loss.h"

/* E f - E r. */
gan_status gan__critic_discriminator(gan_loss *loss, gan_tensor **out, gan_tensor *real,
                                     gan_tensor *generated);

#endif
