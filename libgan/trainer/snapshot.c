/*
 * Taking a step back: copies of everything that a step changes before its last update. What the
 * last update itself changes needs no copy, for nothing can fail after its gradients were found
 * finite.
 */
#include "trainer/trainer.h"

#include <string.h>

#include "base/memory.h"
#include "base/profile.h"

enum which { PARAMETERS = 1, BUFFERS = 2 };

static void
keep(struct gan__snapshot *snapshot, gan_tensor *tensor, bool counting)
{
    if (tensor == NULL) {
        return;
    }
    if (!counting) {
        snapshot->kept[snapshot->count].tensor = tensor;
    }
    snapshot->count++;
}

static void
keep_network(struct gan__snapshot *snapshot, gan_layer *network, int which, bool counting)
{
    const struct gan__layer_tensor *tensors = gan__layer_tensors(network);
    const int64_t count = gan__layer_tensor_count(network);

    for (int64_t i = 0; i < count; i++) {
        const int wanted = tensors[i].buffer ? BUFFERS : PARAMETERS;
        if ((which & wanted) != 0) {
            keep(snapshot, tensors[i].tensor, counting);
        }
    }
}

static void
keep_optimizer(struct gan__snapshot *snapshot, gan_optimizer *optimizer, bool counting)
{
    for (int64_t i = 0; i < optimizer->state_slots; i++) {
        keep(snapshot, optimizer->states[i], counting);
    }
}

/* Count, or list, what must be kept. */
static void
keep_all(gan_trainer *trainer, bool counting)
{
    struct gan__snapshot *snapshot = &trainer->snapshot;

    snapshot->count = 0;
    keep_network(snapshot, trainer->discriminator.network, PARAMETERS | BUFFERS, counting);
    keep_optimizer(snapshot, trainer->discriminator.optimizer, counting);
    keep_network(snapshot, trainer->generator.network, BUFFERS, counting);
    if (trainer->options.g_steps > 1) {
        keep_network(snapshot, trainer->generator.network, PARAMETERS, counting);
        keep_optimizer(snapshot, trainer->generator.optimizer, counting);
        if (trainer->average != NULL) {
            keep_network(snapshot, trainer->average, PARAMETERS | BUFFERS, counting);
        }
    }
}

static gan_status
make_room(gan_trainer *trainer)
{
    gan_context *ctx = gan__trainer_context(trainer);
    struct gan__snapshot *snapshot = &trainer->snapshot;

    keep_all(trainer, true);
    snapshot->kept = gan__alloc_array(ctx, snapshot->count, sizeof *snapshot->kept);
    if (snapshot->kept == NULL) {
        return GAN_E_NOMEM;
    }
    memset(snapshot->kept, 0, (size_t)snapshot->count * sizeof *snapshot->kept);
    keep_all(trainer, false);
    for (int64_t i = 0; i < snapshot->count; i++) {
        struct gan__kept *kept = &snapshot->kept[i];
        kept->values = gan__alloc_array(ctx, kept->tensor->count, sizeof(float));
        if (kept->values == NULL) {
            gan__snapshot_free(trainer);
            return GAN_E_NOMEM;
        }
    }
    return GAN_OK;
}

gan_status
gan__snapshot_take(gan_trainer *trainer)
{
    gan_context *ctx = gan__trainer_context(trainer);
    struct gan__snapshot *snapshot = &trainer->snapshot;
    struct gan__span span;

    if (snapshot->kept == NULL) {
        const gan_status st = make_room(trainer);
        if (st != GAN_OK) {
            return st;
        }
    }
    gan__span_begin(&span, ctx, GAN__PHASE_OTHER, "snapshot");
    for (int64_t i = 0; i < snapshot->count; i++) {
        const struct gan__kept *kept = &snapshot->kept[i];
        memcpy(kept->values, gan__data(kept->tensor), (size_t)kept->tensor->count * sizeof(float));
        gan__profile_work(ctx, 0, 2.0 * (double)kept->tensor->count * sizeof(float));
    }
    gan__span_end(&span);
    snapshot->counters = trainer->counters;
    snapshot->g_steps = trainer->generator.optimizer->steps;
    snapshot->d_steps = trainer->discriminator.optimizer->steps;
    return GAN_OK;
}

static void
forget_gradients(gan_layer *network)
{
    const struct gan__layer_tensor *tensors = gan__layer_tensors(network);
    const int64_t count = gan__layer_tensor_count(network);

    for (int64_t i = 0; i < count; i++) {
        gan__object_release((struct gan__object *)tensors[i].tensor->gradient);
        tensors[i].tensor->gradient = NULL;
    }
}

void
gan__snapshot_restore(gan_trainer *trainer)
{
    struct gan__snapshot *snapshot = &trainer->snapshot;

    for (int64_t i = 0; i < snapshot->count; i++) {
        const struct gan__kept *kept = &snapshot->kept[i];
        memcpy(gan__data(kept->tensor), kept->values, (size_t)kept->tensor->count * sizeof(float));
        gan__tensor_touch(kept->tensor);
    }
    trainer->counters = snapshot->counters;
    trainer->generator.optimizer->steps = snapshot->g_steps;
    trainer->discriminator.optimizer->steps = snapshot->d_steps;
    forget_gradients(trainer->generator.network);
    forget_gradients(trainer->discriminator.network);
}

void
gan__snapshot_free(gan_trainer *trainer)
{
    gan_context *ctx = gan__trainer_context(trainer);
    struct gan__snapshot *snapshot = &trainer->snapshot;

    for (int64_t i = 0; snapshot->kept != NULL && i < snapshot->count; i++) {
        gan__free(ctx, snapshot->kept[i].values);
    }
    gan__free(ctx, snapshot->kept);
    snapshot->kept = NULL;
    snapshot->count = 0;
}
