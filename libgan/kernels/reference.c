/* The naive kernels; see reference.h. */
#include "kernels/reference.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/sum.h"

float Sleef_finz_expf1_u10purecfma(float);
float Sleef_finz_logf1_u10purecfma(float);
float Sleef_finz_tanhf1_u10purecfma(float);
float Sleef_finz_log1pf1_u10purecfma(float);
float Sleef_finz_expm1f1_u10purecfma(float);

static float
sigmoid(float x)
{
    const float e = Sleef_finz_expf1_u10purecfma(-fabsf(x));
    return (x > 0.0F ? 1.0F : e) / (1.0F + e);
}

float
gan__reference_unary(enum gan__unary kind, float x, float a, float b)
{
    const float e = Sleef_finz_expf1_u10purecfma(-fabsf(x));
    switch (kind) {
    case GAN__UNARY_affine:
        return fmaf(a, x, b);
    case GAN__UNARY_square:
        return x * x;
    case GAN__UNARY_sqrt:
        return sqrtf(x);
    case GAN__UNARY_exp:
        return Sleef_finz_expf1_u10purecfma(x);
    case GAN__UNARY_log:
        return Sleef_finz_logf1_u10purecfma(x);
    case GAN__UNARY_tanh:
        return Sleef_finz_tanhf1_u10purecfma(x);
    case GAN__UNARY_sigmoid:
        return sigmoid(x);
    case GAN__UNARY_softplus:
        return (x > 0.0F ? x : 0.0F) + Sleef_finz_log1pf1_u10purecfma(e);
    case GAN__UNARY_leaky_relu:
        return (x > 0.0F ? x : a * x) + 0.0F;
    case GAN__UNARY_abs:
        return fabsf(x);
    case GAN__UNARY_elu:
        return (x > 0.0F ? x : a * Sleef_finz_expm1f1_u10purecfma(0.0F < x ? 0.0F : x)) + 0.0F;
    case GAN__UNARY_silu:
        return x * sigmoid(x);
    case GAN__UNARY_clamp:
        return ((x < a ? a : x) > b ? b : x < a ? a : x) + 0.0F;
    default:
        return NAN;
    }
}

float
gan__reference_binary(enum gan__binary kind, float p, float q, float a, float b)
{
    switch (kind) {
    case GAN__BINARY_add:
        return p + q;
    case GAN__BINARY_sub:
        return p - q;
    case GAN__BINARY_mul:
        return p * q;
    case GAN__BINARY_div:
        return p / q;
    case GAN__BINARY_leaky_relu_gradient:
        return (q > 0.0F ? p : a * p) + 0.0F;
    case GAN__BINARY_tanh_gradient:
        return p * fmaf(-q, q, 1.0F);
    case GAN__BINARY_sigmoid_gradient:
        return p * q * (1.0F - q);
    case GAN__BINARY_abs_gradient:
        return p * (q > 0.0F ? 1.0F : q < 0.0F ? -1.0F : q) + 0.0F;
    case GAN__BINARY_elu_gradient:
        return (q > 0.0F ? p : p * (q + a)) + 0.0F;
    case GAN__BINARY_silu_gradient:
        return p * sigmoid(q) * fmaf(q, 1.0F - sigmoid(q), 1.0F);
    case GAN__BINARY_clamp_gradient:
        return (q < a || q > b ? 0.0F : p) + 0.0F;
    default:
        return NAN;
    }
}

/* The next index in row-major order; false after the last. */
static bool
next_index(int64_t *index, const int64_t *sizes, int32_t rank)
{
    for (int32_t d = rank - 1; d >= 0; d--) {
        if (++index[d] < sizes[d]) {
            return true;
        }
        index[d] = 0;
    }
    return false;
}

static bool
is_empty(const int64_t *sizes, int32_t rank)
{
    for (int32_t d = 0; d < rank; d++) {
        if (sizes[d] == 0) {
            return true;
        }
    }
    return false;
}

static int64_t
offset(const int64_t *index, const int64_t *strides, int32_t rank)
{
    int64_t sum = 0;
    for (int32_t d = 0; d < rank; d++) {
        sum += index[d] * strides[d];
    }
    return sum;
}

void
gan__reference_binary_array(enum gan__binary kind, float *y, const float *p,
                            const int64_t *p_strides, const float *q, const int64_t *q_strides,
                            const int64_t *sizes, int32_t rank, float a, float b)
{
    int64_t index[GAN__RANK_MAX] = {0};
    if (is_empty(sizes, rank)) {
        return;
    }
    do {
        *y++ = gan__reference_binary(kind, p[offset(index, p_strides, rank)],
                                     q[offset(index, q_strides, rank)], a, b);
    } while (next_index(index, sizes, rank));
}

