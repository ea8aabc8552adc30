/*
 * fid: the Frechet distance between two normal distributions that have the sets' means and unbiased
 * covariances, |m - n|^2 + tr S + tr T - 2 tr (S T)^1/2. (Heusel et al., "GANs trained by a two
 * time-scale update rule converge to a local Nash equilibrium", NIPS 2017)
 *
 * With S = F^T F the last trace is the sum of the roots of the eigenvalues of F T F^T, which is
 * symmetric and has no negative ones but by rounding. F has as many rows as S has rank: where there
 * are fewer samples than numbers in a row, F is made of the samples, and no covariance of them is
 * needed.
 */
#include <math.h>
#include <string.h>

#include "base/context.h"
#include "base/memory.h"
#include "kernels/cut.h"
#include "metrics/metric.h"
#include "metrics/statistics.h"

struct fid {
    gan_metric metric;
};

static const struct gan__option fid_options[] = {GAN__OPTION_END};

/* A set as the distance sees it. */
struct side {
    gan_features *set;
    int64_t rank;       /* at most */
    bool few;           /* fewer rows than numbers in a row: `factor` is made of them */
    double *factor;     /* [rank, dimension] */
    double *room;       /* of a mean */
    const double *mean; /* of the room, or of the set */
    double trace;
};

static void
side_free(gan_context *ctx, struct side *side)
{
    gan__free(ctx, side->factor);
    gan__free(ctx, side->room);
}

/* What a file calls a covariance may be anything. */
static gan_status
covariance_trace(const gan_features *set, double *trace)
{
    for (int64_t i = 0; i < set->dimension; i++) {
        const double variance = set->covariance[i * set->dimension + i];
        if (variance < 0) {
            return gan__fail(set->object.ctx, GAN_E_ARG,
                             "fid: the covariance of \"%s\" is none: its element [%lld, %lld] is "
                             "%g, wanted 0 or more",
                             set->name, (long long)i, (long long)i, variance);
        }
        *trace += variance;
    }
    return GAN_OK;
}

static gan_status
side_make(struct side *side, gan_features *set)
{
    gan_context *ctx = set->object.ctx;
    const int64_t dimension = set->dimension;
    gan_status st = GAN_OK;

    *side = (struct side){.set = set, .rank = dimension};
    if (set->count > 0) {
        side->rank = gan__min(set->count - 1, dimension);
    }
    side->few = gan__features_has_rows(set) && side->rank < dimension;
    if (!side->few || set->count < 2) {
        GAN__TRY(gan__features_statistics(set)); /* or the sentence for too few */
        side->mean = set->mean;
        return covariance_trace(set, &side->trace);
    }
    side->room = gan__alloc_array(ctx, dimension, sizeof *side->room);
    if (side->room == NULL) {
        return GAN_E_NOMEM;
    }
    gan__features_mean(set, side->room);
    side->mean = side->room;
    GAN__TRY(gan__features_contrasts(set, &side->factor));
    for (int64_t i = 0; i < side->rank; i++) {
        double sum = 0;
        for (int64_t j = 0; j < dimension; j++) {
            const double x = side->factor[i * dimension + j];
            sum += x * x;
        }
        side->trace += sum;
    }

fail:
    return st;
}

/* Whether two sets have the same rows or, where one has statistics only, the same statistics. */
static gan_status
same_sets(gan_features *a, gan_features *b, bool *same)
{
    const size_t dimension = (size_t)a->dimension;
    const bool a_rows = gan__features_has_rows(a), b_rows = gan__features_has_rows(b);
    gan_status st = GAN_OK;

    *same = a == b;
    if (*same) {
        return GAN_OK;
    }
    if (a_rows && b_rows) {
        *same = a->count == b->count;
        for (int64_t row = 0; *same && row < a->count; row++) {
            *same = memcmp(gan__features_row(a, row), gan__features_row(b, row),
                           dimension * sizeof(float)) == 0;
        }
        return GAN_OK;
    }
    GAN__TRY(gan__features_statistics(a));
    GAN__TRY(gan__features_statistics(b));
    *same = memcmp(a->mean, b->mean, dimension * sizeof *a->mean) == 0 &&
            memcmp(a->covariance, b->covariance, dimension * dimension * sizeof(double)) == 0;

fail:
    return st;
}

/* The factor of a covariance; its rank may turn out to be smaller. */
static gan_status
factorise(gan_context *ctx, struct side *side)
{
    const int64_t dimension = side->set->dimension;
    double *copy = gan__alloc_array(ctx, dimension, (size_t)dimension * sizeof *copy);
    gan_status st = GAN_OK;

    side->factor = gan__alloc_array(ctx, side->rank, (size_t)dimension * sizeof *side->factor);
    if (copy == NULL || side->factor == NULL) {
        st = GAN_E_NOMEM;
        goto fail;
    }
    memcpy(copy, side->set->covariance, (size_t)(dimension * dimension) * sizeof *copy);
    GAN__TRY(gan__factor_double(ctx, side->factor, &side->rank, side->rank, copy, dimension));

fail:
    gan__free(ctx, copy);
    return st;
}

