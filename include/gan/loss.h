/*
 * Adversarial losses: what the discriminator and the generator minimise, given logits.
 */
#ifndef GAN_LOSS_H
#define GAN_LOSS_H

#include <gan/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A loss. */
typedef struct gan_loss gan_loss;

/**
 * Make a loss by name. Kinds, their options and their sources: docs/kinds.md, or gan_kinds(context,
 * "loss", ...).
 *
 * @param out      The new loss; give it up with gan_loss_destroy().
 * @param kind     "non_saturating", "standard".
 * @param options  "key=value ..." or NULL.
 * @retval GAN_OK       *out is set.
 * @retval GAN_E_ARG    A pointer is NULL; an unknown kind or option, or a value out of bounds (the
 *                      sentence names the nearest right one, or the bounds).
 * @retval GAN_E_NOMEM  No memory.
 */
GAN_API GAN_NODISCARD gan_status gan_loss_create(gan_context *context, gan_loss **out,
                                                 const char *kind, const char *options);

/** Add a reference. @par Threads  Any thread, at any time. */
GAN_API void gan_loss_retain(gan_loss *loss);

/** Give up a reference. @par Threads  Any thread, at any time. */
GAN_API void gan_loss_destroy(gan_loss *loss);

/**
 * What the discriminator minimises, one number (rank 0).
 *
 * @param real,generated  The discriminator's logits on real and on generated samples, [N, 1].
 * @retval GAN_OK       *out is set.
 * @retval GAN_E_ARG    A NULL pointer, or objects of two contexts.
 * @retval GAN_E_SHAPE  Not [N, 1], or no sample.
 * @retval GAN_E_NOMEM  No memory.
 */
GAN_API GAN_NODISCARD gan_status gan_loss_discriminator(gan_loss *loss, gan_tensor **out,
                                                        gan_tensor *real, gan_tensor *generated);

/**
 * What the generator minimises, one number (rank 0).
 *
 * @param real       The logits on the last discriminator step's real samples; only the relativistic
 *                   losses look at them, others take NULL.
 * @param generated  The discriminator's logits on generated samples, [N, 1].
 * @retval As gan_loss_discriminator().
 */
GAN_API GAN_NODISCARD gan_status gan_loss_generator(gan_loss *loss, gan_tensor **out,
                                                    gan_tensor *real, gan_tensor *generated);

#ifdef __cplusplus
}
#endif

#endif
