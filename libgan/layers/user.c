/*
 * Layers made by the user: callbacks over ops, registered in a context under a name. What they
 * answer is checked.
 */
#include "layers/class.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/context.h"

enum { PARAMETERS_MAX = 1000, WHAT_SIZE = 160 };

struct user_layer {
    gan_layer base;
    const struct gan__kind *kind;
};

static const struct gan__option user_options[] = {
    GAN__OPTION_END,
};

void
gan__user_layer_set(gan_layer *layer, const struct gan__kind *kind)
{
    ((struct user_layer *)layer)->kind = kind;
}

const struct gan__kind *
gan__user_layer_get(const gan_layer *layer)
{
    return layer->class == &gan__layer_class_user ? ((const struct user_layer *)layer)->kind : NULL;
}

static const char *
what(char buffer[WHAT_SIZE], const struct gan__kind *kind, const char *callback)
{
    snprintf(buffer, WHAT_SIZE, "the %s callback of %s", callback, kind->node.name);
    return buffer;
}

static gan_status
ask_shape(const struct gan__kind *kind, gan_context *ctx, const struct gan__shape *in,
          struct gan__shape *out)
{
    int64_t sizes[GAN_RANK_MAX] = {0};
    struct gan__callout callout;
    char buffer[WHAT_SIZE];
    int32_t rank = 0;
    gan_status st;

    if (kind->callbacks.shape == NULL) {
        *out = *in;
        return GAN_OK;
    }
    gan__callout_begin(&callout, ctx, 0);
    st = kind->callbacks.shape(kind->callbacks.user, in->size, in->rank, sizes, &rank);
    GAN__TRY(gan__callout_end(&callout, st, what(buffer, kind, "shape")));
    if (rank < 1 || rank >= GAN_RANK_MAX) {
        return gan__fail(ctx, GAN_E_ARG, "%s gave rank %d, that of a sample is 1 to %d",
                         what(buffer, kind, "shape"), (int)rank, GAN_RANK_MAX - 1);
    }
    for (int32_t i = 0; i < rank; i++) {
        if (sizes[i] < 1) {
            return gan__fail(ctx, GAN_E_SHAPE, "%s gave a size of %lld; sizes are 1 or more",
                             what(buffer, kind, "shape"), (long long)sizes[i]);
        }
    }
    GAN__TRY(gan__shape_make(ctx, out, sizes, rank));

fail:
    return st;
}

static gan_status
ask_count(const struct gan__kind *kind, gan_context *ctx, int32_t *count)
{
    struct gan__callout callout;
    char buffer[WHAT_SIZE];
    gan_status st;

    *count = 0;
    if (kind->callbacks.parameter_count == NULL) {
        return GAN_OK;
    }
    gan__callout_begin(&callout, ctx, 0);
    *count = kind->callbacks.parameter_count(kind->callbacks.user);
    st = gan__callout_end(&callout, GAN_OK, what(buffer, kind, "parameter_count"));
    if (st == GAN_OK && (*count < 0 || *count > PARAMETERS_MAX)) {
        st = gan__fail(ctx, GAN_E_ARG, "%s gave %d, wanted 0 to %d",
                       what(buffer, kind, "parameter_count"), (int)*count, PARAMETERS_MAX);
    }
    return st;
}

static gan_status
check_parameter(gan_layer *layer, const struct gan__kind *kind, const char *name, int32_t rank,
                double deviation)
{
    gan_context *ctx = layer->object.ctx;
    char buffer[WHAT_SIZE];

    if (name == NULL) {
        return gan__fail(ctx, GAN_E_ARG, "%s gave no name, wanted a snake_case word",
                         what(buffer, kind, "parameter"));
    }
    if (!gan__is_word(name)) {
        return gan__fail(ctx, GAN_E_ARG, "%s gave the name \"%.40s\", wanted a snake_case word",
                         what(buffer, kind, "parameter"), name);
    }
    for (int32_t i = 0; i < layer->parameter_count; i++) {
        const struct gan__parameter *other = &layer->parameters[i];
        if (strcmp(other->path + other->name, name) == 0) {
            return gan__fail(ctx, GAN_E_ARG, "%s gave the name \"%s\" twice",
                             what(buffer, kind, "parameter"), name);
        }
    }
    if (rank < 0 || rank > GAN_RANK_MAX) {
        return gan__fail(ctx, GAN_E_ARG, "%s gave rank %d, wanted 0 to %d",
                         what(buffer, kind, "parameter"), (int)rank, GAN_RANK_MAX);
    }
    if (!isfinite(deviation) || deviation < 0) {
        return gan__fail(ctx, GAN_E_ARG, "%s gave a deviation that is not 0 or more",
                         what(buffer, kind, "parameter"));
    }
    return GAN_OK;
}

