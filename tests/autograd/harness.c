/*
 * The harness: every op against its double-precision reference.
 *
 * The function that is differentiated is L = the sum of u * op(inputs), with u random. u counts as one more input: by it L
 * is linear, and second derivatives by u and an input show that gradients are recorded with respect to output gradients.
 * Derivatives of the reference are central differences in double, of first and of second order.
 */
#include "harness.h"

#include <math.h>
#include <stdarg.h>

#include "failing_host.h"

enum { VARIABLES_MAX = INPUTS_MAX + 1 };

/* Inputs and u, as floats and doubles. */
struct values {
    struct op_problem problem;
    int32_t count;          /* inputs and u */
    int32_t differentiable; /* bits of variables */
    struct gan__shape shape[VARIABLES_MAX];
    double *x[VARIABLES_MAX];
};

struct gan__shape
shape_of(int32_t rank, ...)
{
    struct gan__shape shape = {.rank = rank};
    va_list sizes;
    va_start(sizes, rank);
    for (int32_t i = 0; i < rank; i++) {
        shape.size[i] = va_arg(sizes, int);
    }
    va_end(sizes);
    return shape;
}

int64_t
count_of(const struct gan__shape *shape)
{
    return gan__shape_count(shape);
}

/* A small generator of the tests' own. */
static double
next_uniform(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (double)(*state >> 11) / 9007199254740992.0;
}

static double
draw_value(uint64_t *state, enum draw draw)
{
    const double u = next_uniform(state);
    if (draw == DRAW_POSITIVE) {
        return 0.4 + 1.6 * u;
    }
    if (draw == DRAW_ANY) {
        return 3.0 * u - 1.5;
    }
    return u < 0.5 ? -0.4 - 2.6 * u : 0.4 + 2.6 * (u - 0.5);
}

static double *
draw_values(uint64_t *state, int64_t count, enum draw draw)
{
    double *x = calloc((size_t)count + 1, sizeof(double));
    for (int64_t i = 0; i < count; i++) {
        x[i] = (double)(float)draw_value(state, draw);
    }
    for (int64_t i = 0; draw == DRAW_DISTINCT && i < count; i++) {
        const int64_t j = (int64_t)(next_uniform(state) * (double)(i + 1));
        x[i] = x[j];
        x[j] = (double)(float)(3.0 * (double)i / (double)count - 1.5);
    }
    return x;
}

static void
reference(const struct op_case *op, const struct values *v, double *out, struct gan__shape *shape)
{
    const double *inputs[INPUTS_MAX] = {v->x[0], v->x[1], v->x[2]};
    memset(shape, 0, sizeof(*shape));
    op->reference(out, shape, inputs, &v->problem);
    ck_assert_int_le(count_of(shape), ELEMENTS_MAX);
}

static double
reference_objective(const struct op_case *op, const struct values *v)
{
    static double out[ELEMENTS_MAX];
    struct gan__shape shape;
    reference(op, v, out, &shape);
    double sum = 0.0;
    for (int64_t i = 0; i < count_of(&shape); i++) {
        sum += out[i] * v->x[v->count - 1][i];
    }
    return sum;
}

static struct values
values_make(const struct op_case *op, int32_t variant)
{
    struct values v = {.problem = {.variant = variant}};
    uint64_t state = 77u + (uint64_t)variant * 1000u;
    for (const char *c = op->name; *c != '\0'; c++) {
        state = state * 31u + (uint64_t)*c;
    }
    op->problem(&v.problem);
    const int32_t inputs = v.problem.input_count;
    for (int32_t i = 0; i < inputs; i++) {
        v.shape[i] = v.problem.inputs[i];
        v.x[i] = draw_values(&state, count_of(&v.shape[i]), v.problem.draw[i]);
        if (v.problem.draw[i] != DRAW_CONSTANT) {
            v.differentiable |= 1 << i;
        }
    }
    static double out[ELEMENTS_MAX];
    v.count = inputs + 1;
    reference(op, &v, out, &v.shape[inputs]);
    v.x[inputs] = draw_values(&state, count_of(&v.shape[inputs]), DRAW_ANY);
    v.differentiable |= 1 << inputs;
    return v;
}

