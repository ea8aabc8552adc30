/*
 * Building: shapes, paths, initial values, what may be put together.
 */
#include "layers/suites.h"

#include <math.h>
#include <stdio.h>

#include "layers/layer.h"

static void
check_shape(gan_context *ctx, gan_layer *layer, int32_t rank, int64_t a, int64_t b, int64_t c)
{
    const int64_t wanted[3] = {a, b, c};
    int64_t shape[GAN_RANK_MAX];
    int32_t found = 0;

    ASSERT_OK(ctx, gan_layer_output_shape(layer, shape, GAN_RANK_MAX, &found));
    ck_assert_int_eq(found, rank);
    for (int32_t i = 0; i < rank; i++) {
        ck_assert_int_eq(shape[i], wanted[i]);
    }
}

START_TEST(build_shapes)
{
    static const struct {
        const char *lines;
        int32_t rank;
        int64_t size[3];
    } cases[] = {
        {"input shape=9x7x3\nconv2d filters=5 kernel=3x2 stride=2x1 padding=1x0\n", 3, {5, 6, 5}},
        {"input shape=5x6x3\nconv_transpose2d filters=4 kernel=3x2 stride=2x3 padding=1x0 "
         "output_padding=1x2\n",
         3,
         {10, 19, 4}},
        {"input shape=5x6x3\nupsample2d scale=2x3\n", 3, {10, 18, 3}},
        {"input shape=5x6x3\navg_pool2d kernel=2x3\n", 3, {2, 2, 3}},
        {"input shape=5x6x3\nflatten\n", 1, {90, 0, 0}},
        {"input shape=90\nreshape shape=5x6x3\ndropout\nrelu\n", 3, {5, 6, 3}},
        {"input shape=2x3x4\nconcat { } { conv2d filters=7 kernel=1\n } { }\n", 3, {2, 3, 15}},
        {"input shape=2x3x4\nresidual { } { conv2d filters=4 kernel=1\n }\nbatch_norm\n",
         3,
         {2, 3, 4}},
        {"input name=y source=labels classes=10\ndense units=3\ntanh\n", 1, {3, 0, 0}},
    };
    gan_context *ctx = make_context();

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[256];
        snprintf(text, sizeof text, "gan-network 1\n%s", cases[i].lines);
        gan_layer *layer = parse(ctx, text);
        check_shape(ctx, layer, cases[i].rank, cases[i].size[0], cases[i].size[1],
                    cases[i].size[2]);
        gan_layer_destroy(layer);
    }
    gan_context_destroy(ctx);
}
END_TEST

static const char nested[] =
    "gan-network 1\n"
    "input shape=4x4x2\n"
    "conv2d filters=3 kernel=3 padding=1\n"
    "batch_norm name=norm\n"
    "residual {\n"
    "    conv2d filters=3 kernel=1 bias=false\n"
    "    residual name=deep { conv2d name=c filters=3 kernel=1 bias=false\n } { }\n"
    "} { }\n"
    "network name=head trainable=false {\n"
    "    flatten\n"
    "    dense units=2\n"
    "}\n";

