/*
 * Tar archives (POSIX ustar and GNU's), read from first to last: the files in them by their own
 * names. Long names and pax records are passed over.
 */
#ifndef GAN__DATA_TAR_H
#define GAN__DATA_TAR_H

#include "data/byte_stream.h"

enum { GAN__TAR_BLOCK = 512, GAN__TAR_NAME = 100 };

struct gan__tar {
    struct gan__byte_stream *stream;
    char name[GAN__TAR_NAME + 1]; /* of the file, without folders */
    uint64_t size;                /* of the file */
    uint64_t left;                /* bytes of it, and up to the next block, still to be read */
};

/* Whether a file's first bytes are a tar header. */
bool gan__tar_begins(const unsigned char *bytes, size_t size);
/* The stream is at its beginning, or after the end of a file's `size` bytes or before. Go to the
 * next regular file; *found is false at the archive's end, which is also the stream's. */
gan_status gan__tar_next(struct gan__tar *tar, bool *found);
/* Bytes of the file; *got is less only at its end. */
gan_status gan__tar_read(struct gan__tar *tar, void *data, size_t bytes, size_t *got);

#endif
