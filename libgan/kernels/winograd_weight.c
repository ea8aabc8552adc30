/*
 * Convolution by weight by fewer multiplications: see winograd.h. A task takes one phase, some of its channels
 * and some filters, and adds up a span of blocks of tiles at all points; the transform away from
 * the products comes once, at the end. Where those are too few tasks, there are several spans.
 */
#include <string.h>

#include "base/context.h"
#include "base/memory.h"
#include "base/pool.h"
#include "kernels/cut.h"
#include "kernels/winograd.h"

enum {
    CHUNK_CHANNELS = 64, /* of the weights, in one task */
    /* Tasks wanted at least; they divide well among 2, 4, 8 and 16 threads. */
    TASKS = 16,
    /* At most so much for the spans' sums. */
    SPAN_FLOATS = 1 << 20,
    /* Floats from row to row: whole lines, an odd number of them against conflicts, and room for the
     * transforms' whole vectors and the tiles' full height. */
    IN_ROW = CHUNK_CHANNELS + GAN__LINE_FLOATS,
    IN_POINT = (GAN__TILE_BLOCK | 1) * IN_ROW,
    GROUP_POINT = GAN__TILE_BLOCK * GAN__WINOGRAD_COLUMNS + GAN__LINE_FLOATS
};

struct weight_work {
    gan_context *ctx;
    const struct gan__convolution *g;
    const struct gan__winograd_form *form;
    const float *x, *y;
    const float *zeros; /* of a pixel outside */
    float *sums;        /* the weights, or each span's, one after the other */
    int64_t tiles, blocks;
    int64_t spans, span_blocks;
    int64_t channel_chunks, filter_chunks;
    int64_t chunk_filters; /* in one task */
    int64_t out_point, sum_row, sum_point;
};

/* What a task works on, and its scratch. */
struct part {
    int64_t phase;
    int64_t channel, channels;
    int64_t filter, filters;
    float *in;    /* x at each point: [point][tile][channel] */
    float *out;   /* y: [point][group][tile][filter] */
    float *sum;   /* [point][channel][filter] */
    float *waste; /* for what a tile has not */
    struct gan__winograd_tile *tiles;
    int64_t count[GAN__POINTS_MOST]; /* tiles that have it */
};

/* So many that the sums of all points stay in the nearest large cache. */
static int64_t
chunk_filters(const struct gan__winograd_form *form)
{
    return (form->points == GAN__POINTS ? 2 : 1) * GAN__WINOGRAD_COLUMNS;
}

static size_t
part_bytes(const struct weight_work *work)
{
    const int64_t floats = work->form->points * (IN_POINT + work->out_point + work->sum_point) +
                           GAN__WINOGRAD_COLUMNS + GAN__LINE_FLOATS;
    return (size_t)floats * sizeof(float) + GAN__TILE_BLOCK * sizeof(struct gan__winograd_tile);
}

static struct part
part_at(const struct weight_work *work, int64_t index, void *scratch)
{
    const int64_t channel_chunk = index / work->filter_chunks % work->channel_chunks;
    struct part part = {
        .phase = index / work->filter_chunks / work->channel_chunks,
        .channel = channel_chunk * CHUNK_CHANNELS,
        .filter = index % work->filter_chunks * work->chunk_filters,
        .in = scratch,
    };
    part.channels = gan__min(work->g->in_channels - part.channel, CHUNK_CHANNELS);
    part.filters = gan__min(work->g->out_channels - part.filter, work->chunk_filters);
    part.out = part.in + work->form->points * IN_POINT;
    part.sum = part.out + work->form->points * work->out_point;
    part.waste = part.sum + work->form->points * work->sum_point;
    part.tiles =
        (struct gan__winograd_tile *)(part.waste + GAN__WINOGRAD_COLUMNS + GAN__LINE_FLOATS);
    return part;
}

