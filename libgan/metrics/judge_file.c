/*
 * A judge's file: its network's, with its options as one more text.
 */
#include <string.h>

#include "base/context.h"
#include "base/memory.h"
#include "io/layer_file.h"
#include "metrics/features_store.h"
#include "metrics/judge.h"

#define JUDGE_KEY "judge"

struct load_options {
    uint64_t max_bytes;
};

static const struct gan__option load_options[] = {
    {.name = "max_bytes",
     .type = GAN__OPTION_BYTES,
     .offset = offsetof(struct load_options, max_bytes),
     .fallback = "4GiB",
     .doc = "refuse larger files"},
    GAN__OPTION_END};

/* The file's options, then the caller's. */
static gan_status
join_options(gan_context *ctx, struct gan__judge_options *options, const char *path,
             const char *note, const char *text, const struct gan__option_origin *origin)
{
    struct load_options unused;
    gan_status st = gan__options_parse(ctx, gan__judge_table, options, NULL, NULL, note,
                                       note == NULL ? 0 : strlen(note), origin);

    if (st == GAN_E_ARG) {
        gan__fail_prefix(ctx, "\"%s\": its text \"" JUDGE_KEY "\"", path);
        return GAN_E_FORMAT;
    }
    GAN__TRY(st);
    GAN__TRY(gan__options_update_both(ctx, gan__judge_table, options, load_options, &unused, text,
                                      origin));
    if (options->name == NULL) {
        options->name = gan__file_title(ctx, path);
        st = options->name == NULL ? GAN_E_NOMEM : GAN_OK;
    }

fail:
    return st;
}

static gan_status
load(gan_context *ctx, gan_judge **out, const char *path, const char *text)
{
    static const struct gan__option_origin origin = {.kind = "gan_judge_load"};
    struct gan__judge_options options = {0};
    struct load_options own = {0};
    struct gan__text layer_options;
    gan_layer *network = NULL;
    char *note = NULL;
    gan_status st = GAN_OK;

    gan__text_init(&layer_options, ctx);
    /* Before the file is read: a wrong word is found at once. */
    GAN__TRY(gan__options_parse(ctx, gan__judge_table, &options, load_options, &own, text,
                                text == NULL ? 0 : strlen(text), &origin));
    gan__options_free(ctx, gan__judge_table, &options);
    gan__text_add(&layer_options, "max_bytes=%llu", (unsigned long long)own.max_bytes);
    GAN__TRY(layer_options.status);
    GAN__TRY(gan__layer_load_noted(ctx, &network, path, layer_options.data, JUDGE_KEY, &note));
    GAN__TRY(join_options(ctx, &options, path, note, text, &origin));
    st = gan__judge_make(ctx, out, network, &options);
    if (st == GAN_E_ARG) {
        gan__fail_prefix(ctx, "\"%s\"", path);
    }

fail:
    gan__text_free(&layer_options);
    gan__options_free(ctx, gan__judge_table, &options);
    gan__free(ctx, note);
    gan_layer_destroy(network);
    return st;
}

gan_status
gan_judge_load(gan_context *ctx, gan_judge **out, const char *path, const char *options)
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

static gan_status
save(gan_judge *judge, const char *path, const char *options)
{
    struct gan__text text;
    gan_status st;

    gan__text_init(&text, judge->object.ctx);
    gan__judge_add_text(judge, &text, true);
    st = text.status == GAN_OK
             ? gan__layer_save_noted(judge->network, path, options, JUDGE_KEY, text.data)
             : text.status;
    gan__text_free(&text);
    return st;
}

gan_status
gan_judge_save(gan_judge *judge, const char *path, const char *options)
{
    struct gan__call call;

    if (judge == NULL) {
        return GAN_E_ARG;
    }
    gan_status st = gan__enter(&call, judge->object.ctx, GAN__GROUP_OTHER);
    if (st != GAN_OK) {
        return st;
    }
    st = path == NULL ? gan__null(judge->object.ctx, "path") : save(judge, path, options);
    return gan__leave(&call, st);
}
