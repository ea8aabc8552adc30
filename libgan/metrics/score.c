/*
 * Scores: a measure's numbers by name, and as JSON together with the protocol without which they
 * mean nothing: judge, options, sets and their sizes.
 */
#include <math.h>
#include <string.h>

#include "base/context.h"
#include "base/memory.h"
#include "metrics/metric.h"

static void
score_finalize(struct gan__object *object)
{
    gan__free(object->ctx, ((gan_score *)object)->text);
}

static const struct gan__class score_object = {.name = "score", .finalize = score_finalize};

/* ---- JSON ---- */

/* null for what JSON has no word for */
static void
add_value(struct gan__text *out, double value)
{
    if (isfinite(value)) {
        gan__text_add_number(out, value);
    } else {
        gan__text_add(out, "null");
    }
}

static void
add_set(struct gan__text *out, const char *key, const gan_features *set)
{
    gan__text_add(out, ", \"%s\": ", key);
    if (set == NULL) {
        gan__text_add(out, "null");
        return;
    }
    gan__text_add(out, "{\"name\": ");
    gan__text_add_json_string(out, set->name);
    if (gan__features_samples(set) > 0) {
        gan__text_add(out, ", \"count\": %lld}", (long long)gan__features_samples(set));
    } else {
        gan__text_add(out, ", \"count\": null}");
    }
}

/* The judge is told by the set that knows more of it: statistics of others do not name theirs. */
static void
add_judge(struct gan__text *out, const gan_features *generated, const gan_features *real)
{
    const gan_features *const set =
        generated->judge_hash[0] == '\0' && real != NULL && real->judge_hash[0] != '\0' ? real
                                                                                        : generated;

    gan__text_add(out, ", \"judge\": {\"name\": ");
    gan__text_add_json_string(out, set->judge_name);
    gan__text_add(out, ", \"hash\": ");
    if (set->judge_hash[0] == '\0') {
        gan__text_add(out, "null}");
    } else {
        gan__text_add_json_string(out, set->judge_hash);
        gan__text_add(out, "}");
    }
}

static void
add_values(struct gan__text *out, const struct gan__metric_class *class, const double *values)
{
    gan__text_add(out, ", \"values\": {");
    for (int i = 0; i < GAN__SCORE_VALUES && class->values[i] != NULL; i++) {
        gan__text_add(out, "%s\"%s\": ", i == 0 ? "" : ", ", class->values[i]);
        add_value(out, values[i]);
    }
    gan__text_add(out, "}}");
}

static gan_status
print(struct gan__text *out, const gan_metric *metric, const double *values,
      const gan_features *generated, const gan_features *real)
{
    struct gan__text options;
    gan_status st;

    gan__text_init(&options, out->ctx);
    gan__options_print(&options, metric->class->head.options, metric);
    gan__text_add(out, "{\"metric\": \"%s\", \"options\": ", metric->class->head.kind);
    /* the first option is printed after a space */
    gan__text_add_json_string(out, options.length == 0 ? "" : options.data + 1);
    if (metric->row_count > 0) { /* in place of what the options would draw */
        gan__text_add(out, ", \"rows\": \"given\"");
    }
    add_judge(out, generated, real);
    add_set(out, "generated", generated);
    add_set(out, "real", real);
    add_values(out, metric->class, values);
    st = options.status != GAN_OK ? options.status : out->status;
    gan__text_free(&options);
    return st;
}

gan_status
gan__score_make(gan_score **out, const gan_metric *metric, const double *values,
                const gan_features *generated, const gan_features *real)
{
    gan_context *ctx = metric->object.ctx;
    gan_score *score = gan__object_create(ctx, &score_object, sizeof *score);
    struct gan__text text;
    gan_status st = GAN_OK;

    if (score == NULL) {
        return GAN_E_NOMEM;
    }
    score->class = metric->class;
    memcpy(score->values, values, sizeof score->values);
    gan__text_init(&text, ctx);
    GAN__TRY(print(&text, metric, values, generated, real));
    score->text = gan__strdup(ctx, text.data);
    if (score->text == NULL) {
        st = GAN_E_NOMEM;
        goto fail;
    }
    *out = score;
    score = NULL;

fail:
    gan__text_free(&text);
    gan__object_destroy((struct gan__object *)score);
    return st;
}

/* ---- public calls ---- */

void
gan_score_retain(gan_score *score)
{
    gan__object_retain((struct gan__object *)score);
}

void
gan_score_destroy(gan_score *score)
{
    gan__object_destroy((struct gan__object *)score);
}

static gan_status
score_get(const gan_score *score, double *value, const char *name)
{
    gan_context *ctx = score->object.ctx;
    const char *const *names = score->class->values;
    struct gan__text list;
    gan_status st;

    for (int i = 0; i < GAN__SCORE_VALUES && names[i] != NULL; i++) {
        if (strcmp(names[i], name) == 0) {
            *value = score->values[i];
            return GAN_OK;
        }
    }
    gan__text_init(&list, ctx);
    for (int i = 0; i < GAN__SCORE_VALUES && names[i] != NULL; i++) {
        gan__text_add(&list, "%s%s", i == 0 ? "" : ", ", names[i]);
    }
    st = list.status;
    if (st == GAN_OK) {
        st = gan__fail(ctx, GAN_E_ARG, "a score of %s has no \"%.64s\": there are %s",
                       score->class->head.kind, name, list.data);
    }
    gan__text_free(&list);
    return st;
}

gan_status
gan_score_get(gan_score *score, double *value, const char *name)
{
    struct gan__call call;
    gan_status st;

    if (value != NULL) {
        *value = 0;
    }
    if (score == NULL) {
        return GAN_E_ARG;
    }
    st = gan__enter(&call, score->object.ctx, GAN__GROUP_TRAINER_READ);
    if (st != GAN_OK) {
        return st;
    }
    if (value == NULL) {
        st = gan__null(score->object.ctx, "value");
    } else if (name == NULL) {
        st = gan__null(score->object.ctx, "name");
    } else {
        st = score_get(score, value, name);
    }
    return gan__leave(&call, st);
}

gan_status
gan_score_text(gan_score *score, char *buffer, size_t size, size_t *needed)
{
    struct gan__call call;
    struct gan__text text;
    gan_status st;

    if (needed != NULL) {
        *needed = 0;
    }
    if (score == NULL) {
        return GAN_E_ARG;
    }
    st = gan__enter(&call, score->object.ctx, GAN__GROUP_TRAINER_READ);
    if (st != GAN_OK) {
        return st;
    }
    gan__text_init(&text, score->object.ctx);
    gan__text_add(&text, "%s", score->text);
    st = gan__text_give(&text, buffer, size, needed);
    return gan__leave(&call, st);
}
