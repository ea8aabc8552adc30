/*
 * A number that changes with the step: the value of an option of type GAN__OPTION_SCHEDULE. The
 * words are in optimizer.h. Plain data, so that an options struct can be copied.
 */
#ifndef GAN__BASE_SCHEDULE_H
#define GAN__BASE_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

enum gan__schedule_shape {
    GAN__SCHEDULE_CONSTANT, /* `to` */
    GAN__SCHEDULE_LINEAR,
    GAN__SCHEDULE_COSINE,
    GAN__SCHEDULE_EXPONENTIAL,
    GAN__SCHEDULE_ONE_CYCLE /* `to` is the peak */
};

struct gan__schedule {
    int32_t shape; /* an enum gan__schedule_shape */
    double from, to;
    int64_t steps;  /* from `from` to `to` */
    int64_t warmup; /* steps before them, 0 for none */
};

/* The value for the step that has this number, from 0. The same bits everywhere. */
double gan__schedule_at(const struct gan__schedule *schedule, int64_t step);
/* The least and the greatest value it ever has; for refusals such as "is it ever above 0". */
double gan__schedule_minimum(const struct gan__schedule *schedule);
double gan__schedule_maximum(const struct gan__schedule *schedule);
/* A number or one of the words with its arguments; false if it is neither, or a number of steps is
 * not at least 1, or an exponential one has a bound that is not above 0. Bounds of the option are
 * the caller's to check (minimum and maximum above). */
bool gan__schedule_parse(const char *text, size_t length, struct gan__schedule *schedule);
/* Parses back to the same schedule. */
void gan__schedule_print(struct gan__text *out, const struct gan__schedule *schedule);

#endif
