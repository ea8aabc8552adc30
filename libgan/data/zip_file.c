/*
 * ZIP through minizip, which is given functions of its own to read with: no stdio, no paths of the
 * archive's.
 */
#include "data/zip_file.h"

#include <string.h>

#include "base/context.h"
#include "base/text.h"

bool
gan__zip_begins(const unsigned char *bytes, size_t size)
{
    static const unsigned char file[4] = {'P', 'K', 3, 4}, empty[4] = {'P', 'K', 5, 6};
    return size >= 4 && (memcmp(bytes, file, 4) == 0 || memcmp(bytes, empty, 4) == 0);
}

#ifdef GAN_HAVE_MINIZIP

#include <unzip.h>

enum { NAME_SIZE = 256, NAMES_SHOWN = 16, READ_MAX = 1 << 20, ENCRYPTED = 1, STORED = 0 };

static voidpf
open_reader(voidpf opaque, const void *path, int mode)
{
    (void)path;
    (void)mode;
    return opaque;
}

static uLong
read_reader(voidpf opaque, voidpf stream, void *data, uLong bytes)
{
    struct gan__zip_file *zip = opaque;
    size_t got = 0;

    (void)stream;
    gan_status st = gan__file_reader_read(&zip->reader, data, bytes, &got);
    if (st == GAN_OK && got < bytes) { /* minizip would take zeros for what is not there */
        st = gan__fail(zip->ctx, GAN_E_FORMAT, "\"%s\": the archive is cut off at byte %llu",
                       zip->path, (unsigned long long)zip->reader.position);
    }
    zip->failed = st == GAN_OK ? zip->failed : st;
    return got;
}

static uLong
write_nothing(voidpf opaque, voidpf stream, const void *data, uLong bytes)
{
    (void)opaque;
    (void)stream;
    (void)data;
    (void)bytes;
    return 0;
}

static ZPOS64_T
tell_reader(voidpf opaque, voidpf stream)
{
    (void)stream;
    return ((struct gan__zip_file *)opaque)->reader.position;
}

static long
seek_reader(voidpf opaque, voidpf stream, ZPOS64_T offset, int origin)
{
    struct gan__zip_file *zip = opaque;
    uint64_t start = 0;

    (void)stream;
    if (origin == ZLIB_FILEFUNC_SEEK_CUR) {
        start = zip->reader.position;
    } else if (origin == ZLIB_FILEFUNC_SEEK_END) {
        start = zip->reader.size;
    }
    if (offset > INT64_MAX || start + offset > INT64_MAX) {
        return -1;
    }
    const gan_status st = gan__file_reader_seek(&zip->reader, start + offset);
    zip->failed = st == GAN_OK ? zip->failed : st;
    return st == GAN_OK ? 0 : -1;
}

static int
no_error(voidpf opaque, voidpf stream)
{
    (void)opaque;
    (void)stream;
    return 0;
}

/* The reader's own failure comes first: minizip's is only what follows from it. */
static gan_status
damaged(const struct gan__zip_file *zip, const char *what)
{
    if (zip->failed != GAN_OK) {
        return zip->failed;
    }
    return gan__fail(zip->ctx, GAN_E_FORMAT, "\"%s\": %s, before byte %llu", zip->path, what,
                     (unsigned long long)zip->reader.position);
}

static bool
ends_with(const char *name, const char *ending)
{
    const size_t length = strlen(name), end = strlen(ending);
    return length >= end && strcmp(name + length - end, ending) == 0;
}

/* Whether `found` is what was asked for. */
static bool
matches(const char *found, const char *name, const char *ending)
{
    if (name == NULL) {
        return ends_with(found, ending);
    }
    const size_t length = strlen(name);
    return strncmp(found, name, length) == 0 &&
           (found[length] == '\0' || strcmp(found + length, ending) == 0);
}

/* Make it the archive's current file; what there is goes to `list`. */
static gan_status
find(struct gan__zip_file *zip, unz_file_info64 *info, const char *name, const char *ending,
     struct gan__text *list)
{
    char found[NAME_SIZE + 1] = "";
    int64_t shown = 0;
    int result = unzGoToFirstFile(zip->archive);

    for (; result == UNZ_OK; result = unzGoToNextFile(zip->archive)) {
        if (unzGetCurrentFileInfo64(zip->archive, info, found, NAME_SIZE, NULL, 0, NULL, 0) !=
            UNZ_OK) {
            return damaged(zip, "the archive's directory is damaged");
        }
        found[NAME_SIZE] = '\0';
        if (matches(found, name, ending)) {
            return GAN_OK;
        }
        if (shown < NAMES_SHOWN && ends_with(found, ending)) {
            gan__text_add(list, "%s%.40s", shown == 0 ? "" : ", ", found);
            shown++;
        }
    }
    if (result != UNZ_END_OF_LIST_OF_FILE) {
        return damaged(zip, "the archive's directory is damaged");
    }
    if (list->status != GAN_OK) {
        return list->status;
    }
    return gan__fail(zip->ctx, name == NULL ? GAN_E_FORMAT : GAN_E_ARG,
                     "\"%s\": there is no array%s%.64s%s in the archive%s%s", zip->path,
                     name == NULL ? "" : " \"", name == NULL ? "" : name, name == NULL ? "" : "\"",
                     shown == 0 ? "" : ": there are ", shown == 0 ? "" : list->data);
}

