/*
 * gan_augment() inside: options that are parsed once, and applied to each batch with a stream of
 * its own.
 */
#ifndef GAN__DATA_AUGMENT_H
#define GAN__DATA_AUGMENT_H

#include <gan/dataset.h>

#include <stdbool.h>

#include "base/random.h"
#include "base/text.h"

/* Plain data, nothing to free. */
struct gan__augmentation {
    bool color;
    double translation, cutout; /* shares of the side; below 0: not in the policy */
    double fill;
};

/* The options are gan_augment()'s; NULL is all defaults. On failure the struct is unchanged. */
gan_status gan__augmentation_parse(gan_context *ctx, struct gan__augmentation *augmentation,
                                   const char *text);
/* *out is a handle for the caller. Picture i of a batch draws from places of its own in the stream,
 * the same ones whatever the policy. */
gan_status gan__augmentation_apply(gan_context *ctx, gan_tensor **out, gan_tensor *x,
                                   const struct gan__augmentation *augmentation,
                                   struct gan__random random);
/* Append the documentation of the options. */
void gan__augmentation_document(struct gan__text *out);

#endif
