/*
 * A set of features out of a file: rows, or mean and covariance as other programs publish them.
 */
#include <math.h>
#include <string.h>

#include "base/checked.h"
#include "base/context.h"
#include "base/memory.h"
#include "base/options.h"
#include "metrics/features_arrays.h"
#include "metrics/features_store.h"

enum { NUMBERS = 1 << 16 }; /* of rows that are read at a time */

struct load_options {
    char *name;
    int64_t count;
    uint64_t max_bytes;
};

static const struct gan__option load_options[] = {
    {.name = "name",
     .type = GAN__OPTION_TEXT,
     .offset = offsetof(struct load_options, name),
     .doc = "of the set; default: the file's, without folder and ending"},
    {.name = "count",
     .type = GAN__OPTION_INT,
     .offset = offsetof(struct load_options, count),
     .minimum = 0,
     .maximum = (double)GAN__COUNT_MAX,
     .fallback = "0",
     .doc = "samples that the statistics are of, where the file does not say"},
    {.name = "max_bytes",
     .type = GAN__OPTION_BYTES,
     .offset = offsetof(struct load_options, max_bytes),
     .fallback = "4GiB",
     .doc = "refuse arrays that are, or unpack to, more"},
    GAN__OPTION_END};

char *
gan__file_title(gan_context *ctx, const char *path)
{
    const char *slash = strrchr(path, '/');
    char *title = gan__strdup(ctx, slash == NULL || slash[1] == '\0' ? path : slash + 1);

    if (title != NULL) {
        char *dot = strrchr(title, '.');
        if (dot != NULL && dot != title) {
            *dot = '\0';
        }
    }
    return title;
}

/* A loading in progress. */
struct loading {
    struct gan__arrays arrays;
    struct load_options options;
    char *judge;      /* the name; NULL: unknown */
    const char *hash; /* in `judge`, or "" */
    struct gan__array_file features, logits, labels;
    bool has_logits, has_labels;
    float *rows, *row_logits; /* of a chunk */
    int64_t *row_labels;
    int32_t *classes;
};

static gan_status
load_judge(struct loading *loading)
{
    const gan_status st =
        gan__arrays_read_text(&loading->arrays, GAN__ARRAY_JUDGE, &loading->judge);

    loading->hash = "";
    if (st == GAN_OK && loading->judge != NULL) {
        char *line = strchr(loading->judge, '\n');
        if (line != NULL) {
            *line = '\0';
            loading->hash = line + 1;
        }
        gan__utf8_mend(loading->judge);
    }
    return st;
}

/* An empty set of what the file says. */
static gan_status
make_set(struct loading *loading, gan_features **out, int64_t dimension, int64_t classes,
         int64_t class_count)
{
    gan_context *ctx = loading->arrays.ctx;

    if (dimension < 1 || dimension > GAN__FEATURE_ROWS_MAX || classes > GAN__FEATURE_ROWS_MAX ||
        class_count > GAN__FEATURE_ROWS_MAX) {
        return gan__fail(ctx, GAN_E_FORMAT,
                         "\"%s\": a sample has %lld features and %lld classes, wanted 1 to %lld",
                         loading->arrays.path, (long long)dimension, (long long)class_count,
                         (long long)GAN__FEATURE_ROWS_MAX);
    }
    if (loading->options.name == NULL) {
        loading->options.name = gan__file_title(ctx, loading->arrays.path);
        if (loading->options.name == NULL) {
            return GAN_E_NOMEM;
        }
    }
    return gan__features_make(ctx, out, loading->options.name,
                              loading->judge == NULL ? "rows" : loading->judge, loading->hash,
                              dimension, classes, class_count);
}

