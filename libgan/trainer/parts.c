/*
 * The parts of a trainer: loss, penalties, optimizers and augmentation. Made of its options' texts,
 * replaced or added to before the first step.
 */
#include "trainer/trainer.h"

#include <string.h>

#include "base/memory.h"

/* ---- from texts ---- */

/* "kind key=value ..." cut in two: the kind, closed with a zero, is for gan__free(). */
static gan_status
split(gan_context *ctx, const char *what, const char *text, char **kind, const char **options)
{
    size_t length = 0, spaces;
    gan_status st = GAN_OK;

    *kind = NULL;
    GAN__TRY(gan__kind_split(ctx, what, text, &length, options));
    spaces = strspn(text, " \t\r\n");
    *kind = gan__alloc(ctx, length + 1);
    if (*kind == NULL) {
        return GAN_E_NOMEM;
    }
    memcpy(*kind, text + spaces, length);
    (*kind)[length] = '\0';

fail:
    return st;
}

static gan_status
make_loss(gan_trainer *trainer)
{
    gan_context *ctx = gan__trainer_context(trainer);
    const char *options;
    char *kind;
    gan_status st;

    GAN__TRY(split(ctx, "loss", trainer->options.loss, &kind, &options));
    GAN__TRY(gan_loss_create(ctx, &trainer->loss, kind, options));
    gan__object_adopt(&trainer->loss->object);

fail:
    gan__free(ctx, kind);
    return st;
}

static gan_status
make_optimizer(gan_context *ctx, struct gan__side *side, const char *text)
{
    const char *options;
    char *kind;
    gan_status st;

    GAN__TRY(split(ctx, "optimizer", text, &kind, &options));
    GAN__TRY(gan_optimizer_create(ctx, &side->optimizer, kind, options));
    gan__object_adopt(&side->optimizer->object);
    GAN__TRY(gan_optimizer_attach(side->optimizer, side->network));

fail:
    if (st != GAN_OK) {
        gan__fail_prefix(ctx, "%s", side->name);
    }
    gan__free(ctx, kind);
    return st;
}

/* Room for one penalty more. */
static gan_status
grow_penalties(gan_trainer *trainer)
{
    gan_context *ctx = gan__trainer_context(trainer);
    gan_penalty **grown =
        gan__alloc_array(ctx, (int64_t)trainer->penalty_count + 1, sizeof(gan_penalty *));

    if (grown == NULL) {
        return GAN_E_NOMEM;
    }
    for (int32_t i = 0; i < trainer->penalty_count; i++) {
        grown[i] = trainer->penalties[i];
    }
    gan__free(ctx, trainer->penalties);
    trainer->penalties = grown;
    return GAN_OK;
}

static gan_status
make_penalty(gan_trainer *trainer, const char *text)
{
    gan_context *ctx = gan__trainer_context(trainer);
    gan_penalty *penalty = NULL;
    const char *options;
    char *kind;
    gan_status st;

    GAN__TRY(split(ctx, "penalty", text, &kind, &options));
    GAN__TRY(grow_penalties(trainer));
    GAN__TRY(gan_penalty_create(ctx, &penalty, kind, options));
    gan__object_adopt(&penalty->object);
    trainer->penalties[trainer->penalty_count++] = penalty;

fail:
    if (st != GAN_OK) {
        gan__fail_prefix(ctx, "penalties");
    }
    gan__free(ctx, kind);
    return st;
}

static bool
is_blank(const char *text)
{
    return text[strspn(text, " \t\r\n")] == '\0';
}

/* Whether the last penalty's kind is there already. */
static bool
is_last_twice(const gan_trainer *trainer)
{
    const int32_t last = trainer->penalty_count - 1;

    for (int32_t i = 0; i < last; i++) {
        if (trainer->penalties[i]->class == trainer->penalties[last]->class) {
            return true;
        }
    }
    return false;
}

/* "r1 gamma=1; r2 gamma=1"; nothing, or nothing after the last `;`, is none. A kind that comes again
 * ends the list, for the combination is refused then: no text makes a long one. */
