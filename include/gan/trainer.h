/*
 * The trainer: a generator G and a discriminator D, trained in turn on a dataset.
 *
 * A step: `d_steps` times, D's loss on a real batch and on a batch of G's is lowered; then
 * `g_steps` times G's is. The first G step uses the last D step's generated batch again (as
 * PyTorch's DCGAN example), further ones draw new noise. D's batch_norm sees real and generated
 * batches apart and keeps running statistics in D's steps only.
 *
 * On their way to D pictures pass `augment` (DiffAugment, drawn anew for each batch), then
 * `instance_noise`, then `pac`. Penalties take the gradient with respect to what enters D.
 *
 * All that a trainer does is option text, and a recipe is nothing but a name for such text:
 *
 *     recipe=wgan_gp                         all of WGAN-GP's: loss, optimizers, steps, averaging
 *     recipe=wgan_gp d_steps=3               the same but for one option, whose whole text it
 *                                            replaces: generator="adam lr=1e-3" has adam's own
 *                                            betas, not the recipe's
 *     loss=relativistic_pairing penalties="r1 gamma=1; r2 gamma=1" generator="adam lr=1e-3 beta1=0"
 *
 * gan_kinds(context, "recipe", ...) prints the recipes, gan_trainer_text() what a trainer has.
 */
#ifndef GAN_TRAINER_H
#define GAN_TRAINER_H

#include <gan/dataset.h>
#include <gan/layer.h>
#include <gan/loss.h>
#include <gan/optimizer.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A training run. */
typedef struct gan_trainer gan_trainer;

/**
 * What a step did: numbers read by name. Belongs to its trainer, valid until the trainer's next
 * step.
 */
typedef struct gan_record gan_record;

/** Events of gan_trainer_run(). */
enum {
    GAN_EVENT_STEP = 1, /**< A step was taken. */
    /** The step just taken was an epoch's last. Comes after its GAN_EVENT_STEP. */
    GAN_EVENT_EPOCH = 2,
    /** `sample_every` steps have passed: a moment to gan_trainer_generate(). */
    GAN_EVENT_SAMPLE = 3,
    GAN_EVENT_FINISHED = 4, /**< The last event of a run, however it ended well. */
    /** A checkpoint was written (run.h). Comes after the step's other events. */
    GAN_EVENT_CHECKPOINT = 5,
    /** The samples were judged (monitor.h): the record has the measures' numbers. */
    GAN_EVENT_EVALUATION = 6,
    GAN_EVENT_ALARM = 7 /**< Something goes wrong: gan_trainer_alarm() (monitor.h) says what. */
};

/**
 * Receives a run's events, on the thread that called gan_trainer_run().
 *
 * May call gan_trainer_generate(), _discriminate(), _steps(), _stop(), _average(), _text(), _save(),
 * _generator(), _discriminator(), _optimizers(), gan_run_score(), _best(), _steps(), gan_record_get(),
 * gan_trainer_alarm(), gan_loss_text(), gan_penalty_text(), gan_optimizer_set(), _text(), _steps() of
 * the optimizers (a learning rate changes from the next step on), gan_dataset_read(), _read_bytes(), _count(),
 * _classes(), _class_name(), _shape(), _text(), _get(), gan_augment(), gan_context_get(),
 * _describe(), gan_judge_text(), _hash(), _size(), gan_features_size(), _read(), gan_metric_text(),
 * _value(), gan_score_get(), _text(), and everything of tensor.h, ops.h, layer.h and io.h that does not
 * change the networks in training; anything else, as a step or a run, answers GAN_E_STATE. Must not
 * throw or longjmp.
 * @param user    As given to gan_trainer_run().
 * @param event   GAN_EVENT_...; ignore numbers that you don't know.
 * @param record  The step's record, as gan_trainer_step() gives it; all zeros before the first.
 * @return 0 to go on, anything else to stop after this step: no further event comes. FINISHED's
 *     answer is ignored.
 */
