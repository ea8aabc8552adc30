/*
 * Nearest neighbours: a row's candidates are the products that its limit does not rule out; their
 * distances are computed in double, and each one found lowers the limit.
 */
#include <math.h>

#include "base/memory.h"
#include "base/pool.h"
#include "metrics/distances.h"

enum { STRIP = 64 }; /* columns of a tile that one task walks down */

/* The k nearest others of each row. */
struct radii {
    struct gan__pairs pairs;
    int64_t k;
    double *best; /* [count, k], ascending; INFINITY: none yet */
    float *limit; /* of each row, at best[k - 1] */
    const struct gan__pair_tile *tile;
};

/* Row i has a neighbour j. */
static void
radii_offer(struct radii *work, int64_t i, int64_t j)
{
    double *const best = work->best + i * work->k;
    const double square = gan__pairs_exact(&work->pairs, i, j);
    int64_t place = work->k - 1;

    if (!(square < best[place])) {
        return;
    }
    for (; place > 0 && best[place - 1] > square; place--) {
        best[place] = best[place - 1];
    }
    best[place] = square;
    work->limit[i] = gan__pairs_limit(&work->pairs, work->pairs.a.halves[i], best[work->k - 1]);
}

/* Neighbours j > i of the tile's rows. */
static void
radii_row_task(void *argument, int64_t begin, int64_t end, int32_t slot)
{
    (void)slot;
    struct radii *work = argument;
    const struct gan__pair_tile *tile = work->tile;
    const float *const halves = work->pairs.a.halves + tile->b_first;

    for (int64_t row = begin; row < end; row++) {
        const int64_t i = tile->a_first + row;
        const float *const products = tile->products + row * tile->b_count;
        float limit = work->limit[i];
        for (int64_t column = gan__max(0, i + 1 - tile->b_first); column < tile->b_count;
             column++) {
            if (!(products[column] < limit + halves[column])) {
                radii_offer(work, i, tile->b_first + column);
                limit = work->limit[i];
            }
        }
    }
}

/* Neighbours i < j of the tile's columns. */
static void
radii_column_task(void *argument, int64_t begin, int64_t end, int32_t slot)
{
    (void)slot;
    struct radii *work = argument;
    const struct gan__pair_tile *tile = work->tile;

    for (int64_t strip = begin; strip < end; strip++) {
        const int64_t last = gan__min((strip + 1) * STRIP, tile->b_count);
        for (int64_t row = 0; row < tile->a_count; row++) {
            const int64_t i = tile->a_first + row;
            const float *const products = tile->products + row * tile->b_count;
            const float *const limits = work->limit + tile->b_first;
            const float half = work->pairs.a.halves[i];
            for (int64_t column = gan__max(strip * STRIP, i + 1 - tile->b_first); column < last;
                 column++) {
                if (!(products[column] < half + limits[column])) {
                    radii_offer(work, tile->b_first + column, i);
                }
            }
        }
    }
}

static void
radii_visit(void *argument, const struct gan__pair_tile *tile)
{
    struct radii *work = argument;
    gan_context *ctx = work->pairs.ctx;

    work->tile = tile;
    gan__parallel_for(ctx, tile->a_count, gan__grain(tile->b_count), radii_row_task, work);
    gan__parallel_for(ctx, gan__ceil_div(tile->b_count, STRIP), gan__grain(tile->a_count * STRIP),
                      radii_column_task, work);
}

gan_status
gan__features_radii(const gan_features *set, int64_t k, double *squares)
{
    gan_context *ctx = set->object.ctx;
    struct radii work = {.k = k};
    gan_status st = gan__pairs_open(&work.pairs, set, NULL);

    if (st != GAN_OK) {
        return st;
    }
    work.limit = gan__alloc_array(ctx, set->count, sizeof *work.limit);
    work.best = work.limit == NULL
                    ? NULL
                    : gan__alloc_array(ctx, set->count, (size_t)k * sizeof *work.best);
    if (work.best == NULL) {
        GAN__TRY(GAN_E_NOMEM);
    }
    for (int64_t i = 0; i < set->count; i++) {
        work.limit[i] = -INFINITY;
    }
    for (int64_t i = 0; i < set->count * k; i++) {
        work.best[i] = INFINITY;
    }
    GAN__TRY(gan__pairs_run(&work.pairs, radii_visit, &work));
    for (int64_t i = 0; i < set->count; i++) {
        squares[i] = work.best[i * k + k - 1];
    }

fail:
    gan__free(ctx, work.best);
    gan__free(ctx, work.limit);
    gan__pairs_free(&work.pairs);
    return st;
}

struct nearest {
    struct gan__pairs pairs;
    int64_t *rows;
    double *squares;
    const struct gan__pair_tile *tile;
};

/* Columns come in ascending order, so that the first of two as near stays. */
static void
nearest_task(void *argument, int64_t begin, int64_t end, int32_t slot)
{
    (void)slot;
    struct nearest *work = argument;
    const struct gan__pairs *pairs = &work->pairs;
    const struct gan__pair_tile *tile = work->tile;
    const float *const halves = pairs->b.halves + tile->b_first;

    for (int64_t row = begin; row < end; row++) {
        const int64_t i = tile->a_first + row;
        const float *const products = tile->products + row * tile->b_count;
        float limit = gan__pairs_limit(pairs, pairs->a.halves[i], work->squares[i]);
        for (int64_t column = 0; column < tile->b_count; column++) {
            if (products[column] < limit + halves[column]) {
                continue;
            }
            const double square = gan__pairs_exact(pairs, i, tile->b_first + column);
            if (square < work->squares[i]) {
                work->squares[i] = square;
                work->rows[i] = tile->b_first + column;
                limit = gan__pairs_limit(pairs, pairs->a.halves[i], square);
            }
        }
    }
}

static void
nearest_visit(void *argument, const struct gan__pair_tile *tile)
{
    struct nearest *work = argument;

    work->tile = tile;
    gan__parallel_for(work->pairs.ctx, tile->a_count, gan__grain(tile->b_count), nearest_task,
                      work);
}

gan_status
gan__features_find_nearest(const gan_features *set, const gan_features *real, int64_t *rows,
                           double *squares)
{
    struct nearest work = {.rows = rows, .squares = squares};
    gan_status st = gan__pairs_open(&work.pairs, set, real);

    if (st != GAN_OK) {
        return st;
    }
    for (int64_t i = 0; i < set->count; i++) {
        rows[i] = 0;
        squares[i] = INFINITY;
    }
    st = gan__pairs_run(&work.pairs, nearest_visit, &work);
    gan__pairs_free(&work.pairs);
    return st;
}
