/*
 * DiffAugment (Zhao et al. 2020) as one affine map a picture, and the adjoint of its linear part:
 * colour, then a shift, then a square that is covered.
 *
 * With brightness b, saturation s and contrast k the colours become k s x + k (1 - s) m + (1 - k) M
 * + b, where m is the mean over a pixel's channels and M over the picture: both means are
 * projections, so that the linear part is its own adjoint. A shift's adjoint is the opposite one.
 */
#include <string.h>

#include "base/context.h"
#include "base/pool.h"
#include "kernels/cut.h"
#include "kernels/kernels.h"

enum {
    DRAWS = 8 /* numbers of the stream for each picture, used or not: a step's don't move others */
};

struct augment {
    const struct gan__augment *what;
    float *y;
    const float *x;
    int64_t height, width, channels;
};

/* What happens to one picture. */
struct change {
    float pixel, mean, whole, offset; /* factors of x, m and M; what is added */
    int64_t dy, dx;
    int64_t top, left, bottom, right; /* of the square, the last two outside */
    float fill;
};

/* A whole number from least to most. */
static int64_t
draw_integer(float u, int64_t least, int64_t most)
{
    return least + (int64_t)((double)u * (double)(most - least + 1));
}

/* The part of [start, start + length) that lies in [0, size). */
static void
cut_range(int64_t start, int64_t length, int64_t size, int64_t *begin, int64_t *end)
{
    *begin = gan__max(0, gan__min(start, size));
    *end = gan__max(*begin, gan__min(start + length, size));
}

static struct change
draw_change(const struct augment *a, int64_t index)
{
    const struct gan__augment *what = a->what;
    struct change c = {.pixel = 1.0F};
    float u[DRAWS];

    gan__random_uniform(what->random, (uint64_t)index * DRAWS, DRAWS, u);
    if (what->color) {
        const float saturation = 2.0F * u[1], contrast = u[2] + 0.5F;
        c.pixel = contrast * saturation;
        c.mean = contrast * (1.0F - saturation);
        c.whole = 1.0F - contrast;
        c.offset = u[0] - 0.5F;
    }
    /* As in the paper's code it is a window that is drawn, and moves over the picture. */
    c.dy = -draw_integer(u[3], -what->shift[0], what->shift[0]);
    c.dx = -draw_integer(u[4], -what->shift[1], what->shift[1]);
    if (what->square[0] > 0 && what->square[1] > 0) {
        /* The middle lies in the picture, for even squares also at its far border. */
        const int64_t y = draw_integer(u[5], 0, a->height - what->square[0] % 2);
        const int64_t x = draw_integer(u[6], 0, a->width - what->square[1] % 2);
        cut_range(y - what->square[0] / 2, what->square[0], a->height, &c.top, &c.bottom);
        cut_range(x - what->square[1] / 2, what->square[1], a->width, &c.left, &c.right);
    }
    c.fill = what->fill;
    if (what->mode != GAN__AUGMENT_AFFINE) {
        c.offset = c.fill = 0.0F;
    }
    if (what->mode == GAN__AUGMENT_ADJOINT) {
        c.top -= c.dy;
        c.bottom -= c.dy;
        c.left -= c.dx;
        c.right -= c.dx;
        c.dy = -c.dy;
        c.dx = -c.dx;
    }
    return c;
}

/* The mean over a picture. */
static float
picture_mean(const float *x, int64_t pixels, int64_t channels)
{
    double sum = 0.0;
    for (int64_t i = 0; i < pixels; i++, x += channels) {
        float pixel = x[0];
        for (int64_t k = 1; k < channels; k++) {
            pixel += x[k];
        }
        sum += (double)pixel;
    }
    return (float)(sum / ((double)pixels * (double)channels));
}

/* y may be x; offset is the same for all. */
static void
color_pixels(const struct change *c, float offset, float *y, const float *x, int64_t pixels,
             int64_t channels)
{
    const float mean_factor = c->mean / (float)channels;
    if (channels == 3) { /* the same, without loops over channels */
        for (int64_t i = 0; i < pixels; i++, x += 3, y += 3) {
            const float rest = (x[0] + x[1] + x[2]) * mean_factor + offset;
            const float red = c->pixel * x[0] + rest, green = c->pixel * x[1] + rest;
            y[2] = c->pixel * x[2] + rest;
            y[1] = green;
            y[0] = red;
        }
        return;
    }
    for (int64_t i = 0; i < pixels; i++, x += channels, y += channels) {
        float sum = x[0];
        for (int64_t k = 1; k < channels; k++) {
            sum += x[k];
        }
        const float rest = sum * mean_factor + offset;
        for (int64_t k = 0; k < channels; k++) {
            y[k] = c->pixel * x[k] + rest;
        }
    }
}

static void
fill_values(float *y, float value, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        y[i] = value;
    }
}

/* y = x, coloured if so wanted, moved, and covered by the square. */
static void
place_picture(const struct augment *a, const struct change *c, float *y, const float *x, bool color)
{
    const int64_t channels = a->channels, row = a->width * channels;
    const float offset =
        color ? c->whole * picture_mean(x, a->height * a->width, channels) + c->offset : 0.0F;
    int64_t top, bottom, left, right;

    cut_range(c->dy, a->height, a->height, &top, &bottom);
    cut_range(c->dx, a->width, a->width, &left, &right);
    fill_values(y, c->fill, top * row);
    for (int64_t i = top; i < bottom; i++) {
        float *const to = y + i * row;
        if (right > left) {
            const float *const from = x + (i - c->dy) * row + (left - c->dx) * channels;
            if (color) {
                color_pixels(c, offset, to + left * channels, from, right - left, channels);
            } else {
                memcpy(to + left * channels, from,
                       (size_t)((right - left) * channels) * sizeof(float));
            }
        }
        fill_values(to, c->fill, left * channels);
        fill_values(to + right * channels, c->fill, row - right * channels);
    }
    fill_values(y + bottom * row, c->fill, (a->height - bottom) * row);
    cut_range(c->top, c->bottom - c->top, a->height, &top, &bottom);
    cut_range(c->left, c->right - c->left, a->width, &left, &right);
    for (int64_t i = top; i < bottom; i++) {
        fill_values(y + i * row + left * channels, c->fill, (right - left) * channels);
    }
}

static void
augment_task(void *argument, int64_t begin, int64_t end, int32_t slot)
{
    (void)slot;
    const struct augment *a = argument;
    const int64_t pixels = a->height * a->width, size = pixels * a->channels;
    const bool color = a->what->color, adjoint = a->what->mode == GAN__AUGMENT_ADJOINT;

    for (int64_t n = begin; n < end; n++) {
        const struct change c = draw_change(a, n);
        float *const y = a->y + n * size;
        place_picture(a, &c, y, a->x + n * size, color && !adjoint);
        if (color && adjoint) {
            const float offset = c.whole * picture_mean(y, pixels, a->channels);
            color_pixels(&c, offset, y, y, pixels, a->channels);
        }
    }
}

void
gan__augment_pictures(gan_context *ctx, const struct gan__augment *what, float *y, const float *x,
                      int64_t n, int64_t height, int64_t width, int64_t channels)
{
    struct augment a = {what, y, x, height, width, channels};
    gan__parallel_for(ctx, n, gan__grain(height * width * channels), augment_task, &a);
}
