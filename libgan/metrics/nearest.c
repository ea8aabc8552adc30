/*
 * nearest: how far generated samples are from the nearest real one, beside how far real samples are
 * from the nearest other: a generator that has learnt its data by heart is nearer. And
 * gan_features_nearest(), to look at the pairs.
 */
#include <math.h>

#include "base/memory.h"
#include "metrics/distances.h"
#include "metrics/metric.h"

struct nearest {
    gan_metric base;
    double copy;
};

static const struct gan__option nearest_options[] = {
    {.name = "copy",
     .type = GAN__OPTION_REAL,
     .offset = offsetof(struct nearest, copy),
     .minimum = 0,
     .maximum = 1e6,
     .fallback = "0.25",
     .doc = "a sample nearer to a real one than this times nearest_real is a copy"},
    GAN__OPTION_END};

static double
mean_root(double *squares, int64_t count)
{
    double sum = 0;

    for (int64_t i = 0; i < count; i++) {
        squares[i] = sqrt(squares[i]);
        sum += squares[i];
    }
    return sum / (double)count;
}

static gan_status
nearest_check(const gan_metric *metric, const gan_features *generated, const gan_features *real)
{
    (void)generated;
    if (real->count < 2) {
        return gan__fail(metric->object.ctx, GAN_E_ARG,
                         "nearest: \"%s\" has 1 sample, wanted 2 at least: nearest_real is the "
                         "distance to another one",
                         real->name);
    }
    return GAN_OK;
}

static gan_status
nearest_compute(gan_metric *metric, double values[GAN__SCORE_VALUES], gan_features *generated,
                gan_features *real)
{
    const struct nearest *self = (const struct nearest *)metric;
    gan_context *ctx = metric->object.ctx;
    int64_t *rows = NULL, copies = 0;
    double *distances = NULL, *real_distances = NULL;
    gan_status st = GAN_OK;

    rows = gan__alloc_array(ctx, generated->count, sizeof *rows);
    distances = gan__alloc_array(ctx, generated->count, sizeof *distances);
    real_distances = gan__alloc_array(ctx, real->count, sizeof *real_distances);
    if (rows == NULL || distances == NULL || real_distances == NULL) {
        GAN__TRY(GAN_E_NOMEM);
    }
    GAN__TRY(gan__features_find_nearest(generated, real, rows, distances));
    GAN__TRY(gan__features_radii(real, 1, real_distances));
    values[0] = mean_root(distances, generated->count);
    values[1] = mean_root(real_distances, real->count);
    for (int64_t i = 0; i < generated->count; i++) {
        copies += distances[i] < self->copy * values[1];
    }
    values[2] = (double)copies / (double)generated->count;

fail:
    gan__free(ctx, rows);
    gan__free(ctx, distances);
    gan__free(ctx, real_distances);
    return st;
}

const struct gan__metric_class gan__metric_nearest = {
    .head = {.kind = "nearest",
             .doc = "the mean distance of generated samples from the nearest real one, that of "
                    "real ones from the nearest other, and the share of copies",
             .options = nearest_options,
             .size = sizeof(struct nearest)},
    .values = {"nearest", "nearest_real", "copies"},
    .better = {-1, 0, -1},
    .needs_real = true,
    .needs_rows = true,
    .check = nearest_check,
    .compute = nearest_compute,
};

static gan_status
check_set(const gan_features *set, const char *what)
{
    if (gan__features_has_rows(set)) {
        return GAN_OK;
    }
    return gan__fail(set->object.ctx, GAN_E_ARG,
                     "%s, \"%s\", has statistics only: the nearest rows want rows", what,
                     set->name);
}

static gan_status
find(gan_features *features, int64_t *rows, double *distances, gan_features *real)
{
    gan_context *ctx = features->object.ctx;
    double *squares = NULL;
    gan_status st = GAN_OK;

    if (real->object.ctx != ctx) {
        return gan__fail(ctx, GAN_E_ARG, "the two sets of features are of two contexts");
    }
    GAN__TRY(check_set(features, "features"));
    GAN__TRY(check_set(real, "real"));
    GAN__TRY(gan__features_check_pair(features, real));
    if (real->count == 0) {
        return gan__fail(ctx, GAN_E_ARG, "real, \"%s\", has no samples, wanted 1 at least",
                         real->name);
    }
    if (features->count == 0) {
        return GAN_OK;
    }
    squares = gan__alloc_array(ctx, features->count, sizeof *squares);
    if (squares == NULL) {
        GAN__TRY(GAN_E_NOMEM);
    }
    GAN__TRY(gan__features_find_nearest(features, real, rows, squares));
    for (int64_t i = 0; distances != NULL && i < features->count; i++) {
        distances[i] = sqrt(squares[i]);
    }

fail:
    gan__free(ctx, squares);
    return st;
}

gan_status
gan_features_nearest(gan_features *features, int64_t *rows, double *distances, gan_features *real)
{
    struct gan__call call;
    gan_status st;

    if (features == NULL) {
        return GAN_E_ARG;
    }
    gan_context *ctx = features->object.ctx;
    st = gan__enter(&call, ctx, GAN__GROUP_OTHER);
    if (st != GAN_OK) {
        return st;
    }
    if (rows == NULL) {
        st = gan__null(ctx, "rows");
    } else if (real == NULL) {
        st = gan__null(ctx, "real");
    } else {
        st = find(features, rows, distances, real);
    }
    return gan__leave(&call, st);
}
