/* Growing text, and the way text leaves through (buffer, size, needed). */
#ifndef GAN__BASE_TEXT_H
#define GAN__BASE_TEXT_H

#include <gan/context.h>

#include <stddef.h>

/* A failed append is remembered: later ones do nothing, and gan__text_status says so. */
struct gan__text {
    gan_context *ctx;
    char *data; /* NULL while empty; otherwise closed with a zero */
    size_t length, capacity;
    gan_status status;
};

void gan__text_init(struct gan__text *text, gan_context *ctx);
void gan__text_add(struct gan__text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* shortest form that reads back the same */
void gan__text_add_number(struct gan__text *text, double value);
/* A JSON string in its quotes; a ? for each byte that is no part of a UTF-8 character. */
void gan__text_add_json_string(struct gan__text *text, const char *value);
void gan__text_free(struct gan__text *text);

/* Copy to the caller as gan.h says, free the text, and return its status (or GAN_E_ARG for a NULL
 * buffer with a size). */
gan_status gan__text_give(struct gan__text *text, char *buffer, size_t size, size_t *needed);

/* The largest length up to `length` that cuts no UTF-8 character of `text` (of at least `length`
 * bytes) in two. */
size_t gan__utf8_cut(const char *text, size_t length);

/* How many bytes the UTF-8 character has that begins a text closed by a zero; 0 if it is none,
 * overlong forms and surrogates among them. */
size_t gan__utf8_length(const char *text);

/* Put a ? for each byte that is no part of a whole UTF-8 character: what a caller gave may be cut,
 * or anything. */
void gan__utf8_mend(char *text);

/* The system's words for an errno; returns buffer. */
enum { GAN__ERROR_TEXT_SIZE = 128 };
char *gan__error_text(char buffer[GAN__ERROR_TEXT_SIZE], int error);

/* "1 sample", "2 samples": what the word ends in. */
static inline const char *
gan__plural(int64_t count)
{
    return count == 1 ? "" : "s";
}

#endif
