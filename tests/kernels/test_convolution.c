/*
 * The three convolution products against the naive reference, bit for bit, on drawn shapes, every instruction set of this
 * CPU and several numbers of threads; and the identities that bind the three to each other, in double.
 */
#include <math.h>
#include <stdio.h>

#include "convolution_accuracy.h"
#include "support.h"

#include "base/context.h"
#include "base/float_environment.h"
#include "base/memory.h"
#include "base/pool.h"
#include "base/random.h"
#include "kernels/convolution.h"
#include "kernels/convolution_reference.h"
#include "kernels/winograd.h"

enum { SHAPES = 320, FAST_SHAPES = 60, GUARD = 16 /* floats */ };
static const int64_t most_products = 1500000;
static const char *const isas[] = {"avx512", "avx2", "portable"};

static struct gan__random
stream(uint64_t a, uint64_t b)
{
    return gan__random_make(20, GAN__PURPOSE_USER, a, b);
}

/* One of `count` values by the index-th number of the shape's stream. */
static int64_t
draw(uint64_t shape, uint64_t index, int64_t count)
{
    uint32_t bits;
    gan__random_bits(stream(shape, 0), index, 1, &bits);
    return (int64_t)(bits % (uint64_t)count);
}

static int64_t
products_of(const struct gan__convolution *g)
{
    return g->batch * g->out_height * g->out_width * g->out_channels * g->kernel_height *
           g->kernel_width * g->in_channels;
}

/* The largest out size for one direction, 0 if the kernel does not fit. */
static int64_t
full_size(int64_t in, int64_t kernel, int64_t stride, int64_t padding)
{
    return in + 2 * padding < kernel ? 0 : (in + 2 * padding - kernel) / stride + 1;
}

static bool
draw_shape_from(uint64_t shape, uint64_t index, struct gan__convolution *g)
{
    static const int64_t channels[] = {1, 2, 3, 4, 5, 7, 8, 16, 17, 33, 64, 65};
    enum { CHANNELS = sizeof(channels) / sizeof(channels[0]) };
    g->batch = 1 + draw(shape, index, 4);
    g->in_height = 1 + draw(shape, index + 1, 17);
    g->in_width = 1 + draw(shape, index + 2, 17);
    g->in_channels = channels[draw(shape, index + 3, CHANNELS)];
    g->out_channels = channels[draw(shape, index + 4, CHANNELS)];
    g->kernel_height = 1 + draw(shape, index + 5, 5);
    g->kernel_width = 1 + draw(shape, index + 6, 5);
    g->stride_height = 1 + draw(shape, index + 7, 3);
    g->stride_width = 1 + draw(shape, index + 8, 3);
    g->padding_height = draw(shape, index + 9, g->kernel_height);
    g->padding_width = draw(shape, index + 10, g->kernel_width);
    g->out_height = full_size(g->in_height, g->kernel_height, g->stride_height, g->padding_height);
    g->out_width = full_size(g->in_width, g->kernel_width, g->stride_width, g->padding_width);
    /* Now and then fewer outputs than fit: then the last pixels of x meet no tap. */
    if (draw(shape, index + 11, 4) == 0 && g->out_height > 1 && g->out_width > 1) {
        g->out_height -= draw(shape, index + 12, 2);
        g->out_width -= 1;
    }
    return g->out_height > 0 && g->out_width > 0 && products_of(g) <= most_products;
}

static void
draw_shape(uint64_t shape, struct gan__convolution *g)
{
    for (uint64_t index = 0; !draw_shape_from(shape, index, g); index += 16) {
    }
}

