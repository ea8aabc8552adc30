/*
 * A run's log: a JSON object a line, each appended by a write() of its own, so that a kill leaves
 * whole lines and at most one torn at the end, which the next resume cuts off.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/number.h"
#include "io/file.h"
#include "base/memory.h"
#include "trainer/run_folder.h"

#define LOG_NAME "log.jsonl"

enum { BLOCK = 4096, HEAD = 40 }; /* what a scan reads at a time; what it looks at of a line */

static gan_status
refused(gan_run *run, int error, const char *what)
{
    char *path = NULL;
    gan_status st = gan__run_path(run, &path, LOG_NAME);

    if (st == GAN_OK) {
        st = gan__run_refused(gan__run_context(run), error, what, path);
    }
    gan__free(gan__run_context(run), path);
    return st;
}

void
gan__run_log_close(gan_run *run)
{
    if (run->log.descriptor >= 0) {
        (void)close(run->log.descriptor);
        run->log.descriptor = -1;
    }
    run->log.torn = false;
}

gan_status
gan__run_log_open(gan_run *run)
{
    struct stat info;
    char *path = NULL;
    gan_status st = gan__run_path(run, &path, LOG_NAME);

    if (st != GAN_OK) {
        return st;
    }
    gan__run_log_close(run);
    do {
        run->log.descriptor =
            open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0666);
    } while (run->log.descriptor < 0 && errno == EINTR);
    if (run->log.descriptor < 0 || fstat(run->log.descriptor, &info) != 0) {
        st = gan__run_refused(gan__run_context(run), errno, "cannot write", path);
    } else if (!S_ISREG(info.st_mode)) {
        st = gan__fail(gan__run_context(run), GAN_E_IO,
                       "cannot write \"%s\": it is not a regular file", path);
    }
    if (st == GAN_OK) {
        run->log.size = info.st_size;
        st = gan__folder_sync(gan__run_context(run), run->folder);
    }
    if (st != GAN_OK) {
        gan__run_log_close(run);
    }
    gan__free(gan__run_context(run), path);
    return st;
}

/* ---- writing ---- */

/* Cut the file back to its whole lines. */
static gan_status
mend(gan_run *run)
{
    int result;

    do {
        result = ftruncate(run->log.descriptor, run->log.size);
    } while (result != 0 && errno == EINTR);
    run->log.torn = result != 0;
    return result == 0 ? GAN_OK : refused(run, errno, "cannot shorten");
}

static gan_status
write_all(gan_run *run, const char *data, size_t bytes)
{
    const char *rest = data;

    while (bytes > 0) {
        const ssize_t written = write(run->log.descriptor, rest, bytes);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written < 0) {
            return refused(run, errno, "cannot write");
        }
        rest += written;
        bytes -= (size_t)written;
    }
    return GAN_OK;
}

/* A file that has lost its name would take lines that nobody sees. */
static gan_status
check_file(gan_run *run)
{
    struct stat info;
    gan_status st;

    if (fstat(run->log.descriptor, &info) != 0) {
        return refused(run, errno, "cannot write");
    }
    if (info.st_nlink > 0) {
        return GAN_OK;
    }
    st = refused(run, ENOENT, "cannot write");
    gan__run_log_close(run); /* the next try makes a new one */
    return st;
}

/* Cut off what gan__run_log_forget_after() said; what is refused is tried again. */
static gan_status
cut_stale(gan_run *run)
{
    const gan_status st = run->log.stale ? gan__run_log_cut(run, run->log.stale_after) : GAN_OK;

    run->log.stale = st != GAN_OK;
    return st;
}

/* Write what waits; what fails goes on waiting. */
static gan_status
flush(gan_run *run)
{
    struct gan__text *waiting = &run->log.waiting;
    gan_status st = GAN_OK;

    GAN__TRY(gan__run_check_lock(run));
    GAN__TRY(cut_stale(run));
    if (run->log.descriptor < 0) {
        GAN__TRY(gan__run_log_open(run));
    }
    GAN__TRY(check_file(run));
    if (run->log.torn) {
        GAN__TRY(mend(run));
    }
    if (waiting->length == 0) {
        return GAN_OK;
    }
    st = write_all(run, waiting->data, waiting->length);
    if (st != GAN_OK) {
        (void)mend(run); /* its failure is tried again before the next line */
        return st;
    }
    run->log.size += (int64_t)waiting->length;
    waiting->length = 0;
    waiting->data[0] = '\0';

fail:
    return st;
}

/* Forget what was added after the first `length` bytes, and that it failed. */
static void
forget(struct gan__text *waiting, size_t length)
{
    waiting->status = GAN_OK;
    waiting->length = length;
    if (waiting->data != NULL) {
        waiting->data[length] = '\0';
    }
}

