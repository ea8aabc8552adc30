/* safetensors: the bytes that are written, what is read back, and every lie a header can tell. */
#include "faults.h"
#include "suites.h"

#include <errno.h>
#include <math.h>
#include <zlib.h>

#include "base/memory.h"
#include "io/files.h"
#include "io/safetensors.h"
#include "oracle/failing_host.h"

static gan_context *ctx;

static void
setup(void)
{
    files_begin();
    faults_clear();
    ASSERT_OK(ctx, gan_context_create(&ctx, "threads=1", NULL));
}

static void
teardown(void)
{
    faults_clear();
    gan_context_destroy(ctx);
    files_end();
}

/* A state with two texts and four tensors, given in no order: ranks 0 to 3, an empty one, values that only bits tell apart. */
static void
fill(struct gan__state *state, gan_context *context)
{
    static const float values[] = {1.5F, -0.0F, INFINITY, NAN, 1e-42F, 3.0F};
    static const struct {
        const char *name;
        int32_t rank;
        int64_t shape[3];
    } tensors[] = {{"b.weight", 3, {1, 2, 3}}, {"z", 0, {0}}, {"empty", 2, {0, 5}}, {"a", 1, {4}}};

    gan__state_init(state, context);
    ck_assert_int_eq(gan__state_add_text(state, "", "network", "line \"1\"\n\ttwo \xc3\xa9\n"),
                     GAN_OK);
    for (size_t i = 0; i < sizeof tensors / sizeof tensors[0]; i++) {
        gan_tensor *tensor = NULL;
        const int64_t none = tensors[i].rank == 2;
        ck_assert_int_eq(gan_tensor_create(context, &tensor, tensors[i].shape, tensors[i].rank,
                                           none ? NULL : values),
                         GAN_OK);
        ck_assert_int_eq(gan__state_add_tensor(state, "", tensors[i].name, tensor), GAN_OK);
        gan_tensor_destroy(tensor);
    }
    ck_assert_int_eq(gan__state_add_text(state, "", "about", ""), GAN_OK);
}

/* The library's calls are made inside a call. */
static gan_status
save(const struct gan__state *state, const char *path)
{
    struct gan__call call;

    ck_assert_int_eq(gan__enter(&call, state->ctx, GAN__GROUP_LAYER), GAN_OK);
    return gan__leave(&call, gan__safetensors_save(state, GAN__FLOAT32, path));
}

static gan_status
load(struct gan__state *state, const char *path, uint64_t max_bytes)
{
    struct gan__call call;

    ck_assert_int_eq(gan__enter(&call, state->ctx, GAN__GROUP_LAYER), GAN_OK);
    return gan__leave(&call, gan__safetensors_load(state, path, max_bytes));
}

/* Parse bytes; the state is freed, unless `state` is given. */
static gan_status
parse(const void *data, size_t size, struct gan__state *state)
{
    struct gan__state own;
    struct gan__call call;
    struct gan__state *into = state == NULL ? &own : state;

    gan__state_init(into, ctx);
    ck_assert_int_eq(gan__enter(&call, ctx, GAN__GROUP_LAYER), GAN_OK);
    const gan_status st = gan__safetensors_parse(into, "bytes", data, size);
    if (st != GAN_OK) {
        ck_assert_int_eq(into->count, 0);
    }
    if (state == NULL) {
        gan__state_free(&own);
    }
    return gan__leave(&call, st);
}

static void
free_state(struct gan__state *state)
{
    struct gan__call call;

    ck_assert_int_eq(gan__enter(&call, state->ctx, GAN__GROUP_LAYER), GAN_OK);
    gan__state_free(state);
    ck_assert_int_eq(gan__leave(&call, GAN_OK), GAN_OK);
}

static unsigned char *
saved(size_t *size)
{
    struct gan__state state;

    fill(&state, ctx);
    ASSERT_OK(ctx, save(&state, files_path("saved")));
    free_state(&state);
    return files_read(files_path("saved"), size);
}

