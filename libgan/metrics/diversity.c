/*
 * diversity: how far generated samples are from each other, as a share of what real ones are, and
 * how many have a double. Cheap on a few hundred samples: it sees a collapse while it happens.
 */
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/pool.h"
#include "metrics/distances.h"
#include "metrics/metric.h"

enum { STRIP = 64 }; /* columns of a tile that one task walks down */

struct diversity {
    gan_metric base;
    double same;
};

static const struct gan__option diversity_options[] = {
    {.name = "same",
     .type = GAN__OPTION_REAL,
     .offset = offsetof(struct diversity, same),
     .minimum = 0,
     .maximum = 1e6,
     .fallback = "0.01",
     .doc = "two samples within this times the mean distance between real ones are duplicates"},
    GAN__OPTION_END};

struct work {
    struct gan__pairs pairs;
    double *sums;  /* of each row: its distances from later ones */
    double square; /* duplicates are within; below 0: nobody asks */
    uint8_t *same; /* the row is a duplicate */
    float *limits; /* gan__pairs_limit() at square */
    const struct gan__pair_tile *tile;
};

static double
pair_square(const struct gan__pairs *pairs, int64_t i, int64_t j, double product)
{
    const double squares = pairs->a.squares[i] + pairs->a.squares[j];
    const double square = squares - 2 * product;
    return gan__pairs_near(pairs, square, squares) ? gan__pairs_exact(pairs, i, j) : square;
}

static void
sum_task(void *argument, int64_t begin, int64_t end, int32_t slot)
{
    (void)slot;
    const struct work *work = argument;
    const struct gan__pair_tile *tile = work->tile;

    for (int64_t row = begin; row < end; row++) {
        const int64_t i = tile->a_first + row;
        const float *const products = tile->products + row * tile->b_count;
        double sum = 0;
        for (int64_t column = gan__max(0, i + 1 - tile->b_first); column < tile->b_count;
             column++) {
            sum += sqrt(
                pair_square(&work->pairs, i, tile->b_first + column, (double)products[column]));
        }
        work->sums[i] += sum;
    }
}

static bool
is_same(const struct work *work, int64_t i, int64_t j, float product)
{
    return !(product < work->limits[i] + work->pairs.a.halves[j]) &&
           gan__pairs_exact(&work->pairs, i, j) <= work->square;
}

static void
same_row_task(void *argument, int64_t begin, int64_t end, int32_t slot)
{
    (void)slot;
    const struct work *work = argument;
    const struct gan__pair_tile *tile = work->tile;

    for (int64_t row = begin; row < end; row++) {
        const int64_t i = tile->a_first + row;
        const float *const products = tile->products + row * tile->b_count;
        for (int64_t column = gan__max(0, i + 1 - tile->b_first);
             column < tile->b_count && !work->same[i]; column++) {
            work->same[i] = is_same(work, i, tile->b_first + column, products[column]);
        }
    }
}

static void
same_column_task(void *argument, int64_t begin, int64_t end, int32_t slot)
{
    (void)slot;
    const struct work *work = argument;
    const struct gan__pair_tile *tile = work->tile;

    for (int64_t strip = begin; strip < end; strip++) {
        const int64_t last = gan__min((strip + 1) * STRIP, tile->b_count);
        for (int64_t row = 0; row < tile->a_count; row++) {
            const int64_t i = tile->a_first + row;
            const float *const products = tile->products + row * tile->b_count;
            for (int64_t column = gan__max(strip * STRIP, i + 1 - tile->b_first); column < last;
                 column++) {
                const int64_t j = tile->b_first + column;
                if (!work->same[j]) {
                    work->same[j] = is_same(work, i, j, products[column]);
                }
            }
        }
    }
}

