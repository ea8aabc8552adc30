/*
 * modes: which classes a classifier sees in the samples, how evenly (Metz et al., "Unrolled
 * generative adversarial networks", ICLR 2017: stacked MNIST's 1,000), and how clearly.
 */
#include <math.h>

#include "base/memory.h"
#include "metrics/distances.h"
#include "metrics/metric.h"

/* sleef.h hides these where the compiler may not use FMA itself. */
double Sleef_finz_expd1_u10purecfma(double x);
double Sleef_finz_logd1_u10purecfma(double x);

struct modes {
    gan_metric base;
    double confidence, share;
};

static const struct gan__option modes_options[] = {
    {.name = "confidence",
     .type = GAN__OPTION_REAL,
     .offset = offsetof(struct modes, confidence),
     .minimum = 0,
     .maximum = 1,
     .fallback = "0",
     .doc = "a sample hits its class if the judge gives it at least this probability (a stacked "
            "judge gives none: 0)"},
    {.name = "share",
     .type = GAN__OPTION_REAL,
     .offset = offsetof(struct modes, share),
     .minimum = 0,
     .maximum = 1,
     .fallback = "0",
     .doc = "a class is hit by at least this share of the samples, and at least one; classes that "
            "the data lack are no modes, and half a sample in the divergence"},
    GAN__OPTION_END};

/* The softmax of one row of logits at a class. */
static double
probability(const float *logits, int64_t classes, int32_t label)
{
    double largest = (double)logits[0], sum = 0;

    for (int64_t c = 1; c < classes; c++) {
        largest = (double)logits[c] > largest ? (double)logits[c] : largest;
    }
    for (int64_t c = 0; c < classes; c++) {
        sum += Sleef_finz_expd1_u10purecfma((double)logits[c] - largest);
    }
    return Sleef_finz_expd1_u10purecfma((double)logits[label] - largest) / sum;
}

/* Samples of each class, and of them those that are clear (may be NULL). */
static void
count_classes(const gan_features *set, double confidence, int64_t *seen, int64_t *clear)
{
    for (int64_t i = 0; i < set->count; i++) {
        const int32_t label = gan__features_label(set, i);
        seen[label]++;
        if (clear != NULL &&
            (!(confidence > 0) ||
             probability(gan__features_logits(set, i), set->classes, label) >= confidence)) {
            clear[label]++;
        }
    }
}

struct counts {
    int64_t classes, samples, real_samples;
    int64_t *seen, *clear;
    int64_t *real; /* NULL: even over all classes */
};

static void
summarize(const struct counts *counts, double share, double *values)
{
    const double samples = (double)counts->samples;
    int64_t modes = 0, modes_of = 0, all_clear = 0;
    double divergence = 0, rarest = 1;

    for (int64_t c = 0; c < counts->classes; c++) {
        const double q = (double)counts->seen[c] / samples;
        double p = 1 / (double)counts->classes;
        bool mode = true;
        if (counts->real != NULL) {
            mode = counts->real[c] > 0;
            p = (mode ? (double)counts->real[c] : 0.5) / (double)counts->real_samples;
        }
        all_clear += counts->clear[c];
        divergence += counts->seen[c] > 0 ? q * Sleef_finz_logd1_u10purecfma(q / p) : 0;
        if (mode) {
            modes_of++;
            modes += counts->clear[c] > 0 && (double)counts->clear[c] >= share * samples;
            rarest = q < rarest ? q : rarest;
        }
    }
    values[0] = (double)modes;
    values[1] = (double)modes_of;
    values[2] = divergence;
    values[3] = rarest;
    values[4] = (double)all_clear / samples;
}

static gan_status
modes_check(const gan_metric *metric, const gan_features *generated, const gan_features *real)
{
    const struct modes *self = (const struct modes *)metric;
    (void)real;

    if (self->confidence > 0 && generated->classes == 0) {
        return gan__fail(metric->object.ctx, GAN_E_ARG,
                         "modes: confidence=%.9g wants logits, \"%s\" has classes without",
                         self->confidence, generated->name);
    }
    return GAN_OK;
}

static gan_status
modes_compute(gan_metric *metric, double values[GAN__SCORE_VALUES], gan_features *generated,
              gan_features *real)
{
    const struct modes *self = (const struct modes *)metric;
    gan_context *ctx = metric->object.ctx;
    struct counts counts = {.classes = generated->class_count, .samples = generated->count};
    const size_t bytes = (size_t)counts.classes * sizeof(int64_t);
    gan_status st = GAN_OK;

    counts.seen = gan__alloc_zero(ctx, bytes);
    counts.clear = gan__alloc_zero(ctx, bytes);
    if (counts.seen == NULL || counts.clear == NULL) {
        GAN__TRY(GAN_E_NOMEM);
    }
    count_classes(generated, self->confidence, counts.seen, counts.clear);
    if (real != NULL) {
        counts.real_samples = real->count;
        counts.real = gan__alloc_zero(ctx, bytes);
        if (counts.real == NULL) {
            GAN__TRY(GAN_E_NOMEM);
        }
        count_classes(real, 0, counts.real, NULL);
    }
    summarize(&counts, self->share, values);

fail:
    gan__free(ctx, counts.seen);
    gan__free(ctx, counts.clear);
    gan__free(ctx, counts.real);
    return st;
}

const struct gan__metric_class gan__metric_modes = {
    .head = {.kind = "modes",
             .doc = "the classes that the samples hit, of those that the data have; KL(samples || "
                    "data) in nats, the rarest class's share, the share of clear samples (Metz et "
                    "al. 2017)",
             .options = modes_options,
             .size = sizeof(struct modes)},
    .values = {"modes", "modes_of", "divergence", "rarest", "clear"},
    .better = {1, 0, -1, 1, 1},
    .needs_classes = true,
    .needs_rows = true,
    .check = modes_check,
    .compute = modes_compute,
};