/* Written out by hand from the format's description. */
START_TEST(test_bytes)
{
    static const char header[] =
        "{\"__metadata__\":{\"libgan_crc32\":\"00000000\",\"libgan_format\":\"1\","
        "\"about\":\"\",\"network\":\"line \\\"1\\\"\\n\\ttwo \xc3\xa9\\n\"},"
        "\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]},"
        "\"b.weight\":{\"dtype\":\"F32\",\"shape\":[1,2,3],\"data_offsets\":[16,40]},"
        "\"empty\":{\"dtype\":\"F32\",\"shape\":[0,5],\"data_offsets\":[40,40]},"
        "\"z\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[40,44]}}";
    size_t size = 0;
    unsigned char *data = saved(&size);
    const size_t length = (sizeof header - 1 + 7) / 8 * 8;
    const float first[] = {1.5F, -0.0F, INFINITY};
    char digits[9];

    ck_assert_uint_eq(data[0] + 256U * data[1], length);
    for (int i = 2; i < 8; i++) {
        ck_assert_uint_eq(data[i], 0);
    }
    ck_assert_uint_eq(size, 8 + length + 44);
    ck_assert_mem_eq(data + 8 + length, first, sizeof first);
    ck_assert_mem_eq(data + 8 + length + 16, first, sizeof first);
    ck_assert_mem_eq(data + 8 + length + 40, first, 4);

    /* The checksum is that of the file with zeros in its place. */
    unsigned char *place = data + 8 + strlen("{\"__metadata__\":{\"libgan_crc32\":\"");
    memcpy(digits, place, 8);
    digits[8] = '\0';
    memset(place, '0', 8);
    ck_assert_mem_eq(data + 8, header, sizeof header - 1);
    for (size_t i = sizeof header - 1; i < length; i++) {
        ck_assert_int_eq(data[8 + i], ' ');
    }
    ck_assert_uint_eq(strtoul(digits, NULL, 16), crc32(0, data, (uInt)size));
    free(data);
}
END_TEST

START_TEST(test_round_trip)
{
    struct gan__state state, again;
    size_t size = 0, size_again = 0;

    fill(&state, ctx);
    ASSERT_OK(ctx, save(&state, files_path("first")));
    gan__state_init(&again, ctx);
    ASSERT_OK(ctx, load(&again, files_path("first"), UINT64_MAX));
    ck_assert_int_eq(again.count, state.count);
    for (int64_t i = 0; i < state.count; i++) {
        const struct gan__state_entry *wanted = &state.entries[i];
        const struct gan__state_entry *found = gan__state_find(&again, "", wanted->name);
        ck_assert_ptr_nonnull(found);
        if (wanted->tensor == NULL) {
            ck_assert_str_eq(found->text, wanted->text);
            continue;
        }
        ck_assert(gan__shape_equal(&found->tensor->shape, &wanted->tensor->shape));
        ck_assert_mem_eq(gan__data(found->tensor), gan__data(wanted->tensor),
                         (size_t)wanted->tensor->count * sizeof(float));
    }
    ASSERT_OK(ctx, save(&again, files_path("second")));
    unsigned char *first = files_read(files_path("first"), &size);
    unsigned char *second = files_read(files_path("second"), &size_again);
    ck_assert_uint_eq(size, size_again);
    ck_assert_mem_eq(first, second, size);
    free(first);
    free(second);
    free_state(&state);
    free_state(&again);
}
END_TEST

START_TEST(test_empty_state)
{
    struct gan__state state, again;

    gan__state_init(&state, ctx);
    gan__state_init(&again, ctx);
    ASSERT_OK(ctx, save(&state, files_path("a")));
    ASSERT_OK(ctx, load(&again, files_path("a"), UINT64_MAX));
    ck_assert_int_eq(again.count, 0);
}
END_TEST

START_TEST(test_kept_names)
{
    static const char *const names[] = {"__metadata__", "libgan_crc32", "libgan_format"};
    struct gan__state state;

    gan__state_init(&state, ctx);
    ck_assert_int_eq(gan__state_add_text(&state, "", names[_i], "x"), GAN_OK);
    ASSERT_FAILS(ctx, save(&state, files_path("a")), GAN_E_ARG, names[_i]);
    ck_assert_int_eq(files_count(), 0);
    free_state(&state);
}
END_TEST

