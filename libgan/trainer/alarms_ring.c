/*
 * Deciding and telling: what must be found how often in a row, and the words. What it remembers from
 * check to check is in the trainer's alarm_state and so in its checkpoints.
 */
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "trainer/alarms.h"

/* How much the past weighs in the moving mean of the saturation: some 50 steps. */
#define SATURATION_MEMORY 0.98
/* Below it a gradient moves nothing in float. */
#define VANISHED 1e-6

static const char *const names[GAN__ALARM_COUNT] = {"never_diverse", "lost_diversity", "d_won",
                                                    "non_finite"};

static const char *const remedies[GAN__ALARM_COUNT] = {
    "Lower the generator's learning rate or raise the discriminator's; then try another loss "
    "(loss=relativistic_pairing penalties=\"r1 gamma=1; r2 gamma=1\"), pac=2, or minibatch_stddev "
    "in the discriminator.",
    "Take the last checkpoint before it; then lower both learning rates, let them fall "
    "(lr=cosine(...)), and hold the discriminator back by a penalty (penalties=\"r1 gamma=1\").",
    "Hold the discriminator back: a penalty (penalties=\"r1 gamma=1\") or spectral_norm=true in "
    "its "
    "layers, instance_noise=0.1 or augment=\"policy=translation,cutout\" if data are few, a lower "
    "learning rate, d_skip_above=0.9.",
    "Lower the learning rates or clip the gradients (clip_gradient_norm=1)",
};

/* With three digits after the point, as people read it; `digits` for small ones. */
static void
add_rounded(struct gan__text *text, double value)
{
    gan__text_add_number(text, fabs(value) < 1e9 ? rint(value * 1e3) / 1e3 : value);
}

/* ---- telling ---- */

static gan_status
log_alarm(gan_trainer *trainer, const struct gan__alarms *alarms)
{
    struct gan__text line;
    gan_status st;

    gan__text_init(&line, gan__trainer_context(trainer));
    gan__text_add(&line,
                  "{\"step\":%lld,\"alarm\":\"%s\",\"text\":", (long long)trainer->counters.steps,
                  alarms->name);
    gan__text_add_json_string(&line, alarms->text);
    gan__text_add(&line, "}");
    st = gan__watch_log(trainer, &line);
    gan__text_free(&line);
    return st;
}

/* Takes over what `found` has. */
static gan_status
ring(struct gan__alarms *alarms, gan_trainer *trainer, const struct gan__listener *listener,
     enum gan__alarm alarm, struct gan__text *found)
{
    gan_context *ctx = gan__trainer_context(trainer);
    gan_status st = GAN_OK;

    gan__text_add(found, " %s", remedies[alarm]);
    if (alarm == GAN__ALARM_NON_FINITE) { /* what it does already is no advice */
        gan__text_add(found, alarms->options.non_finite == GAN__DIVERGENCE_GO_BACK
                                 ? "."
                                 : ", or let the trainer go on from an earlier state "
                                   "(non_finite=go_back).");
    }
    if (found->status != GAN_OK) {
        st = found->status;
        gan__text_free(found);
        return st;
    }
    gan__utf8_mend(found->data);
    gan__free(ctx, alarms->text);
    alarms->text = found->data;
    alarms->name = names[alarm];
    alarms->step = trainer->counters.steps;
    trainer->alarm_state.ringing |= INT64_C(1) << alarm;
    gan__log(ctx, GAN_LOG_WARNING, "step %lld: %s: %s", (long long)alarms->step, alarms->name,
             alarms->text);
    GAN__TRY(log_alarm(trainer, alarms));
    GAN__TRY(gan__trainer_send(trainer, listener, GAN_EVENT_ALARM));

fail:
    return st;
}

static bool
is_ringing(const gan_trainer *trainer, enum gan__alarm alarm)
{
    return (trainer->alarm_state.ringing >> alarm & 1) != 0;
}

