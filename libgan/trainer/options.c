/* The trainer's options, and how a recipe comes under them. */
#include "trainer/trainer.h"

#include <string.h>

#define TRAINER_OPTION(member, of_type)                                                            \
    .name = #member, .type = GAN__OPTION_##of_type,                                                \
    .offset = offsetof(struct gan__trainer_options, member)
#define BETWEEN(least, most) .minimum = (least), .maximum = (most)

/* clang-format off */
const struct gan__option gan__trainer_options[] = {
    {TRAINER_OPTION(recipe, TEXT),
     .doc = "defaults for all that follows: dcgan, wgan_gp, sngan or r3gan"},
    {TRAINER_OPTION(loss, TEXT), .fallback = "non_saturating",
     .doc = "kind and options, e.g. \"least_squares smoothing=0.1\""},
    {TRAINER_OPTION(penalties, TEXT),
     .doc = "on the discriminator's gradient, e.g. \"r1 gamma=1; r2 gamma=1\""},
    {TRAINER_OPTION(generator, TEXT), .fallback = "adam lr=2e-4 beta1=0.5",
     .doc = "the generator's optimizer"},
    {TRAINER_OPTION(discriminator, TEXT), .fallback = "adam lr=2e-4 beta1=0.5",
     .doc = "the discriminator's optimizer"},
    {TRAINER_OPTION(batch, INT), BETWEEN(1, 1 << 20), .fallback = "64",
     .doc = "pictures in a batch"},
    {TRAINER_OPTION(d_steps, INT), BETWEEN(1, 1000), .fallback = "1",
     .doc = "updates of the discriminator in a step, each on a real batch of its own"},
    {TRAINER_OPTION(g_steps, INT), BETWEEN(1, 1000), .fallback = "1",
     .doc = "updates of the generator in a step; the first uses the last generated batch again"},
    {TRAINER_OPTION(accumulate, INT), BETWEEN(1, 1000), .fallback = "1",
     .doc = "batches whose gradients are averaged before an update"},
    {TRAINER_OPTION(d_skip_above, REAL), BETWEEN(0, 1), .fallback = "1",
     .doc = "the discriminator is not moved while the moving mean of its accuracy is above this"},
    {TRAINER_OPTION(d_repeat_below, REAL), BETWEEN(0, 1), .fallback = "0",
     .doc = "the discriminator takes further steps while that mean is below this"},
    {TRAINER_OPTION(d_steps_maximum, INT), BETWEEN(1, 1000), .fallback = "5",
     .doc = "with d_repeat_below: steps of the discriminator in a step, at most"},
    {TRAINER_OPTION(pac, INT), BETWEEN(1, 1 << 20), .fallback = "1",
     .doc = "samples joined on channels for the discriminator (PacGAN: Lin et al. 2018)"},
    {TRAINER_OPTION(augment, TEXT),
     .doc = "gan_augment's options, e.g. policy=translation,cutout (DiffAugment: Zhao et al. "
            "2020); without it, or empty: nothing is changed"},
    {TRAINER_OPTION(instance_noise, SCHEDULE), BETWEEN(0, 1e6), .fallback = "0",
     .doc = "deviation of normal noise on what the discriminator sees (Soenderby et al. 2017)"},
    {TRAINER_OPTION(feature_matching, TEXT),
     .doc = "path of a layer of the discriminator whose mean output the generator matches "
            "(Salimans et al. 2016)"},
    {TRAINER_OPTION(feature_matching_weight, SCHEDULE), BETWEEN(0, 1e9), .fallback = "1",
     .doc = "factor on the squared distance of the means"},
    {TRAINER_OPTION(feature_matching_mode, CHOICE), .fallback = "replace", .choices = "replace|add",
     .doc = "instead of the generator's loss, as in the paper, or added to it"},
    {TRAINER_OPTION(average, BOOL), .fallback = "true",
     .doc = "keep the moving average of the generator's parameters, for sampling"},
    {TRAINER_OPTION(half_life, REAL), BETWEEN(0, 1e15), .minimum_open = true, .fallback = "22000",
     .doc = "of the average, in pictures; at first 0.05 of the real pictures seen so far"},
    {TRAINER_OPTION(recompute, BOOL), .fallback = "false",
     .doc = "make batch_norm's outputs and activations again in the backward pass: less memory"},
    {TRAINER_OPTION(sample_every, INT), BETWEEN(0, 1e15), .fallback = "0",
     .doc = "steps from one sample event of a run to the next, 0 for none"},
    GAN__OPTION_END};
/* clang-format on */

void
gan__trainer_document(struct gan__text *out)
{
    gan__text_add(
        out, "trainer: trains a generator and a discriminator in turn (Goodfellow et al. 2014)\n");
    gan__options_document(out, gan__trainer_options);
}

gan_status
gan__trainer_read_options(gan_context *ctx, struct gan__trainer_options *options, const char *text)
{
    static const struct gan__option_origin origin = {.kind = "trainer"};
    static const struct gan__option_origin recipe_origin = {.kind = "recipe"};
    const char *recipe = NULL;
    gan_status st = GAN_OK;

    GAN__TRY(gan__options_parse(ctx, gan__trainer_options, options, NULL, NULL, text,
                                text == NULL ? 0 : strlen(text), &origin));
    if (options->recipe != NULL) {
        GAN__TRY(gan__recipe_find(ctx, options->recipe, &recipe));
        gan__options_free(ctx, gan__trainer_options, options);
        GAN__TRY(gan__options_parse(ctx, gan__trainer_options, options, NULL, NULL, recipe,
                                    strlen(recipe), &recipe_origin));
        GAN__TRY(gan__options_update(ctx, gan__trainer_options, options, text, &origin));
    }

fail:
    return st;
}
