/* Public calls: entering, the sentence, callbacks, the floating-point environment. */
#include "suites.h"

#include <pthread.h>
#include <stdio.h>

#include "base/float_environment.h"

/* A public call that fails with a sentence of its own, or succeeds. */
static gan_status
inner(gan_context *ctx, uint32_t group, const char *sentence)
{
    struct gan__call call;
    gan_status st = gan__enter(&call, ctx, group);
    if (st != GAN_OK) {
        return st;
    }
    if (sentence != NULL) {
        st = gan__fail(ctx, GAN_E_SHAPE, "%s", sentence);
    }
    return gan__leave(&call, st);
}

START_TEST(test_sentences)
{
    gan_context *ctx = bare_context(NULL);
    struct gan__call call;
    ck_assert_int_eq(inner(NULL, GAN__GROUP_TENSOR, NULL), GAN_E_ARG);
    ASSERT_FAILS(ctx, inner(ctx, GAN__GROUP_TENSOR, "first"), GAN_E_SHAPE, "first");
    ASSERT_FAILS(ctx, inner(ctx, GAN__GROUP_TENSOR, "second"), GAN_E_SHAPE,
                 "second"); /* the next call replaces it */
    ASSERT_OK(ctx, inner(ctx, GAN__GROUP_TENSOR, NULL));
    ck_assert_str_eq(ctx->error, "");

    /* Within a call the first one wins, and inner calls do not clear it. */
    ASSERT_OK(ctx, gan__enter(&call, ctx, GAN__GROUP_TENSOR));
    ck_assert_int_eq(inner(ctx, GAN__GROUP_TRAINER_READ, "deep"), GAN_E_SHAPE);
    ASSERT_OK(ctx, inner(ctx, GAN__GROUP_TENSOR, NULL));
    ck_assert_int_eq(gan__fail(ctx, GAN_E_ARG, "later"), GAN_E_ARG);
    ck_assert_int_eq(gan__leave(&call, GAN_E_SHAPE), GAN_E_SHAPE);
    ck_assert_str_eq(ctx->error, "deep");

    /* A failure that was recovered from is forgotten; a failure without a sentence gets its name. */
    ASSERT_OK(ctx, gan__enter(&call, ctx, GAN__GROUP_TENSOR));
    ck_assert_int_eq(inner(ctx, GAN__GROUP_TENSOR, "deep"), GAN_E_SHAPE);
    gan__recover(ctx);
    ck_assert_int_eq(gan__null(ctx, "tensor"), GAN_E_ARG);
    ck_assert_str_eq(ctx->error, "tensor is NULL");
    ck_assert_int_eq(gan__leave(&call, GAN_OK), GAN_OK);
    ck_assert_str_eq(ctx->error, "");
    ASSERT_OK(ctx, gan__enter(&call, ctx, GAN__GROUP_TENSOR));
    ck_assert_int_eq(gan__leave(&call, GAN_E_IO), GAN_E_IO);
    ck_assert_str_eq(ctx->error, "GAN_E_IO");
    gan__context_unref(ctx);
}
END_TEST

START_TEST(test_sentence_cut)
{
    gan_context *ctx = bare_context(NULL);
    struct gan__call call;
    char text[2001];
    for (int shift = 0; shift < 3; shift++) {
        memset(text, 'a', sizeof text);
        for (int i = shift; i + 3 < 2000; i += 3) {
            memcpy(text + i, "€", 3);
        }
        text[2000] = '\0';
        ASSERT_OK(ctx, gan__enter(&call, ctx, GAN__GROUP_TENSOR));
        (void)gan__fail(ctx, GAN_E_ARG, "%s", text);
        (void)gan__leave(&call, GAN_E_ARG);
        const size_t length = strlen(ctx->error);
        ck_assert_uint_le(length, GAN__ERROR_SIZE - 1);
        ck_assert_uint_ge(length, GAN__ERROR_SIZE - 3);
        ck_assert_uint_eq((length - (size_t)shift) % 3, 0); /* whole characters */
        ck_assert_mem_eq(ctx->error, text, length);
    }
    /* A prefix moves the sentence, and cuts its end. */
    gan__fail_prefix(ctx, "line %d", 12);
    ck_assert_mem_eq(ctx->error, "line 12: aa€", 9 + 5);
    ck_assert_uint_le(strlen(ctx->error), GAN__ERROR_SIZE - 1);
    gan__fail_prefix(ctx, "%s", text); /* absurdly long: half of it */
    ck_assert_uint_le(strlen(ctx->error), GAN__ERROR_SIZE - 1);
    ck_assert_ptr_nonnull(strstr(ctx->error, ": line 12: aa"));
    gan__recover(ctx);
    gan__fail_prefix(ctx, "nothing to prefix");
    ck_assert_str_eq(ctx->error, "");
    gan__context_unref(ctx);
}
END_TEST

static void *
try_enter(void *argument)
{
    gan_context *ctx = argument;
    static gan_status st;
    st = inner(ctx, GAN__GROUP_TENSOR, NULL);
    return &st;
}

