/*
 * Shapes: checked when they come from outside, counted without overflow, written for sentences.
 */
#include <stdio.h>

#include "base/checked.h"
#include "kernels/kernels.h"
#include "tensor/tensor.h"

_Static_assert((int)GAN__RANK_MAX == GAN_RANK_MAX, "kernels take every tensor's dimensions");

int64_t
gan__shape_count(const struct gan__shape *shape)
{
    int64_t count = 1;
    bool empty = false;
    for (int32_t i = 0; i < shape->rank; i++) {
        if (shape->size[i] == 0) {
            empty = true; /* the other sizes must still be addressable by themselves */
            continue;
        }
        if (!gan__checked_mul(count, shape->size[i], &count) || count > GAN__COUNT_MAX) {
            return -1;
        }
    }
    return empty ? 0 : count;
}

gan_status
gan__shape_give(gan_context *ctx, const struct gan__shape *from, int64_t *shape, int32_t capacity,
                int32_t *rank)
{
    if (capacity < 0) {
        return gan__fail(ctx, GAN_E_ARG, "capacity is %d, must be 0 or more", (int)capacity);
    }
    if (shape == NULL && capacity > 0) {
        return gan__null(ctx, "shape");
    }
    for (int32_t i = 0; i < from->rank && i < capacity; i++) {
        shape[i] = from->size[i];
    }
    if (rank != NULL) {
        *rank = from->rank;
    }
    return GAN_OK;
}

bool
gan__shape_equal(const struct gan__shape *a, const struct gan__shape *b)
{
    if (a->rank != b->rank) {
        return false;
    }
    for (int32_t i = 0; i < a->rank; i++) {
        if (a->size[i] != b->size[i]) {
            return false;
        }
    }
    return true;
}

char *
gan__shape_text(char buffer[GAN__SHAPE_TEXT_SIZE], const struct gan__shape *shape)
{
    size_t used = 0;
    buffer[used++] = '[';
    for (int32_t i = 0; i < shape->rank; i++) {
        /* Eight sizes of at most 20 characters always fit. */
        const int written = snprintf(buffer + used, GAN__SHAPE_TEXT_SIZE - used, "%s%lld",
                                     i == 0 ? "" : ", ", (long long)shape->size[i]);
        used += written > 0 ? (size_t)written : 0;
    }
    buffer[used++] = ']';
    buffer[used] = '\0';
    return buffer;
}

void
gan__shape_print(struct gan__text *out, const struct gan__shape *shape)
{
    for (int32_t i = 0; i < shape->rank; i++) {
        gan__text_add(out, "%s%lld", i == 0 ? "" : "x", (long long)shape->size[i]);
    }
}

gan_status
gan__shape_make(gan_context *ctx, struct gan__shape *shape, const int64_t *sizes, int32_t rank)
{
    if (rank < 0 || rank > GAN_RANK_MAX) {
        return gan__fail(ctx, GAN_E_ARG, "rank is %d, must be 0 to %d", (int)rank, GAN_RANK_MAX);
    }
    if (sizes == NULL && rank > 0) {
        return gan__null(ctx, "shape");
    }
    *shape = (struct gan__shape){.rank = rank};
    for (int32_t i = 0; i < rank; i++) {
        shape->size[i] = sizes[i];
    }
    char text[GAN__SHAPE_TEXT_SIZE];
    for (int32_t i = 0; i < rank; i++) {
        if (sizes[i] < 0) {
            return gan__fail(ctx, GAN_E_SHAPE, "shape %s has a negative size",
                             gan__shape_text(text, shape));
        }
    }
    if (gan__shape_count(shape) < 0) {
        return gan__fail(ctx, GAN_E_SHAPE, "shape %s has more elements than the %lld that fit",
                         gan__shape_text(text, shape), (long long)GAN__COUNT_MAX);
    }
    return GAN_OK;
}
