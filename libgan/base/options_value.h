/* One option's value: from text into a struct's member, and back. */
#ifndef GAN__BASE_OPTIONS_VALUE_H
#define GAN__BASE_OPTIONS_VALUE_H

#include <stddef.h>

#include "base/options.h"
#include "base/text.h"

/* Read `value` into the option's member of `values`. A TEXT's old value is not freed. On failure
 * the sentence "<name> is ..., but must be ..." is set and the member unchanged. */
gan_status gan__option_set(gan_context *ctx, const struct gan__option *option, void *values,
                           const char *value, size_t length);
/* Write the member's value without quotes; false (and nothing written) if it has none. */
bool gan__option_write(struct gan__text *out, const struct gan__option *option, const void *values);
/* What a value must be: "a whole number between 1 and 8", into buffer; returns it. */
enum { GAN__OPTION_DEMAND_SIZE = 320 };
char *gan__option_demand(char buffer[GAN__OPTION_DEMAND_SIZE], const struct gan__option *option);
/* Bytes of the member. */
size_t gan__option_size(const struct gan__option *option);

/* The word number `index` of "a|b|c": its start and length; NULL beyond the last. */
const char *gan__option_choice(const char *choices, int32_t index, size_t *length);

#endif
