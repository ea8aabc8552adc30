/* io: pictures as arrays, folders and animations. */
#include "image_suites.h"

#include "support.h"

int
main(void)
{
    Suite *const suites[] = {image_formats_suite(), animate_suite()};
    return run_suites(suites, sizeof suites / sizeof suites[0]);
}