static void
values_free(struct values *v)
{
    for (int32_t i = 0; i < v->count; i++) {
        free(v->x[i]);
    }
}

static gan_tensor *
tensor_make(gan_context *ctx, const struct gan__shape *shape, const double *x)
{
    const int64_t count = count_of(shape);
    float *data = calloc((size_t)count + 1, sizeof(float));
    for (int64_t i = 0; i < count; i++) {
        data[i] = (float)x[i];
    }
    gan_tensor *tensor = NULL;
    ASSERT_OK(ctx, gan_tensor_create(ctx, &tensor, shape->size, shape->rank, data));
    free(data);
    return tensor;
}

/* Tensors of the values; those of the mask require a gradient. */
static void
tensors_make(gan_context *ctx, gan_tensor **tensors, const struct values *v, int32_t mask)
{
    for (int32_t i = 0; i < v->count; i++) {
        tensors[i] = tensor_make(ctx, &v->shape[i], v->x[i]);
        ASSERT_OK(ctx, gan_tensor_set_requires_grad(tensors[i], (mask >> i) & 1));
    }
}

static void
tensors_destroy(gan_tensor **tensors, int32_t count)
{
    for (int32_t i = 0; i < count; i++) {
        gan_tensor_destroy(tensors[i]);
        tensors[i] = NULL;
    }
}

gan_tensor *
some_tensor(gan_context *ctx, struct gan__shape shape)
{
    uint64_t state = 5;
    double *x = draw_values(&state, count_of(&shape), DRAW_POSITIVE);
    gan_tensor *tensor = tensor_make(ctx, &shape, x);
    free(x);
    ASSERT_OK(ctx, gan_tensor_set_requires_grad(tensor, 1));
    return tensor;
}

gan_context *
test_context(void)
{
    gan_context *ctx = NULL;
    ASSERT_OK(ctx, gan_context_create(&ctx, "threads=2 seed=3", NULL));
    return ctx;
}

static double
largest(const double *x, int64_t count)
{
    double most = 0.0;
    for (int64_t i = 0; i < count; i++) {
        most = fmax(most, fabs(x[i]));
    }
    return most;
}

/* All elements within tolerance of the largest. A NULL tensor stands for zeros. */
static void
compare(const char *what, const struct op_case *op, int32_t variant, const gan_tensor *found,
        const double *wanted, int64_t count, double tolerance)
{
    const double scale = largest(wanted, count) + 0.1;
    for (int64_t i = 0; i < count; i++) {
        const double x = found == NULL ? 0.0 : (double)gan__data(found)[i];
        ck_assert_msg(fabs(x - wanted[i]) <= tolerance * scale,
                      "%s of %s, variant %d: element %lld is %.9g, wanted %.9g (scale %g)", what,
                      op->name, (int)variant, (long long)i, x, wanted[i], scale);
    }
}

void
check_values(const struct op_case *op, int32_t variant)
{
    gan_context *ctx = test_context();
    struct values v = values_make(op, variant);
    gan_tensor *tensors[VARIABLES_MAX], *out = NULL;
    tensors_make(ctx, tensors, &v, v.differentiable);
    ASSERT_OK(ctx, op->run(ctx, &out, tensors, &v.problem));
    static double wanted[ELEMENTS_MAX];
    struct gan__shape shape;
    reference(op, &v, wanted, &shape);
    ck_assert_msg(gan__shape_equal(&shape, &out->shape), "%s, variant %d: wrong shape", op->name,
                  (int)variant);
    compare("the value", op, variant, out, wanted, out->count, 2e-6);
    gan_tensor_destroy(out);
    tensors_destroy(tensors, v.count);
    values_free(&v);
    gan_context_destroy(ctx);
}

