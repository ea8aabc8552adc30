/*
 * The measures on 10,000 generated and 10,000 real rows of 2,048 features (and 1,008 logits), as
 * Inception gives them, and how many pictures a second a network of features sees. Through the
 * public interface. pytorch_metrics.py does the same with the measures' references.
 */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>

enum { ROWS = 10000, DIMENSION = 2048, CLASSES = 1008, CAUSES = 64, PICTURES = 64, SIDE = 299 };

struct measure_work {
    const char *kind, *options;
};

struct sets {
    float *rows[2], *logits;
    gan_features *set[2];
    gan_metric *metric;
    gan_judge *judge;
    float *pictures;
};

static float
draw(uint64_t *state)
{
    *state = *state * 6364136223846793005U + 1442695040888963407U;
    return (float)(*state >> 40) * 0x1p-24F - 0.5F;
}

/* Rows that hang together by a few causes, cut at 0. */
static float *
make_rows(uint64_t seed, float shift)
{
    uint64_t state = seed;
    float causes[CAUSES];
    float *const rows = make_samples((int64_t)ROWS * DIMENSION);
    for (int i = 0; i < ROWS; i++) {
        for (int j = 0; j < CAUSES; j++) {
            causes[j] = draw(&state);
        }
        for (int j = 0; j < DIMENSION; j++) {
            const float x =
                0.6F * draw(&state) + 0.5F * causes[j % CAUSES] + 0.4F * causes[j * 7 % 61] + shift;
            rows[(int64_t)i * DIMENSION + j] = x > 0.0F ? x : 0.0F;
        }
    }
    return rows;
}

/* Anew for each run, because sets keep their statistics. */
static void
fill_sets(struct job *job)
{
    struct sets *const s = job->state;
    for (int i = 0; i < 2; i++) {
        gan_features_destroy(s->set[i]);
        check(job, gan_features_create_rows(job->ctx, &s->set[i], NULL, NULL, DIMENSION, CLASSES));
        check(job, gan_features_add_rows(s->set[i], s->rows[i], s->logits, ROWS));
    }
}

static void
run_measure(struct job *job)
{
    struct sets *const s = job->state;
    gan_score *score = NULL;
    check(job, gan_metric_compute(s->metric, &score, s->set[0], s->set[1]));
    gan_score_destroy(score);
}

static void
run_judge(struct job *job)
{
    struct sets *const s = job->state;
    static const int64_t shape[] = {SIDE, SIDE, 3};
    gan_features *set = NULL;
    check(job, gan_features_create(s->judge, &set, NULL));
    check(job, gan_features_add_samples(set, s->pictures, PICTURES, shape, 3));
    gan_features_destroy(set);
}

static void
close_sets(struct job *job)
{
    struct sets *const s = job->state;
    for (int i = 0; i < 2; i++) {
        gan_features_destroy(s->set[i]);
        free(s->rows[i]);
    }
    free(s->logits);
    free(s->pictures);
    gan_metric_destroy(s->metric);
    gan_judge_destroy(s->judge);
}

static struct sets *
open_sets(struct job *job)
{
    struct sets *const s = take(sizeof(*s));
    *s = (struct sets){0};
    job->state = s;
    job->close = close_sets;
    return s;
}

static void
open_measure(struct job *job)
{
    const struct measure_work *const work = job->work->details;
    struct sets *const s = open_sets(job);
    s->rows[0] = make_rows(1, 0.0F);
    s->rows[1] = make_rows(2, 0.1F);
    s->logits = make_samples((int64_t)ROWS * CLASSES);
    check(job, gan_metric_create(job->ctx, &s->metric, work->kind, work->options));
    job->prepare = fill_sets;
    job->run = run_measure;
}

/* A judge's file, as scripts/fetch-inception.sh leaves it, on pictures of its own size. */
static void
open_judge(struct job *job)
{
    struct sets *const s = open_sets(job);
    if (job->bench->judge == NULL) {
        (void)fprintf(stderr, "%s: needs --judge FILE\n", job->work->name);
        return;
    }
    check(job, gan_judge_load(job->ctx, &s->judge, job->bench->judge, NULL));
    s->pictures = make_samples((int64_t)PICTURES * SIDE * SIDE * 3);
    job->run = run_judge;
    job->images = PICTURES;
}

/* clang-format off */
#define MEASURE(kind, options, text)                                                               \
    {.name = "measure-" kind,                                                                      \
     .what = text,                                                                                 \
     .open = open_measure,                                                                         \
     .details = &(const struct measure_work){kind, options},                                       \
     .asked = true}
/* clang-format on */

const struct work measure_works[] = {
    MEASURE("fid", NULL, "10,000 and 10,000 rows of 2,048 features"),
    MEASURE("kid", "subsets=100 subset_size=1000", "the same, 100 subsets of 1,000"),
    MEASURE("prdc", NULL, "the same, k = 5"),
    MEASURE("inception_score", NULL, "10,000 rows of 1,008 logits"),
    {.name = "measure-judge",
     .what = "64 pictures of 299x299x3 seen by --judge FILE",
     .open = open_judge,
     .asked = true},
    {0},
};
