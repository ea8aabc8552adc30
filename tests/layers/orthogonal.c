/*
 * init=orthogonal: orthonormal rows or columns times the gain, and exactly the QR factor with a positive diagonal of the
 * normal draw, which init=he shows.
 */
#include "layers/suites.h"

#include <math.h>
#include <stdio.h>

#include "layers/layer.h"

static const struct {
    const char *layer; /* init= is added */
    int64_t outer, out, inner;
} cases[] = {
    {"input shape=40\ndense units=9", 40, 9, 1},
    {"input shape=9\ndense units=40", 9, 40, 1},
    {"input shape=33\ndense units=33", 33, 33, 1},
    {"input shape=70\ndense units=70", 70, 70, 1},
    {"input shape=6\ndense units=1", 6, 1, 1},
    {"input shape=1\ndense units=6", 1, 6, 1},
    {"input shape=1\ndense units=1", 1, 1, 1},
    {"input shape=4x4x5\nconv2d filters=7 kernel=3x2", 30, 7, 1},
    {"input shape=4x4x2\nconv2d filters=50 kernel=2x3", 12, 50, 1},
    {"input shape=2x2x6\nconv_transpose2d filters=5 kernel=3x4", 12, 5, 6},
    {"input shape=2x2x2\nconv_transpose2d filters=75 kernel=3x1", 3, 75, 2},
};

enum { CASES = sizeof cases / sizeof cases[0] };

/* The weight as a matrix of as many vectors as are orthogonal, in double: [count, length]. */
struct vectors {
    int64_t count, length;
    double *data;
};

static struct vectors
build(gan_context *ctx, int index, const char *init)
{
    const int64_t outer = cases[index].outer, out = cases[index].out, inner = cases[index].inner;
    const int64_t rest = outer * inner;
    struct vectors v = {out <= rest ? out : rest, out <= rest ? rest : out, NULL};
    char text[256];

    (void)snprintf(text, sizeof text, "gan-network 1\n%s %s\n", cases[index].layer, init);
    gan_layer *layer = parse(ctx, text);
    gan_tensor *weight = parameter(ctx, layer, "1.weight");
    ck_assert_int_eq(weight->count, out * rest);
    v.data = malloc((size_t)weight->count * sizeof *v.data);
    ck_assert_ptr_nonnull(v.data);
    for (int64_t a = 0; a < outer; a++) {
        for (int64_t o = 0; o < out; o++) {
            for (int64_t b = 0; b < inner; b++) {
                const int64_t column = a * inner + b;
                v.data[out <= rest ? o * rest + column : column * out + o] =
                    (double)values(weight)[(a * out + o) * inner + b];
            }
        }
    }
    gan_layer_destroy(layer);
    return v;
}

static double
dot(const struct vectors *a, int64_t i, const struct vectors *b, int64_t k)
{
    double sum = 0;

    for (int64_t j = 0; j < a->length; j++) {
        sum += a->data[i * a->length + j] * b->data[k * b->length + j];
    }
    return sum;
}

START_TEST(orthogonal_vectors)
{
    gan_context *ctx = make_context();
    struct vectors q = build(ctx, _i, "init=orthogonal gain=1.5");

    for (int64_t i = 0; i < q.count; i++) {
        for (int64_t k = 0; k <= i; k++) {
            ck_assert_double_eq_tol(dot(&q, i, &q, k), i == k ? 2.25 : 0, 5e-7);
        }
    }
    free(q.data);
    gan_context_destroy(ctx);
}
END_TEST

/* Vector k of the draw lies in the span of the first k + 1 orthogonal ones, along the last in its positive direction. The
 * seeds of layers are those of their networks' numbers, so each network is the first of its context. */
START_TEST(orthogonal_is_qr)
{
    gan_context *first = make_context(), *second = make_context();
    struct vectors q = build(first, _i, "init=orthogonal");
    struct vectors a = build(second, _i, "init=he");

    for (int64_t k = 0; k < q.count; k++) {
        const double length = sqrt(dot(&a, k, &a, k));
        ck_assert_double_gt(dot(&q, k, &a, k), 0);
        for (int64_t i = k + 1; i < q.count; i++) {
            ck_assert_double_eq_tol(dot(&q, i, &a, k), 0, 1e-6 * length);
        }
    }
    free(q.data);
    free(a.data);
    gan_context_destroy(first);
    gan_context_destroy(second);
}
END_TEST

/* Text says it again, and other layers refuse the word. */
START_TEST(orthogonal_text)
{
    gan_context *ctx = make_context();
    gan_layer *layer = parse(ctx, "gan-network 1\ninput shape=3\ndense units=2 init=orthogonal\n");
    char text[512];

    ASSERT_OK(ctx, gan_layer_text(layer, text, sizeof text, NULL));
    ck_assert_ptr_nonnull(strstr(text, "init=orthogonal gain=1"));
    gan_layer_destroy(layer);
    layer = NULL;
    ASSERT_FAILS(
        ctx,
        gan_layer_parse(ctx, &layer, "gan-network 1\ninput shape=3\nbatch_norm init=orthogonal\n"),
        GAN_E_ARG, "init");
    gan_context_destroy(ctx);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("orthogonal");
    TCase *tests = tcase_create("orthogonal");

    tcase_add_loop_test(tests, orthogonal_vectors, 0, CASES);
    tcase_add_loop_test(tests, orthogonal_is_qr, 0, CASES);
    tcase_add_test(tests, orthogonal_text);
    suite_add_tcase(suite, tests);
    return run_suites(&suite, 1);
}
