/*
 * Datasets inside: a kind is one file and one row in list.h.
 */
#ifndef GAN__DATASET_H
#define GAN__DATASET_H

#include <gan/dataset.h>

#include "base/options.h"
#include "tensor/tensor.h"

struct gan__dataset_class {
    const char *kind; /* NULL for those made by typed calls */
    const char *doc;
    const struct gan__option *options; /* NULL: none */
    size_t size;                       /* of the struct whose first member is struct gan_dataset */
    gan_status (*open)(gan_dataset *dataset); /* options are parsed; fill count, shape, classes */
    /* One sample, index checked; label may be NULL. */
    gan_status (*read)(gan_dataset *dataset, int64_t index, float *sample, int32_t *label);
    void (*close)(gan_dataset *dataset); /* also after a failed open */
};

struct gan_dataset {
    struct gan__object object;
    const struct gan__dataset_class *class;
    int64_t count;
    struct gan__shape shape; /* of one sample */
    int64_t sample_count;    /* elements of one sample */
    int32_t classes;
    int64_t *permutation; /* of the epoch below; NULL before the first gan_dataset_batch */
    int64_t permutation_epoch;
};

#define GAN__ROW(name) extern const struct gan__dataset_class gan__dataset_##name;
#include "data/list.h"
#undef GAN__ROW

/* An empty dataset of a class, one handle. */
gan_status gan__dataset_make(gan_context *ctx, gan_dataset **out,
                             const struct gan__dataset_class *class);
/* Check and fill what the typed calls share. */
gan_status gan__dataset_set_shape(gan_dataset *dataset, int64_t count, const int64_t *shape,
                                  int32_t rank);
/* The largest label + 1, all labels checked. */
gan_status gan__dataset_count_classes(gan_context *ctx, const int32_t *labels, int64_t count,
                                      int32_t *classes);

void gan__datasets_document(struct gan__text *out);

/* Bytes as numbers, the same expression everywhere. */
static inline float
gan__byte_value(uint8_t byte)
{
    return (float)byte / 127.5F - 1.0F;
}

#endif
