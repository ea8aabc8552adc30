/* Networks as files: the same bits back, and each way in which a file can contradict itself. */
#include "faults.h"
#include "suites.h"

#include <gan/io.h>

#include "base/memory.h"
#include "io/files.h"
#include "io/half.h"
#include "io/safetensors.h"
#include "oracle/failing_host.h"

static const char small[] = "gan-network 1\n"
                            "input shape=3\n"
                            "dense name=first units=2\n"
                            "batch_norm\n"
                            "residual {\n"
                            "    dense units=2 bias=false\n"
                            "} {\n"
                            "}\n"
                            "tanh\n";

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

static gan_layer *
network(gan_context *context, const char *text)
{
    gan_layer *layer = NULL;

    ASSERT_OK(context, gan_layer_parse(context, &layer, text));
    return layer;
}

/* Every tensor, buffers too, gets values that only a file can have given. */
static void
mark(gan_layer *layer)
{
    int64_t count = 0;

    ASSERT_OK(ctx, gan_layer_parameter_count(layer, &count));
    ck_assert_int_gt(count, 0);
    for (int64_t i = 0; i < count; i++) {
        gan_tensor *tensor = NULL;
        float *data = NULL;
        int64_t elements = 0;

        ASSERT_OK(ctx, gan_layer_parameter(layer, &tensor, i, NULL, 0, NULL));
        ASSERT_OK(ctx, gan_tensor_count(tensor, &elements));
        ASSERT_OK(ctx, gan_tensor_data(tensor, &data));
        for (int64_t k = 0; k < elements; k++) {
            data[k] = 0.1F * (float)(i + 1) + 0.01F * (float)k;
        }
        gan_tensor_destroy(tensor);
    }
}

static void
check_equal(gan_layer *a, gan_layer *b)
{
    char text[2][2048], name[2][128];
    int64_t count[2];

    ASSERT_OK(ctx, gan_layer_text(a, text[0], sizeof text[0], NULL));
    ASSERT_OK(ctx, gan_layer_text(b, text[1], sizeof text[1], NULL));
    ck_assert_str_eq(text[0], text[1]);
    ASSERT_OK(ctx, gan_layer_parameter_count(a, &count[0]));
    ASSERT_OK(ctx, gan_layer_parameter_count(b, &count[1]));
    ck_assert_int_eq(count[0], count[1]);
    for (int64_t i = 0; i < count[0]; i++) {
        gan_tensor *tensor[2] = {NULL, NULL};
        float *data[2];
        int64_t elements = 0;

        ASSERT_OK(ctx, gan_layer_parameter(a, &tensor[0], i, name[0], sizeof name[0], NULL));
        ASSERT_OK(ctx, gan_layer_parameter(b, &tensor[1], i, name[1], sizeof name[1], NULL));
        ck_assert_str_eq(name[0], name[1]);
        ASSERT_OK(ctx, gan_tensor_count(tensor[0], &elements));
        ASSERT_OK(ctx, gan_tensor_data(tensor[0], &data[0]));
        ASSERT_OK(ctx, gan_tensor_data(tensor[1], &data[1]));
        ck_assert_mem_eq(data[0], data[1], (size_t)elements * sizeof(float));
        gan_tensor_destroy(tensor[0]);
        gan_tensor_destroy(tensor[1]);
    }
}

static void
check_round_trip(gan_layer *layer)
{
    gan_layer *again = NULL;
    size_t size[2];

    ASSERT_OK(ctx, gan_layer_save(layer, files_path("first"), NULL));
    ASSERT_OK(ctx, gan_layer_load(ctx, &again, files_path("first"), NULL));
    check_equal(layer, again);
    ASSERT_OK(ctx, gan_layer_save(again, files_path("second"), NULL));
    unsigned char *first = files_read(files_path("first"), &size[0]);
    unsigned char *second = files_read(files_path("second"), &size[1]);
    ck_assert_uint_eq(size[0], size[1]);
    ck_assert_mem_eq(first, second, size[0]);
    free(first);
    free(second);
    gan_layer_destroy(again);
}

