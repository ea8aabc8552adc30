/*
 * A trainer's checkpoints: all that its next steps depend on, and what it shows of the last one.
 * The same training gives the same bytes, so what a clock has measured is left out.
 */
#include "io/checkpoint.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/number.h"
#include "trainer/trainer.h"

/* Counters stay far from where their products overflow. */
#define COUNTER_MAX ((int64_t)1 << 42)

#define GENERATOR               "generator"
#define DISCRIMINATOR           "discriminator"
#define AVERAGE                 "average"
#define GENERATOR_OPTIMIZER     "generator_optimizer"
#define DISCRIMINATOR_OPTIMIZER "discriminator_optimizer"
#define OPTIONS                 "options"

/* A member of a struct as a text. */
struct row {
    const char *name;
    bool real; /* a double; otherwise an int64_t, 0 or more */
    size_t offset;
};

#define COUNTER(member)                                                                            \
    {                                                                                              \
        .name = #member, .offset = offsetof(struct gan__counters, member)                          \
    }
static const struct row counter_rows[] = {
    COUNTER(steps),
    COUNTER(batches),
    COUNTER(draws),
    COUNTER(forwards),
    COUNTER(d_updates),
    COUNTER(looks),
    {.name = "accuracy", .real = true, .offset = offsetof(struct gan__counters, accuracy)},
};
enum { COUNTER_ROWS = sizeof counter_rows / sizeof counter_rows[0] };

#define RECORD(member, is_real)                                                                    \
    {                                                                                              \
        .name = #member, .real = (is_real), .offset = offsetof(struct gan_record, member)          \
    }
static const struct row record_rows[] = {
    RECORD(step, false),           RECORD(epoch, false),          RECORD(d_updates, false),
    RECORD(d_loss, true),          RECORD(penalty, true),         RECORD(g_loss, true),
    RECORD(d_real, true),          RECORD(d_generated, true),     RECORD(d_accuracy, true),
    RECORD(critic_distance, true), RECORD(d_gradient_norm, true), RECORD(g_gradient_norm, true),
};
enum { RECORD_ROWS = sizeof record_rows / sizeof record_rows[0] };

#define ALARM(member, is_real)                                                                     \
    {                                                                                              \
        .name = #member, .real = (is_real), .offset = offsetof(struct gan__alarm_state, member)    \
    }
static const struct row alarm_rows[] = {
    ALARM(diverse, false), ALARM(varied, false),    ALARM(alike, false), ALARM(won, false),
    ALARM(ringing, false), ALARM(gone_back, false), ALARM(seen, false),  ALARM(saturation, true),
};
enum { ALARM_ROWS = sizeof alarm_rows / sizeof alarm_rows[0] };

/* ---- writing ---- */

static gan_status
put_rows(struct gan__state *state, const char *prefix, const struct row *rows, int32_t count,
         const void *values)
{
    gan_status st = GAN_OK;

    for (int32_t i = 0; i < count && st == GAN_OK; i++) {
        const char *place = (const char *)values + rows[i].offset;
        if (rows[i].real) {
            double real;
            memcpy(&real, place, sizeof real);
            st = gan__checkpoint_put_real(state, prefix, rows[i].name, real);
        } else {
            int64_t integer;
            memcpy(&integer, place, sizeof integer);
            st = gan__checkpoint_put_integer(state, prefix, rows[i].name, integer);
        }
    }
    return st;
}

static gan_status
put_options(struct gan__state *state, gan_trainer *trainer)
{
    size_t needed = 0;
    char *text = NULL;
    gan_status st = GAN_OK;

    GAN__TRY(gan_trainer_text(trainer, NULL, 0, &needed));
    text = gan__alloc(state->ctx, needed);
    if (text == NULL) {
        return GAN_E_NOMEM;
    }
    GAN__TRY(gan_trainer_text(trainer, text, needed, NULL));
    GAN__TRY(gan__state_add_text(state, "trainer.", OPTIONS, text));

fail:
    gan__free(state->ctx, text);
    return st;
}

