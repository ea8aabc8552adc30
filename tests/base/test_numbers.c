/* Numbers in text: the grammar, the shortest form, any locale, any floating-point environment. */
#include "suites.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>

#include "base/float_environment.h"
#include "base/number.h"
#include "base/random.h"

START_TEST(test_number_parse)
{
    static const struct {
        const char *text;
        double value;
    } good[] = {{"0", 0},           {"-0.5", -0.5}, {"2e-4", 2e-4},
                {"+3", 3},          {".5", 0.5},    {"5.", 5},
                {"1E3", 1000},      {"1e+2", 100},  {"0.1", 0.1},
                {"1e-320", 1e-320}, {"1e-999", 0},  {"1.7976931348623157e308", DBL_MAX},
                {"000012", 12}};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        double value = NAN;
        ck_assert_msg(gan__number_parse(good[i].text, strlen(good[i].text), &value), "%s",
                      good[i].text);
        ck_assert_msg(memcmp(&value, &good[i].value, sizeof value) == 0, "%s gave %g", good[i].text,
                      value);
    }
    static const char *const bad[] = {
        "",   " ",   "1 ", " 1", "1,5", "nan", "inf",  "-inf",  "infinity", "0x10", "1e",
        "e1", "1e+", ".",  "-",  "+-1", "--1", "1e1.", "1.2.3", "1e999",    "1f",   "١"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        double value = 7;
        ck_assert_msg(!gan__number_parse(bad[i], strlen(bad[i]), &value), "\"%s\" was taken",
                      bad[i]);
        ck_assert(value == 7);
    }
    double value;
    ck_assert(gan__number_parse("12345", 3, &value) && value == 123); /* length, not the zero */
    char nines[600];
    memset(nines, '9', sizeof nines);
    ck_assert(!gan__number_parse(nines, sizeof nines, &value));
}
END_TEST

START_TEST(test_integer_parse)
{
    int64_t value = 0;
    uint64_t size = 0;
    ck_assert(gan__integer_parse("-9223372036854775808", 20, &value) && value == INT64_MIN);
    ck_assert(gan__integer_parse("9223372036854775807", 19, &value) && value == INT64_MAX);
    ck_assert(gan__integer_parse("-0", 2, &value) && value == 0);
    ck_assert(!gan__integer_parse("9223372036854775808", 19, &value));
    ck_assert(!gan__integer_parse("-9223372036854775809", 20, &value));
    ck_assert(gan__unsigned_parse("18446744073709551615", 20, &size) && size == UINT64_MAX);
    ck_assert(!gan__unsigned_parse("18446744073709551616", 20, &size));
    ck_assert(!gan__unsigned_parse("99999999999999999999999", 23, &size));
    static const char *const bad[] = {"", "-", "+1", "1.0", "1e3", " 1", "1 ", "0x1", "--1", "1-"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        ck_assert_msg(!gan__integer_parse(bad[i], strlen(bad[i]), &value), "\"%s\" was taken",
                      bad[i]);
        ck_assert_msg(!gan__unsigned_parse(bad[i], strlen(bad[i]), &size), "\"%s\" was taken",
                      bad[i]);
    }
    ck_assert(!gan__unsigned_parse("-1", 2, &size));
}
END_TEST

/* Python's repr of the same numbers. */
static const struct {
    double value;
    const char *text;
} doubles[] = {{0, "0"},
               {-0.0, "-0"},
               {1, "1"},
               {-1.5, "-1.5"},
               {0.1, "0.1"},
               {0.0002, "0.0002"},
               {0.0001, "0.0001"},
               {0.00001, "1e-5"},
               {1.25e-7, "1.25e-7"},
               {22000, "22000"},
               {1e15, "1000000000000000"},
               {1e16, "1e16"},
               {123456789012345680.0, "1.2345678901234568e17"},
               {0.30000000000000004, "0.30000000000000004"},
               {1.0 / 3, "0.3333333333333333"},
               {5e-324, "5e-324"},
               {2.2250738585072014e-308, "2.2250738585072014e-308"},
               {-DBL_MAX, "-1.7976931348623157e308"},
               {9007199254740993.0, "9007199254740992"},
               {INFINITY, "inf"},
               {-INFINITY, "-inf"},
               {NAN, "nan"}};

static void
check_formats(void)
{
    char buffer[GAN__NUMBER_SIZE];
    for (size_t i = 0; i < sizeof doubles / sizeof doubles[0]; i++) {
        ck_assert_str_eq(gan__number_format(buffer, doubles[i].value), doubles[i].text);
    }
    double value = 0;
    ck_assert(gan__number_parse("-2.5e-3", 7, &value) && value == -2.5e-3);
}

START_TEST(test_number_format)
{
    check_formats();
}
END_TEST

START_TEST(test_number_environment)
{
    const uint32_t before = gan__float_environment_set();
    check_formats();
    gan__float_environment_restore(before);
}
END_TEST

START_TEST(test_number_round_trip)
{
    const struct gan__random random = {.seed = 11, .stream = 3};
    uint32_t words[2];
    char buffer[GAN__NUMBER_SIZE];
    for (uint64_t i = 0; i < 20000; i++) {
        gan__random_bits(random, 2 * i, 2, words);
        double value, back = 0;
        memcpy(&value, words, sizeof value);
        if (!isfinite(value)) {
            continue;
        }
        (void)gan__number_format(buffer, value);
        ck_assert_uint_lt(strlen(buffer), GAN__NUMBER_SIZE);
        ck_assert_msg(gan__number_parse(buffer, strlen(buffer), &back), "%s", buffer);
        ck_assert_msg(memcmp(&value, &back, sizeof value) == 0, "%s", buffer);
    }
}
END_TEST

START_TEST(test_number_locale)
{
    setenv("LOCPATH", TEST_LOCALE_PATH, 1);
    if (setlocale(LC_ALL, "de_DE.UTF-8") == NULL) {
        return; /* this system cannot make one */
    }
    ck_assert(strtod("1,5", NULL) == 1.5); /* the locale is at work */
    check_formats();
    ck_assert(strtod("1,5", NULL) == 1.5); /* and still is */

    locale_t own = duplocale(LC_GLOBAL_LOCALE);
    setlocale(LC_ALL, "C");
    const locale_t before = uselocale(own);
    check_formats();
    ck_assert(uselocale(NULL) == own);
    uselocale(before);
    freelocale(own);
}
END_TEST

Suite *
numbers_suite(void)
{
    Suite *suite = suite_create("base/numbers");
    TCase *tcase = tcase_create("numbers");
    tcase_add_test(tcase, test_number_parse);
    tcase_add_test(tcase, test_integer_parse);
    tcase_add_test(tcase, test_number_format);
    tcase_add_test(tcase, test_number_environment);
    tcase_add_test(tcase, test_number_round_trip);
    tcase_add_test(tcase, test_number_locale);
    suite_add_tcase(suite, tcase);
    return suite;
}
