/* Driving: single steps, runs with events, and the stop flag. */
#include <string.h>

#include "trainer/run_folder.h"

void
gan_trainer_stop(gan_trainer *trainer)
{
    /* An atomic store and nothing else: this may be a signal handler. */
    if (trainer != NULL) {
        atomic_store(&trainer->stop, 1);
    }
}

gan_status
gan_trainer_step(gan_trainer *trainer, const gan_record **record)
{
    struct gan__call call;
    gan_status st;

    if (record != NULL) {
        *record = NULL;
    }
    if (trainer == NULL) {
        return GAN_E_ARG;
    }
    st = gan__enter(&call, gan__trainer_context(trainer), GAN__GROUP_OTHER);
    if (st != GAN_OK) {
        return st;
    }
    gan_trainer_retain(trainer); /* a layer's callback may give up the caller's handle */
    st = gan__trainer_step_or_explain(trainer);
    if (st == GAN_OK && record != NULL) {
        *record = &trainer->record;
    }
    st = gan__leave(&call, st);
    gan_trainer_destroy(trainer);
    return st;
}

gan_status
gan__trainer_send(gan_trainer *trainer, const struct gan__listener *listener, int32_t event)
{
    gan_context *ctx = gan__trainer_context(trainer);
    struct gan__callout callout;
    int32_t answer;

    if (listener->callback == NULL) {
        return GAN_OK;
    }
    gan__callout_begin(&callout, ctx,
                       GAN__GROUP_TENSOR | GAN__GROUP_LAYER | GAN__GROUP_TRAINER_READ);
    answer = listener->callback(listener->user, trainer, event, &trainer->record);
    (void)gan__callout_end(&callout, GAN_OK, "the event callback");
    gan__recover(ctx); /* failures of calls that the callback made are its own */
    if (answer != 0) {
        return gan__fail(ctx, GAN_E_CANCELLED, "the event callback asked to stop after step %lld",
                         (long long)trainer->counters.steps);
    }
    return GAN_OK;
}

static gan_status
save(gan_trainer *trainer, const struct gan__listener *listener)
{
    const gan_status st = gan__run_save(trainer->run);
    return st == GAN_OK ? gan__trainer_send(trainer, listener, GAN_EVENT_CHECKPOINT) : st;
}

/* What has ended the run stays its failure, and no event is sent; the steps before it are not to be
 * lost by it. */
static gan_status
save_failed(gan_trainer *trainer, gan_status failure)
{
    gan_context *ctx = gan__trainer_context(trainer);
    char found[GAN__ERROR_SIZE];

    memcpy(found, ctx->error, sizeof found);
    gan__recover(ctx);
    const gan_status st = gan__run_save(trainer->run);
    if (st == GAN_OK || failure == GAN_E_CANCELLED) {
        return st == GAN_OK ? gan__fail(ctx, failure, "%s", found) : st;
    }
    gan__log(ctx, GAN_LOG_WARNING, "%s", ctx->error);
    gan__recover(ctx);
    return gan__fail(ctx, failure, "%s", found);
}

/* A checkpoint beside divergence would only diverge again, and could push out a better one. */
static bool
is_saved_after(const gan_trainer *trainer, gan_status failure)
{
    return trainer->run != NULL && failure != GAN_E_DIVERGED && gan__run_is_ahead(trainer);
}

/* The steps taken are saved, whatever else has failed. */
static gan_status
keep_steps(gan_trainer *trainer, gan_status st)
{
    return st != GAN_OK && is_saved_after(trainer, st) ? save_failed(trainer, st) : st;
}

/* A watch may know how to go on. */
static gan_status
after_divergence(gan_trainer *trainer, const struct gan__listener *listener)
{
    gan_context *ctx = gan__trainer_context(trainer);
    char found[GAN__ERROR_SIZE];
    bool again = false;
    gan_status st;

    memcpy(found, ctx->error, sizeof found);
    st = gan__watches_diverged(trainer, listener, &again);
    if (st == GAN_OK) {
        gan__recover(ctx);
        st = again ? GAN_OK : gan__fail(ctx, GAN_E_DIVERGED, "%s", found);
    }
    return st;
}