void
gan__reference_copy(float *y, const int64_t *y_strides, const float *x, const int64_t *x_strides,
                    const int64_t *sizes, int32_t rank)
{
    int64_t index[GAN__RANK_MAX] = {0};
    if (is_empty(sizes, rank)) {
        return;
    }
    do {
        y[offset(index, y_strides, rank)] = x[offset(index, x_strides, rank)];
    } while (next_index(index, sizes, rank));
}

/* What is added up: x, dy, x - shift, (x - shift - mean)^2 or dy * (x - mean). */
enum term { VALUE, GRADIENT, SHIFTED, DEVIATION, PRODUCT };

struct terms {
    enum term kind;
    const float *x, *dy;
    float shift, mean;
};

static float
add_term(float sum, const struct terms *t, int64_t at)
{
    switch (t->kind) {
    case VALUE:
        return sum + t->x[at];
    case GRADIENT:
        return sum + t->dy[at];
    case SHIFTED:
        return sum + (t->x[at] - t->shift);
    case DEVIATION: {
        const float d = t->x[at] - t->shift - t->mean;
        return fmaf(d, d, sum);
    }
    default:
        return fmaf(t->dy[at], t->x[at] - t->mean, sum);
    }
}

/* One column of a block of rows that lie `columns` apart. Narrow matrices: row r adds to lane r mod
 * 16. */
static float
block_sum(const struct terms *t, int64_t at, int64_t rows, int64_t columns)
{
    const int64_t lanes = columns < GAN__SUM_LANES ? GAN__SUM_LANES : 1;
    float sum[GAN__SUM_LANES] = {0.0F};
    for (int64_t r = 0; r < rows; r++) {
        sum[r % lanes] = add_term(sum[r % lanes], t, at + r * columns);
    }
    for (int64_t half = lanes / 2; half >= 1; half /= 2) {
        for (int64_t i = 0; i < half; i++) {
            sum[i] += sum[i + half];
        }
    }
    return sum[0];
}

static int64_t
block_count(int64_t rows, int64_t columns)
{
    return (rows + gan__sum_rows(columns) - 1) / gan__sum_rows(columns);
}

static int64_t
block_height(int64_t block, int64_t rows, int64_t columns)
{
    const int64_t each = gan__sum_rows(columns);
    return rows - block * each < each ? rows - block * each : each;
}

/* Sums of blocks, then sums of those, until one is left. */
static float
tree_sum(const float *x, int64_t rows, int64_t columns)
{
    const struct terms t = {.kind = VALUE, .x = x};
    if (rows == 0) {
        return 0.0F;
    }
    const int64_t blocks = block_count(rows, columns);
    float *const partial = calloc((size_t)(blocks * columns), sizeof(float));
    for (int64_t b = 0; b < blocks; b++) {
        partial[b * columns] = block_sum(&t, b * gan__sum_rows(columns) * columns,
                                         block_height(b, rows, columns), columns);
    }
    const float sum = blocks == 1 ? partial[0] : tree_sum(partial, blocks, columns);
    free(partial);
    return sum;
}

void
gan__reference_sum(float *y, const float *x, int64_t outer, int64_t reduced, int64_t inner,
                   float scale)
{
    for (int64_t o = 0; o < outer; o++) {
        for (int64_t i = 0; i < inner; i++) {
            y[o * inner + i] = scale * tree_sum(x + o * reduced * inner + i, reduced, inner);
        }
    }
}

double
gan__reference_sum_squares(const float *x, int64_t count)
{
    double total = 0.0;
    for (int64_t first = 0; first < count; first += GAN__SQUARES_BLOCK) {
        double sum[GAN__SUM_LANES] = {0.0};
        for (int64_t i = 0; i < GAN__SQUARES_BLOCK && first + i < count; i++) {
            sum[i % GAN__SUM_LANES] += (double)x[first + i] * (double)x[first + i];
        }
        for (int half = GAN__SUM_LANES / 2; half >= 1; half /= 2) {
            for (int i = 0; i < half; i++) {
                sum[i] += sum[i + half];
            }
        }
        total += sum[0];
    }
    return total;
}

double
gan__reference_squared_distance(const float *x, const float *y, int64_t count)
{
    double sum[GAN__SUM_LANES] = {0.0};
    for (int64_t i = 0; i < count; i++) {
        const double difference = (double)x[i] - (double)y[i];
        sum[i % GAN__SUM_LANES] = fma(difference, difference, sum[i % GAN__SUM_LANES]);
    }
    for (int half = GAN__SUM_LANES / 2; half >= 1; half /= 2) {
        for (int i = 0; i < half; i++) {
            sum[i] += sum[i + half];
        }
    }
    return sum[0];
}