START_TEST(build_paths)
{
    static const char *const names[] = {
        "1.weight",          "1.bias",           "norm.weight",  "norm.bias",
        "norm.running_mean", "norm.running_var", "3.0.0.weight", "3.0.deep.0.c.weight",
        "head.1.weight",     "head.1.bias"};
    static const char *const inside[] = {"0.weight", "deep.0.c.weight"};
    gan_context *ctx = make_context();
    gan_layer *layer = parse(ctx, nested), *block = NULL;
    gan_tensor *tensor, *same;
    char name[64];
    int64_t count;

    ASSERT_OK(ctx, gan_layer_parameter_count(layer, &count));
    ck_assert_int_eq(count, 10);
    for (int64_t i = 0; i < count; i++) {
        size_t needed;
        ASSERT_OK(ctx, gan_layer_parameter(layer, &tensor, i, name, sizeof name, &needed));
        ck_assert_str_eq(name, names[i]);
        ck_assert_uint_eq(needed, strlen(names[i]) + 1);
        ASSERT_OK(ctx, gan_layer_find_parameter(layer, &same, name));
        ck_assert_ptr_eq(tensor, same);
        const bool buffer = strstr(name, "running") != NULL, frozen = strstr(name, "head") != NULL;
        ck_assert_int_eq(gan__layer_tensors(layer)[i].buffer, buffer);
        ck_assert_int_eq(gan__layer_tensors(layer)[i].trainable, !buffer && !frozen);
        ck_assert_int_eq(tensor->requires_grad, !buffer && !frozen);
        gan_tensor_destroy(tensor);
        gan_tensor_destroy(same);
    }
    ASSERT_FAILS(ctx, gan_layer_parameter(layer, &tensor, 10, NULL, 0, NULL), GAN_E_ARG,
                 "has 10 tensors");
    ck_assert_ptr_null(tensor);
    ASSERT_FAILS(ctx, gan_layer_find_parameter(layer, &tensor, "2.weight"), GAN_E_ARG,
                 "there is no parameter \"2.weight\": there are 1.weight, 1.bias, norm.weight");

    /* A block seen by itself has its own names. It outlives the network. */
    ASSERT_OK(ctx, gan_layer_find(layer, &block, "3.0"));
    gan_layer_destroy(layer);
    ASSERT_OK(ctx, gan_layer_parameter_count(block, &count));
    ck_assert_int_eq(count, 2);
    for (int64_t i = 0; i < count; i++) {
        ASSERT_OK(ctx, gan_layer_parameter(block, &tensor, i, name, sizeof name, NULL));
        ck_assert_str_eq(name, inside[i]);
        gan_tensor_destroy(tensor);
    }
    check_shape(ctx, block, 3, 4, 4, 3);
    gan_layer_destroy(block);
    gan_context_destroy(ctx);
}
END_TEST

START_TEST(build_find)
{
    gan_context *ctx = make_context();
    gan_layer *layer = parse(ctx, nested), *found = NULL;

    ASSERT_OK(ctx, gan_layer_find(layer, &found, "3.0.deep.0.c"));
    check_shape(ctx, found, 3, 4, 4, 3);
    gan_layer_destroy(found);
    ASSERT_FAILS(ctx, gan_layer_find(layer, &found, "2"), GAN_E_ARG,
                 "no layer \"2\": the layer has 0, 1, norm, 3, head");
    ck_assert_ptr_null(found);
    ASSERT_FAILS(ctx, gan_layer_find(layer, &found, "3.0.shallow.0"), GAN_E_ARG, "3.0 has 0, deep");
    ASSERT_FAILS(ctx, gan_layer_find(layer, &found, "0.0"), GAN_E_ARG, "0 has no layers in it");
    ASSERT_FAILS(ctx, gan_layer_find(layer, &found, ""), GAN_E_ARG, "no layer");
    ASSERT_FAILS(ctx, gan_layer_find(layer, &found, "3..0"), GAN_E_ARG, "no layer");
    gan_layer_destroy(layer);
    gan_context_destroy(ctx);
}
END_TEST

/* Mean and deviation of a parameter's values. */
static void
measure(gan_context *ctx, gan_layer *layer, const char *path, double *mean, double *deviation,
        double *largest)
{
    gan_tensor *tensor = parameter(ctx, layer, path);
    int64_t count;
    double sum = 0, squares = 0;

    ASSERT_OK(ctx, gan_tensor_count(tensor, &count));
    *largest = 0;
    for (int64_t i = 0; i < count; i++) {
        const double value = (double)values(tensor)[i];
        sum += value;
        squares += value * value;
        *largest = fabs(value) > *largest ? fabs(value) : *largest;
    }
    *mean = sum / (double)count;
    *deviation = sqrt(squares / (double)count - *mean * *mean);
}

