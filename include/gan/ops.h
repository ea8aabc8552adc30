/*
 * Differentiable operations, and derivatives of any order.
 *
 * An op computes at once. If one of its inputs requires a gradient (and no gan_no_grad_begin() is
 * in force), it records itself, and its gradient rule is made of ops again, so that gradients of
 * gradients need nothing else.
 *
 * Every op here takes tensors of one context, leaves its inputs unchanged, gives the caller one
 * reference to *out, and can return: GAN_OK; GAN_E_ARG for a NULL pointer, a tensor of another
 * context or a parameter out of bounds; GAN_E_SHAPE for shapes that don't fit (the sentence has
 * both); GAN_E_NOMEM; GAN_E_DIVERGED inside a trainer's search for the first non-finite value. What
 * more there is stands with the op. One thread at a time in a context.
 *
 * Two inputs broadcast as in NumPy: shapes are aligned at the right, and a size of 1 is repeated.
 * Plain numbers must be finite as floats; sizes of kernels, strides, paddings and factors are at
 * most 2^20.
 */
#ifndef GAN_OPS_H
#define GAN_OPS_H

#include <gan/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Arithmetic; inputs broadcast. */

/** out = a + b */
GAN_API GAN_NODISCARD gan_status gan_add(gan_context *context, gan_tensor **out, gan_tensor *a,
                                         gan_tensor *b);
/** out = a - b */
GAN_API GAN_NODISCARD gan_status gan_sub(gan_context *context, gan_tensor **out, gan_tensor *a,
                                         gan_tensor *b);
/** out = a * b, element by element */
GAN_API GAN_NODISCARD gan_status gan_mul(gan_context *context, gan_tensor **out, gan_tensor *a,
                                         gan_tensor *b);
/** out = a / b, element by element */
GAN_API GAN_NODISCARD gan_status gan_div(gan_context *context, gan_tensor **out, gan_tensor *a,
                                         gan_tensor *b);
/** out = scale * x + offset, with two plain numbers (rounded to float) */
GAN_API GAN_NODISCARD gan_status gan_affine(gan_context *context, gan_tensor **out, gan_tensor *x,
                                            double scale, double offset);

/* Element by element. exp, log, tanh, sigmoid and softplus are within 1 ulp or so and the same bits
 * on every CPU. */

/** out = x * x */
GAN_API GAN_NODISCARD gan_status gan_square(gan_context *context, gan_tensor **out, gan_tensor *x);
/** out = sqrt(x) */
GAN_API GAN_NODISCARD gan_status gan_sqrt(gan_context *context, gan_tensor **out, gan_tensor *x);
/** out = e^x */
GAN_API GAN_NODISCARD gan_status gan_exp(gan_context *context, gan_tensor **out, gan_tensor *x);
/** out = ln x */
GAN_API GAN_NODISCARD gan_status gan_log(gan_context *context, gan_tensor **out, gan_tensor *x);
/** out = tanh x */
GAN_API GAN_NODISCARD gan_status gan_tanh(gan_context *context, gan_tensor **out, gan_tensor *x);
/** out = 1 / (1 + e^-x) */
GAN_API GAN_NODISCARD gan_status gan_sigmoid(gan_context *context, gan_tensor **out, gan_tensor *x);
/**
 * out = ln(1 + e^x), in the form that neither overflows nor loses small values: max(x, 0) +
 * log1p(e^-|x|)
 */
GAN_API GAN_NODISCARD gan_status gan_softplus(gan_context *context, gan_tensor **out,
                                              gan_tensor *x);
/**
 * out = x where x > 0, else slope * x; slope 0 is relu. The derivative at 0 is slope, as PyTorch's.
 */
GAN_API GAN_NODISCARD gan_status gan_leaky_relu(gan_context *context, gan_tensor **out,
                                                gan_tensor *x, double slope);

/** out = |x|; the derivative at 0 is 0, as PyTorch's. */
GAN_API GAN_NODISCARD gan_status gan_abs(gan_context *context, gan_tensor **out, gan_tensor *x);
/**
 * out = x where x > 0, else alpha * (e^x - 1), without loss near 0. (Clevert et al. 2016)
 * @param alpha  0 or more.
 */