START_TEST(test_cut_at_every_byte)
{
    size_t size = 0;
    unsigned char *data = saved(&size);

    for (size_t length = 0; length < size; length++) {
        /* A copy of its own, so that the sanitizer sees a read past the end. */
        unsigned char *part = malloc(length + (length == 0));
        ck_assert_ptr_nonnull(part);
        memcpy(part, data, length);
        ck_assert_msg(parse(part, length, NULL) == GAN_E_FORMAT, "cut to %zu bytes: %s", length,
                      gan_context_error(ctx));
        ck_assert_ptr_nonnull(strstr(gan_context_error(ctx), "\"bytes\": "));
        free(part);
    }
    ASSERT_OK(ctx, parse(data, size, NULL));
    free(data);
}
END_TEST

/* No single bit may change unnoticed: what JSON and offsets let pass, the checksum finds. */
START_TEST(test_every_bit)
{
    size_t size = 0;
    unsigned char *data = saved(&size);

    for (size_t bit = 0; bit < size * 8; bit++) {
        data[bit / 8] ^= (unsigned char)(1U << bit % 8);
        const gan_status st = parse(data, size, NULL);
        ck_assert_msg(st == GAN_E_FORMAT || st == GAN_E_UNSUPPORTED, "bit %zu of byte %zu: %s",
                      bit % 8, bit / 8, gan_status_name(st));
        data[bit / 8] ^= (unsigned char)(1U << bit % 8);
    }
    free(data);
}
END_TEST

