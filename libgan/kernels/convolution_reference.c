/* The convolution's naive reference: see convolution_reference.h. */
#include "kernels/convolution_reference.h"

#include <math.h>
#include <stdlib.h>

#include "kernels/convolution.h"
#include "kernels/winograd.h"

static float
pixel(const float *picture, int64_t height, int64_t width, int64_t channels, int64_t y, int64_t x,
      int64_t c)
{
    const bool inside = y >= 0 && y < height && x >= 0 && x < width;
    return inside ? picture[(y * width + x) * channels + c] : 0.0F;
}

static float
weight_of(const struct gan__convolution *g, const float *weight, int64_t r, int64_t s, int64_t c,
          int64_t f)
{
    return weight[((r * g->kernel_width + s) * g->in_channels + c) * g->out_channels + f];
}

static float
forward_at(const struct gan__convolution *g, const float *picture, const float *weight, int64_t oy,
           int64_t ox, int64_t f)
{
    float sum = 0.0F;
    for (int64_t r = 0; r < g->kernel_height; r++) {
        for (int64_t s = 0; s < g->kernel_width; s++) {
            for (int64_t c = 0; c < g->in_channels; c++) {
                const int64_t iy = oy * g->stride_height - g->padding_height + r;
                const int64_t ix = ox * g->stride_width - g->padding_width + s;
                const float a =
                    pixel(picture, g->in_height, g->in_width, g->in_channels, iy, ix, c);
                sum = fmaf(a, weight_of(g, weight, r, s, c, f), sum);
            }
        }
    }
    return sum;
}

/* winograd.h's transforms in one direction, towards the products. */
static float
difference_of(const float a[3], int64_t point)
{
    return point == 1 ? a[1] : a[point] - a[1];
}

static float
spread_of(const float a[2], int64_t point)
{
    return point == 0 ? a[0] : point == 1 ? a[0] + a[1] : a[1];
}

/* A phase's 3x3 pixels of x from output (y, x) on, at one point. */
static float
input_point(const struct gan__convolution *g, const float *picture, int64_t y, int64_t x,
            int64_t phase, int64_t c, int64_t point)
{
    float row[3];
    for (int64_t j = 0; j < 3; j++) {
        float column[3];
        for (int64_t i = 0; i < 3; i++) {
            column[i] = pixel(picture, g->in_height, g->in_width, g->in_channels,
                              2 * (y + i) + phase / 2 - g->padding_height,
                              2 * (x + j) + phase % 2 - g->padding_width, c);
        }
        row[j] = difference_of(column, point / 3);
    }
    return difference_of(row, point % 3);
}

static float
weight_point(const struct gan__convolution *g, const float *weight, int64_t phase, int64_t c,
             int64_t f, int64_t point)
{
    float row[2];
    for (int64_t j = 0; j < 2; j++) {
        const float column[2] = {
            weight_of(g, weight, phase / 2, 2 * j + phase % 2, c, f),
            weight_of(g, weight, 2 + phase / 2, 2 * j + phase % 2, c, f),
        };
        row[j] = spread_of(column, point / 3);
    }
    return spread_of(row, point % 3);
}

static float
forward_tiled_at(const struct gan__convolution *g, const float *picture, const float *weight,
                 int64_t oy, int64_t ox, int64_t f)
{
    float row[2];
    for (int64_t j = 0; j < 2; j++) {
        float sums[2];
        for (int64_t i = 0; i < 2; i++) {
            const int64_t point = (oy % 2 + i) * 3 + ox % 2 + j;
            sums[i] = 0.0F;
            for (int64_t phase = 0; phase < GAN__PHASES; phase++) {
                for (int64_t c = 0; c < g->in_channels; c++) {
                    sums[i] = fmaf(input_point(g, picture, oy / 2 * 2, ox / 2 * 2, phase, c, point),
                                   weight_point(g, weight, phase, c, f, point), sums[i]);
                }
            }
        }
        row[j] = sums[0] + sums[1];
    }
    return row[0] + row[1];
}

/* The same for 3x3 kernels. */
static float
wide_difference_of(const float a[4], int64_t point)
{
    return point == 0   ? a[0] - a[2]
           : point == 1 ? a[1] + a[2]
           : point == 2 ? a[2] - a[1]
                        : a[1] - a[3];
}

