/*
 * prdc: precision and recall (Kynkaanniemi et al., "Improved precision and recall metric for
 * assessing generative models", NeurIPS 2019), density and coverage (Naeem et al., "Reliable
 * fidelity and diversity metrics for generative models", ICML 2020). A set's balls are around each
 * of its samples, up to the k-th nearest other one.
 */
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/pool.h"
#include "metrics/distances.h"
#include "metrics/metric.h"

enum { STRIP = 128 }; /* columns of a tile that are one task */

struct prdc {
    gan_metric base;
    int64_t k;
    bool closed;
};

static const struct gan__option prdc_options[] = {
    {.name = "k",
     .type = GAN__OPTION_INT,
     .offset = offsetof(struct prdc, k),
     .minimum = 1,
     .maximum = 1000,
     .fallback = "5",
     .doc = "a ball reaches to the k-th nearest other sample of its set"},
    {.name = "closed",
     .type = GAN__OPTION_BOOL,
     .offset = offsetof(struct prdc, closed),
     .fallback = "false",
     .doc = "true: what lies on a ball's border is inside"},
    GAN__OPTION_END};

/* Of one side: its balls' squared radii, and by the margin below what its rows rule out. */
struct balls {
    double *squares;
    float *limits; /* gan__pairs_limit() at the radius; known once a tile has shown the row */
};

struct work {
    struct gan__pairs pairs; /* a: generated, b: real */
    struct balls generated, real;
    bool closed;
    const struct gan__pair_tile *tile;
    int32_t *strip_hits; /* [strip][row of the tile]: real balls around the row */
    int64_t *hits;       /* of each generated sample: real balls around it */
    uint8_t *covered,
        *recalled; /* of each real sample: its ball has, it lies in a generated ball */
};

/* A pair that the limits don't rule out. */
static void
look(struct work *work, int64_t i, int64_t j, double product, int32_t *hits)
{
    const struct gan__pairs *pairs = &work->pairs;
    const double squares = pairs->a.squares[i] + pairs->b.squares[j];
    const double error = gan__pairs_error(pairs, squares);
    const double radius[2] = {work->real.squares[j], work->generated.squares[i]};
    double square = squares - 2 * product;
    bool inside[2], certain = true;

    for (int side = 0; side < 2; side++) {
        certain = certain && (square + error < radius[side] || square - error > radius[side]);
    }
    if (!certain) {
        square = gan__pairs_exact(pairs, i, j);
    }
    for (int side = 0; side < 2; side++) {
        inside[side] = square < radius[side] || (work->closed && square == radius[side]);
    }
    *hits += inside[0];
    work->covered[j] |= inside[0];
    work->recalled[j] |= inside[1];
}

static void
strip_task(void *argument, int64_t begin, int64_t end, int32_t slot)
{
    (void)slot;
    struct work *work = argument;
    const struct gan__pair_tile *tile = work->tile;
    const float *const halves = work->pairs.b.halves + tile->b_first;
    const float *const limits = work->real.limits + tile->b_first;

    for (int64_t strip = begin; strip < end; strip++) {
        const int64_t last = gan__min((strip + 1) * STRIP, tile->b_count);
        for (int64_t row = 0; row < tile->a_count; row++) {
            const int64_t i = tile->a_first + row;
            const float *const products = tile->products + row * tile->b_count;
            const float half = work->pairs.a.halves[i];
            const float limit = work->generated.limits[i];
            int32_t hits = 0;
            for (int64_t column = strip * STRIP; column < last; column++) {
                if (!(products[column] < half + limits[column]) ||
                    !(products[column] < limit + halves[column])) {
                    look(work, i, tile->b_first + column, (double)products[column], &hits);
                }
            }
            work->strip_hits[strip * tile->a_count + row] = hits;
        }
    }
}

static void
visit(void *argument, const struct gan__pair_tile *tile)
{
    struct work *work = argument;
    const struct gan__pairs *pairs = &work->pairs;
    const int64_t strips = gan__ceil_div(tile->b_count, STRIP);

    for (int64_t i = tile->a_first; i < tile->a_first + tile->a_count; i++) {
        work->generated.limits[i] =
            gan__pairs_limit(pairs, pairs->a.halves[i], work->generated.squares[i]);
    }
    for (int64_t j = tile->b_first; j < tile->b_first + tile->b_count; j++) {
        work->real.limits[j] = gan__pairs_limit(pairs, pairs->b.halves[j], work->real.squares[j]);
    }
    work->tile = tile;
    gan__parallel_for(pairs->ctx, strips, gan__grain(tile->a_count * STRIP), strip_task, work);
    for (int64_t strip = 0; strip < strips; strip++) {
        for (int64_t row = 0; row < tile->a_count; row++) {
            work->hits[tile->a_first + row] += work->strip_hits[strip * tile->a_count + row];
        }
    }
}

