/*
 * Sampling a network: noise and labels as functions of the sample's number, computed some samples
 * at a time.
 */
#include "layers/class.h"

#include <string.h>

#include "base/checked.h"
#include "base/context.h"
#include "base/number.h"
#include "base/profile.h"
#include "kernels/kernels.h"

/* The shape [batch, sample...]. */
static struct gan__shape
batch_shape(int64_t batch, const struct gan__shape *sample)
{
    struct gan__shape shape = gan__shape_of(sample->rank + 1, batch, 0, 0, 0);

    for (int32_t i = 0; i < sample->rank; i++) {
        shape.size[i + 1] = sample->size[i];
    }
    return shape;
}

gan_status
gan__layer_noise(gan_context *ctx, gan_tensor **out, const struct gan__input *input, int64_t batch,
                 uint64_t first, struct gan__random random)
{
    const struct gan__shape shape = batch_shape(batch, &input->shape);
    const int64_t each = gan__shape_count(&input->shape);
    const uint64_t room = ((uint64_t)each + 3) / 4 * 4; /* Philox makes four at a time */
    const bool dense = room == (uint64_t)each;
    gan_tensor *noise = NULL;
    struct gan__span span;
    uint64_t last, end;
    gan_status st;

    *out = NULL;
    if (__builtin_add_overflow(first, (uint64_t)batch, &last) ||
        __builtin_mul_overflow(last, room, &end)) {
        return gan__fail(ctx, GAN_E_ARG, "first is %llu, beyond what the random numbers number",
                         (unsigned long long)first);
    }
    GAN__TRY(gan__tensor_create(ctx, &noise, &shape));
    gan__span_begin(&span, ctx, GAN__PHASE_DATA, "noise");
    for (int64_t i = 0; i < (dense ? 1 : batch); i++) {
        float *at = gan__data(noise) + i * each;
        const int64_t count = dense ? noise->count : each;
        const uint64_t position = (first + (uint64_t)i) * room;
        if (input->uniform) {
            gan__fill_uniform(ctx, at, count, random, position);
            gan__unary(ctx, GAN__UNARY_affine, at, at, count, 2, -1);
        } else {
            gan__fill_normal(ctx, at, count, random, position);
        }
    }
    gan__profile_work(ctx, 0, (double)noise->count * sizeof(float));
    gan__span_end(&span);
    *out = noise;

fail:
    return st;
}

gan_status
gan__layer_one_hot(gan_context *ctx, gan_tensor **out, const int32_t *labels, int64_t count,
                   int64_t classes)
{
    const int64_t sizes[2] = {count, classes};
    gan_status st;

    *out = NULL;
    for (int64_t i = 0; i < count; i++) {
        if (labels[i] < 0 || labels[i] >= classes) {
            return gan__fail(ctx, GAN_E_ARG, "label %d is no class, there are 0 to %lld",
                             (int)labels[i], (long long)(classes - 1));
        }
    }
    GAN__TRY(gan_tensor_create(ctx, out, sizes, 2, NULL));
    for (int64_t i = 0; i < count; i++) {
        gan__data(*out)[i * classes + labels[i]] = 1;
    }

fail:
    return st;
}

gan_status
gan__layer_parse_labels(gan_context *ctx, int32_t **labels, int64_t *count, const char *text)
{
    int64_t room = 1;

    *count = 0;
    for (const char *c = text; *c != '\0'; c++) {
        room += *c == ',';
    }
    *labels = gan__alloc_array(ctx, room, sizeof **labels);
    if (*labels == NULL) {
        return GAN_E_NOMEM;
    }
    for (;;) {
        const size_t length = strcspn(text, ",");
        int64_t value = 0;
        if (!gan__integer_parse(text, length, &value) || value < 0 || value > INT32_MAX) {
            return gan__fail(ctx, GAN_E_ARG,
                             "labels has \"%.*s\", wanted classes and commas as in 0,1,2",
                             (int)(length < 40 ? length : 40), text);
        }
        (*labels)[(*count)++] = (int32_t)value;
        if (text[length] == '\0') {
            return GAN_OK;
        }
        text += length + 1;
    }
}

/* The options of gan_layer_generate(). */
struct generate_options {
    uint64_t seed, first;
    char *labels;
    int64_t batch;
    double truncation;
    int64_t interpolation;
    int32_t interpolation_mode;
};

enum { MODE_SPHERICAL, MODE_LINEAR };

