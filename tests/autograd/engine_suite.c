/* gan_backward, gan_grad and no-gradient scopes: what is computed, what is refused, what stays. */
#include <math.h>
#include <stdio.h>

#include "op_case.h"

static gan_context *ctx;

static void
setup(void)
{
    ctx = test_context();
}

static void
teardown(void)
{
    gan_context_destroy(ctx);
}

/* A vector that requires a gradient. */
static gan_tensor *
leaf(int64_t count, const float *values)
{
    gan_tensor *x = NULL;
    ASSERT_OK(ctx, gan_tensor_create(ctx, &x, &count, 1, values));
    ASSERT_OK(ctx, gan_tensor_set_requires_grad(x, 1));
    return x;
}

static gan_tensor *
number(float value)
{
    gan_tensor *x = NULL;
    ASSERT_OK(ctx, gan_tensor_create(ctx, &x, NULL, 0, &value));
    ASSERT_OK(ctx, gan_tensor_set_requires_grad(x, 1));
    return x;
}

/* Ops whose handles of inputs are given up, for chains. */
static gan_tensor *
summed(gan_tensor *x)
{
    gan_tensor *out = NULL;
    ASSERT_OK(ctx, gan_sum(ctx, &out, x, NULL, 0, 0));
    gan_tensor_destroy(x);
    return out;
}

static gan_tensor *
product(gan_tensor *a, gan_tensor *b)
{
    gan_tensor *out = NULL;
    ASSERT_OK(ctx, gan_mul(ctx, &out, a, b));
    return out;
}

static gan_tensor *
sum_of_products(gan_tensor *a, gan_tensor *b)
{
    return summed(product(a, b));
}

static gan_tensor *
gradient(gan_tensor *x)
{
    gan_tensor *result = NULL;
    ASSERT_OK(ctx, gan_tensor_gradient(x, &result));
    gan_tensor_destroy(result); /* x holds it */
    return result;
}

static void
check_numbers(const gan_tensor *x, int64_t count, const double *wanted)
{
    ck_assert_ptr_nonnull(x);
    ck_assert_int_eq(x->count, count);
    for (int64_t i = 0; i < count; i++) {
        ck_assert_double_eq_tol((double)gan__data(x)[i], wanted[i], 1e-5 * (1 + fabs(wanted[i])));
    }
}

START_TEST(gradients_add_up)
{
    const float values[] = {1, 2, 3};
    gan_tensor *x = leaf(3, values);
    ck_assert_ptr_null(gradient(x));
    for (int32_t round = 1; round <= 3; round++) {
        gan_tensor *loss = sum_of_products(x, x);
        ASSERT_OK(ctx, gan_backward(ctx, loss, 0));
        const double wanted[] = {2.0 * round, 4.0 * round, 6.0 * round};
        check_numbers(gradient(x), 3, wanted);
        gan_tensor_destroy(loss);
    }
    ASSERT_OK(ctx, gan_tensor_clear_gradient(x));
    ck_assert_ptr_null(gradient(x));
    gan_tensor_destroy(x);
}
END_TEST

/* A gradient that the caller holds keeps its values when more is added. */
START_TEST(held_gradients_stay)
{
    const float values[] = {1, 2};
    gan_tensor *x = leaf(2, values), *held = NULL;
    gan_tensor *loss = sum_of_products(x, x);
    ASSERT_OK(ctx, gan_backward(ctx, loss, 0));
    gan_tensor_destroy(loss);
    ASSERT_OK(ctx, gan_tensor_gradient(x, &held));
    loss = sum_of_products(x, x);
    ASSERT_OK(ctx, gan_backward(ctx, loss, 0));
    gan_tensor_destroy(loss);
    check_numbers(held, 2, (const double[]){2, 4});
    check_numbers(gradient(x), 2, (const double[]){4, 8});
    gan_tensor_destroy(held);
    gan_tensor_destroy(x);
}
END_TEST

