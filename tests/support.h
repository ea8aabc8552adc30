/*
 * What the Check programs share: one main for a suite, and short checks on statuses and sentences.
 */
#ifndef TESTS_SUPPORT_H
#define TESTS_SUPPORT_H

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include <gan/context.h>

/* The call must succeed; the sentence is printed if not. */
#define ASSERT_OK(ctx, call)                                                                       \
    do {                                                                                           \
        const gan_status assert_ok_status = (call);                                                \
        ck_assert_msg(assert_ok_status == GAN_OK, "%s: %s (%s)", #call, gan_context_error(ctx),    \
                      gan_status_name(assert_ok_status));                                          \
    } while (0)

/* The call must fail with this status, and the sentence must contain this text. */
#define ASSERT_FAILS(ctx, call, wanted, text)                                                      \
    do {                                                                                           \
        const gan_status assert_fails_status = (call);                                             \
        ck_assert_msg(assert_fails_status == (wanted), "%s: found %s, wanted %s: %s", #call,       \
                      gan_status_name(assert_fails_status), #wanted, gan_context_error(ctx));      \
        ck_assert_msg(strstr(gan_context_error(ctx), (text)) != NULL,                              \
                      "%s: \"%s\" does not contain \"%s\"", #call, gan_context_error(ctx), text);  \
    } while (0)

/* Run suites as the program's exit status. */
static inline int
run_suites(Suite *const *suites, int count)
{
    SRunner *runner = srunner_create(suites[0]);
    for (int i = 1; i < count; i++) {
        srunner_add_suite(runner, suites[i]);
    }
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
