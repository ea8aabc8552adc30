/*
 * Safe files: a whole new file or the old one; and a reader that knows how much there is before it
 * is asked for it.
 */
#ifndef GAN__IO_FILE_H
#define GAN__IO_FILE_H

#include <gan/context.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A file being written beside `path`; nothing is seen under `path` before the commit. */
struct gan__file_writer {
    gan_context *ctx;
    int descriptor;         /* -1 when closed */
    char *path, *temporary; /* path: symbolic links followed */
    bool folder_later; /* set after the open: the commit leaves the folder's sync to the caller */
};

gan_status gan__file_writer_open(struct gan__file_writer *writer, gan_context *ctx,
                                 const char *path);
gan_status gan__file_writer_write(struct gan__file_writer *writer, const void *data, size_t bytes);
/* Where the next bytes go, up to the end of what was written. */
gan_status gan__file_writer_seek(struct gan__file_writer *writer, uint64_t position);
/* Sync, rename over path, sync the folder, close. On failure the temporary file is gone. */
gan_status gan__file_writer_commit(struct gan__file_writer *writer);
/* Close and remove the temporary file; nothing after a commit. */
void gan__file_writer_abandon(struct gan__file_writer *writer);
/* Whether a name is one that writers give to temporary files, and of which process. */
bool gan__file_is_temporary(const char *name, long *process);

/* folder.c */
bool gan__folder_exists(const char *path);
/* Make a folder if it is missing; its parent must be there, and is synced. */
gan_status gan__folder_make(gan_context *ctx, const char *path, bool *made);
gan_status gan__folder_sync(gan_context *ctx, const char *path);

/* A regular file being read from its beginning, or bytes in memory that are read as if they were
 * one. */
struct gan__file_reader {
    gan_context *ctx;
    const char *path;            /* the caller's, for sentences */
    int descriptor;              /* -1: memory, or closed */
    const unsigned char *memory; /* NULL for a file */
    uint64_t size, position;
};

/* Anything but a regular file is GAN_E_IO: a pipe could block for ever and has no size to check
 * against. */
gan_status gan__file_reader_open(struct gan__file_reader *reader, gan_context *ctx,
                                 const char *path);
void gan__file_reader_open_memory(struct gan__file_reader *reader, gan_context *ctx,
                                  const char *name, const void *data, size_t size);
/* Up to `bytes` bytes; *got is less only at the end of the file. */
gan_status gan__file_reader_read(struct gan__file_reader *reader, void *data, size_t bytes,
                                 size_t *got);
/* Go to a place, which may be past the end: then nothing is read. */
gan_status gan__file_reader_seek(struct gan__file_reader *reader, uint64_t position);
void gan__file_reader_close(struct gan__file_reader *reader);

#endif
