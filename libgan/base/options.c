/*
 * Reading option text: words "key=value", looked up in one or two tables. Every sentence starts
 * with the place (in a network's text) and the kind.
 */
#include "base/options.h"

#include <stdint.h>
#include <string.h>

#include "base/context.h"
#include "base/memory.h"
#include "base/options_value.h"

enum { ROWS_MAX = 64, NAME_SHOWN = 40 };

struct parser {
    gan_context *ctx;
    const struct gan__option_origin *origin;
    const char *text;
    size_t length, at;
    const struct gan__option *tables[2]; /* the second may be NULL */
    void *values[2];
    uint64_t given[2]; /* rows that the text has named */
    size_t word;       /* where the word that is looked at begins, for sentences */
    char *value;       /* of the word, without quotes; room for all of the text */
    size_t value_length;
};

/* Put place and kind before the sentence. */
static gan_status
blame(struct parser *parser, gan_status st)
{
    const struct gan__option_origin *const origin = parser->origin;
    if (st == GAN_OK || origin == NULL) {
        return st;
    }
    if (origin->kind != NULL) {
        gan__fail_prefix(parser->ctx, "%s", origin->kind);
    }
    if (origin->line > 0) {
        int32_t line = origin->line, column = origin->column;
        for (size_t i = 0; i < parser->word && i < parser->length; i++) {
            const unsigned char byte = (unsigned char)parser->text[i];
            if (byte == '\n') {
                line++;
                column = 1;
            } else if ((byte & 0xc0) != 0x80) { /* characters, not bytes */
                column++;
            }
        }
        gan__fail_prefix(parser->ctx, "line %d, column %d", (int)line, (int)column);
    }
    return st;
}

static bool
is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool
is_control(char c)
{
    return (unsigned char)c < 0x20 || c == 0x7f;
}

/* The value after the `=`: bare up to a space, or in quotes. */
static gan_status
read_value(struct parser *parser)
{
    const char *const text = parser->text;
    const bool quoted = parser->at < parser->length && text[parser->at] == '"';
    bool closed = !quoted;
    parser->value_length = 0;
    parser->at += quoted;
    while (parser->at < parser->length && !(quoted && closed)) {
        char c = text[parser->at];
        if (!quoted && is_space(c)) {
            break;
        }
        parser->at++;
        if (quoted && c == '"') {
            closed = true;
            continue;
        }
        if (is_control(c)) {
            return gan__fail(parser->ctx, GAN_E_ARG, "a value holds the control character 0x%02x",
                             (unsigned)(unsigned char)c);
        }
        if (!quoted && c == '"') {
            return gan__fail(parser->ctx, GAN_E_ARG,
                             "a quote inside a value; quote all of it: key=\"a \\\"b\\\"\"");
        }
        if (quoted && c == '\\') {
            c = parser->at < parser->length ? text[parser->at] : '\0';
            if (c != '"' && c != '\\') {
                return gan__fail(parser->ctx, GAN_E_ARG,
                                 "a \\ in quotes stands before \" or \\ only");
            }
            parser->at++;
        }
        parser->value[parser->value_length++] = c;
    }
    if (!closed) {
        return gan__fail(parser->ctx, GAN_E_ARG, "a quote is not closed");
    }
    if (quoted && parser->at < parser->length && !is_space(text[parser->at])) {
        return gan__fail(parser->ctx, GAN_E_ARG,
                         "found \"%c\" right after a closing quote, wanted a space",
                         text[parser->at]);
    }
    return GAN_OK;
}

struct names {
    const char *all[2 * ROWS_MAX];
    size_t count;
    char list[GAN__ERROR_SIZE / 2]; /* "filters, kernel" */
};

static void
add_names(struct names *names, const struct gan__option *table)
{
    size_t used = strlen(names->list);
    for (const struct gan__option *option = table; option != NULL && option->name != NULL;
         option++) {
        const size_t length = strlen(option->name);
        if (names->count == (size_t)2 * ROWS_MAX || used + length + 3 > sizeof names->list) {
            return;
        }
        if (used > 0) {
            memcpy(names->list + used, ", ", 2);
            used += 2;
        }
        memcpy(names->list + used, option->name, length + 1);
        used += length;
        names->all[names->count++] = option->name;
    }
}

