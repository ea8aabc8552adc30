/*
 * inception_score: e^(mean over samples of KL(p(class | sample) || p(class))), for each of `splits`
 * parts of the set; the mean over the parts and their population deviation. (Salimans et al.,
 * "Improved techniques for training GANs", NIPS 2016)
 *
 * The mean divergence is the entropy of the mean prediction less the mean entropy of predictions, so
 * that one pass is enough.
 */
#include <math.h>
#include <string.h>

#include "base/context.h"
#include "base/memory.h"
#include "base/pool.h"
#include "base/random.h"
#include "kernels/cut.h"
#include "metrics/metric.h"

/* SLEEF's header declares them only where the compiler targets FMA; the context has seen that this
 * CPU has it. */
double Sleef_finz_expd1_u10purecfma(double x);
double Sleef_finz_logd1_u10purecfma(double x);

enum { BLOCK = 64 }; /* rows that are summed by themselves */

struct inception_score {
    gan_metric metric;
    int64_t splits;
    bool shuffle;
    uint64_t seed;
};

static const struct gan__option inception_score_options[] = {
    {.name = "splits",
     .type = GAN__OPTION_INT,
     .offset = offsetof(struct inception_score, splits),
     .minimum = 1,
     .fallback = "10",
     .doc = "parts whose scores are averaged"},
    {.name = "shuffle",
     .type = GAN__OPTION_BOOL,
     .offset = offsetof(struct inception_score, shuffle),
     .fallback = "true",
     .doc = "draw which samples are in which part; false: in their order"},
    {.name = "seed",
     .type = GAN__OPTION_UINT,
     .offset = offsetof(struct inception_score, seed),
     .fallback = "0",
     .doc = "of the drawing"},
    GAN__OPTION_END,
};

/* One part of the set: rows order[first, last). */
struct split {
    const gan_features *set;
    const int64_t *order; /* NULL: as they are */
    int64_t first, last;
    double *sums;  /* [blocks, classes + 1]: predictions, and at last their sum of p log p */
    double *rooms; /* [slots, classes] */
};

/* Add a row's prediction to `sums`, and return its sum of p log p. */
static double
add_prediction(const float *logits, int64_t classes, double *sums, double *p)
{
    double most = (double)logits[0], total = 0, entropy = 0, log_total;

    for (int64_t c = 1; c < classes; c++) {
        most = fmax(most, (double)logits[c]);
    }
    for (int64_t c = 0; c < classes; c++) {
        p[c] = Sleef_finz_expd1_u10purecfma((double)logits[c] - most);
        total += p[c];
    }
    log_total = Sleef_finz_logd1_u10purecfma(total);
    for (int64_t c = 0; c < classes; c++) {
        p[c] /= total;
        entropy += p[c] * ((double)logits[c] - most - log_total);
        sums[c] += p[c];
    }
    return entropy;
}

static void
split_task(void *argument, int64_t begin, int64_t end, int32_t slot)
{
    const struct split *s = argument;
    const int64_t classes = s->set->classes;
    double *const room = s->rooms + slot * classes;

    for (int64_t block = begin; block < end; block++) {
        const int64_t first = s->first + block * BLOCK, last = gan__min(first + BLOCK, s->last);
        double *const sums = s->sums + block * (classes + 1);

        memset(sums, 0, (size_t)(classes + 1) * sizeof *sums);
        for (int64_t i = first; i < last; i++) {
            const int64_t row = s->order == NULL ? i : s->order[i];
            sums[classes] += add_prediction(gan__features_logits(s->set, row), classes, sums, room);
        }
    }
}

static double
split_score(const struct split *s)
{
    const int64_t classes = s->set->classes, blocks = gan__ceil_div(s->last - s->first, BLOCK);
    const double count = (double)(s->last - s->first);
    double entropy = 0;

    for (int64_t block = 1; block < blocks; block++) {
        for (int64_t c = 0; c <= classes; c++) {
            s->sums[c] += s->sums[block * (classes + 1) + c];
        }
    }
    for (int64_t c = 0; c < classes; c++) {
        const double share = s->sums[c] / count;
        entropy += share > 0 ? share * Sleef_finz_logd1_u10purecfma(share) : 0;
    }
    const double divergence = s->sums[classes] / count - entropy;
    return Sleef_finz_expd1_u10purecfma(divergence < 0 ? 0 : divergence); /* rounding */
}

