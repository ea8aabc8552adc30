/*
 * Files: weights as safetensors with the network's text inside, and pictures as PNG.
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
 *                 11 bits). NULL: all defaults.
 * @retval GAN_OK       Written and synced.
 * @retval GAN_E_ARG    A NULL pointer, a bad option, or for float16 a value beyond its largest,
 *                      65504, infinite ones included (the sentence names the tensor). What is not
 *                      a number is kept.
 * @retval GAN_E_STATE  The network is not built.
 * @retval GAN_E_IO     The system refused (with its words); an old file of that name is as it was.
 * @retval GAN_E_NOMEM  No memory.
 */
GAN_API GAN_NODISCARD gan_status gan_layer_save(gan_layer *layer, const char *path,
                                                const char *options);

/**
 * Load a network that gan_layer_save() wrote, or another program: it needs the network's text as
 * `network` in `__metadata__`, and neither `libgan_format` nor `libgan_crc32`, which hold for the
 * file that gan_layer_save() wrote only. Tensors may be F32 or F16.
 *
 * @param out      The new network, built, with the saved values.
 * @param path     Of the file.
 * @param options  `max_bytes` (refuse larger files; default 4 GiB).
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
 * Write pictures as one PNG: a single one as it is, several as a grid.
 *
 * @param path      Of the file; replaced if it exists.
 * @param pixels    count pictures [height, width, channels], densely packed, values in [-1, 1]
 *                  (rounded to bytes and clamped; what is not a number becomes black).
 * @param channels  1 (grey), 3 (RGB) or 4 (RGBA).
 * @param options   `columns` (0 = the square root of count, rounded up), `padding` (pixels between
 *                  pictures, default 2).
 * @retval GAN_OK       Written and synced.
 * @retval GAN_E_ARG    A NULL pointer, a count or size below 1, a number of channels that PNG has
 *                      not, a bad option.
 * @retval GAN_E_SHAPE  The whole picture has a side above 1,000,000 pixels, or more bytes than can
 *                      be addressed.
 * @retval GAN_E_IO     The system refused (with its words).
 * @retval GAN_E_NOMEM  No memory.
 */
GAN_API GAN_NODISCARD gan_status gan_image_save(gan_context *context, const char *path,
                                                const float *pixels, int64_t count, int64_t height,
                                                int64_t width, int64_t channels,
                                                const char *options);

#ifdef __cplusplus
}
#endif

#endif
