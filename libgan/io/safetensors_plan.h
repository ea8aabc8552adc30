/*
 * Inside the reading of safetensors: the tensors that a header describes.
 */
#ifndef GAN__IO_SAFETENSORS_PLAN_H
#define GAN__IO_SAFETENSORS_PLAN_H

#include <jansson.h>

#include "io/safetensors.h"

/* One tensor; offsets are those of the file's data part. */
struct gan__safetensors_plan {
    const char *name, *type; /* the JSON object's */
    struct gan__shape shape;
    int64_t begin, end;
    bool read;             /* its numbers can be read: */
    enum gan__dtype dtype; /* are of this type */
};

/* The tensors in the order of their data. *plans is for gan__free(), also after a failure; path is
 * for sentences. */
gan_status gan__safetensors_plan(gan_context *ctx, const char *path, json_t *root,
                                 int64_t data_size, struct gan__safetensors_plan **plans,
                                 int64_t *count);

#endif
