/*
 * What a dataset says of itself: sizes, classes, its text, its numbers.
 */
#include "data/dataset.h"

#include <string.h>

#include "base/context.h"
#include "base/text.h"

gan_status
gan_dataset_count(gan_dataset *dataset, int64_t *count)
{
    struct gan__call call;

    if (count != NULL) {
        *count = 0;
    }
    if (dataset == NULL) {
        return GAN_E_ARG;
    }
    gan_status st = gan__enter(&call, dataset->object.ctx, GAN__GROUP_LAYER);
    if (st != GAN_OK) {
        return st;
    }
    if (count == NULL) {
        st = gan__null(dataset->object.ctx, "count");
    } else {
        *count = dataset->count;
    }
    return gan__leave(&call, st);
}

gan_status
gan_dataset_classes(gan_dataset *dataset, int32_t *classes)
{
    struct gan__call call;

    if (classes != NULL) {
        *classes = 0;
    }
    if (dataset == NULL) {
        return GAN_E_ARG;
    }
    gan_status st = gan__enter(&call, dataset->object.ctx, GAN__GROUP_LAYER);
    if (st != GAN_OK) {
        return st;
    }
    if (classes == NULL) {
        st = gan__null(dataset->object.ctx, "classes");
    } else {
        *classes = dataset->classes;
    }
    return gan__leave(&call, st);
}

gan_status
gan_dataset_shape(gan_dataset *dataset, int64_t *shape, int32_t capacity, int32_t *rank)
{
    struct gan__call call;

    if (rank != NULL) {
        *rank = 0;
    }
    if (dataset == NULL) {
        return GAN_E_ARG;
    }
    gan_status st = gan__enter(&call, dataset->object.ctx, GAN__GROUP_LAYER);
    if (st != GAN_OK) {
        return st;
    }
    st = gan__shape_give(dataset->object.ctx, &dataset->shape, shape, capacity, rank);
    return gan__leave(&call, st);
}

void
gan__dataset_add_class_name(gan_dataset *dataset, int32_t index, struct gan__text *name)
{
    if (dataset->class->class_name != NULL) {
        dataset->class->class_name(dataset, index, name);
    } else {
        gan__text_add(name, "%d", index);
    }
}

static gan_status
class_name(gan_dataset *dataset, struct gan__text *name, int32_t index)
{
    if (index < 0 || index >= dataset->classes) {
        return gan__fail(dataset->object.ctx, GAN_E_ARG, "index is %d: there are %d classes", index,
                         dataset->classes);
    }
    gan__dataset_add_class_name(dataset, index, name);
    return GAN_OK;
}

gan_status
gan_dataset_class_name(gan_dataset *dataset, char *buffer, size_t size, size_t *needed,
                       int32_t index)
{
    struct gan__call call;
    struct gan__text name;

    if (needed != NULL) {
        *needed = 0;
    }
    if (dataset == NULL) {
        return GAN_E_ARG;
    }
    gan_status st = gan__enter(&call, dataset->object.ctx, GAN__GROUP_LAYER);
    if (st != GAN_OK) {
        return st;
    }
    gan__text_init(&name, dataset->object.ctx);
    st = class_name(dataset, &name, index);
    if (st == GAN_OK) {
        st = gan__text_give(&name, buffer, size, needed);
    } else {
        gan__text_free(&name);
    }
    return gan__leave(&call, st);
}

void
gan__dataset_add_text(gan_dataset *dataset, struct gan__text *text)
{
    const struct gan__dataset_class *class = dataset->class;

    gan__text_add(text, "%s", class->kind);
    if (class->options != NULL) {
        gan__options_print(text, class->options, dataset);
    } else {
        gan__text_add(text, " count=%lld shape=", (long long)dataset->count);
        gan__shape_print(text, &dataset->shape);
        gan__text_add(text, " classes=%d", dataset->classes);
    }
    if (class->text != NULL) {
        class->text(dataset, text);
    }
}

gan_status
gan_dataset_text(gan_dataset *dataset, char *buffer, size_t size, size_t *needed)
{
    struct gan__call call;
    struct gan__text text;

    if (needed != NULL) {
        *needed = 0;
    }
    if (dataset == NULL) {
        return GAN_E_ARG;
    }
    gan_status st = gan__enter(&call, dataset->object.ctx, GAN__GROUP_LAYER);
    if (st != GAN_OK) {
        return st;
    }
    gan__text_init(&text, dataset->object.ctx);
    gan__dataset_add_text(dataset, &text);
    st = gan__text_give(&text, buffer, size, needed);
    return gan__leave(&call, st);
}

static gan_status
get(gan_dataset *dataset, uint64_t *value, const char *name)
{
    gan_context *ctx = dataset->object.ctx;
    struct gan__dataset_numbers numbers = {0};

    if (value == NULL || name == NULL) {
        return gan__null(ctx, value == NULL ? "value" : "name");
    }
    if (dataset->class->numbers != NULL) {
        dataset->class->numbers(dataset, &numbers);
    }
    if (strcmp(name, "broken") == 0) {
        *value = numbers.broken;
    } else if (strcmp(name, "waits") == 0) {
        *value = numbers.waits;
    } else {
        return gan__fail(ctx, GAN_E_ARG, "unknown number \"%.64s\": there are broken and waits",
                         name);
    }
    return GAN_OK;
}

gan_status
gan_dataset_get(gan_dataset *dataset, uint64_t *value, const char *name)
{
    struct gan__call call;

    if (value != NULL) {
        *value = 0;
    }
    if (dataset == NULL) {
        return GAN_E_ARG;
    }
    const gan_status st = gan__enter(&call, dataset->object.ctx, GAN__GROUP_LAYER);
    if (st != GAN_OK) {
        return st;
    }
    return gan__leave(&call, get(dataset, value, name));
}
