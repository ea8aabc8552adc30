/* Options as text, with a table of every type: what is parsed and printed is parsed again as the same. */
#include "fuzz.h"

#include <math.h>

#include "base/context.h"
#include "base/options.h"

struct values {
    int64_t whole;
    uint64_t any, bytes;
    double real;
    bool flag;
    int32_t word;
    char *text;
    int64_t pair[2];
    struct gan__option_shape shape;
    struct gan__schedule schedule;
};

static const struct gan__option table[] = {
    {.name = "whole",
     .type = GAN__OPTION_INT,
     .offset = offsetof(struct values, whole),
     .minimum = -10,
     .maximum = 1e12,
     .fallback = "3"},
    {.name = "any",
     .type = GAN__OPTION_UINT,
     .offset = offsetof(struct values, any),
     .maximum = 18446744073709551615.0,
     .fallback = "0"},
    {.name = "bytes",
     .type = GAN__OPTION_BYTES,
     .offset = offsetof(struct values, bytes),
     .fallback = "4GiB"},
    {.name = "real",
     .type = GAN__OPTION_REAL,
     .offset = offsetof(struct values, real),
     .minimum = 0,
     .maximum = 1e300,
     .minimum_open = true,
     .fallback = "1e-3"},
    {.name = "flag",
     .type = GAN__OPTION_BOOL,
     .offset = offsetof(struct values, flag),
     .fallback = "true"},
    {.name = "word",
     .type = GAN__OPTION_CHOICE,
     .offset = offsetof(struct values, word),
     .choices = "one|two|three",
     .fallback = "two"},
    {.name = "text", .type = GAN__OPTION_TEXT, .offset = offsetof(struct values, text)},
    {.name = "pair",
     .type = GAN__OPTION_PAIR,
     .offset = offsetof(struct values, pair),
     .minimum = 1,
     .maximum = 1e6,
     .fallback = "4x3"},
    {.name = "shape",
     .type = GAN__OPTION_SHAPE,
     .offset = offsetof(struct values, shape),
     .minimum = 1,
     .maximum = 1e9},
    {.name = "schedule",
     .type = GAN__OPTION_SCHEDULE,
     .offset = offsetof(struct values, schedule),
     .minimum = -INFINITY,
     .maximum = 1e300,
     .maximum_open = true,
     .fallback = "warmup(3,cosine(1,0,5))"},
    GAN__OPTION_END};

/* Whatever the step, the value is within the bounds that the option was checked by. */
static void
check_schedule(const struct gan__schedule *schedule)
{
    const int64_t steps[] = {0, 1, 2, schedule->warmup, schedule->steps, INT64_MAX / 3, INT64_MAX};

    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        const double value = gan__schedule_at(schedule, steps[i]);
        FUZZ_CHECK(value >= gan__schedule_minimum(schedule));
        FUZZ_CHECK(value <= gan__schedule_maximum(schedule));
    }
}

static gan_status
parse(gan_context *ctx, const char *text, size_t length, struct gan__text *printed)
{
    static const struct gan__option_origin origin = {.kind = "fuzz", .line = 3, .column = 9};
    struct values values;

    memset(&values, 0, sizeof values);
    const gan_status st =
        gan__options_parse(ctx, table, &values, NULL, NULL, text, length, &origin);
    if (st == GAN_OK) {
        gan__options_print(printed, table, &values);
        FUZZ_CHECK(printed->status == GAN_OK);
        check_schedule(&values.schedule);
        gan__options_free(ctx, table, &values);
    }
    return st;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    gan_context *ctx = fuzz_context();
    struct gan__text first, second;
    struct gan__call call;
    char *copy = malloc(size + (size == 0));

    FUZZ_CHECK(copy != NULL);
    if (size > 0) {
        memcpy(copy, data, size);
    }
    FUZZ_CHECK(gan__enter(&call, ctx, GAN__GROUP_ALL) == GAN_OK);
    gan__text_init(&first, ctx);
    gan__text_init(&second, ctx);
    const gan_status st = parse(ctx, copy, size, &first);
    if (st == GAN_OK) {
        FUZZ_CHECK(parse(ctx, first.data, first.length, &second) == GAN_OK);
        FUZZ_CHECK(strcmp(first.data, second.data) == 0);
    }
    gan__text_free(&first);
    gan__text_free(&second);
    fuzz_check_status(gan__leave(&call, st));
    free(copy);
    return 0;
}
