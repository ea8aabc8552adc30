/*
 * Arrays of NumPy's on their way into a file: an .npz is a ZIP archive of .npy files, here stored
 * and with fixed time stamps, so that the same arrays give the same bytes. The file is written
 * through io/file.h. A build without minizip answers GAN_E_UNSUPPORTED.
 */
#ifndef GAN__DATA_NPZ_WRITER_H
#define GAN__DATA_NPZ_WRITER_H

#include "io/file.h"
#include "tensor/tensor.h"

struct gan__npz_writer {
    gan_context *ctx;
    const char *path; /* the caller's */
    struct gan__file_writer file;
    void *archive;           /* minizip's; NULL: none */
    gan_status failed;       /* of the file, inside minizip */
    uint64_t position, size; /* in the file */
};

gan_status gan__npz_open(struct gan__npz_writer *writer, gan_context *ctx, const char *path);
/* A whole array: its header; then its bytes, in any number of pieces; then its end. descr: as
 * NumPy's, "<f8". */
gan_status gan__npz_begin(struct gan__npz_writer *writer, const char *name, const char *descr,
                          const struct gan__shape *shape);
gan_status gan__npz_write(struct gan__npz_writer *writer, const void *data, size_t bytes);
gan_status gan__npz_end(struct gan__npz_writer *writer);
/* Whole and synced, or the old file. */
gan_status gan__npz_commit(struct gan__npz_writer *writer);
/* Also after a failed open; nothing after a commit. */
void gan__npz_abandon(struct gan__npz_writer *writer);

#endif