/* One tile's x and y, at the points that it has, after those of the tiles before. */
static void
transform_tile(const struct weight_work *work, struct part *part,
               const struct gan__winograd_tile *tile)
{
    const struct gan__winograd_kernels *kernels = &work->ctx->kernels->winograd;
    const struct gan__winograd_form *form = work->form;
    bool has[GAN__POINTS_MOST];
    const float *from[GAN__POINTS_MOST];
    float *to[GAN__POINTS_MOST];
    gan__winograd_pixels(form, work->g, tile, part->phase, work->x + part->channel, work->zeros,
                         from);
    for (int64_t p = 0; p < form->points; p++) {
        has[p] = gan__winograd_has(tile, p / form->side == form->side - 1,
                                   p % form->side == form->side - 1);
        to[p] = has[p] ? part->in + p * IN_POINT + part->count[p] * IN_ROW : part->waste;
    }
    kernels->difference[form->index](to, from, part->channels);

    const float *pixels[4];
    gan__winograd_outputs(work->g, tile, work->y + part->filter, work->zeros, pixels);
    for (int64_t f = 0; f < part->filters; f += GAN__WINOGRAD_COLUMNS) {
        const float *const outputs[] = {pixels[0] + f, pixels[1] + f, pixels[2] + f, pixels[3] + f};
        for (int64_t p = 0; p < form->points; p++) {
            to[p] = has[p] ? part->out + p * work->out_point +
                                 f / GAN__WINOGRAD_COLUMNS * GROUP_POINT +
                                 part->count[p] * GAN__WINOGRAD_COLUMNS
                           : part->waste;
        }
        kernels->gradient[form->index](to, outputs,
                                       gan__min(part->filters - f, GAN__WINOGRAD_COLUMNS));
    }
    for (int64_t p = 0; p < form->points; p++) {
        part->count[p] += has[p];
    }
}

/* The next tiles' pixels on their way to the cache: runs too short for the hardware to foresee. A
 * tenth of the whole product's time. */
enum { AHEAD = 2 };
static void
fetch_tile(const struct weight_work *work, const struct part *part,
           const struct gan__winograd_tile *tile)
{
    const float *from[GAN__POINTS_MOST];
    gan__winograd_pixels(work->form, work->g, tile, part->phase, work->x + part->channel,
                         work->zeros, from);
    for (int64_t p = 0; p < work->form->points; p++) {
        for (int64_t c = 0; c < part->channels; c += GAN__LINE_FLOATS) {
            __builtin_prefetch(from[p] + c);
        }
    }
    gan__winograd_outputs(work->g, tile, work->y + part->filter, work->zeros, from);
    for (int64_t p = 0; p < 4; p++) {
        for (int64_t f = 0; f < part->filters; f += GAN__LINE_FLOATS) {
            __builtin_prefetch(from[p] + f);
        }
    }
}

/* Add a block's products at point p to the sums. */
static void
add_point(const struct weight_work *work, const struct part *part, int64_t p)
{
    const struct gan__convolution_kernels *kernels = &work->ctx->kernels->convolution;
    const int64_t lanes = work->ctx->kernels->lanes;
    const int64_t width = kernels->vectors * lanes;
    const int64_t height = kernels->packed_rows;
    float *out[GAN__TILE_ROWS];
    struct gan__tile tile = {
        .out = out,
        .mode = GAN__TILE_ADD,
        .panel_stride = GAN__WINOGRAD_COLUMNS,
        .packed_stride = IN_ROW,
        .depth = part->count[p],
    };
    for (int64_t f = 0; f < part->filters; f += width) {
        tile.column = f;
        tile.columns = (int32_t)gan__min(part->filters - f, width);
        tile.panel = part->out + p * work->out_point + f / GAN__WINOGRAD_COLUMNS * GROUP_POINT +
                     f % GAN__WINOGRAD_COLUMNS;
        for (int64_t c = 0; c < part->channels; c += height) {
            tile.rows = (int32_t)gan__min(part->channels - c, height);
            for (int64_t i = 0; i < height; i++) {
                out[i] = part->sum + p * work->sum_point +
                         (c + gan__min(i, tile.rows - 1)) * work->sum_row;
            }
            tile.packed = part->in + p * IN_POINT + c;
            kernels->packed[(tile.columns + lanes - 1) / lanes - 1](&tile);
        }
    }
}

static void
add_block(const struct weight_work *work, struct part *part, int64_t block)
{
    const int64_t first = block * GAN__TILE_BLOCK;
    const int64_t count = gan__min(work->tiles - first, GAN__TILE_BLOCK);
    gan__winograd_tiles(work->g, first, count, part->tiles);
    memset(part->count, 0, sizeof(part->count));
    for (int64_t t = 0; t < count; t++) {
        if (t + AHEAD < count) {
            fetch_tile(work, part, &part->tiles[t + AHEAD]);
        }
        transform_tile(work, part, &part->tiles[t]);
    }
    for (int64_t p = 0; p < work->form->points; p++) {
        if (part->count[p] > 0) {
            add_point(work, part, p);
        }
    }
}

