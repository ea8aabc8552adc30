/*
 * What a check of the alarms finds: how the features of a few hundred samples lie to each other, in
 * double and in a fixed order, so that an alarm rings at the same step everywhere.
 *
 * The mean distance alone does not see a ring of modes shrink to three that lie far apart. A set's
 * worth does: the number of equally likely places, each of the resolution's width, that would have
 * samples as near to each other (the inverse of the mean of a normal kernel over all pairs).
 */
#include <math.h>
#include <stdio.h>

#include "base/memory.h"
#include "kernels/table.h"
#include "trainer/alarms.h"

double Sleef_finz_expd1_u10purecfma(double x);

/* Rows of one length. */
struct rows {
    const gan_features *features; /* NULL: densely packed at `values` */
    const float *values;
    int64_t count, dimension;
};

static const float *
row_at(const struct rows *rows, int64_t i)
{
    return rows->features != NULL ? gan__features_row(rows->features, i)
                                  : rows->values + i * rows->dimension;
}

static double
distance(const gan_context *ctx, const struct rows *rows, int64_t i, int64_t j)
{
    return sqrt(ctx->kernels->squared_distance(row_at(rows, i), row_at(rows, j), rows->dimension));
}

static double
mean_distance(const gan_context *ctx, const struct rows *rows)
{
    double total = 0;

    for (int64_t i = 1; i < rows->count; i++) {
        double sum = 0;
        for (int64_t j = 0; j < i; j++) {
            sum += distance(ctx, rows, i, j);
        }
        total += sum;
    }
    return total / ((double)rows->count * (double)(rows->count - 1) / 2);
}

static gan_status
measure(const struct gan__alarms *alarms, gan_context *ctx, const struct rows *rows,
        struct gan__spread *spread)
{
    const double count = (double)rows->count;
    bool *repeats = gan__alloc_zero(ctx, (size_t)rows->count * sizeof *repeats);
    double kernel = count, total = 0, repeated = 0;

    if (repeats == NULL) {
        return GAN_E_NOMEM;
    }
    for (int64_t i = 0; i < rows->count; i++) {
        double sum = 0, near = 0;
        for (int64_t j = 0; j < i; j++) {
            const double d = distance(ctx, rows, i, j), scaled = d / alarms->width;
            sum += d;
            near += 2 * Sleef_finz_expd1_u10purecfma(-0.5 * scaled * scaled);
            if (d <= alarms->near) {
                repeats[i] = repeats[j] = true;
            }
        }
        total += sum;
        kernel += near;
    }
    for (int64_t i = 0; i < rows->count; i++) {
        repeated += repeats[i];
    }
    *spread = (struct gan__spread){.distance = total / (count * (count - 1) / 2),
                                   .worth = count * count / kernel,
                                   .duplicates = repeated / count};
    gan__free(ctx, repeats);
    return GAN_OK;
}

/* The rows of samples: their features, or themselves. *features is to be destroyed. */
static gan_status
make_rows(const struct gan__alarms *alarms, const gan_trainer *trainer, struct rows *rows,
          gan_features **features, const float *samples)
{
    const struct gan__shape *shape = &trainer->dataset->shape;
    gan_status st = GAN_OK;

    *rows = (struct rows){
        .values = samples, .count = alarms->count, .dimension = trainer->dataset->sample_count};
    if (alarms->judge == NULL) {
        return GAN_OK;
    }
    GAN__TRY(gan_features_create(alarms->judge, features, NULL));
    GAN__TRY(gan_features_add_samples(*features, samples, alarms->count, shape->size, shape->rank));
    rows->features = *features;
    rows->dimension = (*features)->dimension;

fail:
    return st;
}

static gan_status
make_samples(const struct gan__alarms *alarms, const gan_trainer *trainer, float **samples)
{
    *samples = gan__alloc_array(gan__trainer_context(trainer), alarms->count,
                                (size_t)trainer->dataset->sample_count * sizeof(float));
    return *samples == NULL ? GAN_E_NOMEM : GAN_OK;
}

static bool
all_finite(const gan_trainer *trainer, const float *samples, int64_t count)
{
    const int64_t values = count * trainer->dataset->sample_count;

    for (int64_t i = 0; i < values; i++) {
        if (!isfinite(samples[i])) {
            return false;
        }
    }
    return true;
}

