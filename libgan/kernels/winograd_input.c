/*
 * Convolution by input by F(2x2,2x2), the adjoint of forward: see winograd.h. A task takes some
 * pictures, or some rows of tiles of a large one together with what it needs of the row above.
 */
#include "base/context.h"
#include "base/memory.h"
#include "base/pool.h"
#include "kernels/cut.h"
#include "kernels/winograd.h"

enum {
    /* Pictures of fewer tiles are joined, those of more cut. */
    FEW_TILES = 48,
    MOST_TILES = 144,
    STRIP_TILES = 96,
    /* With fewer blocks, groups of columns are tasks too. */
    FEW_BLOCKS = 16
};

struct input_work {
    gan_context *ctx;
    const struct gan__convolution *g;
    const struct gan__winograd_weights *weights;
    const float *y, *zeros; /* zeros: of a pixel outside */
    float *x;
    int64_t tiles_y, tiles_x; /* of a picture */
    int64_t pictures;         /* of a block */
    int64_t strip, strips;    /* rows of tiles in a block, and such strips of a picture */
    int64_t room;             /* tiles of a block */
    int64_t task_groups, group_tasks;
};

/* Pictures [picture, last_picture), rows of tiles [top, bottom); the tiles begin with row `first`. */
struct part {
    int64_t picture, last_picture;
    int64_t top, bottom, first;
};

static struct part
part_at(const struct input_work *work, int64_t index)
{
    struct part part = {
        .picture = index / work->strips * work->pictures,
        .top = index % work->strips * work->strip,
    };
    part.last_picture = gan__min(part.picture + work->pictures, work->g->batch);
    part.bottom = gan__min(part.top + work->strip, work->tiles_y);
    part.first = gan__max(part.top - 1, 0);
    return part;
}

/* The part's tiles, picture by picture, and their pixels of y towards the products. */
static void
transform_part(const struct input_work *work, struct gan__winograd_block *block,
               const struct part *part)
{
    const struct gan__convolution *g = work->g;
    const int64_t tiles = work->tiles_y * work->tiles_x;
    const int64_t each = (part->bottom - part->first) * work->tiles_x;
    block->count = (part->last_picture - part->picture) * each;
    for (int64_t t = 0; t < block->count; t++) {
        struct gan__winograd_tile *const tile = &block->tiles[t];
        const float *from[4];
        float *to[GAN__POINTS];
        gan__winograd_tiles(
            g, (part->picture + t / each) * tiles + part->first * work->tiles_x + t % each, 1,
            tile);
        tile->below = tile->y / 2 < part->top;
        gan__winograd_outputs(g, tile, work->y, work->zeros, from);
        for (int64_t p = 0; p < GAN__POINTS; p++) {
            to[p] = block->in + p * block->in_point + t * block->in_row;
        }
        work->ctx->kernels->winograd.gradient[0](to, from, g->out_channels);
    }
}

/* The products that make the 2x2 pixels of tile (y, x), which may be one beyond the last: the tile's
 * own, after the last row and column of those before. */
static void
find_products(const struct input_work *work, const struct gan__winograd_block *block,
              const struct part *part, int64_t picture, int64_t y, int64_t x, const float *from[16])
{
    const int64_t rows = part->bottom - part->first;
    for (int64_t k = 0; k < 16; k++) {
        const int64_t tile_y = k / 4 == 0 ? y - 1 : y;
        const int64_t tile_x = k % 4 == 0 ? x - 1 : x;
        const int64_t p = (k / 4 + 2) % 3 * 3 + (k % 4 + 2) % 3;
        from[k] = block->zeros;
        if (tile_y < part->first || tile_y >= part->bottom || tile_x < 0 ||
            tile_x >= work->tiles_x) {
            continue;
        }
        const int64_t t =
            ((picture - part->picture) * rows + tile_y - part->first) * work->tiles_x + tile_x;
        if (gan__winograd_has(&block->tiles[t], p / 3 == 2, p % 3 == 2)) {
            from[k] = block->out + p * block->out_point + t * GAN__WINOGRAD_COLUMNS;
        }
    }
}

