/* Scores: the log's lines of them, and the best one's checkpoint. */
#include <math.h>
#include <string.h>

#include "trainer/run_folder.h"

/* Unless its last reference has gone: a trainer whose end is only queued must not be held again. */
static bool
hold_if_alive(gan_trainer *trainer)
{
    int64_t references;

    if (trainer == NULL) {
        return false;
    }
    references = atomic_load(&trainer->object.references);
    while (references > 0) {
        if (atomic_compare_exchange_weak(&trainer->object.references, &references,
                                         references + 1)) {
            return true;
        }
    }
    return false;
}

/* ---- the best ---- */

bool
gan__best_is_of(const struct gan__best *best, const char *measure)
{
    return best->told && (strcmp(best->measure, measure) == 0 || strcmp(best->measure, "?") == 0);
}

bool
gan__best_improve(struct gan__best *best, const char *measure, double score, int64_t step,
                  bool lower)
{
    if (gan__best_is_of(best, measure) && !(lower ? score < best->score : score > best->score)) {
        return false;
    }
    *best = (struct gan__best){.told = true, .score = score, .step = step, .since = step};
    memcpy(best->measure, measure, strlen(measure) + 1);
    return true;
}

/* ---- in a run folder ---- */

/* The log has the score last: it never calls a score the best that the checkpoints, after a kill in
 * here, know nothing of. */
static gan_status
tell(gan_run *run, const char *measure, double score, bool *best)
{
    gan_trainer *trainer = run->trainer;
    const struct gan__best before = trainer->best;
    const struct gan__best told = {.told = true, .score = score, .step = trainer->counters.steps};
    struct gan__best after = before;
    const bool saved = run->saved_step == told.step || run->saved_step < 0;
    gan_status st = GAN_OK;

    *best =
        gan__best_improve(&after, measure, score, told.step, run->options.best == GAN__BEST_LOWEST);
    GAN__TRY(gan__run_check_lock(run));
    if (*best) {
        trainer->best = after;
        GAN__TRY(gan__run_save_best(run));
        if (saved) {
            GAN__TRY(gan__run_save(run)); /* the best score is part of it */
        }
    }
    if (run->options.log_every > 0) {
        GAN__TRY(gan__run_log_score(run, &told, *best));
    }
    run->best = trainer->best;
    return GAN_OK;

fail:
    trainer->best = before;
    if (*best && saved) {
        run->saved_step = -1; /* the file may have the score: the next call or run writes it anew */
    }
    return st;
}

gan_status
gan__run_score(gan_run *run, const char *measure, double score, int32_t *best)
{
    gan_context *ctx;
    gan_trainer *trainer;
    struct gan__call call;
    bool is_best = false;
    gan_status st;

    if (best != NULL) {
        *best = 0;
    }
    if (run == NULL) {
        return GAN_E_ARG;
    }
    ctx = gan__run_context(run);
    st = gan__enter(&call, ctx, GAN__GROUP_TRAINER_READ);
    if (st != GAN_OK) {
        return st;
    }
    if (!isfinite(score)) {
        return gan__leave(&call, gan__fail(ctx, GAN_E_ARG, "score is %s; wanted a finite number",
                                           isnan(score) ? "nan" : "infinite"));
    }
    gan_run_retain(run); /* another thread may give up the caller's handles */
    trainer = run->trainer;
    if (!hold_if_alive(trainer)) {
        st = gan__fail(ctx, GAN_E_STATE,
                       "the run \"%s\" has no trainer: gan_run_begin() or gan_run_resume() first",
                       run->folder);
    } else {
        st = tell(run, measure, score, &is_best);
        gan__object_release((struct gan__object *)trainer);
    }
    if (st == GAN_OK && best != NULL) {
        *best = is_best;
    }
    st = gan__leave(&call, st);
    gan_run_destroy(run);
    return st;
}

gan_status
gan_run_score(gan_run *run, double score, int32_t *best)
{
    return gan__run_score(run, "", score, best);
}

gan_status
gan_run_best(gan_run *run, double *score, int64_t *step)
{
    struct gan__call call;
    gan_status st;

    if (score != NULL) {
        *score = 0;
    }
    if (step != NULL) {
        *step = 0;
    }
    if (run == NULL) {
        return GAN_E_ARG;
    }
    st = gan__enter(&call, gan__run_context(run), GAN__GROUP_TRAINER_READ);
    if (st != GAN_OK) {
        return st;
    }
    if (!run->best.told) {
        return gan__leave(&call, gan__fail(gan__run_context(run), GAN_E_STATE,
                                           "the run \"%s\" was told no score yet", run->folder));
    }
    if (score != NULL) {
        *score = run->best.score;
    }
    if (step != NULL) {
        *step = run->best.step;
    }
    return gan__leave(&call, GAN_OK);
}
