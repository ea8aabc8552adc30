/* The moving average: its decay by hand, and what it does to a network's tensors. */
#include <math.h>

#include "suites.h"

static gan_context *ctx;

static void
setup(void)
{
    ASSERT_OK(ctx, gan_context_create(&ctx, "threads=1", NULL));
}

static void
teardown(void)
{
    gan_context_destroy(ctx);
    ctx = NULL;
}

START_TEST(test_decay)
{
    static const struct {
        int64_t batch;
        double half_life;
        int64_t pictures;
        double wanted;
    } rows[] = {
        {64, 22000, 0, 0},                    /* nothing is known yet: the average is the network */
        {64, 22000, 64, 9.5367431640625e-07}, /* half-life 3.2: 2^-20 */
        {64, 22000, 1280, 0.5},               /* half-life 64 */
        {64, 22000, 128000, 0.9930924954370359}, /* half-life 6,400: 2^-0.01 */
        {64, 22000, 440000, 0.9979856034638649}, /* the ramp's end: 2^(-64 / 22000) */
        {64, 22000, 1000000000000, 0.9979856034638649},
        {22000, 22000, 440000, 0.5},
        {1, 0.5, 440000, 0.25},
        {64, 22000, 1, 0}, /* half-life 0.05: 2^-1280 is below double's range */
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const double found = gan__average_decay(rows[i].batch, rows[i].half_life, rows[i].pictures);
        ck_assert_msg(fabs(found - rows[i].wanted) <= 1e-12 * rows[i].wanted,
                      "batch %lld, half_life %g, pictures %lld: found %.17g, wanted %.17g",
                      (long long)rows[i].batch, rows[i].half_life, (long long)rows[i].pictures,
                      found, rows[i].wanted);
    }
}
END_TEST

static void
write_all(gan_layer *network, float value)
{
    const struct gan__layer_tensor *tensors = gan__layer_tensors(network);

    for (int64_t i = 0; i < gan__layer_tensor_count(network); i++) {
        for (int64_t k = 0; k < tensors[i].tensor->count; k++) {
            gan__data(tensors[i].tensor)[k] = value;
        }
    }
}

static void
expect_all(gan_layer *network, float parameter, float buffer)
{
    const struct gan__layer_tensor *tensors = gan__layer_tensors(network);

    for (int64_t i = 0; i < gan__layer_tensor_count(network); i++) {
        for (int64_t k = 0; k < tensors[i].tensor->count; k++) {
            ck_assert_float_eq_tol(gan__data(tensors[i].tensor)[k],
                                   tensors[i].buffer ? buffer : parameter, 1e-6F);
        }
    }
}

/* Parameters go a share of the way, frozen ones too; running statistics stay. */
START_TEST(test_step)
{
    gan_layer *network = parse_network(ctx, "input shape=4\n"
                                            "dense units=3\n"
                                            "batch_norm\n"
                                            "dense units=3 trainable=false\n");
    gan_layer *average = NULL;

    ASSERT_OK(ctx, gan__layer_clone(network, &average));
    write_all(average, 8);
    write_all(network, 4);
    ASSERT_OK(ctx, gan__average_step(average, network, 64, 22000, 1280)); /* decay 1/2 */
    expect_all(average, 6, 8);
    expect_all(network, 4, 4);
    ASSERT_OK(ctx, gan__average_step(average, network, 64, 32, 100000)); /* 1/4 */
    expect_all(average, 4.5F, 8);
    gan_layer_destroy(average);
    gan_layer_destroy(network);
}
END_TEST

/* At the first step the average becomes the network to the bit, where a + 1 * (w - a) would not. */
START_TEST(test_first_step)
{
    gan_layer *network = parse_network(ctx, "input shape=4\ndense units=3\n");
    gan_layer *average = NULL;
    const struct gan__layer_tensor *tensors;

    ASSERT_OK(ctx, gan__layer_clone(network, &average));
    write_all(average, 1e8F);
    write_all(network, 0.3F);
    ASSERT_OK(ctx, gan__average_step(average, network, 64, 22000, 0));
    tensors = gan__layer_tensors(average);
    for (int64_t i = 0; i < gan__layer_tensor_count(average); i++) {
        for (int64_t k = 0; k < tensors[i].tensor->count; k++) {
            ck_assert_float_eq(gan__data(tensors[i].tensor)[k], 0.3F);
        }
    }
    gan_layer_destroy(average);
    gan_layer_destroy(network);
}
END_TEST

START_TEST(test_other_network)
{
    gan_layer *network = parse_network(ctx, "input shape=4\ndense units=3\n");
    gan_layer *fewer = parse_network(ctx, "input shape=4\ndense units=3 bias=false\n");
    gan_layer *larger = parse_network(ctx, "input shape=4\ndense units=5\n");

    write_all(fewer, 2);
    write_all(larger, 2);
    ASSERT_FAILS(ctx, gan__average_step(fewer, network, 64, 22000, 0), GAN_E_ARG, "1 tensors");
    clear_sentence(ctx);
    ASSERT_FAILS(ctx, gan__average_step(larger, network, 64, 22000, 0), GAN_E_SHAPE, "[4, 5]");
    expect_all(fewer, 2, 2);
    expect_all(larger, 2, 2);
    gan_layer_destroy(network);
    gan_layer_destroy(fewer);
    gan_layer_destroy(larger);
}
END_TEST

Suite *
average_suite(void)
{
    Suite *suite = suite_create("average");
    TCase *tcase = tcase_create("average");

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, test_decay);
    tcase_add_test(tcase, test_step);
    tcase_add_test(tcase, test_first_step);
    tcase_add_test(tcase, test_other_network);
    suite_add_tcase(suite, tcase);
    return suite;
}
