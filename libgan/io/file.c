/*
 * Safe files over POSIX calls. A new file is written under a temporary name in the same folder,
 * synced, renamed over the old one, and the folder is synced: after a crash at any moment there is
 * the old file or the new one, whole.
 */
#include "io/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/context.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/text.h"

enum { LINKS_MAX = 40, TEMPORARY_TRIES = 100, LINK_SIZE = 4096 };

/* GAN_E_IO "<what> "<path>": <the system's words for error>". */
static gan_status
fail_system(gan_context *ctx, int error, const char *what, const char *path)
{
    char words[GAN__ERROR_TEXT_SIZE];
    return gan__fail(ctx, GAN_E_IO, "%s \"%s\": %s", what, path, gan__error_text(words, error));
}

/* The length of the folder part of a path, last slash included; 0 for a bare name. */
static size_t
folder_length(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? 0 : (size_t)(slash - path) + 1;
}

/* "<folder of path><name>", allocated. */
static gan_status
beside(gan_context *ctx, char **out, const char *path, const char *name)
{
    const size_t folder = name[0] == '/' ? 0 : folder_length(path);
    const size_t length = strlen(name);
    char *joined = gan__alloc(ctx, folder + length + 1);
    if (joined == NULL) {
        return GAN_E_NOMEM;
    }
    memcpy(joined, path, folder);
    memcpy(joined + folder, name, length + 1);
    *out = joined;
    return GAN_OK;
}

/* Replace *path by what the symbolic link of that name points at. */
static gan_status
follow_link(gan_context *ctx, char **path)
{
    char target[LINK_SIZE];
    const ssize_t length = readlink(*path, target, sizeof target);
    if (length < 0) {
        return fail_system(ctx, errno, "cannot follow the link", *path);
    }
    if ((size_t)length == sizeof target) {
        return fail_system(ctx, ENAMETOOLONG, "cannot follow the link", *path);
    }
    target[length] = '\0';

    char *followed = NULL;
    const gan_status st = beside(ctx, &followed, *path, target);
    if (st == GAN_OK) {
        gan__free(ctx, *path);
        *path = followed;
    }
    return st;
}

/*
 * Follow symbolic links to the file itself, so that a link stays a link, and refuse what a rename
 * must not replace. *mode: the old file's permissions, or what a new file gets (before the umask).
 */
static gan_status
find_target(gan_context *ctx, char **path, mode_t *mode, bool *exists)
{
    struct stat info;

    for (int links = 0;; links++) {
        if (lstat(*path, &info) != 0) {
            if (errno != ENOENT) {
                return fail_system(ctx, errno, "cannot write", *path);
            }
            *mode = 0666;
            *exists = false;
            return GAN_OK;
        }
        if (!S_ISLNK(info.st_mode)) {
            break;
        }
        if (links == LINKS_MAX) {
            return fail_system(ctx, ELOOP, "cannot write", *path);
        }
        const gan_status st = follow_link(ctx, path);
        if (st != GAN_OK) {
            return st;
        }
    }
    if (!S_ISREG(info.st_mode)) {
        return gan__fail(ctx, GAN_E_IO, "cannot write \"%s\": it is %s, not a regular file", *path,
                         S_ISDIR(info.st_mode) ? "a folder" : "a device, a pipe or a socket");
    }
    /* A rename needs no permission on the file that it replaces; a read-only file is meant to
     * stay. */
    if (faccessat(AT_FDCWD, *path, W_OK, AT_EACCESS) != 0) {
        return fail_system(ctx, errno, "cannot write", *path);
    }
    *mode = info.st_mode & 0777;
    *exists = true;
    return GAN_OK;
}

/* ".gan-<process>-<seconds>-<nanoseconds>-<try>.tmp", as open_temporary() makes them. */
bool
gan__file_is_temporary(const char *name, long *process)
{
    static const char *const sets[] = {"0123456789", "0123456789abcdef", "0123456789abcdef",
                                       "0123456789"};
    static const char start[] = ".gan-";
    const char *at = name;
    int64_t number;

    if (strncmp(name, start, sizeof start - 1) != 0) {
        return false;
    }
    at += sizeof start - 1;
    if (strspn(at, sets[0]) > 10 || !gan__integer_parse(at, strspn(at, sets[0]), &number)) {
        return false;
    }
    for (int i = 0; i < 4; i++) {
        const size_t length = strspn(at, sets[i]);
        if (length == 0 || (i < 3 && at[length] != '-')) {
            return false;
        }
        at += length + (i < 3);
    }
    *process = (long)number;
    return strcmp(at, ".tmp") == 0;
}

