/* Values into networks that are there: parts, choices, what is refused, and that a refusal changes nothing. */
#include "faults.h"
#include "suites.h"

#include <gan/ops.h>

#include "io/weights.h"
#include "oracle/failing_host.h"

static const char small[] = "gan-network 1\n"
                            "input shape=3\n"
                            "network name=body {\n"
                            "    dense units=4 spectral_norm=true\n"
                            "    batch_norm\n"
                            "}\n"
                            "relu\n"
                            "dense units=2\n"; /* "3" */

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

/* A file of tensors "name:2x3", or "name:2x3=I64" for zeros of another type; texts "name=...". No metadata of libgan's. */
static void
foreign(const char *path, const char *const *items, int count)
{
    char header[4096], metadata[2048] = "", tensors[2048] = "";
    int64_t offset = 0;

    for (int i = 0; i < count; i++) {
        const char *colon = strchr(items[i], ':'), *equals = strchr(items[i], '=');
        if (colon == NULL || (equals != NULL && equals < colon)) {
            (void)sprintf(metadata + strlen(metadata), "%s\"%.*s\":\"%s\"",
                          metadata[0] == '\0' ? "" : ",", (int)(equals - items[i]), items[i],
                          equals + 1);
            continue;
        }
        int64_t numbers = 1;
        char shape[64] = "";
        for (const char *at = colon; *at != '\0' && *at != '='; at += strcspn(at + 1, "x=") + 1) {
            numbers *= atoi(at + 1);
            (void)sprintf(shape + strlen(shape), "%s%d", at == colon ? "" : ",", atoi(at + 1));
        }
        const char *type = equals == NULL ? "F32" : equals + 1;
        const int64_t size = strcmp(type, "I64") == 0 || strcmp(type, "F64") == 0 ? 8 : 4;
        (void)sprintf(tensors + strlen(tensors),
                      ",\"%.*s\":{\"dtype\":\"%s\",\"shape\":[%s],\"data_offsets\":[%d,%d]}",
                      (int)(colon - items[i]), items[i], type, shape, (int)offset,
                      (int)(offset + numbers * size));
        offset += numbers * size;
    }
    const uint64_t length =
        (uint64_t)snprintf(header, sizeof header, "{\"__metadata__\":{%s}%s}", metadata, tensors);
    unsigned char *data = calloc(1, 8 + length + (size_t)offset);
    ck_assert_ptr_nonnull(data);
    memcpy(data, &length, 8);
    memcpy(data + 8, header, length);
    for (uint64_t i = 0; i < (uint64_t)offset; i++) {
        data[8 + length + i] = (unsigned char)(i % 4 == 3 ? 0x3f : 0); /* 0.5 as F32 */
    }
    files_write(path, data, 8 + length + (size_t)offset);
    free(data);
}

#define FOREIGN(path, ...)                                                                         \
    foreign(path, (const char *const[]){__VA_ARGS__},                                              \
            (int)(sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)))

/* Loading fails as told, and no number of the network has moved. */
static void
refuse(gan_layer *layer, const char *path, const char *options, gan_status status,
       const char *sentence)
{
    int64_t count[2], loaded = 7;
    float *before = weights_read(ctx, layer, &count[0]);

    ASSERT_FAILS(ctx, gan_layer_load_values(layer, &loaded, path, options), status, sentence);
    float *after = weights_read(ctx, layer, &count[1]);
    ck_assert_mem_eq(before, after, (size_t)count[0] * sizeof(float));
    ck_assert_int_eq(loaded, 0);
    free(before);
    free(after);
}

START_TEST(test_arguments)
{
    gan_layer *layer = weights_parse(ctx, small), *open = NULL;

    ck_assert_int_eq(gan_layer_load_values(NULL, NULL, "x", NULL), GAN_E_ARG);
    ASSERT_FAILS(ctx, gan_layer_load_values(layer, NULL, NULL, NULL), GAN_E_ARG, "path");
    ASSERT_OK(ctx, gan_layer_create(ctx, &open, "dense", "units=2"));
    ASSERT_FAILS(ctx, gan_layer_load_values(open, NULL, "x", NULL), GAN_E_STATE, "not built");
    refuse(layer, files_path("none"), NULL, GAN_E_IO, "No such file");
    refuse(layer, files_path("none"), "strict=maybe", GAN_E_ARG, "strict");
    refuse(layer, files_path("none"), "only=7", GAN_E_ARG, "only=7: there is no layer \"7\"");
    refuse(layer, files_path("none"), "only=body,2,body.x", GAN_E_ARG, "\"body.x\"");
    refuse(layer, files_path("none"), "only=", GAN_E_ARG, "no layer \"\"");
    ASSERT_OK(ctx, gan_layer_save(layer, files_path("a"), NULL));
    refuse(layer, files_path("a"), "max_bytes=100", GAN_E_FORMAT, "max_bytes=100");
    gan_layer_destroy(open);
    gan_layer_destroy(layer);
}
END_TEST