/* "28x28x1" */
static gan_status
shape_text(struct gan__text *text, gan_context *ctx, const struct gan__shape *shape)
{
    gan__text_init(text, ctx);
    gan__shape_print(text, shape);
    return text->status;
}

/* What must be the same when the training goes on. */
static gan_status
put_surroundings(struct gan__state *state, const gan_trainer *trainer)
{
    const gan_dataset *dataset = trainer->dataset;
    struct gan__text text;
    gan_status st;

    gan__text_init(&text, state->ctx);
    gan__text_add(&text, "%llu", (unsigned long long)state->ctx->seed);
    GAN__TRY(text.status);
    GAN__TRY(gan__state_add_text(state, "trainer.", "seed", text.data));
    gan__text_free(&text);
    GAN__TRY(shape_text(&text, state->ctx, &dataset->shape));
    GAN__TRY(gan__state_add_text(state, "dataset.", "shape", text.data));
    GAN__TRY(gan__checkpoint_put_integer(state, "dataset.", "count", dataset->count));
    GAN__TRY(gan__checkpoint_put_integer(state, "dataset.", "classes", dataset->classes));

fail:
    gan__text_free(&text);
    return st;
}

static gan_status
put_best(struct gan__state *state, const struct gan__best *best)
{
    gan_status st = GAN_OK;

    if (best->told) {
        GAN__TRY(gan__checkpoint_put_real(state, "best.", "score", best->score));
        GAN__TRY(gan__checkpoint_put_integer(state, "best.", "step", best->step));
        GAN__TRY(gan__state_add_text(state, "best.", "measure", best->measure));
    }
    if (best->told && best->since != best->step) {
        GAN__TRY(gan__checkpoint_put_integer(state, "best.", "since", best->since));
    }
    if (best->told && best->judged) {
        GAN__TRY(gan__checkpoint_put_integer(state, "best.", "judged", 1));
    }

fail:
    return st;
}

/* Of a training that was never watched there is nothing. */
static gan_status
put_alarms(struct gan__state *state, const struct gan__alarm_state *alarms)
{
    static const struct gan__alarm_state none;

    if (memcmp(alarms, &none, sizeof none) == 0) {
        return GAN_OK;
    }
    return put_rows(state, "alarms.", alarm_rows, ALARM_ROWS, alarms);
}

static gan_status
put_parts(struct gan__state *state, gan_trainer *trainer)
{
    const struct gan__side *g = &trainer->generator, *d = &trainer->discriminator;
    gan_status st = GAN_OK;

    GAN__TRY(gan__checkpoint_put_layer(state, GENERATOR, g->network));
    GAN__TRY(gan__checkpoint_put_layer(state, DISCRIMINATOR, d->network));
    if (trainer->average != NULL) {
        GAN__TRY(gan__checkpoint_put_layer(state, AVERAGE, trainer->average));
    }
    GAN__TRY(gan__checkpoint_put_optimizer(state, GENERATOR_OPTIMIZER, g->optimizer));
    GAN__TRY(gan__checkpoint_put_optimizer(state, DISCRIMINATOR_OPTIMIZER, d->optimizer));

fail:
    return st;
}

static gan_status
save(gan_trainer *trainer, const char *path)
{
    struct gan__state state;
    gan_status st = GAN_OK;

    gan__state_init(&state, gan__trainer_context(trainer));
    GAN__TRY(gan__trainer_estimate(trainer)); /* the average can be loaded as it is */
    GAN__TRY(put_parts(&state, trainer));
    GAN__TRY(put_options(&state, trainer));
    GAN__TRY(put_surroundings(&state, trainer));
    GAN__TRY(put_rows(&state, "trainer.", counter_rows, COUNTER_ROWS, &trainer->counters));
    GAN__TRY(put_rows(&state, "record.", record_rows, RECORD_ROWS, &trainer->record));
    GAN__TRY(put_best(&state, &trainer->best));
    GAN__TRY(put_alarms(&state, &trainer->alarm_state));
    GAN__TRY(gan__checkpoint_write(&state, path));

fail:
    gan__state_free(&state);
    return st;
}