void
gan__run_log_forget_after(gan_run *run, int64_t step)
{
    const bool earlier = run->log.stale && run->log.stale_after < step;

    gan__run_log_close(run); /* opened again after the cut: its size is another then */
    forget(&run->log.waiting, 0);
    run->log.stale_after = earlier ? run->log.stale_after : step;
    run->log.stale = true;
}

gan_status
gan__run_log_record(gan_run *run, const gan_record *record)
{
    struct gan__text *waiting = &run->log.waiting;
    const size_t length = waiting->length;

    gan__text_add(waiting, "{");
    gan__record_print(waiting, record);
    gan__text_add(waiting, "}\n");
    if (waiting->status != GAN_OK) {
        const gan_status st = waiting->status;
        forget(waiting, length);
        return st;
    }
    return flush(run);
}

gan_status
gan__run_log_line(gan_run *run, const char *object)
{
    struct gan__text *waiting = &run->log.waiting;
    gan_status st = flush(run);

    if (st != GAN_OK) {
        return st;
    }
    gan__text_add(waiting, "%s\n", object);
    st = waiting->status;
    if (st == GAN_OK) {
        st = flush(run);
    }
    if (st != GAN_OK) {
        forget(waiting, 0);
    }
    return st;
}

gan_status
gan__run_log_score(gan_run *run, const struct gan__best *score, bool best)
{
    struct gan__text line;
    gan_status st;

    gan__text_init(&line, gan__run_context(run));
    gan__text_add(&line, "{\"step\":%lld,\"score\":", (long long)score->step);
    gan__text_add_number(&line, score->score);
    gan__text_add(&line, ",\"best\":%s}", best ? "true" : "false");
    st = line.status == GAN_OK ? gan__run_log_line(run, line.data) : line.status;
    gan__text_free(&line);
    return st;
}

gan_status
gan__run_log_sync(gan_run *run)
{
    gan_status st = cut_stale(run);
    int result;

    if (st == GAN_OK && run->log.waiting.length > 0) {
        st = flush(run);
    }
    if (st != GAN_OK) {
        return st;
    }
    if (run->log.descriptor < 0) {
        return GAN_OK;
    }
    do {
        result = fsync(run->log.descriptor);
    } while (result != 0 && errno == EINTR);
    /* File systems that cannot sync say EINVAL or the like. */
    if (result != 0 && (errno == EIO || errno == ENOSPC || errno == EDQUOT)) {
        return refused(run, errno, "cannot write");
    }
    return GAN_OK;
}

/* ---- cutting off what a resumed run takes again ---- */

struct scan {
    int64_t step;      /* later lines go */
    uint64_t keep;     /* bytes up to the end of the last line that stays */
    uint64_t position; /* of the byte that comes next */
    char head[HEAD];   /* the line's beginning */
    size_t length;
    bool found; /* the first line that goes */
};

/* Whether a line's beginning says a step later than `step`; another program's line does not. */
static bool
is_later(const struct scan *scan)
{
    static const char start[] = "{\"step\":";
    const size_t skip = sizeof start - 1;
    size_t digits = 0;
    int64_t step;

    if (scan->length < skip || memcmp(scan->head, start, skip) != 0) {
        return false;
    }
    while (skip + digits < scan->length && scan->head[skip + digits] >= '0' &&
           scan->head[skip + digits] <= '9') {
        digits++;
    }
    return gan__integer_parse(scan->head + skip, digits, &step) && step > scan->step;
}

static void
scan_block(struct scan *scan, const char *block, size_t size)
{
    for (size_t i = 0; i < size && !scan->found; i++) {
        scan->position++;
        if (block[i] != '\n') {
            if (scan->length < HEAD) {
                scan->head[scan->length++] = block[i];
            }
            continue;
        }
        if (is_later(scan)) {
            scan->found = true;
        } else {
            scan->keep = scan->position;
        }
        scan->length = 0;
    }
}

gan_status
gan__run_log_cut(gan_run *run, int64_t step)
{
    gan_context *ctx = gan__run_context(run);
    struct scan scan = {.step = step};
    struct gan__file_reader reader = {.descriptor = -1};
    char block[BLOCK], *path = NULL;
    size_t got = BLOCK;
    gan_status st = GAN_OK;

    GAN__TRY(gan__run_path(run, &path, LOG_NAME));
    if (access(path, F_OK) != 0 && errno == ENOENT) {
        goto fail;
    }
    GAN__TRY(gan__file_reader_open(&reader, ctx, path));
    while (got == BLOCK && !scan.found) {
        GAN__TRY(gan__file_reader_read(&reader, block, BLOCK, &got));
        scan_block(&scan, block, got);
    }
    if (scan.keep < reader.size && truncate(path, (off_t)scan.keep) != 0) {
        GAN__TRY(gan__run_refused(ctx, errno, "cannot shorten", path));
    }

fail:
    gan__file_reader_close(&reader);
    gan__free(ctx, path);
    return st;
}
