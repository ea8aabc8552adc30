/*
 * The convolution's vector functions: its part of the table. One micro-kernel computes a tile of a
 * few rows by a panel of columns in registers; the drivers feed it by pointers.
 */
#ifndef GAN__KERNELS_CONVOLUTION_KERNELS_H
#define GAN__KERNELS_CONVOLUTION_KERNELS_H

#include <stdint.h>

enum {
    GAN__TILE_VECTORS = 4, /* at most so many vectors in a panel */
    GAN__TILE_ROWS = 12,   /* at most so many rows in a tile */
    GAN__LINE_FLOATS = 16  /* in a cache line */
};

enum gan__tile_mode {
    GAN__TILE_STORE,    /* sums start at 0 */
    GAN__TILE_CONTINUE, /* sums start at what the outputs hold: the rest of a longer sum */
    GAN__TILE_ADD       /* sums start at 0 and are added to what the outputs hold */
};

/* out[i][column + j] = the sum over k of (element k of row i) * panel[k][j], one chain of FMAs in
 * the order of k. */
struct gan__tile {
    /* The panel: depth rows of full vectors, panel_stride floats apart. */
    const float *panel;
    int64_t panel_stride;
    /* outputs: rows of them exist, columns of them are wanted, the last vector may be partly
     * used */
    float *const *out;
    int64_t column;
    int32_t rows, columns;
    enum gan__tile_mode mode;
    /* For `gather`: element k = tap * channels + c of row i is in[tap * in_stride + i][in_first +
     * c]. All pointers up to the tile's full height must be readable. */
    const float *const *in;
    int64_t in_stride, in_first;
    int64_t taps, channels;
    /* For `packed`: element k of row i is packed[k * packed_stride + i]; readable up to the tile's
     * full height. */
    const float *packed;
    int64_t packed_stride, depth;
};

typedef void (*gan__tile_function)(const struct gan__tile *tile);

struct gan__convolution_kernels {
    int32_t vectors;     /* in a full panel */
    int32_t packed_rows; /* the height of all `packed` tiles */
    /* With weights that fill the nearest large cache: so many rows of a panel at a time, for so
     * many pixels (a multiple of all gather_rows). Wide panels gain by staying there; narrow ones
     * read pixels more than weights, and do not. */
    int64_t depth, pixels;
    int32_t gather_rows[GAN__TILE_VECTORS];
    gan__tile_function gather[GAN__TILE_VECTORS];
    gan__tile_function packed[GAN__TILE_VECTORS];
};

/* The transforms of winograd.h between runs of `count` floats, in squares row by row; of 4x4
 * kernels, of 3x3 ones. */
struct gan__winograd_kernels {
    /* Towards the products, 2x2 to 3x3 and 3x3 to 4x4; 3x3 and 4x4;
     * 2x2 to these. They write whole vectors, with
     * zeros after `count`. `rows` runs each, to_row and from_row apart. */
    void (*spread[2])(float *const *to, int64_t to_row, const float *const *from, int64_t from_row,
                      int64_t rows, int64_t count);
    void (*difference[2])(float *const *to, const float *const *from, int64_t count);
    void (*gradient[2])(float *const *to, const float *const *from, int64_t count);
    /* Away from them: 3x3 and 4x4 to 2x2; to 2x2 and 3x3; 4x4 to 2x2. What is NULL is not written. */
    void (*sum[2])(float *const *to, const float *const *from, int64_t count);
    void (*taps[2])(float *const *to, const float *const *from, int64_t count);
    void (*join)(float *const *to, const float *const *from, int64_t count);
};

#endif
