/*
 * Tiles of products of centred rows, on the convolution's micro-kernels: they use the CPU's widest
 * vectors and add in the same order on all of them.
 */
#include "metrics/distances.h"

#include <math.h>

#include "base/checked.h"
#include "base/memory.h"
#include "base/pool.h"

enum {
    FEW_ROWS = 4096, /* within fewer, narrow tiles waste less on pairs i >= j */
    FEW_COLUMNS = 128,
    TILE_FLOATS = 1 << 22 /* of a's rows at a time, if there are at least TILE_LEAST of them */
};
enum { TILE_LEAST = 64 };

/* The sum of `count` products in one chain of FMAs is within count * 2^-24 of the sum of their
 * absolute values, which is at most (|a|^2 + |b|^2) / 2. The rest is for the rounding of centred
 * rows and of halves and limits. */
static void
set_error(struct gan__pairs *pairs)
{
    const double unit = ((double)pairs->dimension + 16) * 0x1p-24;
    pairs->error = unit < 0.25 ? unit * 1.5 : INFINITY; /* then nothing is certain */
    pairs->least = (double)pairs->dimension * 0x1p-122; /* denormal products are 0 */
}

static gan_status
rows_alloc(gan_context *ctx, struct gan__pair_rows *side, int64_t count)
{
    side->count = count;
    side->rows = gan__alloc_array(ctx, count, sizeof *side->rows);
    side->squares = gan__alloc_array(ctx, count, sizeof *side->squares);
    side->halves = gan__alloc_array(ctx, count, sizeof *side->halves);
    return side->rows == NULL || side->squares == NULL || side->halves == NULL ? GAN_E_NOMEM
                                                                               : GAN_OK;
}

static void
rows_free(gan_context *ctx, struct gan__pair_rows *side)
{
    gan__free(ctx, side->rows);
    gan__free(ctx, side->squares);
    gan__free(ctx, side->halves);
}

gan_status
gan__pairs_alloc(struct gan__pairs *pairs, gan_context *ctx, int64_t dimension, int64_t a_count,
                 int64_t b_count)
{
    gan_status st = GAN_OK;

    *pairs = (struct gan__pairs){.ctx = ctx, .dimension = dimension, .within = b_count == 0};
    set_error(pairs);
    GAN__TRY(rows_alloc(ctx, &pairs->a, a_count));
    if (!pairs->within) {
        GAN__TRY(rows_alloc(ctx, &pairs->b, b_count));
    } else {
        pairs->b = pairs->a;
    }
    pairs->center = gan__alloc_array(ctx, dimension, sizeof *pairs->center);
    if (pairs->center == NULL) {
        GAN__TRY(GAN_E_NOMEM);
    }
    return GAN_OK;

fail:
    gan__pairs_free(pairs);
    return st;
}

void
gan__pairs_free(struct gan__pairs *pairs)
{
    rows_free(pairs->ctx, &pairs->a);
    if (!pairs->within) {
        rows_free(pairs->ctx, &pairs->b);
    }
    gan__free(pairs->ctx, pairs->center);
    *pairs = (struct gan__pairs){.ctx = pairs->ctx, .within = true};
}

static void
rows_point(struct gan__pair_rows *side, const gan_features *set)
{
    for (int64_t i = 0; i < side->count; i++) {
        side->rows[i] = gan__features_row(set, i);
    }
}

/* Near the rows is enough: the mean of the first ones. */
gan_status
gan__pairs_open(struct gan__pairs *pairs, const gan_features *a, const gan_features *b)
{
    const gan_features *middle = b == NULL ? a : b;
    const int64_t first = gan__min(GAN__FEATURE_BLOCK, middle->count);
    gan_status st =
        gan__pairs_alloc(pairs, a->object.ctx, a->dimension, a->count, b == NULL ? 0 : b->count);

    if (st != GAN_OK) {
        return st;
    }
    rows_point(&pairs->a, a);
    if (b != NULL) {
        rows_point(&pairs->b, b);
    }
    st = gan__sum(pairs->ctx, pairs->center, middle->blocks[0], 1, first, pairs->dimension,
                  1.0F / (float)first);
    if (st != GAN_OK) {
        gan__pairs_free(pairs);
    }
    return st;
}

