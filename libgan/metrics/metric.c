/*
 * The public calls on measures: they look the kind up, check that the sets are what it needs, and
 * leave the numbers to the kind's file.
 */
#include "metrics/metric.h"

#include <math.h>
#include <string.h>

#include "base/context.h"
#include "base/memory.h"

static const char spaces[] = " \t\r\n";

static void
metric_finalize(struct gan__object *object)
{
    gan_metric *metric = (gan_metric *)object;

    gan__free(object->ctx, metric->generated_rows);
    gan__free(object->ctx, metric->real_rows);
    gan__options_free(object->ctx, metric->class->head.options, metric);
}

static const struct gan__class metric_object = {.name = "metric", .finalize = metric_finalize};

static gan_status
metric_make(gan_context *ctx, gan_metric **out, const char *kind, size_t kind_length,
            const char *options, size_t length)
{
    const struct gan__metric_class *class = NULL;
    gan_metric *metric = NULL;
    gan_status st = GAN_OK;

    GAN__TRY(gan__metric_find(ctx, kind, kind_length, &class));
    const struct gan__option_origin origin = {.kind = class->head.kind};
    metric = gan__object_create(ctx, &metric_object, class->head.size);
    if (metric == NULL) {
        return GAN_E_NOMEM;
    }
    metric->class = class;
    GAN__TRY(
        gan__options_parse(ctx, class->head.options, metric, NULL, NULL, options, length, &origin));
    *out = metric;
    return GAN_OK;

fail:
    gan__object_destroy((struct gan__object *)metric);
    return st;
}

gan_status
gan_metric_create(gan_context *ctx, gan_metric **out, const char *kind, const char *options)
{
    struct gan__call call;
    gan_status st;

    if (out != NULL) {
        *out = NULL;
    }
    st = gan__enter(&call, ctx, GAN__GROUP_OTHER);
    if (st != GAN_OK) {
        return st;
    }
    if (out == NULL) {
        st = gan__null(ctx, "out");
    } else if (kind == NULL) {
        st = gan__null(ctx, "kind");
    } else {
        st = metric_make(ctx, out, kind, strlen(kind), options,
                         options == NULL ? 0 : strlen(options));
    }
    return gan__leave(&call, st);
}

gan_status
gan__metric_parse(gan_context *ctx, gan_metric **out, const char *text, size_t length)
{
    const char *const end = text + length;
    size_t word = 0;

    *out = NULL;
    while (text < end && strchr(spaces, *text) != NULL) {
        text++;
    }
    while (text + word < end && strchr(spaces, text[word]) == NULL) {
        word++;
    }
    if (word == 0) {
        return gan__fail(ctx, GAN_E_ARG,
                         "a measure's text is empty, wanted a kind and its options: "
                         "\"fid\", \"kid subsets=10\"");
    }
    return metric_make(ctx, out, text, word, text + word, (size_t)(end - text) - word);
}

bool
gan__metric_next(const char **list, const char **text, size_t *length)
{
    const char *at = *list;

    at += strspn(at, "; \t\r\n");
    *text = at;
    *length = strcspn(at, ";");
    *list = at + *length;
    return *length > 0;
}

void
gan_metric_retain(gan_metric *metric)
{
    gan__object_retain((struct gan__object *)metric);
}

void
gan_metric_destroy(gan_metric *metric)
{
    gan__object_destroy((struct gan__object *)metric);
}

gan_status
gan_metric_text(gan_metric *metric, char *buffer, size_t size, size_t *needed)
{
    const struct gan__kind_head *head = metric == NULL ? NULL : &metric->class->head;

    return gan__kind_text((struct gan__object *)metric, head, NULL, NULL, buffer, size, needed);
}

static gan_status
give_value(const gan_metric *metric, int32_t index, int32_t *count, int32_t *better,
           struct gan__text *name)
{
    const struct gan__metric_class *class = metric->class;
    int32_t values = 0;

    while (values < GAN__SCORE_VALUES && class->values[values] != NULL) {
        values++;
    }
    if (index < 0 || index >= values) {
        return gan__fail(metric->object.ctx, GAN_E_ARG, "%s: index is %d, wanted 0 to %d",
                         class->head.kind, (int)index, (int)values - 1);
    }
    gan__text_add(name, "%s", class->values[index]);
    if (name->status != GAN_OK) {
        return name->status;
    }
    if (count != NULL) {
        *count = values;
    }
    if (better != NULL) {
        *better = class->better[index];
    }
    return GAN_OK;
}

