/* Writing a gan_checkpoint's file, and reading one into its parts. */
#include "io/checkpoint_object.h"

#include <string.h>

#include "base/memory.h"
#include "base/options.h"
#include "io/layer_file.h"

/* How many forwards in training the context has seen: dropout's draws go by it. */
#define GAN__DRAWS_KEY "draws"

static gan_status
save(gan_checkpoint *checkpoint, const char *path)
{
    gan_context *ctx = gan__checkpoint_context(checkpoint);
    struct gan__state state;
    gan_status st = GAN_OK;

    gan__state_init(&state, ctx);
    for (int64_t i = 0; i < checkpoint->part_count; i++) {
        const struct gan__part *part = &checkpoint->parts[i];
        if (part->layer != NULL) {
            GAN__TRY(gan__layer_must_be_built(part->layer));
            GAN__TRY(gan__checkpoint_put_layer(&state, part->name, part->layer));
        } else {
            GAN__TRY(gan__checkpoint_put_optimizer(&state, part->name, part->optimizer));
        }
    }
    for (int64_t i = 0; i < checkpoint->texts.count; i++) {
        const struct gan__named_text *text = &checkpoint->texts.list[i];
        GAN__TRY(gan__state_add_text(&state, GAN__TEXT_PREFIX, text->name, text->text));
    }
    GAN__TRY(gan__checkpoint_put_integer(&state, "", GAN__DRAWS_KEY, (int64_t)ctx->draw_count));
    GAN__TRY(gan__checkpoint_write(&state, path));

fail:
    gan__state_free(&state);
    return st;
}

gan_status
gan_checkpoint_save(gan_checkpoint *checkpoint, const char *path)
{
    struct gan__call call;
    gan_status st;

    if (checkpoint == NULL) {
        return GAN_E_ARG;
    }
    st = gan__enter(&call, gan__checkpoint_context(checkpoint), GAN__GROUP_OTHER);
    if (st != GAN_OK) {
        return st;
    }
    return gan__leave(&call, path == NULL ? gan__null(gan__checkpoint_context(checkpoint), "path")
                                          : save(checkpoint, path));
}

/* If the entry says that the file has a part: the length of its name, otherwise 0. */
static size_t
part_of_file(const struct gan__state_entry *entry, bool *is_layer)
{
    const char *dot = entry->text == NULL ? NULL : strchr(entry->name, '.');

    if (dot == NULL || strncmp(entry->name, GAN__TEXT_PREFIX, strlen(GAN__TEXT_PREFIX)) == 0) {
        return 0;
    }
    *is_layer = strcmp(dot, ".network") == 0;
    return *is_layer || strcmp(dot, ".optimizer") == 0 ? (size_t)(dot - entry->name) : 0;
}

static bool
has_part(const gan_checkpoint *checkpoint, const char *name, size_t length, bool is_layer)
{
    for (int64_t i = 0; i < checkpoint->part_count; i++) {
        const struct gan__part *part = &checkpoint->parts[i];
        if (strlen(part->name) == length && memcmp(part->name, name, length) == 0) {
            return (part->layer != NULL) == is_layer;
        }
    }
    return false;
}

static void
add_to_list(struct gan__text *list, const char *name, size_t length, bool is_layer)
{
    if (list->length < 300) {
        gan__text_add(list, "%s%.*s (%s)", list->length == 0 ? "" : ", ",
                      (int)(length < 64 ? length : 64), name, is_layer ? "network" : "optimizer");
    }
}

static gan_status
other_parts(const gan_checkpoint *checkpoint, const struct gan__state *state, const char *path)
{
    struct gan__text found, wanted;
    bool is_layer = false;
    gan_status st;

    gan__text_init(&found, state->ctx);
    gan__text_init(&wanted, state->ctx);
    for (int64_t i = 0; i < state->count; i++) {
        const size_t length = part_of_file(&state->entries[i], &is_layer);
        if (length > 0) {
            add_to_list(&found, state->entries[i].name, length, is_layer);
        }
    }
    for (int64_t i = 0; i < checkpoint->part_count; i++) {
        const struct gan__part *part = &checkpoint->parts[i];
        add_to_list(&wanted, part->name, strlen(part->name), part->layer != NULL);
    }
    st = found.status != GAN_OK ? found.status : wanted.status;
    if (st == GAN_OK) {
        st = gan__fail(state->ctx, GAN_E_FORMAT, "\"%s\" holds %s; what was added is %s", path,
                       found.length > 0 ? found.data : "no parts",
                       wanted.length > 0 ? wanted.data : "nothing");
    }
    gan__text_free(&found);
    gan__text_free(&wanted);
    return st;
}

