/*
 * Matrix products on BLIS: the only file that includes its header. Tiles of the result are cut by
 * shape and go to BLIS one by one, single-threaded, along K in pieces of GAN__MATMUL_DEPTH and
 * without its small-matrix path: then all of BLIS's FMA kernels add in the same order.
 */
#include <stdlib.h>
#include <string.h>

#include "base/context.h"
#include "base/memory.h"
#include "base/pool.h"
#include "kernels/convolution.h"
#include "kernels/cut.h"
#include "kernels/product.h"
#include "kernels/table.h"

#include <blis.h>

enum {
    TILE_ROWS = 128,
    TILE_COLUMNS = 256,
    DOUBLE_TILE_ROWS = 256, /* matrices of covariances: a tenth less time than with 128 */
    TILE_LEAST = 64,
    TILES_WANTED = 4,
    MIRROR_ROWS = 16,
    NEST_MOST = 32 /* products held open at once by the warm-up; each takes 15 KB of stack */
};

struct matmul {
    float *y, *a, *b; /* a and b are only read: BLIS's types have no const */
    int64_t m, n, k;
    int64_t a_row, a_column, b_row, b_column;
    int64_t rows_each, columns_each, column_cuts;
};

static void
runtime_make(rntm_t *runtime)
{
    bli_rntm_init(runtime);
    bli_rntm_set_num_threads(1, runtime);
    bli_rntm_disable_l3_sup(runtime);
}

static void
matmul_task(void *argument, int64_t begin, int64_t end, int32_t slot)
{
    (void)slot;
    const struct matmul *g = argument;
    float one = 1.0F, zero = 0.0F;
    rntm_t runtime;
    runtime_make(&runtime);
    for (int64_t item = begin; item < end; item++) {
        const int64_t row = item / g->column_cuts * g->rows_each;
        const int64_t column = item % g->column_cuts * g->columns_each;
        const int64_t rows = gan__min(g->rows_each, g->m - row);
        const int64_t columns = gan__min(g->columns_each, g->n - column);
        for (int64_t k = 0; k < g->k; k += GAN__MATMUL_DEPTH) {
            bli_sgemm_ex(BLIS_NO_TRANSPOSE, BLIS_NO_TRANSPOSE, rows, columns,
                         gan__min(GAN__MATMUL_DEPTH, g->k - k), &one,
                         g->a + row * g->a_row + k * g->a_column, g->a_row, g->a_column,
                         g->b + k * g->b_row + column * g->b_column, g->b_row, g->b_column,
                         k == 0 ? &zero : &one, g->y + row * g->n + column, g->n, 1, NULL,
                         &runtime);
        }
    }
}

/*
 * A product of small depth is a convolution with a kernel of one pixel, whose micro-kernels use
 * AVX-512 where BLIS may not. Its sums are the same: a chain of FMAs each.
 */
static bool
is_convolution(int64_t m, int64_t n, int64_t k, bool transpose_a, bool transpose_b)
{
    return k <= GAN__MATMUL_DEPTH && k <= GAN__PIXEL_BLOCK &&
           !(transpose_b && (transpose_a || n <= GAN__FEW_CHANNELS)) && m > 1;
}

static gan_status
run_convolution(gan_context *ctx, float *y, const float *a, const float *b, int64_t m, int64_t n,
                int64_t k, bool transpose_a, bool transpose_b)
{
    struct gan__convolution g = {
        .batch = m,
        .in_height = 1,
        .in_width = 1,
        .in_channels = transpose_b ? n : k,
        .out_height = 1,
        .out_width = 1,
        .out_channels = transpose_b ? k : n,
        .kernel_height = 1,
        .kernel_width = 1,
        .stride_height = 1,
        .stride_width = 1,
    };
    if (transpose_a) {
        g.batch = k;
        g.in_channels = m;
        return gan__convolution_weight(ctx, &g, y, a, b);
    }
    return transpose_b ? gan__convolution_input(ctx, &g, y, a, b)
                       : gan__convolution_forward(ctx, &g, y, a, b);
}

/* Large tiles repack less; a small result gets smaller ones, so that there are some for each
 * thread. */