GAN_API GAN_NODISCARD gan_status gan_elu(gan_context *context, gan_tensor **out, gan_tensor *x,
                                         double alpha);
/** out = x * sigmoid(x). (Elfwing et al. 2017; Ramachandran et al. 2017) */
GAN_API GAN_NODISCARD gan_status gan_silu(gan_context *context, gan_tensor **out, gan_tensor *x);
/**
 * out = x, but low where x is below it and high where it is above. The derivative is 1 from low to
 * high, both included, else 0, as PyTorch's.
 * @param low,high  low at most high.
 */
GAN_API GAN_NODISCARD gan_status gan_clamp(gan_context *context, gan_tensor **out, gan_tensor *x,
                                           double low, double high);

/* Sums and shapes. */

/**
 * Sum over axes. axes has count axes (each once; negative ones count from the end); count 0 sums
 * over all of them, with axes NULL. keep_dims != 0 leaves sizes of 1. The order of addition depends
 * on the shape only.
 */
GAN_API GAN_NODISCARD gan_status gan_sum(gan_context *context, gan_tensor **out, gan_tensor *x,
                                         const int32_t *axes, int32_t count, int32_t keep_dims);
/**
 * Mean over axes; the arguments are gan_sum()'s. GAN_E_SHAPE if there is nothing to take the mean
 * of.
 */
GAN_API GAN_NODISCARD gan_status gan_mean(gan_context *context, gan_tensor **out, gan_tensor *x,
                                          const int32_t *axes, int32_t count, int32_t keep_dims);
/** Repeat sizes of 1 (and missing outer dimensions) up to the given shape. */
GAN_API GAN_NODISCARD gan_status gan_broadcast_to(gan_context *context, gan_tensor **out,
                                                  gan_tensor *x, const int64_t *shape,
                                                  int32_t rank);
/** The adjoint of gan_broadcast_to(): sum over what it would repeat, down to the given shape. */
GAN_API GAN_NODISCARD gan_status gan_sum_to(gan_context *context, gan_tensor **out, gan_tensor *x,
                                            const int64_t *shape, int32_t rank);
/**
 * The same elements in the same order under another shape; one size may be -1. Shares memory with
 * x.
 */
GAN_API GAN_NODISCARD gan_status gan_reshape(gan_context *context, gan_tensor **out, gan_tensor *x,
                                             const int64_t *shape, int32_t rank);
/** Reorder axes: axis i of out is axis order[i] of x; order has x's rank entries. */
GAN_API GAN_NODISCARD gan_status gan_permute(gan_context *context, gan_tensor **out, gan_tensor *x,
                                             const int32_t *order);
/** Join count tensors along an axis; the other sizes must agree. */
GAN_API GAN_NODISCARD gan_status gan_concat(gan_context *context, gan_tensor **out,
                                            gan_tensor *const *tensors, int32_t count,
                                            int32_t axis);
/** The part [start, start + length) of an axis. */
GAN_API GAN_NODISCARD gan_status gan_slice(gan_context *context, gan_tensor **out, gan_tensor *x,
                                           int32_t axis, int64_t start, int64_t length);
/** The adjoint of gan_slice(): x placed at start of an axis of the given size, zeros around it. */
GAN_API GAN_NODISCARD gan_status gan_pad(gan_context *context, gan_tensor **out, gan_tensor *x,
                                         int32_t axis, int64_t start, int64_t size);

/* Products. */

/**
 * Matrix product of a [m, k] and b [k, n]; with transpose_a != 0 a is given as [k, m], with
 * transpose_b b as [n, k].
 */
GAN_API GAN_NODISCARD gan_status gan_matmul(gan_context *context, gan_tensor **out, gan_tensor *a,
                                            gan_tensor *b, int32_t transpose_a,
                                            int32_t transpose_b);

