/*
 * Mean and covariance of a set of features, in double: rows are centred first and multiplied in
 * pieces, so that as much memory is needed for any number of rows.
 */
#include <math.h>
#include <string.h>

#include "base/context.h"
#include "base/memory.h"
#include "base/pool.h"
#include "kernels/cut.h"
#include "metrics/statistics.h"

enum {
    STRIP = 256,                   /* columns of a task */
    BLOCK = GAN__FEATURE_BLOCK,    /* rows that are summed by themselves */
    PIECE = 4 * GAN__FEATURE_BLOCK /* rows that are centred at a time */
};

struct means {
    const gan_features *features;
    double *mean;
};

static void
mean_task(void *argument, int64_t begin, int64_t end, int32_t slot)
{
    (void)slot;
    const struct means *m = argument;
    const gan_features *const features = m->features;
    double total[STRIP], part[STRIP];

    for (int64_t strip = begin; strip < end; strip++) {
        const int64_t first = strip * STRIP;
        const int64_t columns = gan__min(STRIP, features->dimension - first);

        memset(total, 0, sizeof total);
        for (int64_t block = 0; block < features->count; block += BLOCK) {
            const int64_t last = gan__min(block + BLOCK, features->count);
            memset(part, 0, sizeof part);
            for (int64_t row = block; row < last; row++) {
                const float *const x = gan__features_row(features, row) + first;
                for (int64_t j = 0; j < columns; j++) {
                    part[j] += (double)x[j];
                }
            }
            for (int64_t j = 0; j < columns; j++) {
                total[j] += part[j];
            }
        }
        for (int64_t j = 0; j < columns; j++) {
            m->mean[first + j] = total[j] / (double)features->count;
        }
    }
}

void
gan__features_mean(const gan_features *features, double *mean)
{
    struct means m = {.features = features, .mean = mean};

    gan__parallel_for(features->object.ctx, gan__ceil_div(features->dimension, STRIP),
                      gan__grain(features->count * STRIP), mean_task, &m);
}

struct centring {
    const gan_features *features;
    const double *mean;
    double *rows; /* [PIECE, dimension] */
    int64_t first;
};

static void
centre_task(void *argument, int64_t begin, int64_t end, int32_t slot)
{
    (void)slot;
    const struct centring *c = argument;
    const int64_t dimension = c->features->dimension;

    for (int64_t row = begin; row < end; row++) {
        const float *const x = gan__features_row(c->features, c->first + row);
        double *const y = c->rows + row * dimension;
        for (int64_t j = 0; j < dimension; j++) {
            y[j] = (double)x[j] - c->mean[j];
        }
    }
}

/* Sums of products of centred rows, then the division by n - 1. */
static gan_status
make_covariance(const gan_features *features, const double *mean, double *covariance)
{
    gan_context *ctx = features->object.ctx;
    const int64_t dimension = features->dimension;
    struct centring c = {.features = features, .mean = mean};
    struct gan__double_product product = {.y = covariance,
                                          .m = dimension,
                                          .n = dimension,
                                          .y_row = dimension,
                                          .a_row = 1,
                                          .a_column = dimension,
                                          .b_row = dimension,
                                          .b_column = 1,
                                          .lower = true};

    c.rows = gan__alloc_array(ctx, gan__min(PIECE, features->count) * dimension, sizeof *c.rows);
    if (c.rows == NULL) {
        return GAN_E_NOMEM;
    }
    product.a = c.rows;
    product.b = c.rows;
    for (; c.first < features->count; c.first += PIECE) {
        product.k = gan__min(PIECE, features->count - c.first);
        gan__parallel_for(ctx, product.k, gan__grain(dimension), centre_task, &c);
        gan__double_product(ctx, &product);
        product.add = true;
    }
    gan__free(ctx, c.rows);
    for (int64_t i = 0; i < dimension; i++) {
        for (int64_t j = 0; j <= i; j++) {
            covariance[i * dimension + j] /= (double)(features->count - 1);
        }
    }
    gan__mirror_double(ctx, covariance, dimension);
    return GAN_OK;
}

gan_status
gan__features_check_statistics(const gan_features *features)
{
    if (!gan__features_has_rows(features) || features->count >= 2) {
        return GAN_OK;
    }
    return gan__fail(features->object.ctx, GAN_E_ARG,
                     "a covariance needs at least 2 samples, and \"%s\" has %lld", features->name,
                     (long long)features->count);
}

gan_status
gan__features_statistics(gan_features *features)
{
    gan_context *ctx = features->object.ctx;
    const int64_t dimension = features->dimension;
    double *mean = NULL, *covariance = NULL;
    gan_status st = GAN_OK;

    if (features->mean != NULL &&
        (features->blocks == NULL || features->statistics_count == features->count)) {
        return GAN_OK;
    }
    GAN__TRY(gan__features_check_statistics(features));
    mean = gan__alloc_array(ctx, dimension, sizeof *mean);
    covariance = gan__alloc_array(ctx, dimension, (size_t)dimension * sizeof *covariance);
    if (mean == NULL || covariance == NULL) {
        st = GAN_E_NOMEM;
        goto fail;
    }
    gan__features_mean(features, mean);
    GAN__TRY(make_covariance(features, mean, covariance));
    gan__free(ctx, features->mean);
    gan__free(ctx, features->covariance);
    features->mean = mean;
    features->covariance = covariance;
    features->statistics_count = features->count;
    return GAN_OK;

fail:
    gan__free(ctx, mean);
    gan__free(ctx, covariance);
    return st;
}

struct contrasts {
    const gan_features *features;
    double *rows; /* [count - 1, dimension] */
};

static void
contrast_task(void *argument, int64_t begin, int64_t end, int32_t slot)
{
    (void)slot;
    const struct contrasts *c = argument;
    const gan_features *const features = c->features;
    double sum[STRIP];

    for (int64_t strip = begin; strip < end; strip++) {
        const int64_t first = strip * STRIP;
        const int64_t columns = gan__min(STRIP, features->dimension - first);

        memset(sum, 0, sizeof sum);
        for (int64_t row = 0; row < features->count; row++) {
            const float *const x = gan__features_row(features, row) + first;
            const double before = (double)row;
            if (row > 0) {
                double *const y = c->rows + (row - 1) * features->dimension + first;
                const double size =
                    sqrt(before * (before + 1)) * sqrt((double)(features->count - 1));
                for (int64_t j = 0; j < columns; j++) {
                    y[j] = (sum[j] - before * (double)x[j]) / size;
                }
            }
            for (int64_t j = 0; j < columns; j++) {
                sum[j] += (double)x[j];
            }
        }
    }
}

gan_status
gan__features_contrasts(const gan_features *features, double **rows)
{
    gan_context *ctx = features->object.ctx;
    struct contrasts c = {.features = features};

    c.rows =
        gan__alloc_array(ctx, features->count - 1, (size_t)features->dimension * sizeof *c.rows);
    if (c.rows == NULL) {
        return GAN_E_NOMEM;
    }
    gan__parallel_for(ctx, gan__ceil_div(features->dimension, STRIP),
                      gan__grain(features->count * STRIP), contrast_task, &c);
    *rows = c.rows;
    return GAN_OK;
}
