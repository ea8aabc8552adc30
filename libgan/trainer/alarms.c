/* Setting alarms: their options, what they hold, and the last one that rang. */
#include "trainer/alarms.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "metrics/judge.h"

#define ALARM_OPTION(member, of_type)                                                              \
    .name = #member, .type = GAN__OPTION_##of_type,                                                \
    .offset = offsetof(struct gan__alarms_options, member)
#define BETWEEN(least, most) .minimum = (least), .maximum = (most)

/* clang-format off */
static const struct gan__option alarms_options[] = {
    {ALARM_OPTION(every, INT), BETWEEN(0, 1e15), .fallback = "50",
     .doc = "steps from one check to the next; 0 ends the watch"},
    {ALARM_OPTION(warmup, INT), BETWEEN(0, 1e15), .fallback = "500",
     .doc = "steps before the first check that counts"},
    {ALARM_OPTION(patience, INT), BETWEEN(1, 1e9), .fallback = "6",
     .doc = "checks in a row that must find the same"},
    {ALARM_OPTION(samples, INT), BETWEEN(2, 1 << 14), .fallback = "256",
     .doc = "samples that are looked at, of the generator as it is (not its average)"},
    {ALARM_OPTION(seed, UINT), .fallback = "0",
     .doc = "of the samples' noise"},
    {ALARM_OPTION(variety, REAL), BETWEEN(0, 1), .fallback = "0.2",
     .doc = "samples are diverse if they are worth at least this share of the different samples "
            "that real ones are worth"},
    {ALARM_OPTION(resolution, REAL), BETWEEN(0, 100), .minimum_open = true, .fallback = "0.2",
     .doc = "how far apart different samples are, in mean distances of real ones: samples are "
            "worth 1 / mean of exp(-distance^2 / (2 resolution^2))"},
    {ALARM_OPTION(duplicates, REAL), BETWEEN(0, 1), .fallback = "0.5",
     .doc = "nor are they diverse if so much more of them than of real ones repeat another one"},
    {ALARM_OPTION(same, REAL), BETWEEN(0, 100), .fallback = "1e-4",
     .doc = "a repetition is within this times the mean distance of real samples"},
    {ALARM_OPTION(saturation, REAL), BETWEEN(0, 1), .fallback = "0.9",
     .doc = "the discriminator has won if its saturation is above this"},
    {ALARM_OPTION(non_finite, CHOICE), .fallback = "stop", .choices = "stop|go_back",
     .doc = "after a step that diverged: end the run, or go on from an earlier state"},
    {ALARM_OPTION(go_back_limit, INT), BETWEEN(1, 1e6), .fallback = "3",
     .doc = "how often in a training"},
    {ALARM_OPTION(go_back_factor, REAL), BETWEEN(0, 1), .minimum_open = true, .fallback = "0.5",
     .doc = "on both optimizers' lr_factor each time; where one would fall below 1e-9, the run ends"},
    GAN__OPTION_END};
/* clang-format on */

void
gan__alarms_document(struct gan__text *out)
{
    gan__options_document(out, alarms_options);
}

/* ---- the watch ---- */

static void
number(const struct gan__watch *watch, int32_t index, const char **name, double *value)
{
    const struct gan__alarms *alarms = (const struct gan__alarms *)watch;
    static const char *const names[] = {"diversity", "variety", "duplicates", "saturation", NULL};
    const double values[] = {alarms->diversity, alarms->variety, alarms->duplicates,
                             alarms->saturation, 0};

    *name = names[index];
    *value = values[index];
}

static void
finalize(struct gan__watch *watch, gan_context *ctx)
{
    struct gan__alarms *alarms = (struct gan__alarms *)watch;

    gan__alarms_free_backs(alarms, ctx);
    gan__free(ctx, alarms->text);
    gan__object_release((struct gan__object *)alarms->judge);
    gan__options_free(ctx, alarms_options, &alarms->options);
    gan__free(ctx, alarms);
}

static const struct gan__watch_class alarms_class = {
    .after_step = gan__alarms_after_step,
    .diverged = gan__alarms_diverged,
    .number = number,
    .finalize = finalize,
};

