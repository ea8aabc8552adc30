/*
 * Writing PNG: pictures as bytes, several as a grid, row by row through the safe writer.
 *
 * libpng reports errors by longjmp. Everything that changes after setjmp lies in struct writer,
 * outside the function that calls setjmp, so that no value is lost in a register.
 */
#include <math.h>
#include <png.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>

#include "base/checked.h"
#include "base/context.h"
#include "base/memory.h"
#include "io/file.h"
#include "io/image.h"

enum { COMPRESSION_LEVEL = 6 };

/* The pictures and their places. */
struct grid {
    const struct gan__images *images;
    int64_t columns, padding;
    int64_t full_height, full_width;
};

struct writer {
    gan_context *ctx;
    const char *path;
    struct gan__file_writer file;
    png_structp png;
    png_infop info;
    unsigned char *row;
    gan_status status; /* of the failure that the jump is about */
    jmp_buf jump;
};

/* cells * size + (cells - 1) * padding; each factor is at most 2^40, or 10^6 */
static bool
side(int64_t cells, int64_t size, int64_t padding, int64_t *out)
{
    int64_t gaps;
    return gan__checked_mul(cells, size, out) && gan__checked_mul(cells - 1, padding, &gaps) &&
           gan__checked_add(*out, gaps, out);
}

static gan_status
lay_out(gan_context *ctx, struct grid *grid, int64_t columns, int64_t padding)
{
    const struct gan__images *images = grid->images;

    if (images->channels != 1 && images->channels != 3 && images->channels != 4) {
        return gan__fail(ctx, GAN_E_ARG, "channels is %lld, PNG has 1 (grey), 3 (RGB) or 4 (RGBA)",
                         (long long)images->channels);
    }
    if (columns == 0) {
        columns = (int64_t)sqrt((double)images->count);
        while (columns * columns < images->count) {
            columns++;
        }
    }
    grid->columns = columns < images->count ? columns : images->count;
    grid->padding = padding;
    const int64_t rows = (images->count + grid->columns - 1) / grid->columns;
    if (!side(grid->columns, images->width, padding, &grid->full_width) ||
        !side(rows, images->height, padding, &grid->full_height) ||
        grid->full_width > GAN__IMAGE_SIDE_MAX || grid->full_height > GAN__IMAGE_SIDE_MAX) {
        return gan__fail(ctx, GAN_E_SHAPE,
                         "%lld rows of %lld pictures of %lld x %lld pixels make a picture with a "
                         "side above %d pixels",
                         (long long)rows, (long long)grid->columns, (long long)images->height,
                         (long long)images->width, GAN__IMAGE_SIDE_MAX);
    }
    return GAN_OK;
}

/* Row y of the whole picture. */
static void
fill_row(const struct grid *grid, int64_t y, unsigned char *row)
{
    const struct gan__images *images = grid->images;
    const int64_t pitch = images->height + grid->padding;
    const int64_t first = y / pitch * grid->columns;
    const int64_t line = y % pitch;
    const int64_t length = images->width * images->channels;
    const int64_t stride = length + grid->padding * images->channels;

    memset(row, 0, (size_t)(grid->full_width * images->channels));
    if (line >= images->height) {
        return;
    }
    for (int64_t column = 0; column < grid->columns && first + column < images->count; column++) {
        const float *from = images->pixels + ((first + column) * images->height + line) * length;
        unsigned char *to = row + column * stride;
        for (int64_t i = 0; i < length; i++) {
            to[i] = gan__image_byte(from[i]);
        }
    }
}

static void
jump_out(png_structp png, png_const_charp message)
{
    struct writer *self = png_get_error_ptr(png);
    if (self->status == GAN_OK) {
        self->status =
            gan__fail(self->ctx, GAN_E_IO, "cannot write \"%s\": libpng: %s", self->path, message);
    }
    longjmp(self->jump, 1);
}

static void
ignore_warning(png_structp png, png_const_charp message)
{
    (void)png;
    (void)message;
}

static png_voidp
take_memory(png_structp png, png_alloc_size_t size)
{
    struct writer *self = png_get_mem_ptr(png);
    void *memory = gan__alloc(self->ctx, size);
    if (memory == NULL && self->status == GAN_OK) {
        self->status = GAN_E_NOMEM;
    }
    return memory;
}

static void
give_memory(png_structp png, png_voidp memory)
{
    const struct writer *self = png_get_mem_ptr(png);
    gan__free(self->ctx, memory);
}

static void
write_bytes(png_structp png, png_bytep data, size_t size)
{
    struct writer *self = png_get_io_ptr(png);
    const gan_status st = gan__file_writer_write(&self->file, data, size);
    if (st != GAN_OK) {
        self->status = st;
        png_error(png, "write failed");
    }
}

static void
flush_nothing(png_structp png)
{
    (void)png;
}

static int
color_type(int64_t channels)
{
    return channels == 1   ? PNG_COLOR_TYPE_GRAY
           : channels == 3 ? PNG_COLOR_TYPE_RGB
                           : PNG_COLOR_TYPE_RGB_ALPHA;
}

/* Everything that libpng may jump out of. */
static void
encode(struct writer *self, const struct grid *grid)
{
    self->png = png_create_write_struct_2(PNG_LIBPNG_VER_STRING, self, jump_out, ignore_warning,
                                          self, take_memory, give_memory);
    self->info = self->png == NULL ? NULL : png_create_info_struct(self->png);
    if (self->info == NULL) {
        if (self->status == GAN_OK) {
            self->status = gan__fail(self->ctx, GAN_E_INTERNAL, "libpng does not start");
        }
        return;
    }
    png_set_write_fn(self->png, self, write_bytes, flush_nothing);
    png_set_compression_level(self->png, COMPRESSION_LEVEL);
    png_set_IHDR(self->png, self->info, (png_uint_32)grid->full_width,
                 (png_uint_32)grid->full_height, 8, color_type(grid->images->channels),
                 PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_write_info(self->png, self->info);
    for (int64_t y = 0; y < grid->full_height; y++) {
        fill_row(grid, y, self->row);
        png_write_row(self->png, self->row);
    }
    png_write_end(self->png, NULL);
}

static gan_status
encode_safely(struct writer *self, const struct grid *grid)
{
    if (setjmp(self->jump) == 0) {
        encode(self, grid);
    }
    png_destroy_write_struct(&self->png, &self->info);
    return self->status;
}

gan_status
gan__image_write_png(gan_context *ctx, const char *path, const struct gan__images *images,
                     int64_t columns, int64_t padding, bool folder_later)
{
    struct writer writer = {.ctx = ctx, .path = path, .file = {.ctx = ctx, .descriptor = -1}};
    struct grid grid = {.images = images};
    gan_status st = GAN_OK;

    GAN__TRY(lay_out(ctx, &grid, columns, padding));
    writer.row = gan__alloc(ctx, (size_t)(grid.full_width * images->channels));
    if (writer.row == NULL) {
        GAN__TRY(GAN_E_NOMEM);
    }
    GAN__TRY(gan__file_writer_open(&writer.file, ctx, path));
    writer.file.folder_later = folder_later;
    GAN__TRY(encode_safely(&writer, &grid));
    st = gan__file_writer_commit(&writer.file);

fail:
    gan__file_writer_abandon(&writer.file);
    gan__free(ctx, writer.row);
    return st;
}
