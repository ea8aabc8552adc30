/* A trainer as text: its options, with what its parts say of themselves. */
#include "trainer/trainer.h"

#include <string.h>

#include "base/memory.h"

/* One of the gan_..._text() on the part it is for. */
typedef gan_status (*writer)(void *part, char *buffer, size_t size, size_t *needed);

static gan_status
write_loss(void *part, char *buffer, size_t size, size_t *needed)
{
    return gan_loss_text(part, buffer, size, needed);
}

static gan_status
write_penalty(void *part, char *buffer, size_t size, size_t *needed)
{
    return gan_penalty_text(part, buffer, size, needed);
}

static gan_status
write_optimizer(void *part, char *buffer, size_t size, size_t *needed)
{
    return gan_optimizer_text(part, buffer, size, needed);
}

/* A part's text, for gan__free(). */
static gan_status
part_text(gan_context *ctx, char **text, writer write, void *part)
{
    size_t needed = 0;
    gan_status st = write(part, NULL, 0, &needed);

    *text = NULL;
    if (st == GAN_OK) {
        *text = gan__alloc(ctx, needed);
        st = *text == NULL ? GAN_E_NOMEM : write(part, *text, needed, NULL);
    }
    return st;
}

/* NULL if there are none beside the loss's own. */
static gan_status
penalties_text(gan_trainer *trainer, char **text)
{
    gan_context *ctx = gan__trainer_context(trainer);
    struct gan__text list;
    gan_status st = GAN_OK;

    *text = NULL;
    gan__text_init(&list, ctx);
    for (int32_t i = 0; i < trainer->penalty_count; i++) {
        char *one = NULL;
        st = part_text(ctx, &one, write_penalty, trainer->penalties[i]);
        if (st == GAN_OK) {
            gan__text_add(&list, "%s%s", i == 0 ? "" : "; ", one);
        }
        gan__free(ctx, one);
        GAN__TRY(st);
    }
    GAN__TRY(list.status);
    if (list.length > 0) {
        *text = gan__strdup(ctx, list.data);
        st = *text == NULL ? GAN_E_NOMEM : GAN_OK;
    }

fail:
    gan__text_free(&list);
    return st;
}

static gan_status
write_text(gan_trainer *trainer, struct gan__text *text)
{
    gan_context *ctx = gan__trainer_context(trainer);
    struct gan__trainer_options options = trainer->options;
    struct gan__text all;
    gan_status st = GAN_OK;

    gan__text_init(&all, ctx);
    options.loss = options.penalties = options.generator = options.discriminator = NULL;
    GAN__TRY(part_text(ctx, &options.loss, write_loss, trainer->loss));
    GAN__TRY(penalties_text(trainer, &options.penalties));
    GAN__TRY(part_text(ctx, &options.generator, write_optimizer, trainer->generator.optimizer));
    GAN__TRY(
        part_text(ctx, &options.discriminator, write_optimizer, trainer->discriminator.optimizer));
    gan__options_print(&all, gan__trainer_options, &options);
    GAN__TRY(all.status);
    gan__text_add(text, "%s", all.data + 1); /* without the first space */

fail:
    gan__free(ctx, options.loss);
    gan__free(ctx, options.penalties);
    gan__free(ctx, options.generator);
    gan__free(ctx, options.discriminator);
    gan__text_free(&all);
    return st;
}

gan_status
gan_trainer_text(gan_trainer *trainer, char *buffer, size_t size, size_t *needed)
{
    struct gan__call call;
    struct gan__text text;
    gan_status st;

    if (needed != NULL) {
        *needed = 0;
    }
    if (trainer == NULL) {
        return GAN_E_ARG;
    }
    st = gan__enter(&call, gan__trainer_context(trainer), GAN__GROUP_TRAINER_READ);
    if (st != GAN_OK) {
        return st;
    }
    gan__text_init(&text, gan__trainer_context(trainer));
    st = write_text(trainer, &text);
    if (st == GAN_OK) {
        st = gan__text_give(&text, buffer, size, needed);
    } else {
        gan__text_free(&text);
    }
    return gan__leave(&call, st);
}
