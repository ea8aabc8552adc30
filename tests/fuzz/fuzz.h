/*
 * What the fuzzers share: one context, and bytes as a file.
 */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <gan/context.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A property that does not hold is a crash. */
#define FUZZ_CHECK(condition)                                                                      \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            (void)fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                  \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

static inline gan_context *
fuzz_context(void)
{
    static gan_context *context;

    if (context == NULL) {
        FUZZ_CHECK(gan_context_create(&context, "threads=1 memory_limit=16MiB", NULL) == GAN_OK);
    }
    return context;
}

/* A status that a call may have, with a sentence if it failed. */
static inline void
fuzz_check_status(gan_status st)
{
    const char *sentence = gan_context_error(fuzz_context());

    FUZZ_CHECK(st <= GAN_OK && st >= GAN_E_CANCELLED);
    FUZZ_CHECK((st == GAN_OK) == (sentence[0] == '\0'));
}

/* The path of a file with these bytes; one for each slot. */
static inline const char *
fuzz_file(int slot, const uint8_t *data, size_t size)
{
    static int descriptors[2];
    static char paths[2][64];

    if (descriptors[slot] == 0) {
        char name[32] = "/dev/shm/fuzz-XXXXXX";
        descriptors[slot] = mkstemp(name);
        if (descriptors[slot] < 0) {
            (void)strcpy(name, "/tmp/fuzz-XXXXXX");
            descriptors[slot] = mkstemp(name);
        }
        FUZZ_CHECK(descriptors[slot] > 0);
        (void)unlink(name);
        (void)snprintf(paths[slot], sizeof paths[slot], "/proc/self/fd/%d", descriptors[slot]);
    }
    FUZZ_CHECK(ftruncate(descriptors[slot], 0) == 0);
    FUZZ_CHECK(pwrite(descriptors[slot], data, size, 0) == (ssize_t)size);
    return paths[slot];
}

#endif
