/*
 * A penalty's value: points, D's output there, the gradient of its sum by the points with its own
 * graph, and what the kind makes of the squared norms. What comes out is differentiated by D's
 * weights like anything else.
 */
#include <string.h>

#include "base/context.h"
#include "layers/layer.h"
#include "losses/square_penalty.h"

/* Leaves that D was run on, or is to be run on here. */
struct place {
    gan_tensor *samples, *logits; /* handles */
};

static gan_status
find_samples(gan_penalty *penalty, struct place *place, const struct gan__seen *real,
             const struct gan__seen *generated, uint64_t draw)
{
    const struct gan__penalty_class *class = penalty->class;
    const struct gan__seen *seen = class->where == GAN__PENALTY_GENERATED ? generated : real;
    gan_context *ctx = penalty->object.ctx;
    gan_status st = GAN_OK;

    if (class->where == GAN__PENALTY_OWN) {
        GAN__TRY(class->points(
            penalty, &place->samples, real->samples, generated->samples,
            gan__random_make(ctx->seed, GAN__PURPOSE_PENALTY, draw, gan__hash(class->head.kind))));
    } else if (seen->logits == NULL) {
        GAN__TRY(gan_tensor_detach(seen->samples, &place->samples));
    } else {
        gan_tensor_retain(seen->samples);
        gan_tensor_retain(seen->logits);
        *place = (struct place){seen->samples, seen->logits};
        return GAN_OK;
    }
    GAN__TRY(gan_tensor_set_requires_grad(place->samples, 1));

fail:
    return st;
}

/* The squared norm of each sample's gradient, [N]. */
static gan_status
squared_norms(gan_context *ctx, gan_tensor **out, struct place *place)
{
    static const int32_t axes[] = {1, 2, 3, 4, 5, 6, 7, 8};
    const struct gan__shape *shape = &place->samples->shape;
    gan_tensor *gradient = NULL, *square = NULL;
    gan_status st = GAN_OK;

    if (place->logits->requires_grad) {
        GAN__TRY(gan_grad(ctx, &gradient, &place->logits, 1, &place->samples, 1, 1));
    }
    if (gradient == NULL) { /* D does not look at its input */
        GAN__TRY(gan_tensor_create(ctx, out, shape->size, 1, NULL));
    } else {
        GAN__TRY(gan_square(ctx, &square, gradient));
        GAN__TRY(gan_sum(ctx, out, square, axes, shape->rank - 1, 0));
    }

fail:
    gan_tensor_destroy(gradient);
    gan_tensor_destroy(square);
    return st;
}

/* Recording is on. */
static gan_status
compute(gan_penalty *penalty, gan_tensor **out, const struct gan__critic *critic,
        struct place *place, int64_t step)
{
    gan_context *ctx = penalty->object.ctx;
    const double interval = (double)penalty->common.interval;
    gan_tensor *squares = NULL, *value = NULL;
    gan_status st = GAN_OK;

    if (place->logits == NULL) {
        GAN__TRY(critic->run(critic->user, &place->logits, place->samples));
    }
    GAN__TRY(squared_norms(ctx, &squares, place));
    GAN__TRY(penalty->class->value(penalty, &value, squares, step));
    if (interval > 1) {
        GAN__TRY(gan_affine(ctx, out, value, interval, 0));
    } else {
        *out = value;
        value = NULL;
    }

fail:
    gan_tensor_destroy(squares);
    gan_tensor_destroy(value);
    return st;
}

gan_status
gan__penalty_value(gan_penalty *penalty, gan_tensor **out, const struct gan__critic *critic,
                   const struct gan__seen *real, const struct gan__seen *generated, int64_t step,
                   uint64_t draw)
{
    gan_context *ctx = penalty->object.ctx;
    const int64_t no_grad_depth = ctx->no_grad_depth;
    const char *location = ctx->location;
    struct place place = {NULL, NULL};
    gan_tensor *value = NULL;
    gan_status st = GAN_OK;

    *out = NULL;
    ctx->no_grad_depth = 0; /* the gradient is part of the value */
    ctx->location = penalty->class->head.kind;
    GAN__TRY(find_samples(penalty, &place, real, generated, draw));
    GAN__TRY(compute(penalty, &value, critic, &place, step));
    if (no_grad_depth > 0) {
        GAN__TRY(gan_tensor_detach(value, out));
    } else {
        *out = value;
        value = NULL;
    }

fail:
    ctx->no_grad_depth = no_grad_depth;
    ctx->location = location;
    gan_tensor_destroy(value);
    gan_tensor_destroy(place.samples);
    gan_tensor_destroy(place.logits);
    return st;
}

