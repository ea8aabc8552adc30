/*
 * What a safetensors file holds, for people. Its names and texts are another's: what a terminal
 * would obey is shown as a question mark.
 */
#include <gan/io.h>

#include <string.h>

#include "base/context.h"
#include "base/text.h"
#include "io/checkpoint.h"
#include "io/layer_file.h"

static const char *
text_of(const struct gan__state *state, const char *name)
{
    const struct gan__state_entry *entry = gan__state_find(state, "", name);

    return entry == NULL ? NULL : entry->text;
}

/* The bytes of a control character: ASCII's, or C2 80 to C2 9F; 0: it is another one. */
static size_t
control_length(const char *at)
{
    const unsigned char first = (unsigned char)at[0], second = (unsigned char)at[1];

    if (first < 0x20 || first == 0x7f) {
        return 1;
    }
    return first == 0xc2 && second < 0xa0 ? 2 : 0;
}

/* One line of a text of another's. */
static void
add_line(struct gan__text *out, const char *line, size_t length)
{
    for (size_t i = 0; i < length;) {
        size_t plain = 0;
        while (i + plain < length && control_length(line + i + plain) == 0) {
            plain++;
        }
        gan__text_add(out, "%.*s", (int)plain, line + i);
        i += plain;
        if (i < length) {
            gan__text_add(out, "%s", line[i] == '\t' ? "    " : "?");
            i += control_length(line + i);
        }
    }
}

/* "name: text", or the text's lines below the name. */
static void
add_text(struct gan__text *out, const struct gan__state_entry *entry)
{
    const char *at = entry->text;
    const bool lines = strchr(at, '\n') != NULL;

    add_line(out, entry->name, strlen(entry->name));
    gan__text_add(out, lines ? ":\n" : ": ");
    while (*at != '\0' || !lines) {
        const size_t length = strcspn(at, "\n");
        gan__text_add(out, lines ? "    " : "");
        add_line(out, at, length);
        gan__text_add(out, "\n");
        at += length;
        if (*at == '\0') {
            break;
        }
        at++;
    }
}

/* What kind of file it is, and whose. */
static void
add_head(struct gan__text *out, const struct gan__state *state)
{
    const char *kind = text_of(state, GAN__KIND_KEY), *version = text_of(state, GAN__VERSION_KEY);

    if (kind != NULL && (strcmp(kind, GAN__KIND_NETWORK) == 0 || strcmp(kind, "checkpoint") == 0)) {
        gan__text_add(out, "a %s", kind);
    } else if (text_of(state, GAN__NETWORK_KEY) != NULL) {
        gan__text_add(out, "a network");
    } else {
        gan__text_add(out, "tensors of another program");
    }
    if (version != NULL) {
        gan__text_add(out, ", written by libgan ");
        add_line(out, version, strlen(version));
    }
    gan__text_add(out, "\nchecksum: %s\n",
                  state->sealed
                      ? "right"
                      : "none, as in files of other programs; only the structure is known "
                        "to be sound");
}

static void
add_tensors(struct gan__text *out, const struct gan__state *state)
{
    char shape[GAN__SHAPE_TEXT_SIZE];
    int64_t tensors = 0, numbers = 0;

    for (int64_t i = 0; i < state->count; i++) {
        if (state->entries[i].text == NULL) {
            tensors++;
            numbers += gan__shape_count(&state->entries[i].unread);
        }
    }
    gan__text_add(out, "tensors: %lld of %lld numbers\n", (long long)tensors, (long long)numbers);
    for (int64_t i = 0; i < state->count; i++) {
        const struct gan__state_entry *entry = &state->entries[i];
        if (entry->text == NULL) {
            gan__text_add(out, "    ");
            add_line(out, entry->name, strlen(entry->name));
            gan__text_add(out, " ");
            add_line(out, entry->type, strlen(entry->type));
            gan__text_add(out, " %s\n", gan__shape_text(shape, &entry->unread));
        }
    }
}

static gan_status
describe(gan_context *ctx, const char *path, struct gan__text *out)
{
    struct gan__state state;
    gan_status st;

    gan__state_init(&state, ctx);
    GAN__TRY(gan__safetensors_scan(&state, path, UINT64_MAX));
    add_head(out, &state);
    for (int64_t i = 0; i < state.count; i++) {
        const struct gan__state_entry *entry = &state.entries[i];
        if (entry->text != NULL && strcmp(entry->name, GAN__KIND_KEY) != 0 &&
            strcmp(entry->name, GAN__VERSION_KEY) != 0) {
            add_text(out, entry);
        }
    }
    add_tensors(out, &state);
    st = out->status;

fail:
    gan__state_free(&state);
    return st;
}

gan_status
gan_file_describe(gan_context *context, const char *path, char *buffer, size_t size, size_t *needed)
{
    struct gan__call call;
    struct gan__text text;

    if (needed != NULL) {
        *needed = 0;
    }
    gan_status st = gan__enter(&call, context, GAN__GROUP_LAYER);
    if (st != GAN_OK) {
        return st;
    }
    gan__text_init(&text, context);
    st = path == NULL ? gan__null(context, "path") : describe(context, path, &text);
    if (st == GAN_OK) {
        st = gan__text_give(&text, buffer, size, needed);
    } else {
        gan__text_free(&text);
    }
    return gan__leave(&call, st);
}
