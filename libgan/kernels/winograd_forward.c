/* Convolution forward by fewer multiplications, and by input with stride 1: see winograd.h. A task
 * takes a block of tiles. */
#include "base/context.h"
#include "base/memory.h"
#include "base/pool.h"
#include "kernels/cut.h"
#include "kernels/winograd.h"

enum {
    /* So many tiles' transforms stay in the nearest large cache up to 128 channels. */
    BLOCK_TILES = 48,
    /* With fewer blocks, groups of columns are tasks too. */
    FEW_BLOCKS = 16
};

struct forward_work {
    gan_context *ctx;
    const struct gan__convolution *g;
    const struct gan__winograd_weights *weights;
    const struct gan__finish *finish;
    const float *x, *zeros; /* zeros: of a pixel outside */
    float *y;
    int64_t tiles;
    int64_t task_groups, group_tasks;
};

static void
transform_block(const struct forward_work *work, const struct gan__winograd_block *block)
{
    const struct gan__winograd_form *form = work->weights->form;
    const int64_t channels = work->g->in_channels;
    for (int64_t t = 0; t < block->count; t++) {
        /* In this order: what a phase writes too far, the next one writes again. */
        for (int64_t phase = 0; phase < form->phases; phase++) {
            const float *from[GAN__POINTS_MOST];
            float *to[GAN__POINTS_MOST];
            gan__winograd_pixels(form, work->g, &block->tiles[t], phase, work->x, work->zeros,
                                 from);
            for (int64_t p = 0; p < form->points; p++) {
                to[p] = block->in + p * block->in_point + t * block->in_row + phase * channels;
            }
            work->ctx->kernels->winograd.difference[form->index](to, from, channels);
        }
    }
}

/* A group's columns of all outputs of the block. */
static void
write_block(const struct forward_work *work, const struct gan__winograd_block *block, int64_t group)
{
    const struct gan__winograd_form *form = work->weights->form;
    const struct gan__convolution *g = work->g;
    const struct gan__kernel_table *table = work->ctx->kernels;
    const struct gan__finish *finish = work->finish;
    const int64_t column = group * GAN__WINOGRAD_COLUMNS;
    const int64_t columns = gan__winograd_group_columns(work->weights, group);
    for (int64_t t = 0; t < block->count; t++) {
        const struct gan__winograd_tile *tile = &block->tiles[t];
        const float *from[GAN__POINTS_MOST];
        float *to[4] = {NULL};
        for (int64_t p = 0; p < form->points; p++) {
            from[p] = gan__winograd_has(tile, p / form->side == form->side - 1,
                                        p % form->side == form->side - 1)
                          ? block->out + p * block->out_point + t * GAN__WINOGRAD_COLUMNS
                          : block->zeros;
        }
        for (int64_t k = 0; k < 4; k++) {
            const int64_t pixel =
                (tile->picture * g->out_height + tile->y + k / 2) * g->out_width + tile->x + k % 2;
            const bool inside = (k / 2 == 0 || tile->high) && (k % 2 == 0 || tile->wide);
            to[k] = inside ? work->y + pixel * g->out_channels + column : NULL;
        }
        table->winograd.sum[form->index](to, from, columns);
        for (int64_t k = 0; finish != NULL && k < 4; k++) {
            if (to[k] != NULL) {
                table->finish(to[k], finish->bias != NULL ? finish->bias + column : NULL,
                              finish->activate, finish->slope, columns);
            }
        }
    }
}

/* Items are [block][groups of columns]. */
static void
forward_task(void *argument, int64_t begin, int64_t end, int32_t slot)
{
    const struct forward_work *work = argument;
    struct gan__winograd_block block =
        gan__winograd_block_make(work->weights, gan__scratch(work->ctx, slot), BLOCK_TILES);
    int64_t found = -1;
    for (int64_t index = begin; index < end; index++) {
        const int64_t first = index / work->group_tasks * BLOCK_TILES;
        if (first != found) {
            found = first;
            block.count = gan__min(work->tiles - first, BLOCK_TILES);
            gan__winograd_tiles(work->g, first, block.count, block.tiles);
            transform_block(work, &block);
        }
        const int64_t group = index % work->group_tasks * work->task_groups;
        const int64_t last = gan__min(group + work->task_groups, work->weights->groups);
        for (int64_t i = group; i < last; i++) {
            gan__winograd_products(work->ctx->kernels, &block, work->weights, i);
            write_block(work, &block, i);
        }
    }
}

static gan_status
run_blocks(gan_context *ctx, const struct gan__convolution *g,
           const struct gan__winograd_weights *weights, float *y, const float *x,
           const struct gan__finish *finish)
{
    gan_status st = GAN_OK;
    float *zeros = gan__alloc_zero(ctx, (size_t)g->in_channels * sizeof(float));
    if (zeros == NULL) {
        return GAN_E_NOMEM;
    }
    GAN__TRY(gan__scratch_reserve(ctx, gan__winograd_block_bytes(weights, BLOCK_TILES)));

    struct forward_work work = {
        .ctx = ctx,
        .g = g,
        .weights = weights,
        .finish = finish,
        .x = x,
        .zeros = zeros,
        .y = y,
        .tiles = g->batch * gan__winograd_tile_count(g),
        .task_groups = weights->groups,
    };
    const int64_t blocks = gan__ceil_div(work.tiles, BLOCK_TILES);
    if (blocks < FEW_BLOCKS) {
        work.task_groups = gan__ceil_div(weights->groups * blocks, FEW_BLOCKS);
    }
    work.group_tasks = gan__ceil_div(weights->groups, work.task_groups);
    gan__parallel_for(ctx, blocks * work.group_tasks, 1, forward_task, &work);

fail:
    gan__free(ctx, zeros);
    return st;
}

gan_status
gan__winograd_forward(gan_context *ctx, const struct gan__convolution *g, float *y, const float *x,
                      const float *weight, const struct gan__finish *finish)
{
    gan_status st = GAN_OK;
    struct gan__winograd_weights weights = {0};
    GAN__TRY(gan__winograd_weights_forward(ctx, &weights, g, weight));
    GAN__TRY(run_blocks(ctx, g, &weights, y, x, finish));

fail:
    gan__free(ctx, weights.data);
    return st;
}

/* x = y convolved with the kernel turned around. */
gan_status
gan__winograd_input_turned(gan_context *ctx, const struct gan__convolution *g, float *x,
                           const float *y, const float *weight)
{
    gan_status st = GAN_OK;
    struct gan__convolution turned = *g;
    struct gan__winograd_weights weights = {0};
    turned.in_height = g->out_height;
    turned.in_width = g->out_width;
    turned.in_channels = g->out_channels;
    turned.out_height = g->in_height;
    turned.out_width = g->in_width;
    turned.out_channels = g->in_channels;
    turned.padding_height = g->kernel_height - 1 - g->padding_height;
    turned.padding_width = g->kernel_width - 1 - g->padding_width;
    GAN__TRY(gan__winograd_weights_input(ctx, &weights, g, weight));
    GAN__TRY(run_blocks(ctx, &turned, &weights, x, y, NULL));

fail:
    gan__free(ctx, weights.data);
    return st;
}