static const struct {
    const char *lines, *path;
    double mean, deviation;
    double largest; /* 0: not bounded */
} initials[] = {
    /* auto: dcgan before batch_norm, whatever only moves values between them. */
    {"input shape=64\ndense units=400\nreshape shape=10x10x4\nbatch_norm\n", "1.weight", 0, 0.02,
     0},
    {"input shape=64\ndense units=4000\nbatch_norm\n", "2.weight", 1, 0.02, 0},
    {"input shape=64\ndense units=400 gain=3\nbatch_norm\n", "1.weight", 0, 0.06, 0},
    /* An explicit init before it leaves batch_norm at 1. */
    {"input shape=64\ndense units=400 init=he\nbatch_norm\n", "2.weight", 1, 0, 1},
    {"input shape=64\ndense units=400 init=dcgan\nbatch_norm init=ones\n", "2.weight", 1, 0, 1},
    {"input shape=64\nrelu\nbatch_norm\n", "2.weight", 1, 0, 1},
    /* auto: he for the activation that follows. */
    {"input shape=64\ndense units=400\nrelu\n", "1.weight", 0, 0.1767767, 0}, /* sqrt(2/64) */
    {"input shape=64\ndense units=400\nflatten\nleaky_relu slope=0.5\n", "1.weight", 0, 0.1581139,
     0}, /* sqrt(1.6/64) */
    {"input shape=64\ndense units=400\nleaky_relu\n", "1.weight", 0, 0.1733438,
     0},                                                                  /* sqrt(2/1.04/64) */
    {"input shape=64\ndense units=400\ntanh\n", "1.weight", 0, 0.125, 0}, /* sqrt(1/64) */
    {"input shape=64\ndense units=400\n", "1.weight", 0, 0.125, 0},
    {"input shape=64\ndense units=400 init=zeros\n", "1.weight", 0, 0, 1e-30},
    {"input shape=64\ndense units=400\n", "1.bias", 0, 0, 1e-30},
    /* glorot: uniform in +-sqrt(6 / (64 + 32)) = 0.25. */
    {"input shape=64\ndense units=32 init=glorot\n", "1.weight", 0, 0.1443376, 0.25},
    /* conv2d: fan_in 3*2*16 = 96. conv_transpose2d: 4*4*32 / 4 = 128. */
    {"input shape=8x8x16\nconv2d filters=40 kernel=3x2 stride=2\nrelu\n", "1.weight", 0, 0.1443376,
     0},
    {"input shape=4x4x32\nconv_transpose2d filters=40 kernel=4 stride=2\nrelu\n", "1.weight", 0,
     0.125, 0},
    /* Into the first block of what follows, and out of a block's end. */
    {"input shape=64\ndense units=400\nresidual { batch_norm\n } { }\n", "1.weight", 0, 0.02, 0},
    {"input shape=64\nresidual { dense units=64\n } { dense units=64\n }\nbatch_norm\n",
     "1.1.0.weight", 0, 0.02, 0},
    {"input shape=64\nresidual { dense units=4000\n } { dense units=4000\n }\nbatch_norm\n",
     "2.weight", 1, 0.02, 0},
    {"input shape=64\ndense units=400\nconcat { input name=y shape=3\n } { relu\n }\n", "1.weight",
     0, 0.1767767, 0},
};

START_TEST(build_initial_values)
{
    gan_context *ctx = make_context();
    char text[256];
    double mean, deviation, largest;

    snprintf(text, sizeof text, "gan-network 1\n%s", initials[_i].lines);
    gan_layer *layer = parse(ctx, text);
    measure(ctx, layer, initials[_i].path, &mean, &deviation, &largest);
    /* 2048 values or more: the deviation is off by less than 5 %, the mean by less than a tenth of it. */
    ck_assert_double_eq_tol(mean, initials[_i].mean, 0.1 * initials[_i].deviation + 1e-9);
    ck_assert_double_eq_tol(deviation, initials[_i].deviation,
                            0.05 * initials[_i].deviation + 1e-9);
    if (initials[_i].largest > 0) {
        ck_assert_double_le(largest, initials[_i].largest * 1.000001);
    }
    gan_layer_destroy(layer);
    gan_context_destroy(ctx);
}
END_TEST

