/* Functions of two arrays that repeat each other's missing dimensions. */
#include <string.h>

#include "base/context.h"
#include "base/pool.h"
#include "kernels/cut.h"
#include "kernels/table.h"

typedef void (*binary_function)(float *y, const float *p, const float *q,
                                const struct gan__binary_piece *piece, float a, float b);

struct binary {
    struct gan__loop loop;
    binary_function function;
    float *y;
    const float *p, *q;
    float a, b;
};

/* Narrow rows of one operand, the other one row for all of them (p if p_narrow): join some rows
 * into a wide one, against the narrow row written several times. */
static void
narrow_rows(const struct binary *b, float *y, const float *p, const float *q,
            const struct gan__binary_piece *piece, bool p_narrow)
{
    float repeated[2 * GAN__NARROW];
    const int64_t columns = piece->columns;
    const int64_t times = gan__min(gan__ceil_div(GAN__NARROW, columns), piece->rows);
    for (int64_t i = 0; i < times; i++) {
        memcpy(repeated + i * columns, p_narrow ? p : q, (size_t)columns * sizeof(float));
    }
    const int64_t wide = times * columns;
    const int64_t whole = piece->rows / times;
    struct gan__binary_piece part = {
        .rows = whole, .columns = wide, .p_column = true, .q_column = true};
    *(p_narrow ? &part.q_row : &part.p_row) = wide;
    b->function(y, p_narrow ? repeated : p, p_narrow ? q : repeated, &part, b->a, b->b);
    const int64_t done = whole * wide;
    part.rows = 1;
    part.columns = piece->rows * columns - done;
    b->function(y + done, p_narrow ? repeated : p + done, p_narrow ? q + done : repeated, &part,
                b->a, b->b);
}

static void
binary_task(void *argument, int64_t begin, int64_t end, int32_t slot)
{
    (void)slot;
    const struct binary *b = argument;
    const int32_t inner = b->loop.rank - 1;
    for (int64_t item = begin; item < end; item++) {
        struct gan__rectangle at;
        gan__loop_item(&b->loop, item, &at);
        const struct gan__binary_piece piece = {.rows = at.rows,
                                                .columns = at.columns,
                                                .p_row = b->loop.stride[1][inner - 1],
                                                .q_row = b->loop.stride[2][inner - 1],
                                                .p_column = b->loop.stride[1][inner] != 0,
                                                .q_column = b->loop.stride[2][inner] != 0};
        float *const y = b->y + at.offset[0];
        const float *const p = b->p + at.offset[1];
        const float *const q = b->q + at.offset[2];
        const bool narrow =
            piece.rows > 1 && piece.columns < GAN__NARROW && piece.p_column && piece.q_column;
        if (narrow && piece.q_row == 0 && piece.p_row == piece.columns) {
            narrow_rows(b, y, p, q, &piece, false);
        } else if (narrow && piece.p_row == 0 && piece.q_row == piece.columns) {
            narrow_rows(b, y, p, q, &piece, true);
        } else {
            b->function(y, p, q, &piece, b->a, b->b);
        }
    }
}

void
gan__binary(gan_context *ctx, enum gan__binary kind, float *y, const float *p,
            const int64_t *p_strides, const float *q, const int64_t *q_strides,
            const int64_t *sizes, int32_t rank, float a, float b)
{
    int64_t y_strides[GAN__RANK_MAX];
    int64_t count = 1;
    for (int32_t d = rank - 1; d >= 0; d--) {
        y_strides[d] = count;
        count *= sizes[d];
    }
    struct binary task = {
        .function = ctx->kernels->binary[kind], .y = y, .p = p, .q = q, .a = a, .b = b};
    const int64_t *const strides[] = {y_strides, p_strides, q_strides};
    gan__loop_make(&task.loop, sizes, rank, strides, 3);
    gan__loop_cut(&task.loop);
    gan__parallel_for(ctx, task.loop.items, task.loop.grain, binary_task, &task);
}
