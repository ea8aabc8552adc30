/* The suites of the base folder, and the bare context that they run on. */
#ifndef TESTS_BASE_SUITES_H
#define TESTS_BASE_SUITES_H

#include "support.h"

#include "base/context.h"

Suite *calls_suite(void);
Suite *heap_suite(void);
Suite *kinds_suite(void);
Suite *memory_suite(void);
Suite *numbers_suite(void);
Suite *objects_suite(void);
Suite *options_suite(void);
Suite *pool_suite(void);
Suite *random_suite(void);
Suite *schedules_suite(void);
Suite *text_suite(void);

#if defined(__SANITIZE_THREAD__)
#define UNDER_THREAD_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define UNDER_THREAD_SANITIZER 1
#endif
#endif
#ifndef UNDER_THREAD_SANITIZER
#define UNDER_THREAD_SANITIZER 0
#endif

/* gan_context_error() and gan_context_destroy() stand in context/, above this folder. */
#define gan_context_error(ctx) ((ctx)->error)

#if defined(__SSE2__)
#include <xmmintrin.h>

/* false under valgrind, which has no floating-point control of its own */
static inline bool
float_control_is_kept(void)
{
    const uint32_t before = _mm_getcsr();
    _mm_setcsr(0x9fc0);
    const bool kept = _mm_getcsr() == 0x9fc0;
    _mm_setcsr(before);
    return kept;
}
#endif

static inline gan_context *
bare_context(const gan_host *host)
{
    gan_context *ctx = gan__context_alloc(host);
    ck_assert_ptr_nonnull(ctx);
    ctx->ready = true;
    return ctx;
}

#endif
