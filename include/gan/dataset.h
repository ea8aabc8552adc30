/*
 * Datasets: pictures (or rows of numbers) with or without labels, read by number.
 */
#ifndef GAN_DATASET_H
#define GAN_DATASET_H

#include <gan/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A dataset. */
typedef struct gan_dataset gan_dataset;

/**
 * Make a dataset by name. All kinds with their options: docs/kinds.md, or gan_kinds(context,
 * "dataset", ...).
 *
 * - `idx`: MNIST's format, plain or gzip: `images` (a path), `labels` (a path, optional). A file of
 *   rank 3 [count, height, width] gives samples [height, width, 1].
 * - `cifar10`, `cifar100`: the binary layout: `path` is the folder, one .bin file, or the downloaded
 *   .tar.gz, read as it is; `split` (train, test, all; a single file is taken whole); cifar100 has
 *   `labels` (fine, coarse).
 * - `folder`: PNG and JPEG pictures of any size under `path`, brought to `size` (both required); see
 *   its options for resizing, cropping, broken files, cache and decoding ahead. Sub-folders are
 *   classes, in the order of their names' bytes; so are the files.
 * - `npy`: an array of NumPy's in a .npy or .npz file: `samples` (a path; of an .npz its first array,
 *   or `array`), `labels` (a path, optional; `labels_array`), `layout` (nhwc, nchw).
 *
 * Bytes become v / 127.5 - 1; floats are taken as they are. `idx`, `cifar` and `npy` read
 * everything at once (the files may go afterwards), and all have `limit` (use the first so many, 0 =
 * all) and `max_bytes` (refuse files that are, or unpack to, more). `folder` reads its files while
 * the dataset lives.
 *
 * @param out      The new dataset; give it up with gan_dataset_destroy().
 * @param kind     "idx", "cifar10", ...
 * @param options  "key=value ...", paths with spaces in quotes: images="my digits.gz".
 * @retval GAN_OK             *out is set.
 * @retval GAN_E_ARG          A pointer is NULL; an unknown kind or option, or a value out of bounds.
 * @retval GAN_E_IO           A file can't be read (with the system's words).
 * @retval GAN_E_FORMAT       A file is not what its kind wants, is cut off, has more than it says,
 *                            or pictures and labels differ in number (with path and offset).
 * @retval GAN_E_UNSUPPORTED  This build of libgan is without the library that the file needs (JPEG,
 *                            .npz).
 * @retval GAN_E_RESOURCE     The system refused a thread (`prefetch`).
 * @retval GAN_E_NOMEM        No memory.
 */
GAN_API GAN_NODISCARD gan_status gan_dataset_create(gan_context *context, gan_dataset **out,
                                                    const char *kind, const char *options);

/**
 * Make a dataset of samples in memory.
 *
 * @param samples  count samples of the given shape, densely packed; pictures in [-1, 1] (which
 *                 nobody checks). Copied.
 * @param shape    The shape of one sample: [height, width, channels] or [features].
 * @param rank     1 to GAN_RANK_MAX - 1.
 * @param labels   count labels, each 0 or more, or NULL. Copied.
 * @retval GAN_OK       *out is set.
 * @retval GAN_E_ARG    A NULL pointer, a count below 1, a bad rank, a negative label.
 * @retval GAN_E_SHAPE  A size below 1, or a product too large.
 * @retval GAN_E_NOMEM  No memory.
 */
GAN_API GAN_NODISCARD gan_status gan_dataset_create_memory(gan_context *context, gan_dataset **out,
                                                           const float *samples, int64_t count,
                                                           const int64_t *shape, int32_t rank,
                                                           const int32_t *labels);

/** The same from bytes, converted by v / 127.5 - 1. */
GAN_API GAN_NODISCARD gan_status gan_dataset_create_bytes(gan_context *context, gan_dataset **out,
                                                          const uint8_t *samples, int64_t count,
                                                          const int64_t *shape, int32_t rank,
                                                          const int32_t *labels);

/**
 * Make a dataset whose samples a callback gives.
 *
 * @param count    How many samples there are.
 * @param classes  The number of classes, or 0 for no labels.
 * @param read     Writes sample `index` (0 to count - 1) of the given shape to `sample` and its
 *                 label to `*label` (which is NULL if classes is 0). The same index must always
 *                 give the same values. Anything but GAN_OK ends the libgan call with that status
 *                 (a number that is no status: with GAN_E_CANCELLED).
 *                 Called on the thread that called libgan; must not call libgan.
 * @param release  The dataset no longer uses `user`; may be NULL. Called on any thread; must not
 *                 call libgan.
 * @param user     Handed to both. If the call fails, release is not called.
 * @retval As gan_dataset_create_memory().
 */