/* The rule of add hands the same tensor to both sides; what the leaves keep must be apart. */
START_TEST(leaves_share_no_memory)
{
    const float values[] = {1, 2};
    gan_tensor *a = leaf(2, values), *b = leaf(2, values), *sum = NULL;
    ASSERT_OK(ctx, gan_add(ctx, &sum, a, b));
    gan_tensor *loss = summed(sum);
    ASSERT_OK(ctx, gan_backward(ctx, loss, 0));
    gan_tensor_destroy(loss);
    ck_assert_ptr_ne(gan__data(gradient(a)), gan__data(gradient(b)));
    loss = sum_of_products(a, a);
    ASSERT_OK(ctx, gan_backward(ctx, loss, 0));
    gan_tensor_destroy(loss);
    check_numbers(gradient(a), 2, (const double[]){3, 5});
    check_numbers(gradient(b), 2, (const double[]){1, 1});
    gan_tensor_destroy(a);
    gan_tensor_destroy(b);
}
END_TEST

/* x is used by three ops, one of them twice, and a result in the middle by two. */
START_TEST(uses_add_up)
{
    gan_tensor *x = number(3.0f), *square = NULL, *cube = NULL, *sum = NULL, *loss = NULL;
    ASSERT_OK(ctx, gan_mul(ctx, &square, x, x));
    ASSERT_OK(ctx, gan_mul(ctx, &cube, square, x));
    ASSERT_OK(ctx, gan_add(ctx, &sum, cube, square));
    ASSERT_OK(ctx, gan_add(ctx, &loss, sum, x)); /* x^3 + x^2 + x */
    gan_tensor *const inputs[] = {x, square, x};
    gan_tensor *gradients[3];
    ASSERT_OK(ctx, gan_grad(ctx, gradients, &loss, 1, inputs, 3, 0));
    check_numbers(gradients[0], 1, (const double[]){27 + 6 + 1});
    check_numbers(gradients[1], 1, (const double[]){3 + 1});
    check_numbers(gradients[2], 1, (const double[]){34});
    ck_assert_ptr_null(gradient(x));
    for (int32_t i = 0; i < 3; i++) {
        gan_tensor_destroy(gradients[i]);
    }
    gan_tensor_destroy(square);
    gan_tensor_destroy(cube);
    gan_tensor_destroy(sum);
    gan_tensor_destroy(loss);
    gan_tensor_destroy(x);
}
END_TEST

START_TEST(several_outputs)
{
    const float values[] = {1, 2, 3};
    gan_tensor *x = leaf(3, values), *apart = leaf(3, values);
    gan_tensor *outputs[3] = {product(x, x), NULL, NULL};
    ASSERT_OK(ctx, gan_exp(ctx, &outputs[1], x));
    outputs[2] = outputs[0]; /* counted twice */
    gan_tensor *const inputs[] = {x, apart, outputs[0]};
    gan_tensor *gradients[3];
    ASSERT_OK(ctx, gan_grad(ctx, gradients, outputs, 3, inputs, 3, 0));
    check_numbers(gradients[0], 3, (const double[]){4 + exp(1), 8 + exp(2), 12 + exp(3)});
    ck_assert_ptr_null(gradients[1]);
    check_numbers(gradients[2], 3, (const double[]){2, 2, 2});
    gan_tensor_destroy(gradients[0]);
    gan_tensor_destroy(gradients[2]);
    gan_tensor_destroy(outputs[0]);
    gan_tensor_destroy(outputs[1]);
    gan_tensor_destroy(x);
    gan_tensor_destroy(apart);
}
END_TEST

/* Results of the same graph in other memory have the same bits: nothing is ordered by address. */
static void
fan_out(float *bits, int32_t junk)
{
    gan_tensor *kept[64] = {NULL};
    const int64_t size = 8;
    for (int32_t i = 0; i < junk; i++) {
        ASSERT_OK(ctx, gan_tensor_create(ctx, &kept[i], &size, 1, NULL));
    }
    for (int32_t i = 0; i < junk; i += 2) {
        gan_tensor_destroy(kept[i]);
        kept[i] = NULL;
    }
    gan_tensor *x = number(0.7f), *total = NULL;
    for (int32_t i = 0; i < 20; i++) {
        gan_tensor *scaled = NULL, *bent = NULL, *next = NULL;
        ASSERT_OK(ctx, gan_affine(ctx, &scaled, x, 0.1 + i * 1.7, 0.0));
        ASSERT_OK(ctx, gan_tanh(ctx, &bent, scaled));
        if (total == NULL) {
            total = bent;
        } else {
            ASSERT_OK(ctx, gan_add(ctx, &next, bent, total));
            gan_tensor_destroy(total);
            gan_tensor_destroy(bent);
            total = next;
        }
        gan_tensor_destroy(scaled);
    }
    ASSERT_OK(ctx, gan_backward(ctx, total, 0));
    *bits = gan__data(gradient(x))[0];
    gan_tensor_destroy(x);
    gan_tensor_destroy(total);
    for (int32_t i = 0; i < junk; i++) {
        gan_tensor_destroy(kept[i]);
    }
}