START_TEST(test_whole)
{
    gan_layer *from = weights_parse(ctx, small), *to = weights_parse(ctx, small);
    int64_t loaded = 0;

    weights_mark(ctx, from, 10);
    ASSERT_OK(ctx, gan_layer_save(from, files_path("a"), NULL));
    ASSERT_OK(ctx, gan_layer_load_values(to, &loaded, files_path("a"), NULL));
    ck_assert_int_eq(loaded, 4 + 4 + 2);
    weights_same(ctx, from, to);
    gan_layer_destroy(from);
    gan_layer_destroy(to);
}
END_TEST

/* Paths choose; a path is no beginning of another one's name. */
START_TEST(test_only)
{
    static const struct {
        const char *options;
        int64_t loaded;
        bool body, three;
    } cases[] = {
        {"only=body", 8, true, false},     {"only=3", 2, false, true},
        {"only=3,body", 10, true, true},   {"only=body.0", 4, true, false},
        {"only=2", 0, false, false},       {"only=3 strict=false", 2, false, true},
        {"only=body.1,3", 6, false, true},
    };
    gan_layer *from = weights_parse(ctx, small), *to = weights_parse(ctx, small);
    gan_tensor *tensor = NULL;
    float value = 0, first[12], last[8];
    int64_t loaded = -1;

    weights_mark(ctx, from, 10);
    ASSERT_OK(ctx, gan_layer_save(from, files_path("a"), NULL));
    ASSERT_OK(ctx, gan_layer_load_values(to, &loaded, files_path("a"), cases[_i].options));
    ck_assert_int_eq(loaded, cases[_i].loaded);
    ASSERT_OK(ctx, gan_layer_find_parameter(to, &tensor, "body.0.weight"));
    ASSERT_OK(ctx, gan_tensor_read(tensor, first, 12));
    value = first[0];
    gan_tensor_destroy(tensor);
    ck_assert_int_eq(value == 10, cases[_i].body);
    ASSERT_OK(ctx, gan_layer_find_parameter(to, &tensor, "3.weight"));
    ASSERT_OK(ctx, gan_tensor_read(tensor, last, 8));
    gan_tensor_destroy(tensor);
    ck_assert_int_eq(last[0] >= 10, cases[_i].three);
    gan_layer_destroy(from);
    gan_layer_destroy(to);
}
END_TEST

/* A path is no beginning of another one's name. */
START_TEST(test_only_whole_names)
{
    gan_layer *layer = weights_parse(ctx, "gan-network 1\ninput shape=2\ndense name=a units=2\n"
                                          "dense name=ab units=2\n");
    int64_t loaded = 0;

    ASSERT_OK(ctx, gan_layer_save(layer, files_path("a"), NULL));
    ASSERT_OK(ctx, gan_layer_load_values(layer, &loaded, files_path("a"), "only=a"));
    ck_assert_int_eq(loaded, 2);
    gan_layer_destroy(layer);
}
END_TEST

/* What was recorded before the values came is of other weights. */
START_TEST(test_recorded)
{
    gan_layer *layer = weights_parse(ctx, "gan-network 1\ninput shape=2\ndense units=2\n"
                                          "tanh\ndense units=1\n");
    const int64_t shape[] = {3, 2};
    gan_tensor *x = NULL, *y = NULL, *sum = NULL;

    ASSERT_OK(ctx, gan_layer_save(layer, files_path("a"), NULL));
    ASSERT_OK(ctx, gan_tensor_create_random(ctx, &x, shape, 2, "normal", 1));
    ASSERT_OK(ctx, gan_layer_forward(layer, &y, x, 1));
    ASSERT_OK(ctx, gan_sum(ctx, &sum, y, NULL, 0, 0));
    ASSERT_OK(ctx, gan_layer_load_values(layer, NULL, files_path("a"), NULL));
    ASSERT_FAILS(ctx, gan_backward(ctx, sum, 0), GAN_E_STATE, "changed");
    gan_tensor_destroy(x);
    gan_tensor_destroy(y);
    gan_tensor_destroy(sum);
    gan_layer_destroy(layer);
}
END_TEST

