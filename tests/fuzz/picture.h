/*
 * Decoding bytes as a picture, in grey and in colours: what is accepted has the size that is allowed, and pixels to its end.
 */
#ifndef TESTS_FUZZ_PICTURE_H
#define TESTS_FUZZ_PICTURE_H

#include "fuzz.h"

#include "io/picture.h"

static inline void
fuzz_picture(const uint8_t *data, size_t size)
{
    static struct gan__picture picture;
    char sentence[GAN__PICTURE_SENTENCE];

    for (int32_t channels = 1; channels <= 3; channels += 2) {
        const struct gan__picture_options options = {
            .background = {1, 2, 3}, .channels = channels, .max_pixels = 1 << 16};
        const gan_status st = gan__picture_decode(&picture, data, size, &options, sentence);
        FUZZ_CHECK(st == GAN_OK || st == GAN_E_FORMAT || st == GAN_E_UNSUPPORTED);
        FUZZ_CHECK((st == GAN_OK) == (sentence[0] == '\0'));
        FUZZ_CHECK(strlen(sentence) < GAN__PICTURE_SENTENCE);
        if (st == GAN_OK) {
            const int64_t pixels = picture.height * picture.width;
            FUZZ_CHECK(pixels >= 1 && pixels <= options.max_pixels);
            FUZZ_CHECK(picture.channels == channels);
            FUZZ_CHECK(picture.capacity >= (size_t)(pixels * channels));
            unsigned sum = 0;
            for (int64_t i = 0; i < pixels * channels; i++) {
                sum += picture.pixels[i];
            }
            FUZZ_CHECK(sum <= 255 * (unsigned)(pixels * channels));
        }
    }
    gan__picture_free(&picture);
}

#endif
