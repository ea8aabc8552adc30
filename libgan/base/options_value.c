/* One option's value: reading it with its bounds, writing it, and saying what it must be. */
#include "base/options_value.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/checked.h"
#include "base/context.h"
#include "base/memory.h"
#include "base/number.h"

enum { SHOWN_MAX = 60, CHOICES_MAX = 32, WORD_MAX = 48, SHAPE_MAX = 8 };

size_t
gan__option_size(const struct gan__option *option)
{
    switch (option->type) {
    case GAN__OPTION_INT:
        return sizeof(int64_t);
    case GAN__OPTION_UINT:
    case GAN__OPTION_BYTES:
        return sizeof(uint64_t);
    case GAN__OPTION_REAL:
        return sizeof(double);
    case GAN__OPTION_BOOL:
        return sizeof(bool);
    case GAN__OPTION_CHOICE:
        return sizeof(int32_t);
    case GAN__OPTION_TEXT:
        return sizeof(char *);
    case GAN__OPTION_PAIR:
        return 2 * sizeof(int64_t);
    case GAN__OPTION_SHAPE:
        return sizeof(struct gan__option_shape);
    case GAN__OPTION_SCHEDULE:
        return sizeof(struct gan__schedule);
    }
    return 0;
}

const char *
gan__option_choice(const char *choices, int32_t index, size_t *length)
{
    const char *word = choices;
    for (; index > 0; index--) {
        word = strchr(word, '|');
        if (word == NULL) {
            return NULL;
        }
        word++;
    }
    *length = strcspn(word, "|");
    return word;
}

static bool
has_minimum(const struct gan__option *option)
{
    return !isinf(option->minimum);
}

static bool
has_maximum(const struct gan__option *option)
{
    return option->maximum > option->minimum && !isinf(option->maximum);
}

static bool
within(const struct gan__option *option, double value)
{
    if (has_minimum(option) &&
        (value < option->minimum || (option->minimum_open && value <= option->minimum))) {
        return false;
    }
    return !has_maximum(option) ||
           !(value > option->maximum || (option->maximum_open && value >= option->maximum));
}

/* " above 0 and below 1"; returns buffer. */
static char *
bounds_text(char *buffer, size_t size, const struct gan__option *option)
{
    char low[GAN__NUMBER_SIZE], high[GAN__NUMBER_SIZE];
    (void)gan__number_format(low, option->minimum);
    (void)gan__number_format(high, option->maximum);
    buffer[0] = '\0';
    if (has_minimum(option) && has_maximum(option) && !option->minimum_open &&
        !option->maximum_open) {
        (void)snprintf(buffer, size, " between %s and %s", low, high);
        return buffer;
    }
    if (has_minimum(option)) {
        (void)snprintf(buffer, size, " %s %s", option->minimum_open ? "above" : "at least", low);
    }
    if (has_maximum(option)) {
        const size_t length = strlen(buffer);
        (void)snprintf(buffer + length, size - length, "%s %s %s", length > 0 ? " and" : "",
                       option->maximum_open ? "below" : "at most", high);
    }
    return buffer;
}

char *
gan__option_demand(char buffer[GAN__OPTION_DEMAND_SIZE], const struct gan__option *option)
{
    char bounds[96];
    const size_t size = GAN__OPTION_DEMAND_SIZE;
    (void)bounds_text(bounds, sizeof bounds, option);
    switch (option->type) {
    case GAN__OPTION_INT:
        (void)snprintf(buffer, size, "a whole number%s", bounds);
        break;
    case GAN__OPTION_UINT:
        (void)snprintf(buffer, size, "a whole number from 0 to 18446744073709551615");
        break;
    case GAN__OPTION_REAL:
        (void)snprintf(buffer, size, "a number%s", bounds);
        break;
    case GAN__OPTION_BOOL:
        (void)snprintf(buffer, size, "true or false");
        break;
    case GAN__OPTION_CHOICE:
        (void)snprintf(buffer, size, "one of %s", option->choices);
        break;
    case GAN__OPTION_TEXT:
        (void)snprintf(buffer, size, "a text");
        break;
    case GAN__OPTION_PAIR:
        (void)snprintf(buffer, size, "a whole number, or two as in 4x3 (height x width),%s",
                       bounds);
        buffer[strlen(buffer) - (bounds[0] == '\0' ? 1 : 0)] = '\0';
        break;
    case GAN__OPTION_SHAPE:
        (void)snprintf(buffer, size, "1 to %d whole numbers as in 7x7x128, each%s", SHAPE_MAX,
                       bounds);
        break;
    case GAN__OPTION_SCHEDULE:
        (void)snprintf(buffer, size, "a number%s, or a schedule", bounds);
        break;
    case GAN__OPTION_BYTES:
        (void)snprintf(buffer, size, "a number of bytes, as in 4096, 64KiB, 512MiB or 2GiB");
        break;
    }
    return buffer;
}

/* Sizes joined by x; the count, or 0 if one is no number or out of bounds or there are more than
 * `most`. */