static gan_status
unknown(struct parser *parser, const char *key, size_t length)
{
    struct names names = {.count = 0};
    add_names(&names, parser->tables[0]);
    add_names(&names, parser->tables[1]);
    const int shown = (int)(length < NAME_SHOWN ? length : NAME_SHOWN);
    if (names.count == 0) {
        return gan__fail(parser->ctx, GAN_E_ARG, "unknown option \"%.*s\"; there are none here",
                         shown, key);
    }
    const char *const near = gan__nearest(key, length, names.all, names.count);
    if (near == NULL) {
        return gan__fail(parser->ctx, GAN_E_ARG, "unknown option \"%.*s\" (options: %s)", shown,
                         key, names.list);
    }
    return gan__fail(parser->ctx, GAN_E_ARG,
                     "unknown option \"%.*s\"; did you mean \"%s\"? (options: %s)", shown, key,
                     near, names.list);
}

static int32_t
find(const struct gan__option *table, const char *key, size_t length)
{
    for (int32_t row = 0; table != NULL && table[row].name != NULL; row++) {
        if (strlen(table[row].name) == length && memcmp(table[row].name, key, length) == 0) {
            return row;
        }
    }
    return -1;
}

/* Take one word, at a character that is no space. */
static gan_status
read_word(struct parser *parser)
{
    const char *const key = parser->text + parser->at;
    size_t length = 0;
    parser->word = parser->at;
    while (parser->at + length < parser->length && key[length] != '=' && !is_space(key[length])) {
        if (is_control(key[length])) {
            return gan__fail(parser->ctx, GAN_E_ARG,
                             "found the control character 0x%02x, wanted key=value",
                             (unsigned)(unsigned char)key[length]);
        }
        length++;
    }
    if (parser->at + length == parser->length || key[length] != '=' || length == 0) {
        const int shown = (int)(length < NAME_SHOWN ? length : NAME_SHOWN);
        return gan__fail(parser->ctx, GAN_E_ARG, "found \"%.*s%s\", wanted key=value", shown, key,
                         length == 0 ? "=" : "");
    }
    int which = 0;
    int32_t row = find(parser->tables[0], key, length);
    if (row < 0) {
        which = 1;
        row = find(parser->tables[1], key, length);
    }
    if (row < 0) {
        return unknown(parser, key, length);
    }
    const struct gan__option *const option = &parser->tables[which][row];
    if (row >= ROWS_MAX) {
        return gan__fail(parser->ctx, GAN_E_INTERNAL, "a table of more than %d options", ROWS_MAX);
    }
    if ((parser->given[which] >> row & 1) != 0) {
        return gan__fail(parser->ctx, GAN_E_ARG, "%s is given twice", option->name);
    }
    parser->at += length + 1;
    const gan_status st = read_value(parser);
    if (st != GAN_OK) {
        return st;
    }
    void *const values = parser->values[which];
    char *old = NULL;
    if (option->type == GAN__OPTION_TEXT) {
        memcpy(&old, (char *)values + option->offset, sizeof old);
    }
    const gan_status set =
        gan__option_set(parser->ctx, option, values, parser->value, parser->value_length);
    if (set == GAN_OK) {
        gan__free(parser->ctx, old);
        parser->given[which] |= (uint64_t)1 << row;
    }
    return set;
}

static gan_status
read_words(struct parser *parser)
{
    gan_status st = GAN_OK;
    parser->value = gan__alloc(parser->ctx, parser->length + 1);
    if (parser->value == NULL) {
        return GAN_E_NOMEM;
    }
    while (st == GAN_OK) {
        while (parser->at < parser->length && is_space(parser->text[parser->at])) {
            parser->at++;
        }
        if (parser->at == parser->length) {
            break;
        }
        st = read_word(parser);
    }
    gan__free(parser->ctx, parser->value);
    return st;
}

/* Clear all members, so that they can be freed whatever happens next. */
static void
clear(const struct gan__option *table, void *values)
{
    for (const struct gan__option *option = table; option != NULL && option->name != NULL;
         option++) {
        memset((char *)values + option->offset, 0, gan__option_size(option));
    }
}

static gan_status
set_fallbacks(gan_context *ctx, const struct gan__option *table, void *values)
{
    for (const struct gan__option *option = table; option != NULL && option->name != NULL;
         option++) {
        if (option->fallback != NULL) {
            const gan_status st =
                gan__option_set(ctx, option, values, option->fallback, strlen(option->fallback));
            if (st != GAN_OK) {
                return st == GAN_E_ARG ? GAN_E_INTERNAL : st;
            }
        }
    }
    return GAN_OK;
}

