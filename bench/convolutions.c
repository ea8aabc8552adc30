/*
 * The three products of a convolution by the library's kernels: DCGAN's layers (kernel 4, stride 2,
 * padding 1), ResNet's (kernel 3, padding 1; kernel 1). Weights are packed anew in each run, as in
 * training.
 */
#include "bench.h"

#include <stdlib.h>

#include "kernels/kernels.h"

enum { FORWARD, INPUT, WEIGHT };

/* Of `size` squared pixels. */
struct product {
    int64_t kernel, stride, size, channels, filters;
    int which;
};

struct convolution {
    struct gan__convolution g;
    float *x, *y, *weight;
};

static void
run_forward(struct job *job)
{
    struct convolution *const c = job->state;
    check(job, gan__convolution_forward(job->ctx, &c->g, c->y, c->x, c->weight));
}

static void
run_input(struct job *job)
{
    struct convolution *const c = job->state;
    check(job, gan__convolution_input(job->ctx, &c->g, c->x, c->y, c->weight));
}

static void
run_weight(struct job *job)
{
    struct convolution *const c = job->state;
    check(job, gan__convolution_weight(job->ctx, &c->g, c->weight, c->x, c->y));
}

static void
close_convolution(struct job *job)
{
    struct convolution *const c = job->state;
    free(c->x);
    free(c->y);
    free(c->weight);
}

static void
open_convolution(struct job *job)
{
    const struct product *const p = job->work->details;
    const int64_t batch = job->bench->batch;
    const int64_t out = p->size / p->stride;
    const int64_t padding = (p->kernel - 1) / 2;
    const int64_t weights = p->kernel * p->kernel * p->channels * p->filters;
    struct convolution *const c = take(sizeof(*c));
    *c = (struct convolution){
        .g = {.batch = batch,
              .in_height = p->size,
              .in_width = p->size,
              .in_channels = p->channels,
              .out_height = out,
              .out_width = out,
              .out_channels = p->filters,
              .kernel_height = p->kernel,
              .kernel_width = p->kernel,
              .stride_height = p->stride,
              .stride_width = p->stride,
              .padding_height = padding,
              .padding_width = padding},
        .x = make_samples(batch * p->size * p->size * p->channels),
        .y = make_samples(batch * out * out * p->filters),
        .weight = make_samples(weights),
    };
    job->state = c;
    job->run = p->which == FORWARD ? run_forward : p->which == INPUT ? run_input : run_weight;
    job->close = close_convolution;
    job->operations = 2.0 * (double)(batch * out * out * weights);
}

/* clang-format off */
#define PRODUCT(kernel, stride, size, channels, filters, which, word)                              \
    {.name = "conv-k" #kernel "-" #size "x" #channels "-" #filters "-" word,                       \
     .what = #size "x" #size "x" #channels " to " #filters ", kernel " #kernel ", stride " #stride \
             ", " word,                                                                            \
     .open = open_convolution,                                                                     \
     .details = &(const struct product){kernel, stride, size, channels, filters, which}}
/* clang-format on */
#define CONVOLUTION(kernel, stride, size, channels, filters)                                       \
    PRODUCT(kernel, stride, size, channels, filters, FORWARD, "forward"),                          \
        PRODUCT(kernel, stride, size, channels, filters, INPUT, "input"),                          \
        PRODUCT(kernel, stride, size, channels, filters, WEIGHT, "weight")

const struct work convolution_works[] = {
    CONVOLUTION(4, 2, 28, 1, 64),
    CONVOLUTION(4, 2, 14, 64, 128),
    CONVOLUTION(4, 2, 32, 3, 64),
    CONVOLUTION(4, 2, 16, 64, 128),
    CONVOLUTION(4, 2, 8, 128, 256),
    CONVOLUTION(4, 2, 64, 3, 64),
    CONVOLUTION(4, 2, 32, 64, 128),
    CONVOLUTION(4, 2, 16, 128, 256),
    CONVOLUTION(4, 2, 8, 256, 512),
    CONVOLUTION(3, 1, 32, 3, 128),
    CONVOLUTION(3, 1, 32, 128, 128),
    CONVOLUTION(3, 1, 16, 128, 128),
    CONVOLUTION(3, 1, 8, 128, 128),
    CONVOLUTION(1, 1, 32, 3, 128),
    CONVOLUTION(1, 1, 16, 128, 128),
    CONVOLUTION(1, 1, 8, 128, 128),
    {0},
};