/* Of those that take fewer multiplications: products of several groups of columns, odd sides, any padding. */
static void
draw_fast_shape(uint64_t shape, struct gan__convolution *g)
{
    static const int64_t channels[] = {32, 33, 40, 63, 64, 65, 130};
    enum { CHANNELS = sizeof(channels) / sizeof(channels[0]) };
    const int64_t kernel = shape % 2 == 0 ? 4 : 3;
    const int64_t stride = kernel == 4 ? 2 : 1;
    uint64_t index = 0;
    do {
        *g = (struct gan__convolution){
            .batch = 1 + draw(shape, index, 5),
            .in_height = 2 + draw(shape, index + 1, 15),
            .in_width = 2 + draw(shape, index + 2, 15),
            .in_channels = channels[draw(shape, index + 3, CHANNELS)],
            .out_channels = channels[draw(shape, index + 4, CHANNELS)],
            .kernel_height = kernel,
            .kernel_width = kernel,
            .stride_height = stride,
            .stride_width = stride,
            .padding_height = draw(shape, index + 5, kernel),
            .padding_width = draw(shape, index + 6, kernel),
        };
        g->out_height = full_size(g->in_height, kernel, stride, g->padding_height);
        g->out_width = full_size(g->in_width, kernel, stride, g->padding_width);
        g->out_height -= g->out_height > 2 ? draw(shape, index + 7, 2) : 0;
        g->out_width -= g->out_width > 2 ? draw(shape, index + 8, 2) : 0;
        index += 16;
    } while (gan__winograd_find(g) == NULL || 3 * products_of(g) > most_products);
}

/* An array that ends where its memory ends (so that tools see a read too far), values in [-1, 1). */
static float *
draw_array(uint64_t shape, uint64_t which, int64_t count)
{
    float *values = malloc((size_t)count * sizeof(float));
    ck_assert_ptr_nonnull(values);
    gan__random_uniform(stream(shape, which), 0, count, values);
    for (int64_t i = 0; i < count; i++) {
        values[i] = 2.0F * values[i] - 1.0F;
    }
    return values;
}

struct arrays {
    int64_t x_count, y_count, weight_count;
    float *x, *y, *weight; /* operands */
    float *y_wanted, *x_wanted, *weight_wanted, *finished_wanted;
};

static struct gan__finish finish_of(const struct gan__convolution *g, const struct arrays *a);

static void
arrays_make(struct arrays *a, const struct gan__convolution *g, uint64_t shape)
{
    a->x_count = g->batch * g->in_height * g->in_width * g->in_channels;
    a->y_count = g->batch * g->out_height * g->out_width * g->out_channels;
    a->weight_count = g->kernel_height * g->kernel_width * g->in_channels * g->out_channels;
    a->x = draw_array(shape, 1, a->x_count);
    a->y = draw_array(shape, 2, a->y_count);
    a->weight = draw_array(shape, 3, a->weight_count);
    a->y_wanted = malloc((size_t)a->y_count * sizeof(float));
    a->x_wanted = malloc((size_t)a->x_count * sizeof(float));
    a->weight_wanted = malloc((size_t)a->weight_count * sizeof(float));
    a->finished_wanted = malloc((size_t)a->y_count * sizeof(float));
    ck_assert(a->y_wanted != NULL && a->x_wanted != NULL && a->weight_wanted != NULL &&
              a->finished_wanted != NULL);
    const uint32_t before = gan__float_environment_set();
    gan__reference_convolution_forward(g, a->y_wanted, a->x, a->weight);
    gan__reference_convolution_input(g, a->x_wanted, a->y, a->weight);
    gan__reference_convolution_weight(g, a->weight_wanted, a->x, a->y);
    const struct gan__finish finish = finish_of(g, a);
    for (int64_t i = 0; i < a->y_count; i++) {
        float value = a->y_wanted[i];
        value = finish.bias != NULL ? value + finish.bias[i % g->out_channels] : value;
        value = !finish.activate || value > 0.0F ? value : finish.slope * value;
        a->finished_wanted[i] = finish.activate ? value + 0.0F : value;
    }
    gan__float_environment_restore(before);
}

