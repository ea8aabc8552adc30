/*
 * PNG from memory, by libpng: every kind becomes 8 bits of grey or RGB, with or without alpha.
 *
 * libpng reports errors by longjmp. Everything that changes after setjmp lies in struct png, outside
 * the function that calls setjmp, so that no value is lost in a register.
 */
#include "io/picture_reader.h"

#include <png.h>
#include <setjmp.h>
#include <string.h>

struct png {
    struct gan__picture_reader *reader;
    png_structp png;
    png_infop info;
    size_t position; /* in the file */
    uint8_t *rows;   /* one row; of an interlaced picture all */
    size_t row_bytes, rows_bytes;
    enum gan__picture_row kind;
    bool refused; /* an allocation */
    gan_status status;
    jmp_buf jump;
};

_Noreturn static void
give_up(struct png *self, gan_status status)
{
    self->status = status;
    longjmp(self->jump, 1);
}

_Noreturn static void
png_failed(png_structp png, png_const_charp words)
{
    struct png *self = png_get_error_ptr(png);

    if (self->refused) {
        give_up(self, gan__picture_fail(self->reader, GAN_E_NOMEM, "no memory to read its PNG"));
    }
    give_up(self,
            gan__picture_fail(self->reader, GAN_E_FORMAT, "damaged PNG at about byte %zu: %.128s",
                              self->position, words));
}

static void
png_warned(png_structp png, png_const_charp words)
{
    (void)png;
    (void)words;
}

static png_voidp
png_allocate(png_structp png, png_alloc_size_t bytes)
{
    struct png *self = png_get_mem_ptr(png);
    void *block = gan__picture_allocate(self->reader->picture, bytes);

    self->refused = self->refused || block == NULL;
    return block;
}

static void
png_release(png_structp png, png_voidp pointer)
{
    const struct png *self = png_get_mem_ptr(png);
    gan__picture_release(self->reader->picture, pointer);
}

static void
png_take(png_structp png, png_bytep to, size_t bytes)
{
    struct png *self = png_get_io_ptr(png);
    const struct gan__picture_reader *reader = self->reader;

    if (bytes > reader->size - self->position) {
        give_up(self,
                gan__picture_fail(reader, GAN_E_FORMAT,
                                  "cut off: the PNG goes on after its %zu bytes", reader->size));
    }
    memcpy(to, reader->bytes + self->position, bytes);
    self->position += bytes;
}

/* The header, checked, and what libpng is to make of the rows. */
static void
read_header(struct png *self)
{
    png_structp png = self->png;

    png_set_read_fn(png, self, png_take);
    /* Texts, colour profiles and the like may be long, or unpack to much. */
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
    png_read_info(png, self->info);
    const gan_status st = gan__picture_begin(
        self->reader, png_get_image_height(png, self->info), png_get_image_width(png, self->info),
        gan__exif_of_png(self->reader->bytes, self->reader->size));
    if (st != GAN_OK) {
        give_up(self, st);
    }
    png_set_expand(png); /* palette, few bits, transparent colours */
    png_set_scale_16(png);
}

static void
read_rows(struct png *self)
{
    static const enum gan__picture_row kinds[] = {GAN__ROW_GREY, GAN__ROW_GREY_ALPHA, GAN__ROW_RGB,
                                                  GAN__ROW_RGBA};
    png_structp png = self->png;
    const png_uint_32 height = png_get_image_height(png, self->info);
    const int passes = png_set_interlace_handling(png);

    png_read_update_info(png, self->info);
    self->kind = kinds[png_get_channels(png, self->info) - 1];
    self->row_bytes = png_get_rowbytes(png, self->info);
    self->rows_bytes = self->row_bytes * (passes == 1 ? 1 : height);
    self->rows = gan__picture_allocate(self->reader->picture, self->rows_bytes);
    if (self->rows == NULL) {
        give_up(self, gan__picture_fail(self->reader, GAN_E_NOMEM, "no memory for its %zu bytes",
                                        self->rows_bytes));
    }
    for (int pass = 0; pass < passes; pass++) {
        for (png_uint_32 y = 0; y < height; y++) {
            uint8_t *row = self->rows + (passes == 1 ? 0 : y * self->row_bytes);
            png_read_row(png, row, NULL);
            if (pass == passes - 1) {
                gan__picture_put_row(self->reader, y, self->kind, row);
            }
        }
    }
    png_read_end(png, NULL);
}

static void
decode(struct png *self)
{
    self->png = png_create_read_struct_2(PNG_LIBPNG_VER_STRING, self, png_failed, png_warned, self,
                                         png_allocate, png_release);
    self->info = self->png == NULL ? NULL : png_create_info_struct(self->png);
    if (self->info == NULL) {
        give_up(self, gan__picture_fail(self->reader, GAN_E_NOMEM, "no memory to read its PNG"));
    }
    read_header(self);
    read_rows(self);
}

static gan_status
decode_safely(struct png *self)
{
    if (setjmp(self->jump) == 0) {
        decode(self);
    }
    png_destroy_read_struct(&self->png, &self->info, NULL);
    gan__picture_release(self->reader->picture, self->rows);
    return self->status;
}

gan_status
gan__picture_read_png(struct gan__picture_reader *reader)
{
    struct png self = {.reader = reader};
    return decode_safely(&self);
}
