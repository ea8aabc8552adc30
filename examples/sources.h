/*
 * What a path holds, told by its first bytes and the end of its name, so that programs can take any
 * dataset and any generator without being told its kind.
 */
#ifndef EXAMPLES_SOURCES_H
#define EXAMPLES_SOURCES_H

#include "common.h"

enum path_kind {
    PATH_OTHER = 0,
    PATH_MODEL,   /* .safetensors: a network or a checkpoint */
    PATH_NETWORK, /* a network's text */
    PATH_RUN,     /* a run folder */
    PATH_IDX,
    PATH_MNIST,  /* a folder with MNIST's files */
    PATH_ARRAYS, /* .npy, .npz */
    PATH_CIFAR,
    PATH_PICTURES /* a folder of PNG and JPEG */
};

/* Dies if it can't be read, and if it is a single picture. */
enum path_kind kind_of_path(const char *path);

/* How many entries of a folder end so; the last one by name. */
int count_entries(const char *folder, const char *end, char last[PATH_SIZE]);

/*
 * Open the dataset at a path, or die with a sentence.
 *   labels    file of the labels; NULL: the one that MNIST's names put beside the pictures, if it
 *             is there
 *   more      further options of gan_dataset_create(); may be NULL
 *   pictures  options for a folder of pictures where `more` has not the same: "size=32 broken=skip"
 */
gan_dataset *open_dataset(const char *path, const char *labels, const char *more,
                          const char *pictures);

/*
 * Load the generator of a file: a network; of a checkpoint the average, or the generator if there is
 * none, or `part` if that is not NULL; of a run folder generator.safetensors, or its newest
 * checkpoint; of a network's text one that is not trained.
 */
gan_layer *load_generator(const char *path, const char *part);

#endif
