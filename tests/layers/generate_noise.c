/*
 * Truncated noise and ways between points: what the numbers are, and that a sample depends on
 * nothing but its number.
 */
#include "layers/suites.h"

#include <math.h>
#include <stdio.h>

#include "layers/layer.h"
#include "oracle/truncated.h"

/* The noise itself comes out. */
static const char bare[] = "gan-network 1\ninput shape=1000 noise=normal\nreshape shape=1000\n";

static const char text[] =
    "gan-network 1\n"
    "input name=z shape=7 noise=normal\n"
    "concat { } { input name=y source=labels classes=3\n dense units=2 bias=false\n }"
    " { input name=u shape=3 noise=uniform\n }\n"
    "dense units=72 bias=false\n"
    "reshape shape=3x3x8\n"
    "batch_norm\n"
    "relu\n"
    "conv_transpose2d filters=2 kernel=4 stride=2 padding=1\n"
    "tanh\n";

enum { EACH = 6 * 6 * 2, COUNT = 50, WIDE = 1000 };

static void
sample(gan_context *ctx, gan_layer *layer, float *out, int64_t count, const char *options)
{
    ASSERT_OK(ctx, gan_layer_generate(layer, out, count, options));
}

static int
compare(const void *a, const void *b)
{
    const float left = *(const float *)a, right = *(const float *)b;
    return left < right ? -1 : left > right;
}

/* Moments, Kolmogorov-Smirnov at the quantiles, chi-squared between them, of numbers that are
 * sorted. */
static void
check_distribution(const float *sorted, int which)
{
    const double count = TRUNCATED_SAMPLES, t = truncated[which].threshold;
    double sum = 0, square = 0, fourth = 0, chi2 = 0;
    int below = 0, before = 0;

    ck_assert(sorted[0] >= -(float)t && sorted[TRUNCATED_SAMPLES - 1] <= (float)t);
    for (int i = 0; i < TRUNCATED_SAMPLES; i++) {
        const double x = (double)sorted[i];
        sum += x;
        square += x * x;
        fourth += x * x * x * x;
    }
    for (int bin = 0; bin < TRUNCATED_BINS; bin++) {
        const double wanted = count / TRUNCATED_BINS;
        while (below < TRUNCATED_SAMPLES &&
               (bin == TRUNCATED_BINS - 1 ||
                (double)sorted[below] <= truncated[which].quantiles[bin])) {
            below++;
        }
        ck_assert_double_le(fabs(below / count - (bin + 1.0) / TRUNCATED_BINS), truncated_ks);
        chi2 += (below - before - wanted) * (below - before - wanted) / wanted;
        before = below;
    }
    ck_assert_double_le(chi2, truncated_chi2);
    /* Four standard errors of each. */
    const double variance = truncated[which].variance, kurtosis = truncated[which].fourth;
    ck_assert_double_le(fabs(sum / count), 4 * sqrt(variance / count));
    ck_assert_double_le(fabs(square / count - variance),
                        4 * sqrt((kurtosis - variance * variance) / count));
    ck_assert_double_le(fabs(fourth / count - kurtosis), 4 * kurtosis * 3 / sqrt(count));
}

START_TEST(truncation_distribution)
{
    gan_context *ctx = make_context();
    gan_layer *layer = parse(ctx, bare);
    float *plain = malloc(TRUNCATED_SAMPLES * sizeof *plain);
    float *cut = malloc(TRUNCATED_SAMPLES * sizeof *cut);
    const double t = truncated[_i].threshold;
    double neighbours = 0, former = 0;
    char options[64];

    ck_assert(plain != NULL && cut != NULL);
    (void)snprintf(options, sizeof options, "truncation=%.9g", t);
    sample(ctx, layer, plain, TRUNCATED_SAMPLES / WIDE, NULL);
    sample(ctx, layer, cut, TRUNCATED_SAMPLES / WIDE, options);
    int64_t redrawn = 0;
    for (int i = 0; i < TRUNCATED_SAMPLES; i++) {
        if (fabsf(plain[i]) <= (float)t) {
            ck_assert_mem_eq(plain + i, cut + i, sizeof *cut);
            continue;
        }
        redrawn++;
        former += (double)cut[i] / t * (plain[i] > 0 ? 1 : -1);
        neighbours += i == 0 ? 0 : (double)cut[i] / t * ((double)cut[i - 1] / t);
    }
    /* What is drawn again knows nothing of what it was, nor of its neighbour. */
    ck_assert_int_gt(redrawn, 0);
    ck_assert_double_le(fabs(former), 4 * sqrt((double)redrawn));
    ck_assert_double_le(fabs(neighbours), 4 * sqrt((double)redrawn));
    qsort(cut, TRUNCATED_SAMPLES, sizeof *cut, compare);
    check_distribution(cut, _i);
    free(plain);
    free(cut);
    gan_layer_destroy(layer);
    gan_context_destroy(ctx);
}
END_TEST

