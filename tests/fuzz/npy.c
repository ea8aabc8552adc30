/* .npy and .npz, as samples and as labels. What is accepted must be readable to its end. */
#include "fuzz.h"

#include <gan/dataset.h>
#include <gan/tensor.h>

/* One sample of one feature. */
static const uint8_t one[] =
    "\x93NUMPY\x01\0\x37\0{'descr':'|u1','fortran_order':False,'shape':(1, 1)}   M";

static void
read_all(gan_dataset *dataset)
{
    int64_t shape[GAN_RANK_MAX], count = 0, elements = 1;
    int32_t rank = 0, classes = 0, label = 0;

    FUZZ_CHECK(gan_dataset_count(dataset, &count) == GAN_OK);
    FUZZ_CHECK(gan_dataset_classes(dataset, &classes) == GAN_OK);
    FUZZ_CHECK(gan_dataset_shape(dataset, shape, GAN_RANK_MAX, &rank) == GAN_OK);
    for (int32_t i = 0; i < rank; i++) {
        elements *= shape[i];
    }
    float *sample = malloc((size_t)elements * sizeof(float));
    FUZZ_CHECK(sample != NULL && count > 0);
    for (int64_t i = 0; i < count && i < 100; i++) {
        const int64_t index = i % 2 == 0 ? i : count - i;
        FUZZ_CHECK(gan_dataset_read(dataset, sample, classes > 0 ? &label : NULL, &index, 1) ==
                   GAN_OK);
        FUZZ_CHECK(label >= 0 && (classes == 0 || label < classes));
    }
    free(sample);
}

static void
open_one(const char *samples, const char *more, const char *labels)
{
    char options[256];
    gan_dataset *dataset = NULL;

    (void)snprintf(options, sizeof options, "samples=%s max_bytes=1MiB %s%s", samples, more,
                   labels);
    const gan_status st = gan_dataset_create(fuzz_context(), &dataset, "npy", options);
    fuzz_check_status(st);
    if (st == GAN_OK) {
        read_all(dataset);
    }
    gan_dataset_destroy(dataset);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *input = fuzz_file(0, data, size);

    open_one(input, "limit=2", "");
    open_one(input, "layout=nchw labels_array=y labels=", input);
    open_one(fuzz_file(1, one, sizeof one - 1), "labels=", input);
    return 0;
}
