/* gan_augment: against PyTorch's numbers, its draws, its derivatives, and what it refuses. */
#include <gan/dataset.h>
#include <gan/ops.h>
#include <gan/tensor.h>

#include <stdbool.h>
#include <stdio.h>

#include "data/augment.h"
#include "oracle/augment.h"
#include "oracle/failing_host.h"

Suite *augment_suite(void);

enum { STREAM = 6, NUMBERS_MAX = 64 * 1024 };

static const struct {
    const char *name;
    int64_t shape[4];
} pictures[] = {{"rgb", {5, 8, 7, 3}}, {"grey", {5, 6, 9, 1}}};

static gan_context *
make_context(const char *options)
{
    gan_context *ctx = NULL;
    ASSERT_OK(ctx, gan_context_create(&ctx, options, NULL));
    return ctx;
}

static gan_tensor *
drawn(gan_context *ctx, const char *name, const int64_t *shape)
{
    static float values[NUMBERS_MAX];
    gan_tensor *tensor = NULL;
    oracle_draw(oracle_fill_find(augment_fills, name), values);
    ASSERT_OK(ctx, gan_tensor_create(ctx, &tensor, shape, 4, values));
    return tensor;
}

static void
read_all(gan_context *ctx, gan_tensor *tensor, float *values)
{
    int64_t count = 0;
    ASSERT_OK(ctx, gan_tensor_count(tensor, &count));
    ck_assert_int_le(count, NUMBERS_MAX);
    ASSERT_OK(ctx, gan_tensor_read(tensor, values, count));
}

/* A batch of pictures that are all one value, changed, as numbers. */
static void
changed(gan_context *ctx, const int64_t *shape, float value, const char *options, uint64_t stream,
        float *values)
{
    gan_tensor *x = NULL, *y = NULL;
    const int64_t count = shape[0] * shape[1] * shape[2] * shape[3];
    ck_assert_int_le(count, NUMBERS_MAX);
    for (int64_t i = 0; i < count; i++) {
        values[i] = value;
    }
    ASSERT_OK(ctx, gan_tensor_create(ctx, &x, shape, 4, values));
    ASSERT_OK(ctx, gan_augment(ctx, &y, x, options, stream));
    read_all(ctx, y, values);
    gan_tensor_destroy(x);
    gan_tensor_destroy(y);
}

START_TEST(test_numbers)
{
    static const char *const policies[] = {"color", "translation", "cutout",
                                           "color,translation,cutout"};
    static float values[NUMBERS_MAX];
    gan_context *ctx = make_context("threads=1 seed=11");
    const int64_t *shape = pictures[_i].shape;
    const int64_t count = shape[0] * shape[1] * shape[2] * shape[3];
    gan_tensor *x = drawn(ctx, pictures[_i].name, shape), *y = NULL;
    char key[64], options[64];

    for (int i = 0; i < 4; i++) {
        snprintf(key, sizeof key, "%s %s", pictures[_i].name, policies[i]);
        snprintf(options, sizeof options, "policy=%s", policies[i]);
        ASSERT_OK(ctx, gan_augment(ctx, &y, x, options, STREAM));
        read_all(ctx, y, values);
        oracle_compare(augment_numbers, key, values, count, 1e-6, 0.0);
        gan_tensor_destroy(y);
    }
    /* All steps are the default, and their order in the text does not matter. */
    ASSERT_OK(ctx, gan_augment(ctx, &y, x, NULL, STREAM));
    read_all(ctx, y, values);
    oracle_compare(augment_numbers, key, values, count, 1e-6, 0.0);
    gan_tensor_destroy(y);
    ASSERT_OK(ctx, gan_augment(ctx, &y, x, "policy=cutout,translation,color", STREAM));
    read_all(ctx, y, values);
    oracle_compare(augment_numbers, key, values, count, 1e-6, 0.0);
    gan_tensor_destroy(y);
    gan_tensor_destroy(x);
    gan_context_destroy(ctx);
}
END_TEST

