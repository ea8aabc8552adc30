/*
 * The suites of this folder and what they share.
 */
#ifndef TESTS_LAYERS_SUITES_H
#define TESTS_LAYERS_SUITES_H

#include "support.h"

#include <gan/layer.h>
#include <gan/ops.h>

TCase *text_tests(void);
TCase *build_tests(void);
TCase *run_tests(void);
TCase *generate_tests(void);
TCase *generate_noise_tests(void);
TCase *gradient_tests(void);
TCase *naive_tests(void);
TCase *user_tests(void);
TCase *failure_tests(void);
TCase *oracle_tests(void);
TCase *norm_tests(void);
TCase *batch_tests(void);
TCase *preset_tests(void);

enum { TEXT_SIZE = 1 << 16 };

static inline gan_context *
make_context(void)
{
    gan_context *ctx = NULL;

    ASSERT_OK(ctx, gan_context_create(&ctx, "threads=1 seed=7", NULL));
    return ctx;
}

static inline gan_layer *
parse(gan_context *ctx, const char *text)
{
    gan_layer *layer = NULL;

    ASSERT_OK(ctx, gan_layer_parse(ctx, &layer, text));
    return layer;
}

/* A tensor of values that follow from its number: in (-1, 1), none near 0. */
static inline gan_tensor *
make_tensor(gan_context *ctx, const int64_t *shape, int32_t rank, int32_t number)
{
    gan_tensor *tensor = NULL;
    float *data = NULL;
    int64_t count = 0;
    uint32_t state = 12345u + 977u * (uint32_t)number;

    ASSERT_OK(ctx, gan_tensor_create(ctx, &tensor, shape, rank, NULL));
    ASSERT_OK(ctx, gan_tensor_data(tensor, &data));
    ASSERT_OK(ctx, gan_tensor_count(tensor, &count));
    for (int64_t i = 0; i < count; i++) {
        state = state * 1664525u + 1013904223u;
        const float size = 0.1f + 0.85f * (float)(state >> 9) / (float)(1 << 23);
        data[i] = (state >> 8 & 1) != 0 ? size : -size;
    }
    return tensor;
}

static inline float *
values(gan_tensor *tensor)
{
    float *data = NULL;

    ck_assert_int_eq(gan_tensor_data(tensor, &data), GAN_OK);
    return data;
}

static inline gan_tensor *
parameter(gan_context *ctx, gan_layer *layer, const char *path)
{
    gan_tensor *tensor = NULL;

    ASSERT_OK(ctx, gan_layer_find_parameter(layer, &tensor, path));
    gan_tensor_destroy(tensor); /* the layer holds it */
    return tensor;
}

#endif
