/* Random numbers: the published vectors, independence of how a stream is cut, and what the draws are distributed like. */
#include "suites.h"

#include <math.h>

#include "base/random.h"

/* kat_vectors of Random123, philox4x32-10. */
START_TEST(test_philox_vectors)
{
    static const struct {
        uint32_t counter[4], key[2], out[4];
    } vectors[] = {
        {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
         {0xffffffff, 0xffffffff},
         {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
         {0xa4093822, 0x299f31d0},
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        uint32_t out[4];
        gan__philox(vectors[i].counter, vectors[i].key, out);
        ck_assert_mem_eq(out, vectors[i].out, sizeof out);
    }
    /* The same through a stream: key = seed, counter = block and stream. */
    const struct gan__random random = {.seed = 0x299f31d0a4093822, .stream = 0x0370734413198a2e};
    uint32_t out[4];
    gan__random_bits(random, 0x85a308d3243f6a88u << 2, 0, out);
    const struct gan__random ones = {.seed = UINT64_MAX, .stream = 0};
    const uint32_t counter[4] = {5, 0, 0, 0}, key[2] = {0xffffffff, 0xffffffff};
    uint32_t wanted[4];
    gan__philox(counter, key, wanted);
    gan__random_bits(ones, 20, 4, out);
    ck_assert_mem_eq(out, wanted, sizeof out);
    const uint32_t high[4] = {0x243f6a88, 0x05a308d3, 0x13198a2e, 0x03707344},
                   pi_key[2] = {0xa4093822, 0x299f31d0};
    gan__philox(high, pi_key, wanted);
    gan__random_bits(random, 0x05a308d3243f6a88u << 2, 4, out);
    ck_assert_mem_eq(out, wanted, sizeof out);
}
END_TEST

#define NORMAL_HASH 0xd21c72cad51d6b3bu

enum { LENGTH = 203 };

START_TEST(test_random_pieces)
{
    const struct gan__random random = gan__random_make(7, GAN__PURPOSE_USER, 1, 2);
    float normal[LENGTH], uniform[LENGTH], piece[LENGTH];
    uint32_t bits[LENGTH], bit_piece[LENGTH];
    gan__random_normal(random, 0, LENGTH, normal);
    gan__random_uniform(random, 0, LENGTH, uniform);
    gan__random_bits(random, 0, LENGTH, bits);
    for (int64_t first = 0; first < 11; first++) {
        for (int64_t count = 0; count < 23; count++) {
            gan__random_normal(random, (uint64_t)first, count, piece);
            ck_assert_mem_eq(piece, normal + first, (size_t)count * sizeof *piece);
            gan__random_uniform(random, (uint64_t)first, count, piece);
            ck_assert_mem_eq(piece, uniform + first, (size_t)count * sizeof *piece);
            gan__random_bits(random, (uint64_t)first, count, bit_piece);
            ck_assert_mem_eq(bit_piece, bits + first, (size_t)count * sizeof *bit_piece);
        }
    }
}
END_TEST

/* Box-Muller in double, with the C library's functions. */
START_TEST(test_normal_reference)
{
    const struct gan__random random = gan__random_make(3, GAN__PURPOSE_NOISE, 0, 0);
    static uint32_t bits[2000];
    static float normal[2000];
    gan__random_bits(random, 0, 2000, bits);
    gan__random_normal(random, 0, 2000, normal);
    for (int i = 0; i < 2000; i += 2) {
        const double uniform = ((double)(bits[i] >> 1) + 0.5) / 2147483648.0;
        const double radius = sqrt(-2 * log(uniform));
        const double angle = 2 * 3.14159265358979323846 * (double)(bits[i + 1] >> 8) / 16777216.0;
        ck_assert_double_eq_tol(normal[i], radius * cos(angle), 4e-6);
        ck_assert_double_eq_tol(normal[i + 1], radius * sin(angle), 4e-6);
    }
}
END_TEST

/* One number over the bytes of some draws: it must be the same on every compiler, machine and day. */
START_TEST(test_random_bits_stay)
{
    static float values[4096];
    uint64_t hash = 0xcbf29ce484222325u;
    gan__random_normal(gan__random_make(1, GAN__PURPOSE_INITIAL, 2, 3), 1, 4096, values);
    for (size_t i = 0; i < sizeof values; i++) {
        hash = (hash ^ ((const unsigned char *)values)[i]) * 0x100000001b3u;
    }
    ck_assert_msg(hash == NORMAL_HASH, "found 0x%016llx", (unsigned long long)hash);
}
END_TEST

START_TEST(test_distributions)
{
    enum { COUNT = 200000 };
    static float values[COUNT];
    const struct gan__random random = gan__random_make(42, GAN__PURPOSE_USER, 0, 0);
    double sum = 0, squares = 0, fourth = 0;
    gan__random_normal(random, 0, COUNT, values);
    int beyond = 0, bad = 0;
    for (int i = 0; i < COUNT; i++) {
        const double x = values[i];
        bad += !isfinite(x);
        sum += x;
        squares += x * x;
        fourth += x * x * x * x;
        beyond += x > 3;
    }
    ck_assert_double_eq_tol(sum / COUNT, 0, 0.01);
    ck_assert_double_eq_tol(squares / COUNT, 1, 0.015);
    ck_assert_double_eq_tol(fourth / COUNT, 3, 0.12);
    ck_assert_double_eq_tol((double)beyond / COUNT, 0.00135, 0.0004);

    int buckets[100] = {0};
    gan__random_uniform(random, 0, COUNT, values);
    for (int i = 0; i < COUNT; i++) {
        bad += !(values[i] >= 0 && values[i] < 1);
        buckets[(int)(values[i] * 100) % 100]++;
    }
    ck_assert_int_eq(bad, 0);
    double chi_squared = 0;
    for (int i = 0; i < 100; i++) {
        const double difference = buckets[i] - COUNT / 100.0;
        chi_squared += difference * difference / (COUNT / 100.0);
    }
    ck_assert_double_lt(chi_squared,
                        160); /* 99 degrees of freedom: beyond 160 once in 10,000 seeds */
}
END_TEST

START_TEST(test_streams)
{
    /* Different purposes, numbers and seeds give different streams. */
    const struct gan__random streams[] = {
        gan__random_make(1, GAN__PURPOSE_USER, 0, 0),
        gan__random_make(2, GAN__PURPOSE_USER, 0, 0),
        gan__random_make(1, GAN__PURPOSE_INITIAL, 0, 0),
        gan__random_make(1, GAN__PURPOSE_USER, 1, 0),
        gan__random_make(1, GAN__PURPOSE_USER, 0, 1),
        gan__random_make(1, GAN__PURPOSE_USER, 1, 1),
        gan__random_derive(gan__random_make(1, GAN__PURPOSE_USER, 0, 0), 0),
        gan__random_derive(gan__random_make(1, GAN__PURPOSE_USER, 0, 0), 1),
        gan__random_derive(gan__random_make(1, GAN__PURPOSE_USER, 1, 0), 1)};
    const size_t count = sizeof streams / sizeof streams[0];
    for (size_t i = 0; i < count; i++) {
        for (size_t j = i + 1; j < count; j++) {
            uint32_t a[4], b[4];
            gan__random_bits(streams[i], 0, 4, a);
            gan__random_bits(streams[j], 0, 4, b);
            ck_assert_msg(memcmp(a, b, sizeof a) != 0, "streams %zu and %zu", i, j);
        }
    }
    ck_assert(gan__hash("") == 0xcbf29ce484222325u); /* published vectors of FNV-1a */
    ck_assert(gan__hash("a") == 0xaf63dc4c8601ec8cu);
    ck_assert(gan__hash("foobar") == 0x85944171f73967e8u);
}
END_TEST

START_TEST(test_random_below)
{
    static const int64_t counts[] = {1, 2, 10, 1000, INT64_C(1) << 40};
    const struct gan__random random = gan__random_make(5, GAN__PURPOSE_STACKED, 3, 0);
    int found[10] = {0};

    for (size_t n = 0; n < sizeof counts / sizeof counts[0]; n++) {
        for (uint64_t i = 0; i < 10000; i++) {
            const int64_t number = gan__random_below(random, i, counts[n]);
            ck_assert(number >= 0 && number < counts[n]);
            if (counts[n] == 10) {
                found[number]++;
            }
        }
    }
    for (int i = 0; i < 10; i++) {
        ck_assert_int_ge(found[i], 880); /* four deviations from 1,000 */
        ck_assert_int_le(found[i], 1120);
    }
    /* Datasets and scores are made of these: they stay. */
    uint32_t bits[2];
    gan__random_bits(random, 14, 2, bits);
    const uint64_t number = (uint64_t)(bits[0] >> 11) << 32 | bits[1];
    ck_assert_int_eq(gan__random_below(random, 7, INT64_C(1) << 53), (int64_t)number);
}
END_TEST

START_TEST(test_permutation)
{
    enum { COUNT = 1000 };
    int64_t order[COUNT];
    bool seen[COUNT] = {false};
    gan__random_permutation(gan__random_make(5, GAN__PURPOSE_SHUFFLE, 0, 0), COUNT, order);
    for (int i = 0; i < COUNT; i++) {
        ck_assert(order[i] >= 0 && order[i] < COUNT && !seen[order[i]]);
        seen[order[i]] = true;
    }
    /* All orders of 4 are as likely as each other. */
    enum { ROUNDS = 24000 };
    int found[256] = {0};
    for (uint64_t round = 0; round < ROUNDS; round++) {
        gan__random_permutation(gan__random_make(5, GAN__PURPOSE_SHUFFLE, round, 0), 4, order);
        found[order[0] * 64 + order[1] * 16 + order[2] * 4 + order[3]]++;
    }
    double chi_squared = 0;
    int orders = 0;
    for (int i = 0; i < 256; i++) {
        if (found[i] > 0) {
            const double difference = found[i] - ROUNDS / 24.0;
            chi_squared += difference * difference / (ROUNDS / 24.0);
            orders++;
        }
    }
    ck_assert_int_eq(orders, 24);
    ck_assert_double_lt(chi_squared, 56); /* 23 degrees of freedom */
    gan__random_permutation(gan__random_make(5, GAN__PURPOSE_SHUFFLE, 0, 0), 0, NULL);
}
END_TEST

Suite *
random_suite(void)
{
    Suite *suite = suite_create("base/random");
    TCase *tcase = tcase_create("random");
    tcase_add_test(tcase, test_philox_vectors);
    tcase_add_test(tcase, test_random_pieces);
    tcase_add_test(tcase, test_normal_reference);
    tcase_add_test(tcase, test_random_bits_stay);
    tcase_add_test(tcase, test_distributions);
    tcase_add_test(tcase, test_streams);
    tcase_add_test(tcase, test_random_below);
    tcase_add_test(tcase, test_permutation);
    suite_add_tcase(suite, tcase);
    return suite;
}
