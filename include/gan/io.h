/*
 * Files: weights as safetensors with the network's text inside, pictures as PNG, arrays as .npy.
 *
 * A file is written beside its place under a temporary name, synced and renamed, so that a reader
 * finds the old one or the new one, whole. Files that are read are taken for hostile: every length
 * is checked before it is used.
 */
#ifndef GAN_IO_H
#define GAN_IO_H

#include <gan/layer.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Save a network: all parameters and buffers under their paths and its text in `__metadata__`, so
 * that gan_layer_load() needs the file alone.
 *
 * @param path     Of the file; replaced if it exists.
 * @param options  `dtype` (float32, or float16: half the size, each value rounded to the nearest of
 *                 11 bits); `layout` and `sequential` for PyTorch, as gan_layer_load_values() has
 *                 them: torch's load_state_dict() takes what safetensors' load_file() then gives.
 *                 NULL: all defaults.
 * @retval GAN_OK       Written and synced.
 * @retval GAN_E_ARG    A NULL pointer, a bad option, for float16 a value beyond its largest,
 *                      65504, infinite ones included (the sentence names the tensor), or a network
 *                      that the layout can't say. What is not a number is kept.
 * @retval GAN_E_STATE  The network is not built.
 * @retval GAN_E_IO     The system refused (with its words); an old file of that name is as it was.
 * @retval GAN_E_NOMEM  No memory.
 */
GAN_API GAN_NODISCARD gan_status gan_layer_save(gan_layer *layer, const char *path,
                                                const char *options);

/**
 * Load a network that gan_layer_save() wrote, or another program: it needs the network's text as
 * `network` in `__metadata__`, and neither `libgan_format` nor `libgan_crc32`, which hold for the
 * file that gan_layer_save() wrote only. Tensors may be F32, F16, BF16 or F64 (rounded to float32).
 *
 * @param out      The new network, built, with the saved values.
 * @param path     Of the file.
 * @param options  `part`: of a checkpoint, "generator", "discriminator" or "average", or the name
 *                 that gan_checkpoint_add_layer() was given (the sentence of a checkpoint without it
 *                 lists them); `max_bytes` (refuse larger files; default 4 GiB). NULL: all defaults.
 * @retval GAN_OK             *out is set.
 * @retval GAN_E_ARG          A NULL pointer, or a bad option; a layer that must be registered first
 *                            (the sentence names it).
 * @retval GAN_E_IO           The file can't be read (with the system's words).
 * @retval GAN_E_FORMAT       Not safetensors, cut off, lying about sizes, without the network's
 *                            text, or with tensors that are not the network's (the sentence has the
 *                            offset or the tensor's name).
 * @retval GAN_E_SHAPE        The text's shapes don't fit together.
 * @retval GAN_E_UNSUPPORTED  Written by a later version of the format.
 * @retval GAN_E_NOMEM        No memory.
 */
GAN_API GAN_NODISCARD gan_status gan_layer_load(gan_context *context, gan_layer **out,
                                                const char *path, const char *options);

/**
 * Load values into a network that is there: of another network of the same kind, of a part of one,
 * or of PyTorch.
 *
 * `layout=pytorch` reads tensors as PyTorch orders them (pictures NCHW, convolutions OIHW,
 * ConvTranspose2d IOHW, Linear [out, in]); a dense layer before a `reshape` or after a `flatten` has
 * its units or inputs in PyTorch's order of channels first, too. `layout=pytorch_dcgan` wants for
 * these dense layers the convolutions that stand in their place in PyTorch's DCGAN example
 * (ConvTranspose2d on 1x1, Conv2d to 1x1), and, since that example's have none, takes a bias that the
 * file has not as 0 and writes none of zeros. `sequential=main` takes PyTorch's names: those of an
 * nn.Sequential called main that has the network's lines in their order, without `input`, `reshape`
 * and `flatten`: main.0.weight, main.1.running_mean. It is for networks without blocks. All of the
 * mapping: docs/files.md. num_batches_tracked is passed over. A weight with spectral_norm that comes
 * without its vectors (strict=false) gets them as gan_layer_refresh() makes them.
 *
 *     gan_layer_load_values(generator, NULL, "netG.safetensors", "layout=pytorch_dcgan "
 *                           "sequential=main")        the official example's generator
 *     gan_layer_load_values(g, &loaded, "old.safetensors", "only=body,3 strict=false")
 *
 * @param layer    Built.
 * @param loaded   How many tensors were read; may be NULL.
 * @param path     Of the file: safetensors, of any origin; F32, F16, BF16 or F64.
 * @param options  `layout` (libgan, pytorch, pytorch_dcgan); `sequential` (none: the network's own
 *                 paths); `part` (of a checkpoint, as gan_layer_load(), or any prefix of the file's
 *                 names up to a dot); `only` (paths of layers, joined by commas: only tensors of
 *                 these and of what they hold); `strict` (true: every tensor that is asked for must
 *                 be in the file, and the file's part may have no others than the network's; false:
 *                 what is in both is read); `max_bytes` (4 GiB). NULL: all defaults.
 * @retval GAN_OK       Read.
 * @retval GAN_E_ARG    A NULL pointer, a bad option, an `only` that names no layer, or a network
 *                      that the layout can't say.
 * @retval GAN_E_STATE  The network is not built.
 * @retval GAN_E_FORMAT As gan_layer_load(); shapes that differ (the sentence has both).
 * @retval others       As gan_layer_load().
 */