/* Only the redrawn numbers, which are few at a large threshold. */
START_TEST(truncation_tails)
{
    enum { SEEDS = 60 };
    gan_context *ctx = make_context();
    gan_layer *layer = parse(ctx, bare);
    static float plain[100 * WIDE], cut[100 * WIDE];
    double square = 0, inside = 0, count = 0;

    for (int seed = 0; seed < SEEDS; seed++) {
        char options[64];
        (void)snprintf(options, sizeof options, "seed=%d", seed);
        sample(ctx, layer, plain, 100, options);
        (void)snprintf(options, sizeof options, "seed=%d truncation=2.5", seed);
        sample(ctx, layer, cut, 100, options);
        for (int i = 0; i < 100 * WIDE; i++) {
            if (fabsf(plain[i]) > 2.5F) {
                const double x = (double)cut[i];
                count += 1;
                square += x * x;
                inside += fabs(x) < 0.5 ? 1 : 0;
            }
        }
    }
    /* 6 million numbers, of which 2 (1 - Phi(2.5)) = 0.012419 are beyond. */
    ck_assert_double_eq_tol(count, 74516, 4 * sqrt(74516.0));
    ck_assert_double_eq_tol(square / count, truncated[5].variance, 0.02);
    ck_assert_double_eq_tol(inside / count, 0.382925 / 0.987581, 0.0075); /* Phi by tables */
    gan_layer_destroy(layer);
    gan_context_destroy(ctx);
}
END_TEST

/* Uniform noise beside it has no tails to cut. */
START_TEST(truncation_uniform)
{
    gan_context *ctx = make_context();
    gan_layer *layer =
        parse(ctx, "gan-network 1\nconcat { input name=a shape=100 noise=normal\n } { input name=b "
                   "shape=100 noise=uniform\n }\n");
    static float plain[200], cut[200];

    sample(ctx, layer, plain, 1, NULL);
    sample(ctx, layer, cut, 1, "truncation=0.25");
    ck_assert_mem_ne(plain, cut, 100 * sizeof(float));
    ck_assert_mem_eq(plain + 100, cut + 100, 100 * sizeof(float));
    gan_layer_destroy(layer);
    gan_context_destroy(ctx);
}
END_TEST

START_TEST(truncation_extremes)
{
    gan_context *ctx = make_context();
    gan_layer *layer = parse(ctx, bare);
    static float plain[WIDE], cut[WIDE];

    sample(ctx, layer, plain, 1, NULL);
    sample(ctx, layer, cut, 1, "truncation=0");
    ck_assert_mem_eq(plain, cut, sizeof cut);
    sample(ctx, layer, cut, 1, "truncation=1e300"); /* as a float: infinite */
    ck_assert_mem_eq(plain, cut, sizeof cut);
    sample(ctx, layer, cut, 1, "truncation=6.7");
    ck_assert_mem_eq(plain, cut, sizeof cut);
    sample(ctx, layer, cut, 1, "truncation=1e-300"); /* as a float: 0 */
    for (int i = 0; i < WIDE; i++) {
        ck_assert(cut[i] == 0.0F);
    }
    sample(ctx, layer, cut, 1, "truncation=1e-30");
    for (int i = 0; i < WIDE; i++) {
        ck_assert(fabsf(cut[i]) <= 1e-30F);
    }
    ck_assert(cut[0] != cut[1]);
    gan_layer_destroy(layer);
    gan_context_destroy(ctx);
}
END_TEST

static const char *const walks[] = {"truncation=0.7",
                                    "interpolation=5",
                                    "interpolation=7 truncation=0.4",
                                    "interpolation=4 interpolation_mode=linear labels=2,1",
                                    "interpolation=1",
                                    "interpolation=1000",
                                    "interpolation=3 labels=0"};

/* Whatever the pieces and the first number are. */
START_TEST(walk_pieces)
{
    static const char *const batches[] = {"batch=1", "batch=3", "batch=5", "batch=1000000"};
    gan_context *ctx = make_context();
    gan_layer *layer = parse(ctx, text);
    static float whole[COUNT * EACH], pieces[COUNT * EACH];
    char options[128];

    sample(ctx, layer, whole, COUNT, walks[_i]);
    for (size_t i = 0; i < sizeof batches / sizeof batches[0]; i++) {
        (void)snprintf(options, sizeof options, "%s %s", walks[_i], batches[i]);
        memset(pieces, 0, sizeof pieces);
        sample(ctx, layer, pieces, COUNT, options);
        ck_assert_msg(memcmp(whole, pieces, sizeof whole) == 0, "%s", options);
    }
    for (int first = 1; first < COUNT; first++) {
        (void)snprintf(options, sizeof options, "%s first=%d batch=%d", walks[_i], first,
                       1 + first % 4);
        sample(ctx, layer, pieces, COUNT - first, options);
        ck_assert_msg(memcmp(whole + first * EACH, pieces,
                             (size_t)(COUNT - first) * EACH * sizeof(float)) == 0,
                      "%s", options);
    }
    gan_layer_destroy(layer);
    gan_context_destroy(ctx);
}
END_TEST