gan_status
gan_trainer_save(gan_trainer *trainer, const char *path)
{
    gan_context *ctx;
    struct gan__call call;
    gan_status st;

    if (trainer == NULL) {
        return GAN_E_ARG;
    }
    ctx = gan__trainer_context(trainer);
    st = gan__enter(&call, ctx, GAN__GROUP_TRAINER_READ);
    if (st != GAN_OK) {
        return st;
    }
    gan_trainer_retain(trainer); /* a layer's callback may give up the caller's handle */
    st = gan__leave(&call, path == NULL ? gan__null(ctx, "path") : save(trainer, path));
    gan_trainer_destroy(trainer);
    return st;
}

/* ---- reading ---- */

/* A checkpoint being read. */
struct reading {
    gan_context *ctx;
    const char *path;
    struct gan__state state;
    gan_layer *generator, *discriminator;
    gan_trainer *trainer;
};

static gan_status
take_rows(const struct reading *from, const char *prefix, const struct row *rows, int32_t count,
          void *values)
{
    gan_status st = GAN_OK;

    for (int32_t i = 0; i < count; i++) {
        char *place = (char *)values + rows[i].offset;
        int64_t integer = 0;
        double real = 0;
        if (rows[i].real) {
            GAN__TRY(
                gan__checkpoint_take_real(&from->state, prefix, rows[i].name, &real, from->path));
            memcpy(place, &real, sizeof real);
            continue;
        }
        GAN__TRY(gan__checkpoint_take_integer(&from->state, prefix, rows[i].name, 0, &integer,
                                              from->path));
        if (integer > COUNTER_MAX) {
            return gan__fail(from->ctx, GAN_E_FORMAT, "\"%s\": %s%s is %lld, wanted at most %lld",
                             from->path, prefix, rows[i].name, (long long)integer,
                             (long long)COUNTER_MAX);
        }
        memcpy(place, &integer, sizeof integer);
    }

fail:
    return st;
}

static gan_status
check_seed(const struct reading *from)
{
    const char *text = NULL;
    uint64_t seed = 0;
    gan_status st = GAN_OK;

    GAN__TRY(gan__checkpoint_take_text(&from->state, "trainer.", "seed", &text, from->path));
    if (!gan__unsigned_parse(text, strlen(text), &seed)) {
        return gan__fail(from->ctx, GAN_E_FORMAT, "\"%s\": trainer.seed is \"%.40s\", no seed",
                         from->path, text);
    }
    if (seed != from->ctx->seed) {
        return gan__fail(from->ctx, GAN_E_ARG,
                         "\"%s\": a training with seed=%llu, the context has seed=%llu; make it "
                         "with the training's",
                         from->path, (unsigned long long)seed, (unsigned long long)from->ctx->seed);
    }

fail:
    return st;
}

static gan_status
check_number(const struct reading *from, const char *name, int64_t here)
{
    int64_t saved = 0;
    gan_status st = GAN_OK;

    GAN__TRY(gan__checkpoint_take_integer(&from->state, "dataset.", name, 0, &saved, from->path));
    if (saved != here) {
        return gan__fail(from->ctx, GAN_E_ARG,
                         "\"%s\": another dataset: the training's %s is %lld, this one's %lld",
                         from->path, name, (long long)saved, (long long)here);
    }

fail:
    return st;
}

static gan_status
check_dataset(const struct reading *from, const gan_dataset *dataset)
{
    const char *saved = NULL;
    struct gan__text here;
    gan_status st;

    GAN__TRY(shape_text(&here, from->ctx, &dataset->shape));
    GAN__TRY(gan__checkpoint_take_text(&from->state, "dataset.", "shape", &saved, from->path));
    if (strcmp(saved, here.data) != 0) {
        GAN__TRY(gan__fail(from->ctx, GAN_E_ARG,
                           "\"%s\": another dataset: the training's samples are %.80s, this one's "
                           "%s",
                           from->path, saved, here.data));
    }
    GAN__TRY(check_number(from, "count", dataset->count));
    GAN__TRY(check_number(from, "classes", dataset->classes));

fail:
    gan__text_free(&here);
    return st;
}

