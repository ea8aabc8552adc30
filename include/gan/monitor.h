/*
 * What watches a training: scores of its samples under way, and alarms when it goes wrong. Neither
 * changes a bit of the training (but where an option says so, going back after a divergence).
 *
 * Both act inside gan_trainer_run(), after a step's GAN_EVENT_STEP. Set them again after
 * gan_trainer_resume() or gan_run_resume(), with the same options: what they remember is part of the
 * checkpoints, and they go on as if nothing had been (but for the states in memory that alarms go
 * back to: until two checks later the resumed one is the only one).
 */
#ifndef GAN_MONITOR_H
#define GAN_MONITOR_H

#include <gan/metrics.h>
#include <gan/trainer.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Judge the averaged generator's samples every so many steps.
 *
 * Each time: `count` samples of the same noise, the measures on them against `real`, the numbers in
 * the record under their names ("fid", "kid", ...; they stay there until the next time; `diversity`
 * and `duplicates` are the alarms' where those are set too), a GAN_EVENT_EVALUATION. In a run folder
 * also a line in log.jsonl with the measures' whole texts (judge, counts, options), and the first
 * measure's first number is told as by gan_run_score(), so that checkpoints/best.safetensors is the
 * best one's; when gan_trainer_run() ends and was not stopped by the program, the best checkpoint's
 * samples of fresh noise are judged again, once, which goes to the log: the best of many looks is
 * flattered. A best of another measure, or the program's own by gan_run_score(), is not compared with
 * but replaced; one of the same measure with other options or another judge is compared with: begin
 * a new run then. `patience` counts from the best's step, or from an earlier one that the alarms went
 * back to.
 *
 * An evaluation that fails (no memory; samples that are not finite) ends the run with its status
 * after the step, which was taken and, in a run folder, saved.
 *
 * @param judge    Held. NULL ends the watch.
 * @param real     Features by that judge of the real samples. Held; must not grow meanwhile.
 * @param options  `every` (1000: steps), `count` (10000: samples), `measures` ("fid": kinds with
 *                 options, joined by semicolons: "fid; kid subsets=10; prdc"), `seed` (0: of the
 *                 noise), `patience` (0: never; stop the run, as gan_trainer_stop(), after so many
 *                 evaluations in a row without a better score). NULL: all defaults.
 * @retval GAN_OK       Set.
 * @retval GAN_E_ARG    trainer or real is NULL, two contexts, a bad option or measure, a kind of
 *                      measure twice, features of another judge, a measure that wants more samples
 *                      than `count` or `real` has or what they have not (in its own sentence), a run
 *                      folder whose `best` is not the score's direction (a run that begins later is
 *                      refused by its first step).
 * @retval GAN_E_SHAPE  The judge does not take samples of the dataset's shape.
 * @retval GAN_E_STATE  Called from a callback.
 * @retval GAN_E_NOMEM  No memory.
 */
GAN_API GAN_NODISCARD gan_status gan_trainer_set_evaluation(gan_trainer *trainer, gan_judge *judge,
                                                            gan_features *real,
                                                            const char *options);

/**
 * Watch for collapse, every so many steps, after a warm-up.
 *
 * Four alarms; each rings once until its cause has gone:
 * - `never_diverse`: since the warm-up the samples never were as diverse as `variety` and
 *   `duplicates` ask;
 * - `lost_diversity`: they were, for `patience` checks in a row, and are no more;
 * - `d_won`: D tells real from generated so surely that G learns nothing from it (only where its
 *   output is a probability);
 * - `non_finite`: a step failed with GAN_E_DIVERGED; the sentence names the first op that made a
 *   value which is not finite.
 *
 * From a check to the next the record has `diversity` (mean distance of `samples` generated samples
 * from each other, over that of real ones), `variety` (of how many different samples they are worth,
 * over that of real ones: three of eight modes have a variety of 3/8, however far they are from each
 * other), `duplicates` (share of them that another one repeats), `saturation` (moving mean of how
 * sure D is: half of 1 + its probability for real samples - that for generated ones), and the
 * gradient norms it always has; a run folder's log has them in a line. An alarm is a
 * GAN_EVENT_ALARM, a line in that log, and a warning in the context's log; gan_trainer_alarm() has
 * its name, what was found and what to try.
 *
 * @param judge    Whose features distances are taken in; held. NULL: the samples themselves (right
 *                 for points in the plane).
 * @param options  `every` (50: steps; 0 ends the watch), `warmup` (500: steps), `samples` (256),
 *                 `patience` (6: checks in a row that must find the same), thresholds and what else
 *                 there is: docs/kinds.md, "alarms". `non_finite` (stop: as without a watch,
 *                 gan_trainer_run() ends with GAN_E_DIVERGED; go_back: to the state of one or two
 *                 checks before, at most `go_back_limit` times in a training, with both optimizers'
 *                 `lr_factor` times `go_back_factor`; a run folder has that state's checkpoint
 *                 then; not if a factor would fall below 1e-9, and not before the first check after
 *                 gan_trainer_set_optimizers(): the alarm says so. Where going back fails, as for a
 *                 full disk, the run ends with that status and no alarm rings). NULL: all defaults.
 * @retval GAN_OK       Set.
 * @retval GAN_E_ARG    trainer is NULL, two contexts, a bad option, a dataset of less than two
 *                      samples or with some that are not finite.
 * @retval GAN_E_SHAPE  Samples that the judge does not take.
 * @retval others       As gan_dataset_read() and gan_trainer_generate().
 * @retval GAN_E_STATE  Called from a callback.
 * @retval GAN_E_NOMEM  No memory.
 */
GAN_API GAN_NODISCARD gan_status gan_trainer_set_alarms(gan_trainer *trainer, gan_judge *judge,
                                                        const char *options);

/**
 * The last alarm: inside the callback of GAN_EVENT_ALARM the one that it is about.
 *
 * @param step   The step after which it rang, or, where the training went back, the one it goes on
 *               after (which may be 0); 0 if none did; may be NULL.
 * @param name   "lost_diversity", ...; "" if none rang. Written as everywhere (gan.h).
 * @param size   Of name.
 * @param text   A sentence with what was found and the threshold, and one with the remedy to try.
 * @param text_size,needed  Of text.
 * @retval GAN_OK     Written.
 * @retval GAN_E_ARG  trainer is NULL.
 */
GAN_API GAN_NODISCARD gan_status gan_trainer_alarm(gan_trainer *trainer, int64_t *step, char *name,
                                                   size_t size, char *text, size_t text_size,
                                                   size_t *needed);

#ifdef __cplusplus
}
#endif

#endif
