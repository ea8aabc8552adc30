/* Making a trainer, and replacing its loss and optimizers before the first step. */
#include "trainer/trainer.h"

#include <string.h>

#include "base/memory.h"

static void
release_side(struct gan__side *side, gan_context *ctx)
{
    gan__free(ctx, side->feeds);
    gan__object_release((struct gan__object *)side->optimizer);
    gan__object_release((struct gan__object *)side->network);
}

static void
finalize(struct gan__object *object)
{
    gan_trainer *trainer = (gan_trainer *)object;
    gan_context *ctx = object->ctx;

    gan__snapshot_free(trainer);
    gan__free(ctx, trainer->was_trainable);
    gan__free(ctx, trainer->labels);
    gan__free(ctx, trainer->indices);
    gan__object_release((struct gan__object *)trainer->average);
    gan__object_release((struct gan__object *)trainer->loss);
    gan__object_release((struct gan__object *)trainer->dataset);
    release_side(&trainer->discriminator, ctx);
    release_side(&trainer->generator, ctx);
}

static const struct gan__class trainer_class = {.name = "trainer", .finalize = finalize};

static gan_status
hold_side(struct gan__side *side, const char *name, gan_layer *network)
{
    gan_context *ctx = ((struct gan__object *)network)->ctx;

    side->name = name;
    gan__object_hold((struct gan__object *)network);
    side->network = network;
    if (!gan__layer_is_built(network)) {
        return gan__fail(
            ctx, GAN_E_STATE,
            "the %s is not built: begin its text with `input shape=...`, or call gan_layer_build()",
            name);
    }
    side->input_count = gan__layer_input_count(network);
    side->feeds = gan__alloc_array(ctx, side->input_count, sizeof *side->feeds);
    if (side->feeds == NULL) {
        return GAN_E_NOMEM;
    }
    memset(side->feeds, 0, (size_t)side->input_count * sizeof *side->feeds);
    return GAN_OK;
}

/* DCGAN's recipe (Radford et al. 2016). */
static gan_status
make_defaults(gan_trainer *trainer)
{
    static const char recipe[] = "lr=2e-4 beta1=0.5";
    struct gan__side *const sides[] = {&trainer->generator, &trainer->discriminator};
    gan_context *ctx = gan__trainer_context(trainer);
    gan_status st = GAN_OK;

    GAN__TRY(gan_loss_create(ctx, &trainer->loss, "non_saturating", NULL));
    gan__object_adopt((struct gan__object *)trainer->loss);
    for (int i = 0; i < 2; i++) {
        GAN__TRY(gan_optimizer_create(ctx, &sides[i]->optimizer, "adam", recipe));
        gan__object_adopt((struct gan__object *)sides[i]->optimizer);
        GAN__TRY(gan_optimizer_attach(sides[i]->optimizer, sides[i]->network));
    }

fail:
    return st;
}

static gan_status
make_average(gan_trainer *trainer)
{
    const struct gan__layer_tensor *tensors;
    int64_t count;
    gan_status st = GAN_OK;

    if (!trainer->options.average) {
        return GAN_OK;
    }
    GAN__TRY(gan__layer_clone(trainer->generator.network, &trainer->average));
    gan__object_adopt((struct gan__object *)trainer->average);
    tensors = gan__layer_tensors(trainer->average);
    count = gan__layer_tensor_count(trainer->average);
    for (int64_t i = 0; i < count; i++) {
        trainer->average_has_buffers = trainer->average_has_buffers || tensors[i].buffer;
    }

fail:
    return st;
}

static gan_status
make_room(gan_trainer *trainer)
{
    gan_context *ctx = gan__trainer_context(trainer);
    const int64_t batch = trainer->options.batch;

    trainer->indices = gan__alloc_array(ctx, batch, sizeof *trainer->indices);
    trainer->was_trainable = gan__alloc_array(
        ctx, gan__layer_tensor_count(trainer->discriminator.network), sizeof(bool));
    if (trainer->indices == NULL || trainer->was_trainable == NULL) {
        return GAN_E_NOMEM;
    }
    if (trainer->generator.labels_input != NULL || trainer->discriminator.labels_input != NULL) {
        trainer->labels = gan__alloc_array(ctx, batch, sizeof *trainer->labels);
        if (trainer->labels == NULL) {
            return GAN_E_NOMEM;
        }
    }
    return GAN_OK;
}

