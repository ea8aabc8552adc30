/*
 * The public calls on losses: they look the kind up, check the logits, and leave the formula to the
 * kind's file.
 */
#include "losses/loss.h"

#include <string.h>

#include "base/context.h"
#include "base/text.h"

static const struct gan__loss_class *const losses[] = {
#define GAN__ROW(name) &gan__loss_##name,
#include "losses/list.h"
#undef GAN__ROW
};

enum { LOSS_COUNT = sizeof losses / sizeof losses[0] };

static gan_status
loss_find(gan_context *ctx, const struct gan__loss_class **class, const char *kind)
{
    const char *names[LOSS_COUNT];
    struct gan__text list;
    const char *near;
    gan_status st;

    for (int32_t i = 0; i < LOSS_COUNT; i++) {
        if (strcmp(losses[i]->kind, kind) == 0) {
            *class = losses[i];
            return GAN_OK;
        }
        names[i] = losses[i]->kind;
    }
    gan__text_init(&list, ctx);
    for (int32_t i = 0; i < LOSS_COUNT; i++) {
        gan__text_add(&list, "%s%s", i == 0 ? "" : ", ", names[i]);
    }
    near = gan__nearest(kind, strlen(kind), names, LOSS_COUNT);
    if (list.status != GAN_OK) {
        st = list.status;
    } else if (near != NULL) {
        st = gan__fail(ctx, GAN_E_ARG, "unknown loss \"%.64s\": did you mean \"%s\"? There are %s",
                       kind, near, list.data);
    } else {
        st = gan__fail(ctx, GAN_E_ARG, "unknown loss \"%.64s\": there are %s", kind, list.data);
    }
    gan__text_free(&list);
    return st;
}

static void
loss_finalize(struct gan__object *object)
{
    gan_loss *loss = (gan_loss *)object;

    gan__options_free(object->ctx, loss->class->options, loss);
}

static const struct gan__class loss_class = {.name = "loss", .finalize = loss_finalize};

static gan_status
loss_make(gan_context *ctx, gan_loss **out, const char *kind, const char *options)
{
    const struct gan__loss_class *class = NULL;
    const struct gan__option_origin origin = {.kind = kind};
    gan_loss *loss = NULL;
    gan_status st = GAN_OK;

    if (kind == NULL) {
        return gan__null(ctx, "kind");
    }
    GAN__TRY(loss_find(ctx, &class, kind));
    loss = gan__object_create(ctx, &loss_class, class->size);
    if (loss == NULL) {
        return GAN_E_NOMEM;
    }
    loss->class = class;
    GAN__TRY(gan__options_parse(ctx, class->options, loss, NULL, NULL, options,
                                options == NULL ? 0 : strlen(options), &origin));
    *out = loss;
    return GAN_OK;

fail:
    gan__object_destroy((struct gan__object *)loss);
    return st;
}

gan_status
gan_loss_create(gan_context *ctx, gan_loss **out, const char *kind, const char *options)
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
    st = out == NULL ? gan__null(ctx, "out") : loss_make(ctx, out, kind, options);
    return gan__leave(&call, st);
}

void
gan_loss_retain(gan_loss *loss)
{
    gan__object_retain((struct gan__object *)loss);
}

void
gan_loss_destroy(gan_loss *loss)
{
    gan__object_destroy((struct gan__object *)loss);
}

static gan_status
loss_check(gan_loss *loss, gan_tensor *logits, const char *name)
{
    gan_context *ctx = loss->object.ctx;
    const struct gan__shape *shape = &logits->shape;
    char text[GAN__SHAPE_TEXT_SIZE];

    if (logits->object.ctx != ctx) {
        return gan__fail(ctx, GAN_E_ARG, "loss %s: %s is a tensor of another context",
                         loss->class->kind, name);
    }
    if (shape->rank != 2 || shape->size[0] < 1 || shape->size[1] != 1) {
        return gan__fail(
            ctx, GAN_E_SHAPE,
            "loss %s: %s has shape %s, wanted one logit a sample, [N, 1] with N at least 1",
            loss->class->kind, name, gan__shape_text(text, shape));
    }
    return GAN_OK;
}

/* One of the two sides, on checked logits. Ops are recorded as made by the loss, so that a search
 * for the first value that is not finite can name it. */
static gan_status
loss_apply(gan_loss *loss, gan_tensor **out, gan_tensor *real, gan_tensor *generated,
           gan_status (*side)(gan_loss *, gan_tensor **, gan_tensor *, gan_tensor *))
{
    gan_context *ctx = loss->object.ctx;
    const char *location = ctx->location;
    gan_tensor *value = NULL;
    gan_status st = GAN_OK;

    if (real != NULL) {
        GAN__TRY(loss_check(loss, real, "real"));
    }
    GAN__TRY(loss_check(loss, generated, "generated"));
    ctx->location = loss->class->kind;
    st = side(loss, &value, real, generated);
    ctx->location = location;
    if (st == GAN_OK) {
        *out = value;
    }

fail:
    return st;
}

static gan_status
loss_call(gan_loss *loss, gan_tensor **out, gan_tensor *real, gan_tensor *generated,
          bool discriminator)
{
    struct gan__call call;
    gan_context *ctx;
    gan_status st;

    if (out != NULL) {
        *out = NULL;
    }
    if (loss == NULL) {
        return GAN_E_ARG;
    }
    ctx = loss->object.ctx;
    st = gan__enter(&call, ctx, GAN__GROUP_OTHER);
    if (st != GAN_OK) {
        return st;
    }
    if (out == NULL) {
        st = gan__null(ctx, "out");
    } else if (discriminator && real == NULL) {
        st = gan__null(ctx, "real");
    } else if (generated == NULL) {
        st = gan__null(ctx, "generated");
    } else {
        st = loss_apply(loss, out, real, generated,
                        discriminator ? loss->class->discriminator : loss->class->generator);
    }
    return gan__leave(&call, st);
}

gan_status
gan_loss_discriminator(gan_loss *loss, gan_tensor **out, gan_tensor *real, gan_tensor *generated)
{
    return loss_call(loss, out, real, generated, true);
}

gan_status
gan_loss_generator(gan_loss *loss, gan_tensor **out, gan_tensor *real, gan_tensor *generated)
{
    return loss_call(loss, out, real, generated, false);
}

void
gan__losses_document(struct gan__text *out)
{
    for (int32_t i = 0; i < LOSS_COUNT; i++) {
        gan__text_add(out, "%s: %s\n", losses[i]->kind, losses[i]->doc);
        gan__options_document(out, losses[i]->options);
    }
}
