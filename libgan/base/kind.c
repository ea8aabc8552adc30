/* Kinds by name: the one that a word means, and the documentation of all. */
#include "base/kind.h"

#include <string.h>

#include "base/context.h"
#include "base/memory.h"

enum { WORD_SHOWN = 64 };

static gan_status
unknown(gan_context *ctx, const char *what, const struct gan__kind_head *const *heads,
        int32_t count, const char *word, size_t length)
{
    struct gan__text list;
    const char **names = NULL;
    gan_status st = GAN_OK;

    gan__text_init(&list, ctx);
    names = gan__alloc_array(ctx, count > 0 ? count : 1, sizeof *names);
    if (names == NULL) {
        st = GAN_E_NOMEM;
        goto fail;
    }
    for (int32_t i = 0; i < count; i++) {
        names[i] = heads[i]->kind;
        gan__text_add(&list, "%s%s", i == 0 ? "" : ", ", names[i]);
    }
    GAN__TRY(list.status);
    const int shown = (int)(length <= WORD_SHOWN ? length : gan__utf8_cut(word, WORD_SHOWN));
    const char *const near = gan__nearest(word, length, names, (size_t)count);
    if (near != NULL) {
        st = gan__fail(ctx, GAN_E_ARG, "unknown %s \"%.*s\": did you mean \"%s\"? There are %s",
                       what, shown, word, near, list.data);
    } else {
        st = gan__fail(ctx, GAN_E_ARG, "unknown %s \"%.*s\": there are %s", what, shown, word,
                       count > 0 ? list.data : "none");
    }

fail:
    gan__free(ctx, names);
    gan__text_free(&list);
    return st;
}

gan_status
gan__kind_find(gan_context *ctx, const char *what, const struct gan__kind_head *const *heads,
               int32_t count, const char *word, size_t length, const struct gan__kind_head **found)
{
    for (int32_t i = 0; i < count; i++) {
        if (strlen(heads[i]->kind) == length && memcmp(heads[i]->kind, word, length) == 0) {
            *found = heads[i];
            return GAN_OK;
        }
    }
    return unknown(ctx, what, heads, count, word, length);
}

void
gan__kinds_document(struct gan__text *out, const struct gan__kind_head *const *heads, int32_t count)
{
    for (int32_t i = 0; i < count; i++) {
        gan__text_add(out, "%s: %s\n", heads[i]->kind, heads[i]->doc);
        gan__options_document(out, heads[i]->options);
    }
}

gan_status
gan__kind_split(gan_context *ctx, const char *what, const char *text, size_t *length,
                const char **options)
{
    static const char spaces[] = " \t\r\n";
    const char *const word = text + strspn(text, spaces);

    *length = strcspn(word, spaces);
    *options = word + *length;
    if (*length == 0) {
        return gan__fail(ctx, GAN_E_ARG,
                         "%s is empty, wanted a kind and its options: "
                         "\"kind key=value ...\"",
                         what);
    }
    return GAN_OK;
}

gan_status
gan__kind_text(const struct gan__object *object, const struct gan__kind_head *head,
               const struct gan__option *common, const void *owner, char *buffer, size_t size,
               size_t *needed)
{
    struct gan__call call;
    struct gan__text text;
    gan_status st;

    if (needed != NULL) {
        *needed = 0;
    }
    if (object == NULL) {
        return GAN_E_ARG;
    }
    st = gan__enter(&call, object->ctx, GAN__GROUP_TRAINER_READ);
    if (st != GAN_OK) {
        return st;
    }
    gan__text_init(&text, object->ctx);
    gan__text_add(&text, "%s", head->kind);
    gan__options_print(&text, head->options, object);
    if (common != NULL) {
        gan__options_print(&text, common, owner);
    }
    st = gan__text_give(&text, buffer, size, needed);
    return gan__leave(&call, st);
}
