/* Sets of features for tests: rows from memory, and the numbers that tests/oracle's scripts make too. */
#ifndef TESTS_METRICS_SETS_H
#define TESTS_METRICS_SETS_H

#include <gan/metrics.h>

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "oracle/failing_host.h"

enum { VALUES = 8, SET_CLUSTERS = 5, SET_DIMENSION = 48 };

/* Number i of sequence `seed`, in [0, 1). */
static inline float
set_uniform(int seed, int64_t i)
{
    uint32_t x = (uint32_t)i + ((uint32_t)seed << 24);

    x *= 2654435761U;
    x ^= x >> 16;
    x *= 0x85EBCA6BU;
    x ^= x >> 13;
    x *= 0xC2B2AE35U;
    x ^= x >> 16;
    return (float)(x >> 8) * 0x1p-24F;
}

static inline gan_features *
set_rows(gan_context *ctx, const char *name, const float *rows, int64_t count, int64_t dimension)
{
    gan_features *set = NULL;

    ASSERT_OK(ctx, gan_features_create_rows(ctx, &set, name, NULL, dimension, 0));
    ASSERT_OK(ctx, gan_features_add_rows(set, rows, NULL, count));
    return set;
}

/* As make_distances.py has it. */
static inline gan_features *
set_oracle(gan_context *ctx, const char *name, int seed, int64_t count, int64_t clusters,
           float shift)
{
    float *const rows = calloc((size_t)(count * SET_DIMENSION), sizeof *rows);

    for (int64_t i = 0; i < count * SET_DIMENSION; i++) {
        const int64_t cluster = i / SET_DIMENSION % clusters;
        const float noise = set_uniform(seed, i) + set_uniform(seed + 1, i) - 1;
        rows[i] = noise + set_uniform(9, cluster * SET_DIMENSION + i % SET_DIMENSION) + shift;
    }
    gan_features *const set = set_rows(ctx, name, rows, count, SET_DIMENSION);
    free(rows);
    return set;
}

/* The score's numbers in the order of their names, spaces between them. */
static inline void
compute_names(gan_metric *metric, double *values, gan_features *generated, gan_features *real,
              const char *names)
{
    char name[32];
    int length = 0;
    gan_score *score = NULL;
    const gan_status st = gan_metric_compute(metric, &score, generated, real);

    ck_assert_int_eq(st, GAN_OK);
    for (int i = 0; sscanf(names, "%31s%n", name, &length) == 1; i++, names += length) {
        ck_assert_int_eq(gan_score_get(score, &values[i], name), GAN_OK);
    }
    gan_score_destroy(score);
}

static inline void
compute_in(gan_context *ctx, double *values, gan_features *generated, gan_features *real,
           const char *kind, const char *options, const char *names)
{
    gan_metric *metric = NULL;

    ASSERT_OK(ctx, gan_metric_create(ctx, &metric, kind, options));
    compute_names(metric, values, generated, real, names);
    gan_metric_destroy(metric);
}

static inline void
near(double found, double wanted, double relative)
{
    ck_assert_msg(fabs(found - wanted) <= relative * fabs(wanted), "found %.17g, wanted %.17g",
                  found, wanted);
}

#endif