/* ---- real samples ---- */

/* Samples from all over the dataset, without its random changes. */
static gan_status
read_real(const struct gan__alarms *alarms, const gan_trainer *trainer, float *samples)
{
    gan_context *ctx = gan__trainer_context(trainer);
    int64_t *indices = gan__alloc_array(ctx, alarms->count, sizeof *indices);
    gan_status st;

    if (indices == NULL) {
        return GAN_E_NOMEM;
    }
    st = gan_dataset_batch(trainer->dataset, indices, alarms->count, 0);
    if (st == GAN_OK) {
        st = gan_dataset_read(trainer->dataset, samples, NULL, indices, alarms->count);
    }
    if (st == GAN_OK && !all_finite(trainer, samples, alarms->count)) {
        st = gan__fail(ctx, GAN_E_ARG, "the dataset has samples that are not finite");
    }
    gan__free(ctx, indices);
    return st;
}

gan_status
gan__alarms_look_at_real(struct gan__alarms *alarms, gan_trainer *trainer)
{
    gan_context *ctx = gan__trainer_context(trainer);
    const int64_t there = trainer->dataset->count;
    gan_features *features = NULL;
    float *samples = NULL;
    struct rows rows;
    double mean;
    gan_status st = GAN_OK;

    alarms->count = alarms->options.samples < there ? alarms->options.samples : there;
    if (alarms->count < 2) {
        return gan__fail(ctx, GAN_E_ARG,
                         "the dataset has %lld sample%s; diversity is a matter of 2 or more",
                         (long long)there, gan__plural(there));
    }
    GAN__TRY(make_samples(alarms, trainer, &samples));
    GAN__TRY(read_real(alarms, trainer, samples));
    GAN__TRY(make_rows(alarms, trainer, &rows, &features, samples));
    mean = mean_distance(ctx, &rows);
    /* Where all real samples are the same nothing can be lost: any width will do. */
    alarms->width = mean > 0 ? mean * alarms->options.resolution : 1;
    alarms->near = mean * alarms->options.same;
    GAN__TRY(measure(alarms, ctx, &rows, &alarms->real));
    /* A generator that gives no samples is refused now, not after the first steps. */
    GAN__TRY(gan_trainer_generate(trainer, samples, 1, "average=false"));

fail:
    gan_features_destroy(features);
    gan__free(ctx, samples);
    return st;
}

/* ---- generated samples ---- */

static gan_status
look(struct gan__alarms *alarms, gan_trainer *trainer, float *samples, gan_features **features)
{
    struct gan__spread spread;
    struct rows rows;
    char options[64];
    gan_status st = GAN_OK;

    (void)snprintf(options, sizeof options, "average=false seed=%llu",
                   (unsigned long long)alarms->options.seed);
    GAN__TRY(gan_trainer_generate(trainer, samples, alarms->count, options));
    if (!all_finite(trainer, samples, alarms->count)) {
        return GAN_OK; /* the next step will say why */
    }
    st = make_rows(alarms, trainer, &rows, features, samples);
    if (st == GAN_E_ARG) { /* samples so large that the judge's features are not finite */
        gan__recover(gan__trainer_context(trainer));
        return GAN_OK;
    }
    GAN__TRY(st);
    GAN__TRY(measure(alarms, gan__trainer_context(trainer), &rows, &spread));
    alarms->diversity = alarms->real.distance > 0 ? spread.distance / alarms->real.distance : 1;
    alarms->variety = alarms->real.distance > 0 ? spread.worth / alarms->real.worth : 1;
    alarms->duplicates = spread.duplicates;

fail:
    return st;
}

gan_status
gan__alarms_look(struct gan__alarms *alarms, gan_trainer *trainer)
{
    gan_features *features = NULL;
    float *samples = NULL;
    gan_status st = GAN_OK;

    alarms->diversity = alarms->variety = alarms->duplicates = NAN;
    GAN__TRY(make_samples(alarms, trainer, &samples));
    GAN__TRY(look(alarms, trainer, samples, &features));

fail:
    gan_features_destroy(features);
    gan__free(gan__trainer_context(trainer), samples);
    return st;
}
