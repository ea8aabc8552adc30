/*
 * The pictures of tests/oracle/files, whole files of them, and what tests/oracle/make_pictures.py says that is in them.
 */
#ifndef TESTS_DATA_PICTURES_H
#define TESTS_DATA_PICTURES_H

#include <stdbool.h>
#include <stdio.h>

#include "allocator.h"
#include "support.h"

#include "io/picture.h"

struct picture_file {
    uint8_t *bytes;
    size_t size;
};

static inline void
picture_file_read(struct picture_file *file, const char *folder, const char *name)
{
    char path[1024];

    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *stream = fopen(path, "rb");
    ck_assert_msg(stream != NULL, "cannot read %s", path);
    ck_assert_int_eq(fseek(stream, 0, SEEK_END), 0);
    file->size = (size_t)ftell(stream);
    rewind(stream);
    file->bytes = malloc(file->size + 1);
    ck_assert_ptr_nonnull(file->bytes);
    ck_assert_uint_eq(fread(file->bytes, 1, file->size, stream), file->size);
    (void)fclose(stream);
}

static inline void
picture_file_free(struct picture_file *file)
{
    free(file->bytes);
    file->bytes = NULL;
}

/* One record after the other. */
struct picture_oracle {
    struct picture_file file;
    size_t at;
    char name[33];
    int64_t height, width;
    const uint8_t *rgb, *grey;
};

static inline void
picture_oracle_open(struct picture_oracle *oracle)
{
    memset(oracle, 0, sizeof *oracle);
    picture_file_read(&oracle->file, PICTURES "/..", "pictures.bin");
}

static inline bool
picture_oracle_next(struct picture_oracle *oracle)
{
    const uint8_t *at = oracle->file.bytes + oracle->at;

    if (oracle->at == oracle->file.size) {
        return false;
    }
    memcpy(oracle->name, at, 32);
    oracle->height = at[32] | at[33] << 8;
    oracle->width = at[34] | at[35] << 8;
    oracle->rgb = at + 36;
    oracle->grey = oracle->rgb + 3 * oracle->height * oracle->width;
    oracle->at += 36 + 4 * (size_t)(oracle->height * oracle->width);
    return true;
}

static inline void
picture_oracle_close(struct picture_oracle *oracle)
{
    picture_file_free(&oracle->file);
}

#endif