START_TEST(test_round_trip)
{
    static const char *const texts[] = {
        small,
        "gan-network 1\ninput shape=4x4x3\nconv2d filters=2 kernel=3 padding=1\nflatten\n",
        "gan-network 1\ninput shape=5 noise=normal\n"
        "dense units=8 trainable=false\nreshape shape=2x2x2\n"
        "conv_transpose2d filters=3 kernel=4 stride=2 padding=1\ntanh\n",
        "gan-network 1\ninput shape=4x4x3\nconv2d filters=2 kernel=3 spectral_norm=true\n"
        "conv_transpose2d filters=2 kernel=3 spectral_norm=true init=orthogonal\nflatten\n"
        "dense units=1 spectral_norm=true bias=false\n",
    };
    gan_layer *layer = network(ctx, texts[_i]);

    mark(layer);
    check_round_trip(layer);
    gan_layer_destroy(layer);
}
END_TEST

/* A network whose text does not say what it was built for. */
START_TEST(test_round_trip_without_input)
{
    const int64_t shape[] = {4, 6, 2};
    gan_layer *layer = network(ctx, "gan-network 1\nconv2d filters=2 kernel=3\nrelu\n");

    ASSERT_FAILS(ctx, gan_layer_save(layer, files_path("a"), NULL), GAN_E_STATE, "not built");
    ck_assert_int_eq(files_count(), 0);
    ASSERT_OK(ctx, gan_layer_build(layer, shape, 3, NULL));
    mark(layer);
    check_round_trip(layer);
    gan_layer_destroy(layer);
}
END_TEST

START_TEST(test_arguments)
{
    gan_layer *layer = network(ctx, small), *out = layer;

    ck_assert_int_eq(gan_layer_save(NULL, "x", NULL), GAN_E_ARG);
    ASSERT_FAILS(ctx, gan_layer_save(layer, NULL, NULL), GAN_E_ARG, "path");
    ASSERT_FAILS(ctx, gan_layer_save(layer, files_path("no/a"), NULL), GAN_E_IO, "No such file");
    ASSERT_FAILS(ctx, gan_layer_save(layer, files_path("a"), "dtype=float64"), GAN_E_ARG,
                 "float32|float16");
    ASSERT_FAILS(ctx, gan_layer_save(layer, files_path("a"), "type=float16"), GAN_E_ARG, "dtype");
    ck_assert_int_eq(files_count(), 0);
    ck_assert_int_eq(gan_layer_load(NULL, &out, "x", NULL), GAN_E_ARG);
    ck_assert_ptr_null(out);
    ASSERT_FAILS(ctx, gan_layer_load(ctx, NULL, "x", NULL), GAN_E_ARG, "out");
    ASSERT_FAILS(ctx, gan_layer_load(ctx, &out, NULL, NULL), GAN_E_ARG, "path");
    ASSERT_FAILS(ctx, gan_layer_load(ctx, &out, files_path("none"), NULL), GAN_E_IO, "No such");
    ASSERT_OK(ctx, gan_layer_save(layer, files_path("a"), NULL));
    ASSERT_FAILS(ctx, gan_layer_load(ctx, &out, files_path("a"), "max_byte=1"), GAN_E_ARG,
                 "max_bytes");
    ASSERT_FAILS(ctx, gan_layer_load(ctx, &out, files_path("a"), "max_bytes=100"), GAN_E_FORMAT,
                 "max_bytes=100");
    ck_assert_ptr_null(out);
    ASSERT_OK(ctx, gan_layer_load(ctx, &out, files_path("a"), "max_bytes=1MiB"));
    gan_layer_destroy(out);
    gan_layer_destroy(layer);
}
END_TEST

/* A file with a text and tensors [2] as told; names separated by spaces, "name:3" or "name:2x2" for another size. */
static void
craft(const char *text, const char *names)
{
    struct gan__state state;
    struct gan__call call;
    char copy[256];

    ck_assert_int_eq(gan__enter(&call, ctx, GAN__GROUP_LAYER), GAN_OK);
    gan__state_init(&state, ctx);
    if (text != NULL) {
        ck_assert_int_eq(gan__state_add_text(&state, "", "network", text), GAN_OK);
    }
    (void)snprintf(copy, sizeof copy, "%s", names);
    for (char *save_at = NULL, *name = strtok_r(copy, " ", &save_at); name != NULL;
         name = strtok_r(NULL, " ", &save_at)) {
        char *colon = strchr(name, ':');
        const char *second = colon == NULL ? NULL : strchr(colon, 'x');
        const int64_t shape[] = {colon == NULL ? 2 : atoi(colon + 1),
                                 second == NULL ? 1 : atoi(second + 1)};
        gan_tensor *tensor = NULL;
        if (colon != NULL) {
            *colon = '\0';
        }
        ck_assert_int_eq(gan_tensor_create(ctx, &tensor, shape, second == NULL ? 1 : 2, NULL),
                         GAN_OK);
        ck_assert_int_eq(gan__state_add_tensor(&state, "", name, tensor), GAN_OK);
        gan_tensor_destroy(tensor);
    }
    ck_assert_int_eq(gan__safetensors_save(&state, GAN__FLOAT32, files_path("crafted")), GAN_OK);
    gan__state_free(&state);
    ck_assert_int_eq(gan__leave(&call, GAN_OK), GAN_OK);
}