GAN_API GAN_NODISCARD gan_status gan_layer_load_values(gan_layer *layer, int64_t *loaded,
                                                       const char *path, const char *options);

/**
 * Say what a safetensors file holds: whether it is a network, a checkpoint or another program's,
 * who wrote it, its texts, its tensors with type and shape, and whether its checksum is right. Reads
 * all of the file.
 *
 * @param buffer,size,needed  As everywhere (gan.h).
 * @retval GAN_OK        Written.
 * @retval GAN_E_ARG     A NULL pointer.
 * @retval GAN_E_IO      The file can't be read (with the system's words).
 * @retval GAN_E_FORMAT  Not safetensors, or damaged.
 * @retval GAN_E_UNSUPPORTED  Written by a later version of the format.
 * @retval GAN_E_NOMEM   No memory.
 */
GAN_API GAN_NODISCARD gan_status gan_file_describe(gan_context *context, const char *path,
                                                   char *buffer, size_t size, size_t *needed);

/**
 * Write pictures: as one PNG (a single one as it is, several as a grid), as a PNG each in a folder,
 * or as an array for NumPy.
 *
 * @param path      Of the file, replaced if it exists. With `format=auto` its end says what is
 *                  written: ".npy" an array of uint8 [count, height, width, channels]; "/", or the
 *                  path of a folder that is there, a folder of 000000.png, 000001.png, ...
 *                  (made if missing; each file whole, others left alone); anything else a PNG.
 * @param pixels    count pictures [height, width, channels], densely packed, values in [-1, 1]
 *                  (rounded to bytes and clamped; what is not a number becomes black).
 * @param channels  1 (grey), 3 (RGB) or 4 (RGBA); any number for .npy.
 * @param options   `format` (auto, png, npy, folder); `columns` of a grid (0 = the square root of
 *                  count, rounded up), `padding` (pixels between pictures, default 2); `first` (the
 *                  first number in a folder, 0). NULL: all defaults.
 * @retval GAN_OK       Written and synced.
 * @retval GAN_E_ARG    A NULL pointer, a count or size below 1, a number of channels that PNG has
 *                      not, a bad option.
 * @retval GAN_E_SHAPE  The whole picture has a side above 1,000,000 pixels, or more bytes than can
 *                      be addressed.
 * @retval GAN_E_IO     The system refused (with its words); of a folder, files before the one that
 *                      failed stay.
 * @retval GAN_E_NOMEM  No memory.
 */
GAN_API GAN_NODISCARD gan_status gan_image_save(gan_context *context, const char *path,
                                                const float *pixels, int64_t count, int64_t height,
                                                int64_t width, int64_t channels,
                                                const char *options);

/**
 * Join PNG files to an animated one (APNG: every browser shows it, other programs its first frame),
 * losslessly, as samples in the course of a training run.
 *
 * @param path     Of the file; replaced if it exists.
 * @param frames   Paths of count PNG files of one size, depth and colour type, as gan_image_save()
 *                 writes them.
 * @param options  `delay` (milliseconds a frame, 300), `last` (of the last one, 2000), `loops` (0:
 *                 for ever). NULL: all defaults.
 * @retval GAN_OK        Written and synced.
 * @retval GAN_E_ARG     A NULL pointer, a count below 1, a bad option.
 * @retval GAN_E_SHAPE   A frame of another size or kind than the first (the sentence names both).
 * @retval GAN_E_FORMAT  A frame is no PNG, is damaged, interlaced, or has a palette.
 * @retval GAN_E_IO      The system refused (with its words).
 * @retval GAN_E_NOMEM   No memory.
 */
GAN_API GAN_NODISCARD gan_status gan_image_animate(gan_context *context, const char *path,
                                                   const char *const *frames, int64_t count,
                                                   const char *options);

#ifdef __cplusplus
}
#endif

#endif
