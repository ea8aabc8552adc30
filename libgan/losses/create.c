/*
 * The public calls on losses: they look the kind up, check the logits, and leave the formula to the
 * kind's file.
 */
#include "losses/loss.h"

#include <string.h>

#include "base/context.h"
#include "base/text.h"

static void
loss_finalize(struct gan__object *object)
{
    gan_loss *loss = (gan_loss *)object;
    const bool registered = loss->class->user != NULL;

    if (loss->class->finalize != NULL) {
        loss->class->finalize(loss);
    }
    gan__options_free(object->ctx, loss->class->head.options, loss);
    if (registered) {
        gan__object_release(object->ctx->loss_kinds); /* the class with it, if it is the last */
    }
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
    GAN__TRY(gan__loss_find(ctx, kind, &class));
    loss = gan__object_create(ctx, &loss_class, class->head.size);
    if (loss == NULL) {
        return GAN_E_NOMEM;
    }
    loss->class = class;
    if (class->user != NULL) {
        gan__object_hold(ctx->loss_kinds);
    }
    GAN__TRY(gan__options_parse(ctx, class->head.options, loss, NULL, NULL, options,
                                options == NULL ? 0 : strlen(options), &origin));
    if (class->make != NULL) {
        GAN__TRY(class->make(loss));
    }
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

gan_status
gan_loss_text(gan_loss *loss, char *buffer, size_t size, size_t *needed)
{
    const struct gan__kind_head *head = loss == NULL ? NULL : &loss->class->head;

    return gan__kind_text((struct gan__object *)loss, head, NULL, NULL, buffer, size, needed);
}

gan_status
gan_loss_set_step(gan_loss *loss, int64_t step)
{
    struct gan__call call;
    gan_status st;

    if (loss == NULL) {
        return GAN_E_ARG;
    }
    st = gan__enter(&call, loss->object.ctx, GAN__GROUP_OTHER);
    if (st != GAN_OK) {
        return st;
    }
    if (step < 0) {
        st = gan__fail(loss->object.ctx, GAN_E_ARG, "step is %lld, wanted 0 or more",
                       (long long)step);
    } else {
        loss->step = step;
        loss->draw = (uint64_t)step;
    }
    return gan__leave(&call, st);
}

gan_status
gan_loss_penalty(gan_loss *loss, gan_penalty **penalty)
{
    struct gan__call call;
    gan_status st;

    if (penalty != NULL) {
        *penalty = NULL;
    }
    if (loss == NULL) {
        return GAN_E_ARG;
    }
    st = gan__enter(&call, loss->object.ctx, GAN__GROUP_OTHER);
    if (st != GAN_OK) {
        return st;
    }
    if (penalty == NULL) {
        st = gan__null(loss->object.ctx, "penalty");
    } else if (loss->class->penalty != NULL) {
        *penalty = loss->class->penalty(loss);
        gan_penalty_retain(*penalty);
    }
    return gan__leave(&call, st);
}

static gan_status
loss_check(gan_loss *loss, gan_tensor *logits, const char *name)
{
    gan_context *ctx = loss->object.ctx;
    const struct gan__shape *shape = &logits->shape;
    char text[GAN__SHAPE_TEXT_SIZE];

    if (logits->object.ctx != ctx) {
        return gan__fail(ctx, GAN_E_ARG, "loss %s: %s is a tensor of another context",
                         loss->class->head.kind, name);
    }
    if (shape->rank != 2 || shape->size[0] < 1 || shape->size[1] != 1) {
        return gan__fail(
            ctx, GAN_E_SHAPE,
            "loss %s: %s has shape %s, wanted one logit a sample, [N, 1] with N at least 1",
            loss->class->head.kind, name, gan__shape_text(text, shape));
    }
    return GAN_OK;
}

/* One of the two sides, on checked logits. Ops are recorded as made by the loss, so that a search
 * for the first value that is not finite can name it. A user's callback may give up handles. */
static gan_status
loss_side(gan_loss *loss, gan_tensor **out, gan_tensor *real, gan_tensor *generated,
          bool discriminator)
{
    const struct gan__loss_class *class = loss->class;
    gan_context *ctx = loss->object.ctx;
    const char *location = ctx->location;
    gan_tensor *value = NULL;
    gan_status st;

    gan__object_hold(&loss->object);
    gan__object_hold((struct gan__object *)real);
    gan__object_hold(&generated->object);
    ctx->location = class->head.kind;
    if (discriminator) {
        st = class->discriminator(loss, &value, real, generated);
    } else {
        st = class->generator(loss, &value, class->generator_takes_real ? real : NULL, generated);
    }
    ctx->location = location;
    gan__object_release(&generated->object);
    gan__object_release((struct gan__object *)real);
    gan__object_release(&loss->object);
    if (st == GAN_OK) {
        *out = value;
    }
    return st;
}

static gan_status
loss_apply(gan_loss *loss, gan_tensor **out, gan_tensor *real, gan_tensor *generated,
           bool discriminator)
{
    gan_context *ctx = loss->object.ctx;
    gan_status st = GAN_OK;

    if (real == NULL && !discriminator && loss->class->generator_takes_real) {
        return gan__fail(ctx, GAN_E_ARG,
                         "loss %s: real is NULL, and what the generator minimises is made of the "
                         "logits on the last real batch too",
                         loss->class->head.kind);
    }
    if (real != NULL) {
        GAN__TRY(loss_check(loss, real, "real"));
    }
    GAN__TRY(loss_check(loss, generated, "generated"));
    st = loss_side(loss, out, real, generated, discriminator);

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
        st = loss_apply(loss, out, real, generated, discriminator);
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

double
gan__loss_accuracy(const float *real, const float *generated, int64_t count, double threshold)
{
    int64_t right = 0;

    if (count <= 0) {
        return 0;
    }
    for (int64_t i = 0; i < count; i++) {
        right += (double)real[i] > threshold;
        right += (double)generated[i] <= threshold;
    }
    return (double)right / (2 * (double)count);
}
