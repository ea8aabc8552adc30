/*
 * One file out of a ZIP archive, read from first to last; the archive is read through io/file.h.
 * A build without minizip answers GAN_E_UNSUPPORTED.
 */
#ifndef GAN__DATA_ZIP_FILE_H
#define GAN__DATA_ZIP_FILE_H

#include <zlib.h>

#include "io/file.h"

struct gan__zip_file {
    gan_context *ctx;
    const char *path; /* the caller's */
    struct gan__file_reader reader;
    void *archive;     /* minizip's; NULL: none */
    gan_status failed; /* of the reader, inside minizip */
    bool inside;       /* a file of it is open */
    bool deflated;     /* it is unpacked by z, which is to be ended */
    uint64_t left;     /* of the open file, unpacked */
    uint64_t packed_left;
    unsigned char *input; /* what was read ahead; z.next_in points into it */
    z_stream z;
    uLong crc, wanted_crc;
};

/* Whether a file's first bytes are those of a ZIP archive. */
bool gan__zip_begins(const unsigned char *bytes, size_t size);
/* Open the file `name`, or NULL: the first one whose name ends with `ending`. A name without the
 * ending will do. */
gan_status gan__zip_file_open(struct gan__zip_file *zip, gan_context *ctx, const char *path,
                              const char *name, const char *ending);
/* Up to `bytes` bytes; *got is less only at the file's end, whose checksum is checked then. */
gan_status gan__zip_file_read(struct gan__zip_file *zip, void *data, size_t bytes, size_t *got);
/* Also after a failed open. */
void gan__zip_file_close(struct gan__zip_file *zip);

#endif