static gan_status
read_network(struct reading *from, const char *name, gan_layer **network)
{
    gan_status st = GAN_OK;

    GAN__TRY(gan__checkpoint_restore_layer(&from->state, name, network, from->path));
    GAN__TRY(gan__checkpoint_check_layer(&from->state, name, *network, from->path));
    gan__checkpoint_take_layer(&from->state, name, *network);

fail:
    return st;
}

static gan_status
make_trainer(struct reading *from, gan_dataset *dataset)
{
    const char *options = NULL;
    gan_status st = GAN_OK;

    GAN__TRY(gan__checkpoint_take_text(&from->state, "trainer.", OPTIONS, &options, from->path));
    GAN__TRY(read_network(from, GENERATOR, &from->generator));
    GAN__TRY(read_network(from, DISCRIMINATOR, &from->discriminator));
    st = gan_trainer_create(from->ctx, &from->trainer, from->generator, from->discriminator,
                            dataset, options);
    if (st != GAN_OK) {
        gan__fail_prefix(from->ctx, "\"%s\"", from->path);
    }

fail:
    return st;
}

static gan_status
read_optimizer(struct reading *from, const char *name, gan_optimizer *optimizer)
{
    gan_status st = GAN_OK;

    GAN__TRY(gan__checkpoint_check_optimizer(&from->state, name, optimizer, from->path));
    gan__checkpoint_take_optimizer(&from->state, name, optimizer);

fail:
    return st;
}

static gan_status
read_average(struct reading *from)
{
    gan_trainer *trainer = from->trainer;
    gan_status st = GAN_OK;

    if (trainer->average == NULL) {
        return GAN_OK;
    }
    GAN__TRY(gan__checkpoint_check_layer(&from->state, AVERAGE, trainer->average, from->path));
    gan__checkpoint_take_layer(&from->state, AVERAGE, trainer->average);
    trainer->average_is_estimated = true;

fail:
    return st;
}

static gan_status
read_measure(struct reading *from, char measure[GAN__MEASURE_SIZE])
{
    const char *text = "?";
    gan_status st = GAN_OK;

    if (gan__state_find(&from->state, "best.", "measure") != NULL) {
        GAN__TRY(gan__checkpoint_take_text(&from->state, "best.", "measure", &text, from->path));
    }
    if (strlen(text) >= GAN__MEASURE_SIZE) {
        return gan__fail(from->ctx, GAN_E_FORMAT,
                         "\"%s\": best.measure has %zu bytes, wanted at most %d", from->path,
                         strlen(text), GAN__MEASURE_SIZE - 1);
    }
    memcpy(measure, text, strlen(text) + 1);

fail:
    return st;
}

static gan_status
read_best(struct reading *from)
{
    const int64_t steps = from->trainer->counters.steps;
    struct gan__best best = {.told = true};
    gan_status st = GAN_OK;

    if (gan__state_find(&from->state, "best.", "score") == NULL) {
        return GAN_OK;
    }
    GAN__TRY(gan__checkpoint_take_real(&from->state, "best.", "score", &best.score, from->path));
    GAN__TRY(
        gan__checkpoint_take_integer(&from->state, "best.", "step", 0, &best.step, from->path));
    if (!isfinite(best.score)) {
        return gan__fail(from->ctx, GAN_E_FORMAT, "\"%s\": best.score is not finite", from->path);
    }
    best.judged = gan__state_find(&from->state, "best.", "judged") != NULL;
    best.since = best.step < steps ? best.step : steps;
    if (gan__state_find(&from->state, "best.", "since") != NULL) {
        GAN__TRY(gan__checkpoint_take_integer(&from->state, "best.", "since", 0, &best.since,
                                              from->path));
    }
    GAN__TRY(read_measure(from, best.measure));
    from->trainer->best = best;

fail:
    return st;
}

static gan_status
read_alarms(struct reading *from)
{
    struct gan__alarm_state *alarms = &from->trainer->alarm_state;
    gan_status st = GAN_OK;

    if (gan__state_find(&from->state, "alarms.", alarm_rows[0].name) == NULL) {
        return GAN_OK;
    }
    GAN__TRY(take_rows(from, "alarms.", alarm_rows, ALARM_ROWS, alarms));
    if (!(alarms->saturation >= 0 && alarms->saturation <= 1)) {
        return gan__fail(from->ctx, GAN_E_FORMAT,
                         "\"%s\": alarms.saturation is no number from 0 to 1", from->path);
    }

fail:
    return st;
}

