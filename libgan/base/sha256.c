/*
 * SHA-256 as FIPS 180-4 has it, in plain C. (Secure Hash Standard, 2015, sections 4 to 6)
 */
#include "base/sha256.h"

#include <string.h>

enum { BLOCK = 64, ROUNDS = 64 };

/* The first 32 bits of the fractions of the first 64 primes' cube roots. */
static const uint32_t constants[ROUNDS] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static uint32_t
turn(uint32_t word, int bits)
{
    return word >> bits | word << (32 - bits);
}

static void
expand(uint32_t words[ROUNDS], const unsigned char *block)
{
    for (int i = 0; i < 16; i++) {
        words[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 |
                   (uint32_t)block[4 * i + 2] << 8 | (uint32_t)block[4 * i + 3];
    }
    for (int i = 16; i < ROUNDS; i++) {
        const uint32_t a = words[i - 15], b = words[i - 2];
        words[i] = words[i - 16] + (turn(a, 7) ^ turn(a, 18) ^ a >> 3) + words[i - 7] +
                   (turn(b, 17) ^ turn(b, 19) ^ b >> 10);
    }
}

static void
take_block(uint32_t state[8], const unsigned char *block)
{
    uint32_t words[ROUNDS];
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
    uint32_t e = state[4], f = state[5], g = state[6], h = state[7];

    expand(words, block);
    for (int i = 0; i < ROUNDS; i++) {
        const uint32_t first = h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) +
                               constants[i] + words[i];
        const uint32_t second =
            (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
        h = g;
        g = f;
        f = e;
        e = d + first;
        d = c;
        c = b;
        b = a;
        a = first + second;
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
    state[4] += e;
    state[5] += f;
    state[6] += g;
    state[7] += h;
}

void
gan__sha256_init(struct gan__sha256 *hash)
{
    *hash = (struct gan__sha256){.state = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                           0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19}};
}

void
gan__sha256_add(struct gan__sha256 *hash, const void *data, size_t bytes)
{
    const unsigned char *from = data;

    while (bytes > 0) {
        const size_t filled = (size_t)(hash->bytes % BLOCK);
        if (filled == 0 && bytes >= BLOCK) {
            take_block(hash->state, from);
            hash->bytes += BLOCK;
            from += BLOCK;
            bytes -= BLOCK;
            continue;
        }
        const size_t taken = bytes < BLOCK - filled ? bytes : BLOCK - filled;
        memcpy(hash->block + filled, from, taken);
        hash->bytes += taken;
        from += taken;
        bytes -= taken;
        if (filled + taken == BLOCK) {
            take_block(hash->state, hash->block);
        }
    }
}

void
gan__sha256_text(struct gan__sha256 *hash, char text[GAN__SHA256_TEXT_SIZE])
{
    static const unsigned char padding[BLOCK] = {0x80};
    static const char digits[] = "0123456789abcdef";
    const uint64_t bits = hash->bytes * 8;
    unsigned char length[8];

    for (int i = 0; i < 8; i++) {
        length[i] = (unsigned char)(bits >> (56 - 8 * i));
    }
    gan__sha256_add(hash, padding, (2 * BLOCK - 9 - (size_t)(hash->bytes % BLOCK)) % BLOCK + 1);
    gan__sha256_add(hash, length, sizeof length);
    for (int i = 0; i < 2 * GAN__SHA256_SIZE; i++) {
        text[i] = digits[hash->state[i / 8] >> (28 - 4 * (i % 8)) & 15];
    }
    text[2 * GAN__SHA256_SIZE] = '\0';
}