/* batch_norm on [2]: the tensors 1.weight 1.bias 1.running_mean 1.running_var, each [2]. */
#define NORM  "gan-network 1\ninput shape=2\nbatch_norm\n"
#define PARTS "1.weight 1.bias 1.running_mean"

/* dense on [2] with spectral_norm, without a bias. */
#define SPECTRAL                                                                                   \
    "gan-network 1\ninput shape=2 name=x\ndense units=2 bias=false spectral_norm=true\n"

static const struct {
    const char *text, *names;
    gan_status status;
    const char *sentence;
} crafted[] = {
    {NORM, PARTS " 1.running_var", GAN_OK, ""},
    {NORM, PARTS, GAN_E_FORMAT, "\"1.running_var\" is missing"},
    {NORM, PARTS " 1.running_var 2.weight", GAN_E_FORMAT, "\"2.weight\" is none of the network's"},
    {NORM, PARTS " 1.running_var:3", GAN_E_FORMAT,
     "\"1.running_var\" has shape [3], the network's text makes it [2]"},
    {SPECTRAL, "1.weight:2x2 1.weight_u 1.weight_v", GAN_OK, ""},
    {SPECTRAL, "1.weight:2x2 1.weight_v", GAN_E_FORMAT,
     "\"1.weight_u\" is missing; spectral_norm=true needs its vectors"},
    {SPECTRAL, "1.weight:2x2 1.weight_u", GAN_E_FORMAT,
     "\"1.weight_v\" is missing; spectral_norm=true needs its vectors"},
    {SPECTRAL, "1.weight:2x2 1.weight_u:3 1.weight_v", GAN_E_FORMAT,
     "\"1.weight_u\" has shape [3], the network's text makes it [2]"},
    {NULL, PARTS, GAN_E_FORMAT, "which network"},
    {NULL, "network", GAN_E_FORMAT, "which network"},
    {"", PARTS, GAN_E_FORMAT, "crafted\""},
    {"gan-network 2\ninput shape=2\n", PARTS, GAN_E_FORMAT, "crafted\""},
    {"gan-network 1\ninput shape=2\nbatchnorm\n", PARTS, GAN_E_ARG, "batch_norm"},
    {"gan-network 1\ninput shape=2\nmy_layer\n", PARTS, GAN_E_ARG, "my_layer"},
    {"gan-network 1\ninput shape=2\nconv2d filters=1 kernel=3\n", PARTS, GAN_E_SHAPE, "conv2d"},
    {"gan-network 1\nbatch_norm\n", PARTS, GAN_E_FORMAT, "what shape its input has"},
    /* 400 GB of parameters in a file of some hundred bytes. */
    {"gan-network 1\ninput shape=100000\ndense units=1000000\n", "1.weight 1.bias", GAN_E_FORMAT,
     "more parameters than the file has numbers"},
};

START_TEST(test_crafted)
{
    gan_layer *layer = NULL;

    craft(crafted[_i].text, crafted[_i].names);
    if (crafted[_i].status == GAN_OK) {
        ASSERT_OK(ctx, gan_layer_load(ctx, &layer, files_path("crafted"), NULL));
    } else {
        const gan_status st = gan_layer_load(ctx, &layer, files_path("crafted"), NULL);
        ASSERT_FAILS(ctx, st, crafted[_i].status, crafted[_i].sentence);
        ASSERT_FAILS(ctx, st, crafted[_i].status, "crafted\"");
        ck_assert_ptr_null(layer);
    }
    gan_layer_destroy(layer);
}
END_TEST

