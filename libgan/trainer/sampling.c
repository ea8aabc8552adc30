/*
 * Looking at a training without touching it: samples, probabilities, the averaged generator.
 * Everything runs in eval mode on streams of its own, and nothing here moves a counter of the
 * training.
 */
#include "trainer/trainer.h"

#include <string.h>

#include "base/memory.h"

enum { STATISTICS_PASSES = 16 };

/* ---- the average ---- */

/* The average's parameters never met its running statistics: estimate those anew, once for each
 * state of the parameters. */
gan_status
gan__trainer_estimate(gan_trainer *trainer)
{
    gan_context *ctx = gan__trainer_context(trainer);
    gan_status st;

    if (trainer->average == NULL || !trainer->average_has_statistics ||
        trainer->average_is_estimated) {
        return GAN_OK;
    }
    ctx->network = "average";
    st = gan__layer_estimate_statistics(trainer->average, trainer->options.batch, STATISTICS_PASSES,
                                        NULL, ctx->seed);
    ctx->network = NULL;
    trainer->average_is_estimated = st == GAN_OK;
    return st;
}

gan_status
gan_trainer_average(gan_trainer *trainer, gan_layer **average)
{
    gan_context *ctx;
    struct gan__call call;
    gan_status st;

    if (average != NULL) {
        *average = NULL;
    }
    if (trainer == NULL) {
        return GAN_E_ARG;
    }
    ctx = gan__trainer_context(trainer);
    st = gan__enter(&call, ctx, GAN__GROUP_TRAINER_READ);
    if (st != GAN_OK) {
        return st;
    }
    gan_trainer_retain(trainer); /* a layer's callback may give up the caller's handle */
    st = average == NULL ? gan__null(ctx, "average") : gan__trainer_estimate(trainer);
    if (st == GAN_OK) {
        st = gan__layer_clone(
            trainer->average != NULL ? trainer->average : trainer->generator.network, average);
    }
    st = gan__leave(&call, st);
    gan_trainer_destroy(trainer);
    return st;
}

/* ---- samples ---- */

struct generate_options {
    bool average;
};
static const struct gan__option generate_table[] = {
    {.name = "average",
     .type = GAN__OPTION_BOOL,
     .offset = offsetof(struct generate_options, average),
     .fallback = "true",
     .doc = "sample the averaged generator"},
    GAN__OPTION_END};

/* gan_layer_generate()'s own options, handed on as they are. */
struct handed_on {
    char *seed, *first, *labels, *batch, *truncation, *interpolation, *interpolation_mode;
};
#define HANDED_ON(word)                                                                            \
    {                                                                                              \
        .name = #word, .type = GAN__OPTION_TEXT, .offset = offsetof(struct handed_on, word),       \
        .doc = ""                                                                                  \
    }
static const struct gan__option handed_on_table[] = {HANDED_ON(seed),
                                                     HANDED_ON(first),
                                                     HANDED_ON(labels),
                                                     HANDED_ON(batch),
                                                     HANDED_ON(truncation),
                                                     HANDED_ON(interpolation),
                                                     HANDED_ON(interpolation_mode),
                                                     GAN__OPTION_END};

static gan_status
generate(gan_trainer *trainer, float *out, int64_t count, const char *options)
{
    static const struct gan__option_origin origin = {.kind = "gan_trainer_generate"};
    gan_context *ctx = gan__trainer_context(trainer);
    struct generate_options own = {0};
    struct handed_on rest = {0};
    struct gan__text text;
    gan_layer *network = trainer->generator.network;
    gan_status st = GAN_OK;

    gan__text_init(&text, ctx);
    GAN__TRY(gan__options_parse(ctx, generate_table, &own, handed_on_table, &rest, options,
                                options == NULL ? 0 : strlen(options), &origin));
    gan__options_print(&text, handed_on_table, &rest);
    GAN__TRY(text.status);
    if (own.average && trainer->average != NULL) {
        GAN__TRY(gan__trainer_estimate(trainer));
        network = trainer->average;
    }
    ctx->network = network == trainer->average ? "average" : trainer->generator.name;
    GAN__TRY(gan_layer_generate(network, out, count, text.data));

fail:
    ctx->network = NULL;
    gan__text_free(&text);
    gan__options_free(ctx, handed_on_table, &rest);
    return st;
}