typedef int32_t (*gan_event_callback)(void *user, gan_trainer *trainer, int32_t event,
                                      const gan_record *record);

/**
 * Make a trainer. Without more it is DCGAN's recipe: non_saturating, adam with lr=2e-4 and
 * beta1=0.5 for both.
 *
 * Options; numbers marked (s) may be schedules over the trainer's steps (optimizer.h has the
 * words):
 * - `recipe`: dcgan, wgan_gp, sngan or r3gan: defaults for all that follows.
 * - `loss` ("hinge", "least_squares smoothing=0.1"), `penalties` ("r1 gamma=1; r2 gamma=1"),
 *   `generator`, `discriminator` (the optimizers: "adam lr=2e-4 beta1=0.5").
 * - `batch` (64), `d_steps` (1), `g_steps` (1), `accumulate` (1: batches whose gradients are
 *   averaged before an update; batch_norm sees each by itself).
 * - `d_skip_above` (1), `d_repeat_below` (0), `d_steps_maximum` (5): while the moving mean of
 *   D's accuracy is above the first, D is looked at but not moved; while it is below the second,
 *   D takes further steps, up to so many in all.
 * - `pac` (1): samples joined on channels for D to see at once, against mode collapse (PacGAN: Lin
 *   et al. 2018); `batch` must be a multiple, D takes pac times the channels.
 * - `augment`: gan_augment()'s options, e.g. augment="policy=translation,cutout"; without it
 *   nothing is changed. An empty text is as none, here, in `penalties` and in `feature_matching`.
 * - `instance_noise` (0, s): deviation of normal noise on what D sees (Soenderby et al. 2017),
 *   e.g. linear(0.2,0,10000).
 * - `feature_matching`: the path of a layer of D: G also, or only, brings the mean of that layer's
 *   output on generated samples near that on real ones, in squared L2 distance (Salimans et al.
 *   2016); `feature_matching_weight` (1, s); `feature_matching_mode` (replace: instead of the
 *   loss, as in the paper; add).
 * - `average` (true: keep the moving average of G's parameters for sampling), `half_life` (of the
 *   average, in pictures, 22000).
 * - `recompute` (false): the outputs of batch_norm, and of relu and leaky_relu after it, are made
 *   again in the backward pass instead of kept: less memory, a little more time, the same bits.
 * - `sample_every` (steps, 0 = never).
 *
 * @param generator      Built; its inputs are noise, or labels (fed with the real batch's). Held.
 * @param discriminator  Built; takes what G makes (`pac` of them) and gives one logit a sample,
 *                       [N, 1]; may have a `labels` input. Held.
 * @param dataset        Samples of the shape that G makes, with labels if a network takes them.
 *                       Held.
 * @param options        As above; NULL: all defaults.
 * @retval GAN_OK       *out is set.
 * @retval GAN_E_ARG    A NULL pointer, objects of two contexts, a bad option, a batch larger than
 *                      the dataset or no multiple of pac, a D that ends in `sigmoid` (losses take
 *                      logits), labels that are missing, parts that make no sense together: the
 *                      sentence says which and what to do.
 * @retval GAN_E_SHAPE  G's output, D's input and the samples differ in shape, D's output is not
 *                      [N, 1], or a layer cannot be trained on batches of that size.
 * @retval GAN_E_STATE  A network is not built.
 * @retval GAN_E_NOMEM  No memory.
 */
GAN_API GAN_NODISCARD gan_status gan_trainer_create(gan_context *context, gan_trainer **out,
                                                    gan_layer *generator, gan_layer *discriminator,
                                                    gan_dataset *dataset, const char *options);

/** Add a reference. @par Threads  Any thread, at any time. */
GAN_API void gan_trainer_retain(gan_trainer *trainer);

/** Give up a reference. @par Threads  Any thread, at any time. */
GAN_API void gan_trainer_destroy(gan_trainer *trainer);

/**
 * All that the trainer does, as options that gan_trainer_create() takes: every option with its
 * value, but `recipe`, which they replace. As gan_layer_text().
 */