static gan_status
create(gan_context *ctx, gan_trainer **out, gan_layer *generator, gan_layer *discriminator,
       gan_dataset *dataset, const char *options)
{
    static const struct gan__option_origin origin = {.kind = "trainer"};
    gan_trainer *trainer;
    gan_status st = GAN_OK;

    trainer = gan__object_create(ctx, &trainer_class, sizeof *trainer);
    if (trainer == NULL) {
        return GAN_E_NOMEM;
    }
    trainer->record.trainer = trainer;
    atomic_init(&trainer->stop, 0);
    GAN__TRY(gan__options_parse(ctx, gan__trainer_options, &trainer->options, NULL, NULL, options,
                                options == NULL ? 0 : strlen(options), &origin));
    gan__object_hold((struct gan__object *)dataset);
    trainer->dataset = dataset;
    GAN__TRY(hold_side(&trainer->generator, "generator", generator));
    GAN__TRY(hold_side(&trainer->discriminator, "discriminator", discriminator));
    GAN__TRY(gan__trainer_check(trainer));
    GAN__TRY(make_room(trainer));
    GAN__TRY(make_defaults(trainer));
    GAN__TRY(make_average(trainer));
    *out = trainer;
    return GAN_OK;

fail:
    gan_trainer_destroy(trainer);
    return st;
}

gan_status
gan_trainer_create(gan_context *ctx, gan_trainer **out, gan_layer *generator,
                   gan_layer *discriminator, gan_dataset *dataset, const char *options)
{
    const struct gan__object *const parts[] = {(struct gan__object *)generator,
                                               (struct gan__object *)discriminator,
                                               (struct gan__object *)dataset};
    static const char *const names[] = {"generator", "discriminator", "dataset"};
    struct gan__call call;
    gan_status st;

    if (out != NULL) {
        *out = NULL;
    }
    st = gan__enter(&call, ctx, GAN__GROUP_OTHER);
    if (st != GAN_OK) {
        return st;
    }
    st = out == NULL ? gan__null(ctx, "out") : GAN_OK;
    for (int i = 0; i < 3 && st == GAN_OK; i++) {
        if (parts[i] == NULL) {
            st = gan__null(ctx, names[i]);
        } else if (parts[i]->ctx != ctx) {
            st = gan__fail(ctx, GAN_E_ARG, "the %s belongs to another context", names[i]);
        }
    }
    if (st == GAN_OK) {
        st = create(ctx, out, generator, discriminator, dataset, options);
    }
    return gan__leave(&call, st);
}

void
gan_trainer_retain(gan_trainer *trainer)
{
    gan__object_retain((struct gan__object *)trainer);
}

void
gan_trainer_destroy(gan_trainer *trainer)
{
    gan__object_destroy((struct gan__object *)trainer);
}

static gan_status
check_untouched(gan_trainer *trainer, const char *what)
{
    if (trainer->counters.steps > 0) {
        return gan__fail(gan__trainer_context(trainer), GAN_E_STATE,
                         "%s can be replaced before the first step; %lld were taken", what,
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
        st = check_untouched(trainer, "the loss");
    }
    if (st == GAN_OK) {
        gan__object_hold(&loss->object);
        gan__object_release(&trainer->loss->object);
        trainer->loss = loss;
    }
    return gan__leave(&call, st);
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

    GAN__TRY(check_untouched(trainer, "optimizers"));
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

gan_status
gan_trainer_steps(gan_trainer *trainer, int64_t *steps)
{
    struct gan__call call;
    gan_status st;

    if (steps != NULL) {
        *steps = 0;
    }
    if (trainer == NULL) {
        return GAN_E_ARG;
    }
    st = gan__enter(&call, gan__trainer_context(trainer), GAN__GROUP_TRAINER_READ);
    if (st != GAN_OK) {
        return st;
    }
    if (steps == NULL) {
        return gan__leave(&call, gan__null(gan__trainer_context(trainer), "steps"));
    }
    *steps = trainer->counters.steps;
    return gan__leave(&call, GAN_OK);
}