static void
visit(void *argument, const struct gan__pair_tile *tile)
{
    struct work *work = argument;
    const struct gan__pairs *pairs = &work->pairs;

    work->tile = tile;
    gan__parallel_for(pairs->ctx, tile->a_count, gan__grain(4 * tile->b_count), sum_task, work);
    if (work->same == NULL) {
        return;
    }
    for (int64_t i = tile->a_first; i < tile->a_first + tile->a_count; i++) {
        work->limits[i] = gan__pairs_limit(pairs, pairs->a.halves[i], work->square);
    }
    gan__parallel_for(pairs->ctx, tile->a_count, gan__grain(tile->b_count), same_row_task, work);
    gan__parallel_for(pairs->ctx, gan__ceil_div(tile->b_count, STRIP),
                      gan__grain(tile->a_count * STRIP), same_column_task, work);
}

/* The mean distance of two samples; with `same` (may be NULL) also the share of those that have
 * another one within `near`. */
static gan_status
measure(const gan_features *set, double *mean, double *same, double near)
{
    gan_context *ctx = set->object.ctx;
    struct work work = {.square = near * near};
    const size_t count = (size_t)set->count;
    double total = 0;
    int64_t duplicates = 0;
    gan_status st = gan__pairs_open(&work.pairs, set, NULL);

    if (st != GAN_OK) {
        return st;
    }
    work.sums = gan__alloc_zero(ctx, count * sizeof *work.sums);
    if (work.sums == NULL) {
        GAN__TRY(GAN_E_NOMEM);
    }
    if (same != NULL) {
        work.same = gan__alloc_zero(ctx, count);
        work.limits = gan__alloc_array(ctx, set->count, sizeof *work.limits);
        if (work.same == NULL || work.limits == NULL) {
            GAN__TRY(GAN_E_NOMEM);
        }
    }
    GAN__TRY(gan__pairs_run(&work.pairs, visit, &work));
    for (int64_t i = 0; i < set->count; i++) {
        total += work.sums[i];
        duplicates += same != NULL && work.same[i];
    }
    *mean = total / ((double)set->count * (double)(set->count - 1) / 2);
    if (same != NULL) {
        *same = (double)duplicates / (double)set->count;
    }

fail:
    gan__free(ctx, work.sums);
    gan__free(ctx, work.same);
    gan__free(ctx, work.limits);
    gan__pairs_free(&work.pairs);
    return st;
}

static gan_status
check_count(const gan_features *set)
{
    if (set->count >= 2) {
        return GAN_OK;
    }
    return gan__fail(set->object.ctx, GAN_E_ARG,
                     "diversity: \"%s\" has %lld sample, wanted 2 at least", set->name,
                     (long long)set->count);
}

static gan_status
diversity_check(const gan_metric *metric, const gan_features *generated, const gan_features *real)
{
    const gan_status st = check_count(generated);

    (void)metric;
    return st == GAN_OK ? check_count(real) : st;
}

static gan_status
diversity_compute(gan_metric *metric, double values[GAN__SCORE_VALUES], gan_features *generated,
                  gan_features *real)
{
    const struct diversity *self = (const struct diversity *)metric;
    gan_context *ctx = metric->object.ctx;
    double real_mean = 0, mean = 0;
    gan_status st = GAN_OK;

    GAN__TRY(measure(real, &real_mean, NULL, 0));
    if (!(real_mean > 0)) {
        return gan__fail(ctx, GAN_E_ARG,
                         "diversity: the samples of \"%s\" are all the same: generated ones can't "
                         "be compared with them",
                         real->name);
    }
    GAN__TRY(measure(generated, &mean, &values[1], self->same * real_mean));
    values[0] = mean / real_mean;

fail:
    return st;
}

const struct gan__metric_class gan__metric_diversity = {
    .head = {.kind = "diversity",
             .doc = "the mean distance between generated samples over that between real ones, and "
                    "the share of duplicates",
             .options = diversity_options,
             .size = sizeof(struct diversity)},
    .values = {"diversity", "duplicates"},
    .better = {0, -1},
    .needs_real = true,
    .needs_rows = true,
    .check = diversity_check,
    .compute = diversity_compute,
};
