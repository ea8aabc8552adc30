/*
 * Adversarial losses: what the discriminator and the generator minimise, given logits. And
 * penalties on the discriminator's gradient, which combine with any loss.
 *
 * A numeric option of either may be a schedule (optimizer.h has the words). Schedules and random
 * draws are functions of the step's number, which the trainer sets; outside a trainer set it with
 * gan_loss_set_step(), or as gan_penalty_apply()'s argument.
 */
#ifndef GAN_LOSS_H
#define GAN_LOSS_H

#include <gan/layer.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A loss. */
typedef struct gan_loss gan_loss;

/** A penalty on the discriminator. */
typedef struct gan_penalty gan_penalty;

/** What a loss made by the user does. */
typedef struct gan_loss_callbacks {
    /**
     * sizeof(gan_loss_callbacks); a smaller struct gets defaults, a larger one must have a zero
     * tail.
     */
    size_t struct_size;
    /** Handed back as the first argument of each callback. */
    void *user;
    /**
     * What the discriminator minimises: `*out` is a reference to one number (rank 0) that libgan
     * takes over (with GAN_OK only), made of real and generated, its logits [N, 1], with the ops of
     * ops.h. May call ops.h, tensor.h, gan_context_get() and gan_context_describe(); anything else
     * answers GAN_E_STATE. Anything but GAN_OK ends the libgan call with that status (a number that
     * is no status: with GAN_E_CANCELLED).
     */
    gan_status (*discriminator)(void *user, gan_context *context, gan_tensor **out,
                                gan_tensor *real, gan_tensor *generated);
    /** The same for the generator; real is NULL unless generator_takes_real. */
    gan_status (*generator)(void *user, gan_context *context, gan_tensor **out, gan_tensor *real,
                            gan_tensor *generated);
    /**
     * The probability of being real that each logit stands for, [N, 1], to be in [0, 1] (which
     * nobody checks). NULL: it is none, and what needs one answers GAN_E_UNSUPPORTED.
     */
    gan_status (*probability)(void *user, gan_context *context, gan_tensor **out,
                              gan_tensor *logits);
    /** Not 0: generator is given the logits on the last real batch, as relativistic losses need. */
    int32_t generator_takes_real;
    /**
     * Not 0: a logit above threshold means "real"; accuracy is counted with it. 0: there is no
     * accuracy, and a trainer's rules that follow it are refused.
     */
    int32_t has_threshold;
    double threshold; /**< With has_threshold. */
    /**
     * The context no longer uses `user`; may be NULL. Called on any thread; must not call libgan.
     */
    void (*release)(void *user);
} gan_loss_callbacks;

/**
 * Make a loss by name. Kinds, their options and their sources: docs/kinds.md, or gan_kinds(context,
 * "loss", ...).
 *
 * @param out      The new loss; give it up with gan_loss_destroy().
 * @param kind     "non_saturating", "standard", "hinge", "least_squares", "wasserstein", "wgan_gp",
 *                 "relativistic_average", "relativistic_pairing", or a registered name.
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

/** The loss's kind and all its options as text: "hinge". As gan_layer_text(). */
GAN_API GAN_NODISCARD gan_status gan_loss_text(gan_loss *loss, char *buffer, size_t size,
                                               size_t *needed);

/**
 * Say which step comes: schedules and random draws (label flipping) of the next calls are functions
 * of it. 0 at first. A trainer sets it itself.
 * @retval GAN_OK Set. @retval GAN_E_ARG loss is NULL, or step is negative.
 */
GAN_API GAN_NODISCARD gan_status gan_loss_set_step(gan_loss *loss, int64_t step);

/**
 * What the discriminator minimises, one number (rank 0), without penalties. (wasserstein's `clip`
 * is a trainer's to carry out; loops of one's own cut the weights themselves.)
 *
 * @param real,generated  The discriminator's logits on real and on generated samples, [N, 1].
 * @retval GAN_OK       *out is set.
 * @retval GAN_E_ARG    A NULL pointer, or objects of two contexts.
 * @retval GAN_E_SHAPE  Not [N, 1], no sample, or (relativistic_pairing) two different N.
 * @retval GAN_E_NOMEM  No memory.
 * @retval others       What the callback of a loss made by the user returned.
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

/**
 * The penalty that belongs to a loss: wgan_gp's gradient_penalty.
 * @param penalty  A reference for the caller; NULL, with GAN_OK, for a loss without one.
 * @retval GAN_OK     *penalty is set.
 * @retval GAN_E_ARG  A NULL pointer.
 */
