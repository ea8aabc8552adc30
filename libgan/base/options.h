/*
 * Options as text, "key=value key=\"a b\"". One table a kind parses, checks, prints, documents and
 * saves them.
 *
 * A table describes members of a plain struct. Parsing fills defaults, then what the text says; on
 * failure the struct is left without anything to free, and the sentence names the option, the value
 * found, and what would be right (with did-you-mean for names and choices).
 */
#ifndef GAN__BASE_OPTIONS_H
#define GAN__BASE_OPTIONS_H

#include <gan/context.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/schedule.h"
#include "base/text.h"

enum gan__option_type {
    GAN__OPTION_INT,    /* int64_t */
    GAN__OPTION_UINT,   /* uint64_t, any 64-bit number */
    GAN__OPTION_REAL,   /* double */
    GAN__OPTION_BOOL,   /* bool: true, false */
    GAN__OPTION_CHOICE, /* int32_t: the index of a word in choices ("a|b|c") */
    GAN__OPTION_TEXT,   /* char *, allocated from the context; NULL if not given and no default */
    GAN__OPTION_PAIR,   /* int64_t[2]: "4" (both) or "4x3" (height x width); bounds hold for each */
    GAN__OPTION_SHAPE,  /* struct gan__option_shape: "7x7x128" */
    GAN__OPTION_SCHEDULE, /* struct gan__schedule: a number, or "cosine(1e-3,0,24000)" */
    GAN__OPTION_BYTES     /* uint64_t: a number with an optional KiB, MiB, GiB */
};

struct gan__option_shape {
    int32_t rank; /* 0: not given */
    int64_t size[8];
};

struct gan__option {
    const char *name;
    enum gan__option_type type;
    size_t offset;
    /* Numbers, pairs and shapes: inclusive, but with minimum_open the minimum itself is refused
     * too. A maximum that is not above the minimum is none (so a row without bounds takes 0 and
     * more); -INFINITY is no minimum. */
    double minimum, maximum;
    bool minimum_open, maximum_open;
    bool required;
    const char *fallback; /* the default as text; NULL: zero, false, NULL, rank 0 */
    const char *choices;  /* GAN__OPTION_CHOICE */
    const char *doc;      /* one line */
};

#define GAN__OPTION_END                                                                            \
    {                                                                                              \
        .name = NULL                                                                               \
    }

/* Where a text came from, for sentences: "dense" + line and column of its start in a network's text
 * (0: no lines). */
struct gan__option_origin {
    const char *kind;
    int32_t line, column;
};

/* Parse `text` (NULL: "") of `length` bytes into the struct at `values`, all members defaulted
 * first. Two tables may share a struct's text: `common` (may be NULL) is looked up after `table`,
 * into `common_values`. */
gan_status gan__options_parse(gan_context *ctx, const struct gan__option *table, void *values,
                              const struct gan__option *common, void *common_values,
                              const char *text, size_t length,
                              const struct gan__option_origin *origin);
/* Change only what the text names; on failure nothing has changed. */
gan_status gan__options_update(gan_context *ctx, const struct gan__option *table, void *values,
                               const char *text, const struct gan__option_origin *origin);
/* The same with two tables, as gan__options_parse(). */
gan_status gan__options_update_both(gan_context *ctx, const struct gan__option *table, void *values,
                                    const struct gan__option *common, void *common_values,
                                    const char *text, const struct gan__option_origin *origin);
/* Append " key=value" for every member with a value, quoted where needed; parses back to the same
 * struct. Options whose value is absent (NULL text, rank 0) are left out. */
void gan__options_print(struct gan__text *out, const struct gan__option *table, const void *values);
/* Append one line an option for gan_kinds and docs: "  lr=0.001 (number > 0): step size". */
void gan__options_document(struct gan__text *out, const struct gan__option *table);
/* Free what TEXT members hold. */
void gan__options_free(gan_context *ctx, const struct gan__option *table, void *values);

/* The row of `names` nearest to `word`, or NULL if none is near, for did-you-mean: one that begins
 * with it or with which it begins, or else by edit distance. */
const char *gan__nearest(const char *word, size_t length, const char *const *names, size_t count);

#endif
