/* Matrices in double: products, factors, eigenvalues; the same bits in all contexts. */
#include <math.h>
#include <stdlib.h>

#include "contexts.h"
#include "kernels/table.h"

struct product {
    int64_t m, n, k;
};

static const struct product products[] = {
    {1, 1, 1},    {0, 3, 4},    {3, 0, 4},     {3, 4, 0},     {1, 1, 1000},   {7, 5, 300},
    {5, 3, 257},  {128, 1, 60}, {1, 300, 50},  {300, 1, 3},   {64, 48, 512},  {130, 257, 9},
    {33, 70, 31}, {300, 40, 1}, {1, 900, 600}, {40, 30, 700}, {257, 257, 64},
};

static double *
doubles_new(int64_t count)
{
    double *const x = malloc((size_t)(count > 0 ? count : 1) * sizeof *x);
    ck_assert_ptr_nonnull(x);
    return x;
}

/* Numbers in [-1, 1), a function of the seed. */
static double *
doubles_draw(int64_t count, uint32_t seed)
{
    double *const x = doubles_new(count);
    uint32_t state = seed * 2654435761U + 12345U;
    for (int64_t i = 0; i < count; i++) {
        const double high = (double)next_draw(&state, 1U << 24);
        x[i] = (high + (double)next_draw(&state, 1U << 24) * 0x1p-24) * 0x1p-23 - 1;
    }
    return x;
}

static void
assert_same_doubles(const double *found, const double *wanted, int64_t count, const char *what)
{
    for (int64_t i = 0; i < count; i++) {
        ck_assert_msg(memcmp(found + i, wanted + i, sizeof *found) == 0,
                      "%s: element %lld of %lld is %a, wanted %a", what, (long long)i,
                      (long long)count, found[i], wanted[i]);
    }
}

/* A chain of FMAs for each piece of K. */
static void
reference(double *y, const struct gan__double_product *p)
{
    for (int64_t i = 0; i < p->m; i++) {
        for (int64_t j = 0; j < (p->lower ? i + 1 : p->n); j++) {
            double *const to = y + i * p->y_row + j;
            double total = p->add || p->subtract ? *to : 0, sum = 0;
            for (int64_t l = 0; l < p->k; l++) {
                sum = fma(p->a[i * p->a_row + l * p->a_column],
                          p->b[l * p->b_row + j * p->b_column], sum);
                if (l % GAN__MATMUL_DEPTH == GAN__MATMUL_DEPTH - 1 || l == p->k - 1) {
                    total = p->subtract ? total - sum : total + sum;
                    sum = 0;
                }
            }
            *to = total;
        }
    }
}

START_TEST(products_are_right_and_the_same_everywhere)
{
    const struct product *const p = &products[_i];
    const int64_t m = p->m, n = p->n, k = p->k;
    double *const a = doubles_draw(m * k, 1), *const b = doubles_draw(k * n, 2);
    double *const wanted = doubles_new(m * n), *const y = doubles_new(m * n);
    for (int transposed = 0; transposed < 4; transposed++) {
        const bool ta = (transposed & 1) != 0, tb = (transposed & 2) != 0;
        const struct gan__double_product naive = {.a = a,
                                                  .b = b,
                                                  .m = m,
                                                  .n = n,
                                                  .k = k,
                                                  .y_row = n,
                                                  .a_row = ta ? 1 : k,
                                                  .a_column = ta ? m : 1,
                                                  .b_row = tb ? 1 : n,
                                                  .b_column = tb ? k : 1};
        gan_context *ctx;
        reference(wanted, &naive);
        EACH_CONTEXT(ctx)
        {
            memset(y, 0x7f, (size_t)(m * n) * sizeof *y);
            gan__matmul_double(ctx, y, a, b, m, n, k, ta, tb);
            assert_same_doubles(y, wanted, m * n, context_name(ctx));
        }
    }
    free(a);
    free(b);
    free(wanted);
    free(y);
}
END_TEST

