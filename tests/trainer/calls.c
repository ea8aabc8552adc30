/* The wrappers; see calls.h. */
#include "calls.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

struct calls calls;
static int log_descriptor = -1;

int __real_open(const char *path, int flags, ...);
ssize_t __real_write(int descriptor, const void *data, size_t bytes);
int __real_rename(const char *from, const char *to);
int __real_unlink(const char *path);
int __real_ftruncate(int descriptor, off_t length);
int __real_truncate(const char *path, off_t length);
int __real_clock_gettime(clockid_t clock, struct timespec *now);

int __wrap_open(const char *path, int flags, ...);
ssize_t __wrap_write(int descriptor, const void *data, size_t bytes);
int __wrap_fsync(int descriptor);
int __wrap_rename(const char *from, const char *to);
int __wrap_unlink(const char *path);
int __wrap_ftruncate(int descriptor, off_t length);
int __wrap_truncate(const char *path, off_t length);
int __wrap_clock_gettime(clockid_t clock, struct timespec *now);

void
calls_clear(void)
{
    memset(&calls, 0, sizeof calls);
}

static void
die(void)
{
    (void)kill(getpid(), SIGKILL);
    for (;;) {
        (void)pause();
    }
}

/* Count a call; whether it is to fail. */
static bool
fails(void)
{
    calls.count++;
    if (calls.fail_at > 0 && calls.count >= calls.fail_at &&
        calls.count <= calls.fail_at + calls.fail_many) {
        errno = calls.error;
        return true;
    }
    return false;
}

static bool
dies(void)
{
    return calls.kill_at > 0 && calls.count == calls.kill_at;
}

static bool
interrupt(void)
{
    if (calls.interrupted > 0) {
        calls.interrupted--;
        errno = EINTR;
        return true;
    }
    return false;
}

int
__wrap_open(const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    const mode_t mode = (flags & O_CREAT) != 0 ? (mode_t)va_arg(arguments, unsigned) : 0;
    va_end(arguments);

    if ((flags & O_CREAT) != 0) {
        if (fails()) {
            return -1;
        }
        if (dies()) {
            die();
        }
    }
    const int descriptor = __real_open(path, flags, mode);
    if ((flags & O_APPEND) != 0) {
        log_descriptor = descriptor;
    }
    return descriptor;
}

ssize_t
__wrap_write(int descriptor, const void *data, size_t bytes)
{
    if (descriptor <= 2) { /* Check's own */
        return __real_write(descriptor, data, bytes);
    }
    if (interrupt()) {
        return -1;
    }
    if (!calls.leave_out_log || descriptor != log_descriptor) {
        if (fails()) {
            return -1;
        }
        if (dies()) {
            (void)!__real_write(descriptor, data, bytes / 2);
            die();
        }
    }
    if (calls.piece > 0 && bytes > (size_t)calls.piece) {
        bytes = (size_t)calls.piece;
    }
    return __real_write(descriptor, data, bytes);
}

int
__wrap_fsync(int descriptor)
{
    (void)descriptor;
    if (interrupt() || fails()) {
        return -1;
    }
    if (dies()) {
        die();
    }
    return 0; /* waiting for the disk would prove nothing here */
}

int
__wrap_rename(const char *from, const char *to)
{
    if (fails()) {
        return -1;
    }
    if (dies()) {
        if (calls.kill_at % 2 == 0) {
            (void)__real_rename(from, to);
        }
        die();
    }
    return __real_rename(from, to);
}

int
__wrap_unlink(const char *path)
{
    if (fails()) {
        return -1;
    }
    if (dies()) {
        die();
    }
    return __real_unlink(path);
}

int
__wrap_ftruncate(int descriptor, off_t length)
{
    if (fails()) {
        return -1;
    }
    if (dies()) {
        die();
    }
    return __real_ftruncate(descriptor, length);
}

int
__wrap_truncate(const char *path, off_t length)
{
    if (fails()) {
        return -1;
    }
    if (dies()) {
        die();
    }
    return __real_truncate(path, length);
}

int
__wrap_clock_gettime(clockid_t clock, struct timespec *now)
{
    const int result = __real_clock_gettime(clock, now);
    if (clock == CLOCK_MONOTONIC) {
        now->tv_sec += (time_t)calls.ahead;
    }
    return result;
}