static gan_status
balls_make(struct balls *balls, const gan_features *set, int64_t k)
{
    gan_context *ctx = set->object.ctx;

    balls->squares = gan__alloc_array(ctx, set->count, sizeof *balls->squares);
    balls->limits =
        balls->squares == NULL ? NULL : gan__alloc_array(ctx, set->count, sizeof *balls->limits);
    return balls->limits == NULL ? GAN_E_NOMEM : gan__features_radii(set, k, balls->squares);
}

static gan_status
work_alloc(struct work *work, int64_t generated, int64_t real)
{
    gan_context *ctx = work->pairs.ctx;

    work->hits = gan__alloc_zero(ctx, (size_t)generated * sizeof *work->hits);
    work->covered = gan__alloc_zero(ctx, (size_t)real);
    work->recalled = gan__alloc_zero(ctx, (size_t)real);
    work->strip_hits = gan__alloc_array(
        ctx, gan__min(generated, GAN__PAIRS_ROWS) * gan__ceil_div(GAN__PAIRS_COLUMNS, STRIP),
        sizeof *work->strip_hits);
    return work->hits == NULL || work->covered == NULL || work->recalled == NULL ||
                   work->strip_hits == NULL
               ? GAN_E_NOMEM
               : GAN_OK;
}

static void
summarize(const struct work *work, const struct prdc *self, double *values)
{
    const int64_t generated = work->pairs.a.count, real = work->pairs.b.count;
    int64_t precise = 0, hits = 0, recalled = 0, covered = 0;

    for (int64_t i = 0; i < generated; i++) {
        precise += work->hits[i] > 0;
        hits += work->hits[i];
    }
    for (int64_t j = 0; j < real; j++) {
        recalled += work->recalled[j];
        covered += work->covered[j];
    }
    values[0] = (double)precise / (double)generated;
    values[1] = (double)recalled / (double)real;
    values[2] = (double)hits / ((double)self->k * (double)generated);
    values[3] = (double)covered / (double)real;
}

static gan_status
check_count(const struct prdc *self, const gan_features *set)
{
    if (set->count > self->k) {
        return GAN_OK;
    }
    return gan__fail(set->object.ctx, GAN_E_ARG,
                     "prdc: \"%s\" has %lld sample%s, k=%lld wants at least %lld", set->name,
                     (long long)set->count, gan__plural(set->count), (long long)self->k,
                     (long long)self->k + 1);
}

static gan_status
prdc_check(const gan_metric *metric, const gan_features *generated, const gan_features *real)
{
    const struct prdc *self = (const struct prdc *)metric;
    const gan_status st = check_count(self, generated);

    return st == GAN_OK ? check_count(self, real) : st;
}

static gan_status
prdc_compute(gan_metric *metric, double values[GAN__SCORE_VALUES], gan_features *generated,
             gan_features *real)
{
    const struct prdc *self = (const struct prdc *)metric;
    gan_context *ctx = metric->object.ctx;
    struct work work = {.closed = self->closed, .pairs = {.ctx = ctx, .within = true}};
    gan_status st = GAN_OK;

    GAN__TRY(balls_make(&work.generated, generated, self->k));
    GAN__TRY(balls_make(&work.real, real, self->k));
    GAN__TRY(gan__pairs_open(&work.pairs, generated, real));
    GAN__TRY(work_alloc(&work, generated->count, real->count));
    GAN__TRY(gan__pairs_run(&work.pairs, visit, &work));
    summarize(&work, self, values);

fail:
    gan__free(ctx, work.hits);
    gan__free(ctx, work.covered);
    gan__free(ctx, work.recalled);
    gan__free(ctx, work.strip_hits);
    gan__free(ctx, work.generated.squares);
    gan__free(ctx, work.generated.limits);
    gan__free(ctx, work.real.squares);
    gan__free(ctx, work.real.limits);
    gan__pairs_free(&work.pairs);
    return st;
}

const struct gan__metric_class gan__metric_prdc = {
    .head = {.kind = "prdc",
             .doc = "precision, recall (Kynkaanniemi et al. 2019), density, coverage (Naeem et al. "
                    "2020) by balls up to the k-th neighbour",
             .options = prdc_options,
             .size = sizeof(struct prdc)},
    .values = {"precision", "recall", "density", "coverage"},
    .better = {1, 1, 1, 1},
    .needs_real = true,
    .needs_rows = true,
    .check = prdc_check,
    .compute = prdc_compute,
};
