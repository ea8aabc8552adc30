/*
 * Metrics inside: a measure is one file and one row in list.h. Sets of features in, named numbers
 * out; all sums that lose digits in float are in double, in an order that only shapes decide.
 */
#ifndef GAN__METRICS_METRIC_H
#define GAN__METRICS_METRIC_H

#include <gan/metrics.h>

#include "base/kind.h"
#include "metrics/features.h"

enum { GAN__SCORE_VALUES = 5 };

/* A number of a score. */
struct gan__score_value {
    const char *name; /* of the class's list */
    double value;
};

struct gan__metric_class {
    struct gan__kind_head
        head; /* its size is that of the struct whose first member is gan_metric */
    /* The names of its numbers; the first is the one that "the score" means. */
    const char *values[GAN__SCORE_VALUES];
    /* Of each, as gan_metric_value() tells it: 1 the higher the better, -1 the lower, 0 neither. */
    signed char better[GAN__SCORE_VALUES];
    bool needs_real, needs_logits, needs_classes;
    bool needs_rows;   /* statistics are not enough */
    bool ignores_real; /* it is handed NULL, whatever the caller has */
    /* How many rows a call of gan_metric_set_rows() must have: NULL: the measure draws none. */
    gan_status (*check_rows)(const gan_metric *metric, int64_t count);
    /* Whether there is what its options want, by the sets' sizes alone (they may have no rows yet);
     * NULL: whatever `compute` says. */
    gan_status (*check)(const gan_metric *metric, const gan_features *generated,
                        const gan_features *real);
    /* Write the numbers, in the order of `values`. The sets were checked against the needs above,
     * by `check`, and against each other; there is at least one sample in each. */
    gan_status (*compute)(gan_metric *metric, double values[GAN__SCORE_VALUES],
                          gan_features *generated, gan_features *real);
};

struct gan_metric {
    struct gan__object object;
    const struct gan__metric_class *class;
    int64_t *generated_rows, *real_rows; /* of gan_metric_set_rows(); NULL: drawn */
    int64_t row_count;
};

struct gan_score {
    struct gan__object object;
    const struct gan__metric_class *class;
    double values[GAN__SCORE_VALUES];
    char *text; /* the JSON object */
};

/* A measure by its text "kid subsets=10"; one handle. */
gan_status gan__metric_parse(gan_context *ctx, gan_metric **out, const char *text, size_t length);

/* All that can be said of two sets before anything is computed; real may be NULL. */
gan_status gan__metric_check(const gan_metric *metric, const gan_features *generated,
                             const gan_features *real);

/* A list of them is joined by semicolons: the next of *list, which moves behind it; false at the
 * end. Parts that are blank are skipped. */
bool gan__metric_next(const char **list, const char **text, size_t *length);

/* kinds.c: a row of list.h. */
gan_status gan__metric_find(gan_context *ctx, const char *word, size_t length,
                            const struct gan__metric_class **class);

/* score.c: a score of numbers that were computed, with its protocol; one handle. */
gan_status gan__score_make(gan_score **out, const gan_metric *metric, const double *values,
                           const gan_features *generated, const gan_features *real);

/* The kinds. */
#define GAN__ROW(name) extern const struct gan__metric_class gan__metric_##name;
#include "metrics/list.h"
#undef GAN__ROW

/* Append the documentation of all kinds, of a judge's options (gan_kinds: "metric", "judge"). */
void gan__metrics_document(struct gan__text *out);
void gan__judge_document(struct gan__text *out);

#endif
