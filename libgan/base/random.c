/* Philox 4x32-10 and what is drawn from it. Counter: block number (64 bits), stream (64 bits). Key:
 * the seed. */
#include "base/random.h"

#include <math.h>
#include <stdbool.h>

/* SLEEF's scalar FMA family; its header declares them only to sources that are compiled for FMA. */
float Sleef_finz_logf1_u10purecfma(float);
float Sleef_finz_cospif1_u05purecfma(float);
float Sleef_finz_sinpif1_u05purecfma(float);

enum { LANES = 4, ROUNDS = 10 };

static inline void
multiply(uint32_t a, uint32_t b, uint32_t *high, uint32_t *low)
{
    const uint64_t product = (uint64_t)a * b;
    *high = (uint32_t)(product >> 32);
    *low = (uint32_t)product;
}

void
gan__philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4])
{
    uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
    uint32_t k0 = key[0], k1 = key[1];
    for (int round = 0; round < ROUNDS; round++) {
        uint32_t high0, low0, high1, low1;
        multiply(0xd2511f53u, c0, &high0, &low0);
        multiply(0xcd9e8d57u, c2, &high1, &low1);
        c0 = high1 ^ c1 ^ k0;
        c1 = low1;
        c2 = high0 ^ c3 ^ k1;
        c3 = low0;
        k0 += 0x9e3779b9u;
        k1 += 0xbb67ae85u;
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
}

static void
draw(struct gan__random random, uint64_t block, uint32_t out[LANES])
{
    const uint32_t counter[4] = {(uint32_t)block, (uint32_t)(block >> 32), (uint32_t)random.stream,
                                 (uint32_t)(random.stream >> 32)};
    const uint32_t key[2] = {(uint32_t)random.seed, (uint32_t)(random.seed >> 32)};
    gan__philox(counter, key, out);
}

/* SplitMix64's finalizer, a bijection: different inputs stay different. */
static uint64_t
mix(uint64_t x)
{
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

struct gan__random
gan__random_make(uint64_t seed, enum gan__purpose purpose, uint64_t a, uint64_t b)
{
    return (struct gan__random){.seed = seed, .stream = mix(mix(mix((uint64_t)purpose) ^ a) ^ b)};
}

struct gan__random
gan__random_derive(struct gan__random random, uint64_t a)
{
    return (struct gan__random){.seed = random.seed, .stream = mix(mix(random.stream) ^ a)};
}

uint64_t
gan__hash(const char *text)
{
    return gan__hash_on(0xcbf29ce484222325u, text);
}

uint64_t
gan__hash_on(uint64_t hash, const char *text)
{
    for (; *text != '\0'; text++) {
        hash = (hash ^ (unsigned char)*text) * 0x100000001b3u;
    }
    return hash;
}

void
gan__random_bits(struct gan__random random, uint64_t first, int64_t count, uint32_t *out)
{
    uint32_t block[LANES];
    for (int64_t i = 0; i < count; i++) {
        const uint64_t element = first + (uint64_t)i;
        if (i == 0 || element % LANES == 0) {
            draw(random, element / LANES, block);
        }
        out[i] = block[element % LANES];
    }
}

void
gan__random_uniform(struct gan__random random, uint64_t first, int64_t count, float *out)
{
    uint32_t block[LANES];
    for (int64_t i = 0; i < count; i++) {
        const uint64_t element = first + (uint64_t)i;
        if (i == 0 || element % LANES == 0) {
            draw(random, element / LANES, block);
        }
        out[i] = (float)(block[element % LANES] >> 8) * 0x1p-24f;
    }
}

/* Box-Muller: two words give two elements. The radius's uniform is in (0, 1], so its logarithm is
 * finite. */
static void
normal_pair(const uint32_t words[2], float out[2])
{
    const float uniform = fmaf((float)(int32_t)(words[0] >> 1), 0x1p-31f, 0x1p-32f);
    const float radius = sqrtf(-2.0f * Sleef_finz_logf1_u10purecfma(uniform));
    const float half_turns = (float)(words[1] >> 8) * 0x1p-23f;
    out[0] = radius * Sleef_finz_cospif1_u05purecfma(half_turns);
    out[1] = radius * Sleef_finz_sinpif1_u05purecfma(half_turns);
}

void
gan__random_normal(struct gan__random random, uint64_t first, int64_t count, float *out)
{
    uint32_t block[LANES];
    float pair[2];
    for (int64_t i = 0; i < count; i++) {
        const uint64_t element = first + (uint64_t)i;
        if (i == 0 || element % LANES == 0) {
            draw(random, element / LANES, block);
        }
        if (i == 0 || element % 2 == 0) {
            normal_pair(block + element % LANES / 2 * 2, pair);
        }
        out[i] = pair[element % 2];
    }
}

int64_t
gan__random_below(struct gan__random random, uint64_t i, int64_t count)
{
    uint32_t bits[2];

    gan__random_bits(random, 2 * i, 2, bits);
    const double uniform = (double)((uint64_t)(bits[0] >> 11) << 32 | bits[1]) * 0x1p-53;
    const int64_t number = (int64_t)(uniform * (double)count);
    return number < count ? number : count - 1;
}

/* 64-bit numbers in order, for draws whose number is not known before. */
struct sequence {
    struct gan__random random;
    uint64_t block;
    uint32_t words[LANES];
    bool second;
};

static uint64_t
next(struct sequence *sequence)
{
    if (!sequence->second) {
        draw(sequence->random, sequence->block++, sequence->words);
    }
    const uint32_t *const words = sequence->words + (sequence->second ? 2 : 0);
    sequence->second = !sequence->second;
    return (uint64_t)words[1] << 32 | words[0];
}

/* Below n without bias: what lies above the last whole multiple of n is drawn again. */
static uint64_t
next_below(struct sequence *sequence, uint64_t n)
{
    const uint64_t surplus = (0 - n) % n; /* 2^64 mod n */
    uint64_t value;
    do {
        value = next(sequence);
    } while (value > UINT64_MAX - surplus);
    return value % n;
}

void
gan__random_permutation(struct gan__random random, int64_t count, int64_t *out)
{
    struct sequence sequence = {.random = random};
    for (int64_t i = 0; i < count; i++) {
        const int64_t j = (int64_t)next_below(&sequence, (uint64_t)i + 1);
        if (j != i) {
            out[i] = out[j];
        }
        out[j] = i;
    }
}
