/*
 * Parts that make no sense together are refused before any work, each with its sentence: when a
 * trainer is made, and again when its loss is replaced or a penalty added.
 */
#include "trainer/trainer.h"

#include "base/number.h"

/* What is looked at: the trainer as it would be. */
struct combination {
    gan_trainer *trainer;
    gan_context *ctx;
    gan_loss *loss;
    gan_penalty *more; /* NULL: none */
};

bool
gan__trainer_is_adaptive(const gan_trainer *trainer)
{
    return trainer->options.d_skip_above < 1 || trainer->options.d_repeat_below > 0;
}

/* ---- the options by themselves ---- */

static gan_status
check_pac(const struct combination *c)
{
    const struct gan__trainer_options *options = &c->trainer->options;
    const struct gan__side *d = &c->trainer->discriminator;
    const char *norm = gan__layer_batch_norm(d->network);

    if (options->batch % options->pac != 0) {
        return gan__fail(c->ctx, GAN_E_ARG, "batch=%lld is no multiple of pac=%lld",
                         (long long)options->batch, (long long)options->pac);
    }
    if (options->pac > 1 && d->labels_input != NULL) {
        return gan__fail(c->ctx, GAN_E_ARG,
                         "pac=%lld joins samples into one, and the discriminator's input \"%s\" "
                         "takes the label of each: take pac=1, or a discriminator without labels",
                         (long long)options->pac, d->labels_input->name);
    }
    if (options->batch == options->pac && norm != NULL) {
        return gan__fail(c->ctx, GAN_E_ARG,
                         "batch=%lld with pac=%lld is one sample for the discriminator, whose "
                         "layer %s normalises over the batch: take a larger batch",
                         (long long)options->batch, (long long)options->pac, norm);
    }
    return GAN_OK;
}

/* Layers that look across the batch: one that is too small for them, or of a wrong size. */
static gan_status
check_batch(const struct combination *c)
{
    const int64_t batch = c->trainer->options.batch;
    const struct gan__side *const sides[] = {&c->trainer->generator, &c->trainer->discriminator};
    const int64_t samples[] = {batch, batch / c->trainer->options.pac};

    for (int i = 0; i < 2; i++) {
        const gan_status st = gan__layer_check_batch(sides[i]->network, samples[i]);
        if (st != GAN_OK) {
            gan__fail_prefix(c->ctx, "%s", sides[i]->name);
            return st;
        }
    }
    return GAN_OK;
}

static gan_status
check_augment(const struct combination *c)
{
    const struct gan__shape *shape = &c->trainer->dataset->shape;
    char text[GAN__SHAPE_TEXT_SIZE];

    if (c->trainer->options.augment != NULL && shape->rank != 3) {
        return gan__fail(c->ctx, GAN_E_ARG,
                         "augment changes pictures, [height, width, channels]; the dataset's "
                         "samples are %s",
                         gan__shape_text(text, shape));
    }
    return GAN_OK;
}

static gan_status
check_adaptive(const struct combination *c)
{
    const struct gan__trainer_options *options = &c->trainer->options;
    char text[2][GAN__NUMBER_SIZE];

    if (!gan__trainer_is_adaptive(c->trainer)) {
        return GAN_OK;
    }
    if (c->loss->class->accuracy == NULL) {
        return gan__fail(c->ctx, GAN_E_ARG,
                         "d_skip_above and d_repeat_below follow the discriminator's accuracy, and "
                         "with the loss \"%s\" it has none: leave them out",
                         c->loss->class->head.kind);
    }
    if (options->d_skip_above <= options->d_repeat_below) {
        return gan__fail(c->ctx, GAN_E_ARG, "d_skip_above=%s must be above d_repeat_below=%s",
                         gan__number_format(text[0], options->d_skip_above),
                         gan__number_format(text[1], options->d_repeat_below));
    }
    if (options->d_repeat_below > 0 && options->d_steps_maximum <= options->d_steps) {
        return gan__fail(
            c->ctx, GAN_E_ARG,
            "d_steps_maximum=%lld must be above d_steps=%lld, or d_repeat_below has no "
            "step to repeat",
            (long long)options->d_steps_maximum, (long long)options->d_steps);
    }
    return GAN_OK;
}

/* ---- loss and penalties ---- */

/* Penalty i of the combination: the loss's own, the trainer's, one more; NULL: no more. */
static gan_penalty *
penalty_at(const struct combination *c, int32_t index)
{
    gan_penalty *penalty = gan__trainer_penalty(c->trainer, c->loss, index);
    const bool next = index == 0 || gan__trainer_penalty(c->trainer, c->loss, index - 1) != NULL;

    return penalty == NULL && next ? c->more : penalty;
}

static gan_status
check_twice(const struct combination *c, int32_t index)
{
    const gan_penalty *penalty = penalty_at(c, index);
    const struct gan__loss_class *class = c->loss->class;

    for (int32_t i = 0; i < index; i++) {
        const gan_penalty *other = penalty_at(c, i);
        if (other->class != penalty->class) {
            continue;
        }
        if (i == 0 && class->penalty != NULL && other == class->penalty(c->loss)) {
            return gan__fail(c->ctx, GAN_E_ARG,
                             "the loss \"%s\" has a %s of its own: give the loss its options, or "
                             "take loss=wasserstein",
                             class->head.kind, penalty->class->head.kind);
        }
        return gan__fail(c->ctx, GAN_E_ARG,
                         "the penalty \"%s\" is there twice: add their weights up in one",
                         penalty->class->head.kind);
    }
    return GAN_OK;
}

static gan_status
check_penalties(const struct combination *c)
{
    const struct gan__loss_class *class = c->loss->class;
    const double clip = class->clip == NULL ? 0 : gan__schedule_maximum(class->clip(c->loss));
    char text[GAN__NUMBER_SIZE];
    gan_status st = GAN_OK;

    for (int32_t i = 0; penalty_at(c, i) != NULL; i++) {
        gan_penalty *penalty = penalty_at(c, i);
        GAN__TRY(check_twice(c, i));
        GAN__TRY(gan__penalty_check(penalty, c->trainer->discriminator.network));
        if (clip > 0 && penalty->class == &gan__penalty_gradient_penalty) {
            return gan__fail(c->ctx, GAN_E_ARG,
                             "the loss \"%s\" clips the weights to within %s, and gradient_penalty "
                             "takes the place of that: leave one of the two out",
                             class->head.kind, gan__number_format(text, clip));
        }
    }

fail:
    return st;
}

gan_status
gan__trainer_check_combination(gan_trainer *trainer, gan_loss *loss, gan_penalty *more)
{
    const struct combination c = {
        .trainer = trainer, .ctx = gan__trainer_context(trainer), .loss = loss, .more = more};
    gan_status st = GAN_OK;

    GAN__TRY(check_pac(&c));
    GAN__TRY(check_batch(&c));
    GAN__TRY(check_augment(&c));
    GAN__TRY(check_adaptive(&c));
    GAN__TRY(check_penalties(&c));

fail:
    return st;
}
