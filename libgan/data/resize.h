/*
 * Resampling of 8-bit pictures, the same bytes as Pillow's Image.resize(): antialiased, two passes
 * with bytes between them, fixed-point weights. On any thread.
 */
#ifndef GAN__DATA_RESIZE_H
#define GAN__DATA_RESIZE_H

#include <stdint.h>

#include "data/room.h"

enum gan__filter {
    GAN__FILTER_BOX,
    GAN__FILTER_BILINEAR,
    GAN__FILTER_BICUBIC,
    GAN__FILTER_LANCZOS
};

/* One direction: `in` pixels become `out`, of which [first, first + count) are wanted. */
struct gan__resize_plan {
    int64_t in, out, first, count;
    enum gan__filter filter;
};

/* Its weights, kept for the next picture of the same size. */
struct gan__resize_axis {
    struct gan__resize_plan plan;
    bool ready;
    bool copies;              /* in and out are equal: no pass */
    int64_t stride;           /* weights of one output pixel */
    struct gan__room windows; /* struct window: one for each output pixel */
    struct gan__room weights; /* int32_t [count, stride] */
    struct gan__room scratch; /* double [stride] */
};

struct gan__resizer {
    const gan_host *host;
    struct gan__resize_axis down, across;
    struct gan__room row;  /* uint8_t: one row that is as wide as the result */
    struct gan__room sums; /* uint32_t: of the whole result */
};

/* pixels: [down.in, across.in, channels] with `stride` bytes from row to row; out: [down.count,
 * across.count, channels]. The plans' filters are the same. False without memory. */
bool gan__resize(struct gan__resizer *resizer, const struct gan__resize_plan *down,
                 const struct gan__resize_plan *across, int32_t channels, const uint8_t *pixels,
                 int64_t stride, uint8_t *out);
void gan__resizer_free(struct gan__resizer *resizer);

/* How a picture of one size becomes one of another. */
enum gan__fit { GAN__FIT_CROP_RESIZE, GAN__FIT_RESIZE_CROP, GAN__FIT_STRETCH };

/* A rectangle of the picture, and what it is resized to and which part of that is wanted. */
struct gan__fitting {
    int64_t top, left;
    struct gan__resize_plan down, across; /* in: the rectangle's sides */
};

void gan__fit(struct gan__fitting *fitting, enum gan__fit fit, enum gan__filter filter,
              int64_t height, int64_t width, int64_t to_height, int64_t to_width);

#endif
