/*
 * Convolution by weight by F(2x2,2x2): see winograd.h. A task takes one phase, some of its channels
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
    /* Of the weights, in one task: its sums stay in the nearest large cache. */
    CHUNK_CHANNELS = 64,
    CHUNK_FILTERS = 128,
    /* Wanted at least; they divide well among 2, 4, 8 and 16 threads. */
    TASKS = 16,
    /* At most so much for the spans' sums. */
    SPAN_FLOATS = 1 << 20,
    /* Floats from row to row: whole lines, an odd number of them against conflicts, and room for the
     * transforms' whole vectors and the tiles' full height. */
    IN_ROW = CHUNK_CHANNELS + GAN__LINE_FLOATS,
    SUM_ROW = CHUNK_FILTERS + GAN__LINE_FLOATS,
    IN_POINT = (GAN__TILE_BLOCK | 1) * IN_ROW,
    GROUP_POINT = GAN__TILE_BLOCK * GAN__WINOGRAD_COLUMNS + GAN__LINE_FLOATS,
    GROUPS = CHUNK_FILTERS / GAN__WINOGRAD_COLUMNS,
    OUT_POINT = GROUPS * GROUP_POINT,
    SUM_POINT = CHUNK_CHANNELS * SUM_ROW
};

struct weight_work {
    gan_context *ctx;
    const struct gan__convolution *g;
    const float *x, *y;
    const float *zeros; /* of a pixel outside */
    float *sums;        /* the weights, or each span's, one after the other */
    int64_t tiles, blocks;
    int64_t spans, span_blocks;
    int64_t channel_chunks, filter_chunks;
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
    int64_t count[GAN__POINTS]; /* tiles that have it */
};

static size_t
part_bytes(void)
{
    const size_t floats =
        GAN__POINTS * (IN_POINT + OUT_POINT + SUM_POINT) + GAN__WINOGRAD_COLUMNS + GAN__LINE_FLOATS;
    return floats * sizeof(float) + GAN__TILE_BLOCK * sizeof(struct gan__winograd_tile);
}

static struct part
part_at(const struct weight_work *work, int64_t index, void *scratch)
{
    const int64_t channel_chunk = index / work->filter_chunks % work->channel_chunks;
    struct part part = {
        .phase = index / work->filter_chunks / work->channel_chunks % GAN__PHASES,
        .channel = channel_chunk * CHUNK_CHANNELS,
        .filter = index % work->filter_chunks * CHUNK_FILTERS,
        .in = scratch,
    };
    part.channels = gan__min(work->g->in_channels - part.channel, CHUNK_CHANNELS);
    part.filters = gan__min(work->g->out_channels - part.filter, CHUNK_FILTERS);
    part.out = part.in + GAN__POINTS * IN_POINT;
    part.sum = part.out + GAN__POINTS * OUT_POINT;
    part.waste = part.sum + GAN__POINTS * SUM_POINT;
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
    const float *from[GAN__POINTS];
    float *to[GAN__POINTS];
    gan__winograd_pixels(&gan__winograd_4x4, work->g, tile, part->phase, work->x + part->channel,
                         work->zeros, from);
    for (int64_t p = 0; p < GAN__POINTS; p++) {
        to[p] = gan__winograd_has(tile, p / 3 == 2, p % 3 == 2)
                    ? part->in + p * IN_POINT + part->count[p] * IN_ROW
                    : part->waste;
    }
    kernels->difference[0](to, from, part->channels);

    const float *pixels[4];
    gan__winograd_outputs(work->g, tile, work->y + part->filter, work->zeros, pixels);
    for (int64_t f = 0; f < part->filters; f += GAN__WINOGRAD_COLUMNS) {
        const float *const taps[] = {pixels[0] + f, pixels[1] + f, pixels[2] + f, pixels[3] + f};
        for (int64_t p = 0; p < GAN__POINTS; p++) {
            to[p] = gan__winograd_has(tile, p / 3 == 2, p % 3 == 2)
                        ? part->out + p * OUT_POINT + f / GAN__WINOGRAD_COLUMNS * GROUP_POINT +
                              part->count[p] * GAN__WINOGRAD_COLUMNS
                        : part->waste;
        }
        kernels->spread[0](to, 0, taps, 0, 1, gan__min(part->filters - f, GAN__WINOGRAD_COLUMNS));
    }
    for (int64_t p = 0; p < GAN__POINTS; p++) {
        part->count[p] += gan__winograd_has(tile, p / 3 == 2, p % 3 == 2);
    }
}

