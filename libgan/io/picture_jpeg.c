/*
 * JPEG from memory, by libjpeg: grey, YCbCr and RGB, CMYK and YCCK as Adobe stores them.
 *
 * libjpeg's error_exit must not return: it jumps. Everything that changes after setjmp lies in
 * struct jpeg, outside the function that calls setjmp. Damage that libjpeg would only warn of is an
 * error here, for its pixels are invented.
 */
#include "io/picture_reader.h"

#ifdef GAN_HAVE_JPEG

#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <jpeglib.h>
#include <jerror.h>

/* More than any encoder writes; a few bytes a scan could cost the time of a whole picture each. */
enum { SCANS_MAX = 100 };

struct jpeg {
    struct gan__picture_reader *reader;
    struct jpeg_decompress_struct decoder;
    struct jpeg_error_mgr errors;
    struct jpeg_source_mgr source;
    struct jpeg_progress_mgr progress;
    uint8_t *row;
    size_t row_bytes;
    enum gan__picture_row kind;
    gan_status status;
    jmp_buf jump;
};

_Noreturn static void
give_up(struct jpeg *self, gan_status status)
{
    self->status = status;
    longjmp(self->jump, 1);
}

_Noreturn static void
jpeg_failed(j_common_ptr decoder)
{
    struct jpeg *self = decoder->client_data;
    char words[JMSG_LENGTH_MAX];

    if (decoder->err->msg_code == JERR_OUT_OF_MEMORY) {
        give_up(self, gan__picture_fail(self->reader, GAN_E_NOMEM, "no memory to read its JPEG"));
    }
    decoder->err->format_message(decoder, words);
    give_up(self,
            gan__picture_fail(self->reader, GAN_E_FORMAT, "damaged JPEG at about byte %zu: %.128s",
                              self->reader->size - self->source.bytes_in_buffer, words));
}

/* Warnings about what does not change a pixel. */
static bool
is_harmless(int code)
{
    return code == JWRN_ADOBE_XFORM || code == JWRN_EXTRANEOUS_DATA || code == JWRN_JFIF_MAJOR ||
           code == JWRN_TOO_MUCH_DATA;
}

static void
jpeg_said(j_common_ptr decoder, int level)
{
    if (level < 0 && !is_harmless(decoder->err->msg_code)) {
        jpeg_failed(decoder);
    }
}

static void
jpeg_would_print(j_common_ptr decoder)
{
    (void)decoder;
}

static void
begin_source(j_decompress_ptr decoder)
{
    (void)decoder;
}

/* Everything was there from the beginning. */
static boolean
past_the_end(j_decompress_ptr decoder)
{
    struct jpeg *self = decoder->client_data;

    give_up(self,
            gan__picture_fail(self->reader, GAN_E_FORMAT,
                              "cut off: the JPEG goes on after its %zu bytes", self->reader->size));
}

static void
skip(j_decompress_ptr decoder, long bytes)
{
    struct jpeg_source_mgr *source = decoder->src;

    if (bytes <= 0) {
        return;
    }
    if ((unsigned long)bytes > source->bytes_in_buffer) {
        (void)past_the_end(decoder);
    }
    source->next_input_byte += bytes;
    source->bytes_in_buffer -= (size_t)bytes;
}

static void
check_scans(j_common_ptr decoder)
{
    struct jpeg *self = decoder->client_data;

    if (self->decoder.input_scan_number > SCANS_MAX) {
        give_up(self, gan__picture_fail(self->reader, GAN_E_FORMAT,
                                        "a JPEG of more than %d scans is not read", SCANS_MAX));
    }
}

/* What the rows are to be, by what the file has. */
static void
choose_colours(struct jpeg *self)
{
    struct jpeg_decompress_struct *decoder = &self->decoder;

    switch (decoder->jpeg_color_space) {
    case JCS_GRAYSCALE:
        self->kind = GAN__ROW_GREY;
        decoder->out_color_space = JCS_GRAYSCALE;
        break;
    case JCS_RGB:
    case JCS_YCbCr:
        self->kind = GAN__ROW_RGB;
        decoder->out_color_space = JCS_RGB;
        break;
    case JCS_CMYK:
    case JCS_YCCK:
        self->kind = GAN__ROW_CMYK;
        decoder->out_color_space = JCS_CMYK;
        break;
    default:
        give_up(self, gan__picture_fail(self->reader, GAN_E_FORMAT,
                                        "a JPEG of %d colour components, 1, 3 and 4 can be read",
                                        decoder->num_components));
    }
}

static void
read_header(struct jpeg *self)
{
    const struct gan__picture_reader *reader = self->reader;
    struct jpeg_decompress_struct *decoder = &self->decoder;

    self->source = (struct jpeg_source_mgr){.next_input_byte = reader->bytes,
                                            .bytes_in_buffer = reader->size,
                                            .init_source = begin_source,
                                            .fill_input_buffer = past_the_end,
                                            .skip_input_data = skip,
                                            .resync_to_restart = jpeg_resync_to_restart,
                                            .term_source = begin_source};
    decoder->src = &self->source;
    self->progress.progress_monitor = check_scans;
    decoder->progress = &self->progress;
    (void)jpeg_read_header(decoder, TRUE);
    const gan_status st =
        gan__picture_begin(self->reader, decoder->image_height, decoder->image_width,
                           gan__exif_of_jpeg(reader->bytes, reader->size));
    if (st != GAN_OK) {
        give_up(self, st);
    }
    choose_colours(self);
}

static void
decode(struct jpeg *self)
{
    struct jpeg_decompress_struct *decoder = &self->decoder;

    jpeg_create_decompress(decoder);
    decoder->mem->max_memory_to_use = 0; /* libjpeg takes a limit from the environment */
    read_header(self);
    (void)jpeg_start_decompress(decoder);
    self->row_bytes = (size_t)decoder->output_width * (size_t)decoder->output_components;
    self->row = gan__picture_allocate(self->reader->picture, self->row_bytes);
    if (self->row == NULL) {
        give_up(self, gan__picture_fail(self->reader, GAN_E_NOMEM, "no memory for its %zu bytes",
                                        self->row_bytes));
    }
    while (decoder->output_scanline < decoder->output_height) {
        const int64_t y = decoder->output_scanline;
        (void)jpeg_read_scanlines(decoder, &self->row, 1);
        gan__picture_put_row(self->reader, y, self->kind, self->row);
    }
    (void)jpeg_finish_decompress(decoder);
}

static gan_status
decode_safely(struct jpeg *self)
{
    if (setjmp(self->jump) == 0) {
        decode(self);
    }
    jpeg_destroy_decompress(&self->decoder);
    gan__picture_release(self->reader->picture, self->row);
    return self->status;
}

gan_status
gan__picture_read_jpeg(struct gan__picture_reader *reader)
{
    struct jpeg self = {.reader = reader};

    self.decoder.err = jpeg_std_error(&self.errors);
    self.decoder.client_data = &self;
    self.errors.error_exit = jpeg_failed;
    self.errors.emit_message = jpeg_said;
    self.errors.output_message = jpeg_would_print;
    return decode_safely(&self);
}

#else

gan_status
gan__picture_read_jpeg(struct gan__picture_reader *reader)
{
    return gan__picture_fail(reader, GAN_E_UNSUPPORTED,
                             "it is JPEG, and this build of libgan is without libjpeg");
}

#endif
