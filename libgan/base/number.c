/*
 * Numbers in text. The C library converts, in the "C" locale that is set for this thread around
 * each conversion (newlocale returns a constant for it: nothing is allocated); the grammar that
 * goes in and the form that comes out are ours.
 */
#include "base/number.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 400, DIGITS = 17 };

struct plain_locale {
    locale_t plain, before;
};

static bool
plain_locale_enter(struct plain_locale *locale)
{
    locale->plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (locale->plain == (locale_t)0) {
        return false;
    }
    locale->before = uselocale(locale->plain);
    return true;
}

static void
plain_locale_leave(struct plain_locale *locale)
{
    (void)uselocale(locale->before);
    freelocale(locale->plain);
}

static size_t
skip_digits(const char *text, size_t length, size_t at)
{
    while (at < length && text[at] >= '0' && text[at] <= '9') {
        at++;
    }
    return at;
}

/* [+-] digits [. digits] [e [+-] digits], with a digit before or after the point */
static bool
is_number(const char *text, size_t length)
{
    size_t at = length > 0 && (text[0] == '-' || text[0] == '+') ? 1 : 0;
    const size_t whole = at;
    at = skip_digits(text, length, at);
    size_t digits = at - whole;
    if (at < length && text[at] == '.') {
        const size_t fraction = at + 1;
        at = skip_digits(text, length, fraction);
        digits += at - fraction;
    }
    if (digits == 0) {
        return false;
    }
    if (at < length && (text[at] == 'e' || text[at] == 'E')) {
        at++;
        if (at < length && (text[at] == '-' || text[at] == '+')) {
            at++;
        }
        const size_t exponent = at;
        at = skip_digits(text, length, exponent);
        if (at == exponent) {
            return false;
        }
    }
    return at == length;
}

bool
gan__number_parse(const char *text, size_t length, double *value)
{
    char copy[TEXT_MAX + 1];
    struct plain_locale locale;
    if (length > TEXT_MAX || !is_number(text, length) || !plain_locale_enter(&locale)) {
        return false;
    }
    memcpy(copy, text, length);
    copy[length] = '\0';
    const double found = strtod(copy, NULL);
    plain_locale_leave(&locale);
    if (!isfinite(found)) {
        return false;
    }
    *value = found;
    return true;
}

bool
gan__unsigned_parse(const char *text, size_t length, uint64_t *value)
{
    uint64_t found = 0;
    if (length == 0 || skip_digits(text, length, 0) != length) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        if (__builtin_mul_overflow(found, (uint64_t)10, &found) ||
            __builtin_add_overflow(found, (uint64_t)(text[i] - '0'), &found)) {
            return false;
        }
    }
    *value = found;
    return true;
}

bool
gan__integer_parse(const char *text, size_t length, int64_t *value)
{
    const bool negative = length > 0 && text[0] == '-';
    uint64_t size;
    if (!gan__unsigned_parse(text + negative, length - negative, &size) ||
        size > (uint64_t)INT64_MAX + negative) {
        return false;
    }
    *value = negative ? (int64_t)(0 - size) : (int64_t)size;
    return true;
}

/* The digits of "d.ddde-xx" without the point, and the exponent of the first one. */
static int
split(const char *scientific, char digits[DIGITS + 1], int *exponent)
{
    int count = 0;
    const char *at = scientific;
    for (; *at != '\0' && *at != 'e'; at++) {
        if (*at >= '0' && *at <= '9' && count < DIGITS) {
            digits[count++] = *at;
        }
    }
    digits[count] = '\0';
    *exponent = 0;
    if (*at == 'e') {
        const bool negative = at[1] == '-';
        for (at += 2; *at >= '0' && *at <= '9'; at++) {
            *exponent = *exponent * 10 + (*at - '0');
        }
        *exponent = negative ? -*exponent : *exponent;
    }
    return count;
}

/* Python's choice: plain from 1e-4 to below 1e16, otherwise with an exponent. */
static void
assemble(char buffer[GAN__NUMBER_SIZE], bool negative, const char *digits, int count, int exponent)
{
    char *at = buffer;
    if (negative) {
        *at++ = '-';
    }
    if (exponent >= 16 || exponent < -4) {
        *at++ = digits[0];
        if (count > 1) {
            *at++ = '.';
            memcpy(at, digits + 1, (size_t)count - 1);
            at += count - 1;
        }
        (void)snprintf(at, (size_t)(buffer + GAN__NUMBER_SIZE - at), "e%d", exponent);
        return;
    }
    if (exponent < 0) {
        *at++ = '0';
        *at++ = '.';
        for (int i = -1; i > exponent; i--) {
            *at++ = '0';
        }
        memcpy(at, digits, (size_t)count);
        at += count;
    } else {
        for (int i = 0; i < count || i <= exponent; i++) {
            if (i == exponent + 1) {
                *at++ = '.';
            }
            *at++ = i < count ? digits[i] : '0';
        }
    }
    *at = '\0';
}

/* Compared by bits: a comparison of values would take two denormals for equal. */
static bool
reads_back(const char *text, double wanted)
{
    const double found = strtod(text, NULL);
    return memcmp(&found, &wanted, sizeof found) == 0;
}

char *
gan__number_format(char buffer[GAN__NUMBER_SIZE], double value)
{
    struct plain_locale locale;
    if (isnan(value) || isinf(value) || !plain_locale_enter(&locale)) {
        const char *word = isnan(value) ? "nan" : value > 0 ? "inf" : "-inf";
        return memcpy(buffer, word, strlen(word) + 1);
    }
    /* Up to DBL_DIG digits come back from a double as they were, with zeros behind them: shorter
     * forms need not be tried. That holds for normal numbers only. */
    for (int precision = fabs(value) >= DBL_MIN ? DBL_DIG - 1 : 0; precision < DIGITS;
         precision++) {
        (void)snprintf(buffer, GAN__NUMBER_SIZE, "%.*e", precision, value);
        if (reads_back(buffer, value)) {
            break;
        }
    }
    plain_locale_leave(&locale);
    char digits[DIGITS + 1];
    int exponent;
    int count = split(buffer, digits, &exponent);
    while (count > 1 && digits[count - 1] == '0') {
        count--;
    }
    assemble(buffer, signbit(value) != 0, digits, count, exponent);
    return buffer;
}
