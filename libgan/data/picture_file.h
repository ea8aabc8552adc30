/*
 * One picture of a folder: file, decoding, fitting, as bytes of a sample. On any thread.
 */
#ifndef GAN__DATA_PICTURE_FILE_H
#define GAN__DATA_PICTURE_FILE_H

#include <gan/context.h>

#include "data/resize.h"
#include "io/picture.h"

struct gan__picture_settings {
    struct gan__picture_options decoding;
    enum gan__fit fit;
    enum gan__filter filter;
    int64_t crop_height, crop_width; /* the middle that is taken first; 0: all */
    int64_t height, width;           /* of a sample */
    uint64_t max_bytes;              /* refuse larger files */
};

/* What one thread needs to read pictures, kept from one to the next. Begins as zeros. */
struct gan__picture_scratch {
    const gan_host *host;
    struct gan__room file;
    struct gan__picture picture;
    struct gan__resizer resizer;
};

/* Read `path` below the folder that is open as `root`; out: [height, width, channels]. On failure
 * the sentence lacks the path. GAN_E_FORMAT and GAN_E_IO are the picture's own fault; GAN_E_NOMEM
 * and GAN_E_RESOURCE are not. */
gan_status gan__picture_file_read(struct gan__picture_scratch *scratch,
                                  const struct gan__picture_settings *settings, int root,
                                  const char *path, uint8_t *out,
                                  char sentence[GAN__PICTURE_SENTENCE]);
void gan__picture_scratch_free(struct gan__picture_scratch *scratch);

#endif
