/*
 * Filling sets of features: room for rows, and giving the last ones up again.
 */
#ifndef GAN__METRICS_FEATURES_STORE_H
#define GAN__METRICS_FEATURES_STORE_H

#include "metrics/features.h"

/* Rows and dimension: so that their product is far from the end of int64_t. */
#define GAN__FEATURE_ROWS_MAX INT64_C(0x7fffffff)

/* An empty set, one handle; texts are copied. class_count: 0 for none. */
gan_status gan__features_make(gan_context *ctx, gan_features **out, const char *name,
                              const char *judge_name, const char *judge_hash, int64_t dimension,
                              int64_t classes, int64_t class_count);
/*
 * Append rows. logits: NULL without; labels: NULL where they are the largest logit's. Rows that are
 * not finite are GAN_E_ARG with row and column. On failure the set has the rows that it had.
 */
gan_status gan__features_append(gan_features *features, const float *rows, const float *logits,
                                const int32_t *labels, int64_t count);
/* Back to the first `count` rows; memory of the others is given back. */
void gan__features_truncate(gan_features *features, int64_t count);
/* The place of the largest of `count` numbers, the first one of equal ones. */
int32_t gan__features_largest(const float *values, int64_t count);
void gan__features_free_rows(gan_features *features);
/* A path without folder and ending, for names; allocated, NULL without memory. */
char *gan__file_title(gan_context *ctx, const char *path);
/* GAN_E_ARG for a set of a file with statistics only. */
gan_status gan__features_check_growing(const gan_features *features);

#endif
