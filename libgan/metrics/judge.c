/*
 * Making a judge of a network: where its features are taken, whether it can be fed, its text and
 * its hash.
 */
#include "metrics/judge.h"

#include <math.h>
#include <string.h>

#include "base/checked.h"
#include "base/context.h"
#include "base/memory.h"
#include "io/layer_file.h"
#include "layers/class.h"
#include "metrics/features_store.h"
#include "metrics/metric.h"

const struct gan__option gan__judge_table[] = {
    {.name = "name",
     .type = GAN__OPTION_TEXT,
     .offset = offsetof(struct gan__judge_options, name),
     .doc = "what scores call it; default: network, or of a file its name"},
    {.name = "features",
     .type = GAN__OPTION_TEXT,
     .offset = offsetof(struct gan__judge_options, features),
     .doc = "path of the layer whose output is the features; default: the one before the last "
            "dense line"},
    {.name = "scale",
     .type = GAN__OPTION_REAL,
     .offset = offsetof(struct gan__judge_options, scale),
     .minimum = 0,
     .maximum = 1e30,
     .minimum_open = true,
     .fallback = "1",
     .doc = "features are divided by it"},
    {.name = "resize",
     .type = GAN__OPTION_CHOICE,
     .offset = offsetof(struct gan__judge_options, resize),
     .fallback = "none",
     .choices = "none|tf1|torch",
     .doc = "pictures of any size: tf1: bilinear from the corner, (v - 128) / 128; torch: bilinear "
            "between pixels' centres, v / 127.5 - 1"},
    {.name = "round",
     .type = GAN__OPTION_BOOL,
     .offset = offsetof(struct gan__judge_options, round),
     .fallback = "true",
     .doc = "pictures become bytes first, as if they had been saved"},
    {.name = "stacked",
     .type = GAN__OPTION_BOOL,
     .offset = offsetof(struct gan__judge_options, stacked),
     .fallback = "false",
     .doc = "a one-channel network judges each of three channels by itself"},
    GAN__OPTION_END};

void
gan__judge_document(struct gan__text *out)
{
    gan__options_document(out, gan__judge_table);
}

static void
judge_finalize(struct gan__object *object)
{
    gan_judge *judge = (gan_judge *)object;

    gan__options_free(object->ctx, gan__judge_table, &judge->options);
    gan__object_release((struct gan__object *)judge->tap);
    gan__object_release((struct gan__object *)judge->network);
}

static const struct gan__class judge_class = {.name = "judge", .finalize = judge_finalize};

/* The first layer that makes a sample's output depend on the others of its batch. */
static const gan_layer *
find_seeing_batch(const gan_layer *layer)
{
    if ((layer->class->flags & GAN__LAYER_SEES_BATCH) != 0) {
        return layer;
    }
    for (int32_t i = 0; i < layer->child_count; i++) {
        const gan_layer *found = find_seeing_batch(layer->children[i]);
        if (found != NULL) {
            return found;
        }
    }
    return NULL;
}

static gan_status
check_network(gan_layer *network)
{
    gan_context *ctx = network->object.ctx;
    gan_status st = GAN_OK;

    GAN__TRY(gan__layer_must_be_built(network));
    for (int32_t i = 0; i < network->input_count; i++) {
        const struct gan__input *input = &network->inputs[i];
        if (network->input_count > 1 || input->source != GAN__SOURCE_DATA) {
            GAN__TRY(gan__fail(ctx, GAN_E_STATE,
                               "a judge's network has one input, fed by data; this one has %d, "
                               "\"%s\" is fed by %s",
                               (int)network->input_count, input->name,
                               input->source == GAN__SOURCE_DATA    ? "data"
                               : input->source == GAN__SOURCE_NOISE ? "noise"
                                                                    : "labels"));
        }
    }
    const gan_layer *seeing = find_seeing_batch(network);
    if (seeing != NULL) {
        GAN__TRY(gan__fail(ctx, GAN_E_STATE,
                           "layer %s makes what a judge sees in a sample depend on the others of "
                           "its batch",
                           seeing->location));
    }

fail:
    return st;
}