static void
silence(gan_trainer *trainer, enum gan__alarm alarm)
{
    trainer->alarm_state.ringing &= ~(INT64_C(1) << alarm);
}

/* ---- diversity ---- */

static gan_status
ring_alike(struct gan__alarms *alarms, gan_trainer *trainer, const struct gan__listener *listener,
           enum gan__alarm alarm)
{
    const struct gan__alarms_options *options = &alarms->options;
    const long long checks = (long long)trainer->alarm_state.alike;
    struct gan__text text;

    gan__text_init(&text, gan__trainer_context(trainer));
    if (alarm == GAN__ALARM_NEVER_DIVERSE) {
        gan__text_add(
            &text, "The samples have never been diverse since the warm-up (%lld checks): ", checks);
    } else {
        gan__text_add(&text,
                      "The samples were diverse and are not any more, for %lld checks: ", checks);
    }
    gan__text_add(&text, "their variety is ");
    add_rounded(&text, alarms->variety);
    gan__text_add(&text, " of the real samples' (wanted: ");
    gan__text_add_number(&text, options->variety);
    gan__text_add(&text, "), their mean distance from each other ");
    add_rounded(&text, alarms->diversity);
    gan__text_add(&text, ", and a share of ");
    add_rounded(&text, alarms->duplicates);
    gan__text_add(&text, " repeats another one (of real ones ");
    add_rounded(&text, alarms->real.duplicates);
    gan__text_add(&text, ").");
    return ring(alarms, trainer, listener, alarm, &text);
}

static gan_status
judge_diversity(struct gan__alarms *alarms, gan_trainer *trainer,
                const struct gan__listener *listener)
{
    const struct gan__alarms_options *options = &alarms->options;
    struct gan__alarm_state *state = &trainer->alarm_state;
    enum gan__alarm alarm;

    if (!isfinite(alarms->variety)) {
        return GAN_OK;
    }
    if (alarms->variety >= options->variety &&
        alarms->duplicates - alarms->real.duplicates <= options->duplicates) {
        state->alike = 0;
        state->varied++;
        if (state->varied >= options->patience) {
            state->diverse = 1;
            silence(trainer, GAN__ALARM_NEVER_DIVERSE);
            silence(trainer, GAN__ALARM_LOST_DIVERSITY);
        }
        return GAN_OK;
    }
    state->varied = 0;
    state->alike++;
    alarm = state->diverse ? GAN__ALARM_LOST_DIVERSITY : GAN__ALARM_NEVER_DIVERSE;
    if (state->alike < options->patience || is_ringing(trainer, alarm)) {
        return GAN_OK;
    }
    return ring_alike(alarms, trainer, listener, alarm);
}

/* ---- the discriminator ---- */

/* How sure D is, from 0 to 1: the mean of its probability for real samples and of one minus that for
 * generated ones. */
static void
follow_saturation(gan_trainer *trainer)
{
    struct gan__alarm_state *state = &trainer->alarm_state;
    const double sure = (1 + trainer->record.d_real - trainer->record.d_generated) / 2;

    if (trainer->loss->class->probability == NULL) {
        return;
    }
    state->saturation =
        state->seen == 0 ? sure
                         : SATURATION_MEMORY * state->saturation + (1 - SATURATION_MEMORY) * sure;
    state->seen++;
}

static gan_status
judge_discriminator(struct gan__alarms *alarms, gan_trainer *trainer,
                    const struct gan__listener *listener)
{
    const struct gan__alarms_options *options = &alarms->options;
    struct gan__alarm_state *state = &trainer->alarm_state;
    const double norm = trainer->record.g_gradient_norm;
    struct gan__text text;

    if (!(alarms->saturation > options->saturation)) {
        state->won = 0;
        silence(trainer, GAN__ALARM_D_WON);
        return GAN_OK;
    }
    state->won++;
    if (state->won < options->patience || is_ringing(trainer, GAN__ALARM_D_WON)) {
        return GAN_OK;
    }
    gan__text_init(&text, gan__trainer_context(trainer));
    gan__text_add(&text, "The discriminator tells real from generated samples with probability ");
    add_rounded(&text, alarms->saturation);
    gan__text_add(&text, " (its saturation; above ");
    gan__text_add_number(&text, options->saturation);
    gan__text_add(&text,
                  " for %lld checks): the generator learns little from it; its gradient's "
                  "norm is ",
                  (long long)state->won);
    gan__text_add_number(&text, norm < VANISHED ? norm : rint(norm * 1e6) / 1e6);
    gan__text_add(&text, norm < VANISHED ? ", it has vanished." : ".");
    return ring(alarms, trainer, listener, GAN__ALARM_D_WON, &text);
}

