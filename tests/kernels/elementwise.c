/* Functions of elements, copies, filling, random numbers, resampling, updates. */
#include <gan/tensor.h>

#include <math.h>

#include "contexts.h"
#include "kernels/reference.h"

static const int64_t counts[] = {0, 1, 2, 7, 8, 15, 16, 17, 31, 33, 1009, 40009};
enum { COUNTS = sizeof counts / sizeof counts[0] };

static const float specials[] = {0.0F, -0.0F,  1.0F,  -1.0F,  INFINITY, -INFINITY,
                                 NAN,  1e-40F, 3e38F, -3e38F, 88.8F,    -104.0F};

static float *
draw_with_specials(int64_t count, uint32_t seed)
{
    float *const x = array_draw(count, seed);
    const int64_t found = (int64_t)(sizeof specials / sizeof specials[0]);
    for (int64_t i = 0; i < count && i < 3 * found; i += 3) {
        x[i] = specials[i / 3];
    }
    return x;
}

START_TEST(unary_is_the_reference)
{
    const enum gan__unary kind = (enum gan__unary)_i;
    for (int c = 0; c < COUNTS; c++) {
        const int64_t count = counts[c];
        float *const x = draw_with_specials(count, (uint32_t)c);
        float *const wanted = array_new(count);
        for (int64_t i = 0; i < count; i++) {
            wanted[i] = gan__reference_unary(kind, x[i], 0.2F, -1.5F);
        }
        gan_context *ctx;
        EACH_CONTEXT(ctx)
        {
            float *const y = output_new(count);
            gan__unary(ctx, kind, y, x, count, 0.2F, -1.5F);
            assert_same(y, wanted, count, context_name(ctx));
            output_check_guard(y, count);
            memcpy(y, x, (size_t)count * sizeof(float));
            gan__unary(ctx, kind, y, y, count, 0.2F, -1.5F);
            assert_same(y, wanted, count, "in place");
            free(y);
        }
        free(x);
        free(wanted);
    }
}
END_TEST

/* Sizes and, for each operand, which dimensions it has. */
struct broadcast {
    int32_t rank;
    int64_t sizes[5];
    int p[5], q[5];
};

static const struct broadcast broadcasts[] = {
    {0, {0}, {0}, {0}},
    {1, {40009}, {1}, {1}},
    {1, {37}, {1}, {0}},
    {1, {33}, {0}, {1}},
    {1, {0}, {1}, {1}},
    {2, {257, 64}, {1, 1}, {0, 1}}, /* a channel's vector */
    {2, {1000, 3}, {1, 1}, {0, 1}}, /* a narrow one */
    {2, {1001, 3}, {0, 1}, {1, 1}},
    {2, {67, 63}, {1, 1}, {0, 1}},
    {2, {5000, 1}, {1, 1}, {0, 1}},
    {2, {3, 20011}, {1, 1}, {1, 0}}, /* a row's number */
    {2, {999, 5}, {1, 0}, {1, 1}},
    {2, {20, 50}, {1, 0}, {0, 1}}, /* an outer product */
    {2, {7, 20}, {0, 1}, {1, 0}},
    {2, {7, 20}, {0, 1}, {0, 1}}, /* both repeated */
    {2, {7, 20}, {0, 0}, {0, 0}},
    {3, {5, 49, 17}, {1, 1, 1}, {1, 0, 1}}, /* a sample's channels */
    {3, {5, 49, 17}, {1, 0, 1}, {0, 1, 1}},
    {4, {2, 3, 1, 5}, {1, 1, 1, 1}, {0, 1, 0, 0}},
    {4, {3, 4, 5, 6}, {1, 0, 1, 0}, {0, 1, 0, 1}},
    {5, {2, 3, 4, 5, 7}, {1, 1, 0, 1, 1}, {1, 1, 1, 1, 1}},
};

/* Dense strides over the dimensions that are there; returns the number of elements. */
static int64_t
strides_of(const struct broadcast *b, const int *has, int64_t *strides)
{
    int64_t count = 1;
    for (int32_t d = b->rank - 1; d >= 0; d--) {
        strides[d] = has[d] ? count : 0;
        count *= has[d] ? b->sizes[d] : 1;
    }
    return count;
}

