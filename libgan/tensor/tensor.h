/*
 * The tensor object inside: shape, shared storage, and what autograd hangs on it (opaque here).
 */
#ifndef GAN__TENSOR_H
#define GAN__TENSOR_H

#include <gan/tensor.h>

#include <stdbool.h>

#include "base/context.h"
#include "base/text.h"

struct gan__shape {
    int32_t rank;
    int64_t size[GAN_RANK_MAX];
};

/* Memory that tensors share (a reshape, a detach). Counted by the owner's thread only. */
struct gan__storage {
    int64_t references;
    int64_t version; /* rises with each change in place that autograd must notice */
    float *data;
};

struct gan_tensor {
    struct gan__object object;
    struct gan__shape shape;
    int64_t count;
    struct gan__storage *storage;
    bool requires_grad;          /* also of results of recorded ops */
    gan_tensor *gradient;        /* held; NULL until gan_backward */
    struct gan__object *history; /* held; the graph node that made it, NULL for leaves */
    /* Autograd's marks on leaves: the backward pass that last met this one, and its place there. */
    uint64_t pass;
    int64_t place;
    /* In the list of ctx->cycles, while the gradient has a history; that may hold this tensor. */
    gan_tensor *next_cycle, **cycle_link;
};

/* A tensor with uninitialised data; one handle. Shape checked (GAN_E_SHAPE). */
gan_status gan__tensor_create(gan_context *ctx, gan_tensor **out, const struct gan__shape *shape);
/* A tensor with a copy of x's data, without history; one handle. */
gan_status gan__tensor_copy(gan_context *ctx, gan_tensor **out, gan_tensor *x);
/* Nobody else holds the tensor or shares its memory: the caller may change it in place. */
bool gan__tensor_is_exclusive(const gan_tensor *tensor);
/* A tensor of another shape (same count) over x's storage, without history; one handle. */
gan_status gan__tensor_view(gan_context *ctx, gan_tensor **out, gan_tensor *x,
                            const struct gan__shape *shape);

/* Make what gan__tensor_keep_gradient needs to keep a gradient that has a history. */
gan_status gan__tensor_prepare_cycles(gan_context *ctx);
/* Replace the gradient; NULL forgets it. Takes a handle over. */
void gan__tensor_keep_gradient(gan_tensor *tensor, gan_tensor *gradient);

static inline float *
gan__data(const gan_tensor *tensor)
{
    return tensor->storage->data;
}

/* Say that data was changed in place. */
static inline void
gan__tensor_touch(gan_tensor *tensor)
{
    tensor->storage->version++;
}

/* From outside: check rank and sizes, fill *shape. */
gan_status gan__shape_make(gan_context *ctx, struct gan__shape *shape, const int64_t *sizes,
                           int32_t rank);
/* As the public calls give a shape: up to `capacity` sizes, and its rank if rank is not NULL. */
gan_status gan__shape_give(gan_context *ctx, const struct gan__shape *from, int64_t *shape,
                           int32_t capacity, int32_t *rank);
bool gan__shape_equal(const struct gan__shape *a, const struct gan__shape *b);
/* The product, checked against GAN__COUNT_MAX; -1 if too large. */
int64_t gan__shape_count(const struct gan__shape *shape);
/* "[64, 7, 7, 128]" into buffer; returns it. */
enum { GAN__SHAPE_TEXT_SIZE = 200 };
char *gan__shape_text(char buffer[GAN__SHAPE_TEXT_SIZE], const struct gan__shape *shape);
/* Append "28x28x1", as options have shapes. */
void gan__shape_print(struct gan__text *out, const struct gan__shape *shape);

#endif
