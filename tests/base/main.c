/* Tests of libgan/base: no tensors, no kernels, no public context. */
#include "suites.h"

int
main(void)
{
    Suite *suites[] = {calls_suite(),   heap_suite(),      kinds_suite(),   memory_suite(),
                       numbers_suite(), objects_suite(),   options_suite(), pool_suite(),
                       random_suite(),  schedules_suite(), text_suite()};
    return run_suites(suites, (int)(sizeof suites / sizeof suites[0]));
}
