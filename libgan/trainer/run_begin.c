/* Giving a run its trainer: a new one, or one out of the newest checkpoint. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "trainer/run_folder.h"

void
gan__run_detach(gan_trainer *trainer)
{
    gan_run *run = trainer->run;

    if (run != NULL) {
        run->trainer = NULL;
        trainer->run = NULL;
        gan__object_release((struct gan__object *)run);
    }
}

static void
attach(gan_run *run, gan_trainer *trainer)
{
    gan__object_hold((struct gan__object *)run);
    trainer->run = run;
    run->trainer = trainer;
    run->best = trainer->best;
}

/* ---- an earlier training ---- */

static gan_status
is_missing(const gan_run *run, const char *name, bool *missing)
{
    char *path = NULL;
    gan_status st = gan__run_path(run, &path, name);

    if (st == GAN_OK) {
        *missing = access(path, F_OK) != 0;
        if (*missing && errno != ENOENT) {
            st = gan__run_refused(gan__run_context(run), errno, "cannot read", path);
        }
    }
    gan__free(gan__run_context(run), path);
    return st;
}

static gan_status
refuse_earlier(const gan_run *run)
{
    static const char *const names[] = {GAN__RUN_BEST, "log.jsonl", "config.txt"};
    gan_context *ctx = gan__run_context(run);
    struct gan__run_steps steps;
    bool missing = true;
    const char *found = NULL;
    char name[GAN__RUN_NAME_SIZE];
    gan_status st = GAN_OK;

    GAN__TRY(gan__run_list(run, &steps));
    if (steps.count > 0) {
        gan__run_checkpoint_name(name, steps.values[0]);
        found = name;
    }
    for (int i = 0; i < 3 && found == NULL; i++) {
        GAN__TRY(is_missing(run, names[i], &missing));
        found = missing ? NULL : names[i];
    }
    if (found != NULL) {
        st = gan__fail(ctx, GAN_E_STATE,
                       "the run folder \"%s\" has an earlier training (%s): resume it, take "
                       "another folder, or replace=true to remove it",
                       run->folder, found);
    }

fail:
    gan__free(ctx, steps.values);
    return st;
}

struct removal {
    gan_context *ctx;
    const char *folder, *end;
};

static gan_status
remove_name(gan_context *ctx, int folder, const char *in, const char *name)
{
    char words[GAN__ERROR_TEXT_SIZE];

    if (unlinkat(folder, name, 0) != 0 && errno != ENOENT) {
        return gan__fail(ctx, GAN_E_IO, "cannot remove \"%s/%s\": %s", in, name,
                         gan__error_text(words, errno));
    }
    return GAN_OK;
}

/* step-000000500<end> */
static bool
is_of_a_step(const char *name, const char *end)
{
    static const char start[] = "step-";
    size_t digits;

    if (strncmp(name, start, sizeof start - 1) != 0) {
        return false;
    }
    digits = strspn(name + sizeof start - 1, "0123456789");
    return digits > 0 && strcmp(name + sizeof start - 1 + digits, end) == 0;
}

static gan_status
remove_visited(void *user, int folder, const char *name)
{
    const struct removal *removal = user;

    if (!is_of_a_step(name, removal->end)) {
        return GAN_OK;
    }
    return remove_name(removal->ctx, folder, removal->folder, name);
}

static gan_status
remove_file(const gan_run *run, const char *name)
{
    char *path = NULL;
    gan_status st = gan__run_path(run, &path, name);

    if (st == GAN_OK && unlink(path) != 0 && errno != ENOENT) {
        st = gan__run_refused(gan__run_context(run), errno, "cannot remove", path);
    }
    gan__free(gan__run_context(run), path);
    return st;
}

static gan_status
remove_earlier(gan_run *run)
{
    gan_context *ctx = gan__run_context(run);
    struct removal checkpoints = {ctx, "checkpoints", ".safetensors"};
    struct removal samples = {ctx, "samples", ".png"};
    gan_status st = GAN_OK;

    gan__run_log_close(run);
    run->log.waiting.length = 0; /* lines of the earlier training */
    GAN__TRY(gan__run_visit(run, "checkpoints", remove_visited, &checkpoints));
    GAN__TRY(remove_file(run, GAN__RUN_BEST));
    GAN__TRY(remove_file(run, "log.jsonl"));
    GAN__TRY(remove_file(run, "config.txt"));
    GAN__TRY(gan__run_visit(run, "samples", remove_visited, &samples));

fail:
    return st;
}

/* ---- beginning ---- */

struct begin_options {
    bool replace;
};
static const struct gan__option begin_table[] = {
    {.name = "replace",
     .type = GAN__OPTION_BOOL,
     .offset = offsetof(struct begin_options, replace),
     .fallback = "false",
     .doc = "remove an earlier training's files first"},
    GAN__OPTION_END};

