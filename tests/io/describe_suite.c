/* What a file is said to hold. */
#include "faults.h"
#include "suites.h"

#include "io/weights.h"

static gan_context *ctx;

static void
setup(void)
{
    files_begin();
    faults_clear();
    ASSERT_OK(ctx, gan_context_create(&ctx, "threads=1 seed=3", NULL));
}

static void
teardown(void)
{
    gan_context_destroy(ctx);
    files_end();
}

static char text[65536];

static const char *
describe(const char *path)
{
    size_t needed = 0;

    ASSERT_OK(ctx, gan_file_describe(ctx, path, text, sizeof text, &needed));
    ck_assert_uint_eq(needed, strlen(text) + 1);
    return text;
}

static void
expect(const char *part)
{
    ck_assert_msg(strstr(text, part) != NULL, "\"%s\" is not in:\n%s", part, text);
}

START_TEST(test_network)
{
    gan_layer *layer = weights_parse(ctx, "gan-network 1\ninput shape=3\ndense units=2\n");

    ASSERT_OK(ctx, gan_layer_save(layer, files_path("a"), "dtype=float16"));
    describe(files_path("a"));
    ck_assert_msg(strncmp(text, "a network, written by libgan ", 29) == 0, "%s", text);
    expect("\nchecksum: right\n");
    expect("\nnetwork:\n    gan-network 1\n    input ");
    expect("\ntensors: 2 of 8 numbers\n");
    expect("\n    1.bias F16 [2]\n    1.weight F16 [3, 2]\n");
    gan_layer_destroy(layer);
}
END_TEST

START_TEST(test_others)
{
    describe(ORACLE_FILES "/types.safetensors");
    expect("tensors of another program\nchecksum: none");
    expect("\nby: somebody\n");
    expect("\n    i64 I64 [2, 3]\n");
    expect("\n    i32 I32 []\n");
    expect("\n    bf16 BF16 [600]\n");
    describe(ORACLE_FILES "/dcgan_generator.safetensors");
    expect("\n    main.0.weight F32 [20, 24, 4, 4]\n");
    expect("\n    main.1.num_batches_tracked I64 []\n");
}
END_TEST

/* A terminal would obey what such names say. */
START_TEST(test_clean)
{
    static const char header[] =
        "{\"__metadata__\":{\"x\\u001b[2J\":\"a\\u0007\\tb\\n\\u009b\\u00e9\\r\\n\",\"empty\":\"\"}"
        ","
        "\"n\\nm\":{\"dtype\":\"X\\u001b\",\"shape\":[2],\"data_offsets\":[0,8]}}";
    const uint64_t length = sizeof header - 1;
    unsigned char data[8 + sizeof header - 1 + 8] = {0};

    memcpy(data, &length, 8);
    memcpy(data + 8, header, sizeof header - 1);
    files_write(files_path("a"), data, sizeof data);
    describe(files_path("a"));
    expect("\nx?[2J:\n    a?    b\n    ?\xc3\xa9?\n");
    expect("\nempty: \n");
    expect("\n    n?m X? [2]\n");
}
END_TEST

START_TEST(test_refused)
{
    gan_layer *layer = weights_parse(ctx, "gan-network 1\ninput shape=3\ndense units=2\n");
    size_t size = 0, needed = 7;

    ASSERT_FAILS(ctx, gan_file_describe(ctx, NULL, text, sizeof text, NULL), GAN_E_ARG, "path");
    ASSERT_FAILS(ctx, gan_file_describe(ctx, files_path("none"), text, sizeof text, &needed),
                 GAN_E_IO, "No such file");
    ck_assert_uint_eq(needed, 0);
    ASSERT_OK(ctx, gan_layer_save(layer, files_path("a"), NULL));
    unsigned char *data = files_read(files_path("a"), &size);
    data[size - 1] ^= 1;
    files_write(files_path("a"), data, size);
    ASSERT_FAILS(ctx, gan_file_describe(ctx, files_path("a"), text, sizeof text, NULL),
                 GAN_E_FORMAT, "damaged: checksum");
    files_write(files_path("a"), data, size - 1);
    ASSERT_FAILS(ctx, gan_file_describe(ctx, files_path("a"), text, sizeof text, NULL),
                 GAN_E_FORMAT, "\"");
    free(data);
    gan_layer_destroy(layer);
}
END_TEST

Suite *
describe_suite(void)
{
    Suite *suite = suite_create("describe");
    TCase *tests = tcase_create("describe");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, test_network);
    tcase_add_test(tests, test_others);
    tcase_add_test(tests, test_clean);
    tcase_add_test(tests, test_refused);
    suite_add_tcase(suite, tests);
    return suite;
}