static int32_t
read_sizes(const struct gan__option *option, const char *value, size_t length, int64_t *sizes,
           int32_t most)
{
    int32_t count = 0;
    for (size_t at = 0; at <= length; count++) {
        const char *const end = memchr(value + at, 'x', length - at);
        const size_t word = end == NULL ? length - at : (size_t)(end - (value + at));
        if (count == most || !gan__integer_parse(value + at, word, &sizes[count]) ||
            !within(option, (double)sizes[count])) {
            return 0;
        }
        at += word + 1;
    }
    return count;
}

static bool
read_bytes(const char *value, size_t length, uint64_t *bytes)
{
    static const char units[] = "KMG";
    uint64_t unit = 1;
    if (length > 3 && memcmp(value + length - 2, "iB", 2) == 0) {
        const char *const letter = strchr(units, value[length - 3]);
        if (letter == NULL || *letter == '\0') {
            return false;
        }
        unit = (uint64_t)1 << (10 * (letter - units + 1));
        length -= 3;
    }
    uint64_t number;
    return gan__unsigned_parse(value, length, &number) &&
           !__builtin_mul_overflow(number, unit, bytes);
}

static int32_t
read_choice(const char *choices, const char *value, size_t length)
{
    size_t word_length;
    const char *word;
    for (int32_t i = 0; (word = gan__option_choice(choices, i, &word_length)) != NULL; i++) {
        if (word_length == length && memcmp(word, value, length) == 0) {
            return i;
        }
    }
    return -1;
}

static bool
read_bool(const char *value, size_t length, bool *out)
{
    const bool yes = length == 4 && memcmp(value, "true", 4) == 0;
    const bool no = length == 5 && memcmp(value, "false", 5) == 0;
    *out = yes;
    return yes || no;
}

/* true if `value` was good and is in the member. */
static bool
read_value(const struct gan__option *option, void *member, const char *value, size_t length)
{
    switch (option->type) {
    case GAN__OPTION_INT: {
        int64_t number;
        const bool good =
            gan__integer_parse(value, length, &number) && within(option, (double)number);
        return good && memcpy(member, &number, sizeof number) != NULL;
    }
    case GAN__OPTION_UINT: {
        uint64_t number;
        return gan__unsigned_parse(value, length, &number) &&
               memcpy(member, &number, sizeof number) != NULL;
    }
    case GAN__OPTION_REAL: {
        double number;
        const bool good = gan__number_parse(value, length, &number) && within(option, number);
        return good && memcpy(member, &number, sizeof number) != NULL;
    }
    case GAN__OPTION_BOOL: {
        bool yes;
        return read_bool(value, length, &yes) && memcpy(member, &yes, sizeof yes) != NULL;
    }
    case GAN__OPTION_CHOICE: {
        const int32_t index = read_choice(option->choices, value, length);
        return index >= 0 && memcpy(member, &index, sizeof index) != NULL;
    }
    case GAN__OPTION_PAIR: {
        int64_t sizes[2];
        const int32_t count = read_sizes(option, value, length, sizes, 2);
        sizes[1] = count == 1 ? sizes[0] : sizes[1];
        return count > 0 && memcpy(member, sizes, sizeof sizes) != NULL;
    }
    case GAN__OPTION_SHAPE: {
        struct gan__option_shape shape = {0};
        shape.rank = read_sizes(option, value, length, shape.size, SHAPE_MAX);
        return shape.rank > 0 && memcpy(member, &shape, sizeof shape) != NULL;
    }
    case GAN__OPTION_SCHEDULE: {
        struct gan__schedule schedule;
        const bool good = gan__schedule_parse(value, length, &schedule) &&
                          within(option, gan__schedule_minimum(&schedule)) &&
                          within(option, gan__schedule_maximum(&schedule));
        return good && memcpy(member, &schedule, sizeof schedule) != NULL;
    }
    case GAN__OPTION_BYTES: {
        uint64_t bytes;
        return read_bytes(value, length, &bytes) && memcpy(member, &bytes, sizeof bytes) != NULL;
    }
    case GAN__OPTION_TEXT:
        break;
    }
    return false;
}

static gan_status
set_text(gan_context *ctx, void *member, const char *value, size_t length)
{
    char *copy = gan__alloc(ctx, length + 1);
    if (copy == NULL) {
        return GAN_E_NOMEM;
    }
    memcpy(copy, value, length);
    copy[length] = '\0';
    memcpy(member, &copy, sizeof copy);
    return GAN_OK;
}

/* A schedule that leaves the bounds, or a text that is none. */
static gan_status
refuse_schedule(gan_context *ctx, const struct gan__option *option, const char *value,
                size_t length, size_t shown)
{
    struct gan__schedule schedule;
    char bounds[96], least[GAN__NUMBER_SIZE], greatest[GAN__NUMBER_SIZE];
    const char *const cut = shown < length ? "..." : "";
    (void)bounds_text(bounds, sizeof bounds, option);
    if (gan__schedule_parse(value, length, &schedule)) {
        (void)gan__number_format(least, gan__schedule_minimum(&schedule));
        (void)gan__number_format(greatest, gan__schedule_maximum(&schedule));
        return gan__fail(ctx, GAN_E_ARG,
                         "%s is \"%.*s%s\", which goes from %s to %s, but all of it must be%s",
                         option->name, (int)shown, value, cut, least, greatest, bounds);
    }
    return gan__fail(ctx, GAN_E_ARG,
                     "%s is \"%.*s%s\", but must be a number%s, or a schedule: "
                     "linear(from,to,steps), cosine(from,to,steps), exponential(from,to,steps) "
                     "with bounds above 0, one_cycle(peak,steps), or warmup(steps,value) around "
                     "one of them or a number",
                     option->name, (int)shown, value, cut, bounds);
}