static gan_status
read_counters(struct reading *from)
{
    struct gan__counters *counters = &from->trainer->counters;
    gan_status st = GAN_OK;

    GAN__TRY(take_rows(from, "trainer.", counter_rows, COUNTER_ROWS, counters));
    if (!(counters->accuracy >= 0 && counters->accuracy <= 1)) {
        return gan__fail(from->ctx, GAN_E_FORMAT,
                         "\"%s\": trainer.accuracy is no number from 0 to 1", from->path);
    }
    GAN__TRY(take_rows(from, "record.", record_rows, RECORD_ROWS, &from->trainer->record));

fail:
    return st;
}

static gan_status
read_training(struct reading *from, gan_dataset *dataset)
{
    gan_status st = GAN_OK;

    if (gan__state_find(&from->state, "trainer.", OPTIONS) == NULL) {
        return gan__fail(from->ctx, GAN_E_FORMAT,
                         "\"%s\": a checkpoint, but not of a trainer: gan_checkpoint_load() reads "
                         "those of gan_checkpoint_save()",
                         from->path);
    }
    GAN__TRY(check_seed(from));
    GAN__TRY(check_dataset(from, dataset));
    GAN__TRY(make_trainer(from, dataset));
    GAN__TRY(read_optimizer(from, GENERATOR_OPTIMIZER, from->trainer->generator.optimizer));
    GAN__TRY(read_optimizer(from, DISCRIMINATOR_OPTIMIZER, from->trainer->discriminator.optimizer));
    GAN__TRY(read_average(from));
    GAN__TRY(read_counters(from));
    GAN__TRY(read_best(from));
    GAN__TRY(read_alarms(from));

fail:
    return st;
}

struct resume_options {
    uint64_t max_bytes;
};

static const struct gan__option resume_options[] = {
    {.name = "max_bytes",
     .type = GAN__OPTION_BYTES,
     .offset = offsetof(struct resume_options, max_bytes),
     .fallback = "16GiB",
     .doc = "refuse larger files"},
    GAN__OPTION_END};

static gan_status
resume(struct reading *from, gan_dataset *dataset, const char *text)
{
    static const struct gan__option_origin origin = {.kind = "gan_trainer_resume"};
    struct resume_options options = {0};
    gan_status st = GAN_OK;

    GAN__TRY(gan__options_parse(from->ctx, resume_options, &options, NULL, NULL, text,
                                text == NULL ? 0 : strlen(text), &origin));
    GAN__TRY(gan__checkpoint_read(&from->state, from->path, options.max_bytes));
    GAN__TRY(read_training(from, dataset));

fail:
    return st;
}

gan_status
gan_trainer_resume(gan_context *ctx, gan_trainer **out, gan_dataset *dataset, const char *path,
                   const char *options)
{
    struct reading from = {.ctx = ctx, .path = path};
    struct gan__call call;
    gan_status st;

    if (out != NULL) {
        *out = NULL;
    }
    st = gan__enter(&call, ctx, GAN__GROUP_OTHER);
    if (st != GAN_OK) {
        return st;
    }
    gan__state_init(&from.state, ctx);
    if (out == NULL || dataset == NULL || path == NULL) {
        st = gan__null(ctx, out == NULL ? "out" : dataset == NULL ? "dataset" : "path");
    } else if (dataset->object.ctx != ctx) {
        st = gan__fail(ctx, GAN_E_ARG, "the dataset belongs to another context");
    } else {
        st = resume(&from, dataset, options);
    }
    if (st == GAN_OK) {
        *out = from.trainer;
        from.trainer = NULL;
    }
    gan_trainer_destroy(from.trainer);
    gan_layer_destroy(from.generator);
    gan_layer_destroy(from.discriminator);
    gan__state_free(&from.state);
    return gan__leave(&call, st);
}
