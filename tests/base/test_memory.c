/* The allocator: alignment, reuse, waste, limits, refusals. */
#include "suites.h"

#include <stdio.h>

#include "allocator.h"
#include "base/memory.h"
#include "base/pool.h"

static struct gan__memory_counts
counts(gan_context *ctx)
{
    struct gan__memory_counts read;
    gan__memory_read(ctx, &read);
    return read;
}

/* Small sizes, and sizes around powers of two and between them. */
static size_t
size_at(int i)
{
    const size_t power = (size_t)1 << (6 + i / 6);
    const size_t sizes[] = {power - 1,
                            power,
                            power + 1,
                            power + power / 8,
                            power + power / 8 + 1,
                            power + power / 2 + 3};
    return sizes[i % 6];
}

enum { SIZES = 96 };

START_TEST(test_sizes)
{
    struct test_allocator allocator = {0};
    const gan_host host = test_allocator_host(&allocator);
    gan_context *ctx = bare_context(&host);
    for (int i = 0; i < SIZES; i++) {
        const size_t bytes = size_at(i);
        const uint64_t before = counts(ctx).used;
        char *pointer = gan__alloc(ctx, bytes);
        ck_assert_ptr_nonnull(pointer);
        ck_assert_uint_eq((uintptr_t)pointer % 64, 0);
        memset(pointer, 0x11, bytes);
        volatile char sum = 0;
        for (int j = 0; j < 64; j++) {
            sum = (char)(sum + pointer[bytes + (size_t)j]); /* readable */
        }
        const uint64_t held = counts(ctx).used - before;
        ck_assert_uint_eq(counts(ctx).used, (uint64_t)allocator.bytes);
        ck_assert_uint_ge(held, bytes + 64);
        ck_assert_uint_le(held, bytes + bytes / 8 + 192);
        gan__free(ctx, pointer);
        gan__memory_trim(ctx);
        ck_assert_uint_eq(counts(ctx).used, before);
    }
    gan__context_unref(ctx);
    ck_assert_int_eq(allocator.blocks, 0);
    ck_assert_int_eq(allocator.bytes, 0);
}
END_TEST

/* What a host gives at an odd address is given back to it, not used. */
static void *
allocate_odd(void *user, size_t bytes, size_t alignment)
{
    char *pointer = test_allocate(user, bytes + alignment, alignment);
    return pointer + 16;
}

static void
release_odd(void *user, void *pointer, size_t bytes, size_t alignment)
{
    test_release(user, (char *)pointer - 16, bytes + alignment, alignment);
}

START_TEST(test_misaligned)
{
    struct test_allocator allocator = {0};
    gan_host host = test_allocator_host(&allocator);
    host.allocate = allocate_odd;
    host.release = release_odd;
    ck_assert_ptr_null(gan__context_alloc(&host));
    ck_assert_int_eq(allocator.requests, 1);
    ck_assert_int_eq(allocator.blocks, 0);
}
END_TEST

START_TEST(test_reuse)
{
    struct test_allocator allocator = {0};
    const gan_host host = test_allocator_host(&allocator);
    gan_context *ctx = bare_context(&host);
    void *pointers[SIZES];
    uint64_t after_first = 0;
    for (int round = 0; round < 5; round++) {
        for (int i = 0; i < SIZES; i++) {
            pointers[i] = gan__alloc(ctx, size_at(i));
            ck_assert_ptr_nonnull(pointers[i]);
            memset(pointers[i], i, size_at(i));
        }
        for (int i = 0; i < SIZES; i++) { /* nobody wrote into another's block */
            ck_assert(((unsigned char *)pointers[i])[0] == i &&
                      ((unsigned char *)pointers[i])[size_at(i) - 1] == i);
        }
        for (int i = 0; i < SIZES; i++) {
            gan__free(ctx, pointers[(i * 37) % SIZES]);
        }
        if (round == 0) {
            after_first = counts(ctx).system_allocations;
        }
    }
    ck_assert_uint_eq(counts(ctx).system_allocations, after_first);
    ck_assert_int_eq(allocator.requests, (int64_t)after_first);
    gan__context_unref(ctx);
    ck_assert_int_eq(allocator.blocks, 0);
}
END_TEST

