/*
 * A system that refuses: the linker sends these calls of the code under test through wrappers (-Wl,--wrap).
 */
#ifndef TESTS_IO_FAULTS_H
#define TESTS_IO_FAULTS_H

#include <stdint.h>

/* errno values, 0: the call goes through. Zeroed by faults_clear. */
struct faults {
    int write_error, fsync_error, close_error, rename_error, read_error;
    int64_t write_after; /* bytes that are written before write_error */
    int interrupted;     /* so many calls of write, read, fsync fail with EINTR first */
    int64_t piece;       /* write and read move at most so many bytes; 0: no limit */
    int clock_stopped;   /* clock_gettime gives the same time again and again */
    int fsync_skip;      /* so many calls of fsync go through before fsync_error */
};

extern struct faults faults;

void faults_clear(void);

#endif
