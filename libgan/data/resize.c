/*
 * Pillow's resampling. An output pixel is a weighted sum of the input pixels around its centre: the
 * filter's shape, widened by the scale when the picture shrinks, cut off at the picture's edges and
 * normalised. Weights are rounded to 22 bits after the point, sums to bytes; rows are resampled
 * first, then columns.
 *
 * The second pass adds each row, as soon as it is there, to all output rows that it counts for:
 * integer sums have no order, and no picture of full height is kept between the passes.
 */
#include "data/resize.h"

#include <math.h>
#include <string.h>

/* SLEEF's scalar FMA family; its header declares them only to sources that are compiled for FMA. */
double Sleef_finz_sind1_u10purecfma(double x);

enum { PRECISION_BITS = 32 - 8 - 2 };

struct window {
    int64_t begin;
    int64_t count;
};

static double
box(double x)
{
    return x > -0.5 && x <= 0.5 ? 1.0 : 0.0;
}

static double
bilinear(double x)
{
    x = fabs(x);
    return x < 1.0 ? 1.0 - x : 0.0;
}

/* Keys' cubic with a = -1/2. */
static double
bicubic(double x)
{
    const double a = -0.5;

    x = fabs(x);
    if (x < 1.0) {
        return ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0;
    }
    return x < 2.0 ? (((x - 5.0) * x + 8.0) * x - 4.0) * a : 0.0;
}

static double
sinc(double x)
{
    const double angle = x * 3.14159265358979323846;
    return x == 0.0 ? 1.0 : Sleef_finz_sind1_u10purecfma(angle) / angle;
}

static double
lanczos(double x)
{
    return x >= -3.0 && x < 3.0 ? sinc(x) * sinc(x / 3.0) : 0.0;
}

static const struct {
    double (*value)(double x);
    double support; /* it is 0 farther from 0 */
} filters[] = {[GAN__FILTER_BOX] = {box, 0.5},
               [GAN__FILTER_BILINEAR] = {bilinear, 1.0},
               [GAN__FILTER_BICUBIC] = {bicubic, 2.0},
               [GAN__FILTER_LANCZOS] = {lanczos, 3.0}};

/* Which input pixels count for an output pixel, and how much. */
static void
weigh(const struct gan__resize_plan *plan, int64_t pixel, struct window *window, double *scratch,
      int32_t *weights)
{
    const double scale = (double)plan->in / (double)plan->out;
    const double widened = scale < 1.0 ? 1.0 : scale;
    const double support = filters[plan->filter].support * widened;
    const double centre = ((double)pixel + 0.5) * scale;
    const double narrowed = 1.0 / widened;
    int64_t begin = (int64_t)(centre - support + 0.5);
    int64_t end = (int64_t)(centre + support + 0.5);
    double sum = 0.0;

    begin = begin < 0 ? 0 : begin;
    end = end > plan->in ? plan->in : end;
    *window = (struct window){.begin = begin, .count = end - begin};
    for (int64_t i = 0; i < window->count; i++) {
        scratch[i] = filters[plan->filter].value(((double)(i + begin) - centre + 0.5) * narrowed);
        sum += scratch[i];
    }
    for (int64_t i = 0; i < window->count; i++) {
        const double share = sum == 0.0 ? scratch[i] : scratch[i] / sum;
        const double fixed = share * (1 << PRECISION_BITS);
        weights[i] = (int32_t)(share < 0.0 ? fixed - 0.5 : fixed + 0.5);
    }
}

static bool
same_plan(const struct gan__resize_plan *a, const struct gan__resize_plan *b)
{
    return a->in == b->in && a->out == b->out && a->first == b->first && a->count == b->count &&
           a->filter == b->filter;
}

static bool
prepare(struct gan__resize_axis *axis, const gan_host *host, const struct gan__resize_plan *plan)
{
    if (axis->ready && same_plan(&axis->plan, plan)) {
        return true;
    }
    const double scale = (double)plan->in / (double)plan->out;
    const double support = filters[plan->filter].support * (scale < 1.0 ? 1.0 : scale);
    const int64_t widest = (int64_t)ceil(support) * 2 + 1;

    axis->ready = false;
    axis->plan = *plan;
    axis->copies = plan->in == plan->out;
    axis->stride = widest < plan->in ? widest : plan->in;
    if (!axis->copies) {
        const size_t count = (size_t)plan->count, stride = (size_t)axis->stride;
        if (!gan__room_fit(host, &axis->windows, count * sizeof(struct window)) ||
            !gan__room_fit(host, &axis->weights, count * stride * sizeof(int32_t)) ||
            !gan__room_fit(host, &axis->scratch, stride * sizeof(double))) {
            return false;
        }
        struct window *windows = axis->windows.data;
        int32_t *weights = axis->weights.data;
        for (int64_t i = 0; i < plan->count; i++) {
            weigh(plan, plan->first + i, &windows[i], axis->scratch.data,
                  weights + i * axis->stride);
        }
    }
    axis->ready = true;
    return true;
}

