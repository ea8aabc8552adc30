/* Pictures: decoding, resizing, folders of them. */
#include "support.h"

#include "io/picture.h"

Suite *picture_suite(void);
Suite *resize_suite(void);
Suite *folder_suite(void);

#ifdef GAN_HAVE_JPEG
int
main(void)
{
    Suite *const suites[] = {picture_suite(), resize_suite(), folder_suite()};
    return run_suites(suites, 3);
}
#else
/* Most of the pictures are JPEG, or lie beside some. */
START_TEST(test_refused)
{
    static const uint8_t jpeg[] = {0xff, 0xd8, 0xff, 0xe0};
    const struct gan__picture_options options = {.channels = 3, .max_pixels = 100};
    struct gan__picture picture = {0};
    char sentence[GAN__PICTURE_SENTENCE];

    ck_assert_int_eq(gan__picture_decode(&picture, jpeg, sizeof jpeg, &options, sentence),
                     GAN_E_UNSUPPORTED);
    ck_assert_ptr_nonnull(strstr(sentence, "without libjpeg"));
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("no JPEG");
    TCase *tests = tcase_create("no JPEG");

    tcase_add_test(tests, test_refused);
    suite_add_tcase(suite, tests);
    Suite *const suites[] = {suite, resize_suite()};
    return run_suites(suites, 2);
}
#endif
