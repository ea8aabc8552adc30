/*
 * The measures on 10,000 generated and 10,000 real rows of 2,048 features (and 1,008 logits), as
 * Inception gives them, and how many pictures a second a network of features sees. Through the
 * public interface. pytorch_metrics.py does the same with the measures' references.
 */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>

enum { ROWS = 10000, DIMENSION = 2048, CLASSES = 1008, CAUSES = 64, PICTURES = 64, SIDE = 299 };

struct sets {
    const struct bench *bench;
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
fill_sets(void *argument)
{
    struct sets *const s = argument;
    const struct bench *const bench = s->bench;
    for (int i = 0; i < 2; i++) {
        gan_features_destroy(s->set[i]);
        check(bench,
              gan_features_create_rows(bench->ctx, &s->set[i], NULL, NULL, DIMENSION, CLASSES));
        check(bench, gan_features_add_rows(s->set[i], s->rows[i], s->logits, ROWS));
    }
}

static void
run_measure(void *argument)
{
    struct sets *const s = argument;
    gan_score *score = NULL;
    check(s->bench, gan_metric_compute(s->metric, &score, s->set[0], s->set[1]));
    gan_score_destroy(score);
}

static void
bench_measure(struct sets *s, const char *kind, const char *options)
{
    const struct bench *const bench = s->bench;
    const int repeats = bench->repeats < 5 ? bench->repeats : 5;
    check(bench, gan_metric_create(bench->ctx, &s->metric, kind, options));
    const struct timing timing = time_runs(fill_sets, run_measure, s, repeats);
    printf("%-34s %9.3f s  %9.3f s\n", kind, timing.median, timing.best);
    (void)fflush(stdout);
    gan_metric_destroy(s->metric);
}

static void
run_judge(void *argument)
{
    struct sets *const s = argument;
    static const int64_t shape[] = {SIDE, SIDE, 3};
    gan_features *set = NULL;
    check(s->bench, gan_features_create(s->judge, &set, NULL));
    check(s->bench, gan_features_add_samples(set, s->pictures, PICTURES, shape, 3));
    gan_features_destroy(set);
}

/* A judge's file, as scripts/fetch-inception.sh leaves it, on pictures of its own size. */
static void
bench_judge(struct sets *s)
{
    const struct bench *const bench = s->bench;
    const int repeats = bench->repeats < 5 ? bench->repeats : 5;
    check(bench, gan_judge_load(bench->ctx, &s->judge, bench->judge, NULL));
    s->pictures = make_samples((int64_t)PICTURES * SIDE * SIDE * 3);
    const struct timing timing = time_runs(NULL, run_judge, s, repeats);
    printf("%-34s %7.1f a second %7.1f a second\n", "pictures of 299x299x3",
           PICTURES / timing.median, PICTURES / timing.best);
    free(s->pictures);
    gan_judge_destroy(s->judge);
}

void
bench_metrics(const struct bench *bench)
{
    struct sets s = {.bench = bench};
    if (bench->judge != NULL) {
        bench_judge(&s);
    }
    s.rows[0] = make_rows(1, 0.0F);
    s.rows[1] = make_rows(2, 0.1F);
    s.logits = make_samples((int64_t)ROWS * CLASSES);
    bench_measure(&s, "fid", NULL);
    bench_measure(&s, "kid", "subsets=100 subset_size=1000");
    bench_measure(&s, "prdc", NULL);
    bench_measure(&s, "inception_score", NULL);
    for (int i = 0; i < 2; i++) {
        gan_features_destroy(s.set[i]);
        free(s.rows[i]);
    }
    free(s.logits);
}