/* Element k of a dot product adds to lane k mod 16. */
static float
dot(const float *p, const float *q, int64_t count)
{
    float total = 0.0F;
    for (int64_t first = 0; first < count; first += GAN__DOT_BLOCK) {
        float sum[GAN__SUM_LANES] = {0.0F};
        for (int64_t i = first; i < first + GAN__DOT_BLOCK && i < count; i++) {
            sum[i % GAN__SUM_LANES] = fmaf(p[i], q[i], sum[i % GAN__SUM_LANES]);
        }
        for (int half = GAN__SUM_LANES / 2; half >= 1; half /= 2) {
            for (int i = 0; i < half; i++) {
                sum[i] += sum[i + half];
            }
        }
        total = first == 0 ? sum[0] : total + sum[0];
    }
    return total;
}

void
gan__reference_matmul(float *y, const float *a, const float *b, int64_t m, int64_t n, int64_t k,
                      bool transpose_a, bool transpose_b)
{
    for (int64_t i = 0; i < m; i++) {
        for (int64_t j = 0; j < n; j++) {
            float total = 0.0F, sum = 0.0F;
            for (int64_t l = 0; l < k; l++) {
                const float p = transpose_a ? a[l * m + i] : a[i * k + l];
                const float q = transpose_b ? b[j * k + l] : b[l * n + j];
                sum = k == 1 ? p * q : fmaf(p, q, sum);
                if (l % GAN__MATMUL_DEPTH == GAN__MATMUL_DEPTH - 1 || l == k - 1) {
                    total = l < GAN__MATMUL_DEPTH ? sum : total + sum;
                    sum = 0.0F;
                }
            }
            y[i * n + j] = k > 1 && n == 1 && !transpose_a ? dot(a + i * k, b, k) : total;
        }
    }
}

void
gan__reference_upsample(float *y, int64_t y_height, int64_t y_width, const float *x,
                        int64_t x_height, int64_t x_width, int64_t n, int64_t c, int64_t fh,
                        int64_t fw, float scale)
{
    for (int64_t at = 0; at < n * y_height * y_width * c; at++) {
        const int64_t channel = at % c, j = at / c % y_width, i = at / c / y_width % y_height,
                      s = at / c / y_width / y_height;
        const bool inside = i / fh < x_height && j / fw < x_width;
        y[at] =
            inside ? scale * x[((s * x_height + i / fh) * x_width + j / fw) * c + channel] : 0.0F;
    }
}

void
gan__reference_window_sum(float *y, int64_t y_height, int64_t y_width, const float *x,
                          int64_t x_height, int64_t x_width, int64_t n, int64_t c, int64_t fh,
                          int64_t fw, float scale)
{
    for (int64_t at = 0; at < n * y_height * y_width * c; at++) {
        const int64_t channel = at % c, j = at / c % y_width, i = at / c / y_width % y_height,
                      s = at / c / y_width / y_height;
        float sum = 0.0F;
        for (int64_t r = i * fh; r < (i + 1) * fh && r < x_height; r++) {
            for (int64_t q = j * fw; q < (j + 1) * fw && q < x_width; q++) {
                sum += x[((s * x_height + r) * x_width + q) * c + channel];
            }
        }
        y[at] = scale * sum;
    }
}

void
gan__reference_batch_norm_statistics(float *mean, float *variance, const float *x, int64_t rows,
                                     int64_t channels)
{
    const int64_t blocks = block_count(rows, channels), each = gan__sum_rows(channels);
    float *const sums = calloc((size_t)(blocks * channels), sizeof(float));
    float *const deviations = calloc((size_t)(blocks * channels), sizeof(float));
    for (int64_t c = 0; c < channels; c++) {
        for (int64_t b = 0; b < blocks; b++) {
            struct terms t = {.kind = SHIFTED, .x = x, .shift = x[c]};
            const int64_t height = block_height(b, rows, channels);
            const int64_t first = b * each * channels + c;
            sums[b * channels + c] = block_sum(&t, first, height, channels);
            t.kind = DEVIATION;
            t.mean = sums[b * channels + c] / (float)height;
            deviations[b * channels + c] = block_sum(&t, first, height, channels);
        }
        mean[c] = tree_sum(sums + c, blocks, channels) / (float)rows;
        for (int64_t b = 0; b < blocks; b++) {
            const float height = (float)block_height(b, rows, channels);
            const float d = sums[b * channels + c] / height - mean[c];
            deviations[b * channels + c] = fmaf(height * d, d, deviations[b * channels + c]);
        }
        variance[c] = tree_sum(deviations + c, blocks, channels) / (float)rows;
        mean[c] += x[c];
    }
    free(sums);
    free(deviations);
}

void
gan__reference_batch_norm_apply(float *y, const float *x, const float *mean, const float *variance,
                                const float *weight, const float *bias, float epsilon, int64_t rows,
                                int64_t channels)
{
    for (int64_t i = 0; i < rows * channels; i++) {
        const int64_t c = i % channels;
        y[i] = fmaf(x[i] - mean[c], weight[c] * (1.0F / sqrtf(variance[c] + epsilon)), bias[c]);
    }
}

