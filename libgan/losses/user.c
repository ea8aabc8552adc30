/*
 * Losses made by the user: callbacks over ops, registered in a context under a name. What they
 * answer is checked.
 */
#include "losses/loss.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/context.h"

enum { WHAT_SIZE = 128 };

static const struct gan__option user_options[] = {GAN__OPTION_END};

static const char *
what(char buffer[WHAT_SIZE], const gan_loss *loss, const char *callback)
{
    snprintf(buffer, WHAT_SIZE, "the %s callback of %s", callback, loss->class->head.kind);
    return buffer;
}

/* What a callback set: a tensor of this context, with the wanted shape. */
static gan_status
check_output(gan_loss *loss, const gan_tensor *y, const struct gan__shape *wanted,
             const char *callback)
{
    gan_context *ctx = loss->object.ctx;
    char buffer[WHAT_SIZE], texts[2][GAN__SHAPE_TEXT_SIZE];

    if (y == NULL) {
        return gan__fail(ctx, GAN_E_ARG, "%s set no output", what(buffer, loss, callback));
    }
    if (y->object.ctx != ctx) {
        return gan__fail(ctx, GAN_E_ARG, "%s set a tensor of another context",
                         what(buffer, loss, callback));
    }
    if (!gan__shape_equal(&y->shape, wanted)) {
        return gan__fail(ctx, GAN_E_SHAPE, "%s made %s, wanted %s", what(buffer, loss, callback),
                         gan__shape_text(texts[0], &y->shape), gan__shape_text(texts[1], wanted));
    }
    return GAN_OK;
}

/* End a callout; then *out is what the callback gave, if it was right. */
static gan_status
accept(gan_loss *loss, struct gan__callout *callout, gan_status st, int64_t no_grad_depth,
       gan_tensor *y, const struct gan__shape *wanted, const char *callback, gan_tensor **out)
{
    char buffer[WHAT_SIZE];

    st = gan__callout_end(callout, st, what(buffer, loss, callback));
    loss->object.ctx->no_grad_depth = no_grad_depth;
    if (st != GAN_OK) {
        return st; /* a failed call leaves no output */
    }
    st = check_output(loss, y, wanted, callback);
    if (st != GAN_OK) {
        gan_tensor_destroy(y);
        return st;
    }
    *out = y;
    return GAN_OK;
}

static gan_status
run_side(gan_loss *loss, gan_tensor **out, gan_tensor *real, gan_tensor *generated,
         gan_status (*side)(void *, gan_context *, gan_tensor **, gan_tensor *, gan_tensor *),
         const char *callback)
{
    static const struct gan__shape number = {.rank = 0};
    gan_context *ctx = loss->object.ctx;
    const int64_t no_grad_depth = ctx->no_grad_depth;
    struct gan__callout callout;
    gan_tensor *y = NULL;
    gan_status st;

    gan__callout_begin(&callout, ctx, GAN__GROUP_TENSOR);
    st = side(loss->class->user->callbacks.user, ctx, &y, real, generated);
    return accept(loss, &callout, st, no_grad_depth, y, &number, callback, out);
}

static gan_status
user_discriminator(gan_loss *loss, gan_tensor **out, gan_tensor *real, gan_tensor *generated)
{
    return run_side(loss, out, real, generated, loss->class->user->callbacks.discriminator,
                    "discriminator");
}

static gan_status
user_generator(gan_loss *loss, gan_tensor **out, gan_tensor *real, gan_tensor *generated)
{
    return run_side(loss, out, real, generated, loss->class->user->callbacks.generator,
                    "generator");
}

static gan_status
user_probability(gan_loss *loss, gan_tensor **out, gan_tensor *logits)
{
    const gan_loss_callbacks *callbacks = &loss->class->user->callbacks;
    const struct gan__shape shape = logits->shape;
    gan_context *ctx = loss->object.ctx;
    const int64_t no_grad_depth = ctx->no_grad_depth;
    struct gan__callout callout;
    gan_tensor *y = NULL;
    gan_status st;

    gan__callout_begin(&callout, ctx, GAN__GROUP_TENSOR);
    st = callbacks->probability(callbacks->user, ctx, &y, logits);
    return accept(loss, &callout, st, no_grad_depth, y, &shape, "probability", out);
}

static double
user_accuracy(const gan_loss *loss, const float *real, const float *generated, int64_t count)
{
    return gan__loss_accuracy(real, generated, count, loss->class->user->callbacks.threshold);
}

static gan_status
copy_callbacks(gan_context *ctx, gan_loss_callbacks *to, const gan_loss_callbacks *from)
{
    static const struct gan__callbacks type = {
        .type = "gan_loss_callbacks",
        .size = sizeof *to,
        .required = offsetof(gan_loss_callbacks, generator) + sizeof to->generator,
    };
    const gan_status st = gan__callbacks_copy(ctx, &type, to, from);

    if (st != GAN_OK) {
        return st;
    }
    if (to->discriminator == NULL || to->generator == NULL) {
        return gan__fail(ctx, GAN_E_ARG, "callbacks: %s is NULL",
                         to->discriminator == NULL ? "discriminator" : "generator");
    }
    if (to->has_threshold != 0 && !isfinite(to->threshold)) {
        return gan__fail(ctx, GAN_E_ARG, "callbacks: threshold is %s, wanted a finite number",
                         isnan(to->threshold) ? "nan" : "infinite");
    }
    return GAN_OK;
}

static gan_status
register_kind(gan_context *ctx, const char *word, const gan_loss_callbacks *callbacks)
{
    struct gan__registered *node = NULL;
    struct gan__user_loss *kind;
    gan_loss_callbacks copy;
    gan_status st;

    GAN__TRY(copy_callbacks(ctx, &copy, callbacks));
    if (gan__loss_exists(ctx, word)) {
        return gan__fail(ctx, GAN_E_ARG, "there is a loss \"%s\" already", word);
    }
    GAN__TRY(gan__registry_add(ctx, &ctx->loss_kinds, word, sizeof *kind, &node));
    node->release = copy.release;
    node->user = copy.user;
    kind = (struct gan__user_loss *)node;
    kind->callbacks = copy;
    kind->class = (struct gan__loss_class){
        .head = {.kind = node->name,
                 .doc = "registered in this context",
                 .options = user_options,
                 .size = sizeof(gan_loss)},
        .discriminator = user_discriminator,
        .generator = user_generator,
        .generator_takes_real = copy.generator_takes_real != 0,
        .probability = copy.probability != NULL ? user_probability : NULL,
        .accuracy = copy.has_threshold != 0 ? user_accuracy : NULL,
        .user = kind,
    };

fail:
    return st;
}

gan_status
gan_loss_register(gan_context *ctx, const char *kind, const gan_loss_callbacks *callbacks)
{
    struct gan__call call;
    gan_status st = gan__enter(&call, ctx, GAN__GROUP_OTHER);

    if (st != GAN_OK) {
        return st;
    }
    if (kind == NULL || callbacks == NULL) {
        st = gan__null(ctx, kind == NULL ? "kind" : "callbacks");
    } else {
        st = register_kind(ctx, kind, callbacks);
    }
    return gan__leave(&call, st);
}
