/* Measures of distances, kernels, classes and covariances. */
#include "support.h"

Suite *distances_suite(void);
Suite *modes_suite(void);
Suite *fid_suite(void);
Suite *values_suite(void);

int
main(void)
{
    Suite *const suites[] = {distances_suite(), modes_suite(), fid_suite(), values_suite()};
    return run_suites(suites, sizeof suites / sizeof suites[0]);
}
