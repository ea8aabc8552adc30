/* The networks that are trained, and the operations of their products. */
#ifndef BENCH_NETWORKS_H
#define BENCH_NETWORKS_H

#include "bench.h"

/* Which pictures, and how many a step or call. */
struct pictures {
    int64_t size, channels, batch;
};

enum { NETWORK_WIDTH = 64, NETWORK_NOISE = 100, NETWORK_TEXT = 2048 };

void network_generator(char text[NETWORK_TEXT], const struct pictures *of);
/* norm: batch_norm on inner layers; without it (a critic) all layers have an offset. */
void network_discriminator(char text[NETWORK_TEXT], const struct pictures *of, bool norm);

/* Of a forward pass on `batch` pictures, an FMA being two: of all products and of the first one. */
struct operations {
    double all, first, last;
};
struct operations network_generator_operations(const struct pictures *of);
struct operations network_discriminator_operations(const struct pictures *of);

#endif
