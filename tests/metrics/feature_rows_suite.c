/*
 * Sets of features from elsewhere: rows in, rows out, and what is refused.
 */
#include "features_suites.h"

#include <math.h>

#include "oracle/failing_host.h"

#include "base/sha256.h"
#include "metrics/features.h"

static gan_context *ctx;
static gan_features *features;

static void
setup(void)
{
    ck_assert_int_eq(gan_context_create(&ctx, "threads=1", NULL), GAN_OK);
}

static void
teardown(void)
{
    gan_features_destroy(features);
    gan_context_destroy(ctx);
    features = NULL;
}

START_TEST(rows_are_kept_in_any_division)
{
    enum { D = 3, N = 1700 };
    static float rows[N * D], logits[N * 2], read[N * D], read_logits[N * 2];
    int64_t count = 0, dimension = 0, classes = 0, done = 0;

    for (int i = 0; i < N * D; i++) {
        rows[i] = (float)i;
    }
    for (int i = 0; i < N * 2; i++) {
        logits[i] = (float)(i * 7 % 5);
    }
    ASSERT_OK(ctx, gan_features_create_rows(ctx, &features, "points", NULL, D, 2));
    for (int64_t more = _i; done < N; more += 3) {
        const int64_t taken = done + more > N ? N - done : more;
        ASSERT_OK(ctx, gan_features_add_rows(features, rows + done * D, logits + done * 2, taken));
        done += taken;
    }
    ASSERT_OK(ctx, gan_features_size(features, &count, &dimension, &classes));
    ck_assert_int_eq(count, N);
    ck_assert_int_eq(dimension, D);
    ck_assert_int_eq(classes, 2);
    ASSERT_OK(ctx, gan_features_read(features, read, read_logits, 0, N));
    ck_assert_int_eq(memcmp(rows, read, sizeof rows), 0);
    ck_assert_int_eq(memcmp(logits, read_logits, sizeof logits), 0);
    ASSERT_OK(ctx, gan_features_read(features, read, NULL, 255, 3));
    ck_assert_int_eq(memcmp(rows + 255 * D, read, 3 * D * sizeof(float)), 0);
    for (int i = 0; i < N; i++) { /* the first of equal ones */
        ck_assert_int_eq(gan__features_label(features, i), logits[2 * i + 1] > logits[2 * i]);
        ck_assert_int_eq(memcmp(gan__features_row(features, i), rows + i * D, D * 4), 0);
    }
}
END_TEST

START_TEST(bad_rows_change_nothing)
{
    float rows[4] = {1, 2, 3, 4}, logits[6] = {0}, read[4];
    int64_t count = 0;

    ASSERT_OK(ctx, gan_features_create_rows(ctx, &features, "points", "plane", 2, 3));
    ASSERT_OK(ctx, gan_features_add_rows(features, rows, logits, 2));
    rows[3] = (float)NAN;
    ASSERT_FAILS(ctx, gan_features_add_rows(features, rows, logits, 2), GAN_E_ARG,
                 "\"points\": the features of row 3 are not finite: nan at column 1");
    rows[3] = 4;
    logits[2] = -(float)INFINITY;
    ASSERT_FAILS(ctx, gan_features_add_rows(features, rows, logits, 2), GAN_E_ARG,
                 "the logits of row 2 are not finite: -inf at column 2");
    ASSERT_FAILS(ctx, gan_features_add_rows(features, rows, logits, -1), GAN_E_ARG,
                 "count is -1, wanted 0 or more");
    ASSERT_FAILS(ctx, gan_features_add_rows(features, rows, logits, INT64_MAX), GAN_E_ARG,
                 "too many");
    ASSERT_FAILS(ctx, gan_features_add_rows(features, NULL, logits, 1), GAN_E_ARG, "rows is NULL");
    ASSERT_FAILS(ctx, gan_features_add_rows(features, rows, NULL, 1), GAN_E_ARG, "logits is NULL");
    ASSERT_OK(ctx, gan_features_add_rows(features, NULL, NULL, 0));
    ASSERT_OK(ctx, gan_features_size(features, &count, NULL, NULL));
    ck_assert_int_eq(count, 2);
    ASSERT_FAILS(ctx, gan_features_read(features, read, NULL, 1, 2), GAN_E_ARG,
                 "2 rows from 1 on are wanted, \"points\" has 2");
    ASSERT_FAILS(ctx, gan_features_read(features, read, NULL, INT64_MAX, 2), GAN_E_ARG, "has 2");
    ASSERT_FAILS(ctx, gan_features_read(features, read, NULL, -1, 1), GAN_E_ARG, "from -1");
    ASSERT_FAILS(ctx, gan_features_add_samples(features, rows, 1, (int64_t[1]){2}, 1), GAN_E_ARG,
                 "\"points\" has no judge to see samples");
}
END_TEST

