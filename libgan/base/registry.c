/* Kinds that the user registered: the list, and copies of callbacks from headers of any age. */
#include "base/registry.h"

#include <string.h>

#include "base/context.h"
#include "base/memory.h"

struct registry {
    struct gan__object object;
    struct gan__registered *first;
};

static void
registry_finalize(struct gan__object *object)
{
    struct gan__registered *node = ((struct registry *)object)->first;

    while (node != NULL) {
        struct gan__registered *next = node->next;
        if (node->release != NULL) {
            node->release(node->user);
        }
        gan__free(object->ctx, node->name);
        gan__free(object->ctx, node);
        node = next;
    }
}

static const struct gan__class registry_class = {.name = "registry", .finalize = registry_finalize};

gan_status
gan__callbacks_copy(gan_context *ctx, const struct gan__callbacks *type, void *to, const void *from)
{
    const unsigned char *bytes = from;
    size_t size;

    memcpy(&size, from, sizeof size);
    if (size < type->required) {
        return gan__fail(ctx, GAN_E_ARG, "callbacks: struct_size is %zu, set it to sizeof(%s), %zu",
                         size, type->type, type->size);
    }
    for (size_t i = type->size; i < size; i++) {
        if (bytes[i] != 0) {
            return gan__fail(ctx, GAN_E_ARG,
                             "callbacks: struct_size is %zu and what this libgan does not know "
                             "(beyond %zu bytes) is not zero",
                             size, type->size);
        }
    }
    memset(to, 0, type->size);
    memcpy(to, from, size < type->size ? size : type->size);
    memcpy(to, &type->size, sizeof size);
    return GAN_OK;
}

bool
gan__is_word(const char *text)
{
    size_t length = 0;

    if (!(text[0] >= 'a' && text[0] <= 'z')) {
        return false;
    }
    for (; text[length] != '\0'; length++) {
        const char c = text[length];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_') ||
            length == GAN__WORD_MAX) {
            return false;
        }
    }
    return true;
}

gan_status
gan__registry_add(gan_context *ctx, struct gan__object **registry, const char *word, size_t size,
                  struct gan__registered **node)
{
    struct gan__registered *made = NULL, **end;
    gan_status st = GAN_E_NOMEM;

    if (!gan__is_word(word)) {
        return gan__fail(ctx, GAN_E_ARG,
                         "kind is \"%.40s\", it must be a snake_case word of at most %d letters",
                         word, GAN__WORD_MAX);
    }
    made = gan__alloc_zero(ctx, size);
    if (made == NULL) {
        goto fail;
    }
    made->name = gan__strdup(ctx, word);
    if (made->name == NULL) {
        goto fail;
    }
    if (*registry == NULL) {
        struct registry *list = gan__object_create(ctx, &registry_class, sizeof *list);
        if (list == NULL) {
            goto fail;
        }
        gan__object_adopt(&list->object);
        *registry = &list->object;
    }
    for (end = &((struct registry *)*registry)->first; *end != NULL; end = &(*end)->next) {
    }
    *end = made;
    *node = made;
    return GAN_OK;

fail:
    if (made != NULL) {
        gan__free(ctx, made->name);
        gan__free(ctx, made);
    }
    return st;
}

struct gan__registered *
gan__registry_first(const struct gan__object *registry)
{
    return registry != NULL ? ((const struct registry *)registry)->first : NULL;
}

struct gan__registered *
gan__registry_find(const struct gan__object *registry, const char *word, size_t length)
{
    struct gan__registered *node = gan__registry_first(registry);

    while (node != NULL &&
           (strlen(node->name) != length || memcmp(node->name, word, length) != 0)) {
        node = node->next;
    }
    return node;
}

int32_t
gan__registry_count(const struct gan__object *registry)
{
    int32_t count = 0;

    for (const struct gan__registered *node = gan__registry_first(registry); node != NULL;
         node = node->next) {
        count++;
    }
    return count;
}