static gan_status
make_penalties(gan_trainer *trainer)
{
    char *at = trainer->options.penalties;
    gan_status st = GAN_OK;

    while (st == GAN_OK && at != NULL && !is_blank(at) && !is_last_twice(trainer)) {
        char *end = strchr(at, ';');
        if (end != NULL) {
            *end = '\0'; /* the text is not read again */
        }
        st = make_penalty(trainer, at);
        at = end != NULL ? end + 1 : NULL;
    }
    return st;
}

/* An empty text is as none, so that a program that fills in its options can leave one out. */
static void
drop_blank(gan_context *ctx, char **text)
{
    if (*text != NULL && is_blank(*text)) {
        gan__free(ctx, *text);
        *text = NULL;
    }
}

static gan_status
find_matched(gan_trainer *trainer)
{
    struct gan__trainer_options *options = &trainer->options;
    gan_status st = GAN_OK;

    drop_blank(gan__trainer_context(trainer), &options->feature_matching);
    if (options->feature_matching == NULL) {
        return GAN_OK;
    }
    GAN__TRY(gan_layer_find(trainer->discriminator.network, &trainer->matched,
                            options->feature_matching));
    gan__object_adopt((struct gan__object *)trainer->matched);

fail:
    if (st != GAN_OK) {
        gan__fail_prefix(gan__trainer_context(trainer), "feature_matching: in the discriminator");
    }
    return st;
}

static gan_status
read_augment(gan_trainer *trainer)
{
    gan_context *ctx = gan__trainer_context(trainer);
    gan_status st = GAN_OK;

    drop_blank(ctx, &trainer->options.augment);
    if (trainer->options.augment != NULL) {
        st = gan__augmentation_parse(ctx, &trainer->augmentation, trainer->options.augment);
    }
    return st;
}

gan_status
gan__trainer_make_parts(gan_trainer *trainer)
{
    gan_context *ctx = gan__trainer_context(trainer);
    struct gan__trainer_options *options = &trainer->options;
    char **const texts[] = {&options->recipe, &options->loss, &options->penalties,
                            &options->generator, &options->discriminator};
    gan_status st = GAN_OK;

    GAN__TRY(make_loss(trainer));
    GAN__TRY(make_penalties(trainer));
    GAN__TRY(make_optimizer(ctx, &trainer->generator, options->generator));
    GAN__TRY(make_optimizer(ctx, &trainer->discriminator, options->discriminator));
    GAN__TRY(find_matched(trainer));
    GAN__TRY(read_augment(trainer));
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        gan__free(ctx, *texts[i]); /* from now on the parts say it */
        *texts[i] = NULL;
    }

fail:
    return st;
}

void
gan__trainer_release_parts(gan_trainer *trainer)
{
    for (int32_t i = 0; i < trainer->penalty_count; i++) {
        gan__object_release(&trainer->penalties[i]->object);
    }
    gan__free(gan__trainer_context(trainer), trainer->penalties);
    gan__object_release((struct gan__object *)trainer->matched);
    gan__object_release((struct gan__object *)trainer->loss);
}

gan_penalty *
gan__trainer_penalty(const gan_trainer *trainer, const gan_loss *loss, int32_t index)
{
    gan_penalty *own = loss->class->penalty == NULL ? NULL : loss->class->penalty(loss);

    if (own != NULL && index-- == 0) {
        return own;
    }
    return index < trainer->penalty_count ? trainer->penalties[index] : NULL;
}

/* ---- by calls ---- */

static gan_status
check_untouched(gan_trainer *trainer, const char *what)
{
    if (trainer->counters.steps > 0) {
        return gan__fail(gan__trainer_context(trainer), GAN_E_STATE,
                         "%s before the first step; steps taken so far: %lld", what,
                         (long long)trainer->counters.steps);
    }
    return GAN_OK;
}

gan_status
gan_trainer_set_loss(gan_trainer *trainer, gan_loss *loss)
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
    if (loss == NULL) {
        st = gan__null(ctx, "loss");
    } else if (loss->object.ctx != ctx) {
        st = gan__fail(ctx, GAN_E_ARG, "the loss belongs to another context");
    } else {
        st = check_untouched(trainer, "the loss can be replaced");
    }
    if (st == GAN_OK) {
        st = gan__trainer_check_combination(trainer, loss, NULL);
    }
    if (st == GAN_OK) {
        gan__object_hold(&loss->object);
        gan__object_release(&trainer->loss->object);
        trainer->loss = loss;
    }
    return gan__leave(&call, st);
}

