/*
 * NumPy's .npy format (versions 1 to 3): its header, both ways.
 */
#ifndef GAN__IO_NPY_H
#define GAN__IO_NPY_H

#include "base/text.h"
#include "tensor/tensor.h"

enum gan__npy_type {
    GAN__NPY_UINT8,
    GAN__NPY_FLOAT16,
    GAN__NPY_FLOAT32,
    GAN__NPY_FLOAT64,
    GAN__NPY_INTEGER
};

struct gan__npy_header {
    enum gan__npy_type type;
    int32_t item;   /* bytes of an element: INTEGER has 1, 2, 4 or 8 */
    bool is_signed; /* of INTEGER */
    bool big_endian;
    struct gan__shape shape; /* C order; Fortran order is refused unless the rank is 1 */
    size_t size;             /* of the header, to where the data begin */
};

/* The longest header that is read. */
enum { GAN__NPY_HEADER_MAX = 1 << 16 };

/* Parse the first `size` bytes of a file; *needed is set, with GAN_OK and header->size 0, when more
 * are wanted first (to at most GAN__NPY_HEADER_MAX). name: for sentences. */
gan_status gan__npy_parse(gan_context *ctx, struct gan__npy_header *header, const uint8_t *bytes,
                          size_t size, size_t *needed, const char *name);
/* The header of a C-order array, padded to 64 bytes as NumPy does. */
void gan__npy_write_header(struct gan__text *out, const char *descr,
                           const struct gan__shape *shape);

#endif
