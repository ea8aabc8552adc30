/*
 * Reading one picture, PNG or JPEG, on any thread: nothing here touches the context, so that
 * decoding can go on beside it. Memory is the system's (gan__system_allocate) through `host`.
 */
#ifndef GAN__IO_PICTURE_H
#define GAN__IO_PICTURE_H

#include <gan/context.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct gan__picture_block;

/* A decoded picture: 8 bits, 1 (grey) or 3 (RGB) channels, upright (EXIF's orientation is applied),
 * without transparency (laid over the background). */
struct gan__picture {
    const gan_host *host;
    uint8_t *pixels; /* [height, width, channels]; NULL while empty */
    int64_t height, width;
    int32_t channels;
    size_t capacity;                  /* bytes of pixels; kept for the next picture */
    struct gan__picture_block *spare; /* what decoding took before; kept, too */
};

struct gan__picture_options {
    uint8_t background[3];
    int32_t channels;   /* 1 or 3: what the picture is turned into */
    int64_t max_pixels; /* refuse larger ones */
};

enum { GAN__PICTURE_SENTENCE = 256 };

/* Decode bytes of a whole file. On failure `sentence` says what is wrong (without the path):
 * GAN_E_FORMAT, GAN_E_UNSUPPORTED (no JPEG in this build), GAN_E_NOMEM. */
gan_status gan__picture_decode(struct gan__picture *picture, const uint8_t *bytes, size_t size,
                               const struct gan__picture_options *options,
                               char sentence[GAN__PICTURE_SENTENCE]);
void gan__picture_free(struct gan__picture *picture);

#endif
