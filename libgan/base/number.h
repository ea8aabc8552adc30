/* Numbers in text, whatever the locale: the one pair of functions that reads and writes them. */
#ifndef GAN__BASE_NUMBER_H
#define GAN__BASE_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { GAN__NUMBER_SIZE = 32 };

/* All of the length bytes must be a finite decimal number ("2e-4", "-0.5"); false otherwise. */
bool gan__number_parse(const char *text, size_t length, double *value);
/* A decimal integer without exponent or point. */
bool gan__integer_parse(const char *text, size_t length, int64_t *value);
bool gan__unsigned_parse(const char *text, size_t length, uint64_t *value);
/* The shortest form that reads back the same double; returns buffer. inf and nan are written as
 * such. */
char *gan__number_format(char buffer[GAN__NUMBER_SIZE], double value);

#endif
