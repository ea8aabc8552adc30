/*
 * Judging samples: the field's measures, exactly as their references define them.
 *
 * Three objects. A judge is a network that turns pictures into features (and logits): Inception-v3,
 * or a small classifier that libgan trained. Features are what a judge saw in a set of samples.
 * A metric compares the features of generated samples with those of real ones and gives a score,
 * which carries its protocol: the judge's name and hash, the number of samples, all options.
 *
 *     gan_judge_load(context, &judge, "digit_classifier.safetensors", NULL);
 *     gan_features_create(judge, &real, "digits");
 *     gan_features_add_dataset(real, dataset, "count=10000");
 *     gan_features_create(judge, &fake, "generator");
 *     gan_features_add_generated(fake, generator, 10000, "seed=1");
 *     gan_metric_create(context, &metric, "fid", NULL);
 *     gan_metric_compute(metric, &score, fake, real);
 *     gan_score_get(score, &value, "fid");
 *
 * Scores of different judges, numbers of samples or options can't be compared with each other, and
 * a Frechet distance by any judge but Inception-v3 is not what papers call FID.
 *
 * All numbers are the same bits at any number of threads and on every instruction set.
 */
#ifndef GAN_METRICS_H
#define GAN_METRICS_H

#include <gan/dataset.h>
#include <gan/layer.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A network that features and logits are taken of. */
typedef struct gan_judge gan_judge;

/** What a judge saw in a set of samples. */
typedef struct gan_features gan_features;

/** A measure. */
typedef struct gan_metric gan_metric;

/** What a measure found, with its protocol. */
typedef struct gan_score gan_score;

/* ---- judges ---- */

/**
 * Make a judge of a network.
 *
 * What a sample goes through: with `round` a picture becomes bytes, as if it had been saved as PNG
 * and read again (rows of numbers stay as they are); with `resize` pictures of any size are brought
 * to the network's; a grey picture is repeated for a network that takes three channels; then the
 * network runs in eval mode. The output of the layer `features`, flattened and divided by `scale`,
 * is the features; the network's output, if it is [N, classes], the logits.
 *
 * @param network  Built, with one input that is fed by data. Held; must not be trained while the
 *                 judge lives (what it gave before would not be what it gives then).
 * @param options  `name` (what scores call it; default: "network"); `features` (path of a layer;
 *                 default: the one before the last `dense` line); `scale` (1: choose it so that the
 *                 mean of |f|^2 / dimension is 1 on the training set, or the cubic KID means
 *                 little); `resize` (none; tf1: bilinear, pixel i standing at i * in / out, then
 *                 (v - 128) / 128, as TensorFlow's FID; torch: bilinear between the pixels' centres,
 *                 then v / 127.5 - 1, as pytorch-fid);
 *                 `round` (true); `stacked` (false; true: a one-channel network judges each of a
 *                 picture's channels by itself: features are joined, a sample's class is the number
 *                 that the channels' classes spell, of at most 1,000,000: stacked MNIST). NULL: all
 *                 defaults.
 * @retval GAN_OK       *out is set.
 * @retval GAN_E_ARG    A NULL pointer, two contexts, a bad option, no such layer (the sentence lists
 *                      those there are).
 * @retval GAN_E_STATE  The network is not built, is fed by anything but one input of data, or has a
 *                      layer that sees the batch (minibatch_stddev, minibatch_discrimination).
 * @retval GAN_E_NOMEM  No memory.
 */
GAN_API GAN_NODISCARD gan_status gan_judge_create(gan_context *context, gan_judge **out,
                                                  gan_layer *network, const char *options);

/** Add a reference. @par Threads  Any thread, at any time. */
GAN_API void gan_judge_retain(gan_judge *judge);

/** Give up a reference. @par Threads  Any thread, at any time. */
GAN_API void gan_judge_destroy(gan_judge *judge);

