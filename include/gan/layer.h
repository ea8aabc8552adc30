/*
 * Layers and networks. A network is a layer made of layers, and is text: one layer a line.
 *
 *     gan-network 1
 *     input shape=100 noise=normal
 *     dense units=6272 bias=false
 *     reshape shape=7x7x128
 *     batch_norm
 *     relu
 *     residual {
 *         conv2d filters=128 kernel=3 padding=1
 *     } {
 *     }
 *     conv_transpose2d name=to_picture filters=1 kernel=4 stride=2 padding=1
 *     tanh
 *
 * `#` starts a comment. Any line may carry `name=` and `trainable=false`. An `input` line begins
 * the network, or a block of residual or concat, whose incoming tensor it then replaces. `network {
 * ... }` is some lines under one name. A network without an `input` line may be given its shape on
 * the first line: `gan-network 1 shape=28x28x1`.
 *
 * A path names a layer or a parameter: names, or zero-based line numbers where there is none,
 * joined by dots through blocks: "5.0.0.weight", "to_picture.bias". The number of a line counts
 * layers within its block, `input` lines included; a block counts within its line. The parameters
 * of a layer that is in no network have their names only: "weight".
 */
#ifndef GAN_LAYER_H
#define GAN_LAYER_H

#include <gan/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A layer or a network. */
typedef struct gan_layer gan_layer;

/**
 * What a layer made by the user does. A layer keeps no tensors of its own but those it gets as
 * parameters. Anything but GAN_OK from a callback ends the libgan call with that status (a number
 * that is no status: with GAN_E_CANCELLED).
 */
typedef struct gan_layer_callbacks {
    /**
     * sizeof(gan_layer_callbacks); a smaller struct gets defaults, a larger one must have a zero
     * tail.
     */
    size_t struct_size;
    /** Handed back as the first argument of each callback. */
    void *user;
    /**
     * The shape of one sample (without N) of the output for that of the input; write output_shape
     * (room for GAN_RANK_MAX sizes) and *output_rank. NULL: the same shape.
     */
    gan_status (*shape)(void *user, const int64_t *input_shape, int32_t input_rank,
                        int64_t *output_shape, int32_t *output_rank);
    /** How many parameters there are; NULL: none. */
    int32_t (*parameter_count)(void *user);
    /**
     * The shape and name of parameter `index`, and the deviation of the normal distribution that it
     * starts from (0: zeros). `name` stays the callback's and must be a snake_case word.
     */
    gan_status (*parameter)(void *user, int32_t index, const int64_t *input_shape,
                            int32_t input_rank, const char **name, int64_t *shape, int32_t *rank,
                            double *deviation);
    /**
     * Compute the output with the ops of ops.h, so that derivatives of any order follow. `*output`
     * is a reference that libgan takes over. May call ops.h, tensor.h, gan_context_get() and
     * gan_context_describe(); anything else answers GAN_E_STATE.
     */
    gan_status (*forward)(void *user, gan_context *context, gan_tensor **output, gan_tensor *input,
                          gan_tensor *const *parameters, int32_t parameter_count, int32_t training);
    /**
     * The context no longer uses `user`; may be NULL. Called on any thread; must not call libgan.
     */
    void (*release)(void *user);
} gan_layer_callbacks;

/**
 * Make a layer by name. Kinds and their options: docs/kinds.md, or gan_kinds(context, "layer",
 * ...).
 *
 * The layer has no parameters until gan_layer_build(), or until the network that it is added to is
 * built.
 *
 * @param out      The new layer; give it up with gan_layer_destroy().
 * @param kind     "dense", "conv2d", ..., "network" for an empty one to gan_layer_add() to, or a
 *                 registered name.
 * @param options  "key=value ..." or NULL.
 * @retval GAN_OK       *out is set.
 * @retval GAN_E_ARG    A pointer is NULL; an unknown kind or option, or a value out of bounds (the
 *                      sentence names the nearest right one, or the bounds).
 * @retval GAN_E_NOMEM  No memory.
 */
GAN_API GAN_NODISCARD gan_status gan_layer_create(gan_context *context, gan_layer **out,
                                                  const char *kind, const char *options);