/* L = sum(u * op(inputs)) */
static gan_status
objective(gan_context *ctx, gan_tensor **out, const struct op_case *op, gan_tensor *const *tensors,
          const struct values *v)
{
    gan_status st = GAN_OK;
    gan_tensor *y = NULL, *product = NULL;
    GAN__TRY(op->run(ctx, &y, tensors, &v->problem));
    GAN__TRY(gan_mul(ctx, &product, y, tensors[v->count - 1]));
    GAN__TRY(gan_sum(ctx, out, product, NULL, 0, 0));
fail:
    gan_tensor_destroy(y);
    gan_tensor_destroy(product);
    return st;
}

/* The tensors of a mask, in order. */
static int32_t
chosen(gan_tensor **to, int32_t *places, gan_tensor *const *tensors, int32_t count, int32_t mask)
{
    int32_t found = 0;
    for (int32_t i = 0; i < count; i++) {
        if ((mask >> i) & 1) {
            places[found] = i;
            to[found++] = tensors[i];
        }
    }
    return found;
}

static double *
first_differences(const struct op_case *op, struct values *v, int32_t which)
{
    const int64_t count = count_of(&v->shape[which]);
    double *result = calloc((size_t)count + 1, sizeof(double));
    const double h = 1e-5;
    for (int64_t i = 0; i < count; i++) {
        double *x = &v->x[which][i];
        const double at = *x;
        *x = at + h;
        const double above = reference_objective(op, v);
        *x = at - h;
        const double below = reference_objective(op, v);
        *x = at;
        result[i] = (above - below) / (2.0 * h);
    }
    return result;
}

/* gan_grad with exactly the tensors of the mask requiring gradients. */
static void
check_mask(gan_context *ctx, const struct op_case *op, struct values *v, int32_t mask,
           double *const *wanted)
{
    gan_tensor *tensors[VARIABLES_MAX], *inputs[VARIABLES_MAX], *loss = NULL;
    gan_tensor *gradients[VARIABLES_MAX] = {NULL};
    int32_t places[VARIABLES_MAX];
    tensors_make(ctx, tensors, v, mask);
    const int32_t count = chosen(inputs, places, tensors, v->count, mask);
    ASSERT_OK(ctx, objective(ctx, &loss, op, tensors, v));
    ASSERT_OK(ctx, gan_grad(ctx, gradients, &loss, 1, inputs, count, 0));
    for (int32_t i = 0; i < count; i++) {
        compare("the gradient", op, v->problem.variant, gradients[i], wanted[places[i]],
                inputs[i]->count, 5e-6);
        ck_assert(gradients[i] == NULL || !gradients[i]->requires_grad);
    }
    tensors_destroy(gradients, count);
    gan_tensor_destroy(loss);

    ASSERT_OK(ctx, objective(ctx, &loss, op, tensors, v));
    ASSERT_OK(ctx, gan_backward(ctx, loss, 0));
    for (int32_t i = 0; i < v->count; i++) {
        gan_tensor *gradient = NULL;
        ASSERT_OK(ctx, gan_tensor_gradient(tensors[i], &gradient));
        ck_assert(gradient == NULL || ((mask >> i) & 1));
        if ((mask >> i) & 1) {
            compare("backward's gradient", op, v->problem.variant, gradient, wanted[i],
                    tensors[i]->count, 5e-6);
        }
        gan_tensor_destroy(gradient);
    }
    gan_tensor_destroy(loss);
    tensors_destroy(tensors, v->count);
}

void
check_first_derivatives(const struct op_case *op, int32_t variant)
{
    gan_context *ctx = test_context();
    struct values v = values_make(op, variant);
    double *wanted[VARIABLES_MAX] = {NULL};
    for (int32_t i = 0; i < v.count; i++) {
        wanted[i] = first_differences(op, &v, i);
    }
    for (int32_t mask = 1; mask < 1 << v.count; mask++) {
        if ((mask & ~v.differentiable) == 0) {
            check_mask(ctx, op, &v, mask, wanted);
        }
    }
    for (int32_t i = 0; i < v.count; i++) {
        free(wanted[i]);
    }
    values_free(&v);
    gan_context_destroy(ctx);
}

static void
shift(struct values *v, double *const *direction, int32_t mask, double by)
{
    for (int32_t i = 0; i < v->count; i++) {
        for (int64_t j = 0; ((mask >> i) & 1) && j < count_of(&v->shape[i]); j++) {
            v->x[i][j] += by * direction[i][j];
        }
    }
}

