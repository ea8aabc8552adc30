/* The transformed weights of winograd.h, in panels for the micro-kernel. */
#include "base/checked.h"
#include "base/context.h"
#include "base/memory.h"
#include "base/pool.h"
#include "kernels/cut.h"
#include "kernels/winograd.h"

/* Enough for a task of their transform. */
enum { TASK_FLOATS = 1 << 14 };

static gan_status
weights_alloc(gan_context *ctx, struct gan__winograd_weights *w)
{
    int64_t count = 0;
    /* An odd number of lines: points at distances of powers of two would conflict in the cache. */
    if (!gan__checked_mul(w->depth, GAN__WINOGRAD_COLUMNS, &count) ||
        !gan__checked_add(count, GAN__LINE_FLOATS, &w->point_floats) ||
        !gan__checked_mul(w->point_floats, w->groups * w->form->points, &count)) {
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
find_rows(const struct gan__winograd_weights *w, const struct panel *panel, int64_t row, float **to)
{
    for (int64_t p = 0; p < w->form->points; p++) {
        to[p] = w->data + (panel->group * w->form->points + p) * w->point_floats +
                w->depth * panel->column + row * panel->width;
    }
}

/* The taps of a phase. */
static void
find_taps(const struct weights_work *work, int64_t phase, const float **taps)
{
    const struct gan__winograd_form *form = work->w->form;
    const int64_t each = form->kernel / form->stride;
    for (int64_t k = 0; k < form->taps; k++) {
        const int64_t r = k / each * form->stride + phase / 2;
        const int64_t s = k % each * form->stride + phase % 2;
        const int64_t tap = r * form->kernel + s;
        taps[k] = work->weight + tap * work->g->in_channels * work->g->out_channels;
    }
}

/* Items are [group][panel][phase]. */
static void
weights_forward_task(void *argument, int64_t begin, int64_t end, int32_t slot)
{
    const struct weights_work *work = argument;
    const struct gan__winograd_form *form = work->w->form;
    (void)slot;
    for (int64_t index = begin; index < end; index++) {
        const int64_t phase = index % form->phases;
        const struct panel panel = panel_at(work, index / form->phases);
        float *to[GAN__POINTS_MOST];
        const float *taps[GAN__TAPS_MOST];
        if (panel.columns == 0) {
            continue;
        }
        find_rows(work->w, &panel, phase * work->g->in_channels, to);
        find_taps(work, phase, taps);
        for (int64_t k = 0; k < form->taps; k++) {
            taps[k] += panel.group * GAN__WINOGRAD_COLUMNS + panel.column;
        }
        work->ctx->kernels->winograd.spread[form->index](
            to, panel.width, taps, work->g->out_channels, work->g->in_channels, panel.columns);
    }
}

static void
turn(const float **taps, int64_t count)
{
    for (int64_t k = 0; k < count / 2; k++) {
        const float *const tap = taps[k];
        taps[k] = taps[count - 1 - k];
        taps[count - 1 - k] = tap;
    }
}

enum { TRANSPOSED_ROWS = 16, TRANSPOSED_FLOATS = TRANSPOSED_ROWS * GAN__WINOGRAD_COLUMNS };

/* Items are [group][panel][rows]. */
static void
weights_input_task(void *argument, int64_t begin, int64_t end, int32_t slot)
{
    const struct weights_work *work = argument;
    const struct gan__winograd_form *form = work->w->form;
    const int64_t filters = work->g->out_channels;
    const int64_t chunks = gan__ceil_div(filters, TRANSPOSED_ROWS);
    float *const transposed = gan__scratch(work->ctx, slot);
    for (int64_t index = begin; index < end; index++) {
        const int64_t row = index % chunks * TRANSPOSED_ROWS;
        const int64_t rows = gan__min(filters - row, TRANSPOSED_ROWS);
        const struct panel panel = panel_at(work, index / chunks);
        const int64_t channel =
            panel.group % work->w->phase_groups * GAN__WINOGRAD_COLUMNS + panel.column;
        float *to[GAN__POINTS_MOST];
        const float *taps[GAN__TAPS_MOST];
        if (panel.columns == 0) {
            continue;
        }
        find_rows(work->w, &panel, row, to);
        find_taps(work, panel.group / work->w->phase_groups, taps);
        if (form == &gan__winograd_3x3) {
            turn(taps, form->taps);
        }
        for (int64_t k = 0; k < form->taps; k++) {
            float *const part = transposed + k * TRANSPOSED_FLOATS;
            gan__transpose(part, GAN__WINOGRAD_COLUMNS, taps[k] + channel * filters + row, filters,
                           rows, panel.columns);
            taps[k] = part;
        }
        work->ctx->kernels->winograd.spread[form->index](
            to, panel.width, taps, GAN__WINOGRAD_COLUMNS, rows, panel.columns);
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
    const struct gan__winograd_form *form = gan__winograd_find(g);
    *w = (struct gan__winograd_weights){
        .form = form,
        .depth = form->phases * g->in_channels,
        .columns = g->out_channels,
        .groups = gan__ceil_div(g->out_channels, GAN__WINOGRAD_COLUMNS),
    };
    w->phase_groups = w->groups;
    const gan_status st = weights_alloc(ctx, w);
    if (st != GAN_OK) {
        return st;
    }
    struct weights_work work = weights_work_make(ctx, w, g, weight);
    gan__parallel_for(ctx, w->groups * work.panels * form->phases,
                      TASK_FLOATS / (form->points * g->in_channels * work.panel) + 1,
                      weights_forward_task, &work);
    return GAN_OK;
}

gan_status
gan__winograd_weights_input(gan_context *ctx, struct gan__winograd_weights *w,
                            const struct gan__convolution *g, const float *weight)
{
    gan_status st = GAN_OK;
    const struct gan__winograd_form *form = gan__winograd_find(g);
    *w = (struct gan__winograd_weights){
        .form = form,
        .depth = g->out_channels,
        .columns = g->in_channels,
        .phase_groups = gan__ceil_div(g->in_channels, GAN__WINOGRAD_COLUMNS),
    };
    w->groups = form->phases * w->phase_groups;
    GAN__TRY(gan__scratch_reserve(ctx, (size_t)form->taps * TRANSPOSED_FLOATS * sizeof(float)));
    GAN__TRY(weights_alloc(ctx, w));
    struct weights_work work = weights_work_make(ctx, w, g, weight);
    const int64_t chunks = gan__ceil_div(g->out_channels, TRANSPOSED_ROWS);
    gan__parallel_for(ctx, w->groups * work.panels * chunks,
                      TASK_FLOATS / (form->points * TRANSPOSED_ROWS * work.panel) + 1,
                      weights_input_task, &work);
fail:
    return st;
}
