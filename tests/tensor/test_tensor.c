/* Tensors: making, reading, changing and sharing them, and what is refused. */

#include "base/checked.h"
#include "base/memory.h"
#include "suites.h"
#include "tensor/tensor.h"

static gan_context *ctx;

static void
setup(void)
{
    ASSERT_OK(ctx, gan_context_create(&ctx, "threads=2 seed=11", NULL));
}

static void
teardown(void)
{
    gan_context_destroy(ctx);
}

START_TEST(create_and_read)
{
    const int64_t shape[] = {2, 3};
    const float values[] = {1, 2, 3, 4, 5, 6};
    float found[6], *data = NULL;
    int64_t sizes[GAN_RANK_MAX] = {-1, -1, -1}, count = 0;
    int32_t rank = 0;
    gan_tensor *x = NULL;
    ASSERT_OK(ctx, gan_tensor_create(ctx, &x, shape, 2, values));
    ASSERT_OK(ctx, gan_tensor_shape(x, sizes, GAN_RANK_MAX, &rank));
    ck_assert(rank == 2 && sizes[0] == 2 && sizes[1] == 3 && sizes[2] == -1);
    sizes[1] = -1;
    ASSERT_OK(ctx, gan_tensor_shape(x, sizes, 1, NULL));
    ck_assert(sizes[0] == 2 && sizes[1] == -1);
    ASSERT_OK(ctx, gan_tensor_shape(x, NULL, 0, &rank));
    ASSERT_OK(ctx, gan_tensor_count(x, &count));
    ck_assert_int_eq(count, 6);
    ASSERT_OK(ctx, gan_tensor_read(x, found, 6));
    ck_assert_mem_eq(found, values, sizeof(values));
    ASSERT_OK(ctx, gan_tensor_data(x, &data));
    ck_assert_mem_eq(data, values, sizeof(values));
    ck_assert_uint_eq((uintptr_t)data % GAN__ALIGNMENT, 0);
    data[0] = 9;
    ASSERT_OK(ctx, gan_tensor_read(x, found, 6));
    ck_assert(found[0] == 9.0f);
    gan_tensor_destroy(x);
}
END_TEST

START_TEST(numbers_empty_and_zeros)
{
    const int64_t empty[] = {3, 0, 2}, zeros[] = {5};
    gan_tensor *x = NULL;
    float value = 4.0f, found[5], *data = NULL;
    ASSERT_OK(ctx, gan_tensor_create(ctx, &x, NULL, 0, &value));
    ck_assert(x->count == 1 && gan__data(x)[0] == 4.0f);
    gan_tensor_destroy(x);
    ASSERT_OK(ctx, gan_tensor_create(ctx, &x, empty, 3, NULL));
    ASSERT_OK(ctx, gan_tensor_data(x, &data));
    ck_assert_ptr_nonnull(data);
    ASSERT_OK(ctx, gan_tensor_read(x, found, 0));
    ASSERT_OK(ctx, gan_tensor_read(x, NULL, 0));
    ASSERT_OK(ctx, gan_tensor_write(x, NULL, 0));
    gan_tensor_destroy(x);
    /* Zeros also where the memory was used before. */
    const float ones[] = {1, 1, 1, 1, 1};
    ASSERT_OK(ctx, gan_tensor_create(ctx, &x, zeros, 1, ones));
    gan_tensor_destroy(x);
    ASSERT_OK(ctx, gan_tensor_create(ctx, &x, zeros, 1, NULL));
    ASSERT_OK(ctx, gan_tensor_read(x, found, 5));
    for (int32_t i = 0; i < 5; i++) {
        ck_assert(found[i] == 0.0f);
    }
    gan_tensor_destroy(x);
}
END_TEST