static gan_status
check_required(struct parser *parser, int which)
{
    const struct gan__option *const table = parser->tables[which];
    char demand[GAN__OPTION_DEMAND_SIZE];
    for (int32_t row = 0; table != NULL && table[row].name != NULL; row++) {
        if (table[row].required && (row >= ROWS_MAX || (parser->given[which] >> row & 1) == 0)) {
            parser->word = 0;
            return gan__fail(parser->ctx, GAN_E_ARG, "%s is missing: %s=<%s>%s%s", table[row].name,
                             table[row].name, gan__option_demand(demand, &table[row]),
                             table[row].doc == NULL ? "" : ", ",
                             table[row].doc == NULL ? "" : table[row].doc);
        }
    }
    return GAN_OK;
}

gan_status
gan__options_parse(gan_context *ctx, const struct gan__option *table, void *values,
                   const struct gan__option *common, void *common_values, const char *text,
                   size_t length, const struct gan__option_origin *origin)
{
    gan_status st;
    struct parser parser = {.ctx = ctx,
                            .origin = origin,
                            .text = text == NULL ? "" : text,
                            .length = text == NULL ? 0 : length,
                            .tables = {table, common},
                            .values = {values, common_values}};
    clear(table, values);
    clear(common, common_values);
    GAN__TRY(set_fallbacks(ctx, table, values));
    GAN__TRY(set_fallbacks(ctx, common, common_values));
    GAN__TRY(read_words(&parser));
    GAN__TRY(check_required(&parser, 0));
    GAN__TRY(check_required(&parser, 1));
    return GAN_OK;

fail:
    gan__options_free(ctx, table, values);
    gan__options_free(ctx, common, common_values);
    return blame(&parser, st);
}

static void
free_text(gan_context *ctx, void *values, const struct gan__option *option)
{
    char **const member = (char **)(void *)((char *)values + option->offset);
    gan__free(ctx, *member);
    *member = NULL;
}

/* Room for a struct that ends with the table's last member; NULL without memory. */
static char *
make_shadow(gan_context *ctx, const struct gan__option *table)
{
    size_t size = 1;
    for (const struct gan__option *option = table; option != NULL && option->name != NULL;
         option++) {
        const size_t end = option->offset + gan__option_size(option);
        size = end > size ? end : size;
    }
    return gan__alloc_zero(ctx, size);
}

/* Take what the text has given, or free it after a failure. */
static void
take_shadow(struct parser *parser, int which, void *values, bool take)
{
    const struct gan__option *const table = parser->tables[which];
    char *const shadow = parser->values[which];
    for (int32_t row = 0; table != NULL && table[row].name != NULL && row < ROWS_MAX; row++) {
        const struct gan__option *const option = &table[row];
        if ((parser->given[which] >> row & 1) == 0) {
            continue;
        }
        if (option->type == GAN__OPTION_TEXT) {
            free_text(parser->ctx, take ? values : shadow, option);
        }
        if (take) {
            memcpy((char *)values + option->offset, shadow + option->offset,
                   gan__option_size(option));
        }
    }
}

gan_status
gan__options_update_both(gan_context *ctx, const struct gan__option *table, void *values,
                         const struct gan__option *common, void *common_values, const char *text,
                         const struct gan__option_origin *origin)
{
    /* Everything is read into shadows of the structs first, so that a failure changes nothing. */
    struct parser parser = {.ctx = ctx,
                            .origin = origin,
                            .text = text == NULL ? "" : text,
                            .length = text == NULL ? 0 : strlen(text),
                            .tables = {table, common},
                            .values = {make_shadow(ctx, table), make_shadow(ctx, common)}};
    gan_status st = GAN_E_NOMEM;
    if (parser.values[0] != NULL && parser.values[1] != NULL) {
        st = read_words(&parser);
        take_shadow(&parser, 0, values, st == GAN_OK);
        take_shadow(&parser, 1, common_values, st == GAN_OK);
    }
    gan__free(ctx, parser.values[0]);
    gan__free(ctx, parser.values[1]);
    return blame(&parser, st);
}

gan_status
gan__options_update(gan_context *ctx, const struct gan__option *table, void *values,
                    const char *text, const struct gan__option_origin *origin)
{
    return gan__options_update_both(ctx, table, values, NULL, NULL, text, origin);
}

void
gan__options_free(gan_context *ctx, const struct gan__option *table, void *values)
{
    for (const struct gan__option *option = table; option != NULL && option->name != NULL;
         option++) {
        if (option->type == GAN__OPTION_TEXT) {
            free_text(ctx, values, option);
        }
    }
}