START_TEST(test_edges)
{
    gan_context *ctx = bare_context(NULL);
    void *nothing = gan__alloc(ctx, 0);
    ck_assert_ptr_nonnull(nothing);
    gan__free(ctx, nothing);
    gan__free(ctx, NULL);

    void *twice = gan__alloc(ctx, 200);
    gan__free(ctx, twice);
    gan__free(ctx, twice); /* a mistake, but not one that hands a block out twice */
    void *one = gan__alloc(ctx, 200), *two = gan__alloc(ctx, 200);
    ck_assert_ptr_ne(one, two);
    gan__free(ctx, one);
    gan__free(ctx, two);

    unsigned char *zeros = gan__alloc(ctx, 1000);
    memset(zeros, 0xFF, 1000);
    gan__free(ctx, zeros);
    zeros = gan__alloc_zero(ctx, 1000);
    for (int i = 0; i < 1000; i++) {
        ck_assert_uint_eq(zeros[i], 0);
    }
    gan__free(ctx, zeros);

    char *copy = gan__strdup(ctx, "grün");
    ck_assert_str_eq(copy, "grün");
    gan__free(ctx, copy);

    ck_assert_ptr_null(gan__alloc(ctx, SIZE_MAX));
    ck_assert_int_eq(ctx->error_status, GAN_E_NOMEM);
    gan__recover(ctx);
    ck_assert_ptr_null(gan__alloc(ctx, SIZE_MAX / 2 + 1));
    ck_assert_ptr_null(gan__alloc_array(ctx, INT64_MAX, 4));
    ck_assert_ptr_null(gan__alloc_array(ctx, -1, 4));
    ck_assert_ptr_null(gan__alloc_array(ctx, 2, SIZE_MAX));
    void *array = gan__alloc_array(ctx, 100, 8);
    ck_assert_ptr_nonnull(array);
    gan__free(ctx, array);
    void *for_zlib = gan__memory_zalloc(ctx, 100, 30);
    ck_assert_ptr_nonnull(for_zlib);
    gan__memory_zfree(ctx, for_zlib);
    gan__context_unref(ctx);
}
END_TEST

START_TEST(test_limit)
{
    struct test_allocator allocator = {0};
    const gan_host host = test_allocator_host(&allocator);
    gan_context *ctx = bare_context(&host);
    gan__memory_set_limit(ctx, 1 << 20);
    void *first = gan__alloc(ctx, 600000);
    ck_assert_ptr_nonnull(first);
    const uint64_t before = counts(ctx).used;
    ck_assert_ptr_null(gan__alloc(ctx, 600000));
    char wanted[128];
    (void)snprintf(wanted, sizeof wanted,
                   "no memory for 600000 bytes: %llu are in use, and memory_limit is 1048576",
                   (unsigned long long)before);
    ck_assert_str_eq(ctx->error, wanted);
    gan__recover(ctx);
    ck_assert_uint_eq(counts(ctx).used, before);
    ck_assert_int_le(allocator.bytes, 1 << 20);

    /* What is kept for reuse makes room for another size. */
    gan__free(ctx, first);
    ck_assert_uint_eq(counts(ctx).used, before);
    void *second = gan__alloc(ctx, 900000);
    ck_assert_ptr_nonnull(second);
    ck_assert_uint_le(counts(ctx).peak, 1 << 20);
    gan__free(ctx, second);

    gan__memory_set_limit(ctx, 1000); /* below what is held: kept blocks go back */
    ck_assert_uint_lt(counts(ctx).used, 100000);
    ck_assert_ptr_null(gan__alloc(ctx, 10));
    gan__memory_set_limit(ctx, 0);
    gan__recover(ctx);
    void *third = gan__alloc(ctx, 4 << 20);
    ck_assert_ptr_nonnull(third);
    gan__free(ctx, third);
    gan__context_unref(ctx);
    ck_assert_int_eq(allocator.blocks, 0);
}
END_TEST

