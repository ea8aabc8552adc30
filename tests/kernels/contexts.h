/*
 * Contexts for each instruction set that this CPU has and 1, 2, 3 and 7 threads, and arrays that show what is written
 * beyond their end.
 */
#ifndef TESTS_KERNELS_CONTEXTS_H
#define TESTS_KERNELS_CONTEXTS_H

#include <stdint.h>

#include "base/context.h"
#include "kernels/kernels.h"
#include "support.h"

/* The public one is above this folder, in context/. */
#define gan_context_error(ctx) ((ctx)->error)

enum { CONTEXTS_MOST = 12 };

struct contexts {
    gan_context *at[CONTEXTS_MOST];
    int count;
};

extern struct contexts contexts;

/* An unchecked fixture; sets the library's floating-point environment. */
void contexts_open(void);
void contexts_close(void);

/* What failed, for messages. */
const char *context_name(gan_context *ctx);

#define EACH_CONTEXT(ctx)                                                                          \
    for (int context_index = 0;                                                                    \
         context_index < contexts.count && ((ctx) = contexts.at[context_index]) != NULL;           \
         context_index++)

/* Exactly count floats (inputs: reading beyond shows under the address sanitizer); free(). */
float *array_new(int64_t count);
/* Numbers in [-2, 2), a function of the seed. */
float *array_draw(int64_t count, uint32_t seed);
float *array_copy(const float *x, int64_t count);
/* Guarded outputs: filled with a pattern, with more of it beyond the end. */
float *output_new(int64_t count);
void output_check_guard(const float *y, int64_t count);

/* The same bits; all NaNs are one. */
void assert_same(const float *found, const float *wanted, int64_t count, const char *what);

uint32_t next_draw(uint32_t *state, uint32_t limit);

Suite *suite_elementwise(void);
Suite *suite_reduce(void);
Suite *suite_batch_norm(void);
Suite *suite_matmul(void);
Suite *suite_matmul_memory(void);
Suite *suite_windows(void);
Suite *suite_accuracy(void);

#endif
