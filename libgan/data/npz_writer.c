/*
 * Writing .npz through minizip, which is given functions of its own to write with: no stdio, and a
 * file that is there whole or not at all.
 */
#include "data/npz_writer.h"

#include <stdio.h>

#include "base/context.h"
#include "base/text.h"
#include "io/npy.h"

#ifdef GAN_HAVE_MINIZIP

#include <zip.h>

enum {
    NAME_SIZE = 64,
    PIECE = 1 << 30,       /* minizip counts in unsigned int */
    FIRST_DAY = 0x21,      /* 1 January 1980, as MS-DOS has dates */
    MADE_BY = 3 << 8 | 20, /* Unix, for the file modes */
    FILE_MODE = 0100644,   /* of the arrays, when they are unpacked */
    UTF8_NAMES = 1 << 11
};
static const uint64_t zip64_from = UINT32_MAX;

static voidpf
open_writer(voidpf opaque, const void *path, int mode)
{
    (void)path;
    (void)mode;
    return opaque;
}

static uLong
read_nothing(voidpf opaque, voidpf stream, void *data, uLong bytes)
{
    (void)opaque;
    (void)stream;
    (void)data;
    (void)bytes;
    return 0;
}

static uLong
write_writer(voidpf opaque, voidpf stream, const void *data, uLong bytes)
{
    struct gan__npz_writer *writer = opaque;

    (void)stream;
    if (writer->failed != GAN_OK) {
        return 0;
    }
    writer->failed = gan__file_writer_write(&writer->file, data, bytes);
    if (writer->failed != GAN_OK) {
        return 0;
    }
    writer->position += bytes;
    writer->size = writer->position > writer->size ? writer->position : writer->size;
    return bytes;
}

static ZPOS64_T
tell_writer(voidpf opaque, voidpf stream)
{
    (void)stream;
    return ((struct gan__npz_writer *)opaque)->position;
}

static long
seek_writer(voidpf opaque, voidpf stream, ZPOS64_T offset, int origin)
{
    struct gan__npz_writer *writer = opaque;
    uint64_t start = 0;

    (void)stream;
    if (origin == ZLIB_FILEFUNC_SEEK_CUR) {
        start = writer->position;
    } else if (origin == ZLIB_FILEFUNC_SEEK_END) {
        start = writer->size;
    }
    if (writer->failed != GAN_OK || offset > writer->size - start) {
        return -1;
    }
    writer->failed = gan__file_writer_seek(&writer->file, start + offset);
    writer->position = start + offset;
    return writer->failed == GAN_OK ? 0 : -1;
}

static int
no_error(voidpf opaque, voidpf stream)
{
    (void)opaque;
    (void)stream;
    return 0;
}

/* What the writer met comes first; minizip itself fails without memory only. */
static gan_status
check(const struct gan__npz_writer *writer, int result)
{
    if (writer->failed != GAN_OK) {
        return writer->failed;
    }
    if (result != ZIP_OK) {
        return gan__fail(writer->ctx, GAN_E_NOMEM, "\"%s\": no memory to write an archive",
                         writer->path);
    }
    return GAN_OK;
}

gan_status
gan__npz_open(struct gan__npz_writer *writer, gan_context *ctx, const char *path)
{
    zlib_filefunc64_def functions = {.zopen64_file = open_writer,
                                     .zread_file = read_nothing,
                                     .zwrite_file = write_writer,
                                     .ztell64_file = tell_writer,
                                     .zseek64_file = seek_writer,
                                     .zclose_file = no_error,
                                     .zerror_file = no_error,
                                     .opaque = writer};
    gan_status st;

    *writer = (struct gan__npz_writer){.ctx = ctx, .path = path, .file = {.descriptor = -1}};
    st = gan__file_writer_open(&writer->file, ctx, path);
    if (st != GAN_OK) {
        return st;
    }
    writer->archive = zipOpen2_64(path, APPEND_STATUS_CREATE, NULL, &functions);
    return check(writer, writer->archive == NULL ? ZIP_INTERNALERROR : ZIP_OK);
}

