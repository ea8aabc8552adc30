#ifndef TESTS_IO_IMAGE_SUITES_H
#define TESTS_IO_IMAGE_SUITES_H

#include <check.h>

Suite *image_formats_suite(void);
Suite *animate_suite(void);

#endif