GAN_API GAN_NODISCARD gan_status gan_trainer_text(gan_trainer *trainer, char *buffer, size_t size,
                                                  size_t *needed);

/**
 * Replace the loss, before the first step. Held.
 * @retval GAN_OK       Replaced.
 * @retval GAN_E_ARG    A NULL pointer, two contexts, or a loss that makes no sense with the other
 *                      parts.
 * @retval GAN_E_STATE  A step was taken.
 * @retval GAN_E_NOMEM  No memory.
 */
GAN_API GAN_NODISCARD gan_status gan_trainer_set_loss(gan_trainer *trainer, gan_loss *loss);

/**
 * Replace the optimizers, before the first step. The trainer attaches those that are not, and holds
 * them.
 * @param generator,discriminator  Not attached, or attached to this trainer's network; NULL keeps
 *                                  the one there is.
 * @retval GAN_OK       Replaced.
 * @retval GAN_E_ARG    trainer is NULL, two contexts, or an optimizer of another network.
 * @retval GAN_E_STATE  A step was taken.
 * @retval GAN_E_NOMEM  No memory.
 */
GAN_API GAN_NODISCARD gan_status gan_trainer_set_optimizers(gan_trainer *trainer,
                                                            gan_optimizer *generator,
                                                            gan_optimizer *discriminator);

/**
 * Add a penalty to those there are, before the first step. Held.
 * @retval As gan_trainer_set_loss(); GAN_E_ARG also for a kind that is there already, or that the
 *     loss has itself (gradient_penalty with wgan_gp).
 */
GAN_API GAN_NODISCARD gan_status gan_trainer_add_penalty(gan_trainer *trainer,
                                                         gan_penalty *penalty);

/**
 * The trainer's networks: those that gan_trainer_create() was given, or gan_trainer_resume() made.
 * @param generator,discriminator  A reference for the caller.
 * @retval GAN_OK     Set.
 * @retval GAN_E_ARG  A NULL pointer.
 */
GAN_API GAN_NODISCARD gan_status gan_trainer_generator(gan_trainer *trainer, gan_layer **generator);
/** The same. */
GAN_API GAN_NODISCARD gan_status gan_trainer_discriminator(gan_trainer *trainer,
                                                           gan_layer **discriminator);

/**
 * The trainer's optimizers, e.g. to change a learning rate with gan_optimizer_set().
 * @param generator,discriminator  A reference for the caller; either may be NULL.
 * @retval GAN_OK     Set.
 * @retval GAN_E_ARG  trainer is NULL.
 */
GAN_API GAN_NODISCARD gan_status gan_trainer_optimizers(gan_trainer *trainer,
                                                        gan_optimizer **generator,
                                                        gan_optimizer **discriminator);

/**
 * Write a checkpoint: all that the training is, networks, optimizers, average, counters, so that
 * gan_trainer_resume() goes on as if nothing had been in between, to the last bit. Does not change
 * the training by a bit.
 *
 * The file is safetensors with a checksum, whole or not there; any safetensors reader shows the
 * tensors, and gan_layer_load() takes a network out of it: options part=average.
 *
 * @param path  Of the file; replaced if it exists.
 * @retval GAN_OK       Written and synced.
 * @retval GAN_E_ARG    A NULL pointer.
 * @retval GAN_E_IO     The system refused (with its words); an old file of that name is as it was.
 * @retval GAN_E_NOMEM  No memory.
 */
GAN_API GAN_NODISCARD gan_status gan_trainer_save(gan_trainer *trainer, const char *path);

