/* Pictures: decoding, resizing, folders of them. */
#include "support.h"

Suite *picture_suite(void);
Suite *resize_suite(void);
Suite *folder_suite(void);

int
main(void)
{
    Suite *const suites[] = {picture_suite(), resize_suite(), folder_suite()};
    return run_suites(suites, 3);
}
