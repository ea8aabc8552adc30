/* Run folders: opening one, its lock, and the small calls on paths that the other files share. */
#define _XOPEN_SOURCE 700 /* realpath() */
#include "trainer/run_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/number.h"
#include "io/file.h"

#define RUN_OPTION(member, of_type)                                                                \
    .name = #member, .type = GAN__OPTION_##of_type,                                                \
    .offset = offsetof(struct gan__run_options, member)

/* clang-format off */
const struct gan__option gan__run_options[] = {
    {RUN_OPTION(checkpoint_every, INT), .minimum = 0, .maximum = 1e15, .fallback = "0",
     .doc = "steps from one checkpoint to the next, 0 for none"},
    {RUN_OPTION(checkpoint_seconds, REAL), .minimum = 0, .maximum = 1e15, .fallback = "300",
     .doc = "seconds from one checkpoint to the next, 0 for none"},
    {RUN_OPTION(keep, INT), .minimum = 1, .maximum = 1e9, .fallback = "2",
     .doc = "how many of the last checkpoints stay"},
    {RUN_OPTION(log_every, INT), .minimum = 0, .maximum = 1e15, .fallback = "1",
     .doc = "steps from one line of the log to the next, 0 for no log"},
    {RUN_OPTION(samples, INT), .minimum = 0, .maximum = 1 << 20, .fallback = "64",
     .doc = "pictures of a grid, 0 for no grids"},
    {RUN_OPTION(best, CHOICE), .fallback = "lowest", .choices = "lowest|highest",
     .doc = "which score is the best"},
    GAN__OPTION_END};
/* clang-format on */

void
gan__run_document(struct gan__text *out)
{
    gan__options_document(out, gan__run_options);
}

/* ---- what the other files share ---- */

gan_status
gan__run_refused(gan_context *ctx, int error, const char *what, const char *path)
{
    char words[GAN__ERROR_TEXT_SIZE];
    return gan__fail(ctx, GAN_E_IO, "%s \"%s\": %s", what, path, gan__error_text(words, error));
}

gan_status
gan__run_path(const gan_run *run, char **path, const char *name)
{
    const size_t folder = strlen(run->folder), length = strlen(name);
    char *joined = gan__alloc(gan__run_context(run), folder + length + 2);

    *path = joined;
    if (joined == NULL) {
        return GAN_E_NOMEM;
    }
    memcpy(joined, run->folder, folder);
    joined[folder] = '/';
    memcpy(joined + folder + 1, name, length + 1);
    return GAN_OK;
}

gan_status
gan__run_check_lock(const gan_run *run)
{
    gan_context *ctx = gan__run_context(run);
    struct stat info;

    if (getpid() != run->process) {
        return gan__fail(ctx, GAN_E_STATE,
                         "the run folder \"%s\" was opened by process %ld, and this is its child "
                         "%ld: only one can use it",
                         run->folder, (long)run->process, (long)getpid());
    }
    if (stat(run->lock_path, &info) != 0) {
        return gan__run_refused(ctx, errno, "the run folder has gone: cannot find", run->lock_path);
    }
    if (info.st_dev != run->lock_device || info.st_ino != run->lock_node) {
        return gan__fail(ctx, GAN_E_IO,
                         "the run folder has gone: \"%s\" is another file than was locked",
                         run->lock_path);
    }
    return GAN_OK;
}

/* One folder, if it is missing. */
static gan_status
make_one(gan_context *ctx, const char *path)
{
    bool made;
    return gan__folder_exists(path) ? GAN_OK : gan__folder_make(ctx, path, &made);
}

gan_status
gan__run_make_folder(gan_context *ctx, const char *path)
{
    char *copy = gan__strdup(ctx, path);
    gan_status st = GAN_OK;

    if (copy == NULL) {
        return GAN_E_NOMEM;
    }
    for (char *slash = copy; (slash = strchr(slash + 1, '/')) != NULL;) {
        if (slash[-1] != '/') {
            *slash = '\0';
            GAN__TRY(make_one(ctx, copy));
            *slash = '/';
        }
    }
    GAN__TRY(make_one(ctx, copy));

fail:
    gan__free(ctx, copy);
    return st;
}