/* The taps of the part's phase, channels and filters from their sums at all points. */
static void
write_taps(const struct weight_work *work, const struct part *part, float *weight)
{
    const struct gan__convolution *g = work->g;
    const struct gan__winograd_form *form = work->form;
    const int64_t each = form->kernel / form->stride;
    for (int64_t c = 0; c < part->channels; c++) {
        const float *from[GAN__POINTS_MOST];
        float *to[GAN__TAPS_MOST];
        for (int64_t p = 0; p < work->form->points; p++) {
            from[p] = part->sum + p * work->sum_point + c * work->sum_row;
        }
        for (int64_t k = 0; k < form->taps; k++) {
            const int64_t r = k / each * form->stride + part->phase / 2;
            const int64_t s = k % each * form->stride + part->phase % 2;
            to[k] =
                weight +
                ((r * form->kernel + s) * g->in_channels + part->channel + c) * g->out_channels +
                part->filter;
        }
        work->ctx->kernels->winograd.taps[form->index](to, from, part->filters);
    }
}

/* Items are [span][phase][channels][filters]. */
static void
parts_task(void *argument, int64_t begin, int64_t end, int32_t slot)
{
    const struct weight_work *work = argument;
    const struct gan__convolution *g = work->g;
    const int64_t chunks = work->form->phases * work->channel_chunks * work->filter_chunks;
    for (int64_t index = begin; index < end; index++) {
        const int64_t span = index / chunks;
        const int64_t first = span * work->span_blocks;
        const int64_t last = gan__min(first + work->span_blocks, work->blocks);
        struct part part = part_at(work, index % chunks, gan__scratch(work->ctx, slot));
        memset(part.sum, 0, (size_t)(work->form->points * work->sum_point) * sizeof(float));
        for (int64_t block = first; block < last; block++) {
            add_block(work, &part, block);
        }
        write_taps(work, &part,
                   work->sums + span * g->kernel_height * g->kernel_width * g->in_channels *
                                    g->out_channels);
    }
}

static int64_t
blocks_of(const struct gan__convolution *g)
{
    return gan__ceil_div(g->batch * gan__winograd_tile_count(g), GAN__TILE_BLOCK);
}

int64_t
gan__winograd_span_blocks(const struct gan__convolution *g)
{
    const struct gan__winograd_form *form = gan__winograd_find(g);
    const int64_t chunks = form->phases * gan__ceil_div(g->in_channels, CHUNK_CHANNELS) *
                           gan__ceil_div(g->out_channels, chunk_filters(form));
    const int64_t rows = g->kernel_height * g->kernel_width * g->in_channels;
    const int64_t blocks = blocks_of(g);
    int64_t spans = gan__min(TASKS / chunks, SPAN_FLOATS / rows / g->out_channels);
    spans = gan__min(spans, blocks);
    return spans <= 1 ? blocks : gan__ceil_div(blocks, spans);
}

gan_status
gan__winograd_weight(gan_context *ctx, const struct gan__convolution *g, float *weight,
                     const float *x, const float *y)
{
    gan_status st = GAN_OK;
    const struct gan__winograd_form *form = gan__winograd_find(g);
    struct weight_work work = {
        .ctx = ctx,
        .g = g,
        .form = form,
        .x = x,
        .y = y,
        .sums = weight,
        .tiles = g->batch * gan__winograd_tile_count(g),
        .blocks = blocks_of(g),
        .span_blocks = gan__winograd_span_blocks(g),
        .channel_chunks = gan__ceil_div(g->in_channels, CHUNK_CHANNELS),
        .chunk_filters = chunk_filters(form),
    };
    const int64_t count = g->kernel_height * g->kernel_width * g->in_channels * g->out_channels;
    float *spans = NULL;
    float *zeros =
        gan__alloc_zero(ctx, (size_t)gan__max(CHUNK_CHANNELS, work.chunk_filters) * sizeof(float));
    if (zeros == NULL) {
        return GAN_E_NOMEM;
    }
    work.zeros = zeros;
    work.filter_chunks = gan__ceil_div(g->out_channels, work.chunk_filters);
    work.out_point = work.chunk_filters / GAN__WINOGRAD_COLUMNS * GROUP_POINT;
    work.sum_row = work.chunk_filters + GAN__LINE_FLOATS;
    work.sum_point = CHUNK_CHANNELS * work.sum_row;
    work.spans = gan__ceil_div(work.blocks, work.span_blocks);
    GAN__TRY(gan__scratch_reserve(ctx, part_bytes(&work)));
    if (work.spans > 1) {
        spans = gan__alloc_array(ctx, work.spans * count, sizeof(float));
        if (spans == NULL) {
            st = GAN_E_NOMEM;
            goto fail;
        }
        work.sums = spans;
    }
    gan__parallel_for(ctx, work.spans * form->phases * work.channel_chunks * work.filter_chunks, 1,
                      parts_task, &work);
    if (work.spans > 1) {
        gan__spans_sum(ctx, weight, spans, count, work.spans);
    }

fail:
    gan__free(ctx, spans);
    gan__free(ctx, zeros);
    return st;
}