/* The array's file in the archive. */
static gan_status
begin_file(struct gan__npz_writer *writer, const char *name, uint64_t bytes)
{
    const zip_fileinfo info = {.dosDate = (uLong)FIRST_DAY << 16,
                               .external_fa = (uLong)FILE_MODE << 16};
    char file[NAME_SIZE];

    (void)snprintf(file, sizeof file, "%s.npy", name);
    return check(writer,
                 zipOpenNewFileInZip4_64(writer->archive, file, &info, NULL, 0, NULL, 0, NULL, 0, 0,
                                         0, -MAX_WBITS, DEF_MEM_LEVEL, Z_DEFAULT_STRATEGY, NULL, 0,
                                         MADE_BY, UTF8_NAMES, bytes >= zip64_from));
}

gan_status
gan__npz_begin(struct gan__npz_writer *writer, const char *name, const char *descr,
               const struct gan__shape *shape)
{
    struct gan__text header;
    gan_status st = GAN_OK;

    gan__text_init(&header, writer->ctx);
    gan__npy_write_header(&header, descr, shape);
    GAN__TRY(header.status);
    /* An element has at most 8 bytes: the larger form of the record does no harm. */
    GAN__TRY(begin_file(writer, name, header.length + (uint64_t)gan__shape_count(shape) * 8));
    st = gan__npz_write(writer, header.data, header.length);

fail:
    gan__text_free(&header);
    return st;
}

gan_status
gan__npz_write(struct gan__npz_writer *writer, const void *data, size_t bytes)
{
    const unsigned char *from = data;
    gan_status st = GAN_OK;

    while (st == GAN_OK && bytes > 0) {
        const size_t some = bytes < PIECE ? bytes : PIECE;
        st = check(writer, zipWriteInFileInZip(writer->archive, from, (unsigned)some));
        from += some;
        bytes -= some;
    }
    return st;
}

gan_status
gan__npz_end(struct gan__npz_writer *writer)
{
    return check(writer, zipCloseFileInZip(writer->archive));
}

gan_status
gan__npz_commit(struct gan__npz_writer *writer)
{
    const int result = zipClose(writer->archive, NULL);

    writer->archive = NULL;
    const gan_status st = check(writer, result);
    return st == GAN_OK ? gan__file_writer_commit(&writer->file) : st;
}

void
gan__npz_abandon(struct gan__npz_writer *writer)
{
    if (writer->archive != NULL) {
        writer->failed = writer->failed == GAN_OK ? GAN_E_CANCELLED : writer->failed;
        (void)zipClose(writer->archive, NULL); /* which gives up its memory, and writes nothing */
        writer->archive = NULL;
    }
    gan__file_writer_abandon(&writer->file);
}

#else

gan_status
gan__npz_open(struct gan__npz_writer *writer, gan_context *ctx, const char *path)
{
    *writer = (struct gan__npz_writer){.ctx = ctx, .path = path, .file = {.descriptor = -1}};
    return gan__fail(ctx, GAN_E_UNSUPPORTED,
                     "\"%s\": a ZIP archive, and this build of libgan is without minizip", path);
}

gan_status
gan__npz_begin(struct gan__npz_writer *writer, const char *name, const char *descr,
               const struct gan__shape *shape)
{
    (void)name;
    (void)descr;
    (void)shape;
    return gan__fail(writer->ctx, GAN_E_INTERNAL, "no archive is open");
}

gan_status
gan__npz_write(struct gan__npz_writer *writer, const void *data, size_t bytes)
{
    (void)data;
    (void)bytes;
    return gan__fail(writer->ctx, GAN_E_INTERNAL, "no archive is open");
}

gan_status
gan__npz_end(struct gan__npz_writer *writer)
{
    return gan__fail(writer->ctx, GAN_E_INTERNAL, "no archive is open");
}

gan_status
gan__npz_commit(struct gan__npz_writer *writer)
{
    return gan__fail(writer->ctx, GAN_E_INTERNAL, "no archive is open");
}

void
gan__npz_abandon(struct gan__npz_writer *writer)
{
    gan__file_writer_abandon(&writer->file);
}

#endif
