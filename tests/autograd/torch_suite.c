/*
 * Ops against PyTorch's numbers in float64 (oracle/make_ops.py has the same cases by name): values, the gradient g of the
 * sum of u * y^2, and the gradient of the sum of v * g.
 */
#include <stdio.h>

#include "op_case.h"
#include "oracle/ops.h"

static gan_status
run_abs(gan_context *ctx, gan_tensor **out, gan_tensor *x)
{
    return gan_abs(ctx, out, x);
}

static gan_status
run_clamp(gan_context *ctx, gan_tensor **out, gan_tensor *x)
{
    return gan_clamp(ctx, out, x, -0.5, 0.75);
}

static gan_status
run_elu(gan_context *ctx, gan_tensor **out, gan_tensor *x)
{
    return gan_elu(ctx, out, x, 1.0);
}

static gan_status
run_elu_half(gan_context *ctx, gan_tensor **out, gan_tensor *x)
{
    return gan_elu(ctx, out, x, 0.5);
}

static gan_status
run_cross_entropy(gan_context *ctx, gan_tensor **out, gan_tensor *x)
{
    const int32_t labels[5] = {3, 0, 9, 9, 1};
    return gan_softmax_cross_entropy(ctx, out, x, labels, 5);
}

static gan_status
run_bilinear_2x2(gan_context *ctx, gan_tensor **out, gan_tensor *x)
{
    return gan_upsample_bilinear2d(ctx, out, x, (const int64_t[2]){2, 2});
}

static gan_status
run_bilinear_3x4(gan_context *ctx, gan_tensor **out, gan_tensor *x)
{
    return gan_upsample_bilinear2d(ctx, out, x, (const int64_t[2]){3, 4});
}

static gan_status
run_avg_pool_2(gan_context *ctx, gan_tensor **out, gan_tensor *x)
{
    const int64_t twos[2] = {2, 2}, zeros[2] = {0, 0};
    return gan_avg_pool2d(ctx, out, x, twos, twos, zeros, 1);
}

static gan_status
run_avg_pool_3_1_1(gan_context *ctx, gan_tensor **out, gan_tensor *x)
{
    const int64_t ones[2] = {1, 1}, threes[2] = {3, 3};
    return gan_avg_pool2d(ctx, out, x, threes, ones, ones, 1);
}

static gan_status
run_avg_pool_pixels(gan_context *ctx, gan_tensor **out, gan_tensor *x)
{
    const int64_t ones[2] = {1, 1}, threes[2] = {3, 3};
    return gan_avg_pool2d(ctx, out, x, threes, ones, ones, 0);
}

static gan_status
run_avg_pool_uneven(gan_context *ctx, gan_tensor **out, gan_tensor *x)
{
    return gan_avg_pool2d(ctx, out, x, (const int64_t[2]){3, 2}, (const int64_t[2]){2, 3},
                          (const int64_t[2]){1, 0}, 0);
}

static gan_status
run_max_pool_2(gan_context *ctx, gan_tensor **out, gan_tensor *x)
{
    const int64_t twos[2] = {2, 2}, zeros[2] = {0, 0};
    return gan_max_pool2d(ctx, out, x, twos, twos, zeros);
}

static gan_status
run_max_pool_3_2_1(gan_context *ctx, gan_tensor **out, gan_tensor *x)
{
    const int64_t ones[2] = {1, 1}, twos[2] = {2, 2}, threes[2] = {3, 3};
    return gan_max_pool2d(ctx, out, x, threes, twos, ones);
}

static gan_status
run_max_pool_uneven(gan_context *ctx, gan_tensor **out, gan_tensor *x)
{
    return gan_max_pool2d(ctx, out, x, (const int64_t[2]){3, 2}, (const int64_t[2]){1, 3},
                          (const int64_t[2]){1, 0});
}

