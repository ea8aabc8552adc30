/* The naive kernels of windows and classes; see reference.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/reference.h"

float Sleef_finz_expf1_u10purecfma(float);
float Sleef_finz_logf1_u10purecfma(float);

/* The two pixels that a large one lies between, and their weights; one of weight 1 at borders. */
struct between {
    int64_t place[2];
    float weight[2];
};

static struct between
between(int64_t at, int64_t factor, int64_t size)
{
    int64_t halves = 2 * at + 1 - factor; /* of 1 / factor, after the first centre */
    int64_t place = 0;
    for (; halves >= 2 * factor; halves -= 2 * factor) {
        place++;
    }
    if (halves <= 0 || place == size - 1) {
        return (struct between){{place, place}, {1.0F, 0.0F}};
    }
    const float whole = (float)(2 * factor);
    return (struct between){{place, place + 1},
                            {(float)(2 * factor - halves) / whole, (float)halves / whole}};
}

/* All four products of all large pixels: y += weight * x, one way or the other. */
static void
bilinear(float *large, float *small, const float *x, int64_t n, int64_t height, int64_t width,
         int64_t c, int64_t fh, int64_t fw)
{
    for (int64_t i = 0; i < n * height * fh * width * fw * c; i++) {
        const int64_t pixel = i / c;
        const struct between row = between(pixel / (width * fw) % (height * fh), fh, height);
        const struct between column = between(pixel % (width * fw), fw, width);
        const int64_t picture = pixel / (width * fw) / (height * fh);
        for (int32_t k = 0; k < 4; k++) {
            const int64_t at =
                ((picture * height + row.place[k / 2]) * width + column.place[k % 2]) * c + i % c;
            const float weight = row.weight[k / 2] * column.weight[k % 2];
            if (large != NULL) {
                large[i] = k == 0 ? weight * x[at] : fmaf(weight, x[at], large[i]);
            } else if (weight != 0.0F) {
                small[at] = fmaf(weight, x[i], small[at]);
            }
        }
    }
}

void
gan__reference_bilinear(float *y, const float *x, int64_t n, int64_t height, int64_t width,
                        int64_t c, int64_t fh, int64_t fw)
{
    bilinear(y, NULL, x, n, height, width, c, fh, fw);
}

void
gan__reference_bilinear_adjoint(float *y, const float *x, int64_t n, int64_t height, int64_t width,
                                int64_t c, int64_t fh, int64_t fw)
{
    memset(y, 0, (size_t)(n * height * width * c) * sizeof(float));
    bilinear(NULL, y, x, n, height, width, c, fh, fw);
}

void
gan__reference_max_places(const struct gan__windows *g, int64_t *places, const float *x)
{
    for (int64_t i = 0; i < g->batch * g->out_height * g->out_width * g->channels; i++) {
        const int64_t channel = i % g->channels, column = i / g->channels % g->out_width;
        const int64_t row = i / g->channels / g->out_width % g->out_height;
        const int64_t picture = i / g->channels / g->out_width / g->out_height;
        int64_t best = -1;
        for (int64_t tap = 0; tap < g->kernel[0] * g->kernel[1]; tap++) {
            const int64_t r = row * g->stride[0] - g->padding[0] + tap / g->kernel[1];
            const int64_t s = column * g->stride[1] - g->padding[1] + tap % g->kernel[1];
            if (r < 0 || r >= g->height || s < 0 || s >= g->width) {
                continue;
            }
            const int64_t at = ((picture * g->height + r) * g->width + s) * g->channels + channel;
            if (best < 0 || x[at] > x[best] || (isnan(x[at]) && !isnan(x[best]))) {
                best = at;
            }
        }
        places[i] = best;
    }
}

/* How many of a window's places along an axis are in the picture. */
static int64_t
inside_of(const struct gan__windows *g, int32_t axis, int64_t place)
{
    int64_t count = 0;
    for (int64_t tap = 0; tap < g->kernel[axis]; tap++) {
        const int64_t at = place * g->stride[axis] - g->padding[axis] + tap;
        count += at >= 0 && at < (axis == 0 ? g->height : g->width);
    }
    return count;
}