START_TEST(wrong_shapes)
{
    gan_tensor *x = NULL;
    const int64_t negative[] = {3, -1}, wide[] = {(int64_t)1 << 21, (int64_t)1 << 21};
    const int64_t overflow[] = {INT64_MAX, INT64_MAX, 0}, one[] = {1, 1, 1, 1, 1, 1, 1, 1, 1};
    const int64_t much[] = {GAN__COUNT_MAX};
    ASSERT_FAILS(ctx, gan_tensor_create(ctx, &x, negative, 2, NULL), GAN_E_SHAPE,
                 "shape [3, -1] has a negative size");
    ASSERT_FAILS(ctx, gan_tensor_create(ctx, &x, wide, 2, NULL), GAN_E_SHAPE,
                 "shape [2097152, 2097152] has more elements than");
    ASSERT_FAILS(ctx, gan_tensor_create(ctx, &x, overflow, 3, NULL), GAN_E_SHAPE, "more elements");
    ASSERT_FAILS(ctx, gan_tensor_create(ctx, &x, one, 9, NULL), GAN_E_ARG,
                 "rank is 9, must be 0 to 8");
    ASSERT_FAILS(ctx, gan_tensor_create(ctx, &x, one, -1, NULL), GAN_E_ARG, "rank is -1");
    ASSERT_FAILS(ctx, gan_tensor_create(ctx, &x, NULL, 1, NULL), GAN_E_ARG, "shape is NULL");
    ASSERT_FAILS(ctx, gan_tensor_create(ctx, NULL, one, 1, NULL), GAN_E_ARG, "out is NULL");
    ASSERT_OK(ctx, gan_tensor_create(ctx, &x, one, 8, NULL));
    gan_tensor_destroy(x);
    ck_assert_int_eq(gan_tensor_create(NULL, &x, one, 1, NULL), GAN_E_ARG);
    ck_assert_ptr_null(x);
    gan_context *small = NULL;
    ASSERT_OK(small, gan_context_create(&small, "threads=1 memory_limit=64MiB", NULL));
    ck_assert_int_eq(gan_tensor_create(small, &x, much, 1, NULL), GAN_E_NOMEM);
    ck_assert_ptr_null(x);
    ASSERT_OK(small, gan_tensor_create(small, &x, one, 1, NULL));
    gan_tensor_destroy(x);
    gan_context_destroy(small);
}
END_TEST

START_TEST(wrong_arguments)
{
    const int64_t shape[] = {2};
    float values[2] = {0}, *data = values;
    int64_t count = 7;
    int32_t rank = 7;
    gan_tensor *x = NULL, *out = NULL;
    ASSERT_OK(ctx, gan_tensor_create(ctx, &x, shape, 1, values));
    ASSERT_FAILS(ctx, gan_tensor_read(x, values, 3), GAN_E_SHAPE,
                 "count is 3, but the tensor [2] has 2 elements");
    ASSERT_FAILS(ctx, gan_tensor_write(x, values, 1), GAN_E_SHAPE, "count is 1");
    ASSERT_FAILS(ctx, gan_tensor_read(x, NULL, 2), GAN_E_ARG, "values is NULL");
    ASSERT_FAILS(ctx, gan_tensor_write(x, NULL, 2), GAN_E_ARG, "values is NULL");
    ASSERT_FAILS(ctx, gan_tensor_read(x, NULL, 0), GAN_E_SHAPE, "count is 0");
    ASSERT_FAILS(ctx, gan_tensor_shape(x, NULL, 1, &rank), GAN_E_ARG, "shape is NULL");
    ASSERT_FAILS(ctx, gan_tensor_shape(x, &count, -1, &rank), GAN_E_ARG, "capacity is -1");
    ck_assert_int_eq(rank, 0);
    ASSERT_FAILS(ctx, gan_tensor_count(x, NULL), GAN_E_ARG, "count is NULL");
    ASSERT_FAILS(ctx, gan_tensor_data(x, NULL), GAN_E_ARG, "data is NULL");
    ASSERT_FAILS(ctx, gan_tensor_gradient(x, NULL), GAN_E_ARG, "gradient is NULL");
    ASSERT_FAILS(ctx, gan_tensor_detach(x, NULL), GAN_E_ARG, "out is NULL");
    ck_assert_int_eq(gan_tensor_shape(NULL, NULL, 0, &rank), GAN_E_ARG);
    ck_assert_int_eq(gan_tensor_count(NULL, &count), GAN_E_ARG);
    ck_assert_int_eq(gan_tensor_data(NULL, &data), GAN_E_ARG);
    ck_assert_int_eq(gan_tensor_read(NULL, values, 2), GAN_E_ARG);
    ck_assert_int_eq(gan_tensor_write(NULL, values, 2), GAN_E_ARG);
    ck_assert_int_eq(gan_tensor_set_requires_grad(NULL, 1), GAN_E_ARG);
    ck_assert_int_eq(gan_tensor_gradient(NULL, &out), GAN_E_ARG);
    ck_assert_int_eq(gan_tensor_clear_gradient(NULL), GAN_E_ARG);
    ck_assert_int_eq(gan_tensor_detach(NULL, &out), GAN_E_ARG);
    ck_assert(count == 0 && data == NULL && out == NULL);
    gan_tensor_retain(NULL);
    gan_tensor_destroy(NULL);
    gan_tensor_destroy(x);
}
END_TEST

