/*
 * A run folder: what a training leaves on disk, so that it can be stopped at any moment, killed
 * too, and goes on as if nothing had been.
 *
 *     gan_run_open(context, &run, "out/digits", "checkpoint_seconds=60 keep=2");
 *     gan_run_steps(run, &step);
 *     if (step >= 0) {
 *         gan_run_resume(run, &trainer, dataset);
 *     } else {
 *         ... gan_trainer_create(context, &trainer, ...)
 *         gan_run_begin(run, trainer, NULL);
 *     }
 *     gan_trainer_run(trainer, 10000 - (step < 0 ? 0 : step), callback, NULL);
 *
 * From gan_run_begin() or gan_run_resume() on, gan_trainer_run() writes to the folder:
 *
 *     config.txt                          all that is needed to repeat the run, as text
 *     log.jsonl                           a JSON object a line: a step's record, a score, what a
 *                                         watch (monitor.h) has found
 *     checkpoints/step-000000500.safetensors   the last `keep` (gan_trainer_save())
 *     checkpoints/best.safetensors        that of the best score
 *     samples/step-000000500.png          a grid at each GAN_EVENT_SAMPLE, if G makes pictures
 *     lock                                two programs can't use one folder at a time
 *
 * A checkpoint is written by gan_run_begin(), so that a run that is killed at any moment after it
 * can be resumed; on its cadence; and when gan_trainer_run() ends, be it well, because its callback
 * asks to stop, or by a step that fails (but not by GAN_E_DIVERGED).
 * Where the system refuses, gan_trainer_run() ends with GAN_E_IO after the step it is in, which was
 * taken; the checkpoints that are there stay as they are, and a later gan_trainer_run() goes on.
 */
#ifndef GAN_RUN_H
#define GAN_RUN_H

#include <gan/trainer.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A run folder in use. */
typedef struct gan_run gan_run;

/**
 * Open a run folder, made if missing (with those above it), and lock it.
 *
 * The lock is the system's (flock): it ends with the last reference to the run and its trainer, or
 * with the process, however that ends. A damaged checkpoint is passed over for the one before, and
 * a warning is logged; temporary files of a killed process are removed.
 *
 * @param out      The new run.
 * @param folder   Its path.
 * @param options  `checkpoint_every` (steps; 0 = none, default), `checkpoint_seconds` (300; 0 =
 *                 none), `keep` (2: how many of the last checkpoints stay; at least 1), `log_every`
 *                 (1: steps; 0 = no log), `samples` (64: pictures of a grid; 0 = none), `best`
 *                 (lowest, highest: which score is the best). NULL: all defaults.
 * @retval GAN_OK          *out is set.
 * @retval GAN_E_ARG       A NULL pointer, a bad option.
 * @retval GAN_E_STATE     The folder is in use: the sentence has the process.
 * @retval GAN_E_IO        The system refused (with its words).
 * @retval GAN_E_NOMEM     No memory.
 */
GAN_API GAN_NODISCARD gan_status gan_run_open(gan_context *context, gan_run **out,
                                              const char *folder, const char *options);

/** Add a reference. @par Threads  Any thread, at any time. */
GAN_API void gan_run_retain(gan_run *run);

/** Give up a reference; the trainer of the run has one. @par Threads  Any thread, at any time. */
GAN_API void gan_run_destroy(gan_run *run);

/**
 * How many steps the training had taken at the newest whole checkpoint; -1 if there is none.
 * @retval GAN_OK       Written.
 * @retval GAN_E_ARG    A NULL pointer.
 * @retval GAN_E_STATE  In a forked child: the run is its parent's.
 * @retval GAN_E_IO     The folder has gone, or it, or each checkpoint that is not damaged, can't be read (with the
 *                      system's words).
 * @retval GAN_E_NOMEM  No memory.
 */
GAN_API GAN_NODISCARD gan_status gan_run_steps(gan_run *run, int64_t *steps);

/**
 * Begin a training in the folder: write a checkpoint and config.txt, and have gan_trainer_run() write
 * the rest.
 *
 * @param trainer  Without a run yet. It holds the run; the run does not hold it.
 * @param options  `replace` (false: a folder with checkpoints, log or config.txt of an earlier
 *                 training is refused; true: they, config.txt and samples/step-*.png are removed first). NULL:
 *                 all defaults.
 * @retval GAN_OK       Begun.
 * @retval GAN_E_ARG    A NULL pointer, two contexts, a bad option.
 * @retval GAN_E_STATE  The folder has an earlier training, or run or trainer are in use already.
 * @retval GAN_E_IO     The system refused (with its words).
 * @retval GAN_E_NOMEM  No memory.
 */
GAN_API GAN_NODISCARD gan_status gan_run_begin(gan_run *run, gan_trainer *trainer,
                                               const char *options);

/**
 * Go on from the newest whole checkpoint. Lines of the log that are later than it are cut off.
 *
 * @param trainer  The new trainer, as gan_trainer_resume() makes it.
 * @param dataset  As gan_trainer_resume(). A warning is logged if config.txt has another one, be it by
 *                 a path only.
 * @retval GAN_OK        *trainer is set.
 * @retval GAN_E_STATE   There is no checkpoint, or the run has a trainer already.
 * @retval GAN_E_FORMAT  None of the checkpoints is whole (the sentence has each one's reason).
 * @retval others        As gan_trainer_resume() and gan_run_begin().
 */
GAN_API GAN_NODISCARD gan_status gan_run_resume(gan_run *run, gan_trainer **trainer,
                                                gan_dataset *dataset);

/**
 * Tell how good the training is at its present step, by whatever measure: the score goes to the
 * log, and if it is the best so far (the first always is) checkpoints/best.safetensors is written.
 * The best score is part of the checkpoints; one that an evaluation found (monitor.h) is another
 * measure's, and replaced. May be called by the callback of gan_trainer_run().
 * Told in GAN_EVENT_STEP or _SAMPLE it is in the checkpoint of its step; told later, a kill before
 * this call returns may lose it.
 *
 * @param score  Finite.
 * @param best   Becomes 1 if it is the best so far, otherwise 0; may be NULL.
 * @retval GAN_OK       Taken.
 * @retval GAN_E_ARG    run is NULL, or a score that is not finite.
 * @retval GAN_E_STATE  The run has no trainer.
 * @retval GAN_E_IO     The system refused (with its words).
 * @retval GAN_E_NOMEM  No memory.
 */
GAN_API GAN_NODISCARD gan_status gan_run_score(gan_run *run, double score, int32_t *best);

/**
 * The best score so far and its step.
 * @param score,step  Either may be NULL.
 * @retval GAN_OK       Written.
 * @retval GAN_E_ARG    run is NULL.
 * @retval GAN_E_STATE  No score was told.
 */
GAN_API GAN_NODISCARD gan_status gan_run_best(gan_run *run, double *score, int64_t *step);

#ifdef __cplusplus
}
#endif

#endif
