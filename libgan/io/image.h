/*
 * Pictures on their way out: what gan_image_save() has checked, and its formats.
 */
#ifndef GAN__IO_IMAGE_H
#define GAN__IO_IMAGE_H

#include <gan/context.h>

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

/* count pictures [height, width, channels] in [-1, 1], densely packed; the product is at most
 * GAN__COUNT_MAX. */
struct gan__images {
    const float *pixels;
    int64_t count, height, width, channels;
};

enum { GAN__IMAGE_SIDE_MAX = 1000000 };

/* -1 to 0, 1 to 255; ties to even; what is not a number to 0. */
static inline unsigned char
gan__image_byte(float value)
{
    const float scaled = (value + 1.0F) * 127.5F;
    if (!(scaled > 0.0F)) {
        return 0;
    }
    return scaled >= 255.0F ? 255 : (unsigned char)rintf(scaled);
}

/* image.c: one PNG, a grid of several; columns 0: the square root of their number, rounded up. A
 * number of channels that PNG has not, or too large a side, are refused. folder_later: the caller
 * syncs the file's folder. */
gan_status gan__image_write_png(gan_context *ctx, const char *path,
                                const struct gan__images *images, int64_t columns, int64_t padding,
                                bool folder_later);
/* image_array.c: uint8 [count, height, width, channels] as .npy. */
gan_status gan__image_write_npy(gan_context *ctx, const char *path,
                                const struct gan__images *images);
/* image_folder.c: a PNG each, the first one's number given. */
gan_status gan__image_write_folder(gan_context *ctx, const char *path,
                                   const struct gan__images *images, uint64_t first);

#endif