/* The sentence for a value that is not what it must be. Numbers stand bare, everything else in
 * quotes. */
static gan_status
refuse(gan_context *ctx, const struct gan__option *option, const char *value, size_t length)
{
    char demand[GAN__OPTION_DEMAND_SIZE];
    const char *cut = "";
    double number;
    size_t shown = length;
    if (length > SHOWN_MAX) {
        shown = gan__utf8_cut(value, SHOWN_MAX);
        cut = "...";
    }
    (void)gan__option_demand(demand, option);
    if (option->type == GAN__OPTION_CHOICE) {
        char words[CHOICES_MAX][WORD_MAX];
        const char *names[CHOICES_MAX];
        const char *word;
        size_t count = 0, word_length;
        while (count < CHOICES_MAX &&
               (word = gan__option_choice(option->choices, (int32_t)count, &word_length)) != NULL) {
            (void)snprintf(words[count], WORD_MAX, "%.*s", (int)word_length, word);
            names[count] = words[count];
            count++;
        }
        const char *const near = gan__nearest(value, length, names, count);
        if (near != NULL) {
            return gan__fail(ctx, GAN_E_ARG,
                             "%s is \"%.*s%s\", but must be %s; did you mean \"%s\"?", option->name,
                             (int)shown, value, cut, demand, near);
        }
    }
    const bool bare = cut[0] == '\0' && gan__number_parse(value, length, &number);
    if (bare && (option->type == GAN__OPTION_REAL || option->type == GAN__OPTION_SCHEDULE)) {
        char bounds[96];
        return gan__fail(ctx, GAN_E_ARG, "%s is %.*s, but must be%s", option->name, (int)shown,
                         value, bounds_text(bounds, sizeof bounds, option));
    }
    if (option->type == GAN__OPTION_SCHEDULE) {
        return refuse_schedule(ctx, option, value, length, shown);
    }
    const char *const quote = bare ? "" : "\"";
    return gan__fail(ctx, GAN_E_ARG, "%s is %s%.*s%s%s, but must be %s", option->name, quote,
                     (int)shown, value, cut, quote, demand);
}

gan_status
gan__option_set(gan_context *ctx, const struct gan__option *option, void *values, const char *value,
                size_t length)
{
    void *const member = (char *)values + option->offset;
    if (option->type == GAN__OPTION_TEXT) {
        return set_text(ctx, member, value, length);
    }
    return read_value(option, member, value, length) ? GAN_OK : refuse(ctx, option, value, length);
}

static bool
write_sizes(struct gan__text *out, const int64_t *sizes, int32_t count)
{
    for (int32_t i = 0; i < count; i++) {
        gan__text_add(out, "%s%lld", i > 0 ? "x" : "", (long long)sizes[i]);
    }
    return count > 0;
}

bool
gan__option_write(struct gan__text *out, const struct gan__option *option, const void *values)
{
    const void *const member = (const char *)values + option->offset;
    switch (option->type) {
    case GAN__OPTION_INT:
        gan__text_add(out, "%lld", (long long)*(const int64_t *)member);
        return true;
    case GAN__OPTION_UINT:
    case GAN__OPTION_BYTES:
        gan__text_add(out, "%llu", (unsigned long long)*(const uint64_t *)member);
        return true;
    case GAN__OPTION_REAL:
        gan__text_add_number(out, *(const double *)member);
        return true;
    case GAN__OPTION_BOOL:
        gan__text_add(out, "%s", *(const bool *)member ? "true" : "false");
        return true;
    case GAN__OPTION_CHOICE: {
        size_t length;
        const char *word = gan__option_choice(option->choices, *(const int32_t *)member, &length);
        if (word != NULL) {
            gan__text_add(out, "%.*s", (int)length, word);
        }
        return word != NULL;
    }
    case GAN__OPTION_TEXT: {
        const char *text = *(char *const *)member;
        if (text != NULL) {
            gan__text_add(out, "%s", text);
        }
        return text != NULL;
    }
    case GAN__OPTION_PAIR: {
        const int64_t *sizes = member;
        return write_sizes(out, sizes, sizes[0] == sizes[1] ? 1 : 2);
    }
    case GAN__OPTION_SHAPE: {
        const struct gan__option_shape *shape = member;
        return write_sizes(out, shape->size, shape->rank);
    }
    case GAN__OPTION_SCHEDULE:
        gan__schedule_print(out, member);
        return true;
    }
    return false;
}
