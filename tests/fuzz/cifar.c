/*
 * CIFAR's layout: as single files, and as tar and .tar.gz archives whose checksums are mended first, so that what lies behind
 * them is reached. What is accepted must be readable to its end.
 */
#include "fuzz.h"

#include <gan/dataset.h>

#include <zlib.h>

enum { BLOCK = 512, INPUT_MAX = 1 << 16, PICTURE = 32 * 32 * 3 };

static void
read_all(gan_dataset *dataset)
{
    int64_t count = 0;
    int32_t classes = 0, label = 0;
    float sample[PICTURE];

    FUZZ_CHECK(gan_dataset_count(dataset, &count) == GAN_OK);
    FUZZ_CHECK(gan_dataset_classes(dataset, &classes) == GAN_OK);
    FUZZ_CHECK(count > 0);
    for (int64_t i = 0; i < count && i < 100; i++) {
        const int64_t index = i % 2 == 0 ? i : count - i;
        FUZZ_CHECK(gan_dataset_read(dataset, sample, &label, &index, 1) == GAN_OK);
        FUZZ_CHECK(label >= 0 && label < classes);
        FUZZ_CHECK(sample[0] >= -1.0F && sample[PICTURE - 1] <= 1.0F);
    }
}

static void
open_one(const char *kind, const char *path, const char *more)
{
    char options[256];
    gan_dataset *dataset = NULL;

    (void)snprintf(options, sizeof options, "path=%s max_bytes=1MiB %s", path, more);
    const gan_status st = gan_dataset_create(fuzz_context(), &dataset, kind, options);
    fuzz_check_status(st);
    if (st == GAN_OK) {
        read_all(dataset);
    }
    gan_dataset_destroy(dataset);
}

/* Right sums in the blocks that say that they are headers. */
static void
mend(uint8_t *data, size_t size)
{
    for (size_t at = 0; at + BLOCK <= size; at += BLOCK) {
        unsigned sum = 0;
        if (memcmp(data + at + 257, "ustar", 5) != 0) {
            continue;
        }
        memset(data + at + 148, ' ', 8);
        for (int i = 0; i < BLOCK; i++) {
            sum += data[at + (size_t)i];
        }
        (void)snprintf((char *)data + at + 148, 7, "%06o", sum);
        data[at + 154] = '\0';
    }
}

static size_t
pack(uint8_t *out, size_t room, uint8_t *data, size_t size)
{
    z_stream z;

    memset(&z, 0, sizeof z);
    FUZZ_CHECK(deflateInit2(&z, 1, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    z.next_in = data;
    z.avail_in = (uInt)size;
    z.next_out = out;
    z.avail_out = (uInt)room;
    FUZZ_CHECK(deflate(&z, Z_FINISH) == Z_STREAM_END);
    FUZZ_CHECK(deflateEnd(&z) == Z_OK);
    return room - z.avail_out;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t tar[INPUT_MAX], packed[INPUT_MAX + 1024];

    if (size > INPUT_MAX) {
        return 0;
    }
    const char *path = fuzz_file(0, data, size);
    open_one("cifar10", path, "limit=3");
    open_one("cifar100", path, "labels=coarse");
    memcpy(tar, data, size);
    mend(tar, size);
    path = fuzz_file(0, tar, size);
    open_one("cifar10", path, "split=all");
    open_one("cifar100", path, "split=test");
    path = fuzz_file(1, packed, pack(packed, sizeof packed, tar, size));
    open_one("cifar100", path, "split=test limit=1");
    return 0;
}
