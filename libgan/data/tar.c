/*
 * Tar: headers of 512 bytes with sizes as octal text and a checksum, each before its file's bytes.
 */
#include "data/tar.h"

#include <string.h>

#include "base/context.h"

enum {
    SIZE_AT = 124,
    SIZE_LENGTH = 12,
    SUM_AT = 148,
    SUM_LENGTH = 8,
    TYPE_AT = 156,
    MAGIC_AT = 257
};

/* Octal digits, spaces before, spaces or zeros after. */
static bool
parse_octal(const unsigned char *text, size_t length, uint64_t *value)
{
    size_t at = 0, digits = 0;

    *value = 0;
    while (at < length && text[at] == ' ') {
        at++;
    }
    for (; at < length && text[at] >= '0' && text[at] <= '7'; at++, digits++) {
        *value = *value * 8 + (uint64_t)(text[at] - '0'); /* 12 digits have 36 bits */
    }
    while (at < length && (text[at] == ' ' || text[at] == '\0')) {
        at++;
    }
    return digits > 0 && at == length;
}

static bool
check_sum(const unsigned char block[GAN__TAR_BLOCK])
{
    uint64_t wanted = 0, sum = 0;

    for (int32_t i = 0; i < GAN__TAR_BLOCK; i++) {
        sum += i >= SUM_AT && i < SUM_AT + SUM_LENGTH ? ' ' : block[i];
    }
    return parse_octal(block + SUM_AT, SUM_LENGTH, &wanted) && sum == wanted;
}

bool
gan__tar_begins(const unsigned char *bytes, size_t size)
{
    return size >= GAN__TAR_BLOCK && memcmp(bytes + MAGIC_AT, "ustar", 5) == 0 && check_sum(bytes);
}

static bool
is_empty(const unsigned char *block, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (block[i] != 0) {
            return false;
        }
    }
    return true;
}

/* What follows the first empty block must be empty, too. */
static gan_status
check_end(struct gan__byte_stream *stream)
{
    unsigned char block[GAN__TAR_BLOCK];
    size_t got = 0;

    do {
        const gan_status st = gan__byte_stream_read(stream, block, sizeof block, &got);
        if (st != GAN_OK) {
            return st;
        }
        if (!is_empty(block, got)) {
            return gan__fail(
                stream->ctx, GAN_E_FORMAT,
                "\"%s\": there are bytes after the tar archive's end, before byte %llu",
                stream->path, (unsigned long long)stream->position);
        }
    } while (got > 0);
    return GAN_OK;
}

static gan_status
parse_header(struct gan__tar *tar, const unsigned char *block)
{
    const struct gan__byte_stream *stream = tar->stream;
    const unsigned long long at = stream->position - GAN__TAR_BLOCK;

    if (memcmp(block + MAGIC_AT, "ustar", 5) != 0 || !check_sum(block)) {
        return gan__fail(stream->ctx, GAN_E_FORMAT,
                         "\"%s\": no tar header, or a damaged one, at byte %llu", stream->path, at);
    }
    if (!parse_octal(block + SIZE_AT, SIZE_LENGTH, &tar->size)) {
        return gan__fail(stream->ctx, GAN_E_FORMAT,
                         "\"%s\": the size in the tar header at byte %llu is no octal number",
                         stream->path, at);
    }
    /* Links, devices and folders have no bytes. */
    if (block[TYPE_AT] >= '1' && block[TYPE_AT] <= '6' && tar->size != 0) {
        return gan__fail(stream->ctx, GAN_E_FORMAT,
                         "\"%s\": the tar header at byte %llu is of type %c and has a size",
                         stream->path, at, block[TYPE_AT]);
    }
    tar->left = (tar->size + GAN__TAR_BLOCK - 1) / GAN__TAR_BLOCK * GAN__TAR_BLOCK;
    memcpy(tar->name, block, GAN__TAR_NAME);
    tar->name[GAN__TAR_NAME] = '\0';
    const char *slash = strrchr(tar->name, '/');
    if (slash != NULL) {
        memmove(tar->name, slash + 1, strlen(slash + 1) + 1);
    }
    return GAN_OK;
}

static gan_status
cut_off(const struct gan__tar *tar)
{
    return gan__fail(tar->stream->ctx, GAN_E_FORMAT,
                     "\"%s\": the tar archive is cut off at byte %llu", tar->stream->path,
                     (unsigned long long)tar->stream->position);
}

/* Read on to the next header. */
static gan_status
skip(struct gan__tar *tar)
{
    unsigned char skipped[4096];

    while (tar->left > 0) {
        const size_t wanted = tar->left < sizeof skipped ? (size_t)tar->left : sizeof skipped;
        size_t got = 0;
        const gan_status st = gan__byte_stream_read(tar->stream, skipped, wanted, &got);
        if (st != GAN_OK) {
            return st;
        }
        if (got < wanted) {
            return cut_off(tar);
        }
        tar->left -= got;
    }
    return GAN_OK;
}

gan_status
gan__tar_next(struct gan__tar *tar, bool *found)
{
    unsigned char block[GAN__TAR_BLOCK];
    size_t got = 0;

    *found = false;
    for (;;) {
        gan_status st = skip(tar);
        if (st == GAN_OK) {
            st = gan__byte_stream_read(tar->stream, block, sizeof block, &got);
        }
        if (st != GAN_OK) {
            return st;
        }
        if (got < sizeof block) {
            return cut_off(tar);
        }
        if (is_empty(block, sizeof block)) {
            return check_end(tar->stream);
        }
        st = parse_header(tar, block);
        if (st != GAN_OK) {
            return st;
        }
        if (block[TYPE_AT] == '0' || block[TYPE_AT] == '\0') {
            *found = true;
            return GAN_OK;
        }
    }
}

gan_status
gan__tar_read(struct gan__tar *tar, void *data, size_t bytes, size_t *got)
{
    const uint64_t padding = (GAN__TAR_BLOCK - tar->size % GAN__TAR_BLOCK) % GAN__TAR_BLOCK;
    const uint64_t left = tar->left > padding ? tar->left - padding : 0;
    const size_t wanted = left < bytes ? (size_t)left : bytes;

    const gan_status st = gan__byte_stream_read(tar->stream, data, wanted, got);
    if (st != GAN_OK) {
        return st;
    }
    tar->left -= *got;
    return *got < wanted ? cut_off(tar) : GAN_OK;
}
