/* autograd: every op of the list, the engine, and what graphs hold in memory. */
#include "op_case.h"

int
main(void)
{
    Suite *const suites[] = {ops_suite(), torch_suite(), engine_suite(), graph_memory_suite()};
    return run_suites(suites, 4);
}
