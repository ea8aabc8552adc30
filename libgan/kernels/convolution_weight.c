/*
 * Convolution by weight: W[q][f] = the sum over y's pixels p of X[p][q] * Y[p][f], where X's
 * columns q are taps and channels. Pixels go in blocks; a block's columns of X are packed together
 * (rows of x at distances of powers of two would fall on the same cache lines). A task adds up a
 * span of blocks for some rows and columns of the weights; where those are too few tasks, there are
 * several spans, each with its own sums, added up at the end.
 */
#include "kernels/convolution.h"

#include <string.h>

#include "base/checked.h"
#include "base/context.h"
#include "base/memory.h"
#include "base/pool.h"
#include "kernels/cut.h"
#include "kernels/winograd.h"

enum {
    /* Of the weights, in one task. */
    CHUNK_ROWS = 256,
    CHUNK_COLUMNS = 512,
    /* Wanted at least; they divide well among 2, 4, 8 and 16 threads. */
    TASKS = 16,
    /* At most so much for the spans' sums. */
    SPAN_FLOATS = 1 << 20
};

struct weight_work {
    gan_context *ctx;
    const struct gan__kernel_table *table;
    const struct gan__convolution *g;
    float *sums;     /* the weights, or each span's, one after the other */
    const float *in; /* x, or its padded copy */
    const float *y;
    const float *zeros; /* NULL for the padded copy: then a tap is a whole row of the kernel */
    int64_t in_height, in_width;
    int64_t padding_height, padding_width;
    int64_t taps_width; /* taps of a kernel row: kernel_width, or 1 for the padded copy */
    int64_t channels;   /* floats of a tap */
    int64_t rows;       /* of the weights: all taps times channels */
    int64_t columns;    /* filters */
    int64_t pixels, blocks;
    int64_t spans, span_blocks;
    int64_t chunk_rows, chunk_columns;
    int64_t row_chunks, column_chunks;
    /* Floats from pixel to pixel in a block's pack: its rows, and an odd number of lines, against
     * conflicts. */
    int64_t packed_stride;
    int64_t packed_floats, panel_floats;
};

/* What a task works on: rows [row, last_row) of the weights, filters [column, last_column). */
struct part {
    int64_t row, last_row;
    int64_t column, last_column;
    float *packed;      /* X's columns: [pixel][row] */
    float *panel;       /* of Y, one at a time: [pixel][filter] */
    const float **in;   /* a tap's place for each pixel */
    const float **base; /* pixels: their picture, */
    int64_t *y, *x;     /* and their first tap */
};

static void
find_pixels(const struct weight_work *work, const struct part *part, int64_t first, int64_t count)
{
    const struct gan__convolution *g = work->g;
    int64_t ox = first % g->out_width;
    int64_t oy = first / g->out_width % g->out_height;
    int64_t picture = first / g->out_width / g->out_height;
    for (int64_t m = 0; m < count; m++) {
        part->base[m] = work->in + picture * work->in_height * work->in_width * g->in_channels;
        part->y[m] = oy * g->stride_height - work->padding_height;
        part->x[m] = ox * g->stride_width - work->padding_width;
        if (++ox == g->out_width) {
            ox = 0;
            if (++oy == g->out_height) {
                oy = 0;
                picture++;
            }
        }
    }
}

static void
find_tap(const struct weight_work *work, const struct part *part, int64_t tap, int64_t count)
{
    const int64_t r = tap / work->taps_width;
    const int64_t s = tap % work->taps_width;
    for (int64_t m = 0; m < count; m++) {
        const int64_t y = part->y[m] + r;
        const int64_t x = part->x[m] + s;
        const bool inside =
            (uint64_t)y < (uint64_t)work->in_height && (uint64_t)x < (uint64_t)work->in_width;
        part->in[m] =
            inside ? part->base[m] + (y * work->in_width + x) * work->g->in_channels : work->zeros;
    }
}

static inline void
copy_floats(float *to, const float *from, int64_t count)
{
    enum { FEW = 32, MOVE = 4 };
    if (count > FEW) {
        memcpy(to, from, (size_t)count * sizeof(float));
        return;
    }
    int64_t i = 0;
    for (; i + MOVE <= count; i += MOVE) {
        memcpy(to + i, from + i, MOVE * sizeof(float));
    }
    for (; i < count; i++) {
        to[i] = from[i];
    }
}

/* The columns of X, tap by tap. */
static void
pack_rows(const struct weight_work *work, const struct part *part, int64_t count)
{
    for (int64_t row = part->row; row < part->last_row;) {
        const int64_t tap = row / work->channels;
        const int64_t channel = row % work->channels;
        const int64_t length = gan__min(work->channels - channel, part->last_row - row);
        float *to = part->packed + (row - part->row);
        find_tap(work, part, tap, count);
        for (int64_t m = 0; m < count; m++) {
            copy_floats(to + m * work->packed_stride, part->in[m] + channel, length);
        }
        row += length;
    }
}

