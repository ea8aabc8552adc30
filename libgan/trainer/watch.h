/*
 * What looks on while a trainer runs: evaluations and alarms. A watch sits in its slot of the
 * trainer; run.c calls it. Watches read the training and change no bit of it (going back after a
 * divergence is the one exception, and it is asked for by option).
 */
#ifndef GAN__WATCH_H
#define GAN__WATCH_H

#include <gan/monitor.h>

#include <stdbool.h>

#include "base/text.h"

struct gan__watch;

/* Who a run's events go to. */
struct gan__listener {
    gan_event_callback callback; /* may be NULL */
    void *user;
};

struct gan__watch_class {
    /*
     * After a step's GAN_EVENT_STEP, GAN_EVENT_EPOCH and GAN_EVENT_SAMPLE, before its checkpoint;
     * the trainer's counters and record are those of the step. May send events by
     * gan__trainer_send(), which fails with GAN_E_CANCELLED if the callback wants to stop: hand that
     * on. Any failure ends the run.
     */
    gan_status (*after_step)(struct gan__watch *watch, gan_trainer *trainer,
                             const struct gan__listener *listener);
    /*
     * A step failed with GAN_E_DIVERGED; the trainer is as before it, and the context has the
     * sentence: read it before any call that can fail, and gan__recover() before that. GAN_OK with
     * *again = true: the run goes on from where the trainer is now, until the step where it was to
     * end. GAN_OK with *again = false: it ends with the sentence that was found. NULL: the same.
     */
    gan_status (*diverged)(struct gan__watch *watch, gan_trainer *trainer,
                           const struct gan__listener *listener, bool *again);
    /*
     * The run has taken its steps or was stopped (trainer->stop is not 0 then), without a failure;
     * before its last checkpoint and GAN_EVENT_FINISHED. NULL: nothing to do.
     */
    gan_status (*ended)(struct gan__watch *watch, gan_trainer *trainer,
                        const struct gan__listener *listener);
    /* Its numbers for the record, by index: *name (NULL: there are no more) and *value (NaN: not
     * known yet). */
    void (*number)(const struct gan__watch *watch, int32_t index, const char **name, double *value);
    /* Give up what it holds and its memory. The watch is out of its slot. */
    void (*finalize)(struct gan__watch *watch, gan_context *ctx);
};

/* The head of each watch: its first member. */
struct gan__watch {
    const struct gan__watch_class *class;
};

/* The slots, in the order in which they are called. */
enum { GAN__WATCH_ALARMS, GAN__WATCH_EVALUATION, GAN__WATCH_COUNT };

/* Put a watch (NULL: none) in its slot; the one that was there is finalized. Cannot fail. */
void gan__trainer_set_watch(gan_trainer *trainer, int32_t slot, struct gan__watch *watch);

/* Tell the program of an event: GAN_E_CANCELLED if its callback asks to stop. */
gan_status gan__trainer_send(gan_trainer *trainer, const struct gan__listener *listener,
                             int32_t event);

/* All watches in turn; run.c calls them, record.c asks for numbers, trainer.c ends them. */
void gan__watches_free(gan_trainer *trainer);
gan_status gan__watches_after_step(gan_trainer *trainer, const struct gan__listener *listener);
gan_status gan__watches_diverged(gan_trainer *trainer, const struct gan__listener *listener,
                                 bool *again);
gan_status gan__watches_ended(gan_trainer *trainer, const struct gan__listener *listener);
bool gan__watches_get(const gan_trainer *trainer, const char *name, double *value);
/* The n-th number of all watches together; *name is NULL after the last one. */
void gan__watches_number(const gan_trainer *trainer, int32_t index, const char **name,
                         double *value);

/* A line in the log of the trainer's run folder, if it has both: a JSON object that begins with
 * {"step":N so that a resumed run finds those that it writes again. */
gan_status gan__watch_log(gan_trainer *trainer, const struct gan__text *line);

/* Append the documentation of the options (gan_kinds). */
void gan__evaluation_document(struct gan__text *out);
void gan__alarms_document(struct gan__text *out);

#endif