/* The derivative along a direction of dL/dx, for each element x of a variable: a mixed second difference. */
static double *
second_differences(const struct op_case *op, struct values *v, double *const *direction,
                   int32_t mask, int32_t which)
{
    const int64_t count = count_of(&v->shape[which]);
    double *result = calloc((size_t)count + 1, sizeof(double));
    double *kept[VARIABLES_MAX];
    for (int32_t i = 0; i < v->count; i++) {
        const size_t bytes = (size_t)count_of(&v->shape[i]) * sizeof(double);
        kept[i] = malloc(bytes + 1);
        memcpy(kept[i], v->x[i], bytes);
    }
    const double h = 1e-3;
    for (int64_t i = 0; i < count; i++) {
        for (int32_t corner = 0; corner < 4; corner++) {
            const double a = (corner & 1) ? -h : h, b = (corner & 2) ? -h : h;
            shift(v, direction, mask, a);
            v->x[which][i] += b;
            result[i] += (a * b > 0 ? 1 : -1) * reference_objective(op, v) / (4.0 * h * h);
            for (int32_t j = 0; j < v->count; j++) {
                memcpy(v->x[j], kept[j], (size_t)count_of(&v->shape[j]) * sizeof(double));
            }
        }
    }
    for (int32_t i = 0; i < v->count; i++) {
        free(kept[i]);
    }
    return result;
}

/* s = the sum of direction * gradient; NULL if no gradient depends on anything. */
static gan_status
directional(gan_context *ctx, gan_tensor **out, gan_tensor *const *gradients,
            gan_tensor *const *directions, int32_t count)
{
    gan_status st = GAN_OK;
    gan_tensor *product = NULL, *part = NULL, *sum = NULL;
    for (int32_t i = 0; i < count; i++) {
        if (gradients[i] == NULL) {
            continue;
        }
        GAN__TRY(gan_mul(ctx, &product, gradients[i], directions[i]));
        GAN__TRY(gan_sum(ctx, &part, product, NULL, 0, 0));
        if (*out == NULL) {
            *out = part;
            part = NULL;
        } else {
            GAN__TRY(gan_add(ctx, &sum, *out, part));
            gan_tensor_destroy(*out);
            *out = sum;
            sum = NULL;
        }
        gan_tensor_destroy(product);
        gan_tensor_destroy(part);
        product = part = NULL;
    }
fail:
    gan_tensor_destroy(product);
    gan_tensor_destroy(part);
    return st;
}

static void
check_second_of_mask(gan_context *ctx, const struct op_case *op, struct values *v, int32_t mask,
                     double *const *direction)
{
    gan_tensor *tensors[VARIABLES_MAX], *inputs[VARIABLES_MAX], *loss = NULL, *s = NULL;
    gan_tensor *first[VARIABLES_MAX] = {NULL}, *second[VARIABLES_MAX] = {NULL};
    gan_tensor *directions[VARIABLES_MAX] = {NULL};
    int32_t places[VARIABLES_MAX];
    tensors_make(ctx, tensors, v, mask);
    const int32_t count = chosen(inputs, places, tensors, v->count, mask);
    for (int32_t i = 0; i < count; i++) {
        directions[i] = tensor_make(ctx, &v->shape[places[i]], direction[places[i]]);
    }
    ASSERT_OK(ctx, objective(ctx, &loss, op, tensors, v));
    ASSERT_OK(ctx, gan_grad(ctx, first, &loss, 1, inputs, count, 1));
    ASSERT_OK(ctx, directional(ctx, &s, first, directions, count));
    if (s != NULL && s->history != NULL) {
        ASSERT_OK(ctx, gan_grad(ctx, second, &s, 1, inputs, count, 0));
    }
    for (int32_t i = 0; i < count; i++) {
        double *wanted = second_differences(op, v, direction, mask, places[i]);
        compare("the second derivative", op, v->problem.variant, second[i], wanted,
                inputs[i]->count, 1e-4);
        free(wanted);
    }
    tensors_destroy(first, count);
    tensors_destroy(second, count);
    tensors_destroy(directions, count);
    gan_tensor_destroy(s);
    gan_tensor_destroy(loss);
    tensors_destroy(tensors, v->count);
}