/* The default of `features`: a path that gan_layer_find() takes. */
static gan_status
default_features(gan_layer *network, char **path)
{
    gan_context *ctx = network->object.ctx;
    char buffer[GAN__LAYER_SEGMENT_SIZE];

    for (int32_t i = network->child_count - 1; i > 0; i--) {
        if (strcmp(gan__layer_view(network->children[i]).kind, "dense") == 0) {
            *path = gan__strdup(ctx, gan__layer_segment(buffer, network, i - 1));
            return *path == NULL ? GAN_E_NOMEM : GAN_OK;
        }
    }
    return gan__fail(ctx, GAN_E_ARG,
                     "features: the network has no line `dense` with a layer before it; say the "
                     "path of the layer whose output is wanted");
}

static gan_status
find_tap(gan_judge *judge)
{
    gan_context *ctx = judge->object.ctx;
    struct gan__judge_options *options = &judge->options;
    gan_status st = GAN_OK;

    if (options->features == NULL) {
        GAN__TRY(default_features(judge->network, &options->features));
    }
    st = gan_layer_find(judge->network, &judge->tap, options->features);
    if (st != GAN_OK) {
        gan__fail_prefix(ctx, "features");
        return st;
    }
    gan__object_adopt((struct gan__object *)judge->tap);

fail:
    return st;
}

/* What the options need of the network. */
static gan_status
check_input(const gan_judge *judge)
{
    const struct gan__judge_options *options = &judge->options;
    const struct gan__shape *input = &judge->input;
    gan_context *ctx = judge->object.ctx;
    char text[GAN__SHAPE_TEXT_SIZE];

    if (options->resize != GAN__RESIZE_NONE && input->rank != 3) {
        return gan__fail(ctx, GAN_E_ARG,
                         "resize: the network takes %s, pictures are [height, width, channels]",
                         gan__shape_text(text, input));
    }
    if (options->stacked && (input->rank != 3 || input->size[2] != 1)) {
        return gan__fail(ctx, GAN_E_ARG, "stacked: the network takes %s, wanted [height, width, 1]",
                         gan__shape_text(text, input));
    }
    return GAN_OK;
}

static gan_status
set_sizes(gan_judge *judge)
{
    const struct gan__shape *output = gan__layer_output(judge->network);
    gan_context *ctx = judge->object.ctx;

    judge->stack = judge->options.stacked ? GAN__JUDGE_STACK : 1;
    judge->row = judge->stack * gan__shape_count(gan__layer_output(judge->tap));
    judge->outputs = output->rank == 1 ? output->size[0] : 0;
    judge->classes = judge->options.stacked ? 0 : judge->outputs;
    judge->class_count = judge->outputs;
    for (int64_t i = 1; i < judge->stack && judge->class_count <= INT32_MAX; i++) {
        judge->class_count *= judge->outputs;
    }
    if (judge->options.stacked && judge->class_count > GAN__CLASSES_MAX) {
        return gan__fail(ctx, GAN_E_ARG,
                         "stacked: the network's %lld classes in each of %d channels are more than "
                         "the %d of a sample that can be told apart",
                         (long long)judge->outputs, GAN__JUDGE_STACK, GAN__CLASSES_MAX);
    }
    if (judge->row < 1 || judge->row > GAN__FEATURE_ROWS_MAX || judge->class_count > INT32_MAX) {
        return gan__fail(ctx, GAN_E_ARG,
                         "layer %s gives %lld features and the network %lld classes a sample, "
                         "wanted at least 1 feature and at most %d of each",
                         judge->options.features, (long long)judge->row,
                         (long long)judge->class_count, INT32_MAX);
    }
    return GAN_OK;
}

void
gan__judge_add_text(const gan_judge *judge, struct gan__text *out, bool name)
{
    struct gan__judge_options options = judge->options;
    struct gan__text list;

    if (!name) {
        options.name = NULL; /* what is absent is left out */
    }
    gan__text_init(&list, out->ctx);
    gan__options_print(&list, gan__judge_table, &options);
    if (list.status == GAN_OK) {
        gan__text_add(out, "%s", list.data + 1); /* without the space before the first */
    } else if (out->status == GAN_OK) {
        out->status = list.status;
    }
    gan__text_free(&list);
}

