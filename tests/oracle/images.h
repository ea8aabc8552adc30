/* Made by make_images.py with NumPy 2.4.6: don't edit. */
#ifndef TESTS_ORACLE_IMAGES_H
#define TESTS_ORACLE_IMAGES_H

#include <stdint.h>

/* dictionary: from byte 10 on, without the spaces and the line's end after it */
static const struct {
    const char *descr;
    int32_t rank;
    int64_t shape[4];
    uint32_t size;
    const char *dictionary;
} npy_headers[] = {
    {"|u1", 4, {INT64_C(1), INT64_C(1), INT64_C(1), INT64_C(1)}, 128,
     "{'descr': '|u1', 'fortran_order': False, 'shape': (1, 1, 1, 1), }"},
    {"<f4", 4, {INT64_C(1), INT64_C(1), INT64_C(1), INT64_C(1)}, 128,
     "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1, 1, 1), }"},
    {"|u1", 4, {INT64_C(64), INT64_C(28), INT64_C(28), INT64_C(1)}, 128,
     "{'descr': '|u1', 'fortran_order': False, 'shape': (64, 28, 28, 1), }"},
    {"<f4", 4, {INT64_C(64), INT64_C(28), INT64_C(28), INT64_C(1)}, 128,
     "{'descr': '<f4', 'fortran_order': False, 'shape': (64, 28, 28, 1), }"},
    {"|u1", 4, {INT64_C(2), INT64_C(3), INT64_C(4), INT64_C(5)}, 128,
     "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3, 4, 5), }"},
    {"<f4", 4, {INT64_C(2), INT64_C(3), INT64_C(4), INT64_C(5)}, 128,
     "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3, 4, 5), }"},
    {"|u1", 4, {INT64_C(50000), INT64_C(32), INT64_C(32), INT64_C(3)}, 128,
     "{'descr': '|u1', 'fortran_order': False, 'shape': (50000, 32, 32, 3), }"},
    {"<f4", 4, {INT64_C(50000), INT64_C(32), INT64_C(32), INT64_C(3)}, 128,
     "{'descr': '<f4', 'fortran_order': False, 'shape': (50000, 32, 32, 3), }"},
    {"|u1", 1, {INT64_C(7)}, 128,
     "{'descr': '|u1', 'fortran_order': False, 'shape': (7,), }"},
    {"<f4", 1, {INT64_C(7)}, 128,
     "{'descr': '<f4', 'fortran_order': False, 'shape': (7,), }"},
    {"|u1", 2, {INT64_C(1000), INT64_C(128)}, 128,
     "{'descr': '|u1', 'fortran_order': False, 'shape': (1000, 128), }"},
    {"<f4", 2, {INT64_C(1000), INT64_C(128)}, 128,
     "{'descr': '<f4', 'fortran_order': False, 'shape': (1000, 128), }"},
    {"|u1", 4, {INT64_C(123456789), INT64_C(299), INT64_C(299), INT64_C(3)}, 128,
     "{'descr': '|u1', 'fortran_order': False, 'shape': (123456789, 299, 299, 3), }"},
    {"<f4", 4, {INT64_C(123456789), INT64_C(299), INT64_C(299), INT64_C(3)}, 128,
     "{'descr': '<f4', 'fortran_order': False, 'shape': (123456789, 299, 299, 3), }"},
};

#endif
