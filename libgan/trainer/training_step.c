/*
 * A training step: d_steps times the discriminator learns from a real and a generated batch, then
 * g_steps times the generator learns from the discriminator (Goodfellow et al. 2014; in the order
 * of PyTorch's DCGAN example).
 *
 * Each D step draws its own real batch. The first G step takes the last D step's generated batch
 * and its graph again.
 */
#include <math.h>
#include <string.h>
#include <time.h>

#include "base/profile.h"
#include "trainer/work.h"

/* ---- what the halves share ---- */

double
gan__seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

void
gan__drop(gan_tensor **tensor)
{
    gan_tensor_destroy(*tensor);
    *tensor = NULL;
}

gan_status
gan__blame(struct gan__work *work, const struct gan__side *side, gan_status st)
{
    if (st != GAN_OK) {
        gan__fail_prefix(work->ctx, "%s", side->name);
    }
    return st;
}

gan_status
gan__read_loss(struct gan__work *work, double *value, gan_tensor *loss,
               const struct gan__side *side)
{
    *value = (double)gan__data(loss)[0];
    if (!isfinite(*value) && !work->rehearsal) {
        return gan__fail(work->ctx, GAN_E_DIVERGED, "the %s's loss is %s", side->name,
                         isnan(*value) ? "nan" : "inf");
    }
    return GAN_OK;
}

gan_status
gan__scale_loss(struct gan__work *work, gan_tensor **loss, double factor)
{
    gan_tensor *scaled = NULL;
    gan_status st;

    if (factor == 1) {
        return GAN_OK;
    }
    st = gan_affine(work->ctx, &scaled, *loss, factor, 0);
    if (st == GAN_OK) {
        gan_tensor_destroy(*loss);
        *loss = scaled;
    }
    return st;
}

gan_status
gan__add_to_loss(struct gan__work *work, gan_tensor **loss, gan_tensor *term)
{
    gan_tensor *sum = NULL;
    const gan_status st = gan_add(work->ctx, &sum, *loss, term);

    if (st == GAN_OK) {
        gan_tensor_destroy(*loss);
        *loss = sum;
    }
    gan_tensor_destroy(term);
    return st;
}

gan_status
gan__update(struct gan__work *work, struct gan__side *side, double *norm)
{
    gan_status st = GAN_OK;

    if (work->rehearsal) {
        return gan_layer_clear_gradients(side->network);
    }
    work->ctx->network = side->name;
    GAN__TRY(gan__optimizer_gradient_norm(side->optimizer, norm));
    side->optimizer->schedule_step = work->trainer->counters.steps;
    GAN__TRY(gan_optimizer_step(side->optimizer));
    GAN__TRY(gan_layer_clear_gradients(side->network));

fail:
    work->ctx->network = NULL;
    return gan__blame(work, side, st);
}

static void
end_work(struct gan__work *work)
{
    gan__drop(&work->real);
    gan__drop(&work->generated);
    gan__drop(&work->trainer->generator.labels);
    gan__drop(&work->trainer->discriminator.labels);
}

/* ---- the step ---- */

static double
pictures_per_second(const gan_trainer *trainer, double seconds)
{
    const int64_t batches = trainer->counters.batches - trainer->snapshot.counters.batches;
    return (double)(batches * trainer->options.batch) / (seconds > 1e-9 ? seconds : 1e-9);
}

/* Whether D takes a step of this number, from 1: the usual ones, and more while it is too weak. */
static bool
another_d_step(const gan_trainer *trainer, int64_t number)
{
    const struct gan__trainer_options *options = &trainer->options;

    if (number <= options->d_steps) {
        return true;
    }
    return number <= options->d_steps_maximum && trainer->counters.looks > 0 &&
           trainer->counters.accuracy < options->d_repeat_below;
}

static gan_status
take(struct gan__work *work)
{
    const gan_trainer *trainer = work->trainer;
    gan_status st = GAN_OK;

    GAN__TRY(gan_layer_clear_gradients(trainer->generator.network));
    GAN__TRY(gan_layer_clear_gradients(trainer->discriminator.network));
    for (int64_t i = 1; another_d_step(trainer, i); i++) {
        GAN__TRY(gan__discriminator_step(work, i >= trainer->options.d_steps));
    }
    for (int64_t i = 0; i < trainer->options.g_steps; i++) {
        GAN__TRY(gan__generator_step(work, i == 0));
    }

fail:
    return st;
}