void
check_second_derivatives(const struct op_case *op, int32_t variant)
{
    gan_context *ctx = test_context();
    struct values v = values_make(op, variant);
    double *direction[VARIABLES_MAX];
    uint64_t state = 99;
    for (int32_t i = 0; i < v.count; i++) {
        direction[i] = draw_values(&state, count_of(&v.shape[i]), DRAW_ANY);
    }
    for (int32_t mask = 1; mask < 1 << v.count; mask++) {
        if ((mask & ~v.differentiable) == 0) {
            check_second_of_mask(ctx, op, &v, mask, direction);
        }
    }
    for (int32_t i = 0; i < v.count; i++) {
        free(direction[i]);
    }
    values_free(&v);
    gan_context_destroy(ctx);
}

/* op(2 x + 3 y) = 2 op(x) + 3 op(y) in each input that it is linear in. */
void
check_linearity(const struct op_case *op, int32_t variant)
{
    gan_context *ctx = test_context();
    struct values v = values_make(op, variant);
    uint64_t state = 1234;
    for (int32_t which = 0; which < v.problem.input_count; which++) {
        if (!op->linear[which]) {
            continue;
        }
        const int64_t count = count_of(&v.shape[which]);
        double *x = v.x[which], *y = draw_values(&state, count, DRAW_ANY);
        double *sum = calloc((size_t)count + 1, sizeof(double));
        for (int64_t i = 0; i < count; i++) {
            sum[i] = 2.0 * x[i] + 3.0 * y[i];
        }
        gan_tensor *outs[3] = {NULL};
        double *parts[3] = {x, y, sum};
        for (int32_t i = 0; i < 3; i++) {
            gan_tensor *tensors[VARIABLES_MAX];
            v.x[which] = parts[i];
            tensors_make(ctx, tensors, &v, 0);
            ASSERT_OK(ctx, op->run(ctx, &outs[i], tensors, &v.problem));
            tensors_destroy(tensors, v.count);
        }
        v.x[which] = x;
        static double wanted[ELEMENTS_MAX];
        for (int64_t i = 0; i < outs[0]->count; i++) {
            wanted[i] = 2.0 * (double)gan__data(outs[0])[i] + 3.0 * (double)gan__data(outs[1])[i];
        }
        compare("linearity", op, variant, outs[2], wanted, outs[2]->count, 2e-6);
        tensors_destroy(outs, 3);
        free(y);
        free(sum);
    }
    values_free(&v);
    gan_context_destroy(ctx);
}

void
check_nothing_recorded(const struct op_case *op, int32_t variant)
{
    gan_context *ctx = test_context();
    struct values v = values_make(op, variant);
    gan_tensor *tensors[VARIABLES_MAX], *out = NULL;
    tensors_make(ctx, tensors, &v, v.differentiable);
    ASSERT_OK(ctx, gan_no_grad_begin(ctx));
    ASSERT_OK(ctx, op->run(ctx, &out, tensors, &v.problem));
    ASSERT_OK(ctx, gan_no_grad_end(ctx));
    ck_assert(out->history == NULL && !out->requires_grad);
    gan_tensor_destroy(out);
    tensors_destroy(tensors, v.count);

    tensors_make(ctx, tensors, &v, 0);
    ASSERT_OK(ctx, op->run(ctx, &out, tensors, &v.problem));
    ck_assert(out->history == NULL && !out->requires_grad);
    gan_tensor_destroy(out);
    tensors_destroy(tensors, v.count);
    values_free(&v);
    gan_context_destroy(ctx);
}