START_TEST(test_refusal)
{
    struct test_allocator allocator = {0};
    const gan_host host = test_allocator_host(&allocator);
    for (int64_t n = 1;; n++) {
        atomic_store(&allocator.requests, 0);
        atomic_store(&allocator.refuse_from, n);
        gan_context *ctx = gan__context_alloc(&host);
        if (ctx == NULL) {
            ck_assert_int_eq(allocator.blocks, 0);
            continue;
        }
        void *block = gan__alloc(ctx, 100);
        atomic_store(&allocator.refuse_from, 0);
        if (block == NULL) {
            ck_assert_msg(strstr(ctx->error, "no memory for 100 bytes: the system refused them") !=
                              NULL,
                          "%s", ctx->error);
            gan__context_unref(ctx);
            ck_assert_int_eq(allocator.blocks, 0);
            continue;
        }
        gan__free(ctx, block);
        gan__context_unref(ctx);
        ck_assert_int_eq(allocator.blocks, 0);
        ck_assert_int_ge(n, 3);
        break;
    }
}
END_TEST

/* A refusal gives back what is kept, and asks again. */
static void *
narrow_allocate(void *user, size_t bytes, size_t alignment)
{
    struct test_allocator *const self = user;
    return self->bytes + (int64_t)bytes > 200000 ? NULL : test_allocate(user, bytes, alignment);
}

START_TEST(test_refusal_trims)
{
    struct test_allocator allocator = {0};
    gan_host host = test_allocator_host(&allocator);
    host.allocate = narrow_allocate;
    gan_context *ctx = bare_context(&host);
    void *pointers[10];
    for (int i = 0; i < 10; i++) {
        pointers[i] = gan__alloc(ctx, 15000);
        ck_assert_ptr_nonnull(pointers[i]);
    }
    for (int i = 0; i < 10; i++) {
        gan__free(ctx, pointers[i]);
    }
    void *large = gan__alloc(ctx, 150000);
    ck_assert_ptr_nonnull(large);
    ck_assert_int_eq(ctx->error_status, GAN_OK);
    gan__free(ctx, large);
    gan__context_unref(ctx);
    ck_assert_int_eq(allocator.blocks, 0);
}
END_TEST

START_TEST(test_scratch)
{
    gan_context *ctx = bare_context(NULL);
    ASSERT_OK(ctx, gan__pool_create(ctx, 3));
    ASSERT_OK(ctx, gan__scratch_reserve(ctx, 1000));
    for (int32_t slot = 0; slot < 3; slot++) {
        char *scratch = gan__scratch(ctx, slot);
        ck_assert_uint_eq((uintptr_t)scratch % 64, 0);
        memset(scratch, slot, 1000);
    }
    for (int32_t slot = 0; slot < 3; slot++) {
        const char *scratch = gan__scratch(ctx, slot);
        ck_assert(scratch[0] == slot && scratch[999] == slot);
    }
    const uint64_t before = counts(ctx).system_allocations;
    ASSERT_OK(ctx, gan__scratch_reserve(ctx, 10)); /* what is there is enough */
    ASSERT_OK(ctx, gan__scratch_reserve(ctx, 1000));
    ck_assert_uint_eq(counts(ctx).system_allocations, before);
    gan__memory_set_limit(ctx, 1 << 20);
    ASSERT_FAILS(ctx, gan__scratch_reserve(ctx, 1 << 20), GAN_E_NOMEM, "memory_limit");
    gan__recover(ctx);
    ASSERT_OK(ctx, gan__scratch_reserve(ctx, 2000));
    memset(gan__scratch(ctx, 2), 1, 2000);
    ASSERT_FAILS(ctx, gan__scratch_reserve(ctx, SIZE_MAX), GAN_E_NOMEM, "scratch");
    gan__context_unref(ctx);
}
END_TEST

Suite *
memory_suite(void)
{
    Suite *suite = suite_create("base/memory");
    TCase *tcase = tcase_create("memory");
    tcase_add_test(tcase, test_sizes);
    tcase_add_test(tcase, test_misaligned);
    tcase_add_test(tcase, test_reuse);
    tcase_add_test(tcase, test_edges);
    tcase_add_test(tcase, test_limit);
    tcase_add_test(tcase, test_refusal);
    tcase_add_test(tcase, test_refusal_trims);
    tcase_add_test(tcase, test_scratch);
    suite_add_tcase(suite, tcase);
    return suite;
}
