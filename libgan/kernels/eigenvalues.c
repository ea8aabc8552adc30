/*
 * The eigenvalues of a symmetric matrix in double: Householder's reflections, in blocks, bring it to
 * tridiagonal form; QL with implicit shifts finds that one's. Reflections go from the last row up,
 * so that everything is read along rows. (Golub, Van Loan, "Matrix Computations", chapter 8;
 * Dongarra, Hammarling, Sorensen, "Block reduction of matrices to condensed forms", 1989)
 *
 * This file is compiled for any CPU: two lanes wherever it runs, and so the same bits.
 */
#include <float.h>
#include <math.h>
#include <string.h>

#include "base/context.h"
#include "base/memory.h"
#include "base/pool.h"
#include "kernels/cut.h"

enum {
    PANEL = 32, /* reflections that are applied together */
    ROWS = 64,  /* of a task */
    GROUP = 4,  /* rows read at once */
    SWEEPS = 30 /* QL's for one eigenvalue, before it may be less exact, and then again */
};

typedef double pair __attribute__((vector_size(16)));

static inline pair
load(const double *p)
{
    pair x;
    memcpy(&x, p, sizeof x);
    return x;
}

static inline void
store(double *p, pair x)
{
    memcpy(p, &x, sizeof x);
}

/* In 8 lanes, folded in halves. */
static double
dot(const double *x, const double *y, int64_t n)
{
    pair s0 = {0, 0}, s1 = {0, 0}, s2 = {0, 0}, s3 = {0, 0};
    double sum;
    int64_t i = 0;

    for (; i + 8 <= n; i += 8) {
        s0 += load(x + i) * load(y + i);
        s1 += load(x + i + 2) * load(y + i + 2);
        s2 += load(x + i + 4) * load(y + i + 4);
        s3 += load(x + i + 6) * load(y + i + 6);
    }
    s0 = (s0 + s2) + (s1 + s3);
    sum = s0[0] + s0[1];
    for (; i < n; i++) {
        sum += x[i] * y[i];
    }
    return sum;
}

/* y += factor * x */
static void
add_scaled(double *y, const double *x, double factor, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        y[i] += factor * x[i];
    }
}

/* ---- a symmetric matrix, of which the lower half is there, times a vector ---- */

struct symmetric {
    const double *a;
    int64_t stride, n;
    const double *v;
    double *rows; /* [n]: what each row's own half gives it */
    double *rest; /* [blocks of ROWS, stride]: what a block's rows give the columns before */
};

/* Rows [i, i + GROUP): each dot the vector, and added to the columns. */
static void
group_times(const struct symmetric *s, int64_t i, double *rest)
{
    const double *const a0 = s->a + i * s->stride, *const a1 = a0 + s->stride,
                        *const a2 = a1 + s->stride, *const a3 = a2 + s->stride;
    const double *const v = s->v, *const w = v + i;
    const pair w0 = {w[0], w[0]}, w1 = {w[1], w[1]}, w2 = {w[2], w[2]}, w3 = {w[3], w[3]};
    pair s0 = {0, 0}, s1 = {0, 0}, s2 = {0, 0}, s3 = {0, 0};

    for (int64_t j = 0; j < i; j += 2) {
        const pair x0 = load(a0 + j), x1 = load(a1 + j), x2 = load(a2 + j), x3 = load(a3 + j);
        const pair factor = load(v + j);
        s0 += x0 * factor;
        s1 += x1 * factor;
        s2 += x2 * factor;
        s3 += x3 * factor;
        store(rest + j, load(rest + j) + ((x0 * w0 + x1 * w1) + (x2 * w2 + x3 * w3)));
    }
    s->rows[i] = s0[0] + s0[1];
    s->rows[i + 1] = s1[0] + s1[1];
    s->rows[i + 2] = s2[0] + s2[1];
    s->rows[i + 3] = s3[0] + s3[1];
}

/* Row i from column `from` on, up to the diagonal. */
static void
end_times(const struct symmetric *s, int64_t i, int64_t from, double *rest)
{
    const double *const a = s->a + i * s->stride;
    double sum = 0;

    for (int64_t j = from; j < i; j++) {
        sum += a[j] * s->v[j];
        rest[j] += a[j] * s->v[i];
    }
    s->rows[i] += sum + a[i] * s->v[i];
}

static void
times_task(void *argument, int64_t begin, int64_t end, int32_t slot)
{
    (void)slot;
    const struct symmetric *s = argument;
    const int64_t blocks = gan__ceil_div(s->n, ROWS);

    for (int64_t item = begin; item < end; item++) {
        const int64_t block = blocks - 1 - item; /* the longest first */
        const int64_t first = block * ROWS, last = gan__min(first + ROWS, s->n);
        double *const rest = s->rest + block * s->stride;
        int64_t i = first;

        memset(rest, 0, (size_t)last * sizeof *rest);
        for (; i + GROUP <= last; i += GROUP) {
            group_times(s, i, rest);
            for (int64_t r = 0; r < GROUP; r++) {
                end_times(s, i + r, i, rest);
            }
        }
        for (; i < last; i++) {
            s->rows[i] = 0;
            end_times(s, i, 0, rest);
        }
    }
}

