/* What the losses on the logistic function share: the discriminator's side, and what its logits
 * mean. */
#ifndef GAN__LOGISTIC_H
#define GAN__LOGISTIC_H

#include "losses/targets.h"

/* out = scale * the mean of softplus(sign * logits), rank 0. */
gan_status gan__logistic_mean(gan_context *ctx, gan_tensor **out, gan_tensor *logits, double sign,
                              double scale);
/* E softplus(-r) + E softplus(f): the cross-entropy of sigmoid(logit) with 1 on real and 0 on
 * generated, or with the targets that loss (a struct gan__target_loss) makes of them. */
gan_status gan__logistic_discriminator(gan_loss *loss, gan_tensor **out, gan_tensor *real,
                                       gan_tensor *generated);
gan_status gan__logistic_probability(gan_loss *loss, gan_tensor **out, gan_tensor *logits);
double gan__logistic_accuracy(const gan_loss *loss, const float *real, const float *generated,
                              int64_t count);

#endif