/* The next tiles' pixels on their way to the cache: runs too short for the hardware to foresee. A
 * tenth of the whole product's time. */
enum { AHEAD = 2 };
static void
fetch_tile(const struct weight_work *work, const struct part *part,
           const struct gan__winograd_tile *tile)
{
    const float *from[GAN__POINTS];
    gan__winograd_pixels(&gan__winograd_4x4, work->g, tile, part->phase, work->x + part->channel,
                         work->zeros, from);
    for (int64_t p = 0; p < GAN__POINTS; p++) {
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
        tile.panel = part->out + p * OUT_POINT + f / GAN__WINOGRAD_COLUMNS * GROUP_POINT +
                     f % GAN__WINOGRAD_COLUMNS;
        for (int64_t c = 0; c < part->channels; c += height) {
            tile.rows = (int32_t)gan__min(part->channels - c, height);
            for (int64_t i = 0; i < height; i++) {
                out[i] = part->sum + p * SUM_POINT + (c + gan__min(i, tile.rows - 1)) * SUM_ROW;
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
    for (int64_t p = 0; p < GAN__POINTS; p++) {
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
    for (int64_t c = 0; c < part->channels; c++) {
        const float *from[GAN__POINTS];
        float *to[4];
        for (int64_t p = 0; p < GAN__POINTS; p++) {
            from[p] = part->sum + p * SUM_POINT + c * SUM_ROW;
        }
        for (int64_t k = 0; k < 4; k++) {
            const int64_t tap =
                (k / 2 * 2 + part->phase / 2) * g->kernel_width + k % 2 * 2 + part->phase % 2;
            to[k] = weight + (tap * g->in_channels + part->channel + c) * g->out_channels +
                    part->filter;
        }
        work->ctx->kernels->winograd.sum[0](to, from, part->filters);
    }
}

/* Items are [span][phase][channels][filters]. */
static void
parts_task(void *argument, int64_t begin, int64_t end, int32_t slot)
{
    const struct weight_work *work = argument;
    const struct gan__convolution *g = work->g;
    const int64_t chunks = GAN__PHASES * work->channel_chunks * work->filter_chunks;
    for (int64_t index = begin; index < end; index++) {
        const int64_t span = index / chunks;
        const int64_t first = span * work->span_blocks;
        const int64_t last = gan__min(first + work->span_blocks, work->blocks);
        struct part part = part_at(work, index % chunks, gan__scratch(work->ctx, slot));
        memset(part.sum, 0, (size_t)(GAN__POINTS * SUM_POINT) * sizeof(float));
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
    const int64_t chunks = GAN__PHASES * gan__ceil_div(g->in_channels, CHUNK_CHANNELS) *
                           gan__ceil_div(g->out_channels, CHUNK_FILTERS);
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
    struct weight_work work = {
        .ctx = ctx,
        .g = g,
        .x = x,
        .y = y,
        .sums = weight,
        .tiles = g->batch * gan__winograd_tile_count(g),
        .blocks = blocks_of(g),
        .span_blocks = gan__winograd_span_blocks(g),
        .channel_chunks = gan__ceil_div(g->in_channels, CHUNK_CHANNELS),
        .filter_chunks = gan__ceil_div(g->out_channels, CHUNK_FILTERS),
    };
    const int64_t count = g->kernel_height * g->kernel_width * g->in_channels * g->out_channels;
    float *spans = NULL;
    float *zeros =
        gan__alloc_zero(ctx, (size_t)gan__max(CHUNK_CHANNELS, CHUNK_FILTERS) * sizeof(float));
    if (zeros == NULL) {
        return GAN_E_NOMEM;
    }
    work.zeros = zeros;
    work.spans = gan__ceil_div(work.blocks, work.span_blocks);
    GAN__TRY(gan__scratch_reserve(ctx, part_bytes()));
    if (work.spans > 1) {
        spans = gan__alloc_array(ctx, work.spans * count, sizeof(float));
        if (spans == NULL) {
            st = GAN_E_NOMEM;
            goto fail;
        }
        work.sums = spans;
    }
    gan__parallel_for(ctx, work.spans * GAN__PHASES * work.channel_chunks * work.filter_chunks, 1,
                      parts_task, &work);
    if (work.spans > 1) {
        gan__spans_sum(ctx, weight, spans, count, work.spans);
    }

fail:
    gan__free(ctx, spans);
    gan__free(ctx, zeros);
    return st;
}