/* Headers of other programs: no checksum, any white space and order. The data is 16 bytes. */
static const struct {
    const char *header;
    gan_status status;
    const char *sentence;
} headers[] = {
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]}}", GAN_OK, ""},
    {" {\"b\" : {\"shape\":[2,1], \"data_offsets\":[8,16], \"dtype\":\"F32\"}, "
     "\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}\n  ",
     GAN_OK, ""},
    {"{\"__metadata__\":{\"format\":\"pt\"},"
     "\"a\":{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[0,16]}}",
     GAN_OK, ""},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[0,1099511627776],\"data_offsets\":[0,0]},"
     "\"b\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]}}",
     GAN_OK, ""},
    {"", GAN_E_FORMAT, "not JSON"},
    {"[]", GAN_E_FORMAT, "not a JSON object"},
    {"{\"a\":", GAN_E_FORMAT, "not JSON, at byte 13"},
    {"{}{}", GAN_E_FORMAT, "not JSON"},
    {"{\"a\":1}", GAN_E_FORMAT, "no \"dtype\""},
    {"{\"a\":{\"shape\":[4],\"data_offsets\":[0,16]}}", GAN_E_FORMAT, "no \"dtype\""},
    {"{\"a\":{\"dtype\":7,\"shape\":[4],\"data_offsets\":[0,16]}}", GAN_E_FORMAT, "no \"dtype\""},
    {"{\"a\":{\"dtype\":\"F16\",\"shape\":[8],\"data_offsets\":[0,16]}}", GAN_OK, ""},
    {"{\"a\":{\"dtype\":\"F16\",\"shape\":[5],\"data_offsets\":[0,10]},"
     "\"b\":{\"dtype\":\"F16\",\"shape\":[3],\"data_offsets\":[10,16]}}",
     GAN_OK, ""},
    {"{\"a\":{\"dtype\":\"F16\",\"shape\":[4],\"data_offsets\":[0,16]}}", GAN_E_FORMAT,
     "16 bytes of data, its shape [4] needs 8"},
    {"{\"a\":{\"dtype\":\"F16\",\"shape\":[9],\"data_offsets\":[0,18]}}", GAN_E_FORMAT,
     "not within the 16 bytes"},
    {"{\"a\":{\"dtype\":\"F16\",\"shape\":[5],\"data_offsets\":[0,10]}}", GAN_E_FORMAT, "6 more"},
    {"{\"a\":{\"dtype\":\"BF16\",\"shape\":[8],\"data_offsets\":[0,16]}}", GAN_OK, ""},
    {"{\"a\":{\"dtype\":\"F64\",\"shape\":[2],\"data_offsets\":[0,16]}}", GAN_OK, ""},
    {"{\"a\":{\"dtype\":\"I64\",\"shape\":[2],\"data_offsets\":[0,16]}}", GAN_OK, ""},
    {"{\"a\":{\"dtype\":\"ANY\",\"shape\":[5],\"data_offsets\":[0,16]}}", GAN_OK, ""},
    {"{\"a\":{\"dtype\":\"BF16\",\"shape\":[4],\"data_offsets\":[0,16]}}", GAN_E_FORMAT,
     "16 bytes of data, its shape [4] needs 8"},
    {"{\"a\":{\"dtype\":\"F64\",\"shape\":[4],\"data_offsets\":[0,16]}}", GAN_E_FORMAT,
     "16 bytes of data, its shape [4] needs 32"},
    {"{\"a\":{\"dtype\":\"BOOL\",\"shape\":[4],\"data_offsets\":[0,16]}}", GAN_E_FORMAT,
     "16 bytes of data, its shape [4] needs 4"},
    {"{\"a\":{\"dtype\":\"ANY\",\"shape\":[5],\"data_offsets\":[0,17]}}", GAN_E_FORMAT,
     "not within the 16 bytes"},
    {"{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,16]}}", GAN_E_FORMAT, "\"shape\""},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1,1,1,1,1,1,1,1,4],\"data_offsets\":[0,16]}}",
     GAN_E_FORMAT, "more than 8"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[-4],\"data_offsets\":[0,16]}}", GAN_E_FORMAT, "2^40"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[4.0],\"data_offsets\":[0,16]}}", GAN_E_FORMAT, "2^40"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1099511627777],\"data_offsets\":[0,16]}}", GAN_E_FORMAT,
     "2^40"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1048576,1048577],\"data_offsets\":[0,16]}}",
     GAN_E_FORMAT, "too large"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[99999999999999999999],\"data_offsets\":[0,16]}}",
     GAN_E_FORMAT, "not JSON"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[4]}}", GAN_E_FORMAT, "data_offsets"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0]}}", GAN_E_FORMAT,
     "data_offsets"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16,16]}}", GAN_E_FORMAT,
     "data_offsets"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,\"16\"]}}", GAN_E_FORMAT,
     "data_offsets"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[-16,0]}}", GAN_E_FORMAT,
     "not within the 16"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[16,0]}}", GAN_E_FORMAT,
     "not within the 16"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[5],\"data_offsets\":[0,20]}}", GAN_E_FORMAT,
     "not within the 16"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],"
     "\"data_offsets\":[-9223372036854775808,9223372036854775807]}}",
     GAN_E_FORMAT, "not within the 16"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,16]}}", GAN_E_FORMAT,
     "16 bytes of data, its shape [3] needs 12"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[4,16]}}", GAN_E_FORMAT,
     "leaves a hole from byte 0"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,12]}}", GAN_E_FORMAT,
     "the file has 4 more"},
    {"{}", GAN_E_FORMAT, "the file has 16 more"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,12]},"
     "\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,16]}}",
     GAN_E_FORMAT, "overlaps"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]},"
     "\"b\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]}}",
     GAN_E_FORMAT, "overlaps"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
     "\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,16]}}",
     GAN_E_FORMAT, "duplicate"},
    {"{\"__metadata__\":[],\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]}}",
     GAN_E_FORMAT, "__metadata__"},
    {"{\"__metadata__\":{\"x\":1},\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]}}",
     GAN_E_FORMAT, "\"x\" in __metadata__ is not a text"},
    {"{\"__metadata__\":{\"a\":\"\"},"
     "\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]}}",
     GAN_E_FORMAT, "there twice"},
    {"{\"libgan_crc32\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]}}", GAN_E_FORMAT,
     "a name that the format keeps"},
    {"{\"__metadata__\":{\"libgan_format\":\"2\",\"libgan_crc32\":\"later\"},\"new\":0}",
     GAN_E_UNSUPPORTED, "format 2; this version reads format 1"},
    {"{\"__metadata__\":{\"libgan_format\":\"1\"},"
     "\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]}}",
     GAN_E_FORMAT, "libgan_crc32"},
    {"{\"__metadata__\":{\"libgan_crc32\":\"00000000\"},"
     "\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]}}",
     GAN_E_FORMAT, "libgan_format"},
    {"{\"__metadata__\":{\"libgan_crc32\":\"0000000G\",\"libgan_format\":\"1\"},"
     "\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]}}",
     GAN_E_FORMAT, "8 hexadecimal digits"},
    {"{\"__metadata__\":{\"libgan_crc32\":\"1234567\\u0038\",\"libgan_format\":\"1\"},"
     "\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]}}",
     GAN_E_FORMAT, "written oddly"},
    {"{\"__metadata__\":{\"libgan_crc32\":\"12345678\",\"libgan_format\":\"1\"},"
     "\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]}}",
     GAN_E_FORMAT,
     "its metadata says 12345678; a file changed on purpose has no libgan_format and no "
     "libgan_crc32"},
};