START_TEST(order_is_fixed)
{
    float first, again;
    fan_out(&first, 0);
    for (int32_t junk = 1; junk < 64; junk += 7) {
        fan_out(&again, junk);
        ck_assert_mem_eq(&first, &again, sizeof(float));
    }
}
END_TEST

START_TEST(used_up_graphs_are_refused)
{
    const float values[] = {1, 2};
    gan_tensor *x = leaf(2, values), *y = product(x, x), *grad = NULL, *loss = NULL;
    ASSERT_OK(ctx, gan_sum(ctx, &loss, y, NULL, 0, 0));
    ASSERT_OK(ctx, gan_backward(ctx, loss, 1));
    ASSERT_OK(ctx, gan_tensor_clear_gradient(x));
    ASSERT_OK(ctx, gan_grad(ctx, &grad, &loss, 1, &x, 1, 1));
    gan_tensor_destroy(grad);
    ASSERT_OK(ctx, gan_backward(ctx, loss, 0));
    ASSERT_FAILS(ctx, gan_backward(ctx, loss, 0), GAN_E_STATE, "the graph is used up");
    check_numbers(gradient(x), 2, (const double[]){2, 4});
    /* A new op over the used part, too; the sentence names the op that was used up. */
    gan_tensor *again = NULL;
    ASSERT_OK(ctx, gan_mean(ctx, &again, y, NULL, 0, 0));
    ASSERT_FAILS(ctx, gan_grad(ctx, &grad, &again, 1, &x, 1, 0), GAN_E_STATE, "went through mul");
    ck_assert_ptr_null(grad);
    /* But what does not lead through it works: y itself is an input. */
    ASSERT_OK(ctx, gan_grad(ctx, &grad, &again, 1, &y, 1, 0));
    check_numbers(grad, 2, (const double[]){0.5, 0.5});
    gan_tensor_destroy(grad);
    gan_tensor_destroy(again);
    gan_tensor_destroy(loss);
    gan_tensor_destroy(y);
    gan_tensor_destroy(x);
}
END_TEST

/*
 * A training step's pattern: D's step runs on a detached picture and uses up D's graph; G's step runs D again on the
 * picture itself and goes through G's graph, recorded before.
 */
START_TEST(generator_graph_is_used_later)
{
    gan_tensor *g = number(2.0f), *d = number(3.0f), *noise = number(5.0f);
    ASSERT_OK(ctx, gan_tensor_set_requires_grad(noise, 0));
    gan_tensor *picture = product(noise, g), *detached = NULL;
    ASSERT_OK(ctx, gan_tensor_detach(picture, &detached));
    ck_assert_ptr_eq(gan__data(picture), gan__data(detached));
    gan_tensor *score = product(detached, d);
    ASSERT_OK(ctx, gan_backward(ctx, score, 0));
    check_numbers(gradient(d), 1, (const double[]){10});
    ck_assert_ptr_null(gradient(g));
    gan_tensor_destroy(score);

    /* The optimizer moves d; the second pass sees the new value, and nothing is added to d's gradient. */
    const float moved = 4.0f;
    ASSERT_OK(ctx, gan_tensor_write(d, &moved, 1));
    ASSERT_OK(ctx, gan_tensor_set_requires_grad(d, 0));
    score = product(picture, d);
    ASSERT_OK(ctx, gan_backward(ctx, score, 0));
    check_numbers(gradient(g), 1, (const double[]){20});
    check_numbers(gradient(d), 1, (const double[]){10});
    gan_tensor_destroy(score);
    gan_tensor_destroy(picture);
    gan_tensor_destroy(detached);
    gan_tensor_destroy(g);
    gan_tensor_destroy(d);
    gan_tensor_destroy(noise);
}
END_TEST