static void
arrays_free(struct arrays *a)
{
    free(a->x);
    free(a->y);
    free(a->weight);
    free(a->y_wanted);
    free(a->x_wanted);
    free(a->weight_wanted);
    free(a->finished_wanted);
}

/* A context of the kernels alone; NULL if this CPU lacks the instruction set. */
static gan_context *
open_context(const char *isa, int64_t threads)
{
    const struct gan__kernel_table *table = gan__kernels_find(isa);
    if (table == NULL) {
        return NULL;
    }
    gan_context *ctx = gan__context_alloc(NULL);
    ck_assert_ptr_nonnull(ctx);
    ctx->ready = true;
    ctx->kernels = table;
    ASSERT_OK(ctx, gan__pool_create(ctx, threads));
    return ctx;
}

enum product { FORWARD, BY_INPUT, BY_WEIGHT, FINISHED };
static const char *const product_names[] = {"forward", "by input", "by weight", "finished"};

/* The operands are long enough to serve as a bias, too; every other shape has none. */
static struct gan__finish
finish_of(const struct gan__convolution *g, const struct arrays *a)
{
    const bool bias = a->weight_count % 2 == 0;
    return (struct gan__finish){.bias = bias ? a->weight + a->weight_count - g->out_channels : NULL,
                                .activate = g->in_height % 3 != 0,
                                .slope = g->in_width % 2 == 0 ? 0.25F : 0.0F};
}

static gan_status
run_product(gan_context *ctx, enum product product, const struct gan__convolution *g, float *out,
            const struct arrays *a)
{
    const struct gan__finish finish = finish_of(g, a);
    const uint32_t before = gan__float_environment_set();
    const gan_status st =
        product == FORWARD    ? gan__convolution_forward(ctx, g, out, a->x, a->weight)
        : product == FINISHED ? gan__convolution_finished(ctx, g, out, a->x, a->weight, &finish)
        : product == BY_INPUT ? gan__convolution_input(ctx, g, out, a->y, a->weight)
                              : gan__convolution_weight(ctx, g, out, a->x, a->y);
    gan__float_environment_restore(before);
    return st;
}

static void
describe(char *text, size_t size, const struct gan__convolution *g)
{
    (void)snprintf(text, size, "%d x %dx%dx%d to %dx%dx%d, kernel %dx%d stride %dx%d padding %dx%d",
                   (int)g->batch, (int)g->in_height, (int)g->in_width, (int)g->in_channels,
                   (int)g->out_height, (int)g->out_width, (int)g->out_channels,
                   (int)g->kernel_height, (int)g->kernel_width, (int)g->stride_height,
                   (int)g->stride_width, (int)g->padding_height, (int)g->padding_width);
}

/* The first byte of the guards that is not as it was set, or NULL. */
static const unsigned char *
broken_guard(const unsigned char *memory, size_t bytes)
{
    const size_t guard = GUARD * sizeof(float);
    for (size_t i = 0; i < guard; i++) {
        if (memory[i] != 0xA5) {
            return memory + i;
        }
        if (memory[guard + bytes + i] != 0xA5) {
            return memory + guard + bytes + i;
        }
    }
    return NULL;
}