gan_status
gan__run_visit(const gan_run *run, const char *name, gan__run_visitor visit, void *user)
{
    gan_context *ctx = gan__run_context(run);
    const struct dirent *entry;
    char *path = NULL;
    DIR *folder;
    gan_status st = gan__run_path(run, &path, name);

    if (st != GAN_OK) {
        return st;
    }
    folder = opendir(path);
    if (folder == NULL) {
        st = errno == ENOENT ? GAN_OK : gan__run_refused(ctx, errno, "cannot read", path);
        gan__free(ctx, path);
        return st;
    }
    while (errno = 0, (entry = readdir(folder)) != NULL) {
        GAN__TRY(visit(user, dirfd(folder), entry->d_name));
    }
    if (errno != 0) {
        st = gan__run_refused(ctx, errno, "cannot read", path);
    }

fail:
    (void)closedir(folder);
    gan__free(ctx, path);
    return st;
}

/* ---- the lock ---- */

static gan_status
in_use(const gan_run *run)
{
    char text[32], *end;
    int64_t process = 0;
    const ssize_t length = pread(run->lock, text, sizeof text - 1, 0);

    text[length > 0 ? length : 0] = '\0';
    end = strchr(text, '\n');
    if (end == NULL || !gan__integer_parse(text, (size_t)(end - text), &process)) {
        return gan__fail(gan__run_context(run), GAN_E_STATE,
                         "the run folder \"%s\" is in use by another process", run->folder);
    }
    return gan__fail(gan__run_context(run), GAN_E_STATE,
                     "the run folder \"%s\" is in use by process %lld%s", run->folder,
                     (long long)process, process == (int64_t)getpid() ? ", which is this one" : "");
}

static gan_status
take_lock(gan_run *run)
{
    gan_context *ctx = gan__run_context(run);
    char text[32];
    struct stat info;
    ssize_t written;
    int result;
    gan_status st = gan__run_path(run, &run->lock_path, "lock");

    if (st != GAN_OK) {
        return st;
    }
    do {
        /* Its text is replaced: not that of a file which a link leads to. */
        run->lock = open(run->lock_path,
                         O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW, 0666);
    } while (run->lock < 0 && errno == EINTR);
    if (run->lock < 0) {
        return gan__run_refused(ctx, errno, "cannot write", run->lock_path);
    }
    do {
        result = flock(run->lock, LOCK_EX | LOCK_NB);
    } while (result != 0 && errno == EINTR);
    if (result != 0) {
        return errno == EWOULDBLOCK ? in_use(run)
                                    : gan__run_refused(ctx, errno, "cannot lock", run->lock_path);
    }
    run->process = getpid();
    if (fstat(run->lock, &info) != 0) {
        return gan__run_refused(ctx, errno, "cannot lock", run->lock_path);
    }
    if (S_ISREG(info.st_mode) && info.st_size >= (off_t)sizeof text) {
        return gan__fail(ctx, GAN_E_IO,
                         "cannot lock \"%s\": another program's file, of %lld bytes; take another "
                         "folder",
                         run->lock_path, (long long)info.st_size);
    }
    if (ftruncate(run->lock, 0) != 0) {
        return gan__run_refused(ctx, errno, "cannot lock", run->lock_path);
    }
    run->lock_device = info.st_dev;
    run->lock_node = info.st_ino;
    /* For the sentence of who comes later only: it may fail. */
    (void)snprintf(text, sizeof text, "%ld\n", (long)run->process);
    written = pwrite(run->lock, text, strlen(text), 0);
    (void)written;
    return GAN_OK;
}

/* ---- temporary files of processes that were killed ---- */

struct cleaning {
    gan_context *ctx;
    const char *folder; /* for sentences */
    bool ours;          /* nobody writes to this folder but who has the lock */
};

