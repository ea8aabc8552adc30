/*
 * ZIP: the directory through minizip, which is given functions of its own to read with: no stdio, no
 * paths of the archive's. The file's own record is read here, and unpacked by zlib: some versions of
 * minizip don't read the sizes and places above 4 GiB (ZIP64).
 */
#include "data/zip_file.h"

#include <string.h>

#include "base/context.h"
#include "base/memory.h"
#include "base/text.h"

bool
gan__zip_begins(const unsigned char *bytes, size_t size)
{
    static const unsigned char file[4] = {'P', 'K', 3, 4}, empty[4] = {'P', 'K', 5, 6};
    return size >= 4 && (memcmp(bytes, file, 4) == 0 || memcmp(bytes, empty, 4) == 0);
}

#ifdef GAN_HAVE_MINIZIP

#include <unzip.h>

enum {
    NAME_SIZE = 256,
    NAMES_SHOWN = 16,
    READ_MAX = 1 << 20, /* zlib counts in unsigned int */
    INPUT_SIZE = 1 << 16,
    ENTRY_SIZE = 46, /* of the directory, without its name and extra fields */
    LOCAL_SIZE = 30, /* the same of the record before the packed data */
    EXTRA_HEAD = 4,  /* an extra field's kind and size */
    ZIP64 = 1,       /* its kind */
    ENCRYPTED = 1,
    STORED = 0
};

