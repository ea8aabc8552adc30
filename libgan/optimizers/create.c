/*
 * The public calls on an optimizer by itself: making it, its options, its number of steps. attach.c
 * binds it to a network, step.c moves the network.
 */
#include "optimizers/optimizer.h"

#include <string.h>

#include "base/context.h"
#include "base/memory.h"
#include "base/text.h"

static const struct gan__optimizer_class *const optimizers[] = {
#define GAN__ROW(name) &gan__optimizer_##name,
#include "optimizers/list.h"
#undef GAN__ROW
};

enum { OPTIMIZER_COUNT = sizeof optimizers / sizeof optimizers[0] };

static gan_status
optimizer_find(gan_context *ctx, const struct gan__optimizer_class **class, const char *kind)
{
    const char *names[OPTIMIZER_COUNT];
    struct gan__text list;
    const char *near;
    gan_status st;

    for (int32_t i = 0; i < OPTIMIZER_COUNT; i++) {
        if (strcmp(optimizers[i]->kind, kind) == 0) {
            *class = optimizers[i];
            return GAN_OK;
        }
        names[i] = optimizers[i]->kind;
    }
    gan__text_init(&list, ctx);
    for (int32_t i = 0; i < OPTIMIZER_COUNT; i++) {
        gan__text_add(&list, "%s%s", i == 0 ? "" : ", ", names[i]);
    }
    near = gan__nearest(kind, strlen(kind), names, OPTIMIZER_COUNT);
    if (list.status != GAN_OK) {
        st = list.status;
    } else if (near != NULL) {
        st = gan__fail(ctx, GAN_E_ARG,
                       "unknown optimizer \"%.64s\": did you mean \"%s\"? There are %s", kind, near,
                       list.data);
    } else {
        st =
            gan__fail(ctx, GAN_E_ARG, "unknown optimizer \"%.64s\": there are %s", kind, list.data);
    }
    gan__text_free(&list);
    return st;
}

static void
optimizer_finalize(struct gan__object *object)
{
    gan_optimizer *optimizer = (gan_optimizer *)object;

    gan__optimizer_detach(optimizer);
    gan__options_free(object->ctx, optimizer->class->options, optimizer);
}

static const struct gan__class optimizer_class = {
    .name = "optimizer",
    .finalize = optimizer_finalize,
};

static gan_status
optimizer_make(gan_context *ctx, gan_optimizer **out, const char *kind, const char *options)
{
    const struct gan__optimizer_class *class = NULL;
    const struct gan__option_origin origin = {.kind = kind};
    gan_optimizer *optimizer = NULL;
    gan_status st = GAN_OK;

    if (kind == NULL) {
        return gan__null(ctx, "kind");
    }
    GAN__TRY(optimizer_find(ctx, &class, kind));
    optimizer = gan__object_create(ctx, &optimizer_class, class->size);
    if (optimizer == NULL) {
        return GAN_E_NOMEM;
    }
    optimizer->class = class;
    GAN__TRY(gan__options_parse(ctx, class->options, optimizer, NULL, NULL, options,
                                options == NULL ? 0 : strlen(options), &origin));
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
    const struct gan__option_origin origin = {.kind = class->kind};
    const size_t start = sizeof(gan_optimizer);
    gan_optimizer *copy;
    gan_status st = GAN_OK;

    copy = gan__alloc_zero(ctx, class->size);
    if (copy == NULL) {
        return GAN_E_NOMEM;
    }
    memcpy((char *)copy + start, (char *)optimizer + start, class->size - start);
    GAN__TRY(gan__options_update(ctx, class->options, copy, options, &origin));
    if (class->check != NULL) {
        GAN__TRY(class->check(ctx, copy));
    }
    memcpy((char *)optimizer + start, (char *)copy + start, class->size - start);

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
    struct gan__call call;
    struct gan__text text;
    gan_context *ctx;
    gan_status st;

    if (needed != NULL) {
        *needed = 0;
    }
    if (optimizer == NULL) {
        return GAN_E_ARG;
    }
    ctx = optimizer->object.ctx;
    st = gan__enter(&call, ctx, GAN__GROUP_TRAINER_READ);
    if (st != GAN_OK) {
        return st;
    }
    gan__text_init(&text, ctx);
    gan__text_add(&text, "%s", optimizer->class->kind);
    gan__options_print(&text, optimizer->class->options, optimizer);
    st = gan__text_give(&text, buffer, size, needed);
    return gan__leave(&call, st);
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
    for (int32_t i = 0; i < OPTIMIZER_COUNT; i++) {
        gan__text_add(out, "%s: %s\n", optimizers[i]->kind, optimizers[i]->doc);
        gan__options_document(out, optimizers[i]->options);
    }
}