static gan_status
remove_temporary(void *user, int folder, const char *name)
{
    const struct cleaning *cleaning = user;
    char words[GAN__ERROR_TEXT_SIZE];
    long process;

    if (!gan__file_is_temporary(name, &process)) {
        return GAN_OK;
    }
    if (!cleaning->ours && (kill((pid_t)process, 0) == 0 || errno != ESRCH)) {
        return GAN_OK; /* it may be in use */
    }
    if (unlinkat(folder, name, 0) != 0 && errno != ENOENT) {
        gan__log(cleaning->ctx, GAN_LOG_WARNING, "cannot remove \"%s/%s\": %s", cleaning->folder,
                 name, gan__error_text(words, errno));
    }
    return GAN_OK;
}

static gan_status
clean(const gan_run *run)
{
    static const char *const names[] = {"", "checkpoints", "samples"};
    gan_status st = GAN_OK;

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct cleaning cleaning = {.ctx = gan__run_context(run),
                                    .folder = i == 0 ? run->folder : names[i],
                                    .ours = i == 1};
        GAN__TRY(gan__run_visit(run, names[i], remove_temporary, &cleaning));
    }

fail:
    return st;
}

/* ---- opening ---- */

static void
finalize(struct gan__object *object)
{
    gan_run *run = (gan_run *)object;
    gan_context *ctx = object->ctx;

    gan__run_log_close(run);
    gan__text_free(&run->log.waiting);
    if (run->lock >= 0) {
        /* A child that was forked since has the file open, too, and would keep the lock; a child
         * that ends must not take it from its parent. */
        if (getpid() == run->process) {
            (void)flock(run->lock, LOCK_UN);
        }
        (void)close(run->lock);
    }
    gan__free(ctx, run->lock_path);
    gan__free(ctx, run->folder);
    gan__options_free(ctx, gan__run_options, &run->options);
}

static const struct gan__class run_class = {.name = "run", .finalize = finalize};

static gan_status
open_folder(gan_run *run, const char *folder)
{
    gan_context *ctx = gan__run_context(run);
    char real[PATH_MAX], *checkpoints = NULL;
    gan_status st = GAN_OK;

    GAN__TRY(gan__run_make_folder(ctx, folder));
    if (realpath(folder, real) == NULL) {
        GAN__TRY(gan__run_refused(ctx, errno, "cannot open the folder", folder));
    }
    run->folder = gan__strdup(ctx, real);
    if (run->folder == NULL) {
        return GAN_E_NOMEM;
    }
    GAN__TRY(take_lock(run));
    GAN__TRY(gan__run_path(run, &checkpoints, "checkpoints"));
    GAN__TRY(gan__run_make_folder(ctx, checkpoints));
    GAN__TRY(clean(run));

fail:
    gan__free(ctx, checkpoints);
    return st;
}

static gan_status
create(gan_context *ctx, gan_run **out, const char *folder, const char *options)
{
    static const struct gan__option_origin origin = {.kind = "run"};
    gan_run *run = gan__object_create(ctx, &run_class, sizeof *run);
    gan_status st = GAN_OK;

    if (run == NULL) {
        return GAN_E_NOMEM;
    }
    run->lock = run->log.descriptor = -1;
    run->saved_step = -1;
    gan__text_init(&run->log.waiting, ctx);
    GAN__TRY(gan__options_parse(ctx, gan__run_options, &run->options, NULL, NULL, options,
                                options == NULL ? 0 : strlen(options), &origin));
    GAN__TRY(open_folder(run, folder));
    *out = run;
    return GAN_OK;

fail:
    gan_run_destroy(run);
    return st;
}

gan_status
gan_run_open(gan_context *ctx, gan_run **out, const char *folder, const char *options)
{
    struct gan__call call;
    gan_status st;

    if (out != NULL) {
        *out = NULL;
    }
    st = gan__enter(&call, ctx, GAN__GROUP_OTHER);
    if (st != GAN_OK) {
        return st;
    }
    if (out == NULL || folder == NULL) {
        st = gan__null(ctx, out == NULL ? "out" : "folder");
    } else {
        st = create(ctx, out, folder, options);
    }
    return gan__leave(&call, st);
}

void
gan_run_retain(gan_run *run)
{
    gan__object_retain((struct gan__object *)run);
}

void
gan_run_destroy(gan_run *run)
{
    gan__object_destroy((struct gan__object *)run);
}
