/*
 * The public calls on sets of features: making them, adding rows, reading them out.
 */
#include "metrics/features.h"

#include <string.h>

#include "base/context.h"
#include "base/memory.h"
#include "metrics/features_store.h"
#include "metrics/judge.h"

static void
features_finalize(struct gan__object *object)
{
    gan_features *features = (gan_features *)object;
    gan_context *ctx = object->ctx;

    gan__features_free_rows(features);
    gan__free(ctx, features->mean);
    gan__free(ctx, features->covariance);
    gan__free(ctx, features->name);
    gan__free(ctx, features->judge_name);
    gan__free(ctx, features->judge_hash);
    gan__object_release((struct gan__object *)features->judge);
}

static const struct gan__class features_class = {.name = "features", .finalize = features_finalize};

gan_status
gan__features_make(gan_context *ctx, gan_features **out, const char *name, const char *judge_name,
                   const char *judge_hash, int64_t dimension, int64_t classes, int64_t class_count)
{
    gan_features *features = gan__object_create(ctx, &features_class, sizeof *features);

    if (features == NULL) {
        return GAN_E_NOMEM;
    }
    features->dimension = dimension;
    features->classes = classes;
    features->class_count = class_count;
    features->name = gan__strdup(ctx, name);
    features->judge_name = gan__strdup(ctx, judge_name);
    features->judge_hash = gan__strdup(ctx, judge_hash);
    if (features->name == NULL || features->judge_name == NULL || features->judge_hash == NULL) {
        gan__object_destroy(&features->object);
        return GAN_E_NOMEM;
    }
    gan__utf8_mend(features->name);
    gan__utf8_mend(features->judge_name);
    *out = features;
    return GAN_OK;
}

static gan_status
create(gan_judge *judge, gan_features **out, const char *name)
{
    gan_features *features = NULL;

    const gan_status st = gan__features_make(
        judge->object.ctx, &features, name == NULL ? "samples" : name, judge->options.name,
        judge->hash, judge->row, judge->classes, judge->class_count);
    if (st != GAN_OK) {
        return st;
    }
    gan__object_hold(&judge->object);
    features->judge = judge;
    *out = features;
    return GAN_OK;
}

gan_status
gan_features_create(gan_judge *judge, gan_features **out, const char *name)
{
    struct gan__call call;

    if (out != NULL) {
        *out = NULL;
    }
    if (judge == NULL) {
        return GAN_E_ARG;
    }
    gan_status st = gan__enter(&call, judge->object.ctx, GAN__GROUP_OTHER);
    if (st != GAN_OK) {
        return st;
    }
    st = out == NULL ? gan__null(judge->object.ctx, "out") : create(judge, out, name);
    return gan__leave(&call, st);
}

static gan_status
check_size(gan_context *ctx, const char *what, int64_t value, int64_t minimum)
{
    if (value < minimum || value > GAN__FEATURE_ROWS_MAX) {
        return gan__fail(ctx, GAN_E_ARG, "%s is %lld, wanted %lld to %lld", what, (long long)value,
                         (long long)minimum, (long long)GAN__FEATURE_ROWS_MAX);
    }
    return GAN_OK;
}

static gan_status
create_rows(gan_context *ctx, gan_features **out, const char *name, const char *judge,
            int64_t dimension, int64_t classes)
{
    gan_status st = GAN_OK;

    GAN__TRY(out == NULL ? gan__null(ctx, "out") : GAN_OK);
    GAN__TRY(check_size(ctx, "dimension", dimension, 1));
    GAN__TRY(check_size(ctx, "classes", classes, 0));
    st = gan__features_make(ctx, out, name == NULL ? "samples" : name,
                            judge == NULL ? "rows" : judge, "", dimension, classes, classes);

fail:
    return st;
}

gan_status
gan_features_create_rows(gan_context *ctx, gan_features **out, const char *name, const char *judge,
                         int64_t dimension, int64_t classes)
{
    struct gan__call call;

    if (out != NULL) {
        *out = NULL;
    }
    gan_status st = gan__enter(&call, ctx, GAN__GROUP_OTHER);
    if (st != GAN_OK) {
        return st;
    }
    st = create_rows(ctx, out, name, judge, dimension, classes);
    return gan__leave(&call, st);
}

void
gan_features_retain(gan_features *features)
{
    gan__object_retain((struct gan__object *)features);
}

void
gan_features_destroy(gan_features *features)
{
    gan__object_destroy((struct gan__object *)features);
}

