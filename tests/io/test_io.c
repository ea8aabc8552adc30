/* io: the safe writer, pictures, safetensors, networks as files. */
#include "suites.h"

#include "support.h"

int
main(void)
{
    Suite *const suites[] = {file_suite(), half_suite(), image_suite(), safetensors_suite(),
                             layer_file_suite()};
    return run_suites(suites, sizeof suites / sizeof suites[0]);
}