void
gan__alarms_forget_states(gan_trainer *trainer)
{
    struct gan__alarms *alarms = (struct gan__alarms *)trainer->watches[GAN__WATCH_ALARMS];

    if (alarms != NULL) {
        gan__alarms_free_backs(alarms, gan__trainer_context(trainer));
    }
}

/* ---- setting ---- */

static gan_status
fill(struct gan__alarms *alarms, gan_trainer *trainer)
{
    gan_status st = GAN_OK;

    if (alarms->judge != NULL) {
        GAN__TRY(gan__judge_check_shape(alarms->judge, &trainer->dataset->shape));
    }
    GAN__TRY(gan__alarms_look_at_real(alarms, trainer));
    GAN__TRY(gan__alarms_keep(alarms, trainer));

fail:
    return st;
}

static gan_status
set(gan_trainer *trainer, gan_judge *judge, const char *text)
{
    static const struct gan__option_origin origin = {.kind = "gan_trainer_set_alarms"};
    gan_context *ctx = gan__trainer_context(trainer);
    struct gan__alarms *alarms = gan__alloc_zero(ctx, sizeof *alarms);
    gan_status st = GAN_OK;

    if (alarms == NULL) {
        return GAN_E_NOMEM;
    }
    alarms->watch.class = &alarms_class;
    alarms->name = "";
    alarms->diversity = alarms->variety = alarms->duplicates = alarms->saturation = NAN;
    gan__object_hold((struct gan__object *)judge);
    alarms->judge = judge;
    GAN__TRY(gan__options_parse(ctx, alarms_options, &alarms->options, NULL, NULL, text,
                                text == NULL ? 0 : strlen(text), &origin));
    if (alarms->options.every > 0) {
        GAN__TRY(fill(alarms, trainer));
        gan__trainer_set_watch(trainer, GAN__WATCH_ALARMS, &alarms->watch);
        return GAN_OK;
    }
    gan__trainer_set_watch(trainer, GAN__WATCH_ALARMS, NULL);

fail:
    finalize(&alarms->watch, ctx);
    return st;
}

gan_status
gan_trainer_set_alarms(gan_trainer *trainer, gan_judge *judge, const char *options)
{
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
    if (judge != NULL && judge->object.ctx != ctx) {
        return gan__leave(&call, gan__fail(ctx, GAN_E_ARG, "the judge belongs to another context"));
    }
    gan_trainer_retain(trainer); /* a dataset's callback may give up the caller's handles */
    gan_judge_retain(judge);
    st = gan__leave(&call, set(trainer, judge, options));
    gan_judge_destroy(judge);
    gan_trainer_destroy(trainer);
    return st;
}

/* ---- the last alarm ---- */

static gan_status
give(gan_context *ctx, const char *words, char *buffer, size_t size, size_t *needed)
{
    struct gan__text text;

    gan__text_init(&text, ctx);
    gan__text_add(&text, "%s", words == NULL ? "" : words);
    return gan__text_give(&text, buffer, size, needed);
}

gan_status
gan_trainer_alarm(gan_trainer *trainer, int64_t *step, char *name, size_t size, char *text,
                  size_t text_size, size_t *needed)
{
    const struct gan__alarms *alarms;
    gan_context *ctx;
    struct gan__call call;
    gan_status st;

    if (step != NULL) {
        *step = 0;
    }
    if (needed != NULL) {
        *needed = 0;
    }
    if (trainer == NULL) {
        return GAN_E_ARG;
    }
    ctx = gan__trainer_context(trainer);
    st = gan__enter(&call, ctx, GAN__GROUP_TRAINER_READ);
    if (st != GAN_OK) {
        return st;
    }
    alarms = (const struct gan__alarms *)trainer->watches[GAN__WATCH_ALARMS];
    st = give(ctx, alarms == NULL ? "" : alarms->name, name, size, NULL);
    if (st == GAN_OK) {
        st = give(ctx, alarms == NULL ? "" : alarms->text, text, text_size, needed);
    }
    if (st == GAN_OK && step != NULL && alarms != NULL) {
        *step = alarms->step;
    }
    return gan__leave(&call, st);
}