/* The file's parts are those that were added. */
static gan_status
check_parts(const gan_checkpoint *checkpoint, const struct gan__state *state, const char *path)
{
    int64_t count = 0;
    bool is_layer = false;
    gan_status st = GAN_OK;

    for (int64_t i = 0; i < state->count; i++) {
        const size_t length = part_of_file(&state->entries[i], &is_layer);
        if (length == 0) {
            continue;
        }
        if (!has_part(checkpoint, state->entries[i].name, length, is_layer)) {
            return other_parts(checkpoint, state, path);
        }
        count++;
    }
    if (count != checkpoint->part_count) {
        return other_parts(checkpoint, state, path);
    }
    for (int64_t i = 0; i < checkpoint->part_count; i++) {
        const struct gan__part *part = &checkpoint->parts[i];
        GAN__TRY(part->layer != NULL
                     ? gan__checkpoint_check_layer(state, part->name, part->layer, path)
                     : gan__checkpoint_check_optimizer(state, part->name, part->optimizer, path));
    }

fail:
    return st;
}

static gan_status
read_texts(const struct gan__state *state, struct gan__texts *texts, const char *path)
{
    const size_t start = strlen(GAN__TEXT_PREFIX);
    gan_status st = GAN_OK;

    for (int64_t i = 0; i < state->count && st == GAN_OK; i++) {
        const struct gan__state_entry *entry = &state->entries[i];
        if (entry->text == NULL || strncmp(entry->name, GAN__TEXT_PREFIX, start) != 0) {
            continue;
        }
        if (!gan__checkpoint_is_name(entry->name + start)) {
            return gan__fail(state->ctx, GAN_E_FORMAT, "\"%s\": a text has the name \"%.80s\"",
                             path, entry->name);
        }
        st = gan__texts_add(state->ctx, texts, entry->name + start, entry->text);
    }
    return st;
}

static void
take_parts(gan_checkpoint *checkpoint, const struct gan__state *state)
{
    for (int64_t i = 0; i < checkpoint->part_count; i++) {
        const struct gan__part *part = &checkpoint->parts[i];
        if (part->layer != NULL) {
            gan__checkpoint_take_layer(state, part->name, part->layer);
        } else {
            gan__checkpoint_take_optimizer(state, part->name, part->optimizer);
        }
    }
}

struct load_options {
    uint64_t max_bytes;
};

static const struct gan__option load_options[] = {
    {.name = "max_bytes",
     .type = GAN__OPTION_BYTES,
     .offset = offsetof(struct load_options, max_bytes),
     .fallback = "16GiB",
     .doc = "refuse larger files"},
    GAN__OPTION_END};

static gan_status
load(gan_checkpoint *checkpoint, const char *path, const char *text)
{
    static const struct gan__option_origin origin = {.kind = "gan_checkpoint_load"};
    gan_context *ctx = gan__checkpoint_context(checkpoint);
    struct load_options options = {0};
    struct gan__texts texts = {.list = NULL};
    struct gan__state state;
    int64_t draws = 0;
    gan_status st = GAN_OK;

    gan__state_init(&state, ctx);
    GAN__TRY(gan__options_parse(ctx, load_options, &options, NULL, NULL, text,
                                text == NULL ? 0 : strlen(text), &origin));
    GAN__TRY(gan__checkpoint_read(&state, path, options.max_bytes));
    GAN__TRY(check_parts(checkpoint, &state, path));
    GAN__TRY(read_texts(&state, &texts, path));
    GAN__TRY(gan__checkpoint_take_integer(&state, "", GAN__DRAWS_KEY, 0, &draws, path));
    take_parts(checkpoint, &state);
    ctx->draw_count = (uint64_t)draws;
    gan__texts_free(ctx, &checkpoint->texts);
    checkpoint->texts = texts;
    texts = (struct gan__texts){.list = NULL};

fail:
    gan__texts_free(ctx, &texts);
    gan__state_free(&state);
    return st;
}

gan_status
gan_checkpoint_load(gan_checkpoint *checkpoint, const char *path, const char *options)
{
    struct gan__call call;
    gan_status st;

    if (checkpoint == NULL) {
        return GAN_E_ARG;
    }
    st = gan__enter(&call, gan__checkpoint_context(checkpoint), GAN__GROUP_OTHER);
    if (st != GAN_OK) {
        return st;
    }
    gan_checkpoint_retain(checkpoint); /* a layer's callback may give up the caller's handle */
    st = gan__leave(&call, path == NULL ? gan__null(gan__checkpoint_context(checkpoint), "path")
                                        : load(checkpoint, path, options));
    gan_checkpoint_destroy(checkpoint);
    return st;
}
