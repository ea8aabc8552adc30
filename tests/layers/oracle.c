/*
 * Layers against PyTorch's numbers in float64 (oracle/make_layers.py has the same cases by name): values, first derivatives
 * of a weighted sum by the input and all parameters, and those of the squared norm of the input's gradient.
 */
#include "layers/suites.h"

#include <stdio.h>

#include "oracle/layers.h"

enum { NAME_SIZE = 128, CASES = sizeof layers_texts / sizeof layers_texts[0] - 1 };

/* A network with its parameters drawn, a batch, and factors on its outputs. */
struct work {
    gan_context *ctx;
    const char *name;
    gan_layer *layer;
    gan_tensor *x, *factors;
};

static void
fill(struct work *w, gan_tensor *tensor, const char *name)
{
    const struct oracle_fill *drawing = oracle_fill_find(layers_fills, name);
    float *drawn = malloc((size_t)drawing->count * sizeof *drawn);

    oracle_draw(drawing, drawn);
    ASSERT_OK(w->ctx, gan_tensor_write(tensor, drawn, drawing->count));
    free(drawn);
}

static gan_tensor *
drawn_tensor(struct work *w, const char *what, const int64_t *shape, int32_t rank)
{
    char name[NAME_SIZE];
    gan_tensor *tensor = NULL;

    snprintf(name, sizeof name, "%s.%s", w->name, what);
    ASSERT_OK(w->ctx, gan_tensor_create(w->ctx, &tensor, shape, rank, NULL));
    fill(w, tensor, name);
    return tensor;
}

static void
draw_parameters(struct work *w)
{
    char name[NAME_SIZE], path[NAME_SIZE / 2];
    int64_t count = 0, fills = 0;
    const size_t length = strlen(w->name);

    ASSERT_OK(w->ctx, gan_layer_parameter_count(w->layer, &count));
    for (const struct oracle_fill *f = layers_fills; f->name != NULL; f++) {
        fills += strncmp(f->name, w->name, length) == 0 && f->name[length] == '/';
    }
    ck_assert_int_eq(fills, count);
    for (int64_t i = 0; i < count; i++) {
        gan_tensor *tensor = NULL;
        ASSERT_OK(w->ctx, gan_layer_parameter(w->layer, &tensor, i, path, sizeof path, NULL));
        snprintf(name, sizeof name, "%s/%s", w->name, path);
        fill(w, tensor, name);
        gan_tensor_destroy(tensor);
    }
}

static void
open_work(struct work *w, int index)
{
    int64_t shape[GAN_RANK_MAX], each = 1;
    char name[NAME_SIZE];
    int32_t rank = 0;

    w->ctx = make_context();
    w->name = layers_texts[index].name;
    w->layer = parse(w->ctx, layers_texts[index].text);
    draw_parameters(w);
    ASSERT_OK(w->ctx, gan_layer_input_shape(w->layer, shape + 1, GAN_RANK_MAX - 1, &rank));
    for (int32_t i = 1; i <= rank; i++) {
        each *= shape[i];
    }
    snprintf(name, sizeof name, "%s.x", w->name);
    shape[0] = oracle_fill_find(layers_fills, name)->count / each;
    w->x = drawn_tensor(w, "x", shape, rank + 1);
    ASSERT_OK(w->ctx, gan_tensor_set_requires_grad(w->x, 1));
    ASSERT_OK(w->ctx, gan_layer_output_shape(w->layer, shape + 1, GAN_RANK_MAX - 1, &rank));
    w->factors = drawn_tensor(w, "weights", shape, rank + 1);
}

static void
close_work(struct work *w)
{
    gan_tensor_destroy(w->x);
    gan_tensor_destroy(w->factors);
    gan_layer_destroy(w->layer);
    gan_context_destroy(w->ctx);
}

/* The tensor must be the numbers <case>.<what>; NULL stands for zeros. */
static void
compare(struct work *w, gan_tensor *tensor, double relative, const char *what)
{
    char name[NAME_SIZE];
    int64_t count = 0;

    snprintf(name, sizeof name, "%s.%s", w->name, what);
    if (tensor != NULL) {
        ASSERT_OK(w->ctx, gan_tensor_count(tensor, &count));
        oracle_compare(layers_numbers, name, values(tensor), count, relative, 1e-7);
        return;
    }
    float *zeros = calloc((size_t)oracle_find(layers_numbers, name)->count, sizeof *zeros);
    oracle_compare(layers_numbers, name, zeros, oracle_find(layers_numbers, name)->count, relative,
                   1e-7);
    free(zeros);
}

static void
compare_gradients(struct work *w, const char *order)
{
    char what[NAME_SIZE], path[32];
    gan_tensor *gradient = NULL;
    int64_t count = 0;

    ASSERT_OK(w->ctx, gan_tensor_gradient(w->x, &gradient));
    snprintf(what, sizeof what, "%s.x", order);
    compare(w, gradient, 1e-4, what);
    gan_tensor_destroy(gradient);
    ASSERT_OK(w->ctx, gan_layer_parameter_count(w->layer, &count));
    for (int64_t i = 0; i < count; i++) {
        gan_tensor *tensor = NULL;
        ASSERT_OK(w->ctx, gan_layer_parameter(w->layer, &tensor, i, path, sizeof path, NULL));
        ASSERT_OK(w->ctx, gan_tensor_gradient(tensor, &gradient));
        snprintf(what, sizeof what, "%s.%s/%s", order, w->name, path);
        compare(w, gradient, 1e-4, what);
        gan_tensor_destroy(gradient);
        gan_tensor_destroy(tensor);
    }
}

/* Eval and training mode are the same for all of these layers. */
START_TEST(oracle_layer)
{
    struct work w;
    gan_tensor *y = NULL, *again = NULL, *product = NULL, *sum = NULL, *gradient = NULL;
    gan_tensor *square = NULL, *norm = NULL;

    open_work(&w, _i);
    ASSERT_OK(w.ctx, gan_layer_forward(w.layer, &y, w.x, 1));
    compare(&w, y, 1e-5, "y");
    ASSERT_OK(w.ctx, gan_layer_forward(w.layer, &again, w.x, 0));
    compare(&w, again, 1e-5, "y");
    ASSERT_OK(w.ctx, gan_mul(w.ctx, &product, y, w.factors));
    ASSERT_OK(w.ctx, gan_sum(w.ctx, &sum, product, NULL, 0, 0));
    ASSERT_OK(w.ctx, gan_grad(w.ctx, &gradient, &sum, 1, &w.x, 1, 1));
    compare(&w, gradient, 1e-4, "first.x");
    ASSERT_OK(w.ctx, gan_backward(w.ctx, sum, 1));
    compare_gradients(&w, "first");

    ASSERT_OK(w.ctx, gan_layer_clear_gradients(w.layer));
    ASSERT_OK(w.ctx, gan_tensor_clear_gradient(w.x));
    ASSERT_OK(w.ctx, gan_square(w.ctx, &square, gradient));
    ASSERT_OK(w.ctx, gan_sum(w.ctx, &norm, square, NULL, 0, 0));
    ASSERT_OK(w.ctx, gan_backward(w.ctx, norm, 0));
    compare_gradients(&w, "second");
    gan_tensor *const all[] = {y, again, product, sum, gradient, square, norm};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        gan_tensor_destroy(all[i]);
    }
    close_work(&w);
}
END_TEST

TCase *
oracle_tests(void)
{
    TCase *tests = tcase_create("oracle");

    tcase_add_loop_test(tests, oracle_layer, 0, CASES);
    return tests;
}
