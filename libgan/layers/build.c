/*
 * Building: paths, shapes, parameters and their initial values for a whole tree, or nothing at all.
 * First the shapes of all, then the tensors: a text that does not fit together costs no memory.
 */
#include "layers/class.h"

#include <stdio.h>
#include <string.h>

#include "base/context.h"

static char *
join_path(gan_context *ctx, const char *path, const char *segment)
{
    const size_t size = strlen(path) + strlen(segment) + 2;
    char *joined = gan__alloc(ctx, size);

    if (joined != NULL) {
        snprintf(joined, size, "%s%s%s", path, path[0] != '\0' ? "." : "", segment);
    }
    return joined;
}

static char *
make_location(gan_context *ctx, const char *path, const char *kind)
{
    const size_t size = strlen(path) + strlen(kind) + 4;
    char *location = gan__alloc(ctx, size);

    if (location != NULL) {
        snprintf(location, size, path[0] != '\0' ? "%s (%s)" : "%s%s", path, kind);
    }
    return location;
}

void
gan__layer_unbuild(gan_layer *layer, bool deep)
{
    gan_context *ctx = layer->object.ctx;

    for (int32_t i = 0; i < layer->parameter_count; i++) {
        gan__object_release((struct gan__object *)layer->parameters[i].tensor);
        gan__free(ctx, layer->parameters[i].path);
    }
    gan__free(ctx, layer->parameters);
    gan__free(ctx, layer->tensors);
    gan__free(ctx, layer->inputs);
    gan__free(ctx, layer->location);
    gan__free(ctx, layer->path);
    layer->parameters = NULL;
    layer->tensors = NULL;
    layer->inputs = NULL;
    layer->location = NULL;
    layer->path = NULL;
    layer->parameter_count = layer->parameter_capacity = 0;
    layer->tensor_count = 0;
    layer->input_count = 0;
    layer->built = false;
    for (int32_t i = 0; deep && i < layer->child_count; i++) {
        gan__layer_unbuild(layer->children[i], true);
    }
}

void
gan__layer_fail_prefix(const gan_layer *layer)
{
    gan_context *ctx = layer->object.ctx;
    const char *kind = gan__layer_kind(layer);

    if (layer->line > 0) {
        gan__fail_prefix(ctx, "line %d (%s)", (int)layer->line, kind);
    } else if (layer->path != NULL && layer->path[0] != '\0') {
        gan__fail_prefix(ctx, "layer %s (%s)", layer->path, kind);
    } else {
        gan__fail_prefix(ctx, "%s", kind);
    }
}

gan_status
gan__layer_fail_shape(gan_layer *layer, const struct gan__shape *in, const char *takes,
                      const char *advice)
{
    char text[GAN__SHAPE_TEXT_SIZE];

    return gan__fail(layer->object.ctx, GAN_E_SHAPE, "input is %s but %s takes %s; %s",
                     gan__shape_text(text, in), gan__layer_kind(layer), takes, advice);
}

static gan_status
grow_parameters(gan_layer *layer)
{
    const int32_t capacity = layer->parameter_capacity == 0 ? 4 : 2 * layer->parameter_capacity;
    struct gan__parameter *parameters;

    if (layer->parameter_count < layer->parameter_capacity) {
        return GAN_OK;
    }
    parameters = gan__alloc_array(layer->object.ctx, capacity, sizeof *parameters);
    if (parameters == NULL) {
        return GAN_E_NOMEM;
    }
    for (int32_t i = 0; i < layer->parameter_count; i++) {
        parameters[i] = layer->parameters[i];
    }
    gan__free(layer->object.ctx, layer->parameters);
    layer->parameters = parameters;
    layer->parameter_capacity = capacity;
    return GAN_OK;
}

/* For a network out of a file: it must not ask for more numbers than the file holds. */
static gan_status
take_room(struct gan__building *building, const struct gan__shape *shape)
{
    const int64_t count = gan__shape_count(shape);
    char text[GAN__SHAPE_TEXT_SIZE];

    if (building->limited && (count < 0 || count > building->room)) {
        return gan__fail(building->ctx, GAN_E_FORMAT,
                         "the network has more parameters than the file has numbers");
    }
    if (count < 0) {
        return gan__fail(building->ctx, GAN_E_SHAPE, "a parameter %s is too large to address",
                         gan__shape_text(text, shape));
    }
    building->room -= building->limited ? count : 0;
    return GAN_OK;
}

gan_status
gan__layer_add_parameter(gan_layer *layer, struct gan__building *building, const char *name,
                         const struct gan__shape *shape, const struct gan__values *values,
                         bool buffer)
{
    struct gan__parameter parameter = {.shape = *shape, .values = *values, .buffer = buffer};
    gan_status st;

    GAN__TRY(take_room(building, shape));
    GAN__TRY(grow_parameters(layer));
    parameter.path = join_path(building->ctx, layer->path, name);
    if (parameter.path == NULL) {
        return GAN_E_NOMEM;
    }
    parameter.name = strlen(parameter.path) - strlen(name);
    layer->parameters[layer->parameter_count++] = parameter;

fail:
    return st;
}