static float
wide_spread_of(const float a[3], int64_t point)
{
    const float outer = a[0] + a[2];
    return point == 0   ? a[0]
           : point == 1 ? (outer + a[1]) * 0.5F
           : point == 2 ? (outer - a[1]) * 0.5F
                        : a[2];
}

static float
wide_input_point(const struct gan__convolution *g, const float *picture, int64_t y, int64_t x,
                 int64_t c, int64_t point)
{
    float row[4];
    for (int64_t j = 0; j < 4; j++) {
        float column[4];
        for (int64_t i = 0; i < 4; i++) {
            column[i] = pixel(picture, g->in_height, g->in_width, g->in_channels,
                              y + i - g->padding_height, x + j - g->padding_width, c);
        }
        row[j] = wide_difference_of(column, point / 4);
    }
    return wide_difference_of(row, point % 4);
}

static float
wide_weight_point(const struct gan__convolution *g, const float *weight, int64_t c, int64_t f,
                  int64_t point)
{
    float row[3];
    for (int64_t j = 0; j < 3; j++) {
        float column[3];
        for (int64_t i = 0; i < 3; i++) {
            column[i] = weight_of(g, weight, i, j, c, f);
        }
        row[j] = wide_spread_of(column, point / 4);
    }
    return wide_spread_of(row, point % 4);
}

/* First and second output of a tile. */
static float
wide_sum_of(const float a[3], int64_t second)
{
    return second ? a[0] - a[1] - a[2] : a[0] + a[1] + a[2];
}

static float
forward_wide_at(const struct gan__convolution *g, const float *picture, const float *weight,
                int64_t oy, int64_t ox, int64_t f)
{
    float row[3];
    for (int64_t j = 0; j < 3; j++) {
        float sums[3];
        for (int64_t i = 0; i < 3; i++) {
            const int64_t point = (oy % 2 + i) * 4 + ox % 2 + j;
            sums[i] = 0.0F;
            for (int64_t c = 0; c < g->in_channels; c++) {
                sums[i] = fmaf(wide_input_point(g, picture, oy / 2 * 2, ox / 2 * 2, c, point),
                               wide_weight_point(g, weight, c, f, point), sums[i]);
            }
        }
        row[j] = wide_sum_of(sums, oy % 2);
    }
    return wide_sum_of(row, ox % 2);
}

void
gan__reference_convolution_forward(const struct gan__convolution *g, float *y, const float *x,
                                   const float *weight)
{
    const struct gan__winograd_form *form = gan__winograd_find(g);
    for (int64_t n = 0; n < g->batch; n++) {
        const float *picture = x + n * g->in_height * g->in_width * g->in_channels;
        for (int64_t oy = 0; oy < g->out_height; oy++) {
            for (int64_t ox = 0; ox < g->out_width; ox++) {
                for (int64_t f = 0; f < g->out_channels; f++) {
                    *y++ = form == &gan__winograd_4x4
                               ? forward_tiled_at(g, picture, weight, oy, ox, f)
                           : form == &gan__winograd_3x3
                               ? forward_wide_at(g, picture, weight, oy, ox, f)
                               : forward_at(g, picture, weight, oy, ox, f);
                }
            }
        }
    }
}

/* One chain over all taps of the pixel's phase, then filters. */
static float
input_at(const struct gan__convolution *g, const float *picture, const float *weight, int64_t iy,
         int64_t ix, int64_t c)
{
    float sum = 0.0F;
    for (int64_t r = 0; r < g->kernel_height; r++) {
        for (int64_t s = 0; s < g->kernel_width; s++) {
            const int64_t y = iy + g->padding_height - r;
            const int64_t x = ix + g->padding_width - s;
            if (y % g->stride_height != 0 || x % g->stride_width != 0) {
                continue;
            }
            for (int64_t f = 0; f < g->out_channels; f++) {
                const float a = pixel(picture, g->out_height, g->out_width, g->out_channels,
                                      y / g->stride_height, x / g->stride_width, f);
                sum = fmaf(a, weight_of(g, weight, r, s, c, f), sum);
            }
        }
    }
    return sum;
}

/* A chain over filters for each pixel of y that meets this one, added in the order of y's
 * pixels. */