gan_status
gan_trainer_generate(gan_trainer *trainer, float *out, int64_t count, const char *options)
{
    struct gan__call call;
    gan_status st;

    if (trainer == NULL) {
        return GAN_E_ARG;
    }
    st = gan__enter(&call, gan__trainer_context(trainer), GAN__GROUP_TRAINER_READ);
    if (st != GAN_OK) {
        return st;
    }
    gan_trainer_retain(trainer); /* a layer's callback may give up the caller's handle */
    st = gan__leave(&call, generate(trainer, out, count, options));
    gan_trainer_destroy(trainer);
    return st;
}

/* ---- probabilities ---- */

struct judge_options {
    int64_t batch;
    char *labels;
};
static const struct gan__option judge_table[] = {
    {.name = "labels",
     .type = GAN__OPTION_TEXT,
     .offset = offsetof(struct judge_options, labels),
     .doc = "classes of the samples in turn, e.g. 0,1,2, repeated as needed"},
    {.name = "batch",
     .type = GAN__OPTION_INT,
     .offset = offsetof(struct judge_options, batch),
     .minimum = 1,
     .maximum = 1 << 20,
     .fallback = "64",
     .doc = "samples computed at a time"},
    GAN__OPTION_END};

/* A discriminator at work on samples of the caller's. */
struct judge {
    gan_trainer *trainer;
    gan_context *ctx;
    int32_t *classes; /* the option's list; NULL without labels */
    int64_t class_count;
};

/* One-hot rows for samples [first, first + count), or NULL. */
static gan_status
judge_labels(const struct judge *judge, gan_tensor **rows, int64_t first, int64_t count)
{
    int32_t *labels;
    gan_status st;

    *rows = NULL;
    if (judge->classes == NULL) {
        return GAN_OK;
    }
    labels = gan__alloc_array(judge->ctx, count, sizeof *labels);
    if (labels == NULL) {
        return GAN_E_NOMEM;
    }
    for (int64_t i = 0; i < count; i++) {
        labels[i] = judge->classes[(first + i) % judge->class_count];
    }
    st = gan__layer_one_hot(judge->ctx, rows, labels, count,
                            judge->trainer->discriminator.labels_input->classes);
    gan__free(judge->ctx, labels);
    return st;
}

static gan_status
judge_batch(const struct judge *judge, float *probabilities, const float *samples, int64_t first,
            int64_t count)
{
    static const struct gan__pass eval = {.training = false};
    struct gan__side *side = &judge->trainer->discriminator;
    gan_loss *loss = judge->trainer->loss;
    struct gan__shape shape = judge->trainer->dataset->shape;
    const int64_t size = judge->trainer->dataset->sample_count;
    const int64_t pac = judge->trainer->options.pac;
    gan_tensor *batch = NULL, *packed = NULL, *labels = NULL, *logits = NULL, *answer = NULL;
    gan_status st = GAN_OK;

    memmove(&shape.size[1], &shape.size[0], (size_t)shape.rank * sizeof shape.size[0]);
    shape.size[0] = count;
    shape.rank++;
    GAN__TRY(gan_tensor_create(judge->ctx, &batch, shape.size, shape.rank, samples + first * size));
    GAN__TRY(gan__pack(judge->ctx, &packed, batch, pac));
    GAN__TRY(judge_labels(judge, &labels, first, count));
    for (int32_t i = 0; i < side->input_count; i++) {
        const struct gan__input *input = gan__layer_input(side->network, i);
        side->feeds[i].name = input->name;
        side->feeds[i].tensor = input->source == GAN__SOURCE_LABELS ? labels : packed;
    }
    GAN__TRY(gan__layer_run(side->network, &logits, side->feeds, side->input_count, &eval));
    GAN__TRY(loss->class->probability(loss, &answer, logits));
    memcpy(probabilities + first / pac, gan__data(answer),
           (size_t)(count / pac) * sizeof *probabilities);

fail:
    gan_tensor_destroy(batch);
    gan_tensor_destroy(packed);
    gan_tensor_destroy(labels);
    gan_tensor_destroy(logits);
    gan_tensor_destroy(answer);
    return st;
}