/* 8 bytes of length, the header, 16 bytes of data; from malloc, of exactly that size. */
static unsigned char *
assemble(const char *header, size_t *size)
{
    const uint64_t length = strlen(header);
    unsigned char *data = malloc(8 + length + 16);

    ck_assert_ptr_nonnull(data);
    memcpy(data, &length, 8);
    memcpy(data + 8, header, length);
    memset(data + 8 + length, 0, 16);
    *size = 8 + length + 16;
    return data;
}

START_TEST(test_header)
{
    size_t size = 0;
    unsigned char *data = assemble(headers[_i].header, &size);

    if (headers[_i].status == GAN_OK) {
        ASSERT_OK(ctx, parse(data, size, NULL));
    } else {
        ASSERT_FAILS(ctx, parse(data, size, NULL), headers[_i].status, headers[_i].sentence);
        ASSERT_FAILS(ctx, parse(data, size, NULL), headers[_i].status, "");
    }
    free(data);
}
END_TEST

START_TEST(test_lengths)
{
    unsigned char data[64] = {0};
    const uint64_t lengths[] = {57, UINT64_MAX, UINT64_C(1) << 63, UINT64_MAX - 7};

    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        memcpy(data, &lengths[i], 8);
        ASSERT_FAILS(ctx, parse(data, sizeof data, NULL), GAN_E_FORMAT, "the file has 64");
    }
    /* The longest header, in a file that is long enough. */
    const uint64_t too_long = GAN__SAFETENSORS_HEADER_MAX + 1;
    unsigned char *large = calloc(1, 8 + too_long);
    ck_assert_ptr_nonnull(large);
    memcpy(large, &too_long, 8);
    ASSERT_FAILS(ctx, parse(large, 8 + too_long, NULL), GAN_E_FORMAT, "at most");
    free(large);
}
END_TEST

/* Another program may write the checksum, its white space its own. */
START_TEST(test_checksum_of_others)
{
    size_t size = 0;
    unsigned char *data = assemble(
        "{\"a\": {\"dtype\": \"F32\", \"shape\": [4], \"data_offsets\": [0, 16]},\n"
        " \"__metadata__\": {\"x\": \"libgan_crc32\", \"y\": \"\\\"libgan_crc32\\\":\\\"\", "
        "\"libgan_format\": \"1\", \"libgan_crc32\" :\t\"00000000\"}}",
        &size);
    char digits[9];

    (void)snprintf(digits, sizeof digits, "%08lx", crc32(0, data, (uInt)size));
    unsigned char *place = data + size - 16 - strlen("00000000\"}}");
    memcpy(place, digits, 8);
    ASSERT_OK(ctx, parse(data, size, NULL));
    data[size - 1] = 1;
    ASSERT_FAILS(ctx, parse(data, size, NULL), GAN_E_FORMAT, digits);
    free(data);
}
END_TEST

