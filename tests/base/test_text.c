/* Growing text, how it leaves, and cuts at characters' borders. */
#include "suites.h"

#include "allocator.h"
#include "base/memory.h"
#include "base/text.h"

START_TEST(test_utf8_cut)
{
    static const char text[] = "aä€😀"; /* 1, 2, 3 and 4 bytes */
    static const size_t borders[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10};
    for (size_t length = 0; length <= 10; length++) {
        ck_assert_uint_eq(gan__utf8_cut(text, length), borders[length]);
    }
    ck_assert_uint_eq(gan__utf8_cut("\x80\x80\x80\x80\x80\x80", 6), 6); /* no UTF-8: as it is */
}
END_TEST

START_TEST(test_utf8_mend)
{
    static const char *const texts[][2] = {
        {"", ""},
        {"a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80z", "a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80z"},
        {"\xc3", "?"},
        {"a\xc3\"", "a?\""},
        {"\xe2\x82: \xf0\x9f\x98", "??: ???"},
        {"\xa4\xff\xc0\xc3\xa4", "???\xc3\xa4"},
        {"\xe0\x9f\xbf\xe0\xa0\x80", "???\xe0\xa0\x80"},              /* overlong */
        {"\xf0\x8f\xbf\xbf\xf0\x90\x80\x80", "????\xf0\x90\x80\x80"}, /* overlong */
        {"\xed\xa0\x80\xed\x9f\xbf", "???\xed\x9f\xbf"},              /* half a pair */
        {"\xf4\x90\x80\x80\xf4\x8f\xbf\xbf", "????\xf4\x8f\xbf\xbf"}, /* too large */
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        char text[32];
        strcpy(text, texts[i][0]);
        gan__utf8_mend(text);
        ck_assert_str_eq(text, texts[i][1]);
    }
}
END_TEST

START_TEST(test_json_string)
{
    static const char *const texts[][2] = {
        {"", "\"\""},
        {"say \"a\\b\"", "\"say \\\"a\\\\b\\\"\""},
        {"\n\x1f\x7f", "\"\\u000a\\u001f\x7f\""},
        {"\xc3\xa4\xf0\x9f\x98\x80", "\"\xc3\xa4\xf0\x9f\x98\x80\""},
        {"\xe2\x82x\xff", "\"??x?\""},
    };
    gan_context *ctx = bare_context(NULL);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct gan__text text;
        gan__text_init(&text, ctx);
        gan__text_add_json_string(&text, texts[i][0]);
        ck_assert_int_eq(text.status, GAN_OK);
        ck_assert_str_eq(text.data, texts[i][1]);
        gan__text_free(&text);
    }
    gan__context_unref(ctx);
}
END_TEST

/* A format that cuts what the caller gave must not leave half a character in the sentence. */
START_TEST(test_sentence_is_utf8)
{
    gan_context *ctx = bare_context(NULL);
    (void)gan__fail(ctx, GAN_E_ARG, "\"%.4s\"", "abc\xc3\xa4");
    ck_assert_str_eq(ctx->error, "\"abc?\"");
    gan__context_unref(ctx);
}
END_TEST

static struct gan__text
sample(gan_context *ctx)
{
    struct gan__text text;
    gan__text_init(&text, ctx);
    gan__text_add(&text, "x=%s ", "é");
    gan__text_add_number(&text, 2e-4);
    return text;
}

START_TEST(test_text_give)
{
    gan_context *ctx = bare_context(NULL);
    char buffer[32];
    size_t needed = 0;
    struct gan__text text = sample(ctx);
    ASSERT_OK(ctx, gan__text_give(&text, buffer, sizeof buffer, &needed));
    ck_assert_str_eq(buffer, "x=é 0.0002");
    ck_assert_uint_eq(needed, 12);

    text = sample(ctx);
    needed = 0;
    ASSERT_OK(ctx, gan__text_give(&text, NULL, 0, &needed));
    ck_assert_uint_eq(needed, 12);

    for (size_t size = 1; size <= 12; size++) {
        memset(buffer, '#', sizeof buffer);
        text = sample(ctx);
        ASSERT_OK(ctx, gan__text_give(&text, buffer, size, NULL));
        const size_t length = size == 4 ? 2 : size - 1; /* é is not cut in two */
        ck_assert_uint_eq(strlen(buffer), length);
        ck_assert(memcmp(buffer, "x=é 0.0002", length) == 0 && buffer[size] == '#');
    }
    text = sample(ctx);
    ASSERT_FAILS(ctx, gan__text_give(&text, NULL, 5, &needed), GAN_E_ARG,
                 "buffer is NULL, but size is 5");
    gan__text_init(&text, ctx);
    ASSERT_OK(ctx, gan__text_give(&text, buffer, sizeof buffer, &needed));
    ck_assert_str_eq(buffer, "");
    ck_assert_uint_eq(needed, 1);
    gan__context_unref(ctx);
}
END_TEST

START_TEST(test_text_grows)
{
    struct test_allocator allocator = {0};
    const gan_host host = test_allocator_host(&allocator);
    gan_context *ctx = bare_context(&host);
    struct gan__text text;
    gan__text_init(&text, ctx);
    for (int i = 0; i < 5000; i++) {
        gan__text_add(&text, "%d,", i % 10);
    }
    ck_assert_uint_eq(text.length, 10000);
    ck_assert_uint_eq(strlen(text.data), 10000);
    for (size_t i = 0; i < 10000; i++) {
        ck_assert(text.data[i] == (i % 2 == 1 ? ',' : (char)('0' + i / 2 % 10)));
    }
    /* Refused memory is remembered, and said at the end. */
    atomic_store(&allocator.refuse_from, 1);
    for (int i = 0; i < 20000; i++) {
        gan__text_add(&text, "%d,", i % 10);
    }
    atomic_store(&allocator.refuse_from, 0);
    gan__text_add(&text, "more");
    size_t needed = 77;
    ASSERT_FAILS(ctx, gan__text_give(&text, NULL, 0, &needed), GAN_E_NOMEM, "no memory for");
    ck_assert_uint_eq(needed, 77);
    gan__context_unref(ctx);
    ck_assert_int_eq(allocator.blocks, 0);
}
END_TEST

Suite *
text_suite(void)
{
    Suite *suite = suite_create("base/text");
    TCase *tcase = tcase_create("text");
    tcase_add_test(tcase, test_utf8_cut);
    tcase_add_test(tcase, test_utf8_mend);
    tcase_add_test(tcase, test_json_string);
    tcase_add_test(tcase, test_sentence_is_utf8);
    tcase_add_test(tcase, test_text_give);
    tcase_add_test(tcase, test_text_grows);
    suite_add_tcase(suite, tcase);
    return suite;
}
