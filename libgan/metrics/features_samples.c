/*
 * Filling a set with what its judge sees: in samples, in a dataset's, in a generator's. A batch at a
 * time, so that memory does not grow with the number of samples; on failure the set has what it had.
 */
#include <math.h>
#include <string.h>

#include "base/checked.h"
#include "base/context.h"
#include "base/memory.h"
#include "base/random.h"
#include "data/dataset.h"
#include "metrics/features_store.h"
#include "metrics/judge.h"

/* A filling in progress. */
struct filling {
    gan_context *ctx;
    gan_features *features;
    struct gan__shape shape; /* of a sample */
    int64_t size;            /* numbers of a sample */
    int64_t batch, before;
    float *rows, *logits; /* of a batch */
    int32_t *labels;
    float *samples; /* of a batch, where they are not the caller's */
};

static void
end(struct filling *filling, gan_status st)
{
    gan_features *features = filling->features;

    gan__free(filling->ctx, filling->rows);
    gan__free(filling->ctx, filling->logits);
    gan__free(filling->ctx, filling->labels);
    gan__free(filling->ctx, filling->samples);
    if (st != GAN_OK) {
        gan__features_truncate(features, filling->before);
    }
}

/* Check the samples' shape and make room for a batch of at most `count`. */
static gan_status
begin(struct filling *filling, gan_features *features, const struct gan__shape *shape,
      int64_t count, bool own_samples)
{
    const gan_judge *judge = features->judge;
    gan_context *ctx = features->object.ctx;
    gan_status st = GAN_OK;

    *filling = (struct filling){
        .ctx = ctx, .features = features, .shape = *shape, .before = features->count};
    if (judge == NULL) {
        return gan__fail(ctx, GAN_E_ARG, "\"%s\" has no judge to see samples: add rows",
                         features->name);
    }
    GAN__TRY(gan__judge_check_shape(judge, shape));
    filling->size = gan__shape_count(shape);
    filling->batch = gan__judge_batch(judge);
    filling->batch = count < filling->batch ? count : filling->batch;
    filling->rows = gan__alloc_array(ctx, filling->batch * judge->row, sizeof(float));
    filling->logits = gan__alloc_array(ctx, filling->batch * judge->classes, sizeof(float));
    filling->labels = gan__alloc_array(ctx, filling->batch, sizeof(int32_t));
    if (filling->rows == NULL || filling->logits == NULL || filling->labels == NULL) {
        return GAN_E_NOMEM;
    }
    if (own_samples) {
        filling->samples = gan__alloc_array(ctx, filling->batch * filling->size, sizeof(float));
        st = filling->samples == NULL ? GAN_E_NOMEM : GAN_OK;
    }

fail:
    return st;
}

/* Rounding to bytes would hide what is no number. */
static gan_status
check_samples(const struct filling *filling, const float *samples, int64_t count)
{
    for (int64_t i = 0; i < count * filling->size; i++) {
        if (!isfinite(samples[i])) {
            return gan__fail(
                filling->ctx, GAN_E_ARG, "sample %lld is not finite: %s at number %lld of it",
                (long long)(filling->features->count - filling->before + i / filling->size),
                isnan(samples[i]) ? "nan" : "infinity", (long long)(i % filling->size));
        }
    }
    return GAN_OK;
}

/* Up to a batch. */
static gan_status
take(struct filling *filling, const float *samples, int64_t count)
{
    gan_features *features = filling->features;
    gan_status st = GAN_OK;

    GAN__TRY(check_samples(filling, samples, count));
    GAN__TRY(gan__judge_see(features->judge, filling->rows, filling->logits, filling->labels,
                            samples, count, &filling->shape));
    st = gan__features_append(features, filling->rows, filling->logits,
                              features->class_count > 0 ? filling->labels : NULL, count);

fail:
    return st;
}

static gan_status
check_count(gan_context *ctx, int64_t count)
{
    if (count < 0 || count > GAN__FEATURE_ROWS_MAX) {
        return gan__fail(ctx, GAN_E_ARG, "count is %lld, wanted 0 to %lld", (long long)count,
                         (long long)GAN__FEATURE_ROWS_MAX);
    }
    return GAN_OK;
}

