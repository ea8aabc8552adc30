/* Kinds by name: the word's row, the sentence for a wrong one, documentation, and kind and options in one text. */
#include "suites.h"

#include "allocator.h"
#include "base/kind.h"

struct values {
    double a;
};

static const struct gan__option options[] = {{.name = "a",
                                              .type = GAN__OPTION_REAL,
                                              .offset = offsetof(struct values, a),
                                              .fallback = "2",
                                              .doc = "a number"},
                                             GAN__OPTION_END};
static const struct gan__option none[] = {GAN__OPTION_END};
static const struct gan__kind_head hinge = {"hinge", "flat (Lim, Ye 2017)", options, 8};
static const struct gan__kind_head standard = {"standard", "minimax", none, 8};
static const struct gan__kind_head *const heads[] = {&hinge, &standard};

static gan_status
find(gan_context *ctx, const char *word, const struct gan__kind_head **found)
{
    gan__recover(ctx);
    return gan__kind_find(ctx, "loss", heads, 2, word, strlen(word), found);
}

START_TEST(test_find)
{
    gan_context *ctx = bare_context(NULL);
    const struct gan__kind_head *found = NULL;
    char longer[300];

    ASSERT_OK(ctx, find(ctx, "standard", &found));
    ck_assert_ptr_eq(found, &standard);
    /* only so many bytes are the word */
    ASSERT_OK(ctx, gan__kind_find(ctx, "loss", heads, 2, "hinge a=3", 5, &found));
    ck_assert_ptr_eq(found, &hinge);
    found = NULL;
    ASSERT_FAILS(ctx, find(ctx, "hing", &found), GAN_E_ARG,
                 "unknown loss \"hing\": did you mean \"hinge\"? There are hinge, standard");
    ASSERT_FAILS(ctx, find(ctx, "hinges", &found), GAN_E_ARG, "did you mean \"hinge\"?");
    ASSERT_FAILS(ctx, find(ctx, "", &found), GAN_E_ARG,
                 "unknown loss \"\": there are hinge, standard");
    memset(longer, 'a', sizeof longer);
    longer[sizeof longer - 1] = '\0';
    ASSERT_FAILS(ctx, find(ctx, longer, &found), GAN_E_ARG, "aaa\": there are hinge, standard");
    gan__recover(ctx);
    ASSERT_FAILS(ctx, gan__kind_find(ctx, "loss", heads, 0, "x", 1, &found), GAN_E_ARG,
                 "unknown loss \"x\": there are none");
    ck_assert_ptr_null(found);
    gan__context_unref(ctx);
}
END_TEST

START_TEST(test_find_without_memory)
{
    struct test_allocator allocator = {0};
    const gan_host host = test_allocator_host(&allocator);
    gan_status st = GAN_E_NOMEM;

    for (int64_t n = 1; st == GAN_E_NOMEM; n++) {
        gan_context *ctx = bare_context(&host);
        const struct gan__kind_head *found = NULL;
        atomic_store(&allocator.requests, 0);
        atomic_store(&allocator.refuse_from, n);
        st = find(ctx, "hing", &found);
        ck_assert(st == GAN_E_NOMEM || (st == GAN_E_ARG && n > 2));
        atomic_store(&allocator.refuse_from, 0);
        gan__context_unref(ctx);
        ck_assert_int_eq(allocator.blocks, 0);
    }
}
END_TEST

START_TEST(test_document)
{
    gan_context *ctx = bare_context(NULL);
    struct gan__text text;

    gan__text_init(&text, ctx);
    gan__kinds_document(&text, heads, 2);
    ck_assert_str_eq(text.data, "hinge: flat (Lim, Ye 2017)\n"
                                "  a=2 (a number at least 0): a number\n"
                                "standard: minimax\n");
    gan__text_free(&text);
    gan__context_unref(ctx);
}
END_TEST

START_TEST(test_split)
{
    static const struct {
        const char *text, *word, *options;
    } cases[] = {{"hinge", "hinge", ""},
                 {"r1 gamma=0.1 interval=4", "r1", " gamma=0.1 interval=4"},
                 {"  r1\tgamma=1", "r1", "\tgamma=1"},
                 {"r1\n", "r1", "\n"}};
    gan_context *ctx = bare_context(NULL);
    const char *rest = NULL;
    size_t length = 0;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ASSERT_OK(ctx, gan__kind_split(ctx, "loss", cases[i].text, &length, &rest));
        ck_assert_uint_eq(length, strlen(cases[i].word));
        ck_assert_mem_eq(rest - length, cases[i].word, length);
        ck_assert_str_eq(rest, cases[i].options);
    }
    ASSERT_FAILS(ctx, gan__kind_split(ctx, "loss", "", &length, &rest), GAN_E_ARG, "loss is empty");
    gan__recover(ctx);
    ASSERT_FAILS(ctx, gan__kind_split(ctx, "loss", " \n\t", &length, &rest), GAN_E_ARG,
                 "loss is empty");
    gan__context_unref(ctx);
}
END_TEST

Suite *
kinds_suite(void)
{
    Suite *suite = suite_create("base/kind");
    TCase *tcase = tcase_create("kind");

    tcase_add_test(tcase, test_find);
    tcase_add_test(tcase, test_find_without_memory);
    tcase_add_test(tcase, test_document);
    tcase_add_test(tcase, test_split);
    suite_add_tcase(suite, tcase);
    return suite;
}