/**
 * Load a judge: a network's file whose `__metadata__` has the judge's options as `judge`, as
 * gan_judge_save() writes it; without them the file's network is a judge with the defaults.
 *
 * @param path     Of the file.
 * @param options  As gan_judge_create(), over those of the file; and `max_bytes` (refuse larger
 *                 files; default 4 GiB). The name's default is the file's, without folder and
 *                 ending. NULL: all of the file's.
 * @retval As gan_layer_load() and gan_judge_create(); GAN_E_FORMAT also for options in the file
 *     that are not a judge's.
 */
GAN_API GAN_NODISCARD gan_status gan_judge_load(gan_context *context, gan_judge **out,
                                                const char *path, const char *options);

/**
 * Save a judge: its network with its options. Other programs, and gan_layer_load(), read the
 * network.
 * @param options  `dtype` as gan_layer_save(). NULL: all defaults.
 * @retval As gan_layer_save().
 */
GAN_API GAN_NODISCARD gan_status gan_judge_save(gan_judge *judge, const char *path,
                                                const char *options);

/**
 * The judge's options as text; they begin with its name. As gan_layer_text().
 */
GAN_API GAN_NODISCARD gan_status gan_judge_text(gan_judge *judge, char *buffer, size_t size,
                                                size_t *needed);

/**
 * The judge's hash: the SHA-256, in hexadecimal, of its network's text, its parameters and those of
 * its options that change a feature. As gan_layer_text().
 */
GAN_API GAN_NODISCARD gan_status gan_judge_hash(gan_judge *judge, char *buffer, size_t size,
                                                size_t *needed);

/**
 * What the judge makes of a sample.
 * @param dimension  Numbers of a sample's features; may be NULL.
 * @param classes    Numbers of its logits, 0 for none (with `stacked`: 0); may be NULL.
 * @retval GAN_OK     Written.
 * @retval GAN_E_ARG  judge is NULL.
 */
GAN_API GAN_NODISCARD gan_status gan_judge_size(gan_judge *judge, int64_t *dimension,
                                                int64_t *classes);

/* ---- features ---- */

/**
 * Begin an empty set of features that a judge is to fill.
 * @param name  What scores call the set: "cifar10 train". NULL: "samples".
 * @retval GAN_OK       *out is set. The judge is held.
 * @retval GAN_E_ARG    A NULL pointer.
 * @retval GAN_E_NOMEM  No memory.
 */
GAN_API GAN_NODISCARD gan_status gan_features_create(gan_judge *judge, gan_features **out,
                                                     const char *name);

/**
 * Begin an empty set of features that come from elsewhere: of any network of any program, or
 * samples that are their own features, as points in the plane.
 *
 * @param name       Of the set; NULL: "samples".
 * @param judge      What scores call the judge; NULL: "rows".
 * @param dimension  Numbers of a row, at least 1.
 * @param classes    Numbers of a row of logits; 0: there are none.
 * @retval GAN_OK       *out is set.
 * @retval GAN_E_ARG    A NULL pointer, a bad number.
 * @retval GAN_E_NOMEM  No memory.
 */
GAN_API GAN_NODISCARD gan_status gan_features_create_rows(gan_context *context, gan_features **out,
                                                          const char *name, const char *judge,
                                                          int64_t dimension, int64_t classes);

/** Add a reference. @par Threads  Any thread, at any time. */
GAN_API void gan_features_retain(gan_features *features);

/** Give up a reference. @par Threads  Any thread, at any time. */
GAN_API void gan_features_destroy(gan_features *features);

/**
 * Add rows. How samples are divided into calls changes no bit of any score.
 *
 * @param rows    count rows of the set's dimension, densely packed; finite.
 * @param logits  count rows of the set's classes; NULL where there are none.
 * @retval GAN_OK             Added. On failure the set is as it was, here and in the calls below.
 * @retval GAN_E_ARG          A NULL pointer, a negative count, a value that is not finite (the
 *                            sentence has row and column), a set of a file with statistics only.
 * @retval GAN_E_NOMEM        No memory.
 */
GAN_API GAN_NODISCARD gan_status gan_features_add_rows(gan_features *features, const float *rows,
                                                       const float *logits, int64_t count);