START_TEST(test_strict)
{
    gan_layer *layer =
        weights_parse(ctx, "gan-network 1\ninput shape=2\ndense name=fc units=2\nbatch_norm "
                           "name=bn\n");
    gan_tensor *tensor = NULL;
    float values[4];
    int64_t loaded = 0;

    /* PyTorch's count is passed over, whatever its type; others are not. */
    FOREIGN(files_path("a"), "fc.weight:2x2", "fc.bias:2", "bn.weight:2", "bn.bias:2",
            "bn.running_mean:2", "bn.running_var:2", "bn.num_batches_tracked:1=I64");
    ASSERT_OK(ctx, gan_layer_load_values(layer, &loaded, files_path("a"), NULL));
    ck_assert_int_eq(loaded, 6);
    ASSERT_OK(ctx, gan_layer_find_parameter(layer, &tensor, "fc.weight"));
    ASSERT_OK(ctx, gan_tensor_read(tensor, values, 4));
    ck_assert_float_eq(values[3], 0.5F);
    gan_tensor_destroy(tensor);
    weights_mark(ctx, layer, 1);

    FOREIGN(files_path("b"), "fc.weight:2x2", "fc.bias:2", "bn.weight:2", "bn.bias:2",
            "bn.running_mean:2", "bn.running_var:2", "bn.mask:1=I64");
    refuse(layer, files_path("b"), NULL, GAN_E_FORMAT, "\"bn.mask\" is none of the network's");
    ASSERT_OK(ctx, gan_layer_load_values(layer, &loaded, files_path("b"), "strict=false"));
    ck_assert_int_eq(loaded, 6);
    weights_mark(ctx, layer, 1);

    FOREIGN(files_path("c"), "fc.weight:2x2", "other:3", "bn.weight:2=F64");
    refuse(layer, files_path("c"), NULL, GAN_E_FORMAT, "tensor \"fc.bias\" is missing");
    ASSERT_OK(ctx, gan_layer_load_values(layer, &loaded, files_path("c"), "strict=false"));
    ck_assert_int_eq(loaded, 2);
    weights_mark(ctx, layer, 1);
    refuse(layer, files_path("c"), "only=fc", GAN_E_FORMAT, "tensor \"fc.bias\" is missing");

    FOREIGN(files_path("d"), "fc.weight:2x2", "fc.bias:3");
    refuse(layer, files_path("d"), "strict=false", GAN_E_FORMAT,
           "tensor \"fc.bias\" has shape [3], the network's is [2]");
    FOREIGN(files_path("e"), "fc.weight:2x2", "fc.bias:2=I64");
    refuse(layer, files_path("e"), "strict=false", GAN_E_FORMAT,
           "tensor \"fc.bias\": numbers of type \"I64\"; only F32, F16, BF16 and F64 are read");
    /* A text of a tensor's name is no tensor. */
    FOREIGN(files_path("f"), "fc.bias=x", "fc.weight:2x2");
    refuse(layer, files_path("f"), "only=fc", GAN_E_FORMAT, "tensor \"fc.bias\" is missing");
    gan_layer_destroy(layer);
}
END_TEST

#define PART "gan-network 1\\ninput shape=2\\ndense units=1 bias=false\\n"

START_TEST(test_parts)
{
    gan_layer *layer =
        weights_parse(ctx, "gan-network 1\ninput shape=2\ndense units=1 bias=false\n");
    gan_layer *out = NULL;
    int64_t loaded = 0;

    FOREIGN(files_path("a"), "kind=checkpoint", "generator.network=" PART, "generator.1.weight:2x1",
            "average.network=" PART, "average.1.weight:2x1", "optimizer.1.weight.exp_avg:2x1=I64",
            "step=7");
    ASSERT_OK(ctx, gan_layer_load(ctx, &out, files_path("a"), "part=average"));
    gan_layer_destroy(out);
    ASSERT_FAILS(ctx, gan_layer_load(ctx, &out, files_path("a"), NULL), GAN_E_FORMAT,
                 "a checkpoint, of which part= takes a network; its parts are generator, average");
    ck_assert_ptr_null(out);
    ASSERT_FAILS(ctx, gan_layer_load(ctx, &out, files_path("a"), "part=discriminator"),
                 GAN_E_FORMAT,
                 "no network \"discriminator\" in it; its parts are generator, average");
    ASSERT_OK(ctx, gan_layer_load_values(layer, &loaded, files_path("a"), "part=generator"));
    ck_assert_int_eq(loaded, 1);
    weights_mark(ctx, layer, 1);
    refuse(layer, files_path("a"), "strict=false", GAN_E_FORMAT, "its parts are generator");
    refuse(layer, files_path("a"), "part=gener", GAN_E_FORMAT,
           "no tensor's name begins with \"gener.\"; its parts are generator, average");

    /* Of another program: any beginning up to a dot. */
    FOREIGN(files_path("b"), "model.net.1.weight:2x1", "model.netx:3", "else:1");
    ASSERT_OK(ctx, gan_layer_load_values(layer, &loaded, files_path("b"), "part=model.net"));
    ck_assert_int_eq(loaded, 1);
    ASSERT_FAILS(ctx, gan_layer_load(ctx, &out, files_path("b"), "part=model"), GAN_E_FORMAT,
                 "there is no network \"model\" in it");
    gan_layer_destroy(layer);
}
END_TEST