/* Create a file of a name that nobody has, in the folder of writer->path. */
static gan_status
open_temporary(struct gan__file_writer *writer, mode_t mode)
{
    struct timespec now = {0};
    char name[96];

    (void)clock_gettime(CLOCK_REALTIME, &now);
    for (int try = 0; try < TEMPORARY_TRIES; try++) {
        (void)snprintf(name, sizeof name, ".gan-%ld-%llx-%lx-%d.tmp", (long)getpid(),
                       (unsigned long long)now.tv_sec, (unsigned long)now.tv_nsec, try);
        const gan_status st = beside(writer->ctx, &writer->temporary, writer->path, name);
        if (st != GAN_OK) {
            return st;
        }
        do {
            writer->descriptor =
                open(writer->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
        } while (writer->descriptor < 0 && errno == EINTR);
        if (writer->descriptor >= 0) {
            return GAN_OK;
        }
        const int error = errno;
        gan__free(writer->ctx, writer->temporary);
        writer->temporary = NULL;
        if (error != EEXIST) {
            return fail_system(writer->ctx, error, "cannot write", writer->path);
        }
    }
    return fail_system(writer->ctx, EEXIST, "cannot make a temporary file beside", writer->path);
}

gan_status
gan__file_writer_open(struct gan__file_writer *writer, gan_context *ctx, const char *path)
{
    gan_status st = GAN_OK;
    mode_t mode = 0;
    bool exists = false;

    *writer = (struct gan__file_writer){.ctx = ctx, .descriptor = -1};
    writer->path = gan__strdup(ctx, path);
    if (writer->path == NULL) {
        return GAN_E_NOMEM;
    }
    GAN__TRY(find_target(ctx, &writer->path, &mode, &exists));
    GAN__TRY(open_temporary(writer, mode));
    /* The umask has taken bits that the old file had. */
    if (exists && fchmod(writer->descriptor, mode) != 0) {
        GAN__TRY(fail_system(ctx, errno, "cannot set the permissions of", writer->temporary));
    }
    return GAN_OK;

fail:
    gan__file_writer_abandon(writer);
    return st;
}

gan_status
gan__file_writer_write(struct gan__file_writer *writer, const void *data, size_t bytes)
{
    const unsigned char *rest = data;

    while (bytes > 0) {
        const ssize_t written = write(writer->descriptor, rest, bytes);
        if (written < 0) {
            if (errno == EINTR) {
                continue;
            }
            return fail_system(writer->ctx, errno, "cannot write", writer->path);
        }
        rest += written;
        bytes -= (size_t)written;
    }
    return GAN_OK;
}

gan_status
gan__file_writer_seek(struct gan__file_writer *writer, uint64_t position)
{
    if (position > INT64_MAX ||
        lseek(writer->descriptor, (off_t)position, SEEK_SET) != (off_t)position) {
        return fail_system(writer->ctx, position > INT64_MAX ? EINVAL : errno, "cannot write",
                           writer->path);
    }
    return GAN_OK;
}

static int
sync_descriptor(int descriptor)
{
    int result;
    do {
        result = fsync(descriptor);
    } while (result != 0 && errno == EINTR);
    return result;
}

/* The folder of a file, to be synced; -1 where it may be written to but not read, which cannot be
 * synced. */
static gan_status
open_folder(const struct gan__file_writer *writer, int *descriptor)
{
    char *folder = NULL;
    const gan_status st = beside(writer->ctx, &folder, writer->path, ".");
    if (st == GAN_OK) {
        *descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        gan__free(writer->ctx, folder);
    }
    return st;
}

gan_status
gan__file_writer_commit(struct gan__file_writer *writer)
{
    gan_context *ctx = writer->ctx;
    gan_status st = GAN_OK;
    int folder = -1;

    if (!writer->folder_later) {
        GAN__TRY(open_folder(writer, &folder));
    }
    if (sync_descriptor(writer->descriptor) != 0) {
        GAN__TRY(fail_system(ctx, errno, "cannot write", writer->path));
    }
    /* Some network file systems say only here that the quota is used up. After EINTR the descriptor
     * is closed. */
    const int closed = close(writer->descriptor);
    writer->descriptor = -1;
    if (closed != 0 && errno != EINTR) {
        GAN__TRY(fail_system(ctx, errno, "cannot write", writer->path));
    }
    if (rename(writer->temporary, writer->path) != 0) {
        GAN__TRY(fail_system(ctx, errno, "cannot write", writer->path));
    }
    gan__free(ctx, writer->temporary);
    writer->temporary = NULL; /* so that nothing is removed from here on */

    /* File systems that cannot sync a folder say EINVAL or the like. */
    if (folder >= 0 && sync_descriptor(folder) != 0 && (errno == EIO || errno == ENOSPC)) {
        GAN__TRY(fail_system(ctx, errno, "the new file may be lost with the power:", writer->path));
    }

fail:
    if (folder >= 0) {
        (void)close(folder);
    }
    gan__file_writer_abandon(writer);
    return st;
}

void
gan__file_writer_abandon(struct gan__file_writer *writer)
{
    if (writer->descriptor >= 0) {
        (void)close(writer->descriptor);
        writer->descriptor = -1;
    }
    if (writer->temporary != NULL) {
        (void)unlink(writer->temporary);
        gan__free(writer->ctx, writer->temporary);
        writer->temporary = NULL;
    }
    gan__free(writer->ctx, writer->path);
    writer->path = NULL;
}

gan_status
gan__file_reader_open(struct gan__file_reader *reader, gan_context *ctx, const char *path)
{
    struct stat info;

    *reader = (struct gan__file_reader){.ctx = ctx, .path = path, .descriptor = -1};
    do {
        /* O_NONBLOCK: opening a pipe that nobody writes to must not wait. */
        reader->descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    } while (reader->descriptor < 0 && errno == EINTR);
    if (reader->descriptor < 0) {
        return fail_system(ctx, errno, "cannot read", path);
    }
    if (fstat(reader->descriptor, &info) != 0) {
        const int error = errno;
        gan__file_reader_close(reader);
        return fail_system(ctx, error, "cannot read", path);
    }
    if (!S_ISREG(info.st_mode)) {
        gan__file_reader_close(reader);
        return gan__fail(ctx, GAN_E_IO, "cannot read \"%s\": it is %s, not a regular file", path,
                         S_ISDIR(info.st_mode) ? "a folder" : "a device, a pipe or a socket");
    }
    reader->size = (uint64_t)info.st_size;
    return GAN_OK;
}

void
gan__file_reader_open_memory(struct gan__file_reader *reader, gan_context *ctx, const char *name,
                             const void *data, size_t size)
{
    *reader = (struct gan__file_reader){
        .ctx = ctx, .path = name, .descriptor = -1, .memory = data, .size = size};
}

gan_status
gan__file_reader_read(struct gan__file_reader *reader, void *data, size_t bytes, size_t *got)
{
    unsigned char *to = data;

    *got = 0;
    if (reader->descriptor < 0) {
        const uint64_t left = reader->position < reader->size ? reader->size - reader->position : 0;
        *got = left < bytes ? (size_t)left : bytes;
        if (*got > 0) {
            memcpy(to, reader->memory + reader->position, *got);
        }
        reader->position += *got;
        return GAN_OK;
    }
    while (*got < bytes) {
        const ssize_t count = read(reader->descriptor, to + *got, bytes - *got);
        if (count < 0) {
            if (errno == EINTR) {
                continue;
            }
            return fail_system(reader->ctx, errno, "cannot read", reader->path);
        }
        if (count == 0) {
            break;
        }
        *got += (size_t)count;
        reader->position += (size_t)count;
    }
    return GAN_OK;
}

gan_status
gan__file_reader_seek(struct gan__file_reader *reader, uint64_t position)
{
    if (reader->descriptor >= 0 &&
        (position > INT64_MAX ||
         lseek(reader->descriptor, (off_t)position, SEEK_SET) != (off_t)position)) {
        return fail_system(reader->ctx, position > INT64_MAX ? EINVAL : errno, "cannot read",
                           reader->path);
    }
    reader->position = position;
    return GAN_OK;
}

void
gan__file_reader_close(struct gan__file_reader *reader)
{
    if (reader->descriptor >= 0) {
        (void)close(reader->descriptor);
        reader->descriptor = -1;
    }
}