/* A leaf whose requires_grad went off after recording gets nothing. */
START_TEST(switched_off_leaves_get_nothing)
{
    gan_tensor *a = number(2.0f), *b = number(3.0f), *y = product(a, b);
    ASSERT_OK(ctx, gan_tensor_set_requires_grad(b, 0));
    ASSERT_OK(ctx, gan_backward(ctx, y, 0));
    check_numbers(gradient(a), 1, (const double[]){3});
    ck_assert_ptr_null(gradient(b));
    gan_tensor_destroy(a);
    gan_tensor_destroy(b);
    gan_tensor_destroy(y);
}
END_TEST

START_TEST(changed_tensors_are_noticed)
{
    const float values[] = {1, 2};
    gan_tensor *x = leaf(2, values);
    ctx->location = "3 (dense)";
    gan_tensor *loss = sum_of_products(x, x);
    ctx->location = NULL;
    ASSERT_OK(ctx, gan_tensor_write(x, values, 2));
    ASSERT_FAILS(ctx, gan_backward(ctx, loss, 0), GAN_E_STATE,
                 "mul in \"3 (dense)\" has saved a tensor that was changed since");
    gan_tensor_destroy(loss);

    /* Also one's own output, and a view of it. */
    gan_tensor *y = NULL, *flat = NULL;
    const int64_t shape[] = {1, 2};
    ASSERT_OK(ctx, gan_exp(ctx, &y, x));
    ASSERT_OK(ctx, gan_reshape(ctx, &flat, y, shape, 2));
    ASSERT_OK(ctx, gan_tensor_write(flat, values, 2));
    loss = summed(flat);
    ASSERT_FAILS(ctx, gan_backward(ctx, loss, 0), GAN_E_STATE, "exp has saved a tensor");
    gan_tensor_destroy(y);
    gan_tensor_destroy(loss);

    /* Ops that don't read values don't mind. */
    ASSERT_OK(ctx, gan_add(ctx, &y, x, x));
    ASSERT_OK(ctx, gan_tensor_write(x, values, 2));
    loss = summed(y);
    ASSERT_OK(ctx, gan_backward(ctx, loss, 0));
    check_numbers(gradient(x), 2, (const double[]){2, 2});
    gan_tensor_destroy(loss);
    gan_tensor_destroy(x);
}
END_TEST

/* What is not wanted is not computed: the gradient by w would read x, which was changed. */
START_TEST(unwanted_gradients_are_not_computed)
{
    const int64_t shape[] = {2, 2};
    const float values[] = {1, 2, 3, 4};
    gan_tensor *x = NULL, *w = NULL, *grad = NULL;
    ASSERT_OK(ctx, gan_tensor_create(ctx, &x, shape, 2, values));
    ASSERT_OK(ctx, gan_tensor_create(ctx, &w, shape, 2, values));
    ASSERT_OK(ctx, gan_tensor_set_requires_grad(x, 1));
    ASSERT_OK(ctx, gan_tensor_set_requires_grad(w, 1));
    for (int32_t round = 0; round < 2; round++) {
        gan_tensor *y = NULL;
        ASSERT_OK(ctx, gan_matmul(ctx, &y, x, w, 0, 0));
        gan_tensor *loss = summed(y);
        ASSERT_OK(ctx, gan_tensor_write(x, values, 4));
        if (round == 0) {
            ASSERT_OK(ctx, gan_grad(ctx, &grad, &loss, 1, &x, 1, 0));
            check_numbers(grad, 4, (const double[]){3, 7, 3, 7});
            gan_tensor_destroy(grad);
        } else {
            ASSERT_FAILS(ctx, gan_grad(ctx, &grad, &loss, 1, &w, 1, 0), GAN_E_STATE, "matmul");
        }
        gan_tensor_destroy(loss);
    }
    gan_tensor_destroy(x);
    gan_tensor_destroy(w);
}
END_TEST

/* Nor the gradient by an op's result that leads to no input: by `square` it would read x, which was changed. */
START_TEST(unwanted_results_get_no_gradient)
{
    gan_tensor *x = number(2.0f), *w = number(3.0f), *square = NULL, *grad = NULL;
    const float again = 5.0f;
    ASSERT_OK(ctx, gan_square(ctx, &square, w));
    gan_tensor *y = product(x, square);
    ASSERT_OK(ctx, gan_tensor_write(x, &again, 1));
    ASSERT_OK(ctx, gan_grad(ctx, &grad, &y, 1, &x, 1, 0));
    check_numbers(grad, 1, (const double[]){9});
    gan_tensor_destroy(grad);
    gan_tensor_destroy(y);
    gan_tensor_destroy(square);
    gan_tensor_destroy(x);
    gan_tensor_destroy(w);
}
END_TEST