static void
copy_values(gan_context *ctx, gan_layer *layer, const char *path, float *to, int64_t count)
{
    ASSERT_OK(ctx, gan_tensor_read(parameter(ctx, layer, path), to, count));
}

/* Values follow from (seed, number of the network, path). */
START_TEST(build_seeds)
{
    static const char text[] =
        "gan-network 1\ninput shape=4\ndense units=3\nrelu\ndense name=b units=3\n";
    static const char longer[] =
        "gan-network 1\ninput shape=4\ndense units=3\nrelu\ndense name=b units=3\nrelu\n"
        "dense units=7\n";
    static const char open[] = "gan-network 1\ndense units=3\nrelu\n";
    const int64_t shape[1] = {4};
    gan_context *one = make_context(), *two = make_context();
    float a[12], b[12];

    gan_layer *first = parse(one, text), *second = parse(one, text), *other = parse(two, longer);
    copy_values(one, first, "1.weight", a, 12);
    copy_values(one, second, "1.weight", b, 12);
    ck_assert_mem_ne(a, b, sizeof a); /* another network */
    copy_values(two, other, "1.weight", b, 12);
    ck_assert_mem_eq(
        a, b, sizeof a); /* the same number in another context, further layers don't matter */
    copy_values(two, other, "b.weight", b, 9);
    ck_assert_mem_ne(a, b, 9 * sizeof(float));
    gan_layer_destroy(first);
    gan_layer_destroy(second);
    gan_layer_destroy(other);

    /* A network that failed took no number. */
    ck_assert_int_eq(gan_layer_parse(one, &first, "gan-network 1\nbad"), GAN_E_ARG);
    first = parse(one, open);
    second = parse(two, open);
    other = parse(two, open);
    ASSERT_OK(one, gan_layer_build(first, shape, 1, "seed=8"));
    ASSERT_OK(two, gan_layer_build(other, shape, 1, "seed=8"));
    ASSERT_FAILS(two, gan_layer_build(second, shape, 1, "seed=-8"), GAN_E_ARG, "seed");
    ASSERT_OK(two, gan_layer_build(second, shape, 1, NULL));
    copy_values(one, first, "0.weight", a, 12);
    copy_values(two, other, "0.weight", b, 12);
    ck_assert_mem_eq(a, b, sizeof a); /* both are the third of their context */
    copy_values(two, second, "0.weight", b, 12);
    ck_assert_mem_ne(a, b, sizeof a);
    gan_layer_destroy(first);
    gan_layer_destroy(second);
    gan_layer_destroy(other);
    gan_context_destroy(one);
    gan_context_destroy(two);
}
END_TEST

static gan_layer *
create(gan_context *ctx, const char *kind, const char *options)
{
    gan_layer *layer = NULL;

    ASSERT_OK(ctx, gan_layer_create(ctx, &layer, kind, options));
    return layer;
}

static void
add(gan_context *ctx, gan_layer *network, gan_layer *child)
{
    ASSERT_OK(ctx, gan_layer_add(network, child));
    gan_layer_destroy(child);
}

