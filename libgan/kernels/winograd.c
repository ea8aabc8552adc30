/*
 * What the products of winograd.h share: the rule that chooses them, tiles,
 * and the products of a block of tiles, by the micro-kernel of all convolutions.
 */
#include "kernels/winograd.h"

#include <string.h>

#include "kernels/cut.h"

const struct gan__winograd_form gan__winograd_4x4 = {
    .kernel = 4,
    .stride = 2,
    .side = 3,
    .points = GAN__POINTS,
    .phases = GAN__PHASES,
    .taps = 4,
    .index = 0,
};
const struct gan__winograd_form gan__winograd_3x3 = {
    .kernel = 3,
    .stride = 1,
    .side = 4,
    .points = GAN__POINTS_MOST,
    .phases = 1,
    .taps = GAN__TAPS_MOST,
    .index = 1,
};

/* Set where it is at least as fast in all three products with AVX-512 and AVX2. With fewer channels
 * the transforms cost what the products save; on small sides most tiles have one output. */
const struct gan__winograd_form *
gan__winograd_find(const struct gan__convolution *g)
{
    enum { FEWEST_CHANNELS = 32, SMALLEST_SIDE = 3 };
    if (g->in_channels < FEWEST_CHANNELS || g->out_channels < FEWEST_CHANNELS ||
        g->out_height < SMALLEST_SIDE || g->out_width < SMALLEST_SIDE ||
        g->kernel_height != g->kernel_width || g->stride_height != g->stride_width) {
        return NULL;
    }
    if (g->kernel_height == gan__winograd_4x4.kernel &&
        g->stride_height == gan__winograd_4x4.stride) {
        return &gan__winograd_4x4;
    }
    /* Turned around, it must not begin inside the picture. */
    if (g->kernel_height == gan__winograd_3x3.kernel &&
        g->stride_height == gan__winograd_3x3.stride && g->padding_height < g->kernel_height &&
        g->padding_width < g->kernel_width) {
        return &gan__winograd_3x3;
    }
    return NULL;
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
gan__winograd_pixels(const struct gan__winograd_form *form, const struct gan__convolution *g,
                     const struct gan__winograd_tile *tile, int64_t phase, const float *x,
                     const float *zeros, const float **from)
{
    const int64_t y = form->stride * tile->y + phase / 2 - g->padding_height;
    const int64_t left = form->stride * tile->x + phase % 2 - g->padding_width;
    for (int64_t i = 0; i < form->side; i++) {
        const int64_t iy = y + form->stride * i;
        const bool row = (uint64_t)iy < (uint64_t)g->in_height;
        for (int64_t j = 0; j < form->side; j++) {
            const int64_t ix = left + form->stride * j;
            const bool inside = row && (uint64_t)ix < (uint64_t)g->in_width;
            const int64_t pixel = (tile->picture * g->in_height + iy) * g->in_width + ix;
            *from++ = inside ? x + pixel * g->in_channels : zeros;
        }
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

/* Floats of a block's parts, in the order of their place. */
struct block_sizes {
    int64_t in_row, in_point, out_point;
    int64_t floats;
};

static struct block_sizes
block_sizes(const struct gan__winograd_weights *w, int64_t room)
{
    struct block_sizes s;
    /* Odd numbers of lines, as in the weights; and room for the transforms' whole vectors. */
    s.in_row = ((gan__ceil_div(w->depth, GAN__LINE_FLOATS) + 1) | 1) * GAN__LINE_FLOATS;
    s.in_point = (room | 1) * s.in_row;
    s.out_point = room * GAN__WINOGRAD_COLUMNS + GAN__LINE_FLOATS;
    s.floats = w->form->points * (s.in_point + s.out_point) + GAN__WINOGRAD_COLUMNS;
    return s;
}

size_t
gan__winograd_block_bytes(const struct gan__winograd_weights *w, int64_t room)
{
    const size_t lists = (size_t)(2 * room + GAN__TILE_ROWS) * sizeof(void *);
    return (size_t)block_sizes(w, room).floats * sizeof(float) + lists +
           (size_t)room * sizeof(struct gan__winograd_tile);
}

struct gan__winograd_block
gan__winograd_block_make(const struct gan__winograd_weights *w, void *scratch, int64_t room)
{
    const struct block_sizes s = block_sizes(w, room);
    struct gan__winograd_block block = {
        .in = scratch,
        .in_row = s.in_row,
        .in_point = s.in_point,
        .out_point = s.out_point,
    };
    block.out = block.in + w->form->points * s.in_point;
    block.zeros = block.out + w->form->points * s.out_point;
    block.tiles = (struct gan__winograd_tile *)(block.zeros + GAN__WINOGRAD_COLUMNS);
    block.out_rows = (float **)(block.tiles + room);
    block.in_rows = (const float **)(void *)(block.out_rows + room);
    memset(block.zeros, 0, GAN__WINOGRAD_COLUMNS * sizeof(float));
    return block;
}

/* Where the rows of all tiles that have point p are, and their products go; returns how many. */
static int64_t
find_rows(const struct gan__winograd_block *block, int64_t side, int64_t p)
{
    const bool last_row = p / side == side - 1;
    const bool last_column = p % side == side - 1;
    int64_t rows = 0;
    for (int64_t t = 0; t < block->count; t++) {
        if (gan__winograd_has(&block->tiles[t], last_row, last_column)) {
            block->in_rows[rows] = block->in + p * block->in_point + t * block->in_row;
            block->out_rows[rows] = block->out + p * block->out_point + t * GAN__WINOGRAD_COLUMNS;
            rows++;
        }
    }
    for (int64_t i = 0; rows > 0 && i < GAN__TILE_ROWS; i++) {
        block->in_rows[rows + i] = block->in_rows[rows - 1];
    }
    return rows;
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
    for (int64_t p = 0; p < w->form->points; p++) {
        run.rows = find_rows(block, w->form->side, p);
        run.panels = w->data + (group * w->form->points + p) * w->point_floats;
        gan__tile_run(&run, 0, gan__ceil_div(run.columns, width));
    }
}
