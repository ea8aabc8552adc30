/*
 * By input to few channels, as a picture's one or three: too few columns for a vector. So one
 * product gives, for each pixel of y, what it adds to x under all taps; then each row of x gathers
 * its own in the order of y's pixels. A task makes a strip of rows of one picture, products and
 * all.
 */
#include "kernels/convolution.h"

#include <string.h>

#if defined(__SSE__)
#include <xmmintrin.h>
#endif

#include "base/checked.h"
#include "base/context.h"
#include "base/memory.h"
#include "base/pool.h"
#include "kernels/cut.h"

enum { STRIP_FLOATS = 1 << 16, RUN_PIXELS = 48 };

struct gather_work {
    gan_context *ctx;
    const struct gan__convolution *g;
    float *x;
    const float *y;
    const float *panels;
    int64_t columns;    /* of the product: taps * in_channels */
    int64_t strip_rows; /* of x */
    int64_t strips;     /* of a picture */
    int64_t most_rows;  /* of y that meet a strip */
    int64_t row_floats; /* of a row's sum */
};

/* A task's scratch. */
struct gather_scratch {
    float *products; /* [pixel of y][tap, channel] */
    float *sum;
    const float **in;
    float **out;
};

static void
products_make(const struct gather_work *work, const struct gather_scratch *s, const float *y,
              int64_t pixels)
{
    const int64_t filters = work->g->out_channels;
    struct gan__tile_run run = {
        .kernels = &work->ctx->kernels->convolution,
        .lanes = work->ctx->kernels->lanes,
        .in = s->in,
        .in_stride = RUN_PIXELS,
        .out = s->out,
        .panels = work->panels,
        .taps = 1,
        .channels = filters,
        .columns = work->columns,
    };
    const int64_t width = (int64_t)run.kernels->vectors * run.lanes;
    const int64_t panels = (work->columns + width - 1) / width;
    for (int64_t first = 0; first < pixels; first += RUN_PIXELS) {
        run.rows = gan__min(pixels - first, RUN_PIXELS);
        for (int64_t m = 0; m < RUN_PIXELS; m++) {
            const int64_t pixel = first + gan__min(m, run.rows - 1);
            s->in[m] = y + pixel * filters;
            s->out[m] = s->products + pixel * work->columns;
        }
        gan__tile_run(&run, 0, panels);
    }
}

/* sum[i * sum_step + k] += from[i * from_step + k] for i < count, k < length. */
static inline __attribute__((always_inline)) void
add_runs(float *sum, int64_t sum_step, const float *from, int64_t from_step, int64_t count,
         int64_t length)
{
    for (int64_t i = 0; i < count; i++) {
        int64_t k = 0;
#if defined(__SSE__)
        for (; k + 4 <= length; k += 4) {
            _mm_storeu_ps(sum + k, _mm_add_ps(_mm_loadu_ps(sum + k), _mm_loadu_ps(from + k)));
        }
        if (k + 2 <= length) {
            const __m128 zero = _mm_setzero_ps();
            const __m128 a = _mm_loadl_pi(zero, (const __m64 *)(const void *)(sum + k));
            const __m128 b = _mm_loadl_pi(zero, (const __m64 *)(const void *)(from + k));
            _mm_storel_pi((__m64 *)(void *)(sum + k), _mm_add_ps(a, b));
            k += 2;
        }
#endif
        for (; k < length; k++) {
            sum[k] += from[k];
        }
        sum += sum_step;
        from += from_step;
    }
}

/* Common lengths as constants. */
static void
add_runs_of(float *sum, int64_t sum_step, const float *from, int64_t from_step, int64_t count,
            int64_t length)
{
    switch (length) {
    case 1:
        add_runs(sum, sum_step, from, from_step, count, 1);
        break;
    case 2:
        add_runs(sum, sum_step, from, from_step, count, 2);
        break;
    case 3:
        add_runs(sum, sum_step, from, from_step, count, 3);
        break;
    case 4:
        add_runs(sum, sum_step, from, from_step, count, 4);
        break;
    case 6:
        add_runs(sum, sum_step, from, from_step, count, 6);
        break;
    case 8:
        add_runs(sum, sum_step, from, from_step, count, 8);
        break;
    default:
        add_runs(sum, sum_step, from, from_step, count, length);
        break;
    }
}

