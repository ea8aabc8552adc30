/* Reading a step's numbers by name. */
#include "trainer/trainer.h"

#include <math.h>
#include <string.h>

enum record_type { RECORD_COUNT, RECORD_REAL };
enum record_needs { NEEDS_NOTHING, NEEDS_PROBABILITY, NEEDS_ACCURACY, NEEDS_CRITIC };

struct record_row {
    const char *name;
    enum record_type type;
    enum record_needs needs;
    size_t offset;
};

static const struct record_row rows[] = {
    {"step", RECORD_COUNT, NEEDS_NOTHING, offsetof(struct gan_record, step)},
    {"epoch", RECORD_COUNT, NEEDS_NOTHING, offsetof(struct gan_record, epoch)},
    {"d_loss", RECORD_REAL, NEEDS_NOTHING, offsetof(struct gan_record, d_loss)},
    {"penalty", RECORD_REAL, NEEDS_NOTHING, offsetof(struct gan_record, penalty)},
    {"g_loss", RECORD_REAL, NEEDS_NOTHING, offsetof(struct gan_record, g_loss)},
    {"d_real", RECORD_REAL, NEEDS_PROBABILITY, offsetof(struct gan_record, d_real)},
    {"d_generated", RECORD_REAL, NEEDS_PROBABILITY, offsetof(struct gan_record, d_generated)},
    {"d_accuracy", RECORD_REAL, NEEDS_ACCURACY, offsetof(struct gan_record, d_accuracy)},
    {"critic_distance", RECORD_REAL, NEEDS_CRITIC, offsetof(struct gan_record, critic_distance)},
    {"d_updates", RECORD_COUNT, NEEDS_NOTHING, offsetof(struct gan_record, d_updates)},
    {"d_gradient_norm", RECORD_REAL, NEEDS_NOTHING, offsetof(struct gan_record, d_gradient_norm)},
    {"g_gradient_norm", RECORD_REAL, NEEDS_NOTHING, offsetof(struct gan_record, g_gradient_norm)},
    {"images_per_second", RECORD_REAL, NEEDS_NOTHING,
     offsetof(struct gan_record, images_per_second)},
    {"data_seconds", RECORD_REAL, NEEDS_NOTHING, offsetof(struct gan_record, data_seconds)},
};
enum { ROW_COUNT = sizeof rows / sizeof rows[0] };

static gan_status
unknown_name(const gan_trainer *trainer, const char *name)
{
    gan_context *ctx = gan__trainer_context(trainer);
    const char *watched = "";
    struct gan__text list;
    double value;
    gan_status st;

    gan__text_init(&list, ctx);
    for (int i = 0; i < ROW_COUNT; i++) {
        gan__text_add(&list, "%s%s", i == 0 ? "" : ", ", rows[i].name);
    }
    for (int32_t i = 0; watched != NULL; i++) {
        gan__watches_number(trainer, i, &watched, &value);
        if (watched != NULL) {
            gan__text_add(&list, ", %s", watched);
        }
    }
    st = list.status;
    if (st == GAN_OK) {
        st = gan__fail(ctx, GAN_E_ARG, "a record has no \"%.64s\"; it has %s", name, list.data);
    }
    gan__text_free(&list);
    return st;
}

/* Why a row has no meaning with this loss; NULL: it has one. */
static const char *
missing(const struct record_row *row, const struct gan__loss_class *loss)
{
    switch (row->needs) {
    case NEEDS_PROBABILITY:
        return loss->probability == NULL ? "its discriminator's output is no probability" : NULL;
    case NEEDS_ACCURACY:
        return loss->accuracy == NULL ? "its discriminator's output has no threshold" : NULL;
    case NEEDS_CRITIC:
        return loss->critic ? NULL : "its discriminator is no critic";
    default:
        return NULL;
    }
}

static double
row_value(const struct gan_record *record, const struct record_row *row)
{
    const char *place = (const char *)record + row->offset;
    int64_t count;
    double value;

    if (row->type == RECORD_COUNT) {
        memcpy(&count, place, sizeof count);
        return (double)count;
    }
    memcpy(&value, place, sizeof value);
    return value;
}

static gan_status
read_row(const struct gan_record *record, const struct record_row *row, double *value)
{
    const struct gan__loss_class *loss = record->trainer->loss->class;
    const char *why = missing(row, loss);

    if (why != NULL) {
        return gan__fail(gan__trainer_context(record->trainer), GAN_E_UNSUPPORTED,
                         "\"%s\" has no meaning with the loss \"%s\": %s", row->name,
                         loss->head.kind, why);
    }
    *value = row_value(record, row);
    return GAN_OK;
}

gan_status
gan_record_get(const gan_record *record, double *value, const char *name)
{
    gan_context *ctx = record == NULL ? NULL : gan__trainer_context(record->trainer);
    struct gan__call call;
    gan_status st;

    if (value != NULL) {
        *value = 0;
    }
    st = gan__enter(&call, ctx, GAN__GROUP_TRAINER_READ);
    if (st != GAN_OK) {
        return st;
    }
    if (value == NULL || name == NULL) {
        return gan__leave(&call, gan__null(ctx, value == NULL ? "value" : "name"));
    }
    for (int i = 0; i < ROW_COUNT; i++) {
        if (strcmp(name, rows[i].name) == 0) {
            return gan__leave(&call, read_row(record, &rows[i], value));
        }
    }
    st = gan__watches_get(record->trainer, name, value) ? GAN_OK
                                                        : unknown_name(record->trainer, name);
    return gan__leave(&call, st);
}

void
gan__record_print(struct gan__text *out, const struct gan_record *record)
{
    const struct gan__loss_class *loss = record->trainer->loss->class;
    const char *comma = "";

    for (int i = 0; i < ROW_COUNT; i++) {
        const double value = row_value(record, &rows[i]);
        if (missing(&rows[i], loss) == NULL && isfinite(value)) {
            gan__text_add(out, "%s\"%s\":", comma, rows[i].name);
            gan__text_add_number(out, value);
            comma = ",";
        }
    }
}