/* Branches that lead to no input are not run, and so not used up. */
START_TEST(branches_that_lead_nowhere_stay)
{
    gan_tensor *a = number(2.0f), *b = number(3.0f), *grad = NULL, *loss = NULL;
    gan_tensor *left = product(a, a), *right = product(b, b);
    ASSERT_OK(ctx, gan_add(ctx, &loss, left, right));
    ASSERT_OK(ctx, gan_grad(ctx, &grad, &loss, 1, &a, 1, 0));
    check_numbers(grad, 1, (const double[]){4});
    gan_tensor_destroy(grad);
    ASSERT_OK(ctx, gan_backward(ctx, right, 0));
    check_numbers(gradient(b), 1, (const double[]){6});
    ck_assert_ptr_null(gradient(a));
    gan_tensor_destroy(left);
    gan_tensor_destroy(right);
    gan_tensor_destroy(loss);
    gan_tensor_destroy(a);
    gan_tensor_destroy(b);
}
END_TEST

/* The second of two leaves fails: the first one's gradient, computed before, is not added. */
START_TEST(failed_backward_changes_no_gradient)
{
    gan_tensor *a = number(2.0f), *b = number(3.0f), *loss = NULL;
    gan_tensor *old = product(a, a);
    ASSERT_OK(ctx, gan_backward(ctx, old, 0));
    gan_tensor_destroy(old);
    gan_tensor *left = product(b, b), *right = product(a, a);
    ASSERT_OK(ctx, gan_add(ctx, &loss, left, right)); /* right was recorded later: it runs first */
    const float value = 3.0f;
    ASSERT_OK(ctx, gan_tensor_write(b, &value, 1));
    ASSERT_FAILS(ctx, gan_backward(ctx, loss, 0), GAN_E_STATE, "mul");
    check_numbers(gradient(a), 1, (const double[]){4});
    ck_assert_ptr_null(gradient(b));
    gan_tensor_destroy(left);
    gan_tensor_destroy(right);
    gan_tensor_destroy(loss);
    gan_tensor_destroy(a);
    gan_tensor_destroy(b);
}
END_TEST

START_TEST(wrong_arguments)
{
    const float values[] = {1, 2};
    gan_context *other = test_context();
    gan_tensor *x = leaf(2, values), *y = product(x, x), *plain = NULL, *foreign = NULL;
    gan_tensor *grad = NULL, *none = NULL;
    ASSERT_OK(ctx, gan_tensor_detach(y, &plain));
    ASSERT_OK(other, gan_tensor_create(other, &foreign, NULL, 0, values));
    ASSERT_FAILS(ctx, gan_backward(ctx, y, 0), GAN_E_SHAPE, "output is [2], must have one element");
    ASSERT_FAILS(ctx, gan_backward(ctx, plain, 0), GAN_E_STATE, "output was not recorded");
    ASSERT_FAILS(ctx, gan_grad(ctx, &grad, &plain, 1, &x, 1, 0), GAN_E_STATE,
                 "output 0 was not recorded");
    ASSERT_FAILS(ctx, gan_backward(ctx, x, 0), GAN_E_STATE, "was not recorded");
    ASSERT_FAILS(ctx, gan_backward(ctx, NULL, 0), GAN_E_ARG, "is NULL");
    ASSERT_FAILS(ctx, gan_backward(ctx, foreign, 0), GAN_E_ARG, "another context");
    ck_assert_int_eq(gan_backward(NULL, y, 0), GAN_E_ARG);
    ASSERT_FAILS(ctx, gan_grad(ctx, &grad, &y, 1, &plain, 1, 0), GAN_E_ARG,
                 "input 0 does not require a gradient");
    ASSERT_FAILS(ctx, gan_grad(ctx, &grad, &y, 1, &none, 1, 0), GAN_E_ARG, "input 0 is NULL");
    ASSERT_FAILS(ctx, gan_grad(ctx, &grad, &y, 1, &foreign, 1, 0), GAN_E_ARG, "another context");
    ASSERT_FAILS(ctx, gan_grad(ctx, &grad, &none, 1, &x, 1, 0), GAN_E_ARG, "is NULL");
    ASSERT_FAILS(ctx, gan_grad(ctx, &grad, NULL, 1, &x, 1, 0), GAN_E_ARG, "outputs is NULL");
    ASSERT_FAILS(ctx, gan_grad(ctx, NULL, &y, 1, &x, 1, 0), GAN_E_ARG, "gradients is NULL");
    ASSERT_FAILS(ctx, gan_grad(ctx, &grad, &y, 1, NULL, 1, 0), GAN_E_ARG, "inputs is NULL");
    ASSERT_FAILS(ctx, gan_grad(ctx, &grad, &y, 0, &x, 1, 0), GAN_E_ARG, "output_count is 0");
    ASSERT_FAILS(ctx, gan_grad(ctx, &grad, &y, 1, &x, -1, 0), GAN_E_ARG, "input_count is -1");
    ck_assert_int_eq(gan_grad(NULL, &grad, &y, 1, &x, 1, 0), GAN_E_ARG);
    /* All of that used nothing up. */
    ASSERT_OK(ctx, gan_grad(ctx, &grad, &y, 1, &x, 1, 0));
    check_numbers(grad, 2, (const double[]){2, 4});
    gan_tensor_destroy(grad);
    gan_tensor_destroy(x);
    gan_tensor_destroy(y);
    gan_tensor_destroy(plain);
    gan_tensor_destroy(foreign);
    gan_context_destroy(other);
}
END_TEST