/* The same network by calls and by text. */
START_TEST(build_by_calls)
{
    static const char text[] =
        "gan-network 1 shape=5\n"
        "dense trainable=true units=4 bias=true init=he gain=1 spectral_norm=false\n"
        "residual name=r trainable=true {\n"
        "    leaky_relu slope=0.2\n"
        "} {\n"
        "}\n"
        "network trainable=false {\n"
        "    dense trainable=true units=2 bias=true init=he gain=1 spectral_norm=false\n"
        "}\n";
    const int64_t shape[1] = {5};
    gan_context *ctx = make_context();
    gan_layer *network = create(ctx, "network", NULL),
              *residual = create(ctx, "residual", "name=r");
    gan_layer *block = create(ctx, "network", NULL),
              *tail = create(ctx, "network", "trainable=false");
    char found[1024];

    add(ctx, network, create(ctx, "dense", "units=4"));
    ASSERT_OK(ctx, gan_layer_add(network, residual));
    add(ctx, block, create(ctx, "leaky_relu", NULL));
    add(ctx, residual, block);
    ASSERT_FAILS(ctx, gan_layer_build(network, shape, 1, NULL), GAN_E_ARG,
                 "residual has 1 blocks, it takes 2");
    add(ctx, residual, create(ctx, "network", NULL));
    ASSERT_FAILS(ctx, gan_layer_build(residual, shape, 1, NULL), GAN_E_STATE, "part of a network");
    gan_layer_destroy(residual);
    add(ctx, tail, create(ctx, "dense", "units=2"));
    add(ctx, network, tail);
    ASSERT_OK(ctx, gan_layer_build(network, shape, 1, NULL));
    ASSERT_OK(ctx, gan_layer_text(network, found, sizeof found, NULL));
    ck_assert_str_eq(found, text);
    ck_assert(!parameter(ctx, network, "2.0.weight")->requires_grad);
    ck_assert(parameter(ctx, network, "0.weight")->requires_grad);
    gan_layer_destroy(network);
    gan_context_destroy(ctx);
}
END_TEST

START_TEST(build_refusals)
{
    const int64_t shape[1] = {5}, wrong[2] = {5, 0}, big[9] = {1, 1, 1, 1, 1, 1, 1, 1, 1};
    gan_context *ctx = make_context(), *other = make_context();
    gan_layer *network = create(ctx, "network", NULL), *inner = create(ctx, "network", NULL);
    gan_layer *dense = create(ctx, "dense", "units=4"), *residual = create(ctx, "residual", NULL);
    gan_layer *named = create(ctx, "network", "name=a"), *foreign = create(other, "relu", NULL);
    gan_layer *input = create(ctx, "input", "shape=3"), *none = NULL;

    ASSERT_FAILS(ctx, gan_layer_create(ctx, &none, "dens", NULL), GAN_E_ARG,
                 "did you mean \"dense\"");
    ASSERT_FAILS(ctx, gan_layer_create(ctx, &none, "dense", NULL), GAN_E_ARG,
                 "dense: units is missing");
    ASSERT_FAILS(ctx, gan_layer_create(ctx, &none, NULL, NULL), GAN_E_ARG, "kind is NULL");
    ASSERT_FAILS(ctx, gan_layer_create(ctx, NULL, "relu", NULL), GAN_E_ARG, "out is NULL");
    ck_assert_int_eq(gan_layer_create(NULL, &none, "relu", NULL), GAN_E_ARG);
    ASSERT_FAILS(ctx, gan_layer_parse(ctx, &none, NULL), GAN_E_ARG, "text is NULL");
    ASSERT_FAILS(ctx, gan_layer_add(dense, network), GAN_E_ARG, "dense holds no layers");
    ASSERT_FAILS(ctx, gan_layer_add(network, network), GAN_E_ARG, "itself");
    ASSERT_FAILS(ctx, gan_layer_add(network, NULL), GAN_E_ARG, "child is NULL");
    ASSERT_FAILS(ctx, gan_layer_add(network, foreign), GAN_E_ARG, "another context");
    ASSERT_FAILS(ctx, gan_layer_add(residual, dense), GAN_E_ARG,
                 "residual takes networks, one for each block");
    ASSERT_FAILS(ctx, gan_layer_add(residual, named), GAN_E_ARG, "a block has no name=");
    ASSERT_OK(ctx, gan_layer_add(network, inner));
    ASSERT_FAILS(ctx, gan_layer_add(inner, network), GAN_E_ARG, "itself");
    ASSERT_FAILS(ctx, gan_layer_add(network, inner), GAN_E_STATE, "has its place");
    ASSERT_FAILS(ctx, gan_layer_add(network, input), GAN_E_ARG, "an input begins a network");
    ASSERT_OK(ctx, gan_layer_add(network, dense));
    ASSERT_FAILS(ctx, gan_layer_build(network, shape, 0, NULL), GAN_E_ARG, "rank is 0");
    ASSERT_FAILS(ctx, gan_layer_build(network, big, 8, NULL), GAN_E_ARG, "rank is 8");
    ASSERT_FAILS(ctx, gan_layer_build(network, NULL, 1, NULL), GAN_E_ARG, "shape is NULL");
    ASSERT_FAILS(ctx, gan_layer_build(network, wrong, 2, NULL), GAN_E_SHAPE, "size of 0");
    ASSERT_FAILS(ctx, gan_layer_build(network, big, 2, NULL), GAN_E_SHAPE,
                 "layer 1 (dense): input is [1, 1]");
    ASSERT_OK(ctx, gan_layer_build(network, shape, 1, NULL)); /* usable after all that */
    ASSERT_FAILS(ctx, gan_layer_add(network, residual), GAN_E_STATE, "the network is built");
    ASSERT_FAILS(ctx, gan_layer_add(residual, network), GAN_E_STATE, "the layer to add is built");
    gan_layer_destroy(network);
    gan_layer_destroy(inner);
    gan_layer_destroy(dense);
    gan_layer_destroy(residual);
    gan_layer_destroy(named);
    gan_layer_destroy(foreign);
    gan_layer_destroy(input);
    gan_context_destroy(ctx);
    gan_context_destroy(other);
}
END_TEST

