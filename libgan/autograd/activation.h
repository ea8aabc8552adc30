/* What the ops of one tensor, element by element, and their fused gradients share. */
#ifndef GAN__AUTOGRAD_ACTIVATION_H
#define GAN__AUTOGRAD_ACTIVATION_H

#include "autograd/autograd.h"
#include "kernels/kernels.h"

/* result = f(x; a, b), recorded; nothing is saved. */
gan_status gan__activation(struct gan__frame *f, gan_tensor *x, enum gan__unary kind, float a,
                           float b);
/* result = f(p, q; a, b) of equal shapes; p and q are checked already. */
gan_status gan__fused_gradient(struct gan__frame *f, gan_tensor *p, gan_tensor *q,
                               enum gan__binary kind, float a, float b);

/* Whole ops f(p, q; a): with gradients by both; saves p (if read) in place 0 and q in place 1, a in
 * reals[0]. */
gan_status gan__smooth_gradient(gan_context *ctx, gan_tensor **out, gan_tensor *p, gan_tensor *q,
                                const struct gan__op *op, enum gan__binary kind, double a);
/* Of piecewise linear functions: with a gradient by p only; saves q in place 0, a and b in
 * reals. */
gan_status gan__flat_gradient(gan_context *ctx, gan_tensor **out, gan_tensor *p, gan_tensor *q,
                              const struct gan__op *op, enum gan__binary kind, double a, double b);

#endif
