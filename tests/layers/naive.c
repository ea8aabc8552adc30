/*
 * What layers compute, against plain loops in double: here options meet ops (heights and widths that differ).
 */
#include "layers/suites.h"

#include <math.h>

static void
check_values(const float *found, const double *wanted, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        ck_assert_double_eq_tol((double)found[i], wanted[i], 1e-5 * (1 + fabs(wanted[i])));
    }
}

/* Give a parameter values of a few bits, so that biases are not 0. */
static void
spread(gan_context *ctx, gan_layer *layer, const char *path, int32_t number)
{
    gan_tensor *tensor = parameter(ctx, layer, path), *drawn;
    int64_t shape[GAN_RANK_MAX], count;
    int32_t rank;

    ASSERT_OK(ctx, gan_tensor_shape(tensor, shape, GAN_RANK_MAX, &rank));
    ASSERT_OK(ctx, gan_tensor_count(tensor, &count));
    drawn = make_tensor(ctx, shape, rank, number);
    ASSERT_OK(ctx, gan_tensor_write(tensor, values(drawn), count));
    gan_tensor_destroy(drawn);
}

enum { N = 2, C = 3, F = 4 };

START_TEST(naive_conv2d)
{
    enum { H = 7, W = 6, KH = 3, KW = 2, OH = 5, OW = 5 }; /* stride 2x1, padding 2x0 */
    const int64_t shape[4] = {N, H, W, C};
    gan_context *ctx = make_context();
    gan_layer *layer = parse(ctx, "gan-network 1\ninput shape=7x6x3\n"
                                  "conv2d filters=4 kernel=3x2 stride=2x1 padding=2x0\n");
    gan_tensor *x = make_tensor(ctx, shape, 4, 1), *y = NULL;
    double wanted[N * OH * OW * F];
    int64_t at = 0;

    spread(ctx, layer, "1.bias", 2);
    const float *weight = values(parameter(ctx, layer, "1.weight"));
    const float *bias = values(parameter(ctx, layer, "1.bias"));
    for (int64_t n = 0; n < N; n++) {
        for (int64_t i = 0; i < OH; i++) {
            for (int64_t j = 0; j < OW; j++) {
                for (int64_t f = 0; f < F; f++) {
                    double sum = (double)bias[f];
                    for (int64_t r = 0; r < KH; r++) {
                        for (int64_t s = 0; s < KW; s++) {
                            const int64_t h = i * 2 - 2 + r, w = j + s;
                            for (int64_t c = 0; c < C && h >= 0 && h < H && w < W; c++) {
                                sum += (double)values(x)[((n * H + h) * W + w) * C + c] *
                                       (double)weight[((r * KW + s) * C + c) * F + f];
                            }
                        }
                    }
                    wanted[at++] = sum;
                }
            }
        }
    }
    ASSERT_OK(ctx, gan_layer_forward(layer, &y, x, 0));
    check_values(values(y), wanted, at);
    gan_tensor_destroy(x);
    gan_tensor_destroy(y);
    gan_layer_destroy(layer);
    gan_context_destroy(ctx);
}
END_TEST

START_TEST(naive_conv_transpose2d)
{
    enum {
        H = 3,
        W = 4,
        KH = 4,
        KW = 3,
        OH = 7,
        OW = 12
    }; /* stride 2x3, padding 1x0, output_padding 1x0 */
    const int64_t shape[4] = {N, H, W, C};
    gan_context *ctx = make_context();
    gan_layer *layer =
        parse(ctx, "gan-network 1\ninput shape=3x4x3\nconv_transpose2d filters=4 kernel=4x3 "
                   "stride=2x3 padding=1x0 output_padding=1x0\n");
    gan_tensor *x = make_tensor(ctx, shape, 4, 1), *y = NULL;
    double wanted[N * OH * OW * F];

    spread(ctx, layer, "1.bias", 2);
    const float *weight = values(parameter(ctx, layer, "1.weight")); /* [kh, kw, out, in] */
    for (int64_t i = 0; i < N * OH * OW * F; i++) {
        wanted[i] = (double)values(parameter(ctx, layer, "1.bias"))[i % F];
    }
    for (int64_t n = 0; n < N; n++) { /* each pixel of x is spread over its window */
        for (int64_t h = 0; h < H; h++) {
            for (int64_t w = 0; w < W; w++) {
                for (int64_t tap = 0; tap < KH * KW; tap++) {
                    const int64_t i = h * 2 - 1 + tap / KW, j = w * 3 + tap % KW;
                    for (int64_t f = 0; f < F && i >= 0 && i < OH && j < OW; f++) {
                        for (int64_t c = 0; c < C; c++) {
                            wanted[((n * OH + i) * OW + j) * F + f] +=
                                (double)values(x)[((n * H + h) * W + w) * C + c] *
                                (double)weight[(tap * F + f) * C + c];
                        }
                    }
                }
            }
        }
    }
    ASSERT_OK(ctx, gan_layer_forward(layer, &y, x, 0));
    int64_t count;
    ASSERT_OK(ctx, gan_tensor_count(y, &count));
    ck_assert_int_eq(count, N * OH * OW * F);
    check_values(values(y), wanted, count);
    gan_tensor_destroy(x);
    gan_tensor_destroy(y);
    gan_layer_destroy(layer);
    gan_context_destroy(ctx);
}
END_TEST

