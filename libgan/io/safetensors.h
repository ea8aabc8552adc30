/*
 * A state as a safetensors file: float32 or float16 tensors sorted by name, texts in
 * `__metadata__`, a format number and a checksum.
 */
#ifndef GAN__IO_SAFETENSORS_H
#define GAN__IO_SAFETENSORS_H

#include "io/file.h"
#include "tensor/state.h"

/* The number in `libgan_format`; rises when a reader of the number before could not read the
 * file. */
enum { GAN__SAFETENSORS_FORMAT = 1 };

/* The longest header that is read or written (the format's own limit is 100 MB): jansson needs many
 * times its length. */
enum { GAN__SAFETENSORS_HEADER_MAX = 16 << 20 };

/* The most tensors and texts that are read or written: a checkpoint of two networks of 5,000 lines
 * has 90,000. */
enum { GAN__SAFETENSORS_ENTRIES_MAX = 1 << 17 };

/* What a file's numbers are; in memory they are float32. Only the first two are written. */
enum gan__dtype { GAN__FLOAT32, GAN__FLOAT16, GAN__BFLOAT16, GAN__FLOAT64 };
static inline int64_t
gan__dtype_size(enum gan__dtype type)
{
    return type == GAN__FLOAT64 ? 8 : type == GAN__FLOAT32 ? 4 : 2;
}

/* Write the state to `path`, whole or not at all. The same state gives the same bytes. A number too
 * large for float16 is GAN_E_ARG. */
gan_status gan__safetensors_save(const struct gan__state *state, enum gan__dtype type,
                                 const char *path);

/* Fill `state` (initialised, empty) from a file of at most max_bytes. On failure it is empty.
 * Tensors of other types than F32, F16, BF16 and F64 become unread entries. */
gan_status gan__safetensors_load(struct gan__state *state, const char *path, uint64_t max_bytes);
/* The same, checksum too, with all tensors as unread entries: for descriptions. */
gan_status gan__safetensors_scan(struct gan__state *state, const char *path, uint64_t max_bytes);
/* The same from bytes in memory; `name` stands for the path in sentences. */
gan_status gan__safetensors_parse(struct gan__state *state, const char *name, const void *data,
                                  size_t size);

/* GAN_E_FORMAT: the tensor of this unread entry is of a type that is not read. */
gan_status gan__safetensors_fail_unread(gan_context *ctx, const char *path,
                                        const struct gan__state_entry *entry);

/* Inside: whether tensors and texts may not have this name. */
bool gan__safetensors_keeps(const char *name);
/* Inside: where the eight digits of the checksum stand in a header, NULL for nowhere. */
enum { GAN__CHECKSUM_DIGITS = 8 };
const char *gan__safetensors_find_checksum(const char *header, size_t length);

#define GAN__SAFETENSORS_FORMAT_KEY   "libgan_format"
#define GAN__SAFETENSORS_CHECKSUM_KEY "libgan_crc32"

/* The format's numbers are little-endian, and the data is written and read as it lies in memory. */
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "safetensors.c needs byte swaps here");

#endif