static gan_status
read_labels(struct judge *judge, const char *text)
{
    const struct gan__input *input = judge->trainer->discriminator.labels_input;
    gan_status st = GAN_OK;

    if (input == NULL) {
        if (text != NULL) {
            return gan__fail(judge->ctx, GAN_E_ARG,
                             "labels=%.64s: the discriminator takes no labels", text);
        }
        return GAN_OK;
    }
    if (text == NULL) {
        return gan__fail(judge->ctx, GAN_E_ARG,
                         "the discriminator takes labels: say which with labels=0,1,...");
    }
    GAN__TRY(gan__layer_parse_labels(judge->ctx, &judge->classes, &judge->class_count, text));
    for (int64_t i = 0; i < judge->class_count; i++) {
        if (judge->classes[i] >= input->classes) {
            return gan__fail(
                judge->ctx, GAN_E_ARG,
                "label %d is no class of the discriminator's input \"%s\", there are 0 to %lld",
                (int)judge->classes[i], input->name, (long long)(input->classes - 1));
        }
    }

fail:
    return st;
}

static gan_status
discriminate(gan_trainer *trainer, float *probabilities, const float *samples, int64_t count,
             const char *options)
{
    static const struct gan__option_origin origin = {.kind = "gan_trainer_discriminate"};
    gan_context *ctx = gan__trainer_context(trainer);
    struct judge judge = {.trainer = trainer, .ctx = ctx};
    struct judge_options own = {0};
    const int64_t pac = trainer->options.pac;
    int64_t piece;
    gan_status st = GAN_OK;

    ctx->no_grad_depth++;
    GAN__TRY(gan__options_parse(ctx, judge_table, &own, NULL, NULL, options,
                                options == NULL ? 0 : strlen(options), &origin));
    GAN__TRY(read_labels(&judge, own.labels));
    piece = own.batch < pac ? pac : own.batch / pac * pac;
    for (int64_t first = 0; first < count; first += piece) {
        const int64_t left = count - first;
        GAN__TRY(judge_batch(&judge, probabilities, samples, first, left < piece ? left : piece));
    }

fail:
    ctx->no_grad_depth--;
    gan__free(ctx, judge.classes);
    gan__options_free(ctx, judge_table, &own);
    return st;
}

gan_status
gan_trainer_discriminate(gan_trainer *trainer, float *probabilities, const float *samples,
                         int64_t count, const char *options)
{
    gan_context *ctx;
    struct gan__call call;
    gan_status st;

    if (trainer == NULL) {
        return GAN_E_ARG;
    }
    ctx = gan__trainer_context(trainer);
    st = gan__enter(&call, ctx, GAN__GROUP_TRAINER_READ);
    if (st != GAN_OK) {
        return st;
    }
    if ((probabilities == NULL || samples == NULL) && count != 0) {
        st = gan__null(ctx, probabilities == NULL ? "probabilities" : "samples");
    } else if (count < 0) {
        st = gan__fail(ctx, GAN_E_ARG, "count is %lld; wanted 0 or more", (long long)count);
    } else if (count % trainer->options.pac != 0) {
        st = gan__fail(ctx, GAN_E_ARG, "count is %lld; wanted a multiple of pac=%lld",
                       (long long)count, (long long)trainer->options.pac);
    } else if (trainer->loss->class->probability == NULL) {
        st = gan__fail(ctx, GAN_E_UNSUPPORTED,
                       "with the loss \"%s\" the discriminator's output is no probability",
                       trainer->loss->class->head.kind);
    } else {
        gan_trainer_retain(trainer); /* a layer's callback may give up the caller's handle */
        st = discriminate(trainer, probabilities, samples, count, options);
        gan_trainer_destroy(trainer);
    }
    return gan__leave(&call, st);
}
