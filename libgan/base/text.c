/* Growing text, cuts at characters' borders, and the system's words for an errno. */
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/context.h"
#include "base/memory.h"
#include "base/number.h"

enum { FIRST_CAPACITY = 192 };

size_t
gan__utf8_cut(const char *text, size_t length)
{
    size_t start = length;
    while (start > 0 && length - start < 4 && ((unsigned char)text[start - 1] & 0xc0) == 0x80) {
        start--;
    }
    if (start == 0 || (unsigned char)text[start - 1] < 0xc0) {
        return length; /* ends in ASCII, or is no UTF-8 at all */
    }
    const unsigned char lead = (unsigned char)text[start - 1];
    const size_t wanted = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    return length - start + 1 < wanted ? start - 1 : length;
}

size_t
gan__utf8_length(const char *text)
{
    const unsigned char *at = (const unsigned char *)text;
    const size_t length = at[0] < 0x80 ? 1 : at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;

    if (length > 1 && (at[0] < 0xc2 || at[0] > 0xf4)) {
        return 0;
    }
    for (size_t i = 1; i < length; i++) {
        if ((at[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    if ((at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xed && at[1] > 0x9f) ||
        (at[0] == 0xf0 && at[1] < 0x90) || (at[0] == 0xf4 && at[1] > 0x8f)) {
        return 0;
    }
    return length;
}

void
gan__utf8_mend(char *text)
{
    while (*text != '\0') {
        const size_t length = gan__utf8_length(text);
        if (length == 0) {
            *text = '?';
        }
        text += length == 0 ? 1 : length;
    }
}

char *
gan__error_text(char buffer[GAN__ERROR_TEXT_SIZE], int error)
{
    if (strerror_r(error, buffer, GAN__ERROR_TEXT_SIZE) != 0) {
        (void)snprintf(buffer, GAN__ERROR_TEXT_SIZE, "error %d", error);
    }
    return buffer;
}

void
gan__text_init(struct gan__text *text, gan_context *ctx)
{
    *text = (struct gan__text){.ctx = ctx, .status = GAN_OK};
}

/* Room for `more` bytes and the closing zero. */
static gan_status
reserve(struct gan__text *text, size_t more)
{
    if (text->data != NULL && more < text->capacity - text->length) {
        return GAN_OK;
    }
    size_t capacity = text->capacity == 0 ? FIRST_CAPACITY : text->capacity;
    while (capacity - text->length <= more) {
        if (capacity > SIZE_MAX / 2) {
            return gan__fail(text->ctx, GAN_E_NOMEM, "text of more than %zu bytes", capacity);
        }
        capacity *= 2;
    }
    char *data = gan__alloc(text->ctx, capacity);
    if (data == NULL) {
        return GAN_E_NOMEM;
    }
    if (text->data != NULL) {
        memcpy(data, text->data, text->length + 1);
        gan__free(text->ctx, text->data);
    }
    text->data = data;
    text->capacity = capacity;
    return GAN_OK;
}

void
gan__text_add(struct gan__text *text, const char *format, ...)
{
    if (text->status != GAN_OK) {
        return;
    }
    va_list arguments;
    va_start(arguments, format);
    va_list again;
    va_copy(again, arguments);
    const int more = vsnprintf(NULL, 0, format, arguments);
    if (more < 0) {
        text->status = gan__fail(text->ctx, GAN_E_INTERNAL, "text that cannot be formatted");
    } else {
        text->status = reserve(text, (size_t)more);
    }
    if (text->status == GAN_OK) {
        (void)vsnprintf(text->data + text->length, (size_t)more + 1, format, again);
        text->length += (size_t)more;
    }
    va_end(again);
    va_end(arguments);
}

void
gan__text_add_number(struct gan__text *text, double value)
{
    char buffer[GAN__NUMBER_SIZE];
    gan__text_add(text, "%s", gan__number_format(buffer, value));
}

void
gan__text_add_json_string(struct gan__text *text, const char *value)
{
    gan__text_add(text, "\"");
    while (*value != '\0') {
        const size_t length = gan__utf8_length(value);
        if (length == 0) {
            gan__text_add(text, "?");
        } else if (*value == '"' || *value == '\\') {
            gan__text_add(text, "\\%c", *value);
        } else if ((unsigned char)*value < 0x20) {
            gan__text_add(text, "\\u%04x", (unsigned)(unsigned char)*value);
        } else {
            gan__text_add(text, "%.*s", (int)length, value);
        }
        value += length == 0 ? 1 : length;
    }
    gan__text_add(text, "\"");
}

void
gan__text_free(struct gan__text *text)
{
    gan__free(text->ctx, text->data);
    text->data = NULL;
    text->length = 0;
    text->capacity = 0;
}

gan_status
gan__text_give(struct gan__text *text, char *buffer, size_t size, size_t *needed)
{
    gan_status st = text->status;
    if (st == GAN_OK && buffer == NULL && size != 0) {
        st = gan__fail(text->ctx, GAN_E_ARG, "buffer is NULL, but size is %zu", size);
    }
    if (st == GAN_OK) {
        if (size > 0) {
            size_t length = text->length;
            if (length > size - 1) {
                length = gan__utf8_cut(text->data, size - 1);
            }
            if (length > 0) {
                memcpy(buffer, text->data, length);
            }
            buffer[length] = '\0';
        }
        if (needed != NULL) {
            *needed = text->length + 1;
        }
    }
    gan__text_free(text);
    return st;
}