/* A recorded op's result says that it requires a gradient, one in a no-gradient scope or of plain inputs that it does not. */
START_TEST(results_say_what_they_require)
{
    gan_tensor *x = number(2.0f), *y = NULL, *plain = NULL;
    int32_t requires = 7;
    ASSERT_OK(ctx, gan_square(ctx, &y, x));
    ASSERT_OK(ctx, gan_tensor_requires_grad(y, &requires));
    ck_assert_int_eq(requires, 1);
    ASSERT_OK(ctx, gan_no_grad_begin(ctx));
    ASSERT_OK(ctx, gan_square(ctx, &plain, x));
    ASSERT_OK(ctx, gan_no_grad_end(ctx));
    ASSERT_OK(ctx, gan_tensor_requires_grad(plain, &requires));
    ck_assert_int_eq(requires, 0);
    gan_tensor_destroy(x);
    gan_tensor_destroy(y);
    gan_tensor_destroy(plain);
}
END_TEST

START_TEST(no_gradient_scopes)
{
    gan_tensor *x = number(2.0f);
    ASSERT_FAILS(ctx, gan_no_grad_end(ctx), GAN_E_STATE, "without a gan_no_grad_begin()");
    ASSERT_OK(ctx, gan_no_grad_begin(ctx));
    ASSERT_OK(ctx, gan_no_grad_begin(ctx));
    ASSERT_OK(ctx, gan_no_grad_end(ctx));
    gan_tensor *y = product(x, x);
    ck_assert_ptr_null(y->history);
    gan_tensor_destroy(y);
    ASSERT_OK(ctx, gan_no_grad_end(ctx));
    y = product(x, x);
    ck_assert_ptr_nonnull(y->history);
    ASSERT_FAILS(ctx, gan_tensor_set_requires_grad(y, 0), GAN_E_STATE, "result of a recorded op");
    /* A graph asked for inside a scope is a graph. */
    gan_tensor *first = NULL, *second = NULL;
    ASSERT_OK(ctx, gan_no_grad_begin(ctx));
    ASSERT_OK(ctx, gan_grad(ctx, &first, &y, 1, &x, 1, 1));
    ASSERT_OK(ctx, gan_grad(ctx, &second, &first, 1, &x, 1, 0));
    check_numbers(second, 1, (const double[]){2});
    ck_assert_int_eq(ctx->no_grad_depth, 1);
    ASSERT_OK(ctx, gan_no_grad_end(ctx));
    ck_assert_int_eq(gan_no_grad_begin(NULL), GAN_E_ARG);
    ck_assert_int_eq(gan_no_grad_end(NULL), GAN_E_ARG);
    gan_tensor_destroy(first);
    gan_tensor_destroy(second);
    gan_tensor_destroy(y);
    gan_tensor_destroy(x);
}
END_TEST