START_TEST(binary_is_the_reference)
{
    const struct broadcast *const b = &broadcasts[_i];
    int64_t p_strides[5], q_strides[5], y_strides[5];
    const int all[5] = {1, 1, 1, 1, 1};
    const int64_t p_count = strides_of(b, b->p, p_strides),
                  q_count = strides_of(b, b->q, q_strides);
    const int64_t count = strides_of(b, all, y_strides);
    float *const p = draw_with_specials(p_count, 1), *const q = draw_with_specials(q_count, 2);
    float *const wanted = array_new(count);
    for (int kind = 0; kind < GAN__BINARY_COUNT; kind++) {
        gan__reference_binary_array((enum gan__binary)kind, wanted, p, p_strides, q, q_strides,
                                    b->sizes, b->rank, 0.3F, 0.9F);
        gan_context *ctx;
        EACH_CONTEXT(ctx)
        {
            float *const y = output_new(count);
            gan__binary(ctx, (enum gan__binary)kind, y, p, p_strides, q, q_strides, b->sizes,
                        b->rank, 0.3F, 0.9F);
            assert_same(y, wanted, count, context_name(ctx));
            output_check_guard(y, count);
            if (p_count == count) {
                memcpy(y, p, (size_t)count * sizeof(float));
                gan__binary(ctx, (enum gan__binary)kind, y, y, p_strides, q, q_strides, b->sizes,
                            b->rank, 0.3F, 0.9F);
                assert_same(y, wanted, count, "in place of p");
            }
            free(y);
        }
    }
    free(p);
    free(q);
    free(wanted);
}
END_TEST

/* Copies: sizes, the order in which x holds the dimensions (-1: repeated), and gaps in y. */
struct permutation {
    int32_t rank;
    int64_t sizes[5];
    int order[5];
    int64_t gap; /* floats between rows of y */
};

static const struct permutation permutations[] = {
    {0, {0}, {0}, 0},
    {1, {40009}, {0}, 0},
    {1, {100}, {-1}, 0},
    {2, {100, 203}, {1, 0}, 0}, /* a transposition */
    {2, {300, 17}, {0, 1}, 5},  /* into a slice */
    {2, {30, 17}, {-1, 0}, 0},
    {2, {30, 17}, {0, -1}, 3},
    {3, {3, 50, 7}, {0, 2, 1}, 0},
    {3, {0, 50, 7}, {0, 2, 1}, 0},
    {4, {3, 28, 28, 3}, {0, 3, 1, 2}, 0}, /* from channels first */
    {4, {3, 5, 28, 28}, {0, 2, 3, 1}, 0}, /* from channels last */
    {4, {4, 5, 6, 7}, {3, 2, 1, 0}, 2},
    {5, {2, 3, 4, 5, 6}, {4, -1, 2, 0, 1}, 0},
};

START_TEST(copy_is_the_reference)
{
    const struct permutation *const c = &permutations[_i];
    int64_t x_strides[5] = {0}, y_strides[5] = {0};
    int64_t x_count = 1, y_count = 1;
    /* order[d] is the place of dimension d in x. */
    for (int place = c->rank - 1; place >= 0; place--) {
        for (int32_t d = 0; d < c->rank; d++) {
            if (c->order[d] == place) {
                x_strides[d] = x_count;
                x_count *= c->sizes[d];
            }
        }
    }
    for (int32_t d = c->rank - 1; d >= 0; d--) {
        y_strides[d] = y_count;
        y_count = y_count * c->sizes[d] + (d == c->rank - 1 ? c->gap : 0);
    }
    float *const x = array_draw(x_count, 3);
    float *const wanted = output_new(y_count);
    gan__reference_copy(wanted, y_strides, x, x_strides, c->sizes, c->rank);
    gan_context *ctx;
    EACH_CONTEXT(ctx)
    {
        float *const y = output_new(y_count);
        gan__copy(ctx, y, y_strides, x, x_strides, c->sizes, c->rank);
        assert_same(y, wanted, y_count, context_name(ctx));
        output_check_guard(y, y_count);
        free(y);
    }
    free(x);
    free(wanted);
}
END_TEST

