/* What the harness checks of one variant of an op. */
#ifndef TESTS_AUTOGRAD_HARNESS_H
#define TESTS_AUTOGRAD_HARNESS_H

#include "op_case.h"

void check_values(const struct op_case *op, int32_t variant);
void check_first_derivatives(const struct op_case *op, int32_t variant);
void check_second_derivatives(const struct op_case *op, int32_t variant);
void check_linearity(const struct op_case *op, int32_t variant);
void check_nothing_recorded(const struct op_case *op, int32_t variant);
void check_arguments(const struct op_case *op);
void check_allocation_failures(const struct op_case *op);

#endif