void
gan__reference_batch_norm_gradient(float *dx, float *dweight, float *dbias, const float *dy,
                                   const float *x, const float *mean, const float *variance,
                                   const float *weight, float epsilon, int64_t rows,
                                   int64_t channels)
{
    const int64_t blocks = block_count(rows, channels), each = gan__sum_rows(channels);
    float *const sums = calloc((size_t)(2 * blocks * channels), sizeof(float));
    float *const products = sums + blocks * channels;
    for (int64_t c = 0; c < channels; c++) {
        for (int64_t b = 0; b < blocks; b++) {
            struct terms t = {.kind = GRADIENT, .x = x, .dy = dy, .mean = mean[c]};
            const int64_t first = b * each * channels + c;
            sums[b * channels + c] =
                block_sum(&t, first, block_height(b, rows, channels), channels);
            t.kind = PRODUCT;
            products[b * channels + c] =
                block_sum(&t, first, block_height(b, rows, channels), channels);
        }
        const float inverse = 1.0F / sqrtf(variance[c] + epsilon);
        const float scale = weight[c] * inverse;
        dbias[c] = tree_sum(sums + c, blocks, channels);
        const float product = tree_sum(products + c, blocks, channels);
        dweight[c] = product * inverse;
        const float slope = scale * inverse * inverse * (product / (float)rows);
        const float shift = scale * (dbias[c] / (float)rows);
        for (int64_t r = 0; r < rows; r++) {
            const int64_t at = r * channels + c;
            dx[at] = fmaf(dy[at], scale, -fmaf(x[at] - mean[c], slope, shift));
        }
    }
    free(sums);
}

static float
clipped(const struct gan__clip *clip, float gradient)
{
    return fminf(clip->limit, fmaxf(-clip->limit, clip->scale * gradient));
}

void
gan__reference_adam(const struct gan__adam *o, float *weight, float *exp_avg, float *exp_avg_sq,
                    const float *gradient, int64_t count)
{
    const float rest1 = (float)(1.0 - o->beta1), rest2 = (float)(1.0 - o->beta2);
    for (int64_t i = 0; i < count; i++) {
        const float g = fmaf(o->weight_decay, weight[i], clipped(&o->clip, gradient[i]));
        exp_avg[i] = fmaf(rest1, g - exp_avg[i], exp_avg[i]);
        exp_avg_sq[i] = fmaf(rest2 * g, g, (float)o->beta2 * exp_avg_sq[i]);
        const float step = exp_avg[i] / fmaf(sqrtf(exp_avg_sq[i]), o->root_correction, o->epsilon);
        weight[i] = fmaf(-o->lr_corrected, step, fmaf(-o->shrink, weight[i], weight[i]));
    }
}

void
gan__reference_sgd(const struct gan__sgd *o, float *weight, float *momentum_buffer,
                   const float *gradient, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        const float g = fmaf(o->weight_decay, weight[i], clipped(&o->clip, gradient[i]));
        float step = g;
        if (momentum_buffer != NULL) {
            const float buffer =
                o->first ? g : fmaf(1.0F - o->dampening, g, o->momentum * momentum_buffer[i]);
            momentum_buffer[i] = buffer;
            step = o->nesterov ? fmaf(o->momentum, buffer, g) : buffer;
        }
        weight[i] = fmaf(-o->lr, step, weight[i]);
    }
}

void
gan__reference_rmsprop(const struct gan__rmsprop *o, float *weight, float *square_avg,
                       float *momentum_buffer, float *grad_avg, const float *gradient,
                       int64_t count)
{
    const float rest = (float)(1.0 - o->alpha);
    for (int64_t i = 0; i < count; i++) {
        const float g = fmaf(o->weight_decay, weight[i], clipped(&o->clip, gradient[i]));
        square_avg[i] = fmaf(rest * g, g, (float)o->alpha * square_avg[i]);
        float square = square_avg[i];
        if (grad_avg != NULL) {
            grad_avg[i] = fmaf(rest, g - grad_avg[i], grad_avg[i]);
            square = fmaxf(0.0F, fmaf(-grad_avg[i], grad_avg[i], square));
        }
        float step = g / (sqrtf(square) + o->epsilon);
        if (momentum_buffer != NULL) {
            step = fmaf(o->momentum, momentum_buffer[i], step);
            momentum_buffer[i] = step;
        }
        weight[i] = fmaf(-o->lr, step, weight[i]);
    }
}

void
gan__reference_average(float *average, const float *weight, float one_minus_decay, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        average[i] = fmaf(one_minus_decay, weight[i] - average[i], average[i]);
    }
}