/**
 * Make a trainer from a checkpoint: its networks, optimizers, losses and options are in the file.
 * Layers and losses made by the user must be registered before.
 *
 * At any number of threads and on any CPU the steps that follow are those that the saved trainer
 * would have taken, bit for bit, if libgan's numbers are the same (gan_file_describe() shows the
 * file's `numerics`; a resumed run of other numerics goes on, and a warning is logged).
 *
 * @param out      The new trainer.
 * @param dataset  That of the saved training: count, shape and number of classes must be the same;
 *                 that the samples are, nobody checks. Held.
 * @param path     Of the file.
 * @param options  `max_bytes` (refuse larger files; default 16 GiB). NULL: all defaults.
 * @retval GAN_OK             *out is set.
 * @retval GAN_E_ARG          A NULL pointer, a bad option; a context of another seed than the saved
 *                            one's, another dataset, or a layer or loss that must be registered
 *                            first (the sentence has both values, or the name).
 * @retval GAN_E_IO           The file can't be read (with the system's words).
 * @retval GAN_E_FORMAT       No checkpoint of a trainer, cut off, or damaged: nothing of it is used.
 * @retval GAN_E_UNSUPPORTED  Written by a later version of the format.
 * @retval GAN_E_NOMEM        No memory.
 */
GAN_API GAN_NODISCARD gan_status gan_trainer_resume(gan_context *context, gan_trainer **out,
                                                    gan_dataset *dataset, const char *path,
                                                    const char *options);

/**
 * Take one step. Gradients that the networks' parameters have are forgotten.
 *
 * @param record  The step's record, borrowed; may be NULL.
 * @retval GAN_OK          Taken.
 * @retval GAN_E_ARG       trainer is NULL.
 * @retval GAN_E_STATE     Called from a callback of a run.
 * @retval GAN_E_DIVERGED  A value became infinite or not a number; the sentence names the op and
 *                         the layer, loss or penalty that made the first one. Networks,
 *                         optimizers and average are as before the step.
 * @retval GAN_E_NOMEM     No memory; networks, optimizers and average are as before the step.
 * @retval others          What the callback of the dataset, a layer or the loss returned; the
 *                         same holds.
 */
GAN_API GAN_NODISCARD gan_status gan_trainer_step(gan_trainer *trainer, const gan_record **record);

/**
 * Take steps, with events.
 *
 * @param steps     How many, 0 or more.
 * @param callback  Receives the events; may be NULL.
 * @param user      Handed to it.
 * @retval GAN_OK           All steps were taken, or gan_trainer_stop() was called.
 * @retval GAN_E_CANCELLED  The callback asked to stop; the step was taken.
 * @retval GAN_E_IO         Of a trainer in a run folder (run.h): it can't be written to (with the
 *                          system's words); the step was taken.
 * @retval others           As gan_trainer_step(), of the step that failed.
 */
GAN_API GAN_NODISCARD gan_status gan_trainer_run(gan_trainer *trainer, int64_t steps,
                                                 gan_event_callback callback, void *user);

/**
 * Ask a run to end after the step it is in; a run that has not begun ends before its first step.
 * Used up by the run.
 * @par Threads  Any thread, at any time, and from a signal handler.
 */
GAN_API void gan_trainer_stop(gan_trainer *trainer);

/**
 * How much memory the training takes: the context's `memory_peak` (gan_context_get()) once steps
 * were taken, within a tenth, without what evaluations and sampling take. To know it before the
 * first step, e.g. to choose a batch.
 *
 * Steps on a part of the batch are rehearsed for it, on blank samples: that takes less memory than a
 * step and about as long, and changes nothing but that gradients are forgotten. Layers and
 * losses made by the user are called.
 *
 * @param bytes  Those of the whole context, with what it holds besides.
 * @retval GAN_OK             *bytes is set.
 * @retval GAN_E_ARG          A NULL pointer.
 * @retval GAN_E_STATE        Called from a callback of a run.
 * @retval GAN_E_UNSUPPORTED  A layer or loss made by the user takes another amount each time.
 * @retval GAN_E_NOMEM        No memory.
 * @retval others             What the callback of a layer or the loss returned.
 */
GAN_API GAN_NODISCARD gan_status gan_trainer_memory(gan_trainer *trainer, uint64_t *bytes);

