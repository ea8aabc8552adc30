/*
 * Trains a DCGAN or a ResNet GAN on CIFAR-10, CIFAR-100, or a folder of pictures of any kind, in colour: dcgan.c does.
 * `dcgan_cifar --help` says how.
 *     cc dcgan_cifar.c dcgan.c training.c common.c $(pkg-config --cflags --libs gan) -o dcgan_cifar
 */
#include <stdio.h>

#include "dcgan.h"

static struct {
    const char *set, *data, *dataset;
    int64_t size;
    int flip;
} settings = {.set = "cifar10", .size = 32};

static const struct option options[] = {
    {"--set", NULL, "what the pictures are", .text = &settings.set,
     .choices = "cifar10|cifar100|folder"},
    {"--data", "PATH",
     "the folder cifar-10-batches-bin or cifar-100-binary, or one with it, a .bin file, or the "
     ".tar.gz as it was downloaded (without it: data/cifar10, where scripts/fetch-data.sh cifar10 "
     "puts it; data/cifar100); with --set folder PNG and JPEG files of any size, also in "
     "sub-folders",
     .text = &settings.data, .resumed = CHANGEABLE},
    {"--size", "N",
     "with --set folder: pixels of a side that the pictures are brought to (a "
     "resnet has 32; a dcgan 28, 32, 64 or 128)",
     .number = &settings.size, .minimum = 1, .maximum = 4096},
    {"--flip", NULL, "mirror pictures left to right at random", .flag = &settings.flip},
    {"--dataset", "TEXT", "further options of gan_dataset_create(): \"limit=10000\"",
     .text = &settings.dataset, .resumed = CHANGEABLE}, /* broken=skip, once one was met */
    {"--architecture", NULL,
     "of both networks; a resnet's usual --width and --noise are 128, its recipe is sngan if no "
     "other is given",
     .text = &dcgan.architecture, .choices = "dcgan|resnet"},
    {.more = dcgan_options},
    {.name = NULL},
};

static const struct program program = {
    .name = "dcgan_cifar",
    .usage = "[options]",
    .about = "Trains a GAN on CIFAR-10, CIFAR-100 or any pictures.",
    .options = options,
    .notes = dcgan_notes,
};

/* Where the files are: what --data says, or what stands in it under the usual name. */
static void
find_pictures(char path[PATH_SIZE])
{
    const int hundred = is(settings.set, "cifar100");
    const char *data = settings.data;
    const char *const names[] = {
        hundred ? "cifar-100-binary" : "cifar-10-batches-bin",
        hundred ? "cifar-100-binary.tar.gz" : "cifar-10-binary.tar.gz",
    };

    if (data == NULL) {
        data = hundred ? "data/cifar100" : "data/cifar10";
        if (is(settings.set, "folder")) {
            die("--data", "needed with --set folder; try --help");
        }
        if (!is_folder(data)) {
            die(data, hundred ? "not there; --data says where the pictures are"
                              : "not there; --data says where the pictures are, and "
                                "scripts/fetch-data.sh cifar10 loads them");
        }
    }
    for (int i = 0; i < 2 && !is(settings.set, "folder"); i++) {
        snprintf(path, PATH_SIZE, "%s/%s", data, names[i]);
        if (is_file(path) || is_folder(path)) {
            return;
        }
    }
    snprintf(path, PATH_SIZE, "%s", data);
}

static gan_dataset *
open_pictures(void)
{
    static char text[TEXT_SIZE];
    char path[PATH_SIZE];
    gan_dataset *dataset, *flipped;

    find_pictures(path);
    add_option(text, "path", path);
    if (is(settings.set, "folder")) {
        add(text, " size=%" PRId64, settings.size);
    }
    add(text, " %s", settings.dataset != NULL ? settings.dataset : "");
    check(gan_dataset_create(context, &dataset, settings.set, text));
    if (!settings.flip) {
        return dataset;
    }
    check(gan_dataset_create_augmented(dataset, &flipped, "flip=true"));
    gan_dataset_destroy(dataset); /* the flipped one holds it */
    return flipped;
}

int
main(int argc, char **argv)
{
    dcgan.optimizer = "adam lr=2e-4 beta1=0.5";
    dcgan.steps = 20000;
    read_training_options(argc, argv, &program);
    if (is(dcgan.architecture, "resnet") && method.recipe == NULL && method.loss == NULL) {
        method.recipe = "sngan";
    }
    return dcgan_main(open_pictures);
}
