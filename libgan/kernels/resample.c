/* Nearest and bilinear upsampling, and their adjoints, which gather. */
#include "base/context.h"
#include "base/pool.h"
#include "kernels/bilinear.h"
#include "kernels/cut.h"
#include "kernels/table.h"

struct resample {
    const struct gan__kernel_table *kernels;
    float *y;
    const float *x;
    int64_t y_height, y_width, x_height, x_width, channels, fh, fw;
    float scale;
};

static void
upsample_task(void *argument, int64_t begin, int64_t end, int32_t slot)
{
    (void)slot;
    const struct resample *r = argument;
    const int64_t y_row = r->y_width * r->channels;
    const int64_t x_row = r->x_width * r->channels;
    const int64_t whole = gan__min(r->x_width, r->y_width / r->fw);
    const int64_t rest =
        whole < r->x_width ? r->y_width - whole * r->fw : 0; /* a last pixel that is cut off */
    for (int64_t row = begin; row < end; row++) {
        const int64_t i = row % r->y_height / r->fh;
        float *const y = r->y + row * y_row;
        int64_t done = 0;
        if (i < r->x_height) {
            const float *const x = r->x + (row / r->y_height * r->x_height + i) * x_row;
            r->kernels->upsample_row(y, x, whole, r->channels, r->fw, r->scale);
            done = whole * r->fw * r->channels;
            if (rest > 0) {
                r->kernels->upsample_row(y + done, x + whole * r->channels, 1, r->channels, rest,
                                         r->scale);
                done += rest * r->channels;
            }
        }
        r->kernels->fill(y + done, 0.0F, y_row - done);
    }
}

void
gan__upsample_nearest(gan_context *ctx, float *y, int64_t y_height, int64_t y_width, const float *x,
                      int64_t x_height, int64_t x_width, int64_t n, int64_t c, int64_t fh,
                      int64_t fw, float scale)
{
    struct resample r = {ctx->kernels, y, x,  y_height, y_width, x_height,
                         x_width,      c, fh, fw,       scale};
    gan__parallel_for(ctx, n * y_height, gan__grain(y_width * c), upsample_task, &r);
}

static void
window_task(void *argument, int64_t begin, int64_t end, int32_t slot)
{
    (void)slot;
    const struct resample *r = argument;
    const int64_t y_row = r->y_width * r->channels;
    const int64_t x_row = r->x_width * r->channels;
    const int64_t whole = gan__min(r->y_width, r->x_width / r->fw);
    const int64_t rest =
        whole < r->y_width ? r->x_width - whole * r->fw : 0; /* columns of a cut-off window */
    for (int64_t row = begin; row < end; row++) {
        const int64_t first = row % r->y_height * r->fh;
        const int64_t rows = gan__min(r->fh, r->x_height - first);
        float *const y = r->y + row * y_row;
        int64_t done = 0;
        if (rows > 0) {
            const float *const x = r->x + (row / r->y_height * r->x_height + first) * x_row;
            r->kernels->window_row(y, x, whole, r->channels, rows, r->fw, x_row, r->scale);
            done = whole * r->channels;
            if (rest > 0) {
                r->kernels->window_row(y + done, x + done * r->fw, 1, r->channels, rows, rest,
                                       x_row, r->scale);
                done += r->channels;
            }
        }
        r->kernels->fill(y + done, 0.0F, y_row - done);
    }
}

void
gan__window_sum(gan_context *ctx, float *y, int64_t y_height, int64_t y_width, const float *x,
                int64_t x_height, int64_t x_width, int64_t n, int64_t c, int64_t fh, int64_t fw,
                float scale)
{
    struct resample r = {ctx->kernels, y, x,  y_height, y_width, x_height,
                         x_width,      c, fh, fw,       scale};
    gan__parallel_for(ctx, n * y_height, gan__grain(y_width * c * fh * fw), window_task, &r);
}

static void
bilinear_task(void *argument, int64_t begin, int64_t end, int32_t slot)
{
    (void)slot;
    const struct resample *r = argument;
    const int64_t x_row = r->x_width * r->channels;
    for (int64_t row = begin; row < end; row++) {
        const int64_t at = row % r->y_height;
        const float *const x = r->x + row / r->y_height * r->x_height * x_row;
        const int64_t first = gan__bilinear_first(at, r->fh);
        const int64_t second = gan__bilinear_second(at, r->fh, r->x_height);
        const float bottom =
            second == first ? 0.0F : gan__bilinear_weight(at, second, r->fh, r->x_height);
        r->kernels->bilinear_row(r->y + row * r->y_width * r->channels, x + first * x_row,
                                 x + second * x_row,
                                 gan__bilinear_weight(at, first, r->fh, r->x_height), bottom,
                                 r->x_width, r->channels, r->fw);
    }
}

void
gan__upsample_bilinear(gan_context *ctx, float *y, const float *x, int64_t n, int64_t height,
                       int64_t width, int64_t c, int64_t fh, int64_t fw)
{
    struct resample r = {ctx->kernels, y, x,  height * fh, width * fw, height,
                         width,        c, fh, fw,          1.0F};
    gan__parallel_for(ctx, n * height * fh, gan__grain(4 * width * fw * c), bilinear_task, &r);
}

static void
bilinear_adjoint_task(void *argument, int64_t begin, int64_t end, int32_t slot)
{
    (void)slot;
    const struct resample *r = argument;
    const int64_t x_row = r->x_width * r->channels;
    const int64_t y_row = r->y_width * r->channels;
    for (int64_t row = begin; row < end; row++) {
        const int64_t of = row % r->y_height;
        float *const y = r->y + row * y_row;
        const float *const x = r->x + row / r->y_height * r->x_height * x_row;
        const int64_t last = gan__bilinear_end(of, r->fh, r->y_height);
        r->kernels->fill(y, 0.0F, y_row);
        for (int64_t at = gan__bilinear_begin(of, r->fh); at < last; at++) {
            r->kernels->bilinear_add(y, x + at * x_row,
                                     gan__bilinear_weight(at, of, r->fh, r->y_height), r->y_width,
                                     r->channels, r->fw);
        }
    }
}

void
gan__upsample_bilinear_adjoint(gan_context *ctx, float *y, const float *x, int64_t n,
                               int64_t height, int64_t width, int64_t c, int64_t fh, int64_t fw)
{
    struct resample r = {ctx->kernels, y, x,  height, width, height * fh,
                         width * fw,   c, fh, fw,     1.0F};
    gan__parallel_for(ctx, n * height, gan__grain(4 * width * fh * fw * c), bilinear_adjoint_task,
                      &r);
}