/**
 * Convolution (cross-correlation, as in PyTorch): x [N, H, W, C], weight [kernel_h, kernel_w, C, F]
 * gives out [N, (H + 2 padding - kernel_h) / stride + 1, ..., F].
 * @param stride   2 sizes, height and width, each 1 or more.
 * @param padding  2 sizes, each 0 or more; zeros on both sides.
 */
GAN_API GAN_NODISCARD gan_status gan_conv2d(gan_context *context, gan_tensor **out, gan_tensor *x,
                                            gan_tensor *weight, const int64_t *stride,
                                            const int64_t *padding);
/**
 * Transposed convolution: the adjoint of gan_conv2d() by its input. x [N, h, w, F], weight
 * [kernel_h, kernel_w, C, F] gives out [N, (h - 1) stride - 2 padding + kernel_h + output_padding,
 * ..., C].
 * @param output_padding  2 sizes, each below its stride: which of the sizes that the convolution
 *                        maps to h is meant.
 */
GAN_API GAN_NODISCARD gan_status gan_conv_transpose2d(gan_context *context, gan_tensor **out,
                                                      gan_tensor *x, gan_tensor *weight,
                                                      const int64_t *stride, const int64_t *padding,
                                                      const int64_t *output_padding);
/**
 * The third product: the gradient of gan_conv2d() by its weight. x [N, H, W, C], y [N, h, w, F]
 * gives out [kernel_h, kernel_w, C, F].
 * @param kernel  2 sizes, kernel_h and kernel_w.
 */
GAN_API GAN_NODISCARD gan_status gan_conv2d_weight(gan_context *context, gan_tensor **out,
                                                   gan_tensor *x, gan_tensor *y,
                                                   const int64_t *kernel, const int64_t *stride,
                                                   const int64_t *padding);

/* Resampling, x [N, H, W, C]; a factor or kernel has 2 sizes, height and width. */

/** Nearest-neighbour upsampling by whole factors. */
GAN_API GAN_NODISCARD gan_status gan_upsample_nearest2d(gan_context *context, gan_tensor **out,
                                                        gan_tensor *x, const int64_t *factor);
/**
 * Mean over windows; rows and columns that don't fill a window are left out.
 * @param kernel,stride,padding  2 sizes each; a padding at most half its kernel.
 * @param count_include_padding  0: divide by the number of a window's pixels of x; else by that of
 *                               all its places, as if padding were zeros.
 */
GAN_API GAN_NODISCARD gan_status gan_avg_pool2d(gan_context *context, gan_tensor **out,
                                                gan_tensor *x, const int64_t *kernel,
                                                const int64_t *stride, const int64_t *padding,
                                                int32_t count_include_padding);

/**
 * Bilinear upsampling by whole factors, pixels as squares whose centres are sampled (PyTorch's
 * align_corners=False); beyond the outermost centres the border is repeated.
 */
GAN_API GAN_NODISCARD gan_status gan_upsample_bilinear2d(gan_context *context, gan_tensor **out,
                                                         gan_tensor *x, const int64_t *factor);
/**
 * Maximum over windows; padding counts as minus infinity. The derivative goes to the first maximum
 * in a window's row-major order, as PyTorch's.
 * @param kernel,stride,padding  2 sizes each; a padding at most half its kernel.
 */
GAN_API GAN_NODISCARD gan_status gan_max_pool2d(gan_context *context, gan_tensor **out,
                                                gan_tensor *x, const int64_t *kernel,
                                                const int64_t *stride, const int64_t *padding);

/* Classes. */

/** out = e^x / sum of e^x over the last axis, without overflow. */
GAN_API GAN_NODISCARD gan_status gan_softmax(gan_context *context, gan_tensor **out, gan_tensor *x);
/**
 * The mean over samples of -log softmax(logits)[label], one number (rank 0), without overflow.
 * @param logits  [N, classes], N at least 1.
 * @param labels  count labels, each 0 to classes - 1. Copied.
 * @param count   N.
 */
GAN_API GAN_NODISCARD gan_status gan_softmax_cross_entropy(gan_context *context, gan_tensor **out,
                                                           gan_tensor *logits,
                                                           const int32_t *labels, int64_t count);
