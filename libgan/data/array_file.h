/*
 * An array of NumPy's in a file, read from first to last: .npy, plain or gzip, or out of an .npz.
 */
#ifndef GAN__DATA_ARRAY_FILE_H
#define GAN__DATA_ARRAY_FILE_H

#include "data/byte_stream.h"
#include "data/zip_file.h"
#include "io/npy.h"

struct gan__array_file {
    gan_context *ctx;
    const char *path;
    bool zipped;
    struct gan__byte_stream stream; /* one of the two */
    struct gan__zip_file zip;
    struct gan__npy_header header;
    uint64_t position; /* in the .npy */
};

/* Read the header. name: of the array in an .npz, or NULL: its first one. An array of more than
 * max_bytes, header included, is refused. */
gan_status gan__array_file_open(struct gan__array_file *file, gan_context *ctx, const char *path,
                                const char *name, uint64_t max_bytes);
/* The next `count` elements' bytes, as they are in the file. */
gan_status gan__array_file_read(struct gan__array_file *file, void *data, int64_t count);
/* Read the rest: all of what the header says must be there, and nothing more. */
gan_status gan__array_file_finish(struct gan__array_file *file);
/* Also after a failed open. */
void gan__array_file_close(struct gan__array_file *file);

#endif
