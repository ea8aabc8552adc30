/*
 * One evaluation: samples of the averaged generator, the measures, and where their numbers go: the
 * record, the run folder's log, the best checkpoint, an event. A function of the training's state
 * alone, so that a resumed training finds the same.
 */
#include <gan/io.h>

#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "trainer/evaluation.h"
#include "trainer/run_folder.h"

/* ---- judging ---- */

/* What the judge sees in samples [first, first + count) of the evaluation's noise. */
static gan_status
see(const struct gan__evaluation *evaluation, gan_features **out, const char *name,
    gan_layer *generator, int64_t first)
{
    char options[80];
    gan_status st = GAN_OK;

    (void)snprintf(options, sizeof options, "seed=%llu first=%lld",
                   (unsigned long long)evaluation->options.seed, (long long)first);
    GAN__TRY(gan_features_create(evaluation->judge, out, name));
    GAN__TRY(gan_features_add_generated(*out, generator, evaluation->options.count, options));

fail:
    return st;
}

static void
forget_scores(const struct gan__evaluation *evaluation, gan_context *ctx, gan_score **scores)
{
    for (int32_t i = 0; scores != NULL && i < evaluation->metric_count; i++) {
        gan_score_destroy(scores[i]);
    }
    gan__free(ctx, scores);
}

/* A score for each measure; for forget_scores(). */
static gan_status
judge(const struct gan__evaluation *evaluation, gan_context *ctx, gan_score ***out,
      const char *name, gan_layer *generator, int64_t first)
{
    gan_score **scores = gan__alloc_array(ctx, evaluation->metric_count, sizeof *scores);
    gan_features *generated = NULL;
    gan_status st = GAN_OK;

    if (scores == NULL) {
        return GAN_E_NOMEM;
    }
    memset(scores, 0, (size_t)evaluation->metric_count * sizeof *scores);
    GAN__TRY(see(evaluation, &generated, name, generator, first));
    for (int32_t i = 0; i < evaluation->metric_count; i++) {
        GAN__TRY(
            gan_metric_compute(evaluation->metrics[i], &scores[i], generated, evaluation->real));
    }
    *out = scores;
    gan_features_destroy(generated);
    return GAN_OK;

fail:
    gan_features_destroy(generated);
    forget_scores(evaluation, ctx, scores);
    return st;
}

/* {"step":1000,"<what>":[{"metric": ...}, ...]} */
static gan_status
log_scores(const struct gan__evaluation *evaluation, gan_trainer *trainer, const char *what,
           gan_score *const *scores)
{
    struct gan__text line;
    gan_status st;

    gan__text_init(&line, gan__trainer_context(trainer));
    gan__text_add(&line, "{\"step\":%lld,\"%s\":[", (long long)trainer->counters.steps, what);
    for (int32_t i = 0; i < evaluation->metric_count; i++) {
        gan__text_add(&line, "%s%s", i == 0 ? "" : ",", scores[i]->text);
    }
    gan__text_add(&line, "]}");
    st = gan__watch_log(trainer, &line);
    gan__text_free(&line);
    return st;
}

/* ---- the best ---- */

static gan_status
tell(const struct gan__evaluation *evaluation, gan_trainer *trainer, double score)
{
    const struct gan__metric_class *class = evaluation->metrics[0]->class;

    if (trainer->run != NULL) {
        return gan__run_score(trainer->run, class->values[0], score, NULL);
    }
    (void)gan__best_improve(&trainer->best, class->values[0], score, trainer->counters.steps,
                            class->better[0] < 0);
    return GAN_OK;
}

/* The evaluations since the best are counted by the steps: a resumed training knows those. */
static void
give_up_if_useless(struct gan__evaluation *evaluation, gan_trainer *trainer)
{
    const int64_t every = evaluation->options.every;
    const int64_t useless = trainer->counters.steps / every - trainer->best.since / every;

    if (evaluation->options.patience == 0 || useless < evaluation->options.patience) {
        return;
    }
    gan__log(gan__trainer_context(trainer), GAN_LOG_INFO,
             "stopped after step %lld: %lld evaluations in a row found no better %s than %.6g of "
             "step %lld",
             (long long)trainer->counters.steps, (long long)useless,
             evaluation->metrics[0]->class->values[0], trainer->best.score,
             (long long)trainer->best.step);
    evaluation->gave_up = true;
    gan_trainer_stop(trainer);
}

/* ---- at a step ---- */

