/* Tests of judges and of sets of features. */
#include "features_suites.h"

int
main(void)
{
    Suite *suites[] = {feature_rows_suite(), feature_files_suite(), judge_suite(),
                       judge_bits_suite()};

    return run_suites(suites, (int)(sizeof suites / sizeof suites[0]));
}
