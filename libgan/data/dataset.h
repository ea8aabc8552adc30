/*
 * Datasets inside: a kind is one file and one row in list.h.
 */
#ifndef GAN__DATASET_H
#define GAN__DATASET_H

#include <gan/dataset.h>

#include "base/options.h"
#include "tensor/tensor.h"

struct gan__dataset_numbers {
    uint64_t broken, waits;
};

struct gan__dataset_class {
    const char *kind;
    const char *doc;
    const struct gan__option *options; /* NULL: none */
    size_t size;                       /* of the struct whose first member is struct gan_dataset */
    gan_status (*open)(gan_dataset *dataset); /* options are parsed; fill count, shape, classes */
    /* One sample, index checked; label may be NULL. epoch: of a training run, for random changes;
     * below 0: the plain sample. */
    gan_status (*read)(gan_dataset *dataset, int64_t index, int64_t epoch, float *sample,
                       int32_t *label);
    void (*close)(gan_dataset *dataset); /* also after a failed open */
    /* The rest may be NULL. */
    /* These samples will be read soon, in this order: the next batches. Only a hint. */
    void (*expect)(gan_dataset *dataset, const int64_t *indices, int64_t count);
    /* Append the name of class `index` (checked); NULL: its number. */
    void (*class_name)(gan_dataset *dataset, int32_t index, struct gan__text *out);
    /* gan_dataset_get()'s numbers; NULL: 0. */
    void (*numbers)(gan_dataset *dataset, struct gan__dataset_numbers *numbers);
    /* Append to gan_dataset_text() what is not in the options. */
    void (*text)(gan_dataset *dataset, struct gan__text *out);
};

struct gan_dataset {
    struct gan__object object;
    const struct gan__dataset_class *class;
    int64_t count;
    struct gan__shape shape; /* of one sample */
    int64_t sample_count;    /* elements of one sample */
    int32_t classes;
    /* Of the epochs below: the one that is read, and with class->expect the next one; NULL before
     * they are needed. */
    int64_t *permutation[2];
    int64_t permutation_epoch[2];
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

/* Checked like gan_dataset_read(), which reads with GAN__NO_EPOCH. */
enum { GAN__NO_EPOCH = -1 };
gan_status gan__dataset_read_samples(gan_dataset *dataset, float *samples, int32_t *labels,
                                     const int64_t *indices, int64_t count, int64_t epoch);
/* Append what gan_dataset_class_name() says of an index that is one, and gan_dataset_text(). */
void gan__dataset_add_class_name(gan_dataset *dataset, int32_t index, struct gan__text *name);
void gan__dataset_add_text(gan_dataset *dataset, struct gan__text *text);

void gan__datasets_document(struct gan__text *out);

/* Bytes as numbers, the same expression everywhere. */
static inline float
gan__byte_value(uint8_t byte)
{
    return (float)byte / 127.5F - 1.0F;
}

#endif
