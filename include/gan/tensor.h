/*
 * Tensors: dense float32 arrays in row-major order, of rank 0 to 8. Pictures are [N, height, width,
 * channels].
 */
#ifndef GAN_TENSOR_H
#define GAN_TENSOR_H

#include <gan/context.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The largest rank of a tensor. */
#define GAN_RANK_MAX 8

/** A tensor. Its data stays where it is for as long as anybody holds it. */
typedef struct gan_tensor gan_tensor;

/**
 * Make a tensor.
 *
 * @param out    The new tensor; give it up with gan_tensor_destroy().
 * @param shape  rank sizes, each 0 or more, outermost first; may be NULL for rank 0 (a single
 *               number).
 * @param rank   0 to GAN_RANK_MAX.
 * @param data   Values to copy, as many as the product of the shape, or NULL for zeros.
 * @retval GAN_OK       *out is set.
 * @retval GAN_E_ARG    A NULL pointer, a bad rank.
 * @retval GAN_E_SHAPE  A negative size, or a product too large to address.
 * @retval GAN_E_NOMEM  No memory.
 */
GAN_API GAN_NODISCARD gan_status gan_tensor_create(gan_context *context, gan_tensor **out,
                                                   const int64_t *shape, int32_t rank,
                                                   const float *data);

/**
 * Make a tensor of random numbers: standard normal, or uniform in [0, 1).
 *
 * The values depend on (the context's seed, stream, their place in the tensor) only: the same
 * numbers for the same stream.
 *
 * @param distribution  "normal" or "uniform".
 * @param stream        Any number; each is a sequence of its own.
 * @retval GAN_OK       *out is set.
 * @retval GAN_E_ARG, GAN_E_SHAPE, GAN_E_NOMEM  As gan_tensor_create().
 */
GAN_API GAN_NODISCARD gan_status gan_tensor_create_random(gan_context *context, gan_tensor **out,
                                                          const int64_t *shape, int32_t rank,
                                                          const char *distribution,
                                                          uint64_t stream);

/** Add a reference. @par Threads  Any thread, at any time. */
GAN_API void gan_tensor_retain(gan_tensor *tensor);

/** Give up a reference. @par Threads  Any thread, at any time. */
GAN_API void gan_tensor_destroy(gan_tensor *tensor);

/**
 * Read a tensor's shape.
 *
 * @param shape     Filled with the first min(rank, capacity) sizes; may be NULL if capacity is 0.
 * @param capacity  How many sizes fit into shape; GAN_RANK_MAX is always enough.
 * @param rank      The rank; may be NULL.
 * @retval GAN_OK     Written.
 * @retval GAN_E_ARG  tensor is NULL, capacity is negative, or shape is NULL and capacity is not 0.
 */
GAN_API GAN_NODISCARD gan_status gan_tensor_shape(gan_tensor *tensor, int64_t *shape,
                                                  int32_t capacity, int32_t *rank);

/**
 * The number of elements (the product of the shape).
 * @retval GAN_OK  Written.
 * @retval GAN_E_ARG  A NULL pointer.
 */
GAN_API GAN_NODISCARD gan_status gan_tensor_count(gan_tensor *tensor, int64_t *count);

/**
 * Borrow a tensor's memory, to read or to write.
 *
 * The pointer is valid while a reference is held, and never moves. Values written are seen by later
 * ops; what was written through the pointer after a graph was recorded is not noticed by
 * gan_backward(), unlike gan_tensor_write().
 * @retval GAN_OK     *data is set (not NULL, also for 0 elements).
 * @retval GAN_E_ARG  A NULL pointer.
 */
GAN_API GAN_NODISCARD gan_status gan_tensor_data(gan_tensor *tensor, float **data);

/**
 * Copy all elements out.
 * @param count  Must be the number of elements (checked, so that a wrong size cannot overrun).
 * @retval GAN_OK       Copied.
 * @retval GAN_E_ARG    A NULL pointer.
 * @retval GAN_E_SHAPE  count is not the number of elements.
 */
GAN_API GAN_NODISCARD gan_status gan_tensor_read(gan_tensor *tensor, float *values, int64_t count);

/**
 * Copy all elements in. A graph that has saved the old values is told: gan_backward() through it
 * answers GAN_E_STATE.
 * @retval GAN_OK       Copied.
 * @retval GAN_E_ARG    A NULL pointer.
 * @retval GAN_E_SHAPE  count is not the number of elements.
 */
GAN_API GAN_NODISCARD gan_status gan_tensor_write(gan_tensor *tensor, const float *values,
                                                  int64_t count);

/**
 * Say whether ops on this tensor record a graph, so that gan_backward() and gan_grad() can reach
 * it. Off for new tensors, on for a layer's trainable parameters. Only for tensors that are no
 * result of a recorded op.
 * @retval GAN_OK       Set.
 * @retval GAN_E_ARG    tensor is NULL.
 * @retval GAN_E_STATE  The tensor is the result of a recorded op.
 */
GAN_API GAN_NODISCARD gan_status gan_tensor_set_requires_grad(gan_tensor *tensor,
                                                              int32_t requires_grad);

/**
 * Whether ops on a tensor record a graph: 1 or 0. 1 also for the results of recorded ops.
 * @retval GAN_OK     Written.
 * @retval GAN_E_ARG  A NULL pointer.
 */
GAN_API GAN_NODISCARD gan_status gan_tensor_requires_grad(gan_tensor *tensor,
                                                          int32_t *requires_grad);

/**
 * The gradient that gan_backward() has added up in a tensor that requires one.
 * @param gradient  A reference for the caller, or NULL (and GAN_OK) if there is none yet.
 * @retval GAN_OK     Written.
 * @retval GAN_E_ARG  A NULL pointer.
 */
GAN_API GAN_NODISCARD gan_status gan_tensor_gradient(gan_tensor *tensor, gan_tensor **gradient);

/**
 * Forget the gradient, as PyTorch's zero_grad.
 * @retval GAN_OK  Done.
 * @retval GAN_E_ARG  tensor is NULL.
 */
GAN_API GAN_NODISCARD gan_status gan_tensor_clear_gradient(gan_tensor *tensor);

/**
 * A tensor with the same memory that is cut off from the graph.
 * @retval GAN_OK       *out is set.
 * @retval GAN_E_ARG    A NULL pointer.
 * @retval GAN_E_NOMEM  No memory.
 */
GAN_API GAN_NODISCARD gan_status gan_tensor_detach(gan_tensor *tensor, gan_tensor **out);

#ifdef __cplusplus
}
#endif

#endif