static void
choose_tiles(int64_t m, int64_t n, int64_t most_rows, int64_t *rows_each, int64_t *columns_each)
{
    *rows_each = most_rows;
    *columns_each = TILE_COLUMNS;
    while (gan__ceil_div(m, *rows_each) * gan__ceil_div(n, *columns_each) < TILES_WANTED) {
        if (*columns_each > TILE_LEAST && gan__min(n, *columns_each) >= gan__min(m, *rows_each)) {
            *columns_each /= 2;
        } else if (*rows_each > TILE_LEAST) {
            *rows_each /= 2;
        } else {
            break;
        }
    }
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wcast-qual"
gan_status
gan__matmul(gan_context *ctx, float *y, const float *a, const float *b, int64_t m, int64_t n,
            int64_t k, bool transpose_a, bool transpose_b)
{
    if (m == 0 || n == 0) {
        return GAN_OK;
    }
    if (k == 0) {
        gan__fill(ctx, y, 0.0F, m * n);
        return GAN_OK;
    }
    if (k == 1) {
        gan__outer_product(ctx, y, a, b, m, n);
        return GAN_OK;
    }
    if (n == 1 && !transpose_a) {
        gan__matrix_dots(ctx, y, a, b, m, k);
        return GAN_OK;
    }
    if (n == 1) {
        gan__matrix_combine(ctx, y, a, b, k, m);
        return GAN_OK;
    }
    if (m == 1 && !transpose_b) {
        gan__matrix_combine(ctx, y, b, a, k, n);
        return GAN_OK;
    }
    if (is_convolution(m, n, k, transpose_a, transpose_b)) {
        return run_convolution(ctx, y, a, b, m, n, k, transpose_a, transpose_b);
    }
    struct matmul g = {.y = y, .a = (float *)a, .b = (float *)b, .m = m, .n = n, .k = k};
    g.a_row = transpose_a ? 1 : k;
    g.a_column = transpose_a ? m : 1;
    g.b_row = transpose_b ? 1 : n;
    g.b_column = transpose_b ? k : 1;
    choose_tiles(m, n, TILE_ROWS, &g.rows_each, &g.columns_each);
    g.column_cuts = gan__ceil_div(n, g.columns_each);
    const int64_t tiles = gan__ceil_div(m, g.rows_each) * g.column_cuts;
    const int64_t tile = gan__min(g.rows_each, m) * gan__min(g.columns_each, n);
    gan__parallel_for(ctx, tiles, gan__grain(tile * k / GAN__MATMUL_DEPTH + tile), matmul_task, &g);
    return GAN_OK;
}

struct double_tiles {
    struct gan__double_product p;
    int64_t rows_each, columns_each, column_cuts;
};

static void
double_task(void *argument, int64_t begin, int64_t end, int32_t slot)
{
    (void)slot;
    const struct double_tiles *t = argument;
    const struct gan__double_product *p = &t->p;
    double factor = p->subtract ? -1.0 : 1.0;
    double zero = 0.0, one = 1.0;
    rntm_t runtime;
    runtime_make(&runtime);
    for (int64_t item = begin; item < end; item++) {
        const int64_t row = item / t->column_cuts * t->rows_each;
        const int64_t column = item % t->column_cuts * t->columns_each;
        const int64_t rows = gan__min(t->rows_each, p->m - row);
        const int64_t columns = gan__min(t->columns_each, p->n - column);
        if (p->lower && column >= row + rows) {
            continue;
        }
        for (int64_t k = 0; k < p->k; k += GAN__MATMUL_DEPTH) {
            const bool first = k == 0 && !p->add && !p->subtract;
            bli_dgemm_ex(BLIS_NO_TRANSPOSE, BLIS_NO_TRANSPOSE, rows, columns,
                         gan__min(GAN__MATMUL_DEPTH, p->k - k), &factor,
                         (double *)p->a + row * p->a_row + k * p->a_column, p->a_row, p->a_column,
                         (double *)p->b + k * p->b_row + column * p->b_column, p->b_row,
                         p->b_column, first ? &zero : &one, p->y + row * p->y_row + column,
                         p->y_row, 1, NULL, &runtime);
        }
    }
}
#pragma GCC diagnostic pop

void
gan__double_product(gan_context *ctx, const struct gan__double_product *product)
{
    struct double_tiles t = {.p = *product};
    const struct gan__double_product *const p = &t.p;
    if (p->m == 0 || p->n == 0) {
        return;
    }
    if (p->k == 0) {
        for (int64_t i = 0; i < p->m && !p->add && !p->subtract; i++) {
            memset(p->y + i * p->y_row, 0, (size_t)p->n * sizeof *p->y);
        }
        return;
    }
    choose_tiles(p->m, p->n, DOUBLE_TILE_ROWS, &t.rows_each, &t.columns_each);
    t.column_cuts = gan__ceil_div(p->n, t.columns_each);
    const int64_t tiles = gan__ceil_div(p->m, t.rows_each) * t.column_cuts;
    const int64_t tile = gan__min(t.rows_each, p->m) * gan__min(t.columns_each, p->n);
    gan__parallel_for(ctx, tiles, gan__grain(tile * p->k / GAN__MATMUL_DEPTH + tile), double_task,
                      &t);
}

void
gan__matmul_double(gan_context *ctx, double *y, const double *a, const double *b, int64_t m,
                   int64_t n, int64_t k, bool transpose_a, bool transpose_b)
{
    const struct gan__double_product p = {.y = y,
                                          .a = a,
                                          .b = b,
                                          .m = m,
                                          .n = n,
                                          .k = k,
                                          .y_row = n,
                                          .a_row = transpose_a ? 1 : k,
                                          .a_column = transpose_a ? m : 1,
                                          .b_row = transpose_b ? 1 : n,
                                          .b_column = transpose_b ? k : 1};
    gan__double_product(ctx, &p);
}

struct mirror {
    double *y;
    int64_t n;
};

/* Blocks of rows of the lower half, whose columns are written along. */
static void
mirror_task(void *argument, int64_t begin, int64_t end, int32_t slot)
{
    (void)slot;
    const struct mirror *m = argument;
    for (int64_t block = begin; block < end; block++) {
        const int64_t first = block * MIRROR_ROWS, last = gan__min(first + MIRROR_ROWS, m->n);
        for (int64_t i = 0; i < last; i++) {
            for (int64_t j = gan__max(first, i + 1); j < last; j++) {
                m->y[i * m->n + j] = m->y[j * m->n + i];
            }
        }
    }
}

void
gan__mirror_double(gan_context *ctx, double *y, int64_t n)
{
    struct mirror m = {.y = y, .n = n};
    gan__parallel_for(ctx, gan__ceil_div(n, MIRROR_ROWS), 1, mirror_task, &m);
}

static void hold_product(int32_t depth);

/* In place of BLIS's macro-kernel, when both operands' packing memory is taken: take more. */
static void
take_more(obj_t *a, obj_t *b, obj_t *c, cntx_t *cntx, rntm_t *runtime, cntl_t *control,
          thrinfo_t *thread)
{
    (void)a, (void)b, (void)cntx, (void)runtime, (void)control, (void)thread;
    const int32_t *const depth = bli_obj_ker_params(c);
    if (*depth > 1) {
        hold_product(*depth - 1);
    }
}

/* `depth` products inside each other, so that BLIS's pool has memory for so many at once
 * afterwards. They compute nothing. */
static void
hold_product(int32_t depth)
{
    float numbers[3][64] = {{0.0F}};
    obj_t operand[3];
    rntm_t runtime;
    runtime_make(&runtime);
    for (int i = 0; i < 3; i++) {
        bli_obj_create_with_attached_buffer(BLIS_FLOAT, 8, 8, numbers[i], 8, 1, &operand[i]);
        bli_obj_set_ker_fn(take_more, &operand[i]);
        bli_obj_set_ker_params(&depth, &operand[i]);
    }
    bli_gemm_ex(&BLIS_ONE, &operand[0], &operand[1], &BLIS_ZERO, &operand[2], NULL, &runtime);
}

/* Whether the system gives what the pools are about to ask for. BLIS itself would abort. */
static bool
memory_is_there(gan_context *ctx, int32_t products)
{
    pba_t *const pools = bli_pba_query();
    size_t bytes = 0;
    bli_pba_lock(pools);
    for (int i = 0; i < 2; i++) {
        pool_t *const pool = bli_pba_pool(i, pools);
        const int64_t free_blocks =
            (int64_t)bli_pool_num_blocks(pool) - (int64_t)bli_pool_top_index(pool);
        const int64_t missing = gan__max(0, products - free_blocks);
        bytes += (size_t)missing * ((size_t)bli_pool_block_size(pool) + 8192);
    }
    bli_pba_unlock(pools);
    /* volatile: a compiler may leave out an allocation that nobody uses */
    void *volatile probe = malloc(bytes + 65536);
    const bool given = probe != NULL;
    free(probe);
    if (!given) {
        (void)gan__fail(ctx, GAN_E_NOMEM,
                        "no memory for the matrix products of %d threads: %zu bytes were refused",
                        (int)products, bytes + 65536);
    }
    return given;
}

gan_status
gan__blis_warm_up(gan_context *ctx)
{
    bli_init();
    const int32_t slots = gan__pool_slots(ctx);
    if (!memory_is_there(ctx, slots)) {
        return GAN_E_NOMEM;
    }
    hold_product((int32_t)gan__min(slots, NEST_MOST));
    return GAN_OK;
}

const char *
gan__blis_describe(void)
{
    return bli_arch_string(bli_arch_query_id());
}