/* y [n] = a v; y is also the room of `rows`. */
static void
symmetric_times(gan_context *ctx, const struct symmetric *s, double *y)
{
    struct symmetric task = *s;
    const int64_t blocks = gan__ceil_div(s->n, ROWS);

    task.rows = y;
    gan__parallel_for(ctx, blocks, gan__max(1, gan__grain(ROWS * s->n / 2)), times_task, &task);
    for (int64_t block = 0; block < blocks; block++) {
        const double *const rest = s->rest + block * s->stride;
        const int64_t last = gan__min((block + 1) * ROWS, s->n);
        for (int64_t i = 0; i < last; i++) {
            y[i] += rest[i];
        }
    }
}

/* ---- tridiagonal form ---- */

struct reduction {
    double *a; /* [n, n] */
    int64_t n;
    double *panel; /* [3 * PANEL, n]: v of each reflection, w of each, v again */
    double *rest;
    double *diagonal, *beside; /* beside[i] is between i - 1 and i */
};

/* x [n] to (0, ..., 0, beta) by 1 - tau v v^T; v replaces x. */
static double
reflection(double *x, int64_t n, double *tau)
{
    const double alpha = x[n - 1];
    const double square = dot(x, x, n - 1);
    double beta;

    *tau = 0;
    if (!(square > 0)) {
        memset(x, 0, (size_t)n * sizeof *x);
        return alpha;
    }
    beta = sqrt(alpha * alpha + square);
    beta = alpha > 0 ? -beta : beta;
    *tau = (beta - alpha) / beta;
    for (int64_t i = 0; i < n - 1; i++) {
        x[i] /= alpha - beta;
    }
    x[n - 1] = 1;
    return beta;
}

/* The k-th reflection of a panel, of row i. */
static void
reduce_row(gan_context *ctx, struct reduction *r, int64_t i, int64_t k)
{
    const int64_t n = r->n;
    double *const vs = r->panel, *const ws = r->panel + PANEL * n;
    double *const v = vs + k * n, *const w = ws + k * n;
    const struct symmetric s = {.a = r->a, .stride = n, .n = i, .v = v, .rest = r->rest};
    double tau;

    memcpy(v, r->a + i * n, (size_t)(i + 1) * sizeof *v);
    for (int64_t j = 0; j < k; j++) {
        add_scaled(v, ws + j * n, -vs[j * n + i], i + 1);
        add_scaled(v, vs + j * n, -ws[j * n + i], i + 1);
    }
    r->diagonal[i] = v[i];
    r->beside[i] = reflection(v, i, &tau);
    memset(v + i, 0, (size_t)(n - i) * sizeof *v);
    memset(w, 0, (size_t)n * sizeof *w);
    if (tau == 0) {
        return;
    }
    symmetric_times(ctx, &s, w);
    for (int64_t j = 0; j < k; j++) {
        const double by_v = dot(vs + j * n, v, i), by_w = dot(ws + j * n, v, i);
        add_scaled(w, ws + j * n, -by_v, i);
        add_scaled(w, vs + j * n, -by_w, i);
    }
    for (int64_t j = 0; j < i; j++) {
        w[j] *= tau;
    }
    add_scaled(w, v, -tau / 2 * dot(w, v, i), i);
}

/* a [m, m] -= v^T w + w^T v over the panel's `count` reflections. */
static void
apply_panel(gan_context *ctx, struct reduction *r, int64_t m, int64_t count)
{
    const int64_t n = r->n;
    double *const again = r->panel + 2 * PANEL * n;
    struct gan__double_product product = {.y = r->a,
                                          .a = r->panel,
                                          .b = r->panel + PANEL * n,
                                          .m = m,
                                          .n = m,
                                          .k = PANEL + count,
                                          .y_row = n,
                                          .a_row = 1,
                                          .a_column = n,
                                          .b_row = n,
                                          .b_column = 1,
                                          .subtract = true,
                                          .lower = true};

    memcpy(again, r->panel, (size_t)(count * n) * sizeof *again);
    if (count < PANEL) { /* the rows between would be stale */
        product.k = count;
        gan__double_product(ctx, &product);
        product.a = r->panel + PANEL * n;
        product.b = r->panel;
    }
    gan__double_product(ctx, &product);
}

static void
reduce(gan_context *ctx, struct reduction *r)
{
    int64_t k = 0;

    for (int64_t i = r->n - 1; i > 0; i--) {
        reduce_row(ctx, r, i, k);
        k++;
        if (k == PANEL || i == 1) {
            apply_panel(ctx, r, i, k);
            k = 0;
        }
    }
    r->diagonal[0] = r->a[0];
    r->beside[0] = 0;
}

