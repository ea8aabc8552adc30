/*
 * Dense convolutions by indirection: a task takes some output pixels, writes down where each
 * pixel's taps begin, and runs the micro-kernel over them and all panels of weights.
 */
#include "kernels/convolution.h"

#include <string.h>

#include "base/context.h"
#include "base/memory.h"
#include "base/pool.h"

/* Weights beyond so many floats leave the nearest cache between tasks: then tasks take more
 * pixels. */
enum { LARGE_PANELS = 1 << 18, FEW_PIXELS = 48 };
/* Below so many tiles, panels are tasks too; a task of less than so many products is not worth its
 * start. */
enum { FEW_TILES = 64, TASK_PRODUCTS = 1 << 19 };
enum { PTR_SIZE = sizeof(void *) };

struct passes_work {
    gan_context *ctx;
    const struct gan__kernel_table *table;
    const struct gan__convolution_pass *passes;
    int64_t count;
    int64_t tile_pixels;
    int64_t panels;      /* of all columns */
    int64_t task_panels; /* of one task */
    int64_t most_taps;
};

/* A pixel's first tap. */
struct pixel {
    const float *picture;
    int64_t y, x;
};

static int64_t
pass_pixels(const struct gan__convolution_pass *pass)
{
    return pass->batch * pass->y.count * pass->x.count;
}

/* Pixels [first, first + rows) of the pass: their outputs, and the places of their sources. */
static void
find_pixels(const struct gan__convolution_pass *pass, int64_t first, int64_t rows,
            struct pixel *pixels, float **out)
{
    int64_t column = first % pass->x.count;
    int64_t row = first / pass->x.count % pass->y.count;
    int64_t picture = first / pass->x.count / pass->y.count;
    for (int64_t m = 0; m < rows; m++) {
        const int64_t y = pass->y.first + row * pass->y.step;
        const int64_t x = pass->x.first + column * pass->x.step;
        out[m] = pass->out +
                 ((picture * pass->out_height + y) * pass->out_width + x) * pass->out_channels;
        pixels[m] = (struct pixel){
            .picture = pass->in + picture * pass->in_height * pass->in_width * pass->in_pitch,
            .y = pass->y.source + row * pass->y.source_step,
            .x = pass->x.source + column * pass->x.source_step,
        };
        if (++column == pass->x.count) {
            column = 0;
            if (++row == pass->y.count) {
                row = 0;
                picture++;
            }
        }
    }
}

static void
find_tap(const struct gan__convolution_pass *pass, const struct pixel *pixels, int64_t rows,
         int64_t tap_y, int64_t tap_x, const float **in)
{
    const int64_t offset_y = tap_y * pass->y.tap_source;
    const int64_t offset_x = tap_x * pass->x.tap_source;
    for (int64_t m = 0; m < rows; m++) {
        const int64_t y = pixels[m].y + offset_y;
        const int64_t x = pixels[m].x + offset_x;
        const bool inside =
            (uint64_t)y < (uint64_t)pass->in_height && (uint64_t)x < (uint64_t)pass->in_width;
        in[m] =
            inside ? pixels[m].picture + (y * pass->in_width + x) * pass->in_pitch : pass->zeros;
    }
}

/* Without zeros around: all taps are inside, so a tap is a fixed distance from its pixel. */
static void
find_tap_inside(const struct gan__convolution_pass *pass, const float *const *firsts, int64_t rows,
                int64_t tap_y, int64_t tap_x, const float **in)
{
    const int64_t distance =
        (tap_y * pass->y.tap_source * pass->in_width + tap_x * pass->x.tap_source) * pass->in_pitch;
    for (int64_t m = 0; m < rows; m++) {
        in[m] = firsts[m] + distance;
    }
}