/* Equal to the bit, and nothing written before or after. Check notes every assertion in a file, so only what fails asserts. */
static void
check_product(gan_context *ctx, enum product product, const struct gan__convolution *g,
              const struct arrays *a)
{
    const float *wanted = product == FORWARD    ? a->y_wanted
                          : product == FINISHED ? a->finished_wanted
                          : product == BY_INPUT ? a->x_wanted
                                                : a->weight_wanted;
    const int64_t count = product == FORWARD    ? a->y_count
                          : product == FINISHED ? a->y_count
                          : product == BY_INPUT ? a->x_count
                                                : a->weight_count;
    const size_t bytes = (size_t)count * sizeof(float);
    char text[160];
    describe(text, sizeof(text), g);

    unsigned char *memory = malloc(bytes + 2 * GUARD * sizeof(float));
    ck_assert_ptr_nonnull(memory);
    memset(memory, 0xA5, bytes + 2 * GUARD * sizeof(float));
    float *out = (float *)(void *)(memory + GUARD * sizeof(float));
    ASSERT_OK(ctx, run_product(ctx, product, g, out, a));
    if (broken_guard(memory, bytes) != NULL) {
        ck_abort_msg("%s writes outside its output: %s", product_names[product], text);
    }
    for (int64_t i = 0; i < count; i++) {
        if (memcmp(&out[i], &wanted[i], sizeof(float)) != 0) {
            ck_abort_msg("%s, %s with %d threads, element %d: found %.9g, wanted %.9g: %s",
                         product_names[product], gan__kernels_name(ctx->kernels),
                         (int)gan__pool_slots(ctx), (int)i, (double)out[i], (double)wanted[i],
                         text);
        }
    }
    free(memory);
}

static void
check_shapes(const struct gan__convolution *shapes, int count)
{
    gan_context *contexts[9];
    int context_count = 0;
    for (size_t i = 0; i < sizeof(isas) / sizeof(isas[0]); i++) {
        for (int64_t threads = 1; threads <= 3; threads++) {
            gan_context *ctx = open_context(isas[i], threads);
            if (ctx != NULL) {
                contexts[context_count++] = ctx;
            }
        }
    }
    for (int i = 0; i < count; i++) {
        struct arrays a;
        arrays_make(&a, &shapes[i], (uint64_t)i);
        for (int c = 0; c < context_count; c++) {
            check_product(contexts[c], FORWARD, &shapes[i], &a);
            check_product(contexts[c], FINISHED, &shapes[i], &a);
            check_product(contexts[c], BY_INPUT, &shapes[i], &a);
            check_product(contexts[c], BY_WEIGHT, &shapes[i], &a);
        }
        arrays_free(&a);
    }
    for (int c = 0; c < context_count; c++) {
        gan__context_free(contexts[c]);
    }
}

START_TEST(drawn_shapes)
{
    static struct gan__convolution shapes[SHAPES / 8];
    for (int i = 0; i < SHAPES / 8; i++) {
        draw_shape((uint64_t)(_i * (SHAPES / 8) + i), &shapes[i]);
    }
    check_shapes(shapes, SHAPES / 8);
}
END_TEST

START_TEST(fast_shapes)
{
    static struct gan__convolution shapes[FAST_SHAPES / 4];
    for (int i = 0; i < FAST_SHAPES / 4; i++) {
        draw_fast_shape((uint64_t)(2000 + _i * (FAST_SHAPES / 4) + i), &shapes[i]);
    }
    check_shapes(shapes, FAST_SHAPES / 4);
}
END_TEST

/* Borders of the drivers' cuts that drawn shapes do not reach. In the order of the struct: batch; height, width, channels of
 * x, then of y; kernel, stride, padding. */
