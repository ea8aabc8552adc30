/*
 * kid: the unbiased squared maximum mean discrepancy under the kernel (x.y / dimension + 1)^3, over
 * subsets (Binkowski et al., "Demystifying MMD GANs", ICLR 2018).
 *
 * A subset's rows of both sets are one list whose pairs are taken once each. Products are of
 * centred rows; what centring took off is added in double.
 */
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/pool.h"
#include "base/random.h"
#include "metrics/distances.h"
#include "metrics/metric.h"

struct kid {
    gan_metric base;
    int64_t subsets, subset_size;
    uint64_t seed;
};

static const struct gan__option kid_options[] = {
    {.name = "subsets",
     .type = GAN__OPTION_INT,
     .offset = offsetof(struct kid, subsets),
     .minimum = 1,
     .maximum = 1e6,
     .fallback = "100",
     .doc = "the score is the mean over so many, with their population deviation"},
    {.name = "subset_size",
     .type = GAN__OPTION_INT,
     .offset = offsetof(struct kid, subset_size),
     .minimum = 2,
     .maximum = 1e6,
     .fallback = "1000",
     .doc = "rows drawn of each set without replacement"},
    {.name = "seed",
     .type = GAN__OPTION_UINT,
     .offset = offsetof(struct kid, seed),
     .fallback = "0",
     .doc = "of the drawing"},
    GAN__OPTION_END};

/* What pairs are of: both generated, one each, both real. */
enum { GENERATED, CROSS, REAL, SUMS };

/*
 * Rows in one list, generated ones first, whose pairs are looked at: those of one subset after the
 * other, or all rows of both sets at once where these are fewer pairs.
 */
struct work {
    struct gan__pairs pairs;
    int64_t size; /* of a subset's half */
    int64_t subsets;
    double *squares[2];   /* of all rows of a set: |x|^2 */
    int64_t *state;       /* of a shuffle of a whole set */
    int64_t *drawn;       /* [size] */
    double *squared;      /* |x|^2 of the list's rows */
    double *offsets;      /* x.y = product + offset of x + offset of y */
    double (*sums)[SUMS]; /* of each of the list's rows; if all are there, of each subset */
    int64_t *members;     /* [subsets, 2 * size], ascending; NULL: one subset after the other */
    uint8_t *marks;       /* of the list's rows */
    const struct gan__pair_tile *tile;
};

static inline double
kernel(double product, double share)
{
    const double x = product * share + 1;
    return x * x * x;
}