/* The mean of scores and their population deviation. */
static void
summarise(const double *scores, int64_t count, double values[GAN__SCORE_VALUES])
{
    double mean = 0, square = 0;

    for (int64_t i = 0; i < count; i++) {
        mean += scores[i];
    }
    mean /= (double)count;
    for (int64_t i = 0; i < count; i++) {
        square += (scores[i] - mean) * (scores[i] - mean);
    }
    values[0] = mean;
    values[1] = sqrt(square / (double)count);
}

static gan_status
inception_score_check(const gan_metric *metric, const gan_features *set, const gan_features *real)
{
    gan_context *ctx = metric->object.ctx;
    (void)real;
    const int64_t splits = ((const struct inception_score *)metric)->splits;

    if (set->count < splits) {
        return gan__fail(ctx, GAN_E_ARG,
                         "inception_score: \"%s\" has %lld sample%s, wanted at least one for "
                         "each of %lld splits",
                         set->name, (long long)set->count, gan__plural(set->count),
                         (long long)splits);
    }
    if (metric->row_count > 0 && metric->row_count != set->count) {
        return gan__fail(ctx, GAN_E_ARG,
                         "inception_score: the order of rows that was set has %lld, \"%s\" has "
                         "%lld",
                         (long long)metric->row_count, set->name, (long long)set->count);
    }
    return GAN_OK;
}

static gan_status
inception_score_compute(gan_metric *metric, double values[GAN__SCORE_VALUES],
                        gan_features *generated, gan_features *real)
{
    (void)real;
    gan_context *ctx = metric->object.ctx;
    const struct inception_score *self = (const struct inception_score *)metric;
    const int64_t count = generated->count, splits = self->splits, classes = generated->classes;
    const int64_t longest = gan__ceil_div(count, splits);
    struct split split = {.set = generated, .order = metric->generated_rows};
    int64_t *order = NULL;
    double *scores = NULL;
    gan_status st = GAN_OK;

    if (split.order == NULL && self->shuffle) {
        order = gan__alloc_array(ctx, count, sizeof *order);
        if (order == NULL) {
            st = GAN_E_NOMEM;
            goto fail;
        }
        gan__random_permutation(gan__random_make(self->seed, GAN__PURPOSE_MEASURE, 0, 0), count,
                                order);
        split.order = order;
    }
    scores = gan__alloc_array(ctx, splits, sizeof *scores);
    split.sums = gan__alloc_array(ctx, gan__ceil_div(longest, BLOCK),
                                  (size_t)(classes + 1) * sizeof(double));
    split.rooms =
        gan__alloc_array(ctx, gan__pool_slots(ctx), (size_t)classes * sizeof *split.rooms);
    if (scores == NULL || split.sums == NULL || split.rooms == NULL) {
        st = GAN_E_NOMEM;
        goto fail;
    }
    for (int64_t k = 0; k < splits; k++) {
        split.first = k * count / splits;
        split.last = (k + 1) * count / splits;
        gan__parallel_for(ctx, gan__ceil_div(split.last - split.first, BLOCK),
                          gan__grain(BLOCK * classes * 16), split_task, &split);
        scores[k] = split_score(&split);
    }
    summarise(scores, splits, values);

fail:
    gan__free(ctx, order);
    gan__free(ctx, scores);
    gan__free(ctx, split.sums);
    gan__free(ctx, split.rooms);
    return st;
}

/* Whether there are enough is seen when there is a set. */
static gan_status
inception_score_check_rows(const gan_metric *metric, int64_t count)
{
    const int64_t splits = ((const struct inception_score *)metric)->splits;

    return count >= splits ? GAN_OK
                           : gan__fail(metric->object.ctx, GAN_E_ARG,
                                       "inception_score: count is %lld, wanted at least one for "
                                       "each of %lld splits",
                                       (long long)count, (long long)splits);
}

const struct gan__metric_class gan__metric_inception_score = {
    .head = {.kind = "inception_score",
             .doc =
                 "how sure a classifier is of each sample, and how evenly it sees its classes: e "
                 "to the mean divergence of predictions from their mean; larger is better "
                 "(Salimans et al. 2016)",
             .options = inception_score_options,
             .size = sizeof(struct inception_score)},
    .values = {"inception_score", "inception_score_deviation"},
    .better = {1, 0},
    .needs_logits = true,
    .needs_rows = true,
    .ignores_real = true,
    .check_rows = inception_score_check_rows,
    .check = inception_score_check,
    .compute = inception_score_compute,
};
