/*
 * A run folder inside: run_folder.c opens and locks it, run_begin.c gives it a trainer,
 * run_checkpoints.c keeps its checkpoints, run_log.c its log, run_config.c writes config.txt,
 * run_events.c is what gan_trainer_run() calls.
 */
#ifndef GAN__RUN_FOLDER_H
#define GAN__RUN_FOLDER_H

#include <gan/run.h>

#include <sys/types.h>

#include "trainer/trainer.h"

enum gan__run_best { GAN__BEST_LOWEST, GAN__BEST_HIGHEST };

struct gan__run_options {
    int64_t checkpoint_every;
    double checkpoint_seconds;
    int64_t keep, log_every, samples;
    int32_t best; /* an enum gan__run_best */
};
extern const struct gan__option gan__run_options[];
/* Append the documentation of the options (gan_kinds). */
void gan__run_document(struct gan__text *out);

struct gan__run_log {
    int descriptor; /* -1: not open */
    int64_t size;   /* of the whole lines in it */
    bool torn;      /* something follows them that is still to be cut off */
    /* Lines of steps after `stale_after` are of a state that the trainer has gone back from, and are
     * still to be cut off. */
    bool stale;
    int64_t stale_after;
    /* Lines that the system refused, to be written before the next one. */
    struct gan__text waiting;
};

struct gan_run {
    struct gan__object object;
    struct gan__run_options options;
    char *folder;    /* from the root: the program may change its own folder */
    char *lock_path; /* of the file that is locked */
    int lock;        /* -1: not open */
    dev_t lock_device;
    ino_t lock_node;
    pid_t process;        /* that has the lock */
    gan_trainer *trainer; /* not held: it holds the run; NULL: none */
    struct gan__best best;
    int64_t saved_step; /* of the last checkpoint; -1: none yet */
    double saved_at;    /* seconds of the monotonic clock */
    struct gan__run_log log;
};

static inline gan_context *
gan__run_context(const gan_run *run)
{
    return run->object.ctx;
}

enum { GAN__RUN_NAME_SIZE = 64 };

/* The best score's checkpoint. */
#define GAN__RUN_BEST "checkpoints/best.safetensors"

/* GAN_E_IO "<what> "<path>": <the system's words for error>". */
gan_status gan__run_refused(gan_context *ctx, int error, const char *what, const char *path);
/* "<folder>/<name>", for gan__free(). */
gan_status gan__run_path(const gan_run *run, char **path, const char *name);
/* Whether the folder is still the one that this process has locked. */
gan_status gan__run_check_lock(const gan_run *run);
/* Make a folder and those above it; one that is there is well. */
gan_status gan__run_make_folder(gan_context *ctx, const char *path);

/* Visit the names in a folder of the run ("" itself); one that is missing has none. A visitor's
 * failure ends it. */
typedef gan_status (*gan__run_visitor)(void *user, int folder, const char *name);
gan_status gan__run_visit(const gan_run *run, const char *name, gan__run_visitor visit, void *user);

/* The steps of the checkpoints that are there, newest first; values is for gan__free(), also after
 * a failure. */
struct gan__run_steps {
    gan_context *ctx;
    int64_t *values;
    int64_t count, capacity;
};
gan_status gan__run_list(const gan_run *run, struct gan__run_steps *steps);
void gan__run_checkpoint_name(char name[GAN__RUN_NAME_SIZE], int64_t step);
/* Write the trainer's checkpoint, then remove those beyond `keep`. */
gan_status gan__run_save(gan_run *run);
gan_status gan__run_save_best(gan_run *run);
/* Make a trainer from the newest checkpoint that is whole. */
gan_status gan__run_load(gan_run *run, gan_trainer **trainer, gan_dataset *dataset);
bool gan__run_is_checkpoint(const char *name, int64_t *step);

/* Open the log, made if missing. */
gan_status gan__run_log_open(gan_run *run);
/* Cut off a torn last line, and all lines from the first one later than `step` on. */
gan_status gan__run_log_cut(gan_run *run, int64_t step);
gan_status gan__run_log_record(gan_run *run, const gan_record *record);
/* A line of its own: a JSON object. */
gan_status gan__run_log_line(gan_run *run, const char *object);
gan_status gan__run_log_score(gan_run *run, const struct gan__best *score, bool best);
/* gan_run_score() of a measure's number: its name is shorter than GAN__MEASURE_SIZE. */
gan_status gan__run_score(gan_run *run, const char *measure, double score, int32_t *best);
/* The trainer has gone back to a step: lines of later ones go before anything else is written. */
void gan__run_log_forget_after(gan_run *run, int64_t step);
/* Bring what was written to the disk. */
gan_status gan__run_log_sync(gan_run *run);
void gan__run_log_close(gan_run *run);

/* Write config.txt. */
gan_status gan__run_write_config(const gan_run *run, gan_trainer *trainer);
/* Log a warning if config.txt has another dataset, be it by a path only. */
gan_status gan__run_compare_dataset(const gan_run *run, gan_dataset *dataset);

/* For gan_trainer_run(), of a trainer that has a run. */
gan_status gan__run_after_step(gan_trainer *trainer);
gan_status gan__run_sample(gan_trainer *trainer);
bool gan__run_is_checkpoint_due(const gan_trainer *trainer);
/* Whether something is in the trainer that the last checkpoint has not. */
bool gan__run_is_ahead(const gan_trainer *trainer);
/* For the trainer's end. */
void gan__run_detach(gan_trainer *trainer);

#endif
