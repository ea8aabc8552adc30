/* Making contexts: options, hosts, refusals, what they say of themselves. */
#include "support.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>

#include <gan/version.h>

#include "allocator.h"
#include "base/context.h"
#include "base/pool.h"
#include "context/document.h"
#include "kernels/kernels.h"

/* The linker sends pthread_create here (--wrap). */
static _Atomic int32_t creations_allowed = INT32_MAX;
int __real_pthread_create(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
int __wrap_pthread_create(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

int
__wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
                      void *argument)
{
    if (atomic_fetch_sub(&creations_allowed, 1) <= 0) {
        return EAGAIN;
    }
    return __real_pthread_create(thread, attributes, run, argument);
}

static uint64_t
number(gan_context *ctx, const char *name)
{
    uint64_t value = 0;
    ASSERT_OK(ctx, gan_context_get(ctx, &value, name));
    return value;
}

START_TEST(test_create)
{
    gan_context *ctx = NULL;
    ASSERT_OK(ctx, gan_context_create(&ctx, NULL, NULL));
    ck_assert_str_eq(gan_context_error(ctx), "");
    ck_assert_uint_ge(number(ctx, "threads"), 1);
    ck_assert_uint_eq(number(ctx, "seed"), 0);
    ck_assert_uint_eq(number(ctx, "memory_limit"), 0);
    ck_assert_uint_gt(number(ctx, "memory_used"), 0);
    ck_assert_uint_ge(number(ctx, "memory_peak"), number(ctx, "memory_used"));
    ck_assert_uint_ge(number(ctx, "system_allocations"), 2);
    gan_context_retain(ctx);
    gan_context_destroy(ctx);
    ck_assert_uint_eq(number(ctx, "seed"), 0); /* still there */
    gan_context_destroy(ctx);

    ASSERT_OK(ctx, gan_context_create(
                       &ctx, "threads=3 seed=18446744073709551615 memory_limit=64MiB isa=portable",
                       NULL));
    ck_assert_uint_eq(number(ctx, "threads"), 3);
    ck_assert_uint_eq(number(ctx, "seed"), UINT64_MAX);
    ck_assert_uint_eq(number(ctx, "memory_limit"), 64 << 20);
    gan_context_destroy(ctx);
    gan_context_retain(NULL);
    gan_context_destroy(NULL);
}
END_TEST

static const struct {
    const char *options;
    gan_status status;
    const char *sentence;
} refused[] = {
    {"thread=2", GAN_E_ARG,
     "context: unknown option \"thread\"; did you mean \"threads\"? (options: threads, seed, isa, "
     "memory_limit)"},
    {"threads=-1", GAN_E_ARG,
     "context: threads is -1, but must be a whole number between 0 and 1024"},
    {"threads=1025", GAN_E_ARG, "context: threads is 1025, but must be"},
    {"isa=avx51", GAN_E_ARG,
     "context: isa is \"avx51\", but must be one of auto|avx512|avx2|portable; did you mean "
     "\"avx512\"?"},
    {"seed=1.5", GAN_E_ARG,
     "context: seed is 1.5, but must be a whole number from 0 to 18446744073709551615"},
    {"memory_limit=10MB", GAN_E_ARG,
     "context: memory_limit is \"10MB\", but must be a number of bytes"},
    {"seed=1 seed=2", GAN_E_ARG, "context: seed is given twice"},
    {"memory_limit=1KiB", GAN_E_NOMEM, "are in use, and memory_limit is 1024"},
};

/* A context that failed says why, and nothing else. */
static void
check_failed(gan_context *ctx, const char *sentence)
{
    uint64_t value = 5;
    ck_assert_ptr_nonnull(ctx);
    ck_assert_msg(strstr(gan_context_error(ctx), sentence) != NULL, "%s", gan_context_error(ctx));
    ck_assert_int_eq(gan_context_get(ctx, &value, "seed"), GAN_E_STATE);
    ck_assert_int_eq(gan_context_describe(ctx, NULL, 0, NULL), GAN_E_STATE);
    ck_assert_msg(strstr(gan_context_error(ctx), sentence) != NULL, "%s", gan_context_error(ctx));
    gan_context_destroy(ctx);
}

START_TEST(test_refused)
{
    struct test_allocator allocator = {0};
    const gan_host host = test_allocator_host(&allocator);
    gan_context *ctx = NULL;
    const gan_status st = gan_context_create(&ctx, refused[_i].options, &host);
    ck_assert_int_eq(st, refused[_i].status);
    check_failed(ctx, refused[_i].sentence);
    ck_assert_int_eq(allocator.blocks, 0);
}
END_TEST

START_TEST(test_null)
{
    gan_context *ctx = NULL;
    uint64_t value = 5;
    size_t needed = 5;
    ck_assert_int_eq(gan_context_create(NULL, NULL, NULL), GAN_E_ARG);
    ck_assert_str_eq(gan_context_error(NULL), "context is NULL");
    ck_assert_int_eq(gan_context_get(NULL, &value, "seed"), GAN_E_ARG);
    ck_assert_int_eq(gan_context_describe(NULL, NULL, 0, &needed), GAN_E_ARG);
    ASSERT_OK(ctx, gan_context_create(&ctx, "threads=1", NULL));
    ASSERT_FAILS(ctx, gan_context_get(ctx, NULL, "seed"), GAN_E_ARG, "value is NULL");
    ASSERT_FAILS(ctx, gan_context_get(ctx, &value, NULL), GAN_E_ARG, "name is NULL");
    ck_assert_uint_eq(value, 0);
    ASSERT_FAILS(
        ctx, gan_context_get(ctx, &value, "sede"), GAN_E_ARG,
        "a context has no number \"sede\"; did you mean \"seed\"? (numbers: threads, seed, "
        "memory_limit, memory_used, memory_peak, system_allocations)");
    ASSERT_FAILS(ctx, gan_context_get(ctx, &value, "x"), GAN_E_ARG,
                 "a context has no number \"x\" (numbers:");
    ASSERT_FAILS(ctx, gan_context_describe(ctx, NULL, 5, NULL), GAN_E_ARG,
                 "buffer is NULL, but size is 5");
    gan_context_destroy(ctx);
}
END_TEST

START_TEST(test_host_struct)
{
    struct {
        gan_host host;
        unsigned char tail[24];
    } newer = {.host = {.struct_size = sizeof newer}};
    gan_context *ctx = NULL;
    ASSERT_OK(ctx, gan_context_create(&ctx, "threads=1", &newer.host));
    gan_context_destroy(ctx);
    newer.tail[23] = 1;
    ck_assert_int_eq(gan_context_create(&ctx, "threads=1", &newer.host), GAN_E_ARG);
    check_failed(ctx, "host: struct_size is 72 and what this libgan does not know");

    /* An older header's struct ends early: what follows is not looked at. */
    struct test_allocator allocator = {0};
    gan_host older = test_allocator_host(&allocator);
    older.struct_size = offsetof(gan_host, log);
    memset(&older.log, 0xAB, sizeof older - offsetof(gan_host, log));
    ASSERT_OK(ctx, gan_context_create(&ctx, "threads=1", &older));
    ck_assert_int_gt(allocator.blocks, 0);
    gan_context_destroy(ctx);
    ck_assert_int_eq(allocator.blocks, 0);

    const gan_host empty = {.struct_size = 0};
    ck_assert_int_eq(gan_context_create(&ctx, "threads=1", &empty), GAN_E_ARG);
    check_failed(ctx, "host: struct_size is 0, set it to sizeof(gan_host), 48");
    gan_host half = test_allocator_host(&allocator);
    half.release = NULL;
    ck_assert_int_eq(gan_context_create(&ctx, "threads=1", &half), GAN_E_ARG);
    check_failed(ctx, "host: release is NULL; set both of allocate and release or none");
    ck_assert_int_eq(allocator.blocks, 0);
}
END_TEST

START_TEST(test_host_memory)
{
    struct test_allocator allocator = {0};
    const gan_host host = test_allocator_host(&allocator);
    gan_context *ctx = NULL;
    ASSERT_OK(ctx, gan_context_create(&ctx, "threads=2", &host));
    ck_assert_uint_eq(number(ctx, "system_allocations"), (uint64_t)allocator.requests);
    ck_assert_uint_eq(number(ctx, "memory_used"), (uint64_t)allocator.bytes);
    gan_context_destroy(ctx);
    ck_assert_int_eq(allocator.blocks, 0);
}
END_TEST

START_TEST(test_memory_refused)
{
    struct test_allocator allocator = {0};
    const gan_host host = test_allocator_host(&allocator);
    gan_status st = GAN_E_NOMEM;
    for (int64_t n = 1; st != GAN_OK; n++) {
        gan_context *ctx = NULL;
        atomic_store(&allocator.requests, 0);
        atomic_store(&allocator.refuse_from, n);
        st = gan_context_create(&ctx, "threads=3 seed=4", &host);
        ck_assert_int_eq(ctx == NULL, n <= 2);
        if (st != GAN_OK) {
            ck_assert_int_eq(st, GAN_E_NOMEM);
            ck_assert(ctx == NULL || strstr(gan_context_error(ctx), "no memory") != NULL);
        } else {
            ck_assert_int_gt(n, 3);
        }
        gan_context_destroy(ctx);
        ck_assert_int_eq(allocator.blocks, 0);
        ck_assert_int_lt(n, 100);
    }
}
END_TEST

START_TEST(test_threads_refused)
{
    gan_context *ctx = NULL;
    for (int32_t allowed = 0; allowed < 3; allowed++) {
        atomic_store(&creations_allowed, allowed);
        ck_assert_int_eq(gan_context_create(&ctx, "threads=4", NULL), GAN_E_RESOURCE);
        atomic_store(&creations_allowed, INT32_MAX);
        check_failed(ctx, "of the 3 that threads=4 starts");
    }
    atomic_store(&creations_allowed, 0);
    ASSERT_OK(ctx, gan_context_create(&ctx, "threads=1", NULL)); /* starts none */
    atomic_store(&creations_allowed, INT32_MAX);
    gan_context_destroy(ctx);
}
END_TEST

START_TEST(test_isa)
{
    static const char *const names[] = {"avx512", "avx2", "portable"};
    char options[32], text[1024], line[40];
    for (int i = 0; i < 3; i++) {
        gan_context *ctx = NULL;
        (void)snprintf(options, sizeof options, "threads=1 isa=%s", names[i]);
        const gan_status st = gan_context_create(&ctx, options, NULL);
        if (gan__kernels_find(names[i]) == NULL) {
            ck_assert_int_eq(st, GAN_E_UNSUPPORTED);
            check_failed(ctx, "this CPU");
            continue;
        }
        ASSERT_OK(ctx, st);
        ASSERT_OK(ctx, gan_context_describe(ctx, text, sizeof text, NULL));
        (void)snprintf(line, sizeof line, "kernels: %s\n", names[i]);
        ck_assert_msg(strstr(text, line) != NULL, "%s", text);
        gan_context_destroy(ctx);
    }
}
END_TEST

START_TEST(test_describe)
{
    gan_context *ctx = NULL;
    char text[1024], part[16];
    size_t needed = 0;
    ASSERT_OK(ctx, gan_context_create(&ctx, "threads=2 seed=77 memory_limit=1GiB", NULL));
    ASSERT_OK(ctx, gan_context_describe(ctx, NULL, 0, &needed));
    ASSERT_OK(ctx, gan_context_describe(ctx, text, sizeof text, &needed));
    ck_assert_uint_eq(needed, strlen(text) + 1);
    ck_assert_ptr_nonnull(strstr(text, "libgan " GAN_VERSION "\n"));
    ck_assert_ptr_nonnull(strstr(text, "threads: 2 (its own)\n"));
    ck_assert_ptr_nonnull(strstr(text, "seed: 77\n"));
    ck_assert_ptr_nonnull(strstr(text, "limit 1073741824\n"));
    ck_assert_ptr_nonnull(strstr(text, "matrix products: "));
    ASSERT_OK(ctx, gan_context_describe(ctx, part, sizeof part, NULL));
    ck_assert(strlen(part) == sizeof part - 1 && memcmp(part, text, sizeof part - 1) == 0);
    ck_assert_str_eq(gan_version(), GAN_VERSION);

    struct gan__text document;
    gan__text_init(&document, ctx);
    gan__context_document(&document);
    ck_assert_ptr_nonnull(strstr(document.data, "  isa=auto (one of auto|avx512|avx2|portable): "));
    ck_assert_ptr_nonnull(
        strstr(document.data, "  threads=0 (a whole number between 0 and 1024): "));
    gan__text_free(&document);
    gan_context_destroy(ctx);
}
END_TEST

static void
take_log(void *user, int32_t level, const char *message)
{
    (void)snprintf(user, 128, "%d %s", (int)level, message);
}

START_TEST(test_log)
{
    char line[128] = "";
    const gan_host host = {.struct_size = sizeof host, .user = line, .log = take_log};
    gan_context *ctx = NULL;
    ASSERT_OK(ctx, gan_context_create(&ctx, "threads=1 isa=portable", &host));
    ck_assert_str_eq(line, "1 context: portable kernels, 1 threads");
    gan_context_destroy(ctx);
}
END_TEST

static void *
destroy_it(void *context)
{
    gan_context_destroy(context);
    return NULL;
}

static void *
enter_it(void *context)
{
    uint64_t value = 5;
    ck_assert_int_eq(gan_context_get(context, &value, "seed"), GAN_E_STATE);
    ck_assert_str_eq(gan_context_error(context),
                     "another thread is inside the context; one at a time");
    return NULL;
}

/* On the thread that is inside: let another one try. */
static int32_t others;

static void
send_another(void *context, int64_t count, void (*task)(void *, int64_t), void *argument)
{
    pthread_t thread;
    if (*(gan_context **)context != NULL) {
        ck_assert_int_eq(pthread_create(&thread, NULL, enter_it, *(gan_context **)context), 0);
        pthread_join(thread, NULL);
        others++;
    }
    for (int64_t i = 0; i < count; i++) {
        task(argument, i);
    }
}

static void
do_nothing(void *argument, int64_t begin, int64_t end, int32_t slot)
{
    (void)argument, (void)begin, (void)end, (void)slot;
}

START_TEST(test_second_thread)
{
    gan_context *ctx = NULL;
    const gan_host host = {
        .struct_size = sizeof host, .user = (void *)&ctx, .parallel_for = send_another};
    struct gan__call call;
    ASSERT_OK(ctx, gan_context_create(&ctx, "threads=2 isa=portable", &host));
    ASSERT_OK(ctx, gan__enter(&call, ctx, GAN__GROUP_OTHER));
    gan__parallel_for(ctx, 2, 1, do_nothing, NULL);
    ck_assert_int_eq(gan__leave(&call, gan__fail(ctx, GAN_E_ARG, "its own")), GAN_E_ARG);
    ck_assert_str_eq(gan_context_error(ctx), "its own");
    ck_assert_int_gt(others, 0);
    gan_context_destroy(ctx);
}
END_TEST

START_TEST(test_destroyed_elsewhere)
{
    struct test_allocator allocator = {0};
    const gan_host host = test_allocator_host(&allocator);
    for (int i = 0; i < 20; i++) {
        gan_context *ctx = NULL;
        pthread_t thread;
        ASSERT_OK(ctx, gan_context_create(&ctx, "threads=3", &host));
        gan_context_retain(ctx);
        ck_assert_int_eq(pthread_create(&thread, NULL, destroy_it, ctx), 0);
        gan_context_destroy(ctx);
        pthread_join(thread, NULL);
        ck_assert_int_eq(allocator.blocks, 0);
    }
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("context");
    TCase *tcase = tcase_create("context");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, test_create);
    tcase_add_loop_test(tcase, test_refused, 0, (int)(sizeof refused / sizeof refused[0]));
    tcase_add_test(tcase, test_null);
    tcase_add_test(tcase, test_host_struct);
    tcase_add_test(tcase, test_host_memory);
    tcase_add_test(tcase, test_memory_refused);
    tcase_add_test(tcase, test_threads_refused);
    tcase_add_test(tcase, test_isa);
    tcase_add_test(tcase, test_describe);
    tcase_add_test(tcase, test_log);
    tcase_add_test(tcase, test_second_thread);
    tcase_add_test(tcase, test_destroyed_elsewhere);
    suite_add_tcase(suite, tcase);
    return run_suites(&suite, 1);
}
