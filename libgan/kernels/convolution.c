/*
 * Convolution forward and by input: which way a shape is computed, and its geometry. The loops are
 * in convolution_pass.c, the few-channel by input in convolution_gather.c, by weight in
 * convolution_weight.c.
 */
#include "kernels/convolution.h"

#include <string.h>

#include "base/checked.h"
#include "base/context.h"
#include "base/memory.h"
#include "kernels/winograd.h"

struct gan__convolution_axis
gan__axis_forward(int64_t out, int64_t kernel, int64_t stride, int64_t padding)
{
    return (struct gan__convolution_axis){
        .count = out,
        .first = 0,
        .step = 1,
        .source = -padding,
        .source_step = stride,
        .tap_source = 1,
        .taps = kernel,
        .first_tap = 0,
        .tap_step = 1,
    };
}

/* Pixel i of x meets tap r in pixel o of y where o * stride - padding + r = i: in phase `phase` are
 * the i with (i + padding) mod stride = phase, and of the taps those with r mod stride = phase. */
struct gan__convolution_axis
gan__axis_phase(int64_t in, int64_t kernel, int64_t stride, int64_t padding, int64_t phase)
{
    const int64_t first = (phase + stride - padding % stride) % stride;
    return (struct gan__convolution_axis){
        .count = first < in ? (in - first + stride - 1) / stride : 0,
        .first = first,
        .step = stride,
        .source = (first + padding - phase) / stride,
        .source_step = 1,
        .tap_source = -1,
        .taps = phase < kernel ? (kernel - phase + stride - 1) / stride : 0,
        .first_tap = phase,
        .tap_step = stride,
    };
}

static int64_t
taps_of(const struct gan__convolution *g)
{
    return g->kernel_height * g->kernel_width;
}

/* Room for the panels of all taps. */
static float *
panels_alloc(gan_context *ctx, const struct gan__convolution *g, int64_t inner, int64_t columns)
{
    int64_t count = 0;
    if (!gan__checked_mul(taps_of(g) * inner, gan__panels_width(ctx->kernels, columns), &count)) {
        count = INT64_MAX; /* refused by the allocator, with its sentence */
    }
    return gan__alloc_array(ctx, count, sizeof(float));
}

static gan_status
padded_forward(gan_context *ctx, const struct gan__convolution *g, float *y, const float *x,
               const float *weight, const struct gan__finish *finish)
{
    gan_status st = GAN_OK;
    const int64_t run = g->kernel_width * g->in_channels;
    struct gan__padded padded = {0};
    float *panels = panels_alloc(ctx, g, g->in_channels, g->out_channels);
    if (panels == NULL) {
        return GAN_E_NOMEM;
    }
    GAN__TRY(gan__padded_make(ctx, &padded, g, x));

    struct gan__convolution_pass pass = {
        .y = gan__axis_forward(g->out_height, g->kernel_height, g->stride_height, 0),
        .x = gan__axis_forward(g->out_width, 1, g->stride_width, 0),
        .in = padded.data,
        .in_height = padded.height,
        .in_width = padded.width,
        .in_pitch = g->in_channels,
        .in_channels = run,
        .out = y,
        .out_height = g->out_height,
        .out_width = g->out_width,
        .out_channels = g->out_channels,
        .batch = g->batch,
        .panels = panels,
        .finish = finish,
    };
    const struct gan__convolution_weights w = {
        .weight = weight,
        .kernel_width = 1,
        .tap_stride = run * g->out_channels,
        .inner_stride = g->out_channels,
        .column_stride = 1,
        .inner = run,
        .columns = g->out_channels,
    };
    gan__panels_pack(ctx, panels, &w, &pass, 1);
    st = gan__passes_run(ctx, &pass, 1);

fail:
    gan__free(ctx, padded.data);
    gan__free(ctx, panels);
    return st;
}

static gan_status
direct_forward(gan_context *ctx, const struct gan__convolution *g, float *y, const float *x,
               const float *weight, const struct gan__finish *finish)
{
    gan_status st = GAN_E_NOMEM;
    float *zeros = NULL;
    float *panels = panels_alloc(ctx, g, g->in_channels, g->out_channels);
    if (panels == NULL) {
        return GAN_E_NOMEM;
    }
    zeros = gan__alloc_zero(ctx, (size_t)g->in_channels * sizeof(float));
    if (zeros == NULL) {
        goto fail;
    }

    struct gan__convolution_pass pass = {
        .y =
            gan__axis_forward(g->out_height, g->kernel_height, g->stride_height, g->padding_height),
        .x = gan__axis_forward(g->out_width, g->kernel_width, g->stride_width, g->padding_width),
        .in = x,
        .in_height = g->in_height,
        .in_width = g->in_width,
        .in_pitch = g->in_channels,
        .in_channels = g->in_channels,
        .zeros = zeros,
        .out = y,
        .out_height = g->out_height,
        .out_width = g->out_width,
        .out_channels = g->out_channels,
        .batch = g->batch,
        .panels = panels,
        .finish = finish,
    };
    const struct gan__convolution_weights w = {
        .weight = weight,
        .kernel_width = g->kernel_width,
        .tap_stride = g->in_channels * g->out_channels,
        .inner_stride = g->out_channels,
        .column_stride = 1,
        .inner = g->in_channels,
        .columns = g->out_channels,
    };
    gan__panels_pack(ctx, panels, &w, &pass, 1);
    st = gan__passes_run(ctx, &pass, 1);

fail:
    gan__free(ctx, zeros);
    gan__free(ctx, panels);
    return st;
}