/* Of the sum of y^2 * direction. */
START_TEST(test_gradient)
{
    static float values[NUMBERS_MAX];
    gan_context *ctx = make_context("threads=1 seed=11");
    const int64_t *shape = pictures[_i].shape;
    char name[64];
    gan_tensor *x = drawn(ctx, pictures[_i].name, shape), *direction, *y = NULL, *square = NULL;
    gan_tensor *product = NULL, *sum = NULL, *gradient = NULL;

    snprintf(name, sizeof name, "%s_direction", pictures[_i].name);
    direction = drawn(ctx, name, shape);
    ASSERT_OK(ctx, gan_tensor_set_requires_grad(x, 1));
    ASSERT_OK(ctx, gan_augment(ctx, &y, x, NULL, STREAM));
    ASSERT_OK(ctx, gan_square(ctx, &square, y));
    ASSERT_OK(ctx, gan_mul(ctx, &product, square, direction));
    ASSERT_OK(ctx, gan_sum(ctx, &sum, product, NULL, 0, 0));
    ASSERT_OK(ctx, gan_backward(ctx, sum, 0));
    ASSERT_OK(ctx, gan_tensor_gradient(x, &gradient));
    read_all(ctx, gradient, values);
    snprintf(name, sizeof name, "%s gradient", pictures[_i].name);
    oracle_compare(augment_numbers, name, values, shape[0] * shape[1] * shape[2] * shape[3], 1e-6,
                   0.0);
    gan_tensor *const all[] = {x, direction, y, square, product, sum, gradient};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        gan_tensor_destroy(all[i]);
    }
    gan_context_destroy(ctx);
}
END_TEST

/* How far a line of a picture was moved: what is below 0 came in from outside. */
static int
shift_of(const float *line, int64_t size, int64_t stride)
{
    int64_t filled = 0;
    for (int64_t i = 0; i < size; i++) {
        filled += line[i * stride] < 0.0F;
    }
    return (int)(line[0] < 0.0F ? filled : -filled);
}

START_TEST(test_shifts)
{
    /* 0.125 of 16 is 2, of 12 with rounding 2. */
    static float values[NUMBERS_MAX];
    const int64_t shape[] = {250, 16, 12, 1};
    gan_context *ctx = make_context("threads=1 seed=3");
    int seen[2][5] = {{0}}, joint[5][5] = {{0}};

    for (uint64_t stream = 0; stream < 20; stream++) {
        changed(ctx, shape, 1.0F, "policy=translation fill=-1", stream, values);
        for (int64_t n = 0; n < shape[0]; n++) {
            const float *picture = values + n * 16 * 12;
            const int dy = shift_of(picture + 6, 16, 12), dx = shift_of(picture + 8 * 12, 12, 1);
            ck_assert_int_le(dy < 0 ? -dy : dy, 2);
            ck_assert_int_le(dx < 0 ? -dx : dx, 2);
            seen[0][dy + 2]++;
            seen[1][dx + 2]++;
            joint[dy + 2][dx + 2]++;
        }
    }
    for (int i = 0; i < 5; i++) { /* 5,000 pictures: 1,000 each, deviation 28; 200 each, 14 */
        ck_assert_int_lt(abs(seen[0][i] - 1000), 120);
        ck_assert_int_lt(abs(seen[1][i] - 1000), 120);
        for (int j = 0; j < 5; j++) {
            ck_assert_int_lt(abs(joint[i][j] - 200), 60);
        }
    }
    gan_context_destroy(ctx);
}
END_TEST

START_TEST(test_squares)
{
    /* An even square's middle has 5 places in a side of 4, an odd one's 7 in 7. */
    static float values[NUMBERS_MAX];
    const int64_t shape[] = {400, 4, 7, 1};
    gan_context *ctx = make_context("threads=1 seed=3");
    int heights[5] = {0}, widths[8] = {0};

    for (uint64_t stream = 0; stream < 10; stream++) {
        changed(ctx, shape, 1.0F, "policy=cutout cutout=0.4 fill=-2", stream, values);
        for (int64_t n = 0; n < shape[0]; n++) {
            int height = 0, width = 0, all = 0;
            for (int64_t i = 0; i < 28; i++) {
                const float v = values[n * 28 + i];
                ck_assert(v == 1.0F || v == -2.0F);
                all += v < 0.0F;
            }
            for (int64_t y = 0; y < 4; y++) {
                bool any = false;
                for (int64_t x = 0; x < 7; x++) {
                    any = any || values[n * 28 + y * 7 + x] < 0.0F;
                }
                height += any;
            }
            for (int64_t x = 0; x < 7; x++) {
                bool any = false;
                for (int64_t y = 0; y < 4; y++) {
                    any = any || values[n * 28 + y * 7 + x] < 0.0F;
                }
                width += any;
            }
            ck_assert_int_eq(all, height * width); /* one rectangle */
            ck_assert_int_ge(height, 1);
            heights[height]++;
            widths[width]++;
        }
    }
    /* 0.4 of 4 is 2 rows, at 5 places, two of them half outside; of 7 3 columns, at 7. */
    ck_assert_int_lt(abs(heights[1] - 1600), 160);
    ck_assert_int_lt(abs(heights[2] - 2400), 160);
    ck_assert_int_eq(widths[1], 0);
    ck_assert_int_lt(abs(widths[2] - 4000 * 2 / 7), 160);
    ck_assert_int_lt(abs(widths[3] - 4000 * 5 / 7), 160);
    gan_context_destroy(ctx);
}
END_TEST