/**
 * Add what the set's judge sees in samples.
 *
 * @param samples    count samples of the given shape, densely packed; pictures in [-1, 1]. Nobody
 *                   checks that they are: with `round` a picture's values beyond are cut to it,
 *                   without it the network is given what there is.
 * @param shape,rank Of one sample: what the judge's network takes; with `resize` pictures of any
 *                   size.
 * @retval GAN_OK       Added.
 * @retval GAN_E_ARG    A NULL pointer, a negative count, a set without a judge, a sample that is not
 *                      finite or whose features are not (the sentence has its number).
 * @retval GAN_E_SHAPE  Samples that the network does not take.
 * @retval GAN_E_NOMEM  No memory.
 */
GAN_API GAN_NODISCARD gan_status gan_features_add_samples(gan_features *features,
                                                          const float *samples, int64_t count,
                                                          const int64_t *shape, int32_t rank);

/**
 * Add what the set's judge sees in a dataset's samples, as gan_dataset_read() gives them.
 *
 * @param options  `first` (0), `count` (0: all from there on), `shuffle` (false; true: `first` and
 *                 `count` are of an order drawn without replacement, so that two parts of one
 *                 drawing have no sample in common) and `seed` (0: of the drawing). NULL: all
 *                 defaults.
 * @retval As gan_features_add_samples() and gan_dataset_read(); GAN_E_ARG also for more samples
 *     than there are.
 */
GAN_API GAN_NODISCARD gan_status gan_features_add_dataset(gan_features *features,
                                                          gan_dataset *dataset,
                                                          const char *options);

/**
 * Add what the set's judge sees in a generator's samples, in bounded memory.
 *
 * @param generator  As gan_layer_generate() takes it.
 * @param count      How many samples.
 * @param options    As gan_layer_generate().
 * @retval As gan_features_add_samples() and gan_layer_generate().
 */
GAN_API GAN_NODISCARD gan_status gan_features_add_generated(gan_features *features,
                                                            gan_layer *generator, int64_t count,
                                                            const char *options);

/**
 * Load features or statistics from an .npz file.
 *
 * The arrays: `mu` [D] and `sigma` [D, D], as pytorch-fid and the FID's authors publish them
 * (statistics only: they serve `fid` alone), or `features` [N, D] with `logits` [N, C] if there are
 * any; `count`, `judge` (the judge's name and hash), and `labels` with `classes` (of a stacked
 * judge; at most 1,000,000), which others do not write.
 *
 * @param path     Of the file.
 * @param options  `name` (of the set; default: the file's, without folder and ending), `count` (how
 *                 many samples statistics are of, where the file does not say), `max_bytes` (of an
 *                 array; default 4 GiB). NULL: all defaults.
 * @retval GAN_OK             *out is set.
 * @retval GAN_E_ARG          A NULL pointer, a bad option.
 * @retval GAN_E_IO           The file can't be read (with the system's words).
 * @retval GAN_E_FORMAT       No .npz, cut off, without the arrays, of shapes that don't fit, with
 *                            values that are not finite, a sigma that is not symmetric.
 * @retval GAN_E_UNSUPPORTED  This build is without minizip.
 * @retval GAN_E_NOMEM        No memory.
 */
GAN_API GAN_NODISCARD gan_status gan_features_load(gan_context *context, gan_features **out,
                                                   const char *path, const char *options);

/**
 * Save features as an .npz file that gan_features_load(), NumPy and (for statistics) pytorch-fid
 * read.
 *
 * @param options  `what` (statistics: `mu`, `sigma`; rows: `features`, `logits`; default
 *                 statistics). NULL: all defaults.
 * @retval GAN_OK             Written and synced.
 * @retval GAN_E_ARG          A NULL pointer, a bad option, rows of a set that has none, statistics
 *                            of fewer than two samples.
 * @retval GAN_E_IO           The system refused (with its words); an old file is as it was.
 * @retval GAN_E_UNSUPPORTED  This build is without minizip.
 * @retval GAN_E_NOMEM        No memory.
 */
