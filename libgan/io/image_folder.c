/*
 * Pictures as a folder of numbered PNG files.
 */
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/text.h"
#include "io/file.h"
#include "io/image.h"

static gan_status
write_one(gan_context *ctx, const char *path, const struct gan__images *images, int64_t index,
          uint64_t number)
{
    const size_t length = strlen(path);
    const char *slash = length > 0 && path[length - 1] == '/' ? "" : "/";
    const int64_t each = images->height * images->width * images->channels;
    const struct gan__images one = {images->pixels + index * each, 1, images->height, images->width,
                                    images->channels};
    struct gan__text file;
    gan_status st;

    gan__text_init(&file, ctx);
    gan__text_add(&file, "%s%s%06llu.png", path, slash, (unsigned long long)number);
    st = file.status;
    if (st == GAN_OK) {
        st = gan__image_write_png(ctx, file.data, &one, 1, 0, true);
    }
    gan__text_free(&file);
    return st;
}

gan_status
gan__image_write_folder(gan_context *ctx, const char *path, const struct gan__images *images,
                        uint64_t first)
{
    bool made = false;
    gan_status st = gan__folder_make(ctx, path, &made);

    for (int64_t i = 0; i < images->count && st == GAN_OK; i++) {
        st = write_one(ctx, path, images, i, first + (uint64_t)i);
    }
    if (st == GAN_OK) {
        return gan__folder_sync(ctx, path);
    }
    if (made) {
        (void)rmdir(path); /* if there is nothing in it */
    }
    return st;
}