/* Row `row` of x at `to`, from the products of y's rows that begin with `first`. */
static void
gather_row(const struct gather_work *work, const struct gather_scratch *s, float *to, int64_t row,
           int64_t first)
{
    const struct gan__convolution *g = work->g;
    const int64_t channels = g->in_channels;
    const int64_t step = g->stride_width * channels;
    const int64_t kernel = g->kernel_width * channels;
    const int64_t y = row + g->padding_height;

    memset(s->sum, 0, (size_t)work->row_floats * sizeof(float));
    int64_t oy = y < g->kernel_height ? 0 : (y - g->kernel_height) / g->stride_height + 1;
    for (; oy < g->out_height && oy * g->stride_height <= y; oy++) {
        const float *from = s->products + (oy - first) * g->out_width * work->columns +
                            (y - oy * g->stride_height) * kernel;
        /* Right-most taps first: they belong to the pixels of y that are further left. */
        for (int64_t k = (kernel - 1) / step * step; k >= 0; k -= step) {
            add_runs_of(s->sum + k, step, from + k, work->columns, g->out_width,
                        gan__min(step, kernel - k));
        }
    }
    const int64_t left = gan__min(g->padding_width * channels, work->row_floats);
    const int64_t count = gan__min(g->in_width * channels, work->row_floats - left);
    memcpy(to, s->sum + left, (size_t)count * sizeof(float));
    memset(to + count, 0, (size_t)(g->in_width * channels - count) * sizeof(float));
}

static void
gather_task(void *argument, int64_t begin, int64_t end, int32_t slot)
{
    const struct gather_work *work = argument;
    const struct gan__convolution *g = work->g;
    struct gather_scratch s;
    s.in = gan__scratch(work->ctx, slot);
    s.out = (float **)((char *)gan__scratch(work->ctx, slot) + RUN_PIXELS * sizeof(*s.in));
    s.products = (float *)(s.out + RUN_PIXELS);
    s.sum = s.products + work->most_rows * g->out_width * work->columns;

    for (int64_t index = begin; index < end; index++) {
        const int64_t picture = index / work->strips;
        const int64_t row = index % work->strips * work->strip_rows;
        const int64_t last_row = gan__min(row + work->strip_rows, g->in_height);
        const int64_t top = row + g->padding_height;
        const int64_t bottom = last_row - 1 + g->padding_height;
        const int64_t first =
            top < g->kernel_height ? 0 : (top - g->kernel_height) / g->stride_height + 1;
        const int64_t last = gan__min(bottom / g->stride_height + 1, g->out_height);
        if (first < last) {
            products_make(work, &s,
                          work->y +
                              (picture * g->out_height + first) * g->out_width * g->out_channels,
                          (last - first) * g->out_width);
        }
        for (int64_t i = row; i < last_row; i++) {
            gather_row(work, &s,
                       work->x + (picture * g->in_height + i) * g->in_width * g->in_channels, i,
                       first);
        }
    }
}

/* How high strips are: as many rows of y as fit. */
static void
cut_strips(struct gather_work *work)
{
    const struct gan__convolution *g = work->g;
    const int64_t fit = STRIP_FLOATS / (g->out_width * work->columns) + 1;
    const int64_t all = (g->in_height + g->stride_height - 1) / g->stride_height;
    const int64_t strips = (all + fit - 1) / fit;
    work->strip_rows = (all + strips - 1) / strips * g->stride_height;
    work->strips = (g->in_height + work->strip_rows - 1) / work->strip_rows;
    work->most_rows =
        gan__min((work->strip_rows + g->kernel_height - 2) / g->stride_height + 1, g->out_height);
    work->row_floats = ((g->out_width - 1) * g->stride_width + g->kernel_width) * g->in_channels;
}

gan_status
gan__convolution_gather(gan_context *ctx, const struct gan__convolution *g, float *x,
                        const float *y, const float *weight)
{
    struct gather_work work = {
        .ctx = ctx,
        .g = g,
        .x = x,
        .y = y,
        .columns = g->kernel_height * g->kernel_width * g->in_channels,
    };
    cut_strips(&work);

    int64_t count = 0;
    if (!gan__checked_mul(g->out_channels, gan__panels_width(ctx->kernels, work.columns), &count)) {
        count = INT64_MAX;
    }
    float *panels = gan__alloc_array(ctx, count, sizeof(float));
    if (panels == NULL) {
        return GAN_E_NOMEM;
    }
    const struct gan__convolution_weights w = {
        .weight = weight,
        .kernel_width = 1,
        .inner_stride = 1,
        .column_stride = g->out_channels,
        .inner = g->out_channels,
        .columns = work.columns,
    };
    const struct gan__convolution_axis one = {.taps = 1, .tap_step = 1};
    const struct gan__convolution_pass pass = {.y = one, .x = one, .panels = panels};
    gan__panels_pack(ctx, panels, &w, &pass, 1);
    work.panels = panels;

    const int64_t floats = work.most_rows * g->out_width * work.columns + work.row_floats;
    const size_t bytes = (size_t)floats * sizeof(float) + 2 * RUN_PIXELS * sizeof(void *);
    const gan_status st = gan__scratch_reserve(ctx, bytes);
    if (st == GAN_OK) {
        gan__parallel_for(ctx, g->batch * work.strips, 1, gather_task, &work);
    }
    gan__free(ctx, panels);
    return st;
}
