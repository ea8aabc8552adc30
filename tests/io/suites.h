#ifndef TESTS_IO_SUITES_H
#define TESTS_IO_SUITES_H

#include <check.h>

Suite *file_suite(void);
Suite *half_suite(void);
Suite *image_suite(void);
Suite *layer_file_suite(void);
Suite *safetensors_suite(void);

#endif
