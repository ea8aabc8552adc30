/* What the suites of the kernels share; see contexts.h. */
#include "contexts.h"

#include <math.h>
#include <stdio.h>

#include "base/float_environment.h"
#include "base/memory.h"
#include "base/pool.h"

struct contexts contexts;

enum { GUARD = 64 };
static const uint32_t guard_bits = 0x7f812345; /* a NaN that nothing computes */

static gan_context *
context_open(const struct gan__kernel_table *kernels, int64_t threads)
{
    const gan_host host = {.struct_size = sizeof host};
    gan_context *const ctx = gan__context_alloc(&host);
    ck_assert_ptr_nonnull(ctx);
    ctx->kernels = kernels;
    ctx->ready = true;
    ASSERT_OK(ctx, gan__pool_create(ctx, threads));
    return ctx;
}

void
contexts_open(void)
{
    static const char *const names[] = {"avx512", "avx2", "portable"};
    static const int64_t threads[] = {1, 2, 3, 7};
    (void)gan__float_environment_set();
    contexts.count = 0;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const struct gan__kernel_table *const table = gan__kernels_find(names[i]);
        for (size_t j = 0; table != NULL && j < sizeof threads / sizeof threads[0]; j++) {
            contexts.at[contexts.count++] = context_open(table, threads[j]);
        }
    }
    ck_assert_int_gt(contexts.count, 0);
}

void
contexts_close(void)
{
    for (int i = 0; i < contexts.count; i++) {
        gan__memory_trim(contexts.at[i]);
        gan__context_free(contexts.at[i]);
    }
}

const char *
context_name(gan_context *ctx)
{
    static char name[64];
    (void)snprintf(name, sizeof name, "%s, %d threads", gan__kernels_name(ctx->kernels),
                   (int)gan__pool_slots(ctx));
    return name;
}

float *
array_new(int64_t count)
{
    float *const x = malloc((size_t)(count > 0 ? count : 1) * sizeof(float));
    ck_assert_ptr_nonnull(x);
    return x;
}

uint32_t
next_draw(uint32_t *state, uint32_t limit)
{
    *state = *state * 1664525U + 1013904223U;
    return (uint32_t)((uint64_t)(*state >> 8) * limit >> 24);
}

float *
array_draw(int64_t count, uint32_t seed)
{
    float *const x = array_new(count);
    uint32_t state = seed * 2654435761U + 12345U;
    for (int64_t i = 0; i < count; i++) {
        x[i] = (float)next_draw(&state, 1U << 24) * 0x1p-22F - 2.0F;
    }
    return x;
}

float *
array_copy(const float *x, int64_t count)
{
    float *const y = array_new(count);
    memcpy(y, x, (size_t)count * sizeof(float));
    return y;
}

float *
output_new(int64_t count)
{
    float *const y = array_new(count + GUARD);
    for (int64_t i = 0; i < count + GUARD; i++) {
        memcpy(y + i, &guard_bits, sizeof(float));
    }
    return y;
}

void
output_check_guard(const float *y, int64_t count)
{
    for (int64_t i = count; i < count + GUARD; i++) {
        ck_assert_msg(memcmp(y + i, &guard_bits, sizeof(float)) == 0,
                      "element %d beyond the end was written", (int)(i - count));
    }
}

void
assert_same(const float *found, const float *wanted, int64_t count, const char *what)
{
    for (int64_t i = 0; i < count; i++) {
        if (memcmp(found + i, wanted + i, sizeof(float)) != 0 &&
            !(isnan(found[i]) && isnan(wanted[i]))) {
            uint32_t bits[2];
            memcpy(&bits[0], found + i, sizeof(float));
            memcpy(&bits[1], wanted + i, sizeof(float));
            ck_abort_msg("%s: element %lld of %lld is %.9g (%08x), wanted %.9g (%08x)", what,
                         (long long)i, (long long)count, (double)found[i], (unsigned)bits[0],
                         (double)wanted[i], (unsigned)bits[1]);
        }
    }
}
