/* A run's checkpoints: writing one and removing those beyond `keep`, finding the newest whole one. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/number.h"
#include "io/checkpoint.h"
#include "trainer/run_folder.h"

#define NAME_FORMAT "step-%09lld.safetensors"
/* A run's files are its own: no limit but what the machine can hold. */
#define MAX_BYTES "max_bytes=1048576GiB"
static const uint64_t max_bytes = (uint64_t)1 << 50;

/* ---- names ---- */

void
gan__run_checkpoint_name(char name[GAN__RUN_NAME_SIZE], int64_t step)
{
    (void)snprintf(name, GAN__RUN_NAME_SIZE, "checkpoints/" NAME_FORMAT, (long long)step);
}

bool
gan__run_is_checkpoint(const char *name, int64_t *step)
{
    static const char start[] = "step-";
    char same[GAN__RUN_NAME_SIZE];

    if (strncmp(name, start, sizeof start - 1) != 0) {
        return false;
    }
    const char *digits = name + sizeof start - 1;
    if (!gan__integer_parse(digits, strspn(digits, "0123456789"), step)) {
        return false;
    }
    (void)snprintf(same, sizeof same, NAME_FORMAT, (long long)*step);
    return strcmp(name, same) == 0;
}

/* ---- what is there ---- */

static gan_status
add_step(void *user, int folder, const char *name)
{
    struct gan__run_steps *steps = user;
    void *values = steps->values;
    int64_t step;

    (void)folder;
    if (!gan__run_is_checkpoint(name, &step)) {
        return GAN_OK;
    }
    const gan_status st =
        gan__grow(steps->ctx, &values, steps->count, &steps->capacity, sizeof *steps->values);
    steps->values = values;
    if (st == GAN_OK) {
        steps->values[steps->count++] = step;
    }
    return st;
}

static int
newer_first(const void *a, const void *b)
{
    const int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return (left < right) - (left > right);
}

gan_status
gan__run_list(const gan_run *run, struct gan__run_steps *steps)
{
    *steps = (struct gan__run_steps){.ctx = gan__run_context(run)};
    const gan_status st = gan__run_visit(run, "checkpoints", add_step, steps);
    if (steps->count > 1) {
        qsort(steps->values, (size_t)steps->count, sizeof *steps->values, newer_first);
    }
    return st;
}

/* ---- the newest whole one ---- */

/* What a try to use a checkpoint came to; reasons: why those before it could not be used. */
struct search {
    gan_run *run;
    struct gan__run_steps steps;
    struct gan__text reasons;
};

/* Whether the failure is the file's, so that the one before may do. */
static bool
is_damage(gan_status st)
{
    return st == GAN_E_FORMAT || st == GAN_E_IO;
}

static void
pass_over(struct search *search)
{
    gan_context *ctx = gan__run_context(search->run);

    gan__log(ctx, GAN_LOG_WARNING, "this checkpoint is passed over: %s", ctx->error);
    gan__text_add(&search->reasons, "%s%s", search->reasons.length == 0 ? "" : "; ", ctx->error);
    gan__recover(ctx);
}

/* Where there is none, or none is whole. */
static gan_status
none_is_whole(const struct search *search)
{
    gan_context *ctx = gan__run_context(search->run);

    if (search->reasons.status != GAN_OK) {
        return search->reasons.status;
    }
    if (search->steps.count == 0) {
        return gan__fail(ctx, GAN_E_STATE, "there is no checkpoint in \"%s/checkpoints\"",
                         search->run->folder);
    }
    return gan__fail(ctx, GAN_E_FORMAT, "no checkpoint can be used: %s", search->reasons.data);
}

static gan_status
search_begin(struct search *search, gan_run *run)
{
    *search = (struct search){.run = run};
    gan__text_init(&search->reasons, gan__run_context(run));
    return gan__run_list(run, &search->steps);
}

static void
search_end(struct search *search)
{
    gan__free(gan__run_context(search->run), search->steps.values);
    gan__text_free(&search->reasons);
}

static gan_status
check(const gan_run *run, const char *path)
{
    struct gan__state state;
    gan_status st;

    gan__state_init(&state, gan__run_context(run));
    st = gan__checkpoint_read(&state, path, max_bytes);
    gan__state_free(&state);
    /* Of a later libgan: whole, as far as this one can tell. */
    return st == GAN_E_UNSUPPORTED ? GAN_OK : st;
}