/* Resampling, activations, joining: one pixel after the other. */
START_TEST(naive_elementwise)
{
    const int64_t shape[4] = {N, 2, 3, C};
    gan_context *ctx = make_context();
    gan_layer *layer =
        parse(ctx, "gan-network 1\ninput shape=2x3x3\nupsample2d scale=2x1\navg_pool2d kernel=1x3\n"
                   "concat { leaky_relu slope=0.3\n } { sigmoid\n } { softplus\n } { tanh\n } { "
                   "relu\n } { dropout\n }\n");
    gan_tensor *x = make_tensor(ctx, shape, 4, 1), *y = NULL;
    double wanted[N * 4 * 6 * C];
    int64_t at = 0;

    for (int64_t n = 0; n < N; n++) {
        for (int64_t i = 0; i < 4; i++) {
            for (int64_t f = 0; f < 6 * C; f++) {
                const float *row = values(x) + (n * 2 + i / 2) * 3 * C + f % C;
                const double v = ((double)row[0] + (double)row[C] + (double)row[2 * C]) / 3;
                const double all[6] = {v > 0 ? v : 0.3 * v, 1 / (1 + exp(-v)),
                                       log1p(exp(v)),       tanh(v),
                                       v > 0 ? v : 0,       v};
                wanted[at++] = all[f / C];
            }
        }
    }
    ASSERT_OK(ctx, gan_layer_forward(layer, &y, x, 0));
    check_values(values(y), wanted, at);
    gan_tensor_destroy(x);
    gan_tensor_destroy(y);
    gan_layer_destroy(layer);
    gan_context_destroy(ctx);
}
END_TEST

enum { ROWS = 10 };

/* Mean and biased variance of a channel of x [ROWS, C]. */
static void
channel(const float *x, int64_t c, double *mean, double *variance)
{
    double sum = 0, squares = 0;

    for (int64_t i = 0; i < ROWS; i++) {
        sum += (double)x[i * C + c];
    }
    *mean = sum / ROWS;
    for (int64_t i = 0; i < ROWS; i++) {
        squares += ((double)x[i * C + c] - *mean) * ((double)x[i * C + c] - *mean);
    }
    *variance = squares / ROWS;
}

START_TEST(naive_batch_norm)
{
    const int64_t shape[3] = {2, 5, C};
    gan_context *ctx = make_context();
    gan_layer *layer = parse(
        ctx, "gan-network 1\ninput shape=5x3\nbatch_norm name=n epsilon=1e-3 momentum=0.25\n");
    gan_tensor *x = make_tensor(ctx, shape, 3, 1), *y = NULL;
    double trained[ROWS * C], fixed[ROWS * C], mean, variance, means[C], variances[C];

    spread(ctx, layer, "n.weight", 2);
    spread(ctx, layer, "n.bias", 3);
    spread(ctx, layer, "n.running_mean", 4);
    for (int64_t c = 0; c < C; c++) {
        const double weight = (double)values(parameter(ctx, layer, "n.weight"))[c];
        const double bias = (double)values(parameter(ctx, layer, "n.bias"))[c];
        channel(values(x), c, &mean, &variance);
        values(parameter(ctx, layer, "n.running_var"))[c] = 0.5f + (float)c;
        means[c] = 0.75 * (double)values(parameter(ctx, layer, "n.running_mean"))[c] + 0.25 * mean;
        variances[c] = 0.75 * (0.5 + (double)c) + 0.25 * variance * ROWS / (ROWS - 1);
        for (int64_t i = 0; i < ROWS; i++) {
            const double v = (double)values(x)[i * C + c];
            trained[i * C + c] = (v - mean) / sqrt(variance + 1e-3) * weight + bias;
            fixed[i * C + c] = (v - means[c]) / sqrt(variances[c] + 1e-3) * weight + bias;
        }
    }
    ASSERT_OK(ctx, gan_layer_forward(layer, &y, x, 1));
    check_values(values(y), trained, ROWS * C);
    check_values(values(parameter(ctx, layer, "n.running_mean")), means, C);
    check_values(values(parameter(ctx, layer, "n.running_var")), variances, C);
    gan_tensor_destroy(y);
    ASSERT_OK(ctx, gan_layer_forward(layer, &y, x, 0));
    check_values(values(y), fixed, ROWS * C);
    check_values(values(parameter(ctx, layer, "n.running_mean")), means, C); /* stays */
    gan_tensor_destroy(x);
    gan_tensor_destroy(y);
    gan_layer_destroy(layer);
    gan_context_destroy(ctx);
}
END_TEST

TCase *
naive_tests(void)
{
    TCase *tests = tcase_create("naive");

    tcase_add_test(tests, naive_conv2d);
    tcase_add_test(tests, naive_conv_transpose2d);
    tcase_add_test(tests, naive_elementwise);
    tcase_add_test(tests, naive_batch_norm);
    return tests;
}
