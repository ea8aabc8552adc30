/* What gan_trainer_run() leaves in a run folder under way. */
#include <gan/io.h>

#include <stdio.h>

#include "base/memory.h"
#include "trainer/run_folder.h"

gan_status
gan__run_after_step(gan_trainer *trainer)
{
    gan_run *run = trainer->run;
    const int64_t every = run->options.log_every;

    if (every == 0 || trainer->counters.steps % every != 0) {
        return gan__run_check_lock(run);
    }
    return gan__run_log_record(run, &trainer->record);
}

/* Whether samples are what PNG can show. */
static bool
makes_pictures(const struct gan__shape *shape)
{
    return shape->rank == 3 && (shape->size[2] == 1 || shape->size[2] == 3 || shape->size[2] == 4);
}

gan_status
gan__run_sample(gan_trainer *trainer)
{
    const gan_run *run = trainer->run;
    const struct gan__shape *shape = &trainer->dataset->shape;
    gan_context *ctx = gan__run_context(run);
    const int64_t count = run->options.samples;
    char name[GAN__RUN_NAME_SIZE], *folder = NULL, *path = NULL;
    float *pictures = NULL;
    gan_status st = GAN_OK;

    if (count == 0 || !makes_pictures(shape)) {
        return GAN_OK;
    }
    pictures = gan__alloc_array(ctx, count, (size_t)trainer->dataset->sample_count * sizeof(float));
    if (pictures == NULL) {
        return GAN_E_NOMEM;
    }
    GAN__TRY(gan_trainer_generate(trainer, pictures, count, NULL));
    (void)snprintf(name, sizeof name, "samples/step-%09lld.png",
                   (long long)trainer->counters.steps);
    GAN__TRY(gan__run_path(run, &folder, "samples"));
    GAN__TRY(gan__run_path(run, &path, name));
    GAN__TRY(gan__run_check_lock(run));
    GAN__TRY(gan__run_make_folder(ctx, folder));
    GAN__TRY(gan_image_save(ctx, path, pictures, count, shape->size[0], shape->size[1],
                            shape->size[2], NULL));

fail:
    gan__free(ctx, path);
    gan__free(ctx, folder);
    gan__free(ctx, pictures);
    return st;
}

bool
gan__run_is_ahead(const gan_trainer *trainer)
{
    return trainer->run->saved_step != trainer->counters.steps;
}

bool
gan__run_is_checkpoint_due(const gan_trainer *trainer)
{
    const gan_run *run = trainer->run;
    const struct gan__run_options *options = &run->options;

    if (!gan__run_is_ahead(trainer)) {
        return false;
    }
    if (options->checkpoint_every > 0 && trainer->counters.steps % options->checkpoint_every == 0) {
        return true;
    }
    return options->checkpoint_seconds > 0 &&
           gan__seconds() - run->saved_at >= options->checkpoint_seconds;
}
