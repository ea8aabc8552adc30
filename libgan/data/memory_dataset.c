/*
 * Samples in memory: floats, or bytes that stay bytes until they are read. Both are copied.
 */
#include "data/dataset.h"

#include <string.h>

#include "base/context.h"
#include "base/memory.h"

struct memory_dataset {
    gan_dataset base;
    float *floats; /* one of the two */
    uint8_t *bytes;
    int32_t *labels; /* NULL: none */
};

static gan_status
memory_read(gan_dataset *dataset, int64_t index, int64_t epoch, float *sample, int32_t *label)
{
    (void)epoch;
    const struct memory_dataset *self = (const struct memory_dataset *)dataset;
    const int64_t count = dataset->sample_count;

    if (self->floats != NULL) {
        memcpy(sample, self->floats + index * count, (size_t)count * sizeof(float));
    } else {
        const uint8_t *bytes = self->bytes + index * count;
        for (int64_t i = 0; i < count; i++) {
            sample[i] = gan__byte_value(bytes[i]);
        }
    }
    if (label != NULL) {
        *label = self->labels[index];
    }
    return GAN_OK;
}

static void
memory_close(gan_dataset *dataset)
{
    struct memory_dataset *self = (struct memory_dataset *)dataset;
    gan_context *ctx = dataset->object.ctx;

    gan__free(ctx, self->floats);
    gan__free(ctx, self->bytes);
    gan__free(ctx, self->labels);
}

static const struct gan__dataset_class memory_class = {.kind = "memory",
                                                       .size = sizeof(struct memory_dataset),
                                                       .read = memory_read,
                                                       .close = memory_close};

/* A copy of count elements, *out; nothing for NULL. */
static gan_status
copy(gan_context *ctx, void **out, const void *from, int64_t count, size_t size)
{
    if (from == NULL) {
        return GAN_OK;
    }
    *out = gan__alloc_array(ctx, count, size);
    if (*out == NULL) {
        return GAN_E_NOMEM;
    }
    memcpy(*out, from, (size_t)count * size);
    return GAN_OK;
}

/* What a dataset is made of; one of floats and bytes is not NULL. */
struct source {
    const float *floats;
    const uint8_t *bytes;
    int64_t count;
    const int64_t *shape;
    int32_t rank;
    const int32_t *labels;
};

static gan_status
create(gan_context *ctx, gan_dataset **out, const struct source *source)
{
    gan_dataset *dataset = NULL;
    struct memory_dataset *self;
    void *floats = NULL, *bytes = NULL, *labels = NULL;
    gan_status st = GAN_OK;

    if (source->floats == NULL && source->bytes == NULL) {
        return gan__null(ctx, "samples");
    }
    GAN__TRY(gan__dataset_make(ctx, &dataset, &memory_class));
    GAN__TRY(gan__dataset_set_shape(dataset, source->count, source->shape, source->rank));
    if (source->labels != NULL) {
        GAN__TRY(gan__dataset_count_classes(ctx, source->labels, source->count, &dataset->classes));
    }
    const int64_t all = dataset->count * dataset->sample_count;
    self = (struct memory_dataset *)dataset;
    st = copy(ctx, &floats, source->floats, all, sizeof(float));
    self->floats = floats;
    GAN__TRY(st);
    st = copy(ctx, &bytes, source->bytes, all, sizeof(uint8_t));
    self->bytes = bytes;
    GAN__TRY(st);
    st = copy(ctx, &labels, source->labels, dataset->count, sizeof(int32_t));
    self->labels = labels;
    GAN__TRY(st);
    *out = dataset;
    return GAN_OK;

fail:
    gan_dataset_destroy(dataset);
    return st;
}

static gan_status
create_call(gan_context *ctx, gan_dataset **out, const struct source *source)
{
    struct gan__call call;

    if (out != NULL) {
        *out = NULL;
    }
    gan_status st = gan__enter(&call, ctx, GAN__GROUP_OTHER);
    if (st != GAN_OK) {
        return st;
    }
    st = out == NULL ? gan__null(ctx, "out") : create(ctx, out, source);
    return gan__leave(&call, st);
}

gan_status
gan_dataset_create_memory(gan_context *context, gan_dataset **out, const float *samples,
                          int64_t count, const int64_t *shape, int32_t rank, const int32_t *labels)
{
    const struct source source = {
        .floats = samples, .count = count, .shape = shape, .rank = rank, .labels = labels};
    return create_call(context, out, &source);
}

gan_status
gan_dataset_create_bytes(gan_context *context, gan_dataset **out, const uint8_t *samples,
                         int64_t count, const int64_t *shape, int32_t rank, const int32_t *labels)
{
    const struct source source = {
        .bytes = samples, .count = count, .shape = shape, .rank = rank, .labels = labels};
    return create_call(context, out, &source);
}
