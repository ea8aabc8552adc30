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

/* What ctx->kinds is. */
struct kinds {
    struct gan__object object;
    struct gan__kind *first;
};

static void
kinds_finalize(struct gan__object *object)
{
    struct gan__kind *kind = ((struct kinds *)object)->first;

    while (kind != NULL) {
        struct gan__kind *next = kind->next;
        if (kind->callbacks.release != NULL) {
            kind->callbacks.release(kind->callbacks.user);
        }
        gan__free(object->ctx, kind->name);
        gan__free(object->ctx, kind);
        kind = next;
    }
}

static const struct gan__class kinds_class = {.name = "kinds", .finalize = kinds_finalize};

static struct gan__kind *
first_kind(gan_context *ctx)
{
    return ctx->kinds != NULL ? ((struct kinds *)ctx->kinds)->first : NULL;
}

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

static const struct gan__kind *
find_registered(gan_context *ctx, const char *word, size_t length)
{
    for (const struct gan__kind *kind = first_kind(ctx); kind != NULL; kind = kind->next) {
        if (strlen(kind->name) == length && memcmp(kind->name, word, length) == 0) {
            return kind;
        }
    }
    return NULL;
}

static int32_t
count_registered(gan_context *ctx)
{
    int32_t count = 0;

    for (const struct gan__kind *kind = first_kind(ctx); kind != NULL; kind = kind->next) {
        count++;
    }
    return count;
}

/* The sentence for a word that is no kind; bytes that are no letters are shown as `?`. */
static gan_status
fail_unknown(gan_context *ctx, const char *word, size_t length)
{
    const int32_t count = CLASS_COUNT + count_registered(ctx);
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
    for (const struct gan__kind *kind = first_kind(ctx); kind != NULL; kind = kind->next) {
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
    *user = find_registered(ctx, word, length);
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

    return user != NULL ? user->name : layer->class->kind;
}

bool
gan__layer_is_word(const char *text)
{
    size_t length = 0;

    if (!(text[0] >= 'a' && text[0] <= 'z')) {
        return false;
    }
    for (; text[length] != '\0'; length++) {
        const char c = text[length];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_') ||
            length == GAN__LAYER_NAME_MAX) {
            return false;
        }
    }
    return true;
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
    for (const struct gan__kind *kind = first_kind(out->ctx); kind != NULL; kind = kind->next) {
        gan__text_add(out, "%s: registered in this context\n", kind->name);
    }
}

/* Copy callbacks of any header's size. */
static gan_status
copy_callbacks(gan_context *ctx, gan_layer_callbacks *to, const gan_layer_callbacks *from)
{
    const size_t size = from->struct_size;
    const unsigned char *bytes = (const unsigned char *)from;

    memset(to, 0, sizeof *to);
    if (size < offsetof(gan_layer_callbacks, forward) + sizeof from->forward) {
        return gan__fail(ctx, GAN_E_ARG,
                         "callbacks: struct_size is %zu, set it to sizeof(gan_layer_callbacks), "
                         "%zu",
                         size, sizeof *to);
    }
    for (size_t i = sizeof *to; i < size; i++) {
        if (bytes[i] != 0) {
            return gan__fail(ctx, GAN_E_ARG,
                             "callbacks: struct_size is %zu and what this libgan does not know "
                             "(beyond %zu bytes) is not zero",
                             size, sizeof *to);
        }
    }
    memcpy(to, from, size < sizeof *to ? size : sizeof *to);
    to->struct_size = sizeof *to;
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
    struct gan__kind *kind = NULL, **end;
    struct kinds *kinds;
    gan_layer_callbacks copy;
    gan_status st;

    GAN__TRY(copy_callbacks(ctx, &copy, callbacks));
    if (!gan__layer_is_word(word)) {
        return gan__fail(ctx, GAN_E_ARG,
                         "kind is \"%.40s\", it must be a snake_case word of at most %d letters",
                         word, GAN__LAYER_NAME_MAX);
    }
    if (find_class(word, strlen(word)) != NULL ||
        find_registered(ctx, word, strlen(word)) != NULL) {
        return gan__fail(ctx, GAN_E_ARG, "there is a kind \"%s\" already", word);
    }
    kind = gan__alloc_zero(ctx, sizeof *kind);
    if (kind == NULL) {
        return GAN_E_NOMEM;
    }
    kind->callbacks = copy;
    kind->name = gan__strdup(ctx, word);
    if (kind->name == NULL) {
        st = GAN_E_NOMEM;
        goto fail;
    }
    if (ctx->kinds == NULL) {
        kinds = gan__object_create(ctx, &kinds_class, sizeof *kinds);
        if (kinds == NULL) {
            st = GAN_E_NOMEM;
            goto fail;
        }
        gan__object_adopt(&kinds->object);
        ctx->kinds = &kinds->object;
    }
    for (end = &((struct kinds *)ctx->kinds)->first; *end != NULL; end = &(*end)->next) {
    }
    *end = kind;
    return GAN_OK;

fail:
    if (kind != NULL) {
        gan__free(ctx, kind->name);
        gan__free(ctx, kind);
    }
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