static float
input_gathered_at(const struct gan__convolution *g, const float *picture, const float *weight,
                  int64_t iy, int64_t ix, int64_t c)
{
    float sum = 0.0F;
    for (int64_t oy = 0; oy < g->out_height; oy++) {
        for (int64_t ox = 0; ox < g->out_width; ox++) {
            const int64_t r = iy + g->padding_height - oy * g->stride_height;
            const int64_t s = ix + g->padding_width - ox * g->stride_width;
            if (r < 0 || r >= g->kernel_height || s < 0 || s >= g->kernel_width) {
                continue;
            }
            float product = 0.0F;
            for (int64_t f = 0; f < g->out_channels; f++) {
                product = fmaf(picture[(oy * g->out_width + ox) * g->out_channels + f],
                               weight_of(g, weight, r, s, c, f), product);
            }
            sum += product;
        }
    }
    return sum;
}

/* y's 2x2 pixels of a tile from (y, x) on, at one point; 0 beyond y. */
static float
output_point(const struct gan__convolution *g, const float *picture, int64_t y, int64_t x,
             int64_t f, int64_t point)
{
    float row[2];
    for (int64_t j = 0; j < 2; j++) {
        float column[2];
        for (int64_t i = 0; i < 2; i++) {
            column[i] =
                pixel(picture, g->out_height, g->out_width, g->out_channels, y + i, x + j, f);
        }
        row[j] = spread_of(column, point / 3);
    }
    return spread_of(row, point % 3);
}

/* A tile's product for one channel of x; 0 where the tile or its point is missing. */
static float
input_product(const struct gan__convolution *g, const float *picture, const float *weight,
              int64_t y, int64_t x, int64_t phase, int64_t c, int64_t point)
{
    float sum = 0.0F;
    if (y < 0 || y + point / 3 / 2 >= g->out_height || x < 0 || x + point % 3 / 2 >= g->out_width) {
        return 0.0F;
    }
    for (int64_t f = 0; f < g->out_channels; f++) {
        sum = fmaf(output_point(g, picture, y, x, f, point),
                   weight_point(g, weight, phase, c, f, point), sum);
    }
    return sum;
}

/* First and second pixel of a tile from the last product of the one before and its own. */
static float
join_of(const float a[4], int64_t second)
{
    return second ? a[2] - a[1] - a[3] : a[0] + a[1];
}

static float
input_tiled_at(const struct gan__convolution *g, const float *picture, const float *weight,
               int64_t iy, int64_t ix, int64_t c)
{
    const int64_t y = iy + g->padding_height;
    const int64_t x = ix + g->padding_width;
    float row[4];
    for (int64_t j = 0; j < 4; j++) {
        float column[4];
        for (int64_t i = 0; i < 4; i++) {
            const int64_t point = (i == 0 ? 2 : i - 1) * 3 + (j == 0 ? 2 : j - 1);
            column[i] = input_product(g, picture, weight, y / 4 * 2 - (i == 0 ? 2 : 0),
                                      x / 4 * 2 - (j == 0 ? 2 : 0), y % 2 * 2 + x % 2, c, point);
        }
        row[j] = join_of(column, y / 2 % 2);
    }
    return join_of(row, x / 2 % 2);
}

/* Forward from y to x, with the kernel turned around. */
static void
input_turned(const struct gan__convolution *g, float *x, const float *y, const float *weight)
{
    const struct gan__convolution turned = {
        .batch = g->batch,
        .in_height = g->out_height,
        .in_width = g->out_width,
        .in_channels = g->out_channels,
        .out_height = g->in_height,
        .out_width = g->in_width,
        .out_channels = g->in_channels,
        .kernel_height = 3,
        .kernel_width = 3,
        .stride_height = 1,
        .stride_width = 1,
        .padding_height = 2 - g->padding_height,
        .padding_width = 2 - g->padding_width,
    };
    float *const kernel = malloc((size_t)(9 * g->in_channels * g->out_channels) * sizeof(float));
    for (int64_t i = 0; i < 9 * g->in_channels * g->out_channels; i++) {
        const int64_t tap = i / g->in_channels / g->out_channels;
        kernel[i] = weight_of(g, weight, 2 - tap / 3, 2 - tap % 3, i % g->in_channels,
                              i / g->in_channels % g->out_channels);
    }
    for (int64_t i = 0; i < g->batch * g->in_height * g->in_width * g->in_channels; i++) {
        const int64_t p = i / g->in_channels;
        const float *picture =
            y + p / g->in_width / g->in_height * g->out_height * g->out_width * g->out_channels;
        x[i] = forward_wide_at(&turned, picture, kernel, p / g->in_width % g->in_height,
                               p % g->in_width, i % g->in_channels);
    }
    free(kernel);
}