static gan_status
add_penalty(gan_trainer *trainer, gan_penalty *penalty)
{
    gan_context *ctx = gan__trainer_context(trainer);
    gan_status st = GAN_OK;

    if (penalty == NULL) {
        return gan__null(ctx, "penalty");
    }
    if (penalty->object.ctx != ctx) {
        return gan__fail(ctx, GAN_E_ARG, "the penalty belongs to another context");
    }
    GAN__TRY(check_untouched(trainer, "penalties can be added"));
    GAN__TRY(gan__trainer_check_combination(trainer, trainer->loss, penalty));
    GAN__TRY(grow_penalties(trainer));
    gan__object_hold(&penalty->object);
    trainer->penalties[trainer->penalty_count++] = penalty;

fail:
    return st;
}

gan_status
gan_trainer_add_penalty(gan_trainer *trainer, gan_penalty *penalty)
{
    struct gan__call call;
    gan_status st;

    if (trainer == NULL) {
        return GAN_E_ARG;
    }
    st = gan__enter(&call, gan__trainer_context(trainer), GAN__GROUP_OTHER);
    if (st != GAN_OK) {
        return st;
    }
    return gan__leave(&call, add_penalty(trainer, penalty));
}

static gan_status
check_optimizer(gan_trainer *trainer, const struct gan__side *side, gan_optimizer *optimizer)
{
    gan_context *ctx = gan__trainer_context(trainer);

    if (optimizer == NULL) {
        return GAN_OK;
    }
    if (optimizer->object.ctx != ctx) {
        return gan__fail(ctx, GAN_E_ARG, "the %s's optimizer belongs to another context",
                         side->name);
    }
    if (optimizer->network != NULL && optimizer->network != side->network) {
        return gan__fail(ctx, GAN_E_ARG, "the %s's optimizer is attached to another network",
                         side->name);
    }
    return GAN_OK;
}

static void
replace_optimizer(struct gan__side *side, gan_optimizer *optimizer)
{
    if (optimizer != NULL) {
        gan__object_hold(&optimizer->object);
        gan__object_release(&side->optimizer->object);
        side->optimizer = optimizer;
    }
}

static gan_status
set_optimizers(gan_trainer *trainer, gan_optimizer *generator, gan_optimizer *discriminator)
{
    gan_context *ctx = gan__trainer_context(trainer);
    bool attached = false;
    gan_status st = GAN_OK;

    GAN__TRY(check_untouched(trainer, "optimizers can be replaced"));
    GAN__TRY(check_optimizer(trainer, &trainer->generator, generator));
    GAN__TRY(check_optimizer(trainer, &trainer->discriminator, discriminator));
    if (generator != NULL && generator == discriminator) {
        return gan__fail(ctx, GAN_E_ARG, "one optimizer cannot move two networks");
    }
    if (generator != NULL && generator->network == NULL) {
        GAN__TRY(gan_optimizer_attach(generator, trainer->generator.network));
        attached = true;
    }
    if (discriminator != NULL && discriminator->network == NULL) {
        GAN__TRY(gan_optimizer_attach(discriminator, trainer->discriminator.network));
    }
    gan__snapshot_free(trainer); /* a first step that failed may have listed the old ones' states */
    gan__alarms_forget_states(trainer);
    replace_optimizer(&trainer->generator, generator);
    replace_optimizer(&trainer->discriminator, discriminator);
    return GAN_OK;

fail:
    if (attached) {
        gan__optimizer_detach(generator);
    }
    return st;
}

gan_status
gan_trainer_set_optimizers(gan_trainer *trainer, gan_optimizer *generator,
                           gan_optimizer *discriminator)
{
    struct gan__call call;
    gan_status st;

    if (trainer == NULL) {
        return GAN_E_ARG;
    }
    st = gan__enter(&call, gan__trainer_context(trainer), GAN__GROUP_OTHER);
    if (st != GAN_OK) {
        return st;
    }
    return gan__leave(&call, set_optimizers(trainer, generator, discriminator));
}