/* ---- a tridiagonal matrix ---- */

/* QL converges where the small elements come first. e[i] is between i and i + 1 afterwards. */
static void
arrange(double *d, double *e, int64_t n)
{
    memmove(e, e + 1, (size_t)(n - 1) * sizeof *e);
    e[n - 1] = 0;
    if (fabs(d[0]) <= fabs(d[n - 1])) {
        return;
    }
    for (int64_t i = 0; i < n / 2; i++) {
        const double kept = d[i];
        d[i] = d[n - 1 - i];
        d[n - 1 - i] = kept;
    }
    for (int64_t i = 0; i < (n - 1) / 2; i++) {
        const double kept = e[i];
        e[i] = e[n - 2 - i];
        e[n - 2 - i] = kept;
    }
}

/* One sweep with an implicit shift over the block [first, last]. */
static void
sweep(double *d, double *e, int64_t first, int64_t last)
{
    const double half = (d[first + 1] - d[first]) / (2 * e[first]);
    const double root = sqrt(half * half + 1);
    double g = d[last] - d[first] + e[first] / (half + (half < 0 ? -root : root));
    double sine = 1, cosine = 1, moved = 0;

    for (int64_t i = last - 1; i >= first; i--) {
        const double f = sine * e[i], b = cosine * e[i];
        const double length = sqrt(f * f + g * g);
        double turn;

        e[i + 1] = length;
        if (length == 0) { /* the block falls apart here */
            d[i + 1] -= moved;
            e[last] = 0;
            return;
        }
        sine = f / length;
        cosine = g / length;
        g = d[i + 1] - moved;
        turn = (d[i] - g) * sine + 2 * cosine * b;
        moved = sine * turn;
        d[i + 1] = g + moved;
        g = cosine * turn - b;
    }
    d[first] -= moved;
    e[first] = g;
    e[last] = 0;
}

/* The end of the block that begins at `first`: where the element beside is as good as 0. */
static int64_t
block_end(const double *d, const double *e, int64_t first, int64_t n, double floor)
{
    int64_t at = first;

    while (at < n - 1 && !(fabs(e[at]) <= DBL_EPSILON * (fabs(d[at]) + fabs(d[at + 1]))) &&
           !(fabs(e[at]) <= floor)) {
        at++;
    }
    return at;
}

static gan_status
solve(gan_context *ctx, double *d, double *e, int64_t n)
{
    double largest = 0;

    for (int64_t i = 0; i < n; i++) {
        largest = fmax(largest, fmax(fabs(d[i]), fabs(e[i])));
    }
    arrange(d, e, n);
    for (int64_t first = 0; first < n; first++) {
        for (int sweeps = 0;; sweeps++) {
            const int64_t last =
                block_end(d, e, first, n, sweeps < SWEEPS ? 0 : DBL_EPSILON * largest);
            if (last == first) {
                break;
            }
            if (sweeps == 2 * SWEEPS) {
                return gan__fail(ctx, GAN_E_INTERNAL, "eigenvalue %lld of %lld does not converge",
                                 (long long)first, (long long)n);
            }
            sweep(d, e, first, last);
        }
    }
    return GAN_OK;
}

/* Divide by a power of two, so that squares neither overflow nor vanish; it is returned. */
static int
scale(double *a, int64_t n)
{
    double largest = 0;
    int exponent = 0;

    for (int64_t i = 0; i < n; i++) {
        for (int64_t j = 0; j <= i; j++) {
            largest = fmax(largest, fabs(a[i * n + j]));
        }
    }
    (void)frexp(largest, &exponent);
    for (int64_t i = 0; i < n; i++) {
        for (int64_t j = 0; j <= i; j++) {
            a[i * n + j] = ldexp(a[i * n + j], -exponent);
        }
    }
    return exponent;
}

gan_status
gan__eigenvalues_double(gan_context *ctx, double *values, double *a, int64_t n)
{
    const int64_t blocks = gan__ceil_div(n, ROWS);
    struct reduction r = {.a = a, .n = n, .diagonal = values};
    int exponent;
    gan_status st = GAN_OK;

    if (n == 0) {
        return GAN_OK;
    }
    r.panel = gan__alloc_array(ctx, n * (3 * PANEL + blocks + 1), sizeof *r.panel);
    if (r.panel == NULL) {
        return GAN_E_NOMEM;
    }
    r.rest = r.panel + 3 * PANEL * n;
    r.beside = r.rest + blocks * n;
    exponent = scale(a, n);
    reduce(ctx, &r);
    GAN__TRY(solve(ctx, values, r.beside, n));
    for (int64_t i = 0; i < n; i++) {
        values[i] = ldexp(values[i], exponent);
    }

fail:
    gan__free(ctx, r.panel);
    return st;
}
