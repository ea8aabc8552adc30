/* Values in files of other programs' and of parts: one program of some suites. */
#include "suites.h"

#include "support.h"

int
main(void)
{
    Suite *const suites[] = {pytorch_suite(), values_suite(), describe_suite()};

    return run_suites(suites, sizeof suites / sizeof suites[0]);
}