/* What comes after a step that was taken. */
static gan_status
look_on(gan_trainer *trainer, const struct gan__listener *listener, int64_t epoch)
{
    const struct gan__trainer_options *options = &trainer->options;
    gan_status st = GAN_OK;

    if (trainer->run != NULL) {
        GAN__TRY(gan__run_after_step(trainer));
    }
    GAN__TRY(gan__trainer_send(trainer, listener, GAN_EVENT_STEP));
    if (trainer->record.epoch != epoch) {
        GAN__TRY(gan__trainer_send(trainer, listener, GAN_EVENT_EPOCH));
    }
    if (options->sample_every > 0 && trainer->counters.steps % options->sample_every == 0) {
        if (trainer->run != NULL) {
            GAN__TRY(gan__run_sample(trainer));
        }
        GAN__TRY(gan__trainer_send(trainer, listener, GAN_EVENT_SAMPLE));
    }
    st = gan__watches_after_step(trainer, listener);
    if (st != GAN_E_CANCELLED && st != GAN_E_IO) { /* those are the run's own */
        st = keep_steps(trainer, st);
    }

fail:
    return st;
}

static gan_status
step_with_events(gan_trainer *trainer, const struct gan__listener *listener, int64_t last)
{
    const int64_t epoch = trainer->record.epoch;
    gan_status st = GAN_OK;

    gan__object_collect(
        gan__trainer_context(trainer)); /* what other threads gave up during a long run */
    st = gan__trainer_step_or_explain(trainer);
    if (st == GAN_E_DIVERGED) {
        return after_divergence(trainer, listener);
    }
    GAN__TRY(keep_steps(trainer, st));
    GAN__TRY(look_on(trainer, listener, epoch));
    /* The last step's checkpoint has what the watches do at the end. */
    if (trainer->counters.steps < last && atomic_load(&trainer->stop) == 0 &&
        trainer->run != NULL && gan__run_is_checkpoint_due(trainer)) {
        GAN__TRY(save(trainer, listener));
    }

fail:
    return st;
}

static gan_status
run(gan_trainer *trainer, int64_t steps, const struct gan__listener *listener)
{
    const int64_t first = trainer->counters.steps;
    const int64_t last = steps > INT64_MAX - first ? INT64_MAX : first + steps;
    gan_status st = GAN_OK;

    if (trainer->run != NULL) {
        GAN__TRY(gan__run_check_lock(trainer->run));
    }
    while (trainer->counters.steps < last && atomic_load(&trainer->stop) == 0) {
        GAN__TRY(step_with_events(trainer, listener, last));
    }
    GAN__TRY(keep_steps(trainer, gan__watches_ended(trainer, listener)));
    if (trainer->run != NULL && gan__run_is_ahead(trainer)) {
        GAN__TRY(save(trainer, listener));
    }
    /* nothing is left to be stopped */
    (void)gan__trainer_send(trainer, listener, GAN_EVENT_FINISHED);
    gan__recover(gan__trainer_context(trainer));

fail:
    if (st == GAN_E_CANCELLED && is_saved_after(trainer, st)) {
        st = save_failed(trainer, st);
    }
    atomic_store(&trainer->stop, 0);
    return st;
}

gan_status
gan_trainer_run(gan_trainer *trainer, int64_t steps, gan_event_callback callback, void *user)
{
    const struct gan__listener listener = {.callback = callback, .user = user};
    gan_context *ctx;
    struct gan__call call;
    gan_status st;

    if (trainer == NULL) {
        return GAN_E_ARG;
    }
    ctx = gan__trainer_context(trainer);
    st = gan__enter(&call, ctx, GAN__GROUP_OTHER);
    if (st != GAN_OK) {
        return st;
    }
    if (steps < 0) {
        return gan__leave(
            &call, gan__fail(ctx, GAN_E_ARG, "steps is %lld; wanted 0 or more", (long long)steps));
    }
    gan_trainer_retain(trainer); /* the callback may give up the caller's handle */
    st = gan__leave(&call, run(trainer, steps, &listener));
    gan_trainer_destroy(trainer);
    return st;
}