START_TEST(test_second_thread)
{
    gan_context *ctx = bare_context(NULL);
    struct gan__call call;
    pthread_t thread;
    void *found;
    ASSERT_OK(ctx, gan__enter(&call, ctx, GAN__GROUP_TENSOR));
    ck_assert_int_eq(pthread_create(&thread, NULL, try_enter, ctx), 0);
    pthread_join(thread, &found);
    ck_assert_int_eq(*(gan_status *)found, GAN_E_STATE);
    ck_assert_int_eq(gan__leave(&call, GAN_OK), GAN_OK);
    ck_assert_int_eq(pthread_create(&thread, NULL, try_enter, ctx), 0);
    pthread_join(thread, &found);
    ck_assert_int_eq(*(gan_status *)found, GAN_OK); /* one after the other is fine */
    gan__context_unref(ctx);
}
END_TEST

START_TEST(test_not_ready)
{
    gan_context *ctx = bare_context(NULL);
    (void)gan__fail(ctx, GAN_E_ARG, "why it failed");
    ctx->ready = false;
    ck_assert_int_eq(inner(ctx, GAN__GROUP_TENSOR, NULL), GAN_E_STATE);
    ck_assert_str_eq(ctx->error, "why it failed");
    gan__context_unref(ctx);
}
END_TEST

START_TEST(test_callouts)
{
    gan_context *ctx = bare_context(NULL);
    struct gan__call call;
    struct gan__callout callout;
    ASSERT_OK(ctx, gan__enter(&call, ctx, GAN__GROUP_LAYER));

    /* A callback may call its groups, which in turn may call anything. */
    gan__callout_begin(&callout, ctx, GAN__GROUP_TENSOR);
    ASSERT_OK(ctx, inner(ctx, GAN__GROUP_TENSOR, NULL));
    ASSERT_FAILS(ctx, inner(ctx, GAN__GROUP_LAYER, NULL), GAN_E_STATE,
                 "not allowed from the callback that made it; the comment on that callback's type");
    struct gan__call allowed;
    ASSERT_OK(ctx, gan__enter(&allowed, ctx, GAN__GROUP_TENSOR));
    ASSERT_OK(ctx, inner(ctx, GAN__GROUP_LAYER, NULL));
    ck_assert_int_eq(gan__leave(&allowed, GAN_OK), GAN_OK);
    ck_assert_int_eq(inner(ctx, GAN__GROUP_LAYER, NULL),
                     GAN_E_STATE); /* restricted again after it */
    /* Each of its calls has a sentence of its own. */
    ASSERT_FAILS(ctx, inner(ctx, GAN__GROUP_TENSOR, "one"), GAN_E_SHAPE, "one");
    ASSERT_FAILS(ctx, inner(ctx, GAN__GROUP_TENSOR, "two"), GAN_E_SHAPE, "two");
    ck_assert_int_eq(gan__callout_end(&callout, GAN_E_SHAPE, "forward"), GAN_E_SHAPE);
    ck_assert_str_eq(ctx->error, "two");
    ASSERT_OK(ctx, inner(ctx, GAN__GROUP_LAYER, NULL)); /* inside the call all is allowed */

    /* After a failure, clean-up callbacks do not change the sentence. */
    gan__callout_begin(&callout, ctx, GAN__GROUP_TENSOR);
    ck_assert_int_eq(inner(ctx, GAN__GROUP_TENSOR, "three"), GAN_E_STATE);
    ck_assert_int_eq(gan__callout_end(&callout, GAN_OK, "release"), GAN_OK);
    ck_assert_str_eq(ctx->error, "two");
    gan__recover(ctx);

    /* What a callback got over is forgotten. */
    gan__callout_begin(&callout, ctx, GAN__GROUP_TENSOR);
    ck_assert_int_eq(inner(ctx, GAN__GROUP_TENSOR, "handled"), GAN_E_SHAPE);
    ck_assert_int_eq(gan__callout_end(&callout, GAN_OK, "forward"), GAN_OK);
    ck_assert_str_eq(ctx->error, "");

    gan__callout_begin(&callout, ctx, 0);
    ck_assert_int_eq(gan__callout_end(&callout, GAN_E_NOMEM, "the forward callback"), GAN_E_NOMEM);
    ck_assert_str_eq(ctx->error, "the forward callback returned GAN_E_NOMEM");
    gan__recover(ctx);
    gan__callout_begin(&callout, ctx, 0);
    ck_assert_int_eq(gan__callout_end(&callout, 5, "the forward callback"), GAN_E_CANCELLED);
    ck_assert_str_eq(ctx->error, "the forward callback returned 5, which is no status");
    ck_assert_int_eq(gan__leave(&call, GAN_E_CANCELLED), GAN_E_CANCELLED);
    gan__context_unref(ctx);
}
END_TEST

