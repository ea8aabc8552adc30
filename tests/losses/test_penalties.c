/*
 * Penalties: each one's value and its derivative by every weight of small critics, against
 * PyTorch's in float64 and by finite differences; when it is due, what it refuses, memory that runs
 * out.
 */
#include "losses/penalty.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/context.h"
#include "layers/layer.h"
#include "oracle/failing_host.h"
#include "oracle/penalties.h"

enum { NAME_SIZE = 128, VALUES_MAX = 512, STEP = 5 };

static gan_context *ctx;

static void
setup(void)
{
    ASSERT_OK(ctx, gan_context_create(&ctx, "threads=1 seed=7", NULL));
}

static void
teardown(void)
{
    gan_context_destroy(ctx);
    ctx = NULL;
}

/* ---- networks and batches of the oracle ---- */

static const char *const critics[] = {"dense", "conv", "norm", "smooth", "stddev"};
static const char *const cases[] = {"gradient_penalty", "one_sided", "r1",  "r2",
                                    "zero_centered",    "dragan",    "lazy"};
enum {
    CRITIC_COUNT = sizeof critics / sizeof critics[0],
    CASE_COUNT = sizeof cases / sizeof cases[0],
};

static const char *const kinds[] = {
#define GAN__ROW(name) #name,
#include "losses/penalty_list.h"
#undef GAN__ROW
};
enum { KIND_COUNT = sizeof kinds / sizeof kinds[0] };

static gan_layer *
network_of(gan_context *context, const char *name)
{
    char path[NAME_SIZE];
    float values[VALUES_MAX];
    gan_layer *network = NULL;
    int64_t count = 0;

    ASSERT_OK(context, gan_layer_parse(context, &network, oracle_text_find(penalties_texts, name)));
    ASSERT_OK(context, gan_layer_parameter_count(network, &count));
    for (int64_t i = 0; i < count; i++) {
        const int start = snprintf(path, sizeof path, "%s/", name);
        const struct oracle_fill *fill;
        gan_tensor *tensor = NULL;

        ASSERT_OK(context, gan_layer_parameter(network, &tensor, i, path + start,
                                               sizeof path - (size_t)start, NULL));
        fill = oracle_fill_find(penalties_fills, path);
        ck_assert_int_le(fill->count, VALUES_MAX);
        oracle_draw(fill, values);
        ASSERT_OK(context, gan_tensor_write(tensor, values, fill->count));
        gan_tensor_destroy(tensor);
    }
    return network;
}

static gan_tensor *
batch_of(gan_layer *network, const char *name, const char *which)
{
    char path[NAME_SIZE];
    int64_t shape[GAN_RANK_MAX];
    float values[VALUES_MAX];
    gan_context *context = ((struct gan__object *)network)->ctx;
    const struct oracle_fill *fill;
    gan_tensor *tensor = NULL;
    int32_t rank = 0;

    snprintf(path, sizeof path, "%s.%s", name, which);
    fill = oracle_fill_find(penalties_fills, path);
    ck_assert_int_le(fill->count, VALUES_MAX);
    oracle_draw(fill, values);
    ASSERT_OK(context, gan_layer_input_shape(network, shape + 1, GAN_RANK_MAX - 1, &rank));
    shape[0] = fill->count;
    for (int32_t i = 1; i <= rank; i++) {
        shape[0] /= shape[i];
    }
    ASSERT_OK(context, gan_tensor_create(context, &tensor, shape, rank + 1, values));
    return tensor;
}

/* "kind key=value ...\n" */
static gan_penalty *
make(const char *text)
{
    char kind[64];
    const size_t length = strcspn(text, " \n");
    gan_penalty *penalty = NULL;

    memcpy(kind, text, length);
    kind[length] = '\0';
    ASSERT_OK(ctx, gan_penalty_create(ctx, &penalty, kind, text + length));
    return penalty;
}

static gan_penalty *
case_of(const char *name)
{
    char path[NAME_SIZE];

    snprintf(path, sizeof path, "penalty.%s", name);
    return make(oracle_text_find(penalties_texts, path));
}

/* What most tests work with. */
struct scene {
    gan_layer *critic;
    gan_tensor *real, *generated;
};

static struct scene
scene_of(const char *name)
{
    struct scene scene = {network_of(ctx, name), NULL, NULL};

    scene.real = batch_of(scene.critic, name, "real");
    scene.generated = batch_of(scene.critic, name, "generated");
    return scene;
}

