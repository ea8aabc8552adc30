/*
 * Making datasets by name, and what every kind shares; what they say of themselves is in
 * dataset_access.c, their samples in dataset_read.c and order.c.
 */
#include "data/dataset.h"

#include <string.h>

#include "base/checked.h"
#include "base/context.h"
#include "base/memory.h"
#include "base/text.h"

static const struct gan__dataset_class *const datasets[] = {
#define GAN__ROW(name) &gan__dataset_##name,
#include "data/list.h"
#undef GAN__ROW
};

enum { DATASET_COUNT = sizeof datasets / sizeof datasets[0] };

static gan_status
dataset_find(gan_context *ctx, const struct gan__dataset_class **class, const char *kind)
{
    const char *names[DATASET_COUNT];
    struct gan__text list;

    gan__text_init(&list, ctx);
    for (int32_t i = 0; i < DATASET_COUNT; i++) {
        if (strcmp(datasets[i]->kind, kind) == 0) {
            *class = datasets[i];
            gan__text_free(&list);
            return GAN_OK;
        }
        names[i] = datasets[i]->kind;
        gan__text_add(&list, "%s%s", i == 0 ? "" : ", ", names[i]);
    }
    gan_status st = list.status;
    if (st == GAN_OK) {
        const char *near = gan__nearest(kind, strlen(kind), names, DATASET_COUNT);
        st = gan__fail(ctx, GAN_E_ARG, "unknown dataset \"%.64s\"%s%s%s: there are %s", kind,
                       near == NULL ? "" : " (did you mean \"", near == NULL ? "" : near,
                       near == NULL ? "" : "\"?)", list.data);
    }
    gan__text_free(&list);
    return st;
}

static void
dataset_finalize(struct gan__object *object)
{
    gan_dataset *dataset = (gan_dataset *)object;

    dataset->class->close(dataset);
    if (dataset->class->options != NULL) {
        gan__options_free(object->ctx, dataset->class->options, dataset);
    }
    for (int32_t i = 0; i < 2; i++) {
        gan__free(object->ctx, dataset->permutation[i]);
    }
}

static const struct gan__class dataset_class = {.name = "dataset", .finalize = dataset_finalize};

gan_status
gan__dataset_make(gan_context *ctx, gan_dataset **out, const struct gan__dataset_class *class)
{
    gan_dataset *dataset = gan__object_create(ctx, &dataset_class, class->size);
    if (dataset == NULL) {
        return GAN_E_NOMEM;
    }
    dataset->class = class;
    *out = dataset;
    return GAN_OK;
}

gan_status
gan__dataset_set_shape(gan_dataset *dataset, int64_t count, const int64_t *shape, int32_t rank)
{
    gan_context *ctx = dataset->object.ctx;
    struct gan__shape checked;
    char text[GAN__SHAPE_TEXT_SIZE];
    int64_t all;

    if (count < 1) {
        return gan__fail(ctx, GAN_E_ARG, "count is %lld, a dataset has at least 1 sample",
                         (long long)count);
    }
    if (shape == NULL) {
        return gan__null(ctx, "shape");
    }
    if (rank < 1 || rank > GAN_RANK_MAX - 1) {
        return gan__fail(ctx, GAN_E_ARG, "rank is %d, a sample's shape has 1 to %d sizes", rank,
                         GAN_RANK_MAX - 1);
    }
    const gan_status st = gan__shape_make(ctx, &checked, shape, rank);
    if (st != GAN_OK) {
        return st;
    }
    const int64_t sample_count = gan__shape_count(&checked);
    if (sample_count < 1) {
        return gan__fail(ctx, GAN_E_SHAPE, "a sample's shape is %s, each size must be at least 1",
                         gan__shape_text(text, &checked));
    }
    if (!gan__checked_mul(sample_count, count, &all) || all > GAN__COUNT_MAX) {
        return gan__fail(ctx, GAN_E_SHAPE,
                         "%lld samples of shape %s are more than can be addressed",
                         (long long)count, gan__shape_text(text, &checked));
    }
    dataset->count = count;
    dataset->shape = checked;
    dataset->sample_count = sample_count;
    return GAN_OK;
}

gan_status
gan__dataset_count_classes(gan_context *ctx, const int32_t *labels, int64_t count, int32_t *classes)
{
    int32_t largest = 0;

    for (int64_t i = 0; i < count; i++) {
        /* The number of classes must fit, too. */
        if (labels[i] < 0 || labels[i] == INT32_MAX) {
            return gan__fail(ctx, GAN_E_ARG, "label %lld is %d, labels go from 0 to %d",
                             (long long)i, labels[i], INT32_MAX - 1);
        }
        largest = labels[i] > largest ? labels[i] : largest;
    }
    *classes = largest + 1;
    return GAN_OK;
}

static gan_status
create(gan_context *ctx, gan_dataset **out, const char *kind, const char *options)
{
    const struct gan__option_origin origin = {.kind = kind};
    const struct gan__dataset_class *class = NULL;
    gan_dataset *dataset = NULL;
    gan_status st = GAN_OK;

    GAN__TRY(dataset_find(ctx, &class, kind));
    GAN__TRY(gan__dataset_make(ctx, &dataset, class));
    GAN__TRY(gan__options_parse(ctx, class->options, dataset, NULL, NULL, options,
                                options == NULL ? 0 : strlen(options), &origin));
    GAN__TRY(class->open(dataset));
    *out = dataset;
    return GAN_OK;

fail:
    gan_dataset_destroy(dataset);
    return st;
}

gan_status
gan_dataset_create(gan_context *context, gan_dataset **out, const char *kind, const char *options)
{
    struct gan__call call;

    if (out != NULL) {
        *out = NULL;
    }
    gan_status st = gan__enter(&call, context, GAN__GROUP_OTHER);
    if (st != GAN_OK) {
        return st;
    }
    if (out == NULL) {
        st = gan__null(context, "out");
    } else if (kind == NULL) {
        st = gan__null(context, "kind");
    } else {
        st = create(context, out, kind, options);
    }
    return gan__leave(&call, st);
}

void
gan_dataset_retain(gan_dataset *dataset)
{
    gan__object_retain((struct gan__object *)dataset);
}

void
gan_dataset_destroy(gan_dataset *dataset)
{
    gan__object_destroy((struct gan__object *)dataset);
}

void
gan__datasets_document(struct gan__text *out)
{
    for (int32_t i = 0; i < DATASET_COUNT; i++) {
        gan__text_add(out, "%s: %s\n", datasets[i]->kind, datasets[i]->doc);
        gan__options_document(out, datasets[i]->options);
    }
}
