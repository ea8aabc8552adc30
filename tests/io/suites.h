#ifndef TESTS_IO_SUITES_H
#define TESTS_IO_SUITES_H

#include <check.h>

Suite *describe_suite(void);
Suite *file_suite(void);
Suite *half_suite(void);
Suite *image_suite(void);
Suite *layer_file_suite(void);
Suite *pytorch_suite(void);
Suite *safetensors_suite(void);
Suite *values_suite(void);

#endif