static gan_status
newest(gan_run *run, int64_t *step)
{
    gan_context *ctx = gan__run_context(run);
    struct search search;
    bool unread = false;
    gan_status st = search_begin(&search, run);

    *step = -1;
    for (int64_t i = 0; st == GAN_OK && i < search.steps.count && *step < 0; i++) {
        char name[GAN__RUN_NAME_SIZE], *path = NULL;
        gan__run_checkpoint_name(name, search.steps.values[i]);
        st = gan__run_path(run, &path, name);
        if (st == GAN_OK) {
            st = check(run, path);
        }
        gan__free(ctx, path);
        if (st == GAN_OK) {
            *step = search.steps.values[i];
            gan__recover(ctx);
        } else if (is_damage(st)) {
            unread = unread || st == GAN_E_IO;
            pass_over(&search);
            st = GAN_OK;
        }
    }
    /* A caller who hears of none may begin anew, over one that may be whole. */
    if (st == GAN_OK && *step < 0 && unread) {
        st = search.reasons.status != GAN_OK
                 ? search.reasons.status
                 : gan__fail(ctx, GAN_E_IO, "no checkpoint can be used: %s", search.reasons.data);
    }
    search_end(&search);
    return st;
}

gan_status
gan_run_steps(gan_run *run, int64_t *steps)
{
    gan_context *ctx;
    struct gan__call call;
    gan_status st;

    if (steps != NULL) {
        *steps = -1;
    }
    if (run == NULL) {
        return GAN_E_ARG;
    }
    ctx = gan__run_context(run);
    st = gan__enter(&call, ctx, GAN__GROUP_TRAINER_READ);
    if (st != GAN_OK) {
        return st;
    }
    gan_run_retain(run); /* another thread may give up the caller's handle */
    st = steps == NULL ? gan__null(ctx, "steps") : gan__run_check_lock(run);
    if (st == GAN_OK) {
        st = newest(run, steps);
    }
    st = gan__leave(&call, st);
    gan_run_destroy(run);
    return st;
}

gan_status
gan__run_load(gan_run *run, gan_trainer **trainer, gan_dataset *dataset)
{
    gan_context *ctx = gan__run_context(run);
    struct search search;
    gan_status st = search_begin(&search, run);

    for (int64_t i = 0; st == GAN_OK && i < search.steps.count && *trainer == NULL; i++) {
        char name[GAN__RUN_NAME_SIZE], *path = NULL;
        gan__run_checkpoint_name(name, search.steps.values[i]);
        st = gan__run_path(run, &path, name);
        if (st == GAN_OK) {
            st = gan_trainer_resume(ctx, trainer, dataset, path, MAX_BYTES);
        }
        gan__free(ctx, path);
        if (is_damage(st)) {
            pass_over(&search);
            st = GAN_OK;
        }
    }
    if (st == GAN_OK && *trainer == NULL) {
        st = none_is_whole(&search);
    }
    search_end(&search);
    return st;
}

/* ---- writing ---- */

/* Those beyond `keep`, and those later than the one just written: they were passed over when the
 * run was resumed. A file that can't be removed is a warning: the new one is safe. */
static void
remove_old(const gan_run *run)
{
    gan_context *ctx = gan__run_context(run);
    struct gan__run_steps steps;
    int64_t kept = 0;
    gan_status st = gan__run_list(run, &steps);

    for (int64_t i = 0; st == GAN_OK && i < steps.count; i++) {
        char name[GAN__RUN_NAME_SIZE], *path = NULL;
        if (steps.values[i] <= run->saved_step && kept < run->options.keep) {
            kept++;
            continue;
        }
        gan__run_checkpoint_name(name, steps.values[i]);
        st = gan__run_path(run, &path, name);
        if (st == GAN_OK && unlink(path) != 0 && errno != ENOENT) {
            st = gan__run_refused(ctx, errno, "cannot remove the old checkpoint", path);
        }
        gan__free(ctx, path);
    }
    if (st != GAN_OK) {
        gan__log(ctx, GAN_LOG_WARNING, "%s",
                 ctx->error[0] == '\0' ? gan_status_name(st) : ctx->error);
        gan__recover(ctx);
    }
    gan__free(ctx, steps.values);
}

static gan_status
save_as(gan_run *run, const char *name)
{
    char *path = NULL;
    gan_status st = gan__run_path(run, &path, name);

    if (st == GAN_OK) {
        st = gan_trainer_save(run->trainer, path);
    }
    gan__free(gan__run_context(run), path);
    return st;
}

gan_status
gan__run_save(gan_run *run)
{
    char name[GAN__RUN_NAME_SIZE];
    gan_status st = GAN_OK;

    GAN__TRY(gan__run_check_lock(run));
    /* A log that ends before its checkpoint could never be mended. */
    GAN__TRY(gan__run_log_sync(run));
    gan__run_checkpoint_name(name, run->trainer->counters.steps);
    GAN__TRY(save_as(run, name));
    run->saved_step = run->trainer->counters.steps;
    run->saved_at = gan__seconds();
    remove_old(run);

fail:
    return st;
}

gan_status
gan__run_save_best(gan_run *run)
{
    return save_as(run, GAN__RUN_BEST);
}
