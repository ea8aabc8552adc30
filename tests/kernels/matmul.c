/* Matrix products on BLIS: values, bits, and memory that is refused. */
#include <math.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/pool.h"
#include "contexts.h"
#include "kernels/reference.h"

struct product {
    int64_t m, n, k;
};

static const struct product products[] = {
    {1, 1, 1},    {0, 3, 4},      {3, 0, 4},      {3, 4, 0},     {1, 1, 1000},  {7, 5, 300},
    {5, 3, 257},  {128, 1, 600},  {1, 300, 50},   {300, 1, 3},   {64, 48, 512}, {130, 257, 9},
    {33, 70, 31}, {257, 129, 40}, {100, 600, 64}, {1, 1, 6272},  {2, 512, 100}, {13, 1, 9000},
    {1, 6, 5},    {300, 40, 1},   {1, 900, 600},  {40, 30, 700},
};

/* Any order of additions is off by at most about k roundings of the sum of absolute values. */
static void
check_values(const float *y, const float *a, const float *b, const struct product *p, bool ta,
             bool tb)
{
    for (int64_t i = 0; i < p->m; i++) {
        for (int64_t j = 0; j < p->n; j++) {
            double sum = 0.0, size = 0.0;
            for (int64_t l = 0; l < p->k; l++) {
                const double term = (double)(ta ? a[l * p->m + i] : a[i * p->k + l]) *
                                    (double)(tb ? b[j * p->k + l] : b[l * p->n + j]);
                sum += term;
                size += fabs(term);
            }
            ck_assert_double_eq_tol((double)y[i * p->n + j], sum, 1e-6 * (size + 1e-30));
        }
    }
}

/* Rows [first, first + rows) of the product by a call of their own: other tiles, the same bits. */
static void
check_part(gan_context *ctx, const float *y, const float *a, const float *b,
           const struct product *p, bool tb)
{
    const int64_t first = p->m / 3, rows = p->m - first - p->m / 4;
    float *const part = output_new(rows * p->n);
    ASSERT_OK(ctx, gan__matmul(ctx, part, a + first * p->k, b, rows, p->n, p->k, false, tb));
    assert_same(part, y + first * p->n, rows * p->n, "a part of the rows");
    output_check_guard(part, rows * p->n);
    free(part);
}

START_TEST(matmul_is_right_and_the_same_everywhere)
{
    const struct product *const p = &products[_i];
    float *const a = array_draw(p->m * p->k, 1), *const b = array_draw(p->k * p->n, 2);
    float *const wanted = array_new(p->m * p->n);
    for (int transposed = 0; transposed < 4; transposed++) {
        const bool ta = (transposed & 1) != 0, tb = (transposed & 2) != 0;
        gan__reference_matmul(wanted, a, b, p->m, p->n, p->k, ta, tb);
        check_values(wanted, a, b, p, ta, tb);
        gan_context *ctx;
        EACH_CONTEXT(ctx)
        {
            float *const y = output_new(p->m * p->n);
            ASSERT_OK(ctx, gan__matmul(ctx, y, a, b, p->m, p->n, p->k, ta, tb));
            assert_same(y, wanted, p->m * p->n, context_name(ctx));
            output_check_guard(y, p->m * p->n);
            if (!ta) {
                check_part(ctx, y, a, b, p, tb);
            }
            free(y);
        }
    }
    free(a);
    free(b);
    free(wanted);
}
END_TEST

/* Address space of this process, in bytes. */
static rlim_t
address_space(void)
{
    long pages = 0;
    FILE *const file = fopen("/proc/self/statm", "r");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(fscanf(file, "%ld", &pages), 1);
    (void)fclose(file);
    return (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE);
}

static void
limit_address_space(rlim_t more)
{
    struct rlimit limit;
    ck_assert_int_eq(getrlimit(RLIMIT_AS, &limit), 0);
    limit.rlim_cur = address_space() + more;
    ck_assert_int_eq(setrlimit(RLIMIT_AS, &limit), 0);
}

static gan_context *
context_with_threads(int64_t threads)
{
    const gan_host host = {.struct_size = sizeof host};
    gan_context *const ctx = gan__context_alloc(&host);
    ck_assert_ptr_nonnull(ctx);
    ctx->kernels = gan__kernels_find("auto");
    ctx->ready = true;
    ASSERT_OK(ctx, gan__pool_create(ctx, threads));
    return ctx;
}

/* Sanitizers and valgrind want more address space than there is. */
static bool
limits_work(void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
    return false;
#endif
#endif
    const char *const preloaded = getenv("LD_PRELOAD");
    return preloaded == NULL || strstr(preloaded, "vgpreload") == NULL;
}

START_TEST(refused_memory_is_a_status)
{
    if (!limits_work()) {
        return;
    }
    gan_context *const ctx = context_with_threads(4);
    limit_address_space(40 << 20);
    ASSERT_FAILS(ctx, gan__blis_warm_up(ctx), GAN_E_NOMEM, "4 threads");
    gan__context_free(ctx);
}
END_TEST

/* After the warm-up BLIS asks for nothing, even when all threads multiply at once: it would abort here. */
START_TEST(warm_up_takes_all_memory)
{
    gan_context *const ctx = context_with_threads(4);
    ASSERT_OK(ctx, gan__blis_warm_up(ctx));
    const struct product p = {600, 2000, 300};
    float *const a = array_draw(p.m * p.k, 1), *const b = array_draw(p.k * p.n, 2),
                 *const y = array_new(p.m * p.n);
    if (limits_work()) {
        limit_address_space(1 << 20);
    }
    for (int round = 0; round < 3; round++) {
        ASSERT_OK(ctx, gan__matmul(ctx, y, a, b, p.m, p.n, p.k, false, false));
    }
    free(a);
    free(b);
    free(y);
    gan__context_free(ctx);
}
END_TEST

START_TEST(blis_says_what_it_is)
{
    ck_assert_str_ne(gan__blis_describe(), "");
}
END_TEST

Suite *
suite_matmul(void)
{
    Suite *const suite = suite_create("matmul");
    TCase *const tcase = tcase_create("matmul");
    tcase_add_unchecked_fixture(tcase, contexts_open, contexts_close);
    tcase_add_loop_test(tcase, matmul_is_right_and_the_same_everywhere, 0,
                        (int)(sizeof products / sizeof products[0]));
    tcase_add_test(tcase, blis_says_what_it_is);
    suite_add_tcase(suite, tcase);
    return suite;
}

/* In processes of their own. */
Suite *
suite_matmul_memory(void)
{
    Suite *const suite = suite_create("matmul memory");
    TCase *const tcase = tcase_create("matmul memory");
    tcase_set_timeout(tcase, 60.0);
    tcase_add_test(tcase, refused_memory_is_a_status);
    tcase_add_test(tcase, warm_up_takes_all_memory);
    suite_add_tcase(suite, tcase);
    return suite;
}
