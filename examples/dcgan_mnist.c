/*
 * Trains a DCGAN on handwritten digits and writes pictures of its progress: dcgan.c does. `dcgan_mnist --help` says how. A
 * minute and a half on two cores gives recognisable digits.
 *     cc dcgan_mnist.c dcgan.c training.c common.c $(pkg-config --cflags --libs gan) -o dcgan_mnist
 */
#include <stdio.h>

#include "dcgan.h"

static const char *data = EXAMPLE_DATA;
static int stacked;

static const struct option options[] = {
    {"--data", "PATH", "folder with train-images-idx3-ubyte or .gz, or that file", .text = &data,
     .resumed = CHANGEABLE},
    {"--stacked", NULL,
     "three drawn digits as the channels of one picture: 1,000 modes (gan_evaluate --stacked "
     "counts "
     "them)",
     .flag = &stacked},
    {.more = dcgan_options},
    {.name = NULL},
};

static const struct program program = {
    .name = "dcgan_mnist",
    .usage = "[options]",
    .about = "Trains a DCGAN on handwritten digits.",
    .options = options,
    .notes = dcgan_notes,
};

/* The picture file that --data means: itself, or the one in that folder. */
static gan_dataset *
open_single(void)
{
    static const char *const names[] = {"", "/train-images-idx3-ubyte",
                                        "/train-images-idx3-ubyte.gz"};
    static char text[TEXT_SIZE];
    char path[PATH_SIZE];
    gan_dataset *dataset;

    for (int i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s%s", data, names[i]);
        if (is_file(path)) {
            add_option(text, "images", path);
            check(gan_dataset_create(context, &dataset, "idx", text));
            return dataset;
        }
    }
    die(data, "wanted train-images-idx3-ubyte or train-images-idx3-ubyte.gz, or a folder with one");
    return NULL;
}

static gan_dataset *
open_digits(void)
{
    gan_dataset *dataset = open_single(), *threes;

    if (!stacked) {
        return dataset;
    }
    check(gan_dataset_create_stacked(dataset, &threes, NULL));
    gan_dataset_destroy(dataset); /* the stacked one holds it */
    dcgan.judge_options = "stacked=true";
    return threes;
}

int
main(int argc, char **argv)
{
    dcgan.batch = 32;
    dcgan.width = 64;
    dcgan.optimizer = "adam lr=5e-4 beta1=0.5";
    dcgan.judge = EXAMPLE_DATA "/digit_classifier.safetensors";
    read_training_options(argc, argv, &program);
    return dcgan_main(open_digits);
}