static void
strike(struct scene *scene)
{
    gan_layer_destroy(scene->critic);
    gan_tensor_destroy(scene->real);
    gan_tensor_destroy(scene->generated);
}

static gan_tensor *
apply(gan_penalty *penalty, const struct scene *scene, int64_t step)
{
    gan_tensor *value = NULL;
    int32_t rank = -1;

    ASSERT_OK(ctx, gan_penalty_apply(penalty, &value, scene->critic, scene->real, scene->generated,
                                     step));
    ASSERT_OK(ctx, gan_tensor_shape(value, NULL, 0, &rank));
    ck_assert_int_eq(rank, 0);
    return value;
}

static float
value_of(gan_penalty *penalty, const struct scene *scene, int64_t step)
{
    gan_tensor *tensor = apply(penalty, scene, step);
    float value = NAN;

    ASSERT_OK(ctx, gan_tensor_read(tensor, &value, 1));
    gan_tensor_destroy(tensor);
    return value;
}

/* ---- against PyTorch ---- */

static void __attribute__((format(printf, 2, 3)))
compare(gan_tensor *found, const char *format, ...)
{
    char name[NAME_SIZE];
    float values[VALUES_MAX] = {0};
    const struct oracle_numbers *wanted;
    va_list list;

    va_start(list, format);
    vsnprintf(name, sizeof name, format, list);
    va_end(list);
    wanted = oracle_find(penalties_numbers, name);
    ck_assert_int_le(wanted->count, VALUES_MAX);
    if (found != NULL) { /* none: 0 */
        ASSERT_OK(ctx, gan_tensor_read(found, values, wanted->count));
    }
    oracle_compare(penalties_numbers, name, values, wanted->count,
                   strstr(name, "stddev") != NULL ? 1e-3 : 1e-4, 1e-6);
}

START_TEST(values_and_gradients)
{
    const char *critic = critics[_i / CASE_COUNT], *name = cases[_i % CASE_COUNT];
    struct scene scene = scene_of(critic);
    gan_penalty *penalty = case_of(name);
    gan_tensor *value = apply(penalty, &scene, STEP);
    int64_t count = 0;

    compare(value, "%s.%s", critic, name);
    ASSERT_OK(ctx, gan_backward(ctx, value, 0));
    ASSERT_OK(ctx, gan_layer_parameter_count(scene.critic, &count));
    for (int64_t i = 0; i < count; i++) {
        char path[NAME_SIZE];
        gan_tensor *tensor = NULL, *gradient = NULL;
        ASSERT_OK(ctx, gan_layer_parameter(scene.critic, &tensor, i, path, sizeof path, NULL));
        ASSERT_OK(ctx, gan_tensor_gradient(tensor, &gradient));
        compare(gradient, "%s.%s/%s", name, critic, path);
        gan_tensor_destroy(gradient);
        gan_tensor_destroy(tensor);
    }
    gan_tensor_destroy(value);
    gan_penalty_destroy(penalty);
    strike(&scene);
}
END_TEST

/* ---- finite differences ---- */

/* Move all weights by h along directions drawn from `stream`; returns the derivative of what
 * gan_backward has left, along them. */
static double
move(gan_layer *critic, double h)
{
    uint64_t state = 17;
    double slope = 0;
    int64_t count = 0;

    ASSERT_OK(ctx, gan_layer_parameter_count(critic, &count));
    for (int64_t i = 0; i < count; i++) {
        float values[VALUES_MAX], gradients[VALUES_MAX] = {0};
        gan_tensor *tensor = NULL, *gradient = NULL;
        int64_t size = 0;
        ASSERT_OK(ctx, gan_layer_parameter(critic, &tensor, i, NULL, 0, NULL));
        ASSERT_OK(ctx, gan_tensor_count(tensor, &size));
        ASSERT_OK(ctx, gan_tensor_read(tensor, values, size));
        ASSERT_OK(ctx, gan_tensor_gradient(tensor, &gradient));
        if (gradient != NULL) {
            ASSERT_OK(ctx, gan_tensor_read(gradient, gradients, size));
        }
        for (int64_t k = 0; k < size; k++) {
            state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            const double direction = (double)(state >> 40) / 8388608.0 - 1;
            slope += direction * (double)gradients[k];
            values[k] += (float)(h * direction);
        }
        ASSERT_OK(ctx, gan_tensor_write(tensor, values, size));
        gan_tensor_destroy(gradient);
        gan_tensor_destroy(tensor);
    }
    return slope;
}