START_TEST(fill_and_all_finite)
{
    gan_context *ctx;
    EACH_CONTEXT(ctx)
    {
        for (int c = 0; c < COUNTS; c++) {
            const int64_t count = counts[c];
            float *const y = output_new(count);
            gan__fill(ctx, y, -1.25F, count);
            for (int64_t i = 0; i < count; i++) {
                ck_assert_float_eq(y[i], -1.25F);
            }
            output_check_guard(y, count);
            ck_assert(gan__all_finite(ctx, y, count));
            for (int64_t i = 0; i < count; i += i < 40 ? 1 : 977) {
                y[i] = i % 2 == 0 ? NAN : -INFINITY;
                ck_assert_msg(!gan__all_finite(ctx, y, count), "element %d of %d", (int)i,
                              (int)count);
                y[i] = 3e38F;
            }
            ck_assert(gan__all_finite(ctx, y, count));
            free(y);
        }
    }
}
END_TEST

/* Positions: within a block, and where the number of the block passes 2^32. */
static const uint64_t firsts[] = {0, 11, (UINT64_C(1) << 34) - 2001, UINT64_C(0xfedcba9876543210)};

START_TEST(random_arrays_are_the_stream)
{
    const struct gan__random random = gan__random_make(7, GAN__PURPOSE_USER, 1, 2);
    const uint64_t first = firsts[_i];
    const int64_t count = 5003;
    float *const normal = array_new(count), *const uniform = array_new(count),
                 *const mask = array_new(count);
    gan__random_normal(random, first, count, normal);
    gan__random_uniform(random, first, count, uniform);
    gan__random_uniform(random, 0, count, mask);
    int64_t dropped = 0;
    for (int64_t i = 0; i < count; i++) {
        dropped += mask[i] < 0.3F;
        mask[i] = mask[i] < 0.3F ? 0.0F : 1.0F / (1.0F - 0.3F);
    }
    ck_assert_int_gt(dropped, 1300);
    ck_assert_int_lt(dropped, 1700);
    gan_context *ctx;
    EACH_CONTEXT(ctx)
    {
        float *const y = output_new(count);
        gan__fill_normal(ctx, y, count, random, first);
        assert_same(y, normal, count, context_name(ctx));
        gan__fill_uniform(ctx, y, count, random, first);
        assert_same(y, uniform, count, context_name(ctx));
        gan__dropout_mask(ctx, y, count, 0.3F, random);
        assert_same(y, mask, count, context_name(ctx));
        output_check_guard(y, count);
        free(y);
    }
    free(normal);
    free(uniform);
    free(mask);
}
END_TEST

struct resampling {
    int64_t n, height, width, c, fh, fw; /* of the small picture, and the factors */
    int64_t more_height, more_width;     /* of the large one, beyond or below small * factor */
};

static const struct resampling resamplings[] = {
    {1, 1, 1, 1, 1, 1, 0, 0},   {2, 3, 5, 1, 2, 2, 0, 0},    {2, 7, 7, 64, 2, 2, 0, 0},
    {1, 2, 3, 17, 3, 2, 0, 0},  {3, 4, 5, 3, 2, 3, 1, 2},    {3, 4, 5, 3, 2, 3, -1, -2},
    {1, 4, 4, 20, 5, 4, -3, 3}, {1, 4, 4, 20, 5, 4, 4, -1},  {0, 4, 4, 20, 5, 4, 0, 0},
    {2, 2, 2, 0, 2, 2, 0, 0},   {9, 14, 14, 33, 2, 2, 0, 0},
};