static const struct {
    const char *name;
    int64_t shape[4];
    int32_t rank;
    gan_status (*run)(gan_context *ctx, gan_tensor **out, gan_tensor *x);
} cases[] = {
    {"abs", {2, 17}, 2, run_abs},
    {"clamp", {2, 17}, 2, run_clamp},
    {"elu", {2, 17}, 2, run_elu},
    {"elu_half", {2, 17}, 2, run_elu_half},
    {"silu", {2, 17}, 2, gan_silu},
    {"softmax", {3, 10}, 2, gan_softmax},
    {"softmax_cross_entropy", {5, 10}, 2, run_cross_entropy},
    {"bilinear_2x2", {1, 4, 3, 2}, 4, run_bilinear_2x2},
    {"bilinear_3x4", {2, 2, 3, 1}, 4, run_bilinear_3x4},
    {"avg_pool_2", {1, 6, 5, 3}, 4, run_avg_pool_2},
    {"avg_pool_3_1_1", {1, 5, 4, 2}, 4, run_avg_pool_3_1_1},
    {"avg_pool_pixels", {1, 5, 4, 2}, 4, run_avg_pool_pixels},
    {"avg_pool_uneven", {1, 7, 6, 2}, 4, run_avg_pool_uneven},
    {"max_pool_2", {1, 6, 4, 3}, 4, run_max_pool_2},
    {"max_pool_3_2_1", {1, 7, 6, 2}, 4, run_max_pool_3_2_1},
    {"max_pool_uneven", {1, 7, 6, 2}, 4, run_max_pool_uneven},
};

static gan_tensor *
drawn(gan_context *ctx, int which, const char *what, const struct gan__shape *shape)
{
    char name[64];
    gan_tensor *tensor = NULL;
    snprintf(name, sizeof(name), "%s.%s", cases[which].name, what);
    const struct oracle_fill *fill = oracle_fill_find(ops_fills, name);
    ck_assert_int_eq(fill->count, gan__shape_count(shape));
    float *values = malloc((size_t)fill->count * sizeof(float));
    oracle_draw(fill, values);
    ASSERT_OK(ctx, gan_tensor_create(ctx, &tensor, shape->size, shape->rank, values));
    free(values);
    return tensor;
}

static void
compare(int which, const char *what, const gan_tensor *found)
{
    char name[64];
    snprintf(name, sizeof(name), "%s.%s", cases[which].name, what);
    oracle_compare(ops_numbers, name, gan__data(found), found->count, 1e-6, 1e-7);
}

START_TEST(as_pytorch)
{
    gan_context *ctx = test_context();
    struct gan__shape shape = {.rank = cases[_i].rank};
    memcpy(shape.size, cases[_i].shape, sizeof(cases[_i].shape));
    gan_tensor *x = drawn(ctx, _i, "x", &shape), *v = drawn(ctx, _i, "v", &shape), *y = NULL;
    gan_tensor *square = NULL, *weighted = NULL, *product = NULL, *first = NULL, *second = NULL;
    ASSERT_OK(ctx, gan_tensor_set_requires_grad(x, 1));
    ASSERT_OK(ctx, cases[_i].run(ctx, &y, x));
    gan_tensor *u = drawn(ctx, _i, "u", &y->shape);
    ASSERT_OK(ctx, gan_square(ctx, &square, y));
    ASSERT_OK(ctx, gan_mul(ctx, &weighted, square, u));
    ASSERT_OK(ctx, gan_grad(ctx, &first, &weighted, 1, &x, 1, 1));
    ASSERT_OK(ctx, gan_mul(ctx, &product, first, v));
    ASSERT_OK(ctx, gan_grad(ctx, &second, &product, 1, &x, 1, 0));
    compare(_i, "value", y);
    compare(_i, "first", first);
    compare(_i, "second", second);
    gan_tensor *const all[] = {x, v, y, u, square, weighted, product, first, second};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        gan_tensor_destroy(all[i]);
    }
    gan_context_destroy(ctx);
}
END_TEST

Suite *
torch_suite(void)
{
    Suite *suite = suite_create("PyTorch");
    TCase *tests = tcase_create("ops");
    tcase_add_loop_test(tests, as_pytorch, 0, (int)(sizeof(cases) / sizeof(cases[0])));
    suite_add_tcase(suite, tests);
    return suite;
}