/* How many bytes of a full path come before the names that a layer gives. */
static size_t
prefix_length(const gan_layer *layer)
{
    const size_t length = strlen(layer->path);

    return length == 0 ? 0 : length + 1;
}

/* Its own tensors, then its children's, all under names from here. */
static gan_status
list_tensors(gan_layer *layer)
{
    int64_t count = layer->parameter_count;

    for (int32_t i = 0; i < layer->child_count; i++) {
        count += layer->children[i]->tensor_count;
    }
    layer->tensors = gan__alloc_array(layer->object.ctx, count, sizeof *layer->tensors);
    if (layer->tensors == NULL) {
        return GAN_E_NOMEM;
    }
    for (int32_t i = 0; i < layer->parameter_count; i++) {
        const struct gan__parameter *p = &layer->parameters[i];
        layer->tensors[layer->tensor_count++] = (struct gan__layer_tensor){
            p->tensor, p->path + prefix_length(layer), p->buffer, !p->buffer && !layer->frozen};
    }
    for (int32_t i = 0; i < layer->child_count; i++) {
        const gan_layer *child = layer->children[i];
        for (int64_t j = 0; j < child->tensor_count; j++) {
            struct gan__layer_tensor tensor = child->tensors[j];
            tensor.name -= prefix_length(child) - prefix_length(layer);
            layer->tensors[layer->tensor_count++] = tensor;
        }
    }
    return GAN_OK;
}

/* What comes in, if that is used, as the first; then the input lines. */
static gan_status
list_inputs(gan_layer *layer)
{
    const bool takes = gan__layer_takes_incoming(layer);
    int32_t count = 1;

    for (int32_t i = 0; i < layer->child_count; i++) {
        count += layer->children[i]->input_count;
    }
    layer->inputs = gan__alloc_array(layer->object.ctx, count, sizeof *layer->inputs);
    if (layer->inputs == NULL) {
        return GAN_E_NOMEM;
    }
    if (takes) {
        layer->inputs[layer->input_count++] =
            (struct gan__input){.name = "input", .shape = layer->input};
    }
    if ((layer->class->flags & GAN__LAYER_INPUT) != 0) {
        gan__input_describe(layer, &layer->inputs[layer->input_count]);
        layer->inputs[layer->input_count++].shape = layer->output;
    }
    for (int32_t i = 0; i < layer->child_count; i++) {
        const gan_layer *child = layer->children[i];
        for (int32_t j = gan__layer_takes_incoming(child) ? 1 : 0; j < child->input_count; j++) {
            layer->inputs[layer->input_count++] = child->inputs[j];
        }
    }
    return GAN_OK;
}

/* Say which layer failed, once. */
static gan_status
name_layer(const gan_layer *layer, struct gan__building *building, gan_status st)
{
    if (!building->named) {
        gan__layer_fail_prefix(layer);
        building->named = true;
    }
    return st;
}

/* Takes over path, which may be NULL: no memory. */
static gan_status
build_layer(gan_layer *layer, char *path, bool frozen, const struct gan__shape *in,
            struct gan__shape *out, struct gan__building *building)
{
    char text[GAN__SHAPE_TEXT_SIZE];
    gan_status st = GAN_OK;

    layer->path = path;
    if (path == NULL) {
        return GAN_E_NOMEM;
    }
    layer->location = make_location(building->ctx, path, gan__layer_kind(layer));
    if (layer->location == NULL) {
        return GAN_E_NOMEM;
    }
    layer->frozen = frozen || !layer->trainable;
    layer->input = in != NULL ? *in : gan__shape_of(0, 0, 0, 0, 0);
    GAN__TRY(layer->class->build(layer, in, out, building));
    if (gan__shape_count(out) < 0) {
        st = gan__fail(building->ctx, GAN_E_SHAPE, "output %s is too large to address",
                       gan__shape_text(text, out));
        goto fail;
    }
    layer->output = *out;
    GAN__TRY(list_inputs(layer));
    return GAN_OK;

fail:
    return name_layer(layer, building, st);
}

static gan_status
fill_parameter(const gan_layer *layer, struct gan__parameter *parameter,
               const struct gan__building *building)
{
    gan_status st;

    GAN__TRY(gan__tensor_create(building->ctx, &parameter->tensor, &parameter->shape));
    gan__object_adopt((struct gan__object *)parameter->tensor);
    if (building->draw) {
        GAN__TRY(
            gan__initial_draw(building, parameter->tensor, &parameter->values, parameter->path));
    }
    parameter->tensor->requires_grad = !parameter->buffer && !layer->frozen;

fail:
    return st;
}