/* Half the size; each number as float16 has it; and from then on the same. */
START_TEST(test_half)
{
    gan_layer *layer = network(ctx, "gan-network 1\ninput shape=97\ndense units=101\n");
    gan_layer *again = NULL;
    gan_tensor *from = NULL, *to = NULL;
    float *wanted, *found;
    size_t size[3];

    ASSERT_OK(ctx, gan_layer_save(layer, files_path("whole"), "dtype=float32"));
    ASSERT_OK(ctx, gan_layer_save(layer, files_path("half"), "dtype=float16"));
    ASSERT_OK(ctx, gan_layer_load(ctx, &again, files_path("half"), NULL));
    ASSERT_OK(ctx, gan_layer_find_parameter(layer, &from, "1.weight"));
    ASSERT_OK(ctx, gan_layer_find_parameter(again, &to, "1.weight"));
    ASSERT_OK(ctx, gan_tensor_data(from, &wanted));
    ASSERT_OK(ctx, gan_tensor_data(to, &found));
    for (int i = 0; i < 97 * 101; i++) {
        ck_assert_float_eq(found[i], gan__half_to_float(gan__half_from_float(wanted[i])));
        ck_assert_float_eq_tol(found[i], wanted[i],
                               0x1p-11F * (wanted[i] < 0 ? -1 : 1) * wanted[i]);
    }
    ASSERT_OK(ctx, gan_layer_save(again, files_path("second"), "dtype=float16"));
    unsigned char *whole = files_read(files_path("whole"), &size[0]);
    unsigned char *half = files_read(files_path("half"), &size[1]);
    unsigned char *second = files_read(files_path("second"), &size[2]);
    ck_assert_uint_lt(size[1], size[0] - 2 * 98 * 101 + 64);
    ck_assert_uint_eq(size[1], size[2]);
    ck_assert_mem_eq(half, second, size[1]);
    free(whole);
    free(half);
    free(second);
    gan_tensor_destroy(from);
    gan_tensor_destroy(to);
    gan_layer_destroy(layer);
    gan_layer_destroy(again);
}
END_TEST

/* What float16 cannot hold is said, and the old file stays. */
START_TEST(test_half_range)
{
    static const struct {
        float value;
        const char *sentence; /* NULL: it fits */
    } cases[] = {{65504, NULL},     {-65504, NULL},    {65504.004F, "holds 65504.00"},
                 {-7e4F, "-70000"}, {INFINITY, "inf"}, {-INFINITY, "-inf"},
                 {3e38F, "e38"}};
    gan_layer *layer = network(ctx, small), *again = NULL;
    gan_tensor *tensor = NULL;
    float *data = NULL, found[4] = {0};
    size_t size[2];

    ASSERT_OK(ctx, gan_layer_save(layer, files_path("a"), NULL));
    unsigned char *old = files_read(files_path("a"), &size[0]);
    ASSERT_OK(ctx, gan_layer_find_parameter(layer, &tensor, "2.running_var"));
    ASSERT_OK(ctx, gan_tensor_data(tensor, &data));
    data[1] = cases[_i].value;
    if (cases[_i].sentence == NULL) {
        ASSERT_OK(ctx, gan_layer_save(layer, files_path("a"), "dtype=float16"));
        ASSERT_OK(ctx, gan_layer_load(ctx, &again, files_path("a"), NULL));
        gan_tensor_destroy(tensor);
        ASSERT_OK(ctx, gan_layer_find_parameter(again, &tensor, "2.running_var"));
        ASSERT_OK(ctx, gan_tensor_read(tensor, found, 2));
        ck_assert_float_eq(found[1], cases[_i].value);
    } else {
        const gan_status st = gan_layer_save(layer, files_path("a"), "dtype=float16");
        ASSERT_FAILS(ctx, st, GAN_E_ARG, "\"2.running_var\" holds");
        ASSERT_FAILS(ctx, st, GAN_E_ARG, cases[_i].sentence);
        ASSERT_FAILS(ctx, st, GAN_E_ARG, "element 1; float16's largest number is 65504");
        unsigned char *now = files_read(files_path("a"), &size[1]);
        ck_assert_uint_eq(size[0], size[1]);
        ck_assert_mem_eq(old, now, size[0]);
        free(now);
        ASSERT_OK(ctx, gan_layer_save(layer, files_path("a"), NULL));
    }
    free(old);
    gan_tensor_destroy(tensor);
    gan_layer_destroy(again);
    gan_layer_destroy(layer);
}
END_TEST