/* On a smooth critic, and on others whose kinks are far from these points. */
START_TEST(finite_differences)
{
    const double h = 1.0 / 512;
    const bool flat = _i == 1; /* one_sided: the smooth one's slopes are all below its target */
    struct scene scene = scene_of(flat ? "conv" : _i / CASE_COUNT == 0 ? "smooth" : "norm");
    gan_penalty *penalty = case_of(cases[_i % CASE_COUNT]);
    gan_tensor *value = apply(penalty, &scene, STEP);
    double slope, above, below;

    ASSERT_OK(ctx, gan_backward(ctx, value, 0));
    gan_tensor_destroy(value);
    slope = move(scene.critic, h);
    above = (double)value_of(penalty, &scene, STEP);
    move(scene.critic, -2 * h);
    below = (double)value_of(penalty, &scene, STEP);
    ck_assert_double_eq_tol((above - below) / (2 * h), slope, 1e-2 * fabs(slope) + 1e-2);
    ck_assert_double_gt(fabs(slope), 0.01);
    gan_penalty_destroy(penalty);
    strike(&scene);
}
END_TEST

/* ---- the same bits ---- */

/* The penalty and all weights' gradients, one after the other; 0 if the machine cannot do that. */
static int64_t
numbers_of(const char *options, const char *kind, float *numbers)
{
    gan_status st = gan_context_create(&ctx, options, NULL);
    struct scene scene;
    gan_penalty *penalty;
    gan_tensor *value;
    int64_t at = 1, count = 0;

    if (st == GAN_E_UNSUPPORTED) {
        gan_context_destroy(ctx);
        return 0;
    }
    ASSERT_OK(ctx, st);
    scene = scene_of("conv");
    penalty = make(kind);
    value = apply(penalty, &scene, 1);
    numbers[0] = gan__data(value)[0];
    ASSERT_OK(ctx, gan_backward(ctx, value, 0));
    ASSERT_OK(ctx, gan_layer_parameter_count(scene.critic, &count));
    for (int64_t i = 0; i < count; i++) {
        gan_tensor *tensor = NULL, *gradient = NULL;
        ASSERT_OK(ctx, gan_layer_parameter(scene.critic, &tensor, i, NULL, 0, NULL));
        ASSERT_OK(ctx, gan_tensor_gradient(tensor, &gradient));
        ck_assert_int_le(at + tensor->count, VALUES_MAX);
        if (gradient != NULL) {
            ASSERT_OK(ctx, gan_tensor_read(gradient, numbers + at, gradient->count));
            at += gradient->count;
        }
        gan_tensor_destroy(gradient);
        gan_tensor_destroy(tensor);
    }
    gan_tensor_destroy(value);
    gan_penalty_destroy(penalty);
    strike(&scene);
    gan_context_destroy(ctx);
    return at;
}

START_TEST(same_bits)
{
    static const char *const options[] = {"threads=2 seed=7", "threads=1 seed=7 isa=avx512",
                                          "threads=2 seed=7 isa=avx2",
                                          "threads=1 seed=7 isa=portable"};
    float wanted[VALUES_MAX], found[VALUES_MAX];
    gan_context *own = ctx;
    const int64_t count = numbers_of("threads=1 seed=7", kinds[_i], wanted);

    ck_assert_int_gt(count, 100);
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        const int64_t other = numbers_of(options[i], kinds[_i], found);
        if (other > 0) {
            ck_assert_int_eq(other, count);
            ck_assert_mem_eq(found, wanted, (size_t)count * sizeof(float));
        }
    }
    ctx = own;
}
END_TEST

/* ---- when, and with what ---- */

