/* The networks and the dataset that a trainer is given: what fits together, and what it refuses. */
#include "trainer/trainer.h"

#include <string.h>

/* Each network's inputs: what the trainer can feed, and labels that the dataset has. */
static gan_status
check_inputs(gan_trainer *trainer, struct gan__side *side, enum gan__source main,
             const char *wanted)
{
    gan_context *ctx = gan__trainer_context(trainer);

    for (int32_t i = 0; i < side->input_count; i++) {
        const struct gan__input *input = gan__layer_input(side->network, i);
        if (input->source == main) {
            continue;
        }
        if (input->source != GAN__SOURCE_LABELS) {
            return gan__fail(
                ctx, GAN_E_ARG,
                "the %s's input \"%s\" is fed by %s; the trainer feeds a %s %s and labels",
                side->name, input->name, input->source == GAN__SOURCE_NOISE ? "noise" : "data",
                side->name, wanted);
        }
        if (trainer->dataset->classes < 1) {
            return gan__fail(ctx, GAN_E_ARG,
                             "the %s's input \"%s\" takes labels, and the dataset has none",
                             side->name, input->name);
        }
        if (trainer->dataset->classes > input->classes) {
            return gan__fail(
                ctx, GAN_E_ARG, "the %s's input \"%s\" takes %lld classes, and the dataset has %d",
                side->name, input->name, (long long)input->classes, (int)trainer->dataset->classes);
        }
        if (side->labels_input != NULL && side->labels_input->classes != input->classes) {
            return gan__fail(
                ctx, GAN_E_ARG,
                "the %s's inputs \"%s\" and \"%s\" take labels of %lld and %lld classes",
                side->name, side->labels_input->name, input->name,
                (long long)side->labels_input->classes, (long long)input->classes);
        }
        side->labels_input = input;
    }
    return GAN_OK;
}

/* D's one data input. */
static gan_status
find_samples_input(gan_trainer *trainer, const struct gan__input **samples)
{
    gan_context *ctx = gan__trainer_context(trainer);
    const struct gan__side *side = &trainer->discriminator;

    *samples = NULL;
    for (int32_t i = 0; i < side->input_count; i++) {
        const struct gan__input *input = gan__layer_input(side->network, i);
        if (input->source != GAN__SOURCE_DATA) {
            continue;
        }
        if (*samples != NULL) {
            return gan__fail(
                ctx, GAN_E_ARG,
                "the discriminator has two inputs fed by data, \"%s\" and \"%s\"; one is wanted",
                (*samples)->name, input->name);
        }
        *samples = input;
    }
    if (*samples == NULL) {
        return gan__fail(ctx, GAN_E_ARG,
                         "the discriminator has no input fed by data; it must take the samples");
    }
    return GAN_OK;
}

/* With pac: D takes that many times the channels. */
static gan_status
check_packed(gan_trainer *trainer, const struct gan__shape *taken)
{
    gan_context *ctx = gan__trainer_context(trainer);
    const int64_t pac = trainer->options.pac;
    const struct gan__shape *made = gan__layer_output(trainer->generator.network);
    const struct gan__shape *real = &trainer->dataset->shape;
    struct gan__shape packed = *real;
    char text[3][GAN__SHAPE_TEXT_SIZE];

    if (!gan__shape_equal(made, real)) {
        return gan__fail(ctx, GAN_E_SHAPE,
                         "the generator makes %s and the dataset has %s; both must be the same",
                         gan__shape_text(text[0], made), gan__shape_text(text[1], real));
    }
    if (__builtin_mul_overflow(packed.size[packed.rank - 1], pac, &packed.size[packed.rank - 1]) ||
        !gan__shape_equal(&packed, taken)) {
        return gan__fail(ctx, GAN_E_SHAPE,
                         "pac=%lld joins that many samples %s on their channels: the discriminator "
                         "must take %s, and takes %s",
                         (long long)pac, gan__shape_text(text[0], real),
                         gan__shape_text(text[1], &packed), gan__shape_text(text[2], taken));
    }
    return GAN_OK;
}

static gan_status
check_shapes(gan_trainer *trainer)
{
    gan_context *ctx = gan__trainer_context(trainer);
    const struct gan__shape *made = gan__layer_output(trainer->generator.network);
    const struct gan__shape *logit = gan__layer_output(trainer->discriminator.network);
    const struct gan__shape *real = &trainer->dataset->shape;
    const struct gan__input *samples;
    char text[3][GAN__SHAPE_TEXT_SIZE];
    gan_status st = find_samples_input(trainer, &samples);

    if (st == GAN_OK && trainer->options.pac > 1) {
        st = check_packed(trainer, &samples->shape);
    }
    if (st != GAN_OK) {
        return st;
    }
    if (trainer->options.pac == 1 &&
        (!gan__shape_equal(made, &samples->shape) || !gan__shape_equal(real, &samples->shape))) {
        return gan__fail(ctx, GAN_E_SHAPE,
                         "the discriminator takes samples %s, the generator makes %s and the "
                         "dataset has %s; all three must "
                         "be the same",
                         gan__shape_text(text[0], &samples->shape), gan__shape_text(text[1], made),
                         gan__shape_text(text[2], real));
    }
    if (logit->rank != 1 || logit->size[0] != 1) {
        return gan__fail(ctx, GAN_E_SHAPE,
                         "the discriminator gives %s a sample, wanted one logit, [1]; end it in "
                         "`flatten` and `dense units=1`",
                         gan__shape_text(text[0], logit));
    }
    return GAN_OK;
}

gan_status
gan__trainer_check(gan_trainer *trainer)
{
    gan_context *ctx = gan__trainer_context(trainer);
    const char *last = gan__layer_last_kind(trainer->discriminator.network);
    gan_status st = GAN_OK;

    if (trainer->generator.network == trainer->discriminator.network) {
        return gan__fail(ctx, GAN_E_ARG, "generator and discriminator are the same network");
    }
    GAN__TRY(check_inputs(trainer, &trainer->generator, GAN__SOURCE_NOISE, "noise"));
    GAN__TRY(check_inputs(trainer, &trainer->discriminator, GAN__SOURCE_DATA, "samples"));
    if (last != NULL && strcmp(last, "sigmoid") == 0) {
        return gan__fail(ctx, GAN_E_ARG,
                         "the discriminator ends in `sigmoid`; losses take logits and apply it "
                         "themselves: leave it out");
    }
    GAN__TRY(check_shapes(trainer));
    if (trainer->options.batch > trainer->dataset->count) {
        return gan__fail(ctx, GAN_E_ARG, "batch=%lld is more than the %lld sample%s of the dataset",
                         (long long)trainer->options.batch, (long long)trainer->dataset->count,
                         gan__plural(trainer->dataset->count));
    }

fail:
    return st;
}