/* Each tensor argument NULL or of another context: a status, a sentence that begins with the op, *out NULL. */
void
check_arguments(const struct op_case *op)
{
    gan_context *ctx = test_context(), *other = test_context();
    struct values v = values_make(op, 0);
    gan_tensor *tensors[VARIABLES_MAX], *foreign[VARIABLES_MAX];
    tensors_make(ctx, tensors, &v, v.differentiable);
    tensors_make(other, foreign, &v, v.differentiable);
    for (int32_t i = 0; i < v.problem.input_count; i++) {
        gan_tensor *const kept = tensors[i];
        gan_tensor *out = kept;
        tensors[i] = NULL;
        ASSERT_FAILS(ctx, op->run(ctx, &out, tensors, &v.problem), GAN_E_ARG, "is NULL");
        ck_assert_ptr_null(out);
        ck_assert_msg(strncmp(gan_context_error(ctx), op->name, strlen(op->name)) == 0, "%s: %s",
                      op->name, gan_context_error(ctx));
        tensors[i] = foreign[i];
        out = kept;
        ASSERT_FAILS(ctx, op->run(ctx, &out, tensors, &v.problem), GAN_E_ARG,
                     "belongs to another context");
        ck_assert_ptr_null(out);
        tensors[i] = kept;
    }
    gan_tensor *out = tensors[0];
    ASSERT_FAILS(ctx, op->run(ctx, NULL, tensors, &v.problem), GAN_E_ARG, "out is NULL");
    ck_assert_int_eq(op->run(NULL, &out, tensors, &v.problem), GAN_E_ARG);
    ck_assert_ptr_null(out);
    if (op->errors != NULL) {
        op->errors(ctx);
    }
    tensors_destroy(tensors, v.count);
    tensors_destroy(foreign, v.count);
    values_free(&v);
    gan_context_destroy(ctx);
    gan_context_destroy(other);
}

/* The op, its gradient with a graph, and the gradient of that. */
static gan_status
twice_differentiated(gan_context *ctx, const struct op_case *op, struct values *v,
                     gan_tensor *const *tensors, gan_tensor *const *inputs, int32_t count)
{
    gan_status st = GAN_OK;
    gan_tensor *loss = NULL, *s = NULL;
    gan_tensor *first[VARIABLES_MAX] = {NULL};
    GAN__TRY(objective(ctx, &loss, op, tensors, v));
    GAN__TRY(gan_grad(ctx, first, &loss, 1, inputs, count, 1));
    GAN__TRY(directional(ctx, &s, first, inputs, count));
    GAN__TRY(gan_backward(ctx, s, 0));
fail:
    gan_tensor_destroy(loss);
    gan_tensor_destroy(s);
    tensors_destroy(first, count);
    return st;
}

void
check_allocation_failures(const struct op_case *op)
{
    struct failing_host host;
    gan_context *ctx = failing_context(&host);
    struct values v = values_make(op, 0);
    gan_tensor *tensors[VARIABLES_MAX], *inputs[VARIABLES_MAX];
    int32_t places[VARIABLES_MAX];
    tensors_make(ctx, tensors, &v, v.differentiable);
    const int32_t count = chosen(inputs, places, tensors, v.count, v.differentiable);
    int64_t live = -1;
    for (int64_t n = -1;; n++) {
        /* The first round (n = -1) refuses nothing and leaves what stays, such as scratch memory. */
        failing_arm(&host, ctx, n);
        const gan_status st = twice_differentiated(ctx, op, &v, tensors, inputs, count);
        const bool refused = failing_disarm(&host, ctx);
        if (refused) {
            ck_assert_int_eq(st, GAN_E_NOMEM);
            ck_assert_int_gt((int)strlen(gan_context_error(ctx)), 10);
        } else {
            ASSERT_OK(ctx, st);
        }
        for (int32_t i = 0; i < v.count; i++) {
            ck_assert(!refused || tensors[i]->gradient == NULL);
            ASSERT_OK(ctx, gan_tensor_clear_gradient(tensors[i]));
        }
        failing_trim(ctx);
        ck_assert_msg(live < 0 || host.live == live, "%s: request %lld refused leaks", op->name,
                      (long long)n);
        live = host.live;
        if (n >= 0 && !refused) {
            ck_assert_int_gt(n, 5);
            break;
        }
    }
    tensors_destroy(tensors, v.count);
    values_free(&v);
    gan_context_destroy(ctx);
    ck_assert_int_eq(host.live, 0);
}