/* Within a larger matrix, whose other elements stay. */
START_TEST(products_are_added_and_subtracted)
{
    enum { N = 300, K = 300, STRIDE = 320 };
    double *const a = doubles_draw(K * STRIDE, 3), *const before = doubles_draw(N * STRIDE, 4);
    double *const wanted = doubles_new(N * STRIDE), *const y = doubles_new(N * STRIDE);
    for (int way = 0; way < 4; way++) {
        struct gan__double_product p = {.y = y,
                                        .a = a,
                                        .b = a,
                                        .m = N,
                                        .n = N,
                                        .k = K,
                                        .y_row = STRIDE,
                                        .a_row = 1,
                                        .a_column = STRIDE,
                                        .b_row = STRIDE,
                                        .b_column = 1,
                                        .add = (way & 1) != 0,
                                        .subtract = (way & 1) == 0,
                                        .lower = (way & 2) != 0};
        gan_context *ctx;
        memcpy(wanted, before, N * STRIDE * sizeof *y);
        reference(wanted, &p);
        EACH_CONTEXT(ctx)
        {
            memcpy(y, before, N * STRIDE * sizeof *y);
            gan__double_product(ctx, &p);
            for (int64_t i = 0; i < N; i++) {
                const int64_t columns = p.lower ? i + 1 : N;
                assert_same_doubles(y + i * STRIDE, wanted + i * STRIDE, columns,
                                    context_name(ctx));
                assert_same_doubles(y + i * STRIDE + N, before + i * STRIDE + N, STRIDE - N,
                                    "beyond");
            }
        }
    }
    free(a);
    free(before);
    free(wanted);
    free(y);
}
END_TEST

START_TEST(mirrors)
{
    enum { N = 75 };
    double *const x = doubles_draw(N * N, 5), *const y = doubles_new(N * N);
    gan_context *ctx;
    EACH_CONTEXT(ctx)
    {
        memcpy(y, x, N * N * sizeof *x);
        gan__mirror_double(ctx, y, N);
        for (int i = 0; i < N; i++) {
            for (int j = 0; j < N; j++) {
                ck_assert(y[i * N + j] == (j <= i ? x[i * N + j] : x[j * N + i]));
            }
        }
    }
    free(x);
    free(y);
}
END_TEST

/* a [n, n] = b^T b, b [rank, n] with columns of sizes from 1 to 1e-9. */
static double *
gram_new(int64_t n, int64_t rank, uint32_t seed)
{
    double *const b = doubles_draw(rank * n, seed), *const a = doubles_new(n * n);
    for (int64_t i = 0; i < rank * n; i++) {
        b[i] *= pow(10, -9.0 * (double)(i % n) / (double)n);
    }
    for (int64_t i = 0; i < n; i++) {
        for (int64_t j = 0; j < n; j++) {
            double sum = 0;
            for (int64_t l = 0; l < rank; l++) {
                sum += b[l * n + i] * b[l * n + j];
            }
            a[i * n + j] = sum;
        }
    }
    free(b);
    return a;
}

static const struct {
    int64_t n, rank, most, found;
} factors[] = {
    {1, 1, 1, 1},         {5, 5, 5, 5},       {100, 100, 100, 100}, {130, 130, 130, 130},
    {150, 20, 150, 20},   {150, 90, 150, 90}, {150, 90, 90, 90},    {200, 64, 200, 64},
    {200, 128, 200, 128}, {70, 0, 70, 0},
};

