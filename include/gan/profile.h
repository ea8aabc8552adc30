/*
 * Where a step's time goes: a context's time by phase, network, layer and op, with the arithmetic
 * done in it; for people as a table, for programs row by row, for a trace viewer event by event.
 *
 *     gan_profile_start(context, NULL);
 *     gan_trainer_run(trainer, 100, NULL, NULL);
 *     gan_profile_stop(context);
 *     gan_profile_table(context, buffer, size, NULL);
 *     gan_profile_save(context, "step.json");
 *
 * A profile changes no result by a bit. While none runs it costs a branch an op; while one runs, a
 * few tenths of a microsecond. Times are wall times of the thread that called libgan.
 */
#ifndef GAN_PROFILE_H
#define GAN_PROFILE_H

#include <gan/context.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Start a profile of all that the context does; one that is there is forgotten.
 *
 * @param options  `events` (65536: how many of the latest are kept for gan_profile_save(), 32 bytes
 *                 each; the rows are of all there were). NULL: all defaults.
 * @retval GAN_OK       Started.
 * @retval GAN_E_ARG    A bad option.
 * @retval GAN_E_STATE  Called from a callback.
 * @retval GAN_E_NOMEM  No memory; a profile that is there goes on.
 */
GAN_API GAN_NODISCARD gan_status gan_profile_start(gan_context *context, const char *options);

/**
 * Stop it. What it has found stays, to be read, until the next gan_profile_start() or the context's
 * end.
 * @retval GAN_OK       No profile runs.
 * @retval GAN_E_STATE  Called from a callback.
 */
GAN_API GAN_NODISCARD gan_status gan_profile_stop(gan_context *context);

/**
 * How many rows the profile has. A row is found by four labels (gan_profile_label()); rows are in
 * the order in which they came up, and only become more.
 * @retval GAN_OK       *count is set.
 * @retval GAN_E_ARG    count is NULL.
 * @retval GAN_E_STATE  There was no gan_profile_start().
 * @retval GAN_E_NOMEM  The profile is incomplete, as there was no memory for one of its rows (which
 *                      fails no other call).
 */
GAN_API GAN_NODISCARD gan_status gan_profile_count(gan_context *context, int64_t *count);

/**
 * Read one of a row's labels.
 *
 * @param row    0 to count - 1.
 * @param name   `phase`: forward, backward, second order (backward through a gradient, as penalties
 *               need it), optimizer, data or other. `network`: generator, discriminator or average (its samples),
 *               of a trainer's; otherwise "". `layer`: the layer's path and kind, "3 (conv2d)", or the
 *               loss or penalty; "" where there is none. `op`: the op, "conv2d_weight"; "gradient of
 *               batch_norm" is what a gradient does beside ops; "layer" what a layer does beside
 *               them; others are the optimizer's kind, "read_batch", "step" (of a trainer, what is
 *               not in other rows; its calls are the steps) and the like.
 * @param buffer,size,needed  As everywhere (gan.h).
 * @retval GAN_OK     Written.
 * @retval GAN_E_ARG  A NULL pointer, no such row, or an unknown name (the sentence lists the right
 *                    ones).
 * @retval others     As gan_profile_count().
 */
GAN_API GAN_NODISCARD gan_status gan_profile_label(gan_context *context, int64_t row,
                                                   const char *name, char *buffer, size_t size,
                                                   size_t *needed);

/**
 * Read one of a row's numbers.
 *
 * @param row   0 to count - 1.
 * @param name  `calls`; `seconds` (without those in other rows, so that all rows' sum is the time
 *              that was profiled); `whole_seconds` (with them: of `step` the steps' time); `operations` (multiplications and additions of convolutions and
 *              matrix products, as the direct algorithm counts them, padding included; 0 for
 *              others); `bytes` (of what went in and came out, each once).
 * @retval As gan_profile_label().
 */
GAN_API GAN_NODISCARD gan_status gan_profile_get(gan_context *context, double *value, int64_t row,
                                                 const char *name);

/**
 * The profile for people: time by phase, by layer, and row by row, each sorted by its share, with
 * GFLOP/s and GB/s; of a trainer's whole steps as milliseconds a step.
 *
 * @param buffer,size,needed  As everywhere (gan.h).
 * @retval GAN_OK     Written.
 * @retval GAN_E_ARG  A NULL pointer.
 * @retval others     As gan_profile_count().
 */
GAN_API GAN_NODISCARD gan_status gan_profile_table(gan_context *context, char *buffer, size_t size,
                                                   size_t *needed);

/**
 * Write the latest events as JSON in the Chrome trace format, which chrome://tracing and
 * https://ui.perfetto.dev show.
 *
 * @param path  Of the file; replaced if it exists, whole or not at all.
 * @retval GAN_OK     Written and synced.
 * @retval GAN_E_ARG  A NULL pointer.
 * @retval GAN_E_IO   The system refused (with its words); an old file of that name is as it was.
 * @retval others     As gan_profile_count().
 */
GAN_API GAN_NODISCARD gan_status gan_profile_save(gan_context *context, const char *path);

#ifdef __cplusplus
}
#endif

#endif