START_TEST(resampling_is_the_reference)
{
    const struct resampling *const r = &resamplings[_i];
    const int64_t large_height = r->height * r->fh + r->more_height,
                  large_width = r->width * r->fw + r->more_width;
    const int64_t small = r->n * r->height * r->width * r->c,
                  large = r->n * large_height * large_width * r->c;
    float *const x = array_draw(small, 4), *const z = array_draw(large, 5);
    float *const up = array_new(large), *const down = array_new(small);
    gan__reference_upsample(up, large_height, large_width, x, r->height, r->width, r->n, r->c,
                            r->fh, r->fw, 0.7F);
    gan__reference_window_sum(down, r->height, r->width, z, large_height, large_width, r->n, r->c,
                              r->fh, r->fw, 0.25F);
    gan_context *ctx;
    EACH_CONTEXT(ctx)
    {
        float *const y = output_new(large);
        gan__upsample_nearest(ctx, y, large_height, large_width, x, r->height, r->width, r->n, r->c,
                              r->fh, r->fw, 0.7F);
        assert_same(y, up, large, context_name(ctx));
        output_check_guard(y, large);
        free(y);
        float *const w = output_new(small);
        gan__window_sum(ctx, w, r->height, r->width, z, large_height, large_width, r->n, r->c,
                        r->fh, r->fw, 0.25F);
        assert_same(w, down, small, context_name(ctx));
        output_check_guard(w, small);
        free(w);
    }
    free(x);
    free(z);
    free(up);
    free(down);
}
END_TEST

/* Two steps of an update over four arrays; which one is a number. */
enum { UPDATES = 11 };

static void
update(gan_context *ctx, int which, float *w, float *m, float *v, const float *g, int64_t count)
{
    const struct gan__clip clip = {.scale = which % 2 == 0 ? 1.0F : 0.7F,
                                   .limit = which % 3 == 0 ? INFINITY : 0.5F};
    const struct gan__adam adam = {.lr_corrected = 2e-3F,
                                   .root_correction = 1.7F,
                                   .beta1 = 0.5,
                                   .beta2 = 0.999,
                                   .epsilon = 1e-8F,
                                   .weight_decay = 0.1F,
                                   .shrink = which == 7 ? 0.01F : 0.0F,
                                   .clip = clip};
    const struct gan__rmsprop rmsprop = {.lr = 1e-2F,
                                         .alpha = 0.99,
                                         .epsilon = 1e-8F,
                                         .momentum = 0.9F,
                                         .weight_decay = 0.1F,
                                         .clip = clip};
    struct gan__sgd sgd = {.lr = 0.1F,
                           .momentum = which == 1 ? 0.0F : 0.9F,
                           .dampening = 0.1F,
                           .weight_decay = 0.01F,
                           .clip = clip};
    sgd.first = which == 3;
    sgd.nesterov = which == 4;
    float *const buffer = which == 1 ? NULL : m;
    float *const square = v, *const mean = which == 9 ? m : NULL;
    float *const kept = which == 10 ? m : NULL;
    if (which >= 8) {
        if (ctx == NULL) {
            gan__reference_rmsprop(&rmsprop, w, square, kept, mean, g, count);
        } else {
            gan__rmsprop_update(ctx, &rmsprop, w, square, kept, mean, g, count);
        }
    } else if (which == 0 || which == 7) {
        if (ctx == NULL) {
            gan__reference_adam(&adam, w, m, v, g, count);
        } else {
            gan__adam_update(ctx, &adam, w, m, v, g, count);
        }
    } else if (which <= 4) {
        if (ctx == NULL) {
            gan__reference_sgd(&sgd, w, buffer, g, count);
        } else {
            gan__sgd_update(ctx, &sgd, w, buffer, g, count);
        }
    } else if (ctx == NULL) {
        gan__reference_average(m, w, which == 5 ? 0.001F : 1.0F, count);
    } else {
        gan__average_update(ctx, m, w, which == 5 ? 0.001F : 1.0F, count);
    }
}

START_TEST(updates_are_the_reference)
{
    for (int c = 0; c < COUNTS; c++) {
        const int64_t count = counts[c];
        float *const w0 = array_draw(count, 6), *const m0 = array_draw(count, 7),
                     *const v0 = array_draw(count, 8);
        float *const g = array_draw(count, 9);
        for (int64_t i = 0; i < count; i++) {
            v0[i] = fabsf(v0[i]);
        }
        float *const w = array_copy(w0, count), *const m = array_copy(m0, count),
                     *const v = array_copy(v0, count);
        update(NULL, _i, w, m, v, g, count);
        gan_context *ctx;
        EACH_CONTEXT(ctx)
        {
            float *const w1 = output_new(count), *const m1 = output_new(count),
                         *const v1 = output_new(count);
            memcpy(w1, w0, (size_t)count * sizeof(float));
            memcpy(m1, m0, (size_t)count * sizeof(float));
            memcpy(v1, v0, (size_t)count * sizeof(float));
            update(ctx, _i, w1, m1, v1, g, count);
            assert_same(w1, w, count, context_name(ctx));
            assert_same(m1, m, count, context_name(ctx));
            assert_same(v1, v, count, context_name(ctx));
            output_check_guard(w1, count);
            output_check_guard(m1, count);
            output_check_guard(v1, count);
            free(w1);
            free(m1);
            free(v1);
        }
        free(w0), free(m0), free(v0), free(g), free(w), free(m), free(v);
    }
}
END_TEST

