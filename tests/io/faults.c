/* The wrappers; see faults.h. */
#include "faults.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/types.h>
#include <time.h>

struct faults faults;

ssize_t __real_write(int descriptor, const void *data, size_t bytes);
ssize_t __real_read(int descriptor, void *data, size_t bytes);
int __real_fsync(int descriptor);
int __real_close(int descriptor);
int __real_rename(const char *from, const char *to);
int __real_clock_gettime(clockid_t clock, struct timespec *now);

ssize_t __wrap_write(int descriptor, const void *data, size_t bytes);
ssize_t __wrap_read(int descriptor, void *data, size_t bytes);
int __wrap_fsync(int descriptor);
int __wrap_close(int descriptor);
int __wrap_rename(const char *from, const char *to);
int __wrap_clock_gettime(clockid_t clock, struct timespec *now);

void
faults_clear(void)
{
    memset(&faults, 0, sizeof faults);
}

static bool
interrupt(void)
{
    if (faults.interrupted > 0) {
        faults.interrupted--;
        errno = EINTR;
        return true;
    }
    return false;
}

static size_t
piece(size_t bytes)
{
    return faults.piece > 0 && bytes > (size_t)faults.piece ? (size_t)faults.piece : bytes;
}

ssize_t
__wrap_write(int descriptor, const void *data, size_t bytes)
{
    if (interrupt()) {
        return -1;
    }
    bytes = piece(bytes);
    if (faults.write_error != 0) {
        if (faults.write_after <= 0) {
            errno = faults.write_error;
            return -1;
        }
        bytes = bytes < (size_t)faults.write_after ? bytes : (size_t)faults.write_after;
        faults.write_after -= (int64_t)bytes;
    }
    return __real_write(descriptor, data, bytes);
}

ssize_t
__wrap_read(int descriptor, void *data, size_t bytes)
{
    if (interrupt()) {
        return -1;
    }
    if (faults.read_error != 0) {
        errno = faults.read_error;
        return -1;
    }
    return __real_read(descriptor, data, piece(bytes));
}

int
__wrap_fsync(int descriptor)
{
    if (interrupt()) {
        return -1;
    }
    if (faults.fsync_error != 0 && faults.fsync_skip-- <= 0) {
        errno = faults.fsync_error;
        return -1;
    }
    return __real_fsync(descriptor);
}

int
__wrap_close(int descriptor)
{
    const int result = __real_close(descriptor);
    if (faults.close_error != 0) {
        errno = faults.close_error;
        return -1;
    }
    return result;
}

int
__wrap_rename(const char *from, const char *to)
{
    if (faults.rename_error != 0) {
        errno = faults.rename_error;
        return -1;
    }
    return __real_rename(from, to);
}

int
__wrap_clock_gettime(clockid_t clock, struct timespec *now)
{
    if (faults.clock_stopped != 0) {
        now->tv_sec = 1;
        now->tv_nsec = 1;
        return 0;
    }
    return __real_clock_gettime(clock, now);
}
