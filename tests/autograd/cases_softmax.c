/* Cases: softmax, softmax_cross_entropy; and the accuracy. */
#include <math.h>
#include <stdio.h>

#include "op_case.h"

static void
softmax_problem(struct op_problem *p)
{
    const struct gan__shape shapes[] = {shape_of(2, 3, 5), shape_of(1, 17), shape_of(3, 2, 1, 3),
                                        shape_of(2, 4, 1)};
    p->input_count = 1;
    p->inputs[0] = shapes[p->variant];
}

static double
sum_of_exponentials(const double *x, int64_t count)
{
    double sum = 0.0;
    for (int64_t i = 0; i < count; i++) {
        sum += exp(x[i]);
    }
    return sum;
}

static void
softmax_reference(double *out, struct gan__shape *shape, const double *const *in,
                  const struct op_problem *p)
{
    *shape = p->inputs[0];
    const int64_t columns = shape->size[shape->rank - 1];
    for (int64_t i = 0; i < count_of(shape); i++) {
        out[i] = exp(in[0][i]) / sum_of_exponentials(in[0] + i / columns * columns, columns);
    }
}

static gan_status
softmax_run(gan_context *ctx, gan_tensor **out, gan_tensor *const *in, const struct op_problem *p)
{
    (void)p;
    return gan_softmax(ctx, out, in[0]);
}

static void
softmax_errors(gan_context *ctx)
{
    gan_tensor *x = some_tensor(ctx, shape_of(0)), *out = NULL;
    ASSERT_FAILS(ctx, gan_softmax(ctx, &out, x), GAN_E_SHAPE,
                 "softmax: x is [], must have at least one axis");
    gan_tensor_destroy(x);
    x = some_tensor(ctx, shape_of(2, 3, 0));
    ASSERT_OK(ctx, gan_softmax(ctx, &out, x));
    ck_assert_int_eq(out->count, 0);
    gan_tensor_destroy(out);
    gan_tensor_destroy(x);
}

const struct op_case test_case_softmax = {.name = "softmax",
                                          .variants = 4,
                                          .problem = softmax_problem,
                                          .run = softmax_run,
                                          .reference = softmax_reference,
                                          .errors = softmax_errors};

/* Labels are numbers from the third on. */
static void
softmax_cross_entropy_problem(struct op_problem *p)
{
    const struct gan__shape shapes[] = {shape_of(2, 3, 5), shape_of(2, 1, 2), shape_of(2, 7, 17)};
    const int64_t labels[] = {4, 0, 2, 1, 1, 3, 0};
    p->input_count = 1;
    p->inputs[0] = shapes[p->variant];
    for (int32_t i = 0; i < 7; i++) {
        p->numbers[i] = labels[i] % p->inputs[0].size[1];
    }
}

static void
softmax_cross_entropy_reference(double *out, struct gan__shape *shape, const double *const *in,
                                const struct op_problem *p)
{
    const int64_t rows = p->inputs[0].size[0], columns = p->inputs[0].size[1];
    shape->rank = 0;
    out[0] = 0.0;
    for (int64_t i = 0; i < rows; i++) {
        const double *x = in[0] + i * columns;
        out[0] += (log(sum_of_exponentials(x, columns)) - x[p->numbers[i]]) / (double)rows;
    }
}

static gan_status
softmax_cross_entropy_run(gan_context *ctx, gan_tensor **out, gan_tensor *const *in,
                          const struct op_problem *p)
{
    int32_t labels[7];
    for (int32_t i = 0; i < 7; i++) {
        labels[i] = (int32_t)p->numbers[i];
    }
    return gan_softmax_cross_entropy(ctx, out, in[0], labels, p->inputs[0].size[0]);
}