/* A file of another program's: the text, and no format number or checksum. */
START_TEST(test_foreign)
{
    static const char header[] =
        "{\"__metadata__\":{\"network\":\"gan-network 1\\ninput shape=2\\ndense units=1 "
        "bias=false\"},"
        "\"1.weight\":{\"dtype\":\"F32\",\"shape\":[2,1],\"data_offsets\":[0,8]}}";
    const float weights[2] = {0.25f, -3};
    const uint64_t length = sizeof header - 1;
    unsigned char file[8 + sizeof header - 1 + sizeof weights];
    gan_layer *layer = NULL;
    gan_tensor *tensor = NULL;
    float found[2] = {0};

    memcpy(file, &length, 8);
    memcpy(file + 8, header, sizeof header - 1);
    memcpy(file + 8 + sizeof header - 1, weights, sizeof weights);
    files_write(files_path("foreign"), file, sizeof file);
    ASSERT_OK(ctx, gan_layer_load(ctx, &layer, files_path("foreign"), NULL));
    ASSERT_OK(ctx, gan_layer_find_parameter(layer, &tensor, "1.weight"));
    ASSERT_OK(ctx, gan_tensor_read(tensor, found, 2));
    ck_assert_mem_eq(found, weights, sizeof weights);
    gan_tensor_destroy(tensor);
    gan_layer_destroy(layer);
}
END_TEST

/* A limit that does not suffice is no fault of the file's. */
START_TEST(test_memory_limit)
{
    gan_context *limited = NULL;
    gan_layer *layer = network(ctx, "gan-network 1\ninput shape=1000\ndense units=1000\n"),
              *out = NULL;
    uint64_t limit = 0;

    ASSERT_OK(ctx, gan_layer_save(layer, files_path("a"), NULL));
    ASSERT_OK(limited, gan_context_create(&limited, "threads=1 memory_limit=6MiB", NULL));
    ASSERT_FAILS(limited, gan_layer_load(limited, &out, files_path("a"), NULL), GAN_E_NOMEM, "");
    ASSERT_OK(limited, gan_context_get(limited, &limit, "memory_limit"));
    ck_assert_uint_eq(limit, 6 << 20);
    gan_context_destroy(limited);
    limited = NULL;
    ASSERT_OK(limited, gan_context_create(&limited, "threads=1 memory_limit=60MiB", NULL));
    ASSERT_OK(limited, gan_layer_load(limited, &out, files_path("a"), NULL));
    ASSERT_OK(limited, gan_context_get(limited, &limit, "memory_limit"));
    ck_assert_uint_eq(limit, 60 << 20);
    gan_layer_destroy(out);
    gan_context_destroy(limited);
    gan_layer_destroy(layer);
}
END_TEST

START_TEST(test_no_memory)
{
    struct test_allocator host;
    gan_context *failing = failing_context(&host);
    gan_layer *layer = network(failing, small), *again = NULL;

    EACH_ALLOCATION_FAILS(failing, &host, gan_layer_save(layer, files_path("a"), NULL),
                          files_count() == 0);
    EACH_ALLOCATION_FAILS(failing, &host, gan_layer_save(layer, files_path("b"), "dtype=float16"),
                          files_count() == 1);
    EACH_ALLOCATION_FAILS(failing, &host, gan_layer_load(failing, &again, files_path("a"), NULL),
                          again == NULL);
    gan_layer_destroy(again);
    gan_layer_destroy(layer);
    gan_context_destroy(failing);
    ck_assert_int_eq(host.blocks, 0);
}
END_TEST

Suite *
layer_file_suite(void)
{
    Suite *suite = suite_create("layer_file");
    TCase *tests = tcase_create("layer_file");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, test_round_trip, 0, 4);
    tcase_add_test(tests, test_round_trip_without_input);
    tcase_add_test(tests, test_arguments);
    tcase_add_loop_test(tests, test_crafted, 0, sizeof crafted / sizeof crafted[0]);
    tcase_add_test(tests, test_half);
    tcase_add_loop_test(tests, test_half_range, 0, 7);
    tcase_add_test(tests, test_foreign);
    tcase_add_test(tests, test_memory_limit);
    tcase_add_test(tests, test_no_memory);
    suite_add_tcase(suite, tests);
    return suite;
}
