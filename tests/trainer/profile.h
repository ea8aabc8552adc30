/* What the tests of profiles share: sums over rows. */
#ifndef TESTS_TRAINER_PROFILE_H
#define TESTS_TRAINER_PROFILE_H

#include "fixture.h"

/* The sum of a number over the rows of these labels; NULL: of any. */
double profile_sum(gan_context *ctx, const char *number, const char *phase, const char *network,
                   const char *layer, const char *op);

Suite *profile_suite(void);
Suite *trace_suite(void);

#endif