static float
factor_of(const struct gan__windows *g, bool count_padding, int64_t row, int64_t column)
{
    const int64_t inside = inside_of(g, 0, row) * inside_of(g, 1, column);
    return (float)(1.0 / (double)(count_padding ? g->kernel[0] * g->kernel[1] : inside));
}

/* All pairs of windows and pixels, in the order of windows: *small is the window's result, *large
 * the pixel's. */
static void
average(const struct gan__windows *g, bool count_padding, float *small, float *large,
        const float *in)
{
    for (int64_t i = 0; i < g->batch * g->out_height * g->out_width * g->channels; i++) {
        const int64_t channel = i % g->channels, column = i / g->channels % g->out_width;
        const int64_t row = i / g->channels / g->out_width % g->out_height;
        const int64_t picture = i / g->channels / g->out_width / g->out_height;
        const float factor = factor_of(g, count_padding, row, column);
        float sum = 0.0F;
        for (int64_t tap = 0; tap < g->kernel[0] * g->kernel[1]; tap++) {
            const int64_t r = row * g->stride[0] - g->padding[0] + tap / g->kernel[1];
            const int64_t s = column * g->stride[1] - g->padding[1] + tap % g->kernel[1];
            if (r < 0 || r >= g->height || s < 0 || s >= g->width) {
                continue;
            }
            const int64_t at = ((picture * g->height + r) * g->width + s) * g->channels + channel;
            if (small != NULL) {
                sum += in[at];
            } else {
                large[at] = fmaf(factor, in[i], large[at]);
            }
        }
        if (small != NULL) {
            small[i] = factor * sum;
        }
    }
}

void
gan__reference_avg_pool(const struct gan__windows *g, bool count_padding, float *y, const float *x)
{
    average(g, count_padding, y, NULL, x);
}

/* Whether any window holds a place. */
static bool
is_held(const struct gan__windows *g, int32_t axis, int64_t at)
{
    for (int64_t place = 0; place < (axis == 0 ? g->out_height : g->out_width); place++) {
        const int64_t tap = at - (place * g->stride[axis] - g->padding[axis]);
        if (tap >= 0 && tap < g->kernel[axis]) {
            return true;
        }
    }
    return false;
}

/* A chain from -0 begins with its first product itself. */
void
gan__reference_avg_pool_adjoint(const struct gan__windows *g, bool count_padding, float *x,
                                const float *y)
{
    for (int64_t i = 0; i < g->batch * g->height * g->width * g->channels; i++) {
        const bool held = is_held(g, 0, i / g->channels / g->width % g->height) &&
                          is_held(g, 1, i / g->channels % g->width);
        x[i] = held ? -0.0F : 0.0F;
    }
    average(g, count_padding, NULL, x, y);
}

/* e^(x - maximum) of one row; returns the sum. */
static float
exponentials(float *y, const float *x, int64_t columns, float *most)
{
    *most = x[0];
    for (int64_t i = 1; i < columns; i++) {
        *most = x[i] > *most ? x[i] : *most;
    }
    for (int64_t i = 0; i < columns; i++) {
        y[i] = Sleef_finz_expf1_u10purecfma(x[i] - *most);
    }
    float sum = 0.0F;
    gan__reference_sum(&sum, y, 1, columns, 1, 1.0F);
    return sum;
}

void
gan__reference_softmax(float *y, const float *x, int64_t rows, int64_t columns)
{
    for (int64_t row = 0; row < rows; row++, y += columns, x += columns) {
        float most;
        const float sum = exponentials(y, x, columns, &most);
        for (int64_t i = 0; i < columns; i++) {
            y[i] /= sum;
        }
    }
}

void
gan__reference_cross_entropy(float *y, const float *x, const int32_t *labels, int64_t rows,
                             int64_t columns)
{
    float *const work = malloc((size_t)columns * sizeof(*work));
    for (int64_t row = 0; row < rows; row++, x += columns) {
        float most;
        const float sum = exponentials(work, x, columns, &most);
        y[row] = Sleef_finz_logf1_u10purecfma(sum) - (x[labels[row]] - most);
    }
    free(work);
}
