/*
 * Numbers made once by PyTorch, and what it takes to compare with them: the same drawing of weights and pictures as in
 * make_numbers.py, and the relative L2 distance.
 */
#ifndef TESTS_ORACLE_H
#define TESTS_ORACLE_H

#include <math.h>
#include <stdint.h>

#include "support.h"

struct oracle_text {
    const char *name, *text;
};

/* offset + scale * (uniform in [-1, 1)) from this seed. */
struct oracle_fill {
    const char *name;
    int64_t count;
    uint32_t seed;
    float scale, offset;
};

struct oracle_numbers {
    const char *name;
    int64_t count;
    const float *values;
};

static inline const char *
oracle_text_find(const struct oracle_text *texts, const char *name)
{
    for (; texts->name != NULL; texts++) {
        if (strcmp(texts->name, name) == 0) {
            return texts->text;
        }
    }
    ck_abort_msg("no text %s", name);
    return NULL;
}

static inline const struct oracle_fill *
oracle_fill_find(const struct oracle_fill *fills, const char *name)
{
    for (; fills->name != NULL; fills++) {
        if (strcmp(fills->name, name) == 0) {
            return fills;
        }
    }
    ck_abort_msg("nothing to draw for %s", name);
    return NULL;
}

static inline const struct oracle_numbers *
oracle_find(const struct oracle_numbers *numbers, const char *name)
{
    for (; numbers->name != NULL; numbers++) {
        if (strcmp(numbers->name, name) == 0) {
            return numbers;
        }
    }
    ck_abort_msg("no numbers %s", name);
    return NULL;
}

static inline void
oracle_draw(const struct oracle_fill *fill, float *values)
{
    uint64_t state = fill->seed;

    for (int64_t i = 0; i < fill->count; i++) {
        state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        const float uniform = (float)((double)(state >> 40) / 8388608.0 - 1.0);
        const float scaled = fill->scale * uniform;
        values[i] = fill->offset + scaled;
    }
}

/* |found - wanted| <= relative * |wanted| + absolute, in L2 over all elements. */
static inline void
oracle_compare(const struct oracle_numbers *numbers, const char *name, const float *found,
               int64_t count, double relative, double absolute)
{
    const struct oracle_numbers *wanted = oracle_find(numbers, name);
    double distance = 0, length = 0;

    ck_assert_msg(wanted->count == count, "%s: %lld numbers, wanted %lld", name, (long long)count,
                  (long long)wanted->count);
    for (int64_t i = 0; i < count; i++) {
        const double difference = (double)found[i] - (double)wanted->values[i];
        distance += difference * difference;
        length += (double)wanted->values[i] * (double)wanted->values[i];
    }
    distance = sqrt(distance);
    length = sqrt(length);
    ck_assert_msg(distance <= relative * length + absolute,
                  "%s: off by %.3g of %.3g, allowed %.1g of it + %.1g", name, distance, length,
                  relative, absolute);
}

#endif
