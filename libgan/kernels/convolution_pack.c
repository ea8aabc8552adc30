/*
 * What the convolution copies before it computes: weights into panels, which the micro-kernel reads
 * from end to end, and pictures with zeros around them.
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

struct panels_work {
    const struct gan__convolution_weights *w;
    const struct gan__convolution_pass *passes;
    float *panels;
    int64_t count, most_taps;
    int64_t panels_width, panel_width, lanes;
    int64_t panel_count;
};

int64_t
gan__panels_width(const struct gan__kernel_table *table, int64_t columns)
{
    return (columns + table->lanes - 1) / table->lanes * table->lanes;
}

void
gan__transpose(float *to, int64_t to_stride, const float *from, int64_t from_stride, int64_t rows,
               int64_t columns)
{
    int64_t j = 0;
#if defined(__SSE__)
    for (; j + 4 <= columns; j += 4) {
        const float *a = from + j * from_stride;
        float *b = to + j;
        int64_t i = 0;
        for (; i + 4 <= rows; i += 4) {
            __m128 r0 = _mm_loadu_ps(a + i);
            __m128 r1 = _mm_loadu_ps(a + from_stride + i);
            __m128 r2 = _mm_loadu_ps(a + 2 * from_stride + i);
            __m128 r3 = _mm_loadu_ps(a + 3 * from_stride + i);
            _MM_TRANSPOSE4_PS(r0, r1, r2, r3);
            _mm_storeu_ps(b + i * to_stride, r0);
            _mm_storeu_ps(b + (i + 1) * to_stride, r1);
            _mm_storeu_ps(b + (i + 2) * to_stride, r2);
            _mm_storeu_ps(b + (i + 3) * to_stride, r3);
        }
        for (; i < rows; i++) {
            for (int64_t k = 0; k < 4; k++) {
                b[i * to_stride + k] = a[k * from_stride + i];
            }
        }
    }
#endif
    for (; j < columns; j++) {
        for (int64_t i = 0; i < rows; i++) {
            to[i * to_stride + j] = from[j * from_stride + i];
        }
    }
}

/* One tap of one panel. */
static void
pack_tap(const struct panels_work *work, float *to, int64_t width, const float *from,
         int64_t columns)
{
    const struct gan__convolution_weights *w = work->w;
    if (columns < width) {
        memset(to, 0, (size_t)(w->inner * width) * sizeof(float));
    }
    if (w->column_stride == 1) {
        for (int64_t i = 0; i < w->inner; i++) {
            memcpy(to + i * width, from + i * w->inner_stride, (size_t)columns * sizeof(float));
        }
    } else {
        gan__transpose(to, width, from, w->column_stride, w->inner, columns);
    }
}

/* Items are [pass][tap][panel], with as many taps for each pass as the largest has. */
static void
panels_task(void *argument, int64_t begin, int64_t end, int32_t slot)
{
    const struct panels_work *work = argument;
    const struct gan__convolution_weights *w = work->w;
    (void)slot;
    for (int64_t index = begin; index < end; index++) {
        const int64_t panel = index % work->panel_count;
        const int64_t tap = index / work->panel_count % work->most_taps;
        const struct gan__convolution_pass *pass =
            &work->passes[index / work->panel_count / work->most_taps];
        const int64_t taps = pass->y.taps * pass->x.taps;
        if (tap >= taps) {
            continue;
        }
        const int64_t r = pass->y.first_tap + tap / pass->x.taps * pass->y.tap_step;
        const int64_t s = pass->x.first_tap + tap % pass->x.taps * pass->x.tap_step;
        const int64_t column = panel * work->panel_width;
        const int64_t left = work->panels_width - column;
        const int64_t width = left < work->panel_width ? left : work->panel_width;
        const int64_t columns = w->columns - column < width ? w->columns - column : width;
        float *to = work->panels + (pass->panels - work->panels) + taps * w->inner * column +
                    tap * w->inner * width;
        pack_tap(work, to, width,
                 w->weight + (r * w->kernel_width + s) * w->tap_stride + column * w->column_stride,
                 columns);
    }
}

void
gan__panels_pack(gan_context *ctx, float *panels, const struct gan__convolution_weights *w,
                 const struct gan__convolution_pass *passes, int64_t count)
{
    const int64_t panels_width = gan__panels_width(ctx->kernels, w->columns);
    const int64_t panel_width = (int64_t)ctx->kernels->lanes * ctx->kernels->convolution.vectors;
    struct panels_work work = {
        .w = w,
        .passes = passes,
        .panels = panels,
        .count = count,
        .panels_width = panels_width,
        .panel_width = panel_width,
        .panel_count = (panels_width + panel_width - 1) / panel_width,
    };
    for (int64_t i = 0; i < count; i++) {
        const int64_t taps = passes[i].y.taps * passes[i].x.taps;
        work.most_taps = taps > work.most_taps ? taps : work.most_taps;
    }
    enum { TASK_FLOATS = 1 << 14 };
    gan__parallel_for(ctx, count * work.most_taps * work.panel_count,
                      TASK_FLOATS / (w->inner * panel_width) + 1, panels_task, &work);
}

struct padded_work {
    const struct gan__convolution *g;
    const struct gan__padded *padded;
    const float *x;
};

/* Rows of the padded pictures. */
static void
padded_task(void *argument, int64_t begin, int64_t end, int32_t slot)
{
    const struct padded_work *work = argument;
    const struct gan__convolution *g = work->g;
    const int64_t channels = g->in_channels;
    const int64_t width = work->padded->width * channels;
    const int64_t left = g->padding_width * channels < width ? g->padding_width * channels : width;
    const int64_t inside =
        g->in_width * channels < width - left ? g->in_width * channels : width - left;
    (void)slot;
    for (int64_t row = begin; row < end; row++) {
        const int64_t picture = row / work->padded->height;
        const int64_t y = row % work->padded->height - g->padding_height;
        float *to = work->padded->data + row * width;
        if (y < 0 || y >= g->in_height) {
            memset(to, 0, (size_t)width * sizeof(float));
            continue;
        }
        const float *from = work->x + (picture * g->in_height + y) * g->in_width * channels;
        memset(to, 0, (size_t)left * sizeof(float));
        memcpy(to + left, from, (size_t)inside * sizeof(float));
        memset(to + left + inside, 0, (size_t)(width - left - inside) * sizeof(float));
    }
}

gan_status
gan__padded_make(gan_context *ctx, struct gan__padded *padded, const struct gan__convolution *g,
                 const float *x)
{
    int64_t count = 0;
    padded->height = (g->out_height - 1) * g->stride_height + g->kernel_height;
    padded->width = (g->out_width - 1) * g->stride_width + g->kernel_width;
    if (!gan__checked_mul(padded->height, padded->width, &count) ||
        !gan__checked_mul(count, g->batch * g->in_channels, &count)) {
        count = INT64_MAX;
    }
    padded->data = gan__alloc_array(ctx, count, sizeof(float));
    if (padded->data == NULL) {
        return GAN_E_NOMEM;
    }
    struct padded_work work = {.g = g, .padded = padded, .x = x};
    enum { TASK_FLOATS = 1 << 14 };
    gan__parallel_for(ctx, g->batch * padded->height,
                      TASK_FLOATS / (padded->width * g->in_channels) + 1, padded_task, &work);
    return GAN_OK;
}