/* At any number of threads and with any instructions. */
START_TEST(walk_contexts)
{
    static const char *const others[] = {"seed=7 threads=3", "seed=7 threads=2 isa=avx2",
                                         "seed=7 threads=1 isa=portable"};
    static float whole[COUNT * EACH], other[COUNT * EACH];
    gan_context *ctx = make_context();
    gan_layer *layer = parse(ctx, text);

    sample(ctx, layer, whole, COUNT, walks[_i]);
    gan_layer_destroy(layer);
    gan_context_destroy(ctx);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        if (gan_context_create(&ctx, others[i], NULL) == GAN_OK) {
            layer = parse(ctx, text);
            sample(ctx, layer, other, COUNT, walks[_i]);
            ck_assert_msg(memcmp(whole, other, sizeof whole) == 0, "%s", others[i]);
            gan_layer_destroy(layer);
        }
        gan_context_destroy(ctx);
    }
}
END_TEST

/* Samples at the points are those without a way, with the points' labels. */
START_TEST(walk_ends)
{
    enum { STEPS = 6, POINTS = COUNT / STEPS };
    static const char *const modes[] = {"", "interpolation_mode=linear", "truncation=0.6"};
    gan_context *ctx = make_context();
    gan_layer *layer = parse(ctx, text);
    static float points[POINTS * EACH], way[COUNT * EACH];
    char options[128];

    sample(ctx, layer, points, POINTS, _i == 2 ? modes[2] : NULL);
    (void)snprintf(options, sizeof options, "interpolation=%d %s", STEPS, modes[_i]);
    sample(ctx, layer, way, COUNT, options);
    for (int i = 0; i < COUNT; i++) {
        const bool same = i / STEPS < POINTS && memcmp(way + i * EACH, points + i / STEPS * EACH,
                                                       EACH * sizeof(float)) == 0;
        ck_assert_int_eq(same, i % STEPS == 0 && i / STEPS < POINTS);
    }
    gan_layer_destroy(layer);
    gan_context_destroy(ctx);
}
END_TEST

/* The same by libm, from the points. */
static double
wanted_number(const float *a, const float *b, int count, int at, double share, bool linear)
{
    double product = 0, squares[2] = {0};

    for (int i = 0; i < count; i++) {
        product += (double)a[i] * (double)b[i];
        squares[0] += (double)a[i] * (double)a[i];
        squares[1] += (double)b[i] * (double)b[i];
    }
    const double angle = acos(product / (sqrt(squares[0]) * sqrt(squares[1])));
    if (linear) {
        return (1 - share) * (double)a[at] + share * (double)b[at];
    }
    return sin((1 - share) * angle) / sin(angle) * (double)a[at] +
           sin(share * angle) / sin(angle) * (double)b[at];
}

/* Three inputs, each on its own way: normal, normal of another size, uniform. */
START_TEST(walk_numbers)
{
    enum { A = 5, B = 64, U = 9, ALL = A + B + U, STEPS = 4, SAMPLES = 5 * STEPS };
    const bool linear = _i == 1;
    gan_context *ctx = make_context();
    gan_layer *layer =
        parse(ctx, "gan-network 1\nconcat { input name=a shape=5 noise=normal\n } { input name=b "
                   "shape=64 noise=normal\n } { input name=u shape=9 noise=uniform\n }\n");
    static float points[6 * ALL], way[SAMPLES * ALL];

    sample(ctx, layer, points, 6, NULL);
    sample(ctx, layer, way, SAMPLES,
           linear ? "interpolation=4 interpolation_mode=linear"
                  : "interpolation=4 interpolation_mode=spherical");
    for (int i = 0; i < SAMPLES; i++) {
        const float *from = points + i / STEPS * ALL, *to = from + ALL;
        const double share = (double)(i % STEPS) / STEPS;
        for (int j = 0; j < ALL; j++) {
            const int begin = j < A ? 0 : j < A + B ? A : A + B;
            const int count = j < A ? A : j < A + B ? B : U;
            const double wanted = wanted_number(from + begin, to + begin, count, j - begin, share,
                                                linear || j >= A + B);
            ck_assert_double_eq_tol((double)way[i * ALL + j], wanted, 1e-6);
        }
    }
    gan_layer_destroy(layer);
    gan_context_destroy(ctx);
}
END_TEST