static gan_status
check_free(const gan_run *run)
{
    return run->trainer == NULL ? GAN_OK
                                : gan__fail(gan__run_context(run), GAN_E_STATE,
                                            "the run \"%s\" has a trainer already", run->folder);
}

/* The first checkpoint comes first: from it on a killed run is resumed, not begun again. */
static gan_status
write_first_files(gan_run *run, gan_trainer *trainer)
{
    gan_status st = GAN_OK;

    GAN__TRY(gan__run_save(run));
    GAN__TRY(gan__run_write_config(run, trainer));
    if (run->options.log_every > 0) {
        GAN__TRY(gan__run_log_open(run));
    }

fail:
    return st;
}

static gan_status
begin(gan_run *run, gan_trainer *trainer, const char *text)
{
    static const struct gan__option_origin origin = {.kind = "gan_run_begin"};
    gan_context *ctx = gan__run_context(run);
    const struct gan__best best = trainer->best;
    struct begin_options options = {0};
    char name[GAN__RUN_NAME_SIZE];
    gan_status st = GAN_OK;

    GAN__TRY(gan__options_parse(ctx, begin_table, &options, NULL, NULL, text,
                                text == NULL ? 0 : strlen(text), &origin));
    GAN__TRY(check_free(run));
    if (trainer->run != NULL) {
        return gan__fail(ctx, GAN_E_STATE, "the trainer has a run already: \"%s\"",
                         trainer->run->folder);
    }
    GAN__TRY(gan__run_check_lock(run));
    GAN__TRY(options.replace ? remove_earlier(run) : refuse_earlier(run));
    trainer->best = (struct gan__best){0}; /* of this folder there is none yet */
    run->saved_step = -1;
    attach(run, trainer);
    st = write_first_files(run, trainer);
    if (st != GAN_OK) {
        gan__run_checkpoint_name(name, trainer->counters.steps);
        gan__run_log_close(run);
        (void)remove_file(run, "log.jsonl");
        (void)remove_file(run, "config.txt");
        (void)remove_file(run, name);
        gan__run_detach(trainer);
        trainer->best = best;
    }

fail:
    return st;
}

gan_status
gan_run_begin(gan_run *run, gan_trainer *trainer, const char *options)
{
    gan_context *ctx;
    struct gan__call call;
    gan_status st;

    if (run == NULL) {
        return GAN_E_ARG;
    }
    ctx = gan__run_context(run);
    st = gan__enter(&call, ctx, GAN__GROUP_OTHER);
    if (st != GAN_OK) {
        return st;
    }
    if (trainer == NULL) {
        return gan__leave(&call, gan__null(ctx, "trainer"));
    }
    if (gan__trainer_context(trainer) != ctx) {
        return gan__leave(&call,
                          gan__fail(ctx, GAN_E_ARG, "the trainer belongs to another context"));
    }
    gan_run_retain(run); /* another thread may give up the caller's handles */
    gan_trainer_retain(trainer);
    st = gan__leave(&call, begin(run, trainer, options));
    gan_trainer_destroy(trainer);
    gan_run_destroy(run);
    return st;
}

/* ---- resuming ---- */

static gan_status
resume(gan_run *run, gan_trainer **out, gan_dataset *dataset)
{
    gan_trainer *trainer = NULL;
    bool missing = false;
    gan_status st = GAN_OK;

    GAN__TRY(check_free(run));
    GAN__TRY(gan__run_check_lock(run));
    GAN__TRY(gan__run_load(run, &trainer, dataset));
    gan__run_log_close(run);
    run->log.waiting.length = 0; /* lines of steps that are taken again */
    GAN__TRY(gan__run_log_cut(run, trainer->counters.steps));
    if (run->options.log_every > 0) {
        GAN__TRY(gan__run_log_open(run));
    }
    GAN__TRY(is_missing(run, "config.txt", &missing));
    GAN__TRY(missing ? gan__run_write_config(run, trainer)
                     : gan__run_compare_dataset(run, dataset));
    attach(run, trainer);
    run->saved_step = trainer->counters.steps;
    run->saved_at = gan__seconds();
    *out = trainer;
    return GAN_OK;

fail:
    gan_trainer_destroy(trainer);
    return st;
}

gan_status
gan_run_resume(gan_run *run, gan_trainer **trainer, gan_dataset *dataset)
{
    gan_context *ctx;
    struct gan__call call;
    gan_status st;

    if (trainer != NULL) {
        *trainer = NULL;
    }
    if (run == NULL) {
        return GAN_E_ARG;
    }
    ctx = gan__run_context(run);
    st = gan__enter(&call, ctx, GAN__GROUP_OTHER);
    if (st != GAN_OK) {
        return st;
    }
    if (trainer == NULL || dataset == NULL) {
        return gan__leave(&call, gan__null(ctx, trainer == NULL ? "trainer" : "dataset"));
    }
    gan_run_retain(run); /* another thread may give up the caller's handle */
    st = gan__leave(&call, resume(run, trainer, dataset));
    gan_run_destroy(run);
    return st;
}