static void
finish_record(struct gan__work *work, double seconds)
{
    gan_trainer *trainer = work->trainer;
    struct gan_record *record = &work->record;

    record->step = trainer->counters.steps;
    record->epoch = trainer->counters.batches / (trainer->dataset->count / trainer->options.batch);
    record->d_updates = trainer->counters.d_updates - trainer->snapshot.counters.d_updates;
    record->images_per_second = pictures_per_second(trainer, seconds);
    trainer->record = *record;
}

static gan_status
run_work(struct gan__work *work)
{
    gan_context *ctx = work->ctx;
    const int64_t no_grad_depth = ctx->no_grad_depth;
    gan_status st;

    ctx->no_grad_depth = 0; /* a caller's no-gradient scope is not meant for the training */
    ctx->recompute = work->trainer->options.recompute;
    st = take(work);
    ctx->recompute = false;
    ctx->no_grad_depth = no_grad_depth;
    end_work(work);
    return st;
}

gan_status
gan__rehearse_step(gan_trainer *trainer)
{
    gan_context *ctx = gan__trainer_context(trainer);
    struct gan__work work = {
        .trainer = trainer, .ctx = ctx, .rehearsal = true, .record = {.trainer = trainer}};
    const bool profiled = ctx->profiled;
    gan_status st;

    ctx->profiled = false; /* nothing of it is part of the training's time */
    st = run_work(&work);
    ctx->profiled = profiled;
    return st;
}

static gan_status
take_or_restore(gan_trainer *trainer)
{
    gan_context *ctx = gan__trainer_context(trainer);
    struct gan__work work = {.trainer = trainer, .ctx = ctx, .record = {.trainer = trainer}};
    const double start = gan__seconds();
    gan_status st;

    st = gan__snapshot_take(trainer);
    if (st != GAN_OK) {
        return st;
    }
    st = run_work(&work);
    if (st != GAN_OK) {
        gan__snapshot_restore(trainer);
        return st;
    }
    trainer->counters.steps++;
    finish_record(&work, gan__seconds() - start);
    return GAN_OK;
}

/* One step, all or nothing, without the search for what diverged. */
static gan_status
take_step(gan_trainer *trainer)
{
    struct gan__span span;
    gan_status st;

    gan__span_begin(&span, gan__trainer_context(trainer), GAN__PHASE_OTHER, GAN__PROFILE_STEP);
    st = take_or_restore(trainer);
    gan__span_end(&span);
    return st;
}

/* ---- the search for what diverged ---- */

static gan_status
check_parameters(const struct gan__side *side)
{
    const struct gan__layer_tensor *tensors = gan__layer_tensors(side->network);
    const int64_t count = gan__layer_tensor_count(side->network);
    gan_context *ctx = ((struct gan__object *)side->network)->ctx;

    for (int64_t i = 0; i < count; i++) {
        const float *values = gan__data(tensors[i].tensor);
        for (int64_t k = 0; k < tensors[i].tensor->count; k++) {
            if (!isfinite(values[k])) {
                return gan__fail(ctx, GAN_E_DIVERGED,
                                 "%s: %s holds %s at its element %lld before the step", side->name,
                                 tensors[i].name, isnan(values[k]) ? "nan" : "inf", (long long)k);
            }
        }
    }
    return GAN_OK;
}

gan_status
gan__trainer_step_or_explain(gan_trainer *trainer)
{
    gan_context *ctx = gan__trainer_context(trainer);
    char found[GAN__ERROR_SIZE];
    gan_status st = take_step(trainer);

    if (st != GAN_E_DIVERGED) {
        return st;
    }
    /* The same step again, with every op looking at its result. */
    memcpy(found, ctx->error, sizeof found);
    gan__recover(ctx);
    st = check_parameters(&trainer->generator);
    if (st == GAN_OK) {
        st = check_parameters(&trainer->discriminator);
    }
    if (st == GAN_OK) {
        ctx->check_finite = true;
        st = take_step(trainer);
        ctx->check_finite = false;
    }
    /* It cannot succeed now, unless a callback of the user's gives other values: then the step is
     * taken. */
    if (st == GAN_OK || st == GAN_E_DIVERGED) {
        return st;
    }
    gan__recover(ctx);
    return gan__fail(ctx, GAN_E_DIVERGED, "%s", found);
}
