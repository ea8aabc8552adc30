/*
 * What the PNG and the JPEG reader share: where a decoded row goes, and how a failure is said.
 */
#ifndef GAN__IO_PICTURE_READER_H
#define GAN__IO_PICTURE_READER_H

#include "io/picture.h"

/* One decode. Rows come in the file's order and are put upright. */
struct gan__picture_reader {
    struct gan__picture *picture;
    const uint8_t *bytes; /* of the whole file */
    size_t size;
    const struct gan__picture_options *options;
    char *sentence;
    int64_t width;                  /* of the file's rows */
    int64_t origin, step_y, step_x; /* in pixels: where (y, x) of the file goes */
};

/* What a row holds, 8 bits a channel. GAN__ROW_CMYK is as Adobe stores it: 255 is no ink. */
enum gan__picture_row {
    GAN__ROW_GREY,
    GAN__ROW_GREY_ALPHA,
    GAN__ROW_RGB,
    GAN__ROW_RGBA,
    GAN__ROW_CMYK
};

/* Write the sentence and return status. */
gan_status gan__picture_fail(const struct gan__picture_reader *reader, gan_status status,
                             const char *format, ...) __attribute__((format(printf, 3, 4)));
/* Check the size against max_pixels, make room for the pixels, and lay out the rows for EXIF's
 * orientation (1 to 8). */
gan_status gan__picture_begin(struct gan__picture_reader *reader, int64_t height, int64_t width,
                              int32_t orientation);
void gan__picture_put_row(const struct gan__picture_reader *reader, int64_t y,
                          enum gan__picture_row kind, const uint8_t *row);

/* Memory for decoding, kept from one picture to the next; NULL: refused. Every block must have come
 * back before the picture is freed. */
void *gan__picture_allocate(struct gan__picture *picture, size_t bytes);
void gan__picture_release(struct gan__picture *picture, void *pointer);

gan_status gan__picture_read_png(struct gan__picture_reader *reader);
gan_status gan__picture_read_jpeg(struct gan__picture_reader *reader);

/* EXIF's orientation, 1 to 8, in the chunks or segments of a file; 1 if it has none. */
int32_t gan__exif_of_png(const uint8_t *bytes, size_t size);
int32_t gan__exif_of_jpeg(const uint8_t *bytes, size_t size);

#endif