START_TEST(interval_and_schedule)
{
    struct scene scene = scene_of("conv");
    gan_penalty *lazy = make("r1 gamma=10 interval=4"), *plain = make("r1");
    gan_penalty *falling = make("r1 gamma=linear(10,0,10)");
    const float whole = value_of(plain, &scene, 0);

    ck_assert_float_gt(whole, 0);
    for (int64_t step = 0; step < 9; step++) {
        gan_tensor *value = apply(lazy, &scene, step);
        const bool due = step % 4 == 0;
        float found = NAN;
        ck_assert_int_eq(gan__penalty_due(lazy, step), due);
        ASSERT_OK(ctx, gan_tensor_read(value, &found, 1));
        ck_assert_float_eq_tol(found, due ? 4 * whole : 0, 1e-5f * whole);
        ck_assert_int_eq(value->requires_grad, due);
        gan_tensor_destroy(value);
    }
    /* Shapes are looked at when it is not due, too. */
    gan_tensor *value = NULL, *odd = NULL;
    ASSERT_OK(ctx, gan_tensor_create(ctx, &odd, (const int64_t[2]){3, 4}, 2, NULL));
    ASSERT_FAILS(ctx, gan_penalty_apply(lazy, &value, scene.critic, odd, odd, 1), GAN_E_SHAPE,
                 "the batches are [3, 4], the discriminator was built for samples of");
    gan_tensor_destroy(odd);
    ck_assert_float_eq_tol(value_of(falling, &scene, 5), 0.5f * whole, 1e-5f * whole);
    ck_assert(value_of(falling, &scene, 10) == 0);
    gan_penalty_destroy(lazy);
    gan_penalty_destroy(plain);
    gan_penalty_destroy(falling);
    falling = make("dragan target=linear(2,0,3)");
    plain = make("dragan target=0");
    ck_assert(value_of(falling, &scene, 3) == value_of(plain, &scene, 3));
    ck_assert(value_of(falling, &scene, 2) != value_of(plain, &scene, 2));
    gan_penalty_destroy(plain);
    gan_penalty_destroy(falling);
    strike(&scene);
}
END_TEST

/* Random points: the same for the same step, others for another step, another kind, another seed. */
START_TEST(random_points)
{
    struct scene scene = scene_of("conv");
    gan_penalty *penalty = make(_i == 0 ? "zero_centered" : "dragan");
    gan_penalty *unlike = make("gradient_penalty target=0");
    const float first = value_of(penalty, &scene, 1);

    ck_assert(value_of(penalty, &scene, 1) == first);
    ck_assert(value_of(penalty, &scene, 2) != first);
    if (_i == 0) { /* the same formula but for the root's 1e-12 */
        ck_assert_float_gt(fabsf(value_of(unlike, &scene, 1) - first), 1e-5f * first);
    }
    ctx->seed++;
    ck_assert(value_of(penalty, &scene, 1) != first);
    gan_penalty_destroy(penalty);
    gan_penalty_destroy(unlike);
    strike(&scene);
}
END_TEST

struct counted {
    gan_layer *network;
    int runs;
};

static gan_status
counted_run(void *user, gan_tensor **logits, gan_tensor *samples)
{
    struct counted *counted = user;

    counted->runs++;
    return gan_layer_forward(counted->network, logits, samples, 1);
}

/* D's own pass is taken if it is there: the same value, and D does not run again. */
START_TEST(own_pass)
{
    struct scene scene = scene_of("conv");
    gan_penalty *penalty = make(_i == 0 ? "r1" : "r2");
    struct counted counted = {scene.critic, 0};
    const struct gan__critic critic = {counted_run, &counted};
    struct gan__seen seen[2] = {{scene.real, NULL}, {scene.generated, NULL}};
    const float wanted = value_of(penalty, &scene, 3);
    gan_tensor *value = NULL;

    ck_assert_int_eq(gan__penalty_on_real(penalty), _i == 0);
    ck_assert_int_eq(gan__penalty_on_generated(penalty), _i == 1);
    ASSERT_OK(ctx, gan__penalty_value(penalty, &value, &critic, &seen[0], &seen[1], 3, 3));
    ck_assert(gan__data(value)[0] == wanted);
    ck_assert_int_eq(counted.runs, 1);
    gan_tensor_destroy(value);
    ASSERT_OK(ctx, gan_tensor_set_requires_grad(seen[_i].samples, 1));
    ASSERT_OK(ctx, counted_run(&counted, &seen[_i].logits, seen[_i].samples));
    ASSERT_OK(ctx, gan__penalty_value(penalty, &value, &critic, &seen[0], &seen[1], 3, 3));
    ck_assert(gan__data(value)[0] == wanted);
    ck_assert_int_eq(counted.runs, 2);
    ASSERT_OK(ctx, gan_backward(ctx, value, 1)); /* D's graph is still good for the loss */
    ASSERT_OK(ctx, gan_backward(ctx, value, 0));
    gan_tensor_destroy(value);
    gan_tensor_destroy(seen[_i].logits);
    gan_penalty_destroy(penalty);
    strike(&scene);
}
END_TEST