/**
 * Make a network from its text. If the text begins with an `input` that has a shape, the network is
 * built at once.
 *
 * @param text  As at the top of this header; the first line must be `gan-network 1`.
 * @retval GAN_OK        *out is set.
 * @retval GAN_E_ARG     A NULL pointer, an unknown kind or option, a value out of bounds (with line
 *                       and column).
 * @retval GAN_E_FORMAT  No `gan-network 1`, a later version, unbalanced braces, a text or nesting
 *                       beyond the limits.
 * @retval GAN_E_SHAPE   Shapes that don't fit (the sentence names the layer, its line and both
 *                       shapes).
 * @retval GAN_E_NOMEM   No memory.
 */
GAN_API GAN_NODISCARD gan_status gan_layer_parse(gan_context *context, gan_layer **out,
                                                 const char *text);

/**
 * The text of a network that is ready to name: print it, edit it, or parse it as it is.
 *
 * `dcgan_generator`, `dcgan_discriminator` (Radford et al. 2016) for pictures of 28, 32, 64 or 128
 * pixels a side; `resnet_generator`, `resnet_discriminator` (Gulrajani et al. 2017; Miyato et al.
 * 2018) for 32. Names and options: docs/kinds.md, or gan_kinds(context, "preset", ...).
 *
 * @param name     Of the preset.
 * @param options  `size` (32; 28 for digits), `channels` (3), `width` (channels of the largest
 *                 inner pictures, 64; resnet 128), `noise` (generators: numbers in, 100; resnet
 *                 128), `norm` (batch_norm, layer_norm, instance_norm or none), `spectral_norm`
 *                 (false), `pac` (discriminators: pictures that are joined on channels, 1). NULL:
 *                 all defaults.
 * @param buffer,size,needed  As everywhere (gan.h).
 * @retval GAN_OK     Written.
 * @retval GAN_E_ARG  A NULL pointer, an unknown preset or option, a size that there is no preset
 *                    for.
 */
GAN_API GAN_NODISCARD gan_status gan_layer_preset(gan_context *context, const char *name,
                                                  const char *options, char *buffer, size_t size,
                                                  size_t *needed);

/** Add a reference. @par Threads  Any thread, at any time. */
GAN_API void gan_layer_retain(gan_layer *layer);

/** Give up a reference. @par Threads  Any thread, at any time. */
GAN_API void gan_layer_destroy(gan_layer *layer);

/**
 * Append a layer to a network that is not built yet. The network holds a reference of its own.
 *
 * @param network  Made by gan_layer_create(..., "network", ...), or a block: for `residual` and
 *                 `concat` add networks, one for each block.
 * @retval GAN_OK       Added.
 * @retval GAN_E_ARG    A NULL pointer, objects of two contexts, a layer that holds no others, or
 *                      the network itself.
 * @retval GAN_E_STATE  One of the two is built, or child already has a place.
 * @retval GAN_E_NOMEM  No memory.
 */
GAN_API GAN_NODISCARD gan_status gan_layer_add(gan_layer *network, gan_layer *child);

/**
 * Make the parameters for inputs of a given shape and draw their initial values, from (seed, the
 * network's creation number in its context, the parameter's path).
 *
 * @param shape,rank  The shape of one sample, without N. NULL and 0 if the text has an `input` with
 *                    a shape.
 * @param options     `seed` (default: the context's).
 * @retval GAN_OK       Built.
 * @retval GAN_E_ARG    A NULL pointer, a bad rank, a bad option.
 * @retval GAN_E_SHAPE  Shapes that don't fit.
 * @retval GAN_E_STATE  It is built already.
 * @retval GAN_E_NOMEM  No memory; the layer is as before.
 */
GAN_API GAN_NODISCARD gan_status gan_layer_build(gan_layer *layer, const int64_t *shape,
                                                 int32_t rank, const char *options);

