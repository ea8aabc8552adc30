/*
 * What all kinds that are made by name have in common: losses, penalties, optimizers. Looking a
 * word up with a sentence that helps, and documenting a list.
 */
#ifndef GAN__BASE_KIND_H
#define GAN__BASE_KIND_H

#include "base/object.h"
#include "base/options.h"

/* The head of a kind's class, its first member. */
struct gan__kind_head {
    const char *kind; /* "non_saturating" */
    const char *doc;  /* one line, with the source */
    const struct gan__option *options;
    size_t size; /* of the object whose options they are */
};

/* The row of `heads` (may hold kinds that the user has registered) with that word. If there is
 * none, GAN_E_ARG: unknown <what> "...": did you mean ...? There are ... */
gan_status gan__kind_find(gan_context *ctx, const char *what,
                          const struct gan__kind_head *const *heads, int32_t count,
                          const char *word, size_t length, const struct gan__kind_head **found);
/* Append the documentation of all (gan_kinds). */
void gan__kinds_document(struct gan__text *out, const struct gan__kind_head *const *heads,
                         int32_t count);
/* The public call for an object's text, "kind key=value ...", as gan.h says: its own options, then
 * those of the table `common` on `owner` (NULL: none). A NULL object: GAN_E_ARG; `head` is not looked
 * at then. */
gan_status gan__kind_text(const struct gan__object *object, const struct gan__kind_head *head,
                          const struct gan__option *common, const void *owner, char *buffer,
                          size_t size, size_t *needed);
/* "kind key=value ..." as one text, as in a trainer's option `loss`: the word is the *length bytes
 * that end at *options (spaces before it are skipped), where the options begin. GAN_E_ARG for an
 * empty text. */
gan_status gan__kind_split(gan_context *ctx, const char *what, const char *text, size_t *length,
                           const char **options);

#endif
