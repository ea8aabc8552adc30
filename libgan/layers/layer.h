/*
 * Layers inside: the class that a layer's file fills, and what trainer, optimizers and io need of a
 * network.
 *
 * A layer is one file (options table, shape rule, parameters, forward made of ops) and one row in
 * list.h.
 */
#ifndef GAN__LAYER_H
#define GAN__LAYER_H

#include <gan/layer.h>

#include "base/options.h"
#include "base/random.h"
#include "tensor/tensor.h"

/* How a network is run. */
struct gan__pass {
    bool training;              /* batch statistics, dropout */
    bool update_statistics;     /* batch_norm's running values move (only with training) */
    struct gan__random dropout; /* each dropout layer derives its own stream by its path */
    /* If not NULL, the output of this layer of the network is wanted too: *captured becomes a
     * handle for the caller when the run succeeds, NULL when it fails. */
    const gan_layer *capture;
    gan_tensor **captured;
};

/* What feeds an input line. */
enum gan__source {
    GAN__SOURCE_DATA, /* the caller's tensor: pictures */
    GAN__SOURCE_NOISE,
    GAN__SOURCE_LABELS /* one-hot [N, classes] */
};

struct gan__input {
    const char *name; /* "input" for the one without */
    enum gan__source source;
    bool uniform; /* noise: uniform in [-1, 1) instead of normal */
    int64_t classes;
    struct gan__shape shape; /* of one sample, without N; rank 0 if not known before build */
};

/* A batch for one input. */
struct gan__feed {
    const char *name;
    gan_tensor *tensor;
};

int32_t gan__layer_input_count(gan_layer *layer);
const struct gan__input *gan__layer_input(gan_layer *layer, int32_t index);

/* Run a built network; every input is fed once. The public forwards are this with a pass made of
 * `training`. */
gan_status gan__layer_run(gan_layer *layer, gan_tensor **out, const struct gan__feed *feeds,
                          int32_t count, const struct gan__pass *pass);

/* Noise for an input, [batch, shape...]; sample i of the batch is sample `first` + i of the
 * stream. */
gan_status gan__layer_noise(gan_context *ctx, gan_tensor **out, const struct gan__input *input,
                            int64_t batch, uint64_t first, struct gan__random random);
/* One-hot rows [count, classes]; a label out of range is GAN_E_ARG. */
gan_status gan__layer_one_hot(gan_context *ctx, gan_tensor **out, const int32_t *labels,
                              int64_t count, int64_t classes);
/* gan_layer_generate() of the samples that follow the first `before` ones of the same options; at
 * most 2^31 of them. */
gan_status gan__layer_generate_after(gan_layer *layer, float *out, int64_t count, const char *text,
                                     int64_t before);
/* "0,1,2" as numbers; *labels is for gan__free(), also after a failure. */
gan_status gan__layer_parse_labels(gan_context *ctx, int32_t **labels, int64_t *count,
                                   const char *text);

/* The built network of a text whose tensors have `elements` numbers in all, not drawn but for the
 * caller to fill; for files: a text that asks for more than there is gets no memory
 * (GAN_E_FORMAT). */
gan_status gan__layer_restore(gan_context *ctx, gan_layer **out, const char *text,
                              int64_t elements);

/* A built copy of a built network, with tensors of its own and the same values; one handle. */
gan_status gan__layer_clone(gan_layer *layer, gan_layer **out);
/* Copy all tensors' values between two networks of the same text. */
gan_status gan__layer_copy_values(gan_layer *to, gan_layer *from);

/* The built network's tensors in order, borrowed: parameters (with `trainable`) and buffers. */
struct gan__layer_tensor {
    gan_tensor *tensor;
    const char *name; /* full path "0.weight"; the network's */
    bool buffer;
    bool trainable;
};
int64_t gan__layer_tensor_count(gan_layer *layer);
const struct gan__layer_tensor *gan__layer_tensors(gan_layer *layer);
/* Set the estimator for averages: running statistics become the plain mean over `passes` batches of
 * noise (methods: EMA). */
gan_status gan__layer_estimate_statistics(gan_layer *network, int64_t batch, int32_t passes,
                                          const struct gan__feed *labels, uint64_t seed);
/* The kind of the last layer that computes something ("sigmoid"), looking into nested networks, ""
 * if none does; for refusals. */
const char *gan__layer_last_kind(gan_layer *layer);
/* A built layer as those see it who write a network in another program's way. */
enum gan__layer_holds { GAN__HOLDS_NOTHING, GAN__HOLDS_LINES, GAN__HOLDS_BLOCKS };
struct gan__layer_view {
    const char *kind, *location;     /* "5.0.0 (conv2d)" */
    struct gan__shape input, output; /* of a sample; input has rank 0 where nothing comes in */
    enum gan__layer_holds holds;
    int32_t children;
    int64_t own_tensors;       /* in the list before those of its children */
    bool is_input, moves_only; /* moves_only: input, reshape, flatten */
};
struct gan__layer_view gan__layer_view(gan_layer *layer);
gan_layer *gan__layer_child(gan_layer *layer, int32_t index);
bool gan__layer_is_built(gan_layer *layer);
/* Where the first layer is that normalises over the batch, "2 (batch_norm)"; NULL: there is none. */
const char *gan__layer_batch_norm(gan_layer *network);
/* GAN_E_SHAPE, with the layer's name, if the built network cannot be trained on batches of so many
 * samples. */
gan_status gan__layer_check_batch(gan_layer *network, int64_t samples);
/* The weights were changed by an optimizer or an average: layers that keep something of them
 * (spectral_norm's vectors) bring it up to date. Cannot fail. */
void gan__layer_moved(gan_layer *network);
/* The same after any change, of layers with trainable=false too: what gan_layer_refresh() does. The
 * network is built. */
void gan__layer_refresh(gan_layer *network);
/* Append the documentation of gan_layer_preset()'s names (gan_kinds). */
void gan__presets_document(struct gan__text *out);
const struct gan__shape *gan__layer_output(gan_layer *layer); /* of one sample, without N */
/* Append the documentation of all kinds (gan_kinds). */
void gan__layers_document(struct gan__text *out);

#endif