/* The batches are cut off from their graphs, and a no-gradient scope holds for what comes out. */
START_TEST(cut_off)
{
    struct scene scene = scene_of("conv");
    gan_penalty *penalty = make(kinds[_i]);
    gan_tensor *leaf = scene.real, *value, *gradient = NULL;
    const float wanted = value_of(penalty, &scene, 0);

    ASSERT_OK(ctx, gan_tensor_set_requires_grad(leaf, 1));
    ASSERT_OK(ctx, gan_affine(ctx, &scene.real, leaf, 1, 0));
    value = apply(penalty, &scene, 0);
    ASSERT_OK(ctx, gan_backward(ctx, value, 0));
    ASSERT_OK(ctx, gan_tensor_gradient(leaf, &gradient));
    ck_assert_ptr_null(gradient);
    gan_tensor_destroy(value);
    ASSERT_OK(ctx, gan_no_grad_begin(ctx));
    value = apply(penalty, &scene, 0);
    ck_assert_int_eq(ctx->no_grad_depth, 1);
    ASSERT_OK(ctx, gan_no_grad_end(ctx));
    ck_assert(!value->requires_grad);
    ck_assert(gan__data(value)[0] == wanted);
    gan_tensor_destroy(value);
    gan_tensor_destroy(leaf);
    gan_penalty_destroy(penalty);
    strike(&scene);
}
END_TEST

static gan_status
constant_shape(void *user, const int64_t *in, int32_t in_rank, int64_t *out, int32_t *out_rank)
{
    (void)user, (void)in, (void)in_rank;
    out[0] = 1;
    *out_rank = 1;
    return GAN_OK;
}

static gan_status
constant_forward(void *user, gan_context *context, gan_tensor **out, gan_tensor *x,
                 gan_tensor *const *parameters, int32_t count, int32_t training)
{
    int64_t shape[GAN_RANK_MAX] = {0};
    int32_t rank = 0;
    gan_status st = gan_tensor_shape(x, shape, GAN_RANK_MAX, &rank);

    (void)user, (void)parameters, (void)count, (void)training;
    shape[1] = 1;
    return st != GAN_OK ? st : gan_tensor_create(context, out, shape, 2, NULL);
}

/* A D that does not look at its input has gradient 0: no failure, and no division by 0. */
START_TEST(no_gradient)
{
    const gan_layer_callbacks callbacks = {
        .struct_size = sizeof callbacks, .shape = constant_shape, .forward = constant_forward};
    struct scene scene = scene_of("dense");
    gan_penalty *penalty = make("gradient_penalty"), *r1 = make("r1");

    ASSERT_OK(ctx, gan_layer_register(ctx, "constant", &callbacks));
    gan_layer_destroy(scene.critic);
    ASSERT_OK(ctx, gan_layer_parse(ctx, &scene.critic, "gan-network 1\ninput shape=2\nconstant\n"));
    ck_assert_float_eq_tol(value_of(penalty, &scene, 0), 10, 1e-4f);
    ck_assert(value_of(r1, &scene, 0) == 0);
    gan_penalty_destroy(penalty);
    gan_penalty_destroy(r1);
    strike(&scene);
}
END_TEST

/* Nor is the norm's derivative at 0 infinite: all weights are 0. */
START_TEST(zero_weights)
{
    struct scene scene = scene_of("dense");
    gan_penalty *penalty = make(kinds[_i]);
    const float zeros[VALUES_MAX] = {0};
    gan_tensor *value;
    int64_t count = 0;

    ASSERT_OK(ctx, gan_layer_parameter_count(scene.critic, &count));
    for (int64_t i = 0; i < count; i++) {
        gan_tensor *tensor = NULL;
        ASSERT_OK(ctx, gan_layer_parameter(scene.critic, &tensor, i, NULL, 0, NULL));
        ASSERT_OK(ctx, gan_tensor_write(tensor, zeros, tensor->count));
        gan_tensor_destroy(tensor);
    }
    value = apply(penalty, &scene, 0);
    ck_assert(isfinite(gan__data(value)[0]));
    ASSERT_OK(ctx, gan_backward(ctx, value, 0));
    for (int64_t i = 0; i < count; i++) {
        gan_tensor *tensor = NULL, *gradient = NULL;
        ASSERT_OK(ctx, gan_layer_parameter(scene.critic, &tensor, i, NULL, 0, NULL));
        ASSERT_OK(ctx, gan_tensor_gradient(tensor, &gradient));
        for (int64_t k = 0; gradient != NULL && k < gradient->count; k++) {
            ck_assert(gan__data(gradient)[k] == 0);
        }
        gan_tensor_destroy(gradient);
        gan_tensor_destroy(tensor);
    }
    gan_tensor_destroy(value);
    gan_penalty_destroy(penalty);
    strike(&scene);
}
END_TEST

