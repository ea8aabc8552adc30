/*
 * init=orthogonal: a matrix with orthonormal rows or columns, whichever are fewer, times a gain.
 * (Saxe et al., "Exact solutions to the nonlinear dynamics of learning in deep linear neural
 * networks", ICLR 2014)
 *
 * The normal draw's QR factor with a positive diagonal of R, as PyTorch's, by the modified
 * Gram-Schmidt method in double, done twice for vectors that nearly depend on each other. Vectors go
 * in panels: those of a panel one by one, then each later vector, whole in the cache, against the
 * panel. Each vector loses its parts along the earlier ones in their order, whoever does it.
 */
#include "layers/class.h"

#include <math.h>

#include "base/context.h"
#include "base/memory.h"
#include "base/pool.h"

enum {
    PANEL = 32,
    LANES = 8, /* of a dot product */
    PASSES = 2
};

/* GCC's -O2 makes vector code of the short loops only when they are gone; Clang needs no word. */
#if defined(__clang__)
#define UNROLL
#else
#define UNROLL _Pragma("GCC unroll 8")
#endif

/* `count` vectors of `length` numbers each. */
struct vectors {
    double *data;
    int64_t count, length;
    int64_t panel; /* where the panel begins */
};

/* x -= (q x) q for a q of norm 1. */
static void
remove_part(double *restrict x, const double *restrict q, int64_t length)
{
    double lanes[LANES] = {0};
    double dot = 0;
    int64_t i = 0;

    for (; i + LANES <= length; i += LANES) {
        UNROLL
        for (int j = 0; j < LANES; j++) {
            lanes[j] += x[i + j] * q[i + j];
        }
    }
    for (; i < length; i++) {
        dot += x[i] * q[i];
    }
    for (int j = 0; j < LANES; j++) {
        dot += lanes[j];
    }
    for (i = 0; i + LANES <= length; i += LANES) {
        UNROLL
        for (int j = 0; j < LANES; j++) {
            x[i + j] -= dot * q[i + j];
        }
    }
    for (; i < length; i++) {
        x[i] -= dot * q[i];
    }
}

static void
normalize(double *x, int64_t length)
{
    double sum = 0;

    for (int64_t i = 0; i < length; i++) {
        sum += x[i] * x[i];
    }
    const double norm = sqrt(sum);
    for (int64_t i = 0; i < length; i++) {
        x[i] = norm > 0 ? x[i] / norm : (i == 0 ? 1 : 0);
    }
}

static void
later_task(void *argument, int64_t begin, int64_t end, int32_t slot)
{
    const struct vectors *v = argument;
    const int64_t first = v->panel + PANEL;

    (void)slot;
    for (int64_t k = first + begin; k < first + end; k++) {
        for (int64_t j = v->panel; j < first; j++) {
            remove_part(v->data + k * v->length, v->data + j * v->length, v->length);
        }
    }
}

static void
orthonormalize(gan_context *ctx, struct vectors *v)
{
    for (v->panel = 0; v->panel < v->count; v->panel += PANEL) {
        const int64_t end = v->count - v->panel < PANEL ? v->count : v->panel + PANEL;
        for (int64_t k = v->panel; k < end; k++) {
            double *x = v->data + k * v->length;
            for (int64_t j = v->panel; j < k; j++) {
                remove_part(x, v->data + j * v->length, v->length);
            }
            normalize(x, v->length);
        }
        if (end < v->count) {
            gan__parallel_for(ctx, v->count - end, 8, later_task, v);
        }
    }
}

gan_status
gan__orthogonal(gan_tensor *weight, int32_t axis, double gain)
{
    gan_context *ctx = weight->object.ctx;
    const int64_t out = weight->shape.size[axis], rest = weight->count / out;
    const bool by_output = out <= rest; /* a vector for each output channel */
    struct vectors v = {NULL, by_output ? out : rest, by_output ? rest : out, 0};
    float *data = gan__data(weight);
    int64_t inner = 1;

    v.data = gan__alloc_array(ctx, weight->count, sizeof *v.data);
    if (v.data == NULL) {
        return GAN_E_NOMEM;
    }
    for (int32_t i = axis + 1; i < weight->shape.rank; i++) {
        inner *= weight->shape.size[i];
    }
    /* Element (a, o, b) of [outer, out, inner] is row o, column (a, b) of the matrix. */
    for (int64_t i = 0; i < weight->count; i++) {
        const int64_t o = i / inner % out, r = i / (inner * out) * inner + i % inner;
        v.data[by_output ? o * rest + r : r * out + o] = (double)data[i];
    }
    for (int32_t pass = 0; pass < PASSES; pass++) {
        orthonormalize(ctx, &v);
    }
    for (int64_t i = 0; i < weight->count; i++) {
        const int64_t o = i / inner % out, r = i / (inner * out) * inner + i % inner;
        data[i] = (float)(gain * v.data[by_output ? o * rest + r : r * out + o]);
    }
    gan__free(ctx, v.data);
    return GAN_OK;
}