/* ---- a check ---- */

static gan_status
log_check(gan_trainer *trainer, const struct gan__alarms *alarms)
{
    static const char *const keys[] = {"diversity",  "variety",         "duplicates",
                                       "saturation", "d_gradient_norm", "g_gradient_norm"};
    const double values[] = {alarms->diversity,
                             alarms->variety,
                             alarms->duplicates,
                             alarms->saturation,
                             trainer->record.d_gradient_norm,
                             trainer->record.g_gradient_norm};
    struct gan__text line;
    gan_status st;

    gan__text_init(&line, gan__trainer_context(trainer));
    gan__text_add(&line, "{\"step\":%lld", (long long)trainer->counters.steps);
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        if (isfinite(values[i])) {
            gan__text_add(&line, ",\"%s\":", keys[i]);
            gan__text_add_number(&line, values[i]);
        }
    }
    gan__text_add(&line, "}");
    st = gan__watch_log(trainer, &line);
    gan__text_free(&line);
    return st;
}

gan_status
gan__alarms_after_step(struct gan__watch *watch, gan_trainer *trainer,
                       const struct gan__listener *listener)
{
    struct gan__alarms *alarms = (struct gan__alarms *)watch;
    const int64_t step = trainer->counters.steps;
    gan_status st = GAN_OK;

    follow_saturation(trainer);
    if (step % alarms->options.every != 0) {
        return GAN_OK;
    }
    GAN__TRY(gan__alarms_look(alarms, trainer));
    alarms->saturation = trainer->alarm_state.seen > 0 ? trainer->alarm_state.saturation : NAN;
    GAN__TRY(log_check(trainer, alarms));
    if (step >= alarms->options.warmup) {
        GAN__TRY(judge_diversity(alarms, trainer, listener));
        GAN__TRY(judge_discriminator(alarms, trainer, listener));
    }
    GAN__TRY(gan__alarms_keep(alarms, trainer));

fail:
    return st;
}

/* ---- a divergence ---- */

gan_status
gan__alarms_diverged(struct gan__watch *watch, gan_trainer *trainer,
                     const struct gan__listener *listener, bool *again)
{
    struct gan__alarms *alarms = (struct gan__alarms *)watch;
    gan_context *ctx = gan__trainer_context(trainer);
    const int64_t failed = trainer->counters.steps + 1;
    struct gan__text text;
    gan_status st = GAN_OK;

    gan__text_init(&text, ctx);
    gan__text_add(&text, "Step %lld failed: %s.", (long long)failed, ctx->error);
    gan__recover(ctx);
    if (gan__alarms_can_go_back(alarms, trainer, &text)) {
        GAN__TRY(gan__alarms_go_back(alarms, trainer));
        gan__text_add(&text, " The training goes on after step %lld with learning rates times ",
                      (long long)trainer->counters.steps);
        gan__text_add_number(&text, trainer->generator.optimizer->common.lr_factor);
        gan__text_add(&text, " (return %lld of at most %lld).",
                      (long long)trainer->alarm_state.gone_back,
                      (long long)alarms->options.go_back_limit);
        *again = true;
    }
    return ring(alarms, trainer, listener, GAN__ALARM_NON_FINITE, &text);

fail:
    gan__text_free(&text);
    return st;
}
