/*
 * Samples by number: as floats, or as bytes.
 */
#include "data/dataset.h"

#include "base/context.h"
#include "base/memory.h"
#include "io/image.h"

static gan_status
check_read(const gan_dataset *dataset, const void *samples, const int32_t *labels,
           const int64_t *indices, int64_t count)
{
    gan_context *ctx = dataset->object.ctx;

    if (count < 0) {
        return gan__fail(ctx, GAN_E_ARG, "count is %lld, must not be negative", (long long)count);
    }
    if (count > 0 && (samples == NULL || indices == NULL)) {
        return gan__null(ctx, samples == NULL ? "samples" : "indices");
    }
    if (labels != NULL && dataset->classes == 0) {
        return gan__fail(ctx, GAN_E_ARG, "the dataset has no labels: labels must be NULL");
    }
    for (int64_t i = 0; i < count; i++) {
        if (indices[i] < 0 || indices[i] >= dataset->count) {
            return gan__fail(ctx, GAN_E_ARG,
                             "index %lld (number %lld of them): there are %lld samples",
                             (long long)indices[i], (long long)i, (long long)dataset->count);
        }
    }
    return GAN_OK;
}

gan_status
gan__dataset_read_samples(gan_dataset *dataset, float *samples, int32_t *labels,
                          const int64_t *indices, int64_t count, int64_t epoch)
{
    gan_status st = check_read(dataset, samples, labels, indices, count);

    for (int64_t i = 0; st == GAN_OK && i < count; i++) {
        st = dataset->class->read(dataset, indices[i], epoch, samples + i * dataset->sample_count,
                                  labels == NULL ? NULL : &labels[i]);
    }
    return st;
}

gan_status
gan_dataset_read(gan_dataset *dataset, float *samples, int32_t *labels, const int64_t *indices,
                 int64_t count)
{
    struct gan__call call;
    if (dataset == NULL) {
        return GAN_E_ARG;
    }
    const gan_status st = gan__enter(&call, dataset->object.ctx, GAN__GROUP_LAYER);
    if (st != GAN_OK) {
        return st;
    }
    return gan__leave(
        &call, gan__dataset_read_samples(dataset, samples, labels, indices, count, GAN__NO_EPOCH));
}

static gan_status
read_bytes(gan_dataset *dataset, uint8_t *samples, int32_t *labels, const int64_t *indices,
           int64_t count)
{
    const int64_t size = dataset->sample_count;
    gan_status st = check_read(dataset, samples, labels, indices, count);
    if (st != GAN_OK) {
        return st;
    }
    float *values = gan__alloc_array(dataset->object.ctx, size, sizeof(float));
    if (values == NULL) {
        return GAN_E_NOMEM;
    }
    for (int64_t i = 0; st == GAN_OK && i < count; i++) {
        st = dataset->class->read(dataset, indices[i], GAN__NO_EPOCH, values,
                                  labels == NULL ? NULL : &labels[i]);
        for (int64_t j = 0; st == GAN_OK && j < size; j++) {
            samples[i * size + j] = gan__image_byte(values[j]);
        }
    }
    gan__free(dataset->object.ctx, values);
    return st;
}

gan_status
gan_dataset_read_bytes(gan_dataset *dataset, uint8_t *samples, int32_t *labels,
                       const int64_t *indices, int64_t count)
{
    struct gan__call call;
    if (dataset == NULL) {
        return GAN_E_ARG;
    }
    const gan_status st = gan__enter(&call, dataset->object.ctx, GAN__GROUP_LAYER);
    if (st != GAN_OK) {
        return st;
    }
    return gan__leave(&call, read_bytes(dataset, samples, labels, indices, count));
}