/**
 * The share of samples in [0, 1] whose largest logit (the first, among equals) is the label's. A
 * row that holds a value that is not a number counts as wrong.
 * @param logits,labels,count  As gan_softmax_cross_entropy().
 */
GAN_API GAN_NODISCARD gan_status gan_accuracy(gan_context *context, double *accuracy,
                                              gan_tensor *logits, const int32_t *labels,
                                              int64_t count);

/* Normalisation and noise. */

/**
 * Batch normalisation with the batch's own statistics, over all axes but the last: x [..., C],
 * weight and bias [C]. out = (x - mean) / sqrt(variance + epsilon) * weight + bias, variance
 * biased. (Ioffe, Szegedy 2015)
 * @param mean,variance  If not NULL, set to what was used, [C], cut off from the graph, one
 *                       reference each.
 */
GAN_API GAN_NODISCARD gan_status gan_batch_norm(gan_context *context, gan_tensor **out,
                                                gan_tensor **mean, gan_tensor **variance,
                                                gan_tensor *x, gan_tensor *weight, gan_tensor *bias,
                                                double epsilon);
/**
 * Dropout: each element is 0 with the given probability, else divided by (1 - probability).
 * (Srivastava et al. 2014)
 * @param probability  0 to below 1.
 * @param stream       The random stream; the same one drops the same elements.
 */
GAN_API GAN_NODISCARD gan_status gan_dropout(gan_context *context, gan_tensor **out, gan_tensor *x,
                                             double probability, uint64_t stream);

/* Gradients. */

/**
 * Add the gradient of a single number to every tensor that requires one and that it was computed
 * from.
 *
 * The graph is used up on the way: what it saved is given back as early as it is no longer needed.
 * All gradients are computed before the first is added, so that a failed call changes none.
 * @param output        A tensor of one element, the result of recorded ops.
 * @param create_graph  Not 0: the gradients are results of recorded ops themselves, and the graph
 *                      stays usable. Such a gradient and its tensor hold each other until
 *                      gan_tensor_clear_gradient() or the context's end.
 * @retval GAN_OK       Added; read with gan_tensor_gradient().
 * @retval GAN_E_ARG    A NULL pointer.
 * @retval GAN_E_SHAPE  output has not one element.
 * @retval GAN_E_STATE  output was not recorded, its graph is used up, or a saved tensor was changed
 *                      since by gan_tensor_write() or an optimizer.
 * @retval GAN_E_NOMEM  No memory; no gradient was changed, but the graph may be used up.
 */
GAN_API GAN_NODISCARD gan_status gan_backward(gan_context *context, gan_tensor *output,
                                              int32_t create_graph);

/**
 * The gradients of the sum of all elements of outputs, with respect to inputs; nothing is added to
 * any tensor's gradient.
 *
 * @param gradients     input_count handles, filled; NULL where an input does not take part.
 * @param outputs       output_count tensors.
 * @param inputs        input_count tensors that require a gradient, leaves or not.
 * @param create_graph  As in gan_backward(): not 0 to differentiate the gradients again, or to use
 *                      the graph again.
 * @retval As gan_backward(), but outputs may have any number of elements.
 */
GAN_API GAN_NODISCARD gan_status gan_grad(gan_context *context, gan_tensor **gradients,
                                          gan_tensor *const *outputs, int64_t output_count,
                                          gan_tensor *const *inputs, int64_t input_count,
                                          int32_t create_graph);

/**
 * From here on ops record nothing, until as many gan_no_grad_end() calls.
 * @retval GAN_OK
 * @retval GAN_E_ARG  NULL.
 */
GAN_API GAN_NODISCARD gan_status gan_no_grad_begin(gan_context *context);
/**
 * @retval GAN_OK
 * @retval GAN_E_ARG  context is NULL.
 * @retval GAN_E_STATE  There was no gan_no_grad_begin().
 */
GAN_API GAN_NODISCARD gan_status gan_no_grad_end(gan_context *context);

#ifdef __cplusplus
}
#endif

#endif
