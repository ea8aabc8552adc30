/*
 * Files for tests: a folder of their own below the current one, whole files written and read.
 */
#ifndef TESTS_IO_FILES_H
#define TESTS_IO_FILES_H

#include "support.h"

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILES_PATH = 512 };

/* The folder; "" before files_begin. */
static char files_folder[64];

static inline void
files_begin(void)
{
    (void)strcpy(files_folder, "files-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(files_folder));
}

/* The path of a file in the folder; valid until the eighth call after it. */
static inline const char *
files_path(const char *name)
{
    static char paths[8][FILES_PATH];
    static int next;
    char *path = paths[next++ % 8];

    (void)snprintf(path, FILES_PATH, "%s/%s", files_folder, name);
    return path;
}

/* How many entries the folder has. */
static inline int
files_count(void)
{
    DIR *folder = opendir(files_folder);
    int count = -2; /* . and .. */

    ck_assert_ptr_nonnull(folder);
    while (readdir(folder) != NULL) {
        count++;
    }
    (void)closedir(folder);
    return count;
}

static inline void
files_end(void)
{
    DIR *folder = opendir(files_folder);
    const struct dirent *entry;

    while (folder != NULL && (entry = readdir(folder)) != NULL) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            (void)remove(files_path(entry->d_name));
        }
    }
    (void)closedir(folder);
    (void)rmdir(files_folder);
    files_folder[0] = '\0';
}

static inline void
files_write(const char *path, const void *data, size_t size)
{
    /* A new file: some file systems wait for the disk when an old one is cut and written again. */
    (void)remove(path);
    FILE *file = fopen(path, "wb");

    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(data, 1, size, file), size);
    ck_assert_int_eq(fclose(file), 0);
}

/* Everything in a file, from malloc, with a zero after it. */
static inline unsigned char *
files_read(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    struct stat info;

    ck_assert_msg(file != NULL, "%s cannot be read", path);
    ck_assert_int_eq(fstat(fileno(file), &info), 0);
    *size = (size_t)info.st_size;
    unsigned char *data = malloc(*size + 1);
    ck_assert_ptr_nonnull(data);
    ck_assert_uint_eq(fread(data, 1, *size, file), *size);
    data[*size] = 0;
    (void)fclose(file);
    return data;
}

static inline void
files_expect(const char *path, const char *text)
{
    size_t size = 0;
    unsigned char *data = files_read(path, &size);

    ck_assert_str_eq((const char *)data, text);
    free(data);
}

#endif