/* Logits, or labels with a number of classes, beside the features. */
static gan_status
open_classes(struct loading *loading, int64_t rows, int64_t *classes, int64_t *class_count)
{
    const struct gan__arrays *arrays = &loading->arrays;
    bool there = false;
    gan_status st = GAN_OK;

    GAN__TRY(gan__arrays_open(arrays, &loading->logits, GAN__ARRAY_LOGITS, &loading->has_logits));
    if (loading->has_logits) {
        GAN__TRY(gan__arrays_check(&loading->logits, GAN__ARRAY_LOGITS, 2, rows, -1));
        *classes = loading->logits.header.shape.size[1];
        *class_count = *classes;
        loading->has_logits = *classes > 0;
        return GAN_OK;
    }
    GAN__TRY(gan__arrays_read_integer(arrays, GAN__ARRAY_CLASSES, class_count, &there));
    if (there && *class_count > GAN__CLASSES_MAX) {
        GAN__TRY(gan__fail(arrays->ctx, GAN_E_FORMAT,
                           "\"%s\": \"" GAN__ARRAY_CLASSES "\" is %lld, wanted at most %d",
                           arrays->path, (long long)*class_count, GAN__CLASSES_MAX));
    }
    if (there && *class_count > 0) {
        GAN__TRY(gan__arrays_need(arrays, &loading->labels, GAN__ARRAY_LABELS));
        loading->has_labels = true;
        const struct gan__npy_header *header = &loading->labels.header;
        if (header->type != GAN__NPY_INTEGER || header->shape.rank != 1 ||
            header->shape.size[0] != rows) {
            GAN__TRY(gan__fail(arrays->ctx, GAN_E_FORMAT,
                               "\"%s\": \"" GAN__ARRAY_LABELS "\" are no %lld whole numbers",
                               arrays->path, (long long)rows));
        }
    }

fail:
    return st;
}

static gan_status
read_labels(struct loading *loading, int64_t class_count, int64_t count)
{
    const gan_status st = gan__arrays_read_integers(&loading->labels, loading->row_labels, count);

    for (int64_t i = 0; st == GAN_OK && i < count; i++) {
        if (loading->row_labels[i] >= class_count) {
            return gan__fail(loading->arrays.ctx, GAN_E_FORMAT,
                             "\"%s\": a label is %lld, there are %lld classes",
                             loading->arrays.path, (long long)loading->row_labels[i],
                             (long long)class_count);
        }
        loading->classes[i] = (int32_t)loading->row_labels[i];
    }
    return st;
}

/* The next rows into the set. */
static gan_status
load_chunk(struct loading *loading, gan_features *set, int64_t count)
{
    gan_status st = GAN_OK;

    GAN__TRY(gan__arrays_read(&loading->features, NULL, loading->rows, count * set->dimension));
    if (loading->has_logits) {
        GAN__TRY(
            gan__arrays_read(&loading->logits, NULL, loading->row_logits, count * set->classes));
    }
    if (loading->has_labels) {
        GAN__TRY(read_labels(loading, set->class_count, count));
    }
    st = gan__features_append(set, loading->rows, loading->row_logits,
                              loading->has_labels ? loading->classes : NULL, count);
    if (st == GAN_E_ARG) {
        gan__fail_prefix(loading->arrays.ctx, "\"%s\"", loading->arrays.path);
        st = GAN_E_FORMAT;
    }

fail:
    return st;
}

static gan_status
finish_arrays(struct loading *loading)
{
    gan_status st = GAN_OK;

    GAN__TRY(gan__array_file_finish(&loading->features));
    GAN__TRY(loading->has_logits ? gan__array_file_finish(&loading->logits) : GAN_OK);
    GAN__TRY(loading->has_labels ? gan__array_file_finish(&loading->labels) : GAN_OK);

fail:
    return st;
}