GAN_API GAN_NODISCARD gan_status gan_dataset_create_callback(
    gan_context *context, gan_dataset **out, int64_t count, const int64_t *shape, int32_t rank,
    int32_t classes, gan_status (*read)(void *user, int64_t index, float *sample, int32_t *label),
    void (*release)(void *user), void *user);

/**
 * Make a dataset whose batches are changed at random: another one's samples, flipped and cropped
 * anew in each epoch. What sample i becomes in epoch e is a function of (the context's seed, i, e).
 * gan_dataset_read_batch() reads changed samples, gan_dataset_read() the plain ones.
 *
 * @param dataset    Of pictures [height, width, channels]. Held.
 * @param augmented  The new dataset.
 * @param options    `flip` (false; true: mirrored left to right with probability 1/2),
 *                   `crop_padding` (0: that many pixels are added on each side and a window of the
 *                   old size is taken at random; up to the shorter side), `fill` (-1: what stands
 *                   in the added pixels). NULL: all defaults.
 * @retval GAN_OK       *augmented is set.
 * @retval GAN_E_ARG    A NULL pointer, or a bad option.
 * @retval GAN_E_SHAPE  The samples are not pictures.
 * @retval GAN_E_NOMEM  No memory.
 */
GAN_API GAN_NODISCARD gan_status gan_dataset_create_augmented(gan_dataset *dataset,
                                                              gan_dataset **augmented,
                                                              const char *options);

/**
 * Make a dataset of grey pictures stacked: each sample is three of another one's, drawn at random, as
 * the channels of one picture. Of ten digits come 1,000 classes: a generator that drops modes shows
 * it (stacked MNIST). What sample i is made of is a function of (seed, i).
 *
 * @param dataset  Of pictures [height, width, 1]. Held.
 * @param stacked  The new dataset, of pictures [height, width, 3]; of c classes it makes c * c * c:
 *                 the number that the three channels' classes spell in base c.
 * @param options  `count` (50000: how many samples), `seed` (0). NULL: all defaults.
 * @retval GAN_OK       *stacked is set.
 * @retval GAN_E_ARG    A NULL pointer, a bad option, or more than 1,290 classes.
 * @retval GAN_E_SHAPE  The samples are not grey pictures.
 * @retval GAN_E_NOMEM  No memory.
 */
GAN_API GAN_NODISCARD gan_status gan_dataset_create_stacked(gan_dataset *dataset,
                                                            gan_dataset **stacked,
                                                            const char *options);

/** Add a reference. @par Threads  Any thread, at any time. */
GAN_API void gan_dataset_retain(gan_dataset *dataset);

/** Give up a reference. @par Threads  Any thread, at any time. */
GAN_API void gan_dataset_destroy(gan_dataset *dataset);

/** The number of samples. @retval GAN_OK Written. @retval GAN_E_ARG A NULL pointer. */
GAN_API GAN_NODISCARD gan_status gan_dataset_count(gan_dataset *dataset, int64_t *count);

/**
 * The number of classes: cifar10's and cifar100's, a folder's sub-folders; elsewhere the largest
 * label + 1, or 0 without labels.
 * @retval GAN_OK
 * @retval GAN_E_ARG  A NULL pointer.
 */
GAN_API GAN_NODISCARD gan_status gan_dataset_classes(gan_dataset *dataset, int32_t *classes);

/**
 * The name of a class: cifar10's and cifar100's, a folder's sub-folder; elsewhere the number as
 * text.
 * @param buffer,size,needed  As everywhere (gan.h).
 * @param index               0 to the number of classes - 1.
 * @retval GAN_OK     Written.
 * @retval GAN_E_ARG  A NULL pointer, or no such class.
 */
GAN_API GAN_NODISCARD gan_status gan_dataset_class_name(gan_dataset *dataset, char *buffer,
                                                        size_t size, size_t *needed, int32_t index);

/**
 * What the dataset is, as text: its kind with every option ("cifar10 path=data split=train ..."), or
 * for those made by typed calls what is known ("memory count=100 shape=28x28x1 classes=10").
 * As gan_dataset_class_name().
 */
GAN_API GAN_NODISCARD gan_status gan_dataset_text(gan_dataset *dataset, char *buffer, size_t size,
                                                  size_t *needed);

/**
 * Read one of the dataset's numbers by name: `broken` (pictures of a folder that could not be read
 * so far and were replaced), `waits` (batches so far whose decoding was not done ahead).
 * @retval GAN_OK     *value is set.
 * @retval GAN_E_ARG  A NULL pointer, or an unknown name (the sentence lists the right ones).
 */