/* in[tap * stride + m] for `rows` pixels, and repeats of the last one up to a tile's height. */
static void
find_taps(const struct gan__convolution_pass *pass, const struct pixel *pixels, int64_t rows,
          const float **in, int64_t stride)
{
    const int64_t taps = pass->y.taps * pass->x.taps;
    for (int64_t tap = 0; tap < taps; tap++) {
        const int64_t tap_y = tap / pass->x.taps;
        const int64_t tap_x = tap % pass->x.taps;
        if (pass->zeros == NULL && tap > 0) {
            find_tap_inside(pass, in, rows, tap_y, tap_x, in + tap * stride);
        } else {
            find_tap(pass, pixels, rows, tap_y, tap_x, in + tap * stride);
        }
    }
    const int64_t end = rows + GAN__TILE_ROWS - 1 < stride ? rows + GAN__TILE_ROWS - 1 : stride;
    for (int64_t tap = 0; tap < taps; tap++) {
        for (int64_t m = rows; m < end; m++) {
            in[tap * stride + m] = in[tap * stride + rows - 1];
        }
    }
}

/* What a cut of the sums adds: taps [tap, tap + taps), channels [channel, channel + channels). */
struct cut {
    int64_t tap, taps;
    int64_t channel, channels;
};

static void
run_cut(const struct gan__tile_run *run, const struct cut *cut, int64_t first_panel,
        int64_t last_panel)
{
    const struct gan__convolution_kernels *kernels = run->kernels;
    const int64_t width = (int64_t)kernels->vectors * run->lanes;
    const int64_t depth = run->taps * run->channels;
    const int64_t first = cut->tap * run->channels + cut->channel;
    struct gan__tile tile = {
        .mode = first == 0 ? GAN__TILE_STORE : GAN__TILE_CONTINUE,
        .in_stride = run->in_stride,
        .in_first = cut->channel,
        .taps = cut->taps,
        .channels = cut->channels,
    };
    for (int64_t p = first_panel; p < last_panel; p++) {
        const int64_t left = run->columns - p * width;
        tile.column = p * width;
        tile.columns = (int32_t)(left < width ? left : width);
        const int32_t vectors = (tile.columns + run->lanes - 1) / run->lanes;
        const int32_t rows = kernels->gather_rows[vectors - 1];
        tile.panel = run->panels + depth * tile.column + first * vectors * run->lanes;
        for (int64_t m = 0; m < run->rows; m += rows) {
            tile.in = run->in + cut->tap * run->in_stride + m;
            tile.out = run->out + m;
            tile.rows = (int32_t)(run->rows - m < rows ? run->rows - m : rows);
            kernels->gather[vectors - 1](&tile);
        }
    }
}

/* Long sums are cut, whole taps or one tap's channels at a time, so that a panel's cut is used from
 * the cache. */
void
gan__tile_run(const struct gan__tile_run *run, int64_t first_panel, int64_t last_panel)
{
    const int64_t most = run->kernels->depth;
    const int64_t cuts = (run->taps * run->channels + most - 1) / most;
    if (cuts <= 1) {
        const struct cut whole = {.taps = run->taps, .channels = run->channels};
        run_cut(run, &whole, first_panel, last_panel);
        return;
    }
    const int64_t taps = (run->taps + cuts - 1) / cuts;
    const int64_t channels = run->channels < most ? run->channels : most;
    for (int64_t t = 0; t < run->taps; t += taps) {
        for (int64_t c = 0; c < run->channels; c += channels) {
            const struct cut cut = {
                .tap = t,
                .taps = run->taps - t < taps ? run->taps - t : taps,
                .channel = c,
                .channels = run->channels - c < channels ? run->channels - c : channels,
            };
            run_cut(run, &cut, first_panel, last_panel);
        }
    }
}