START_TEST(bad_sets_are_refused)
{
    float rows[2] = {1, 2};

    ASSERT_FAILS(ctx, gan_features_create_rows(ctx, &features, NULL, NULL, 0, 0), GAN_E_ARG,
                 "dimension is 0, wanted 1");
    ASSERT_FAILS(ctx, gan_features_create_rows(ctx, &features, NULL, NULL, INT64_MAX, 0), GAN_E_ARG,
                 "dimension is 9223372036854775807");
    ASSERT_FAILS(ctx, gan_features_create_rows(ctx, &features, NULL, NULL, 1, -1), GAN_E_ARG,
                 "classes is -1, wanted 0");
    ASSERT_FAILS(ctx, gan_features_create_rows(ctx, NULL, NULL, NULL, 1, 0), GAN_E_ARG,
                 "out is NULL");
    ck_assert_ptr_null(features);
    ASSERT_OK(ctx, gan_features_create_rows(ctx, &features, NULL, NULL, 2, 0));
    ASSERT_FAILS(ctx, gan_features_add_rows(features, rows, rows, 1), GAN_E_ARG,
                 "logits are given, and \"samples\" has none");
    ASSERT_FAILS(ctx, gan_features_read(features, rows, rows, 0, 0), GAN_E_ARG, "has no logits");
    ck_assert_int_eq(gan_features_size(NULL, NULL, NULL, NULL), GAN_E_ARG);
    ck_assert_int_eq(gan_features_read(NULL, NULL, NULL, 0, 0), GAN_E_ARG);
    ck_assert_int_eq(gan_features_add_rows(NULL, NULL, NULL, 0), GAN_E_ARG);
}
END_TEST

START_TEST(pairs_are_checked)
{
    gan_features *other = NULL;

    ASSERT_OK(ctx, gan_features_create_rows(ctx, &features, "a", "plane", 2, 0));
    ASSERT_OK(ctx, gan_features_create_rows(ctx, &other, "b", "space", 3, 0));
    ck_assert_int_eq(gan__features_check_pair(features, other), GAN_E_ARG);
    gan_features_destroy(other);
    ASSERT_OK(ctx, gan_features_create_rows(ctx, &other, "b", "space", 2, 0));
    ck_assert_int_eq(gan__features_check_pair(features, other), GAN_OK);
    gan_features_destroy(other);
}
END_TEST

/* A block that can't be had leaves the set whole. */
START_TEST(no_memory)
{
    struct test_allocator host;
    gan_context *failing = failing_context(&host);
    gan_features *set = NULL;
    enum { FIRST = 3, MORE = 900, ALL = FIRST + 2 * MORE };
    static float rows[ALL * 2], logits[ALL * 3], read[ALL * 2];
    int64_t count = -1;

    for (int i = 0; i < ALL * 2; i++) {
        rows[i] = (float)i;
    }

    EACH_ALLOCATION_FAILS(failing, &host, gan_features_create_rows(failing, &set, "a", "b", 2, 3),
                          set == NULL);
    EACH_ADD_FAILS(failing, &host, gan_features_add_rows(set, rows, logits, FIRST), set, 0);
    for (int i = 0; i < 2; i++) { /* several blocks at once, some of which can be had */
        const int before = FIRST + i * MORE;
        EACH_ADD_FAILS(failing, &host, gan_features_add_rows(set, rows + before * 2, logits, MORE),
                       set, before);
    }
    ASSERT_OK(failing, gan_features_size(set, &count, NULL, NULL));
    ck_assert_int_eq(count, ALL);
    ASSERT_OK(failing, gan_features_read(set, read, NULL, 0, ALL));
    ck_assert_int_eq(memcmp(rows, read, sizeof rows), 0);
    gan_features_destroy(set);
    gan_context_destroy(failing);
    ck_assert_int_eq(host.blocks, 0);
}
END_TEST

/* A few samples of many numbers need no room for many samples. */
START_TEST(few_rows_need_little)
{
    enum { D = 1 << 16 };
    static float row[D];
    uint64_t before = 0, after = 0;

    ASSERT_OK(ctx, gan_features_create_rows(ctx, &features, NULL, NULL, D, 0));
    ASSERT_OK(ctx, gan_context_get(ctx, &before, "memory_used"));
    ASSERT_OK(ctx, gan_features_add_rows(features, row, NULL, 1));
    ASSERT_OK(ctx, gan_context_get(ctx, &after, "memory_used"));
    ck_assert_uint_lt(after - before, 2 * sizeof row);
}
END_TEST

/* FIPS 180-4's examples, and an empty message. */
START_TEST(sha256_vectors)
{
    static const struct {
        const char *message, *digest;
        int repeated;
    } vectors[] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", 1},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", 1},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1", 1},
        {"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrl"
         "mnop"
         "qrsmnopqrstnopqrstu",
         "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1", 1},
        {"aaaaaaaaaa", "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0", 100000}};
    struct gan__sha256 hash;
    char text[GAN__SHA256_TEXT_SIZE];

    gan__sha256_init(&hash);
    for (int i = 0; i < vectors[_i].repeated; i++) {
        gan__sha256_add(&hash, vectors[_i].message, strlen(vectors[_i].message));
    }
    gan__sha256_text(&hash, text);
    ck_assert_str_eq(text, vectors[_i].digest);
}
END_TEST

Suite *
feature_rows_suite(void)
{
    Suite *suite = suite_create("rows");
    TCase *tests = tcase_create("rows");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, rows_are_kept_in_any_division, 1, 4);
    tcase_add_test(tests, bad_rows_change_nothing);
    tcase_add_test(tests, bad_sets_are_refused);
    tcase_add_test(tests, pairs_are_checked);
    tcase_add_test(tests, no_memory);
    tcase_add_test(tests, few_rows_need_little);
    tcase_add_loop_test(tests, sha256_vectors, 0, 5);
    suite_add_tcase(suite, tests);
    return suite;
}