/* The tensors of a tree whose shapes are known. */
static gan_status
fill_layer(gan_layer *layer, struct gan__building *building)
{
    gan_status st = GAN_OK;

    for (int32_t i = 0; i < layer->parameter_count; i++) {
        GAN__TRY(fill_parameter(layer, &layer->parameters[i], building));
    }
    if (building->draw) {
        gan__weighted_drawn(layer);
    }
    for (int32_t i = 0; i < layer->child_count; i++) {
        GAN__TRY(fill_layer(layer->children[i], building));
    }
    GAN__TRY(list_tensors(layer));
    layer->built = true;
    return GAN_OK;

fail:
    return name_layer(layer, building, st);
}

gan_status
gan__layer_build_child(gan_layer *layer, int32_t index, const struct gan__shape *in,
                       struct gan__shape *out, struct gan__building *building)
{
    char buffer[GAN__LAYER_SEGMENT_SIZE];
    const char *segment = gan__layer_segment(buffer, layer, index);

    return build_layer(layer->children[index], join_path(building->ctx, layer->path, segment),
                       layer->frozen, in, out, building);
}

gan_status
gan__layer_build_root(gan_layer *layer, const struct gan__shape *shape,
                      struct gan__building *building)
{
    struct gan__shape out;
    gan_status st;

    GAN__TRY(gan__layer_check_structure(layer));
    if (shape == NULL && gan__layer_takes_incoming(layer)) {
        return gan__fail(building->ctx, GAN_E_ARG,
                         "a shape is needed: the text does not begin with an input that has one");
    }
    gan__layer_resolve(layer);
    st = build_layer(layer, gan__strdup(building->ctx, ""), false, shape, &out, building);
    if (st == GAN_OK) {
        st = fill_layer(layer, building);
    }
    if (st != GAN_OK) {
        gan__layer_unbuild(layer, true);
    }

fail:
    return st;
}

/* The options of gan_layer_build(). */
struct build_options {
    uint64_t seed;
};

static const struct gan__option build_options[] = {
    {.name = "seed",
     .type = GAN__OPTION_UINT,
     .offset = offsetof(struct build_options, seed),
     .minimum = 0,
     .maximum = 18446744073709551615.0,
     .doc = "of the initial values; default: the context's"},
    GAN__OPTION_END,
};

static gan_status
sample_shape(gan_context *ctx, struct gan__shape *shape, const int64_t *sizes, int32_t rank)
{
    gan_status st;

    if (rank < 1 || rank >= GAN_RANK_MAX) {
        return gan__fail(ctx, GAN_E_ARG, "rank is %d, that of a sample is 1 to %d", (int)rank,
                         GAN_RANK_MAX - 1);
    }
    GAN__TRY(gan__shape_make(ctx, shape, sizes, rank));
    for (int32_t i = 0; i < rank; i++) {
        if (sizes[i] < 1) {
            return gan__fail(ctx, GAN_E_SHAPE, "shape has a size of %lld; sizes are 1 or more",
                             (long long)sizes[i]);
        }
    }

fail:
    return st;
}

static gan_status
layer_build(gan_layer *layer, const int64_t *sizes, int32_t rank, const char *text)
{
    static const struct gan__option_origin origin = {"gan_layer_build", 0, 0};
    gan_context *ctx = layer->object.ctx;
    struct build_options options = {ctx->seed};
    struct gan__building building = {.ctx = ctx, .number = layer->number, .draw = true};
    struct gan__shape shape;
    gan_status st;

    if (layer->built) {
        return gan__fail(ctx, GAN_E_STATE, "the %s is built already", gan__layer_kind(layer));
    }
    if (layer->parent != NULL) {
        return gan__fail(ctx, GAN_E_STATE, "the %s is part of a network; build that",
                         gan__layer_kind(layer));
    }
    GAN__TRY(gan__options_update(ctx, build_options, &options, text, &origin));
    building.seed = options.seed;
    if (sizes == NULL && rank == 0) {
        return gan__layer_build_root(layer, NULL, &building);
    }
    if (sizes == NULL) {
        return gan__null(ctx, "shape");
    }
    GAN__TRY(sample_shape(ctx, &shape, sizes, rank));
    st = gan__layer_build_root(layer, &shape, &building);

fail:
    return st;
}

gan_status
gan_layer_build(gan_layer *layer, const int64_t *shape, int32_t rank, const char *options)
{
    struct gan__call call;
    gan_status st;

    if (layer == NULL) {
        return GAN_E_ARG;
    }
    st = gan__enter(&call, layer->object.ctx, GAN__GROUP_LAYER);
    if (st != GAN_OK) {
        return st;
    }
    gan__object_hold(&layer->object); /* a user's callback may give up the caller's handle */
    st = layer_build(layer, shape, rank, options);
    gan__object_release(&layer->object);
    return gan__leave(&call, st);
}
