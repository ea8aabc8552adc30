/* D's targets, smoothed and flipped; drawn for each sample from (seed, draw, side). */
#include "losses/targets.h"

#include "base/context.h"
#include "base/memory.h"
#include "base/random.h"

const struct gan__option gan__target_options[] = {
    {.name = "smoothing",
     .type = GAN__OPTION_SCHEDULE,
     .offset = offsetof(struct gan__target_loss, targets.smoothing),
     .minimum = 0,
     .maximum = 0.5,
     .fallback = "0",
     .doc = "D's target for a real sample is 1 less this (Salimans et al. 2016)"},
    {.name = "smoothing_sides",
     .type = GAN__OPTION_CHOICE,
     .offset = offsetof(struct gan__target_loss, targets.sides),
     .fallback = "one",
     .choices = "one|two",
     .doc = "two: its target for a generated sample is 0 plus smoothing"},
    {.name = "flipping",
     .type = GAN__OPTION_SCHEDULE,
     .offset = offsetof(struct gan__target_loss, targets.flipping),
     .minimum = 0,
     .maximum = 1,
     .fallback = "0",
     .doc = "probability that D is told the other batch's target of a sample"},
    GAN__OPTION_END,
};

gan_status
gan__targets_make(gan_loss *loss, gan_tensor **out, int64_t count, bool generated)
{
    const struct gan__targets *targets = &((const struct gan__target_loss *)loss)->targets;
    const double smoothing = gan__schedule_at(&targets->smoothing, loss->step);
    const double flipping = gan__schedule_at(&targets->flipping, loss->step);
    const float on_real = (float)(1 - smoothing);
    const float on_generated = targets->sides == 1 ? (float)smoothing : 0;
    const float plain = generated ? on_generated : on_real;
    const float flipped = generated ? on_real : on_generated;
    const struct gan__shape shape = {.rank = 2, .size = {count, 1}};
    gan_context *ctx = loss->object.ctx;
    gan_tensor *made = NULL;
    gan_status st;

    *out = NULL;
    if (!(flipping > 0) && !(smoothing > 0 && (!generated || targets->sides == 1))) {
        return GAN_OK;
    }
    st = gan__tensor_create(ctx, &made, &shape);
    if (st != GAN_OK) {
        return st;
    }
    float *values = gan__data(made);
    gan__random_uniform(
        gan__random_make(ctx->seed, GAN__PURPOSE_LABELS, loss->draw, generated ? 1 : 0), 0, count,
        values);
    for (int64_t i = 0; i < count; i++) {
        values[i] = (double)values[i] < flipping ? flipped : plain;
    }
    *out = made;
    return GAN_OK;
}
