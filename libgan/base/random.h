/*
 * Random numbers: Philox 4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC
 * 2011), a function of (seed, stream, position), so that any part of a sequence can be had at any
 * time, on any thread.
 *
 * The key is the seed; the counter's low 64 bits are the block's number, its high 64 bits the
 * stream.
 */
#ifndef GAN__BASE_RANDOM_H
#define GAN__BASE_RANDOM_H

#include <stdint.h>

struct gan__random {
    uint64_t seed, stream;
};

/* Streams are numbered by purpose, so that no two uses meet. a and b tell uses of one purpose
 * apart. */
enum gan__purpose {
    /* gan_tensor_create_random, gan_dropout: a = the caller's stream */
    GAN__PURPOSE_USER = 1,
    GAN__PURPOSE_INITIAL = 2,  /* initial values: a = network number, b = hash of the path */
    GAN__PURPOSE_GENERATE = 3, /* gan_layer_generate: a = hash of the input's name */
    GAN__PURPOSE_SHUFFLE = 4,  /* a = epoch */
    /* the trainer's: a = number of the draw, b = hash of the input's name */
    GAN__PURPOSE_NOISE = 5,
    GAN__PURPOSE_DROPOUT = 6, /* a = number of the forward, b = hash of the layer's path */
    /* noise to estimate an average's batch-norm statistics: a = batch */
    GAN__PURPOSE_STATISTICS = 7,
    GAN__PURPOSE_LABELS = 8,   /* label flipping: a = number of the draw, b: 0 real, 1 generated */
    GAN__PURPOSE_PENALTY = 9,  /* interpolates: a = number of the draw, b = hash of the kind */
    GAN__PURPOSE_AUGMENT = 10, /* gan_augment: a = the caller's stream */
    GAN__PURPOSE_INSTANCE_NOISE = 11, /* a = number of D's forward */
    GAN__PURPOSE_DATASET = 12, /* random changes of a sample: a = epoch, b = the sample's number */
    GAN__PURPOSE_MEASURE = 13, /* rows that a measure draws: a = number of the drawing, b = 0 or 1:
                                * of which set */
    GAN__PURPOSE_STACKED = 14  /* what a stacked picture is made of: a = the sample's number */
};

struct gan__random gan__random_make(uint64_t seed, enum gan__purpose purpose, uint64_t a,
                                    uint64_t b);
/* A further stream drawn from one, e.g. for each layer of a forward. */
struct gan__random gan__random_derive(struct gan__random random, uint64_t a);
/* FNV-1a, for paths and names. */
uint64_t gan__hash(const char *text);
/* The hash of a text whose beginning has the hash `hash`. */
uint64_t gan__hash_on(uint64_t hash, const char *text);

/* The raw function: counter and key as in the published known-answer vectors (least significant
 * word first). */
void gan__philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);

/* Elements [first, first + count) of the stream's sequence. Uniform in [0, 1) with 24 bits; normal
 * by Box-Muller. */
void gan__random_bits(struct gan__random random, uint64_t first, int64_t count, uint32_t *out);
void gan__random_uniform(struct gan__random random, uint64_t first, int64_t count, float *out);
void gan__random_normal(struct gan__random random, uint64_t first, int64_t count, float *out);
/* The i-th whole number of the stream, 0 to count - 1, of its elements 2 i and 2 i + 1; count is far
 * below 2^53, so that the bias is, too. */
int64_t gan__random_below(struct gan__random random, uint64_t i, int64_t count);
/* A permutation of 0..count-1 (Fisher-Yates without bias). */
void gan__random_permutation(struct gan__random random, int64_t count, int64_t *out);

#endif