START_TEST(test_colors)
{
    /* Of pictures of one grey only brightness is seen: uniform in -0.5 to 0.5. */
    static float values[NUMBERS_MAX];
    const int64_t shape[] = {5000, 1, 1, 3};
    gan_context *ctx = make_context("threads=1 seed=3");
    double sum = 0, squares = 0;

    changed(ctx, shape, 0.25F, "policy=color", 1, values);
    for (int64_t n = 0; n < shape[0]; n++) {
        const double b = (double)values[3 * n] - 0.25;
        ck_assert(b >= -0.5 - 1e-6 && b <= 0.5 + 1e-6);
        ck_assert(fabs((double)values[3 * n + 1] - (double)values[3 * n]) < 1e-6);
        sum += b;
        squares += b * b;
    }
    ck_assert(fabs(sum / 5000) < 0.02);
    ck_assert(fabs(squares / 5000 - 1.0 / 12) < 0.004);
    gan_context_destroy(ctx);
}
END_TEST

START_TEST(test_determinism)
{
    static const char *const options[] = {"threads=1 seed=5", "threads=3 seed=5",
                                          "threads=2 seed=5 isa=portable", "threads=1 seed=6"};
    static float values[4][NUMBERS_MAX], again[NUMBERS_MAX];
    const int64_t shape[] = {37, 16, 16, 3}, part[] = {3, 16, 16, 3};
    const size_t bytes = sizeof(float) * 37 * 16 * 16 * 3;

    for (int i = 0; i < 4; i++) {
        gan_context *ctx = make_context(options[i]);
        changed(ctx, shape, 0.5F, NULL, 9, values[i]);
        changed(ctx, shape, 0.5F, NULL, 9, again);
        ck_assert_int_eq(memcmp(values[i], again, bytes), 0);
        changed(ctx, shape, 0.5F, NULL, 10, again); /* another stream */
        ck_assert_int_ne(memcmp(values[i], again, bytes), 0);
        changed(ctx, part, 0.5F, NULL, 9, again); /* a picture does not know its batch's size */
        ck_assert_int_eq(memcmp(values[i], again, bytes / 37 * 3), 0);
        gan_context_destroy(ctx);
    }
    ck_assert_int_eq(memcmp(values[0], values[1], bytes), 0);
    ck_assert_int_eq(memcmp(values[0], values[2], bytes), 0);
    ck_assert_int_ne(memcmp(values[0], values[3], bytes), 0); /* another seed */
}
END_TEST

START_TEST(test_extremes)
{
    static float values[NUMBERS_MAX];
    gan_context *ctx = make_context("threads=1");
    const int64_t shape[] = {40, 3, 2, 3}, empty[] = {0, 3, 2, 3}, flat[] = {2, 0, 2, 3};
    bool gone = false;

    /* Nothing is moved or covered by shares of 0; all may be by shares of 1. */
    changed(ctx, shape, 0.5F, "policy=translation,cutout translation=0 cutout=0", 1, values);
    for (int i = 0; i < 40 * 18; i++) {
        ck_assert(values[i] == 0.5F);
    }
    changed(ctx, shape, 0.5F, "policy=translation translation=1 fill=-1", 1, values);
    for (int n = 0; n < 40; n++) {
        float most = -1.0F;
        for (int i = 0; i < 18; i++) {
            most = values[n * 18 + i] > most ? values[n * 18 + i] : most;
        }
        gone = gone || most < 0.0F;
    }
    ck_assert(gone);
    changed(ctx, shape, 0.5F, "policy=cutout cutout=1", 1, values);
    changed(ctx, empty, 0.5F, NULL, 1, values);
    changed(ctx, flat, 0.5F, NULL, 1, values);
    gan_context_destroy(ctx);
}
END_TEST

