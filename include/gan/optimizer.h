/*
 * Optimizers: each is bound to one network and moves its parameters by their gradients, with
 * PyTorch's formulas.
 *
 * A numeric option may be a schedule in place of a number: `linear(from,to,steps)`,
 * `cosine(from,to,steps)`, `exponential(from,to,steps)` go from one value to the other in so many
 * steps and stay there; `one_cycle(peak,steps)` rises from peak / 25 over 30 % of the steps and
 * falls to peak / 250,000 (Smith, Topin 2018, as PyTorch's OneCycleLR); `warmup(steps,value)`
 * rises linearly from value / steps to value, which may be a schedule itself: its own steps then
 * begin after the rise. They are written without spaces (or in quotes), and go anywhere that an
 * option's text in gan_kinds() says "or a schedule". Inside a trainer they count the trainer's
 * steps, outside the optimizer's.
 *
 * Every optimizer has `clip_gradient_norm` (scale all gradients so that their L2 norm is at most
 * this; 0: never; Pascanu et al. 2013) and, after it, `clip_gradient_value` (each element to within
 * plus and minus this; 0: never), with the arithmetic of PyTorch's clip_grad_norm_ and
 * clip_grad_value_. Only what moves the parameters is clipped: the gradients themselves stay as
 * they are.
 */
#ifndef GAN_OPTIMIZER_H
#define GAN_OPTIMIZER_H

#include <gan/layer.h>

#ifdef __cplusplus
extern "C" {
#endif

/** An optimizer. */
typedef struct gan_optimizer gan_optimizer;

/**
 * Make an optimizer by name. Kinds, their options and their sources: docs/kinds.md, or
 * gan_kinds(context, "optimizer", ...).
 *
 * @param out      The new optimizer; give it up with gan_optimizer_destroy().
 * @param kind     "adam", "adamw", "rmsprop", "sgd".
 * @param options  "key=value ..." or NULL, e.g. "lr=2e-4 beta1=0.5".
 * @retval GAN_OK       *out is set.
 * @retval GAN_E_ARG    A pointer is NULL; an unknown kind or option, or a value out of bounds (the
 *                      sentence names the nearest right one, or the bounds).
 * @retval GAN_E_NOMEM  No memory.
 */
GAN_API GAN_NODISCARD gan_status gan_optimizer_create(gan_context *context, gan_optimizer **out,
                                                      const char *kind, const char *options);

/** Add a reference. @par Threads  Any thread, at any time. */
GAN_API void gan_optimizer_retain(gan_optimizer *optimizer);

/** Give up a reference. @par Threads  Any thread, at any time. */
GAN_API void gan_optimizer_destroy(gan_optimizer *optimizer);

/**
 * Bind an optimizer to a network: it will move the network's trainable parameters. Once for an
 * optimizer.
 *
 * @retval GAN_OK       Bound; the optimizer holds the network.
 * @retval GAN_E_ARG    A NULL pointer, or objects of two contexts.
 * @retval GAN_E_STATE  The optimizer is bound already, or the network is not built.
 * @retval GAN_E_NOMEM  No memory.
 */
GAN_API GAN_NODISCARD gan_status gan_optimizer_attach(gan_optimizer *optimizer, gan_layer *network);

/**
 * Move the parameters by the gradients that gan_backward() has added up; parameters without one
 * stay. Gradients stay too: gan_layer_clear_gradients() forgets them.
 *
 * @retval GAN_OK           Moved.
 * @retval GAN_E_ARG        optimizer is NULL.
 * @retval GAN_E_STATE      It is not attached.
 * @retval GAN_E_DIVERGED   A gradient is infinite or not a number; nothing was moved. The sentence
 *                          names the parameter.
 */
GAN_API GAN_NODISCARD gan_status gan_optimizer_step(gan_optimizer *optimizer);

/**
 * Change options of an optimizer between steps, e.g. "lr=1e-4". Options not named keep their
 * values.
 * @retval GAN_OK     Changed.
 * @retval GAN_E_ARG  A NULL pointer, an unknown option, a value out of bounds; nothing was changed.
 */
GAN_API GAN_NODISCARD gan_status gan_optimizer_set(gan_optimizer *optimizer, const char *options);

/** The optimizer's kind and all its options as text: "adam lr=0.0002 ...". As gan_layer_text(). */
GAN_API GAN_NODISCARD gan_status gan_optimizer_text(gan_optimizer *optimizer, char *buffer,
                                                    size_t size, size_t *needed);

/** How many steps were taken. @retval GAN_OK Written. @retval GAN_E_ARG A NULL pointer. */
GAN_API GAN_NODISCARD gan_status gan_optimizer_steps(gan_optimizer *optimizer, int64_t *steps);

/**
 * Set the number of steps taken, together with gan_optimizer_state() all that an optimizer
 * remembers.
 * @retval GAN_OK Set. @retval GAN_E_ARG optimizer is NULL, or steps is negative.
 */
GAN_API GAN_NODISCARD gan_status gan_optimizer_set_steps(gan_optimizer *optimizer, int64_t steps);

/**
 * How many tensors of state an optimizer keeps beside its number of steps (adam: two for each
 * parameter).
 * @retval GAN_OK Written. @retval GAN_E_ARG A NULL pointer. @retval GAN_E_STATE It is not attached.
 */
GAN_API GAN_NODISCARD gan_status gan_optimizer_state_count(gan_optimizer *optimizer,
                                                           int64_t *count);

/**
 * One of the state's tensors, by number, to read or to write.
 *
 * @param state             A reference for the caller, with the parameter's shape.
 * @param name,size,needed  Its name, "<path>.<parameter>.<state>" with PyTorch's words
 *                          ("0.weight.exp_avg"), written as everywhere; may be NULL, 0, NULL.
 * @retval GAN_OK       Written.
 * @retval GAN_E_ARG    A NULL pointer, or no such index.
 * @retval GAN_E_STATE  It is not attached.
 */
GAN_API GAN_NODISCARD gan_status gan_optimizer_state(gan_optimizer *optimizer, gan_tensor **state,
                                                     int64_t index, char *name, size_t size,
                                                     size_t *needed);

#ifdef __cplusplus
}
#endif

#endif
