/* Copies between arrays of any strides: slices, concatenation, permutations, repetition. */
#include <string.h>

#include "base/context.h"
#include "base/pool.h"
#include "kernels/cut.h"
#include "kernels/kernels.h"

#if defined(__SSE__)
#include <xmmintrin.h>
#endif

enum {
    TILE = 16, /* rows of a transposition at a time: one cache line of the source */
    SQUARE = 4
};

struct copy {
    struct gan__loop loop;
    float *y;
    const float *x;
};

static void
copy_row(float *y, int64_t y_step, const float *x, int64_t x_step, int64_t count)
{
    if (y_step == 1 && x_step == 1) {
        memcpy(y, x, (size_t)count * sizeof(float));
        return;
    }
    if (y_step == 1 && x_step == 0) {
        const float value = *x;
        for (int64_t i = 0; i < count; i++) {
            y[i] = value;
        }
        return;
    }
    for (int64_t i = 0; i < count; i++) {
        y[i * y_step] = x[i * x_step];
    }
}

#if defined(__SSE__)
/* A square of 4 by 4. */
static void
transpose_square(float *y, int64_t y_row, const float *x, int64_t x_column)
{
    __m128 a = _mm_loadu_ps(x);
    __m128 b = _mm_loadu_ps(x + x_column);
    __m128 c = _mm_loadu_ps(x + 2 * x_column);
    __m128 d = _mm_loadu_ps(x + 3 * x_column);
    _MM_TRANSPOSE4_PS(a, b, c, d);
    _mm_storeu_ps(y, a);
    _mm_storeu_ps(y + y_row, b);
    _mm_storeu_ps(y + 2 * y_row, c);
    _mm_storeu_ps(y + 3 * y_row, d);
}
#else
static void
transpose_square(float *y, int64_t y_row, const float *x, int64_t x_column)
{
    for (int64_t i = 0; i < SQUARE * SQUARE; i++) {
        y[i / SQUARE * y_row + i % SQUARE] = x[i % SQUARE * x_column + i / SQUARE];
    }
}
#endif

/* x runs along rows, y along columns: read whole lines of x, a few rows at a time. */
static void
copy_transposed(float *y, int64_t y_row, const float *x, int64_t x_column, int64_t rows,
                int64_t columns)
{
    for (int64_t first = 0; first < rows; first += TILE) {
        const int64_t height = gan__min(TILE, rows - first);
        for (int64_t column = 0; column < columns; column += SQUARE) {
            const int64_t width = gan__min(SQUARE, columns - column);
            int64_t row = 0;
            for (; row + SQUARE <= height && width == SQUARE; row += SQUARE) {
                transpose_square(y + (first + row) * y_row + column, y_row,
                                 x + column * x_column + first + row, x_column);
            }
            for (; row < height; row++) {
                for (int64_t i = column; i < column + width; i++) {
                    y[(first + row) * y_row + i] = x[i * x_column + first + row];
                }
            }
        }
    }
}

static void
copy_task(void *argument, int64_t begin, int64_t end, int32_t slot)
{
    (void)slot;
    const struct copy *c = argument;
    const int32_t inner = c->loop.rank - 1;
    const int64_t *const y_stride = c->loop.stride[0];
    const int64_t *const x_stride = c->loop.stride[1];
    for (int64_t item = begin; item < end; item++) {
        struct gan__rectangle at;
        gan__loop_item(&c->loop, item, &at);
        float *const y = c->y + at.offset[0];
        const float *const x = c->x + at.offset[1];
        if (x_stride[inner - 1] == 1 && x_stride[inner] != 1 && y_stride[inner] == 1) {
            copy_transposed(y, y_stride[inner - 1], x, x_stride[inner], at.rows, at.columns);
            continue;
        }
        for (int64_t row = 0; row < at.rows; row++) {
            copy_row(y + row * y_stride[inner - 1], y_stride[inner], x + row * x_stride[inner - 1],
                     x_stride[inner], at.columns);
        }
    }
}

/* Bring the dimension along which x is contiguous next to the last, for copy_transposed. */
static void
move_runs(struct gan__loop *loop)
{
    const int32_t inner = loop->rank - 1;
    if (loop->stride[1][inner] == 1 || loop->stride[1][inner] == 0) {
        return;
    }
    for (int32_t d = inner - 2; d >= 0; d--) {
        if (loop->stride[1][d] != 1) {
            continue;
        }
        const struct gan__loop old = *loop;
        for (int32_t i = d; i < inner; i++) {
            const int32_t from = i == inner - 1 ? d : i + 1;
            loop->size[i] = old.size[from];
            loop->stride[0][i] = old.stride[0][from];
            loop->stride[1][i] = old.stride[1][from];
        }
        return;
    }
}

void
gan__copy(gan_context *ctx, float *y, const int64_t *y_strides, const float *x,
          const int64_t *x_strides, const int64_t *sizes, int32_t rank)
{
    struct copy c = {.y = y, .x = x};
    const int64_t *const strides[] = {y_strides, x_strides};
    gan__loop_make(&c.loop, sizes, rank, strides, 2);
    gan__loop_sort(&c.loop);
    move_runs(&c.loop);
    gan__loop_cut(&c.loop);
    gan__parallel_for(ctx, c.loop.items, c.loop.grain, copy_task, &c);
}