gan_status
gan__convolution_finished(gan_context *ctx, const struct gan__convolution *g, float *y,
                          const float *x, const float *weight, const struct gan__finish *finish)
{
    if (gan__winograd_find(g) != NULL) {
        return gan__winograd_forward(ctx, g, y, x, weight, finish);
    }
    return g->in_channels <= GAN__PADDED_CHANNELS ? padded_forward(ctx, g, y, x, weight, finish)
                                                  : direct_forward(ctx, g, y, x, weight, finish);
}

gan_status
gan__convolution_forward(gan_context *ctx, const struct gan__convolution *g, float *y,
                         const float *x, const float *weight)
{
    return gan__convolution_finished(ctx, g, y, x, weight, NULL);
}

/* The stride_height * stride_width dense convolutions; their panels follow each other. */
static void
phases_make(struct gan__convolution_pass *passes, const struct gan__convolution *g,
            const struct gan__convolution_pass *common, int64_t panels_width)
{
    const float *panels = common->panels;
    for (int64_t i = 0; i < g->stride_height; i++) {
        for (int64_t j = 0; j < g->stride_width; j++) {
            struct gan__convolution_pass *pass = &passes[i * g->stride_width + j];
            *pass = *common;
            pass->y = gan__axis_phase(g->in_height, g->kernel_height, g->stride_height,
                                      g->padding_height, i);
            pass->x =
                gan__axis_phase(g->in_width, g->kernel_width, g->stride_width, g->padding_width, j);
            pass->panels = panels;
            panels += pass->y.taps * pass->x.taps * pass->in_channels * panels_width;
        }
    }
}

static gan_status
phased_input(gan_context *ctx, const struct gan__convolution *g, float *x, const float *y,
             const float *weight)
{
    gan_status st = GAN_E_NOMEM;
    const int64_t count = g->stride_height * g->stride_width;
    struct gan__convolution_pass *passes = NULL;
    float *zeros = NULL;
    float *panels = panels_alloc(ctx, g, g->out_channels, g->in_channels);
    if (panels == NULL) {
        return GAN_E_NOMEM;
    }
    zeros = gan__alloc_zero(ctx, (size_t)g->out_channels * sizeof(float));
    passes = zeros == NULL ? NULL : gan__alloc_array(ctx, count, sizeof(*passes));
    if (passes == NULL) {
        goto fail;
    }

    const struct gan__convolution_pass common = {
        .in = y,
        .in_height = g->out_height,
        .in_width = g->out_width,
        .in_pitch = g->out_channels,
        .in_channels = g->out_channels,
        .zeros = zeros,
        .out = x,
        .out_height = g->in_height,
        .out_width = g->in_width,
        .out_channels = g->in_channels,
        .batch = g->batch,
        .panels = panels,
    };
    const struct gan__convolution_weights w = {
        .weight = weight,
        .kernel_width = g->kernel_width,
        .tap_stride = g->in_channels * g->out_channels,
        .inner_stride = 1,
        .column_stride = g->out_channels,
        .inner = g->out_channels,
        .columns = g->in_channels,
    };
    phases_make(passes, g, &common, gan__panels_width(ctx->kernels, g->in_channels));
    gan__panels_pack(ctx, panels, &w, passes, count);
    st = gan__passes_run(ctx, passes, count);

fail:
    gan__free(ctx, passes);
    gan__free(ctx, zeros);
    gan__free(ctx, panels);
    return st;
}

gan_status
gan__convolution_input(gan_context *ctx, const struct gan__convolution *g, float *x, const float *y,
                       const float *weight)
{
    const struct gan__winograd_form *form = gan__winograd_find(g);
    if (form != NULL) {
        return form == &gan__winograd_3x3 ? gan__winograd_input_turned(ctx, g, x, y, weight)
                                          : gan__winograd_input(ctx, g, x, y, weight);
    }
    return g->in_channels <= GAN__FEW_CHANNELS ? gan__convolution_gather(ctx, g, x, y, weight)
                                               : phased_input(ctx, g, x, y, weight);
}
