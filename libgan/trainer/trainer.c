/* Making a trainer. */
#include "trainer/trainer.h"

#include <string.h>

#include "base/memory.h"
#include "trainer/run_folder.h"

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

    gan__watches_free(trainer);
    gan__run_detach(trainer);
    gan__snapshot_free(trainer);
    gan__free(ctx, trainer->was_trainable);
    gan__free(ctx, trainer->labels);
    gan__free(ctx, trainer->indices);
    gan__object_release((struct gan__object *)trainer->average);
    gan__trainer_release_parts(trainer);
    gan__object_release((struct gan__object *)trainer->dataset);
    release_side(&trainer->discriminator, ctx);
    release_side(&trainer->generator, ctx);
    gan__options_free(ctx, gan__trainer_options, &trainer->options);
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

static gan_status
make_average(gan_trainer *trainer)
{
    gan_status st = GAN_OK;

    if (!trainer->options.average) {
        return GAN_OK;
    }
    GAN__TRY(gan__layer_clone(trainer->generator.network, &trainer->average));
    gan__object_adopt((struct gan__object *)trainer->average);
    trainer->average_has_statistics = gan__layer_batch_norm(trainer->average) != NULL;

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
    gan_trainer *trainer;
    gan_status st = GAN_OK;

    trainer = gan__object_create(ctx, &trainer_class, sizeof *trainer);
    if (trainer == NULL) {
        return GAN_E_NOMEM;
    }
    trainer->record.trainer = trainer;
    atomic_init(&trainer->stop, 0);
    GAN__TRY(gan__trainer_read_options(ctx, &trainer->options, options));
    gan__object_hold((struct gan__object *)dataset);
    trainer->dataset = dataset;
    GAN__TRY(hold_side(&trainer->generator, "generator", generator));
    GAN__TRY(hold_side(&trainer->discriminator, "discriminator", discriminator));
    GAN__TRY(gan__trainer_check(trainer));
    GAN__TRY(make_room(trainer));
    GAN__TRY(gan__trainer_make_parts(trainer));
    GAN__TRY(gan__trainer_check_combination(trainer, trainer->loss, NULL));
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