/* A layer in no network: built and run by itself, "weight" is its parameter. */
START_TEST(build_alone)
{
    const int64_t sample[1] = {3}, shape[2] = {2, 3};
    gan_context *ctx = make_context();
    gan_layer *dense = create(ctx, "dense", "units=2"), *copy = NULL;
    gan_tensor *x = make_tensor(ctx, shape, 2, 1), *y = NULL, *z = NULL;
    char name[16];

    ASSERT_FAILS(ctx, gan_layer_forward(dense, &y, x, 0), GAN_E_STATE, "not built");
    ASSERT_OK(ctx, gan_layer_build(dense, sample, 1, NULL));
    ASSERT_OK(ctx, gan_layer_parameter(dense, &y, 0, name, sizeof name, NULL));
    ck_assert_str_eq(name, "weight");
    gan_tensor_destroy(y);
    values(parameter(ctx, dense, "bias"))[1] = 5;
    ASSERT_OK(ctx, gan_layer_forward(dense, &y, x, 0));
    ASSERT_OK(ctx, gan__layer_clone(dense, &copy));
    ASSERT_OK(ctx, gan_layer_forward(copy, &z, x, 0));
    ck_assert_mem_eq(values(y), values(z), 4 * sizeof(float));
    gan_tensor_destroy(x);
    gan_tensor_destroy(y);
    gan_tensor_destroy(z);
    gan_layer_destroy(dense);
    gan_layer_destroy(copy);
    gan_context_destroy(ctx);
}
END_TEST