/* The sum of kernels of a row with columns [first, last) of the tile: four lanes, folded. */
static double
kernels(const struct work *work, int64_t row, int64_t first, int64_t last)
{
    const struct gan__pair_tile *tile = work->tile;
    const float *const products = tile->products + row * tile->b_count;
    const double *const offsets = work->offsets + tile->b_first;
    const double offset = work->offsets[tile->a_first + row];
    const double share = 1 / (double)work->pairs.dimension;
    double sum[4] = {0};
    int64_t j = first;

    for (; j + 4 <= last; j += 4) {
        for (int lane = 0; lane < 4; lane++) {
            sum[lane] += kernel((double)products[j + lane] + (offset + offsets[j + lane]), share);
        }
    }
    for (; j < last; j++) {
        sum[0] += kernel((double)products[j] + (offset + offsets[j]), share);
    }
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

static void
sum_task(void *argument, int64_t begin, int64_t end, int32_t slot)
{
    (void)slot;
    const struct work *work = argument;
    const struct gan__pair_tile *tile = work->tile;
    const int64_t border = gan__min(gan__max(0, work->size - tile->b_first), tile->b_count);

    for (int64_t row = begin; row < end; row++) {
        const int64_t i = tile->a_first + row;
        const int64_t first = gan__max(0, i + 1 - tile->b_first);
        double *const sums = work->sums[i];
        if (i < work->size) {
            sums[GENERATED] += kernels(work, row, first, border);
            sums[CROSS] += kernels(work, row, gan__max(first, border), tile->b_count);
        } else {
            sums[REAL] += kernels(work, row, first, tile->b_count);
        }
    }
}

/* The first of a subset's members that is not before `row`. */
static int64_t
find_member(const int64_t *members, int64_t count, int64_t row)
{
    int64_t first = 0, last = count;

    while (first < last) {
        const int64_t middle = (first + last) / 2;
        if (members[middle] < row) {
            first = middle + 1;
        } else {
            last = middle;
        }
    }
    return first;
}

/* The sum of kernels of a row with columns members[0] to members[count - 1]. */
static double
member_kernels(const struct work *work, int64_t i, const int64_t *members, int64_t count)
{
    const struct gan__pair_tile *tile = work->tile;
    const float *const products =
        tile->products + (i - tile->a_first) * tile->b_count - tile->b_first;
    const double *const offsets = work->offsets;
    const double offset = offsets[i], share = 1 / (double)work->pairs.dimension;
    double sum[4] = {0};
    int64_t at = 0;

    for (; at + 4 <= count; at += 4) {
        for (int lane = 0; lane < 4; lane++) {
            const int64_t j = members[at + lane];
            sum[lane] += kernel((double)products[j] + (offset + offsets[j]), share);
        }
    }
    for (; at < count; at++) {
        const int64_t j = members[at];
        sum[0] += kernel((double)products[j] + (offset + offsets[j]), share);
    }
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

/* What a tile of all rows has of a subset. */
static void
subset_task(void *argument, int64_t begin, int64_t end, int32_t slot)
{
    (void)slot;
    const struct work *work = argument;
    const struct gan__pair_tile *tile = work->tile;
    const int64_t size = work->size;

    for (int64_t s = begin; s < end; s++) {
        const int64_t *const members = work->members + s * 2 * size;
        double *const sums = work->sums[s];
        const int64_t column = find_member(members, 2 * size, tile->b_first);
        const int64_t column_end = find_member(members, 2 * size, tile->b_first + tile->b_count);
        int64_t i = find_member(members, 2 * size, tile->a_first);
        for (; i < 2 * size && members[i] < tile->a_first + tile->a_count; i++) {
            const int64_t first = gan__max(column, i + 1);
            const int64_t border = gan__min(gan__max(first, size), column_end);
            if (i < size && first < border) {
                sums[GENERATED] +=
                    member_kernels(work, members[i], members + first, border - first);
            }
            const int64_t rest = gan__max(first, border);
            if (rest < column_end) {
                sums[i < size ? CROSS : REAL] +=
                    member_kernels(work, members[i], members + rest, column_end - rest);
            }
        }
    }
}

static void
visit(void *argument, const struct gan__pair_tile *tile)
{
    struct work *work = argument;
    const struct gan__pair_rows *side = &work->pairs.a;

    for (int64_t i = tile->a_first; i < tile->a_first + tile->a_count; i++) {
        work->offsets[i] = (work->squared[i] - side->squares[i]) / 2;
    }
    for (int64_t j = tile->b_first; j < tile->b_first + tile->b_count; j++) {
        work->offsets[j] = (work->squared[j] - side->squares[j]) / 2;
    }
    work->tile = tile;
    if (work->members != NULL) {
        gan__parallel_for(work->pairs.ctx, work->subsets, 1, subset_task, work);
    } else {
        gan__parallel_for(work->pairs.ctx, tile->a_count, gan__grain(2 * tile->b_count), sum_task,
                          work);
    }
}

/* ---- drawing ---- */

/* The first of a shuffle that goes as far as it must. */
static void
draw_rows(struct work *work, int64_t count, struct gan__random random)
{
    for (int64_t i = 0; i < count; i++) {
        work->state[i] = i;
    }
    for (int64_t i = 0; i < work->size; i++) {
        const int64_t other = i + gan__random_below(random, (uint64_t)i, count - i);
        work->drawn[i] = work->state[other];
        work->state[other] = work->state[i];
    }
}

/* What the list is made of, and where a subset's rows come from. */
struct source {
    const struct kid *self;
    const gan_features *sets[2];
    const int64_t *given[2];
};

/* A subset's rows of one set. */
static const int64_t *
subset_rows(struct work *work, const struct source *source, int64_t subset, int side)
{
    if (source->given[side] != NULL) {
        return source->given[side] + subset * work->size;
    }
    draw_rows(work, source->sets[side]->count,
              gan__random_make(source->self->seed, GAN__PURPOSE_MEASURE, (uint64_t)subset,
                               (uint64_t)side));
    return work->drawn;
}

static void
list_row(struct work *work, const struct source *source, int side, int64_t row, int64_t place)
{
    work->pairs.a.rows[place] = gan__features_row(source->sets[side], row);
    work->squared[place] = work->squares[side][row];
}

static double
subset_value(const struct work *work, const double sum[SUMS])
{
    const double size = (double)work->size;

    return 2 * (sum[GENERATED] + sum[REAL]) / (size * (size - 1)) - 2 * sum[CROSS] / (size * size);
}

/* ---- the two ways ---- */

static gan_status
each_subset(struct work *work, const struct source *source, double *values)
{
    const int64_t size = work->size;

    for (int64_t s = 0; s < work->subsets; s++) {
        double sum[SUMS] = {0};
        for (int side = 0; side < 2; side++) {
            const int64_t *const rows = subset_rows(work, source, s, side);
            for (int64_t i = 0; i < size; i++) {
                list_row(work, source, side, rows[i], side * size + i);
            }
        }
        memset(work->sums, 0, (size_t)(2 * size) * sizeof *work->sums);
        const gan_status st = gan__pairs_run(&work->pairs, visit, work);
        if (st != GAN_OK) {
            return st;
        }
        for (int64_t i = 0; i < 2 * size; i++) {
            for (int kind = 0; kind < SUMS; kind++) {
                sum[kind] += work->sums[i][kind];
            }
        }
        values[s] = subset_value(work, sum);
    }
    return GAN_OK;
}

static gan_status
all_rows(struct work *work, const struct source *source, double *values)
{
    const int64_t generated = source->sets[0]->count;
    gan_status st;

    for (int side = 0; side < 2; side++) {
        for (int64_t i = 0; i < source->sets[side]->count; i++) {
            list_row(work, source, side, i, side * generated + i);
        }
    }
    for (int64_t s = 0; s < work->subsets; s++) {
        int64_t *members = work->members + s * 2 * work->size;
        memset(work->marks, 0, (size_t)work->pairs.a.count);
        for (int side = 0; side < 2; side++) {
            const int64_t *const rows = subset_rows(work, source, s, side);
            for (int64_t i = 0; i < work->size; i++) {
                work->marks[side * generated + rows[i]] = 1;
            }
        }
        for (int64_t i = 0; i < work->pairs.a.count; i++) {
            if (work->marks[i] != 0) {
                *members++ = i;
            }
        }
    }
    memset(work->sums, 0, (size_t)work->subsets * sizeof *work->sums);
    st = gan__pairs_run(&work->pairs, visit, work);
    for (int64_t s = 0; s < work->subsets; s++) {
        values[s] = subset_value(work, work->sums[s]);
    }
    return st;
}

/* ---- room ---- */

struct squaring {
    const gan_features *set;
    double *squares;
};

static void
square_task(void *argument, int64_t begin, int64_t end, int32_t slot)
{
    (void)slot;
    const struct squaring *work = argument;
    const struct gan__kernel_table *table = work->set->object.ctx->kernels;

    for (int64_t i = begin; i < end; i++) {
        work->squares[i] =
            table->sum_squares(gan__features_row(work->set, i), work->set->dimension);
    }
}

static gan_status
squares_make(struct work *work, const struct source *source)
{
    gan_context *ctx = work->pairs.ctx;

    for (int side = 0; side < 2; side++) {
        const gan_features *set = source->sets[side];
        work->squares[side] = gan__alloc_array(ctx, set->count, sizeof(double));
        if (work->squares[side] == NULL) {
            return GAN_E_NOMEM;
        }
        struct squaring squaring = {.set = set, .squares = work->squares[side]};
        gan__parallel_for(ctx, set->count, gan__grain(set->dimension), square_task, &squaring);
    }
    return GAN_OK;
}

/* Rows that are given may be twice in a subset, and a set of all rows has them once. */
static bool
is_all_cheaper(const struct work *work, const struct source *source)
{
    const double all = (double)source->sets[0]->count + (double)source->sets[1]->count;
    const double half = (double)work->size;

    return source->given[0] == NULL && all * all < 4 * half * half * (double)work->subsets;
}

static gan_status
work_alloc(struct work *work, const struct source *source, gan_context *ctx)
{
    const gan_features *generated = source->sets[0], *real = source->sets[1];
    const bool all = is_all_cheaper(work, source);
    const int64_t rows = all ? generated->count + real->count : 2 * work->size;
    const int64_t first = gan__min(GAN__FEATURE_BLOCK, real->count);
    gan_status st = GAN_OK;

    GAN__TRY(gan__pairs_alloc(&work->pairs, ctx, real->dimension, rows, 0));
    GAN__TRY(squares_make(work, source));
    GAN__TRY(gan__sum(ctx, work->pairs.center, real->blocks[0], 1, first, real->dimension,
                      1.0F / (float)first));
    work->state =
        gan__alloc_array(ctx, gan__max(generated->count, real->count), sizeof *work->state);
    work->drawn = gan__alloc_array(ctx, work->size, sizeof *work->drawn);
    work->squared = gan__alloc_array(ctx, rows, sizeof *work->squared);
    work->offsets = gan__alloc_array(ctx, rows, sizeof *work->offsets);
    work->sums = gan__alloc_array(ctx, all ? work->subsets : rows, sizeof *work->sums);
    if (work->state == NULL || work->drawn == NULL || work->squared == NULL ||
        work->offsets == NULL || work->sums == NULL) {
        GAN__TRY(GAN_E_NOMEM);
    }
    if (all) {
        work->marks = gan__alloc(ctx, (size_t)rows);
        work->members =
            gan__alloc_array(ctx, work->subsets, (size_t)(2 * work->size) * sizeof(int64_t));
        if (work->marks == NULL || work->members == NULL) {
            GAN__TRY(GAN_E_NOMEM);
        }
    }

fail:
    return st;
}

static void
work_free(struct work *work, gan_context *ctx)
{
    gan__free(ctx, work->state);
    gan__free(ctx, work->drawn);
    gan__free(ctx, work->squared);
    gan__free(ctx, work->offsets);
    gan__free(ctx, work->sums);
    gan__free(ctx, work->marks);
    gan__free(ctx, work->members);
    gan__free(ctx, work->squares[0]);
    gan__free(ctx, work->squares[1]);
    gan__pairs_free(&work->pairs);
}

/* ---- the measure ---- */

static gan_status
check_count(const struct kid *self, const gan_features *set)
{
    if (set->count >= self->subset_size) {
        return GAN_OK;
    }
    return gan__fail(set->object.ctx, GAN_E_ARG,
                     "kid: \"%s\" has %lld sample%s, subset_size=%lld wants at least as many",
                     set->name, (long long)set->count, gan__plural(set->count),
                     (long long)self->subset_size);
}

static gan_status
kid_check(const gan_metric *metric, const gan_features *generated, const gan_features *real)
{
    const struct kid *self = (const struct kid *)metric;
    const gan_status st = check_count(self, generated);

    return st == GAN_OK ? check_count(self, real) : st;
}

static gan_status
kid_compute(gan_metric *metric, double values[GAN__SCORE_VALUES], gan_features *generated,
            gan_features *real)
{
    const struct kid *self = (const struct kid *)metric;
    gan_context *ctx = metric->object.ctx;
    const struct source source = {.self = self,
                                  .sets = {generated, real},
                                  .given = {metric->generated_rows, metric->real_rows}};
    struct work work = {
        .size = self->subset_size, .subsets = self->subsets, .pairs = {.ctx = ctx, .within = true}};
    double *subsets = NULL, sum = 0, deviation = 0;
    gan_status st = GAN_OK;

    GAN__TRY(work_alloc(&work, &source, ctx));
    subsets = gan__alloc_array(ctx, self->subsets, sizeof *subsets);
    if (subsets == NULL) {
        GAN__TRY(GAN_E_NOMEM);
    }
    GAN__TRY(work.members != NULL ? all_rows(&work, &source, subsets)
                                  : each_subset(&work, &source, subsets));
    for (int64_t s = 0; s < self->subsets; s++) {
        sum += subsets[s];
    }
    values[0] = sum / (double)self->subsets;
    for (int64_t s = 0; s < self->subsets; s++) {
        deviation += (subsets[s] - values[0]) * (subsets[s] - values[0]);
    }
    values[1] = sqrt(deviation / (double)self->subsets);

fail:
    gan__free(ctx, subsets);
    work_free(&work, ctx);
    return st;
}

static gan_status
kid_check_rows(const gan_metric *metric, int64_t count)
{
    const struct kid *self = (const struct kid *)metric;
    const int64_t wanted = self->subsets * self->subset_size;

    if (count == wanted) {
        return GAN_OK;
    }
    return gan__fail(metric->object.ctx, GAN_E_ARG,
                     "kid: %lld rows are given, subsets=%lld subset_size=%lld want %lld",
                     (long long)count, (long long)self->subsets, (long long)self->subset_size,
                     (long long)wanted);
}

const struct gan__metric_class gan__metric_kid = {
    .head = {.kind = "kid",
             .doc = "kernel Inception distance, unbiased, kernel (x.y / dimension + 1)^3 "
                    "(Binkowski et al. 2018)",
             .options = kid_options,
             .size = sizeof(struct kid)},
    .values = {"kid", "kid_deviation"},
    .better = {-1, 0},
    .needs_real = true,
    .needs_rows = true,
    .check_rows = kid_check_rows,
    .check = kid_check,
    .compute = kid_compute,
};
