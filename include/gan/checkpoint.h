/*
 * Checkpoints of training loops that users write themselves: networks, optimizers and texts under
 * names, in one file, whole or not there, with a checksum. A trainer has its own
 * (gan_trainer_save()).
 *
 *     gan_checkpoint_create(context, &checkpoint);
 *     gan_checkpoint_add_layer(checkpoint, "classifier", classifier);
 *     gan_checkpoint_add_optimizer(checkpoint, "optimizer", optimizer);
 *     ...
 *     gan_checkpoint_set_text(checkpoint, "step", "500");
 *     gan_checkpoint_save(checkpoint, "step-500.safetensors");
 *
 * and after a restart, with the same things made and added again:
 *
 *     gan_checkpoint_load(checkpoint, "step-500.safetensors", NULL);
 *     gan_checkpoint_text(checkpoint, text, sizeof text, NULL, "step");
 */
#ifndef GAN_CHECKPOINT_H
#define GAN_CHECKPOINT_H

#include <gan/layer.h>
#include <gan/optimizer.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What a checkpoint holds. */
typedef struct gan_checkpoint gan_checkpoint;

/**
 * Make an empty one.
 * @retval GAN_OK       *out is set.
 * @retval GAN_E_ARG    A NULL pointer.
 * @retval GAN_E_NOMEM  No memory.
 */
GAN_API GAN_NODISCARD gan_status gan_checkpoint_create(gan_context *context, gan_checkpoint **out);

/** Add a reference. @par Threads  Any thread, at any time. */
GAN_API void gan_checkpoint_retain(gan_checkpoint *checkpoint);

/** Give up a reference. @par Threads  Any thread, at any time. */
GAN_API void gan_checkpoint_destroy(gan_checkpoint *checkpoint);

/**
 * Add a network. Held; what is saved is what it is at that time.
 *
 * @param name   Letters, digits, `_` and `-`, at most 64; not "text", and of no other part.
 * @param layer  Built.
 * @retval GAN_OK       Added.
 * @retval GAN_E_ARG    A NULL pointer, two contexts, or a name that is bad or taken.
 * @retval GAN_E_STATE  The network is not built.
 * @retval GAN_E_NOMEM  No memory.
 */
GAN_API GAN_NODISCARD gan_status gan_checkpoint_add_layer(gan_checkpoint *checkpoint,
                                                          const char *name, gan_layer *layer);

/**
 * The same of an attached optimizer: its kind, its steps and its states. Its options are not read
 * from the file: they are those that it has.
 * @retval As gan_checkpoint_add_layer(); GAN_E_STATE: it is not attached.
 */
GAN_API GAN_NODISCARD gan_status gan_checkpoint_add_optimizer(gan_checkpoint *checkpoint,
                                                              const char *name,
                                                              gan_optimizer *optimizer);

/**
 * Set a text: numbers, names, what else is to come back. Replaces one of that name.
 * @param name  As gan_checkpoint_add_layer().
 * @param text  UTF-8; NULL takes it away.
 * @retval GAN_OK       Set.
 * @retval GAN_E_ARG    A NULL pointer, a bad or taken name, or what is not UTF-8.
 * @retval GAN_E_NOMEM  No memory.
 */
GAN_API GAN_NODISCARD gan_status gan_checkpoint_set_text(gan_checkpoint *checkpoint,
                                                         const char *name, const char *text);

/**
 * A text: as set, or as the last file that was loaded has it.
 * @param buffer,size,needed  As everywhere (gan.h).
 * @retval GAN_OK     Written.
 * @retval GAN_E_ARG  A NULL pointer, or no text of that name (the sentence lists them).
 */
GAN_API GAN_NODISCARD gan_status gan_checkpoint_text(gan_checkpoint *checkpoint, char *buffer,
                                                     size_t size, size_t *needed, const char *name);

/**
 * Write the file. It also has the number of forwards in training that the context has seen: dropout
 * draws by it and the context's seed, so that a loop goes on as it would have.
 * @retval As gan_trainer_save().
 */
GAN_API GAN_NODISCARD gan_status gan_checkpoint_save(gan_checkpoint *checkpoint, const char *path);

/**
 * Read a file into the parts that were added; its texts take the place of those there are, and its
 * number of forwards that of the context's. A call that fails changes none of them.
 *
 * @param options  `max_bytes` (refuse larger files; default 16 GiB). NULL: all defaults.
 * @retval GAN_OK             Read.
 * @retval GAN_E_ARG          A NULL pointer, or a bad option.
 * @retval GAN_E_IO           The file can't be read (with the system's words).
 * @retval GAN_E_FORMAT       No checkpoint, cut off or damaged; or its parts are not those that were
 *                            added: another name, network or optimizer (the sentence has both).
 * @retval GAN_E_UNSUPPORTED  Written by a later version of the format.
 * @retval GAN_E_NOMEM        No memory.
 */
GAN_API GAN_NODISCARD gan_status gan_checkpoint_load(gan_checkpoint *checkpoint, const char *path,
                                                     const char *options);

#ifdef __cplusplus
}
#endif

#endif