static gan_status
look(struct gan__evaluation *evaluation, gan_trainer *trainer)
{
    gan_context *ctx = gan__trainer_context(trainer);
    gan_score **scores = NULL;
    char name[64];
    gan_status st = GAN_OK;

    (void)snprintf(name, sizeof name, "generator at step %lld", (long long)trainer->counters.steps);
    GAN__TRY(gan__trainer_estimate(trainer));
    GAN__TRY(judge(evaluation, ctx, &scores, name,
                   trainer->average != NULL ? trainer->average : trainer->generator.network, 0));
    GAN__TRY(log_scores(evaluation, trainer, "evaluation", scores));
    GAN__TRY(tell(evaluation, trainer, scores[0]->values[0]));
    for (int32_t i = 0; i < evaluation->metric_count; i++) {
        memcpy(&evaluation->values[i * GAN__SCORE_VALUES], scores[i]->values,
               sizeof scores[i]->values);
    }
    gan__log(ctx, GAN_LOG_INFO, "step %lld: %s is %.6g; the best is %.6g of step %lld",
             (long long)trainer->counters.steps, evaluation->metrics[0]->class->values[0],
             scores[0]->values[0], trainer->best.score, (long long)trainer->best.step);

fail:
    forget_scores(evaluation, ctx, scores);
    if (st != GAN_OK && st != GAN_E_IO) {
        gan__fail_prefix(ctx, "the evaluation after step %lld", (long long)trainer->counters.steps);
    }
    return st;
}

gan_status
gan__evaluation_after_step(struct gan__watch *watch, gan_trainer *trainer,
                           const struct gan__listener *listener)
{
    struct gan__evaluation *evaluation = (struct gan__evaluation *)watch;
    gan_status st = GAN_OK;

    evaluation->gave_up = false;
    GAN__TRY(gan__evaluation_check_run(evaluation, trainer)); /* it may have begun since */
    if (trainer->counters.steps % evaluation->options.every != 0) {
        return GAN_OK;
    }
    GAN__TRY(look(evaluation, trainer));
    GAN__TRY(gan__trainer_send(trainer, listener, GAN_EVENT_EVALUATION));
    give_up_if_useless(evaluation, trainer);

fail:
    return st;
}

/* ---- at the end ---- */

/* The generator of the best checkpoint, as samples of it were judged. */
static gan_status
load_best(const gan_trainer *trainer, gan_layer **generator)
{
    gan_context *ctx = gan__trainer_context(trainer);
    char *path = NULL;
    gan_status st = GAN_OK;

    GAN__TRY(gan__run_path(trainer->run, &path, GAN__RUN_BEST));
    GAN__TRY(gan_layer_load(ctx, generator, path,
                            trainer->average != NULL ? "part=average max_bytes=1048576GiB"
                                                     : "part=generator max_bytes=1048576GiB"));

fail:
    gan__free(ctx, path);
    return st;
}

/* The best of many looks is flattered by its noise: it is judged once more on the noise that comes
 * next. */
gan_status
gan__evaluation_ended(struct gan__watch *watch, gan_trainer *trainer,
                      const struct gan__listener *listener)
{
    struct gan__evaluation *evaluation = (struct gan__evaluation *)watch;
    struct gan__best *best = &trainer->best;
    const bool stopped = atomic_load(&trainer->stop) != 0 && !evaluation->gave_up;
    gan_context *ctx = gan__trainer_context(trainer);
    gan_layer *generator = NULL;
    gan_score **scores = NULL;
    char name[64];
    gan_status st = GAN_OK;

    (void)listener;
    if (trainer->run == NULL || best->judged || stopped ||
        !gan__best_is_of(best, evaluation->metrics[0]->class->values[0])) {
        return GAN_OK;
    }
    (void)snprintf(name, sizeof name, "generator at step %lld, fresh noise", (long long)best->step);
    GAN__TRY(load_best(trainer, &generator));
    GAN__TRY(judge(evaluation, ctx, &scores, name, generator, evaluation->options.count));
    GAN__TRY(log_scores(evaluation, trainer, "best", scores));
    best->judged = true;
    trainer->run->best = *best;
    trainer->run->saved_step = -1; /* the last checkpoint is to know of it */
    gan__log(ctx, GAN_LOG_INFO, "the best checkpoint, of step %lld: %s is %.6g on fresh noise",
             (long long)best->step, evaluation->metrics[0]->class->values[0], scores[0]->values[0]);

fail:
    forget_scores(evaluation, ctx, scores);
    gan_layer_destroy(generator);
    return st;
}