START_TEST(build_clone)
{
    gan_context *ctx = make_context();
    gan_layer *layer = parse(ctx, nested), *copy = NULL, *other = NULL;
    const uint64_t networks = ctx->network_count;
    char a[2048], b[2048];

    values(parameter(ctx, layer, "norm.running_mean"))[2] = 3;
    ASSERT_OK(ctx, gan__layer_clone(layer, &copy));
    ck_assert_uint_eq(ctx->network_count, networks);
    ASSERT_OK(ctx, gan_layer_text(layer, a, sizeof a, NULL));
    ASSERT_OK(ctx, gan_layer_text(copy, b, sizeof b, NULL));
    ck_assert_str_eq(a, b);
    const int64_t count = gan__layer_tensor_count(layer);
    ck_assert_int_eq(count, gan__layer_tensor_count(copy));
    for (int64_t i = 0; i < count; i++) {
        const struct gan__layer_tensor *from = &gan__layer_tensors(layer)[i];
        const struct gan__layer_tensor *to = &gan__layer_tensors(copy)[i];
        ck_assert_str_eq(from->name, to->name);
        ck_assert_int_eq(from->trainable, to->trainable);
        ck_assert_ptr_ne(gan__data(from->tensor), gan__data(to->tensor));
        ck_assert_mem_eq(gan__data(from->tensor), gan__data(to->tensor),
                         (size_t)from->tensor->count * 4);
    }
    values(parameter(ctx, copy, "1.bias"))[0] = 9;
    ASSERT_OK(ctx, gan__layer_copy_values(layer, copy));
    ck_assert_float_eq(values(parameter(ctx, layer, "1.bias"))[0], 9);
    gan_layer_destroy(copy);
    gan_layer *head = NULL, *tail = NULL; /* a frozen network's inside is frozen by itself too */
    ASSERT_OK(ctx, gan_layer_find(layer, &head, "head"));
    ASSERT_OK(ctx, gan_layer_find(head, &tail, "1"));
    ASSERT_OK(ctx, gan__layer_clone(tail, &copy));
    ck_assert(!gan__layer_tensors(copy)[0].trainable);
    gan_layer_destroy(head);
    gan_layer_destroy(tail);
    other = parse(ctx, "gan-network 1\ninput shape=4\ndense units=3\n");
    ASSERT_FAILS(ctx, gan__layer_copy_values(layer, other), GAN_E_ARG,
                 "differ in tensor 0, 1.weight");
    gan_layer_destroy(layer);
    gan_layer_destroy(copy);
    gan_layer_destroy(other);
    gan_context_destroy(ctx);
}
END_TEST

START_TEST(build_last_kind)
{
    static const char *const cases[][2] = {
        {"sigmoid\n", "sigmoid"},
        {"sigmoid\nflatten\nreshape shape=2x2\n", "sigmoid"},
        {"network { relu\nnetwork { sigmoid\n }\n }\n", "sigmoid"},
        {"sigmoid\nresidual { relu\n } { sigmoid\n }\n", "residual"},
        {"sigmoid\nnetwork { }\n", "sigmoid"},
        {"sigmoid\ndense units=1\n", "dense"},
        {"", ""},
    };
    gan_context *ctx = make_context();

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[128];
        snprintf(text, sizeof text, "gan-network 1\ninput shape=4\n%s", cases[i][0]);
        gan_layer *layer = parse(ctx, text);
        ck_assert_str_eq(gan__layer_last_kind(layer), cases[i][1]);
        gan_layer_destroy(layer);
    }
    gan_context_destroy(ctx);
}
END_TEST

/* Each kind's documentation names it and its options. */
START_TEST(build_document)
{
    static const char *const lines[] = {
        "\ndense: ", "\nconv2d: ", "\nconcat: ", "\ninput: ", "units", "trainable"};
    gan_context *ctx = make_context();
    struct gan__text text;

    gan__text_init(&text, ctx);
    gan__layers_document(&text);
    ck_assert_int_eq(text.status, GAN_OK);
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        ck_assert_msg(strstr(text.data, lines[i]) != NULL, "%s", lines[i]);
    }
    gan__text_free(&text);
    gan_context_destroy(ctx);
}
END_TEST

TCase *
build_tests(void)
{
    TCase *tests = tcase_create("build");

    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, build_shapes);
    tcase_add_test(tests, build_paths);
    tcase_add_test(tests, build_find);
    tcase_add_loop_test(tests, build_initial_values, 0,
                        (int)(sizeof initials / sizeof initials[0]));
    tcase_add_test(tests, build_seeds);
    tcase_add_test(tests, build_by_calls);
    tcase_add_test(tests, build_refusals);
    tcase_add_test(tests, build_alone);
    tcase_add_test(tests, build_clone);
    tcase_add_test(tests, build_last_kind);
    tcase_add_test(tests, build_document);
    return tests;
}