/* What a file of libgan's says of itself. */
START_TEST(test_kind)
{
    gan_layer *layer = weights_parse(ctx, small);
    struct gan__state state;

    ASSERT_OK(ctx, gan_layer_save(layer, files_path("a"), NULL));
    weights_state(ctx, &state, files_path("a"));
    const struct gan__state_entry *kind = gan__state_find(&state, "", "kind");
    const struct gan__state_entry *version = gan__state_find(&state, "", "libgan_version");
    ck_assert_ptr_nonnull(kind);
    ck_assert_str_eq(kind->text, "network");
    ck_assert_ptr_nonnull(version);
    ck_assert(version->text[0] >= '0' && version->text[0] <= '9');
    ck_assert_ptr_null(gan__state_find(&state, "", "layout"));
    weights_free(ctx, &state);
    gan_layer_destroy(layer);
}
END_TEST

/* Five thousand layers: searches from the front would take a minute. */
START_TEST(test_many_layers)
{
    enum { LAYERS = 5000 };
    char *text = malloc(LAYERS * 32 + 64);
    gan_layer *again = NULL;
    size_t length;
    int64_t loaded = 0;

    ck_assert_ptr_nonnull(text);
    length = (size_t)sprintf(text, "gan-network 1\ninput shape=2\n");
    for (int i = 0; i < LAYERS; i++) {
        length += (size_t)sprintf(text + length, i % 2 == 0 ? "dense units=2\n" : "batch_norm\n");
    }
    gan_layer *layer = weights_parse(ctx, text);
    ASSERT_OK(ctx, gan_layer_save(layer, files_path("a"), NULL));
    ASSERT_OK(ctx, gan_layer_load(ctx, &again, files_path("a"), NULL));
    weights_mark(ctx, layer, 1);
    ASSERT_OK(ctx, gan_layer_save(layer, files_path("a"), "layout=pytorch sequential=main"));
    ASSERT_OK(ctx, gan_layer_load_values(again, &loaded, files_path("a"),
                                         "layout=pytorch sequential=main"));
    ck_assert_int_eq(loaded, LAYERS * 3);
    weights_same(ctx, layer, again);
    gan_layer_destroy(again);
    gan_layer_destroy(layer);
    free(text);
}
END_TEST

START_TEST(test_no_memory)
{
    struct test_allocator host;
    gan_context *failing = failing_context(&host);
    gan_layer *layer = weights_parse(failing, "gan-network 1\ninput shape=2x2x2\nflatten\n"
                                              "dense units=8 spectral_norm=true\n"
                                              "reshape shape=2x2x2\nconv2d filters=2 kernel=2\n");
    gan_layer *again = NULL;
    int64_t loaded = 0;
    size_t needed = 0;

    EACH_ALLOCATION_FAILS(failing, &host,
                          gan_layer_save(layer, files_path("a"), "layout=pytorch sequential=m"),
                          files_count() == 0);
    EACH_ALLOCATION_FAILS(failing, &host, gan_layer_load(failing, &again, files_path("a"), NULL),
                          again == NULL);
    EACH_ALLOCATION_FAILS(failing, &host,
                          gan_layer_load_values(layer, &loaded, files_path("a"),
                                                "layout=pytorch sequential=m only=2,4"),
                          loaded == 0);
    ck_assert_int_eq(loaded, 6);
    EACH_ALLOCATION_FAILS(
        failing, &host, gan_file_describe(failing, files_path("a"), NULL, 0, &needed), needed == 0);
    gan_layer_destroy(again);
    gan_layer_destroy(layer);
    gan_context_destroy(failing);
    ck_assert_int_eq(host.blocks, 0);
}
END_TEST

Suite *
values_suite(void)
{
    Suite *suite = suite_create("values");
    TCase *tests = tcase_create("values");

    tcase_set_timeout(tests, 20);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, test_arguments);
    tcase_add_test(tests, test_whole);
    tcase_add_loop_test(tests, test_only, 0, 7);
    tcase_add_test(tests, test_only_whole_names);
    tcase_add_test(tests, test_recorded);
    tcase_add_test(tests, test_strict);
    tcase_add_test(tests, test_parts);
    tcase_add_test(tests, test_kind);
    tcase_add_test(tests, test_many_layers);
    tcase_add_test(tests, test_no_memory);
    suite_add_tcase(suite, tests);
    return suite;
}