/* What the directory says of a file. */
struct entry {
    uint64_t packed, unpacked, offset;
    unsigned flags, method;
    uLong crc;
};

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
    if (zip->failed != GAN_OK) { /* minizip asks on, thousands of times */
        return 0;
    }
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
    if (start > zip->reader.size || offset > zip->reader.size - start) {
        return -1; /* which minizip takes for a damaged archive */
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
find(struct gan__zip_file *zip, const char *name, const char *ending, struct gan__text *list)
{
    char found[NAME_SIZE + 1] = "";
    int64_t shown = 0;
    int result = unzGoToFirstFile(zip->archive);

    for (; result == UNZ_OK; result = unzGoToNextFile(zip->archive)) {
        if (unzGetCurrentFileInfo64(zip->archive, NULL, found, NAME_SIZE, NULL, 0, NULL, 0) !=
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

static uint64_t
little(const unsigned char *at, size_t bytes)
{
    uint64_t value = 0;

    for (size_t i = bytes; i > 0; i--) {
        value = value << 8 | at[i - 1];
    }
    return value;
}

static gan_status
read_at(struct gan__zip_file *zip, uint64_t place, unsigned char *data, size_t bytes)
{
    size_t got = 0;
    gan_status st = GAN_OK;

    if (place > zip->reader.size || bytes > zip->reader.size - place) {
        return damaged(zip, "the archive's directory points past its end");
    }
    GAN__TRY(gan__file_reader_seek(&zip->reader, place));
    GAN__TRY(gan__file_reader_read(&zip->reader, data, bytes, &got));
    return got < bytes ? damaged(zip, "the archive is cut off") : GAN_OK;

fail:
    return st;
}

/* The numbers that have no room in the entry itself stand in its extra field, in this order. */
static gan_status
read_zip64(struct gan__zip_file *zip, struct entry *entry, uint64_t at, uint64_t end)
{
    uint64_t *const numbers[] = {&entry->unpacked, &entry->packed, &entry->offset};
    unsigned char bytes[8];
    gan_status st = GAN_OK;

    for (int i = 0; i < 3; i++) {
        if (*numbers[i] == UINT32_MAX) {
            if (end - at < sizeof bytes) {
                return damaged(zip, "the array's sizes are not in the archive's directory");
            }
            GAN__TRY(read_at(zip, at, bytes, sizeof bytes));
            *numbers[i] = little(bytes, sizeof bytes);
            at += sizeof bytes;
        }
    }

fail:
    return st;
}

/* The entry that minizip is at. */
static gan_status
read_entry(struct gan__zip_file *zip, struct entry *entry)
{
    unsigned char bytes[ENTRY_SIZE], head[EXTRA_HEAD];
    uint64_t at = unzGetOffset64(zip->archive);
    gan_status st = GAN_OK;

    GAN__TRY(read_at(zip, at, bytes, sizeof bytes));
    if (memcmp(bytes, "PK\1\2", 4) != 0) {
        return damaged(zip, "the archive's directory is damaged");
    }
    *entry = (struct entry){.flags = (unsigned)little(bytes + 8, 2),
                            .method = (unsigned)little(bytes + 10, 2),
                            .crc = (uLong)little(bytes + 16, 4),
                            .packed = little(bytes + 20, 4),
                            .unpacked = little(bytes + 24, 4),
                            .offset = little(bytes + 42, 4)};
    at += sizeof bytes + little(bytes + 28, 2);
    const uint64_t end = at + little(bytes + 30, 2);
    while (end - at >= sizeof head) {
        GAN__TRY(read_at(zip, at, head, sizeof head));
        const uint64_t size = little(head + 2, 2);
        at += sizeof head;
        if (size > end - at) {
            break;
        }
        if (little(head, 2) == ZIP64) {
            return read_zip64(zip, entry, at, at + size);
        }
        at += size;
    }
    return read_zip64(zip, entry, end, end);

fail:
    return st;
}

/* To the packed data's begin, which lies behind a second record of the file. */
static gan_status
go_to_data(struct gan__zip_file *zip, const struct entry *entry)
{
    unsigned char bytes[LOCAL_SIZE];
    gan_status st = GAN_OK;

    GAN__TRY(read_at(zip, entry->offset, bytes, sizeof bytes));
    if (memcmp(bytes, "PK\3\4", 4) != 0) {
        return damaged(zip, "the archive's directory does not point to the array");
    }
    const uint64_t data =
        entry->offset + sizeof bytes + little(bytes + 26, 2) + little(bytes + 28, 2);
    if (data > zip->reader.size || entry->packed > zip->reader.size - data) {
        return damaged(zip, "the packed array is cut off");
    }
    st = gan__file_reader_seek(&zip->reader, data);

fail:
    return st;
}

static gan_status
begin_inflate(struct gan__zip_file *zip)
{
    zip->input = gan__alloc(zip->ctx, INPUT_SIZE);
    if (zip->input == NULL) {
        return GAN_E_NOMEM;
    }
    zip->z.zalloc = gan__memory_zalloc;
    zip->z.zfree = gan__memory_zfree;
    zip->z.opaque = zip->ctx;
    if (inflateInit2(&zip->z, -MAX_WBITS) != Z_OK) { /* without zlib's own head */
        return gan__fail(zip->ctx, GAN_E_NOMEM, "\"%s\": no memory to unpack it", zip->path);
    }
    zip->deflated = true;
    return GAN_OK;
}

static gan_status
enter(struct gan__zip_file *zip, const char *name, const char *ending)
{
    struct entry entry;
    struct gan__text list;
    gan_status st = GAN_OK;

    gan__text_init(&list, zip->ctx);
    GAN__TRY(find(zip, name, ending, &list));
    GAN__TRY(zip->failed); /* minizip overlooks it at some places */
    GAN__TRY(read_entry(zip, &entry));
    if ((entry.flags & ENCRYPTED) != 0) {
        GAN__TRY(gan__fail(zip->ctx, GAN_E_FORMAT, "\"%s\": the array is encrypted", zip->path));
    }
    if (entry.method != STORED && entry.method != Z_DEFLATED) {
        GAN__TRY(gan__fail(zip->ctx, GAN_E_FORMAT,
                           "\"%s\": the array is packed by method %u, only 0 (stored) and 8 "
                           "(deflated) are read",
                           zip->path, entry.method));
    }
    GAN__TRY(go_to_data(zip, &entry));
    zip->inside = true;
    zip->packed_left = entry.packed;
    zip->left = entry.unpacked;
    zip->wanted_crc = entry.crc;
    st = entry.method == STORED ? GAN_OK : begin_inflate(zip);

fail:
    gan__text_free(&list);
    return st;
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

/* The next packed bytes as they are; there must be one at least. */
static gan_status
read_packed(struct gan__zip_file *zip, unsigned char *data, size_t bytes, size_t *got)
{
    const size_t wanted = bytes < zip->packed_left ? bytes : (size_t)zip->packed_left;

    const gan_status st = gan__file_reader_read(&zip->reader, data, wanted, got);
    if (st == GAN_OK && *got == 0) {
        return damaged(zip, "the packed array is cut off");
    }
    zip->packed_left -= *got;
    return st;
}

static gan_status
read_stored(struct gan__zip_file *zip, unsigned char *data, size_t bytes, size_t *got)
{
    if (zip->packed_left == 0) {
        zip->inside = false;
        return GAN_OK;
    }
    return read_packed(zip, data, bytes, got);
}

static gan_status
read_deflated(struct gan__zip_file *zip, unsigned char *data, size_t bytes, size_t *got)
{
    z_stream *z = &zip->z;

    if (z->avail_in == 0 && zip->packed_left > 0) { /* without, zlib may still have some to give */
        size_t filled = 0;
        const gan_status st = read_packed(zip, zip->input, INPUT_SIZE, &filled);
        if (st != GAN_OK) {
            return st;
        }
        z->next_in = zip->input;
        z->avail_in = (uInt)filled;
    }
    z->next_out = data;
    z->avail_out = (uInt)bytes;
    const int result = inflate(z, Z_NO_FLUSH);
    *got = bytes - z->avail_out;
    if (result == Z_MEM_ERROR) {
        return gan__fail(zip->ctx, GAN_E_NOMEM, "\"%s\": no memory to unpack it", zip->path);
    }
    if (result == Z_BUF_ERROR) { /* there is room: what lacks is input */
        return damaged(zip, "the packed array is cut off");
    }
    if (result != Z_OK && result != Z_STREAM_END) {
        return damaged(zip, "the packed array is damaged");
    }
    zip->inside = result != Z_STREAM_END;
    return GAN_OK;
}

gan_status
gan__zip_file_read(struct gan__zip_file *zip, void *data, size_t bytes, size_t *got)
{
    unsigned char *to = data;

    *got = 0;
    while (*got < bytes && zip->inside) {
        const size_t wanted = bytes - *got < READ_MAX ? bytes - *got : READ_MAX;
        size_t count = 0;
        const gan_status st = zip->deflated ? read_deflated(zip, to + *got, wanted, &count)
                                            : read_stored(zip, to + *got, wanted, &count);
        if (st != GAN_OK) {
            return st;
        }
        if (count > zip->left) {
            return damaged(zip, "the packed array is longer than the archive's directory says");
        }
        zip->crc = crc32(zip->crc, to + *got, (uInt)count);
        zip->left -= count;
        *got += count;
    }
    if (zip->inside) {
        return GAN_OK;
    }
    if (zip->left > 0) {
        return damaged(zip, "the packed array is cut off");
    }
    if (zip->crc != zip->wanted_crc || zip->packed_left > 0 || zip->z.avail_in > 0) {
        return damaged(zip, "the packed array is damaged: it has not its checksum or length");
    }
    return GAN_OK;
}

void
gan__zip_file_close(struct gan__zip_file *zip)
{
    if (zip->archive != NULL) {
        (void)unzClose(zip->archive);
        zip->archive = NULL;
    }
    if (zip->deflated) {
        (void)inflateEnd(&zip->z);
        zip->deflated = false;
    }
    gan__free(zip->ctx, zip->input);
    zip->input = NULL;
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
