/* What pooling's ops share: a window's geometry. */
#ifndef GAN__AUTOGRAD_WINDOWS_H
#define GAN__AUTOGRAD_WINDOWS_H

#include "autograd/autograd.h"
#include "kernels/kernels.h"

/* Check x and all sizes, and fill g. No window is without a pixel of x then. */
gan_status gan__windows_check(struct gan__frame *f, struct gan__windows *g, const gan_tensor *x,
                              const int64_t *kernel, const int64_t *stride, const int64_t *padding);

struct gan__shape gan__windows_shape(const struct gan__windows *g);

#endif