static gan_status
add_rows(gan_features *features, const float *rows, const float *logits, int64_t count)
{
    gan_context *ctx = features->object.ctx;
    gan_status st = GAN_OK;

    if (count < 0) {
        return gan__fail(ctx, GAN_E_ARG, "count is %lld, wanted 0 or more", (long long)count);
    }
    GAN__TRY(rows == NULL && count > 0 ? gan__null(ctx, "rows") : GAN_OK);
    GAN__TRY(logits == NULL && features->classes > 0 && count > 0 ? gan__null(ctx, "logits")
                                                                  : GAN_OK);
    if (logits != NULL && features->classes == 0) {
        GAN__TRY(
            gan__fail(ctx, GAN_E_ARG, "logits are given, and \"%s\" has none", features->name));
    }
    GAN__TRY(gan__features_check_growing(features));
    if (features->class_count > 0 && features->classes == 0) {
        GAN__TRY(gan__fail(ctx, GAN_E_ARG,
                           "\"%s\": its judge is a stacked one: rows don't say their classes, add "
                           "samples",
                           features->name));
    }
    st = gan__features_append(features, rows, logits, NULL, count);

fail:
    return st;
}

gan_status
gan_features_add_rows(gan_features *features, const float *rows, const float *logits, int64_t count)
{
    struct gan__call call;

    if (features == NULL) {
        return GAN_E_ARG;
    }
    gan_status st = gan__enter(&call, features->object.ctx, GAN__GROUP_OTHER);
    if (st != GAN_OK) {
        return st;
    }
    st = add_rows(features, rows, logits, count);
    return gan__leave(&call, st);
}

gan_status
gan_features_size(gan_features *features, int64_t *count, int64_t *dimension, int64_t *classes)
{
    struct gan__call call;

    if (count != NULL) {
        *count = 0;
    }
    if (dimension != NULL) {
        *dimension = 0;
    }
    if (classes != NULL) {
        *classes = 0;
    }
    if (features == NULL) {
        return GAN_E_ARG;
    }
    const gan_status st = gan__enter(&call, features->object.ctx, GAN__GROUP_TRAINER_READ);
    if (st != GAN_OK) {
        return st;
    }
    if (count != NULL) {
        *count = gan__features_samples(features);
    }
    if (dimension != NULL) {
        *dimension = features->dimension;
    }
    if (classes != NULL) {
        *classes = features->classes;
    }
    return gan__leave(&call, GAN_OK);
}

static gan_status
read_rows(const gan_features *features, float *rows, float *logits, int64_t first, int64_t count)
{
    gan_context *ctx = features->object.ctx;

    if (!gan__features_has_rows(features)) {
        return gan__fail(ctx, GAN_E_ARG, "\"%s\" has statistics only, no rows", features->name);
    }
    if (logits != NULL && features->classes == 0) {
        return gan__fail(ctx, GAN_E_ARG, "\"%s\" has no logits", features->name);
    }
    if (first < 0 || count < 0 || first > features->count || count > features->count - first) {
        return gan__fail(ctx, GAN_E_ARG, "%lld rows from %lld on are wanted, \"%s\" has %lld",
                         (long long)count, (long long)first, features->name,
                         (long long)features->count);
    }
    for (int64_t i = 0; i < count; i++) {
        if (rows != NULL) {
            memcpy(rows + i * features->dimension, gan__features_row(features, first + i),
                   (size_t)features->dimension * sizeof(float));
        }
        if (logits != NULL) {
            memcpy(logits + i * features->classes, gan__features_logits(features, first + i),
                   (size_t)features->classes * sizeof(float));
        }
    }
    return GAN_OK;
}

gan_status
gan_features_read(gan_features *features, float *rows, float *logits, int64_t first, int64_t count)
{
    struct gan__call call;

    if (features == NULL) {
        return GAN_E_ARG;
    }
    gan_status st = gan__enter(&call, features->object.ctx, GAN__GROUP_TRAINER_READ);
    if (st != GAN_OK) {
        return st;
    }
    st = read_rows(features, rows, logits, first, count);
    return gan__leave(&call, st);
}

gan_status
gan__features_check_pair(const gan_features *a, const gan_features *b)
{
    gan_context *ctx = a->object.ctx;

    if (b->object.ctx != ctx) {
        return gan__fail(ctx, GAN_E_ARG, "\"%s\" and \"%s\" are of two contexts", a->name, b->name);
    }
    if (a->dimension != b->dimension) {
        return gan__fail(ctx, GAN_E_ARG,
                         "\"%s\" has %lld features a sample (judge \"%s\"), \"%s\" has %lld (judge "
                         "\"%s\"): they can't be compared",
                         a->name, (long long)a->dimension, a->judge_name, b->name,
                         (long long)b->dimension, b->judge_name);
    }
    if (a->judge_hash[0] != '\0' && b->judge_hash[0] != '\0' &&
        strcmp(a->judge_hash, b->judge_hash) != 0) {
        return gan__fail(ctx, GAN_E_ARG,
                         "\"%s\" is judged by \"%s\" (%.12s), \"%s\" by \"%s\" (%.12s): features "
                         "of two judges can't be compared",
                         a->name, a->judge_name, a->judge_hash, b->name, b->judge_name,
                         b->judge_hash);
    }
    return GAN_OK;
}
