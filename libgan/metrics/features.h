/*
 * Sets of features inside: rows in blocks of a fixed number, so that growing copies nothing; and
 * what the measures take of them.
 */
#ifndef GAN__METRICS_FEATURES_H
#define GAN__METRICS_FEATURES_H

#include <gan/metrics.h>

#include <stdbool.h>

#include "base/text.h"
#include "tensor/tensor.h"

/* Of classes that no logits bear out: counting them takes memory, and a file may say anything. */
enum { GAN__CLASSES_MAX = 1000000 };

/* Rows that products and sums take at a time: shapes alone decide the order of a sum. */
enum { GAN__FEATURE_BLOCK = 256 };

struct gan_features {
    struct gan__object object;
    gan_judge *judge;              /* held; NULL: rows from elsewhere */
    char *name;                    /* of the set */
    char *judge_name, *judge_hash; /* "" where unknown */
    int64_t count, dimension, classes;
    int64_t class_count; /* of labels: classes, or with a stacked judge classes^channels; 0: none */
    float **blocks;   /* [ceil(count / BLOCK)] of [BLOCK, dimension]; the last one may be shorter */
    float **logits;   /* the same of [BLOCK, classes]; NULL without */
    int32_t **labels; /* the same of [BLOCK]: the class of each row; NULL without classes */
    int64_t block_count, block_capacity; /* of these arrays */
    int64_t last_rows;                   /* that the last block has room for */
    double *mean,
        *covariance; /* of a file, or once they were asked for (count then); NULL: not yet */
    int64_t
        statistics_count; /* the count that they are of; 0 and mean != NULL: a file's that did not say */
};

static inline const float *
gan__features_row(const gan_features *features, int64_t row)
{
    return features->blocks[row / GAN__FEATURE_BLOCK] +
           row % GAN__FEATURE_BLOCK * features->dimension;
}

static inline const float *
gan__features_logits(const gan_features *features, int64_t row)
{
    return features->logits[row / GAN__FEATURE_BLOCK] +
           row % GAN__FEATURE_BLOCK * features->classes;
}

static inline int32_t
gan__features_label(const gan_features *features, int64_t row)
{
    return features->labels[row / GAN__FEATURE_BLOCK][row % GAN__FEATURE_BLOCK];
}

static inline bool
gan__features_has_rows(const gan_features *features)
{
    return features->blocks != NULL || features->mean == NULL;
}

/* How many samples it is of; 0: a file's statistics that do not say. */
static inline int64_t
gan__features_samples(const gan_features *features)
{
    return gan__features_has_rows(features) ? features->count : features->statistics_count;
}

/* Mean [D] and unbiased covariance [D, D] in double, kept in the set; GAN_E_ARG for fewer than two
 * samples. */
gan_status gan__features_statistics(gan_features *features);

/* Whether there are samples enough for it. */
gan_status gan__features_check_statistics(const gan_features *features);

/* Whether two sets can be compared: dimension, and judges where both are known. GAN_E_ARG with both. */
gan_status gan__features_check_pair(const gan_features *a, const gan_features *b);

/*
 * Squared L2 distances between two runs of rows to out [a_count, b_count]: |a|^2 + |b|^2 - 2 a.b of
 * centred rows in float; where that has lost more than 11 bits (the result is below 2^-12 of the
 * squares) summed anew as sum (a-b)^2 in double, so that the distance of equal rows is exactly 0 and
 * near ones are right.
 */
gan_status gan__features_distances(gan_context *ctx, double *out, const gan_features *a,
                                   int64_t a_first, int64_t a_count, const gan_features *b,
                                   int64_t b_first, int64_t b_count);

#endif