static gan_status
load_rows(struct loading *loading, gan_features **out)
{
    gan_context *ctx = loading->arrays.ctx;
    gan_features *set = NULL;
    int64_t classes = 0, class_count = 0;
    gan_status st = GAN_OK;

    GAN__TRY(gan__arrays_check(&loading->features, GAN__ARRAY_FEATURES, 2, -1, -1));
    const int64_t rows = loading->features.header.shape.size[0];
    GAN__TRY(open_classes(loading, rows, &classes, &class_count));
    GAN__TRY(make_set(loading, &set, loading->features.header.shape.size[1], classes, class_count));
    const int64_t wide = set->dimension > classes ? set->dimension : classes;
    int64_t chunk = wide < NUMBERS ? NUMBERS / wide : 1;
    chunk = chunk < rows ? chunk : rows; /* what is there bears it out */
    loading->rows = gan__alloc_array(ctx, chunk * set->dimension, sizeof(float));
    loading->row_logits = gan__alloc_array(ctx, chunk * classes, sizeof(float));
    loading->row_labels = gan__alloc_array(ctx, chunk, sizeof(int64_t));
    loading->classes = gan__alloc_array(ctx, chunk, sizeof(int32_t));
    if (loading->rows == NULL || loading->row_logits == NULL || loading->row_labels == NULL ||
        loading->classes == NULL) {
        GAN__TRY(GAN_E_NOMEM);
    }
    for (int64_t done = 0; done < rows; done += chunk) {
        GAN__TRY(load_chunk(loading, set, rows - done < chunk ? rows - done : chunk));
    }
    GAN__TRY(finish_arrays(loading));
    *out = set;
    return GAN_OK;

fail:
    gan_features_destroy(set);
    return st;
}

/* A covariance is finite, symmetric (to float's digits: some programs compute it in float) and not
 * negative on its diagonal; then it is made exactly symmetric. */
static gan_status
check_covariance(const struct loading *loading, double *sigma, int64_t size)
{
    gan_context *ctx = loading->arrays.ctx;
    const char *path = loading->arrays.path;

    for (int64_t i = 0; i < size * size; i++) {
        if (!isfinite(sigma[i]) || (i / size == i % size && sigma[i] < 0)) {
            return gan__fail(ctx, GAN_E_FORMAT,
                             "\"%s\": \"" GAN__ARRAY_SIGMA "\" is %s at [%lld, %lld]", path,
                             !isfinite(sigma[i]) ? "not finite" : "negative", (long long)(i / size),
                             (long long)(i % size));
        }
    }
    for (int64_t i = 0; i < size; i++) {
        for (int64_t j = 0; j < i; j++) {
            double *below = sigma + i * size + j, *above = sigma + j * size + i;
            const double scale = sqrt(sigma[i * size + i]) * sqrt(sigma[j * size + j]);
            if (fabs(*below - *above) > 1e-5 * scale + 1e-30) {
                return gan__fail(ctx, GAN_E_FORMAT,
                                 "\"%s\": \"" GAN__ARRAY_SIGMA "\" is not symmetric: [%lld, %lld] "
                                 "is not what [%lld, %lld] is",
                                 path, (long long)i, (long long)j, (long long)j, (long long)i);
            }
            *below = *above = *below / 2 + *above / 2;
        }
    }
    return GAN_OK;
}

static gan_status
load_mean(struct loading *loading, gan_features *set, struct gan__array_file *mu)
{
    gan_status st = GAN_OK;

    GAN__TRY(gan__arrays_read(mu, set->mean, NULL, set->dimension));
    GAN__TRY(gan__array_file_finish(mu));
    for (int64_t i = 0; i < set->dimension; i++) {
        if (!isfinite(set->mean[i])) {
            return gan__fail(loading->arrays.ctx, GAN_E_FORMAT,
                             "\"%s\": \"" GAN__ARRAY_MU "\" is not finite at [%lld]",
                             loading->arrays.path, (long long)i);
        }
    }

fail:
    return st;
}