/**
 * Run a layer on a batch.
 *
 * @param out       The output [N, ...].
 * @param input     The batch [N, ...].
 * @param training  Not 0: batch_norm takes the batch's statistics and moves its running ones,
 *                  dropout drops (a new draw a call). 0: as in use after training.
 * @retval GAN_OK       *out is set.
 * @retval GAN_E_ARG    A NULL pointer, or the network has further inputs (use
 *                      gan_layer_forward_inputs()).
 * @retval GAN_E_SHAPE  input is not what the layer was built for.
 * @retval GAN_E_STATE  The layer is not built.
 * @retval GAN_E_NOMEM  No memory.
 * @retval others       What the callback of a layer made by the user returned.
 */
GAN_API GAN_NODISCARD gan_status gan_layer_forward(gan_layer *layer, gan_tensor **out,
                                                   gan_tensor *input, int32_t training);

/**
 * Run a network that has several inputs.
 *
 * @param names   count names of `input` lines (their `name=`, or "input" for the one without).
 * @param inputs  count batches with the same N; each of the network's inputs exactly once. `labels`
 *                inputs take one-hot rows [N, classes].
 * @retval As gan_layer_forward(); GAN_E_ARG also for a name that is missing, unknown or given
 *     twice.
 */
GAN_API GAN_NODISCARD gan_status gan_layer_forward_inputs(gan_layer *layer, gan_tensor **out,
                                                          const char *const *names,
                                                          gan_tensor *const *inputs, int32_t count,
                                                          int32_t training);

/**
 * Draw samples from a network whose inputs are noise (and labels), in eval mode and in bounded
 * memory.
 *
 * Sample i depends on the weights, the seed and i only.
 *
 * @param out      Room for count samples of the output's shape, densely packed, [count, height,
 *                 width, channels].
 * @param count    How many, 0 or more.
 * @param options  `seed` (default: the context's), `first` (the number of the first sample, default
 *                 0), `labels` (for a network with a `labels` input: classes for the samples in
 *                 turn, e.g. "0,1,2", repeated as needed: sample i has the i-th; default: all
 *                 classes in turn), `batch` (samples computed at a time, default 64; does not
 *                 change the samples), `truncation` (0 = none: each normal number of the noise
 *                 beyond it is drawn again, which trades variety for quality: Brock et al. 2019),
 *                 `interpolation` (0 = none: samples in each of the ways from one point of the noise
 *                 to the next: sample i is the (i mod k)-th of k steps from point i / k to point
 *                 i / k + 1, where the points are the samples without it; `labels` go by points;
 *                 to begin at point 57: first=57k), `interpolation_mode` (spherical: White 2016;
 *                 linear; uniform noise is always linear).
 * @retval GAN_OK       out is filled. On failure its contents are undefined.
 * @retval GAN_E_ARG    A NULL pointer, a negative count, a bad option, a label that is no class.
 * @retval GAN_E_STATE  The network is not built, has an input that is fed by data, or a layer that
 *                      sees the batch (minibatch_stddev, minibatch_discrimination).
 * @retval GAN_E_NOMEM  No memory.
 */
GAN_API GAN_NODISCARD gan_status gan_layer_generate(gan_layer *layer, float *out, int64_t count,
                                                    const char *options);

/**
 * The shape of one sample of a built network's output (or of its first input), without N.
 *
 * @param shape,capacity,rank  As gan_tensor_shape().
 * @retval GAN_OK       Written.
 * @retval GAN_E_ARG    A NULL pointer.
 * @retval GAN_E_STATE  The layer is not built.
 */
GAN_API GAN_NODISCARD gan_status gan_layer_output_shape(gan_layer *layer, int64_t *shape,
                                                        int32_t capacity, int32_t *rank);
/** @copydoc gan_layer_output_shape */
GAN_API GAN_NODISCARD gan_status gan_layer_input_shape(gan_layer *layer, int64_t *shape,
                                                       int32_t capacity, int32_t *rank);

/**
 * Write a network's text, every option spelled out; gan_layer_parse() makes the same network of it
 * (with values of its own).
 *
 * @param buffer,size,needed  As everywhere (gan.h).
 * @retval GAN_OK     Written.
 * @retval GAN_E_ARG  A NULL pointer.
 */
GAN_API GAN_NODISCARD gan_status gan_layer_text(gan_layer *layer, char *buffer, size_t size,
                                                size_t *needed);

