/*
 * A factor of a symmetric positive semidefinite matrix in double: Cholesky with the largest pivot
 * first, in blocks of rows, so that most of the work is matrix products. The matrix keeps its
 * order: pivots are only marked as used. (Higham, "Accuracy and Stability of Numerical Algorithms",
 * chapter 10)
 */
#include <float.h>
#include <math.h>
#include <string.h>

#include "base/context.h"
#include "base/memory.h"
#include "kernels/kernels.h"

enum { BLOCK = 64 };

/* What is left of a diagonal element is a rounding error when it is this much smaller. */
static const double smallest = 64 * DBL_EPSILON;

struct factor {
    double *rows;  /* [rank, n] */
    double *a;     /* without the blocks that are done; below the diagonal */
    double *left;  /* [n]: what is left of the diagonal; 0: used, or nothing */
    double *bound; /* [n]: what is as good as nothing */
    int64_t n;
};

/* The largest, the first of equals; -1 if nothing is left. */
static int64_t
pivot(const struct factor *f)
{
    int64_t best = -1;

    for (int64_t i = 0; i < f->n; i++) {
        if (f->left[i] > f->bound[i] && (best < 0 || f->left[i] > f->left[best])) {
            best = i;
        }
    }
    return best;
}

/* Row `row` of the factor from column p of what is left; rows from `first` on are not in a yet. */
static void
make_row(struct factor *f, int64_t first, int64_t row, int64_t p)
{
    const int64_t n = f->n;
    double *const y = f->rows + row * n;
    const double root = sqrt(f->left[p]);

    memcpy(y, f->a + p * n, (size_t)p * sizeof *y);
    for (int64_t i = p; i < n; i++) {
        y[i] = f->a[i * n + p];
    }
    for (int64_t s = first; s < row; s++) {
        const double *const x = f->rows + s * n;
        const double factor = x[p];
        for (int64_t i = 0; i < n; i++) {
            y[i] -= factor * x[i];
        }
    }
    for (int64_t i = 0; i < n; i++) {
        y[i] = f->left[i] > 0 ? y[i] / root : 0; /* 0: it was a pivot before */
        f->left[i] -= y[i] * y[i];
    }
    y[p] = root;
    f->left[p] = 0;
}

static void
run(gan_context *ctx, struct factor *f, int64_t *rank, int64_t most)
{
    const int64_t n = f->n;
    int64_t first = 0, row = 0;

    for (int64_t i = 0; i < n; i++) {
        f->left[i] = f->a[i * n + i];
        f->bound[i] = smallest * f->left[i];
    }
    while (row < most) {
        const int64_t p = pivot(f);
        if (p < 0) {
            break;
        }
        make_row(f, first, row, p);
        row++;
        if (row - first == BLOCK) {
            const double *const x = f->rows + first * n;
            const struct gan__double_product product = {.y = f->a,
                                                        .a = x,
                                                        .b = x,
                                                        .m = n,
                                                        .n = n,
                                                        .k = BLOCK,
                                                        .y_row = n,
                                                        .a_row = 1,
                                                        .a_column = n,
                                                        .b_row = n,
                                                        .b_column = 1,
                                                        .subtract = true,
                                                        .lower = true};
            gan__double_product(ctx, &product);
            first = row;
        }
    }
    *rank = row;
}

static void
swap_rows(double *x, double *y, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        const double kept = x[i];
        x[i] = y[i];
        y[i] = kept;
    }
}

gan_status
gan__factor_double(gan_context *ctx, double *factor, int64_t *rank, int64_t most, double *a,
                   int64_t n)
{
    struct factor f = {.rows = factor, .a = a, .n = n};

    f.left = gan__alloc_array(ctx, 2 * n, sizeof *f.left);
    if (f.left == NULL) {
        return GAN_E_NOMEM;
    }
    f.bound = f.left + n;
    run(ctx, &f, rank, most);
    for (int64_t row = 0; row < *rank / 2; row++) {
        swap_rows(factor + row * n, factor + (*rank - 1 - row) * n, n);
    }
    gan__free(ctx, f.left);
    return GAN_OK;
}
