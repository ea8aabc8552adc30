/*
 * What the products of winograd.h share: the rule that chooses them, tiles, transformed weights,
 * and the products of a block of tiles, by the micro-kernel of all convolutions.
 */
#include "kernels/winograd.h"

#include <string.h>

#include "base/checked.h"
#include "base/context.h"
#include "base/memory.h"
#include "base/pool.h"
#include "kernels/cut.h"

enum { KERNEL = 4, STRIDE = 2 };
/* Enough for a task of their transform. */
enum { TASK_FLOATS = 1 << 14 };

/* Set where it is at least as fast in all three products with AVX-512 and AVX2. With fewer channels
 * the transforms cost what the products save; on small sides most tiles have one output. */
bool
gan__winograd_wanted(const struct gan__convolution *g)
{
    enum { FEWEST_CHANNELS = 32, SMALLEST_SIDE = 3 };
    return g->kernel_height == KERNEL && g->kernel_width == KERNEL && g->stride_height == STRIDE &&
           g->stride_width == STRIDE && g->in_channels >= FEWEST_CHANNELS &&
           g->out_channels >= FEWEST_CHANNELS && g->out_height >= SMALLEST_SIDE &&
           g->out_width >= SMALLEST_SIDE;
}

int64_t
gan__winograd_tile_count(const struct gan__convolution *g)
{
    return gan__ceil_div(g->out_height, 2) * gan__ceil_div(g->out_width, 2);
}

void
gan__winograd_tiles(const struct gan__convolution *g, int64_t first, int64_t count,
                    struct gan__winograd_tile *tiles)
{
    const int64_t width = gan__ceil_div(g->out_width, 2);
    const int64_t all = gan__winograd_tile_count(g);
    for (int64_t t = 0; t < count; t++) {
        const int64_t y = (first + t) % all / width * 2;
        const int64_t x = (first + t) % width * 2;
        tiles[t] = (struct gan__winograd_tile){
            .picture = (first + t) / all,
            .y = y,
            .x = x,
            .high = y + 1 < g->out_height,
            .wide = x + 1 < g->out_width,
        };
    }
}

void
gan__winograd_pixels(const struct gan__convolution *g, const struct gan__winograd_tile *tile,
                     int64_t phase, const float *x, const float *zeros,
                     const float *from[GAN__POINTS])
{
    for (int64_t k = 0; k < GAN__POINTS; k++) {
        const int64_t iy = 2 * (tile->y + k / 3) + phase / 2 - g->padding_height;
        const int64_t ix = 2 * (tile->x + k % 3) + phase % 2 - g->padding_width;
        const bool inside =
            (uint64_t)iy < (uint64_t)g->in_height && (uint64_t)ix < (uint64_t)g->in_width;
        const int64_t pixel = (tile->picture * g->in_height + iy) * g->in_width + ix;
        from[k] = inside ? x + pixel * g->in_channels : zeros;
    }
}

void
gan__winograd_outputs(const struct gan__convolution *g, const struct gan__winograd_tile *tile,
                      const float *y, const float *zeros, const float *from[4])
{
    for (int64_t k = 0; k < 4; k++) {
        const bool inside = (k / 2 == 0 || tile->high) && (k % 2 == 0 || tile->wide);
        const int64_t pixel =
            (tile->picture * g->out_height + tile->y + k / 2) * g->out_width + tile->x + k % 2;
        from[k] = inside ? y + pixel * g->out_channels : zeros;
    }
}

int64_t
gan__winograd_group_columns(const struct gan__winograd_weights *w, int64_t group)
{
    return gan__min(w->columns - group % w->phase_groups * GAN__WINOGRAD_COLUMNS,
                    GAN__WINOGRAD_COLUMNS);
}

static gan_status
weights_alloc(gan_context *ctx, struct gan__winograd_weights *w)
{
    int64_t count = 0;
    /* An odd number of lines: points at distances of powers of two would conflict in the cache. */
    if (!gan__checked_mul(w->depth, GAN__WINOGRAD_COLUMNS, &count) ||
        !gan__checked_add(count, GAN__LINE_FLOATS, &w->point_floats) ||
        !gan__checked_mul(w->point_floats, w->groups * GAN__POINTS, &count)) {
        count = INT64_MAX; /* refused by the allocator, with its sentence */
    }
    w->data = gan__alloc_array(ctx, count, sizeof(float));
    return w->data == NULL ? GAN_E_NOMEM : GAN_OK;
}

struct weights_work {
    gan_context *ctx;
    const struct gan__winograd_weights *w;
    const struct gan__convolution *g;
    const float *weight;
    int64_t panel;  /* columns of a full panel */
    int64_t panels; /* of a group, at most */
};

/* Columns [column, column + columns) of a group, in a panel of so many floats a row. */
struct panel {
    int64_t group, column, columns, width;
};

