/* The suites of judges and sets of features. */
#ifndef TESTS_FEATURES_SUITES_H
#define TESTS_FEATURES_SUITES_H

#include "support.h"

Suite *feature_rows_suite(void);
Suite *feature_files_suite(void);
Suite *judge_suite(void);
Suite *judge_bits_suite(void);

/* The call with 0, 1, 2, ... allocations until it succeeds: each failure leaves the set with `count`
 * rows. (Room that it made for itself it may keep.) */
#define EACH_ADD_FAILS(ctx, allocator, call, set, wanted)                                          \
    do {                                                                                           \
        gan_status each_status = GAN_E_NOMEM;                                                      \
        for (int64_t each = 1; each_status != GAN_OK; each++) {                                    \
            int64_t each_count = -1;                                                               \
            gan__memory_trim(ctx);                                                                 \
            (allocator)->refuse_from = (allocator)->requests + each;                               \
            each_status = (call);                                                                  \
            (allocator)->refuse_from = 0;                                                          \
            if (each_status != GAN_OK) {                                                           \
                ck_assert_msg(each_status == GAN_E_NOMEM, "%s: %s at allocation %lld", #call,      \
                              gan_status_name(each_status), (long long)each);                      \
                ASSERT_OK(ctx, gan_features_size(set, &each_count, NULL, NULL));                   \
                ck_assert_int_eq(each_count, wanted);                                              \
            }                                                                                      \
            ck_assert_int_lt(each, 10000);                                                         \
        }                                                                                          \
    } while (0)

/* Row i, column j of a set whose numbers float16 holds: make_features.py has it, too. */
static inline float
feature_value(int64_t i, int64_t j, int64_t offset)
{
    return (float)((i * 7 + j * 13 + i * j + offset) % 17 - 8) / 4.0F;
}

#endif
