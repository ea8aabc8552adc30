/* The kernels against their naive references, bit for bit, on each instruction set and several numbers of threads. */
#include "contexts.h"

int
main(void)
{
    Suite *const suites[] = {suite_elementwise(), suite_reduce(), suite_batch_norm(), suite_matmul(), suite_accuracy()};
    return run_suites(suites, sizeof suites / sizeof suites[0]);
}