/* ---- refusals ---- */

static const char coupled[] = "gan-network 1\ninput shape=6x6x2\nconv2d filters=3 kernel=3\n"
                              "residual {\nconv2d filters=3 kernel=1\nbatch_norm\n} {\n}\nflatten\n"
                              "dense units=1\n";

START_TEST(batch_coupled)
{
    char allowed[64];
    struct scene scene = scene_of("conv");
    gan_penalty *penalty = make(kinds[_i]);
    gan_tensor *value = (gan_tensor *)&value, *mean = NULL;
    float found[3];

    gan_layer_destroy(scene.critic);
    ASSERT_OK(ctx, gan_layer_parse(ctx, &scene.critic, coupled));
    ASSERT_FAILS(ctx,
                 gan_penalty_apply(penalty, &value, scene.critic, scene.real, scene.generated, 0),
                 GAN_E_ARG, "2.0.1 (batch_norm)");
    ck_assert_ptr_null(value);
    ck_assert_ptr_nonnull(strstr(gan_context_error(ctx), "layer_norm"));
    ck_assert_ptr_nonnull(strstr(gan_context_error(ctx), "batch_coupled=allow"));
    gan_penalty_destroy(penalty);
    snprintf(allowed, sizeof allowed, "%s batch_coupled=allow", kinds[_i]);
    penalty = make(allowed);
    ck_assert_float_gt(value_of(penalty, &scene, 0), 0);
    ASSERT_OK(ctx, gan_layer_find_parameter(scene.critic, &mean, "2.0.1.running_mean"));
    ASSERT_OK(ctx, gan_tensor_read(mean, found, 3));
    ck_assert(found[0] == 0 && found[1] == 0 && found[2] == 0);
    gan_tensor_destroy(mean);
    gan_penalty_destroy(penalty);
    strike(&scene);
}
END_TEST

START_TEST(bad_arguments)
{
    struct scene scene = scene_of("conv");
    gan_penalty *penalty = make("r1");
    gan_context *other = NULL;
    gan_tensor *value = NULL, *foreign = NULL, *small = NULL, *empty = NULL;
    gan_layer *d = scene.critic, *loose = NULL, *stranger;
    gan_tensor *r = scene.real, *f = scene.generated;

    ASSERT_OK(other, gan_context_create(&other, "threads=1", NULL));
    stranger = network_of(other, "conv");
    foreign = batch_of(stranger, "conv", "real");
    ASSERT_OK(ctx, gan_tensor_create(ctx, &small, (const int64_t[]){1, 6, 6, 2}, 4, NULL));
    ASSERT_OK(ctx, gan_tensor_create(ctx, &empty, (const int64_t[]){0, 6, 6, 2}, 4, NULL));
    ASSERT_OK(ctx, gan_layer_create(ctx, &loose, "dense", "units=1"));
    ASSERT_FAILS(ctx, gan_penalty_apply(penalty, NULL, d, r, f, 0), GAN_E_ARG, "out is NULL");
    ASSERT_FAILS(ctx, gan_penalty_apply(penalty, &value, NULL, r, f, 0), GAN_E_ARG,
                 "discriminator is NULL");
    ASSERT_FAILS(ctx, gan_penalty_apply(penalty, &value, d, NULL, f, 0), GAN_E_ARG, "real is NULL");
    ASSERT_FAILS(ctx, gan_penalty_apply(penalty, &value, d, r, NULL, 0), GAN_E_ARG,
                 "generated is NULL");
    ck_assert_int_eq(gan_penalty_apply(NULL, &value, d, r, f, 0), GAN_E_ARG);
    ASSERT_FAILS(ctx, gan_penalty_apply(penalty, &value, d, r, f, -1), GAN_E_ARG, "step is -1");
    ASSERT_FAILS(ctx, gan_penalty_apply(penalty, &value, stranger, r, f, 0), GAN_E_ARG,
                 "another context");
    ASSERT_FAILS(ctx, gan_penalty_apply(penalty, &value, d, foreign, f, 0), GAN_E_ARG,
                 "real is a tensor of another context");
    ASSERT_FAILS(ctx, gan_penalty_apply(penalty, &value, d, r, small, 0), GAN_E_SHAPE,
                 "generated is [1, 6, 6, 2]");
    ASSERT_FAILS(ctx, gan_penalty_apply(penalty, &value, d, empty, empty, 0), GAN_E_SHAPE,
                 "[0, 6, 6, 2]");
    ASSERT_FAILS(ctx, gan_penalty_apply(penalty, &value, loose, r, f, 0), GAN_E_STATE, "not built");
    ck_assert_ptr_null(value);
    gan_tensor_destroy(foreign);
    gan_tensor_destroy(small);
    gan_tensor_destroy(empty);
    gan_layer_destroy(loose);
    gan_layer_destroy(stranger);
    gan_context_destroy(other);
    gan_penalty_destroy(penalty);
    strike(&scene);
}
END_TEST