static const struct gan__option generate_options[] = {
    {.name = "seed",
     .type = GAN__OPTION_UINT,
     .offset = offsetof(struct generate_options, seed),
     .minimum = 0,
     .maximum = 18446744073709551615.0,
     .doc = "of the noise; default: the context's"},
    {.name = "first",
     .type = GAN__OPTION_UINT,
     .offset = offsetof(struct generate_options, first),
     .minimum = 0,
     .maximum = 1e15,
     .doc = "the number of the first sample; default 0"},
    {.name = "labels",
     .type = GAN__OPTION_TEXT,
     .offset = offsetof(struct generate_options, labels),
     .doc = "classes of the samples in turn, 0,1,2; default: all classes"},
    {.name = "batch",
     .type = GAN__OPTION_INT,
     .offset = offsetof(struct generate_options, batch),
     .minimum = 1,
     .maximum = 1e9,
     .doc = "samples computed at a time; default 64"},
    {.name = "truncation",
     .type = GAN__OPTION_REAL,
     .offset = offsetof(struct generate_options, truncation),
     .doc = "normal numbers of the noise beyond it are drawn again; default 0: none"},
    {.name = "interpolation",
     .type = GAN__OPTION_INT,
     .offset = offsetof(struct generate_options, interpolation),
     .minimum = 0,
     .maximum = 1e9,
     .doc = "samples from one point of the noise to the next; default 0: each sample is a point"},
    {.name = "interpolation_mode",
     .type = GAN__OPTION_CHOICE,
     .offset = offsetof(struct generate_options, interpolation_mode),
     .choices = "spherical|linear",
     .doc = "the way from point to point; uniform noise is always linear"},
    GAN__OPTION_END,
};

/* A generation in progress. */
struct generation {
    gan_context *ctx;
    gan_layer *layer;
    struct generate_options options;
    int32_t *list; /* labels= as numbers */
    int64_t list_count;
    int32_t *labels; /* of the samples of a piece */
    struct gan__feed *feeds;
};

/* A layer whose samples depend on each other; NULL: there is none. */
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

/* Options that have nothing to act on. */
static gan_status
check_use(const struct generation *g, bool labels, bool noise, bool normal)
{
    const char *option = NULL, *wanted = NULL;

    if (!labels && g->options.labels != NULL) {
        option = "labels";
        wanted = "labels";
    } else if (!normal && g->options.truncation != 0) {
        option = "truncation";
        wanted = "normal noise";
    } else if (!noise && g->options.interpolation != 0) {
        option = "interpolation";
        wanted = "noise";
    }
    if (option != NULL) {
        return gan__fail(g->ctx, GAN_E_ARG, "%s is given, but no input takes %s", option, wanted);
    }
    return GAN_OK;
}

/* Before anything is computed: each input can be fed, each label is a class of it. */
static gan_status
check_sources(struct generation *g)
{
    const gan_layer *seeing = find_seeing_batch(g->layer);
    bool labels = false, noise = false, normal = false;

    if (seeing != NULL) {
        return gan__fail(g->ctx, GAN_E_STATE,
                         "layer %s makes a sample depend on the others of its batch; it is for "
                         "discriminators",
                         seeing->location);
    }
    for (int32_t i = 0; i < g->layer->input_count; i++) {
        const struct gan__input *input = &g->layer->inputs[i];
        if (input->source == GAN__SOURCE_DATA) {
            return gan__fail(g->ctx, GAN_E_STATE,
                             "input \"%s\" is fed by data, not by noise or labels; say "
                             "`input ... noise=normal` in the text",
                             input->name);
        }
        labels = labels || input->source == GAN__SOURCE_LABELS;
        noise = noise || input->source == GAN__SOURCE_NOISE;
        normal = normal || (input->source == GAN__SOURCE_NOISE && !input->uniform);
        for (int64_t j = 0; input->source == GAN__SOURCE_LABELS && j < g->list_count; j++) {
            if (g->list[j] >= input->classes) {
                return gan__fail(g->ctx, GAN_E_ARG,
                                 "label %d is no class of input \"%s\", there are 0 to %lld",
                                 (int)g->list[j], input->name, (long long)(input->classes - 1));
            }
        }
    }
    return check_use(g, labels, noise, normal);
}

