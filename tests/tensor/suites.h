#ifndef TESTS_TENSOR_SUITES_H
#define TESTS_TENSOR_SUITES_H

#include "support.h"

Suite *state_suite(void);

#endif
