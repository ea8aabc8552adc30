/* float16 by the bits: NumPy's, and every one of the 65,536 there and back. */
#include "suites.h"

#include <math.h>

#include "io/half.h"
#include "oracle/half.h"
#include "support.h"

static float
from_bits(uint32_t bits)
{
    float value;

    memcpy(&value, &bits, sizeof value);
    return value;
}

START_TEST(half_is_numpys)
{
    for (size_t i = 0; i < sizeof half_numbers / sizeof half_numbers[0]; i++) {
        const float value = from_bits(half_numbers[i].number);
        ck_assert(gan__half_fits(value));
        ck_assert_msg(gan__half_from_float(value) == half_numbers[i].half,
                      "%a: found %04x, wanted %04x", (double)value, gan__half_from_float(value),
                      half_numbers[i].half);
    }
}
END_TEST

START_TEST(half_there_and_back)
{
    for (uint32_t half = 0; half < 0x10000; half++) {
        const float value = gan__half_to_float((uint16_t)half);
        const int exponent = (int)(half >> 10 & 0x1f), mantissa = (int)(half & 0x3ff);
        const double size =
            exponent == 0 ? ldexp(mantissa, -24) : ldexp(1024 + mantissa, exponent - 25);
        if (exponent == 0x1f) {
            ck_assert(mantissa != 0 ? isnan(value) : isinf(value));
            ck_assert_int_eq(!!signbit(value), half >> 15);
            ck_assert(mantissa != 0 ? isnan(gan__half_to_float(gan__half_from_float(value))) : 1);
            ck_assert(gan__half_fits(value) == (mantissa != 0));
            continue;
        }
        ck_assert_double_eq((double)value, half >> 15 ? -size : size);
        ck_assert_int_eq(!!signbit(value), half >> 15);
        ck_assert_uint_eq(gan__half_from_float(value), half);
    }
}
END_TEST

/* Between neighbours: below the middle down, above it up, on it to the even one. */
START_TEST(half_rounds_to_nearest)
{
    for (uint16_t half = 0; half < 0x7bff; half++) {
        const float low = gan__half_to_float(half), high = gan__half_to_float((uint16_t)(half + 1));
        const float middle = low + (high - low) / 2; /* exact */
        ck_assert_uint_eq(gan__half_from_float(nextafterf(middle, 0)), half);
        ck_assert_uint_eq(gan__half_from_float(nextafterf(middle, 1e9F)), half + 1);
        ck_assert_uint_eq(gan__half_from_float(-middle), 0x8000 | (half + (half & 1)));
    }
    ck_assert(gan__half_fits(65504) && !gan__half_fits(nextafterf(65504, 1e9F)));
}
END_TEST

Suite *
half_suite(void)
{
    Suite *suite = suite_create("half");
    TCase *tests = tcase_create("half");

    tcase_add_test(tests, half_is_numpys);
    tcase_add_test(tests, half_there_and_back);
    tcase_add_test(tests, half_rounds_to_nearest);
    suite_add_tcase(suite, tests);
    return suite;
}