static gan_status
add_samples(gan_features *features, const float *samples, int64_t count, const int64_t *sizes,
            int32_t rank)
{
    gan_context *ctx = features->object.ctx;
    struct filling filling = {.ctx = ctx, .features = features, .before = features->count};
    struct gan__shape shape;
    int64_t all;
    gan_status st = GAN_OK;

    GAN__TRY(check_count(ctx, count));
    GAN__TRY(samples == NULL && count > 0 ? gan__null(ctx, "samples") : GAN_OK);
    GAN__TRY(sizes == NULL ? gan__null(ctx, "shape") : GAN_OK);
    GAN__TRY(gan__shape_make(ctx, &shape, sizes, rank));
    GAN__TRY(begin(&filling, features, &shape, count, false));
    if (!gan__checked_mul(count, filling.size, &all)) {
        GAN__TRY(gan__fail(ctx, GAN_E_SHAPE,
                           "%lld samples of %lld numbers are more than can be "
                           "addressed",
                           (long long)count, (long long)filling.size));
    }
    for (int64_t done = 0; done < count; done += filling.batch) {
        const int64_t some = count - done < filling.batch ? count - done : filling.batch;
        GAN__TRY(take(&filling, samples + done * filling.size, some));
    }

fail:
    end(&filling, st);
    return st;
}

gan_status
gan_features_add_samples(gan_features *features, const float *samples, int64_t count,
                         const int64_t *shape, int32_t rank)
{
    struct gan__call call;

    if (features == NULL) {
        return GAN_E_ARG;
    }
    gan_status st = gan__enter(&call, features->object.ctx, GAN__GROUP_OTHER);
    if (st != GAN_OK) {
        return st;
    }
    gan__object_hold(&features->object); /* a user's layer may give up the caller's handle */
    st = add_samples(features, samples, count, shape, rank);
    gan__object_release(&features->object);
    return gan__leave(&call, st);
}

/* The options of gan_features_add_dataset(). */
struct dataset_options {
    int64_t first, count;
    bool shuffle;
    uint64_t seed;
};

static const struct gan__option dataset_options[] = {
    {.name = "first",
     .type = GAN__OPTION_INT,
     .offset = offsetof(struct dataset_options, first),
     .minimum = 0,
     .maximum = (double)GAN__COUNT_MAX,
     .fallback = "0",
     .doc = "the first sample, in the order there is"},
    {.name = "count",
     .type = GAN__OPTION_INT,
     .offset = offsetof(struct dataset_options, count),
     .minimum = 0,
     .maximum = (double)GAN__COUNT_MAX,
     .fallback = "0",
     .doc = "how many; 0: all from there on"},
    {.name = "shuffle",
     .type = GAN__OPTION_BOOL,
     .offset = offsetof(struct dataset_options, shuffle),
     .fallback = "false",
     .doc = "an order drawn from the seed"},
    {.name = "seed",
     .type = GAN__OPTION_UINT,
     .offset = offsetof(struct dataset_options, seed),
     .minimum = 0,
     .maximum = 18446744073709551615.0,
     .fallback = "0",
     .doc = "of the order"},
    GAN__OPTION_END};

/* All of the dataset's numbers in the order in which they are taken. */
static gan_status
make_order(const gan_dataset *dataset, const struct dataset_options *options, int64_t **order)
{
    *order = gan__alloc_array(dataset->object.ctx, dataset->count, sizeof **order);
    if (*order == NULL) {
        return GAN_E_NOMEM;
    }
    if (options->shuffle) {
        gan__random_permutation(gan__random_make(options->seed, GAN__PURPOSE_MEASURE,
                                                 gan__hash("gan_features_add_dataset"), 0),
                                dataset->count, *order);
        return GAN_OK;
    }
    for (int64_t i = 0; i < dataset->count; i++) {
        (*order)[i] = i;
    }
    return GAN_OK;
}

static gan_status
read_all(struct filling *filling, gan_dataset *dataset, const int64_t *indices, int64_t count)
{
    gan_status st = GAN_OK;

    for (int64_t done = 0; done < count; done += filling->batch) {
        const int64_t left = count - done;
        const int64_t some = left < filling->batch ? left : filling->batch;
        if (dataset->class->expect != NULL) {
            dataset->class->expect(dataset, indices + done,
                                   left < 2 * filling->batch ? left : 2 * filling->batch);
        }
        GAN__TRY(gan__dataset_read_samples(dataset, filling->samples, NULL, indices + done, some,
                                           GAN__NO_EPOCH));
        GAN__TRY(take(filling, filling->samples, some));
    }

fail:
    return st;
}