gan_status
gan__square_penalty_value(gan_penalty *penalty, gan_tensor **out, gan_tensor *squares, int64_t step,
                          double scale)
{
    const struct gan__square_penalty *self = (const struct gan__square_penalty *)penalty;
    gan_context *ctx = penalty->object.ctx;
    gan_tensor *mean = NULL;
    gan_status st = GAN_OK;

    GAN__TRY(gan_mean(ctx, &mean, squares, NULL, 0, 0));
    GAN__TRY(gan_affine(ctx, out, mean, scale * gan__schedule_at(&self->weight, step), 0));

fail:
    gan_tensor_destroy(mean);
    return st;
}

/* ---- the public call, outside a trainer ---- */

struct apply {
    gan_penalty *penalty;
    gan_layer *discriminator;
    int64_t step;
};

static gan_status
run_discriminator(void *user, gan_tensor **logits, gan_tensor *samples)
{
    const struct apply *apply = user;
    gan_context *ctx = apply->penalty->object.ctx;
    const struct gan__feed feed = {gan__layer_input(apply->discriminator, 0)->name, samples};
    const struct gan__pass pass = {.training = true,
                                   .dropout = gan__random_make(ctx->seed, GAN__PURPOSE_DROPOUT,
                                                               (uint64_t)apply->step,
                                                               gan__hash("penalty"))};
    char text[GAN__SHAPE_TEXT_SIZE];
    gan_tensor *found = NULL;
    gan_status st;

    GAN__TRY(gan__layer_run(apply->discriminator, &found, &feed, 1, &pass));
    if (found->shape.rank != 2 || found->shape.size[0] != samples->shape.size[0] ||
        found->shape.size[1] != 1) {
        st = gan__fail(ctx, GAN_E_SHAPE,
                       "penalty %s: the discriminator gives %s, wanted one logit a sample, [N, 1]",
                       apply->penalty->class->head.kind, gan__shape_text(text, &found->shape));
        goto fail;
    }
    *logits = found;
    return GAN_OK;

fail:
    gan_tensor_destroy(found);
    return st;
}

static gan_status
check_network(const struct apply *apply)
{
    gan_context *ctx = apply->penalty->object.ctx;
    const char *kind = apply->penalty->class->head.kind;
    gan_layer *discriminator = apply->discriminator;

    if (((struct gan__object *)discriminator)->ctx != ctx) {
        return gan__fail(ctx, GAN_E_ARG, "penalty %s: the discriminator is of another context",
                         kind);
    }
    if (!gan__layer_is_built(discriminator)) {
        return gan__fail(ctx, GAN_E_STATE,
                         "penalty %s: the discriminator is not built; call gan_layer_build() with "
                         "a sample's shape",
                         kind);
    }
    if (gan__layer_input_count(discriminator) != 1) {
        return gan__fail(ctx, GAN_E_ARG,
                         "penalty %s: the discriminator must have one input, fed by data; it has "
                         "%d inputs",
                         kind, (int)gan__layer_input_count(discriminator));
    }
    if (gan__layer_input(discriminator, 0)->source != GAN__SOURCE_DATA) {
        return gan__fail(ctx, GAN_E_ARG,
                         "penalty %s: the discriminator must have one input, fed by data; its "
                         "input is noise or labels",
                         kind);
    }
    return gan__penalty_check(apply->penalty, discriminator);
}

static bool
is_sample_of(gan_layer *discriminator, const struct gan__shape *batch)
{
    const struct gan__shape *sample = &gan__layer_input(discriminator, 0)->shape;

    return batch->rank == sample->rank + 1 &&
           memcmp(&batch->size[1], sample->size, (size_t)sample->rank * sizeof(int64_t)) == 0;
}

