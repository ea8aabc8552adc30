/*
 * A set of features into a file: statistics as pytorch-fid reads them, or rows.
 */
#include <string.h>

#include "base/context.h"
#include "base/memory.h"
#include "base/options.h"
#include "data/npz_writer.h"
#include "metrics/features_arrays.h"
#include "metrics/features_store.h"

enum { WHAT_STATISTICS, WHAT_ROWS };

struct save_options {
    int32_t what;
};

static const struct gan__option save_options[] = {
    {.name = "what",
     .type = GAN__OPTION_CHOICE,
     .offset = offsetof(struct save_options, what),
     .fallback = "statistics",
     .choices = "statistics|rows",
     .doc = "mean and covariance (mu, sigma), or features and logits"},
    GAN__OPTION_END};

/* A shape of up to two sizes; -1: none. */
static struct gan__shape
shape_of(int64_t rows, int64_t columns)
{
    return (struct gan__shape){.rank = (rows >= 0) + (columns >= 0), .size = {rows, columns}};
}

static gan_status
save_array(struct gan__npz_writer *writer, const char *name, const char *descr,
           const struct gan__shape *shape, const void *data, size_t item)
{
    gan_status st = GAN_OK;

    GAN__TRY(gan__npz_begin(writer, name, descr, shape));
    GAN__TRY(gan__npz_write(writer, data, (size_t)gan__shape_count(shape) * item));
    st = gan__npz_end(writer);

fail:
    return st;
}

static gan_status
save_integer(struct gan__npz_writer *writer, const char *name, int64_t value)
{
    const struct gan__shape scalar = shape_of(-1, -1);

    return save_array(writer, name, "<i8", &scalar, &value, sizeof value);
}

static gan_status
save_statistics(struct gan__npz_writer *writer, const gan_features *set)
{
    const struct gan__shape mu = shape_of(set->dimension, -1);
    const struct gan__shape sigma = shape_of(set->dimension, set->dimension);
    gan_status st = GAN_OK;

    GAN__TRY(save_array(writer, GAN__ARRAY_MU, "<f8", &mu, set->mean, sizeof(double)));
    GAN__TRY(save_array(writer, GAN__ARRAY_SIGMA, "<f8", &sigma, set->covariance, sizeof(double)));
    if (set->statistics_count > 0) {
        st = save_integer(writer, GAN__ARRAY_COUNT, set->statistics_count);
    }

fail:
    return st;
}

/* A matrix that lies in blocks. */
static gan_status
save_blocks(struct gan__npz_writer *writer, const char *name, const char *descr,
            const gan_features *set, const void *const *blocks, int64_t columns)
{
    const struct gan__shape shape = shape_of(set->count, columns);
    const size_t row = (size_t)(columns < 0 ? 1 : columns) * 4; /* float or int32_t */
    gan_status st = GAN_OK;

    GAN__TRY(gan__npz_begin(writer, name, descr, &shape));
    for (int64_t done = 0; done < set->count; done += GAN__FEATURE_BLOCK) {
        const int64_t left = set->count - done;
        const size_t rows = (size_t)(left < GAN__FEATURE_BLOCK ? left : GAN__FEATURE_BLOCK);
        GAN__TRY(gan__npz_write(writer, blocks[done / GAN__FEATURE_BLOCK], rows * row));
    }
    st = gan__npz_end(writer);

fail:
    return st;
}

static gan_status
save_rows(struct gan__npz_writer *writer, const gan_features *set)
{
    gan_status st = GAN_OK;

    GAN__TRY(save_blocks(writer, GAN__ARRAY_FEATURES, "<f4", set, (const void *const *)set->blocks,
                         set->dimension));
    if (set->classes > 0) {
        st = save_blocks(writer, GAN__ARRAY_LOGITS, "<f4", set, (const void *const *)set->logits,
                         set->classes);
    } else if (set->class_count > 0) {
        GAN__TRY(save_blocks(writer, GAN__ARRAY_LABELS, "<i4", set,
                             (const void *const *)set->labels, -1));
        st = save_integer(writer, GAN__ARRAY_CLASSES, set->class_count);
    }

fail:
    return st;
}

static gan_status
save_judge(struct gan__npz_writer *writer, const gan_features *set)
{
    struct gan__text text;
    gan_status st = GAN_OK;

    gan__text_init(&text, writer->ctx);
    gan__text_add(&text, "%.1024s\n%s", set->judge_name, set->judge_hash);
    GAN__TRY(text.status);
    const struct gan__shape shape = shape_of((int64_t)text.length, -1);
    st = save_array(writer, GAN__ARRAY_JUDGE, "|u1", &shape, text.data, 1);

fail:
    gan__text_free(&text);
    return st;
}

static gan_status
save(gan_features *set, const char *path, const char *text)
{
    static const struct gan__option_origin origin = {.kind = "gan_features_save"};
    gan_context *ctx = set->object.ctx;
    struct save_options options = {0};
    struct gan__npz_writer writer = {.ctx = ctx, .file = {.descriptor = -1}};
    gan_status st = GAN_OK;

    GAN__TRY(gan__options_parse(ctx, save_options, &options, NULL, NULL, text,
                                text == NULL ? 0 : strlen(text), &origin));
    if (options.what == WHAT_STATISTICS) {
        GAN__TRY(gan__features_statistics(set));
    } else if (!gan__features_has_rows(set)) {
        GAN__TRY(gan__fail(ctx, GAN_E_ARG, "what=rows: \"%s\" has statistics only", set->name));
    }
    GAN__TRY(gan__npz_open(&writer, ctx, path));
    GAN__TRY(options.what == WHAT_STATISTICS ? save_statistics(&writer, set)
                                             : save_rows(&writer, set));
    GAN__TRY(save_judge(&writer, set));
    st = gan__npz_commit(&writer);

fail:
    gan__npz_abandon(&writer);
    return st;
}

gan_status
gan_features_save(gan_features *features, const char *path, const char *options)
{
    struct gan__call call;

    if (features == NULL) {
        return GAN_E_ARG;
    }
    gan_status st = gan__enter(&call, features->object.ctx, GAN__GROUP_OTHER);
    if (st != GAN_OK) {
        return st;
    }
    st = path == NULL ? gan__null(features->object.ctx, "path") : save(features, path, options);
    return gan__leave(&call, st);
}