struct centring {
    const struct gan__pairs *pairs;
    const struct gan__pair_rows *side;
    float *to;
    int64_t first;
};

static void
center_task(void *argument, int64_t begin, int64_t end, int32_t slot)
{
    (void)slot;
    const struct centring *work = argument;
    const struct gan__pairs *pairs = work->pairs;
    const struct gan__kernel_table *kernels = pairs->ctx->kernels;
    const int64_t dimension = pairs->dimension;
    const struct gan__binary_piece piece = {
        .rows = 1, .columns = dimension, .p_column = true, .q_column = true};

    for (int64_t i = begin; i < end; i++) {
        float *const row = work->to + i * dimension;
        kernels->binary[GAN__BINARY_sub](row, work->side->rows[work->first + i], pairs->center,
                                         &piece, 0.0F, 0.0F);
        const double square = kernels->sum_squares(row, dimension);
        work->side->squares[work->first + i] = square;
        work->side->halves[work->first + i] = square < GAN__PAIRS_MOST / 2 && pairs->error < 1
                                                  ? (float)(square * (1 - pairs->error) * 0.5)
                                                  : -INFINITY;
    }
}

static void
center_rows(const struct gan__pairs *pairs, const struct gan__pair_rows *side, float *to,
            int64_t first, int64_t end)
{
    struct centring work = {.pairs = pairs, .side = side, .to = to, .first = first};

    gan__parallel_for(pairs->ctx, end - first, gan__grain(pairs->dimension), center_task, &work);
}

/* y [m, n] = a [m, k] b [n, k]^T, one chain of FMAs each: a 1x1 convolution's adjoint. */
static gan_status
multiply(const struct gan__pairs *pairs, float *y, const float *a, int64_t m, const float *b,
         int64_t n)
{
    const struct gan__convolution g = {
        .batch = m,
        .in_height = 1,
        .in_width = 1,
        .in_channels = n,
        .out_height = 1,
        .out_width = 1,
        .out_channels = pairs->dimension,
        .kernel_height = 1,
        .kernel_width = 1,
        .stride_height = 1,
        .stride_width = 1,
    };
    return gan__convolution_input(pairs->ctx, &g, y, a, b);
}

struct tiles {
    int64_t rows, columns; /* a multiple of columns, and those */
    float *a, *b;          /* centred */
    float *products;
};

static gan_status
tiles_alloc(const struct gan__pairs *pairs, struct tiles *tiles)
{
    gan_context *ctx = pairs->ctx;
    const int64_t fit =
        gan__max(TILE_LEAST, TILE_FLOATS / pairs->dimension / TILE_LEAST * TILE_LEAST);

    tiles->columns = pairs->within && pairs->a.count <= FEW_ROWS ? FEW_COLUMNS : GAN__PAIRS_COLUMNS;
    tiles->columns = gan__min(tiles->columns, fit);
    tiles->rows = gan__min(GAN__PAIRS_ROWS, fit) / tiles->columns * tiles->columns;
    const int64_t rows = gan__min(tiles->rows, pairs->a.count);
    const int64_t columns = gan__min(tiles->columns, pairs->b.count);
    int64_t floats = 0;
    if (!gan__checked_mul(rows, pairs->dimension, &floats)) {
        floats = INT64_MAX; /* refused by the allocator, with its sentence */
    }
    tiles->a = gan__alloc_array(ctx, floats, sizeof(float));
    tiles->b =
        tiles->a == NULL ? NULL : gan__alloc_array(ctx, columns * pairs->dimension, sizeof(float));
    tiles->products =
        tiles->b == NULL ? NULL : gan__alloc_array(ctx, rows * columns, sizeof(float));
    return tiles->products == NULL ? GAN_E_NOMEM : GAN_OK;
}

