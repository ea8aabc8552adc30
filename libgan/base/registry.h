/*
 * Kinds that the user registered in a context: copies of callbacks under a name, in a list that the
 * context holds. Layers and losses have one each.
 */
#ifndef GAN__BASE_REGISTRY_H
#define GAN__BASE_REGISTRY_H

#include <gan/context.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/object.h"

enum { GAN__WORD_MAX = 64 };

/* The head of a node, its first member. */
struct gan__registered {
    struct gan__registered *next;
    char *name;
    /* The context no longer uses `user`; may be NULL. */
    void (*release)(void *user);
    void *user;
};

/* A public struct of callbacks as this libgan knows it; it begins with its size_t struct_size. */
struct gan__callbacks {
    const char *type; /* "gan_loss_callbacks" */
    size_t size;
    size_t required; /* the least struct_size: up to the last member that must be set */
};

/* Copy the caller's struct, of any header's size: what it lacks becomes zero. */
gan_status gan__callbacks_copy(gan_context *ctx, const struct gan__callbacks *type, void *to,
                               const void *from);
/* [a-z][a-z0-9_]*, at most GAN__WORD_MAX. */
bool gan__is_word(const char *text);

/* Append a zeroed node of `size` bytes; the registry is made with its first one. The word must be
 * one (GAN_E_ARG) and new to the registry, which is the caller's to look. Until the caller has set
 * release, nothing is released. */
gan_status gan__registry_add(gan_context *ctx, struct gan__object **registry, const char *word,
                             size_t size, struct gan__registered **node);
/* NULL for none, also of a registry that is NULL. */
struct gan__registered *gan__registry_first(const struct gan__object *registry);
struct gan__registered *gan__registry_find(const struct gan__object *registry, const char *word,
                                           size_t length);
int32_t gan__registry_count(const struct gan__object *registry);

#endif