static struct panel
panel_at(const struct weights_work *work, int64_t index)
{
    struct panel panel = {
        .group = index / work->panels,
        .column = index % work->panels * work->panel,
    };
    const int64_t left = gan__winograd_group_columns(work->w, panel.group) - panel.column;
    panel.columns = gan__max(0, gan__min(left, work->panel));
    panel.width =
        gan__ceil_div(panel.columns, work->ctx->kernels->lanes) * work->ctx->kernels->lanes;
    return panel;
}

/* Where row `row` of a panel begins for each point. */
static void
find_rows(const struct gan__winograd_weights *w, const struct panel *panel, int64_t row,
          float *to[GAN__POINTS])
{
    for (int64_t p = 0; p < GAN__POINTS; p++) {
        to[p] = w->data + (panel->group * GAN__POINTS + p) * w->point_floats +
                w->depth * panel->column + row * panel->width;
    }
}

/* The four taps of a phase. */
static void
find_taps(const struct weights_work *work, int64_t phase, const float *taps[GAN__PHASES])
{
    for (int64_t k = 0; k < GAN__PHASES; k++) {
        const int64_t r = k / 2 * STRIDE + phase / 2;
        const int64_t s = k % 2 * STRIDE + phase % 2;
        taps[k] = work->weight + (r * KERNEL + s) * work->g->in_channels * work->g->out_channels;
    }
}

/* Items are [group][panel][phase]. */
static void
weights_forward_task(void *argument, int64_t begin, int64_t end, int32_t slot)
{
    const struct weights_work *work = argument;
    (void)slot;
    for (int64_t index = begin; index < end; index++) {
        const int64_t phase = index % GAN__PHASES;
        const struct panel panel = panel_at(work, index / GAN__PHASES);
        float *to[GAN__POINTS];
        const float *taps[GAN__PHASES];
        if (panel.columns == 0) {
            continue;
        }
        find_rows(work->w, &panel, phase * work->g->in_channels, to);
        find_taps(work, phase, taps);
        for (int64_t k = 0; k < GAN__PHASES; k++) {
            taps[k] += panel.group * GAN__WINOGRAD_COLUMNS + panel.column;
        }
        work->ctx->kernels->winograd.spread(to, panel.width, taps, work->g->out_channels,
                                            work->g->in_channels, panel.columns);
    }
}

enum { TRANSPOSED_ROWS = 16, TRANSPOSED_FLOATS = TRANSPOSED_ROWS * GAN__WINOGRAD_COLUMNS };

/* Items are [group][panel][rows]. */
static void
weights_input_task(void *argument, int64_t begin, int64_t end, int32_t slot)
{
    const struct weights_work *work = argument;
    const int64_t filters = work->g->out_channels;
    const int64_t chunks = gan__ceil_div(filters, TRANSPOSED_ROWS);
    float *const transposed = gan__scratch(work->ctx, slot);
    for (int64_t index = begin; index < end; index++) {
        const int64_t row = index % chunks * TRANSPOSED_ROWS;
        const int64_t rows = gan__min(filters - row, TRANSPOSED_ROWS);
        const struct panel panel = panel_at(work, index / chunks);
        const int64_t channel =
            panel.group % work->w->phase_groups * GAN__WINOGRAD_COLUMNS + panel.column;
        float *to[GAN__POINTS];
        const float *taps[GAN__PHASES];
        if (panel.columns == 0) {
            continue;
        }
        find_rows(work->w, &panel, row, to);
        find_taps(work, panel.group / work->w->phase_groups, taps);
        for (int64_t k = 0; k < GAN__PHASES; k++) {
            float *const part = transposed + k * TRANSPOSED_FLOATS;
            gan__transpose(part, GAN__WINOGRAD_COLUMNS, taps[k] + channel * filters + row, filters,
                           rows, panel.columns);
            taps[k] = part;
        }
        work->ctx->kernels->winograd.spread(to, panel.width, taps, GAN__WINOGRAD_COLUMNS, rows,
                                            panel.columns);
    }
}

static struct weights_work
weights_work_make(gan_context *ctx, const struct gan__winograd_weights *w,
                  const struct gan__convolution *g, const float *weight)
{
    const int64_t panel = (int64_t)ctx->kernels->lanes * ctx->kernels->convolution.vectors;
    return (struct weights_work){
        .ctx = ctx,
        .w = w,
        .g = g,
        .weight = weight,
        .panel = panel,
        .panels = GAN__WINOGRAD_COLUMNS / panel,
    };
}

gan_status
gan__winograd_weights_forward(gan_context *ctx, struct gan__winograd_weights *w,
                              const struct gan__convolution *g, const float *weight)
{
    *w = (struct gan__winograd_weights){
        .depth = GAN__PHASES * g->in_channels,
        .columns = g->out_channels,
        .groups = gan__ceil_div(g->out_channels, GAN__WINOGRAD_COLUMNS),
    };
    w->phase_groups = w->groups;
    const gan_status st = weights_alloc(ctx, w);
    if (st != GAN_OK) {
        return st;
    }
    struct weights_work work = weights_work_make(ctx, w, g, weight);
    gan__parallel_for(ctx, w->groups * work.panels * GAN__PHASES,
                      TASK_FLOATS / (GAN__POINTS * g->in_channels * work.panel) + 1,
                      weights_forward_task, &work);
    return GAN_OK;
}

