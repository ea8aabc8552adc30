/* What the Frechet distance takes of a set of features, besides its covariance. */
#ifndef GAN__METRICS_STATISTICS_H
#define GAN__METRICS_STATISTICS_H

#include "kernels/kernels.h"
#include "metrics/features.h"

/* mean [dimension] of a set's rows. */
void gan__features_mean(const gan_features *features, double *mean);

/*
 * rows [count - 1, dimension], to be freed, whose sum of squares is the covariance: rows^T rows.
 * Each is a sample against the mean of those before it (Helmert's contrasts), so that there are as
 * many as the covariance has degrees of freedom, and equal samples give rows of zeros. For sets of
 * at least two.
 */
gan_status gan__features_contrasts(const gan_features *features, double **rows);

#endif