START_TEST(test_refused)
{
    gan_context *ctx = make_context("threads=1"), *other = make_context("threads=1");
    const int64_t shape[] = {2, 3, 3, 1};
    gan_tensor *x = NULL, *flat = NULL, *y = NULL;

    ASSERT_OK(ctx, gan_tensor_create(ctx, &x, shape, 4, NULL));
    ASSERT_OK(ctx, gan_tensor_create(ctx, &flat, shape, 2, NULL));
    ck_assert_int_eq(gan_augment(NULL, &y, x, NULL, 0), GAN_E_ARG);
    ASSERT_FAILS(ctx, gan_augment(ctx, NULL, x, NULL, 0), GAN_E_ARG, "out is NULL");
    ASSERT_FAILS(ctx, gan_augment(ctx, &y, NULL, NULL, 0), GAN_E_ARG, "pictures is NULL");
    ASSERT_FAILS(other, gan_augment(other, &y, x, NULL, 0), GAN_E_ARG, "context");
    ASSERT_FAILS(ctx, gan_augment(ctx, &y, flat, NULL, 0), GAN_E_SHAPE,
                 "augment: pictures is [2, 3], must be [N, height, width, channels]");
    ASSERT_FAILS(ctx, gan_augment(ctx, &y, x, "policy=colour", 0), GAN_E_ARG,
                 "augment: policy is \"colour\": \"colour\" is no step (did you mean \"color\"?)");
    ASSERT_FAILS(ctx, gan_augment(ctx, &y, x, "policy=\"\"", 0), GAN_E_ARG, "\"\" is no step");
    ASSERT_FAILS(ctx, gan_augment(ctx, &y, x, "policy=color,", 0), GAN_E_ARG, "\"\" is no step");
    ASSERT_FAILS(ctx, gan_augment(ctx, &y, x, "policy=\"color, cutout\"", 0), GAN_E_ARG,
                 "\" cutout\" is no step");
    ASSERT_FAILS(ctx, gan_augment(ctx, &y, x, "policy=cutout,color,cutout", 0), GAN_E_ARG,
                 "cutout is there twice, must be at most once");
    ASSERT_FAILS(ctx, gan_augment(ctx, &y, x, "policies=color", 0), GAN_E_ARG, "policy");
    ASSERT_FAILS(ctx, gan_augment(ctx, &y, x, "translation=1.01", 0), GAN_E_ARG, "translation");
    ASSERT_FAILS(ctx, gan_augment(ctx, &y, x, "translation=-0.1", 0), GAN_E_ARG, "translation");
    ASSERT_FAILS(ctx, gan_augment(ctx, &y, x, "cutout=2", 0), GAN_E_ARG, "cutout");
    ASSERT_FAILS(ctx, gan_augment(ctx, &y, x, "cutout=nan", 0), GAN_E_ARG, "cutout");
    ASSERT_FAILS(ctx, gan_augment(ctx, &y, x, "fill=1e39", 0), GAN_E_ARG, "fill");
    ASSERT_FAILS(ctx, gan_augment(ctx, &y, x, "fill=inf", 0), GAN_E_ARG, "fill");
    ck_assert_ptr_null(y);
    gan_tensor_destroy(x);
    gan_tensor_destroy(flat);
    gan_context_destroy(ctx);
    gan_context_destroy(other);
}
END_TEST

START_TEST(test_no_memory)
{
    struct test_allocator host;
    gan_context *failing = failing_context(&host);
    const int64_t shape[] = {2, 3, 3, 1};
    gan_tensor *x = NULL, *y = NULL;

    ASSERT_OK(failing, gan_tensor_create(failing, &x, shape, 4, NULL));
    ASSERT_OK(failing, gan_tensor_set_requires_grad(x, 1));
    EACH_ALLOCATION_FAILS(failing, &host, gan_augment(failing, &y, x, "policy=color,cutout", 1),
                          y == NULL);
    gan_tensor_destroy(y);
    gan_tensor_destroy(x);
    gan_context_destroy(failing);
    ck_assert_int_eq(host.blocks, 0);
}
END_TEST

Suite *
augment_suite(void)
{
    Suite *suite = suite_create("augment");
    TCase *tests = tcase_create("augment");

    tcase_add_loop_test(tests, test_numbers, 0, 2);
    tcase_add_loop_test(tests, test_gradient, 0, 2);
    tcase_add_test(tests, test_shifts);
    tcase_add_test(tests, test_squares);
    tcase_add_test(tests, test_colors);
    tcase_add_test(tests, test_determinism);
    tcase_add_test(tests, test_extremes);
    tcase_add_test(tests, test_refused);
    tcase_add_test(tests, test_no_memory);
    suite_add_tcase(suite, tests);
    return suite;
}
