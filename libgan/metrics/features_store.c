/*
 * The rows of a set of features: blocks of a fixed number, of which only the last one is ever moved
 * to grow.
 */
#include "metrics/features_store.h"

#include <math.h>
#include <string.h>

#include "base/context.h"
#include "base/memory.h"

/* What one more block is made of; members that the set has not stay NULL. */
struct block {
    float *rows, *logits;
    int32_t *labels;
};

static void
free_block(gan_context *ctx, const struct block *block)
{
    gan__free(ctx, block->rows);
    gan__free(ctx, block->logits);
    gan__free(ctx, block->labels);
}

static gan_status
make_block(const gan_features *features, struct block *block, int64_t rows)
{
    gan_context *ctx = features->object.ctx;

    *block = (struct block){NULL, NULL, NULL};
    block->rows = gan__alloc_array(ctx, rows * features->dimension, sizeof(float));
    if (block->rows == NULL) {
        return GAN_E_NOMEM;
    }
    if (features->classes > 0) {
        block->logits = gan__alloc_array(ctx, rows * features->classes, sizeof(float));
    }
    if (features->class_count > 0) {
        block->labels = gan__alloc_array(ctx, rows, sizeof(int32_t));
    }
    if ((features->classes > 0 && block->logits == NULL) ||
        (features->class_count > 0 && block->labels == NULL)) {
        free_block(ctx, block);
        return GAN_E_NOMEM;
    }
    return GAN_OK;
}

/* An array of pointers with room for one more, by the same rule from the same capacity for each. */
static gan_status
grow_array(gan_features *features, void **array, int64_t *capacity)
{
    *capacity = features->block_capacity;
    return gan__grow(features->object.ctx, array, features->block_count, capacity, sizeof(void *));
}

/* The three arrays; those that grew before a failure just have more room than is known. */
static gan_status
grow_arrays(gan_features *features)
{
    void *blocks = (void *)features->blocks, *logits = (void *)features->logits;
    void *labels = (void *)features->labels;
    int64_t capacity = 0;

    gan_status st = grow_array(features, &blocks, &capacity);
    if (st == GAN_OK && features->classes > 0) {
        st = grow_array(features, &logits, &capacity);
    }
    if (st == GAN_OK && features->class_count > 0) {
        st = grow_array(features, &labels, &capacity);
    }
    features->blocks = (float **)blocks;
    features->logits = (float **)logits;
    features->labels = (int32_t **)labels;
    if (st == GAN_OK) {
        features->block_capacity = capacity;
    }
    return st;
}

static void
put_block(gan_features *features, const struct block *block, int64_t index)
{
    features->blocks[index] = block->rows;
    if (features->classes > 0) {
        features->logits[index] = block->logits;
    }
    if (features->class_count > 0) {
        features->labels[index] = block->labels;
    }
}

static struct block
get_block(const gan_features *features, int64_t index)
{
    return (struct block){.rows = features->blocks[index],
                          .logits = features->classes > 0 ? features->logits[index] : NULL,
                          .labels = features->class_count > 0 ? features->labels[index] : NULL};
}

/* A last block with room for `rows` in place of the one that is there. */
static gan_status
grow_last(gan_features *features, int64_t rows)
{
    const int64_t last = features->block_count - 1;
    const struct block old = get_block(features, last);
    const size_t kept = (size_t)features->last_rows;
    struct block block;

    const gan_status st = make_block(features, &block, rows);
    if (st != GAN_OK) {
        return st;
    }
    memcpy(block.rows, old.rows, kept * (size_t)features->dimension * sizeof(float));
    if (block.logits != NULL) {
        memcpy(block.logits, old.logits, kept * (size_t)features->classes * sizeof(float));
    }
    if (block.labels != NULL) {
        memcpy(block.labels, old.labels, kept * sizeof(int32_t));
    }
    free_block(features->object.ctx, &old);
    put_block(features, &block, last);
    features->last_rows = rows;
    return GAN_OK;
}

/* How many rows a block has room for that must have `wanted`: powers of two. */
static int64_t
room(int64_t wanted)
{
    int64_t rows = 1;

    while (rows < wanted && rows < GAN__FEATURE_BLOCK) {
        rows *= 2;
    }
    return rows;
}