gan_status
gan_metric_value(gan_metric *metric, int32_t index, int32_t *count, int32_t *better, char *name,
                 size_t size, size_t *needed)
{
    struct gan__call call;
    struct gan__text text;
    gan_status st;

    if (count != NULL) {
        *count = 0;
    }
    if (better != NULL) {
        *better = 0;
    }
    if (needed != NULL) {
        *needed = 0;
    }
    if (metric == NULL) {
        return GAN_E_ARG;
    }
    st = gan__enter(&call, metric->object.ctx, GAN__GROUP_TRAINER_READ);
    if (st != GAN_OK) {
        return st;
    }
    gan__text_init(&text, metric->object.ctx);
    if (name == NULL && size != 0) { /* before count and better are written */
        st = gan__fail(metric->object.ctx, GAN_E_ARG, "name is NULL, but size is %zu", size);
    } else {
        st = give_value(metric, index, count, better, &text);
    }
    if (st == GAN_OK) {
        st = gan__text_give(&text, name, size, needed);
    }
    gan__text_free(&text);
    return gan__leave(&call, st);
}

/* ---- rows that the caller gives ---- */

static gan_status
copy_rows(const gan_metric *metric, int64_t **out, const int64_t *rows, int64_t count,
          const char *set)
{
    gan_context *ctx = metric->object.ctx;

    for (int64_t i = 0; i < count; i++) {
        if (rows[i] < 0) {
            return gan__fail(ctx, GAN_E_ARG, "%s: %s[%lld] is %lld, wanted 0 or more",
                             metric->class->head.kind, set, (long long)i, (long long)rows[i]);
        }
    }
    *out = gan__alloc_array(ctx, count, sizeof **out);
    if (*out == NULL) {
        return GAN_E_NOMEM;
    }
    memcpy(*out, rows, (size_t)count * sizeof **out);
    return GAN_OK;
}

static gan_status
set_rows(gan_metric *metric, const int64_t *generated, const int64_t *real, int64_t count)
{
    gan_context *ctx = metric->object.ctx;
    const struct gan__metric_class *class = metric->class;
    int64_t *new_generated = NULL, *new_real = NULL;
    gan_status st = GAN_OK;

    if (class->check_rows == NULL) {
        return gan__fail(ctx, GAN_E_ARG, "%s draws no rows", class->head.kind);
    }
    if (count < 0) {
        return gan__fail(ctx, GAN_E_ARG, "%s: count is %lld, wanted 0 or more", class->head.kind,
                         (long long)count);
    }
    if (count > 0) {
        if (generated == NULL) {
            return gan__null(ctx, "generated");
        }
        if (class->needs_real && real == NULL) {
            return gan__null(ctx, "real");
        }
        if (!class->needs_real && real != NULL) {
            return gan__fail(ctx, GAN_E_ARG, "%s draws no rows of the real set, wanted real = NULL",
                             class->head.kind);
        }
        GAN__TRY(class->check_rows(metric, count));
        GAN__TRY(copy_rows(metric, &new_generated, generated, count, "generated"));
        if (real != NULL) {
            GAN__TRY(copy_rows(metric, &new_real, real, count, "real"));
        }
    }
    gan__free(ctx, metric->generated_rows);
    gan__free(ctx, metric->real_rows);
    metric->generated_rows = new_generated;
    metric->real_rows = new_real;
    metric->row_count = count;
    return GAN_OK;

fail:
    gan__free(ctx, new_generated);
    gan__free(ctx, new_real);
    return st;
}

gan_status
gan_metric_set_rows(gan_metric *metric, const int64_t *generated, const int64_t *real,
                    int64_t count)
{
    struct gan__call call;
    gan_status st;

    if (metric == NULL) {
        return GAN_E_ARG;
    }
    st = gan__enter(&call, metric->object.ctx, GAN__GROUP_OTHER);
    if (st != GAN_OK) {
        return st;
    }
    st = set_rows(metric, generated, real, count);
    return gan__leave(&call, st);
}

/* ---- computing ---- */

