/* Profiles: starting and stopping them, and their rows one by one. base/profile.c fills them. */
#include <gan/profile.h>

#include <string.h>

#include "base/options.h"
#include "base/profile.h"
#include "base/text.h"
#include "context/document.h"

#define EVENTS_MAX 1e9

struct profile_options {
    int64_t events;
};

static const struct gan__option profile_options[] = {
    {.name = "events",
     .type = GAN__OPTION_INT,
     .offset = offsetof(struct profile_options, events),
     .minimum = 0,
     .maximum = EVENTS_MAX,
     .fallback = "65536",
     .doc = "how many of the latest are kept for the trace, 32 bytes each"},
    GAN__OPTION_END};

void
gan__profile_document(struct gan__text *out)
{
    gan__options_document(out, profile_options);
}

gan_status
gan_profile_start(gan_context *context, const char *options)
{
    static const struct gan__option_origin origin = {.kind = "profile"};
    struct profile_options values;
    struct gan__call call;
    gan_status st = gan__enter(&call, context, GAN__GROUP_OTHER);
    if (st != GAN_OK) {
        return st;
    }
    GAN__TRY(gan__options_parse(context, profile_options, &values, NULL, NULL, options,
                                options == NULL ? 0 : strlen(options), &origin));
    GAN__TRY(gan__profile_start(context, values.events));

fail:
    return gan__leave(&call, st);
}

gan_status
gan_profile_stop(gan_context *context)
{
    struct gan__call call;
    const gan_status st = gan__enter(&call, context, GAN__GROUP_OTHER);
    if (st != GAN_OK) {
        return st;
    }
    gan__profile_stop(context);
    return gan__leave(&call, GAN_OK);
}

gan_status
gan_profile_count(gan_context *context, int64_t *count)
{
    const struct gan__profile *profile = NULL;
    struct gan__call call;
    if (count != NULL) {
        *count = 0;
    }
    gan_status st = gan__enter(&call, context, GAN__GROUP_TENSOR);
    if (st != GAN_OK) {
        return st;
    }
    if (count == NULL) {
        return gan__leave(&call, gan__null(context, "count"));
    }
    st = gan__profile_get(context, &profile);
    if (st == GAN_OK) {
        *count = profile->row_count;
    }
    return gan__leave(&call, st);
}

static gan_status
find_row(gan_context *ctx, const struct gan__profile_row **row, int64_t index, const char *name)
{
    const struct gan__profile *profile = NULL;
    const gan_status st = gan__profile_get(ctx, &profile);
    if (st != GAN_OK) {
        return st;
    }
    if (name == NULL) {
        return gan__null(ctx, "name");
    }
    if (index < 0 || index >= profile->row_count) {
        return gan__fail(ctx, GAN_E_ARG, "row %lld: the profile has %lld", (long long)index,
                         (long long)profile->row_count);
    }
    *row = &profile->rows[index];
    return GAN_OK;
}

gan_status
gan_profile_label(gan_context *context, int64_t row, const char *name, char *buffer, size_t size,
                  size_t *needed)
{
    const struct gan__profile_row *found = NULL;
    const char *label = NULL;
    struct gan__text text;
    struct gan__call call;
    if (needed != NULL) {
        *needed = 0;
    }
    gan_status st = gan__enter(&call, context, GAN__GROUP_TENSOR);
    if (st != GAN_OK) {
        return st;
    }
    GAN__TRY(find_row(context, &found, row, name));
    label = strcmp(name, "phase") == 0     ? gan__phase_name(found->phase)
            : strcmp(name, "network") == 0 ? found->network
            : strcmp(name, "layer") == 0   ? found->layer
            : strcmp(name, "op") == 0      ? found->name
                                           : NULL;
    if (label == NULL) {
        st = gan__fail(context, GAN_E_ARG,
                       "a row has no label \"%.40s\" (labels: phase, network, layer, op)", name);
        goto fail;
    }
    gan__text_init(&text, context);
    gan__text_add(&text, "%s", label);
    st = gan__text_give(&text, buffer, size, needed);

fail:
    return gan__leave(&call, st);
}

static gan_status
read_number(gan_context *ctx, double *value, int64_t index, const char *name)
{
    const struct gan__profile_row *row = NULL;
    const gan_status st = find_row(ctx, &row, index, name);
    if (st != GAN_OK) {
        return st;
    }
    const struct {
        const char *name;
        double value;
    } numbers[] = {{"calls", (double)row->calls},
                   {"seconds", (double)row->nanoseconds * 1e-9},
                   {"whole_seconds", (double)row->whole * 1e-9},
                   {"operations", row->operations},
                   {"bytes", row->bytes}};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        if (strcmp(numbers[i].name, name) == 0) {
            *value = numbers[i].value;
            return GAN_OK;
        }
    }
    return gan__fail(ctx, GAN_E_ARG,
                     "a row has no number \"%.40s\" (numbers: calls, seconds, whole_seconds, "
                     "operations, bytes)",
                     name);
}

gan_status
gan_profile_get(gan_context *context, double *value, int64_t row, const char *name)
{
    struct gan__call call;
    if (value != NULL) {
        *value = 0;
    }
    const gan_status st = gan__enter(&call, context, GAN__GROUP_TENSOR);
    if (st != GAN_OK) {
        return st;
    }
    return gan__leave(&call, value == NULL ? gan__null(context, "value")
                                           : read_number(context, value, row, name));
}