/* The search for the first value that is not finite names the op, forward or backward, and its layer. */
START_TEST(values_that_are_not_finite)
{
    gan_tensor *x = number(0.0f), *y = NULL, *loss = NULL;
    ASSERT_OK(ctx, gan_log(ctx, &y, x));
    gan_tensor_destroy(y);
    ctx->check_finite = true;
    ASSERT_FAILS(ctx, gan_log(ctx, &y, x), GAN_E_DIVERGED, "log made a value that is not finite");
    ctx->location = "3 (conv2d)";
    ASSERT_FAILS(ctx, gan_log(ctx, &y, x), GAN_E_DIVERGED,
                 "log in \"3 (conv2d)\" made a value that is not finite");
    ASSERT_OK(ctx, gan_sqrt(ctx, &y, x)); /* its derivative at 0 is infinite */
    ctx->location = "4 (dense)";
    ASSERT_OK(ctx, gan_affine(ctx, &loss, y, 2.0, 0.0));
    ASSERT_FAILS(ctx, gan_backward(ctx, loss, 0), GAN_E_DIVERGED,
                 "the gradient of sqrt in \"3 (conv2d)\" made a value that is not finite");
    ck_assert_str_eq(ctx->location, "4 (dense)");
    /* The gradients' own ops count to the layer of the op that they are the gradient of. */
    ctx->check_finite = false;
    gan_tensor *first = NULL;
    ASSERT_OK(ctx, gan_grad(ctx, &first, &y, 1, &x, 1, 1));
    ck_assert_str_eq(((struct gan__node *)first->history)->layer, "3 (conv2d)");
    gan_tensor_destroy(first);
    ctx->location = NULL;
    ck_assert_ptr_null(ctx->gradient_of);
    gan_tensor_destroy(x);
    gan_tensor_destroy(y);
    gan_tensor_destroy(loss);
}
END_TEST

/* The third derivative of sum(tanh(w x)^2) by one number, against differences of the second in double. */
static double
second_of_tanh_square(double w, double x)
{
    const double t = tanh(w * x), d = 1 - t * t;
    return x * x * (2 * d * d - 4 * t * t * d);
}

START_TEST(third_order)
{
    const double x = 0.8, w = 0.6, h = 1e-5;
    gan_tensor *weight = number((float)w), *input = number((float)x);
    gan_tensor *z = product(weight, input), *t = NULL, *loss = NULL, *d[3] = {NULL};
    ASSERT_OK(ctx, gan_tanh(ctx, &t, z));
    ASSERT_OK(ctx, gan_square(ctx, &loss, t));
    ASSERT_OK(ctx, gan_grad(ctx, &d[0], &loss, 1, &weight, 1, 1));
    ASSERT_OK(ctx, gan_grad(ctx, &d[1], &d[0], 1, &weight, 1, 1));
    ASSERT_OK(ctx, gan_grad(ctx, &d[2], &d[1], 1, &weight, 1, 0));
    check_numbers(d[1], 1, (const double[]){second_of_tanh_square(w, x)});
    const double third =
        (second_of_tanh_square(w + h, x) - second_of_tanh_square(w - h, x)) / (2 * h);
    check_numbers(d[2], 1, &third);
    for (int32_t i = 0; i < 3; i++) {
        gan_tensor_destroy(d[i]);
    }
    gan_tensor_destroy(z);
    gan_tensor_destroy(t);
    gan_tensor_destroy(loss);
    gan_tensor_destroy(weight);
    gan_tensor_destroy(input);
}
END_TEST

/*
 * A gradient penalty: the squared norm of D's gradient by its input, differentiated by D's weights, for
 * D(x) = v . leaky_relu(x W). By hand: dD/dx = (v * s) W^T with s the slopes, so the penalty is |(v * s) W^T|^2.
 */
