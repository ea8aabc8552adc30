/*
 * Layers and networks: one program over all suites of this folder.
 */
#include "layers/suites.h"

int
main(void)
{
    Suite *suite = suite_create("layers");

    suite_add_tcase(suite, text_tests());
    suite_add_tcase(suite, build_tests());
    suite_add_tcase(suite, naive_tests());
    suite_add_tcase(suite, run_tests());
    suite_add_tcase(suite, generate_tests());
    suite_add_tcase(suite, generate_noise_tests());
    suite_add_tcase(suite, gradient_tests());
    suite_add_tcase(suite, user_tests());
    suite_add_tcase(suite, failure_tests());
    suite_add_tcase(suite, oracle_tests());
    suite_add_tcase(suite, norm_tests());
    suite_add_tcase(suite, batch_tests());
    suite_add_tcase(suite, preset_tests());
    return run_suites(&suite, 1);
}
