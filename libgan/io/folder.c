/*
 * Folders: making one, and giving the disk what was renamed into it.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/context.h"
#include "base/memory.h"
#include "base/text.h"
#include "io/file.h"

bool
gan__folder_exists(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

gan_status
gan__folder_sync(gan_context *ctx, const char *path)
{
    char words[GAN__ERROR_TEXT_SIZE];
    const int descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int result, error;

    if (descriptor < 0) {
        return GAN_OK; /* one that may be written to but not read cannot be synced */
    }
    do {
        result = fsync(descriptor);
        error = errno;
    } while (result != 0 && error == EINTR);
    (void)close(descriptor);
    /* File systems that cannot sync a folder say EINVAL or the like. */
    if (result != 0 && (error == EIO || error == ENOSPC)) {
        return gan__fail(ctx, GAN_E_IO, "what is new in \"%s\" may be lost with the power: %s",
                         path, gan__error_text(words, error));
    }
    return GAN_OK;
}

/* The folder that a folder lies in; without memory NULL. */
static char *
parent_of(gan_context *ctx, const char *path)
{
    size_t length = strlen(path);

    while (length > 0 && path[length - 1] == '/') {
        length--;
    }
    while (length > 0 && path[length - 1] != '/') {
        length--;
    }
    char *parent = gan__alloc(ctx, length + 2);
    if (parent != NULL) {
        memcpy(parent, path, length);
        memcpy(parent + length, ".", 2);
    }
    return parent;
}

gan_status
gan__folder_make(gan_context *ctx, const char *path, bool *made)
{
    char words[GAN__ERROR_TEXT_SIZE];
    char *parent = parent_of(ctx, path);
    gan_status st = GAN_OK;

    *made = false;
    if (parent == NULL) {
        return GAN_E_NOMEM;
    }
    if (mkdir(path, 0777) == 0) {
        *made = true;
        st = gan__folder_sync(ctx, parent);
    } else {
        const int error = errno;
        if (!gan__folder_exists(path)) {
            st = gan__fail(ctx, GAN_E_IO, "cannot make the folder \"%s\": %s", path,
                           gan__error_text(words, error));
        }
    }
    if (st != GAN_OK && *made) {
        (void)rmdir(path);
        *made = false;
    }
    gan__free(ctx, parent);
    return st;
}