START_TEST(write_raises_the_version)
{
    const int64_t shape[] = {2};
    const float values[] = {1, 2};
    float found[2];
    gan_tensor *x = NULL, *view = NULL;
    ASSERT_OK(ctx, gan_tensor_create(ctx, &x, shape, 1, NULL));
    ASSERT_OK(ctx, gan_tensor_detach(x, &view));
    const int64_t version = x->storage->version;
    ASSERT_FAILS(ctx, gan_tensor_write(view, values, 1), GAN_E_SHAPE, "count");
    ck_assert_int_eq(x->storage->version, version);
    ASSERT_OK(ctx, gan_tensor_write(view, values, 2));
    ck_assert_int_eq(x->storage->version, version + 1);
    ASSERT_OK(ctx, gan_tensor_read(x, found, 2));
    ck_assert_mem_eq(found, values, sizeof(values));
    gan_tensor_destroy(x);
    ASSERT_OK(ctx, gan_tensor_read(view, found, 2)); /* the memory outlives the first tensor */
    ck_assert_mem_eq(found, values, sizeof(values));
    ASSERT_OK(ctx, gan_tensor_write(view, gan__data(view), 2));
    gan_tensor_destroy(view);
}
END_TEST

START_TEST(requires_grad)
{
    gan_tensor *x = NULL, *view = NULL, *gradient = x;
    int32_t requires = 7;
    ASSERT_OK(ctx, gan_tensor_create(ctx, &x, NULL, 0, NULL));
    ASSERT_OK(ctx, gan_tensor_requires_grad(x, &requires));
    ck_assert_int_eq(requires, 0);
    ASSERT_OK(ctx, gan_tensor_set_requires_grad(x, 5));
    ASSERT_OK(ctx, gan_tensor_requires_grad(x, &requires));
    ck_assert_int_eq(requires, 1);
    ASSERT_FAILS(ctx, gan_tensor_requires_grad(x, NULL), GAN_E_ARG, "requires_grad is NULL");
    ASSERT_OK(ctx, gan_tensor_detach(x, &view));
    ck_assert(!view->requires_grad);
    ASSERT_OK(ctx, gan_tensor_gradient(x, &gradient));
    ck_assert_ptr_null(gradient);
    ASSERT_OK(ctx, gan_tensor_clear_gradient(x));
    ASSERT_OK(ctx, gan_tensor_set_requires_grad(x, 0));
    ck_assert(!x->requires_grad);
    gan_tensor_destroy(view);
    gan_tensor_destroy(x);
}
END_TEST

static gan_tensor *
random_tensor(gan_context *from, const char *distribution, uint64_t stream, int64_t count)
{
    gan_tensor *x = NULL;
    ASSERT_OK(from, gan_tensor_create_random(from, &x, &count, 1, distribution, stream));
    return x;
}

static bool
same(const gan_tensor *a, const gan_tensor *b, int64_t count)
{
    return memcmp(gan__data(a), gan__data(b), (size_t)count * sizeof(float)) == 0;
}