gan_status
gan__winograd_weights_input(gan_context *ctx, struct gan__winograd_weights *w,
                            const struct gan__convolution *g, const float *weight)
{
    gan_status st = GAN_OK;
    *w = (struct gan__winograd_weights){
        .depth = g->out_channels,
        .columns = g->in_channels,
        .phase_groups = gan__ceil_div(g->in_channels, GAN__WINOGRAD_COLUMNS),
    };
    w->groups = GAN__PHASES * w->phase_groups;
    GAN__TRY(gan__scratch_reserve(ctx, GAN__PHASES * TRANSPOSED_FLOATS * sizeof(float)));
    GAN__TRY(weights_alloc(ctx, w));
    struct weights_work work = weights_work_make(ctx, w, g, weight);
    const int64_t chunks = gan__ceil_div(g->out_channels, TRANSPOSED_ROWS);
    gan__parallel_for(ctx, w->groups * work.panels * chunks,
                      TASK_FLOATS / (GAN__POINTS * TRANSPOSED_ROWS * work.panel) + 1,
                      weights_input_task, &work);
fail:
    return st;
}

/* Floats of a block's parts, in the order of their place. */
struct block_sizes {
    int64_t in_row, in_point, out_point;
    int64_t floats;
};

static struct block_sizes
block_sizes(int64_t room, int64_t depth)
{
    struct block_sizes s;
    /* Odd numbers of lines, as above; and room for the transforms' whole vectors. */
    s.in_row = ((gan__ceil_div(depth, GAN__LINE_FLOATS) + 1) | 1) * GAN__LINE_FLOATS;
    s.in_point = (room | 1) * s.in_row;
    s.out_point = room * GAN__WINOGRAD_COLUMNS + GAN__LINE_FLOATS;
    s.floats = GAN__POINTS * (s.in_point + s.out_point) + GAN__WINOGRAD_COLUMNS;
    return s;
}

size_t
gan__winograd_block_bytes(int64_t room, int64_t depth)
{
    const size_t lists = (size_t)(2 * room + GAN__TILE_ROWS) * sizeof(void *);
    return (size_t)block_sizes(room, depth).floats * sizeof(float) + lists +
           (size_t)room * sizeof(struct gan__winograd_tile);
}

struct gan__winograd_block
gan__winograd_block_make(void *scratch, int64_t room, int64_t depth)
{
    const struct block_sizes s = block_sizes(room, depth);
    struct gan__winograd_block block = {
        .room = room,
        .in = scratch,
        .in_row = s.in_row,
        .in_point = s.in_point,
        .out_point = s.out_point,
    };
    block.out = block.in + GAN__POINTS * s.in_point;
    block.zeros = block.out + GAN__POINTS * s.out_point;
    block.tiles = (struct gan__winograd_tile *)(block.zeros + GAN__WINOGRAD_COLUMNS);
    block.out_rows = (float **)(block.tiles + room);
    block.in_rows = (const float **)(void *)(block.out_rows + room);
    memset(block.zeros, 0, GAN__WINOGRAD_COLUMNS * sizeof(float));
    return block;
}

void
gan__winograd_products(const struct gan__kernel_table *table,
                       const struct gan__winograd_block *block,
                       const struct gan__winograd_weights *w, int64_t group)
{
    struct gan__tile_run run = {
        .kernels = &table->convolution,
        .lanes = table->lanes,
        .in = block->in_rows,
        .out = block->out_rows,
        .taps = 1,
        .channels = w->depth,
        .columns = gan__winograd_group_columns(w, group),
    };
    const int64_t width = (int64_t)table->lanes * table->convolution.vectors;
    for (int64_t p = 0; p < GAN__POINTS; p++) {
        run.rows = 0;
        for (int64_t t = 0; t < block->count; t++) {
            if (gan__winograd_has(&block->tiles[t], p)) {
                block->in_rows[run.rows] = block->in + p * block->in_point + t * block->in_row;
                block->out_rows[run.rows] =
                    block->out + p * block->out_point + t * GAN__WINOGRAD_COLUMNS;
                run.rows++;
            }
        }
        if (run.rows == 0) {
            continue;
        }
        for (int64_t i = 0; i < GAN__TILE_ROWS; i++) {
            block->in_rows[run.rows + i] = block->in_rows[run.rows - 1];
        }
        run.panels = w->data + (group * GAN__POINTS + p) * w->point_floats;
        gan__tile_run(&run, 0, gan__ceil_div(run.columns, width));
    }
}