GAN_API GAN_NODISCARD gan_status gan_features_save(gan_features *features, const char *path,
                                                   const char *options);

/**
 * The size of a set.
 * @param count      Samples; 0 for statistics of a file that does not say. May be NULL.
 * @param dimension  Numbers of a row; may be NULL.
 * @param classes    Numbers of a row of logits; 0: there are none. May be NULL.
 * @retval GAN_OK Written. @retval GAN_E_ARG features is NULL.
 */
GAN_API GAN_NODISCARD gan_status gan_features_size(gan_features *features, int64_t *count,
                                                   int64_t *dimension, int64_t *classes);

/**
 * Copy rows out.
 * @param rows    Room for count rows of the dimension; may be NULL.
 * @param logits  Room for count rows of the classes; may be NULL.
 * @param first   The first row.
 * @retval GAN_OK     Written.
 * @retval GAN_E_ARG  features is NULL, rows that are not there, a set without rows, or logits of a
 *                    set without them.
 */
GAN_API GAN_NODISCARD gan_status gan_features_read(gan_features *features, float *rows,
                                                   float *logits, int64_t first, int64_t count);

/**
 * The nearest of `real` for each row of a set: has the generator learnt its data by heart?
 *
 * @param rows       Room for a number of `real` for each row; the smaller one of two as near.
 * @param distances  Room for an L2 distance for each row; may be NULL.
 * @param real       The set that is searched.
 * @retval GAN_OK       Written.
 * @retval GAN_E_ARG    A NULL pointer, sets without rows, of two contexts, judges or dimensions, or
 *                      an empty `real`.
 * @retval GAN_E_NOMEM  No memory.
 */
GAN_API GAN_NODISCARD gan_status gan_features_nearest(gan_features *features, int64_t *rows,
                                                      double *distances, gan_features *real);

/* ---- measures ---- */

/**
 * Make a measure by name. All kinds with their options and sources: docs/kinds.md, or
 * gan_kinds(context, "metric", ...).
 *
 * - `inception_score`: gives inception_score and inception_score_deviation. Needs logits; looks at
 *   the generated samples only.
 * - `fid`: gives fid.
 * - `kid`: gives kid and kid_deviation.
 * - `prdc`: gives precision, recall, density, coverage.
 * - `modes`: gives modes, modes_of (how many the data has), divergence (KL of the samples' classes
 *   from the data's, in nats), rarest (the smallest class's share), clear (the share of samples
 *   whose class has at least `confidence`). Needs classes. Without real
 *   features the data's distribution is taken for even over all classes. A class that the data lack is
 *   no mode; for `divergence`, which would be infinite, it counts as half a real sample.
 * - `nearest`: gives nearest (mean distance of generated samples from the nearest real one),
 *   nearest_real (that of real samples from the nearest other one), copies (share of generated
 *   samples that are nearer to a real one than `copy` of nearest_real).
 * - `diversity`: gives diversity (mean distance between generated samples, over that between real
 *   ones), duplicates (share of generated samples that have another one within `same` times
 *   the mean distance between real ones).
 *
 * @param out      The new measure; give it up with gan_metric_destroy().
 * @param kind     Its name.
 * @param options  "key=value ..." or NULL.
 * @retval GAN_OK       *out is set.
 * @retval GAN_E_ARG    A pointer is NULL; an unknown kind or option, or a value out of bounds.
 * @retval GAN_E_NOMEM  No memory.
 */
GAN_API GAN_NODISCARD gan_status gan_metric_create(gan_context *context, gan_metric **out,
                                                   const char *kind, const char *options);

/** Add a reference. @par Threads  Any thread, at any time. */
GAN_API void gan_metric_retain(gan_metric *metric);

/** Give up a reference. @par Threads  Any thread, at any time. */
GAN_API void gan_metric_destroy(gan_metric *metric);