/* A panel of Y: as it is in y where it has all its columns, or a copy with zeros for the others. */
static const float *
panel_of(const struct weight_work *work, const struct part *part, int64_t first, int64_t count,
         int64_t column, int64_t columns, int64_t width, int64_t *stride)
{
    const float *from = work->y + first * work->columns + column;
    if (columns == width) {
        *stride = work->columns;
        return from;
    }
    float *const panel = part->panel;
    for (int64_t m = 0; m < count; m++) {
        memcpy(panel + m * width, from + m * work->columns, (size_t)columns * sizeof(float));
        for (int64_t j = columns; j < width; j++) {
            panel[m * width + j] = 0.0F;
        }
    }
    *stride = width;
    return panel;
}

/* One block's sums over a part of the weights at `weight` (all rows, all columns of them). */
static void
block_run(const struct weight_work *work, const struct part *part, int64_t block, float *weight,
          enum gan__tile_mode mode)
{
    const struct gan__convolution_kernels *kernels = &work->table->convolution;
    const int64_t lanes = work->table->lanes;
    const int64_t full = kernels->vectors * lanes;
    const int64_t height = kernels->packed_rows;
    const int64_t first = block * GAN__PIXEL_BLOCK;
    float *out[GAN__TILE_ROWS];
    struct gan__tile tile = {
        .out = out,
        .mode = mode,
        .packed_stride = work->packed_stride,
        .depth = gan__min(work->pixels - first, GAN__PIXEL_BLOCK),
    };
    find_pixels(work, part, first, tile.depth);
    pack_rows(work, part, tile.depth);
    for (int64_t column = part->column; column < part->last_column; column += full) {
        const int64_t columns = gan__min(part->last_column - column, full);
        const int64_t vectors = (columns + lanes - 1) / lanes;
        tile.column = column;
        tile.columns = (int32_t)columns;
        tile.panel = panel_of(work, part, first, tile.depth, column, columns, vectors * lanes,
                              &tile.panel_stride);
        for (int64_t row = part->row; row < part->last_row; row += height) {
            tile.rows = (int32_t)gan__min(part->last_row - row, height);
            for (int64_t i = 0; i < height; i++) {
                out[i] = weight + (row + gan__min(i, tile.rows - 1)) * work->columns;
            }
            tile.packed = part->packed + (row - part->row);
            kernels->packed[vectors - 1](&tile);
        }
    }
}

static struct part
part_at(const struct weight_work *work, int64_t row_chunk, int64_t column_chunk, int32_t slot)
{
    struct part part = {
        .row = row_chunk * work->chunk_rows,
        .column = column_chunk * work->chunk_columns,
    };
    part.last_row = gan__min(part.row + work->chunk_rows, work->rows);
    part.last_column = gan__min(part.column + work->chunk_columns, work->columns);
    part.packed = gan__scratch(work->ctx, slot);
    part.panel = part.packed + work->packed_floats;
    part.in = (const float **)(part.panel + work->panel_floats);
    part.base = part.in + GAN__PIXEL_BLOCK;
    part.y = (int64_t *)(part.base + GAN__PIXEL_BLOCK);
    part.x = part.y + GAN__PIXEL_BLOCK;
    return part;
}

static void
parts_task(void *argument, int64_t begin, int64_t end, int32_t slot)
{
    const struct weight_work *work = argument;
    for (int64_t index = begin; index < end; index++) {
        const int64_t chunk = index % (work->row_chunks * work->column_chunks);
        const int64_t span = index / (work->row_chunks * work->column_chunks);
        const struct part part =
            part_at(work, chunk / work->column_chunks, chunk % work->column_chunks, slot);
        const int64_t first = span * work->span_blocks;
        const int64_t last = gan__min(first + work->span_blocks, work->blocks);
        float *const sums = work->sums + span * work->rows * work->columns;
        for (int64_t block = first; block < last; block++) {
            block_run(work, &part, block, sums, block == first ? GAN__TILE_STORE : GAN__TILE_ADD);
        }
    }
}

struct spans_sum {
    float *weight;
    const float *spans;
    int64_t count, span_count;
};

static void
spans_sum_task(void *argument, int64_t begin, int64_t end, int32_t slot)
{
    const struct spans_sum *work = argument;
    float *restrict weight = work->weight;
    (void)slot;
    memcpy(weight + begin, work->spans + begin, (size_t)(end - begin) * sizeof(float));
    for (int64_t span = 1; span < work->span_count; span++) {
        const float *restrict from = work->spans + span * work->count;
        for (int64_t i = begin; i < end; i++) {
            weight[i] += from[i];
        }
    }
}

void
gan__spans_sum(gan_context *ctx, float *weight, const float *spans, int64_t count,
               int64_t span_count)
{
    struct spans_sum sum = {weight, spans, count, span_count};
    enum { SUM_GRAIN = 1 << 12 };
    gan__parallel_for(ctx, count, SUM_GRAIN, spans_sum_task, &sum);
}

