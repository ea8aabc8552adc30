/*
 * All pairs of rows, tile by tile in bounded memory, for the measures that look at distances or
 * kernels.
 *
 * A tile's scalar products are floats: fast, and within a known bound of the true ones, because the
 * rows are centred first. A measure decides by them what is certain, and computes the few distances
 * that are not in double: what it finds is what distances in double would have given.
 */
#ifndef GAN__METRICS_DISTANCES_H
#define GAN__METRICS_DISTANCES_H

#include <math.h>

#include "base/context.h"
#include "kernels/cut.h"
#include "kernels/table.h"
#include "metrics/features.h"

/* The most rows and columns of a tile. */
enum { GAN__PAIRS_ROWS = 2048, GAN__PAIRS_COLUMNS = 512 };

/* One side of the pairs. */
struct gan__pair_rows {
    int64_t count;
    const float **rows;
    /* Of each row that a tile has shown: |row - centre|^2, and half of what is certain of it, or
     * -INFINITY where floats may have overflowed. */
    double *squares;
    float *halves;
};

struct gan__pairs {
    gan_context *ctx;
    int64_t dimension;
    float *center;
    struct gan__pair_rows a, b;
    bool within; /* pairs i < j of a; b is a */
    /* |a|^2 + |b|^2 - 2 a.b of centred rows is at most error * (|a|^2 + |b|^2) + least off. */
    double error, least;
};

/* Products of rows a_first + i and b_first + j: products[i * b_count + j]. With `within` pairs that
 * are not i < j are there too, and have no meaning. */
struct gan__pair_tile {
    int64_t a_first, a_count, b_first, b_count;
    const float *products;
};

/* Rows of a set, or of two; b == NULL: pairs within a. */
gan_status gan__pairs_open(struct gan__pairs *pairs, const gan_features *a, const gan_features *b);
/* Room for rows that the caller sets himself, centre too; b_count 0: pairs within a. */
gan_status gan__pairs_alloc(struct gan__pairs *pairs, gan_context *ctx, int64_t dimension,
                            int64_t a_count, int64_t b_count);
void gan__pairs_free(struct gan__pairs *pairs);

/* Show all tiles, on the calling thread, in an order that only the counts decide. */
typedef void (*gan__pair_visit)(void *argument, const struct gan__pair_tile *tile);
gan_status gan__pairs_run(struct gan__pairs *pairs, gan__pair_visit visit, void *argument);

/* The squared distance in double. */
static inline double
gan__pairs_exact(const struct gan__pairs *pairs, int64_t i, int64_t j)
{
    return pairs->ctx->kernels->squared_distance(pairs->a.rows[i], pairs->b.rows[j],
                                                 pairs->dimension);
}

/* Squares from here on may overflow as floats. */
#define GAN__PAIRS_MOST 1e37

/* How far |a|^2 + |b|^2 - 2 a.b may be off, the sum of the two squares being `squares`. */
static inline double
gan__pairs_error(const struct gan__pairs *pairs, double squares)
{
    return squares < GAN__PAIRS_MOST ? pairs->error * squares + pairs->least : INFINITY;
}

/* Whether a squared distance made of floats may have lost too much for a mean: it is NaN, or below
 * 2^-12 of the squares that it is a difference of, or these are out of a float's range. */
static inline bool
gan__pairs_near(const struct gan__pairs *pairs, double square, double squares)
{
    return !(square >= squares * 0x1p-12) || squares >= GAN__PAIRS_MOST ||
           squares * 0x1p-26 < pairs->least;
}

/*
 * A product below gan__pairs_limit(of row i, square) + halves[j] says that the pair's squared
 * distance is above `square`; no other product says anything (nor does NaN).
 */
static inline float
gan__pairs_limit(const struct gan__pairs *pairs, float half, double square)
{
    /* the share is for the roundings to float of the limit and of the sum */
    return (float)((double)half - square * (0.5 + 0x1p-20) - pairs->least);
}

/* The squared distance of the k-th nearest other row, for each row of a set. */
gan_status gan__features_radii(const gan_features *set, int64_t k, double *squares);
/* The nearest row of `real` and its squared distance, for each row. */
gan_status gan__features_find_nearest(const gan_features *set, const gan_features *real,
                                      int64_t *rows, double *squares);

#endif