START_TEST(factors_are_right_and_the_same_everywhere)
{
    const int64_t n = factors[_i].n, found = factors[_i].found;
    double *const a = gram_new(n, factors[_i].rank, 6), *const work = doubles_new(n * n);
    double *const f = doubles_new(n * n), *const first = doubles_new(n * n);
    bool seen = false;
    gan_context *ctx;
    EACH_CONTEXT(ctx)
    {
        int64_t rank = -1;
        memcpy(work, a, (size_t)(n * n) * sizeof *a);
        for (int64_t i = 0; i < n * n; i++) {
            work[i] = i % n > i / n ? (double)NAN : work[i]; /* must not be read */
        }
        ASSERT_OK(ctx, gan__factor_double(ctx, f, &rank, factors[_i].most, work, n));
        ck_assert_int_eq(rank, found);
        if (seen) {
            assert_same_doubles(f, first, rank * n, context_name(ctx));
        }
        memcpy(first, f, (size_t)(rank * n) * sizeof *f);
        seen = true;
    }
    for (int64_t i = 0; i < n; i++) {
        for (int64_t j = 0; j < n; j++) {
            double sum = 0;
            for (int64_t l = 0; l < found; l++) {
                sum += f[l * n + i] * f[l * n + j];
            }
            ck_assert_double_eq_tol(sum, a[i * n + j],
                                    1e-12 * sqrt(a[i * n + i] * a[j * n + j]) + 1e-300);
        }
    }
    free(a);
    free(work);
    free(f);
    free(first);
}
END_TEST

/* The largest pivot last, each as large as what is left of its element. */
START_TEST(pivots_are_known)
{
    double a[9] = {4, 0, 0, 2, 9, 0, 0, 3, 2}, f[9];
    gan_context *const ctx = contexts.at[0];
    int64_t rank = 0;
    const double wanted[3] = {2.0 / 3, 3, 1};
    ASSERT_OK(ctx, gan__factor_double(ctx, f, &rank, 3, a, 3));
    ck_assert_int_eq(rank, 3);
    for (int i = 0; i < 3; i++) {
        ck_assert_double_eq_tol(f[6 + i], wanted[i], 1e-15);
    }
    ck_assert_double_eq_tol(f[3], sqrt(4 - 4.0 / 9), 1e-15);
    ck_assert(f[4] == 0); /* used */
    ck_assert(f[0] == 0 && f[1] == 0);
}
END_TEST

static int
compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* a = h a h with reflections h: the eigenvalues stay, the zeros go. */
static void
turn(double *a, int64_t n, uint32_t seed)
{
    double *const v = doubles_draw(n, seed);
    double square = 0;
    for (int64_t i = 0; i < n; i++) {
        square += v[i] * v[i];
    }
    for (int side = 0; side < 2; side++) {
        for (int64_t i = 0; i < n; i++) {
            const int64_t row = side == 0 ? n : 1, step = side == 0 ? 1 : n;
            double sum = 0;
            for (int64_t j = 0; j < n; j++) {
                sum += a[i * row + j * step] * v[j];
            }
            for (int64_t j = 0; j < n; j++) {
                a[i * row + j * step] -= 2 * sum / square * v[j];
            }
        }
    }
    free(v);
}

static void
check_eigenvalues(const double *a, double *wanted, int64_t n, double tolerance)
{
    double *const work = doubles_new(n * n), *const found = doubles_new(n),
                  *const first = doubles_new(n);
    bool seen = false;
    gan_context *ctx;
    EACH_CONTEXT(ctx)
    {
        for (int64_t i = 0; i < n * n; i++) {
            work[i] = i % n > i / n ? (double)NAN : a[i]; /* must not be read */
        }
        ASSERT_OK(ctx, gan__eigenvalues_double(ctx, found, work, n));
        if (seen) {
            assert_same_doubles(found, first, n, context_name(ctx));
        }
        memcpy(first, found, (size_t)n * sizeof *found);
        seen = true;
    }
    qsort(found, (size_t)n, sizeof *found, compare);
    qsort(wanted, (size_t)n, sizeof *wanted, compare);
    for (int64_t i = 0; i < n; i++) {
        ck_assert_msg(fabs(found[i] - wanted[i]) <= tolerance,
                      "eigenvalue %lld of %lld is %.17g, wanted %.17g", (long long)i, (long long)n,
                      found[i], wanted[i]);
    }
    free(work);
    free(found);
    free(first);
}