/* The numbers are a function of (seed, stream, place), whatever was drawn before, and however long the tensor is. */
START_TEST(random_numbers)
{
    enum { COUNT = 70001 };
    const char *const kinds[] = {"normal", "uniform"};
    gan_context *other = NULL;
    ASSERT_OK(other, gan_context_create(&other, "threads=1 seed=12", NULL));
    for (int32_t i = 0; i < 2; i++) {
        gan_tensor *a = random_tensor(ctx, kinds[i], 3, COUNT);
        gan_tensor *b = random_tensor(ctx, kinds[i], 4, COUNT);
        gan_tensor *again = random_tensor(ctx, kinds[i], 3, 1001);
        gan_tensor *seeded = random_tensor(other, kinds[i], 3, COUNT);
        ck_assert(same(a, again, 1001));
        ck_assert(!same(a, b, 1001) && !same(a, seeded, 1001));
        double sum = 0, squares = 0;
        for (int64_t j = 0; j < COUNT; j++) {
            const double v = (double)gan__data(a)[j];
            ck_assert(i == 0 || (v >= 0.0 && v < 1.0));
            sum += v;
            squares += v * v;
        }
        /* Four standard errors. */
        ck_assert_double_eq_tol(sum / COUNT, i == 0 ? 0.0 : 0.5, 4 * (i == 0 ? 1.0 : 0.29) / 264);
        ck_assert_double_eq_tol(squares / COUNT, i == 0 ? 1.0 : 1.0 / 3, 4 * 1.42 / 264);
        gan_tensor_destroy(a);
        gan_tensor_destroy(b);
        gan_tensor_destroy(again);
        gan_tensor_destroy(seeded);
    }
    gan_context_destroy(other);
    gan_tensor *x = NULL;
    ASSERT_FAILS(ctx, gan_tensor_create_random(ctx, &x, NULL, 0, "cauchy", 0), GAN_E_ARG,
                 "distribution is \"cauchy\", must be \"normal\" or \"uniform\"");
    ASSERT_FAILS(ctx, gan_tensor_create_random(ctx, &x, NULL, 0, NULL, 0), GAN_E_ARG,
                 "distribution is NULL");
    ASSERT_FAILS(ctx, gan_tensor_create_random(ctx, NULL, NULL, 0, "normal", 0), GAN_E_ARG,
                 "out is NULL");
    ASSERT_FAILS(ctx, gan_tensor_create_random(ctx, &x, NULL, 3, "normal", 0), GAN_E_ARG,
                 "shape is NULL");
}
END_TEST

START_TEST(views_copies_and_shapes)
{
    const struct gan__shape from = {2, {2, 3}}, to = {1, {6}}, wrong = {1, {5}};
    struct gan__shape eight = {8, {0}};
    char text[GAN__SHAPE_TEXT_SIZE];
    gan_tensor *x = NULL, *view = NULL, *copy = NULL, *none = NULL;
    struct gan__call call;
    ASSERT_OK(ctx, gan__enter(&call, ctx, GAN__GROUP_TENSOR));
    ASSERT_OK(ctx, gan__tensor_create(ctx, &x, &from));
    memset(gan__data(x), 0, 6 * sizeof(float));
    ck_assert(gan__tensor_is_exclusive(x));
    ASSERT_OK(ctx, gan__tensor_view(ctx, &view, x, &to));
    ck_assert(gan__data(view) == gan__data(x) && !gan__tensor_is_exclusive(x));
    ASSERT_OK(ctx, gan__tensor_copy(ctx, &copy, x));
    ck_assert(gan__data(copy) != gan__data(x) && gan__tensor_is_exclusive(copy));
    ck_assert(gan__shape_equal(&copy->shape, &from) && same(copy, x, 6));
    ck_assert_int_eq(gan__tensor_view(ctx, &none, x, &wrong), GAN_E_INTERNAL);
    ck_assert_ptr_null(none);
    gan_tensor_destroy(view);
    ck_assert(gan__tensor_is_exclusive(x));
    gan_tensor_destroy(x);
    gan_tensor_destroy(copy);
    ck_assert_int_eq(gan__leave(&call, GAN_OK), GAN_OK);
    ck_assert(!gan__shape_equal(&from, &to) && !gan__shape_equal(&to, &wrong));
    ck_assert_str_eq(gan__shape_text(text, &from), "[2, 3]");
    eight.rank = 0;
    ck_assert_str_eq(gan__shape_text(text, &eight), "[]");
    eight.rank = 8;
    for (int32_t i = 0; i < 8; i++) {
        eight.size[i] = INT64_MIN; /* the longest text there is */
    }
    ck_assert_uint_eq(strlen(gan__shape_text(text, &eight)), 8 * 20 + 7 * 2 + 2);
}
END_TEST

int
main(void)
{
    Suite *const tensors = suite_create("tensor");
    TCase *tests = tcase_create("tensor");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, create_and_read);
    tcase_add_test(tests, numbers_empty_and_zeros);
    tcase_add_test(tests, wrong_shapes);
    tcase_add_test(tests, wrong_arguments);
    tcase_add_test(tests, write_raises_the_version);
    tcase_add_test(tests, requires_grad);
    tcase_add_test(tests, random_numbers);
    tcase_add_test(tests, views_copies_and_shapes);
    suite_add_tcase(tensors, tests);
    Suite *const suites[] = {tensors, state_suite()};
    return run_suites(suites, 2);
}