static gan_status
check_batches(const struct apply *apply, gan_tensor *real, gan_tensor *generated)
{
    gan_context *ctx = apply->penalty->object.ctx;
    const char *kind = apply->penalty->class->head.kind;
    char texts[2][GAN__SHAPE_TEXT_SIZE];

    if (real->object.ctx != ctx || generated->object.ctx != ctx) {
        return gan__fail(ctx, GAN_E_ARG, "penalty %s: %s is a tensor of another context", kind,
                         real->object.ctx != ctx ? "real" : "generated");
    }
    if (!gan__shape_equal(&real->shape, &generated->shape) || real->shape.rank < 2 ||
        real->count < 1) {
        return gan__fail(ctx, GAN_E_SHAPE,
                         "penalty %s: real is %s and generated is %s, wanted two batches of one "
                         "shape, with at least one sample",
                         kind, gan__shape_text(texts[0], &real->shape),
                         gan__shape_text(texts[1], &generated->shape));
    }
    if (!is_sample_of(apply->discriminator, &real->shape)) {
        const struct gan__input *input = gan__layer_input(apply->discriminator, 0);
        return gan__fail(ctx, GAN_E_SHAPE,
                         "penalty %s: the batches are %s, the discriminator was built for samples "
                         "of %s, with N before it",
                         kind, gan__shape_text(texts[0], &real->shape),
                         gan__shape_text(texts[1], &input->shape));
    }
    if (apply->step < 0) {
        return gan__fail(ctx, GAN_E_ARG, "penalty %s: step is %lld, wanted 0 or more", kind,
                         (long long)apply->step);
    }
    return GAN_OK;
}

static gan_status
apply_checked(struct apply *apply, gan_tensor **out, gan_tensor *real, gan_tensor *generated)
{
    const struct gan__critic critic = {run_discriminator, apply};
    const struct gan__seen seen[2] = {{real, NULL}, {generated, NULL}};

    if (!gan__penalty_due(apply->penalty, apply->step)) {
        return gan_tensor_create(apply->penalty->object.ctx, out, NULL, 0, NULL);
    }
    return gan__penalty_value(apply->penalty, out, &critic, &seen[0], &seen[1], apply->step,
                              (uint64_t)apply->step);
}

/* A user's layer in D may give up the caller's handles. */
static gan_status
penalty_apply(struct apply *apply, gan_tensor **out, gan_tensor *real, gan_tensor *generated)
{
    struct gan__object *held[] = {&apply->penalty->object,
                                  (struct gan__object *)apply->discriminator, &real->object,
                                  &generated->object};
    enum { HELD = sizeof held / sizeof held[0] };
    gan_status st;

    GAN__TRY(check_network(apply));
    GAN__TRY(check_batches(apply, real, generated));
    for (int i = 0; i < HELD; i++) {
        gan__object_hold(held[i]);
    }
    st = apply_checked(apply, out, real, generated);
    for (int i = 0; i < HELD; i++) {
        gan__object_release(held[i]);
    }

fail:
    return st;
}

gan_status
gan_penalty_apply(gan_penalty *penalty, gan_tensor **out, gan_layer *discriminator,
                  gan_tensor *real, gan_tensor *generated, int64_t step)
{
    struct apply apply = {penalty, discriminator, step};
    struct gan__call call;
    gan_status st;

    if (out != NULL) {
        *out = NULL;
    }
    if (penalty == NULL) {
        return GAN_E_ARG;
    }
    st = gan__enter(&call, penalty->object.ctx, GAN__GROUP_OTHER);
    if (st != GAN_OK) {
        return st;
    }
    if (out == NULL) {
        st = gan__null(call.ctx, "out");
    } else if (discriminator == NULL) {
        st = gan__null(call.ctx, "discriminator");
    } else if (real == NULL || generated == NULL) {
        st = gan__null(call.ctx, real == NULL ? "real" : "generated");
    } else {
        st = penalty_apply(&apply, out, real, generated);
    }
    return gan__leave(&call, st);
}