static gan_status
enter(struct gan__zip_file *zip, const char *name, const char *ending)
{
    unz_file_info64 info;
    struct gan__text list;

    gan__text_init(&list, zip->ctx);
    const gan_status st = find(zip, &info, name, ending, &list);
    gan__text_free(&list);
    if (st != GAN_OK) {
        return st;
    }
    if ((info.flag & ENCRYPTED) != 0) {
        return gan__fail(zip->ctx, GAN_E_FORMAT, "\"%s\": the array is encrypted", zip->path);
    }
    if (info.compression_method != STORED && info.compression_method != Z_DEFLATED) {
        return gan__fail(zip->ctx, GAN_E_FORMAT,
                         "\"%s\": the array is packed by method %lu, only 0 (stored) and 8 "
                         "(deflated) are read",
                         zip->path, (unsigned long)info.compression_method);
    }
    if (info.uncompressed_size == UINT32_MAX || info.compressed_size == UINT32_MAX) {
        /* The true sizes stand in a field that some versions of minizip do not read. */
        return gan__fail(zip->ctx, GAN_E_UNSUPPORTED,
                         "\"%s\": an array above 2 GiB (ZIP64), which this system's minizip can't "
                         "read: unpack it to a .npy file",
                         zip->path);
    }
    const int result = unzOpenCurrentFile(zip->archive);
    if (result == UNZ_INTERNALERROR) {
        return gan__fail(zip->ctx, GAN_E_NOMEM, "\"%s\": no memory to unpack it", zip->path);
    }
    if (result != UNZ_OK) {
        return damaged(zip, "the archive is damaged");
    }
    zip->inside = true;
    zip->left = info.uncompressed_size;
    return zip->failed;
}

gan_status
gan__zip_file_open(struct gan__zip_file *zip, gan_context *ctx, const char *path, const char *name,
                   const char *ending)
{
    zlib_filefunc64_def functions = {.zopen64_file = open_reader,
                                     .zread_file = read_reader,
                                     .zwrite_file = write_nothing,
                                     .ztell64_file = tell_reader,
                                     .zseek64_file = seek_reader,
                                     .zclose_file = no_error,
                                     .zerror_file = no_error,
                                     .opaque = zip};
    gan_status st = GAN_OK;

    *zip = (struct gan__zip_file){.ctx = ctx, .path = path, .reader = {.descriptor = -1}};
    GAN__TRY(gan__file_reader_open(&zip->reader, ctx, path));
    zip->archive = unzOpen2_64(path, &functions);
    if (zip->archive == NULL) {
        GAN__TRY(damaged(zip, "no ZIP archive, or one that is cut off or damaged"));
    }
    GAN__TRY(enter(zip, name, ending));
    return GAN_OK;

fail:
    gan__zip_file_close(zip);
    return st;
}

gan_status
gan__zip_file_read(struct gan__zip_file *zip, void *data, size_t bytes, size_t *got)
{
    unsigned char *to = data;

    *got = 0;
    while (*got < bytes && zip->inside) {
        const size_t wanted = bytes - *got < READ_MAX ? bytes - *got : READ_MAX;
        const int count = unzReadCurrentFile(zip->archive, to + *got, (unsigned)wanted);
        if (count < 0) {
            return damaged(zip, "the packed array is damaged or cut off");
        }
        *got += (size_t)count;
        zip->left -= (uint64_t)count; /* minizip gives no more than the directory says */
        if (count == 0) {
            zip->inside = false;
            if (zip->left > 0) { /* then minizip would not look at the checksum */
                return damaged(zip, "the packed array is cut off");
            }
            if (unzCloseCurrentFile(zip->archive) != UNZ_OK) {
                return damaged(zip, "the packed array is damaged: it has not its checksum");
            }
        }
    }
    return zip->failed;
}

void
gan__zip_file_close(struct gan__zip_file *zip)
{
    if (zip->archive != NULL) {
        (void)unzClose(zip->archive); /* the file inside, too */
        zip->archive = NULL;
    }
    gan__file_reader_close(&zip->reader);
}

#else

gan_status
gan__zip_file_open(struct gan__zip_file *zip, gan_context *ctx, const char *path, const char *name,
                   const char *ending)
{
    (void)name;
    (void)ending;
    *zip = (struct gan__zip_file){.ctx = ctx, .path = path, .reader = {.descriptor = -1}};
    return gan__fail(
        ctx, GAN_E_UNSUPPORTED,
        "\"%s\": a ZIP archive, and this build of libgan is without minizip: unpack it", path);
}

gan_status
gan__zip_file_read(struct gan__zip_file *zip, void *data, size_t bytes, size_t *got)
{
    (void)data;
    (void)bytes;
    *got = 0;
    return gan__fail(zip->ctx, GAN_E_INTERNAL, "no archive is open");
}

void
gan__zip_file_close(struct gan__zip_file *zip)
{
    gan__file_reader_close(&zip->reader);
}

#endif
