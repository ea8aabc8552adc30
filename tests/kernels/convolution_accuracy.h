/* How far the convolution products are from the exact ones; for test_convolution.c. */
#ifndef TESTS_KERNELS_CONVOLUTION_ACCURACY_H
#define TESTS_KERNELS_CONVOLUTION_ACCURACY_H

#include <check.h>

Suite *convolution_accuracy_suite(void);

#endif