/* All tiles of a's rows [first, end). */
static gan_status
run_rows(const struct gan__pairs *pairs, const struct tiles *tiles, int64_t first, int64_t end,
         gan__pair_visit visit, void *argument)
{
    center_rows(pairs, &pairs->a, tiles->a, first, end);
    for (int64_t column = pairs->within ? first : 0; column < pairs->b.count;
         column += tiles->columns) {
        const int64_t column_end = gan__min(column + tiles->columns, pairs->b.count);
        const float *b = tiles->b;
        int64_t rows = end - first;
        if (pairs->within && column_end <= end) {
            b = tiles->a + (column - first) * pairs->dimension;
            rows = column_end - first;
        } else {
            center_rows(pairs, &pairs->b, tiles->b, column, column_end);
        }
        const gan_status st =
            multiply(pairs, tiles->products, tiles->a, rows, b, column_end - column);
        if (st != GAN_OK) {
            return st;
        }
        const struct gan__pair_tile tile = {.a_first = first,
                                            .a_count = rows,
                                            .b_first = column,
                                            .b_count = column_end - column,
                                            .products = tiles->products};
        visit(argument, &tile);
    }
    return GAN_OK;
}

gan_status
gan__pairs_run(struct gan__pairs *pairs, gan__pair_visit visit, void *argument)
{
    struct tiles tiles = {0};
    gan_status st = GAN_OK;

    GAN__TRY(tiles_alloc(pairs, &tiles));
    for (int64_t row = 0; row < pairs->a.count; row += tiles.rows) {
        GAN__TRY(run_rows(pairs, &tiles, row, gan__min(row + tiles.rows, pairs->a.count), visit,
                          argument));
    }

fail:
    gan__free(pairs->ctx, tiles.a);
    gan__free(pairs->ctx, tiles.b);
    gan__free(pairs->ctx, tiles.products);
    return st;
}

/* gan__features_distances(): all distances written down. */
struct distances {
    const struct gan__pairs *pairs;
    const struct gan__pair_tile *tile;
    double *out;
};

static void
distances_task(void *argument, int64_t begin, int64_t end, int32_t slot)
{
    (void)slot;
    const struct distances *work = argument;
    const struct gan__pairs *pairs = work->pairs;
    const struct gan__pair_tile *tile = work->tile;

    for (int64_t row = begin; row < end; row++) {
        const int64_t i = tile->a_first + row;
        double *const out = work->out + i * pairs->b.count + tile->b_first;
        for (int64_t column = 0; column < tile->b_count; column++) {
            const int64_t j = tile->b_first + column;
            const double squares = pairs->a.squares[i] + pairs->b.squares[j];
            const double square =
                squares - 2 * (double)tile->products[row * tile->b_count + column];
            out[column] =
                gan__pairs_near(pairs, square, squares) ? gan__pairs_exact(pairs, i, j) : square;
        }
    }
}

static void
distances_visit(void *argument, const struct gan__pair_tile *tile)
{
    struct distances *work = argument;

    work->tile = tile;
    gan__parallel_for(work->pairs->ctx, tile->a_count, gan__grain(tile->b_count), distances_task,
                      work);
}

gan_status
gan__features_distances(gan_context *ctx, double *out, const gan_features *a, int64_t a_first,
                        int64_t a_count, const gan_features *b, int64_t b_first, int64_t b_count)
{
    struct gan__pairs pairs;
    struct distances work = {.pairs = &pairs, .out = out};
    gan_status st = GAN_OK;

    if (a_count == 0 || b_count == 0) {
        return GAN_OK;
    }
    st = gan__pairs_alloc(&pairs, ctx, a->dimension, a_count, b_count);
    if (st != GAN_OK) {
        return st;
    }
    for (int64_t i = 0; i < a_count; i++) {
        pairs.a.rows[i] = gan__features_row(a, a_first + i);
    }
    for (int64_t i = 0; i < b_count; i++) {
        pairs.b.rows[i] = gan__features_row(b, b_first + i);
    }
    const int64_t first = gan__min(b_count, GAN__FEATURE_BLOCK - b_first % GAN__FEATURE_BLOCK);
    GAN__TRY(gan__sum(ctx, pairs.center, pairs.b.rows[0], 1, first, pairs.dimension,
                      1.0F / (float)first));
    GAN__TRY(gan__pairs_run(&pairs, distances_visit, &work));

fail:
    gan__pairs_free(&pairs);
    return st;
}
