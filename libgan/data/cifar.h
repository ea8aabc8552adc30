/*
 * CIFAR-10 and CIFAR-100 in their binary layout: what the two kinds share.
 *
 * A record is its labels, a byte each, and 3,072 bytes of a picture of 32x32, plane by plane. The
 * bytes become [32, 32, 3] when they are loaded and stay bytes.
 */
#ifndef GAN__DATA_CIFAR_H
#define GAN__DATA_CIFAR_H

#include "base/checked.h"
#include "data/byte_store.h"
#include "data/dataset.h"

enum { GAN__CIFAR_PARTS = 6, GAN__CIFAR_PICTURE = 3072 };

/* One of the layout's files. */
struct gan__cifar_part {
    struct gan__byte_store pictures, labels;
    int64_t count;
    bool loaded;
};

/* What tells the two apart. */
struct gan__cifar_format {
    const char *const *files; /* those for training, and the last one, for tests; NULL after it */
    const char *const *names; /* of the classes */
    int32_t classes;
    int32_t label_count; /* bytes before the picture */
    int32_t label_at;    /* which of them is the label */
};

struct gan__cifar {
    gan_dataset base;
    char *path;
    int32_t split;
    int64_t limit;
    uint64_t max_bytes;
    struct gan__cifar_format format;
    struct gan__cifar_part parts[GAN__CIFAR_PARTS];
};

/* The rows of both kinds' options; each struct begins with struct gan__cifar. */
#define GAN__CIFAR_OPTIONS                                                                         \
    {.name = "path",                                                                               \
     .type = GAN__OPTION_TEXT,                                                                     \
     .offset = offsetof(struct gan__cifar, path),                                                  \
     .required = true,                                                                             \
     .doc = "the folder of the .bin files, one of them, or the .tar.gz that holds them"},          \
        {.name = "split",                                                                          \
         .type = GAN__OPTION_CHOICE,                                                               \
         .offset = offsetof(struct gan__cifar, split),                                             \
         .choices = "train|test|all",                                                              \
         .fallback = "train",                                                                      \
         .doc = "which files; a single one is taken whole"},                                       \
        {.name = "limit",                                                                          \
         .type = GAN__OPTION_INT,                                                                  \
         .offset = offsetof(struct gan__cifar, limit),                                             \
         .minimum = 0,                                                                             \
         .maximum = (double)GAN__COUNT_MAX,                                                        \
         .fallback = "0",                                                                          \
         .doc = "use the first so many samples, 0: all"},                                          \
    {                                                                                              \
        .name = "max_bytes", .type = GAN__OPTION_BYTES,                                            \
        .offset = offsetof(struct gan__cifar, max_bytes), .minimum = 1,                            \
        .maximum = (double)GAN__COUNT_MAX, .fallback = "4GiB",                                     \
        .doc = "refuse files that are, or unpack to, more"                                         \
    }

/* format is filled; load the files. */
gan_status gan__cifar_open(struct gan__cifar *self);
gan_status gan__cifar_read(gan_dataset *dataset, int64_t index, int64_t epoch, float *sample,
                           int32_t *label);
void gan__cifar_close(gan_dataset *dataset);
void gan__cifar_class_name(gan_dataset *dataset, int32_t index, struct gan__text *out);

#endif
