/* The suites of this folder, and what they share: one dense layer whose gradient is set to given numbers. */
#ifndef TESTS_OPTIMIZERS_SUITES_H
#define TESTS_OPTIMIZERS_SUITES_H

#include "optimizers/optimizer.h"

#include <gan/ops.h>

#include "support.h"

Suite *optimizer_state_suite(void);
Suite *updates_suite(void);
Suite *average_suite(void);

/* Internal functions leave the sentence of an earlier failure; a public call forgets it. */
static inline void
clear_sentence(gan_context *ctx)
{
    uint64_t threads = 0;

    ASSERT_OK(ctx, gan_context_get(ctx, &threads, "threads"));
}

static inline gan_layer *
parse_network(gan_context *ctx, const char *lines)
{
    char text[1024] = "gan-network 1\n";
    gan_layer *network = NULL;

    strncat(text, lines, sizeof text - strlen(text) - 1);
    ASSERT_OK(ctx, gan_layer_parse(ctx, &network, text));
    return network;
}

static inline gan_tensor *
parameter_of(gan_context *ctx, gan_layer *network, const char *path)
{
    gan_tensor *parameter = NULL;

    ASSERT_OK(ctx, gan_layer_find_parameter(network, &parameter, path));
    return parameter;
}

/* Make the parameter's gradient these numbers, by differentiating sum(parameter * numbers). */
static inline void
set_gradient(gan_context *ctx, gan_tensor *parameter, const float *numbers)
{
    int64_t shape[GAN_RANK_MAX];
    int32_t rank = 0;
    gan_tensor *factor = NULL, *product = NULL, *sum = NULL;

    ASSERT_OK(ctx, gan_tensor_shape(parameter, shape, GAN_RANK_MAX, &rank));
    ASSERT_OK(ctx, gan_tensor_create(ctx, &factor, shape, rank, numbers));
    ASSERT_OK(ctx, gan_mul(ctx, &product, parameter, factor));
    ASSERT_OK(ctx, gan_sum(ctx, &sum, product, NULL, 0, 0));
    ASSERT_OK(ctx, gan_tensor_clear_gradient(parameter));
    ASSERT_OK(ctx, gan_backward(ctx, sum, 0));
    gan_tensor_destroy(factor);
    gan_tensor_destroy(product);
    gan_tensor_destroy(sum);
}

#endif
