/*
 * Checkpoint files: a state with several parts under prefixes ("generator.0.weight"), as
 * safetensors that say `kind`=checkpoint and which numerics and format they are of. gan_checkpoint
 * and the trainer's checkpoints are both made of these calls.
 */
#ifndef GAN__IO_CHECKPOINT_H
#define GAN__IO_CHECKPOINT_H

#include <gan/checkpoint.h>

#include "io/safetensors.h"
#include "layers/layer.h"
#include "optimizers/optimizer.h"

/* The number in `checkpoint_format`; rises when a reader of the number before could not read the
 * file. Readers read all numbers up to theirs. */
enum { GAN__CHECKPOINT_FORMAT = 1 };
/* Rises when a sum changes its order, so that a resumed run would differ in its last bits. */
enum { GAN__NUMERICS = 2 };

/* Texts that every file of libgan's has. */
#define GAN__KIND_KEY              "kind" /* "network", "checkpoint" */
#define GAN__VERSION_KEY           "libgan_version"
#define GAN__CHECKPOINT_FORMAT_KEY "checkpoint_format"
#define GAN__NUMERICS_KEY          "numerics"

/* The longest name of a part. */
enum { GAN__CHECKPOINT_NAME_MAX = 64 };

/* A network under "<name>.": its tensors, and its text as "<name>.network", and the names of
 * parameters that the user has asked for no gradient, if any, as "<name>.no_gradient". */
gan_status gan__checkpoint_put_layer(struct gan__state *state, const char *name, gan_layer *layer);
/* An optimizer under "<name>.": its states ("<name>.0.weight.exp_avg"), its text as
 * "<name>.optimizer", its steps as "<name>.steps". */
gan_status gan__checkpoint_put_optimizer(struct gan__state *state, const char *name,
                                         gan_optimizer *optimizer);
/* Numbers as texts that read back the same. */
gan_status gan__checkpoint_put_integer(struct gan__state *state, const char *prefix,
                                       const char *name, int64_t value);
gan_status gan__checkpoint_put_real(struct gan__state *state, const char *prefix, const char *name,
                                    double value);

/* Whether the state has the part, of this shape; says what differs, changes nothing. path: for
 * sentences. */
gan_status gan__checkpoint_check_layer(const struct gan__state *state, const char *name,
                                       gan_layer *layer, const char *path);
gan_status gan__checkpoint_check_optimizer(const struct gan__state *state, const char *name,
                                           gan_optimizer *optimizer, const char *path);
/* The network that the part's text makes, its values not taken yet; one handle. */
gan_status gan__checkpoint_restore_layer(const struct gan__state *state, const char *name,
                                         gan_layer **layer, const char *path);
/* Take the values of a part that was checked; cannot fail. Tensors are told that they have moved,
 * but spectral vectors are the file's. */
void gan__checkpoint_take_layer(const struct gan__state *state, const char *name, gan_layer *layer);
void gan__checkpoint_take_optimizer(const struct gan__state *state, const char *name,
                                    gan_optimizer *optimizer);
gan_status gan__checkpoint_take_integer(const struct gan__state *state, const char *prefix,
                                        const char *name, int64_t minimum, int64_t *value,
                                        const char *path);
gan_status gan__checkpoint_take_real(const struct gan__state *state, const char *prefix,
                                     const char *name, double *value, const char *path);
gan_status gan__checkpoint_take_text(const struct gan__state *state, const char *prefix,
                                     const char *name, const char **text, const char *path);

/* Add the texts that every checkpoint has, and write the file. */
gan_status gan__checkpoint_write(struct gan__state *state, const char *path);
/* Read a file and check that it is a checkpoint, whole, and of a format that is known; a warning is
 * logged for other numerics. A file without a checksum is no checkpoint. */
gan_status gan__checkpoint_read(struct gan__state *state, const char *path, uint64_t max_bytes);

#endif
