/* The three convolution products, by the library's kernels, on the layers of DCGANs. */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/kernels.h"

struct work {
    gan_context *ctx;
    struct gan__convolution g;
    float *x, *y, *weight;
    gan_status status;
};

static void
run_forward(void *argument)
{
    struct work *work = argument;
    work->status |= gan__convolution_forward(work->ctx, &work->g, work->y, work->x, work->weight);
}

static void
run_input(void *argument)
{
    struct work *work = argument;
    work->status |= gan__convolution_input(work->ctx, &work->g, work->x, work->y, work->weight);
}

static void
run_weight(void *argument)
{
    struct work *work = argument;
    work->status |= gan__convolution_weight(work->ctx, &work->g, work->weight, work->x, work->y);
}

static float *
array_make(int64_t count)
{
    float *values = aligned_alloc(64, ((size_t)count * sizeof(float) + 127) / 64 * 64);
    if (values == NULL) {
        (void)fprintf(stderr, "no memory\n");
        exit(EXIT_FAILURE);
    }
    for (int64_t i = 0; i < count; i++) {
        values[i] = (float)(i * 7919 % 1021) / 1021.0F - 0.5F;
    }
    return values;
}

/* Kernel 4, stride 2, padding 1: `size` squared pixels become half as many in each direction. */
static void
bench_shape(const struct bench *bench, int64_t batch, int64_t size, int64_t channels,
            int64_t filters)
{
    const int64_t out = size / 2;
    const int64_t y_count = batch * out * out * filters;
    struct work work = {
        .ctx = bench->ctx,
        .g = {.batch = batch,
              .in_height = size,
              .in_width = size,
              .in_channels = channels,
              .out_height = out,
              .out_width = out,
              .out_channels = filters,
              .kernel_height = 4,
              .kernel_width = 4,
              .stride_height = 2,
              .stride_width = 2,
              .padding_height = 1,
              .padding_width = 1},
        .x = array_make(batch * size * size * channels),
        .y = array_make(y_count),
        .weight = array_make(16 * channels * filters),
    };
    static const struct {
        const char *name;
        void (*run)(void *argument);
    } products[] = {{"forward", run_forward}, {"by input", run_input}, {"by weight", run_weight}};
    for (size_t i = 0; i < sizeof(products) / sizeof(products[0]); i++) {
        char label[64];
        (void)snprintf(label, sizeof(label), "%3d x %dx%dx%d to %d %s", (int)batch, (int)size,
                       (int)size, (int)channels, (int)filters, products[i].name);
        const struct timing timing = time_runs(NULL, products[i].run, &work, bench->repeats);
        print_rate(bench, label, timing, 2.0 * (double)(y_count * 16 * channels));
    }
    if (work.status != GAN_OK) {
        (void)fprintf(stderr, "a convolution failed: %s\n", gan_context_error(bench->ctx));
        exit(EXIT_FAILURE);
    }
    free(work.x);
    free(work.y);
    free(work.weight);
}

void
bench_convolutions(const struct bench *bench)
{
    bench_shape(bench, 128, 14, 64, 128);
    bench_shape(bench, 128, 16, 64, 128);
    bench_shape(bench, 64, 32, 64, 128);
    bench_shape(bench, 64, 16, 128, 256);
    bench_shape(bench, 64, 8, 256, 512);
    bench_shape(bench, 128, 28, 1, 64);
    bench_shape(bench, 64, 32, 3, 64);
}