/* Set up the tile-th tile of all passes. */
static void
find_tile(const struct passes_work *work, int64_t tile, char *scratch, struct gan__tile_run *run)
{
    const float **in = (const float **)scratch;
    float **out = (float **)(scratch + work->most_taps * work->tile_pixels * PTR_SIZE);
    struct pixel *pixels = (struct pixel *)(out + work->tile_pixels);
    int64_t p = 0;
    while (p + 1 < work->count && work->passes[p + 1].first_tile <= tile) {
        p++;
    }
    const struct gan__convolution_pass *pass = &work->passes[p];
    const int64_t first = (tile - pass->first_tile) * work->tile_pixels;
    const int64_t left = pass_pixels(pass) - first;
    *run = (struct gan__tile_run){
        .kernels = &work->table->convolution,
        .lanes = work->table->lanes,
        .in = in,
        .in_stride = work->tile_pixels,
        .out = out,
        .rows = left < work->tile_pixels ? left : work->tile_pixels,
        .panels = pass->panels,
        .taps = pass->y.taps * pass->x.taps,
        .channels = pass->in_channels,
        .columns = pass->out_channels,
    };
    find_pixels(pass, first, run->rows, pixels, out);
    find_taps(pass, pixels, run->rows, in, work->tile_pixels);
}

/* What follows the sums, on the columns of panels [first, last). */
static void
finish_tile(const struct passes_work *work, const struct gan__tile_run *run, int64_t first,
            int64_t last)
{
    const struct gan__finish *finish = work->passes[0].finish;
    const int64_t width = (int64_t)run->kernels->vectors * run->lanes;
    const int64_t column = first * width;
    const int64_t end = last * width < run->columns ? last * width : run->columns;
    const float *bias = finish->bias != NULL ? finish->bias + column : NULL;
    for (int64_t m = 0; m < run->rows; m++) {
        work->table->finish(run->out[m] + column, bias, finish->activate, finish->slope,
                            end - column);
    }
}

static void
passes_task(void *argument, int64_t begin, int64_t end, int32_t slot)
{
    const struct passes_work *work = argument;
    char *scratch = gan__scratch(work->ctx, slot);
    const int64_t groups = (work->panels + work->task_panels - 1) / work->task_panels;
    struct gan__tile_run run = {0};
    int64_t found = -1;
    for (int64_t index = begin; index < end; index++) {
        const int64_t first = index % groups * work->task_panels;
        const int64_t last =
            first + work->task_panels < work->panels ? first + work->task_panels : work->panels;
        if (index / groups != found) {
            found = index / groups;
            find_tile(work, found, scratch, &run);
        }
        gan__tile_run(&run, first, last);
        if (work->passes[0].finish != NULL) {
            finish_tile(work, &run, first, last);
        }
    }
}

gan_status
gan__passes_run(gan_context *ctx, struct gan__convolution_pass *passes, int64_t count)
{
    const struct gan__kernel_table *table = ctx->kernels;
    const int64_t width = (int64_t)table->convolution.vectors * table->lanes;
    struct passes_work work = {.ctx = ctx, .table = table, .passes = passes, .count = count};
    int64_t floats = 0;
    int64_t tiles = 0;

    for (int64_t i = 0; i < count; i++) {
        const int64_t taps = passes[i].y.taps * passes[i].x.taps;
        work.most_taps = taps > work.most_taps ? taps : work.most_taps;
        floats += taps * passes[i].in_channels * passes[i].out_channels;
    }
    work.tile_pixels = floats / count < LARGE_PANELS ? FEW_PIXELS : table->convolution.pixels;
    for (int64_t i = 0; i < count; i++) {
        passes[i].first_tile = tiles;
        tiles += (pass_pixels(&passes[i]) + work.tile_pixels - 1) / work.tile_pixels;
    }
    work.panels = (passes[0].out_channels + width - 1) / width;
    work.task_panels = tiles < FEW_TILES ? 1 : work.panels;
    const int64_t groups = (work.panels + work.task_panels - 1) / work.task_panels;
    const int64_t products = floats / count / groups * work.tile_pixels + 1;

    const int64_t pixel_bytes =
        work.most_taps * PTR_SIZE + PTR_SIZE + (int64_t)sizeof(struct pixel);
    const gan_status st = gan__scratch_reserve(ctx, (size_t)(work.tile_pixels * pixel_bytes));
    if (st != GAN_OK) {
        return st;
    }
    gan__parallel_for(ctx, tiles * groups, TASK_PRODUCTS / products + 1, passes_task, &work);
    return GAN_OK;
}
