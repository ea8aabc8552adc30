/* config.txt: all that is needed to repeat a run, for people and for whoever makes it again. */
#include <gan/version.h>

#include <string.h>

#include "base/memory.h"
#include "io/checkpoint.h"
#include "io/file.h"
#include "layers/class.h"
#include "trainer/run_folder.h"

enum { CONFIG_MAX = 1 << 24 };

/* One of the gan_..._text() on what it is for. */
typedef gan_status (*writer)(void *object, char *buffer, size_t size, size_t *needed);

static gan_status
dataset_text(void *object, char *buffer, size_t size, size_t *needed)
{
    return gan_dataset_text(object, buffer, size, needed);
}

static gan_status
trainer_text(void *object, char *buffer, size_t size, size_t *needed)
{
    return gan_trainer_text(object, buffer, size, needed);
}

static gan_status
layer_text(void *object, char *buffer, size_t size, size_t *needed)
{
    return gan_layer_text(object, buffer, size, needed);
}

static gan_status
add(struct gan__text *out, writer write, void *object)
{
    char *text = NULL;
    size_t needed = 0;
    gan_status st = GAN_OK;

    GAN__TRY(write(object, NULL, 0, &needed));
    text = gan__alloc(out->ctx, needed);
    if (text == NULL) {
        return GAN_E_NOMEM;
    }
    GAN__TRY(write(object, text, needed, NULL));
    gan__text_add(out, "%s", text);
    st = out->status;

fail:
    gan__free(out->ctx, text);
    return st;
}

static gan_status
add_network(struct gan__text *out, const struct gan__side *side)
{
    gan__text_add(out, "\n# %s: made as network number %llu of its context, from 0\n", side->name,
                  (unsigned long long)side->network->number);
    return add(out, layer_text, side->network);
}

static gan_status
write_text(struct gan__text *out, const gan_run *run, gan_trainer *trainer)
{
    gan_status st = GAN_OK;

    gan__text_add(out,
                  "# A training run of libgan: all that is needed to repeat it.\n"
                  "libgan: %s\nnumerics: %d\nseed: %llu\nfirst step: %lld\ndataset: ",
                  gan_version(), (int)GAN__NUMERICS, (unsigned long long)out->ctx->seed,
                  (long long)trainer->counters.steps);
    GAN__TRY(add(out, dataset_text, trainer->dataset));
    gan__text_add(out, "\ntrainer: ");
    GAN__TRY(add(out, trainer_text, trainer));
    gan__text_add(out, "\nrun:");
    gan__options_print(out, gan__run_options, &run->options);
    gan__text_add(out, "\n");
    GAN__TRY(add_network(out, &trainer->generator));
    GAN__TRY(add_network(out, &trainer->discriminator));
    st = out->status;

fail:
    return st;
}

gan_status
gan__run_write_config(const gan_run *run, gan_trainer *trainer)
{
    gan_context *ctx = gan__run_context(run);
    struct gan__file_writer file = {.ctx = ctx, .descriptor = -1};
    struct gan__text text;
    char *path = NULL;
    gan_status st = GAN_OK;

    gan__text_init(&text, ctx);
    GAN__TRY(write_text(&text, run, trainer));
    GAN__TRY(gan__run_path(run, &path, "config.txt"));
    GAN__TRY(gan__file_writer_open(&file, ctx, path));
    GAN__TRY(gan__file_writer_write(&file, text.data, text.length));
    GAN__TRY(gan__file_writer_commit(&file));

fail:
    gan__file_writer_abandon(&file);
    gan__text_free(&text);
    gan__free(ctx, path);
    return st;
}

/* The file's text, for gan__free(); NULL if it is longer than any that was written. */
static gan_status
read_config(const gan_run *run, char **text)
{
    gan_context *ctx = gan__run_context(run);
    struct gan__file_reader file = {.descriptor = -1};
    char *path = NULL;
    size_t got = 0;
    gan_status st = GAN_OK;

    *text = NULL;
    GAN__TRY(gan__run_path(run, &path, "config.txt"));
    GAN__TRY(gan__file_reader_open(&file, ctx, path));
    if (file.size <= CONFIG_MAX) {
        *text = gan__alloc(ctx, (size_t)file.size + 1);
        if (*text == NULL) {
            GAN__TRY(GAN_E_NOMEM);
        }
        GAN__TRY(gan__file_reader_read(&file, *text, (size_t)file.size, &got));
        (*text)[got] = '\0';
    }

fail:
    gan__file_reader_close(&file);
    gan__free(ctx, path);
    return st;
}

gan_status
gan__run_compare_dataset(const gan_run *run, gan_dataset *dataset)
{
    gan_context *ctx = gan__run_context(run);
    struct gan__text line;
    char *config = NULL;
    gan_status st = read_config(run, &config);

    gan__text_init(&line, ctx);
    if (st == GAN_E_IO) {
        gan__recover(ctx); /* the training does not need it */
        st = GAN_OK;
    }
    if (st != GAN_OK || config == NULL) {
        goto fail;
    }
    gan__text_add(&line, "\ndataset: ");
    GAN__TRY(add(&line, dataset_text, dataset));
    gan__text_add(&line, "\ntrainer: ");
    GAN__TRY(line.status);
    if (strstr(config, line.data) == NULL) {
        gan__log(ctx, GAN_LOG_WARNING,
                 "the run \"%s\" goes on with another dataset than its config.txt has; the same "
                 "bits come of the same samples only",
                 run->folder);
    }

fail:
    gan__text_free(&line);
    gan__free(ctx, config);
    return st;
}