START_TEST(gradient_penalty)
{
    const int64_t x_shape[] = {1, 3}, w_shape[] = {3, 2}, v_shape[] = {2, 1};
    const float x_data[] = {1, -2, 0.5f}, w_data[] = {0.5f, 1, -1, 0.25f, 2, -3},
                v_data[] = {2, -1};
    gan_tensor *x = NULL, *w = NULL, *v = NULL, *h = NULL, *a = NULL, *y = NULL, *g = NULL;
    ASSERT_OK(ctx, gan_tensor_create(ctx, &x, x_shape, 2, x_data));
    ASSERT_OK(ctx, gan_tensor_create(ctx, &w, w_shape, 2, w_data));
    ASSERT_OK(ctx, gan_tensor_create(ctx, &v, v_shape, 2, v_data));
    ASSERT_OK(ctx, gan_tensor_set_requires_grad(x, 1));
    ASSERT_OK(ctx, gan_tensor_set_requires_grad(w, 1));
    ASSERT_OK(ctx, gan_tensor_set_requires_grad(v, 1));
    ASSERT_OK(ctx, gan_matmul(ctx, &h, x, w, 0, 0)); /* 3.5, -1 */
    ASSERT_OK(ctx, gan_leaky_relu(ctx, &a, h, 0.25));
    ASSERT_OK(ctx, gan_matmul(ctx, &y, a, v, 0, 0));
    ASSERT_OK(ctx, gan_grad(ctx, &g, &y, 1, &x, 1, 1));
    gan_tensor *penalty = sum_of_products(g, g);
    ASSERT_OK(ctx, gan_backward(ctx, penalty, 0));
    const double s[] = {1, 0.25};
    double u[3], by_w[6], by_v[2] = {0, 0};
    for (int32_t i = 0; i < 3; i++) {
        u[i] = 0.0;
        for (int32_t j = 0; j < 2; j++) {
            u[i] += (double)v_data[j] * s[j] * (double)w_data[i * 2 + j];
        }
    }
    for (int32_t i = 0; i < 6; i++) {
        by_w[i] = 2 * u[i / 2] * (double)v_data[i % 2] * s[i % 2];
        by_v[i % 2] += 2 * u[i / 2] * s[i % 2] * (double)w_data[i];
    }
    check_numbers(gradient(w), 6, by_w);
    check_numbers(gradient(v), 2, by_v);
    ck_assert_ptr_null(gradient(x)); /* piecewise linear: no second derivative by x */
    gan_tensor *const all[] = {x, w, v, h, a, y, g, penalty};
    for (int32_t i = 0; i < 8; i++) {
        gan_tensor_destroy(all[i]);
    }
}
END_TEST

/* Gradients of gradients that gan_backward left behind. */
START_TEST(backward_with_a_graph)
{
    gan_tensor *x = number(3.0f), *square = product(x, x), *cube = product(square, x);
    ASSERT_OK(ctx, gan_backward(ctx, cube, 1));
    ASSERT_OK(ctx, gan_backward(ctx, cube, 1)); /* adds, and is an op too */
    gan_tensor *first = NULL, *second = NULL;
    ASSERT_OK(ctx, gan_tensor_gradient(x, &first));
    check_numbers(first, 1, (const double[]){54});
    ASSERT_OK(ctx, gan_grad(ctx, &second, &first, 1, &x, 1, 0));
    check_numbers(second, 1, (const double[]){36});
    gan_tensor_destroy(first);
    gan_tensor_destroy(second);
    gan_tensor_destroy(square);
    gan_tensor_destroy(cube);
    gan_tensor_destroy(x); /* with its gradient, whose graph holds x */
}
END_TEST

Suite *
engine_suite(void)
{
    Suite *suite = suite_create("engine");
    TCase *tests = tcase_create("engine");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_set_timeout(tests, 30);
    tcase_add_test(tests, gradients_add_up);
    tcase_add_test(tests, held_gradients_stay);
    tcase_add_test(tests, leaves_share_no_memory);
    tcase_add_test(tests, uses_add_up);
    tcase_add_test(tests, several_outputs);
    tcase_add_test(tests, order_is_fixed);
    tcase_add_test(tests, used_up_graphs_are_refused);
    tcase_add_test(tests, generator_graph_is_used_later);
    tcase_add_test(tests, switched_off_leaves_get_nothing);
    tcase_add_test(tests, changed_tensors_are_noticed);
    tcase_add_test(tests, unwanted_gradients_are_not_computed);
    tcase_add_test(tests, unwanted_results_get_no_gradient);
    tcase_add_test(tests, branches_that_lead_nowhere_stay);
    tcase_add_test(tests, failed_backward_changes_no_gradient);
    tcase_add_test(tests, wrong_arguments);
    tcase_add_test(tests, no_gradient_scopes);
    tcase_add_test(tests, results_say_what_they_require);
    tcase_add_test(tests, values_that_are_not_finite);
    tcase_add_test(tests, third_order);
    tcase_add_test(tests, gradient_penalty);
    tcase_add_test(tests, backward_with_a_graph);
    suite_add_tcase(suite, tests);
    return suite;
}