static inline uint8_t
to_byte(uint32_t sum)
{
    const int32_t value = (int32_t)sum >> PRECISION_BITS;
    return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

/* A weight may be negative: the product is right modulo 2^32. */
static inline uint32_t
product(int32_t weight, uint8_t value)
{
    return (uint32_t)weight * value;
}

/* One row of the picture as wide as the result. */
static void
resample_row(const struct gan__resize_axis *axis, int32_t channels, const uint8_t *from,
             uint8_t *to)
{
    const uint32_t half = (uint32_t)1 << (PRECISION_BITS - 1);
    const struct window *windows = axis->windows.data;
    const int32_t *weights = axis->weights.data;

    for (int64_t x = 0; x < axis->plan.count; x++, weights += axis->stride) {
        const uint8_t *at = from + windows[x].begin * channels;
        uint32_t sums[3] = {half, half, half};
        if (channels == 1) {
            for (int64_t i = 0; i < windows[x].count; i++) {
                sums[0] += product(weights[i], at[i]);
            }
            *to++ = to_byte(sums[0]);
            continue;
        }
        for (int64_t i = 0; i < windows[x].count; i++, at += 3) {
            sums[0] += product(weights[i], at[0]);
            sums[1] += product(weights[i], at[1]);
            sums[2] += product(weights[i], at[2]);
        }
        to[0] = to_byte(sums[0]);
        to[1] = to_byte(sums[1]);
        to[2] = to_byte(sums[2]);
        to += 3;
    }
}

/* Add row y to the output rows that it counts for. *low: the first one that is not complete. */
static void
add_row(const struct gan__resize_axis *axis, int64_t y, const uint8_t *row, int64_t bytes,
        uint32_t *sums, int64_t *low)
{
    const struct window *windows = axis->windows.data;
    const int32_t *weights = axis->weights.data;

    while (*low < axis->plan.count && windows[*low].begin + windows[*low].count <= y) {
        ++*low;
    }
    for (int64_t o = *low; o < axis->plan.count && windows[o].begin <= y; o++) {
        const int32_t weight = weights[o * axis->stride + y - windows[o].begin];
        uint32_t *to = sums + o * bytes;
        for (int64_t i = 0; i < bytes; i++) {
            to[i] += product(weight, row[i]);
        }
    }
}

bool
gan__resize(struct gan__resizer *resizer, const struct gan__resize_plan *down,
            const struct gan__resize_plan *across, int32_t channels, const uint8_t *pixels,
            int64_t stride, uint8_t *out)
{
    const int64_t bytes = across->count * channels, all = down->count * bytes;
    const gan_host *host = resizer->host;

    if (!prepare(&resizer->down, host, down) || !prepare(&resizer->across, host, across) ||
        !gan__room_fit(host, &resizer->row, (size_t)bytes)) {
        return false;
    }
    const bool copies = resizer->down.copies;
    if (!copies && !gan__room_fit(host, &resizer->sums, (size_t)all * sizeof(uint32_t))) {
        return false;
    }
    uint32_t *sums = resizer->sums.data;
    const struct window *windows = resizer->down.windows.data;
    const struct window *last = copies ? NULL : &windows[down->count - 1];
    const int64_t begin = copies ? down->first : windows[0].begin;
    const int64_t end = copies ? begin + down->count : last->begin + last->count;
    int64_t low = 0;

    for (int64_t i = 0; !copies && i < all; i++) {
        sums[i] = (uint32_t)1 << (PRECISION_BITS - 1);
    }
    for (int64_t y = begin; y < end; y++) {
        const uint8_t *from = pixels + y * stride;
        uint8_t *to = copies ? out + (y - begin) * bytes : resizer->row.data;
        if (resizer->across.copies) {
            memcpy(to, from + across->first * channels, (size_t)bytes);
        } else {
            resample_row(&resizer->across, channels, from, to);
        }
        if (!copies) {
            add_row(&resizer->down, y, to, bytes, sums, &low);
        }
    }
    for (int64_t i = 0; !copies && i < all; i++) {
        out[i] = to_byte(sums[i]);
    }
    return true;
}

static void
axis_free(struct gan__resize_axis *axis, const gan_host *host)
{
    gan__room_free(host, &axis->windows);
    gan__room_free(host, &axis->weights);
    gan__room_free(host, &axis->scratch);
    axis->ready = false;
}

void
gan__resizer_free(struct gan__resizer *resizer)
{
    axis_free(&resizer->down, resizer->host);
    axis_free(&resizer->across, resizer->host);
    gan__room_free(resizer->host, &resizer->row);
    gan__room_free(resizer->host, &resizer->sums);
}