GAN_API GAN_NODISCARD gan_status gan_loss_penalty(gan_loss *loss, gan_penalty **penalty);

/**
 * Teach a context a loss made by the user, so that texts know it by its name. The kind has no
 * options: what varies stands in `user`, or is registered under several names.
 *
 * @param kind       A snake_case word that is no loss yet.
 * @param callbacks  Copied.
 * @retval GAN_OK       Registered, for as long as the context lives.
 * @retval GAN_E_ARG    A NULL pointer, no `discriminator` or `generator`, a bad word, a kind that
 *                      exists, a threshold that is not finite, a struct_size too small for
 *                      `discriminator` and `generator`, a non-zero unknown tail.
 * @retval GAN_E_NOMEM  No memory. A call that fails does not call release.
 */
GAN_API GAN_NODISCARD gan_status gan_loss_register(gan_context *context, const char *kind,
                                                   const gan_loss_callbacks *callbacks);

/**
 * Make a penalty by name: a term that is added to what the discriminator minimises and keeps the
 * gradient of its output by its input small, or near 1. Kinds, their options and their sources:
 * docs/kinds.md, or gan_kinds(context, "penalty", ...).
 *
 * `gradient_penalty` (Gulrajani et al. 2017: WGAN-GP), `r1`, `r2` (Mescheder et al. 2018),
 * `zero_centered` (Thanh-Tung et al. 2019), `dragan` (Kodali et al. 2017). Every kind has
 * `interval` (only in every so-manieth update of the discriminator, times that number: lazy
 * regularisation, Karras et al. 2020) and `batch_coupled` (refuse; allow: also with batch_norm in
 * the discriminator, whose gradient then mixes samples).
 *
 * @param out      The new penalty; give it up with gan_penalty_destroy().
 * @param kind     Its name.
 * @param options  "key=value ..." or NULL.
 * @retval As gan_loss_create().
 */
GAN_API GAN_NODISCARD gan_status gan_penalty_create(gan_context *context, gan_penalty **out,
                                                    const char *kind, const char *options);

/** Add a reference. @par Threads  Any thread, at any time. */
GAN_API void gan_penalty_retain(gan_penalty *penalty);

/** Give up a reference. @par Threads  Any thread, at any time. */
GAN_API void gan_penalty_destroy(gan_penalty *penalty);

/** The penalty's kind and all its options as text: "r1 gamma=10 ...". As gan_layer_text(). */
GAN_API GAN_NODISCARD gan_status gan_penalty_text(gan_penalty *penalty, char *buffer, size_t size,
                                                  size_t *needed);

/**
 * The penalty on a discriminator, one number (rank 0) that can be differentiated by its weights;
 * add it to gan_loss_discriminator()'s. For training loops of one's own: a trainer does this
 * itself.
 *
 * The discriminator runs in training mode; batch_norm's running values don't move. Between
 * gan_no_grad_begin() and gan_no_grad_end() the number comes without a graph.
 *
 * @param discriminator   Built; one input that is fed by data; gives [N, 1]. (A trainer penalises
 *                        discriminators with `labels` too.)
 * @param real,generated  Two batches of the same shape, as the discriminator takes them. Cut off
 *                        from their graphs.
 * @param step            The number of the discriminator's update, from 0: schedules, the interval
 *                        (0 is due) and random draws are functions of it. When it is not due, the
 *                        penalty is 0.
 * @retval GAN_OK       *out is set.
 * @retval GAN_E_ARG    A NULL pointer, objects of two contexts, a negative step; a discriminator
 *                      with other inputs, or with batch_norm but without `batch_coupled=allow` (the
 *                      sentence names the layer).
 * @retval GAN_E_SHAPE  Shapes that don't fit.
 * @retval GAN_E_STATE  The discriminator is not built.
 * @retval GAN_E_NOMEM  No memory.
 * @retval others       What the callback of a layer made by the user returned.
 */
GAN_API GAN_NODISCARD gan_status gan_penalty_apply(gan_penalty *penalty, gan_tensor **out,
                                                   gan_layer *discriminator, gan_tensor *real,
                                                   gan_tensor *generated, int64_t step);

#ifdef __cplusplus
}
#endif

#endif