/* Room for the set's first `count` rows. */
static gan_status
reserve(gan_features *features, int64_t count)
{
    gan_status st = GAN_OK;

    while (features->block_count * GAN__FEATURE_BLOCK < count ||
           (features->block_count - 1) * GAN__FEATURE_BLOCK + features->last_rows < count) {
        const int64_t before = features->block_count * GAN__FEATURE_BLOCK;
        if (features->block_count > 0 && features->last_rows < GAN__FEATURE_BLOCK) {
            GAN__TRY(grow_last(features, room(count - before + GAN__FEATURE_BLOCK)));
            continue;
        }
        struct block block;
        const int64_t rows = room(count - before);
        GAN__TRY(grow_arrays(features));
        GAN__TRY(make_block(features, &block, rows));
        put_block(features, &block, features->block_count);
        features->block_count++;
        features->last_rows = rows;
    }

fail:
    return st;
}

static gan_status
check_finite(const gan_features *features, const float *values, int64_t width, int64_t count,
             const char *what)
{
    for (int64_t i = 0; i < count * width; i++) {
        if (!isfinite(values[i])) {
            return gan__fail(features->object.ctx, GAN_E_ARG,
                             "\"%s\": the %s of row %lld are not finite: %s at column %lld",
                             features->name, what, (long long)(features->count + i / width),
                             isnan(values[i]) ? "nan"
                             : values[i] > 0  ? "inf"
                                              : "-inf",
                             (long long)(i % width));
        }
    }
    return GAN_OK;
}

int32_t
gan__features_largest(const float *values, int64_t count)
{
    int64_t largest = 0;

    for (int64_t i = 1; i < count; i++) {
        largest = values[i] > values[largest] ? i : largest;
    }
    return (int32_t)largest;
}

static void
put_row(gan_features *features, int64_t row, const float *values, const float *logits,
        const int32_t *label)
{
    const int64_t block = row / GAN__FEATURE_BLOCK, place = row % GAN__FEATURE_BLOCK;

    memcpy(features->blocks[block] + place * features->dimension, values,
           (size_t)features->dimension * sizeof(float));
    if (features->classes > 0) {
        memcpy(features->logits[block] + place * features->classes, logits,
               (size_t)features->classes * sizeof(float));
    }
    if (features->class_count > 0) {
        features->labels[block][place] =
            label != NULL ? *label : gan__features_largest(logits, features->classes);
    }
}

gan_status
gan__features_append(gan_features *features, const float *rows, const float *logits,
                     const int32_t *labels, int64_t count)
{
    gan_status st = GAN_OK;

    if (count > GAN__FEATURE_ROWS_MAX - features->count) {
        return gan__fail(features->object.ctx, GAN_E_ARG,
                         "\"%s\": %lld rows and %lld more are too many, at most %lld are possible",
                         features->name, (long long)features->count, (long long)count,
                         (long long)GAN__FEATURE_ROWS_MAX);
    }
    if (count == 0) {
        return GAN_OK;
    }
    GAN__TRY(check_finite(features, rows, features->dimension, count, "features"));
    if (features->classes > 0) {
        GAN__TRY(check_finite(features, logits, features->classes, count, "logits"));
    }
    st = reserve(features, features->count + count);
    if (st != GAN_OK) {
        gan__features_truncate(features, features->count);
        return st;
    }
    for (int64_t i = 0; i < count; i++) {
        put_row(features, features->count + i, rows + i * features->dimension,
                features->classes > 0 ? logits + i * features->classes : NULL,
                labels != NULL ? labels + i : NULL);
    }
    features->count += count;

fail:
    return st;
}

void
gan__features_truncate(gan_features *features, int64_t count)
{
    const int64_t wanted = (count + GAN__FEATURE_BLOCK - 1) / GAN__FEATURE_BLOCK;

    while (features->block_count > wanted) {
        const struct block block = get_block(features, --features->block_count);
        free_block(features->object.ctx, &block);
        features->last_rows = GAN__FEATURE_BLOCK; /* all before the last one are whole */
    }
    features->count = count;
}

gan_status
gan__features_check_growing(const gan_features *features)
{
    if (!gan__features_has_rows(features)) {
        return gan__fail(features->object.ctx, GAN_E_ARG,
                         "\"%s\" has statistics only, as its file: rows can't be added",
                         features->name);
    }
    return GAN_OK;
}

void
gan__features_free_rows(gan_features *features)
{
    gan_context *ctx = features->object.ctx;

    for (int64_t i = 0; i < features->block_count; i++) {
        const struct block block = get_block(features, i);
        free_block(ctx, &block);
    }
    gan__free(ctx, (void *)features->blocks);
    gan__free(ctx, (void *)features->logits);
    gan__free(ctx, (void *)features->labels);
}
