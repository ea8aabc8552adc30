/*
 * What layers with windows over pictures share (window.c): what comes out, and the pools' options.
 */
#ifndef GAN__LAYERS_WINDOW_H
#define GAN__LAYERS_WINDOW_H

#include "layers/class.h"

struct gan__window {
    int64_t kernel[2], stride[2], padding[2];
};

/* The rows of a pool's table, whose struct has a member `window`. */
/* clang-format off */
#define GAN__POOL_OPTIONS(owner, padding_doc)                                                      \
    {.name = "kernel", .type = GAN__OPTION_PAIR, .offset = offsetof(owner, window.kernel),         \
     .minimum = 1, .maximum = GAN__TAPS_MAX_OPTION, .fallback = "2",                               \
     .doc = "the window, height x width"},                                                         \
    {.name = "stride", .type = GAN__OPTION_PAIR, .offset = offsetof(owner, window.stride),         \
     .minimum = 1, .maximum = GAN__TAPS_MAX_OPTION,                                                \
     .doc = "step between windows; default: kernel"},                                              \
    {.name = "padding", .type = GAN__OPTION_PAIR, .offset = offsetof(owner, window.padding),       \
     .minimum = 0, .maximum = GAN__TAPS_MAX_OPTION, .fallback = "0", .doc = (padding_doc)}
/* clang-format on */

/* A stride that was not given is the kernel; at most half of a window is padding. */
gan_status gan__pool_check(gan_layer *layer, struct gan__window *window);
/* *out = [windows that fit above each other, and side by side, channels]. */
gan_status gan__window_shape(gan_layer *layer, const struct gan__window *window,
                             const struct gan__shape *in, int64_t channels, struct gan__shape *out);

#endif