/** How many steps were taken. @retval GAN_OK Written. @retval GAN_E_ARG A NULL pointer. */
GAN_API GAN_NODISCARD gan_status gan_trainer_steps(gan_trainer *trainer, int64_t *steps);

/**
 * Draw samples, of the averaged generator where there is one, in eval mode. Does not change the
 * training by a bit.
 *
 * @param out,count,options  As gan_layer_generate(), and `average` (true; false takes the generator
 *                           as it is).
 * @retval As gan_layer_generate().
 */
GAN_API GAN_NODISCARD gan_status gan_trainer_generate(gan_trainer *trainer, float *out,
                                                      int64_t count, const char *options);

/**
 * The discriminator's probability that each sample is real, in [0, 1] (with a loss made by the
 * user: what its callback makes of the logits), in eval mode and bounded memory.
 *
 * With batch_norm in D this differs from the record's means: running statistics mix real and
 * generated batches. With minibatch_stddev or minibatch_discrimination in D a probability depends
 * on the samples that are computed at a time with it, and so on `batch`.
 *
 * @param probabilities  Room for count / pac numbers.
 * @param samples        count samples of the dataset's shape, densely packed. With `pac` each run
 *                       of so many is judged as one, and gets one probability; count must be a
 *                       multiple.
 * @param options        `labels` (needed where D takes labels) and `batch` as gan_layer_generate().
 * @retval GAN_OK             Written. On failure the contents are undefined.
 * @retval GAN_E_ARG          A NULL pointer, a negative count, a bad option.
 * @retval GAN_E_SHAPE        The samples computed at a time are no whole groups of a
 *                            minibatch_stddev.
 * @retval GAN_E_UNSUPPORTED  With this loss D's output is no probability.
 * @retval GAN_E_NOMEM        No memory.
 * @retval others             What the callback of a layer or the loss returned.
 */
GAN_API GAN_NODISCARD gan_status gan_trainer_discriminate(gan_trainer *trainer,
                                                          float *probabilities,
                                                          const float *samples, int64_t count,
                                                          const char *options);

/**
 * The averaged generator as a network of its own, to save or to sample: a copy that later steps
 * don't change. Its batch_norm statistics are estimated anew, over 16 batches of noise.
 *
 * @param average  A reference for the caller. Without `average=true` a copy of the generator as it
 *                 is.
 * @retval GAN_OK       *average is set.
 * @retval GAN_E_ARG    A NULL pointer.
 * @retval GAN_E_NOMEM  No memory.
 */
GAN_API GAN_NODISCARD gan_status gan_trainer_average(gan_trainer *trainer, gan_layer **average);

/**
 * Read one of a record's numbers.
 *
 * `step` (how many were taken, with this one), `epoch` (how many passes over the dataset are
 * complete), `d_loss` (all that D minimises: with penalties), `penalty` (their share of it, in the
 * last D step), `g_loss`, `d_real` and `d_generated` (D's mean probability on the real and the
 * generated batch of the last D step, before its update), `d_accuracy` (share of the two batches
 * that D tells right; relativistic_pairing: share of pairs; relativistic_average: of real
 * samples above the generated ones' mean), `critic_distance` (wasserstein: the
 * mean of D's output on real less that on generated samples), `d_updates` (how often D was moved in
 * this step), `d_gradient_norm`, `g_gradient_norm` (L2, over all parameters, before clipping and
 * update), `images_per_second` (real pictures that passed D in this step, over its wall time) and
 * `data_seconds` (wall time of this step for reading real batches): the two numbers that are not the
 * same in each run. With a watch (monitor.h) also the numbers of its last look; NaN
 * before the first.
 *
 * @retval GAN_OK             *value is set.
 * @retval GAN_E_ARG          A NULL pointer, or no such name (the trainer's context has the
 *                            sentence).
 * @retval GAN_E_UNSUPPORTED  The value has no meaning with this loss.
 */
GAN_API GAN_NODISCARD gan_status gan_record_get(const gan_record *record, double *value,
                                                const char *name);

#ifdef __cplusplus
}
#endif

#endif