static const struct gan__convolution chosen[] = {
    /* sums longer than a panel's cut: by taps, by channels */
    {1, 5, 5, 520, 2, 2, 20, 3, 3, 2, 2, 0, 0},
    {2, 2, 2, 2100, 2, 2, 70, 1, 1, 1, 1, 0, 0},
    {2, 2, 2, 70, 2, 2, 2100, 1, 1, 1, 1, 0, 0},
    {1, 3, 2, 2080, 2, 1, 20, 2, 2, 1, 1, 0, 0},
    {1, 1, 2, 8300, 1, 2, 20, 1, 1, 1, 1, 0, 0},
    /* several blocks of pixels, and of filters */
    {4, 23, 19, 12, 23, 19, 9, 3, 3, 1, 1, 1, 1},
    {3, 20, 20, 3, 20, 20, 9, 3, 3, 1, 1, 1, 1},
    {5, 8, 8, 2, 8, 8, 270, 1, 2, 1, 1, 0, 1},
    {5, 8, 8, 101, 8, 8, 270, 1, 1, 1, 1, 0, 0},
    /* strips of a large picture */
    {1, 80, 96, 3, 40, 48, 2, 5, 5, 2, 2, 2, 2},
    /* strides beyond the kernel, one pixel, a kernel as large as the padded picture */
    {2, 11, 11, 6, 3, 2, 5, 2, 1, 4, 5, 0, 0},
    {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0},
    {3, 4, 4, 48, 1, 1, 1, 4, 4, 1, 1, 0, 0},
    /* more padding than the kernel: outputs that see zeros only */
    {1, 3, 3, 2, 8, 8, 3, 2, 2, 1, 1, 3, 3},
    {1, 3, 3, 20, 4, 4, 3, 2, 2, 2, 2, 3, 3},
    /* fewer multiplications: several blocks of tiles, long sums, many tiles of one output */
    {9, 14, 14, 32, 7, 7, 34, 4, 4, 2, 2, 1, 1},
    {1, 28, 30, 33, 14, 15, 33, 4, 4, 2, 2, 1, 1},
    {2, 6, 6, 270, 3, 3, 66, 4, 4, 2, 2, 1, 1},
    {1, 6, 8, 66, 3, 4, 270, 4, 4, 2, 2, 1, 1},
    {65, 6, 6, 32, 3, 3, 32, 4, 4, 2, 2, 1, 1},
    /* a picture cut into strips of tiles; pixels that no output meets */
    {1, 52, 54, 32, 26, 27, 32, 4, 4, 2, 2, 1, 1},
    {2, 19, 12, 32, 3, 4, 35, 4, 4, 2, 2, 0, 1},
    /* 3x3: odd sides, several blocks and groups, outputs beyond the picture */
    {3, 11, 9, 33, 11, 9, 65, 3, 3, 1, 1, 1, 1},
    {1, 9, 10, 70, 5, 6, 32, 3, 3, 1, 1, 0, 2},
};

START_TEST(chosen_shapes)
{
    check_shapes(chosen, sizeof(chosen) / sizeof(chosen[0]));
}
END_TEST

/* The sum that all three products are derivatives of: over all x, weight and y that meet. */
static double
trilinear(const struct gan__convolution *g, const struct arrays *a)
{
    double sum = 0.0;
    const float *y = a->y;
    for (int64_t p = 0; p < g->batch * g->out_height * g->out_width; p++) {
        const int64_t n = p / g->out_width / g->out_height;
        for (int64_t f = 0; f < g->out_channels; f++, y++) {
            const float *weight = a->weight + f;
            for (int64_t tap = 0; tap < g->kernel_height * g->kernel_width; tap++) {
                const int64_t iy = p / g->out_width % g->out_height * g->stride_height -
                                   g->padding_height + tap / g->kernel_width;
                const int64_t ix =
                    p % g->out_width * g->stride_width - g->padding_width + tap % g->kernel_width;
                const bool inside = iy >= 0 && iy < g->in_height && ix >= 0 && ix < g->in_width;
                const float *x =
                    a->x + ((n * g->in_height + iy) * g->in_width + ix) * g->in_channels;
                for (int64_t c = 0; c < g->in_channels; c++, weight += g->out_channels) {
                    sum += inside ? (double)x[c] * (double)*weight * (double)*y : 0.0;
                }
            }
        }
    }
    return sum;
}

static double
dot(const float *a, const float *b, int64_t count)
{
    double sum = 0.0;
    for (int64_t i = 0; i < count; i++) {
        sum += (double)a[i] * (double)b[i];
    }
    return sum;
}