/* What a measure needs of one set. */
static gan_status
check_set(const gan_metric *metric, const gan_features *set, const char *which, const int64_t *rows)
{
    gan_context *ctx = metric->object.ctx;
    const struct gan__metric_class *class = metric->class;
    const char *const kind = class->head.kind;

    if (set->object.ctx != ctx) {
        return gan__fail(ctx, GAN_E_ARG, "%s: the %s set is of another context", kind, which);
    }
    if (!gan__features_has_rows(set)) {
        return class->needs_rows ? gan__fail(ctx, GAN_E_ARG,
                                             "%s: the %s set \"%s\" has statistics only, wanted "
                                             "the features of each sample",
                                             kind, which, set->name)
                                 : GAN_OK;
    }
    if (set->count < 1) {
        return gan__fail(ctx, GAN_E_ARG, "%s: the %s set \"%s\" is empty", kind, which, set->name);
    }
    if (class->needs_logits && set->classes == 0) {
        return gan__fail(ctx, GAN_E_ARG, "%s: the %s set \"%s\" has no logits, and it needs them",
                         kind, which, set->name);
    }
    if (class->needs_classes && set->class_count == 0) {
        return gan__fail(ctx, GAN_E_ARG, "%s: the %s set \"%s\" has no classes, and it needs them",
                         kind, which, set->name);
    }
    for (int64_t i = 0; rows != NULL && i < metric->row_count; i++) {
        if (rows[i] >= set->count) {
            return gan__fail(ctx, GAN_E_ARG,
                             "%s: row %lld of the %s set is asked for, which has %lld (\"%s\")",
                             kind, (long long)rows[i], which, (long long)set->count, set->name);
        }
    }
    return GAN_OK;
}

static gan_status
check_sets(const gan_metric *metric, const gan_features *generated, const gan_features *real)
{
    const struct gan__metric_class *class = metric->class;
    gan_context *ctx = metric->object.ctx;
    gan_status st = GAN_OK;

    GAN__TRY(check_set(metric, generated, "generated", metric->generated_rows));
    if (real == NULL) {
        return class->needs_real ? gan__fail(ctx, GAN_E_ARG,
                                             "%s: real is NULL, and it compares with real samples",
                                             class->head.kind)
                                 : GAN_OK;
    }
    GAN__TRY(check_set(metric, real, "real", metric->real_rows));
    GAN__TRY(gan__features_check_pair(generated, real));
    if ((class->needs_classes && generated->class_count != real->class_count) ||
        (class->needs_logits && generated->classes != real->classes)) {
        st = gan__fail(ctx, GAN_E_ARG, "%s: \"%s\" has %lld classes, \"%s\" has %lld",
                       class->head.kind, generated->name, (long long)generated->class_count,
                       real->name, (long long)real->class_count);
    }

fail:
    return st;
}

gan_status
gan__metric_check(const gan_metric *metric, const gan_features *generated, const gan_features *real)
{
    gan_status st = GAN_OK;

    if (metric->class->ignores_real) {
        real = NULL;
    }
    GAN__TRY(check_sets(metric, generated, real));
    if (metric->class->check != NULL) {
        GAN__TRY(metric->class->check(metric, generated, real));
    }

fail:
    return st;
}

/* Of finite features, too: what they are multiplied to may be none. */
static gan_status
check_values(const gan_metric *metric, const double *values, const gan_features *generated,
             const gan_features *real)
{
    const char *const *names = metric->class->values;

    for (int i = 0; i < GAN__SCORE_VALUES && names[i] != NULL; i++) {
        if (!isfinite(values[i])) {
            return gan__fail(metric->object.ctx, GAN_E_ARG,
                             "%s: %s is not finite: the numbers of \"%s\"%s%s%s are too large",
                             metric->class->head.kind, names[i], generated->name,
                             real == NULL ? "" : " or \"", real == NULL ? "" : real->name,
                             real == NULL ? "" : "\"");
        }
    }
    return GAN_OK;
}

static gan_status
metric_compute(gan_metric *metric, gan_score **score, gan_features *generated, gan_features *real)
{
    double values[GAN__SCORE_VALUES] = {0};
    gan_status st = GAN_OK;

    if (metric->class->ignores_real) {
        real = NULL;
    }
    GAN__TRY(gan__metric_check(metric, generated, real));
    GAN__TRY(metric->class->compute(metric, values, generated, real));
    GAN__TRY(check_values(metric, values, generated, real));
    GAN__TRY(gan__score_make(score, metric, values, generated, real));

fail:
    return st;
}

gan_status
gan_metric_compute(gan_metric *metric, gan_score **score, gan_features *generated,
                   gan_features *real)
{
    struct gan__call call;
    gan_status st;

    if (score != NULL) {
        *score = NULL;
    }
    if (metric == NULL) {
        return GAN_E_ARG;
    }
    st = gan__enter(&call, metric->object.ctx, GAN__GROUP_OTHER);
    if (st != GAN_OK) {
        return st;
    }
    if (score == NULL) {
        st = gan__null(metric->object.ctx, "score");
    } else if (generated == NULL) {
        st = gan__null(metric->object.ctx, "generated");
    } else {
        st = metric_compute(metric, score, generated, real);
    }
    return gan__leave(&call, st);
}
