/*
 * What the suites of files with weights share: networks, their tensors, and files compared tensor by tensor.
 */
#ifndef TESTS_IO_WEIGHTS_H
#define TESTS_IO_WEIGHTS_H

#include <gan/io.h>

#include "base/memory.h"
#include "io/files.h"
#include "io/safetensors.h"

static inline gan_layer *
weights_parse(gan_context *ctx, const char *text)
{
    gan_layer *layer = NULL;

    ASSERT_OK(ctx, gan_layer_parse(ctx, &layer, text));
    return layer;
}

static inline gan_layer *
weights_preset(gan_context *ctx, const char *name, const char *options)
{
    char text[4096];

    ASSERT_OK(ctx, gan_layer_preset(ctx, name, options, text, sizeof text, NULL));
    return weights_parse(ctx, text);
}

/* All of the network's numbers, from malloc. */
static inline float *
weights_read(gan_context *ctx, gan_layer *layer, int64_t *count)
{
    float *numbers = NULL;
    int64_t tensors = 0;

    *count = 0;
    ASSERT_OK(ctx, gan_layer_parameter_count(layer, &tensors));
    for (int64_t i = 0; i < tensors; i++) {
        gan_tensor *tensor = NULL;
        int64_t elements = 0;
        ASSERT_OK(ctx, gan_layer_parameter(layer, &tensor, i, NULL, 0, NULL));
        ASSERT_OK(ctx, gan_tensor_count(tensor, &elements));
        numbers = realloc(numbers, (size_t)(*count + elements) * sizeof(float));
        ck_assert_ptr_nonnull(numbers);
        ASSERT_OK(ctx, gan_tensor_read(tensor, numbers + *count, elements));
        *count += elements;
        gan_tensor_destroy(tensor);
    }
    return numbers;
}

/* Every number of the network becomes one of its own. */
static inline void
weights_mark(gan_context *ctx, gan_layer *layer, float first)
{
    int64_t tensors = 0;
    float value = first;

    ASSERT_OK(ctx, gan_layer_parameter_count(layer, &tensors));
    for (int64_t i = 0; i < tensors; i++) {
        gan_tensor *tensor = NULL;
        float *data = NULL;
        int64_t elements = 0;
        ASSERT_OK(ctx, gan_layer_parameter(layer, &tensor, i, NULL, 0, NULL));
        ASSERT_OK(ctx, gan_tensor_count(tensor, &elements));
        ASSERT_OK(ctx, gan_tensor_data(tensor, &data));
        for (int64_t k = 0; k < elements; k++) {
            data[k] = value;
            value += 1;
        }
        gan_tensor_destroy(tensor);
    }
}

static inline void
weights_same(gan_context *ctx, gan_layer *a, gan_layer *b)
{
    int64_t count[2];
    float *first = weights_read(ctx, a, &count[0]), *second = weights_read(ctx, b, &count[1]);

    ck_assert_int_eq(count[0], count[1]);
    ck_assert_mem_eq(first, second, (size_t)count[0] * sizeof(float));
    free(first);
    free(second);
}

/* Read a file; the state is for weights_free(). */
static inline void
weights_state(gan_context *ctx, struct gan__state *state, const char *path)
{
    struct gan__call call;

    ck_assert_int_eq(gan__enter(&call, ctx, GAN__GROUP_LAYER), GAN_OK);
    gan__state_init(state, ctx);
    ASSERT_OK(ctx, gan__leave(&call, gan__safetensors_load(state, path, UINT64_MAX)));
}

static inline void
weights_free(gan_context *ctx, struct gan__state *state)
{
    struct gan__call call;

    ck_assert_int_eq(gan__enter(&call, ctx, GAN__GROUP_LAYER), GAN_OK);
    gan__state_free(state);
    ck_assert_int_eq(gan__leave(&call, GAN_OK), GAN_OK);
}

/* How many tensors of `a` are in `b` too, with the same shape and bits; each must be. PyTorch's counts are left out. */
static inline int64_t
weights_same_tensors(gan_context *ctx, const char *a, const char *b)
{
    struct gan__state first, second;
    int64_t count = 0;

    weights_state(ctx, &first, a);
    weights_state(ctx, &second, b);
    for (int64_t i = 0; i < first.count; i++) {
        const struct gan__state_entry *entry = &first.entries[i], *other;
        if (entry->tensor == NULL) {
            continue;
        }
        other = gan__state_find(&second, "", entry->name);
        ck_assert_msg(other != NULL && other->tensor != NULL, "%s: no tensor \"%s\"", b,
                      entry->name);
        ck_assert_msg(gan__shape_equal(&entry->tensor->shape, &other->tensor->shape),
                      "\"%s\" has another shape", entry->name);
        ck_assert_msg(memcmp(gan__data(entry->tensor), gan__data(other->tensor),
                             (size_t)entry->tensor->count * sizeof(float)) == 0,
                      "\"%s\" has other numbers", entry->name);
        count++;
    }
    weights_free(ctx, &first);
    weights_free(ctx, &second);
    return count;
}

#endif
