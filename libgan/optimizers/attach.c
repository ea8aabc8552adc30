/*
 * Binding an optimizer to a network, and the state that it keeps for each parameter it moves.
 */
#include "optimizers/optimizer.h"

#include "base/checked.h"
#include "base/context.h"
#include "base/memory.h"
#include "base/text.h"

int32_t
gan__optimizer_state_names(const gan_optimizer *optimizer)
{
    int32_t count = 0;

    while (optimizer->class->states[count] != NULL) {
        count++;
    }
    return count;
}

void
gan__optimizer_detach(gan_optimizer *optimizer)
{
    gan_context *ctx = optimizer->object.ctx;

    for (int64_t i = 0; i < optimizer->state_slots; i++) {
        gan__object_release((struct gan__object *)optimizer->states[i]);
    }
    gan__free(ctx, optimizer->states);
    optimizer->states = NULL;
    optimizer->state_slots = 0;
    gan__object_release((struct gan__object *)optimizer->network);
    optimizer->network = NULL;
}

bool
gan__optimizer_moves(const struct gan__layer_tensor *tensor)
{
    return !tensor->buffer && tensor->trainable;
}

/* Zeros for each parameter that will be moved. On failure what there is stays for
 * gan__optimizer_detach(). */
static gan_status
optimizer_make_states(gan_optimizer *optimizer, gan_layer *network)
{
    gan_context *ctx = optimizer->object.ctx;
    const int32_t names = gan__optimizer_state_names(optimizer);
    const int64_t count = gan__layer_tensor_count(network);
    const struct gan__layer_tensor *tensors = gan__layer_tensors(network);
    gan_status st = GAN_OK;

    optimizer->states = gan__alloc_array(ctx, count * names, sizeof *optimizer->states);
    if (optimizer->states == NULL) {
        return GAN_E_NOMEM;
    }
    for (int64_t i = 0; i < count * names; i++) {
        const struct gan__layer_tensor *tensor = &tensors[i / names];
        gan_tensor *state = NULL;

        if (gan__optimizer_moves(tensor)) {
            GAN__TRY(gan_tensor_create(ctx, &state, tensor->tensor->shape.size,
                                       tensor->tensor->shape.rank, NULL));
            gan__object_adopt(&state->object);
        }
        optimizer->states[i] = state;
        optimizer->state_slots = i + 1;
    }

fail:
    return st;
}

static gan_status
optimizer_attach(gan_optimizer *optimizer, gan_layer *network)
{
    gan_context *ctx = optimizer->object.ctx;
    gan_status st;

    if (((struct gan__object *)network)->ctx != ctx) {
        return gan__fail(ctx, GAN_E_ARG, "optimizer %s: the network belongs to another context",
                         optimizer->class->head.kind);
    }
    if (optimizer->network != NULL) {
        return gan__fail(
            ctx, GAN_E_STATE,
            "optimizer %s is attached already: each one moves one network, once and for all",
            optimizer->class->head.kind);
    }
    if (!gan__layer_is_built(network)) {
        return gan__fail(
            ctx, GAN_E_STATE,
            "optimizer %s: the network has no parameters yet; gan_layer_build() it first",
            optimizer->class->head.kind);
    }
    st = optimizer_make_states(optimizer, network);
    if (st != GAN_OK) {
        gan__optimizer_detach(optimizer);
        return st;
    }
    gan__object_hold((struct gan__object *)network);
    optimizer->network = network;
    return GAN_OK;
}

gan_status
gan_optimizer_attach(gan_optimizer *optimizer, gan_layer *network)
{
    struct gan__call call;
    gan_context *ctx;
    gan_status st;

    if (optimizer == NULL) {
        return GAN_E_ARG;
    }
    ctx = optimizer->object.ctx;
    st = gan__enter(&call, ctx, GAN__GROUP_OTHER);
    if (st != GAN_OK) {
        return st;
    }
    st = network == NULL ? gan__null(ctx, "network") : optimizer_attach(optimizer, network);
    return gan__leave(&call, st);
}

gan_status
gan__optimizer_attached(gan_optimizer *optimizer)
{
    if (optimizer->network == NULL) {
        return gan__fail(
            optimizer->object.ctx, GAN_E_STATE,
            "optimizer %s is not attached to a network: call gan_optimizer_attach() first",
            optimizer->class->head.kind);
    }
    return GAN_OK;
}

/* The slot of the index-th state that exists, or -1; *count becomes how many exist. */
static int64_t
optimizer_slot(const gan_optimizer *optimizer, int64_t index, int64_t *count)
{
    int64_t slot = -1;

    *count = 0;
    for (int64_t i = 0; i < optimizer->state_slots; i++) {
        if (optimizer->states[i] != NULL) {
            if (*count == index) {
                slot = i;
            }
            (*count)++;
        }
    }
    return slot;
}

gan_status
gan_optimizer_state_count(gan_optimizer *optimizer, int64_t *count)
{
    struct gan__call call;
    gan_context *ctx;
    gan_status st;

    if (count != NULL) {
        *count = 0;
    }
    if (optimizer == NULL) {
        return GAN_E_ARG;
    }
    ctx = optimizer->object.ctx;
    st = gan__enter(&call, ctx, GAN__GROUP_OTHER);
    if (st != GAN_OK) {
        return st;
    }
    st = count == NULL ? gan__null(ctx, "count") : gan__optimizer_attached(optimizer);
    if (st == GAN_OK) {
        (void)optimizer_slot(optimizer, -1, count);
    }
    return gan__leave(&call, st);
}

static gan_status
optimizer_state(gan_optimizer *optimizer, gan_tensor **state, int64_t index, char *name,
                size_t size, size_t *needed)
{
    gan_context *ctx = optimizer->object.ctx;
    const int32_t names = gan__optimizer_state_names(optimizer);
    struct gan__text text;
    int64_t count, slot;
    gan_status st;

    slot = optimizer_slot(optimizer, index, &count);
    if (slot < 0) {
        return gan__fail(ctx, GAN_E_ARG,
                         "state %lld of optimizer %s: there are %lld, numbered from 0",
                         (long long)index, optimizer->class->head.kind, (long long)count);
    }
    gan__text_init(&text, ctx);
    gan__text_add(&text, "%s.%s", gan__layer_tensors(optimizer->network)[slot / names].name,
                  optimizer->class->states[slot % names]);
    st = gan__text_give(&text, name, size, needed);
    if (st == GAN_OK) {
        *state = optimizer->states[slot];
        gan_tensor_retain(*state);
    }
    return st;
}

gan_status
gan_optimizer_state(gan_optimizer *optimizer, gan_tensor **state, int64_t index, char *name,
                    size_t size, size_t *needed)
{
    struct gan__call call;
    gan_context *ctx;
    gan_status st;

    if (state != NULL) {
        *state = NULL;
    }
    if (needed != NULL) {
        *needed = 0;
    }
    if (optimizer == NULL) {
        return GAN_E_ARG;
    }
    ctx = optimizer->object.ctx;
    st = gan__enter(&call, ctx, GAN__GROUP_OTHER);
    if (st != GAN_OK) {
        return st;
    }
    st = state == NULL ? gan__null(ctx, "state") : gan__optimizer_attached(optimizer);
    if (st == GAN_OK) {
        st = optimizer_state(optimizer, state, index, name, size, needed);
    }
    return gan__leave(&call, st);
}
