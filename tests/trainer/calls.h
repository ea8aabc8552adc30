/*
 * System calls that change files, counted: the linker sends those of the code under test through
 * wrappers (-Wl,--wrap). The n-th one fails, or the process is killed in it.
 */
#ifndef TESTS_TRAINER_CALLS_H
#define TESTS_TRAINER_CALLS_H

#include <stdint.h>

struct calls {
    int64_t count;     /* so far; without writes to log.jsonl if they are left out */
    int64_t fail_at;   /* the call of this number (from 1) fails; 0: none */
    int64_t fail_many; /* and so many after it */
    int error;         /* with this errno */
    int64_t kill_at;   /* SIGKILL in the call of this number; of a write half is done; 0: none */
    int leave_out_log;
    int interrupted; /* so many calls of write and fsync fail with EINTR first */
    int piece;       /* write writes at most so many bytes; 0: no limit */
    double ahead;    /* seconds that are added to the monotonic clock */
};

extern struct calls calls;

void calls_clear(void);

#endif