/* PyTorch's formula in double, written apart from the kernel's. */
START_TEST(adam_is_the_published_formula)
{
    double w = 0.7, m = 0.0, v = 0.0;
    float wf = 0.7F, mf = 0.0F, vf = 0.0F;
    for (int t = 1; t <= 50; t++) {
        const float gf = (float)sin(t);
        const double g = (double)gf, beta1 = 0.9, beta2 = 0.999, lr = 1e-3;
        m = beta1 * m + (1.0 - beta1) * g;
        v = beta2 * v + (1.0 - beta2) * g * g;
        w -= lr * (m / (1.0 - pow(beta1, t))) / (sqrt(v / (1.0 - pow(beta2, t))) + 1e-8);
        const struct gan__adam o = {.lr_corrected = (float)(lr / (1.0 - pow(beta1, t))),
                                    .root_correction = (float)(1.0 / sqrt(1.0 - pow(beta2, t))),
                                    .beta1 = beta1,
                                    .beta2 = beta2,
                                    .epsilon = 1e-8F,
                                    .clip = {1.0F, INFINITY}};
        gan__adam_update(contexts.at[0], &o, &wf, &mf, &vf, &gf, 1);
        ck_assert_double_eq_tol((double)wf, w, 1e-6);
        ck_assert_double_eq_tol((double)mf, m, 1e-6);
        ck_assert_double_eq_tol((double)vf / v, 1.0, 2e-6);
    }
}
END_TEST

START_TEST(tables_are_found_by_name)
{
    ck_assert_ptr_nonnull(gan__kernels_find("auto"));
    ck_assert_ptr_null(gan__kernels_find("avx"));
    ck_assert_ptr_null(gan__kernels_find(""));
    static const char *const names[] = {"avx512", "avx2", "portable"};
    const struct gan__kernel_table *best = NULL;
    for (int i = 2; i >= 0; i--) {
        const struct gan__kernel_table *const table = gan__kernels_find(names[i]);
        if (table != NULL) {
            ck_assert_str_eq(gan__kernels_name(table), names[i]);
            best = table;
        }
    }
    ck_assert_ptr_eq(gan__kernels_find("auto"), best);
}
END_TEST

Suite *
suite_elementwise(void)
{
    Suite *const suite = suite_create("elementwise");
    TCase *const tcase = tcase_create("elementwise");
    tcase_add_unchecked_fixture(tcase, contexts_open, contexts_close);
    tcase_add_loop_test(tcase, unary_is_the_reference, 0, GAN__UNARY_COUNT);
    tcase_add_loop_test(tcase, binary_is_the_reference, 0,
                        (int)(sizeof broadcasts / sizeof broadcasts[0]));
    tcase_add_loop_test(tcase, copy_is_the_reference, 0,
                        (int)(sizeof permutations / sizeof permutations[0]));
    tcase_add_test(tcase, fill_and_all_finite);
    tcase_add_loop_test(tcase, random_arrays_are_the_stream, 0,
                        (int)(sizeof firsts / sizeof firsts[0]));
    tcase_add_loop_test(tcase, resampling_is_the_reference, 0,
                        (int)(sizeof resamplings / sizeof resamplings[0]));
    tcase_add_loop_test(tcase, updates_are_the_reference, 0, UPDATES);
    tcase_add_test(tcase, adam_is_the_published_formula);
    tcase_add_test(tcase, tables_are_found_by_name);
    suite_add_tcase(suite, tcase);
    return suite;
}