/* Of one picture, the pixels of a group's phase and channels. */
static void
write_picture(const struct input_work *work, const struct gan__winograd_block *block,
              const struct part *part, int64_t group, int64_t picture)
{
    const struct gan__convolution *g = work->g;
    const int64_t phase = group / work->weights->phase_groups;
    const int64_t channel = group % work->weights->phase_groups * GAN__WINOGRAD_COLUMNS;
    const int64_t columns = gan__winograd_group_columns(work->weights, group);
    /* To the end of the picture: what no tile reaches is zero. */
    const int64_t bottom = part->bottom < work->tiles_y
                               ? part->bottom
                               : (g->in_height - 1 + g->padding_height) / 4 + 1;
    const int64_t right = (g->in_width - 1 + g->padding_width) / 4 + 1;
    for (int64_t i = part->top * right; i < bottom * right; i++) {
        const int64_t y = i / right;
        const int64_t x = i % right;
        const float *from[16];
        float *to[4];
        for (int64_t k = 0; k < 4; k++) {
            const int64_t iy = 2 * (2 * y + k / 2) + phase / 2 - g->padding_height;
            const int64_t ix = 2 * (2 * x + k % 2) + phase % 2 - g->padding_width;
            const bool inside =
                (uint64_t)iy < (uint64_t)g->in_height && (uint64_t)ix < (uint64_t)g->in_width;
            to[k] = inside
                        ? work->x +
                              ((picture * g->in_height + iy) * g->in_width + ix) * g->in_channels +
                              channel
                        : NULL;
        }
        find_products(work, block, part, picture, y, x, from);
        work->ctx->kernels->winograd.join(to, from, columns);
    }
}

/* Items are [part][groups of columns]. */
static void
input_task(void *argument, int64_t begin, int64_t end, int32_t slot)
{
    const struct input_work *work = argument;
    struct gan__winograd_block block =
        gan__winograd_block_make(work->weights, gan__scratch(work->ctx, slot), work->room);
    int64_t found = -1;
    struct part part = {0};
    for (int64_t index = begin; index < end; index++) {
        if (index / work->group_tasks != found) {
            found = index / work->group_tasks;
            part = part_at(work, found);
            transform_part(work, &block, &part);
        }
        const int64_t group = index % work->group_tasks * work->task_groups;
        const int64_t last = gan__min(group + work->task_groups, work->weights->groups);
        for (int64_t i = group; i < last; i++) {
            gan__winograd_products(work->ctx->kernels, &block, work->weights, i);
            for (int64_t n = part.picture; n < part.last_picture; n++) {
                write_picture(work, &block, &part, i, n);
            }
        }
    }
}

/* How pictures are joined or cut, and groups of columns with few of them. Returns the number of
 * tasks. */
static int64_t
cut(struct input_work *work)
{
    const int64_t tiles = work->tiles_y * work->tiles_x;
    work->pictures = gan__min(gan__max(FEW_TILES / tiles, 1), work->g->batch);
    work->strip = work->tiles_y;
    if (tiles > MOST_TILES) {
        work->strip = gan__max(STRIP_TILES / work->tiles_x, 1);
    }
    work->strips = gan__ceil_div(work->tiles_y, work->strip);
    work->room = work->pictures * work->tiles_x * gan__min(work->strip + 1, work->tiles_y);
    const int64_t blocks = gan__ceil_div(work->g->batch, work->pictures) * work->strips;
    work->task_groups = work->weights->groups;
    if (blocks < FEW_BLOCKS) {
        work->task_groups = gan__ceil_div(work->weights->groups * blocks, FEW_BLOCKS);
    }
    work->group_tasks = gan__ceil_div(work->weights->groups, work->task_groups);
    return blocks * work->group_tasks;
}

gan_status
gan__winograd_input(gan_context *ctx, const struct gan__convolution *g, float *x, const float *y,
                    const float *weight)
{
    gan_status st = GAN_OK;
    struct gan__winograd_weights weights = {0};
    float *zeros = gan__alloc_zero(ctx, (size_t)g->out_channels * sizeof(float));
    if (zeros == NULL) {
        return GAN_E_NOMEM;
    }
    GAN__TRY(gan__winograd_weights_input(ctx, &weights, g, weight));

    struct input_work work = {
        .ctx = ctx,
        .g = g,
        .weights = &weights,
        .y = y,
        .zeros = zeros,
        .x = x,
        .tiles_y = gan__ceil_div(g->out_height, 2),
        .tiles_x = gan__ceil_div(g->out_width, 2),
    };
    const int64_t tasks = cut(&work);
    GAN__TRY(gan__scratch_reserve(ctx, gan__winograd_block_bytes(&weights, work.room)));
    gan__parallel_for(ctx, tasks, 1, input_task, &work);

fail:
    gan__free(ctx, weights.data);
    gan__free(ctx, zeros);
    return st;
}
