/*
 * The arrays of a file of features: .npz as NumPy writes them. Nothing is allocated that the file's
 * size does not bear out.
 */
#ifndef GAN__METRICS_FEATURES_ARRAYS_H
#define GAN__METRICS_FEATURES_ARRAYS_H

#include "data/array_file.h"

/* Names in the file. */
#define GAN__ARRAY_MU       "mu"
#define GAN__ARRAY_SIGMA    "sigma"
#define GAN__ARRAY_FEATURES "features"
#define GAN__ARRAY_LOGITS   "logits"
#define GAN__ARRAY_LABELS   "labels"  /* where there are classes, but no logits */
#define GAN__ARRAY_CLASSES  "classes" /* how many there are then */
#define GAN__ARRAY_COUNT    "count"
#define GAN__ARRAY_JUDGE    "judge" /* bytes of a text: the name, a line's end, the hash */

struct gan__arrays {
    gan_context *ctx;
    const char *path;
    uint64_t max_bytes;
};

/* What can be closed. */
static inline struct gan__array_file
gan__arrays_none(void)
{
    return (struct gan__array_file){.stream = {.reader = {.descriptor = -1}},
                                    .zip = {.reader = {.descriptor = -1}}};
}

/* Open an array; *there says whether the file has it. `file` is to be closed in any case. */
gan_status gan__arrays_open(const struct gan__arrays *arrays, struct gan__array_file *file,
                            const char *name, bool *there);
/* The same of an array that must be there. */
gan_status gan__arrays_need(const struct gan__arrays *arrays, struct gan__array_file *file,
                            const char *name);
/* GAN_E_FORMAT unless the array's rank and sizes (-1: any) are these, and its elements floats. */
gan_status gan__arrays_check(const struct gan__array_file *file, const char *name, int32_t rank,
                             int64_t rows, int64_t columns);
/* The next elements of an array of floats. */
gan_status gan__arrays_read(struct gan__array_file *file, double *doubles, float *floats,
                            int64_t count);
/* A whole number, if it is there. */
gan_status gan__arrays_read_integer(const struct gan__arrays *arrays, const char *name,
                                    int64_t *value, bool *there);
/* The next elements of an array of whole numbers. */
gan_status gan__arrays_read_integers(struct gan__array_file *file, int64_t *values, int64_t count);
/* A text, allocated; NULL if it is not there. */
gan_status gan__arrays_read_text(const struct gan__arrays *arrays, const char *name, char **text);

#endif
