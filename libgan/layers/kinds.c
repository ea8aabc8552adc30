/*
 * Kinds of layers by name: the rows of list.h, and those that the user registered in a context.
 */
#include "layers/class.h"

#include <string.h>

#include "base/context.h"

static const struct gan__layer_class *const classes[] = {
#define GAN__ROW(kind) &gan__layer_class_##kind,
#include "layers/list.h"
#undef GAN__ROW
};

enum { CLASS_COUNT = sizeof classes / sizeof classes[0] };

static const struct gan__layer_class *
find_class(const char *word, size_t length)
{
    for (int32_t i = 0; i < CLASS_COUNT; i++) {
        if (strlen(classes[i]->kind) == length && memcmp(classes[i]->kind, word, length) == 0) {
            return classes[i];
        }
    }
    return NULL;
}

/* The sentence for a word that is no kind; bytes that are no letters are shown as `?`. */
static gan_status
fail_unknown(gan_context *ctx, const char *word, size_t length)
{
    const int32_t count = CLASS_COUNT + gan__registry_count(ctx->kinds);
    const char **names = gan__alloc_array(ctx, count, sizeof *names);
    char shown[41];
    struct gan__text list;
    const char *near;
    size_t n = 0;
    int32_t at = 0;
    gan_status st;

    if (names == NULL) {
        return GAN_E_NOMEM;
    }
    for (; n < length && n + 1 < sizeof shown; n++) {
        shown[n] = (char)(word[n] > 0x20 && word[n] < 0x7f ? word[n] : '?');
    }
    shown[n] = '\0';
    for (; at < CLASS_COUNT; at++) {
        names[at] = classes[at]->kind;
    }
    for (const struct gan__registered *kind = gan__registry_first(ctx->kinds); kind != NULL;
         kind = kind->next) {
        names[at++] = kind->name;
    }
    near = gan__nearest(shown, n, names, (size_t)count);
    gan__text_init(&list, ctx);
    for (int32_t i = 0; i < count; i++) {
        gan__text_add(&list, "%s%s", i == 0 ? "" : ", ", names[i]);
    }
    st = list.status;
    if (st == GAN_OK && near != NULL) {
        st = gan__fail(ctx, GAN_E_ARG,
                       "unknown layer \"%s\": did you mean \"%s\"? There are %s; layers of the "
                       "user are registered first",
                       shown, near, list.data);
    } else if (st == GAN_OK) {
        st = gan__fail(ctx, GAN_E_ARG,
                       "unknown layer \"%s\": there are %s; layers of the user are registered "
                       "first",
                       shown, list.data);
    }
    gan__text_free(&list);
    gan__free(ctx, names);
    return st;
}

gan_status
gan__layer_find_kind(gan_context *ctx, const char *word, size_t length,
                     const struct gan__layer_class **class, const struct gan__kind **user)
{
    *user = NULL;
    *class = find_class(word, length);
    if (*class != NULL) {
        return GAN_OK;
    }
    *user = (const struct gan__kind *)gan__registry_find(ctx->kinds, word, length);
    if (*user != NULL) {
        *class = &gan__layer_class_user;
        return GAN_OK;
    }
    return fail_unknown(ctx, word, length);
}

const char *
gan__layer_kind(const gan_layer *layer)
{
    const struct gan__kind *user = gan__user_layer_get(layer);

    return user != NULL ? user->node.name : layer->class->kind;
}

void
gan__layers_document(struct gan__text *out)
{
    gan__text_add(out, "Every layer takes:\n");
    gan__options_document(out, gan__layer_common);
    for (int32_t i = 0; i < CLASS_COUNT; i++) {
        gan__text_add(out, "%s: %s\n", classes[i]->kind, classes[i]->doc);
        gan__options_document(out, classes[i]->options);
    }
    for (const struct gan__registered *kind = gan__registry_first(out->ctx->kinds); kind != NULL;
         kind = kind->next) {
        gan__text_add(out, "%s: registered in this context\n", kind->name);
    }
}

static gan_status
copy_callbacks(gan_context *ctx, gan_layer_callbacks *to, const gan_layer_callbacks *from)
{
    static const struct gan__callbacks type = {
        .type = "gan_layer_callbacks",
        .size = sizeof *to,
        .required = offsetof(gan_layer_callbacks, forward) + sizeof to->forward,
    };
    const gan_status st = gan__callbacks_copy(ctx, &type, to, from);

    if (st != GAN_OK) {
        return st;
    }
    if (to->forward == NULL) {
        return gan__fail(ctx, GAN_E_ARG, "callbacks: forward is NULL");
    }
    if ((to->parameter_count == NULL) != (to->parameter == NULL)) {
        return gan__fail(ctx, GAN_E_ARG,
                         "callbacks: set both of parameter_count and parameter or none");
    }
    return GAN_OK;
}

static gan_status
register_kind(gan_context *ctx, const char *word, const gan_layer_callbacks *callbacks)
{
    struct gan__registered *node = NULL;
    gan_layer_callbacks copy;
    gan_status st;

    GAN__TRY(copy_callbacks(ctx, &copy, callbacks));
    if (find_class(word, strlen(word)) != NULL ||
        gan__registry_find(ctx->kinds, word, strlen(word)) != NULL) {
        return gan__fail(ctx, GAN_E_ARG, "there is a kind \"%s\" already", word);
    }
    GAN__TRY(gan__registry_add(ctx, &ctx->kinds, word, sizeof(struct gan__kind), &node));
    node->release = copy.release;
    node->user = copy.user;
    ((struct gan__kind *)node)->callbacks = copy;

fail:
    return st;
}

gan_status
gan_layer_register(gan_context *ctx, const char *kind, const gan_layer_callbacks *callbacks)
{
    struct gan__call call;
    gan_status st = gan__enter(&call, ctx, GAN__GROUP_LAYER);

    if (st != GAN_OK) {
        return st;
    }
    if (kind == NULL) {
        st = gan__null(ctx, "kind");
    } else if (callbacks == NULL) {
        st = gan__null(ctx, "callbacks");
    } else {
        st = register_kind(ctx, kind, callbacks);
    }
    return gan__leave(&call, st);
}