/* A spherical way keeps the length that normal noise of many numbers has, a straight one does
 * not. */
START_TEST(walk_lengths)
{
    gan_context *ctx = make_context();
    gan_layer *layer = parse(ctx, bare);
    static float half[2 * WIDE];
    double squares[2] = {0};

    sample(ctx, layer, half, 1, "interpolation=2 first=1");
    sample(ctx, layer, half + WIDE, 1, "interpolation=2 first=1 interpolation_mode=linear");
    for (int i = 0; i < 2 * WIDE; i++) {
        squares[i / WIDE] += (double)half[i] * (double)half[i] / WIDE;
    }
    ck_assert_double_eq_tol(squares[0], 1, 0.15);
    ck_assert_double_eq_tol(squares[1], 0.5, 0.1);
    gan_layer_destroy(layer);
    gan_context_destroy(ctx);
}
END_TEST

/* Points on one line through 0 have no arc: one number is straight, and so are points at 0. */
START_TEST(walk_straight)
{
    gan_context *ctx = make_context();
    gan_layer *one = parse(ctx, "gan-network 1\ninput shape=1 noise=normal\nreshape shape=1\n");
    gan_layer *layer = parse(ctx, bare);
    static float zeros[5 * WIDE];
    float points[21], spherical[80], linear[80];

    sample(ctx, one, points, 21, NULL);
    sample(ctx, one, spherical, 80, "interpolation=4");
    sample(ctx, one, linear, 80, "interpolation=4 interpolation_mode=linear");
    ck_assert_mem_eq(spherical, linear, sizeof linear);
    for (int i = 0; i < 80; i++) {
        const double share = i % 4 / 4.0;
        const double wanted =
            (1 - share) * (double)points[i / 4] + share * (double)points[i / 4 + 1];
        ck_assert_double_eq_tol((double)linear[i], wanted, 1e-6);
    }
    sample(ctx, layer, zeros, 5, "interpolation=4 truncation=1e-300");
    for (int i = 0; i < 5 * WIDE; i++) {
        ck_assert(zeros[i] == 0.0F);
    }
    gan_layer_destroy(one);
    gan_layer_destroy(layer);
    gan_context_destroy(ctx);
}
END_TEST

START_TEST(walk_refused)
{
    gan_context *ctx = make_context();
    gan_layer *layer = parse(ctx, text);
    gan_layer *uniform = parse(ctx, "gan-network 1\ninput shape=2 noise=uniform\nrelu\n");
    gan_layer *labels = parse(ctx, "gan-network 1\ninput source=labels classes=2\nrelu\n");
    float out[EACH];

    ASSERT_FAILS(ctx, gan_layer_generate(layer, out, 1, "truncation=-1"), GAN_E_ARG, "truncation");
    ASSERT_FAILS(ctx, gan_layer_generate(layer, out, 1, "truncation=nan"), GAN_E_ARG, "truncation");
    ASSERT_FAILS(ctx, gan_layer_generate(layer, out, 1, "interpolation=-1"), GAN_E_ARG,
                 "interpolation");
    ASSERT_FAILS(ctx, gan_layer_generate(layer, out, 1, "interpolation_mode=round"), GAN_E_ARG,
                 "spherical");
    ASSERT_FAILS(ctx, gan_layer_generate(uniform, out, 1, "truncation=0.5"), GAN_E_ARG,
                 "truncation is given, but no input takes normal noise");
    ASSERT_FAILS(ctx, gan_layer_generate(labels, out, 1, "interpolation=5"), GAN_E_ARG,
                 "interpolation is given, but no input takes noise");
    sample(ctx, uniform, out, 2, "interpolation=5");
    gan_layer_destroy(layer);
    gan_layer_destroy(uniform);
    gan_layer_destroy(labels);
    gan_context_destroy(ctx);
}
END_TEST

TCase *
generate_noise_tests(void)
{
    TCase *tests = tcase_create("generate_noise");

    tcase_set_timeout(tests, 120);
    tcase_add_loop_test(tests, truncation_distribution, 0, sizeof truncated / sizeof truncated[0]);
    tcase_add_test(tests, truncation_tails);
    tcase_add_test(tests, truncation_uniform);
    tcase_add_test(tests, truncation_extremes);
    tcase_add_loop_test(tests, walk_pieces, 0, sizeof walks / sizeof walks[0]);
    tcase_add_loop_test(tests, walk_contexts, 0, sizeof walks / sizeof walks[0]);
    tcase_add_loop_test(tests, walk_ends, 0, 3);
    tcase_add_loop_test(tests, walk_numbers, 0, 2);
    tcase_add_test(tests, walk_lengths);
    tcase_add_test(tests, walk_straight);
    tcase_add_test(tests, walk_refused);
    return tests;
}