/* All parts, into the spans' own sums first if there are several. */
static gan_status
run_parts(struct weight_work *work, float *weight)
{
    const int64_t tasks = work->row_chunks * work->column_chunks * work->spans;
    const int64_t count = work->rows * work->columns;
    if (work->spans == 1) {
        work->sums = weight;
        gan__parallel_for(work->ctx, tasks, 1, parts_task, work);
        return GAN_OK;
    }
    work->sums = gan__alloc_array(work->ctx, work->spans * count, sizeof(float));
    if (work->sums == NULL) {
        return GAN_E_NOMEM;
    }
    gan__parallel_for(work->ctx, tasks, 1, parts_task, work);
    gan__spans_sum(work->ctx, weight, work->sums, count, work->spans);
    gan__free(work->ctx, work->sums);
    return GAN_OK;
}

static int64_t
divide_up(int64_t a, int64_t b)
{
    return (a + b - 1) / b;
}

int64_t
gan__span_blocks(const struct gan__convolution *g)
{
    const int64_t rows = g->kernel_height * g->kernel_width * g->in_channels;
    const int64_t chunks = divide_up(rows, CHUNK_ROWS) * divide_up(g->out_channels, CHUNK_COLUMNS);
    const int64_t blocks = divide_up(g->batch * g->out_height * g->out_width, GAN__PIXEL_BLOCK);
    int64_t spans = gan__min(TASKS / chunks, SPAN_FLOATS / rows / g->out_channels);
    spans = gan__min(spans, blocks);
    return spans <= 1 ? blocks : divide_up(blocks, spans);
}

static struct weight_work
weight_work_make(gan_context *ctx, const struct gan__convolution *g, const float *x, const float *y)
{
    const int64_t height = ctx->kernels->convolution.packed_rows;
    const int64_t width = (int64_t)ctx->kernels->lanes * ctx->kernels->convolution.vectors;
    struct weight_work work = {
        .ctx = ctx,
        .table = ctx->kernels,
        .g = g,
        .in = x,
        .y = y,
        .in_height = g->in_height,
        .in_width = g->in_width,
        .padding_height = g->padding_height,
        .padding_width = g->padding_width,
        .taps_width = g->kernel_width,
        .channels = g->in_channels,
        .rows = g->kernel_height * g->kernel_width * g->in_channels,
        .columns = g->out_channels,
        .pixels = g->batch * g->out_height * g->out_width,
        .chunk_columns = CHUNK_COLUMNS / width * width,
        .span_blocks = gan__span_blocks(g),
    };
    const int64_t row_chunks = divide_up(work.rows, CHUNK_ROWS);
    work.chunk_rows = divide_up(divide_up(work.rows, row_chunks), height) * height;
    work.row_chunks = divide_up(work.rows, work.chunk_rows);
    work.column_chunks = divide_up(work.columns, work.chunk_columns);
    work.blocks = divide_up(work.pixels, GAN__PIXEL_BLOCK);
    work.spans = divide_up(work.blocks, work.span_blocks);
    work.packed_stride = (divide_up(work.chunk_rows, GAN__LINE_FLOATS) | 1) * GAN__LINE_FLOATS;
    work.packed_floats = work.packed_stride * GAN__PIXEL_BLOCK;
    work.panel_floats = width * GAN__PIXEL_BLOCK;
    return work;
}

gan_status
gan__convolution_weight(gan_context *ctx, const struct gan__convolution *g, float *weight,
                        const float *x, const float *y)
{
    if (gan__winograd_find(g) != NULL) {
        return gan__winograd_weight(ctx, g, weight, x, y);
    }
    gan_status st = GAN_OK;
    struct weight_work work = weight_work_make(ctx, g, x, y);
    struct gan__padded padded = {0};
    float *zeros = NULL;

    if (g->in_channels <= GAN__PADDED_CHANNELS) {
        GAN__TRY(gan__padded_make(ctx, &padded, g, x));
        work.in = padded.data;
        work.in_height = padded.height;
        work.in_width = padded.width;
        work.padding_height = 0;
        work.padding_width = 0;
        work.taps_width = 1;
        work.channels = g->kernel_width * g->in_channels;
    } else {
        zeros = gan__alloc_zero(ctx, (size_t)g->in_channels * sizeof(float));
        if (zeros == NULL) {
            return GAN_E_NOMEM;
        }
        work.zeros = zeros;
    }
    const int64_t item = 2 * (int64_t)sizeof(void *) + 2 * (int64_t)sizeof(int64_t);
    GAN__TRY(
        gan__scratch_reserve(ctx, (size_t)(work.packed_floats + work.panel_floats) * sizeof(float) +
                                      (size_t)(item * GAN__PIXEL_BLOCK)));
    st = run_parts(&work, weight);

fail:
    gan__free(ctx, zeros);
    gan__free(ctx, padded.data);
    return st;
}