static const struct {
    const char *text;
    gan_status status;
    const char *sentence;
} bad_networks[] = {
    {"gan-network 1\ninput shape=6x6x2\nflatten\ndense units=2\n", GAN_E_SHAPE, "[4, 2]"},
    {"gan-network 1\ninput shape=6x6x2 noise=normal\nflatten\ndense units=1\n", GAN_E_ARG,
     "one input, fed by data; its input is noise"},
    {"gan-network 1\ninput shape=6x6x1\nflatten\ndense units=1\n", GAN_E_SHAPE, "[6, 6, 1]"},
    {"gan-network 1\ninput shape=6x6x2\nflatten\nconcat {\n} {\ninput name=label source=labels "
     "classes=3\n}\ndense units=1\n",
     GAN_E_ARG, "it has 2 inputs"},
};

START_TEST(refused_networks)
{
    struct scene scene = scene_of("conv");
    gan_penalty *penalty = make("gradient_penalty");
    gan_tensor *value = NULL;

    gan_layer_destroy(scene.critic);
    ASSERT_OK(ctx, gan_layer_parse(ctx, &scene.critic, bad_networks[_i].text));
    ASSERT_FAILS(ctx,
                 gan_penalty_apply(penalty, &value, scene.critic, scene.real, scene.generated, 0),
                 bad_networks[_i].status, bad_networks[_i].sentence);
    ck_assert_ptr_null(value);
    ck_assert_ptr_null(ctx->location);
    ck_assert_int_eq(ctx->no_grad_depth, 0);
    gan_penalty_destroy(penalty);
    strike(&scene);
}
END_TEST

START_TEST(bad_kinds)
{
    gan_penalty *penalty = (gan_penalty *)&penalty;

    ASSERT_FAILS(ctx, gan_penalty_create(ctx, &penalty, "gradient_penalt", NULL), GAN_E_ARG,
                 "did you mean \"gradient_penalty\"");
    ck_assert_ptr_null(penalty);
    ASSERT_FAILS(ctx, gan_penalty_create(ctx, &penalty, "qqqqqqqqqq", NULL), GAN_E_ARG,
                 "gradient_penalty, r1, r2, zero_centered, dragan");
    ASSERT_FAILS(ctx, gan_penalty_create(ctx, &penalty, "r1", "lambda=1"), GAN_E_ARG, "lambda");
    ASSERT_FAILS(ctx, gan_penalty_create(ctx, &penalty, "r1", "gamma=-1"), GAN_E_ARG, "gamma");
    ASSERT_FAILS(ctx, gan_penalty_create(ctx, &penalty, "r1", "interval=0"), GAN_E_ARG, "interval");
    ASSERT_FAILS(ctx, gan_penalty_create(ctx, &penalty, "dragan", "target=-1"), GAN_E_ARG,
                 "target");
    ASSERT_FAILS(ctx, gan_penalty_create(ctx, &penalty, "r1", "batch_coupled=maybe"), GAN_E_ARG,
                 "refuse");
    ck_assert_ptr_null(penalty);
    ASSERT_FAILS(ctx, gan_penalty_create(ctx, &penalty, NULL, NULL), GAN_E_ARG, "kind is NULL");
    ASSERT_FAILS(ctx, gan_penalty_create(ctx, NULL, "r1", NULL), GAN_E_ARG, "out is NULL");
    ck_assert_int_eq(gan_penalty_create(NULL, &penalty, "r1", NULL), GAN_E_ARG);
    gan_penalty_destroy(NULL);
    gan_penalty_retain(NULL);
}
END_TEST

