/* cifar100: 60,000 pictures of 100 classes in 20 groups (Krizhevsky, 2009). */
#include "data/cifar.h"

struct cifar100 {
    struct gan__cifar cifar;
    int32_t labels;
};

enum { FINE, COARSE };

static const struct gan__option cifar100_options[] = {
    GAN__CIFAR_OPTIONS,
    {.name = "labels",
     .type = GAN__OPTION_CHOICE,
     .offset = offsetof(struct cifar100, labels),
     .choices = "fine|coarse",
     .fallback = "fine",
     .doc = "the 100 classes, or the 20 groups of them"},
    GAN__OPTION_END};

static const char *const files[] = {"train.bin", "test.bin", NULL};

static const char *const coarse[20] = {"aquatic_mammals",
                                       "fish",
                                       "flowers",
                                       "food_containers",
                                       "fruit_and_vegetables",
                                       "household_electrical_devices",
                                       "household_furniture",
                                       "insects",
                                       "large_carnivores",
                                       "large_man-made_outdoor_things",
                                       "large_natural_outdoor_scenes",
                                       "large_omnivores_and_herbivores",
                                       "medium_mammals",
                                       "non-insect_invertebrates",
                                       "people",
                                       "reptiles",
                                       "small_mammals",
                                       "trees",
                                       "vehicles_1",
                                       "vehicles_2"};

static const char *const fine[100] = {
    "apple",       "aquarium_fish", "baby",      "bear",       "beaver",       "bed",
    "bee",         "beetle",        "bicycle",   "bottle",     "bowl",         "boy",
    "bridge",      "bus",           "butterfly", "camel",      "can",          "castle",
    "caterpillar", "cattle",        "chair",     "chimpanzee", "clock",        "cloud",
    "cockroach",   "couch",         "crab",      "crocodile",  "cup",          "dinosaur",
    "dolphin",     "elephant",      "flatfish",  "forest",     "fox",          "girl",
    "hamster",     "house",         "kangaroo",  "keyboard",   "lamp",         "lawn_mower",
    "leopard",     "lion",          "lizard",    "lobster",    "man",          "maple_tree",
    "motorcycle",  "mountain",      "mouse",     "mushroom",   "oak_tree",     "orange",
    "orchid",      "otter",         "palm_tree", "pear",       "pickup_truck", "pine_tree",
    "plain",       "plate",         "poppy",     "porcupine",  "possum",       "rabbit",
    "raccoon",     "ray",           "road",      "rocket",     "rose",         "sea",
    "seal",        "shark",         "shrew",     "skunk",      "skyscraper",   "snail",
    "snake",       "spider",        "squirrel",  "streetcar",  "sunflower",    "sweet_pepper",
    "table",       "tank",          "telephone", "television", "tiger",        "tractor",
    "train",       "trout",         "tulip",     "turtle",     "wardrobe",     "whale",
    "willow_tree", "wolf",          "woman",     "worm"};

static gan_status
cifar100_open(gan_dataset *dataset)
{
    struct cifar100 *self = (struct cifar100 *)dataset;
    const bool groups = self->labels == COARSE;

    self->cifar.format = (struct gan__cifar_format){.files = files,
                                                    .names = groups ? coarse : fine,
                                                    .classes = groups ? 20 : 100,
                                                    .label_count = 2,
                                                    .label_at = groups ? 0 : 1};
    return gan__cifar_open(&self->cifar);
}

const struct gan__dataset_class gan__dataset_cifar100 = {
    .kind = "cifar100",
    .doc = "CIFAR-100 in its binary layout, [32, 32, 3]",
    .options = cifar100_options,
    .size = sizeof(struct cifar100),
    .open = cifar100_open,
    .read = gan__cifar_read,
    .close = gan__cifar_close,
    .class_name = gan__cifar_class_name};
