/*
 * Folders of pictures for tests: made below the current one, and removed with all that is in them.
 */
#ifndef TESTS_DATA_FOLDER_TREE_H
#define TESTS_DATA_FOLDER_TREE_H

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pictures.h"

enum { TREE_PATH = 1024 };

static char tree_root[32];

static inline void
tree_begin(void)
{
    (void)strcpy(tree_root, "tree-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(tree_root));
}

/* The path of something below the root; valid until the eighth call after it. */
static inline const char *
tree_path(const char *name)
{
    static char paths[8][TREE_PATH];
    static int next;
    char *path = paths[next++ % 8];

    (void)snprintf(path, TREE_PATH, "%s/%s", tree_root, name);
    return path;
}

static inline void
tree_folder(const char *name)
{
    ck_assert_int_eq(mkdir(tree_path(name), 0777), 0);
}

static inline void
tree_write(const char *name, const void *bytes, size_t size)
{
    FILE *file = fopen(tree_path(name), "wb");

    ck_assert_msg(file != NULL, "cannot write %s", name);
    ck_assert_uint_eq(fwrite(bytes, 1, size, file), size);
    ck_assert_int_eq(fclose(file), 0);
}

/* A copy of one of the oracle's pictures. */
static inline void
tree_picture(const char *name, const char *of)
{
    struct picture_file file;

    picture_file_read(&file, PICTURES, of);
    tree_write(name, file.bytes, file.size);
    picture_file_free(&file);
}

static inline void
tree_remove(const char *path)
{
    struct stat info;

    if (lstat(path, &info) == 0 && S_ISDIR(info.st_mode)) {
        DIR *folder = opendir(path);
        const struct dirent *entry;
        while (folder != NULL && (entry = readdir(folder)) != NULL) {
            char below[TREE_PATH];
            const int length = snprintf(below, sizeof below, "%s/%s", path, entry->d_name);
            if (length < (int)sizeof below && strcmp(entry->d_name, ".") != 0 &&
                strcmp(entry->d_name, "..") != 0) {
                tree_remove(below);
            }
        }
        (void)closedir(folder);
        (void)rmdir(path);
    } else {
        (void)unlink(path);
    }
}

static inline void
tree_end(void)
{
    tree_remove(tree_root);
}

/* path=<below the root> and more; an empty name is the root itself. */
static inline gan_status
tree_open(gan_context *ctx, gan_dataset **out, const char *name, const char *more)
{
    char options[TREE_PATH + 256];

    (void)snprintf(options, sizeof options, "path=\"%s\" %s",
                   name[0] == '\0' ? tree_root : tree_path(name), more);
    return gan_dataset_create(ctx, out, "folder", options);
}

#endif