static gan_status
make_feed(struct generation *g, int32_t index, uint64_t first, int64_t batch)
{
    const struct gan__input *input = &g->layer->inputs[index];
    const uint64_t steps = g->options.interpolation == 0 ? 1 : (uint64_t)g->options.interpolation;
    gan_tensor **out = &g->feeds[index].tensor;

    g->feeds[index].name = input->name;
    if (input->source == GAN__SOURCE_NOISE) {
        const struct gan__random random =
            gan__random_make(g->options.seed, GAN__PURPOSE_GENERATE, gan__hash(input->name), 0);
        const struct gan__latent latent = {
            .truncation = g->options.truncation,
            .steps = g->options.interpolation,
            .linear = g->options.interpolation_mode == MODE_LINEAR,
        };
        return gan__layer_generate_noise(g->ctx, out, input, batch, first, random, &latent);
    }
    for (int64_t i = 0; i < batch; i++) {
        const uint64_t number = (first + (uint64_t)i) / steps; /* of the point */
        g->labels[i] = g->list_count > 0 ? g->list[number % (uint64_t)g->list_count]
                                         : (int32_t)(number % (uint64_t)input->classes);
    }
    return gan__layer_one_hot(g->ctx, out, g->labels, batch, input->classes);
}

/* Samples [first, first + batch) to out. */
static gan_status
generate_piece(struct generation *g, float *out, uint64_t first, int64_t batch)
{
    static const struct gan__pass pass = {.training = false};
    gan_tensor *samples = NULL;
    gan_status st = GAN_OK;

    for (int32_t i = 0; i < g->layer->input_count; i++) {
        GAN__TRY(make_feed(g, i, first, batch));
    }
    GAN__TRY(gan__layer_run(g->layer, &samples, g->feeds, g->layer->input_count, &pass));
    memcpy(out, gan__data(samples), (size_t)samples->count * sizeof(float));

fail:
    gan_tensor_destroy(samples);
    for (int32_t i = 0; i < g->layer->input_count; i++) {
        gan_tensor_destroy(g->feeds[i].tensor);
        g->feeds[i].tensor = NULL;
    }
    return st;
}

static gan_status
generate_all(struct generation *g, float *out, int64_t count)
{
    const int64_t each = gan__shape_count(&g->layer->output);
    const int64_t most = g->options.batch < count ? g->options.batch : count;
    gan_status st;

    if (g->options.labels != NULL) {
        GAN__TRY(gan__layer_parse_labels(g->ctx, &g->list, &g->list_count, g->options.labels));
    }
    GAN__TRY(check_sources(g));
    g->labels = gan__alloc_array(g->ctx, most, sizeof *g->labels);
    g->feeds = gan__alloc_array(g->ctx, g->layer->input_count, sizeof *g->feeds);
    if (g->labels == NULL || g->feeds == NULL) {
        return GAN_E_NOMEM;
    }
    memset(g->feeds, 0, (size_t)g->layer->input_count * sizeof *g->feeds);
    for (int64_t done = 0; done < count;) {
        const int64_t batch = count - done < most ? count - done : most;
        GAN__TRY(generate_piece(g, out + done * each, g->options.first + (uint64_t)done, batch));
        done += batch;
    }

fail:
    return st;
}

gan_status
gan__layer_generate_after(gan_layer *layer, float *out, int64_t count, const char *text,
                          int64_t before)
{
    static const struct gan__option_origin origin = {"gan_layer_generate", 0, 0};
    gan_context *ctx = layer->object.ctx;
    struct generation g = {.ctx = ctx, .layer = layer, .options = {.seed = ctx->seed, .batch = 64}};
    gan_status st, end;

    if (count < 0) {
        return gan__fail(ctx, GAN_E_ARG, "count is %lld, it must be 0 or more", (long long)count);
    }
    if (!layer->built) {
        return gan__fail(ctx, GAN_E_STATE,
                         "the %s is not built; call gan_layer_build() with a sample's shape",
                         gan__layer_kind(layer));
    }
    GAN__TRY(gan__options_update(ctx, generate_options, &g.options, text, &origin));
    g.options.first += (uint64_t)before; /* far from the end: both have their bounds */
    GAN__TRY(gan_no_grad_begin(ctx));
    st = generate_all(&g, out, count);
    end = gan_no_grad_end(ctx);
    st = st == GAN_OK ? end : st;

fail:
    gan__free(ctx, g.feeds);
    gan__free(ctx, g.labels);
    gan__free(ctx, g.list);
    gan__options_free(ctx, generate_options, &g.options);
    return st;
}

gan_status
gan_layer_generate(gan_layer *layer, float *out, int64_t count, const char *options)
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
    gan__object_hold(&layer->object); /* a user's forward may give up the caller's handle */
    st = out == NULL && count != 0 ? gan__null(call.ctx, "out")
                                   : gan__layer_generate_after(layer, out, count, options, 0);
    gan__object_release(&layer->object);
    return gan__leave(&call, st);
}
