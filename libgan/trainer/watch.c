/* Calling what looks on while a trainer runs: see watch.h. */
#include "trainer/watch.h"

#include <string.h>

#include "trainer/run_folder.h"

void
gan__trainer_set_watch(gan_trainer *trainer, int32_t slot, struct gan__watch *watch)
{
    struct gan__watch *old = trainer->watches[slot];

    trainer->watches[slot] = watch;
    if (old != NULL) {
        old->class->finalize(old, gan__trainer_context(trainer));
    }
}

void
gan__watches_free(gan_trainer *trainer)
{
    for (int32_t i = 0; i < GAN__WATCH_COUNT; i++) {
        gan__trainer_set_watch(trainer, i, NULL);
    }
}

gan_status
gan__watches_after_step(gan_trainer *trainer, const struct gan__listener *listener)
{
    gan_status st = GAN_OK;

    for (int32_t i = 0; i < GAN__WATCH_COUNT && st == GAN_OK; i++) {
        struct gan__watch *watch = trainer->watches[i];
        if (watch != NULL && watch->class->after_step != NULL) {
            st = watch->class->after_step(watch, trainer, listener);
        }
    }
    return st;
}

gan_status
gan__watches_diverged(gan_trainer *trainer, const struct gan__listener *listener, bool *again)
{
    gan_status st = GAN_OK;

    *again = false;
    for (int32_t i = 0; i < GAN__WATCH_COUNT && st == GAN_OK && !*again; i++) {
        struct gan__watch *watch = trainer->watches[i];
        if (watch != NULL && watch->class->diverged != NULL) {
            st = watch->class->diverged(watch, trainer, listener, again);
        }
    }
    return st;
}

gan_status
gan__watches_ended(gan_trainer *trainer, const struct gan__listener *listener)
{
    gan_status st = GAN_OK;

    for (int32_t i = 0; i < GAN__WATCH_COUNT && st == GAN_OK; i++) {
        struct gan__watch *watch = trainer->watches[i];
        if (watch != NULL && watch->class->ended != NULL) {
            st = watch->class->ended(watch, trainer, listener);
        }
    }
    return st;
}

void
gan__watches_number(const gan_trainer *trainer, int32_t index, const char **name, double *value)
{
    *name = NULL;
    for (int32_t i = 0; i < GAN__WATCH_COUNT; i++) {
        const struct gan__watch *watch = trainer->watches[i];
        int32_t count = 0;
        while (watch != NULL) {
            watch->class->number(watch, count, name, value);
            if (*name == NULL) {
                break;
            }
            if (count == index) {
                return;
            }
            count++;
        }
        index -= count;
    }
}

bool
gan__watches_get(const gan_trainer *trainer, const char *name, double *value)
{
    const char *found = "";

    for (int32_t i = 0; found != NULL; i++) {
        double number = 0;
        gan__watches_number(trainer, i, &found, &number);
        if (found != NULL && strcmp(found, name) == 0) {
            *value = number;
            return true;
        }
    }
    return false;
}

gan_status
gan__watch_log(gan_trainer *trainer, const struct gan__text *line)
{
    if (line->status != GAN_OK) {
        return line->status;
    }
    if (trainer->run == NULL || trainer->run->options.log_every == 0) {
        return GAN_OK;
    }
    return gan__run_log_line(trainer->run, line->data);
}