void
gan__reference_convolution_input(const struct gan__convolution *g, float *x, const float *y,
                                 const float *weight)
{
    const struct gan__winograd_form *form = gan__winograd_find(g);
    if (form == &gan__winograd_3x3) {
        input_turned(g, x, y, weight);
        return;
    }
    for (int64_t n = 0; n < g->batch; n++) {
        const float *picture = y + n * g->out_height * g->out_width * g->out_channels;
        for (int64_t iy = 0; iy < g->in_height; iy++) {
            for (int64_t ix = 0; ix < g->in_width; ix++) {
                for (int64_t c = 0; c < g->in_channels; c++) {
                    *x++ = form != NULL ? input_tiled_at(g, picture, weight, iy, ix, c)
                           : g->in_channels <= GAN__FEW_CHANNELS
                               ? input_gathered_at(g, picture, weight, iy, ix, c)
                               : input_at(g, picture, weight, iy, ix, c);
                }
            }
        }
    }
}

/* The chain over y's pixels [first, last). */
static float
weight_block(const struct gan__convolution *g, const float *x, const float *y, const int64_t *at,
             int64_t first, int64_t last)
{
    const int64_t picture = g->in_height * g->in_width * g->in_channels;
    float sum = 0.0F;
    for (int64_t p = first; p < last; p++) {
        const int64_t n = p / g->out_width / g->out_height;
        const int64_t iy =
            p / g->out_width % g->out_height * g->stride_height - g->padding_height + at[0];
        const int64_t ix = p % g->out_width * g->stride_width - g->padding_width + at[1];
        const float a =
            pixel(x + n * picture, g->in_height, g->in_width, g->in_channels, iy, ix, at[2]);
        sum = fmaf(a, y[p * g->out_channels + at[3]], sum);
    }
    return sum;
}

/* Blocks of y's pixels in spans. `at` is r, s, c, f. */
static float
weight_at(const struct gan__convolution *g, const float *x, const float *y, const int64_t *at)
{
    const int64_t pixels = g->batch * g->out_height * g->out_width;
    const int64_t span_blocks = gan__span_blocks(g);
    float total = 0.0F;
    float span = 0.0F;
    for (int64_t block = 0; block * GAN__PIXEL_BLOCK < pixels; block++) {
        const int64_t first = block * GAN__PIXEL_BLOCK;
        const int64_t last = first + GAN__PIXEL_BLOCK < pixels ? first + GAN__PIXEL_BLOCK : pixels;
        const float sum = weight_block(g, x, y, at, first, last);
        span = block % span_blocks == 0 ? sum : span + sum;
        if ((block + 1) % span_blocks == 0 || last == pixels) {
            total = block < span_blocks ? span : total + span;
        }
    }
    return total;
}

/* The same for 3x3 kernels. */
static float
wide_gradient_of(const float a[2], int64_t point)
{
    return point == 0 ? a[0] : point == 1 ? a[0] + a[1] : point == 2 ? a[0] - a[1] : 0.0F - a[1];
}

static float
wide_output_point(const struct gan__convolution *g, const float *picture, int64_t y, int64_t x,
                  int64_t f, int64_t point)
{
    float row[2];
    for (int64_t j = 0; j < 2; j++) {
        float column[2];
        for (int64_t i = 0; i < 2; i++) {
            column[i] =
                pixel(picture, g->out_height, g->out_width, g->out_channels, y + i, x + j, f);
        }
        row[j] = wide_gradient_of(column, point / 4);
    }
    return wide_gradient_of(row, point % 4);
}

