/*
 * The public calls on an optimizer by itself: making it, its options, its number of steps. attach.c
 * binds it to a network, step.c moves the network.
 */
#include "optimizers/optimizer.h"

#include <string.h>

#include "base/context.h"
#include "base/memory.h"
#include "base/text.h"

static const struct gan__kind_head *const optimizers[] = {
#define GAN__ROW(name) &gan__optimizer_##name.head,
#include "optimizers/list.h"
#undef GAN__ROW
};

enum { OPTIMIZER_COUNT = sizeof optimizers / sizeof optimizers[0] };

const struct gan__option gan__optimizer_common[] = {
    {.name = "clip_gradient_norm",
     .type = GAN__OPTION_SCHEDULE,
     .offset = offsetof(struct gan__optimizer_common, clip_gradient_norm),
     .fallback = "0",
     .doc = "scale all gradients so that their L2 norm is at most this; 0: never (Pascanu et al. "
            "2013)"},
    {.name = "clip_gradient_value",
     .type = GAN__OPTION_SCHEDULE,
     .offset = offsetof(struct gan__optimizer_common, clip_gradient_value),
     .fallback = "0",
     .doc = "then each element of a gradient to within plus and minus this; 0: never"},
    {.name = "lr_factor",
     .type = GAN__OPTION_REAL,
     .offset = offsetof(struct gan__optimizer_common, lr_factor),
     .minimum = 0,
     .maximum = 1e6,
     .fallback = "1",
     .doc = "on lr, whatever its schedule; a trainer lowers it when it goes back after a "
            "divergence"},
    GAN__OPTION_END};

static void
optimizer_finalize(struct gan__object *object)
{
    gan_optimizer *optimizer = (gan_optimizer *)object;

    gan__optimizer_detach(optimizer);
    gan__options_free(object->ctx, optimizer->class->head.options, optimizer);
}

static const struct gan__class optimizer_class = {
    .name = "optimizer",
    .finalize = optimizer_finalize,
};

static gan_status
optimizer_make(gan_context *ctx, gan_optimizer **out, const char *kind, const char *options)
{
    const struct gan__option_origin origin = {.kind = kind};
    const struct gan__kind_head *head = NULL;
    const struct gan__optimizer_class *class;
    gan_optimizer *optimizer = NULL;
    gan_status st = GAN_OK;

    if (kind == NULL) {
        return gan__null(ctx, "kind");
    }
    GAN__TRY(
        gan__kind_find(ctx, "optimizer", optimizers, OPTIMIZER_COUNT, kind, strlen(kind), &head));
    class = (const struct gan__optimizer_class *)(const void *)head;
    optimizer = gan__object_create(ctx, &optimizer_class, head->size);
    if (optimizer == NULL) {
        return GAN_E_NOMEM;
    }
    optimizer->class = class;
    optimizer->schedule_step = -1;
    GAN__TRY(gan__options_parse(ctx, head->options, optimizer, gan__optimizer_common,
                                &optimizer->common, options, options == NULL ? 0 : strlen(options),
                                &origin));
    if (class->check != NULL) {
        GAN__TRY(class->check(ctx, optimizer));
    }
    *out = optimizer;
    return GAN_OK;

fail:
    gan__object_destroy((struct gan__object *)optimizer);
    return st;
}

gan_status
gan_optimizer_create(gan_context *ctx, gan_optimizer **out, const char *kind, const char *options)
{
    struct gan__call call;
    gan_status st;

    if (out != NULL) {
        *out = NULL;
    }
    st = gan__enter(&call, ctx, GAN__GROUP_OTHER);
    if (st != GAN_OK) {
        return st;
    }
    st = out == NULL ? gan__null(ctx, "out") : optimizer_make(ctx, out, kind, options);
    return gan__leave(&call, st);
}

void
gan_optimizer_retain(gan_optimizer *optimizer)
{
    gan__object_retain((struct gan__object *)optimizer);
}

void
gan_optimizer_destroy(gan_optimizer *optimizer)
{
    gan__object_destroy((struct gan__object *)optimizer);
}

/* The new options are tried on a copy: they may be right one by one and wrong together. */
static gan_status
optimizer_set(gan_optimizer *optimizer, const char *options)
{
    gan_context *ctx = optimizer->object.ctx;
    const struct gan__optimizer_class *class = optimizer->class;
    const struct gan__option_origin origin = {.kind = class->head.kind};
    const size_t start = sizeof(gan_optimizer);
    gan_optimizer *copy;
    gan_status st = GAN_OK;

    copy = gan__alloc_zero(ctx, class->head.size);
    if (copy == NULL) {
        return GAN_E_NOMEM;
    }
    copy->common = optimizer->common;
    memcpy((char *)copy + start, (char *)optimizer + start, class->head.size - start);
    GAN__TRY(gan__options_update_both(ctx, class->head.options, copy, gan__optimizer_common,
                                      &copy->common, options, &origin));
    if (class->check != NULL) {
        GAN__TRY(class->check(ctx, copy));
    }
    optimizer->common = copy->common;
    memcpy((char *)optimizer + start, (char *)copy + start, class->head.size - start);

fail:
    gan__free(ctx, copy);
    return st;
}

gan_status
gan_optimizer_set(gan_optimizer *optimizer, const char *options)
{
    struct gan__call call;
    gan_context *ctx;
    gan_status st;

    if (optimizer == NULL) {
        return GAN_E_ARG;
    }
    ctx = optimizer->object.ctx;
    st = gan__enter(&call, ctx, GAN__GROUP_TRAINER_READ);
    if (st != GAN_OK) {
        return st;
    }
    st = options == NULL ? gan__null(ctx, "options") : optimizer_set(optimizer, options);
    return gan__leave(&call, st);
}

gan_status
gan_optimizer_text(gan_optimizer *optimizer, char *buffer, size_t size, size_t *needed)
{
    const struct gan__kind_head *head = optimizer == NULL ? NULL : &optimizer->class->head;
    const void *owner = optimizer == NULL ? NULL : &optimizer->common;

    return gan__kind_text((struct gan__object *)optimizer, head, gan__optimizer_common, owner,
                          buffer, size, needed);
}

gan_status
gan_optimizer_steps(gan_optimizer *optimizer, int64_t *steps)
{
    struct gan__call call;
    gan_context *ctx;
    gan_status st;

    if (steps != NULL) {
        *steps = 0;
    }
    if (optimizer == NULL) {
        return GAN_E_ARG;
    }
    ctx = optimizer->object.ctx;
    st = gan__enter(&call, ctx, GAN__GROUP_TRAINER_READ);
    if (st != GAN_OK) {
        return st;
    }
    if (steps == NULL) {
        st = gan__null(ctx, "steps");
    } else {
        *steps = optimizer->steps;
    }
    return gan__leave(&call, st);
}

gan_status
gan_optimizer_set_steps(gan_optimizer *optimizer, int64_t steps)
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
    if (steps < 0) {
        st = gan__fail(ctx, GAN_E_ARG, "steps is %lld, wanted 0 or more", (long long)steps);
    } else {
        optimizer->steps = steps;
    }
    return gan__leave(&call, st);
}

void
gan__optimizers_document(struct gan__text *out)
{
    gan__text_add(out, "Every optimizer takes:\n");
    gan__options_document(out, gan__optimizer_common);
    gan__kinds_document(out, optimizers, OPTIMIZER_COUNT);
}
