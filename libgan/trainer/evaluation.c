/*
 * Setting an evaluation: its options, its measures, and whether judge, real samples and measures go
 * together, so that what can be known at once is not found out after hours.
 */
#include "trainer/evaluation.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "metrics/judge.h"
#include "trainer/run_folder.h"

#define OPTION(member) .offset = offsetof(struct gan__evaluation_options, member)

static const struct gan__option evaluation_options[] = {
    {.name = "every",
     .type = GAN__OPTION_INT,
     OPTION(every),
     .minimum = 1,
     .maximum = 1e15,
     .fallback = "1000",
     .doc = "steps from one evaluation to the next"},
    {.name = "count",
     .type = GAN__OPTION_INT,
     OPTION(count),
     .minimum = 1,
     .maximum = 1 << 30,
     .fallback = "10000",
     .doc = "samples that are judged"},
    {.name = "measures",
     .type = GAN__OPTION_TEXT,
     OPTION(measures),
     .fallback = "fid",
     .doc = "kinds of metrics with options, joined by semicolons; the first one's first number "
            "chooses the best checkpoint"},
    {.name = "seed",
     .type = GAN__OPTION_UINT,
     OPTION(seed),
     .fallback = "0",
     .doc = "of the samples' noise"},
    {.name = "patience",
     .type = GAN__OPTION_INT,
     OPTION(patience),
     .minimum = 0,
     .maximum = 1e9,
     .fallback = "0",
     .doc = "stop after so many evaluations in a row without a better score; 0 never"},
    GAN__OPTION_END};

void
gan__evaluation_document(struct gan__text *out)
{
    gan__options_document(out, evaluation_options);
}

/* ---- the watch ---- */

static void
number(const struct gan__watch *watch, int32_t index, const char **name, double *value)
{
    const struct gan__evaluation *evaluation = (const struct gan__evaluation *)watch;

    *name = NULL;
    for (int32_t i = 0; i < evaluation->metric_count; i++) {
        const struct gan__metric_class *class = evaluation->metrics[i]->class;
        for (int32_t k = 0; k < GAN__SCORE_VALUES && class->values[k] != NULL; k++) {
            if (index-- == 0) {
                *name = class->values[k];
                *value = evaluation->values[i * GAN__SCORE_VALUES + k];
                return;
            }
        }
    }
}

static void
finalize(struct gan__watch *watch, gan_context *ctx)
{
    struct gan__evaluation *evaluation = (struct gan__evaluation *)watch;

    for (int32_t i = 0; i < evaluation->metric_count; i++) {
        gan__object_release((struct gan__object *)evaluation->metrics[i]);
    }
    gan__free(ctx, evaluation->metrics);
    gan__free(ctx, evaluation->values);
    gan__object_release((struct gan__object *)evaluation->real);
    gan__object_release((struct gan__object *)evaluation->judge);
    gan__options_free(ctx, evaluation_options, &evaluation->options);
    gan__free(ctx, evaluation);
}

static const struct gan__watch_class evaluation_class = {
    .after_step = gan__evaluation_after_step,
    .ended = gan__evaluation_ended,
    .number = number,
    .finalize = finalize,
};

/* ---- the measures ---- */

static gan_status
add_metric(struct gan__evaluation *evaluation, gan_context *ctx, const char *text, size_t length)
{
    gan_metric *metric = NULL;
    gan_status st = gan__metric_parse(ctx, &metric, text, length);

    if (st != GAN_OK) {
        gan__fail_prefix(ctx, "measures");
        return st;
    }
    for (int32_t i = 0; i < evaluation->metric_count; i++) {
        if (evaluation->metrics[i]->class == metric->class) {
            gan_metric_destroy(metric);
            return gan__fail(ctx, GAN_E_ARG,
                             "measures: there are two \"%s\", and the record can have one",
                             evaluation->metrics[i]->class->head.kind);
        }
    }
    gan__object_adopt(&metric->object);
    evaluation->metrics[evaluation->metric_count++] = metric;
    return GAN_OK;
}

static gan_status
make_metrics(struct gan__evaluation *evaluation, gan_context *ctx)
{
    const char *at = evaluation->options.measures, *text = NULL;
    int64_t count = 1;
    size_t length = 0;
    gan_status st = GAN_OK;

    for (const char *c = at; *c != '\0'; c++) {
        count += *c == ';';
    }
    evaluation->metrics = gan__alloc_array(ctx, count, sizeof(gan_metric *));
    evaluation->values = gan__alloc_array(ctx, count, GAN__SCORE_VALUES * sizeof(double));
    if (evaluation->metrics == NULL || evaluation->values == NULL) {
        return GAN_E_NOMEM;
    }
    for (int64_t i = 0; i < count * GAN__SCORE_VALUES; i++) {
        evaluation->values[i] = NAN;
    }
    while (st == GAN_OK && gan__metric_next(&at, &text, &length)) {
        st = add_metric(evaluation, ctx, text, length);
    }
    if (st == GAN_OK && evaluation->metric_count == 0) {
        st = gan__fail(ctx, GAN_E_ARG,
                       "measures: none is named; wanted a kind, or some: \"fid; kid subsets=10\"");
    }
    return st;
}

