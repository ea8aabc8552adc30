/* Loops over arrays of any strides: as few dimensions as it takes, cut into rectangles. */
#include "kernels/cut.h"

#include <stdbool.h>

/* Whether dimension d and the one inside it are one run in every array. */
static bool
joins(const struct gan__loop *loop, int32_t d)
{
    for (int32_t k = 0; k < loop->operands; k++) {
        if (loop->stride[k][d] != loop->stride[k][d + 1] * loop->size[d + 1]) {
            return false;
        }
    }
    return true;
}

static void
remove_dimension(struct gan__loop *loop, int32_t d)
{
    loop->rank--;
    for (int32_t i = d; i < loop->rank; i++) {
        loop->size[i] = loop->size[i + 1];
        for (int32_t k = 0; k < loop->operands; k++) {
            loop->stride[k][i] = loop->stride[k][i + 1];
        }
    }
}

static void
join(struct gan__loop *loop)
{
    for (int32_t d = loop->rank - 2; d >= 0; d--) {
        if (joins(loop, d)) {
            loop->size[d + 1] *= loop->size[d];
            remove_dimension(loop, d);
        }
    }
}

static void
add_outer_dimension(struct gan__loop *loop)
{
    for (int32_t i = loop->rank; i > 0; i--) {
        loop->size[i] = loop->size[i - 1];
        for (int32_t k = 0; k < loop->operands; k++) {
            loop->stride[k][i] = loop->stride[k][i - 1];
        }
    }
    loop->size[0] = 1;
    for (int32_t k = 0; k < loop->operands; k++) {
        loop->stride[k][0] = 0;
    }
    loop->rank++;
}

void
gan__loop_make(struct gan__loop *loop, const int64_t *sizes, int32_t rank,
               const int64_t *const *strides, int32_t operands)
{
    *loop = (struct gan__loop){.rank = 0, .operands = operands};
    for (int32_t d = 0; d < rank; d++) {
        if (sizes[d] == 1) {
            continue;
        }
        loop->size[loop->rank] = sizes[d];
        for (int32_t k = 0; k < operands; k++) {
            loop->stride[k][loop->rank] = strides[k][d];
        }
        loop->rank++;
    }
    join(loop);
    while (loop->rank < 2) {
        add_outer_dimension(loop);
    }
}

void
gan__loop_sort(struct gan__loop *loop)
{
    for (int32_t i = 1; i < loop->rank; i++) {
        for (int32_t j = i; j > 0 && loop->stride[0][j] > loop->stride[0][j - 1]; j--) {
            if (loop->size[j - 1] == 1) {
                break;
            }
            const int64_t size = loop->size[j];
            loop->size[j] = loop->size[j - 1];
            loop->size[j - 1] = size;
            for (int32_t k = 0; k < loop->operands; k++) {
                const int64_t stride = loop->stride[k][j];
                loop->stride[k][j] = loop->stride[k][j - 1];
                loop->stride[k][j - 1] = stride;
            }
        }
    }
    join(loop);
    while (loop->rank < 2) {
        add_outer_dimension(loop);
    }
}

void
gan__loop_cut(struct gan__loop *loop)
{
    const int64_t rows = loop->size[loop->rank - 2];
    const int64_t columns = loop->size[loop->rank - 1];
    loop->columns_each = gan__max(1, gan__min(columns, GAN__GRAIN));
    loop->rows_each = gan__max(1, gan__min(rows, gan__grain(loop->columns_each)));
    loop->row_cuts = gan__ceil_div(rows, loop->rows_each);
    loop->column_cuts = gan__ceil_div(columns, loop->columns_each);
    loop->items = loop->row_cuts * loop->column_cuts;
    for (int32_t d = 0; d < loop->rank - 2; d++) {
        loop->items *= loop->size[d];
    }
    loop->grain = gan__grain(loop->rows_each * loop->columns_each);
}

void
gan__loop_item(const struct gan__loop *loop, int64_t item, struct gan__rectangle *out)
{
    const int32_t inner = loop->rank - 1;
    const int64_t column = item % loop->column_cuts * loop->columns_each;
    item /= loop->column_cuts;
    const int64_t row = item % loop->row_cuts * loop->rows_each;
    item /= loop->row_cuts;
    out->columns = gan__min(loop->columns_each, loop->size[inner] - column);
    out->rows = gan__min(loop->rows_each, loop->size[inner - 1] - row);
    for (int32_t k = 0; k < loop->operands; k++) {
        out->offset[k] = row * loop->stride[k][inner - 1] + column * loop->stride[k][inner];
    }
    for (int32_t d = inner - 2; d >= 0; d--) {
        const int64_t index = item % loop->size[d];
        item /= loop->size[d];
        for (int32_t k = 0; k < loop->operands; k++) {
            out->offset[k] += index * loop->stride[k][d];
        }
    }
}
