/* Reading one picture of a folder, from its name to the bytes of a sample. */
#include "data/picture_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

/* What one large picture took is not kept for the small ones after it. */
enum { KEPT_BYTES = 32 << 20 };

static gan_status
fail_system(char sentence[GAN__PICTURE_SENTENCE], int error)
{
    char words[GAN__ERROR_TEXT_SIZE];

    (void)snprintf(sentence, GAN__PICTURE_SENTENCE, "cannot read it: %s",
                   gan__error_text(words, error));
    if (error == ENOMEM) {
        return GAN_E_NOMEM;
    }
    return error == EMFILE || error == ENFILE ? GAN_E_RESOURCE : GAN_E_IO;
}

/* Only a regular file, of an allowed size; *descriptor is the caller's to close. */
static gan_status
open_file(int *descriptor, uint64_t *size, const struct gan__picture_settings *settings, int root,
          const char *path, char sentence[GAN__PICTURE_SENTENCE])
{
    struct stat info;

    do {
        /* O_NONBLOCK: opening a pipe that nobody writes to must not wait. */
        *descriptor = openat(root, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    } while (*descriptor < 0 && errno == EINTR);
    if (*descriptor < 0 || fstat(*descriptor, &info) != 0) {
        return fail_system(sentence, errno);
    }
    if (!S_ISREG(info.st_mode)) {
        (void)snprintf(sentence, GAN__PICTURE_SENTENCE,
                       "cannot read it: it is no longer a regular file");
        return GAN_E_IO;
    }
    *size = (uint64_t)info.st_size;
    if (*size > settings->max_bytes) {
        (void)snprintf(sentence, GAN__PICTURE_SENTENCE,
                       "the file has %llu bytes, more than max_bytes=%llu",
                       (unsigned long long)*size, (unsigned long long)settings->max_bytes);
        return GAN_E_FORMAT;
    }
    return GAN_OK;
}

/* Up to `size` bytes; *got is less if the file has been cut in the meantime. */
static gan_status
read_file(int descriptor, uint8_t *to, size_t size, size_t *got,
          char sentence[GAN__PICTURE_SENTENCE])
{
    *got = 0;
    while (*got < size) {
        const ssize_t count = read(descriptor, to + *got, size - *got);
        if (count < 0 && errno != EINTR) {
            return fail_system(sentence, errno);
        }
        if (count == 0) {
            break;
        }
        *got += count < 0 ? 0 : (size_t)count;
    }
    return GAN_OK;
}

static gan_status
no_memory(char sentence[GAN__PICTURE_SENTENCE])
{
    (void)snprintf(sentence, GAN__PICTURE_SENTENCE, "no memory to read it");
    return GAN_E_NOMEM;
}

/* The file's bytes become scratch->picture. */
static gan_status
decode_file(struct gan__picture_scratch *scratch, const struct gan__picture_settings *settings,
            int root, const char *path, char sentence[GAN__PICTURE_SENTENCE])
{
    int descriptor = -1;
    uint64_t size = 0;
    size_t got = 0;

    gan_status st = open_file(&descriptor, &size, settings, root, path, sentence);
    if (st == GAN_OK && !gan__room_fit(scratch->host, &scratch->file, (size_t)size + 1)) {
        st = no_memory(sentence);
    }
    if (st == GAN_OK) {
        st = read_file(descriptor, scratch->file.data, (size_t)size, &got, sentence);
    }
    if (descriptor >= 0) {
        (void)close(descriptor);
    }
    if (st != GAN_OK) {
        return st;
    }
    scratch->picture.host = scratch->host;
    return gan__picture_decode(&scratch->picture, scratch->file.data, got, &settings->decoding,
                               sentence);
}

static void
trim(struct gan__picture_scratch *scratch)
{
    if (scratch->file.bytes > KEPT_BYTES) {
        gan__room_free(scratch->host, &scratch->file);
    }
    if (scratch->picture.capacity > KEPT_BYTES) {
        gan__picture_free(&scratch->picture);
    }
}

/* The middle of what there is, at most so much. */
static int64_t
crop_side(int64_t side, int64_t wanted, int64_t *first)
{
    const int64_t count = wanted > 0 && wanted < side ? wanted : side;
    *first = (side - count) / 2;
    return count;
}

gan_status
gan__picture_file_read(struct gan__picture_scratch *scratch,
                       const struct gan__picture_settings *settings, int root, const char *path,
                       uint8_t *out, char sentence[GAN__PICTURE_SENTENCE])
{
    const struct gan__picture *picture = &scratch->picture;
    struct gan__fitting fitting;
    int64_t top, left;

    sentence[0] = '\0';
    gan_status st = decode_file(scratch, settings, root, path, sentence);
    if (st == GAN_OK) {
        const int64_t channels = picture->channels, stride = picture->width * channels;
        const int64_t height = crop_side(picture->height, settings->crop_height, &top);
        const int64_t width = crop_side(picture->width, settings->crop_width, &left);
        gan__fit(&fitting, settings->fit, settings->filter, height, width, settings->height,
                 settings->width);
        scratch->resizer.host = scratch->host;
        if (!gan__resize(&scratch->resizer, &fitting.down, &fitting.across, picture->channels,
                         picture->pixels + (top + fitting.top) * stride +
                             (left + fitting.left) * channels,
                         stride, out)) {
            st = no_memory(sentence);
        }
    }
    trim(scratch);
    return st;
}

void
gan__picture_scratch_free(struct gan__picture_scratch *scratch)
{
    gan__room_free(scratch->host, &scratch->file);
    gan__picture_free(&scratch->picture);
    gan__resizer_free(&scratch->resizer);
}