static const int64_t sizes[] = {1, 2, 3, 4, 5, 31, 32, 33, 34, 63, 66, 97, 128, 131, 200};

/* 2 on the diagonal, -1 beside it: 2 - 2 cos(k pi / (n + 1)). */
START_TEST(eigenvalues_of_a_string)
{
    const int64_t n = sizes[_i];
    double *const a = doubles_new(n * n), *const wanted = doubles_new(n);
    for (int64_t i = 0; i < n * n; i++) {
        const int64_t off = i / n - i % n;
        a[i] = off == 0 ? 2 : off == 1 || off == -1 ? -1 : 0;
    }
    for (int64_t i = 0; i < n; i++) {
        wanted[i] = 2 - 2 * cos((double)(i + 1) * 3.14159265358979323846 / (double)(n + 1));
    }
    check_eigenvalues(a, wanted, n, 1e-14);
    turn(a, n, 7);
    turn(a, n, 8);
    check_eigenvalues(a, wanted, n, 2e-14);
    free(a);
    free(wanted);
}
END_TEST

/* Of sizes from 1 to 1e-30, some equal, some negative, some 0, and all of it very small or large. */
START_TEST(eigenvalues_of_all_sizes)
{
    static const double scales[] = {1, 1e-140, 1e140};
    const int64_t n = 90;
    const double scale = scales[_i];
    double *const a = doubles_new(n * n), *const wanted = doubles_new(n);
    for (int64_t i = 0; i < n; i++) {
        wanted[i] =
            i % 7 == 0 ? 0 : scale * pow(10, -(double)(i / 2) / 1.5) * (i % 5 == 0 ? -1 : 1);
    }
    memset(a, 0, (size_t)(n * n) * sizeof *a);
    for (int64_t i = 0; i < n; i++) {
        a[i * n + i] = wanted[i];
    }
    check_eigenvalues(a, wanted, n, 0); /* a diagonal matrix has its own */
    memset(a, 0, (size_t)(n * n) * sizeof *a);
    for (int64_t i = 0; i < n; i++) {
        a[i * n + i] = wanted[(i * 37) % n];
    }
    turn(a, n, 9);
    turn(a, n, 10);
    check_eigenvalues(a, wanted, n, 1e-14 * scale);
    free(a);
    free(wanted);
}
END_TEST

START_TEST(nothing_has_eigenvalues_of_zero)
{
    double a[16] = {0}, wanted[4] = {0};
    check_eigenvalues(a, wanted, 4, 0);
    ASSERT_OK(contexts.at[0], gan__eigenvalues_double(contexts.at[0], wanted, a, 0));
}
END_TEST

int
main(void)
{
    Suite *const suite = suite_create("double");
    TCase *const tcase = tcase_create("double");
    tcase_set_timeout(tcase, 120.0);
    tcase_add_unchecked_fixture(tcase, contexts_open, contexts_close);
    tcase_add_loop_test(tcase, products_are_right_and_the_same_everywhere, 0,
                        (int)(sizeof products / sizeof products[0]));
    tcase_add_test(tcase, products_are_added_and_subtracted);
    tcase_add_test(tcase, mirrors);
    tcase_add_loop_test(tcase, factors_are_right_and_the_same_everywhere, 0,
                        (int)(sizeof factors / sizeof factors[0]));
    tcase_add_test(tcase, pivots_are_known);
    tcase_add_loop_test(tcase, eigenvalues_of_a_string, 0, (int)(sizeof sizes / sizeof sizes[0]));
    tcase_add_loop_test(tcase, eigenvalues_of_all_sizes, 0, 3);
    tcase_add_test(tcase, nothing_has_eigenvalues_of_zero);
    suite_add_tcase(suite, tcase);
    return run_suites(&suite, 1);
}