GAN_API GAN_NODISCARD gan_status gan_dataset_get(gan_dataset *dataset, uint64_t *value,
                                                 const char *name);

/**
 * The shape of one sample.
 * @param shape,capacity,rank  As gan_tensor_shape().
 * @retval GAN_OK     Written.
 * @retval GAN_E_ARG  dataset is NULL, capacity is negative, or shape is NULL and capacity is not 0.
 */
GAN_API GAN_NODISCARD gan_status gan_dataset_shape(gan_dataset *dataset, int64_t *shape,
                                                   int32_t capacity, int32_t *rank);

/**
 * Copy samples out.
 *
 * @param samples  Room for count samples.
 * @param labels   Room for count labels, or NULL.
 * @param indices  count numbers of samples.
 * @retval GAN_OK     Copied.
 * @retval GAN_E_ARG  A NULL pointer, an index that is none, labels asked of a dataset that has
 *                    none, or a label from a callback that is no class.
 * @retval others     What a dataset's callback returned.
 */
GAN_API GAN_NODISCARD gan_status gan_dataset_read(gan_dataset *dataset, float *samples,
                                                  int32_t *labels, const int64_t *indices,
                                                  int64_t count);

/**
 * The same as bytes: those that the file has, or floats from [-1, 1] rounded and clamped.
 * @retval As gan_dataset_read(); GAN_E_NOMEM: no memory.
 */
GAN_API GAN_NODISCARD gan_status gan_dataset_read_bytes(gan_dataset *dataset, uint8_t *samples,
                                                        int32_t *labels, const int64_t *indices,
                                                        int64_t count);

/**
 * Which samples the n-th batch of a shuffled training run holds: without replacement within an
 * epoch, a function of (the context's seed, n) only. An epoch has floor(count / batch) batches;
 * what is left over is left out.
 *
 * @param indices  Room for batch numbers.
 * @param batch    1 to the number of samples.
 * @param n        The batch's number, from 0, running on over epochs.
 * @retval GAN_OK       Written.
 * @retval GAN_E_ARG    A NULL pointer, a batch out of bounds, a negative n.
 * @retval GAN_E_NOMEM  No memory.
 */
GAN_API GAN_NODISCARD gan_status gan_dataset_batch(gan_dataset *dataset, int64_t *indices,
                                                   int64_t batch, int64_t n);

/**
 * Read the n-th batch of a shuffled training run: gan_dataset_batch()'s samples, with the random
 * changes of their epoch where the dataset has any. A `folder` with `prefetch` begins to decode what
 * the next batches will need.
 *
 * @param samples  Room for batch samples.
 * @param labels   Room for batch labels, or NULL.
 * @param indices  Becomes the samples' numbers: room for batch of them, or NULL.
 * @param batch,n  As gan_dataset_batch().
 * @retval As gan_dataset_batch() and gan_dataset_read().
 */
GAN_API GAN_NODISCARD gan_status gan_dataset_read_batch(gan_dataset *dataset, float *samples,
                                                        int32_t *labels, int64_t *indices,
                                                        int64_t batch, int64_t n);

/**
 * Change a batch of pictures at random, each in its own way, differentiably to any order: as a
 * classifier's training set, or real and generated pictures alike before a discriminator sees them
 * (DiffAugment: Zhao et al. 2020, with the paper's steps and constants, in the order colour,
 * translation, cutout).
 *
 * @param out      A new tensor of pictures' shape.
 * @param pictures [N, height, width, channels].
 * @param options  `policy`: the steps, any of color, translation, cutout, joined by commas (default
 *                 all three); `translation`: the largest shift as a share of the side (0.125);
 *                 `cutout`: the square's side as a share of the picture's (0.5); `fill`: what comes
 *                 in at the borders and stands in the square (0, as in the paper; -1 is the
 *                 background of digits). NULL: all defaults.
 * @param stream   The random stream; the same one draws the same changes.
 * @retval GAN_OK       *out is set.
 * @retval GAN_E_ARG    A NULL pointer, a tensor of another context, a bad option.
 * @retval GAN_E_SHAPE  Not [N, height, width, channels].
 * @retval GAN_E_NOMEM  No memory.
 */
GAN_API GAN_NODISCARD gan_status gan_augment(gan_context *context, gan_tensor **out,
                                             gan_tensor *pictures, const char *options,
                                             uint64_t stream);

#ifdef __cplusplus
}
#endif

#endif