START_TEST(test_too_many)
{
    enum { COUNT = GAN__SAFETENSORS_ENTRIES_MAX };
    /* "k":"" and so many more */
    char *header = malloc(COUNT * 16 + 64);
    size_t length = 0, size = 0;

    ck_assert_ptr_nonnull(header);
    length += (size_t)sprintf(header, "{\"__metadata__\":{\"k\":\"\"");
    for (int i = 0; i < COUNT; i++) {
        length += (size_t)sprintf(header + length, ",\"%d\":\"\"", i);
    }
    (void)sprintf(header + length, "}}");
    unsigned char *data = assemble(header, &size);
    ASSERT_FAILS(ctx, parse(data, size, NULL), GAN_E_FORMAT,
                 "131074 tensors and texts, at most 131072");
    free(data);
    free(header);
}
END_TEST

START_TEST(test_max_bytes)
{
    struct gan__state state;
    size_t size = 0;
    unsigned char *data = saved(&size);

    gan__state_init(&state, ctx);
    ASSERT_FAILS(ctx, load(&state, files_path("saved"), size - 1), GAN_E_FORMAT, "max_bytes");
    ASSERT_OK(ctx, load(&state, files_path("saved"), size));
    free_state(&state);
    free(data);
}
END_TEST

START_TEST(test_system_refuses)
{
    struct gan__state state;
    size_t size = 0;
    unsigned char *data = saved(&size);

    gan__state_init(&state, ctx);
    ASSERT_FAILS(ctx, load(&state, files_path("none"), UINT64_MAX), GAN_E_IO, "No such file");
    faults.read_error = EIO;
    const gan_status st = load(&state, files_path("saved"), UINT64_MAX);
    faults_clear();
    ASSERT_FAILS(ctx, st, GAN_E_IO, "Input/output");
    for (int64_t room = 0; room < (int64_t)size; room += 50) {
        struct gan__state other;
        fill(&other, ctx);
        faults.write_error = ENOSPC;
        faults.write_after = room;
        const gan_status full = save(&other, files_path("saved"));
        faults_clear();
        ASSERT_FAILS(ctx, full, GAN_E_IO, "No space");
        ck_assert_int_eq(files_count(), 1);
        free_state(&other);
    }
    ASSERT_OK(ctx, load(&state, files_path("saved"), UINT64_MAX));
    free_state(&state);
    free(data);
}
END_TEST

START_TEST(test_no_memory)
{
    struct test_allocator host;
    gan_context *failing = failing_context(&host);
    struct gan__state state, again;

    fill(&state, failing);
    EACH_ALLOCATION_FAILS(failing, &host, save(&state, files_path("a")), files_count() == 0);
    gan__state_init(&again, failing);
    EACH_ALLOCATION_FAILS(failing, &host, load(&again, files_path("a"), UINT64_MAX),
                          again.count == 0);
    ck_assert_int_eq(again.count, state.count);
    free_state(&state);
    free_state(&again);
    gan_context_destroy(failing);
    ck_assert_int_eq(host.blocks, 0);
}
END_TEST

Suite *
safetensors_suite(void)
{
    Suite *suite = suite_create("safetensors");
    TCase *tests = tcase_create("safetensors");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, test_bytes);
    tcase_add_test(tests, test_round_trip);
    tcase_add_test(tests, test_empty_state);
    tcase_add_loop_test(tests, test_kept_names, 0, 3);
    tcase_add_test(tests, test_cut_at_every_byte);
    tcase_add_test(tests, test_every_bit);
    tcase_add_loop_test(tests, test_header, 0, sizeof headers / sizeof headers[0]);
    tcase_add_test(tests, test_lengths);
    tcase_add_test(tests, test_checksum_of_others);
    tcase_add_test(tests, test_too_many);
    tcase_add_test(tests, test_max_bytes);
    tcase_add_test(tests, test_system_refuses);
    tcase_add_test(tests, test_no_memory);
    suite_add_tcase(suite, tests);
    return suite;
}
