/* The kernels against their naive references, bit for bit, on each instruction set and several numbers of threads. */
#include "contexts.h"

/* Contexts are made once a suite, which runs in this process; what limits the memory runs in children. */
static int
run(Suite *suite, enum fork_status fork_status)
{
    SRunner *const runner = srunner_create(suite);
    srunner_set_fork_status(runner, fork_status);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed;
}

int
main(void)
{
    int failed = run(suite_matmul_memory(), CK_FORK);
    failed += run(suite_elementwise(), CK_NOFORK);
    failed += run(suite_reduce(), CK_NOFORK);
    failed += run(suite_batch_norm(), CK_NOFORK);
    failed += run(suite_matmul(), CK_NOFORK);
    failed += run(suite_windows(), CK_NOFORK);
    failed += run(suite_accuracy(), CK_NOFORK);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
