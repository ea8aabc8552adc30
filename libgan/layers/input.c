/*
 * input: where tensors come in. It begins a network, or a block of residual or concat, whose
 * incoming tensor it replaces.
 *
 * source=data is the caller's tensor, source=noise is drawn (normal, or uniform in [-1, 1)),
 * source=labels is one-hot rows.
 */
#include "layers/class.h"

#include <string.h>

#include "base/context.h"

enum { NOISE_NONE, NOISE_NORMAL, NOISE_UNIFORM };

struct input {
    gan_layer base;
    struct gan__option_shape shape;
    int32_t source; /* enum gan__source */
    int32_t noise;
    int64_t classes;
};

static const struct gan__option input_options[] = {
    {.name = "shape",
     .type = GAN__OPTION_SHAPE,
     .offset = offsetof(struct input, shape),
     .minimum = 1,
     .maximum = GAN__SIZE_MAX_OPTION,
     .doc = "of one sample, without N; the first line may leave it to gan_layer_build"},
    {.name = "source",
     .type = GAN__OPTION_CHOICE,
     .offset = offsetof(struct input, source),
     .fallback = "data",
     .choices = "data|noise|labels",
     .doc = "what feeds it: the caller, random numbers, or one-hot rows of labels"},
    {.name = "noise",
     .type = GAN__OPTION_CHOICE,
     .offset = offsetof(struct input, noise),
     .fallback = "none",
     .choices = "none|normal|uniform",
     .doc = "the distribution (uniform in [-1, 1)); implies source=noise, normal by default there"},
    {.name = "classes",
     .type = GAN__OPTION_INT,
     .offset = offsetof(struct input, classes),
     .minimum = 0,
     .maximum = GAN__SIZE_MAX_OPTION,
     .fallback = "0",
     .doc = "how many labels there are; required with source=labels"},
    GAN__OPTION_END,
};

static gan_status
check_labels(struct input *self)
{
    gan_context *ctx = self->base.object.ctx;

    if (self->classes < 1) {
        return gan__fail(ctx, GAN_E_ARG, "source=labels needs classes=, how many labels there are");
    }
    if (self->noise != NOISE_NONE) {
        return gan__fail(ctx, GAN_E_ARG, "noise= goes with source=noise, not with source=labels");
    }
    if (self->shape.rank != 0 && (self->shape.rank != 1 || self->shape.size[0] != self->classes)) {
        return gan__fail(ctx, GAN_E_ARG,
                         "source=labels has the shape of its classes, %lld; leave shape= out",
                         (long long)self->classes);
    }
    self->shape.rank = 1;
    self->shape.size[0] = self->classes;
    return GAN_OK;
}

static gan_status
input_check(gan_layer *layer)
{
    struct input *self = (struct input *)layer;

    if (self->shape.rank >= GAN_RANK_MAX) {
        return gan__fail(layer->object.ctx, GAN_E_ARG,
                         "shape has %d sizes, at most %d are possible beside N",
                         (int)self->shape.rank, GAN_RANK_MAX - 1);
    }
    if (self->source == GAN__SOURCE_LABELS) {
        return check_labels(self);
    }
    if (self->classes != 0) {
        return gan__fail(layer->object.ctx, GAN_E_ARG, "classes= goes with source=labels");
    }
    if (self->noise != NOISE_NONE) {
        self->source = GAN__SOURCE_NOISE;
    } else if (self->source == GAN__SOURCE_NOISE) {
        self->noise = NOISE_NORMAL;
    }
    return GAN_OK;
}

static void
input_shape(const struct input *self, struct gan__shape *shape)
{
    memset(shape, 0, sizeof *shape);
    shape->rank = self->shape.rank;
    for (int32_t i = 0; i < shape->rank; i++) {
        shape->size[i] = self->shape.size[i];
    }
}

static gan_status
input_build(gan_layer *layer, const struct gan__shape *in, struct gan__shape *out,
            struct gan__building *building)
{
    const struct input *self = (const struct input *)layer;
    char found[GAN__SHAPE_TEXT_SIZE], wanted[GAN__SHAPE_TEXT_SIZE];
    struct gan__shape own;

    input_shape(self, &own);
    if (own.rank == 0 && in == NULL) {
        return gan__fail(building->ctx, GAN_E_ARG, "an input inside a block needs shape=");
    }
    if (own.rank != 0 && in != NULL && !gan__shape_equal(&own, in)) {
        return gan__fail(building->ctx, GAN_E_SHAPE,
                         "the network is to be built for %s but its input has shape %s",
                         gan__shape_text(found, in), gan__shape_text(wanted, &own));
    }
    *out = own.rank != 0 ? own : *in;
    return GAN_OK;
}

static gan_status
input_run(gan_layer *layer, gan_tensor **out, gan_tensor *x, struct gan__run *run)
{
    (void)x;
    for (int32_t i = 0; i < run->feed_count; i++) {
        if (strcmp(run->feeds[i].name, layer->name != NULL ? layer->name : "input") == 0) {
            *out = gan__same(run->feeds[i].tensor);
            return GAN_OK;
        }
    }
    return gan__fail(run->ctx, GAN_E_INTERNAL, "nothing feeds this input");
}

/* Only what has a meaning for the source; the shape that it was built for where it had none. */
static void
input_print(gan_layer *layer, struct gan__text *out)
{
    static const char *const sources[] = {"data", "noise", "labels"};
    const struct input *self = (const struct input *)layer;
    struct gan__shape shape;

    input_shape(self, &shape);
    if (layer->built) {
        shape = layer->output;
    }
    if (self->source != GAN__SOURCE_LABELS) {
        gan__text_add(out, "%s", shape.rank > 0 ? " shape=" : "");
        gan__shape_print(out, &shape);
    }
    gan__text_add(out, " source=%s", sources[self->source]);
    if (self->source == GAN__SOURCE_NOISE) {
        gan__text_add(out, " noise=%s", self->noise == NOISE_UNIFORM ? "uniform" : "normal");
    }
    if (self->source == GAN__SOURCE_LABELS) {
        gan__text_add(out, " classes=%lld", (long long)self->classes);
    }
}

void
gan__input_describe(const gan_layer *layer, struct gan__input *input)
{
    const struct input *self = (const struct input *)layer;

    input->name = layer->name != NULL ? layer->name : "input";
    input->source = (enum gan__source)self->source;
    input->uniform = self->noise == NOISE_UNIFORM;
    input->classes = self->classes;
    input_shape(self, &input->shape);
}

const struct gan__layer_class gan__layer_class_input = {
    .kind = "input",
    .doc = "where tensors come in; begins a network, or a block, whose incoming tensor it replaces",
    .options = input_options,
    .size = sizeof(struct input),
    .flags = GAN__LAYER_INPUT | GAN__LAYER_TRANSPARENT | GAN__LAYER_MOVES_ONLY,
    .check = input_check,
    .build = input_build,
    .run = input_run,
    .print = input_print,
};
