/* Tables as text: values that parse back, documentation, and the nearest name for did-you-mean. */
#include <string.h>

#include "base/options.h"
#include "base/options_value.h"

static void
write_quoted(struct gan__text *out, const char *text)
{
    if (text[0] != '\0' && strpbrk(text, " \"\\{}#=") == NULL) {
        gan__text_add(out, "%s", text);
        return;
    }
    gan__text_add(out, "\"");
    while (*text != '\0') {
        const size_t plain = strcspn(text, "\"\\");
        gan__text_add(out, "%.*s", (int)plain, text);
        text += plain;
        if (*text != '\0') {
            gan__text_add(out, "\\%c", *text);
            text++;
        }
    }
    gan__text_add(out, "\"");
}

static bool
has_value(const struct gan__option *option, const void *values)
{
    const void *const member = (const char *)values + option->offset;
    if (option->type == GAN__OPTION_TEXT) {
        return *(char *const *)member != NULL;
    }
    if (option->type == GAN__OPTION_SHAPE) {
        return ((const struct gan__option_shape *)member)->rank > 0;
    }
    return true;
}

void
gan__options_print(struct gan__text *out, const struct gan__option *table, const void *values)
{
    for (const struct gan__option *option = table; option->name != NULL; option++) {
        if (!has_value(option, values)) {
            continue;
        }
        gan__text_add(out, " %s=", option->name);
        if (option->type == GAN__OPTION_TEXT) {
            write_quoted(out,
                         *(char *const *)(const void *)((const char *)values + option->offset));
        } else {
            (void)gan__option_write(out, option, values);
        }
    }
}

void
gan__options_document(struct gan__text *out, const struct gan__option *table)
{
    char demand[GAN__OPTION_DEMAND_SIZE];
    for (const struct gan__option *option = table; option->name != NULL; option++) {
        gan__text_add(out, "  %s", option->name);
        if (option->fallback != NULL) {
            gan__text_add(out, "=");
            write_quoted(out, option->fallback);
        }
        gan__text_add(out, " (%s%s): %s\n", gan__option_demand(demand, option),
                      option->required ? ", required" : "", option->doc == NULL ? "" : option->doc);
    }
}

enum { NEAREST_MAX = 48 };

/* Insertions, deletions, changes and swaps of neighbours (optimal string alignment). */
static size_t
distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
    size_t rows[3][NEAREST_MAX + 1];
    size_t *before = rows[0], *last = rows[1], *row = rows[2];
    for (size_t j = 0; j <= b_length; j++) {
        last[j] = j;
    }
    for (size_t i = 1; i <= a_length; i++) {
        row[0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            const size_t change = last[j - 1] + (a[i - 1] != b[j - 1]);
            size_t best = last[j] < row[j - 1] ? last[j] + 1 : row[j - 1] + 1;
            best = change < best ? change : best;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                before[j - 2] + 1 < best) {
                best = before[j - 2] + 1;
            }
            row[j] = best;
        }
        size_t *const oldest = before;
        before = last;
        last = row;
        row = oldest;
    }
    return last[b_length];
}

/* The name that begins with the word, or with which the word begins, and differs least: "wgan" is
 * meant for "wgan_gp", though "dcgan" has fewer wrong letters. NULL: none. */
static const char *
nearest_beginning(const char *word, size_t length, const char *const *names, size_t count)
{
    const char *nearest = NULL;
    size_t best = SIZE_MAX;

    for (size_t i = 0; i < count; i++) {
        const size_t name_length = strlen(names[i]);
        const size_t shared = name_length < length ? name_length : length;
        const size_t more = name_length + length - 2 * shared;
        /* One letter says nothing. */
        if (shared > 1 && more < best && memcmp(word, names[i], shared) == 0) {
            best = more;
            nearest = names[i];
        }
    }
    return nearest;
}

const char *
gan__nearest(const char *word, size_t length, const char *const *names, size_t count)
{
    size_t best = length / 3 + 2; /* a third of the letters may be wrong */
    if (length > NEAREST_MAX) {
        return NULL;
    }
    const char *nearest = nearest_beginning(word, length, names, count);
    if (nearest != NULL) {
        return nearest;
    }
    for (size_t i = 0; i < count; i++) {
        const size_t name_length = strlen(names[i]);
        if (name_length > NEAREST_MAX) {
            continue;
        }
        const size_t found = distance(word, length, names[i], name_length);
        /* Never so far that nothing of the word is left. */
        if (found < best && found < name_length && found < length) {
            best = found;
            nearest = names[i];
        }
    }
    return nearest;
}