/* <forward, y> = <by input, x> = <by weight, weight> = the sum in double: no reference of ours in it. */
START_TEST(adjoints)
{
    gan_context *ctx = open_context("auto", 2);
    ck_assert_ptr_nonnull(ctx);
    for (uint64_t shape = 1000; shape < 1080; shape++) {
        struct gan__convolution g;
        struct arrays a;
        draw_shape(shape, &g);
        arrays_make(&a, &g, shape);
        char text[160];
        describe(text, sizeof(text), &g);
        const double wanted = trilinear(&g, &a);
        /* Terms are below 1 and of both signs: roundings grow like the root of their number. */
        const double tolerance = 2e-6 * sqrt((double)products_of(&g)) + 1e-6;
        ASSERT_OK(ctx, run_product(ctx, FORWARD, &g, a.y_wanted, &a));
        ASSERT_OK(ctx, run_product(ctx, BY_INPUT, &g, a.x_wanted, &a));
        ASSERT_OK(ctx, run_product(ctx, BY_WEIGHT, &g, a.weight_wanted, &a));
        const double found[] = {dot(a.y_wanted, a.y, a.y_count), dot(a.x_wanted, a.x, a.x_count),
                                dot(a.weight_wanted, a.weight, a.weight_count)};
        for (int i = 0; i < 3; i++) {
            ck_assert_msg(fabs(found[i] - wanted) <= tolerance, "%s: found %.9g, wanted %.9g: %s",
                          product_names[i], found[i], wanted, text);
        }
        arrays_free(&a);
    }
    gan__context_free(ctx);
}
END_TEST

/* What is left in use after a product that works, and before it ones that get less memory than they need. */
static uint64_t
used_after(const struct gan__convolution *g, enum product product, bool fail)
{
    gan_context *ctx = open_context("auto", 1);
    struct gan__memory_counts counts;
    struct arrays a;
    arrays_make(&a, g, 1);
    float *out = product == FORWARD    ? a.y_wanted
                 : product == BY_INPUT ? a.x_wanted
                                       : a.weight_wanted;
    gan_status st = GAN_E_NOMEM;
    for (uint64_t limit = 1 << 12; fail && st == GAN_E_NOMEM; limit += limit / 4) {
        gan__memory_set_limit(ctx, limit);
        st = run_product(ctx, product, g, out, &a);
        if (limit == 1 << 12) {
            ASSERT_FAILS(ctx, st, GAN_E_NOMEM, "memory");
        }
        gan__memory_trim(ctx);
    }
    gan__memory_set_limit(ctx, 0);
    ASSERT_OK(ctx, run_product(ctx, product, g, out, &a));
    gan__memory_trim(ctx);
    gan__memory_read(ctx, &counts);
    arrays_free(&a);
    gan__context_free(ctx);
    return counts.used;
}

/* Without memory for this or that: a status and a sentence, nothing kept, and the next call works. */
START_TEST(no_memory)
{
    static const struct gan__convolution shapes[] = {
        {2, 40, 40, 3, 20, 20, 64, 4, 4, 2, 2, 1, 1},
        {2, 8, 8, 64, 4, 4, 64, 3, 3, 2, 2, 1, 1},
        {33, 6, 6, 32, 3, 3, 33, 4, 4, 2, 2, 1, 1},
    };
    for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
        for (int product = FORWARD; product <= BY_WEIGHT; product++) {
            ck_assert_uint_eq(used_after(&shapes[i], (enum product)product, true),
                              used_after(&shapes[i], (enum product)product, false));
        }
    }
}
END_TEST

static Suite *
convolution_suite(void)
{
    Suite *suite = suite_create("convolution");
    TCase *tests = tcase_create("products");
    tcase_set_timeout(tests, 120);
    tcase_add_loop_test(tests, drawn_shapes, 0, 8);
    tcase_add_loop_test(tests, fast_shapes, 0, 4);
    tcase_add_test(tests, chosen_shapes);
    tcase_add_test(tests, adjoints);
    tcase_add_test(tests, no_memory);
    suite_add_tcase(suite, tests);
    return suite;
}

int
main(void)
{
    Suite *const suites[] = {convolution_suite(), convolution_accuracy_suite()};
    return run_suites(suites, 2);
}