/* y [a's rank, a's rank] = F T F^T, its lower half, from F of a and F or T of b. */
static gan_status
make_product(gan_context *ctx, const struct side *a, const struct side *b, double *y)
{
    const int64_t dimension = a->set->dimension, rank = a->rank;
    const int64_t inner = b->few ? b->rank : dimension;
    double *half = gan__alloc_array(ctx, rank, (size_t)inner * sizeof *half);
    struct gan__double_product product = {.y = y,
                                          .m = rank,
                                          .n = rank,
                                          .k = inner,
                                          .y_row = rank,
                                          .a_row = inner,
                                          .a_column = 1,
                                          .b_row = 1,
                                          .b_column = inner,
                                          .lower = true};

    if (half == NULL) {
        return GAN_E_NOMEM;
    }
    if (b->few) {
        gan__matmul_double(ctx, half, a->factor, b->factor, rank, inner, dimension, false, true);
    } else {
        gan__matmul_double(ctx, half, a->factor, b->set->covariance, rank, inner, dimension, false,
                           false);
    }
    product.a = half;
    product.b = b->few ? half : a->factor;
    gan__double_product(ctx, &product);
    gan__free(ctx, half);
    return GAN_OK;
}

/* Numbers of a file may be so large that their products are not numbers. */
static gan_status
check_product(gan_context *ctx, const struct side *a, const struct side *b, const double *product)
{
    for (int64_t i = 0; i < a->rank; i++) {
        for (int64_t j = 0; j <= i; j++) {
            if (!isfinite(product[i * a->rank + j])) {
                return gan__fail(ctx, GAN_E_ARG,
                                 "fid: the covariances of \"%s\" and \"%s\" are too large to be "
                                 "multiplied",
                                 a->set->name, b->set->name);
            }
        }
    }
    return GAN_OK;
}

/* tr (S T)^1/2 */
static gan_status
root_trace(gan_context *ctx, struct side *a, struct side *b, double *trace)
{
    double *product = NULL, *values = NULL;
    gan_status st = GAN_OK;

    *trace = 0;
    if (!a->few) {
        GAN__TRY(factorise(ctx, a));
    }
    if (a->rank == 0) {
        return GAN_OK;
    }
    product = gan__alloc_array(ctx, a->rank, (size_t)a->rank * sizeof *product);
    values = gan__alloc_array(ctx, a->rank, sizeof *values);
    if (product == NULL || values == NULL) {
        st = GAN_E_NOMEM;
        goto fail;
    }
    GAN__TRY(make_product(ctx, a, b, product));
    GAN__TRY(check_product(ctx, a, b, product));
    GAN__TRY(gan__eigenvalues_double(ctx, values, product, a->rank));
    for (int64_t i = 0; i < a->rank; i++) {
        *trace += values[i] > 0 ? sqrt(values[i]) : 0;
    }

fail:
    gan__free(ctx, product);
    gan__free(ctx, values);
    return st;
}

static gan_status
distance(gan_context *ctx, struct side *a, struct side *b, double *value)
{
    double square = 0, trace = 0;
    gan_status st = GAN_OK;

    /* the smaller problem */
    if (b->rank < a->rank) {
        GAN__TRY(root_trace(ctx, b, a, &trace));
    } else {
        GAN__TRY(root_trace(ctx, a, b, &trace));
    }
    for (int64_t i = 0; i < a->set->dimension; i++) {
        const double difference = a->mean[i] - b->mean[i];
        square += difference * difference;
    }
    *value = square + a->trace + b->trace - 2 * trace;
    *value = *value < 0 ? 0 : *value; /* but for rounding it is not */

fail:
    return st;
}

static gan_status
fid_check(const gan_metric *metric, const gan_features *generated, const gan_features *real)
{
    const gan_status st = gan__features_check_statistics(generated);

    (void)metric;
    return st == GAN_OK ? gan__features_check_statistics(real) : st;
}

static gan_status
fid_compute(gan_metric *metric, double values[GAN__SCORE_VALUES], gan_features *generated,
            gan_features *real)
{
    gan_context *ctx = metric->object.ctx;
    struct side a = {.set = NULL}, b = {.set = NULL};
    bool same = false;
    gan_status st = GAN_OK;

    GAN__TRY(side_make(&a, generated));
    GAN__TRY(side_make(&b, real));
    GAN__TRY(same_sets(generated, real, &same));
    if (!same) {
        GAN__TRY(distance(ctx, &a, &b, &values[0]));
    }

fail:
    side_free(ctx, &a);
    side_free(ctx, &b);
    return st;
}

const struct gan__metric_class gan__metric_fid = {
    .head = {.kind = "fid",
             .doc =
                 "the Frechet distance of normal distributions with the sets' means and unbiased "
                 "covariances; smaller is better (Heusel et al. 2017)",
             .options = fid_options,
             .size = sizeof(struct fid)},
    .values = {"fid"},
    .better = {-1},
    .needs_real = true,
    .check = fid_check,
    .compute = fid_compute,
};
