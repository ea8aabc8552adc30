/*
 * Checkpoint files: the texts that each has, its numbers as texts, and what makes a file one.
 * checkpoint_parts.c fills and reads the parts.
 */
#include "io/checkpoint.h"

#include <gan/version.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/number.h"

#define KIND "checkpoint"

/* ---- writing ---- */

gan_status
gan__checkpoint_put_integer(struct gan__state *state, const char *prefix, const char *name,
                            int64_t value)
{
    char text[GAN__NUMBER_SIZE];

    (void)snprintf(text, sizeof text, "%lld", (long long)value);
    return gan__state_add_text(state, prefix, name, text);
}

gan_status
gan__checkpoint_put_real(struct gan__state *state, const char *prefix, const char *name,
                         double value)
{
    char text[GAN__NUMBER_SIZE];

    return gan__state_add_text(state, prefix, name, gan__number_format(text, value));
}

gan_status
gan__checkpoint_write(struct gan__state *state, const char *path)
{
    gan_status st = GAN_OK;

    GAN__TRY(gan__state_add_text(state, "", GAN__KIND_KEY, KIND));
    GAN__TRY(gan__state_add_text(state, "", GAN__VERSION_KEY, gan_version()));
    GAN__TRY(
        gan__checkpoint_put_integer(state, "", GAN__CHECKPOINT_FORMAT_KEY, GAN__CHECKPOINT_FORMAT));
    GAN__TRY(gan__checkpoint_put_integer(state, "", GAN__NUMERICS_KEY, GAN__NUMERICS));
    GAN__TRY(gan__safetensors_save(state, GAN__FLOAT32, path));

fail:
    return st;
}

/* ---- reading ---- */

gan_status
gan__checkpoint_take_text(const struct gan__state *state, const char *prefix, const char *name,
                          const char **text, const char *path)
{
    const struct gan__state_entry *entry = gan__state_find(state, prefix, name);

    if (entry == NULL || entry->text == NULL) {
        return gan__fail(state->ctx, GAN_E_FORMAT, "\"%s\": no text \"%s%s\" in its metadata", path,
                         prefix, name);
    }
    *text = entry->text;
    return GAN_OK;
}

gan_status
gan__checkpoint_take_integer(const struct gan__state *state, const char *prefix, const char *name,
                             int64_t minimum, int64_t *value, const char *path)
{
    const char *text = NULL;
    int64_t found = 0;
    gan_status st = GAN_OK;

    GAN__TRY(gan__checkpoint_take_text(state, prefix, name, &text, path));
    if (!gan__integer_parse(text, strlen(text), &found) || found < minimum) {
        return gan__fail(state->ctx, GAN_E_FORMAT,
                         "\"%s\": %s%s is \"%.40s\", wanted a whole number of %lld or more", path,
                         prefix, name, text, (long long)minimum);
    }
    *value = found;

fail:
    return st;
}

/* What gan__number_format() writes for those that gan__number_parse() does not read. */
static bool
parse_special(const char *text, double *value)
{
    if (strcmp(text, "nan") == 0) {
        *value = (double)NAN;
    } else if (strcmp(text, "inf") == 0) {
        *value = (double)INFINITY;
    } else if (strcmp(text, "-inf") == 0) {
        *value = -(double)INFINITY;
    } else {
        return false;
    }
    return true;
}

gan_status
gan__checkpoint_take_real(const struct gan__state *state, const char *prefix, const char *name,
                          double *value, const char *path)
{
    const char *text = NULL;
    double found = 0;
    gan_status st = GAN_OK;

    GAN__TRY(gan__checkpoint_take_text(state, prefix, name, &text, path));
    if (!gan__number_parse(text, strlen(text), &found) && !parse_special(text, &found)) {
        return gan__fail(state->ctx, GAN_E_FORMAT, "\"%s\": %s%s is \"%.40s\", wanted a number",
                         path, prefix, name, text);
    }
    *value = found;

fail:
    return st;
}

/* Another program can write everything of a checkpoint but its checksum: then it may have changed
 * anything. */
static gan_status
check_kind(const struct gan__state *state, const char *path)
{
    const struct gan__state_entry *kind = gan__state_find(state, "", GAN__KIND_KEY);

    if (kind == NULL || kind->text == NULL || strcmp(kind->text, KIND) != 0) {
        return gan__fail(state->ctx, GAN_E_FORMAT,
                         "\"%s\": no checkpoint: its " GAN__KIND_KEY " is %s%.40s%s", path,
                         kind == NULL || kind->text == NULL ? "" : "\"",
                         kind == NULL || kind->text == NULL ? "missing" : kind->text,
                         kind == NULL || kind->text == NULL ? "" : "\"");
    }
    if (!state->sealed) {
        return gan__fail(state->ctx, GAN_E_FORMAT,
                         "\"%s\": a checkpoint without its checksum: nobody knows what has been "
                         "changed in it",
                         path);
    }
    return GAN_OK;
}

static const char *
version_of(const struct gan__state *state)
{
    const struct gan__state_entry *version = gan__state_find(state, "", GAN__VERSION_KEY);

    return version == NULL || version->text == NULL ? "unknown" : version->text;
}

static gan_status
check_format(const struct gan__state *state, const char *path)
{
    int64_t format = 0, numerics = 0;
    gan_status st = GAN_OK;

    GAN__TRY(gan__checkpoint_take_integer(state, "", GAN__CHECKPOINT_FORMAT_KEY, 1, &format, path));
    if (format > GAN__CHECKPOINT_FORMAT) {
        return gan__fail(state->ctx, GAN_E_UNSUPPORTED,
                         "\"%s\": " GAN__CHECKPOINT_FORMAT_KEY " %lld, written by libgan %.20s; "
                         "this version, %s, reads up to %d",
                         path, (long long)format, version_of(state), gan_version(),
                         GAN__CHECKPOINT_FORMAT);
    }
    GAN__TRY(gan__checkpoint_take_integer(state, "", GAN__NUMERICS_KEY, 1, &numerics, path));
    if (numerics != GAN__NUMERICS) {
        gan__log(state->ctx, GAN_LOG_WARNING,
                 "\"%s\": " GAN__NUMERICS_KEY " %lld, written by libgan %.20s; those of this "
                 "version, %s, are %d: a training goes on, but not as it would have by its last "
                 "bits",
                 path, (long long)numerics, version_of(state), gan_version(), GAN__NUMERICS);
    }

fail:
    return st;
}

gan_status
gan__checkpoint_read(struct gan__state *state, const char *path, uint64_t max_bytes)
{
    gan_context *ctx = state->ctx;
    gan_status st = GAN_OK;

    GAN__TRY(gan__safetensors_load(state, path, max_bytes));
    GAN__TRY(check_kind(state, path));
    GAN__TRY(check_format(state, path));

fail:
    if (st != GAN_OK) {
        gan__state_free(state);
        gan__state_init(state, ctx);
    }
    return st;
}
