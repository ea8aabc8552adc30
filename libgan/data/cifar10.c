/* cifar10: 60,000 pictures of 10 classes (Krizhevsky, 2009). */
#include "data/cifar.h"

struct cifar10 {
    struct gan__cifar cifar;
};

static const struct gan__option cifar10_options[] = {GAN__CIFAR_OPTIONS, GAN__OPTION_END};

static const char *const files[] = {"data_batch_1.bin",
                                    "data_batch_2.bin",
                                    "data_batch_3.bin",
                                    "data_batch_4.bin",
                                    "data_batch_5.bin",
                                    "test_batch.bin",
                                    NULL};

static const char *const names[] = {"airplane", "automobile", "bird",  "cat",  "deer",
                                    "dog",      "frog",       "horse", "ship", "truck"};

static gan_status
cifar10_open(gan_dataset *dataset)
{
    struct cifar10 *self = (struct cifar10 *)dataset;

    self->cifar.format =
        (struct gan__cifar_format){.files = files, .names = names, .classes = 10, .label_count = 1};
    return gan__cifar_open(&self->cifar);
}

const struct gan__dataset_class gan__dataset_cifar10 = {
    .kind = "cifar10",
    .doc = "CIFAR-10 in its binary layout, [32, 32, 3]",
    .options = cifar10_options,
    .size = sizeof(struct cifar10),
    .open = cifar10_open,
    .read = gan__cifar_read,
    .close = gan__cifar_close,
    .class_name = gan__cifar_class_name};