/** The measure's kind and all its options as text: "kid subsets=100 ...". As gan_layer_text(). */
GAN_API GAN_NODISCARD gan_status gan_metric_text(gan_metric *metric, char *buffer, size_t size,
                                                 size_t *needed);

/**
 * One of the numbers that a measure's scores have: its name and its direction, without a score.
 *
 *     for (int32_t i = 0, count = 1; i < count; i++)
 *         gan_metric_value(metric, i, &count, &better, name, sizeof name, NULL);
 *
 * @param index   0 to count - 1, in the order of gan_metric_create()'s list; 0 is always there, and
 *                is the one that gan_trainer_set_evaluation() chooses the best checkpoint by (the
 *                lowest where `better` is -1, else the highest).
 * @param count   How many there are; may be NULL.
 * @param better  1: the higher the better; -1: the lower; 0: neither (a deviation; what others are
 *                compared with; `diversity`, which is best near 1). May be NULL.
 * @param name,size,needed  "fid", "kid_deviation", ..., written as everywhere (gan.h); may be NULL,
 *                          0, NULL.
 * @retval GAN_OK       Written.
 * @retval GAN_E_ARG    metric is NULL, or no such index.
 * @retval GAN_E_NOMEM  No memory.
 */
GAN_API GAN_NODISCARD gan_status gan_metric_value(gan_metric *metric, int32_t index, int32_t *count,
                                                  int32_t *better, char *name, size_t size,
                                                  size_t *needed);

/**
 * Say which rows a measure takes in place of those that it draws, to repeat another program's
 * drawing: for inception_score the order of the generated rows before they are cut into splits; for
 * kid the rows of all subsets in turn, subsets * subset_size of each set.
 *
 * @param generated  count numbers of rows. Copied.
 * @param real       The same for the real set; NULL where the measure draws none.
 * @param count      0 goes back to what the measure draws itself.
 * @retval GAN_OK       Taken.
 * @retval GAN_E_ARG    A NULL pointer, a negative number, a measure that draws nothing.
 * @retval GAN_E_NOMEM  No memory.
 */
GAN_API GAN_NODISCARD gan_status gan_metric_set_rows(gan_metric *metric, const int64_t *generated,
                                                     const int64_t *real, int64_t count);

/**
 * Compute a score.
 *
 * @param score      The new score; give it up with gan_score_destroy().
 * @param generated  The samples that are judged.
 * @param real       What they are compared with; NULL for a measure that needs none.
 * @retval GAN_OK       *score is set.
 * @retval GAN_E_ARG    A NULL pointer, two contexts; sets of two judges or dimensions; too few
 *                      samples, no rows, no logits where the measure needs them (the sentence has
 *                      what there is and what is wanted); rows of gan_metric_set_rows() that are not
 *                      there.
 * @retval GAN_E_NOMEM  No memory.
 */
GAN_API GAN_NODISCARD gan_status gan_metric_compute(gan_metric *metric, gan_score **score,
                                                    gan_features *generated, gan_features *real);

/** Add a reference. @par Threads  Any thread, at any time. */
GAN_API void gan_score_retain(gan_score *score);

/** Give up a reference. @par Threads  Any thread, at any time. */
GAN_API void gan_score_destroy(gan_score *score);

/**
 * Read one of a score's numbers by the name that gan_metric_create() lists.
 * @retval GAN_OK     *value is set.
 * @retval GAN_E_ARG  A NULL pointer, or no such name (the sentence lists those there are).
 */
GAN_API GAN_NODISCARD gan_status gan_score_get(gan_score *score, double *value, const char *name);

/**
 * The score as one JSON object: {"metric": "fid", "options": "...", "judge": {"name": ..., "hash":
 * ...}, "generated": {"name": ..., "count": ...}, "real": {...}, "values": {"fid": 12.5}}. As
 * gan_layer_text().
 */
GAN_API GAN_NODISCARD gan_status gan_score_text(gan_score *score, char *buffer, size_t size,
                                                size_t *needed);

#ifdef __cplusplus
}
#endif

#endif