/* What both functions of labels refuse. */
static void
labels_errors(gan_context *ctx, const char *name,
              gan_status (*call)(gan_context *, gan_tensor *, const int32_t *, int64_t))
{
    const int32_t labels[] = {0, 3, 4}, negative[] = {1, -1, 0};
    char sentence[200];
    gan_tensor *x = some_tensor(ctx, shape_of(2, 3, 4)),
               *empty = some_tensor(ctx, shape_of(2, 0, 4)),
               *number = some_tensor(ctx, shape_of(0));
    snprintf(sentence, sizeof(sentence), "%s: label 2 is 4, must be 0 to 3", name);
    ASSERT_FAILS(ctx, call(ctx, x, labels, 3), GAN_E_ARG, sentence);
    snprintf(sentence, sizeof(sentence), "%s: label 1 is -1, must be 0 to 3", name);
    ASSERT_FAILS(ctx, call(ctx, x, negative, 3), GAN_E_ARG, sentence);
    snprintf(sentence, sizeof(sentence), "%s: there are 2 labels for 3 rows of logits", name);
    ASSERT_FAILS(ctx, call(ctx, x, labels, 2), GAN_E_SHAPE, sentence);
    ASSERT_FAILS(ctx, call(ctx, x, NULL, 3), GAN_E_ARG, "labels is NULL");
    ASSERT_FAILS(ctx, call(ctx, NULL, labels, 3), GAN_E_ARG, "logits is NULL");
    ASSERT_FAILS(ctx, call(ctx, empty, labels, 0), GAN_E_SHAPE,
                 "logits is [0, 4], must be [N, classes] with at least one of each");
    ASSERT_FAILS(ctx, call(ctx, number, labels, 1), GAN_E_SHAPE, "logits is []");
    gan_tensor_destroy(x);
    gan_tensor_destroy(empty);
    gan_tensor_destroy(number);
}

static gan_status
call_cross_entropy(gan_context *ctx, gan_tensor *x, const int32_t *labels, int64_t count)
{
    gan_tensor *out = NULL;
    const gan_status st = gan_softmax_cross_entropy(ctx, &out, x, labels, count);
    ck_assert_ptr_null(out);
    return st;
}

static gan_status
call_accuracy(gan_context *ctx, gan_tensor *x, const int32_t *labels, int64_t count)
{
    double accuracy = -7.0;
    const gan_status st = gan_accuracy(ctx, &accuracy, x, labels, count);
    ck_assert(st == GAN_OK || accuracy == 0.0);
    return st;
}

/* Of 8 rows: right, wrong, the first of equals, the second of equals, a NaN beside and in the label's place, infinities. */
static void
check_accuracy(gan_context *ctx)
{
    const float n = NAN, i = INFINITY;
    const float rows[8][3] = {{1, 5, 2}, {1, 5, 2}, {4, 0, 4}, {4, 0, 4},
                              {n, 9, 1}, {1, n, 1}, {0, 1, i}, {-i, -i, -i}};
    const int32_t labels[8] = {1, 0, 0, 2, 1, 1, 2, 0};
    double accuracy = 0.0;
    gan_tensor *x = some_tensor(ctx, shape_of(2, 8, 3));
    ASSERT_OK(ctx, gan_tensor_write(x, rows[0], 24));
    ASSERT_OK(ctx, gan_accuracy(ctx, &accuracy, x, labels, 8));
    ck_assert_double_eq(accuracy, 0.5);
    ASSERT_FAILS(ctx, gan_accuracy(ctx, NULL, x, labels, 8), GAN_E_ARG, "accuracy is NULL");
    gan_tensor_destroy(x);
}

/* Logits whose exponentials overflow have a finite loss and gradient. */
static void
check_large_logits(gan_context *ctx)
{
    const float rows[2][3] = {{1000, -1000, 0}, {-2000, -2000, -3000}};
    const int32_t labels[2] = {1, 0};
    gan_tensor *x = some_tensor(ctx, shape_of(2, 2, 3)), *out = NULL, *gradient = NULL;
    ASSERT_OK(ctx, gan_tensor_write(x, rows[0], 6));
    ASSERT_OK(ctx, gan_softmax_cross_entropy(ctx, &out, x, labels, 2));
    ck_assert_double_eq_tol((double)gan__data(out)[0], (2000.0 + log(2.0)) / 2.0, 1e-3);
    ASSERT_OK(ctx, gan_grad(ctx, &gradient, &out, 1, &x, 1, 0));
    const double wanted[6] = {0.5, -0.5, 0.0, -0.25, 0.25, 0.0};
    for (int32_t i = 0; i < 6; i++) {
        ck_assert_double_eq_tol((double)gan__data(gradient)[i], wanted[i], 1e-6);
    }
    gan_tensor_destroy(gradient);
    gan_tensor_destroy(out);
    gan_tensor_destroy(x);
}

static void
softmax_cross_entropy_errors(gan_context *ctx)
{
    labels_errors(ctx, "softmax_cross_entropy", call_cross_entropy);
    labels_errors(ctx, "accuracy", call_accuracy);
    check_accuracy(ctx);
    check_large_logits(ctx);
}

const struct op_case test_case_softmax_cross_entropy = {.name = "softmax_cross_entropy",
                                                        .variants = 3,
                                                        .problem = softmax_cross_entropy_problem,
                                                        .run = softmax_cross_entropy_run,
                                                        .reference =
                                                            softmax_cross_entropy_reference,
                                                        .errors = softmax_cross_entropy_errors};