/* Tiles [first, last) at one point: a chain over those that have it. `at` is r, s, c, f. */
static float
weight_tiles(const struct gan__convolution *g, const float *x, const float *y, const int64_t *at,
             int64_t point, int64_t first, int64_t last)
{
    const int64_t side = gan__winograd_find(g)->side;
    const int64_t width = (g->out_width + 1) / 2;
    const int64_t all = (g->out_height + 1) / 2 * width;
    float sum = 0.0F;
    for (int64_t t = first; t < last; t++) {
        const float *from = x + t / all * g->in_height * g->in_width * g->in_channels;
        const float *to = y + t / all * g->out_height * g->out_width * g->out_channels;
        const int64_t oy = t % all / width * 2;
        const int64_t ox = t % width * 2;
        if ((point / side == side - 1 && oy + 1 == g->out_height) ||
            (point % side == side - 1 && ox + 1 == g->out_width)) {
            continue;
        }
        sum = side == 3
                  ? fmaf(input_point(g, from, oy, ox, at[0] % 2 * 2 + at[1] % 2, at[2], point),
                         output_point(g, to, oy, ox, at[3], point), sum)
                  : fmaf(wide_input_point(g, from, oy, ox, at[2], point),
                         wide_output_point(g, to, oy, ox, at[3], point), sum);
    }
    return sum;
}

/* One span's blocks. */
static float
weight_point_sum(const struct gan__convolution *g, const float *x, const float *y,
                 const int64_t *at, int64_t point, int64_t span)
{
    const int64_t tiles = g->batch * ((g->out_height + 1) / 2) * ((g->out_width + 1) / 2);
    const int64_t each = gan__winograd_span_blocks(g) * GAN__TILE_BLOCK;
    float sum = 0.0F;
    for (int64_t t = span * each; t < (span + 1) * each && t < tiles; t += GAN__TILE_BLOCK) {
        const int64_t last = t + GAN__TILE_BLOCK < tiles ? t + GAN__TILE_BLOCK : tiles;
        sum += weight_tiles(g, x, y, at, point, t, last);
    }
    return sum;
}

static float
weight_tiled_span(const struct gan__convolution *g, const float *x, const float *y,
                  const int64_t *at, int64_t span)
{
    float row[2];
    for (int64_t j = 0; j < 2; j++) {
        const int64_t point = at[0] / 2 * 3 + at[1] / 2 + j;
        row[j] = weight_point_sum(g, x, y, at, point, span) +
                 weight_point_sum(g, x, y, at, point + 3, span);
    }
    return row[0] + row[1];
}

static float
wide_tap_of(const float a[4], int64_t tap)
{
    return tap == 0   ? a[0] + (a[1] + a[2]) * 0.5F
           : tap == 1 ? (a[1] - a[2]) * 0.5F
                      : (a[1] + a[2]) * 0.5F + a[3];
}

static float
weight_wide_span(const struct gan__convolution *g, const float *x, const float *y,
                 const int64_t *at, int64_t span)
{
    float row[4];
    for (int64_t j = 0; j < 4; j++) {
        float column[4];
        for (int64_t i = 0; i < 4; i++) {
            column[i] = weight_point_sum(g, x, y, at, i * 4 + j, span);
        }
        row[j] = wide_tap_of(column, at[0]);
    }
    return wide_tap_of(row, at[1]);
}

static float
weight_spans_at(const struct gan__convolution *g, const float *x, const float *y, const int64_t *at)
{
    const int64_t tiles = g->batch * ((g->out_height + 1) / 2) * ((g->out_width + 1) / 2);
    const int64_t each = gan__winograd_span_blocks(g) * GAN__TILE_BLOCK;
    float total = 0.0F;
    for (int64_t span = 0; span * each < tiles; span++) {
        const float sum = gan__winograd_find(g) == &gan__winograd_4x4
                              ? weight_tiled_span(g, x, y, at, span)
                              : weight_wide_span(g, x, y, at, span);
        total = span == 0 ? sum : total + sum;
    }
    return total;
}

void
gan__reference_convolution_weight(const struct gan__convolution *g, float *weight, const float *x,
                                  const float *y)
{
    for (int64_t r = 0; r < g->kernel_height; r++) {
        for (int64_t s = 0; s < g->kernel_width; s++) {
            for (int64_t c = 0; c < g->in_channels; c++) {
                for (int64_t f = 0; f < g->out_channels; f++) {
                    const int64_t at[] = {r, s, c, f};
                    *weight++ = gan__winograd_find(g) != NULL ? weight_spans_at(g, x, y, at)
                                                              : weight_at(g, x, y, at);
                }
            }
        }
    }
}
