/*
 * gan_image_save(): which format, and what all of them ask of the pictures.
 */
#include <gan/io.h>

#include <string.h>

#include "base/checked.h"
#include "base/context.h"
#include "base/options.h"
#include "io/file.h"
#include "io/image.h"

enum { FORMAT_AUTO, FORMAT_PNG, FORMAT_NPY, FORMAT_FOLDER };

struct image_options {
    int32_t format;
    int64_t columns, padding;
    uint64_t first;
};

static const struct gan__option image_options[] = {
    {.name = "format",
     .type = GAN__OPTION_CHOICE,
     .offset = offsetof(struct image_options, format),
     .fallback = "auto",
     .choices = "auto|png|npy|folder",
     .doc =
         "auto: .npy for a path of that end, a folder for one that ends in / or is one, else png"},
    {.name = "columns",
     .type = GAN__OPTION_INT,
     .offset = offsetof(struct image_options, columns),
     .minimum = 0,
     .maximum = GAN__IMAGE_SIDE_MAX,
     .fallback = "0",
     .doc = "pictures in a row, 0: the square root of their number, rounded up"},
    {.name = "padding",
     .type = GAN__OPTION_INT,
     .offset = offsetof(struct image_options, padding),
     .minimum = 0,
     .maximum = GAN__IMAGE_SIDE_MAX,
     .fallback = "2",
     .doc = "black pixels between pictures"},
    {.name = "first",
     .type = GAN__OPTION_UINT,
     .offset = offsetof(struct image_options, first),
     .minimum = 0,
     .maximum = 1e15,
     .fallback = "0",
     .doc = "the first picture's number in a folder"},
    GAN__OPTION_END};

static gan_status
check_numbers(gan_context *ctx, const struct gan__images *images)
{
    int64_t values;

    if (images->count < 1 || images->height < 1 || images->width < 1 || images->channels < 1) {
        return gan__fail(ctx, GAN_E_ARG,
                         "%lld pictures of %lld x %lld x %lld values: each number must be at least "
                         "1",
                         (long long)images->count, (long long)images->height,
                         (long long)images->width, (long long)images->channels);
    }
    if (!gan__checked_mul(images->count, images->height, &values) ||
        !gan__checked_mul(values, images->width, &values) ||
        !gan__checked_mul(values, images->channels, &values) || values > GAN__COUNT_MAX) {
        return gan__fail(ctx, GAN_E_SHAPE,
                         "%lld pictures of %lld x %lld x %lld values are more than can be "
                         "addressed",
                         (long long)images->count, (long long)images->height,
                         (long long)images->width, (long long)images->channels);
    }
    return GAN_OK;
}

static int32_t
find_format(const char *path)
{
    const size_t length = strlen(path);

    if (length >= 4 && strcmp(path + length - 4, ".npy") == 0) {
        return FORMAT_NPY;
    }
    if ((length >= 1 && path[length - 1] == '/') || gan__folder_exists(path)) {
        return FORMAT_FOLDER;
    }
    return FORMAT_PNG;
}

static gan_status
save(gan_context *ctx, const char *path, const struct gan__images *images, const char *text)
{
    static const struct gan__option_origin origin = {.kind = "gan_image_save"};
    struct image_options options = {0};
    gan_status st;

    GAN__TRY(check_numbers(ctx, images));
    GAN__TRY(gan__options_parse(ctx, image_options, &options, NULL, NULL, text,
                                text == NULL ? 0 : strlen(text), &origin));
    if (options.format == FORMAT_AUTO) {
        options.format = find_format(path);
    }
    switch (options.format) {
    case FORMAT_NPY:
        return gan__image_write_npy(ctx, path, images);
    case FORMAT_FOLDER:
        return gan__image_write_folder(ctx, path, images, options.first);
    default:
        return gan__image_write_png(ctx, path, images, options.columns, options.padding, false);
    }

fail:
    return st;
}

gan_status
gan_image_save(gan_context *context, const char *path, const float *pixels, int64_t count,
               int64_t height, int64_t width, int64_t channels, const char *options)
{
    const struct gan__images images = {pixels, count, height, width, channels};
    struct gan__call call;

    gan_status st = gan__enter(&call, context, GAN__GROUP_LAYER);
    if (st != GAN_OK) {
        return st;
    }
    if (path == NULL) {
        st = gan__null(context, "path");
    } else if (pixels == NULL) {
        st = gan__null(context, "pixels");
    } else {
        st = save(context, path, &images, options);
    }
    return gan__leave(&call, st);
}