/* What a measure needs and cannot get, be it the number of samples: `generated` is a set without
 * rows, of as many samples as will be judged. */
static gan_status
check_measures(const struct gan__evaluation *evaluation, gan_context *ctx,
               const gan_features *generated)
{
    for (int32_t i = 0; i < evaluation->metric_count; i++) {
        const gan_status st =
            gan__metric_check(evaluation->metrics[i], generated, evaluation->real);
        if (st != GAN_OK) {
            gan__fail_prefix(ctx, "measures");
            return st;
        }
    }
    return GAN_OK;
}

gan_status
gan__evaluation_check_run(const struct gan__evaluation *evaluation, const gan_trainer *trainer)
{
    const struct gan__metric_class *class = evaluation->metrics[0]->class;
    const bool lower = class->better[0] < 0;
    const int32_t wanted = lower ? GAN__BEST_LOWEST : GAN__BEST_HIGHEST;

    if (trainer->run == NULL || trainer->run->options.best == wanted) {
        return GAN_OK;
    }
    return gan__fail(gan__trainer_context(trainer), GAN_E_ARG,
                     "the run \"%s\" has best=%s; the best \"%s\" is the %s: gan_run_open() with "
                     "best=%s",
                     trainer->run->folder, lower ? "highest" : "lowest", class->values[0],
                     lower ? "lowest" : "highest", lower ? "lowest" : "highest");
}

static gan_status
check(const struct gan__evaluation *evaluation, gan_trainer *trainer)
{
    gan_features *generated = NULL;
    gan_status st = GAN_OK;

    GAN__TRY(gan__evaluation_check_run(evaluation, trainer));
    GAN__TRY(gan__judge_check_shape(evaluation->judge, &trainer->dataset->shape));
    GAN__TRY(gan_features_create(evaluation->judge, &generated, "generator"));
    GAN__TRY(gan__features_check_pair(generated, evaluation->real));
    generated->count = evaluation->options.count;
    st = check_measures(evaluation, gan__trainer_context(trainer), generated);
    generated->count = 0; /* it has no rows */

fail:
    gan_features_destroy(generated);
    return st;
}

/* ---- setting ---- */

static gan_status
create(gan_trainer *trainer, struct gan__evaluation **out, gan_judge *judge, gan_features *real,
       const char *text)
{
    static const struct gan__option_origin origin = {.kind = "gan_trainer_set_evaluation"};
    gan_context *ctx = gan__trainer_context(trainer);
    struct gan__evaluation *evaluation = gan__alloc(ctx, sizeof *evaluation);
    gan_status st = GAN_OK;

    if (evaluation == NULL) {
        return GAN_E_NOMEM;
    }
    memset(evaluation, 0, sizeof *evaluation);
    evaluation->watch.class = &evaluation_class;
    gan__object_hold(&judge->object);
    evaluation->judge = judge;
    gan__object_hold(&real->object);
    evaluation->real = real;
    GAN__TRY(gan__options_parse(ctx, evaluation_options, &evaluation->options, NULL, NULL, text,
                                text == NULL ? 0 : strlen(text), &origin));
    GAN__TRY(make_metrics(evaluation, ctx));
    GAN__TRY(check(evaluation, trainer));
    *out = evaluation;
    return GAN_OK;

fail:
    finalize(&evaluation->watch, ctx);
    return st;
}

static gan_status
set(gan_trainer *trainer, gan_judge *judge, gan_features *real, const char *options)
{
    gan_context *ctx = gan__trainer_context(trainer);
    struct gan__evaluation *evaluation = NULL;
    gan_status st;

    if (judge == NULL) {
        gan__trainer_set_watch(trainer, GAN__WATCH_EVALUATION, NULL);
        return GAN_OK;
    }
    if (real == NULL) {
        return gan__null(ctx, "real");
    }
    if (judge->object.ctx != ctx || real->object.ctx != ctx) {
        return gan__fail(ctx, GAN_E_ARG, "%s another context",
                         real->object.ctx == ctx ? "the judge belongs to"
                                                 : "the real samples' features belong to");
    }
    st = create(trainer, &evaluation, judge, real, options);
    if (st == GAN_OK) {
        gan__trainer_set_watch(trainer, GAN__WATCH_EVALUATION, &evaluation->watch);
    }
    return st;
}

gan_status
gan_trainer_set_evaluation(gan_trainer *trainer, gan_judge *judge, gan_features *real,
                           const char *options)
{
    struct gan__call call;
    gan_status st;

    if (trainer == NULL) {
        return GAN_E_ARG;
    }
    st = gan__enter(&call, gan__trainer_context(trainer), GAN__GROUP_OTHER);
    if (st != GAN_OK) {
        return st;
    }
    gan_trainer_retain(trainer); /* a layer's callback may give up the caller's handles */
    gan_judge_retain(judge);
    gan_features_retain(real);
    st = gan__leave(&call, set(trainer, judge, real, options));
    gan_features_destroy(real);
    gan_judge_destroy(judge);
    gan_trainer_destroy(trainer);
    return st;
}
