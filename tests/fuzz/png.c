/* PNG, as it is, and with the checksums made right: a fuzzer would hardly ever hit one. */
#include "picture.h"

#include <zlib.h>

enum { SIGNATURE = 8, AROUND = 12 };

static uint32_t
number(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* Make the checksums of all chunks right. */
static void
mend(uint8_t *data, size_t size)
{
    size_t at = SIGNATURE;

    while (at < size && size - at >= AROUND && number(data + at) <= size - at - AROUND) {
        const size_t length = number(data + at);
        const uint32_t sum = (uint32_t)crc32_z(0, data + at + 4, length + 4);
        for (int i = 0; i < 4; i++) {
            data[at + 8 + length + (size_t)i] = (uint8_t)(sum >> (24 - 8 * i));
        }
        at += length + AROUND;
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_picture(data, size);
    uint8_t *mended = malloc(size + (size == 0));
    FUZZ_CHECK(mended != NULL);
    memcpy(mended, data, size);
    mend(mended, size);
    fuzz_picture(mended, size);
    free(mended);
    return 0;
}
