/* SHA-256 (FIPS 180-4): names for what was used, not a defence against those who want two alike. */
#ifndef GAN__BASE_SHA256_H
#define GAN__BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>

enum { GAN__SHA256_SIZE = 32, GAN__SHA256_TEXT_SIZE = 2 * GAN__SHA256_SIZE + 1 };

struct gan__sha256 {
    uint32_t state[8];
    uint64_t bytes; /* so far */
    unsigned char block[64];
};

void gan__sha256_init(struct gan__sha256 *hash);
void gan__sha256_add(struct gan__sha256 *hash, const void *data, size_t bytes);
/* The digest in hexadecimal; the hash can be added to no more. */
void gan__sha256_text(struct gan__sha256 *hash, char text[GAN__SHA256_TEXT_SIZE]);

#endif