static gan_status
load_statistics(struct loading *loading, gan_features **out)
{
    const struct gan__arrays *arrays = &loading->arrays;
    struct gan__array_file mu = gan__arrays_none(), sigma = gan__arrays_none();
    gan_features *set = NULL;
    bool there = false;
    gan_status st = GAN_OK;

    GAN__TRY(gan__arrays_open(arrays, &mu, GAN__ARRAY_MU, &there));
    if (!there) {
        st = gan__arrays_need(arrays, &mu, GAN__ARRAY_MU); /* says what is there */
        if (st == GAN_E_FORMAT) {
            gan__fail_prefix(arrays->ctx, "neither features nor statistics");
        }
        GAN__TRY(st);
    }
    GAN__TRY(gan__arrays_check(&mu, GAN__ARRAY_MU, 1, -1, -1));
    const int64_t size = mu.header.shape.size[0];
    GAN__TRY(gan__arrays_need(arrays, &sigma, GAN__ARRAY_SIGMA));
    GAN__TRY(gan__arrays_check(&sigma, GAN__ARRAY_SIGMA, 2, size, size));
    GAN__TRY(make_set(loading, &set, size, 0, 0));
    set->mean = gan__alloc_array(arrays->ctx, size, sizeof(double));
    set->covariance = gan__alloc_array(arrays->ctx, size * size, sizeof(double));
    if (set->mean == NULL || set->covariance == NULL) {
        GAN__TRY(GAN_E_NOMEM);
    }
    GAN__TRY(load_mean(loading, set, &mu));
    GAN__TRY(gan__arrays_read(&sigma, set->covariance, NULL, size * size));
    GAN__TRY(gan__array_file_finish(&sigma));
    GAN__TRY(check_covariance(loading, set->covariance, size));
    GAN__TRY(gan__arrays_read_integer(arrays, GAN__ARRAY_COUNT, &set->statistics_count, &there));
    if (!there) {
        set->statistics_count = loading->options.count;
    }
    *out = set;
    set = NULL;

fail:
    gan_features_destroy(set);
    gan__array_file_close(&mu);
    gan__array_file_close(&sigma);
    return st;
}

static gan_status
load(gan_context *ctx, gan_features **out, const char *path, const char *text)
{
    static const struct gan__option_origin origin = {.kind = "gan_features_load"};
    struct loading loading = {.arrays = {.ctx = ctx, .path = path},
                              .features = gan__arrays_none(),
                              .logits = gan__arrays_none(),
                              .labels = gan__arrays_none()};
    bool rows = false;
    gan_status st = GAN_OK;

    GAN__TRY(gan__options_parse(ctx, load_options, &loading.options, NULL, NULL, text,
                                text == NULL ? 0 : strlen(text), &origin));
    loading.arrays.max_bytes = loading.options.max_bytes;
    GAN__TRY(gan__arrays_open(&loading.arrays, &loading.features, GAN__ARRAY_FEATURES, &rows));
    GAN__TRY(load_judge(&loading));
    st = rows ? load_rows(&loading, out) : load_statistics(&loading, out);

fail:
    gan__array_file_close(&loading.features);
    gan__array_file_close(&loading.logits);
    gan__array_file_close(&loading.labels);
    gan__free(ctx, loading.rows);
    gan__free(ctx, loading.row_logits);
    gan__free(ctx, loading.row_labels);
    gan__free(ctx, loading.classes);
    gan__free(ctx, loading.judge);
    gan__options_free(ctx, load_options, &loading.options);
    return st;
}

gan_status
gan_features_load(gan_context *ctx, gan_features **out, const char *path, const char *options)
{
    struct gan__call call;

    if (out != NULL) {
        *out = NULL;
    }
    gan_status st = gan__enter(&call, ctx, GAN__GROUP_OTHER);
    if (st != GAN_OK) {
        return st;
    }
    if (out == NULL) {
        st = gan__null(ctx, "out");
    } else if (path == NULL) {
        st = gan__null(ctx, "path");
    } else {
        st = load(ctx, out, path, options);
    }
    return gan__leave(&call, st);
}