/* A callback gives up the caller's last handle: the call goes on, its leave ends the context. */
START_TEST(test_destroyed_in_callout)
{
    gan_context *ctx = bare_context(NULL);
    struct gan__call call;
    struct gan__callout callout;
    ASSERT_OK(ctx, gan__enter(&call, ctx, GAN__GROUP_LAYER));
    gan__callout_begin(&callout, ctx, GAN__GROUP_TENSOR);
    gan__context_unref(ctx);
    ck_assert_int_eq(gan__callout_end(&callout, GAN_OK, "forward"), GAN_OK);
    ck_assert_int_eq(gan__leave(&call, GAN_OK), GAN_OK);
}
END_TEST

#if defined(__SSE2__)
enum { LIBRARY_CONTROL = 0x9fc0, FLAGS = 0x3f };

START_TEST(test_float_environment)
{
    /* Flush to zero and upward; toward zero with unmasked overflow, invalid and division; the default. */
    static const uint32_t hosts[] = {0x1f80 | 0x8040 | 0x4000, 0x6000 | 0x1900, 0x1f80};
    if (!float_control_is_kept()) {
        return;
    }
    gan_context *ctx = bare_context(NULL);
    const uint32_t before = _mm_getcsr();
    for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
        struct gan__call call, nested;
        struct gan__callout callout;
        _mm_setcsr(hosts[i]);
        const gan_status st = gan__enter(&call, ctx, GAN__GROUP_TENSOR);
        const uint32_t inside = _mm_getcsr();
        volatile float huge = 1e38f;
        huge = huge * huge; /* would trap if unmasked */
        gan__callout_begin(&callout, ctx, GAN__GROUP_TENSOR);
        const uint32_t called_back = _mm_getcsr();
        const gan_status nested_st = gan__enter(&nested, ctx, GAN__GROUP_TENSOR);
        const uint32_t nested_inside = _mm_getcsr();
        (void)gan__leave(&nested, GAN_OK);
        const uint32_t nested_after = _mm_getcsr();
        (void)gan__callout_end(&callout, GAN_OK, "callback");
        const uint32_t inside_again = _mm_getcsr();
        (void)gan__leave(&call, GAN_OK);
        const uint32_t after = _mm_getcsr();
        _mm_setcsr(before);
        ck_assert(st == GAN_OK && nested_st == GAN_OK);
        ck_assert_uint_eq(inside, LIBRARY_CONTROL);
        ck_assert_uint_eq(called_back, hosts[i]);
        ck_assert_uint_eq(nested_inside, LIBRARY_CONTROL);
        ck_assert_uint_eq(nested_after, hosts[i]);
        ck_assert_uint_eq(inside_again & ~(uint32_t)FLAGS, LIBRARY_CONTROL);
        ck_assert_uint_eq(after, hosts[i]); /* flags too: the host sees none of ours */
    }
    gan__context_unref(ctx);
}
END_TEST
#endif

static void
take_log(void *user, int32_t level, const char *message)
{
    (void)snprintf(user, 64, "%d %s", (int)level, message);
}

START_TEST(test_log)
{
    char line[64] = "";
    const gan_host host = {.struct_size = sizeof host, .user = line, .log = take_log};
    gan_context *ctx = bare_context(&host);
    gan__log(ctx, GAN_LOG_WARNING, "step %d", 3);
    ck_assert_str_eq(line, "2 step 3");
    gan__context_unref(ctx);
    ctx = bare_context(NULL);
    gan__log(ctx, GAN_LOG_WARNING, "nobody listens");
    gan__context_unref(ctx);
}
END_TEST

START_TEST(test_status_names)
{
    ck_assert_str_eq(gan_status_name(GAN_OK), "GAN_OK");
    ck_assert_str_eq(gan_status_name(-1), "GAN_E_ARG");
    ck_assert_str_eq(gan_status_name(-4), "GAN_E_STATE");
    ck_assert_str_eq(gan_status_name(-11), "GAN_E_INTERNAL");
    ck_assert_str_eq(gan_status_name(-12), "GAN_E_UNKNOWN");
    ck_assert_str_eq(gan_status_name(1), "GAN_E_UNKNOWN");
    for (gan_status st = GAN_OK; st >= GAN_E_INTERNAL; st--) {
        ck_assert_str_ne(gan_status_name(st), "GAN_E_UNKNOWN");
    }
}
END_TEST

Suite *
calls_suite(void)
{
    Suite *suite = suite_create("base/calls");
    TCase *tcase = tcase_create("calls");
    tcase_add_test(tcase, test_sentences);
    tcase_add_test(tcase, test_sentence_cut);
    tcase_add_test(tcase, test_second_thread);
    tcase_add_test(tcase, test_not_ready);
    tcase_add_test(tcase, test_callouts);
    tcase_add_test(tcase, test_destroyed_in_callout);
#if defined(__SSE2__)
    tcase_add_test(tcase, test_float_environment);
#endif
    tcase_add_test(tcase, test_log);
    tcase_add_test(tcase, test_status_names);
    suite_add_tcase(suite, tcase);
    return suite;
}