START_TEST(text_and_documentation)
{
    char once[512], twice[512];
    gan_penalty *penalty = case_of(cases[_i]), *again;
    struct gan__text text;

    ASSERT_OK(ctx, gan_penalty_text(penalty, once, sizeof once, NULL));
    ck_assert_ptr_nonnull(strstr(once, " interval="));
    ck_assert_ptr_nonnull(strstr(once, " batch_coupled=refuse"));
    again = make(once);
    ASSERT_OK(ctx, gan_penalty_text(again, twice, sizeof twice, NULL));
    ck_assert_str_eq(once, twice);
    ck_assert_int_eq(gan_penalty_text(NULL, once, sizeof once, NULL), GAN_E_ARG);
    gan_penalty_retain(again);
    gan_penalty_destroy(again);
    gan_penalty_destroy(again);
    gan_penalty_destroy(penalty);
    gan__text_init(&text, ctx);
    gan__penalties_document(&text);
    ck_assert_ptr_nonnull(strstr(text.data, "Every penalty takes:\n  interval=1"));
    for (int i = 0; i < KIND_COUNT; i++) {
        ck_assert_ptr_nonnull(strstr(text.data, kinds[i]));
    }
    gan__text_free(&text);
}
END_TEST

START_TEST(allocations)
{
    struct test_allocator allocator;
    gan_context *failing = failing_context(&allocator);
    gan_layer *critic = network_of(failing, "conv");
    gan_tensor *real = batch_of(critic, "conv", "real"), *value = NULL;
    gan_penalty *penalty = NULL;

    EACH_ALLOCATION_FAILS(failing, &allocator,
                          gan_penalty_create(failing, &penalty, kinds[_i], "interval=2"),
                          penalty == NULL);
    /* The threads' scratch memory stays for good. */
    ASSERT_OK(failing, gan_penalty_apply(penalty, &value, critic, real, real, 0));
    gan_tensor_destroy(value);
    EACH_ALLOCATION_FAILS(
        failing, &allocator, gan_penalty_apply(penalty, &value, critic, real, real, 0),
        value == NULL && failing->no_grad_depth == 0 && failing->location == NULL);
    gan_tensor_destroy(value);
    EACH_ALLOCATION_FAILS(failing, &allocator,
                          gan_penalty_apply(penalty, &value, critic, real, real, 1), value == NULL);
    gan_penalty_destroy(penalty);
    gan_layer_destroy(critic);
    gan_tensor_destroy(real);
    gan_context_destroy(failing);
    gan_tensor_destroy(value);
    ck_assert_int_eq(allocator.blocks, 0);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("penalties");
    TCase *tcase = tcase_create("penalties");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, values_and_gradients, 0, CRITIC_COUNT * CASE_COUNT);
    tcase_add_loop_test(tcase, finite_differences, 0, 2 * CASE_COUNT);
    tcase_add_loop_test(tcase, same_bits, 0, KIND_COUNT);
    tcase_add_test(tcase, interval_and_schedule);
    tcase_add_loop_test(tcase, random_points, 0, 2);
    tcase_add_loop_test(tcase, own_pass, 0, 2);
    tcase_add_loop_test(tcase, cut_off, 0, KIND_COUNT);
    tcase_add_test(tcase, no_gradient);
    tcase_add_loop_test(tcase, zero_weights, 0, KIND_COUNT);
    tcase_add_loop_test(tcase, batch_coupled, 0, KIND_COUNT);
    tcase_add_test(tcase, bad_arguments);
    tcase_add_loop_test(tcase, refused_networks, 0,
                        (int)(sizeof bad_networks / sizeof bad_networks[0]));
    tcase_add_test(tcase, bad_kinds);
    tcase_add_loop_test(tcase, text_and_documentation, 0, CASE_COUNT);
    tcase_add_loop_test(tcase, allocations, 0, KIND_COUNT);
    suite_add_tcase(suite, tcase);
    return run_suites(&suite, 1);
}