static gan_status
add_dataset(gan_features *features, gan_dataset *dataset, const char *text)
{
    static const struct gan__option_origin origin = {.kind = "gan_features_add_dataset"};
    gan_context *ctx = features->object.ctx;
    struct filling filling = {.ctx = ctx, .features = features, .before = features->count};
    struct dataset_options options = {0};
    int64_t *order = NULL;
    gan_status st = GAN_OK;

    if (dataset->object.ctx != ctx) {
        return gan__fail(ctx, GAN_E_ARG, "the dataset is of another context");
    }
    GAN__TRY(gan__options_parse(ctx, dataset_options, &options, NULL, NULL, text,
                                text == NULL ? 0 : strlen(text), &origin));
    const int64_t left = dataset->count > options.first ? dataset->count - options.first : 0;
    if (options.count > left || left == 0) {
        GAN__TRY(gan__fail(ctx, GAN_E_ARG,
                           "count=%lld samples from first=%lld on are wanted, the dataset has "
                           "%lld sample%s",
                           (long long)options.count, (long long)options.first,
                           (long long)dataset->count, gan__plural(dataset->count)));
    }
    const int64_t count = options.count == 0 ? left : options.count;
    GAN__TRY(check_count(ctx, count));
    GAN__TRY(begin(&filling, features, &dataset->shape, count, true));
    GAN__TRY(make_order(dataset, &options, &order));
    st = read_all(&filling, dataset, order + options.first, count);

fail:
    gan__free(ctx, order);
    end(&filling, st);
    return st;
}

gan_status
gan_features_add_dataset(gan_features *features, gan_dataset *dataset, const char *options)
{
    struct gan__call call;

    if (features == NULL) {
        return GAN_E_ARG;
    }
    gan_status st = gan__enter(&call, features->object.ctx, GAN__GROUP_OTHER);
    if (st != GAN_OK) {
        return st;
    }
    if (dataset == NULL) {
        return gan__leave(&call, gan__null(call.ctx, "dataset"));
    }
    gan__object_hold(&features->object); /* callbacks may give up the caller's handles */
    gan__object_hold(&dataset->object);
    st = add_dataset(features, dataset, options);
    gan__object_release(&dataset->object);
    gan__object_release(&features->object);
    return gan__leave(&call, st);
}

static gan_status
add_generated(gan_features *features, gan_layer *generator, int64_t count, const char *options)
{
    gan_context *ctx = features->object.ctx;
    struct filling filling = {.ctx = ctx, .features = features, .before = features->count};
    gan_status st = GAN_OK;

    if (((struct gan__object *)generator)->ctx != ctx) {
        return gan__fail(ctx, GAN_E_ARG, "the generator is of another context");
    }
    GAN__TRY(check_count(ctx, count));
    GAN__TRY(gan__layer_generate_after(generator, NULL, 0, options, 0)); /* checks */
    GAN__TRY(begin(&filling, features, gan__layer_output(generator), count, true));
    for (int64_t done = 0; done < count; done += filling.batch) {
        const int64_t some = count - done < filling.batch ? count - done : filling.batch;
        GAN__TRY(gan__layer_generate_after(generator, filling.samples, some, options, done));
        GAN__TRY(take(&filling, filling.samples, some));
    }

fail:
    end(&filling, st);
    return st;
}

gan_status
gan_features_add_generated(gan_features *features, gan_layer *generator, int64_t count,
                           const char *options)
{
    struct gan__call call;

    if (features == NULL) {
        return GAN_E_ARG;
    }
    gan_status st = gan__enter(&call, features->object.ctx, GAN__GROUP_OTHER);
    if (st != GAN_OK) {
        return st;
    }
    if (generator == NULL) {
        return gan__leave(&call, gan__null(call.ctx, "generator"));
    }
    gan__object_hold(&features->object); /* a user's layer may give up the caller's handles */
    gan__object_hold((struct gan__object *)generator);
    st = add_generated(features, generator, count, options);
    gan__object_release((struct gan__object *)generator);
    gan__object_release(&features->object);
    return gan__leave(&call, st);
}