static void
hash_tensors(struct gan__sha256 *hash, gan_layer *network)
{
    const struct gan__layer_tensor *tensors = gan__layer_tensors(network);
    const int64_t count = gan__layer_tensor_count(network);

    for (int64_t i = 0; i < count; i++) {
        const gan_tensor *tensor = tensors[i].tensor;
        gan__sha256_add(hash, tensors[i].name, strlen(tensors[i].name) + 1);
        gan__sha256_add(hash, gan__data(tensor), (size_t)tensor->count * sizeof(float));
    }
}

static gan_status
set_hash(gan_judge *judge)
{
    gan_context *ctx = judge->object.ctx;
    struct gan__sha256 hash;
    struct gan__text options;
    char *network = NULL;
    gan_status st = GAN_OK;

    gan__text_init(&options, ctx);
    gan__judge_add_text(judge, &options, false);
    GAN__TRY(options.status);
    GAN__TRY(gan__layer_text_copy(judge->network, &network));
    gan__sha256_init(&hash);
    gan__sha256_add(&hash, network, strlen(network) + 1);
    hash_tensors(&hash, judge->network);
    gan__sha256_add(&hash, options.data, options.length);
    gan__sha256_text(&hash, judge->hash);

fail:
    gan__free(ctx, network);
    gan__text_free(&options);
    return st;
}

gan_status
gan__judge_make(gan_context *ctx, gan_judge **out, gan_layer *network,
                struct gan__judge_options *options)
{
    gan_judge *judge = gan__object_create(ctx, &judge_class, sizeof *judge);
    gan_status st = GAN_OK;

    if (judge == NULL) {
        gan__options_free(ctx, gan__judge_table, options);
        return GAN_E_NOMEM;
    }
    judge->options = *options;
    *options = (struct gan__judge_options){0};
    GAN__TRY(check_network(network));
    gan__object_hold(&network->object);
    judge->network = network;
    judge->input = network->inputs[0].shape;
    GAN__TRY(check_input(judge));
    GAN__TRY(find_tap(judge));
    GAN__TRY(set_sizes(judge));
    gan__utf8_mend(judge->options.name);
    GAN__TRY(set_hash(judge));
    *out = judge;
    return GAN_OK;

fail:
    gan__object_destroy(&judge->object);
    return st;
}

static gan_status
create(gan_context *ctx, gan_judge **out, gan_layer *network, const char *text)
{
    static const struct gan__option_origin origin = {.kind = "gan_judge_create"};
    struct gan__judge_options options = {0};
    gan_status st = GAN_OK;

    if (network->object.ctx != ctx) {
        return gan__fail(ctx, GAN_E_ARG, "the network is of another context");
    }
    GAN__TRY(gan__options_parse(ctx, gan__judge_table, &options, NULL, NULL, text,
                                text == NULL ? 0 : strlen(text), &origin));
    if (options.name == NULL) {
        options.name = gan__strdup(ctx, "network");
        GAN__TRY(options.name == NULL ? GAN_E_NOMEM : GAN_OK);
    }
    return gan__judge_make(ctx, out, network, &options);

fail:
    gan__options_free(ctx, gan__judge_table, &options);
    return st;
}

gan_status
gan_judge_create(gan_context *ctx, gan_judge **out, gan_layer *network, const char *options)
{
    struct gan__call call;

    if (out != NULL) {
        *out = NULL;
    }
    gan_status st = gan__enter(&call, ctx, GAN__GROUP_OTHER);
    if (st != GAN_OK) {
        return st;
    }
    if (out == NULL) {
        st = gan__null(ctx, "out");
    } else if (network == NULL) {
        st = gan__null(ctx, "network");
    } else {
        st = create(ctx, out, network, options);
    }
    return gan__leave(&call, st);
}

void
gan_judge_retain(gan_judge *judge)
{
    gan__object_retain((struct gan__object *)judge);
}

void
gan_judge_destroy(gan_judge *judge)
{
    gan__object_destroy((struct gan__object *)judge);
}