/**
 * A table for people: each layer with its output's shape and number of parameters, and the sums. As
 * gan_layer_text().
 */
GAN_API GAN_NODISCARD gan_status gan_layer_summary(gan_layer *layer, char *buffer, size_t size,
                                                   size_t *needed);

/**
 * Find a layer inside a network by its path.
 * @param out  A reference for the caller.
 * @retval GAN_OK     *out is set.
 * @retval GAN_E_ARG  A NULL pointer, or there is no such layer (the sentence lists what is there).
 */
GAN_API GAN_NODISCARD gan_status gan_layer_find(gan_layer *layer, gan_layer **out,
                                                const char *path);

/**
 * How many tensors a layer keeps: parameters and, after them in each layer, buffers (a batch_norm's
 * running statistics, the vectors of spectral_norm).
 * @retval GAN_OK Written. @retval GAN_E_ARG A NULL pointer. @retval GAN_E_STATE The layer is not
 *     built.
 */
GAN_API GAN_NODISCARD gan_status gan_layer_parameter_count(gan_layer *layer, int64_t *count);

/**
 * One of a layer's tensors, by number.
 *
 * Who writes weights of a network with `spectral_norm=true` calls gan_layer_refresh() afterwards:
 * the buffers weight_u and weight_v (unit vectors near a weight's first singular pair) follow it
 * with each step of an optimizer that moves it, by one power iteration, and by nothing else.
 *
 * @param parameter  A reference for the caller. Buffers don't require a gradient, nor do parameters
 *                   with `trainable=false`; buffers are known by their names ("running_mean").
 * @param index      0 to count - 1, in the order of the text.
 * @param name,size,needed  Its path, written as everywhere; may be NULL, 0, NULL.
 * @retval GAN_OK       Written.
 * @retval GAN_E_ARG    A NULL pointer, or no such index.
 * @retval GAN_E_STATE  The layer is not built.
 */
GAN_API GAN_NODISCARD gan_status gan_layer_parameter(gan_layer *layer, gan_tensor **parameter,
                                                     int64_t index, char *name, size_t size,
                                                     size_t *needed);

/**
 * One of a layer's tensors, by path: "0.weight", "to_picture.bias".
 * @retval GAN_OK       *parameter is a reference for the caller.
 * @retval GAN_E_ARG    A NULL pointer, or no such parameter (the sentence lists what is there).
 * @retval GAN_E_STATE  The layer is not built.
 */
GAN_API GAN_NODISCARD gan_status gan_layer_find_parameter(gan_layer *layer, gan_tensor **parameter,
                                                          const char *path);

/**
 * Bring up to date what layers keep of their weights, after these were written by hand or moved by
 * an optimizer that is not libgan's: 15 power iterations for each `spectral_norm=true`. (One call
 * for each step of such an optimizer is more than enough.)
 * @retval GAN_OK       Done.
 * @retval GAN_E_ARG    layer is NULL.
 * @retval GAN_E_STATE  The layer is not built.
 */
GAN_API GAN_NODISCARD gan_status gan_layer_refresh(gan_layer *layer);

/**
 * Forget all parameters' gradients, as PyTorch's zero_grad.
 * @retval GAN_OK  Done.
 * @retval GAN_E_ARG  layer is NULL.
 */
GAN_API GAN_NODISCARD gan_status gan_layer_clear_gradients(gan_layer *layer);

/**
 * Teach a context a kind of layer made by the user, so that text, saving and loading know it by its
 * name.
 *
 * @param kind       A snake_case word that is no kind yet.
 * @param callbacks  Copied.
 * @retval GAN_OK       Registered, for as long as the context lives.
 * @retval GAN_E_ARG    A NULL pointer, no `forward`, a bad word, a kind that exists, a non-zero
 *                      unknown tail.
 * @retval GAN_E_NOMEM  No memory. A call that fails does not call release.
 */
GAN_API GAN_NODISCARD gan_status gan_layer_register(gan_context *context, const char *kind,
                                                    const gan_layer_callbacks *callbacks);

#ifdef __cplusplus
}
#endif

#endif
