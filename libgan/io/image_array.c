/*
 * Pictures as an array for NumPy: a .npy file of bytes.
 */
#include "base/memory.h"
#include "io/file.h"
#include "io/image.h"
#include "io/npy.h"

enum { PIECE = 1 << 16 };

static gan_status
write_bytes(struct gan__file_writer *file, unsigned char *piece, const float *values, int64_t count)
{
    gan_status st = GAN_OK;

    for (int64_t done = 0; done < count && st == GAN_OK; done += PIECE) {
        const int64_t length = count - done < PIECE ? count - done : PIECE;
        for (int64_t i = 0; i < length; i++) {
            piece[i] = gan__image_byte(values[done + i]);
        }
        st = gan__file_writer_write(file, piece, (size_t)length);
    }
    return st;
}

gan_status
gan__image_write_npy(gan_context *ctx, const char *path, const struct gan__images *images)
{
    const struct gan__shape shape = {
        4, {images->count, images->height, images->width, images->channels}};
    struct gan__file_writer file = {.ctx = ctx, .descriptor = -1};
    struct gan__text header;
    unsigned char *piece = NULL;
    gan_status st = GAN_OK;

    gan__text_init(&header, ctx);
    gan__npy_write_header(&header, "|u1", &shape);
    GAN__TRY(header.status);
    piece = gan__alloc(ctx, PIECE);
    if (piece == NULL) {
        GAN__TRY(GAN_E_NOMEM);
    }
    GAN__TRY(gan__file_writer_open(&file, ctx, path));
    GAN__TRY(gan__file_writer_write(&file, header.data, header.length));
    GAN__TRY(write_bytes(&file, piece, images->pixels, gan__shape_count(&shape)));
    st = gan__file_writer_commit(&file);

fail:
    gan__file_writer_abandon(&file);
    gan__free(ctx, piece);
    gan__text_free(&header);
    return st;
}