static gan_status
add_parameter(gan_layer *layer, const struct gan__kind *kind, int32_t index,
              const struct gan__shape *in, struct gan__building *building)
{
    gan_context *ctx = building->ctx;
    struct gan__values values = {.distribution = GAN__NORMAL};
    int64_t sizes[GAN_RANK_MAX] = {0};
    struct gan__callout callout;
    char buffer[WHAT_SIZE];
    struct gan__shape shape;
    const char *name = NULL;
    int32_t rank = 0;
    gan_status st;

    gan__callout_begin(&callout, ctx, 0);
    st = kind->callbacks.parameter(kind->callbacks.user, index, in->size, in->rank, &name, sizes,
                                   &rank, &values.spread);
    GAN__TRY(gan__callout_end(&callout, st, what(buffer, kind, "parameter")));
    GAN__TRY(check_parameter(layer, kind, name, rank, values.spread));
    GAN__TRY(gan__shape_make(ctx, &shape, sizes, rank));
    if (!(values.spread > 0)) {
        values.distribution = GAN__CONSTANT;
    }
    st = gan__layer_add_parameter(layer, building, name, &shape, &values, false);

fail:
    return st;
}

static gan_status
user_build(gan_layer *layer, const struct gan__shape *in, struct gan__shape *out,
           struct gan__building *building)
{
    const struct gan__kind *kind = ((const struct user_layer *)layer)->kind;
    int32_t count = 0;
    gan_status st;

    GAN__TRY(ask_shape(kind, building->ctx, in, out));
    GAN__TRY(ask_count(kind, building->ctx, &count));
    for (int32_t i = 0; i < count; i++) {
        GAN__TRY(add_parameter(layer, kind, i, in, building));
    }

fail:
    return st;
}

/* What a forward returned: a tensor of this context, with the promised shape. */
static gan_status
check_output(gan_layer *layer, const struct gan__kind *kind, const gan_tensor *y, int64_t batch)
{
    gan_context *ctx = layer->object.ctx;
    char buffer[WHAT_SIZE], found[GAN__SHAPE_TEXT_SIZE], wanted[GAN__SHAPE_TEXT_SIZE];
    struct gan__shape shape = gan__shape_of(layer->output.rank + 1, batch, 0, 0, 0);

    if (y == NULL) {
        return gan__fail(ctx, GAN_E_ARG, "%s set no output", what(buffer, kind, "forward"));
    }
    if (y->object.ctx != ctx) {
        return gan__fail(ctx, GAN_E_ARG, "%s set a tensor of another context",
                         what(buffer, kind, "forward"));
    }
    for (int32_t i = 0; i < layer->output.rank; i++) {
        shape.size[i + 1] = layer->output.size[i];
    }
    if (!gan__shape_equal(&shape, &y->shape)) {
        return gan__fail(ctx, GAN_E_SHAPE, "%s made %s, its shape callback promised %s",
                         what(buffer, kind, "forward"), gan__shape_text(found, &y->shape),
                         gan__shape_text(wanted, &shape));
    }
    return GAN_OK;
}

static gan_status
user_run(gan_layer *layer, gan_tensor **out, gan_tensor *x, struct gan__run *run)
{
    const struct gan__kind *kind = ((const struct user_layer *)layer)->kind;
    gan_context *ctx = run->ctx;
    const int64_t no_grad_depth = ctx->no_grad_depth;
    gan_tensor **parameters, *y = NULL;
    struct gan__callout callout;
    char buffer[WHAT_SIZE];
    gan_status st;

    parameters = gan__alloc_array(ctx, layer->parameter_count, sizeof(gan_tensor *));
    if (parameters == NULL) {
        return GAN_E_NOMEM;
    }
    for (int32_t i = 0; i < layer->parameter_count; i++) {
        parameters[i] = layer->parameters[i].tensor;
    }
    gan__callout_begin(&callout, ctx, GAN__GROUP_TENSOR);
    st = kind->callbacks.forward(kind->callbacks.user, ctx, &y, x, parameters,
                                 layer->parameter_count, run->pass->training ? 1 : 0);
    st = gan__callout_end(&callout, st, what(buffer, kind, "forward"));
    ctx->no_grad_depth = no_grad_depth;
    gan__free(ctx, parameters);
    if (st != GAN_OK) {
        return st; /* a failed call leaves no output */
    }
    st = check_output(layer, kind, y, x->shape.size[0]);
    if (st != GAN_OK) {
        gan_tensor_destroy(y);
        return st;
    }
    *out = y;
    return GAN_OK;
}

const struct gan__layer_class gan__layer_class_user = {
    .kind = "user",
    .doc = "made by the user",
    .options = user_options,
    .size = sizeof(struct user_layer),
    .flags = GAN__LAYER_HAS_PARAMETERS,
    .build = user_build,
    .run = user_run,
};
