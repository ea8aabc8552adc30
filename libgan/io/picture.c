/*
 * Reading one picture: which format it is, what both formats' rows become, and the memory that is
 * kept for the next one.
 */
#include "io/picture.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "io/picture_reader.h"

enum { SIDE_MAX = 1000000, OPAQUE = 255, KEPT_BYTES = 1 << 22 };

static const uint8_t png_signature[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
static const uint8_t jpeg_signature[] = {0xff, 0xd8, 0xff};

gan_status
gan__picture_fail(const struct gan__picture_reader *reader, gan_status status, const char *format,
                  ...)
{
    va_list arguments;

    va_start(arguments, format);
    if (vsnprintf(reader->sentence, GAN__PICTURE_SENTENCE, format, arguments) < 0) {
        reader->sentence[0] = '\0';
    }
    va_end(arguments);
    return status;
}

/* Lies in front of what is handed out. */
struct gan__picture_block {
    struct gan__picture_block *next; /* of the spare ones */
    size_t bytes;                    /* with itself */
};

_Static_assert(sizeof(struct gan__picture_block) <= GAN__ALIGNMENT, "it has its place");

/* Take out the smallest spare block that is large enough, or else release the largest one: so there
 * are never more blocks than one picture had at once. */
static struct gan__picture_block *
take_spare(struct gan__picture *picture, size_t bytes)
{
    struct gan__picture_block **best = &picture->spare;

    if (*best == NULL) {
        return NULL;
    }
    for (struct gan__picture_block **at = &(*best)->next; *at != NULL; at = &(*at)->next) {
        const bool fits = (*at)->bytes >= bytes, best_fits = (*best)->bytes >= bytes;
        if (fits != best_fits ? fits : ((*at)->bytes < (*best)->bytes) == fits) {
            best = at;
        }
    }
    struct gan__picture_block *const block = *best;
    *best = block->next;
    if (block->bytes >= bytes) {
        return block;
    }
    gan__system_release(picture->host, block, block->bytes);
    return NULL;
}

void *
gan__picture_allocate(struct gan__picture *picture, size_t bytes)
{
    if (bytes > SIZE_MAX - GAN__ALIGNMENT) {
        return NULL;
    }
    bytes += GAN__ALIGNMENT;
    struct gan__picture_block *block = take_spare(picture, bytes);
    if (block == NULL) {
        block = gan__system_allocate(picture->host, bytes);
        if (block == NULL) {
            return NULL;
        }
        block->bytes = bytes;
    }
    return (char *)block + GAN__ALIGNMENT;
}

void
gan__picture_release(struct gan__picture *picture, void *pointer)
{
    if (pointer == NULL) {
        return;
    }
    struct gan__picture_block *block = (void *)((char *)pointer - GAN__ALIGNMENT);
    if (block->bytes > KEPT_BYTES) {
        gan__system_release(picture->host, block, block->bytes);
        return;
    }
    block->next = picture->spare;
    picture->spare = block;
}

static void
free_pixels(struct gan__picture *picture)
{
    if (picture->pixels != NULL) {
        gan__system_release(picture->host, picture->pixels, picture->capacity);
    }
    picture->pixels = NULL;
    picture->capacity = 0;
    picture->height = picture->width = 0;
}

void
gan__picture_free(struct gan__picture *picture)
{
    free_pixels(picture);
    while (picture->spare != NULL) {
        struct gan__picture_block *const block = picture->spare;
        picture->spare = block->next;
        gan__system_release(picture->host, block, block->bytes);
    }
}

static gan_status
make_room(const struct gan__picture_reader *reader, size_t bytes)
{
    struct gan__picture *picture = reader->picture;

    if (picture->capacity >= bytes) {
        return GAN_OK;
    }
    free_pixels(picture);
    picture->pixels = gan__system_allocate(picture->host, bytes);
    if (picture->pixels == NULL) {
        return gan__picture_fail(reader, GAN_E_NOMEM, "no memory for its %zu bytes of pixels",
                                 bytes);
    }
    picture->capacity = bytes;
    return GAN_OK;
}

/* Where the file's first pixel is, and its neighbours below and to the right. */
static void
lay_out(struct gan__picture_reader *reader, int64_t height, int64_t width, int32_t orientation)
{
    const bool turned = orientation >= 5;
    const int64_t stride = turned ? height : width; /* of the upright picture */
    const int64_t down = turned ? 1 : stride, right = turned ? stride : 1;
    /* 2 and 3, 7 and 8 run from right to left; 3 and 4, 6 and 7 from the bottom. */
    const bool back = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
    const bool up = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;

    reader->picture->height = turned ? width : height;
    reader->picture->width = stride;
    reader->width = width;
    reader->origin = (up ? (height - 1) * down : 0) + (back ? (width - 1) * right : 0);
    reader->step_y = up ? -down : down;
    reader->step_x = back ? -right : right;
}

gan_status
gan__picture_begin(struct gan__picture_reader *reader, int64_t height, int64_t width,
                   int32_t orientation)
{
    const int64_t most = reader->options->max_pixels;

    if (height < 1 || width < 1 || height > SIDE_MAX || width > SIDE_MAX) {
        return gan__picture_fail(reader, GAN_E_FORMAT,
                                 "its size is %lld x %lld, sides are from 1 to %d",
                                 (long long)height, (long long)width, SIDE_MAX);
    }
    if (height * width > most) {
        return gan__picture_fail(reader, GAN_E_FORMAT,
                                 "its size is %lld x %lld, more pixels than max_pixels=%lld",
                                 (long long)height, (long long)width, (long long)most);
    }
    reader->picture->channels = reader->options->channels;
    const gan_status st = make_room(reader, (size_t)(height * width * reader->options->channels));
    if (st == GAN_OK) {
        lay_out(reader, height, width, orientation);
    }
    return st;
}

/* a * b / 255, rounded */
static inline int32_t
share(int32_t a, int32_t b)
{
    return (a * b + 127) / 255;
}

/* One pixel of a row as RGB over the background. */
static inline void
to_rgb(const struct gan__picture_reader *reader, enum gan__picture_row kind, const uint8_t *from,
       uint8_t rgb[3])
{
    int32_t alpha = OPAQUE;

    switch (kind) {
    case GAN__ROW_GREY_ALPHA:
        alpha = from[1];
        rgb[0] = rgb[1] = rgb[2] = from[0];
        break;
    case GAN__ROW_GREY:
        rgb[0] = rgb[1] = rgb[2] = from[0];
        break;
    case GAN__ROW_RGBA:
        alpha = from[3];
        memcpy(rgb, from, 3);
        break;
    case GAN__ROW_RGB:
        memcpy(rgb, from, 3);
        break;
    case GAN__ROW_CMYK:
        for (int i = 0; i < 3; i++) {
            rgb[i] = (uint8_t)(from[3] - share(255 - from[i], from[3]));
        }
        break;
    }
    if (alpha != OPAQUE) {
        for (int i = 0; i < 3; i++) {
            const int32_t sum = rgb[i] * alpha + reader->options->background[i] * (255 - alpha);
            rgb[i] = (uint8_t)((sum + 127) / 255);
        }
    }
}

static int32_t
row_channels(enum gan__picture_row kind)
{
    switch (kind) {
    case GAN__ROW_GREY:
        return 1;
    case GAN__ROW_GREY_ALPHA:
        return 2;
    case GAN__ROW_RGB:
        return 3;
    default:
        return 4;
    }
}

void
gan__picture_put_row(const struct gan__picture_reader *reader, int64_t y,
                     enum gan__picture_row kind, const uint8_t *row)
{
    const int32_t channels = reader->options->channels, from = row_channels(kind);
    const int64_t step = reader->step_x * channels;
    uint8_t *to = reader->picture->pixels + (reader->origin + y * reader->step_y) * channels;
    uint8_t rgb[3];

    if (step == channels && (kind == GAN__ROW_GREY || kind == GAN__ROW_RGB) && from == channels) {
        memcpy(to, row, (size_t)(reader->width * channels));
        return;
    }
    for (int64_t x = 0; x < reader->width; x++) {
        to_rgb(reader, kind, row + x * from, rgb);
        if (channels == 3) {
            memcpy(to + x * step, rgb, 3);
        } else { /* of three equal values it is that value */
            to[x * step] =
                (uint8_t)((19595 * rgb[0] + 38470 * rgb[1] + 7471 * rgb[2] + 32768) >> 16);
        }
    }
}

static gan_status
not_a_picture(const struct gan__picture_reader *reader)
{
    char found[3 * sizeof png_signature + 1] = "";

    if (reader->size == 0) {
        return gan__picture_fail(reader, GAN_E_FORMAT, "the file is empty");
    }
    for (size_t i = 0; i < sizeof png_signature && i < reader->size; i++) {
        (void)snprintf(found + 3 * i, sizeof found - 3 * i, " %02x", reader->bytes[i]);
    }
    return gan__picture_fail(reader, GAN_E_FORMAT,
                             "neither PNG nor JPEG: it begins with the bytes%s", found);
}

gan_status
gan__picture_decode(struct gan__picture *picture, const uint8_t *bytes, size_t size,
                    const struct gan__picture_options *options,
                    char sentence[GAN__PICTURE_SENTENCE])
{
    struct gan__picture_reader reader = {
        .picture = picture, .bytes = bytes, .size = size, .options = options, .sentence = sentence};

    sentence[0] = '\0';
    picture->height = picture->width = 0;
    if (size >= sizeof png_signature && memcmp(bytes, png_signature, sizeof png_signature) == 0) {
        return gan__picture_read_png(&reader);
    }
    if (size >= sizeof jpeg_signature &&
        memcmp(bytes, jpeg_signature, sizeof jpeg_signature) == 0) {
        return gan__picture_read_jpeg(&reader);
    }
    return not_a_picture(&reader);
}
